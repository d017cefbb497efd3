import Fields
import Wire

/// Which of several copies of a segment with other bytes counts, where the last one does: known after a first pass over
/// the capture, since a copy counts only if no other comes before the bytes are acknowledged.
struct CopyChoice: Sendable {
  /// Frames whose bytes another frame has replaced, and those that have replaced some.
  private var replaced: Set<Int> = []
  private var chosen: Set<Int> = []

  init() {}

  /// Reads the capture once.
  init(_ source: CaptureSource, _ options: PacketOptions) throws(RunError) {
    guard !source.paths.contains("-") else {
      throw .usage("--overlap last reads the capture twice: it cannot be standard input")
    }
    var reading = try CaptureReading(source)
    var selection = try FrameSelection(source, reading.format, movesOrigin: true)
    var dissection = DissectorOptions()
    dissection.validatesChecksums = options.validatesChecksums
    dissection.analyzesSegments = false
    dissection.tunnels = options.application.recognition.decodeAs.tunnels
    var dissector = Dissector(dissection)
    var found = Dissected()
    var facts = FrameFacts.none
    var conversations: [Int: [2 of SentSegments]] = [:]
    // What ends the pass early ends the second one too, which says so.
    while !selection.isDone, let frame = reading.next() {
      guard selection.take(frame, &facts) else { continue }
      dissector.dissect(frame.bytes, facts, into: &found)
      found.forEachSegment(frame.bytes) { segment, payload, _, _ in
        take(segment, payload, &conversations)
      }
    }
  }

  private mutating func take(
    _ segment: borrowing Segment, _ payload: Span<UInt8>,
    _ conversations: inout [Int: [2 of SentSegments]]
  ) {
    let slot = segment.slot
    if segment.isFirst { conversations[slot] = nil }
    let header = segment.header
    let hasPayload = payload.count > 0 && payload.count == header.payloadLength
    guard hasPayload || conversations[slot] != nil else { return }
    var sent = conversations[slot] ?? [SentSegments(), SentSegments()]
    let own = segment.sender == .low ? 0 : 1
    if header.flags.contains(.acknowledgment) {
      sent[1 - own].acknowledge(header.acknowledgment)
    }
    if hasPayload, !segment.checksum.isBad {
      let others = sent[own].add(payload, at: header.sequence, frame: segment.frame)
      replaced.formUnion(others)
      if !others.isEmpty { chosen.insert(segment.frame) }
    }
    conversations[slot] = sent[0].isEmpty && sent[1].isEmpty ? nil : sent
  }

  /// What the choice makes of a segment: one that was replaced counts as a repetition, and the one in its place does not.
  func apply(to part: inout PDUSegment) {
    if replaced.contains(part.frame) {
      part.isRetransmission = true
    } else if chosen.contains(part.frame) {
      (part.isRetransmission, part.isOutOfOrder, part.isSpurious) = (false, false, false)
    }
  }
}

/// Segments of one direction that are not acknowledged yet.
private struct SentSegments: Sendable {
  private struct Sent: Sendable {
    var start: SequenceNumber
    var bytes: [UInt8]
    var frame: Int
    var end: SequenceNumber { start + bytes.count }
  }
  private var segments: [Sent] = []
  private var byteCount = 0
  /// Older ones are forgotten.
  private static let byteLimit = 1 << 18
  private static let countLimit = 256

  var isEmpty: Bool { segments.isEmpty }

  mutating func acknowledge(_ number: SequenceNumber) {
    segments.removeAll { $0.end <= number }
    byteCount = segments.reduce(0) { $0 + $1.bytes.count }
  }

  /// Keeps a segment; gives the frames of those that brought other bytes for a place that it fills.
  mutating func add(_ bytes: Span<UInt8>, at start: SequenceNumber, frame: Int) -> [Int] {
    let new = Sent(start: start, bytes: bytes.copy, frame: frame)
    var replaced: [Int] = []
    segments.removeAll { old in
      guard new.start <= old.start, old.end <= new.end else { return false }
      let place = old.start.distance(from: new.start)
      if old.bytes[...] == new.bytes[place..<place + old.bytes.count] { return false }
      replaced.append(old.frame)
      return true
    }
    segments.append(new)
    byteCount += new.bytes.count
    while byteCount > Self.byteLimit || segments.count > Self.countLimit, segments.count > 1 {
      byteCount -= segments.removeFirst().bytes.count
    }
    return replaced
  }
}

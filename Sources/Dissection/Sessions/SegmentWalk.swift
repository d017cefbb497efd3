import Applications
import Capture
import Fields
import Wire

/// From the frames of captures to the segments of conversations.
struct SegmentWalk: ~Copyable {
  private var capture: CaptureReading
  private var selection: FrameSelection
  private var dissector: Dissector
  private var found = Dissected()
  private var facts = FrameFacts.none
  private let kept: KeptFrames
  /// The batch that begins with a frame before which there are secrets.
  private var begun: SegmentBatch?
  /// All frames were read.
  private var isAtEnd = false

  /// `readsAnswers`: what DNS says of names is handed on too.
  init(
    _ source: CaptureSource, _ options: SessionRunOptions, readsAnswers: Bool
  ) throws(RunError) {
    let capture = try CaptureReading(source)
    selection = try FrameSelection(source, capture.format)
    kept = capture.keptFrames(givesBack: true)
    self.capture = capture
    dissector = Dissector(following: options, readsAnswers: readsAnswers)
  }

  /// What the next frames have, in the storage of a batch that is done with.
  mutating func next(in spare: consuming SegmentBatch?) -> SegmentBatch {
    var batch: SegmentBatch
    if let begun = begun.take() {
      batch = begun
    } else if let spare = consume spare {
      batch = spare
      batch.clear()
    } else {
      batch = SegmentBatch(kept)
    }
    while !batch.isFull, begun == nil {
      if addOver(to: &batch) { continue }
      if isAtEnd {
        finish(&batch)
        break
      }
      guard !selection.isDone, let frame = capture.next() else {
        // What is still open is over.
        dissector.conversations.endAll()
        isAtEnd = true
        continue
      }
      guard selection.take(frame, &facts) else { continue }
      let secrets = selection.newSecrets(of: frame)
      if secrets.isEmpty {
        batch.keep(frame)
        Self.follow(frame.bytes, facts, &dissector, &found, &batch)
      } else {
        var other = SegmentBatch(kept)
        other.secrets = secrets
        other.keep(frame)
        Self.follow(frame.bytes, facts, &dissector, &found, &other)
        begun = other
      }
    }
    batch.summary = selection.summary
    dissector.complete(&batch.summary)
    return batch
  }

  /// Apart from the walk, of which it changes two parts while the frame is lent by a third.
  private static func follow(
    _ bytes: Span<UInt8>, _ facts: borrowing FrameFacts, _ dissector: inout Dissector,
    _ found: inout Dissected, _ batch: inout SegmentBatch
  ) {
    dissector.follow(
      bytes, facts, &found,
      take: { segment, payload, addresses, place in
        batch.add(
          segment, payload, addresses, fileOffset: place,
          start: place.map { $0 - facts.fileOffset })
      }, takeUndeliverable: { segment in batch.add(undeliverable: segment) },
      takeDatagram: { datagram, payload in
        if let answers = DNSAnswers(of: datagram, payload) {
          batch.add(answers, frame: facts.number)
        }
      })
  }

  /// Hands on that a conversation is over, or seems to be; false where none is. There may be a million at once.
  private mutating func addOver(to batch: inout SegmentBatch) -> Bool {
    if let (slot, _) = dissector.conversations.nextSettled() {
      batch.add(.settled(slot: slot), slot: slot)
    } else if let end = dissector.conversations.nextEnd() {
      batch.add(.end(end), slot: end.slot)
    } else {
      return false
    }
    return true
  }

  private mutating func finish(_ batch: inout SegmentBatch) {
    do throws(RunError) {
      try selection.finish(capture.failure)
      batch.ending = .success(())
    } catch {
      batch.ending = .failure(error)
    }
  }
}

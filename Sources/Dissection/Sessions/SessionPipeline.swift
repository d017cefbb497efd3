import Fields
import Mail
import Wire

/// What `sessions` may be told.
public struct SessionRunOptions: Sendable {
  public var parsing = SessionOptions()
  /// Bytes of finished sessions that may wait for one that began before them.
  public var queueLimit = 64 << 20
  public var validatesChecksums = true

  public init() {}
}

/// The whole way of `sessions`: frame → layers → conversation → stream → mail session.
struct SessionPipeline: ~Copyable {
  private var dissector = Dissector(
    conversations: ConversationTable(limits: .streams, keepsEnds: true), analyzesSegments: false)
  private var dialogues: DialogueTable
  private var nexts: [Int: SequenceNumber] = [:]

  init(_ options: SessionRunOptions, wantsDigests: Bool) {
    dissector.validatesChecksums = options.validatesChecksums
    dialogues = DialogueTable(
      wantsDigests: wantsDigests, queueLimit: options.queueLimit, options: options.parsing)
  }

  /// Takes the next frame of the capture.
  mutating func receive(_ bytes: Span<UInt8>, _ facts: FrameFacts) {
    dissector.dissect(bytes, facts)
    if let segment = dissector.segment { follow(segment, bytes, facts) }
    endConversations()
  }

  private mutating func follow(
    _ segment: Segment, _ bytes: Span<UInt8>, _ facts: borrowing FrameFacts
  ) {
    dialogues.see(segment)
    let key = segment.slot * 2 + (segment.isFromClient ? 0 : 1)
    if segment.isFirst { nexts[segment.slot * 2] = nil; nexts[segment.slot * 2 + 1] = nil }
    let at = Position(frame: facts.number, time: facts.time)
    if dissector.layers.count > segment.layer + 1 {
      let layer = dissector.layers[segment.layer + 1]
      let next = nexts[key] ?? segment.header.sequence
      let skip = next.distance(from: segment.header.sequence)
      if skip < layer.count, skip >= 0 {
        dialogues.receive(
          bytes.extracting(layer.start + skip..<layer.end), of: segment, dissector.addresses, at: at)
        nexts[key] = segment.header.sequence + layer.count
      }
    }
    if segment.header.flags.contains(.fin) || segment.header.flags.contains(.reset) {
      dialogues.end(
        slot: segment.slot, fromClient: segment.isFromClient,
        isReset: segment.header.flags.contains(.reset), at: at)
    }
  }

  private mutating func endConversations() {
    while let end = dissector.conversations.nextEnd() { dialogues.end(end.slot) }
  }

  /// The capture is at its end: what is still open is finished.
  mutating func finish() {
    dissector.conversations.endAll()
    endConversations()
  }

  /// The next session that is over, in the order of first frames; nil while there is none.
  mutating func next() -> SessionRecord? { dialogues.next() }

  /// Adds what only the pipeline knows.
  func complete(_ summary: inout CaptureSummary) {
    summary.conversations = dissector.conversations.streamCount
  }
}

import Fields
import Mail
import Wire

/// The second half of the way of `sessions`: the segments of conversations → streams → mail sessions, in the order of
/// their first frames.
struct SessionTable: ~Copyable {
  private var streams: StreamTable<SessionReading>
  private var queue: SessionQueue
  private var attempts = AttemptTable()
  private let recognition: RecognitionOptions

  init(_ options: SessionRunOptions, wantsDigests: Bool) {
    streams = StreamTable(
      SessionSettings(options, wantsDigests: wantsDigests), options.streams)
    queue = SessionQueue(limit: options.queueLimit)
    recognition = options.recognition
  }

  mutating func receive(
    _ segment: borrowing Segment, _ payload: Span<UInt8>, _ addresses: NetworkAddresses,
    fileOffset: Int?
  ) {
    if segment.isFirst { queue.enter(segment.stream) }
    let isLeft = streams.receive(segment, payload, addresses, fileOffset: fileOffset)
    if isLeft { queue.leave(segment.stream) }
  }

  mutating func noteUndeliverable(_ segment: borrowing Segment) {
    streams.noteUndeliverable(segment)
  }

  /// Finishes a conversation that both sides have closed, where all of it is there.
  mutating func settle(_ slot: Int, _ stream: Int) {
    if let record = streams.settle(slot) { queue.finish(stream, record) }
  }

  /// Finishes a conversation that is over.
  mutating func end(_ end: ConversationTable.End) {
    let record = streams.end(end.slot) {
      if let attempt = $0.attempt(recognition) { attempts.add(attempt) }
    }
    if let record {
      queue.finish(end.stream, record)
    } else {
      queue.leave(end.stream)
    }
  }

  /// Whether `next` has a session.
  var hasNext: Bool { queue.hasNext }

  /// The next session that is over, in the order of first frames; nil while there is none.
  mutating func next() -> SessionRecord? { queue.next() }

  /// Adds what is known of the sessions as a whole.
  func complete(_ summary: inout CaptureSummary) {
    summary.attempts = attempts.all
    summary.add(
      dropped: [
        ("attempts", attempts.dropped),
        ("segments-outside-window", streams.budget.segmentsOutside),
        ("sessions-out-of-order", queue.early),
      ])
  }
}

extension Dissector {
  /// One for `sessions`: it follows conversations, and describes nothing.
  init(following options: SessionRunOptions) {
    var dissection = DissectorOptions()
    dissection.analyzesSegments = false
    dissection.tunnels = options.recognition.decodeAs.tunnels
    self.init(dissection, conversations: ConversationTable(limits: .streams, keepsEnds: true))
  }

  /// Adds what is known of the conversations as a whole.
  func complete(_ summary: inout CaptureSummary) {
    summary.conversations = conversations.streamCount
    summary.add(
      dropped: [
        ("open-conversations", conversations.droppedCount), ("fragments", forgottenDatagrams),
      ])
  }
}

extension CaptureSummary {
  fileprivate mutating func add(dropped: [(name: String, count: Int)]) {
    for (name, count) in dropped where count > 0 { self.dropped[name, default: 0] += count }
  }
}

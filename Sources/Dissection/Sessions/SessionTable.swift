import DequeModule
import Fields
import Mail
import Wire

/// The second half of the way of `sessions`: the segments of conversations → streams → mail sessions, as they end.
struct SessionTable: ~Copyable {
  private var streams: StreamTable<SessionReading>
  private var open = OpenStreams()
  /// Sessions that are over.
  private var finished: Deque<SessionRecord> = []
  private var attempts = AttemptTable()
  private let recognition: RecognitionOptions

  init(_ options: SessionRunOptions, wantsDigests: Bool) {
    streams = StreamTable(
      SessionSettings(options, wantsDigests: wantsDigests), options.streams,
      memoryLimit: options.memoryLimit)
    recognition = options.recognition
  }

  mutating func receive(
    _ segment: borrowing Segment, _ payload: Span<UInt8>, _ addresses: NetworkAddresses,
    fileOffset: Int?
  ) {
    if segment.isFirst { open.enter(segment.stream) }
    let isLeft = streams.receive(segment, payload, addresses, fileOffset: fileOffset)
    if isLeft { open.leave(segment.stream) }
    while let (stream, silent) = streams.endSilent() {
      var record = silent
      record?.session.dropped[.openSessions, default: 0] += 1
      take(record, stream)
    }
  }

  mutating func noteUndeliverable(_ segment: borrowing Segment) {
    streams.noteUndeliverable(segment)
  }

  /// Finishes a conversation that both sides have closed, where all of it is there.
  mutating func settle(_ slot: Int, _ stream: Int) {
    if let record = streams.settle(slot) { finished.append(record) }
  }

  /// Finishes a conversation that is over.
  mutating func end(_ end: ConversationTable.End) {
    let record = streams.end(end.slot) {
      if let attempt = $0.attempt(recognition) { attempts.add(attempt) }
    }
    take(record, end.stream)
  }

  private mutating func take(_ record: SessionRecord?, _ stream: Int) {
    if let record {
      finished.append(record)
    } else {
      open.leave(stream)
    }
  }

  /// Whether `next` has a session.
  var hasNext: Bool { !finished.isEmpty }

  /// The next session that is over; nil while there is none.
  mutating func next() -> SessionRecord? {
    guard let record = finished.popFirst() else { return nil }
    open.leave(record.stream)
    return record
  }

  /// The earliest conversation that may still become a session that `next` gives.
  var firstOpen: Int? { open.first }

  /// Adds what is known of the sessions as a whole.
  func complete(_ summary: inout CaptureSummary) {
    summary.attempts = attempts.all
    summary.add(
      dropped: [
        ("attempts", attempts.dropped),
        ("segments-outside-window", streams.budget.segmentsOutside),
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

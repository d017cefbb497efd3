import Fields
import Mail
import Wire

/// Some of the conversations of a run: their segments → streams → mail sessions, as they end.
struct SessionShard: ~Copyable, Sendable {
  private var streams: StreamTable<SessionReading>
  private let recognition: RecognitionOptions

  init(_ options: SessionRunOptions, wantsDigests: Bool) {
    var limits = options.streams
    limits.allWaitingBytes /= ShardNumber.count
    streams = StreamTable(
      SessionSettings(options, wantsDigests: wantsDigests), limits, shardBits: ShardNumber.bits)
    recognition = options.recognition
  }

  /// True where the conversation turned out to be no session just now.
  mutating func receive(
    _ segment: borrowing Segment, _ payload: Span<UInt8>, _ addresses: NetworkAddresses,
    fileOffset: Int?
  ) -> Bool {
    streams.receive(segment, payload, addresses, fileOffset: fileOffset)
  }

  mutating func noteUndeliverable(_ segment: borrowing Segment) {
    streams.noteUndeliverable(segment)
  }

  /// Finishes a conversation that both sides have closed, where all of it is there.
  mutating func settle(_ slot: Int) -> SessionRecord? { streams.settle(slot) }

  /// Finishes a conversation that is over.
  mutating func end(_ end: ConversationTable.End) -> SessionEvent {
    var attempt: ConversationAttempt?
    let record = streams.end(end.slot) { attempt = $0.attempt(recognition) }
    if let record { return .finished(record) }
    return .left(end.stream, attempt)
  }

  var segmentsOutside: Int { streams.budget.segmentsOutside }

  /// Takes what a batch has for this shard, which is the shard `number`; gives what comes of it, the last first.
  mutating func take(_ batch: borrowing SegmentBatch, _ number: Int) -> [ShardEvent] {
    var events: [ShardEvent] = []
    var place = 0
    let (steps, found) = (batch.parts[number].steps, batch.parts[number].segments)
    for step in steps {
      switch step.content {
      case .segment:
        let segments = found.span
        let payload = segments[place].payload
        let stream = segments[place].segment.stream
        if segments[place].segment.isFirst { events.append((step.number, .begun(stream))) }
        let isLeft = receive(
          segments[place].segment, batch.bytes.span.part(payload.lowerBound, payload.upperBound),
          segments[place].addresses, fileOffset: segments[place].fileOffset)
        if isLeft { events.append((step.number, .left(stream, nil))) }
        place += 1
      case .undeliverable:
        noteUndeliverable(found.span[place].segment)
        place += 1
      case .settled(let slot):
        if let record = settle(slot) { events.append((step.number, .finished(record))) }
      case .end(let end): events.append((step.number, self.end(end)))
      }
    }
    events.reverse()
    return events
  }
}

/// What became of a conversation, at which step of a batch.
typealias ShardEvent = (step: Int, event: SessionEvent)

/// What became of a conversation.
enum SessionEvent: Sendable {
  /// It may become a session.
  case begun(Int)
  /// It is none; perhaps an attempt at one.
  case left(Int, ConversationAttempt?)
  case finished(SessionRecord)
}

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
      SessionSettings(options, wantsDigests: wantsDigests), limits, shardBits: ShardNumber.bits,
      memoryLimit: options.memoryLimit / ShardNumber.count)
    recognition = options.recognition
  }

  /// True where the conversation turned out to be no session just now.
  mutating func receive(
    _ segment: borrowing Segment, _ payload: Span<UInt8>, _ addresses: NetworkAddresses,
    fileOffset: Int?
  ) -> Bool {
    streams.receive(segment, payload, addresses, fileOffset: fileOffset)
  }

  /// Whether all sessions that are open take too much memory: asked for each segment, so apart from the event.
  @inline(__always)
  var isOverLimit: Bool { streams.isOverLimit }

  /// Ends a session where all that are open take too much memory: what became of it.
  mutating func endSilent() -> SessionEvent {
    let (stream, silent) = streams.endSilent()
    guard var record = silent else { return .left(stream, nil) }
    record.session.dropped[.openSessions, default: 0] += 1
    return .finished(record)
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
    var reading = PartReading(number)
    while reading.next(in: batch) != nil { takeStep(of: batch, &reading) }
    return reading.result
  }

  /// Takes the next step of a part, which must be there.
  mutating func takeStep(of batch: borrowing SegmentBatch, _ reading: inout PartReading) {
    let part = reading.number
    let step = batch.parts[part].steps[reading.step]
    reading.step += 1
    switch step.content {
    case .segment:
      follow(batch, step, &reading)
      reading.segment += 1
    case .undeliverable:
      noteUndeliverable(batch.parts[part].segments[reading.segment].segment)
      reading.segment += 1
    case .settled(let slot):
      if let record = settle(slot) { reading.events.append((step.number, .finished(record))) }
    case .end(let end): reading.events.append((step.number, self.end(end)))
    }
  }

  private mutating func follow(
    _ batch: borrowing SegmentBatch, _ step: SegmentBatch.Step, _ reading: inout PartReading
  ) {
    // Through a span, so that a segment is lent rather than copied.
    let segments = batch.parts[reading.number].segments.span
    let place = reading.segment
    let stream = segments[place].segment.stream
    if segments[place].segment.isFirst { reading.events.append((step.number, .begun(stream))) }
    let isLeft = receive(
      segments[place].segment, batch.payload(of: segments[place]), segments[place].addresses,
      fileOffset: segments[place].fileOffset)
    if isLeft { reading.events.append((step.number, .left(stream, nil))) }
    while isOverLimit { reading.events.append((step.number, endSilent())) }
  }
}

/// How far a shard has taken its part of a batch, and what came of it.
struct PartReading {
  /// That of the shard.
  let number: Int
  fileprivate var step = 0
  fileprivate var segment = 0
  fileprivate(set) var events: [ShardEvent] = []

  init(_ number: Int) { self.number = number }

  /// The place of the next step among those of all shards; nil where there is none.
  func next(in batch: borrowing SegmentBatch) -> Int? {
    step < batch.parts[number].steps.count ? batch.parts[number].steps[step].number : nil
  }

  /// What came of it, the last first.
  var result: [ShardEvent] { events.reversed() }
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

/// What the shards have made of a batch.
struct ShardEvents: Sendable {
  /// Of each shard the last first.
  private var parts: PerShard<[ShardEvent]> = .init(repeating: [])

  mutating func set(_ events: [ShardEvent], of shard: Int) { parts[shard] = events }

  /// The next one and its step, in the order of the steps; nil after the last.
  mutating func next() -> ShardEvent? {
    var next: (shard: Int, step: Int)?
    for shard in parts.indices {
      if let step = parts[shard].last?.step, step < next?.step ?? .max { next = (shard, step) }
    }
    return next.flatMap { parts[$0.shard].popLast() }
  }
}

import Capture
import Fields
import Mail
import Wire

/// What `sessions` may be told.
public struct SessionRunOptions: Sendable {
  public var parsing = SessionOptions()
  public var streams = ReassemblyBudget.Limits()
  public var recognition = RecognitionOptions()
  /// What a compressed stream may become.
  public var inflation = Inflater.Limits()
  /// Bytes of finished sessions that may wait for one that began before them.
  public var queueLimit = 64 << 20
  /// Which copy counts where bytes come again with other values.
  public var lastCopyWins: Bool {
    get { streams.lastCopyWins }
    set { streams.lastCopyWins = newValue }
  }

  public init() {}
}

/// The whole way of `sessions`: frame → layers → conversation → stream → mail session.
struct SessionPipeline: ~Copyable {
  private var dissector: Dissector
  private var found = Dissected()
  private var streams: StreamTable<SessionReading>
  private var queue: SessionQueue
  private var attempts = AttemptTable()
  private let recognition: RecognitionOptions

  init(_ options: SessionRunOptions, wantsDigests: Bool) {
    var dissection = DissectorOptions()
    dissection.analyzesSegments = false
    dissection.tunnels = options.recognition.decodeAs.tunnels
    dissector = Dissector(
      dissection, conversations: ConversationTable(limits: .streams, keepsEnds: true))
    streams = StreamTable(
      SessionSettings(options, wantsDigests: wantsDigests), options.streams)
    queue = SessionQueue(limit: options.queueLimit)
    recognition = options.recognition
  }

  /// Takes the next frame of the capture.
  mutating func receive(_ bytes: Span<UInt8>, _ facts: borrowing FrameFacts) {
    dissector.dissect(bytes, facts, into: &found)
    Self.follow(found, bytes, fileOffset: facts.fileOffset, &streams, &queue)
    endConversations()
  }

  /// Apart from the pipeline, so that what was found is lent rather than copied for each frame.
  private static func follow(
    _ found: borrowing Dissected, _ bytes: Span<UInt8>, fileOffset: Int?,
    _ streams: inout StreamTable<SessionReading>, _ queue: inout SessionQueue
  ) {
    found.forEachSegment(bytes, fileOffset: fileOffset) { segment, payload, addresses, place in
      if segment.isFirst { queue.enter(segment.stream) }
      let isLeft = streams.receive(segment, payload, addresses, fileOffset: place)
      if isLeft { queue.leave(segment.stream) }
    }
    if let segment = found.undeliverableSegment(bytes) { streams.noteUndeliverable(segment) }
  }

  private mutating func endConversations() {
    while let (slot, stream) = dissector.conversations.nextSettled() {
      let record = streams.settle(slot) { if let attempt = $0.attempt(recognition) { attempts.add(attempt) } }
      if let record { queue.finish(stream, record) }
    }
    while endNext() {}
  }

  /// Finishes one conversation that is over; false where there is none.
  mutating func endNext() -> Bool {
    guard let end = dissector.conversations.nextEnd() else { return false }
    let record = streams.end(end.slot) { if let attempt = $0.attempt(recognition) { attempts.add(attempt) } }
    if let record {
      queue.finish(end.stream, record)
    } else {
      queue.leave(end.stream)
    }
    return true
  }

  /// The capture is at its end: what is still open is over, and `endNext` finishes it one by one.
  mutating func endAll() { dissector.conversations.endAll() }

  /// Finishes all that is open at once.
  mutating func finish() {
    endAll()
    endConversations()
  }

  /// Whether `next` has a session.
  var hasNext: Bool { queue.hasNext }

  /// The next session that is over, in the order of first frames; nil while there is none.
  mutating func next() -> SessionRecord? { queue.next() }

  /// Adds what only the pipeline knows.
  func complete(_ summary: inout CaptureSummary) {
    summary.conversations = dissector.conversations.streamCount
    summary.attempts = attempts.all
    for (name, count) in [
      ("attempts", attempts.dropped),
      ("open-conversations", dissector.conversations.droppedCount),
      ("fragments", dissector.forgottenDatagrams),
      ("segments-outside-window", streams.budget.segmentsOutside),
      ("sessions-out-of-order", queue.early),
    ] where count > 0 {
      summary.dropped[name, default: 0] += count
    }
  }
}

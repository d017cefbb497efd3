import Capture
import Fields
import Mail
import Wire

/// The options of `sessions`.
public struct SessionRunOptions: Sendable {
  public var parsing = SessionOptions()
  public var streams = ReassemblyBudget.Limits()
  public var recognition = RecognitionOptions()
  /// What a compressed stream may become.
  public var inflation = Inflater.Limits()
  /// Bytes that the sessions that are open take in memory together; over it the one that was silent longest is ended early.
  public var memoryLimit = 256 << 20
  /// Threads that may be at work: with two or more, frames are read and put to their conversations on one of their own. What
  /// comes out is the same.
  public var jobs = 1
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
  private var sessions: SessionTable

  init(_ options: SessionRunOptions, wantsDigests: Bool) {
    dissector = Dissector(following: options)
    sessions = SessionTable(options, wantsDigests: wantsDigests)
  }

  /// Takes the next frame of the capture.
  mutating func receive(_ bytes: Span<UInt8>, _ facts: borrowing FrameFacts) {
    dissector.dissect(bytes, facts, into: &found)
    Self.follow(found, bytes, fileOffset: facts.fileOffset, &sessions)
    endConversations()
  }

  /// Apart from the pipeline, so that what was found is lent rather than copied for each frame.
  private static func follow(
    _ found: borrowing Dissected, _ bytes: Span<UInt8>, fileOffset: Int?,
    _ sessions: inout SessionTable
  ) {
    found.forEachSegment(bytes, fileOffset: fileOffset) { segment, payload, addresses, place in
      sessions.receive(segment, payload, addresses, fileOffset: place)
    }
    if let segment = found.undeliverableSegment(bytes) { sessions.noteUndeliverable(segment) }
  }

  private mutating func endConversations() {
    while let (slot, stream) = dissector.conversations.nextSettled() {
      sessions.settle(slot, stream)
    }
    while endNext() {}
  }

  /// Finishes one conversation that is over; false where there is none.
  mutating func endNext() -> Bool {
    guard let end = dissector.conversations.nextEnd() else { return false }
    sessions.end(end)
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
  var hasNext: Bool { sessions.hasNext }

  /// The next session that is over; nil while there is none.
  mutating func next() -> SessionRecord? { sessions.next() }

  /// The earliest conversation that may still become a session that `next` gives.
  var firstOpen: Int? { sessions.firstOpen }

  /// Adds what only the pipeline knows.
  func complete(_ summary: inout CaptureSummary) {
    dissector.complete(&summary)
    sessions.complete(&summary)
  }
}

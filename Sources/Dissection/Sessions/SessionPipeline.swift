import Applications
import Capture
import Fields
import Mail
import TLS
import Wire

/// The options of `sessions`.
public struct SessionRunOptions: Sendable {
  public var parsing = SessionOptions()
  public var messages = MessageOptions()
  public var streams = ReassemblyBudget.Limits()
  public var recognition = RecognitionOptions()
  /// What TLS is decrypted with; the secrets that captures bring are added to it.
  public var keys = TLSKeys()
  /// What a compressed stream may become.
  public var inflation = Inflater.Limits()
  /// Bytes that the sessions that are open take in memory together, an equal share in each shard; over it the one that was
  /// silent longest is ended early.
  public var memoryLimit = 192 << 20
  /// Threads that may be at work. What comes out is the same for any number of them.
  public var jobs = 1
  /// Which copy counts where bytes come again with other values.
  public var lastCopyWins: Bool {
    get { streams.lastCopyWins }
    set { streams.lastCopyWins = newValue }
  }

  public init() {}
}

/// The whole way of `sessions` on one thread: frame → layers → conversation → stream → mail session.
struct SessionPipeline: ~Copyable {
  private var dissector: Dissector
  private var found = Dissected()
  private var shards: PerShard<SessionShard>
  private var results: SessionResults

  init(_ options: SessionRunOptions, wantsDigests: Bool) {
    dissector = Dissector(following: options, readsAnswers: wantsDigests)
    results = SessionResults(options)
    shards = PerShard { _ in SessionShard(options, wantsDigests: wantsDigests) }
  }

  /// Takes the next frame of the capture.
  mutating func receive(_ bytes: Span<UInt8>, _ facts: borrowing FrameFacts) {
    Self.follow(bytes, facts, &dissector, &found, &shards, &results)
    endConversations()
  }

  /// Apart from the pipeline, all parts of which it changes at once.
  private static func follow(
    _ bytes: Span<UInt8>, _ facts: borrowing FrameFacts, _ dissector: inout Dissector,
    _ found: inout Dissected, _ shards: inout PerShard<SessionShard>,
    _ results: inout SessionResults
  ) {
    dissector.follow(
      bytes, facts, &found,
      take: { segment, payload, addresses, place in
        if segment.isFirst { results.take(.begun(segment.stream)) }
        let shard = ShardNumber.of(slot: segment.slot)
        let isLeft = shards[shard].receive(segment, payload, addresses, fileOffset: place)
        if isLeft { results.take(.left(segment.stream, nil)) }
        while shards[shard].isOverLimit { results.take(shards[shard].endSilent()) }
      },
      takeUndeliverable: { segment in
        shards[ShardNumber.of(slot: segment.slot)].noteUndeliverable(segment)
      },
      takeDatagram: { datagram, payload in
        if let answers = DNSAnswers(of: datagram, payload) {
          results.note(answers, frame: facts.number)
        }
      })
  }

  private mutating func endConversations() {
    while let (slot, _) = dissector.conversations.nextSettled() {
      if let record = shards[ShardNumber.of(slot: slot)].settle(slot) {
        results.take(.finished(record))
      }
    }
    while endNext() {}
  }

  /// Finishes one conversation that is over; false where there is none.
  mutating func endNext() -> Bool {
    guard let end = dissector.conversations.nextEnd() else { return false }
    results.take(shards[ShardNumber.of(slot: end.slot)].end(end))
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
  var hasNext: Bool { results.hasNext }

  /// The next session that is over; nil while there is none.
  mutating func next() -> SessionRecord? { results.next() }

  /// The earliest conversation that may still become a session that `next` gives.
  var firstOpen: Int? { results.firstOpen }

  /// Adds what only the pipeline knows.
  func complete(_ summary: inout CaptureSummary) {
    dissector.complete(&summary)
    var segmentsOutside = 0
    for index in shards.indices { segmentsOutside += shards[index].segmentsOutside }
    results.complete(&summary, segmentsOutside: segmentsOutside)
  }
}

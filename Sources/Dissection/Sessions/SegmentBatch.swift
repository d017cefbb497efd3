import Applications
import Capture
import Fields
import Wire

/// One for each shard. The conversations of a run are in eight shards, however many threads there are, so that what is held
/// against the limits of a shard is the same. A conversation is in the shard that the lowest bits of its slot say.
typealias PerShard<Element: ~Copyable> = InlineArray<8, Element>

enum ShardNumber {
  static let bits = 3
  static let count = 1 << bits

  static func of(slot: Int) -> Int { slot & (count - 1) }
}

/// What the walk over a number of frames found for those who follow conversations, shard by shard: it is handed from one
/// thread to another.
struct SegmentBatch: Sendable {
  struct Step: Sendable {
    enum Content: Sendable {
      /// The next of the shard's segments is to be followed.
      case segment
      /// The next of the shard's segments could not be delivered.
      case undeliverable
      /// Both sides have closed a conversation, and nothing came of it for a while.
      case settled(slot: Int)
      case end(ConversationTable.End)
    }
    let content: Content
    /// The place among the steps of all shards.
    let number: Int
  }
  struct Found: Sendable {
    var segment: Segment
    var addresses: NetworkAddresses
    /// Which of the frames that are kept has its payload, and where there; nil where it is in `bytes`.
    var frame: Int?
    var payload: Range<Int>
    /// Where the payload is in the capture file.
    var fileOffset: Int?
  }
  /// What a DNS server said before a step.
  struct Answer: Sendable {
    let step: Int
    let answers: DNSAnswers
    let frame: Int
  }
  /// What is for one shard.
  struct Part: Sendable {
    fileprivate(set) var steps: [Step] = []
    fileprivate(set) var segments: [Found] = []
  }
  /// Steps, bytes of frames, and bytes that were copied, after which a batch is handed on.
  private static let stepLimit = 1_024
  private static let frameLimit = 1 << 20
  private static let byteLimit = 1 << 18

  private(set) var parts: PerShard<Part> = .init(repeating: Part())
  /// The frames.
  private var kept: KeptFrames
  private var keptCount = 0
  /// Payloads that were put together from fragments.
  private var bytes: [UInt8] = []
  private var count = 0
  /// What DNS servers said, each with the place of the next step, and its frame.
  private(set) var answers: [Answer] = []
  /// Key logs that are there from the first of the frames on.
  var secrets: [[UInt8]] = []
  /// What was counted up to its end.
  var summary = CaptureSummary()
  /// What ended the capture; there with the last batch.
  var ending: Result<Void, RunError>?

  /// For frames that are kept as `kept` says.
  init(_ kept: KeptFrames) { self.kept = kept }

  var isFull: Bool {
    count >= Self.stepLimit || keptCount >= Self.stepLimit || kept.count >= Self.frameLimit
      || kept.copiedCount + bytes.count >= Self.byteLimit
  }

  /// Keeps a frame: the segments that are added after it are its own.
  mutating func keep(_ frame: borrowing Frame) {
    kept.add(frame)
    keptCount += 1
  }

  /// `start` is where the payload is in the frame; nil where it was put together from fragments.
  mutating func add(
    _ segment: borrowing Segment, _ payload: Span<UInt8>, _ addresses: NetworkAddresses,
    fileOffset: Int?, start: Int?
  ) {
    let place = start ?? bytes.count
    if start == nil { bytes.append(payload) }
    let found = Found(
      segment: copy segment, addresses: addresses, frame: start == nil ? nil : keptCount - 1,
      payload: place..<place + payload.count, fileOffset: fileOffset)
    parts[ShardNumber.of(slot: segment.slot)].segments.append(found)
    add(.segment, slot: segment.slot)
  }

  mutating func add(undeliverable segment: borrowing Segment) {
    let found = Found(
      segment: copy segment, addresses: .none, frame: nil, payload: 0..<0, fileOffset: nil)
    parts[ShardNumber.of(slot: segment.slot)].segments.append(found)
    add(.undeliverable, slot: segment.slot)
  }

  mutating func add(_ found: DNSAnswers, frame: Int) {
    answers.append(Answer(step: count, answers: found, frame: frame))
  }

  mutating func add(_ content: Step.Content, slot: Int) {
    parts[ShardNumber.of(slot: slot)].steps.append(Step(content: content, number: count))
    count += 1
  }

  /// The payload of a segment.
  @_lifetime(borrow self)
  borrowing func payload(of found: borrowing Found) -> Span<UInt8> {
    guard let frame = found.frame else {
      return bytes.span.part(found.payload.lowerBound, found.payload.upperBound)
    }
    return kept.bytes(of: frame).part(found.payload.lowerBound, found.payload.upperBound)
  }

  /// Its frames were looked at: it may be long until it is cleared.
  func giveBackPages() { kept.giveBackPages() }

  mutating func clear() {
    kept.removeAll()
    for shard in parts.indices {
      parts[shard].steps.removeAll(keepingCapacity: true)
      parts[shard].segments.removeAll(keepingCapacity: true)
    }
    bytes.removeAll(keepingCapacity: true)
    answers.removeAll(keepingCapacity: true)
    (count, keptCount, ending, secrets) = (0, 0, nil, [])
  }
}

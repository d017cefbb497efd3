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
    /// Where its payload is in `bytes`, and in the capture file.
    var payload: Range<Int>
    var fileOffset: Int?
  }
  struct Part: Sendable {
    fileprivate(set) var steps: [Step] = []
    fileprivate(set) var segments: [Found] = []
  }
  /// Steps and bytes after which a batch is handed on.
  private static let stepLimit = 1_024
  private static let byteLimit = 1 << 18

  /// What is for each shard.
  private(set) var parts: PerShard<Part> = .init(repeating: Part())
  private(set) var bytes: [UInt8] = []
  private var count = 0
  /// What was counted up to its end.
  var summary = CaptureSummary()
  /// What ended the capture; there with the last batch.
  var ending: Result<Void, RunError>?

  var isFull: Bool { count >= Self.stepLimit || bytes.count >= Self.byteLimit }

  mutating func add(
    _ segment: borrowing Segment, _ payload: Span<UInt8>, _ addresses: NetworkAddresses,
    fileOffset: Int?
  ) {
    let start = bytes.count
    bytes.append(payload)
    let found = Found(
      segment: copy segment, addresses: addresses, payload: start..<bytes.count,
      fileOffset: fileOffset)
    parts[ShardNumber.of(slot: segment.slot)].segments.append(found)
    add(.segment, slot: segment.slot)
  }

  mutating func add(undeliverable segment: borrowing Segment) {
    let found = Found(segment: copy segment, addresses: .none, payload: 0..<0, fileOffset: nil)
    parts[ShardNumber.of(slot: segment.slot)].segments.append(found)
    add(.undeliverable, slot: segment.slot)
  }

  mutating func add(_ content: Step.Content, slot: Int) {
    parts[ShardNumber.of(slot: slot)].steps.append(Step(content: content, number: count))
    count += 1
  }

  mutating func clear() {
    for shard in parts.indices {
      parts[shard].steps.removeAll(keepingCapacity: true)
      parts[shard].segments.removeAll(keepingCapacity: true)
    }
    bytes.removeAll(keepingCapacity: true)
    (count, ending) = (0, nil)
  }
}

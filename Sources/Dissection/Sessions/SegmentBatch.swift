import Fields
import Wire

/// What the walk over a number of frames found for those who follow conversations, in its order: it is handed from one
/// thread to another.
struct SegmentBatch: Sendable {
  enum Step: Sendable {
    /// The next of `segments` is to be followed.
    case segment
    /// The next of `segments` could not be delivered.
    case undeliverable
    /// The capture gave the next of `keyLogs`.
    case keyLog
    /// Both sides have closed a conversation, and nothing came of it for a while.
    case settled(slot: Int, stream: Int)
    case end(ConversationTable.End)
    /// All of a frame was said: a session may be given out.
    case pause
  }
  struct Found: Sendable {
    var segment: Segment
    var addresses: NetworkAddresses
    /// Where its payload is in `bytes`, and in the capture file.
    var payload: Range<Int>
    var fileOffset: Int?
  }
  /// Segments and bytes after which a batch is handed on.
  private static let segmentLimit = 256
  private static let byteLimit = 1 << 17

  private(set) var steps: [Step] = []
  private(set) var segments: [Found] = []
  private(set) var bytes: [UInt8] = []
  /// Secrets of TLS.
  private(set) var keyLogs: [[UInt8]] = []
  /// What was counted up to its end.
  var summary = CaptureSummary()
  /// What ended the capture; there with the last batch.
  var ending: Result<Void, RunError>?

  var isFull: Bool {
    segments.count >= Self.segmentLimit || bytes.count >= Self.byteLimit
      || steps.count >= 4 * Self.segmentLimit
  }

  mutating func add(
    _ segment: borrowing Segment, _ payload: Span<UInt8>, _ addresses: NetworkAddresses,
    fileOffset: Int?
  ) {
    let start = bytes.count
    bytes.append(payload)
    segments.append(
      Found(
        segment: copy segment, addresses: addresses, payload: start..<bytes.count,
        fileOffset: fileOffset))
    steps.append(.segment)
  }

  mutating func add(undeliverable segment: Segment) {
    segments.append(
      Found(segment: segment, addresses: .none, payload: 0..<0, fileOffset: nil))
    steps.append(.undeliverable)
  }

  mutating func add(keyLog: [UInt8]) {
    keyLogs.append(keyLog)
    steps.append(.keyLog)
  }

  mutating func add(_ step: Step) { steps.append(step) }

  mutating func pause() {
    if let last = steps.last, !last.isPause { steps.append(.pause) }
  }

  mutating func clear() {
    steps.removeAll(keepingCapacity: true)
    segments.removeAll(keepingCapacity: true)
    bytes.removeAll(keepingCapacity: true)
    keyLogs.removeAll(keepingCapacity: true)
    ending = nil
  }
}

extension SegmentBatch.Step {
  fileprivate var isPause: Bool { if case .pause = self { true } else { false } }
}

import Capture
import Fields
import Mail
import Synchronization

/// The two directions of a session after `COMPRESS DEFLATE` (RFC 4978).
struct DeflateCodec: StreamCodec {
  var sourceName: String { "Inflated" }
  var isDescribed: Bool { false }

  mutating func weigh() -> Int {
    MemoryLayout<Self>.size + (client.stream == nil ? 0 : InflationBudget.streamBytes)
      + (server.stream == nil ? 0 : InflationBudget.streamBytes)
  }

  fileprivate struct Direction {
    /// Made with the first byte.
    var stream: InflationBudget.Stream?
    var isLost: Bool
    /// Offset of the next byte in the stream as sent, and in what was inflated.
    var sentOffset: Int
    var offset: Int

    /// `start` is where the compressed bytes begin; nil where that is not known.
    init(start: Int?) {
      (isLost, sentOffset, offset) = (start == nil, start ?? 0, start ?? 0)
    }
  }
  private var client: Direction
  private var server: Direction
  private let budget: InflationBudget

  init(_ change: StreamSwitch, _ budget: InflationBudget) {
    client = Direction(start: change.client)
    server = Direction(start: change.server)
    self.budget = budget
  }

  mutating func receive(
    _ bytes: Span<UInt8>, from side: Side, at position: Position, into output: inout CodecOutput
  ) {
    if side == .client {
      client.receive(bytes, at: position, budget, &output)
    } else {
      server.receive(bytes, at: position, budget, &output)
    }
  }

  mutating func gap(
    _ length: Int, from side: Side, at position: Position, into output: inout CodecOutput
  ) {
    if side == .client {
      client.miss(length, at: position, &output)
    } else {
      server.miss(length, at: position, &output)
    }
  }
}

extension DeflateCodec.Direction {
  fileprivate mutating func miss(
    _ length: Int, at position: Position, _ output: inout CodecOutput
  ) {
    guard !isLost else { return }
    output.pieces.append(.gap(length, place(of: position)))
    lose(.gap, at: position, &output)
  }

  private mutating func lose(
    _ loss: CodecLoss, at position: Position, _ output: inout CodecOutput
  ) {
    guard !isLost else { return }
    (stream, isLost) = (nil, true)
    output.pieces.append(.lost(loss, place(of: position)))
  }

  fileprivate mutating func receive(
    _ bytes: Span<UInt8>, at position: Position, _ budget: InflationBudget,
    _ output: inout CodecOutput
  ) {
    if isLost { return }
    guard position.streamOffset == sentOffset else { return lose(.gap, at: position, &output) }
    guard let share = stream ?? budget.open() else { return lose(.tooMany, at: position, &output) }
    stream = share
    sentOffset += bytes.count
    let place = place(of: position)
    let start = output.bytes.count
    let failure = share.inflate(bytes, into: &output.bytes)
    let count = output.bytes.count - start
    if count > 0 { output.pieces.append(.bytes(start..<(start + count), place)) }
    offset += count
    if let failure { lose(failure == .tooMuch ? .tooMuch : .damaged, at: position, &output) }
  }

  /// Offsets count what was inflated; the frame is the one that carried the bytes.
  private func place(of position: Position) -> Position {
    Position(
      frame: position.frame, time: position.time, streamOffset: offset, turn: position.turn)
  }
}

/// What all compressed streams of a run may take: each keeps a window of 32 KiB.
final class InflationBudget: Sendable {
  /// One open stream; gives its place back when it goes. One conversation owns it; the lock is what says so to the
  /// compiler, and is never waited for.
  final class Stream: Sendable {
    private let inflater: Mutex<Inflater>
    private let budget: InflationBudget

    fileprivate init?(_ budget: InflationBudget) {
      guard let inflater = try? Inflater(limits: budget.limits) else { return nil }
      self.inflater = Mutex(inflater)
      self.budget = budget
      budget.openCount.add(1, ordering: .relaxed)
    }
    deinit { budget.openCount.subtract(1, ordering: .relaxed) }

    /// Adds what the bytes become to `output`. Returns why the stream ends here, where it does.
    func inflate(_ bytes: Span<UInt8>, into output: inout [UInt8]) -> Inflater.Failure? {
      inflater.withLock { inflater in
        do throws(Inflater.Failure) {
          try inflater.inflate(bytes) { piece in
            output.append(piece)
          }
          return nil
        } catch {
          return error
        }
      }
    }
  }
  /// What zlib takes for one: its window and its tables.
  static let streamBytes = 40 << 10
  let limits: Inflater.Limits
  /// Streams that may be open at once, in a whole run.
  static let openLimit = 10_000
  /// The same of those who share this budget.
  let openLimit: Int
  private let openCount = Atomic(0)

  init(limits: Inflater.Limits = Inflater.Limits(), openLimit: Int = openLimit) {
    (self.limits, self.openLimit) = (limits, openLimit)
  }

  func open() -> Stream? {
    openCount.load(ordering: .relaxed) < openLimit ? Stream(self) : nil
  }
}

import Capture
import Fields
import Mail

/// The two directions of a session after `COMPRESS DEFLATE` (RFC 4978).
struct CompressedStreams {
  /// Why the rest of a direction cannot be read.
  enum Loss: String {
    case gap = "compressed bytes before it are missing"
    case damaged = "the compressed data is damaged"
    case tooMuch = "the compressed data grows beyond the limit"
    case tooMany = "too many compressed streams are open"
  }

  fileprivate struct Direction {
    /// Made with the first byte.
    var inflater: InflationBudget.Share?
    var isLost: Bool
    /// Offset of the next byte in the stream as sent, and as the parser counts it.
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

  /// The offsets are those of the first compressed bytes; that of the server is nil where its reply was not captured.
  init(client: Int, server: Int?, budget: InflationBudget) {
    self.client = Direction(start: client)
    self.server = Direction(start: server)
    self.budget = budget
  }

  /// Of the server's compressed bytes, before any of them came.
  var firstServerOffset: Int? { server.isLost ? nil : server.sentOffset }

  /// Hands the inflated bytes to `consumer`, each piece with its place: the frame is the one that carried the bytes,
  /// offsets count what was inflated. Returns why the direction ends here, where it does.
  mutating func receive(
    _ bytes: Span<UInt8>, from side: Side, at position: Position,
    _ consumer: (Span<UInt8>, Position) -> Void
  ) -> Loss? {
    switch side {
    case .client: client.receive(bytes, at: position, budget, consumer)
    case .server: server.receive(bytes, at: position, budget, consumer)
    }
  }

  /// Ends the direction; false where it had ended before.
  mutating func end(_ side: Side) -> Bool {
    side == .client ? client.end() : server.end()
  }

  /// The place in the inflated stream that `position` stands for.
  func place(of position: Position, _ side: Side) -> Position {
    Position(
      frame: position.frame, time: position.time,
      streamOffset: side == .client ? client.offset : server.offset)
  }
}

extension CompressedStreams.Direction {
  fileprivate mutating func end() -> Bool {
    defer { (inflater, isLost) = (nil, true) }
    return !isLost
  }

  fileprivate mutating func receive(
    _ bytes: Span<UInt8>, at position: Position, _ budget: InflationBudget,
    _ consumer: (Span<UInt8>, Position) -> Void
  ) -> CompressedStreams.Loss? {
    if isLost { return nil }
    guard position.streamOffset == sentOffset else { return .gap }
    guard let share = inflater ?? budget.open() else { return .tooMany }
    inflater = share
    sentOffset += bytes.count
    var offset = offset
    defer { self.offset = offset }
    do throws(Inflater.Failure) {
      try share.inflater.inflate(bytes) { piece in
        consumer(
          piece, Position(frame: position.frame, time: position.time, streamOffset: offset))
        offset += piece.count
      }
      return nil
    } catch {
      return error == .tooMuch ? .tooMuch : .damaged
    }
  }
}

/// What all compressed streams of a run may take: each keeps a window of 32 KiB.
final class InflationBudget {
  /// One open stream; gives its place back when it goes.
  final class Share {
    let inflater: Inflater
    private let budget: InflationBudget

    fileprivate init?(_ budget: InflationBudget) {
      guard let inflater = try? Inflater(limits: budget.limits) else { return nil }
      (self.inflater, self.budget) = (inflater, budget)
      budget.openCount += 1
    }
    deinit { budget.openCount -= 1 }
  }
  let limits: Inflater.Limits
  /// Streams that may be open at once.
  let openLimit: Int
  private var openCount = 0

  init(limits: Inflater.Limits = Inflater.Limits(), openLimit: Int = 10_000) {
    (self.limits, self.openLimit) = (limits, openLimit)
  }

  func open() -> Share? { openCount < openLimit ? Share(self) : nil }
}

/// The place of a line among all lines of a session, those of both sides: in the order in which they came to the reader,
/// then by offset in the stream.
public struct LineOrder: Sendable, Hashable, Comparable {
  private let turnAndFrame: UInt64
  private let streamOffset: Int

  fileprivate init(_ position: Position) {
    turnAndFrame = UInt64(position.turnNumber) << 32 | UInt64(position.frameNumber)
    streamOffset = position.streamOffset
  }

  /// Before all lines.
  public static let first = LineOrder(Position(frame: 0, time: 0, streamOffset: .min))

  public static func < (left: Self, right: Self) -> Bool {
    (left.turnAndFrame, left.streamOffset) < (right.turnAndFrame, right.streamOffset)
  }
}

extension Position {
  /// The place of a line that begins here.
  public var order: LineOrder { LineOrder(self) }
}

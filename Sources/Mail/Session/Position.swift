/// Where bytes of a stream lie in the capture.
public struct Position: Sendable, Hashable {
  /// The frame's number, from 1.
  public var frame: Int
  /// When the frame was captured, in nanoseconds since 1970-01-01 UTC.
  public var time: Int64
  /// Bytes of this direction before this place; the first byte that was seen, or that follows the SYN, is 0.
  public var streamOffset: Int
  /// Where the byte lies in the (decompressed) capture file, where known.
  public var fileOffset: Int?
  /// How many bytes of the other side's stream its sender had received, by TCP's acknowledgement: what lies further on
  /// in that stream it cannot have known. nil where the capture does not say.
  public var acknowledged: Int?
  /// Its place in the order in which both sides' bytes came to the reader: cause before effect, whatever the frames.
  public var turn: Int

  public init(
    frame: Int, time: Int64, streamOffset: Int = 0, fileOffset: Int? = nil,
    acknowledged: Int? = nil, turn: Int = 0
  ) {
    self.frame = frame
    self.time = time
    self.streamOffset = streamOffset
    self.fileOffset = fileOffset
    self.acknowledged = acknowledged
    self.turn = turn
  }

  /// The place `count` bytes further on in the same frame.
  public func advanced(by count: Int) -> Position {
    Position(
      frame: frame, time: time, streamOffset: streamOffset + count,
      fileOffset: fileOffset.map { $0 + count }, acknowledged: acknowledged,
      turn: turn)
  }
}

/// Where bytes of a stream lie in the capture.
///
/// Every command and reply has two of them, and most of what a session costs is moving them: absent values are a number
/// that no place has rather than optionals, and counts of frames have half a word.
public struct Position: Sendable, Hashable {
  /// When the frame was captured, in nanoseconds since 1970-01-01 UTC.
  public var time: Int64
  /// Bytes of this direction before this place; the first byte that was seen, or that follows the SYN, is 0.
  public var streamOffset: Int
  @usableFromInline var filePlace: Int
  @usableFromInline var reach: Int
  @usableFromInline var frameNumber: UInt32
  @usableFromInline var turnNumber: UInt32
  @inlinable static var absent: Int { .min }

  /// The frame's number, from 1.
  @inlinable public var frame: Int {
    get { Int(frameNumber) }
    set { frameNumber = UInt32(clamping: newValue) }
  }
  /// Where the byte lies in the (decompressed) capture file, where known.
  @inlinable public var fileOffset: Int? {
    get { filePlace == Self.absent ? nil : filePlace }
    set { filePlace = newValue ?? Self.absent }
  }
  /// How many bytes of the other side's stream its sender had received, by TCP's acknowledgement: what lies further on
  /// in that stream it cannot have known. nil where the capture does not say.
  @inlinable public var acknowledged: Int? {
    get { reach == Self.absent ? nil : reach }
    set { reach = newValue ?? Self.absent }
  }
  /// Its place in the order in which both sides' bytes came to the reader: cause before effect, whatever the frames.
  @inlinable public var turn: Int {
    get { Int(turnNumber) }
    set { turnNumber = UInt32(clamping: newValue) }
  }

  @inlinable public init(
    frame: Int, time: Int64, streamOffset: Int = 0, fileOffset: Int? = nil,
    acknowledged: Int? = nil, turn: Int = 0
  ) {
    self.time = time
    self.streamOffset = streamOffset
    filePlace = fileOffset ?? Self.absent
    reach = acknowledged ?? Self.absent
    frameNumber = UInt32(clamping: frame)
    turnNumber = UInt32(clamping: turn)
  }

  /// The place `count` bytes further on in the same frame.
  @inlinable public func advanced(by count: Int) -> Position {
    var place = self
    place.streamOffset += count
    if filePlace != Self.absent { place.filePlace += count }
    return place
  }
}

/// Takes the bytes of the streams as they become contiguous.
///
/// The spans are lent: they are gone when the call returns. In-order bytes come straight from the frame.
public protocol StreamConsumer: ~Copyable {
  mutating func receive(_ bytes: Span<UInt8>, _ place: StreamPlace)
  /// `length` bytes were never captured; what comes next follows them.
  mutating func skip(_ length: Int, _ place: StreamPlace)
  /// Nothing comes any more in this direction.
  mutating func end(_ end: StreamEnd, _ place: StreamPlace)
  /// Something about the stream that a person may want to know; the stream goes on.
  mutating func note(_ oddity: StreamOddity, _ place: StreamPlace)
}

/// Where in a stream something is, and which frame brought it.
public struct StreamPlace: Hashable, Sendable {
  public let isFromClient: Bool
  /// Bytes of this direction before it, gaps among them.
  public let offset: Int
  /// Of the frame that carried the bytes, which may be earlier than the one that made them contiguous.
  public let frame: Int
  public let time: Int64
  /// Of the first byte of a run in the (decompressed) capture file; nil for what is no run, and where the bytes were
  /// put together from fragments.
  public let fileOffset: Int?
  /// How many bytes of the other direction the sender had received when it sent them, as far as its acknowledgement
  /// says; nil where that direction was not captured.
  public let acknowledged: Int?
  /// Runs and gaps of both directions are counted in the order in which they are handed on.
  public let turn: Int
}

/// How a direction of a conversation came to its end.
public enum StreamEnd: Hashable, Sendable {
  case fin
  case reset
  /// It was still open: the conversation was given up, or the capture ended.
  case open
}

/// What is odd about a stream, beside gaps.
public enum StreamOddity: Hashable, Sendable {
  /// Bytes came again with other values; the first copy was kept (or the last, by choice).
  case overlapDiffers(length: Int)
  /// Numbers far from what was expected; ignored.
  case outsideWindow
  /// Bytes after the FIN; ignored.
  case dataAfterEnd(length: Int)
  /// More bytes waited for a gap than may wait: the gap was given up.
  case limitReached
  /// Bytes of a segment with a bad checksum, in a direction whose other checksums are good, came again with other
  /// values: its receiver had thrown it away.
  case badChecksum(length: Int)
  /// Bytes that had been sent again were acknowledged only now: so many, from this place on.
  case arrivedLate(length: Int)
  /// At the end of a direction: bytes that were sent and never acknowledged, and how often segments of them were repeated.
  case notAcknowledged(length: Int, repetitions: Int)
}

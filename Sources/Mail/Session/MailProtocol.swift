/// The mail protocols that mailwire speaks.
public enum MailProtocol: String, Sendable, CaseIterable {
  /// RFC 5321.
  case smtp
  /// RFC 2033: SMTP with `LHLO` and one reply a recipient after the message.
  case lmtp
  /// RFC 1939.
  case pop3
  /// RFC 3501 and RFC 9051.
  case imap
}

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

  public init(frame: Int, time: Int64, streamOffset: Int = 0, fileOffset: Int? = nil) {
    self.frame = frame
    self.time = time
    self.streamOffset = streamOffset
    self.fileOffset = fileOffset
  }

  /// The place `count` bytes further on in the same frame.
  public func advanced(by count: Int) -> Position {
    Position(
      frame: frame, time: time, streamOffset: streamOffset + count,
      fileOffset: fileOffset.map { $0 + count })
  }
}

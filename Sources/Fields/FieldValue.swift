/// The value of a field in one frame. Bytes and strings lie in the buffer's text.
public enum FieldValue: Sendable, Equatable {
  case none
  case unsigned(UInt64)
  case signed(Int64)
  case double(Double)
  /// A MAC address in the low 48 bits.
  case ether(UInt64)
  case ipv4(UInt32)
  case ipv6(high: UInt64, low: UInt64)
  /// A moment for an absolute time, a span for a relative one.
  case time(TimeValue)
  /// Where the bytes, or the UTF-8 of a string, lie in the buffer's text.
  case content(TextRange)
}

extension FieldValue {
  /// So many nanoseconds: since 1970 for an absolute time, as a span for a relative one.
  public static func time(_ nanoseconds: Int64) -> FieldValue {
    .time(TimeValue(span: nanoseconds))
  }
}

/// A stretch of a `TextBuffer`.
public struct TextRange: Sendable, Equatable {
  public var start: Int32
  public var count: Int32

  public init(start: Int, count: Int) {
    self.start = Int32(clamping: start)
    self.count = Int32(clamping: count)
  }
  public static let empty = TextRange(start: 0, count: 0)

  var range: Range<Int> { Int(start)..<Int(start) + Int(count) }
}

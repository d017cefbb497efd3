/// A TCP sequence number: 32 bits that wrap, compared by the shorter way round (RFC 9293 3.4).
///
/// Not `Comparable`: the order is no total order, and sorting by it has no meaning.
public struct SequenceNumber: Hashable, Sendable {
  public let rawValue: UInt32

  public init(_ rawValue: UInt32) { self.rawValue = rawValue }

  /// Bytes from `other` to this number; negative where it lies before.
  public func distance(from other: Self) -> Int {
    Int(Int32(bitPattern: rawValue &- other.rawValue))
  }

  public static func < (left: Self, right: Self) -> Bool { left.distance(from: right) < 0 }
  public static func <= (left: Self, right: Self) -> Bool { left.distance(from: right) <= 0 }
  public static func > (left: Self, right: Self) -> Bool { left.distance(from: right) > 0 }
  public static func >= (left: Self, right: Self) -> Bool { left.distance(from: right) >= 0 }

  public static func + (number: Self, count: Int) -> Self {
    Self(number.rawValue &+ UInt32(truncatingIfNeeded: count))
  }
  public static func - (number: Self, count: Int) -> Self {
    Self(number.rawValue &- UInt32(truncatingIfNeeded: count))
  }
  public static func += (number: inout Self, count: Int) { number = number + count }
}

/// Seconds and nanoseconds, in one of two roles.
///
/// A moment is counted from 1970-01-01 UTC; its nanoseconds go forward from the second. A span has one sign in both
/// parts. Unlike nanoseconds in 64 bits, which end in 2262, it holds whatever time a file can say.
public struct TimeValue: Sendable, Hashable {
  public let seconds: Int64
  public let nanoseconds: Int32

  public init(seconds: Int64, nanoseconds: Int32 = 0) {
    (self.seconds, self.nanoseconds) = (seconds, nanoseconds)
  }

  /// The moment that is so many nanoseconds after 1970, before it where negative.
  public init(moment nanoseconds: Int64) {
    let seconds = nanoseconds.flooredDivision(by: Self.billion)
    self.init(
      seconds: seconds,
      nanoseconds: Int32(truncatingIfNeeded: nanoseconds &- seconds &* Self.billion))
  }

  /// A span of so many nanoseconds.
  public init(span nanoseconds: Int64) {
    self.init(
      seconds: nanoseconds / Self.billion,
      nanoseconds: Int32(truncatingIfNeeded: nanoseconds % Self.billion))
  }

  private static let billion: Int64 = 1_000_000_000

  /// The span from an earlier moment to this one. A span of more seconds than 64 bits hold wraps, as Wireshark's does.
  public func since(_ earlier: Self) -> Self {
    let difference = seconds &- earlier.seconds
    let fraction = nanoseconds &- earlier.nanoseconds
    let billion = Int32(Self.billion)
    if seconds < earlier.seconds, fraction > 0 {
      return Self(seconds: difference &+ 1, nanoseconds: fraction &- billion)
    }
    if seconds > earlier.seconds, fraction < 0 {
      return Self(seconds: difference &- 1, nanoseconds: fraction &+ billion)
    }
    return Self(seconds: difference, nanoseconds: fraction)
  }

  /// The same in nanoseconds, or the nearest that 64 bits hold.
  public var clampedNanoseconds: Int64 {
    let (whole, isBeyond) = seconds.multipliedReportingOverflow(by: Self.billion)
    let (sum, overflow) = whole.addingReportingOverflow(Int64(nanoseconds))
    return isBeyond || overflow ? (seconds < 0 ? .min : .max) : sum
  }
}

extension TextBuffer {
  /// `0.053892000`: the point is followed by `decimals` digits.
  public mutating func write(seconds time: TimeValue, decimals: Int = 9) {
    if time.nanoseconds < 0, time.seconds >= 0 { write(byte: UInt8(ascii: "-")) }
    write(decimal: time.seconds)
    write(fraction: UInt64(time.nanoseconds.magnitude), decimals: decimals)
  }
}

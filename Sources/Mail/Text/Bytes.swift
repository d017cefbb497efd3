// What the parsers need of bytes: ASCII comparison, search, tolerant decoding.

import Fields

extension UInt8 {
  static var nul: UInt8 { 0x00 }
  static var tab: UInt8 { 0x09 }
  static var lineFeed: UInt8 { 0x0A }
  static var carriageReturn: UInt8 { 0x0D }
  static var space: UInt8 { 0x20 }
  static var dot: UInt8 { 0x2E }

  /// ASCII letters in lower case, everything else as it is.
  var lowercasedASCII: UInt8 { (0x41...0x5A).contains(self) ? self | 0x20 : self }
  /// ASCII letters in upper case, everything else as it is.
  var uppercasedASCII: UInt8 { (0x61...0x7A).contains(self) ? self & 0xDF : self }
  var isASCIIDigit: Bool { (0x30...0x39).contains(self) }
  var isASCIILetter: Bool { (0x61...0x7A).contains(self | 0x20) }
  var isBlank: Bool { self == .space || self == .tab }
}

extension UInt64 {
  static var lowBits: UInt64 { 0x0101_0101_0101_0101 }
  static var highBits: UInt64 { 0x8080_8080_8080_8080 }

  /// Not zero where one of the eight bytes is an ASCII control character below 16: line breaks, tab, NUL.
  var lowControls: UInt64 {
    (self &- Self.lowBits &* 0x10) & ~self & Self.highBits
  }

  /// The high bit of each of the eight bytes that is `byte`. Bits above the lowest one may be wrong.
  func bytes(equalTo byte: UInt8) -> UInt64 {
    let difference = self ^ (UInt64(byte) &* Self.lowBits)
    return (difference &- Self.lowBits) & ~difference & Self.highBits
  }

  /// The high bits of the eight bytes side by side, where no other bits are.
  @inline(__always)
  fileprivate var markBits: UInt64 { (self &* 0x0002_0408_1020_4081) &>> 56 }
}

/// 32 bytes that are looked at together.
extension SIMD4<UInt64> {
  /// As `UInt64.lowControls`.
  @inline(__always)
  var lowControls: Self {
    (self &- Self(repeating: UInt64.lowBits &* 0x10)) & ~self
      & Self(repeating: UInt64.highBits)
  }

  /// Whether no bit is set.
  @inline(__always)
  var isZero: Bool {
    let half = lowHalf | highHalf
    return half[0] | half[1] == 0
  }

  /// The place of the first byte that has its high bit set, where no other bits are; there must be one. Without branches,
  /// which could not be foreseen.
  @inline(__always)
  var firstMarked: Int {
    let bits =
      self[0].markBits | self[1].markBits &<< 8 | self[2].markBits &<< 16 | self[3].markBits &<< 24
    return bits.trailingZeroBitCount
  }
}

extension Span<UInt8> {
  /// The text of these bytes; what is no UTF-8 becomes U+FFFD.
  var text: String { decoded }

  var copied: [UInt8] { copy }

  /// The first `byte` at or after `start`.
  func firstIndex(of byte: UInt8, from start: Int = 0) -> Int? {
    firstIndex(of: byte, from: start, before: count)
  }

  /// True where the bytes at `start` are `other`, letters compared without case (ASCII).
  func hasPrefix(ignoringCase other: String, at start: Int = 0) -> Bool {
    let mark = other.utf8.span
    guard start >= 0, count - start >= mark.count else { return false }
    for index in mark.indices
    where self[start + index].lowercasedASCII != mark[index].lowercasedASCII { return false }
    return true
  }

  /// Whether `mark`, which has no upper case, is somewhere in these bytes in any case of letters.
  func contains(lowercased mark: Span<UInt8>) -> Bool {
    guard mark.count > 0, mark.count <= count else { return false }
    let first = mark[0]
    for start in 0...count - mark.count where self[start].lowercasedASCII == first {
      var length = 1
      while length < mark.count, self[start + length].lowercasedASCII == mark[length] {
        length += 1
      }
      if length == mark.count { return true }
    }
    return false
  }

  /// The same of a word.
  func contains(lowercased mark: String) -> Bool { contains(lowercased: mark.utf8.span) }

  /// ASCII comparison without case.
  func equals(ignoringCase other: Span<UInt8>) -> Bool {
    guard count == other.count else { return false }
    for index in indices where self[index].lowercasedASCII != other[index].lowercasedASCII {
      return false
    }
    return true
  }

  /// Without blanks at both ends.
  var trimmed: Span<UInt8> {
    @_lifetime(copy self) get {
      var lower = 0
      var upper = count
      while lower < upper, self[lower].isBlank { lower += 1 }
      while upper > lower, self[upper - 1].isBlank { upper -= 1 }
      return extracting(lower..<upper)
    }
  }
}

extension Array<UInt8> {
  /// Where `mark` first is; nil where it is nowhere.
  func firstPlace(of mark: [UInt8]) -> Range<Int>? {
    guard let first = mark.first, mark.count <= count else { return nil }
    for start in 0...count - mark.count where self[start] == first {
      if self[start..<start + mark.count].elementsEqual(mark) { return start..<start + mark.count }
    }
    return nil
  }
  func contains(_ mark: StaticString) -> Bool {
    firstPlace(of: Array(mark.description.utf8)) != nil
  }
}

// What the three parsers need of text: ASCII comparison, tolerant decoding, numbers without overflow.

extension UInt8 {
  static let nul: UInt8 = 0x00
  static let tab: UInt8 = 0x09
  static let lineFeed: UInt8 = 0x0A
  static let carriageReturn: UInt8 = 0x0D
  static let space: UInt8 = 0x20
  static let dot: UInt8 = 0x2E

  /// ASCII letters in lower case, everything else as it is.
  var lowercasedASCII: UInt8 { (0x41...0x5A).contains(self) ? self | 0x20 : self }
  /// ASCII letters in upper case, everything else as it is.
  var uppercasedASCII: UInt8 { (0x61...0x7A).contains(self) ? self & 0xDF : self }
  var isASCIIDigit: Bool { (0x30...0x39).contains(self) }
  var isASCIILetter: Bool { (0x61...0x7A).contains(self | 0x20) }
  var isBlank: Bool { self == .space || self == .tab }
}

extension Span<UInt8> {
  /// The text of these bytes; what is no UTF-8 becomes U+FFFD.
  var text: String {
    String(decoding: copied, as: UTF8.self)
  }

  var copied: [UInt8] {
    [UInt8](capacity: count) { output in
      for index in indices { output.append(self[index]) }
    }
  }

  /// The first `byte` at or after `start`.
  func firstIndex(of byte: UInt8, from start: Int = 0) -> Int? {
    var index = start
    while index + 32 <= count {
      let block = extracting(index..<(index + 32))
      var hits: UInt8 = 0
      for offset in 0..<32 { hits |= block[offset] == byte ? 1 : 0 }
      if hits != 0 { break }
      index += 32
    }
    while index < count {
      if self[index] == byte { return index }
      index += 1
    }
    return nil
  }

  /// True where the bytes at `start` are `other`, letters compared without case (ASCII).
  func hasPrefix(ignoringCase other: StaticString, at start: Int = 0) -> Bool {
    let length = other.utf8CodeUnitCount
    guard start >= 0, count - start >= length else { return false }
    var index = start
    for byte in "\(other)".utf8 {
      if self[index].lowercasedASCII != byte.lowercasedASCII { return false }
      index += 1
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

extension StringProtocol {
  /// ASCII comparison without case.
  func equals(ignoringCase other: some StringProtocol) -> Bool {
    let (mine, its) = (self.utf8, other.utf8)
    guard mine.count == its.count else { return false }
    return zip(mine, its).allSatisfy { $0.lowercasedASCII == $1.lowercasedASCII }
  }

  /// ASCII comparison without case.
  func hasPrefix(ignoringCase other: some StringProtocol) -> Bool {
    let (mine, its) = (self.utf8, other.utf8)
    guard mine.count >= its.count else { return false }
    return zip(mine, its).allSatisfy { $0.lowercasedASCII == $1.lowercasedASCII }
  }

  /// ASCII letters in upper case; other letters, and the count of bytes, stay.
  var uppercasedASCII: String {
    String(decoding: utf8.map(\.uppercasedASCII), as: UTF8.self)
  }

  var trimmingBlanks: String {
    var bytes = Substring(self).utf8
    while let first = bytes.first, first.isBlank { bytes.removeFirst() }
    while let last = bytes.last, last.isBlank { bytes.removeLast() }
    return String(Substring(bytes))
  }
}

/// Numbers as the mail protocols write them.
enum Decimal {
  /// The value of ASCII digits; nil where one is no digit, there is none, or it does not fit.
  static func parse(_ digits: some Sequence<UInt8>) -> Int? {
    var value = 0
    var any = false
    for byte in digits {
      guard byte.isASCIIDigit else { return nil }
      let (scaled, over) = value.multipliedReportingOverflow(by: 10)
      let (sum, overSum) = scaled.addingReportingOverflow(Int(byte - 0x30))
      guard !over, !overSum else { return nil }
      (value, any) = (sum, true)
    }
    return any ? value : nil
  }
}

/// RFC 4648 section 4, as tolerant as receivers are: blanks are skipped, padding may be missing.
enum Base64 {
  /// nil where a byte is outside the alphabet or the length can be no base64.
  static func decode(_ text: some Sequence<UInt8>) -> [UInt8]? {
    var result: [UInt8] = []
    var bits: UInt32 = 0
    var digits = 0
    var padded = false
    for byte in text where !byte.isBlank {
      if byte == 0x3D {
        padded = true
        continue
      }
      guard !padded, let value = value(of: byte) else { return nil }
      bits = bits << 6 | UInt32(value)
      digits += 1
      if digits == 4 {
        result.append(UInt8(truncatingIfNeeded: bits >> 16))
        result.append(UInt8(truncatingIfNeeded: bits >> 8))
        result.append(UInt8(truncatingIfNeeded: bits))
        (bits, digits) = (0, 0)
      }
    }
    switch digits {
    case 0: break
    case 2: result.append(UInt8(truncatingIfNeeded: bits >> 4))
    case 3:
      result.append(UInt8(truncatingIfNeeded: bits >> 10))
      result.append(UInt8(truncatingIfNeeded: bits >> 2))
    default: return nil
    }
    return result
  }

  private static func value(of byte: UInt8) -> UInt8? {
    switch byte {
    case 0x41...0x5A: byte - 0x41
    case 0x61...0x7A: byte - 0x61 + 26
    case 0x30...0x39: byte - 0x30 + 52
    case 0x2B: 62
    case 0x2F: 63
    default: nil
    }
  }
}

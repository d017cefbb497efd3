import Fields

/// Base64 of messages (RFC 2045 section 6.8), digit by digit: what is not in the alphabet is passed over, padding may
/// be missing, and ends the data where it is there.
struct Base64Decoder: Sendable {
  private var bits: UInt32 = 0
  private var digits = 0
  private var pads = 0
  /// Padding came: no more is decoded.
  private(set) var isPadded = false
  /// Bytes outside of the alphabet, white space aside.
  private(set) var noise = 0
  /// Digits after the padding.
  private(set) var afterPadding = 0
  /// One digit was left over at the end, or the padding was.
  private(set) var isIncomplete = false
  private(set) var lacksPadding = false
  /// Bytes were missing: digits are passed over up to the next line, which begins with a whole group.
  private var isLost = false

  /// What a byte that is no digit has in the table; its high bits are those of no value.
  private static let none: UInt8 = 0xFF
  private static let values: [UInt8] = (0...255).map { Base64.value(of: $0) ?? none }

  /// Takes a run of digits, groups of four at a time where they are whole.
  mutating func receive(_ bytes: Span<UInt8>, into output: inout [UInt8]) {
    output.reserveCapacity(output.count + bytes.count / 4 * 3 + 3)
    let values = Self.values.span
    var index = 0
    while index < bytes.count {
      if digits == 0, pads == 0, !isPadded, !isLost {
        while index + 4 <= bytes.count {
          let group = bytes.extracting(index..<(index &+ 4))
          let (first, second) = (values[Int(group[0])], values[Int(group[1])])
          let (third, fourth) = (values[Int(group[2])], values[Int(group[3])])
          guard first | second | third | fourth < 64 else { break }
          output.append(first << 2 | second >> 4)
          output.append(second << 4 | third >> 2)
          output.append(third << 6 | fourth)
          index &+= 4
        }
        guard index < bytes.count else { return }
      }
      let byte = bytes[index]
      index += 1
      if isLost { isLost = byte != .lineFeed } else { take(byte, into: &output) }
    }
  }

  /// Bytes are missing here: a group that is not whole is decoded as if it were the last one.
  mutating func gap(into output: inout [UInt8]) {
    let wasPadded = isPadded
    endDigits(into: &output)
    (isPadded, isLost, pads) = (wasPadded, true, 0)
  }

  mutating func take(_ byte: UInt8, into output: inout [UInt8]) {
    guard let value = Base64.value(of: byte) else {
      if byte == UInt8(ascii: "=") {
        pads += 1
        if digits >= 2, digits + pads >= 4 { endDigits(into: &output) }
      } else if !byte.isFolding {
        noise += 1
      }
      return
    }
    guard !isPadded else {
      afterPadding += 1
      return
    }
    pads = 0
    bits = bits << 6 | UInt32(value)
    digits += 1
    if digits == 4 {
      output.append(UInt8(truncatingIfNeeded: bits >> 16))
      output.append(UInt8(truncatingIfNeeded: bits >> 8))
      output.append(UInt8(truncatingIfNeeded: bits))
      (bits, digits) = (0, 0)
    }
  }

  /// The data ends: what lacks its padding is decoded as if it were there.
  mutating func finish(into output: inout [UInt8]) {
    lacksPadding = digits >= 2
    isIncomplete = digits == 1
    endDigits(into: &output)
    isPadded = false
  }

  private mutating func endDigits(into output: inout [UInt8]) {
    if digits == 2 { output.append(UInt8(truncatingIfNeeded: bits >> 4)) }
    if digits == 3 {
      output.append(UInt8(truncatingIfNeeded: bits >> 10))
      output.append(UInt8(truncatingIfNeeded: bits >> 2))
    }
    (bits, digits, isPadded) = (0, 0, true)
  }
}

extension UInt8 {
  /// What a hexadecimal digit is worth, in any case.
  var hexadecimalValue: UInt8? {
    switch lowercasedASCII {
    case 0x30...0x39: self - 0x30
    case 0x61...0x66: lowercasedASCII - 0x61 + 10
    default: nil
    }
  }
}

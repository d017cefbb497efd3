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

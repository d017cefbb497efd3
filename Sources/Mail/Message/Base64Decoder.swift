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

  /// The twelve bits of two digits, the first of which is the lower byte of the place; `none` where one of them is no
  /// digit.
  private static let pairs: [UInt16] = {
    let values = (0...255).map { Base64.value(of: $0).map { UInt16($0) } ?? none }
    var pairs = [UInt16](repeating: none, count: 1 << 16)
    for second in values.indices where values[second] < 64 {
      for first in values.indices where values[first] < 64 {
        pairs[second << 8 | first] = values[first] << 6 | values[second]
      }
    }
    return pairs
  }()
  /// It has a bit that no two digits have.
  private static let none: UInt16 = 1 << 15

  /// Bytes that were decoded, up to three of them: the highest are the first.
  private struct Group {
    var bits: UInt32 = 0
    var count = 0
  }

  mutating func receive(_ bytes: Span<UInt8>, into output: inout [UInt8]) {
    var (index, place) = (0, output.count)
    // Room for all that may come of it, and five bytes more: eight are written at a time.
    output.append(contentsOf: repeatElement(0, count: (digits + bytes.count) / 4 * 3 + 8))
    var target = output.mutableSpan
    while index < bytes.count {
      if digits == 0, pads == 0, !isPadded, !isLost {
        Self.decodeGroups(bytes, &index, &target, &place)
        guard index < bytes.count else { break }
      }
      let byte = bytes[index]
      index += 1
      if isLost {
        isLost = byte != .lineFeed
        continue
      }
      let group = take(byte)
      for number in 0..<group.count {
        target[place] = UInt8(truncatingIfNeeded: group.bits >> (16 - 8 * number))
        place += 1
      }
    }
    output.removeLast(output.count - place)
  }

  /// Decodes groups of four digits, line by line, up to the first that is none. Up to five bytes after those that
  /// were decoded are written to.
  private static func decodeGroups(
    _ bytes: Span<UInt8>, _ index: inout Int, _ target: inout MutableSpan<UInt8>,
    _ place: inout Int
  ) {
    let pairs = Self.pairs.span.extracting(0..<(1 << 16))
    var (at, end) = (index, place)
    defer { (index, place) = (at, end) }
    while true {
      while at &+ 8 <= bytes.count {
        let word = bytes.word(at: at)
        let first = pairs[Int(word & 0xffff)]
        let second = pairs[Int(word >> 16 & 0xffff)]
        let third = pairs[Int(word >> 32 & 0xffff)]
        let fourth = pairs[Int(word >> 48)]
        guard (first | second | third | fourth) & none == 0 else { break }
        let groups = (UInt64(first) << 12 | UInt64(second), UInt64(third) << 12 | UInt64(fourth))
        target.store(groups.0 << 40 | groups.1 << 16, at: end)
        at &+= 8
        end &+= 6
      }
      if at &+ 4 <= bytes.count {
        let digits = bytes.extracting(at..<(at &+ 4))
        let first = pairs[Int(digits[0]) | Int(digits[1]) << 8]
        let second = pairs[Int(digits[2]) | Int(digits[3]) << 8]
        if (first | second) & none == 0 {
          target.store(UInt64(first) << 52 | UInt64(second) << 40, at: end)
          at &+= 4
          end &+= 3
          continue
        }
      }
      let start = at
      while at < bytes.count, bytes[at] == .carriageReturn || bytes[at] == .lineFeed { at &+= 1 }
      if at == start { return }
    }
  }

  /// Bytes are missing here: a group that is not whole is decoded as if it were the last one.
  mutating func gap(into output: inout [UInt8]) {
    let wasPadded = isPadded
    Self.append(endDigits(), to: &output)
    (isPadded, isLost, pads) = (wasPadded, true, 0)
  }

  mutating func take(_ byte: UInt8, into output: inout [UInt8]) {
    Self.append(take(byte), to: &output)
  }

  private static func append(_ group: Group, to output: inout [UInt8]) {
    for number in 0..<group.count {
      output.append(UInt8(truncatingIfNeeded: group.bits >> (16 - 8 * number)))
    }
  }

  private mutating func take(_ byte: UInt8) -> Group {
    guard let value = Base64.value(of: byte) else {
      if byte == UInt8(ascii: "=") {
        pads += 1
        if digits >= 2, digits + pads >= 4 { return endDigits() }
      } else if !byte.isFolding {
        noise += 1
      }
      return Group()
    }
    guard !isPadded else {
      afterPadding += 1
      return Group()
    }
    pads = 0
    bits = bits << 6 | UInt32(value)
    digits += 1
    guard digits == 4 else { return Group() }
    let group = Group(bits: bits, count: 3)
    (bits, digits) = (0, 0)
    return group
  }

  /// The data ends: what lacks its padding is decoded as if it were there.
  mutating func finish(into output: inout [UInt8]) {
    lacksPadding = digits >= 2
    isIncomplete = digits == 1
    Self.append(endDigits(), to: &output)
    isPadded = false
  }

  private mutating func endDigits() -> Group {
    let group = Group(bits: bits << (24 - 6 * UInt32(digits)), count: max(0, digits - 1))
    (bits, digits, isPadded) = (0, 0, true)
    return group
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

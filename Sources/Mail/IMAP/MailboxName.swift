/// Mailbox names as IMAP writes them: modified UTF-7 (RFC 3501 section 5.1.3).
enum MailboxName {
  /// The name in Unicode, or as it was sent where it is no modified UTF-7.
  static func shown(_ name: [UInt8]) -> String {
    let isPlain = !name.contains(UInt8(ascii: "&"))
    return (isPlain ? nil : decode(name)) ?? String(decoding: name, as: UTF8.self)
  }

  /// The name in Unicode; nil where it is no modified UTF-7.
  static func decode(_ name: some Collection<UInt8>) -> String? {
    var units: [UInt16] = []
    units.reserveCapacity(name.count)
    var index = name.startIndex
    while index < name.endIndex {
      let byte = name[index]
      index = name.index(after: index)
      guard byte == UInt8(ascii: "&") else {
        guard (0x20...0x7E).contains(byte) else { return nil }
        units.append(UInt16(byte))
        continue
      }
      guard let end = name[index...].firstIndex(of: UInt8(ascii: "-")) else { return nil }
      if end == index {
        units.append(UInt16(UInt8(ascii: "&")))
      } else if !append(name[index..<end], to: &units) {
        return nil
      }
      index = name.index(after: end)
    }
    var decoder = UTF16()
    var iterator = units.makeIterator()
    var result = String.UnicodeScalarView()
    while true {
      switch decoder.decode(&iterator) {
      case .scalarValue(let scalar): result.append(scalar)
      case .emptyInput: return String(result)
      case .error: return nil
      }
    }
  }

  /// Appends the UTF-16 units of one shifted run; false where it is not well formed.
  private static func append(_ run: some Collection<UInt8>, to units: inout [UInt16]) -> Bool {
    var (bits, count): (UInt32, UInt32) = (0, 0)
    for byte in run {
      guard let digit = digit(byte) else { return false }
      bits = bits << 6 | UInt32(digit)
      count += 6
      if count >= 16 {
        count -= 16
        units.append(UInt16(truncatingIfNeeded: bits >> count))
        bits &= (1 << count) - 1
      }
    }
    return count < 6 && bits == 0
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte - UInt8(ascii: "A")
    case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - UInt8(ascii: "a") + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0") + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: ","): 63
    default: nil
    }
  }
}

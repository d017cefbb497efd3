/// Text of header fields: UTF-8 as RFC 6532 allows it, and the encoded words of RFC 2047.
enum EncodedWord {
  /// The text in Unicode. Words in a charset that is not known here, and what only looks like a word, stay as sent.
  ///
  /// Tolerant as receivers are: a word may stand beside other text without a blank between them.
  static func decode(_ text: some Collection<UInt8>) -> String {
    let bytes = Array(text)
    var result = ""
    var start = 0
    var index = 0
    /// Bytes of words in one charset, which may share a character between them.
    var run: (charset: Charset, bytes: [UInt8])?
    while index < bytes.count {
      guard bytes[index] == UInt8(ascii: "="), let word = word(bytes, at: index) else {
        index += 1
        continue
      }
      let between = bytes[start..<index]
      // Blanks between two words only separate them.
      let isJoined = run != nil && between.allSatisfy(isBlank)
      if isJoined, run?.charset == word.charset {
        run?.bytes += word.content
      } else {
        if let run { result += run.charset.decode(run.bytes) }
        if !isJoined { result += String(decoding: between, as: UTF8.self) }
        run = (word.charset, word.content)
      }
      (index, start) = (word.end, word.end)
    }
    if let run { result += run.charset.decode(run.bytes) }
    return result + String(decoding: bytes[start...], as: UTF8.self)
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte.isBlank || byte == .carriageReturn || byte == .lineFeed
  }

  /// `=?charset*language?B?text?=` at `start`.
  private static func word(
    _ bytes: [UInt8], at start: Int
  ) -> (charset: Charset, content: [UInt8], end: Int)? {
    let mark = UInt8(ascii: "?")
    guard start + 1 < bytes.count, bytes[start + 1] == mark,
      let first = bytes[(start + 2)...].prefix(nameLimit).firstIndex(of: mark),
      first + 2 < bytes.count, bytes[first + 2] == mark
    else { return nil }
    let name = bytes[(start + 2)..<first].prefix { $0 != UInt8(ascii: "*") }
    guard let charset = Charset(name: String(decoding: name, as: UTF8.self)) else { return nil }
    var end = first + 3
    let limit = min(bytes.count - 1, first + 3 + textLimit)
    while end < limit, bytes[end] != mark || bytes[end + 1] != UInt8(ascii: "=") { end += 1 }
    guard end < limit else { return nil }
    let text = bytes[(first + 3)..<end]
    switch bytes[first + 1].uppercasedASCII {
    case UInt8(ascii: "B"):
      guard let content = Base64.decode(text) else { return nil }
      return (charset, content, end + 2)
    case UInt8(ascii: "Q"): return (charset, quoted(text), end + 2)
    default: return nil
    }
  }

  /// Bytes that a charset's name with its language may have.
  private static let nameLimit = 64
  /// Bytes that its text may have; the RFC allows 75 for the whole word.
  private static let textLimit = 2_048

  /// The `Q` encoding; what is no escape stays.
  private static func quoted(_ text: ArraySlice<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    var index = text.startIndex
    while index < text.endIndex {
      let byte = text[index]
      if byte == UInt8(ascii: "="), index + 2 < text.endIndex,
        let high = hexDigit(text[index + 1]), let low = hexDigit(text[index + 2])
      {
        result.append(high << 4 | low)
        index += 3
      } else {
        result.append(byte == UInt8(ascii: "_") ? .space : byte)
        index += 1
      }
    }
    return result
  }

  private static func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte.lowercasedASCII {
    case 0x30...0x39: byte - 0x30
    case 0x61...0x66: byte.lowercasedASCII - 0x61 + 10
    default: nil
    }
  }
}

/// The character sets that are decoded here.
enum Charset {
  case utf8
  case latin1
  case latin9
  case windows1252

  init?(name: String) {
    switch name.uppercasedASCII {
    case "UTF-8", "UTF8", "US-ASCII", "ASCII": self = .utf8
    case "ISO-8859-1", "ISO8859-1", "LATIN1": self = .latin1
    case "ISO-8859-15", "ISO8859-15", "LATIN9": self = .latin9
    case "WINDOWS-1252", "CP1252": self = .windows1252
    default: return nil
    }
  }

  func decode(_ bytes: [UInt8]) -> String {
    if self == .utf8 { return String(decoding: bytes, as: UTF8.self) }
    var result = String.UnicodeScalarView()
    for byte in bytes { result.append(Unicode.Scalar(scalar(byte)) ?? "\u{FFFD}") }
    return String(result)
  }

  private func scalar(_ byte: UInt8) -> UInt16 {
    switch self {
    case .windows1252 where (0x80...0x9F).contains(byte): Self.windowsBlock[Int(byte) - 0x80]
    case .latin9: Self.latin9Differences[byte] ?? UInt16(byte)
    default: UInt16(byte)
    }
  }

  /// 0x80 to 0x9F; what is not assigned stays, as browsers have it.
  private static let windowsBlock: [UInt16] = [
    0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039,
    0x0152, 0x8D, 0x017D, 0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
    0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D, 0x017E, 0x0178,
  ]
  private static let latin9Differences: [UInt8: UInt16] = [
    0xA4: 0x20AC, 0xA6: 0x0160, 0xA8: 0x0161, 0xB4: 0x017D, 0xB8: 0x017E, 0xBC: 0x0152,
    0xBD: 0x0153, 0xBE: 0x0178,
  ]
}

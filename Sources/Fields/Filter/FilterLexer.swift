/// A piece of a display filter.
struct FilterToken: Equatable {
  enum Kind: Equatable {
    /// A field name, a number, an address, bytes: its place shows what it is.
    case word(String)
    /// A text in quotes, its escapes resolved.
    case string([UInt8])
    /// `'a'`
    case character(UInt8)
    case symbol(Symbol)
    /// What is between `[` and `]`.
    case brackets(String)
    case end
  }
  enum Symbol: String, CaseIterable {
    case allEqual = "==="
    case anyNotEqual = "!=="
    case equal = "=="
    case notEqual = "!="
    case oldNotEqual = "~="
    case lessOrEqual = "<="
    case greaterOrEqual = ">="
    case and = "&&"
    case or = "||"
    case xor = "^^"
    case dots = ".."
    case less = "<"
    case greater = ">"
    case not = "!"
    case matches = "~"
    case bitAnd = "&"
    case plus = "+"
    case minus = "-"
    case times = "*"
    case over = "/"
    case modulo = "%"
    case layer = "#"
    case openParenthesis = "("
    case closeParenthesis = ")"
    case openBrace = "{"
    case closeBrace = "}"
    case comma = ","
    case contains = "contains"
    case isIn = "in"
    case any = "any"
    case all = "all"
  }

  let kind: Kind
  /// From 1.
  let column: Int
  /// As it was written.
  let text: String
}

/// Cuts a display filter into its pieces.
struct FilterLexer {
  private let bytes: [UInt8]
  private var position = 0
  private var tokens: [FilterToken] = []

  /// All pieces, `.end` last.
  static func tokens(of text: String) throws(FilterError) -> [FilterToken] {
    var lexer = Self(bytes: Array(text.utf8))
    while try lexer.readToken() {}
    return lexer.tokens
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  /// Longest first.
  private static let symbols = FilterToken.Symbol.allCases
    .filter { !isWordByte($0.rawValue.utf8.first ?? 0) || $0 == .dots }
    .map { (Array($0.rawValue.utf8), $0) }

  private static let wordSymbols: [String: FilterToken.Symbol] = [
    "eq": .equal, "any_eq": .equal, "all_eq": .allEqual, "ne": .notEqual, "all_ne": .notEqual,
    "any_ne": .anyNotEqual, "lt": .less, "le": .lessOrEqual, "gt": .greater, "ge": .greaterOrEqual,
    "and": .and, "or": .or, "xor": .xor, "not": .not, "contains": .contains, "matches": .matches,
    "in": .isIn, "any": .any, "all": .all, "bitwise_and": .bitAnd,
  ]

  private mutating func readToken() throws(FilterError) -> Bool {
    while position < bytes.count, bytes[position] <= 0x20 { position += 1 }
    guard position < bytes.count else {
      append(.end, from: position)
      return false
    }
    let start = position
    let byte = bytes[position]
    let following = position + 1 < bytes.count ? bytes[position + 1] : 0
    if byte == UInt8(ascii: "\"") {
      try readString(isRaw: false)
    } else if byte == UInt8(ascii: "r") || byte == UInt8(ascii: "R"),
      following == UInt8(ascii: "\"")
    {
      position += 1
      try readString(isRaw: true)
    } else if byte == UInt8(ascii: "'") {
      try readCharacter()
    } else if byte == UInt8(ascii: "[") {
      guard let end = bytes[start...].firstIndex(of: UInt8(ascii: "]")) else {
        throw error(at: start, "\"[\" is never closed")
      }
      position = end + 1
      append(.brackets(String(decoding: bytes[start + 1..<end], as: UTF8.self)), from: start)
    } else if isWordStart(byte, following) {
      readWord()
    } else if let (text, symbol) = Self.symbols.first(where: { bytes[start...].starts(with: $0.0) })
    {
      position += text.count
      append(.symbol(symbol), from: start)
    } else {
      let rest = String(decoding: bytes[start...], as: UTF8.self)
      throw error(at: start, "\"\(rest.prefix(1))\" was unexpected here")
    }
    return true
  }

  private func isWordStart(_ byte: UInt8, _ following: UInt8) -> Bool {
    if byte == UInt8(ascii: "-") { return isDigit(following) && !followsOperand }
    if byte == UInt8(ascii: ".") { return following != byte && isWordByte(following) }
    return isWordByte(byte)
  }

  /// A minus after an operand subtracts, elsewhere it is a number's sign.
  private var followsOperand: Bool {
    switch tokens.last?.kind {
    case .word, .string, .character, .brackets, .symbol(.closeBrace), .symbol(.closeParenthesis):
      true
    default: false
    }
  }

  private mutating func readWord() {
    let start = position
    position += 1
    scan: while position < bytes.count {
      let byte = bytes[position]
      let following = position + 1 < bytes.count ? bytes[position + 1] : 0
      switch byte {
      case UInt8(ascii: "."): if following == byte { break scan }
      case UInt8(ascii: "-"): break
      case UInt8(ascii: "/"):
        // Only the length of an address's prefix is written with a slash; elsewhere it divides.
        let word = String(decoding: bytes[start..<position], as: UTF8.self)
        guard isDigit(following), AddressText.ipv4(word) != nil || AddressText.ipv6(word) != nil
        else { break scan }
      default: if !isWordByte(byte) { break scan }
      }
      position += 1
    }
    let word = String(decoding: bytes[start..<position], as: UTF8.self)
    append(Self.wordSymbols[word].map { .symbol($0) } ?? .word(word), from: start)
  }

  private mutating func readString(isRaw: Bool) throws(FilterError) {
    let start = position
    position += 1
    var content: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      if byte == UInt8(ascii: "\"") {
        position += 1
        append(.string(content), from: isRaw ? start - 1 : start)
        return
      }
      if byte != UInt8(ascii: "\\") {
        content.append(byte)
        position += 1
      } else if isRaw {
        // In a raw string a backslash is itself, and keeps a quote from ending the string.
        content.append(byte)
        position += 1
        if position < bytes.count {
          content.append(bytes[position])
          position += 1
        }
      } else {
        content += try readEscape()
      }
    }
    throw error(at: start, "the string is never closed")
  }

  private mutating func readCharacter() throws(FilterError) {
    let start = position
    position += 1
    var content: [UInt8] = []
    while position < bytes.count, bytes[position] != UInt8(ascii: "'") {
      if bytes[position] == UInt8(ascii: "\\") {
        content += try readEscape()
      } else {
        content.append(bytes[position])
        position += 1
      }
    }
    guard position < bytes.count else { throw error(at: start, "the character is never closed") }
    position += 1
    guard content.count == 1 else {
      throw error(at: start, "a character constant is one character between quotes")
    }
    append(.character(content[0]), from: start)
  }

  /// Reads `\n`, `\x41`, `\101`, `\u00e9` and the like.
  private mutating func readEscape() throws(FilterError) -> [UInt8] {
    let start = position
    position += 1
    guard position < bytes.count else { throw error(at: start, "the string is never closed") }
    let byte = bytes[position]
    position += 1
    switch byte {
    case UInt8(ascii: "a"): return [7]
    case UInt8(ascii: "b"): return [8]
    case UInt8(ascii: "t"): return [9]
    case UInt8(ascii: "n"): return [10]
    case UInt8(ascii: "v"): return [11]
    case UInt8(ascii: "f"): return [12]
    case UInt8(ascii: "r"): return [13]
    case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "'"): return [byte]
    case UInt8(ascii: "x"):
      if let value = readNumber(radix: 16, digits: 2) { return [UInt8(truncatingIfNeeded: value)] }
    case UInt8(ascii: "0")...UInt8(ascii: "7"):
      position -= 1
      if let value = readNumber(radix: 8, digits: 3), value < 256 { return [UInt8(value)] }
    case UInt8(ascii: "u"), UInt8(ascii: "U"):
      let digits = byte == UInt8(ascii: "u") ? 4 : 8
      if let value = readNumber(radix: 16, digits: digits), let scalar = Unicode.Scalar(value) {
        return Array(String(scalar).utf8)
      }
    default: break
    }
    let escape = String(decoding: bytes[start..<max(position, start + 2)], as: UTF8.self)
    throw error(at: start, "\(escape) is no character escape; r\"…\" takes backslashes as they are")
  }

  private mutating func readNumber(radix: UInt32, digits: Int) -> UInt32? {
    var value: UInt32 = 0
    var count = 0
    while count < digits, position < bytes.count,
      let digit = Unicode.Scalar(bytes[position]).hexDigit, digit < radix
    {
      value = value &* radix &+ digit
      position += 1
      count += 1
    }
    return count > 0 ? value : nil
  }

  private mutating func append(_ kind: FilterToken.Kind, from start: Int) {
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    tokens.append(FilterToken(kind: kind, column: column(of: start), text: text))
  }
  private func column(of offset: Int) -> Int {
    String(decoding: bytes[..<offset], as: UTF8.self).count + 1
  }
  private func error(at offset: Int, _ message: String) -> FilterError {
    FilterError(column: column(of: offset), message)
  }
}

private func isDigit(_ byte: UInt8) -> Bool {
  byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
}

private func isWordByte(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
    UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"), UInt8(ascii: ":"), UInt8(ascii: "."),
    0x80...:
    true
  default: false
  }
}

extension Unicode.Scalar {
  var hexDigit: UInt32? {
    switch self {
    case "0"..."9": value - 0x30
    case "a"..."f": value - 0x61 + 10
    case "A"..."F": value - 0x41 + 10
    default: nil
    }
  }
}

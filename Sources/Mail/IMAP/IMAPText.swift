/// The text of one command or response: its lines without CRLF, and what its literals held.
///
/// A literal stands in `bytes` as its announcement (`{5}`, `{5+}`, `~{5}`).
struct IMAPText: Sendable {
  struct Literal: Sendable {
    /// Where the announcement stands in `bytes`.
    var announcement: Range<Int>
    /// Bytes announced.
    var count: Int
    /// What came, where it was kept: message bytes and long literals are not.
    var content: [UInt8]?
  }
  var bytes: [UInt8] = []
  var literals: [Literal] = []

  /// The text of a range for a person; with `literals`, short printable ones follow their announcement.
  func string(_ range: Range<Int>, withLiterals: Bool = false) -> String {
    guard withLiterals else { return String(decoding: bytes[range], as: UTF8.self) }
    var (result, start) = ("", range.lowerBound)
    for literal in literals where range.contains(literal.announcement.lowerBound) {
      guard literal.announcement.upperBound <= range.upperBound else { break }
      result += String(decoding: bytes[start..<literal.announcement.upperBound], as: UTF8.self)
      start = literal.announcement.upperBound
      if let content = literal.content, Self.isShown(content) {
        result += String(decoding: content, as: UTF8.self)
      }
    }
    return result + String(decoding: bytes[start..<range.upperBound], as: UTF8.self)
  }

  /// Literals up to this many bytes are shown within the text of a command.
  static let shownLiteralLimit = 256

  static func isShown(_ content: [UInt8]) -> Bool {
    content.count <= shownLiteralLimit && content.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
  }
}

/// A literal's announcement at the end of a line (RFC 9051 section 4.3, RFC 7888, RFC 3516).
struct LiteralAnnouncement: Equatable {
  var count: Int
  /// `{n}` from a client: it waits for `+` before it sends the bytes.
  var isSynchronizing: Bool
  /// `~{n}`: the bytes may have NUL.
  var isBinary: Bool
  /// Bytes of the announcement itself.
  var length: Int

  /// Reads the announcement that ends a line, if there is one.
  init?(endOf line: ArraySlice<UInt8>) {
    guard line.last == UInt8(ascii: "}") else { return nil }
    var index = line.endIndex - 2
    guard index >= line.startIndex else { return nil }
    isSynchronizing = true
    if line[index] == UInt8(ascii: "+") {
      isSynchronizing = false
      index -= 1
    }
    let end = index
    while index >= line.startIndex, (0x30...0x39).contains(line[index]) { index -= 1 }
    guard index < end, index >= line.startIndex, line[index] == UInt8(ascii: "{") else {
      return nil
    }
    // RFC 9051: number64, at most 63 bits.
    guard end - index <= 18 else { return nil }
    count = line[(index + 1)...end].reduce(0) { $0 * 10 + Int($1 - 0x30) }
    isBinary = index > line.startIndex && line[index - 1] == UInt8(ascii: "~")
    length = line.endIndex - index + (isBinary ? 1 : 0)
  }
}

/// The words of a command or response: atoms, quoted strings, literals and parenthesised lists (RFC 9051
/// section 4), in one flat array where a list is followed by what is in it.
struct IMAPTokens: Sendable {
  struct Token: Sendable {
    enum Kind: Sendable, Equatable {
      case atom
      case quoted
      /// With the index into `IMAPText.literals`.
      case literal(Int)
      case list
    }
    var kind: Kind
    /// In `IMAPText.bytes`: quotes and parentheses included.
    var range: Range<Int>
    /// The index of the token that follows it and what is in it.
    var next: Int
  }
  static let depthLimit = 64

  private(set) var tokens: [Token] = []
  /// False where a quote or parenthesis is not closed, or closed without having been opened.
  private(set) var isBalanced = true
  let text: IMAPText

  init(_ text: IMAPText, from start: Int, to end: Int? = nil) {
    self.text = text
    var open: [Int] = []
    var index = start
    var literal = text.literals.firstIndex { $0.announcement.lowerBound >= start } ?? Int.max
    let bytes = end.map { Array(text.bytes[..<$0]) } ?? text.bytes
    let lastBracket = bytes.lastIndex(of: UInt8(ascii: "]")) ?? -1
    while index < bytes.count {
      if literal < text.literals.count, text.literals[literal].announcement.lowerBound == index {
        let range = text.literals[literal].announcement
        tokens.append(Token(kind: .literal(literal), range: range, next: tokens.count + 1))
        literal += 1
        index = range.upperBound
        continue
      }
      switch bytes[index] {
      case UInt8(ascii: " "), UInt8(ascii: "\t"): index += 1
      case UInt8(ascii: "("):
        if open.count < Self.depthLimit {
          open.append(tokens.count)
          tokens.append(Token(kind: .list, range: index..<bytes.count, next: tokens.count + 1))
        } else {
          isBalanced = false
        }
        index += 1
      case UInt8(ascii: ")"):
        index += 1
        if let list = open.popLast() {
          tokens[list].range = tokens[list].range.lowerBound..<index
          tokens[list].next = tokens.count
        } else {
          isBalanced = false
        }
      case UInt8(ascii: "\""):
        let end = Self.endOfQuoted(bytes, from: index)
        if end == nil { isBalanced = false }
        let range = index..<(end ?? bytes.count)
        tokens.append(Token(kind: .quoted, range: range, next: tokens.count + 1))
        index = range.upperBound
      default:
        let end = Self.endOfAtom(bytes, from: index, lastBracket: lastBracket)
        tokens.append(Token(kind: .atom, range: index..<end, next: tokens.count + 1))
        index = end
        while literal < text.literals.count,
          text.literals[literal].announcement.lowerBound < index
        { literal += 1 }
      }
    }
    if !open.isEmpty { isBalanced = false }
    for list in open { tokens[list].next = tokens.count }
  }

  /// The place after a quoted string's closing quote; nil where it is not closed.
  static func endOfQuoted(_ bytes: [UInt8], from start: Int) -> Int? {
    var index = start + 1
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "\\"): index += 2
      case UInt8(ascii: "\""): return index + 1
      default: index += 1
      }
    }
    return nil
  }

  /// An atom ends at a blank, a parenthesis or a quote; a section in brackets is part of it.
  /// `lastBracket` is the place of the last `]`, so that brackets that never close are looked for once.
  private static func endOfAtom(_ bytes: [UInt8], from start: Int, lastBracket: Int) -> Int {
    var index = start
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: " "), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "\""): return index
      case UInt8(ascii: "[") where index < lastBracket:
        index = (bytes[index...].firstIndex(of: UInt8(ascii: "]")) ?? index) + 1
      default: index += 1
      }
    }
    return index
  }

  var count: Int { tokens.count }
  subscript(_ index: Int) -> Token { tokens[index] }

  /// The tokens at the top, or those directly within a list.
  func children(of list: Int? = nil) -> [Int] {
    var (index, result): (Int, [Int]) = (list.map { $0 + 1 } ?? 0, [])
    let end = list.map { tokens[$0].next } ?? tokens.count
    while index < end {
      result.append(index)
      index = tokens[index].next
    }
    return result
  }

  /// A string's or atom's bytes: quotes and escapes removed, a literal's content; a list as sent.
  func bytes(_ index: Int) -> [UInt8] {
    let token = tokens[index]
    switch token.kind {
    case .atom, .list: return Array(text.bytes[token.range])
    case .quoted: return Self.unquoted(text.bytes[token.range])
    case .literal(let number):
      return text.literals[number].content ?? Array(text.bytes[token.range])
    }
  }

  static func unquoted(_ quoted: ArraySlice<UInt8>) -> [UInt8] {
    var inner = quoted.dropFirst()
    if inner.last == UInt8(ascii: "\"") { inner.removeLast() }
    guard inner.contains(UInt8(ascii: "\\")) else { return Array(inner) }
    var (result, escaped): ([UInt8], Bool) = ([], false)
    for byte in inner {
      if byte == UInt8(ascii: "\\"), !escaped {
        escaped = true
      } else {
        result.append(byte)
        escaped = false
      }
    }
    return result
  }

  func string(_ index: Int) -> String { String(decoding: bytes(index), as: UTF8.self) }
  /// A string, or nil for the atom `NIL`.
  func nilString(_ index: Int) -> String? {
    guard tokens[index].kind == .atom else { return string(index) }
    let value = string(index)
    return value.uppercased() == "NIL" ? nil : value
  }
  func isList(_ index: Int) -> Bool { tokens[index].kind == .list }
}

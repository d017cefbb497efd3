/// The text of one command or response: its lines without CRLF, and what its literals held.
///
/// A literal is in `bytes` as its announcement (`{5}`, `{5+}`, `~{5}`).
struct IMAPText: Sendable {
  struct Literal: Sendable {
    /// Where the announcement is in `bytes`.
    var announcement: Range<Int>
    /// Bytes announced.
    var count: Int
    /// What came, where it was kept: message bytes and long literals are not.
    var content: [UInt8]?
  }
  var bytes: [UInt8] = []
  var literals: [Literal] = []

  /// Takes a line; the first one as it is, without a copy.
  mutating func append(_ line: [UInt8]) {
    if bytes.isEmpty { bytes = line } else { bytes += line }
  }

  /// The text of a range for a person; with `literals`, short printable ones follow their announcement.
  func string(_ range: Range<Int>, withLiterals: Bool = false) -> String {
    guard withLiterals, !literals.isEmpty else {
      return String(decoding: bytes[range], as: UTF8.self)
    }
    var (result, start) = ("", range.lowerBound)
    for literal in literals[literals.firstIndex(from: range.lowerBound)...] {
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

extension [IMAPText.Literal] {
  /// The first that is announced at or after `place`.
  func firstIndex(from place: Int) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle].announcement.lowerBound < place { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

/// The words of a command or response: atoms, quoted strings, literals and parenthesised lists (RFC 9051
/// section 4), in one flat array where a list is followed by what is in it.
struct IMAPTokens: Sendable {
  struct Token: Sendable {
    var kind: IMAPWords.Word.Kind
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
    let end = end ?? text.bytes.count
    tokens.reserveCapacity(min(4, max(0, end - start)))
    var lexer = IMAPLexer(from: start)
    var open: [Int] = []
    // Lists beyond the limit, which are not kept.
    var deeper = 0
    lexer.read(text, to: end, isLast: true) { lexeme in
      switch lexeme.kind {
      case .open:
        if open.count < Self.depthLimit {
          open.append(tokens.count)
          add(.list, lexeme.range.lowerBound..<end)
        } else {
          deeper += 1
          isBalanced = false
        }
      case .close:
        if deeper > 0 {
          deeper -= 1
        } else if let list = open.popLast() {
          tokens[list].range = tokens[list].range.lowerBound..<lexeme.range.upperBound
          tokens[list].next = tokens.count
        } else {
          isBalanced = false
        }
      case .atom: add(.atom, lexeme.range)
      case .quoted(let isClosed):
        if !isClosed { isBalanced = false }
        add(.quoted, lexeme.range)
      case .literal(let number): add(.literal(number), lexeme.range)
      }
    }
    if !open.isEmpty { isBalanced = false }
    for list in open { tokens[list].next = tokens.count }
  }

  private mutating func add(_ kind: IMAPWords.Word.Kind, _ range: Range<Int>) {
    tokens.append(Token(kind: kind, range: range, next: tokens.count + 1))
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

  /// How many tokens are at the top.
  var topCount: Int {
    var (index, result) = (0, 0)
    while index < tokens.count { (index, result) = (tokens[index].next, result + 1) }
    return result
  }

  /// A string's or atom's bytes: quotes and escapes removed, a literal's content; a list as sent.
  func bytes(_ index: Int) -> [UInt8] {
    text.value(of: IMAPWords.Word(kind: tokens[index].kind, range: tokens[index].range))
  }
  /// The same as text; literals within a list follow their announcements.
  func string(_ index: Int) -> String {
    text.shown(IMAPWords.Word(kind: tokens[index].kind, range: tokens[index].range))
  }
  /// All of the words, as sent.
  var rest: String {
    text.string((tokens.first?.range.lowerBound ?? text.bytes.count)..<text.bytes.count)
  }
  /// A string, or nil for the atom `NIL`.
  func nilString(_ index: Int) -> String? {
    guard tokens[index].kind == .atom else { return string(index) }
    let value = string(index)
    return value.uppercased() == "NIL" ? nil : value
  }
  func isList(_ index: Int) -> Bool { tokens[index].kind == .list }
}

extension IMAPText {
  /// A string's or atom's bytes: quotes and escapes removed, a literal's content; a list as sent.
  func value(of word: IMAPWords.Word) -> [UInt8] {
    switch word.kind {
    case .atom, .list: Array(bytes[word.range])
    case .quoted: Self.unquoted(bytes[word.range])
    case .literal(let number): literals[number].content ?? Array(bytes[word.range])
    }
  }

  /// The same as text; literals within a list follow their announcements.
  func shown(_ word: IMAPWords.Word) -> String {
    switch word.kind {
    case .list: string(word.range, withLiterals: true)
    case .atom: string(word.range)
    case .quoted, .literal: String(decoding: value(of: word), as: UTF8.self)
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
}

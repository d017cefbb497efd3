/// Cuts the text of a command or response into words and parentheses (RFC 9051 section 4).
///
/// It keeps its place, so that a text is read once however many pieces it comes in.
struct IMAPLexer: Sendable {
  struct Lexeme: Sendable {
    enum Kind: Sendable, Equatable {
      case open
      case close
      case atom
      case quoted(isClosed: Bool)
      /// With the index into `IMAPText.literals`.
      case literal(Int)
    }
    var kind: Kind
    /// In `IMAPText.bytes`: quotes included.
    var range: Range<Int>
  }
  private enum State {
    case between
    case atom(start: Int)
    /// The brackets of `BODY[…]`, which are a part of its atom with whatever is in them.
    case section(start: Int, bracket: Int, isQuoted: Bool, isEscaped: Bool)
    case quoted(start: Int, isEscaped: Bool)
  }

  /// Bytes before it were read.
  private(set) var position: Int
  private var state = State.between
  /// False once a bracket was found that nothing closes: the atom ends as others do.
  private var hasSections = true

  init(from start: Int) { position = start }

  /// Every lexeme up to `end`; the literals that are announced before it are among them. `isLast`: nothing follows.
  mutating func read(
    _ text: IMAPText, to end: Int, isLast: Bool, _ body: (Lexeme) -> Void
  ) {
    repeat {
      var number = text.literals.firstIndex(from: position)
      while position < end || isLast && !isBetween {
        let announcement = number < text.literals.count ? text.literals[number].announcement : nil
        let stop = min(end, announcement?.lowerBound ?? end)
        while let lexeme = next(in: text.bytes.span, to: stop, isLast: isLast && stop == end) {
          body(lexeme)
        }
        // A section that nothing closes is read again.
        guard position >= stop else { break }
        guard let announcement, announcement.lowerBound < end else { break }
        if isBetween { body(Lexeme(kind: .literal(number), range: announcement)) }
        position = min(announcement.upperBound, end)
        number += 1
      }
    } while isLast && (position < end || !isBetween)
  }

  private var isBetween: Bool { if case .between = state { true } else { false } }

  /// The next lexeme that ends before `end`, or at it where `isLast`.
  private mutating func next(in bytes: Span<UInt8>, to end: Int, isLast: Bool) -> Lexeme? {
    while position < end {
      let byte = bytes[position]
      switch state {
      case .between:
        switch byte {
        case .space, .tab: position += 1
        case UInt8(ascii: "("), UInt8(ascii: ")"):
          position += 1
          return Lexeme(
            kind: byte == UInt8(ascii: "(") ? .open : .close, range: position - 1..<position)
        case UInt8(ascii: "\""):
          state = .quoted(start: position, isEscaped: false)
          position += 1
        default: state = .atom(start: position)
        }
      case .atom(let start):
        switch byte {
        case .space, .tab, UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "\""):
          state = .between
          return Lexeme(kind: .atom, range: start..<position)
        case UInt8(ascii: "[") where hasSections && Self.hasSection(bytes, start..<position):
          state = .section(start: start, bracket: position, isQuoted: false, isEscaped: false)
        default: break
        }
        position += 1
      case .section(let start, let bracket, let isQuoted, let isEscaped):
        position += 1
        if byte == UInt8(ascii: "]"), !isQuoted {
          state = .atom(start: start)
        } else {
          let isQuote = byte == UInt8(ascii: "\"") && !isEscaped
          state = .section(
            start: start, bracket: bracket, isQuoted: isQuoted != isQuote,
            isEscaped: isQuoted && !isEscaped && byte == UInt8(ascii: "\\"))
        }
      case .quoted(let start, let isEscaped):
        position += 1
        if byte == UInt8(ascii: "\""), !isEscaped {
          state = .between
          return Lexeme(kind: .quoted(isClosed: true), range: start..<position)
        }
        state = .quoted(start: start, isEscaped: !isEscaped && byte == UInt8(ascii: "\\"))
      }
    }
    return isLast ? last(at: end) : nil
  }

  /// What the end of the text ends.
  private mutating func last(at end: Int) -> Lexeme? {
    switch state {
    case .between: return nil
    case .atom(let start):
      state = .between
      return Lexeme(kind: .atom, range: start..<end)
    case .section(let start, let bracket, _, _):
      (hasSections, state, position) = (false, .atom(start: start), bracket + 1)
      return nil
    case .quoted(let start, _):
      state = .between
      return Lexeme(kind: .quoted(isClosed: false), range: start..<end)
    }
  }

  private static func hasSection(_ bytes: Span<UInt8>, _ name: Range<Int>) -> Bool {
    guard name.count <= 16 else { return false }
    let name = bytes.extracting(name).text.uppercasedASCII
    return BodySection.names.contains(name) || name == "BINARY.SIZE"
  }
}

/// The words of a text at one depth of its parentheses, cut as the text comes: the arguments of a command, the items
/// of a FETCH response.
struct IMAPWords: Sendable {
  struct Word: Sendable {
    enum Kind: Sendable, Equatable {
      case atom
      case quoted
      case literal(Int)
      case list
    }
    var kind: Kind
    /// In `IMAPText.bytes`: quotes and parentheses included.
    var range: Range<Int>
  }

  private(set) var words: [Word] = []
  /// The list that holds them is closed.
  private(set) var isClosed = false
  /// Where something begins after that.
  private(set) var firstAfterEnd: Int?
  private var lexer: IMAPLexer
  private var depth = 0
  private let wanted: Int
  private let limit: Int
  private var listStart = 0

  /// `depth` 0 is that of the arguments, 1 that of what is in the first parenthesis. No more than `limit` are kept.
  init(from start: Int, depth: Int, limit: Int = .max) {
    lexer = IMAPLexer(from: start)
    (wanted, self.limit) = (depth, limit)
  }

  /// Reads on to `end`, or to that of the text; `isLast`: it is complete.
  mutating func read(_ text: IMAPText, to end: Int? = nil, isLast: Bool) {
    guard !isClosed, words.count < limit else { return }
    var lexer = lexer
    lexer.read(text, to: end ?? text.bytes.count, isLast: isLast) { take($0) }
    self.lexer = lexer
    // A list that nothing closes goes as far as the text does.
    if isLast, !isClosed, depth > wanted { add(.list, listStart..<text.bytes.count) }
  }

  /// Is the literal that the text announces at its end a message? Its mailbox has come before it, the last of `words`.
  mutating func isMessage(
    _ literal: LiteralAnnouncement, after text: IMAPText, of verb: IMAPVerb
  ) -> Bool {
    guard let before = verb.argumentsBeforeMessage else { return false }
    read(text, to: text.bytes.count - literal.length, isLast: false)
    return words.count >= before
  }

  private mutating func take(_ lexeme: IMAPLexer.Lexeme) {
    guard !isClosed else {
      firstAfterEnd = firstAfterEnd ?? lexeme.range.lowerBound
      return
    }
    switch lexeme.kind {
    case .open:
      if depth == wanted { listStart = lexeme.range.lowerBound }
      depth += 1
    case .close:
      guard depth > 0 else { return }
      depth -= 1
      if depth == wanted { add(.list, listStart..<lexeme.range.upperBound) }
      isClosed = depth < wanted
    case .atom: if depth == wanted { add(.atom, lexeme.range) }
    case .quoted: if depth == wanted { add(.quoted, lexeme.range) }
    case .literal(let number): if depth == wanted { add(.literal(number), lexeme.range) }
    }
  }

  private mutating func add(_ kind: Word.Kind, _ range: Range<Int>) {
    if words.count < limit { words.append(Word(kind: kind, range: range)) }
  }
}

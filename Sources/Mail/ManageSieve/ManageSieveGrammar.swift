import Fields

/// How ManageSieve's lines are written (RFC 5804 section 4): the one scanner that the session and the tree share.
enum ManageSieveGrammar {
  /// A word of a line: where it is, its quotes or parentheses included.
  struct Word: Sendable, Equatable {
    enum Kind: Sendable {
      case atom
      case string
      /// `(QUOTA/MAXSIZE)`, `(TAG "a")`.
      case code
      /// `{31+}`: the text follows the line.
      case literal
    }
    let kind: Kind
    let range: Range<Int>
    /// The quote or parenthesis is closed.
    var isClosed = true
  }
  /// More words than this no command and no response has.
  private static let wordLimit = 16

  static func words(in line: Span<UInt8>) -> [Word] {
    var words: [Word] = []
    var at = 0
    while words.count < wordLimit {
      while at < line.count, line[at].isBlank { at += 1 }
      guard at < line.count else { return words }
      let start = at
      switch line[at] {
      case UInt8(ascii: "\""):
        at = endOfQuote(in: line, from: at)
        let isClosed = at > start + 1 && line[at - 1] == UInt8(ascii: "\"")
        words.append(Word(kind: .string, range: start..<at, isClosed: isClosed))
      case UInt8(ascii: "("):
        at = endOfCode(in: line, from: at)
        let isClosed = line[at - 1] == UInt8(ascii: ")")
        words.append(Word(kind: .code, range: start..<at, isClosed: isClosed))
      default:
        while at < line.count, !line[at].isBlank { at += 1 }
        let isLiteral = at == line.count && literal(in: line.extracting(start..<at)) != nil
        words.append(Word(kind: isLiteral ? .literal : .atom, range: start..<at))
      }
    }
    return words
  }

  /// After the closing quote; the line's end where there is none.
  private static func endOfQuote(in line: Span<UInt8>, from start: Int) -> Int {
    var at = start + 1
    while at < line.count, line[at] != UInt8(ascii: "\"") {
      at += line[at] == UInt8(ascii: "\\") ? 2 : 1
    }
    return min(at + 1, line.count)
  }

  private static func endOfCode(in line: Span<UInt8>, from start: Int) -> Int {
    var at = start + 1
    while at < line.count, line[at] != UInt8(ascii: ")") {
      at = line[at] == UInt8(ascii: "\"") ? endOfQuote(in: line, from: at) : at + 1
    }
    return min(at + 1, line.count)
  }

  /// What a line announces: so many bytes follow it. `isSynchronizing`: without `+`, as only servers may write it.
  struct Literal: Sendable, Equatable {
    let count: Int
    let isSynchronizing: Bool
  }

  static func literal(endOf line: Span<UInt8>) -> Literal? {
    guard line.count > 2, line[line.count - 1] == UInt8(ascii: "}"),
      let last = words(in: line).last,
      last.kind == .literal
    else { return nil }
    return literal(in: line.extracting(last.range))
  }

  /// `{31}` or `{31+}`, and nothing else.
  private static func literal(in word: Span<UInt8>) -> Literal? {
    guard word.count > 2, word[0] == UInt8(ascii: "{"), word[word.count - 1] == UInt8(ascii: "}")
    else { return nil }
    let isPlus = word[word.count - 2] == UInt8(ascii: "+")
    let digits = word.extracting(1..<word.count - (isPlus ? 2 : 1))
    return Decimal.parse(digits.copied).map { Literal(count: $0, isSynchronizing: !isPlus) }
  }

  /// What a quoted string says.
  static func unquoted(_ word: Span<UInt8>) -> [UInt8] {
    guard word.count > 0, word[0] == UInt8(ascii: "\"") else { return word.copied }
    var text: [UInt8] = []
    var at = 1
    while at < word.count, word[at] != UInt8(ascii: "\"") {
      if word[at] == UInt8(ascii: "\\"), at + 1 < word.count { at += 1 }
      text.append(word[at])
      at += 1
    }
    return text
  }

  /// The status that a line of the server begins with; nil where it is data.
  static func status(of line: Span<UInt8>) -> ManageSieveStatus? {
    var end = 0
    while end < line.count, !line[end].isBlank { end += 1 }
    guard end <= 3 else { return nil }
    return ManageSieveStatus(rawValue: line.extracting(0..<end).text.uppercasedASCII)
  }

  /// The command that a line of the client begins with, in any case of letters; nil where it is none that is known.
  static func verb(of line: Span<UInt8>) -> ManageSieveVerb? {
    var end = 0
    while end < line.count, !line[end].isBlank { end += 1 }
    guard end <= ManageSieveVerb.maximumLength else { return nil }
    return ManageSieveVerb(rawValue: line.extracting(0..<end).text.uppercasedASCII)
  }
}

enum ManageSieveStatus: String, Sendable {
  case ok = "OK"
  case no = "NO"
  case bye = "BYE"
}

/// The commands of RFC 5804 section 2.
enum ManageSieveVerb: String, Sendable {
  case authenticate = "AUTHENTICATE"
  case startTLS = "STARTTLS"
  case logout = "LOGOUT"
  case capability = "CAPABILITY"
  case haveSpace = "HAVESPACE"
  case putScript = "PUTSCRIPT"
  case listScripts = "LISTSCRIPTS"
  case setActive = "SETACTIVE"
  case getScript = "GETSCRIPT"
  case deleteScript = "DELETESCRIPT"
  case renameScript = "RENAMESCRIPT"
  case checkScript = "CHECKSCRIPT"
  case noop = "NOOP"
  case unauthenticate = "UNAUTHENTICATE"

  static let maximumLength = 14

  /// A positive reply has lines before the status.
  var hasData: Bool { [.capability, .listScripts, .getScript].contains(self) }

  /// Allowed before the login.
  var isForAnyone: Bool {
    [.authenticate, .startTLS, .logout, .capability, .noop].contains(self)
  }

  /// How many arguments it has.
  var arguments: ClosedRange<Int> {
    switch self {
    case .authenticate: 1...2
    case .haveSpace, .putScript, .renameScript: 2...2
    case .setActive, .getScript, .deleteScript, .checkScript: 1...1
    case .noop: 0...1
    case .startTLS, .logout, .capability, .listScripts, .unauthenticate: 0...0
    }
  }
}

extension ClientPhase {
  /// What follows a command of ManageSieve.
  init(after verb: ManageSieveVerb?) {
    switch verb {
    case .startTLS: self = .undecided(.tls)
    case .authenticate: self = .undecided(.response)
    default: self = .command
    }
  }
}

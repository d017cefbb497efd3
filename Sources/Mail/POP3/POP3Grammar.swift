import Fields

/// How POP3's lines are written (RFC 1939 section 3): the one scanner that the session and the tree share.
enum POP3Grammar {
  /// RFC 2449 section 4: octets of a line, its end included.
  static let commandLengthLimit = 255
  static let replyLengthLimit = 512

  /// Where verb and argument of a client's line are; no argument where nothing follows the verb. A password may begin
  /// with blanks: one separates.
  static func command(in line: Span<UInt8>) -> (verb: Range<Int>, argument: Range<Int>?) {
    var end = 0
    while end < line.count, !line[end].isBlank { end += 1 }
    return (0..<end, end < line.count ? end + 1..<line.count : nil)
  }

  /// The verb that a line of the client begins with, in any case of letters; nil where it is none that is known.
  static func verb(of line: Span<UInt8>) -> POP3Verb? {
    let word = line.extracting(command(in: line).verb)
    guard word.count <= POP3Verb.maximumLength else { return nil }
    return POP3Verb(rawValue: word.text.uppercasedASCII)
  }

  /// The status that a line of the server begins with; nil where it is none.
  static func status(of line: Span<UInt8>) -> POP3Status? {
    if line.hasPrefix(ignoringCase: "+OK") { return POP3Status(.positive, length: 3, in: line) }
    if line.hasPrefix(ignoringCase: "-ERR") { return POP3Status(.negative, length: 4, in: line) }
    guard line.count > 0, line[0] == UInt8(ascii: "+"), line.count == 1 || line[1] == .space
    else { return nil }
    return POP3Status(.challenge, length: 1, in: line)
  }

  /// `120` of `120 octets`, and where what follows it begins; nil where the text begins with no number.
  static func size(in text: Span<UInt8>) -> (value: Int, end: Int)? {
    var start = 0
    while start < text.count, text[start] == .space { start += 1 }
    var end = start
    while end < text.count, text[end].isASCIIDigit { end += 1 }
    return Decimal.parse(text.extracting(start..<end).copied).map { ($0, end) }
  }

  /// The size that the answer to `RETR` announces in words that nobody can mistake.
  static func octets(in text: Span<UInt8>) -> Int? {
    guard let (value, end) = size(in: text), end < text.count, text[end] == .space else {
      return nil
    }
    return text.extracting(droppingFirst: end).trimmed.hasPrefix(ignoringCase: "octets")
      ? value : nil
  }

  /// `IN-USE` of `-ERR [IN-USE] …` (RFC 2449 section 8).
  static func code(in text: Span<UInt8>) -> Range<Int>? {
    guard text.count > 0, text[0] == UInt8(ascii: "["),
      let end = text.firstIndex(of: UInt8(ascii: "]"))
    else { return nil }
    return 1..<end
  }

  /// The line that ends a list or a message.
  static func isEnd(_ line: Span<UInt8>) -> Bool { line.count == 1 && line[0] == .dot }

  /// `Name: text`, the first line of a message.
  static func isHeaderField(_ line: Span<UInt8>) -> Bool {
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0 else { return false }
    for index in 0..<colon {
      let byte = line[index]
      guard byte.isASCIILetter || byte.isASCIIDigit || byte == UInt8(ascii: "-") else {
        return false
      }
    }
    return true
  }
}

/// The commands of POP3 and of its registered extensions.
enum POP3Verb: String, Sendable {
  case user = "USER"
  case pass = "PASS"
  case apop = "APOP"
  case auth = "AUTH"
  case stat = "STAT"
  case list = "LIST"
  case retr = "RETR"
  case dele = "DELE"
  case noop = "NOOP"
  case rset = "RSET"
  case top = "TOP"
  case uidl = "UIDL"
  case quit = "QUIT"
  case capa = "CAPA"
  case stls = "STLS"
  case utf8 = "UTF8"
  case lang = "LANG"
  case xtnd = "XTND"
  case last = "LAST"
  case rpop = "RPOP"
  case xsender = "XSENDER"
  case help = "HELP"

  static let maximumLength = 7

  /// Whether a client may mean this command by its name and `argument`.
  func admits(_ argument: String) -> Bool {
    switch self {
    case .list, .retr, .dele, .top, .uidl:
      argument.words.allSatisfy { Decimal.parse($0.utf8) != nil }
    case .stat, .noop, .rset, .quit, .capa, .stls, .utf8, .last: argument.isEmpty
    case .user, .pass, .apop, .auth, .lang, .xtnd, .rpop, .xsender, .help: true
    }
  }

  /// The states in which it is allowed (RFC 1939 section 3).
  var isForLogin: Bool { [.user, .pass, .apop, .stls].contains(self) }
  var isForAnyState: Bool {
    [.quit, .capa, .auth, .lang, .utf8, .help, .noop].contains(self)
  }
}

/// How a line of the server begins.
struct POP3Status: Sendable, Hashable {
  enum Kind: Sendable {
    case positive
    case negative
    /// A SASL challenge (RFC 5034 section 4).
    case challenge
  }
  let kind: Kind
  /// Of the status itself, without what separates it from the text.
  let length: Int
  /// It is written as the RFC has it: in upper case, and a blank follows, or nothing.
  let isExact: Bool

  init(_ kind: Kind, length: Int, in line: Span<UInt8>) {
    self.kind = kind
    self.length = length
    var isUpper = line.count == length || line[length] == .space
    for index in 0..<length where line[index] != line[index].uppercasedASCII { isUpper = false }
    isExact = isUpper
  }

  /// `+OK` or `-ERR`, as a client waits for it.
  var isStatusLine: Bool { isExact && kind != .challenge }

  /// Where the text begins.
  func text(in line: Span<UInt8>) -> Range<Int> { min(length + 1, line.count)..<line.count }
}

/// What a positive reply to a command is followed by.
enum POP3Sequel: Sendable {
  case nothing
  case lines
  case message
  /// `+ ` challenges until `+OK` or `-ERR`.
  case challenges
  /// The next line tells: the command is not known, or there is none.
  case unknown

  init(_ verb: POP3Verb?, hasArgument: Bool) {
    self =
      switch verb {
      case .retr, .top: .message
      case .capa: .lines
      case .list, .uidl, .lang: hasArgument ? .nothing : .lines
      case .auth: hasArgument ? .challenges : .lines
      case .xtnd, .help, nil: .unknown
      case .user, .pass, .apop, .stat, .dele, .noop, .rset, .quit, .stls, .utf8, .last, .rpop,
        .xsender:
        .nothing
      }
  }
}

/// How SMTP's lines are written (RFC 5321 section 4): the one scanner that the session and the tree share.
enum SMTPGrammar {
  /// Where verb and argument of a client's line are; the argument is empty where nothing follows the verb.
  static func command(in line: Span<UInt8>) -> (verb: Range<Int>, argument: Range<Int>) {
    var start = 0
    while start < line.count, line[start].isBlank { start += 1 }
    // `MAILFROM:` and `EHLO` alone differ by the blank only.
    var end = start
    while end < line.count, !line[end].isBlank { end += 1 }
    var argument = end
    while argument < line.count, line[argument].isBlank { argument += 1 }
    return (start..<end, argument..<line.count)
  }

  /// The verb that a word is, in any case of letters; nil where it is none that is known.
  static func verb(_ word: Span<UInt8>) -> SMTPVerb? {
    SMTPVerb(word)
  }

  /// Whether a word may be a verb; binary rubbish is none.
  static func isWord(_ bytes: Span<UInt8>) -> Bool {
    guard bytes.count > 0, bytes.count <= 32 else { return false }
    for index in bytes.indices {
      let byte = bytes[index]
      guard byte.isASCIILetter || byte.isASCIIDigit || byte == UInt8(ascii: "-") else {
        return false
      }
    }
    return true
  }

  /// The size that `BDAT` announces, and whether its chunk is the last (RFC 3030 section 2); nil where no server could
  /// take the argument for one.
  static func chunk(_ argument: Span<UInt8>) -> (size: Int, isLast: Bool)? {
    let (digits, rest) = command(in: argument)
    guard let size = number(argument.extracting(digits)) else { return nil }
    if rest.isEmpty { return (size, false) }
    let last = argument.extracting(rest).trimmed
    return last.count == 4 && last.hasPrefix(ignoringCase: "LAST") ? (size, true) : nil
  }

  /// How many bytes `XEXCH50` announces.
  static func binarySize(_ argument: Span<UInt8>) -> Int? {
    number(argument.extracting(command(in: argument).verb))
  }

  private static func number(_ digits: Span<UInt8>) -> Int? {
    Decimal.parse(digits.copied)
  }

  /// Code and text of a server's line; nil where the line begins with no three digits.
  static func reply(_ line: Span<UInt8>) -> SMTPReplyParts? {
    guard line.count >= 3, line[0].isASCIIDigit, line[1].isASCIIDigit, line[2].isASCIIDigit
    else { return nil }
    let code = Int(line[0] - 0x30) * 100 + Int(line[1] - 0x30) * 10 + Int(line[2] - 0x30)
    guard line.count > 3 else { return SMTPReplyParts(code: code, separator: .none) }
    let separator: SMTPReplyParts.Separator =
      switch line[3] {
      case UInt8(ascii: "-"): .hyphen
      case .space, .tab: .blank
      case let byte where byte.isASCIIDigit: .digit
      default: .other
      }
    return SMTPReplyParts(code: code, separator: separator)
  }

  /// Whether a line is none of a message that is sent though `DATA` was refused: a command of a client that has seen the
  /// refusal. Words like HELP begin lines of text, too.
  static func endsRefusedMessage(_ line: Span<UInt8>) -> Bool {
    guard isPlain(line) else { return false }
    switch verb(line.extracting(command(in: line).verb)) {
    case .quit, .rset, .mail, .rcpt, .helo, .ehlo, .lhlo, .bdat, .auth, .starttls: return true
    default: return false
    }
  }

  /// Whether a line is plainly a command, not a line of a message or half a line: verb and argument agree.
  static func isPlain(_ line: Span<UInt8>) -> Bool {
    let line = line.trimmed
    guard line.count >= 4, line.count <= 2_048, line[0].isASCIILetter else { return false }
    if line.hasPrefix(ignoringCase: "MAIL FROM:") || line.hasPrefix(ignoringCase: "RCPT TO:") {
      return true
    }
    let command = SMTPCommandLine(line)
    guard let verb = command.verb else { return false }
    let words = command.argument?.split(atByte: .space) ?? []
    switch verb {
    case .quit, .rset, .data, .starttls, .turn, .xAnonymousTLS: return words.isEmpty
    case .helo, .ehlo, .lhlo: return words.count == 1
    case .mail, .send, .soml, .saml:
      return command.argument?.hasPrefix(ignoringCase: "FROM") == true
    case .rcpt: return command.argument?.hasPrefix(ignoringCase: "TO") == true
    case .bdat: return words.first.map { Decimal.parse($0.utf8) != nil } == true
    case .auth, .xExps: return (1...2).contains(words.count)
    case .noop, .help: return words.count <= 1
    case .vrfy, .expn, .etrn, .atrn, .burl: return (1...2).contains(words.count)
    case .xclient, .xforward: return words.first?.contains("=") == true
    case .xExch50: return words.count == 2
    case .xLink2State: return !words.isEmpty
    }
  }
}

/// The parts of a server's line: `250-text`, `250 text`, `250`.
struct SMTPReplyParts: Sendable {
  /// What follows the code.
  enum Separator: Sendable {
    /// More lines of the reply follow.
    case hyphen
    case blank
    /// Nothing: the line ends.
    case none
    /// A fourth digit: such a line has no code for a client that compares all of it.
    case digit
    /// What the grammar does not allow.
    case other
  }
  var code: Int
  var separator: Separator

  var isLast: Bool { separator != .hyphen }
}

/// A line of the client: verb, blanks, argument.
struct SMTPCommandLine: Sendable {
  var verb: SMTPVerb?
  /// In upper case; `MAIL FROM` is `MAIL`.
  var name: String
  var text: String
  /// Where the argument begins in `text`, in bytes of UTF-8; nil where there is none.
  var argumentStart: Int?
  var hasEightBit = false

  var argument: String? { argumentStart.flatMap { String(text.utf8.dropFirst($0)) } }

  /// Looks at the argument in place; it is empty where there is none.
  @inline(__always)
  func lookAtArgument<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
    body(text.utf8.span.extracting(droppingFirst: argumentStart ?? text.utf8.count))
  }

  init(_ line: Span<UInt8>) {
    let parts = SMTPGrammar.command(in: line)
    text = line.text
    let word = line.extracting(parts.verb)
    verb = SMTPVerb(word)
    name = verb?.rawValue ?? (SMTPGrammar.isWord(word) ? word.text.uppercasedASCII : "")
    for index in line.indices where line[index] >= 0x80 { hasEightBit = true }
    if !parts.argument.isEmpty {
      argumentStart =
        hasEightBit
        ? line.extracting(0..<parts.argument.lowerBound).text.utf8.count
        : parts.argument.lowerBound
    }
  }
}

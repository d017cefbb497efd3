/// The verbs that change how an SMTP dialogue is read; the others are named by their text alone.
enum SMTPVerb: String, Sendable, CaseIterable {
  case helo = "HELO"
  case ehlo = "EHLO"
  case lhlo = "LHLO"
  case mail = "MAIL"
  case rcpt = "RCPT"
  case data = "DATA"
  case bdat = "BDAT"
  case burl = "BURL"
  case rset = "RSET"
  case noop = "NOOP"
  case quit = "QUIT"
  case vrfy = "VRFY"
  case expn = "EXPN"
  case help = "HELP"
  case etrn = "ETRN"
  case turn = "TURN"
  case atrn = "ATRN"
  case auth = "AUTH"
  case starttls = "STARTTLS"
  case xclient = "XCLIENT"
  case xforward = "XFORWARD"
  case send = "SEND"
  case soml = "SOML"
  case saml = "SAML"
  case xExps = "X-EXPS"
  case xAnonymousTLS = "X-ANONYMOUSTLS"
  case xExch50 = "XEXCH50"
  case xLink2State = "X-LINK2STATE"

  var isHello: Bool { self == .helo || self == .ehlo || self == .lhlo }
  var isMail: Bool { self == .mail || self == .send || self == .soml || self == .saml }
  var startsTLS: Bool { self == .starttls || self == .xAnonymousTLS }
  var startsAuthentication: Bool { self == .auth || self == .xExps }
  /// RFC 2920 section 3.1: nothing may follow it in the same flight.
  var mustEndPipeline: Bool {
    switch self {
    case .ehlo, .data, .vrfy, .expn, .turn, .quit, .noop, .auth, .starttls: true
    default: false
    }
  }

  /// Whether a server could answer this command with `code`.
  func admits(_ code: Int) -> Bool {
    if code >= 400 { return true }
    return switch self {
    case .quit: code == 221
    case .data: code == 354
    case .starttls, .xAnonymousTLS: code == 220
    case .auth, .xExps: code == 334 || code == 235
    case .xclient: code == 220 || code == 250
    case .help: (211...250).contains(code)
    case .xExch50: code == 354 || code == 250
    default: (250...259).contains(code)
    }
  }
}

/// A line of the client: verb, blanks, argument.
struct SMTPCommandLine: Sendable {
  var verb: SMTPVerb?
  /// In upper case; `MAIL FROM` is `MAIL`.
  var name: String
  var argument: String?
  var text: String
  var argumentOffset = 0
  var hasEightBit = false

  init(_ line: Span<UInt8>) {
    text = line.text
    var at = 0
    while at < line.count, line[at].isBlank { at += 1 }
    let start = at
    // `MAILFROM:` and `EHLO` alone are told apart by the blank only.
    while at < line.count, !line[at].isBlank { at += 1 }
    let word = line.extracting(start..<at)
    name = Self.isWord(word) ? word.text.uppercasedASCII : ""
    for index in line.indices where line[index] >= 0x80 { hasEightBit = true }
    verb = SMTPVerb(rawValue: name)
    var rest = at
    while rest < line.count, line[rest].isBlank { rest += 1 }
    if rest < line.count {
      argument = line.extracting(rest..<line.count).text
      argumentOffset = line.extracting(0..<rest).text.utf8.count
    }
  }

  /// Something that may be a verb; binary rubbish is none.
  private static func isWord(_ bytes: Span<UInt8>) -> Bool {
    guard bytes.count > 0, bytes.count <= 32 else { return false }
    for index in bytes.indices {
      let byte = bytes[index]
      guard byte.isASCIILetter || byte.isASCIIDigit || byte == UInt8(ascii: "-") else {
        return false
      }
    }
    return true
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

import Fields

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

  /// The verb that a word is, in any case of letters; nil where it is none that is known.
  init?(_ word: Span<UInt8>) {
    let key = Self.key(of: word)
    for (known, verb) in Self.keys where known == key {
      guard word.equals(ignoringCase: verb.rawValue.utf8.span) else { continue }
      self = verb
      return
    }
    return nil
  }

  /// Each verb with its first eight letters.
  private static let keys = allCases.map { (key(of: $0.rawValue.utf8.span), $0) }

  /// The first eight letters of a word, in upper case.
  private static func key(of word: Span<UInt8>) -> UInt64 {
    var key: UInt64 = 0
    for index in 0..<min(8, word.count) { key = key << 8 | UInt64(word[index].uppercasedASCII) }
    return key
  }

  var isHello: Bool { self == .helo || self == .ehlo || self == .lhlo }
  var isMail: Bool { self == .mail || self == .send || self == .soml || self == .saml }
  var startsTLS: Bool { self == .starttls || self == .xAnonymousTLS }
  var startsAuthentication: Bool { self == .auth || self == .xExps }
  /// RFC 2920 section 3.1: nothing may follow it before its reply has come.
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

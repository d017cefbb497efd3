/// Collects how a client speaks (B@bel, USENIX Security 2012): not what it says.
struct DialectRecorder: Sendable {
  /// A command was sent before the last one was answered.
  var pipelines = false
  /// How the first of its kind was written, addresses and names left out: `MAIL FROM:<> SIZE`.
  private var forms: [SMTPVerb: String] = [:]
  private var order: [String] = []
  private var sawBareLF = false
  private var sawCRLF = false
  private var trailingBlanks = false
  private var helloForm: HelloForm?
  private var verbCases: Set<String> = []
  private var emptyLines = 0
  private var commands = 0
  private var helloAgain = false
  private var mails = 0

  private static let orderLimit = 40

  mutating func note(_ line: SMTPCommandLine, _ framed: LineFramer.Line) {
    commands += 1
    if framed.ending == .bareLF { sawBareLF = true } else { sawCRLF = true }
    if line.text.utf8.last?.isBlank == true { trailingBlanks = true }
    guard let verb = line.verb else {
      if line.text.isEmpty { emptyLines += 1 }
      return
    }
    verbCases.insert(Self.caseForm(line.text.utf8.prefix { !$0.isBlank }))
    if order.last != verb.rawValue, order.count < Self.orderLimit { order.append(verb.rawValue) }
    if verb.isHello {
      if helloForm != nil { helloAgain = true }
      helloForm = HelloForm(line.argument?.trimmingBlanks ?? "")
    }
    if verb.isMail { mails += 1 }
    if forms[verb] == nil { forms[verb] = Self.form(of: line, verb) }
  }

  private static func caseForm(_ word: Substring.UTF8View) -> String {
    let letters = word.filter(\.isASCIILetter)
    let upper = letters.count { $0.uppercasedASCII == $0 }
    return upper == letters.count ? "upper" : upper == 0 ? "lower" : "mixed"
  }

  /// The line with its variable parts taken out; blanks, case and brackets stay.
  private static func form(of line: SMTPCommandLine, _ verb: SMTPVerb) -> String {
    let text = line.text
    switch verb {
    case .mail, .rcpt, .send, .soml, .saml:
      let bytes = text.utf8
      guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else { return verbOnly(text) }
      let head = text[...colon]
      let blanks = Substring(bytes[bytes.index(after: colon)...].prefix(while: \.isBlank))
      let path = line.lookAtArgument { SMTPPath($0, keyword: verb == .rcpt ? "TO" : "FROM") }
      let brackets = path.oddities.contains {
        if case .missingBrackets = $0 { true } else { false }
      }
      let names = path.parameters.map { Substring($0.utf8.prefix { $0 != UInt8(ascii: "=") }) }
      return ([head + blanks + (brackets ? "address" : "<address>")] + names).joined(separator: " ")
    case .auth, .xExps:
      let words = text.words
      guard words.count > 1, SASLScheme.isName(words[1]) else { return verbOnly(text) }
      return words.prefix(2).joined(separator: " ") + (words.count > 2 ? " initial" : "")
    default: return verbOnly(text)
    }
  }

  private static func verbOnly(_ text: String) -> String {
    let verb = text.utf8.prefix { !$0.isBlank }
    let rest = text.utf8[verb.endIndex...]
    let blanks = rest.prefix(while: \.isBlank)
    return Substring(verb)
      + (rest.isEmpty ? "" : blanks.count == 1 ? " …" : "\(blanks.count) blanks …")
  }

  /// nil where the client said nothing.
  func dialect(close: SessionClose, quits: Bool) -> Dialect? {
    guard commands > 0 else { return nil }
    var dialect = Dialect()
    func add(_ name: String, _ value: String) { dialect.features.append(Feature(name, value)) }
    add("hello", order.first { ["EHLO", "HELO", "LHLO"].contains($0) } ?? "none")
    add("hello argument", helloForm?.rawValue ?? "none")
    add("hello form", form(.ehlo) ?? form(.helo) ?? form(.lhlo) ?? "none")
    add("hello again", helloAgain ? "yes" : "no")
    add("command case", verbCases.sorted().joined(separator: "+"))
    add("MAIL form", form(.mail) ?? "none")
    add("RCPT form", form(.rcpt) ?? "none")
    add("DATA form", form(.data) ?? form(.bdat) ?? "none")
    add("AUTH form", form(.auth) ?? "none")
    add("order", order.joined(separator: " "))
    add("pipelining", pipelines ? "yes" : "no")
    add("line end", sawBareLF ? (sawCRLF ? "CRLF+LF" : "LF") : "CRLF")
    add("trailing blanks", trailingBlanks ? "yes" : "no")
    add("empty lines", emptyLines > 0 ? "yes" : "no")
    add("several messages", mails > 1 ? "yes" : "no")
    add(
      "end",
      quits
        ? form(.quit) ?? "QUIT"
        : close == .reset ? "reset without QUIT" : close == .fin ? "close without QUIT" : "open")
    dialect.digest = Self.digest(dialect.features)
    return dialect
  }

  private func form(_ verb: SMTPVerb) -> String? { forms[verb] }

  /// FNV-1a of 64 bits, in hexadecimal.
  private static func digest(_ features: [Feature]) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for feature in features {
      for byte in "\(feature.name)=\(feature.value)\n".utf8 {
        hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
      }
    }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

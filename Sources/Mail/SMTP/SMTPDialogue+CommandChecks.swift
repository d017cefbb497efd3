// What commands break of the RFCs: where it is seen, it is found.

import DequeModule

extension SMTPDialogue {
  @inline(__always)
  func offers(_ keyword: String) -> Bool { state.extensions?.offers(keyword) == true }

  mutating func check(_ line: SMTPCommandLine, _ framed: LineFramer.Line) {
    let frame = framed.start.frame
    let shown = line.text.excerpt
    switch framed.ending {
    case .bareLF: recorder.find(.smtpBareLFInCommand, frame: frame, "“\(shown)” ends in LF alone")
    case .cut: recorder.find(.smtpCutLine, frame: frame, "“\(shown)” has no line end")
    case .crlf: break
    }
    if framed.bareReturns > 0 {
      recorder.find(.smtpBareCRInCommand, frame: frame, "“\(shown)” has a CR within")
    }
    // Extensions allow MAIL, RCPT and AUTH more (RFC 5321 section 4.1.1.11, RFC 4954).
    let isLonger = line.verb?.isMail == true || line.verb == .rcpt
    let most = line.verb?.startsAuthentication == true ? 12_288 : isLonger ? 1_024 : 512
    if framed.length > most {
      recorder.find(.smtpLongCommand, frame: frame, "a command line of \(framed.length) octets")
    }
    if line.hasEightBit, !offers("SMTPUTF8") {
      recorder.find(.smtpEightBitCommand, frame: frame, "“\(shown)” has octets beyond ASCII")
    }
    if state.quitFrame != nil {
      recorder.find(.smtpCommandAfterQuit, frame: frame, "“\(shown)” after QUIT")
    }
    if state.replies == 0, state.commands == 0, session.greeting == nil, !session.midstream {
      state.firstCommandFrame = framed.end.frame
    }
    if let last = pending.last(where: { $0.step == .command }), last.verb?.mustEndPipeline == true,
      !last.isDecided, state.serverBytes > 0, !state.desynchronised
    {
      recorder.find(
        .smtpMisplacedPipelining, frame: frame,
        "“\(shown)” was sent before \(last.name) was answered")
    } else if !pending.isEmpty, state.replies > 0, state.extensions != nil, !offers("PIPELINING"),
      !state.desynchronised, pending.last?.isDecided == false
    {
      recorder.findOnce(
        .smtpPipeliningNotOffered, frame: frame,
        "“\(shown)” was sent before \(pending.last?.name ?? "") was answered; PIPELINING is not offered"
      )
    }
    guard let verb = line.verb else {
      recorder.find(.smtpUnknownCommand, frame: frame, "“\(shown)” is no command of SMTP")
      return
    }
    check(verb, line, frame)
  }

  private mutating func check(_ verb: SMTPVerb, _ line: SMTPCommandLine, _ frame: Int) {
    switch verb {
    case .helo, .ehlo, .lhlo:
      if isLMTP, verb != .lhlo {
        recorder.find(.lmtpWrongHello, frame: frame, "“\(line.text.excerpt)” in LMTP")
      }
      checkHello(line, frame)
    case .mail, .send, .soml, .saml:
      if state.helloVerb == nil, !session.midstream, !state.desynchronised {
        recorder.find(.smtpMailBeforeHello, frame: frame, "MAIL before EHLO or HELO")
      }
    case .rcpt:
      if transaction.envelope == nil, !isAwaited({ $0.verb?.isMail == true }),
        !isBlind
      {
        recorder.find(.smtpRcptBeforeMail, frame: frame, "RCPT without MAIL before it")
      }
    case .data:
      if line.argumentStart != nil {
        recorder.find(.smtpArgument, frame: frame, "DATA takes no argument")
      }
      checkBeforeMessage("DATA", frame)
      if transaction.transfer == .bdat {
        recorder.find(.smtpMixedTransfer, frame: frame, "DATA after BDAT in one transaction")
      }
      if transaction.body == "BINARYMIME" {
        recorder.find(.smtpBinaryWithData, frame: frame, "BODY=BINARYMIME, and then DATA")
      }
    case .bdat:
      if state.extensions != nil, !offers("CHUNKING") {
        recorder.findOnce(.smtpChunkingNotOffered, frame: frame, "BDAT; CHUNKING is not offered")
      }
      checkBeforeMessage("BDAT", frame)
    case .starttls:
      if state.extensions != nil, !offers("STARTTLS") {
        recorder.find(.tlsNotOffered, frame: frame, "STARTTLS, which the server did not offer")
      }
    case .rset, .quit:
      if line.argumentStart != nil {
        recorder.find(.smtpArgument, frame: frame, "\(verb.rawValue) takes no argument")
      }
    case .vrfy, .expn, .noop, .help, .etrn, .turn, .atrn, .auth, .burl, .xclient, .xforward, .xExps,
      .xAnonymousTLS, .xExch50, .xLink2State:
      break
    }
  }

  /// Commands or replies are missing: nothing is to be said about their order.
  @inline(__always)
  var isBlind: Bool { session.midstream || state.desynchronised || state.serverBytes == 0 }

  /// Whether a command that had no effect yet is such a one.
  @inline(__always)
  private func isAwaited(_ isOne: (Pending) -> Bool) -> Bool {
    // A limit: a client that is never answered must not make this slow.
    pending.suffix(100).contains { !$0.isApplied && isOne($0) }
  }

  private mutating func checkBeforeMessage(_ name: String, _ frame: Int) {
    guard !isBlind, transaction.message == nil,
      !isAwaited({ $0.verb == .rcpt || $0.step != .command })
    else { return }
    if transaction.accepted == 0 {
      recorder.find(
        .smtpDataBeforeRcpt, frame: frame, "\(name) without a recipient that was accepted")
    }
  }

  private mutating func checkHello(_ line: SMTPCommandLine, _ frame: Int) {
    let name = line.verb?.rawValue ?? "EHLO"
    guard let argument = line.argument?.trimmingBlanks, !argument.isEmpty else {
      recorder.find(.smtpHelloSyntax, frame: frame, "\(name) without a name")
      return
    }
    let form = HelloForm(argument)
    switch form {
    case .domain, .addressLiteral: break
    case .bareAddress:
      recorder.find(
        .smtpHelloSyntax, frame: frame, "\(name) \(argument): an address needs brackets")
    case .singleLabel:
      recorder.find(
        .smtpHelloName, frame: frame, "\(name) \(argument): not a fully qualified domain name")
    case .malformed:
      recorder.find(
        .smtpHelloSyntax, frame: frame,
        "\(name) “\(argument.excerpt)”: neither a domain nor an address literal")
    }
  }

  mutating func check(_ path: SMTPPath, _ verb: SMTPVerb, frame: Int) {
    let name = verb.rawValue
    for oddity in path.oddities {
      switch oddity {
      case .missingBrackets:
        recorder.find(.smtpMissingBrackets, frame: frame, "\(name) \(path.address) without < and >")
      case .unclosedBracket:
        recorder.find(.smtpMissingBrackets, frame: frame, "\(name) <\(path.address) without >")
      case .blankBeforePath:
        recorder.findOnce(.smtpBlankBeforePath, frame: frame, "\(name): a blank before the path")
      case .sourceRoute:
        recorder.find(.smtpSourceRoute, frame: frame, "\(name) \(path.address) with a route")
      case .noKeyword:
        recorder.find(
          .smtpPathSyntax, frame: frame,
          "\(name) without \(verb == .rcpt ? "TO:" : "FROM:")")
      }
    }
    checkAddress(path.address, name, frame, isSender: verb.isMail)
    checkParameters(path.parameters, verb, frame)
  }

  private mutating func checkAddress(
    _ address: String, _ name: String, _ frame: Int, isSender: Bool
  ) {
    if address.isEmpty {
      if !isSender { recorder.find(.smtpPathSyntax, frame: frame, "\(name) with an empty path") }
      return
    }
    let bytes = address.utf8.span
    var place = bytes.count - 1
    while place >= 0, bytes[place] != UInt8(ascii: "@") { place -= 1 }
    if place < 0, !address.equals(ignoringCase: "postmaster") {
      recorder.find(.smtpPathSyntax, frame: frame, "\(name) “\(address.excerpt)” has no domain")
    }
    let local = place < 0 ? bytes.count : place
    let domain = max(0, bytes.count - local - 1)
    if local > 64 || domain > 255 || bytes.count > 254 {
      recorder.find(
        .smtpLongPath, frame: frame,
        "\(name): local part of \(local) octets, domain of \(domain)")
    }
  }

  /// Which extension a parameter belongs to.
  private static let parameterExtensions = [
    "SIZE": "SIZE", "BODY": "8BITMIME", "SMTPUTF8": "SMTPUTF8", "RET": "DSN", "ENVID": "DSN",
    "NOTIFY": "DSN", "ORCPT": "DSN", "AUTH": "AUTH", "REQUIRETLS": "REQUIRETLS",
    "BY": "DELIVERBY", "HOLDFOR": "FUTURERELEASE", "HOLDUNTIL": "FUTURERELEASE",
    "MT-PRIORITY": "MT-PRIORITY", "MTRK": "MTRK", "RRVS": "RRVS", "CONPERM": "CONPERM",
    "CONNEG": "CONNEG", "LIMITS": "LIMITS",
  ]

  private mutating func checkParameters(_ parameters: [String], _ verb: SMTPVerb, _ frame: Int) {
    var seen: Set<String> = []
    for parameter in parameters {
      let (name, value) = parameter.keyAndValue
      if parameters.count > 1, !seen.insert(name).inserted {
        recorder.find(
          .smtpParameter, frame: frame, "\(verb.rawValue): \(name) stands there twice")
      }
      let size = name == "SIZE" ? Decimal.parse(value.utf8) : nil
      if name == "SIZE", size == nil {
        recorder.find(.smtpParameter, frame: frame, "SIZE=\(value.excerpt) is no number")
      }
      let body = name == "BODY" ? value.uppercasedASCII : ""
      if name == "BODY", body != "8BITMIME", body != "7BIT", body != "BINARYMIME" {
        recorder.find(.smtpParameter, frame: frame, "BODY=\(value.excerpt) is no body type")
      }
      guard let extensions = state.extensions else {
        if state.helloVerb == .helo, !isBlind {
          recorder.findOnce(
            .smtpParameterNotOffered, frame: frame,
            "\(verb.rawValue) with \(name) after HELO, which offers no extension")
        }
        continue
      }
      let needed =
        body == "BINARYMIME" ? body : Self.parameterExtensions[name] ?? name
      if !extensions.offers(needed) {
        recorder.findOnce(
          .smtpParameterNotOffered, frame: frame,
          "\(verb.rawValue) with \(parameter.excerpt); \(needed) is not offered")
      }
      if let size,
        let limit = extensions["SIZE"].flatMap({ Decimal.parse($0.utf8) }), limit > 0, size > limit
      {
        recorder.find(
          .smtpDeclaredTooLarge, frame: frame,
          "SIZE=\(size) is more than the \(limit) octets that the server takes")
      }
    }
  }
}

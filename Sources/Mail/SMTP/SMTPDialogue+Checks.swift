// What breaks the RFCs, hurts delivery or smells of an attack: where it is seen, it is found.

import DequeModule

extension SMTPDialogue {
  // MARK: Commands

  func offers(_ keyword: String) -> Bool { state.extensions?[keyword] != nil }

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
    if session.greeting == nil, state.replies == 0, !session.midstream, state.commands == 0 {
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
    let words = (line.argument ?? "").split(atByte: .space)
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
      if !words.isEmpty {
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
      if !words.isEmpty {
        recorder.find(.smtpArgument, frame: frame, "\(verb.rawValue) takes no argument")
      }
    case .vrfy, .expn, .noop, .help, .etrn, .turn, .atrn, .auth, .burl, .xclient, .xforward, .xExps,
      .xAnonymousTLS, .xExch50, .xLink2State:
      break
    }
  }

  /// Commands or replies are missing: nothing is to be said about their order.
  private var isBlind: Bool { session.midstream || state.desynchronised || state.serverBytes == 0 }

  /// Whether a command that had no effect yet is such a one.
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
    let at = address.utf8.lastIndex(of: UInt8(ascii: "@"))
    if at == nil, !address.equals(ignoringCase: "postmaster") {
      recorder.find(.smtpPathSyntax, frame: frame, "\(name) “\(address.excerpt)” has no domain")
    }
    let local = address.utf8.distance(
      from: address.utf8.startIndex, to: at ?? address.utf8.endIndex)
    let domain = max(0, address.utf8.count - local - 1)
    if local > 64 || domain > 255 || address.utf8.count > 254 {
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
      if !seen.insert(name).inserted {
        recorder.find(
          .smtpParameter, frame: frame, "\(verb.rawValue): \(name) stands there twice")
      }
      if name == "SIZE", Decimal.parse(value.utf8) == nil {
        recorder.find(.smtpParameter, frame: frame, "SIZE=\(value.excerpt) is no number")
      }
      if name == "BODY", !["7BIT", "8BITMIME", "BINARYMIME"].contains(value.uppercasedASCII) {
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
        name == "BODY" && value.equals(ignoringCase: "BINARYMIME")
        ? "BINARYMIME" : Self.parameterExtensions[name] ?? name
      if extensions[needed] == nil {
        recorder.findOnce(
          .smtpParameterNotOffered, frame: frame,
          "\(verb.rawValue) with \(parameter.excerpt); \(needed) is not offered")
      }
      if name == "SIZE", let size = Decimal.parse(value.utf8),
        let limit = extensions["SIZE"].flatMap({ Decimal.parse($0.utf8) }), limit > 0, size > limit
      {
        recorder.find(
          .smtpDeclaredTooLarge, frame: frame,
          "SIZE=\(size) is more than the \(limit) octets that the server takes")
      }
    }
  }

  // MARK: Replies

  mutating func checkGreeting(_ reply: SMTPReply, frame: Int) {
    if reply.isRefusal {
      recorder.find(
        .smtpGreetingRefused, frame: frame,
        "the server greets with “\(reply.line.excerpt)”")
      state.refusal = SMTPState.Refusal(
        step: "greeting", code: reply.code, enhanced: reply.enhanced,
        text: reply.lines.first ?? "")
    }
    if let command = state.firstCommandFrame, command < frame {
      recorder.find(
        .smtpCommandBeforeGreeting, frame: command,
        "the client spoke before the server's greeting")
    }
  }

  mutating func check(
    _ reply: SMTPReply, _ oddities: SMTPReplyAssembler.Oddities, frame: Int
  ) {
    if !oddities.differentCodes.isEmpty {
      let codes = oddities.differentCodes.sorted().map(String.init)
      recorder.find(
        .smtpMultilineCodes, frame: frame,
        "the lines of one reply have different codes: \(codes.joined(separator: ", "))")
    }
    if let code = reply.code, !(200...599).contains(code) || code / 10 % 10 > 5 {
      recorder.find(.smtpReplyCode, frame: frame, "\(code) is no reply code of SMTP")
    }
    if oddities.longestLine > 512 {
      recorder.find(
        .smtpLongReply, frame: frame, "a reply line of \(oddities.longestLine) octets")
    }
    if oddities.bareLF {
      recorder.findOnce(.smtpBareLFInReply, frame: frame, "a reply line ends in LF alone")
    }
    if oddities.oddSeparator {
      recorder.find(
        .smtpBadReplyLine, frame: frame,
        "“\(reply.line.excerpt)”: neither blank nor hyphen after the code")
    }
    if let code = reply.code, let enhanced = reply.enhanced, enhanced.first != String(code).first {
      recorder.find(
        .smtpEnhancedMismatch, frame: frame, "\(code) with the enhanced code \(enhanced)")
    }
  }

  mutating func checkRefusal(_ reply: SMTPReply, _ head: Pending) {
    let frame = head.end.frame
    guard head.step == .command else { return }
    if head.verb == .rcpt {
      recorder.find(
        .smtpRecipientRefused, frame: frame,
        "\(head.path?.address ?? ""): “\(reply.line.excerpt)”")
    } else if head.verb?.isMail == true {
      recorder.find(
        .smtpSenderRefused, frame: frame,
        "\(head.path?.address ?? ""): “\(reply.line.excerpt)”")
    }
    if (400...499).contains(reply.effect), reply.code != 421,
      reply.code != nil || reply.enhanced != nil
    {
      recorder.findOnce(
        .smtpTemporary, frame: frame, "\(head.name): “\(reply.line.excerpt)”")
    }
  }

  /// RFC 5321 section 4.5.3.2: how long a client must wait, in seconds.
  mutating func checkTiming(_ reply: Reply, _ head: Pending) {
    let seconds = reply.position.nanoseconds(since: head.end) / 1_000_000_000
    let limit: Int64 =
      switch (head.step, head.verb) {
      case (.messageEnd, _): 600
      case (.command, .data): 120
      default: 300
      }
    guard seconds > limit else { return }
    recorder.find(
      .smtpSlowReply, frame: reply.position.frame,
      "\(head.name) was answered after \(seconds) seconds")
  }

  mutating func checkExtensions(_ reply: SMTPReply) {
    for line in reply.lines.dropFirst() {
      let word = line.utf8.prefix { $0 != .space }
      // Middleboxes overwrite what they do not want: XXXXXXXA, or eight X of any case.
      guard word.count == 8, word.dropLast().allSatisfy({ $0 == UInt8(ascii: "X") })
      else { continue }
      recorder.find(
        .tlsStripped, frame: state.replyFrame,
        "the server's extension list has “\(Substring(word))” where STARTTLS would stand")
    }
  }

  /// The message's first bytes were captured before the `354` that asks for them.
  mutating func checkAwaited(_ reply: Reply) {
    guard let first = held.firstPosition, first.frame < reply.position.frame else { return }
    recorder.find(
      .smtpDataNotAwaited, frame: first.frame,
      "the message was sent before the server's 354")
  }

  // MARK: Messages

  mutating func checkBody(frame: Int) {
    let body = body
    if body.bareLFs > 0, let first = body.firstBareLF {
      recorder.find(
        .smtpBareLFInData, frame: frame,
        "\(body.bareLFs) lines end in LF alone, the first after \(first) bytes")
    }
    if body.bareCRs > 0, let first = body.firstBareCR {
      recorder.find(
        .smtpBareCRInData, frame: frame,
        "\(body.bareCRs) CRs without LF, the first after \(first) bytes")
    }
    if body.hasNUL { recorder.find(.smtpNULInData, frame: frame, "the message has NUL octets") }
    if body.longestLine > 998 {
      recorder.find(
        .smtpLongTextLine, frame: frame,
        "a line of \(body.longestLine) octets in the message")
    }
    if body.hasEightBit { checkEightBit(frame) }
    checkSize(body.size, frame)
  }

  mutating func checkChunks(frame: Int) {
    let carried = carried
    if carried.chunk.doubled > 0, carried.chunk.single == 0 {
      recorder.find(
        .smtpStuffedChunk, frame: frame,
        "\(carried.chunk.doubled) lines of a BDAT message begin with two dots, none with one")
    }
    if carried.chunk.hasEightBit { checkEightBit(frame) }
    if let message = carried.message { checkSize(session.messages[message].size, frame) }
  }

  private mutating func checkEightBit(_ frame: Int) {
    guard transaction.body == "7BIT", !transaction.isInternational, !isBlind else { return }
    let isOffered = offers("8BITMIME")
    recorder.find(
      .smtpEightBitData, frame: frame,
      isOffered ? "8-bit data without BODY=8BITMIME" : "8-bit data; 8BITMIME is not offered")
  }

  private mutating func checkSize(_ size: Int, _ frame: Int) {
    if let declared = transaction.declaredSize, declared > 0, size > declared {
      recorder.find(
        .smtpSizeExceeded, frame: frame, "\(size) octets; SIZE=\(declared) was declared")
    }
    if let limit = state.extensions?["SIZE"].flatMap({ Decimal.parse($0.utf8) }), limit > 0,
      size > limit
    {
      recorder.find(
        .smtpTooLarge, frame: frame,
        "\(size) octets are more than the \(limit) that the server takes")
    }
  }

  // MARK: Authentication and TLS

  mutating func check(_ exchange: SASLExchange, _ verb: SMTPVerb?, frame: Int) {
    if exchange.revealsPassword, state.tls != .opened {
      recorder.find(
        .saslPlaintext, frame: frame,
        "AUTH \(exchange.mechanism) sends the password readable over a connection without TLS")
    }
    if exchange.isWeak {
      recorder.find(
        .saslWeak, frame: frame, "AUTH \(exchange.mechanism) can be broken by who listens")
    }
    guard let extensions = state.extensions, verb == .auth else { return }
    let offered = extensions["AUTH"]?.split(atByte: .space).map(String.init)
    if offered?.contains(exchange.mechanism) != true {
      recorder.find(
        .saslNotOffered, frame: frame, "AUTH \(exchange.mechanism) is not offered")
    }
  }

  mutating func checkAuthentication(_ sasl: SASLExchange, _ reply: SMTPReply, frame: Int) {
    if sasl.hasBadBase64 {
      recorder.find(.saslBase64, frame: frame, "a response of the client is no base64")
    }
    if sasl.isMalformed {
      recorder.find(
        .saslMalformed, frame: frame, "a response does not follow \(sasl.mechanism)")
    }
    if sasl.isCancelled {
      recorder.find(.saslCancelled, frame: frame, "the client gave AUTH \(sasl.mechanism) up")
    } else if reply.isRefusal {
      recorder.find(
        .saslRefused, frame: frame,
        "AUTH \(sasl.mechanism)\(sasl.username.map { " as \($0)" } ?? "") was refused: "
          + "\(sasl.explanation.map { $0.excerpt + ", " } ?? "")“\(reply.line.excerpt)”")
    }
  }

  /// Clear text between the go-ahead for TLS and the handshake.
  mutating func reportInjection(at position: Position) {
    if !state.commandsAfterTLS.isEmpty {
      recorder.find(
        .tlsCommandInjection, frame: position.frame,
        "clear text between STARTTLS and the handshake; a server that keeps it in its buffer "
          + "executes \(state.commandsAfterTLS.text)")
    }
    if !state.repliesAfterTLS.isEmpty {
      recorder.find(
        .tlsReplyInjection, frame: position.frame,
        "replies in clear between the go-ahead for TLS and the handshake: "
          + state.repliesAfterTLS.text)
    }
    (state.commandsAfterTLS, state.repliesAfterTLS) = (QuotedLines(), QuotedLines())
  }

  /// What can only be said of the whole session.
  mutating func checkWhole(_ close: SessionClose) {
    let command = session.exchanges.last { $0.command != nil }?.command
    let last = command?.end.frame ?? session.greeting?.end.frame ?? state.lastServer?.frame ?? 0
    let isEncrypted = session.tls != nil || state.tls == .opened
    // A greeting alone is no sign of a lost client.
    let hasGreeted = session.greeting != nil && state.replies == 1
    if state.clientBytes == 0 && !hasGreeted || state.serverBytes == 0,
      state.clientBytes + state.serverBytes > 0
    {
      recorder.find(
        .oneSided, frame: last,
        "only the \(state.clientBytes == 0 ? "server" : "client") was captured")
    }
    if session.midstream {
      recorder.find(.midstream, frame: last, "the start of the conversation was not captured")
    }
    if !isEncrypted, let frame = state.agreedFrame {
      recorder.find(
        .tlsStayedClear, frame: frame,
        "STARTTLS was accepted, but the dialogue goes on readable")
    }
    if !isEncrypted, state.offersTLS, state.tls == .clear {
      recorder.find(
        .tlsNotUsed, frame: last, "the server offers STARTTLS, the client does not use it")
    }
    if state.refusedRecipients > 0, state.acceptedRecipients == 0, session.messages.isEmpty {
      recorder.find(
        .smtpAllRefused, frame: last,
        "none of \(state.refusedRecipients) recipients was accepted")
    }
    if let closing = state.closing {
      recorder.find(
        .smtpClosing, frame: closing.frame, "the server closes: “\(closing.reply.line.excerpt)”")
    }
    if state.quitFrame == nil, close != .open, !isEncrypted, state.commands > 0,
      state.closing == nil
    {
      recorder.find(.smtpNoQuit, frame: last, "the connection ended without QUIT")
    }
    if isLMTP {
      for waiting in pending where waiting.awaitedRecipients?.isEmpty == false {
        recorder.find(
          .lmtpMissingReplies, frame: waiting.end.frame,
          "\(waiting.awaitedRecipients?.count ?? 0) recipients got no reply after the message")
      }
    }
  }
}

/// What a client calls itself in `HELO`, `EHLO` or `LHLO`.
enum HelloForm: String, Sendable {
  case domain
  case addressLiteral = "address literal"
  case bareAddress = "bare address"
  case singleLabel = "single label"
  case malformed

  init(_ name: String) {
    let bytes = Array(name.utf8)
    if bytes.first == UInt8(ascii: "[") {
      self = bytes.last == UInt8(ascii: "]") && bytes.count > 2 ? .addressLiteral : .malformed
      return
    }
    if bytes.allSatisfy({ $0.isASCIIDigit || $0 == .dot }) || bytes.contains(UInt8(ascii: ":")) {
      self = .bareAddress
      return
    }
    let labels = bytes.split(separator: .dot, omittingEmptySubsequences: false)
    let isDomain = labels.allSatisfy { label in
      !label.isEmpty && label.count <= 63 && label.first != UInt8(ascii: "-")
        && label.last != UInt8(ascii: "-")
        && label.allSatisfy {
          $0.isASCIILetter || $0.isASCIIDigit || $0 == UInt8(ascii: "-") || $0 >= 0x80
        }
    }
    self = !isDomain ? .malformed : labels.count == 1 ? .singleLabel : .domain
  }
}

// What replies, messages and the whole session break of the RFCs, what hurts delivery or smells of an attack.

import DequeModule
import Fields

extension SMTPDialogue {
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
    if let code = reply.code, let enhanced = reply.enhanced,
      enhanced.utf8.first != UInt8(ascii: "0") + code.firstDigit
    {
      recorder.find(
        .smtpEnhancedMismatch, frame: frame, "\(code) with the enhanced code \(enhanced)")
    }
  }

  mutating func checkRefusal(_ reply: SMTPReply, _ head: borrowing Pending) {
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
  mutating func checkTiming(_ reply: Position, _ head: borrowing Pending) {
    let seconds = reply.nanoseconds(since: head.end) / 1_000_000_000
    let limit: Int64 =
      switch (head.step, head.verb) {
      case (.messageEnd, _): 600
      case (.command, .data): 120
      default: 300
      }
    guard seconds > limit else { return }
    recorder.find(
      .smtpSlowReply, frame: reply.frame,
      "\(head.name) was answered after \(seconds) seconds")
  }

  mutating func checkExtensions(_ reply: SMTPReply) {
    for line in reply.lines.dropFirst() where line.utf8.first == UInt8(ascii: "X") {
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
  mutating func checkAwaited(_ reply: Position) {
    guard let first = held.firstPosition, first.frame < reply.frame else { return }
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

extension Int {
  /// Of a reply code, which has three digits at the most.
  fileprivate var firstDigit: UInt8 {
    UInt8(truncatingIfNeeded: self >= 100 ? self / 100 : self >= 10 ? self / 10 : self)
  }
}

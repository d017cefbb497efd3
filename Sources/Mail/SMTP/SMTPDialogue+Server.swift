// The server's side: replies, what they answer, and what follows from them.

import DequeModule
import Fields

extension SMTPDialogue {
  mutating func consumeReplies<Sink: MessageSink>(
    _ chunk: Span<UInt8>, at position: Position, to sink: inout Sink
  ) {
    var index = 0
    while index < chunk.count {
      if state.serverEncryptedAt == nil, beginsServerTLS(chunk[index]) {
        encryptServer(at: position.advanced(by: index))
      }
      if state.serverEncryptedAt != nil {
        return pendingSwitch.add(
          chunk.extracting(index..<chunk.count), from: .server, at: position.advanced(by: index))
      }
      if case .reversed = phase { return }
      guard let line = server.next(in: chunk, from: &index, at: position) else { return }
      let (reply, text) = replyLine(line, in: chunk)
      receiveReplyLine(reply, text, line, to: &sink)
    }
  }

  /// The reply line, or the text of a line that is none.
  private func replyLine(
    _ line: LineFramer.Line, in chunk: Span<UInt8>
  ) -> (SMTPReplyLine?, String) {
    let bytes = server.bytes(of: line, in: chunk)
    if let reply = SMTPReplyLine(bytes) { return (reply, "") }
    return (nil, bytes.text)
  }

  private func beginsServerTLS(_ byte: UInt8) -> Bool {
    guard !server.hasPartialLine, assembler.isEmpty, state.tls != .opened
    else { return false }
    let isRecord = (0x14...0x17).contains(byte)
    return isRecord && (state.replies == 0 || state.tls != .clear)
  }

  private mutating func encryptServer(at position: Position) {
    state.serverEncryptedAt = position.streamOffset
    pendingSwitch.begin(.tls, .server, at: position.streamOffset)
    guard state.replies == 0, state.commands == 0, state.tls == .clear else { return }
    phase = .encrypted
    recorder.edit { $0.tls = TLSUse(mode: .implicit, frame: position.frame) }
  }

  mutating func receiveReplyLine<Sink: MessageSink>(
    _ reply: SMTPReplyLine?, _ text: String, _ line: LineFramer.Line, to sink: inout Sink
  ) {
    if line.dropped > 0 { recorder.drop(.line) }
    guard let reply else {
      if !assembler.isEmpty {
        assembler.addText(text, line, options)
      }
      guard !state.serverResyncs else { return }
      recorder.find(
        .smtpBadReplyLine, frame: line.start.frame,
        "“\(text.excerpt)” begins with no reply code")
      return
    }
    state.serverResyncs = false
    if isAnotherReply(reply),
      let unfinished = assembler.take(end: assembler.end ?? line.start),
      let content = unfinished.smtp
    {
      recorder.find(
        .smtpMultilineCodes, frame: line.start.frame,
        "a reply with code \(content.code) has no last line; \(reply.code) follows it")
      receive(unfinished, content, to: &sink)
    }
    guard assembler.add(reply, line, options) else { return }
    let oddities = assembler.oddities
    if assembler.droppedLines > 0 { recorder.drop(.linesPerReply, assembler.droppedLines) }
    if assembler.droppedTexts > 0 { recorder.drop(.storedText, assembler.droppedTexts) }
    guard let whole = assembler.take(end: line.end), let content = whole.smtp else { return }
    check(content, oddities, frame: whole.position.frame)
    receive(whole, content, to: &sink)
  }

  /// The reply under way never got its last line, but the client went on and got this one.
  private func isAnotherReply(_ line: SMTPReplyLine) -> Bool {
    guard let code = assembler.reply?.code, code != line.code, pending.count >= 2 else {
      return false
    }
    return pending[0].admits(code) && pending[1].admits(line.code)
  }

  private mutating func receive<Sink: MessageSink>(
    _ reply: Reply, _ content: SMTPReply, to sink: inout Sink
  ) {
    state.replies += 1
    state.replyFrame = reply.position.frame
    state.decidedBlindly = false
    if content.code == 421 { state.closing = content }
    if isGreeting(content) {
      state.greetingCode = content.code
      recorder.edit {
        $0.greeting = reply
        $0.serverSoftware = ServerBanner.software(in: content.lines)
      }
      checkGreeting(content, frame: reply.position.frame)
      return
    }
    if state.goodbyeFrame != nil {
      recorder.find(
        .smtpReplyAfterQuit, frame: reply.position.frame,
        "“\(content.line.excerpt)” after the server's goodbye")
    }
    if state.agreedFrame != nil { state.repliesAfterTLS.append(content.line) }
    if case .undecided(.end) = phase, pending.isEmpty {
      replyAtCandidate(reply, to: &sink)
      return
    }
    place(reply, to: &sink)
  }

  /// A server speaks first; a reply that answers a command is none, though.
  private func isGreeting(_ reply: SMTPReply) -> Bool {
    guard session.greeting == nil, state.replies == 1, !state.serverWasGapped else { return false }
    if pending.isEmpty { return !session.midstream || reply.code == 220 }
    guard !session.midstream else { return false }
    return reply.code == 220 ? pending.first?.verb?.startsTLS != true : reply.code >= 400
  }

  /// Gives a reply to the command that it answers, or keeps it until there is one.
  mutating func place<Sink: MessageSink>(_ reply: Reply, to sink: inout Sink) {
    guard let code = reply.smtp?.code else { return }
    if case .message = phase, pending.isEmpty {
      guard carried.hadGap, code != 354 else {
        if bodyReplies.count < options.linesPerReplyLimit { bodyReplies.append(reply) }
        return
      }
      // The end of the message was lost in the gap.
      state.clientResyncs = true
      endBody(at: carried.end ?? reply.position, to: &sink)
    }
    guard !pending.isEmpty else {
      if early.count >= 100 { recorder.add(early.removeFirst(), to: nil) }
      early.append(reply)
      return
    }
    match(reply, to: &sink)
  }

  // MARK: Matching

  private mutating func match<Sink: MessageSink>(_ reply: Reply, to sink: inout Sink) {
    guard let content = reply.smtp else { return }
    if state.desynchronised {
      if case .undecided = phase, !held.isEmpty, content.code != 354, content.code != 334 {
        decideBlindly(to: &sink)
      }
      guard skipUnanswered(content.code, to: &sink) else {
        reportUnexpected(content, frame: reply.position.frame)
        recorder.add(reply, to: nil)
        return
      }
    }
    guard var head = pending.popFirst() else { return }
    if pending.isEmpty { state.desynchronised = false }
    recorder.add(reply, to: head.exchange)
    noteRefusal(content, head)
    checkTiming(reply, head)
    if isLMTP, head.step == .messageEnd, answerRecipient(content, &head) {
      pending.prepend(head)
      return
    }
    apply(&head, content, to: &sink)
    act(head, content, reply, to: &sink)
  }

  /// Replies are missing: passes over commands that this one cannot answer. False where no command is left.
  private mutating func skipUnanswered<Sink: MessageSink>(
    _ code: Int, to sink: inout Sink
  ) -> Bool {
    let index =
      dialect.pipelines
      ? pending.firstIndex { $0.admits(code) } : pending.lastIndex { $0.admits(code) }
    guard let index else { return false }
    for _ in 0..<index {
      guard var lost = pending.popFirst() else { break }
      apply(&lost, nil, to: &sink)
    }
    return true
  }

  /// Replies that came early are the answer to a command that came late, unless they were captured before it.
  mutating func matchEarly<Sink: MessageSink>(to sink: inout Sink) {
    while !early.isEmpty, !pending.isEmpty { match(early.removeFirst(), to: &sink) }
  }

  /// Early replies that cannot answer the command that comes now answer none.
  mutating func flushEarly(before framed: LineFramer.Line?, verb: SMTPVerb?) {
    while let reply = early.first, let code = reply.smtp?.code {
      if let framed {
        let isLater = reply.end.frame >= framed.end.frame
        let isNear = framed.end.time - reply.end.time <= Self.reorderingTime
        let isPlausible = code != 421 && verb?.admits(code) != false
        if isLater || isNear && isPlausible { return }
      }
      early.removeFirst()
      if let content = reply.smtp { reportUnexpected(content, frame: reply.position.frame) }
      recorder.add(reply, to: nil)
    }
  }

  /// By how much a capture may show a reply before its command, in nanoseconds.
  private static let reorderingTime: Int64 = 20_000_000

  private mutating func reportUnexpected(_ reply: SMTPReply, frame: Int) {
    guard reply.code != 421, state.commands > 0, !state.desynchronised else { return }
    recorder.find(
      .smtpUnexpectedReply, frame: frame, "“\(reply.line.excerpt)” answers no command")
  }

  /// LMTP: one reply for each recipient that was accepted. True while more are to come.
  private mutating func answerRecipient(_ reply: SMTPReply, _ head: inout Pending) -> Bool {
    guard let message = head.message else { return false }
    if head.awaitedRecipients == nil {
      // A refusal of the command itself comes once.
      guard !(500...503).contains(reply.code) else { return false }
      let recipients = session.messages[message].envelope?.recipients ?? []
      let awaited = recipients.indices.filter { recipients[$0].accepted != false }
      if !awaited.isEmpty { head.awaitedRecipients = awaited[...] }
    }
    guard let recipient = head.awaitedRecipients?.popFirst() else { return false }
    let isLast = head.awaitedRecipients?.isEmpty == true
    recorder.edit {
      $0.messages[message].envelope?.recipients[recipient].decide(reply)
      if reply.code < 400 {
        $0.messages[message].outcome = .accepted
      } else if isLast, $0.messages[message].outcome != .accepted {
        $0.messages[message].outcome = .rejected
      }
    }
    return !isLast
  }

  // MARK: What a reply changes

  /// Does to the transaction what a command does once it was answered, or must be taken as done.
  mutating func apply<Sink: MessageSink>(
    _ waiting: inout Pending, _ reply: SMTPReply?, to sink: inout Sink
  ) {
    let accepted = reply.map { $0.code < 400 } ?? true
    if waiting.isApplied {
      if let reply { amend(waiting, reply) }
      return
    }
    waiting.isApplied = true
    switch waiting.step {
    case .sasl: return
    case .chunk:
      guard let reply, !accepted else { return }
      refuse(waiting.message, reply)
    case .messageEnd:
      if let reply { conclude(waiting, reply) }
      if transaction.serial == waiting.serial { resetTransaction(to: &sink) }
    case .command:
      guard let verb = waiting.verb else { return }
      if verb.isHello {
        guard accepted else { return }
        resetTransaction(to: &sink)
        noteExtensions(verb, reply)
      } else if verb.isMail {
        applyMail(&waiting, accepted, reply, to: &sink)
      } else if verb == .rcpt {
        applyRecipient(&waiting, reply)
      } else if verb == .rset || verb == .xclient || verb.startsTLS, accepted, reply != nil {
        resetTransaction(to: &sink)
      } else if verb == .rset, reply == nil {
        resetTransaction(to: &sink)
      }
    }
  }

  /// Takes commands whose replies are not known yet as done: message bytes follow that belong to them.
  mutating func applyUndecided<Sink: MessageSink>(to sink: inout Sink) {
    // They are applied in order: those that are not are the last ones.
    let applied = pending.lastIndex { $0.isApplied }.map { $0 + 1 } ?? 0
    for index in applied..<pending.count {
      var waiting = pending[index]
      apply(&waiting, nil, to: &sink)
      pending[index] = waiting
    }
  }

  private mutating func resetTransaction<Sink: MessageSink>(to sink: inout Sink) {
    endOpenMessage(to: &sink)
    transaction = Transaction(serial: transaction.serial + 1)
    if pending.isEmpty { state.messageOfTransaction.removeAll() }
  }

  private mutating func applyMail<Sink: MessageSink>(
    _ waiting: inout Pending, _ accepted: Bool, _ reply: SMTPReply?, to sink: inout Sink
  ) {
    if transaction.envelope != nil {
      recorder.find(
        .smtpNestedMail, frame: waiting.end.frame,
        accepted
          ? "MAIL within a transaction; the server took it as a new one"
          : "MAIL within a transaction, which the server refused")
    }
    guard accepted, let path = waiting.path else { return }
    resetTransaction(to: &sink)
    waiting.serial = transaction.serial
    transaction.envelope = Envelope(sender: path.address, parameters: path.parameters)
    for parameter in path.parameters {
      let (name, value) = parameter.keyAndValue
      switch name {
      case "BODY": transaction.body = value.uppercasedASCII
      case "SIZE": transaction.declaredSize = Decimal.parse(value.utf8)
      case "SMTPUTF8": transaction.isInternational = true
      default: break
      }
    }
  }

  private mutating func applyRecipient(_ waiting: inout Pending, _ reply: SMTPReply?) {
    guard let path = waiting.path else { return }
    waiting.serial = transaction.serial
    // Without MAIL only a server's yes makes this a recipient.
    if transaction.envelope == nil {
      guard let reply, reply.code < 400 else { return }
      transaction.envelope = Envelope(sender: "")
    }
    guard (transaction.envelope?.recipients.count ?? 0) < options.recipientLimit else {
      return recorder.drop(.recipients)
    }
    var recipient = Recipient(address: path.address, parameters: path.parameters)
    if let reply { recipient.decide(reply) }
    waiting.recipient = transaction.envelope?.recipients.count
    transaction.envelope?.recipients.append(recipient)
    if let message = transaction.message {
      recorder.edit { $0.messages[message].envelope?.recipients.append(recipient) }
    }
    count(recipient)
  }

  /// A reply that came after its command was taken as done.
  private mutating func amend(_ waiting: Pending, _ reply: SMTPReply) {
    switch waiting.step {
    case .chunk: if reply.code >= 400 { refuse(waiting.message, reply) }
    case .messageEnd: conclude(waiting, reply)
    case .sasl: break
    case .command:
      if waiting.verb?.isHello == true, let verb = waiting.verb, reply.code < 400 {
        noteExtensions(verb, reply)
      }
      guard let index = waiting.recipient else { return }
      if transaction.serial == waiting.serial {
        transaction.envelope?.recipients[index].decide(reply)
        if let recipient = transaction.envelope?.recipients[index] { count(recipient) }
      }
      guard let message = state.messageOfTransaction[waiting.serial] else { return }
      recorder.edit {
        guard ($0.messages[message].envelope?.recipients.count ?? 0) > index else { return }
        $0.messages[message].envelope?.recipients[index].decide(reply)
      }
    }
  }

  private mutating func count(_ recipient: Recipient) {
    switch recipient.accepted {
    case true: state.acceptedRecipients += 1
    case false: state.refusedRecipients += 1
    case nil: break
    }
  }

  private mutating func refuse(_ message: Int?, _ reply: SMTPReply) {
    transaction.failed = true
    guard let message else { return }
    recorder.edit { $0.messages[message].outcome = .rejected }
  }

  private mutating func conclude(_ waiting: Pending, _ reply: SMTPReply) {
    guard let message = waiting.message else { return }
    if waiting.awaitedRecipients != nil { return }
    recorder.edit {
      $0.messages[message].outcome = reply.code < 400 ? .accepted : .rejected
    }
    if reply.code >= 400 {
      recorder.find(
        .smtpMessageRefused, frame: waiting.end.frame,
        "the server refused the message: “\(reply.line.excerpt)”")
    }
  }

  private mutating func noteExtensions(_ verb: SMTPVerb, _ reply: SMTPReply?) {
    guard let reply else { return }
    guard verb != .helo else {
      state.extensions = nil
      return
    }
    var extensions: [String: String] = [:]
    for line in reply.lines.dropFirst() {
      let words = line.split(atByte: .space, maxSplits: 1)
      guard let first = words.first else { continue }
      // `AUTH=LOGIN` is what old clients look for.
      let keyword = first.prefix { $0 != "=" }.uppercasedASCII
      if keyword == "AUTH", extensions["AUTH"]?.isEmpty == false, first.contains("=") { continue }
      extensions[keyword] = words.count > 1 ? String(words[1]).uppercasedASCII : ""
    }
    state.extensions = extensions
    if extensions["STARTTLS"] != nil, state.tls != .opened { state.offersTLS = true }
    checkExtensions(reply)
  }

  /// Decides what the client's next bytes are.
  private mutating func act<Sink: MessageSink>(
    _ head: Pending, _ content: SMTPReply, _ reply: Reply, to sink: inout Sink
  ) {
    switch (head.step, head.verb) {
    case (.command, .data):
      guard !head.isDecided, case .undecided(.message) = phase else { return }
      if content.code < 400 {
        checkAwaited(reply)
        beginData(in: head.exchange, to: &sink)
      } else {
        phase = .command
      }
      release(to: &sink)
    case (.command, .auth), (.command, .xExps), (.sasl, _):
      authenticate(head, content, to: &sink)
    case (.command, .starttls), (.command, .xAnonymousTLS):
      if content.code == 220 {
        if state.tls == .requested { state.tls = .agreed(frame: reply.position.frame) }
        state.extensions = nil
      } else {
        if state.tls == .requested { state.tls = .refused }
        recorder.find(
          .tlsRefused, frame: reply.position.frame,
          "STARTTLS was refused: “\(content.line.excerpt)”")
      }
      guard !head.isDecided, case .undecided(.tls) = phase else { return }
      phase = .command
      release(to: &sink)
    case (.command, .xExch50):
      guard !head.isDecided, let question = phase.question, case .binary = question
      else { return }
      phase = question.decided(by: content.code)
      release(to: &sink)
    case (.command, .turn), (.command, .atrn):
      guard content.code < 400, case .command = phase else { return }
      phase = .reversed
      recorder.find(
        .smtpRolesChanged, frame: reply.position.frame,
        "\(head.verb == .atrn ? "ATRN" : "TURN") was accepted: what follows, with the sides the other way round, is not shown"
      )
    case (.command, .quit):
      if content.code == 221 { state.goodbyeFrame = reply.position.frame }
    default: break
    }
  }

  private mutating func authenticate<Sink: MessageSink>(
    _ head: Pending, _ content: SMTPReply, to sink: inout Sink
  ) {
    if content.code == 334 {
      if login?.isOver == false { login?.sasl.challenge(content.lines.first ?? "") }
      noteAuthentication()
    } else {
      endAuthentication(content, frame: head.end.frame)
    }
    guard !head.isDecided, let question = phase.question, case .response = question else { return }
    phase = question.decided(by: content.code)
    release(to: &sink)
  }

  /// Brings the record of the authentication up to date.
  mutating func noteAuthentication() {
    guard let login, !login.isOver else { return }
    recorder.keep(login.sasl, in: login.record)
  }

  private mutating func endAuthentication(_ reply: SMTPReply, frame: Int) {
    guard let login, !login.isOver else { return }
    noteAuthentication()
    recorder.settle(login.record, reply.code < 400 ? .accepted : .rejected)
    checkAuthentication(login.sasl, reply, frame: frame)
    self.login?.isOver = true
  }

  private mutating func noteRefusal(_ reply: SMTPReply, _ head: Pending) {
    guard reply.code >= 400 else { return }
    state.refusal = SMTPState.Refusal(
      step: head.step == .messageEnd ? "message" : head.name, code: reply.code,
      enhanced: reply.enhanced, text: reply.lines.first ?? "", address: head.path?.address)
    checkRefusal(reply, head)
  }
}

extension SMTPReply {
  /// Code and first line.
  var line: String { lines.first.map { $0.isEmpty ? "\(code)" : "\(code) \($0)" } ?? "\(code)" }
}

extension Recipient {
  /// Takes down what a reply said of this recipient.
  mutating func decide(_ reply: SMTPReply) {
    accepted = reply.code < 400
    code = reply.code
    enhanced = reply.enhanced
    text = reply.lines.first
  }
}

extension String {
  /// Short enough for a finding's text.
  var excerpt: String { count <= 100 ? self : prefix(97) + "…" }

  /// `SIZE=12` is `SIZE` and `12`; the name in upper case.
  var keyAndValue: (String, String) {
    guard let equals = utf8.firstIndex(of: UInt8(ascii: "=")) else { return (uppercasedASCII, "") }
    return (self[..<equals].uppercasedASCII, String(self[utf8.index(after: equals)...]))
  }
}

// The server's side of a POP3 dialogue.

import Fields

extension POP3Dialogue {
  mutating func receiveServer<Sink: MessageSink>(
    _ bytes: Span<UInt8>, at position: Position, to sink: inout Sink
  ) {
    var index = 0
    while index < bytes.count {
      switch serverPhase {
      case .encrypted:
        return pendingSwitch.add(
          bytes.extracting(index..<bytes.count), from: .server, at: position.advanced(by: index))
      case .handshake:
        if TLSUse.beginsRecord(bytes[index]) {
          serverPhase = .encrypted
          pendingSwitch.begin(.tls, .server, at: position.streamOffset + index)
        } else {
          findReplyAfterTLS(at: position.advanced(by: index))
          serverPhase = .status
        }
      case .body:
        if changeBody({ $0.wireCount }) == 0, bytes[index] == UInt8(ascii: "+") {
          serverPhase = .firstLine
        } else {
          takeBody(bytes, from: &index, at: position, to: &sink)
        }
      case .status, .greeting, .unknown, .lines, .firstLine, .damagedBody:
        guard let line = serverFramer.next(in: bytes, from: &index, at: position) else { return }
        let text = serverFramer.bytes(of: line, in: bytes).copied
        receiveServer(whole: line, text, to: &sink)
      }
    }
  }

  /// A line of the server is unfinished, and the client has spoken since, or so much time has passed that it has taken
  /// the line as it was: what comes now may be another reply.
  mutating func noteUnfinishedLine(before position: Position) {
    guard serverFramer.hasPartialLine, let end = facts.serverEnd else {
      return facts.unfinishedLine = nil
    }
    let isAnswered =
      facts.clientEnd?.acknowledged.map { $0 > end.streamOffset } ?? (facts.lastSpeaker == .client)
    let (waited, isOverflow) = position.time.subtractingReportingOverflow(end.time)
    guard isAnswered || isOverflow || waited >= 1_000_000_000 else { return }
    facts.unfinishedLine = (serverFramer.partial.count, end, position, isAnswered)
  }

  /// Two replies of which the first lacks its line end are two.
  mutating func receiveServer<Sink: MessageSink>(
    whole line: LineFramer.Line, _ bytes: [UInt8], to sink: inout Sink
  ) {
    guard let (count, end, next, isRead) = facts.unfinishedLine else {
      return receiveServer(line, bytes, to: &sink)
    }
    facts.unfinishedLine = nil
    let isOfStatus =
      switch serverPhase {
      case .status, .greeting, .unknown: count < bytes.count
      case .lines, .firstLine, .body, .damagedBody, .handshake, .encrypted: false
      }
    guard isOfStatus, POP3Grammar.status(of: bytes.span.extracting(0..<count))?.isExact == true,
      POP3Grammar.status(of: bytes.span.extracting(count..<bytes.count))?.isExact == true
    else { return receiveServer(line, bytes, to: &sink) }
    let (first, second) = line.split(at: count, end: end, next: next)
    recorder.find(
      .pop3UnfinishedReply, frame: first.start.frame,
      "a reply without its line end; the next one follows in frame \(next.frame)")
    receiveServer(first, Array(bytes[..<count]), isRead: isRead, to: &sink)
    receiveServer(second, Array(bytes[count...]), to: &sink)
  }

  mutating func receiveServer<Sink: MessageSink>(
    _ line: LineFramer.Line, _ bytes: [UInt8], isRead: Bool = true, to sink: inout Sink
  ) {
    switch serverPhase {
    case .damagedBody: receiveDamaged(line, bytes, to: &sink)
    case .lines: receiveListLine(line, bytes, to: &sink)
    case .greeting: receiveAfterGreeting(line, bytes, to: &sink)
    case .firstLine:
      if takeBackSurplus(at: line, bytes) { return receiveStatus(line, bytes, to: &sink) }
      serverPhase = .body
      takeBody(line, bytes, to: &sink)
    case .unknown:
      if POP3Grammar.status(of: bytes.span)?.isExact == true {
        closeReply()
        receiveStatus(line, bytes, to: &sink)
      } else if POP3Grammar.isHeaderField(bytes.span) {
        openMessage(at: line.start, to: &sink)
        takeBody(line, bytes, to: &sink)
      } else {
        reply?.content.lineCount = 0
        serverPhase = .lines
        receiveListLine(line, bytes, to: &sink)
      }
    case .status, .body, .handshake, .encrypted:
      receiveStatus(line, bytes, isRead: isRead, to: &sink)
    }
  }

  mutating func receiveStatus<Sink: MessageSink>(
    _ line: LineFramer.Line, _ bytes: [UInt8], isRead: Bool = true, to sink: inout Sink
  ) {
    let status = POP3Grammar.status(of: bytes.span).flatMap { $0.isExact ? $0 : nil }
    if skipsServer {
      guard status != nil else { return }
      skipsServer = false
      dropDoubtful()
    }
    guard let status else { return receiveNoStatus(line, bytes, to: &sink) }
    leaveLoose()
    lastAnswer = nil
    checkLine(line, of: .server)
    let text = bytes.span.extracting(status.text(in: bytes.span))
    var content = StatusReply(
      status: String(decoding: bytes[..<status.length], as: UTF8.self), text: text.text)
    if status.kind == .negative {
      content.code = POP3Grammar.code(in: text).map { text.extracting($0).text }
    }
    var new = OpenReply(
      content: content, kind: status.kind, start: line.start, end: line.end, length: line.length)
    new.isRead = isRead
    if facts.awaitsGreeting, !isAnswerToAuth(new) {
      facts.awaitsGreeting = false
      // The server had received a command already: the next line, or the client's next command, tells.
      let mayBeAnswer =
        new.start.acknowledged != nil && queue.first?.hadArrived(at: new.start) == true
      guard mayBeAnswer else { return greet(new) }
      reply = new
      serverPhase = .greeting
      return
    }
    if facts.awaitsGreeting { findNoGreeting(new) }
    if status.kind == .challenge { return challenge(new, to: &sink) }
    answer(new, to: &sink)
  }

  /// A line where a status is due.
  private mutating func receiveNoStatus<Sink: MessageSink>(
    _ line: LineFramer.Line, _ bytes: [UInt8], to sink: inout Sink
  ) {
    if moveLastAnswer(before: bytes) {
      if reply?.pending?.sequel == .message {
        openMessage(at: line.start, to: &sink)
        return takeBody(line, bytes, to: &sink)
      }
      reply?.content.lineCount = 0
      serverPhase = .lines
      return receiveListLine(line, bytes, to: &sink)
    }
    lastAnswer = nil
    checkLine(line, of: .server)
    let text = String(decoding: bytes, as: UTF8.self)
    recorder.find(
      .pop3ReplySyntax, frame: line.start.frame, "neither +OK nor -ERR: \(Phrase.quote(text))")
    leaveLoose()
    var content = StatusReply(status: "", text: text)
    content.shown = [text]
    loose = OpenReply(
      content: content, kind: .negative, start: line.start, end: line.end, length: line.length)
  }

  /// The line without a status answers no command.
  mutating func leaveLoose() {
    guard let line = loose else { return }
    loose = nil
    recorder.add(line.made, to: nil)
  }

  /// The client goes on, or nothing more comes: a line without a status was all of the answer to the first command, where
  /// the client has read it.
  mutating func settleLoose<Sink: MessageSink>(before next: Position?, to sink: inout Sink) {
    guard let line = loose else { return }
    let hasRead = next?.acknowledged.map { $0 > line.end.streamOffset } ?? true
    guard hasRead, !facts.serverGap, let first = queue.first, first.hadArrived(at: line.start),
      first.end.frame <= line.start.frame
    else { return }
    loose = nil
    answer(line, to: &sink)
  }

  // MARK: The greeting

  private mutating func greet(_ new: OpenReply) {
    let text = new.content.text
    let made = new.made
    recorder.edit { $0.greeting = made }
    if new.kind == .negative { facts.isRefused = true }
    if let timestamp = Self.timestamp(in: text) {
      facts.timestamp = timestamp
      let inner = timestamp.dropFirst().dropLast()
      if !inner.contains("@") || inner.hasPrefix("@") || inner.hasSuffix("@") || inner.contains(" ")
      {
        recorder.find(
          .pop3BadTimestamp, frame: new.start.frame,
          "the greeting's \(Phrase.quote(timestamp)) is no msg-id")
      }
    }
    checkBeforeGreeting(new.start)
    noteBanner(text)
  }

  private static func timestamp(in text: String) -> String? {
    guard let open = text.lastIndex(of: "<"), let close = text[open...].firstIndex(of: ">") else {
      return nil
    }
    return String(text[open...close])
  }

  /// A challenge can answer AUTH only, whatever was said before.
  private func isAnswerToAuth(_ new: OpenReply) -> Bool {
    guard new.kind == .challenge else { return false }
    return queue.contains { $0.sequel == .challenges && $0.hadArrived(at: new.start) }
  }

  /// The line after a first reply that may be the greeting: further lines can only be those of an answer.
  private mutating func receiveAfterGreeting<Sink: MessageSink>(
    _ line: LineFramer.Line, _ bytes: [UInt8], to sink: inout Sink
  ) {
    settleGreeting(isAnswer: POP3Grammar.status(of: bytes.span)?.isExact != true, to: &sink)
    receiveServer(line, bytes, to: &sink)
  }

  /// The client goes on: it has taken the first reply for the answer to its command, unless that looks like a greeting.
  mutating func settleGreeting<Sink: MessageSink>(
    before line: LineFramer.Line, to sink: inout Sink
  ) {
    guard serverPhase == .greeting, let reply else { return }
    guard let acknowledged = line.start.acknowledged, acknowledged > reply.end.streamOffset else {
      return
    }
    let text = reply.content.text
    let isGreeting =
      Self.timestamp(in: text) != nil || ServerBanner.software(in: [text]) != nil
      || ["ready", "pop3", "pop server"].contains { text.lowercased().contains($0) }
    settleGreeting(isAnswer: !isGreeting, to: &sink)
  }

  /// Decides what the first reply is.
  mutating func settleGreeting<Sink: MessageSink>(isAnswer: Bool, to sink: inout Sink) {
    guard serverPhase == .greeting, let first = reply else { return }
    (reply, serverPhase) = (nil, .status)
    if isAnswer {
      findNoGreeting(first)
      answer(first, to: &sink)
    } else {
      greet(first)
    }
  }

  private mutating func findNoGreeting(_ first: OpenReply) {
    facts.awaitsGreeting = false
    recorder.find(
      .pop3NoGreeting, frame: first.start.frame,
      "the first reply answers \(Phrase.quote(queue.first?.name ?? "a command")): there was no greeting"
    )
  }

  // MARK: Pairing

  /// `+ `: a challenge of the `AUTH` that waits (RFC 5034 section 4).
  private mutating func challenge<Sink: MessageSink>(_ new: OpenReply, to sink: inout Sink) {
    guard
      let place = queue.firstIndex(where: {
        $0.sequel == .challenges && $0.hadArrived(at: new.start)
      })
    else {
      recorder.find(
        .pop3ReplySyntax, frame: new.start.frame, "a SASL challenge where no AUTH waits for one")
      return recorder.add(new.made, to: nil)
    }
    passOver(place)
    var made = new.made
    made.decoded = sasl?.exchange.error(in: new.content.text) ?? []
    recorder.add(made, to: queue.first?.exchange)
    if sasl != nil {
      sasl?.exchange.challenge(new.content.text)
      if let sasl { recorder.keep(sasl.exchange, in: sasl.authentication) }
    }
    if case .undecided(.response) = phase { release(as: .response, to: &sink) }
  }

  mutating func answer<Sink: MessageSink>(_ first: OpenReply, to sink: inout Sink) {
    var new = first
    guard let next = queue.first, next.hadArrived(at: new.start) else { return answerNothing(new) }
    let pending = queue.removeFirst()
    checkPipelining(at: new.start)
    new.pending = pending
    new.exchange = pending.exchange
    if isChallenge(new, pending) {
      queue.insert(pending, at: 0)
      return challenge(new, to: &sink)
    }
    if isGoAhead(new, pending) {
      recorder.add(new.made, to: pending.exchange)
      queue.insert(pending, at: 0)
      sasl?.goAhead = new
      if case .undecided(.response) = phase { release(as: .responseOrCommand, to: &sink) }
      return
    }
    let before = login
    settle(pending, new)
    switch (pending.sequel, phase) {
    case (.challenges, .response), (.challenges, .responseOrCommand): phase = .command
    default: break
    }
    guard new.kind == .positive else {
      recorder.add(new.made, to: pending.exchange)
      if pending.verb == .stls, tls == .requested { tls = .clear }
      if pending.verb == .auth || pending.verb == .stls, case .undecided = phase {
        release(as: .command, to: &sink)
      }
      return
    }
    switch pending.sequel {
    case .nothing, .challenges:
      recorder.add(new.made, to: pending.exchange)
      if pending.verb == .stls {
        acceptTLS(frame: new.start.frame, to: &sink)
      } else if pending.sequel == .challenges {
        if case .undecided = phase { release(as: .command, to: &sink) }
      } else if !queue.isEmpty {
        lastAnswer = LastAnswer(reply: new, pending: pending, before: before)
      }
    case .lines:
      new.content.lineCount = 0
      reply = new
      serverPhase = .lines
    case .unknown:
      reply = new
      serverPhase = .unknown
    case .message:
      let text = Array(new.content.text.utf8)
      new.announcedOctets = POP3Grammar.octets(in: text.span)
      reply = new
      openMessage(at: new.start, to: &sink)
    }
  }

  /// `+OK` to an `AUTH` whose client has proved nothing yet: some servers ask for the first message of NTLM so.
  @inline(__always)
  private func isGoAhead(_ new: OpenReply, _ pending: Pending) -> Bool {
    guard new.kind == .positive, pending.sequel == .challenges, let sasl else { return false }
    return sasl.exchange.responses == 0 && sasl.goAhead == nil
  }

  /// `+OK` before a challenge: some servers write them so.
  @inline(__always)
  private func isChallenge(_ new: OpenReply, _ pending: Pending) -> Bool {
    guard new.kind == .positive, pending.sequel == .challenges, let sasl else { return false }
    return sasl.exchange.isChallenge(new.content.text)
  }

  /// A reply for which no command is known.
  private mutating func answerNothing(_ first: OpenReply) {
    var new = first
    let both = facts.sawClient && facts.sawServer
    if both, !recorder.session.midstream, !facts.clientGap, !facts.serverGap,
      facts.strayReplies.count < recorder.options.pendingCommandLimit
    {
      facts.strayReplies.append(new.start.frame)
    }
    new.exchange = recorder.open(nil)
    if let exchange = new.exchange, orphans.count < recorder.options.pendingCommandLimit {
      orphans.append((exchange, new.start))
    }
    if new.kind == .positive {
      reply = new
      serverPhase = .unknown
    } else {
      recorder.add(new.made, to: new.exchange)
    }
  }

  /// The commands before `place` in the queue were never answered: what came cannot be theirs.
  private mutating func passOver(_ place: Int) {
    for pending in queue[..<place] { findUnanswered(pending) }
    queue.removeFirst(place)
  }

  /// A line that is no status, after a reply of one line: that reply is of a command that has further lines, and those
  /// before it were never answered. False where no such command waits.
  private mutating func moveLastAnswer(before line: [UInt8]) -> Bool {
    guard let last = lastAnswer, !facts.serverGap,
      let place = queue.firstIndex(where: { pending in
        guard pending.hadArrived(at: last.reply.start) else { return false }
        return pending.sequel == .lines
          || pending.sequel == .message && POP3Grammar.isHeaderField(line.span)
      })
    else { return false }
    lastAnswer = nil
    login = last.before
    recorder.settle(last.pending.authentication, .unknown)
    recorder.edit {
      guard let exchange = last.pending.exchange,
        $0.exchanges[exchange].replies.last?.position == last.reply.start
      else { return }
      $0.exchanges[exchange].replies.removeLast()
    }
    findUnanswered(last.pending)
    passOver(place)
    var moved = last.reply
    let pending = queue.removeFirst()
    (moved.pending, moved.exchange) = (pending, pending.exchange)
    settle(pending, moved)
    reply = moved
    return true
  }

  /// A positive status where the first line of a list or a message is due, and no other command waits: the status before
  /// it answered nothing, this one is the answer.
  mutating func takeBackSurplus(at line: LineFramer.Line, _ bytes: [UInt8]) -> Bool {
    guard let status = POP3Grammar.status(of: bytes.span), status.isExact, status.kind == .positive,
      var surplus = reply, let pending = surplus.pending, !facts.serverGap,
      queue.first?.hadArrived(at: line.start) != true
    else { return false }
    facts.emptyMessage = surplus.message
    surplus.content.lineCount = nil
    (reply, body, serverPhase) = (nil, nil, .status)
    let exchange = recorder.open(nil)
    recorder.add(surplus.made, to: exchange)
    recorder.find(.pop3StrayReply, frame: surplus.start.frame, "a reply to no command")
    queue.insert(pending, at: 0)
    return true
  }

  // MARK: What replies change

  /// What a reply means for the login, the maildrop and the state.
  mutating func settle(_ pending: Pending, _ new: OpenReply) {
    let isPositive = new.kind == .positive
    if pending.isLogin { settleLogin(pending, new) }
    if !isPositive, pending.verb == .stls, facts.offers("STLS") {
      recorder.find(
        .tlsRefused, frame: new.start.frame,
        "STLS is offered and was answered \(Phrase.quote(new.text))")
    }
    guard isPositive else { return }
    switch pending.verb {
    case .stat:
      let text = Array(new.content.text.utf8)
      login.maildrop = POP3Grammar.size(in: text.span)?.value ?? login.maildrop
    case .dele: login.deleted += 1
    case .rset: login.deleted = 0
    case .quit: (login.quitAccepted, login.state) = (true, .update)
    default: break
    }
  }

  private mutating func settleLogin(_ pending: Pending, _ new: OpenReply) {
    let isPositive = new.kind == .positive
    // The client waits for the line end, and knows nothing.
    guard new.isRead else { return }
    recorder.settle(pending.authentication, isPositive ? .accepted : .rejected)
    if isPositive { (login.state, login.frame) = (.transaction, new.start.frame) }
    if pending.verb == .auth {
      if let exchange = sasl?.exchange {
        recorder.checkEnd(
          of: exchange, by: "AUTH", refusal: isPositive ? nil : new.content.text,
          frame: new.start.frame)
      }
      sasl = nil
    } else if !isPositive {
      recorder.find(
        .loginRefused, frame: new.start.frame,
        "\(pending.name) was answered \(Phrase.quote(new.text))")
    }
  }

  private mutating func acceptTLS<Sink: MessageSink>(frame: Int, to sink: inout Sink) {
    beginTLS(frame: frame)
    tls = .agreed(frame: frame)
    serverPhase = .handshake
    if held.count > 0, !held.beginsRecord {
      let line = String(decoding: held.firstLine, as: UTF8.self)
      recorder.holdSecrets(of: line)
      recorder.find(
        .tlsCommandInjection, frame: held.firstFrame,
        "sent in the clear after STLS, before its reply: \(Phrase.quote(line))")
      release(as: .command, to: &sink)
      held = HeldBytes()
      queue.removeAll()
      clientFramer.discard()
      phase = .handshake
    } else {
      release(as: .handshake, to: &sink)
    }
  }

  /// The client's TLS begins: what the server sent in the clear until now is over.
  mutating func expectTLSOfServer() {
    switch serverPhase {
    case .status, .greeting, .unknown, .lines:
      serverFramer.discard()
      closeReply()
      serverPhase = .handshake
    case .firstLine, .body, .damagedBody, .handshake, .encrypted: break
    }
  }
}

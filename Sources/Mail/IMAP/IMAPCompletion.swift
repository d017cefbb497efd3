// Continuation requests and completions of the server, and what they change.

import Fields

extension IMAPDialogue {
  mutating func receiveContinuation<Sink: MessageSink>(
    _ reply: Reply, to sink: inout Sink
  ) {
    facts.isFirstResponse = false
    let frame = reply.position.frame
    switch clientPhase {
    case .undecided(.literal) where hasReceived(questionEnd, reply.position):
      if !held.isEmpty { findUnawaitedLiteral(frame: held.firstFrame) }
      recorder.add(reply, to: command.value?.exchange)
      return acceptLiteral(to: &sink)
    case .undecided(.sasl) where hasReceived(questionEnd, reply.position):
      recorder.add(
        explained(reply), to: pending.last { $0.verb.command == .authenticate }?.exchange)
      challenge(reply)
      clientPhase = clientPhase.whenContinued
      return
    default: break
    }
    let idle = pending.last {
      $0.verb.command == .idle && hasReceived($0.start.streamOffset, reply.position)
    }
    if let idle { return recorder.add(reply, to: idle.exchange) }
    if assumedLiterals > 0 {
      assumedLiterals -= 1
      findUnawaitedLiteral(frame: frame)
      return recorder.add(reply, to: command.value?.exchange)
    }
    if answersNothing(reply.position) {
      findStrayContinuation(frame: frame)
      return recorder.add(reply, to: nil)
    }
    // Captured before what it answers, or out of place: the end of the session tells.
    recorder.add(reply, to: command.value?.exchange ?? pending.last?.exchange)
    if pending.last?.verb.command == .authenticate { challenge(reply) }
    if earlyContinuations.count < recorder.options.pendingCommandLimit {
      earlyContinuations.append((reply.position.time, frame))
    }
  }

  /// With what a challenge says of an error, in words.
  private func explained(_ reply: Reply) -> Reply {
    guard let sasl, case .imap(let content) = reply.content else { return reply }
    var reply = reply
    reply.decoded = sasl.exchange.error(in: content.text)
    return reply
  }

  private mutating func challenge(_ reply: Reply) {
    // Taken out, so that it is changed in place.
    guard case .imap(let content) = reply.content, var current = sasl.take() else { return }
    current.exchange.challenge(content.text)
    defer { sasl = current }
    if let authentication = current.authentication {
      recorder.keep(current.exchange, in: authentication)
    }
  }

  mutating func receiveCompletion<Sink: MessageSink>(
    _ completion: Completion, _ line: LineFramer.Line, to sink: inout Sink
  ) {
    facts.isFirstResponse = false
    if state == .loggedOut {
      recorder.findOnce(
        .imapAfterLogout, frame: line.start.frame,
        "\(completion.status.rawValue) came after the end of LOGOUT")
    }
    let answered =
      isPending(completion.reply.tag)
      ? pending.firstIndex {
        $0.tag == completion.reply.tag && hasReceived($0.start.streamOffset, completion.position)
      } : nil
    guard let index = answered else {
      if answersRefused(Reply(line, completion.reply)) { return }
      if answersNothing(completion.position) {
        findUnknownTag(completion)
        return recorder.add(Reply(line, completion.reply), to: nil)
      }
      let data = takeData(of: nil)
      let exchange = recorder.open(nil)
      add(completion.reply, data, line, to: exchange)
      if let code = completion.reply.code { noteCode(code, frame: line.start.frame) }
      if orphans.count < recorder.options.pendingCommandLimit {
        orphans[completion.reply.tag] = Orphan(exchange: exchange, completion: completion)
      }
      return
    }
    let data = takeData(of: index)
    add(completion.reply, data, line, to: pending[index].exchange)
    checkData(data, of: pending[index], completion)
    settle(index, completion, to: &sink)
  }

  /// Had the sender of `position` received the client's byte at `offset`? Where acknowledgements do not say, it had.
  private func hasReceived(_ offset: Int, _ position: Position) -> Bool {
    position.acknowledged.map { $0 > offset } ?? true
  }

  /// The reader has seen all that the server had received, and none of it asked for this.
  private func answersNothing(_ position: Position) -> Bool {
    guard let reach = position.acknowledged, isWhole, held.isEmpty else { return false }
    return reach <= (facts.clientEnd?.streamOffset ?? -1) + 1
  }

  /// What a completion means for the state, the login and what the client sends next.
  mutating func settle<Sink: MessageSink>(
    _ index: Int, _ completion: Completion, to sink: inout Sink
  ) {
    settleClient(pending[index], completion, to: &sink)
    let completed = removePending(at: index)
    let isOK = completion.status == .ok
    let (reply, frame) = (completion.reply, completion.position.frame)
    if let code = reply.code { noteCode(code, frame: frame) }
    if let authentication = completed.authentication {
      recorder.settle(authentication, isOK ? .accepted : .rejected)
      if completed.verb.command == .authenticate {
        if let exchange = sasl?.exchange {
          recorder.checkEnd(
            of: exchange, by: completed.verb.name, refusal: isOK ? nil : reply.text, frame: frame)
        }
        credentials = .responses(isAccepted: isOK)
        if isOK || completed.isDoubtful { lateResponses = completed.exchange } else { sasl = nil }
      } else if !isOK {
        recorder.find(
          .loginRefused, frame: frame,
          "\(completed.verb.name) was answered \(reply.status) \(Phrase.quote(reply.text))")
      }
    }
    switch completed.verb.command {
    case .login, .authenticate:
      if isOK {
        state = .authenticated
        facts.loginFrame = facts.loginFrame ?? frame
      }
    case .select, .examine:
      if isOK {
        (state, facts.mailbox) = (.selected, completed.mailbox)
      } else if state == .selected {
        (state, facts.mailbox) = (.authenticated, nil)
      }
      // What was said of another mailbox is not of this one.
      if !isOK || !facts.hasFreshValidity { facts.uidValidity = nil }
      facts.hasFreshValidity = false
      (facts.sizes, facts.uids) = ([:], [])
      facts.selection += 1
    case .close, .unselect:
      if isOK {
        (state, facts.mailbox, facts.exists) = (.authenticated, nil, nil)
        facts.uidValidity = nil
      }
    case .unauthenticate: if isOK { state = .unauthenticated }
    case .logout: if isOK { state = .loggedOut }
    case .idle: if !completed.isDone { endIdle(at: completion.position.time) }
    case .startTLS:
      if !isOK, tls == .requested { tls = .clear }
      if !isOK, facts.offersStartTLS {
        recorder.find(
          .tlsRefused, frame: frame,
          "STARTTLS is offered and was answered \(reply.status) \(Phrase.quote(reply.text))")
      }
    case .append, .replace: settleAppend(completed.messages, isOK: isOK, code: reply.code)
    default: break
    }
  }

  private mutating func settleAppend(_ messages: [Int], isOK: Bool, code: String?) {
    var uid: UInt64?
    var validity: UInt64?
    if let code {
      let (name, argument) = StatusText.split(code)
      if name == "APPENDUID" {
        let numbers = argument.split(atByte: .space)
        uid = numbers.last.flatMap { UInt64($0) }
        validity = numbers.first.flatMap { UInt64($0) }
      }
    }
    if isOK { facts.appended += messages.count }
    recorder.edit {
      for index in messages {
        $0.messages[index].outcome = isOK ? .accepted : .rejected
        $0.messages[index].origin.uidValidity = validity
        if messages.count == 1 { $0.messages[index].uid = uid }
      }
    }
  }

  /// What the client sends next, if it waited for this.
  private mutating func settleClient<Sink: MessageSink>(
    _ completed: PendingCommand, _ completion: Completion, to sink: inout Sink
  ) {
    let isOK = completion.status == .ok
    if let open = command.value, open.start == completed.start {
      guard case .undecided(.literal(let announced)) = clientPhase else {
        // The rest of the command still comes.
        command.change { $0.completion = completion.status }
        return settleAppend(open.messages, isOK: isOK, code: nil)
      }
      // What the client sent on is the literal where the server took it, or may have asked for it.
      if isOK || completed.isDoubtful, !held.isEmpty,
        !IMAPGrammar.beginsCommand(held.firstLine.span)
      {
        command.change { $0.completion = completion.status }
        return acceptLiteral(to: &sink)
      }
      recorder.find(
        .imapLiteralRefused, frame: completion.position.frame,
        "\(open.name) was refused before its literal was sent")
      command.change { $0.isRefused = true }
      if !open.mayHaveSecret {
        facts.refused = RefusedLiteral(
          name: open.name, exchange: open.exchange, count: announced,
          refusal: "\(completion.status.rawValue) \(Phrase.quote(completion.reply.text))")
      }
      closeCommand()
      clientPhase = .line
      return
    }
    let next = clientPhase.whenCompleted(completed.verb.command, isOK: isOK)
    guard next != clientPhase else { return }
    switch next {
    case .handshake:
      agreeOnTLS(frame: completion.position.frame)
      (clientPhase, serverPhase) = (.handshake, .handshake)
    case .encoded where compression == .none:
      serverPhase = .encoded(.deflate)
      pendingSwitch.begin(.deflate, .server, at: completion.end.streamOffset + 1)
      beginCompressionOfClient()
    case .encoded: clientPhase = .line
    default: clientPhase = next
    }
  }

  mutating func agreeOnTLS(frame: Int) {
    tls = .agreed(frame: frame)
    recorder.edit { $0.tls = TLSUse(mode: .starttls, frame: frame) }
  }

  /// The client's TLS begins: what the server sent in the clear until now is over.
  mutating func expectTLSOfServer() {
    guard serverPhase == .line, response.isEmpty else { return }
    serverFramer.discard()
    serverPhase = .handshake
  }
}

extension Reply {
  init(_ line: LineFramer.Line, _ content: IMAPReply) {
    self.init(
      content: .imap(content), position: line.start, end: line.end, length: line.length)
  }
}

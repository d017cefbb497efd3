// What follows from a reply: for the transaction, the login, and the client's next bytes.

import DequeModule
import Fields

extension SMTPDialogue {
  /// Does to the transaction what a command does once it was answered, or must be taken as done.
  mutating func apply<Sink: MessageSink>(
    _ waiting: inout Pending, _ reply: SMTPReply?, to sink: inout Sink
  ) {
    let accepted = reply?.isRefusal != true
    if waiting.isApplied {
      if let reply { amend(waiting, reply) }
      return
    }
    waiting.isApplied = true
    switch waiting.step {
    case .sasl, .binary, .refusedLines: return
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
      guard let reply, !reply.isRefusal else { return }
      transaction.envelope = Envelope(sender: "")
    }
    var recipient = Recipient(address: path.address, parameters: path.parameters)
    guard recorder.hasRoom(for: recipient.heldBytes, else: .recipients) else { return }
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
    case .chunk: if reply.isRefusal { refuse(waiting.message, reply) }
    case .messageEnd: conclude(waiting, reply)
    case .sasl, .binary, .refusedLines: break
    case .command:
      if waiting.verb?.isHello == true, let verb = waiting.verb, !reply.isRefusal {
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
    // The client has no answer, and will send the message again.
    guard reply.isTerminated else { return state.unendedAnswers += 1 }
    recorder.edit {
      $0.messages[message].outcome = reply.isRefusal ? .rejected : .accepted
    }
    if reply.isRefusal {
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
    let extensions = SMTPExtensions(reply.lines)
    state.extensions = extensions
    if extensions.offers("STARTTLS"), state.tls != .opened { state.offersTLS = true }
    checkExtensions(reply)
  }

  /// Decides what the client's next bytes are.
  mutating func act<Sink: MessageSink>(
    _ head: borrowing Pending, _ content: SMTPReply, at position: Position, to sink: inout Sink
  ) {
    switch (head.step, head.verb) {
    case (.command, .data):
      guard !head.isDecided, case .undecided(.message) = phase else { return }
      if !content.isRefusal {
        checkAwaited(position)
        beginData(in: head.exchange, to: &sink)
      } else {
        phase = .command
        refused = RefusedMessage(exchange: head.exchange, reply: content.line.excerpt)
      }
      release(to: &sink)
    case (.command, .auth), (.command, .xExps), (.sasl, _):
      authenticate(head, content, to: &sink)
    case (.command, .starttls), (.command, .xAnonymousTLS):
      if content.code == 220 {
        if state.tls == .requested { state.tls = .agreed(frame: position.frame) }
        state.extensions = nil
      } else {
        if state.tls == .requested { state.tls = .refused }
        recorder.find(
          .tlsRefused, frame: position.frame,
          "STARTTLS was refused: “\(content.line.excerpt)”")
      }
      guard !head.isDecided, case .undecided(.tls) = phase else { return }
      phase = .command
      release(to: &sink)
    case (.command, .xExch50):
      guard !head.isDecided, let question = phase.question, case .binary = question
      else { return }
      phase = question.decided(by: content.effect)
      if case .binary = phase { beginBinary(in: head.exchange) }
      release(to: &sink)
    case (.command, .turn), (.command, .atrn):
      guard !content.isRefusal, case .command = phase else { return }
      phase = .reversed
      recorder.find(
        .smtpRolesChanged, frame: position.frame,
        "\(head.verb == .atrn ? "ATRN" : "TURN") was accepted: what follows, with the sides the other way round, is not shown"
      )
    case (.command, .quit):
      if content.code == 221 { state.goodbyeFrame = position.frame }
    default: break
    }
  }

  private mutating func authenticate<Sink: MessageSink>(
    _ head: borrowing Pending, _ content: SMTPReply, to sink: inout Sink
  ) {
    if content.code == 334 {
      if login?.isOver == false { login?.sasl.challenge(content.lines.first ?? "") }
      noteAuthentication()
    } else {
      endAuthentication(content, frame: head.end.frame)
    }
    guard !head.isDecided, let question = phase.question, case .response = question else { return }
    phase = question.decided(by: content.effect)
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
    recorder.settle(login.record, reply.isRefusal ? .rejected : .accepted)
    checkAuthentication(login.sasl, reply, frame: frame)
    self.login?.isOver = true
  }

  mutating func noteRefusal(_ reply: SMTPReply, _ head: borrowing Pending) {
    guard reply.isRefusal, head.step != .refusedLines,
      head.verb != nil || state.refusal?.isOfKnown != true
    else { return }
    state.refusal = SMTPState.Refusal(
      step: head.step == .messageEnd ? "message" : head.name, code: reply.code,
      isOfKnown: head.verb != nil, enhanced: reply.enhanced, text: reply.lines.first ?? "",
      address: head.path?.address)
    checkRefusal(reply, head)
  }
}

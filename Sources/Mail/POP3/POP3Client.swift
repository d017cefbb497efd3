// The client's side of a POP3 dialogue.

import Fields

extension POP3Dialogue {
  mutating func takeLine<Sink: MessageSink>(
    in bytes: Span<UInt8>, from index: inout Int, at position: Position, to sink: inout Sink
  ) -> Bool {
    guard let line = clientFramer.next(in: bytes, from: &index, at: position) else { return false }
    receiveClient(line, clientFramer.bytes(of: line, in: bytes).copied, to: &sink)
    return true
  }

  mutating func gapOfClient<Sink: MessageSink>(at position: Position, to sink: inout Sink) {
    decideByLook(to: &sink)
    facts.clientGap = true
    skipsClient = true
    clientFramer.discard()
    switch phase {
    case .response, .responseOrCommand: phase = .command
    case .command, .undecided, .handshake, .encrypted: break
    }
  }

  /// A command whose line end never came is a command all the same: the server may have seen the rest.
  mutating func finishClient<Sink: MessageSink>(to sink: inout Sink) {
    switch phase {
    case .command, .response, .responseOrCommand: break
    case .undecided, .handshake, .encrypted: return
    }
    guard let end = facts.clientEnd, let line = clientFramer.cut(at: end) else { return }
    let none: [UInt8] = []
    receiveClient(line, clientFramer.bytes(of: line, in: none.span).copied, to: &sink)
  }

  private mutating func receiveClient<Sink: MessageSink>(
    _ line: LineFramer.Line, _ bytes: [UInt8], to sink: inout Sink
  ) {
    let isCommand = POP3Grammar.verb(of: bytes.span) != nil
    if skipsClient {
      guard isCommand else { return }
      skipsClient = false
    }
    settleGreeting(before: line, to: &sink)
    lastAnswer = nil
    checkLine(line, of: .client)
    switch phase {
    case .response: receiveResponse(line, bytes)
    case .responseOrCommand where !isCommand: receiveResponse(line, bytes)
    case .responseOrCommand:
      acceptGoAhead()
      phase = .command
      receiveCommand(line, bytes)
    case .command, .undecided, .handshake, .encrypted: receiveCommand(line, bytes)
    }
  }

  /// A line of a SASL exchange.
  private mutating func receiveResponse(_ line: LineFramer.Line, _ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    sasl?.goAhead = nil
    let decoded = respond(text, initial: false)
    let answer = Answer(
      kind: text == "*" ? .cancel : .sasl, text: text, decoded: decoded, position: line.start,
      end: line.end, length: line.length)
    recorder.add(answer, to: authExchange)
    // A client that has had enough may say so where a response is due.
    if POP3Grammar.verb(of: bytes.span) == .quit { facts.sawQuit = true }
    phase = .undecided(.response)
  }

  /// The exchange of the `AUTH` that waits.
  private var authExchange: Int? {
    queue.first { $0.verb == .auth }?.exchange ?? queue.last?.exchange
  }

  private mutating func receiveCommand(_ line: LineFramer.Line, _ bytes: [UInt8]) {
    let parts = POP3Grammar.command(in: bytes.span)
    let verb = POP3Grammar.verb(of: bytes.span)
    let name = String(decoding: bytes[parts.verb], as: UTF8.self)
    var command = Command(
      verb: name.uppercasedASCII,
      // One blank separates.
      argumentStart: parts.argument == nil ? nil : name.utf8.count + 1,
      text: String(decoding: bytes, as: UTF8.self), position: line.start, end: line.end,
      length: line.length)
    command.secret = secret(of: command, verb)
    let trimmed = (command.argument ?? "").trimmingBlanks
    let claimed = claimOrphan(command)
    var pending = Pending(
      exchange: claimed ?? recorder.open(command), verb: verb, name: command.verb,
      argument: trimmed, sequel: POP3Sequel(verb, hasArgument: !trimmed.isEmpty),
      start: line.start, end: line.end)
    note(&pending, command)
    checkState(pending, isSecret: command.secret?.lowerBound == 0)
    noteLogin(command, verb)
    if verb == .quit { facts.sawQuit = true }
    guard claimed == nil else { return }
    guard queue.count < recorder.options.pendingCommandLimit else {
      return recorder.drop(.pendingCommands)
    }
    queue.append(pending)
    phase = ClientPhase(after: verb, hasArgument: !trimmed.isEmpty)
    if verb == .stls, tls == .clear { tls = .requested }
  }

  /// The part of a command that is a secret, in UTF-8 offsets.
  @inline(__always)
  private func secret(of command: Command, _ verb: POP3Verb?) -> Range<Int>? {
    let argument = command.argument ?? ""
    // After AUTH, what is no command may be what it asked for, whatever came of it.
    if facts.followsLogin, verb.map({ !$0.admits(argument.trimmingBlanks) }) ?? true {
      return Secrets.response(in: command.text)
    }
    let count = command.text.utf8.count
    return switch verb {
    case .pass: argument.isEmpty ? nil : count - argument.utf8.count..<count
    case .user, .apop, .auth, nil: Secrets.part(of: command.text)
    default: nil
    }
  }

  /// Until another command comes, a line that is none may be an answer to the login.
  private mutating func noteLogin(_ command: Command, _ verb: POP3Verb?) {
    switch verb {
    case .auth: facts.followsLogin = true
    case .pass: facts.followsLogin = command.argumentStart == nil
    case nil: if Secrets.beginsLogin(command.text) { facts.followsLogin = true }
    case .noop: break
    default: facts.followsLogin = false
    }
  }

  /// A reply that was captured before its command, though it was sent after it.
  private mutating func claimOrphan(_ command: Command) -> Int? {
    guard let orphan = orphans.first else { return nil }
    orphans.removeFirst()
    let isLater =
      orphan.position.acknowledged.map { $0 > command.end.streamOffset }
      ?? (orphan.position.time >= command.position.time)
    guard isLater, !facts.clientGap, queue.isEmpty else { return nil }
    if let secret = command.secret { recorder.hold(secret, of: command.text) }
    recorder.edit { $0.exchanges[orphan.exchange].command = command }
    return orphan.exchange
  }

  /// What a command says about the login.
  private mutating func note(_ pending: inout Pending, _ command: Command) {
    let words = pending.argument.words
    let frame = command.position.frame
    switch pending.verb {
    case .user: facts.user = pending.argument
    case .pass:
      let password = SASLField("password", command.argument ?? "", isSecret: true)
      pending.isLogin = true
      pending.authentication = recorder.open(
        Authentication(mechanism: "USER", username: facts.user, frame: frame, fields: [password]))
      findPlaintextLogin("PASS", frame: frame)
    case .apop:
      let digest = words.dropFirst().first.map(String.init) ?? ""
      pending.isLogin = true
      pending.authentication = recorder.open(
        Authentication(
          mechanism: "APOP", username: words.first.map(String.init), frame: frame,
          fields: [SASLField("digest", digest, isSecret: true)]))
      checkAPOP(digest, frame: frame)
    case .auth:
      guard let mechanism = words.first else { break }
      let exchange = SASLExchange(mechanism: String(mechanism))
      pending.isLogin = true
      pending.authentication = recorder.open(
        Authentication(mechanism: exchange.mechanism, frame: frame))
      sasl = SASL(exchange: exchange, authentication: pending.authentication)
      recorder.checkStart(
        of: exchange, by: "AUTH", isSecure: isReadableAfterTLS, offered: facts.mechanisms,
        frame: frame)
      if words.count > 1 { respond(String(words[1]), initial: true) }
    default: break
    }
  }

  @discardableResult
  private mutating func respond(_ text: String, initial: Bool) -> [SASLField] {
    guard sasl != nil else { return [] }
    let decoded = sasl?.exchange.respond(text, initial: initial) ?? []
    if let sasl { recorder.keep(sasl.exchange, in: sasl.authentication) }
    return decoded
  }

  /// The client goes on with commands: `+OK` was the end of the exchange.
  mutating func acceptGoAhead() {
    guard let answered = sasl?.goAhead, queue.first?.verb == .auth else { return }
    sasl?.goAhead = nil
    settle(queue.removeFirst(), answered)
  }
}

// The client's side of a ManageSieve dialogue.

import Fields

extension ManageSieveDialogue {
  mutating func takeLine<Sink: MessageSink>(
    in bytes: Span<UInt8>, from index: inout Int, at position: Position, to sink: inout Sink
  ) -> Bool {
    guard let statement = clientFramer.next(in: bytes, from: &index, at: position) else {
      return false
    }
    receiveClient(statement)
    return true
  }

  /// There are no messages in this protocol.
  mutating func release(as phase: ClientPhase) {
    var nowhere = NoMessageSink()
    release(as: phase, to: &nowhere)
  }

  mutating func decideByLook() {
    var nowhere = NoMessageSink()
    decideByLook(to: &nowhere)
  }

  /// A command whose end never came is a command all the same: the server may have seen the rest.
  mutating func finishClient() {
    switch phase {
    case .command, .response, .responseOrCommand: break
    case .undecided, .handshake, .encrypted: return
    }
    let isLiteral = clientFramer.isWithinLiteral
    guard let end = facts.clientEnd, let statement = clientFramer.cut(at: end) else { return }
    receiveClient(statement)
    if isLiteral, let literal = statement.parts.last?.literal {
      let name = recorder.session.exchanges.last?.command?.verb ?? ""
      facts.cutOff = (name, literal.count)
      recorder.find(
        .sieveLiteralCutOff, frame: end.frame,
        "the session ends within a literal of \(Phrase.quote(name)), after \(literal.count.grouped) bytes"
      )
    }
  }

  private mutating func receiveClient(_ statement: ManageSieveStatement) {
    let verb = ManageSieveGrammar.verb(of: statement.line.span)
    if skipsClient {
      guard verb != nil else { return }
      skipsClient = false
    }
    check(statement, of: .client)
    switch phase {
    case .response: receiveResponse(statement)
    case .responseOrCommand where verb == nil: receiveResponse(statement)
    case .responseOrCommand:
      phase = .command
      receiveCommand(statement, verb)
    case .command, .undecided, .handshake, .encrypted: receiveCommand(statement, verb)
    }
  }

  /// A string of a SASL exchange.
  private mutating func receiveResponse(_ statement: ManageSieveStatement) {
    let text = statement.arguments.first?.text ?? ""
    let decoded = respond(text, initial: false)
    let shown =
      statement.parts.first?.literal == nil
      ? statement.text.trimmingBlanks : text
    let isQuoted = shown.hasPrefix("\"") && shown.hasSuffix("\"") && shown.utf8.count > 1
    let answer = Answer(
      kind: text == "*" ? .cancel : .sasl,
      text: isQuoted ? String(shown.dropFirst().dropLast()) : shown,
      decoded: decoded, position: statement.start, end: statement.end, length: statement.length)
    recorder.add(answer, to: queue.first { $0.verb == .authenticate }?.exchange)
    phase = .undecided(.response)
  }

  private mutating func receiveCommand(
    _ statement: ManageSieveStatement, _ verb: ManageSieveVerb?
  ) {
    let text = statement.text
    let arguments = statement.arguments
    let name = (arguments.first?.text ?? "").uppercasedASCII
    let nameLength = arguments.first?.range?.upperBound ?? 0
    let hasRest = nameLength + 1 < text.utf8.count
    var command = Command(
      verb: name, argumentStart: hasRest ? nameLength + 1 : nil, text: text,
      position: statement.start, end: statement.end, length: statement.length)
    command.secret = secret(of: statement, verb)
    var pending = Pending(
      exchange: recorder.open(command), verb: verb, name: name,
      script: arguments.dropFirst().first?.text ?? "", start: statement.start, end: statement.end)
    if verb != .authenticate { addLiterals(of: statement, to: pending.exchange) }
    note(&pending, statement, arguments)
    checkCommand(pending, arguments, isSecret: command.secret?.lowerBound == 0)
    switch verb {
    case .authenticate: facts.followsLogin = true
    case nil: if Secrets.beginsLogin(text) { facts.followsLogin = true }
    case .noop: break
    default: facts.followsLogin = false
    }
    if verb == .logout { facts.sawLogout = true }
    guard queue.count < recorder.options.pendingCommandLimit else {
      return recorder.drop(.pendingCommands)
    }
    queue.append(pending)
    phase = ClientPhase(after: verb)
    if verb == .startTLS, tls == .clear { tls = .requested }
  }

  /// The texts of literals are lines of their own.
  private mutating func addLiterals(of statement: ManageSieveStatement, to exchange: Int?) {
    // Where a command should be, a literal can only be a response.
    let isResponse = statement.parts.first?.words.first?.kind == .literal
    for part in statement.parts {
      guard let literal = part.literal, let start = part.literalStart else { continue }
      let lines = Self.lines(literal)
      // Where its length is wrong, or bytes are missing, commands are in it.
      for line in lines { recorder.holdSecrets(of: line) }
      recorder.add(
        Answer(
          kind: isResponse ? .sasl : .literal, text: lines.joined(separator: "\n"),
          position: start,
          end: part.literalEnd ?? start, length: part.literalCount),
        to: exchange)
    }
  }

  /// The lines of a text, without their ends.
  static func lines(_ text: [UInt8]) -> [String] {
    var lines = text.split(separator: .lineFeed, omittingEmptySubsequences: false).map { line in
      String(decoding: line.last == .carriageReturn ? line.dropLast() : line, as: UTF8.self)
    }
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines
  }

  /// The part of a command that is a secret, in UTF-8 offsets.
  private func secret(of statement: ManageSieveStatement, _ verb: ManageSieveVerb?) -> Range<Int>? {
    let text = statement.text.utf8
    guard let verb else {
      // After AUTHENTICATE, what is no command may be what it asked for, whatever came of it; and a string by itself can
      // be nothing else.
      let isString = statement.parts.first?.words.first?.kind == .string
      return facts.followsLogin || isString
        ? Secrets.response(in: statement.text) : Secrets.part(of: statement.text)
    }
    let arguments = statement.arguments
    guard verb == .authenticate, arguments.count > 1 else { return nil }
    // What is no mechanism may be all of the secret.
    let place = SASLScheme.isName(arguments[1].text) ? 2 : 1
    guard arguments.count > place, arguments[place].kind != .literal else { return nil }
    return arguments[place].range.map { $0.lowerBound..<text.count }
      ?? Secrets.part(of: statement.text)
  }

  /// What a command says about the login.
  private mutating func note(
    _ pending: inout Pending, _ statement: ManageSieveStatement,
    _ arguments: [ManageSieveStatement.Argument]
  ) {
    guard pending.verb == .authenticate, arguments.count > 1 else { return }
    let frame = statement.start.frame
    let exchange = SASLExchange(mechanism: arguments[1].text)
    pending.authentication = recorder.open(
      Authentication(mechanism: exchange.mechanism, frame: frame))
    sasl = SASL(exchange: exchange, authentication: pending.authentication)
    recorder.checkStart(
      of: exchange, by: "AUTHENTICATE", isSecure: isReadableAfterTLS, offered: facts.mechanisms,
      frame: frame)
    guard arguments.count > 2 else { return }
    let decoded = respond(arguments[2].text, initial: true)
    guard arguments[2].kind == .literal,
      let literal = statement.parts.last(where: { $0.literal != nil })
    else { return }
    let start = literal.literalStart ?? statement.start
    recorder.add(
      Answer(
        kind: .sasl, text: arguments[2].text, decoded: decoded, position: start,
        end: literal.literalEnd ?? start, length: literal.literalCount),
      to: pending.exchange)
  }

  @discardableResult
  private mutating func respond(_ text: String, initial: Bool) -> [SASLField] {
    guard sasl != nil else { return [] }
    let decoded = sasl?.exchange.respond(text, initial: initial) ?? []
    if let sasl { recorder.keep(sasl.exchange, in: sasl.authentication) }
    return decoded
  }
}

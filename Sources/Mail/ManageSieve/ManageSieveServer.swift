// The server's side of a ManageSieve dialogue.

import Fields

extension ManageSieveDialogue {
  mutating func receiveServer(_ bytes: Span<UInt8>, at position: Position) {
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
          if case .handshake = phase {
            recorder.find(
              .tlsReplyInjection, frame: position.frame,
              "the server sent text after it had accepted STARTTLS, before TLS began")
          }
          serverPhase = .replies
        }
      case .replies:
        guard let statement = serverFramer.next(in: bytes, from: &index, at: position) else {
          return
        }
        receiveServer(statement)
      }
    }
  }

  private mutating func receiveServer(_ statement: ManageSieveStatement) {
    let line = statement.line
    let status = ManageSieveGrammar.status(of: line.span)
    if skipsServer {
      guard status != nil else { return }
      skipsServer = false
      while queue.count > 1, queue[0].isDoubtful { queue.removeFirst() }
    }
    check(statement, of: .server)
    if let status { return complete(statement, status) }
    let words = statement.parts.first?.words ?? []
    let isData = words.first.map { $0.kind == .string || $0.kind == .literal } == true
    guard isData else {
      recorder.find(
        .sieveReplySyntax, frame: statement.start.frame,
        "neither a string nor a status: \(Phrase.quote(statement.text))")
      return add(statement, to: nil) { $0.text = statement.text }
    }
    let isChallenge = words.count == 1 && reply == nil && !statement.isCut
    if isChallenge, let place = queue.firstIndex(where: { $0.verb == .authenticate }),
      queue[place].hadArrived(at: statement.start),
      !queue[..<place].contains(where: { $0.verb?.hasData == true })
    {
      passOver(place)
      return challenge(statement)
    }
    collect(statement)
  }

  /// A line of strings, before the status.
  private mutating func collect(_ statement: ManageSieveStatement) {
    var open = reply ?? OpenReply(start: statement.start, end: statement.end)
    reply = nil
    open.end = statement.end
    open.length += statement.length
    let lines =
      statement.parts.first?.literal.map(Self.lines)
      ?? [String(decoding: statement.line, as: UTF8.self)]
    for line in lines where recorder.hasRoom(for: line.elementBytes, else: .linesPerReply) {
      open.lines.append(line)
      open.counted += line.elementBytes
    }
    let arguments = statement.arguments
    if let name = arguments.first, name.kind == .string, open.pairs.count < Self.pairLimit {
      open.pairs.append((name.text, arguments.dropFirst().first?.text ?? ""))
    }
    reply = open
  }
  private static let pairLimit = 1_000

  /// A challenge of the `AUTHENTICATE` that waits (RFC 5804 section 2.1).
  private mutating func challenge(_ statement: ManageSieveStatement) {
    let text = statement.arguments.first?.text ?? ""
    let error = sasl?.exchange.error(in: text) ?? []
    add(statement, to: queue.first?.exchange, decoded: error) { reply in
      reply.text = text
      reply.shown = Self.shown(statement)
    }
    sasl?.exchange.challenge(text)
    if let sasl { recorder.keep(sasl.exchange, in: sasl.authentication) }
    if case .undecided(.response) = phase { release(as: .response) }
  }

  /// Records a reply that is one statement.
  private mutating func add(
    _ statement: ManageSieveStatement, to exchange: Int?, decoded: [SASLField] = [],
    _ fill: (inout StatusReply) -> Void
  ) {
    var content = StatusReply(status: "", text: "")
    fill(&content)
    var reply = Reply(
      content: .status(content), position: statement.start, end: statement.end,
      length: statement.length)
    reply.decoded = decoded
    recorder.add(reply, to: exchange)
  }

  /// As it was sent, line by line, the text of a literal after the line that announces it.
  private static func shown(_ statement: ManageSieveStatement) -> [String] {
    statement.parts.flatMap { part in
      let line = String(decoding: part.line, as: UTF8.self)
      return (line.isEmpty ? [] : [line]) + (part.literal.map(lines) ?? [])
    }
  }

  /// A status: with the lines before it, it is a reply.
  private mutating func complete(_ statement: ManageSieveStatement, _ status: ManageSieveStatus) {
    let data = reply
    reply = nil
    var content = StatusReply(status: status.rawValue, text: "")
    for argument in statement.arguments.dropFirst() {
      switch argument.kind {
      case .code: content.code = content.code ?? argument.text
      case .string, .literal: content.text = argument.text
      case .atom: break
      }
    }
    content.shown = Self.shown(statement)
    if let data {
      (content.lines, content.lineCount) = (data.lines, data.lines.count)
      content.linesComeFirst = true
    }
    let made = Reply(
      content: .status(content), position: data?.start ?? statement.start, end: statement.end,
      length: statement.length + (data?.length ?? 0))
    answer(made, content, status, data)
  }

  private mutating func answer(
    _ made: Reply, _ content: StatusReply, _ status: ManageSieveStatus, _ data: OpenReply?
  ) {
    if status == .bye { facts.bye = made.position }
    let isAboutServer =
      data?.pairs.contains { $0.name.equals(ignoringCase: "IMPLEMENTATION") } == true
    if facts.awaitsGreeting {
      facts.awaitsGreeting = false
      if isAboutServer || queue.first?.hadArrived(at: made.position) != true {
        recorder.edit { $0.greeting = made }
        if status != .ok { facts.isRefused = true }
        return noteCapabilities(data)
      }
    }
    if facts.awaitsCapabilities, isAboutServer, queue.first?.verb != .capability {
      facts.awaitsCapabilities = false
      noteCapabilities(data)
      return recorder.add(made, to: nil, counted: data?.counted ?? 0)
    }
    guard let place = place(of: made, hasData: data != nil) else {
      // A server that closes on its own account says so.
      if status != .bye { findStrayReply(made.position) }
      return recorder.add(made, to: nil, counted: data?.counted ?? 0)
    }
    passOver(place)
    let pending = queue.removeFirst()
    recorder.add(made, to: pending.exchange, counted: data?.counted ?? 0)
    settle(pending, made, content, status, data)
  }

  /// The command that a reply answers, by its place in the queue: only some have lines before the status.
  private func place(of reply: Reply, hasData: Bool) -> Int? {
    guard let first = queue.first, first.hadArrived(at: reply.position) else { return nil }
    guard hasData, first.verb.map({ !$0.hasData }) == true, !facts.serverGap else { return 0 }
    return queue.firstIndex { $0.verb?.hasData == true && $0.hadArrived(at: reply.position) } ?? 0
  }

  /// The commands before `place` in the queue were never answered: what came cannot be theirs.
  private mutating func passOver(_ place: Int) {
    for pending in queue[..<place] where !pending.isDoubtful {
      recorder.find(
        .sieveNoAnswer, frame: pending.start.frame,
        "\(Phrase.quote(pending.name)) was never answered, what was sent after it was")
    }
    queue.removeFirst(place)
  }

  /// The lines of a reply whose status never came.
  mutating func closeReply() {
    guard let open = reply else { return }
    reply = nil
    var content = StatusReply(status: "", text: "", lineCount: open.lines.count, lines: open.lines)
    content.linesComeFirst = true
    recorder.add(
      Reply(
        content: .status(content), position: open.start, end: open.end, length: open.length),
      to: queue.first?.exchange)
  }

  // MARK: What replies change

  private mutating func settle(
    _ pending: Pending, _ made: Reply, _ content: StatusReply, _ status: ManageSieveStatus,
    _ data: OpenReply?
  ) {
    let frame = made.position.frame
    let isOK = status == .ok
    switch pending.verb {
    case .authenticate: settleLogin(pending, content, isOK: isOK, frame: frame)
    case .startTLS:
      if isOK {
        acceptTLS(frame: frame)
      } else {
        if tls == .requested { tls = .clear }
        recorder.find(
          .tlsRefused, frame: frame,
          "STARTTLS was answered \(status.rawValue) \(Phrase.quote(content.text))")
        if case .undecided = phase { release(as: .command) }
      }
    case .capability where isOK: noteCapabilities(data)
    case .putScript, .checkScript:
      if isOK, pending.verb == .putScript {
        facts.storedCount += 1
        if facts.stored.count < 10 { facts.stored.append(pending.script) }
      } else if !isOK {
        facts.refused = facts.refused ?? (pending.verb == .putScript ? pending.script : "")
        recorder.find(
          .sieveScriptRefused, frame: frame,
          "\(pending.name) was answered \(status.rawValue): \(Phrase.quote(content.text.trimmingBlanks))"
        )
      }
    case .getScript where isOK: facts.retrieved += 1
    case .deleteScript where isOK: facts.deleted += 1
    case .setActive where isOK: facts.active = pending.script
    case .unauthenticate where isOK: state = .nobody
    case .logout: state = .over
    default: break
    }
  }

  private mutating func settleLogin(
    _ pending: Pending, _ content: StatusReply, isOK: Bool, frame: Int
  ) {
    // The server's last word may come with its OK (RFC 5804 section 2.1).
    if let code = content.code, code.hasPrefix(ignoringCase: "(SASL ") {
      let line = Array(code.utf8.dropFirst().dropLast())
      let words = ManageSieveGrammar.words(in: line.span)
      if words.count > 1 {
        let word = ManageSieveGrammar.unquoted(line.span.extracting(words[1].range))
        sasl?.exchange.challenge(String(decoding: word, as: UTF8.self))
        if let sasl { recorder.keep(sasl.exchange, in: sasl.authentication) }
      }
    }
    recorder.settle(pending.authentication, isOK ? .accepted : .rejected)
    if isOK { (state, facts.loginFrame) = (.loggedIn, frame) }
    if let sasl {
      recorder.checkEnd(
        of: sasl.exchange, by: "AUTHENTICATE", refusal: isOK ? nil : content.text, frame: frame)
    }
    sasl = nil
    switch phase {
    case .response, .responseOrCommand: phase = .command
    case .undecided(.response): release(as: .command)
    case .command, .undecided, .handshake, .encrypted: break
    }
  }

  private mutating func noteCapabilities(_ data: OpenReply?) {
    guard let data else { return }
    facts.capabilities = data.pairs
    if facts.value(of: "STARTTLS") != nil { facts.offeredTLS = true }
    guard let name = facts.value(of: "IMPLEMENTATION"), !name.isEmpty else { return }
    let software =
      ServerBanner.software(in: [name]) ?? Software(name: name, source: "IMPLEMENTATION")
    recorder.edit { $0.serverSoftware = software }
  }

  private mutating func acceptTLS(frame: Int) {
    beginTLS(frame: frame)
    tls = .agreed(frame: frame)
    serverPhase = .handshake
    if held.count > 0, !held.beginsRecord {
      let line = String(decoding: held.firstLine, as: UTF8.self)
      recorder.holdSecrets(of: line)
      recorder.find(
        .tlsCommandInjection, frame: held.firstFrame,
        "sent in the clear after STARTTLS, before its reply: \(Phrase.quote(line))")
      release(as: .command)
      held = HeldBytes()
      queue.removeAll()
      clientFramer.discard()
      phase = .handshake
    } else {
      release(as: .handshake)
    }
  }

  /// The client's TLS begins: what the server sent in the clear until now is over.
  mutating func expectTLSOfServer() {
    guard serverPhase == .replies else { return }
    serverFramer.discard()
    closeReply()
    serverPhase = .handshake
  }
}

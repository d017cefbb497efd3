// The server's side of an IMAP dialogue: it frames itself.

import Fields

extension IMAPDialogue {
  mutating func receiveServer<Sink: MessageSink>(
    _ bytes: Span<UInt8>, at position: Position, to sink: inout Sink
  ) {
    var index = 0
    while index < bytes.count {
      switch serverPhase {
      case .encoded:
        return pendingSwitch.add(
          bytes.extracting(index...), from: .server, at: position.advanced(by: index))
      case .handshake:
        if TLSUse.beginsRecord(bytes[index]) {
          serverPhase = .encoded(.tls)
          pendingSwitch.begin(.tls, .server, at: position.streamOffset + index)
        } else {
          findReplyAfterTLS(at: position.advanced(by: index))
          serverPhase = .line
          facts.capabilities = nil
        }
      case .literal(let remaining):
        let count = min(remaining, bytes.count - index)
        receiveLiteral(
          bytes.extracting(index..<(index + count)), at: position.advanced(by: index), to: &sink)
        index += count
        serverPhase = .literal(remaining - count)
        if remaining == count { endServerLiteral(isComplete: true, to: &sink) }
      case .line, .lost:
        guard let line = serverFramer.next(in: bytes, from: &index, at: position) else { return }
        if line.dropped > 0 { ending = serverFramer.lastBytes(of: line, in: bytes) }
        receiveServer(line, serverFramer.bytes(of: line, in: bytes).copied, to: &sink)
        readHeld(to: &sink)
      }
    }
  }

  private mutating func receiveServer<Sink: MessageSink>(
    _ line: LineFramer.Line, _ bytes: [UInt8], to sink: inout Sink
  ) {
    guard response.isEmpty else { return continueResponse(line, bytes, to: &sink) }
    if serverPhase == .lost {
      guard IMAPGrammar.beginsResponse(bytes.span) else { return }
      serverPhase = .line
    }
    checkLine(line, of: .server)
    switch IMAPResponseHead(bytes.span) {
    case .data(let head):
      response.value = OpenResponse(head, line)
      continueResponse(line, bytes, to: &sink)
    case .continuation(let text):
      let status = StatusText(String(decoding: bytes[text...], as: UTF8.self))
      let content = IMAPReply(tag: "+", status: "", code: status.code, text: status.text)
      receiveContinuation(Reply(line, content), to: &sink)
    case .completion(let tag, let status, let text):
      let tag = String(decoding: bytes[tag], as: UTF8.self)
      let rest = StatusText(String(decoding: bytes[text...], as: UTF8.self))
      receiveCompletion(
        Completion(
          status: status,
          reply: IMAPReply(tag: tag, status: status.rawValue, code: rest.code, text: rest.text),
          position: line.start, end: line.end), line)
    case .none:
      facts.isFirstResponse = false
      let text = String(decoding: bytes, as: UTF8.self)
      recorder.find(
        .imapResponseSyntax, frame: line.start.frame,
        "no response of IMAP: \(text.isEmpty ? "an empty line" : Phrase.quote(text))")
      recorder.add(Reply(line, IMAPReply(tag: "", status: "", text: text)), to: nil)
    }
  }

  // MARK: Untagged data

  /// A line of an untagged response: its first, or what follows a literal.
  private mutating func continueResponse<Sink: MessageSink>(
    _ line: LineFramer.Line, _ bytes: [UInt8], to sink: inout Sink
  ) {
    guard var open = response.take() else { return }
    if open.followsLiteral, let first = bytes.first, first != .space, first != UInt8(ascii: ")") {
      recorder.find(
        .imapLiteralLength, frame: line.start.frame,
        "after a literal of \(open.head.name) comes \(Phrase.quote(String(decoding: bytes.prefix(20), as: UTF8.self)))"
      )
      response.value = open
      closeResponse(to: &sink)
      serverPhase = .lost
      return receiveServer(line, bytes, to: &sink)
    }
    open.length += line.length
    open.end = line.end
    open.followsLiteral = false
    open.isOverLimit =
      open.isOverLimit || open.text.bytes.count + bytes.count > Self.textLimit
    if !open.isOverLimit { open.text.bytes += bytes }
    let isCut = open.isOverLimit || line.dropped > 0
    let ending = line.dropped > 0 ? self.ending : bytes
    guard open.head.takesLiterals, let literal = LiteralAnnouncement(endOf: ending.span) else {
      if open.head.kind == .fetch, !open.isOverLimit { open.items.read(open.text, isLast: true) }
      open.isOverLimit = isCut
      response.value = open
      return closeResponse(to: &sink)
    }
    var section: BodySection?
    if open.head.kind == .fetch {
      let text = isCut ? ending : open.text.bytes
      section = BodySection(endOf: text.span.extracting(droppingLast: literal.length))
    }
    if !isCut {
      let end = open.text.bytes.count
      open.text.literals.append(
        IMAPText.Literal(announcement: end - literal.length..<end, count: literal.count))
    }
    if open.head.kind == .fetch, !open.isOverLimit { open.items.read(open.text, isLast: isCut) }
    open.isOverLimit = isCut
    open.content = section == nil && literal.count <= Self.literalLimit ? [] : nil
    response.value = open
    sendQuotedBodies(to: &sink)
    if let section { openMessage(section, at: line.end, to: &sink) }
    serverPhase = .literal(literal.count)
    if literal.count == 0 { endServerLiteral(isComplete: true, to: &sink) }
  }

  private mutating func openMessage<Sink: MessageSink>(
    _ section: BodySection, at position: Position, to sink: inout Sink
  ) {
    var message = Message(direction: .retrieved, transfer: .fetch, start: position)
    message.mailbox = facts.mailbox
    let index = recorder.open(message, in: nil)
    serverLiteral.message = index
    response.change { $0.messages.append((section, index)) }
    if let index { sink.begin(index) }
  }

  private mutating func receiveLiteral<Sink: MessageSink>(
    _ bytes: Span<UInt8>, at position: Position, to sink: inout Sink
  ) {
    serverLiteral.received += bytes.count
    serverLiteral.end = position.advanced(by: bytes.count - 1)
    if let index = serverLiteral.message {
      recorder.extend(index, by: bytes.count, at: position)
      sink.receive(bytes, of: index)
    } else {
      response.change { $0.content?.append(contentsOf: bytes.copied) }
    }
  }

  private mutating func endServerLiteral<Sink: MessageSink>(
    isComplete: Bool, to sink: inout Sink
  ) {
    serverPhase = .line
    let literal = serverLiteral
    serverLiteral = OpenLiteral()
    let isWhole = isComplete && !literal.isDamaged
    response.change {
      $0.length += literal.received
      $0.end = literal.end ?? $0.end
      $0.followsLiteral = true
      guard literal.message == nil, isWhole, !$0.isOverLimit, let content = $0.content.take(),
        let last = $0.text.literals.indices.last
      else { return }
      $0.text.literals[last].content = content
    }
    guard let index = literal.message else { return }
    recorder.edit {
      $0.messages[index].complete = isWhole
      $0.messages[index].outcome = isWhole ? .retrieved : .incomplete
    }
    sink.end(index)
  }

  /// Bodies that came as quoted strings are messages too.
  private mutating func sendQuotedBodies<Sink: MessageSink>(to sink: inout Sink) {
    let bodies = response.change { open in
      let fresh = open.itemsSent..<max(open.itemsSent, open.items.words.count / 2)
      open.itemsSent = fresh.upperBound
      return fresh.compactMap { item -> (section: BodySection, content: [UInt8], end: Position)? in
        let (name, value) = (open.items.words[2 * item], open.items.words[2 * item + 1])
        guard value.kind == .quoted, let section = BodySection(open.text.string(name.range))
        else { return nil }
        return (section, open.text.value(of: value), open.end)
      }
    }
    for (section, content, end) in bodies ?? [] {
      openMessage(section, at: end, to: &sink)
      receiveLiteral(content.span, at: end, to: &sink)
      (serverLiteral.received, serverLiteral.end) = (0, nil)
      endServerLiteral(isComplete: true, to: &sink)
      response.change { $0.followsLiteral = false }
    }
  }

  /// The response is complete, or will not go on.
  mutating func closeResponse<Sink: MessageSink>(to sink: inout Sink) {
    sendQuotedBodies(to: &sink)
    guard let open = response.take() else { return }
    if open.isOverLimit { recorder.drop(.text) }
    if open.head.kind == .fetch { checkFetch(open) }
    let made = IMAPUntagged(
      kind: open.head.name, number: open.head.number,
      text: open.text.string(min(2, open.text.bytes.count)..<open.text.bytes.count),
      items: items(of: open), position: open.start, end: open.end, length: open.length, order: 0)
    settleMessages(of: open, made)
    if facts.isFirstResponse {
      facts.isFirstResponse = false
      if !recorder.session.midstream, open.head.kind?.isStatus == true {
        return greet(made, open.head.kind)
      }
    }
    note(made, open.head.kind)
    keep(made, open)
  }

  private func items(of open: OpenResponse) -> [IMAPItem] {
    open.head.kind == .fetch
      ? UntaggedItems.fetch(open.items.words, open.text)
      : UntaggedItems.items(of: open.head.kind, open.text, from: open.head.rest)
  }

  /// UID, section and size of the messages within a FETCH response, which may come after their bytes.
  private mutating func settleMessages(of open: OpenResponse, _ made: IMAPUntagged) {
    guard open.head.kind == .fetch else { return }
    func number(_ name: String) -> UInt64? {
      made.items.first { $0.name == name }.flatMap { UInt64($0.value) }
    }
    let uid = number("UID")
    let announced = number("RFC822.SIZE").flatMap { Int(exactly: $0) }
    if let uid, let announced, facts.sizes.count < IMAPFacts.sizesLimit {
      facts.sizes[uid] = announced
    }
    let size = announced ?? uid.flatMap { facts.sizes[$0] }
    for (section, index) in open.messages {
      guard let index else { continue }
      let message = recorder.session.messages[index]
      let coversAll = section.part.isEmpty && section.origin == 0 && message.size == size
      let isWhole = section.isWhole || coversAll
      recorder.edit {
        $0.messages[index].uid = uid
        if !isWhole {
          $0.messages[index].section =
            section.part + (section.origin.map { "<\($0).\(message.size)>" } ?? "")
        }
      }
      guard isWhole, message.complete else { continue }
      facts.retrieved += 1
      if let size, size != message.size {
        recorder.find(
          .imapBodySize, frame: message.start.frame,
          "RFC822.SIZE is \(size.grouped), \(message.size.grouped) bytes came")
      }
    }
  }

  private mutating func greet(_ made: IMAPUntagged, _ kind: IMAPDataKind?) {
    let status = StatusText(of: made)
    let content = IMAPReply(tag: "*", status: made.kind, code: status.code, text: status.text)
    recorder.edit {
      $0.greeting = Reply(
        content: .imap(content), position: made.position, end: made.end, length: made.length,
        order: 0)
      $0.serverSoftware = $0.serverSoftware ?? ServerBanner.software(in: [status.text])
    }
    if let code = status.code { noteCode(code, frame: made.position.frame) }
    switch kind {
    case .preauth: state = .authenticated
    case .bye: facts.isRefused = true
    default: break
    }
    checkBeforeGreeting(made.position)
  }

  /// What untagged data changes.
  private mutating func note(_ made: IMAPUntagged, _ kind: IMAPDataKind?) {
    let frame = made.position.frame
    if state == .loggedOut {
      recorder.findOnce(.imapAfterLogout, frame: frame, "\(made.kind) came after the end of LOGOUT")
    }
    switch kind {
    case .capability: noteCapabilities(made.items.map(\.value), frame: frame)
    case .bye: facts.bye = (String(made.text.dropFirst(4)), frame)
    case .exists: noteExists(made.number, frame: frame)
    case .expunge: facts.exists = facts.exists.map { $0 > 0 ? $0 - 1 : 0 }
    case .vanished: facts.exists = nil
    case .id:
      if let software = UntaggedItems.software(made.items) {
        recorder.edit { $0.serverSoftware = software }
      }
    case .ok, .no, .bad, .preauth:
      if let code = StatusText(of: made).code { noteCode(code, frame: frame) }
    default: checkUntagged(made)
    }
  }

  private mutating func noteCode(_ code: String, frame: Int) {
    let (name, argument) = StatusText.split(code)
    switch name {
    case "CAPABILITY":
      noteCapabilities(argument.split(atByte: .space).map(String.init), frame: frame)
    case "CLOSED": facts.exists = nil
    default: break
    }
  }

  /// Untagged data waits for the completion that it belongs to.
  private mutating func keep(_ made: IMAPUntagged, _ open: OpenResponse) {
    var data = UntaggedData(
      number: facts.untaggedSeen, kind: open.head.kind, position: made.position, response: made,
      messages: open.messages.compactMap(\.index))
    facts.untaggedSeen += 1
    if data.kind == .esearch { data.tag = made.items.first { $0.name == "TAG" }?.value }
    let text = made.text.utf8.count + made.items.reduce(0) { $0 + $1.value.utf8.count }
    if untaggedCount < recorder.options.linesPerReplyLimit,
      storedUntagged + text <= recorder.options.storedTextLimit
    {
      storedUntagged += text
    } else {
      recorder.drop(.untagged)
      guard !data.messages.isEmpty else { return }
      data.response = nil
    }
    wait(for: data)
  }

  // MARK: Continuations and completions

  private mutating func receiveContinuation<Sink: MessageSink>(
    _ reply: Reply, to sink: inout Sink
  ) {
    facts.isFirstResponse = false
    let frame = reply.position.frame
    switch clientPhase {
    case .undecided(.literal):
      if !held.isEmpty {
        recorder.find(
          .imapLiteralNotAwaited, frame: held.firstFrame,
          "the literal of \(command.value?.verb.name ?? "") was sent before the server asked for it"
        )
      }
      recorder.add(reply, to: command.value?.exchange)
      return acceptLiteral(to: &sink)
    case .undecided(.sasl):
      recorder.add(reply, to: pending.last { $0.verb.command == .authenticate }?.exchange)
      challenge(reply)
      clientPhase = clientPhase.whenContinued
      return
    default: break
    }
    if let idle = pending.last(where: { $0.verb.command == .idle }) {
      return recorder.add(reply, to: idle.exchange)
    }
    // Captured before what it answers, or out of place: the end of the session tells.
    recorder.add(reply, to: command.value?.exchange ?? pending.last?.exchange)
    if pending.last?.verb.command == .authenticate { challenge(reply) }
    if earlyContinuations.count < recorder.options.pendingCommandLimit {
      earlyContinuations.append((reply.position.time, frame))
    }
  }

  private mutating func challenge(_ reply: Reply) {
    guard var current = sasl, case .imap(let content) = reply.content else { return }
    current.exchange.challenge(content.text)
    sasl = current
    if let authentication = current.authentication {
      recorder.keep(current.exchange, in: authentication)
    }
  }

  private mutating func receiveCompletion(_ completion: Completion, _ line: LineFramer.Line) {
    facts.isFirstResponse = false
    if state == .loggedOut {
      recorder.findOnce(
        .imapAfterLogout, frame: line.start.frame,
        "\(completion.status.rawValue) came after the end of LOGOUT")
    }
    guard let index = pending.firstIndex(where: { $0.tag == completion.reply.tag }) else {
      let data = takeData(of: nil)
      let exchange = recorder.open(nil)
      add(completion.reply, data, line, to: exchange)
      if let code = completion.reply.code { noteCode(code, frame: line.start.frame) }
      if orphans.count < recorder.options.pendingCommandLimit {
        orphans[completion.reply.tag] = Orphan(exchange: exchange, completion: completion)
      }
      return
    }
    add(completion.reply, takeData(of: index), line, to: pending[index].exchange)
    settle(completion)
  }

  /// What a completion means for the state, the login and what the client sends next.
  mutating func settle(_ completion: Completion) {
    guard let index = pending.firstIndex(where: { $0.tag == completion.reply.tag }) else { return }
    let completed = pending.remove(at: index)
    let isOK = completion.status == .ok
    let (reply, frame) = (completion.reply, completion.position.frame)
    settleClient(completed, completion)
    if let code = reply.code { noteCode(code, frame: frame) }
    if let authentication = completed.authentication {
      recorder.settle(authentication, isOK ? .accepted : .rejected)
      if completed.verb.command == .authenticate {
        if let exchange = sasl?.exchange {
          recorder.checkEnd(
            of: exchange, by: completed.verb.name, refusal: isOK ? nil : reply.text, frame: frame)
        }
        sasl = nil
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
      facts.sizes = [:]
    case .close, .unselect:
      if isOK { (state, facts.mailbox, facts.exists) = (.authenticated, nil, nil) }
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
    if let code {
      let (name, argument) = StatusText.split(code)
      if name == "APPENDUID" { uid = argument.split(atByte: .space).last.flatMap { UInt64($0) } }
    }
    if isOK { facts.appended += messages.count }
    recorder.edit {
      for index in messages {
        $0.messages[index].outcome = isOK ? .accepted : .rejected
        if messages.count == 1 { $0.messages[index].uid = uid }
      }
    }
  }

  /// What the client sends next, if it waited for this.
  private mutating func settleClient(_ completed: PendingCommand, _ completion: Completion) {
    let isOK = completion.status == .ok
    if let open = command.value, open.start == completed.start {
      if case .undecided(.literal) = clientPhase {
        recorder.find(
          .imapLiteralRefused, frame: completion.position.frame,
          "\(completed.verb.name) was refused before its literal was sent")
        closeCommand()
        clientPhase = .line
      } else {
        // The rest of the command still comes.
        command.change { $0.isCompleted = true }
        settleAppend(open.messages, isOK: isOK, code: nil)
      }
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

  // MARK: Gaps and the end

  mutating func gapOfServer<Sink: MessageSink>(
    _ length: Int, at position: Position, to sink: inout Sink
  ) {
    switch serverPhase {
    case .literal(let remaining):
      if let index = serverLiteral.message { sink.gap(min(length, remaining), in: index) }
      response.change { $0.content = nil }
      serverLiteral.isDamaged = true
      if length < remaining {
        serverPhase = .literal(remaining - length)
      } else {
        endServerLiteral(isComplete: false, to: &sink)
        if length > remaining { loseResponse(to: &sink) }
      }
    case .line, .lost: loseResponse(to: &sink)
    case .handshake, .encoded: break
    }
  }

  private mutating func loseResponse<Sink: MessageSink>(to sink: inout Sink) {
    serverFramer.discard()
    closeResponse(to: &sink)
    serverPhase = .lost
  }

  mutating func finishServer<Sink: MessageSink>(to sink: inout Sink) {
    if case .literal = serverPhase {
      if let index = serverLiteral.message { cutOff("FETCH", message: index) }
      endServerLiteral(isComplete: false, to: &sink)
    }
    closeResponse(to: &sink)
  }
}

extension Reply {
  init(_ line: LineFramer.Line, _ content: IMAPReply) {
    self.init(
      content: .imap(content), position: line.start, end: line.end, length: line.length, order: 0)
  }
}

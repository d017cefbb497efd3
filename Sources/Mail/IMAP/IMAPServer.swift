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
        if remaining > count { continue }
        // Where a completion was in it, the next line tells whether it was of the literal.
        if serverLiteral.completionFrame == nil {
          addHeld(to: &sink)
          endServerLiteral(isComplete: true, to: &sink)
        } else {
          serverPhase = .line
        }
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
    if serverLiteral.completionFrame != nil { decideLongLiteral(before: bytes, to: &sink) }
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
          position: line.start, end: line.end), line, to: &sink)
    case .none:
      facts.isFirstResponse = false
      let text = String(decoding: bytes, as: UTF8.self)
      recorder.find(
        .imapResponseSyntax, frame: line.start.frame,
        "no response of IMAP: \(text.isEmpty ? "an empty line" : Phrase.quote(text))")
      recorder.add(Reply(line, IMAPReply(tag: "", status: "", text: text)), to: nil)
    }
  }

  /// The line that follows a literal says whether that ended where it was announced to.
  private mutating func decideLongLiteral<Sink: MessageSink>(
    before line: [UInt8], to sink: inout Sink
  ) {
    if let first = line.first, first != .space, first != UInt8(ascii: ")") {
      endLongLiteral(to: &sink)
    } else {
      addHeld(to: &sink)
      endServerLiteral(isComplete: true, to: &sink)
    }
  }

  /// The server's last line has no line end, and what comes now begins another: between the two the server had more from
  /// the client, so that it cannot be the rest of the line.
  mutating func endBrokenLine<Sink: MessageSink>(
    before bytes: Span<UInt8>, at position: Position, to sink: inout Sink
  ) {
    guard serverFramer.hasPartialLine, let last = facts.serverEnd, let before = last.acknowledged,
      let reach = position.acknowledged, reach > before, beginsAnother(bytes)
    else { return }
    endLine(at: last, goesOnAt: position, to: &sink)
  }

  private func beginsAnother(_ bytes: Span<UInt8>) -> Bool {
    switch IMAPResponseHead(bytes.extracting(first: min(bytes.count, 128))) {
    case .data(let head): head.kind != nil
    case .continuation: true
    case .completion: completes(bytes.extracting(first: min(bytes.count, 128)))
    case .none: false
    }
  }

  /// Takes an unfinished line for a whole one, where it is a status, whose text may end anywhere.
  private mutating func endLine<Sink: MessageSink>(
    at end: Position, goesOnAt next: Position?, to sink: inout Sink
  ) {
    guard serverPhase == .line, response.isEmpty else { return }
    switch IMAPResponseHead(serverFramer.partial) {
    case .data(let head) where head.kind?.isStatus == true: break
    case .completion, .continuation: break
    case .data, .none: return
    }
    guard let line = serverFramer.cut(at: end) else { return }
    let none: [UInt8] = []
    let bytes = serverFramer.bytes(of: line, in: none.span).copied
    findUnendedLine(bytes, line, goesOnAt: next)
    receiveServer(line, bytes, to: &sink)
    readHeld(to: &sink)
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
    serverLiteral.count = literal.count
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

  /// Bytes of the server's literal, or of what comes after it, where its announced length is too long.
  private mutating func receiveLiteral<Sink: MessageSink>(
    _ bytes: Span<UInt8>, at position: Position, to sink: inout Sink
  ) {
    if isReadingAgain { return add(bytes, at: position, to: &sink) }
    // Taken out, so that it is changed in place.
    var scan = LiteralScan()
    swap(&scan, &serverLiteral.scan)
    defer { serverLiteral.scan = scan }
    var index = 0
    while index < bytes.count {
      let start = index
      let found = scan.next(in: bytes, from: &index) { completes($0) }
      let piece = bytes.extracting(start..<index)
      if found == .text {
        add(piece, at: position.advanced(by: start), to: &sink)
        continue
      }
      serverLiteral.after.append(piece, at: position.advanced(by: start))
      if found == .completion {
        serverLiteral.completionFrame = position.frame
      } else if found == .refuted || serverLiteral.after.count > OpenLiteral.afterLimit {
        if found != .refuted { scan.forget() }
        addHeld(to: &sink)
      }
    }
  }

  /// Is the line the completion of a command that waits?
  private func completes(_ line: Span<UInt8>) -> Bool {
    guard case .completion(let tag, _, _) = IMAPResponseHead(line) else { return false }
    let name = line.extracting(tag).text
    return pending.contains { $0.tag == name }
  }

  private mutating func add<Sink: MessageSink>(
    _ bytes: Span<UInt8>, at position: Position, to sink: inout Sink
  ) {
    guard !bytes.isEmpty else { return }
    serverLiteral.received += bytes.count
    serverLiteral.end = position.advanced(by: bytes.count - 1)
    if let index = serverLiteral.message {
      recorder.extend(index, by: bytes.count, at: position)
      sink.receive(bytes, of: index)
    } else {
      response.change { $0.content?.append(contentsOf: bytes.copied) }
    }
  }

  /// What might have come after the literal was of it.
  private mutating func addHeld<Sink: MessageSink>(to sink: inout Sink) {
    let held = serverLiteral.after
    serverLiteral.after = HeldBytes()
    serverLiteral.completionFrame = nil
    for case .bytes(let bytes, let position) in held.all {
      add(bytes.span, at: position, to: &sink)
    }
  }

  /// The literal ended before the place that was announced for its end: what was held comes after it.
  private mutating func endLongLiteral<Sink: MessageSink>(to sink: inout Sink) {
    guard let frame = serverLiteral.completionFrame else { return }
    let (held, announced) = (serverLiteral.after, serverLiteral.count)
    let received = serverLiteral.received
    serverLiteral.after = HeldBytes()
    facts.longLiteral = facts.longLiteral ?? (announced, received)
    findLongLiteral(announced: announced, received: received, frame: frame)
    endServerLiteral(isComplete: false, to: &sink)
    isReadingAgain = true
    for case .bytes(let bytes, let position) in held.all {
      receiveServer(bytes.span, at: position, to: &sink)
    }
    isReadingAgain = false
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
      add(content.span, at: end, to: &sink)
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
    let made = IMAPUntagged(
      kind: open.head.name, number: open.head.number,
      text: open.text.string(
        min(2, open.text.bytes.count)..<open.text.bytes.count, withLiterals: true),
      items: checkedItems(of: open), position: open.start, end: open.end, length: open.length,
      order: 0)
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

  /// UID, section and size of the messages within a FETCH response, which may come after their bytes.
  private mutating func settleMessages(of open: OpenResponse, _ made: IMAPUntagged) {
    guard open.head.kind == .fetch else { return }
    func number(_ name: String) -> UInt64? {
      made.items.first { $0.name == name }.flatMap { UInt64($0.value) }
    }
    let uid = number("UID")
    let announced = number("RFC822.SIZE").flatMap { Int(exactly: $0) }
    if let uid, facts.uids.count < IMAPFacts.uidLimit {
      facts.uids.insert(uid)
      if let announced { facts.sizes[uid] = announced }
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
    case .expunge:
      facts.exists = facts.exists.map { $0 > 0 ? $0 - 1 : 0 }
      facts.uids = []
    case .vanished: (facts.exists, facts.uids) = (nil, [])
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
      facts.hasDroppedData = true
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
    case .undecided(.literal) where hasReceived(questionEnd, reply.position):
      if !held.isEmpty { findUnawaitedLiteral(frame: held.firstFrame) }
      recorder.add(reply, to: command.value?.exchange)
      return acceptLiteral(to: &sink)
    case .undecided(.sasl) where hasReceived(questionEnd, reply.position):
      recorder.add(reply, to: pending.last { $0.verb.command == .authenticate }?.exchange)
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

  private mutating func challenge(_ reply: Reply) {
    guard var current = sasl, case .imap(let content) = reply.content else { return }
    current.exchange.challenge(content.text)
    sasl = current
    if let authentication = current.authentication {
      recorder.keep(current.exchange, in: authentication)
    }
  }

  private mutating func receiveCompletion<Sink: MessageSink>(
    _ completion: Completion, _ line: LineFramer.Line, to sink: inout Sink
  ) {
    facts.isFirstResponse = false
    if state == .loggedOut {
      recorder.findOnce(
        .imapAfterLogout, frame: line.start.frame,
        "\(completion.status.rawValue) came after the end of LOGOUT")
    }
    let answered = pending.firstIndex {
      $0.tag == completion.reply.tag && hasReceived($0.start.streamOffset, completion.position)
    }
    guard let index = answered else {
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
    settle(completion, to: &sink)
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
  mutating func settle<Sink: MessageSink>(_ completion: Completion, to sink: inout Sink) {
    guard let index = pending.firstIndex(where: { $0.tag == completion.reply.tag }) else { return }
    settleClient(pending[index], completion, to: &sink)
    let completed = pending.remove(at: index)
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
      (facts.sizes, facts.uids) = ([:], [])
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
  private mutating func settleClient<Sink: MessageSink>(
    _ completed: PendingCommand, _ completion: Completion, to sink: inout Sink
  ) {
    let isOK = completion.status == .ok
    if let open = command.value, open.start == completed.start {
      guard case .undecided(.literal) = clientPhase else {
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

  // MARK: Gaps and the end

  mutating func gapOfServer<Sink: MessageSink>(
    _ length: Int, at position: Position, to sink: inout Sink
  ) {
    switch serverPhase {
    case .literal(let remaining):
      addHeld(to: &sink)
      serverLiteral.scan.forget()
      if let index = serverLiteral.message { sink.gap(min(length, remaining), in: index) }
      response.change { $0.content = nil }
      serverLiteral.isDamaged = true
      if length < remaining {
        serverPhase = .literal(remaining - length)
      } else {
        endServerLiteral(isComplete: false, to: &sink)
        if length > remaining { loseResponse(to: &sink) }
      }
    case .line, .lost:
      if serverLiteral.completionFrame != nil { decideLongLiteral(before: [], to: &sink) }
      loseResponse(to: &sink)
    case .handshake, .encoded: break
    }
  }

  private mutating func loseResponse<Sink: MessageSink>(to sink: inout Sink) {
    serverFramer.discard()
    closeResponse(to: &sink)
    serverPhase = .lost
  }

  mutating func finishServer<Sink: MessageSink>(
    _ close: SessionClose, to sink: inout Sink
  ) {
    endLongLiteral(to: &sink)
    if case .literal = serverPhase {
      addHeld(to: &sink)
      if let index = serverLiteral.message { cutOff("FETCH", message: index) }
      endServerLiteral(isComplete: false, to: &sink)
    }
    // A capture that just ends does not say that the line did.
    if close != .open, let end = facts.serverEnd { endLine(at: end, goesOnAt: nil, to: &sink) }
    closeResponse(to: &sink)
  }
}

extension Reply {
  init(_ line: LineFramer.Line, _ content: IMAPReply) {
    self.init(
      content: .imap(content), position: line.start, end: line.end, length: line.length, order: 0)
  }
}

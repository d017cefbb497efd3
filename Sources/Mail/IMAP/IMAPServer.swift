// The server's side of an IMAP dialogue: it frames itself.

import Fields

extension IMAPDialogue {
  mutating func receiveServer<Sink: MessageSink>(
    _ bytes: Span<UInt8>, at position: Position, to sink: inout Sink
  ) {
    var index = 0
    while index < bytes.count {
      switch serverMode {
      case .encrypted, .compressed:
        return pendingSwitch.add(
          bytes.extracting(index..<bytes.count), from: .server, at: position.advanced(by: index))
      case .handshake:
        if TLSUse.beginsRecord(bytes[index]) {
          serverMode = .encrypted
          pendingSwitch.begin(.tls, .server, at: position.streamOffset + index)
        } else {
          findReplyAfterTLS(at: position.advanced(by: index))
          resume(.server)
        }
      case .literal(let remaining):
        let count = min(remaining, bytes.count - index)
        receiveLiteral(
          bytes.extracting(index..<(index + count)), at: position.advanced(by: index), to: &sink)
        index += count
        serverMode = .literal(remaining - count)
        if remaining == count { endServerLiteral(isComplete: true, to: &sink) }
      case .lines:
        guard let line = serverFramer.next(in: bytes, from: &index, at: position) else { return }
        if line.dropped > 0 { ending = serverFramer.lastBytes(of: line, in: bytes) }
        receiveServer(line, serverFramer.bytes(of: line, in: bytes).copied, to: &sink)
      }
    }
  }

  private static let statuses: Set<String> = ["OK", "NO", "BAD", "BYE", "PREAUTH"]

  /// `* …`, `+ …`, or a tag with its status.
  private func looksLikeResponse(_ line: [UInt8]) -> Bool {
    if line.starts(with: "+ ".utf8) { return true }
    if line.starts(with: "* ".utf8) {
      let head = UntaggedHead(line, from: 2)
      if head.number != nil {
        return ["EXISTS", "RECENT", "EXPUNGE", "FETCH"].contains(head.kind)
      }
      return Self.statuses.contains(head.kind) || IMAPCommands.known.contains(head.kind)
        || ["FLAGS", "VANISHED", "ENABLED", "QUOTA"].contains(head.kind)
    }
    let words = line.split(separator: .space, maxSplits: 2)
    guard words.count > 1, !words[0].isEmpty, words[0].allSatisfy(Self.isTagByte) else {
      return false
    }
    return ["OK", "NO", "BAD"].contains(String(decoding: words[1], as: UTF8.self).uppercasedASCII)
  }

  private mutating func receiveServer<Sink: MessageSink>(
    _ line: LineFramer.Line, _ bytes: [UInt8], to sink: inout Sink
  ) {
    if response != nil { return continueResponse(line, bytes, to: &sink) }
    if skipsServer {
      guard looksLikeResponse(bytes) else { return }
      skipsServer = false
    }
    checkLine(line, of: .server)
    if bytes.starts(with: "* ".utf8) {
      let head = UntaggedHead(bytes, from: 2)
      var new = OpenResponse(start: line.start, end: line.end, head: head)
      if head.kind == "FETCH" { new.fetch = FetchItems(from: head.rest) }
      response = new
      return continueResponse(line, bytes, to: &sink)
    }
    if bytes.first == UInt8(ascii: "+"), bytes.count == 1 || bytes[1] == .space {
      let text = StatusText(String(decoding: bytes.dropFirst(2), as: UTF8.self))
      let content = IMAPReply(tag: "+", status: "", code: text.code, text: text.text)
      return continuation(Reply(line, content), to: &sink)
    }
    receiveTagged(line, bytes, to: &sink)
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
        "after a literal of \(open.head.kind) comes \(Phrase.quote(String(decoding: bytes.prefix(20), as: UTF8.self)))"
      )
      response = open
      closeResponse(to: &sink)
      skipsServer = true
      return receiveServer(line, bytes, to: &sink)
    }
    open.length += line.length
    open.end = line.end
    open.followsLiteral = false
    open.isOverLimit = open.isOverLimit || open.text.bytes.count + bytes.count > Self.textLimit
    if !open.isOverLimit { open.text.bytes += bytes }
    if line.dropped > 0, !open.isOverLimit {
      open.fetch?.scan(open.text.bytes, to: open.text.bytes.count)
      open.isOverLimit = true
    }
    let ending = line.dropped > 0 ? self.ending : bytes
    // The text of a status is free: what looks like a literal there is none.
    guard !Self.statuses.contains(open.head.kind),
      let literal = LiteralAnnouncement(endOf: ending[...])
    else {
      if !open.isOverLimit { open.fetch?.scan(open.text.bytes, to: open.text.bytes.count) }
      response = open
      return closeResponse(to: &sink)
    }
    let end = open.text.bytes.count
    var section: BodySection?
    if !open.isOverLimit {
      let range = end - literal.length..<end
      open.fetch?.scan(open.text.bytes, to: range.lowerBound)
      section = open.fetch?.pending.flatMap { BodySection(open.text.string($0)) }
      open.fetch?.literal(open.text.literals.count, at: range)
      open.text.literals.append(IMAPText.Literal(announcement: range, count: literal.count))
    } else if open.fetch != nil {
      // Too long to be read item by item; the word before the literal tells what it is.
      let word = ending.dropLast(literal.length + 1).split(separator: .space).last
      section = word.flatMap { BodySection(String(decoding: $0, as: UTF8.self)) }
    }
    open.content = section == nil && literal.count <= Self.literalLimit ? [] : nil
    response = open
    sendQuotedBodies(to: &sink)
    if let section { openMessage(section, at: line.end, to: &sink) }
    serverMode = .literal(literal.count)
    if literal.count == 0 { endServerLiteral(isComplete: true, to: &sink) }
  }

  private mutating func openMessage<Sink: MessageSink>(
    _ section: BodySection, at position: Position, to sink: inout Sink
  ) {
    var message = Message(direction: .retrieved, transfer: .fetch, start: position)
    message.mailbox = facts.mailbox
    let index = recorder.open(message, in: nil)
    serverLiteral.message = index
    response?.messages.append((section, index))
    if let index, let start = response?.start.streamOffset {
      facts.unplaced.append((start, index))
      sink.begin(index)
    }
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
      response?.content?.append(contentsOf: bytes.copied)
    }
  }

  private mutating func endServerLiteral<Sink: MessageSink>(
    isComplete: Bool, to sink: inout Sink
  ) {
    serverMode = .lines
    let literal = serverLiteral
    serverLiteral = Literal()
    response?.length += literal.received
    if let end = literal.end { response?.end = end }
    response?.followsLiteral = true
    if let index = literal.message {
      let isWhole = isComplete && !literal.isDamaged
      recorder.edit {
        $0.messages[index].complete = isWhole
        $0.messages[index].outcome = isWhole ? .retrieved : .incomplete
      }
      sink.end(index)
    } else if isComplete, !literal.isDamaged {
      keepContent()
    }
  }

  /// A literal that is no message is complete.
  private mutating func keepContent() {
    guard var open = response.take() else { return }
    if let content = open.content.take(), !open.isOverLimit,
      let last = open.text.literals.indices.last
    {
      open.text.literals[last].content = content
    }
    response = open
  }

  /// Bodies that came as quoted strings are messages too.
  private mutating func sendQuotedBodies<Sink: MessageSink>(to sink: inout Sink) {
    guard let open = response, let items = open.fetch?.items, open.itemsSent < items.count else {
      return
    }
    response?.itemsSent = items.count
    for item in items[open.itemsSent...] where item.literal == nil {
      guard open.text.bytes[item.value].first == UInt8(ascii: "\""),
        let section = BodySection(open.text.string(item.name))
      else { continue }
      let content = IMAPTokens.unquoted(open.text.bytes[item.value])
      openMessage(section, at: open.end, to: &sink)
      receiveLiteral(content.span, at: open.end, to: &sink)
      serverLiteral.received = 0
      serverLiteral.end = nil
      endServerLiteral(isComplete: true, to: &sink)
      response?.followsLiteral = false
    }
  }

  /// The response is complete, or will not go on.
  mutating func closeResponse<Sink: MessageSink>(to sink: inout Sink) {
    sendQuotedBodies(to: &sink)
    guard let open = response else { return }
    response = nil
    if open.isOverLimit { recorder.drop(.text) }
    if open.fetch != nil { checkFetch(open) }
    let made = IMAPUntagged(
      kind: open.head.kind, number: open.head.number,
      text: open.text.string(min(2, open.text.bytes.count)..<open.text.bytes.count),
      items: items(of: open), position: open.start, end: open.end, length: open.length, order: 0)
    settleMessages(of: open, made)
    if facts.isFirstResponse {
      facts.isFirstResponse = false
      if !recorder.session.midstream, Self.statuses.contains(made.kind) { return greet(made) }
    }
    note(made, open)
    keep(made)
  }

  private func items(of open: OpenResponse) -> [IMAPItem] {
    guard let fetch = open.fetch else {
      return UntaggedData.items(open.head.kind, open.text, from: open.head.rest)
    }
    var result: [IMAPItem] = []
    for item in fetch.items {
      let name = open.text.string(item.name).uppercased()
      var value = open.text.string(item.value)
      if let literal = item.literal, let content = open.text.literals[literal].content {
        value = String(decoding: content, as: UTF8.self)
      } else if open.text.bytes[item.value].first == UInt8(ascii: "\"") {
        value = String(
          decoding: IMAPTokens.unquoted(open.text.bytes[item.value]), as: UTF8.self)
      }
      result.append(IMAPItem(name, value))
      switch name {
      case "ENVELOPE":
        result += MessageData.envelope(
          IMAPTokens(open.text, from: item.value.lowerBound, to: item.value.upperBound))
      case "BODYSTRUCTURE", "BODY":
        result += MessageData.structure(
          name, IMAPTokens(open.text, from: item.value.lowerBound, to: item.value.upperBound))
      default: break
      }
    }
    return result
  }

  /// UID, section and size of the messages within a FETCH response, which may come after their bytes.
  private mutating func settleMessages(of open: OpenResponse, _ made: IMAPUntagged) {
    guard open.fetch != nil else { return }
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

  private mutating func greet(_ made: IMAPUntagged) {
    let status = StatusText(String(made.text.dropFirst(made.kind.count + 1)))
    let content = IMAPReply(tag: "*", status: made.kind, code: status.code, text: status.text)
    recorder.edit {
      $0.greeting = Reply(
        content: .imap(content), position: made.position, end: made.end, length: made.length,
        order: 0)
      $0.serverSoftware = $0.serverSoftware ?? ServerBanner.software(in: [status.text])
    }
    if let code = status.code { noteCode(code, frame: made.position.frame) }
    switch made.kind {
    case "PREAUTH": state = .authenticated
    case "BYE": facts.isRefused = true
    default: break
    }
    checkBeforeGreeting(made.position)
  }

  /// What untagged data changes.
  private mutating func note(_ made: IMAPUntagged, _ open: OpenResponse) {
    let frame = made.position.frame
    if state == .loggedOut {
      recorder.findOnce(.imapAfterLogout, frame: frame, "\(made.kind) came after the end of LOGOUT")
    }
    switch made.kind {
    case "CAPABILITY": noteCapabilities(made.items.map(\.value), frame: frame)
    case "BYE": facts.bye = (String(made.text.dropFirst(4)), frame)
    case "EXISTS": noteExists(made.number, frame: frame)
    case "EXPUNGE": facts.exists = facts.exists.map { $0 > 0 ? $0 - 1 : 0 }
    case "VANISHED": facts.exists = nil
    case "ID":
      if let software = IMAPCommands.software(made.items) {
        recorder.edit { $0.serverSoftware = software }
      }
    case "OK", "NO", "BAD", "PREAUTH":
      let text = StatusText(String(made.text.dropFirst(made.kind.count + 1)))
      if let code = text.code { noteCode(code, frame: frame) }
    default: checkUntagged(made)
    }
  }

  mutating func noteCode(_ code: String, frame: Int) {
    let (name, argument) = StatusText.split(code)
    switch name {
    case "CAPABILITY":
      noteCapabilities(argument.split(atByte: .space).map(String.init), frame: frame)
    case "CLOSED": facts.exists = nil
    default: break
    }
  }

  /// Untagged data waits for the completion that it belongs to.
  private mutating func keep(_ made: IMAPUntagged) {
    let text = made.text.utf8.count + made.items.reduce(0) { $0 + $1.value.utf8.count }
    guard untagged.count < recorder.options.linesPerReplyLimit,
      storedUntagged + text <= recorder.options.storedTextLimit
    else { return recorder.drop(.untagged) }
    storedUntagged += text
    untagged.append(made)
  }

  // MARK: Continuations and completions

  private mutating func continuation<Sink: MessageSink>(_ reply: Reply, to sink: inout Sink) {
    facts.isFirstResponse = false
    let frame = reply.position.frame
    if case .undecided(let undecided) = clientMode {
      switch undecided {
      case .literal:
        if held.count > 0 {
          let verb = command?.verb ?? ""
          recorder.find(
            .imapLiteralNotAwaited, frame: held.firstFrame,
            "the literal of \(verb) was sent before the server asked for it")
        }
        recorder.add(reply, to: command?.exchange)
        return acceptLiteral(to: &sink)
      case .sasl:
        let flight = flights.last { $0.verb == "AUTHENTICATE" }
        recorder.add(reply, to: flight?.exchange)
        challenge(reply)
        return release(as: .response, to: &sink)
      case .startTLS, .compress: break
      }
    }
    if let idle = flights.last(where: { $0.verb == "IDLE" }) {
      return recorder.add(reply, to: idle.exchange)
    }
    // Captured before what it answers, or out of place: the end of the session tells.
    let exchange = command?.exchange ?? flights.last?.exchange
    recorder.add(reply, to: exchange)
    if flights.last?.verb == "AUTHENTICATE" { challenge(reply) }
    if earlyContinuations.count < recorder.options.pendingCommandLimit {
      earlyContinuations.append((reply.position.time, frame))
    }
  }

  private mutating func challenge(_ reply: Reply) {
    guard var current = sasl, case .imap(let content) = reply.content else {
      return
    }
    current.exchange.challenge(content.text)
    sasl = current
    recorder.keep(current.exchange, in: current.authentication)
  }

  private mutating func receiveTagged<Sink: MessageSink>(
    _ line: LineFramer.Line, _ bytes: [UInt8], to sink: inout Sink
  ) {
    facts.isFirstResponse = false
    let words = bytes.split(separator: .space, maxSplits: 2, omittingEmptySubsequences: false)
    let status = words.count > 1 ? String(decoding: words[1], as: UTF8.self).uppercasedASCII : ""
    let tag = words.first.map { String(decoding: $0, as: UTF8.self) } ?? ""
    let rest = StatusText(words.count > 2 ? String(decoding: words[2], as: UTF8.self) : "")
    var content = IMAPReply(tag: tag, status: status, code: rest.code, text: rest.text)
    guard ["OK", "NO", "BAD"].contains(status), !tag.isEmpty else {
      let text = String(decoding: bytes, as: UTF8.self)
      recorder.find(
        .imapResponseSyntax, frame: line.start.frame,
        "no response of IMAP: \(text.isEmpty ? "an empty line" : Phrase.quote(text))")
      content = IMAPReply(tag: "", status: "", text: text)
      return recorder.add(Reply(line, content), to: nil)
    }
    if state == .loggedOut {
      recorder.findOnce(
        .imapAfterLogout, frame: line.start.frame, "\(status) came after the end of LOGOUT")
    }
    guard let index = flights.firstIndex(where: { $0.tag == tag }) else {
      content.untagged = takeUntagged(before: nil)
      let exchange = recorder.open(nil)
      attachMessages(content.untagged, to: exchange)
      recorder.add(Reply(line, content), to: exchange)
      if let code = rest.code { noteCode(code, frame: line.start.frame) }
      if orphans.count < recorder.options.pendingCommandLimit {
        facts.completionEnd = line.end.streamOffset + 1
        orphans[tag] = Orphan(exchange: exchange, completion: content, position: line.start)
      }
      return
    }
    content.untagged = takeUntagged(before: index)
    attachMessages(content.untagged, to: flights[index].exchange)
    recorder.add(Reply(line, content), to: flights[index].exchange)
    facts.completionEnd = line.end.streamOffset + 1
    settle(content, tag: tag, at: line.start, to: &sink)
  }

  /// The untagged data that belongs to the completion of a command in flight: by kind where several wait,
  /// else to the oldest. All of it where no command is known.
  private mutating func takeUntagged(before completed: Int?) -> [IMAPUntagged] {
    guard !untagged.isEmpty else { return [] }
    let certain = flights.indices.filter { !flights[$0].isDoubtful || $0 == completed }
    guard let completed, certain.count > 1 else {
      defer { untagged = [] }
      return untagged
    }
    var (taken, left): ([IMAPUntagged], [IMAPUntagged]) = ([], [])
    for data in untagged {
      // What was captured before any command that waits came late, or no command asked for it.
      let before = certain.filter { flights[$0].position.time <= data.position.time }
      let candidates = before.isEmpty ? certain : before
      let owner = owner(of: data, among: candidates)
      if owner == completed { taken.append(data) } else { left.append(data) }
    }
    untagged = left
    return taken
  }

  private func owner(of data: IMAPUntagged, among candidates: [Int]) -> Int? {
    // RFC 4466 section 2.6.2: ESEARCH names its command.
    if data.kind == "ESEARCH", let tag = data.items.first(where: { $0.name == "TAG" })?.value,
      let named = candidates.first(where: { flights[$0].tag == tag })
    {
      return named
    }
    return candidates.first { IMAPCommands.asks(flights[$0].verb, for: data.kind) }
      ?? candidates.first
  }

  /// Messages lie in the exchange that asked for them.
  private mutating func attachMessages(_ data: [IMAPUntagged], to exchange: Int?) {
    guard let exchange, !facts.unplaced.isEmpty else { return }
    let isAll = untagged.isEmpty
    let numbers = isAll ? [] : Set(data.map(\.position.streamOffset))
    let mine = facts.unplaced.filter { isAll || numbers.contains($0.response) }
    guard !mine.isEmpty else { return }
    facts.unplaced.removeAll { isAll || numbers.contains($0.response) }
    recorder.edit { $0.exchanges[exchange].messages += mine.map(\.message) }
  }

  /// What a completion means for the state, the login and what the client sends next.
  mutating func settle<Sink: MessageSink>(
    _ completion: IMAPReply, tag: String, at position: Position, to sink: inout Sink
  ) {
    guard let index = flights.firstIndex(where: { $0.tag == tag }) else { return }
    let flight = flights.remove(at: index)
    let isOK = completion.status == "OK"
    let frame = position.frame
    settleClient(flight, isOK: isOK, frame: frame, to: &sink)
    if let code = completion.code { noteCode(code, frame: frame) }
    if let authentication = flight.authentication {
      recorder.settle(authentication, isOK ? .accepted : .rejected)
      if flight.verb == "AUTHENTICATE" {
        if let exchange = sasl?.exchange {
          recorder.checkEnd(
            of: exchange, by: flight.verb, refusal: isOK ? nil : completion.text, frame: frame)
        }
        sasl = nil
      } else if !isOK {
        recorder.find(
          .loginRefused, frame: frame,
          "\(flight.verb) was answered \(completion.status) \(Phrase.quote(completion.text))")
      }
    }
    switch flight.verb {
    case "LOGIN", "AUTHENTICATE":
      if isOK {
        state = .authenticated
        facts.loginFrame = facts.loginFrame ?? frame
      }
    case "SELECT", "EXAMINE":
      if isOK {
        (state, facts.mailbox) = (.selected, flight.mailbox)
      } else if state == .selected {
        (state, facts.mailbox) = (.authenticated, nil)
      }
      facts.sizes = [:]
    case "CLOSE", "UNSELECT":
      if isOK { (state, facts.mailbox, facts.exists) = (.authenticated, nil, nil) }
    case "UNAUTHENTICATE": if isOK { state = .unauthenticated }
    case "LOGOUT": if isOK { state = .loggedOut }
    case "IDLE": if !flight.isDone { endIdle(at: position.time) }
    case "STARTTLS":
      if !isOK, facts.offersStartTLS {
        recorder.find(
          .tlsRefused, frame: frame,
          "STARTTLS is offered and was answered \(completion.status) \(Phrase.quote(completion.text))"
        )
      }
    case "APPEND", "REPLACE", "UID REPLACE":
      settleAppend(flight.messages, isOK: isOK, code: completion.code)
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
    _ flight: Flight, isOK: Bool, frame: Int, to sink: inout Sink
  ) {
    if let open = command, open.start == flight.position {
      if case .undecided(.literal) = clientMode {
        recorder.find(
          .imapLiteralRefused, frame: frame,
          "\(flight.verb) was refused before its literal was sent")
        closeCommand(to: &sink)
        release(as: .lines, to: &sink)
      } else {
        // The rest of the command still comes.
        command?.isCompleted = true
        settleAppend(commandMessages, isOK: isOK, code: nil)
      }
      return
    }
    switch (flight.verb, clientMode) {
    case ("AUTHENTICATE", .undecided(.sasl)): release(as: .lines, to: &sink)
    case ("AUTHENTICATE", .response): clientMode = .lines
    case ("STARTTLS", .undecided(.startTLS)):
      guard isOK else { return release(as: .lines, to: &sink) }
      acceptTLS(frame: frame, to: &sink)
    case ("COMPRESS", .undecided(.compress)):
      guard isOK, !recorder.session.compressed else { return release(as: .lines, to: &sink) }
      recorder.edit { $0.compressed = true }
      serverMode = .compressed
      pendingSwitch.begin(.deflate, .server, at: facts.completionEnd)
      beginCompressionOfClient()
    default: break
    }
  }

  private mutating func acceptTLS<Sink: MessageSink>(frame: Int, to sink: inout Sink) {
    beginTLS(frame: frame)
    serverMode = .handshake
    guard held.count > 0, !held.beginsRecord else {
      return release(as: .handshake, to: &sink)
    }
    recorder.find(
      .tlsCommandInjection, frame: held.firstFrame,
      "sent in the clear after STARTTLS, before its reply: \(Phrase.quote(String(decoding: held.firstLine, as: UTF8.self)))"
    )
    release(as: .lines, to: &sink)
    closeCommand(to: &sink)
    held = HeldBytes()
    clientFramer.discard()
    clientMode = .handshake
  }

  /// The client's TLS begins: what the server sent in the clear until now is over.
  mutating func expectTLSOfServer() {
    guard case .lines = serverMode, response == nil else { return }
    serverFramer.discard()
    serverMode = .handshake
  }

  mutating func beginTLS(frame: Int) {
    recorder.edit { $0.tls = TLSUse(mode: .starttls, frame: frame) }
  }

  // MARK: Untagged data that no completion takes

  /// A new command begins: what came while none was in flight was asked for by nobody.
  mutating func flushUnsolicited(before verb: String) {
    guard flights.isEmpty, !untagged.isEmpty else { return }
    let unasked: Set<String> = [
      "EXISTS", "RECENT", "EXPUNGE", "FETCH", "VANISHED", "OK", "NO", "BAD", "BYE", "FLAGS",
    ]
    let flushed = untagged.filter {
      unasked.contains($0.kind) && !IMAPCommands.asks(verb, for: $0.kind)
    }
    untagged.removeAll { unasked.contains($0.kind) && !IMAPCommands.asks(verb, for: $0.kind) }
    addUnsolicited(flushed, to: nil)
  }

  private mutating func addUnsolicited(_ data: [IMAPUntagged], to exchange: Int?) {
    guard let first = data.first, let last = data.last else { return }
    var content = IMAPReply(tag: "*", status: "*", text: "", untagged: data)
    if data.count == 1, Self.statuses.contains(first.kind) {
      let status = StatusText(String(first.text.dropFirst(first.kind.count + 1)))
      content = IMAPReply(tag: "*", status: first.kind, code: status.code, text: status.text)
    }
    let target = exchange ?? recorder.open(nil)
    attachMessages(data, to: target)
    recorder.add(
      Reply(
        content: .imap(content), position: first.position, end: last.end,
        length: data.reduce(0) { $0 + $1.length }, order: 0), to: target)
  }

  /// At the end: data whose completion never came belongs to the command that waits longest for such data.
  mutating func attributeRest() {
    guard !untagged.isEmpty else { return }
    let all = flights.indices.filter { !flights[$0].isDoubtful }
    var groups: [Int: [IMAPUntagged]] = [:]
    var rest: [IMAPUntagged] = []
    for data in untagged {
      let before = all.filter { flights[$0].position.time <= data.position.time }
      if let owner = owner(of: data, among: before) {
        groups[owner, default: []].append(data)
      } else {
        rest.append(data)
      }
    }
    untagged = []
    for (owner, data) in groups.sorted(by: { $0.key < $1.key }) {
      addUnsolicited(data, to: flights[owner].exchange)
    }
    addUnsolicited(rest, to: nil)
  }

  // MARK: Gaps and the end

  mutating func gapOfServer<Sink: MessageSink>(
    _ length: Int, at position: Position, to sink: inout Sink
  ) {
    switch serverMode {
    case .literal(let remaining):
      if let index = serverLiteral.message { sink.gap(min(length, remaining), in: index) }
      response?.content = nil
      serverLiteral.isDamaged = true
      if length < remaining {
        serverMode = .literal(remaining - length)
      } else {
        endServerLiteral(isComplete: false, to: &sink)
        if length > remaining { loseResponse(to: &sink) }
      }
    case .lines: loseResponse(to: &sink)
    case .handshake, .encrypted, .compressed: break
    }
  }

  private mutating func loseResponse<Sink: MessageSink>(to sink: inout Sink) {
    serverFramer.discard()
    closeResponse(to: &sink)
    skipsServer = true
  }

  mutating func finishServer<Sink: MessageSink>(to sink: inout Sink) {
    if case .literal = serverMode {
      if let index = serverLiteral.message { cutOff("FETCH", message: index) }
      endServerLiteral(isComplete: false, to: &sink)
    }
    closeResponse(to: &sink)
  }
}

extension Reply {
  fileprivate init(_ line: LineFramer.Line, _ content: IMAPReply) {
    self.init(
      content: .imap(content), position: line.start, end: line.end, length: line.length, order: 0)
  }
}

// The server's side of a POP3 dialogue.

import Fields

extension POP3Dialogue {
  mutating func receiveServer<Sink: MessageSink>(
    _ bytes: Span<UInt8>, at position: Position, to sink: inout Sink
  ) {
    var index = 0
    while index < bytes.count {
      switch serverMode {
      case .encrypted:
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
      case .body:
        let message = reply?.message
        let stop = body?.receive(bytes, from: &index, of: message, to: &sink)
        if stop != .more {
          reply?.end = position.advanced(by: index - 1)
          closeMessage(isComplete: stop == .end, to: &sink)
        }
      case .status, .unknown, .lines, .damagedBody:
        guard let line = serverFramer.next(in: bytes, from: &index, at: position) else { return }
        let text = serverFramer.bytes(of: line, in: bytes).copied
        receiveServer(line, text, to: &sink)
      }
    }
  }

  static func looksLikeStatus(_ line: [UInt8]) -> Bool {
    let word = line.prefix { $0 != .space }
    return word.elementsEqual("+OK".utf8) || word.elementsEqual("-ERR".utf8)
  }

  /// `Name: text`, the first line of a message.
  private static func looksLikeHeader(_ line: [UInt8]) -> Bool {
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0 else { return false }
    return line[..<colon].allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || $0 == 0x2D }
  }

  private mutating func receiveServer<Sink: MessageSink>(
    _ line: LineFramer.Line, _ bytes: [UInt8], to sink: inout Sink
  ) {
    switch serverMode {
    case .damagedBody: receiveDamaged(line, bytes, to: &sink)
    case .lines: receiveListLine(line, bytes, to: &sink)
    case .unknown:
      if Self.looksLikeStatus(bytes) || bytes.starts(with: "+ ".utf8) {
        closeReply()
        receiveStatus(line, bytes, to: &sink)
      } else if Self.looksLikeHeader(bytes) {
        openMessage(at: line.start, to: &sink)
        var (index, first) = (0, MessageBody())
        let whole = bytes + [.carriageReturn, .lineFeed]
        let message = reply?.message
        _ = first.receive(whole.span, from: &index, of: message, to: &sink)
        body = first
        serverMode = .body
      } else {
        reply?.content.lineCount = 0
        serverMode = .lines
        receiveListLine(line, bytes, to: &sink)
      }
    case .status, .body, .handshake, .encrypted: receiveStatus(line, bytes, to: &sink)
    }
  }

  private mutating func receiveStatus<Sink: MessageSink>(
    _ line: LineFramer.Line, _ bytes: [UInt8], to sink: inout Sink
  ) {
    let isStatus = Self.looksLikeStatus(bytes)
    let isChallenge = bytes.first == UInt8(ascii: "+") && (bytes.count == 1 || bytes[1] == .space)
    if skipsServer {
      guard isStatus || isChallenge else { return }
      skipsServer = false
      dropDoubtful()
    }
    checkLine(line, of: .server)
    var content = POP3Reply(status: "", text: String(decoding: bytes, as: UTF8.self))
    if isStatus || isChallenge {
      let end = bytes.firstIndex(of: .space) ?? bytes.endIndex
      content.status = String(decoding: bytes[..<end], as: UTF8.self)
      content.text = String(decoding: bytes[end...].dropFirst(), as: UTF8.self)
    }
    var new = OpenReply(
      content: content, start: line.start, end: line.end, length: line.length, exchange: nil,
      verb: "")
    guard isStatus || isChallenge else {
      recorder.find(
        .pop3ReplySyntax, frame: line.start.frame,
        "neither +OK nor -ERR: \(Phrase.quote(content.text))")
      recorder.add(new.made, to: nil)
      return
    }
    if content.status == "-ERR" { readCode(&new.content) }
    if facts.isFirstReply, !recorder.session.midstream {
      facts.isFirstReply = false
      return greet(new)
    }
    facts.isFirstReply = false
    if isChallenge { return challenge(new, to: &sink) }
    answer(&new, to: &sink)
  }

  /// `[IN-USE]` of `-ERR [IN-USE] …` (RFC 2449 section 8).
  private func readCode(_ content: inout POP3Reply) {
    guard content.text.first == "[", let end = content.text.firstIndex(of: "]") else { return }
    content.code = String(content.text[content.text.index(after: content.text.startIndex)..<end])
  }

  private mutating func greet(_ new: OpenReply) {
    let text = new.content.text
    let made = new.made
    recorder.edit { $0.greeting = made }
    if new.content.status == "-ERR" { facts.isRefused = true }
    if let open = text.lastIndex(of: "<"), let close = text[open...].firstIndex(of: ">") {
      let timestamp = String(text[open...close])
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

  /// `+ `: a challenge of the `AUTH` that waits (RFC 5034 section 4).
  private mutating func challenge<Sink: MessageSink>(_ new: OpenReply, to sink: inout Sink) {
    guard let first = queue.first, case .challenges = first.expected else {
      recorder.find(
        .pop3ReplySyntax, frame: new.start.frame, "a SASL challenge where no AUTH waits for one")
      return recorder.add(new.made, to: nil)
    }
    recorder.add(new.made, to: first.exchange)
    if var current = sasl {
      current.exchange.challenge(new.content.text)
      sasl = current
      recorder.keep(current.exchange, in: current.authentication)
    }
    if case .undecided = clientMode { release(as: .response, to: &sink) }
  }

  private mutating func answer<Sink: MessageSink>(_ new: inout OpenReply, to sink: inout Sink) {
    guard !queue.isEmpty else { return answerNothing(&new) }
    let pending = queue.removeFirst()
    checkPipelining(at: new.start)
    new.exchange = pending.exchange
    new.verb = pending.verb
    let isPositive = new.content.status == "+OK"
    settle(pending, new, isPositive: isPositive)
    if case .challenges = pending.expected, case .response = clientMode { clientMode = .commands }
    guard isPositive else {
      recorder.add(new.made, to: pending.exchange)
      if pending.verb == "AUTH" || pending.verb == "STLS", case .undecided = clientMode {
        release(as: .commands, to: &sink)
      }
      return
    }
    switch pending.expected {
    case .nothing, .challenges:
      recorder.add(new.made, to: pending.exchange)
      if pending.verb == "STLS" {
        acceptTLS(frame: new.start.frame, to: &sink)
      } else if case .challenges = pending.expected, case .undecided = clientMode {
        release(as: .commands, to: &sink)
      }
    case .lines:
      new.content.lineCount = 0
      reply = new
      serverMode = .lines
    case .unknown:
      reply = new
      serverMode = .unknown
    case .message:
      new.announcedOctets = Self.octets(new.content.text)
      reply = new
      openMessage(at: new.start, to: &sink)
      body = MessageBody()
      serverMode = .body
    }
  }

  /// A reply for which no command is known.
  private mutating func answerNothing(_ new: inout OpenReply) {
    let both = facts.sawClient && facts.sawServer
    if both, !recorder.session.midstream, !facts.clientGap, !facts.serverGap {
      facts.strayReplies.append(new.start.frame)
    }
    new.exchange = recorder.open(nil)
    if let exchange = new.exchange, orphans.count < recorder.options.pendingCommandLimit {
      orphans.append((exchange, new.start.time))
    }
    if new.content.status == "+OK" {
      reply = new
      serverMode = .unknown
    } else {
      recorder.add(new.made, to: new.exchange)
    }
  }

  /// `120` of `120 octets`.
  static func octets(_ text: String) -> Int? {
    let words = text.split(atByte: .space, maxSplits: 2)
    guard words.count > 1, words[1].hasPrefix(ignoringCase: "octets") else { return nil }
    return Decimal.parse(words[0].utf8)
  }

  /// What a reply means for the login, the maildrop and the state.
  private mutating func settle(_ pending: Pending, _ new: OpenReply, isPositive: Bool) {
    if let authentication = pending.authentication {
      recorder.settle(authentication, isPositive ? .accepted : .rejected)
      if isPositive {
        state = .transaction
        facts.loginFrame = new.start.frame
      }
      if pending.verb == "AUTH" {
        if let exchange = sasl?.exchange {
          recorder.checkEnd(
            of: exchange, by: "AUTH", refusal: isPositive ? nil : new.content.text,
            frame: new.start.frame)
        }
        sasl = nil
      } else if !isPositive {
        recorder.find(
          .loginRefused, frame: new.start.frame,
          "\(pending.verb) was answered -ERR \(Phrase.quote(new.content.text))")
      }
    }
    if !isPositive, pending.verb == "STLS", facts.offers("STLS") {
      recorder.find(
        .tlsRefused, frame: new.start.frame,
        "STLS is offered and was answered -ERR \(Phrase.quote(new.content.text))")
    }
    guard isPositive else { return }
    let words = new.content.text.split(atByte: .space)
    switch pending.verb {
    case "STAT": facts.maildrop = words.first.flatMap { Decimal.parse($0.utf8) } ?? facts.maildrop
    case "DELE": facts.deleted += 1
    case "RSET": facts.deleted = 0
    case "QUIT":
      facts.quitAccepted = true
      state = .update
    default: break
    }
  }

  private mutating func acceptTLS<Sink: MessageSink>(frame: Int, to sink: inout Sink) {
    beginTLS(frame: frame)
    serverMode = .handshake
    if held.count > 0, !held.looksEncrypted {
      recorder.find(
        .tlsCommandInjection, frame: held.firstFrame,
        "sent in the clear after STLS, before its reply: \(Phrase.quote(String(decoding: held.firstLine, as: UTF8.self)))"
      )
      release(as: .commands, to: &sink)
      queue.removeAll()
      clientFramer.discard()
      clientMode = .handshake
    } else {
      release(as: .handshake, to: &sink)
    }
  }

  /// The client's TLS begins: what the server sent in the clear until now is over.
  mutating func expectTLSOfServer() {
    switch serverMode {
    case .status, .unknown, .lines:
      serverFramer.discard()
      closeReply()
      serverMode = .handshake
    case .body, .damagedBody, .handshake, .encrypted: break
    }
  }

  mutating func beginTLS(frame: Int) {
    recorder.edit { $0.tls = TLSUse(mode: .starttls, frame: frame) }
  }

  // MARK: Further lines

  private mutating func receiveListLine<Sink: MessageSink>(
    _ line: LineFramer.Line, _ bytes: [UInt8], to sink: inout Sink
  ) {
    guard bytes != [.dot] else {
      reply?.end = line.end
      reply?.length += line.length
      closeReply()
      return
    }
    if Self.looksLikeStatus(bytes) {
      let verb = reply?.verb ?? ""
      recorder.find(
        .pop3ListNotEnded, frame: line.start.frame,
        "the lines of \(verb.isEmpty ? "a reply" : verb) ended without a dot")
      closeReply()
      return receiveStatus(line, bytes, to: &sink)
    }
    checkLine(line, of: .server)
    reply?.end = line.end
    reply?.length += line.length
    let seen = reply?.content.lineCount ?? 0
    reply?.content.lineCount = seen + 1
    guard let count = reply?.content.lines.count, count < recorder.options.linesPerReplyLimit
    else { return recorder.drop(.linesPerReply) }
    let text = bytes.first == .dot ? bytes[1...] : bytes[...]
    reply?.content.lines.append(String(decoding: text, as: UTF8.self))
  }

  /// Records the reply whose lines are complete, or as far as they came.
  mutating func closeReply() {
    serverMode = .status
    guard let closed = reply else { return }
    reply = nil
    recorder.add(closed.made, to: closed.exchange)
    switch closed.verb {
    case "CAPA": noteCapabilities(closed)
    case "LIST":
      facts.maildrop = facts.maildrop ?? closed.content.lineCount
    default: break
    }
  }

  // MARK: Messages

  private mutating func openMessage<Sink: MessageSink>(at start: Position, to sink: inout Sink) {
    let transfer: Message.Transfer = reply?.verb == "TOP" ? .top : .retr
    let message = Message(direction: .retrieved, transfer: transfer, start: start)
    let index = recorder.open(message, in: reply?.exchange)
    reply?.message = index
    reply?.content.lineCount = 0
    if let index { sink.begin(index) }
  }

  /// The message is over, or will not go on.
  private mutating func closeMessage<Sink: MessageSink>(
    isComplete: Bool, to sink: inout Sink
  ) {
    guard let closed = reply else { return }
    let body = self.body
    self.body = nil
    let size = (body?.size ?? 0) + facts.damagedSize
    let lines = (body?.lineCount ?? 0) + facts.damagedLines
    let isWhole = isComplete && !facts.isDamaged
    if let index = closed.message {
      sink.end(index)
      recorder.edit {
        $0.messages[index].size = size
        $0.messages[index].complete = isWhole
        $0.messages[index].outcome = isWhole ? .retrieved : .incomplete
        $0.messages[index].end = closed.end
      }
    }
    reply?.content.lineCount = lines
    reply?.length += body?.wireCount ?? 0
    if isWhole, closed.verb == "TOP" { facts.previewed += 1 }
    if isWhole, closed.verb != "TOP" {
      facts.retrieved += 1
      if let announced = closed.announcedOctets, announced != size {
        recorder.find(
          .pop3OctetCount, frame: closed.start.frame,
          "+OK announced \(announced.grouped) octets, \(size.grouped) came")
      }
    }
    (facts.damagedSize, facts.damagedLines, facts.isDamaged) = (0, 0, false)
    closeReply()
  }

  mutating func gapOfServer<Sink: MessageSink>(
    _ length: Int, at position: Position, to sink: inout Sink
  ) {
    facts.serverGap = true
    for index in queue.indices { queue[index].isDoubtful = true }
    switch serverMode {
    case .body:
      let message = reply?.message
      body?.flush(of: message, to: &sink)
      if let message { sink.gap(length, in: message) }
      facts.damagedSize += body?.size ?? 0
      facts.damagedLines += body?.lineCount ?? 0
      body = nil
      facts.isDamaged = true
      serverMode = .damagedBody
    case .damagedBody:
      if let index = reply?.message {
        passPartial(of: index, to: &sink)
        sink.gap(length, in: index)
      }
      serverFramer.discard()
    case .status, .unknown, .lines:
      serverFramer.discard()
      closeReply()
      skipsServer = true
    case .handshake, .encrypted: break
    }
  }

  /// A line of a message whose end may have been lost: a status line ends it if a command waits for one.
  private mutating func receiveDamaged<Sink: MessageSink>(
    _ line: LineFramer.Line, _ bytes: [UInt8], to sink: inout Sink
  ) {
    if bytes == [.dot] {
      reply?.end = line.end
      return closeMessage(isComplete: false, to: &sink)
    }
    if Self.looksLikeStatus(bytes), !queue.isEmpty {
      closeMessage(isComplete: false, to: &sink)
      dropDoubtful()
      return receiveStatus(line, bytes, to: &sink)
    }
    reply?.end = line.end
    guard let index = reply?.message else { return }
    var out = bytes
    if out.first == .dot { out.removeFirst() }
    if line.ending == .crlf { out.append(.carriageReturn) }
    if line.ending != .cut { out.append(.lineFeed) }
    facts.damagedSize += out.count
    facts.damagedLines += 1
    sink.receive(out.span, of: index)
    if line.dropped > 0 { sink.gap(line.dropped, in: index) }
  }

  private mutating func passPartial<Sink: MessageSink>(of index: Int, to sink: inout Sink) {
    let partial = serverFramer.partial.copied
    facts.damagedSize += partial.count
    if !partial.isEmpty { sink.receive(partial.span, of: index) }
  }

  /// After a gap: of several commands that wait, those before the last were answered in the gap, unless the
  /// client pipelines.
  private mutating func dropDoubtful() {
    guard !facts.isPipelined else { return }
    while queue.count > 1, queue[0].isDoubtful { queue.removeFirst() }
  }

  /// Closes what is unfinished at the end of the session.
  mutating func finishServer<Sink: MessageSink>(to sink: inout Sink) {
    switch serverMode {
    case .body:
      let message = reply?.message
      body?.flush(of: message, to: &sink)
      cutOff(body?.size ?? 0)
      closeMessage(isComplete: false, to: &sink)
    case .damagedBody:
      if let index = reply?.message { passPartial(of: index, to: &sink) }
      cutOff(facts.damagedSize)
      closeMessage(isComplete: false, to: &sink)
    case .lines:
      if let reply {
        recorder.find(
          .pop3ListNotEnded, frame: reply.end.frame,
          "the lines of \(reply.verb.isEmpty ? "a reply" : reply.verb) have no end")
      }
      closeReply()
    case .unknown: closeReply()
    case .status, .handshake, .encrypted: break
    }
  }

  private mutating func cutOff(_ size: Int) {
    guard let reply else { return }
    facts.cutOff = (reply.verb.isEmpty ? "a message" : reply.verb, size)
    recorder.find(
      .pop3MessageCutOff, frame: reply.end.frame,
      "the session ends within a message, after \(size.grouped) bytes")
  }
}

extension POP3Dialogue.OpenReply {
  var made: Reply {
    Reply(content: .pop3(content), position: start, end: end, length: length, order: 0)
  }
}

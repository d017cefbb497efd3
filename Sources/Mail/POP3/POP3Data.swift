// Lists and messages that a POP3 server sends, whole or damaged.

import Fields

extension POP3Dialogue {
  mutating func receiveListLine<Sink: MessageSink>(
    _ line: LineFramer.Line, _ bytes: [UInt8], to sink: inout Sink
  ) {
    guard !POP3Grammar.isEnd(bytes.span) else {
      changeReply { reply in
        reply.end = line.end
        reply.length += line.length
      }
      closeReply()
      return
    }
    if POP3Grammar.status(of: bytes.span)?.isStatusLine == true {
      if reply?.content.lineCount != 0 || !takeBackSurplus(at: line, bytes) {
        let name = listName
        recorder.find(
          .pop3ListNotEnded, frame: line.start.frame, "the lines of \(name) ended without a dot")
        closeReply()
      }
      return receiveStatus(line, bytes, to: &sink)
    }
    checkLine(line, of: .server)
    let text = String(decoding: bytes.first == .dot ? bytes[1...] : bytes[...], as: UTF8.self)
    let room = text.elementBytes
    let isKept = recorder.hasRoom(for: room, else: .linesPerReply)
    changeReply { reply in
      reply.end = line.end
      reply.length += line.length
      reply.content.lineCount = (reply.content.lineCount ?? 0) + 1
      guard isKept else { return }
      reply.content.lines.append(text)
      reply.counted += room
    }
  }

  private var listName: String {
    guard let name = reply?.name, !name.isEmpty else { return "a reply" }
    return name
  }

  /// Records the reply whose lines are complete, or as far as they came.
  mutating func closeReply() {
    serverPhase = .status
    guard let closed = reply else { return }
    reply = nil
    recorder.add(closed.made, to: closed.exchange, counted: closed.counted)
    switch closed.pending?.verb {
    case .capa: noteCapabilities(closed)
    case .list: login.maildrop = login.maildrop ?? closed.content.lineCount
    default: break
    }
  }

  // MARK: Messages

  mutating func openMessage<Sink: MessageSink>(at start: Position, to sink: inout Sink) {
    let transfer: Message.Transfer = reply?.pending?.verb == .top ? .top : .retr
    let message = Message(direction: .retrieved, transfer: transfer, start: start)
    if let empty = facts.emptyMessage {
      recorder.edit { $0.messages[empty].start = start }
      reply?.message = empty
      facts.emptyMessage = nil
    } else {
      let index = recorder.open(message, in: reply?.exchange)
      reply?.message = index
      if let index { sink.begin(index) }
    }
    reply?.content.lineCount = 0
    body = MessageBody()
    serverPhase = .body
  }

  mutating func takeBody<Sink: MessageSink>(
    _ bytes: Span<UInt8>, from index: inout Int, at position: Position, to sink: inout Sink
  ) {
    // Both in their places: they are asked for each segment of a message.
    let message = changeReply { $0.message } ?? nil
    let stop = changeBody { $0.receive(bytes, from: &index, of: message, to: &sink) }
    guard stop != .more else { return }
    reply?.end = position.advanced(by: index - 1)
    closeMessage(isComplete: stop == .end, to: &sink)
  }

  /// A line that was looked at before it was known to be a message's.
  mutating func takeBody<Sink: MessageSink>(
    _ line: LineFramer.Line, _ bytes: [UInt8], to sink: inout Sink
  ) {
    var whole = bytes
    if line.ending == .crlf { whole.append(.carriageReturn) }
    if line.ending != .cut { whole.append(.lineFeed) }
    var index = 0
    takeBody(whole.span, from: &index, at: line.start, to: &sink)
  }

  /// The message is over, or will not go on.
  private mutating func closeMessage<Sink: MessageSink>(isComplete: Bool, to sink: inout Sink) {
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
    changeReply { reply in
      reply.content.lineCount = lines
      reply.length += body?.wireCount ?? 0
    }
    let isTop = closed.pending?.verb == .top
    if isWhole, isTop { facts.previewed += 1 }
    if isWhole, !isTop {
      facts.retrieved += 1
      if closed.pending?.sequel == .message, let announced = closed.announcedOctets,
        announced != size
      {
        recorder.find(
          .pop3OctetCount, frame: closed.start.frame,
          "+OK announced \(announced.grouped) octets, \(size.grouped) came")
      }
    }
    (facts.damagedSize, facts.damagedLines, facts.isDamaged) = (0, 0, false)
    closeReply()
  }

  // MARK: Gaps

  mutating func gapOfServer<Sink: MessageSink>(
    _ length: Int, at position: Position, to sink: inout Sink
  ) {
    facts.serverGap = true
    for index in queue.indices { queue[index].isDoubtful = true }
    // What would have decided what the client's bytes are may be what is missing.
    if case .undecided(.response) = phase { release(as: .responseOrCommand, to: &sink) }
    if serverPhase == .firstLine { endFirstLine(to: &sink) }
    switch serverPhase {
    case .body:
      let message = reply?.message
      body?.flush(of: message, to: &sink)
      if let message { sink.gap(length, in: message) }
      facts.damagedSize += body?.size ?? 0
      facts.damagedLines += body?.lineCount ?? 0
      body = nil
      facts.isDamaged = true
      serverPhase = .damagedBody
    case .damagedBody:
      if let index = reply?.message {
        passPartial(of: index, to: &sink)
        sink.gap(length, in: index)
      }
      serverFramer.discard()
    case .greeting:
      settleGreeting(isAnswer: false, to: &sink)
      serverFramer.discard()
      skipsServer = true
    case .status, .unknown, .lines:
      serverFramer.discard()
      closeReply()
      skipsServer = true
    case .firstLine, .handshake, .encrypted: break
    }
  }

  /// The first line of a message will not be whole.
  private mutating func endFirstLine<Sink: MessageSink>(to sink: inout Sink) {
    serverPhase = .body
    guard let end = facts.serverEnd, let line = serverFramer.cut(at: end) else { return }
    let none: [UInt8] = []
    takeBody(line, serverFramer.bytes(of: line, in: none.span).copied, to: &sink)
  }

  /// A line of a message whose end may have been lost: a status line ends it if a command waits for one.
  mutating func receiveDamaged<Sink: MessageSink>(
    _ line: LineFramer.Line, _ bytes: [UInt8], to sink: inout Sink
  ) {
    if POP3Grammar.isEnd(bytes.span) {
      reply?.end = line.end
      return closeMessage(isComplete: false, to: &sink)
    }
    if POP3Grammar.status(of: bytes.span)?.isStatusLine == true, !queue.isEmpty {
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
  mutating func dropDoubtful() {
    guard !facts.isPipelined else { return }
    while queue.count > 1, queue[0].isDoubtful { queue.removeFirst() }
  }

  // MARK: The end

  /// Closes what is unfinished at the end of the session.
  mutating func finishServer<Sink: MessageSink>(_ close: SessionClose, to sink: inout Sink) {
    // What the end of the capture cuts is no line.
    if close != .open { finishLine(to: &sink) }
    settleGreeting(isAnswer: false, to: &sink)
    acceptGoAhead()
    if serverPhase == .firstLine { endFirstLine(to: &sink) }
    switch serverPhase {
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
        let name = listName
        recorder.find(
          .pop3ListNotEnded, frame: reply.end.frame, "the lines of \(name) have no end")
      }
      closeReply()
    case .unknown: closeReply()
    case .status, .greeting, .firstLine, .handshake, .encrypted: break
    }
  }

  /// A status whose line end never came is one all the same.
  private mutating func finishLine<Sink: MessageSink>(to sink: inout Sink) {
    guard serverPhase == .status || serverPhase == .unknown, serverFramer.hasPartialLine,
      POP3Grammar.status(of: serverFramer.partial)?.isStatusLine == true, let end = facts.serverEnd,
      let line = serverFramer.cut(at: end)
    else { return }
    let none: [UInt8] = []
    let text = serverFramer.bytes(of: line, in: none.span).copied
    recorder.find(
      .pop3UnfinishedReply, frame: line.start.frame, "the last reply is without its line end")
    receiveServer(whole: line, text, to: &sink)
  }

  private mutating func cutOff(_ size: Int) {
    guard let reply else { return }
    facts.cutOff = (reply.name.isEmpty ? "a message" : reply.name, size)
    recorder.find(
      .pop3MessageCutOff, frame: reply.end.frame,
      "the session ends within a message, after \(size.grouped) bytes")
  }
}

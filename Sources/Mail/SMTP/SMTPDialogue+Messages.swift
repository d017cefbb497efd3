// Messages: DATA, BDAT, BURL, and what may or may not be the end of one.

import DequeModule

extension SMTPDialogue {
  // MARK: DATA

  /// The message begins with the client's next byte.
  mutating func beginData<Sink: MessageSink>(in exchange: Int?, to sink: inout Sink) {
    applyUndecided(to: &sink)
    if transaction.message != nil {
      endOpenMessage(to: &sink)
      transaction.message = nil
    }
    phase = .message
    body = MessageBody(stopsAtCandidates: true)
    carried = Carried()
    carried.exchange = exchange
  }

  /// Tells the sink that the message it is being given is over.
  mutating func endOpenMessage<Sink: MessageSink>(to sink: inout Sink) {
    guard let message = state.openMessage else { return }
    state.openMessage = nil
    sink.end(message)
  }

  /// Opens the message of the transaction, if there is none yet.
  private mutating func openMessage<Sink: MessageSink>(
    _ transfer: Message.Transfer, in exchange: Int?, at position: Position, to sink: inout Sink
  ) {
    if let message = transaction.message {
      carried.message = message
      recorder.edit {
        guard let exchange, !$0.exchanges[exchange].messages.contains(message) else { return }
        $0.exchanges[exchange].messages.append(message)
      }
      return
    }
    var message = Message(direction: .submitted, transfer: transfer, start: position)
    message.envelope = transaction.envelope
    transaction.transfer = transfer
    transaction.message = recorder.open(message, in: exchange)
    carried.message = transaction.message
    if let index = transaction.message {
      state.messageOfTransaction[transaction.serial] = index
      state.openMessage = index
      sink.begin(index)
    }
  }

  mutating func receiveBody<Sink: MessageSink>(
    _ chunk: Span<UInt8>, from index: inout Int, at position: Position, to sink: inout Sink
  ) {
    let start = index
    // `transfers[0]` rather than `body` and `carried`: asking the dialogue for them would copy all of it.
    if transfers.isEmpty { transfers.append(Transfer()) }
    if transfers[0].carried.start == nil {
      transfers[0].carried.start = position.advanced(by: index)
      openMessage(.data, in: carried.exchange, at: position.advanced(by: index), to: &sink)
    }
    let message = transfers[0].carried.message
    let stop = transfers[0].body.receive(chunk, from: &index, of: message, to: &sink)
    transfers[0].carried.length += index - start
    let end = position.advanced(by: max(start, index - 1))
    transfers[0].carried.end = end
    switch stop {
    case .more: break
    case .end: endBody(at: end, to: &sink)
    case .candidate(let candidate):
      carried.candidateFrame = end.frame
      phase = .undecided(.end(candidate))
      considerCandidate(to: &sink)
    }
  }

  /// The body is over: its verdict is awaited.
  mutating func endBody<Sink: MessageSink>(at end: Position, to sink: inout Sink) {
    closeBody(at: end, complete: !carried.hadGap, to: &sink)
    phase = .command
    var waiting = Pending(
      step: .messageEnd, verb: .data, name: "DATA", exchange: carried.exchange, end: end)
    waiting.message = carried.message
    waiting.serial = transaction.serial
    carried = Carried()
    pending.append(waiting)
    let replies = bodyReplies
    bodyReplies = []
    for reply in replies { place(reply, to: &sink) }
    matchEarly(to: &sink)
  }

  /// Writes down what is known of the body; `complete` where it came to its end.
  mutating func closeBody<Sink: MessageSink>(
    at end: Position, complete: Bool, to sink: inout Sink
  ) {
    if !complete { body.flush(of: carried.message, to: &sink) }
    if let message = carried.message {
      let size = body.size
      recorder.edit {
        $0.messages[message].size = size
        $0.messages[message].complete = complete
        $0.messages[message].end = end
      }
      endOpenMessage(to: &sink)
    }
    recorder.add(
      Answer(
        kind: .message, text: "", position: carried.start ?? end, end: end,
        length: carried.length),
      to: carried.exchange)
    checkBody(frame: (carried.start ?? end).frame)
  }

  // MARK: A doubtful end

  private mutating func considerCandidate<Sink: MessageSink>(to sink: inout Sink) {
    // After a gap or a limit nothing is to be learned from replies.
    guard carried.hadGap || carried.gaveUpOnCandidates else { return }
    goOnAfterCandidate(to: &sink)
  }

  /// A reply came while it is open whether the message ended at the candidate. True where it was used up.
  mutating func replyAtCandidate<Sink: MessageSink>(_ reply: Reply, to sink: inout Sink) {
    guard let code = reply.smtp?.effect else { return }
    bodyReplies.append(reply)
    let after = strictRest()
    if bodyReplies.count == 1 {
      guard after == nil else { return }
      // No end but this one, and the server answers.
      if code < 400 || held.isEmpty {
        endAtCandidate(to: &sink)
      } else {
        goOnAfterCandidate(to: &sink)
      }
      return
    }
    // A second reply: to the first command after the candidate, or after the true end?
    let here = SMTPCommandLine(Self.firstLine(of: held.prefix(2_050)).span)
    let there = Self.firstLine(of: after ?? [])
    let isFirst = here.verb?.admits(code) ?? true
    if isFirst, there.isEmpty || SMTPCommandLine(there.span).verb?.admits(code) == false {
      endAtCandidate(to: &sink)
    } else {
      goOnAfterCandidate(to: &sink)
    }
  }

  /// What of the held bytes follows the end that a strict server sees; nil where it sees none.
  private func strictRest() -> [UInt8]? {
    let bytes = held.prefix()
    var reader = body
    var nowhere = NoMessageSink()
    reader.stopsAtCandidates = false
    reader.resume(of: nil, to: &nowhere)
    var index = 0
    guard reader.receive(bytes.span, from: &index, of: nil, to: &nowhere) == .end else {
      return nil
    }
    return Array(bytes[index...])
  }

  private static func firstLine(of bytes: [UInt8]) -> [UInt8] {
    bytes.prefix { $0 != .lineFeed }.filter { $0 != .carriageReturn }
  }

  /// The server took the candidate for the end.
  private mutating func endAtCandidate<Sink: MessageSink>(to sink: inout Sink) {
    guard case .undecided(.end(let candidate)) = phase else { return }
    reportCandidate(candidate, wasEnd: true)
    body.finishAtCandidate()
    endBody(at: carried.end ?? Position(frame: carried.candidateFrame, time: 0), to: &sink)
    release(to: &sink)
  }

  /// The message goes on after the candidate.
  mutating func goOnAfterCandidate<Sink: MessageSink>(to sink: inout Sink) {
    guard case .undecided(.end(let candidate)) = phase else { return }
    reportCandidate(candidate, wasEnd: false)
    body.resume(of: carried.message, to: &sink)
    phase = .message
    if held.count >= options.undecidedLimit { carried.gaveUpOnCandidates = true }
    release(to: &sink)
  }

  private mutating func reportCandidate(_ candidate: MessageBody.Candidate, wasEnd: Bool) {
    let shape = "\(candidate.before.rawValue).\(candidate.after.rawValue)"
    let place = "\(shape) after \(candidate.offset) bytes of the message"
    // What follows the true end is a command in both readings.
    let after = strictRest()?.count ?? 0
    let commands = Self.commands(in: held.prefix(min(held.count - after, 8_192)))
    let frame = carried.candidateFrame
    for command in commands { recorder.holdSecrets(of: command) }
    if !commands.isEmpty {
      let list = commands.map { "“\($0)”" }.joined(separator: ", ")
      recorder.find(
        .smtpSmuggling, frame: frame,
        wasEnd
          ? "\(place): this server ended the message there and took \(list) for commands; "
            + "one that ends it at CRLF.CRLF only reads them as text"
          : "\(place): this server read on to CRLF.CRLF; one that ends the message at \(shape) "
            + "would execute \(list)")
    } else if wasEnd {
      recorder.find(
        .smtpLenientEnd, frame: frame, "\(place): the server took it for the end of the message")
    } else {
      recorder.find(
        .smtpAmbiguousEnd, frame: frame,
        "\(place): a server that ends the message there would read the text after it as commands")
    }
  }

  /// The lines that a server would execute: commands, until its own reading of a message begins and ends.
  private static func commands(in bytes: [UInt8]) -> [String] {
    var commands: [String] = []
    var isMessage = false
    for line in bytes.split(separator: .lineFeed, omittingEmptySubsequences: false).dropLast() {
      let span = line.span.withoutReturn
      if isMessage {
        if span.count == 1, span[0] == .dot { isMessage = false }
        continue
      }
      guard SMTPGrammar.isPlain(span), commands.count < 10 else { break }
      let text = span.trimmed.text
      commands.append(text)
      isMessage = text.equals(ignoringCase: "DATA")
    }
    return commands
  }

  // MARK: BDAT

  mutating func beginChunk<Sink: MessageSink>(
    _ line: SMTPCommandLine, _ framed: LineFramer.Line, _ waiting: inout Pending,
    to sink: inout Sink
  ) {
    guard case .chunk = phase else {
      recorder.find(
        .smtpChunkSize, frame: framed.start.frame,
        "“\(line.text)” names no size that a server could take; no bytes are taken for a chunk")
      return
    }
    applyUndecided(to: &sink)
    waiting.step = .chunk
    waiting.serial = transaction.serial
    let scan = carried.chunk
    carried = Carried()
    carried.chunk = transaction.message == nil ? ChunkScan() : scan
    carried.exchange = waiting.exchange
    openMessage(.bdat, in: waiting.exchange, at: framed.end.advanced(by: 1), to: &sink)
    waiting.message = transaction.message
  }

  mutating func receiveChunk<Sink: MessageSink>(
    _ bytes: Span<UInt8>, at position: Position, remaining: Int, isLast: Bool, to sink: inout Sink
  ) {
    if carried.start == nil { carried.start = position }
    carried.length += bytes.count
    carried.chunk.scan(bytes)
    if let message = carried.message { sink.receive(bytes, of: message) }
    addSize(bytes.count)
    if remaining > 0 {
      phase = .chunk(remaining: remaining, isLast: isLast)
    } else {
      endChunk(at: position.advanced(by: bytes.count - 1), isLast: isLast, to: &sink)
    }
  }

  mutating func addSize(_ count: Int) {
    guard let message = carried.message else { return }
    recorder.edit { $0.messages[message].size += count }
  }

  mutating func endChunk<Sink: MessageSink>(
    at end: Position, isLast: Bool, to sink: inout Sink
  ) {
    phase = .command
    if carried.hadGap { state.messagesWithGaps.insert(transaction.serial) }
    if let start = carried.start {
      recorder.add(
        Answer(
          kind: .message, text: "", position: start, end: end, length: carried.length),
        to: carried.exchange)
    }
    if let message = carried.message {
      let complete = isLast && !state.messagesWithGaps.contains(transaction.serial)
      recorder.edit {
        $0.messages[message].end = end
        if isLast { $0.messages[message].complete = complete }
      }
    }
    guard isLast else { return }
    finishChunks(to: &sink)
  }

  /// `LAST` was sent: the verdict on the message is awaited.
  private mutating func finishChunks<Sink: MessageSink>(to sink: inout Sink) {
    if !pending.isEmpty, pending[pending.count - 1].step == .chunk {
      pending[pending.count - 1].step = .messageEnd
    }
    checkChunks(frame: carried.start?.frame ?? pending.last?.end.frame ?? 0)
    endOpenMessage(to: &sink)
    transaction.message = nil
    carried = Carried()
  }

  /// RFC 4468: the server fetches what the URL names; no bytes of it are in this dialogue.
  mutating func beginReference<Sink: MessageSink>(
    _ line: SMTPCommandLine, _ framed: LineFramer.Line, _ waiting: inout Pending,
    to sink: inout Sink
  ) {
    applyUndecided(to: &sink)
    waiting.step = .chunk
    waiting.serial = transaction.serial
    carried = Carried()
    carried.exchange = waiting.exchange
    openMessage(.bdat, in: waiting.exchange, at: framed.start, to: &sink)
    waiting.message = transaction.message
    state.messagesWithGaps.insert(transaction.serial)
    guard line.text.hasSuffix(ignoringCaseLast: "LAST") else { return }
    waiting.step = .messageEnd
    if let message = carried.message {
      recorder.edit { $0.messages[message].end = framed.end }
    }
    endOpenMessage(to: &sink)
    transaction.message = nil
    carried = Carried()
  }
}

extension String {
  /// Whether the last word is `word`, letters compared without case.
  fileprivate func hasSuffix(ignoringCaseLast word: String) -> Bool {
    split(atByte: .space).last?.equals(ignoringCase: word) == true
  }
}

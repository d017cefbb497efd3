// The client's side of an IMAP dialogue.

import Fields

extension IMAPDialogue {
  /// Reads what the client sends, as far as it is known what it is; the rest is held.
  mutating func receiveClient<Sink: MessageSink>(
    _ bytes: Span<UInt8>, at position: Position, to sink: inout Sink
  ) {
    let count = held.isEmpty ? readClient(bytes, at: position, to: &sink) : 0
    held.append(bytes.extracting(droppingFirst: count), at: position.advanced(by: count))
    readHeld(to: &sink)
  }

  /// Reads what is held, as far as it is known what it is.
  mutating func readHeld<Sink: MessageSink>(to sink: inout Sink) {
    while let (piece, used) = held.first, case .bytes(let bytes, let position) = piece {
      if case .undecided = clientPhase {
        guard held.count > recorder.options.undecidedLimit else { return }
        recorder.drop(.undecided)
        decideByContent(to: &sink)
      } else if clientPhase == .handshake, !held.beginsRecord {
        readInjected(to: &sink)
      } else {
        held.use(
          readClient(
            bytes.span.extracting(droppingFirst: used), at: position.advanced(by: used), to: &sink))
      }
    }
  }

  /// Returns how many of the bytes were read: all of them, or those before the place where the server decides.
  private mutating func readClient<Sink: MessageSink>(
    _ bytes: Span<UInt8>, at position: Position, to sink: inout Sink
  ) -> Int {
    var index = 0
    while index < bytes.count {
      switch clientPhase {
      case .undecided: return index
      case .encoded:
        pendingSwitch.add(
          bytes.extracting(index...), from: .client, at: position.advanced(by: index))
        return bytes.count
      case .handshake:
        if TLSUse.beginsRecord(bytes[index]) {
          clientPhase = .encoded(.tls)
          tls = .encrypted
          pendingSwitch.begin(.tls, .client, at: position.streamOffset + index)
          expectTLSOfServer()
        } else {
          clientPhase = .line
          goOn(after: .stayedClear)
        }
      case .literal(let remaining):
        let count = min(remaining, bytes.count - index)
        receiveLiteral(
          bytes.extracting(index..<(index + count)), at: position.advanced(by: index), to: &sink)
        index += count
        clientPhase = .literal(remaining - count)
        if remaining == count { endLiteral(isComplete: true, to: &sink) }
      case .line, .lost, .response:
        guard let line = clientFramer.next(in: bytes, from: &index, at: position) else {
          return bytes.count
        }
        if line.dropped > 0 { ending = clientFramer.lastBytes(of: line, in: bytes) }
        receiveClient(line, clientFramer.bytes(of: line, in: bytes).copied, to: &sink)
      }
    }
    return index
  }

  private mutating func receiveClient<Sink: MessageSink>(
    _ line: LineFramer.Line, _ bytes: [UInt8], to sink: inout Sink
  ) {
    if clientPhase == .lost {
      guard IMAPGrammar.beginsCommand(bytes.span) else { return }
      clientPhase = .line
    }
    if takesForRefused(line, bytes) { return }
    checkLine(line, of: .client)
    if clientPhase == .response {
      receiveResponse(line, bytes)
    } else if !command.isEmpty {
      continueCommand(line, bytes, to: &sink)
    } else if !takesLateResponse(line, bytes), !endsIdle(line, bytes) {
      beginCommand(line, bytes, to: &sink)
    }
  }

  // MARK: Where the server decides

  /// No reply will decide what the held bytes are: they themselves do.
  mutating func decideHeld<Sink: MessageSink>(to sink: inout Sink) {
    while case .undecided = clientPhase, !held.isEmpty {
      decideByContent(to: &sink)
      readHeld(to: &sink)
    }
  }

  private mutating func decideByContent<Sink: MessageSink>(to sink: inout Sink) {
    guard case .undecided(let question) = clientPhase else { return }
    let isCommand = IMAPGrammar.beginsCommand(held.firstLine.span)
    switch question {
    case .literal:
      if isCommand {
        closeCommand()
        clientPhase = .line
      } else {
        assumedLiterals += 1
        acceptLiteral(to: &sink)
      }
    case .sasl: clientPhase = isCommand ? .line : .response
    case .startTLS:
      clientPhase = held.beginsRecord ? .handshake : .line
      if held.beginsRecord { agreeOnTLS(frame: held.firstFrame) }
    case .compress:
      clientPhase = .line
      if !isCommand { beginCompressionOfClient() }
    }
  }

  /// A continuation request that was captured before what it answers, though it was sent after it.
  mutating func takeEarlyContinuation(after position: Position) -> Bool {
    guard let early = earlyContinuations.first, early.time >= position.time else { return false }
    earlyContinuations.removeFirst()
    return true
  }

  /// What is held is compressed.
  mutating func beginCompressionOfClient() {
    recorder.edit { $0.compressed = true }
    compression = .agreed
    clientPhase = .encoded(.deflate)
    pendingSwitch.begin(
      .deflate, .client,
      at: held.firstPosition?.streamOffset ?? (facts.clientEnd?.streamOffset ?? -1) + 1)
    pendingSwitch.add(held, from: .client)
    held = HeldBytes()
  }

  /// Text that was sent after STARTTLS, before its reply.
  private mutating func readInjected<Sink: MessageSink>(to sink: inout Sink) {
    let line = String(decoding: held.firstLine, as: UTF8.self)
    recorder.holdSecrets(of: line)
    recorder.find(
      .tlsCommandInjection, frame: held.firstFrame,
      "sent in the clear after STARTTLS, before its reply: \(Phrase.quote(line))")
    clientPhase = .line
    while let (piece, used) = held.first, case .bytes(let bytes, let position) = piece {
      let rest = bytes.span.extracting(droppingFirst: used)
      let count = readClient(rest, at: position.advanced(by: used), to: &sink)
      guard count == rest.count else { break }
      held.use(count)
    }
    closeCommand()
    held = HeldBytes()
    clientFramer.discard()
    clientPhase = .handshake
  }

  // MARK: Commands

  private mutating func beginCommand<Sink: MessageSink>(
    _ line: LineFramer.Line, _ bytes: [UInt8], to sink: inout Sink
  ) {
    let head = IMAPCommandHead(bytes.span)
    var new = OpenCommand(head, line)
    let tag = head.tag ?? head.verb.name
    new.isSecret = mayBeSecret(head)
    flushUnsolicited(before: head.verb.command, at: line.start)
    checkCommand(new, head, bytes)
    facts.lastTag = tag
    let made = Command(
      verb: head.verb.name, text: "", tag: head.tag, position: line.start, end: line.end, length: 0)
    let orphan = orphans.removeValue(forKey: tag)
    if let exchange = orphan?.exchange {
      new.exchange = exchange
      recorder.edit { $0.exchanges[exchange].command = made }
    } else {
      new.exchange = recorder.open(made)
    }
    if pending.count < recorder.options.pendingCommandLimit {
      wait(
        for: PendingCommand(tag: tag, verb: head.verb, exchange: new.exchange, start: line.start))
    } else {
      recorder.drop(.pendingCommands)
    }
    command.value = new
    continueCommand(line, bytes, to: &sink)
    if let orphan, let index = pending.firstIndex(where: { $0.tag == tag }) {
      settle(index, orphan.completion, to: &sink)
    }
  }

  /// Is this the rest of a login, rather than a command?
  private mutating func mayBeSecret(_ head: IMAPCommandHead) -> Bool {
    guard head.verb.command == nil else {
      credentials = .none
      facts.isAfterBrokenLiteral = false
      return false
    }
    return switch credentials {
    case .none: false
    case .responses(let isAccepted): !isAccepted || head.verb.name.isEmpty
    case .rest: true
    }
  }

  /// A line of a command: its first, or what follows a literal.
  private mutating func continueCommand<Sink: MessageSink>(
    _ line: LineFramer.Line, _ bytes: [UInt8], to sink: inout Sink
  ) {
    if let open = command.value, open.followsLiteral, let first = bytes.first, first != .space,
      first != UInt8(ascii: ")")
    {
      findBrokenLiteral(of: open, bytes, frame: line.start.frame)
    }
    let end = line.dropped > 0 ? ending : bytes
    guard let literal = command.change({ $0.add(line, bytes, ending: end) }) ?? nil else {
      return closeCommand()
    }
    checkLiteral(literal, frame: line.start.frame)
    clientPhase = IMAPClientPhase(after: literal)
    questionEnd = line.end.streamOffset
    if !literal.isSynchronizing {
      startLiteral(literal.count, to: &sink)
    } else if command.value?.completion != nil {
      closeCommand()
      clientPhase = .line
    } else if takeEarlyContinuation(after: line.start) {
      acceptLiteral(to: &sink)
    }
  }

  /// The server asked for the literal, or nothing else can be meant.
  mutating func acceptLiteral<Sink: MessageSink>(to sink: inout Sink) {
    guard case .literal(let count) = clientPhase.whenContinued else { return }
    clientPhase = .literal(count)
    startLiteral(count, to: &sink)
  }

  /// The literal's bytes follow.
  private mutating func startLiteral<Sink: MessageSink>(_ count: Int, to sink: inout Sink) {
    clientLiteral.count = count
    if var open = command.take() {
      if let message = open.pendingMessage.take(),
        let index = recorder.open(message, in: open.exchange)
      {
        clientLiteral.message = index
        open.messages.append(index)
        if message.section == nil { sink.begin(index) } else { sink.beginPiece(index) }
      }
      command.value = open
    }
    if count == 0 { endLiteral(isComplete: true, to: &sink) }
  }

  private mutating func receiveLiteral<Sink: MessageSink>(
    _ bytes: Span<UInt8>, at position: Position, to sink: inout Sink
  ) {
    clientLiteral.received += bytes.count
    clientLiteral.end = position.advanced(by: bytes.count - 1)
    if let index = clientLiteral.message {
      recorder.extend(index, by: bytes.count, at: position)
      sink.receive(bytes, of: index)
      clientLiteral.keepTail(bytes)
    } else {
      command.change { $0.content?.append(contentsOf: bytes.copied) }
    }
  }

  private mutating func endLiteral<Sink: MessageSink>(isComplete: Bool, to sink: inout Sink) {
    clientPhase = .line
    let literal = clientLiteral
    clientLiteral = OpenLiteral()
    guard var open = command.take() else { return }
    open.length += literal.received
    open.end = literal.end ?? open.end
    open.followsLiteral = true
    let isWhole = isComplete && !literal.isDamaged
    if let index = literal.message {
      recorder.edit { $0.messages[index].complete = isWhole }
      sink.end(index)
      let message = recorder.session.messages[index]
      recorder.add(
        Answer(
          kind: .message, text: "", position: message.start, end: message.end,
          length: literal.received), to: open.exchange)
    } else if let content = open.content, isWhole, !open.isOverLimit,
      let last = open.text.literals.indices.last
    {
      open.text.literals[last].content = content
    } else if let content = open.content, open.mayHaveSecret {
      let part = String(decoding: content, as: UTF8.self)
      recorder.hold(0..<part.utf8.count, of: part)
    }
    open.content = nil
    command.value = open
  }

  // MARK: Gaps and the end

  mutating func gapOfClient<Sink: MessageSink>(
    _ length: Int, at position: Position, to sink: inout Sink
  ) {
    decideHeld(to: &sink)
    switch clientPhase {
    case .undecided(.literal): acceptLiteral(to: &sink)
    case .undecided(.sasl), .response: clientPhase = .line
    default: break
    }
    switch clientPhase {
    case .literal(let remaining):
      let lost = min(length, remaining)
      if let index = clientLiteral.message { sink.gap(lost, in: index) }
      command.change { $0.content = nil }
      clientLiteral.isDamaged = true
      if length < remaining {
        clientPhase = .literal(remaining - length)
      } else {
        endLiteral(isComplete: false, to: &sink)
        if length > remaining { loseLine() }
      }
    case .line, .lost, .response: loseLine()
    case .undecided, .handshake, .encoded: break
    }
  }

  private mutating func loseLine() {
    endRefused()
    clientFramer.discard()
    closeCommand()
    clientPhase = .lost
  }

  mutating func finishClient<Sink: MessageSink>(to sink: inout Sink) {
    if case .literal = clientPhase {
      if let index = clientLiteral.message {
        findCommandInLiteral()
        cutOff("APPEND", message: index)
      }
      endLiteral(isComplete: false, to: &sink)
    }
    // A command whose line end never came is a command all the same: the server may have seen the rest.
    if clientPhase == .line || clientPhase == .lost, let end = facts.clientEnd,
      let line = clientFramer.cut(at: end)
    {
      facts.unfinished = command.value?.start ?? line.start
      let none: [UInt8] = []
      receiveClient(line, clientFramer.bytes(of: line, in: none.span).copied, to: &sink)
    }
    endRefused()
    closeCommand()
    if let last = facts.last { endIdle(at: last.time) }
  }

  mutating func cutOff(_ transfer: String, message index: Int) {
    let size = recorder.session.messages[index].size
    facts.cutOff = (transfer, size)
    recorder.find(
      .imapLiteralCutOff, frame: facts.last?.frame ?? 0,
      "the session ends within a literal of \(transfer), after \(size.grouped) bytes")
  }
}

// The client's side of an IMAP dialogue.

import Fields

extension IMAPDialogue {
  mutating func receiveClient<Sink: MessageSink>(
    _ bytes: Span<UInt8>, at position: Position, to sink: inout Sink
  ) {
    var index = 0
    while index < bytes.count {
      switch clientMode {
      case .encrypted, .compressed:
        return pendingSwitch.add(
          bytes.extracting(index..<bytes.count), from: .client, at: position.advanced(by: index))
      case .handshake:
        if TLSUse.beginsRecord(bytes[index]) {
          clientMode = .encrypted
          pendingSwitch.begin(.tls, .client, at: position.streamOffset + index)
          expectTLSOfServer()
        } else {
          resume(.client)
        }
      case .undecided:
        held.append(bytes.extracting(index..<bytes.count), at: position.advanced(by: index))
        if held.count > recorder.options.undecidedLimit {
          recorder.drop(.undecided)
          decideByLook(to: &sink)
        }
        return
      case .literal(let remaining):
        let count = min(remaining, bytes.count - index)
        receiveLiteral(
          bytes.extracting(index..<(index + count)), at: position.advanced(by: index), to: &sink)
        index += count
        clientMode = .literal(remaining - count)
        if remaining == count {
          endLiteral(isComplete: true, to: &sink)
        }
      case .lines, .response:
        guard let line = clientFramer.next(in: bytes, from: &index, at: position) else { return }
        if line.dropped > 0 { ending = clientFramer.lastBytes(of: line, in: bytes) }
        receiveClient(line, clientFramer.bytes(of: line, in: bytes).copied, to: &sink)
      }
    }
  }

  private mutating func receiveClient<Sink: MessageSink>(
    _ line: LineFramer.Line, _ bytes: [UInt8], to sink: inout Sink
  ) {
    if skipsClient {
      guard Self.looksLikeCommand(bytes) else { return }
      skipsClient = false
    }
    checkLine(line, of: .client)
    if case .response = clientMode {
      receiveResponse(line, bytes)
    } else if command != nil {
      continueCommand(line, bytes, to: &sink)
    } else if !endsIdle(line, bytes) {
      beginCommand(line, bytes, to: &sink)
    }
  }

  /// `tag SP verb` with a verb that IMAP knows.
  static func looksLikeCommand(_ line: [UInt8]) -> Bool {
    let words = line.split(separator: .space, maxSplits: 2, omittingEmptySubsequences: false)
    guard words.count > 1, !words[0].isEmpty, words[0].allSatisfy(isTagByte) else { return false }
    return words[1].count <= 16
      && IMAPCommands.known.contains(String(decoding: words[1], as: UTF8.self).uppercasedASCII)
  }

  static func isTagByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0...0x20, 0x7F..., UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "{"),
      UInt8(ascii: "%"), UInt8(ascii: "*"), UInt8(ascii: "\""), UInt8(ascii: "\\"),
      UInt8(ascii: "+"):
      false
    default: true
    }
  }

  // MARK: Where the server decides

  /// What was held is parsed now that `mode` is known.
  mutating func release<Sink: MessageSink>(as mode: ClientMode, to sink: inout Sink) {
    clientMode = mode
    if case .literal(let count) = mode { startLiteral(count, to: &sink) }
    var runs = held
    held = HeldBytes()
    while let run = runs.next() { receiveClient(run.bytes.span, at: run.position, to: &sink) }
  }

  /// No reply decides what the held bytes are: their look does.
  mutating func decideByLook<Sink: MessageSink>(to sink: inout Sink) {
    while case .undecided(let undecided) = clientMode, held.count > 0 {
      let isCommand = Self.looksLikeCommand(held.firstLine)
      switch undecided {
      case .literal(let count):
        if isCommand {
          closeCommand(to: &sink)
          release(as: .lines, to: &sink)
        } else {
          release(as: .literal(count), to: &sink)
        }
      case .sasl: release(as: isCommand ? .lines : .response, to: &sink)
      case .startTLS:
        if held.beginsRecord { beginTLS(frame: held.firstFrame) }
        release(as: held.beginsRecord ? .handshake : .lines, to: &sink)
      case .compress:
        guard !isCommand else { return release(as: .lines, to: &sink) }
        recorder.edit { $0.compressed = true }
        beginCompressionOfClient()
      }
    }
  }

  /// A continuation request that was captured before what it answers, though it was sent after it.
  private mutating func takeEarlyContinuation(after position: Position) -> Bool {
    guard let early = earlyContinuations.first, early.time >= position.time else { return false }
    earlyContinuations.removeFirst()
    return true
  }

  /// What is held is compressed.
  mutating func beginCompressionOfClient() {
    clientMode = .compressed
    pendingSwitch.begin(
      .deflate, .client,
      at: held.firstPosition?.streamOffset ?? (facts.clientEnd?.streamOffset ?? -1) + 1)
    pendingSwitch.add(held, from: .client)
    held = HeldBytes()
  }

  // MARK: Commands

  private mutating func beginCommand<Sink: MessageSink>(
    _ line: LineFramer.Line, _ bytes: [UInt8], to sink: inout Sink
  ) {
    var new = OpenCommand(start: line.start, end: line.end)
    let words = IMAPCommands.head(bytes)
    (new.tag, new.verb, new.arguments) = (words.tag, words.verb, words.arguments)
    let frame = line.start.frame
    let tag = new.tag ?? words.verb
    flushUnsolicited(before: new.verb)
    checkCommand(new, bytes, frame: frame)
    facts.lastTag = tag
    var flight = Flight(tag: tag, verb: new.verb, position: line.start)
    flight.changesState = IMAPCommands.changesState.contains(new.verb)
    let made = Command(
      verb: new.verb, text: "", tag: new.tag, position: line.start, end: line.end, length: 0,
      order: 0)
    let orphan = orphans.removeValue(forKey: tag)
    if let exchange = orphan?.exchange {
      new.exchange = exchange
      recorder.edit { $0.exchanges[exchange].command = made }
    } else {
      new.exchange = recorder.open(made)
    }
    flight.exchange = new.exchange
    command = new
    commandMessages = []
    if flights.count < recorder.options.pendingCommandLimit {
      flights.append(flight)
    } else {
      recorder.drop(.pendingCommands)
    }
    continueCommand(line, bytes, to: &sink)
    if let orphan { settle(orphan.completion, tag: tag, at: orphan.position, to: &sink) }
  }

  /// A line of a command: its first, or what follows a literal.
  private mutating func continueCommand<Sink: MessageSink>(
    _ line: LineFramer.Line, _ bytes: [UInt8], to sink: inout Sink
  ) {
    guard var open = command.take() else { return }
    open.length += line.length
    open.end = line.end
    if open.followsLiteral, let first = bytes.first, first != .space, first != UInt8(ascii: ")") {
      recorder.find(
        .imapLiteralLength, frame: line.start.frame,
        "after a literal of \(open.verb) comes \(Phrase.quote(String(decoding: bytes.prefix(20), as: UTF8.self)))"
      )
    }
    open.followsLiteral = false
    let start = open.text.bytes.count
    open.isOverLimit = open.isOverLimit || start + bytes.count > Self.textLimit
    if !open.isOverLimit { open.text.bytes += bytes }
    open.isOverLimit = open.isOverLimit || line.dropped > 0
    let end = line.dropped > 0 ? ending : bytes
    guard let literal = LiteralAnnouncement(endOf: end[...]), !IMAPCommands.endsInQuotes(end)
    else {
      command = open
      return closeCommand(to: &sink)
    }
    if !open.isOverLimit {
      let end = open.text.bytes.count
      open.text.literals.append(
        IMAPText.Literal(announcement: end - literal.length..<end, count: literal.count))
    }
    command = open
    beginLiteral(literal, end, at: line, to: &sink)
  }

  private mutating func beginLiteral<Sink: MessageSink>(
    _ literal: LiteralAnnouncement, _ bytes: [UInt8], at line: LineFramer.Line, to sink: inout Sink
  ) {
    checkLiteral(literal, frame: line.start.frame)
    command?.content = literal.count <= Self.literalLimit ? [] : nil
    command?.pendingMessage = nil
    if IMAPCommands.carriesMessage(&command, literal, bytes) {
      var message = Message(direction: .appended, transfer: .append, start: line.end)
      message.mailbox = command?.mailbox
      let before = String(decoding: bytes.dropLast(literal.length).suffix(5), as: UTF8.self)
      if before.equals(ignoringCase: "TEXT ") { message.section = "CATENATE" }
      command?.pendingMessage = message
    }
    guard literal.isSynchronizing else {
      clientMode = .literal(literal.count)
      return startLiteral(literal.count, to: &sink)
    }
    clientMode = .undecided(.literal(literal.count))
    if command?.isCompleted == true {
      closeCommand(to: &sink)
      clientMode = .lines
    } else if takeEarlyContinuation(after: line.start) {
      acceptLiteral(to: &sink)
    }
  }

  /// The server asked for the literal.
  mutating func acceptLiteral<Sink: MessageSink>(to sink: inout Sink) {
    guard case .undecided(.literal(let count)) = clientMode else { return }
    release(as: .literal(count), to: &sink)
  }

  /// The literal's bytes follow.
  private mutating func startLiteral<Sink: MessageSink>(_ count: Int, to sink: inout Sink) {
    if var open = command.take() {
      if let message = open.pendingMessage.take(),
        let index = recorder.open(message, in: open.exchange)
      {
        clientLiteral.message = index
        commandMessages.append(index)
        sink.begin(index)
      }
      command = open
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
    } else {
      command?.content?.append(contentsOf: bytes.copied)
    }
  }

  private mutating func endLiteral<Sink: MessageSink>(
    isComplete: Bool, to sink: inout Sink
  ) {
    clientMode = .lines
    let literal = clientLiteral
    clientLiteral = Literal()
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
          length: literal.received, order: 0), to: open.exchange)
    } else if let content = open.content, isWhole, !open.isOverLimit,
      let last = open.text.literals.indices.last
    {
      open.text.literals[last].content = content
    }
    open.content = nil
    command = open
  }

  /// The command is complete, or will not go on.
  mutating func closeCommand<Sink: MessageSink>(to sink: inout Sink) {
    guard let open = command else { return }
    command = nil
    let all = 0..<open.text.bytes.count
    let from = min(open.arguments, all.upperBound)
    let words = IMAPTokens(open.text, from: from)
    var made = Command(
      verb: open.verb,
      argument: from < all.upperBound
        ? open.text.string(from..<all.upperBound, withLiterals: true) : nil,
      text: open.text.string(all, withLiterals: true), tag: open.tag, position: open.start,
      end: open.end, length: open.length, order: 0)
    made.secret = IMAPCommands.secret(open.verb, words)
    made.mailbox = IMAPCommands.mailbox(open.verb, words)
    if let exchange = open.exchange {
      let final = made
      recorder.edit { $0.exchanges[exchange].command = final }
    }
    if open.isOverLimit { recorder.drop(.text) }
    checkSyntax(open, words)
    note(open, made, words, to: &sink)
  }

  /// What a complete command sets going.
  private mutating func note<Sink: MessageSink>(
    _ open: OpenCommand, _ made: Command, _ words: IMAPTokens, to sink: inout Sink
  ) {
    let flight = open.isCompleted ? nil : flights.lastIndex { $0.position == open.start }
    let (frame, top) = (open.start.frame, words.children())
    if let flight {
      flights[flight].mailbox = made.mailbox
      flights[flight].messages = commandMessages
    }
    switch open.verb {
    case "LOGIN":
      var login = Authentication(
        mechanism: "LOGIN", username: top.first.map { words.string($0) }, frame: frame)
      if top.count > 1 {
        login.fields = [
          SASLField("username", words.string(top[0])),
          SASLField("password", words.string(top[1]), isSecret: true),
        ]
      }
      open.attach(recorder.open(login), to: flight, in: &flights)
      findPlaintextLogin("LOGIN", frame: frame)
    case "AUTHENTICATE":
      let exchange = SASLExchange(mechanism: top.first.map { words.string($0) } ?? "")
      let authentication = recorder.open(
        Authentication(mechanism: exchange.mechanism, frame: frame))
      open.attach(authentication, to: flight, in: &flights)
      sasl = (exchange, authentication)
      recorder.checkStart(
        of: exchange, by: "AUTHENTICATE", isSecure: facts.isClearAfterTLS,
        offered: facts.mechanisms, frame: frame)
      if top.count > 1 { respond(words.string(top[1]), initial: true) }
      guard flight != nil else { break }
      clientMode = .undecided(.sasl)
      if takeEarlyContinuation(after: open.start) { clientMode = .response }
    case "STARTTLS": if flight != nil { clientMode = .undecided(.startTLS) }
    case "COMPRESS": if flight != nil { clientMode = .undecided(.compress) }
    case "IDLE":
      facts.idleSince = open.start.time
      facts.idleFrame = frame
      _ = takeEarlyContinuation(after: open.start)
    case "ID":
      let fields = IMAPCommands.pairs(words)
      if let software = IMAPCommands.software(fields) {
        recorder.edit { $0.clientSoftware = software }
      }
    case "LOGOUT": facts.sawLogout = true
    default: break
    }
  }

  @discardableResult
  private mutating func respond(_ text: String, initial: Bool) -> [SASLField] {
    guard var current = sasl else { return [] }
    let decoded = current.exchange.respond(text, initial: initial)
    sasl = current
    recorder.keep(current.exchange, in: current.authentication)
    return decoded
  }

  /// A line of a SASL dialogue (RFC 9051 section 6.2.2).
  private mutating func receiveResponse(_ line: LineFramer.Line, _ bytes: [UInt8]) {
    let flight = flights.last { $0.verb == "AUTHENTICATE" }
    let text = String(decoding: bytes, as: UTF8.self)
    recorder.add(
      Answer(
        kind: text == "*" ? .cancel : .sasl, text: text,
        decoded: respond(text, initial: false), position: line.start, end: line.end,
        length: line.length, order: 0), to: flight?.exchange)
    clientMode = .undecided(.sasl)
    if takeEarlyContinuation(after: line.start) { clientMode = .response }
  }

  /// `DONE` ends `IDLE` (RFC 2177); any other line meanwhile is a mistake.
  private mutating func endsIdle(_ line: LineFramer.Line, _ bytes: [UInt8]) -> Bool {
    let text = String(decoding: bytes.prefix(16), as: UTF8.self).trimmingBlanks
    let index = flights.lastIndex { $0.verb == "IDLE" && !$0.isDone }
    guard text.equals(ignoringCase: "DONE"), bytes.count < 16 else {
      if index != nil {
        recorder.find(
          .imapCommandInIdle, frame: line.start.frame,
          "a command was sent where IDLE waits for DONE")
      }
      return false
    }
    // A late DONE: the server had ended IDLE by itself.
    let idle = index.map { flights[$0].exchange } ?? lastIdle
    guard let idle else { return false }
    if let index { flights[index].isDone = true }
    recorder.add(
      Answer(
        kind: .done, text: text, position: line.start, end: line.end, length: line.length, order: 0),
      to: idle)
    endIdle(at: line.start.time)
    return true
  }

  private var lastIdle: Int?? {
    guard let last = recorder.session.exchanges.last, last.command?.verb == "IDLE",
      !last.answers.contains(where: { $0.kind == .done })
    else { return nil }
    return recorder.session.exchanges.count - 1
  }

  mutating func endIdle(at time: Int64) {
    guard let since = facts.idleSince else { return }
    facts.idleSince = nil
    let idle = max(0, time - since)
    facts.idle += idle
    // RFC 2177 advises 29 minutes, since servers may end the session after 30.
    if idle > 30 * 60 * 1_000_000_000 {
      recorder.find(
        .imapIdleTooLong, frame: facts.idleFrame,
        "IDLE lasted \(Phrase.duration(nanoseconds: idle))")
    }
  }

  // MARK: Gaps and the end

  mutating func gapOfClient<Sink: MessageSink>(
    _ length: Int, at position: Position, to sink: inout Sink
  ) {
    decideByLook(to: &sink)
    switch clientMode {
    case .undecided(.literal(let count)): release(as: .literal(count), to: &sink)
    case .undecided(.sasl), .response: clientMode = .lines
    default: break
    }
    switch clientMode {
    case .literal(let remaining):
      let lost = min(length, remaining)
      if let index = clientLiteral.message { sink.gap(lost, in: index) }
      command?.content = nil
      clientLiteral.isDamaged = true
      if length < remaining {
        clientMode = .literal(remaining - length)
      } else {
        endLiteral(isComplete: false, to: &sink)
        if length > remaining { loseLine(to: &sink) }
      }
    case .lines, .response: loseLine(to: &sink)
    case .undecided, .handshake, .encrypted, .compressed: break
    }
  }

  private mutating func loseLine<Sink: MessageSink>(to sink: inout Sink) {
    clientFramer.discard()
    closeCommand(to: &sink)
    skipsClient = true
  }

  mutating func finishClient<Sink: MessageSink>(to sink: inout Sink) {
    if case .literal = clientMode {
      if let index = clientLiteral.message { cutOff("APPEND", message: index) }
      endLiteral(isComplete: false, to: &sink)
    }
    // A command whose line end never came is a command all the same: the server may have seen the rest.
    if case .lines = clientMode, let end = facts.clientEnd, let line = clientFramer.cut(at: end) {
      let none: [UInt8] = []
      receiveClient(line, clientFramer.bytes(of: line, in: none.span).copied, to: &sink)
    }
    closeCommand(to: &sink)
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

extension IMAPDialogue.OpenCommand {
  func attach(_ authentication: Int?, to flight: Int?, in flights: inout [IMAPDialogue.Flight]) {
    if let flight { flights[flight].authentication = authentication }
  }
}

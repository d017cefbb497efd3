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
  private mutating func takeEarlyContinuation(after position: Position) -> Bool {
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
      verb: head.verb.name, text: "", tag: head.tag, position: line.start, end: line.end, length: 0,
      order: 0)
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
    if let orphan { settle(orphan.completion, to: &sink) }
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
    guard var open = command.take() else { return }
    open.length += line.length
    open.end = line.end
    if open.followsLiteral, let first = bytes.first, first != .space, first != UInt8(ascii: ")") {
      findBrokenLiteral(of: open, bytes, frame: line.start.frame)
    }
    open.followsLiteral = false
    open.isOverLimit =
      open.isOverLimit || open.text.bytes.count + bytes.count > Self.textLimit
    if !open.isOverLimit { open.text.bytes += bytes }
    open.isOverLimit = open.isOverLimit || line.dropped > 0
    let end = line.dropped > 0 ? ending : bytes
    guard let literal = IMAPGrammar.literal(afterCommand: end.span) else {
      command.value = open
      return closeCommand()
    }
    checkLiteral(literal, frame: line.start.frame)
    open.content = literal.count <= Self.literalLimit ? [] : nil
    open.pendingMessage = Self.message(of: &open, literal, after: end, at: line.end)
    if !open.isOverLimit {
      let end = open.text.bytes.count
      open.text.literals.append(
        IMAPText.Literal(announcement: end - literal.length..<end, count: literal.count))
    }
    let isCompleted = open.completion != nil
    command.value = open
    clientPhase = IMAPClientPhase(after: literal)
    questionEnd = line.end.streamOffset
    if !literal.isSynchronizing {
      startLiteral(literal.count, to: &sink)
    } else if isCompleted {
      closeCommand()
      clientPhase = .line
    } else if takeEarlyContinuation(after: line.start) {
      acceptLiteral(to: &sink)
    }
  }

  /// The message that the literal is: `APPEND` and `REPLACE` name the mailbox before it.
  private static func message(
    of open: inout OpenCommand, _ literal: LiteralAnnouncement, after line: [UInt8],
    at position: Position
  ) -> Message? {
    if open.mailbox == nil, !open.isOverLimit,
      open.words.isMessage(literal, after: open.text, of: open.verb),
      let name = open.words.words.last
    {
      open.mailbox = MailboxName.shown(open.text.value(of: name))
    }
    guard open.mailbox != nil else { return nil }
    var message = Message(direction: .appended, transfer: .append, start: position)
    message.mailbox = open.mailbox
    let end = String(decoding: line.dropLast(literal.length).suffix(5), as: UTF8.self)
    if end.equals(ignoringCase: "TEXT ") { message.section = "CATENATE" }
    return message
  }

  /// The server asked for the literal, or nothing else can be meant.
  mutating func acceptLiteral<Sink: MessageSink>(to sink: inout Sink) {
    guard case .literal(let count) = clientPhase.whenContinued else { return }
    clientPhase = .literal(count)
    startLiteral(count, to: &sink)
  }

  /// The literal's bytes follow.
  private mutating func startLiteral<Sink: MessageSink>(_ count: Int, to sink: inout Sink) {
    if var open = command.take() {
      if let message = open.pendingMessage.take(),
        let index = recorder.open(message, in: open.exchange)
      {
        clientLiteral.message = index
        open.messages.append(index)
        sink.begin(index)
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
          length: literal.received, order: 0), to: open.exchange)
    } else if let content = open.content, isWhole, !open.isOverLimit,
      let last = open.text.literals.indices.last
    {
      open.text.literals[last].content = content
    }
    open.content = nil
    command.value = open
  }

  /// The command is complete, or will not go on.
  mutating func closeCommand() {
    guard let open = command.take() else { return }
    let all = 0..<open.text.bytes.count
    let from = min(open.arguments, all.upperBound)
    let words = IMAPTokens(open.text, from: from)
    var made = Command(
      verb: open.verb.name,
      argument: from < all.upperBound
        ? open.text.string(from..<all.upperBound, withLiterals: true) : nil,
      text: open.text.string(all, withLiterals: true), tag: open.tag, position: open.start,
      end: open.end, length: open.length, order: 0)
    if open.isSecret {
      made.secret = 0..<made.text.utf8.count
    } else if open.verb.command == nil {
      made.secret = Secrets.part(of: made.text)
    } else {
      made.secret = words.secret(of: open.verb.command)
    }
    made.mailbox = words.mailbox(of: open.verb)
    recorder.complete(made, in: open.exchange)
    if open.isOverLimit { recorder.drop(.text) }
    checkSyntax(open, words)
    note(open, made, words)
  }

  /// What a complete command sets going.
  private mutating func note(_ open: OpenCommand, _ made: Command, _ words: IMAPTokens) {
    let waiting =
      open.completion == nil ? pending.lastIndex { $0.start == open.start } : nil
    let (frame, top) = (open.start.frame, words.children())
    if let waiting {
      pending[waiting].mailbox = made.mailbox
      pending[waiting].messages = open.messages
      pending[waiting].end = open.end
      pending[waiting].owed = owedData(by: open.verb, words)
    }
    switch open.verb.command {
    case .login:
      var login = Authentication(
        mechanism: "LOGIN", username: top.first.flatMap { words.known($0) }, frame: frame)
      if top.count > 1 {
        login.fields = [
          SASLField("username", words.string(top[0])),
          SASLField("password", words.string(top[1]), isSecret: true),
        ]
        findPlaintextLogin("LOGIN", frame: frame)
      }
      keep(recorder.open(login), of: open, waiting)
      let isWhole = top.count > 1 && words.isBalanced && !open.isRefused
      credentials = isWhole ? .none : .rest
    case .authenticate:
      let exchange = SASLExchange(mechanism: top.first.flatMap { words.known($0) } ?? "")
      let authentication = recorder.open(
        Authentication(mechanism: exchange.mechanism, frame: frame))
      keep(authentication, of: open, waiting)
      sasl = (exchange, authentication)
      credentials = .responses(isAccepted: false)
      recorder.checkStart(
        of: exchange, by: "AUTHENTICATE", isSecure: isOpened, offered: facts.mechanisms,
        frame: frame)
      if top.count > 1 { respond(words.string(top[1]), initial: true) }
    case .startTLS: if tls == .clear { tls = .requested }
    case .idle:
      facts.idleSince = open.start.time
      facts.idleFrame = frame
      _ = takeEarlyContinuation(after: open.start)
    case .id:
      if let first = top.first, let software = UntaggedItems.software(words.pairs(in: first)) {
        recorder.edit { $0.clientSoftware = software }
      }
    case .logout: facts.sawLogout = true
    default: break
    }
    guard waiting != nil else { return }
    clientPhase = IMAPClientPhase(after: open.verb.command)
    questionEnd = open.end.streamOffset
    if clientPhase == .undecided(.sasl), takeEarlyContinuation(after: open.start) {
      clientPhase = .response
    }
  }

  /// The command's completion will say what came of the login, or has.
  private mutating func keep(_ authentication: Int?, of open: OpenCommand, _ waiting: Int?) {
    if let waiting { pending[waiting].authentication = authentication }
    if let status = open.completion {
      recorder.settle(authentication, status == .ok ? .accepted : .rejected)
    }
  }

  @discardableResult
  private mutating func respond(_ text: String, initial: Bool) -> [SASLField] {
    guard var current = sasl else { return [] }
    let decoded = current.exchange.respond(text, initial: initial)
    sasl = current
    if let authentication = current.authentication {
      recorder.keep(current.exchange, in: authentication)
    }
    return decoded
  }

  /// A line of a SASL dialogue (RFC 9051 section 6.2.2).
  private mutating func receiveResponse(_ line: LineFramer.Line, _ bytes: [UInt8]) {
    addResponse(line, bytes, to: pending.last { $0.verb.command == .authenticate }?.exchange)
    clientPhase = .undecided(.sasl)
    questionEnd = line.end.streamOffset
    if takeEarlyContinuation(after: line.start) { clientPhase = .response }
  }

  private mutating func addResponse(
    _ line: LineFramer.Line, _ bytes: [UInt8], to exchange: Int?
  ) {
    let text = String(decoding: bytes, as: UTF8.self)
    recorder.add(
      Answer(
        kind: text == "*" ? .cancel : .sasl, text: text,
        decoded: respond(text, initial: false), position: line.start, end: line.end,
        length: line.length, order: 0), to: exchange)
  }

  /// A response whose challenge was not captured, after the completion of its AUTHENTICATE.
  private mutating func takesLateResponse(_ line: LineFramer.Line, _ bytes: [UInt8]) -> Bool {
    guard let exchange = lateResponses else { return false }
    guard Secrets.isBase64(bytes) else {
      lateResponses = nil
      return false
    }
    addResponse(line, bytes, to: exchange)
    return true
  }

  /// `DONE` ends `IDLE` (RFC 2177); any other line meanwhile is a mistake.
  private mutating func endsIdle(_ line: LineFramer.Line, _ bytes: [UInt8]) -> Bool {
    let text = String(decoding: bytes.prefix(16), as: UTF8.self).trimmingBlanks
    let index = pending.lastIndex { $0.verb.command == .idle && !$0.isDone }
    guard text.equals(ignoringCase: "DONE"), bytes.count < 16 else {
      if index != nil {
        recorder.find(
          .imapCommandInIdle, frame: line.start.frame,
          "a command was sent where IDLE waits for DONE")
      }
      return false
    }
    // A late DONE: the server had ended IDLE by itself.
    let idle = index.map { pending[$0].exchange } ?? lastIdle
    guard let idle else { return false }
    if let index { pending[index].isDone = true }
    recorder.add(
      Answer(
        kind: .done, text: text, position: line.start, end: line.end, length: line.length, order: 0),
      to: idle)
    endIdle(at: line.start.time)
    return true
  }

  private var lastIdle: Int?? {
    guard let last = recorder.session.exchanges.last,
      last.command?.verb == IMAPCommand.idle.rawValue,
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

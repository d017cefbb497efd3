// The client's side: commands, SASL responses, message bytes.

import DequeModule
import Fields

extension SMTPDialogue {
  /// Takes the bytes of `chunk`; where `holds` is false, only as far as they need not be held.
  @discardableResult
  mutating func consume<Sink: MessageSink>(
    _ chunk: Span<UInt8>, at position: Position, holds: Bool = true, to sink: inout Sink
  ) -> Int {
    var index = 0
    while index < chunk.count {
      switch phase {
      case .command:
        if beginsTLS(chunk[index]) {
          encrypt(at: position.advanced(by: index))
          continue
        }
        guard let line = client.next(in: chunk, from: &index, at: position)
        else { return chunk.count }
        if takesForRefused(line, in: chunk) { continue }
        guard let command = command(line, in: chunk) else {
          recorder.holdSecrets(of: client.bytes(of: line, in: chunk).text)
          state.unreadLines += 1
          continue
        }
        issue(command, line, to: &sink)
      case .refused:
        guard let line = client.next(in: chunk, from: &index, at: position)
        else { return chunk.count }
        if takesForRefused(line, in: chunk) { continue }
        endRefused()
        issue(SMTPCommandLine(client.bytes(of: line, in: chunk)), line, to: &sink)
      case .response:
        guard let line = client.next(in: chunk, from: &index, at: position)
        else { return chunk.count }
        let text = client.bytes(of: line, in: chunk).text
        respond(text, line, to: &sink)
      case .message: receiveBody(chunk, from: &index, at: position, to: &sink)
      case .chunk(let remaining, let isLast):
        let count = min(remaining, chunk.count - index)
        receiveChunk(
          chunk.extracting(index..<(index + count)), at: position.advanced(by: index),
          remaining: remaining - count, isLast: isLast, to: &sink)
        index += count
      case .binary(let remaining):
        let count = min(remaining, chunk.count - index)
        receiveBinary(
          count, at: position.advanced(by: index), remaining: remaining - count, to: &sink)
        index += count
      case .undecided:
        guard holds else { return index }
        let count = min(chunk.count - index, max(1, heldLimit - held.count))
        held.append(
          chunk.extracting(index..<(index + count)), at: position.advanced(by: index))
        index += count
        reconsider(to: &sink)
      case .encrypted:
        pendingSwitch.add(
          chunk.extracting(index..<chunk.count), from: .client, at: position.advanced(by: index))
        return chunk.count
      case .reversed: return chunk.count
      }
    }
    return chunk.count
  }

  /// nil where only half of the line may have been seen, and it is not plainly a command.
  private func command(_ line: LineFramer.Line, in chunk: Span<UInt8>) -> SMTPCommandLine? {
    let bytes = client.bytes(of: line, in: chunk)
    guard !state.clientResyncs || SMTPGrammar.isPlain(bytes) else { return nil }
    return SMTPCommandLine(bytes)
  }

  mutating func consumeGap<Sink: MessageSink>(
    _ length: Int, at position: Position, to sink: inout Sink
  ) {
    switch phase {
    case .command, .response, .refused:
      endRefused()
      client.discard()
      state.clientResyncs = true
      state.desynchronised = true
      if case .response = phase { phase = .command }
      if state.agreedFrame != nil {
        encrypt(at: position)
        pendingSwitch.add(gap: length, from: .client, at: position)
      }
    case .message:
      carried.hadGap = true
      state.desynchronised = true
      body.gap(length, of: carried.message, to: &sink)
    case .chunk(let remaining, let isLast):
      let count = min(remaining, length)
      carried.hadGap = true
      if let message = carried.message { sink.gap(count, in: message) }
      carried.length += count
      addSize(count)
      if remaining > count {
        phase = .chunk(remaining: remaining - count, isLast: isLast)
      } else {
        endChunk(at: position, isLast: isLast, to: &sink)
        if length > count { consumeGap(length - count, at: position, to: &sink) }
      }
    case .binary(let remaining):
      carried.hadGap = true
      receiveBinary(
        min(remaining, length), at: position, remaining: max(0, remaining - length), to: &sink)
      if length > remaining { consumeGap(length - remaining, at: position, to: &sink) }
    case .undecided(.tls) where held.isEmpty:
      encrypt(at: position)
      pendingSwitch.add(gap: length, from: .client, at: position)
    case .undecided: held.append(gap: length, at: position)
    case .encrypted, .reversed: break
    }
  }

  // MARK: Holding

  /// How much may wait. Where no server was ever seen, nothing is to be waited for.
  private var heldLimit: Int {
    let most = max(1, options.undecidedLimit)
    if state.decidedBlindly { return min(most, 512) }
    return state.serverBytes > 0 ? most : min(most, 4_096)
  }

  /// Whether what is held decides without a reply.
  private mutating func reconsider<Sink: MessageSink>(to sink: inout Sink) {
    switch phase {
    case .undecided(.tls):
      if held.prefix(1).first == 0x16, let position = held.firstPosition {
        encrypt(at: position)
        release(to: &sink)
        return
      }
    case .undecided(.end):
      // Text after the dot, or a command only begun? A server that ended here would not get text.
      if firstHeldLine.map({ !$0 }) == true {
        goOnAfterCandidate(to: &sink)
        return
      }
    default: break
    }
    guard held.count >= heldLimit else { return }
    recorder.drop(.undecided)
    decideBlindly(to: &sink)
  }

  /// Decides by what the held bytes look like.
  mutating func decideBlindly<Sink: MessageSink>(to sink: inout Sink) {
    let isCommand = firstHeldLine ?? false
    state.decidedBlindly = true
    if !pending.isEmpty { pending[pending.count - 1].isDecided = true }
    switch phase {
    case .undecided(.message):
      if isCommand {
        phase = .command
      } else {
        beginData(in: pending.last?.exchange, to: &sink)
      }
    case .undecided(.response): phase = isCommand ? .command : .response
    case .undecided(.tls):
      state.tls = .agreed(frame: held.firstFrame)
      phase = .command
    case .undecided(.binary(let count)):
      phase = isCommand || count == 0 ? .command : .binary(remaining: count)
      if case .binary = phase { beginBinary(in: pending.last?.exchange) }
    case .undecided(.end): return goOnAfterCandidate(to: &sink)
    default: return
    }
    release(to: &sink)
  }

  /// Whether the first held line is plainly a command; nil where it is not complete.
  private var firstHeldLine: Bool? {
    let bytes = held.prefix(2_050)
    guard let feed = bytes.firstIndex(of: .lineFeed) else {
      return bytes.count < 2_050 ? nil : false
    }
    return SMTPGrammar.isPlain(bytes.span.extracting(0..<feed).withoutReturn)
  }

  /// Reads what was held, in the phase that is known now, until something must be held again.
  mutating func release<Sink: MessageSink>(to sink: inout Sink) {
    guard !state.isReleasing else { return }
    state.isReleasing = true
    defer { state.isReleasing = false }
    while let (piece, used) = held.first {
      switch phase {
      case .undecided: return
      default: break
      }
      switch piece {
      case .bytes(let bytes, let position):
        let rest = bytes.span.extracting(droppingFirst: used)
        let count = consume(rest, at: position.advanced(by: used), holds: false, to: &sink)
        held.use(count)
      case .gap(let length, let position):
        held.use(0)
        consumeGap(length, at: position, to: &sink)
      }
    }
  }

  // MARK: XEXCH50

  /// So many bytes follow that are no mail.
  mutating func beginBinary(in exchange: Int?) {
    carried = Carried()
    carried.exchange = exchange
  }

  private mutating func receiveBinary<Sink: MessageSink>(
    _ count: Int, at position: Position, remaining: Int, to sink: inout Sink
  ) {
    if carried.start == nil { carried.start = position }
    carried.length += count
    carried.end = position.advanced(by: max(0, count - 1))
    guard remaining == 0 else { return phase = .binary(remaining: remaining) }
    endBinary()
    phase = .command
    pending.append(
      Pending(
        step: .binary, verb: .xExch50, name: SMTPVerb.xExch50.rawValue, exchange: carried.exchange,
        end: carried.end ?? position))
    matchEarly(to: &sink)
  }

  mutating func endBinary() {
    guard let start = carried.start, let end = carried.end else { return }
    recorder.add(
      Answer(
        kind: .binary, text: "", position: start, end: end, length: carried.length),
      to: carried.exchange)
  }

  // MARK: A message after a refusal

  /// Whether a line belongs to a message that is sent though `DATA` was refused; it is taken then.
  private mutating func takesForRefused(_ line: LineFramer.Line, in chunk: Span<UInt8>) -> Bool {
    guard refused != nil, !state.clientResyncs, !isCommand(line, in: chunk) else { return false }
    let isEnd = isDot(line, in: chunk)
    phase = .refused
    if refused?.start == nil { refused?.start = line.start }
    refused?.end = line.end
    refused?.length += line.length
    refused?.lines += 1
    if pending.last?.step == .refusedLines {
      pending[pending.count - 1].lines += 1
    } else {
      pending.append(
        Pending(
          step: .refusedLines, verb: .data, name: "DATA", exchange: refused?.exchange,
          end: line.end))
    }
    if isEnd { endRefused() }
    return true
  }

  /// The first line of such a message is no command at all; after that HELP and the like are words of it.
  private func isCommand(_ line: LineFramer.Line, in chunk: Span<UInt8>) -> Bool {
    let bytes = client.bytes(of: line, in: chunk)
    return phase.isRefused ? SMTPGrammar.endsRefusedMessage(bytes) : SMTPGrammar.isPlain(bytes)
  }

  private func isDot(_ line: LineFramer.Line, in chunk: Span<UInt8>) -> Bool {
    let bytes = client.bytes(of: line, in: chunk)
    return bytes.count == 1 && bytes[0] == .dot
  }

  /// The message that was sent after a refusal is over.
  mutating func endRefused() {
    guard let message = refused, let start = message.start, let end = message.end else { return }
    refused = nil
    phase = .command
    var answer = Answer(
      kind: .refused, text: "", position: start, end: end, length: message.length)
    answer.lineCount = message.lines
    recorder.add(answer, to: message.exchange)
    recorder.find(
      .smtpSentAfterRefusal, frame: start.frame,
      "DATA was refused (“\(message.reply)”), and \(Phrase.count(message.lines, "line")) of a message "
        + "were sent all the same, which the server takes for commands")
  }

  // MARK: TLS

  /// A TLS record where a command could begin: a handshake record, or anything that is no text once TLS was
  /// agreed on.
  private func beginsTLS(_ byte: UInt8) -> Bool {
    guard !client.hasPartialLine else { return false }
    if state.agreedFrame != nil {
      return !(byte.isASCIILetter || byte == .carriageReturn || byte == .lineFeed || byte.isBlank)
    }
    return byte == 0x16 && state.tls != .opened && (state.commands == 0 || state.tls != .clear)
  }

  private mutating func encrypt(at position: Position) {
    client.discard()
    phase = .encrypted
    state.clientEncryptedAt = position.streamOffset
    pendingSwitch.begin(.tls, .client, at: position.streamOffset)
    let mode: TLSUse.Mode = state.tls == .clear ? .implicit : .starttls
    state.tls = .encrypted
    recorder.edit { $0.tls = TLSUse(mode: mode, frame: position.frame) }
    if mode == .implicit { state.serverEncryptedAt = 0 }
    reportInjection(at: position)
    transaction = Transaction(serial: transaction.serial + 1)
  }

  // MARK: Commands

  mutating func issue<Sink: MessageSink>(
    _ line: SMTPCommandLine, _ framed: LineFramer.Line, to sink: inout Sink
  ) {
    state.clientResyncs = false
    flushEarly(before: framed, verb: line.verb)
    check(line, framed)
    var command = Command(
      verb: line.verb?.rawValue ?? line.name, argumentStart: line.argumentStart,
      text: line.text, position: framed.start, end: framed.end, length: framed.length)
    command.secret = secretRange(of: line)
    refused = nil
    if framed.dropped > 0 { recorder.drop(.line) }
    if options.wantsDialect { dialect.note(line, framed) }
    if pending.count >= max(1, options.pendingCommandLimit), let first = pending.popFirst() {
      var lost = first
      apply(&lost, nil, to: &sink)
      recorder.drop(.pendingCommands)
    }
    state.commands += 1
    if !pending.isEmpty { dialect.pipelines = true }
    noteLogin(line)
    let sasl = exchangeBegun(by: line)
    let isDecoded = sasl?.fields.contains { $0.isText && $0.value.utf8.count > 6 } == true
    var waiting = Pending(
      step: .command, verb: line.verb, name: line.name,
      exchange: recorder.open(consume command, isDecoded: isDecoded), end: framed.end)
    if state.agreedFrame != nil { state.commandsAfterTLS.append(line.text) }
    if let verb = line.verb, verb.isMail || verb == .rcpt {
      let path = line.lookAtArgument { SMTPPath($0, keyword: verb == .rcpt ? "TO" : "FROM") }
      check(path, verb, frame: framed.start.frame)
      waiting.path = path
    }
    phase = line.lookAtArgument { SMTPPhase(after: line.verb, $0) }
    switch line.verb {
    case .helo, .ehlo, .lhlo:
      state.helloVerb = line.verb
      state.helloName = line.argument
      if line.verb == .lhlo { recorder.edit { $0.mailProtocol = .lmtp } }
    case .auth, .xExps:
      if let sasl { beginAuthentication(sasl, line.verb, framed, in: waiting.exchange) }
    case .starttls, .xAnonymousTLS: if state.tls != .opened { state.tls = .requested }
    case .bdat: beginChunk(line, framed, &waiting, to: &sink)
    case .burl: beginReference(line, framed, &waiting, to: &sink)
    case .quit: state.quitFrame = framed.start.frame
    default: break
    }
    pending.append(waiting)
    if case .chunk(remaining: 0, let isLast) = phase {
      endChunk(at: framed.end, isLast: isLast, to: &sink)
    }
    matchEarly(to: &sink)
  }

  /// What of a command nobody may see. A line that is none may be an answer to `AUTH`, whatever became of that.
  @inline(__always)
  private func secretRange(of line: SMTPCommandLine) -> Range<Int>? {
    guard line.verb?.startsAuthentication == true else {
      if state.followsLogin {
        let isPlaced =
          line.verb != nil
          && (line.argumentStart == nil || SMTPGrammar.isPlain(Array(line.text.utf8).span))
        if !isPlaced { return Secrets.response(in: line.text) }
      }
      return Secrets.part(of: line.text)
    }
    guard let argument = line.argument, let start = line.argumentStart else { return nil }
    let end = line.text.utf8.count
    let name = argument.utf8.prefix { !$0.isBlank }
    guard SASLScheme.isName(Substring(name)) else { return start..<end }
    let initial = argument.utf8.dropFirst(name.count).drop(while: \.isBlank)
    guard !initial.isEmpty, !initial.elementsEqual("=".utf8) else { return nil }
    return (start + name.count + 1)..<end
  }

  /// Until another command comes, a line that is none may be an answer to the login.
  private mutating func noteLogin(_ line: SMTPCommandLine) {
    switch line.verb {
    case nil: if Secrets.beginsLogin(line.text) { state.followsLogin = true }
    case .noop: break
    case let verb?: state.followsLogin = verb.startsAuthentication
    }
  }

  // MARK: SASL

  /// The exchange that `AUTH` begins, with what the client's first response says.
  private func exchangeBegun(by line: SMTPCommandLine) -> SASLExchange? {
    guard line.verb?.startsAuthentication == true else { return nil }
    let words = (line.argument ?? "").words
    guard let mechanism = words.first else { return nil }
    var sasl = SASLExchange(mechanism: String(mechanism))
    if words.count > 1 { sasl.respond(String(words[1]), initial: true) }
    return sasl
  }

  private mutating func beginAuthentication(
    _ sasl: SASLExchange, _ verb: SMTPVerb?, _ framed: LineFramer.Line, in exchange: Int?
  ) {
    check(sasl, verb, frame: framed.start.frame)
    let record = recorder.open(
      Authentication(
        mechanism: sasl.mechanism, username: sasl.username, frame: framed.start.frame,
        fields: sasl.fields))
    login = Login(verb: verb, exchange: exchange, record: record, sasl: sasl)
  }

  private mutating func respond<Sink: MessageSink>(
    _ text: String, _ framed: LineFramer.Line, to sink: inout Sink
  ) {
    // No copy of the exchange is held while it grows.
    guard let isOver = login?.isOver, let exchange = login.map(\.exchange) else {
      phase = .command
      return
    }
    let verb = login?.verb
    let decoded = isOver ? [] : login?.sasl.respond(text) ?? []
    let isCancelled = !isOver && login?.sasl.isCancelled == true
    recorder.add(
      Answer(
        kind: isCancelled ? .cancel : .sasl, text: text, decoded: decoded,
        position: framed.start, end: framed.end, length: framed.length),
      to: exchange)
    noteAuthentication()
    pending.append(
      Pending(
        step: .sasl, verb: verb, name: verb?.rawValue ?? "AUTH", exchange: exchange,
        end: framed.end))
    phase = .undecided(.response)
    matchEarly(to: &sink)
  }
}

extension Span<UInt8> {
  /// Without a CR at its end.
  var withoutReturn: Span<UInt8> {
    @_lifetime(copy self) get {
      count > 0 && self[count - 1] == .carriageReturn ? extracting(0..<(count - 1)) : self
    }
  }
}

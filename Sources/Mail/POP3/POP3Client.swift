// The client's side of a POP3 dialogue.

import Fields

extension POP3Dialogue {
  static let knownCommands: Set<String> = [
    "USER", "PASS", "APOP", "AUTH", "STAT", "LIST", "RETR", "DELE", "NOOP", "RSET", "TOP", "UIDL",
    "QUIT", "CAPA", "STLS", "UTF8", "LANG", "XTND", "LAST", "RPOP", "XSENDER", "HELP",
  ]
  /// RFC 2449 section 4.
  static let commandLengthLimit = 255

  mutating func receiveClient<Sink: MessageSink>(
    _ bytes: Span<UInt8>, at position: Position, to sink: inout Sink
  ) {
    var index = 0
    while index < bytes.count {
      switch clientMode {
      case .encrypted:
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
      case .commands, .response:
        guard let line = clientFramer.next(in: bytes, from: &index, at: position) else { return }
        let text = clientFramer.bytes(of: line, in: bytes).copied
        receiveClient(line, text)
      }
    }
  }

  /// What was held is parsed now that `mode` is known.
  mutating func release<Sink: MessageSink>(as mode: ClientMode, to sink: inout Sink) {
    clientMode = mode
    var runs = held
    held = HeldBytes()
    while let run = runs.next() { receiveClient(run.bytes.span, at: run.position, to: &sink) }
  }

  /// No reply decides what the held bytes are: their look does.
  mutating func decideByLook<Sink: MessageSink>(to sink: inout Sink) {
    while case .undecided = clientMode {
      if held.looksEncrypted {
        beginTLS(frame: held.firstFrame)
        pendingSwitch.begin(.tls, .client, at: held.firstPosition?.streamOffset)
        release(as: .encrypted, to: &sink)
        return
      }
      let waits = held.count > 0
      let isCommand = Self.looksLikeCommand(held.firstLine)
      release(as: isCommand || !waits ? .commands : .response, to: &sink)
      if case .response = clientMode { clientMode = .commands }
    }
  }

  static func looksLikeCommand(_ line: [UInt8]) -> Bool {
    let verb = line.prefix { $0 != .space }
    return verb.count <= 7
      && knownCommands.contains(String(decoding: verb, as: UTF8.self).uppercasedASCII)
  }

  mutating func gapOfClient<Sink: MessageSink>(at position: Position, to sink: inout Sink) {
    decideByLook(to: &sink)
    facts.clientGap = true
    skipsClient = true
    clientFramer.discard()
    if case .response = clientMode { clientMode = .commands }
  }

  /// A command whose line end never came is a command all the same: the server may have seen the rest.
  mutating func finishClient() {
    guard case .commands = clientMode, let end = facts.clientEnd,
      let line = clientFramer.cut(at: end)
    else { return }
    let none: [UInt8] = []
    receiveClient(line, clientFramer.bytes(of: line, in: none.span).copied)
  }

  private mutating func receiveClient(_ line: LineFramer.Line, _ bytes: [UInt8]) {
    if skipsClient {
      guard Self.looksLikeCommand(bytes) else { return }
      skipsClient = false
    }
    checkLine(line, of: .client)
    if case .response = clientMode {
      receiveResponse(line, bytes)
    } else {
      receiveCommand(line, bytes)
    }
  }

  /// A line of a SASL dialogue (RFC 5034 section 4).
  private mutating func receiveResponse(_ line: LineFramer.Line, _ bytes: [UInt8]) {
    let isCancel = bytes == [UInt8(ascii: "*")]
    let text = String(decoding: bytes, as: UTF8.self)
    let decoded = respond(text, initial: false)
    let answer = Answer(
      kind: isCancel ? .cancel : .sasl, text: text, decoded: decoded, position: line.start,
      end: line.end, length: line.length, order: 0)
    recorder.add(answer, to: queue.last?.exchange)
    clientMode = .undecided
  }

  private mutating func receiveCommand(_ line: LineFramer.Line, _ bytes: [UInt8]) {
    let verbEnd = bytes.firstIndex(of: .space) ?? bytes.endIndex
    let verb = String(decoding: bytes[..<verbEnd], as: UTF8.self).uppercasedASCII
    let argument =
      verbEnd < bytes.endIndex ? String(decoding: bytes[(verbEnd + 1)...], as: UTF8.self) : nil
    var command = Command(
      verb: verb, argument: argument, text: String(decoding: bytes, as: UTF8.self),
      position: line.start, end: line.end, length: line.length, order: 0)
    let start = command.text.utf8.count - (argument?.utf8.count ?? 0)
    command.secret = Self.secret(verb, argument ?? "").map {
      $0.lowerBound + start..<$0.upperBound + start
    }
    let exchange = claimOrphan(command) ?? (recorder.open(command), false)
    var pending = Pending(
      exchange: exchange.0, verb: verb, argument: (argument ?? "").trimmingBlanks,
      expected: Self.expected(verb, (argument ?? "").trimmingBlanks), position: line.start)
    note(&pending, command)
    checkState(verb, frame: line.start.frame)
    if verb == "QUIT" { facts.sawQuit = true }
    guard !exchange.1 else { return }
    guard queue.count < recorder.options.pendingCommandLimit else {
      return recorder.drop(.pendingCommands)
    }
    queue.append(pending)
    if verb == "STLS" || verb == "AUTH" && !pending.argument.isEmpty { clientMode = .undecided }
  }

  /// A reply that was captured before its command, though it was sent after it.
  private mutating func claimOrphan(_ command: Command) -> (Int?, Bool)? {
    guard let orphan = orphans.first else { return nil }
    orphans.removeFirst()
    guard orphan.time >= command.position.time, !facts.clientGap, queue.isEmpty else { return nil }
    recorder.edit { $0.exchanges[orphan.exchange].command = command }
    return (orphan.exchange, true)
  }

  /// The secret part of an argument, in UTF-8 offsets.
  static func secret(_ verb: String, _ argument: String) -> Range<Int>? {
    let count = argument.utf8.count
    switch verb {
    case "PASS": return count > 0 ? 0..<count : nil
    case "APOP", "AUTH":
      let first = argument.utf8.prefix { $0 != .space }.count
      return first + 1 < count ? first + 1..<count : nil
    default: return nil
    }
  }

  static func expected(_ verb: String, _ argument: String) -> Expected {
    switch verb {
    case "RETR", "TOP": .message
    case "CAPA": .lines
    case "LIST", "UIDL", "LANG": argument.isEmpty ? .lines : .nothing
    case "AUTH": argument.isEmpty ? .lines : .challenges
    case "XTND", "HELP": .unknown
    case _ where knownCommands.contains(verb): .nothing
    default: .unknown
    }
  }

  /// What a command says about the login.
  private mutating func note(_ pending: inout Pending, _ command: Command) {
    let words = pending.argument.split(atByte: .space)
    let frame = command.position.frame
    switch pending.verb {
    case "USER": facts.user = pending.argument
    case "PASS":
      let password = SASLField("password", command.argument ?? "", isSecret: true)
      pending.authentication = recorder.open(
        Authentication(mechanism: "USER", username: facts.user, frame: frame, fields: [password]))
      findPlaintextLogin("PASS", frame: frame)
    case "APOP":
      let digest = words.dropFirst().first.map(String.init) ?? ""
      pending.authentication = recorder.open(
        Authentication(
          mechanism: "APOP", username: words.first.map(String.init), frame: frame,
          fields: [SASLField("digest", digest, isSecret: true)]))
      checkAPOP(digest, frame: frame)
    case "AUTH":
      guard let mechanism = words.first else { break }
      let exchange = SASLExchange(mechanism: String(mechanism))
      let authentication = recorder.open(
        Authentication(mechanism: exchange.mechanism, frame: frame))
      pending.authentication = authentication
      sasl = (exchange, authentication)
      recorder.checkStart(
        of: exchange, by: "AUTH", isSecure: facts.isClearAfterTLS, offered: facts.mechanisms,
        frame: frame)
      if words.count > 1 { respond(String(words[1]), initial: true) }
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
}

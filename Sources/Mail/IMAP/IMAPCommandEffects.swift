// What a complete command sets going, and what the client sends after it that is no command.

import Fields

extension IMAPDialogue {
  /// The command is complete, or will not go on.
  mutating func closeCommand() {
    guard let open = command.take() else { return }
    let all = 0..<open.text.bytes.count
    let from = min(open.arguments, all.upperBound)
    let words = IMAPTokens(open.text, from: from)
    var made = Command(
      verb: open.verb.name,
      argumentStart: from < all.upperBound
        ? open.text.string(0..<from, withLiterals: true).utf8.count : nil,
      text: open.text.string(all, withLiterals: true), tag: open.tag, position: open.start,
      end: open.end, length: open.length)
    if open.isSecret {
      made.secret = 0..<made.text.utf8.count
    } else if open.verb.command == nil {
      made.secret = Secrets.part(of: made.text) ?? words.laterLogin
    } else {
      made.secret = words.secret(of: open.verb.command)
    }
    let mailbox = words.mailbox(of: open.verb)
    made.mailbox = mailbox
    recorder.complete(made, in: open.exchange)
    if open.catenation.references > 0, let last = open.messages.last {
      recorder.edit { $0.messages[last].origin.referencesAfter = open.catenation.references }
    }
    if open.isOverLimit { recorder.drop(.text) }
    checkSyntax(open, words)
    note(open, mailbox, words)
  }

  /// What a complete command sets going.
  private mutating func note(_ open: OpenCommand, _ mailbox: String?, _ words: IMAPTokens) {
    let waiting =
      open.completion == nil ? pending.lastIndex { $0.start == open.start } : nil
    let frame = open.start.frame
    if let waiting {
      pending[waiting].mailbox = mailbox
      pending[waiting].messages = open.messages
      pending[waiting].end = open.end
      pending[waiting].owed = owedData(by: open.verb, words)
    }
    switch open.verb.command {
    case .login:
      let top = words.children()
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
      let top = words.children()
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
      if let first = words.children().first,
        let software = UntaggedItems.software(words.pairs(in: first))
      {
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
    // Taken out, so that it is changed in place.
    guard var current = sasl.take() else { return [] }
    let decoded = current.exchange.respond(text, initial: initial)
    defer { sasl = current }
    if let authentication = current.authentication {
      recorder.keep(current.exchange, in: authentication)
    }
    return decoded
  }

  /// A line of a SASL dialogue (RFC 9051 section 6.2.2).
  mutating func receiveResponse(_ line: LineFramer.Line, _ bytes: [UInt8]) {
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
        length: line.length), to: exchange)
  }

  /// A response whose challenge was not captured, after the completion of its AUTHENTICATE.
  mutating func takesLateResponse(_ line: LineFramer.Line, _ bytes: [UInt8]) -> Bool {
    guard let exchange = lateResponses else { return false }
    guard Secrets.isBase64(bytes) else {
      lateResponses = nil
      return false
    }
    addResponse(line, bytes, to: exchange)
    return true
  }

  /// `DONE` ends `IDLE` (RFC 2177); any other line meanwhile is a mistake.
  mutating func endsIdle(_ line: LineFramer.Line, _ bytes: [UInt8]) -> Bool {
    let words = bytes.span.trimmed
    let index = pending.lastIndex { $0.verb.command == .idle && !$0.isDone }
    guard bytes.count < 16, words.equals(ignoringCase: "DONE".utf8.span) else {
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
        kind: .done, text: words.text, position: line.start, end: line.end, length: line.length),
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
}

/// Writes a session's record within the limits of its options: what the three parsers share.
struct Recorder: Sendable {
  let options: SessionOptions
  private(set) var session: Session
  private var storedText = 0
  private var findingCounts: [FindingCode: Int] = [:]

  init(_ mailProtocol: MailProtocol, midstream: Bool, options: SessionOptions) {
    self.options = options
    session = Session(mailProtocol)
    session.midstream = midstream
  }

  /// Changes the record where no limit is at stake.
  mutating func edit<Result>(_ change: (inout Session) -> Result) -> Result { change(&session) }

  /// Counts what a limit made us drop.
  mutating func drop(_ limit: String, _ count: Int = 1) {
    session.dropped[limit, default: 0] += count
  }

  mutating func find(_ code: FindingCode, frame: Int, _ text: @autoclosure () -> String) {
    let count = findingCounts[code, default: 0]
    findingCounts[code] = count + 1
    guard count < options.findingsPerCodeLimit else { return drop("findings") }
    session.findings.append(Finding(code, frame: frame, text: text()))
  }

  /// As `find`, but only the first of a session is kept.
  mutating func findOnce(_ code: FindingCode, frame: Int, _ text: @autoclosure () -> String) {
    guard findingCounts[code] == nil else { return }
    find(code, frame: frame, text())
  }

  func found(_ code: FindingCode) -> Bool { findingCounts[code] != nil }

  /// Opens an exchange; nil where the record is full.
  mutating func open(_ command: Command?) -> Int? {
    guard session.exchanges.count < options.exchangeLimit else {
      drop("exchanges")
      return nil
    }
    guard account(command?.text.utf8.count ?? 0) else { return nil }
    session.exchanges.append(Exchange(command: command))
    return session.exchanges.count - 1
  }

  /// Adds a reply to an exchange; to one of its own without a command where `exchange` is nil.
  mutating func add(_ reply: Reply, to exchange: Int?) {
    guard account(reply.length) else { return }
    guard let exchange else {
      guard let own = open(nil) else { return }
      session.exchanges[own].replies.append(reply)
      return
    }
    guard session.exchanges[exchange].replies.count < options.linesPerReplyLimit else {
      return drop("linesPerReply")
    }
    session.exchanges[exchange].replies.append(reply)
  }

  mutating func add(_ answer: Answer, to exchange: Int?) {
    guard let exchange, account(answer.text.utf8.count) else { return }
    guard session.exchanges[exchange].answers.count < options.linesPerReplyLimit else {
      return drop("linesPerReply")
    }
    session.exchanges[exchange].answers.append(answer)
  }

  /// Opens a message; nil where the record is full.
  mutating func open(_ message: Message, in exchange: Int?) -> Int? {
    guard session.messages.count < options.messageLimit else {
      drop("messages")
      return nil
    }
    session.messages.append(message)
    let index = session.messages.count - 1
    if let exchange { session.exchanges[exchange].messages.append(index) }
    return index
  }

  /// `count` more bytes of a message came.
  mutating func extend(_ message: Int, by count: Int, at position: Position) {
    edit {
      if $0.messages[message].size == 0 { $0.messages[message].start = position }
      $0.messages[message].size += count
      $0.messages[message].end = position.advanced(by: count - 1)
    }
  }

  mutating func gap(_ length: Int, from side: Side, at position: Position) {
    session.gaps.append(
      Gap(from: side, offset: position.streamOffset, length: length, frame: position.frame))
    find(
      .gap, frame: position.frame,
      "\(length) bytes of the \(side.rawValue) were not captured")
  }

  /// Closes the record: lines get their order, findings theirs.
  mutating func finish(verdict: String) -> Session {
    session.verdict = verdict
    session.numberLines()
    session.findings.sort { $0.frame < $1.frame }
    return session
  }

  /// Room for `bytes` of text in the record?
  private mutating func account(_ bytes: Int) -> Bool {
    guard storedText + bytes <= options.storedTextLimit else {
      drop("storedText")
      return false
    }
    storedText += bytes
    return true
  }
}

extension Session {
  /// Gives every line its place in the order of the wire: by frame, then by offset in the stream.
  mutating func numberLines() {
    enum Place {
      case greeting
      case command(Int)
      case answer(Int, Int)
      case reply(Int, Int)
      case untagged(Int, Int, Int)
    }
    var lines: [(position: Position, place: Place)] = []
    if let greeting { lines.append((greeting.position, .greeting)) }
    for (number, exchange) in exchanges.enumerated() {
      if let command = exchange.command { lines.append((command.position, .command(number))) }
      for (index, answer) in exchange.answers.enumerated() {
        lines.append((answer.position, .answer(number, index)))
      }
      for (index, reply) in exchange.replies.enumerated() {
        lines.append((reply.position, .reply(number, index)))
        guard case .imap(let content) = reply.content else { continue }
        for (part, untagged) in content.untagged.enumerated() {
          lines.append((untagged.position, .untagged(number, index, part)))
        }
      }
    }
    let sorted = lines.enumerated().sorted { left, right in
      let (one, other) = (left.element.position, right.element.position)
      return (one.frame, one.streamOffset, left.offset)
        < (other.frame, other.streamOffset, right.offset)
    }
    for (order, line) in sorted.enumerated() {
      switch line.element.place {
      case .greeting: greeting?.order = order
      case .command(let number): exchanges[number].command?.order = order
      case .answer(let number, let index): exchanges[number].answers[index].order = order
      case .reply(let number, let index): exchanges[number].replies[index].order = order
      case .untagged(let number, let index, let part):
        guard case .imap(var content) = exchanges[number].replies[index].content else { continue }
        content.untagged[part].order = order
        exchanges[number].replies[index].content = .imap(content)
      }
    }
  }
}

import Fields

/// Writes a session's record within the limits of its options: what the three parsers share.
struct Recorder: Sendable {
  let options: SessionOptions
  private(set) var session: Session
  /// What the record takes in memory, in bytes.
  private(set) var heldBytes = 0
  /// How often each code was found: few are, and a search among them costs less than a hash.
  private var findingCounts: [(code: FindingCode, count: Int)] = []

  init(_ mailProtocol: MailProtocol, midstream: Bool, options: SessionOptions) {
    self.options = options
    session = Session(mailProtocol)
    session.midstream = midstream
  }

  /// Changes the record where no limit is at stake.
  mutating func edit<Result>(_ change: (inout Session) -> Result) -> Result { change(&session) }

  /// Counts what a limit made us drop.
  mutating func drop(_ limit: SessionLimit, _ count: Int = 1) {
    session.dropped[limit, default: 0] += count
  }

  mutating func find(_ code: FindingCode, frame: Int, _ text: @autoclosure () -> QuotingText) {
    var count = 0
    if let place = findingCounts.firstIndex(where: { $0.code == code }) {
      count = findingCounts[place].count
      findingCounts[place].count += 1
    } else {
      findingCounts.append((code, 1))
    }
    guard count < options.findingsPerCodeLimit else { return drop(.findings) }
    let finding = Finding(code, frame: frame, text: text())
    if hasRoom(for: finding.heldBytes, else: .findings) { session.findings.append(finding) }
  }

  /// As `find`, but only the first of a session is kept.
  mutating func findOnce(_ code: FindingCode, frame: Int, _ text: @autoclosure () -> QuotingText) {
    if found(code) { return }
    find(code, frame: frame, text())
  }

  func found(_ code: FindingCode) -> Bool { findingCounts.contains { $0.code == code } }

  /// Opens an exchange; nil where the record is full. `isDecoded`: what the command's secret says is known, and held
  /// back by itself.
  mutating func open(_ command: consuming Command?, isDecoded: Bool = false) -> Int? {
    if let secret = command?.secret, let text = command?.text {
      hold(secret, of: text, isWhole: isDecoded)
    }
    let bytes = elementBytes(Exchange.self) + (command?.heldBytes ?? 0)
    guard hasRoom(for: bytes, else: .exchanges) else { return nil }
    session.exchanges.append(Exchange(command: command))
    return session.exchanges.count - 1
  }

  /// The command of an exchange that was opened when it began is complete.
  mutating func complete(_ command: consuming Command, in exchange: Int?) {
    if let secret = command.secret { hold(secret, of: command.text) }
    guard let exchange else { return }
    let bytes = command.heldBytes
    session.exchanges[exchange].command = command
    guard !hasRoom(for: bytes) else { return }
    session.exchanges[exchange].command?.text = ""
    session.exchanges[exchange].command?.argumentStart = nil
    session.exchanges[exchange].command?.secret = nil
  }

  /// Adds a reply to an exchange; to one of its own without a command where `exchange` is nil. `counted`: bytes of it for
  /// which there was room when they came.
  mutating func add(_ reply: consuming Reply, to exchange: Int?, counted: Int = 0) {
    guard hasRoom(for: max(0, reply.heldBytes - counted)),
      let exchange = exchange ?? open(nil)
    else { return }
    session.exchanges[exchange].replies.append(reply)
  }

  mutating func add(_ answer: Answer, to exchange: Int?) {
    if answer.isSecret {
      edit { $0.secrets.hold() }
      let fields = answer.decoded.filter(\.isText)
      for field in fields { remember(field.secretText) }
      remember(answer.text, isWhole: fields.contains { $0.value.utf8.count > 6 })
    }
    guard let exchange, hasRoom(for: answer.heldBytes) else { return }
    session.exchanges[exchange].answers.append(answer)
  }

  /// Opens an authentication; nil where the record is full.
  mutating func open(_ authentication: Authentication) -> Int? {
    for field in authentication.fields where field.isText { remember(field.secretText) }
    guard hasRoom(for: authentication.heldBytes, else: .authentications) else { return nil }
    session.authentications.append(authentication)
    return session.authentications.count - 1
  }

  /// What the exchange has said so far.
  mutating func keep(_ exchange: SASLExchange, in authentication: Int?) {
    guard let authentication else { return }
    session.authentications[authentication].username = exchange.username
    let known = session.authentications[authentication].fields.count
    for field in exchange.fields.dropFirst(known) {
      if field.isText { remember(field.secretText) }
      guard hasRoom(for: field.heldBytes) else { return }
      session.authentications[authentication].fields.append(field)
    }
  }

  mutating func settle(_ authentication: Int?, _ outcome: Authentication.Outcome) {
    guard let authentication else { return }
    session.authentications[authentication].outcome = outcome
  }

  /// A part of a line that is held back, whatever the line becomes in the record.
  mutating func hold(_ secret: Range<Int>, of line: String, isWhole: Bool = false) {
    session.secrets.hold()
    let bytes = line.utf8.span
    let place = secret.clamped(to: 0..<bytes.count)
    remember(
      bytes.extracting(place).text, after: bytes.extracting(0..<place.lowerBound).text,
      isWhole: isWhole)
  }

  /// A line that no exchange will have, and that a finding may quote.
  mutating func holdSecrets(of line: String) {
    if let part = Secrets.part(of: line) { hold(part, of: line) }
  }

  private mutating func remember(
    _ text: String, after context: String = "", isWhole: Bool = false
  ) {
    if !session.secrets.remember(text, after: context, isWhole: isWhole) { drop(.secrets) }
  }

  /// Opens a message; nil where the record is full.
  mutating func open(_ message: Message, in exchange: Int?) -> Int? {
    guard hasRoom(for: message.heldBytes, else: .messages) else { return nil }
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
    if hasRoom(for: elementBytes(Gap.self), else: .gaps) {
      session.gaps.append(
        Gap(from: side, offset: position.streamOffset, length: length, frame: position.frame))
    }
    find(.gap, frame: position.frame, Finding.gap(length, of: side))
  }

  /// Closes the record, and gives it away: findings get their order.
  mutating func finish(verdict: QuotingText) -> Session {
    var finished = Session(session.mailProtocol)
    swap(&finished, &session)
    finished.conclusion = verdict
    finished.findings.sort { $0.frame < $1.frame }
    return finished
  }

  /// How many more bytes the record may take.
  var room: Int { options.recordLimit - heldBytes }

  /// Takes room for `bytes` more in memory; false where there is none, which is counted as `limit`.
  mutating func hasRoom(for bytes: Int, else limit: SessionLimit = .storedText) -> Bool {
    guard bytes <= room else {
      drop(limit)
      return false
    }
    heldBytes += bytes
    return true
  }
}

extension Finding {
  /// The text of `capture.gap`.
  public static func gap(_ length: Int, of side: Side) -> QuotingText {
    "\(length) bytes of the \(side.rawValue) were not captured"
  }
}

import Fields

/// Writes a session's record within the limits of its options: what the three parsers share.
struct Recorder: Sendable {
  let options: SessionOptions
  private(set) var session: Session
  /// What the record takes in memory, in bytes.
  private(set) var heldBytes = 0
  private var findingCounts: [FindingCode: Int] = [:]

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
    let count = findingCounts[code, default: 0]
    findingCounts[code] = count + 1
    guard count < options.findingsPerCodeLimit else { return drop(.findings) }
    let finding = Finding(code, frame: frame, text: text())
    if hasRoom(for: finding.heldBytes, else: .findings) { session.findings.append(finding) }
  }

  /// As `find`, but only the first of a session is kept.
  mutating func findOnce(_ code: FindingCode, frame: Int, _ text: @autoclosure () -> QuotingText) {
    guard findingCounts[code] == nil else { return }
    find(code, frame: frame, text())
  }

  func found(_ code: FindingCode) -> Bool { findingCounts[code] != nil }

  /// Opens an exchange; nil where the record is full. `isDecoded`: what the command's secret says is known, and held
  /// back by itself.
  mutating func open(_ command: Command?, isDecoded: Bool = false) -> Int? {
    if let secret = command?.secret {
      hold(secret, of: command?.text ?? "", isWhole: isDecoded)
    }
    let bytes = elementBytes(Exchange.self) + (command?.heldBytes ?? 0)
    guard hasRoom(for: bytes, else: .exchanges) else { return nil }
    session.exchanges.append(Exchange(command: command))
    return session.exchanges.count - 1
  }

  /// The command of an exchange that was opened when it began is complete.
  mutating func complete(_ command: Command, in exchange: Int?) {
    if let secret = command.secret { hold(secret, of: command.text) }
    guard let exchange else { return }
    session.exchanges[exchange].command = command
    guard !hasRoom(for: command.heldBytes) else { return }
    session.exchanges[exchange].command?.text = ""
    session.exchanges[exchange].command?.argument = nil
    session.exchanges[exchange].command?.secret = nil
  }

  /// Adds a reply to an exchange; to one of its own without a command where `exchange` is nil. `counted`: bytes of it for
  /// which there was room when they came.
  mutating func add(_ reply: Reply, to exchange: Int?, counted: Int = 0) {
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

  /// Closes the record: lines get their order, findings theirs.
  mutating func finish(verdict: QuotingText) -> Session {
    session.conclusion = verdict
    session.numberLines()
    session.findings.sort { $0.frame < $1.frame }
    return session
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

extension Session {
  /// Gives every line its place in the order in which they came to the reader, then by offset in the stream.
  mutating func numberLines() {
    var lines = LineOrder()
    lines.places.reserveCapacity(4 * exchanges.count + 8)
    number(&lines)
    if lines.isSorted { return }
    lines.sort()
    number(&lines)
  }

  /// Numbers all lines of both sides, which come always in the same order.
  private mutating func number(_ lines: inout LineOrder) {
    greeting?.number(&lines)
    for index in exchanges.indices { exchanges[index].number(&lines) }
  }
}

/// The places of the lines of a session: first they are collected, and numbered as they come; where that was not their
/// order, they are sorted, and numbered again.
private struct LineOrder {
  var places: [LinePlace] = []
  private(set) var isSorted = true
  private var orders: [Int] = []
  private var line = 0

  /// The number of the next line, which is at `position`.
  mutating func next(_ position: Position) -> Int {
    guard isSorted || orders.isEmpty else {
      defer { line += 1 }
      return orders[line]
    }
    let place = LinePlace(position)
    if let last = places.last, place < last { isSorted = false }
    places.append(place)
    return places.count - 1
  }

  mutating func sort() {
    let sorted = places.indices.sorted { left, right in
      let (one, other) = (places[left], places[right])
      return one < other || one == other && left < right
    }
    orders = Array(repeating: 0, count: places.count)
    for (order, line) in sorted.enumerated() { orders[line] = order }
  }
}

/// What decides the place of a line among those of both sides.
private struct LinePlace: Comparable {
  let turn: Int
  let frame: Int
  let streamOffset: Int

  init(_ position: Position) {
    (turn, frame, streamOffset) = (position.turn, position.frame, position.streamOffset)
  }
  static func < (left: Self, right: Self) -> Bool {
    (left.turn, left.frame, left.streamOffset) < (right.turn, right.frame, right.streamOffset)
  }
}

extension Exchange {
  fileprivate mutating func number(_ lines: inout LineOrder) {
    command?.number(&lines)
    for index in answers.indices { answers[index].number(&lines) }
    for index in replies.indices { replies[index].number(&lines) }
  }
}

extension Command {
  fileprivate mutating func number(_ lines: inout LineOrder) { order = lines.next(position) }
}

extension Answer {
  fileprivate mutating func number(_ lines: inout LineOrder) { order = lines.next(position) }
}

extension Reply {
  fileprivate mutating func number(_ lines: inout LineOrder) {
    order = lines.next(position)
    guard case .imap(let reply) = content, !reply.untagged.isEmpty else { return }
    numberUntagged(&lines)
  }

  private mutating func numberUntagged(_ lines: inout LineOrder) {
    guard case .imap(var reply) = content else { return }
    // Let go of the payload, so that it is changed in place.
    content = .status(StatusReply(status: "", text: ""))
    for index in reply.untagged.indices {
      reply.untagged[index].order = lines.next(reply.untagged[index].position)
    }
    content = .imap(reply)
  }
}

extension Finding {
  /// The text of `capture.gap`.
  public static func gap(_ length: Int, of side: Side) -> QuotingText {
    "\(length) bytes of the \(side.rawValue) were not captured"
  }
}

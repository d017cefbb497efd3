// What an IMAP dialogue breaks or betrays.

import Fields

extension IMAPDialogue {
  mutating func checkLine(_ line: LineFramer.Line, of side: Side) {
    let who = side == .client ? "command" : "response"
    if line.ending == .bareLF {
      recorder.findOnce(
        .imapBareLF, frame: line.start.frame, "a \(who) line ends in LF without CR")
    }
    // RFC 7162 section 4: 8192 octets is what a server must take of a command line.
    if side == .client, line.length > 8192 {
      recorder.find(
        .imapLongLine, frame: line.start.frame,
        "a command line of \(line.length.grouped) octets, servers need not take more than 8,192"
      )
    }
    if line.dropped > 0 { recorder.drop(.line) }
  }

  mutating func checkCommand(_ open: OpenCommand, _ head: IMAPCommandHead, _ bytes: [UInt8]) {
    let (frame, name) = (open.start.frame, head.verb.name)
    if open.isSecret {
      return recorder.find(
        .imapCommandSyntax, frame: frame, "a line that is no command, where a login may go on")
    }
    // The rest of a literal is no mistake of its own.
    if facts.isAfterBrokenLiteral { return }
    var line: String { Phrase.quote(String(decoding: bytes.prefix(40), as: UTF8.self)) }
    guard let tag = head.tag else {
      return recorder.find(.imapNoTag, frame: frame, "\(name) was sent without a tag")
    }
    guard !name.isEmpty else {
      return recorder.find(
        .imapCommandSyntax, frame: frame,
        bytes.isEmpty ? "an empty command line" : "no command: \(line)")
    }
    if head.hasOddBlanks {
      recorder.find(
        .imapCommandSyntax, frame: frame,
        "\(Phrase.quote(name)) has more than one blank, or a tab, before it")
    }
    if !tag.utf8.allSatisfy(IMAPGrammar.isTagByte) {
      recorder.find(.imapBadTag, frame: frame, "\(Phrase.quote(tag)) is no tag: \(line)")
    }
    if isPending(tag) && pending.contains(where: { $0.tag == tag && !$0.isDoubtful })
      || facts.lastTag == tag
    {
      recorder.find(.imapReusedTag, frame: frame, "the tag \(Phrase.quote(tag)) was used before")
    }
    guard head.verb.command != nil || name.hasPrefix("X") else {
      return recorder.find(
        .imapUnknownCommand, frame: frame, "\(Phrase.quote(name)) is no IMAP command")
    }
    checkState(head.verb, frame: frame)
  }

  /// RFC 9051 section 3.
  private mutating func checkState(_ verb: IMAPVerb, frame: Int) {
    // A command that waits for its completion may change the state.
    guard facts.sawServer, !facts.clientGap, !facts.serverGap, !facts.isFirstResponse,
      pendingChanges == 0, verb.command?.isForAnyState != true
    else { return }
    let isForLogin = verb.command?.isForLogin == true
    switch state {
    case .unknown: break
    case .unauthenticated:
      if !isForLogin {
        recorder.find(.imapWrongState, frame: frame, "\(verb.name) before the login")
      }
    case .authenticated, .selected:
      if isForLogin {
        recorder.find(.imapWrongState, frame: frame, "\(verb.name) after the login")
      } else if state == .authenticated, verb.command?.needsMailbox == true {
        recorder.find(.imapWrongState, frame: frame, "\(verb.name) with no mailbox selected")
      }
    case .loggedOut:
      recorder.find(.imapWrongState, frame: frame, "\(verb.name) after LOGOUT")
    }
  }

  mutating func checkSyntax(_ open: OpenCommand, _ words: IMAPTokens) {
    guard !open.isOverLimit, !facts.clientGap, open.tag != nil, !open.isRefused,
      !facts.isAfterBrokenLiteral
    else { return }
    if !words.isBalanced {
      recorder.find(
        .imapCommandSyntax, frame: open.start.frame,
        "a quote or parenthesis of \(open.name) is not closed")
    } else if let needed = open.verb.fewestArguments, open.completion == nil {
      let count = words.topCount
      if count < needed {
        recorder.find(
          .imapCommandSyntax, frame: open.start.frame,
          "\(open.verb.name) has \(Phrase.count(count, "argument")), it needs \(needed)")
      }
    }
  }

  mutating func checkLiteral(_ literal: LiteralAnnouncement, frame: Int) {
    guard !literal.isSynchronizing, facts.capabilities != nil else { return }
    if facts.offers("LITERAL+") { return }
    guard facts.offers("LITERAL-") || facts.offers("IMAP4rev2") else {
      return recorder.find(
        .imapLiteralNotOffered, frame: frame,
        "{\(literal.count)+} was sent, but neither LITERAL+ nor LITERAL- is offered")
    }
    if literal.count > 4096 {
      recorder.find(
        .imapLiteralMinus, frame: frame,
        "{\(literal.count)+} was sent, LITERAL- allows 4,096 bytes")
    }
  }

  mutating func findPlaintextLogin(_ how: String, frame: Int) {
    guard !isOpened else { return }
    if how == "LOGIN", facts.offers("LOGINDISABLED") {
      recorder.find(
        .imapLoginDisabled, frame: frame, "LOGIN was sent, the server offers LOGINDISABLED")
    }
    recorder.find(.loginPlaintext, frame: frame, "\(how) without TLS: the password is readable")
  }

  mutating func checkBeforeGreeting(_ greeting: Position) {
    guard let early = recorder.session.exchanges.first?.command, early.position.time < greeting.time
    else { return }
    recorder.find(
      .imapBeforeGreeting, frame: early.position.frame,
      "\(Phrase.quote(early.verb)) was sent before the greeting came")
  }

  /// What follows a literal of the client is not what may follow it.
  mutating func findBrokenLiteral(of open: OpenCommand, _ line: [UInt8], frame: Int) {
    facts.isAfterBrokenLiteral = !open.mayHaveSecret
    let rest: QuotingText =
      open.mayHaveSecret
      ? "other text" : "“\(Phrase.quote(String(decoding: line.prefix(20), as: UTF8.self)))”"
    if let message = open.messages.last {
      recorder.edit { $0.messages[message].complete = false }
      facts.hasShortLiteral = true
    }
    recorder.find(
      .imapLiteralLength, frame: frame, "after a literal of \(open.name) comes \(rest)")
  }

  /// The same for the server: how much more comes is known when a response is met again, at `offset`.
  mutating func findShortLiteral(until offset: Int?) {
    guard let (text, frame, start) = facts.shortLiteral else { return }
    facts.shortLiteral = nil
    let rest: QuotingText =
      offset.map { ": \(max(0, $0 - start)) bytes up to the next response" } ?? ""
    recorder.find(.imapLiteralLength, frame: frame, text + rest)
  }

  mutating func findLongLiteral(announced: Int, received: Int, frame: Int) {
    recorder.find(
      .imapLiteralLength, frame: frame,
      "a literal of \(announced.grouped) bytes is announced, but after \(received.grouped) of them comes its end and the completion of the command: \((announced - received).grouped) too many"
    )
  }

  /// The session ends within a literal of the client, and its last line is a command.
  mutating func findCommandInLiteral() {
    let lines = clientLiteral.tail.split(separator: .lineFeed, omittingEmptySubsequences: false)
    guard lines.count > 1, lines.last?.isEmpty == true, var line = lines.dropLast().last,
      let end = clientLiteral.end
    else { return }
    if line.last == .carriageReturn { line.removeLast() }
    let head = IMAPCommandHead(Array(line).span)
    guard IMAPGrammar.beginsCommand(Array(line).span),
      head.verb.command == .logout || head.verb.command == .noop || isNext(head.tag)
    else { return }
    recorder.find(
      .imapLiteralLength, frame: end.frame,
      "a literal of \(clientLiteral.count.grouped) bytes is announced, but after \(clientLiteral.received.grouped) of them, at the latest, it was over: “\(Phrase.quote(String(decoding: line, as: UTF8.self)))” is taken for a part of it"
    )
  }

  /// Would the client use this tag for its next command, going by the last one?
  func isNext(_ tag: String?) -> Bool {
    guard let tag, let last = facts.lastTag else { return false }
    func parts(_ tag: String) -> (Substring, Int?) {
      let digits = tag.reversed().prefix { $0.isASCII && $0.isNumber }.count
      return (tag.dropLast(digits), Int(tag.suffix(digits)))
    }
    let (one, other) = (parts(last), parts(tag))
    guard let before = one.1, let after = other.1, before < .max else { return false }
    return one.0 == other.0 && after == before + 1
  }

  mutating func findUnawaitedLiteral(frame: Int) {
    recorder.find(
      .imapLiteralNotAwaited, frame: frame,
      "the literal of \(command.value?.name ?? "a command") was sent before the server asked for it"
    )
  }

  mutating func findStrayContinuation(frame: Int) {
    recorder.find(
      .imapStrayContinuation, frame: frame, "a continuation request that nothing waits for")
  }

  mutating func findUnknownTag(_ completion: Completion) {
    recorder.find(
      .imapUnknownTag, frame: completion.position.frame,
      "\(Phrase.quote(completion.reply.tag)) \(completion.reply.status) completes no command")
  }

  /// A status of the server that its line end did not follow.
  mutating func findUnendedLine(_ bytes: [UInt8], _ line: LineFramer.Line, goesOnAt next: Position?)
  {
    let text = Phrase.quote(String(decoding: bytes, as: UTF8.self))
    var finding: QuotingText = "“\(text)” has no line end"
    if let next {
      finding = finding + ": what came \(Self.seconds(from: line.end, to: next)) s later ended it"
    }
    recorder.find(.imapUnendedLine, frame: line.end.frame, finding)
  }

  /// Seconds between two places of the capture, whatever its clock says.
  static func seconds(from start: Position, to end: Position) -> Int64 {
    start.time(until: end) / 1_000_000_000
  }

  // MARK: Data

  /// The items of a response; what is outside the grammar is reported.
  mutating func checkedItems(of open: OpenResponse) -> [IMAPItem] {
    let isComplete = !open.isOverLimit && !facts.serverGap && !open.followsLiteral
    guard open.head.kind == .fetch else {
      let (items, problem) = UntaggedItems.items(of: open.head, open.text)
      if isComplete, let problem { report(problem, in: open.head.name, open) }
      return items
    }
    let (items, problems) = UntaggedItems.fetch(open.items.words, open.text)
    if case .literal = serverPhase { return items }
    guard isComplete else { return items }
    for (name, problem) in problems { report(problem, in: name, open) }
    if let problem = UntaggedItems.messageNumber(open.head) ?? problem(of: open.items, open.text),
      open.head.number == nil || problems.isEmpty
    {
      report(problem, in: open.head.name, open)
    }
    return items
  }

  /// What is wrong with the list of a FETCH response.
  private func problem(of items: IMAPWords, _ text: IMAPText) -> DataProblem? {
    guard items.isClosed else {
      return DataProblem(place: text.bytes.count, text: "its items are not closed")
    }
    if let place = items.firstAfterEnd {
      let rest = String(decoding: text.bytes[place...].prefix(40), as: UTF8.self)
      return DataProblem(place: place, text: "after its items comes \(Phrase.quote(rest))")
    }
    return items.words.isEmpty
      ? DataProblem(place: text.bytes.count - 1, text: "it has no items") : nil
  }

  private mutating func report(_ problem: DataProblem, in name: String, _ open: OpenResponse) {
    let message: QuotingText =
      open.head.kind == .fetch ? open.head.number.map { " of message \($0)" } ?? "" : ""
    recorder.find(
      .imapDataSyntax, frame: open.start.frame,
      "\(Phrase.quote(name))\(message), octet \(problem.place + 1) of the response: \(problem.text)"
    )
  }

  /// What a command asks for that the server has.
  @inline(__always)
  func owedData(by verb: IMAPVerb, _ words: IMAPTokens) -> OwedData? {
    switch verb.command {
    case .capability: return OwedData(kinds: [.capability])
    case .select, .examine: return OwedData(kinds: [.exists])
    case .status: return OwedData(kinds: [.status])
    case .namespace: return OwedData(kinds: [.namespace])
    case .id: return OwedData(kinds: [.id])
    case .getQuota: return OwedData(kinds: [.quota])
    case .getQuotaRoot: return OwedData(kinds: [.quotaRoot])
    case .getACL: return OwedData(kinds: [.acl])
    case .myRights: return OwedData(kinds: [.myRights])
    case .sort: return OwedData(kinds: [.sort, .esearch])
    case .thread: return OwedData(kinds: [.thread, .esearch])
    case .search:
      // `RETURN (SAVE)` has no result (RFC 9051 section 6.4.4.4).
      let saves = words.children().contains {
        words.isList($0) && words.string($0).uppercasedASCII.contains("SAVE")
      }
      return saves ? nil : OwedData(kinds: [.search, .esearch])
    case .fetch: return owedMessages(by: verb, words)
    default: return nil
    }
  }

  /// A FETCH of messages that are there; with modifiers it need not have any.
  @inline(__always)
  private func owedMessages(by verb: IMAPVerb, _ words: IMAPTokens) -> OwedData? {
    let top = words.children()
    guard top.count == 2, state == .selected else { return nil }
    let numbers = words.string(top[0])
    if verb.isUID {
      guard let uid = UInt64(numbers), facts.uids.contains(uid) else { return nil }
    } else {
      let first = numbers.prefix { $0.isASCII && $0.isNumber }
      let isAll = first.isEmpty && numbers.hasPrefix("*")
      guard let exists = facts.exists, exists > 0, let number = isAll ? 1 : UInt64(first),
        number > 0, number <= exists
      else { return nil }
    }
    return OwedData(kinds: [.fetch], hasText: Self.asksForText(words.string(top[1]).utf8.span))
  }

  private static let textItems = ["body[", "body.peek[", "binary[", "binary.peek["].map {
    Array($0.utf8)
  }

  /// Whether the items of a FETCH are those that give text of the message.
  private static func asksForText(_ items: Span<UInt8>) -> Bool {
    if textItems.contains(where: { items.contains(lowercased: $0.span) }) { return true }
    guard items.contains(lowercased: Array("rfc822".utf8).span) else { return false }
    for place in items.indices where items.hasPrefix(ignoringCase: "RFC822", at: place) {
      if !items.hasPrefix(ignoringCase: "RFC822.SIZE", at: place) { return true }
    }
    return false
  }

  /// A command was completed: is its data there?
  mutating func checkData(
    _ data: [UntaggedData], of command: PendingCommand, _ completion: Completion
  ) {
    guard completion.status == .ok, let owed = command.owed, isWhole, pending.count == 1,
      !command.isDoubtful, !facts.hasDroppedData
    else { return }
    let mine = data.filter { $0.kind.map(owed.kinds.contains) ?? false }
    let name = command.verb.name
    if mine.isEmpty {
      let kinds = owed.kinds.map(\.rawValue).joined(separator: " or ")
      recorder.find(
        .imapDataMissing, frame: completion.position.frame,
        "\(name) was completed OK, but no \(kinds) came for it")
    } else if owed.hasText, !mine.contains(where: Self.hasText) {
      recorder.find(
        .imapDataMissing, frame: completion.position.frame,
        "\(name) was completed OK, but what came for it has no text of the message")
    }
  }

  private static func hasText(_ data: UntaggedData) -> Bool {
    !data.messages.isEmpty
      || data.response?.items.contains { BodySection($0.name) != nil } ?? true
  }

  mutating func checkUntagged(_ made: IMAPUntagged) {
    guard made.kind.isEmpty || made.kind.utf8.contains(where: { $0 < 0x21 || $0 > 0x7E }) else {
      return
    }
    recorder.find(
      .imapResponseSyntax, frame: made.position.frame,
      "no response of IMAP: * \(Phrase.quote(made.text))")
  }

  mutating func noteCapabilities(_ names: [String], frame: Int) {
    facts.capabilities = names
    if facts.offers("STARTTLS") { facts.offersStartTLS = true }
    for name in names where name.utf8.count >= 4 {
      let masked = name.utf8.dropLast(name.utf8.last == UInt8(ascii: "A") ? 1 : 0)
      guard masked.allSatisfy({ $0.uppercasedASCII == UInt8(ascii: "X") }) else { continue }
      recorder.findOnce(
        .tlsStripped, frame: frame,
        "the capability \(name) is what is left of one that was masked on the way, as STARTTLS is")
    }
  }

  mutating func noteExists(_ number: UInt64?, frame: Int) {
    let isSelecting =
      pendingChanges > 0
      && pending.contains { $0.verb.command == .select || $0.verb.command == .examine }
    if let number, let before = facts.exists, number < before, !isSelecting, !facts.serverGap {
      recorder.find(
        .imapExistsDecreased, frame: frame,
        "EXISTS went from \(before) to \(number) without EXPUNGE")
    }
    facts.exists = number
  }

  mutating func findReplyAfterTLS(at position: Position) {
    if clientPhase == .handshake {
      recorder.find(
        .tlsReplyInjection, frame: position.frame,
        "the server sent text after it had accepted STARTTLS, before TLS began")
    }
  }

  mutating func findAtEnd(_ close: SessionClose) {
    let session = recorder.session
    recorder.findOneSided(client: facts.sawClient, server: facts.sawServer)
    let isComplete = isWhole
    if isComplete {
      let unknown = orphans.values.map(\.completion)
      for completion in unknown.sorted(by: { $0.position.streamOffset < $1.position.streamOffset })
      { findUnknownTag(completion) }
      for early in earlyContinuations { findStrayContinuation(frame: early.frame) }
    }
    let isEncrypted = session.tls != nil
    let isHidden = compression == .agreed || compression == .partlyInflated
    if !isEncrypted || isOpened, !isHidden { findUnanswered(close) }
    if let frame = facts.loginFrame, facts.offersStartTLS, !isEncrypted, !isOpened {
      recorder.find(
        .tlsNotUsed, frame: frame, "STARTTLS is offered, the login was in the clear")
    }
    if let bye = facts.bye, !facts.sawLogout, !facts.clientGap, facts.sawClient {
      recorder.find(
        .imapByeWithoutLogout, frame: bye.frame,
        "the server ended the session: \(Phrase.quote(bye.text))")
    } else if state == .authenticated || state == .selected, !facts.sawLogout, close != .open,
      isComplete, !isEncrypted, !isHidden
    {
      recorder.find(
        .imapNoLogout, frame: facts.last?.frame ?? 0, "the session ended without LOGOUT")
    }
  }

  // MARK: What was not answered

  private mutating func findUnanswered(_ close: SessionClose) {
    guard facts.sawClient, facts.sawServer else { return }
    for lost in facts.notReceived {
      recorder.find(
        .imapNotReceived, frame: firstFrame(of: lost.bytes) ?? lost.frame, lost.bytes.finding)
    }
    guard facts.cutOff == nil, facts.longLiteral == nil else { return }
    for command in pending where !command.isDoubtful && isOwedAnAnswer(command) {
      if facts.notReceived.contains(where: { $0.bytes.has(command) }) { continue }
      let end = facts.firstEnd?.position ?? facts.last ?? command.start
      let waited = Self.seconds(from: command.end ?? command.start, to: end)
      // A capture that ends at once does not say that no answer came.
      if close == .open, waited < 1 { continue }
      let ending = close.ending(after: waited, closedBy: facts.firstEnd?.side)
      let name = Phrase.quote(command.verb.name)
      facts.unanswered = facts.unanswered ?? name
      recorder.find(
        .imapNoAnswer, frame: command.start.frame,
        "\(name) (\(Phrase.quote(command.tag))) was never answered: \(ending)")
    }
  }

  /// The frame of the first command or message that never arrived.
  private func firstFrame(of lost: NotReceived) -> Int? {
    let command = pending.first { lost.has($0) && $0.start.streamOffset >= lost.start }
    if let command { return command.start.frame }
    let direction: Message.Direction = lost.side == .client ? .appended : .retrieved
    let message = recorder.session.messages.first {
      $0.direction == direction && $0.end.streamOffset >= lost.start
    }
    return message.map { $0.start.streamOffset < lost.start ? $0.end.frame : $0.start.frame }
  }

  /// Did the client send all of it, and wait for the server?
  private func isOwedAnAnswer(_ command: PendingCommand) -> Bool {
    if command.start == facts.unfinished { return false }
    switch command.verb.command {
    case .logout: return false
    case .authenticate: return clientPhase != .response
    case .idle:
      guard let exchange = command.exchange else { return false }
      return recorder.session.exchanges[exchange].replies.isEmpty
    case nil: return !command.verb.name.isEmpty && command.verb.name.hasPrefix("X")
    default: return true
    }
  }
}

extension NotReceived {
  /// Did the server not receive all of the command?
  fileprivate func has(_ command: PendingCommand) -> Bool {
    side == .client && (command.end ?? command.start).streamOffset >= start
  }
}

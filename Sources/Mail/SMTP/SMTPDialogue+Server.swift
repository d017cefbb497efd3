// The server's side: replies, what they answer, and what follows from them.

import DequeModule
import Fields

extension SMTPDialogue {
  mutating func consumeReplies<Sink: MessageSink>(
    _ chunk: Span<UInt8>, at position: Position, to sink: inout Sink
  ) {
    noteSeam(at: position)
    defer { state.serverTail = position.advanced(by: chunk.count - 1) }
    var index = 0
    while index < chunk.count {
      if state.serverEncryptedAt == nil, beginsServerTLS(chunk[index]) {
        encryptServer(at: position.advanced(by: index))
      }
      if state.serverEncryptedAt != nil {
        return pendingSwitch.add(
          chunk.extracting(index..<chunk.count), from: .server, at: position.advanced(by: index))
      }
      if case .reversed = phase { return }
      guard let line = server.next(in: chunk, from: &index, at: position) else { return }
      receiveLine(server.bytes(of: line, in: chunk).copied, line, to: &sink)
    }
  }

  private func beginsServerTLS(_ byte: UInt8) -> Bool {
    guard !server.hasPartialLine, assembler.isEmpty, state.tls != .opened
    else { return false }
    let isRecord = (0x14...0x17).contains(byte)
    return isRecord && (state.replies == 0 || state.tls != .clear)
  }

  private mutating func encryptServer(at position: Position) {
    state.serverEncryptedAt = position.streamOffset
    pendingSwitch.begin(.tls, .server, at: position.streamOffset)
    guard state.replies == 0, state.commands == 0, state.tls == .clear else { return }
    phase = .encrypted
    recorder.edit { $0.tls = TLSUse(mode: .implicit, frame: position.frame) }
  }

  // MARK: Lines

  /// A place within a line of the server where another reply may begin: the one before it has no line end.
  struct Seam: Sendable {
    /// The last byte before it, and the first after it.
    var before: Position
    var after: Position
  }
  private static let seamLimit = 16
  /// A reply is not sent in two parts with so much time between them, in nanoseconds.
  private static let seamTime: Int64 = 5_000_000_000

  /// The next bytes continue a line: as another reply, where the client has gone on in between, or after a long time.
  private mutating func noteSeam(at position: Position) {
    guard server.hasPartialLine, let tail = state.serverTail, tail.frame != position.frame,
      seams.count < Self.seamLimit
    else { return }
    let hasHeardMore: Bool
    if let before = tail.acknowledged, let after = position.acknowledged {
      hasHeardMore = after > before
    } else {
      hasHeardMore = false
    }
    guard hasHeardMore || position.nanoseconds(since: tail) >= Self.seamTime else { return }
    seams.append(Seam(before: tail, after: position))
  }

  /// Reads a line of the server, which may be several replies of which all but the last have no line end.
  mutating func receiveLine<Sink: MessageSink>(
    _ bytes: [UInt8], _ line: LineFramer.Line, to sink: inout Sink
  ) {
    let places = seams
    seams = []
    var rest = line
    var start = 0
    for seam in places {
      let offset = seam.after.streamOffset - line.start.streamOffset
      guard offset > start, offset < bytes.count,
        let reply = SMTPReplyLine(bytes.span.extracting(start..<offset)),
        let next = SMTPReplyLine(bytes.span.extracting(droppingFirst: offset)),
        (200...599).contains(next.code), !next.isOdd
      else { continue }
      var first = rest
      (first.end, first.length) = (seam.before, offset - start)
      (first.ending, first.bareReturns, first.dropped) = (.cut, 0, 0)
      receiveReplyLine(reply, "", first, waited: seam.after, to: &sink)
      (rest.start, rest.length, start) = (seam.after, line.length - offset, offset)
    }
    let reply = SMTPReplyLine(bytes.span.extracting(droppingFirst: start))
    let text = reply == nil ? bytes.span.extracting(droppingFirst: start).text : ""
    receiveReplyLine(reply, text, rest, to: &sink)
  }

  /// `waited`: where the next reply begins, which continues this one that has no line end.
  private mutating func receiveReplyLine<Sink: MessageSink>(
    _ reply: SMTPReplyLine?, _ text: String, _ line: LineFramer.Line, waited: Position? = nil,
    to sink: inout Sink
  ) {
    if line.dropped > 0 { recorder.drop(.line) }
    guard let reply else { return receiveText(text, line, to: &sink) }
    state.serverResyncs = false
    if isAnotherReply(reply),
      let unfinished = assembler.take(end: assembler.end ?? line.start),
      let content = unfinished.smtp
    {
      recorder.find(
        .smtpMultilineCodes, frame: line.start.frame,
        "a reply with code \(content.effect) has no last line; \(reply.code) follows it")
      receive(unfinished, content, to: &sink)
    }
    guard assembler.add(reply, line, options) || line.ending == .cut else { return }
    let oddities = assembler.oddities
    if assembler.droppedLines > 0 { recorder.drop(.linesPerReply, assembler.droppedLines) }
    if assembler.droppedTexts > 0 { recorder.drop(.storedText, assembler.droppedTexts) }
    guard let whole = assembler.take(end: line.end), let content = whole.smtp else { return }
    check(content, oddities, frame: whole.position.frame)
    if !content.isTerminated { reportMissingEnd(whole, content, waited) }
    receive(whole, content, to: &sink)
  }

  /// A line that has no reply code: a part of the reply under way, or an answer that no client understands.
  private mutating func receiveText<Sink: MessageSink>(
    _ text: String, _ line: LineFramer.Line, to sink: inout Sink
  ) {
    let isPart = !assembler.isEmpty
    if isPart { assembler.addText(text, line, options) }
    guard !state.serverResyncs else { return }
    recorder.find(
      .smtpBadReplyLine, frame: line.start.frame, "“\(text.excerpt)” begins with no reply code")
    if isPart { return }
    if extendText(text, line) { return }
    let content = SMTPReply(code: nil, enhanced: EnhancedStatus.parse(text), lines: [text])
    place(
      Reply(
        content: .smtp(content), position: line.start, end: line.end, length: line.length, order: 0),
      to: &sink)
  }

  /// Lines without a code that follow one another are one.
  private mutating func extendText(_ text: String, _ line: LineFramer.Line) -> Bool {
    guard var last = unpaired.last, var content = last.smtp, content.code == nil else {
      return false
    }
    guard content.lines.count < options.linesPerReplyLimit else {
      recorder.drop(.linesPerReply)
      return true
    }
    unpaired.removeLast()
    content.lines.append(text)
    (last.content, last.end, last.length) = (.smtp(content), line.end, last.length + line.length)
    unpaired.append(last)
    return true
  }

  private mutating func reportMissingEnd(_ reply: Reply, _ content: SMTPReply, _ next: Position?) {
    let shown = content.line.excerpt
    let frame = reply.end.frame
    guard let next else {
      return recorder.find(
        .smtpReplyWithoutEnd, frame: frame, "“\(shown)” has no line end, and nothing follows it")
    }
    let time = next.nanoseconds(since: reply.end)
    let later = time >= Self.seamTime ? ", \(Phrase.duration(nanoseconds: time)) later" : ""
    recorder.find(
      .smtpReplyWithoutEnd, frame: frame,
      "“\(shown)” has no line end; the next reply follows it on the same line\(later)")
  }

  /// The reply under way never got its last line, but the client went on and got this one.
  private func isAnotherReply(_ line: SMTPReplyLine) -> Bool {
    let place = unpaired.count
    guard let code = assembler.reply?.code, code != line.code, pending.count >= place + 2 else {
      return false
    }
    return pending[place].admits(code) && pending[place + 1].admits(line.code)
  }

  private mutating func receive<Sink: MessageSink>(
    _ reply: Reply, _ content: SMTPReply, to sink: inout Sink
  ) {
    state.replies += 1
    state.decidedBlindly = false
    if content.code == 421 { state.closing = (content, reply.position.frame) }
    if content.code == 421 || content.code == 221 { state.saysGoodbye = true }
    if isGreeting(reply, content) {
      state.replyFrame = reply.position.frame
      state.greetingCode = content.code
      recorder.edit {
        $0.greeting = reply
        $0.serverSoftware = ServerBanner.software(in: content.lines)
      }
      checkGreeting(content, frame: reply.position.frame)
      return
    }
    if state.agreedFrame != nil { state.repliesAfterTLS.append(content.line) }
    if case .undecided(.end) = phase, pending.isEmpty {
      noteReply(reply, content)
      replyAtCandidate(reply, to: &sink)
      return
    }
    place(reply, to: &sink)
  }

  /// A server speaks first; a reply that answers a command is none, though.
  private func isGreeting(_ reply: Reply, _ content: SMTPReply) -> Bool {
    guard session.greeting == nil, state.replies == 1, !state.serverWasGapped else { return false }
    guard let first = pending.first else { return !session.midstream || content.code == 220 }
    guard !session.midstream else { return false }
    if let reach = reply.position.acknowledged, reach <= first.end.streamOffset { return true }
    return content.code == 220 ? first.verb?.startsTLS != true : content.isRefusal
  }

  // MARK: Pairing

  /// Gives a reply to the command that it answers.
  ///
  /// That is decided when the client goes on: it has then read all that the server said, and what it did not wait for
  /// cannot have been an answer. Where the client does not wait, or replies are missing, each reply is paired as it comes.
  mutating func place<Sink: MessageSink>(_ reply: Reply, to sink: inout Sink) {
    if isPairedAtOnce(reply) { return pairAtOnce(reply, to: &sink) }
    unpaired.append(reply)
    if unpaired.count >= Self.unpairedLimit { pairReplies(to: &sink) }
  }

  private static let unpairedLimit = 100

  private func isPairedAtOnce(_ reply: Reply) -> Bool {
    if isLMTP || state.desynchronised || !held.isEmpty { return true }
    if pending.first?.step == .refusedLines || pending.last?.step == .refusedLines { return true }
    guard unpaired.isEmpty else { return false }
    if let content = reply.smtp, isOfUnfinishedChunk(content) { return true }
    if case .message = phase, pending.isEmpty { return true }
    // What comes after the go-ahead for TLS is not of this dialogue.
    return pending.count == 1 && pending[0].verb?.startsTLS == true && reply.smtp?.code == 220
  }

  /// Pairs the replies that came since the client's last bytes with its commands.
  mutating func pairReplies<Sink: MessageSink>(to sink: inout Sink) {
    guard !unpaired.isEmpty else { return }
    let replies = unpaired
    unpaired = []
    let alignment = ReplyAlignment(
      replies.compactMap { reply in
        reply.smtp.map { ReplyAlignment.Entry(reply: $0, reach: reach(of: reply)) }
      }, pending)
    var passed = 0
    for (reply, place) in zip(replies, alignment.places) {
      guard let place, let content = reply.smtp else {
        leaveUnpaired(reply, to: &sink)
        continue
      }
      for _ in passed..<place {
        guard let lost = pending.popFirst() else { break }
        reportUnanswered(lost)
        applyLost(lost, to: &sink)
      }
      passed = place + 1
      guard let head = pending.popFirst() else { continue }
      answer(head, reply, content, to: &sink)
    }
  }

  /// A server that waits for the rest of a chunk in vain closes: that is no verdict on the chunk.
  private func isOfUnfinishedChunk(_ reply: SMTPReply) -> Bool {
    guard reply.code == 421, case .chunk = phase else { return false }
    return pending.count == 1 && pending[0].step == .chunk
  }

  /// How many of the commands that wait had reached the server when it sent this reply.
  private func reach(of reply: Reply) -> Int {
    guard let count = reply.position.acknowledged else { return pending.count }
    // They are in the order of the stream.
    var (low, high) = (0, pending.count)
    while low < high {
      let middle = (low + high) / 2
      if pending[middle].end.streamOffset < count { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private mutating func pairAtOnce<Sink: MessageSink>(_ reply: Reply, to sink: inout Sink) {
    guard let content = reply.smtp else { return }
    if case .message = phase, pending.isEmpty {
      return takeWithinMessage(reply, content, to: &sink)
    }
    guard content.code != nil, reach(of: reply) > 0, !isOfUnfinishedChunk(content) else {
      return leaveUnpaired(reply, to: &sink)
    }
    match(reply, content, to: &sink)
  }

  /// A reply while a message is being sent: it belongs to its end.
  private mutating func takeWithinMessage<Sink: MessageSink>(
    _ reply: Reply, _ content: SMTPReply, to sink: inout Sink
  ) {
    guard content.code != nil, carried.hadGap, content.code != 354 else {
      if bodyReplies.count < options.linesPerReplyLimit { bodyReplies.append(reply) }
      return
    }
    // The end of the message was lost in the gap.
    state.clientResyncs = true
    endBody(at: carried.end ?? reply.position, to: &sink)
    place(reply, to: &sink)
  }

  private mutating func match<Sink: MessageSink>(
    _ reply: Reply, _ content: SMTPReply, to sink: inout Sink
  ) {
    if state.desynchronised {
      if case .undecided = phase, !held.isEmpty, content.code != 354, content.code != 334 {
        decideBlindly(to: &sink)
      }
      guard skipUnanswered(content.effect, reach(of: reply), to: &sink) else {
        return dismiss(reply, content)
      }
    }
    guard var head = pending.popFirst() else { return }
    if isLMTP, head.step == .messageEnd, answerRecipient(content, &head) {
      record(reply, content, head)
      pending.prepend(head)
      return
    }
    if head.step == .refusedLines, head.lines > 1 {
      recorder.add(reply, to: head.exchange)
      head.lines -= 1
      pending.prepend(head)
      return
    }
    answer(head, reply, content, to: &sink)
  }

  /// The reply is the answer to the command, which was the first that waited.
  private mutating func answer<Sink: MessageSink>(
    _ head: Pending, _ reply: Reply, _ content: SMTPReply, to sink: inout Sink
  ) {
    var head = head
    record(reply, content, head)
    apply(&head, content, to: &sink)
    act(head, content, reply, to: &sink)
  }

  private mutating func record(_ reply: Reply, _ content: SMTPReply, _ head: Pending) {
    if pending.isEmpty { state.desynchronised = false }
    noteReply(reply, content)
    var shown = reply
    if content.code == 334, let login, !login.isOver {
      shown.decoded = login.sasl.error(in: content.lines.first ?? "")
    }
    recorder.add(shown, to: head.exchange)
    noteRefusal(content, head)
    checkTiming(reply, head)
  }

  private mutating func noteReply(_ reply: Reply, _ content: SMTPReply) {
    state.replyFrame = reply.position.frame
    guard state.goodbyeFrame != nil, content.code != nil else { return }
    recorder.find(
      .smtpReplyAfterQuit, frame: reply.position.frame,
      "“\(content.line.excerpt)” after the server's goodbye")
  }

  /// Replies are missing: passes over commands that this one cannot answer. False where no command is left.
  private mutating func skipUnanswered<Sink: MessageSink>(
    _ code: Int, _ reach: Int, to sink: inout Sink
  ) -> Bool {
    let arrived = pending.prefix(reach)
    let index =
      dialect.pipelines
      ? arrived.firstIndex { $0.admits(code) } : arrived.lastIndex { $0.admits(code) }
    guard let index else { return false }
    for _ in 0..<index {
      guard let lost = pending.popFirst() else { break }
      applyLost(lost, to: &sink)
    }
    return true
  }

  private mutating func applyLost<Sink: MessageSink>(_ lost: Pending, to sink: inout Sink) {
    var lost = lost
    apply(&lost, nil, to: &sink)
  }

  /// The reply answers no command that came before it. It may answer one that comes late: where the server had received
  /// more than was captured so far.
  private mutating func leaveUnpaired<Sink: MessageSink>(_ reply: Reply, to sink: inout Sink) {
    guard let content = reply.smtp else { return }
    if case .message = phase, pending.isEmpty {
      return takeWithinMessage(reply, content, to: &sink)
    }
    let read = held.firstPosition?.streamOffset ?? state.clientEnd
    let isLate = reply.position.acknowledged.map { $0 > read } ?? pending.isEmpty
    guard content.code != nil, isLate else { return dismiss(reply, content) }
    if early.count >= Self.unpairedLimit, let content = early[0].smtp {
      dismiss(early.removeFirst(), content)
    }
    early.append(reply)
  }

  /// The reply answers no command.
  private mutating func dismiss(_ reply: Reply, _ content: SMTPReply) {
    noteReply(reply, content)
    reportUnexpected(content, frame: reply.position.frame)
    recorder.add(reply, to: nil)
  }

  /// Replies that came early are the answer to a command that came late, unless they were captured before it.
  mutating func matchEarly<Sink: MessageSink>(to sink: inout Sink) {
    while let reply = early.first, let content = reply.smtp, reach(of: reply) > 0 {
      early.removeFirst()
      match(reply, content, to: &sink)
    }
  }

  /// Early replies that cannot answer the command that comes now answer none.
  mutating func flushEarly(before framed: LineFramer.Line?, verb: SMTPVerb?) {
    while let reply = early.first, let content = reply.smtp {
      if let framed, mayAnswer(reply, content.effect, framed, verb) { return }
      early.removeFirst()
      dismiss(reply, content)
    }
  }

  private func mayAnswer(
    _ reply: Reply, _ code: Int, _ framed: LineFramer.Line, _ verb: SMTPVerb?
  ) -> Bool {
    if let reach = reply.position.acknowledged { return reach > framed.end.streamOffset }
    let isLater = reply.end.frame >= framed.end.frame
    let isNear = framed.end.nanoseconds(since: reply.end) <= Self.reorderingTime
    let isPlausible = code != 421 && verb?.admits(code) != false
    return isLater || isNear && isPlausible
  }

  /// By how much a capture may show a reply before its command, in nanoseconds.
  private static let reorderingTime: Int64 = 20_000_000

  private mutating func reportUnexpected(_ reply: SMTPReply, frame: Int) {
    // A surplus greeting comes before any command.
    let hasBegun = state.commands > 0 || session.greeting != nil && state.clientBytes > 0
    guard let code = reply.code, code != 421, hasBegun, !session.midstream || state.commands > 0,
      !state.desynchronised
    else { return }
    recorder.find(
      .smtpUnexpectedReply, frame: frame, "“\(reply.line.excerpt)” answers no command")
  }

  /// LMTP: one reply for each recipient that was accepted. True while more are to come.
  private mutating func answerRecipient(_ reply: SMTPReply, _ head: inout Pending) -> Bool {
    guard let message = head.message else { return false }
    if head.awaitedRecipients == nil {
      // A refusal of the command itself comes once.
      guard !(500...503).contains(reply.effect) else { return false }
      let recipients = session.messages[message].envelope?.recipients ?? []
      let awaited = recipients.indices.filter { recipients[$0].accepted != false }
      if !awaited.isEmpty { head.awaitedRecipients = awaited[...] }
    }
    guard let recipient = head.awaitedRecipients?.popFirst() else { return false }
    let isLast = head.awaitedRecipients?.isEmpty == true
    recorder.edit {
      $0.messages[message].envelope?.recipients[recipient].decide(reply)
      if !reply.isRefusal {
        $0.messages[message].outcome = .accepted
      } else if isLast, $0.messages[message].outcome != .accepted {
        $0.messages[message].outcome = .rejected
      }
    }
    return !isLast
  }

  // MARK: What a reply changes

  /// Does to the transaction what a command does once it was answered, or must be taken as done.
  mutating func apply<Sink: MessageSink>(
    _ waiting: inout Pending, _ reply: SMTPReply?, to sink: inout Sink
  ) {
    let accepted = reply?.isRefusal != true
    if waiting.isApplied {
      if let reply { amend(waiting, reply) }
      return
    }
    waiting.isApplied = true
    switch waiting.step {
    case .sasl, .binary, .refusedLines: return
    case .chunk:
      guard let reply, !accepted else { return }
      refuse(waiting.message, reply)
    case .messageEnd:
      if let reply { conclude(waiting, reply) }
      if transaction.serial == waiting.serial { resetTransaction(to: &sink) }
    case .command:
      guard let verb = waiting.verb else { return }
      if verb.isHello {
        guard accepted else { return }
        resetTransaction(to: &sink)
        noteExtensions(verb, reply)
      } else if verb.isMail {
        applyMail(&waiting, accepted, reply, to: &sink)
      } else if verb == .rcpt {
        applyRecipient(&waiting, reply)
      } else if verb == .rset || verb == .xclient || verb.startsTLS, accepted, reply != nil {
        resetTransaction(to: &sink)
      } else if verb == .rset, reply == nil {
        resetTransaction(to: &sink)
      }
    }
  }

  /// Takes commands whose replies are not known yet as done: message bytes follow that belong to them.
  mutating func applyUndecided<Sink: MessageSink>(to sink: inout Sink) {
    // They are applied in order: those that are not are the last ones.
    let applied = pending.lastIndex { $0.isApplied }.map { $0 + 1 } ?? 0
    for index in applied..<pending.count {
      var waiting = pending[index]
      apply(&waiting, nil, to: &sink)
      pending[index] = waiting
    }
  }

  private mutating func resetTransaction<Sink: MessageSink>(to sink: inout Sink) {
    endOpenMessage(to: &sink)
    transaction = Transaction(serial: transaction.serial + 1)
    if pending.isEmpty { state.messageOfTransaction.removeAll() }
  }

  private mutating func applyMail<Sink: MessageSink>(
    _ waiting: inout Pending, _ accepted: Bool, _ reply: SMTPReply?, to sink: inout Sink
  ) {
    if transaction.envelope != nil {
      recorder.find(
        .smtpNestedMail, frame: waiting.end.frame,
        accepted
          ? "MAIL within a transaction; the server took it as a new one"
          : "MAIL within a transaction, which the server refused")
    }
    guard accepted, let path = waiting.path else { return }
    resetTransaction(to: &sink)
    waiting.serial = transaction.serial
    transaction.envelope = Envelope(sender: path.address, parameters: path.parameters)
    for parameter in path.parameters {
      let (name, value) = parameter.keyAndValue
      switch name {
      case "BODY": transaction.body = value.uppercasedASCII
      case "SIZE": transaction.declaredSize = Decimal.parse(value.utf8)
      case "SMTPUTF8": transaction.isInternational = true
      default: break
      }
    }
  }

  private mutating func applyRecipient(_ waiting: inout Pending, _ reply: SMTPReply?) {
    guard let path = waiting.path else { return }
    waiting.serial = transaction.serial
    // Without MAIL only a server's yes makes this a recipient.
    if transaction.envelope == nil {
      guard let reply, !reply.isRefusal else { return }
      transaction.envelope = Envelope(sender: "")
    }
    guard (transaction.envelope?.recipients.count ?? 0) < options.recipientLimit else {
      return recorder.drop(.recipients)
    }
    var recipient = Recipient(address: path.address, parameters: path.parameters)
    if let reply { recipient.decide(reply) }
    waiting.recipient = transaction.envelope?.recipients.count
    transaction.envelope?.recipients.append(recipient)
    if let message = transaction.message {
      recorder.edit { $0.messages[message].envelope?.recipients.append(recipient) }
    }
    count(recipient)
  }

  /// A reply that came after its command was taken as done.
  private mutating func amend(_ waiting: Pending, _ reply: SMTPReply) {
    switch waiting.step {
    case .chunk: if reply.isRefusal { refuse(waiting.message, reply) }
    case .messageEnd: conclude(waiting, reply)
    case .sasl, .binary, .refusedLines: break
    case .command:
      if waiting.verb?.isHello == true, let verb = waiting.verb, !reply.isRefusal {
        noteExtensions(verb, reply)
      }
      guard let index = waiting.recipient else { return }
      if transaction.serial == waiting.serial {
        transaction.envelope?.recipients[index].decide(reply)
        if let recipient = transaction.envelope?.recipients[index] { count(recipient) }
      }
      guard let message = state.messageOfTransaction[waiting.serial] else { return }
      recorder.edit {
        guard ($0.messages[message].envelope?.recipients.count ?? 0) > index else { return }
        $0.messages[message].envelope?.recipients[index].decide(reply)
      }
    }
  }

  private mutating func count(_ recipient: Recipient) {
    switch recipient.accepted {
    case true: state.acceptedRecipients += 1
    case false: state.refusedRecipients += 1
    case nil: break
    }
  }

  private mutating func refuse(_ message: Int?, _ reply: SMTPReply) {
    transaction.failed = true
    guard let message else { return }
    recorder.edit { $0.messages[message].outcome = .rejected }
  }

  private mutating func conclude(_ waiting: Pending, _ reply: SMTPReply) {
    guard let message = waiting.message else { return }
    if waiting.awaitedRecipients != nil { return }
    // The client has no answer, and will send the message again.
    guard reply.isTerminated else { return state.unendedAnswers += 1 }
    recorder.edit {
      $0.messages[message].outcome = reply.isRefusal ? .rejected : .accepted
    }
    if reply.isRefusal {
      recorder.find(
        .smtpMessageRefused, frame: waiting.end.frame,
        "the server refused the message: “\(reply.line.excerpt)”")
    }
  }

  private mutating func noteExtensions(_ verb: SMTPVerb, _ reply: SMTPReply?) {
    guard let reply else { return }
    guard verb != .helo else {
      state.extensions = nil
      return
    }
    var extensions: [String: String] = [:]
    for line in reply.lines.dropFirst() {
      let words = line.split(atByte: .space, maxSplits: 1)
      guard let first = words.first else { continue }
      // `AUTH=LOGIN` is what old clients look for.
      let equals = UInt8(ascii: "=")
      let keyword = Substring(first.utf8.prefix { $0 != equals }).uppercasedASCII
      if keyword == "AUTH", extensions["AUTH"]?.isEmpty == false, first.utf8.contains(equals) {
        continue
      }
      extensions[keyword] = words.count > 1 ? words[1].uppercasedASCII : ""
    }
    state.extensions = extensions
    if extensions["STARTTLS"] != nil, state.tls != .opened { state.offersTLS = true }
    checkExtensions(reply)
  }

  /// Decides what the client's next bytes are.
  private mutating func act<Sink: MessageSink>(
    _ head: Pending, _ content: SMTPReply, _ reply: Reply, to sink: inout Sink
  ) {
    switch (head.step, head.verb) {
    case (.command, .data):
      guard !head.isDecided, case .undecided(.message) = phase else { return }
      if !content.isRefusal {
        checkAwaited(reply)
        beginData(in: head.exchange, to: &sink)
      } else {
        phase = .command
        refused = RefusedMessage(exchange: head.exchange, reply: content.line.excerpt)
      }
      release(to: &sink)
    case (.command, .auth), (.command, .xExps), (.sasl, _):
      authenticate(head, content, to: &sink)
    case (.command, .starttls), (.command, .xAnonymousTLS):
      if content.code == 220 {
        if state.tls == .requested { state.tls = .agreed(frame: reply.position.frame) }
        state.extensions = nil
      } else {
        if state.tls == .requested { state.tls = .refused }
        recorder.find(
          .tlsRefused, frame: reply.position.frame,
          "STARTTLS was refused: “\(content.line.excerpt)”")
      }
      guard !head.isDecided, case .undecided(.tls) = phase else { return }
      phase = .command
      release(to: &sink)
    case (.command, .xExch50):
      guard !head.isDecided, let question = phase.question, case .binary = question
      else { return }
      phase = question.decided(by: content.effect)
      if case .binary = phase { beginBinary(in: head.exchange) }
      release(to: &sink)
    case (.command, .turn), (.command, .atrn):
      guard !content.isRefusal, case .command = phase else { return }
      phase = .reversed
      recorder.find(
        .smtpRolesChanged, frame: reply.position.frame,
        "\(head.verb == .atrn ? "ATRN" : "TURN") was accepted: what follows, with the sides the other way round, is not shown"
      )
    case (.command, .quit):
      if content.code == 221 { state.goodbyeFrame = reply.position.frame }
    default: break
    }
  }

  private mutating func authenticate<Sink: MessageSink>(
    _ head: Pending, _ content: SMTPReply, to sink: inout Sink
  ) {
    if content.code == 334 {
      if login?.isOver == false { login?.sasl.challenge(content.lines.first ?? "") }
      noteAuthentication()
    } else {
      endAuthentication(content, frame: head.end.frame)
    }
    guard !head.isDecided, let question = phase.question, case .response = question else { return }
    phase = question.decided(by: content.effect)
    release(to: &sink)
  }

  /// Brings the record of the authentication up to date.
  mutating func noteAuthentication() {
    guard let login, !login.isOver else { return }
    recorder.keep(login.sasl, in: login.record)
  }

  private mutating func endAuthentication(_ reply: SMTPReply, frame: Int) {
    guard let login, !login.isOver else { return }
    noteAuthentication()
    recorder.settle(login.record, reply.isRefusal ? .rejected : .accepted)
    checkAuthentication(login.sasl, reply, frame: frame)
    self.login?.isOver = true
  }

  private mutating func noteRefusal(_ reply: SMTPReply, _ head: Pending) {
    guard reply.isRefusal, head.step != .refusedLines,
      head.verb != nil || state.refusal?.isOfKnown != true
    else { return }
    state.refusal = SMTPState.Refusal(
      step: head.step == .messageEnd ? "message" : head.name, code: reply.code,
      isOfKnown: head.verb != nil, enhanced: reply.enhanced, text: reply.lines.first ?? "",
      address: head.path?.address)
    checkRefusal(reply, head)
  }
}

extension SMTPReply {
  /// Code and first line; of lines with different codes the first that has the one that counts.
  var line: String {
    let place = lineCodes.firstIndex { $0 == code } ?? 0
    let text = lines.indices.contains(place) ? lines[place] : ""
    guard let code else { return text }
    return text.isEmpty ? "\(code)" : "\(code) \(text)"
  }

  /// The code by which a client acts. A line without a code is as good as its enhanced code, and else no yes.
  var effect: Int {
    code ?? (enhanced?.utf8.first == UInt8(ascii: "2") ? 250 : 450)
  }

  var isRefusal: Bool { effect >= 400 }
}

extension Position {
  /// The time that has passed, as far as it fits.
  func nanoseconds(since earlier: Position) -> Int64 {
    let (difference, isOver) = time.subtractingReportingOverflow(earlier.time)
    return isOver ? (time < earlier.time ? .min : .max) : difference
  }
}

extension Recipient {
  /// Takes down what a reply said of this recipient.
  mutating func decide(_ reply: SMTPReply) {
    accepted = !reply.isRefusal
    code = reply.code
    enhanced = reply.enhanced
    text = reply.lines.first
  }
}

extension String {
  /// Short enough for a finding's text.
  var excerpt: String { count <= 100 ? self : prefix(97) + "…" }

  /// `SIZE=12` is `SIZE` and `12`; the name in upper case.
  var keyAndValue: (String, String) {
    guard let equals = utf8.firstIndex(of: UInt8(ascii: "=")) else { return (uppercasedASCII, "") }
    return (self[..<equals].uppercasedASCII, String(self[utf8.index(after: equals)...]))
  }
}

// Which reply answers which command.

import DequeModule
import Fields

extension SMTPDialogue {
  /// Gives a reply to the command that it answers.
  ///
  /// That is decided when the client goes on: it has then read all that the server said, and what it did not wait for
  /// cannot have been an answer. Where the client does not wait, or replies are missing, each reply is paired as it comes.
  mutating func place<Sink: MessageSink>(_ reply: consuming Reply, to sink: inout Sink) {
    if isPairedAtOnce(reply) { return pairAtOnce(reply, to: &sink) }
    unpaired.append(reply)
    if unpaired.count >= Self.unpairedLimit { pairReplies(to: &sink) }
  }

  private static let unpairedLimit = 100

  @inline(__always)
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
    var replies: [Reply] = []
    swap(&replies, &unpaired)
    if isInStep(replies) {
      // They are taken out one by one from the end, since no copy is made so.
      replies.reverse()
      while let reply = replies.popLast() {
        guard let content = reply.smtp, let head = pending.popFirst() else { continue }
        answer(head, reply, content, to: &sink)
      }
      // Its room is for the next ones, where none came meanwhile.
      if unpaired.isEmpty { swap(&replies, &unpaired) }
      return
    }
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

  /// Each reply can answer the command at its place: there is nothing to align.
  private func isInStep(_ replies: [Reply]) -> Bool {
    guard replies.count <= pending.count else { return false }
    for index in replies.indices {
      guard case .smtp(let content) = replies[index].content, let code = content.code,
        pending[index].admits(code), index < reach(of: replies[index])
      else { return false }
    }
    return true
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

  private mutating func pairAtOnce<Sink: MessageSink>(_ reply: consuming Reply, to sink: inout Sink)
  {
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
      if recorder.hasRoom(for: reply.heldBytes) { bodyReplies.append(reply) }
      return
    }
    // The end of the message was lost in the gap.
    state.clientResyncs = true
    endBody(at: carried.end ?? reply.position, to: &sink)
    place(reply, to: &sink)
  }

  private mutating func match<Sink: MessageSink>(
    _ reply: consuming Reply, _ content: SMTPReply, to sink: inout Sink
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
    _ head: consuming Pending, _ reply: consuming Reply, _ content: SMTPReply, to sink: inout Sink
  ) {
    let position = reply.position
    record(reply, content, head)
    apply(&head, content, to: &sink)
    act(head, content, at: position, to: &sink)
  }

  private mutating func record(
    _ reply: consuming Reply, _ content: SMTPReply, _ head: borrowing Pending
  ) {
    if pending.isEmpty { state.desynchronised = false }
    let position = reply.position
    noteReply(content, at: position)
    if content.code == 334, let login, !login.isOver {
      reply.decoded = login.sasl.error(in: content.lines.first ?? "")
    }
    recorder.add(reply, to: head.exchange)
    noteRefusal(content, head)
    checkTiming(position, head)
  }

  mutating func noteReply(_ content: SMTPReply, at position: Position) {
    state.replyFrame = position.frame
    guard state.goodbyeFrame != nil, content.code != nil else { return }
    recorder.find(
      .smtpReplyAfterQuit, frame: position.frame,
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
    noteReply(content, at: reply.position)
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
}

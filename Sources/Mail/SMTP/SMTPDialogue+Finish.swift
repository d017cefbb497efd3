// The end of a session: what is open is closed, and the record gets its verdict.

import DequeModule
import Fields

extension SMTPDialogue {
  mutating func finish<Sink: MessageSink>(_ close: SessionClose, to sink: inout Sink) -> Session {
    pairReplies(to: &sink)
    settle(to: &sink)
    readPartialLines(to: &sink)
    pairReplies(to: &sink)
    settle(to: &sink)
    closeMessage(close, to: &sink)
    endRefused()
    flushEarly(before: nil, verb: nil)
    if state.clientBytes == 0, !isLMTP, answersRecipients {
      recorder.edit { $0.mailProtocol = .lmtp }
    }
    reportEnd(close)
    checkWhole(close)
    while var waiting = pending.popFirst() { apply(&waiting, nil, to: &sink) }
    endOpenMessage(to: &sink)
    if options.wantsDialect {
      let dialect = dialect.dialect(close: close, quits: state.quitFrame != nil)
      recorder.edit { $0.dialect = dialect }
    }
    let verdict = verdict(close)
    return recorder.finish(verdict: verdict)
  }

  /// Decides what no reply decided.
  private mutating func settle<Sink: MessageSink>(to sink: inout Sink) {
    while !held.isEmpty || isAtCandidate {
      switch phase {
      case .undecided: decideBlindly(to: &sink)
      case .command, .response, .message, .chunk, .binary, .refused: release(to: &sink)
      case .encrypted, .reversed: held = HeldBytes()
      }
    }
  }

  private var isAtCandidate: Bool {
    if case .undecided(.end) = phase { true } else { false }
  }

  /// A command or reply without its line end: programs that stop in a hurry leave one.
  private mutating func readPartialLines<Sink: MessageSink>(to sink: inout Sink) {
    let none: [UInt8] = []
    if client.hasPartialLine, let line = client.cut(at: lastPosition(.client)) {
      let bytes = client.bytes(of: line, in: none.span).copied
      if case .command = phase, SMTPGrammar.isPlain(bytes.span) {
        issue(SMTPCommandLine(bytes.span), line, to: &sink)
      }
    }
    if server.hasPartialLine, let line = server.cut(at: lastPosition(.server)) {
      let bytes = server.bytes(of: line, in: none.span).copied
      if state.serverEncryptedAt == nil, SMTPReplyLine(bytes.span) != nil {
        receiveLine(bytes, line, to: &sink)
      }
    }
    if !assembler.isEmpty, let whole = assembler.take(end: lastPosition(.server)) {
      place(whole, to: &sink)
    }
  }

  private func lastPosition(_ side: Side) -> Position {
    (side == .client ? state.lastClient : state.lastServer) ?? Position(frame: 0, time: 0)
  }

  /// A message whose end never came.
  private mutating func closeMessage<Sink: MessageSink>(
    _ close: SessionClose, to sink: inout Sink
  ) {
    switch phase {
    case .message:
      let end = carried.end ?? lastPosition(.client)
      let start = carried.start
      let refusal = bodyReplies.last { reply in
        // A server that had nothing of the message does not refuse it.
        let reach = reply.position.acknowledged ?? .max
        return reply.smtp?.isRefusal == true && reach > start?.streamOffset ?? 0
      }
      let length = body.wireCount
      closeBody(at: end, complete: false, to: &sink)
      if let message = carried.message, refusal != nil {
        recorder.edit { $0.messages[message].outcome = .rejected }
      }
      for reply in bodyReplies { recorder.add(reply, to: carried.exchange) }
      state.cutOff = ("DATA", length)
      reportCutOff(close, frame: end.frame)
    case .chunk:
      if let message = carried.message {
        let end = lastPosition(.client)
        recorder.edit { $0.messages[message].end = end }
        state.cutOff = ("BDAT", session.messages[message].size)
      }
      if let start = carried.start {
        recorder.add(
          Answer(
            kind: .message, text: "", position: start, end: lastPosition(.client),
            length: carried.length),
          to: carried.exchange)
      }
      reportCutOff(close, frame: lastPosition(.client).frame)
    case .binary:
      endBinary()
      fallthrough
    default:
      for reply in bodyReplies { recorder.add(reply, to: carried.exchange) }
      if state.openMessage != nil, transaction.transfer == .bdat, let message = transaction.message
      {
        state.cutOff = ("BDAT", session.messages[message].size)
        reportCutOff(close, frame: lastPosition(.client).frame)
      }
    }
    bodyReplies = []
  }

  private mutating func reportCutOff(_ close: SessionClose, frame: Int) {
    guard let (name, length) = state.cutOff else { return }
    let how =
      switch close {
      case .fin: "was closed"
      case .reset: "was reset"
      case .open: "is still open, or its end was not captured"
      }
    var text: QuotingText = "the connection \(how) after \(length) bytes of \(name)"
    let (_, position) = ending(close)
    let silence = position?.nanoseconds(since: lastPosition(.client)) ?? 0
    if silence >= Self.patience {
      text.append("; the client had sent nothing for \(Phrase.duration(nanoseconds: silence))")
    }
    recorder.find(.smtpDropped, frame: frame, text)
  }

  /// Whether the server, of which alone there is a record, answers a message for each recipient, as LMTP does (RFC 2033
  /// section 4.2): twice, without a word of the client in between.
  private var answersRecipients: Bool {
    var isWithin = false
    var first: Reply?
    for reply in session.exchanges.flatMap(\.replies) {
      guard let content = reply.smtp else { continue }
      if content.code == 354 {
        (isWithin, first) = (true, nil)
      } else if let answer = first {
        if Self.isOfOneMessage(answer, reply) { return true }
        (isWithin, first) = (false, nil)
      } else if isWithin {
        first = reply
      }
    }
    return false
  }

  private static func isOfOneMessage(_ first: Reply, _ second: Reply) -> Bool {
    guard let one = first.smtp, let other = second.smtp, let code = other.code,
      ![220, 221, 421].contains(code), other.enhanced != "2.1.0"
    else { return false }
    let namesRecipients = [one, other].allSatisfy { reply in
      let text = reply.lines.first ?? ""
      return text.contains("<") && text.contains("@") && text.contains(">")
    }
    if let before = first.position.acknowledged, let after = second.position.acknowledged {
      return before == after
        && (namesRecipients || other.isRefusal || one.enhanced == other.enhanced)
    }
    return namesRecipients && other.enhanced?.hasPrefix("2.1.") != true
  }

  // MARK: What did not come

  /// How the conversation ended, and when, as far as that is known.
  private func ending(_ close: SessionClose) -> (who: String, position: Position?) {
    if let end = state.firstEnd { return ("the \(end.side.rawValue) closed", end.position) }
    let last = [state.lastClient, state.lastServer].compactMap(\.self).max { $0.time < $1.time }
    return switch close {
    case .fin: ("the connection was closed", last)
    case .reset: ("the connection was reset", last)
    case .open: ("the capture ended, or was idle", last)
    }
  }

  /// What was sent and never received, asked and never answered.
  private mutating func reportEnd(_ close: SessionClose) {
    considerUnacknowledged()
    if let lost = state.unacknowledged { return reportNotReceived(lost) }
    let isReadable = state.serverBytes > 0 && !state.desynchronised && state.tls != .encrypted
    // A server that says that it closes has answered all.
    let hasClosed = state.saysGoodbye || session.greeting?.smtp?.isRefusal == true
    guard isReadable, !hasClosed else { return }
    if case .response = phase { reportMissingResponse(close) }
    guard let first = pending.first else { return }
    // What was said to a server that had closed could not be answered.
    if let end = state.firstEnd, end.side == .server, end.position.frame < first.end.frame {
      return
    }
    let (who, position) = ending(close)
    let waited = position?.nanoseconds(since: first.end) ?? 0
    // Who says goodbye need not wait for the answer.
    guard first.verb != .quit || waited >= Self.impatience else { return }
    reportUnanswered(first, "\(Phrase.duration(nanoseconds: max(0, waited))) later \(who)")
  }

  /// The server asked for a response of SASL, and none came.
  private mutating func reportMissingResponse(_ close: SessionClose) {
    guard let login, !login.isOver, let asked = state.serverTail else { return }
    let (who, position) = ending(close)
    let waited = max(0, position?.nanoseconds(since: asked) ?? 0)
    recorder.find(
      .smtpDataMissing, frame: asked.frame,
      "the server asked for a response to AUTH \(login.sasl.mechanism), none came; "
        + "\(Phrase.duration(nanoseconds: waited)) later \(who)")
  }

  /// Who sends nothing for so long, in nanoseconds, sends nothing more.
  private static let patience: Int64 = 5_000_000_000

  /// A command that has waited so long for its reply, in nanoseconds, was not given up by a client in a hurry.
  private static let impatience: Int64 = 1_000_000_000

  mutating func reportUnanswered(_ command: Pending, _ end: QuotingText = "") {
    let name =
      command.step == .messageEnd
      ? "the message" : command.name.isEmpty ? "a command" : command.name
    var text: QuotingText = "\(name) was not answered"
    if !end.isEmpty { text.append("; \(end)") }
    recorder.find(.smtpNoAnswer, frame: command.end.frame, text)
  }

  /// Bytes that were sent once, and went down with the connection, are of no account: unless a message is among them, on
  /// which the server closed.
  private mutating func considerUnacknowledged() {
    guard let lost = state.unacknowledged, lost.repetitions == 0 else { return }
    let hasMessage = session.messages.last.flatMap { lostMessage($0) } != nil
    let isClosed = state.saysGoodbye || state.firstEnd?.side == .server
    if !hasMessage || !isClosed { state.unacknowledged = nil }
  }

  private mutating func reportNotReceived(_ lost: Unacknowledged) {
    let times =
      lost.repetitions == 0
      ? "and were not sent again" : "though sent again \(Phrase.count(lost.repetitions, "time"))"
    let message = session.messages.last.flatMap { lostMessage($0) == nil ? nil : $0 }
    let place =
      message.map { $0.start.streamOffset < lost.start ? $0.end : $0.start }
      ?? pending.first { $0.end.streamOffset >= lost.start }?.end
    recorder.find(
      .smtpNotReceived, frame: place?.frame ?? lost.frame,
      "the last \(Phrase.count(lost.bytes, "byte")) of the client were never acknowledged, \(times): "
        + "the server did not receive them")
  }

  // MARK: Verdict

  private func verdict(_ close: SessionClose) -> QuotingText {
    let messages = session.messages
    if let message = messages.first, messages.count == 1 { return verdict(on: message) }
    if messages.count > 1 { return verdict(onAll: messages) }
    if let lost = state.unacknowledged {
      return "not received by the server: \(Phrase.count(lost.bytes, "byte")) never acknowledged"
    }
    if session.tls?.mode == .implicit { return "encrypted from the start" }
    if session.tls != nil, state.tls != .opened { return "encrypted after STARTTLS" }
    if let login = session.authentications.last, login.outcome == .rejected {
      return "login refused" + (login.username.map { " for \($0)" } ?? "") + refusalSuffix
    }
    if let refusal = state.refusal {
      switch refusal.step {
      case "greeting": return "refused at the greeting\(refusalSuffix)"
      case "RCPT": return "no recipient accepted\(refusalSuffix)"
      case "MAIL": return "sender refused\(refusalSuffix)"
      default:
        let step = refusal.step.isEmpty ? "command" : refusal.step
        if refusal.code != 421 { return "\(step) refused\(refusalSuffix)" }
      }
    }
    if let closing = state.closing { return "closed by the server, \(closing.reply.line.excerpt)" }
    if session.authentications.last?.outcome == .accepted { return "logged in, no message sent" }
    if state.offersTLS, state.tls == .clear { return "STARTTLS offered, not used; no message sent" }
    if state.commands == 0, state.replies == 0 { return "nothing was said" }
    if state.commands == 0, state.clientBytes == 0, state.replies > 1 { return serverVerdict }
    if state.commands == 0, let greeting = session.greeting?.smtp {
      return greeting.isTerminated ? "greeting only" : "greeting only, without its line end"
    }
    return "no message sent"
  }

  /// Where the client was not captured: what the server says of messages.
  private var serverVerdict: QuotingText {
    var answers: [SMTPReply] = []
    var isWithin = false
    for reply in session.exchanges.flatMap(\.replies).compactMap(\.smtp) {
      if reply.code == 354 {
        isWithin = true
      } else if isWithin, reply.code != 221, answers.isEmpty || reply.enhanced != "2.1.0" {
        answers.append(reply)
        isWithin = isLMTP
      } else {
        isWithin = false
      }
    }
    let refused = answers.filter(\.isRefusal)
    var parts: [QuotingText] = []
    let taken = answers.count - refused.count
    let thing = isLMTP ? "recipient" : "message"
    if taken > 0 { parts.append("\(Phrase.count(taken, thing)) accepted") }
    if let last = refused.last {
      parts.append("\(Phrase.count(refused.count, thing)) refused, \(last.line.excerpt)")
    }
    if parts.isEmpty { parts.append("\(Phrase.count(state.replies, "reply", "replies"))") }
    return "only the server was captured: " + parts.joined(separator: ", ")
  }

  private var refusalSuffix: QuotingText {
    guard let refusal = state.refusal else { return "" }
    let code = [refusal.code.map(String.init), refusal.enhanced].compactMap(\.self)
    if code.isEmpty { return "" }
    let address = refusal.address.map { $0.isEmpty ? "" : " for \($0)" } ?? ""
    return ", \(code.joined(separator: " "))\(address)"
  }

  private func verdict(on message: Message) -> QuotingText {
    let recipients = message.envelope?.recipients ?? []
    switch message.outcome {
    case .accepted:
      let taken = recipients.count { $0.accepted != false }
      guard let refused = recipients.first(where: { $0.accepted == false }) else {
        return recipients.isEmpty ? "delivered" : "delivered to \(taken) of \(recipients.count)"
      }
      let code = [refused.code.map(String.init), refused.enhanced].compactMap(\.self)
      return "delivered to \(taken) of \(recipients.count), "
        + "\(code.joined(separator: " ")) for \(refused.address)"
    case .rejected: return "message refused\(refusalSuffix)"
    case .incomplete, .retrieved:
      if let lost = lostMessage(message) {
        return "message not received by the server, "
          + "\(Phrase.count(lost.bytes, "byte")) never acknowledged"
      }
      if let (name, length) = state.cutOff {
        return "cut off in \(name) after \(length.grouped) bytes"
      }
      if state.unendedAnswers > 0 {
        return
          "message of \(message.size.grouped) bytes sent, the answer has no line end, outcome unknown"
      }
      return "message of \(message.size.grouped) bytes sent, outcome unknown"
    }
  }

  /// What of a message that has no verdict of the server never arrived.
  private func lostMessage(_ message: Message) -> Unacknowledged? {
    guard message.outcome == .incomplete, let lost = state.unacknowledged,
      message.end.streamOffset >= lost.start
    else { return nil }
    return lost
  }

  private func verdict(onAll messages: [Message]) -> QuotingText {
    let accepted = messages.count { $0.outcome == .accepted }
    let refused = messages.count { $0.outcome == .rejected }
    let lost = messages.last.flatMap { lostMessage($0) }
    if accepted + refused == 0, lost == nil, state.cutOff == nil {
      return "\(messages.count) messages sent, outcome unknown"
    }
    var parts: [QuotingText] = []
    if accepted > 0 { parts.append("\(accepted) of \(messages.count) messages delivered") }
    if refused > 0 { parts.append("\(refused) refused\(refusalSuffix)") }
    if let lost {
      parts.append("the last not received, \(Phrase.count(lost.bytes, "byte")) never acknowledged")
    } else if let (name, length) = state.cutOff {
      parts.append("cut off in \(name) after \(length.grouped) bytes")
    } else if accepted + refused < messages.count {
      parts.append("\(messages.count - accepted - refused) with unknown outcome")
    }
    return parts.joined(separator: ", ")
  }
}

extension Int {
  /// `61,440`.
  var grouped: String {
    let digits = Array(String(magnitude))
    var result = self < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { result.append(",") }
      result.append(digit)
    }
    return result
  }
}

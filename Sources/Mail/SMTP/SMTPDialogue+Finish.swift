// The end of a session: what is open is closed, and the record gets its verdict.

import DequeModule
import Fields

extension SMTPDialogue {
  mutating func finish<Sink: MessageSink>(_ close: SessionClose, to sink: inout Sink) -> Session {
    settle(to: &sink)
    readPartialLines(to: &sink)
    settle(to: &sink)
    closeMessage(close, to: &sink)
    flushEarly(before: nil, verb: nil)
    checkWhole(close)
    while var waiting = pending.popFirst() { apply(&waiting, nil, to: &sink) }
    endOpenMessage(to: &sink)
    let dialect = dialect.dialect(close: close, quits: state.quitFrame != nil)
    recorder.edit { $0.dialect = dialect }
    let verdict = verdict(close)
    return recorder.finish(verdict: verdict)
  }

  /// Decides what no reply decided.
  private mutating func settle<Sink: MessageSink>(to sink: inout Sink) {
    while !held.isEmpty || isAtCandidate {
      switch phase {
      case .undecided: decideBlindly(to: &sink)
      case .command, .response, .message, .chunk, .binary: release(to: &sink)
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
      guard state.serverEncryptedAt == nil, let reply = SMTPReplyLine(bytes.span) else { return }
      receiveReplyLine(reply, "", line, to: &sink)
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
      let refusal = bodyReplies.last { ($0.smtp?.code ?? 0) >= 400 }
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
            length: carried.length, order: 0),
          to: carried.exchange)
      }
      reportCutOff(close, frame: lastPosition(.client).frame)
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
    recorder.find(
      .smtpDropped, frame: frame, "the connection \(how) after \(length) bytes of \(name)")
  }

  // MARK: Verdict

  private func verdict(_ close: SessionClose) -> QuotingText {
    let messages = session.messages
    if let message = messages.first, messages.count == 1 { return verdict(on: message) }
    if messages.count > 1 { return verdict(onAll: messages) }
    if session.tls?.mode == .implicit { return "encrypted from the start" }
    if session.tls != nil { return "encrypted after STARTTLS" }
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
    if let closing = state.closing { return "closed by the server, \(closing.line.excerpt)" }
    if session.authentications.last?.outcome == .accepted { return "logged in, no message sent" }
    if state.offersTLS, state.tls == .clear { return "STARTTLS offered, not used; no message sent" }
    if state.commands == 0, session.greeting != nil { return "greeting only" }
    if state.commands == 0, state.replies == 0 { return "nothing was said" }
    return "no message sent"
  }

  private var refusalSuffix: QuotingText {
    guard let refusal = state.refusal else { return "" }
    let code = [String(refusal.code), refusal.enhanced ?? ""].filter { !$0.isEmpty }
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
      if let (name, length) = state.cutOff {
        return "cut off in \(name) after \(length.grouped) bytes"
      }
      return "message of \(message.size.grouped) bytes sent, outcome unknown"
    }
  }

  private func verdict(onAll messages: [Message]) -> QuotingText {
    let accepted = messages.count { $0.outcome == .accepted }
    let refused = messages.count { $0.outcome == .rejected }
    if accepted + refused == 0, state.cutOff == nil {
      return "\(messages.count) messages sent, outcome unknown"
    }
    var parts: [QuotingText] = []
    if accepted > 0 { parts.append("\(accepted) of \(messages.count) messages delivered") }
    if refused > 0 { parts.append("\(refused) refused\(refusalSuffix)") }
    if let (name, length) = state.cutOff {
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

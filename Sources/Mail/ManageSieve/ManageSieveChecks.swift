// What a ManageSieve dialogue breaks or betrays, and its verdict.

import Fields

extension ManageSieveDialogue {
  mutating func check(_ statement: ManageSieveStatement, of side: Side) {
    let frame = statement.start.frame
    if statement.hasBareLF {
      recorder.findOnce(
        .sieveBareLF, frame: frame, "a line of the \(side.rawValue) ends in LF without CR")
    }
    if side == .client, statement.parts.contains(where: \.isSynchronizing) {
      recorder.findOnce(
        .sieveSynchronizingLiteral, frame: frame, "the client announces a literal without +")
    }
    if statement.dropped > 0 { recorder.drop(.text) }
  }

  /// `isSecret`: the line may be a secret as a whole.
  mutating func checkCommand(
    _ pending: Pending, _ arguments: [ManageSieveStatement.Argument], isSecret: Bool
  ) {
    let (name, frame) = (pending.name, pending.start.frame)
    guard let verb = pending.verb else {
      let what: QuotingText =
        isSecret
        ? "a line that may hold a secret is no command"
        : name.isEmpty ? "an empty command line" : "\(Phrase.quote(name)) is no ManageSieve command"
      return recorder.find(.sieveUnknownCommand, frame: frame, what)
    }
    if arguments.contains(where: { !$0.isClosed }) {
      recorder.find(.sieveCommandSyntax, frame: frame, "a quote of \(name) is not closed")
    } else if !verb.arguments.contains(arguments.count - 1) {
      let count = Phrase.count(arguments.count - 1, "argument")
      recorder.find(.sieveCommandSyntax, frame: frame, "\(name) with \(count)")
    }
    guard !queue.contains(where: { $0.verb == .authenticate }), !facts.clientGap, !facts.serverGap
    else { return }
    switch state {
    case .nobody where facts.sawServer && !verb.isForAnyone:
      recorder.find(.sieveWrongState, frame: frame, "\(name) before the login")
    case .loggedIn where verb == .authenticate || verb == .startTLS:
      recorder.find(.sieveWrongState, frame: frame, "\(name) after the login")
    case .over: recorder.find(.sieveWrongState, frame: frame, "\(name) after LOGOUT")
    case .nobody, .loggedIn, .unknown: break
    }
  }

  mutating func findStrayReply(_ position: Position) {
    guard facts.sawClient, !recorder.session.midstream, !facts.clientGap, !facts.serverGap
    else { return }
    recorder.find(.sieveStrayReply, frame: position.frame, "a reply to no command")
  }

  // MARK: The end

  mutating func findAtEnd(_ close: SessionClose) {
    recorder.findOneSided(client: facts.sawClient, server: facts.sawServer)
    let isEncrypted = recorder.session.tls != nil && !isReadableAfterTLS
    if let frame = facts.loginFrame, tls == .clear, facts.offeredTLS {
      recorder.find(.tlsNotUsed, frame: frame, "STARTTLS is offered, the login was in the clear")
    }
    guard !isEncrypted, facts.sawClient, facts.sawServer else { return }
    if !recorder.session.midstream, !facts.clientGap, !facts.serverGap { findUnanswered(close) }
    if let bye = facts.bye, !facts.sawLogout {
      recorder.find(.sieveBye, frame: bye.frame, "the server said BYE without LOGOUT")
    } else if state == .loggedIn, !facts.sawLogout, close != .open {
      let last = recorder.session.exchanges.last?.command?.position.frame ?? 0
      recorder.find(.sieveNoLogout, frame: last, "the session ended without LOGOUT")
    }
  }

  /// Commands that wait for their replies when the session ends. A client need not wait for that of LOGOUT.
  private mutating func findUnanswered(_ close: SessionClose) {
    for pending in queue where pending.verb != .logout && facts.cutOff == nil {
      // A capture that ends at once does not say that no answer came.
      let waited = waited(since: pending.end)
      if close == .open, waited < 1_000_000_000 { continue }
      facts.unanswered = facts.unanswered ?? pending.name
      let after = " after \(waited / 1_000_000_000) s"
      let ending: QuotingText =
        switch close {
        case .fin: "the \(facts.firstEnd?.side.rawValue ?? "client") closed\(after)"
        case .reset: "the connection was reset"
        case .open: "the capture ends\(after)"
        }
      recorder.find(
        .sieveNoAnswer, frame: pending.start.frame,
        "\(Phrase.quote(pending.name)) was never answered: \(ending)")
    }
  }

  /// How long the session went on after `start`, in nanoseconds.
  private func waited(since start: Position) -> Int64 {
    if let end = facts.firstEnd?.position { return start.time(until: end) }
    return [facts.clientEnd, facts.serverEnd].compactMap { $0.map(start.time(until:)) }.max() ?? 0
  }

  func verdict(_ close: SessionClose) -> QuotingText {
    let session = recorder.session
    if facts.isRefused { return "refused by the greeting" }
    if session.tls != nil, !isReadableAfterTLS { return "encrypted after STARTTLS" }
    if let refused = session.refusedLogin { return refused }
    var parts: [QuotingText] = []
    if facts.storedCount == 1, let script = facts.stored.first {
      parts.append("stored \(Phrase.quote(script))")
    } else if facts.storedCount > 1 {
      parts.append("stored \(Phrase.count(facts.storedCount, "script"))")
    }
    if facts.retrieved > 0 { parts.append("retrieved \(Phrase.count(facts.retrieved, "script"))") }
    if facts.deleted > 0 { parts.append("deleted \(Phrase.count(facts.deleted, "script"))") }
    if let active = facts.active {
      parts.append(active.isEmpty ? "no script active" : "\(Phrase.quote(active)) made active")
    }
    if let refused = facts.refused {
      parts.append(refused.isEmpty ? "a script refused" : "\(Phrase.quote(refused)) refused")
    }
    if let cut = facts.cutOff { parts.append("cut off in \(Phrase.quote(cut.name))") }
    if parts.isEmpty, let accepted = session.acceptedLogin {
      parts.append(accepted.verdict)
    }
    if facts.bye != nil, !facts.sawLogout { parts.append("closed by the server") }
    if parts.isEmpty { parts.append(idleVerdict) }
    if let unanswered = facts.unanswered {
      parts.append("\(Phrase.quote(unanswered)) was never answered")
    }
    if recorder.found(.tlsNotUsed) { parts.append("STARTTLS offered, not used") }
    return parts.joined(separator: ", ")
  }

  private var idleVerdict: QuotingText {
    if !facts.sawServer { return facts.sawClient ? "only the client was captured" : "no data" }
    if !facts.sawClient {
      return recorder.session.exchanges.isEmpty ? "greeting only" : "only the server was captured"
    }
    return "no login"
  }
}

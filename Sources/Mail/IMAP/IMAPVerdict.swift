import Fields

extension IMAPDialogue {
  /// The session in a line, for a person.
  func verdict(_ close: SessionClose) -> QuotingText {
    let session = recorder.session
    if let literal = facts.longLiteral {
      return
        "a literal of \(literal.received.grouped) bytes was announced with \(literal.announced.grouped)"
    }
    if let cut = facts.cutOff {
      let sender: Side = cut.transfer == "FETCH" ? .server : .client
      let lost = facts.notReceived.first { $0.bytes.side == sender }
      return "cut off in \(cut.transfer) after \(cut.size.grouped) bytes"
        + (lost.map { ", \($0.bytes.verdict)" } ?? "")
    }
    if facts.isRefused { return "refused by the greeting" }
    if session.tls != nil, !isOpened { return "encrypted after STARTTLS" }
    if let refused = session.refusedLogin { return refused }
    var parts: [QuotingText] = []
    if facts.retrieved > 0 { parts.append("retrieved \(Phrase.count(facts.retrieved, "message"))") }
    if facts.appended > 0 { parts.append("appended \(Phrase.count(facts.appended, "message"))") }
    if facts.idle >= 60_000_000_000 {
      parts.append("idle for \(Phrase.duration(nanoseconds: facts.idle))")
    }
    switch compression {
    case .agreed: parts.append("compressed after COMPRESS DEFLATE")
    case .partlyInflated: parts.append("partly unreadable after COMPRESS DEFLATE")
    case .none, .inflated: break
    }
    if parts.isEmpty, let accepted = session.acceptedLogin {
      parts.append(accepted.verdict)
      if session.messages.isEmpty { parts.append("no message retrieved") }
    }
    if facts.bye != nil, !facts.sawLogout { parts.append("closed by the server") }
    if parts.isEmpty { parts.append(idleVerdict) }
    if facts.hasShortLiteral { parts.append("a literal was announced too short") }
    if let unanswered = facts.unanswered { parts.append("\(unanswered) was never answered") }
    for lost in facts.notReceived { parts.append(lost.bytes.verdict) }
    if recorder.found(.tlsNotUsed) { parts.append("STARTTLS offered, not used") }
    return parts.joined(separator: ", ")
  }

  private var idleVerdict: QuotingText {
    if !facts.sawServer { return facts.sawClient ? "only the client was captured" : "no data" }
    if !facts.sawClient {
      return recorder.session.exchanges.isEmpty ? "greeting only" : "only the server was captured"
    }
    return state == .unauthenticated ? "no login" : "no message retrieved"
  }
}

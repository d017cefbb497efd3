// What an IMAP dialogue breaks or betrays, and its verdict.

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

  mutating func checkCommand(_ new: OpenCommand, _ bytes: [UInt8], frame: Int) {
    var line: String { Phrase.quote(String(decoding: bytes.prefix(40), as: UTF8.self)) }
    guard let tag = new.tag else {
      return recorder.find(.imapNoTag, frame: frame, "\(new.verb) was sent without a tag")
    }
    guard !new.verb.isEmpty else {
      return recorder.find(
        .imapCommandSyntax, frame: frame,
        bytes.isEmpty ? "an empty command line" : "no command: \(line)")
    }
    if tag.isEmpty || !tag.utf8.allSatisfy(Self.isTagByte) {
      recorder.find(.imapBadTag, frame: frame, "\(Phrase.quote(tag)) is no tag: \(line)")
    }
    if flights.contains(where: { $0.tag == tag && !$0.isDoubtful }) || facts.lastTag == tag {
      recorder.find(.imapReusedTag, frame: frame, "the tag \(Phrase.quote(tag)) was used before")
    }
    let verb = new.verb
    guard IMAPCommands.known.contains(verb) || verb.hasPrefix("UID ") || verb.hasPrefix("X") else {
      return recorder.find(
        .imapUnknownCommand, frame: frame, "\(Phrase.quote(verb)) is no IMAP command")
    }
    checkState(verb, frame: frame)
  }

  /// RFC 9051 section 3.
  private mutating func checkState(_ verb: String, frame: Int) {
    // A command in flight may change the state.
    guard facts.sawServer, !facts.clientGap, !facts.serverGap, !facts.isFirstResponse,
      !flights.contains(where: \.changesState), !IMAPCommands.anyState.contains(verb)
    else { return }
    switch state {
    case .unknown: break
    case .unauthenticated where !IMAPCommands.beforeLogin.contains(verb):
      recorder.find(.imapWrongState, frame: frame, "\(verb) before the login")
    case .authenticated, .selected:
      if IMAPCommands.beforeLogin.contains(verb) {
        recorder.find(.imapWrongState, frame: frame, "\(verb) after the login")
      } else if state == .authenticated, IMAPCommands.needsSelected.contains(verb) {
        recorder.find(.imapWrongState, frame: frame, "\(verb) with no mailbox selected")
      }
    case .loggedOut: recorder.find(.imapWrongState, frame: frame, "\(verb) after LOGOUT")
    case .unauthenticated: break
    }
  }

  mutating func checkSyntax(_ open: OpenCommand, _ words: IMAPTokens) {
    guard !open.isOverLimit, !facts.clientGap, open.tag != nil else { return }
    if !words.isBalanced {
      recorder.find(
        .imapCommandSyntax, frame: open.start.frame,
        "a quote or parenthesis of \(open.verb) is not closed")
    } else if let needed = IMAPCommands.arguments[open.verb], !open.isCompleted {
      let count = words.children().count
      if count < needed {
        recorder.find(
          .imapCommandSyntax, frame: open.start.frame,
          "\(open.verb) has \(Phrase.count(count, "argument")), it needs \(needed)")
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
    guard !facts.isClearAfterTLS else { return }
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

  mutating func checkFetch(_ open: OpenResponse) {
    guard open.fetch?.isComplete == false, !open.isOverLimit, !facts.serverGap,
      !open.followsLiteral
    else { return }
    if case .literal = serverMode { return }
    recorder.find(
      .imapResponseSyntax, frame: open.start.frame, "the items of a FETCH response are not closed")
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
    for name in names where name.count >= 4 {
      let masked = name.hasSuffix("A") ? name.dropLast() : name[...]
      guard masked.allSatisfy({ $0 == "X" || $0 == "x" }) else { continue }
      recorder.findOnce(
        .tlsStripped, frame: frame,
        "the capability \(name) is what is left of one that was masked on the way, as STARTTLS is")
    }
  }

  mutating func noteExists(_ number: UInt64?, frame: Int) {
    let isSelecting = flights.contains { $0.verb == "SELECT" || $0.verb == "EXAMINE" }
    if let number, let before = facts.exists, number < before, !isSelecting, !facts.serverGap {
      recorder.find(
        .imapExistsDecreased, frame: frame,
        "EXISTS went from \(before) to \(number) without EXPUNGE")
    }
    facts.exists = number
  }

  mutating func findReplyAfterTLS(at position: Position) {
    if case .handshake = clientMode {
      recorder.find(
        .tlsReplyInjection, frame: position.frame,
        "the server sent text after it had accepted STARTTLS, before TLS began")
    }
  }

  mutating func findAtEnd(_ close: SessionClose) {
    let session = recorder.session
    recorder.findOneSided(client: facts.sawClient, server: facts.sawServer)
    let isComplete =
      !session.midstream && !facts.clientGap && !facts.serverGap && facts.sawClient
      && facts.sawServer
    if isComplete {
      for orphan in orphans.values.sorted(by: {
        $0.position.streamOffset < $1.position.streamOffset
      }) {
        recorder.find(
          .imapUnknownTag, frame: orphan.position.frame,
          "\(Phrase.quote(orphan.completion.tag)) \(orphan.completion.status) completes no command")
      }
      for early in earlyContinuations {
        recorder.find(
          .imapStrayContinuation, frame: early.frame,
          "a continuation request that nothing waits for")
      }
    }
    let isEncrypted = session.tls != nil
    let isHidden = session.compressed && (!facts.isInflated || facts.isUnreadable)
    if let frame = facts.loginFrame, facts.offersStartTLS, !isEncrypted, !facts.isClearAfterTLS {
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

  mutating func verdict(_ close: SessionClose) -> String {
    let session = recorder.session
    if let cut = facts.cutOff {
      return "cut off in \(cut.transfer) after \(cut.size.grouped) bytes"
    }
    if facts.isRefused { return "refused by the greeting" }
    if session.tls != nil, !facts.isClearAfterTLS { return "encrypted after STARTTLS" }
    let accepted = session.authentications.last { $0.outcome == .accepted }
    if accepted == nil,
      let refused = session.authentications.last(where: { $0.outcome == .rejected })
    {
      return "login refused" + (refused.username.map { " for \(Phrase.quote($0))" } ?? "")
    }
    var parts: [String] = []
    if facts.retrieved > 0 { parts.append("retrieved \(Phrase.count(facts.retrieved, "message"))") }
    if facts.appended > 0 { parts.append("appended \(Phrase.count(facts.appended, "message"))") }
    if facts.idle >= 60_000_000_000 {
      parts.append("idle for \(Phrase.duration(nanoseconds: facts.idle))")
    }
    if session.compressed, !facts.isInflated {
      parts.append("compressed after COMPRESS DEFLATE")
    } else if facts.isUnreadable {
      parts.append("partly unreadable after COMPRESS DEFLATE")
    }
    if parts.isEmpty, let accepted {
      parts.append("logged in" + (accepted.username.map { " as \(Phrase.quote($0))" } ?? ""))
      if session.messages.isEmpty { parts.append("no message retrieved") }
    }
    if facts.bye != nil, !facts.sawLogout { parts.append("closed by the server") }
    if parts.isEmpty { parts.append(idleVerdict) }
    if recorder.found(.tlsNotUsed) { parts.append("STARTTLS offered, not used") }
    return parts.joined(separator: ", ")
  }

  private var idleVerdict: String {
    if !facts.sawServer { return facts.sawClient ? "only the client was captured" : "no data" }
    if !facts.sawClient {
      return recorder.session.exchanges.isEmpty ? "greeting only" : "only the server was captured"
    }
    return state == .unauthenticated ? "no login" : "no message retrieved"
  }
}

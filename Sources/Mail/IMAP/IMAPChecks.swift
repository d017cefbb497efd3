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

  mutating func checkCommand(_ head: IMAPCommandHead, _ bytes: [UInt8], frame: Int) {
    var line: String { Phrase.quote(String(decoding: bytes.prefix(40), as: UTF8.self)) }
    let name = head.verb.name
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
    if pending.contains(where: { $0.tag == tag && !$0.isDoubtful }) || facts.lastTag == tag {
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
      !pending.contains(where: { $0.verb.command?.changesState == true }),
      verb.command?.isForAnyState != true
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
    guard !open.isOverLimit, !facts.clientGap, open.tag != nil else { return }
    if !words.isBalanced {
      recorder.find(
        .imapCommandSyntax, frame: open.start.frame,
        "a quote or parenthesis of \(open.verb.name) is not closed")
    } else if let needed = open.verb.fewestArguments, !open.isCompleted {
      let count = words.children().count
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

  mutating func checkFetch(_ open: OpenResponse) {
    guard !open.items.isClosed, !open.isOverLimit, !facts.serverGap, !open.followsLiteral
    else { return }
    if case .literal = serverPhase { return }
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
    let isSelecting = pending.contains {
      $0.verb.command == .select || $0.verb.command == .examine
    }
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
    let isComplete =
      !session.midstream && !facts.clientGap && !facts.serverGap && facts.sawClient
      && facts.sawServer
    if isComplete {
      for orphan in orphans.values.map(\.completion).sorted(by: {
        $0.position.streamOffset < $1.position.streamOffset
      }) {
        recorder.find(
          .imapUnknownTag, frame: orphan.position.frame,
          "\(Phrase.quote(orphan.reply.tag)) \(orphan.reply.status) completes no command")
      }
      for early in earlyContinuations {
        recorder.find(
          .imapStrayContinuation, frame: early.frame,
          "a continuation request that nothing waits for")
      }
    }
    let isEncrypted = session.tls != nil
    let isHidden = compression == .agreed || compression == .partlyInflated
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
}

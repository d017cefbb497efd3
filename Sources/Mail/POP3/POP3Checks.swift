// What a POP3 dialogue breaks or betrays, and its verdict.

import Fields

extension POP3Dialogue {
  static let responseLengthLimit = 512

  mutating func checkLine(_ line: LineFramer.Line, of side: Side) {
    let who = side == .client ? "command" : "reply"
    if line.ending == .bareLF {
      recorder.findOnce(
        .pop3BareLF, frame: line.start.frame, "a \(who) line ends in LF without CR")
    }
    let limit = side == .client ? Self.commandLengthLimit : Self.responseLengthLimit
    if line.length > limit {
      recorder.find(
        .pop3LongLine, frame: line.start.frame,
        "a \(who) line of \(line.length.grouped) octets, \(limit) are allowed")
    }
    if line.dropped > 0 { recorder.drop(.line) }
  }

  /// RFC 1939 section 3: which command is allowed in which state.
  mutating func checkState(_ verb: String, frame: Int) {
    guard Self.knownCommands.contains(verb) else {
      recorder.find(
        .pop3UnknownCommand, frame: frame,
        verb.isEmpty ? "an empty command line" : "\(Phrase.quote(verb)) is no POP3 command")
      return
    }
    // A login that waits for its reply will have changed the state.
    guard !queue.contains(where: { $0.authentication != nil }), !facts.clientGap, !facts.serverGap
    else { return }
    let isLogin = ["USER", "PASS", "APOP", "STLS"].contains(verb)
    let isFree = ["QUIT", "CAPA", "AUTH", "LANG", "UTF8", "HELP", "NOOP"].contains(verb)
    switch state {
    case .authorization where facts.sawServer && !isLogin && !isFree:
      recorder.find(.pop3WrongState, frame: frame, "\(verb) before the login")
    case .transaction where isLogin:
      recorder.find(.pop3WrongState, frame: frame, "\(verb) after the login")
    case .update: recorder.find(.pop3WrongState, frame: frame, "\(verb) after QUIT")
    case .authorization, .transaction, .unknown: break
    }
  }

  mutating func checkAPOP(_ digest: String, frame: Int) {
    if facts.sawServer, !facts.isFirstReply, facts.timestamp == nil, !recorder.session.midstream {
      recorder.find(
        .pop3APOPWithoutTimestamp, frame: frame, "APOP, but the greeting has no timestamp")
    }
    let isHexadecimal = digest.utf8.allSatisfy {
      $0.isASCIIDigit || (0x61...0x66).contains($0.lowercasedASCII)
    }
    if digest.utf8.count != 32 || !isHexadecimal {
      recorder.find(
        .pop3BadDigest, frame: frame, "the digest of APOP is not 32 hexadecimal digits")
    }
  }

  mutating func findPlaintextLogin(_ how: QuotingText, frame: Int) {
    guard !facts.isClearAfterTLS else { return }
    recorder.find(.loginPlaintext, frame: frame, "\(how) without TLS: the password is readable")
  }

  /// The greeting came after what the client had sent by then.
  mutating func checkBeforeGreeting(_ greeting: Position) {
    guard let early = recorder.session.exchanges.first?.command, early.position.time < greeting.time
    else { return }
    recorder.find(
      .pop3BeforeGreeting, frame: early.position.frame,
      "\(Phrase.quote(early.verb)) was sent before the greeting came")
  }

  /// A reply came: was the next command sent before it?
  mutating func checkPipelining(at reply: Position) {
    guard let next = queue.first, next.position.time < reply.time, !next.isDoubtful else { return }
    facts.isPipelined = true
    if facts.capabilities != nil, !facts.offers("PIPELINING") {
      recorder.findOnce(
        .pop3Pipelining, frame: next.position.frame,
        "\(Phrase.quote(next.verb)) was sent before the reply to the command before it")
    }
  }

  /// The server spoke in the clear after it had accepted `STLS`.
  mutating func findReplyAfterTLS(at position: Position) {
    if case .handshake = clientMode {
      recorder.find(
        .tlsReplyInjection, frame: position.frame,
        "the server sent text after it had accepted STLS, before TLS began")
    }
  }

  mutating func noteCapabilities(_ reply: OpenReply) {
    let isFirst = facts.capabilities == nil
    facts.capabilities = reply.content.lines
    for line in reply.content.lines {
      let words = line.split(atByte: .space, maxSplits: 1)
      if let first = words.first, first.equals(ignoringCase: "IMPLEMENTATION"), words.count > 1 {
        let name = String(words[1])
        let software = ServerBanner.software(in: [name]) ?? Self.implementation(name)
        recorder.edit { $0.serverSoftware = software }
      }
      guard isFirst, let word = words.first else { continue }
      if word.count >= 4, word.allSatisfy({ $0 == "X" || $0 == "x" }) || word == "XXXA" {
        recorder.find(
          .tlsStripped, frame: reply.start.frame,
          "the capability \(word) is what is left of one that was masked on the way, as STLS is")
      }
    }
  }

  /// `lavad 4.3.0` (RFC 2449 section 6.9).
  private static func implementation(_ text: String) -> Software {
    let words = text.split(atByte: .space)
    guard words.count == 2, let first = words[1].utf8.first, first.isASCIIDigit else {
      return Software(name: text, source: "IMPLEMENTATION")
    }
    return Software(name: String(words[0]), version: String(words[1]), source: "IMPLEMENTATION")
  }

  mutating func noteBanner(_ text: String) {
    guard let software = ServerBanner.software(in: [text]) else { return }
    recorder.edit { $0.serverSoftware = software }
  }

  mutating func findAtEnd(_ close: SessionClose) {
    recorder.findOneSided(client: facts.sawClient, server: facts.sawServer)
    let isComplete = !recorder.session.midstream && !facts.clientGap && !facts.serverGap
    if facts.strayReplies.count > 0, isComplete {
      let claimed = Set(
        recorder.session.exchanges.filter { $0.command == nil }.compactMap(
          \.replies.first?.position.frame))
      for frame in facts.strayReplies where claimed.contains(frame) {
        recorder.find(.pop3StrayReply, frame: frame, "a reply to no command")
      }
    }
    let isEncrypted = recorder.session.tls != nil
    if facts.loginFrame != nil, facts.offers("STLS"), !isEncrypted, !facts.isClearAfterTLS {
      recorder.find(
        .tlsNotUsed, frame: facts.loginFrame ?? 0, "STLS is offered, the login was in the clear"
      )
    }
    guard !isEncrypted, facts.sawClient, facts.sawServer else { return }
    let last = recorder.session.exchanges.last?.command?.position.frame ?? 0
    if facts.deleted > 0, !facts.quitAccepted, !(facts.sawQuit && !isComplete) {
      recorder.find(
        .pop3DeleteWithoutQuit, frame: last,
        "\(Phrase.count(facts.deleted, "message")) marked by DELE stayed: QUIT was not carried out")
    } else if state == .transaction, !facts.sawQuit, close != .open {
      recorder.find(.pop3NoQuit, frame: last, "the session ended without QUIT")
    }
  }

  mutating func verdict(_ close: SessionClose) -> QuotingText {
    let session = recorder.session
    if let cut = facts.cutOff {
      return "cut off in \(cut.transfer) after \(cut.size.grouped) bytes"
    }
    if facts.isRefused { return "refused by the greeting" }
    if session.tls != nil, !facts.isClearAfterTLS { return "encrypted after STLS" }
    let accepted = session.authentications.last { $0.outcome == .accepted }
    if accepted == nil,
      let refused = session.authentications.last(where: { $0.outcome == .rejected })
    {
      return "login refused" + (refused.username.map { " for \(Phrase.quote($0))" } ?? "")
    }
    var parts: [QuotingText] = []
    if facts.retrieved > 0 {
      let total: QuotingText = facts.maildrop.map { " of \($0.grouped)" } ?? ""
      parts.append(
        total.isEmpty
          ? "retrieved \(Phrase.count(facts.retrieved, "message"))"
          : "retrieved \(facts.retrieved.grouped)\(total) messages")
    }
    if facts.previewed > 0, facts.retrieved == 0 {
      parts.append("read the top of \(Phrase.count(facts.previewed, "message"))")
    }
    if facts.deleted > 0 {
      parts.append(
        facts.quitAccepted
          ? "deleted \(facts.deleted.grouped)"
          : "deleted none, \(facts.deleted.grouped) marked without QUIT")
    }
    if parts.isEmpty, let accepted {
      let name: QuotingText = accepted.username.map { " as \(Phrase.quote($0))" } ?? ""
      parts.append("logged in\(name)")
      switch facts.maildrop {
      case 0?: parts.append("no messages")
      case let count?: parts.append("\(Phrase.count(count, "message")) waiting, none retrieved")
      case nil: break
      }
    }
    if parts.isEmpty { parts.append(idleVerdict) }
    if recorder.found(.tlsNotUsed) { parts.append("STLS offered, not used") }
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

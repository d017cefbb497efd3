// What a POP3 dialogue breaks or betrays, and its verdict.

import Fields

extension POP3Dialogue {
  mutating func checkLine(_ line: LineFramer.Line, of side: Side) {
    let who = side == .client ? "command" : "reply"
    if line.ending == .bareLF {
      recorder.findOnce(
        .pop3BareLF, frame: line.start.frame, "a \(who) line ends in LF without CR")
    }
    let limit = side == .client ? POP3Grammar.commandLengthLimit : POP3Grammar.replyLengthLimit
    if line.length > limit {
      recorder.find(
        .pop3LongLine, frame: line.start.frame,
        "a \(who) line of \(line.length.grouped) octets, \(limit) are allowed")
    }
    if line.dropped > 0 { recorder.drop(.line) }
  }

  /// RFC 1939 section 3: which command is allowed in which state. `isSecret`: the line may be a secret as a whole.
  mutating func checkState(_ pending: Pending, isSecret: Bool) {
    let (name, frame) = (pending.name, pending.start.frame)
    guard let verb = pending.verb else {
      let what: QuotingText =
        isSecret
        ? "a line that may hold a secret is no POP3 command"
        : name.isEmpty ? "an empty command line" : "\(Phrase.quote(name)) is no POP3 command"
      return recorder.find(.pop3UnknownCommand, frame: frame, what)
    }
    // A login that waits for its reply will have changed the state.
    guard !queue.contains(where: \.isLogin), !facts.clientGap, !facts.serverGap else { return }
    switch login.state {
    case .authorization where facts.sawServer && !verb.isForLogin && !verb.isForAnyState:
      recorder.find(.pop3WrongState, frame: frame, "\(name) before the login")
    case .transaction where verb.isForLogin:
      recorder.find(.pop3WrongState, frame: frame, "\(name) after the login")
    case .update: recorder.find(.pop3WrongState, frame: frame, "\(name) after QUIT")
    case .authorization, .transaction, .unknown: break
    }
  }

  mutating func checkAPOP(_ digest: String, frame: Int) {
    if facts.sawServer, !facts.awaitsGreeting, facts.timestamp == nil, !recorder.session.midstream {
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

  /// What was to be encrypted can be read: it was decrypted, or TLS never began.
  var isReadableAfterTLS: Bool { tls == .opened || tls == .stayedClear }

  mutating func findPlaintextLogin(_ how: QuotingText, frame: Int) {
    guard !isReadableAfterTLS else { return }
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
    guard let next = queue.first, next.start.time < reply.time, !next.isDoubtful else { return }
    facts.isPipelined = true
    if facts.capabilities != nil, !facts.offers("PIPELINING") {
      recorder.findOnce(
        .pop3Pipelining, frame: next.start.frame,
        "\(Phrase.quote(next.name)) was sent before the reply to the command before it")
    }
  }

  /// The server spoke in the clear after it had accepted `STLS`.
  mutating func findReplyAfterTLS(at position: Position) {
    if case .handshake = phase {
      recorder.find(
        .tlsReplyInjection, frame: position.frame,
        "the server sent text after it had accepted STLS, before TLS began")
    }
  }

  mutating func noteCapabilities(_ reply: OpenReply) {
    let isFirst = facts.capabilities == nil
    facts.capabilities = reply.content.lines
    for line in reply.content.lines {
      // `IMPLEMENTATION`, and what was masked: others are not looked at.
      guard let initial = line.utf8.first, " IiXx".utf8.contains(initial) else { continue }
      let words = line.split(atByte: .space, maxSplits: 1)
      if let first = words.first, first.equals(ignoringCase: "IMPLEMENTATION"), words.count > 1 {
        let name = String(words[1])
        let software = ServerBanner.software(in: [name]) ?? Self.implementation(name)
        recorder.edit { $0.serverSoftware = software }
      }
      guard isFirst, let word = words.first else { continue }
      let isMasked = word.utf8.allSatisfy { $0.uppercasedASCII == UInt8(ascii: "X") }
      if word.utf8.count >= 4, isMasked || word == "XXXA" {
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
    if let frame = login.frame, facts.offers("STLS"), !isEncrypted, !isReadableAfterTLS {
      recorder.find(.tlsNotUsed, frame: frame, "STLS is offered, the login was in the clear")
    }
    guard !isEncrypted, facts.sawClient, facts.sawServer else { return }
    let last =
      recorder.session.exchanges.last { $0.command != nil }?.command?.position.frame
      ?? facts.clientEnd?.frame ?? 0
    if isComplete { findUnanswered(close) }
    for lost in facts.notReceived where lost.bytes.side == .server {
      recorder.find(.pop3NotReceived, frame: lost.frame, lost.bytes.finding)
    }
    if login.deleted > 0, !login.quitAccepted, !(facts.sawQuit && !isComplete) {
      recorder.find(
        .pop3DeleteWithoutQuit, frame: last,
        "\(Phrase.count(login.deleted, "message")) marked by DELE stayed: QUIT was not carried out")
    } else if login.state == .transaction, !facts.sawQuit, close != .open {
      recorder.find(.pop3NoQuit, frame: last, "the session ended without QUIT")
    }
  }

  /// A command that was never answered, though what came later was.
  mutating func findUnanswered(_ pending: Pending) {
    recorder.find(
      .pop3NoAnswer, frame: pending.start.frame,
      "\(Phrase.quote(pending.name)) was never answered, what was sent after it was")
  }

  /// Commands that wait for their replies when the session ends. A client need not wait for that of QUIT.
  private mutating func findUnanswered(_ close: SessionClose) {
    guard facts.sawClient, facts.sawServer else { return }
    let lost = facts.notReceived.first { $0.bytes.side == .client }
    if let lost {
      let first = queue.first { $0.end.streamOffset >= lost.bytes.start }
      recorder.find(
        .pop3NotReceived, frame: first?.start.frame ?? lost.frame, lost.bytes.finding)
    }
    for pending in queue where pending.verb != .quit {
      if let lost, pending.end.streamOffset >= lost.bytes.start { continue }
      // A capture that ends at once does not say that no answer came.
      if close == .open, waited(since: pending.end) < 1_000_000_000 { continue }
      facts.unanswered = facts.unanswered ?? pending.name
      let ending = ending(close, since: pending.end)
      recorder.find(
        .pop3NoAnswer, frame: pending.start.frame,
        "\(Phrase.quote(pending.name)) was never answered: \(ending)")
    }
  }

  /// How long the session went on after `start`, in nanoseconds.
  private func waited(since start: Position) -> Int64 {
    if let end = facts.firstEnd?.position { return start.time(until: end) }
    return [facts.clientEnd, facts.serverEnd].compactMap { $0.map(start.time(until:)) }.max() ?? 0
  }

  private func ending(_ close: SessionClose, since start: Position) -> QuotingText {
    close.ending(
      after: waited(since: start) / 1_000_000_000, closedBy: facts.firstEnd?.side)
  }

  mutating func verdict(_ close: SessionClose) -> QuotingText {
    let session = recorder.session
    if let cut = facts.cutOff {
      let lost = facts.notReceived.first { $0.bytes.side == .server }
      return "cut off in \(cut.transfer) after \(cut.size.grouped) bytes"
        + (lost.map { ", \($0.bytes.verdict)" } ?? "")
    }
    if facts.isRefused { return "refused by the greeting" }
    if session.tls != nil, !isReadableAfterTLS { return "encrypted after STLS" }
    if let refused = session.refusedLogin { return refused }
    var parts: [QuotingText] = []
    if facts.retrieved > 0 {
      let total: QuotingText = login.maildrop.map { " of \($0.grouped)" } ?? ""
      parts.append(
        total.isEmpty
          ? "retrieved \(Phrase.count(facts.retrieved, "message"))"
          : "retrieved \(facts.retrieved.grouped)\(total) messages")
    }
    if facts.previewed > 0, facts.retrieved == 0 {
      parts.append("read the top of \(Phrase.count(facts.previewed, "message"))")
    }
    if login.deleted > 0 {
      parts.append(
        login.quitAccepted
          ? "deleted \(login.deleted.grouped)"
          : "deleted none, \(login.deleted.grouped) marked without QUIT")
    }
    if parts.isEmpty, let accepted = session.acceptedLogin {
      parts.append(accepted.verdict)
      switch login.maildrop {
      case 0?: parts.append("no messages")
      case let count?: parts.append("\(Phrase.count(count, "message")) waiting, none retrieved")
      case nil: break
      }
    }
    if parts.isEmpty { parts.append(idleVerdict) }
    if let unanswered = facts.unanswered {
      parts.append("\(Phrase.quote(unanswered)) was never answered")
    }
    for lost in facts.notReceived { parts.append(lost.bytes.verdict) }
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

import Fields
import TestSupport
import Testing

@testable import Mail

/// Literals that are not as long as announced, or that nobody wanted.
@Suite struct IMAPLiteralTests {
  static let login = """
    S: * OK IMAP4rev1 ready
    C: a1 LOGIN ann secret
    S: a1 OK done
    C: a2 SELECT INBOX
    S: * 3 EXISTS
    S: a2 OK [READ-WRITE] done

    """
  static let plain = ["imap.no-logout", "login.plaintext"]

  /// The end of the response, and the completion, lie in the literal in part or as a whole.
  @Test(arguments: 1...16) func fetchedTooLong(_ excess: Int) {
    let dialogue = Dialogue(
      .imap,
      Self.login + """
        C: f FETCH 1 BODY[]
        S: * 1 FETCH (BODY[] {\(14 + excess)}
        S~a: b\\r\\n\\r\\ntext\\r\\n)\\r\\nf OK done\\r\\n
        C: g LOGOUT
        S: * BYE
        S: g OK done
        """)
    let outcome = dialogue.run()
    #expect(outcome.codes == ["imap.literal-length", "login.plaintext"])
    #expect(outcome.session.verdict == "a literal of 14 bytes was announced with \(14 + excess)")
    #expect(
      outcome.session.lines.suffix(2) == ["f FETCH 1 BODY[] → OK FETCH", "g LOGOUT → OK BYE"])
    #expect(outcome.text() == "a: b\r\n\r\ntext\r\n")
    #expect(dialogue.firstDifference() == nil)
  }

  @Test(arguments: 1...24) func fetchedTooLongWithOtherDataAfterIt(_ excess: Int) {
    let dialogue = Dialogue(
      .imap,
      Self.login + """
        C: f FETCH 1 BODY[]
        S: * 1 FETCH (BODY[] {\(14 + excess)}
        S~a: b\\r\\n\\r\\ntext\\r\\n)\\r\\n* 4 EXISTS\\r\\nf OK done\\r\\n
        C: g NOOP
        S: g OK done
        """)
    let outcome = dialogue.run()
    #expect(outcome.codes == ["imap.literal-length"] + Self.plain)
    #expect(
      outcome.session.lines.suffix(2) == ["f FETCH 1 BODY[] → OK FETCH EXISTS", "g NOOP → OK"])
    #expect(dialogue.firstDifference() == nil)
  }

  /// Message text may look like the end of a response.
  @Test(arguments: [
    ")\\r\\n", "x)\\r\\n", " )", ")\\r\\n*", ")\\r\\nf", ")\\r\\n* 4 EXISTS\\r\\n",
    ")\\r\\nf OK x\\r\\n",
  ])
  func textThatLooksLikeAnEnd(_ end: String) {
    let count = Dialogue(.imap, "S~" + end).steps.reduce(0) {
      if case .bytes(_, let bytes) = $1 { $0 + bytes.count } else { $0 }
    }
    let dialogue = Dialogue(
      .imap,
      Self.login + """
        C: f FETCH 1 BODY[]
        S: * 1 FETCH (BODY[] {\(6 + count)}
        S~a: b\\r\\n\(end) FLAGS ())\\r\\nf OK done\\r\\n
        """)
    let outcome = dialogue.run()
    #expect(outcome.codes == Self.plain)
    #expect(outcome.session.verdict == "retrieved 1 message")
    #expect(dialogue.firstDifference() == nil)
  }

  @Test func fetchedTooShort() throws {
    let dialogue = Dialogue(
      .imap,
      Self.login + """
        C: f FETCH 1:2 BODY[]
        S: * 1 FETCH (BODY[] {8}
        S~a: b\\r\\n\\r\\ntext\\r\\n)\\r\\n
        S: * 2 FETCH (BODY[] {6}
        S~a: b\\r\\n)\\r\\nf OK done\\r\\n
        """)
    let outcome = dialogue.run()
    #expect(outcome.codes == ["imap.literal-length"] + Self.plain)
    #expect(outcome.session.messages.map(\.complete) == [false, true])
    #expect(outcome.session.messages.map(\.outcome) == [.incomplete, .retrieved])
    #expect(
      outcome.session.verdict == "retrieved 1 message, a literal was announced too short")
    let finding = try #require(
      outcome.session.findings.first { $0.code == .imapLiteralLength })
    #expect(
      finding.text == "after a literal of FETCH comes “text”: 9 bytes up to the next response")
    #expect(dialogue.firstDifference() == nil)
  }

  @Test func appendedTooShort() throws {
    let outcome = Dialogue(
      .imap, Self.login + "C: p APPEND x {3}\nS: + go\nC~Subject: x\\r\\n\\r\\n\nS: p OK done\n"
    ).run()
    #expect(outcome.session.messages.map(\.complete) == [false])
    #expect(outcome.session.verdict == "appended 1 message, a literal was announced too short")
    #expect(
      outcome.session.findings.first { $0.code == .imapLiteralLength }?.text
        == "after a literal of APPEND comes “ject: x”")
  }

  @Test func appendedTooLong() {
    let outcome = Dialogue(
      .imap,
      Self.login
        + "C: a3 APPEND x {90}\nS: + go\nC~Subject: x\\r\\n\\r\\ntext\\r\\n\\r\\n\nC: a4 NOOP\n"
    ).run()
    #expect(
      outcome.session.findings.first { $0.code == .imapLiteralLength }?.text
        == "a literal of 90 bytes is announced, but after 31 of them, at the latest, it was over: “a4 NOOP” is taken for a part of it"
    )
  }

  /// One block and one finding, whatever the server says to the lines of it.
  @Test func refusedAndSent() throws {
    let dialogue = Dialogue(
      .imap,
      Self.login + """
        C: p APPEND x {34}
        S: p NO [OVERQUOTA] full
        C~From: a\\r\\nSubject: x\\r\\n\\r\\nsome text\\r\\n\\r\\n
        S: From: BAD what
        S: Subject: BAD what
        S: * BAD empty
        S: some BAD what
        C: q NOOP
        S: q OK done
        """)
    let outcome = dialogue.run()
    #expect(outcome.codes == ["imap.literal-not-awaited", "imap.literal-refused"] + Self.plain)
    let append = try #require(
      outcome.session.exchanges.first { $0.command?.verb == "APPEND" })
    #expect(append.answers.map(\.kind) == [.refused])
    #expect(append.answers.map(\.lineCount) == [5])
    #expect(append.answers.map(\.length) == [36])
    #expect(append.replies.count == 4)
    #expect(outcome.session.messages.isEmpty)
    #expect(
      outcome.session.findings.first { $0.code == .imapLiteralNotAwaited }?.text
        == "APPEND was refused (“NO full”), and 5 lines of its literal were sent all the same, which the server takes for commands"
    )
    #expect(outcome.session.exchanges.last?.command?.verb == "NOOP")
    #expect(dialogue.firstDifference() == nil)
  }

  @Test(arguments: ["a4 FROB", "q LOGOUT", "x1 NOOP"])
  func commandAfterARefusal(_ command: String) {
    let outcome = Dialogue(
      .imap, Self.login + "C: a3 APPEND x {34}\nS: a3 NO full\nC: \(command)\n"
    ).run()
    #expect(!outcome.codes.contains("imap.literal-not-awaited"))
    #expect(outcome.session.exchanges.last?.command?.text == command)
  }

  @Test func folderAsALiteral() throws {
    let outcome = Dialogue(
      .imap,
      Self.login + """
        C: a3 STATUS {8+}
        C: Archiv 1 (MESSAGES)
        S: * STATUS {8}
        S: Archiv 1 (MESSAGES 3)
        S: a3 OK
        C: a4 UID STORE 5 X-GM-LABELS ({8+}
        C: My label)
        S: a4 OK
        """
    ).run()
    let exchanges = outcome.session.exchanges.suffix(2)
    #expect(
      exchanges.map(\.command?.text) == [
        "a3 STATUS {8+}Archiv 1 (MESSAGES)", "a4 UID STORE 5 X-GM-LABELS ({8+}My label)",
      ])
    #expect(exchanges.first?.command?.mailbox == "Archiv 1")
    guard case .imap(let reply)? = exchanges.first?.replies.first?.content else {
      Issue.record("no reply")
      return
    }
    #expect(reply.untagged.map(\.text) == ["STATUS {8}Archiv 1 (MESSAGES 3)"])
    #expect(reply.untagged.first?.items.first == IMAPItem("mailbox", "Archiv 1"))
  }

  @Test func errorOfATokenInWords() throws {
    let outcome = Dialogue(
      .imap,
      """
      S: * OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2] ready
      C: a1 AUTHENTICATE XOAUTH2
      S: +
      C: dXNlcj1hbm4BYXV0aD1CZWFyZXIgeHl6AQE=
      S: + eyJzdGF0dXMiOiI0MDEifQ==
      C~\\r\\n
      S: a1 NO failed

      """
    ).run()
    let replies = outcome.session.exchanges.last?.replies ?? []
    #expect(replies.map(\.decoded) == [[], [SASLField("error", "status 401")], []])
    #expect(outcome.session.exchanges.last?.answers.last?.isSecret == false)
    #expect(
      outcome.session.findings.first { $0.code == .saslRefused }?.text
        == "AUTHENTICATE XOAUTH2 as ann was refused: status 401, failed")
  }
}

/// What a side sent again and again, and the other never acknowledged.
@Suite struct NotReceivedTests {
  /// The record of words, each in a frame of its own, of whose last ones `side` knows that they did not arrive.
  static func session(
    _ mailProtocol: MailProtocol, _ words: [(Side, String)], lost side: Side, _ count: Int
  ) -> Session {
    var reader = mailProtocol.reader(midstream: false, options: SessionOptions())
    var sink = CollectedMessages()
    var offsets: [Side: Int] = [:]
    for (frame, (side, text)) in words.enumerated() {
      let bytes = Array(text.utf8)
      let place = Position(
        frame: frame + 1, time: Int64(frame), streamOffset: offsets[side, default: 0])
      _ = reader.receive(bytes.span, from: side, at: place, to: &sink)
      offsets[side, default: 0] += bytes.count
    }
    reader.noteUnacknowledged(
      side, count, repetitions: 5, at: Position(frame: 90, time: 90, streamOffset: 0))
    return reader.finish(.reset, to: &sink)
  }

  static let imap: [(Side, String)] = [
    (.server, "* OK ready\r\n"), (.client, "a1 LOGIN ann secret\r\n"), (.server, "a1 OK in\r\n"),
  ]
  static let pop3: [(Side, String)] = [
    (.server, "+OK ready\r\n"), (.client, "USER ann\r\n"), (.server, "+OK\r\n"),
    (.client, "PASS secret\r\n"), (.server, "+OK in\r\n"),
  ]

  @Test func commandOfIMAP() throws {
    let words = Self.imap + [(.client, "a2 SELECT INBOX\r\n")]
    let session = Self.session(.imap, words, lost: .client, 17)
    let finding = try #require(session.findings.first { $0.code == .imapNotReceived })
    #expect(finding.frame == 4)
    #expect(
      finding.text
        == "the last 17 bytes of the client were never acknowledged, though sent again 5 times: the server did not receive them"
    )
    #expect(!session.findings.contains { $0.code == .imapNoAnswer })
    #expect(
      session.verdict
        == "logged in as ann, no message retrieved, the last 17 bytes of the client not received by the server"
    )
  }

  @Test func messageOfIMAP() throws {
    let words =
      Self.imap + [
        (.client, "a2 FETCH 1 BODY[]\r\n"), (.server, "* 1 FETCH (BODY[] {90}\r\n"),
        (.server, "Subject: x\r\n"),
      ]
    let session = Self.session(.imap, words, lost: .server, 12)
    let finding = try #require(session.findings.first { $0.code == .imapNotReceived })
    #expect(finding.frame == 6)
    #expect(
      session.verdict
        == "cut off in FETCH after 12 bytes, the last 12 bytes of the server not received by the client"
    )
  }

  /// What goes down with the connection says nothing of the way, nor does the last word to the one that had said goodbye.
  @Test func goodbye() {
    let words = Self.imap + [(.client, "a2 LOGOUT\r\n"), (.server, "* BYE\r\na2 OK\r\n")]
    let session = Self.session(.imap, words, lost: .server, 14)
    #expect(!session.findings.contains { $0.code == .imapNotReceived })
    #expect(session.verdict == "logged in as ann, no message retrieved")
  }

  @Test func commandOfPOP3() throws {
    let words = Self.pop3 + [(.client, "STAT\r\n")]
    let session = Self.session(.pop3, words, lost: .client, 6)
    let finding = try #require(session.findings.first { $0.code == .pop3NotReceived })
    #expect(finding.frame == 6)
    #expect(!session.findings.contains { $0.code == .pop3NoAnswer })
    #expect(
      session.verdict
        == "logged in as ann, the last 6 bytes of the client not received by the server"
    )
  }

  @Test func messageOfPOP3() throws {
    let words = Self.pop3 + [(.client, "RETR 1\r\n"), (.server, "+OK\r\nSubject: x\r\n")]
    let session = Self.session(.pop3, words, lost: .server, 17)
    #expect(session.findings.contains { $0.code == .pop3NotReceived })
    #expect(
      session.verdict
        == "cut off in RETR after 12 bytes, the last 17 bytes of the server not received by the client"
    )
  }
}

/// A command that was never answered: how long was waited, and who closed.
@Suite struct UnansweredTests {
  @Test(arguments: [MailProtocol.imap, .pop3], [Side.client, .server])
  func whoClosed(_ mailProtocol: MailProtocol, _ side: Side) throws {
    let isIMAP = mailProtocol == .imap
    let words =
      isIMAP
      ? NotReceivedTests.imap + [(.client, "a2 SELECT INBOX\r\n")]
      : NotReceivedTests.pop3 + [(.client, "STAT\r\n")]
    var reader = mailProtocol.reader(midstream: false, options: SessionOptions())
    var sink = CollectedMessages()
    var offsets: [Side: Int] = [:]
    for (frame, (side, text)) in words.enumerated() {
      let bytes = Array(text.utf8)
      let place = Position(frame: frame + 1, time: 0, streamOffset: offsets[side, default: 0])
      _ = reader.receive(bytes.span, from: side, at: place, to: &sink)
      offsets[side, default: 0] += bytes.count
    }
    reader.end(side, at: Position(frame: 9, time: 120_000_000_000))
    let session = reader.finish(.fin, to: &sink)
    let finding = try #require(
      session.findings.first { $0.code == .imapNoAnswer || $0.code == .pop3NoAnswer })
    let command = isIMAP ? "SELECT (a2)" : "STAT"
    #expect(
      finding.text == "\(command) was never answered: the \(side.rawValue) closed after 120 s")
  }
}

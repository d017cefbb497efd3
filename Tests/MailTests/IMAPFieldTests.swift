import TestSupport
import Testing

import Fields
@testable import Mail

/// IMAP as it breaks in the field: answers out of step, literals of wrong lengths, data outside the grammar, logins
/// that go wrong.
@Suite struct IMAPFieldTests {
  static let login = IMAPTests.login
  static let selected = IMAPTests.selected
  static let plain = ["imap.no-logout", "login.plaintext"]

  // MARK: What had arrived

  static let paired: [MailboxCase] = [
    MailboxCase(
      testDescription: "a completion that was sent before its command",
      script: selected + """
        S: a3 OK too early
        C: a3 NOOP
        S: a3 OK done
        """,
      codes: ["imap.unknown-tag"] + plain,
      lines: [
        "a1 LOGIN alice secret → OK", "a2 SELECT INBOX → OK EXISTS FLAGS", "– → OK",
        "a3 NOOP → OK",
      ]),
    MailboxCase(
      testDescription: "a completion that crosses its command on the way",
      script: selected + """
        C: a3 NOOP
        S! a3 OK too early
        S: a3 OK done
        """,
      codes: ["imap.unknown-tag"] + plain,
      lines: [
        "a1 LOGIN alice secret → OK", "a2 SELECT INBOX → OK EXISTS FLAGS", "a3 NOOP → OK", "– → OK",
      ]),
    MailboxCase(
      testDescription: "a second completion",
      script: selected + "C: a3 NOOP\nS: a3 OK done\nS: a3 OK done again\nC: a4 NOOP\nS: a4 OK\n",
      codes: ["imap.unknown-tag"] + plain,
      lines: [
        "a1 LOGIN alice secret → OK", "a2 SELECT INBOX → OK EXISTS FLAGS", "a3 NOOP → OK",
        "– → OK", "a4 NOOP → OK",
      ]),
    MailboxCase(
      testDescription: "data that was sent before the command",
      script: selected + """
        C: a3 FETCH 1 FLAGS
        S! * 4 EXISTS
        S: * 1 FETCH (FLAGS ())
        S: a3 OK done
        """,
      codes: plain,
      lines: [
        "a1 LOGIN alice secret → OK", "a2 SELECT INBOX → OK EXISTS FLAGS",
        "a3 FETCH 1 FLAGS → OK FETCH", "– → * EXISTS",
      ]),
    MailboxCase(
      testDescription: "a continuation request that was sent before the literal was announced",
      script: login + """
        C: p APPEND x {3}
        S! + early
        S: + go
        C~abc\\r\\n
        S: p OK
        """, codes: ["imap.stray-continuation"] + plain, verdict: "appended 1 message"),
    MailboxCase(
      testDescription: "a continuation request for nothing",
      script: selected + "C: a3 NOOP\nS: + what\nS: a3 OK\n",
      codes: ["imap.stray-continuation"] + plain),
    MailboxCase(
      testDescription: "a greeting without its line end",
      script: """
        S~* OK ready
        C: a1 CAPABILITY
        S~* CAPABILITY IMAP4rev1\\r\\na1 OK done\\r\\n
        """, codes: ["imap.response-without-line-end"], verdict: "no login",
      lines: ["a1 CAPABILITY → OK CAPABILITY"]),
    MailboxCase(
      testDescription: "a completion without its line end, ended 600 s later",
      script: login + """
        C: a2 NOOP
        S~a2 OK done
        T 600
        C: a3 NOOP
        S: a3 OK done
        """,
      codes: ["imap.response-without-line-end"] + plain,
      lines: ["a1 LOGIN alice secret → OK", "a2 NOOP → OK", "a3 NOOP → OK"]),
    MailboxCase(
      testDescription: "a line in two segments, between which a command arrived, is one line",
      script: selected + """
        C: a3 FETCH 1 FLAGS
        S~* 1 FETCH (FLAGS (\\\\Se
        C: a4 NOOP
        S~en))\\r\\na3 OK do
        C: a5 NOOP
        S~ne\\r\\na4 OK\\r\\na5 OK\\r\\n
        """,
      codes: plain,
      lines: [
        "a1 LOGIN alice secret → OK", "a2 SELECT INBOX → OK EXISTS FLAGS",
        "a3 FETCH 1 FLAGS → OK FETCH", "a4 NOOP → OK", "a5 NOOP → OK",
      ]),
  ]

  @Test(arguments: paired) func answersWhatHadArrived(_ test: MailboxCase) {
    var dialogue = Dialogue(.imap, test.script)
    dialogue.acknowledges = true
    let outcome = dialogue.run()
    #expect(outcome.codes.sorted() == test.codes.sorted())
    if let verdict = test.verdict { #expect(outcome.session.verdict == verdict) }
    if let lines = test.lines { #expect(outcome.session.lines == lines) }
    #expect(dialogue.firstDifference() == nil)
  }

  // MARK: What did not come, literals, data

  static let broken: [MailboxCase] = [
    MailboxCase(
      testDescription: "a command that is never answered",
      script: selected + "C: a3 FETCH 1 ENVELOPE\nT 120\n",
      codes: ["imap.no-answer"] + plain,
      verdict: "logged in as alice, no message retrieved, FETCH was never answered"),
    MailboxCase(
      testDescription: "the server never asks for the literal",
      script: login + "C: a3 APPEND x {5}\nT 60\n", codes: ["imap.no-answer"] + plain),
    MailboxCase(
      testDescription: "IDLE and a challenge that wait for the client are answered",
      script: login + "C: a3 IDLE\nS: + idling\nT 60\n", codes: plain),
    MailboxCase(
      testDescription: "AUTHENTICATE that waits for the client",
      script: "S: * OK hi\nC: a AUTHENTICATE PLAIN\nS: +\nT 60\n", codes: ["sasl.plaintext"]),
    MailboxCase(
      testDescription: "completed without its data",
      script: selected + "C: a3 FETCH 2 (FLAGS)\nS: a3 OK done\nC: a4 SEARCH ALL\nS: a4 OK\n",
      codes: ["imap.data-missing"] + plain),
    MailboxCase(
      testDescription: "what need not have data",
      script: selected + """
        C: a3 FETCH 9 (FLAGS)
        S: a3 OK done
        C: a4 UID FETCH 77 (FLAGS)
        S: a4 OK
        C: a5 SEARCH RETURN (SAVE) ALL
        S: a5 OK
        C: a6 FETCH 1 (FLAGS) (CHANGEDSINCE 5)
        S: a6 OK
        C: a7 LIST "" x
        S: a7 OK
        """, codes: plain),
    MailboxCase(
      testDescription: "a message that is there, without its text",
      script: selected + """
        C: a3 FETCH 1 (UID)
        S: * 1 FETCH (UID 5)
        S: a3 OK
        C: a4 UID FETCH 5 BODY.PEEK[]
        S: * 1 FETCH (UID 5 FLAGS ())
        S: a4 OK
        """, codes: ["imap.data-missing"] + plain),
    MailboxCase(
      testDescription: "a literal announced too long, then silence",
      script: selected + """
        C: f FETCH 1 BODY[]
        S: * 1 FETCH (BODY[] {40}
        S~a: b\\r\\n\\r\\ntext\\r\\n UID 7)\\r\\nf OK done\\r\\n
        T 60
        """, codes: ["imap.literal-length"] + plain,
      verdict: "a literal of 14 bytes was announced with 40",
      lines: [
        "a1 LOGIN alice secret → OK", "a2 SELECT INBOX → OK EXISTS FLAGS",
        "f FETCH 1 BODY[] → OK FETCH",
      ]),
    MailboxCase(
      testDescription: "a literal announced too long, which the next answers fill",
      script: selected + """
        C: f FETCH 1 BODY[]
        S: * 1 FETCH (BODY[] {40}
        S~a: b\\r\\n\\r\\ntext\\r\\n)\\r\\n* 4 EXISTS\\r\\nf OK done\\r\\n
        C: g NOOP
        S: g OK done
        """, codes: ["imap.literal-length"] + plain,
      lines: [
        "a1 LOGIN alice secret → OK", "a2 SELECT INBOX → OK EXISTS FLAGS",
        "f FETCH 1 BODY[] → OK FETCH EXISTS", "g NOOP → OK",
      ]),
    MailboxCase(
      testDescription: "a message with an IMAP session in it",
      script: selected + """
        C: f FETCH 1 BODY[]
        S: * 1 FETCH (BODY[] {29}
        S~)\\r\\nf OK done\\r\\n)\\r\\n* 4 FLAGS)\\r\\n)\\r\\n
        S: f OK done
        """, codes: plain, verdict: "retrieved 1 message"),
    MailboxCase(
      testDescription: "a mailbox with a blank",
      script: login + "C: l LIST \"\" *\nS: * LIST () \"/\" Sent Items\nS: l OK\n",
      codes: ["imap.data-syntax"] + plain),
    MailboxCase(
      testDescription: "an appended literal announced too long",
      script: login + """
        C: p APPEND x {90}
        S: + go
        C~Subject: x\\r\\n\\r\\ntext\\r\\n\\r\\n
        T 60
        C: z9 LOGOUT
        """, codes: ["imap.literal-cut-off", "imap.literal-length"] + plain),
    MailboxCase(
      testDescription: "an appended literal announced too short: its rest is one finding",
      script: login + """
        C: p APPEND x {3}
        S: + go
        C~Subject: x\\r\\nTo: y\\r\\n\\r\\nsome text here\\r\\n
        S: p OK appended
        S: To: BAD what
        S: some BAD what
        C: q NOOP
        S: q OK
        """,
      codes: ["imap.literal-length"] + plain),
  ]

  @Test(arguments: broken) func isSaid(_ test: MailboxCase) {
    let dialogue = Dialogue(.imap, midstream: test.midstream, test.script)
    let outcome = dialogue.run()
    #expect(outcome.codes.sorted() == test.codes.sorted())
    if let verdict = test.verdict { #expect(outcome.session.verdict == verdict) }
    if let lines = test.lines { #expect(outcome.session.lines == lines) }
    #expect(dialogue.firstDifference() == nil)
  }

  @Test func longLiteral() {
    let outcome = Dialogue(.imap, Self.broken[7].script).run()
    #expect(outcome.text(0) == "a: b\r\n\r\ntext\r\n")
    #expect(outcome.session.messages[0].uid == 7)
    let finding = outcome.session.findings.first { $0.code == .imapLiteralLength }
    #expect(
      finding?.text
        == "a literal of 40 bytes is announced, but after 14 of them comes its end and the completion of the command: 26 too many"
    )
    #expect(Dialogue(.imap, Self.broken[9].script).run().text(0).utf8.count == 29)
  }

  /// A response, and what is said of it: the item, the place and the mistake.
  static let malformed: [(String, String?)] = [
    ("* 1 FETCH (UID 5 FLAGS (\\Seen $x [y]))", nil),
    (
      "* 1 FETCH (FLAGS (\"\\Seen\"))",
      "FLAGS of message 1, octet 19 of the response: \"\\Seen\" is no flag"
    ),
    (
      "* 1 FETCH (FLAGS \\Seen)",
      "FLAGS of message 1, octet 18 of the response: they are \\Seen, no list"
    ),
    ("* 1 FETCH (UID x)", "UID of message 1, octet 16 of the response: it is x, no number"),
    (
      "* 1 FETCH (INTERNALDATE \"1-Jan-2026\")",
      "INTERNALDATE of message 1, octet 25 of the response: it is \"1-Jan-2026\", no quoted date-time"
    ),
    ("* 1 FETCH (INTERNALDATE \" 1-Jan-2026 00:00:00 +0000\")", nil),
    ("* 1 FETCH (UID)", "UID of message 1, octet 12 of the response: it has no value"),
    ("* FETCH (UID 5)", "FETCH, octet 3 of the response: it has no message number"),
    ("* EXISTS", "EXISTS, octet 3 of the response: it has no number"),
    ("* x EXISTS", "X, octet 3 of the response: X before EXISTS is no number"),
    ("* -1 FETCH (UID 5)", "-1, octet 3 of the response: -1 before FETCH is no number"),
    ("* 0 FETCH (UID 5)", "FETCH of message 0, octet 3 of the response: its message number is 0"),
    ("* 0 EXPUNGE", "EXPUNGE, octet 3 of the response: its message number is 0"),
    ("* 0 EXISTS", nil),
    ("* 1 FETCH ()", "FETCH of message 1, octet 12 of the response: it has no items"),
    ("* 1 FETCH (UID 5))", "FETCH of message 1, octet 18 of the response: after its items comes )"),
    (
      "* 1 FETCH (FLAGS () UID 5",
      "FETCH of message 1, octet 26 of the response: its items are not closed"
    ),
    (
      "* 1 FETCH (BODYSTRUCTURE (\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 500))",
      "BODYSTRUCTURE of message 1, octet 68 of the response: the body is a message without envelope, body or count of lines"
    ),
    ("* OK [PERMANENTFLAGS (\\Seen \\*)] limited", nil),
    (
      "* OK [PERMANENTFLAGS (\\Seen \\*] limited",
      "OK, octet 22 of the response: of PERMANENTFLAGS, a parenthesis is not closed"
    ),
    (
      "* FLAGS (\\Seen) (\\Deleted)",
      "FLAGS, octet 17 of the response: after the list comes (\\Deleted)"
    ),
    (
      "* LIST () \"/\" \"a\\b\"",
      "LIST, octet 17 of the response: a backslash alone within quotes in () \"/\" \"a\\b\""
    ),
    (
      "* 2 FETCH (ENVELOPE (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) UID 4)", nil
    ),
    (
      "* 2 FETCH (ENVELOPE (NIL \"say \"hi\" there\" NIL NIL NIL NIL NIL NIL NIL NIL) UID 4)",
      "ENVELOPE of message 2, octet 32 of the response: a quote within a quoted string, or no blank beside it in (NIL \"say \"hi\" there\" N"
    ),
    (
      "* 2 FETCH (ENVELOPE (NIL NIL ((\"A\" NIL \"a\")) NIL NIL NIL NIL NIL NIL NIL))",
      "ENVELOPE of message 2, octet 31 of the response: an address of FROM is (\"A\" NIL \"a\"), no list of four strings"
    ),
    (
      "* 2 FETCH (ENVELOPE (NIL Re NIL NIL NIL NIL NIL NIL NIL NIL))",
      "ENVELOPE of message 2, octet 26 of the response: SUBJECT is Re, no string or NIL"
    ),
    (
      "* 2 FETCH (ENVELOPE (NIL NIL NIL NIL NIL NIL NIL NIL NIL))",
      "ENVELOPE of message 2, octet 57 of the response: it has 9 fields in place of 10"
    ),
    (
      "* 2 FETCH (ENVELOPE (NIL \"5\" disk\" NIL NIL NIL NIL NIL NIL NIL NIL) UID 4)",
      "ENVELOPE of message 2, octet 34 of the response: a quoted string has no end"
    ),
    (
      "* 1 FETCH (BODY (\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" 12 1))", nil
    ),
    (
      "* 1 FETCH (BODYSTRUCTURE (\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" 12))",
      "BODYSTRUCTURE of message 1, octet 63 of the response: the body is text without a count of lines"
    ),
    (
      "* 1 FETCH (BODYSTRUCTURE ((NIL \"alternative\" (\"boundary\" NIL) NIL NIL) \"mixed\"))",
      "BODYSTRUCTURE of message 1, octet 28 of the response: the type of part 1 is NIL, no string"
    ),
    (
      "* 1 FETCH (BODYSTRUCTURE (\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 75 (NIL NIL x NIL NIL NIL NIL NIL NIL NIL) (\"text\" \"plain\" NIL NIL NIL \"7bit\" 14 0) 3))",
      "BODYSTRUCTURE of message 1, octet 77 of the response: FROM is x, no list of addresses"
    ),
    (
      "* 1 FETCH (BODYSTRUCTURE (\"image\" \"png\" (\"name\" NIL) NIL NIL \"base64\" \"9\" NIL (\"attachment\")))",
      "BODYSTRUCTURE of message 1, octet 49 of the response: a parameter of the body is NIL, no string"
    ),
    ("* LIST (\\HasNoChildren) \"/\" \"Sent Items\"", nil),
    ("* LIST (\\HasNoChildren) NIL INBOX (\"CHILDINFO\" (\"SUBSCRIBED\"))", nil),
    (
      "* LIST (\\HasNoChildren) \"/\" Sent Items",
      "LIST, octet 34 of the response: after the mailbox comes Items"
    ),
    (
      "* LIST (\\HasNoChildren) / INBOX",
      "LIST, octet 25 of the response: the delimiter is /, no quoted character"
    ),
    (
      "* LIST \\HasNoChildren \"/\" INBOX",
      "LIST, octet 8 of the response: they are \\HasNoChildren, no list"
    ),
    (
      "* LIST (\\HasNoChildren) \"\\\" \"INBOX\"",
      "LIST, octet 30 of the response: a quote within a quoted string, or no blank beside it in ldren) \"\\\" \"INBOX\""
    ),
    (
      "* LIST () \"/\"",
      "LIST, octet 14 of the response: attributes, delimiter or mailbox is missing"
    ),
    ("* STATUS INBOX (MESSAGES 3 UIDNEXT 9)", nil),
    ("* STATUS INBOX (MESSAGES x)", "STATUS, octet 26 of the response: MESSAGES is x, no number"),
    ("* STATUS INBOX (MESSAGES)", "STATUS, octet 17 of the response: MESSAGES has no value"),
    ("* STATUS a b (MESSAGES 3)", "STATUS, octet 12 of the response: after the mailbox comes b"),
    ("* STATUS INBOX", "STATUS, octet 15 of the response: the list of values is missing"),
    ("* FLAGS (\\Seen (x))", "FLAGS, octet 16 of the response: (x) is no flag"),
    ("* FLAGS \\Seen", "FLAGS, octet 9 of the response: they are \\Seen, no list"),
    ("* SEARCH 2 x", "SEARCH, octet 12 of the response: a result is x, no number"),
    ("* SEARCH", nil),
  ]

  /// What is wrong is said with its place, and the next response is read.
  @Test(arguments: malformed) func dataOutsideTheGrammar(_ wire: String, _ said: String?) {
    let dialogue = Dialogue(
      .imap, Self.selected + "C: x NOOP\nS: \(wire)\nS: * 5 EXISTS\nS: x OK\n")
    let outcome = dialogue.run()
    let findings = outcome.session.findings.filter { $0.code == .imapDataSyntax }
    #expect(findings.map(\.text) == (said.map { [$0] } ?? []))
    guard case .imap(let reply)? = outcome.session.exchanges.last?.replies.last?.content else {
      Issue.record("no reply")
      return
    }
    #expect(reply.untagged.map(\.kind).last == "EXISTS")
    #expect(dialogue.firstDifference() == nil)
  }

  /// A message after malformed data is a message.
  @Test func bodyAfterMalformedData() {
    let outcome = Dialogue(
      .imap,
      Self.selected + """
        C: f FETCH 1 (ENVELOPE BODY[])
        S: * 1 FETCH (ENVELOPE (NIL "5" disk" NIL NIL NIL NIL NIL NIL NIL NIL) BODY[] {7}
        S~a OK b\\r)\\r\\n
        S: f OK
        """
    ).run()
    #expect(outcome.text(0) == "a OK b\r")
    #expect(outcome.codes == ["imap.data-syntax"] + Self.plain)
  }

  @Test func literalsInTheirPlace() {
    let outcome = Dialogue(
      .imap,
      Self.selected + """
        C: x LIST "" *
        S: * LIST () "/" {9}
        S~Entwürfe\\r\\n
        S: * 1 FETCH (X-GM-LABELS (\\Inbox {8}
        S~My Label {3}\\r\\na\\rb) UID 3)\\r\\n
        S: x OK
        """
    ).run()
    guard case .imap(let reply)? = outcome.session.exchanges.last?.replies.last?.content else {
      Issue.record("no reply")
      return
    }
    #expect(
      reply.untagged.map(\.text) == [
        "LIST () \"/\" {9}Entwürfe",
        "1 FETCH (X-GM-LABELS (\\Inbox {8}My Label {3}) UID 3)",
      ])
    #expect(reply.untagged[0].items.last?.value == "Entwürfe")
    #expect(reply.untagged[1].items[0].value == "(\\Inbox {8}My Label {3})")
  }

  // MARK: Secrets

  /// The client's lines of a login that goes wrong, and what of the server; the password is `pass-Word7`.
  static let logins: [String] = [
    "C: a LOGIN (ann pass-Word7)\nS: a BAD\n",
    "C: a LOGIN \"ann pass-Word7\nS: a BAD\n",
    "C: a LOGIN ann \"pass-Word7\nS: a BAD\n",
    "C: a LOGIN ann pass-Word7)\nS: a BAD\n",
    "C: a\tLOGIN\tann\tpass-Word7\nS: a OK\n",
    "C:   a  LOGIN  ann  pass-Word7\nS: a OK\n",
    "C: LOGIN ann pass-Word7\nS: LOGIN BAD\n",
    "C: a login ann {10}\nS: a NO\nC: pass-Word7\nS: pass-Word7 BAD what\n",
    "C: a LOGIN {3}\nC: ann {10}\nC: pass-Word7\nS: a NO no\nS: ann BAD\n",
    "C: a LOGIN {3}\nS: + go\nC: ann {10}\nS<6>\nC: pass-Word7\nS: a OK\n",
    "C: a LOGIN ann {4+}\nC: pass-Word7\nS: a BAD\n",
    "C: a LOGIN {2+}\nC: ann pass-Word7\nS: a BAD\n",
    "C: a LOGIN ann {300+}\nC~pass-Word7\nS: a BAD pass-Word7\n",
    "C: a LOGIN ann\nS: a BAD\nC: pass-Word7\nS: pass-Word7 BAD\n",
    "C: a AUTHENTICATE PLAIN AGFubgBwYXNzLVdvcmQ3\nS: a NO\n",
    "C: a AUTHENTICATE AGFubgBwYXNzLVdvcmQ3\nS: a NO\n",
    "C: a AUTHENTICATE PLAIN\nC: AGFubgBwYXNzLVdvcmQ3\nS: a NO\nS: AGFubgBwYXNzLVdvcmQ3 BAD\n",
    "C: a AUTHENTICATE LOGIN\nS: + VXNlcm5hbWU6\nC: YW5u\nS<20>\nC: cGFzcy1Xb3JkNw==\nS: a OK\n",
    "C: a AUTHENTICATE LOGIN\nS: a NO\nC: YW5u\nS: YW5u BAD\nC: cGFzcy1Xb3JkNw==\nS: cGFzcy1Xb3JkNw== BAD\n",
    "C: a AUTHENTICATE LOGIN\nS: + VXNlcm5hbWU6\nC: YW5u\nS: + UGFzc3dvcmQ6\nC: pass-Word7\nS: a NO\n",
    "C: a IDLE\nS: + idling\nC: b LOGIN ann pass-Word7\nS: a BAD\n",
    "C: a x LOGIN ann pass-Word7\nS: a BAD unknown command: x LOGIN ann pass-Word7\n",
    "C~a STARTTLS\\r\\nb LOGIN ann pass-Word7\\r\\nc LOGIN ann pass-W\nS: a OK\nC~\\x16\\x03\\x01\n",
  ]

  @Test(arguments: logins) func secretsStay(_ login: String) {
    let dialogue = Dialogue(.imap, "S: * OK hi\n" + login + "C: z LOGOUT\nS: * BYE\nS: z OK\n")
    let session = dialogue.run().session
    let mask = SecretMask(session, showsSecrets: false)
    var shown = [mask.verdict(of: session)]
    shown += session.findings.map { mask.text(of: $0) }
    shown += session.authentications.compactMap(\.username)
    for exchange in session.exchanges {
      if let command = exchange.command {
        shown += [mask.text(of: command), mask.verb(of: command)]
        shown += [mask.argument(of: command), mask.tag(of: command)].compactMap(\.self)
      }
      shown += exchange.answers.map { mask.text(of: $0) }
      for reply in exchange.replies {
        guard case .imap(let content) = reply.content else { continue }
        shown += [mask.text(content.tag), mask.line(content.text, isAnswer: false)]
        shown += content.untagged.map { mask.line($0.text, isAnswer: false) }
      }
    }
    for text in shown.map({ $0.lowercased() }) {
      #expect(!text.contains("pass-word7"), "\(text)")
      #expect(!text.contains("pass-w"), "\(text)")
      #expect(!text.contains("cgfzcy1xb3jk"), "\(text)")
      #expect(!text.contains("wyxnzlvdvcmq3"), "\(text)")
    }
    #expect(dialogue.firstDifference() == nil)
  }

  /// What is no secret is shown.
  @Test(arguments: [
    "C: a LOGIN ann pass-Word7\nS: a OK\nC: b FROBNICATE x\nS: b BAD\n",
    "C: a AUTHENTICATE PLAIN\nS: +\nC: *\nS: a BAD\nC: b NOOP\nS: b OK\n",
    "C: a AUTHENTICATE PLAIN AGFubgBwYXNzLVdvcmQ3\nS: a OK\nC: b FROBNICATE x\nS: b BAD\n",
  ]) func otherLinesAreShown(_ login: String) {
    let session = Dialogue(.imap, "S: * OK hi\n" + login).run().session
    let mask = SecretMask(session, showsSecrets: false)
    guard let command = session.exchanges.last?.command else {
      Issue.record("no command")
      return
    }
    #expect(mask.text(of: command) == command.text)
    #expect(session.exchanges.flatMap(\.answers).allSatisfy { mask.text(of: $0) == "*" })
  }

  @Test func refusedLiteralOfALogin() {
    let outcome = Dialogue(
      .imap, "S: * OK hi\nC: a1 LOGIN {3}\nS: a1 NO no\nC: z9 LOGOUT\nS: * BYE\nS: z9 OK\n"
    ).run()
    #expect(outcome.session.verdict == "login refused")
    #expect(outcome.session.authentications.map(\.outcome) == [.rejected])
    #expect(outcome.session.authentications.map(\.username) == [nil])
    #expect(outcome.codes == ["imap.literal-refused", "login.refused"])
    #expect(outcome.session.exchanges.last?.command?.verb == "LOGOUT")
  }
}

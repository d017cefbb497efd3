import Fields
import TestSupport
import Testing

@testable import Mail

@Suite struct IMAPTests {
  static let login = """
    S: * OK IMAP4rev1 ready
    C: a1 LOGIN alice secret
    S: a1 OK done

    """
  static let selected =
    login + """
      C: a2 SELECT INBOX
      S: * 3 EXISTS
      S: * FLAGS (\\Seen)
      S: a2 OK [READ-WRITE] done

      """
  static let plain = ["imap.no-logout", "login.plaintext"]
  static let cases: [MailboxCase] = [
    MailboxCase(
      testDescription: "login, select, logout",
      script: selected + """
        C: a3 LOGOUT
        S: * BYE
        S: a3 OK
        """,
      codes: ["login.plaintext"], verdict: "logged in as alice, no message retrieved",
      lines: [
        "a1 LOGIN alice secret → OK", "a2 SELECT INBOX → OK EXISTS FLAGS", "a3 LOGOUT → OK BYE",
      ]),
    MailboxCase(
      testDescription: "FETCH with several literals",
      script: selected + """
        C: f UID FETCH 17 (UID RFC822.SIZE BODY[HEADER.FIELDS (TO)] BODY[])
        S~* 1 FETCH (UID 17 BODY[HEADER.FIELDS (TO)] {8}\\r\\nTo: a\\r\\n\\r BODY[] {10}\\r\\n)\\r\\nf OK x\\r RFC822.SIZE 10)\\r\\n
        S: f OK done
        """,
      codes: plain, verdict: "retrieved 1 message"),
    MailboxCase(
      testDescription: "size differs, body as a quoted string",
      script: selected + """
        C: f FETCH 1:2 (RFC822.SIZE RFC822)
        S: * 1 FETCH (RFC822.SIZE 12 RFC822 "quoted \\"x\\"")
        S: * 2 FETCH (RFC822.SIZE 9 RFC822 {5}
        S~hello)\\r\\n
        S: f OK
        """, codes: ["imap.body-size"] + plain, verdict: "retrieved 2 messages"),
    MailboxCase(
      testDescription: "wrong literal length",
      script: selected + """
        C: f FETCH 1 BODY[]
        S: * 1 FETCH (BODY[] {5}
        S: hello, world)
        S: f OK
        """, codes: ["imap.literal-length"] + plain,
      lines: [
        "a1 LOGIN alice secret → OK", "a2 SELECT INBOX → OK EXISTS FLAGS",
        "f FETCH 1 BODY[] → OK FETCH",
      ]),
    MailboxCase(
      testDescription: "several commands in flight, untagged data by kind",
      script: selected + """
        C~b1 FETCH 1 FLAGS\\r\\nb2 SEARCH UNSEEN\\r\\nb3 NOOP\\r\\n
        S: * SEARCH 2 3
        S: b3 OK
        S: * 1 FETCH (FLAGS (\\Seen))
        S: b2 OK
        S: b1 OK
        """,
      codes: plain,
      lines: [
        "a1 LOGIN alice secret → OK", "a2 SELECT INBOX → OK EXISTS FLAGS",
        "b1 FETCH 1 FLAGS → OK FETCH", "b2 SEARCH UNSEEN → OK SEARCH", "b3 NOOP → OK",
      ]),
    MailboxCase(
      testDescription: "APPEND with a synchronizing literal",
      script: login + """
        C: p APPEND "Sent &AOQ-" (\\Seen) {8}
        S: + go
        C~Hi\\r\\nall!\\r\\n
        S: p OK [APPENDUID 1 77] done
        """,
      codes: plain, verdict: "appended 1 message",
      lines: [
        "a1 LOGIN alice secret → OK",
        "p APPEND \"Sent &AOQ-\" (\\Seen) {8}[message ] → +, OK",
      ]),
    MailboxCase(
      testDescription: "APPEND refused: what follows are commands",
      script: login + """
        C: p APPEND Sent {8}
        S: p NO over quota
        C: q NOOP
        S: q OK
        """, codes: ["imap.literal-refused"] + plain,
      lines: ["a1 LOGIN alice secret → OK", "p APPEND Sent {8} → NO", "q NOOP → OK"]),
    MailboxCase(
      testDescription: "MULTIAPPEND with LITERAL+, mailbox as a literal",
      script: """
        S: * PREAUTH [CAPABILITY IMAP4rev1 LITERAL+ MULTIAPPEND] hi
        C~p APPEND {4+}\\r\\nSent {3+}\\r\\none (\\\\Seen) ~{3+}\\r\\ntwo {0+}\\r\\n\\r\\n
        S: p OK
        C: q LOGOUT
        S: * BYE
        S: q OK
        """, verdict: "appended 3 messages",
      lines: [
        "p APPEND {4+}Sent {3+} (\\Seen) ~{3+} {0+}[message ][message ][message ] → OK",
        "q LOGOUT → OK BYE",
      ]),
    MailboxCase(
      testDescription: "literal not awaited",
      script: login + "C: p APPEND Sent {3}\nC~abc\\r\\n\nS: + go\nS: p OK\n",
      codes: ["imap.literal-not-awaited"] + plain, verdict: "appended 1 message"),
    MailboxCase(
      testDescription: "LITERAL+ not offered; LITERAL- too long",
      script: """
        S: * PREAUTH [CAPABILITY IMAP4rev1] hi
        C~a SELECT {5+}\\r\\nINBOX\\r\\n
        S: a OK [CAPABILITY IMAP4rev1 LITERAL-]
        C~b APPEND x {5000+}\\r\\n\(String(repeating: "y", count: 5000))\\r\\n
        S: b OK
        C: c LOGOUT
        S: * BYE
        S: c OK
        """,
      codes: [
        "imap.data-missing", "imap.literal-minus-too-long", "imap.literal-plus-not-offered",
      ]),
    MailboxCase(
      testDescription: "LOGIN with literals",
      script: """
        S: * OK hi
        C: a LOGIN {5}
        S: +
        C: alice {6}
        S: +
        C: secret
        S: a NO wrong
        """, codes: ["login.refused", "login.plaintext"],
      verdict: "login refused for alice", lines: ["a LOGIN {5}alice {6}secret → +, +, NO"]),
    MailboxCase(
      testDescription: "AUTHENTICATE with challenges, then with SASL-IR",
      script: """
        S: * OK hi
        C: a AUTHENTICATE CRAM-MD5
        S: + PDE+
        C: *
        S: a BAD cancelled
        C: b AUTHENTICATE PLAIN AGEAYg==
        S: b OK
        """,
      codes: ["imap.no-logout", "sasl.cancelled", "sasl.plaintext", "sasl.weak-mechanism"],
      lines: [
        "a AUTHENTICATE CRAM-MD5[cancel *] → +, BAD", "b AUTHENTICATE PLAIN AGEAYg== → OK",
      ]),
    MailboxCase(
      testDescription: "IDLE",
      script: selected + """
        C: i IDLE
        S: + idling
        T 1740
        S: * 4 EXISTS
        C: DONE
        S: i OK
        C: n NOOP
        S: n OK
        """, codes: plain, verdict: "idle for 29 min",
      lines: [
        "a1 LOGIN alice secret → OK", "a2 SELECT INBOX → OK EXISTS FLAGS",
        "i IDLE[done DONE] → +, OK EXISTS", "n NOOP → OK",
      ]),
    MailboxCase(
      testDescription: "IDLE for too long, interrupted by a command",
      script: selected + """
        C: i IDLE
        S: + idling
        T 1900
        C: n NOOP
        S: n BAD expected DONE
        C: DONE
        S: i OK
        """, codes: ["imap.command-in-idle", "imap.idle-too-long"] + plain),
    MailboxCase(
      testDescription: "unsolicited data",
      script: selected + """
        S: * 4 EXISTS
        S: * 2 EXPUNGE
        C: n NOOP
        S: * 3 EXISTS
        S: n OK
        S: * BYE shutting down
        """, codes: ["imap.bye-without-logout", "login.plaintext"],
      verdict: "logged in as alice, no message retrieved, closed by the server",
      lines: [
        "a1 LOGIN alice secret → OK", "a2 SELECT INBOX → OK EXISTS FLAGS", "– → * EXISTS EXPUNGE",
        "n NOOP → OK EXISTS", "– → BYE",
      ]),
    MailboxCase(
      testDescription: "EXISTS goes down",
      script: selected + "C: n NOOP\nS: * 2 EXISTS\nS: n OK\n",
      codes: ["imap.exists-decreased"] + plain),
    MailboxCase(
      testDescription: "STARTTLS",
      script: """
        S: * OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] hi
        C: a STARTTLS
        S: a OK go
        C~\\x16\\x03\\x01hello\\r\\n
        S~\\x16\\x03\\x03server\\r\\n
        """, verdict: "encrypted after STARTTLS", lines: ["a STARTTLS → OK"]),
    MailboxCase(
      testDescription: "STARTTLS refused, LOGIN though disabled",
      script: """
        S: * OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] hi
        C: a STARTTLS
        S: a NO later
        C: b LOGIN x y
        S: b OK
        """,
      codes: [
        "imap.login-disabled", "imap.no-logout", "login.plaintext", "starttls.not-used",
        "starttls.refused",
      ], verdict: "logged in as x, no message retrieved, STARTTLS offered, not used"),
    MailboxCase(
      testDescription: "injection of commands",
      script: """
        S: * OK hi
        C~a STARTTLS\\r\\nb LOGIN evil x\\r\\n
        S: a OK go
        C~\\x16\\x03\\x01
        """, codes: ["starttls.command-injection", "login.plaintext"],
      verdict: "encrypted after STARTTLS"),
    MailboxCase(
      testDescription: "injection of responses",
      script: """
        S: * OK hi
        C: a STARTTLS
        S~a OK go\\r\\n* CAPABILITY IMAP4rev1\\r\\n
        C~\\x16\\x03\\x01
        """, codes: ["starttls.reply-injection"], verdict: "encrypted after STARTTLS"),
    MailboxCase(
      testDescription: "masked STARTTLS", script: "S: * OK [CAPABILITY IMAP4rev1 XXXXXXXA] hi\n",
      codes: ["starttls.stripped"], verdict: "greeting only"),
    MailboxCase(
      testDescription: "COMPRESS",
      script: login + """
        C: c COMPRESS DEFLATE
        S: c OK active
        C~\\x01\\x02\\r\\n
        S~\\x03\\x04\\r\\n
        """, codes: ["login.plaintext"], verdict: "compressed after COMPRESS DEFLATE"),
    MailboxCase(
      testDescription: "tags",
      script: """
        S: * OK hi
        C: LOGIN a b
        S: LOGIN BAD no command
        C: +x NOOP
        S: +x OK
        C: n NOOP
        S: n OK
        C: n NOOP
        S: m OK
        C: one
        S: one BAD
        """,
      codes: [
        "imap.bad-tag", "imap.command-syntax", "imap.no-answer", "login.refused", "imap.no-tag",
        "login.plaintext", "imap.reused-tag", "imap.unknown-tag",
      ], verdict: "login refused for a"),
    MailboxCase(
      testDescription: "grammar",
      script: """
        S~* OK hi\\n
        C: a FETCH 1 (FLAGS
        S: a BAD
        C: b FROBNICATE
        S: b BAD
        S: + what
        S: nonsense
        C: c LOGIN \(String(repeating: "z", count: 9000))
        S: c BAD
        """,
      codes: [
        "imap.bare-lf", "imap.command-syntax", "login.refused", "imap.long-line",
        "imap.response-syntax", "imap.stray-continuation",
        "imap.unknown-command", "imap.wrong-state",
      ]),
    MailboxCase(
      testDescription: "after LOGOUT",
      script: login + "C: z LOGOUT\nS: * BYE\nS: z OK\nS: * 3 EXISTS\n",
      codes: ["imap.data-after-logout", "login.plaintext"]),
    MailboxCase(
      testDescription: "before the greeting", script: "C: a NOOP\nS: * OK hi\nS: a OK\n",
      codes: ["imap.command-before-greeting"]),
    MailboxCase(
      testDescription: "refused", script: "S: * BYE busy\n", verdict: "refused by the greeting"),
    MailboxCase(
      testDescription: "cut off",
      script: selected + "C: f FETCH 1 BODY[]\nS: * 1 FETCH (BODY[] {100}\nS: Subject: x\n",
      codes: ["imap.literal-cut-off"] + plain, verdict: "cut off in FETCH after 12 bytes"),
    MailboxCase(
      testDescription: "gap within a literal keeps the place",
      script: selected + """
        C: f FETCH 1 BODY[]
        S: * 1 FETCH (BODY[] {20}
        S~12345
        S<10>
        S~67890)\\r\\n
        S: f OK
        """, codes: ["capture.gap", "login.plaintext"],
      lines: [
        "a1 LOGIN alice secret → OK", "a2 SELECT INBOX → OK EXISTS FLAGS",
        "f FETCH 1 BODY[] → OK FETCH",
      ]),
    MailboxCase(
      testDescription: "gap over the end of a literal",
      script: selected + """
        C: f FETCH 1 BODY[]
        S: * 1 FETCH (BODY[] {20}
        S~12345
        S<30>
        S: rest of a line
        S: f OK
        C: g NOOP
        S: g OK
        """, codes: ["capture.gap", "login.plaintext"]),
    MailboxCase(
      testDescription: "gap of the client in APPEND",
      script: login + """
        C: p APPEND x {10}
        S: + go
        C~12
        C<5>
        C~890\\r\\n
        S: p OK
        C: g NOOP
        S: g OK
        """, codes: ["capture.gap", "login.plaintext"], verdict: "appended 1 message"),
    MailboxCase(
      testDescription: "only the client",
      script: """
        C: a LOGIN x y
        C: p APPEND Sent {5}
        C~hello\\r\\n
        C: q APPEND Sent {5}
        C: r AUTHENTICATE PLAIN
        C: AGEAYg==
        C: s NOOP
        """, codes: ["capture.one-sided", "login.plaintext", "sasl.plaintext"],
      verdict: "only the client was captured",
      lines: [
        "a LOGIN x y → ", "p APPEND Sent {5}[message ] → ", "q APPEND Sent {5} → ",
        "r AUTHENTICATE PLAIN[sasl AGEAYg==] → ", "s NOOP → ",
      ]),
    MailboxCase(
      testDescription: "only the server",
      script: "S: * OK hi\nS: a OK\nS: * 1 EXISTS\nS: b OK [READ-ONLY] x\nS: * SEARCH\n",
      codes: ["capture.one-sided"], verdict: "only the server was captured",
      lines: ["– → OK", "– → OK EXISTS", "– → * SEARCH"]),
    MailboxCase(
      testDescription: "midstream",
      script: "S: rest of a body\nS: )\nS: x9 OK done\nC: x10 NOOP\nS: x10 OK\n",
      codes: ["capture.midstream"], lines: ["– → OK", "x10 NOOP → OK"], midstream: true),
    MailboxCase(
      testDescription: "what looks like a literal in free text",
      script: login + "C: n NOOP\nS: * OK not a literal {5}\nS: n OK neither {3}\n", codes: plain,
      lines: ["a1 LOGIN alice secret → OK", "n NOOP → OK OK"]),
  ]

  @Test(arguments: cases) func dialogue(_ test: MailboxCase) {
    let dialogue = Dialogue(.imap, midstream: test.midstream, test.script)
    let outcome = dialogue.run()
    #expect(outcome.codes.sorted() == test.codes.sorted())
    if let verdict = test.verdict { #expect(outcome.session.verdict == verdict) }
    if let lines = test.lines { #expect(outcome.session.lines == lines) }
    #expect(dialogue.firstDifference() == nil)
  }

  @Test func fetchedMessages() {
    let outcome = Dialogue(.imap, Self.cases[1].script).run()
    #expect(outcome.text(0) == "To: a\r\n\r")
    #expect(outcome.session.messages[0].section == "HEADER.FIELDS (TO)")
    #expect(outcome.text(1) == ")\r\nf OK x\r")
    #expect(outcome.session.messages[1].section == nil)
    #expect(outcome.session.messages[1].uid == 17)
    #expect(outcome.session.messages[1].mailbox == "INBOX")
    #expect(outcome.session.exchanges[2].messages == [0, 1])
    let quoted = Dialogue(.imap, Self.cases[2].script).run()
    #expect(quoted.text(0) == "quoted \"x\"")
  }

  @Test func partialFetches() {
    let outcome = Dialogue(
      .imap,
      Self.selected + """
        C: f UID FETCH 5 (RFC822.SIZE BODY.PEEK[]<0.4>)
        S: * 1 FETCH (UID 5 RFC822.SIZE 8 BODY[]<0> {4}
        S~abcd)\\r\\n
        S: * 2 FETCH (UID 6 RFC822.SIZE 4 BODY[]<0> {4}
        S~abcd)\\r\\n
        S: f OK
        """
    ).run()
    #expect(outcome.session.messages.map(\.section) == ["<0.4>", nil])
    #expect(outcome.session.verdict == "retrieved 1 message")
  }

  @Test func appendedMessages() {
    let outcome = Dialogue(.imap, Self.cases[5].script).run()
    let message = outcome.session.messages[0]
    #expect(outcome.text(0) == "Hi\r\nall!")
    #expect(message.mailbox == "Sent ä")
    #expect((message.uid, message.outcome, message.complete) == (77, .accepted, true))
    let refused = Dialogue(.imap, Self.cases[6].script).run()
    #expect(refused.session.messages.isEmpty)
    let several = Dialogue(.imap, Self.cases[7].script).run()
    #expect((0...2).map { several.text($0) } == ["one", "two", ""])
  }

  @Test func catenate() {
    let outcome = Dialogue(
      .imap,
      Self.login + """
        C: p APPEND x CATENATE (URL "/a;UID=1/;SECTION=HEADER" TEXT {3}
        S: +
        C~abc URL "/b")\\r\\n
        S: p OK
        """
    ).run()
    #expect(outcome.text(0) == "abc")
    #expect(outcome.session.messages[0].section == "CATENATE")
    #expect(outcome.codes == Self.plain)
  }

  @Test func secrets() {
    func secret(_ script: String) -> String? {
      let outcome = Dialogue(.imap, script).run()
      guard let command = outcome.session.exchanges[0].command, let range = command.secret else {
        return nil
      }
      return String(decoding: Array(command.text.utf8)[range], as: UTF8.self)
    }
    #expect(secret("C: a LOGIN alice \"pass \\\" word\"\n") == "pass \\\" word")
    #expect(secret("C: a LOGIN alice secret\n") == "secret")
    #expect(secret("C: a LOGIN alice two words\n") == "two words")
    #expect(secret("C: LOGIN alice secret\n") == "secret")
    #expect(secret("C: a LOGIN älice {3+}\nC: abc\n") == "abc")
    #expect(secret("C: a AUTHENTICATE PLAIN AGEAYg==\n") == "AGEAYg==")
  }

  /// What an untagged response says, item by item.
  static let responses: [(String, String)] = [
    ("* CAPABILITY IMAP4rev1 IDLE", "capability=IMAP4rev1 capability=IDLE"),
    (
      "* LIST (\\HasNoChildren) \"/\" \"Entw&APw-rfe\"",
      "attributes=(\\HasNoChildren) delimiter=/ mailbox=Entw&APw-rfe mailbox decoded=Entwürfe"
    ),
    (
      "* LIST () NIL INBOX (\"CHILDINFO\" (\"SUBSCRIBED\"))",
      "attributes=() delimiter=NIL mailbox=INBOX CHILDINFO=(\"SUBSCRIBED\")"
    ),
    ("* STATUS \"a b\" (MESSAGES 3 UIDNEXT 9)", "mailbox=a b MESSAGES=3 UIDNEXT=9"),
    ("* SEARCH 2 5 (MODSEQ 7)", "numbers=2 5 MODSEQ=7"),
    ("* ESEARCH (TAG \"a\") UID COUNT 2 ALL 1,5:6", "TAG=a UID=true COUNT=2 ALL=1,5:6"),
    (
      "* NAMESPACE ((\"\" \"/\")) NIL NIL",
      "personal=((\"\" \"/\")) other users=NIL shared=NIL"
    ),
    ("* ID (\"name\" \"Dovecot\" \"version\" NIL)", "name=Dovecot version=NIL"),
    ("* QUOTA \"\" (STORAGE 10 512)", "root= STORAGE=10 of 512"),
    ("* QUOTAROOT INBOX \"\"", "mailbox=INBOX root="),
    ("* ACL INBOX alice lrs", "mailbox=INBOX alice=lrs"),
    ("* METADATA INBOX (/private/comment \"hi\")", "mailbox=INBOX /private/comment=hi"),
    ("* VANISHED (EARLIER) 3:5", "earlier=true uids=3:5"),
    ("* ENABLED CONDSTORE QRESYNC", "capability=CONDSTORE capability=QRESYNC"),
    ("* THREAD (2)(3 6)", "threads=(2)(3 6)"),
    ("* OK [UIDVALIDITY 17] fine", "UIDVALIDITY=17"),
    (
      "* 12 FETCH (FLAGS (\\Seen) UID 4 MODSEQ (65) INTERNALDATE \"1-Jan-2026 00:00:00 +0000\" "
        + "PREVIEW \"a\\\\b\" BINARY.SIZE[1] 5 BODY[2] NIL)",
      "FLAGS=(\\Seen) UID=4 MODSEQ=(65) INTERNALDATE=1-Jan-2026 00:00:00 +0000 PREVIEW=a\\b "
        + "BINARY.SIZE[1]=5 BODY[2]=NIL"
    ),
    (
      "* 1 FETCH (ENVELOPE (\"date\" \"Hi (there\" ((\"Al\" NIL \"al\" \"x.org\")) NIL NIL "
        + "((NIL NIL \"bo\" \"y\")(NIL NIL \"cy\" \"z\")) NIL NIL NIL \"<1@x>\") UID 3)",
      "ENVELOPE=(\"date\" \"Hi (there\" ((\"Al\" NIL \"al\" \"x.org\")) NIL NIL "
        + "((NIL NIL \"bo\" \"y\")(NIL NIL \"cy\" \"z\")) NIL NIL NIL \"<1@x>\") "
        + "ENVELOPE.DATE=date ENVELOPE.SUBJECT=Hi (there ENVELOPE.FROM=Al <al@x.org> "
        + "ENVELOPE.TO=bo@y, cy@z ENVELOPE.MESSAGE-ID=<1@x> UID=3"
    ),
  ]

  @Test(arguments: responses) func items(_ wire: String, _ items: String) {
    let outcome = Dialogue(.imap, Self.selected + "C: x NOOP\nS: \(wire)\nS: x OK\n").run()
    guard case .imap(let reply)? = outcome.session.exchanges.last?.replies.last?.content else {
      Issue.record("no reply")
      return
    }
    let shown = reply.untagged.flatMap(\.items).map { "\($0.name)=\($0.value)" }
    #expect(shown.joined(separator: " ") == items)
  }

  @Test func bodyStructure() {
    let structure =
      "((\"TEXT\" \"PLAIN\" (\"CHARSET\" \"utf-8\") NIL NIL \"7BIT\" 12 1 NIL NIL NIL)"
      + "(\"IMAGE\" \"PNG\" NIL NIL NIL \"BASE64\" 99 NIL (\"ATTACHMENT\" (\"FILENAME\" \"a.png\")) NIL)"
      + " \"MIXED\")"
    let outcome = Dialogue(
      .imap,
      Self.selected
        + "C: x FETCH 1 BODYSTRUCTURE\nS: * 1 FETCH (BODYSTRUCTURE \(structure))\nS: x OK\n"
    ).run()
    guard case .imap(let reply)? = outcome.session.exchanges.last?.replies.last?.content else {
      Issue.record("no reply")
      return
    }
    #expect(
      reply.untagged[0].items.dropFirst().map { "\($0.name)=\($0.value)" } == [
        "BODYSTRUCTURE.0=multipart/mixed",
        "BODYSTRUCTURE.1=text/plain charset=utf-8, 7bit, 12 bytes",
        "BODYSTRUCTURE.2=image/png, base64, 99 bytes, attachment filename=a.png",
      ])
  }

  @Test func software() {
    let outcome = Dialogue(
      .imap,
      """
      S: * OK Dovecot ready.
      C: a ID ("name" "Thunderbird" "version" "128.1")
      S: * ID ("name" "Dovecot")
      S: a OK
      """
    ).run()
    #expect(
      outcome.session.clientSoftware
        == Software(name: "Thunderbird", version: "128.1", source: "IMAP ID"))
    #expect(outcome.session.serverSoftware == Software(name: "Dovecot", source: "IMAP ID"))
  }

  static let names: [(String, String?)] = [
    ("INBOX", "INBOX"), ("a&-b", "a&b"), ("~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/台北/日本語"),
    ("&2D3cqQ-", "💩"), ("&", nil), ("&A-", nil), ("&2D0-", nil), ("caf\u{e9}", nil),
  ]
  @Test(arguments: names) func mailboxNames(_ name: String, _ decoded: String?) {
    #expect(MailboxName.decode(Array(name.utf8)) == decoded)
  }

  @Test func nestingIsBounded() {
    var text = IMAPText()
    text.bytes = Array(repeating: UInt8(ascii: "("), count: 100_000)
    let words = IMAPTokens(text, from: 0)
    #expect(words.count == IMAPTokens.depthLimit)
    #expect(!words.isBalanced)
  }

  /// Thousands of literals that no answer decides are read one after the other, whatever the stack.
  @Test func literalsThatStayUndecided() {
    let logins = (0..<20_000).map { "a\($0) LOGIN {1}\r\nx {1}\r\ny\r\n" }.joined()
    let outcome = Dialogue(.imap, steps: [.server("* OK hi\r\n"), .client(logins)]).run()
    #expect(outcome.session.exchanges.count == 20_000)
    #expect(outcome.session.exchanges.last?.command?.text == "a19999 LOGIN {1}x {1}y")
    // Completions that came before their commands settle them as they are read.
    let answers = (0..<900).map { "a\($0) NO\r\n" }.joined()
    let early = Dialogue(.imap, steps: [.server("* OK hi\r\n" + answers), .client(logins)]).run()
    #expect(early.session.exchanges[899].command?.tag == "a899")
  }

  /// Words are cut alike whatever the pieces are, at every depth.
  @Test func wordsInPieces() {
    var random = SeededGenerator()
    let parts = [
      "(", ")", "a", " ", "\"", "\\", "[", "]", "BODY[", "BINARY.SIZE[1]", "x y", "\t", "{",
      "\"q\"", "NIL",
    ]
    for _ in 0..<2_000 {
      var text = IMAPText()
      for _ in 0..<Int.random(in: 0...12, using: &random) {
        text.bytes += Array((parts.randomElement(using: &random) ?? "").utf8)
        guard Int.random(in: 0..<4, using: &random) == 0 else { continue }
        let start = text.bytes.count
        text.bytes += Array("{3}".utf8)
        text.literals.append(
          .init(announcement: start..<start + 3, count: 3, content: Array("lit".utf8)))
      }
      let tokens = IMAPTokens(text, from: 0)
      let top = tokens.children().map { tokens[$0].range }
      var whole = IMAPWords(from: 0, depth: 0)
      whole.read(text, isLast: true)
      var pieces = IMAPWords(from: 0, depth: 0)
      var known = text
      known.literals = []
      for literal in text.literals {
        pieces.read(known, to: literal.announcement.lowerBound, isLast: false)
        known.literals.append(literal)
        pieces.read(known, to: literal.announcement.upperBound, isLast: false)
      }
      pieces.read(text, isLast: true)
      let shown = String(decoding: text.bytes, as: UTF8.self)
      #expect(
        pieces.words.map(\.range) == whole.words.map(\.range), "\(shown), \(SeededGenerator.replay)"
      )
      if tokens.isBalanced {
        #expect(top == whole.words.map(\.range), "\(shown), \(SeededGenerator.replay)")
      }
    }
  }

  @Test func sections() {
    let names: [(String, String?, Int?)] = [
      ("(BODY[]", "", nil), ("(UID 5 BODY[HEADER.FIELDS (TO CC)]<0>", "HEADER.FIELDS (TO CC)", 0),
      ("(RFC822.TEXT", "TEXT", nil), ("(binary[1.2]", "1.2", nil), ("(ENVELOPE", nil, nil),
      ("(FLAGS (\\Seen)", nil, nil), ("]", nil, nil), (">", nil, nil), ("", nil, nil),
      ("(X \"5\" disk\" BODY[]", "", nil), ("(X[]", nil, nil),
    ]
    for (text, part, origin) in names {
      let section = BodySection(endOf: Array((text + " ").utf8).span)
      #expect(section?.part == part, "\(text)")
      #expect(section?.origin == origin, "\(text)")
    }
  }

  /// A second blank or a tab is a mistake, but the words are the same.
  @Test(arguments: ["a  LOGIN x secret", "a\tLOGIN\tx\tsecret", " a LOGIN x secret"])
  func oddBlanks(_ line: String) {
    let outcome = Dialogue(.imap, "S: * OK hi\nC: \(line)\nS: a OK in\n").run()
    let command = outcome.session.exchanges[0].command
    #expect(command?.verb == "LOGIN")
    #expect(command?.tag == "a")
    #expect(outcome.session.authentications.map(\.username) == ["x"])
    #expect(outcome.codes.contains("imap.command-syntax"))
    if let command, let secret = command.secret {
      #expect(String(decoding: Array(command.text.utf8)[secret], as: UTF8.self) == "secret")
    } else {
      Issue.record("no secret")
    }
  }

  @Test func longLinesKeepTheirLiterals() {
    let long = String(repeating: "x", count: 70_000)
    let dialogue = Dialogue(
      .imap,
      Self.selected + """
        C: f FETCH 1 (ENVELOPE BODY[])
        S: * 1 FETCH (UID 7 ENVELOPE (NIL "\(long)") BODY[] {5}
        S~hello)\\r\\n
        S: f OK
        """)
    for size in [100_000, 1, 1000, 65_000] {
      let outcome = dialogue.run { _, count in
        (0..<(count + size - 1) / size).map { min(size, count - $0 * size) }
      }
      #expect(outcome.text(0) == "hello")
      #expect(outcome.session.messages[0].uid == 7)
      #expect(outcome.session.exchanges.count == 3)
      #expect(outcome.codes == Self.plain)
    }
  }

  @Test func limits() {
    var options = SessionOptions()
    options.undecidedLimit = 100
    options.pendingCommandLimit = 2
    let outcome = Dialogue(
      .imap, options: options,
      """
      C: a APPEND x {300}
      C: \(String(repeating: "x", count: 300))
      C: b NOOP
      C: c NOOP
      C: d NOOP
      """
    ).run()
    #expect(outcome.text().utf8.count == 300)
    #expect(outcome.session.dropped[.undecided] == 1)
    #expect(outcome.session.dropped[.pendingCommands] == 2)
  }

  @Test func randomBytes() {
    fuzz(
      .imap,
      words: [
        "* OK", "a OK", "b NO", "a BAD", "+ ", "\r\n", "\n", "* 1 FETCH (", "BODY[] ", "{3}\r\n",
        "{5+}\r\n",
        "~{2}\r\n", "abc", ")", "(", "\"", "a ", "b ", "LOGIN x y", "APPEND m ",
        "AUTHENTICATE PLAIN",
        "STARTTLS", "COMPRESS DEFLATE", "IDLE", "DONE", "UID 5 ", "ENVELOPE (", "BODYSTRUCTURE (",
        "NIL ",
        "\u{16}", "[", "]", "\\", " ", "* BYE", "CATENATE (TEXT ",
      ])
  }
}

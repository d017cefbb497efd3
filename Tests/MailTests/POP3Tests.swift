import Fields
import Mail
import TestSupport
import Testing

struct MailboxCase: Sendable, CustomTestStringConvertible {
  var testDescription: String
  var script: String
  var codes: [String] = []
  var verdict: String? = nil
  var lines: [String]? = nil
  var midstream = false
  var acknowledges = false
}

@Suite struct POP3Tests {
  static let login = """
    S: +OK POP3 ready <1.2@example.org>
    C: USER alice
    S: +OK
    C: PASS secret
    S: +OK 2 messages

    """
  static let cases: [MailboxCase] = [
    MailboxCase(
      testDescription: "retrieve and delete",
      script: login + """
        C: STAT
        S: +OK 2 320
        C: LIST
        S: +OK 2 messages
        S: 1 120
        S: 2 200
        S: .
        C: RETR 1
        S: +OK 21 octets
        S: From: a@b
        S: 
        S: ..hello
        S: .
        C: DELE 1
        S: +OK
        C: QUIT
        S: +OK bye
        """,
      codes: ["login.plaintext"], verdict: "retrieved 1 of 2 messages, deleted 1",
      lines: [
        "USER alice → +OK", "PASS secret → +OK", "STAT → +OK", "LIST → +OK 2", "RETR 1 → +OK 3",
        "DELE 1 → +OK", "QUIT → +OK",
      ]),
    MailboxCase(
      testDescription: "login refused",
      script: """
        S: +OK ready
        C: user bob
        S: +OK
        C: pass x
        S: -ERR [AUTH] no
        C: QUIT
        S: +OK
        """,
      codes: ["login.refused", "login.plaintext"], verdict: "login refused for bob"),
    MailboxCase(
      testDescription: "greeting refused", script: "S: -ERR too many connections",
      verdict: "refused by the greeting"),
    MailboxCase(
      testDescription: "STLS",
      script: """
        S: +OK
        C: CAPA
        S: +OK
        S: STLS
        S: .
        C: STLS
        S: +OK go
        C~\\x16\\x03\\x01hello\\r\\nQUIT\\r\\n
        S~\\x16\\x03\\x03server\\r\\n
        """, verdict: "encrypted after STLS", lines: ["CAPA → +OK 1", "STLS → +OK"]),
    MailboxCase(
      testDescription: "STLS refused, then used in the clear",
      script: """
        S: +OK
        C: CAPA
        S: +OK
        S: STLS
        S: .
        C: STLS
        S: -ERR no certificate
        C: USER a
        S: +OK
        C: PASS b
        S: +OK
        C: QUIT
        S: +OK
        """,
      codes: ["login.plaintext", "starttls.not-used", "starttls.refused"],
      verdict: "logged in as a, STLS offered, not used"),
    MailboxCase(
      testDescription: "opened on the way",
      script: """
        S: +OK
        C: STLS
        S: +OK
        C: USER a
        S: +OK
        C: PASS b
        S: +OK
        C: QUIT
        S: +OK
        """, verdict: "logged in as a"),
    MailboxCase(
      testDescription: "injection of commands",
      script: """
        S: +OK
        C: STLS
        C: USER evil
        S: +OK go
        C~\\x16\\x03\\x01
        """, codes: ["starttls.command-injection"], verdict: "encrypted after STLS",
      lines: ["STLS → +OK", "USER evil → "]),
    MailboxCase(
      testDescription: "injection of replies",
      script: """
        S: +OK
        C: STLS
        S~+OK go\\r\\n+OK evil\\r\\n
        C~\\x16\\x03\\x01
        """, codes: ["starttls.reply-injection", "pop3.reply-without-command"]),
    MailboxCase(
      testDescription: "masked STLS",
      script: """
        S: +OK
        C: CAPA
        S: +OK
        S: USER
        S: XXXX
        S: .
        """, codes: ["starttls.stripped"], verdict: "no login"),
    MailboxCase(
      testDescription: "APOP",
      script: """
        S: +OK ready <1.2@example.org>
        C: APOP alice c4c9334bac560ecc979e58001b3e22fb
        S: +OK
        C: QUIT
        S: +OK
        """, verdict: "logged in as alice"),
    MailboxCase(
      testDescription: "bad APOP",
      script: """
        S: +OK ready
        C: APOP alice zzz
        S: -ERR
        """,
      codes: ["pop3.apop-bad-digest", "pop3.apop-without-timestamp", "login.refused"],
      verdict: "login refused for alice"),
    MailboxCase(
      testDescription: "bad timestamp", script: "S: +OK ready <nonsense>",
      codes: ["pop3.apop-bad-timestamp"], verdict: "greeting only"),
    MailboxCase(
      testDescription: "SASL",
      script: """
        S: +OK
        C: AUTH
        S: +OK
        S: PLAIN
        S: .
        C: AUTH CRAM-MD5
        S: + PDE+
        C: YWxpY2UgYWJj
        S: +OK in
        C: NOOP
        S: +OK
        C: QUIT
        S: +OK
        """, codes: ["sasl.weak-mechanism"],
      lines: [
        "AUTH → +OK 1", "AUTH CRAM-MD5[sasl YWxpY2UgYWJj] → +, +OK", "NOOP → +OK", "QUIT → +OK",
      ]),
    MailboxCase(
      testDescription: "SASL cancelled, then refused mechanism, pipelined commands",
      script: """
        S: +OK
        C: AUTH LOGIN
        S: + VXNlcm5hbWU6
        C: *
        S: -ERR cancelled
        C: AUTH GSSAPI
        C: CAPA
        S: -ERR no
        S: +OK
        S: SASL PLAIN
        S: .
        """, codes: ["sasl.cancelled", "sasl.plaintext", "sasl.refused"],
      lines: [
        "AUTH LOGIN[cancel *] → +, -ERR", "AUTH GSSAPI → -ERR", "CAPA → +OK 1",
      ]),
    MailboxCase(
      testDescription: "every challenge of NTLM comes with +OK",
      script: """
        S: +OK
        C: AUTH NTLM
        S: +OK
        C: TlRMTVNTUAABAAAABwIAAAAAAAAAAAAAAAAAAAAAAAA=
        S: +OK TlRMTVNTUAACAAAADAAMADAAAAABAgAAMTIzNDU2NzgAAAAAAAAAAAAAAAAAAAAATwBGAEYASQBDAEUA
        C: TlRMTVNTUAADAAAA
        S: -ERR no
        C: QUIT
        S: +OK
        """, codes: ["sasl.refused", "sasl.weak-mechanism"],
      verdict: "login refused"),
    MailboxCase(
      testDescription: "an answer without a status, after which the client goes on",
      script: """
        S: +OK
        C: STLS
        S: TLS not available
        C: USER a
        S: +OK
        C: QUIT
        S: +OK
        """, codes: ["pop3.reply-syntax"], verdict: "no login",
      lines: ["STLS → ", "USER a → +OK", "QUIT → +OK"]),
    MailboxCase(
      testDescription: "words before an answer",
      script: """
        S: +OK
        C: USER a
        S: hello
        S: +OK
        C: QUIT
        S: +OK
        """, codes: ["pop3.reply-syntax"], verdict: "no login",
      lines: ["USER a → +OK", "– → ", "QUIT → +OK"]),
    MailboxCase(
      testDescription: "the answer to PASS has no line end, and the client waits for it",
      script: """
        S: +OK
        C: USER a
        S: +OK
        C: PASS b
        S~+OK in
        T 600
        S: -ERR timeout
        """,
      codes: [
        "login.plaintext", "pop3.reply-without-command", "pop3.reply-without-line-end",
      ], verdict: "no login"),
    MailboxCase(
      testDescription: "pipelined",
      script: login + """
        C~STAT\\r\\nRETR 1\\r\\nRETR 2\\r\\nQUIT\\r\\n
        S~+OK 2 9\\r\\n+OK\\r\\na\\r\\n.\\r\\n+OK\\r\\n..\\r\\n.\\r\\n+OK\\r\\n
        """, codes: ["login.plaintext"], verdict: "retrieved 2 of 2 messages"),
    MailboxCase(
      testDescription: "pipelining not offered",
      script: """
        S: +OK
        C: CAPA
        S: +OK
        S: USER
        S: .
        C: USER a
        C: PASS b
        S: +OK
        S: +OK
        C: QUIT
        S: +OK
        """, codes: ["pop3.pipelining-not-offered", "login.plaintext"]),
    MailboxCase(
      testDescription: "delete without QUIT",
      script: login + """
        C: DELE 1
        S: +OK
        C: DELE 2
        S: +OK
        """, codes: ["pop3.delete-without-quit", "login.plaintext"],
      verdict: "deleted none, 2 marked without QUIT"),
    MailboxCase(
      testDescription: "cut off",
      script: login + """
        C: RETR 3
        S: +OK 100 octets
        S: Subject: x
        """, codes: ["pop3.message-cut-off", "pop3.no-quit", "login.plaintext"],
      verdict: "cut off in RETR after 12 bytes"),
    MailboxCase(
      testDescription: "octets differ",
      script: login + """
        C: RETR 1
        S: +OK 5 octets
        S: abc
        S: d
        S: .
        C: QUIT
        S: +OK
        """, codes: ["pop3.octet-count", "login.plaintext"], verdict: "retrieved 1 message"),
    MailboxCase(
      testDescription: "list not ended, and garbage",
      script: """
        S: +OK
        C: LIST
        S: GARBAGE
        S: +OK 2 messages
        S: 1 120
        C: RETR 1
        S: +OK message follows
        S: From: x
        S: .
        """,
      codes: ["pop3.list-not-ended", "pop3.reply-syntax", "pop3.wrong-state"],
      lines: ["LIST → +OK 1", "– → ", "RETR 1 → +OK 1"]),
    MailboxCase(
      testDescription: "unknown command, wrong state, long line, bare LF",
      script: """
        S~+OK\\n
        C: XYZZY
        S: -ERR
        C: STAT \(String(repeating: "x", count: 300))
        S: -ERR
        """,
      codes: ["pop3.bare-lf", "pop3.long-line", "pop3.unknown-command", "pop3.wrong-state"],
      verdict: "no login"),
    MailboxCase(
      testDescription: "before the greeting", script: "C: USER x\nS: +OK hi\nS: +OK\n",
      codes: ["pop3.command-before-greeting"]),
    MailboxCase(
      testDescription: "stray reply",
      script: "S: +OK hi\nC: NOOP\nS: +OK\nS: -ERR idle too long\n",
      codes: ["pop3.reply-without-command"], lines: ["NOOP → +OK", "– → -ERR"]),
    MailboxCase(
      testDescription: "no QUIT", script: login, codes: ["pop3.no-quit", "login.plaintext"],
      verdict: "logged in as alice"),
    MailboxCase(
      testDescription: "only the server",
      script: """
        S: +OK hi
        S: +OK
        S: +OK
        S: +OK 2 messages:
        S: 1 120
        S: .
        S: +OK 10 octets
        S: Subject: x
        S: 
        S: +OK body
        S: .
        S: +OK bye
        """, codes: ["capture.one-sided"], verdict: "retrieved 1 message",
      lines: ["– → +OK", "– → +OK", "– → +OK 1", "– → +OK 3", "– → +OK"]),
    MailboxCase(
      testDescription: "only the client",
      script: """
        C: USER a
        C: PASS b
        C: AUTH PLAIN
        C: AGEAYg==
        C: RETR 1
        C: STLS
        C: QUIT
        """, codes: ["capture.one-sided", "login.plaintext", "sasl.plaintext"],
      verdict: "only the client was captured",
      lines: [
        "USER a → ", "PASS b → ", "AUTH PLAIN[sasl AGEAYg==] → ", "RETR 1 → ", "STLS → ", "QUIT → ",
      ]),
    MailboxCase(
      testDescription: "midstream",
      script: "S: 3 17\nS: .\nC: RETR 1\nS: +OK\nS: x\nS: .\nC: QUIT\nS: +OK\n",
      codes: ["capture.midstream"], verdict: "retrieved 1 message",
      lines: ["RETR 1 → +OK 1", "QUIT → +OK"], midstream: true),
    MailboxCase(
      testDescription: "gap in a message that hides its end",
      script: login + """
        C: RETR 1
        S: +OK
        S: Subject: one
        S<40>
        C: RETR 2
        S: +OK
        S: two
        S: .
        C: QUIT
        S: +OK
        """, codes: ["capture.gap", "login.plaintext"], verdict: "retrieved 1 message",
      lines: [
        "USER alice → +OK", "PASS secret → +OK", "RETR 1 → +OK 1", "RETR 2 → +OK 1", "QUIT → +OK",
      ]),
    MailboxCase(
      testDescription: "gap of the client",
      script: login + """
        C~STA
        C<5>
        C~T 1\\r\\n
        S: +OK 1 2
        C: NOOP
        S: +OK
        C: QUIT
        S: +OK
        """, codes: ["capture.gap", "login.plaintext"],
      lines: [
        "USER alice → +OK", "PASS secret → +OK", "– → +OK", "NOOP → +OK", "QUIT → +OK",
      ]),
  ]

  @Test(arguments: cases) func dialogue(_ test: MailboxCase) {
    var dialogue = Dialogue(.pop3, midstream: test.midstream, test.script)
    dialogue.acknowledges = test.acknowledges
    let outcome = dialogue.run()
    if test.codes != ["*"] { #expect(outcome.codes.sorted() == test.codes.sorted()) }
    if let verdict = test.verdict { #expect(outcome.session.verdict == verdict) }
    if let lines = test.lines { #expect(outcome.session.lines == lines) }
    #expect(dialogue.firstDifference() == nil)
  }

  /// What was said before something else was received, what lacks its line end, and what was never answered.
  static let pairing: [MailboxCase] = [
    MailboxCase(
      testDescription: "no greeting: only CAPA has such an answer",
      script: """
        C: CAPA
        S: +OK list follows
        S: USER
        S: .
        C: USER alice
        S: +OK
        C: QUIT
        S: +OK bye
        """,
      codes: ["pop3.no-greeting"], lines: ["CAPA → +OK 1", "USER alice → +OK", "QUIT → +OK"],
      acknowledges: true),
    MailboxCase(
      testDescription: "no greeting: only AUTH has a challenge",
      script: """
        C: AUTH PLAIN
        S: + go
        C: AGFsaWNlAHNlY3JldA==
        S: +OK in
        C: STAT
        S: +OK 1 20
        C: QUIT
        S: +OK bye
        """,
      codes: ["pop3.no-greeting", "sasl.plaintext"],
      verdict: "logged in as alice, 1 message waiting, none retrieved",
      lines: ["AUTH PLAIN[sasl AGFsaWNlAHNlY3JldA==] → +, +OK", "STAT → +OK", "QUIT → +OK"],
      acknowledges: true),
    MailboxCase(
      testDescription: "no greeting: the client takes the first reply for its own",
      script: """
        C: USER alice
        S: +OK
        C: PASS secret
        S: -ERR no
        C: QUIT
        S: +OK bye
        """,
      codes: ["login.plaintext", "login.refused", "pop3.no-greeting"],
      verdict: "login refused for alice",
      lines: ["USER alice → +OK", "PASS secret → -ERR", "QUIT → +OK"], acknowledges: true),
    MailboxCase(
      testDescription: "a late greeting is one",
      script: """
        C: USER alice
        S: +OK POP3 server ready
        S: +OK
        C: QUIT
        S: +OK bye
        """,
      codes: ["pop3.command-before-greeting"], lines: ["USER alice → +OK", "QUIT → +OK"],
      acknowledges: true),
    MailboxCase(
      testDescription: "a reply that was sent before the command came answers nothing",
      script: login + """
        C: DELE 1
        S: +OK marked
        C: LIST
        S! +OK marked
        S: +OK 1 message
        S: 2 20
        S: .
        C: QUIT
        S: +OK
        """,
      codes: ["login.plaintext", "pop3.reply-without-command"],
      lines: [
        "USER alice → +OK", "PASS secret → +OK", "DELE 1 → +OK", "LIST → +OK 1", "– → +OK",
        "QUIT → +OK",
      ], acknowledges: true),
    MailboxCase(
      testDescription: "a status where the list begins: the one before it answered nothing",
      script: login + """
        C: NOOP
        S: +OK
        C: LIST
        S: +OK
        S: +OK 1 message
        S: 2 20
        S: .
        C: RETR 2
        S: +OK
        S: +OK 5 octets
        S: a: b
        S: .
        C: QUIT
        S: +OK
        """,
      codes: ["login.plaintext", "pop3.octet-count", "pop3.reply-without-command"],
      verdict: "retrieved 1 of 1 messages",
      lines: [
        "USER alice → +OK", "PASS secret → +OK", "NOOP → +OK", "LIST → +OK 1", "– → +OK",
        "RETR 2 → +OK 1", "– → +OK", "QUIT → +OK",
      ], acknowledges: true),
    MailboxCase(
      testDescription: "pipelined, one never answered: further lines tell whose the reply is",
      script: """
        S: +OK ready
        C~USER alice\r\nPASS secret\r\nDELE 3\r\nLIST\r\nQUIT\r\n
        S: +OK
        S: +OK in
        S: +OK 1 message
        S: 2 20
        S: .
        S: +OK bye
        """,
      codes: ["login.plaintext", "pop3.no-answer"],
      lines: [
        "USER alice → +OK", "PASS secret → +OK", "DELE 3 → ", "LIST → +OK 1", "QUIT → +OK",
      ], acknowledges: true),
    MailboxCase(
      testDescription: "a challenge passes over what was not answered",
      script: """
        S: +OK ready
        C~NOOP\r\nAUTH PLAIN\r\n
        S: + go
        C: AGFsaWNlAHNlY3JldA==
        S: +OK in
        C: QUIT
        S: +OK
        """,
      codes: ["pop3.no-answer", "sasl.plaintext"], verdict: "logged in as alice",
      lines: ["NOOP → ", "AUTH PLAIN[sasl AGFsaWNlAHNlY3JldA==] → +, +OK", "QUIT → +OK"],
      acknowledges: true),
    MailboxCase(
      testDescription: "a command without an answer",
      script: login + """
        C: RETR 1
        T 120
        """,
      codes: ["login.plaintext", "pop3.no-answer", "pop3.no-quit"],
      verdict: "logged in as alice, RETR was never answered",
      lines: ["USER alice → +OK", "PASS secret → +OK", "RETR 1 → "]),
    MailboxCase(
      testDescription: "a greeting without its line end",
      script: """
        S~+OK ready
        C: USER alice
        S: +OK
        C: PASS secret
        S~-ERR wrong
        C: QUIT
        S: +OK bye
        """,
      codes: ["login.plaintext", "login.refused", "pop3.reply-without-line-end"],
      lines: ["USER alice → +OK", "PASS secret → -ERR", "QUIT → +OK"], acknowledges: true),
    MailboxCase(
      testDescription: "a reply without its line end, then another, and the last one",
      script: login + """
        C: NOOP
        S~+OK done
        T 600
        S: -ERR idle too long
        C: NOOP
        S~+OK and
        """,
      codes: [
        "login.plaintext", "pop3.no-quit", "pop3.reply-without-command",
        "pop3.reply-without-line-end",
      ],
      lines: [
        "USER alice → +OK", "PASS secret → +OK", "NOOP → +OK", "– → -ERR", "NOOP → +OK",
      ]),
    MailboxCase(
      testDescription: "+OK asks for the first message of AUTH",
      script: """
        S: +OK ready
        C: AUTH NTLM
        S: +OK
        C: TlRMTVNTUAABAAAABwIAAAAAAAAAAAAAAAAAAAAAAAA=
        S: + TlRMTVNTUAACAAAAAAAAAAAAAAAwAAAABQKBAgECAwQFBgcIAAAAAAAAAAAAAAAAAAAAAA==
        C: *
        S: -ERR cancelled
        C: AUTH PLAIN
        S: +OK
        C: AGFsaWNlAHNlY3JldA==
        S: +OK in
        C: AUTH LOGIN
        S: +OK
        C: STAT
        S: +OK 0 0
        """,
      codes: [
        "pop3.no-quit", "sasl.cancelled", "sasl.plaintext", "sasl.weak-mechanism",
      ],
      verdict: "logged in, no messages",
      lines: [
        "AUTH NTLM[sasl TlRMTVNTUAABAAAABwIAAAAAAAAAAAAAAAAAAAAAAAA=][cancel *] → +OK, +, -ERR",
        "AUTH PLAIN[sasl AGFsaWNlAHNlY3JldA==] → +OK, +OK", "AUTH LOGIN → +OK", "STAT → +OK",
      ]),
  ]

  @Test(arguments: pairing) func pairs(_ test: MailboxCase) { dialogue(test) }

  // MARK: Secrets

  /// What of the client's lines a view shows.
  static func shown(_ script: String) -> [String] {
    let session = Dialogue(.pop3, script).run().session
    let mask = SecretMask(session, showsSecrets: false)
    return session.exchanges.flatMap { exchange in
      [exchange.command.map { mask.text(of: $0) } ?? "–"]
        + exchange.answers.map { "  \(mask.text(of: $0))" }
    }
  }

  @Test func whatBreaksIsMasked() {
    #expect(Self.shown("S: +OK\nC:  PASS hidden\nS: -ERR\n") == [" PASS •••"])
    #expect(Self.shown("S: +OK\nC~PASS\\thidden\\r\\n\nS: -ERR\n") == ["PASS\t•••"])
    #expect(Self.shown("S: +OK\nC: PASS:hidden\nS: -ERR\n") == ["PASS:•••"])
    #expect(Self.shown("S: +OK\nC: auth  plain  AGEAYg==\nS: +OK\n") == ["auth  plain  •••"])
    // After a refused AUTH, what it would have asked for; an empty answer and a command are none.
    #expect(
      Self.shown(
        "S: +OK\nC: AUTH LOGIN\nS: -ERR\nC: YWxp\nS: -ERR\nC: c2Vj\nS: -ERR\nC: QUIT\nS: +OK\n")
        == ["AUTH LOGIN", "•••", "•••", "QUIT"])
    #expect(
      Self.shown("S: +OK\nC: AUTH PLAIN\nS<4>\nC: AGEAYg==\nS: +OK\nC: STAT\nS: +OK 1 2\n")
        == ["AUTH PLAIN", "  •••", "STAT"])
    #expect(
      Self.shown(
        "S: +OK\nC: AUTH PLAIN\nS: + \nC~\\r\\n\nS: -ERR\nC: AUTH PLAIN\nS: + \nC: QUIT\nS: -ERR\n")
        == ["AUTH PLAIN", "  ", "AUTH PLAIN", "  QUIT"])
  }

  @Test func secretsAndFields() {
    let outcome = Dialogue(.pop3, Self.login).run()
    let pass = outcome.session.exchanges[1].command
    #expect(pass?.secret == 5..<11)
    #expect(outcome.session.authentications[0].username == "alice")
    #expect(outcome.session.authentications[0].outcome == .accepted)
    #expect(outcome.session.authentications[0].fields.last?.isSecret == true)
  }

  @Test func messages() {
    let outcome = Dialogue(.pop3, Self.cases[0].script).run()
    #expect(outcome.text(0) == "From: a@b\r\n\r\n.hello\r\n")
    #expect(outcome.session.messages[0].size == 21)
    #expect(outcome.session.messages[0].complete)
    #expect(outcome.session.messages[0].transfer == .retr)
  }

  @Test func replyBeforeItsCommandWasCaptured() {
    // The reply was captured first, though its time is later.
    var parser = MailProtocol.pop3.reader(midstream: false)
    var sink = NoMessageSink()
    func push(_ text: String, _ side: Side, _ frame: Int, _ time: Int64) {
      let bytes = Array(text.utf8)
      _ = parser.receive(
        bytes.span, from: side, at: Position(frame: frame, time: time, streamOffset: frame * 100),
        to: &sink)
    }
    push("+OK hi\r\n", .server, 1, 1)
    push("-ERR no\r\n", .server, 2, 3)
    push("NOOP\r\n", .client, 3, 2)
    let session = parser.finish(.fin, to: &sink)
    #expect(session.lines == ["NOOP → -ERR"])
    #expect(session.findings.isEmpty)
  }

  @Test func saslFields() {
    let outcome = Dialogue(.pop3, "S: +OK\nC: AUTH PLAIN\nS: + \nC: AGFsaWNlAHNlY3JldA==\nS: +OK\n")
      .run()
    let login = outcome.session.authentications[0]
    #expect((login.mechanism, login.username, login.outcome) == ("PLAIN", "alice", .accepted))
    #expect(login.fields.last == SASLField("password", "secret", isSecret: true))
    #expect(outcome.session.exchanges[0].answers[0].decoded == login.fields)
  }

  @Test func everyFindingHasATest() {
    let prefixes = ["pop3.", "imap.", "login."]
    let all = FindingCode.all.map(\.rawValue).filter { code in
      prefixes.contains { code.hasPrefix($0) }
    }
    let tested = Set(
      (Self.cases + Self.pairing + IMAPTests.cases + IMAPFieldTests.paired + IMAPFieldTests.broken)
        .flatMap(\.codes))
    // What was not received the reader hears from what knows the segments.
    #expect(all.filter { !tested.contains($0) && !$0.hasSuffix(".not-received") }.isEmpty)
    #expect(all.count >= 40)
  }

  @Test func codeOfAnError() {
    let outcome = Dialogue(.pop3, "S: +OK\nC: STAT\nS: -ERR [IN-USE] locked\n").run()
    guard case .status(let reply)? = outcome.session.exchanges[0].replies.first?.content else {
      Issue.record("no reply")
      return
    }
    #expect(reply.code == "IN-USE")
  }

  @Test func software() {
    let outcome = Dialogue(.pop3, "S: +OK example Cyrus POP3 v2.3.16 server ready <1@x>\n").run()
    #expect(
      outcome.session.serverSoftware == Software(name: "Cyrus", version: "2.3.16", source: "banner")
    )
  }

  @Test func randomBytes() {
    fuzz(
      .pop3,
      words: [
        "+OK", "-ERR", "+ ", "\r\n", "\n", ".", ".\r\n", "RETR 1", "LIST", "AUTH PLAIN", "STLS",
        "CAPA",
        "USER a", "PASS b", "QUIT", "TOP 1 0", "*", "\u{16}", "abc", " ",
      ])
  }
}

/// Random dialogues of a protocol's words and bytes, with gaps: nothing traps, and splits change nothing.
func fuzz(_ mailProtocol: MailProtocol, words: [String]) {
  var random = SeededGenerator()
  for _ in 0..<300 {
    var dialogue = Dialogue(mailProtocol, midstream: Bool.random(using: &random), steps: [])
    for _ in 0..<Int.random(in: 1...30, using: &random) {
      let side: Side = Bool.random(using: &random) ? .client : .server
      if Int.random(in: 0..<12, using: &random) == 0 {
        dialogue.steps.append(.gap(side, Int.random(in: 1...50, using: &random)))
        continue
      }
      var bytes: [UInt8] = []
      for _ in 0..<Int.random(in: 1...8, using: &random) {
        if Int.random(in: 0..<10, using: &random) == 0 {
          bytes += random.bytes(1)
        } else {
          bytes += Array(words.randomElement(using: &random)?.utf8 ?? "".utf8)
        }
      }
      if Bool.random(using: &random) { bytes += [13, 10] }
      dialogue.steps.append(.bytes(side, bytes))
    }
    let isSame = dialogue.run { Array(repeating: 1, count: $1) } == dialogue.run()
    #expect(isSame, "\(SeededGenerator.replay)")
    if !isSame { return }
  }
}

extension Session {
  /// The dialogue in short: `user alice → +OK`.
  var lines: [String] {
    exchanges.map { exchange in
      let command = exchange.command.map(\.text) ?? "–"
      let replies = exchange.replies.map { reply in
        switch reply.content {
        case .smtp(let content): content.code.map(String.init) ?? "?"
        case .status(let content):
          content.status + (content.lineCount.map { " \($0)" } ?? "")
        case .imap(let content):
          ([content.status.isEmpty ? content.tag : content.status]
            + content.untagged.map(\.kind)).joined(separator: " ")
        }
      }
      let answers = exchange.answers.map { "[\($0.kind) \($0.text)]" }.joined()
      return command + answers + " → " + replies.joined(separator: ", ")
    }
  }
}

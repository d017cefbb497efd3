import Fields
import TestSupport
import Testing

@testable import Mail

@Suite struct ManageSieveTests {
  static let greeting = """
    S: "IMPLEMENTATION" "Example 1.0"
    S: "SASL" "PLAIN"
    S: "STARTTLS"
    S: OK "ready"

    """
  static let login = """
    S: "IMPLEMENTATION" "Example 1.0"
    S: "SASL" "PLAIN"
    S: OK
    C: AUTHENTICATE "PLAIN" "AGFsaWNlAHNlY3JldA=="
    S: OK "in"

    """
  static let bye = "C: LOGOUT\nS: OK\n"

  static let cases: [MailboxCase] = [
    MailboxCase(
      testDescription: "store, list, activate, retrieve",
      script: login + """
        C: PUTSCRIPT "main" {7+}
        C~keep;\\r\\n
        C:
        S: OK
        C: putscript {1+}
        C~b {6+}\\r\\nstop;\\n\\r\\n
        S: OK
        C: LISTSCRIPTS
        S: "main" ACTIVE
        S: "b"
        S: OK
        C: SETACTIVE "b"
        S: OK
        C: GETSCRIPT "main"
        S: {6}
        S~keep;\\n\\r\\n
        S: OK
        C: HAVESPACE "x" 9
        S: NO (QUOTA) {5}
        S~full.\\r\\n
        C: LOGOUT
        S: OK
        """,
      codes: ["sasl.plaintext"], verdict: "stored 2 scripts, retrieved 1 script, b made active",
      lines: [
        "AUTHENTICATE \"PLAIN\" \"AGFsaWNlAHNlY3JldA==\" → OK",
        "PUTSCRIPT \"main\" {7+}[literal keep;] → OK",
        "putscript {1+} {6+}[literal b][literal stop;] → OK", "LISTSCRIPTS → OK 2",
        "SETACTIVE \"b\" → OK", "GETSCRIPT \"main\" → OK 1", "HAVESPACE \"x\" 9 → NO",
        "LOGOUT → OK",
      ]),
    MailboxCase(
      testDescription: "SASL: challenges, a literal, cancelled, refused",
      script: greeting + """
        C: AUTHENTICATE "PLAIN"
        S: ""
        C: {20+}
        C: AGFsaWNlAHNlY3JldA==
        S: NO "no"
        C: AUTHENTICATE "CRAM-MD5"
        S: {4}
        S: YWJj
        C: "*"
        S: NO
        C: AUTHENTICATE "PLAIN" {20+}
        C: AGFsaWNlAHNlY3JldA==
        S: OK (SASL "YQ==")

        """ + bye,
      codes: [
        "sasl.cancelled", "sasl.not-offered", "sasl.plaintext", "sasl.refused",
        "sasl.weak-mechanism", "starttls.not-used",
      ],
      verdict: "logged in as alice, STARTTLS offered, not used",
      lines: [
        "AUTHENTICATE \"PLAIN\"[sasl AGFsaWNlAHNlY3JldA==] → , NO",
        "AUTHENTICATE \"CRAM-MD5\"[cancel *] → , NO",
        "AUTHENTICATE \"PLAIN\" {20+}[sasl AGFsaWNlAHNlY3JldA==] → OK", "LOGOUT → OK",
      ]),
    MailboxCase(
      testDescription: "TLS", script: greeting + "C: STARTTLS\nS: OK\nC~\\x16\\x03\\x01\n",
      codes: [], verdict: "encrypted after STARTTLS", lines: ["STARTTLS → OK"]),
    MailboxCase(
      testDescription: "opened on the way",
      script: greeting
        + "C: STARTTLS\nS: OK\nC: AUTHENTICATE \"PLAIN\" \"AGFsaWNlAHNlY3JldA==\"\nS: OK\n"
        + bye,
      codes: [], verdict: "logged in as alice"),
    MailboxCase(
      testDescription: "injected, refused",
      script: greeting + """
        C: STARTTLS
        S: NO "not now"
        C~STARTTLS\\r\\nAUTHENTICATE "PLAIN" "AGFsaWNlAHNlY3JldA=="\\r\\n
        S: OK
        """,
      codes: ["sasl.plaintext", "starttls.command-injection", "starttls.refused"],
      verdict: "encrypted after STARTTLS"
    ),
    MailboxCase(
      testDescription: "outside the grammar",
      script: """
        S: "IMPLEMENTATION" "x"
        S: OK
        C: LISTSCRIPTS
        S: NO
        C: BOGUS
        S: NO
        C: AUTHENTICATE "PLAIN" "AGFsaWNlAHNlY3JldA==
        S: OK
        C: GETSCRIPT
        S: NO
        C: PUTSCRIPT "a" {2}
        C: ab
        S: NO {5}
        S~line\\n\\r\\n
        S: * what
        S: OK
        C~NOOP\\n
        S: OK
        C: LOGOUT
        S: OK
        """,
      codes: [
        "managesieve.bare-lf", "managesieve.command-syntax", "managesieve.reply-syntax",
        "managesieve.reply-without-command", "managesieve.script-refused",
        "managesieve.synchronizing-literal", "managesieve.unknown-command",
        "managesieve.wrong-state", "sasl.not-offered", "sasl.plaintext",
      ], verdict: "a refused"),
    MailboxCase(
      testDescription: "cut off in a literal",
      script: login + "C: PUTSCRIPT \"a\" {100+}\nC~keep;\n",
      codes: ["managesieve.literal-cut-off", "managesieve.no-logout", "sasl.plaintext"],
      verdict: "cut off in PUTSCRIPT"),
    MailboxCase(
      testDescription: "closed by the server, a command without an answer",
      script: login + "C: LISTSCRIPTS\nT 60\nS: BYE (TRYLATER) \"shutting down\"\nC: NOOP\nT 60\n",
      codes: ["managesieve.bye", "managesieve.no-answer", "sasl.plaintext"],
      verdict: "logged in as alice, closed by the server, NOOP was never answered"),
    MailboxCase(
      testDescription: "refused by the greeting", script: "S: BYE \"too many\"\n",
      codes: [], verdict: "refused by the greeting"),
    MailboxCase(
      testDescription: "pipelined, one never answered: data tells whose the reply is",
      script: login + """
        C~NOOP\\r\\nLISTSCRIPTS\\r\\nLOGOUT\\r\\n
        S: "main"
        S: OK
        S: OK
        """,
      codes: ["managesieve.no-answer", "sasl.plaintext"],
      lines: [
        "AUTHENTICATE \"PLAIN\" \"AGFsaWNlAHNlY3JldA==\" → OK", "NOOP → ", "LISTSCRIPTS → OK 1",
        "LOGOUT → OK",
      ], acknowledges: true),
    MailboxCase(
      testDescription: "a reply that was sent before the command came",
      script: login + "C: NOOP\nS: OK\nC: NOOP\nS! OK\nS: OK\n" + bye,
      codes: ["managesieve.reply-without-command", "sasl.plaintext"],
      lines: [
        "AUTHENTICATE \"PLAIN\" \"AGFsaWNlAHNlY3JldA==\" → OK", "NOOP → OK", "NOOP → OK",
        "– → OK", "LOGOUT → OK",
      ], acknowledges: true),
    MailboxCase(
      testDescription: "only the server",
      script: "S: \"IMPLEMENTATION\" \"x\"\nS: OK\nS: OK \"in\"\nS: \"main\"\nS: OK\n",
      codes: ["capture.one-sided"], verdict: "only the server was captured",
      lines: ["– → OK", "– → OK 1"]),
    MailboxCase(
      testDescription: "gaps on both sides",
      script: login + "C<7>\nC: x\" {2+}\nC: NOOP\nS<3>\nS: main\"\nS: OK\nC: LOGOUT\nS: OK\n",
      codes: ["capture.gap", "sasl.plaintext"]),
    MailboxCase(
      testDescription: "from the middle",
      script: "S: \"b\" ACTIVE\nS: OK\nC: \"half\nC: NOOP\nS: OK\n", codes: ["capture.midstream"],
      lines: ["– → OK", "NOOP → OK"], midstream: true),
  ]

  @Test(arguments: cases) func reads(_ test: MailboxCase) {
    var dialogue = Dialogue(.manageSieve, midstream: test.midstream, test.script)
    dialogue.acknowledges = test.acknowledges
    let outcome = dialogue.run()
    #expect(outcome.codes == test.codes.sorted())
    if let verdict = test.verdict { #expect(outcome.session.verdict == verdict) }
    if let lines = test.lines { #expect(outcome.session.lines == lines) }
    #expect(dialogue.firstDifference() == nil)
  }

  @Test func everyFindingHasItsCase() {
    let tested = Set(Self.cases.flatMap(\.codes))
    #expect(FindingCode.manageSieve.map(\.rawValue).filter { !tested.contains($0) } == [])
  }

  /// What of a session's lines a view shows.
  private func shown(_ script: String) -> [String] {
    let session = Dialogue(.manageSieve, script).run().session
    let mask = SecretMask(session, showsSecrets: false)
    return session.exchanges.flatMap { exchange in
      [exchange.command.map { mask.text(of: $0) } ?? "–"]
        + exchange.answers.map { "  \(mask.text(of: $0))" }
    }
  }

  @Test func secretsAreMasked() {
    let plain = "AGFsaWNlAHNlY3JldA=="
    #expect(
      shown(Self.greeting + "C: AUTHENTICATE \"PLAIN\" \"\(plain)\"\n")
        == ["AUTHENTICATE \"PLAIN\" •••"])
    #expect(
      shown(Self.greeting + "C: authenticate \"PLAIN\" {20+}\nC: \(plain)\nS: NO\n")
        == ["authenticate \"PLAIN\" {20+}", "  •••"])
    #expect(
      shown(Self.greeting + "C: AUTHENTICATE \"PLAIN\"\nS: NO\nC: \"\(plain)\"\nS: NO\nC: NOOP\n")
        == ["AUTHENTICATE \"PLAIN\"", "•••", "NOOP"])
    #expect(
      shown(Self.greeting + "C: AUTHENTICATE \"PLAIN\"\nS<4>\nC: \"\(plain)\"\nS: OK\nC: NOOP\n")
        == ["AUTHENTICATE \"PLAIN\"", "  •••", "NOOP"])
    #expect(
      shown(Self.greeting + "C: AUTHENTICATE PLAIN\t\(plain)\nS: NO\n")
        == ["AUTHENTICATE PLAIN\t•••"])
  }

  @Test func limitsHold() {
    var options = SessionOptions()
    options.lineLimit = 64
    let long = String(repeating: "x", count: 300)
    let script = Self.login + "C: PUTSCRIPT \"a\" {300+}\nC: \(long)\nS: OK\nC: NOOP\nS: OK\n"
    let session = Dialogue(.manageSieve, options: options, script).run().session
    #expect(session.dropped[.text] ?? 0 > 0)
    #expect(session.exchanges.last?.command?.verb == "NOOP")
    // A statement of literals without end is one, and is not kept.
    let endless = Self.login + "C~PUTSCRIPT " + String(repeating: "{1+}\\r\\nx ", count: 500)
    let odd = Dialogue(.manageSieve, endless).run().session
    #expect(odd.exchanges.count == 2 && odd.dropped[.text] == 1)
  }

  @Test func randomBytes() {
    fuzz(
      .manageSieve,
      words: [
        "OK", "NO", "BYE", "\"", "\"a\"", "{3+}\r\nabc", "{2}\r\n", "\r\n", "\n", " ", "(", ")",
        "\\",
        "AUTHENTICATE \"PLAIN\"", "PUTSCRIPT \"a\" ", "LISTSCRIPTS", "STARTTLS", "NOOP", "LOGOUT",
        "\u{16}", "*",
      ])
  }

  @Test func isRecognised() {
    func verdict(_ text: String, _ side: Side?) -> FirstBytes {
      ManageSieveRecognition.verdict(of: Array(text.utf8).span, from: side)
    }
    #expect(verdict("\"IMPLEMENTATION\" \"x\"\r\n", .server) == .certain(.server))
    #expect(verdict("\"IMPL", nil) == .possible)
    #expect(verdict("\"hello\"", .server) == .foreign)
    #expect(verdict("LISTSCRIPTS\r\n", nil) == .certain(.client))
    #expect(verdict("AUTHENTICATE \"PLAIN\"\r\n", .client) == .certain(.client))
    #expect(verdict("a1 LOGIN x y\r\n", .client) == .foreign)
    #expect(verdict("NOOP\r\n", .client) == .possible)
  }
}

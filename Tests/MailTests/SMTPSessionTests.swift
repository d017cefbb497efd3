import Fields
import TestSupport
import Testing

@testable import Mail

struct SMTPCase: Sendable, CustomTestStringConvertible {
  var name: String
  var dialogue: Dialogue
  var transcript: [String]
  var verdict: String
  /// Text of each message as stored.
  var messages: [String] = []
  var testDescription: String { name }
}

@Suite struct SMTPSessionTests {
  static let hello =
    "S: 220 mx.example.org ESMTP Postfix\nC: EHLO a.example\nS: 250-mx\nS: 250-PIPELINING\nS: 250-CHUNKING\nS: 250-8BITMIME\nS: 250-AUTH PLAIN LOGIN CRAM-MD5\nS: 250 SIZE 10000\n"
  static let envelope =
    "C: MAIL FROM:<a@x.org>\nS: 250 2.1.0 ok\nC: RCPT TO:<b@y.org>\nS: 250 2.1.5 ok\n"
  static let bye = "C: QUIT\nS: 221 bye\n"

  static let cases: [SMTPCase] = [
    SMTPCase(
      name: "plain",
      dialogue: Dialogue(
        .smtp,
        hello + envelope
          + "C: DATA\nS: 354 go\nC: Subject: x\nC: \nC: ..dot\nC: .\nS: 250 2.0.0 ok\n" + bye),
      transcript: ["EHLO 250", "MAIL 250", "RCPT 250", "DATA 354 250", "QUIT 221"],
      verdict: "delivered to 1 of 1", messages: ["Subject: x\r\n\r\n.dot\r\n"]),
    SMTPCase(
      name: "pipelined",
      dialogue: Dialogue(
        .smtp,
        hello
          + """
          C: MAIL FROM:<a@x.org> SIZE=10
          C: RCPT TO:<b@y.org>
          C: RCPT TO:<c@y.org>
          C: DATA
          S: 250 2.1.0 ok
          S: 250 2.1.5 ok
          S: 550 5.1.1 no such user
          S: 354 go
          C: hi
          C: .
          C: QUIT
          S: 250 2.0.0 queued
          S: 221 2.0.0 bye
          """),
      transcript: ["EHLO 250", "MAIL 250", "RCPT 250", "RCPT 550", "DATA 354 250", "QUIT 221"],
      verdict: "delivered to 1 of 2, 550 5.1.1 for c@y.org", messages: ["hi\r\n"]),
    SMTPCase(
      name: "DATA refused in a pipeline: what follows are commands",
      dialogue: Dialogue(
        .smtp,
        hello
          + """
          C: MAIL FROM:<a@x.org>
          C: RCPT TO:<b@y.org>
          C: DATA
          C: RSET
          C: QUIT
          S: 250 ok
          S: 550 5.1.1 no
          S: 503 5.5.1 no recipients
          S: 250 ok
          S: 221 bye
          """),
      transcript: ["EHLO 250", "MAIL 250", "RCPT 550", "DATA 503", "RSET 250", "QUIT 221"],
      verdict: "DATA refused, 503 5.5.1"),
    SMTPCase(
      name: "the message is captured before the 354",
      dialogue: Dialogue(
        .smtp, hello + envelope + "C: DATA\nC: body\nC: .\nS: 354 go\nS: 250 ok\n" + bye),
      transcript: ["EHLO 250", "MAIL 250", "RCPT 250", "DATA 354 250", "QUIT 221"],
      verdict: "delivered to 1 of 1", messages: ["body\r\n"]),
    SMTPCase(
      name: "BDAT in chunks, pipelined",
      dialogue: Dialogue(
        .smtp,
        hello
          + """
          C: MAIL FROM:<a@x.org>
          C: RCPT TO:<b@y.org>
          C: BDAT 6
          C: abcd
          C: BDAT 4 LAST
          C~.\\r\\n\\n
          C: MAIL FROM:<c@x.org>
          C: RCPT TO:<d@y.org>
          C: BDAT 0 LAST
          C: QUIT
          S: 250 ok
          S: 250 ok
          S: 250 6 bytes
          S: 250 10 bytes
          S: 250 ok
          S: 250 ok
          S: 250 0 bytes
          S: 221 bye
          """),
      transcript: [
        "EHLO 250", "MAIL 250", "RCPT 250", "BDAT 250", "BDAT 250", "MAIL 250", "RCPT 250",
        "BDAT 250", "QUIT 221",
      ],
      verdict: "2 of 2 messages delivered", messages: ["abcd\r\n.\r\n\n", ""]),
    SMTPCase(
      name: "BDAT refused: its bytes still follow",
      dialogue: Dialogue(
        .smtp,
        hello
          + """
          C: MAIL FROM:<a@x.org>
          C: RCPT TO:<b@y.org>
          C: BDAT 6
          C: QUIT
          C: BDAT 3 LAST
          C~X
          C~\\r\\n
          C: RSET
          S: 250 ok
          S: 550 no
          S: 503 no recipients
          S: 503 no recipients
          S: 250 ok
          """),
      transcript: ["EHLO 250", "MAIL 250", "RCPT 550", "BDAT 503", "BDAT 503", "RSET 250"],
      verdict: "message refused, 503", messages: ["QUIT\r\nX\r\n"]),
    SMTPCase(
      name: "BDAT without a size takes no bytes",
      dialogue: Dialogue(
        .smtp,
        hello
          + "C: BDAT -1 LAST\nS: 501 5.5.4 syntax\nC: BDAT 99999999999999999999\nS: 501 no\n" + bye),
      transcript: ["EHLO 250", "BDAT 501", "BDAT 501", "QUIT 221"],
      verdict: "BDAT refused, 501"),
    SMTPCase(
      name: "LMTP: a reply for each recipient",
      dialogue: Dialogue(
        .lmtp,
        """
        S: 220 mx LMTP
        C: LHLO a.example
        S: 250-mx
        S: 250 PIPELINING
        C: MAIL FROM:<>
        C: RCPT TO:<b@y.org>
        C: RCPT TO:<c@y.org>
        C: RCPT TO:<d@y.org>
        C: DATA
        S: 250 ok
        S: 250 ok
        S: 550 5.1.1 no
        S: 250 ok
        S: 354 go
        C: x
        C: .
        C: QUIT
        S: 250 2.0.0 b
        S: 452 4.2.2 d is over quota
        S: 221 bye
        """),
      transcript: [
        "LHLO 250", "MAIL 250", "RCPT 250", "RCPT 550", "RCPT 250", "DATA 354 250 452", "QUIT 221",
      ],
      verdict: "delivered to 1 of 3, 550 5.1.1 for c@y.org", messages: ["x\r\n"]),
    SMTPCase(
      name: "cut off in DATA",
      dialogue: Dialogue(
        .smtp, close: .reset, hello + envelope + "C: DATA\nS: 354 go\nC: Subject: x\nC~half"),
      transcript: ["EHLO 250", "MAIL 250", "RCPT 250", "DATA 354"],
      verdict: "cut off in DATA after 16 bytes", messages: ["Subject: x\r\nhalf"]),
    SMTPCase(
      name: "421 within the message",
      dialogue: Dialogue(
        .smtp, hello + envelope + "C: DATA\nS: 354 go\nC: Subject: x\nS: 421 4.3.0 shutting down\n"
      ),
      transcript: ["EHLO 250", "MAIL 250", "RCPT 250", "DATA 354 421"],
      verdict: "message refused", messages: ["Subject: x\r\n"]),
    SMTPCase(
      name: "unasked 421",
      dialogue: Dialogue(.smtp, hello + "S: 421 4.4.2 timeout\n"),
      transcript: ["EHLO 250", "- 421"], verdict: "closed by the server, 421 4.4.2 timeout"),
    SMTPCase(
      name: "AUTH LOGIN",
      dialogue: Dialogue(
        .smtp,
        hello
          + "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: YWxpY2U=\nS: 334 UGFzc3dvcmQ6\nC: c2VjcmV0\nS: 535 5.7.8 no\n"
          + bye),
      transcript: ["EHLO 250", "AUTH 334 334 535", "QUIT 221"],
      verdict: "login refused for alice, 535 5.7.8"),
    SMTPCase(
      name: "AUTH cancelled, then a message",
      dialogue: Dialogue(
        .smtp,
        hello + "C: AUTH PLAIN\nS: 334 \nC: *\nS: 501 cancelled\n" + envelope
          + "C: DATA\nS: 354 go\nC: x\nC: .\nS: 250 ok\n" + bye),
      transcript: [
        "EHLO 250", "AUTH 334 501", "MAIL 250", "RCPT 250", "DATA 354 250", "QUIT 221",
      ],
      verdict: "delivered to 1 of 1", messages: ["x\r\n"]),
    SMTPCase(
      name: "STARTTLS",
      dialogue: Dialogue(
        .smtp,
        steps: [
          .server("220 mx ESMTP\r\n"), .client("EHLO a.example\r\n"),
          .server("250-mx\r\n250 STARTTLS\r\n"), .client("STARTTLS\r\n"), .server("220 go\r\n"),
          .bytes(.client, [0x16, 3, 1, 0, 1, 0x0A, 0x0D, 0x0A]),
          .bytes(.server, [0x16, 3, 3, 0, 1, 0x0A, 0x0D, 0x0A]),
        ]),
      transcript: ["EHLO 250", "STARTTLS 220"], verdict: "encrypted after STARTTLS"),
    SMTPCase(
      name: "STARTTLS refused, on in clear",
      dialogue: Dialogue(.smtp, hello + "C: STARTTLS\nS: 454 4.7.0 not now\n" + bye),
      transcript: ["EHLO 250", "STARTTLS 454", "QUIT 221"], verdict: "STARTTLS refused, 454 4.7.0"),
    SMTPCase(
      name: "STARTTLS decrypted in place",
      dialogue: Dialogue(
        .smtp,
        hello + "C: STARTTLS\nS: 220 go\nC: EHLO a.example\nS: 250 mx\n" + envelope
          + "C: DATA\nS: 354 go\nC: x\nC: .\nS: 250 ok\n" + bye),
      transcript: [
        "EHLO 250", "STARTTLS 220", "EHLO 250", "MAIL 250", "RCPT 250", "DATA 354 250",
        "QUIT 221",
      ],
      verdict: "delivered to 1 of 1", messages: ["x\r\n"]),
    SMTPCase(
      name: "only the client",
      dialogue: Dialogue(
        .smtp,
        "C: EHLO a.example\nC: AUTH PLAIN\nC: AGEAYg==\nC: MAIL FROM:<a@x.org>\nC: RCPT TO:<b@y.org>\nC: DATA\nC: x\nC: .\nC: QUIT\n"
      ),
      transcript: ["EHLO", "AUTH", "MAIL", "RCPT", "DATA", "QUIT"],
      verdict: "message of 3 bytes sent, outcome unknown", messages: ["x\r\n"]),
    SMTPCase(
      name: "only the server",
      dialogue: Dialogue(
        .smtp,
        "S: 220 mx ESMTP\nS: 250-mx\nS: 250 SIZE\nS: 250 ok\nS: 354 go\nS: 250 ok\nS: 221 bye\n"),
      transcript: ["- 250", "- 250", "- 354", "- 250", "- 221"],
      verdict: "only the server was captured: 1 message accepted"),
    SMTPCase(
      name: "RSET and two messages",
      dialogue: Dialogue(
        .smtp,
        hello + "C: MAIL FROM:<z@x.org>\nS: 250 ok\nC: RSET\nS: 250 ok\n" + envelope
          + "C: DATA\nS: 354 go\nC: one\nC: .\nS: 250 ok\n" + envelope
          + "C: DATA\nS: 354 go\nC: two\nC: .\nS: 550 5.7.1 spam\n" + bye),
      transcript: [
        "EHLO 250", "MAIL 250", "RSET 250", "MAIL 250", "RCPT 250", "DATA 354 250", "MAIL 250",
        "RCPT 250", "DATA 354 550", "QUIT 221",
      ],
      verdict: "1 of 2 messages delivered, 1 refused, 550 5.7.1",
      messages: ["one\r\n", "two\r\n"]),
    SMTPCase(
      name: "a gap in the message",
      dialogue: Dialogue(
        .smtp,
        hello + envelope + "C: DATA\nS: 354 go\nC: one\nC<100>\nC: two\nC: .\nS: 250 ok\n"
          + bye),
      transcript: ["EHLO 250", "MAIL 250", "RCPT 250", "DATA 354 250", "QUIT 221"],
      verdict: "delivered to 1 of 1", messages: ["one\r\ntwo\r\n"]),
    SMTPCase(
      name: "the end of the message is lost",
      dialogue: Dialogue(
        .smtp, hello + envelope + "C: DATA\nS: 354 go\nC: one\nC<100>\nS: 250 ok\n" + bye),
      transcript: ["EHLO 250", "MAIL 250", "RCPT 250", "DATA 354 250", "QUIT 221"],
      verdict: "delivered to 1 of 1", messages: ["one\r\n"]),
    SMTPCase(
      name: "the 354 is lost",
      dialogue: Dialogue(
        .smtp, hello + envelope + "C: DATA\nS<8>\nC: one\nC: .\nS: 250 ok\n" + bye),
      transcript: ["EHLO 250", "MAIL 250", "RCPT 250", "DATA 250", "QUIT 221"],
      verdict: "delivered to 1 of 1", messages: ["one\r\n"]),
    SMTPCase(
      name: "a command is lost",
      dialogue: Dialogue(
        .smtp,
        hello
          + "C: MAIL FROM:<a@x.org>\nS: 250 ok\nC<20>\nS: 250 ok\nC: DATA\nS: 354 go\nC: one\nC: .\nS: 250 ok\n"
          + bye),
      transcript: ["EHLO 250", "MAIL 250", "- 250", "DATA 354 250", "QUIT 221"],
      verdict: "delivered", messages: ["one\r\n"]),
    SMTPCase(
      name: "midstream, in the middle of a message",
      dialogue: Dialogue(
        .smtp, midstream: true,
        "C: lf a line\nC: data follows\nC: .\nS: 250 ok\n" + envelope
          + "C: DATA\nS: 354 go\nC: one\nC: .\nS: 250 ok\n" + bye),
      transcript: ["- 250", "MAIL 250", "RCPT 250", "DATA 354 250", "QUIT 221"],
      verdict: "delivered to 1 of 1", messages: ["one\r\n"]),
    SMTPCase(
      name: "smuggling that the server did not fall for",
      dialogue: Dialogue(
        .smtp,
        hello + envelope
          + "C: DATA\nS: 354 go\nC~one\\n.\\r\\n\nC: MAIL FROM:<evil@x.org>\nC: RCPT TO:<b@y.org>\nC: DATA\nC: two\nC: .\nC: QUIT\nS: 250 ok\nS: 221 bye\n"
      ),
      transcript: ["EHLO 250", "MAIL 250", "RCPT 250", "DATA 354 250", "QUIT 221"],
      verdict: "delivered to 1 of 1",
      messages: [
        "one\n.\r\nMAIL FROM:<evil@x.org>\r\nRCPT TO:<b@y.org>\r\nDATA\r\ntwo\r\n"
      ]),
    SMTPCase(
      name: "smuggling that the server fell for",
      dialogue: Dialogue(
        .smtp,
        hello + envelope
          + "C: DATA\nS: 354 go\nC~one\\n.\\r\\n\nC: MAIL FROM:<evil@x.org>\nC: RCPT TO:<b@y.org>\nC: DATA\nC: two\nC: .\nC: QUIT\nS: 250 ok\nS: 250 ok\nS: 250 ok\nS: 354 go\nS: 250 ok\nS: 221 bye\n"
      ),
      transcript: [
        "EHLO 250", "MAIL 250", "RCPT 250", "DATA 354 250", "MAIL 250", "RCPT 250",
        "DATA 354 250", "QUIT 221",
      ],
      verdict: "2 of 2 messages delivered", messages: ["one\n", "two\r\n"]),
    SMTPCase(
      name: "a client and a server that end messages with LF.LF",
      dialogue: Dialogue(
        .smtp,
        hello + envelope
          + "C: DATA\nS: 354 go\nC~one\\n.\\n\nS: 250 ok\n" + bye),
      transcript: ["EHLO 250", "MAIL 250", "RCPT 250", "DATA 354 250", "QUIT 221"],
      verdict: "delivered to 1 of 1", messages: ["one\n"]),
    SMTPCase(
      name: "a reply without its last line",
      dialogue: Dialogue(
        .smtp,
        steps: [
          .server("220 mx\r\n"), .client("EHLO a.b\r\n"), .server("250-mx\r\n"),
          .client("AUTH LOGIN\r\n"), .server("334 VXNlcm5hbWU6\r\n"), .client("YQ==\r\n"),
          .server("334 UGFzc3dvcmQ6\r\n"), .client("Yg==\r\n"), .server("235 ok\r\n"),
        ]),
      transcript: ["EHLO 250", "AUTH 334 334 235"], verdict: "logged in, no message sent"),
    SMTPCase(
      name: "XEXCH50, VRFY, an unknown command",
      dialogue: Dialogue(
        .smtp,
        hello
          + "C: XEXCH50 4 2\nS: 354 send\nC: ab\nS: 250 ok\nC: VRFY joe\nS: 252 perhaps\nC: FOO bar\nS: 500 what\n"
          + bye),
      transcript: ["EHLO 250", "XEXCH50 354 250", "VRFY 252", "FOO 500", "QUIT 221"],
      verdict: "FOO refused, 500"),
  ]

  /// With acknowledgements and without.
  @Test(arguments: cases, [false, true]) func reads(_ test: SMTPCase, acknowledges: Bool) {
    var dialogue = test.dialogue
    dialogue.acknowledges = acknowledges
    let outcome = dialogue.run()
    #expect(outcome.session.transcript == test.transcript)
    #expect(outcome.session.verdict == test.verdict)
    #expect(outcome.session.messages.indices.map { outcome.text($0) } == test.messages)
    #expect(outcome.sink.events.count { $0.hasPrefix("end") } == test.messages.count)
  }

  /// What the record has no room for is counted, by its kind.
  @Test func recordIsLimited() {
    var options = SessionOptions()
    options.recordLimit = 20_000
    let refused = String(repeating: "C: AUTH PLAIN AGEAYg==\nS: 535 no\n", count: 500)
    let script = "S: 220 mx\nC: EHLO a.b\nS: 250-mx\nS: 250 AUTH PLAIN\n" + refused
    let session = Dialogue(.smtp, options: options, script).run().session
    #expect((3..<100).contains(session.exchanges.count))
    #expect(session.authentications.allSatisfy { $0.outcome == .rejected })
    #expect(session.dropped[.exchanges, default: 0] > 400)
    #expect(session.dropped[.authentications, default: 0] > 400)
  }

  @Test func commandsBeforeTheHandshakeAreCounted() throws {
    let noops = String(repeating: "NOOP\\r\\n", count: 500)
    let script =
      "S: 220 mx\nC~STARTTLS\\r\\n\(noops)\nS: 220 go\nC~\\x16\\x03\\x01\\x00\\x01\\x01\n"
    let session = Dialogue(.smtp, script).run().session
    let finding = try #require(session.findings.first { $0.code == .tlsCommandInjection })
    #expect(finding.text.hasSuffix("“NOOP”, “NOOP” and 490 more"))
  }

  @Test(arguments: cases) func splitsAgree(_ test: SMTPCase) {
    #expect(test.dialogue.firstDifference() == nil)
  }
}

extension Session {
  /// `MAIL 250`, `DATA 354 250`, `- 421`; a line without a code is `?`.
  var transcript: [String] {
    exchanges.map { exchange in
      let codes = exchange.replies.compactMap { $0.smtp.map { $0.code.map(String.init) ?? "?" } }
      return ([exchange.command?.verb ?? "-"] + codes).joined(separator: " ")
    }
  }
}

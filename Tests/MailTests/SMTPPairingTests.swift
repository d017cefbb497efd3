import Testing

import Fields
import TestSupport
@testable import Mail

/// Which reply answers which command where counting goes wrong.
@Suite struct SMTPPairingTests {
  static let hello = SMTPSessionTests.hello
  static let envelope = SMTPSessionTests.envelope
  static let bye = SMTPSessionTests.bye

  static let cases: [SMTPCase] = [
    SMTPCase(
      name: "the message is answered twice, a recipient refused later",
      dialogue: Dialogue(
        .smtp,
        hello + envelope
          + "C: DATA\nS: 354 go\nC: x\nC: .\nS: 250 2.0.0 Ok\nS: 250 2.0.0 Ok: id 1\n"
          + "C: MAIL FROM:<a@x.org>\nS: 250 2.1.0 ok\nC: RCPT TO:<n@y.org>\nS: 550 5.1.1 no\n" + bye
      ),
      transcript: [
        "EHLO 250", "MAIL 250", "RCPT 250", "DATA 354 250", "- 250", "MAIL 250", "RCPT 550",
        "QUIT 221",
      ],
      verdict: "delivered to 1 of 1", messages: ["x\r\n"]),
    SMTPCase(
      name: "the second answer comes when the client has gone on",
      dialogue: Dialogue(
        .smtp,
        hello + envelope
          + "C: DATA\nS: 354 go\nC: x\nC: .\nS: 250 2.0.0 Ok\nC: MAIL FROM:<a@x.org>\n"
          + "S- 250 2.0.0 Ok: id 1\nS: 250 2.1.0 ok\nC: RCPT TO:<n@y.org>\nS: 550 5.1.1 no\n" + bye),
      transcript: [
        "EHLO 250", "MAIL 250", "RCPT 250", "DATA 354 250", "MAIL 250", "- 250", "RCPT 550",
        "QUIT 221",
      ],
      verdict: "delivered to 1 of 1", messages: ["x\r\n"]),
    SMTPCase(
      name: "EHLO is answered twice, in a pipeline",
      dialogue: Dialogue(
        .smtp,
        "S: 220 mx\nC: EHLO a.b\nS: 250-mx\nS: 250 PIPELINING\nS: 250 mx\nC: MAIL FROM:<a@b.c>\nC: RCPT TO:<d@e.f>\nC: DATA\nS: 250 ok\nS: 550 no\nS: 503 no recipients\n"
          + bye),
      transcript: ["EHLO 250", "- 250", "MAIL 250", "RCPT 550", "DATA 503", "QUIT 221"],
      verdict: "DATA refused, 503"),
    SMTPCase(
      name: "one reply too many in a pipeline: DATA can be answered by 354 only",
      dialogue: Dialogue(
        .smtp,
        hello
          + "C: MAIL FROM:<a@b.c>\nC: RCPT TO:<d@e.f>\nC: RCPT TO:<g@e.f>\nC: DATA\nS: 250 2.1.0 ok\nS: 250 2.1.0 ok\nS: 250 2.1.5 ok\nS: 550 5.1.1 no\nS: 354 go\nC: x\nC: .\nS: 250 ok\n"
          + bye),
      transcript: [
        "EHLO 250", "MAIL 250", "- 250", "RCPT 250", "RCPT 550", "DATA 354 250", "QUIT 221",
      ],
      verdict: "delivered to 1 of 2, 550 5.1.1 for g@e.f", messages: ["x\r\n"]),
    SMTPCase(
      name: "STARTTLS is answered without a code",
      dialogue: Dialogue(
        .smtp, hello + "C: STARTTLS\nS: 4.7.0 TLS not available\n" + bye),
      transcript: ["EHLO 250", "STARTTLS ?", "QUIT 221"], verdict: "STARTTLS refused, 4.7.0"),
    SMTPCase(
      name: "RCPT is answered without a code, in a pipeline",
      dialogue: Dialogue(
        .smtp,
        hello
          + "C: MAIL FROM:<a@b.c>\nC: RCPT TO:<d@e.f>\nC: DATA\nS: 250 2.1.0 ok\nS: 4.7.1 later\nS: 503 no recipients\n"
          + bye),
      transcript: ["EHLO 250", "MAIL 250", "RCPT ?", "DATA 503", "QUIT 221"],
      verdict: "DATA refused, 503"),
    SMTPCase(
      name: "words before the answer",
      dialogue: Dialogue(.smtp, hello + "C: NOOP\nS: hello there\nS: 250 Ok\n" + bye),
      transcript: ["EHLO 250", "- ?", "NOOP 250", "QUIT 221"], verdict: "no message sent"),
    SMTPCase(
      name: "the greeting has no line end",
      dialogue: Dialogue(
        .smtp,
        "S~220 mx.example.org ESMTP\nC: EHLO a.b\nS: 250 mx\nC: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: YQ==\nS: 334 UGFzc3dvcmQ6\nC: Yg==\nS: 235 ok\n"
          + bye),
      transcript: ["EHLO 250", "AUTH 334 334 235", "QUIT 221"],
      verdict: "logged in, no message sent"),
    SMTPCase(
      name: "a challenge has no line end",
      dialogue: Dialogue(
        .smtp,
        hello
          + "C: AUTH LOGIN\nS~334 VXNlcm5hbWU6\nC: YQ==\nS: 334 UGFzc3dvcmQ6\nC: Yg==\nS: 235 ok\n"
          + bye),
      transcript: ["EHLO 250", "AUTH 334 334 235", "QUIT 221"],
      verdict: "logged in, no message sent"),
    SMTPCase(
      name: "the answer to the message has no line end, 600 seconds later another reply",
      dialogue: Dialogue(
        .smtp,
        hello + envelope
          + "C: DATA\nS: 354 go\nC: x\nC: .\nS~250 2.6.1 queued\nT 600\nS: 451 4.4.2 timeout\n"),
      transcript: ["EHLO 250", "MAIL 250", "RCPT 250", "DATA 354 250", "- 451"],
      verdict: "message of 3 bytes sent, the answer has no line end, outcome unknown",
      messages: ["x\r\n"]),
    SMTPCase(
      name: "a greeting of two codes",
      dialogue: Dialogue(.smtp, "S: 220-mx.example.org\nS: 521 go away\n" + bye),
      transcript: ["QUIT 221"], verdict: "refused at the greeting, 521"),
    SMTPCase(
      name: "DATA is refused, the message sent all the same",
      dialogue: Dialogue(
        .smtp,
        hello
          + "C: DATA\nS: 503 5.5.1 no\nC: Subject: x\nC: \nC: Hello\nC: .\nS: 500 a\nS: 500 b\nS: 500 c\nS: 500 d\n"
          + bye),
      transcript: ["EHLO 250", "DATA 503 500 500 500 500", "QUIT 221"],
      verdict: "DATA refused, 503 5.5.1"),
    SMTPCase(
      name: "DATA is refused, and the message has commands for words",
      dialogue: Dialogue(
        .smtp,
        hello
          + "C: DATA\nS: 503 no\nC: Subject: x\nC: \nC: HELP me\nC: please\nC: DATA\nC: NOOP\nC: .\nS: 500 a\nS: 500 b\nS: 214 c\nS: 500 d\nS: 503 e\nS: 250 f\nS: 500 g\n"
          + bye),
      transcript: ["EHLO 250", "DATA 503 500 500 214 500 503 250 500", "QUIT 221"],
      verdict: "DATA refused, 503"),
    SMTPCase(
      name: "a second greeting before EHLO",
      dialogue: Dialogue(.smtp, "S: 220 mx\nS: 220 mx\nC: EHLO a.b\nS: 250 mx\n" + bye),
      transcript: ["- 220", "EHLO 250", "QUIT 221"], verdict: "no message sent"),
    SMTPCase(
      name: "421 while a chunk is awaited is no verdict on it",
      dialogue: Dialogue(.smtp, hello + envelope + "C: BDAT 9 LAST\nC~ab\nT 300\nS: 421 timeout\n"),
      transcript: ["EHLO 250", "MAIL 250", "RCPT 250", "BDAT", "- 421"],
      verdict: "cut off in BDAT after 2 bytes", messages: ["ab"]),
    SMTPCase(
      name: "the message was sent before DATA was refused",
      dialogue: Dialogue(
        .smtp,
        hello
          + "C: DATA\nC: Subject: x\nC: \nC: Hello\nC: .\nC: QUIT\nS: 503 no\nS: 500 a\nS: 500 b\nS: 500 c\nS: 500 d\nS: 221 bye\n"
      ),
      transcript: ["EHLO 250", "DATA 503 500 500 500 500", "QUIT 221"], verdict: "DATA refused, 503"
    ),
    SMTPCase(
      name: "the server closes within a message of which it had nothing",
      dialogue: Dialogue(
        .smtp, hello + envelope + "C: DATA\nS: 354 go\nC: x\nC: .\nT 300\nS- 421 4.4.2 timeout\n"),
      transcript: ["EHLO 250", "MAIL 250", "RCPT 250", "DATA 354", "- 421"],
      verdict: "message of 3 bytes sent, outcome unknown", messages: ["x\r\n"]),
    SMTPCase(
      name: "the answers to a login that was refused",
      dialogue: Dialogue(
        .smtp,
        hello
          + "C: AUTH LOGIN\nC: YW5u\nC: czNjcmV0LXB3\nC: MAIL FROM:<a@b.c>\nS: 503 5.5.1 not enabled\nS: 502 5.5.2 what\nS: 502 5.5.2 what\nS: 250 ok\n"
          + bye),
      transcript: ["EHLO 250", "AUTH 503", "YW5U 502", "CZNJCMV0LXB3 502", "MAIL 250", "QUIT 221"],
      verdict: "login refused, 503 5.5.1"),
    SMTPCase(
      name: "the greeting is missing, EHLO was refused",
      dialogue: Dialogue(
        .smtp,
        "C: EHLO a.b\nS: 250-mx\nS: 250 AUTH LOGIN\nC: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: YQ==\nS: 535 no\n"
          + bye),
      transcript: ["EHLO 250", "AUTH 334 535", "QUIT 221"], verdict: "login refused for a, 535"),
    SMTPCase(
      name: "XEXCH50 in pieces, with what looks like commands",
      dialogue: Dialogue(
        .smtp,
        hello + envelope
          + "C: XEXCH50 12 2\nS: 354 Send binary data\nC~\\x00QUIT\nC~\\x01\\nDATA\\n\nS: 250 XEXCH50 OK\nC: DATA\nS: 354 go\nC: x\nC: .\nS: 250 ok\n"
          + bye),
      transcript: [
        "EHLO 250", "MAIL 250", "RCPT 250", "XEXCH50 354 250", "DATA 354 250", "QUIT 221",
      ],
      verdict: "delivered to 1 of 1", messages: ["x\r\n"]),
    SMTPCase(
      name: "LMTP, of which the server was captured",
      dialogue: Dialogue(
        .smtp,
        "S: 220 mx\nS: 250 mx\nS: 250 2.1.0 ok\nS: 250 2.1.5 ok\nS: 250 2.1.5 ok\nS: 354 go\nS: 250 2.0.0 <a@x.org> abc Saved\nS: 452 4.2.2 <b@x.org> Quota exceeded\nS: 221 bye\n"
      ),
      transcript: ["- 250", "- 250", "- 250", "- 250", "- 354", "- 250", "- 452", "- 221"],
      verdict:
        "only the server was captured: 1 recipient accepted, 1 recipient refused, 452 4.2.2 <b@x.org> Quota exceeded"
    ),
    SMTPCase(
      name: "the server alone, which refuses the message",
      dialogue: Dialogue(
        .smtp,
        "S: 220 mx\nS: 250 mx\nS: 250 2.1.0 ok\nS: 250 2.1.5 ok\nS: 354 go\nS: 554 5.7.1 spam\nS: 221 bye\n"
      ),
      transcript: ["- 250", "- 250", "- 250", "- 354", "- 554", "- 221"],
      verdict: "only the server was captured: 1 message refused, 554 5.7.1 spam"),
  ]

  @Test(arguments: cases) func pairs(_ test: SMTPCase) {
    var dialogue = test.dialogue
    dialogue.acknowledges = dialogue.steps.contains {
      if case .bytes(.client, _) = $0 { true } else { false }
    }
    let outcome = dialogue.run()
    #expect(outcome.session.transcript.sorted() == test.transcript.sorted())
    #expect(
      outcome.session.transcript.filter { !$0.hasPrefix("-") }
        == test.transcript.filter { !$0.hasPrefix("-") })
    #expect(outcome.session.verdict == test.verdict)
    #expect(outcome.session.messages.indices.map { outcome.text($0) } == test.messages)
    #expect(dialogue.firstDifference() == nil)
  }

  @Test func bothCodesOfAGreetingAreNamed() throws {
    let session = Dialogue(.smtp, "S: 220-mx.example.org\nS: 521 go away\n").run().session
    let finding = try #require(session.findings.first { $0.code == .smtpMultilineCodes })
    #expect(finding.text == "the lines of one reply have different codes: 220, 521")
    #expect(session.greeting?.smtp?.sentLines == ["220-mx.example.org", "521 go away"])
  }

  @Test func waitingIsTold() throws {
    var dialogue = Dialogue(.smtp, close: .open, Self.hello + "C: NOOP\nT 120\n")
    dialogue.steps.append(.bytes(.client, Array("RSET\r\n".utf8)))
    let findings = dialogue.run().session.findings.filter { $0.code == .smtpNoAnswer }
    #expect(
      findings.map(\.text) == ["NOOP was not answered; 2 min later the capture ended, or was idle"])
  }

  @Test func messageAfterARefusalIsOneFinding() throws {
    let message = String(repeating: "C: some text\n", count: 50)
    let replies = String(repeating: "S: 500 what\n", count: 51)
    let session = Dialogue(
      .smtp, Self.hello + "C: DATA\nS: 503 no\n" + message + "C: .\n" + replies + Self.bye
    ).run().session
    #expect(session.findings.map(\.code).filter { $0 == .smtpUnknownCommand } == [])
    let finding = try #require(session.findings.first { $0.code == .smtpSentAfterRefusal })
    #expect(finding.text.hasPrefix("DATA was refused (“503 no”), and 51 lines of a message"))
    let answers = session.exchanges.flatMap(\.answers)
    #expect(answers.map(\.kind) == [.refused])
    #expect(answers.map(\.lineCount) == [51])
    #expect(answers.map(\.length) == [50 * 11 + 3])
  }

  @Test func notReceived() throws {
    var dialogue = SMTPDialogue(.smtp, midstream: false, options: SessionOptions())
    var sink = NoMessageSink()
    var offsets: [Side: Int] = [:]
    let lines: [(Side, String)] = [
      (.server, "220 mx\r\n"), (.client, "MAIL FROM:<a@b.c>\r\n"), (.server, "250 ok\r\n"),
      (.client, "RCPT TO:<d@e.f>\r\n"), (.server, "250 ok\r\n"), (.client, "DATA\r\n"),
      (.server, "354 go\r\n"), (.client, "x\r\n.\r\n"),
    ]
    for (frame, line) in lines.enumerated() {
      let bytes = Array(line.1.utf8)
      _ = dialogue.receive(
        bytes.span, from: line.0,
        at: Position(frame: frame + 1, time: 0, streamOffset: offsets[line.0, default: 0]),
        to: &sink)
      offsets[line.0, default: 0] += bytes.count
    }
    dialogue.noteUnacknowledged(
      .client, 6, repetitions: 5, at: Position(frame: 9, time: 0, streamOffset: 0))
    let session = dialogue.finish(.reset, to: &sink)
    #expect(session.verdict == "message not received by the server, 6 bytes never acknowledged")
    let finding = try #require(session.findings.first { $0.code == .smtpNotReceived })
    #expect(finding.frame == 8)
    #expect(
      finding.text
        == "the last 6 bytes of the client were never acknowledged, though sent again 5 times: the server did not receive them"
    )
    #expect(session.messages.map(\.outcome) == [.incomplete])
  }

  @Test func errorsOfTokensAreWords() {
    #expect(
      BearerError.words(of: "{\"status\":\"400\",\"scope\" : \"https:\\/\\/a\"}")
        == "status 400, scope https://a")
    #expect(BearerError.words(of: "{\"code\": 401}") == "code 401")
    #expect(BearerError.words(of: "no") == "no")
    #expect(BearerError.words(of: "{}") == "{}")
  }
}

import Fields
import TestSupport
import Testing

@testable import Mail

@Suite struct FindingTests {
  static let hello = SMTPSessionTests.hello
  static let envelope = SMTPSessionTests.envelope
  static let bye = SMTPSessionTests.bye
  static let data = "C: DATA\nS: 354 go\n"
  static let taken = "S: 250 2.0.0 ok\n"

  /// A code, and a dialogue that has it. The same one with nothing wrong must not.
  static let cases: [(FindingCode, Dialogue)] = [
    (.gap, Dialogue(.smtp, hello + "C<5>\n" + bye)),
    (.oneSided, Dialogue(.smtp, "C: EHLO a.example\nC: QUIT\n")),
    (.midstream, Dialogue(.smtp, midstream: true, envelope)),
    (.smtpRolesChanged, Dialogue(.smtp, hello + "C: TURN\nS: 250 ok\nC: 220 a.example\n")),
    (.saslPlaintext, Dialogue(.smtp, hello + "C: AUTH PLAIN AGEAYg==\nS: 235 ok\n" + bye)),
    (
      .saslWeak, Dialogue(.smtp, hello + "C: AUTH CRAM-MD5\nS: 334 PDFAeD4=\nC: YSBi\nS: 235 ok\n")
    ),
    (.saslNotOffered, Dialogue(.smtp, hello + "C: AUTH NTLM\nS: 504 no\n" + bye)),
    (.saslBase64, Dialogue(.smtp, hello + "C: AUTH PLAIN !!!\nS: 501 no\n" + bye)),
    (.saslMalformed, Dialogue(.smtp, hello + "C: AUTH PLAIN YWJj\nS: 535 no\n" + bye)),
    (.saslCancelled, Dialogue(.smtp, hello + "C: AUTH PLAIN\nS: 334 \nC: *\nS: 501 ok\n" + bye)),
    (.saslRefused, Dialogue(.smtp, hello + "C: AUTH PLAIN AGEAYg==\nS: 535 5.7.8 no\n" + bye)),
    (.tlsNotUsed, Dialogue(.smtp, "S: 220 mx\nC: EHLO a.b\nS: 250-mx\nS: 250 STARTTLS\n" + bye)),
    (.tlsNotOffered, Dialogue(.smtp, hello + "C: STARTTLS\nS: 502 no\n" + bye)),
    (.tlsRefused, Dialogue(.smtp, hello + "C: STARTTLS\nS: 454 no\n" + bye)),
    (.tlsStripped, Dialogue(.smtp, "S: 220 mx\nC: EHLO a.b\nS: 250-mx\nS: 250 XXXXXXXA\n" + bye)),
    (
      .tlsCommandInjection,
      Dialogue(
        .smtp,
        steps: [
          .server("220 mx\r\n"), .client("STARTTLS\r\nNOOP evil\r\n"), .server("220 go\r\n"),
          .bytes(.client, [0x16, 3, 1, 0, 1, 1]),
        ])
    ),
    (
      .tlsReplyInjection,
      Dialogue(
        .smtp,
        steps: [
          .server("220 mx\r\n"), .client("STARTTLS\r\n"), .server("220 go\r\n250 evil\r\n"),
          .bytes(.client, [0x16, 3, 1, 0, 1, 1]),
        ])
    ),
    (.tlsStayedClear, Dialogue(.smtp, hello + "C: STARTTLS\nS: 220 go\nC: NOOP\nS: 250 ok\n")),
    (.smtpCommandBeforeGreeting, Dialogue(.smtp, "C: EHLO a.b\nS: 220 mx\nS: 250 mx\n" + bye)),
    (.smtpGreetingRefused, Dialogue(.smtp, "S: 554 5.7.1 no\n" + bye)),
    (.smtpMailBeforeHello, Dialogue(.smtp, "S: 220 mx\n" + envelope)),
    (.smtpRcptBeforeMail, Dialogue(.smtp, hello + "C: RCPT TO:<a@b.c>\nS: 503 no\n")),
    (.smtpDataBeforeRcpt, Dialogue(.smtp, hello + "C: DATA\nS: 503 no\n")),
    (.smtpNestedMail, Dialogue(.smtp, hello + envelope + "C: MAIL FROM:<a@b>\nS: 503 no\n")),
    (.smtpUnknownCommand, Dialogue(.smtp, hello + "C: FOO\nS: 500 what\n")),
    (.smtpArgument, Dialogue(.smtp, hello + "C: RSET now\nS: 250 ok\n")),
    (.smtpCutLine, Dialogue(.smtp, hello + "C~QUIT\n")),
    (
      .smtpLongCommand,
      Dialogue(.smtp, hello + "C: NOOP \(String(repeating: "x", count: 600))\nS: 250 ok\n")
    ),
    (
      .smtpLongReply,
      Dialogue(.smtp, hello + "C: NOOP\nS: 250 \(String(repeating: "x", count: 600))\n")
    ),
    (
      .smtpLongPath,
      Dialogue(
        .smtp, hello + "C: MAIL FROM:<\(String(repeating: "x", count: 65))@b.c>\nS: 250 ok\n")
    ),
    (
      .smtpLongTextLine,
      Dialogue(
        .smtp, hello + envelope + data + "C: \(String(repeating: "x", count: 999))\nC: .\n" + taken
      )
    ),
    (.smtpBareLFInCommand, Dialogue(.smtp, hello + "C~NOOP\\n\nS: 250 ok\n")),
    (.smtpBareCRInCommand, Dialogue(.smtp, hello + "C~NOOP\\rx\\r\\n\nS: 250 ok\n")),
    (.smtpBareLFInReply, Dialogue(.smtp, hello + "C: NOOP\nS~250 ok\\n\n")),
    (.smtpBareLFInData, Dialogue(.smtp, hello + envelope + data + "C~a\\nb\\r\\n\nC: .\n" + taken)),
    (.smtpBareCRInData, Dialogue(.smtp, hello + envelope + data + "C~a\\rb\\r\\n\nC: .\n" + taken)),
    (.smtpNULInData, Dialogue(.smtp, hello + envelope + data + "C~a\\x00b\\r\\n\nC: .\n" + taken)),
    (
      .smtpAmbiguousEnd,
      Dialogue(.smtp, hello + envelope + data + "C~a\\n.\\nmore\\r\\n\nC: .\n" + taken)
    ),
    (
      .smtpSmuggling,
      Dialogue(
        .smtp, hello + envelope + data + "C~a\\n.\\r\\n\nC: MAIL FROM:<e@v.il>\nC: .\n" + taken)
    ),
    (.smtpLenientEnd, Dialogue(.smtp, hello + envelope + data + "C~a\\n.\\r\\n\n" + taken)),
    (.smtpEightBitCommand, Dialogue(.smtp, hello + "C: MAIL FROM:<ä@b.c>\nS: 550 no\n")),
    (.smtpEightBitData, Dialogue(.smtp, hello + envelope + data + "C: ä\nC: .\n" + taken)),
    (
      .smtpDeclaredTooLarge,
      Dialogue(.smtp, hello + "C: MAIL FROM:<a@b.c> SIZE=10001\nS: 552 no\n")
    ),
    (
      .smtpTooLarge,
      Dialogue(
        .smtp,
        "S: 220 mx\nC: EHLO a.b\nS: 250-mx\nS: 250 SIZE 3\n" + envelope + data
          + "C: abc\nC: .\n" + taken)
    ),
    (
      .smtpSizeExceeded,
      Dialogue(
        .smtp,
        hello + "C: MAIL FROM:<a@b.c> SIZE=3\nS: 250 ok\nC: RCPT TO:<a@b.c>\nS: 250 ok\n"
          + data + "C: abc\nC: .\n" + taken)
    ),
    (
      .smtpPipeliningNotOffered,
      Dialogue(
        .smtp, "S: 220 mx\nC: EHLO a.b\nS: 250 mx\nC: RSET\nC: RSET\nS: 250 ok\nS: 250 ok\n")
    ),
    (
      .smtpMisplacedPipelining,
      Dialogue(.smtp, hello + "C: NOOP\nC: RSET\nS: 250 ok\nS: 250 ok\n")
    ),
    (
      .smtpDataNotAwaited,
      Dialogue(.smtp, hello + envelope + "C: DATA\nC: a\nC: .\nS: 354 go\n" + taken)
    ),
    (.smtpBadReplyLine, Dialogue(.smtp, hello + "C: NOOP\nS: hm\nS: 250 ok\n")),
    (.smtpMultilineCodes, Dialogue(.smtp, hello + "C: NOOP\nS: 250-a\nS: 251 b\n")),
    (.smtpReplyCode, Dialogue(.smtp, hello + "C: NOOP\nS: 199 a\n")),
    (.smtpEnhancedMismatch, Dialogue(.smtp, hello + "C: NOOP\nS: 250 5.1.1 a\n")),
    (
      .smtpUnexpectedReply,
      Dialogue(
        .smtp,
        steps: [
          .server("220 mx\r\n"), .client("EHLO a.b\r\n"), .server("250 mx\r\n250 again\r\n"),
          .pause(seconds: 5), .client("NOOP\r\n"), .server("250 ok\r\n"),
        ])
    ),
    (.smtpReplyAfterQuit, Dialogue(.smtp, hello + bye + "S: 250 ok\n")),
    (.smtpCommandAfterQuit, Dialogue(.smtp, hello + bye + "C: NOOP\n")),
    (.smtpNoQuit, Dialogue(.smtp, hello)),
    (.smtpDropped, Dialogue(.smtp, hello + envelope + data + "C: a\n")),
    (.smtpClosing, Dialogue(.smtp, hello + "S: 421 bye\n")),
    (.smtpHelloSyntax, Dialogue(.smtp, "S: 220 mx\nC: EHLO 192.0.2.1\nS: 250 mx\n" + bye)),
    (.smtpHelloName, Dialogue(.smtp, "S: 220 mx\nC: EHLO localhost\nS: 250 mx\n" + bye)),
    (.smtpMissingBrackets, Dialogue(.smtp, hello + "C: MAIL FROM:a@b.c\nS: 250 ok\n")),
    (.smtpBlankBeforePath, Dialogue(.smtp, hello + "C: MAIL FROM: <a@b.c>\nS: 250 ok\n")),
    (.smtpSourceRoute, Dialogue(.smtp, hello + "C: MAIL FROM:<@x,@y:a@b.c>\nS: 250 ok\n")),
    (.smtpPathSyntax, Dialogue(.smtp, hello + "C: MAIL <a@b.c>\nS: 501 no\n")),
    (.smtpParameter, Dialogue(.smtp, hello + "C: MAIL FROM:<a@b.c> SIZE=x\nS: 501 no\n")),
    (
      .smtpParameterNotOffered,
      Dialogue(.smtp, hello + "C: MAIL FROM:<a@b.c> RET=HDRS\nS: 555 no\n")
    ),
    (
      .smtpChunkingNotOffered,
      Dialogue(
        .smtp, "S: 220 mx\nC: EHLO a.b\nS: 250 mx\n" + envelope + "C: BDAT 0 LAST\nS: 250 ok\n")
    ),
    (.smtpChunkSize, Dialogue(.smtp, hello + envelope + "C: BDAT -1 LAST\nS: 501 no\n")),
    (
      .smtpStuffedChunk,
      Dialogue(.smtp, hello + envelope + "C: BDAT 6 LAST\nC: ..ab\nS: 250 ok\n")
    ),
    (
      .smtpMixedTransfer,
      Dialogue(
        .smtp, hello + envelope + "C: BDAT 2\nC: \nS: 250 ok\n" + data + "C: a\nC: .\n" + taken)
    ),
    (
      .smtpBinaryWithData,
      Dialogue(
        .smtp,
        hello + "C: MAIL FROM:<a@b.c> BODY=BINARYMIME\nS: 250 ok\nC: RCPT TO:<a@b.c>\n"
          + "S: 250 ok\n" + data + "C: a\nC: .\n" + taken)
    ),
    (.smtpRecipientRefused, Dialogue(.smtp, hello + envelope + "C: RCPT TO:<x@y.z>\nS: 550 no\n")),
    (.smtpSenderRefused, Dialogue(.smtp, hello + "C: MAIL FROM:<a@b.c>\nS: 550 no\n")),
    (
      .smtpAllRefused,
      Dialogue(
        .smtp, hello + "C: MAIL FROM:<a@b.c>\nS: 250 ok\nC: RCPT TO:<a@b.c>\nS: 550 no\n" + bye)
    ),
    (.smtpMessageRefused, Dialogue(.smtp, hello + envelope + data + "C: a\nC: .\nS: 554 no\n")),
    (.smtpTemporary, Dialogue(.smtp, hello + "C: MAIL FROM:<a@b.c>\nS: 451 later\n")),
    (
      .smtpSlowReply,
      Dialogue(
        .smtp,
        steps: [
          .server("220 mx\r\n"), .client("EHLO a.b\r\n"), .pause(seconds: 400),
          .server("250 mx\r\n"),
        ])
    ),
    (.smtpReplyWithoutEnd, Dialogue(.smtp, hello + "C: NOOP\nS~250 ok\n")),
    (.smtpNoAnswer, Dialogue(.smtp, hello + "C: NOOP\nT 9\n")),
    (.smtpDataMissing, Dialogue(.smtp, hello + "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nT 9\n")),
    (
      .smtpSentAfterRefusal,
      Dialogue(.smtp, hello + "C: DATA\nS: 503 no\nC: Subject: x\nC: .\nS: 500 a\nS: 500 b\n")
    ),
    (.lmtpWrongHello, Dialogue(.lmtp, "S: 220 mx LMTP\nC: EHLO a.b\nS: 500 no\n")),
    (
      .lmtpMissingReplies,
      Dialogue(
        .lmtp,
        "S: 220 mx LMTP\nC: LHLO a.b\nS: 250 mx\n" + envelope
          + "C: RCPT TO:<c@y.org>\nS: 250 ok\n" + data + "C: a\nC: .\n" + taken)
    ),
  ]

  @Test(arguments: cases) func isFound(_ code: FindingCode, _ dialogue: Dialogue) {
    let codes = dialogue.run().codes
    #expect(codes.contains(code.rawValue), "found \(codes)")
    #expect(dialogue.firstDifference() == nil)
  }

  /// Nothing is wrong with a proper session.
  @Test func nothingIsFoundInAProperSession() {
    let dialogue = Dialogue(
      .smtp,
      Self.hello + Self.envelope + Self.data + "C: Subject: x\nC: \nC: ..a\nC: .\n"
        + Self.taken + Self.bye)
    #expect(dialogue.run().session.findings == [])
  }

  @Test func everyTransportCodeHasItsCase() {
    let tested = Set(Self.cases.map(\.0))
    let transport: [FindingCode] = FindingCode.sasl + FindingCode.startTLS + FindingCode.smtp
    // What was not received the reader hears from what knows the segments.
    let missing = transport.filter { !tested.contains($0) && $0 != .smtpNotReceived }
    #expect(missing == [])
  }

  @Test func codesAreUniqueAndExplained() {
    let all = FindingCode.all
    #expect(Set(all).count == all.count)
    #expect(all.allSatisfy { !$0.explanation.isEmpty && !$0.reference.isEmpty })
  }

  @Test func smugglingNamesBothReadings() throws {
    let dialogue = Dialogue(
      .smtp,
      Self.hello + Self.envelope + Self.data
        + "C~a\\n.\\r\\n\nC: MAIL FROM:<e@v.il>\nC: RCPT TO:<b@y.org>\nC: DATA\nC: x\nC: .\n"
        + Self.taken
        + Self.bye)
    let finding = try #require(dialogue.run().session.findings.first { $0.code == .smtpSmuggling })
    #expect(
      finding.text
        == "LF.CRLF after 2 bytes of the message: this server read on to CRLF.CRLF; one that ends "
        + "the message at LF.CRLF would execute “MAIL FROM:<e@v.il>”, “RCPT TO:<b@y.org>”, “DATA”")
  }
}

import Fields
import Testing

@testable import Mail

@Suite struct RecognitionTests {
  static let cases: [(String, Side?, Recognition.Verdict)] = [
    ("220 mx.example.org ESMTP Postfix\r\n", nil, .mail(.smtp, .server)),
    ("220-mx.example.org\r\n220 ready\r\n", .server, .mail(.smtp, .server)),
    ("220 mx LMTP\r\n", nil, .mail(.lmtp, .server)),
    ("220 mail.example.com\r\n", nil, .mail(.smtp, .server)),
    ("554 5.7.1 no\r\n", nil, .mail(.smtp, .server)),
    ("EHLO x\r\n", nil, .mail(.smtp, .client)),
    ("helo x\r\n", .client, .mail(.smtp, .client)),
    ("LHLO x\r\n", nil, .mail(.lmtp, .client)),
    ("MAIL FROM:<a@b>\r\n", nil, .mail(.smtp, .client)),
    ("+OK Dovecot ready.\r\n", nil, .mail(.pop3, .server)),
    ("+OK <1896.697170952@dbc.mtview.ca.us>\r\n", .server, .mail(.pop3, .server)),
    ("CAPA\r\n", nil, .mail(.pop3, .client)),
    ("STLS\r\n", .client, .mail(.pop3, .client)),
    ("* OK [CAPABILITY IMAP4rev1] ready\r\n", nil, .mail(.imap, .server)),
    ("* PREAUTH hi\r\n", nil, .mail(.imap, .server)),
    ("* BYE later\r\n", nil, .mail(.imap, .server)),
    ("* 12 EXISTS\r\n", .server, .mail(.imap, .server)),
    ("a1 OK done it\r\n", .server, .mail(.imap, .server)),
    ("a001 CAPABILITY\r\n", nil, .mail(.imap, .client)),
    ("A1 LOGIN joe secret\r\n", nil, .mail(.imap, .client)),
    ("1 UID FETCH 1:* (FLAGS)\r\n", nil, .mail(.imap, .client)),
    ("\u{16}\u{3}\u{1}\u{0}\u{10}", nil, .tls),
    ("\u{16}\u{3}", nil, .undecided),
    ("\u{16}\u{9}\u{1}", nil, .other),
    ("USER joe\r\n", nil, .undecided),
    ("AUTH LOGIN\r\n", nil, .undecided),
    ("+OK\r\n", nil, .undecided),
    ("220 Welcome\r\n", nil, .undecided),
    ("220", nil, .undecided),
    ("EH", nil, .undecided),
    ("* O", nil, .undecided),
    ("", nil, .undecided),
    // Not mail.
    ("220 (vsFTPd 3.0.3)\r\n", nil, .other),
    ("220 ProFTPD Server ready.\r\n", nil, .other),
    ("220-FileZilla Server 1.0\r\n", nil, .other),
    ("220 ftp.example.org ready\r\n", nil, .other),
    ("200 news.example.org InterNetNews NNRP server ready\r\n", nil, .other),
    ("201 news.example.org (no posting)\r\n", nil, .other),
    ("*1\r\n$4\r\nPING\r\n", nil, .other),
    ("-ERR unknown command\r\n", nil, .other),
    ("+PONG\r\n", nil, .other),
    ("GET / HTTP/1.1\r\n", nil, .other),
    ("HTTP/1.1 200 OK\r\n", nil, .other),
    ("SSH-2.0-OpenSSH_9.6\r\n", nil, .other),
    ("SITE IDLE\r\n", .client, .other),
    ("FEAT CAPABILITY x\r\n", .client, .other),
    ("NICK joe\r\nUSER joe 0 * :joe\r\n", .client, .other),
    ("\u{0}\u{1}\u{2}", nil, .other),
    ("EHLO x\r\n", .server, .other),
  ]

  @Test(arguments: cases)
  func recognizes(_ text: String, _ side: Side?, _ verdict: Recognition.Verdict) {
    let bytes = Array(text.utf8)
    let found = Recognition.byContent(bytes.span, from: side)
    #expect(found == verdict)
  }

  /// What a prefix decides must not be decided otherwise with more bytes.
  @Test(arguments: cases)
  func prefixesDoNotContradict(_ text: String, _ side: Side?, _ verdict: Recognition.Verdict) {
    let bytes = Array(text.utf8)
    for count in 0..<bytes.count {
      let early = Recognition.byContent(bytes.span.extracting(first: count), from: side)
      #expect(early == .undecided || early == verdict, "after \(count) bytes")
    }
  }

  @Test func ports() {
    #expect(Recognition.byPort(50_000, 587)?.0 == .smtp)
    #expect(Recognition.byPort(50_000, 24)?.0 == .lmtp)
    #expect(Recognition.byPort(50_000, 993)?.implicitTLS == true)
    #expect(Recognition.byPort(50_000, 80) == nil)
  }
}

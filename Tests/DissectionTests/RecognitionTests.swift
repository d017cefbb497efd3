import Testing

import Fields
@testable import Dissection

@Suite struct RecognitionTests {
  static let cases: [(String, Side?, String)] = [
    ("220 mx.example.org ESMTP Postfix\r\n", nil, "smtp server"),
    ("220-mx.example.org\r\n220 ready\r\n", .server, "smtp server"),
    ("220 mx LMTP\r\n", nil, "lmtp server"),
    ("220 mail.example.com\r\n", nil, "smtp server"),
    ("554 5.7.1 no\r\n", nil, "smtp server"),
    ("EHLO x\r\n", nil, "smtp client"),
    ("helo x\r\n", .client, "smtp client"),
    ("LHLO x\r\n", nil, "lmtp client"),
    ("MAIL FROM:<a@b>\r\n", nil, "smtp client"),
    ("+OK Dovecot ready.\r\n", nil, "pop server"),
    ("+OK <1896.697170952@dbc.mtview.ca.us>\r\n", .server, "pop server"),
    ("CAPA\r\n", nil, "pop client"),
    ("STLS\r\n", .client, "pop client"),
    ("* OK [CAPABILITY IMAP4rev1] ready\r\n", nil, "imap server"),
    ("* PREAUTH hi\r\n", nil, "imap server"),
    ("* BYE later\r\n", nil, "imap server"),
    ("* 12 EXISTS\r\n", .server, "imap server"),
    ("a1 OK done it\r\n", .server, "imap server"),
    ("a001 CAPABILITY\r\n", nil, "imap client"),
    ("A1 LOGIN joe secret\r\n", nil, "imap client"),
    ("1 UID FETCH 1:* (FLAGS)\r\n", nil, "imap client"),
    ("\u{16}\u{3}\u{1}\u{0}\u{10}", nil, "tls"),
    ("\u{16}\u{3}", nil, "possible"),
    ("\u{16}\u{9}\u{1}", nil, "foreign"),
    ("USER joe\r\n", nil, "possible"),
    ("AUTH LOGIN\r\n", nil, "possible"),
    ("+OK\r\n", nil, "possible"),
    ("220 Welcome\r\n", nil, "possible"),
    ("220", nil, "possible"),
    ("EH", nil, "possible"),
    ("* O", nil, "possible"),
    ("", nil, "possible"),
    // Not mail.
    ("220 (vsFTPd 3.0.3)\r\n", nil, "foreign"),
    ("220 ProFTPD Server ready.\r\n", nil, "foreign"),
    ("220-FileZilla Server 1.0\r\n", nil, "foreign"),
    ("220 ftp.example.org ready\r\n", nil, "foreign"),
    ("200 news.example.org InterNetNews NNRP server ready\r\n", nil, "foreign"),
    ("201 news.example.org (no posting)\r\n", nil, "foreign"),
    ("*1\r\n$4\r\nPING\r\n", nil, "foreign"),
    ("-ERR unknown command\r\n", nil, "foreign"),
    ("+PONG\r\n", nil, "foreign"),
    ("GET / HTTP/1.1\r\n", nil, "http"),
    ("HTTP/1.1 200 OK\r\n", nil, "http"),
    ("SSH-2.0-OpenSSH_9.6\r\n", nil, "foreign"),
    ("SITE IDLE\r\n", .client, "foreign"),
    ("FEAT CAPABILITY x\r\n", .client, "foreign"),
    ("NICK joe\r\nUSER joe 0 * :joe\r\n", .client, "foreign"),
    ("\u{0}\u{1}\u{2}", nil, "foreign"),
    ("EHLO x\r\n", .server, "foreign"),
  ]

  @Test(arguments: cases)
  func recognizes(_ text: String, _ side: Side?, _ verdict: String) {
    let bytes = Array(text.utf8)
    let found = words(bytes.span, side)
    #expect(found == verdict)
  }

  /// What a prefix decides must not be decided otherwise with more bytes.
  @Test(arguments: cases)
  func prefixesDoNotContradict(_ text: String, _ side: Side?, _ verdict: String) {
    let bytes = Array(text.utf8)
    for count in 0..<bytes.count {
      let early = words(bytes.span.extracting(first: count), side)
      #expect(early == "possible" || early == verdict, "after \(count) bytes")
    }
  }

  private func words(_ prefix: Span<UInt8>, _ side: Side?) -> String {
    switch ProtocolRecognition.verdict(prefix, from: side, .bytes) {
    case .certain(let row, let speaker):
      row.name + (speaker.map { " \($0.rawValue)" } ?? "")
    case .possible: "possible"
    case .foreign: "foreign"
    }
  }

  @Test(
    arguments: [
      (587, "smtp", nil), (24, "lmtp", nil), (993, "tls", "imap"), (995, "tls", "pop"),
      (465, "tls", "smtp"), (80, "http", nil), (2525, "smtp", nil), (8025, nil, nil),
    ] as [(UInt16, String?, String?)])
  func ports(_ port: UInt16, _ spoken: String?, _ inside: String?) {
    let recognition = ProtocolRecognition(
      clientPort: 50_000, serverPort: port, knowsSides: true, RecognitionOptions())
    let decision = recognition.decide(isLast: true)
    #expect(decision?.spoken.name == spoken)
    #expect(decision?.inside?.name == inside)
  }

  /// tshark does not look for mail on 2525, nor for its greeting on any port.
  @Test func portsAlone() {
    var options = RecognitionOptions()
    options.policy = .ports
    var recognition = ProtocolRecognition(
      clientPort: 50_000, serverPort: 2525, knowsSides: true, options)
    recognition.see(Array("220 mx.example.org ESMTP\r\n".utf8), from: .server)
    #expect(recognition.decide(isLast: true)?.spoken == .data)
  }
}

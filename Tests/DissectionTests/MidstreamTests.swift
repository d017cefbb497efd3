import Fields
import Mail
import TestSupport
import Testing
import Wire

@testable import Dissection

/// Conversations whose handshake was not captured: who is the client, the words tell.
@Suite struct MidstreamTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    var clientPort: UInt16
    var serverPort: UInt16
    /// From the client: true.
    let lines: [(Bool, String)]
    let mailProtocol: MailProtocol
  }
  private static let smtp: [(Bool, String)] = [
    (false, "220 mx.example.org ESMTP\r\n"), (true, "EHLO client.example.net\r\n"),
    (false, "250 mx.example.org\r\n"), (true, "QUIT\r\n"), (false, "221 bye\r\n"),
  ]
  private static let pop: [(Bool, String)] = [
    (false, "+OK POP3 ready <1.2@example.org>\r\n"), (true, "CAPA\r\n"),
    (false, "+OK\r\nUSER\r\nUIDL\r\n.\r\n"), (true, "QUIT\r\n"), (false, "+OK\r\n"),
  ]
  private static let imap: [(Bool, String)] = [
    (false, "* OK IMAP4rev1 ready\r\n"), (true, "a1 CAPABILITY\r\n"),
    (false, "* CAPABILITY IMAP4rev1\r\na1 OK done\r\n"), (true, "a2 LOGOUT\r\n"),
    (false, "* BYE\r\na2 OK done\r\n"),
  ]

  @Test(arguments: [
    Case(
      testDescription: "SMTP, as the ports say", clientPort: 40_000, serverPort: 25, lines: smtp,
      mailProtocol: .smtp),
    Case(
      testDescription: "SMTP, the server's port is the higher one", clientPort: 2000,
      serverPort: 52_525, lines: smtp, mailProtocol: .smtp),
    Case(
      testDescription: "POP3, the server's port is the higher one", clientPort: 2000,
      serverPort: 51_100, lines: pop, mailProtocol: .pop3),
    Case(
      testDescription: "IMAP, the client's port is a well-known one", clientPort: 443,
      serverPort: 51_143, lines: imap, mailProtocol: .imap),
    Case(
      testDescription: "SMTP, the client speaks first", clientPort: 2000, serverPort: 52_525,
      lines: Array(smtp.dropFirst()), mailProtocol: .smtp),
  ])
  func sides(_ expected: Case) throws {
    let builder = SegmentBuilder(
      clientPort: expected.clientPort, serverPort: expected.serverPort)
    var pipeline = SessionPipeline(SessionRunOptions(), wantsDigests: false)
    var (client, server, frame) = (0, 0, 0)
    for (isFromClient, line) in expected.lines {
      let packet = builder.packet(
        fromClient: isFromClient, offset: isFromClient ? client : server, Array(line.utf8)[...],
        acknowledging: isFromClient ? server : client)
      if isFromClient { client += line.utf8.count } else { server += line.utf8.count }
      frame += 1
      pipeline.receive(
        packet.span,
        FrameFacts(
          number: frame, time: Int64(frame) * 1_000_000, wireLength: packet.count, linkType: 12))
    }
    pipeline.finish()
    let next = pipeline.next()
    let record = try #require(next)
    #expect(record.session.mailProtocol == expected.mailProtocol)
    #expect(record.session.midstream)
    #expect(record.client.port == expected.clientPort)
    #expect(record.server.port == expected.serverPort)
    #expect((record.clientBytes, record.serverBytes) == (client, server))
    let verbs = record.session.exchanges.compactMap { $0.command?.verb }
    #expect(verbs.last == (expected.mailProtocol == .imap ? "LOGOUT" : "QUIT"))
  }
}

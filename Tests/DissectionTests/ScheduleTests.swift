import Fields
import Foundation
import Mail
import TestSupport
import Testing
import Wire

@testable import Dissection

/// The same dialogue, however the network cut, shuffled, repeated and overlapped it, is the same session.
@Suite struct ScheduleTests {
  struct Script: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var port: UInt16
    /// In turns: who speaks, and what.
    var turns: [(side: Side, words: String)]
  }

  static let scripts = [
    Script(
      testDescription: "SMTP", port: 25,
      turns: [
        (.server, "220 mx.example.org ESMTP Postfix\r\n"), (.client, "EHLO a.example.net\r\n"),
        (.server, "250-mx.example.org\r\n250-PIPELINING\r\n250-CHUNKING\r\n250 8BITMIME\r\n"),
        (
          .client,
          "MAIL FROM:<a@example.net>\r\nRCPT TO:<b@example.org>\r\nRCPT TO:<c@example.org>\r\nDATA\r\n"
        ),
        (.server, "250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n550 5.1.1 No such user\r\n354 go ahead\r\n"),
        (.client, "Subject: hi\r\n\r\nline\r\n..dot\r\nend\r\n.\r\nMAIL FROM:<>\r\n"),
        (.server, "250 2.0.0 queued\r\n250 2.1.0 Ok\r\n"), (.client, "RCPT TO:<b@example.org>\r\n"),
        (.server, "250 2.1.5 Ok\r\n"),
        (.client, "BDAT 12\r\nSubject: x\r\nBDAT 9 LAST\r\n\r\nQUIT\r\n."),
        (.server, "250 2.0.0 12 bytes\r\n250 2.0.0 queued\r\n"), (.client, "QUIT\r\n"),
        (.server, "221 2.0.0 Bye\r\n"),
      ]),
    Script(
      testDescription: "POP3", port: 110,
      turns: [
        (.server, "+OK ready <1896.697170952@example.org>\r\n"), (.client, "CAPA\r\nUSER ann\r\n"),
        (.server, "+OK\r\nUIDL\r\nPIPELINING\r\n.\r\n+OK\r\n"), (.client, "PASS secret\r\n"),
        (.server, "+OK Logged in.\r\n"), (.client, "LIST\r\nRETR 1\r\nDELE 1\r\n"),
        (
          .server,
          "+OK 1 messages\r\n1 29\r\n.\r\n+OK 29 octets\r\nSubject: hi\r\n\r\n..dot\r\nend\r\n.\r\n+OK\r\n"
        ),
        (.client, "QUIT\r\n"), (.server, "+OK Logging out\r\n"),
      ]),
    Script(
      testDescription: "IMAP", port: 143,
      turns: [
        (.server, "* OK [CAPABILITY IMAP4rev1 LITERAL+] ready\r\n"),
        (.client, "a1 LOGIN {3+}\r\nann \"se\\\"cret\"\r\na2 SELECT INBOX\r\n"),
        (.server, "a1 OK in\r\n* 2 EXISTS\r\n* FLAGS (\\Seen)\r\na2 OK [READ-WRITE] done\r\n"),
        (.client, "a3 UID FETCH 1:2 (FLAGS BODY[])\r\na4 NOOP\r\n"),
        (
          .server,
          "* 1 FETCH (UID 7 FLAGS () BODY[] {12}\r\nSubject: x\r\n)\r\n* 2 FETCH (UID 9 BODY[] {5}\r\na4 OK FLAGS (\\Seen))\r\na3 OK done\r\na4 OK done\r\n"
        ),
        (.client, "a5 APPEND INBOX {14}\r\n"), (.server, "+ go\r\n"),
        (.client, "Subject: y\r\n\r\n\r\na6 LOGOUT\r\n"),
        (.server, "a5 OK appended\r\n* BYE\r\na6 OK bye\r\n"),
      ]),
  ]

  /// Times the whole run of schedules of one script; 3 × 3,400 are over 10,000.
  static let schedules = 3_400

  @Test(arguments: scripts.indices) func sameSession(_ script: Int) throws {
    let script = Self.scripts[script]
    let expected = Self.session(of: script, Self.inOneGo(script))
    #expect(expected.contains("\"verdict\""))
    #expect(!expected.contains("capture.gap"))
    for schedule in 0..<Self.schedules {
      var random = SeededGenerator(round: schedule)
      let actual = Self.session(of: script, Self.torn(script, &random))
      if actual != expected {
        Issue.record(
          """
          \(script.testDescription), \(SeededGenerator.replay), schedule \(schedule):
          \(actual)
          \(expected)
          """)
        return
      }
    }
  }

  // MARK: Schedules

  /// Each turn as one segment.
  private static func inOneGo(_ script: Script) -> [[UInt8]] {
    var packets = handshake(script), offsets: [Side: Int] = [:]
    let builder = SegmentBuilder(serverPort: script.port)
    for (side, words) in script.turns {
      packets.append(
        builder.packet(
          fromClient: side == .client, offset: offsets[side, default: 0], Array(words.utf8)[...],
          acknowledging: offsets[side.other, default: 0]))
      offsets[side, default: 0] += words.utf8.count
    }
    return packets + goodbye(script, offsets)
  }

  /// Each turn torn into segments that come in any order, some twice, some with bytes of their neighbours.
  private static func torn(_ script: Script, _ random: inout SeededGenerator) -> [[UInt8]] {
    var packets = handshake(script), offsets: [Side: Int] = [:]
    let builder = SegmentBuilder(serverPort: script.port)
    for (side, words) in script.turns {
      let bytes = Array(words.utf8), start = offsets[side, default: 0]
      var cuts = (0..<Int.random(in: 0...5, using: &random)).map { _ in
        Int.random(in: 0...bytes.count, using: &random)
      }
      cuts = ([0] + cuts + [bytes.count]).sorted()
      var pieces = zip(cuts, cuts.dropFirst()).map { $0..<$1 }.filter { !$0.isEmpty }
      for _ in 0..<Int.random(in: 0...2, using: &random) {
        if let piece = pieces.randomElement(using: &random) { pieces.append(piece) }
      }
      for _ in 0..<Int.random(in: 0...2, using: &random) {
        let low = Int.random(in: 0..<bytes.count, using: &random)
        pieces.append(low..<Int.random(in: low + 1...bytes.count, using: &random))
      }
      pieces.shuffle(using: &random)
      for piece in pieces {
        packets.append(
          builder.packet(
            fromClient: side == .client, offset: start + piece.lowerBound, bytes[piece],
            acknowledging: offsets[side.other, default: 0]))
      }
      offsets[side] = start + bytes.count
    }
    return packets + goodbye(script, offsets)
  }

  private static func handshake(_ script: Script) -> [[UInt8]] {
    let builder = SegmentBuilder(serverPort: script.port)
    return [
      builder.packet(fromClient: true, offset: 0, flags: [.syn]),
      builder.packet(fromClient: false, offset: 0, flags: [.syn, .acknowledgment]),
      builder.packet(fromClient: true, offset: 0, flags: [.acknowledgment]),
    ]
  }

  private static func goodbye(_ script: Script, _ offsets: [Side: Int]) -> [[UInt8]] {
    let builder = SegmentBuilder(serverPort: script.port)
    return [Side.server, .client].map {
      builder.packet(
        fromClient: $0 == .client, offset: offsets[$0, default: 0],
        acknowledging: offsets[$0.other, default: 0], flags: [.fin, .acknowledgment])
    }
  }

  // MARK: Sessions

  /// The session's JSON without what tells where in the capture something lay.
  private static func session(of script: Script, _ packets: [[UInt8]]) -> String {
    var pipeline = SessionPipeline(SessionRunOptions(), wantsDigests: true)
    for (number, packet) in packets.enumerated() {
      // All at one moment: times are not what is compared.
      pipeline.receive(
        packet.span,
        FrameFacts(number: number + 1, time: 0, wireLength: packet.count, linkType: 12))
    }
    pipeline.finish()
    var view = SessionsJSON(lines: true, showsSecrets: true)
    var text = TextBuffer()
    while let record = pipeline.next() { view.write(record, to: &text) }
    return text.string
      .replacing(#/"(frame|frames|first|last)":\d+,?/#, with: "")
      .replacing(#/"frames":\{[^}]*\},?/#, with: "")
  }
}

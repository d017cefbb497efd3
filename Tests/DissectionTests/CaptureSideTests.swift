import Fields
import Foundation
import Mail
import TestSupport
import Testing
import Wire

@testable import Dissection

/// What the two sides had, and when, is read from their acknowledgements: whatever the clocks, the copies, the probes.
@Suite struct CaptureSideTests {
  typealias Frames = [(bytes: [UInt8], time: Int64)]

  struct Talk: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var port: UInt16
    var turns: [(side: Side, text: String)]
  }
  static let talks = [
    Talk(
      testDescription: "SMTP", port: 25,
      turns: [
        (.server, "220 mx.example.org ESMTP\r\n"), (.client, "EHLO a.example.net\r\n"),
        (.server, "250-mx.example.org\r\n250 PIPELINING\r\n"),
        (.client, "MAIL FROM:<ann@example.net>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\n"),
        (.server, "250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n354 Go on\r\n"),
        (.client, "Subject: x\r\n\r\nPay 100 EUR.\r\n.\r\n"), (.server, "250 2.0.0 Queued\r\n"),
        (.client, "QUIT\r\n"), (.server, "221 2.0.0 Bye\r\n"),
      ]),
    Talk(
      testDescription: "POP3", port: 110,
      turns: [
        (.server, "+OK ready\r\n"), (.client, "USER ann\r\n"), (.server, "+OK\r\n"),
        (.client, "PASS x-s3cret\r\n"), (.server, "+OK in\r\n"), (.client, "RETR 1\r\n"),
        (.server, "+OK 28 octets\r\nSubject: x\r\n\r\nPay 100 EUR.\r\n.\r\n"),
        (.client, "QUIT\r\n"), (.server, "+OK bye\r\n"),
      ]),
    Talk(
      testDescription: "IMAP", port: 143,
      turns: [
        (.server, "* OK IMAP4rev1 ready\r\n"), (.client, "a1 LOGIN ann x-s3cret\r\n"),
        (.server, "a1 OK in\r\n"), (.client, "a2 SELECT INBOX\r\n"),
        (.server, "* 1 EXISTS\r\na2 OK [READ-WRITE] done\r\n"), (.client, "a3 IDLE\r\n"),
        (.server, "+ idling\r\n"), (.client, "DONE\r\n"), (.server, "a3 OK done\r\n"),
        (.client, "a4 LOGOUT\r\n"), (.server, "* BYE\r\na4 OK bye\r\n"),
      ]),
    Talk(
      testDescription: "ManageSieve", port: 4190,
      turns: [
        (.server, "\"IMPLEMENTATION\" \"x\"\r\n\"SASL\" \"PLAIN\"\r\nOK ready\r\n"),
        (.client, "CAPABILITY\r\n"), (.server, "\"IMPLEMENTATION\" \"x\"\r\nOK\r\n"),
        (.client, "LOGOUT\r\n"), (.server, "OK \"bye\"\r\n"),
      ]),
  ]

  private static func play(
    _ talk: Talk, _ change: (Int, inout MadeConversation) -> Void = { _, _ in }
  ) -> MadeConversation {
    var made = MadeConversation(serverPort: talk.port)
    made.open()
    for (index, turn) in talk.turns.enumerated() {
      change(index, &made)
      made.say(turn.side, turn.text, after: 0.02)
    }
    made.close(.client)
    return made
  }

  /// What was said, line by line, and what was found, without frames and times.
  private static func account(_ result: MadeConversation.Result) -> [String] {
    result.records.flatMap { record in
      let lines = TranscriptLines(
        record.session, SecretMask(record.session, showsSecrets: true))
      return [record.verdict]
        + lines.all.map { "\($0.side.rawValue): \(lines.string($0.text))" }
        + record.session.findings.map { "\($0.code.rawValue): \($0.text)" }
    }
  }

  private static func rows(_ frames: Frames, _ options: PacketOptions = PacketOptions()) -> [String]
  {
    var description = DescribedFrames(options, wantsTree: true)
    return frames.enumerated().map { number, frame in
      description.describe(
        frame.bytes.span,
        FrameFacts(
          number: number + 1, time: frame.time, wireLength: frame.bytes.count, linkType: 12))
      var info = TextBuffer()
      description.tree.columns.writeProtocol(to: &info)
      info.write(" ")
      info.write(description.tree.columns.info.bytes[...])
      return info.string
    }
  }

  // MARK: Two clocks

  @Test func caseOfTwoTaps() throws {
    let session = try SMTPCaseTests.session("two-taps")
    #expect(session["verdict"].string == "delivered to 1 of 1")
    #expect(session["findings"].array.isEmpty)
    #expect(
      SMTPCaseTests.exchanges(session) == [
        "EHLO 250", "MAIL 250", "RCPT 250", "DATA 354 250", "QUIT 221",
      ])
  }

  @Test(arguments: talks) func twoClocks(_ talk: Talk) {
    let made = Self.play(talk)
    let plain = Self.account(made.read())
    #expect(plain.count > talk.turns.count)
    for late in [Side.client, .server] {
      for skew in [0.03, 0.2, 1.5] {
        let own = late == .client ? made.builder.client : made.builder.server
        let shifted = made.frames.map { frame in
          let isLate = Array(frame.bytes[12..<16]) == own.address
          return (bytes: frame.bytes, time: frame.time + (isLate ? Int64(skew * 1e9) : 0))
        }
        let order = shifted.indices.sorted { (shifted[$0].time, $0) < (shifted[$1].time, $1) }
        let result = MadeConversation.read(order.map { shifted[$0] })
        #expect(Self.account(result) == plain, "\(late.rawValue) \(skew) s late")
      }
    }
  }

  /// What is further apart than the option says is not waited for; with it, the session is whole.
  @Test func skewOfTheOption() {
    let made = Self.play(Self.talks[0])
    let plain = Self.account(made.read())
    let shifted = made.frames.map { frame in
      let isClient = Array(frame.bytes[12..<16]) == made.builder.client.address
      return (bytes: frame.bytes, time: frame.time + (isClient ? 10_000_000_000 : 0))
    }
    let order = shifted.indices.sorted { (shifted[$0].time, $0) < (shifted[$1].time, $1) }
    var options = SessionRunOptions()
    options.streams.clockSkew = 20_000_000_000
    #expect(Self.account(MadeConversation.read(order.map { shifted[$0] }, options)) == plain)
  }

  // MARK: Copies

  @Test func caseOfTwoCopies() throws {
    let capture = Fixtures.folder.appending(path: "cases/repeat-with-other-bytes.pcap")
    var texts: [String] = []
    var sums: [String] = []
    for lastWins in [false, true] {
      var packets = PacketOptions()
      packets.lastCopyWins = lastWins
      var output = MemoryOutput()
      try PacketRun.run(CaptureSource(paths: [capture.path]), packets, PacketList(), to: &output)
      texts.append(output.string)
      var sessions = SessionRunOptions()
      sessions.lastCopyWins = lastWins
      var view = SessionsJSON()
      var document = MemoryOutput()
      try SessionRun.run(CaptureSource(paths: [capture.path]), sessions, &view, to: &document)
      let json = try JSON(text: document.string)
      sums += json["messages"].array.compactMap { $0["sha256"].string }
      let session = try #require(json["sessions"].array.first)
      #expect(SMTPCaseTests.finding("capture.overlap-differs", session)?["frame"].int == 23)
    }
    #expect(texts[0].contains("please pay 900.70 EUR") && !texts[0].contains("100.00"))
    #expect(texts[1].contains("please pay 100.00 EUR") && !texts[1].contains("900.70"))
    #expect(Set(sums).count == 2)
  }

  @Test func firstPassNeedsAFile() {
    var options = PacketOptions()
    options.lastCopyWins = true
    var output = MemoryOutput()
    #expect(throws: RunError.self) {
      try PacketRun.run(CaptureSource(paths: ["-"]), options, PacketList(), to: &output)
    }
  }

  /// A command or an answer that comes again with other bytes, before and after it was acknowledged.
  @Test(arguments: talks) func otherBytes(_ talk: Talk) {
    for side in [Side.client, .server] {
      for isAcknowledged in [false, true] {
        guard let turn = talk.turns.lastIndex(where: { $0.side == side }) else { continue }
        let text = talk.turns[turn].text
        let other = Array(text.utf8).map { $0 == UInt8(ascii: "e") ? UInt8(ascii: "E") : $0 }
        let changed = String(decoding: other, as: UTF8.self) == text
        var made = MadeConversation(serverPort: talk.port)
        made.open()
        for (side, text) in talk.turns[..<turn] { made.say(side, text) }
        made.send(side, Array(text.utf8), [.acknowledgment, .push])
        if isAcknowledged { made.send(side.other) }
        made.repeatLast(side, changed ? Self.another(text) : other)
        made.send(side.other)
        for (side, text) in talk.turns[(turn + 1)...] { made.say(side, text) }
        made.close(.client)
        for lastWins in [false, true] {
          var options = SessionRunOptions()
          options.lastCopyWins = lastWins
          let lines = Self.account(made.read(options))
          #expect(
            lines.count { $0.hasPrefix("capture.overlap-differs") } == 1,
            "\(side.rawValue) \(isAcknowledged)")
          let takesFirst = !lastWins || isAcknowledged
          let first = text.split(separator: "\r\n").last.map(String.init) ?? ""
          #expect(lines.contains { $0.hasSuffix(first) } == takesFirst, "\(lines)")
        }
      }
    }
  }

  private static func another(_ text: String) -> [UInt8] {
    Array(text.utf8).map { $0 >= 0x41 && $0 <= 0x5a ? $0 | 0x20 : $0 }
  }

  // MARK: Probes

  /// A keep-alive sends any byte before the next one.
  @Test(arguments: talks) func keepAlive(_ talk: Talk) {
    let plain = Self.account(Self.play(talk).read())
    for side in [Side.client, .server] {
      for turn in talk.turns.indices {
        let made = Self.play(talk) { index, made in
          guard index == turn else { return }
          for _ in 0..<2 {
            made.keepAlive(side, 0xff)
            made.send(side.other)
          }
        }
        #expect(Self.account(made.read()) == plain, "\(side.rawValue) before turn \(turn)")
        let rows = Self.rows(made.frames)
        #expect(!rows.contains { $0.contains("\\377") }, "\(side.rawValue) before turn \(turn)")
      }
    }
  }

  // MARK: Frames

  /// No finding and no gap names a frame that is not there.
  @Test func framesAreReal() throws {
    let folders = ["crafted", "degraded", "cases"]
    for folder in folders {
      for capture in Fixtures.captures(below: Fixtures.folder.appending(path: folder)) {
        guard let document = try? Fixtures.sessions(of: capture) else { continue }
        for session in document["sessions"].array {
          for entry in session["findings"].array + session["gaps"].array {
            #expect(entry["frame"].int ?? 0 > 0, "\(capture.lastPathComponent)")
          }
        }
      }
    }
  }
}

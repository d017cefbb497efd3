import Applications
import Fields
import Foundation
import Mail
import TestSupport
import Testing
import Wire

@testable import Dissection

/// What proxies say before a dialogue is shown, and the dialogue is read as if they had said nothing.
@Suite struct ProxyTests {
  typealias Turns = [(side: Side, bytes: [UInt8])]

  static let password = "s3cret-of-ann"
  private static let name = Array("mx.example.org".utf8)
  private static let named = [3, UInt8(name.count)] + name
  static let header = Array("PROXY TCP4 198.51.100.7 192.0.2.25 51000 25\r\n".utf8)
  private static let binary: [UInt8] =
    [0x0d, 0x0a, 0x0d, 0x0a, 0, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]

  private static func text(_ words: String) -> [UInt8] { Array(words.utf8) }

  struct Prelude: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// As the JSON has it: kind, client, server.
    var proxy: String
    var turns: Turns
  }

  static let preludes = [
    Prelude(
      testDescription: "version 1",
      proxy: "proxy-v1 198.51.100.7:51000 192.0.2.25:25", turns: [(.client, header)]),
    Prelude(
      testDescription: "version 1, IPv6", proxy: "proxy-v1 2001:db8::7:51000 2001:db8::25:25",
      turns: [(.client, text("PROXY TCP6 2001:db8::7 2001:db8::25 51000 25\r\n"))]),
    Prelude(
      testDescription: "version 1, unknown", proxy: "proxy-v1 - -",
      turns: [(.client, text("PROXY UNKNOWN\r\n"))]),
    Prelude(
      testDescription: "version 2", proxy: "proxy-v2 198.51.100.7:51000 192.0.2.25:25",
      turns: [
        (
          .client,
          binary + [0x21, 0x11, 0, 15, 198, 51, 100, 7, 192, 0, 2, 25, 0xc7, 0x38, 0, 25, 4, 0, 0]
        )
      ]),
    Prelude(
      testDescription: "version 2, local", proxy: "proxy-v2 - -",
      turns: [(.client, binary + [0x20, 0, 0, 0])]),
    Prelude(
      testDescription: "version 2, UNIX", proxy: "proxy-v2 /c:- /s:-",
      turns: [
        (
          .client,
          binary + [0x21, 0x31, 0, 216] + text("/c") + Array(repeating: 0, count: 106) + text("/s")
            + Array(repeating: 0, count: 106)
        )
      ]),
    Prelude(
      testDescription: "SOCKS 4", proxy: "socks4 - 192.0.2.25:25",
      turns: [
        (.client, [4, 1, 0, 25, 192, 0, 2, 25] + text("ann\0")),
        (.server, [0, 90, 0, 25, 192, 0, 2, 25]),
      ]),
    Prelude(
      testDescription: "SOCKS 4a", proxy: "socks4 - mx.example.org:110",
      turns: [
        (.client, [4, 1, 0, 110, 0, 0, 0, 1, 0] + name + [0]),
        (.server, [0, 90, 0, 0, 0, 0, 0, 0]),
      ]),
    Prelude(
      testDescription: "SOCKS 5", proxy: "socks5 - mx.example.org:25",
      turns: [
        (.client, [5, 1, 0]), (.server, [5, 0]), (.client, [5, 1, 0] + named + [0, 25]),
        (.server, [5, 0, 0, 1, 192, 0, 2, 25, 0, 25]),
      ]),
    Prelude(
      testDescription: "SOCKS 5 with a password", proxy: "socks5 - 2001:db8::19:143",
      turns: [
        (.client, [5, 2, 0, 2]), (.server, [5, 2]),
        (.client, [1, 3] + text("ann") + [UInt8(password.utf8.count)] + text(password)),
        (.server, [1, 0]),
        (
          .client,
          [5, 1, 0, 4, 0x20, 1, 0x0d, 0xb8] + Array(repeating: 0, count: 11) + [0x19, 0, 143]
        ), (.server, [5, 0, 0] + named + [0, 143]),
      ]),
    Prelude(
      testDescription: "CONNECT", proxy: "http-connect - mx.example.org:587",
      turns: [
        (
          .client,
          text(
            "CONNECT mx.example.org:587 HTTP/1.1\r\nHost: mx.example.org:587\r\n"
              + "Proxy-Authorization: Basic \(password)\r\n\r\n")
        ), (.server, text("HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n")),
      ]),
    Prelude(
      testDescription: "CONNECT, asked for a password", proxy: "http-connect - 2001:db8::19:143",
      turns: [
        (.client, text("CONNECT [2001:db8::19]:143 HTTP/1.0\r\n\r\n")),
        (.server, text("HTTP/1.0 407 Who are you?\r\nContent-Length: 4\r\n\r\nno!\n")),
        (.client, text("CONNECT [2001:db8::19]:143 HTTP/1.0\r\nA: b\r\n\r\n")),
        (.server, text("HTTP/1.0 200 OK\r\n\r\n")),
      ]),
    Prelude(
      testDescription: "a header, then SOCKS 5",
      proxy: "proxy-v1 198.51.100.7:51000 mx.example.org:25",
      turns: [
        (.client, header), (.client, [5, 1, 0]), (.server, [5, 0]),
        (.client, [5, 1, 0] + named + [0, 25]),
        (.server, [5, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
      ]),
  ]

  static let dialogues: [Turns] = [
    [
      (.server, text("220 mx.example.org ESMTP\r\n")), (.client, text("EHLO a.example.net\r\n")),
      (.server, text("250-mx.example.org\r\n250 8BITMIME\r\n")),
      (.client, text("MAIL FROM:<a@example.net>\r\n")), (.server, text("250 2.1.0 Ok\r\n")),
      (.client, text("RCPT TO:<b@example.org>\r\n")), (.server, text("550 5.1.1 No\r\n")),
      (.client, text("QUIT\r\n")), (.server, text("221 2.0.0 Bye\r\n")),
    ],
    [
      (.server, text("+OK ready\r\n")), (.client, text("USER ann\r\n")), (.server, text("+OK\r\n")),
      (.client, text("PASS \(password)\r\n")), (.server, text("+OK in\r\n")),
      (.client, text("QUIT\r\n")), (.server, text("+OK bye\r\n")),
    ],
    [
      (.server, text("* OK IMAP4rev1 ready\r\n")),
      (.client, text("a1 LOGIN ann \(password)\r\n")), (.server, text("a1 OK in\r\n")),
      (.client, text("a2 LOGOUT\r\n")), (.server, text("* BYE\r\na2 OK bye\r\n")),
    ],
  ]

  /// The packets of a conversation, a turn in each.
  private static func packets(_ turns: Turns, port: UInt16 = 2626) -> [[UInt8]] {
    let builder = SegmentBuilder(serverPort: port)
    var offsets: [Side: Int] = [:]
    var packets = [
      builder.packet(fromClient: true, offset: 0, flags: [.syn]),
      builder.packet(fromClient: false, offset: 0, flags: [.syn, .acknowledgment]),
    ]
    for (side, bytes) in turns {
      packets.append(
        builder.packet(
          fromClient: side == .client, offset: offsets[side, default: 0], bytes[...],
          acknowledging: offsets[side.other, default: 0]))
      offsets[side, default: 0] += bytes.count
    }
    return packets
      + [Side.server, .client].map {
        builder.packet(
          fromClient: $0 == .client, offset: offsets[$0, default: 0],
          acknowledging: offsets[$0.other, default: 0], flags: [.fin, .acknowledgment])
      }
  }

  private static func records(_ packets: [[UInt8]]) -> [SessionRecord] {
    var pipeline = pipeline(packets)
    var records: [SessionRecord] = []
    while let record = pipeline.next() { records.append(record) }
    return records
  }

  private static func attempts(_ pipeline: borrowing SessionPipeline) -> [Attempt] {
    var summary = CaptureSummary()
    pipeline.complete(&summary)
    return summary.attempts
  }

  /// The pipeline after all packets.
  private static func pipeline(_ packets: [[UInt8]]) -> SessionPipeline {
    var pipeline = SessionPipeline(SessionRunOptions(), wantsDigests: true)
    for (number, packet) in packets.enumerated() {
      pipeline.receive(
        packet.span,
        FrameFacts(number: number + 1, time: 0, wireLength: packet.count, linkType: 12))
    }
    pipeline.finish()
    return pipeline
  }

  private static func json(_ record: SessionRecord, showsSecrets: Bool = false) -> String {
    var view = SessionsJSON(lines: true, showsSecrets: showsSecrets)
    var text = TextBuffer()
    view.write(record, to: &text)
    // What the order of sessions decides.
    var places = SessionPlaces()
    var filled = TextBuffer()
    try? places.fill(text.span, to: &filled)
    return filled.string
  }

  /// The same without what proxies said, and what tells where in the capture something lay.
  private static func dialogue(_ record: SessionRecord) -> String {
    var record = record
    record.proxies = []
    return json(record, showsSecrets: true).replacing(
      #/"(frame|frames|first|last)":\d+,?/#, with: "")
  }

  private static func proxy(_ record: SessionRecord) throws -> String {
    let proxy = try JSON(text: json(record))["proxy"]
    func end(_ name: String) -> String {
      guard let address = proxy[name]["address"].string else { return "-" }
      return "\(address):\(proxy[name]["port"].int.map { "\($0)" } ?? "-")"
    }
    return "\(proxy["kind"].string ?? "-") \(end("client")) \(end("server"))"
  }

  // MARK: Whole

  @Test(arguments: preludes) func dialogueAsWithout(_ prelude: Prelude) throws {
    for dialogue in Self.dialogues {
      let plain = try #require(Self.records(Self.packets(dialogue)).first)
      let record = try #require(Self.records(Self.packets(prelude.turns + dialogue)).first)
      #expect(try Self.proxy(record) == prelude.proxy)
      #expect(Self.dialogue(record) == Self.dialogue(plain))
      #expect(!Self.json(record).contains(Self.password))
    }
  }

  @Test(arguments: preludes) func cutAtEveryByte(_ prelude: Prelude) throws {
    let dialogue = Self.dialogues[1]
    let plain = Self.dialogue(try #require(Self.records(Self.packets(dialogue)).first))
    for turn in prelude.turns.indices {
      let (side, bytes) = prelude.turns[turn]
      for cut in 1..<bytes.count {
        var turns = prelude.turns
        turns.replaceSubrange(
          turn...turn, with: [(side, Array(bytes[..<cut])), (side, Array(bytes[cut...]))])
        let record = try #require(Self.records(Self.packets(turns + dialogue)).first)
        #expect(try Self.proxy(record) == prelude.proxy, "turn \(turn), cut at \(cut)")
        #expect(Self.dialogue(record) == plain, "turn \(turn), cut at \(cut)")
      }
    }
    let single = prelude.turns.flatMap { turn in turn.bytes.map { (turn.side, [$0]) } }
    let record = try #require(Self.records(Self.packets(single + dialogue)).first)
    #expect(try Self.proxy(record) == prelude.proxy)
    #expect(Self.dialogue(record) == plain)
  }

  /// The client's first command, and the proxy's last word, may come in the same segments as the dialogue's first.
  @Test func joined() throws {
    let pipelined: Turns = [(.client, Self.text("a1 CAPABILITY\r\n"))]
    let turns: Turns = [(.client, Self.header + pipelined[0].bytes)]
    let answer: Turns = [
      (.server, Self.text("* OK IMAP4rev1 ready\r\n* CAPABILITY IMAP4rev1\r\na1 OK\r\n"))
    ]
    let plain = try #require(Self.records(Self.packets(pipelined + answer)).first)
    let record = try #require(Self.records(Self.packets(turns + answer)).first)
    #expect(Self.dialogue(record) == Self.dialogue(plain))
    #expect(record.proxies.map(\.kind) == [.headerLine])
  }

  // MARK: Not whole

  @Test(arguments: preludes) func aLostFrame(_ prelude: Prelude) throws {
    let names: [MailProtocol] = [.smtp, .pop3, .imap]
    for (dialogue, name) in zip(Self.dialogues, names) {
      let all = Self.packets(prelude.turns + dialogue)
      for lost in 2..<2 + prelude.turns.count {
        var packets = all
        packets.remove(at: lost)
        let record = try #require(
          Self.records(packets).first, "\(name.rawValue), frame \(lost + 1)")
        let text = Self.json(record)
        #expect(record.session.mailProtocol == name, "frame \(lost + 1)")
        #expect(!text.contains(Self.password), "frame \(lost + 1)")
        #expect(!text.contains("unknown-command"), "frame \(lost + 1)")
      }
    }
  }

  /// What is left of a message of the proxy's client after a gap is no command, and no password is shown.
  @Test(arguments: preludes) func aHole(_ prelude: Prelude) throws {
    let dialogue = Self.dialogues[2]
    for turn in prelude.turns.indices where prelude.turns[turn].bytes.count > 8 {
      let (side, bytes) = prelude.turns[turn]
      let all = Self.packets(
        Array(prelude.turns[..<turn])
          + [
            (side, Array(bytes[..<6])), (side, Array(bytes[6..<8])), (side, Array(bytes[8...])),
          ] + Array(prelude.turns[(turn + 1)...]) + dialogue)
      var packets = all
      packets.remove(at: 2 + turn + 1)
      let record = try #require(Self.records(packets).first)
      #expect(record.session.mailProtocol == .imap)
      #expect(!Self.json(record).contains(String(Self.password.suffix(6))))
    }
  }

  @Test func oneSideAlone() throws {
    let prelude = Self.preludes[8]
    let all = prelude.turns + Self.dialogues[0]
    let server = try #require(
      Self.records(Self.packets(all.filter { $0.side == .server })).first)
    #expect(server.session.greeting != nil)
    #expect(server.proxies.map(\.kind) == [.socks5])
    let client = try #require(
      Self.records(Self.packets(all.filter { $0.side == .client })).first)
    #expect(client.session.exchanges.first?.command?.verb == "EHLO")
    #expect(client.proxiedServer?.address == "mx.example.org")
  }

  @Test func refused() {
    let refusals: [Turns] = [
      [(.client, [4, 1, 0, 25, 192, 0, 2, 25, 0]), (.server, [0, 91, 0, 0, 0, 0, 0, 0])],
      [(.client, [5, 1, 2]), (.server, [5, 0xff])],
      [
        (.client, [5, 1, 0]), (.server, [5, 0]), (.client, [5, 1, 0, 1, 192, 0, 2, 25, 0, 25]),
        (.server, [5, 5, 0, 1, 0, 0, 0, 0, 0, 0]),
      ],
      [
        (.client, Self.text("CONNECT mx.example.org:25 HTTP/1.1\r\n\r\n")),
        (.server, Self.text("HTTP/1.1 403 Forbidden\r\n\r\n220 no ESMTP\r\n")),
      ],
    ]
    let outcomes = [
      ("socks4", "192.0.2.25", "Rejected or Failed"),
      ("socks5", nil, "No acceptable authentication method"),
      ("socks5", "192.0.2.25", "Connection refused"),
      ("http-connect", "mx.example.org", "403 Forbidden"),
    ]
    for (turns, outcome) in zip(refusals, outcomes) {
      var pipeline = Self.pipeline(Self.packets(turns))
      #expect(pipeline.next() == nil)
      let attempts = Self.attempts(pipeline)
      #expect(attempts.count == 1)
      #expect(attempts.first?.outcome == .proxyRefused)
      #expect(attempts.first?.proxy?.kind.rawValue == outcome.0)
      #expect(attempts.first?.proxy?.server?.address == outcome.1)
      #expect(attempts.first?.reason == outcome.2)
    }
    var web = Self.pipeline(
      Self.packets([
        (.client, Self.text("CONNECT www.example.org:443 HTTP/1.1\r\n\r\n")),
        (.server, Self.text("HTTP/1.1 403 Forbidden\r\n\r\n")),
      ]))
    #expect(web.next() == nil)
    #expect(Self.attempts(web).isEmpty)
  }

  @Test func malformed() throws {
    let headers = [
      "PROXY TCP4 300.0.2.1 192.0.2.25 51000 25\r\n", "PROXY TCP4 192.0.2.1\r\n",
      "PROXY TCP4 192.0.2.1 192.0.2.25 51000 99999\r\n", "PROXY SCTP a b\r\n",
    ]
    for header in headers.map(Self.text)
      + [Self.binary + [0x21, 0x11, 0, 4, 1, 2, 3, 4], Self.binary + [0x35, 0, 0, 0]]
    {
      let record = try #require(
        Self.records(Self.packets([(.client, header)] + Self.dialogues[0])).first)
      #expect(record.session.findings.map(\.code.rawValue).contains("proxy.malformed-header"))
      #expect(record.session.findings.first { $0.code == .proxyHeader }?.frame == 3)
      #expect(record.session.greeting != nil)
    }
  }

  /// Nothing that a peer sends stops the reader, or makes it wait for ever.
  @Test func hostile() {
    var random = SeededGenerator(round: 0)
    for round in 0..<2_000 {
      let turns = Self.preludes[round % Self.preludes.count].turns.map { side, bytes in
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...3, using: &random) {
          bytes[Int.random(in: bytes.indices, using: &random)] = .random(
            in: 0...255, using: &random)
        }
        return (side, bytes)
      }
      _ = Self.records(Self.packets(turns + Self.dialogues[round % 3]))
    }
    let many = Array(repeating: Self.header, count: 1_000).flatMap { $0 }
    _ = Self.records(Self.packets([(.client, many)] + Self.dialogues[0]))
    #expect(!Self.list(Self.packets([(.client, many)])).isEmpty)
  }

  // MARK: Frames

  private static func list(
    _ packets: [[UInt8]], _ policy: RecognitionPolicy = .bytes
  ) -> [String] {
    var options = PacketOptions()
    options.application.recognition.policy = policy
    var frames = DescribedFrames(options, wantsTree: true)
    return packets.enumerated().map { number, packet in
      frames.describe(
        packet.span,
        FrameFacts(number: number + 1, time: 0, wireLength: packet.count, linkType: 12))
      var info = TextBuffer()
      frames.tree.columns.writeProtocol(to: &info)
      info.write(" ")
      info.write(frames.tree.columns.info.bytes[...])
      return info.string
    }
  }

  @Test(arguments: preludes) func framesOfTheDialogue(_ prelude: Prelude) {
    for (dialogue, name) in zip(Self.dialogues, ["SMTP", "POP", "IMAP"]) {
      let rows = Self.list(Self.packets(prelude.turns + dialogue)).dropFirst(2)
      for (row, turn) in zip(rows, prelude.turns) {
        let names = turn.bytes[0] < 6 ? ["Socks"] : ["PROXYv1", "PROXYv2", "HTTP", "TCP", "Socks"]
        #expect(names.contains { row.hasPrefix("\($0) ") }, "\(row)")
      }
      for row in rows.dropFirst(prelude.turns.count).prefix(dialogue.count) {
        #expect(row.hasPrefix("\(name) "), "\(row)")
      }
    }
  }

  @Test func headerInPieces() {
    for prelude in Self.preludes[..<5] {
      let bytes = prelude.turns[0].bytes
      for cut in 1..<bytes.count {
        let turns: Turns = [(.client, Array(bytes[..<cut])), (.client, Array(bytes[cut...]))]
        for port: UInt16 in [25, 2626] {
          let rows = Self.list(Self.packets(turns + Self.dialogues[0], port: port))
          #expect(rows[3].hasPrefix("PROXYv"), "cut at \(cut): \(rows[3])")
          #expect(rows[4] == "SMTP S: 220 mx.example.org ESMTP", "cut at \(cut)")
        }
      }
    }
  }

  @Test func portsAlone() {
    let socks = Self.packets(Self.preludes[8].turns + Self.dialogues[0], port: 1080)
    #expect(Self.list(socks, .ports)[6] == "SMTP S: 220 mx.example.org ESMTP")
    let elsewhere = Self.packets(Self.preludes[8].turns + Self.dialogues[0])
    #expect(Self.list(elsewhere, .ports)[6].hasPrefix("TCP "))
    let header = Self.packets(Self.preludes[0].turns + Self.dialogues[0], port: 25)
    #expect(Self.list(header, .ports)[2].hasPrefix("SMTP "))
  }

  // MARK: Cases from the field

  @Test func cases() throws {
    for (name, kind, client, server) in [
      ("proxy-v2-smtp", "proxy-v2", "203.0.113.77" as String?, "192.0.2.25"),
      ("socks5-smtp", "socks5", nil, "mx.example.org"),
    ] {
      let sessions = try Fixtures.sessions(
        of: Fixtures.folder.appending(path: "cases/\(name).pcap"))["sessions"].array
      let session = try #require(sessions.first)
      #expect(sessions.count == 1)
      #expect(session["verdict"].string == "delivered to 1 of 1")
      #expect(session["findings"].array.isEmpty)
      #expect(session["server"]["address"].string == "192.0.2.25")
      #expect(session["proxy"]["kind"].string == kind)
      #expect(session["proxy"]["client"]["address"].string == client)
      #expect(session["proxy"]["server"]["address"].string == server)
      #expect(session["proxy"]["server"]["port"].int == 25)
    }
  }
}

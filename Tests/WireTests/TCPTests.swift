import Fields
import TestSupport
import Testing

@testable import Wire

@Suite struct TCPTests {
  static let builder = SegmentBuilder()

  /// The tree and the Info column of the last of several frames, the TCP part only.
  private func describe(_ frames: [[UInt8]]) -> (tree: [String], info: String) {
    var dissector = FrameReader()
    var tree = FieldBuffer()
    for (index, frame) in frames.enumerated() {
      let facts = FrameFacts(
        number: index + 1, time: Int64(index) * 1_000_000, wireLength: frame.count, linkType: 1)
      dissector.dissect(frame.span, facts)
      tree.clear()
      dissector.describe(frame.span, facts, into: &tree)
    }
    var lines: [String] = []
    var isInside = false
    for index in tree.items.indices where !tree.items[index].traits.contains(.hidden) {
      var text = TextBuffer()
      tree.writeLabel(of: index, to: &text)
      if tree.items[index].depth == 0 { isInside = text.string.hasPrefix("Transmission") }
      if isInside { lines.append(text.string) }
    }
    return (lines, tree.columns.info.string)
  }

  @Test func syn() {
    let (tree, info) = describe([
      Self.builder.frame(
        fromClient: true, sequence: 1000, .syn, options: [2, 4, 5, 0xb4, 1, 3, 3, 7])
    ])
    #expect(info == "40000 → 25 [SYN] Seq=0 Win=1000 Len=0 MSS=1460 WS=128")
    #expect(
      tree.first == "Transmission Control Protocol, Src Port: 40000, Dst Port: 25, Seq: 0, Len: 0")
    for line in [
      "[Stream index: 0]", "[Conversation completeness: Incomplete (0)]",
      "Sequence Number: 0    (relative sequence number)", "Sequence Number (raw): 1000",
      "[Next Sequence Number: 1    (relative sequence number)]", "Acknowledgment Number: 0",
      "0111 .... = Header Length: 28 bytes (7)", "Flags: 0x002 (SYN)",
      ".... .... ..1. = Syn: Set", "[TCP Flags: ··········S·]",
      "[Expert Info (Chat/Sequence): Connection establish request (SYN): server port 25]",
      "[Calculated window size: 1000]", "[Checksum Status: Good]",
      "Options: (8 bytes), Maximum segment size, No-Operation (NOP), Window scale",
      "TCP Option - Window scale: 7 (multiply by 128)", "[Multiplier: 128]",
    ] {
      #expect(tree.contains(line), "\(line)")
    }
  }

  struct Finding: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let frames: [[UInt8]]
    let info: String
  }
  private static func client(
    _ offset: UInt32, _ text: String = "", _ flags: TCPFlags = [], window: UInt16 = 1000
  ) -> [UInt8] {
    builder.frame(
      fromClient: true, sequence: 1001 &+ offset, acknowledgment: 5001,
      flags.union(.acknowledgment), window: window, Array(text.utf8))
  }
  private static func server(_ acknowledged: UInt32, window: UInt16 = 1000) -> [UInt8] {
    builder.frame(
      fromClient: false, sequence: 5001, acknowledgment: 1001 &+ acknowledged, .acknowledgment,
      window: window)
  }
  private static let handshake: [[UInt8]] = [
    builder.frame(fromClient: true, sequence: 1000, .syn, options: [2, 4, 5, 0xb4]),
    builder.frame(
      fromClient: false, sequence: 5000, acknowledgment: 1001, [.syn, .acknowledgment],
      options: [2, 4, 5, 0xb4]),
    client(0),
  ]

  /// Held against tshark 4.0.17.
  static let findings: [Finding] = [
    Finding(
      testDescription: "retransmission", frames: [client(0, "EHLO"), server(0), client(0, "EHLO")],
      info: "[TCP Retransmission] 40000 → 25 [ACK] Seq=1 Ack=1 Win=1000 Len=4"),
    Finding(
      testDescription: "spurious", frames: [client(0, "EHLO"), server(4), client(0, "EHLO")],
      info: "[TCP Spurious Retransmission] 40000 → 25 [ACK] Seq=1 Ack=1 Win=1000 Len=4"),
    Finding(
      testDescription: "hole", frames: [client(4, "x")],
      info: "[TCP Previous segment not captured] 40000 → 25 [ACK] Seq=5 Ack=1 Win=1000 Len=1"),
    Finding(
      testDescription: "out of order", frames: [client(4, "xy"), client(0, "EHLO")],
      info: "[TCP Out-Of-Order] 40000 → 25 [ACK] Seq=1 Ack=1 Win=1000 Len=4"),
    Finding(
      testDescription: "duplicate", frames: [server(0), server(0)],
      info: "[TCP Dup ACK 2#2] 25 → 40000 [ACK] Seq=1 Ack=1 Win=1000 Len=0"),
    Finding(
      testDescription: "window update", frames: [server(0, window: 900)],
      info: "[TCP Window Update] 25 → 40000 [ACK] Seq=1 Ack=1 Win=900 Len=0"),
    Finding(
      testDescription: "zero window", frames: [server(0, window: 0)],
      info: "[TCP ZeroWindow] 25 → 40000 [ACK] Seq=1 Ack=1 Win=0 Len=0"),
    Finding(
      testDescription: "probe", frames: [server(0, window: 0), client(0, "E")],
      info: "[TCP ZeroWindowProbe] 40000 → 25 [ACK] Seq=1 Ack=1 Win=1000 Len=1"),
    Finding(
      testDescription: "answer to a probe",
      frames: [server(0, window: 0), client(0, "E"), server(0, window: 0)],
      info: "[TCP ZeroWindowProbeAck] [TCP ZeroWindow] 25 → 40000 [ACK] Seq=1 Ack=1 Win=0 Len=0"),
    Finding(
      testDescription: "keep-alive", frames: [client(.max)],
      info: "[TCP Keep-Alive] 40000 → 25 [ACK] Seq=0 Ack=1 Win=1000 Len=0"),
    Finding(
      testDescription: "answer to a keep-alive", frames: [client(.max), server(0)],
      info: "[TCP Keep-Alive ACK] 25 → 40000 [ACK] Seq=1 Ack=1 Win=1000 Len=0"),
    Finding(
      testDescription: "unseen", frames: [server(9)],
      info: "[TCP ACKed unseen segment] 25 → 40000 [ACK] Seq=1 Ack=10 Win=1000 Len=0"),
    Finding(
      testDescription: "window full", frames: [client(0, String(repeating: "x", count: 1000))],
      info: "[TCP Window Full] 40000 → 25 [ACK] Seq=1 Ack=1 Win=1000 Len=1000"),
    Finding(
      testDescription: "ports used again",
      frames: [
        builder.frame(fromClient: true, sequence: 77, .syn, options: [2, 4, 5, 0xb4])
      ],
      info: "[TCP Port numbers reused] 40000 → 25 [SYN] Seq=0 Win=1000 Len=0 MSS=1460"),
    Finding(
      testDescription: "unseen, told before", frames: [server(9), server(9)],
      info: "[TCP Dup ACK 4#1] 25 → 40000 [ACK] Seq=1 Ack=10 Win=1000 Len=0"),
    Finding(
      testDescription: "unseen, after a repeated acknowledgment", frames: [client(0), server(9)],
      info: "25 → 40000 [ACK] Seq=1 Ack=10 Win=1000 Len=0"),
    Finding(
      testDescription: "unseen, with a hole", frames: [client(4, "x"), server(5)],
      info: "[TCP ACKed unseen segment] 25 → 40000 [ACK] Seq=1 Ack=6 Win=1000 Len=0"),
    Finding(
      testDescription: "fast retransmission",
      frames: [client(0, "EHLO"), server(0), server(0), server(0), client(0, "EHLO")],
      info: "[TCP Fast Retransmission] 40000 → 25 [ACK] Seq=1 Ack=1 Win=1000 Len=4"),
  ]
  @Test(arguments: findings) func finding(_ finding: Finding) {
    let (_, info) = describe(Self.handshake + finding.frames)
    #expect(info == finding.info)
  }

  /// A window that was never seen is not closed.
  @Test func probeNeedsAKnownWindow() {
    let (_, info) = describe([Self.client(0, "EHLO"), Self.client(4, "x")])
    #expect(info == "40000 → 25 [ACK] Seq=5 Ack=1 Win=1000 Len=1")
  }

  @Test func resetCause() {
    let frames = [Self.client(0, "No\0w", .reset)]
    let tree = describe(Self.handshake + frames).tree
    #expect(tree.contains("Reset cause: No"))
    #expect(tree.contains("[Expert Info (Warning/Undecoded): Trailing stray characters]"))
    #expect(!tree.contains { $0.hasPrefix("TCP payload") })
  }

  struct Completion: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let frames: [[UInt8]]
    let value: String
  }
  /// What was seen before the last frame; held against tshark 4.0.17.
  static let completions: [Completion] = [
    Completion(
      testDescription: "handshake", frames: handshake + [client(0)],
      value: "[Conversation completeness: Incomplete, ESTABLISHED (7)]"),
    Completion(
      testDescription: "data in the SYN",
      frames: [builder.frame(fromClient: true, sequence: 1000, .syn, [1, 2, 3]), server(0)],
      value: "[Conversation completeness: Incomplete (9)]"),
    Completion(
      testDescription: "data in a reset without acknowledgment",
      frames: [
        client(0), builder.frame(fromClient: true, sequence: 1001, .reset, [1, 2, 3]), server(0),
      ],
      value: "[Conversation completeness: Incomplete (32)]"),
  ]
  @Test(arguments: completions) func completeness(_ completion: Completion) {
    #expect(describe(completion.frames).tree.contains(completion.value))
  }

  struct Options: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let bytes: [UInt8]
    var flags: TCPFlags = .acknowledgment
    let lines: [String]
    var info = ""
  }
  /// Held against tshark 4.0.17.
  static let options: [Options] = [
    Options(
      testDescription: "four NOPs", bytes: [1, 1, 1, 1],
      lines: [
        "[Expert Info (Warning/Protocol): 4 NOP in a row - a router may have removed some options]"
      ]),
    Options(
      testDescription: "zeros behind the end", bytes: [0, 0, 0, 0],
      lines: [
        "Options: (4 bytes), End of Option List (EOL), End of Option List (EOL), "
          + "End of Option List (EOL), End of Option List (EOL)"
      ]),
    Options(
      testDescription: "something behind the end", bytes: [0, 0, 7, 0],
      lines: [
        "Options: (4 bytes), End of Option List (EOL), End of Option List (EOL)",
        "Non-zero header padding",
      ]),
    Options(
      testDescription: "twice received",
      bytes: [1, 1, 5, 10, 0, 0, 19, 0x80, 0, 0, 19, 0x88],
      lines: [
        "TCP Option - SACK 4294967288-0", "[TCP SACK Count: 1]",
        "[D-SACK Left Edge = 4294967288 (relative)]",
      ], info: " SLE=4294967288 SRE=0"),
    Options(
      testDescription: "capabilities", bytes: [20, 4, 0xc1, 9],
      lines: [
        "TCP SCPS Capabilities Vector: 0xc1 (BETS, SNACK1, RESERVED)",
        "1... .... = Partial Reliability Capable (BETS): Set", "Connection ID: 9",
      ], info: " SCPS[BETS, SNACK1, RESERVED] Connection ID=9"),
    Options(
      testDescription: "counters", bytes: [172, 5, 0, 1, 2, 1, 1, 1],
      lines: ["TCP Option - Accurate ECN (Order 0): EE0B 258"], info: " EE0B=258"),
    Options(
      testDescription: "counters cut", bytes: [172, 4, 0, 1],
      lines: [
        "TCP Option - Accurate ECN",
        "[Expert Info (Note/Sequence): option length should be 2, 5, 8, or 11 instead of 4]",
      ]),
    Options(
      testDescription: "experiment", bytes: [253, 6, 3, 0x48, 1, 2, 0, 0],
      lines: [
        "TCP Option - Experimental: Host ID", "Experiment Identifier: Host ID (0x0348)",
        "Data: 0102",
      ], info: " ExID=348"),
  ]
  @Test(arguments: options) func option(_ options: Options) {
    let frame = Self.builder.frame(
      fromClient: true, sequence: 1001, acknowledgment: 5001, options.flags, options: options.bytes)
    let (tree, info) = describe([frame])
    for line in options.lines { #expect(tree.contains(line), "\(line)") }
    #expect(info == "40000 → 25 [ACK] Seq=1 Ack=1 Win=1000 Len=0" + options.info)
  }

  struct Ending: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let options: [UInt8]
    /// Bytes of the frame that were captured.
    var captured: Int?
    let isWhole: Bool
    let end: String
  }
  static let endings: [Ending] = [
    Ending(testDescription: "whole", options: [2, 4, 5, 0xb4], isWhole: true, end: ""),
    Ending(
      testDescription: "cut", options: [1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2], captured: 62,
      isWhole: false, end: "[Packet size limited during capture]"),
    Ending(
      testDescription: "SACK without a block", options: [5, 2, 1, 1], isWhole: false,
      end: "[Malformed Packet]"),
    Ending(
      testDescription: "SNACK", options: [21, 6, 0, 1, 0, 2, 1, 1], isWhole: false,
      end: "[Malformed Packet]"),
  ]
  /// Where the options end early, nothing is said of the payload.
  @Test(arguments: endings) func ending(_ ending: Ending) {
    let frame = Self.builder.frame(
      fromClient: true, sequence: 1001, acknowledgment: 5001, .acknowledgment,
      options: ending.options, [1, 2, 3])
    var options = DissectorOptions()
    options.leavesStreams = true
    var dissector = FrameReader(options)
    var tree = FieldBuffer()
    let facts = FrameFacts(number: 1, time: 0, wireLength: frame.count, linkType: 1)
    let bytes = frame.span.extracting(0..<(ending.captured ?? frame.count))
    dissector.dissect(bytes, facts)
    #expect(dissector.describe(bytes, facts, into: &tree) == ending.isWhole)
    #expect(tree.columns.info.string.hasSuffix(ending.end))
    #expect((tree.lastItem(of: FieldID("tcp")) != nil))
    #expect(tree.items.contains { $0.field.name == "tcp.payload" } == ending.isWhole)
  }

  /// The window scale of a SYN whose options were cut stays unknown.
  @Test func scaleOfACutSyn() {
    let syn = Self.builder.frame(
      fromClient: true, sequence: 1000, .syn, options: [2, 4, 5, 0xb4, 1, 3, 3, 7])
    for (captured, factor) in [(58, -1), (62, 128)] {
      var dissector = FrameReader()
      var tree = FieldBuffer()
      for (number, frame) in [syn, Self.client(0)].enumerated() {
        let facts = FrameFacts(
          number: number + 1, time: 0, wireLength: frame.count, linkType: 1)
        let bytes = number == 0 ? frame.span.extracting(0..<captured) : frame.span
        dissector.dissect(bytes, facts)
        tree.clear()
        dissector.describe(bytes, facts, into: &tree)
      }
      let item = tree.items.first { $0.field.name == "tcp.window_size_scalefactor" }
      #expect(item?.value == .signed(Int64(factor)), "\(captured) bytes")
    }
  }

  /// A frame may end anywhere.
  @Test func everyCut() {
    let frame = Self.builder.frame(
      fromClient: true, sequence: 1, acknowledgment: 2, [.acknowledgment, .push],
      options: [1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 5, 10, 0, 0, 0, 9, 0, 0, 0, 10, 0, 0],
      [1, 2, 3])
    for count in 0...frame.count {
      for wireLength in [count, frame.count] {
        var dissector = FrameReader()
        var tree = FieldBuffer()
        let facts = FrameFacts(number: 1, time: 0, wireLength: wireLength, linkType: 1)
        dissector.dissect(frame.span.extracting(0..<count), facts)
        dissector.describe(frame.span.extracting(0..<count), facts, into: &tree)
      }
    }
  }

  /// Any header, any options.
  @Test func anyBytes() {
    var generator = SeededGenerator()
    var dissector = FrameReader()
    var tree = FieldBuffer()
    for number in 1...20_000 {
      let options = (0..<4 * Int.random(in: 0...10, using: &generator)).map { _ in
        Bool.random(using: &generator)
          ? UInt8.random(in: 0...34, using: &generator) : .random(in: 0...255, using: &generator)
      }
      var frame = Self.builder.frame(
        fromClient: .random(using: &generator), sequence: .random(in: 0...99, using: &generator),
        acknowledgment: .random(in: 0...99, using: &generator),
        TCPFlags(rawValue: .random(in: 0...0xfff, using: &generator)),
        window: .random(in: 0...3, using: &generator), options: options,
        [UInt8](repeating: 1, count: .random(in: 0...9, using: &generator)))
      if number % 3 == 0 { frame[46] = .random(in: 0...255, using: &generator) }
      let facts = FrameFacts(
        number: number, time: .random(in: 0...9_000_000, using: &generator),
        wireLength: frame.count, linkType: 1)
      dissector.dissect(frame.span, facts)
      tree.clear()
      dissector.describe(frame.span, facts, into: &tree)
    }
  }

  @Test func sequenceNumbersWrap() {
    let (low, high) = (SequenceNumber(5), SequenceNumber(0xffff_fffb))
    #expect(high < low)
    #expect(low.distance(from: high) == 10)
    #expect(high.distance(from: low) == -10)
    #expect(high + 10 == low)
    #expect(low - 10 == high)
  }
}

@Suite struct ConversationTableTests {
  private func receive(
    _ table: inout ConversationTable, port: UInt16, _ flags: TCPFlags = .syn, sequence: UInt32 = 0,
    fromClient: Bool = true, time: Int64 = 0
  ) -> Segment {
    let addresses = NetworkAddresses(ipv4: 1, 2)
    let header = SegmentHeader(
      sourcePort: fromClient ? port : 25, destinationPort: fromClient ? 25 : port,
      sequence: SequenceNumber(sequence), acknowledgment: SequenceNumber(0), flags: flags,
      window: 0, headerLength: 20, payloadLength: 0)
    return table.receive(
      header, OptionFacts(), fromClient ? addresses : addresses.reversed, layer: 0, frame: 1,
      time: time)
  }

  /// Many come and go; each is found again, and the index stays right.
  @Test func findsEachAgain() {
    var limits = ConversationTable.Limits()
    limits.open = 500
    var table = ConversationTable(limits: limits, keepsEnds: true)
    for port in 1...5000 {
      let segment = receive(&table, port: UInt16(port))
      #expect(segment.stream == port - 1)
      #expect(segment.isFirst)
      while table.nextEnd() != nil {}
    }
    #expect(table.openCount == 500)
    #expect(table.droppedCount == 4500)
    for port in 4501...5000 {
      let segment = receive(&table, port: UInt16(port), [.syn, .acknowledgment], fromClient: false)
      #expect(segment.stream == port - 1)
      #expect(!segment.isFirst)
      #expect(!segment.isFromClient)
    }
  }

  @Test func ends() {
    var table = ConversationTable(limits: .streams, keepsEnds: true)
    _ = receive(&table, port: 1)
    _ = receive(&table, port: 1, [.reset], time: 1_000_000_000)
    _ = receive(&table, port: 2, time: 2_000_000_000)
    #expect(table.nextEnd() == nil)
    _ = receive(&table, port: 2, sequence: 99, time: 3_000_000_000)
    #expect(table.nextEnd() == .init(slot: 1, stream: 1, reason: .portsReused))
    _ = receive(&table, port: 3, time: 20_000_000_000)
    #expect(table.nextEnd() == .init(slot: 0, stream: 0, reason: .closed))
    _ = receive(&table, port: 4, time: 4_000_000_000_000)
    #expect(table.nextEnd()?.reason == .idle)
    #expect(table.nextEnd()?.reason == .idle)
    table.endAll()
    #expect(table.nextEnd()?.reason == .captureEnd)
    #expect(table.nextEnd() == nil)
    #expect(table.openCount == 0)
  }

  /// What acknowledges the last FIN has none itself.
  @Test(arguments: [(true, 200_000_000), (false, 1_100_000_000)])
  func settles(isAcknowledged: Bool, delay: Int) {
    var table = ConversationTable(limits: .streams, keepsEnds: true)
    func say(_ fromClient: Bool, _ sequence: UInt32, _ acknowledged: UInt32, _ flags: TCPFlags) {
      let addresses = NetworkAddresses(ipv4: 1, 2)
      let header = SegmentHeader(
        sourcePort: fromClient ? 1 : 25, destinationPort: fromClient ? 25 : 1,
        sequence: SequenceNumber(sequence), acknowledgment: SequenceNumber(acknowledged),
        flags: flags, window: 0, headerLength: 20, payloadLength: 0)
      _ = table.receive(
        header, OptionFacts(), fromClient ? addresses : addresses.reversed, layer: 0, frame: 1,
        time: 1)
    }
    say(true, 0, 0, .syn)
    say(false, 100, 1, [.syn, .acknowledgment])
    say(true, 1, 101, .acknowledgment)
    say(true, 1, 101, [.fin, .acknowledgment])
    say(false, 101, 2, [.fin, .acknowledgment])
    if isAcknowledged { say(true, 2, 102, .acknowledgment) }
    _ = receive(&table, port: 2, time: Int64(delay / 2))
    #expect(table.nextSettled() == nil)
    _ = receive(&table, port: 2, time: Int64(1 + delay))
    #expect(table.nextSettled()?.slot == 0)
  }
}

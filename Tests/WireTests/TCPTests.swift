import Fields
import Testing

@testable import Wire

@Suite struct TCPTests {
  static let builder = SegmentBuilder()

  /// The tree and the Info column of the last of several frames, the TCP part only.
  private func describe(_ frames: [[UInt8]]) -> (tree: [String], info: String) {
    var dissector = Dissector()
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
  ]
  @Test(arguments: findings) func finding(_ finding: Finding) {
    let (_, info) = describe(Self.handshake + finding.frames)
    #expect(info == finding.info)
  }

  /// A frame may end anywhere.
  @Test func everyCut() {
    let frame = Self.builder.frame(
      fromClient: true, sequence: 1, acknowledgment: 2, [.acknowledgment, .push],
      options: [1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 5, 10, 0, 0, 0, 9, 0, 0, 0, 10, 0, 0],
      [1, 2, 3])
    for count in 0...frame.count {
      for wireLength in [count, frame.count] {
        var dissector = Dissector()
        var tree = FieldBuffer()
        let facts = FrameFacts(number: 1, time: 0, wireLength: wireLength, linkType: 1)
        dissector.dissect(frame.span.extracting(0..<count), facts)
        dissector.describe(frame.span.extracting(0..<count), facts, into: &tree)
      }
    }
  }

  /// Any header, any options.
  @Test func anyBytes() {
    let seed = UInt64.random(in: 1 ... .max)
    print("TCPTests.anyBytes: seed \(seed)")
    var generator = SeededGenerator(seed: seed)
    var dissector = Dissector()
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
      window: 0, headerLength: 20, payloadLength: 0, options: OptionFacts())
    return table.receive(
      header, fromClient ? addresses : addresses.reversed, layer: 0, frame: 1, time: time)
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
}

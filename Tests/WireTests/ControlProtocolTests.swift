import Fields
import Testing

@testable import Wire

/// ICMP, ICMPv6, DNS and PROFINET: bytes to tree, and no bytes that stop them.
@Suite struct ControlProtocolTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let kind: LayerKind
    let bytes: [UInt8]
    let tree: String
  }

  static let cases = [
    Case(
      testDescription: "echo request", kind: .icmp,
      bytes: [8, 0, 0xf7, 0xfb, 0, 1, 0, 3],
      tree: """
        Internet Control Message Protocol
            Type: 8 (Echo (ping) request)
            Code: 0
            Checksum: 0xf7fb [correct]
            [Checksum Status: Good]
            Identifier (BE): 1 (0x0001)
            Identifier (LE): 256 (0x0100)
            Sequence Number (BE): 3 (0x0003)
            Sequence Number (LE): 768 (0x0300)

        """),
    Case(
      testDescription: "redirect of a packet that is cut", kind: .icmp,
      bytes: [5, 1, 0xab, 0xf5, 10, 0, 0, 9, 0x45],
      tree: """
        Internet Control Message Protocol
            Type: 5 (Redirect)
            Code: 1 (Redirect for host)
            Checksum: 0xabf5 [correct]
            [Checksum Status: Good]
            Gateway Address: 10.0.0.9

        """),
    Case(
      testDescription: "question", kind: .dns,
      bytes: [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 97, 0, 0, 15, 0, 1],
      tree: """
        Domain Name System (query)
            Transaction ID: 0x0001
            Flags: 0x0100 Standard query
                0... .... .... .... = Response: Message is a query
                .000 0... .... .... = Opcode: Standard query (0)
                .... ..0. .... .... = Truncated: Message is not truncated
                .... ...1 .... .... = Recursion desired: Do query recursively
                .... .... .0.. .... = Z: reserved (0)
                .... .... ...0 .... = Non-authenticated data: Unacceptable
            Questions: 1
            Answer RRs: 0
            Authority RRs: 0
            Additional RRs: 0
            Queries
                a: type MX, class IN
                    Name: a
                    [Name Length: 1]
                    [Label Count: 1]
                    Type: MX (Mail eXchange) (15)
                    Class: IN (0x0001)

        """),
    Case(
      testDescription: "name that points at itself", kind: .dns,
      bytes: [0, 1, 0x40, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 12, 0, 2, 0, 1],
      tree: """
        Domain Name System (query)
            Transaction ID: 0x0001
            Flags: 0x4000 Unknown operation
                0... .... .... .... = Response: Message is a query
                .100 0... .... .... = Opcode: Unknown (8)
                .... ..0. .... .... = Truncated: Message is not truncated
                .... ...0 .... .... = Recursion desired: Don't do query recursively
                .... .... .0.. .... = Z: reserved (0)
                .... .... ...0 .... = Non-authenticated data: Unacceptable
            Questions: 1
            Answer RRs: 0
            Authority RRs: 0
            Additional RRs: 0
            Queries
                <Name contains a pointer that loops>: type NS, class IN
                    Name: <Name contains a pointer that loops>
                    [Name Length: 36]
                    [Label Count: 1]
                    Type: NS (authoritative Name Server) (2)
                    Class: IN (0x0001)

        """),
    Case(
      testDescription: "DCP identify by name", kind: .profinetDCP,
      bytes: [5, 0, 1, 0, 0, 1, 0, 1, 0, 6, 2, 2, 0, 2, 97, 98],
      tree: """
        PROFINET DCP, Ident Req, Xid:0x1000001, NameOfStation:"ab"
            ServiceID: Identify (5)
            ServiceType: Request (0)
            Xid: 0x01000001
            ResponseDelay: 1
            DCPDataLength: 6
            Block: Device/NameOfStation, "ab"
                Option: Device properties (2)
                Suboption: Name of Station (2)
                DCPBlockLength: 2
                NameOfStation: ab

        """),
  ]

  private func context(_ layer: Layer) -> DescribeContext {
    DescribeContext(
      facts: FrameFacts(number: 1, time: 0, wireLength: layer.end, linkType: 1),
      validatesChecksums: true, resolvesNames: false, layers: [layer], findings: FrameFindings(),
      index: 0, addresses: .none)
  }

  /// Describes the bytes as one layer, and says whether it ended early.
  private func describe(
    _ kind: LayerKind, _ bytes: [UInt8], into tree: inout FieldBuffer
  ) -> Bool {
    let layer = Layer(kind, start: 0, end: bytes.count, wireEnd: bytes.count)
    let context = context(layer)
    do throws(DecodeError) {
      switch kind {
      case .icmp:
        let message = try ICMPMessage(bytes.span, layer)
        _ = message.next(layer)
        try message.describe(layer, context, into: &tree)
        tree.depth = 1
        try message.describeTail(layer, into: &tree)
      case .icmpv6:
        let message = ICMPv6Message(bytes.span, layer)
        _ = try message.next(layer)
        try message.describe(layer, context, into: &tree)
        tree.depth = 1
        try message.describeTail(layer, into: &tree)
      case .profinet: try ProfinetFrame(bytes.span, layer).describe(into: &tree)
      case .profinetDCP: try ProfinetDCP(bytes.span, layer, context).describe(into: &tree)
      default: try DNSMessage(bytes.span, layer).describe(DNSFlavor(kind), nil, at: 0, into: &tree)
      }
      return false
    } catch {
      return true
    }
  }

  @Test(arguments: cases) func describes(_ test: Case) {
    var tree = FieldBuffer()
    let endsEarly = describe(test.kind, test.bytes, into: &tree)
    #expect(!endsEarly)
    var text = TextBuffer()
    for index in tree.items.indices where !tree.items[index].traits.contains(.hidden) {
      text.write(repeating: 32, count: 4 * Int(tree.items[index].depth))
      tree.writeLabel(of: index, to: &text)
      text.write("\n")
    }
    #expect(text.string == test.tree)
  }

  /// What is cut off is malformed, and never a trap.
  @Test(arguments: cases) func survivesTruncation(_ test: Case) {
    for count in 0..<test.bytes.count {
      var tree = FieldBuffer()
      _ = describe(test.kind, Array(test.bytes[..<count]), into: &tree)
    }
  }

  @Test func survivesAnyBytes() {
    var random = SystemRandomNumberGenerator()
    let seed = UInt64.random(in: .min ... .max, using: &random)
    print("seed \(seed)")
    var state = seed
    func next() -> UInt8 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(truncatingIfNeeded: state >> 33)
    }
    let kinds: [LayerKind] = [
      .icmp, .icmpv6, .dns, .multicastDNS, .linkLocalDNS, .profinet, .profinetDCP,
    ]
    var label = TextBuffer()
    for round in 0..<4000 {
      let kind = kinds[round % kinds.count]
      var bytes = (0..<Int(next())).map { _ in next() }
      // Every second one begins as the real ones do.
      if round % 2 == 0, let model = Self.cases.first(where: { $0.kind == kind }) {
        bytes.replaceSubrange(..<min(4, bytes.count), with: model.bytes[..<4])
      }
      var tree = FieldBuffer()
      _ = describe(kind, bytes, into: &tree)
      for index in tree.items.indices {
        label.clear()
        tree.writeLabel(of: index, to: &label)
      }
    }
  }
}

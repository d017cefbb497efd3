import Fields
import TestSupport
import Testing

@testable import Wire

/// ICMP, ICMPv6 and PROFINET: bytes to tree, and no bytes that stop them.
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
    Case(
      testDescription: "DCP blocks that are not as long as they say", kind: .profinetDCP,
      bytes: "04 00 00 00 00 01 00 00 00 0a 05 06 00 00 05 05 00 02 00 00 02 03 00 02 00 00 00 2a"
        .bytes,
      tree: """
        PROFINET DCP, Set Req, Xid:0x1, Erroneous DCPSet block, Reset FactorySettings
            ServiceID: Set (4)
            ServiceType: Request (0)
            Xid: 0x00000001
            Reserved: 0
            DCPDataLength: 10
            Block: Control/Erroneous DCPSet block
                Option: Control (5)
                Suboption: Reset to Factory (6)
                DCPBlockLength: 0
            Block: Control/Reset FactorySettings, BlockQualifier: Default
                Option: Control (5)
                Suboption: Reset Factory Settings (5)
                DCPBlockLength: 2
                BlockQualifier: ResetFactorySettings: Default (0)

        """),
    Case(
      testDescription: "DCP response that is longer than its data", kind: .profinetDCP,
      bytes: "04 01 00 00 00 01 00 00 00 06 05 04 00 03 02 02 00 00".bytes,
      tree: """
        PROFINET DCP, Set Ok , Xid:0x1, Response(Ok)
            ServiceID: Set (4)
            ServiceType: Response Success (1)
            Xid: 0x00000001
            Reserved: 0
            DCPDataLength: 6
            Block: Control/Response, Status from Device properties - Name of Station, BlockError: Ok
                Option: Control (5)
                Suboption: Response (4)
                DCPBlockLength: 3
                Option: Device properties (2)
                Suboption: Name of Station (2)
                BlockError: Ok (0)
            Padding: 1 byte
            parse error
                [Expert Info (Error/Protocol): parse error]
                    [parse error]
                    [Severity level: Error]
                    [Group: Protocol]

        """),
    Case(
      testDescription: "PTCP delay request", kind: .profinetPTCP,
      bytes: """
        ff 40 00 00 00 00 00 00 00 00 00 00 00 00 00 03 00 00 00 2d c6 c9
        0c 06 00 1b 1b 44 55 66 00 00
        """.bytes,
      tree: """
        PROFINET PTCP, DelayReq: Sequence=3, Delay=3000009ns
            Header: Sequence=3, Delay=3000009ns
                Padding: 12 byte
                SequenceID: 3
                Padding: 2 byte
            Delay1ns: 3000009
            DelayParameter: PortMAC=00:1b:1b:44:55:66
                TLVHeader: Type=DelayParameter (6), Length=6
                    0000 110. .... .... = TypeLength.Type: 6
                    .... ...0 0000 0110 = TypeLength.Length: 6
                PortMACAddress: Siemens_44:55:66 (00:1b:1b:44:55:66)
            End
                TLVHeader: Type=End (0), Length=0
                    0000 000. .... .... = TypeLength.Type: 0
                    .... ...0 0000 0000 = TypeLength.Length: 0

        """),
    Case(
      testDescription: "PTCP follow-up with a delay below zero", kind: .profinetPTCP,
      bytes: "ff 20 00 00 00 00 00 00 00 00 00 00 00 00 00 01 00 00 80 00 00 00 00 00".bytes,
      tree: """
        PROFINET PTCP, FollowUp (Clock): Sequence=1, Delay=-2147483648ns
            Header: Sequence=1, Delay=-2147483648ns
                Padding: 12 byte
                SequenceID: 1
                Padding: 2 byte
                Delay1ns_FUP: -2147483648
            End
                TLVHeader: Type=End (0), Length=0
                    0000 000. .... .... = TypeLength.Type: 0
                    .... ...0 0000 0000 = TypeLength.Length: 0

        """),
    Case(
      testDescription: "PTCP synchronization", kind: .profinetPTCP,
      bytes: """
        00 80 00 00 00 00 00 00 00 00 00 00 0d ac 01 f4 f4 00 00 00 19 64
        08 06 81 ff ff 23 ff fe 00 00
        """.bytes,
      tree: """
        PROFINET PTCP, RTSync (Clock): Sequence=500, Delay=41744ns
            Header: Sequence=500, Delay=41744ns (0.000,035,244 sec)
                SequenceID: 500
                Delay1ns_Byte: 244
                Padding: 1 byte
            Reserved 1: 0
            Reserved 2: 0
            Delay10ns: 3500
            Delay1ns: 6500
            Master: Prio1="Primary master" is active, Prio2=Default, Clock: Class="Slave-only clock", \
        Accuracy=1us, Variance=-2
                TLVHeader: Type=Master (4), Length=6
                    0000 100. .... .... = TypeLength.Type: 4
                    .... ...0 0000 0110 = TypeLength.Length: 6
                .... .001 = MasterPriority1.Priority: Primary master (0x1)
                ..00 0... = MasterPriority1.Level: Level 0 (highest) (0x0)
                .0.. .... = MasterPriority1.Reserved: 0x0
                1... .... = MasterPriority1.Active: active (0x1)
                MasterPriority2: Default (255)
                ClockClass: Slave-only clock (255)
                ClockAccuracy: 1us (35)
                ClockVariance: -2
            End
                TLVHeader: Type=End (0), Length=0
                    0000 000. .... .... = TypeLength.Type: 0
                    .... ...0 0000 0000 = TypeLength.Length: 0

        """),
  ]

  /// Describes the bytes as one layer, and says whether it ended early.
  private func describe(
    _ kind: LayerKind, _ bytes: [UInt8], into tree: inout FieldBuffer
  ) -> Bool {
    let layer = Layer(kind, start: 0, end: bytes.count, wireEnd: bytes.count)
    let context = DescribeContext(of: layer)
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
      case .profinet: try ProfinetFrame(bytes.span, layer).describe(layer, context, into: &tree)
      case .profinetDCP: try ProfinetDCP(bytes.span, layer).describe(layer, context, into: &tree)
      case .profinetPTCP: try ProfinetPTCP(bytes.span, layer).describe(layer, context, into: &tree)
      default: return true
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
    var random = SeededGenerator()
    let kinds: [LayerKind] = [
      .icmp, .icmpv6, .profinet, .profinetDCP, .profinetPTCP,
    ]
    var label = TextBuffer()
    for round in 0..<4000 {
      let kind = kinds[round % kinds.count]
      var bytes = random.bytes(Int.random(in: 0...255, using: &random))
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

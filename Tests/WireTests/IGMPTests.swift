import Fields
import TestSupport
import Testing

@testable import Wire

/// IGMP: bytes to tree, and no bytes that stop it.
@Suite struct IGMPTests {
  static let cases = [
    DescribedMessage(
      "leave group", bytes: "17 00 f8 fc ef 01 01 01".bytes,
      info: "Leave Group 239.1.1.1",
      tree: """
        Internet Group Management Protocol
            [IGMP Version: 2]
            Type: Leave Group (0x17)
            Max Resp Time: 0.0 sec (0x00)
            Checksum: 0xf8fc [correct]
            [Checksum Status: Good]
            Multicast Address: 239.1.1.1

        """),
    DescribedMessage(
      "query of version 3",
      bytes: "11 c8 f0 96 ef 01 01 01 f9 90 00 02 0a 00 00 05 0a 00 00 06".bytes,
      info: "Membership Query, specific for group 239.1.1.1, sources {10.0.0.5, 10.0.0.6}",
      tree: """
        Internet Group Management Protocol
            [IGMP Version: 3]
            Type: Membership Query (0x11)
            Max Resp Time: 307.2 sec (0xc8)
                .100 .... = Exponent: 0x4
                .... 1000 = Mantissa: 0x8
            Checksum: 0xf096 [correct]
            [Checksum Status: Good]
            Multicast Address: 239.1.1.1
            .... 1... = S: SUPPRESS router side processing
            .... .001 = QRV: 1
            QQIC: 144
            Num Src: 2
            Source Address: 10.0.0.5
            Source Address: 10.0.0.6

        """),
    DescribedMessage(
      "report of version 3",
      bytes: "22 00 ea fb 00 00 00 01 03 00 00 00 ef 02 02 02".bytes,
      info: "Membership Report / Leave group 239.2.2.2",
      tree: """
        Internet Group Management Protocol
            [IGMP Version: 3]
            Type: Membership Report (0x22)
            Reserved: 00
            Checksum: 0xeafb incorrect, should be 0xe9f9
                [Expert Info (Error/Checksum): Bad checksum [should be 0xe9f9]]
                    [Bad checksum [should be 0xe9f9]]
                    [Severity level: Error]
                    [Group: Checksum]
            [Checksum Status: Bad]
            Reserved: 0000
            Num Group Records: 1
            Group Record : 239.2.2.2  Change To Include Mode
                Record Type: Change To Include Mode (3)
                Aux Data Len: 0
                Num Src: 0
                Multicast Address: 239.2.2.2

        """),
  ]

  private func describe(_ bytes: [UInt8], into tree: inout FieldBuffer) {
    let layer = Layer(.igmp, start: 0, end: bytes.count, wireEnd: bytes.count)
    // What is there is described, even where it ends early.
    try? IGMPMessage(bytes.span, layer).describe(
      layer, DescribeContext(of: layer), into: &tree)
  }

  @Test(arguments: cases) func tree(_ message: DescribedMessage) {
    let (tree, info) = message.described(by: describe)
    #expect(tree == message.tree)
    #expect(info == message.info)
  }

  @Test(arguments: cases) func truncated(_ message: DescribedMessage) {
    for length in 0..<message.bytes.count {
      #expect(message.described(first: length, by: describe).tree != message.tree)
    }
  }

  /// Random bytes, and messages with some of their bytes changed.
  @Test func randomBytes() {
    let most = DescribedMessage.mostItems(ofChanged: Self.cases, by: describe)
    #expect(most < 10_000, "\(SeededGenerator.replay)")
  }
}

import Fields
import Testing

@testable import Wire

@Suite struct SeamTests {
  @Test func ethernet() throws {
    let bytes: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0x08, 0x00, 1, 2]
    var dissector = Dissector()
    let facts = FrameFacts(number: 1, time: 0, wireLength: bytes.count, linkType: 1)
    dissector.dissect(bytes.span, facts)
    #expect(dissector.layers.map(\.kind) == [.ethernet, .data])
    var tree = FieldBuffer()
    dissector.describe(bytes.span, facts, into: &tree)
    var text = TextBuffer()
    for index in tree.items.indices {
      text.write(repeating: 32, count: 4 * Int(tree.items[index].depth))
      tree.writeLabel(of: index, to: &text)
      text.write("\n")
    }
    #expect(
      text.string == """
        Ethernet II
            Destination: 01:02:03:04:05:06
            Source: 07:08:09:0a:0b:0c
            Type: IPv4 (0x0800)

        """)
  }
}

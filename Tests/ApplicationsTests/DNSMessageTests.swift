import Fields
import TestSupport
import Testing

@testable import Applications

/// DNS messages: bytes to tree, and no bytes that stop them.
@Suite struct DNSMessageTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let bytes: [UInt8]
    let tree: String
  }

  static let cases = [
    Case(
      testDescription: "question",
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
                    [Name Length: 0]
                    [Label Count: 0]
                    Type: MX (Mail eXchange) (15)
                    Class: IN (0x0001)

        """),
    Case(
      testDescription: "name that points at itself",
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
  ]

  /// Describes a message, and says whether it ended early.
  private func describe(
    _ bytes: [UInt8], _ flavor: DNSFlavor, into tree: inout FieldBuffer
  ) -> Bool {
    do throws(DecodeError) {
      try DNSMessage(bytes.span, flavor, wireCount: bytes.count).describe(nil, at: 0, into: &tree)
      return false
    } catch {
      return true
    }
  }

  @Test(arguments: cases) func describes(_ test: Case) {
    var tree = FieldBuffer()
    let endsEarly = describe(test.bytes, .unicast, into: &tree)
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
      let endsEarly = describe(Array(test.bytes[..<count]), .unicast, into: &tree)
      #expect(endsEarly)
    }
  }

  @Test func survivesAnyBytes() {
    var random = SeededGenerator()
    let flavors: [DNSFlavor] = [.unicast, .multicast, .linkLocal]
    var label = TextBuffer()
    for round in 0..<3000 {
      var bytes = random.bytes(Int.random(in: 0...255, using: &random))
      // Every second one begins as the real ones do.
      if round % 2 == 0 {
        bytes.replaceSubrange(..<min(4, bytes.count), with: Self.cases[0].bytes[..<4])
      }
      var tree = FieldBuffer()
      _ = describe(bytes, flavors[round % flavors.count], into: &tree)
      for index in tree.items.indices {
        label.clear()
        tree.writeLabel(of: index, to: &label)
      }
    }
  }
}

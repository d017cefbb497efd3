import Fields
import Testing

@testable import Wire

/// What a pcapng notes of a frame, as the frame's section shows it.
struct FrameNotesTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var notes = FrameFacts.Notes()
    /// Lines that the tree must have, in this order.
    let lines: [String]

    init(
      _ description: String, _ lines: [String], _ note: (inout FrameFacts.Notes) -> Void
    ) {
      (testDescription, self.lines) = (description, lines)
      note(&notes)
    }
  }

  static let cases = [
    Case(
      "inbound, multicast, FCS, a CRC error",
      [
        "on interface eth0, id 3 (inbound)", "    Packet flags: 0x01000089",
        "= Direction: Inbound (0x1)", "= Reception type: Multicast (2)", "= FCS length: 4",
        "= CRC error: Set", "= Symbol error: Not set",
        "    Point-to-Point Direction: Received (1)", "    [Protocols in frame: ",
      ]
    ) { $0.flags = 0x0100_0089 },
    Case(
      "outbound",
      ["id 3 (outbound)", "= Direction: Outbound (0x2)", "Direction: Sent (0)"]
    ) { $0.flags = 2 },
    Case(
      "the numbers of a packet",
      ["    Interface queue: 3", "    Packet id: 9", "    Encapsulation", "    Drop Count: 7"]
    ) { ($0.queue, $0.identifier, $0.dropCount) = (3, 9, 7) },
    Case(
      "verdicts",
      [
        "    Verdict: eBPF_TC (1), Hardware (0), eBPF_XDP (2), Unknown (7)",
        "        eBPF TC: TC_ACT_UNSPEC (-1)", "        Hardware: 01 02",
        "        Unknown: ff", "        Unknown:",
      ]
    ) {
      $0.verdicts = [
        FrameFacts.Verdict(kind: 1, value: Array(repeating: 255, count: 8)),
        FrameFacts.Verdict(kind: 0, value: [1, 2]), FrameFacts.Verdict(kind: 2, value: [255]),
        FrameFacts.Verdict(kind: 7, value: []),
      ]
    },
    Case("comments", ["Packet comments", "    two\\nlines", "Frame 1: 0 bytes on wire"]) {
      $0.comments = ["two\nlines"]
    },
  ]

  @Test(arguments: cases) func describes(_ test: Case) {
    var facts = FrameFacts(number: 1, time: 0, wireLength: 0, linkType: 1)
    facts.interface = FrameFacts.Interface(id: 3, name: nil, description: "eth0")
    facts.notes = test.notes
    var dissector = FrameReader()
    var rest = dissector.treeText([], facts, skippingFrame: false)[...]
    for line in test.lines {
      guard let found = rest.firstRange(of: line) else {
        Issue.record("no “\(line)” in \(rest)")
        return
      }
      rest = rest[found.upperBound...]
    }
  }

  /// A Simple Packet Block has no time: nothing is made up.
  @Test func noTime() {
    var facts = FrameFacts(number: 1, time: 0, wireLength: 0, linkType: 1)
    facts.hasTime = false
    var dissector = FrameReader()
    let text = dissector.treeText([], facts, skippingFrame: false)
    #expect(!text.contains("Time"))
  }
}

import Fields
import Testing

@testable import Wire

@Suite struct UDPTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    /// Raw IP packets: link type 101.
    let packets: [[UInt8]]
    var captured: Int?
    /// Lines of the last packet's tree that must be there, or must not.
    let lines: [String]
    var absent: [String] = []
    let info: String
  }
  private static func ipv4(_ udp: [UInt8]) -> [UInt8] {
    [0x45, 0, 0, UInt8(20 + udp.count), 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2] + udp
  }
  private static func ipv6(_ udp: [UInt8]) -> [UInt8] {
    let address = [0xfd] + [UInt8](repeating: 0, count: 14)
    return [0x60, 0, 0, 0, 0, UInt8(udp.count), 17, 64] + address + [1] + address + [2] + udp
  }
  private static let ports: [UInt8] = [0x4e, 0x20, 0x27, 0x0f]

  /// Held against tshark 4.0.17.
  static let cases: [Case] = [
    Case(
      testDescription: "length of zero in IPv6", packets: [ipv6(ports + [0, 0, 0, 0, 1, 2])],
      lines: [
        "Length: 0", "[Expert Info (Warning/Protocol): Length is zero but payload < 65536]",
        "UDP payload (2 bytes)",
      ], info: "20000 → 9999 Len=2 [Jumbogram] [ILLEGAL CHECKSUM (0)]"),
    Case(
      testDescription: "length of zero in IPv4", packets: [ipv4(ports + [0, 0, 0, 0, 1, 2])],
      lines: ["Length: 0 (bogus, must be >= 8)"], absent: ["[Stream index: 0]"],
      info: "20000 → 9999 [BAD UDP LENGTH 0 < 8]"),
    Case(
      testDescription: "a bad length begins no conversation",
      packets: [ipv4(ports + [0, 7, 0, 0]), ipv4(ports + [0, 8, 0, 0])],
      lines: ["[Stream index: 0]"], info: "20000 → 9999 Len=0"),
    Case(
      testDescription: "cut behind the ports", packets: [ipv4(ports + [0, 9, 0, 0, 1])],
      captured: 24, lines: ["Destination Port: 9999"], absent: ["Length: 9"],
      info: "20000 → 9999[Packet size limited during capture]"),
    Case(
      testDescription: "cut behind the length", packets: [ipv4(ports + [0, 9, 0, 0, 1])],
      captured: 27, lines: ["Length: 9"], absent: ["[Stream index: 0]"],
      info: "20000 → 9999 Len=1[Packet size limited during capture]"),
    Case(
      testDescription: "longer than the packet", packets: [ipv4(ports + [0, 9, 0, 0])],
      lines: ["Length: 9 (bogus, payload length 8)", "[Malformed Packet: UDP]"],
      info: "20000 → 9999 [BAD UDP LENGTH 9 > IP PAYLOAD LENGTH] Len=1[Malformed Packet]"),
  ]
  @Test(arguments: cases) func describes(_ test: Case) {
    var dissector = FrameReader()
    var tree = FieldBuffer()
    for (index, packet) in test.packets.enumerated() {
      let facts = FrameFacts(
        number: index + 1, time: 0, wireLength: packet.count, linkType: 101)
      let bytes = packet.span.extracting(0..<(test.captured ?? packet.count))
      dissector.dissect(bytes, facts)
      tree.clear()
      dissector.describe(bytes, facts, into: &tree)
    }
    let lines = tree.items.indices.map { index in
      var text = TextBuffer()
      tree.writeLabel(of: index, to: &text)
      return text.string
    }
    for line in test.lines { #expect(lines.contains(line), "\(line)") }
    for line in test.absent { #expect(!lines.contains(line), "\(line)") }
    #expect(tree.columns.info.string == test.info)
  }
}

import Fields
import Testing
import Wire

@testable import Dissection

/// Datagrams whose protocol `Wire` does not know: the ports say what they are, and requests are found again.
@Suite struct DatagramTests {
  /// What a frame shows.
  private struct Shown {
    let lines: [String]
    let protocolName: String
    let info: String
  }

  private struct Frames: ~Copyable {
    private var frames = DescribedFrames(PacketOptions(), wantsTree: true)
    private var number = 0

    /// The lines of the tree of an IP packet, without those of the frame, and the columns.
    mutating func show(_ packet: [UInt8]) -> Shown {
      number += 1
      frames.describe(
        packet.span,
        FrameFacts(
          number: number, time: Int64(number) * 1_000_000_000, wireLength: packet.count,
          linkType: 101))
      var lines: [String] = []
      for index in frames.tree.items.indices {
        if frames.tree.items[index].traits.contains(.hidden) { continue }
        var text = TextBuffer()
        frames.tree.writeLabel(of: index, to: &text)
        lines.append(text.string)
      }
      return Shown(
        lines: lines, protocolName: frames.tree.columns.protocolName,
        info: frames.tree.columns.info.string)
    }
  }

  private static func packet(_ number: UInt8, _ payload: [UInt8], back: Bool = false) -> [UInt8] {
    let addresses: [UInt8] =
      back ? [192, 0, 2, 25, 192, 0, 2, 10] : [192, 0, 2, 10, 192, 0, 2, 25]
    return [0x45, 0, 0, UInt8(20 + payload.count), 0, 0, 0, 0, 64, number, 0, 0] + addresses
      + payload
  }
  private static func datagram(
    _ source: UInt16, _ destination: UInt16, _ payload: [UInt8], back: Bool = false
  ) -> [UInt8] {
    let header = [source, destination, UInt16(8 + payload.count), 0]
    return packet(17, header.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] } + payload, back: back)
  }
  /// Destination unreachable, from the server's side.
  private static func error(quoting packet: [UInt8]) -> [UInt8] {
    Self.packet(1, [3, 3, 0, 0, 0, 0, 0, 0] + packet, back: true)
  }

  private static let query: [UInt8] = [
    0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 97, 0, 0, 15, 0, 1,
  ]
  private static let response: [UInt8] = [
    0, 1, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0, 1, 97, 0, 0, 15, 0, 1,
  ]
  private static func getRequest(_ unit: UInt8) -> [UInt8] {
    [0x30, 0x16, 2, 1, 1, 4, 1, 99, unit, 14, 2, 1, 8, 2, 1, 0, 2, 1, 0, 0x30, 3, 0x30, 1, 0]
  }

  @Test func requestsAreFoundAgain() {
    var frames = Frames()
    _ = frames.show(Self.datagram(40_000, 53, Self.query))
    let response = frames.show(Self.datagram(53, 40_000, Self.response, back: true))
    #expect(response.lines.contains("[Request In: 1]"))
    #expect(response.lines.contains("[Time: 1.000000000 seconds]"))
    let again = frames.show(Self.datagram(40_000, 5353, Self.query))
    #expect(again.protocolName == "MDNS")
    #expect(again.lines.contains { $0.hasPrefix("Multicast Domain Name System (query)") })
  }

  /// A quoted message is described inside the error, and takes no part in its conversation.
  @Test func quotedMessage() {
    var frames = Frames()
    let quoted = frames.show(Self.error(quoting: Self.datagram(40_000, 53, Self.query)))
    #expect(quoted.lines.contains("Domain Name System (query)"))
    #expect(quoted.info == "Destination unreachable (Port unreachable)")
    let response = frames.show(Self.datagram(53, 40_000, Self.response, back: true))
    #expect(response.lines.contains("[Unsolicited: True]"))
  }

  /// Bytes that are no SNMP on its port are data, whatever the other port says; the lower port decides.
  @Test func portsAndBytes() {
    var frames = Frames()
    let other = frames.show(Self.datagram(161, 1900, [0x31, 0, 1]))
    #expect(other.lines.contains("Data (3 bytes)"))
    let lower = frames.show(Self.datagram(53, 4789, Self.query))
    #expect(lower.protocolName == "DNS")
    let tunnel = frames.show(Self.datagram(2152, 5353, [0x30, 255, 0, 0, 0, 0, 0, 0]))
    #expect(tunnel.protocolName.hasPrefix("GTP"))
  }

  /// Wireshark's SNMP begins a conversation of its own: the number of the next datagram's tells.
  @Test func conversationsOfSNMP() {
    var frames = Frames()
    let first = frames.show(Self.datagram(40_000, 161, Self.getRequest(0xa0)))
    let second = frames.show(Self.datagram(161, 40_000, Self.getRequest(0xa2), back: true))
    #expect(first.lines.contains("[Stream index: 0]"))
    #expect(second.lines.contains("[Stream index: 1]"))
  }
}

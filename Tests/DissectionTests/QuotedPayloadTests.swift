import Fields
import TestSupport
import Testing
import Wire

@testable import Dissection

/// ICMP errors quote the beginning of a segment: it is shown as its conversation takes it, and changes nothing there.
@Suite struct QuotedPayloadTests {
  private struct Frames: ~Copyable {
    private var frames = DescribedFrames(PacketOptions(), wantsTree: true)
    private var number = 0

    /// The tree of an IP packet, and its Info.
    mutating func show(_ packet: [UInt8]) -> (tree: String, info: String) {
      number += 1
      let facts = FrameFacts(
        number: number, time: Int64(number), wireLength: packet.count, linkType: 101)
      frames.describe(packet.span, facts)
      var text = TextBuffer()
      for index in frames.tree.items.indices
      where !frames.tree.items[index].traits.contains(.hidden) {
        text.write(repeating: 32, count: 4 * Int(frames.tree.items[index].depth))
        frames.tree.writeLabel(of: index, to: &text)
        text.write("\n")
      }
      return (text.string, frames.tree.columns.info.string)
    }
  }

  /// Destination unreachable, fragmentation needed, from the server's side.
  private static func error(quoting packet: [UInt8]) -> [UInt8] {
    let length = UInt8(28 + packet.count)
    return [0x45, 0, 0, length, 0, 0, 0, 0, 64, 1, 0, 0, 192, 0, 2, 9, 192, 0, 2, 1]
      + [3, 4, 0, 0, 0, 0, 5, 0] + packet
  }

  @Test func textOfAMessage() {
    let builder = SegmentBuilder()
    var frames = Frames()
    func client(_ text: String, at offset: Int) -> [UInt8] {
      builder.packet(fromClient: true, offset: offset, Array(text.utf8)[...])
    }
    _ = frames.show(client("DATA\r\n", at: 0))
    _ = frames.show(
      builder.packet(fromClient: false, offset: 0, Array("354 go\r\n".utf8)[...], acknowledging: 6))
    _ = frames.show(client("Subject: a\r\n", at: 6))
    let quoted = frames.show(Self.error(quoting: client("\r\nbody\r\n", at: 18)))
    #expect(quoted.tree.contains("    Simple Mail Transfer Protocol\n        Line-based text data"))
    #expect(quoted.tree.contains("            body\\r\\n\n"))
    #expect(quoted.info == "Destination unreachable (Fragmentation needed)")
    let whole = frames.show(client("\r\nbody\r\n.\r\n", at: 18))
    #expect(whole.tree.contains("[2 DATA fragments (20 bytes): #3(12), #5(8)]"))
  }

  /// Nothing is known of the port: `Data`, inside the error.
  @Test func unknownPort() {
    let builder = SegmentBuilder(serverPort: 40_001)
    var frames = Frames()
    let shown = frames.show(
      Self.error(quoting: builder.packet(fromClient: true, offset: 0, [1, 2, 3])))
    #expect(shown.tree.contains("    Data (3 bytes)\n        Data: 010203\n"))
    #expect(shown.info == "Destination unreachable (Fragmentation needed)")
  }
}

import Fields
import Wire

/// The tree of every frame, as `tshark -V` prints it.
public struct PacketTree: PacketView {
  public let wantsTree = true

  public init() {}

  public mutating func write(
    _ tree: borrowing FieldBuffer, of frame: FrameFacts, _ bytes: Span<UInt8>,
    to text: inout TextBuffer
  ) {
    for index in tree.items.indices {
      let item = tree.items[index]
      if item.traits.contains(.hidden) { continue }
      text.write(repeating: UInt8(ascii: " "), count: 4 * Int(item.depth))
      tree.writeLabel(of: index, to: &text)
      text.write(byte: UInt8(ascii: "\n"))
    }
    text.write(byte: UInt8(ascii: "\n"))
  }
}

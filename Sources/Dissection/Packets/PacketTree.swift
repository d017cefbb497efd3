import Fields

/// The tree of every frame, as `tshark -V` prints it.
public struct PacketTree: PacketView {
  public let wantsTree = true

  public init() {}

  public mutating func write(_ frame: borrowing DescribedFrame, to text: inout TextBuffer) {
    for index in frame.tree.items.indices {
      let item = frame.tree.items[index]
      if item.traits.contains(.hidden) { continue }
      text.write(repeating: UInt8(ascii: " "), count: 4 * Int(item.depth))
      frame.tree.writeLabel(of: index, to: &text)
      text.write(byte: UInt8(ascii: "\n"))
    }
    text.write(byte: UInt8(ascii: "\n"))
  }
}

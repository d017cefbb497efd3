import Fields
import Wire

/// The tree of every frame, as `tshark -V` prints it.
public struct PacketTree: PacketView {
  public let wantsTree = true
  public let readsHidden = false
  /// Whether the bytes of what nothing decodes are below its line; not where all bytes are shown anyway.
  private let dumpsData: Bool
  private static let data = FieldID("data")

  public init(dumpsData: Bool = true) { self.dumpsData = dumpsData }

  public mutating func write(
    _ tree: borrowing FieldBuffer, of frame: borrowing FrameFacts, _ bytes: Span<UInt8>,
    to text: inout TextBuffer
  ) {
    let items = tree.items.span
    for index in items.indices {
      let item = items[index]
      if item.traits.contains(.hidden) { continue }
      text.write(indentation: Int(item.depth))
      tree.writePrintableLabel(of: item, to: &text)
      text.write(byte: UInt8(ascii: "\n"))
      if dumpsData, item.field.type == .proto, item.field.id == Self.data {
        dump(item, of: tree, bytes, to: &text)
      }
    }
    text.write(byte: UInt8(ascii: "\n"))
  }

  private func dump(
    _ item: FieldItem, of tree: borrowing FieldBuffer, _ frame: Span<UInt8>,
    to text: inout TextBuffer
  ) {
    let (start, end) = (Int(item.start), Int(item.start) + Int(item.length))
    text.write("\n")
    if item.source == 0 {
      guard start >= 0, end <= frame.count, start <= end else { return }
      text.write(hexDump: frame.extracting(start..<end))
    } else {
      guard let source = tree.sources[safe: Int(item.source) - 1], start >= 0, start <= end,
        end <= source.bytes.count
      else { return }
      text.write(hexDump: source.bytes.span.extracting(start..<end))
    }
  }
}

extension Array {
  subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}

import Fields
import Wire

/// The bytes of frames in hexadecimal and as characters, as `tshark -x` prints them; alone, or below another view.
public struct HexDump<View: PacketView>: PacketView {
  private var view: View
  /// Whether the view leaves no empty line after a frame.
  private let separates: Bool

  /// The bytes of reassembled data are known to the tree only.
  public var wantsTree: Bool { true }
  public var showsSources: Bool { true }
  public var readsHidden: Bool { view.readsHidden }
  public var hasWritten: Bool {
    get { view.hasWritten }
    set { view.hasWritten = newValue }
  }

  public init(below view: View, separates: Bool = false) {
    self.view = view
    self.separates = separates
  }

  public mutating func begin(to text: inout TextBuffer) { view.begin(to: &text) }
  public mutating func end(to text: inout TextBuffer) { view.end(to: &text) }

  public mutating func write(
    _ tree: borrowing FieldBuffer, of frame: borrowing FrameFacts, _ bytes: Span<UInt8>,
    to text: inout TextBuffer
  ) {
    view.write(tree, of: frame, bytes, to: &text)
    if separates { text.write("\n") }
    if !tree.sources.isEmpty { text.writeHeading(of: "Frame", count: bytes.count) }
    text.write(hexDump: bytes)
    for source in tree.sources {
      text.writeHeading(of: source.name, count: source.bytes.count)
      text.write(hexDump: source.bytes.span)
    }
    text.write("\n")
  }
}

extension TextBuffer {
  fileprivate mutating func writeHeading(of name: String, count: Int) {
    write(name)
    write(" (")
    write(decimal: count)
    write(count == 1 ? " byte):\n" : " bytes):\n")
  }

  /// `0000  00 1f 33 d9 …   ..3.`
  mutating func write(hexDump bytes: Span<UInt8>) {
    let digits = bytes.count > 1 << 24 ? 8 : bytes.count > 1 << 16 ? 6 : 4
    for start in stride(from: 0, to: bytes.count, by: 16) {
      let line = bytes.extracting(start..<Swift.min(start + 16, bytes.count))
      write(hex: UInt64(start), digits: digits)
      write("  ")
      write(hex: line, separator: UInt8(ascii: " "))
      write(repeating: UInt8(ascii: " "), count: 3 * (16 - line.count) + 3)
      write(characters: line)
      write(byte: UInt8(ascii: "\n"))
    }
  }
}

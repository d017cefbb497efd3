/// Text that is shown line by line, as Wireshark's `data-text-lines` shows it.
public enum LineDescription {
  /// `Line-based text data: text/plain (4 lines)`, and each line.
  public static func describe(
    _ bytes: Span<UInt8>, at offset: Int, type: String?, into tree: inout FieldBuffer
  ) {
    // Lines of text have no names that are asked for alone: a mail has them, or everything is described.
    guard tree.wantsTree, tree.describesAny(of: .messages) else { return }
    if bytes.count > 0 { tree.addProtocol("data-text-lines") }
    let top = tree.opened(
      LineFields.fields.lines, at: offset, count: bytes.count)
    var lines = 0
    var position = 0
    while position < bytes.count {
      let line = bytes.packetLine(at: position)
      let whole = bytes.part(line.start, line.next)
      tree.addText(at: offset + line.start, count: whole.count) { $0.write(printable: whole) }
      lines += 1
      position = line.next
    }
    tree.relabel(top) {
      $0.write("Line-based text data")
      if let type { $0.write(": \(type)") }
      $0.write(" (\(lines) lines)")
    }
    tree.close(top)
  }
}

/// The fields of text that is shown line by line.
public struct LineFields: FieldSet {
  let lines = Field("data-text-lines", "Line-based text data", .proto)

  public init() {}
  static let fields = Self()
}

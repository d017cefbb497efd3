import Fields
import Wire

/// An array of frames as `tshark -T json` writes it: names and values of every field, duplicate keys and all.
public struct PacketJSON: PacketView {
  public let wantsTree = true
  private var isFirst = true

  public init() {}

  public mutating func begin(to text: inout TextBuffer) { text.write("[") }

  public mutating func end(to text: inout TextBuffer) { text.write(isFirst ? "]\n" : "\n]\n") }

  public mutating func write(
    _ tree: borrowing FieldBuffer, of frame: FrameFacts, _ bytes: Span<UInt8>,
    to text: inout TextBuffer
  ) {
    text.write(isFirst ? "\n" : ",\n")
    isFirst = false
    text.write("  {\n    \"_index\": \"packets-")
    text.write(date: CalendarTime(nanoseconds: frame.time))
    text.write("\",\n    \"_type\": \"doc\",\n    \"_score\": null,\n")
    text.write("    \"_source\": {\n      \"layers\": ")
    var index = 0
    writeObject(of: tree, from: &index, depth: 0, indent: 8, to: &text)
    text.write("\n    }\n  }")
  }

  /// Writes the items from `index` on that stand at `depth`, each with what is below it, as one object.
  private func writeObject(
    of tree: borrowing FieldBuffer, from index: inout Int, depth: Int, indent: Int, to text: inout TextBuffer
  ) {
    text.write("{")
    var isFirst = true
    while index < tree.items.count, tree.items[index].depth >= depth {
      let item = tree.items[index]
      let own = index
      index += 1
      let hasChildren = index < tree.items.count && tree.items[index].depth > item.depth
      let holdsValue = item.value != .none
      if holdsValue || !hasChildren {
        startMember(of: tree, own, suffix: "", indent, &isFirst, &text)
        writeString(to: &text) {
          if item.field.type == .proto {
            tree.writeLabel(of: own, to: &$0)
          } else {
            tree.writeShow(of: own, to: &$0)
          }
        }
      }
      guard hasChildren else { continue }
      startMember(of: tree, own, suffix: holdsValue ? "_tree" : "", indent, &isFirst, &text)
      writeObject(of: tree, from: &index, depth: Int(item.depth) + 1, indent: indent + 2, to: &text)
    }
    text.write("\n")
    text.write(repeating: UInt8(ascii: " "), count: indent - 2)
    text.write("}")
  }

  private func startMember(
    of tree: borrowing FieldBuffer, _ index: Int, suffix: String, _ indent: Int, _ isFirst: inout Bool,
    _ text: inout TextBuffer
  ) {
    text.write(isFirst ? "\n" : ",\n")
    isFirst = false
    text.write(repeating: UInt8(ascii: " "), count: indent)
    let name = tree.items[index].field.name
    if name.isEmpty {
      writeString(to: &text) { tree.writeBareLabel(of: index, to: &$0) }
    } else {
      text.write("\"")
      text.write(name)
      text.write(suffix)
      text.write("\"")
    }
    text.write(": ")
  }

  private func writeString(to text: inout TextBuffer, _ writing: (inout TextBuffer) -> Void) {
    text.write("\"")
    let start = text.count
    writing(&text)
    text.escapeJSON(from: start)
    text.write("\"")
  }
}

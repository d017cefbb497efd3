import Fields
import Wire

/// An array of frames as `tshark -T json` writes it: names and values of every field, duplicate keys and all.
public struct PacketJSON: PacketView {
  public let wantsTree = true
  public var showsSources: Bool { showsBytes }
  private let showsBytes: Bool
  public var hasWritten = false

  /// With bytes each field that has some is preceded by them: tshark's `-x`.
  public init(showsBytes: Bool = false) { self.showsBytes = showsBytes }

  public mutating func begin(to text: inout TextBuffer) { text.write("[") }

  public mutating func end(to text: inout TextBuffer) { text.write(hasWritten ? "\n]\n" : "]\n") }

  public mutating func write(
    _ tree: borrowing FieldBuffer, of frame: borrowing FrameFacts, _ bytes: Span<UInt8>,
    to text: inout TextBuffer
  ) {
    text.write(hasWritten ? ",\n" : "\n")
    hasWritten = true
    text.write("  {\n    \"_index\": \"packets-")
    let date = CalendarTime(frame.arrival)
    if date.isRepresentable {
      text.write(date: date, yearWidth: 1)
    } else {
      text.write("XXXX-XX-XX")
    }
    text.write("\",\n    \"_type\": \"doc\",\n    \"_score\": null,\n")
    text.write("    \"_source\": {\n      \"layers\": ")
    var index = 0
    writeObject(of: tree, bytes, from: &index, depth: 0, indent: 8, to: &text)
    text.write("\n    }\n  }")
  }

  /// Writes the items from `index` on that are at `depth`, each with what is below it, as one object.
  private func writeObject(
    of tree: borrowing FieldBuffer, _ bytes: Span<UInt8>, from index: inout Int, depth: Int,
    indent: Int,
    to text: inout TextBuffer
  ) {
    text.write("{")
    var isFirst = true
    let items = tree.items.span
    while index < items.count, items[index].depth >= depth {
      let item = items[index]
      let own = index
      index += 1
      let hasChildren = index < items.count && items[index].depth > item.depth
      let holdsValue = if case .none = item.value { false } else { true }
      // A line of text is no field: tshark writes no bytes for it.
      if showsBytes, item.length > 0, !item.field.isText {
        startMember(of: tree, own, .raw, indent, &isFirst, &text)
        writeRaw(of: item, tree, bytes, indent: indent + 2, to: &text)
      }
      if holdsValue || !hasChildren {
        startMember(of: tree, own, .value, indent, &isFirst, &text)
        writeValue(of: tree, own, to: &text)
      }
      guard hasChildren else { continue }
      startMember(of: tree, own, holdsValue ? .tree : .value, indent, &isFirst, &text)
      writeObject(
        of: tree, bytes, from: &index, depth: Int(item.depth) + 1, indent: indent + 2, to: &text)
    }
    text.write("\n")
    text.write(blanks: indent - 2)
    text.write("}")
  }

  /// The value as a string; what is written of numbers needs no escapes.
  private func writeValue(
    of tree: borrowing FieldBuffer, _ index: Int, to text: inout TextBuffer
  ) {
    let item = tree.items[index]
    if item.field.type == .proto {
      return writeString(to: &text) { tree.writeLabel(of: index, to: &$0) }
    }
    text.write("\"")
    let start = text.count
    tree.writeShow(of: index, to: &text)
    if case .content = item.value, item.field.type != .bytes { text.escapeJSON(from: start) }
    text.write("\"")
  }

  private func startMember(
    of tree: borrowing FieldBuffer, _ index: Int, _ form: Member, _ indent: Int,
    _ isFirst: inout Bool, _ text: inout TextBuffer
  ) {
    let field = tree.items[index].field
    if form == .value, !field.isText {
      text.write(member: field.nameText, isFirst: isFirst, blanks: indent)
      isFirst = false
      return
    }
    if isFirst { text.write("\n") } else { text.write(",\n") }
    isFirst = false
    text.write(blanks: indent)
    writeString(to: &text) {
      if field.isText {
        tree.writeBareLabel(of: index, to: &$0)
      } else {
        $0.write(field.nameText)
      }
      form.writeSuffix(to: &$0)
    }
    text.write(": ")
  }

  /// What of a field a member has: its name says so.
  private enum Member {
    case value, tree, raw

    func writeSuffix(to text: inout TextBuffer) {
      switch self {
      case .value: break
      case .tree: text.write("_tree")
      case .raw: text.write("_raw")
      }
    }
  }

  private func writeString(to text: inout TextBuffer, _ writing: (inout TextBuffer) -> Void) {
    text.write("\"")
    let start = text.count
    writing(&text)
    text.escapeJSON(from: start)
    text.write("\"")
  }

  /// An array of the bytes, offset, length, mask and type of a field.
  private func writeRaw(
    of item: FieldItem, _ tree: borrowing FieldBuffer, _ bytes: Span<UInt8>, indent: Int,
    to text: inout TextBuffer
  ) {
    let numbers = [
      UInt64(clamping: item.start), UInt64(clamping: item.length), item.field.mask,
      UInt64(item.field.type.wiresharkNumber),
    ]
    text.write("[\n")
    text.write(blanks: indent)
    text.write("\"")
    switch item.value {
    case .unsigned(let value) where item.field.mask != 0: text.write(upperHex: value)
    case .signed(let value) where item.field.mask != 0:
      text.write(upperHex: UInt64(bitPattern: value))
    default:
      if item.source == 0 {
        text.write(hexOf: bytes, item)
      } else if Int(item.source) <= tree.sources.count {
        let source = tree.sources[Int(item.source) - 1].bytes
        text.write(hexOf: source.span, item)
      }
    }
    text.write("\"")
    for number in numbers {
      text.write(",\n")
      text.write(blanks: indent)
      text.write(decimal: number)
    }
    text.write("\n")
    text.write(blanks: indent - 2)
    text.write("]")
  }
}

extension TextBuffer {
  fileprivate mutating func write(upperHex value: UInt64) {
    write(String(value, radix: 16, uppercase: true))
  }

  fileprivate mutating func write(hexOf bytes: Span<UInt8>, _ item: FieldItem) {
    let start = Swift.min(Swift.max(Int(item.start), 0), bytes.count)
    let end = Swift.min(start + Swift.max(Int(item.length), 0), bytes.count)
    write(hex: bytes.extracting(start..<end), colons: false)
  }
}

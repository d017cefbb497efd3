import Fields
import Wire

/// One JSON object a line and frame, without duplicate keys and with typed values.
///
/// The members of a frame are its protocols, those of a protocol its fields by name, however deep they are in the
/// tree. A protocol inside another one is a member of it. What occurs once is a value, what occurs more often in the
/// same object is an array, in order. `docs/schema/packets-ndjson.schema.json` says it all.
public struct PacketNDJSON: PacketView {
  public let wantsTree = true
  private let showsOffsets: Bool

  public init(showsOffsets: Bool = false) { self.showsOffsets = showsOffsets }

  public mutating func write(
    _ tree: borrowing FieldBuffer, of frame: borrowing FrameFacts, _ bytes: Span<UInt8>,
    to text: inout TextBuffer
  ) {
    text.write("{")
    writeMembers(of: tree, in: 0..<tree.items.count, isFirst: true, to: &text)
    text.write("}\n")
  }

  /// The items of one object: the first of each name, and of each item the next with its name.
  private struct Groups {
    private(set) var first: [Int] = []
    /// Counted from `base`; -1 ends a group.
    private(set) var next: [Int]

    init(_ indices: [Int], base: Int, count: Int, id: (Int) -> FieldID) {
      var last: [FieldID: Int] = [:]
      next = Array(repeating: -1, count: count)
      for index in indices {
        if let previous = last.updateValue(index, forKey: id(index)) {
          next[previous - base] = index
        } else {
          first.append(index)
        }
      }
    }
  }

  /// Writes what is in `range` as members of one object; the protocols in it as objects of their own.
  private func writeMembers(
    of tree: borrowing FieldBuffer, in range: Range<Int>, isFirst: Bool, to text: inout TextBuffer
  ) {
    var members: [Int] = []
    var lines: [Int] = []
    var index = range.lowerBound
    while index < range.upperBound {
      let type = tree.items[index].field.type
      if tree.items[index].field.isText {
        // A line of text that heads others says nothing that they do not say.
        let isHead =
          index + 1 < range.upperBound && tree.items[index + 1].depth > tree.items[index].depth
        if !isHead { lines.append(index) }
      } else {
        members.append(index)
      }
      index = type == .proto ? min(tree.end(of: index), range.upperBound) : index + 1
    }
    let items = tree.items
    let groups = Groups(members, base: range.lowerBound, count: range.count) { items[$0].field.id }
    var isFirst = isFirst
    for first in groups.first {
      text.write(isFirst ? "\"" : ",\"")
      isFirst = false
      text.write(tree.items[first].field.nameText)
      text.write("\":")
      var next = groups.next[first - range.lowerBound]
      let isArray = next >= 0
      if isArray { text.write("[") }
      writeValue(at: first, of: tree, to: &text)
      while next >= 0 {
        text.write(",")
        writeValue(at: next, of: tree, to: &text)
        next = groups.next[next - range.lowerBound]
      }
      if isArray { text.write("]") }
    }
    guard !lines.isEmpty else { return }
    text.write(isFirst ? "\"_text\":[" : ",\"_text\":[")
    for (position, line) in lines.enumerated() {
      if position > 0 { text.write(",") }
      writeString(to: &text) { tree.writeBareLabel(of: line, to: &$0) }
    }
    text.write("]")
  }

  private func writeValue(at index: Int, of tree: borrowing FieldBuffer, to text: inout TextBuffer)
  {
    let item = tree.items[index]
    if item.field.type == .proto {
      text.write("{")
      if showsOffsets { writePlace(of: item, tree, prefix: "_", to: &text) }
      writeMembers(
        of: tree, in: index + 1..<tree.end(of: index), isFirst: !showsOffsets || item.length == 0,
        to: &text)
      text.write("}")
    } else if showsOffsets {
      text.write("{\"value\":")
      writePlainValue(at: index, of: tree, to: &text)
      if item.length > 0 {
        text.write(",")
        writePlace(of: item, tree, prefix: "", to: &text)
      }
      text.write("}")
    } else {
      writePlainValue(at: index, of: tree, to: &text)
    }
  }

  /// `"offset":14,"length":20`, and which bytes the offset counts in where these are not the frame's.
  private func writePlace(
    of item: FieldItem, _ tree: borrowing FieldBuffer, prefix: String, to text: inout TextBuffer
  ) {
    guard item.length > 0 else { return }
    text.write("\"\(prefix)offset\":")
    text.write(decimal: Int(item.start))
    text.write(",\"\(prefix)length\":")
    text.write(decimal: Int(item.length))
    guard item.source > 0, Int(item.source) <= tree.sources.count else { return }
    text.write(",\"\(prefix)source\":")
    text.write(json: tree.sources[Int(item.source) - 1].name)
  }

  private func writePlainValue(
    at index: Int, of tree: borrowing FieldBuffer, to text: inout TextBuffer
  ) {
    let item = tree.items[index]
    switch item.value {
    case .none: text.write("true")
    case .unsigned(let value) where item.field.type == .boolean:
      text.write(value != 0 ? "true" : "false")
    case .unsigned(let value): text.write(decimal: value)
    case .signed(let value): text.write(decimal: value)
    case .double(let value): text.write(value.isFinite ? "\(value)" : "null")
    case .ether, .ipv4, .ipv6: writeString(to: &text) { tree.writeShow(of: index, to: &$0) }
    case .time(let time):
      if item.field.type == .absoluteTime {
        writeString(to: &text) { $0.write(rfc3339: time) }
      } else {
        text.write(seconds: time)
      }
    case .content:
      if item.field.type == .bytes {
        writeBytes(at: index, of: tree, to: &text)
      } else {
        writeString(to: &text) { tree.writeShow(of: index, to: &$0) }
      }
    }
  }

  /// `{"hex":"4f4b","text":"OK"}`; without the text where the bytes are not printable.
  private func writeBytes(at index: Int, of tree: borrowing FieldBuffer, to text: inout TextBuffer)
  {
    let bytes = tree.content(of: index)
    text.write("{\"hex\":\"")
    text.write(hex: bytes, colons: false)
    text.write("\"")
    if !bytes.isEmpty, bytes.isPrintableText {
      text.write(",\"text\":")
      writeString(to: &text) { $0.write(bytes) }
    }
    text.write("}")
  }

  private func writeString(to text: inout TextBuffer, _ writing: (inout TextBuffer) -> Void) {
    text.write("\"")
    let start = text.count
    writing(&text)
    text.escapeJSON(from: start)
    text.write("\"")
  }
}

extension Span<UInt8> {
  /// UTF-8 without control characters but white space.
  fileprivate var isPrintableText: Bool {
    for index in indices {
      let byte = self[index]
      if byte < 0x20 && !(0x09...0x0d).contains(byte) || byte == 0x7f { return false }
    }
    return endOfPlain(from: 0) == count || String(validating: copy, as: UTF8.self) != nil
  }
}

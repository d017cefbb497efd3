import Fields

/// XML as Wireshark's `xml` shows it: tags with what they hold, attribute by attribute. It is read without regard to
/// whether it is well formed.
struct XMLDescription: ~Escapable {
  /// Tags within each other that are indented.
  private static let deepest = 200

  private let bytes: Span<UInt8>
  private let offset: Int
  private var position = 0
  private var open: [FieldIndex] = []

  @_lifetime(copy bytes)
  private init(_ bytes: Span<UInt8>, at offset: Int) {
    self.bytes = bytes
    self.offset = offset
  }

  static func describe(_ bytes: Span<UInt8>, at offset: Int, into tree: inout FieldBuffer) {
    tree.columns.protocolName += "/XML"
    guard tree.wantsTree else { return }
    tree.addProtocol("xml")
    let top = tree.opened(XMLFields.fields.xml, at: offset, count: bytes.count)
    var reader = Self(bytes, at: offset)
    while reader.position < bytes.count { reader.describeNext(into: &tree) }
    tree.close(top)
  }

  private mutating func describeNext(into tree: inout FieldBuffer) {
    let fields = XMLFields.fields
    let rest = bytes.part(position, bytes.count)
    guard rest[0] == UInt8(ascii: "<") else { return describeText(into: &tree) }
    if rest.begins(with: "<!--") {
      describeWhole(fields.comment, until: "-->", into: &tree)
    } else if rest.begins(with: "<![CDATA[") {
      describeWhole(fields.section, until: "]]>", into: &tree)
    } else if rest.begins(with: "<!") {
      describeWhole(fields.doctype, until: ">", into: &tree)
    } else if rest.begins(with: "</") {
      describeClosing(into: &tree)
    } else {
      describeTag(into: &tree)
    }
  }

  /// After `mark`, or after the last byte.
  private func end(of mark: StaticString, from start: Int) -> Int {
    var index = start
    while index < bytes.count {
      if bytes.part(index, bytes.count).begins(with: mark) { return index + mark.utf8CodeUnitCount }
      index += 1
    }
    return bytes.count
  }

  private mutating func describeText(into tree: inout FieldBuffer) {
    let start = position
    while position < bytes.count, bytes[position] != UInt8(ascii: "<") { position += 1 }
    var (from, until) = (start, position)
    while from < until, bytes[from].isWhiteSpace { from += 1 }
    while until > from, bytes[until - 1].isWhiteSpace { until -= 1 }
    guard until > from else { return }
    let item = tree.add(XMLFields.fields.text, bytes.part(from, until), at: offset + from)
    relabel(item, from, until, &tree)
  }

  private mutating func describeWhole(
    _ field: Field, until mark: StaticString, into tree: inout FieldBuffer
  ) {
    let start = position
    position = end(of: mark, from: start)
    let item = tree.add(field, bytes.part(start, position), at: offset + start)
    relabel(item, start, position, &tree)
  }

  private mutating func describeClosing(into tree: inout FieldBuffer) {
    let start = position
    position = end(of: ">", from: start)
    tree.addText(at: offset + start, count: position - start) {
      $0.write(printable: bytes.part(start, position))
    }
    if let tag = open.popLast() { tree.close(tag) }
  }

  private mutating func describeTag(into tree: inout FieldBuffer) {
    let fields = XMLFields.fields
    let start = position
    let isInstruction = bytes[start + 1, or: 0] == UInt8(ascii: "?")
    let tagEnd = end(of: ">", from: start)
    var nameEnd = start + 1
    while nameEnd < tagEnd, !bytes[nameEnd].isWhiteSpace, bytes[nameEnd] != UInt8(ascii: ">"),
      nameEnd == start + 1
        || bytes[nameEnd] != UInt8(ascii: "/") && bytes[nameEnd] != UInt8(ascii: "?")
    {
      nameEnd += 1
    }
    position = nameEnd
    let item = tree.add(isInstruction ? fields.instruction : fields.tag, bytes.part(start, tagEnd))
    tree.open(item)
    var last = item
    var lastStart = start, lastEnd = nameEnd
    while let attribute = nextAttribute(before: tagEnd) {
      relabel(last, lastStart, lastEnd, &tree)
      (lastStart, lastEnd) = (attribute.lowerBound, attribute.upperBound)
      last = tree.add(fields.attribute, bytes.part(attribute), at: offset + attribute.lowerBound)
    }
    // The end of the tag is after what came last.
    let isEmpty = tagEnd >= 2 && bytes[tagEnd - 2, or: 0] == UInt8(ascii: "/")
    position = tagEnd
    if isInstruction {
      relabel(last, lastStart, lastEnd, &tree)
      tree.addText("?>", at: offset + max(start, tagEnd - 2), count: 2)
      tree.close(item)
      return
    }
    tree.relabel(last) {
      $0.write(printable: bytes.part(lastStart, lastEnd))
      $0.write(isEmpty ? "/>" : ">")
    }
    if isEmpty || open.count >= Self.deepest { tree.close(item) } else { open.append(item) }
  }

  /// `name = "value"`, or a name alone.
  private mutating func nextAttribute(before end: Int) -> Range<Int>? {
    while position < end, bytes[position].isWhiteSpace { position += 1 }
    let start = position
    while position < end, !bytes[position].isWhiteSpace, bytes[position] != UInt8(ascii: ">"),
      bytes[position] != UInt8(ascii: "/"), bytes[position] != UInt8(ascii: "?")
    {
      let byte = bytes[position]
      position += 1
      guard byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") else { continue }
      position =
        bytes.firstIndex(of: byte, from: position, before: end).map { $0 + 1 } ?? end
      break
    }
    return position > start ? start..<position : nil
  }

  private func relabel(
    _ item: FieldIndex, _ start: Int, _ end: Int, _ tree: inout FieldBuffer
  ) {
    tree.relabel(item) { $0.write(printable: bytes.part(start, end)) }
  }
}

/// The fields of XML.
public struct XMLFields: FieldSet {
  let xml = Field("xml", "eXtensible Markup Language", .proto)
  let tag = Field("xml.tag", "Tag", .string)
  let attribute = Field("xml.attribute", "Attribute", .string)
  let text = Field("xml.cdata", "CDATA", .string)
  let section = Field("xml.cdatasection", "CDATASection", .string)
  let comment = Field("xml.comment", "Comment", .string)
  let doctype = Field("xml.doctype", "Doctype", .string)
  let instruction = Field("xml.xmlpi", "XMLPI", .string)

  public init() {}
  static let fields = Self()
}

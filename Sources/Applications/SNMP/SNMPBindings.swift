import Fields

// The variable bindings of a PDU (RFC 3416 section 3).
extension SNMPMessage {
  func describe(
    bindings cursor: inout SNMPCursor, _ fields: SNMPFields, _ names: inout TextBuffer,
    into tree: inout FieldBuffer
  ) throws(DecodeError) {
    guard let list = try cursor.next(reader, .sequence, into: &tree) else {
      return
    }
    var count = 0
    var offset = list.contents
    // In a frame that was cut they cannot be counted.
    let isCut = list.contentsEnd > reader.count && reader.count < reader.wireCount
    while !isCut, offset < list.contentsEnd {
      offset = try reader.berElement(at: offset).end
      count += 1
    }
    let top = tree.opened(
      fields.bindings, .unsigned(UInt64(count)), at: list.contents, count: list.count)
    if isCut {
      tree.relabel(top, "variable-bindings: unknown number of items")
    } else {
      tree.note(top, count == 1 ? " item" : " items")
    }
    var inner = SNMPCursor(at: list.contents, end: list.contentsEnd)
    inner.place = "SEQUENCE OF"
    while !inner.isAtEnd {
      guard let binding = try inner.next(reader, .sequence, into: &tree) else { continue }
      try reader.require(binding.count, at: binding.contents)
      try describe(binding: binding, fields, &names, into: &tree)
    }
    tree.close(top)
    try cursor.finish(reader, into: &tree)
  }

  private func describe(
    binding: BERElement, _ fields: SNMPFields, _ names: inout TextBuffer,
    into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let top = tree.addText("VarBind", at: binding.start, count: binding.end - binding.start)
    tree.open(top)
    defer { tree.close(top) }
    let name = try reader.berElement(at: binding.contents)
    guard name.isUniversal(6), !name.isConstructed else {
      tree.close(top)
      let line = tree.addText("ObjectName must be an OID in primitive encoding", at: name.start)
      tree.expert(fields.notIdentifier, .warning, .malformed, "ObjectName not an OID", under: line)
      try describe(unknown: binding, under: line, into: &tree)
      return
    }
    guard let identifier = ObjectIdentifier(try contents(of: name)) else {
      let item = tree.add(fields.name, "", at: name.contents, count: name.count)
      tree.note(item, " (*** Malformed OID ***)")
      throw reader.malformed
    }
    let value: BERElement
    do throws(DecodeError) {
      guard name.end < binding.contentsEnd else { throw reader.malformed }
      value = try reader.berElement(at: name.end)
    } catch {
      add(fields.name, identifier, at: name, into: &tree)
      throw error
    }
    guard value.end <= binding.contentsEnd else { throw reader.malformed }
    add(fields.name, identifier, at: name, into: &tree)
    guard !value.isConstructed else {
      let line = tree.addText("the value must be in primitive encoding", at: value.start)
      tree.expert(
        fields.notPrimitive, .warning, .malformed, "value not in primitive encoding", under: line)
      try describe(unknown: value, under: line, into: &tree)
      return
    }
    if value.tagClass == 2, value.tag > 2 {
      let line = tree.addText(
        "Wrong tag for Error Value: expected 0, 1, or 2 but got: \(value.tag)", at: value.start)
      tree.expert(
        fields.wrongTag, .warning, .malformed, "Wrong tag for SNMP VarBind error value",
        under: line)
      try describe(unknown: value, under: line, into: &tree)
      return
    }
    var label = TextBuffer()
    let item = try describe(value: value, fields, &label, into: &tree)
    let isSystemName = [[1, 5], [1, 1]].contains { last in
      let bytes = reader.bytes
      return name.count == 8 && bytes.uint32(at: name.contents) == 0x2b06_0102
        && bytes[name.contents + 4] == 1 && bytes[name.contents + 5] == last[0]
        && bytes[name.contents + 6] == last[1] && bytes[name.contents + 7] == 0
    }
    try describe(wrongLength: value, under: item, fields, into: &tree)
    if isSystemName, value.tagClass != 2, value.count > 0 {
      // A number of nine octets begins with a zero that is not shown; what has no item is at the top.
      let skipped = item != .none && value.tagClass == 1 && value.count == 9 ? 1 : 0
      let at = value.contents + skipped
      let string = try reader.part(at: at, value.count - skipped)
      let depth = tree.depth
      if item == .none { tree.depth = 0 } else { tree.open(item) }
      describe(string: string, at: at, fields, into: &tree)
      tree.depth = depth
    }
    names.write(" ")
    identifier.isNamed ? identifier.writeNamed(to: &names) : identifier.write(to: &names)
    let text = label.bytes[...]
    tree.relabel(top) {
      if identifier.isNamed {
        identifier.writeNamed(to: &$0)
        $0.write(" (")
        identifier.write(to: &$0)
        $0.write(")")
      } else {
        identifier.write(to: &$0)
      }
      $0.write(": ")
      $0.write(text)
    }
  }

  private func describe(
    unknown element: BERElement, under line: FieldIndex, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    tree.open(line)
    defer { tree.close(line) }
    _ = try BERUnknown(reader).describe(at: element.start, to: element.end, into: &tree)
  }

  /// Says of a value that it is not as long as its type allows.
  private func describe(
    wrongLength value: BERElement, under item: FieldIndex, _ fields: SNMPFields,
    into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let lengths: ClosedRange<Int>
    switch (value.tagClass, value.tag) {
    case (0, 2) where (1...8).contains(value.count): lengths = 1...4
    case (0, 5): lengths = 0...0
    case (0, 6): lengths = 1...0xff_ffff
    default: return
    }
    guard !lengths.contains(value.count) else { return }
    tree.expert(fields.missingMIB, .note, .undecoded, fields.missingMIB.label, under: item)
    tree.open(item)
    defer { tree.close(item) }
    let line = tree.addText(
      "Wrong value length: \(value.count)  expecting: \(lengths.lowerBound) <= len <= "
        + "\(lengths.upperBound)", at: value.start, count: value.end - value.start)
    tree.expert(
      fields.wrongValueLength, .warning, .malformed, fields.wrongValueLength.label, under: line)
    try describe(unknown: value, under: line, into: &tree)
  }

  /// The value once more, as the string that the name of a system, or its description, is.
  private func describe(
    string: Span<UInt8>, at offset: Int, _ fields: SNMPFields, into tree: inout FieldBuffer
  ) {
    tree.addProtocol("snmp")
    tree.add(string: fields.bindingString, string, at: offset)
  }

  /// Adds the value, and writes into `label` how the binding's own line shows it.
  private func describe(
    value: BERElement, _ fields: SNMPFields, _ label: inout TextBuffer,
    into tree: inout FieldBuffer
  ) throws(DecodeError) -> FieldIndex {
    let (at, count) = (value.contents, value.count)
    switch (value.tagClass, value.tag) {
    case (2, 0...2):
      let field = fields.exceptions[Int(value.tag)]
      let item = tree.add(field, .none, at: value.start, count: value.end - value.start)
      tree.expert(fields.response, .note, .response, field.label, under: item)
      label.write(field.label)
      return item
    case (0, 2), (1, 2), (1, 7):
      let field =
        value.tagClass == 0 ? fields.integer : value.tag == 2 ? fields.gauge : fields.unsigned
      guard let number = try reader.berInteger(value) else {
        return integral(value, isUnsigned: false, fields, into: &tree)
      }
      label.write(decimal: number)
      return tree.add(field, number, at: at, count: count)
    case (1, 1), (1, 3), (1, 5), (1, 6):
      let field =
        value.tag == 1 || value.tag == 6
        ? (value.tag == 1 ? fields.counter : fields.counter64)
        : value.tag == 3 ? fields.ticks : fields.accessPoint
      guard let number = try reader.berUnsigned(value) else {
        return integral(value, isUnsigned: true, fields, into: &tree)
      }
      label.write(decimal: number)
      return tree.add(field, number, at: at, count: count)
    case (0, 5):
      label.write("Value (Null)")
      return tree.add(fields.null, .none, at: at, count: count)
    case (0, 6):
      guard let identifier = ObjectIdentifier(try contents(of: value)) else {
        throw reader.malformed
      }
      identifier.write(to: &label)
      label.write(" (")
      identifier.writeNamed(to: &label)
      label.write(")")
      return add(fields.identifier, identifier, at: value, into: &tree)
    case (1, 0) where count == 4:
      let address = try reader.uint32(at: at)
      label.write(ipv4: address)
      return tree.add(fields.address, .ipv4(address), at: at, count: 4)
    case (1, 0) where count == 16:
      let address = try reader.ipv6(at: at)
      label.write(address)
      return tree.add(fields.address6, address, at: at, count: 16)
    case (0, 4):
      let bytes = try contents(of: value)
      guard bytes.isPrintable else { fallthrough }
      // What does not fit in the value's line is not in the binding's either.
      let isLong = 23 + bytes.count + 1 > 239
      label.write("\"")
      label.write(isLong ? bytes.part(0, 204) : bytes)
      if !isLong { label.write("\"") }
      let item = tree.add(fields.octets, bytes, at: at)
      let text = label.bytes[...]
      tree.relabel(item) {
        $0.write(isLong ? "Value (OctetString) [truncated]: " : "Value (OctetString): ")
        $0.write(text)
      }
      return item
    default:
      let bytes = try contents(of: value)
      let field: Field =
        switch (value.tagClass, value.tag) {
        case (0, 4): fields.octets
        case (1, 0): fields.addressBytes
        case (1, 4): fields.opaque
        default: fields.unknown
        }
      if bytes.isEmpty { label.write("<MISSING>") }
      for index in 0..<min(bytes.count, 36) { label.write(hexByte: bytes[index]) }
      if bytes.count > 36 { label.write("…") }
      return tree.add(field, bytes, at: at)
    }
  }

  /// An integer that is none, or that is too long to be shown.
  private func integral(
    _ value: BERElement, isUnsigned: Bool, _ fields: SNMPFields, into tree: inout FieldBuffer
  ) -> FieldIndex {
    let (field, words) =
      value.count == 0
      ? (fields.integralEmpty, "Integral value is zero-length")
      : (
        isUnsigned ? fields.unsignedLarge : fields.integerLarge,
        "Integral value too large" + (isUnsigned ? "" : " or too small")
      )
    let line = tree.addText(words, at: value.contents, count: value.count)
    tree.expert(field, .note, .undecoded, words, under: line)
    return .none
  }
}

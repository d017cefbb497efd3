import Fields

/// An SNMP message (RFC 1157, 3416, 3412), viewed in place. `describe` checks what it reads as it goes.
struct SNMPMessage: ~Escapable {
  let reader: ByteReader
  private let wireCount: Int

  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) {
    self.reader = ByteReader(bytes, layer)
    self.wireCount = layer.wireCount
  }

  /// Whether it is SNMP: a sequence that fits in the datagram, and a version in it. nil where the bytes to tell are
  /// missing: `describe` says what is wrong with it.
  func isPlausible(isWhole: Bool) -> Bool? {
    do throws(DecodeError) {
      let sequence = try reader.berElement(at: 0)
      guard sequence.isUniversal(16) else { return false }
      if isWhole, sequence.contentsEnd > wireCount { return false }
      return try reader.berElement(at: sequence.contents).isUniversal(2)
    } catch {
      return nil
    }
  }

  /// What a request and its response have in common; nil for messages that are neither.
  func transaction() -> (identifier: UInt32, isRequest: Bool)? {
    do throws(DecodeError) {
      let sequence = try reader.berElement(at: 0)
      let version = try reader.berElement(at: sequence.contents)
      guard version.isUniversal(2) else { return nil }
      let number = try reader.berInteger(version)
      var item = try reader.berElement(at: version.end)
      if number == 3 {
        item = try reader.berElement(at: try reader.berElement(at: item.end).end)
        guard item.isUniversal(16) else { return nil }
        let engine = try reader.berElement(at: item.contents)
        item = try reader.berElement(at: engine.end)
      }
      let unit = try reader.berElement(at: item.end)
      guard unit.tagClass == 2, [0, 1, 2, 3, 5, 6].contains(unit.tag) else { return nil }
      guard let identifier = try reader.berInteger(try reader.berElement(at: unit.contents))
      else { return nil }
      return (UInt32(truncatingIfNeeded: identifier), unit.tag != 2)
    } catch {
      return nil
    }
  }

  func describe(_ context: borrowing DescribeContext, into tree: inout FieldBuffer)
    throws(DecodeError)
  {
    let fields = SNMPFields.fields
    tree.addProtocol("snmp")
    let message = try reader.berElement(at: 0)
    let version = try reader.berElement(at: message.contents)
    let number = try reader.berInteger(version) ?? 0
    tree.columns.protocolName = "SNMP"
    let top = tree.opened(fields.snmp, count: min(message.end, reader.count))
    defer { tree.close(top) }
    var cursor = SNMPCursor(at: version.end, end: message.contentsEnd)
    guard (0...3).contains(number) else {
      tree.expert(fields.versionUnknown, .warning, .proto, "Unknown version", under: top)
      return
    }
    try add(
      integer: number == 3 ? fields.messageVersion : fields.version, version, cursor, into: &tree)
    switch number {
    case 3: try describe(version3: &cursor, fields, context, into: &tree)
    case 2: try describe(userBased: &cursor, fields, context, into: &tree)
    default:
      try describe(
        community: &cursor, allowsTrap: number == 0, fields, context, into: &tree)
    }
    try cursor.finish(reader, into: &tree)
    tree.close(top)
    DataLayer.describe(reader.rest(from: message.end), at: message.end, into: &tree)
  }

  private func describe(
    community cursor: inout SNMPCursor, allowsTrap: Bool, _ fields: SNMPFields,
    _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    if let community = try cursor.next(reader, .octets, into: &tree) {
      tree.add(
        string: fields.community, try contents(of: community), at: community.contents)
    }
    guard !cursor.isAtEnd else { return }
    try describe(unitAt: &cursor, allowsTrap: allowsTrap, fields, context, into: &tree)
  }

  /// The PDU of a message, which is no Trap-PDU but in version 1.
  func describe(
    unitAt cursor: inout SNMPCursor, allowsTrap: Bool, _ fields: SNMPFields,
    _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let data = tree.next
    let unit = try reader.berElement(at: cursor.offset)
    cursor.offset = unit.end
    try describe(unit: unit, as: fields.data, fields, context, into: &tree)
    if !allowsTrap, unit.tagClass == 2, unit.tag == 4 {
      tree.expert(
        fields.trapObsolete, .warning, .proto, fields.trapObsolete.label, under: data)
    }
  }

  /// The version of RFC 1910, which was never used.
  private func describe(
    userBased cursor: inout SNMPCursor, _ fields: SNMPFields,
    _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    if let parameters = try cursor.next(reader, .octets, into: &tree) {
      tree.add(
        fields.userParameters, try contents(of: parameters), at: parameters.contents)
    }
    guard !cursor.isAtEnd else { return }
    let data = try reader.berElement(at: cursor.offset)
    cursor.offset = data.end
    let isPlain = data.tagClass == 2
    guard isPlain || data.isUniversal(4) else { return }
    let top = tree.opened(
      fields.userData, .unsigned(isPlain ? 0 : 1), at: data.start, count: data.end - data.start)
    if isPlain {
      try describe(unit: data, as: fields.userPlaintext, fields, context, into: &tree)
    } else {
      tree.add(fields.userEncrypted, try contents(of: data), at: data.contents)
    }
    tree.close(top)
  }

  /// The contents of an element must be there; in a frame that was cut, as much of them as there is is described.
  func requireUnlessCut(_ element: BERElement) throws(DecodeError) {
    if reader.count == wireCount { try reader.require(element.count, at: element.contents) }
  }

  /// Exactly the contents of an element.
  @_lifetime(copy self)
  func contents(of element: BERElement) throws(DecodeError) -> Span<UInt8> {
    try reader.part(at: element.contents, element.count)
  }

  // MARK: PDUs

  /// The choice of PDUs. Info has the names of the bindings, and of the PDU in front of them where it is whole.
  func describe(
    unit: BERElement, as choice: Field, _ fields: SNMPFields,
    _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    tree.columns.startInfo()
    guard unit.tagClass == 2, unit.tag < 9 else { return }
    let name = snmpPDUName(UInt64(unit.tag)) ?? ""
    let data = tree.opened(
      choice, .unsigned(UInt64(unit.tag)), at: unit.start, count: unit.end - unit.start)
    let top = tree.opened(fields.units[Int(unit.tag)], at: unit.contents, count: unit.count)
    if unit.count == 0 { tree.note(top, " [0 length]") }
    var names = TextBuffer()
    do throws(DecodeError) {
      if unit.tag == 4 {
        try describe(trap: unit, fields, &names, into: &tree)
      } else {
        try describe(unit: unit, fields, &names, into: &tree)
      }
    } catch {
      tree.columns.info.write(names.bytes[...])
      throw error
    }
    tree.close(top)
    tree.close(data)
    tree.columns.info.write(name)
    tree.columns.info.write(names.bytes[...])
    if unit.tag == 2, let request = context.request {
      tree.add(fields.responseTo, request.frame, .generated)
      tree.add(fields.time, .time(context.facts.time &- request.time), .generated)
    }
  }

  private func describe(
    unit: BERElement, _ fields: SNMPFields, _ names: inout TextBuffer, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let isBulk = unit.tag == 5
    var cursor = SNMPCursor(at: unit.contents, end: unit.contentsEnd)
    for field in [
      fields.requestID, isBulk ? fields.nonRepeaters : fields.errorStatus,
      isBulk ? fields.maxRepetitions : fields.errorIndex,
    ] {
      try add(integer: field, &cursor, into: &tree)
    }
    try describe(bindings: &cursor, fields, &names, into: &tree)
  }

  /// Adds an integer of a sequence, where there is one.
  func add(
    integer field: Field, _ cursor: inout SNMPCursor, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    guard let element = try cursor.next(reader, .integer, into: &tree) else { return }
    try add(integer: field, element, cursor, into: &tree)
  }

  private func add(
    integer field: Field, _ element: BERElement, _ cursor: SNMPCursor,
    into tree: inout FieldBuffer
  ) throws(DecodeError) {
    guard element.count > 0 else {
      cursor.addLengthError(field.label, element, into: &tree)
      return
    }
    let value = try reader.berLow32(element, isSigned: field.type.isSigned)
    tree.add(
      field, field.type.isSigned ? Int64(Int32(bitPattern: value)) : Int64(value),
      at: element.contents, count: element.count)
  }

  private func describe(
    trap: BERElement, _ fields: SNMPFields, _ names: inout TextBuffer, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    var cursor = SNMPCursor(at: trap.contents, end: trap.contentsEnd)
    if let enterprise = try cursor.next(reader, .identifier, into: &tree) {
      guard let identifier = ObjectIdentifier(try contents(of: enterprise)) else {
        throw reader.malformed
      }
      add(fields.enterprise, identifier, at: enterprise, into: &tree)
      names.write(" ")
      identifier.writeNamed(to: &names)
    }
    if let address = try cursor.next(reader, .address, into: &tree) {
      if address.count == 4 {
        tree.add(
          fields.agentAddress, .ipv4(try reader.uint32(at: address.contents)),
          at: address.contents, count: 4)
      } else {
        cursor.addLengthError(fields.agentAddress.label, address, into: &tree)
      }
    }
    try add(integer: fields.genericTrap, &cursor, into: &tree)
    try add(integer: fields.specificTrap, &cursor, into: &tree)
    if let stamp = try cursor.next(reader, .ticks, into: &tree) {
      tree.add(
        fields.timeStamp, (try reader.berUnsigned(stamp) ?? 0) & 0xffff_ffff, at: stamp.contents,
        count: stamp.count)
    }
    try describe(bindings: &cursor, fields, &names, into: &tree)
  }

  @discardableResult
  func add(
    _ field: Field, _ identifier: borrowing ObjectIdentifier, at element: BERElement,
    into tree: inout FieldBuffer
  ) -> FieldIndex {
    let item = tree.add(field, at: element.contents, count: element.count) {
      identifier.write(to: &$0)
    }
    tree.note(item) {
      $0.write(" (")
      identifier.writeNamed(to: &$0)
      $0.write(")")
    }
    return item
  }

  // MARK: Bindings

  private func describe(
    bindings cursor: inout SNMPCursor, _ fields: SNMPFields, _ names: inout TextBuffer,
    into tree: inout FieldBuffer
  ) throws(DecodeError) {
    guard let list = try cursor.next(reader, .sequence, into: &tree) else {
      return
    }
    var count = 0
    var offset = list.contents
    // In a frame that was cut they cannot be counted.
    let isCut = list.contentsEnd > reader.count && reader.count < wireCount
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
      try requireUnlessCut(binding)
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
      return
    }
    guard let identifier = ObjectIdentifier(try contents(of: name)) else {
      let item = tree.add(fields.name, "", at: name.contents, count: name.count)
      tree.note(item, " (*** Malformed OID ***)")
      throw reader.malformed
    }
    add(fields.name, identifier, at: name, into: &tree)
    let value = try reader.berElement(at: name.end)
    try reader.require(value.count, at: value.contents)
    guard name.end < binding.contentsEnd, value.end <= binding.contentsEnd else {
      throw reader.malformed
    }
    guard !value.isConstructed else {
      let line = tree.addText("the value must be in primitive encoding", at: value.start)
      tree.expert(
        fields.notPrimitive, .warning, .malformed, "value not in primitive encoding", under: line)
      return
    }
    if value.tagClass == 2, value.tag > 2 {
      let line = tree.addText(
        "Wrong tag for Error Value: expected 0, 1, or 2 but got: \(value.tag)", at: value.start)
      tree.expert(
        fields.wrongTag, .warning, .malformed, "Wrong tag for SNMP VarBind error value",
        under: line)
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
    if isSystemName, value.tagClass != 2, value.count > 0 {
      tree.open(item)
      describe(string: try contents(of: value), at: value.contents, fields, into: &tree)
      tree.close(item)
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
      label.write("\"")
      label.write(bytes)
      label.write("\"")
      let item = tree.add(fields.octets, bytes, at: at)
      if tree.wantsTree {
        let isLong = 23 + bytes.count + 1 > 239
        tree.relabel(item) {
          $0.write(isLong ? "Value (OctetString) [truncated]: \"" : "Value (OctetString): \"")
          $0.write(isLong ? bytes.part(0, 204) : bytes)
          if !isLong { $0.write("\"") }
        }
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
    return line
  }
}

extension Span<UInt8> {
  /// Not empty, and ASCII without control characters.
  fileprivate var isPrintable: Bool {
    for index in indices where self[index] < 0x20 || self[index] > 0x7e { return false }
    return !isEmpty
  }
}

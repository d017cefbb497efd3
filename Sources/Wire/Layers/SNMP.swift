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
    switch number {
    case 0, 1:
      tree.add(fields.version, number, at: version.contents, count: version.count)
      try describe(community: version.end, message.contentsEnd, fields, context, into: &tree)
    case 3:
      tree.add(fields.messageVersion, number, at: version.contents, count: version.count)
      try describe(version3: version.end, message.contentsEnd, fields, context, into: &tree)
    case 2:
      // The version of RFC 1910, which was never used.
      tree.add(fields.version, number, at: version.contents, count: version.count)
    default:
      tree.expert(fields.versionUnknown, .warning, .proto, "Unknown version", under: top)
      return
    }
    tree.close(top)
    DataLayer.describe(reader.rest(from: message.end), at: message.end, into: &tree)
    if message.end < reader.count { tree.addProtocol("data") }
  }

  private func describe(
    community start: Int, _ end: Int, _ fields: SNMPFields, _ context: borrowing DescribeContext,
    into tree: inout FieldBuffer
  ) throws(DecodeError) {
    var cursor = SNMPCursor(at: start, end: end)
    if let community = try cursor.next(reader, .octets, into: &tree) {
      add(text: fields.community, try contents(of: community), at: community.contents, into: &tree)
    }
    guard !cursor.isAtEnd else { return }
    try describe(unitAt: cursor.offset, fields, context, into: &tree)
  }

  /// Exactly the contents of an element.
  @_lifetime(copy self)
  func contents(of element: BERElement) throws(DecodeError) -> Span<UInt8> {
    try reader.part(at: element.contents, element.count)
  }

  /// A string of ASCII: what is none shows as U+FFFD, and it ends at the first zero.
  func add(
    text field: Field, _ bytes: Span<UInt8>, at offset: Int, into tree: inout FieldBuffer
  ) {
    tree.add(field, at: offset, count: bytes.count) { $0.write(ascii: bytes) }
  }

  // MARK: PDUs

  /// The choice of PDUs. Info has the names of the bindings, and of the PDU in front of them where it is whole.
  private func describe(
    unitAt start: Int, _ fields: SNMPFields, _ context: borrowing DescribeContext,
    into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let unit = try reader.berElement(at: start)
    tree.columns.startInfo()
    guard unit.tagClass == 2, unit.tag < 9 else { return }
    let name = pduName(UInt64(unit.tag)) ?? ""
    let data = tree.opened(
      fields.data, .unsigned(UInt64(unit.tag)), at: start, count: unit.end - start)
    let top = tree.opened(fields.units[Int(unit.tag)], at: unit.contents, count: unit.count)
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
  private func add(
    integer field: Field, _ cursor: inout SNMPCursor, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    guard let element = try cursor.next(reader, .integer, into: &tree),
      let value = try reader.berInteger(element)
    else { return }
    tree.add(
      field, field.type.isSigned ? value : value & 0xffff_ffff, at: element.contents,
      count: element.count)
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
    if let address = try cursor.next(reader, .address, into: &tree), address.count == 4 {
      tree.add(
        fields.agentAddress, .ipv4(try reader.uint32(at: address.contents)), at: address.contents,
        count: 4)
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
    while offset < list.contentsEnd {
      offset = try reader.berElement(at: offset).end
      count += 1
    }
    let top = tree.opened(
      fields.bindings, .unsigned(UInt64(count)), at: list.contents, count: list.count)
    tree.note(top, count == 1 ? " item" : " items")
    defer { tree.close(top) }
    var inner = SNMPCursor(at: list.contents, end: list.contentsEnd)
    inner.place = "SEQUENCE OF"
    while !inner.isAtEnd {
      guard let binding = try inner.next(reader, .sequence, into: &tree) else { continue }
      try reader.require(binding.count, at: binding.contents)
      try describe(binding: binding, fields, &names, into: &tree)
    }
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
    let item = tree.add(fields.bindingString, at: offset, count: string.count) {
      $0.write(ascii: string)
    }
    var hasEnded = false
    for index in string.indices {
      if string[index] == 0 {
        hasEnded = true
      } else if hasEnded {
        tree.expert(
          fields.stray, .warning, .undecoded, "Trailing stray characters", under: item)
        return
      }
    }
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

  // MARK: Version 3

  private func describe(
    version3 start: Int, _ end: Int, _ fields: SNMPFields, _ context: borrowing DescribeContext,
    into tree: inout FieldBuffer
  ) throws(DecodeError) {
    var cursor = SNMPCursor(at: start, end: end)
    var model: Int64 = 0
    if let global = try cursor.next(reader, .sequence, into: &tree) {
      let top = tree.opened(fields.globalData, at: global.contents, count: global.count)
      var inner = SNMPCursor(at: global.contents, end: global.contentsEnd)
      try add(integer: fields.messageID, &inner, into: &tree)
      try add(integer: fields.maximumSize, &inner, into: &tree)
      if let flags = try inner.next(reader, .octets, into: &tree) {
        let item = tree.add(fields.flags, try contents(of: flags), at: flags.contents)
        let value = try reader.uint8(at: flags.contents)
        guard flags.count > 0 else { throw reader.malformed }
        tree.open(item)
        for field in [fields.flagReport, fields.flagEncrypted, fields.flagAuthenticated] {
          tree.add(field, bitsOf: value, at: flags.contents, count: 1)
        }
        tree.close(item)
      }
      if let element = try inner.next(reader, .integer, into: &tree) {
        model = try reader.berInteger(element) ?? 0
        tree.add(fields.model, model, at: element.contents, count: element.count)
      }
      tree.close(top)
    }
    if let parameters = try cursor.next(reader, .octets, into: &tree) {
      if model == 3 {
        try reader.require(parameters.count, at: parameters.contents)
        try describe(userBased: parameters.contents, fields, into: &tree)
      } else {
        tree.add(fields.parameters, try contents(of: parameters), at: parameters.contents)
      }
    }
    guard !cursor.isAtEnd else { return }
    let data = try reader.berElement(at: cursor.offset)
    if data.isUniversal(4) {
      let bytes = try contents(of: data)
      let top = tree.opened(fields.messageData, .unsigned(1), at: data.start, count: data.count)
      tree.add(fields.encrypted, bytes, at: data.contents)
      tree.close(top)
      tree.columns.setInfo("encryptedPDU: privKey Unknown")
    } else if data.isUniversal(16) {
      let top = tree.opened(fields.messageData, .unsigned(0), at: data.start, count: data.count)
      let plain = tree.opened(fields.plaintext, at: data.contents, count: data.count)
      var inner = SNMPCursor(at: data.contents, end: data.contentsEnd)
      if let engine = try inner.next(reader, .octets, into: &tree) {
        try describe(engine: engine, fields.contextEngine, fields, into: &tree)
      }
      if let name = try inner.next(reader, .octets, into: &tree) {
        add(text: fields.contextName, try contents(of: name), at: name.contents, into: &tree)
      }
      if !inner.isAtEnd { try describe(unitAt: inner.offset, fields, context, into: &tree) }
      tree.close(plain)
      tree.close(top)
    }
  }

  /// The security parameters of the user-based model (RFC 3414).
  private func describe(
    userBased start: Int, _ fields: SNMPFields, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let sequence = try reader.berElement(at: start)
    guard sequence.isUniversal(16) else { throw reader.malformed }
    var cursor = SNMPCursor(at: sequence.contents, end: sequence.contentsEnd)
    if let engine = try cursor.next(reader, .octets, into: &tree) {
      try describe(engine: engine, fields.engine, fields, into: &tree)
    }
    try add(integer: fields.boots, &cursor, into: &tree)
    try add(integer: fields.engineTime, &cursor, into: &tree)
    if let user = try cursor.next(reader, .octets, into: &tree) {
      add(text: fields.user, try contents(of: user), at: user.contents, into: &tree)
    }
    for field in [fields.authentication, fields.privacy] {
      guard let element = try cursor.next(reader, .octets, into: &tree) else { continue }
      tree.add(field, try contents(of: element), at: element.contents)
    }
  }

  /// An engine's identifier (RFC 3411, section 5).
  private func describe(
    engine: BERElement, _ field: Field, _ fields: SNMPFields, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let bytes = try contents(of: engine)
    let at = engine.contents
    let top = tree.add(field, bytes, at: at)
    guard !bytes.isEmpty else { return }
    tree.open(top)
    defer { tree.close(top) }
    let isRFC3411 = bytes[0] & 0x80 != 0
    tree.add(fields.conformance, bitsOf: bytes[0], at: at, count: 1)
    guard bytes.count >= 4 else { return }
    let enterprise = bytes.uint32(at: 0) & 0x7fff_ffff
    tree.add(fields.engineEnterprise, enterprise, at: at, count: 4)
    guard isRFC3411 else {
      if bytes.count == 12 {
        tree.add(fields.trailer, bytes.part(4, 12), at: at + 4)
      } else {
        addNotConforming("RFC1910", fields.conformance1910, at: at + 4, into: &tree)
      }
      return
    }
    guard bytes.count >= 5 else { return }
    let format = bytes[4]
    let item = tree.add(fields.engineFormat, format, at: at + 4, count: 1)
    let rest = bytes.part(5, bytes.count)
    switch (format, rest.count) {
    case (1, 4): tree.add(fields.engineIPv4, .ipv4(rest.uint32(at: 0)), at: at + 5, count: 4)
    case (2, 16):
      tree.add(
        fields.engineIPv6, .ipv6(high: rest.uint64(at: 0), low: rest.uint64(at: 8)), at: at + 5,
        count: 16)
    case (3, 6):
      tree.add(fields.engineMAC, .ether(rest.uint48(at: 0)), at: at + 5, count: 6)
    case (1, _), (2, _), (3, _):
      addNotConforming("RFC3411", fields.conformance3411, at: at + 5, into: &tree)
    case (4, _): add(text: fields.engineText, rest, at: at + 5, into: &tree)
    case (128, 8) where enterprise == 8072:
      tree.note(item, ": Net-SNMP Random")
      tree.add(fields.engineData, rest.part(0, 4), at: at + 5)
      let seconds = rest.uint32LittleEndian(at: 4)
      tree.add(fields.engineCreated, .time(Int64(seconds) * 1_000_000_000), at: at + 9, count: 4)
    default: tree.add(fields.engineData, rest, at: at + 5)
    }
  }

  private func addNotConforming(
    _ document: String, _ field: Field, at offset: Int, into tree: inout FieldBuffer
  ) {
    let words = "Data not conforming to \(document)"
    let line = tree.addText(words, at: offset)
    tree.expert(field, .warning, .proto, words, under: line)
  }
}

/// Goes through the elements of a sequence.
private struct SNMPCursor {
  struct Tag {
    let tagClass: UInt8
    let number: UInt32
    let name: String

    static let integer = Tag(tagClass: 0, number: 2, name: "INTEGER")
    static let octets = Tag(tagClass: 0, number: 4, name: "OCTET STRING")
    static let identifier = Tag(tagClass: 0, number: 6, name: "OBJECT IDENTIFIER")
    static let sequence = Tag(tagClass: 0, number: 16, name: "SEQUENCE")
    static let address = Tag(tagClass: 1, number: 0, name: "Reserved")
    static let ticks = Tag(tagClass: 1, number: 3, name: "BIT STRING")
  }
  private static let classes = ["UNIVERSAL", "APPLICATION", "CONTEXT", "PRIVATE"]

  var offset: Int
  let end: Int
  var place = "SEQUENCE"

  init(at offset: Int, end: Int) {
    self.offset = offset
    self.end = end
  }
  var isAtEnd: Bool { offset >= end }

  /// The next element, if it is what is expected; nil at the end, and for another, which the tree then says.
  mutating func next(
    _ reader: borrowing ByteReader, _ tag: Tag, into tree: inout FieldBuffer
  ) throws(DecodeError) -> BERElement? {
    guard !isAtEnd else { return nil }
    let element = try reader.berElement(at: offset)
    offset = element.end
    if element.tagClass == tag.tagClass, element.tag == tag.number { return element }
    addError(
      SNMPFields.fields.wrongField,
      "Wrong field in \(place): expected class:\(Self.classes[Int(tag.tagClass)])(\(tag.tagClass)) "
        + "tag:\(tag.number)(\(tag.name)) but found "
        + "class:\(Self.classes[Int(element.tagClass)])(\(element.tagClass)) tag:\(element.tag)",
      element, into: &tree)
    return nil
  }

  /// What follows is not part of the sequence.
  mutating func finish(
    _ reader: borrowing ByteReader, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    while !isAtEnd {
      let element = try reader.berElement(at: offset)
      offset = element.end
      addError(
        SNMPFields.fields.unknownField,
        "This field lies beyond the end of the known sequence definition.", element, into: &tree)
    }
  }

  private func addError(
    _ field: Field, _ what: String, _ element: BERElement, into tree: inout FieldBuffer
  ) {
    guard tree.wantsTree else { return }
    let words = "BER Error: \(what)"
    let line = tree.addText(words, at: element.start, count: element.end - element.start)
    tree.expert(field, .warning, .malformed, words, under: line)
  }
}

extension Span<UInt8> {
  /// Not empty, and ASCII without control characters.
  fileprivate var isPrintable: Bool {
    for index in indices where self[index] < 0x20 || self[index] > 0x7e { return false }
    return !isEmpty
  }
}

extension TextBuffer {
  /// ASCII up to the first zero; other bytes as U+FFFD.
  fileprivate mutating func write(ascii bytes: Span<UInt8>) {
    for index in bytes.indices {
      if bytes[index] == 0 { return }
      if bytes[index] < 0x80 { write(byte: bytes[index]) } else { write("\u{fffd}") }
    }
  }
}

@Sendable private func pduName(_ tag: UInt64) -> String? {
  word(
    tag,
    [
      "get-request", "get-next-request", "get-response", "set-request", "trap", "getBulkRequest",
      "informRequest", "snmpV2-trap", "report",
    ])
}
@Sendable private func versionName(_ version: UInt64) -> String? {
  word(version, ["version-1", "v2c", "v2u", "snmpv3"])
}
@Sendable private func errorName(_ status: UInt64) -> String? {
  word(
    status,
    [
      "noError", "tooBig", "noSuchName", "badValue", "readOnly", "genErr", "noAccess",
      "wrongType", "wrongLength", "wrongEncoding", "wrongValue", "noCreation",
      "inconsistentValue", "resourceUnavailable", "commitFailed", "undoFailed",
      "authorizationError", "notWritable", "inconsistentName",
    ])
}
@Sendable private func genericTrapName(_ trap: UInt64) -> String? {
  word(
    trap,
    [
      "coldStart", "warmStart", "linkDown", "linkUp", "authenticationFailure", "egpNeighborLoss",
      "enterpriseSpecific",
    ])
}
/// Those that networks are likely to have; the registry has tens of thousands.
@Sendable private func enterpriseName(_ number: UInt64) -> String? {
  switch number {
  case 9: "ciscoSystems"
  case 11: "Hewlett-Packard"
  case 42: "Sun Microsystems"
  case 43: "3Com"
  case 63: "Apple Computer, Inc."
  case 94, 6527: "Nokia"
  case 111: "Oracle"
  case 171: "D-Link Systems, Inc."
  case 207: "Allied Telesis, Inc."
  case 232: "Compaq"
  case 253: "Xerox"
  case 311: "Microsoft"
  case 318: "American Power Conversion Corp."
  case 343: "Intel Corporation"
  case 534: "Eaton Corporation"
  case 641: "Lexmark International"
  case 674: "Dell Inc."
  case 789: "Network Appliance Corporation"
  case 890: "ZyXEL Communications Corp."
  case 1347: "KYOCERA Corporation"
  case 1588: "Brocade Communications Systems, Inc."
  case 1916: "Extreme Networks"
  case 2011: "HUAWEI Technology Co.,Ltd"
  case 2435: "Brother Industries, Ltd."
  case 2636: "Juniper Networks, Inc."
  case 3375: "F5 Labs, Inc."
  case 4526: "Netgear"
  case 6876: "VMware Inc."
  case 8072: "net-snmp"
  case 8741: "SonicWALL, Inc."
  case 11863: "TP-Link Systems Inc."
  case 12356: "Fortinet, Inc."
  case 14823: "Aruba, a Hewlett Packard Enterprise company"
  case 14988: "MikroTik"
  case 24681: "QNAP SYSTEMS, INC"
  case 25461: "PALO ALTO NETWORKS"
  case 25506: "H3C"
  case 30065: "Arista Networks, Inc."
  case 41112: "Ubiquiti Networks, Inc."
  case 47196: "Hewlett Packard Enterprise"
  default: nil
  }
}

/// The fields of SNMP, as Wireshark names them.
struct SNMPFields: FieldSet {
  let snmp = Field("snmp", "Simple Network Management Protocol", .proto)
  let version = Field("snmp.version", "version", .int32, .natural, .names(versionName))
  let versionUnknown = Field("snmp.version.unknown", "Unknown version", .none)
  let wrongField = Field("ber.error.sequence.field_wrong", "Wrong field in SEQUENCE", .none)
  let unknownField = Field(
    "ber.error.unknown_field.sequence", "Field beyond the end of the sequence", .none)
  let community = Field("snmp.community", "community", .string)
  let data = Field("snmp.data", "data", .uint32, .natural, .names(pduName))
  let getRequest = Field("snmp.get_request_element", "get-request", .none)
  let getNextRequest = Field("snmp.get_next_request_element", "get-next-request", .none)
  let getResponse = Field("snmp.get_response_element", "get-response", .none)
  let setRequest = Field("snmp.set_request_element", "set-request", .none)
  let trap = Field("snmp.trap_element", "trap", .none)
  let getBulkRequest = Field("snmp.getBulkRequest_element", "getBulkRequest", .none)
  let informRequest = Field("snmp.informRequest_element", "informRequest", .none)
  let trap2 = Field("snmp.snmpV2_trap_element", "snmpV2-trap", .none)
  let report = Field("snmp.report_element", "report", .none)
  /// By tag.
  var units: [Field] {
    [
      getRequest, getNextRequest, getResponse, setRequest, trap, getBulkRequest, informRequest,
      trap2, report,
    ]
  }
  let requestID = Field("snmp.request_id", "request-id", .int32)
  let errorStatus = Field(
    "snmp.error_status", "error-status", .int32, .natural, .names(errorName))
  let errorIndex = Field("snmp.error_index", "error-index", .int32)
  let nonRepeaters = Field("snmp.non_repeaters", "non-repeaters", .uint32)
  let maxRepetitions = Field("snmp.max_repetitions", "max-repetitions", .uint32)
  let enterprise = Field("snmp.enterprise", "enterprise", .string)
  let agentAddress = Field("snmp.agent_addr", "agent-addr", .ipv4)
  let genericTrap = Field(
    "snmp.generic_trap", "generic-trap", .int32, .natural, .names(genericTrapName))
  let specificTrap = Field("snmp.specific_trap", "specific-trap", .int32)
  let timeStamp = Field("snmp.time_stamp", "time-stamp", .uint32)
  let bindings = Field("snmp.variable_bindings", "variable-bindings", .uint32)
  let name = Field("snmp.name", "Object Name", .string)
  let integer = Field("snmp.value.int", "Value (Integer32)", .int64)
  let octets = Field("snmp.value.octets", "Value (OctetString)", .bytes)
  let null = Field("snmp.value.null", "Value (Null)", .none)
  let identifier = Field("snmp.value.oid", "Value (OID)", .string)
  let address = Field("snmp.value.ipv4", "Value (IpAddress)", .ipv4)
  let addressBytes = Field("snmp.value.addr", "Value (IpAddress)", .bytes)
  let counter = Field("snmp.value.counter", "Value (Counter32)", .uint64)
  let counter64 = Field("snmp.value.counter", "Value (Counter64)", .uint64)
  let gauge = Field("snmp.value.g32", "Value (Gauge32)", .int64)
  let unsigned = Field("snmp.value.u32", "Value (Unsigned32)", .int64)
  let ticks = Field("snmp.value.timeticks", "Value (Timeticks)", .uint64)
  let accessPoint = Field("snmp.value.nsap", "Value (NSAP)", .uint64)
  let opaque = Field("snmp.value.opaque", "Value (Opaque)", .bytes)
  let unknown = Field("snmp.value.unk", "Value (Unknown)", .bytes)
  let noSuchObject = Field("snmp.noSuchObject", "noSuchObject", .none)
  let noSuchInstance = Field("snmp.noSuchInstance", "noSuchInstance", .none)
  let endOfView = Field("snmp.endOfMibView", "endOfMibView", .none)
  /// By tag.
  var exceptions: [Field] { [noSuchObject, noSuchInstance, endOfView] }
  let response = Field("snmp.varbind.response", "varbind response", .none)
  let wrongTag = Field(
    "snmp.varbind.wrong_tag", "Wrong tag for SNMP VarBind error value", .none)
  let bindingString = Field("snmp.var-bind_str", "Variable-binding-string", .string)
  let stray = Field("_ws.string.trailing_stray_characters", "Trailing stray characters", .none)
  let notIdentifier = Field(
    "snmp.objectname_not_oid", "ObjectName not an OID", .none)
  let notPrimitive = Field(
    "snmp.value_not_primitive_encoding", "value not in primitive encoding", .none)
  let integralEmpty = Field("snmp.integral_value0", "Integral value is zero-length", .none)
  let integerLarge = Field("snmp.int_too_large", "Integral value too large or too small", .none)
  let unsignedLarge = Field("snmp.uint_too_large", "Integral value too large", .none)
  let responseTo = Field("snmp.response_to", "Response To", .frameNumber)
  let time = Field("snmp.time", "Time", .relativeTime)

  let messageVersion = Field(
    "snmp.msgVersion", "msgVersion", .int32, .natural, .names(versionName))
  let globalData = Field("snmp.msgGlobalData_element", "msgGlobalData", .none)
  let messageID = Field("snmp.msgID", "msgID", .uint32)
  let maximumSize = Field("snmp.msgMaxSize", "msgMaxSize", .uint32)
  let flags = Field("snmp.msgFlags", "msgFlags", .bytes)
  let flagReport = Field(
    "snmp.v3.flags.report", "Reportable", .boolean, .natural, .setNotSet, mask: 4)
  let flagEncrypted = Field(
    "snmp.v3.flags.crypt", "Encrypted", .boolean, .natural, .setNotSet, mask: 2)
  let flagAuthenticated = Field(
    "snmp.v3.flags.auth", "Authenticated", .boolean, .natural, .setNotSet, mask: 1)
  let model = Field(
    "snmp.msgSecurityModel", "msgSecurityModel", .uint32, .natural,
    .names { word($0, ["Any", "V1", "V2C", "USM"]) })
  let parameters = Field("snmp.msgSecurityParameters", "msgSecurityParameters", .bytes)
  let engine = Field("snmp.msgAuthoritativeEngineID", "msgAuthoritativeEngineID", .bytes)
  let boots = Field("snmp.msgAuthoritativeEngineBoots", "msgAuthoritativeEngineBoots", .uint32)
  let engineTime = Field("snmp.msgAuthoritativeEngineTime", "msgAuthoritativeEngineTime", .uint32)
  let user = Field("snmp.msgUserName", "msgUserName", .string)
  let authentication = Field(
    "snmp.msgAuthenticationParameters", "msgAuthenticationParameters", .bytes)
  let privacy = Field("snmp.msgPrivacyParameters", "msgPrivacyParameters", .bytes)
  let messageData = Field(
    "snmp.msgData", "msgData", .uint32, .natural,
    .names { word($0, ["plaintext", "encryptedPDU"]) })
  let plaintext = Field("snmp.plaintext_element", "plaintext", .none)
  let encrypted = Field("snmp.encryptedPDU", "encryptedPDU", .bytes)
  let contextEngine = Field("snmp.contextEngineID", "contextEngineID", .bytes)
  let contextName = Field("snmp.contextName", "contextName", .string)
  let conformance = Field(
    "snmp.engineid.conform", "Engine ID Conformance", .boolean, .natural,
    .words(true: "RFC3411 (SNMPv3)", false: "RFC1910 (Non-SNMPv3)"), mask: 0x80)
  let engineEnterprise = Field(
    "snmp.engineid.enterprise", "Engine Enterprise ID", .uint32, .natural,
    .names(enterpriseName))
  let engineFormat = Field(
    "snmp.engineid.format", "Engine ID Format", .uint8, .natural,
    .names {
      word(
        $0,
        [
          "", "IPv4 address", "IPv6 address", "MAC address", "Text, administratively assigned",
          "Octets, administratively assigned",
        ]) ?? "Reserved/Enterprise-specific"
    })
  let engineIPv4 = Field("snmp.engineid.ipv4", "Engine ID Data: IPv4 address", .ipv4)
  let engineIPv6 = Field("snmp.engineid.ipv6", "Engine ID Data: IPv6 address", .ipv6)
  let engineMAC = Field("snmp.engineid.mac", "Engine ID Data: MAC address", .ether)
  let engineText = Field("snmp.engineid.text", "Engine ID Data: Text", .string)
  let engineCreated = Field(
    "snmp.engineid.time", "Engine ID Data: Creation Time", .absoluteTime)
  let engineData = Field("snmp.engineid.data", "Engine ID Data", .bytes)
  let trailer = Field("snmp.agentid_trailer", "AgentID Trailer", .bytes)
  let conformance1910 = Field("snmp.rfc1910_non_conformant", "Non-conformant", .none)
  let conformance3411 = Field("snmp.rfc3411_non_conformant", "Non-conformant", .none)

  static let fields = Self()
}

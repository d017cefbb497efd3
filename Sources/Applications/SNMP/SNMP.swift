import Fields

/// What is known of an SNMP message beside its bytes.
public struct SNMPFacts: Sendable {
  /// When the message was captured, in nanoseconds.
  let time: Int64
  /// What the message answers.
  let request: SNMPTransactions.Request?

  public init(time: Int64, request: SNMPTransactions.Request? = nil) {
    (self.time, self.request) = (time, request)
  }
}

/// An SNMP message (RFC 1157, 3416, 3412), viewed in place. `describe` checks what it reads as it goes.
public struct SNMPMessage: ~Escapable {
  let reader: ByteReader

  /// `start` is where the message begins in its data source, `wireCount` its length as it was on the wire.
  @_lifetime(copy bytes)
  public init(_ bytes: Span<UInt8>, at start: Int = 0, wireCount: Int) {
    self.reader = ByteReader(bytes, of: "SNMP", at: start, wireCount: wireCount)
  }

  /// Whether it is SNMP: a sequence that fits in the datagram, and a version in it. nil where the bytes to tell are
  /// missing: `describe` says what is wrong with it.
  public func isPlausible(isWhole: Bool) -> Bool? {
    do throws(DecodeError) {
      let sequence = try reader.berElement(at: 0)
      guard sequence.isUniversal(16) else { return false }
      if isWhole, sequence.contentsEnd > reader.wireCount { return false }
      return try reader.berElement(at: sequence.contents).isUniversal(2)
    } catch {
      return nil
    }
  }

  /// Whether all of it can be read: only then it takes part in a transaction.
  func isWhole(with scratch: inout FieldBuffer) -> Bool {
    scratch.clear()
    do throws(DecodeError) {
      try describe(SNMPFacts(time: 0), into: &scratch)
      return true
    } catch {
      return false
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

  public func describe(
    _ facts: SNMPFacts, into tree: inout FieldBuffer
  ) throws(DecodeError) {
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
    case 3: try describe(version3: &cursor, fields, facts, into: &tree)
    case 2: try describe(userBased: &cursor, fields, facts, into: &tree)
    default:
      try describe(
        community: &cursor, allowsTrap: number == 0, fields, facts, into: &tree)
    }
    try cursor.finish(reader, into: &tree)
    tree.close(top)
    let rest = reader.rest(from: message.end)
    if !rest.isEmpty { DataDescription.describe(rest, at: message.end, into: &tree) }
  }

  private func describe(
    community cursor: inout SNMPCursor, allowsTrap: Bool, _ fields: SNMPFields,
    _ facts: SNMPFacts, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    if let community = try cursor.next(reader, .octets, into: &tree) {
      let text = reader.bytes.part(community.contents, community.contentsEnd)
      tree.add(string: fields.community, text, at: community.contents)
      try reader.require(community.count, at: community.contents)
    }
    guard !cursor.isAtEnd else { return }
    try describe(unitAt: &cursor, allowsTrap: allowsTrap, fields, facts, into: &tree)
  }

  /// The PDU of a message, which is no Trap-PDU but in version 1.
  func describe(
    unitAt cursor: inout SNMPCursor, allowsTrap: Bool, _ fields: SNMPFields,
    _ facts: SNMPFacts, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let data = tree.next
    let unit = try reader.berElement(at: cursor.offset)
    cursor.offset = unit.end
    try describe(unit: unit, as: fields.data, fields, facts, into: &tree)
    if !allowsTrap, unit.tagClass == 2, unit.tag == 4 {
      tree.expert(
        fields.trapObsolete, .warning, .proto, fields.trapObsolete.label, under: data)
    }
  }

  /// The version of RFC 1910, which was never used.
  private func describe(
    userBased cursor: inout SNMPCursor, _ fields: SNMPFields,
    _ facts: SNMPFacts, into tree: inout FieldBuffer
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
      try describe(unit: data, as: fields.userPlaintext, fields, facts, into: &tree)
    } else {
      tree.add(fields.userEncrypted, try contents(of: data), at: data.contents)
    }
    tree.close(top)
  }

  /// The contents of an element must be there; in a frame that was cut, as much of them as there is is described.
  func requireUnlessCut(_ element: BERElement) throws(DecodeError) {
    if reader.count == reader.wireCount { try reader.require(element.count, at: element.contents) }
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
    _ facts: SNMPFacts, into tree: inout FieldBuffer
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
    if unit.tag == 2, let request = facts.request {
      tree.add(fields.responseTo, request.frame, .generated)
      tree.add(fields.time, .time(facts.time &- request.time), .generated)
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
}

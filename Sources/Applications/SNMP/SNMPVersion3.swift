import Fields

extension SNMPMessage {
  func describe(
    version3 cursor: inout SNMPCursor, _ fields: SNMPFields,
    _ facts: SNMPFacts, into tree: inout FieldBuffer
  ) throws(DecodeError) {
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
        model = Int64(try reader.berLow32(element, isSigned: false))
        tree.add(fields.model, model, at: element.contents, count: element.count)
      }
      try inner.finish(reader, into: &tree)
      tree.close(top)
    }
    if let parameters = try cursor.next(reader, .octets, into: &tree) {
      if model == 3 {
        try requireUnlessCut(parameters)
        try describe(userBased: parameters.contents, fields, facts, into: &tree)
      } else {
        tree.add(fields.parameters, try contents(of: parameters), at: parameters.contents)
      }
    }
    guard !cursor.isAtEnd else { return }
    let data = try reader.berElement(at: cursor.offset)
    cursor.offset = data.end
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
        tree.add(string: fields.contextName, try contents(of: name), at: name.contents)
      }
      if !inner.isAtEnd {
        try describe(unitAt: &inner, allowsTrap: false, fields, facts, into: &tree)
      }
      try inner.finish(reader, into: &tree)
      tree.close(plain)
      tree.close(top)
    }
  }

  /// The security parameters of the user-based model (RFC 3414).
  private func describe(
    userBased start: Int, _ fields: SNMPFields, _ facts: SNMPFacts,
    into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let sequence = try reader.berElement(at: start)
    guard sequence.isUniversal(16) else { throw reader.malformed }
    var cursor = SNMPCursor(at: sequence.contents, end: sequence.contentsEnd)
    if let engine = try cursor.next(reader, .octets, into: &tree) {
      try describe(
        engine: engine, fields.engine, fields, into: &tree)
    }
    try add(integer: fields.boots, &cursor, into: &tree)
    try add(integer: fields.engineTime, &cursor, into: &tree)
    if let user = try cursor.next(reader, .octets, into: &tree) {
      tree.add(string: fields.user, try contents(of: user), at: user.contents)
    }
    for field in [fields.authentication, fields.privacy] {
      guard let element = try cursor.next(reader, .octets, into: &tree) else { continue }
      tree.add(field, try contents(of: element), at: element.contents)
    }
    try cursor.finish(reader, into: &tree)
  }

  /// An engine's identifier (RFC 3411, section 5).
  private func describe(
    engine: BERElement, _ field: Field, _ fields: SNMPFields,
    into tree: inout FieldBuffer
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
      tree.add(fields.engineMAC, mac: rest.uint48(at: 0), at: at + 5)
    case (1, _), (2, _), (3, _):
      addNotConforming("RFC3411", fields.conformance3411, at: at + 5, into: &tree)
    case (4, _): tree.add(string: fields.engineText, rest, at: at + 5)
    case (128, _) where enterprise == 8072:
      tree.note(item, ": Net-SNMP Random")
      guard rest.count == 8 else {
        addNotConforming("RFC3411", fields.conformance3411, at: at + 5, into: &tree)
        return
      }
      tree.add(fields.engineData, rest.part(0, 4), at: at + 5)
      let time = Int64(rest.uint32LittleEndian(at: 4)) * 1_000_000_000
      let created = tree.add(fields.engineCreated, .time(time), at: at + 9, count: 4)
      tree.relabel(created) {
        var words = TextBuffer()
        words.write(absolute: time)
        $0.write("\(fields.engineCreated.label): ")
        // Whole seconds here, unlike all other times.
        $0.write(words.bytes.prefix { $0 != UInt8(ascii: ".") })
        $0.write(" UTC")
      }
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

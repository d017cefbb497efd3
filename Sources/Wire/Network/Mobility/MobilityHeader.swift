import Fields

/// A mobility header (RFC 6275 6.1): its fixed part, its messages, and their options.
struct MobilityHeader: LayerView, ~Escapable {
  private let reader: ByteReader

  /// Checks nothing: `describe` reads with checks of its own.
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) { reader = ByteReader(bytes, layer) }

  func describe(
    _ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = MobilityFields.fields
    tree.addProtocol("mipv6")
    tree.columns.protocolName = "MIPv6"
    tree.columns.startInfo()
    let units = try reader.uint8(at: 1)
    let length = (Int(units) + 1) * 8
    let top = tree.opened(fields.mobility, count: min(length, reader.count))
    defer { tree.close(top) }
    tree.add(fields.payload, reader.bytes[0], at: 0, count: 1)
    let item = tree.add(fields.length, units, at: 1, count: 1)
    tree.note(item) {
      $0.write(" (")
      $0.write(decimal: length)
      $0.write(" bytes)")
    }
    let type = try reader.uint8(at: 2)
    tree.add(fields.type, type, at: 2, count: 1)
    tree.add(fields.reserved, try reader.uint8(at: 3), at: 3, count: 1)
    tree.add(fields.checksum, try reader.uint16(at: 4), at: 4, count: 2)
    tree.columns.setInfo(
      MobilityFields.typeName(UInt64(type)) ?? "Unknown Mobility Header (\(type))")
    guard let options = try describeMessage(type, length, into: &tree), options < length else {
      return
    }
    let list = tree.addText("Mobility Options", at: options, count: length - options)
    tree.open(list)
    defer { tree.close(list) }
    try MobilityOptions(reader, from: options, to: length).describe(into: &tree)
  }

  /// Gives where the options begin; nil for a message that has none.
  private func describeMessage(
    _ type: UInt8, _ length: Int, into tree: inout FieldBuffer
  ) throws(DecodeError) -> Int? {
    let fields = MobilityFields.fields
    switch type {
    case 0:
      tree.add(fields.refreshRequest, try reader.part(at: 6, 2), at: 6)
      return 8
    case 1...9, 12...16:
      let name =
        switch type {
        case 9: "Fast Binding Acknowledgement"
        case 15: "Handover Acknowledge "
        case 16:
          try reader.uint8(at: 6) == 2
            ? "Binding Revocation Acknowledge" : "Binding Revocation Indication"
        default: MobilityFields.typeName(UInt64(type)) ?? ""
        }
      if type == 16 { tree.columns.setInfo(name) }
      let count = [0, 16, 16, 24, 24, 12, 12, 24, 12, 12, 0, 0, 8, 12, 10, 10, 12][Int(type)]
      // Wireshark does not read what it does not show.
      if !tree.wantsTree, type != 12 { return count }
      try reader.require(count, at: 0)
      let item = tree.addText(name, at: 6, count: count - 6)
      tree.open(item)
      defer { tree.close(item) }
      return try describeParts(type, into: &tree)
    case 10:
      tree.add(fields.fastNeighbor, try reader.part(at: 6, 2), at: 6)
      return 8
    case 17:
      // Wireshark reads these two messages from where the header begins.
      tree.add(fields.routingSequence, try reader.uint16(at: 0), at: 0, count: 2)
      tree.add(fields.routingReserved, try reader.uint16(at: 2), at: 2, count: 2)
      tree.add(fields.routingLifetime, try reader.uint16(at: 4), at: 4, count: 2)
      return 6
    case 18:
      tree.add(fields.routingAcknowledged, try reader.uint16(at: 0), at: 0, count: 2)
      let flags = try reader.uint8(at: 2)
      tree.add(fields.routingUnsolicited, bitsOf: flags, at: 2, count: 1)
      tree.add(fields.routingUnused, bitsOf: flags, at: 2, count: 1)
      tree.add(fields.routingStatus, try reader.uint8(at: 3), at: 3, count: 1)
      tree.add(fields.routingAcknowledgedLifetime, try reader.uint16(at: 4), at: 4, count: 2)
      return 6
    default:
      tree.add(
        type == 11 ? fields.experimental : fields.unknownData,
        try reader.part(at: 6, length - 6), at: 6)
      return nil
    }
  }

  private func describeParts(
    _ type: UInt8, into tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    let fields = MobilityFields.fields
    switch type {
    case 1, 2:
      let cookie = type == 1 ? fields.homeInitCookie : fields.careOfInitCookie
      tree.add(cookie, try reader.uint64(at: 8), at: 8, count: 8)
      return 16
    case 3, 4:
      let (index, cookie) =
        type == 3
        ? (fields.homeNonceIndex, fields.homeTestCookie)
        : (fields.careOfNonceIndex, fields.careOfTestCookie)
      tree.add(index, try reader.uint16(at: 6), at: 6, count: 2)
      tree.add(cookie, try reader.uint64(at: 8), at: 8, count: 8)
      tree.add(fields.keygenToken, try reader.uint64(at: 16), at: 16, count: 8)
      return 24
    case 5:
      tree.add(fields.updateSequence, try reader.uint16(at: 6), at: 6, count: 2)
      let flags = try reader.uint16(at: 8)
      for flag in fields.updateFlags { tree.add(flag, bitsOf: flags, at: 8, count: 2) }
      try addTime(fields.updateLifetime, at: 10, into: &tree)
      return 12
    case 6:
      tree.add(fields.status, try reader.uint8(at: 6), at: 6, count: 1)
      let flags = try reader.uint8(at: 7)
      for flag in fields.acknowledgementFlags { tree.add(flag, bitsOf: flags, at: 7, count: 1) }
      tree.add(fields.acknowledgementSequence, try reader.uint16(at: 8), at: 8, count: 2)
      try addTime(fields.acknowledgementLifetime, at: 10, into: &tree)
      return 12
    case 7:
      tree.add(fields.errorStatus, try reader.uint8(at: 6), at: 6, count: 1)
      tree.add(fields.errorHome, try reader.ipv6(at: 8), at: 8, count: 16)
      return 24
    case 8:
      tree.add(fields.fastAcknowledge, try reader.uint16(at: 6), at: 6, count: 2)
      let flags = try reader.uint8(at: 8)
      for flag in fields.fastFlags { tree.add(flag, bitsOf: flags, at: 8, count: 1) }
      try addTime(fields.fastLifetime, at: 10, into: &tree)
      return 12
    case 9:
      tree.add(fields.fastStatus, try reader.uint8(at: 6), at: 6, count: 1)
      tree.add(fields.fastKey, bitsOf: try reader.uint8(at: 7), at: 7, count: 1)
      tree.add(fields.fastSequence, try reader.uint16(at: 8), at: 8, count: 2)
      try addTime(fields.fastAcknowledgedLifetime, at: 10, into: &tree)
      return 12
    case 12:
      let count = Int(try reader.uint8(at: 6))
      tree.add(fields.agentCount, count, at: 6, count: 1)
      tree.add(fields.agentReserved, try reader.uint8(at: 7), at: 7, count: 1)
      for index in 0..<count {
        let at = 8 + 16 * index
        tree.add(fields.agentAddress, try reader.ipv6(at: at), at: at, count: 16)
      }
      return 8 + 16 * count
    case 13:
      let flags = try reader.uint8(at: 7)
      tree.add(fields.beatUnsolicited, bitsOf: flags, at: 7, count: 1)
      tree.add(fields.beatResponse, bitsOf: flags, at: 7, count: 1)
      tree.add(fields.beatSequence, try reader.uint32(at: 8), at: 8, count: 4)
      return 12
    case 14:
      tree.add(fields.handoverSequence, try reader.uint16(at: 6), at: 6, count: 2)
      let flags = try reader.uint8(at: 8)
      for flag in fields.handoverFlags { tree.add(flag, bitsOf: flags, at: 8, count: 1) }
      tree.add(fields.handoverCode, try reader.uint8(at: 9), at: 9, count: 1)
      return 10
    case 15:
      tree.add(fields.handoverAcknowledged, try reader.uint16(at: 6), at: 6, count: 2)
      tree.add(fields.handoverAcknowledgedCode, try reader.uint8(at: 9), at: 9, count: 1)
      return 10
    default:
      let kind = try reader.uint8(at: 6)
      tree.add(fields.revocationType, kind, at: 6, count: 1)
      let isAnswer = kind == 2
      tree.add(
        isAnswer ? fields.revocationStatus : fields.revocationTrigger, try reader.uint8(at: 7),
        at: 7, count: 1)
      tree.add(fields.revocationSequence, try reader.uint16(at: 8), at: 8, count: 2)
      let flags = try reader.uint16(at: 10)
      for flag in isAnswer ? fields.revocationAcknowledgedFlags : fields.revocationFlags {
        tree.add(flag, bitsOf: flags, at: 10, count: 2)
      }
      tree.add(fields.revocationReserved, bitsOf: flags, at: 10, count: 2)
      return 12
    }
  }

  /// Lifetimes are counted in units of four seconds.
  private func addTime(
    _ field: Field, at offset: Int, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let units = try reader.uint16(at: offset)
    let item = tree.add(field, units, at: offset, count: 2)
    tree.note(item, " (\(Int(units) * 4) seconds)")
  }
}

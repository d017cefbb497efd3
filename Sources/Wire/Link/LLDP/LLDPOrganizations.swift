import Fields

// The TLVs of organizations.
extension LLDPElement {
  /// A TLV of an organization (clause 8.6): those of IEEE 802.1 and 802.3 are known in part.
  func describeOrganizational(into tree: inout FieldBuffer) throws(DecodeError) {
    let fields = LLDPFields.fields
    let code = try reader.uint24(at: 2)
    let subtype = try reader.uint8(at: 5)
    let owner = LLDPOwner(rawValue: code)
    let name = MACNames.organization(code) ?? "Unknown"
    let kindName = owner.map { $0.name(of: subtype) ?? "Unknown subtype 0x\(hex(subtype))" }
    let top = try open("\(name) - \(kindName ?? "Unknown (\(subtype))")", into: &tree)
    defer { tree.close(top) }
    tree.add(fields.organization, organization: code, at: offset + 2)
    switch owner {
    case .bridging:
      tree.add(fields.bridging.subtype, subtype, at: offset + 5, count: 1)
      try describeBridging(subtype, into: &tree)
    case .ethernet:
      let item = tree.add(fields.ethernet.subtype, subtype, at: offset + 5, count: 1)
      let end = try describeEthernet(subtype, item, into: &tree)
      guard end < size else { return }
      let words = fields.excess.label
      let rest = tree.addText(words, at: offset + end, count: size - end)
      tree.expert(fields.excess, .warning, .malformed, words, under: rest)
    case nil:
      tree.add(fields.unknownSubtype, subtype, at: offset + 5, count: 1)
      guard size > 6 else { return }
      tree.add(fields.unknownContent, try reader.part(at: 6, size - 6), at: offset + 6)
    }
  }

  private func hex(_ number: UInt8) -> String { String(number, radix: 16) }

  /// TLVs of IEEE 802.1Q, annex D.
  private func describeBridging(
    _ subtype: UInt8, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = LLDPFields.fields.bridging
    switch subtype {
    case 1: tree.add(fields.portVLAN, try reader.uint16(at: 6), at: offset + 6, count: 2)
    case 2:
      try describe(fields.flags, into: &tree)
      tree.add(fields.protocolVLAN, try reader.uint16(at: 7), at: offset + 7, count: 2)
    case 3:
      tree.add(fields.vlan, try reader.uint16(at: 6), at: offset + 6, count: 2)
      let length = Int(try reader.uint8(at: 8))
      tree.add(fields.nameLength, length, at: offset + 8, count: 1)
      if length > 0 { tree.add(fields.name, ascii: try reader.part(at: 9, length), at: offset + 9) }
    case 4:
      let length = Int(try reader.uint8(at: 6))
      tree.add(fields.identityLength, length, at: offset + 6, count: 1)
      if length > 0 { tree.add(fields.identity, try reader.part(at: 7, length), at: offset + 7) }
    case 7:
      try describe(fields.aggregation, into: &tree)
      tree.add(fields.aggregatedPort, try reader.uint32(at: 7), at: offset + 7, count: 4)
    default: break
    }
  }

  /// TLVs of IEEE 802.3, clause 79; gives where what is known of one ends.
  private func describeEthernet(
    _ subtype: UInt8, _ item: FieldIndex, into tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    let fields = LLDPFields.fields.ethernet
    switch subtype {
    case 3:
      let words = fields.deprecated.label
      tree.expert(fields.deprecated, .warning, .proto, words, under: item)
      try describe(fields.aggregation, into: &tree)
      tree.add(fields.aggregatedPort, try reader.uint32(at: 7), at: offset + 7, count: 4)
      return 11
    case 4:
      tree.add(fields.maximumSize, try reader.uint16(at: 6), at: offset + 6, count: 2)
      return 8
    default: return 6
    }
  }

  /// A byte of flags after the subtype.
  private func describe(
    _ flags: FlagFields, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let bits = try reader.uint8(at: 6)
    let item = tree.add(flags.whole, bits, at: offset + 6, count: 1)
    tree.addParts(of: flags, bits, under: item, at: offset + 6, count: 1)
  }
}

/// The organizations some of whose TLVs are known, by their codes.
private enum LLDPOwner: UInt32 {
  case bridging = 0x0080c2
  case ethernet = 0x00120f

  func name(of subtype: UInt8) -> String? {
    switch self {
    case .bridging: LLDPFields.bridgingName(UInt64(subtype))
    case .ethernet: LLDPFields.ethernetName(UInt64(subtype))
    }
  }
}

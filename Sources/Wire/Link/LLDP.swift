import Fields

/// A unit of the Link Layer Discovery Protocol (IEEE 802.1AB clause 8): what a station says of itself, in TLVs.
///
///     0       7                 16
///     +-------+-----------------+----------
///     | type  | length          | value     and so on, up to the type 0
///     +-------+-----------------+----------
struct LLDPUnit: LayerView, ~Escapable {
  private let reader: ByteReader

  /// Checks nothing: `describe` reads on with checks of its own.
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) { reader = ByteReader(bytes, layer) }

  /// Wireshark takes the last byte before the TLV that ends the unit for a part of the trailer.
  func length(_ layer: Layer) -> Int? {
    var scratch = FieldBuffer(wantsTree: false)
    return try? describe(into: &scratch).map { $0 - 1 }
  }

  func describe(
    _ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    _ = try describe(into: &tree)
  }

  /// Gives where the TLV is that ends the unit, by its type or since it comes again; nil where there is none.
  private func describe(into tree: inout FieldBuffer) throws(DecodeError) -> Int? {
    tree.addProtocol("lldp")
    tree.columns.protocolName = "LLDP"
    tree.columns.startInfo()
    let top = tree.opened(LLDPFields.fields.lldp, count: reader.count)
    defer { tree.close(top) }
    var offset = 0
    for kind in [LLDPElement.Kind.chassis, .port, .timeToLive] {
      let element = try LLDPElement(reader, at: offset)
      guard element.kind == kind else {
        element.describeMissing(kind, into: &tree)
        return nil
      }
      guard let next = try element.describe(into: &tree) else { return nil }
      offset = next
    }
    while offset < reader.count {
      let element = try LLDPElement(reader, at: offset)
      guard let next = try element.describe(into: &tree) else { return nil }
      switch element.kind {
      case .end: return offset
      case .chassis, .port, .timeToLive:
        tree.columns.setInfo("Duplicate \(element.kind.title) TLV")
        return offset
      default: offset = next
      }
    }
    return nil
  }
}

/// A TLV of LLDP.
private struct LLDPElement: ~Escapable {
  /// The types of TLVs: an open set.
  struct Kind: RawRepresentable, Equatable {
    let rawValue: UInt16

    static let end = Self(rawValue: 0)
    static let chassis = Self(rawValue: 1)
    static let port = Self(rawValue: 2)
    static let timeToLive = Self(rawValue: 3)
    static let portDescription = Self(rawValue: 4)
    static let systemName = Self(rawValue: 5)
    static let systemDescription = Self(rawValue: 6)
    static let capabilities = Self(rawValue: 7)
    static let managementAddress = Self(rawValue: 8)
    static let organizational = Self(rawValue: 127)

    var title: String {
      switch self {
      case .chassis: "Chassis ID"
      case .port: "Port ID"
      default: "Time-To-Live"
      }
    }
  }

  /// The whole TLV, to its own end at most.
  private let reader: ByteReader
  private let head: UInt16
  private let offset: Int

  @_lifetime(copy unit)
  init(_ unit: borrowing ByteReader, at offset: Int) throws(DecodeError) {
    head = try unit.uint16(at: offset)
    self.offset = offset
    let length = 2 + Int(head & 0x1ff)
    guard offset + length <= unit.wireCount else {
      throw unit.exceeded(needed: offset + length)
    }
    reader = ByteReader(
      unit.rest(from: offset), of: "LLDP", at: offset, wireCount: unit.wireCount - offset,
      limit: length)
  }

  var kind: Kind { Kind(rawValue: head >> 9) }
  /// With the type and the length.
  private var size: Int { 2 + Int(head & 0x1ff) }

  /// Another TLV is here than must be.
  func describeMissing(_ expected: Kind, into tree: inout FieldBuffer) {
    guard expected != .timeToLive else { return tree.columns.setInfo("Invalid Time-to-Live TLV") }
    let words =
      "Invalid \(expected.title) (0x0\(String(kind.rawValue, radix: 16))), "
      + "expected (0x0\(expected.rawValue))"
    let item = tree.addText(words, at: offset, count: 2)
    tree.expert(LLDPFields.fields.badType, .warning, .malformed, words, under: item)
    tree.columns.setInfo("Invalid \(expected.title) TLV")
  }

  /// Gives where the next TLV is looked for; nil where nothing more is read. After fields of a length of their own,
  /// Wireshark looks where they end, whatever the TLV says.
  func describe(into tree: inout FieldBuffer) throws(DecodeError) -> Int? {
    let fields = LLDPFields.fields
    switch kind {
    case .end: tree.close(try open("End of LLDPDU", into: &tree))
    case .chassis, .port:
      guard try describeIdentifier(into: &tree) else { return nil }
    case .timeToLive:
      let seconds = try reader.uint16(at: 2)
      let top = try open("Time To Live = \(seconds) sec", into: &tree)
      tree.add(fields.timeToLive, seconds, at: offset + 2, count: 2)
      tree.close(top)
      tree.columns.info.write("\(seconds) ")
      return offset + 4
    case .portDescription:
      try describeText("Port Description", fields.portDescription, nil, into: &tree)
    case .systemName: try describeText("System Name", fields.systemName, "SysN", into: &tree)
    case .systemDescription:
      try describeText("System Description", fields.systemDescription, "SysD", into: &tree)
    case .capabilities:
      try describeCapabilities(into: &tree)
      return offset + 6
    case .managementAddress: return offset + (try describeManagementAddress(into: &tree))
    case .organizational: try describeOrganizational(into: &tree)
    default: tree.close(try open("Unknown TLV", into: &tree))
    }
    return offset + size
  }

  /// The TLV's own section, with its type and its length. Of one that the capture has cut, nothing is shown.
  private func open(
    _ label: String, into tree: inout FieldBuffer
  ) throws(DecodeError) -> FieldIndex {
    try reader.require(size, at: 0)
    let fields = LLDPFields.fields
    let top = tree.addText(label, at: offset, count: size)
    tree.open(top)
    tree.add(fields.type, bitsOf: head, at: offset, count: 2)
    tree.add(fields.length, bitsOf: head, at: offset, count: 2)
    return top
  }

  // MARK: Identifiers

  /// The identifier of a chassis or of a port (clauses 8.5.2 and 8.5.3); false where it has not the length it must have.
  private func describeIdentifier(into tree: inout FieldBuffer) throws(DecodeError) -> Bool {
    let isChassis = kind == .chassis
    let fields = isChassis ? LLDPFields.fields.chassis : LLDPFields.fields.port
    let subtype = try reader.uint8(at: 2)
    let form = isChassis ? LLDPForm(chassis: subtype) : LLDPForm(port: subtype)
    let name = fields.subtypeName(UInt64(subtype))
    let title = name ?? (isChassis ? "Reserved" : "Unknown")
    let top = try open("\(isChassis ? "Chassis" : "Port") Subtype = \(title)", into: &tree)
    let length = tree.last
    defer { tree.close(top) }
    func complain(_ words: String) {
      tree.expert(
        LLDPFields.fields.badLength, .warning, .malformed,
        "Invalid \(kind.title) Length (\(size - 2))\(words)", under: length)
      tree.columns.setInfo("Invalid \(kind.title) TLV")
    }
    guard size >= 4 else {
      complain(", expected > (2)")
      return false
    }
    tree.add(fields.subtype, subtype, at: offset + 2, count: 1)
    var start = 3
    var value = TextBuffer()
    switch form {
    case .address:
      guard size == 9 else {
        complain(" for Type (MAC address), expected (7)")
        return false
      }
      let address = try reader.uint48(at: 3)
      value.write(ether: address)
      tree.add(fields.mac, mac: address, at: offset + 3)
    case .network:
      let family = try reader.uint8(at: 3)
      tree.add(LLDPFields.fields.family, family, at: offset + 3, count: 1)
      if family == 1 || family == 2 {
        let expected = family == 1 ? 6 : 18
        guard size == 2 + expected else {
          complain(" for Type (Network address, IPv\(family == 1 ? 4 : 6)), expected (\(expected))")
          return false
        }
      }
      start = 4
      switch family {
      case 1:
        let address = FieldValue.ipv4(try reader.uint32(at: 4))
        value.write(address)
        tree.add(fields.ipv4, address, at: offset + 4, count: 4)
      case 2:
        let address = try reader.ipv6(at: 4)
        value.write(address)
        tree.add(fields.ipv6, address, at: offset + 4, count: 16)
      default:
        value.write(digitsOf: try reader.part(at: 4, size - 4))
        try describeBytes(fields, from: start, into: &tree)
      }
    case .bytes:
      value.write(digitsOf: try reader.part(at: 3, size - 3))
      try describeBytes(fields, from: start, into: &tree)
    case .text:
      value.write(printable: try reader.part(at: 3, size - 3).upToZero)
      try describeBytes(fields, from: start, into: &tree)
    case .reserved:
      value.write("Reserved")
      try describeBytes(fields, from: start, into: &tree)
    }
    tree.note(top) {
      $0.write(", Id: ")
      $0.write(value.bytes[...])
    }
    tree.columns.info.write("\(form.mark(subtype, isChassis: isChassis))/")
    tree.columns.info.write(value.bytes[...])
    tree.columns.info.write(" ")
    return true
  }

  private func describeBytes(
    _ fields: LLDPFields.Identifier, from start: Int, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let bytes = try reader.part(at: start, size - start)
    if fields.value.type == .bytes {
      tree.add(fields.value, bytes, at: offset + start)
    } else {
      tree.add(fields.value, ascii: bytes, at: offset + start)
    }
  }

  // MARK: The station

  private func describeText(
    _ label: String, _ field: Field, _ mark: String?, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let bytes = try reader.part(at: 2, size - 2)
    var words = TextBuffer()
    words.write(printable: bytes.upToZero)
    let top = try open("\(label) = ", into: &tree)
    tree.note(top) { $0.write(words.bytes[...]) }
    tree.add(field, ascii: bytes, at: offset + 2)
    tree.close(top)
    guard let mark else { return }
    tree.columns.info.write("\(mark)=")
    tree.columns.info.write(words.bytes[...])
    tree.columns.info.write(" ")
  }

  private func describeCapabilities(into tree: inout FieldBuffer) throws(DecodeError) {
    let fields = LLDPFields.fields
    let top = try open("Capabilities", into: &tree)
    defer { tree.close(top) }
    for (place, flags) in [(2, fields.capabilities), (4, fields.enabled)] {
      let bits = try reader.uint16(at: place)
      let item = tree.add(flags.whole, bits, at: offset + place, count: 2)
      tree.addParts(of: flags, bits, under: item, at: offset + place, count: 2)
    }
  }

  /// Gives how many bytes of the TLV its fields take.
  private func describeManagementAddress(into tree: inout FieldBuffer) throws(DecodeError) -> Int {
    let fields = LLDPFields.fields
    let top = try open("Management Address", into: &tree)
    defer { tree.close(top) }
    let length = Int(try reader.uint8(at: 2))
    tree.add(fields.addressLength, length, at: offset + 2, count: 1)
    let family = try reader.uint8(at: 3)
    tree.add(fields.addressFamily, family, at: offset + 3, count: 1)
    switch family {
    case 1:
      tree.add(fields.addressIPv4, .ipv4(try reader.uint32(at: 4)), at: offset + 4, count: 4)
    case 2: tree.add(fields.addressIPv6, try reader.ipv6(at: 4), at: offset + 4, count: 16)
    default: tree.add(fields.addressBytes, try reader.part(at: 4, length - 1), at: offset + 4)
    }
    var place = 3 + length
    tree.add(fields.interfaceKind, try reader.uint8(at: place), at: offset + place, count: 1)
    tree.add(
      fields.interfaceNumber, try reader.uint32(at: place + 1), at: offset + place + 1, count: 4)
    let count = Int(try reader.uint8(at: place + 5))
    tree.add(fields.objectLength, count, at: offset + place + 5, count: 1)
    place += 6
    if count > 0 {
      let bytes = try reader.part(at: place, count)
      guard let identifier = ObjectIdentifier(bytes) else { throw reader.malformed }
      let item = tree.add(fields.object, at: offset + place, count: count) {
        identifier.write(to: &$0)
      }
      tree.note(item) {
        $0.write(" (")
        identifier.writeNamed(to: &$0)
        $0.write(")")
      }
      place += count
    }
    return place
  }

  // MARK: Organizations

  /// A TLV of an organization (clause 8.6): those of IEEE 802.1 and 802.3 are known in part.
  private func describeOrganizational(into tree: inout FieldBuffer) throws(DecodeError) {
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

extension TextBuffer {
  /// `00005e`
  fileprivate mutating func write(digitsOf bytes: Span<UInt8>) {
    for index in bytes.indices { write(hexByte: bytes[index]) }
  }
}

/// How the identifier of a chassis or of a port is written.
private enum LLDPForm {
  case text, bytes, address, network, reserved

  init(chassis subtype: UInt8) {
    switch subtype {
    case 1, 2, 6, 7: self = .text
    case 3: self = .bytes
    case 4: self = .address
    case 5: self = .network
    default: self = .reserved
    }
  }
  init(port subtype: UInt8) {
    switch subtype {
    case 1, 5, 6, 7: self = .text
    case 2: self = .bytes
    case 3: self = .address
    case 4: self = .network
    default: self = .reserved
    }
  }

  /// As the Info column begins it.
  func mark(_ subtype: UInt8, isChassis: Bool) -> String {
    let marks =
      isChassis
      ? ["Rs", "CC", "IA", "PC", "MA", "NA", "IN", "LA"]
      : ["Rs", "IA", "PC", "MA", "NA", "IN", "AC", "LA"]
    return word(subtype, marks) ?? "Rs"
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

/// The fields of LLDP.
struct LLDPFields: FieldSet {
  /// The fields of the identifier of a chassis or of a port.
  struct Identifier {
    let subtype: Field, value: Field, mac: Field, ipv4: Field, ipv6: Field
    let subtypeName: @Sendable (UInt64) -> String?

    init(_ name: String, _ label: String, _ type: FieldType, _ subtypes: [String]) {
      let subtypeName: @Sendable (UInt64) -> String? = { word($0, subtypes) }
      self.subtypeName = subtypeName
      subtype = Field(
        "lldp.\(name).subtype", "\(label) Subtype", .uint8, .natural, .names(subtypeName))
      value = Field("lldp.\(name).id", label, type)
      mac = Field("lldp.\(name).id.mac", label, .ether)
      ipv4 = Field("lldp.\(name).id.ip4", label, .ipv4)
      ipv6 = Field("lldp.\(name).id.ip6", label, .ipv6)
    }
  }

  /// The fields of IEEE 802.1's TLVs.
  struct Bridging {
    let subtype = Field(
      "lldp.ieee.802_1.subtype", "IEEE 802.1 Subtype", .uint8, .hex,
      .names { LLDPFields.bridgingName($0) })
    let portVLAN = Field(
      "lldp.ieee.802_1.port_vlan.id", "Port VLAN Identifier", .uint16, .decimalHex)
    let flags = FlagFields(
      Field("lldp.ieee.802_1.port_and_vlan_id_flag", "Flags", .uint8, .hex),
      [
        Field(
          "lldp.ieee.802_1.port_and_vlan_id_flag.supported", "Port and Protocol VLAN", .boolean,
          .natural, .words(true: "Supported", false: "Not supported"), mask: 2, of: 8),
        Field(
          "lldp.ieee.802_1.port_and_vlan_id_flag.enabled", "Port and Protocol VLAN", .boolean,
          .natural, LLDPFields.enabling, mask: 4, of: 8),
      ])
    let protocolVLAN = Field(
      "lldp.ieee.802_1.port_proto_vlan.id", "Port and Protocol VLAN Identifier", .uint16,
      .decimalHex)
    let vlan = Field("lldp.ieee.802_1.vlan.id", "VLAN Identifier", .uint16, .decimalHex)
    let nameLength = Field("lldp.ieee.802_1.vlan.name_len", "VLAN Name Length", .uint8)
    let name = Field("lldp.ieee.802_1.vlan.name", "VLAN Name", .string)
    let identityLength = Field(
      "lldp.ieee.802_1.proto.id_length", "Protocol Identity Length", .uint8)
    let identity = Field("lldp.ieee.802_1.proto.id", "Protocol Identity", .bytes)
    let aggregation = LLDPFields.aggregation(
      "lldp.ieee.802_1",
      [
        Field(
          "lldp.ieee.802_1.aggregation_status.porttype", "Aggregation Status", .uint8, .natural,
          .names {
            word(
              $0,
              [
                "Not specified", "From Aggregation Port", "From Aggregator",
                "From single-port aggregator",
              ])
          }, mask: 0x0c)
      ])
    let aggregatedPort = Field(
      "lldp.ieee.802_1.aggregated_port_id", "Aggregated Port Id", .uint32)
  }

  /// The fields of IEEE 802.3's TLVs.
  struct Ethernet {
    let subtype = Field(
      "lldp.ieee.802_3.subtype", "IEEE 802.3 Subtype", .uint8, .hex,
      .names { LLDPFields.ethernetName($0) })
    let deprecated = Field("lldp.tlv_deprecated", "TLV has been deprecated", .none)
    let aggregation = LLDPFields.aggregation("lldp.ieee.802_3", [])
    let aggregatedPort = Field(
      "lldp.ieee.802_3.aggregated_port_id", "Aggregated Port Id", .uint32)
    let maximumSize = Field("lldp.ieee.802_3.max_frame_size", "Maximum Frame Size", .uint16)
  }

  let lldp = Field("lldp", "Link Layer Discovery Protocol", .proto)
  let type = Field(
    "lldp.tlv.type", "TLV Type", .uint16, .natural, .names { LLDPFields.typeName($0) },
    mask: 0xfe00)
  let length = Field("lldp.tlv.len", "TLV Length", .uint16, mask: 0x01ff)
  let chassis = Identifier(
    "chassis", "Chassis Id", .bytes,
    [
      "Reserved", "Chassis component", "Interface alias", "Port component", "MAC address",
      "Network address", "Interface name", "Locally assigned",
    ])
  let port = Identifier(
    "port", "Port Id", .string,
    [
      "Reserved", "Interface alias", "Port component", "MAC address", "Network address",
      "Interface name", "Agent circuit Id", "Locally assigned",
    ])
  let family = Field(
    "lldp.network_address.subtype", "Network Address family", .uint8, .natural,
    .names { LLDPFields.familyName($0) })
  let timeToLive = Field("lldp.time_to_live", "Seconds", .uint16)
  let portDescription = Field("lldp.port.desc", "Port Description", .string)
  let systemName = Field("lldp.tlv.system.name", "System Name", .string)
  let systemDescription = Field("lldp.tlv.system.desc", "System Description", .string)
  let capabilities = LLDPFields.capabilities("lldp.tlv.system_cap", "Capabilities")
  let enabled = LLDPFields.capabilities("lldp.tlv.enable_system_cap", "Enabled Capabilities")
  let addressLength = Field("lldp.mgn.address.len", "Address String Length", .uint8)
  let addressFamily = Field(
    "lldp.mgn.address.subtype", "Address Subtype", .uint8, .natural,
    .names { LLDPFields.familyName($0) })
  let addressIPv4 = Field("lldp.mgn.addr.ip4", "Management Address", .ipv4)
  let addressIPv6 = Field("lldp.mgn.addr.ip6", "Management Address", .ipv6)
  let addressBytes = Field("lldp.mgn.addr.hex", "Management Address", .bytes)
  let interfaceKind = Field(
    "lldp.mgn.interface.subtype", "Interface Subtype", .uint8, .natural,
    .names { word($0, ["", "Unknown", "ifIndex", "System port number"]) })
  let interfaceNumber = Field("lldp.mgn.interface.number", "Interface Number", .uint32)
  let objectLength = Field("lldp.mgn.obj.len", "OID String Length", .uint8)
  let object = Field("lldp.mgn.obj.id", "Object Identifier", .string)
  let organization = Field("lldp.orgtlv.oui", "Organization Unique Code", .uint24)
  let unknownSubtype = Field("lldp.unknown_subtype", "Unknown Subtype", .uint8)
  let unknownContent = Field("lldp.unknown_subtype.content", "Unknown Subtype Content", .bytes)
  let bridging = Bridging()
  let ethernet = Ethernet()
  let badType = Field("lldp.bad_type", "Incorrect type", .none)
  let badLength = Field("lldp.incorrect_length", "Invalid length, too short", .none)
  let excess = Field("lldp.excess_length", "Invalid length, greater than expected", .none)

  static let fields = Self()

  private static let enabling = FieldMeaning.words(true: "Enabled", false: "Disabled")

  private static func capabilities(_ name: String, _ label: String) -> FlagFields {
    let parts = [
      ("other", "Other"), ("repeater", "Repeater"), ("bridge", "Bridge"),
      ("wlan_access_pt", "WLAN access point"), ("router", "Router"), ("telephone", "Telephone"),
      ("docsis_cable_device", "DOCSIS cable device"), ("station_only", "Station only"),
    ]
    return FlagFields(
      Field(name, label, .uint16, .hex),
      parts.enumerated().map { bit, part in
        Field(
          "\(name).\(part.0)", part.1, .boolean, .natural,
          .words(true: "Capable", false: "Not capable"), mask: 1 << UInt64(bit), of: 16)
      })
  }

  private static func aggregation(_ name: String, _ more: [Field]) -> FlagFields {
    let status = "\(name).aggregation_status"
    return FlagFields(
      Field(status, "Aggregation Status", .uint8, .hex),
      [
        Field(
          "\(status).cap", "Aggregation Capability", .boolean, .natural, .yesNo, mask: 1, of: 8),
        Field(
          "\(status).enabled", "Aggregation Status", .boolean, .natural, enabling, mask: 2, of: 8),
      ] + more)
  }

  private static func typeName(_ type: UInt64) -> String? {
    if type == 127 { return "Organization Specific" }
    return word(
      type,
      [
        "End of LLDPDU", "Chassis Id", "Port Id", "Time to Live", "Port Description",
        "System Name", "System Description", "System Capabilities", "Management Address",
      ])
  }

  static func bridgingName(_ subtype: UInt64) -> String? {
    word(
      subtype,
      [
        "", "Port VLAN ID", "Port and Protocol VLAN ID", "VLAN Name", "Protocol Identity", "", "",
        "Link Aggregation",
      ])
  }

  static func ethernetName(_ subtype: UInt64) -> String? {
    word(subtype, ["", "", "", "Link Aggregation", "Maximum Frame Size"])
  }

  /// The families of addresses that IANA numbers.
  private static func familyName(_ family: UInt64) -> String? {
    if family == 196 { return "Layer-2 VPN (old)" }
    return word(
      family,
      [
        "Reserved", "IPv4", "IPv6", "NSAP", "HDLC (8-bit multidrop)", "BBN 1822",
        "802 (includes all 802 media plus Ethernet)", "E.163", "E.164 (SMDS, Frame Relay, ATM)",
        "F.69 (Telex)", "X.121 (X.25, Frame Relay)", "IPX", "Appletalk", "Decnet IV",
        "Banyan Vines", "E.164 with NSAP subaddress", "DNS (Domain Name System)",
        "Distinguished Name", "AS Number", "XTP over IP version 4", "XTP over IP version 6",
        "XTP native mode XTP", "Fibre Channel World-Wide Port Name",
        "Fibre Channel World-Wide Node Name", "GWID", "Layer-2 VPN",
        "MPLS-TP Section Endpoint Identifier", "MPLS-TP LSP Endpoint Identifier",
        "MPLS-TP Pseudowire Endpoint Identifier", "MT IP: Multi-Topology IP version 4",
        "MT IPv6: Multi-Topology IP version 6",
      ])
  }
}

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
struct LLDPElement: ~Escapable {
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
  let reader: ByteReader
  private let head: UInt16
  /// Where it is in the unit.
  let offset: Int

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
  var size: Int { 2 + Int(head & 0x1ff) }

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
  func open(
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

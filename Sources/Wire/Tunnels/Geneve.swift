import Fields

/// Generic network virtualization encapsulation in a UDP datagram (RFC 8926), viewed in place.
struct GeneveHeader: LayerView, ~Escapable {
  static let headerLength = 8

  private let reader: ByteReader

  /// `next` and `describe` check as they go.
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) throws(DecodeError) {
    guard !bytes.isEmpty else { throw layer.error(needed: 1) }
    reader = ByteReader(bytes, layer)
  }

  private var optionsLength: Int { Int(reader.bytes[0] & 0x3f) * 4 }

  func next(_ layer: Layer) throws(DecodeError) -> Layer? {
    let type = EtherType(rawValue: try reader.uint16(at: 2))
    let end = Self.headerLength + optionsLength
    try reader.require(end, at: 0)
    return type.layer(above: layer, at: end)
  }

  func describe(
    _ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = GeneveFields.fields
    tree.addProtocol("geneve")
    tree.columns.protocolName = "Geneve"
    tree.columns.startInfo()
    let top = tree.opened(fields.geneve, count: Self.headerLength + optionsLength)
    defer { tree.close(top) }
    let first = reader.bytes[0]
    let type = try reader.uint16(at: 2)
    tree.columns.info.write("Encapsulated ")
    if let name = EtherType.name(UInt64(type)) {
      tree.columns.info.write(name)
    } else {
      tree.columns.info.write("0x")
      tree.columns.info.write(hex: UInt64(type), digits: 4)
      tree.columns.info.write(" (unknown)")
    }
    let network = try reader.uint24(at: 4)
    let flags = reader.bytes[1]
    tree.note(top) {
      $0.write(", VNI: 0x")
      $0.write(hex: UInt64(network), digits: 6)
      if flags & 0x80 != 0 { $0.write(", OAM") }
    }
    tree.add(fields.version, first >> 6, at: 0, count: 1)
    if first >> 6 != 0 {
      let words = "Unknown version \(first >> 6)"
      let item = tree.addText(words, at: 0, count: 1)
      tree.expert(fields.versionUnknown, .warning, .proto, words, under: item)
    }
    tree.addText("Length: \(optionsLength) bytes", at: 0, count: 1)
    let item = tree.add(fields.flags, flags, at: 1, count: 1)
    let bits = [fields.isManagement, fields.hasCritical, fields.reservedFlags]
    tree.note(item) {
      for bit in bits where UInt64(flags) & bit.mask != 0 {
        $0.write(", ")
        $0.write(bit.label)
      }
    }
    tree.open(item)
    for bit in bits { tree.add(bit, bitsOf: flags, at: 1, count: 1) }
    tree.close(item)
    tree.add(fields.type, type, at: 2, count: 2)
    tree.add(fields.network, network, at: 4, count: 3)
    let reserved = try reader.uint8(at: 7)
    if reserved != 0 { tree.add(fields.reserved, reserved, at: 7, count: 1) }
    if optionsLength > 0 { try describeOptions(into: &tree) }
  }

  private func describeOptions(into tree: inout FieldBuffer) throws(DecodeError) {
    let fields = GeneveFields.fields
    let start = Self.headerLength
    let options = try reader.part(at: start, optionsLength)
    let top = tree.add(fields.options, options, at: start)
    tree.relabel(top, "Options: (\(optionsLength) bytes)")
    tree.open(top)
    defer { tree.close(top) }
    var offset = start
    while offset < start + optionsLength {
      let length = 4 + Int(try reader.uint8(at: offset + 3) & 0x1f) * 4
      let own = try reader.part(at: offset, length)
      describeOption(own, at: offset, into: &tree)
      offset += length
    }
  }

  private func describeOption(
    _ own: Span<UInt8>, at offset: Int, into tree: inout FieldBuffer
  ) {
    let fields = GeneveFields.fields
    let (optionClass, type) = (own.uint16(at: 0), own[2])
    let name = GeneveFields.className(UInt64(optionClass)) ?? "Unknown"
    let weight = type & 0x80 != 0 ? "Critical" : "Non-critical"
    let item = tree.add(fields.option, own, at: offset)
    tree.relabel(item) {
      $0.write("Unknown, Class: \(name) (0x")
      $0.write(hex: UInt64(optionClass), digits: 4)
      $0.write(") Type: 0x")
      $0.write(hexByte: type)
      $0.write(" (\(weight))")
    }
    tree.open(item)
    tree.add(fields.optionClass, optionClass, at: offset, count: 2)
    let typeItem = tree.add(fields.optionType, type, at: offset + 2, count: 1)
    tree.note(typeItem, " (\(weight))")
    tree.open(typeItem)
    tree.add(fields.isCritical, bitsOf: type, at: offset + 2, count: 1, .hidden)
    tree.close(typeItem)
    let length = tree.add(fields.optionLength, own.count, at: offset + 3, count: 1)
    tree.note(length, " bytes")
    tree.add(fields.data, own.part(4, own.count), at: offset + 4)
    tree.close(item)
  }
}

/// The fields of Geneve.
struct GeneveFields: FieldSet {
  let geneve = Field("geneve", "Generic Network Virtualization Encapsulation", .proto)
  let version = Field("geneve.version", "Version", .uint8)
  let versionUnknown = Field("geneve.version.unknown", "Unknown version", .none)
  let flags = Field("geneve.flags", "Flags", .uint8, .hex)
  let isManagement = Field(
    "geneve.flags.oam", "Operations, Administration and Management Frame", .boolean, mask: 0x80)
  let hasCritical = Field(
    "geneve.flags.critical", "Critical Options Present", .boolean, mask: 0x40)
  let reservedFlags = Field("geneve.flags.reserved", "Reserved", .boolean, mask: 0x3f)
  let type = Field(
    "geneve.proto_type", "Protocol Type", .uint16, .hex, .names { EtherType.name($0) })
  let network = Field(
    "geneve.vni", "Virtual Network Identifier (VNI)", .uint24, .hexDecimal)
  let reserved = Field("geneve.reserved", "Reserved", .uint8, .hex)
  let options = Field("geneve.options", "Geneve Options", .bytes)
  let option = Field("geneve.option", "Option", .bytes)
  let optionClass = Field(
    "geneve.option.class", "Class", .uint16, .hex, .names { GeneveFields.className($0) })
  let optionType = Field("geneve.option.type", "Type", .uint8, .hex)
  let isCritical = Field(
    "geneve.option.type.critical", "Critical Option", .boolean, mask: 0x80)
  let optionLength = Field("geneve.option.length", "Length", .uint8)
  let data = Field("geneve.option.unknown.data", "Unknown Option Data", .bytes)

  static let fields = Self()

  static func className(_ number: UInt64) -> String? {
    switch number {
    case 0x0100: "Linux"
    case 0x0101: "Open vSwitch"
    case 0x0102: "Open Virtual Networking (OVN)"
    case 0x0103: "In-band Network Telemetry (INT)"
    case 0x0104: "VMware"
    case 0x0105: "Amazon.com, Inc."
    case 0x0106: "Cisco Systems, Inc."
    case 0xff00...0xffff: "Experimental"
    default: nil
    }
  }
}

import Fields

/// Cisco's framing on serial lines, viewed in place: address, control, and an EtherType.
struct CiscoHDLCHeader: LayerView, ~Escapable {
  static let headerLength = 4

  private let reader: ByteReader

  /// `next` and `describe` check as they go.
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) { reader = ByteReader(bytes, layer) }

  func next(_ layer: Layer) throws(DecodeError) -> Layer? {
    let type = EtherType(rawValue: try reader.uint16(at: 2))
    try reader.require(1, at: Self.headerLength)
    let kind: LayerKind =
      switch type {
      case .ipv4: .internetProtocol
      case .ipv6: .ipv6
      case .mpls, .multicastMPLS: .mpls
      default: .data
      }
    return layer.above(kind, at: Self.headerLength)
  }

  func describe(
    _ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = CiscoHDLCFields.fields
    tree.addProtocol("chdlc")
    tree.columns.setAddresses({ $0.write("N/A") }, { $0.write("N/A") })
    tree.columns.protocolName = "CHDLC"
    tree.columns.startInfo()
    let type = try reader.uint16(at: 2)
    let top = tree.opened(fields.chdlc, count: Self.headerLength)
    defer { tree.close(top) }
    tree.add(fields.address, reader.bytes[0], at: 0, count: 1)
    tree.add(fields.control, reader.bytes[1], at: 1, count: 1)
    tree.add(fields.type, type, at: 2, count: 2)
    if context.layerAbove?.kind == .data { EtherType(rawValue: type).setColumns(of: &tree) }
    try reader.require(1, at: Self.headerLength)
  }
}

/// The fields of Cisco HDLC.
struct CiscoHDLCFields: FieldSet {
  let chdlc = Field("chdlc", "Cisco HDLC", .proto)
  let address = Field(
    "chdlc.address", "Address", .uint8, .hex,
    .names {
      switch $0 {
      case 0x0f: "Unicast"
      case 0x8f: "Multicast"
      default: nil
      }
    })
  let control = Field("chdlc.control", "Control", .uint8, .hex)
  let type = Field(
    "chdlc.protocol", "Protocol", .uint16, .hex, .names { CiscoHDLCFields.typeName($0) })

  static let fields = Self()

  static func typeName(_ number: UInt64) -> String? {
    switch number {
    case 0x0800: "IP"
    case 0x2000: "CDP (Cisco)"
    case 0x8035: "SLARP"
    case 0xfefe: "ISO CLNP/ISO ES-IS DSAP/SSAP"
    default: EtherType.name(number)
    }
  }
}

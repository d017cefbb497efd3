import Fields

/// A mobility header: its fixed part (RFC 6275 6.1.1).
struct MobilityHeader: ~Escapable {
  private let bytes: Span<UInt8>

  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) throws(DecodeError) {
    guard bytes.count >= 8 else { throw layer.error(needed: 8) }
    self.bytes = bytes
  }

  func describe(into tree: inout FieldBuffer) {
    let fields = MobilityFields.fields
    tree.addProtocol("mipv6")
    tree.columns.protocolName = "MIPv6"
    tree.columns.setInfo(MobilityFields.typeName(UInt64(bytes[2])) ?? "Unknown")
    let length = (Int(bytes[1]) + 1) * 8
    let top = tree.opened(fields.mobility, count: min(length, bytes.count))
    tree.add(fields.payload, bytes[0], at: 0, count: 1)
    let item = tree.add(fields.length, bytes[1], at: 1, count: 1)
    tree.note(item) {
      $0.write(" (")
      $0.write(decimal: length)
      $0.write(" bytes)")
    }
    tree.add(fields.type, bytes[2], at: 2, count: 1)
    tree.add(fields.reserved, bytes[3], at: 3, count: 1)
    tree.add(fields.checksum, bytes.uint16(at: 4), at: 4, count: 2)
    tree.close(top)
  }
}

/// The fields of the mobility header.
struct MobilityFields: FieldSet {
  let mobility = Field("mipv6", "Mobile IPv6", .proto)
  let payload = Field(
    "mip6.proto", "Payload protocol", .uint8, .natural, .names { IPProtocol.name($0) })
  let length = Field("mip6.hlen", "Header length", .uint8)
  let type = Field(
    "mip6.mhtype", "Mobility Header Type", .uint8, .natural,
    .names { MobilityFields.typeName($0) })
  let reserved = Field("mip6.reserved", "Reserved", .uint8, .hex)
  let checksum = Field("mip6.csum", "Checksum", .uint16, .hex)

  static let fields = Self()

  static func typeName(_ number: UInt64) -> String? {
    switch number {
    case 0: "Binding Refresh Request"
    case 1: "Home Test Init"
    case 2: "Care-of Test Init"
    case 3: "Home Test"
    case 4: "Care-of Test"
    case 5: "Binding Update"
    case 6: "Binding Acknowledgement"
    case 7: "Binding Error"
    case 8: "Fast Binding Update"
    case 9: "Fast Binding Acknowledgment"
    case 10: "Fast Neighbor Advertisement"
    default: nil
    }
  }
}

import Fields

/// An Ethernet frame in a UDP datagram (RFC 7348), viewed in place.
struct VXLANHeader: LayerView, ~Escapable {
  static let headerLength = 8

  private let reader: ByteReader

  /// `next` and `describe` check as they go.
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) throws(DecodeError) {
    guard !bytes.isEmpty else { throw layer.error(needed: 2) }
    reader = ByteReader(bytes, layer)
  }

  func next(_ layer: Layer) throws(DecodeError) -> Layer? {
    try reader.require(Self.headerLength, at: 0)
    return layer.above(.ethernet, at: Self.headerLength)
  }

  func describe(
    _ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = VXLANFields.fields
    tree.addProtocol("vxlan")
    tree.columns.protocolName = "VxLAN"
    tree.columns.startInfo()
    let top = tree.opened(fields.vxlan, count: Self.headerLength)
    defer { tree.close(top) }
    let flags = try reader.uint16(at: 0)
    let item = tree.add(fields.flags, flags, at: 0, count: 2)
    let bits = [fields.hasPolicy, fields.hasNetwork, fields.doesNotLearn, fields.isApplied]
    tree.note(item) {
      for bit in bits where UInt64(flags) & bit.mask != 0 {
        $0.write(", ")
        $0.write(bit.label)
      }
    }
    tree.open(item)
    for bit in bits { tree.add(bit, bitsOf: flags, at: 0, count: 2) }
    let rest = UInt64(flags) & fields.reservedFlags.mask
    let reserved = tree.add(fields.reservedFlags, rest, at: 0, count: 2)
    tree.relabel(reserved) {
      $0.write(bits: rest, mask: fields.reservedFlags.mask, of: 16)
      $0.write(" = Reserved(R): 0x")
      $0.write(hex: rest, digits: 4)
    }
    tree.close(item)
    tree.add(fields.policy, try reader.uint16(at: 2), at: 2, count: 2)
    tree.add(fields.network, try reader.uint24(at: 4), at: 4, count: 3)
    tree.add(fields.reserved, try reader.uint8(at: 7), at: 7, count: 1)
  }
}

/// The fields of VXLAN.
struct VXLANFields: FieldSet {
  let vxlan = Field("vxlan", "Virtual eXtensible Local Area Network", .proto)
  let flags = Field("vxlan.flags", "Flags", .uint16, .hex)
  let hasPolicy = Field(
    "vxlan.flag_g", "GBP Extension", .boolean, .natural,
    .words(true: "Defined", false: "Not defined"), mask: 0x8000, of: 16)
  let hasNetwork = Field(
    "vxlan.flag_i", "VXLAN Network ID (VNI)", .boolean, mask: 0x0800, of: 16)
  let doesNotLearn = Field("vxlan.flag_d", "Don't Learn", .boolean, mask: 0x0040, of: 16)
  let isApplied = Field("vxlan.flag_a", "Policy Applied", .boolean, mask: 0x0008, of: 16)
  let reservedFlags = Field(
    "vxlan.flags_reserved", "Reserved(R)", .uint16, .hex, mask: 0x77b7)
  let policy = Field("vxlan.gbp", "Group Policy ID", .uint16)
  let network = Field("vxlan.vni", "VXLAN Network Identifier (VNI)", .uint24)
  let reserved = Field("vxlan.reserved8", "Reserved", .uint8)

  static let fields = Self()
}

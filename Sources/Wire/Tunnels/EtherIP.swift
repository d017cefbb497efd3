import Fields

/// An Ethernet frame in an IP packet (RFC 3378), viewed in place.
struct EtherIPHeader: LayerView, ~Escapable {
  static let headerLength = 2

  private let bytes: Span<UInt8>

  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) throws(DecodeError) {
    guard bytes.count >= Self.headerLength else { throw layer.error(needed: Self.headerLength) }
    self.bytes = bytes
  }

  func next(_ layer: Layer) -> Layer? { layer.above(.ethernet, at: Self.headerLength) }

  func describe(
    _ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) {
    let fields = EtherIPFields.fields
    tree.addProtocol("etherip")
    tree.columns.protocolName = "ETHERIP"
    let head = bytes.uint16(at: 0)
    let version = head >> 12
    let top = tree.opened(fields.etherIP, count: Self.headerLength)
    tree.relabel(top, "EtherIP, Version \(version)")
    let item = tree.add(fields.version, bitsOf: head, at: 0, count: 2)
    if version != 3 {
      tree.expert(fields.versionNot3, .warning, .proto, "Version must be 3", under: item)
    }
    let reserved = tree.add(fields.reserved, bitsOf: head, at: 0, count: 2)
    if head & 0xfff != 0 {
      tree.expert(
        fields.reservedNot0, .warning, .proto, "Reserved field must be 0", under: reserved)
    }
    tree.close(top)
  }
}

/// The fields of EtherIP.
struct EtherIPFields: FieldSet {
  let etherIP = Field("etherip", "Ethernet over IP", .proto)
  let version = Field("etherip.ver", "Version", .uint16, mask: 0xf000)
  let reserved = Field("etherip.reserved", "Reserved", .uint16, .hex, mask: 0x0fff)
  let versionNot3 = Field("etherip.ver.not3", "Version must be 3", .none)
  let reservedNot0 = Field("etherip.reserved.not0", "Reserved field must be 0", .none)

  static let fields = Self()
}

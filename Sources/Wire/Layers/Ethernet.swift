import Fields

/// An Ethernet II frame, viewed in place (IEEE 802.3 clause 3.2.6).
struct EthernetFrame: ~Escapable {
  static let headerLength = 14

  private let bytes: Span<UInt8>

  /// The only length check: every accessor below relies on it.
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) throws(DecodeError) {
    guard bytes.count >= Self.headerLength else { throw layer.error(needed: Self.headerLength) }
    self.bytes = bytes
  }

  var destination: UInt64 { bytes.uint48(at: 0) }
  var source: UInt64 { bytes.uint48(at: 6) }
  var etherType: EtherType { EtherType(rawValue: bytes.uint16(at: 12)) }

  func next(_ layer: Layer) -> Layer? { etherType.layer(above: layer, at: Self.headerLength) }

  func describe(_ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer) {
    let fields = EthernetFields.fields
    tree.columns.protocolName = "Ethernet"
    let top = tree.opened(fields.eth, count: Self.headerLength)
    tree.add(fields.destination, .ether(destination), at: 0, count: 6)
    tree.add(fields.source, .ether(source), at: 6, count: 6)
    tree.add(fields.type, etherType.rawValue, at: 12, count: 2)
    tree.close(top)
  }
}

/// The fields of Ethernet, as Wireshark names them.
struct EthernetFields: FieldSet {
  let eth = Field("eth", "Ethernet II", .proto)
  let destination = Field("eth.dst", "Destination", .ether)
  let source = Field("eth.src", "Source", .ether)
  let type = Field(
    "eth.type", "Type", .uint16, .hex, .names { EtherType(rawValue: UInt16($0)).name })

  static let fields = Self()
}

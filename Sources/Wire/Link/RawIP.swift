import Fields

/// A capture without a link layer: the first four bits say which IP follows.
struct RawIP: LayerView, ~Escapable {
  private let bytes: Span<UInt8>

  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) { self.bytes = bytes }

  func next(_ layer: Layer) throws(DecodeError) -> Layer? {
    guard !bytes.isEmpty else { throw layer.error(needed: 1) }
    return switch bytes[0] >> 4 {
    case 4: layer.above(.ipv4, at: 0)
    case 6: layer.above(.ipv6, at: 0)
    default: layer.above(.internetProtocol, at: 0)
    }
  }

  func describe(
    _ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) {
    tree.columns.setNotAvailable()
    tree.columns.setInfo("Raw packet data")
    tree.addProtocol("raw")
    tree.add(RawIPFields.fields.raw, .none)
  }
}

/// The field of captures without a link layer.
struct RawIPFields: FieldSet {
  let raw = Field("raw", "Raw packet data", .proto)

  static let fields = Self()
}

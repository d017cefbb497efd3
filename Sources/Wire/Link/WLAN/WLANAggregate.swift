import Fields

/// One packet of several in a wireless frame (an A-MSDU, IEEE 802.11 clause 9.3.2.2), viewed in place, with those that
/// follow it.
struct WLANAggregate: LayerView, ~Escapable {
  static let headerLength = 14

  private let bytes: Span<UInt8>

  /// The only length check: every accessor below relies on it.
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) throws(DecodeError) {
    guard bytes.count >= Self.headerLength else { throw layer.error(needed: Self.headerLength) }
    self.bytes = bytes
  }

  private var length: Int { Int(bytes.uint16(at: 12)) }

  func next(_ layer: Layer) -> Layer? {
    var above = layer.above(.llc, at: Self.headerLength, length: length)
    above.depth = layer.depth.deeper.deeper
    return above
  }

  /// The packets after this one; each begins at a multiple of four bytes.
  func following(_ layer: Layer) -> Layer? {
    let start = (Self.headerLength + length + 3) & ~3
    return start + Self.headerLength <= layer.count ? layer.above(.wlanAggregate, at: start) : nil
  }

  func describe(
    _ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) {
    let fields = WLANFields.fields
    let number = context.layers[...context.index].count { $0.kind == .wlanAggregate }
    if number == 1 { tree.add(fields.aggregate, .none, count: bytes.count) }
    tree.depth += 1
    let top = tree.add(fields.part, .none, count: Self.headerLength + length)
    tree.relabel(top, "A-MSDU Subframe #\(number)")
    tree.open(top)
    let (destination, source) = (
      tree.name(of: bytes.uint48(at: 0)), tree.name(of: bytes.uint48(at: 6))
    )
    tree.columns.setAddresses({ $0.write(name: source) }, { $0.write(name: destination) })
    tree.add(fields.destination.field, mac: destination, at: 0)
    tree.add(fields.source.field, mac: source, at: 6)
    tree.add(fields.partLength, length, at: 12, count: 2)
    tree.close(top)
  }
}

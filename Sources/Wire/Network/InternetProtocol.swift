import Fields

/// IP of either version, where the layer below does not say which: the first four bits do.
struct InternetProtocol: LayerView, ~Escapable {
  private let version: UInt8

  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) throws(DecodeError) {
    guard !bytes.isEmpty else { throw layer.error(needed: 1) }
    version = bytes[0] >> 4
  }

  func next(_ layer: Layer) -> Layer? {
    switch version {
    case 4: layer.above(.ipv4, at: 0)
    case 6: layer.above(.ipv6, at: 0)
    default: nil
    }
  }

  func describe(
    _ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) {
    guard version != 4 else { return }
    tree.addProtocol("ip")
    guard version != 6 else { return }
    let fields = IPv4Fields.fields
    let version = version
    tree.columns.protocolName = "IP"
    tree.columns.setInfo("Bogus IP version (\(version))")
    let top = tree.add(fields.ip, .none, count: 1)
    tree.relabel(top, "Internet Protocol, bogus version (\(version))")
    tree.open(top)
    let item = tree.add(fields.version, version, at: 0, count: 1)
    tree.relabel(item) {
      $0.write(bits: UInt64(version) << 4, mask: 0xf0, of: 8)
      $0.write(" = Version: ")
      $0.write(decimal: UInt64(version))
    }
    tree.expert(fields.bogusVersion, .error, .proto, "Bogus IP version", under: item)
    tree.close(top)
  }
}

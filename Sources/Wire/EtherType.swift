/// An EtherType (IEEE 802 Numbers): an open set, so a struct with constants rather than an enum.
struct EtherType: RawRepresentable, Hashable, Sendable {
  let rawValue: UInt16

  static let ipv4 = Self(rawValue: 0x0800)

  var name: String? {
    switch self {
    case .ipv4: "IPv4"
    default: nil
    }
  }

  /// The dispatch table: which layer the number announces.
  func layer(above layer: Layer, at offset: Int) -> Layer? {
    switch self {
    default: layer.above(.data, at: offset)
    }
  }
}

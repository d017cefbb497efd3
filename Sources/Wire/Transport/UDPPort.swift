/// UDP ports whose protocol is decoded: an open set.
struct UDPPort: RawRepresentable, Hashable, Sendable {
  let rawValue: UInt16

  /// The dispatch table.
  var kind: LayerKind? {
    switch rawValue {
    case 2152: .gtp
    case 4789: .vxlan
    case 0x8892: .profinet
    case 6081: .geneve
    default: nil
    }
  }
}

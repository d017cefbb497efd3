/// UDP ports whose protocol is decoded: an open set.
struct UDPPort: RawRepresentable, Hashable, Sendable {
  let rawValue: UInt16

  /// The dispatch table.
  var kind: LayerKind? {
    switch rawValue {
    case 1701: .l2tp
    case 2152: .gtp
    // The second is Linux's own, from before there was a number for it.
    case 4789, 8472: .vxlan
    case 37008: .tzsp
    case 0x8892: .profinet
    case 6081: .geneve
    default: nil
    }
  }
}

/// A tunnel over UDP that a user may name for any port.
public enum DatagramTunnel: String, CaseIterable, Sendable {
  case geneve
  case gtp
  case l2tp
  case tzsp
  case vxlan

  var kind: LayerKind {
    switch self {
    case .geneve: .geneve
    case .gtp: .gtp
    case .l2tp: .l2tp
    case .tzsp: .tzsp
    case .vxlan: .vxlan
    }
  }
}

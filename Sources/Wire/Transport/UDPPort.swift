/// UDP ports whose protocol is decoded: an open set.
struct UDPPort: RawRepresentable, Hashable, Sendable {
  let rawValue: UInt16

  /// The dispatch table.
  var kind: LayerKind? {
    switch rawValue {
    case 53: .dns
    case 161, 162: .snmp
    case 1900: .ssdp
    case 2152: .gtp
    case 4789: .vxlan
    case 0x8892: .profinet
    case 5353: .multicastDNS
    case 6081: .geneve
    case 5355: .linkLocalDNS
    default: nil
    }
  }
}

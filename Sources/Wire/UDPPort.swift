/// UDP ports whose protocol is decoded: an open set.
struct UDPPort: RawRepresentable, Hashable, Sendable {
  let rawValue: UInt16

  /// The dispatch table.
  var kind: LayerKind? {
    switch rawValue {
    case 53: .dns
    case 161, 162: .snmp
    case 1900: .ssdp
    case 5353: .multicastDNS
    case 5355: .linkLocalDNS
    default: nil
    }
  }
}

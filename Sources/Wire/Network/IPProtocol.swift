/// What an IP packet carries (IANA's Assigned Internet Protocol Numbers): an open set.
struct IPProtocol: RawRepresentable, Hashable, Sendable {
  let rawValue: UInt8

  static let hopByHop = Self(rawValue: 0)
  static let icmp = Self(rawValue: 1)
  static let igmp = Self(rawValue: 2)
  static let ipv4 = Self(rawValue: 4)
  static let tcp = Self(rawValue: 6)
  static let udp = Self(rawValue: 17)
  static let ipv6 = Self(rawValue: 41)
  static let ipv6Routing = Self(rawValue: 43)
  static let ipv6Fragment = Self(rawValue: 44)
  static let encapsulatingSecurityPayload = Self(rawValue: 50)
  static let authenticationHeader = Self(rawValue: 51)
  static let icmpv6 = Self(rawValue: 58)
  static let noNextHeader = Self(rawValue: 59)
  static let ipv6DestinationOptions = Self(rawValue: 60)
  static let mobilityOld = Self(rawValue: 62)
  static let genericEncapsulation = Self(rawValue: 47)
  static let etherIP = Self(rawValue: 97)
  static let mplsInIP = Self(rawValue: 137)
  static let mobility = Self(rawValue: 135)
  static let ethernet = Self(rawValue: 143)

  /// The dispatch table.
  var kind: LayerKind? {
    switch self {
    case .hopByHop: .ipv6HopByHop
    case .icmp: .icmp
    case .igmp: .igmp
    case .ipv4: .internetProtocol
    case .tcp: .tcp
    case .udp: .udp
    case .ipv6: .ipv6
    case .ipv6Routing: .ipv6Routing
    case .ipv6Fragment: .ipv6Fragment
    case .encapsulatingSecurityPayload: .encapsulatingSecurityPayload
    case .authenticationHeader: .authenticationHeader
    case .icmpv6: .icmpv6
    case .ipv6DestinationOptions: .ipv6DestinationOptions
    case .mobility, .mobilityOld: .ipv6Mobility
    case .genericEncapsulation: .gre
    case .etherIP: .etherIP
    case .mplsInIP: .mpls
    case .ethernet: .ethernet
    default: nil
    }
  }
}

extension IPProtocol {
  /// The layer above IPv4, whatever it may be: even IPv6's extension headers, where a number names one.
  var kindInIPv4: LayerKind { kind ?? .data }
}

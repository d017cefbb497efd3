/// What an IP packet carries (IANA's Assigned Internet Protocol Numbers): an open set.
public struct IPProtocol: RawRepresentable, Hashable, Sendable {
  public let rawValue: UInt8

  public init(rawValue: UInt8) { self.rawValue = rawValue }

  public static let hopByHop = Self(rawValue: 0)
  public static let icmp = Self(rawValue: 1)
  public static let igmp = Self(rawValue: 2)
  public static let ipv4 = Self(rawValue: 4)
  public static let tcp = Self(rawValue: 6)
  public static let udp = Self(rawValue: 17)
  public static let ipv6 = Self(rawValue: 41)
  public static let ipv6Routing = Self(rawValue: 43)
  public static let ipv6Fragment = Self(rawValue: 44)
  public static let encapsulatingSecurityPayload = Self(rawValue: 50)
  public static let authenticationHeader = Self(rawValue: 51)
  public static let icmpv6 = Self(rawValue: 58)
  public static let noNextHeader = Self(rawValue: 59)
  public static let ipv6DestinationOptions = Self(rawValue: 60)
  public static let mobilityOld = Self(rawValue: 62)
  public static let genericEncapsulation = Self(rawValue: 47)
  public static let etherIP = Self(rawValue: 97)
  public static let l2tp = Self(rawValue: 115)
  public static let mplsInIP = Self(rawValue: 137)
  public static let mobility = Self(rawValue: 135)
  public static let ethernet = Self(rawValue: 143)

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
    case .l2tp: .l2tpOverIP
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

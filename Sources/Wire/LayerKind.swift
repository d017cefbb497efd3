import Fields

/// THE SEAM. A protocol is a file in `Link/`, `Network/`, `Tunnels/` or `Transport/`, and four lines elsewhere: a case
/// here, its facts below, its view in `LayerAction.swift`, and its number in a dispatch table (`LinkType`, `EtherType`,
/// `IPProtocol`, `UDPPort`).
public enum LayerKind: UInt8, Sendable, CaseIterable {
  case ethernet
  case linuxCooked
  case linuxCooked2
  case loopback
  case openBSDLoopback
  case rawIP
  case nflog
  case pflog
  case radiotap
  case ppi
  case wlan
  case wlanWithCheck
  case paddedWLAN
  case paddedWLANWithCheck
  case wlanAggregate
  case unknownLink
  case llc
  case vlan
  case serviceVLAN
  case vnTag
  case arp
  case internetProtocol
  case ipv4
  case ipv6
  case ipv6HopByHop
  case ipv6Routing
  case ipv6Fragment
  case ipv6DestinationOptions
  case ipv6Mobility
  case authenticationHeader
  case encapsulatingSecurityPayload
  case icmp
  case icmpv6
  case igmp
  case gre
  case plainERSPAN
  case erspan
  case etherIP
  case geneve
  case gtp
  case ciscoHDLC
  case vxlan
  case tzsp
  case l2tp
  case l2tpOverIP
  case mpls
  case pseudowire
  case pppLink
  case ppp
  case pppoeSession
  case linkControl
  case ipControl
  case ipv6Control
  case compressionControl
  case configurationTest
  case spanningTree
  case lldp
  case tcp
  case udp
  case profinet
  case profinetDCP
  case profinetPTCP
  /// The payload of a UDP datagram on a port of a protocol above `Wire`: for the caller to describe.
  case datagram
  case data
}

/// What is the same for all layers of a kind.
struct LayerFacts: Sendable {
  /// As `[Malformed Packet: …]` names it.
  let name: String
  /// As the protocols of a frame name it, where it is named before it is read.
  let protocolName: String?
  /// The protocol column of layers that set it before they read.
  let column: String?
  /// Whether the layer names the one above by its EtherType.
  let holdsEtherType: Bool
  /// Whether the layer's tree is inside the IPv6 packet's.
  let isInIPv6: Bool
  let fields: [any FieldSet.Type]

  fileprivate init(
    _ name: String, _ protocolName: String? = nil, column: String? = nil,
    holdsEtherType: Bool = false, isInIPv6: Bool = false, fields: any FieldSet.Type...
  ) {
    (self.name, self.protocolName, self.column) = (name, protocolName, column)
    (self.holdsEtherType, self.isInIPv6, self.fields) = (holdsEtherType, isInIPv6, fields)
  }
}

extension LayerKind {
  /// The part of a description that the layer's fields are in.
  var part: FieldParts {
    switch self {
    case .ipv4, .internetProtocol: .ipv4
    case .tcp: .tcp
    default: .otherLayers
    }
  }

  var facts: LayerFacts { Self.table[Int(rawValue)] }
  /// As `[Malformed Packet: …]` names it.
  public var name: String { Self.table[Int(rawValue)].name }
  /// Whether the layer's tree is inside the IPv6 packet's.
  var isInIPv6: Bool { Self.table[Int(rawValue)].isInIPv6 }

  private static let table = allCases.map(\.row)

  private var row: LayerFacts {
    switch self {
    case .ethernet:
      LayerFacts(
        "Ethernet", "eth", column: "Ethernet", holdsEtherType: true, fields: EthernetFields.self)
    case .linuxCooked, .linuxCooked2:
      LayerFacts("SLL", "sll", column: "SLL", holdsEtherType: true, fields: LinuxCookedFields.self)
    case .loopback, .openBSDLoopback: LayerFacts("Null", "null", fields: LoopbackFields.self)
    case .rawIP: LayerFacts("Raw", "raw", fields: RawIPFields.self)
    case .nflog: LayerFacts("NFLOG", "nflog", column: "NFLOG", fields: NFLOGFields.self)
    case .pflog: LayerFacts("PFLOG", "pflog", column: "PFLOG", fields: PFLogFields.self)
    case .radiotap:
      LayerFacts(
        "802.11 Radiotap", "radiotap", column: "WLAN", fields: RadiotapFields.self,
        RadioFields.self)
    case .ppi: LayerFacts("PPI", "ppi", column: "PPI", fields: PPIFields.self)
    case .wlan, .wlanWithCheck, .paddedWLAN, .paddedWLANWithCheck:
      LayerFacts("IEEE 802.11", "wlan", column: "802.11", fields: WLANFields.self)
    case .wlanAggregate: LayerFacts("IEEE 802.11")
    case .unknownLink: LayerFacts("Frame")
    case .llc: LayerFacts("LLC", "llc", column: "LLC", fields: LLCFields.self)
    case .vlan:
      LayerFacts("VLAN", "vlan", column: "VLAN", holdsEtherType: true, fields: VLANFields.self)
    case .serviceVLAN: LayerFacts("IEEE 802.1ad", "ieee8021ad", holdsEtherType: true)
    case .vnTag:
      LayerFacts("VNTAG", "vntag", column: "VNTAG", holdsEtherType: true, fields: VNTagFields.self)
    case .arp: LayerFacts("ARP/RARP", "arp", column: "ARP", fields: ARPFields.self)
    case .internetProtocol: LayerFacts("IPv4", "ip")
    case .ipv4:
      LayerFacts("IPv4", "ip", column: "IPv4", fields: IPv4Fields.self, IPv4OptionFields.self)
    case .ipv6: LayerFacts("IPv6", "ipv6", fields: IPv6Fields.self)
    case .ipv6HopByHop:
      LayerFacts(
        "IPv6 Hop-by-Hop", "ipv6.hopopts", isInIPv6: true, fields: IPv6ExtensionFields.self,
        IPv6OptionFields.self, OperationsOptionFields.self)
    case .ipv6Routing:
      LayerFacts("IPv6 Routing", "ipv6.routing", isInIPv6: true, fields: IPv6RoutingFields.self)
    case .ipv6Fragment: LayerFacts("IPv6 Fragment", "ipv6.fraghdr", isInIPv6: true)
    case .ipv6DestinationOptions: LayerFacts("IPv6 Destination", "ipv6.dstopts", isInIPv6: true)
    case .ipv6Mobility:
      LayerFacts(
        "MIPv6", "mipv6", isInIPv6: true, fields: MobilityFields.self, MobilityOptionFields.self)
    case .authenticationHeader: LayerFacts("AH", "ah", isInIPv6: true, fields: IPsecFields.self)
    case .encapsulatingSecurityPayload: LayerFacts("ESP", "esp")
    case .icmp:
      LayerFacts(
        "ICMP", "icmp", column: "ICMP", fields: ICMPFields.self, ICMPAdvertisementFields.self,
        ICMPExtensionFields.self)
    case .icmpv6:
      LayerFacts(
        "ICMPv6", "icmpv6", column: "ICMPv6", fields: ICMPv6Fields.self, ICMPv6OptionFields.self,
        ICMPv6SecureOptionFields.self, ICMPv6HandoverOptionFields.self,
        ICMPv6LowPowerOptionFields.self, ICMPv6OtherFields.self, RenumberingFields.self,
        RoutingControlFields.self, RoutingControlOptionFields.self, RoutingMetricFields.self)
    case .igmp: LayerFacts("IGMP", "igmp", column: "IGMP", fields: IGMPFields.self)
    case .gre: LayerFacts("GRE", "gre", column: "GRE", fields: GREFields.self)
    case .plainERSPAN, .erspan: LayerFacts("ERSPAN", "erspan", fields: ERSPANFields.self)
    case .etherIP: LayerFacts("ETHERIP", "etherip", column: "ETHERIP", fields: EtherIPFields.self)
    case .geneve: LayerFacts("Geneve", "geneve", fields: GeneveFields.self)
    case .gtp: LayerFacts("GTP", "gtp", fields: GTPFields.self)
    case .ciscoHDLC: LayerFacts("CHDLC", "chdlc", fields: CiscoHDLCFields.self)
    case .vxlan: LayerFacts("VXLAN", "vxlan", column: "VxLAN", fields: VXLANFields.self)
    case .tzsp: LayerFacts("TZSP", "tzsp", column: "TZSP", fields: TZSPFields.self)
    case .l2tp, .l2tpOverIP: LayerFacts("L2TP", "l2tp", column: "L2TP", fields: L2TPFields.self)
    case .mpls: LayerFacts("MPLS", "mpls", column: "MPLS", fields: MPLSFields.self)
    case .pseudowire: LayerFacts("Ethernet PW", "pwethheuristic")
    case .pppLink, .ppp: LayerFacts("PPP", "ppp", fields: PPPFields.self)
    case .pppoeSession: LayerFacts("PPPoES", "pppoes", column: "PPPoES", fields: PPPoEFields.self)
    case .linkControl: LayerFacts("PPP LCP", "lcp")
    case .ipControl: LayerFacts("PPP IPCP", "ipcp")
    case .ipv6Control: LayerFacts("PPP IPV6CP", "ipv6cp")
    case .compressionControl: LayerFacts("PPP CCP", "ccp")
    case .configurationTest:
      LayerFacts("LOOP", "loop", column: "LOOP", fields: ConfigurationTestFields.self)
    case .spanningTree: LayerFacts("STP", "stp", column: "STP", fields: SpanningTreeFields.self)
    case .lldp: LayerFacts("LLDP", "lldp", column: "LLDP", fields: LLDPFields.self)
    case .tcp:
      LayerFacts(
        "TCP", "tcp", fields: TCPFields.self, TCPOptionFields.self, RiverbedFields.self,
        MultipathFields.self)
    case .udp: LayerFacts("UDP", "udp", fields: UDPFields.self)
    case .profinet: LayerFacts("PN-RT", fields: ProfinetFields.self)
    case .profinetDCP: LayerFacts("PN-DCP", fields: ProfinetDCPFields.self)
    case .profinetPTCP: LayerFacts("PN-PTCP", fields: ProfinetPTCPFields.self)
    case .datagram, .data: LayerFacts("Data", fields: DataFields.self)
    }
  }

  /// What is shown of a layer whose header is not there: that it was tried.
  func describeMissing(into tree: inout FieldBuffer) {
    if let name = facts.protocolName { tree.addProtocol(name) }
    if let column = facts.column {
      tree.columns.protocolName = column
      if self != .ethernet { tree.columns.startInfo() }
    }
  }
}

import Fields

/// THE SEAM. A protocol is a file in `Link/`, `Network/`, `Tunnels/` or `Transport/`, a case here, a line in a dispatch
/// table (`LinkType`, `EtherType`, `IPProtocol`, `UDPPort`) and a line in each of the two switches of `Dissector`.
public enum LayerKind: UInt8, Sendable, CaseIterable {
  case ethernet
  case linuxCooked
  case linuxCooked2
  case loopback
  case rawIP
  case unknownLink
  case llc
  case vlan
  case serviceVLAN
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
  case tcp
  case udp
  case profinet
  case profinetDCP
  case profinetPTCP
  /// The payload of a UDP datagram on a port of a protocol above `Wire`: for the caller to describe.
  case datagram
  case data

  /// Whether the layer names the one above by its EtherType.
  var holdsEtherType: Bool {
    switch self {
    case .ethernet, .vlan, .serviceVLAN, .linuxCooked, .linuxCooked2: true
    default: false
    }
  }

  /// As `[Malformed Packet: …]` names it.
  public var name: String {
    switch self {
    case .ethernet: "Ethernet"
    case .linuxCooked, .linuxCooked2: "SLL"
    case .loopback: "Null"
    case .rawIP: "Raw"
    case .unknownLink: "Frame"
    case .llc: "LLC"
    case .vlan: "VLAN"
    case .serviceVLAN: "IEEE 802.1ad"
    case .arp: "ARP/RARP"
    case .internetProtocol, .ipv4: "IPv4"
    case .ipv6: "IPv6"
    case .ipv6HopByHop: "IPv6 Hop-by-Hop"
    case .ipv6Routing: "IPv6 Routing"
    case .ipv6Fragment: "IPv6 Fragment"
    case .ipv6DestinationOptions: "IPv6 Destination"
    case .ipv6Mobility: "MIPv6"
    case .authenticationHeader: "AH"
    case .encapsulatingSecurityPayload: "ESP"
    case .icmp: "ICMP"
    case .icmpv6: "ICMPv6"
    case .igmp: "IGMP"
    case .gre: "GRE"
    case .plainERSPAN, .erspan: "ERSPAN"
    case .etherIP: "ETHERIP"
    case .geneve: "Geneve"
    case .gtp: "GTP"
    case .ciscoHDLC: "CHDLC"
    case .vxlan: "VXLAN"
    case .mpls: "MPLS"
    case .pseudowire: "Ethernet PW"
    case .pppLink, .ppp: "PPP"
    case .pppoeSession: "PPPoES"
    case .linkControl: "PPP LCP"
    case .ipControl: "PPP IPCP"
    case .ipv6Control: "PPP IPV6CP"
    case .compressionControl: "PPP CCP"
    case .configurationTest: "LOOP"
    case .spanningTree: "STP"
    case .tcp: "TCP"
    case .udp: "UDP"
    case .profinet: "PN-RT"
    case .profinetDCP: "PN-DCP"
    case .profinetPTCP: "PN-PTCP"
    case .datagram, .data: "Data"
    }
  }
}

extension LayerKind {
  /// What is shown of a layer whose header is not there: that it was tried.
  func describeMissing(into tree: inout FieldBuffer) {
    if let name = protocolName { tree.addProtocol(name) }
    if let column = missingColumn {
      tree.columns.protocolName = column
      if self != .ethernet { tree.columns.startInfo() }
    }
  }
  /// The protocol column of layers that set it before they read.
  private var missingColumn: String? {
    switch self {
    case .arp: "ARP"
    case .ethernet: "Ethernet"
    case .icmp: "ICMP"
    case .icmpv6: "ICMPv6"
    case .igmp: "IGMP"
    case .linuxCooked, .linuxCooked2: "SLL"
    case .llc: "LLC"
    case .ipv4: "IPv4"
    case .etherIP: "ETHERIP"
    case .gre: "GRE"
    case .vxlan: "VxLAN"
    case .pppoeSession: "PPPoES"
    case .mpls: "MPLS"
    case .configurationTest: "LOOP"
    case .spanningTree: "STP"
    case .vlan: "VLAN"
    default: nil
    }
  }
  /// As the protocols of a frame name it.
  private var protocolName: String? {
    switch self {
    case .ethernet: "eth"
    case .linuxCooked, .linuxCooked2: "sll"
    case .loopback: "null"
    case .rawIP: "raw"
    case .llc: "llc"
    case .vlan: "vlan"
    case .serviceVLAN: "ieee8021ad"
    case .arp: "arp"
    case .internetProtocol, .ipv4: "ip"
    case .ipv6: "ipv6"
    case .ipv6HopByHop: "ipv6.hopopts"
    case .ipv6Routing: "ipv6.routing"
    case .ipv6Fragment: "ipv6.fraghdr"
    case .ipv6DestinationOptions: "ipv6.dstopts"
    case .ipv6Mobility: "mipv6"
    case .authenticationHeader: "ah"
    case .encapsulatingSecurityPayload: "esp"
    case .icmp: "icmp"
    case .icmpv6: "icmpv6"
    case .igmp: "igmp"
    case .gre: "gre"
    case .plainERSPAN, .erspan: "erspan"
    case .etherIP: "etherip"
    case .geneve: "geneve"
    case .gtp: "gtp"
    case .ciscoHDLC: "chdlc"
    case .vxlan: "vxlan"
    case .mpls: "mpls"
    case .pseudowire: "pwethheuristic"
    case .pppLink, .ppp: "ppp"
    case .pppoeSession: "pppoes"
    case .linkControl: "lcp"
    case .ipControl: "ipcp"
    case .ipv6Control: "ipv6cp"
    case .compressionControl: "ccp"
    case .configurationTest: "loop"
    case .spanningTree: "stp"
    case .tcp: "tcp"
    case .udp: "udp"
    case .unknownLink, .profinet, .profinetDCP, .profinetPTCP, .datagram, .data: nil
    }
  }
}

/// One layer of a frame: what it is, and which bytes are its own and its payload's.
public struct Layer: Sendable {
  public let kind: LayerKind
  /// Which bytes the offsets count in: 0 the frame, then `Dissector.sources`.
  public let source: UInt8
  /// How deep the layer's tree stands: more than 0 inside another layer's.
  public var depth: UInt8 = 0
  /// Part of the packet that an ICMP error quotes: no conversation, no columns.
  public var isQuoted = false
  /// Part of the first fragment of a datagram, the others of which are not at hand: no checksum can be checked.
  public var isFragment = false
  /// Offset of the first byte.
  public let start: Int
  /// Offset behind the last captured byte.
  public let end: Int
  /// Offset behind the last byte as it was on the wire; `end` is less where the frame was cut.
  public let wireEnd: Int

  public init(_ kind: LayerKind, source: UInt8 = 0, start: Int, end: Int, wireEnd: Int) {
    self.kind = kind
    self.source = source
    self.start = start
    self.end = end
    self.wireEnd = wireEnd
  }

  public var count: Int { end - start }
  public var wireCount: Int { wireEnd - start }

  /// The layer above, `offset` bytes into this one, `length` bytes long on the wire (nil: all there is).
  func above(_ kind: LayerKind, at offset: Int, length: Int? = nil) -> Layer {
    let from = Swift.min(start + offset, end)
    let until = length.map { Swift.min(start + offset + $0, wireEnd) } ?? wireEnd
    var layer = Layer(
      kind, source: source, start: from, end: Swift.max(from, Swift.min(end, until)),
      wireEnd: Swift.max(from, until))
    (layer.depth, layer.isQuoted, layer.isFragment) = (depth, isQuoted, isFragment)
    return layer
  }
  /// The packet that an ICMP error quotes: it stands inside this layer.
  func quoted(_ kind: LayerKind, at offset: Int, length: Int? = nil) -> Layer {
    var layer = above(kind, at: offset, length: length)
    layer.isQuoted = true
    layer.depth = layer.depth.deeper
    return layer
  }
  /// The layer over `count` bytes of another data source.
  func above(_ kind: LayerKind, inSource source: UInt8, count: Int) -> Layer {
    var layer = Layer(kind, source: source, start: 0, end: count, wireEnd: count)
    (layer.depth, layer.isQuoted) = (depth, isQuoted)
    return layer
  }

  /// The error for a header that needs `needed` bytes.
  func error(needed: Int) -> DecodeError {
    error(needed, start + needed <= wireEnd ? .cutShort : .tooShort)
  }
  /// The error for fields that reach beyond the bytes they are to be read from.
  var malformed: DecodeError { error(count + 1, .tooShort) }
  func invalid(_ what: String) -> DecodeError { error(0, .invalid(what)) }

  private func error(_ needed: Int, _ reason: DecodeError.Reason) -> DecodeError {
    DecodeError(layer: kind.name, offset: start, needed: needed, available: count, reason: reason)
  }
}

extension ByteReader {
  /// Reads the bytes of `layer`, or a part of them that has a length of its own.
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer, limit: Int = .max) {
    self.init(
      bytes, of: layer.kind.name, at: layer.start, wireCount: layer.wireCount, limit: limit)
  }
}

extension UInt8 {
  /// One more, but not more than there is: nests may be deep.
  var deeper: UInt8 { self == .max ? .max : self + 1 }
}

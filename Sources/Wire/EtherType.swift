import Fields

/// An EtherType (IEEE 802 Numbers): an open set, so a struct with constants rather than an enum.
struct EtherType: RawRepresentable, Hashable, Sendable {
  let rawValue: UInt16

  static let ipv4 = Self(rawValue: 0x0800)
  static let arp = Self(rawValue: 0x0806)
  static let reverseARP = Self(rawValue: 0x8035)
  static let vlan = Self(rawValue: 0x8100)
  static let ipv6 = Self(rawValue: 0x86dd)
  static let serviceVLAN = Self(rawValue: 0x88a8)
  static let profinet = Self(rawValue: 0x8892)
  /// The largest number that is a length instead (IEEE 802.3).
  static let maximumLength: UInt16 = 1500

  /// The dispatch table: which layer the number announces.
  func layer(above layer: Layer, at offset: Int) -> Layer {
    switch self {
    case .ipv4: layer.above(.ipv4, at: offset)
    case .ipv6: layer.above(.ipv6, at: offset)
    case .arp, .reverseARP: layer.above(.arp, at: offset)
    case .vlan, .serviceVLAN: layer.above(.vlan, at: offset)
    case .profinet: layer.above(.profinet, at: offset)
    default: layer.above(.data, at: offset)
    }
  }
}

extension EtherType {
  static func name(_ number: UInt64) -> String? {
    switch number {
    case 0x0600: "XEROX NS IDP"
    case 0x0800: "IPv4"
    case 0x0805: "X.25 Layer 3"
    case 0x0806: "ARP"
    case 0x0842: "Wake on LAN"
    case 0x22ea: "Stream Reservation Protocol"
    case 0x22f3: "TRILL"
    case 0x6558: "Transparent Ethernet bridging"
    case 0x6559: "Frame Relay ARP"
    case 0x8035: "RARP"
    case 0x809b: "AppleTalk LLAP bridging"
    case 0x80f3: "AARP"
    case 0x8100: "802.1Q Virtual LAN"
    case 0x8137: "Netware IPX/SPX"
    case 0x86dd: "IPv6"
    case 0x8808: "MAC Control"
    case 0x8809: "Slow Protocols"
    case 0x8847: "MPLS label switched packet"
    case 0x8848: "MPLS multicast label switched packet"
    case 0x8863: "PPPoE Discovery"
    case 0x8864: "PPPoE Session"
    case 0x887b: "HomePlug 1.0 MME"
    case 0x888e: "802.1X Authentication"
    case 0x8892: "PROFINET"
    case 0x889a: "SCSI over Ethernet"
    case 0x88a2: "ATA over Ethernet"
    case 0x88a4: "EtherCAT frame"
    case 0x88a8: "802.1ad Provider Bridge (Q-in-Q)"
    case 0x88ab: "POWERLINK"
    case 0x88b5: "Local Experimental Ethertype 1"
    case 0x88b6: "Local Experimental Ethertype 2"
    case 0x88b8: "IEC 61850/GOOSE"
    case 0x88b9: "IEC 61850/GSE management services"
    case 0x88ba: "IEC 61850/SV (Sampled Value Transmission"
    case 0x88cc: "802.1 Link Layer Discovery Protocol (LLDP)"
    case 0x88cd: "SERCOS-III"
    case 0x88e1: "HomePlug AV MME"
    case 0x88e3: "Media Redundancy Protocol (MRP)"
    case 0x88e5: "802.1AE (MACsec)"
    case 0x88e7: "802.1ah Provider Backbone Bridge (mac-in-mac)"
    case 0x88f7: "Precision Time Protocol (PTP)"
    case 0x88fb: "Parallel Redundancy Protocol (IEC62439)"
    case 0x8902: "IEEE 802.1Q Connectivity Fault Management (CFM) protocol"
    case 0x8906: "FCoE"
    case 0x8914: "FCoE Initialization Protocol"
    case 0x8915: "RoCE"
    case 0x892f: "High-availability Seamless Redundancy (IEC62439 Part 3)"
    case 0x893a: "IEEE1905.1a Convergent Digital Home Network for Heterogenous Technologies"
    case 0x9000: "Loopback"
    case 0x9100: "QinQ: old non-standard 802.1ad"
    default: nil
    }
  }

  /// The columns of a frame whose type no layer claims.
  func setColumns(of tree: inout FieldBuffer) {
    var words = TextBuffer()
    words.write("0x")
    words.write(hex: UInt64(rawValue), digits: 4)
    tree.columns.protocolName = words.string
  }
}

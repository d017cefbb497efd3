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

  /// As Wireshark names it.
  static func name(_ number: UInt64) -> String? {
    switch number {
    case 0: "IPv6 Hop-by-Hop Option"
    case 1: "ICMP"
    case 2: "IGMP"
    case 3: "GGP"
    case 4: "IPIP"
    case 5: "Stream"
    case 6: "TCP"
    case 7: "CBT"
    case 8: "EGP"
    case 9: "IGRP"
    case 10: "BBN RCC"
    case 11: "Network Voice"
    case 12: "PUP"
    case 13: "ARGUS"
    case 14: "EMCON"
    case 15: "XNET"
    case 16: "CHAOS"
    case 17: "UDP"
    case 18: "Multiplex"
    case 19: "DCN Measurement"
    case 20: "Host Monitoring"
    case 21: "Packet radio"
    case 22: "IDP"
    case 23: "Trunk-1"
    case 24: "Trunk-2"
    case 25: "Leaf-1"
    case 26: "Leaf-2"
    case 27: "Reliable Data"
    case 28: "IRT"
    case 29: "ISO TP4"
    case 30: "Bulk Data"
    case 31: "MFE NSP"
    case 32: "Merit Internodal"
    case 33: "Datagram Congestion Control Protocol"
    case 34: "3rd Party Connect"
    case 35: "Inter-Domain Policy Routing Protocol"
    case 36: "XTP"
    case 37: "Datagram delivery"
    case 38: "Control Message"
    case 39: "TP++"
    case 40: "IL"
    case 41: "IPv6"
    case 42: "Source demand routing"
    case 43: "Routing Header for IPv6"
    case 44: "Fragment Header for IPv6"
    case 45: "Inter-Domain Routing Protocol"
    case 46: "Reservation Protocol"
    case 47: "Generic Routing Encapsulation"
    case 48: "Dynamic source routing"
    case 49: "BNA"
    case 50: "Encap Security Payload"
    case 51: "Authentication Header"
    case 52: "INSLP"
    case 53: "SWIPE"
    case 54: "NBMA ARP"
    case 55: "IP Mobility"
    case 56: "TLSP Kryptonet"
    case 57: "SKIP"
    case 58: "ICMPv6"
    case 59: "No Next Header for IPv6"
    case 60: "Destination Options for IPv6"
    case 61: "any host internal protocol"
    case 62: "Mobile IPv6 (old)"
    case 63: "any local network"
    case 64: "SATNET EXPAK"
    case 65: "Kryptolan"
    case 66: "Remote Virtual Disk"
    case 67: "IPPC"
    case 68: "any distributed file system"
    case 69: "SATNET Monitoring"
    case 70: "VISA"
    case 71: "IPCV"
    case 72: "CPNX"
    case 73: "CPHB"
    case 74: "Wang Span"
    case 75: "Packet Video"
    case 76: "Backroom SATNET Mon"
    case 77: "Sun ND Protocol"
    case 78: "Wideband Mon"
    case 79: "Wideband Expak"
    case 80: "ISO Internet Protocol"
    case 81: "VMTP"
    case 82: "Secure VMTP"
    case 83: "VINES"
    case 84: "TTP"
    case 85: "NSFNET IGP"
    case 86: "Dissimilar Gateway"
    case 87: "TCF"
    case 88: "EIGRP"
    case 89: "OSPF IGP"
    case 90: "Sprite RPC"
    case 91: "Locus ARP"
    case 92: "Multicast Transport"
    case 93: "AX.25 Frames"
    case 94: "IP in IP"
    case 95: "MICP"
    case 96: "Semaphore"
    case 97: "Ether in IP"
    case 98: "ENCAP"
    case 99: "any private encryption scheme"
    case 100: "GMTP"
    case 101: "Ipsilon Flow"
    case 102: "PNNI over IP"
    case 103: "PIM"
    case 104: "ARIS"
    case 105: "SCPS"
    case 106: "QNX"
    case 107: "Active Networks"
    case 108: "IPComp"
    case 109: "Sitara Networks"
    case 110: "Compaq Peer"
    case 111: "IPX IN IP"
    case 112: "VRRP"
    case 113: "PGM"
    case 114: "any 0-hop protocol"
    case 115: "Layer 2 Tunneling"
    case 116: "DDX"
    case 117: "IATP"
    case 118: "STP"
    case 119: "SpectraLink"
    case 120: "UTI"
    case 121: "SMP"
    case 122: "SM"
    case 123: "PTP"
    case 124: "ISIS over IP"
    case 125: "FIRE"
    case 126: "CRTP"
    case 127: "CRUDP"
    case 128: "SSCOPMCE"
    case 129: "IPLT"
    case 130: "Secure Packet"
    case 131: "PIPE"
    case 132: "SCTP"
    case 133: "Fibre Channel"
    case 134: "RSVP E2EI"
    case 135: "Mobile IPv6"
    case 136: "UDPLite"
    case 137: "MPLS in IP"
    case 138: "MANET"
    case 139: "HIP"
    case 140: "Shim6 header"
    case 141: "WESP"
    case 142: "ROHC"
    case 143: "Ethernet"
    case 173: "AX/4000 Testframe"
    case 224: "Novell NCS Heartbeat"
    case 144...223: "Unassigned"
    default: nil
    }
  }
}

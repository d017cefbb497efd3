/// What a frame begins with: libpcap's DLT numbers.
struct LinkType: RawRepresentable, Hashable, Sendable {
  let rawValue: UInt32

  static let null = Self(rawValue: 0)
  static let ethernet = Self(rawValue: 1)
  static let openBSDLoopback = Self(rawValue: 108)
  static let linuxCooked = Self(rawValue: 113)
  static let wlan = Self(rawValue: 105)
  static let pflog = Self(rawValue: 117)
  static let radiotap = Self(rawValue: 127)
  static let ppi = Self(rawValue: 192)
  static let nflog = Self(rawValue: 239)
  static let linuxCooked2 = Self(rawValue: 276)
  static let rawIPv4 = Self(rawValue: 228)
  static let rawIPv6 = Self(rawValue: 229)

  /// The dispatch table.
  var kind: LayerKind {
    switch self {
    case .ethernet: .ethernet
    case .wlan: .wlan
    case .radiotap: .radiotap
    case .ppi: .ppi
    case .nflog: .nflog
    case .pflog: .pflog
    case .linuxCooked: .linuxCooked
    case .linuxCooked2: .linuxCooked2
    case .null: .loopback
    case .openBSDLoopback: .openBSDLoopback
    case Self(rawValue: 104): .ciscoHDLC
    case Self(rawValue: 9), Self(rawValue: 50): .pppLink
    case .rawIPv4: .internetProtocol
    case .rawIPv6: .ipv6
    case Self(rawValue: 12), Self(rawValue: 14), Self(rawValue: 101): .rawIP
    default: .unknownLink
    }
  }

  /// What a frame of `count` captured bytes begins with.
  func layer(count: Int, wireCount: Int) -> Layer {
    Layer(kind, start: 0, end: count, wireEnd: max(count, wireCount))
  }
  var isDecoded: Bool { kind != .unknownLink }

  /// Wireshark's own number for the encapsulation, and its name.
  var encapsulation: (number: Int, name: String) {
    switch rawValue {
    case 0: (15, "NULL/Loopback")
    case 1: (1, "Ethernet")
    case 6: (2, "Token Ring")
    case 8: (3, "SLIP")
    case 9: (4, "PPP")
    case 10: (5, "FDDI")
    case 12, 14, 101: (7, "Raw IP")
    case 104: (28, "Cisco HDLC")
    case 105: (20, "IEEE 802.11 Wireless LAN")
    case 107: (27, "Frame Relay")
    case 108: (174, "OpenBSD loopback")
    case 113: (25, "Linux cooked-mode capture v1")
    case 117: (39, "OpenBSD PF Firewall logs")
    case 127: (23, "IEEE 802.11 plus radiotap radio header")
    case 147...162: (45 + Int(rawValue) - 147, "USER \(rawValue - 147)")
    case 189: (92, "USB packets with Linux header")
    case 192: (97, "Per-Packet Information header")
    case 195: (104, "IEEE 802.15.4 Wireless PAN")
    case 220: (115, "USB packets with Linux header and padding")
    case 228: (129, "Raw IPv4")
    case 229: (130, "Raw IPv6")
    case 239: (141, "NFLOG")
    case 276: (210, "Linux cooked-mode capture v2")
    default: (0, "Unknown")
    }
  }
}

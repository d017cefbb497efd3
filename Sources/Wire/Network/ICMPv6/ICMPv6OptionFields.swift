import Fields

/// The fields of neighbour discovery options, as Wireshark names them.
struct ICMPv6OptionFields: FieldSet {
  /// A link-layer address of 6 or of 8 bytes.
  struct LinkFields {
    let address: Field, long: Field

    init(_ name: String, _ label: String) {
      address = Field(name, label, .bytes)
      long = Field(name + "_eui64", label, .bytes, .colons)
    }
  }

  let option = Field("icmpv6.opt", "ICMPv6 Option", .none)
  let type = Field("icmpv6.opt.type", "Type", .uint8, .natural, .names { name($0) })
  let length = Field("icmpv6.opt.length", "Length", .uint8)
  let invalidLength = Field("icmpv6.invalid_option_length", "Invalid Option Length", .none)
  let undecoded = Field("icmpv6.undecoded.option", "Undecoded option", .none)
  let data = Field("icmpv6.data", "Data", .bytes)
  let reserved = Field("icmpv6.opt.reserved", "Reserved", .none)
  let padding = Field("icmpv6.opt.padding", "Padding", .none)
  let link = LinkFields("icmpv6.opt.linkaddr", "Link-layer address")
  let sourceLink = LinkFields("icmpv6.opt.src_linkaddr", "Source Link-layer address")
  let targetLink = LinkFields("icmpv6.opt.target_linkaddr", "Target Link-layer address")
  let prefixLength = Field("icmpv6.opt.prefix.length", "Prefix Length", .uint8)
  let prefixFlags = FlagFields(
    Field("icmpv6.opt.prefix.flag", "Flag", .uint8, .hex),
    [
      .flag("icmpv6.opt.prefix.flag.l", "On-link flag(L)", 0x80),
      .flag(
        "icmpv6.opt.prefix.flag.a", "Autonomous address-configuration flag(A)", 0x40),
      .flag("icmpv6.opt.prefix.flag.r", "Router address flag(R)", 0x20),
      Field("icmpv6.opt.prefix.flag.reserved", "Reserved", .uint8, mask: 0x1f),
    ])
  let validLifetime = Field("icmpv6.opt.prefix.valid_lifetime", "Valid Lifetime", .uint32)
  let preferredLifetime = Field(
    "icmpv6.opt.prefix.preferred_lifetime", "Preferred Lifetime", .uint32)
  let prefix = Field("icmpv6.opt.prefix", "Prefix", .ipv6)
  let redirectedPacket = Field("icmpv6.opt.redirected_packet", "Redirected Packet", .none)
  let mtu = Field("icmpv6.opt.mtu", "MTU", .uint32)
  let shortcutLimit = Field("icmpv6.opt.nbma.shortcut_limit", "Shortcut Limit", .uint8)
  let address = Field("icmpv6.opt.ipv6_address", "IPv6 Address", .ipv6)
  let moreFlags = FlagFields(
    Field("icmpv6.opt.efo", "Flags Expansion Option", .uint16, .hex),
    [
      .flag("icmpv6.opt.efo.m", "Managed address configuration", 0x8000, of: 16),
      .flag("icmpv6.opt.efo.o", "Other configuration", 0x4000, of: 16),
      .flag("icmpv6.opt.efo.h", "Home Agent", 0x2000, of: 16),
      Field(
        "icmpv6.opt.efo.prf", "Prf (Default Router Preference)", .uint16, .natural,
        .names(routerPreferenceName), mask: 0x1800),
      .flag("icmpv6.opt.efo.p", "Proxy", 0x400, of: 16),
      Field("icmpv6.opt.efo.rsv", "Reserved", .uint16, mask: 0x2ff),
    ])
  let interval = Field("icmpv6.opt.advertisement_interval", "Advertisement Interval", .uint32)
  let agentPreference = Field(
    "icmpv6.opt.home_agent_preference", "Home Agent Preference", .uint16)
  let agentLifetime = Field("icmpv6.opt.home_agent_lifetime", "Home Agent Preference", .uint16)
  let nonce = Field("icmpv6.opt.nonce", "Nonce", .bytes)
  let routeFlags = FlagFields(
    Field("icmpv6.opt.route_info.flag", "Flag", .uint8, .hex),
    [
      Field(
        "icmpv6.opt.route_info.flag.route_preference", "Route Preference", .uint8, .natural,
        .names(routerPreferenceName), mask: 0x18),
      Field("icmpv6.opt.route_info.flag.reserved", "Reserved", .uint8, mask: 0xe7),
    ])
  let routeLifetime = Field("icmpv6.opt.route_lifetime", "Route Lifetime", .uint32)
  let serverLifetime = Field("icmpv6.opt.rdnss.lifetime", "Lifetime", .uint32)
  let server = Field("icmpv6.opt.rdnss", "Recursive DNS Servers", .ipv6)
  let searchLifetime = Field("icmpv6.opt.dnssl.lifetime", "Lifetime", .uint32)
  let searchName = Field("icmpv6.opt.dnssl", "Domain Names", .string)

  static let fields = Self()

  static func name(_ kind: UInt64) -> String? {
    switch kind {
    case 138: "CARD Request"
    case 139: "CARD Reply"
    case 253: "RFC3692-style Experiment 1"
    case 254: "RFC3692-style Experiment 2"
    default:
      word(
        kind,
        [
          "", "Source link-layer address", "Target link-layer address", "Prefix information",
          "Redirected header", "MTU", "NBMA Shortcut Limit Option", "Advertisement Interval",
          "Home Agent Information", "Source Address List", "Target Address List", "CGA",
          "RSA Signature", "Timestamp", "Nonce", "Trust Anchor", "Certificate",
          "IP Address/Prefix Option", "New Router Prefix Information", "Link-layer Address",
          "Neighbor Advertisement Acknowledgment", "", "", "MAP", "Route Information",
          "Recursive DNS Server", "RA Flags Extension", "Handover Key Request",
          "Handover Key Reply", "Handover Assist Information", "Mobile Node Identifier Option",
          "DNS Search List Option", "Proxy Signature (PS)", "Address Registration Option",
          "6LoWPAN Context Option", "Authoritative Border Router",
          "6LoWPAN Capability Indication Option", "DHCP Captive-Portal", "PREF64 Option",
        ])
    }
  }
}

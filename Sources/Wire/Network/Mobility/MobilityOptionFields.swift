import Fields

/// The fields of mobility options, and what each option is made of.
struct MobilityOptionFields: FieldSet {
  /// A part of an option's value.
  indirect enum Step: Sendable {
    /// What a number adds to its line, or to the option's.
    enum Suffix: Sendable {
      case none
      /// A time in units of four seconds.
      case quarters
      case named
      /// The same with a space after it.
      case namedApart
      case shown
    }
    /// What an address adds to the option's line.
    enum Shown { case none, behindColon }
    enum Clock { case nanoseconds, fractions }
    case number(Field, Suffix = .none)
    case bits(Int, [Field])
    case ipv4(Field, Shown = .none)
    case ipv6(Field, Shown = .none)
    /// Eight bytes.
    case time(Field, Clock)
    /// A part that is there where this many bytes are left.
    case left(Int, Step)
    /// A part that is there where the bits of the first byte are these.
    case first(UInt8, is: UInt8, Step)
    /// The address before, with its length.
    case again(Field)
    /// The prefix of either length, whose own length is the byte before.
    case delegated(Field, Field)
    /// Types, lengths and data.
    case requests(Field, Field, Field)
    /// A prefix after its length.
    case prefix(Field, Field)
    /// All that is left, but the last bytes.
    case rest(Field, less: Int = 0)
    /// All that is left, as text, which the option's line shows too.
    case text(Field)
    /// The same for labels that each begin with their length.
    case labels(Field)
    /// All that is left but the last bytes, where there is something.
    case some(Field, less: Int = 0)
    case skip(Int)
  }
  struct Option: Sendable {
    let type: UInt8
    let name: String
    let field: Field
    let needed: Int?
    let isLeast: Bool
    let steps: [Step]

    init(
      _ type: UInt8, _ name: String, _ key: String, exactly: Int? = nil, atLeast: Int? = nil,
      _ steps: [Step]
    ) {
      (self.type, self.name, self.steps) = (type, name, steps)
      field = Field("mip6.options.\(key)", name, .bytes)
      (needed, isLeast) = (exactly ?? atLeast, exactly == nil)
    }
  }

  let type = Field(
    "mip6.mobility_opt", "Mobility Option", .uint8, .natural, .names { otherName($0) })
  let length = Field("mip6.mobility_opt.len", "Length", .uint8)
  let invalidLength = Field("mip6.opt.len.invalid", "Invalid length for option", .none)
  let undecoded = Field("mip6.ie_not_dissected", "IE data not dissected yet", .none)
  let pad1 = Field("mip6.options.pad1", "Pad1", .bytes)
  let options: [Option]
  private let places: [Int?]

  func option(_ type: UInt8) -> Option? { places[Int(type)].map { options[$0] } }

  init() {
    let prefixLength = Field("mip6.nemo.mnp.pfl", "Mobile Network Prefix Length", .uint8)
    let prefix = Field("mip6.nemo.mnp.mnp", "Mobile Network Prefix", .ipv6)
    let home = Field("mip6.ipv4ha.ha", "IPv4 Home Address", .ipv4)
    let homeLength = Field("mip6.ipv4ha.preflen", "Prefix-len", .uint8, mask: 0xfc)
    let homeStatus = Field(
      "mip6.ipv4aa.sts", "Status", .uint8, .natural,
      .names {
        $0 == 0
          ? "Success"
          : $0 < 128
            ? nil
            : word(
              $0 - 128, ["Virtual", "PPP", "IEEE 802.3", "IEEE 802.11a/b/g", "IEEE 802.16e"])
      })
    let reserved = Field("mip6.ipv4dra.reserved", "Reserved", .uint16)
    options = [
      Option(1, "PadN", "padn", [.some(Field("mip6.padn", "PadN", .bytes))]),
      Option(
        2, "Binding Refresh Advice", "bra", exactly: 2,
        [.number(Field("mip6.bra.interval", "Refresh interval", .uint16), .quarters)]),
      Option(
        3, "Alternate Care-of Address", "acoa", exactly: 16,
        [.ipv6(Field("mip6.acoa.acoa", "Alternate care-of address", .ipv6))]),
      Option(
        4, "Nonce Indices", "ni", exactly: 4,
        [
          .number(Field("mip6.ni.hni", "Home nonce index", .uint16)),
          .number(Field("mip6.ni.cni", "Care-of nonce index", .uint16)),
        ]),
      Option(
        5, "Authorization Data", "bad_auth",
        [.rest(Field("mip6.bad.auth", "Authenticator", .bytes))]),
      Option(
        6, "Mobile Network Prefix", "mnp", exactly: 18, [.skip(1), .prefix(prefixLength, prefix)]),
      Option(
        7, "Mobility Header Link-Layer Address", "mhlla", atLeast: 1,
        [
          .number(
            Field(
              "mip6.lla.optcode", "Option-Code", .uint8, .natural,
              .names { $0 == 2 ? "Link Layer Address of the MN" : nil })),
          .some(Field("mip6.lla", "Link-layer address", .bytes, .colons)),
        ]),
      Option(
        8, "Mobile Node Identifier", "mnid", atLeast: 2,
        [
          .number(
            Field(
              "mip6.mnid.subtype", "Subtype", .uint8, .natural,
              .names { $0 == 1 ? "Network Access Identifier (NAI)" : nil })),
          .text(Field("mip6.mnid.identifier", "Identifier", .string)),
        ]),
      Option(
        9, "AUTH-OPTION-TYPE", "auth", atLeast: 6,
        [
          .number(
            Field(
              "mip6.auth.subtype", "Subtype", .uint8, .natural,
              .names {
                switch $0 {
                case 0: "Reserved (not available for assignment)"
                case 3: "HMAC_SHA1_SPI"
                case 5: "Reserved for use by 3GPP2"
                default: nil
                }
              })),
          .number(Field("mip6.auth.mobility_spi", "Mobility SPI", .uint32)),
          .rest(Field("mip6.auth.auth_data", "Authentication Data", .bytes), less: 2),
        ]),
      Option(
        10, "MESG-ID-OPTION-TYPE", "mseg_id", exactly: 8,
        [.time(Field("mip6.mseg_id.timestamp", "Timestamp", .absoluteTime), .nanoseconds)]),
      Option(11, "CGA Parameters Request", "cgapr", exactly: 0, []),
      Option(
        12, "CGA Parameters", "cgar", atLeast: 1,
        [.rest(Field("mip6.cgar.cga_par", "CGA Parameters", .bytes), less: 2)]),
      Option(
        13, "Signature", "sign", atLeast: 1,
        [.rest(Field("mip6.sign.sign", "CGA Parameters", .bytes), less: 2)]),
      Option(
        14, "Permanent Home Keygen Token", "phkt", atLeast: 1,
        [.rest(Field("mip6.phkt.phkt", "Permanent Home Keygen Token", .bytes), less: 2)]),
      Option(15, "Care-of Test Init", "coti", exactly: 0, []),
      Option(
        16, "Care-of Test", "cot", exactly: 8,
        [.rest(Field("mip6.mocot.co_keygen_tok", "Care-of Keygen Token", .bytes), less: 2)]),
      Option(
        17, "DNS-UPDATE-TYPE", "dnsu", atLeast: 5,
        [
          .number(
            Field(
              "mip6.dnsu.status", "Status", .uint8, .natural,
              .names {
                switch $0 {
                case 0: "DNS update performed"
                case 128: "Reason unspecified"
                case 129: "Administratively prohibited"
                case 130: "DNS Update Failed"
                default: nil
                }
              })),
          .bits(
            1,
            [
              Field(
                "mip6.dnsu.flag.r", "R flag", .boolean, .natural,
                .words(
                  true: "Mobile Node is requesting the HA to remove the DNS entry",
                  false: "Mobile Node is requesting the HA to create or update a DNS entry"),
                mask: 0x80, of: 8)
            ]),
          .rest(Field("mip6.dnsu.mn_id", "MN identity (FQDN)", .bytes), less: 2),
        ]),
      Option(
        18, "Experimental", "em", atLeast: 1,
        [.rest(Field("mip6.em.data", "Data", .bytes), less: 2)]),
      Option(
        19, "Vendor Specific", "vsm", atLeast: 2,
        [
          .number(
            Field(
              "mip6.vsm.vendorId", "Vendor Id", .uint32, .natural,
              .names(EnterpriseNumber.name)), .named),
          .number(Field("mip6.vsm.subtype", "Subtype", .uint8, .natural, .names { _ in nil })),
          .some(Field("mip6.vsm.data", "Data", .bytes), less: 2),
        ]),
      Option(
        20, "Service Selection", "ssm", atLeast: 1,
        [.labels(Field("mip6.ss.identifier", "Identifier", .string))]),
      Option(
        21, "Binding Authorization Data for FMIPv6 (BADF)", "badff", atLeast: 4,
        [
          .number(Field("mip6.badff.spi", "SPI", .uint32)),
          .rest(Field("mip6.badff.auth", "Authenticator", .bytes), less: 2),
        ]),
      Option(
        22, "Home Network Prefix", "hnp", exactly: 18, [.skip(1), .prefix(prefixLength, prefix)]),
      Option(
        23, "Handoff Indicator", "hi", exactly: 2,
        [
          .number(Field("mip6.hi.reserved", "Reserved", .uint8)),
          .number(
            Field(
              "mip6.hi", "Handoff Indicator", .uint8, .natural,
              .names {
                word(
                  $0,
                  [
                    "Reserved", "Attachment over a new interface",
                    "Handoff between two different interfaces of the mobile node",
                    "Handoff between mobile access gateways for the same interface",
                    "Handoff state unknown", "Handoff state not changed (Re-registration)",
                  ])
              }), .named),
        ]),
      Option(
        24, "Access Technology Type Option", "att", exactly: 2,
        [
          .number(Field("mip6.att.reserved", "Reserved", .uint8)),
          .number(
            Field(
              "mip6.att", "Access Technology Type", .uint8, .natural,
              .names {
                word(
                  $0,
                  [
                    "Reserved", "Virtual", "PPP", "IEEE 802.3", "IEEE 802.11a/b/g",
                    "IEEE 802.16e", "3GPP GERAN", "3GPP UTRAN", "3GPP E-UTRAN", "3GPP2 eHRPD",
                    "3GPP2 HRPD", "3GPP2 1xRTT", "3GPP2 UMB",
                  ])
              }), .named),
        ]),
      Option(
        25, "Mobile Node Link-layer Identifier", "mnlli", atLeast: 1,
        [
          .bits(2, [Field("mip6.mnlli.reserved", "Reserved", .uint16, mask: 0xffff)]),
          .rest(Field("mip6.mnlli.lli", "Link-layer Identifier", .bytes)),
        ]),
      Option(
        26, "Link-local Address", "lla", exactly: 16,
        [.ipv6(Field("mip6.lila_lla", "Link-local Address", .ipv6))]),
      Option(
        27, "Timestamp", "ts", exactly: 8,
        [.time(Field("mip6.timestamp_tmp", "Timestamp", .absoluteTime), .fractions)]),
      Option(
        28, "Restart Counter", "rc", exactly: 4,
        [.number(Field("mip6.rc", "Restart Counter", .uint32))]),
      Option(
        29, "IPv4 Home Address", "ipv4ha", exactly: 6,
        [
          .bits(1, [homeLength]), .skip(-1),
          .bits(
            2,
            [
              Field(
                "mip6.ipv4ha.p_flag", "mobile network prefix (P) flag", .boolean, .natural,
                .words(
                  true: "mobile network prefixt requested",
                  false: "mobile network prefix not requested"), mask: 0x200, of: 16)
            ]),
          .ipv4(home),
        ]),
      Option(
        30, "IPv4 Address Acknowledgement", "ipv4aa", exactly: 6,
        [.number(homeStatus), .bits(1, [homeLength]), .ipv4(home)]),
      Option(
        31, "NAT Detection", "natd", exactly: 6,
        [
          .bits(
            2,
            [
              Field(
                "mip6.natd.f_flag", "(F) flag", .boolean, .natural,
                .words(true: "Use UDP encapsulation", false: "Do not use UDP encapsulation"),
                mask: 0x8000, of: 16),
              Field("mip6.natd.reserved", "Reserved", .uint16, mask: 0x7fff),
            ]),
          .number(Field("mip6.natd.refresh_t", "Refresh time", .uint32, .natural, .unit("s"))),
        ]),
      Option(
        32, "IPv4 Care-of Address", "ipv4coa", exactly: 6,
        [
          .bits(2, [Field("mip6.ipv4coa.reserved", "Reserved", .uint16, mask: 0xffff)]),
          .ipv4(Field("mip6.ipv4coa.addr", "IPv4 Care-of address", .ipv4)),
        ]),
      Option(
        33, "GRE Key", "grek", atLeast: 2,
        [
          .number(reserved),
          .left(4, .number(Field("mip6.gre_key", "GRE Key", .uint32), .shown)),
        ]),
      Option(
        34, "Mobility Header IPv6 Address/Prefix", "mhipv6ap", exactly: 18,
        [
          .number(Field("mip6.mhipv6ap.opt_code", "Option-Code", .uint8)),
          .number(Field("mip6.mhipv6ap.len", "Prefix Length", .uint8)),
          .ipv6(Field("mip6.mhipv6ap.ipv6_address", "IPv6 Address", .ipv6)),
          .again(Field("mip6.mhipv6ap.ipv6_address_prefix", "IPv6 Address/Prefix", .string)),
        ]),
      Option(
        35, "Binding Identifier", "bi", atLeast: 4,
        [
          .number(Field("mip6.bi.bid", "Binding ID (BID)", .uint16)),
          .number(Field("mip6.bi.status", "Status", .uint8)),
          .bits(
            1,
            [
              Field(
                "mip6.bi.h_flag", "Simultaneous Home and Foreign Binding (H)", .boolean,
                mask: 0x80, of: 8)
            ]),
          .left(4, .ipv4(Field("mip6.bi.coa_ipv4", "IPv4 care-of address (CoA)", .ipv4))),
          .left(16, .ipv6(Field("mip6.bi.coa_ipv6", "IPv6 care-of address (CoA)", .ipv6))),
        ]),
      Option(
        36, "IPv4 Home Address Request", "ipv4hareq", exactly: 6,
        [
          .bits(1, [homeLength]),
          .number(Field("mip6.ipv4ha.reserved", "Reserved", .uint8, .hex)),
          .ipv4(home, .behindColon),
        ]),
      Option(
        37, "IPv4 Home Address Reply", "ipv4harep", exactly: 6,
        [.number(homeStatus, .namedApart), .bits(1, [homeLength]), .ipv4(home, .behindColon)]),
      Option(
        38, "IPv4 Default-Router Address", "ipv4dra", exactly: 6,
        [
          .number(reserved),
          .ipv4(Field("mip6.ipv4dra.dra", "IPv4 Default-Router Address", .ipv4), .behindColon),
        ]),
      Option(
        39, "IPv4 DHCP Support Mode", "ipv4dsm", exactly: 2,
        [
          .bits(
            2,
            [
              Field("mip6.ipv4dsm.reserved", "Reserved", .uint16, mask: 0xfffe),
              Field(
                "mip6.ipv4dsm.s_flag", "DHCP Support Mode (S)", .boolean, .natural,
                .words(true: "DHCP Server", false: "DHCP Relay"), mask: 1, of: 16),
            ])
        ]),
      Option(
        40, "Context Request", "cr", atLeast: 4,
        [
          .number(Field("mip6.cr.reserved", "Reserved", .uint16)),
          .requests(
            Field(
              "mip6.cr.req_type", "Req-type", .uint8, .natural,
              .names { MobilityNames.request($0) }),
            Field("mip6.cr.req_length", "Req-length", .uint8),
            Field("mip6.vsm.req_data", "Req-Data", .bytes)),
        ]),
      Option(
        41, "Mobile Node Link-local Address Interface Identifier", "lmaa", atLeast: 6,
        [
          .number(Field("mip6.lmaa.opt_code", "Option-Code", .uint8)),
          .number(Field("mip6.lmaa.reserved", "Reserved", .uint8)),
          .first(
            0xff, is: 1,
            .ipv6(Field("mip6.lmaa.ipv6", "Local Mobility Anchor Address", .ipv6), .behindColon)),
          .first(
            0xff, is: 2,
            .ipv4(Field("mip6.lmaa.ipv4", "Local Mobility Anchor Address", .ipv4), .behindColon)),
        ]),
      Option(
        46, "Redirect-Capability", "recap", exactly: 2,
        [.number(Field("mip6.recap.reserved", "Reserved", .uint16, .hex))]),
      Option(
        47, "Redirect", "redir", atLeast: 6,
        [
          .bits(
            2,
            [
              Field("mip6.redir.k", "K", .boolean, mask: 0x8000, of: 16),
              Field("mip6.redir.n", "N", .boolean, mask: 0x4000, of: 16),
              Field("mip6.redir.reserved", "Reserved", .uint16, .hex, mask: 0x3fff),
            ]),
          .first(
            0x80, is: 0x80,
            .ipv6(Field("mip6.redir.addr_r2lma_ipv6", "IPv6 r2LMA Address", .ipv6))),
          .first(
            0x40, is: 0x40,
            .ipv4(Field("mip6.redir.addr_r2lma_ipv4", "IPv4 r2LMA Address", .ipv4))),
        ]),
      Option(
        48, "Load Information", "load_inf", exactly: 18,
        [
          .number(Field("mip6.load_inf.priority", "Priority", .uint16)),
          .number(Field("mip6.load_inf.sessions_in_use", "Sessions in Use", .uint32)),
          .number(Field("mip6.load_inf.maximum_sessions", "Maximum Sessions", .uint32)),
          .number(Field("mip6.load_inf.used_capacity", "Used Capacity", .uint32)),
          .number(Field("mip6.load_inf.maximum_capacity", "Maximum Capacity", .uint32)),
        ]),
      Option(
        49, "Alternate IPv4", "alt_ip4", exactly: 4,
        [.ipv4(Field("mip6.alt_ip4", "Alternate IPv4 Care-of Address", .ipv4))]),
      Option(
        50, "Mobile Node Group Identifier", "mng", exactly: 6,
        [
          .number(
            Field(
              "mip6.mng.sub_type", "Sub Type", .uint8, .natural,
              .names { word($0, ["Reserved", "Bulk Binding Update Group"]) })),
          .number(Field("mip6.mng.reserved", "Reserved", .uint8)),
          .number(Field("mip6.mng.mng_id", "Mobile Node Group Identifier", .uint32)),
        ]),
      Option(
        51, "MAG IPv6 Address", "mag_ipv6", exactly: 16,
        [
          .number(Field("mip6.mag_ipv6.reserved", "Reserved", .uint8, .hex)),
          .number(Field("mip6.mag_ipv6.address_length", "Address Length", .uint8)),
          .ipv6(Field("mip6.mag_ipv6.address", "Address", .ipv6)),
        ]),
      Option(
        55, "Delegated Mobile Network Prefix", "dmnp", atLeast: 6,
        [
          .bits(
            1,
            [
              Field(
                "mip6.dmnp.v_flag", "IPv4 Prefix (V) flag", .boolean, .natural,
                .words(true: "IPv4 Prefix", false: "IPv6 Prefix"), mask: 0x80, of: 8),
              Field("mip6.dmnp.reserved", "Reserved", .uint8, mask: 0x7f),
            ]),
          .number(Field("mip6.dmnp.prefix_len", "Prefix Length", .uint8)),
          .delegated(
            Field("mip6.dmnp.dmnp_ipv4", "IPv4 Delegated Mobile Network Prefix", .ipv4),
            Field("mip6.dmnp.dmnp_ipv6", "IPv6 Delegated Mobile Network Prefix", .ipv6)),
        ]),
    ]
    var places = [Int?](repeating: nil, count: 256)
    for (index, option) in options.enumerated() { places[Int(option.type)] = index }
    self.places = places
  }

  static let fields = Self()

  /// Options of other documents.
  private static func otherName(_ number: UInt64) -> String? {
    number < 42
      ? nil
      : word(
        number - 42,
        [
          "Mobile Node Link-local Address Interface Identifier", "Transient Binding",
          "Flow Summary", "Flow Identification",
        ])
  }
}

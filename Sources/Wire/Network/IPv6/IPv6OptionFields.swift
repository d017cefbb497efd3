import Fields

/// The fields of IPv6 options.
struct IPv6OptionFields: FieldSet {
  let option = Field("ipv6.opt", "IPv6 Option", .none)
  let type = Field("ipv6.opt.type", "Type", .uint8, .hex, .names { IPv6Option.name($0) })
  let action = Field(
    "ipv6.opt.type.action", "Action", .uint8, .natural,
    .names {
      [
        "Skip and continue", "Discard", "Discard and send ICMP Parameter Problem",
        "Discard and send ICMP if not multicast",
      ][Int($0 & 3)]
    }, mask: 0xc0)
  let change = Field(
    "ipv6.opt.type.change", "May Change", .boolean, .natural, .yesNo, mask: 0x20)
  let rest = Field("ipv6.opt.type.rest", "Low-Order Bits", .uint8, .hex, mask: 0x1f)
  let length = Field("ipv6.opt.length", "Length", .uint8)
  let invalidLength = Field("ipv6.opt.invalid_len", "Invalid IPv6 option length", .none)
  let mismatch = Field(
    "ipv6.opt.header_mismatch", "Wrong options extension header for type", .none)
  let deprecated = Field("ipv6.opt.deprecated", "Option type is deprecated", .none)
  let pad1 = Field("ipv6.opt.pad1", "Pad1", .none)
  let padN = Field("ipv6.opt.padn", "PadN", .bytes)
  let tunnelLimit = Field("ipv6.opt.tel", "Tunnel Encapsulation Limit", .uint8)
  let routerAlert = Field(
    "ipv6.opt.router_alert", "Router Alert", .uint16, .natural,
    .names { word($0, ["MLD", "RSVP", "Active Network"]) })
  let labelDomain = Field(
    "ipv6.opt.calipso.doi", "CALIPSO Domain of Interpretation", .uint32)
  let labelLength = Field("ipv6.opt.calipso.cmpt.length", "Compartment Length", .uint8)
  let labelLevel = Field("ipv6.opt.calipso.sens_level", "Sensitivity Level", .uint8)
  let labelChecksum = Field("ipv6.opt.calipso.checksum", "Checksum", .uint16, .hex)
  let labelBitmap = Field("ipv6.opt.calipso.cmpt_bitmap", "Compartment Bitmap", .bytes)
  let hashBit = Field("ipv6.opt.smf_dpd.hash_bit", "H-bit", .boolean, mask: 0x80)
  let taggerType = Field(
    "ipv6.opt.smf_dpd.tid_type", "TaggerID Type", .uint8, .natural,
    .names { word($0, ["NULL", "DEFAULT", "IPv4", "IPv6"]) }, mask: 0x70)
  let taggerLength = Field("ipv6.opt.smf_dpd.tid_len", "TaggerID Length", .uint8, mask: 0x0f)
  let tagger = Field("ipv6.opt.smf_dpd.tagger_id", "TaggerID", .bytes)
  let packetIdentifier = Field("ipv6.opt.smf_dpd.ident", "Identifier", .bytes)
  let hashAssist = Field("ipv6.opt.smf_dpd.hav", "Hash Assist Value", .bytes)
  let scaleReceived = Field("ipv6.opt.pdm.scale_dtlr", "Scale DTLR", .uint8)
  let scaleSent = Field("ipv6.opt.pdm.scale_dtls", "Scale DTLS", .uint8)
  let numberOwn = Field("ipv6.opt.pdm.psn_this_pkt", "PSN This Packet", .uint16)
  let numberReceived = Field("ipv6.opt.pdm.psn_last_recv", "PSN Last Received", .uint16)
  let deltaReceived = Field(
    "ipv6.opt.pdm.delta_last_recv", "Delta Time Last Received", .uint16)
  let deltaSent = Field("ipv6.opt.pdm.delta_last_sent", "Delta Time Last Sent", .uint16)
  let quickFunction = Field(
    "ipv6.opt.qs_func", "Function", .uint8, .natural,
    .names { $0 == 0 ? "Rate request" : $0 == 8 ? "Rate report" : nil }, mask: 0xf0)
  let quickRate = Field(
    "ipv6.opt.qs_rate", "Rate", .uint8, .natural, .names { rateName($0) }, mask: 0x0f)
  let quickLifetime = Field("ipv6.opt.qs_ttl", "QS TTL", .uint8)
  let quickDifference = Field("ipv6.opt.qs_ttl_diff", "TTL Diff", .uint8)
  let quickUnused = Field("ipv6.opt.qs_unused", "Not Used", .uint8)
  let quickNonce = Field(
    "ipv6.opt.qs_nonce", "QS Nonce", .uint32, .hex, mask: 0xffff_fffc)
  let quickReserved = Field("ipv6.opt.qs_reserved", "Reserved", .uint32, .hex, mask: 3)
  let minimumMTU = Field("ipv6.opt.pmtu.min", "Minimum Reported PMTU", .uint16)
  let returnMTU = Field("ipv6.opt.pmtu.rtn", "Return Minimum PMTU", .uint16)
  let returnFlag = Field("ipv6.opt.pmtu.r_flag", "Return Flag", .boolean)
  let tunnelPayload = Field("ipv6.opt.tpf_information", "TPF Information", .uint32, .hex)
  let routingFlags = FlagFields(
    Field("ipv6.opt.rpl.flag", "Flag", .uint8, .hex),
    [
      Field("ipv6.opt.rpl.flag.o", "Down", .boolean, mask: 0x80),
      Field("ipv6.opt.rpl.flag.r", "Rank Error", .boolean, mask: 0x40),
      Field("ipv6.opt.rpl.flag.f", "Forwarding Error", .boolean, mask: 0x20),
      Field("ipv6.opt.rpl.flag.rsv", "Reserved", .uint8, .hex, mask: 0x1f),
    ])
  let routingInstance = Field("ipv6.opt.rpl.instance_id", "RPLInstanceID", .uint8, .hex)
  let routingRank = Field("ipv6.opt.rpl.sender_rank", "Sender Rank", .uint16, .hex)
  let seedFlags = FlagFields(
    Field("ipv6.opt.mpl.flag", "Flag", .uint8, .hex),
    [
      Field(
        "ipv6.opt.mpl.flag.s", "Seed ID Length", .uint8, .natural, .names { seedName($0) },
        mask: 0xc0),
      Field("ipv6.opt.mpl.flag.m", "Largest Sequence", .boolean, mask: 0x20),
      Field("ipv6.opt.mpl.flag.v", "Version", .boolean, mask: 0x10),
      Field("ipv6.opt.mpl.flag.rsv", "Reserved", .uint8, .hex, mask: 0x0f),
    ])
  let seedSequence = Field("ipv6.opt.mpl.sequence", "Sequence", .uint8, .hex)
  let seed = Field("ipv6.opt.mpl.seed_id", "Seed ID", .bytes)
  let seedIsSource = Field(
    "ipv6.opt.mpl.ipv6_src_seed_id", "Seed ID is the IPv6 Source Address", .none)
  let nonce = Field("ipv6.opt.ilnp_nonce", "ILNP Nonce", .bytes)
  let lineLength = Field("ipv6.opt.lio.length", "LineIDLen", .uint8)
  let line = Field("ipv6.opt.lio.line_id", "Line ID", .string)
  let jumbo = Field("ipv6.opt.jumbo", "Payload Length", .uint32)
  let jumboTruncated = Field(
    "ipv6.opt.jumbo.truncated", "Jumbo Payload option present and jumbo length < 65536", .none)
  let jumboProhibited = Field(
    "ipv6.opt.jumbo.prohibited",
    "When IPv6 payload length does not equal 0 a Jumbo Payload option must not be present", .none)
  let homeAddress = Field("ipv6.opt.mipv6.home_address", "MIPv6 Home Address", .ipv6)
  let depthFirstFlags = FlagFields(
    Field("ipv6.opt.dff.flags", "Flags", .uint8, .hex),
    [
      Field("ipv6.opt.dff.flag.ver", "Version (VER)", .uint8, mask: 0xc0),
      Field("ipv6.opt.dff.flag.dup", "Duplicate (DUP)", .boolean, mask: 0x20),
      Field("ipv6.opt.dff.flag.ret", "Return (RET)", .boolean, mask: 0x10),
      Field("ipv6.opt.dff.flag.rsv", "Reserved", .uint8, .hex, mask: 0x0f),
    ])
  let depthFirstSequence = Field(
    "ipv6.opt.dff.sequence_number", "Sequence Number", .uint16, .decimalHex)
  let experimental = Field("ipv6.opt.experimental", "Experimental Option", .bytes)
  let unknown = Field("ipv6.opt.unknown", "Unknown Option Payload", .bytes)
  let unknownData = Field("ipv6.opt_unknown_data", "Unknown Data", .bytes)
  let unknownExpert = Field(
    "ipv6.opt.unknown_data.expert", "Unknown Data (not interpreted)", .none)

  static let fields = Self()

  /// Every rate is twice the one before (RFC 4782 3.1).
  static func rateName(_ number: UInt64) -> String? {
    word(
      number,
      [
        "0 bit/s", "80 Kbit/s", "160 Kbit/s", "320 Kbit/s", "640 Kbit/s", "1.28 Mbit/s",
        "2.56 Mbit/s", "5.12 Mbit/s", "10.24 Mbit/s", "20.48 Mbit/s", "40.96 Mbit/s",
        "81.92 Mbit/s", "163.84 Mbit/s", "327.68 Mbit/s", "655.36 Mbit/s", "1.31072 Gbit/s",
      ])
  }
  static func seedName(_ number: UInt64) -> String? {
    word(
      number,
      [
        "0", "16-bit unsigned integer", "64-bit unsigned integer", "128-bit unsigned integer",
      ])
  }
}

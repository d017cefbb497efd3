import Fields

/// The fields of ICMPv6, as Wireshark names them.
struct ICMPv6Fields: FieldSet {
  let icmpv6 = Field("icmpv6", "Internet Control Message Protocol v6", .proto)
  let type = Field("icmpv6.type", "Type", .uint8, .natural, .names(icmpv6TypeName))
  let code = Field("icmpv6.code", "Code", .uint8)
  let checksum = Field("icmpv6.checksum", "Checksum", .uint16, .hex)
  let checksumStatus = Field(
    "icmpv6.checksum.status", "Checksum Status", .uint8, .wordsOnly, .names(checksumStatusName))
  let checksumBad = Field("icmpv6.checksum_bad.expert", "Bad checksum", .none)
  var checksums: ChecksumFields {
    ChecksumFields(value: checksum, status: checksumStatus, bad: checksumBad)
  }
  let reserved = Field("icmpv6.reserved", "Reserved", .bytes)
  let data = Field("icmpv6.data", "Data", .bytes)
  let undecodedType = Field("icmpv6.undecoded.type", "Undecoded type", .none)
  let mtu = Field("icmpv6.mtu", "MTU", .uint32)
  let pointer = Field("icmpv6.pointer", "Pointer", .uint32)
  let quotedLength = Field("icmpv6.length", "Length of original datagram", .uint8)
  let identifier = Field("icmpv6.echo.identifier", "Identifier", .uint16, .hex)
  let sequence = Field("icmpv6.echo.sequence_number", "Sequence", .uint16)
  let responseTo = Field("icmpv6.resp_to", "Response To", .frameNumber)
  let responseTime = Field("icmpv6.resptime", "Response Time", .double)
  let extendedSequence = Field("icmpv6.ext.echo.seq", "Sequence number", .uint8, .decimalHex)
  let requestReserved = Field("icmpv6.ext.echo.req.res", "Reserved", .uint8, .hex, mask: 0xfe)
  let requestLocal = Field(
    "icmpv6.ext.echo.req.local", "Local bit", .boolean, .natural, .setNotSet, mask: 1)
  let replyState = Field(
    "icmpv6.ext.echo.rsp.state", "State", .uint8, .natural,
    .names {
      word($0, ["Reserved", "Incomplete", "Reachable", "Stale", "Delay", "Probe", "Failed"])
    }, mask: 0xe0)
  let replyReserved = Field("icmpv6.ext.echo.rsp.res", "Reserved", .uint8, .hex, mask: 0x18)
  let replyActive = Field(
    "icmpv6.ext.echo.rsp.active", "Active bit", .boolean, .natural, .setNotSet, mask: 4)
  let replyIPv4 = Field(
    "icmpv6.ext.echo.rsp.ipv4", "IPv4 bit", .boolean, .natural, .setNotSet, mask: 2)
  let replyIPv6 = Field(
    "icmpv6.ext.echo.rsp.ipv6", "IPv6 bit", .boolean, .natural, .setNotSet, mask: 1)

  let responseDelay = Field(
    "icmpv6.mld.maximum_response_delay", "Maximum Response Delay [ms]", .uint16)
  let responseCode = Field(
    "icmpv6.mld.maximum_response_code", "Maximum Response Code", .uint16)
  let listenerAddress = Field("icmpv6.mld.multicast_address", "Multicast Address", .ipv6)
  let listenerFlags = Field("icmpv6.mld.flag", "Flags", .uint8, .hex)
  let listenerSuppress = Field(
    "icmpv6.mld.flag.s", "Suppress Router-Side Processing", .boolean, mask: 8)
  let listenerRobustness = Field(
    "icmpv6.mld.flag.qrv", "QRV (Querier's Robustness Variable)", .uint8, mask: 7)
  let listenerReserved = Field("icmpv6.mld.flag.reserved", "Reserved", .uint8, mask: 0xf0)
  let listenerInterval = Field(
    "icmpv6.mld.qqi", "QQIC (Querier's Query Interval Code)", .uint8)
  let listenerSourceCount = Field("icmpv6.mld.nb_sources", "Number of Sources", .uint16)
  let listenerSource = Field("icmpv6.mld.source_address", "Source Address", .ipv6)
  let recordCount = Field(
    "icmpv6.mldr.nb_mcast_records", "Number of Multicast Address Records", .uint16)
  let record = Field("icmpv6.mldr.mar", "Multicast Address Record", .none)
  let recordType = Field(
    "icmpv6.mldr.mar.record_type", "Record Type", .uint8, .natural, .names(listenerRecordName))
  let auxiliaryLength = Field("icmpv6.mldr.mar.aux_data_len", "Aux Data Len", .uint8)
  let recordSourceCount = Field("icmpv6.mldr.mar.nb_sources", "Number of Sources", .uint16)
  let recordAddress = Field("icmpv6.mldr.mar.multicast_address", "Multicast Address", .ipv6)
  let recordSource = Field("icmpv6.mldr.mar.source_address", "Source Address", .ipv6)
  let auxiliaryData = Field("icmpv6.mldr.mar.auxiliary_data", "Auxiliary Data", .bytes)

  let hopLimit = Field("icmpv6.nd.ra.cur_hop_limit", "Cur hop limit", .uint8)
  let routerFlags = Field("icmpv6.nd.ra.flag", "Flags", .uint8, .hex)
  let routerManaged = Field(
    "icmpv6.nd.ra.flag.m", "Managed address configuration", .boolean, .natural, .setNotSet,
    mask: 0x80)
  let routerOther = Field(
    "icmpv6.nd.ra.flag.o", "Other configuration", .boolean, .natural, .setNotSet, mask: 0x40)
  let routerHomeAgent = Field(
    "icmpv6.nd.ra.flag.h", "Home Agent", .boolean, .natural, .setNotSet, mask: 0x20)
  let routerPreference = Field(
    "icmpv6.nd.ra.flag.prf", "Prf (Default Router Preference)", .uint8, .natural,
    .names(routerPreferenceName), mask: 0x18)
  let routerProxy = Field(
    "icmpv6.nd.ra.flag.p", "Proxy", .boolean, .natural, .setNotSet, mask: 4)
  let routerReserved = Field("icmpv6.nd.ra.flag.rsv", "Reserved", .uint8, mask: 3)
  let routerLifetime = Field("icmpv6.nd.ra.router_lifetime", "Router lifetime (s)", .uint16)
  let reachableTime = Field("icmpv6.nd.ra.reachable_time", "Reachable time (ms)", .uint32)
  let retransTimer = Field("icmpv6.nd.ra.retrans_timer", "Retrans timer (ms)", .uint32)
  let solicitedTarget = Field("icmpv6.nd.ns.target_address", "Target Address", .ipv6)
  let advertisementFlags = Field("icmpv6.nd.na.flag", "Flags", .uint32, .hex)
  let advertisementRouter = Field(
    "icmpv6.nd.na.flag.r", "Router", .boolean, .natural, .setNotSet, mask: 0x8000_0000, of: 32)
  let advertisementSolicited = Field(
    "icmpv6.nd.na.flag.s", "Solicited", .boolean, .natural, .setNotSet, mask: 0x4000_0000, of: 32)
  let advertisementOverride = Field(
    "icmpv6.nd.na.flag.o", "Override", .boolean, .natural, .setNotSet, mask: 0x2000_0000, of: 32)
  let advertisementReserved = Field(
    "icmpv6.nd.na.flag.rsv", "Reserved", .uint32, mask: 0x1fff_ffff)
  let advertisedTarget = Field("icmpv6.nd.na.target_address", "Target Address", .ipv6)
  let redirectTarget = Field("icmpv6.nd.rd.target_address", "Target Address", .ipv6)
  let redirectDestination = Field(
    "icmpv6.rd.na.destination_address", "Destination Address", .ipv6)

  let queryType = Field(
    "icmpv6.ni.qtype", "Qtype", .uint16, .natural,
    .names {
      word(
        $0,
        [
          "NOOP", "Supported query types (Obsolete)", "Node Name", "Node addresses",
          "IPv4 node addresses",
        ])
    })
  let nodeFlags = FlagFields(
    Field("icmpv6.ni.flag", "Flags", .uint16, .hex),
    [
      .flag("icmpv6.ni.flag.g", "Global-scope addresses", 0x20, of: 16),
      .flag("icmpv6.ni.flag.s", "Site-local addresses", 0x10, of: 16),
      .flag("icmpv6.ni.flag.l", "Link-local addresses", 8, of: 16),
      .flag("icmpv6.ni.flag.c", "Compression", 4, of: 16),
      Field(
        "icmpv6.ni.flag.a", "Unicast Addresses", .boolean, .natural,
        .words(
          true: "All unicast address", false: "Unicast addresses on the queried interface"),
        mask: 2, of: 16),
      .flag("icmpv6.ni.flag.t", "Truncated", 1, of: 16),
      Field("icmpv6.ni.flag.rsv", "Reserved", .uint16, .hex, mask: 0xffc0),
    ])
  let nodeNonce = Field("icmpv6.ni.nonce", "Nonce", .uint64, .hex)
  let subjectIPv6 = Field("icmpv6.ni.query.subject_ipv6", "IPv6 subject address", .ipv6)
  let subjectName = Field("icmpv6.ni.query.subject_fqdn", "FQDN subject", .string)
  let subjectIPv4 = Field("icmpv6.ni.query.subject_ipv4", "IPv4 subject address", .ipv4)
  let nodeTTL = Field("icmpv6.ni.reply.node_ttl", "TTL", .uint32)
  let nodeName = Field("icmpv6.ni.reply.node_name", "Name Node", .string)
  let nodeAddress = Field("icmpv6.ni.reply.node_address", "IPv6 Node address", .ipv6)
  let nodeIPv4 = Field("icmpv6.ni.reply.ipv4_address", "IPv4 Node address", .ipv4)
  let mobilityIdentifier = Field("icmpv6.mip6.identifier", "Identifier", .uint16)
  let homeAgentAddress = Field(
    "icmpv6.mip6.home_agent_address", "Home Agent Address", .ipv6)
  let mobilityFlags = Field("icmpv6.mip6.flag", "Flags", .uint16, .hex)
  let mobilityManaged = Field(
    "icmpv6.mip6.flag.m", "Managed address configuration", .boolean, .natural, .setNotSet,
    mask: 0x8000, of: 16)
  let mobilityOther = Field(
    "icmpv6.mip6.flag.o", "Other configuration", .boolean, .natural, .setNotSet, mask: 0x4000,
    of: 16)
  let mobilityReserved = Field("icmpv6.mip6.flag.rsv", "Reserved", .uint16, mask: 0x3fff)

  static let fields = Self()
}

@Sendable func icmpv6TypeName(_ type: UInt64) -> String? {
  switch type {
  case 1: "Destination Unreachable"
  case 2: "Packet Too Big"
  case 3: "Time Exceeded"
  case 4: "Parameter Problem"
  case 100, 101, 200, 201: "Private experimentation"
  case 127: "Reserved for expansion of ICMPv6 error messages"
  case 255: "Reserved for expansion of ICMPv6 informational messages"
  case 128...161:
    word(
      type - 128,
      [
        "Echo (ping) request", "Echo (ping) reply", "Multicast Listener Query",
        "Multicast Listener Report", "Multicast Listener Done", "Router Solicitation",
        "Router Advertisement", "Neighbor Solicitation", "Neighbor Advertisement", "Redirect",
        "Router Renumbering", "Node Information Query", "Node Information Reply",
        "Inverse Neighbor Discovery Solicitation", "Inverse Neighbor Discovery Advertisement",
        "Multicast Listener Report Message v2", "Home Agent Address Discovery Request",
        "Home Agent Address Discovery Reply", "Mobile Prefix Solicitation",
        "Mobile Prefix Advertisement", "Certification Path Solicitation",
        "Certification Path Advertisement", "Experimental Mobility",
        "Multicast Router Advertisement", "Multicast Router Solicitation",
        "Multicast Router Termination", "FMIPv6", "RPL Control", "Locator Update",
        "Duplicate Address Request", "Duplicate Address Confirmation", "MPL Control Message",
        "Extended Echo request", "Extended Echo reply",
      ])
  default: nil
  }
}

@Sendable func listenerRecordName(_ kind: UInt64) -> String? {
  word(
    kind,
    [
      "", "Include", "Exclude", "Changed to include", "Changed to exclude", "Allow new sources",
      "Block old sources",
    ])
}

@Sendable func routerPreferenceName(_ preference: UInt64) -> String? {
  word(preference, ["Medium", "High", "Reserved", "Low"])
}

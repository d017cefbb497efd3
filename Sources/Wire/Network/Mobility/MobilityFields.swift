import Fields

/// The fields of the mobility header.
struct MobilityFields: FieldSet {
  let mobility = Field("mipv6", "Mobile IPv6", .proto)
  let payload = Field(
    "mip6.proto", "Payload protocol", .uint8, .natural, .names { IPProtocolNumber.name($0) })
  let length = Field("mip6.hlen", "Header length", .uint8)
  let type = Field(
    "mip6.mhtype", "Mobility Header Type", .uint8, .natural,
    .names { MobilityFields.typeName($0) })
  let reserved = Field("mip6.reserved", "Reserved", .uint8, .hex)
  let checksum = Field("mip6.csum", "Checksum", .uint16, .hex)

  let refreshRequest = Field("mip6.binding_refresh_request", "Binding Refresh Request", .bytes)
  let homeInitCookie = Field("mip6.hoti.cookie", "Home Init Cookie", .uint64, .hex)
  let careOfInitCookie = Field("mip6.coti.cookie", "Care-of Init Cookie", .uint64, .hex)
  let homeNonceIndex = Field("mip6.hot.nindex", "Home Nonce Index", .uint16)
  let homeTestCookie = Field("mip6.hot.cookie", "Home Init Cookie", .uint64, .hex)
  let careOfNonceIndex = Field("mip6.cot.nindex", "Care-of Nonce Index", .uint16)
  let careOfTestCookie = Field("mip6.cot.cookie", "Care-of Init Cookie", .uint64, .hex)
  let keygenToken = Field("mip6.hot.token", "Home Keygen Token", .uint64, .hex)
  let updateSequence = Field("mip6.bu.seqnr", "Sequence number", .uint16)
  let updateFlags = [
    flag(
      "bu.a", "Acknowledge (A) flag", 0x8000, of: 16, "Binding Acknowledgement requested",
      "Binding Acknowledgement not requested"),
    flag("bu.h", "Home Registration (H) flag", 0x4000, of: 16, "Home Registration"),
    flag(
      "bu.l", "Link-Local Compatibility (L) flag", 0x2000, of: 16,
      "Link-Local Address Compatibility"),
    flag(
      "bu.k", "Key Management Compatibility (K) flag", 0x1000, of: 16,
      "Key Management Mobility Compatibility"),
    flag(
      "bu.m", "MAP Registration Compatibility (M) flag", 0x800, of: 16,
      "MAP Registration Compatibility"),
    flag("nemo.bu.r", "Mobile Router (R) flag", 0x400, of: 16, "Mobile Router Compatibility"),
    flag("bu.p", "Proxy Registration (P) flag", 0x200, of: 16, "Proxy Registration"),
    flag(
      "bu.f", "Forcing UDP encapsulation (F) flag", 0x100, of: 16, "Forcing UDP encapsulation used",
      "No Forcing UDP encapsulation"),
    flag(
      "bu.t", "TLV-header format (T) flag", 0x80, of: 16, "TLV-header format used",
      "No TLV-header format"),
    flag(
      "bu.b", "Bulk-Binding-Update flag (B)", 0x40, of: 16, "Enable bulk binding update support",
      "Disable bulk binding update support"),
  ]
  let updateLifetime = Field("mip6.bu.lifetime", "Lifetime", .uint16)
  let status = Field(
    "mip6.ba.status", "Status", .uint8, .natural, .names { MobilityNames.status($0) })
  let acknowledgementFlags = [
    flag(
      "ba.k", "Key Management Compatibility (K) flag", 0x80, of: 8,
      "Key Management Mobility Compatibility"),
    flag("nemo.ba.r", "Mobile Router (R) flag", 0x40, of: 8, "Mobile Router Compatibility"),
    flag("ba.p", "Proxy Registration (P) flag", 0x20, of: 8, "Proxy Registration"),
    flag(
      "ba.t", "TLV-header format (T) flag", 0x10, of: 8, "TLV-header format used",
      "No TLV-header format"),
    flag(
      "ba.b", "Bulk-Binding-Update flag (B)", 0x08, of: 8, "Enabled bulk binding update support",
      "Disabled bulk binding update support"),
  ]
  let acknowledgementSequence = Field("mip6.ba.seqnr", "Sequence number", .uint16)
  let acknowledgementLifetime = Field("mip6.ba.lifetime", "Lifetime", .uint16)
  let errorStatus = Field(
    "mip6.be.status", "Status", .uint8, .natural,
    .names {
      word(
        $0,
        ["", "Unknown binding for Home Address destination option", "Unrecognized MH type value"])
    })
  let errorHome = Field("mip6.be.haddr", "Home Address", .ipv6)
  let fastAcknowledge = Field("mip6.fbu.seqnr", "Sequence number", .uint16)
  let fastFlags = [
    flag(
      "fbu.a", "Acknowledge (A) flag", 0x80, of: 8, "Fast Binding Acknowledgement requested",
      "Fast Binding Acknowledgement not requested"),
    flag("fbu.h", "Home Registration (H) flag", 0x40, of: 8, "Home Registration"),
    flag(
      "fbu.l", "Link-Local Compatibility (L) flag", 0x20, of: 8,
      "Link-Local Address Compatibility"),
    flag(
      "fbu.k", "Key Management Compatibility (K) flag", 0x10, of: 8,
      "Key Management Mobility Compatibility"),
  ]
  let fastLifetime = Field("mip6.fbu.lifetime", "Lifetime", .uint16)
  let fastStatus = Field(
    "mip6.fback.status", "Status", .uint8, .natural,
    .names {
      switch $0 {
      case 0: "Fast Binding Update accepted"
      case 1: "Accepted but use supplied NCoA"
      case 128: "Reason unspecified"
      case 129: "Administratively prohibited"
      case 130: "Insufficient resources"
      case 131: "Incorrect interface identifier length"
      default: nil
      }
    })
  let fastKey = flag(
    "fback.k", "Key Management Compatibility (K) flag", 0x80, of: 8,
    "Key Management Mobility Compatibility")
  let fastSequence = Field("mip6.fback.seqnr", "Sequence number", .uint16)
  let fastAcknowledgedLifetime = Field("mip6.fback.lifetime", "Lifetime", .uint16)
  let fastNeighbor = Field(
    "mip6.fast_neighbor_advertisement", "Fast Neighbor Advertisement", .bytes)
  let experimental = Field("mip6.em.data", "Data", .bytes)
  let agentCount = Field("mip6.has.num_addrs", "Number of Addresses", .uint8)
  let agentReserved = Field("mip6.has.reserved", "Reserved", .uint8, .hex)
  let agentAddress = Field("mip6.has.address", "Address", .ipv6)
  let beatUnsolicited = Field(
    "mip6.hb.u_flag", "Unsolicited (U) flag", .boolean, .natural,
    .words(
      true: "Unsolicited Heartbeat Response",
      false: "Otherwise not an Unsolicited Heartbeat Response"), mask: 2)
  let beatResponse = Field(
    "mip6.hb.r_flag", "Response (R) flag", .boolean, .natural,
    .words(true: "Heartbeat Response", false: "Heartbeat Request"), mask: 1)
  let beatSequence = Field("mip6.hb.seqnr", "Sequence number", .uint32)
  let handoverSequence = Field("mip6.hi.seqnr", "Sequence number", .uint16)
  let handoverFlags = [
    Field(
      "mip6.hi.s_flag", "Assigned address configuration flag (S) flag", .boolean, mask: 0x80),
    Field("mip6.hi.u_flag", "Buffer flag (U) flag", .boolean, mask: 0x40),
  ]
  let handoverCode = Field("mip6.hi.code", "Code", .uint8)
  let handoverAcknowledged = Field("mip6.hack.seqnr", "Sequence number", .uint16)
  let handoverAcknowledgedCode = Field("mip6.hack.code", "Code", .uint8)
  let revocationType = Field("mip6.bri_br.type", "B.R. Type", .uint8)
  let revocationTrigger = Field(
    "mip6.bri_r.trigger", "R. Trigger", .uint8, .natural,
    .names {
      $0 >= 128
        ? word($0 - 128, ["Per-Peer Policy", "Revoking Mobility Node Local Policy"])
        : word(
          $0,
          [
            "Unspecified", "Administrative Reason", "Inter-MAG Handover - same Access Type",
            "Inter-MAG Handover - different Access Type", "Inter-MAG Handover - Unknown",
            "User Initiated Session(s) Termination", "Access Network Session(s) Termination",
            "Possible Out-of Sync BCE State",
          ])
    })
  let revocationStatus = Field(
    "mip6.bri_status", "Status", .uint8, .natural,
    .names {
      word(
        $0,
        [
          "Success", "Partial Success", "Binding Does NOT Exist",
          "IPv4 HoA Binding Does NOT Exist", "Global Revocation NOT Authorized",
          "CAN NOT Identify Binding", "Revocation Failed, MN is Attached",
        ])
    })
  let revocationSequence = Field("mip6.bri_seqnr", "Sequence Number", .uint16)
  let revocationFlags = revocation("i")
  let revocationAcknowledgedFlags = revocation("a")
  let revocationReserved = Field("mip6.bri_res", "Reserved", .uint16, .hex, mask: 0x1fff)
  let routingSequence = Field("mip6.lri.sequence", "Sequence", .uint16)
  let routingReserved = Field("mip6.lri.reserved", "Reserved", .uint16, .hex)
  let routingLifetime = Field("mip6.lri.lifetime", "Lifetime", .uint16, .hex)
  let routingAcknowledged = Field("mip6.lra.sequence", "Sequence", .uint16)
  let routingUnsolicited = Field(
    "mip6.lri.unsolicited", "unsolicited", .boolean, .natural, .yesNo, mask: 0x80)
  let routingUnused = Field("mip6.lra.reserved", "Reserved", .uint8, .hex, mask: 0x7f)
  let routingStatus = Field(
    "mip6.lra.status", "Status", .uint8, .natural,
    .names {
      $0 == 0
        ? "Success"
        : $0 < 128
          ? nil : word($0 - 128, ["Localized Routing Not Allowed", "MN Not Attached"])
    })
  let routingAcknowledgedLifetime = Field("mip6.lra.lifetime", "Lifetime", .uint16, .hex)
  let unknownData = Field("mip6.unknown_type_data", "Message Data", .bytes)
  let bogusLength = Field("mip6.bogus_header_length", "Bogus header length", .none)

  static let fields = Self()

  private static func flag(
    _ name: String, _ label: String, _ mask: UInt64, of bits: Int, _ set: String,
    _ notSet: String? = nil
  ) -> Field {
    Field(
      "mip6.\(name)_flag", label, .boolean, .natural,
      .words(true: set, false: notSet ?? "No \(set)"), mask: mask, of: bits)
  }

  private static func revocation(_ letter: String) -> [Field] {
    [
      .flag("mip6.bri_\(letter)p", "Proxy Binding (P) Flag", 0x8000, of: 16),
      .flag("mip6.bri_\(letter)v", "IPv4 HoA Binding Only (V) Flag", 0x4000, of: 16),
      .flag("mip6.bri_\(letter)g", "Global (G) Flag", 0x2000, of: 16),
    ]
  }

  /// RFC 6275 section 6.1.8.
  static func typeName(_ number: UInt64) -> String? {
    switch number {
    case 0: "Binding Refresh Request"
    case 1: "Home Test Init"
    case 2: "Care-of Test Init"
    case 3: "Home Test"
    case 4: "Care-of Test"
    case 5: "Binding Update"
    case 6: "Binding Acknowledgement"
    case 7: "Binding Error"
    case 8: "Fast Binding Update"
    case 9: "Fast Binding Acknowledgment"
    case 10: "Fast Neighbor Advertisement"
    case 11: "Experimental Mobility Header"
    case 12: "Home Agent Switch"
    case 13: "Heartbeat"
    case 14: "Handover Initiate"
    case 15: "Handover Acknowledge"
    case 16: "Binding Revocation"
    case 17: "Localized Routing Initiation"
    case 18: "Localized Routing Acknowledgment"
    default: nil
    }
  }
}

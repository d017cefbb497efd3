import Fields

// RPL control messages (RFC 6550 6, RFC 6997 8).
extension ICMPv6Message {
  func describeRoutingControl(into tree: inout FieldBuffer) throws(DecodeError) {
    let fields = RoutingControlFields.fields
    let isSecure = code & 0x80 != 0
    let at = isSecure ? try describeSecurity(into: &tree) : 4
    var end = at
    switch code & 0x7f {
    case 0:
      tree.add(fields.solicitationFlags, try reader.uint8(at: at), at: at, count: 1)
      addReserved(try reader.part(at: at + 1, 1), at: at + 1, into: &tree)
      end = at + 2
    case 1: end = try describeInformation(at: at, into: &tree)
    case 2:
      tree.add(fields.destinationInstance, try reader.uint8(at: at), at: at, count: 1)
      let flags = try reader.uint8(at: at + 1)
      tree.add(fields.destinationFlags, flags, at: at + 1, count: 1)
      addReserved(try reader.part(at: at + 2, 1), at: at + 2, into: &tree)
      tree.add(fields.destinationSequence, try reader.uint8(at: at + 3), at: at + 3, count: 1)
      end = try describeGraph(
        fields.destinationGraph, isThere: flags & 0x40 != 0, at: at + 4, into: &tree)
    case 3:
      tree.add(fields.acknowledgementInstance, try reader.uint8(at: at), at: at, count: 1)
      let flags = try reader.uint8(at: at + 1)
      tree.add(fields.acknowledgementFlags, flags, at: at + 1, count: 1)
      tree.add(fields.acknowledgementSequence, try reader.uint8(at: at + 2), at: at + 2, count: 1)
      tree.add(fields.acknowledgementStatus, try reader.uint8(at: at + 3), at: at + 3, count: 1)
      end = try describeGraph(
        fields.acknowledgementGraph, isThere: flags & 0x80 != 0, at: at + 4, into: &tree)
    case 4, 5:
      tree.add(fields.discoveryInstance, try reader.uint8(at: at), at: at, count: 1)
      let version = try reader.uint8(at: at + 1)
      let item = tree.add(fields.discoveryVersion, version, at: at + 1, count: 1)
      if version != 0 {
        tree.expert(
          fields.discoveryZero, .warning, .proto, "This field MUST be set to zero", under: item)
      }
      tree.add(
        code & 0x7f == 4 ? fields.discoveryFlags : fields.discoveryAcknowledgementFlags,
        try reader.uint16(at: at + 2), at: at + 2, count: 2)
      end = try describeGraph(fields.discoveryGraph, isThere: true, at: at + 4, into: &tree)
    case 10 where isSecure:
      tree.add(fields.checkInstance, try reader.uint8(at: at), at: at, count: 1)
      tree.add(fields.checkFlags, try reader.uint8(at: at + 1), at: at + 1, count: 1)
      tree.add(fields.checkNonce, try reader.uint16(at: at + 2), at: at + 2, count: 2)
      tree.add(fields.checkGraph, try reader.ipv6(at: at + 4), at: at + 4, count: 16)
      tree.add(fields.checkCounter, try reader.uint32(at: at + 20), at: at + 20, count: 4)
      end = at + 24
    default: return
    }
    // The acknowledgement of a discovery has none.
    if code & 0x7f == 5 { return }
    try RoutingControlOptions(reader, at: end, isDiscoveryReply: code & 0x7f == 4)
      .describe(into: &tree)
  }

  private func addReserved(_ bytes: Span<UInt8>, at offset: Int, into tree: inout FieldBuffer) {
    tree.add(ICMPv6Fields.fields.reserved, bytes, at: offset)
  }

  /// Returns what follows it.
  private func describeGraph(
    _ field: Field, isThere: Bool, at offset: Int, into tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    guard isThere else { return offset }
    tree.add(field, try reader.ipv6(at: offset), at: offset, count: 16)
    return offset + 16
  }

  private func describeInformation(
    at offset: Int, into tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    let fields = RoutingControlFields.fields
    tree.add(fields.instance, try reader.uint8(at: offset), at: offset, count: 1)
    tree.add(fields.version, try reader.uint8(at: offset + 1), at: offset + 1, count: 1)
    tree.add(fields.rank, try reader.uint16(at: offset + 2), at: offset + 2, count: 2)
    let flags = try reader.uint8(at: offset + 4)
    let item = tree.add(fields.flags.whole, flags, at: offset + 4, count: 1)
    tree.note(item) {
      if flags & 0x80 != 0 { $0.write(", Grounded (G)") }
      if flags & 0x40 != 0 { $0.write(", Zero") }
      $0.write(", Mode of Operation (MOP): ")
      $0.write(RoutingControlFields.modeName(UInt64(flags >> 3 & 7)) ?? "Unknown")
    }
    tree.addParts(of: fields.flags, flags, under: item, at: offset + 4, count: 1)
    tree.add(fields.trigger, try reader.uint8(at: offset + 5), at: offset + 5, count: 1)
    tree.add(fields.flags.whole, try reader.uint8(at: offset + 6), at: offset + 6, count: 1)
    addReserved(try reader.part(at: offset + 7, 1), at: offset + 7, into: &tree)
    tree.add(fields.graph, try reader.ipv6(at: offset + 8), at: offset + 8, count: 16)
    return offset + 24
  }

  /// RFC 6550 6.1. Returns where the message itself begins.
  private func describeSecurity(into tree: inout FieldBuffer) throws(DecodeError) -> Int {
    let fields = RoutingControlFields.fields
    tree.add(fields.secureTime, try reader.uint8(at: 4), at: 4, count: 1)
    tree.add(fields.secureAlgorithm, try reader.uint8(at: 5), at: 5, count: 1)
    let modes = try reader.uint8(at: 6)
    tree.add(fields.secureModes, modes, at: 6, count: 1)
    tree.add(fields.secureFlags, try reader.uint8(at: 7), at: 7, count: 1)
    tree.add(fields.secureCounter, try reader.uint32(at: 8), at: 8, count: 4)
    // Wireshark goes by the level, not by the mode, to tell which keys follow.
    var at = 12
    switch modes & 7 {
    case 2, 3, 6:
      tree.add(fields.secureKeySource, try reader.part(at: at, 8), at: at)
      at += 8
    case 0, 4: break
    default: return at
    }
    tree.add(fields.secureKeyIndex, try reader.uint8(at: at), at: at, count: 1)
    return at + 1
  }
}

/// The fields of RPL control messages.
struct RoutingControlFields: FieldSet {
  let solicitationFlags = Field("icmpv6.rpl.dis.flags", "Flags", .uint8)
  let instance = Field("icmpv6.rpl.dio.instance", "RPLInstanceID", .uint8)
  let version = Field("icmpv6.rpl.dio.version", "Version", .uint8)
  let rank = Field("icmpv6.rpl.dio.rank", "Rank", .uint16)
  let flags = FlagFields(
    Field("icmpv6.rpl.dio.flag", "Flags", .uint8, .hex),
    [
      Field("icmpv6.rpl.dio.flag.g", "Grounded (G)", .boolean, mask: 0x80),
      Field("icmpv6.rpl.dio.flag.0", "Zero", .boolean, mask: 0x40),
      Field(
        "icmpv6.rpl.dio.flag.mop", "Mode of Operation (MOP)", .uint8, .hex,
        .names { modeName($0) }, mask: 0x38),
      Field("icmpv6.rpl.dio.flag.preference", "DODAG Preference", .uint8, mask: 7),
    ])
  let trigger = Field(
    "icmpv6.rpl.dio.dtsn", "Destination Advertisement Trigger Sequence Number (DTSN)", .uint8)
  let graph = Field("icmpv6.rpl.dio.dagid", "DODAGID", .ipv6)
  let destinationInstance = Field("icmpv6.rpl.dao.instance", "RPLInstanceID", .uint8)
  let destinationFlags = FlagFields(
    Field("icmpv6.rpl.dao.flag", "Flags", .uint8, .hex),
    [
      Field("icmpv6.rpl.dao.flag.k", "DAO-ACK Request (K)", .boolean, mask: 0x80),
      Field("icmpv6.rpl.dao.flag.d", "DODAGID Present (D)", .boolean, mask: 0x40),
      Field("icmpv6.rpl.dao.flag.rsv", "Reserved", .uint8, mask: 0x3f),
    ])
  let destinationSequence = Field("icmpv6.rpl.dao.sequence", "DAO Sequence", .uint8)
  let destinationGraph = Field("icmpv6.rpl.dao.dodagid", "DODAGID", .ipv6)
  let acknowledgementInstance = Field("icmpv6.rpl.daoack.instance", "RPLInstanceID", .uint8)
  let acknowledgementFlags = FlagFields(
    Field("icmpv6.rpl.daoack.flag", "Flag", .uint8, .hex),
    [
      Field("icmpv6.rpl.daoack.flag.d", "DODAGID Present (D)", .boolean, mask: 0x80),
      Field("icmpv6.rpl.daoack.flag.rsv", "Reserved", .uint8, mask: 0x7f),
    ])
  let acknowledgementSequence = Field("icmpv6.rpl.daoack.sequence", "DAO-ACK Sequence", .uint8)
  let acknowledgementStatus = Field("icmpv6.rpl.daoack.status", "Status", .uint8)
  let acknowledgementGraph = Field("icmpv6.rpl.daoack.dodagid", "DODAGID", .ipv6)
  let discoveryInstance = Field("icmpv6.rpl.p2p.dro.instance", "RPLInstanceID", .uint8)
  let discoveryVersion = Field("icmpv6.rpl.p2p.dro.version", "Version", .uint8)
  let discoveryZero = Field(
    "icmpv6.rpl.p2p.dro.zero", "This field MUST be set to zero", .none)
  let discoveryFlags = FlagFields(
    Field("icmpv6.rpl.p2p.dro.flag", "Flags", .uint16, .hex),
    [
      Field(
        "icmpv6.rpl.p2p.dro.flag.stop", "Stop", .boolean, .natural, .yesNo, mask: 0x8000, of: 16),
      Field(
        "icmpv6.rpl.p2p.dro.flag.ack", "Ack", .boolean, .natural, .yesNo, mask: 0x4000, of: 16),
      Field("icmpv6.rpl.p2p.dro.flag.seq", "Seq", .uint16, mask: 0x3000),
      Field("icmpv6.rpl.p2p.dro.flag.reserved", "Reserved", .uint16, mask: 0xfff),
    ])
  let discoveryAcknowledgementFlags = FlagFields(
    Field("icmpv6.rpl.p2p.droack.flag", "Flags", .uint16, .hex),
    [
      Field("icmpv6.rpl.p2p.droack.flag.seq", "Seq", .uint16, mask: 0xc000),
      Field("icmpv6.rpl.p2p.droack.flag.reserved", "Reserved", .uint16, mask: 0x3fff),
    ])
  let discoveryGraph = Field("icmpv6.rpl.p2p.dro.dagid", "DODAGID", .ipv6)
  let checkInstance = Field("icmpv6.rpl.cc.instance", "RPLInstanceID", .uint8)
  let checkFlags = FlagFields(
    Field("icmpv6.rpl.cc.flag", "Flag", .uint8, .hex),
    [
      Field("icmpv6.rpl.cc.flag.r", "Response (R)", .boolean, mask: 0x80),
      Field("icmpv6.rpl.cc.flag.rsv", "Reserved", .uint8, mask: 0x7f),
    ])
  let checkNonce = Field("icmpv6.rpl.cc.nonce", "CC Nonce", .uint16, .hex)
  let checkGraph = Field("icmpv6.rpl.cc.dodagid", "DODAGID", .ipv6)
  let checkCounter = Field("icmpv6.rpl.cc.destination_counter", "Destination Counter", .uint32)
  let secureTime = FlagFields(
    Field("icmpv6.rpl.secure.flag", "Flags", .uint8, .hex),
    [
      Field("icmpv6.rpl.secure.flag.t", "Counter is Time (T)", .boolean, mask: 0x80),
      Field("icmpv6.rpl.secure.flag.rsv", "Reserved", .uint8, mask: 0x7f),
    ])
  let secureAlgorithm = Field(
    "icmpv6.rpl.secure.algorithm", "Algorithm", .uint8, .natural,
    .names {
      $0 == 0 ? "Encryption: CCM with AES-128 / Signature: RSA with SHA-256" : nil
    })
  let secureModes = FlagFields(
    Field("icmpv6.rpl.secure.flag", "Flags", .uint8, .hex),
    [
      Field("icmpv6.rpl.secure.kim", "Key Identifier Mode (KIM)", .uint8, mask: 0xc0),
      Field("icmpv6.rpl.secure.lvl", "Security Level (LVL)", .uint8, mask: 7),
      Field("icmpv6.rpl.secure.rsv", "Reserved", .uint8, mask: 0x38),
    ])
  let secureFlags = Field("icmpv6.rpl.secure.flag", "Flags", .uint8, .hex)
  let secureCounter = Field("icmpv6.rpl.secure.counter", "Counter", .uint32)
  let secureKeySource = Field("icmpv6.rpl.secure.key.source", "Key Source", .bytes)
  let secureKeyIndex = Field("icmpv6.rpl.secure.key.index", "Key Source", .uint8)

  static let fields = Self()

  static func modeName(_ number: UInt64) -> String? {
    word(
      number,
      [
        "No Downward routes maintained by RPL", "Non-Storing Mode of Operation",
        "Storing Mode of Operation with no multicast support",
        "Storing Mode of Operation with multicast support",
        "P2P Route Discovery Mode of Operation",
      ])
  }
}

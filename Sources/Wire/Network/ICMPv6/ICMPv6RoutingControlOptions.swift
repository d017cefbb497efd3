import Fields

/// The options of RPL control messages (RFC 6550 6.7, RFC 6551, RFC 6997 7).
struct RoutingControlOptions: ~Escapable {
  let reader: ByteReader
  private let start: Int
  private let isDiscoveryReply: Bool

  @_lifetime(copy reader)
  init(_ reader: borrowing ByteReader, at start: Int, isDiscoveryReply: Bool) {
    self.reader = copy reader
    (self.start, self.isDiscoveryReply) = (start, isDiscoveryReply)
  }

  func describe(into tree: inout FieldBuffer) throws(DecodeError) {
    var offset = start
    while offset < reader.count { offset = try describeOption(at: offset, into: &tree) }
  }

  /// Returns where the next option begins.
  private func describeOption(
    at offset: Int, into tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    let fields = RoutingControlOptionFields.fields
    let kind = try reader.uint8(at: offset)
    let isShort = kind == 0
    let top = tree.add(ICMPv6OptionFields.fields.option, .none, at: offset, count: 1)
    let name = RoutingControlOptionFields.name(UInt64(kind)) ?? "Unknown \(kind)"
    tree.relabel(top, "ICMPv6 RPL Option (\(name)")
    tree.open(top)
    defer { tree.close(top) }
    tree.add(fields.type, kind, at: offset, count: 1)
    guard !isShort else {
      tree.note(top, ")")
      return offset + 1
    }
    let length = Int(try reader.uint8(at: offset + 1))
    let (at, end) = (offset + 2, offset + 2 + length)
    tree.setLength(end - offset, of: top)
    let lengthItem = tree.add(fields.length, UInt8(length), at: offset + 1, count: 1)
    let room = kind == 3 ? 6...22 : kind == 5 ? 2...18 : 0...255
    if !room.contains(length) {
      tree.expert(
        ICMPv6OptionFields.fields.invalidLength, .error, .malformed, "Invalid Option Length",
        under: lengthItem)
    }
    switch kind {
    case 1:
      let pad = tree.add(fields.padding, .none, at: at, count: length)
      tree.note(pad, " (Length : \(length) bytes)")
    case 2: try describeMetrics(from: at, to: end, lengthItem, into: &tree)
    case 3: try describeRoute(at: at, end, top, hasPrefix: room.contains(length), into: &tree)
    case 4: try describeConfiguration(at: at, into: &tree)
    case 5:
      tree.add(fields.targetReserved, .none, at: at, count: 1)
      let prefix = try reader.uint8(at: at + 1)
      tree.add(fields.targetLength, prefix, at: at + 1, count: 1)
      if room.contains(length) {
        try describePrefix(fields.target, from: at + 2, to: end, prefix, top, into: &tree)
      }
    case 6:
      tree.add(fields.transitFlags, try reader.uint8(at: at), at: at, count: 1)
      for (index, field) in [fields.pathControl, fields.pathSequence, fields.pathLifetime]
        .enumerated()
      {
        tree.add(field, try reader.uint8(at: at + 1 + index), at: at + 1 + index, count: 1)
      }
      if end >= at + 20 {
        let parent = try reader.ipv6(at: at + 4)
        tree.add(fields.parent, parent, at: at + 4, count: 16)
        tree.note(top) {
          $0.write(" ")
          $0.write(parent)
        }
      }
    case 7:
      tree.add(fields.solicitedInstance, try reader.uint8(at: at), at: at, count: 1)
      tree.add(fields.solicitedFlags, try reader.uint8(at: at + 1), at: at + 1, count: 1)
      tree.add(fields.solicitedGraph, try reader.ipv6(at: at + 2), at: at + 2, count: 16)
      tree.add(fields.solicitedVersion, try reader.uint8(at: at + 18), at: at + 18, count: 1)
    case 8:
      let prefix = try reader.uint8(at: at)
      tree.add(fields.prefixLength, prefix, at: at, count: 1)
      tree.add(fields.prefixFlags, try reader.uint8(at: at + 1), at: at + 1, count: 1)
      tree.add(lifetime: try reader.uint32(at: at + 2), fields.validLifetime, at: at + 2)
      tree.add(lifetime: try reader.uint32(at: at + 6), fields.preferredLifetime, at: at + 6)
      tree.add(fields.reserved, .none, at: at + 10, count: 4)
      let address = try reader.ipv6(at: at + 14)
      tree.add(fields.prefix, address, at: at + 14, count: 16)
      tree.note(top) {
        $0.write(" ")
        $0.write(address)
        $0.write("/\(prefix)")
      }
    case 9: tree.add(fields.descriptor, try reader.uint32(at: at), at: at, count: 4)
    case 10: try describeDiscovery(at: at, end, into: &tree)
    default:
      tree.expert(
        fields.undecoded, .note, .undecoded,
        "Dissector for ICMPv6 RPL Option (\(kind)) code not implemented, "
          + "Contact Wireshark developers if you want this supported", under: top)
      tree.open(top)
      tree.add(ICMPv6OptionFields.fields.data, try reader.part(at: at, length), at: at)
      tree.note(top, ")")
      return end
    }
    if kind > 1 { try reader.require(length, at: at) }
    tree.note(top, ")")
    return end
  }

  private func describeRoute(
    at offset: Int, _ end: Int, _ top: FieldIndex, hasPrefix: Bool, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = RoutingControlOptionFields.fields
    let prefix = try reader.uint8(at: offset)
    tree.add(fields.routeLength, prefix, at: offset, count: 1)
    let flags = try reader.uint8(at: offset + 1)
    let item = tree.add(fields.routeFlags.whole, flags, at: offset + 1, count: 1)
    tree.note(item, ", Preference: \(routerPreferenceName(UInt64(flags >> 3 & 3)) ?? "")")
    tree.addParts(of: fields.routeFlags, flags, under: item, at: offset + 1, count: 1)
    tree.add(lifetime: try reader.uint32(at: offset + 2), fields.routeLifetime, at: offset + 2)
    if hasPrefix {
      try describePrefix(fields.routePrefix, from: offset + 6, to: end, prefix, top, into: &tree)
    }
  }

  /// A prefix of which as many bytes are there as the option has left.
  private func describePrefix(
    _ field: Field, from start: Int, to end: Int, _ length: UInt8, _ top: FieldIndex,
    into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let count = min(16, end - start)
    let address = try reader.ipv6Prefix(at: start, max(0, count))
    if count > 0 { tree.add(field, address, at: start, count: count) }
    tree.note(top) {
      $0.write(" ")
      $0.write(address)
      $0.write("/\(length)")
    }
  }

  private func describeConfiguration(
    at offset: Int, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = RoutingControlOptionFields.fields
    tree.add(fields.configurationFlags, try reader.uint8(at: offset), at: offset, count: 1)
    var at = offset + 1
    for field in fields.configuration {
      if field.type == .uint8 {
        tree.add(field, try reader.uint8(at: at), at: at, count: 1)
      } else {
        tree.add(field, try reader.uint16(at: at), at: at, count: 2)
      }
      at += field.type.bits / 8
    }
  }

  private func describeDiscovery(
    at offset: Int, _ end: Int, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = RoutingControlOptionFields.fields
    let flags = try reader.uint8(at: offset)
    let item = tree.add(fields.discovery.whole, .none, at: offset, count: 1)
    tree.open(item)
    let parts = fields.discovery.parts.map { tree.add($0, bitsOf: flags, at: offset, count: 1) }
    tree.close(item)
    let hasHops = flags & 0x40 != 0
    if isDiscoveryReply {
      for (part, bits) in [(parts[2], 0x30), (parts[0], 0x80)] where Int(flags) & bits != 0 {
        tree.expert(
          fields.discoveryZero, .warning, .proto,
          "This field MUST be set to zero when the P2P-RDO is included in a P2P-DRO",
          under: part)
      }
    } else if hasHops, flags & 0x30 != 0 {
      tree.expert(
        fields.discoveryRoutes, .warning, .proto,
        "This field MUST be set to zero when Hop-by-Hop Routes are being discovered",
        under: parts[2])
    } else if hasHops, flags & 0x80 == 0 {
      tree.expert(
        fields.discoveryHops, .warning, .proto,
        "Reply MUST be set to one in order to establish a Hop-by-Hop Route", under: parts[1])
    }
    let limits = try reader.uint8(at: offset + 1)
    let seconds = [1, 4, 16, 64][Int(limits >> 6)]
    let life = tree.add(fields.discoveryLifetime, bitsOf: limits, at: offset + 1, count: 1)
    if !isDiscoveryReply {
      tree.note(life, " (\(seconds) sec)")
    } else if limits >> 6 != 0 {
      tree.expert(
        fields.discoveryZero, .warning, .proto,
        "This field MUST be set to zero when the P2P-RDO is included in a P2P-DRO", under: life)
    }
    let rank = tree.add(
      isDiscoveryReply ? fields.discoveryNext : fields.discoveryRank, bitsOf: limits,
      at: offset + 1, count: 1)
    if !isDiscoveryReply, limits & 0x3f == 0 { tree.note(rank, " (Infinity)") }
    tree.add(fields.discoveryTarget, try reader.ipv6(at: offset + 2), at: offset + 2, count: 16)
    let (from, size) = (offset + 18, 16 - Int(flags & 15))
    let count = max(0, (end - from) / size)
    let list = tree.add(fields.discoveryVector, .none, at: from, count: count * size)
    tree.note(list, " (\(count) Address\(count == 1 ? "" : "es"))")
    tree.open(list)
    for index in 0..<count {
      let place = from + index * size
      tree.add(
        fields.discoveryAddress, try reader.ipv6Tail(at: place, size), at: place, count: size)
    }
    tree.close(list)
  }
}

extension ByteReader {
  /// The first `count` bytes of an address, the rest of which is zero.
  func ipv6Prefix(at offset: Int, _ count: Int) throws(DecodeError) -> FieldValue {
    try require(count, at: offset)
    var (high, low) = (UInt64(0), UInt64(0))
    for index in 0..<min(16, count) {
      let byte = UInt64(bytes[offset + index]) << UInt64(56 - 8 * (index % 8))
      if index < 8 { high |= byte } else { low |= byte }
    }
    return .ipv6(high: high, low: low)
  }
  /// The last `count` bytes of an address, the rest of which is zero.
  func ipv6Tail(at offset: Int, _ count: Int) throws(DecodeError) -> FieldValue {
    try require(count, at: offset)
    var (high, low) = (UInt64(0), UInt64(0))
    for index in 0..<min(16, count) {
      high = high << 8 | low >> 56
      low = low << 8 | UInt64(bytes[offset + index])
    }
    return .ipv6(high: high, low: low)
  }
}

extension FieldBuffer {
  /// A lifetime that may be without end.
  mutating func add(lifetime: UInt32, _ field: Field, at offset: Int) {
    let item = add(field, lifetime, at: offset, count: 4)
    if lifetime == .max { relabel(item, "\(field.label): Infinity (4294967295)") }
  }
}

/// The fields of the options of RPL control messages.
struct RoutingControlOptionFields: FieldSet {
  let type = Field("icmpv6.rpl.opt.type", "Type", .uint8, .natural, .names { name($0) })
  let length = Field("icmpv6.rpl.opt.length", "Length", .uint8)
  let reserved = Field("icmpv6.rpl.opt.reserved", "Reserved", .none)
  let padding = Field("icmpv6.rpl.opt.padn", "Paddn", .none)
  let undecoded = Field("icmpv6.undecoded.rpl_option", "Undecoded RPL Option", .none)
  let routeLength = Field("icmpv6.rpl.opt.route.prefix_length", "Prefix Length", .uint8)
  let routeFlags = FlagFields(
    Field("icmpv6.rpl.opt.route.flag", "Flag", .uint8, .hex),
    [
      Field(
        "icmpv6.rpl.opt.route.pref", "Preference", .uint8, .natural,
        .names(routerPreferenceName), mask: 0x18),
      Field("icmpv6.rpl.opt.route.reserved", "Reserved", .uint8, mask: 0xe7),
    ])
  let routeLifetime = Field("icmpv6.rpl.opt.route.lifetime", "Route Lifetime", .uint32)
  let routePrefix = Field("icmpv6.rpl.opt.route.prefix", "Prefix", .ipv6)
  let configurationFlags = FlagFields(
    Field("icmpv6.rpl.opt.config.flag", "Flag", .uint8, .hex),
    [
      Field("icmpv6.rpl.opt.config.reserved", "Reserved", .uint8, mask: 0xf0),
      .flag("icmpv6.rpl.opt.config.auth", "Authentication Enabled", 8),
      Field("icmpv6.rpl.opt.config.pcs", "Path Control Size", .uint8, mask: 7),
    ])
  /// One after the other.
  let configuration = [
    Field("icmpv6.rpl.opt.config.interval_double", "DIOIntervalDoublings", .uint8),
    Field("icmpv6.rpl.opt.config.interval_min", "DIOIntervalMin", .uint8),
    Field("icmpv6.rpl.opt.config.redundancy", "DIORedundancyConstant", .uint8),
    Field("icmpv6.rpl.opt.config.max_rank_inc", "MaxRankInc", .uint16),
    Field("icmpv6.rpl.opt.config.min_hop_rank_inc", "MinHopRankInc", .uint16),
    Field("icmpv6.rpl.opt.config.ocp", "OCP (Objective Code Point)", .uint16),
    Field("icmpv6.rpl.opt.config.rsv", "Reserved", .uint8),
    Field("icmpv6.rpl.opt.config.def_lifetime", "Default Lifetime", .uint8),
    Field("icmpv6.rpl.opt.config.lifetime_unit", "Lifetime Unit", .uint16),
  ]
  let targetReserved = Field("icmpv6.rpl.opt.target.flag", "Reserved", .none)
  let targetLength = Field("icmpv6.rpl.opt.target.prefix_length", "Target Length", .uint8)
  let target = Field("icmpv6.rpl.opt.target.prefix", "Target", .ipv6)
  let transitFlags = FlagFields(
    Field("icmpv6.rpl.opt.transit.flag", "Flags", .uint8, .hex),
    [
      .flag("icmpv6.rpl.opt.transit.flag.e", "External", 0x80),
      Field("icmpv6.rpl.opt.transit.flag.rsv", "Reserved", .uint8, mask: 0x7f),
    ])
  let pathControl = Field("icmpv6.rpl.opt.transit.pathctl", "Path Control", .uint8)
  let pathSequence = Field("icmpv6.rpl.opt.transit.pathseq", "Path Sequence", .uint8)
  let pathLifetime = Field("icmpv6.rpl.opt.transit.pathlifetime", "Path Lifetime", .uint8)
  let parent = Field("icmpv6.rpl.opt.transit.parent", "Parent Address", .ipv6)
  let solicitedInstance = Field("icmpv6.rpl.opt.solicited.instance", "Instance", .uint8)
  let solicitedFlags = FlagFields(
    Field("icmpv6.rpl.opt.solicited.flag", "Flag", .uint8, .hex),
    [
      Field("icmpv6.rpl.opt.solicited.flag.v", "Version predicate", .boolean, mask: 0x80),
      Field("icmpv6.rpl.opt.solicited.flag.i", "InstanceID predicate", .boolean, mask: 0x40),
      Field("icmpv6.rpl.opt.solicited.flag.d", "DODAGID predicate", .boolean, mask: 0x20),
      Field("icmpv6.rpl.opt.solicited.flag.rsv", "Reserved", .uint8, mask: 0x1f),
    ])
  let solicitedGraph = Field("icmpv6.rpl.opt.solicited.dodagid", "DODAGID", .ipv6)
  let solicitedVersion = Field("icmpv6.rpl.opt.solicited.version", "Version", .uint8)
  let prefixLength = Field("icmpv6.rpl.opt.prefix.length", "Prefix Length", .uint8)
  let prefixFlags = FlagFields(
    Field("icmpv6.rpl.opt.prefix.flag", "Flag", .uint8, .hex),
    [
      .flag("icmpv6.rpl.opt.prefix.flag.l", "On Link", 0x80),
      .flag("icmpv6.rpl.opt.config.flag.a", "Auto Address Config", 0x40),
      .flag("icmpv6.rpl.opt.config.flag.r", "Router Address", 0x20),
      Field("icmpv6.rpl.opt.config.flag.rsv", "Reserved", .uint8, mask: 0x1f),
    ])
  let validLifetime = Field("icmpv6.rpl.opt.prefix.valid_lifetime", "Valid Lifetime", .uint32)
  let preferredLifetime = Field(
    "icmpv6.rpl.opt.prefix.preferred_lifetime", "Preferred Lifetime", .uint32)
  let prefix = Field("icmpv6.rpl.opt.prefix", "Destination Prefix", .ipv6)
  let descriptor = Field(
    "icmpv6.rpl.opt.targetdesc.descriptor", "Descriptor", .uint32, .hex)
  let discovery = FlagFields(
    Field("icmpv6.rpl.opt.routediscovery.flag", "Flags", .none),
    [
      Field(
        "icmpv6.rpl.opt.routediscovery.flag.reply", "Reply", .boolean, .natural, .yesNo,
        mask: 0x80),
      Field(
        "icmpv6.rpl.opt.routediscovery.flag.hopbyhop", "Hop-by-Hop", .boolean, .natural, .yesNo,
        mask: 0x40),
      Field(
        "icmpv6.rpl.opt.routediscovery.flag.numofroutes", "Number of Routes", .uint8, mask: 0x30),
      Field("icmpv6.rpl.opt.routediscovery.flag.compr", "Compr", .uint8, mask: 0x0f),
    ])
  let discoveryZero = Field(
    "icmpv6.rpl.p2p.dro.rdo.zero",
    "This field MUST be set to zero when the P2P-RDO is included in a P2P-DRO", .none)
  let discoveryRoutes = Field(
    "icmpv6.rpl.p2p.num_of_routes",
    "This field MUST be set to zero when Hop-by-Hop Routes are being discovered", .none)
  let discoveryHops = Field(
    "icmpv6.rpl.p2p.hop_by_hop",
    "Reply MUST be set to one in order to establish a Hop-by-Hop Route", .none)
  let discoveryLifetime = Field(
    "icmpv6.rpl.opt.routediscovery.lifetime", "Lifetime", .uint8, mask: 0xc0)
  let discoveryRank = Field(
    "icmpv6.rpl.opt.routediscovery.maxrank", "MaxRank", .uint8, mask: 0x3f)
  let discoveryNext = Field("icmpv6.rpl.opt.routediscovery.nh", "NH", .uint8, mask: 0x3f)
  let discoveryTarget = Field(
    "icmpv6.rpl.opt.routediscovery.targetaddr", "Target Address", .ipv6)
  let discoveryVector = Field(
    "icmpv6.rpl.opt.routediscovery.addr_vec", "Address Vector", .none)
  let discoveryAddress = Field(
    "icmpv6.rpl.opt.routediscovery.addrvec.addr", "Address", .ipv6)

  static let fields = Self()

  static func name(_ number: UInt64) -> String? {
    word(
      number,
      [
        "1-byte padding", "n-byte padding", "DAG Metric container", "Routing Information",
        "DODAG configuration", "RPL Target", "Transit Information", "Solicited Information",
        "Prefix Information", "RPL Target Descriptor", "P2P Route Discovery",
      ])
  }
}

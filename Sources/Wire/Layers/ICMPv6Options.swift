import Fields

/// The options of neighbour discovery (RFC 4861 section 4.6), each a type, a length in eights of bytes, and its value.
struct ICMPv6Options: ~Escapable {
  private let reader: ByteReader
  private let start: Int
  private let resolvesNames: Bool

  @_lifetime(copy reader)
  init(
    _ reader: borrowing ByteReader, at start: Int, _ context: borrowing DescribeContext,
    _ layer: Layer
  ) {
    self.reader = copy reader
    self.start = start
    self.resolvesNames = context.resolvesNames
  }

  func describe(_ messageType: UInt8, into tree: inout FieldBuffer) throws(DecodeError) {
    var offset = start
    while offset < reader.count {
      guard let next = try describeOption(at: offset, messageType, into: &tree) else { return }
      offset = next
    }
  }

  /// Returns where the next option begins; nil where none can follow.
  private func describeOption(
    at offset: Int, _ messageType: UInt8, into tree: inout FieldBuffer
  ) throws(DecodeError) -> Int? {
    let fields = ICMPv6OptionFields.fields
    let kind = try reader.uint8(at: offset)
    let units = try reader.uint8(at: offset + 1)
    let end = offset + 8 * Int(units)
    let top = tree.add(fields.option, .none, at: offset, count: 8 * Int(units))
    let name = optionName(UInt64(kind)) ?? "Unknown \(kind)"
    tree.note(top, " (\(name)")
    tree.open(top)
    defer { tree.close(top) }
    tree.add(fields.type, kind, at: offset, count: 1)
    let length = tree.add(fields.length, units, at: offset + 1, count: 1)
    tree.note(length, " (\(8 * Int(units)) bytes)")
    guard units > 0 else {
      tree.expert(
        fields.invalidLength, .error, .malformed, "Invalid option length (Zero)", under: length)
      return nil
    }
    try reader.require(8 * Int(units), at: offset)
    switch kind {
    case 1, 2:
      describeLinkAddress(at: offset + 2, end, kind, messageType, top, fields, into: &tree)
    case 3: try describePrefix(at: offset, top, fields, into: &tree)
    case 4:
      tree.add(fields.reserved, .none, at: offset + 2, count: 6)
      tree.add(fields.redirectedPacket, .none, at: offset + 8, count: end - offset - 8)
    case 5:
      tree.add(fields.reserved, .none, at: offset + 2, count: 2)
      let mtu = try reader.uint32(at: offset + 4)
      tree.add(fields.mtu, mtu, at: offset + 4, count: 4)
      tree.note(top, " : \(mtu)")
    case 7:
      tree.add(fields.reserved, .none, at: offset + 2, count: 2)
      let interval = try reader.uint32(at: offset + 4)
      tree.add(fields.interval, interval, at: offset + 4, count: 4)
      tree.note(top, " : \(interval)")
    case 8:
      tree.add(fields.reserved, .none, at: offset + 2, count: 2)
      tree.add(fields.agentPreference, try reader.uint16(at: offset + 4), at: offset + 4, count: 2)
      tree.add(fields.agentLifetime, try reader.uint16(at: offset + 6), at: offset + 6, count: 2)
    case 14: tree.add(fields.nonce, reader.bytes.part(offset + 2, end), at: offset + 2)
    case 24: try describeRoute(at: offset, end, top, fields, into: &tree)
    case 25:
      tree.add(fields.reserved, .none, at: offset + 2, count: 2)
      describe(
        lifetime: try reader.uint32(at: offset + 4), fields.serverLifetime, at: offset + 4, &tree)
      for position in stride(from: offset + 8, through: end - 16, by: 16) {
        let address = try reader.ipv6(at: position)
        tree.add(fields.server, address, at: position, count: 16)
        tree.note(top) {
          $0.write(" ")
          $0.write(address)
        }
      }
    case 31: try describeSearchList(at: offset, end, top, fields, into: &tree)
    default:
      tree.note(top, ")")
      tree.expert(
        fields.undecoded, .note, .undecoded,
        "Dissector for ICMPv6 Option (\(kind)) code not implemented, "
          + "Contact Wireshark developers if you want this supported", under: top)
      tree.add(fields.data, reader.bytes.part(offset + 2, end), at: offset + 2)
      return end
    }
    tree.note(top, ")")
    return end
  }

  private func describeLinkAddress(
    at offset: Int, _ end: Int, _ kind: UInt8, _ messageType: UInt8, _ top: FieldIndex,
    _ fields: ICMPv6OptionFields, into tree: inout FieldBuffer
  ) {
    guard end - offset == 6 else {
      tree.add(fields.linkAddress, reader.bytes.part(offset, end), at: offset)
      return
    }
    let address = reader.bytes.uint48(at: offset)
    tree.add(fields.linkAddress, mac: address, at: offset, resolved: resolvesNames)
    let own = kind == 1 ? fields.sourceLinkAddress : fields.targetLinkAddress
    tree.add(own, mac: address, at: offset, resolved: resolvesNames, .hidden)
    tree.note(top) {
      $0.write(" : ")
      $0.write(ether: address)
    }
    tree.columns.info.write(kind == 1 ? " from " : " is at ")
    tree.columns.info.write(ether: address)
  }

  private func describePrefix(
    at offset: Int, _ top: FieldIndex, _ fields: ICMPv6OptionFields, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let length = try reader.uint8(at: offset + 2)
    tree.add(fields.prefixLength, length, at: offset + 2, count: 1)
    let flags = try reader.uint8(at: offset + 3)
    let item = tree.add(fields.prefixFlags, flags, at: offset + 3, count: 1)
    tree.note(item) {
      if flags & 0x80 != 0 { $0.write(", On-link flag(L)") }
      if flags & 0x40 != 0 { $0.write(", Autonomous address-configuration flag(A)") }
      if flags & 0x20 != 0 { $0.write(", Router address flag(R)") }
    }
    tree.open(item)
    for field in [
      fields.prefixOnLink, fields.prefixAutonomous, fields.prefixRouter, fields.prefixReserved,
    ] {
      tree.add(field, bitsOf: flags, at: offset + 3, count: 1)
    }
    tree.close(item)
    describe(
      lifetime: try reader.uint32(at: offset + 4), fields.validLifetime, at: offset + 4, &tree)
    describe(
      lifetime: try reader.uint32(at: offset + 8), fields.preferredLifetime, at: offset + 8, &tree)
    tree.add(fields.reserved, .none, at: offset + 12, count: 4)
    let prefix = try reader.ipv6(at: offset + 16)
    tree.add(fields.prefix, prefix, at: offset + 16, count: 16)
    tree.note(top) {
      $0.write(" : ")
      $0.write(prefix)
      $0.write("/\(length)")
    }
  }

  private func describeRoute(
    at offset: Int, _ end: Int, _ top: FieldIndex, _ fields: ICMPv6OptionFields,
    into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let length = try reader.uint8(at: offset + 2)
    tree.add(fields.prefixLength, length, at: offset + 2, count: 1)
    let flags = try reader.uint8(at: offset + 3)
    let preference = routerPreferenceName(UInt64(flags >> 3 & 3)) ?? ""
    let item = tree.add(fields.routeFlags, flags, at: offset + 3, count: 1)
    tree.note(item, ", Route Preference: \(preference)")
    tree.open(item)
    tree.add(fields.routePreference, bitsOf: flags, at: offset + 3, count: 1)
    tree.add(fields.routeReserved, bitsOf: flags, at: offset + 3, count: 1)
    tree.close(item)
    describe(
      lifetime: try reader.uint32(at: offset + 4), fields.routeLifetime, at: offset + 4, &tree)
    var halves: (UInt64, UInt64) = (0, 0)
    for index in 0..<min(16, end - offset - 8) {
      let byte = UInt64(reader.bytes[offset + 8 + index])
      if index < 8 {
        halves.0 |= byte << UInt64(56 - 8 * index)
      } else {
        halves.1 |= byte << UInt64(120 - 8 * index)
      }
    }
    let prefix = FieldValue.ipv6(high: halves.0, low: halves.1)
    if end > offset + 8 {
      tree.add(fields.prefix, prefix, at: offset + 8, count: min(16, end - offset - 8))
    }
    tree.note(top) {
      $0.write(" : \(preference) ")
      $0.write(prefix)
      $0.write("/\(length)")
    }
  }

  private func describeSearchList(
    at offset: Int, _ end: Int, _ top: FieldIndex, _ fields: ICMPv6OptionFields,
    into tree: inout FieldBuffer
  ) throws(DecodeError) {
    tree.add(fields.reserved, .none, at: offset + 2, count: 2)
    describe(
      lifetime: try reader.uint32(at: offset + 4), fields.searchLifetime, at: offset + 4, &tree)
    var position = offset + 8
    while position < end {
      if reader.bytes[position] == 0 {
        tree.add(fields.padding, .none, at: position, count: end - position)
        return
      }
      let name = try DNSName(in: reader.bytes, at: position, base: position, reader)
      tree.add(fields.searchName, name.text, at: position, count: name.length)
      tree.note(top, " \(name.text)")
      position += max(1, name.length)
    }
  }

  private func describe(
    lifetime: UInt32, _ field: Field, at offset: Int, _ tree: inout FieldBuffer
  ) {
    let item = tree.add(field, lifetime, at: offset, count: 4)
    if lifetime == .max { tree.relabel(item, "\(field.label): Infinity (4294967295)") }
  }
}

@Sendable private func optionName(_ kind: UInt64) -> String? {
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

/// The fields of neighbour discovery options, as Wireshark names them.
struct ICMPv6OptionFields: FieldSet {
  let option = Field("icmpv6.opt", "ICMPv6 Option", .none)
  let type = Field("icmpv6.opt.type", "Type", .uint8, .natural, .names(optionName))
  let length = Field("icmpv6.opt.length", "Length", .uint8)
  let invalidLength = Field("icmpv6.invalid_option_length", "Invalid Option Length", .none)
  let undecoded = Field("icmpv6.undecoded.option", "Undecoded option", .none)
  let data = Field("icmpv6.data", "Data", .bytes)
  let reserved = Field("icmpv6.opt.reserved", "Reserved", .none)
  let padding = Field("icmpv6.opt.padding", "Padding", .none)
  let linkAddress = Field("icmpv6.opt.linkaddr", "Link-layer address", .ether)
  let sourceLinkAddress = Field(
    "icmpv6.opt.src_linkaddr", "Source Link-layer address", .ether)
  let targetLinkAddress = Field(
    "icmpv6.opt.target_linkaddr", "Target Link-layer address", .ether)
  let prefixLength = Field("icmpv6.opt.prefix.length", "Prefix Length", .uint8)
  let prefixFlags = Field("icmpv6.opt.prefix.flag", "Flag", .uint8, .hex)
  let prefixOnLink = Field(
    "icmpv6.opt.prefix.flag.l", "On-link flag(L)", .boolean, .natural, .setNotSet, mask: 0x80)
  let prefixAutonomous = Field(
    "icmpv6.opt.prefix.flag.a", "Autonomous address-configuration flag(A)", .boolean, .natural,
    .setNotSet, mask: 0x40)
  let prefixRouter = Field(
    "icmpv6.opt.prefix.flag.r", "Router address flag(R)", .boolean, .natural, .setNotSet,
    mask: 0x20)
  let prefixReserved = Field(
    "icmpv6.opt.prefix.flag.reserved", "Reserved", .uint8, mask: 0x1f)
  let validLifetime = Field("icmpv6.opt.prefix.valid_lifetime", "Valid Lifetime", .uint32)
  let preferredLifetime = Field(
    "icmpv6.opt.prefix.preferred_lifetime", "Preferred Lifetime", .uint32)
  let prefix = Field("icmpv6.opt.prefix", "Prefix", .ipv6)
  let redirectedPacket = Field("icmpv6.opt.redirected_packet", "Redirected Packet", .none)
  let mtu = Field("icmpv6.opt.mtu", "MTU", .uint32)
  let interval = Field("icmpv6.opt.advertisement_interval", "Advertisement Interval", .uint32)
  let agentPreference = Field(
    "icmpv6.opt.home_agent_preference", "Home Agent Preference", .uint16)
  let agentLifetime = Field("icmpv6.opt.home_agent_lifetime", "Home Agent Preference", .uint16)
  let nonce = Field("icmpv6.opt.nonce", "Nonce", .bytes)
  let routeFlags = Field("icmpv6.opt.route_info.flag", "Flag", .uint8, .hex)
  let routePreference = Field(
    "icmpv6.opt.route_info.flag.route_preference", "Route Preference", .uint8, .natural,
    .names(routerPreferenceName), mask: 0x18)
  let routeReserved = Field(
    "icmpv6.opt.route_info.flag.reserved", "Reserved", .uint8, mask: 0xe7)
  let routeLifetime = Field("icmpv6.opt.route_lifetime", "Route Lifetime", .uint32)
  let serverLifetime = Field("icmpv6.opt.rdnss.lifetime", "Lifetime", .uint32)
  let server = Field("icmpv6.opt.rdnss", "Recursive DNS Servers", .ipv6)
  let searchLifetime = Field("icmpv6.opt.dnssl.lifetime", "Lifetime", .uint32)
  let searchName = Field("icmpv6.opt.dnssl", "Domain Names", .string)

  static let fields = Self()
}

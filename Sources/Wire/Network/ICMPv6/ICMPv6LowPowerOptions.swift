import Fields

// The options of low-power networks (RFC 6775 4, RFC 7400 3.3), captive portals (RFC 8910 2.3) and NAT64 (RFC 8781 4).
extension ICMPv6Options {
  /// Returns where the description ends.
  func describeLowPower(
    _ kind: UInt8, _ place: Place, into tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    let fields = ICMPv6LowPowerOptionFields.fields
    let at = place.value
    switch kind {
    case 33:
      let status = try reader.uint8(at: at)
      tree.add(fields.status, status, at: at, count: 1)
      try addReserved(3, at: at + 1, into: &tree)
      tree.add(fields.registrationLifetime, try reader.uint16(at: at + 4), at: at + 4, count: 2)
      let host = try reader.part(at: at + 6, 8)
      tree.add(fields.host, eui64: host, at: at + 6)
      tree.note(place.top) {
        $0.write(" : Register ")
        for index in host.indices {
          if index > 0 { $0.write(":") }
          $0.write(hexByte: host[index])
        }
        $0.write(" \(ICMPv6OtherFields.registrationStatus(UInt64(status)) ?? "Unknown")")
      }
      return at + 14
    case 34: return try describeContext(place, into: &tree)
    case 35:
      let low = try reader.uint16(at: at)
      tree.add(fields.versionLow, low, at: at, count: 2)
      let high = try reader.uint16(at: at + 2)
      tree.add(fields.versionHigh, high, at: at + 2, count: 2)
      let lifetime = try reader.uint16(at: at + 4)
      tree.add(fields.borderLifetime, lifetime, at: at + 4, count: 2)
      let address = try reader.ipv6(at: at + 6)
      tree.add(fields.border, address, at: at + 6, count: 16)
      tree.note(place.top) {
        $0.write(" : Version \(high).\(low), Valid Lifetime : \(lifetime), 6LBR : ")
        $0.write(address)
      }
      return at + 22
    case 36:
      let capabilities = try reader.uint16(at: at)
      tree.add(fields.unassigned, bitsOf: capabilities, at: at, count: 2)
      tree.add(fields.compresses, bitsOf: capabilities, at: at, count: 2)
      tree.add(fields.unassignedRest, try reader.uint32(at: at + 2), at: at + 2, count: 4)
      return at + 6
    case 37:
      let text = try reader.part(at: at, place.end - at)
      let end = text.indices.first { text[$0] == 0 } ?? text.count
      tree.add(fields.portal, text.part(0, end), at: at)
      return place.end
    default:
      let word = try reader.uint16(at: at)
      tree.add(fields.scaledLifetime, bitsOf: word, at: at, count: 2)
      tree.add(fields.lengthCode, bitsOf: word, at: at, count: 2)
      let counts = [12, 8, 7, 6, 5, 4]
      let code = Int(word & 7)
      let count = counts.indices.contains(code) ? counts[code] : 0
      try reader.require(12, at: at + 2)
      let prefix = tree.add(
        fields.prefix, try reader.ipv6Prefix(at: at + 2, count), at: at + 2, count: 12)
      if count == 0 {
        tree.expert(
          ICMPv6OptionFields.fields.invalidLength, .error, .malformed, "Invalid Option Length",
          under: prefix)
      }
      return at + 14
    }
  }

  private func describeContext(
    _ place: Place, into tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    let fields = ICMPv6LowPowerOptionFields.fields
    let at = place.value
    let length = try reader.uint8(at: at)
    tree.add(fields.contextLength, length, at: at, count: 1)
    tree.add(fields.contextFlags, try reader.uint8(at: at + 1), at: at + 1, count: 1)
    try addReserved(2, at: at + 2, into: &tree)
    tree.add(fields.contextLifetime, try reader.uint16(at: at + 4), at: at + 4, count: 2)
    guard place.units <= 3 else {
      tree.expert(
        ICMPv6OptionFields.fields.invalidLength, .error, .malformed, "Invalid Option Length",
        under: place.length)
      return at + 6
    }
    let count = 8 * (place.units - 1)
    let prefix = try reader.ipv6Prefix(at: at + 6, count)
    if count > 0 { tree.add(fields.contextPrefix, prefix, at: at + 6, count: count) }
    tree.note(place.top) {
      $0.write(" ")
      $0.write(prefix)
      $0.write("/\(length)")
    }
    return at + 6 + count
  }
}

/// The fields of these options.
struct ICMPv6LowPowerOptionFields: FieldSet {
  let status = Field(
    "icmpv6.opt.aro.status", "Status", .uint8, .natural,
    .names { ICMPv6OtherFields.registrationStatus($0) })
  let registrationLifetime = Field(
    "icmpv6.opt.aro.registration_lifetime", "Registration  Lifetime", .uint16)
  let host = Field("icmpv6.opt.aro.eui64", "EUI-64", .bytes, .colons)
  let contextLength = Field("icmpv6.opt.6co.context_length", "Context Length", .uint8)
  let contextFlags = FlagFields(
    Field("icmpv6.opt.6co.flag", "Flag", .uint8, .hex),
    [
      .flag("icmpv6.opt.6co.flag.c", "Compression Flag", 0x10),
      Field("icmpv6.opt.6co.flag.cid", "CID", .uint8, mask: 0x0f),
      Field("icmpv6.opt.6co.flag.reserved", "Reserved", .uint8, mask: 0xe0),
    ])
  let contextLifetime = Field("icmpv6.opt.6co.valid_lifetime", "Lifetime", .uint16)
  let contextPrefix = Field("icmpv6.opt.6co.context_prefix", "Context Prefix", .ipv6)
  let versionLow = Field("icmpv6.opt.abro.version_low", "Version Low", .uint16)
  let versionHigh = Field("icmpv6.opt.abro.version_high", "Version", .uint16)
  let borderLifetime = Field("icmpv6.opt.abro.valid_lifetime", "Valid Lifetime", .uint16)
  let border = Field("icmpv6.opt.abro.6lbr_address", "6LBR Address", .ipv6)
  let unassigned = Field(
    "icmpv6.opt.6cio.unassigned1", "Unassigned", .uint16, .hex, mask: 0xfffe)
  let compresses = Field("icmpv6.opt.6cio.flag_g", "G", .uint16, .hex, mask: 1)
  let unassignedRest = Field("icmpv6.opt.6cio.unassigned2", "Unassigned", .uint32, .hex)
  let portal = Field("icmpv6.opt.captive_portal", "Captive Portal", .string)
  let scaledLifetime = Field(
    "icmpv6.opt.pref64.scaled_lifetime", "Scaled Lifetime", .uint16, mask: 0xfff8)
  let lengthCode = Field(
    "icmpv6.opt.pref64.plc", "PLC (Prefix Length Code)", .uint16, .hex,
    .names {
      word($0, [96, 64, 56, 48, 40, 32].map { "\($0) bits prefix length" })
    }, mask: 7)
  let prefix = Field("icmpv6.opt.pref64.prefix", "Prefix", .ipv6)

  static let fields = Self()
}

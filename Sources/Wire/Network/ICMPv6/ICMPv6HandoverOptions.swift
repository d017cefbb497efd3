import Fields

// The options of fast and hierarchical handovers (RFC 5568 6.4, RFC 5380 5, RFC 5269 3, RFC 5271 6).
extension ICMPv6Options {
  /// Returns where the description ends.
  func describeHandover(
    _ kind: UInt8, _ place: Place, into tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    let fields = ICMPv6HandoverOptionFields.fields
    let at = place.value
    switch kind {
    case 17, 18:
      let group = kind == 17 ? fields.address : fields.newPrefix
      tree.add(group.code, try reader.uint8(at: at), at: at, count: 1)
      let length = try reader.uint8(at: at + 1)
      tree.add(group.length, length, at: at + 1, count: 1)
      try addReserved(4, at: at + 2, into: &tree)
      let address = try reader.ipv6(at: at + 6)
      tree.add(group.address, address, at: at + 6, count: 16)
      tree.note(place.top) {
        $0.write(" ")
        $0.write(address)
        $0.write("/\(length)")
      }
      return at + 22
    case 19:
      tree.add(fields.linkCode, try reader.uint8(at: at), at: at, count: 1)
      tree.add(fields.linkBytes, try reader.part(at: at + 1, place.end - at - 1), at: at + 1)
      return place.end
    case 20:
      tree.add(fields.acknowledgementCode, try reader.uint8(at: at), at: at, count: 1)
      let status = try reader.uint8(at: at + 1)
      tree.add(fields.acknowledgementStatus, status, at: at + 1, count: 1)
      guard status == 2 else {
        try addReserved(4, at: at + 2, into: &tree)
        return at + 6
      }
      tree.add(fields.supplied, try reader.ipv6(at: at + 2), at: at + 2, count: 16)
      return at + 18
    case 23:
      let distance = try reader.uint8(at: at)
      tree.add(fields.distance, bitsOf: distance, at: at, count: 1)
      tree.add(fields.preference, bitsOf: distance, at: at, count: 1)
      tree.add(fields.anchorFlags, try reader.uint8(at: at + 1), at: at + 1, count: 1)
      tree.add(fields.anchorLifetime, try reader.uint32(at: at + 2), at: at + 2, count: 4)
      tree.add(fields.anchorAddress, try reader.ipv6(at: at + 6), at: at + 6, count: 16)
      return at + 22
    case 27, 28: return try describeKey(isReply: kind == 28, place, into: &tree)
    default:
      let group = kind == 29 ? fields.assist : fields.node
      tree.add(group.code, try reader.uint8(at: at), at: at, count: 1)
      let count = Int(try reader.uint8(at: at + 1))
      tree.add(group.length, UInt8(count), at: at + 1, count: 1)
      tree.add(group.value, try reader.part(at: at + 2, count), at: at + 2)
      let end = at + 2 + count
      if end < place.end {
        tree.add(ICMPv6OptionFields.fields.padding, .none, at: end, count: place.end - end)
      }
      return max(end, place.end)
    }
  }

  private func describeKey(
    isReply: Bool, _ place: Place, into tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    let fields = ICMPv6HandoverOptionFields.fields
    var at = place.value
    let padding = Int(try reader.uint8(at: at))
    tree.add(fields.keyPadding, UInt8(padding), at: at, count: 1)
    let algorithm = try reader.uint8(at: at + 1)
    tree.add(fields.keyAlgorithm, bitsOf: algorithm, at: at + 1, count: 1)
    tree.add(fields.keyReserved, bitsOf: algorithm, at: at + 1, count: 1)
    at += 2
    if isReply {
      tree.add(fields.keyLifetime, try reader.uint16(at: at), at: at, count: 2)
      at += 2
    }
    let count = place.end - at - padding
    tree.add(
      isReply ? fields.encryptedKey : fields.publicKey, try reader.part(at: at, count), at: at)
    at += count
    tree.add(fields.keyFill, try reader.part(at: at, padding), at: at)
    return at + 1
  }
}

/// The fields of these options.
struct ICMPv6HandoverOptionFields: FieldSet {
  struct Address {
    let code: Field, length: Field, address: Field
  }
  struct Value {
    let code: Field, length: Field, value: Field
  }

  let address = Address(
    code: Field(
      "icmpv6.opt.ipa.option_code", "Option-code", .uint8, .natural,
      .names {
        word(
          $0,
          [
            "", "Old Care-of Address", "New Care-of Address", "NAR's IP address",
            "NAR's Prefix (sent in PrRtAdv)",
          ])
      }),
    length: Field("icmpv6.opt.ipa.prefix_len", "Prefix Length", .uint8),
    address: Field("icmpv6.opt.ipa.ipv6_address", "IPv6 Address", .ipv6))
  let newPrefix = Address(
    code: Field("icmpv6.opt.nrpi.option_code", "Option-code", .uint8),
    length: Field("icmpv6.opt.nrpi.prefix_len", "Prefix Length", .uint8),
    address: Field("icmpv6.opt.nrpi.prefix", "Prefix", .ipv6))
  let linkCode = Field(
    "icmpv6.opt.lla.option_code", "Option-code", .uint8, .natural,
    .names {
      word(
        $0,
        [
          "Wildcard", "Link-layer Address of the New Access Point",
          "Link-layer Address of the MN", "Link-layer Address of the NAR",
          "Link-layer Address of the source",
          "The AP belongs to the current interface of the router",
          "No prefix information available", "No fast handovers support available",
        ])
    })
  let linkBytes = Field("icmpv6.opt.lla.bytes", "Link-Layer Address", .bytes)
  let acknowledgementCode = Field("icmpv6.opt.naack.option_code", "Option-Code", .uint8)
  let acknowledgementStatus = Field(
    "icmpv6.opt.naack.status", "Status", .uint8, .natural,
    .names {
      $0 == 128
        ? "LLA is unrecognized"
        : word(
          $0,
          [
            "", "New CoA is invalid, perform address configuration",
            "New CoA is invalid, use the supplied CoA",
            "NCoA is invalid, use NAR's IP address as NCoA in FBU",
            "PCoA supplied, do not send FBU",
          ])
    })
  let supplied = Field("icmpv6.opt.naack.supplied_ncoa", "Supplied NCoA", .ipv6)
  let distance = Field("icmpv6.opt.map.distance", "Distance", .uint8, mask: 0xf0)
  let preference = Field("icmpv6.opt.map.preference", "Preference", .uint8, mask: 0x0f)
  let anchorFlags = FlagFields(
    Field("icmpv6.opt.map.flag", "Flag", .uint8, .hex),
    [
      Field("icmpv6.opt.map.flag.r", "RCoA Flag", .boolean, mask: 0x80),
      Field("icmpv6.opt.map.flag.reserved", "Reserved", .uint8, mask: 0x7f),
    ])
  let anchorLifetime = Field("icmpv6.opt.map.valid_lifetime", "Valid Lifetime", .uint32)
  let anchorAddress = Field("icmpv6.opt.map.global_address", "Global Address", .ipv6)
  let keyPadding = Field("icmpv6.opt.hkr.pad_length", "Pad Length", .uint8)
  let keyAlgorithm = Field("icmpv6.opt.hkr.at", "AT", .uint8, mask: 0xf0)
  let keyReserved = Field("icmpv6.opt.hkr.reserved", "Reserved", .uint8, mask: 0x0f)
  let publicKey = Field(
    "icmpv6.opt.hkr.encryption_public_key", "Handover Key Encryption Public Key", .bytes)
  let keyFill = Field("icmpv6.opt.hkr.padding", "Padding", .bytes)
  let keyLifetime = Field("icmpv6.opt.hkr.lifetime", "Padding", .uint16)
  let encryptedKey = Field(
    "icmpv6.opt.hkr.encrypted_handover_key", "Encrypted Handover Key", .bytes)
  let assist = Value(
    code: Field(
      "icmpv6.opt.hai.option_code", "Option-Code", .uint8, .natural,
      .names { word($0, ["", "Access Network Identifier (AN ID)", "Sector ID"]) }),
    length: Field("icmpv6.opt.hai.length", "HAI-Length", .uint8),
    value: Field("icmpv6.opt.hai.value", "HAI-Value", .bytes))
  let node = Value(
    code: Field(
      "icmpv6.opt.mn.option_code", "Option-Code", .uint8, .natural,
      .names { word($0, ["", "NAI", "IMSI"]) }),
    length: Field("icmpv6.opt.mn.length", "MN-Length", .uint8),
    value: Field("icmpv6.opt.mn.value", "MN-Value", .bytes))

  static let fields = Self()
}

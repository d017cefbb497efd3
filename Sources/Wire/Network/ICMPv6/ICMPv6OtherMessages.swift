import Fields

// Messages of few fields, beside those of RFC 4443 and RFC 4861.
extension ICMPv6Message {
  /// Certification paths (RFC 3971 6.4).
  func describeCertification(
    into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = ICMPv6OtherFields.fields
    tree.add(fields.pathIdentifier, try reader.uint16(at: 4), at: 4, count: 2)
    guard type == 149 else {
      tree.add(fields.component, try reader.uint16(at: 6), at: 6, count: 2)
      return try ICMPv6Options(reader, at: 8).describe(type, into: &tree)
    }
    tree.add(fields.components, try reader.uint16(at: 6), at: 6, count: 2)
    tree.add(fields.component, try reader.uint16(at: 8), at: 8, count: 2)
    tree.add(ICMPv6Fields.fields.reserved, try reader.part(at: 10, 2), at: 10)
    try ICMPv6Options(reader, at: 12).describe(type, into: &tree)
  }

  /// Fast handovers (RFC 5568 6.1, and the experiment of RFC 4068 6.1).
  func describeHandover(
    _ codeItem: FieldIndex,
    into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = ICMPv6OtherFields.fields
    let subtype = try reader.uint8(at: 4)
    tree.add(fields.subtype, subtype, at: 4, count: 1)
    tree.columns.info.write(
      " (\(ICMPv6OtherFields.subtypeName(UInt64(subtype)) ?? "Unknown (\(subtype))"))")
    switch subtype {
    case 4: tree.add(fields.handoverFlags, try reader.uint8(at: 5), at: 5, count: 1)
    case 2, 3, 5: tree.add(ICMPv6Fields.fields.reserved, try reader.part(at: 5, 1), at: 5)
    default: break
    }
    if let names = ICMPv6OtherFields.handoverCodes(subtype) {
      tree.note(codeItem, " (\(word(code, names) ?? "Unknown \(code)"))")
    }
    let identifier = try reader.uint16(at: 6)
    tree.add(fields.handoverIdentifier, identifier, at: 6, count: 2)
    try ICMPv6Options(reader, at: 8).describe(type, into: &tree)
  }

  /// Multicast router discovery (RFC 4286 3.2).
  func describeMulticastRouter(into tree: inout FieldBuffer) throws(DecodeError) {
    let fields = ICMPv6OtherFields.fields
    tree.add(fields.queryInterval, try reader.uint16(at: 4), at: 4, count: 2)
    tree.add(fields.robustness, try reader.uint16(at: 6), at: 6, count: 2)
  }

  /// Locator updates (RFC 6743 3), each locator with a preference and a lifetime.
  func describeLocators(into tree: inout FieldBuffer) throws(DecodeError) {
    let fields = ICMPv6OtherFields.fields
    let count = Int(try reader.uint8(at: 4))
    tree.add(fields.locatorCount, UInt8(count), at: 4, count: 1)
    tree.add(ICMPv6Fields.fields.reserved, try reader.part(at: 5, 1), at: 5)
    tree.add(ICMPv6Fields.fields.reserved, try reader.part(at: 6, 2), at: 6)
    for index in 0..<count {
      let at = 8 + 12 * index
      tree.add(fields.locator, try reader.uint64(at: at), at: at, count: 8)
      tree.add(fields.locatorPreference, try reader.uint16(at: at + 8), at: at + 8, count: 2)
      tree.add(fields.locatorLifetime, try reader.uint16(at: at + 10), at: at + 10, count: 2)
    }
  }

  /// Duplicate addresses in low-power networks (RFC 6775 4.4).
  func describeDuplicateAddress(
    into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = ICMPv6OtherFields.fields
    tree.add(fields.duplicateStatus, try reader.uint8(at: 4), at: 4, count: 1)
    tree.add(fields.duplicateReserved, try reader.uint8(at: 5), at: 5, count: 1)
    tree.add(fields.duplicateLifetime, try reader.uint16(at: 6), at: 6, count: 2)
    tree.add(
      fields.duplicateHost, eui64: try reader.part(at: 8, 8), at: 8)
    tree.add(fields.duplicateAddress, try reader.ipv6(at: 16), at: 16, count: 16)
  }

  /// Multicast for low-power networks (RFC 7731 6.2).
  func describeSeeds(
    _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = ICMPv6OtherFields.fields
    var (offset, number) = (4, 1)
    while reader.count - offset > 1 {
      let top = tree.addText("MPL Seed Info: [\(number)]", at: offset, count: 2)
      tree.open(top)
      defer { tree.close(top) }
      tree.add(fields.seedLeast, try reader.uint8(at: offset), at: offset, count: 1)
      let lengths = try reader.uint8(at: offset + 1)
      tree.add(fields.seedBuffered, bitsOf: lengths, at: offset + 1, count: 1)
      tree.add(fields.seedLength, bitsOf: lengths, at: offset + 1, count: 1)
      offset += 2
      let size = [0, 2, 8, 16][Int(lengths & 3)]
      let left = reader.count - offset
      guard size <= left else {
        addRest(
          at: offset, left,
          "Remaining data, \(left) bytes, is too short for Seed ID of \(size) bytes", into: &tree)
        return
      }
      addSeed(try reader.part(at: offset, size), at: offset, context, into: &tree)
      offset += size
      let buffered = Int(lengths >> 2)
      if buffered > 0 {
        guard buffered <= reader.count - offset else {
          let left = reader.count - offset
          addRest(
            at: offset, left,
            "Remaining data, \(left) bytes, is too short for Buffered MPL Messages of "
              + "\(buffered) bytes", into: &tree)
          return
        }
        let list = tree.addText("Buffered Messages", at: offset, count: buffered)
        tree.open(list)
        let least = Int(reader.bytes[offset - size - 2])
        for bit in 0..<8 * buffered
        where reader.bytes[offset + bit / 8] >> UInt8(7 - bit % 8) & 1 == 1 {
          tree.add(
            fields.seedSequence, UInt8(truncatingIfNeeded: least + bit), at: offset + bit / 8,
            count: 1)
        }
        tree.close(list)
        offset += buffered
      }
      number += 1
    }
    let left = reader.count - offset
    if left > 0 {
      addRest(
        at: reader.count, left,
        "\(left) bytes data is left after dissecting MPL Control Message", into: &tree)
    }
  }

  private func addRest(
    at offset: Int, _ left: Int, _ words: String, into tree: inout FieldBuffer
  ) {
    let item = tree.add(
      RoutingMetricFields.fields.unknownData, reader.rest(from: offset), at: offset)
    tree.expert(
      RoutingMetricFields.fields.unknownExpert, .error, .malformed, words, under: item)
  }

  private func addSeed(
    _ bytes: Span<UInt8>, at offset: Int, _ context: borrowing DescribeContext,
    into tree: inout FieldBuffer
  ) {
    let source = context.addresses.source
    tree.add(ICMPv6OtherFields.fields.seed, at: offset, count: bytes.count) {
      switch bytes.count {
      case 0: $0.write(ipv6: source)
      case 16: $0.write(ipv6: bytes.ipv6Address(at: 0))
      default: for index in bytes.indices { $0.write(hexByte: bytes[index]) }
      }
    }
  }
}

extension FieldBuffer {
  /// An EUI-64: with the name of its vendor, where that is known.
  mutating func add(
    _ field: Field, eui64 bytes: Span<UInt8>, at offset: Int,
    _ traits: FieldTraits = []
  ) {
    let item = add(field, bytes, at: offset, traits)
    let value = bytes.uint64(at: 0)
    let name = name(of: value >> 16)
    relabel(item) {
      $0.write(field.label)
      $0.write(": ")
      $0.write(eui64: value, name)
    }
  }
}

/// The fields of these messages.
struct ICMPv6OtherFields: FieldSet {
  let pathIdentifier = Field("icmpv6.send.identifier", "Identifier", .uint16)
  let components = Field("icmpv6.send.all_components", "All Components", .uint16)
  let component = Field("icmpv6.send.component", "Component", .uint16)
  let subtype = Field(
    "icmpv6.fmip6.subtype", "Subtype", .uint8, .natural, .names { subtypeName($0) })
  let handoverFlags = FlagFields(
    Field("icmpv6.fmip6.hi.flag", "Flag", .uint8, .hex),
    [
      .flag("icmpv6.fmip6.hi.flag.s", "Assigned address configuration", 0x80),
      .flag("icmpv6.fmip6.hi.flag.a", "Buffer", 0x40),
      Field("icmpv6.fmip6.hi.flag.reserved", "Reserved", .uint8, mask: 0x3f),
    ])
  let handoverIdentifier = Field(
    "icmpv6.fmip6.identifier", "Identifier", .uint16, .decimalHex)
  let queryInterval = Field("icmpv6.mcast_ra.query_interval", "Query Interval", .uint16)
  let robustness = Field(
    "icmpv6.mcast_ra.robustness_variable", "Robustness Variable", .uint16)
  let locatorCount = Field("icmpv6.ilnp.nb_locs", "Num of Locs", .uint8)
  let locator = Field("icmpv6.ilnp.nb_locator", "Locator", .uint64, .hex)
  let locatorPreference = Field("icmpv6.ilnp.nb_preference", "Preference", .uint32)
  let locatorLifetime = Field("icmpv6.ilnp.nb_lifetime", "Lifetime", .uint32)
  let duplicateStatus = Field(
    "icmpv6.6lowpannd.da.status", "Status", .uint8, .natural, .names { registrationStatus($0) })
  let duplicateReserved = Field("icmpv6.6lowpannd.da.rsv", "Reserved", .uint8)
  let duplicateLifetime = Field("icmpv6.6lowpannd.da.lifetime", "Lifetime", .uint16)
  let duplicateHost = Field("icmpv6.6lowpannd.da.eui64", "EUI-64", .bytes, .colons)
  let duplicateAddress = Field(
    "icmpv6.6lowpannd.da.reg_addr", "Registered Address", .ipv6)
  let seedLeast = Field("icmpv6.mpl.seed_info.min_sequence", "MinSequence", .uint8)
  let seedBuffered = Field(
    "icmpv6.mpl.seed_info.bm_len", "Buffered Messages Length", .uint8, mask: 0xfc)
  let seedLength = Field(
    "icmpv6.mpl.seed_info.s", "Seed ID Length", .uint8, .natural,
    .names {
      word($0, ["0 bit, not included in MPL Seed Info", "16 bits", "64 bits", "128 bits"])
    }, mask: 3)
  let seed = Field("icmpv6.mpl.seed_info.seed_id", "Seed ID", .string)
  let seedSequence = Field("icmpv6.mpl.seed_info.sequence", "Sequence", .uint8)

  static let fields = Self()

  static func registrationStatus(_ number: UInt64) -> String? {
    word(number, ["Success", "Duplicate Exists", "Neighbor Cache Full"])
  }
  static func subtypeName(_ number: UInt64) -> String? {
    word(
      number,
      [
        "", "", "Router Solicitation for Proxy Advertisement", "Proxy Router Advertisement",
        "Handover Initiate", "Handover Acknowledge",
      ])
  }
  /// What the code says in a message of the kind.
  static func handoverCodes(_ subtype: UInt8) -> [String]? {
    switch subtype {
    case 3:
      [
        "MN should use AP-ID, AR-info tuple", "Network Initiated Handover trigger",
        "No new router information", "Limited new router information", "Unsolicited",
      ]
    case 4: ["FBU sent from previous link", "FBU sent from new link"]
    case 5:
      [
        "Handover Accepted, NCoA valid", "Handover Accepted, NCoA not valid",
        "Handover Accepted, NCoA in use", "Handover Accepted, NCoA assigned",
        "Handover Accepted, NCoA not assigned",
      ]
    default: nil
    }
  }
}

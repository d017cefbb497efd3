import Fields

// Router renumbering (RFC 2894).
extension ICMPv6Message {
  func describeRenumbering(into tree: inout FieldBuffer) throws(DecodeError) {
    let fields = RenumberingFields.fields
    tree.add(fields.sequence, try reader.uint32(at: 4), at: 4, count: 4)
    tree.add(fields.segment, try reader.uint8(at: 8), at: 8, count: 1)
    tree.add(fields.flags, try reader.uint8(at: 9), at: 9, count: 1)
    tree.add(fields.delay, try reader.uint16(at: 10), at: 10, count: 2)
    tree.add(ICMPv6Fields.fields.reserved, try reader.part(at: 12, 4), at: 12)
    switch code {
    case 0: try describeCommand(into: &tree)
    case 1:
      var offset = 16
      while offset < reader.count { offset = try describeResult(at: offset, into: &tree) }
    default: break
    }
  }

  private func describeCommand(into tree: inout FieldBuffer) throws(DecodeError) {
    guard reader.count > 16 else { return }
    let fields = RenumberingFields.fields
    let top = tree.opened(fields.match, at: 16, count: 24)
    let operation = try reader.uint8(at: 16)
    tree.add(fields.operation, operation, at: 16, count: 1)
    tree.add(fields.operationLength, try reader.uint8(at: 17), at: 17, count: 1)
    tree.add(fields.ordinal, try reader.uint8(at: 18), at: 18, count: 1)
    let length = try reader.uint8(at: 19)
    let item = tree.add(fields.matchLength, length, at: 19, count: 1)
    if length > 128 {
      tree.expert(
        fields.matchTooLong, .warning, .proto, "MatchLen is greater than 128", under: item)
    }
    let least = try reader.uint8(at: 20)
    tree.add(fields.leastLength, least, at: 20, count: 1)
    let most = try reader.uint8(at: 21)
    tree.add(fields.mostLength, most, at: 21, count: 1)
    tree.add(ICMPv6Fields.fields.reserved, try reader.part(at: 22, 2), at: 22)
    let prefix = try reader.ipv6(at: 24)
    tree.add(fields.matchPrefix, prefix, at: 24, count: 16)
    tree.close(top)
    tree.note(top) {
      let name = RenumberingFields.operationName(UInt64(operation))
      $0.write(": \(name ?? "Unknown \(operation)") ")
      $0.write(prefix)
      $0.write("/\(length) (\(least)-\(most))")
    }
    var offset = 40
    while offset < reader.count { offset = try describeUse(at: offset, into: &tree) }
  }

  private func describeUse(
    at offset: Int, into tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    let fields = RenumberingFields.fields
    let top = tree.opened(fields.use, at: offset, count: 32)
    let length = try reader.uint8(at: offset)
    tree.add(fields.useLength, length, at: offset, count: 1)
    let kept = try reader.uint8(at: offset + 1)
    tree.add(fields.keptLength, kept, at: offset + 1, count: 1)
    tree.add(fields.mask, try reader.uint8(at: offset + 2), at: offset + 2, count: 1)
    tree.add(fields.advertised, try reader.uint8(at: offset + 3), at: offset + 3, count: 1)
    tree.add(lifetime: try reader.uint32(at: offset + 4), fields.validLifetime, at: offset + 4)
    tree.add(lifetime: try reader.uint32(at: offset + 8), fields.preferredLifetime, at: offset + 8)
    tree.add(fields.useFlags, try reader.uint32(at: offset + 12), at: offset + 12, count: 4)
    let prefix = try reader.ipv6(at: offset + 16)
    tree.add(fields.usePrefix, prefix, at: offset + 16, count: 16)
    tree.close(top)
    tree.note(top) {
      $0.write(": ")
      $0.write(prefix)
      $0.write("/\(length) (keep \(kept))")
    }
    return offset + 32
  }

  private func describeResult(
    at offset: Int, into tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    let fields = RenumberingFields.fields
    let top = tree.opened(fields.result, at: offset, count: 24)
    tree.add(fields.resultFlags, try reader.uint16(at: offset), at: offset, count: 2)
    tree.add(fields.resultOrdinal, try reader.uint8(at: offset + 2), at: offset + 2, count: 1)
    let length = try reader.uint8(at: offset + 3)
    let item = tree.add(fields.matchedLength, length, at: offset + 3, count: 1)
    if length > 128 {
      tree.expert(
        fields.matchedTooLong, .warning, .proto, "MatchedLen is greater than 128", under: item)
    }
    let interface = try reader.uint32(at: offset + 4)
    tree.add(fields.interface, interface, at: offset + 4, count: 4)
    let prefix = try reader.ipv6(at: offset + 8)
    tree.add(fields.matchedPrefix, prefix, at: offset + 8, count: 16)
    tree.close(top)
    tree.note(top) {
      $0.write(": ")
      $0.write(prefix)
      $0.write("/\(length) (interface \(interface))")
    }
    return offset + 24
  }
}

/// The fields of router renumbering.
struct RenumberingFields: FieldSet {
  let sequence = Field("icmpv6.rr.sequence_number", "Sequence Number", .uint32)
  let segment = Field("icmpv6.rr.segment_number", "Segment Number", .uint8)
  let flags = FlagFields(
    Field("icmpv6.rr.flag", "Flags", .uint8, .hex),
    [
      .flag("icmpv6.rr.flag.t", "Test Command", 0x80),
      .flag("icmpv6.rr.flag.r", "Result requested", 0x40),
      .flag("icmpv6.rr.flag.a", "All Interfaces", 0x20),
      .flag("icmpv6.rr.flag.s", "Site-specific", 0x10),
      .flag("icmpv6.rr.flag.p", "Processed previously", 8),
      Field("icmpv6.rr.flag.rsv", "Reserved", .uint8, mask: 7),
    ])
  let delay = Field("icmpv6.rr.maxdelay", "Max Delay", .uint16)
  let match = Field("icmpv6.rr.pco.mp", "Match-Prefix Part", .none)
  let operation = Field(
    "icmpv6.rr.pco.mp.opcode", "OpCode", .uint8, .natural, .names { operationName($0) })
  let operationLength = Field("icmpv6.rr.pco.mp.oplength", "OpLength", .uint8)
  let ordinal = Field("icmpv6.rr.pco.mp.ordinal", "Ordinal", .uint8, .hex)
  let matchLength = Field("icmpv6.rr.pco.mp.matchlen", "MatchLen", .uint8)
  let matchTooLong = Field(
    "icmpv6.rr.pco.mp.matchlen.gt128", "MatchLen is greater than 128", .none)
  let leastLength = Field("icmpv6.rr.pco.mp.minlen", "MinLen", .uint8)
  let mostLength = Field("icmpv6.rr.pco.mp.maxlen", "MaxLen", .uint8)
  let matchPrefix = Field("icmpv6.rr.pco.mp.matchprefix", "MatchPrefix", .ipv6)
  let use = Field("icmpv6.rr.pco.up", "Use-Prefix Part", .none)
  let useLength = Field("icmpv6.rr.pco.up.uselen", "UseLen", .uint8)
  let keptLength = Field("icmpv6.rr.pco.up.keeplen", "KeepLen", .uint8)
  let mask = FlagFields(
    Field("icmpv6.rr.pco.up.flagmask", "FlagMask", .uint8, .hex), prefixFlags)
  let advertised = FlagFields(
    Field("icmpv6.rr.pco.up.raflags", "RAFlags", .uint8, .hex), prefixFlags)
  let validLifetime = Field(
    "icmpv6.rr.pco.up.validlifetime", "Valid Lifetime", .uint32)
  let preferredLifetime = Field(
    "icmpv6.rr.pco.up.preferredlifetime", "Preferred Lifetime", .uint32)
  let useFlags = FlagFields(
    Field("icmpv6.rr.pco.up.flag", "Flags", .uint32, .hex),
    [
      .flag("icmpv6.rr.pco.up.flag.v", "Decrement valid lifetime", 0x8000_0000, of: 32),
      .flag("icmpv6.rr.pco.up.flag.p", "Decrement preferred lifetime", 0x4000_0000, of: 32),
      Field("icmpv6.rr.pco.up.flag.reserved", "Reserved", .uint32, mask: 0x3fff_ffff),
    ])
  let usePrefix = Field("icmpv6.rr.pco.up.useprefix", "UsePrefix", .ipv6)
  let result = Field("icmpv6.rr.rm", "Result Message", .none)
  let resultFlags = FlagFields(
    Field("icmpv6.rr.rm.flag", "Flags", .uint16, .hex),
    [
      Field("icmpv6.rr.rm.flag.reserved", "Reserved", .uint16, mask: 0xfffc),
      .flag("icmpv6.rr.rm.flag.b", "Bounds", 2, of: 16),
      .flag("icmpv6.rr.rm.flag.f", "Forbidden", 1, of: 16),
    ])
  let resultOrdinal = Field("icmpv6.rr.rm.ordinal", "Ordinal", .uint8, .hex)
  let matchedLength = Field("icmpv6.rr.rm.matchedlen", "MatchedLen", .uint8)
  let matchedTooLong = Field(
    "icmpv6.rr.pco.mp.matchedlen.gt128", "MatchedLen is greater than 128", .none)
  let interface = Field("icmpv6.rr.rm.interfaceindex", "InterfaceIndex", .uint32)
  let matchedPrefix = Field("icmpv6.rr.rm.matchedprefix", "MatchedPrefix", .ipv6)

  static let fields = Self()

  private static var prefixFlags: [Field] {
    [
      .flag("icmpv6.rr.pco.up.flagmask.l", "On-link flag(L)", 0x80),
      .flag(
        "icmpv6.rr.pco.up.flagmask.a", "Autonomous address-configuration flag(A)", 0x40),
      Field("icmpv6.rr.pco.up.flagmask.reserved", "Reserved", .uint8, mask: 0x3f),
    ]
  }
  static func operationName(_ number: UInt64) -> String? {
    word(number, ["", "Add", "Change", "Set Global"])
  }
}

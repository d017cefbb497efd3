import Fields

/// A router's advertisement (RFC 1256), with what mobility agents add to it (RFC 5944 2.1).
struct ICMPRouterAdvertisement: ~Escapable {
  private static let headerLength = 8

  private let reader: ByteReader

  /// `reader` holds the ICMP message; `describe` checks as it goes.
  @_lifetime(copy reader)
  init(_ reader: borrowing ByteReader) { self.reader = copy reader }

  func describe(
    ofMobilityAgent: Bool, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = ICMPAdvertisementFields.fields
    let count = try reader.uint8(at: 4)
    tree.add(fields.addressCount, count, at: 4, count: 1)
    let size = try reader.uint8(at: 5)
    tree.add(fields.addressSize, size, at: 5, count: 1)
    let lifetime = try reader.uint16(at: 6)
    let item = tree.add(fields.lifetime, lifetime, at: 6, count: 2)
    tree.note(item) {
      $0.write(" (")
      $0.write(longSeconds: UInt64(lifetime))
      $0.write(")")
    }
    guard size == 2 else {
      DataLayer.describe(
        reader.rest(from: Self.headerLength), at: Self.headerLength, into: &tree)
      return
    }
    var offset = Self.headerLength
    for _ in 0..<count {
      tree.add(fields.routerAddress, .ipv4(try reader.uint32(at: offset)), at: offset, count: 4)
      let preference = Int32(bitPattern: try reader.uint32(at: offset + 4))
      tree.add(fields.preference, preference, at: offset + 4, count: 4)
      offset += 8
    }
    tree.columns.finishInfo()
    while ofMobilityAgent, offset < reader.wireCount {
      offset = try describeExtension(at: offset, into: &tree)
    }
  }

  /// Returns where the next extension begins.
  private func describeExtension(
    at start: Int, into tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    let fields = ICMPAdvertisementFields.fields
    let type = try reader.uint8(at: start)
    if type != 0 { try reader.require(2, at: start) }
    let name = ICMPAdvertisementFields.extensionName(UInt64(type)) ?? "Unknown ext \(type)"
    let top = tree.addText("Ext: \(name)", at: start, count: reader.count - start)
    tree.open(top)
    defer { tree.close(top) }
    tree.add(fields.extensionType, type, at: start, count: 1)
    if type == 0 { return start + 1 }
    let length = Int(try reader.uint8(at: start + 1))
    tree.add(fields.extensionLength, length, at: start + 1, count: 1)
    let body = start + 2
    switch type {
    case 16: return try describeMobilityAgent(at: body, length, into: &tree)
    case 19:
      for offset in body..<body + length {
        tree.add(fields.prefixLength, try reader.uint8(at: offset), at: offset, count: 1)
      }
    case 24: tree.add(fields.challenge, try reader.part(at: body, length), at: body)
    default:
      tree.add(fields.content, try reader.part(at: body, length - 4), at: body)
    }
    return body + length
  }

  private func describeMobilityAgent(
    at start: Int, _ length: Int, into tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    let fields = ICMPAdvertisementFields.fields
    tree.add(fields.sequence, try reader.uint16(at: start), at: start, count: 2)
    tree.add(fields.registrationLifetime, try reader.uint16(at: start + 2), at: start + 2, count: 2)
    let flags = try reader.uint16(at: start + 4)
    let item = tree.add(fields.flags, flags, at: start + 4, count: 2)
    tree.note(item) {
      for field in fields.flagBits where UInt64(flags) & field.mask != 0 {
        $0.write(", ")
        $0.write(field.label)
      }
    }
    tree.open(item)
    for field in fields.flagBits { tree.add(field, bitsOf: flags, at: start + 4, count: 2) }
    tree.add(fields.reserved, bitsOf: flags, at: start + 4, count: 2)
    tree.close(item)
    var offset = start + 6
    for _ in 0..<max(0, length - 6) / 4 {
      tree.add(fields.careOfAddress, .ipv4(try reader.uint32(at: offset)), at: offset, count: 4)
      offset += 4
    }
    return offset
  }
}

/// The fields of router advertisements.
struct ICMPAdvertisementFields: FieldSet {
  let addressCount = Field("icmp.num_addrs", "Number of addresses", .uint8)
  let addressSize = Field("icmp.addr_entry_size", "Address entry size", .uint8)
  let lifetime = Field("icmp.lifetime", "Lifetime", .uint16)
  let routerAddress = Field("icmp.router_address", "Router address", .ipv4)
  let preference = Field("icmp.pref_level", "Preference level", .int32)
  let extensionType = Field(
    "icmp.mip.type", "Extension Type", .uint8, .natural,
    .names { ICMPAdvertisementFields.extensionName($0) })
  let extensionLength = Field("icmp.mip.length", "Length", .uint8)
  let prefixLength = Field("icmp.mip.prefixlength", "Prefix Length", .uint8)
  let sequence = Field("icmp.mip.seq", "Sequence Number", .uint16)
  let registrationLifetime = Field("icmp.mip.life", "Registration Lifetime", .uint16)
  let flags = Field("icmp.mip.flags", "Flags", .uint16, .hex)
  let registrationRequired = flag("r", "Registration Required", 0x8000)
  let busy = flag("b", "Busy", 0x4000)
  let homeAgent = flag("h", "Home Agent", 0x2000)
  let foreignAgent = flag("f", "Foreign Agent", 0x1000)
  let minimalEncapsulation = flag("m", "Minimal Encapsulation", 0x0800)
  let genericEncapsulation = flag("g", "GRE", 0x0400)
  let headerCompression = flag("v", "VJ Comp", 0x0200)
  let reverseTunneling = flag("rt", "Reverse tunneling", 0x0100)
  let udpTunneling = flag("u", "UDP tunneling", 0x0080)
  let revocation = flag("x", "Revocation support", 0x0040)
  let reserved = Field("icmp.mip.reserved", "Reserved", .uint16, .hex, mask: 0x3f)
  let careOfAddress = Field("icmp.mip.coa", "Care-Of-Address", .ipv4)
  let challenge = Field("icmp.mip.challenge", "Challenge", .bytes)
  let content = Field("icmp.mip.content", "Content", .bytes)

  var flagBits: [Field] {
    [
      registrationRequired, busy, homeAgent, foreignAgent, minimalEncapsulation,
      genericEncapsulation, headerCompression, reverseTunneling, udpTunneling, revocation,
    ]
  }

  static let fields = Self()

  private static func flag(_ name: String, _ label: String, _ mask: UInt64) -> Field {
    Field("icmp.mip.\(name)", label, .boolean, mask: mask, of: 16)
  }
  static func extensionName(_ number: UInt64) -> String? {
    switch number {
    case 0: "One byte padding extension"
    case 16: "Mobility Agent Advertisement Extension"
    case 19: "Prefix Lengths Extension"
    case 24: "Challenge Extension"
    default: nil
    }
  }
}

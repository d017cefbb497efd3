import Fields

/// A mobility header (RFC 6275 6.1): its fixed part, the messages of Mobile IPv6 itself, and their options.
struct MobilityHeader: ~Escapable {
  private let bytes: Span<UInt8>
  private let reader: ByteReader

  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) throws(DecodeError) {
    guard bytes.count >= 8 else { throw layer.error(needed: 8) }
    self.bytes = bytes
    reader = ByteReader(bytes, layer)
  }

  func describe(into tree: inout FieldBuffer) throws(DecodeError) {
    let fields = MobilityFields.fields
    tree.addProtocol("mipv6")
    tree.columns.protocolName = "MIPv6"
    tree.columns.setInfo(MobilityFields.typeName(UInt64(bytes[2])) ?? "Unknown")
    let length = (Int(bytes[1]) + 1) * 8
    let top = tree.opened(fields.mobility, count: min(length, bytes.count))
    tree.add(fields.payload, bytes[0], at: 0, count: 1)
    let item = tree.add(fields.length, bytes[1], at: 1, count: 1)
    tree.note(item) {
      $0.write(" (")
      $0.write(decimal: length)
      $0.write(" bytes)")
    }
    tree.add(fields.type, bytes[2], at: 2, count: 1)
    tree.add(fields.reserved, bytes[3], at: 3, count: 1)
    tree.add(fields.checksum, bytes.uint16(at: 4), at: 4, count: 2)
    defer { tree.close(top) }
    guard let options = try describeMessage(fields, into: &tree), options < length else { return }
    try describeOptions(from: options, to: length, fields, into: &tree)
  }

  /// Gives where the options begin; nil for messages of other documents.
  private func describeMessage(
    _ fields: MobilityFields, into tree: inout FieldBuffer
  ) throws(DecodeError) -> Int? {
    let type = bytes[2]
    guard type > 0 else {
      tree.add(fields.refreshRequest, bytes.part(6, 8), at: 6)
      return 8
    }
    guard let end = MobilityFields.messageEnd(type) else { return nil }
    let item = tree.addText(MobilityFields.typeName(UInt64(type)) ?? "", at: 6, count: end - 6)
    tree.open(item)
    defer { tree.close(item) }
    switch type {
    case 1, 2:
      let cookie = type == 1 ? fields.homeInitCookie : fields.careOfInitCookie
      tree.add(cookie, try reader.uint64(at: 8), at: 8, count: 8)
    case 3, 4:
      let (index, cookie) =
        type == 3
        ? (fields.homeNonceIndex, fields.homeTestCookie)
        : (fields.careOfNonceIndex, fields.careOfTestCookie)
      tree.add(index, try reader.uint16(at: 6), at: 6, count: 2)
      tree.add(cookie, try reader.uint64(at: 8), at: 8, count: 8)
      tree.add(fields.keygenToken, try reader.uint64(at: 16), at: 16, count: 8)
    case 5:
      tree.add(fields.updateSequence, try reader.uint16(at: 6), at: 6, count: 2)
      let flags = try reader.uint16(at: 8)
      for flag in fields.updateFlags { tree.add(flag, bitsOf: flags, at: 8, count: 2) }
      addTime(fields.updateLifetime, try reader.uint16(at: 10), at: 10, into: &tree)
    case 6:
      tree.add(fields.status, bytes[6], at: 6, count: 1)
      for flag in fields.acknowledgementFlags {
        tree.add(flag, bitsOf: bytes[7], at: 7, count: 1)
      }
      tree.add(fields.acknowledgementSequence, try reader.uint16(at: 8), at: 8, count: 2)
      addTime(fields.acknowledgementLifetime, try reader.uint16(at: 10), at: 10, into: &tree)
    default:
      tree.add(fields.errorStatus, bytes[6], at: 6, count: 1)
      tree.add(fields.errorHome, try reader.ipv6(at: 8), at: 8, count: 16)
    }
    return end
  }

  /// Lifetimes are counted in units of four seconds.
  private func addTime(
    _ field: Field, _ units: UInt16, at offset: Int, into tree: inout FieldBuffer
  ) {
    let item = tree.add(field, units, at: offset, count: 2)
    tree.note(item, " (\(Int(units) * 4) seconds)")
  }

  private func describeOptions(
    from start: Int, to end: Int, _ fields: MobilityFields, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let top = tree.addText("Mobility Options", at: start, count: end - start)
    tree.open(top)
    defer { tree.close(top) }
    var at = start
    while at < end {
      let type = try reader.uint8(at: at)
      guard type > 0 else {
        let pad = tree.add(fields.pad1, bytes.part(at, at + 1), at: at)
        tree.relabel(pad, "MIPv6 Option - Pad1")
        at += 1
        continue
      }
      let length = Int(try reader.uint8(at: at + 1))
      let whole = try reader.part(at: at, length + 2)
      let (field, name) = fields.option(type)
      let item = tree.add(field, whole, at: at)
      tree.relabel(item, "MIPv6 Option - \(name)")
      tree.open(item)
      tree.add(fields.optionLength, whole[1], at: at + 1, count: 1)
      try describe(option: type, at: at + 2, length, fields, into: &tree)
      tree.close(item)
      at += length + 2
    }
  }

  private func describe(
    option type: UInt8, at offset: Int, _ length: Int, _ fields: MobilityFields,
    into tree: inout FieldBuffer
  ) throws(DecodeError) {
    switch (type, length) {
    case (1, 1...): tree.add(fields.padding, try reader.part(at: offset, length), at: offset)
    case (2, 2): addTime(fields.interval, try reader.uint16(at: offset), at: offset, into: &tree)
    case (3, 16): tree.add(fields.careOf, try reader.ipv6(at: offset), at: offset, count: 16)
    case (4, 4):
      tree.add(fields.homeNonce, try reader.uint16(at: offset), at: offset, count: 2)
      tree.add(fields.careOfNonce, try reader.uint16(at: offset + 2), at: offset + 2, count: 2)
    case (5, 1...): tree.add(fields.authenticator, try reader.part(at: offset, length), at: offset)
    default: break
    }
  }
}

/// The fields of the mobility header.
struct MobilityFields: FieldSet {
  let mobility = Field("mipv6", "Mobile IPv6", .proto)
  let payload = Field(
    "mip6.proto", "Payload protocol", .uint8, .natural, .names { IPProtocol.name($0) })
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
    "mip6.ba.status", "Status", .uint8, .natural, .names { acknowledgementStatus($0) })
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
  let pad1 = Field("mip6.options.pad1", "Pad1", .bytes)
  let padN = Field("mip6.options.padn", "PadN", .bytes)
  let refreshAdvice = Field("mip6.options.bra", "Binding Refresh Advice", .bytes)
  let alternateCareOf = Field("mip6.options.acoa", "Alternate Care-of Address", .bytes)
  let nonceIndices = Field("mip6.options.ni", "Nonce Indices", .bytes)
  let authorization = Field("mip6.options.bad_auth", "Authorization Data", .bytes)
  let otherOption = Field("mip6.mobility_opt", "Mobility Option", .bytes)
  let optionLength = Field("mip6.mobility_opt.len", "Length", .uint8)
  let padding = Field("mip6.padn", "PadN", .bytes)
  let interval = Field("mip6.bra.interval", "Refresh interval", .uint16)
  let careOf = Field("mip6.acoa.acoa", "Alternate care-of address", .ipv6)
  let homeNonce = Field("mip6.ni.hni", "Home nonce index", .uint16)
  let careOfNonce = Field("mip6.ni.cni", "Care-of nonce index", .uint16)
  let authenticator = Field("mip6.bad.auth", "Authenticator", .bytes)

  static let fields = Self()

  private static func flag(
    _ name: String, _ label: String, _ mask: UInt64, of bits: Int, _ set: String,
    _ notSet: String? = nil
  ) -> Field {
    Field(
      "mip6.\(name)_flag", label, .boolean, .natural,
      .words(true: set, false: notSet ?? "No \(set)"), mask: mask, of: bits)
  }

  func option(_ type: UInt8) -> (Field, name: String) {
    switch type {
    case 1: (padN, "PadN")
    case 2: (refreshAdvice, "Binding Refresh Advice")
    case 3: (alternateCareOf, "Alternate Care-of Address")
    case 4: (nonceIndices, "Nonce Indices")
    case 5: (authorization, "Authorization Data")
    default: (otherOption, "type \(type)")
    }
  }

  /// Where the fixed part of a message ends, and its options begin.
  static func messageEnd(_ type: UInt8) -> Int? {
    switch type {
    case 1, 2: 16
    case 3, 4, 7: 24
    case 5, 6: 12
    default: nil
    }
  }

  /// RFC 6275 section 6.1.8.
  private static func acknowledgementStatus(_ number: UInt64) -> String? {
    if number < 2 {
      return word(number, ["Binding Update accepted", "Accepted but prefix discovery necessary"])
    }
    guard number >= 128 else { return nil }
    return word(
      number - 128,
      [
        "Reason unspecified", "Administratively prohibited", "Insufficient resources",
        "Home registration not supported", "Not home subnet",
        "Not home agent for this mobile node", "Duplicate Address Detection failed",
        "Sequence number out of window", "Expired home nonce index",
        "Expired care-of nonce index", "Expired nonces", "Registration type change disallowed",
        "Mobile Router Operation not permitted", "Invalid Prefix", "Not Authorized for Prefix",
        "Mobile Network Prefix information unavailable",
      ])
  }

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
    default: nil
    }
  }
}

import Fields

/// The user plane of the GPRS tunneling protocol, version 1 (3GPP TS 29.281 5), viewed in place. Messages other than
/// user data are named, not decoded.
struct GTPHeader: LayerView, ~Escapable {
  static let headerLength = 8

  private let reader: ByteReader

  /// `next` and `describe` check as they go.
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) throws(DecodeError) {
    guard bytes.count >= Self.headerLength else { throw layer.error(needed: Self.headerLength) }
    reader = ByteReader(bytes, layer)
  }

  private static let userData: UInt8 = 255
  private var flags: UInt8 { reader.bytes[0] }
  private var type: UInt8 { reader.bytes[1] }
  private var length: Int { Int(reader.bytes.uint16(at: 2)) }
  private var hasExtension: Bool { flags & 4 != 0 }
  private var hasSequence: Bool { flags & 2 != 0 }
  private var hasNumber: Bool { flags & 1 != 0 }
  private var hasOptions: Bool { flags & 7 != 0 }

  /// Where the extension headers end; each says which one comes next in its last byte.
  private func headerEnd() throws(DecodeError) -> Int {
    guard hasOptions else { return Self.headerLength }
    var end = Self.headerLength + 4
    try reader.require(end, at: 0)
    guard hasExtension else { return end }
    while reader.bytes[end - 1] != 0 {
      let length = Int(try reader.uint8(at: end)) * 4
      guard length > 0 else { throw reader.malformed }
      end += length
      try reader.require(end, at: 0)
    }
    return end
  }

  func next(_ layer: Layer) throws(DecodeError) -> Layer? {
    let end = try headerEnd()
    let rest = Self.headerLength + length - end
    guard type == Self.userData, rest > 0, layer.wireCount > end else { return nil }
    let kind: LayerKind
    switch try reader.uint8(at: end) >> 4 {
    case 4: kind = .ipv4
    case 6: kind = .ipv6
    default: return nil
    }
    return layer.above(kind, at: end, length: rest)
  }

  func describe(
    _ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = GTPFields.fields
    tree.addProtocol("gtp")
    tree.columns.protocolName = "GTP"
    tree.columns.setInfo(GTPFields.messageName(UInt64(type)) ?? "Unknown")
    tree.columns.tunnel = "GTP"
    let top = tree.opened(fields.gtp, count: reader.count)
    defer { tree.close(top) }
    let item = tree.add(fields.flags, flags, at: 0, count: 1)
    tree.open(item)
    for field in [
      fields.version, fields.payload, fields.reserved, fields.extensionBit, fields.sequenceBit,
      fields.numberBit,
    ] { tree.add(field, bitsOf: flags, at: 0, count: 1) }
    tree.close(item)
    tree.add(fields.message, type, at: 1, count: 1)
    tree.add(fields.length, length, at: 2, count: 2)
    tree.add(fields.tunnelID, reader.bytes.uint32(at: 4), at: 4, count: 4)
    if hasSequence { tree.add(fields.sequence, try reader.uint16(at: 8), at: 8, count: 2) }
    if hasNumber { tree.add(fields.number, try reader.uint8(at: 10), at: 10, count: 1) }
    if hasExtension {
      tree.add(fields.nextExtension, try reader.uint8(at: 11), at: 11, count: 1)
    }
    _ = try headerEnd()
  }
}

/// The fields of GTP.
struct GTPFields: FieldSet {
  let gtp = Field("gtp", "GPRS Tunneling Protocol", .proto)
  let flags = Field("gtp.flags", "Flags", .uint8, .hex)
  let version = Field(
    "gtp.flags.version", "Version", .uint8, .natural,
    .names { word($0, ["GTP release 97/98 version", "GTP release 99 version", "GTPv2-C"]) },
    mask: 0xe0)
  let payload = Field(
    "gtp.flags.payload", "Protocol type", .uint8, .natural,
    .names { word($0, ["GTP'", "GTP"]) }, mask: 0x10)
  let reserved = Field("gtp.flags.reserved", "Reserved", .uint8, mask: 0x08)
  let extensionBit = Field(
    "gtp.flags.e", "Is Next Extension Header present?", .boolean, .natural, .yesNo, mask: 0x04)
  let sequenceBit = Field(
    "gtp.flags.s", "Is Sequence Number present?", .boolean, .natural, .yesNo, mask: 0x02)
  let numberBit = Field(
    "gtp.flags.pn", "Is N-PDU number present?", .boolean, .natural, .yesNo, mask: 0x01)
  let message = Field(
    "gtp.message", "Message Type", .uint8, .hex, .names { GTPFields.messageName($0) })
  let length = Field("gtp.length", "Length", .uint16)
  let tunnelID = Field("gtp.teid", "TEID", .uint32, .hexDecimal)
  let sequence = Field("gtp.seq_number", "Sequence number", .uint16, .hexDecimal)
  let number = Field("gtp.npdu_number", "N-PDU Number", .uint8, .hex)
  let nextExtension = Field(
    "gtp.ext_hdr.next", "Next extension header type", .uint8, .hex,
    .names {
      switch $0 {
      case 0x00: "No more extension headers"
      case 0x40: "UDP Port number"
      case 0x85: "PDU Session container"
      case 0xc0: "PDCP PDU number"
      default: nil
      }
    })

  static let fields = Self()

  static func messageName(_ number: UInt64) -> String? {
    switch number {
    case 1: "Echo request"
    case 2: "Echo response"
    case 26: "Error indication"
    case 31: "Supported extension header notification"
    case 254: "End Marker"
    case 255: "T-PDU"
    default: nil
    }
  }
}

import Fields

/// A PPP over Ethernet session (RFC 2516 4), viewed in place.
struct PPPoESession: LayerView, ~Escapable {
  static let headerLength = 6

  private let reader: ByteReader

  /// `next` and `describe` check as they go.
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) throws(DecodeError) {
    guard bytes.count >= 2 else { throw layer.error(needed: 2) }
    reader = ByteReader(bytes, layer)
  }

  private var bytes: Span<UInt8> {
    @_lifetime(copy self) get { reader.bytes }
  }

  func next(_ layer: Layer) throws(DecodeError) -> Layer? {
    let length = Int(try reader.uint16(at: 4))
    try reader.require(2, at: Self.headerLength)
    return layer.above(.ppp, at: Self.headerLength, length: length)
  }

  /// What the payload takes by its own word, where it is an IP packet.
  private var wantedLength: Int? {
    guard bytes.count >= Self.headerLength + 8 else { return nil }
    return switch bytes.uint16(at: Self.headerLength) {
    case 0x0021: Int(bytes.uint16(at: Self.headerLength + 4)) + 2
    case 0x0057: Int(bytes.uint16(at: Self.headerLength + 6)) + IPv6Packet.headerLength + 2
    default: nil
    }
  }

  func describe(
    _ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = PPPoEFields.fields
    tree.addProtocol("pppoes")
    let code = bytes[1]
    tree.columns.protocolName = "PPPoES"
    tree.columns.setInfo(PPPoEFields.codeName(UInt64(code)) ?? "Unknown")
    let top = tree.opened(fields.session, count: Self.headerLength)
    defer { tree.close(top) }
    tree.add(fields.version, bitsOf: bytes[0], at: 0, count: 1)
    tree.add(fields.type, bitsOf: bytes[0], at: 0, count: 1)
    tree.add(fields.code, code, at: 1, count: 1)
    tree.add(fields.sessionID, try reader.uint16(at: 2), at: 2, count: 2)
    let length = Int(try reader.uint16(at: 4))
    let item = tree.add(fields.length, length, at: 4, count: 2)
    try reader.require(2, at: Self.headerLength)
    guard let wanted = wantedLength, wanted != length else { return }
    tree.note(item, " [incorrect, should be \(wanted)]")
    tree.expert(
      fields.lengthBad, .warning, .malformed, "Possible bad payload length \(length) != \(wanted)",
      under: item)
  }
}

/// The fields of PPP over Ethernet.
struct PPPoEFields: FieldSet {
  let session = Field("pppoes", "PPP-over-Ethernet Session", .proto)
  let version = Field("pppoe.version", "Version", .uint8, mask: 0xf0)
  let type = Field("pppoe.type", "Type", .uint8, mask: 0x0f)
  let code = Field(
    "pppoe.code", "Code", .uint8, .hex, .names { PPPoEFields.codeName($0) })
  let sessionID = Field("pppoe.session_id", "Session ID", .uint16, .hex)
  let length = Field("pppoe.payload_length", "Payload Length", .uint16)
  let lengthBad = Field("pppoe.payload_length.bad", "Possible bad payload length", .none)

  static let fields = Self()

  static func codeName(_ number: UInt64) -> String? {
    switch number {
    case 0x00: "Session Data"
    case 0x07: "Active Discovery Offer (PADO)"
    case 0x09: "Active Discovery Initiation (PADI)"
    case 0x0a: "Active Discovery Session-Grant (PADG)"
    case 0x0b: "Active Discovery Session-Credit Response (PADC)"
    case 0x0c: "Active Discovery Quality (PADQ)"
    case 0x19: "Active Discovery Request (PADR)"
    case 0x65: "Active Discovery Session-confirmation (PADS)"
    case 0xa7: "Active Discovery Terminate (PADT)"
    case 0xd3: "Active Discovery Message (PADM)"
    case 0xd4: "Active Discovery Network (PADN)"
    default: nil
    }
  }
}

import Fields

/// An IP authentication header, viewed in place (RFC 4302).
struct AuthenticationHeader: ~Escapable {
  private let bytes: Span<UInt8>

  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) throws(DecodeError) {
    guard bytes.count >= 12 else { throw layer.error(needed: 12) }
    let needed = max(12, (Int(bytes[1]) + 2) * 4)
    guard bytes.count >= needed else { throw layer.error(needed: needed) }
    self.bytes = bytes.part(0, needed)
  }

  func next(_ layer: Layer) -> Layer? {
    let number = IPProtocol(rawValue: bytes[0])
    guard layer.depth == 0 else { return layer.aboveIPv6(number, at: bytes.count) }
    let kind = number.kind ?? .data
    return layer.above(kind.standsInIPv6 ? .data : kind, at: bytes.count)
  }

  func describe(into tree: inout FieldBuffer) {
    let fields = IPsecFields.fields
    tree.addProtocol("ah")
    tree.columns.protocolName = "AH"
    tree.columns.startInfo()
    tree.columns.info.write("AH (SPI=0x")
    tree.columns.info.write(hex: UInt64(bytes.uint32(at: 4)), digits: 8)
    tree.columns.info.write(")")
    let top = tree.opened(fields.ah, count: bytes.count)
    tree.add(fields.next, bytes[0], at: 0, count: 1)
    let count = bytes.count
    let length = tree.add(fields.length, bytes[1], at: 1, count: 1)
    tree.note(length) {
      $0.write(" (")
      $0.write(decimal: count)
      $0.write(" bytes)")
    }
    tree.add(fields.reserved, bytes.part(2, 4), at: 2)
    tree.add(fields.authenticationIndex, bytes.uint32(at: 4), at: 4, count: 4)
    tree.add(fields.authenticationSequence, bytes.uint32(at: 8), at: 8, count: 4)
    if count > 12 { tree.add(fields.check, bytes.part(12, count), at: 12) }
    tree.close(top)
  }
}

/// An encapsulating security payload: only its header can be read (RFC 4303).
struct EncapsulatingSecurityPayload: ~Escapable {
  private let bytes: Span<UInt8>

  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) throws(DecodeError) {
    guard bytes.count >= 8 else { throw layer.error(needed: 8) }
    self.bytes = bytes
  }

  func describe(into tree: inout FieldBuffer) {
    let fields = IPsecFields.fields
    tree.addProtocol("esp")
    tree.columns.protocolName = "ESP"
    tree.columns.startInfo()
    tree.columns.info.write("ESP (SPI=0x")
    tree.columns.info.write(hex: UInt64(bytes.uint32(at: 0)), digits: 8)
    tree.columns.info.write(")")
    let top = tree.opened(fields.esp, count: bytes.count)
    tree.add(fields.payloadIndex, bytes.uint32(at: 0), at: 0, count: 4)
    tree.add(fields.payloadSequence, bytes.uint32(at: 4), at: 4, count: 4)
    tree.close(top)
  }
}

/// The fields of IPsec.
struct IPsecFields: FieldSet {
  let ah = Field("ah", "Authentication Header", .proto)
  let next = Field(
    "ah.next_header", "Next header", .uint8, .natural, .names { IPProtocol.name($0) })
  let length = Field("ah.length", "Length", .uint8)
  let reserved = Field("ah.reserved", "Reserved", .bytes)
  let authenticationIndex = Field("ah.spi", "AH SPI", .uint32, .hex)
  let authenticationSequence = Field("ah.sequence", "AH Sequence", .uint32)
  let check = Field("ah.icv", "AH ICV", .bytes)
  let esp = Field("esp", "Encapsulating Security Payload", .proto)
  let payloadIndex = Field("esp.spi", "ESP SPI", .uint32, .hexDecimal)
  let payloadSequence = Field("esp.sequence", "ESP Sequence", .uint32)

  static let fields = Self()
}

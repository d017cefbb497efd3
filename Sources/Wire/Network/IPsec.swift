import Fields

/// An IP authentication header, viewed in place (RFC 4302).
struct AuthenticationHeader: LayerView, ~Escapable {
  private let reader: ByteReader

  /// Checks nothing: `next` and `describe` read on with checks of their own.
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) { reader = ByteReader(bytes, layer) }

  private static let fixedLength = 12

  /// What the header says of itself: it may be less than its fixed part.
  private func length() throws(DecodeError) -> Int { 4 * (Int(try reader.uint8(at: 1)) + 2) }

  func next(_ layer: Layer) throws(DecodeError) -> Layer? {
    let length = try length()
    try reader.require(max(length, Self.fixedLength), at: 0)
    let number = IPProtocol(rawValue: reader.bytes[0])
    return layer.aboveIPv6(number, at: length)
  }

  func describe(
    _ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = IPsecFields.fields
    tree.addProtocol("ah")
    tree.columns.protocolName = "AH"
    tree.columns.startInfo()
    try reader.require(2, at: 0)
    let top = tree.opened(fields.ah, count: Self.fixedLength)
    tree.add(fields.next, reader.bytes[0], at: 0, count: 1)
    let length = try length()
    let item = tree.add(fields.length, reader.bytes[1], at: 1, count: 1)
    tree.note(item) {
      $0.write(" (")
      $0.write(decimal: length)
      $0.write(" bytes)")
    }
    tree.add(fields.reserved, try reader.part(at: 2, 2), at: 2)
    let index = try reader.uint32(at: 4)
    tree.add(fields.authenticationIndex, index, at: 4, count: 4)
    tree.columns.info.write("AH (SPI=0x")
    tree.columns.info.write(hex: UInt64(index), digits: 8)
    tree.columns.info.write(")")
    tree.add(fields.authenticationSequence, try reader.uint32(at: 8), at: 8, count: 4)
    let check = try reader.part(at: Self.fixedLength, max(0, length - Self.fixedLength))
    tree.add(fields.check, check, at: Self.fixedLength)
    tree.close(top)
    if tree.depth > 0 { tree.describeIPv6Next(IPProtocol(rawValue: reader.bytes[0])) }
  }
}

/// An encapsulating security payload: only its header can be read (RFC 4303).
struct EncapsulatingSecurityPayload: LayerView, ~Escapable {
  private let reader: ByteReader

  /// Checks nothing: `describe` reads with checks of its own.
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) { reader = ByteReader(bytes, layer) }

  /// nil where they are not there.
  var index: UInt32? { try? reader.uint32(at: 0) }
  var number: UInt32? { try? reader.uint32(at: 4) }

  func describe(
    _ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = IPsecFields.fields
    tree.addProtocol("esp")
    tree.columns.protocolName = "ESP"
    tree.columns.startInfo()
    let top = tree.opened(fields.esp, count: reader.count)
    let index = try reader.uint32(at: 0)
    tree.add(fields.payloadIndex, index, at: 0, count: 4)
    let number = try reader.uint32(at: 4)
    tree.add(fields.payloadSequence, number, at: 4, count: 4)
    tree.columns.info.write("ESP (SPI=0x")
    tree.columns.info.write(hex: UInt64(index), digits: 8)
    tree.columns.info.write(")")
    if let previous = context.found.security.first(where: { $0.layer == context.index }) {
      describe(number, after: previous.last, index, into: &tree)
    }
    tree.close(top)
  }

  /// Says where a number does not follow the one before.
  private func describe(
    _ number: UInt32, after last: SecuritySequences.Last, _ index: UInt32,
    into tree: inout FieldBuffer
  ) {
    let fields = IPsecFields.fields
    let expected = last.number &+ 1
    guard number != expected else { return }
    let item = tree.add(fields.expected, expected, at: 4, count: 4, .generated)
    let what: String
    if number == last.number {
      what = "\(number) repeated"
    } else if number > expected {
      tree.note(item, " (\(number - expected) SNs missing)")
      what = "\(number - expected) missing"
    } else {
      what = "\(expected - number) less than expected"
    }
    let digits = String(index, radix: 16)
    tree.expert(
      fields.wrongNumber, .warning, .sequence,
      "Wrong Sequence Number for SPI \(String(repeating: "0", count: 8 - digits.count))\(digits)"
        + " - \(what)", under: item)
    tree.add(fields.previous, last.frame, .generated)
  }
}

/// The number last seen in each security association, which its index names.
///
/// Bounded: all are forgotten where there are more than `limit`.
struct SecuritySequences: ~Copyable {
  struct Last: Sendable {
    let number: UInt32
    let frame: Int
  }
  static let limit = 32_768

  private var last: [UInt32: Last] = [:]

  /// Keeps the number and gives the one before.
  mutating func note(_ number: UInt32, of index: UInt32, frame: Int) -> Last? {
    if last.count >= Self.limit { last.removeAll(keepingCapacity: true) }
    return last.updateValue(Last(number: number, frame: frame), forKey: index)
  }
}

/// The fields of IPsec.
struct IPsecFields: FieldSet {
  let ah = Field("ah", "Authentication Header", .proto)
  let next = Field(
    "ah.next_header", "Next header", .uint8, .natural, .names { IPProtocolNumber.name($0) })
  let length = Field("ah.length", "Length", .uint8)
  let reserved = Field("ah.reserved", "Reserved", .bytes)
  let authenticationIndex = Field("ah.spi", "AH SPI", .uint32, .hex)
  let authenticationSequence = Field("ah.sequence", "AH Sequence", .uint32)
  let check = Field("ah.icv", "AH ICV", .bytes)
  let esp = Field("esp", "Encapsulating Security Payload", .proto)
  let payloadIndex = Field("esp.spi", "ESP SPI", .uint32, .hexDecimal)
  let payloadSequence = Field("esp.sequence", "ESP Sequence", .uint32)
  let expected = Field("esp.sequence-analysis.expected-sn", "Expected SN", .uint32)
  let previous = Field(
    "esp.sequence-analysis.previous-frame", "Previous Frame", .frameNumber)
  let wrongNumber = Field(
    "esp.sequence-analysis.wrong-sequence-number", "Wrong Sequence Number", .none)

  static let fields = Self()
}

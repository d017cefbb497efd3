import Fields

/// The header of BSD loopback captures: an address family, in the byte order of the machine that captured. OpenBSD
/// writes it in network order.
struct LoopbackHeader: LayerView, ~Escapable {
  static let headerLength = 4

  /// Address family, or one with an EtherType in its lower half where the number is too large for a family.
  let value: UInt32

  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) throws(DecodeError) {
    guard bytes.count >= Self.headerLength else { throw layer.error(needed: Self.headerLength) }
    value = layer.kind == .openBSDLoopback ? bytes.uint32(at: 0) : Self.value(ofEitherOrder: bytes)
  }

  /// A family is small: where the upper half is set, the number is in the other order, or has 16 bits only.
  private static func value(ofEitherOrder bytes: Span<UInt8>) -> UInt32 {
    let number = bytes.uint32LittleEndian(at: 0)
    if number & 0xffff_0000 == 0 { return number }
    return number & 0xff00_0000 == 0 && number & 0x00ff_0000 < 0x0006_0000
      ? number >> 16 : number.byteSwapped
  }

  private var isFamily: Bool { value <= UInt32(EtherType.maximumLength) }
  private var kind: LayerKind? {
    switch value {
    case 2: .internetProtocol
    case 24, 28, 30: .ipv6
    default: nil
    }
  }

  func next(_ layer: Layer) -> Layer? {
    if !isFamily {
      return EtherType(rawValue: UInt16(truncatingIfNeeded: value))
        .layer(above: layer, at: Self.headerLength)
    }
    return layer.above(kind ?? .data, at: Self.headerLength)
  }

  func describe(
    _ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) {
    let fields = LoopbackFields.fields
    tree.columns.setNotAvailable()
    tree.columns.setInfo("Null/Loopback")
    tree.addProtocol("null")
    let top = tree.opened(fields.null, count: Self.headerLength)
    if !isFamily {
      tree.add(fields.type, UInt16(truncatingIfNeeded: value), count: Self.headerLength)
    } else {
      tree.add(fields.family, value, count: Self.headerLength)
    }
    tree.close(top)
  }
}

extension Columns {
  /// A link layer that has neither addresses nor a name.
  mutating func setNotAvailable() {
    protocolName = "N/A"
    setAddresses({ $0.write("N/A") }, { $0.write("N/A") })
  }
}

/// The fields of BSD loopback headers.
struct LoopbackFields: FieldSet {
  let null = Field("null", "Null/Loopback", .proto)
  let family = Field(
    "null.family", "Family", .uint32, .natural, .names { LoopbackFields.familyName($0) })
  let type = Field("null.type", "Type", .uint16, .hex, .names { EtherType.name($0) })

  static let fields = Self()

  static func familyName(_ number: UInt64) -> String? {
    switch number {
    case 2: "IP"
    case 7: "OSI"
    case 16: "Appletalk"
    case 23: "Netware IPX/SPX"
    case 24, 28, 30: "IPv6"
    default: nil
    }
  }
}

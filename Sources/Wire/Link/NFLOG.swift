import Fields

/// What Linux Netfilter logs of a packet (LINKTYPE_NFLOG), viewed in place: a header and attributes, the last of which
/// is the packet mostly. Attributes are in the byte order of the machine that captured.
struct NFLOGHeader: LayerView, ~Escapable {
  static let headerLength = 4
  private static let attributeHeaderLength = 4

  private let reader: ByteReader
  private let isBigEndian: Bool

  /// `next` and `describe` check as they go.
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) throws(DecodeError) {
    guard !bytes.isEmpty else { throw layer.error(needed: 1) }
    reader = ByteReader(bytes, layer)
    isBigEndian =
      !Self.attributesFit(bytes, isBigEndian: false)
      && Self.attributesFit(bytes, isBigEndian: true)
  }

  private var bytes: Span<UInt8> {
    @_lifetime(copy self) get { reader.bytes }
  }

  private struct Attribute {
    let kind: UInt16
    let start: Int
    let length: Int

    var valueStart: Int { start + attributeHeaderLength }
    /// Attributes begin at multiples of four bytes.
    var next: Int { start + (length + 3) & ~3 }
  }

  /// Whether the lengths of the attributes lead to the end of the bytes.
  private static func attributesFit(_ bytes: Span<UInt8>, isBigEndian: Bool) -> Bool {
    var at = headerLength
    while at + attributeHeaderLength <= bytes.count {
      let length = isBigEndian ? bytes.uint16(at: at) : bytes.uint16LittleEndian(at: at)
      guard length >= attributeHeaderLength else { return false }
      at += (Int(length) + 3) & ~3
    }
    return at >= bytes.count && at < bytes.count + attributeHeaderLength
  }

  /// Nil at the end, which a length that is none makes too.
  private func attribute(at start: Int) throws(DecodeError) -> Attribute? {
    guard start < bytes.count, start + 2 <= reader.wireCount else { return nil }
    try reader.require(Self.attributeHeaderLength, at: start)
    let (length, kind) =
      isBigEndian
      ? (bytes.uint16(at: start), bytes.uint16(at: start + 2))
      : (bytes.uint16LittleEndian(at: start), bytes.uint16LittleEndian(at: start + 2))
    guard Int(length) >= Self.attributeHeaderLength else { return nil }
    return Attribute(kind: kind & 0x7fff, start: start, length: Int(length))
  }

  func next(_ layer: Layer) throws(DecodeError) -> Layer? {
    try reader.require(Self.headerLength, at: 0)
    var type: EtherType? =
      switch bytes[0] {
      case 2: .ipv4
      case 10: .ipv6
      default: nil
      }
    var at = Self.headerLength
    while let attribute = try attribute(at: at) {
      switch attribute.kind {
      case 1:
        type = EtherType(rawValue: try reader.uint16(at: attribute.valueStart))
      case 9:
        let length = attribute.length - Self.attributeHeaderLength
        guard let type else {
          return layer.above(.data, at: attribute.valueStart, length: length)
        }
        // The capture may not have all of it.
        var packet = layer
        packet = packet.above(layer.kind, at: 0, length: attribute.start + attribute.length)
        return type.layer(above: packet, at: attribute.valueStart)
      default: break
      }
      at = attribute.next
    }
    return nil
  }

  func describe(
    _ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = NFLOGFields.fields
    tree.addProtocol("nflog")
    tree.columns.protocolName = "NFLOG"
    tree.columns.startInfo()
    let top = tree.opened(fields.nflog, count: reader.count)
    defer { tree.close(top) }
    tree.add(fields.family, try reader.uint8(at: 0), at: 0, count: 1)
    tree.add(fields.version, try reader.uint8(at: 1), at: 1, count: 1)
    tree.add(fields.resource, try reader.uint16(at: 2), at: 2, count: 2)
    var at = Self.headerLength
    while let attribute = try attribute(at: at) {
      try describe(attribute, into: &tree)
      at = attribute.next
    }
  }

  private func describe(
    _ attribute: Attribute, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = NFLOGFields.fields
    let (kind, length) = (attribute.kind, attribute.length)
    let item = tree.add(
      fields.attribute, try reader.part(at: attribute.start, length), at: attribute.start)
    tree.relabel(item) {
      $0.write("TLV Type: \(NFLOGFields.attributeName(UInt64(kind)) ?? "Unknown") (\(kind))")
      $0.write(", Length: \(length)")
    }
    tree.open(item)
    defer { tree.close(item) }
    tree.add(fields.length, length, at: attribute.start, count: 2)
    tree.add(fields.kind, bitsOf: kind, at: attribute.start + 2, count: 2)
    let (at, count) = (attribute.valueStart, length - Self.attributeHeaderLength)
    let value = try reader.part(at: at, count)
    switch (kind, count) {
    case (1, 4):
      tree.add(fields.hardwareProtocol, value.uint16(at: 0), at: at, count: 2)
      tree.add(fields.hook, value[2], at: at + 2, count: 1)
    case (3, 16):
      let microseconds = value.uint64(at: 8) % 1_000_000
      let time = TimeValue(
        seconds: Int64(truncatingIfNeeded: value.uint64(at: 0)),
        nanoseconds: Int32(truncatingIfNeeded: microseconds * 1000))
      tree.add(fields.time, .time(time), at: at, count: 16)
    case (4...7, 4):
      tree.add(fields.interfaces[Int(kind) - 4], value.uint32(at: 0), at: at, count: 4)
    case (9, _): break
    case (10, _): tree.add(fields.prefix, value.untilZero, at: at)
    case (11, 4), (14, 4):
      let number = Int32(bitPattern: value.uint32(at: 0))
      tree.add(kind == 11 ? fields.user : fields.group, number, at: at, count: 4)
    default: tree.add(fields.value, value, at: at)
    }
  }
}

/// The fields of NFLOG.
struct NFLOGFields: FieldSet {
  let nflog = Field("nflog", "Linux Netfilter NFLOG", .proto)
  let family = Field(
    "nflog.family", "Family", .uint8, .natural, .names { NFLOGFields.familyName($0) })
  let version = Field("nflog.version", "Version", .uint8)
  let resource = Field("nflog.res_id", "Resource id", .uint16)
  let attribute = Field("nflog.tlv", "TLV", .bytes)
  let length = Field("nflog.tlv_length", "Length", .uint16)
  let kind = Field(
    "nflog.tlv_type", "Type", .uint16, .natural, .names { NFLOGFields.attributeName($0) },
    mask: 0x7fff)
  let hardwareProtocol = Field(
    "nflog.protocol", "HW protocol", .uint16, .hex, .names { EtherType.name($0) })
  let hook = Field(
    "nflog.hook", "Netfilter hook", .uint8, .natural,
    .names {
      word(
        $0,
        ["Pre-routing", "Local in", "Forward", "Local out", "Post-routing", "Number of hooks"])
    })
  let interfaces = ["INDEV", "OUTDEV", "PHYSINDEV", "PHYSOUTDEV"].map {
    Field("nflog.ifindex_\($0.lowercased())", "IFINDEX_\($0)", .uint32)
  }
  let prefix = Field("nflog.prefix", "Prefix", .string)
  let user = Field("nflog.uid", "UID", .int32)
  let group = Field("nflog.gid", "GID", .int32)
  let time = Field("nflog.timestamp", "Timestamp", .absoluteTime)
  let value = Field("nflog.tlv_value", "Value", .bytes)

  static let fields = Self()

  private static func familyName(_ number: UInt64) -> String? {
    switch number {
    case 0: "Unspecified"
    case 1: "IPv4/IPv6"
    case 2: "IPv4"
    case 3: "ARP"
    case 5: "Netdev"
    case 7: "Bridge"
    case 10: "IPv6"
    case 12: "DECNET"
    default: nil
    }
  }

  static func attributeName(_ number: UInt64) -> String? {
    word(
      number,
      [
        "UNSPEC", "PACKET_HDR", "MARK", "TIMESTAMP", "IFINDEX_INDEV", "IFINDEX_OUTDEV",
        "IFINDEX_PHYSINDEV", "IFINDEX_PHYSOUTDEV", "HWADDR", "PAYLOAD", "PREFIX", "UID", "SEQ",
        "SEQ_GLOBAL", "GID", "HWTYPE", "HWHEADER", "HWLEN",
      ]
    ).map { "NFULA_\($0)" }
  }
}

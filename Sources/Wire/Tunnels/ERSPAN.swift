import Fields

/// A frame that a switch mirrors in GRE, viewed in place (draft-foschiano-erspan): without a header of its own where
/// GRE has no sequence number (type I), else with one of type II or III.
struct ERSPANHeader: LayerView, ~Escapable {
  private let reader: ByteReader
  private let isPlain: Bool

  /// `next` and `describe` check as they go.
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) {
    reader = ByteReader(bytes, layer)
    isPlain = layer.kind == .plainERSPAN
  }

  private static let typeII: UInt16 = 1
  private static let typeIII: UInt16 = 2

  func next(_ layer: Layer) throws(DecodeError) -> Layer? {
    if isPlain { return layer.above(.ethernet, at: 0) }
    switch try reader.uint16(at: 0) >> 12 {
    case Self.typeII:
      try reader.require(8, at: 0)
      return layer.above(.ethernet, at: 8)
    case Self.typeIII:
      let flags = try reader.uint16(at: 10)
      let end = flags & 1 == 1 ? 20 : 12
      try reader.require(end, at: 0)
      return layer.above(flags & 0x7c00 == 0 ? .ethernet : .data, at: end)
    default: return nil
    }
  }

  func describe(
    _ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = ERSPANFields.fields
    tree.addProtocol("erspan")
    tree.columns.protocolName = "ERSPAN"
    tree.columns.setInfo("ERSPAN:")
    let top = tree.opened(fields.erspan, count: reader.count)
    defer { tree.close(top) }
    if isPlain {
      tree.note(top, " Type I")
      return
    }
    let head = try reader.uint16(at: 0)
    let version = head >> 12
    tree.note(top, " \(ERSPANFields.versionName(UInt64(version)) ?? "Unknown")")
    tree.add(fields.version, bitsOf: head, at: 0, count: 2)
    guard version == Self.typeII || version == Self.typeIII else {
      let item = tree.add(fields.version, bitsOf: head, at: 0, count: 2)
      tree.expert(
        fields.versionUnknown, .warning, .undecoded,
        "Unknown version, please report or test to use fake ERSPAN preference", under: item)
      return
    }
    tree.add(fields.vlan, bitsOf: head, at: 0, count: 2)
    let second = try reader.uint16(at: 2)
    tree.add(fields.serviceClass, bitsOf: second, at: 2, count: 2)
    tree.add(
      version == Self.typeII ? fields.encapsulation : fields.integrity, bitsOf: second, at: 2,
      count: 2)
    tree.add(fields.truncated, bitsOf: second, at: 2, count: 2)
    tree.add(fields.spanID, bitsOf: second, at: 2, count: 2)
    if version == Self.typeII {
      let third = try reader.uint32(at: 4)
      tree.add(fields.reserved, bitsOf: third, at: 4, count: 4)
      tree.add(fields.index, bitsOf: third, at: 4, count: 4)
    } else {
      try describeRest(into: &tree)
    }
  }

  private func describeRest(into tree: inout FieldBuffer) throws(DecodeError) {
    let fields = ERSPANFields.fields
    tree.add(fields.timestamp, bitsOf: try reader.uint32(at: 4), at: 4, count: 4)
    tree.add(fields.securityGroup, bitsOf: try reader.uint16(at: 8), at: 8, count: 2)
    let flags = try reader.uint16(at: 10)
    for field in [
      fields.hasFrame, fields.frameType, fields.hardwareID, fields.direction, fields.granularity,
      fields.hasSubheader,
    ] { tree.add(field, bitsOf: flags, at: 10, count: 2) }
    guard flags & 1 == 1 else { return }
    let platform = try reader.uint32(at: 12)
    tree.add(fields.platform, bitsOf: platform, at: 12, count: 4)
    // Other platforms lay the rest out in other ways.
    guard platform >> 26 == 0 || platform >> 26 == 7 else { return }
    tree.add(fields.platformReserved, bitsOf: platform, at: 12, count: 4)
    tree.add(fields.sourceIndex, bitsOf: platform, at: 12, count: 4)
    tree.add(fields.upperTimestamp, bitsOf: try reader.uint32(at: 16), at: 16, count: 4)
  }
}

/// The fields of ERSPAN.
struct ERSPANFields: FieldSet {
  let erspan = Field("erspan", "Encapsulated Remote Switch Packet ANalysis", .proto)
  let version = Field(
    "erspan.version", "Version", .uint16, .natural,
    .names { ERSPANFields.versionName($0) }, mask: 0xf000)
  let versionUnknown = Field("erspan.version.unknown", "Unknown version", .none)
  let vlan = Field("erspan.vlan", "Vlan", .uint16, mask: 0x0fff)
  let serviceClass = Field("erspan.cos", "COS", .uint16, mask: 0xe000)
  let encapsulation = Field(
    "erspan.encap", "Encap", .uint16, .natural,
    .names {
      word(
        $0,
        [
          "Originally without VLAN tag", "Originally ISL encapsulated",
          "Originally 802.1Q encapsulated", "VLAN tag preserved in frame",
        ])
    }, mask: 0x1800)
  let integrity = Field(
    "erspan.bso", "Bad/Short/Oversized", .uint16, .natural,
    .names {
      word(
        $0,
        ["Good or unknown integrity", "Bad (CRC error)", "Short (< 64 bytes)", "Oversized"])
    }, mask: 0x1800)
  let truncated = Field(
    "erspan.truncated", "Truncated", .uint16, .natural,
    .names { word($0, ["Not truncated", "Truncated"]) }, mask: 0x0400)
  let spanID = Field("erspan.spanid", "SpanID", .uint16, mask: 0x03ff)
  let reserved = Field("erspan.reserved", "Reserved", .uint32, mask: 0xfff0_0000)
  let index = Field("erspan.index", "Index", .uint32, mask: 0x000f_ffff)
  let timestamp = Field("erspan.timestamp", "Timestamp", .uint32, mask: 0xffff_ffff)
  let securityGroup = Field("erspan.sgt", "Security Group Tag", .uint16, mask: 0xffff)
  let hasFrame = Field("erspan.p", "Has Ethernet PDU", .uint16, mask: 0x8000)
  let frameType = Field(
    "erspan.ft", "Frame Type", .uint16, .natural,
    .names { word($0, ["Ethernet", "", "IP"]) }, mask: 0x7c00)
  let hardwareID = Field("erspan.hw", "Hardware ID", .uint16, mask: 0x03f0)
  let direction = Field(
    "erspan.direction", "Direction", .boolean, .natural,
    .words(true: "Egress", false: "Ingress"), mask: 0x0008, of: 16)
  let granularity = Field(
    "erspan.gra", "Timestamp granularity", .uint16, .natural,
    .names {
      word($0, ["100 microseconds", "100 nanoseconds", "IEEE 1588", "Custom granularity"])
    }, mask: 0x0006)
  let hasSubheader = Field("erspan.o", "Optional Sub headers", .uint16, mask: 0x0001)
  let platform = Field("erspan.platid", "Platform ID", .uint32, mask: 0xfc00_0000)
  let platformReserved = Field("erspan.pid7.rsvd1", "Reserved", .uint32, mask: 0x03f0_0000)
  let sourceIndex = Field("erspan.pid7.source_index", "Source Index", .uint32, mask: 0x000f_ffff)
  let upperTimestamp = Field(
    "erspan.pid7.timestamp", "Upper 32-bit Timestamp", .uint32, mask: 0xffff_ffff)

  static let fields = Self()

  static func versionName(_ number: UInt64) -> String? {
    switch number {
    case 1: "Type II"
    case 2: "Type III"
    default: nil
    }
  }
}

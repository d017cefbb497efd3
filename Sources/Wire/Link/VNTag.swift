import Fields

/// A tag that names virtual interfaces (Cisco VN-Tag, EtherType 0x8926), viewed in place.
struct VNTag: LayerView, ~Escapable {
  static let headerLength = 6

  private let reader: ByteReader

  /// `next` and `describe` check as they go.
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) throws(DecodeError) {
    reader = ByteReader(bytes, layer)
  }

  private func etherType() throws(DecodeError) -> EtherType {
    EtherType(rawValue: try reader.uint16(at: 4))
  }

  func next(_ layer: Layer) throws(DecodeError) -> Layer? {
    let type = try etherType()
    guard type.rawValue <= EtherType.maximumLength else {
      return type.layer(above: layer, at: Self.headerLength)
    }
    return layer.above(.llc, at: Self.headerLength, length: Int(type.rawValue))
  }

  func describe(
    _ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = VNTagFields.fields
    tree.addProtocol("vntag")
    tree.columns.protocolName = "VNTAG"
    tree.columns.startInfo()
    let top = tree.opened(fields.vntag, count: 4)
    defer { tree.close(top) }
    let tag = try reader.uint32(at: 0)
    for field in [
      fields.direction, fields.pointer, fields.destination, fields.looped, fields.reserved,
      fields.version, fields.source,
    ] { tree.add(field, bitsOf: tag, at: 0, count: 4) }
    let type = try etherType()
    if type.rawValue <= EtherType.maximumLength {
      let length = Int(type.rawValue)
      let item = tree.add(fields.length, length, at: 4, count: 2)
      if Self.headerLength + length > layer.wireCount {
        tree.expert(
          fields.lengthPastEnd, .error, .malformed,
          "Length field value goes past the end of the payload", under: item)
      }
      return
    }
    tree.add(fields.type, type.rawValue, at: 4, count: 2)
    tree.addProtocol("ethertype")
    if context.layerAbove?.kind == .data { type.setColumns(of: &tree) }
    if let end = context.payloadEnd(of: layer) {
      try reader.bytes.describeTrailer(
        from: end, layer, context, as: fields.trailer, mayHaveCheck: false, into: &tree)
    }
  }
}

/// The fields of VN-Tags.
struct VNTagFields: FieldSet {
  let vntag = Field("vntag", "VN-Tag", .proto)
  let direction = Field(
    "vntag.dir", "Direction", .boolean, .natural,
    .words(true: "From Bridge", false: "To Bridge"), mask: 0x8000_0000, of: 32)
  let pointer = Field(
    "vntag.ptr", "Pointer", .boolean, .natural, .words(true: "vif_list_id", false: "vif_id"),
    mask: 0x4000_0000, of: 32)
  let destination = Field("vntag.dst", "Destination", .uint32, mask: 0x3fff_0000)
  let looped = Field("vntag.looped", "Looped", .boolean, .natural, .yesNo, mask: 0x8000, of: 32)
  let reserved = Field("vntag.r", "Reserved", .uint32, mask: 0x4000)
  let version = Field("vntag.version", "Version", .uint32, mask: 0x3000)
  let source = Field("vntag.src", "Source", .uint32, mask: 0x0fff)
  let type = Field("vntag.etype", "Type", .uint16, .hex, .names { EtherType.name($0) })
  let length = Field("vntag.len", "Length", .uint16)
  let lengthPastEnd = Field(
    "vntag.len.past_end", "Length field value goes past the end of the payload", .none)
  let trailer = Field("vntag.trailer", "Trailer", .bytes)

  static let fields = Self()
}

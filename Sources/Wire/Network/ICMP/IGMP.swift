import Fields

/// An IGMP message (RFC 1112, 2236, 3376), viewed in place. `describe` checks what it reads as it goes.
struct IGMPMessage: LayerView, ~Escapable {
  private let reader: ByteReader

  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) { self.reader = ByteReader(bytes, layer) }

  func describe(
    _ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    guard layer.wireCount > 0 else { return }
    tree.addProtocol("igmp")
    let type = try reader.uint8(at: 0)
    guard let version = try version(type, layer) else {
      tree.columns.protocolName = "IGMP"
      describe(unknown: type, into: &tree)
      return
    }
    tree.addProtocol("igmp")
    tree.columns.protocolName = "IGMPv\(version)"
    tree.columns.setInfo(typeName(UInt64(type)) ?? "")
    let fields = IGMPFields.fields
    let top = tree.opened(fields.igmp, count: reader.count)
    defer { tree.close(top) }
    tree.add(fields.version, version, .generated)
    tree.add(fields.type, type, at: 0, count: 1)
    switch (version, type) {
    case (3, 0x22): try describe(reportOf: fields, layer, into: &tree)
    case (1, _):
      tree.add(fields.reserved, try reader.part(at: 1, 1), at: 1)
      let group = try describe(groupOf: fields, length: 8, layer, into: &tree)
      if type != 0x11, type != 0x12 { tree.columns.info.write(ipv4: group) }
    case (3, _): try describe(queryOf: fields, layer, into: &tree)
    default:
      try describe(responseTimeOf: fields, coded: false, into: &tree)
      let group = try describe(groupOf: fields, length: 8, layer, into: &tree)
      switch type {
      case 0x11: describe(target: group, &tree.columns)
      case 0x16:
        tree.columns.info.write(" group ")
        tree.columns.info.write(ipv4: group)
      default:
        tree.columns.info.write(" ")
        tree.columns.info.write(ipv4: group)
      }
    }
  }

  /// nil for what is not IGMP of a version that is decoded. A query's version follows from its length and its time.
  private func version(_ type: UInt8, _ layer: Layer) throws(DecodeError) -> Int? {
    switch type {
    case 0x11:
      if layer.wireCount >= 12 { return 3 }
      return try reader.uint8(at: 1) == 0 ? 1 : 2
    case 0x12: return 1
    case 0x16, 0x17: return 2
    case 0x22: return 3
    default: return nil
    }
  }

  private func describe(unknown type: UInt8, into tree: inout FieldBuffer) {
    let fields = IGMPFields.fields
    tree.columns.startInfo()
    tree.columns.info.write("Unknown Type:0x")
    tree.columns.info.write(hex: UInt64(type), digits: 2)
    let top = tree.opened(fields.igmp, count: reader.count)
    tree.add(fields.type, type, at: 0, count: 1)
    tree.add(fields.data, reader.rest(from: 1), at: 1)
    tree.close(top)
  }

  /// The time in tenths of a second; from 128 on it is a floating point number where it is coded (RFC 3376, 4.1.1).
  private func describe(
    responseTimeOf fields: IGMPFields, coded: Bool, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let code = try reader.uint8(at: 1)
    let isFloating = coded && code >= 0x80
    let exponent = UInt32(code >> 4 & 7), mantissa = UInt32(code & 15)
    let tenths = isFloating ? (mantissa | 16) << (exponent + 3) : UInt32(code)
    let item = tree.add(fields.responseTime, tenths, at: 1, count: 1)
    tree.relabel(item) {
      $0.write("Max Resp Time: ")
      $0.write(decimal: UInt64(tenths / 10))
      $0.write(".")
      $0.write(decimal: UInt64(tenths % 10))
      $0.write(" sec (0x")
      $0.write(hexByte: code)
      $0.write(")")
    }
    guard isFloating else { return }
    tree.open(item)
    tree.add(fields.exponent, bitsOf: code, at: 1, count: 1)
    tree.add(fields.mantissa, bitsOf: code, at: 1, count: 1)
    tree.close(item)
  }

  /// The checksum covers `length` bytes.
  private func describe(
    checksumOf fields: IGMPFields, length: Int, _ layer: Layer, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let isWhole = !layer.isQuoted && !layer.isFragment && length <= reader.count
    tree.add(
      checksum: try reader.uint16(at: 2), fields.checksums,
      sum: isWhole ? Checksum(over: reader.bytes.part(0, length)) : nil, severity: .error, at: 2)
  }

  private func describe(
    groupOf fields: IGMPFields, length: Int, _ layer: Layer, into tree: inout FieldBuffer
  ) throws(DecodeError) -> UInt32 {
    try describe(checksumOf: fields, length: length, layer, into: &tree)
    let group = try reader.uint32(at: 4)
    tree.add(fields.group, .ipv4(group), at: 4, count: 4)
    return group
  }

  private func describe(target group: UInt32, _ columns: inout Columns) {
    if group == 0 {
      columns.info.write(", general")
    } else {
      columns.info.write(", specific for group ")
      columns.info.write(ipv4: group)
    }
  }

  private func describe(
    queryOf fields: IGMPFields, _ layer: Layer, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    try describe(responseTimeOf: fields, coded: true, into: &tree)
    let group = try describe(groupOf: fields, length: layer.wireCount, layer, into: &tree)
    describe(target: group, &tree.columns)
    let flags = try reader.uint8(at: 8)
    tree.add(fields.suppress, bitsOf: flags, at: 8, count: 1)
    tree.add(fields.robustness, bitsOf: flags, at: 8, count: 1)
    tree.add(fields.interval, try reader.uint8(at: 9), at: 9, count: 1)
    let count = try reader.uint16(at: 10)
    tree.add(fields.sourceCount, count, at: 10, count: 2)
    guard count > 0 else { return }
    tree.columns.info.write(count == 1 ? ", source {" : ", sources {")
    _ = try describe(sources: Int(count), at: 12, fields, into: &tree)
    tree.columns.info.write("}")
  }

  /// Returns where the sources end.
  private func describe(
    sources count: Int, at start: Int, _ fields: IGMPFields, into tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    for index in 0..<count {
      let address = try reader.uint32(at: start + 4 * index)
      tree.add(fields.source, .ipv4(address), at: start + 4 * index, count: 4)
      tree.columns.info.write(ipv4: address)
      if index + 1 < count { tree.columns.info.write(", ") }
    }
    return start + 4 * count
  }

  private func describe(
    reportOf fields: IGMPFields, _ layer: Layer, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    tree.add(fields.reserved, try reader.part(at: 1, 1), at: 1)
    try describe(checksumOf: fields, length: layer.wireCount, layer, into: &tree)
    tree.add(fields.reserved, try reader.part(at: 4, 2), at: 4)
    let count = try reader.uint16(at: 6)
    tree.add(fields.recordCount, count, at: 6, count: 2)
    if count == 0 { tree.columns.info.write(" - General query") }
    var offset = 8
    for _ in 0..<count {
      offset = try describe(recordAt: offset, fields, into: &tree)
    }
  }

  /// Returns where the record ends.
  private func describe(
    recordAt start: Int, _ fields: IGMPFields, into tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    let group = try reader.uint32(at: start + 4)
    let type = try reader.uint8(at: start)
    let auxiliary = 4 * Int(try reader.uint8(at: start + 1))
    let count = Int(try reader.uint16(at: start + 2))
    let name = recordName(UInt64(type))
    let top = tree.addText(at: start, count: 8) {
      $0.write("Group Record : ")
      $0.write(ipv4: group)
      $0.write("  \(name ?? "")")
    }
    tree.open(top)
    defer { tree.close(top) }
    tree.add(fields.recordType, type, at: start, count: 1)
    tree.add(fields.auxiliaryLength, UInt8(auxiliary / 4), at: start + 1, count: 1)
    tree.add(fields.sourceCount, count, at: start + 2, count: 2)
    tree.add(fields.group, .ipv4(group), at: start + 4, count: 4)
    describe(record: type, group, sources: count, &tree.columns)
    var end = start + 8
    if count > 0 {
      // The sources of an unknown type are not in Info.
      end = try describe(sources: count, at: end, fields, into: &tree)
      tree.columns.info.write("}")
    }
    if auxiliary > 0 {
      tree.add(fields.auxiliary, try reader.part(at: end, auxiliary), at: end)
      end += auxiliary
    }
    tree.setLength(end - start, of: top)
    return end
  }

  private func describe(
    record type: UInt8, _ group: UInt32, sources count: Int, _ columns: inout Columns
  ) {
    let words: (before: String, after: String)
    switch (type, count) {
    case (1, 0), (3, 0): words = (" / Leave group ", "")
    case (2, 0), (4, 0): words = (" / Join group ", " for any sources")
    case (1, 1), (3, 1): words = (" / Join group ", " for source {")
    case (1, _), (3, _): words = (" / Join group ", " for sources in {")
    case (2, 1), (4, 1): words = (" / Join group ", ", for source not {")
    case (2, _), (4, _): words = (" / Join group ", ", for sources not in {")
    case (5, 0):
      words = (" / Group ", ", ALLOW_NEW_SOURCES but no source specified (?)")
    case (6, 0):
      words = (" / Group ", ", BLOCK_OLD_SOURCES but no source specified (?)")
    case (5, _): words = (" / Group ", ", new source\(count == 1 ? "" : "s") {")
    case (6, _): words = (" / Group ", ", block source\(count == 1 ? "" : "s") {")
    default: words = (" / Group ", ", unknown record type (?)\(count > 0 ? " {" : "")")
    }
    columns.info.write(words.before)
    columns.info.write(ipv4: group)
    columns.info.write(words.after)
  }
}

@Sendable private func typeName(_ type: UInt64) -> String? {
  switch type {
  case 0x11: "Membership Query"
  case 0x12, 0x16, 0x22: "Membership Report"
  case 0x17: "Leave Group"
  default: nil
  }
}

@Sendable private func recordName(_ type: UInt64) -> String? {
  word(
    type,
    [
      "", "Mode Is Include", "Mode Is Exclude", "Change To Include Mode",
      "Change To Exclude Mode", "Allow New Sources", "Block Old Sources",
    ])
}

/// The fields of IGMP, as Wireshark names them.
struct IGMPFields: FieldSet {
  let igmp = Field("igmp", "Internet Group Management Protocol", .proto)
  let version = Field("igmp.version", "IGMP Version", .uint8)
  let type = Field("igmp.type", "Type", .uint8, .hex, .names(typeName))
  let reserved = Field("igmp.reserved", "Reserved", .bytes)
  let responseTime = Field("igmp.max_resp", "Max Resp Time", .uint8)
  let exponent = Field("igmp.max_resp.exp", "Exponent", .uint8, .hex, mask: 0x70)
  let mantissa = Field("igmp.max_resp.mant", "Mantissa", .uint8, .hex, mask: 0x0f)
  let checksum = Field("igmp.checksum", "Checksum", .uint16, .hex)
  let checksumStatus = Field(
    "igmp.checksum.status", "Checksum Status", .uint8, .wordsOnly, .names(checksumStatusName))
  let checksumBad = Field("igmp.bad_checksum", "Bad checksum", .none)
  var checksums: ChecksumFields {
    ChecksumFields(value: checksum, status: checksumStatus, bad: checksumBad)
  }
  let group = Field("igmp.maddr", "Multicast Address", .ipv4)
  let suppress = Field(
    "igmp.s", "S", .boolean, .natural,
    .words(
      true: "SUPPRESS router side processing", false: "Do not suppress router side processing"),
    mask: 0x08)
  let robustness = Field("igmp.qrv", "QRV", .uint8, mask: 0x07)
  let interval = Field("igmp.qqic", "QQIC", .uint8)
  let sourceCount = Field("igmp.num_src", "Num Src", .uint16)
  let source = Field("igmp.saddr", "Source Address", .ipv4)
  let recordCount = Field("igmp.num_grp_recs", "Num Group Records", .uint16)
  let recordType = Field("igmp.record_type", "Record Type", .uint8, .natural, .names(recordName))
  let auxiliaryLength = Field("igmp.aux_data_len", "Aux Data Len", .uint8)
  let auxiliary = Field("igmp.aux_data", "Aux Data", .bytes)
  let data = Field("igmp.data", "Data", .bytes)

  static let fields = Self()
}

import Fields

/// A message of the Layer 2 Tunneling Protocol, viewed in place: version 2 (RFC 2661) over UDP, version 3 (RFC 3931) over
/// UDP and over IP. Control messages are named; what their attributes say is not decoded.
///
/// What a session of version 3 carries was agreed on before: it is known here by what its first packet looks like.
struct L2TPHeader: LayerView, ~Escapable {
  private let reader: ByteReader
  /// Over IP there are no flags, but a session of number 0 for control messages.
  private let isOverIP: Bool

  /// `next` and `describe` check as they go.
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) throws(DecodeError) {
    reader = ByteReader(bytes, layer)
    isOverIP = layer.kind == .l2tpOverIP
  }

  private var bytes: Span<UInt8> {
    @_lifetime(copy self) get { reader.bytes }
  }

  /// The flags and the version, where the message has them.
  private func flags() throws(DecodeError) -> Flags? {
    guard isOverIP else { return Flags(rawValue: try reader.uint16(at: 0)) }
    return try reader.uint32(at: 0) == 0 ? Flags(rawValue: try reader.uint16(at: 4)) : nil
  }

  private struct Flags {
    let rawValue: UInt16

    var version: UInt16 { rawValue & 0xf }
    var isControl: Bool { rawValue & 0x8000 != 0 }
    var hasLength: Bool { rawValue & 0x4000 != 0 }
    var hasSequence: Bool { rawValue & 0x0800 != 0 }
    var hasOffset: Bool { rawValue & 0x0200 != 0 }
  }

  func next(_ layer: Layer) throws(DecodeError) -> Layer? {
    guard let flags = try flags() else { return pseudowire(layer, at: 4) }
    if flags.version == 3 {
      guard !flags.isControl else { return nil }
      try reader.require(8, at: 0)
      return pseudowire(layer, at: 8)
    }
    guard flags.version == 2 else { return layer.above(.data, at: 0) }
    guard !flags.isControl else { return nil }
    let (start, length) = try payload(flags)
    try reader.require(0, at: start)
    guard layer.wireCount > start else { return nil }
    return layer.above(.pppLink, at: start, length: length.map { max(0, $0 - start) })
  }

  /// Where the payload of a data message of version 2 begins, and how long the whole message says to be.
  private func payload(_ flags: Flags) throws(DecodeError) -> (start: Int, length: Int?) {
    var at = 2
    var length: Int?
    if flags.hasLength {
      length = Int(try reader.uint16(at: at))
      at += 2
    }
    at += 4
    if flags.hasSequence { at += 4 }
    if flags.hasOffset { at += 2 + Int(try reader.uint16(at: at)) }
    return (at, length)
  }

  private func pseudowire(_ layer: Layer, at start: Int) -> Layer? {
    guard layer.wireCount > start else { return nil }
    let content = PseudowireContent(reader.rest(from: start))
    return layer.above(content.kind, at: start + content.offset)
  }

  // MARK: Description

  func describe(
    _ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let flags = try flags()
    guard flags?.version == 2 else {
      if let version = flags?.version, version != 3 { return }
      return try describeVersion3(flags, into: &tree)
    }
    guard let flags else { return }
    let fields = L2TPFields.fields
    tree.addProtocol("l2tp")
    tree.columns.protocolName = "L2TP"
    tree.columns.startInfo()
    try reader.require(6 + (flags.hasLength ? 2 : 0), at: 0)
    let top = tree.opened(fields.l2tp, count: reader.count)
    defer { tree.close(top) }
    describe(flags, at: 0, into: &tree)
    var at = 2
    var length = reader.count
    if flags.hasLength {
      length = Int(bytes.uint16(at: at))
      tree.add(fields.length, length, at: at, count: 2)
      at += 2
    }
    let (tunnel, session) = (bytes.uint16(at: at), bytes.uint16(at: at + 2))
    tree.add(fields.tunnel, tunnel, at: at, count: 2)
    tree.add(fields.session, session, at: at + 2, count: 2)
    at += 4
    if flags.hasSequence {
      tree.add(fields.sent, try reader.uint16(at: at), at: at, count: 2)
      tree.add(fields.received, try reader.uint16(at: at + 2), at: at + 2, count: 2)
      at += 4
    }
    if flags.hasOffset {
      let offset = Int(try reader.uint16(at: at))
      tree.add(fields.offset, offset, at: at, count: 2)
      at += 2
      if offset > 0 { tree.addText("Offset Padding", at: at, count: offset) }
    }
    let identifiers = "(tunnel id=\(tunnel), session id=\(session))"
    guard flags.isControl else {
      tree.columns.info.write("Data Message            \(identifiers)")
      return
    }
    describeControl(at: at, until: length, identifiers, into: &tree)
  }

  private func describe(_ flags: Flags, at: Int, into tree: inout FieldBuffer) {
    let fields = L2TPFields.fields
    let isVersion2 = flags.version == 2
    let bits =
      [fields.lengthBit, fields.sequenceBit]
      + (isVersion2 ? [fields.offsetBit, fields.priority] : [])
    let item = tree.add(fields.flags, flags.rawValue, at: at, count: 2)
    tree.note(item) {
      $0.write(", Type: \(flags.isControl ? "Control Message" : "Data Message")")
      for bit in bits where UInt64(flags.rawValue) & bit.mask != 0 { $0.write(", \(bit.label)") }
    }
    tree.open(item)
    for bit in [fields.type] + bits + [fields.version] {
      tree.add(bit, bitsOf: flags.rawValue, at: at, count: 2)
    }
    tree.close(item)
  }

  /// A control message, by its first attribute; one without attributes acknowledges.
  private func describeControl(
    at start: Int, until end: Int, _ identifiers: String, into tree: inout FieldBuffer
  ) {
    guard start < min(end, reader.count) else {
      tree.columns.info.write("Control Message - ZLB      \(identifiers)")
      tree.addText("Zero Length Body message")
      return
    }
    var name = "Unknown"
    if start + 8 <= reader.count, bytes.uint16(at: start + 4) == 0 {
      name = L2TPFields.messageName(bytes.uint16(at: start + 6)) ?? name
    }
    tree.columns.info.write("Control Message - \(name) \(identifiers)")
  }

  private func describeVersion3(
    _ flags: Flags?, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = L2TPFields.fields
    tree.addProtocol("l2tp")
    tree.columns.protocolName = "L2TPv3"
    tree.columns.startInfo()
    let top = tree.add(fields.l2tp, .none, count: reader.count)
    tree.relabel(top, "Layer 2 Tunneling Protocol version 3")
    tree.open(top)
    defer { tree.close(top) }
    if isOverIP { tree.add(fields.session3, try reader.uint32(at: 0), at: 0, count: 4) }
    var at = isOverIP ? 4 : 0
    if let flags {
      describe(flags, at: at, into: &tree)
      at += 2
    }
    if let flags, flags.isControl {
      let length = try reader.uint16(at: at)
      tree.add(fields.length, length, at: at, count: 2)
      let connection = try reader.uint32(at: at + 2)
      tree.add(fields.connection, connection, at: at + 2, count: 4)
      tree.add(fields.sent, try reader.uint16(at: at + 6), at: at + 6, count: 2)
      tree.add(fields.received, try reader.uint16(at: at + 8), at: at + 8, count: 2)
      var number = TextBuffer()
      number.write(hex: UInt64(connection), digits: 8)
      describeControl(
        at: at + 10, until: at - 2 + Int(length), "(ccid=0x\(number.string))", into: &tree)
      return
    }
    if !isOverIP {
      tree.add(fields.reserved, try reader.uint16(at: at), at: at, count: 2)
      tree.add(fields.session3, try reader.uint32(at: at + 2), at: at + 2, count: 4)
      at += 6
    }
    tree.columns.info.write("D[S:0x")
    tree.columns.info.write(hex: UInt64(bytes.uint32(at: at - 4)), digits: 8)
    tree.columns.info.write("]")
    describePseudowire(at: at, into: &tree)
  }

  private func describePseudowire(at: Int, into tree: inout FieldBuffer) {
    let fields = L2TPFields.fields
    let content = PseudowireContent(reader.rest(from: at))
    if content.cookieLength > 0 {
      tree.add(fields.cookie, bytes.part(at, at + content.cookieLength), at: at)
    }
    if content.hasSublayer {
      tree.add(fields.sublayer, .none, at: at + content.cookieLength, count: 4)
    }
    tree.add(fields.pseudowire, content.type, .generated)
  }
}

/// What a session of L2TP version 3 carries, as far as its bytes tell: nothing in them says it.
struct PseudowireContent {
  let cookieLength: Int
  let hasSublayer: Bool
  let kind: LayerKind
  var offset: Int { cookieLength + (hasSublayer ? 4 : 0) }
  /// Wireshark's number (IANA's pseudowire types).
  var type: Int {
    switch kind {
    case .ethernet: 5
    case .pppLink: 7
    case .internetProtocol: 11
    default: 0
    }
  }

  init(_ bytes: Span<UInt8>) {
    for cookieLength in [0, 4, 8] {
      for hasSublayer in [false, true] {
        if hasSublayer, !Self.isSublayer(bytes.part(cookieLength, bytes.count)) { continue }
        let offset = cookieLength + (hasSublayer ? 4 : 0)
        if let kind = Self.kind(bytes.part(offset, bytes.count)) {
          (self.cookieLength, self.hasSublayer, self.kind) = (cookieLength, hasSublayer, kind)
          return
        }
      }
    }
    (cookieLength, hasSublayer, kind) = (0, false, .data)
  }

  /// The default sublayer (RFC 3931 4.6) has one flag and a number.
  private static func isSublayer(_ bytes: Span<UInt8>) -> Bool {
    bytes.count >= 4 && bytes[0] & 0xbf == 0
  }

  private static func kind(_ bytes: Span<UInt8>) -> LayerKind? {
    if isEthernet(bytes) { return .ethernet }
    if bytes.count > 4, bytes.uint16(at: 0) == 0xff03,
      let version = [0x0021: 4, 0x0057: 6][bytes.uint16(at: 2)],
      isPacket(bytes.part(4, bytes.count), version)
    {
      return .pppLink
    }
    return isPacket(bytes, 4) || isPacket(bytes, 6) ? .internetProtocol : nil
  }

  private static func isEthernet(_ bytes: Span<UInt8>) -> Bool {
    var at = 12
    while at + 2 <= bytes.count {
      let rest = bytes.part(at + 2, bytes.count)
      switch EtherType(rawValue: bytes.uint16(at: at)) {
      case .ipv4: return isPacket(rest, 4)
      case .ipv6: return isPacket(rest, 6)
      case .arp: return rest.count >= 4 && rest.uint32(at: 0) == 0x0001_0800
      case .vlan where at < 20, .serviceVLAN where at < 20: at += 4
      default: return false
      }
    }
    return false
  }

  /// Whether the bytes begin with an IP header whose length can be.
  private static func isPacket(_ bytes: Span<UInt8>, _ version: Int) -> Bool {
    guard bytes.count >= (version == 4 ? 20 : 40), Int(bytes[0] >> 4) == version else {
      return false
    }
    if version == 6 { return Int(bytes.uint16(at: 4)) + 40 <= max(bytes.count, 1500) }
    let length = Int(bytes.uint16(at: 2))
    return bytes[0] & 0xf >= 5 && length >= 20 && length <= max(bytes.count, 1500)
  }
}

/// The fields of L2TP.
struct L2TPFields: FieldSet {
  let l2tp = Field("l2tp", "Layer 2 Tunneling Protocol", .proto)
  let flags = Field("l2tp.flags", "Flags", .uint16, .hex)
  let type = Field(
    "l2tp.type", "Type", .uint16, .natural,
    .names { word($0, ["Data Message", "Control Message"]) }, mask: 0x8000)
  let lengthBit = bit("length_bit", "Length Bit", 0x4000, "Length field is")
  let sequenceBit = bit("seq_bit", "Sequence Bit", 0x0800, "Ns and Nr fields are")
  let offsetBit = Field(
    "l2tp.offset_bit", "Offset bit", .boolean, .natural,
    .words(
      true: "Offset Size field is present", false: "Offset size field is not present"),
    mask: 0x0200, of: 16)
  let priority = Field(
    "l2tp.priority", "Priority", .boolean, .natural,
    .words(true: "This data message has priority", false: "No priority"), mask: 0x0100, of: 16)
  let version = Field("l2tp.version", "Version", .uint16, mask: 0x000f)
  let length = Field("l2tp.length", "Length", .uint16)
  let tunnel = Field("l2tp.tunnel", "Tunnel ID", .uint16)
  let session = Field("l2tp.session", "Session ID", .uint16)
  let sent = Field("l2tp.Ns", "Ns", .uint16)
  let received = Field("l2tp.Nr", "Nr", .uint16)
  let offset = Field("l2tp.offset", "Offset", .uint16)
  let reserved = Field("l2tp.res", "Reserved", .uint16, .hex)
  let session3 = Field("l2tp.sid", "Session ID", .uint32, .hex)
  let connection = Field("l2tp.ccid", "Control Connection ID", .uint32, .hex)
  let cookie = Field("l2tp.cookie", "Cookie", .bytes)
  let sublayer = Field("l2tp.l2_spec_def", "Default L2-Specific Sublayer", .none)
  let pseudowire = Field(
    "l2tp.avp.pseudowire_type", "Pseudowire Type", .uint16, .natural,
    .names {
      switch $0 {
      case 5: "Ethernet"
      case 7: "PPP"
      case 11: "IP"
      default: nil
      }
    })

  static let fields = Self()

  private static func bit(
    _ name: String, _ label: String, _ mask: UInt64, _ what: String
  ) -> Field {
    Field(
      "l2tp.\(name)", label, .boolean, .natural,
      .words(true: "\(what) present", false: "\(what) not present"), mask: mask, of: 16)
  }

  static func messageName(_ number: UInt16) -> String? {
    word(
      number,
      [
        "", "SCCRQ", "SCCRP", "SCCCN", "StopCCN", "Reserved", "Hello", "OCRQ", "OCRP", "OCCN",
        "ICRQ", "ICRP", "ICCN", "Reserved", "CDN", "WEN", "SLI", "MDMST", "SRRQ", "SRRP", "ACK",
        "FSQ", "FSR", "MSRQ", "MSRP", "MSE", "MSI", "MSEN", "CSUN", "CSURQ",
      ])
  }
}

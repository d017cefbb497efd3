import Fields

/// Generic routing encapsulation (RFC 2784, RFC 2890; RFC 1701's routing; version 1 of RFC 2637), viewed in place.
struct GREHeader: LayerView, ~Escapable {
  static let headerLength = 4

  private let reader: ByteReader

  /// Checks the fixed part; `next` and `describe` check what the flags announce.
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) throws(DecodeError) {
    guard bytes.count >= Self.headerLength else { throw layer.error(needed: Self.headerLength) }
    reader = ByteReader(bytes, layer)
  }

  private var bytes: Span<UInt8> {
    @_lifetime(copy self) get { reader.bytes }
  }
  private var flags: UInt16 { bytes.uint16(at: 0) }
  private var type: EtherType { EtherType(rawValue: bytes.uint16(at: 2)) }
  private var version: UInt16 { flags & 7 }
  private var hasChecksum: Bool { flags & 0xc000 != 0 }
  private var hasRouting: Bool { flags & 0x4000 != 0 }
  private var hasKey: Bool { flags & 0x2000 != 0 }
  private var hasSequence: Bool { flags & 0x1000 != 0 }
  private var hasAcknowledgment: Bool { isPPP && version == 1 && flags & 0x80 != 0 }
  private var isPPP: Bool { type == .ppp }

  /// Where the payload begins.
  private func headerEnd() throws(DecodeError) -> Int {
    var offset = Self.headerLength
    for part in [hasChecksum, hasKey, hasSequence, hasAcknowledgment] where part { offset += 4 }
    guard hasRouting else { return offset }
    while true {
      let (family, length) = (try reader.uint16(at: offset), try reader.uint8(at: offset + 3))
      offset += 4 + Int(length)
      if family == 0, length == 0 { return offset }
    }
  }

  func next(_ layer: Layer) throws(DecodeError) -> Layer? {
    let end = try headerEnd()
    try reader.require(0, at: end)
    guard layer.wireCount > end else { return nil }
    if type == .ppp { return layer.above(.pppLink, at: end) }
    if type == .mirror { return layer.above(hasSequence ? .erspan : .plainERSPAN, at: end) }
    if let above = type.layerInGRE(above: layer, at: end) { return above }
    var data = layer.above(.data, at: end)
    data.depth = data.depth.deeper
    return data
  }

  func describe(
    _ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = GREFields.fields
    tree.addProtocol("gre")
    tree.columns.protocolName = "GRE"
    let name = GREFields.name(UInt64(type.rawValue))
    var number = TextBuffer()
    number.write("0x")
    number.write(String(type.rawValue, radix: 16, uppercase: true).leftPadded(to: 4))
    tree.columns.setInfo("Encapsulated \(name ?? "\(number.string) (unknown)")")
    let top = tree.opened(fields.gre, count: bytes.count)
    defer { tree.close(top) }
    tree.note(top) {
      $0.write(" (")
      if let name {
        $0.write(name)
      } else {
        $0.write("0x")
        $0.write(hex: UInt64(type.rawValue), digits: 4)
        $0.write(" - unknown")
      }
      $0.write(")")
    }
    describeFlags(into: &tree)
    tree.add(fields.type, type.rawValue, at: 2, count: 2)
    var offset = Self.headerLength
    if hasChecksum {
      try describeChecksum(at: offset, into: &tree)
      offset += 4
    }
    if hasKey {
      if isPPP, version == 1 {
        tree.add(fields.payloadLength, try reader.uint16(at: offset), at: offset, count: 2)
        tree.add(fields.callID, try reader.uint16(at: offset + 2), at: offset + 2, count: 2)
      } else {
        tree.add(fields.key, try reader.uint32(at: offset), at: offset, count: 4)
      }
      offset += 4
    }
    if hasSequence {
      tree.add(fields.sequence, try reader.uint32(at: offset), at: offset, count: 4)
      offset += 4
    }
    if hasAcknowledgment {
      tree.add(fields.acknowledgment, try reader.uint32(at: offset), at: offset, count: 4)
      offset += 4
    }
    if hasRouting { try describeRouting(at: offset, into: &tree) }
  }

  private func describeFlags(into tree: inout FieldBuffer) {
    let fields = GREFields.fields
    let flags = flags
    let item = tree.add(fields.flags, flags, at: 0, count: 2)
    tree.open(item)
    for field in [
      fields.checksumBit, fields.routingBit, fields.keyBit, fields.sequenceBit, fields.strictBit,
      fields.recursion,
    ] { tree.add(field, bitsOf: flags, at: 0, count: 2) }
    if isPPP, version != 0 {
      tree.add(fields.acknowledgmentBit, bitsOf: flags, at: 0, count: 2)
      tree.add(fields.reservedWithAcknowledgment, bitsOf: flags, at: 0, count: 2)
    } else {
      tree.add(fields.reserved, bitsOf: flags, at: 0, count: 2)
    }
    tree.add(fields.version, bitsOf: flags, at: 0, count: 2)
    tree.close(item)
  }

  private func describeChecksum(
    at offset: Int, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = GREFields.fields
    let checksum = try reader.uint16(at: offset)
    let item = tree.add(fields.checksum, checksum, at: offset, count: 2)
    let sum = Checksum(over: bytes)
    let status: Checksum.Status
    if flags & 0x8000 == 0 || bytes.count < reader.wireCount {
      tree.note(item, " [unverified]")
      status = .unverified
    } else if sum.folded == 0xffff {
      tree.note(item, " [correct]")
      status = .good
    } else {
      let expected = sum.expected(insteadOf: checksum)
      tree.note(item) {
        $0.write(" incorrect, should be 0x")
        $0.write(hex: UInt64(expected), digits: 4)
      }
      var message = TextBuffer()
      message.write("Incorrect GRE Checksum [should be 0x")
      message.write(hex: UInt64(expected), digits: 4)
      message.write("]")
      tree.expert(fields.checksumBad, .warning, .proto, message.string, under: item)
      status = .bad
    }
    tree.add(fields.checksumStatus, status.rawValue, at: offset, .generated)
    tree.add(fields.offset, try reader.uint16(at: offset + 2), at: offset + 2, count: 2)
  }

  private func describeRouting(
    at start: Int, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = GREFields.fields
    var offset = start
    while true {
      tree.add(fields.routing, .none, at: offset)
      let family = try reader.uint16(at: offset)
      tree.add(fields.addressFamily, family, at: offset, count: 2)
      tree.add(fields.entryOffset, try reader.uint8(at: offset + 2), at: offset + 2, count: 1)
      let length = try reader.uint8(at: offset + 3)
      tree.add(fields.entryLength, length, at: offset + 3, count: 1)
      if family == 0, length == 0 { return }
      tree.add(
        fields.information, try reader.part(at: offset + 4, Int(length)), at: offset + 4)
      offset += 4 + Int(length)
    }
  }
}

extension EtherType {
  /// The dispatch table of GRE, which takes fewer numbers than Ethernet does.
  func layerInGRE(above layer: Layer, at offset: Int) -> Layer? {
    switch self {
    case .ipv4: layer.above(.internetProtocol, at: offset)
    case .mirror3: layer.above(.erspan, at: offset)
    case .ipv6, .arp, .mpls, .bridging: self.layer(above: layer, at: offset)
    default: nil
    }
  }
}

extension String {
  fileprivate func leftPadded(to count: Int) -> String {
    String(repeating: "0", count: max(0, count - self.count)) + self
  }
}

/// The fields of GRE.
struct GREFields: FieldSet {
  let gre = Field("gre", "Generic Routing Encapsulation", .proto)
  let flags = Field("gre.flags_and_version", "Flags and Version", .uint16, .hex)
  let checksumBit = bit("checksum", "Checksum Bit", 0x8000)
  let routingBit = bit("routing", "Routing Bit", 0x4000)
  let keyBit = bit("key", "Key Bit", 0x2000)
  let sequenceBit = bit("sequence_number", "Sequence Number Bit", 0x1000)
  let strictBit = bit("strict_source_route", "Strict Source Route Bit", 0x0800)
  let recursion = Field(
    "gre.flags.recursion_control", "Recursion control", .uint16, mask: 0x0700)
  let acknowledgmentBit = bit("ack", "Acknowledgment", 0x0080)
  let reserved = Field("gre.flags.reserved", "Flags (Reserved)", .uint16, mask: 0x00f8)
  /// Where the first of the bits has a meaning.
  let reservedWithAcknowledgment = Field(
    "gre.flags.reserved", "Flags (Reserved)", .uint16, mask: 0x0078)
  let version = Field(
    "gre.flags.version", "Version", .uint16, .natural,
    .names { word($0, ["GRE", "Enhanced GRE"]) }, mask: 0x0007)
  let type = Field(
    "gre.proto", "Protocol Type", .uint16, .hex, .names { GREFields.name($0) })
  let checksum = Field("gre.checksum", "Checksum", .uint16, .hex)
  let checksumStatus = Field(
    "gre.checksum.status", "Checksum Status", .uint8, .wordsOnly,
    .names { Checksum.statusName($0) })
  let checksumBad = Field("gre.checksum.incorrect", "Incorrect GRE Checksum", .none)
  let offset = Field("gre.offset", "Offset", .uint16)
  let key = Field("gre.key", "Key", .uint32, .hex)
  let payloadLength = Field("gre.key.payload_length", "Payload Length", .uint16)
  let callID = Field("gre.key.call_id", "Call ID", .uint16)
  let sequence = Field("gre.sequence_number", "Sequence Number", .uint32)
  let acknowledgment = Field("gre.ack_number", "Acknowledgment Number", .uint32)
  let routing = Field("gre.routing", "Routing", .none)
  let addressFamily = Field("gre.routing.address_family", "Address Family", .uint16)
  let entryOffset = Field("gre.routing.sre_offset", "SRE Offset", .uint8)
  let entryLength = Field("gre.routing.src_length", "SRE Length", .uint8)
  let information = Field("gre.routing.information", "Routing Information", .bytes)

  static let fields = Self()

  private static func bit(_ name: String, _ label: String, _ mask: UInt64) -> Field {
    Field("gre.flags.\(name)", label, .boolean, .natural, .yesNo, mask: mask, of: 16)
  }
  static func name(_ number: UInt64) -> String? {
    switch number {
    case 0x0000: "Possible GRE keepalive packet"
    case 0x00fe: "OSI"
    case 0x0800: "IP"
    case 0x0806: "ARP"
    case 0x2000: "CDP (Cisco)"
    case 0x2001: "NHRP"
    case 0x22eb: "ERSPAN III"
    case 0x6400: "MIKROTIK EoIP"
    case 0x6558: "Transparent Ethernet bridging"
    case 0x6559: "Frame Relay"
    case 0x8137: "IPX"
    case 0x8200...0x8370 where number & 0xf == 0: "ARUBA WLAN"
    case 0x86dd: "IPv6"
    case 0x880b: "PPP"
    case 0x883e: "WCCP"
    case 0x8847: "MPLS label switched packet"
    case 0x8881: "CDMA2000 A10 Unstructured byte stream"
    case 0x88be: "ERSPAN"
    case 0x88d2: "CDMA2000 A10 3GPP2 Packet"
    case 0x8909: "CiscoMetaData"
    case 0x894f: "Network Service Header"
    case 0x9000: "ARUBA WLAN"
    case 0xb7ea: "Huawei GRE bonding"
    case 0xfeae: "AIROHIVE AP AP"
    default: nil
    }
  }
}

import Fields

/// The option of Multipath TCP (RFC 8684 3), described by itself: subflows are not joined.
struct MultipathOption: ~Escapable {
  private let bytes: Span<UInt8>
  private let isSyn: Bool
  private let place: Int

  /// At least the two bytes of kind and length.
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, isSyn: Bool, at place: Int) {
    self.bytes = bytes
    self.isSyn = isSyn
    self.place = place
  }

  private static let names = [
    "Multipath Capable", "Join Connection", "Data Sequence Signal", "Add Address",
    "Remove Address", "Change Subflow Priority", "TCP Fallback", "Fast Close", "TCP Reset",
  ]

  func describe(
    into tree: inout FieldBuffer, addKind: (inout FieldBuffer) -> Void
  ) {
    let fields = MultipathFields.fields
    tree.columns.protocolName = "MPTCP"
    let top = tree.opened(fields.mptcp, at: place, count: bytes.count)
    addKind(&tree)
    tree.add(TCPOptionFields.fields.length, bytes.count, at: place + 1, count: 1)
    guard bytes.count >= 3 else { return tree.close(top) }
    let subtype = Int(bytes[2] >> 4)
    let name = subtype < Self.names.count ? Self.names[subtype] : "Unknown (\(subtype))"
    tree.note(top, ": \(name)")
    let item = tree.add(fields.subtype, bitsOf: bytes[2], at: place + 2, count: 1)
    tree.relabel(item) {
      $0.write(bits: UInt64(bytes[2]), mask: 0xf0, of: 8)
      $0.write(
        " = Multipath TCP subtype: \(subtype < Self.names.count ? "\(name) (\(subtype))" : name)")
    }
    switch subtype {
    case 0: describeCapable(into: &tree)
    case 1: describeJoin(into: &tree)
    case 2: describeDataSequence(top, into: &tree)
    case 3: describeAddAddress(into: &tree)
    case 4:
      tree.add(fields.removedCount, bytes.count - 3, at: place + 2, count: 1, .generated)
      for offset in 3..<max(3, bytes.count) {
        tree.add(fields.addressID, bytes[offset], at: place + offset, count: 1)
      }
    case 5:
      describeFlags(at: 2, [fields.backup], into: &tree)
      if bytes.count >= 4 { tree.add(fields.addressID, bytes[3], at: place + 3, count: 1) }
    case 6, 7:
      guard bytes.count >= 12 else { break }
      tree.add(fields.reserved, bitsOf: bytes.uint16(at: 2), at: place + 2, count: 2)
      let field = subtype == 6 ? fields.dataSequence : fields.receiverKey
      tree.add(field, bytes.uint64(at: 4), at: place + 4, count: 8)
    case 8:
      describeFlags(
        at: 2, [fields.resetU, fields.resetV, fields.resetW, fields.transient], into: &tree)
      if bytes.count >= 4 { tree.add(fields.resetReason, bytes[3], at: place + 3, count: 1) }
    default: break
    }
    tree.close(top)
  }

  private func describeFlags(at offset: Int, _ flags: [Field], into tree: inout FieldBuffer) {
    let item = tree.opened(
      MultipathFields.fields.flags, .unsigned(UInt64(bytes[offset])), at: place + offset, count: 1)
    for flag in flags { tree.add(flag, bitsOf: bytes[offset], at: place + offset, count: 1) }
    tree.close(item)
  }

  private func describeCapable(into tree: inout FieldBuffer) {
    let fields = MultipathFields.fields
    tree.add(fields.version, bitsOf: bytes[2], at: place + 2, count: 1)
    guard bytes.count >= 4 else { return }
    describeFlags(
      at: 3, [fields.checksumRequired, fields.extensibility, fields.sha1, fields.reservedFlags],
      into: &tree)
    if bytes.count >= 12 {
      tree.add(fields.senderKey, bytes.uint64(at: 4), at: place + 4, count: 8)
    }
    if bytes.count >= 20 {
      tree.add(fields.receiverKey, bytes.uint64(at: 12), at: place + 12, count: 8)
    }
  }

  private func describeJoin(into tree: inout FieldBuffer) {
    let fields = MultipathFields.fields
    guard bytes.count == 12 || bytes.count == 16 || bytes.count == 24 else { return }
    if bytes.count == 24 {
      tree.add(fields.hmac, bytes.part(4, 24), at: place + 4)
      return
    }
    describeFlags(at: 2, [fields.backup], into: &tree)
    tree.add(fields.addressID, bytes[3], at: place + 3, count: 1)
    if bytes.count == 12 {
      tree.add(fields.receiverToken, bytes.uint32(at: 4), at: place + 4, count: 4)
      tree.add(fields.senderRandom, bytes.uint32(at: 8), at: place + 8, count: 4)
    } else {
      tree.add(fields.truncatedHMAC, bytes.uint64(at: 4), at: place + 4, count: 8)
      tree.add(fields.senderRandom, bytes.uint32(at: 12), at: place + 12, count: 4)
    }
  }

  private func describeDataSequence(_ top: FieldIndex, into tree: inout FieldBuffer) {
    let fields = MultipathFields.fields
    guard bytes.count >= 4 else { return }
    let flags = bytes[3]
    describeFlags(
      at: 3,
      [
        fields.dataFin, fields.longSequence, fields.hasSequence, fields.longAcknowledgment,
        fields.hasAcknowledgment,
      ], into: &tree)
    var offset = 4
    if flags & 1 != 0 {
      let size = flags & 2 != 0 ? 8 : 4
      guard offset + size <= bytes.count else { return }
      tree.add(
        fields.dataAcknowledgment, number(at: offset, size), at: place + offset, count: size)
      offset += size
    }
    guard flags & 4 != 0 else { return }
    let size = flags & 8 != 0 ? 8 : 4
    guard offset + size + 6 <= bytes.count else { return }
    let item = tree.add(
      fields.dataSequence, number(at: offset, size), at: place + offset, count: size)
    tree.note(item, "  (\(8 * size)bits version)")
    offset += size
    tree.add(
      fields.subflowSequence, bytes.uint32(at: offset), at: place + offset, count: 4)
    let length = bytes.uint16(at: offset + 4)
    tree.add(fields.dataLength, length, at: place + offset + 4, count: 2)
    if length == 0 {
      tree.expert(
        fields.infiniteMapping, .warning, .proto, "Fallback to infinite mapping", under: top)
    }
    if offset + 8 <= bytes.count {
      tree.add(fields.checksum, bytes.uint16(at: offset + 6), at: place + offset + 6, count: 2)
    }
  }

  private func number(at offset: Int, _ size: Int) -> UInt64 {
    size == 8 ? bytes.uint64(at: offset) : UInt64(bytes.uint32(at: offset))
  }

  private func describeAddAddress(into tree: inout FieldBuffer) {
    let fields = MultipathFields.fields
    guard bytes.count >= 4 else { return }
    tree.add(fields.echo, bitsOf: bytes[2], at: place + 2, count: 1)
    tree.add(fields.addressID, bytes[3], at: place + 3, count: 1)
    var offset = 4
    if [8, 10, 16, 18].contains(bytes.count) {
      tree.add(fields.ipv4, .ipv4(bytes.uint32(at: 4)), at: place + 4, count: 4)
      offset = 8
    } else if [20, 22, 28, 30].contains(bytes.count) {
      let address = FieldValue.ipv6(high: bytes.uint64(at: 4), low: bytes.uint64(at: 12))
      tree.add(fields.ipv6, address, at: place + 4, count: 16)
      offset = 20
    }
    if bytes.count % 8 == 2 || bytes.count == 22 || bytes.count == 30 {
      guard offset + 2 <= bytes.count else { return }
      tree.add(fields.port, bytes.uint16(at: offset), at: place + offset, count: 2)
      offset += 2
    }
    if offset > 4, offset + 8 <= bytes.count {
      tree.add(fields.addressHMAC, bytes.uint64(at: offset), at: place + offset, count: 8)
    }
  }
}

/// The fields of Multipath TCP, as Wireshark names them.
struct MultipathFields: FieldSet {
  let mptcp = Field("mptcp", "Multipath Transmission Control Protocol", .proto)
  let subtype = field("subtype", "Multipath TCP subtype", .uint8, mask: 0xf0)
  let version = field("version", "Multipath TCP version", .uint8, mask: 0x0f)
  let flags = field("flags", "Multipath TCP flags", .uint8, .hex)
  let checksumRequired = field("checksumreq.flags", "Checksum required", .uint8, mask: 0x80)
  let extensibility = field("extensibility.flag", "Extensibility", .uint8, mask: 0x40)
  let sha1 = field("sha1.flag", "Use HMAC-SHA1", .uint8, mask: 0x01)
  let reservedFlags = field("reserved.flag", "Reserved", .uint8, .hex, mask: 0x3e)
  let backup = field("backup.flag", "Backup flag", .uint8, mask: 0x01)
  let dataFin = field("datafin.flag", "DATA_FIN", .uint8, mask: 0x10)
  let longSequence = field(
    "dseqn8.flag", "Data Sequence Number is 8 octets", .uint8, mask: 0x08)
  let hasSequence = field(
    "dseqnpresent.flag",
    "Data Sequence Number, Subflow Sequence Number, Data-level Length, Checksum present", .uint8,
    mask: 0x04)
  let longAcknowledgment = field(
    "dataack8.flag", "Data ACK is 8 octets", .uint8, mask: 0x02)
  let hasAcknowledgment = field(
    "dataackpresent.flag", "Data ACK is present", .uint8, mask: 0x01)
  let resetU = resetFlag("flag_U.flag", "Flag U", 0x8)
  let resetV = resetFlag("flag_V.flag", "Flag V", 0x4)
  let resetW = resetFlag("flag_W.flag", "Flag W", 0x2)
  let transient = resetFlag("flag_T.flag", "Transient", 0x1)
  let resetReason = Field(
    "tcp.options.mptcp.rst_reason", "TCPRST Reason", .uint8, .hex,
    .names { $0 < reasons.count ? reasons[Int($0)] : nil })
  let senderKey = field("sendkey", "Sender's Key", .uint64)
  let receiverKey = field("recvkey", "Receiver's Key", .uint64)
  let receiverToken = field("recvtok", "Receiver's Token", .uint32)
  let senderRandom = field("sendrand", "Sender's Random Number", .uint32)
  let truncatedHMAC = field("sendtrunchmac", "Sender's Truncated HMAC", .uint64)
  let hmac = Field("tcp.options.mptcp.sendhmac", "Sender's HMAC", .bytes)
  let addressHMAC = field("addaddrtrunchmac", "Truncated HMAC", .uint64)
  let addressID = field("addrid", "Address ID", .uint8)
  let dataAcknowledgment = field("rawdataack", "Original MPTCP Data ACK", .uint64)
  let dataSequence = field("rawdataseqno", "Data Sequence Number", .uint64)
  let subflowSequence = field("subflowseqno", "Subflow Sequence Number", .uint32)
  let dataLength = field("datalvllen", "Data-level Length", .uint16)
  let checksum = field("checksum", "Checksum", .uint16, .hex)
  let echo = field("echo", "Echo", .uint8, mask: 0x01)
  let ipv4 = Field("tcp.options.mptcp.ipv4", "Advertised IPv4 Address", .ipv4)
  let ipv6 = Field("tcp.options.mptcp.ipv6", "Advertised IPv6 Address", .ipv6)
  let port = field("port", "Advertised port", .uint16)
  let reserved = field("reserved", "Reserved", .uint16, .hex, mask: 0x0fff)
  let removedCount = Field("mptcp.rm_addr.count", "Number of removed addresses", .uint8)
  let infiniteMapping = Field(
    "mptcp.dss.infinite_mapping", "Fallback to infinite mapping", .none)

  static let fields = Self()

  private static let reasons = [
    "Unspecified error", "MPTCP-specific error", "Lack of resources",
    "Administratively prohibited", "Too much outstanding data", "Unacceptable performance",
    "Middlebox interference",
  ]

  private static func field(
    _ name: String, _ label: String, _ type: FieldType, _ display: FieldDisplay = .natural,
    mask: UInt64 = 0
  ) -> Field {
    Field("tcp.options.mptcp.\(name)", label, type, display, mask: mask)
  }
  private static func resetFlag(_ name: String, _ label: String, _ mask: UInt64) -> Field {
    Field("tcp.options.mptcp.\(name)", label, .boolean, .natural, .setNotSet, mask: mask, of: 4)
  }
}

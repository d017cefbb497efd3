import Fields

/// The objects after a packet that ICMP quotes (RFC 4884), of ICMP for both IPs.
struct ICMPExtensions: ~Escapable {
  private let reader: ByteReader
  private let start: Int

  @_lifetime(copy reader)
  init(_ reader: borrowing ByteReader, at start: Int) {
    self.reader = copy reader
    self.start = start
  }

  func describe(into tree: inout FieldBuffer) throws(DecodeError) {
    let fields = ICMPExtensionFields.fields
    let length = reader.count - start
    let top = tree.opened(fields.extensions, at: start, count: length)
    defer { tree.close(top) }
    guard reader.wireCount - start >= 4 else { return }
    let version = try reader.uint8(at: start) >> 4
    tree.add(fields.version, version, at: start, count: 1)
    let head = try reader.uint16(at: start)
    tree.add(fields.reserved, bitsOf: head, at: start, count: 2)
    try reader.require(reader.wireCount - start, at: start)
    let checksum = try reader.uint16(at: start + 2)
    if checksum == 0 {
      let item = tree.add(fields.checksum, 0, at: start + 2, count: 2, .generated)
      tree.relabel(item, "Checksum: [missing]")
      tree.add(fields.checksumStatus, 3, at: start + 2, .generated)
    } else {
      tree.add(
        checksum: checksum,
        ChecksumFields(
          value: fields.checksum, status: fields.checksumStatus, bad: fields.checksumBad),
        sum: Checksum(over: reader.rest(from: start)), at: start + 2)
    }
    guard version == 1 || version == 2 else {
      tree.note(top, " (unsupported version)")
      return
    }
    var next: Int? = start + 4
    while let offset = next, reader.count - offset >= 4 {
      next = try describeObject(at: offset, fields, into: &tree)
    }
  }

  /// Returns where the next object begins; nil where that cannot be known.
  private func describeObject(
    at offset: Int, _ fields: ICMPExtensionFields, into tree: inout FieldBuffer
  ) throws(DecodeError) -> Int? {
    let length = Int(try reader.uint16(at: offset))
    let kind = try reader.uint8(at: offset + 2)
    let subtype = try reader.uint8(at: offset + 3)
    let end = min(offset + max(length, 4), reader.count)
    let isKnown = kind == 1 && subtype == 1 || kind == 2 || kind == 3 && length > 4
    let title =
      switch kind {
      case _ where length < 4: "Object with bad length"
      case 1 where isKnown: "MPLS Stack Entry"
      case 2: "Interface Information Object"
      case 3 where isKnown: "Interface Identification Object"
      default: "Unknown object (\(kind)/\(subtype))"
      }
    let top = tree.addText(title, at: offset, count: end - offset)
    if offset + length > reader.count { tree.note(top, " (truncated)") }
    tree.open(top)
    defer { tree.close(top) }
    tree.add(fields.length, length, at: offset, count: 2)
    tree.add(fields.objectClass, kind, at: offset + 2, count: 1)
    guard length >= 4 else { return nil }
    let type = tree.add(fields.type, subtype, at: offset + 3, count: 1)
    switch (kind, subtype) {
    case (1, 1):
      var entry = offset + 4
      while entry + 4 <= end {
        describeLabel(try reader.uint32(at: entry), at: entry, fields, into: &tree)
        entry += 4
      }
      if entry < end { tree.add(fields.labelData, reader.bytes.part(entry, end), at: entry) }
    case (2, _):
      try describeInterface(subtype, type, at: offset, end, fields, into: &tree)
    case (3, _) where isKnown:
      try describeIdentification(subtype, type, at: offset + 4, end, fields, into: &tree)
    default:
      if kind == 1 { tree.add(fields.type, subtype, at: offset + 3, count: 1) }
      if end > offset + 4 {
        tree.add(fields.data, reader.bytes.part(offset + 4, end), at: offset + 4)
      }
    }
    return end
  }

  private func describeLabel(
    _ entry: UInt32, at offset: Int, _ fields: ICMPExtensionFields, into tree: inout FieldBuffer
  ) {
    let top = tree.addText(at: offset, count: 4) {
      $0.write("Label: \(entry >> 12), Exp: \(entry >> 9 & 7), S: \(entry >> 8 & 1)")
      $0.write(", TTL: \(entry & 255)")
    }
    tree.open(top)
    tree.add(fields.label, bitsOf: entry >> 8, at: offset, count: 3)
    tree.add(fields.experimental, bitsOf: entry >> 8, at: offset + 2, count: 1)
    tree.add(fields.stackBit, bitsOf: entry >> 8, at: offset + 2, count: 1)
    tree.add(fields.timeToLive, entry & 255, at: offset + 3, count: 1)
    tree.close(top)
  }

  private func describeInterface(
    _ flags: UInt8, _ type: FieldIndex, at start: Int, _ end: Int, _ fields: ICMPExtensionFields,
    into tree: inout FieldBuffer
  ) throws(DecodeError) {
    tree.note(type) {
      $0.write(", Interface Role: ")
      $0.write(interfaceRole(UInt64(flags >> 6)) ?? "")
      if flags & 8 != 0 { $0.write(", ifIndex") }
      if flags & 4 != 0 { $0.write(", IP Address") }
      if flags & 2 != 0 { $0.write(", Interface Name") }
      if flags & 1 != 0 { $0.write(", MTU") }
    }
    tree.open(type)
    for field in [
      fields.role, fields.roleReserved, fields.hasIndex, fields.hasAddress, fields.hasName,
      fields.hasMTU,
    ] {
      tree.add(field, bitsOf: flags, at: start + 3, count: 1)
    }
    tree.close(type)
    var offset = start + 4
    if flags & 8 != 0, offset + 4 <= end {
      tree.add(fields.index, try reader.uint32(at: offset), at: offset, count: 4)
      offset += 4
    }
    if flags & 4 != 0 {
      let family = try reader.uint16(at: offset)
      let size =
        switch family {
        case 1: 4
        case 2: 16
        default: throw reader.malformed
        }
      try reader.require(4 + size, at: offset)
      let top = tree.addText("IP Address Sub-Object", at: offset, count: 4 + size)
      tree.open(top)
      tree.add(fields.addressFamily, family, at: offset, count: 2)
      tree.add(fields.addressReserved, reader.bytes.part(offset + 2, offset + 4), at: offset + 2)
      offset += 4
      if family == 1 {
        tree.add(fields.ipv4, .ipv4(try reader.uint32(at: offset)), at: offset, count: 4)
      } else {
        tree.add(fields.ipv6, try reader.ipv6(at: offset), at: offset, count: 16)
      }
      offset += size
      tree.close(top)
    }
    if flags & 2 != 0 {
      let length = Int(try reader.uint8(at: offset))
      try reader.require(length, at: offset)
      let top = tree.addText("Interface Name Sub-Object", at: offset, count: length)
      tree.open(top)
      tree.add(fields.nameLength, length, at: offset, count: 1)
      offset += 1
      // The length counts its own byte; the name is shown where as many follow.
      if offset + length <= end {
        let name = reader.bytes.part(offset, length == 0 ? end : offset + length - 1)
        tree.add(fields.name, name.untilZero, at: offset)
        offset += max(0, length - 1)
      }
      tree.close(top)
    }
    if flags & 1 != 0, offset + 4 <= end {
      tree.add(fields.mtu, try reader.uint32(at: offset), at: offset, count: 4)
    }
  }
}

extension ICMPExtensions {
  /// Which interface an extended echo asks for (RFC 8335 2.1).
  private func describeIdentification(
    _ subtype: UInt8, _ type: FieldIndex, at start: Int, _ end: Int,
    _ fields: ICMPExtensionFields, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let kinds = ["", "Identifies Interface By Name", "Identifies Interface By Index"]
    let words = word(subtype, kinds + ["Identifies Interface By Address"])
    tree.note(type, " (\(words ?? "Unknown C-Type \(subtype)"))")
    switch subtype {
    case 1: tree.add(fields.identifiedName, reader.bytes.part(start, end).untilZero, at: start)
    case 2: tree.add(fields.identifiedIndex, try reader.uint32(at: start), at: start, count: 4)
    case 3:
      let family = try reader.uint16(at: start)
      tree.add(fields.identifiedFamily, family, at: start, count: 2)
      let length = Int(try reader.uint8(at: start + 2))
      tree.add(fields.identifiedLength, length, at: start + 2, count: 1)
      tree.add(fields.identifiedReserved, try reader.part(at: start + 3, 1), at: start + 3)
      let at = start + 4
      switch family {
      case 1: tree.add(fields.identifiedIPv4, .ipv4(try reader.uint32(at: at)), at: at, count: 4)
      case 2: tree.add(fields.identifiedIPv6, try reader.ipv6(at: at), at: at, count: 16)
      default: tree.add(fields.identifiedAddress, try reader.part(at: at, length), at: at)
      }
    default: break
    }
  }
}

@Sendable private func interfaceRole(_ role: UInt64) -> String? {
  word(
    role,
    [
      "IP interface upon which datagram arrived",
      "sub-IP component of an IP interface upon which datagram arrived",
      "IP interface through which datagram would be forwarded",
      "IP next-hop to which datagram would be forwarded",
    ])
}

/// The fields of ICMP extensions, as Wireshark names them.
struct ICMPExtensionFields: FieldSet {
  let extensions = Field("icmp.ext", "ICMP Multi-Part Extensions", .none)
  let version = Field("icmp.ext.version", "Version", .uint8)
  let reserved = Field("icmp.ext.res", "Reserved", .uint16, .hex, mask: 0xfff)
  let checksum = Field("icmp.ext.checksum", "Checksum", .uint16, .hex)
  let checksumStatus = Field(
    "icmp.ext.checksum.status", "Checksum Status", .uint8, .wordsOnly, .names(checksumStatusName))
  let checksumBad = Field("icmp.ext.checksum_bad", "Bad checksum", .none)
  let length = Field("icmp.ext.length", "Length", .uint16)
  let objectClass = Field(
    "icmp.ext.class", "Class", .uint8, .natural,
    .names {
      word(
        $0,
        [
          "", "MPLS Label Stack Class", "Interface Information Object",
          "Interface Identification Object",
        ])
    })
  let type = Field("icmp.ext.ctype", "C-Type", .uint8)
  let data = Field("icmp.ext.data", "Data", .bytes)
  let label = Field("icmp.mpls.label", "Label", .uint24, mask: 0xfffff0)
  let experimental = Field("icmp.mpls.exp", "Experimental", .uint24, mask: 0xe)
  let stackBit = Field(
    "icmp.mpls.s", "Stack bit", .boolean, .natural, .setNotSet, mask: 1, of: 24)
  let timeToLive = Field("icmp.mpls.ttl", "Time to live", .uint8)
  let labelData = Field("icmp.mpls.data", "Data", .bytes)
  let role = Field(
    "icmp.int_info.role", "Interface Role", .uint8, .natural, .names(interfaceRole), mask: 0xc0)
  let roleReserved = Field("icmp.int_info.reserved", "Reserved", .uint8, mask: 0x30)
  let hasIndex = Field("icmp.int_info.ifindex", "ifIndex", .boolean, mask: 8)
  let hasAddress = Field(
    "icmp.int_info.ipaddr", "IP Address", .boolean, .natural, .presentNotPresent, mask: 4)
  let hasName = Field(
    "icmp.int_info.name_present", "Interface Name", .boolean, .natural, .presentNotPresent, mask: 2)
  let hasMTU = Field(
    "icmp.int_info.mtu_present", "MTU", .boolean, .natural, .presentNotPresent, mask: 1)
  let index = Field("icmp.int_info.index", "Interface Index", .uint32)
  let addressFamily = Field("icmp.int_info.afi", "Address Family Identifier", .uint16)
  let addressReserved = Field("icmp.reserved", "Reserved", .bytes)
  let ipv4 = Field("icmp.int_info.ipv4", "Source", .ipv4)
  let ipv6 = Field("icmp.int_info.ipv6", "Source", .ipv6)
  let nameLength = Field("icmp.int_info.name_length", "Name Length", .uint8)
  let name = Field("icmp.int_info.name", "Name", .string)
  let mtu = Field("icmp.int_info.mtu", "Maximum Transmission Unit", .uint32)

  let identifiedName = Field("icmp.int_ident.name", "Name", .string)
  let identifiedIndex = Field("icmp.int_ident.index", "Interface Index", .uint32)
  let identifiedFamily = Field(
    "icmp.int_ident.afi", "Address Family Identifier", .uint16, .natural,
    .names {
      switch $0 {
      case 1: "IPv4"
      case 2: "IPv6"
      case 16389: "48-bit MAC Address"
      case 16390: "64-bit MAC Address"
      default: nil
      }
    })
  let identifiedLength = Field("icmp.int_ident.addr_length", "Address Length", .uint8)
  let identifiedReserved = Field("icmp.int_ident.reserved", "Reserved", .bytes)
  let identifiedIPv4 = Field("icmp.int_ident.ipv4", "Address", .ipv4)
  let identifiedIPv6 = Field("icmp.int_ident.ipv6", "Address", .ipv6)
  let identifiedAddress = Field("icmp.int_ident.address", "Address", .bytes)

  static let fields = Self()
}

extension FieldMeaning {
  static let presentNotPresent = FieldMeaning.words(true: "Present", false: "Not Present")
}

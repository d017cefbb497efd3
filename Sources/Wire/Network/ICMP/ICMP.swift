import Fields

/// An ICMP message (RFC 792), viewed in place.
struct ICMPMessage: LayerView, ~Escapable {
  /// The header, and the two bytes that every message has after it.
  static let headerLength = 6

  private let reader: ByteReader

  /// Checks the header alone; `describe` reads on with checks of its own.
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) throws(DecodeError) {
    guard bytes.count >= Self.headerLength else { throw layer.error(needed: Self.headerLength) }
    self.reader = ByteReader(bytes, layer)
  }

  /// Wireshark shows that much more of a quoted packet than the message announces.
  private static let quoteSlack = 20

  private var bytes: Span<UInt8> {
    @_lifetime(copy self) get { reader.bytes }
  }
  var type: UInt8 { bytes[0] }
  var code: UInt8 { bytes[1] }
  var checksum: UInt16 { bytes.uint16(at: 2) }

  /// Quotes the packet that caused it.
  private var isError: Bool { [3, 4, 5, 11, 12].contains(type) }
  /// May carry the extensions of RFC 4884 after the quoted packet.
  private var isExtensible: Bool { [3, 11, 12].contains(type) }

  /// Where the quoted packet ends and the extensions of RFC 4884 begin; nil where there are none.
  private func extensionStart(wireCount: Int) -> Int? {
    guard isError, wireCount > 136, bytes.count >= 12, bytes.uint16(at: 10) <= 128 else {
      return nil
    }
    return announcedLength > 0 ? 8 + announcedLength : 136
  }
  /// How much of the packet is quoted, as the message says; 0 where it does not.
  private var announcedLength: Int { Int(bytes[5]) * 4 }

  func next(_ layer: Layer) -> Layer? {
    guard isError, bytes.count >= 8, layer.wireCount > 8 else { return nil }
    if type == 5 {
      guard bytes.count > 8 else { return nil }
      return layer.quoted(.internetProtocol, at: 8, length: Int(bytes[8] & 15) * 4 + 8)
    }
    let length = announcedLength
    return layer.quoted(
      .internetProtocol, at: 8, length: length > 0 ? length + Self.quoteSlack : nil)
  }

  /// What a request and its reply have in common: their checksums differ by their types alone.
  func transaction(_ addresses: NetworkAddresses) -> (key: Pings.Key, isRequest: Bool)? {
    guard type == 0 || type == 8, bytes.count >= 8 else { return nil }
    let isRequest = type == 8
    let reply = isRequest ? Checksum.adjusted(checksum, from: 0x0800, to: 0x0000) : checksum
    let identifier = UInt64(reply) << 32 | UInt64(bytes.uint32(at: 4))
    return (
      Pings.Key(
        kind: .icmp, addresses: isRequest ? addresses : addresses.reversed,
        identifier: identifier), isRequest
    )
  }

  func describe(
    _ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = ICMPFields.fields
    tree.addProtocol("icmp")
    tree.columns.protocolName = "ICMP"
    describeInfo(context, &tree.columns)
    let top = tree.opened(fields.icmp, count: bytes.count)
    defer { tree.close(top) }
    let type = tree.add(fields.type, self.type, at: 0, count: 1)
    tree.note(type) { $0.write(" (\(typeName))") }
    let code = tree.add(fields.code, self.code, at: 1, count: 1)
    if let name = codeName { tree.note(code) { $0.write(" (\(name))") } }
    let isWhole = layer.end == layer.wireEnd && !layer.isQuoted
    tree.add(
      checksum: checksum, fields.checksums,
      sum: isWhole ? Checksum(over: bytes) : nil,
      why: layer.isQuoted ? " [in ICMP error packet]" : " [fragmented datagram]", at: 2)
    try describeBody(context, fields, into: &tree)
  }

  private func describeInfo(_ context: borrowing DescribeContext, _ columns: inout Columns) {
    columns.startInfo()
    let name = typeName
    columns.info.write(name)
    columns.info.write(repeating: UInt8(ascii: " "), count: 20 - name.utf8.count)
    if let code = codeName { columns.info.write(" (\(code))") }
    guard [0, 8, 13, 14, 15, 16, 17, 18].contains(type), bytes.count >= 8 else { return }
    columns.info.write(" id=0x")
    columns.info.write(hex: UInt64(bytes.uint16(at: 4)), digits: 4)
    columns.info.write(", seq=\(bytes.uint16(at: 6))/\(bytes.uint16LittleEndian(at: 6))")
    columns.info.write(", ttl=\(context.hopLimit)")
    if type == 0, let request = context.request {
      columns.info.write(" (request in \(request.frame))")
    }
  }

  private func describeBody(
    _ context: borrowing DescribeContext, _ fields: ICMPFields,
    into tree: inout FieldBuffer
  ) throws(DecodeError) {
    switch type {
    case 0, 8:
      try describeIdentifiers(fields, into: &tree)
      if type == 0, let request = context.request {
        let nanoseconds = context.facts.time &- request.time
        tree.add(fields.responseTo, request.frame, .generated)
        let time = tree.add(fields.responseTime, .double(Double(nanoseconds) / 1e6), .generated)
        tree.relabel(time) {
          $0.write("Response time: ")
          $0.write(milliseconds: nanoseconds)
          $0.write(" ms")
        }
      }
      let arrival = context.facts.arrival
      let stamp = EchoTimestamp(bytes, at: 8, near: arrival.seconds)
      if let stamp {
        tree.add(fields.dataTime, .time(stamp.time), at: 8, count: 8)
        tree.add(
          fields.dataTimeRelative, .time(arrival.since(stamp.time)), at: 8, count: 8, .generated)
      }
      let data = stamp == nil ? 8 : 16
      DataLayer.describe(reader.rest(from: data), at: data, into: &tree)
    case 13, 14:
      try describeIdentifiers(fields, into: &tree)
      for (field, offset) in [(fields.originate, 8), (fields.receive, 12), (fields.transmit, 16)] {
        let milliseconds = try reader.uint32(at: offset)
        let item = tree.add(field, milliseconds, at: offset, count: 4)
        tree.note(item) {
          $0.write(" (")
          $0.write(longMilliseconds: Self.sinceMidnight(milliseconds, near: context.facts.arrival))
          $0.write(" after midnight UTC)")
        }
      }
    case 15, 16: try describeIdentifiers(fields, into: &tree)
    case 17, 18:
      try describeIdentifiers(fields, into: &tree)
      tree.add(fields.addressMask, .ipv4(try reader.uint32(at: 8)), at: 8, count: 4)
    case 3, 4, 5, 11, 12: try describeErrorHeader(fields, into: &tree)
    case 9:
      try ICMPRouterAdvertisement(reader).describe(ofMobilityAgent: isMobilityAgent, into: &tree)
    case 42, 43: try describeExtendedEcho(fields, into: &tree)
    default: break
    }
  }

  /// Milliseconds since midnight. Some systems send the number in their own byte order: it is taken in the order in
  /// which it lies within a day, and comes sooner after when the frame was captured, or else is less. The highest bit
  /// says that the number has another meaning.
  private static func sinceMidnight(_ value: UInt32, near arrival: TimeValue) -> UInt32 {
    let day: UInt32 = 86_400_000
    let now = UInt32(truncatingIfNeeded: arrival.clampedNanoseconds / 1_000_000 % Int64(day))
    let (sent, swapped) = (value & 0x7fff_ffff, value.byteSwapped & 0x7fff_ffff)
    if (sent < day) != (swapped < day) { return min(sent, swapped) }
    return swapped &- now < sent &- now ? swapped : sent
  }

  private func describeIdentifiers(_ fields: ICMPFields, into tree: inout FieldBuffer)
    throws(DecodeError)
  {
    let identifier = try reader.uint16(at: 4)
    tree.add(fields.identifier, identifier, at: 4, count: 2)
    tree.add(fields.identifierLittle, identifier.byteSwapped, at: 4, count: 2)
    let sequence = try reader.uint16(at: 6)
    tree.add(fields.sequence, sequence, at: 6, count: 2)
    tree.add(fields.sequenceLittle, sequence.byteSwapped, at: 6, count: 2)
  }

  private func describeErrorHeader(_ fields: ICMPFields, into tree: inout FieldBuffer)
    throws(DecodeError)
  {
    if type == 5 {
      tree.add(fields.gateway, .ipv4(try reader.uint32(at: 4)), at: 4, count: 4)
      try reader.require(1, at: 8)
      return
    }
    if type == 4 { return try reader.require(4, at: 4) }
    var offset = 4
    if type == 12 {
      tree.add(fields.pointer, try reader.uint8(at: 4), at: 4, count: 1)
      offset = 5
    }
    let length = try reader.uint8(at: 5)
    if isExtensible, length > 0 {
      if type != 12 { tree.add(fields.unused, bytes.part(4, 5), at: 4) }
      tree.add(fields.length, length, at: 5, count: 1)
      tree.add(fields.quotedLength, UInt16(length) * 4, at: 5, count: 1, .generated)
      offset = 6
    }
    if type == 3, code == 4 {
      if offset < 6 { tree.add(fields.unused, bytes.part(offset, 6), at: offset) }
      tree.add(fields.mtu, try reader.uint16(at: 6), at: 6, count: 2)
    } else {
      tree.add(fields.unused, try reader.part(at: offset, 8 - offset), at: offset)
    }
  }

  private func describeExtendedEcho(_ fields: ICMPFields, into tree: inout FieldBuffer)
    throws(DecodeError)
  {
    let identifier = try reader.uint16(at: 4)
    tree.add(fields.identifier, identifier, at: 4, count: 2)
    tree.add(fields.identifierLittle, identifier.byteSwapped, at: 4, count: 2)
    tree.add(fields.extendedSequence, try reader.uint8(at: 6), at: 6, count: 1)
    let flags = try reader.uint8(at: 7)
    if type == 42 {
      tree.add(fields.requestReserved, bitsOf: flags, at: 7, count: 1)
      tree.add(fields.requestLocal, bitsOf: flags, at: 7, count: 1)
      if reader.wireCount > 8 {
        try ICMPExtensions(reader, at: 8).describe(into: &tree)
      }
      return
    }
    tree.add(fields.replyState, bitsOf: flags, at: 7, count: 1)
    tree.add(fields.replyReserved, bitsOf: flags, at: 7, count: 1)
    tree.add(fields.replyActive, bitsOf: flags, at: 7, count: 1)
    tree.add(fields.replyIPv4, bitsOf: flags, at: 7, count: 1)
    tree.add(fields.replyIPv6, bitsOf: flags, at: 7, count: 1)
  }

  /// What follows the quoted packet; `tree` is open below this layer.
  func describeTail(_ layer: Layer, into tree: inout FieldBuffer) throws(DecodeError) {
    guard let start = extensionStart(wireCount: layer.wireCount) else { return }
    guard start <= layer.wireCount else { throw reader.malformed }
    try reader.require(0, at: start)
    try ICMPExtensions(reader, at: start).describe(into: &tree)
  }

  private var isMobilityAgent: Bool { code == 0 || code == 16 }

  private var typeName: String {
    switch type {
    case 0: "Echo (ping) reply"
    case 1, 2: "Reserved"
    case 3: "Destination unreachable"
    case 4: "Source quench (flow control)"
    case 5: "Redirect"
    case 6: "Alternate host address"
    case 8: "Echo (ping) request"
    case 9: isMobilityAgent ? "Mobile IP Advertisement" : "Router advertisement"
    case 10: "Router solicitation"
    case 11: "Time-to-live exceeded"
    case 12: "Parameter problem"
    case 13: "Timestamp request"
    case 14: "Timestamp reply"
    case 15: "Information request"
    case 16: "Information reply"
    case 17: "Address mask request"
    case 18: "Address mask reply"
    case 19: "Reserved (for security)"
    case 30: "Traceroute"
    case 31: "Datagram Conversion Error"
    case 32: "Mobile Host Redirect"
    case 33: "IPv6 Where-Are-You"
    case 34: "IPv6 I-Am-Here"
    case 35: "Mobile Registration Request"
    case 36: "Mobile Registration Reply"
    case 37: "Domain Name Request"
    case 38: "Domain Name Reply"
    case 39: "SKIP"
    case 40: "Photuris"
    case 41: "Experimental mobility protocols"
    case 42: "Extended Echo request"
    case 43: "Extended Echo reply"
    default: "Unknown ICMP (obsolete or malformed?)"
    }
  }

  /// nil where the type has no codes.
  private var codeName: String? {
    let names: [String]
    switch type {
    case 3:
      names = [
        "Network unreachable", "Host unreachable", "Protocol unreachable", "Port unreachable",
        "Fragmentation needed", "Source route failed", "Destination network unknown",
        "Destination host unknown", "Source host isolated",
        "Network administratively prohibited", "Host administratively prohibited",
        "Network unreachable for TOS", "Host unreachable for TOS",
        "Communication administratively filtered", "Host precedence violation",
        "Precedence cutoff in effect",
      ]
    case 5:
      names = [
        "Redirect for network", "Redirect for host", "Redirect for TOS and network",
        "Redirect for TOS and host",
      ]
    case 6: names = ["Alternate address for host"]
    case 9:
      if code == 16 { return "Does not route common traffic" }
      names = ["Normal router advertisement"]
    case 11: names = ["Time to live exceeded in transit", "Fragment reassembly time exceeded"]
    case 12: names = ["Pointer indicates the error", "Required option missing", "Bad length"]
    case 40:
      names = [
        "Bad SPI", "Authentication Failed", "Decompression Failed", "Decryption Failed",
        "Need Authentication", "Need Authorization",
      ]
    case 42: names = ["No error"]
    case 43:
      names = [
        "No error", "Malformed Query", "No Such Interface", "No Such Table Entry",
        "Multiple Interfaces Satisfy Query",
      ]
    default: return nil
    }
    return word(code, names) ?? "Unknown code: \(code)"
  }
}

/// The time that a ping may have put in its first eight bytes: seconds and microseconds of either byte order, less
/// than a day from when the frame was captured.
struct EchoTimestamp {
  let time: TimeValue

  init?(_ bytes: Span<UInt8>, at offset: Int, near second: Int64) {
    guard bytes.count >= offset + 8 else { return nil }
    let words = (bytes.uint32(at: offset), bytes.uint32(at: offset + 4))
    for (seconds, microseconds) in [words, (words.0.byteSwapped, words.1.byteSwapped)] {
      let (distance, isBeyond) = second.subtractingReportingOverflow(Int64(seconds))
      guard microseconds < 1_000_000, !isBeyond, distance.magnitude < 86_400 else { continue }
      time = TimeValue(seconds: Int64(seconds), nanoseconds: Int32(microseconds) * 1000)
      return
    }
    return nil
  }
}

extension TextBuffer {
  /// `12.300`
  mutating func write(milliseconds nanoseconds: Int64) {
    if nanoseconds < 0 { write(byte: UInt8(ascii: "-")) }
    let microseconds = (nanoseconds.magnitude + 500) / 1000
    write(decimal: microseconds / 1000)
    write(byte: UInt8(ascii: "."))
    write(decimal: microseconds % 1000, width: 3)
  }
  mutating func write(longMilliseconds milliseconds: UInt32) {
    write(
      longSeconds: UInt64(milliseconds / 1000), milliseconds: UInt64(milliseconds % 1000))
  }
}

/// The fields of ICMP, as Wireshark names them.
struct ICMPFields: FieldSet {
  let icmp = Field("icmp", "Internet Control Message Protocol", .proto)
  let type = Field("icmp.type", "Type", .uint8)
  let code = Field("icmp.code", "Code", .uint8)
  let checksum = Field("icmp.checksum", "Checksum", .uint16, .hex)
  let checksumStatus = Field(
    "icmp.checksum.status", "Checksum Status", .uint8, .wordsOnly, .names(checksumStatusName))
  let checksumBad = Field("icmp.checksum_bad", "Bad checksum", .none)
  var checksums: ChecksumFields {
    ChecksumFields(value: checksum, status: checksumStatus, bad: checksumBad)
  }
  let unused = Field("icmp.unused", "Unused", .bytes)
  let identifier = Field("icmp.ident", "Identifier (BE)", .uint16, .decimalHex)
  let identifierLittle = Field("icmp.ident_le", "Identifier (LE)", .uint16, .decimalHex)
  let sequence = Field("icmp.seq", "Sequence Number (BE)", .uint16, .decimalHex)
  let sequenceLittle = Field("icmp.seq_le", "Sequence Number (LE)", .uint16, .decimalHex)
  let responseTo = Field("icmp.resp_to", "Request frame", .frameNumber)
  let responseTime = Field("icmp.resptime", "Response time", .double)
  let dataTime = Field("icmp.data_time", "Timestamp from icmp data", .absoluteTime)
  let dataTimeRelative = Field(
    "icmp.data_time_relative", "Timestamp from icmp data (relative)", .relativeTime)
  let mtu = Field("icmp.mtu", "MTU of next hop", .uint16)
  let pointer = Field("icmp.pointer", "Pointer", .uint32)
  let originate = Field("icmp.originate_timestamp", "Originate Timestamp", .uint32)
  let receive = Field("icmp.receive_timestamp", "Receive Timestamp", .uint32)
  let transmit = Field("icmp.transmit_timestamp", "Transmit Timestamp", .uint32)
  let addressMask = Field("icmp.address_mask", "Address Mask", .ipv4)
  let gateway = Field("icmp.redir_gw", "Gateway Address", .ipv4)
  let length = Field("icmp.length", "Length", .uint8)
  let quotedLength = Field(
    "icmp.length.original_datagram", "Length of original datagram", .uint8)
  let extendedSequence = Field("icmp.ext.echo.seq", "Sequence Number", .uint8, .decimalHex)
  let requestReserved = Field("icmp.ext.echo.req.res", "Reserved", .uint8, .hex, mask: 0xfe)
  let requestLocal = Field(
    "icmp.ext.echo.req.local", "Local bit", .boolean, .natural, .setNotSet, mask: 1)
  let replyState = Field(
    "icmp.ext.echo.rsp.state", "State", .uint8, .natural,
    .names {
      word($0, ["Reserved", "Incomplete", "Reachable", "Stale", "Delay", "Probe", "Failed"])
    }, mask: 0xe0)
  let replyReserved = Field("icmp.ext.echo.rsp.res", "Reserved", .uint8, .hex, mask: 0x18)
  let replyActive = Field(
    "icmp.ext.echo.rsp.active", "Active bit", .boolean, .natural, .setNotSet, mask: 4)
  let replyIPv4 = Field(
    "icmp.ext.echo.rsp.ipv4", "IPv4 bit", .boolean, .natural, .setNotSet, mask: 2)
  let replyIPv6 = Field(
    "icmp.ext.echo.rsp.ipv6", "IPv6 bit", .boolean, .natural, .setNotSet, mask: 1)

  static let fields = Self()
}

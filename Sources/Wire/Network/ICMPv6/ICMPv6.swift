import Fields

/// An ICMPv6 message (RFC 4443), viewed in place.
struct ICMPv6Message: LayerView, ~Escapable {
  let reader: ByteReader

  /// Checks nothing: `next` and `describe` read on with checks of their own.
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) {
    self.reader = ByteReader(bytes, layer)
  }

  var bytes: Span<UInt8> {
    @_lifetime(copy self) get { reader.bytes }
  }
  /// 0, which is no type, where there is none.
  var type: UInt8 { bytes.isEmpty ? 0 : bytes[0] }
  var code: UInt8 { bytes.count > 1 ? bytes[1] : 0 }
  /// Only where the message has eight bytes.
  private var checksum: UInt16 { bytes.uint16(at: 2) }

  /// Where the extensions of RFC 4884 begin; nil where there are none.
  private func extensionStart(wireCount: Int) -> Int? {
    guard type == 1 || type == 3, bytes.count > 8, bytes[4] > 0 else { return nil }
    let announced = Int(bytes[4]) * 8
    return wireCount > 8 + announced && bytes.count > 8 + announced ? 8 + announced : nil
  }

  func next(_ layer: Layer) throws(DecodeError) -> Layer? {
    try reader.require(2, at: 0)
    if (1...4).contains(type), bytes.count > 8 {
      return quoted(layer, at: 8)
    }
    guard var offset = discoveryOptions else { return nil }
    while offset + 8 < bytes.count, bytes[offset + 1] > 0 {
      let length = Int(bytes[offset + 1]) * 8
      if bytes[offset] == 4 {
        var packet = quoted(layer, at: offset + 8, length: length - 8)
        packet.depth = packet.depth.deeper
        return packet
      }
      offset += length
    }
    return nil
  }

  /// What is quoted there: a packet of IPv6, or data.
  private func quoted(_ layer: Layer, at offset: Int, length: Int? = nil) -> Layer {
    let isPacket = offset < bytes.count && bytes[offset] >> 4 == 6
    return layer.quoted(isPacket ? .ipv6 : .data, at: offset, length: length)
  }

  /// Where the options of neighbour discovery begin, of which one may quote a packet (RFC 4861 4.6.3).
  private var discoveryOptions: Int? {
    switch type {
    case 133: 8
    case 134: 16
    case 135, 136: 24
    case 137: 40
    default: nil
    }
  }

  /// What a request and its reply have in common: their checksums differ by their types alone.
  func transaction(_ addresses: NetworkAddresses) -> (key: Pings.Key, isRequest: Bool)? {
    guard type == 128 || type == 129, bytes.count >= 8 else { return nil }
    let isRequest = type == 128
    let reply = isRequest ? Checksum.adjusted(checksum, from: 0x8000, to: 0x8100) : checksum
    let identifier = UInt64(reply) << 32 | UInt64(bytes.uint32(at: 4))
    // Whoever of the two asks: the order of the addresses does not count.
    let isOrdered = addresses.source < addresses.destination
    return (
      Pings.Key(
        kind: .icmpv6, addresses: isOrdered ? addresses : addresses.reversed,
        identifier: identifier), isRequest
    )
  }

  func describe(
    _ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = ICMPv6Fields.fields
    tree.addProtocol("icmpv6")
    tree.columns.protocolName = "ICMPv6"
    tree.columns.startInfo()
    let top = tree.opened(fields.icmpv6, count: bytes.count)
    defer { tree.close(top) }
    tree.add(fields.type, try reader.uint8(at: 0), at: 0, count: 1)
    try reader.require(1, at: 1)
    tree.columns.setInfo(icmpv6TypeName(UInt64(type)) ?? "Unknown (\(type))")
    let code = tree.add(fields.code, self.code, at: 1, count: 1)
    if let name = codeName {
      tree.note(code) { $0.write(" (\(name))") }
      tree.columns.info.write(" (\(name))")
    }
    let checksum = try reader.uint16(at: 2)
    let isWhole = layer.end == layer.wireEnd && !layer.isQuoted
    let sum = isWhole ? Checksum(over: bytes, context.addresses, .icmpv6) : nil
    tree.add(
      checksum: checksum, fields.checksums, sum: sum,
      why: layer.isQuoted ? " [in ICMP error packet]" : " [fragmented datagram]", at: 2)
    switch type {
    case 1, 2, 3, 4: try describeError(fields, into: &tree)
    case 128, 129: try describeEcho(context, fields, into: &tree)
    case 130, 131, 132: try describeListener(fields, into: &tree)
    case 133:
      tree.add(fields.reserved, try reader.part(at: 4, 4), at: 4)
      try ICMPv6Options(reader, at: 8).describe(type, into: &tree)
    case 134: try describeRouterAdvertisement(fields, into: &tree)
    case 135, 136: try describeNeighbor(fields, into: &tree)
    case 137:
      tree.add(fields.reserved, try reader.part(at: 4, 4), at: 4)
      tree.add(fields.redirectTarget, try reader.ipv6(at: 8), at: 8, count: 16)
      tree.add(fields.redirectDestination, try reader.ipv6(at: 24), at: 24, count: 16)
      try ICMPv6Options(reader, at: 40).describe(type, into: &tree)
    case 138: try describeRenumbering(into: &tree)
    case 139, 140: try describeNodeInformation(fields, into: &tree)
    case 141, 142:
      tree.add(fields.reserved, try reader.part(at: 4, 4), at: 4)
      try ICMPv6Options(reader, at: 8).describe(type, into: &tree)
    case 143: try describeListenerReport(fields, into: &tree)
    case 144, 145, 146, 147: try describeMobility(fields, into: &tree)
    case 148, 149: try describeCertification(into: &tree)
    case 150, 154: try describeHandover(code, into: &tree)
    case 151: try describeMulticastRouter(into: &tree)
    case 152, 153: break
    case 155: try describeRoutingControl(into: &tree)
    case 156: try describeLocators(into: &tree)
    case 157, 158: try describeDuplicateAddress(into: &tree)
    case 159: try describeSeeds(context, into: &tree)
    case 160, 161: try describeExtendedEcho(fields, into: &tree)
    default: try describeUnknown(fields, into: &tree, top)
    }
  }

  private func describeError(_ fields: ICMPv6Fields, into tree: inout FieldBuffer)
    throws(DecodeError)
  {
    let rest = try reader.uint32(at: 4)
    switch type {
    case 2: tree.add(fields.mtu, rest, at: 4, count: 4)
    case 4: tree.add(fields.pointer, rest, at: 4, count: 4)
    default:
      if bytes[4] > 0 {
        tree.add(fields.quotedLength, bytes[4], at: 4, count: 1)
        tree.add(fields.reserved, bytes.part(5, 8), at: 5)
      } else {
        tree.add(fields.reserved, bytes.part(4, 8), at: 4)
      }
    }
    try reader.require(1, at: 8)
  }

  /// What follows the quoted packet; `tree` is open below this layer.
  func describeTail(_ layer: Layer, into tree: inout FieldBuffer) throws(DecodeError) {
    guard let start = extensionStart(wireCount: layer.wireEnd - layer.start) else { return }
    try ICMPExtensions(reader, at: start).describe(into: &tree)
  }

  private func describeEcho(
    _ context: borrowing DescribeContext, _ fields: ICMPv6Fields, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let identifier = try reader.uint16(at: 4)
    tree.add(fields.identifier, identifier, at: 4, count: 2)
    let sequence = try reader.uint16(at: 6)
    tree.add(fields.sequence, sequence, at: 6, count: 2)
    tree.columns.info.write(" id=0x")
    tree.columns.info.write(hex: UInt64(identifier), digits: 4)
    tree.columns.info.write(", seq=\(sequence)")
    if context.addresses.version == .ipv6 {
      tree.columns.info.write(", hop limit=\(context.hopLimit)")
    }
    if type == 129, let request = context.request {
      let nanoseconds = context.facts.time &- request.time
      tree.columns.info.write(" (request in \(request.frame))")
      tree.add(fields.responseTo, request.frame, .generated)
      let time = tree.add(fields.responseTime, .double(Double(nanoseconds) / 1e6), .generated)
      tree.relabel(time) {
        $0.write("Response Time: ")
        $0.write(milliseconds: nanoseconds)
        $0.write(" ms")
      }
    }
    DataLayer.describe(reader.rest(from: 8), at: 8, into: &tree)
  }

  private func describeRouterAdvertisement(
    _ fields: ICMPv6Fields,
    into tree: inout FieldBuffer
  ) throws(DecodeError) {
    tree.add(fields.hopLimit, try reader.uint8(at: 4), at: 4, count: 1)
    let flags = try reader.uint8(at: 5)
    let item = tree.add(fields.routerFlags, flags, at: 5, count: 1)
    tree.note(item) {
      if flags & 0x80 != 0 { $0.write(", Managed address configuration") }
      if flags & 0x40 != 0 { $0.write(", Other configuration") }
      if flags & 0x20 != 0 { $0.write(", Home Agent") }
      $0.write(", Prf (Default Router Preference): ")
      $0.write(routerPreferenceName(UInt64(flags >> 3 & 3)) ?? "")
      if flags & 4 != 0 { $0.write(", Proxy") }
    }
    tree.open(item)
    for field in [
      fields.routerManaged, fields.routerOther, fields.routerHomeAgent, fields.routerPreference,
      fields.routerProxy, fields.routerReserved,
    ] {
      tree.add(field, bitsOf: flags, at: 5, count: 1)
    }
    tree.close(item)
    tree.add(fields.routerLifetime, try reader.uint16(at: 6), at: 6, count: 2)
    tree.add(fields.reachableTime, try reader.uint32(at: 8), at: 8, count: 4)
    tree.add(fields.retransTimer, try reader.uint32(at: 12), at: 12, count: 4)
    try ICMPv6Options(reader, at: 16).describe(type, into: &tree)
  }

  private func describeNeighbor(
    _ fields: ICMPv6Fields,
    into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let flags = try reader.uint32(at: 4)
    if type == 135 {
      tree.add(fields.reserved, bytes.part(4, 8), at: 4)
      let target = try reader.ipv6(at: 8)
      tree.add(fields.solicitedTarget, target, at: 8, count: 16)
      tree.columns.info.write(" for ")
      tree.columns.info.write(target)
    } else {
      let item = tree.add(fields.advertisementFlags, flags, at: 4, count: 4)
      var words: [String] = []
      for (bit, name, short) in [
        (31, "Router", "rtr"), (30, "Solicited", "sol"), (29, "Override", "ovr"),
      ] where flags >> UInt32(bit) & 1 == 1 {
        tree.note(item, ", \(name)")
        words.append(short)
      }
      tree.open(item)
      for field in [
        fields.advertisementRouter, fields.advertisementSolicited, fields.advertisementOverride,
        fields.advertisementReserved,
      ] {
        tree.add(field, bitsOf: flags, at: 4, count: 4)
      }
      tree.close(item)
      let target = try reader.ipv6(at: 8)
      tree.add(fields.advertisedTarget, target, at: 8, count: 16)
      tree.columns.info.write(" ")
      tree.columns.info.write(target)
      tree.columns.info.write(" (\(words.isEmpty ? "none" : words.joined(separator: ", ")))")
    }
    try ICMPv6Options(reader, at: 24).describe(type, into: &tree)
  }

  private func describeExtendedEcho(_ fields: ICMPv6Fields, into tree: inout FieldBuffer)
    throws(DecodeError)
  {
    tree.add(fields.identifier, try reader.uint16(at: 4), at: 4, count: 2)
    tree.add(fields.extendedSequence, try reader.uint8(at: 6), at: 6, count: 1)
    let flags = try reader.uint8(at: 7)
    if type == 160 {
      tree.add(fields.requestReserved, bitsOf: flags, at: 7, count: 1)
      tree.add(fields.requestLocal, bitsOf: flags, at: 7, count: 1)
      if bytes.count > 8 { try ICMPExtensions(reader, at: 8).describe(into: &tree) }
      return
    }
    for field in [
      fields.replyState, fields.replyReserved, fields.replyActive, fields.replyIPv4,
      fields.replyIPv6,
    ] {
      tree.add(field, bitsOf: flags, at: 7, count: 1)
    }
  }

  private func describeUnknown(
    _ fields: ICMPv6Fields, into tree: inout FieldBuffer, _ top: FieldIndex
  ) throws(DecodeError) {
    tree.expert(
      fields.undecodedType, .note, .undecoded,
      "Dissector for ICMPv6 Type (\(type)) code not implemented, "
        + "Contact Wireshark developers if you want this supported", under: top)
    try reader.require(1, at: 4)
    tree.add(fields.data, reader.rest(from: 4), at: 4)
  }

  /// nil where the type has no codes.
  private var codeName: String? {
    let names: [String]
    switch type {
    case 1:
      names = [
        "no route to destination", "Administratively prohibited",
        "Beyond scope of source address", "Address unreachable", "Port unreachable",
        "Source address failed ingress/egress policy", "Reject route to destination",
        "Error in Source Routing Header",
      ]
    case 3: names = ["hop limit exceeded in transit", "fragment reassembly time exceeded"]
    case 4:
      names = [
        "erroneous header field encountered", "unrecognized Next Header type encountered",
        "unrecognized IPv6 option encountered",
        "IPv6 First Fragment has incomplete IPv6 Header Chain",
      ]
    case 138:
      if code == 255 { return "Sequence number reset" }
      names = ["Command", "Result"]
    case 139:
      names = [
        "Query subject = IPv6 addresses", "Query subject = DNS name or empty",
        "Query subject = IPv4 addresses",
      ]
    case 140: names = ["Successful", "Refused", "Unknown query type"]
    case 155 where code == 0x8a: return "Consistency Check"
    case 155 where (0x80...0x83).contains(code):
      return word(
        code - 0x80,
        [
          "Secure DODAG Information Solicitation", "Secure DODAG Information Object",
          "Secure Destination Advertisement Object",
          "Secure Destination Advertisement Object Acknowledgment",
        ])
    case 155:
      names = [
        "DODAG Information Solicitation", "DODAG Information Object",
        "Destination Advertisement Object", "Destination Advertisement Object Acknowledgment",
        "P2P Discovery Reply Object", "P2P Discovery Reply Object Acknowledgement",
      ]
    case 160: names = ["No error"]
    case 161:
      names = [
        "No error", "Malformed Query", "No Such Interface", "No Such Table Entry",
        "Multiple Interfaces Satisfy Query",
      ]
    default: return nil
    }
    return word(code, names) ?? (type == 1 ? "Unknown" : "Unknown (\(code))")
  }
}

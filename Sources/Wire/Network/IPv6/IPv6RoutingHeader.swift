import Fields

/// A routing header, viewed in place (RFC 8200 4.4, RFC 5095, RFC 6275, RFC 6554, RFC 8754, RFC 9631).
struct IPv6RoutingHeader: ~Escapable {
  private let reader: ByteReader
  /// What the header's length leaves for the part that each type has of its own.
  private let body: ByteReader

  /// Checks nothing: `next` and `describe` read on with checks of their own.
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) {
    reader = ByteReader(bytes, layer)
    body = ByteReader(bytes, layer, limit: 8 * (bytes.count > 1 ? Int(bytes[1]) + 1 : 1))
  }

  private static let sourceRoute: UInt8 = 0
  private static let mobile: UInt8 = 2
  private static let lowPower: UInt8 = 3
  private static let segments: UInt8 = 4
  private static let compact: UInt8 = 5
  private static let compactWide: UInt8 = 6

  private func length() throws(DecodeError) -> Int { 8 * (Int(try reader.uint8(at: 1)) + 1) }

  func next(_ layer: Layer) throws(DecodeError) -> Layer? {
    let length = try length()
    try reader.require(4, at: 0)
    try body.require(bodyEnd(length), at: 0)
    try reader.require(length, at: 0)
    return layer.aboveIPv6(IPProtocol(rawValue: reader.bytes[0]), at: length)
  }

  /// Where what `describe` reads ends.
  private func bodyEnd(_ length: Int) -> Int {
    switch reader.bytes[2] {
    case Self.mobile: 24
    case Self.segments: reader.count > 4 ? 8 + 16 * (Int(reader.bytes[4]) + 1) : 8
    case Self.lowPower: lowPowerRoute(length).last.map { $0.at + 16 - $0.shared } ?? 8
    default: length
    }
  }

  /// The addresses as the layers above see them.
  func addresses(_ current: NetworkAddresses) -> NetworkAddresses {
    guard current.version == .ipv6, let final = finalDestination(current.destination) else {
      return current
    }
    return current.with(destination: final)
  }

  /// Where the packet goes in the end, as long as it is on its way.
  private func finalDestination(_ current: NetworkAddresses.Address) -> NetworkAddresses.Address? {
    guard let length = try? length(), let left = try? reader.uint8(at: 3), left > 0 else {
      return nil
    }
    switch reader.bytes[2] {
    case Self.sourceRoute:
      let last = (length - 8) / 16 - 1
      return last < 0 ? nil : address(at: 8 + 16 * last)
    case Self.mobile, Self.segments: return address(at: 8)
    case Self.lowPower:
      var final: NetworkAddresses.Address?
      for place in lowPowerRoute(length) {
        guard let next = address(place, current) else { break }
        final = next
      }
      return final
    default: return nil
    }
  }

  /// nil where it is not there.
  private func address(at offset: Int) -> NetworkAddresses.Address? {
    guard (try? body.ipv6(at: offset)) != nil else { return nil }
    return body.bytes.ipv6Address(at: offset)
  }

  /// The addresses of an RPL source route: where each begins, and how many bytes of the destination it shares.
  private func lowPowerRoute(_ length: Int) -> [(at: Int, shared: Int)] {
    guard let word = try? body.uint32(at: 4) else { return [] }
    let (inner, last, padding) = (Int(word >> 28), Int(word >> 24 & 15), Int(word >> 20 & 15))
    let count = (length - 8 - padding - (16 - last)) / (16 - inner)
    guard count >= 0, length > 8 else { return [] }
    var route = (0..<count).map { (at: 8 + $0 * (16 - inner), shared: inner) }
    route.append((8 + count * (16 - inner), last))
    return route
  }
  private func address(
    _ place: (at: Int, shared: Int), _ current: NetworkAddresses.Address
  ) -> NetworkAddresses.Address? {
    guard (try? body.require(16 - place.shared, at: place.at)) != nil else { return nil }
    var (high, low) = (current.high, current.low)
    for index in place.shared..<16 {
      let byte = UInt64(body.bytes[place.at + index - place.shared])
      let shift = UInt64(56 - 8 * (index % 8))
      if index < 8 {
        high = high & ~(0xff << shift) | byte << shift
      } else {
        low = low & ~(0xff << shift) | byte << shift
      }
    }
    return NetworkAddresses.Address(high: high, low: low)
  }

  /// The items that findings about a header are under.
  private struct Items {
    let top: FieldIndex, length: FieldIndex, type: FieldIndex, left: FieldIndex
  }

  func describe(
    _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = IPv6RoutingFields.fields
    tree.addProtocol("ipv6.routing")
    tree.columns.addInfo("IPv6 routing")
    let seen = addresses(context.addresses)
    if seen != context.addresses {
      tree.columns.setAddresses(
        { $0.write(ipv6: seen.source) }, { $0.write(ipv6: seen.destination) })
    }
    let top = tree.opened(fields.start.header, count: reader.count)
    guard reader.count > 1 else {
      tree.add(fields.start.next, try reader.uint8(at: 0), at: 0, count: 1)
      throw reader.error(needed: 2)
    }
    let length = try length()
    tree.setLength(length, of: top)
    let lengthItem = fields.start.describeStart(of: reader.bytes, length: length, into: &tree)
    let type = try reader.uint8(at: 2)
    tree.relabel(top) {
      $0.write("Routing Header for IPv6 (")
      $0.write(IPv6RoutingFields.typeName(UInt64(type)) ?? "Unknown type \(type)")
      $0.write(")")
    }
    let typeItem = tree.add(fields.type, type, at: 2, count: 1)
    let left = Int(try reader.uint8(at: 3))
    let leftItem = tree.add(fields.segmentsLeft, left, at: 3, count: 1)
    let items = Items(top: top, length: lengthItem, type: typeItem, left: leftItem)
    switch type {
    case Self.sourceRoute: try describeSourceRoute(length, left, items, into: &tree)
    case Self.mobile: try describeMobile(length, left, items, into: &tree)
    case Self.segments: try describeSegments(left, items, into: &tree)
    case Self.lowPower: try describeLowPower(length, left, items, context, into: &tree)
    case Self.compact, Self.compactWide:
      try describeCompact(
        isWide: type == Self.compactWide, length, left, items, into: &tree)
    default:
      let data = tree.add(fields.data, try reader.part(at: 4, length - 4), at: 4)
      tree.expert(
        fields.undecoded, .note, .undecoded, "Undecoded IPv6 routing header field", under: data)
    }
    try reader.require(length, at: 0)
    tree.describeIPv6Next(IPProtocol(rawValue: reader.bytes[0]))
    tree.close(top)
  }

  private func noteLeft(
    _ words: String, exceeding count: Int, _ item: FieldIndex, into tree: inout FieldBuffer
  ) {
    tree.expert(
      IPv6RoutingFields.fields.invalidLeft, .warning, .proto,
      "IPv6 \(words) Routing Header segments left field must not exceed address count (\(count))",
      under: item)
  }

  private func describeAddress(
    _ field: Field, index: Int, at offset: Int, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let value = try body.ipv6(at: offset)
    let item = tree.add(field, value, at: offset, count: 16)
    tree.relabel(item) {
      $0.write("Address[")
      $0.write(decimal: index)
      $0.write("]: ")
      $0.write(value)
    }
    if body.bytes[offset] == 0xff { noteMulticast(item, into: &tree) }
  }
  private func noteMulticast(_ item: FieldIndex, into tree: inout FieldBuffer) {
    tree.expert(
      IPv6RoutingFields.fields.multicastAddress, .warning, .proto,
      "Multicast addresses must not appear in the source route list", under: item)
  }

  private func describeSourceRoute(
    _ length: Int, _ left: Int, _ items: Items, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = IPv6RoutingFields.fields
    tree.add(fields.sourceReserved, try body.part(at: 4, 4), at: 4)
    let count = (length - 8) / 16
    var end: DecodeError?
    do throws(DecodeError) {
      for index in 0..<count {
        try describeAddress(
          fields.sourceAddress, index: index + 1, at: 8 + 16 * index, into: &tree)
      }
    } catch {
      end = error
    }
    // From the last item to the first, since a finding moves the items after it.
    if left > count { noteLeft("Type 0", exceeding: count, items.left, into: &tree) }
    if end == nil {
      tree.expert(
        fields.deprecated, .note, .deprecated, "Routing header type is deprecated",
        under: items.type)
    }
    if length % 16 != 8 {
      tree.expert(
        fields.invalidLength, .error, .malformed,
        "IPv6 Routing Header extension header length must not be odd", under: items.length)
    }
    if let end { throw end }
  }

  private func describeMobile(
    _ length: Int, _ left: Int, _ items: Items, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = IPv6RoutingFields.fields
    tree.add(fields.mobileReserved, try body.part(at: 4, 4), at: 4)
    if left != 1 {
      tree.expert(
        fields.invalidLeft, .warning, .proto,
        "IPv6 Type 2 Routing Header segments left field must equal 1", under: items.left)
    }
    if length != 24 {
      tree.expert(
        fields.invalidLength, .error, .malformed,
        "IPv6 Type 2 Routing Header extension header length must equal 2", under: items.length)
    }
    try describeAddress(fields.mobileAddress, index: 1, at: 8, into: &tree)
  }

  private func describeSegments(
    _ left: Int, _ items: Items, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = IPv6RoutingFields.fields
    let last = Int(try body.uint8(at: 4))
    tree.add(fields.lastEntry, last, at: 4, count: 1)
    if left > last + 1 { noteLeft("Type 4", exceeding: last + 1, items.left, into: &tree) }
    tree.add(fields.segmentFlags, try body.uint8(at: 5), at: 5, count: 1)
    tree.add(fields.segmentTag, try body.part(at: 6, 2), at: 6)
    for index in 0...last {
      let value = try body.ipv6(at: 8 + 16 * index)
      let item = tree.add(fields.segmentAddress, value, at: 8 + 16 * index, count: 16)
      tree.relabel(item) {
        $0.write("Address[")
        $0.write(decimal: index)
        $0.write("]: ")
        $0.write(value)
      }
    }
  }

  private func describeLowPower(
    _ length: Int, _ left: Int, _ items: Items, _ context: borrowing DescribeContext,
    into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = IPv6RoutingFields.fields
    if context.addresses.destination.high >> 56 == 0xff {
      tree.expert(
        fields.multicastDestination, .warning, .proto,
        "Destination address must not be a multicast address", under: items.top)
      tree.open(items.top)
    }
    let word = try body.uint32(at: 4)
    let places = [
      fields.sharedInner, fields.sharedLast, fields.lowPowerPadding, fields.lowPowerReserved,
    ].map { tree.add($0, bitsOf: word, at: 4, count: 4) }
    let route = lowPowerRoute(length)
    let padding = word >> 20 & 15
    if word & 0xf_ffff != 0 {
      tree.expert(
        fields.reservedUsed, .note, .proto,
        "Reserved field must equal 0 but instead was \(word & 0xf_ffff)", under: places[3])
    }
    if word >> 24 == 0, padding > 0 {
      tree.expert(
        fields.paddingWithout, .warning, .proto,
        "When cmprI equals 0 and cmprE equals 0, pad MUST equal 0 but instead was \(padding)",
        under: places[2])
    }
    if left > route.count { noteLeft("RPL", exceeding: route.count, items.left, into: &tree) }
    let (source, destination) = (context.addresses.source, context.addresses.destination)
    tree.add(fields.lowPowerCount, route.count, .generated)
    for (index, place) in route.enumerated() {
      let count = 16 - place.shared
      tree.add(fields.lowPowerAddress, try body.part(at: place.at, count), at: place.at)
      guard let whole = address(place, destination) else { return }
      let item = tree.add(
        fields.lowPowerFull, .ipv6(high: whole.high, low: whole.low), at: place.at, count: count,
        .generated)
      tree.relabel(item) {
        $0.write("Address[")
        $0.write(decimal: index + 1)
        $0.write("]: ")
        $0.write(ipv6: whole)
      }
      if whole == source {
        tree.expert(
          fields.sourceInRoute, .warning, .proto,
          "Source address must not appear in the source route list", under: item)
      }
      if whole == destination {
        tree.expert(
          fields.destinationInRoute, .warning, .proto,
          "Destination address must not appear in the source route list", under: item)
      }
      if whole.high >> 56 == 0xff { noteMulticast(item, into: &tree) }
    }
  }

  /// A list of short identifiers, which a zero ends.
  private func describeCompact(
    isWide: Bool, _ length: Int, _ left: Int, _ items: Items, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = IPv6RoutingFields.fields
    let width = isWide ? 4 : 2
    if 4 + width * left > length {
      tree.expert(
        fields.invalidLength, .error, .malformed,
        "IPv6 Compact Routing Header minimum length must not exceed header length "
          + "(\(length / 8 - 1))", under: items.length)
    }
    let current = try identifier(isWide, at: 4 + width * left)
    tree.add(
      isWide ? fields.wideCurrent : fields.current, current, at: 4 + width * left, count: width,
      .generated)
    let list = tree.addText("Segment Identifiers", at: 4, count: length - 4)
    tree.open(list)
    for index in 0... {
      let offset = 4 + width * index
      let value = try identifier(isWide, at: offset)
      if value == 0 { break }
      let item = tree.add(
        isWide ? fields.wideIdentifier : fields.identifier, value, at: offset, count: width)
      tree.relabel(item, "SID[\(index)] = \(value)")
    }
    tree.close(list)
  }
  private func identifier(_ isWide: Bool, at offset: Int) throws(DecodeError) -> UInt32 {
    isWide ? try body.uint32(at: offset) : UInt32(try body.uint16(at: offset))
  }
}

/// The fields of routing headers.
struct IPv6RoutingFields: FieldSet {
  let start = IPv6ExtensionFields.Start("ipv6.routing", "Routing Header for IPv6")
  let type = Field(
    "ipv6.routing.type", "Type", .uint8, .natural, .names { typeName($0) })
  let deprecated = Field(
    "ipv6.routing.deprecated", "Routing header type is deprecated", .none)
  let invalidLength = Field(
    "ipv6.routing.invalid_length", "Invalid IPv6 Routing header length", .none)
  let invalidLeft = Field(
    "ipv6.routing.invalid_segleft",
    "IPv6 Routing Header segments left field must not exceed address count", .none)
  let undecoded = Field(
    "ipv6.routing.undecoded", "Undecoded IPv6 routing header field", .none)
  let data = Field("ipv6.routing.unknown_data", "Type-Specific Data", .bytes)
  let segmentsLeft = Field("ipv6.routing.segleft", "Segments Left", .uint8)
  let sourceReserved = Field("ipv6.routing.src.reserved", "Reserved", .bytes)
  let sourceAddress = Field("ipv6.routing.src.addr", "Address", .ipv6)
  let multicastDestination = Field(
    "ipv6.dst_addr.not_multicast", "Destination address must not be a multicast address", .none)
  let multicastAddress = Field(
    "ipv6.src_route_list.multicast_addr",
    "Multicast addresses must not appear in the source route list", .none)
  let sourceInRoute = Field(
    "ipv6.src_route_list.src_addr", "Source address must not appear in the source route list",
    .none)
  let destinationInRoute = Field(
    "ipv6.src_route_list.dst_addr",
    "Destination address must not appear in the source route list", .none)
  let mobileReserved = Field("ipv6.routing.mipv6.reserved", "Reserved", .bytes)
  let mobileAddress = Field("ipv6.routing.mipv6.home_address", "Home Address", .ipv6)
  let lastEntry = Field("ipv6.routing.srh.last_entry", "Last Entry", .uint8)
  let segmentFlags = Field("ipv6.routing.srh.flags", "Flags", .uint8, .hex)
  let segmentTag = Field("ipv6.routing.srh.tag", "Tag", .bytes)
  let segmentAddress = Field("ipv6.routing.srh.addr", "Address", .ipv6)
  let sharedInner = Field(
    "ipv6.routing.rpl.cmprI", "Compressed Internal Octets (CmprI)", .uint32, mask: 0xf000_0000)
  let sharedLast = Field(
    "ipv6.routing.rpl.cmprE", "Compressed Final Octets (CmprE)", .uint32, mask: 0x0f00_0000)
  let lowPowerPadding = Field(
    "ipv6.routing.rpl.pad", "Padding Bytes", .uint32, mask: 0x00f0_0000)
  let lowPowerReserved = Field(
    "ipv6.routing.rpl.reserved", "Reserved", .uint32, mask: 0x000f_ffff)
  let paddingWithout = Field(
    "ipv6.routing.rpl.cmprI_cmprE_pad",
    "When cmprI equals 0 and cmprE equals 0, pad MUST equal 0 but instead was X", .none)
  let reservedUsed = Field(
    "ipv6.routing.rpl.reserved_not0", "Reserved field must equal 0 but instead was X", .none)
  let lowPowerCount = Field("ipv6.routing.rpl.addr_count", "Total Address Count", .int32)
  let lowPowerAddress = Field("ipv6.routing.rpl.address", "Address", .bytes)
  let lowPowerFull = Field("ipv6.routing.rpl.full_address", "Full Address", .ipv6)
  let current = Field("ipv6.routing.crh16.current_sid", "Current SID", .uint16)
  let wideCurrent = Field("ipv6.routing.crh32.current_sid", "Current SID", .uint32)
  let identifier = Field("ipv6.routing.crh16.sid", "Segment ID", .uint16)
  let wideIdentifier = Field("ipv6.routing.crh32.sid", "Segment ID", .uint32)

  static let fields = Self()

  static func typeName(_ number: UInt64) -> String? {
    switch number {
    case 0: "Source Route"
    case 1: "Nimrod"
    case 2: "Type 2 Routing"
    case 3: "RPL Source Route"
    case 4: "Segment Routing"
    case 5: "Compact Routing Header 16"
    case 6: "Compact Routing Header 32"
    case 253: "Experiment 1"
    case 254: "Experiment 2"
    default: nil
    }
  }
}

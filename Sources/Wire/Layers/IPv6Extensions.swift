import Fields

/// A hop-by-hop or destination options header, viewed in place (RFC 8200 4.3, 4.6).
struct IPv6OptionsHeader: ~Escapable {
  private let bytes: Span<UInt8>
  private let isHopByHop: Bool

  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) throws(DecodeError) {
    guard bytes.count >= 2 else { throw layer.error(needed: 2) }
    let needed = (Int(bytes[1]) + 1) * 8
    guard bytes.count >= needed else { throw layer.error(needed: needed) }
    self.bytes = bytes.part(0, needed)
    isHopByHop = layer.kind == .ipv6HopByHop
  }

  var nextHeader: IPProtocol { IPProtocol(rawValue: bytes[0]) }

  func next(_ layer: Layer) -> Layer? { layer.aboveIPv6(nextHeader, at: bytes.count) }

  func describe(_ context: borrowing DescribeContext, into tree: inout FieldBuffer) {
    let fields =
      isHopByHop ? IPv6ExtensionFields.fields.hopByHop : IPv6ExtensionFields.fields.destination
    tree.addProtocol(isHopByHop ? "ipv6.hopopts" : "ipv6.dstopts")
    tree.columns.startInfo()
    tree.columns.info.write(isHopByHop ? "IPv6 hop-by-hop options" : "IPv6 destination options")
    let top = tree.opened(fields.header, count: bytes.count)
    if isHopByHop, context.index > 0, context.layers[context.index - 1].kind != .ipv6 {
      tree.expert(
        IPv6ExtensionFields.fields.notFirst, .error, .proto,
        "IPv6 Hop-by-Hop extension header must appear immediately after IPv6 header", under: top)
      tree.open(top)
    }
    fields.describeStart(of: bytes, into: &tree)
    var at = 2
    while at < bytes.count {
      let option = IPv6Option(rawValue: bytes[at])
      let length = option == .pad1 || at + 1 >= bytes.count ? 1 : 2 + Int(bytes[at + 1])
      bytes.part(at, at + length).describe(option, at: at, into: &tree)
      at += length
    }
    if nextHeader.kind == nil || nextHeader == .noNextHeader {
      tree.columns.startInfo()
      tree.describeIPv6Next(nextHeader)
    }
    tree.close(top)
  }
}

/// A routing header, viewed in place (RFC 8200 4.4, RFC 5095, RFC 6275, RFC 6554, RFC 8754).
struct IPv6RoutingHeader: ~Escapable {
  private let bytes: Span<UInt8>

  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) throws(DecodeError) {
    guard bytes.count >= 8 else { throw layer.error(needed: 8) }
    let needed = (Int(bytes[1]) + 1) * 8
    guard bytes.count >= needed else { throw layer.error(needed: needed) }
    self.bytes = bytes.part(0, needed)
  }

  private static let sourceRoute: UInt8 = 0
  private static let mobile: UInt8 = 2
  private static let lowPower: UInt8 = 3
  private static let segments: UInt8 = 4

  var nextHeader: IPProtocol { IPProtocol(rawValue: bytes[0]) }
  var type: UInt8 { bytes[2] }
  var segmentsLeft: Int { Int(bytes[3]) }
  /// Whole addresses behind the fixed part.
  private var addressCount: Int { type == Self.segments ? min(Int(bytes[4]) + 1, room) : room }
  private var room: Int { (bytes.count - 8) / 16 }

  func next(_ layer: Layer) -> Layer? { layer.aboveIPv6(nextHeader, at: bytes.count) }

  /// Where the packet goes in the end, as long as it is on its way.
  func finalDestination(_ current: NetworkAddresses.Address) -> NetworkAddresses.Address? {
    guard segmentsLeft > 0 else { return nil }
    switch type {
    case Self.sourceRoute, Self.mobile:
      return room > 0 ? bytes.ipv6Address(at: 8 + 16 * (room - 1)) : nil
    case Self.segments: return room > 0 ? bytes.ipv6Address(at: 8) : nil
    case Self.lowPower:
      let route = lowPowerRoute
      guard let last = route.last else { return nil }
      return address(last, current)
    default: return nil
    }
  }

  /// The addresses of an RPL source route: where each begins, and how many bytes of the destination it shares.
  private var lowPowerRoute: [(at: Int, shared: Int)] {
    let (inner, last, padding) = (Int(bytes[4] >> 4), Int(bytes[4] & 15), Int(bytes[5] >> 4))
    let length = bytes.count - 8 - padding - (16 - last)
    guard length >= 0 else { return [] }
    let count = length / (16 - inner)
    var route = (0..<count).map { (at: 8 + $0 * (16 - inner), shared: inner) }
    route.append((8 + count * (16 - inner), last))
    return route
  }
  private func address(
    _ place: (at: Int, shared: Int), _ current: NetworkAddresses.Address
  ) -> NetworkAddresses.Address {
    var (high, low) = (current.high, current.low)
    for index in place.shared..<16 {
      let byte = UInt64(bytes[place.at + index - place.shared])
      let shift = UInt64(56 - 8 * (index % 8))
      if index < 8 {
        high = high & ~(0xff << shift) | byte << shift
      } else {
        low = low & ~(0xff << shift) | byte << shift
      }
    }
    return NetworkAddresses.Address(high: high, low: low)
  }

  func describe(_ context: borrowing DescribeContext, into tree: inout FieldBuffer) {
    let fields = IPv6ExtensionFields.fields
    tree.addProtocol("ipv6.routing")
    tree.columns.startInfo()
    tree.columns.info.write("IPv6 routing")
    if let final = finalDestination(context.addresses.destination) {
      let source = context.addresses.source
      tree.columns.setAddresses({ $0.write(ipv6: source) }, { $0.write(ipv6: final) })
    }
    let (type, count) = (type, bytes.count)
    let top = tree.add(fields.routing.header, .none, count: count)
    tree.relabel(top) {
      $0.write("Routing Header for IPv6 (")
      $0.write(IPv6ExtensionFields.routingName(UInt64(type)) ?? "Unknown type \(type)")
      $0.write(")")
    }
    tree.open(top)
    fields.routing.describeStart(
      of: bytes, oddFinding: type == Self.sourceRoute ? fields.routingLength : nil, into: &tree)
    let item = tree.add(fields.routingType, type, at: 2, count: 1)
    if type == Self.sourceRoute {
      tree.expert(
        fields.routingDeprecated, .note, .deprecated, "Routing header type is deprecated",
        under: item)
    }
    tree.add(fields.segmentsLeft, segmentsLeft, at: 3, count: 1)
    switch type {
    case Self.sourceRoute:
      tree.add(fields.sourceReserved, bytes.part(4, 8), at: 4)
      describeAddresses(fields.sourceAddress, from: 1, into: &tree)
    case Self.mobile:
      tree.add(fields.mobileReserved, bytes.part(4, 8), at: 4)
      describeAddresses(fields.mobileAddress, from: 1, into: &tree)
    case Self.segments:
      tree.add(fields.lastEntry, bytes[4], at: 4, count: 1)
      tree.add(fields.segmentFlags, bytes[5], at: 5, count: 1)
      tree.add(fields.segmentTag, bytes.part(6, 8), at: 6)
      describeAddresses(fields.segmentAddress, from: 0, into: &tree)
    case Self.lowPower: describeLowPower(context, into: &tree)
    default:
      let data = tree.add(fields.routingData, bytes.part(4, bytes.count), at: 4)
      tree.expert(
        fields.routingUndecoded, .note, .undecoded, "Undecoded IPv6 routing header field",
        under: data)
    }
    tree.close(top)
  }

  private func describeAddresses(_ field: Field, from first: Int, into tree: inout FieldBuffer) {
    for index in 0..<addressCount {
      let address = bytes.ipv6Address(at: 8 + 16 * index)
      let item = tree.add(
        field, .ipv6(high: address.high, low: address.low), at: 8 + 16 * index, count: 16)
      tree.relabel(item) {
        $0.write("Address[")
        $0.write(decimal: index + first)
        $0.write("]: ")
        $0.write(ipv6: address)
      }
    }
  }

  private func describeLowPower(
    _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) {
    let fields = IPv6ExtensionFields.fields
    let word = bytes.uint32(at: 4)
    for field in [
      fields.sharedInner, fields.sharedLast, fields.lowPowerPadding, fields.lowPowerReserved,
    ] {
      tree.add(field, bitsOf: word, at: 4, count: 4)
    }
    let route = segmentsLeft > 0 || bytes.count > 8 ? lowPowerRoute : []
    tree.add(fields.lowPowerCount, route.count, .generated)
    for (index, place) in route.enumerated() {
      let end = place.at + 16 - place.shared
      tree.add(fields.lowPowerAddress, bytes.part(place.at, end), at: place.at)
      let whole = address(place, context.addresses.destination)
      let item = tree.add(
        fields.lowPowerFull, .ipv6(high: whole.high, low: whole.low), at: place.at,
        count: end - place.at, .generated)
      tree.relabel(item) {
        $0.write("Address[")
        $0.write(decimal: index + 1)
        $0.write("]: ")
        $0.write(ipv6: whole)
      }
    }
  }
}

/// A fragment header, viewed in place (RFC 8200 4.5).
struct IPv6FragmentHeader: ~Escapable {
  static let headerLength = 8

  private let bytes: Span<UInt8>

  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) throws(DecodeError) {
    guard bytes.count >= Self.headerLength else { throw layer.error(needed: Self.headerLength) }
    self.bytes = bytes
  }

  var nextHeader: IPProtocol { IPProtocol(rawValue: bytes[0]) }
  var offset: Int { Int(bytes.uint16(at: 2) & 0xfff8) }
  var hasMore: Bool { bytes[3] & 1 == 1 }
  var identification: UInt32 { bytes.uint32(at: 4) }
  /// A datagram may be one fragment (RFC 6946).
  var isWhole: Bool { offset == 0 && !hasMore }
  var payload: Span<UInt8> {
    @_lifetime(copy self) get { bytes.part(Self.headerLength, bytes.count) }
  }

  /// What follows where the fragment is not put together with others.
  func next(_ layer: Layer) -> Layer? {
    if isWhole { return layer.aboveIPv6(nextHeader, at: Self.headerLength) }
    return layer.aboveIPv6(.noNextHeader, at: Self.headerLength)
  }

  func describe(_ context: borrowing DescribeContext, into tree: inout FieldBuffer) {
    let fields = IPv6ExtensionFields.fields
    tree.addProtocol("ipv6.fraghdr")
    let top = tree.opened(fields.fragment, count: Self.headerLength)
    tree.add(fields.fragmentNext, nextHeader.rawValue, at: 0, count: 1)
    tree.add(fields.reservedOctet, bytes[1], at: 1, count: 1)
    let word = bytes.uint16(at: 2)
    let offset = tree.add(fields.fragmentOffset, bitsOf: word, at: 2, count: 2)
    tree.note(offset) {
      $0.write(" (")
      $0.write(decimal: UInt64(word & 0xfff8))
      $0.write(" bytes)")
    }
    tree.add(fields.reservedBits, bitsOf: word, at: 2, count: 2)
    tree.add(fields.more, bitsOf: word, at: 2, count: 2)
    tree.add(fields.fragmentIdentification, identification, at: 4, count: 4)
    tree.close(top)
    if let reassembly = context.reassembly {
      tree.add(reassembly, IPv6Fields.fields.pieces)
    } else if !isWhole {
      tree.columns.startInfo()
      tree.columns.info.write(
        "IPv6 fragment (off=\(self.offset) more=\(hasMore ? "y" : "n") ident=0x")
      tree.columns.info.write(hex: UInt64(identification), digits: 8)
      tree.columns.info.write(" nxt=\(nextHeader.rawValue))")
    }
  }
}

/// The fields of IPv6 extension headers.
struct IPv6ExtensionFields: FieldSet {
  /// The fields that all but the fragment header begin with.
  struct Start {
    let header: Field, next: Field, length: Field, octets: Field

    init(_ name: String, _ label: String) {
      header = Field(name, label, .proto)
      next = Field(
        "\(name).nxt", "Next Header", .uint8, .natural, .names { IPProtocol.name($0) })
      length = Field("\(name).len", "Length", .uint8)
      octets = Field("\(name).len_oct", "Length", .uint16, .natural, .unit(" bytes"))
    }

    func describeStart(
      of bytes: Span<UInt8>, oddFinding: Field? = nil, into tree: inout FieldBuffer
    ) {
      tree.add(next, bytes[0], at: 0, count: 1)
      let item = tree.add(length, bytes[1], at: 1, count: 1)
      if let oddFinding, bytes[1] & 1 == 1 {
        tree.expert(
          oddFinding, .error, .malformed,
          "IPv6 Routing Header extension header length must not be odd", under: item)
      }
      tree.add(octets, bytes.count, at: 1, count: 1, .generated)
    }
  }

  let hopByHop = Start("ipv6.hopopts", "IPv6 Hop-by-Hop Option")
  let notFirst = Field(
    "ipv6.hopopts.not_first",
    "IPv6 Hop-by-Hop extension header must appear immediately after IPv6 header", .none)
  let destination = Start("ipv6.dstopts", "Destination Options for IPv6")
  let routing = Start("ipv6.routing", "Routing Header for IPv6")
  let routingType = Field(
    "ipv6.routing.type", "Type", .uint8, .natural,
    .names { IPv6ExtensionFields.routingName($0) })
  let routingDeprecated = Field(
    "ipv6.routing.deprecated", "Routing header type is deprecated", .none)
  let routingLength = Field(
    "ipv6.routing.invalid_length", "Invalid IPv6 Routing header length", .none)
  let routingUndecoded = Field(
    "ipv6.routing.undecoded", "Undecoded IPv6 routing header field", .none)
  let routingData = Field("ipv6.routing.unknown_data", "Type-Specific Data", .bytes)
  let segmentsLeft = Field("ipv6.routing.segleft", "Segments Left", .uint8)
  let sourceReserved = Field("ipv6.routing.src.reserved", "Reserved", .bytes)
  let sourceAddress = Field("ipv6.routing.src.addr", "Address", .ipv6)
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
  let lowPowerCount = Field("ipv6.routing.rpl.addr_count", "Total Address Count", .int32)
  let lowPowerAddress = Field("ipv6.routing.rpl.address", "Address", .bytes)
  let lowPowerFull = Field("ipv6.routing.rpl.full_address", "Full Address", .ipv6)
  let fragment = Field("ipv6.fraghdr", "Fragment Header for IPv6", .proto)
  let fragmentNext = Field(
    "ipv6.fraghdr.nxt", "Next header", .uint8, .natural, .names { IPProtocol.name($0) })
  let reservedOctet = Field("ipv6.fraghdr.reserved_octet", "Reserved octet", .uint8, .hex)
  let fragmentOffset = Field("ipv6.fraghdr.offset", "Offset", .uint16, mask: 0xfff8)
  let reservedBits = Field("ipv6.fraghdr.reserved_bits", "Reserved bits", .uint16, mask: 0x0006)
  let more = Field(
    "ipv6.fraghdr.more", "More Fragments", .boolean, .natural, .yesNo, mask: 0x0001, of: 16)
  let fragmentIdentification = Field(
    "ipv6.fraghdr.ident", "Identification", .uint32, .hex)

  static let fields = Self()

  static func routingName(_ number: UInt64) -> String? {
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

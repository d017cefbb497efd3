import Fields

/// An IPv4 packet, viewed in place (RFC 791 section 3.1).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-------+-------+---------------+-------------------------------+
///     |Version|  IHL  |Type of Service|          Total Length         |
///     +-------+-------+---------------+-----+-------------------------+
///     |         Identification        |Flags|      Fragment Offset    |
///     +---------------+---------------+-----+-------------------------+
///     |  Time to Live |    Protocol   |         Header Checksum       |
///     +---------------+---------------+-------------------------------+
///     |                       Source Address                          |
///     +---------------------------------------------------------------+
///     |                    Destination Address                        |
///     +---------------------------------------------------------------+
///     |                    Options, up to 40 bytes                    |
///     +---------------------------------------------------------------+
public struct IPv4Packet: ~Escapable {
  /// The length in bytes of a header without options.
  public static let minimumHeaderLength = 20

  let bytes: Span<UInt8>

  /// The only length check of the fixed header; `next` and `describe` look at `defect` before the rest.
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) throws(DecodeError) {
    guard bytes.count >= Self.minimumHeaderLength else {
      throw layer.error(needed: Self.minimumHeaderLength)
    }
    self.bytes = bytes
  }
  /// A header that was cut, with zeros for the rest.
  @_lifetime(copy header)
  init(padded header: Span<UInt8>) { bytes = header }

  /// Views the bytes of a packet, from its version on. Throws `DecodeError`, reason `tooShort`, where there are fewer than 20 bytes.
  @_lifetime(copy bytes)
  public init(_ bytes: Span<UInt8>) throws(DecodeError) {
    try self.init(bytes, Layer(.ipv4, start: 0, end: bytes.count, wireEnd: bytes.count))
  }

  /// The version as the packet says it: 4, if it is one of IPv4.
  public var version: UInt8 { bytes[0] >> 4 }
  /// The length of the header with its options, in bytes; a packet may say less than 20, or more than there is.
  public var headerLength: Int { Int(bytes[0] & 0x0f) * 4 }
  /// The code point of differentiated services in the upper six bits (RFC 2474), congestion in the lower two (RFC 3168).
  public var services: UInt8 { bytes[1] }
  /// The length of header and payload in bytes; 0 where a network card was to cut the packet in pieces.
  public var totalLength: Int { Int(bytes.uint16(at: 2)) }
  public var identification: UInt16 { bytes.uint16(at: 4) }
  /// The three flags in the upper bits: reserved, do not fragment, more fragments.
  public var flags: UInt8 { bytes[6] & 0xe0 }
  public var hasMoreFragments: Bool { flags & 0x20 != 0 }
  /// Where the payload begins in that of the whole datagram, in bytes.
  public var fragmentOffset: Int { Int(bytes.uint16(at: 6) & 0x1fff) * 8 }
  @inline(__always)
  public var isFragment: Bool { hasMoreFragments || fragmentOffset > 0 }
  /// Hops that the packet may still make.
  public var timeToLive: UInt8 { bytes[8] }
  /// What the packet carries.
  public var number: IPProtocol { IPProtocol(rawValue: bytes[9]) }
  public var checksum: UInt16 { bytes.uint16(at: 10) }
  @inline(__always)
  public var source: UInt32 { bytes.uint32(at: 12) }
  @inline(__always)
  public var destination: UInt32 { bytes.uint32(at: 16) }
  /// The source, and where the packet goes in the end: a source route says more than the header.
  @inline(__always)
  public var addresses: NetworkAddresses {
    guard headerLength > Self.minimumHeaderLength, bytes.count >= headerLength else {
      return NetworkAddresses(ipv4: source, destination)
    }
    return NetworkAddresses(ipv4: source, lastStop ?? destination)
  }

  /// What makes the rest of the packet unreadable.
  enum Defect {
    case version
    case headerLength
    case totalLength
  }
  @inline(__always)
  func defect(_ layer: Layer) -> Defect? {
    if version != 4 { return .version }
    if headerLength < Self.minimumHeaderLength { return .headerLength }
    return length(layer) < headerLength ? .totalLength : nil
  }

  /// The packet's length; 0 means what there is: the network card would have cut it in pieces.
  @inline(__always)
  func length(_ layer: Layer) -> Int { totalLength == 0 ? layer.wireCount : totalLength }

  func checkHeader(_ layer: Layer) throws(DecodeError) {
    guard bytes.count >= headerLength else { throw layer.error(needed: headerLength) }
  }
  var headerSum: Checksum {
    var sum = Checksum()
    sum.add(bytes.part(0, headerLength))
    return sum
  }

  /// Whether the fragment is whole and can be trusted.
  func canReassemble(_ layer: Layer, validating: Bool) -> Bool {
    isFragment && length(layer) > headerLength && bytes.count >= length(layer)
      && (!validating || headerSum.folded == 0xffff)
  }
  /// What the header and the total length leave, as far as it was captured.
  public var payload: Span<UInt8> {
    @_lifetime(copy self) get { bytes.part(headerLength, totalLength) }
  }

  /// What says that it is IPv6, but is of another version.
  private var holdsOtherThanIPv6: Bool {
    number == .ipv6 && bytes.count > headerLength && bytes[headerLength] >> 4 != 6
  }

  /// The layer above, where the packet is whole or the first fragment.
  @inline(__always)
  func next(_ layer: Layer) -> Layer? {
    switch defect(layer) {
    case .version, .headerLength, .totalLength: return nil
    case nil: break
    }
    let count = length(layer) - headerLength
    guard count > 0, layer.wireCount > headerLength else { return nil }
    let kind = fragmentOffset > 0 || holdsOtherThanIPv6 ? .data : number.kindInIPv4
    var above = layer.above(kind, at: headerLength, length: count)
    above.isFragment = above.isFragment || hasMoreFragments
    return above
  }

  /// `captured` is how many bytes of the header there are; all, where it is nil.
  func describe(
    _ layer: Layer, _ context: borrowing DescribeContext, captured: Int? = nil,
    into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = IPv4Fields.fields
    tree.columns.protocolName = "IPv4"
    tree.columns.startInfo()
    tree.addProtocol("ip")
    let top = tree.opened(fields.ip, count: Self.minimumHeaderLength)
    let version = tree.add(fields.version, self.version, at: 0, count: 1)
    tree.relabel(version) {
      $0.write(bits: UInt64(self.version) << 4, mask: 0xf0, of: 8)
      $0.write(" = Version: ")
      $0.write(decimal: UInt64(self.version))
    }
    let defect = defect(layer)
    if defect == .version {
      tree.columns.info.write("Bogus IPv4 version (\(self.version), must be 4)")
      tree.expert(fields.bogusVersion, .error, .proto, "Bogus IPv4 version", under: version)
      tree.close(top)
      return
    }
    let headerLength = headerLength
    let header = tree.add(fields.headerLength, headerLength, at: 0, count: 1)
    tree.relabel(header) {
      $0.write(bits: UInt64(headerLength / 4), mask: 0x0f, of: 8)
      $0.write(" = Header Length: ")
      $0.write(decimal: headerLength)
      $0.write(" bytes (")
      $0.write(decimal: headerLength / 4)
      $0.write(")")
    }
    if defect == .headerLength {
      let words = "Bogus IP header length (\(headerLength), must be at least 20)"
      tree.columns.info.write(words)
      tree.expert(fields.bogusHeaderLength, .error, .proto, words, under: header)
      tree.close(top)
      return
    }
    tree.setLength(headerLength, of: top)
    describeServices(into: &tree)
    describeLength(layer, defect, into: &tree)
    if defect == nil { try describeRest(layer, context, captured, top, into: &tree) }
    tree.close(top)
  }

  private func describeServices(into tree: inout FieldBuffer) {
    let fields = IPv4Fields.fields
    let services = services
    let item = tree.add(fields.services, services, at: 1, count: 1)
    tree.note(item) {
      $0.write(" (DSCP: ")
      $0.write(DifferentiatedServices.shortClassName(services >> 2))
      $0.write(", ECN: ")
      $0.write(DifferentiatedServices.shortCongestionName(services))
      $0.write(")")
    }
    tree.open(item)
    tree.add(fields.servicesClass, bitsOf: services, at: 1, count: 1)
    tree.add(fields.congestion, bitsOf: services, at: 1, count: 1)
    tree.close(item)
  }

  private func describeLength(_ layer: Layer, _ defect: Defect?, into tree: inout FieldBuffer) {
    let fields = IPv4Fields.fields
    if totalLength == 0, defect == nil {
      let item = tree.add(fields.length, layer.wireCount, at: 2, count: 2, .generated)
      tree.note(item) {
        $0.write(
          " bytes (reported as 0, presumed to be because of \"TCP segmentation offload\" (TSO))")
      }
      return
    }
    let item = tree.add(fields.length, totalLength, at: 2, count: 2)
    if defect != nil {
      tree.note(item, " bytes (bogus, less than header length \(headerLength))")
      tree.columns.info.write(
        "Bogus IP length (\(totalLength), less than header length \(headerLength))")
      tree.expert(fields.bogusLength, .error, .proto, "Bogus IP length", under: item)
    } else if totalLength > layer.wireCount, !layer.isQuoted {
      tree.expert(
        fields.bogusLength, .error, .proto,
        "IPv4 total length exceeds packet length (\(layer.wireCount) bytes)", under: item)
    }
  }

  private func describeRest(
    _ layer: Layer, _ context: borrowing DescribeContext, _ captured: Int?, _ top: FieldIndex,
    into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = IPv4Fields.fields
    tree.add(fields.identification, identification, at: 4, count: 2)
    let flags = flags
    let item = tree.add(fields.flags, bitsOf: flags, at: 6, count: 1)
    tree.note(item) {
      if flags & 0x80 != 0 { $0.write(", Reserved bit") }
      if flags & 0x40 != 0 { $0.write(", Don't fragment") }
      if flags & 0x20 != 0 { $0.write(", More fragments") }
    }
    tree.open(item)
    tree.add(fields.reservedBit, bitsOf: flags, at: 6, count: 1)
    tree.add(fields.dontFragment, bitsOf: flags, at: 6, count: 1)
    tree.add(fields.moreFragments, bitsOf: flags, at: 6, count: 1)
    tree.close(item)
    let offset = tree.add(fields.fragmentOffset, fragmentOffset / 8, at: 6, count: 2)
    let units = UInt64(fragmentOffset / 8)
    tree.relabel(offset) {
      $0.write(bits: units, mask: 0x1fff, of: 16)
      $0.write(" = Fragment Offset: ")
      $0.write(decimal: units * 8)
    }
    let hops = tree.add(fields.timeToLive, timeToLive, at: 8, count: 1)
    describeTimeToLive(under: hops, into: &tree)
    tree.add(fields.number, number.rawValue, at: 9, count: 1)
    describeChecksum(context, isCut: captured != nil, into: &tree)
    describeAddresses(top, into: &tree)
    try describeOptions(layer, into: &tree)
    guard bytes.count >= headerLength else { return }
    describeFragments(context, into: &tree)
  }

  /// Addresses that routers never forward to must be sent with one hop, or with 255 (RFC 5082).
  private func describeTimeToLive(under item: FieldIndex, into tree: inout FieldBuffer) {
    let fields = IPv4Fields.fields
    if destination >> 8 == 0xe0_0000 {
      let wanted: UInt8? =
        switch destination & 0xff {
        case _ where number == .igmp: 1
        case 18, 102, 251: 255
        case 252: nil
        default: 1
        }
      guard let wanted, timeToLive != wanted else { return }
      tree.expert(
        fields.timeToLiveLocal, .note, .sequence,
        "\"Time To Live\" != \(wanted) for a packet sent to the Local Network Control Block "
          + "(see RFC 3171)", under: item)
    } else if timeToLive < 5, destination >> 28 != 0xe, number.rawValue != 103,
      number.rawValue != 89
    {
      tree.expert(
        fields.timeToLiveSmall, .note, .sequence, "\"Time To Live\" only \(timeToLive)",
        under: item)
    }
  }

  private func describeChecksum(
    _ context: borrowing DescribeContext, isCut: Bool, into tree: inout FieldBuffer
  ) {
    let fields = IPv4Fields.fields
    let item = tree.add(fields.checksum, checksum, at: 10, count: 2)
    guard context.validatesChecksums, bytes.count >= headerLength, !isCut else {
      tree.note(
        item, context.validatesChecksums ? " [not all data available]" : " [validation disabled]")
      tree.add(
        fields.checksumStatus, Checksum.Status.unverified.rawValue, .generated)
      return
    }
    let sum = headerSum
    let expected = sum.expected(insteadOf: checksum)
    let isGood = sum.folded == 0xffff
    if isGood {
      tree.note(item, " [correct]")
    } else {
      tree.note(item) {
        $0.write(" incorrect, should be 0x")
        $0.write(hex: UInt64(expected), digits: 4)
        $0.write("(may be caused by \"IP checksum offload\"?)")
      }
      tree.badChecksum(fields.checksumBad, should: expected, under: item)
    }
    let status: Checksum.Status = isGood ? .good : .bad
    tree.add(fields.checksumStatus, status.rawValue, .generated)
    tree.add(fields.checksumCalculated, expected, at: 10, count: 2, .generated)
  }

  private func describeAddresses(_ top: FieldIndex, into tree: inout FieldBuffer) {
    let fields = IPv4Fields.fields
    let (source, destination) = (source, destination)
    guard let last = lastStop else {
      tree.columns.setSource { $0.write(ipv4: source) }
      tree.relabel(top) {
        $0.write("Internet Protocol Version 4, Src: ")
        $0.write(ipv4: source)
      }
      tree.add(fields.source, fields.address, fields.sourceHost, fields.host, source, at: 12)
      return
    }
    tree.columns.setAddresses({ $0.write(ipv4: source) }, { $0.write(ipv4: last) })
    tree.relabel(top) {
      $0.write("Internet Protocol Version 4, Src: ")
      $0.write(ipv4: source)
      $0.write(", Dst: ")
      $0.write(ipv4: last)
      guard last != destination else { return }
      $0.write(", Via: ")
      $0.write(ipv4: destination)
    }
    tree.add(fields.source, fields.address, fields.sourceHost, fields.host, source, at: 12)
    if last == destination {
      tree.add(
        fields.destination, fields.address, fields.destinationHost, fields.host, destination, at: 16
      )
    } else {
      tree.add(fields.currentRoute, .ipv4(destination), at: 16, count: 4)
      tree.add(fields.currentRouteHost, at: 16, count: 4, [.hidden, .generated]) {
        $0.write(ipv4: destination)
      }
    }
  }

  private func describeFragments(
    _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) {
    if let reassembly = context.reassembly {
      tree.add(reassembly, IPv4Fields.fields.pieces)
    }
    let isData = context.layerAbove?.kind == .data
    if isFragment, context.reassembly == nil, isData || context.layerAbove == nil,
      fragmentOffset > 0 || context.layerAbove != nil
    {
      tree.columns.info.write("Fragmented IP protocol (proto=")
      tree.columns.info.write(IPProtocolNumber.name(UInt64(number.rawValue)) ?? "Unknown")
      tree.columns.info.write(" ")
      tree.columns.info.write(decimal: UInt64(number.rawValue))
      tree.columns.info.write(", off=")
      tree.columns.info.write(decimal: fragmentOffset)
      tree.columns.info.write(", ID=")
      tree.columns.info.write(hex: UInt64(identification), digits: 4)
      tree.columns.info.write(")")
    } else if isData {
      if number == .ipv6 { tree.columns.protocolName = "IPv6" }
      tree.columns.info.write(IPProtocolNumber.name(UInt64(number.rawValue)) ?? "Unknown")
      tree.columns.info.write(" (")
      tree.columns.info.write(decimal: UInt64(number.rawValue))
      tree.columns.info.write(")")
    }
  }
}

extension FieldBuffer {
  /// An address with the fields that filters find it by.
  fileprivate mutating func add(
    _ field: Field, _ either: Field, _ host: Field, _ eitherHost: Field, _ address: UInt32, at: Int
  ) {
    add(field, .ipv4(address), at: at, count: 4)
    add(either, .ipv4(address), at: at, count: 4, .hidden)
    add(host, at: at, count: 4, [.hidden, .generated]) { $0.write(ipv4: address) }
    add(eitherHost, at: at, count: 4, [.hidden, .generated]) { $0.write(ipv4: address) }
  }
}

/// The fields of IPv4.
struct IPv4Fields: FieldSet {
  let ip = Field("ip", "Internet Protocol Version 4", .proto)
  let version = Field("ip.version", "Version", .uint8)
  let headerLength = Field("ip.hdr_len", "Header Length", .uint8)
  let services = Field("ip.dsfield", "Differentiated Services Field", .uint8, .hex)
  let servicesClass = Field(
    "ip.dsfield.dscp", "Differentiated Services Codepoint", .uint8, .natural,
    .names { DifferentiatedServices.className($0) }, mask: 0xfc)
  let congestion = Field(
    "ip.dsfield.ecn", "Explicit Congestion Notification", .uint8, .natural,
    .names { DifferentiatedServices.congestionName($0) }, mask: 0x03)
  let length = Field("ip.len", "Total Length", .uint16)
  let identification = Field("ip.id", "Identification", .uint16, .hexDecimal)
  let flags = Field("ip.flags", "Flags", .uint8, .hex, mask: 0xe0)
  let reservedBit = Field(
    "ip.flags.rb", "Reserved bit", .boolean, .natural, .setNotSet, mask: 0x80)
  let dontFragment = Field(
    "ip.flags.df", "Don't fragment", .boolean, .natural, .setNotSet, mask: 0x40)
  let moreFragments = Field(
    "ip.flags.mf", "More fragments", .boolean, .natural, .setNotSet, mask: 0x20)
  let fragmentOffset = Field("ip.frag_offset", "Fragment Offset", .uint16, mask: 0x1fff)
  let timeToLive = Field("ip.ttl", "Time to Live", .uint8)
  let number = Field(
    "ip.proto", "Protocol", .uint8, .natural, .names { IPProtocolNumber.name($0) })
  let checksum = Field("ip.checksum", "Header Checksum", .uint16, .hex)
  let checksumStatus = Field(
    "ip.checksum.status", "Header checksum status", .uint8, .wordsOnly,
    .names { Checksum.statusName($0) })
  let checksumCalculated = Field(
    "ip.checksum_calculated", "Calculated Checksum", .uint16, .hex)
  let source = Field("ip.src", "Source Address", .ipv4)
  let sourceHost = Field("ip.src_host", "Source Host", .string)
  let destination = Field("ip.dst", "Destination Address", .ipv4)
  let destinationHost = Field("ip.dst_host", "Destination Host", .string)
  let currentRoute = Field("ip.cur_rt", "Current Route", .ipv4)
  let currentRouteHost = Field("ip.cur_rt_host", "Current Route Host", .string)
  let address = Field("ip.addr", "Source or Destination Address", .ipv4)
  let host = Field("ip.host", "Source or Destination Host", .string)
  let bogusVersion = Field("ip.bogus_ip_version", "Bogus IP version", .none)
  let bogusHeaderLength = Field("ip.bogus_header_length", "Bogus IP header length", .none)
  let bogusLength = Field("ip.bogus_ip_length", "Bogus IP length", .none)
  let checksumBad = Field("ip.checksum_bad.expert", "Bad checksum", .none)
  let timeToLiveLocal = Field("ip.ttl.lncb", "Time To Live", .none)
  let timeToLiveSmall = Field("ip.ttl.too_small", "Time To Live", .none)
  let pieces = FragmentFields("ip", version: 4, fragments: .bytes)

  static let fields = Self()
}

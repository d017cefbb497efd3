import Fields

/// A hop-by-hop or destination options header, viewed in place (RFC 8200 4.3, 4.6).
struct IPv6OptionsHeader: ~Escapable {
  private let reader: ByteReader
  private let isHopByHop: Bool

  /// Checks nothing: `next` and `describe` read on with checks of their own.
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) {
    reader = ByteReader(bytes, layer)
    isHopByHop = layer.kind == .ipv6HopByHop
  }

  private func length() throws(DecodeError) -> Int { 8 * (Int(try reader.uint8(at: 1)) + 1) }

  func next(_ layer: Layer) throws(DecodeError) -> Layer? {
    let length = try length()
    try reader.require(length, at: 0)
    return layer.aboveIPv6(IPProtocol(rawValue: reader.bytes[0]), at: length)
  }

  /// The addresses as the layers above see them: the home address of a mobile node takes the place of its own (RFC 6275 6.3).
  func addresses(_ current: NetworkAddresses) -> NetworkAddresses {
    guard let length = try? length() else { return current }
    var (at, addresses) = (2, current)
    let end = min(length, reader.count)
    while at + 1 < end {
      if reader.bytes[at] == IPv6Option.homeAddress.rawValue, at + 18 <= reader.count {
        addresses = addresses.with(source: reader.bytes.ipv6Address(at: at + 2))
      }
      at += reader.bytes[at] == IPv6Option.pad1.rawValue ? 1 : 2 + Int(reader.bytes[at + 1])
    }
    return addresses
  }

  func describe(
    _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields =
      isHopByHop ? IPv6ExtensionFields.fields.hopByHop : IPv6ExtensionFields.fields.destination
    tree.addProtocol(isHopByHop ? "ipv6.hopopts" : "ipv6.dstopts")
    tree.columns.addInfo(isHopByHop ? "IPv6 hop-by-hop options" : "IPv6 destination options")
    let length = try length()
    let top = tree.opened(fields.header, count: length)
    if isHopByHop, context.index > 0, context.layers[context.index - 1].kind != .ipv6 {
      tree.expert(
        IPv6ExtensionFields.fields.notFirst, .error, .proto,
        "IPv6 Hop-by-Hop extension header must appear immediately after IPv6 header", under: top)
      tree.open(top)
    }
    fields.describeStart(of: reader.bytes, length: length, into: &tree)
    var at = 2
    while at < length {
      at = try IPv6OptionDescription(reader, at: at)
        .describe(isHopByHop: isHopByHop, context, into: &tree)
    }
    try reader.require(length, at: 0)
    tree.describeIPv6Next(IPProtocol(rawValue: reader.bytes[0]))
    tree.close(top)
  }
}

/// A fragment header, viewed in place (RFC 8200 4.5).
struct IPv6FragmentHeader: ~Escapable {
  static let headerLength = 8

  private let bytes: Span<UInt8>

  /// The only length check: every accessor below relies on it.
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

  /// Describes a header that may be cut: it is whole or not shown.
  static func describe(
    _ bytes: Span<UInt8>, _ layer: Layer, _ context: borrowing DescribeContext,
    into tree: inout FieldBuffer
  ) throws(DecodeError) {
    tree.addProtocol("ipv6.fraghdr")
    try Self(bytes, layer).describe(context, into: &tree)
  }

  private func describe(_ context: borrowing DescribeContext, into tree: inout FieldBuffer) {
    let fields = IPv6ExtensionFields.fields
    tree.columns.startInfo()
    tree.columns.info.write(
      "IPv6 fragment (off=\(self.offset) more=\(hasMore ? "y" : "n") ident=0x")
    tree.columns.info.write(hex: UInt64(identification), digits: 8)
    tree.columns.info.write(" nxt=\(nextHeader.rawValue))")
    let top = tree.opened(fields.fragment, count: Self.headerLength)
    if context.isJumbogram {
      tree.expert(
        fields.jumboFragment, .warning, .proto,
        "Jumbo Payload option cannot be used with a fragment header", under: top)
      tree.open(top)
    }
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
    }
    if isWhole || context.reassembly != nil { tree.describeIPv6Next(nextHeader) }
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
        "\(name).nxt", "Next Header", .uint8, .natural, .names { IPProtocolNumber.name($0) })
      length = Field("\(name).len", "Length", .uint8)
      octets = Field("\(name).len_oct", "Length", .uint16, .natural, .unit(" bytes"))
    }

    /// The first two bytes, which the caller found there.
    @discardableResult
    func describeStart(
      of bytes: Span<UInt8>, length count: Int, into tree: inout FieldBuffer
    ) -> FieldIndex {
      tree.add(next, bytes[0], at: 0, count: 1)
      let item = tree.add(length, bytes[1], at: 1, count: 1)
      tree.add(octets, count, at: 1, count: 1, .generated)
      return item
    }
  }

  let hopByHop = Start("ipv6.hopopts", "IPv6 Hop-by-Hop Option")
  let notFirst = Field(
    "ipv6.hopopts.not_first",
    "IPv6 Hop-by-Hop extension header must appear immediately after IPv6 header", .none)
  let destination = Start("ipv6.dstopts", "Destination Options for IPv6")
  let fragment = Field("ipv6.fraghdr", "Fragment Header for IPv6", .proto)
  let jumboFragment = Field(
    "ipv6.opt.jumbo.fragment", "Jumbo Payload option cannot be used with a fragment header",
    .none)
  let fragmentNext = Field(
    "ipv6.fraghdr.nxt", "Next header", .uint8, .natural, .names { IPProtocolNumber.name($0) })
  let reservedOctet = Field("ipv6.fraghdr.reserved_octet", "Reserved octet", .uint8, .hex)
  let fragmentOffset = Field("ipv6.fraghdr.offset", "Offset", .uint16, mask: 0xfff8)
  let reservedBits = Field("ipv6.fraghdr.reserved_bits", "Reserved bits", .uint16, mask: 0x0006)
  let more = Field(
    "ipv6.fraghdr.more", "More Fragments", .boolean, .natural, .yesNo, mask: 0x0001, of: 16)
  let fragmentIdentification = Field(
    "ipv6.fraghdr.ident", "Identification", .uint32, .hex)

  static let fields = Self()
}

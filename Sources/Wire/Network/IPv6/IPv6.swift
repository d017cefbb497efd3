import Fields

/// An IPv6 packet, viewed in place (RFC 8200 section 3).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-------+---------------+---------------------------------------+
///     |Version| Traffic Class |              Flow Label               |
///     +-------+---------------+-------+---------------+---------------+
///     |         Payload Length        |  Next Header  |   Hop Limit   |
///     +-------------------------------+---------------+---------------+
///     |                    Source Address, 16 bytes                   |
///     +---------------------------------------------------------------+
///     |                 Destination Address, 16 bytes                 |
///     +---------------------------------------------------------------+
public struct IPv6Packet: ~Escapable {
  /// The length of the header in bytes, without extension headers.
  public static let headerLength = 40

  private let bytes: Span<UInt8>
  /// Bytes after the header to the end of what holds the packet, as they were on the wire.
  private let framing: Int
  private let isQuoted: Bool

  /// The only length check: every accessor below relies on it.
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) throws(DecodeError) {
    guard bytes.count >= Self.headerLength else { throw layer.error(needed: Self.headerLength) }
    self.bytes = bytes
    framing = layer.wireCount - Self.headerLength
    isQuoted = layer.isQuoted
  }

  /// Views the bytes of a packet, from its version on. Throws `DecodeError`, reason `tooShort`, where there are fewer than 40 bytes.
  @_lifetime(copy bytes)
  public init(_ bytes: Span<UInt8>) throws(DecodeError) {
    try self.init(bytes, Layer(.ipv6, start: 0, end: bytes.count, wireEnd: bytes.count))
  }

  /// The version as the packet says it: 6, if it is one of IPv6.
  public var version: UInt8 { bytes[0] >> 4 }
  public var trafficClass: UInt8 { UInt8(truncatingIfNeeded: bytes.uint16(at: 0) >> 4) }
  /// The flow label, 20 bits.
  public var flowLabel: UInt32 { bytes.uint32(at: 0) & 0xf_ffff }
  /// The length in bytes of what follows the header, extension headers among it, as the header says it.
  public var payloadLength: Int { Int(bytes.uint16(at: 4)) }
  /// What follows the header: an extension header, or what the packet carries.
  public var nextHeader: IPProtocol { IPProtocol(rawValue: bytes[6]) }
  public var hopLimit: UInt8 { bytes[7] }
  public var source: NetworkAddresses.Address { bytes.ipv6Address(at: 8) }
  public var destination: NetworkAddresses.Address { bytes.ipv6Address(at: 24) }
  /// What the payload length leaves, as far as it was captured, extension headers among it.
  public var payload: Span<UInt8> {
    @_lifetime(copy self) get { bytes.part(Self.headerLength, Self.headerLength + length) }
  }
  public var addresses: NetworkAddresses { NetworkAddresses(ipv6: source, destination) }

  /// The least length that a Jumbo Payload option may say (RFC 2675 2).
  static let leastJumbo: UInt32 = 65_536
  /// Fewer bytes are no transport header, but padding of a short frame.
  private static let leastOffloaded = 8
  var isJumbogram: Bool { payloadLength == 0 && nextHeader == .hopByHop && jumboLength > 0 }
  private var lacksJumbo: Bool { payloadLength == 0 && nextHeader == .hopByHop && jumboLength == 0 }
  /// Whether the length is left to the network card, which cuts the packet into several: a capture at the sender
  /// has it whole.
  private var isOffloaded: Bool {
    payloadLength == 0 && (nextHeader == .tcp || nextHeader == .udp)
      && framing >= Self.leastOffloaded && !isQuoted
  }

  /// The payload's length in bytes. Where the header says 0 it is that of the Jumbo Payload option (RFC 2675), or all
  /// that the frame has: offloaded segmentation leaves it open, and a packet of more than 64 KiB cannot say it.
  public var length: Int {
    if isOffloaded { return framing }
    return payloadLength == 0 && nextHeader == .hopByHop ? jumboLength : payloadLength
  }

  private var jumboLength: Int {
    var at = Self.headerLength + 2
    let end = min(bytes.count, at + 6 + 8 * (bytes.count > at ? Int(bytes[at - 1]) : 0))
    while at + 1 < end {
      if bytes[at] == 0 {
        at += 1
        continue
      }
      if bytes[at] == IPv6Option.jumbo.rawValue, bytes[at + 1] == 4, at + 6 <= end {
        let length = bytes.uint32(at: at + 2)
        return length < Self.leastJumbo ? 0 : Int(length)
      }
      at += 2 + Int(bytes[at + 1])
    }
    return 0
  }

  func next(_ layer: Layer) -> Layer? {
    guard version == 6 else { return layer.above(.data, at: 0) }
    return layer.aboveIPv6(nextHeader, at: Self.headerLength, length: length)
  }

  func describe(_ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer)
  {
    let fields = IPv6Fields.fields
    tree.columns.protocolName = "IPv6"
    tree.columns.startInfo()
    let top = tree.opened(fields.ipv6, count: Self.headerLength)
    let number = version
    let version = tree.add(fields.version, number, at: 0, count: 1)
    tree.relabel(version) {
      $0.write(bits: UInt64(number) << 4, mask: 0xf0, of: 8)
      $0.write(" = Version: ")
      $0.write(decimal: UInt64(number))
    }
    guard number == 6 else {
      if context.layerBelow?.kind.facts.holdsEtherType == true {
        tree.columns.protocolName = "0x86dd"
        tree.columns.setInfo("IPv6")
      } else {
        tree.columns.info.write("Bogus IPv6 version (\(number), must be 6)")
      }
      tree.expert(fields.bogusVersion, .error, .malformed, "Bogus IPv6 version", under: version)
      tree.close(top)
      return
    }
    tree.addProtocol("ipv6")
    tree.add(fields.anyVersion, number, at: 0, count: 1, .hidden)
    if context.shortHeader != nil {
      tree.expert(
        fields.invalidHeader, .error, .malformed, "IPv6 header must be exactly 40 bytes",
        under: top)
      tree.open(top)
    }
    describeClass(into: &tree)
    let plen = tree.add(fields.payloadLength, payloadLength, at: 4, count: 2)
    let length = length
    if payloadLength == 0, nextHeader != .hopByHop, nextHeader != .noNextHeader {
      tree.expert(
        fields.payloadZero, .chat, .proto,
        "IPv6 payload length equals 0 (maybe because of \"TCP segmentation offload\" (TSO))",
        under: plen)
    } else if isJumbogram {
      tree.note(plen, " (Jumbogram)")
    }
    if lacksJumbo {
      tree.columns.info.write("Invalid IPv6 payload length")
      tree.expert(
        fields.jumboMissing, .error, .malformed,
        "IPv6 payload length equals 0 and Hop-By-Hop present and Jumbo Payload option missing",
        under: plen)
    } else if length > framing, !layer.isQuoted, context.shortHeader == nil {
      tree.expert(
        fields.payloadExceeds, .warning, .proto,
        "IPv6 payload length exceeds framing length (\(framing) bytes)", under: plen)
    }
    tree.add(fields.nextHeader, nextHeader.rawValue, at: 6, count: 1)
    tree.add(fields.hopLimit, hopLimit, at: 7, count: 1)
    describeAddresses(top, into: &tree)
    tree.describeIPv6Next(nextHeader)
    tree.close(top)
  }

  private func describeClass(into tree: inout FieldBuffer) {
    let fields = IPv6Fields.fields
    let (word, trafficClass, flow) = (bytes.uint32(at: 0), trafficClass, flowLabel)
    let item = tree.add(fields.trafficClass, trafficClass, at: 0, count: 4)
    tree.relabel(item) {
      $0.write(bits: UInt64(word), mask: 0x0ff0_0000, of: 32)
      $0.write(" = Traffic Class: 0x")
      $0.write(hexByte: trafficClass)
      $0.write(" (DSCP: ")
      $0.write(DifferentiatedServices.shortClassName(trafficClass >> 2))
      $0.write(", ECN: ")
      $0.write(DifferentiatedServices.shortCongestionName(trafficClass))
      $0.write(")")
    }
    tree.open(item)
    tree.add(fields.servicesClass, bitsOf: word, at: 0, count: 4)
    tree.add(fields.congestion, bitsOf: word, at: 0, count: 4)
    tree.close(item)
    let label = tree.add(fields.flowLabel, flow, at: 1, count: 3)
    tree.relabel(label) {
      $0.write(bits: UInt64(flow), mask: 0xf_ffff, of: 24)
      $0.write(" = Flow Label: 0x")
      $0.write(hex: UInt64(flow), digits: 5)
    }
  }

  private func describeAddresses(
    _ top: FieldIndex, into tree: inout FieldBuffer
  ) {
    let fields = IPv6Fields.fields
    let (source, destination) = (source, destination)
    tree.columns.setAddresses({ $0.write(ipv6: source) }, { $0.write(ipv6: destination) })
    tree.relabel(top) {
      $0.write("Internet Protocol Version 6, Src: ")
      $0.write(ipv6: source)
      $0.write(", Dst: ")
      $0.write(ipv6: destination)
    }
    for (side, address, at) in [(fields.source, source, 8), (fields.destination, destination, 24)] {
      let value = FieldValue.ipv6(high: address.high, low: address.low)
      tree.add(side.address, value, at: at, count: 16)
      tree.add(fields.either.address, value, at: at, count: 16, .hidden)
      for host in [side.host, fields.either.host] {
        tree.add(host, at: at, count: 16, [.hidden, .generated]) { $0.write(ipv6: address) }
      }
    }
    for (side, address, at) in [(fields.source, source, 8), (fields.destination, destination, 24)] {
      tree.describeEmbedded(in: address, side, fields.either, at: at)
    }
  }
}

extension Span<UInt8> {
  func ipv6Address(at offset: Int) -> NetworkAddresses.Address {
    NetworkAddresses.Address(high: uint64(at: offset), low: uint64(at: offset + 8))
  }
}

extension TextBuffer {
  mutating func write(ipv6 address: NetworkAddresses.Address) {
    write(ipv6High: address.high, low: address.low)
  }
}

extension FieldBuffer {
  /// The addresses that some IPv6 addresses hold: MAC (RFC 4291), 6to4 (RFC 3056), Teredo (RFC 4380), ISATAP (RFC 5214),
  /// NAT64 (RFC 6052).
  fileprivate mutating func describeEmbedded(
    in address: NetworkAddresses.Address, _ side: IPv6Fields.Peer, _ either: IPv6Fields.Peer,
    at: Int
  ) {
    let (high, low) = (address.high, address.low)
    func add(_ pick: (IPv6Fields.Peer) -> Field, _ value: UInt32, at: Int) {
      self.add(pick(side), .ipv4(value), at: at, count: 4, .generated)
      self.add(pick(either), .ipv4(value), at: at, count: 4, [.hidden, .generated])
    }
    if high >> 48 == 0x2002 {
      add(\.gateway, UInt32(truncatingIfNeeded: high >> 16), at: at + 2)
      self.add(side.site, UInt16(truncatingIfNeeded: high), at: at + 6, count: 2, .generated)
      self.add(
        either.site, UInt16(truncatingIfNeeded: high), at: at + 6, count: 2, [.hidden, .generated])
    } else if high >> 32 == 0x2001_0000 {
      add(\.teredoServer, UInt32(truncatingIfNeeded: high), at: at + 4)
      let port = ~UInt16(truncatingIfNeeded: low >> 32)
      self.add(side.teredoPort, port, at: at + 10, count: 2, .generated)
      self.add(either.teredoPort, port, at: at + 10, count: 2, [.hidden, .generated])
      add(\.teredoClient, ~UInt32(truncatingIfNeeded: low), at: at + 12)
    } else if low >> 32 & 0xfcff_ffff == 0x0000_5efe {
      add(\.isatap, UInt32(truncatingIfNeeded: low), at: at + 12)
    } else if high == 0x0064_ff9b_0000_0000, low >> 32 == 0 {
      let fields = IPv6Fields.fields
      let prefix: [12 of UInt8] = [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0]
      self.add(fields.embeddedPrefix, prefix.span, at: at, .generated)
      let value = FieldValue.ipv4(UInt32(truncatingIfNeeded: low))
      self.add(side.embedded, value, at: at + 12, count: 4, .generated)
      self.add(either.embedded, value, at: at + 12, count: 4, .generated)
    }
    if low >> 56 & 3 == 2, low >> 24 & 0xffff == 0xfffe {
      let mac = (low >> 40 & 0xffff_ff ^ 0x02_0000) << 24 | low & 0xff_ffff
      let fields: [(Field, FieldTraits)] = [
        (side.slaacMAC, .generated), (either.slaacMAC, [.hidden, .generated]),
      ]
      for (field, traits) in fields {
        let item = self.add(field, mac: mac, at: at + 8, traits)
        // It takes the whole interface identifier.
        setLength(8, of: item)
      }
    }
  }

  /// What the Info column says where no layer above sets it.
  mutating func describeIPv6Next(_ number: IPProtocol) {
    if number == .noNextHeader || number.kind == nil { columns.startInfo() }
    if number == .noNextHeader {
      columns.info.write("IPv6 no next header")
    } else if number.kind == nil {
      columns.info.write("Unknown IP Protocol: ")
      columns.info.write(IPProtocolNumber.name(UInt64(number.rawValue)) ?? "Unknown")
      columns.info.write(" (")
      columns.info.write(decimal: UInt64(number.rawValue))
      columns.info.write(")")
    }
  }
}

extension Layer {
  /// What follows an IPv6 header or one of its extension headers: extensions are inside the packet's tree, all
  /// other layers beside it.
  func aboveIPv6(_ number: IPProtocol, at offset: Int, length: Int? = nil) -> Layer? {
    var layer = above(number.kind ?? .data, at: offset, length: length)
    placeAboveIPv6(&layer, number)
    let isLeftOut =
      layer.kind == .data ? layer.wireCount == 0 : layer.kind.isInIPv6 && layer.isQuoted
    return isLeftOut && layer.count == 0 ? nil : layer
  }
  func aboveIPv6(_ number: IPProtocol, inSource source: UInt8, count: Int) -> Layer? {
    var layer = above(number.kind ?? .data, inSource: source, count: count)
    placeAboveIPv6(&layer, number)
    return layer
  }
  private func placeAboveIPv6(_ layer: inout Layer, _ number: IPProtocol) {
    // An extension header that is not in an IPv6 packet has all else beside it.
    if kind.isInIPv6, depth == 0 {
      layer.depth = 0
      return
    }
    let packetDepth = kind.isInIPv6 && depth > 0 ? depth - 1 : depth
    // Mobile IPv6 under its old number is no extension.
    let isInside = layer.kind.isInIPv6 && number != .mobilityOld
    layer.depth = isInside ? packetDepth.deeper : packetDepth
  }
}

/// The fields of IPv6.
struct IPv6Fields: FieldSet {
  /// The fields that a source, a destination, and both have.
  struct Peer {
    let address: Field, host: Field, slaacMAC: Field, isatap: Field, gateway: Field, site: Field
    let teredoServer: Field, teredoPort: Field, teredoClient: Field, embedded: Field

    init(_ prefix: String, _ label: String, address name: String, host hostName: String) {
      let words = prefix.isEmpty ? "" : label + " "
      address = Field("ipv6.\(name)", "\(label) Address", .ipv6)
      host = Field("ipv6.\(hostName)", "\(label) Host", .string)
      slaacMAC = Field("ipv6.\(prefix)slaac_mac", "\(words)SLAAC MAC", .ether)
      isatap = Field("ipv6.\(prefix)isatap_ipv4", "\(words)ISATAP IPv4", .ipv4)
      gateway = Field("ipv6.\(prefix)6to4_gw_ipv4", "\(words)6to4 Gateway IPv4", .ipv4)
      site = Field("ipv6.\(prefix)6to4_sla_id", "\(words)6to4 SLA ID", .uint16)
      teredoServer = Field("ipv6.\(prefix)ts_ipv4", "\(words)Teredo Server IPv4", .ipv4)
      teredoPort = Field("ipv6.\(prefix)tc_port", "\(words)Teredo Port", .uint16)
      teredoClient = Field("ipv6.\(prefix)tc_ipv4", "\(words)Teredo Client IPv4", .ipv4)
      embedded = Field("ipv6.\(prefix)embed_ipv4", "\(words)Embedded IPv4", .ipv4)
    }
  }

  let ipv6 = Field("ipv6", "Internet Protocol Version 6", .proto)
  let version = Field("ipv6.version", "Version", .uint8)
  /// The name that IPv4 and IPv6 share.
  let anyVersion = Field("ip.version", "Version", .uint8, mask: 0xf0)
  let trafficClass = Field("ipv6.tclass", "Traffic Class", .uint32, .hex, mask: 0x0ff0_0000)
  let servicesClass = Field(
    "ipv6.tclass.dscp", "Differentiated Services Codepoint", .uint32, .natural,
    .names { DifferentiatedServices.className($0) }, mask: 0x0fc0_0000)
  let congestion = Field(
    "ipv6.tclass.ecn", "Explicit Congestion Notification", .uint32, .natural,
    .names { DifferentiatedServices.congestionName($0) }, mask: 0x0030_0000)
  let flowLabel = Field("ipv6.flow", "Flow Label", .uint24, .hex, mask: 0xf_ffff)
  let payloadLength = Field("ipv6.plen", "Payload Length", .uint16)
  let payloadZero = Field("ipv6.plen_zero", "IPv6 payload length equals 0", .none)
  let invalidHeader = Field("ipv6.invalid_header", "Invalid IPv6 header", .none)
  let jumboMissing = Field(
    "ipv6.opt.jumbo.missing",
    "IPv6 payload length equals 0 and Hop-By-Hop present and Jumbo Payload option missing", .none)
  let payloadExceeds = Field(
    "ipv6.plen_exceeds_framing", "IPv6 payload length does not match expected framing length",
    .none)
  let nextHeader = Field(
    "ipv6.nxt", "Next Header", .uint8, .natural, .names { IPProtocolNumber.name($0) })
  let hopLimit = Field("ipv6.hlim", "Hop Limit", .uint8)
  let source = Peer("src_", "Source", address: "src", host: "src_host")
  let destination = Peer("dst_", "Destination", address: "dst", host: "dst_host")
  let either = Peer("", "Source or Destination", address: "addr", host: "host")
  let embeddedPrefix = Field("ipv6.embed_ipv4_prefix", "Embedded IPv4 Prefix", .bytes)
  let bogusVersion = Field("ipv6.bogus_ipv6_version", "Bogus IP version", .none)
  let pieces = FragmentFields("ipv6", version: 6, fragments: .none)

  static let fields = Self()
}

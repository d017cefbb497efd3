import Fields

/// The point-to-point protocol (RFC 1661), viewed in place: with the address and control bytes of HDLC-like framing
/// (RFC 1662), without them over Ethernet. The protocol number has one byte or two.
struct PPPHeader: LayerView, ~Escapable {
  private static let allStations: UInt8 = 0xff
  private static let unnumbered: UInt8 = 0x03

  private let reader: ByteReader
  private let isLink: Bool

  /// `next` and `describe` check as they go.
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) throws(DecodeError) {
    isLink = layer.kind == .pppLink
    guard !isLink || !bytes.isEmpty else { throw layer.error(needed: 1) }
    reader = ByteReader(bytes, layer)
  }

  private var bytes: Span<UInt8> {
    @_lifetime(copy self) get { reader.bytes }
  }
  private var isFramed: Bool {
    isLink && bytes[0] == Self.allStations && (bytes.count < 2 || bytes[1] == Self.unnumbered)
  }
  private var numberOffset: Int { isFramed ? 2 : 0 }
  /// An odd first byte is the whole number.
  private func number() throws(DecodeError) -> (value: PPPNumber, length: Int) {
    let first = try reader.uint8(at: numberOffset)
    if first & 1 == 1 { return (PPPNumber(rawValue: UInt16(first)), 1) }
    return (PPPNumber(rawValue: try reader.uint16(at: numberOffset)), 2)
  }

  func next(_ layer: Layer) throws(DecodeError) -> Layer? {
    let (number, length) = try number()
    return layer.above(number.kind, at: numberOffset + length)
  }

  func describe(
    _ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = PPPFields.fields
    tree.addProtocol("ppp")
    if isLink, context.index == 0 {
      tree.columns.setAddresses({ $0.write("N/A") }, { $0.write("N/A") })
      tree.columns.protocolName = "PPP"
      tree.columns.startInfo()
    }
    let top = tree.opened(fields.ppp, count: bytes.count)
    defer { tree.close(top) }
    if isFramed {
      tree.add(fields.address, bytes[0], at: 0, count: 1)
      tree.add(fields.control, try reader.uint8(at: 1), at: 1, count: 1)
    }
    let (number, length) = try number()
    tree.add(fields.number, number.rawValue, at: numberOffset, count: length)
    guard context.layerAbove?.kind == .data else { return }
    var words = TextBuffer()
    words.write("0x")
    words.write(hex: UInt64(number.rawValue), digits: 4)
    tree.columns.protocolName = words.string
    tree.columns.setInfo(
      "PPP \(PPPNumber.name(UInt64(number.rawValue)) ?? "Unknown") (\(words.string))")
  }
}

/// What a PPP frame holds (IANA's PPP DLL Protocol Numbers): an open set.
struct PPPNumber: RawRepresentable, Hashable {
  let rawValue: UInt16

  /// The dispatch table.
  var kind: LayerKind {
    switch rawValue {
    case 0x0021, 0x0800: .internetProtocol
    case 0x0057, 0x86dd: .ipv6
    case 0x0281, 0x0283: .mpls
    case 0x8021: .ipControl
    case 0x8057: .ipv6Control
    case 0x80fd: .compressionControl
    case 0xc021: .linkControl
    default: .data
    }
  }

  static func name(_ number: UInt64) -> String? {
    switch number {
    case 0x0001: "Padding Protocol"
    case 0x0003: "ROHC small-CID"
    case 0x0005: "ROHC large-CID"
    case 0x0021: "Internet Protocol version 4"
    case 0x0023: "OSI Network Layer"
    case 0x0025: "Xerox NS IDP"
    case 0x0027: "DECnet Phase IV"
    case 0x0029: "Appletalk"
    case 0x002b: "Novell IPX"
    case 0x002d: "Van Jacobson Compressed TCP/IP"
    case 0x002f: "Van Jacobson Uncompressed TCP/IP"
    case 0x0031: "Bridging PDU"
    case 0x0033: "Stream Protocol (ST-II)"
    case 0x0035: "Banyan Vines"
    case 0x0039: "AppleTalk EDDP"
    case 0x003b: "AppleTalk SmartBuffered"
    case 0x003d: "Multi-Link"
    case 0x003f: "NETBIOS Framing"
    case 0x0041: "Cisco Systems"
    case 0x004b: "SNA over 802.2"
    case 0x004d: "SNA"
    case 0x004f: "IPv6 Header Compression "
    case 0x0053: "Encryption"
    case 0x0055: "Individual Link Encryption"
    case 0x0057: "Internet Protocol version 6"
    case 0x0059: "PPP Muxing"
    case 0x005b: "Vendor-Specific Network Protocol (VSNP)"
    case 0x00fb: "Single link compression in multilink"
    case 0x00fd: "Compressed datagram"
    case 0x0201: "802.1d Hello Packets"
    case 0x0207: "Cisco Discovery Protocol"
    case 0x0281: "MPLS Unicast"
    case 0x0283: "MPLS Multicast"
    case 0x8021: "Internet Protocol Control Protocol"
    case 0x8023: "OSI Network Layer Control Protocol"
    case 0x8029: "AppleTalk Control Protocol"
    case 0x802b: "Novell IPX Control Protocol"
    case 0x8031: "Bridging NCP"
    case 0x803d: "Multi-Link Control Protocol"
    case 0x803f: "NETBIOS Framing Control Protocol"
    case 0x8041: "Cisco Systems Control Protocol"
    case 0x8053: "Encryption Control Protocol"
    case 0x8055: "Individual Link Encryption Control Protocol"
    case 0x8057: "IPv6 Control Protocol"
    case 0x8059: "PPP Muxing Control Protocol"
    case 0x805b: "Vendor-Specific Network Control Protocol (VSNCP)"
    case 0x80fb: "Single link compression in multilink control"
    case 0x80fd: "Compression Control Protocol"
    case 0x8207: "Cisco Discovery Protocol Control Protocol"
    case 0x8281: "MPLS Control Protocol"
    case 0xc021: "Link Control Protocol"
    case 0xc023: "Password Authentication Protocol"
    case 0xc025: "Link Quality Report"
    case 0xc027: "Shiva Password Authentication Protocol"
    case 0xc029: "Callback Control Protocol (CBCP)"
    case 0xc02b: "BACP Bandwidth Allocation Control Protocol"
    case 0xc02d: "BAP Bandwidth Allocation Protocol"
    case 0xc223: "Challenge Handshake Authentication Protocol"
    case 0xc227: "Extensible Authentication Protocol"
    default: nil
    }
  }
}

/// The protocols that open a PPP link and its networks (RFC 1661 5, RFC 1332, RFC 5072, RFC 1962): their common
/// header. The options are not decoded.
struct PPPControl: LayerView, ~Escapable {
  private let reader: ByteReader
  private let kind: LayerKind

  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) throws(DecodeError) {
    guard !bytes.isEmpty else { throw layer.error(needed: 1) }
    reader = ByteReader(bytes, layer)
    kind = layer.kind
  }

  func describe(
    _ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = PPPFields.fields
    let (name, field) =
      switch kind {
      case .ipControl: ("ipcp", fields.ipControl)
      case .ipv6Control: ("ipv6cp", fields.ipv6Control)
      case .compressionControl: ("ccp", fields.compressionControl)
      default: ("lcp", fields.linkControl)
      }
    tree.addProtocol(name)
    let code = try reader.uint8(at: 0)
    tree.columns.protocolName = kind.name
    tree.columns.setInfo(PPPFields.codeName(UInt64(code)) ?? "Unknown")
    let top = tree.opened(field, count: reader.count)
    defer { tree.close(top) }
    tree.add(fields.code, code, at: 0, count: 1)
    tree.add(fields.identifier, try reader.uint8(at: 1), at: 1, count: 1)
    tree.add(fields.length, try reader.uint16(at: 2), at: 2, count: 2)
  }
}

/// The fields of PPP.
struct PPPFields: FieldSet {
  let ppp = Field("ppp", "Point-to-Point Protocol", .proto)
  let address = Field("ppp.address", "Address", .uint8, .hex)
  let control = Field("ppp.control", "Control", .uint8, .hex)
  let number = Field(
    "ppp.protocol", "Protocol", .uint16, .hex, .names { PPPNumber.name($0) })
  let linkControl = Field("lcp", "PPP Link Control Protocol", .proto)
  let ipControl = Field("ipcp", "PPP IP Control Protocol", .proto)
  let ipv6Control = Field("ipv6cp", "PPP IPv6 Control Protocol", .proto)
  let compressionControl = Field("ccp", "PPP Compression Control Protocol", .proto)
  let code = Field(
    "ppp.code", "Code", .uint8, .natural, .names { PPPFields.codeName($0) })
  let identifier = Field("ppp.identifier", "Identifier", .uint8, .decimalHex)
  let length = Field("ppp.length", "Length", .uint16)

  static let fields = Self()

  static func codeName(_ number: UInt64) -> String? {
    word(
      number,
      [
        "Vendor Specific", "Configuration Request", "Configuration Ack", "Configuration Nak",
        "Configuration Reject", "Termination Request", "Termination Ack", "Code Reject",
        "Protocol Reject", "Echo Request", "Echo Reply", "Discard Request", "Identification",
        "Time Remaining", "Reset Request", "Reset Ack",
      ])
  }
}

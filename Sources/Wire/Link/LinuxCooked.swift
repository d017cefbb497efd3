import Fields

/// A Linux "cooked" capture header of version 1 or 2, viewed in place (LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2).
struct LinuxCookedHeader: LayerView, ~Escapable {
  private let bytes: Span<UInt8>
  private let isVersion2: Bool

  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) throws(DecodeError) {
    isVersion2 = layer.kind == .linuxCooked2
    let needed = isVersion2 ? 20 : 16
    guard bytes.count >= needed else { throw layer.error(needed: needed) }
    self.bytes = bytes
  }

  var length: Int { isVersion2 ? 20 : 16 }
  var etherType: EtherType { EtherType(rawValue: bytes.uint16(at: isVersion2 ? 0 : 14)) }
  var interfaceIndex: UInt32 { bytes.uint32(at: 4) }
  var hardwareType: UInt16 { bytes.uint16(at: isVersion2 ? 8 : 2) }
  var packetType: UInt16 { isVersion2 ? UInt16(bytes[10]) : bytes.uint16(at: 0) }
  var addressLength: Int { isVersion2 ? Int(bytes[11]) : Int(bytes.uint16(at: 4)) }
  private var addressOffset: Int { isVersion2 ? 12 : 6 }
  private var isType: Bool { etherType.rawValue > EtherType.maximumLength }
  /// The interface of a GRE tunnel: the number is GRE's.
  private var isGRE: Bool { hardwareType == 778 }
  private static let ethernet: UInt16 = 3
  private static let logicalLink: UInt16 = 4
  private static let pointToPoint: UInt16 = 7

  func next(_ layer: Layer) -> Layer? {
    if isGRE {
      return etherType.layerInGRE(above: layer, at: length) ?? layer.above(.data, at: length)
    }
    if isType { return etherType.layer(above: layer, at: length) }
    let kind: LayerKind =
      switch etherType.rawValue {
      case Self.ethernet: .ethernet
      case Self.logicalLink: .llc
      case Self.pointToPoint: .ppp
      default: .data
      }
    return layer.above(kind, at: length)
  }

  func describe(
    _ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = LinuxCookedFields.fields
    tree.columns.protocolName = "SLL"
    tree.columns.setAddresses({ _ in }, { _ in })
    tree.columns.startInfo()
    tree.columns.info.write(
      LinuxCookedFields.packetTypeName(UInt64(packetType)) ?? "Unknown (\(packetType))")
    tree.addProtocol("sll")
    if isType, !isGRE { tree.addProtocol("ethertype") }
    let top = tree.add(fields.sll, .none, count: length)
    tree.relabel(top, isVersion2 ? "Linux cooked capture v2" : "Linux cooked capture v1")
    tree.open(top)
    defer { tree.close(top) }
    if isVersion2 {
      describeType(into: &tree)
      tree.add(fields.interface, interfaceIndex, at: 4, count: 4)
      tree.add(fields.hardwareType, hardwareType, at: 8, count: 2)
      tree.add(fields.packetType, packetType, at: 10, count: 1)
    } else {
      tree.add(fields.packetType, packetType, at: 0, count: 2)
      tree.add(fields.hardwareType, hardwareType, at: 2, count: 2)
    }
    tree.add(
      fields.addressLength, addressLength, at: isVersion2 ? 11 : 4, count: isVersion2 ? 1 : 2)
    describeAddress(into: &tree)
    if !isVersion2 { describeType(into: &tree) }
    if isType, context.layerAbove?.kind == .data { etherType.setColumns(of: &tree) }
    if isType, let end = context.payloadEnd(of: layer) {
      try bytes.describeTrailer(
        from: end, layer, context, as: fields.trailer, mayHaveCheck: false, into: &tree)
    }
  }

  private func describeType(into tree: inout FieldBuffer) {
    let fields = LinuxCookedFields.fields
    let field = isGRE ? fields.greType : isType ? fields.type : fields.linuxType
    tree.add(field, etherType.rawValue, at: isVersion2 ? 0 : 14, count: 2)
  }

  private func describeAddress(into tree: inout FieldBuffer) {
    let fields = LinuxCookedFields.fields
    let (at, length) = (addressOffset, min(addressLength, 8))
    switch addressLength {
    case 6:
      let name = tree.name(of: bytes.uint48(at: at))
      tree.columns.setAddresses({ $0.write(name: name) }, { _ in })
      tree.add(fields.ether, mac: name, at: at)
    case 4:
      let address = bytes.uint32(at: at)
      tree.columns.setAddresses({ $0.write(ipv4: address) }, { _ in })
      tree.add(fields.ipv4, .ipv4(address), at: at, count: 4)
    case 0: break
    default: tree.add(fields.other, bytes.part(at, at + length), at: at)
    }
    if length < 8 {
      tree.add(fields.unused, bytes.part(at + length, at + 8), at: at + length)
    }
  }
}

/// The fields of Linux cooked captures.
struct LinuxCookedFields: FieldSet {
  let sll = Field("sll", "Linux cooked capture", .proto)
  let packetType = Field(
    "sll.pkttype", "Packet type", .uint16, .natural,
    .names { LinuxCookedFields.packetTypeName($0) })
  let hardwareType = Field(
    "sll.hatype", "Link-layer address type", .uint16, .natural,
    .names { HardwareType.linuxName($0) })
  let addressLength = Field("sll.halen", "Link-layer address length", .uint16)
  let ether = Field("sll.src.eth", "Source", .ether)
  let ipv4 = Field("sll.src.ipv4", "Source", .ipv4)
  let other = Field("sll.src.other", "Source", .bytes)
  let unused = Field("sll.unused", "Unused", .bytes)
  let interface = Field("sll.ifindex", "Interface index", .uint32)
  let type = Field("sll.etype", "Protocol", .uint16, .hex, .names { EtherType.name($0) })
  let greType = Field(
    "sll.gretype", "Protocol", .uint16, .hex, .names { GREFields.name($0) })
  let linuxType = Field(
    "sll.ltype", "Protocol", .uint16, .hex, .names { LinuxCookedFields.linuxTypeName($0) })
  let trailer = Field("sll.trailer", "Trailer", .bytes)

  static let fields = Self()

  static func packetTypeName(_ number: UInt64) -> String? {
    switch number {
    case 0: "Unicast to us"
    case 1: "Broadcast"
    case 2: "Multicast"
    case 3: "Unicast to another host"
    case 4: "Sent by us"
    default: nil
    }
  }
  static func linuxTypeName(_ number: UInt64) -> String? {
    switch number {
    case 1: "Raw 802.3"
    case 3: "Ethernet"
    case 4: "802.2 LLC"
    case 7: "PPP (HDLC)"
    case 12: "CAN"
    case 13: "CAN FD"
    case 23: "IrDA LAP"
    case 245: "ISI"
    case 246: "IEEE 802.15.4"
    default: nil
    }
  }
}

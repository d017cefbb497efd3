import Fields

/// A VLAN tag (IEEE 802.1Q) or a service tag (802.1ad), viewed in place; two service tags in a row are one layer.
struct VLANTag: LayerView, ~Escapable {
  static let headerLength = 4

  private let bytes: Span<UInt8>
  let isService: Bool
  /// A service tag that holds a service tag: provider and customer.
  let isDouble: Bool

  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) throws(DecodeError) {
    guard bytes.count >= Self.headerLength else { throw layer.error(needed: Self.headerLength) }
    self.bytes = bytes
    isService = layer.kind == .serviceVLAN
    isDouble = isService && bytes.uint16(at: 2) == EtherType.serviceVLAN.rawValue
    if isDouble, bytes.count < 2 * Self.headerLength {
      throw layer.error(needed: 2 * Self.headerLength)
    }
  }

  private var length: Int { isDouble ? 2 * Self.headerLength : Self.headerLength }
  private var tag: UInt16 { bytes.uint16(at: 0) }
  private var customerTag: UInt16 { isDouble ? bytes.uint16(at: 4) : 0 }
  var etherType: EtherType { EtherType(rawValue: bytes.uint16(at: length - 2)) }
  /// A service tag holds a type, however small.
  private var isLength: Bool { !isService && etherType.rawValue <= EtherType.maximumLength }

  func next(_ layer: Layer) throws(DecodeError) -> Layer? {
    if isLength, etherType.rawValue == 0 { throw layer.malformed }
    guard isLength else { return etherType.layer(above: layer, at: length) }
    return layer.above(.llc, at: length, length: Int(etherType.rawValue))
  }

  func describe(
    _ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = VLANFields.fields
    let (tag, customerTag) = (tag, customerTag)
    let top: FieldIndex
    if isService {
      let isDouble = isDouble
      tree.columns.protocolName = "802.1ad"
      tree.addProtocol("ieee8021ad")
      top = tree.add(fields.ieee8021ad, .none, count: length)
      tree.relabel(top) {
        $0.write(isDouble ? "IEEE 802.1ad, S-VID: " : "IEEE 802.1ad, ID: ")
        $0.write(decimal: UInt64(tag & 0xfff))
        guard isDouble else { return }
        $0.write(", C-VID: ")
        $0.write(decimal: UInt64(customerTag & 0xfff))
      }
      tree.open(top)
      describeService(into: &tree)
    } else {
      tree.columns.protocolName = "VLAN"
      tree.addProtocol("vlan")
      top = tree.add(fields.vlan, .none, count: length)
      tree.relabel(top) {
        $0.write("802.1Q Virtual LAN")
        $0.write(tag: tag, separator: ", ", leads: true)
      }
      tree.columns.startInfo()
      tree.columns.info.write(tag: tag, separator: "  ", leads: false)
      tree.open(top)
      tree.add(fields.priority, bitsOf: tag, at: 0, count: 2)
      tree.add(fields.dei, bitsOf: tag, at: 0, count: 2)
      tree.add(fields.id, bitsOf: tag, at: 0, count: 2)
    }
    defer { tree.close(top) }
    try describeType(layer, context, into: &tree)
  }

  private func describeService(into tree: inout FieldBuffer) {
    let fields = VLANFields.fields
    tree.add(fields.servicePriority, bitsOf: tag, at: 0, count: 2)
    tree.add(fields.serviceDEI, bitsOf: tag, at: 0, count: 2)
    tree.add(isDouble ? fields.serviceID : fields.singleID, bitsOf: tag, at: 0, count: 2)
    guard isDouble else { return }
    tree.add(fields.servicePriority, bitsOf: customerTag, at: 4, count: 2)
    tree.add(fields.serviceDEI, bitsOf: customerTag, at: 4, count: 2)
    tree.add(fields.customerID, bitsOf: customerTag, at: 4, count: 2)
  }

  private func describeType(
    _ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = VLANFields.fields
    let trailer = isService ? fields.serviceTrailer : fields.trailer
    guard !isLength else {
      let body = Int(etherType.rawValue)
      let item = tree.add(fields.length, body, at: length - 2, count: 2)
      if length + body > layer.wireCount {
        tree.expert(
          fields.lengthPastEnd, .error, .malformed,
          "Length field value goes past the end of the payload", under: item)
      }
      try bytes.describeTrailer(
        from: length + body, layer, context, as: trailer, mayHaveCheck: false, into: &tree)
      return
    }
    tree.add(
      isService ? fields.serviceType : fields.type, etherType.rawValue, at: length - 2, count: 2)
    tree.addProtocol("ethertype")
    if context.layerAbove?.kind == .data { etherType.setColumns(of: &tree) }
    if let end = context.payloadEnd(of: layer) {
      try bytes.describeTrailer(
        from: end, layer, context, as: trailer, mayHaveCheck: false, into: &tree)
    }
  }
}

extension TextBuffer {
  fileprivate mutating func write(tag: UInt16, separator: String, leads: Bool) {
    if leads { write(separator) }
    write("PRI: ")
    write(decimal: UInt64(tag >> 13))
    write(separator)
    write("DEI: ")
    write(decimal: UInt64(tag >> 12 & 1))
    write(separator)
    write("ID: ")
    write(decimal: UInt64(tag & 0xfff))
  }
}

/// The fields of VLAN tags.
struct VLANFields: FieldSet {
  let vlan = Field("vlan", "802.1Q Virtual LAN", .proto)
  let priority = Field(
    "vlan.priority", "Priority", .uint16, .natural, .names { VLANFields.priorityName($0) },
    mask: 0xe000)
  let dei = Field(
    "vlan.dei", "DEI", .boolean, .natural, .words(true: "Eligible", false: "Ineligible"),
    mask: 0x1000, of: 16)
  let id = Field("vlan.id", "ID", .uint16, mask: 0xfff)
  let type = Field("vlan.etype", "Type", .uint16, .hex, .names { EtherType.name($0) })
  let length = Field("vlan.len", "Length", .uint16)
  let lengthPastEnd = Field(
    "vlan.len.past_end", "Length field value goes past the end of the payload", .none)
  let trailer = Field("vlan.trailer", "Trailer", .bytes)
  let ieee8021ad = Field("ieee8021ad", "IEEE 802.1ad", .proto)
  let servicePriority = Field("ieee8021ad.priority", "Priority", .uint16, mask: 0xe000)
  let serviceDEI = Field("ieee8021ad.dei", "DEI", .uint16, mask: 0x1000)
  let singleID = Field("ieee8021ad.id", "ID", .uint16, mask: 0xfff)
  let serviceID = Field("ieee8021ad.svid", "ID", .uint16, mask: 0xfff)
  let customerID = Field("ieee8021ad.cvid", "ID", .uint16, mask: 0xfff)
  let serviceType = Field(
    "ieee8021ah.etype", "Type", .uint16, .hex, .names { EtherType.name($0) })
  let serviceTrailer = Field("ieee8021ah.trailer", "Trailer", .bytes)

  static let fields = Self()

  static func priorityName(_ number: UInt64) -> String? {
    switch number {
    case 0: "Best Effort (default)"
    case 1: "Background"
    case 2: "Excellent Effort"
    case 3: "Critical Applications"
    case 4: "Video, < 100ms latency and jitter"
    case 5: "Voice, < 10ms latency and jitter"
    case 6: "Internetwork Control"
    case 7: "Network Control"
    default: nil
    }
  }
}

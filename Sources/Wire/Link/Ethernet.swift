import Fields

/// An Ethernet II or IEEE 802.3 frame, viewed in place (IEEE 802.3 clause 3.1.1).
///
///     0                 6                 12      14
///     +-----------------+-----------------+-------+----------
///     | destination     | source          | type  | payload
///     +-----------------+-----------------+-------+----------
public struct EthernetFrame: LayerView, ~Escapable {
  /// The length of the header in bytes.
  public static let headerLength = 14
  /// The least length of a frame, without its check sequence: shorter ones are padded.
  static let minimumLength = 60

  private let bytes: Span<UInt8>

  /// The only length check: every accessor below relies on it.
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) throws(DecodeError) {
    guard bytes.count >= Self.headerLength else { throw layer.error(needed: Self.headerLength) }
    self.bytes = bytes
  }

  /// Views the bytes of a frame, from its destination on. Throws `DecodeError`, reason `tooShort`, where there are fewer than 14 bytes.
  @_lifetime(copy bytes)
  public init(_ bytes: Span<UInt8>) throws(DecodeError) {
    try self.init(bytes, Layer(.ethernet, start: 0, end: bytes.count, wireEnd: bytes.count))
  }

  /// The MAC address of the station that is meant, in the low 48 bits.
  public var destination: UInt64 { bytes.uint48(at: 0) }
  /// The MAC address of the sender, in the low 48 bits.
  public var source: UInt64 { bytes.uint48(at: 6) }
  /// What the frame carries; up to 1500 it is a length instead, and LLC follows (IEEE 802.3 clause 3.2.6).
  public var etherType: EtherType { EtherType(rawValue: bytes.uint16(at: 12)) }
  /// All that follows the header: with padding, and with the check sequence where that was captured.
  public var payload: Span<UInt8> {
    @_lifetime(copy self) get { bytes.part(Self.headerLength, bytes.count) }
  }
  /// Whether `etherType` is the length of what follows, in bytes.
  public var isLength: Bool { 1...EtherType.maximumLength ~= etherType.rawValue }
  /// Between the lengths and the types lie numbers that are neither.
  var isInvalid: Bool { !isLength && 1..<0x600 ~= etherType.rawValue }
  /// Novell's raw 802.3: an IPX checksum where others have LLC.
  var isRaw802: Bool {
    isLength && bytes.count >= Self.headerLength + 2 && bytes.uint16(at: 14) == 0xffff
  }

  @inline(__always)
  func next(_ layer: Layer) -> Layer? {
    if isInvalid || isRaw802 { return layer.above(.data, at: Self.headerLength) }
    guard isLength else { return etherType.layer(above: layer, at: Self.headerLength) }
    return layer.above(.llc, at: Self.headerLength, length: Int(etherType.rawValue))
  }

  func describe(
    _ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = EthernetFields.fields
    let destination = tree.name(of: self.destination)
    let source = tree.name(of: self.source)
    tree.columns.protocolName = "Ethernet"
    tree.columns.setAddresses(
      { $0.write(name: source) }, { $0.write(name: destination) })
    tree.columns.startInfo()
    tree.addProtocol("eth")
    let kind = isInvalid ? "Ethernet Unknown" : isLength ? "IEEE 802.3 Ethernet" : "Ethernet II"
    tree.columns.info.write(kind)
    if isLength { tree.columns.info.write(isRaw802 ? " Raw " : " ") }
    let top = tree.add(fields.eth, .none, count: Self.headerLength)
    tree.relabel(top) { text in
      text.write(kind)
      if isLength {
        if isRaw802 { text.write(" Raw ") } else { text.write(" ") }
        return
      }
      text.write(", Src: ")
      text.write(mac: source)
      text.write(", Dst: ")
      text.write(mac: destination)
    }
    tree.open(top)
    defer { tree.close(top) }
    describe(destination, fields.destination, at: 0, into: &tree)
    describe(source, fields.source, at: 6, isSender: true, into: &tree)
    if isInvalid {
      describeInvalidType(into: &tree)
    } else if isLength {
      try describeLength(layer, context, into: &tree)
    } else {
      if layer.wireCount > Self.headerLength || context.layerAbove?.kind != .data {
        tree.addProtocol("ethertype")
      }
      tree.add(fields.type, etherType.rawValue, at: 12, count: 2)
      if context.layerAbove?.kind == .data { etherType.setColumns(of: &tree) }
      if let end = context.payloadEnd(of: layer) {
        try bytes.describeTrailer(
          from: end, layer, context, mayHaveCheck: context.index == 0, into: &tree)
      }
    }
  }

  private func describe(
    _ name: MACName, _ fields: EthernetFields.Address, at: Int,
    isSender: Bool = false, into tree: inout FieldBuffer
  ) {
    guard tree.wantsTree else { return }
    let address = name.address
    let common = EthernetFields.fields.either
    let item = tree.add(fields.address, mac: name, at: at)
    if isSender, address >> 40 & 1 == 1 {
      tree.expert(
        EthernetFields.fields.sourceIsGroup, .warning, .proto,
        "Source MAC must not be a group address: IEEE 802.3-2002, Section 3.2.3(b)", under: item)
    }
    tree.open(item)
    describeNames(name, fields, at: at, into: &tree)
    tree.add(common.address, mac: name, at: at)
    describeNames(name, common, at: at, into: &tree)
    tree.add(fields.lg, bitsOf: address >> 24, at: at, count: 3)
    tree.add(common.lg, bitsOf: address >> 24, at: at, count: 3, .hidden)
    tree.add(fields.ig, bitsOf: address >> 24, at: at, count: 3)
    tree.add(common.ig, bitsOf: address >> 24, at: at, count: 3, .hidden)
    tree.close(item)
  }

  private func describeNames(
    _ name: MACName, _ fields: EthernetFields.Address, at: Int, into tree: inout FieldBuffer
  ) {
    guard tree.resolvesNames else { return }
    tree.add(fields.resolved, at: at, count: 6, [.hidden, .generated]) { $0.write(name: name) }
    tree.add(fields.oui, name.address >> 24, at: at, count: 3, [.hidden, .generated])
    if let vendor = name.vendor {
      tree.add(fields.ouiResolved, vendor, at: at, count: 6, [.hidden, .generated])
    }
  }

  private func describeInvalidType(into tree: inout FieldBuffer) {
    let fields = EthernetFields.fields
    let words =
      "Invalid length/type: 0x0\(String(etherType.rawValue, radix: 16)) "
      + "(\(etherType.rawValue))"
    tree.columns.info.write(": ")
    tree.columns.info.write(words)
    let item = tree.add(fields.invalidType, etherType.rawValue, at: 12, count: 2)
    tree.relabel(item, words)
    tree.expert(fields.invalidTypeExpert, .warning, .proto, words, under: item)
  }

  private func describeLength(
    _ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = EthernetFields.fields
    let length = Int(etherType.rawValue)
    let item = tree.add(fields.length, length, at: 12, count: 2)
    let there = layer.wireCount - Self.headerLength
    if length > there {
      tree.expert(
        fields.lengthPastEnd, .error, .malformed,
        "Length field value goes past the end of the payload", under: item)
    } else if length < there {
      try bytes.describeTrailer(
        from: Self.headerLength + length, layer, context, mayHaveCheck: context.index == 0,
        into: &tree)
    }
  }
}

extension Span<UInt8> {
  /// What follows the payload: padding, bytes of monitoring devices, a check sequence that the capture kept.
  ///
  /// `self` is what Ethernet or a VLAN tag holds, `start` where its payload ends.
  func describeTrailer(
    from start: Int, _ layer: Layer, _ context: borrowing DescribeContext,
    as field: Field = EthernetFields.fields.trailer, mayHaveCheck: Bool = true,
    into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = EthernetFields.fields
    var (at, wireCount) = (start, layer.wireCount - start)
    guard wireCount > 0, start < count else { return }
    // Only a frame that would be shorter without its trailer has been padded.
    let shortage = EthernetFrame.minimumLength - (context.facts.wireLength - wireCount)
    var mayBePadded = false
    if context.facts.wireLength >= EthernetFrame.minimumLength, shortage > 0 {
      let zeros = part(at, at + shortage)
      if zeros.isAllZero {
        guard zeros.count == shortage else {
          throw layer.error(needed: at + shortage).within(DecodeError.trailer)
        }
        tree.add(fields.padding, zeros, at: at)
        at += shortage
        wireCount -= shortage
      } else {
        mayBePadded = true
      }
    }
    let fcsLength = context.facts.fcsLength
    let guess = fcsLength == nil && mayHaveCheck && layer.wireCount >= 64 && wireCount >= 4
    let hasCheck = fcsLength == 4 && mayHaveCheck && wireCount >= 4 || guess
    if hasCheck { wireCount -= 4 }
    let trailer = part(at, at + wireCount)
    if !trailer.isEmpty {
      let item = tree.add(field, trailer, at: at)
      if mayBePadded {
        tree.expert(
          fields.paddingBad, .note, .proto,
          "Didn't find padding of zeros, and an undecoded trailer exists. "
            + "There may be padding of non-zeros.", under: item)
      }
    }
    at += wireCount
    guard hasCheck else { return }
    guard count >= at + 4 else { throw layer.error(needed: at + 4).within(DecodeError.trailer) }
    let check = tree.add(fields.check, uint32(at: at), at: at, count: 4)
    tree.note(check, " [unverified]")
    tree.add(fields.checkStatus, 2, .generated)
  }

  var isAllZero: Bool {
    for index in indices where self[index] != 0 { return false }
    return true
  }
}

/// The fields of Ethernet, as Wireshark names them.
struct EthernetFields: FieldSet {
  /// The fields that a destination, a source, and both have.
  struct Address {
    let address: Field, resolved: Field, oui: Field, ouiResolved: Field, lg: Field, ig: Field

    init(_ name: String, _ label: String, bits: String = "eth.", isCommon: Bool = false) {
      address = Field(name, label, .ether)
      resolved = Field("\(name)_resolved", "\(label) (resolved)", .string)
      oui = Field("\(name).oui", "\(label) OUI", .uint24)
      ouiResolved = Field("\(name).oui_resolved", "\(label) OUI (resolved)", .string)
      let prefix = isCommon ? "eth" : name
      lg = Field(
        "\(prefix).lg", "LG bit", .boolean, .natural,
        .words(
          true: "Locally administered address (this is NOT the factory default)",
          false: "Globally unique address (factory default)"), mask: 0x02_0000, of: 24)
      ig = Field(
        "\(prefix).ig", "IG bit", .boolean, .natural,
        .words(
          true: "Group address (multicast/broadcast)", false: "Individual address (unicast)"),
        mask: 0x01_0000, of: 24)
    }
  }

  let eth = Field("eth", "Ethernet II", .proto)
  let destination = Address("eth.dst", "Destination")
  let source = Address("eth.src", "Source")
  let either = Address("eth.addr", "Address", isCommon: true)
  let sourceIsGroup = Field(
    "eth.src_not_group",
    "Source MAC must not be a group address: IEEE 802.3-2002, Section 3.2.3(b)", .none)
  let type = Field("eth.type", "Type", .uint16, .hex, .names { EtherType.name($0) })
  let invalidType = Field("eth.invalid_lentype", "Invalid length/type", .uint16, .hexDecimal)
  let invalidTypeExpert = Field(
    "eth.invalid_lentype.expert", "Invalid length/type", .none)
  let length = Field("eth.len", "Length", .uint16)
  let lengthPastEnd = Field(
    "eth.len.past_end", "Length field value goes past the end of the payload", .none)
  let padding = Field("eth.padding", "Padding", .bytes)
  let paddingBad = Field(
    "eth.padding_bad", "Padding identification may be inaccurate", .none)
  let trailer = Field("eth.trailer", "Trailer", .bytes)
  let check = Field("eth.fcs", "Frame check sequence", .uint32, .hex)
  let checkStatus = Field(
    "eth.fcs.status", "FCS Status", .uint8, .wordsOnly, .names { Checksum.statusName($0) })

  static let fields = Self()
}

import Fields

/// A stack of MPLS labels (RFC 3032), viewed in place: one layer down to the bottom of the stack.
struct MPLSStack: LayerView, ~Escapable {
  static let entryLength = 4

  private let reader: ByteReader
  /// Entries that are there, and whether the last of them is the bottom.
  private let count: Int
  private let hasBottom: Bool

  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) {
    var count = 0
    var hasBottom = false
    while !hasBottom, bytes.count >= (count + 1) * Self.entryLength {
      hasBottom = bytes[count * Self.entryLength + 2] & 1 == 1
      count += 1
    }
    (self.count, self.hasBottom) = (count, hasBottom)
    reader = ByteReader(bytes, layer)
  }

  private func entry(_ index: Int) -> UInt32 {
    reader.bytes.uint32(at: index * Self.entryLength)
  }
  private static let associatedChannel: UInt32 = 13
  private static let alert: UInt32 = 14

  /// Nothing says what is below the labels: its first bits tell.
  func next(_ layer: Layer) throws(DecodeError) -> Layer? {
    try checkBottom()
    let offset = count * Self.entryLength
    let first = try reader.uint8(at: offset) >> 4
    switch entry(count - 1) >> 12 {
    case Self.associatedChannel, Self.alert: return layer.above(.data, at: offset)
    default: break
    }
    switch first {
    case 4: return layer.above(.ipv4, at: offset)
    case 6: return layer.above(.ipv6, at: offset)
    case 0: return layer.above(.pseudowire, at: offset)
    default: return layer.above(.data, at: offset)
    }
  }
  private func checkBottom() throws(DecodeError) {
    if !hasBottom { try reader.require(Self.entryLength, at: count * Self.entryLength) }
  }

  func describe(
    _ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    tree.addProtocol("mpls")
    tree.columns.protocolName = "MPLS"
    tree.columns.setInfo("MPLS Label Switched Packet")
    for index in 0..<count { describeEntry(index, into: &tree) }
    try checkBottom()
    try reader.require(1, at: count * Self.entryLength)
  }

  private func describeEntry(_ index: Int, into tree: inout FieldBuffer) {
    let fields = MPLSFields.fields
    let (entry, at) = (entry(index), index * Self.entryLength)
    let label = entry >> 12
    let name = MPLSFields.labelName(label)
    let top = tree.add(fields.mpls, .none, at: at, count: Self.entryLength)
    tree.note(top) {
      $0.write(", Label: ")
      $0.write(decimal: UInt64(label))
      if let name {
        $0.write(" (\(name))")
      } else if label < 16 {
        $0.write(" (Reserved - Unknown)")
      }
      $0.write(", Exp: \(entry >> 9 & 7), S: \(entry >> 8 & 1), TTL: \(entry & 255)")
    }
    tree.open(top)
    let item = tree.add(fields.label, bitsOf: entry, at: at, count: Self.entryLength)
    tree.relabel(item) {
      $0.write(bits: UInt64(entry), mask: fields.label.mask, of: 32)
      $0.write(" = MPLS Label: ")
      if name != nil || label < 16 {
        $0.write("\(name ?? "Unknown") (\(label))")
      } else {
        $0.write("\(label) (0x")
        $0.write(hex: UInt64(label), digits: 5)
        $0.write(")")
      }
    }
    for field in [fields.experimental, fields.bottom, fields.timeToLive] {
      tree.add(field, bitsOf: entry, at: at, count: Self.entryLength)
    }
    tree.close(top)
  }
}

/// An Ethernet frame carried over MPLS (RFC 4448), with a control word or without: the bytes are looked at.
struct Pseudowire: LayerView, ~Escapable {
  private static let controlWordLength = 4

  private let bytes: Span<UInt8>

  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) { self.bytes = bytes }

  private var isFrame: Bool { bytes.count >= EthernetFrame.headerLength }
  /// A control word is where what follows looks more like two stations than what is there.
  private var hasControlWord: Bool {
    guard isFrame, bytes.count >= Self.controlWordLength + EthernetFrame.headerLength else {
      return false
    }
    return !looksLikeStations(at: 0)
  }
  private func looksLikeStations(at offset: Int) -> Bool {
    [offset, offset + 6].allSatisfy { place in
      let address = bytes.uint48(at: place)
      return address >> 24 != 0 && MACNames.vendor(of: address & ~(1 << 40)) != nil
        || address == 0xffff_ffff_ffff
    }
  }

  func next(_ layer: Layer) -> Layer? {
    guard isFrame else { return layer.above(.data, at: 0) }
    return layer.above(.ethernet, at: hasControlWord ? Self.controlWordLength : 0)
  }

  func describe(
    _ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) {
    let fields = MPLSFields.fields
    tree.addProtocol("pwethheuristic")
    guard isFrame else { return }
    guard hasControlWord else {
      tree.addProtocol("pwethnocw")
      return
    }
    tree.addProtocol("pwethcw")
    let top = tree.opened(fields.controlWord, count: Self.controlWordLength)
    tree.add(fields.sequence, bytes.uint16(at: 2), at: 2, count: 2)
    tree.close(top)
  }
}

/// The fields of MPLS, and of Ethernet over it.
struct MPLSFields: FieldSet {
  let mpls = Field("mpls", "MultiProtocol Label Switching Header", .proto)
  let label = Field("mpls.label", "MPLS Label", .uint32, .decimalHex, mask: 0xffff_f000)
  let experimental = Field("mpls.exp", "MPLS Experimental Bits", .uint32, mask: 0x0e00)
  let bottom = Field("mpls.bottom", "MPLS Bottom Of Label Stack", .uint32, mask: 0x0100)
  let timeToLive = Field("mpls.ttl", "MPLS TTL", .uint32, mask: 0x00ff)
  let controlWord = Field("pweth.cw", "PW Ethernet Control Word", .proto)
  let sequence = Field("pweth.cw.sequence_number", "Sequence Number", .uint16)

  static let fields = Self()

  static func labelName(_ label: UInt32) -> String? {
    switch label {
    case 0: "IPv4 Explicit-Null"
    case 1: "Router Alert"
    case 2: "IPv6 Explicit-Null"
    case 3: "Implicit-Null"
    case 7: "Entropy Label Indicator (ELI)"
    case 13: "Generic Associated Channel Label (GAL)"
    case 14: "OAM Alert"
    default: nil
    }
  }
}

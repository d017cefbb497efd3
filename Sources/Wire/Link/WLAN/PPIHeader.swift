import Fields

/// What is said of a frame in per-packet information (CACE's PPI 1.0), viewed in place: a header that names the link
/// type of the frame, and fields.
struct PPIHeader: LayerView, ~Escapable {
  static let headerLength = 8
  private static let common: UInt16 = 2
  private static let commonLength = 20
  /// What Wireshark adds to the length of a frame for its check sequence, whether or not that is there.
  private static let checkLength = 4

  private let reader: ByteReader

  /// `next` and `describe` check as they go.
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) throws(DecodeError) {
    reader = ByteReader(bytes, layer)
  }

  private var bytes: Span<UInt8> {
    @_lifetime(copy self) get { reader.bytes }
  }

  /// Bytes up to the frame; less than the header is no length.
  private func length() throws(DecodeError) -> Int {
    max(Self.headerLength, Int(try reader.uint16LittleEndian(at: 2)))
  }
  private func linkType() throws(DecodeError) -> LinkType {
    LinkType(rawValue: try reader.uint32LittleEndian(at: 4))
  }
  /// Whether fields begin at multiples of four bytes.
  private var isAligned: Bool { bytes[1] & 1 != 0 }

  private struct Part {
    let kind: UInt16
    /// Where its bytes begin, and how many there are.
    let at: Int
    let length: Int

    /// What all hardware says of a frame.
    var isCommon: Bool { kind == PPIHeader.common && length == PPIHeader.commonLength }
  }

  private func parts() throws(DecodeError) -> [Part] {
    let end = try length()
    try reader.require(end, at: 0)
    var (at, parts) = (Self.headerLength, [Part]())
    while at + 4 <= end {
      let part = Part(
        kind: bytes.uint16LittleEndian(at: at), at: at + 4,
        length: Int(bytes.uint16LittleEndian(at: at + 2)))
      guard part.at + part.length <= end else { return parts }
      parts.append(part)
      at = part.at + part.length
      if isAligned { at = (at + 3) & ~3 }
    }
    return parts
  }

  func next(_ layer: Layer) throws(DecodeError) -> Layer? {
    let (length, linkType) = (try length(), try linkType())
    try reader.require(length, at: 0)
    guard linkType == .wlan else {
      return layer.above(linkType.isDecoded ? linkType.kind : .data, at: length)
    }
    let hasCheck = try parts().contains {
      $0.isCommon && bytes.uint16LittleEndian(at: $0.at + 8) & 1 != 0
    }
    return layer.above(hasCheck ? .wlanWithCheck : .wlan, at: length)
  }

  func describe(
    _ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = PPIFields.fields
    tree.addProtocol("ppi")
    tree.columns.protocolName = "PPI"
    tree.columns.startInfo()
    try reader.require(Self.headerLength, at: 0)
    let (version, stated) = (bytes[0], bytes.uint16LittleEndian(at: 2))
    tree.columns.info.write("PPI version \(version), \(stated) bytes")
    let top = tree.add(fields.ppi, .none, count: Int(stated))
    tree.relabel(top, "PPI version \(version), \(stated) bytes")
    tree.open(top)
    defer { tree.close(top) }
    tree.add(fields.version, version, at: 0, count: 1)
    let flags = tree.add(fields.flags, bytes[1], at: 1, count: 1)
    tree.open(flags)
    tree.add(fields.alignment, bitsOf: bytes[1], at: 1, count: 1)
    tree.add(fields.reserved, bitsOf: bytes[1], at: 1, count: 1)
    tree.close(flags)
    tree.add(fields.length, stated, at: 2, count: 2)
    let linkType = try linkType()
    tree.add(fields.linkType, linkType.rawValue, at: 4, count: 4)
    for part in try parts() {
      if part.isCommon {
        describeCommon(part, into: &tree)
      } else {
        let name = PPIFields.partName(part.kind)
        let item = tree.add(
          fields.other, bytes.part(part.at - 4, part.at + part.length), at: part.at - 4)
        tree.relabel(item) {
          $0.write("\(name): ")
          $0.write(hex: bytes.part(part.at - 4, part.at + part.length), limit: 36)
        }
      }
    }
    tree.close(top)
    if linkType == .wlan {
      try radio(layer).describe(gap: context.found.radioGap, into: &tree)
    } else {
      tree.addProtocol("pcap_pktdata")
    }
  }

  /// What the fields say of the frame.
  func radio(_ layer: Layer) throws(DecodeError) -> RadioInformation {
    var radio = RadioInformation()
    radio.length = max(0, layer.wireCount - (try length())) + Self.checkLength
    for part in try parts() where part.isCommon {
      let at = part.at
      let isInMilliseconds = bytes.uint16LittleEndian(at: at + 8) & 2 != 0
      let time = bytes.uint64LittleEndian(at: at)
      let rate = Int(bytes.uint16LittleEndian(at: at + 10))
      radio.timestamp = time == 0 ? nil : isInMilliseconds ? time &* 1000 : time
      radio.rate = rate == 0 ? nil : rate
      radio.signalPower = Int8(bitPattern: bytes[at + 18])
      radio.noisePower = Int8(bitPattern: bytes[at + 19])
      radio.take(
        frequency: UInt32(bytes.uint16LittleEndian(at: at + 12)),
        channelFlags: bytes.uint16LittleEndian(at: at + 14))
    }
    return radio
  }

  private func describeCommon(_ part: Part, into tree: inout FieldBuffer) {
    let fields = PPIFields.fields
    let at = part.at
    let top = tree.addText("802.11-Common", at: at - 4, count: part.length + 4)
    tree.open(top)
    defer { tree.close(top) }
    tree.add(fields.partKind, part.kind, at: at - 4, count: 2)
    tree.add(fields.partLength, part.length, at: at - 2, count: 2)
    let time = bytes.uint64LittleEndian(at: at)
    let flags = bytes.uint16LittleEndian(at: at + 8)
    let stamp = tree.add(fields.timestamp, time, at: at, count: 8)
    if time == 0 { tree.note(stamp, " [invalid]") }
    let item = tree.add(fields.commonFlags, flags, at: at + 8, count: 2)
    tree.open(item)
    for bit in fields.commonFlagBits { tree.add(bit, bitsOf: flags, at: at + 8, count: 2) }
    tree.close(item)
    let rate = Int(bytes.uint16LittleEndian(at: at + 10))
    // In kbit/s, unlike the words.
    let speed = tree.add(fields.rate, rate * 500, at: at + 10, count: 2)
    tree.relabel(speed) {
      $0.write("Rate: ")
      $0.write(halves: rate)
      $0.write(rate == 0 ? " Mbps [invalid]" : " Mbps")
    }
    let frequency = UInt32(bytes.uint16LittleEndian(at: at + 12))
    let channel = tree.add(fields.frequency, frequency, at: at + 12, count: 2)
    tree.note(channel) { $0.write(channelOf: frequency) }
    let channelFlags = bytes.uint16LittleEndian(at: at + 14)
    fields.channel.describe(channelFlags, at: at + 14, listed: false, into: &tree)
    tree.add(fields.hopSet, bytes[at + 16], at: at + 16, count: 1)
    tree.add(fields.hopPattern, bytes[at + 17], at: at + 17, count: 1)
    let (signal, noise) = (Int8(bitPattern: bytes[at + 18]), Int8(bitPattern: bytes[at + 19]))
    tree.add(fields.signal, signal, at: at + 18, count: 1)
    tree.add(fields.noise, noise, at: at + 19, count: 1)
  }
}

/// The fields of per-packet information.
struct PPIFields: FieldSet {
  let ppi = Field("ppi", "PPI Packet Header", .proto)
  let version = Field("ppi.version", "Version", .uint8)
  let flags = Field("ppi.flags", "Flags", .uint8, .hex)
  let alignment = Field(
    "ppi.flags.alignment", "Alignment", .boolean, .natural,
    .words(true: "32-bit aligned", false: "Not aligned"), mask: 0x01)
  let reserved = Field("ppi.flags.reserved", "Reserved", .uint8, .hex, mask: 0xfe)
  let length = Field("ppi.length", "Header length", .uint16)
  let linkType = Field("ppi.dlt", "DLT", .uint32)
  let partKind = Field(
    "ppi.field_type", "Field type", .uint16, .natural,
    .names { PPIFields.partNames[UInt16(truncatingIfNeeded: $0)] })
  let partLength = Field("ppi.field_len", "Field length", .uint16)
  let timestamp = Field("ppi.80211-common.tsft", "TSFT", .uint64)
  let commonFlags = Field("ppi.80211-common.flags", "Flags", .uint16, .hex)
  let commonFlagBits = [
    ("fcs", "FCS present flag", "Present", "Absent"),
    ("tsft", "TSFT flag", "milliseconds", "microseconds"),
    ("fcs-invalid", "FCS validity", "Invalid", "Valid"),
    ("phy-err", "PHY error flag", "PHY error", "No errors"),
  ].enumerated().map { bit, flag in
    Field(
      "ppi.80211-common.flags.\(flag.0)", flag.1, .boolean, .natural,
      .words(true: flag.2, false: flag.3), mask: 1 << UInt64(bit), of: 16)
  }
  let rate = Field("ppi.80211-common.rate", "Data rate", .uint16)
  let frequency = Field("ppi.80211-common.chan.freq", "Channel frequency", .uint16)
  let channel = ChannelFields("ppi.80211-common.chan", 4...11)
  let hopSet = Field("ppi.80211-common.fhss.hopset", "FHSS hopset", .uint8, .hex)
  let hopPattern = Field("ppi.80211-common.fhss.pattern", "FHSS pattern", .uint8, .hex)
  let signal = Field("ppi.80211-common.dbm.antsignal", "dBm antenna signal", .int8)
  let noise = Field("ppi.80211-common.dbm.antnoise", "dBm antenna noise", .int8)
  let other = Field("ppi.reserved", "Reserved", .bytes)

  static let fields = Self()

  private static let partNames: [UInt16: String] = [
    2: "802.11-Common", 3: "802.11n MAC Extensions", 4: "802.11n MAC+PHY Extensions",
    5: "Spectrum-Map", 6: "Process-Info", 7: "Capture-Info", 8: "Aggregation Extension",
    9: "802.3 Extension",
  ]

  /// As the tree names a field that is not described.
  static func partName(_ kind: UInt16) -> String {
    kind == 5 ? "Radio spectrum map" : partNames[kind] ?? "Reserved"
  }
}

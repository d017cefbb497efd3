import Fields

/// What a driver says of a wireless frame (radiotap.org), viewed in place: words of flags that say which fields are
/// there, then these, each at a multiple of its size.
///
/// The fields that old and new hardware has are described; the details of 802.11n and later are passed over.
struct RadiotapHeader: LayerView, ~Escapable {
  static let minimumLength = 8
  /// Words of flags, and fields, in one header; more are no header of a driver.
  private static let mostWords = 32

  private let reader: ByteReader

  /// `next` and `describe` check as they go.
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) throws(DecodeError) {
    reader = ByteReader(bytes, layer)
  }

  private var bytes: Span<UInt8> {
    @_lifetime(copy self) get { reader.bytes }
  }

  private func length() throws(DecodeError) -> Int { Int(try reader.uint16LittleEndian(at: 2)) }

  /// A field of the header.
  private struct Part {
    let bit: Int
    let at: Int
  }

  /// Size and alignment of each field, by its bit; what follows an unknown one cannot be found.
  private static let layouts: [(alignment: Int, size: Int)] = [
    (8, 8), (1, 1), (1, 1), (2, 4), (2, 2), (1, 1), (1, 1), (2, 2), (2, 2), (2, 2), (1, 1), (1, 1),
    (1, 1), (1, 1), (2, 2), (2, 2), (1, 1), (1, 1), (4, 8), (1, 3), (4, 8), (2, 12), (8, 12),
    (2, 12), (2, 12), (2, 6), (1, 1), (2, 4),
  ]

  /// Where the words of flags end.
  private func flagsEnd() throws(DecodeError) -> Int {
    var at = 4
    for _ in 0..<Self.mostWords {
      let word = try reader.uint32LittleEndian(at: at)
      at += 4
      if word >> 31 == 0 { return at }
    }
    throw reader.malformed
  }

  /// The fields of radiotap's own that are within the header.
  private func parts() throws(DecodeError) -> [Part] {
    let (length, flagsEnd) = (try length(), try flagsEnd())
    let end = min(length, bytes.count)
    var (at, parts) = (flagsEnd, [Part]())
    var isOwn = true
    for place in stride(from: 4, to: flagsEnd, by: 4) {
      let word = bytes.uint32LittleEndian(at: place)
      if isOwn {
        for bit in 0..<29 where word >> UInt32(bit) & 1 == 1 {
          guard bit < Self.layouts.count else { return parts }
          let layout = Self.layouts[bit]
          at = (at + layout.alignment - 1) / layout.alignment * layout.alignment
          guard at + layout.size <= end else { return parts }
          parts.append(Part(bit: bit, at: at))
          at += layout.size
        }
      }
      if word >> 29 & 1 == 1 {
        isOwn = true
      } else if word >> 30 & 1 == 1 {
        // A vendor's fields: which they are, and how long.
        at += at & 1
        guard at + 6 <= end else { return parts }
        at += 6 + Int(bytes.uint16LittleEndian(at: at + 4))
        isOwn = false
      }
    }
    return parts
  }

  /// The flags of how the frame is stored.
  private func frameFlags() throws(DecodeError) -> UInt8 {
    try parts().first { $0.bit == 1 }.map { bytes[$0.at] } ?? 0
  }

  private static func kind(_ flags: UInt8) -> LayerKind {
    switch (flags & 0x10 != 0, flags & 0x20 != 0) {
    case (false, false): .wlan
    case (true, false): .wlanWithCheck
    case (false, true): .paddedWLAN
    case (true, true): .paddedWLANWithCheck
    }
  }

  func next(_ layer: Layer) throws(DecodeError) -> Layer? {
    let length = try length()
    guard length >= Self.minimumLength else { return nil }
    try reader.require(length, at: 0)
    return layer.above(Self.kind(try frameFlags()), at: length)
  }

  /// What the fields say of the frame.
  func radio(_ layer: Layer) throws(DecodeError) -> RadioInformation {
    var radio = RadioInformation()
    radio.length = max(0, layer.wireCount - (try length()))
    for part in try parts() {
      let at = part.at
      switch part.bit {
      case 0: radio.timestamp = bytes.uint64LittleEndian(at: at)
      case 1: radio.isShortPreamble = bytes[at] & 0x02 != 0
      case 2: radio.rate = Int(bytes[at])
      case 3:
        radio.take(
          frequency: UInt32(bytes.uint16LittleEndian(at: at)),
          channelFlags: bytes.uint16LittleEndian(at: at + 2))
      case 5: radio.signalPower = Int8(bitPattern: bytes[at])
      case 6: radio.noisePower = Int8(bitPattern: bytes[at])
      case 12: radio.signal = bytes[at]
      case 13: radio.noise = bytes[at]
      case 19: radio.physical = .highThroughput
      case 21: radio.physical = .veryHighThroughput
      default: break
      }
    }
    return radio
  }

  // MARK: Description

  func describe(
    _ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = RadiotapFields.fields
    tree.addProtocol("radiotap")
    tree.columns.protocolName = "WLAN"
    tree.columns.startInfo()
    let (version, length) = (try reader.uint8(at: 0), try length())
    tree.columns.info.write("Radiotap Capture v\(version), Length \(length)")
    let top = tree.add(fields.radiotap, .none, count: length)
    tree.relabel(top, "Radiotap Header v\(version), Length \(length)")
    tree.open(top)
    defer { tree.close(top) }
    tree.add(fields.version, version, at: 0, count: 1)
    tree.add(fields.pad, bytes[1], at: 1, count: 1)
    let item = tree.add(fields.length, length, at: 2, count: 2)
    guard length >= Self.minimumLength else {
      tree.expert(
        fields.lengthInvalid, .error, .malformed,
        "The radiotap header length is less than 8 bytes", under: item)
      return
    }
    try reader.require(length, at: 0)
    try describeFlags(into: &tree)
    for part in try parts() { describe(part, into: &tree) }
    tree.close(top)
    try radio(layer).describe(gap: context.found.radioGap, into: &tree)
  }

  private func describeFlags(into tree: inout FieldBuffer) throws(DecodeError) {
    let fields = RadiotapFields.fields
    let end = try flagsEnd()
    let top = tree.opened(fields.present, at: 4, count: end - 4)
    for at in stride(from: 4, to: end, by: 4) {
      let word = bytes.uint32LittleEndian(at: at)
      let item = tree.add(fields.presentWord, word, at: at, count: 4)
      tree.open(item)
      for bit in fields.presentBits { tree.add(bit, bitsOf: word, at: at, count: 4) }
      tree.close(item)
    }
    tree.close(top)
  }

  private func describe(_ part: Part, into tree: inout FieldBuffer) {
    let fields = RadiotapFields.fields
    let at = part.at
    switch part.bit {
    case 0:
      tree.add(fields.timestamp, bytes.uint64LittleEndian(at: at), at: at, count: 8)
    case 1:
      let item = tree.add(fields.flags, bytes[at], at: at, count: 1)
      tree.open(item)
      for bit in fields.flagBits { tree.add(bit, bitsOf: bytes[at], at: at, count: 1) }
      tree.close(item)
    case 2:
      let rate = Int(bytes[at])
      let item = tree.add(fields.rate, .double(Double(rate) / 2), at: at, count: 1)
      tree.relabel(item) {
        $0.write("Data Rate: ")
        $0.write(halves: rate)
        $0.write(" Mb/s")
      }
    case 3:
      let frequency = UInt32(bytes.uint16LittleEndian(at: at))
      let flags = bytes.uint16LittleEndian(at: at + 2)
      let item = tree.add(fields.frequency, frequency, at: at, count: 2)
      tree.note(item) { $0.write(channelOf: frequency) }
      fields.channel.describe(flags, at: at + 2, listed: true, into: &tree)
    case 4:
      tree.add(fields.hopSet, bytes[at], at: at, count: 1)
      tree.add(fields.hopPattern, bytes[at + 1], at: at + 1, count: 1)
    case 5, 6, 10:
      let value = Int8(bitPattern: bytes[at])
      let field = part.bit == 5 ? fields.signal : part.bit == 6 ? fields.noise : fields.power
      tree.note(tree.add(field, value, at: at, count: 1), " dBm")
    case 7: tree.add(fields.quality, bytes.uint16LittleEndian(at: at), at: at, count: 2)
    case 8: tree.add(fields.attenuation, bytes.uint16LittleEndian(at: at), at: at, count: 2)
    case 9:
      tree.add(fields.attenuationLevel, bytes.uint16LittleEndian(at: at), at: at, count: 2)
    case 11: tree.add(fields.antenna, bytes[at], at: at, count: 1)
    case 12: tree.add(fields.signalLevel, bytes[at], at: at, count: 1)
    case 13: tree.add(fields.noiseLevel, bytes[at], at: at, count: 1)
    case 14:
      let flags = bytes.uint16LittleEndian(at: at)
      let item = tree.add(fields.receiveFlags, flags, at: at, count: 2)
      tree.open(item)
      tree.add(fields.badHeader, bitsOf: flags, at: at, count: 2)
      tree.close(item)
    case 17: tree.add(fields.retries, bytes[at], at: at, count: 1)
    default: break
    }
  }
}

/// The fields of radiotap.
struct RadiotapFields: FieldSet {
  let radiotap = Field("radiotap", "IEEE 802.11 Radiotap Capture header", .proto)
  let version = Field("radiotap.version", "Header revision", .uint8)
  let pad = Field("radiotap.pad", "Header pad", .uint8)
  let length = Field("radiotap.length", "Header length", .uint16)
  let lengthInvalid = Field(
    "radiotap.length.invalid", "The radiotap header length is less than 8 bytes", .none)
  let present = Field("radiotap.present", "Present flags", .none)
  let presentWord = Field("radiotap.present.word", "Present flags word", .uint32, .hex)
  let presentBits =
    [
      ("tsft", "TSFT", 0), ("flags", "Flags", 1), ("rate", "Rate", 2), ("channel", "Channel", 3),
      ("fhss", "FHSS", 4), ("dbm_antsignal", "dBm Antenna Signal", 5),
      ("dbm_antnoise", "dBm Antenna Noise", 6), ("lock_quality", "Lock Quality", 7),
      ("tx_attenuation", "TX Attenuation", 8), ("db_tx_attenuation", "dB TX Attenuation", 9),
      ("dbm_tx_power", "dBm TX Power", 10), ("antenna", "Antenna", 11),
      ("db_antsignal", "dB Antenna Signal", 12), ("db_antnoise", "dB Antenna Noise", 13),
      ("rxflags", "RX flags", 14), ("txflags", "TX flags", 15),
      ("data_retries", "data retries", 17),
      ("xchannel", "Channel+", 18), ("mcs", "MCS information", 19), ("ampdu", "A-MPDU Status", 20),
      ("vht", "VHT information", 21), ("timestamp", "frame timestamp", 22),
      ("he", "HE information", 23), ("he_mu", "HE-MU information", 24),
      ("0_length.psdu", "0 Length PSDU", 26), ("l_sig", "L-SIG", 27), ("tlv", "TLVs", 28),
    ].map { name, label, bit in
      Field(
        "radiotap.present.\(name)", label, .boolean, .natural,
        .words(true: "Present", false: "Absent"), mask: 1 << UInt64(bit), of: 32)
    } + [
      Field(
        "radiotap.present.rtap_ns", "Radiotap NS next", .boolean, mask: 0x2000_0000, of: 32),
      Field("radiotap.present.vendor_ns", "Vendor NS next", .boolean, mask: 0x4000_0000, of: 32),
      Field(
        "radiotap.present.ext", "Ext", .boolean, .natural,
        .words(true: "Present", false: "Absent"), mask: 0x8000_0000, of: 32),
    ]
  let timestamp = Field("radiotap.mactime", "MAC timestamp", .uint64)
  let flags = Field("radiotap.flags", "Flags", .uint8, .hex)
  let flagBits = [
    Field("radiotap.flags.cfp", "CFP", .boolean, mask: 0x01),
    Field(
      "radiotap.flags.preamble", "Preamble", .boolean, .natural,
      .words(true: "Short", false: "Long"), mask: 0x02),
    Field("radiotap.flags.wep", "WEP", .boolean, mask: 0x04),
    Field("radiotap.flags.frag", "Fragmentation", .boolean, mask: 0x08),
    Field("radiotap.flags.fcs", "FCS at end", .boolean, mask: 0x10),
    Field("radiotap.flags.datapad", "Data Pad", .boolean, mask: 0x20),
    Field("radiotap.flags.badfcs", "Bad FCS", .boolean, mask: 0x40),
    Field("radiotap.flags.shortgi", "Short GI", .boolean, mask: 0x80),
  ]
  let rate = Field("radiotap.datarate", "Data rate (Mb/s)", .double)
  let frequency = Field("radiotap.channel.freq", "Channel frequency", .uint32)
  let channel = ChannelFields("radiotap.channel", 0...15)
  let hopSet = Field("radiotap.fhss.hopset", "FHSS Hop Set", .uint8)
  let hopPattern = Field("radiotap.fhss.pattern", "FHSS Pattern", .uint8)
  let signal = Field("radiotap.dbm_antsignal", "Antenna signal", .int8)
  let noise = Field("radiotap.dbm_antnoise", "Antenna noise", .int8)
  let quality = Field("radiotap.quality", "Signal Quality", .uint16)
  let attenuation = Field("radiotap.txattenuation", "TX attenuation", .uint16)
  let attenuationLevel = Field(
    "radiotap.db_txattenuation", "dB TX attenuation", .uint16, .natural, .unit(" dB"))
  let power = Field("radiotap.txpower", "Transmit power", .int8)
  let antenna = Field("radiotap.antenna", "Antenna", .uint32)
  let signalLevel = Field(
    "radiotap.db_antsignal", "dB antenna signal", .uint8, .natural, .unit(" dB"))
  let noiseLevel = Field(
    "radiotap.db_antnoise", "dB antenna noise", .uint8, .natural, .unit(" dB"))
  let receiveFlags = Field("radiotap.rxflags", "RX flags", .uint16, .hex)
  let badHeader = Field(
    "radiotap.rxflags.badplcp", "Bad PLCP", .boolean, mask: 0x02, of: 24)
  let retries = Field("radiotap.data_retries", "data retries", .uint8)

  static let fields = Self()
}

import Fields

/// A frame that a router or a sensor mirrors over UDP (TaZmen Sniffer Protocol), viewed in place: a header, tagged
/// options up to an end, the frame.
struct TZSPHeader: LayerView, ~Escapable {
  static let headerLength = 4

  private static let padding: UInt8 = 0
  private static let end: UInt8 = 1
  private static let keepAlive: UInt8 = 4
  private static let portOpener: UInt8 = 5

  private let reader: ByteReader

  /// `next` and `describe` check as they go.
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) throws(DecodeError) {
    try ByteReader(bytes, layer).require(Self.headerLength, at: 0)
    reader = ByteReader(bytes, layer)
  }

  private var bytes: Span<UInt8> {
    @_lifetime(copy self) get { reader.bytes }
  }
  private var encapsulation: UInt16 { bytes.uint16(at: 2) }
  private var hasFrame: Bool { bytes[1] != Self.keepAlive && bytes[1] != Self.portOpener }

  private struct Option {
    let tag: UInt8
    let start: Int
    let length: Int
    /// Padding and the end have neither a length nor a value.
    var isBare: Bool { tag == padding || tag == end }
    var valueStart: Int { start + 2 }
    var next: Int { isBare ? start + 1 : valueStart + length }
  }

  private func option(at start: Int) throws(DecodeError) -> Option {
    let tag = try reader.uint8(at: start)
    guard tag > Self.end else { return Option(tag: tag, start: start, length: 0) }
    return Option(tag: tag, start: start, length: Int(try reader.uint8(at: start + 1)))
  }

  func next(_ layer: Layer) throws(DecodeError) -> Layer? {
    guard hasFrame else { return nil }
    var at = Self.headerLength
    while true {
      let option = try option(at: at)
      at = option.next
      if option.tag == Self.end { break }
    }
    try reader.require(0, at: at)
    let kind: LayerKind =
      switch encapsulation {
      case 1: .ethernet
      case 4: .pppLink
      case 7: .rawIP
      case 18: .wlan
      case 126: .radiotap
      default: .data
      }
    return layer.above(kind, at: at)
  }

  func describe(
    _ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = TZSPFields.fields
    tree.addProtocol("tzsp")
    tree.columns.protocolName = "TZSP"
    let name =
      TZSPFields.encapsulationName(UInt64(encapsulation)) ?? "Unknown (\(encapsulation))"
    tree.columns.setInfo(name)
    let top = tree.add(fields.tzsp, .none, count: reader.count)
    tree.relabel(top, "TZSP: \(name) ")
    tree.open(top)
    defer { tree.close(top) }
    tree.add(fields.version, bytes[0], at: 0, count: 1)
    tree.add(fields.type, bytes[1], at: 1, count: 1)
    tree.add(fields.encapsulation, encapsulation, at: 2, count: 2)
    guard hasFrame else { return }
    var at = Self.headerLength
    while true {
      let option = try option(at: at)
      try describe(option, top, into: &tree)
      at = option.next
      if option.tag == Self.end { return }
    }
  }

  private func describe(
    _ option: Option, _ top: FieldIndex, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = TZSPFields.fields
    let item = tree.addText(
      TZSPFields.tagName(UInt64(option.tag)) ?? "Unknown", at: option.start,
      count: option.next - option.start)
    tree.open(item)
    defer { tree.close(item) }
    tree.add(fields.tag, option.tag, at: option.start, count: 1)
    if option.isBare { return }
    tree.add(fields.tagLength, option.length, at: option.start + 1, count: 1)
    let at = option.valueStart
    let value = try reader.part(at: at, option.length)
    switch (option.tag, option.length) {
    case (10, 1): tree.add(fields.signal, Int8(bitPattern: value[0]), at: at, count: 1)
    case (11, 1): tree.add(fields.silence, Int8(bitPattern: value[0]), at: at, count: 1)
    case (12, 1): tree.add(fields.rate, value[0], at: at, count: 1)
    case (13, 4): tree.add(fields.time, value.uint32(at: 0), at: at, count: 4)
    case (14, 1): tree.add(fields.message, value[0], at: at, count: 1)
    case (15, 1): tree.add(fields.contentionFree, value[0], at: at, count: 1)
    case (16, 1): tree.add(fields.undecrypted, value[0], at: at, count: 1)
    case (17, 1):
      tree.add(fields.check, value[0], at: at, count: 1)
      tree.note(top, value[0] == 0 ? "Good" : "FCS Error")
    case (18, 1...2):
      let channel = option.length == 1 ? UInt16(value[0]) : value.uint16(at: 0)
      tree.add(fields.channel, channel, at: at, count: option.length)
    case (40, 4): tree.add(fields.packet, value.uint32(at: 0), at: at, count: 4)
    case (41, 2):
      tree.add(fields.original, Int16(bitPattern: value.uint16(at: 0)), at: at, count: 2)
    case (60, 6):
      tree.add(fields.sensor, mac: tree.name(of: value.uint48(at: 0)), at: at)
    case (80, _): tree.add(fields.device, value.untilZero, at: at)
    case (81, _): tree.add(fields.location, value.untilZero, at: at)
    case (83, _): tree.add(fields.information, value.untilZero, at: at)
    case (84, 4): tree.add(fields.capture, value.uint32(at: 0), at: at, count: 4)
    default: tree.add(fields.unknown, value, at: at)
    }
  }
}

/// The fields of TZSP.
struct TZSPFields: FieldSet {
  let tzsp = Field("tzsp", "TaZmen Sniffer Protocol", .proto)
  let version = Field("tzsp.version", "Version", .uint8)
  let type = Field(
    "tzsp.type", "Type", .uint8, .natural,
    .names {
      word(
        $0,
        [
          "Received packet", "Packet for transmit", "", "Configuration", "Keepalive",
          "Port opener",
        ])
    })
  let encapsulation = Field(
    "tzsp.encap", "Encapsulation", .uint16, .natural,
    .names { TZSPFields.encapsulationName($0) })
  let tag = Field(
    "tzsp.option_tag", "Option Tag", .uint8, .natural, .names { TZSPFields.tagName($0) })
  let tagLength = Field("tzsp.option_length", "Option Length", .uint8)
  let signal = Field("tzsp.wlan.signal", "Signal", .int8)
  let silence = Field("tzsp.wlan.silence", "Silence", .int8)
  let rate = Field(
    "tzsp.wlan.rate", "Rate", .uint8, .natural, .names { TZSPFields.rateName($0) })
  let time = Field("tzsp.wlan.time", "Time", .uint32, .hex)
  let message = Field(
    "tzsp.wlan.status.msg_type", "Type", .uint8, .hex,
    .names {
      word(
        $0,
        ["Normal", "RFC1042 encoded", "Bridge-tunnel encoded", "", "802.11 management frame"])
    })
  let contentionFree = Field(
    "tzsp.wlan.status.pcf", "PCF", .boolean, .natural,
    .words(true: "CF: Frame received during CF period", false: "Not CF"))
  let undecrypted = Field(
    "tzsp.wlan.status.undecrypted", "Undecrypted", .boolean, .natural,
    .words(true: "Encrypted frame could not be decrypted", false: "Unencrypted"))
  let check = Field(
    "tzsp.wlan.status.fcs_err", "FCS", .boolean, .natural,
    .words(true: "FCS error, frame is corrupted", false: "Frame is valid"))
  let channel = Field(
    "tzsp.wlan.channel", "Channel", .uint16, .natural, .names { TZSPFields.channelName($0) })
  let packet = Field("tzsp.packet_id", "Packet Id", .uint32)
  let original = Field("tzsp.original_length", "Original Length", .int16)
  let sensor = Field("tzsp.sensormac", "Sensor Address", .ether)
  let device = Field("tzsp.device_name", "Device Name", .string)
  let location = Field("tzsp.capture_location", "Capture Location", .string)
  let information = Field("tzsp.device_info", "Capture Information", .string)
  let capture = Field("tzsp.device_id", "Capture Id", .uint32)
  let unknown = Field("tzsp.unknown", "Unknown tag", .bytes)

  static let fields = Self()

  static func encapsulationName(_ number: UInt64) -> String? {
    switch number {
    case 1: "Ethernet"
    case 2: "Token Ring"
    case 3: "SLIP"
    case 4: "PPP"
    case 5: "FDDI"
    case 7: "Raw IP"
    case 18: "IEEE 802.11"
    case 119: "IEEE 802.11 with Prism headers"
    case 126: "IEEE 802.11 with radiotap headers"
    case 127: "IEEE 802.11 with AVS headers"
    default: nil
    }
  }

  static func tagName(_ number: UInt64) -> String? {
    switch number {
    case 0: "Pad"
    case 1: "End"
    case 10: "Signal"
    case 11: "Silence"
    case 12: "Rate"
    case 13: "Time"
    case 14: "Message Type"
    case 15: "Point Coordination Function"
    case 16: "Undecrypted"
    case 17: "Frame check sequence"
    case 18: "Channel"
    case 40: "packet ID"
    case 41: "Original Length"
    case 60: "Sensor MAC"
    case 80: "Device Name"
    case 81: "Capture Location"
    case 82: "Time Stamp"
    case 83: "Information"
    case 84: "Capture ID"
    default: nil
    }
  }

  private static func rateName(_ number: UInt64) -> String? {
    switch number {
    case 2, 10: "1 Mbit/s"
    case 4, 20: "2 Mbit/s"
    case 11, 55: "5.5 Mbit/s"
    case 12: "6 Mbit/s"
    case 18: "9 Mbit/s"
    case 22, 110: "11 Mbit/s"
    case 24: "12 Mbit/s"
    case 36: "18 Mbit/s"
    case 48: "24 Mbit/s"
    case 72: "36 Mbit/s"
    case 96: "48 Mbit/s"
    case 108: "54 Mbit/s"
    default: nil
    }
  }

  /// `6 (2.437 GHz)`
  private static func channelName(_ number: UInt64) -> String? {
    let frequency: UInt64 =
      switch number {
      case 1...13: 2407 + 5 * number
      case 14: 2484
      case 36, 40, 44, 48, 52, 56, 60, 64, 149, 153, 157, 161: 5000 + 5 * number
      case 191...423 where number % 4 == 3: 5000 + 5 * number
      default: 0
      }
    guard frequency > 0 else { return nil }
    let decimals = String(frequency % 1000 + 1000).dropFirst()
    return "\(number) (\(frequency / 1000).\(decimals) GHz)"
  }
}

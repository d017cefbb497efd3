import Fields

/// What a capture knows of how a frame came over the air: a section of its own in the tree, whatever header says it.
struct RadioInformation {
  enum Physical: UInt8 {
    case complementaryCode = 4
    case orthogonal = 5
    case extendedRate = 6
    case highThroughput = 7
    case veryHighThroughput = 8
  }

  var physical: Physical?
  /// Of 802.11a: how channels are joined; nil where nothing says it.
  var turbo: UInt8?
  var isShortPreamble: Bool?
  /// In 500 kbit/s.
  var rate: Int?
  /// In MHz.
  var frequency: UInt32?
  var signal: UInt8?
  var signalPower: Int8?
  var noise: UInt8?
  var noisePower: Int8?
  var timestamp: UInt64?
  /// Bytes of the frame that were on the air.
  var length = 0

  /// What the flags of a channel say; the rate tells 802.11b and g apart where both may be.
  mutating func take(frequency: UInt32, channelFlags flags: UInt16) {
    let (isTurbo, isStaticTurbo) = (flags & 0x10 != 0, flags & 0x2000 != 0)
    let (isCCK, isOFDM, isDynamic) = (flags & 0x20 != 0, flags & 0x40 != 0, flags & 0x400 != 0)
    let (is2GHz, is5GHz) = (flags & 0x80 != 0, flags & 0x100 != 0)
    if frequency != 0 { self.frequency = frequency }
    if isOFDM, is5GHz {
      physical = .orthogonal
      if !isStaticTurbo { turbo = isTurbo ? 2 : 0 }
    } else if isOFDM, is2GHz {
      physical = .extendedRate
    } else if isCCK, is2GHz {
      physical = .complementaryCode
    } else if isDynamic, is2GHz {
      physical =
        rate.map { [2, 4, 11, 22].contains($0) } == true ? .complementaryCode : .extendedRate
    }
  }

  /// The channel of a frequency in MHz; 0 where it has none.
  static func channel(of frequency: UInt32) -> UInt32? {
    switch frequency {
    case 2484: 14
    case 2412...2472 where (frequency - 2407) % 5 == 0: (frequency - 2407) / 5
    case 4910...4980 where frequency % 5 == 0: (frequency - 4000) / 5
    case 5000...5925 where frequency % 5 == 0: (frequency - 5000) / 5
    default: nil
    }
  }

  /// When the frame began and ended, where that is known.
  var times: (start: UInt64, end: UInt64)? {
    guard let timestamp, let duration else { return nil }
    return (timestamp &- UInt64(duration.all), timestamp)
  }

  /// Microseconds on the air, and those of them before the first bit.
  private var duration: (all: Int, preamble: Int)? {
    guard let rate, rate > 0, physical != .highThroughput, physical != .veryHighThroughput else {
      return nil
    }
    let bits = 8 * length
    guard physical != .complementaryCode else {
      let preamble = isShortPreamble ?? true ? 96 : 192
      return (preamble + (2 * bits + rate - 1) / rate, preamble)
    }
    let (serviceAndTail, symbol, preamble) = (16 + 6, 4, 20)
    // Two bits a symbol for each 500 kbit/s.
    let symbols = (bits + serviceAndTail + 2 * rate - 1) / (2 * rate)
    return (preamble + symbols * symbol, preamble)
  }

  /// `gap`: microseconds since the frame before.
  func describe(gap: Int64?, into tree: inout FieldBuffer) {
    let fields = RadioFields.fields
    tree.addProtocol("wlan_radio")
    let top = tree.opened(fields.radio)
    defer { tree.close(top) }
    if let physical { tree.add(fields.physical, physical.rawValue) }
    switch physical {
    case .orthogonal: if let turbo { tree.add(fields.turbo, turbo) }
    case .extendedRate: tree.add(fields.mode, 0)
    case .complementaryCode:
      if let isShortPreamble { tree.add(fields.shortPreamble, isShortPreamble) }
    default: break
    }
    if let rate {
      let item = tree.add(fields.rate, .double(Double(rate) / 2))
      tree.relabel(item) {
        $0.write("Data rate: ")
        $0.write(halves: rate)
        $0.write(" Mb/s")
      }
    }
    if let frequency {
      tree.add(fields.channel, Self.channel(of: frequency) ?? 0)
      tree.add(fields.frequency, frequency)
    }
    describeSignal(into: &tree)
    if let timestamp { tree.add(fields.timestamp, timestamp) }
    describeDuration(gap: gap, into: &tree)
  }

  private func describeSignal(into tree: inout FieldBuffer) {
    let fields = RadioFields.fields
    if let signal { tree.add(fields.signal, signal) }
    if let signalPower { tree.note(tree.add(fields.signalPower, signalPower), " dBm") }
    if let noise { tree.add(fields.noise, noise) }
    if let noisePower { tree.note(tree.add(fields.noisePower, noisePower), " dBm") }
    if let signalPower, let noisePower {
      tree.note(tree.add(fields.ratio, Int(signalPower) - Int(noisePower)), " dB")
    }
  }

  private func describeDuration(gap: Int64?, into tree: inout FieldBuffer) {
    let fields = RadioFields.fields
    guard let duration else { return }
    let item = tree.add(fields.duration, duration.all, .generated)
    if physical == .complementaryCode, isShortPreamble == nil {
      tree.expert(
        fields.assumedShort, .warning, .assumption,
        "No preamble length information was available, assuming short preamble.", under: item)
    }
    tree.open(item)
    tree.add(fields.preamble, duration.preamble, .generated)
    if let times {
      if let gap { tree.note(tree.add(fields.gap, gap, .generated), "µs") }
      tree.add(fields.start, times.start, .generated)
      tree.add(fields.end, times.end, .generated)
    }
    tree.close(item)
  }
}

/// When the frame before was on the air: the gap between two frames says how long a station has waited.
struct RadioTimes {
  private var end: UInt64?

  /// Notes a frame, and gives the microseconds between it and the one before; of one whose time is not known 0 is
  /// taken, as Wireshark does.
  mutating func note(_ radio: RadioInformation) -> Int64? {
    let times = radio.times
    defer { end = times?.end ?? 0 }
    guard let end, let times else { return nil }
    return Int64(bitPattern: times.start &- end)
  }
}

extension TextBuffer {
  /// `5.5` for 11.
  mutating func write(halves number: Int) {
    write(decimal: number / 2)
    write(number.isMultiple(of: 2) ? ".0" : ".5")
  }
  /// ` [BG 6]`: band and channel of a frequency in MHz, where it has one.
  mutating func write(channelOf frequency: UInt32) {
    guard frequency > 0 else { return }
    write(frequency < 3000 ? " [BG " : " [A ")
    write(decimal: UInt64(RadioInformation.channel(of: frequency) ?? 0))
    write("]")
  }
}

/// The fields of how a frame came over the air.
struct RadioFields: FieldSet {
  let radio = Field("wlan_radio", "802.11 radio information", .proto)
  let physical = Field(
    "wlan_radio.phy", "PHY type", .uint32, .natural,
    .names {
      word(
        $0,
        [
          "", "802.11 FHSS", "802.11 IR", "802.11 DSSS", "802.11b (HR/DSSS)", "802.11a (OFDM)",
          "802.11g (ERP)", "802.11n (HT)", "802.11ac (VHT)",
        ])
    })
  let turbo = Field(
    "wlan_radio.11a.turbo_type", "Turbo type", .uint32, .natural,
    .names { word($0, ["Non-turbo", "Turbo", "Dynamic turbo", "Static turbo"]) })
  let mode = Field(
    "wlan_radio.11g.mode", "Proprietary mode", .uint32, .natural, .names { word($0, ["None"]) })
  let shortPreamble = Field("wlan_radio.short_preamble", "Short preamble", .boolean)
  let rate = Field("wlan_radio.data_rate", "Data rate", .double)
  let channel = Field("wlan_radio.channel", "Channel", .uint32)
  let frequency = Field("wlan_radio.frequency", "Frequency", .uint16, .natural, .unit("MHz"))
  let signal = Field(
    "wlan_radio.signal_db", "Signal strength (dB)", .uint8, .natural, .unit(" dB"))
  let signalPower = Field("wlan_radio.signal_dbm", "Signal strength (dBm)", .int8)
  let noise = Field("wlan_radio.noise_db", "Noise level (dB)", .uint8, .natural, .unit(" dB"))
  let noisePower = Field("wlan_radio.noise_dbm", "Noise level (dBm)", .int8)
  let ratio = Field("wlan_radio.snr", "Signal/noise ratio (dB)", .int32)
  let timestamp = Field("wlan_radio.timestamp", "TSF timestamp", .uint64)
  let duration = Field("wlan_radio.duration", "Duration", .uint32, .natural, .unit("µs"))
  let assumedShort = Field(
    "wlan_radio.assumed.short_preamble",
    "No preamble length information was available, assuming short preamble.", .none)
  let preamble = Field("wlan_radio.preamble", "Preamble", .uint32, .natural, .unit("µs"))
  let gap = Field("wlan_radio.ifs", "IFS", .int64)
  let start = Field("wlan_radio.start_tsf", "Start", .uint64, .natural, .unit("µs"))
  let end = Field("wlan_radio.end_tsf", "End", .uint64, .natural, .unit("µs"))

  static let fields = Self()
}

/// The fields of what is said of a channel, under the name of the header that says it.
struct ChannelFields: Sendable {
  let flags: Field
  let flagBits: [Field]

  init(_ prefix: String, _ bits: ClosedRange<Int>) {
    flags = Field("\(prefix).flags", "Channel flags", .uint16, .hex)
    let names = [
      ("700mhz", "700 MHz spectrum"), ("800mhz", "800 MHz spectrum"),
      ("900mhz", "900 MHz spectrum"), ("", ""), ("turbo", "Turbo"),
      ("cck", "Complementary Code Keying (CCK)"),
      ("ofdm", "Orthogonal Frequency-Division Multiplexing (OFDM)"), ("2ghz", "2 GHz spectrum"),
      ("5ghz", "5 GHz spectrum"), ("passive", "Passive"), ("dynamic", "Dynamic CCK-OFDM"),
      ("gfsk", "Gaussian Frequency Shift Keying (GFSK)"), ("gsm", "GSM (900MHz)"),
      ("sturbo", "Static Turbo"), ("half", "Half Rate Channel (10MHz Channel Width)"),
      ("quarter", "Quarter Rate Channel (5MHz Channel Width)"),
    ]
    flagBits = bits.compactMap { bit in
      names[bit].0.isEmpty
        ? nil
        : Field(
          "\(prefix).flags.\(names[bit].0)", names[bit].1, .boolean, mask: 1 << UInt64(bit), of: 16)
    }
  }

  /// `listed`: whether the names of those that are set follow the number.
  func describe(_ value: UInt16, at: Int, listed: Bool, into tree: inout FieldBuffer) {
    let item = tree.add(flags, value, at: at, count: 2)
    if listed {
      tree.note(item) {
        for bit in flagBits where UInt64(value) & bit.mask != 0 { $0.write(", \(bit.label)") }
      }
    }
    tree.open(item)
    for bit in flagBits { tree.add(bit, bitsOf: value, at: at, count: 2) }
    tree.close(item)
  }
}

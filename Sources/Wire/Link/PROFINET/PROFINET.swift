import Fields

/// A PROFINET real-time frame (IEC 61158-6-10), viewed in place.
struct ProfinetFrame: LayerView, ~Escapable {
  static let headerLength = 2
  /// Cycle counter, data status and transfer status, at the end of cyclic data.
  private static let statusLength = 4

  private let bytes: Span<UInt8>
  private let layer: Layer
  /// As it was on the wire.
  private var count: Int { layer.wireCount }

  /// The only length check: every accessor below relies on it.
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) throws(DecodeError) {
    guard layer.wireCount >= Self.headerLength + Self.statusLength else {
      throw layer.error(needed: Self.headerLength + Self.statusLength)
    }
    guard bytes.count >= Self.headerLength else { throw layer.error(needed: Self.headerLength) }
    if ProfinetFrameID(rawValue: bytes.uint16(at: 0)).isCyclic, bytes.count < layer.wireCount {
      throw layer.error(needed: layer.wireCount)
    }
    self.bytes = bytes
    self.layer = layer
  }

  func next(_ layer: Layer) -> Layer? {
    switch frameID.content {
    case .discovery: layer.above(.profinetDCP, at: Self.headerLength)
    case .timeControl: layer.above(.profinetPTCP, at: 0)
    default: nil
    }
  }

  static func describe(
    _ bytes: Span<UInt8>, _ layer: Layer, _ context: borrowing DescribeContext,
    into tree: inout FieldBuffer
  ) throws(DecodeError) {
    // This is said of every frame, also of one that is too short.
    tree.addProtocol("pn_rt")
    tree.columns.protocolName = "PN-RT"
    tree.columns.setInfo("PROFINET Real-Time")
    try Self(bytes, layer).describe(layer, context, into: &tree)
  }

  var frameID: ProfinetFrameID { ProfinetFrameID(rawValue: bytes.uint16(at: 0)) }
  private var status: Span<UInt8> {
    @_lifetime(copy self) get { bytes.part(bytes.count - Self.statusLength, bytes.count) }
  }
  var cycleCounter: UInt16 { status.uint16(at: 0) }
  var dataStatus: UInt8 { status[2] }
  var transferStatus: UInt8 { status[3] }

  func describe(
    _ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = ProfinetFields.fields
    let id = frameID
    let isCyclic = id.isCyclic
    let dataEnd = isCyclic ? bytes.count - Self.statusLength : bytes.count
    tree.columns.protocolName = id.columnName
    var summary = TextBuffer()
    let cycleLength = isCyclic ? Self.statusLength : 0
    writeSummary(to: &summary, dataCount: count - Self.headerLength - cycleLength)
    tree.columns.startInfo()
    tree.columns.info.write(summary.bytes[...])
    let top = tree.add(fields.frame, .none, count: bytes.count)
    tree.relabel(top) {
      $0.write("\(id.title), ")
      $0.write(summary.bytes[...])
    }
    tree.open(top)
    let item = tree.add(fields.frameID, id.rawValue, at: 0, count: 2)
    tree.relabel(item) {
      $0.write("FrameID: 0x")
      $0.write(hex: UInt64(id.rawValue), digits: 4)
      $0.write(" (\(id.meaning))")
    }
    if isCyclic { describeStatus(fields, into: &tree) }
    tree.close(top)
    try describeData(bytes.part(Self.headerLength, dataEnd), id, fields, into: &tree)
  }

  /// `RTC1, ID:0x8001, Len:  40, Cycle:64000 (Valid,Primary,Ok,Run)`
  private func writeSummary(to text: inout TextBuffer, dataCount: Int) {
    if let kind = frameID.kind { text.write("\(kind), ") }
    text.write("ID:0x")
    text.write(hex: UInt64(frameID.rawValue), digits: 4)
    text.write(", Len:")
    text.write(padded: dataCount, width: 4)
    guard frameID.isCyclic else { return }
    text.write(", Cycle:")
    text.write(padded: Int(cycleCounter), width: 5)
    text.write(dataStatus & 4 != 0 ? " (Valid," : " (Invalid,")
    text.write(dataStatus & 1 != 0 ? "Primary," : "Backup,")
    text.write(dataStatus & 0x20 != 0 ? "Ok," : "Problem,")
    text.write(dataStatus & 0x10 != 0 ? "Run)" : "Stop)")
  }

  private func describeStatus(_ fields: ProfinetFields, into tree: inout FieldBuffer) {
    let start = bytes.count - Self.statusLength
    tree.add(fields.cycleCounter, cycleCounter, at: start, count: 2)
    let item = tree.add(fields.dataStatus, dataStatus, at: start + 2, count: 1)
    tree.note(item) {
      $0.write(dataStatus & 4 != 0 ? " (Frame: Valid" : " (Frame: Invalid")
      $0.write(dataStatus & 1 != 0 ? " and Primary" : " and Backup")
      $0.write(dataStatus & 0x20 != 0 ? ", Provider: Ok" : ", Provider: Problem")
      $0.write(dataStatus & 0x10 != 0 ? " and Run)" : " and Stop)")
    }
    tree.open(item)
    for field in [
      fields.ignore, fields.reserved2, fields.stationOK, fields.providerRuns, fields.reserved1,
      fields.dataValid, fields.redundancy, fields.primary,
    ] {
      tree.add(field, bitsOf: dataStatus, at: start + 2, count: 1)
    }
    tree.close(item)
    let transfer = tree.add(fields.transferStatus, transferStatus, at: start + 3, count: 1)
    tree.relabel(transfer) {
      $0.write("TransferStatus: 0x")
      $0.write(hex: UInt64(transferStatus), digits: 2)
      $0.write(transferStatus == 0 ? " (OK)" : " (ignore this frame)")
    }
  }

  private func describeData(
    _ data: Span<UInt8>, _ id: ProfinetFrameID, _ fields: ProfinetFields,
    into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let start = Self.headerLength
    switch id.content {
    case .discovery, .timeControl: break
    case .isochronousData:
      if id.isCyclic { tree.addProtocol("pn_io") }
      let item = tree.add(fields.userData, "data", at: start, count: data.count)
      tree.relabel(item, "PROFINET IO Cyclic Service Data Unit: \(data.count) byte")
      if !id.isCyclic { tree.addUndecoded(data, at: start) }
    case .inputOutput:
      tree.addProtocol("pn_io")
      tree.columns.protocolName = "PNIO"
      let top = tree.add(fields.inputOutput, .none, at: start, count: data.count)
      tree.relabel(top, "PROFINET IO Cyclic Service Data Unit: \(data.count) bytes")
      if id.isCyclic { break }
      let item = tree.add(fields.userData, "data", at: start, count: data.count)
      tree.relabel(item, "User Data (including GAP and RTCPadding): \(data.count) byte")
    case .fragment: try describeFragment(data, fields, into: &tree)
    case .undecoded: tree.addUndecoded(data, at: start)
    }
  }

  private func describeFragment(
    _ data: Span<UInt8>, _ fields: ProfinetFields, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let start = Self.headerLength
    guard data.count >= 2 else { throw layer.error(needed: start + 2) }
    tree.addProtocol("pn_rt")
    let top = tree.opened(fields.fragment, at: start, count: data.count)
    defer { tree.close(top) }
    tree.add(fields.fragmentLength, data[0], at: start, count: 1)
    let flags = data[1]
    let status = tree.add(fields.fragmentStatus, .none, at: start + 1, count: 1)
    let more = flags & 0x80 != 0 ? "More fragments follow" : "Last fragment"
    let rest = data.part(2, data.count)
    tree.relabel(status, "FragStatus: Number: \(flags & 0x3f), \(more)")
    // The length is in units of eight bytes.
    if 8 * Int(data[0]) > rest.count {
      tree.note(status, ": FragDataLength out of Framerange -> discarding!")
    }
    tree.open(status)
    for field in [fields.fragmentMore, fields.fragmentReserved, fields.fragmentNumber] {
      tree.add(field, bitsOf: flags, at: start + 1, count: 1)
    }
    tree.close(status)
    let length = tree.add(fields.fragmentData, "data", at: start + 2, count: rest.count)
    tree.relabel(length, "Fragment Length: \(rest.count) bytes")
    tree.columns.info.write(" Fragment Length: \(rest.count) bytes")
    tree.add(fields.fragmentBytes, rest, at: start + 2)
  }
}

extension FieldBuffer {
  /// What PROFINET's own dissectors leave.
  mutating func addUndecoded(_ data: Span<UInt8>, at offset: Int) {
    let fields = ProfinetFields.fields
    let item = add(fields.undecoded, "data", at: offset, count: data.count)
    relabel(item, "Undecoded Data: \(data.count) bytes")
    expert(
      fields.undecodedExpert, .warning, .undecoded, "Undecoded Data, \(data.count) bytes",
      under: item)
  }
}

extension TextBuffer {
  /// Decimal with leading spaces up to `width` characters.
  mutating func write(padded value: Int, width: Int) {
    let digits = String(value)
    write(repeating: UInt8(ascii: " "), count: width - digits.utf8.count)
    write(digits)
  }
}

/// What a frame is for: an open set, so a struct over ranges rather than an enum.
struct ProfinetFrameID: RawRepresentable, Hashable, Sendable {
  let rawValue: UInt16

  enum Content {
    case discovery, isochronousData, inputOutput, timeControl, fragment, undecoded
  }

  var isIsochronous: Bool { (0x0100...0x0fff).contains(rawValue) }
  var isCyclic: Bool { isIsochronous || (0x8000...0xfbff).contains(rawValue) }

  var content: Content {
    switch rawValue {
    case 0xfefc...0xfeff: .discovery
    case 0xbfff, 0xfbff: .undecoded
    case 0x0100...0x3fff: .isochronousData
    case 0x4000...0xfbff: .inputOutput
    case 0x0000...0x00ff, 0xff00...0xff5f: .timeControl
    case 0xff80...0xff8f: .fragment
    default: .undecoded
    }
  }

  var columnName: String {
    switch rawValue {
    case 0x0100...0x0fff: "PN-RTC3"
    case 0x8000...0xbfff: "PN-RTC1"
    case 0xfc00...0xfeff: "PN-RTA"
    default: "PN-RT"
    }
  }

  /// The first words of the section.
  var title: String {
    switch rawValue {
    case 0x0080...0x0081, 0x0100...0x0fff: "PROFINET Isochronous-Real-Time"
    case 0x8000...0xfbff: "PROFINET cyclic Real-Time"
    case 0xfc00...0xff43: "PROFINET acyclic Real-Time"
    case 0xff80...0xff8f: "PROFINET Fragmentation"
    default: "PROFINET Real-Time"
    }
  }

  /// The next words, where there are any.
  var kind: String? {
    switch rawValue {
    case 0x0020...0x0021, 0x0080...0x0081: "Synchronization"
    case 0x0000...0x00ff, 0x1000...0x7fff: "reserved"
    case 0x0100...0x0fff: "RTC3"
    case 0x8000...0xbfff: "RTC1"
    case 0xc000...0xfbff: "RTC1(legacy)"
    case 0xfc01: "Alarm High"
    case 0xfe01: "Alarm Low"
    case 0xfe02, 0xfefc...0xfeff, 0xff80...0xff8f: nil
    case 0xff00...0xff1f: "RTA Sync"
    case 0xff20...0xff22: "Follow Up"
    case 0xff23...0xff43: "Delay"
    default: "Reserved"
    }
  }

  var meaning: String {
    switch rawValue {
    case 0x0000...0x001f: "0x0000-0x001F: Reserved ID"
    case 0x0020...0x0021: "0x0020-0x0021: Real-Time: Sync (with follow up)"
    case 0x0022...0x007f: "0x0022-0x007F: Reserved ID"
    case 0x0080...0x0081: "0x0080-0x0081: Real-Time: Sync (without follow up)"
    case 0x0082...0x00ff: "0x0082-0x00FF: Reserved ID"
    case 0x0100...0x06ff: "0x0100-0x06FF: RED: Real-Time(class=3): non redundant, normal or DFP"
    case 0x0700...0x0fff: "0x0700-0x0FFF: RED: Real-Time(class=3): redundant, normal or DFP"
    case 0x1000...0x7fff: "0x1000-0x7FFF: Reserved ID"
    case 0x8000...0xbbff: "0x8000-0xBBFF: Real-Time(class=1 unicast): non redundant, normal"
    case 0xbc00...0xbfff: "0xBC00-0xBFFF: Real-Time(class=1 multicast): non redundant, normal"
    case 0xc000...0xf7ff: "0xC000-0xF7FF: Real-Time(class=1 unicast): Cyclic"
    case 0xf800...0xfbff: "0xF800-0xFBFF: Real-Time(class=1 multicast): Cyclic"
    case 0xfc01: "Real-Time: Acyclic PN-IO Alarm high priority"
    case 0xfc00...0xfdff: "0xFC00-0xFDFF: Reserved"
    case 0xfe01: "Real-Time: Acyclic PN-IO Alarm low priority"
    case 0xfe02: "Real-Time: Acyclic PN-IO RSI"
    case 0xfefc: "Real-Time: DCP (Dynamic Configuration Protocol) hello"
    case 0xfefd: "Real-Time: DCP (Dynamic Configuration Protocol) get/set"
    case 0xfefe: "Real-Time: DCP (Dynamic Configuration Protocol) identify multicast request"
    case 0xfeff: "Real-Time: DCP (Dynamic Configuration Protocol) identify response"
    case 0xfe00...0xfeff: "0xFE00-0xFEFF: Real-Time: Reserved"
    case 0xff00...0xff01: "0xFF00-0xFF01: PTCP Announce"
    case 0xff02...0xff1f: "0xFF02-0xFF1F: Reserved"
    case 0xff20...0xff21: "0xFF20-0xFF21: PTCP Follow Up"
    case 0xff22: "0xFF22-0xFF3F: Reserved"
    case 0xff23...0xff43: "0xFF40-0xFF43: Acyclic Real-Time: Delay"
    case 0xff44...0xff7f: "0xFF44-0xFF7F: reserved ID"
    case 0xff80...0xff8f: "0xFF80-0xFF8F: Fragmentation"
    default: "0xFF90-0xFFFF: reserved ID"
    }
  }
}

/// The fields of PROFINET real-time frames, as Wireshark names them.
struct ProfinetFields: FieldSet {
  let frame = Field("pn_rt", "PROFINET Real-Time", .proto)
  let inputOutput = Field("pn_io", "PROFINET IO", .proto)
  let frameID = Field("pn_rt.frame_id", "FrameID", .uint16)
  let cycleCounter = Field("pn_rt.cycle_counter", "CycleCounter", .uint16)
  let dataStatus = Field("pn_rt.ds", "DataStatus", .uint8, .hex)
  let ignore = Field(
    "pn_rt.ds_ignore", "Ignore (1:Ignore/0:Evaluate)", .uint8, .hex, mask: 0x80)
  let reserved2 = Field(
    "pn_rt.ds_Reserved_2", "Reserved_2 (should be zero)", .uint8, .hex, mask: 0x40)
  let stationOK = Field(
    "pn_rt.ds_ok", "StationProblemIndicator (1:Ok/0:Problem)", .uint8, .hex, mask: 0x20)
  let providerRuns = Field(
    "pn_rt.ds_operate", "ProviderState (1:Run/0:Stop)", .uint8, .hex, mask: 0x10)
  let reserved1 = Field(
    "pn_rt.ds_res3", "Reserved_1 (should be zero)", .uint8, .hex, mask: 8)
  let dataValid = Field(
    "pn_rt.ds_valid", "DataValid (1:Valid/0:Invalid)", .uint8, .hex, mask: 4)
  let redundancy = Field(
    "pn_rt.ds_redundancy", "Redundancy", .boolean, .natural,
    .words(
      true: "None primary AR of a given AR-set is present",
      false: "Redundancy has no meaning for OutputCRs / "
        + "One primary AR of a given AR-set is present"), mask: 2)
  let primary = Field(
    "pn_rt.ds_primary", "State (1:Primary/0:Backup)", .uint8, .hex, mask: 1)
  let transferStatus = Field("pn_rt.transfer_status", "TransferStatus", .uint8)
  let fragment = Field("pn_rt.frag", "PROFINET Fragment", .none)
  let fragmentLength = Field("pn_rt.frag_data_length", "FragDataLength", .uint8)
  let fragmentStatus = Field("pn_rt.frag_status", "FragStatus", .none)
  let fragmentMore = Field(
    "pn_rt.frag_status.more_follows", "MoreFollows", .uint8, .hex,
    .names { word($0, ["Last fragment", "More fragments follow"]) }, mask: 0x80)
  let fragmentReserved = Field(
    "pn_rt.frag_status.error", "Reserved", .uint8, .hex,
    .names { word($0, ["reserved", "reserved: invalid should be zero"]) }, mask: 0x40)
  let fragmentNumber = Field(
    "pn_rt.frag_status.fragment_number", "FragmentNumber (zero based)", .uint8, mask: 0x3f)
  let fragmentData = Field("pn_rt.frag_data", "FragData", .string)
  let fragmentBytes = Field("pn.frag_bytes", "Fragment Data", .bytes)
  let userData = Field("pn.user_data", "User Data", .string)
  let undecoded = Field("pn.undecoded", "Undecoded Data", .string)
  let undecodedExpert = Field("pn.undecoded_data", "Undecoded Data", .none)

  static let fields = Self()
}

import Fields

/// A frame of PROFINET's precision transparent clock protocol (IEC 61158-6-10): header, then TLVs.
struct ProfinetPTCP: LayerView, ~Escapable {
  private let reader: ByteReader
  private let frameID: UInt16

  /// The layer begins with the frame's identifier, which says what the message is; offsets count from what follows.
  ///
  /// Checks nothing: `describe` reads on with checks of its own.
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) {
    let length = ProfinetFrame.headerLength
    reader = ByteReader(
      bytes.part(length, bytes.count), layer.above(.profinetPTCP, at: length))
    frameID = bytes.count >= length ? bytes.uint16(at: 0) : 0
  }

  private enum Header {
    case sync, announce, followUp, delay
  }

  /// The kind of message, what it is called, and with which clock.
  private var message: (header: Header, name: String, clock: String)? {
    switch frameID {
    case 0x20, 0x21: (.sync, "RTSync FU", clock)
    case 0x80, 0x81: (.sync, "RTSync", clock)
    case 0xff00, 0xff01: (.announce, "Announce", clock)
    case 0xff20, 0xff21: (.followUp, "FollowUp", clock)
    case 0xff40: (.delay, "DelayReq", "")
    case 0xff41, 0xff43: (.delay, "DelayRes", "")
    case 0xff42: (.delay, "DelayFuRes", "")
    default: nil
    }
  }
  private var clock: String { frameID & 1 == 0 ? "(Clock)" : "(Time)" }

  func describe(
    _ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = ProfinetPTCPFields.fields
    tree.base += ProfinetFrame.headerLength
    defer { tree.base -= ProfinetFrame.headerLength }
    tree.addProtocol("pn_ptcp")
    tree.columns.protocolName = "PN-PTCP"
    tree.columns.startInfo()
    let top = tree.add(fields.timeControl, .none, count: reader.count)
    tree.note(top, ", ")
    guard let message else {
      var text = TextBuffer()
      text.write("Reserved FrameID 0x")
      text.write(hex: UInt64(frameID), digits: 4)
      tree.columns.setInfo(text.string)
      tree.note(top, text.string)
      tree.addUndecoded(reader.bytes, at: 0)
      return
    }
    tree.open(top)
    defer { tree.close(top) }
    let header = tree.add(fields.header, .none)
    let facts = try describeHeader(message.header, header, fields, into: &tree)
    var summary = "Sequence=\(facts.sequence)"
    if let delay = facts.delay { summary += ", Delay=\(delay)ns" }
    tree.note(header, ": \(summary)")
    if facts.exact > 0, let delay = facts.delay {
      tree.note(header) { $0.write(seconds: delay, facts.exact) }
    }
    tree.note(top, message.name)
    if !message.clock.isEmpty { tree.note(top, " \(message.clock)") }
    tree.note(top, ": \(summary)")
    describeInfo(message.name, message.clock, facts, &tree.columns)
    var offset = facts.length
    while try describeBlock(
      at: &offset, isAnnounce: message.header == .announce, fields, into: &tree)
    {}
  }

  /// `RTSync FU (Clock), Seq=  1, Delay=         84ns`
  private func describeInfo(
    _ name: String, _ clock: String, _ facts: HeaderFacts, _ columns: inout Columns
  ) {
    columns.info.write(name)
    let width = clock.isEmpty ? 0 : clock.utf8.count
    columns.info.write(
      repeating: UInt8(ascii: " "), count: Self.titleWidth - name.utf8.count - width)
    columns.info.write(clock)
    columns.info.write(", Seq=")
    columns.info.write(padded: Int(facts.sequence), width: 3)
    guard let delay = facts.delay else { return }
    columns.info.write(", Delay=")
    columns.info.write(padded: Int(delay), width: 11)
    columns.info.write("ns")
  }
  private static let titleWidth = 17

  private struct HeaderFacts {
    var length = 20
    var sequence: UInt16 = 0
    var delay: Int64?
    /// The delay without what goes on top of it, in nanoseconds.
    var exact: Int64 = 0
  }

  private func describeHeader(
    _ kind: Header, _ item: FieldIndex, _ fields: ProfinetPTCPFields, into tree: inout FieldBuffer
  ) throws(DecodeError) -> HeaderFacts {
    var facts = HeaderFacts()
    if kind == .sync {
      let words = [fields.reserved1, fields.reserved2, fields.delay10]
      guard reader.count >= facts.length else {
        for (index, field) in words.enumerated() {
          tree.add(field, try reader.uint32(at: 4 * index), at: 4 * index, count: 4)
        }
        throw reader.short(of: facts.length)
      }
      let bytes = reader.bytes
      tree.open(item)
      facts.sequence = bytes.uint16(at: 12)
      tree.add(fields.sequence, facts.sequence, at: 12, count: 2)
      tree.add(fields.delayByte, bytes[14], at: 14, count: 1)
      addPadding(1, at: 15, fields, into: &tree)
      tree.close(item)
      for (index, field) in (words + [fields.delay1]).enumerated() {
        let offset = index < 3 ? 4 * index : 16
        tree.add(field, bytes.uint32(at: offset), at: offset, count: 4)
      }
      facts.exact = 10 * Int64(bytes.uint32(at: 8)) + Int64(bytes[14])
      facts.delay = facts.exact + Int64(bytes.uint32(at: 16))
      return facts
    }
    tree.open(item)
    try reader.require(12, at: 0)
    addPadding(12, at: 0, fields, into: &tree)
    facts.sequence = try reader.uint16(at: 12)
    tree.add(fields.sequence, facts.sequence, at: 12, count: 2)
    let padding = kind == .announce ? 6 : 2
    try reader.require(padding, at: 14)
    addPadding(padding, at: 14, fields, into: &tree)
    if kind == .followUp {
      let delay = Int32(bitPattern: try reader.uint32(at: 16))
      tree.add(fields.delayFollowUp, delay, at: 16, count: 4)
      facts.delay = Int64(delay)
    }
    tree.close(item)
    if kind == .delay {
      let delay = try reader.uint32(at: 16)
      tree.add(fields.delay1, delay, at: 16, count: 4)
      facts.delay = Int64(delay)
    }
    return facts
  }

  private func addPadding(
    _ count: Int, at offset: Int, _ fields: ProfinetPTCPFields, into tree: inout FieldBuffer
  ) {
    let item = tree.add(fields.padding, "data", at: offset, count: count)
    tree.relabel(item, "Padding: \(count) byte")
  }

  // MARK: Blocks

  /// Returns whether another block follows, at `start` then.
  private func describeBlock(
    at start: inout Int, isAnnounce: Bool, _ fields: ProfinetPTCPFields,
    into tree: inout FieldBuffer
  ) throws(DecodeError) -> Bool {
    try reader.require(0, at: start)
    let item = tree.opened(fields.block, at: start)
    defer { tree.close(item) }
    let head = tree.opened(fields.blockHeader, at: start, count: 2)
    let value = try reader.uint16(at: start)
    tree.add(fields.blockType, bitsOf: value, at: start, count: 2)
    tree.add(fields.blockLength, bitsOf: value, at: start, count: 2)
    let type = value >> 9, count = Int(value & 0x1ff)
    let name = ptcpBlockName(UInt64(type)) ?? "Unknown"
    tree.note(head) {
      $0.write(": Type=\(name) (")
      $0.write(hexDigits: UInt64(type))
      $0.write("), Length=\(count)")
    }
    tree.close(head)
    tree.relabel(item, name)
    let data = start + 2
    start = data + count
    tree.setLength(2 + count, of: item)
    var (title, info) = ("", "")
    switch type {
    case 0: return false
    case 1:
      let address = try reader.uint48(at: data)
      tree.add(fields.masterAddress, mac: address, at: data)
      let domain = try uuid(at: data + 6)
      tree.add(fields.domain, domain, at: data + 6, count: 16)
      let master = ether(address)
      title = ": MasterSource=\(master), Subdomain=\(domain)"
      if isAnnounce { info = ", Master=\(master)" }
    case 2:
      let epoch = try reader.uint16(at: data)
      tree.add(fields.epoch, epoch, at: data, count: 2)
      let seconds = try reader.uint32(at: data + 2)
      tree.add(fields.seconds, seconds, at: data + 2, count: 4)
      let fraction = try reader.uint32(at: data + 6)
      tree.add(fields.nanoseconds, fraction, at: data + 6, count: 4)
      title = ": Seconds=\(seconds) NanoSeconds=\(fraction) EpochNumber=\(epoch)"
      info = ", Time: \(seconds)s \(fraction)ns, Epoch: \(epoch)"
    case 3:
      let flags = try reader.uint16(at: data)
      tree.add(fields.flags, flags, at: data, count: 2)
      let offset = try reader.uint16(at: data + 2)
      tree.add(fields.offset, offset, at: data + 2, count: 2)
      try reader.require(2, at: data + 4)
      addPadding(2, at: data + 4, fields, into: &tree)
      title = ": Flags=0x\(String(flags, radix: 16)), CurrentUTCOffset=\(offset)"
    case 4: (title, info) = try describeMaster(at: data, fields, into: &tree)
    case 5, 7:
      try reader.require(2, at: data)
      addPadding(2, at: data, fields, into: &tree)
      let first = try reader.uint32(at: data + 2)
      tree.add(
        type == 5 ? fields.receiveDelay : fields.receiveTime, first, at: data + 2, count: 4)
      guard type == 5 else {
        (title, info) = (": T2TimeStamp=\(first)ns", ", T2TS=\(first)ns")
        break
      }
      let second = try reader.uint32(at: data + 6)
      tree.add(fields.sendDelay, second, at: data + 6, count: 4)
      title = ": T2PortRxDelay=\(first)ns, T3PortTxDelay=\(second)ns"
      info = ", T2Rx=\(first)ns, T3Tx=\(second)ns"
    case 6:
      let address = try reader.uint48(at: data)
      tree.add(fields.portAddress, mac: address, at: data)
      title = ": PortMAC=\(ether(address))"
      info = ", PortMAC=\(ether(address))"
    case 0x7f: try describeOrganization(at: data, count, item, fields, into: &tree)
    default:
      tree.close(item)
      tree.addUndecoded(try reader.part(at: data, count), at: data)
      // What nobody knows is stepped over twice, as in Wireshark.
      start += count
    }
    tree.note(item, title)
    tree.columns.info.write(info)
    return true
  }

  private func describeMaster(
    at data: Int, _ fields: ProfinetPTCPFields, into tree: inout FieldBuffer
  ) throws(DecodeError) -> (title: String, info: String) {
    let first = try reader.uint8(at: data)
    for field in [
      fields.masterPriority, fields.masterLevel, fields.masterReserved, fields.masterActive,
    ] {
      tree.add(field, bitsOf: first, at: data, count: 1)
    }
    let fieldsOfBytes = [fields.masterPriority2, fields.clockClass, fields.clockAccuracy]
    var values: [UInt8] = []
    for (index, field) in fieldsOfBytes.enumerated() {
      let value = try reader.uint8(at: data + 1 + index)
      tree.add(field, value, at: data + 1 + index, count: 1)
      values.append(value)
    }
    let variance = Int16(bitPattern: try reader.uint16(at: data + 4))
    tree.add(fields.clockVariance, variance, at: data + 4, count: 2)
    let priority = ptcpPriorityName(UInt64(first & 7)) ?? ""
    let names = [
      ptcpPriority2Name(UInt64(values[0])), ptcpClassName(UInt64(values[1])),
      ptcpAccuracyName(UInt64(values[2])),
    ].enumerated().map { index, name in
      name ?? "(Reserved: 0x\(String(values[index], radix: 16)))"
    }
    let isActive = first & 0x80 != 0
    return (
      ": Prio1=\"\(priority)\"\(isActive ? " is active" : ""), Prio2=\(names[0]), Clock: "
        + "Class=\"\(names[1])\", Accuracy=\(names[2]), Variance=\(variance)",
      ", Prio1=\"\(priority)\"\(isActive ? " active" : "")"
    )
  }

  /// What an organization adds; PROFINET's own is known.
  private func describeOrganization(
    at data: Int, _ count: Int, _ item: FieldIndex, _ fields: ProfinetPTCPFields,
    into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let organization = try reader.uint24(at: data)
    tree.add(fields.organization, organization, at: data, count: 3)
    guard organization == ptcpProfinetOrganization else {
      tree.addUndecoded(try reader.part(at: data + 3, count - 3), at: data + 3)
      return
    }
    tree.note(item, ": PROFINET")
    let subtype = try reader.uint8(at: data + 3)
    tree.add(fields.subtype, subtype, at: data + 3, count: 1)
    guard subtype == 1 else {
      tree.addUndecoded(try reader.part(at: data + 4, count - 4), at: data + 4)
      return
    }
    try reader.require(2, at: data + 4)
    addPadding(2, at: data + 4, fields, into: &tree)
    let identifier = try uuid(at: data + 6)
    tree.add(fields.dataUUID, identifier, at: data + 6, count: 16)
    tree.note(item, ": IRDataUUID=\(identifier)")
  }

  private func uuid(at offset: Int) throws(DecodeError) -> String {
    let bytes = try reader.part(at: offset, 16)
    var text = TextBuffer()
    text.write(uuid: bytes)
    return text.string
  }
  private func ether(_ address: UInt64) -> String {
    var text = TextBuffer()
    text.write(ether: address)
    return text.string
  }
}

extension TextBuffer {
  /// ` (1.802,531,335 sec)`: Wireshark takes the seconds and their thousandths from the whole delay, and what is less
  /// from the delay without what goes on top of it.
  fileprivate mutating func write(seconds wholeDelay: Int64, _ exactDelay: Int64) {
    let (whole, exact) = (wholeDelay.magnitude, exactDelay.magnitude)
    write(" (\(whole / 1_000_000_000).")
    write(decimal: whole / 1_000_000 % 1000, width: 3)
    write(",")
    write(decimal: exact / 1000 % 1000, width: 3)
    write(",")
    write(decimal: exact % 1000, width: 3)
    write(" sec)")
  }
  fileprivate mutating func write(hexDigits value: UInt64) { write(String(value, radix: 16)) }

  /// `01020304-0506-0708-090a-0b0c0d0e0f10`
  mutating func write(uuid bytes: Span<UInt8>) {
    for index in bytes.indices {
      if [4, 6, 8, 10].contains(index) { write("-") }
      write(hexByte: bytes[index])
    }
  }
}

private let ptcpProfinetOrganization: UInt32 = 0x000ecf

@Sendable private func ptcpBlockName(_ type: UInt64) -> String? {
  type == 0x7f
    ? "Organizationally Specific"
    : word(
      type,
      [
        "End", "Subdomain", "Time", "TimeExtension", "Master", "PortParameter",
        "DelayParameter", "PortTime",
      ])
}
@Sendable private func ptcpPriorityName(_ priority: UInt64) -> String? {
  word(priority, ["Sync slave", "Primary master", "Secondary master"]) ?? "Reserved"
}
@Sendable private func ptcpPriority2Name(_ priority: UInt64) -> String? {
  priority == 255 ? "Default" : nil
}
@Sendable private func ptcpClassName(_ number: UInt64) -> String? {
  number == 255 ? "Slave-only clock" : nil
}
@Sendable private func ptcpAccuracyName(_ number: UInt64) -> String? {
  guard number >= 32 else { return nil }
  if number == 254 { return "Unknown" }
  return word(
    number - 32,
    [
      "25ns", "100ns (Default)", "250ns", "1us", "2.5us", "10us", "25us", "100us", "250us", "1ms",
    ])
}

/// The fields of the precision transparent clock protocol, as Wireshark names them.
struct ProfinetPTCPFields: FieldSet {
  let timeControl = Field("pn_ptcp", "PROFINET PTCP", .proto)
  let header = Field("pn_ptcp.header", "Header", .none)
  let block = Field("pn_ptcp.block", "Block", .none)
  let blockHeader = Field("pn_ptcp.tlvheader", "TLVHeader", .none)
  let padding = Field("pn.padding", "Padding", .string)
  let reserved1 = Field("pn_ptcp.res1", "Reserved 1", .uint32)
  let reserved2 = Field("pn_ptcp.res2", "Reserved 2", .uint32)
  let delay10 = Field("pn_ptcp.delay10ns", "Delay10ns", .uint32)
  let sequence = Field("pn_ptcp.sequence_id", "SequenceID", .uint16)
  let delayByte = Field("pn_ptcp.delay1ns_byte", "Delay1ns_Byte", .uint8)
  let delay1 = Field("pn_ptcp.delay1ns", "Delay1ns", .uint32)
  let delayFollowUp = Field("pn_ptcp.delay1ns_fup", "Delay1ns_FUP", .int32)
  let blockType = Field("pn_ptcp.tl_type", "TypeLength.Type", .uint16, mask: 0xfe00)
  let blockLength = Field("pn_ptcp.tl_length", "TypeLength.Length", .uint16, mask: 0x1ff)
  let masterAddress = Field("pn_ptcp.master_source_address", "MasterSourceAddress", .ether)
  let domain = Field("pn_ptcp.subdomain_uuid", "SubdomainUUID", .string)
  let epoch = Field("pn_ptcp.epoch_number", "EpochNumber", .uint16)
  let seconds = Field("pn_ptcp.seconds", "Seconds", .uint32)
  let nanoseconds = Field("pn_ptcp.nanoseconds", "NanoSeconds", .uint32)
  let flags = Field("pn_ptcp.flags", "Flags", .uint16, .hex)
  let offset = Field("pn_ptcp.currentutcoffset", "CurrentUTCOffset", .uint16)
  let masterPriority = Field(
    "pn_ptcp.master_priority1_prio", "MasterPriority1.Priority", .uint8, .hex,
    .names(ptcpPriorityName), mask: 7)
  let masterLevel = Field(
    "pn_ptcp.master_priority1_level", "MasterPriority1.Level", .uint8, .hex,
    .names { "Level \($0)\($0 == 0 ? " (highest)" : $0 == 7 ? " (lowest)" : "")" }, mask: 0x38)
  let masterReserved = Field(
    "pn_ptcp.master_priority1_res", "MasterPriority1.Reserved", .uint8, .hex, mask: 0x40)
  let masterActive = Field(
    "pn_ptcp.master_priority1_act", "MasterPriority1.Active", .uint8, .hex,
    .names { word($0, ["inactive", "active"]) }, mask: 0x80)
  let masterPriority2 = Field(
    "pn_ptcp.master_priority2", "MasterPriority2", .uint8, .natural, .names(ptcpPriority2Name))
  let clockClass = Field(
    "pn_ptcp.clock_class", "ClockClass", .uint8, .natural, .names(ptcpClassName))
  let clockAccuracy = Field(
    "pn_ptcp.clock_accuracy", "ClockAccuracy", .uint8, .natural, .names(ptcpAccuracyName))
  let clockVariance = Field("pn_ptcp.clockvariance", "ClockVariance", .int16)
  let receiveDelay = Field("pn_ptcp.t2portrxdelay", "T2PortRxDelay (ns)", .uint32)
  let sendDelay = Field("pn_ptcp.t3porttxdelay", "T3PortTxDelay (ns)", .uint32)
  let portAddress = Field("pn_ptcp.port_mac_address", "PortMACAddress", .ether)
  let receiveTime = Field("pn_ptcp.t2timestamp", "T2TimeStamp (ns)", .uint32)
  let organization = Field(
    "pn_ptcp.oui", "Organizationally Unique Identifier", .uint24, .hex,
    .names { $0 == UInt64(ptcpProfinetOrganization) ? "PROFINET" : nil })
  let subtype = Field(
    "pn_ptcp.subtype", "Subtype", .uint8, .hex, .names { $0 == 1 ? "RTData" : nil })
  let dataUUID = Field("pn_ptcp.irdata_uuid", "IRDataUUID", .string)

  static let fields = Self()
}

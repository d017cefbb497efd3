import Fields

/// An ARP packet, viewed in place (RFC 826; RFC 903, RFC 2390, RFC 5227).
struct ARPPacket: LayerView, ~Escapable {
  static let headerLength = 8

  private let reader: ByteReader

  /// Checks the fixed part; `checkAddresses` the rest, whose length it says.
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) throws(DecodeError) {
    guard bytes.count >= Self.headerLength else { throw layer.error(needed: Self.headerLength) }
    reader = ByteReader(bytes, layer)
  }

  private var bytes: Span<UInt8> {
    @_lifetime(copy self) get { reader.bytes }
  }
  var hardwareType: UInt16 { bytes.uint16(at: 0) }
  var protocolType: UInt16 { bytes.uint16(at: 2) }
  var hardwareSize: Int { Int(bytes[4]) }
  var protocolSize: Int { Int(bytes[5]) }
  var operation: Operation { Operation(rawValue: bytes.uint16(at: 6)) }

  /// What the packet asks or answers: an open set.
  struct Operation: RawRepresentable, Hashable {
    let rawValue: UInt16
    static let request = Self(rawValue: 1)
    static let reply = Self(rawValue: 2)
    static let reverseRequest = Self(rawValue: 3)
    static let reverseReply = Self(rawValue: 4)
    static let inverseRequest = Self(rawValue: 8)
    static let inverseReply = Self(rawValue: 9)
    static let dynamicReverseError = Self(rawValue: 7)
  }

  private var senderHardware: Int { Self.headerLength }
  private var senderProtocol: Int { senderHardware + hardwareSize }
  private var targetHardware: Int { senderProtocol + protocolSize }
  private var targetProtocol: Int { targetHardware + hardwareSize }
  var length: Int { targetProtocol + protocolSize }
  var isComplete: Bool { bytes.count >= length }

  var isEthernet: Bool { (hardwareType == 1 || hardwareType == 6) && hardwareSize == 6 }
  /// AX.25 has a number of its own for IPv4.
  var isIPv4: Bool {
    (protocolType == EtherType.ipv4.rawValue || protocolType == 0xcc) && protocolSize == 4
  }
  private var asks: Bool { operation == .request }

  func checkAddresses() throws(DecodeError) {
    try reader.require(length, at: 0)
  }
  /// How many bytes the words that sum the packet up are made of.
  private var summaryLength: Int {
    switch operation {
    case .reverseRequest, .inverseRequest: targetProtocol
    default: length
    }
  }

  /// The pairs of addresses that the packet tells, as far as they are there.
  func pairs() -> (sender: ARPTable.Pair?, target: ARPTable.Pair?) {
    guard isEthernet, isIPv4, operation == .request || operation == .reply else {
      return (nil, nil)
    }
    return (
      bytes.count >= targetHardware ? pair(at: senderHardware) : nil,
      bytes.count >= length && !asks ? pair(at: targetHardware) : nil
    )
  }
  private func pair(at offset: Int) -> ARPTable.Pair? {
    let (mac, ip) = (bytes.uint48(at: offset), bytes.uint32(at: offset + 6))
    return ip == 0 || mac == 0 || mac >> 40 & 1 == 1 ? nil : ARPTable.Pair(mac: mac, ip: ip)
  }

  private enum Purpose {
    case none
    case gratuitous
    case probe
    case announcement
  }
  private var purpose: Purpose {
    guard operation == .request || operation == .reply else { return .none }
    let hasNoTarget = hardwareSize > 0 && bytes.part(targetHardware, targetProtocol).isAllZero
    if isIPv4, bytes.uint32(at: senderProtocol) == bytes.uint32(at: targetProtocol) {
      return asks && hasNoTarget ? .announcement : .gratuitous
    }
    let hasNoSender = bytes.part(senderProtocol, targetHardware).isAllZero
    return asks && hasNoTarget && hasNoSender ? .probe : .none
  }

  func describe(
    _ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = ARPFields.fields
    let top = tree.opened(fields.arp, count: isComplete ? length : Self.headerLength)
    try Self.describeHeader(reader, into: &tree)
    defer {
      tree.close(top)
      describeDuplicates(context, into: &tree)
    }
    if reader.wireCount >= length { setProtocolColumn(of: &tree) }
    if bytes.count >= summaryLength, reader.wireCount >= length {
      let purpose = isComplete ? purpose : .none
      relabel(top, purpose, in: &tree)
      if purpose == .probe { tree.add(fields.isProbe, true, .generated) }
      if purpose == .gratuitous || purpose == .announcement {
        tree.add(fields.isGratuitous, true, .generated)
      }
      if purpose == .announcement { tree.add(fields.isAnnouncement, true, .generated) }
      writeInfo(purpose, to: &tree.columns.info)
      // The list is made of what sums the packet up, and does not miss the rest.
      tree.columns.finishInfo()
      try describeAddresses(into: &tree)
    }
  }

  /// What there is of a packet that ends in its fixed part.
  static func describeCut(_ bytes: Span<UInt8>, _ layer: Layer, into tree: inout FieldBuffer) {
    guard bytes.count >= 2 else { return }
    let top = tree.opened(ARPFields.fields.arp, count: bytes.count)
    try? describeHeader(ByteReader(bytes, layer), into: &tree)
    tree.close(top)
  }

  private static func describeHeader(
    _ reader: borrowing ByteReader, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = ARPFields.fields
    tree.addProtocol("arp")
    tree.columns.protocolName = "ARP"
    tree.columns.startInfo()
    tree.add(fields.hardwareType, try reader.uint16(at: 0), at: 0, count: 2)
    tree.add(fields.protocolType, try reader.uint16(at: 2), at: 2, count: 2)
    tree.add(fields.hardwareSize, try reader.uint8(at: 4), at: 4, count: 1)
    tree.add(fields.protocolSize, try reader.uint8(at: 5), at: 5, count: 1)
    tree.add(fields.operation, try reader.uint16(at: 6), at: 6, count: 2)
  }

  private func setProtocolColumn(of tree: inout FieldBuffer) {
    tree.columns.protocolName =
      switch operation.rawValue {
      case 3, 4: "RARP"
      case 5, 6, 7: "DRARP"
      case 8, 9: "Inverse ARP"
      case 11...22: "MARS"
      case 23: "MAPOS"
      default: "ARP"
      }
  }

  private func relabel(_ top: FieldIndex, _ purpose: Purpose, in tree: inout FieldBuffer) {
    let operation = operation
    tree.relabel(top) {
      $0.write("Address Resolution Protocol (")
      switch purpose {
      case .probe: $0.write("ARP Probe")
      case .announcement: $0.write("ARP Announcement")
      case .none, .gratuitous:
        if let name = ARPFields.operationName(UInt64(operation.rawValue)) {
          $0.write(name)
        } else {
          $0.write("opcode 0x")
          $0.write(hex: UInt64(operation.rawValue), digits: 4)
        }
        if purpose == .gratuitous { $0.write("/gratuitous ARP") }
      }
      $0.write(")")
    }
  }

  private func describeAddresses(
    into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = ARPFields.fields
    for (side, hardware) in [(fields.sender, senderHardware), (fields.target, targetHardware)] {
      let address = hardware + hardwareSize
      if hardwareSize > 0 {
        if isEthernet {
          tree.add(
            side.mac, mac: bytes.uint48(at: hardware), at: hardware)
        } else {
          tree.add(side.hardware, bytes.part(hardware, address), at: hardware)
        }
      }
      guard protocolSize > 0 else { continue }
      if operation == .dynamicReverseError, hardware == targetHardware {
        tree.add(fields.errorStatus, try reader.uint8(at: address), at: address, count: 1)
        continue
      }
      try reader.require(protocolSize, at: address)
      if isIPv4 {
        tree.add(side.ipv4, .ipv4(bytes.uint32(at: address)), at: address, count: 4)
      } else {
        tree.add(side.address, bytes.part(address, address + protocolSize), at: address)
      }
    }
  }

  private func writeInfo(_ purpose: Purpose, to info: inout TextBuffer) {
    switch (purpose, operation.rawValue) {
    case (.probe, _):
      info.write("Who has ")
      writeProtocol(at: targetProtocol, to: &info)
      info.write("? (ARP Probe)")
    case (.announcement, _):
      info.write("ARP Announcement for ")
      writeProtocol(at: targetProtocol, to: &info)
    case (.gratuitous, _):
      info.write("Gratuitous ARP for ")
      writeProtocol(at: targetProtocol, to: &info)
      info.write(asks ? " (Request)" : " (Reply)")
    case (.none, 1):
      info.write("Who has ")
      writeProtocol(at: targetProtocol, to: &info)
      info.write("? Tell ")
      writeProtocol(at: senderProtocol, to: &info)
    case (.none, 2):
      writeProtocol(at: senderProtocol, to: &info)
      info.write(" is at ")
      writeHardware(at: senderHardware, to: &info)
    case (.none, 9):
      writeHardware(at: senderHardware, to: &info)
      info.write(" is at ")
      writeProtocol(at: senderProtocol, to: &info)
    case (.none, 3), (.none, 5), (.none, 8):
      info.write("Who is ")
      writeHardware(at: targetHardware, to: &info)
      info.write("? Tell ")
      writeHardware(at: senderHardware, to: &info)
    case (.none, 4), (.none, 6):
      writeHardware(at: targetHardware, to: &info)
      info.write(" is at ")
      writeProtocol(at: targetProtocol, to: &info)
    case (.none, 7):
      info.write("DRARP Error")
    case (.none, 10):
      info.write("ARP NAK")
    case (.none, 24), (.none, 25):
      info.write("Experimental \(operation.rawValue - 23) ( opcode \(operation.rawValue) )")
    case (.none, 0), (.none, 65535):
      info.write("Reserved opcode \(operation.rawValue)")
    default:
      guard let words = ARPFields.registrationWords(operation.rawValue) else {
        info.write("Unknown ARP opcode 0x")
        info.write(hex: UInt64(operation.rawValue), digits: 4)
        return
      }
      info.write(words)
      info.write(" from ")
      writeHardware(at: senderHardware, to: &info)
      info.write(" at ")
      writeProtocol(at: senderProtocol, to: &info)
    }
  }
  private func writeHardware(at offset: Int, to text: inout TextBuffer) {
    if isEthernet {
      text.write(ether: bytes.uint48(at: offset))
    } else {
      write(hexFrom: offset, count: hardwareSize, to: &text)
    }
  }
  private func writeProtocol(at offset: Int, to text: inout TextBuffer) {
    if isIPv4 {
      text.write(ipv4: bytes.uint32(at: offset))
    } else {
      write(hexFrom: offset, count: protocolSize, to: &text)
    }
  }
  private func write(hexFrom offset: Int, count: Int, to text: inout TextBuffer) {
    if count == 0 { text.write("<No address>") }
    text.write(hex: bytes.part(offset, offset + count), limit: 36)
  }

  private func describeDuplicates(
    _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) {
    let fields = ARPFields.fields
    for duplicate in context.found.duplicates {
      let top = tree.addText(.generated) {
        $0.write("Duplicate IP address detected for ")
        $0.write(ipv4: duplicate.pair.ip)
        $0.write(" (")
        $0.write(ether: duplicate.pair.mac)
        $0.write(") - also in use by ")
        $0.write(ether: duplicate.earlier.mac)
        $0.write(" (frame ")
        $0.write(decimal: duplicate.earlier.frame)
        $0.write(")")
      }
      tree.open(top)
      let frame = tree.add(fields.duplicateFrame, duplicate.earlier.frame, .generated)
      var address = TextBuffer()
      address.write(ipv4: duplicate.pair.ip)
      tree.expert(
        fields.duplicateDetected, .warning, .sequence,
        "Duplicate IP address configured (\(address.string))", under: frame)
      let seconds =
        context.facts.time / 1_000_000_000 &- duplicate.earlier.time / 1_000_000_000
      tree.add(fields.duplicateSeconds, seconds, .generated)
      tree.close(top)
    }
    let isPlainReply = operation == .reply && isComplete && purpose == .none
    guard isComplete, !isPlainReply, let last = context.found.duplicates.last else { return }
    tree.columns.info.write(" (duplicate use of ")
    tree.columns.info.write(ipv4: last.pair.ip)
    tree.columns.info.write(" detected!)")
  }
}

/// The fields of ARP.
struct ARPFields: FieldSet {
  struct Peer {
    let mac: Field, hardware: Field, ipv4: Field, address: Field

    init(_ name: String, _ label: String) {
      mac = Field("arp.\(name).hw_mac", "\(label) MAC address", .ether)
      hardware = Field("arp.\(name).hw", "\(label) hardware address", .bytes)
      ipv4 = Field("arp.\(name).proto_ipv4", "\(label) IP address", .ipv4)
      address = Field("arp.\(name).proto", "\(label) protocol address", .bytes)
    }
  }

  let arp = Field("arp", "Address Resolution Protocol", .proto)
  let hardwareType = Field(
    "arp.hw.type", "Hardware type", .uint16, .natural, .names { HardwareType.name($0) })
  let protocolType = Field(
    "arp.proto.type", "Protocol type", .uint16, .hex, .names { EtherType.name($0) })
  let hardwareSize = Field("arp.hw.size", "Hardware size", .uint8)
  let protocolSize = Field("arp.proto.size", "Protocol size", .uint8)
  let operation = Field(
    "arp.opcode", "Opcode", .uint16, .natural, .names { ARPFields.operationName($0) })
  let isGratuitous = Field("arp.isgratuitous", "Is gratuitous", .boolean)
  let isProbe = Field("arp.isprobe", "Is probe", .boolean)
  let isAnnouncement = Field("arp.isannouncement", "Is announcement", .boolean)
  let sender = Peer("src", "Sender")
  let target = Peer("dst", "Target")
  let duplicateFrame = Field(
    "arp.duplicate-address-frame", "Frame showing earlier use of IP address", .frameNumber)
  let duplicateDetected = Field(
    "arp.duplicate-address-detected", "Duplicate IP address configured", .none)
  let duplicateSeconds = Field(
    "arp.seconds-since-duplicate-address-frame", "Seconds since earlier frame seen", .uint32)

  let errorStatus = Field(
    "arp.dst.drarp_error_status", "DRARP error status", .uint16, .natural,
    .names {
      word(
        $0,
        ["", "restricted", "no addresses", "server down", "address moved", "failure"])
    })

  static let fields = Self()

  /// What a host asks an address server of a network without broadcasts (RFC 2022), or of MAPOS (RFC 2176).
  static func registrationWords(_ number: UInt16) -> String? {
    switch number {
    case 11: "MARS request"
    case 12: "MARS MULTI request"
    case 13: "MARS MSERV request"
    case 14: "MARS JOIN request"
    case 15: "MARS LEAVE"
    case 16: "MARS NAK"
    case 17: "MARS UNSERV request"
    case 18: "MARS SJOIN request"
    case 19: "MARS SLEAVE"
    case 20: "MARS grouplist request"
    case 21: "MARS grouplist reply"
    case 22: "MARS redirect map"
    case 23: "MAPOS UNARP request"
    default: nil
    }
  }
  static func operationName(_ number: UInt64) -> String? {
    switch number {
    case 0, 65535: "reserved"
    case 1: "request"
    case 2: "reply"
    case 3: "reverse request"
    case 4: "reverse reply"
    case 5: "drarp request"
    case 6: "drarp reply"
    case 7: "drarp error"
    case 8: "inverse request"
    case 9: "inverse reply"
    case 10: "arp nak"
    case 11: "mars request"
    case 12: "mars multi"
    case 13: "mars mserv"
    case 14: "mars join"
    case 15: "mars leave"
    case 16: "mars nak"
    case 17: "mars unserv"
    case 18: "mars sjoin"
    case 19: "mars sleave"
    case 20: "mars grouplist request"
    case 21: "mars grouplist reply"
    case 22: "mars redirect map"
    case 23: "mapos unarp"
    case 24: "experimental 1"
    case 25: "experimental 2"
    default: nil
    }
  }
}

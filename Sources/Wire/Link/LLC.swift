import Fields

/// A logical link control header with its SNAP extension, viewed in place (IEEE 802.2).
struct LLCHeader: LayerView, ~Escapable {
  private static let snap: UInt8 = 0xaa
  private static let cisco: UInt32 = 0x00000c
  private static let bridges: UInt32 = 0x0080c2

  private let reader: ByteReader
  /// The bytes up to the payload.
  let length: Int

  /// Checks the control field; `checkLength` the rest, whose length it says.
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) throws(DecodeError) {
    guard bytes.count >= 3 else { throw layer.error(needed: 3) }
    let control = bytes[2] & 3 == 3 ? 1 : 2
    let isSNAP = bytes[0] == Self.snap && bytes[1] == Self.snap && control == 1
    length = 2 + control + (isSNAP ? 5 : 0)
    guard bytes.count >= 2 + control else { throw layer.error(needed: 2 + control) }
    reader = ByteReader(bytes, layer)
  }

  private var bytes: Span<UInt8> {
    @_lifetime(copy self) get { reader.bytes }
  }
  private func checkLength() throws(DecodeError) { try reader.require(length, at: 0) }

  var destination: UInt8 { bytes[0] }
  var source: UInt8 { bytes[1] }
  private var isUnnumbered: Bool { bytes[2] & 3 == 3 }
  private var isResponse: Bool { source & 1 == 1 }
  private var control: UInt16 {
    isUnnumbered ? UInt16(bytes[2]) : UInt16(bytes[3]) << 8 | UInt16(bytes[2])
  }
  private var isSNAP: Bool { length == 8 }
  private var organization: UInt32 { bytes.uint24(at: 3) }
  private var type: EtherType { EtherType(rawValue: bytes.uint16(at: 6)) }
  /// SNAP for RFC 1042 and 802.1H: the number is an EtherType.
  private var holdsType: Bool { isSNAP && (organization == 0 || organization == 0xf8) }
  private var carriesData: Bool { control & 1 == 0 || isUnnumbered && control & 0xef == 3 }

  func next(_ layer: Layer) throws(DecodeError) -> Layer? {
    try checkLength()
    if holdsType { return type.layer(above: layer, at: length) }
    guard layer.wireCount > length else { return nil }
    if isSNAP {
      switch (organization, type.rawValue) {
      case (Self.cisco, 0x010b), (Self.bridges, 0x000e):
        return layer.above(.spanningTree, at: length)
      case (Self.bridges, 0x0001), (Self.bridges, 0x0007):
        return layer.above(.ethernet, at: length)
      default: return layer.above(.data, at: length)
      }
    }
    if carriesData, destination == 0x42 { return layer.above(.spanningTree, at: length) }
    if carriesData, destination == 0x06 { return layer.above(.internetProtocol, at: length) }
    return layer.above(.data, at: length)
  }

  /// What there is of a header that ends before its control field does.
  static func describeCut(_ bytes: Span<UInt8>, into tree: inout FieldBuffer) {
    guard !bytes.isEmpty else { return }
    tree.columns.protocolName = "LLC"
    tree.columns.startInfo()
    tree.addProtocol("llc")
    let top = tree.opened(LLCFields.fields.llc, count: bytes.count)
    describeAccessPoints(bytes, into: &tree)
    tree.close(top)
  }

  private static func describeAccessPoints(_ bytes: Span<UInt8>, into tree: inout FieldBuffer) {
    let fields = LLCFields.fields
    let sap = tree.add(fields.destination, bytes[0], at: 0, count: 1)
    tree.open(sap)
    tree.add(fields.destinationSAP, bitsOf: bytes[0], at: 0, count: 1)
    tree.add(fields.group, bitsOf: bytes[0], at: 0, count: 1)
    tree.close(sap)
    guard bytes.count > 1 else { return }
    let from = tree.add(fields.source, bytes[1], at: 1, count: 1)
    tree.open(from)
    tree.add(fields.sourceSAP, bitsOf: bytes[1], at: 1, count: 1)
    tree.add(fields.response, bitsOf: bytes[1], at: 1, count: 1)
    tree.close(from)
  }

  func describe(
    _ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = LLCFields.fields
    tree.columns.protocolName = "LLC"
    tree.columns.startInfo()
    tree.addProtocol("llc")
    let top = tree.opened(fields.llc, count: length)
    defer { tree.close(top) }
    Self.describeAccessPoints(bytes, into: &tree)
    var words = TextBuffer()
    writeControl(to: &words)
    describeControl(words, into: &tree)
    tree.columns.info.write(words.bytes[...])
    if isSNAP {
      try describeSNAP(into: &tree)
    } else {
      let (destination, source) = (destination, source)
      tree.columns.info.write(
        "; DSAP \(LLCFields.sapName(UInt64(destination & 0xfe)) ?? "0x\(String(destination & 0xfe, radix: 16))") "
          + (destination & 1 == 0 ? "Individual" : "Group")
          + ", SSAP \(LLCFields.sapName(UInt64(source & 0xfe)) ?? "0x\(String(source & 0xfe, radix: 16))") "
          + (source & 1 == 0 ? "Command" : "Response"))
    }
  }

  private func writeControl(to text: inout TextBuffer) {
    let control = control
    if isUnnumbered {
      text.write("U")
      if control & 0x10 != 0 { text.write(isResponse ? " F" : " P") }
      text.write(", func=")
      text.write(LLCFields.unnumberedName(UInt8(control & 0xec), isResponse)?.short ?? "Unknown")
      return
    }
    text.write(control & 1 == 0 ? "I" : "S")
    if control & 0x100 != 0 { text.write(" P") }
    if control & 1 != 0 {
      text.write(", func=")
      text.write(["RR", "RNR", "REJ", "SREJ"][Int(control >> 2 & 3)])
    }
    text.write(", N(R)=")
    text.write(decimal: UInt64(control >> 9))
    if control & 1 == 0 {
      text.write(", N(S)=")
      text.write(decimal: UInt64(control >> 1 & 0x7f))
    }
  }

  private func describeControl(_ words: borrowing TextBuffer, into tree: inout FieldBuffer) {
    let fields = LLCFields.fields
    let control = control
    let digits = isUnnumbered ? 2 : 4
    let top = tree.add(fields.control, control, at: 2, count: isUnnumbered ? 1 : 2)
    tree.relabel(top) {
      $0.write("Control field: ")
      $0.write(words.bytes[...])
      $0.write(" (0x")
      $0.write(
        String(
          String(control, radix: 16, uppercase: true).reversed()
            .padded(to: digits).reversed()))
      $0.write(")")
    }
    tree.open(top)
    if isUnnumbered {
      if control & 0x10 != 0 {
        tree.add(isResponse ? fields.finalBit : fields.pollBit, bitsOf: control, at: 2, count: 1)
      }
      tree.add(
        isResponse ? fields.unnumberedResponse : fields.unnumberedCommand, bitsOf: control, at: 2,
        count: 1)
      tree.add(fields.unnumberedType, bitsOf: control, at: 2, count: 1)
    } else {
      tree.add(fields.received, bitsOf: control, at: 2, count: 2)
      if control & 1 == 0 { tree.add(fields.sent, bitsOf: control, at: 2, count: 2) }
      if control & 0x100 != 0 { tree.add(fields.pollBit16, bitsOf: control, at: 2, count: 2) }
      if control & 1 != 0 { tree.add(fields.supervisory, bitsOf: control, at: 2, count: 2) }
      tree.add(
        control & 1 == 0 ? fields.informationType : fields.supervisoryType,
        bitsOf: control, at: 2, count: 2)
    }
    tree.close(top)
  }

  private func describeSNAP(
    into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = LLCFields.fields
    try reader.require(3, at: 3)
    let organization = organization
    let vendor = MACNames.organization(organization)
    tree.add(fields.organization, organization: organization, at: 3)
    try checkLength()
    var identifier = TextBuffer()
    identifier.write("0x")
    identifier.write(hex: UInt64(type.rawValue), digits: 4)
    tree.columns.info.write("; SNAP, OUI 0x")
    tree.columns.info.write(hex: UInt64(organization), digits: 6)
    if let vendor { tree.columns.info.write(" (\(vendor))") }
    tree.columns.info.write(", PID ")
    tree.columns.info.write(identifier.bytes[...])
    let field =
      holdsType
      ? fields.type : organization == Self.cisco ? fields.ciscoIdentifier : fields.identifier
    tree.add(field, type.rawValue, at: 6, count: 2)
  }
}

extension Sequence where Element == Character {
  fileprivate func padded(to count: Int) -> [Character] {
    let all = Array(self)
    return all + Array(repeating: "0", count: Swift.max(0, count - all.count))
  }
}

/// The fields of LLC.
struct LLCFields: FieldSet {
  let llc = Field("llc", "Logical-Link Control", .proto)
  let destination = Field(
    "llc.dsap", "DSAP", .uint8, .hex, .names { LLCFields.sapName($0) })
  let destinationSAP = Field(
    "llc.dsap.sap", "SAP", .uint8, .wordsOnly, .names { LLCFields.sapName($0 << 1) }, mask: 0xfe)
  let group = Field(
    "llc.dsap.ig", "IG Bit", .boolean, .natural, .words(true: "Group", false: "Individual"),
    mask: 0x01)
  let source = Field(
    "llc.ssap", "SSAP", .uint8, .hex, .names { LLCFields.sapName($0) })
  let sourceSAP = Field(
    "llc.ssap.sap", "SAP", .uint8, .wordsOnly, .names { LLCFields.sapName($0 << 1) }, mask: 0xfe)
  let response = Field(
    "llc.ssap.cr", "CR Bit", .boolean, .natural, .words(true: "Response", false: "Command"),
    mask: 0x01)
  let control = Field("llc.control", "Control field", .uint16, .hex)
  let received = Field("llc.control.n_r", "N(R)", .uint16, mask: 0xfe00)
  let sent = Field("llc.control.n_s", "N(S)", .uint16, mask: 0x00fe)
  let pollBit = Field("llc.control.p", "Poll", .boolean, .natural, .setNotSet, mask: 0x10)
  let finalBit = Field("llc.control.f", "Final", .boolean, .natural, .setNotSet, mask: 0x10)
  let pollBit16 = Field(
    "llc.control.p", "Poll", .boolean, .natural, .setNotSet, mask: 0x100, of: 16)
  let unnumberedCommand = Field(
    "llc.control.u_modifier_cmd", "Command", .uint8, .hex,
    .names { LLCFields.unnumberedName($0 << 2, false) }, mask: 0xec)
  let unnumberedResponse = Field(
    "llc.control.u_modifier_resp", "Response", .uint8, .hex,
    .names { LLCFields.unnumberedName($0 << 2, true) }, mask: 0xec)
  let supervisory = Field(
    "llc.control.s_ftype", "Supervisory frame type", .uint16, .hex,
    .names {
      ["Receiver ready", "Receiver not ready", "Reject", "Selective reject"][Int($0 & 3)]
    }, mask: 0x0c)
  let unnumberedType = Field(
    "llc.control.ftype", "Frame type", .uint8, .hex, .names { _ in "Unnumbered frame" }, mask: 0x03)
  let supervisoryType = Field(
    "llc.control.ftype", "Frame type", .uint16, .hex, .names { _ in "Supervisory frame" },
    mask: 0x03)
  let informationType = Field(
    "llc.control.ftype", "Frame type", .uint16, .hex, .names { _ in "Information frame" },
    mask: 0x01)
  let organization = Field("llc.oui", "Organization Code", .uint24)
  let type = Field("llc.type", "Type", .uint16, .hex, .names { EtherType.name($0) })
  let ciscoIdentifier = Field(
    "llc.cisco_pid", "PID", .uint16, .hex, .names { LLCFields.ciscoName($0) })
  let identifier = Field("llc.pid", "Protocol ID", .uint16, .hex)

  static let fields = Self()

  static func ciscoName(_ number: UInt64) -> String? {
    switch number {
    case 0x0102: "DRIP"
    case 0x0104: "PAgP"
    case 0x0105: "MLS Hello"
    case 0x0108: "RLQ BPDUs (request)"
    case 0x0109: "RLQ BPDUs (response)"
    case 0x010b: "PVSTP+"
    case 0x010c: "VLAN Bridge"
    case 0x0111: "UDLD"
    case 0x0139: "MCP"
    case 0x2000: "CDP"
    case 0x2001: "CGMP"
    case 0x2003: "VTP"
    case 0x2004: "DTP"
    case 0x200a: "STP Uplink Fast"
    default: nil
    }
  }
  static func sapName(_ number: UInt64) -> String? {
    switch number {
    case 0x00: "NULL LSAP"
    case 0x01: "NULL LSAP"
    case 0x02: "LLC Sub-Layer Management"
    case 0x04: "SNA Path Control"
    case 0x06: "TCP/IP"
    case 0x08: "SNA"
    case 0x0c: "SNA"
    case 0x0e: "PROWAY (IEC955) Network Management and Initialization"
    case 0x10: "NetWare (unofficial?)"
    case 0x14: "ISO Network Layer (OSLAN 1)"
    case 0x18: "Texas Instruments"
    case 0x20: "ISO Network Layer (unofficial?)"
    case 0x34: "ISO Network Layer (unofficial?)"
    case 0x42: "Spanning Tree BPDU"
    case 0x4e: "EIA RS-511 Manufacturing Message Service"
    case 0x54: "ISO Network Layer (OSLAN 2)"
    case 0x7e: "ISO 8208 (X.25 over 802.2)"
    case 0x7f: "ISO 802.2"
    case 0x80: "XNS"
    case 0x82: "BACnet"
    case 0x86: "Nestar"
    case 0x8e: "PROWAY (IEC955) Active Station List Maintenance"
    case 0x98: "ARP"
    case 0xaa: "SNAP"
    case 0xb4: "HP JetDirect Printer"
    case 0xba: "Banyan Vines"
    case 0xbc: "Banyan Vines"
    case 0xe0: "NetWare"
    case 0xf0: "NetBIOS"
    case 0xf4: "IBM Net Management"
    case 0xf8: "HP Extended LLC"
    case 0xfa: "Ungermann-Bass"
    case 0xfc: "Remote Program Load"
    case 0xfe: "ISO Network Layer"
    case 0xff: "Global LSAP"
    default: nil
    }
  }

  private static func unnumberedName(_ modifier: UInt64, _ isResponse: Bool) -> String? {
    unnumberedName(UInt8(truncatingIfNeeded: modifier), isResponse)?.long
  }
  static func unnumberedName(
    _ modifier: UInt8, _ isResponse: Bool
  ) -> (short: String, long: String)? {
    switch (modifier, isResponse) {
    case (0x00, _): ("UI", "Unnumbered Information")
    case (0x20, _): ("UP", "Unnumbered Poll")
    case (0x40, false): ("DISC", "Disconnect")
    case (0x40, true): ("RD", "Request Disconnect")
    case (0x60, _): ("UA", "Unnumbered Acknowledge")
    case (0x80, _): ("SNRM", "Set Normal Response Mode")
    case (0x84, _): ("FRMR", "Frame reject")
    case (0x0c, true): ("DM", "Disconnected mode")
    case (0x0c, false): ("SARM", "Set Asynchronous Response Mode")
    case (0x04, false): ("SIM", "Set Initialization Mode")
    case (0x04, true): ("RIM", "Request Initialization Mode")
    case (0x2c, _): ("SABM", "Set Asynchronous Balanced Mode")
    case (0x4c, _): ("SARME", "Set Asynchronous Response Mode Extended")
    case (0x8c, _): ("RESET", "Reset")
    case (0xc4, _): ("CFGR", "Configure")
    case (0xcc, _): ("SNRME", "Set Normal Response Mode Extended")
    case (0xec, _): ("BCN", "Beacon")
    case (0x6c, _): ("SABME", "Set Asynchronous Balanced Mode Extended")
    case (0xac, _): ("XID", "Exchange identification")
    case (0xe0, _): ("TEST", "Test")
    default: nil
    }
  }
}

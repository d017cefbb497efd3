import Fields

/// A logical link control header with its SNAP extension, viewed in place (IEEE 802.2).
struct LLCHeader: ~Escapable {
  private static let snap: UInt8 = 0xaa

  private let bytes: Span<UInt8>
  /// The bytes up to the payload.
  let length: Int

  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) throws(DecodeError) {
    guard bytes.count >= 3 else { throw layer.error(needed: 3) }
    let control = bytes[2] & 3 == 3 ? 1 : 2
    let isSNAP = bytes[0] == Self.snap && bytes[1] == Self.snap && control == 1
    length = 2 + control + (isSNAP ? 5 : 0)
    guard bytes.count >= length else { throw layer.error(needed: length) }
    self.bytes = bytes
  }

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

  func next(_ layer: Layer) -> Layer? {
    if holdsType { return type.layer(above: layer, at: length) }
    if carriesData, destination == 0x06 { return layer.above(.internetProtocol, at: length) }
    return layer.above(.data, at: length)
  }

  func describe(_ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer)
  {
    let fields = LLCFields.fields
    tree.columns.protocolName = "LLC"
    tree.columns.startInfo()
    tree.addProtocol("llc")
    let top = tree.opened(fields.llc, count: length)
    let sap = tree.add(fields.destination, destination, at: 0, count: 1)
    tree.open(sap)
    tree.add(fields.destinationSAP, bitsOf: destination, at: 0, count: 1)
    tree.add(fields.group, bitsOf: destination, at: 0, count: 1)
    tree.close(sap)
    let from = tree.add(fields.source, source, at: 1, count: 1)
    tree.open(from)
    tree.add(fields.sourceSAP, bitsOf: source, at: 1, count: 1)
    tree.add(fields.response, bitsOf: source, at: 1, count: 1)
    tree.close(from)
    var words = TextBuffer()
    writeControl(to: &words)
    describeControl(words, into: &tree)
    tree.columns.info.write(words.bytes[...])
    if isSNAP {
      describeSNAP(context, into: &tree)
    } else {
      let (destination, source) = (destination, source)
      tree.columns.info.write(
        "; DSAP \(LLCFields.sapName(UInt64(destination & 0xfe)) ?? "0x\(String(destination & 0xfe, radix: 16))") "
          + (destination & 1 == 0 ? "Individual" : "Group")
          + ", SSAP \(LLCFields.sapName(UInt64(source & 0xfe)) ?? "0x\(String(source & 0xfe, radix: 16))") "
          + (source & 1 == 0 ? "Command" : "Response"))
    }
    tree.close(top)
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
    if control & 0x100 != 0 { text.write(isResponse ? " F" : " P") }
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

  private func describeControl(_ words: TextBuffer, into tree: inout FieldBuffer) {
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
      if control & 0x100 != 0 {
        tree.add(
          isResponse ? fields.finalBit16 : fields.pollBit16, bitsOf: control, at: 2, count: 2)
      }
      if control & 1 != 0 { tree.add(fields.supervisory, bitsOf: control, at: 2, count: 2) }
      tree.add(
        control & 1 == 0 ? fields.informationType : fields.supervisoryType,
        bitsOf: control, at: 2, count: 2)
    }
    tree.close(top)
  }

  private func describeSNAP(_ context: borrowing DescribeContext, into tree: inout FieldBuffer) {
    let fields = LLCFields.fields
    let organization = organization
    let vendor =
      context.resolvesNames
      ? MACNames.organization(organization) : nil
    var number = TextBuffer()
    for shift in [16, 8, 0] {
      if shift < 16 { number.write(":") }
      number.write(hexByte: UInt8(truncatingIfNeeded: organization >> UInt32(shift)))
    }
    let item = tree.add(fields.organization, organization, at: 3, count: 3)
    tree.relabel(item) {
      $0.write("Organization Code: ")
      $0.write(number.bytes[...])
      if let vendor { $0.write(" (\(vendor))") }
    }
    var identifier = TextBuffer()
    identifier.write("0x")
    identifier.write(hex: UInt64(type.rawValue), digits: 4)
    tree.columns.info.write("; SNAP, OUI 0x")
    tree.columns.info.write(hex: UInt64(organization), digits: 6)
    if let vendor { tree.columns.info.write(" (\(vendor))") }
    tree.columns.info.write(", PID ")
    tree.columns.info.write(identifier.bytes[...])
    tree.add(holdsType ? fields.type : fields.identifier, type.rawValue, at: 6, count: 2)
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
  let finalBit16 = Field(
    "llc.control.f", "Final", .boolean, .natural, .setNotSet, mask: 0x100, of: 16)
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
  let identifier = Field("llc.pid", "Protocol ID", .uint16, .hex)

  static let fields = Self()

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
    case (0x20, false): ("UP", "Unnumbered Poll")
    case (0x40, false): ("DISC", "Disconnect")
    case (0x40, true): ("RD", "Request Disconnect")
    case (0x60, true): ("UA", "Unnumbered Acknowledge")
    case (0x80, false): ("SNRM", "Set Normal Response Mode")
    case (0x84, true): ("FRMR", "Frame reject")
    case (0x0c, true): ("DM", "Disconnected mode")
    case (0x6c, false): ("SABME", "Set Asynchronous Balanced Mode Extended")
    case (0xac, _): ("XID", "Exchange identification")
    case (0xe0, _): ("TEST", "Test")
    default: nil
    }
  }
}

import Fields

/// The options by which WAN optimizers find each other (Riverbed Probe, kind 76, and Transparency, kind 78), as Wireshark
/// shows them.
struct RiverbedProbe {
  /// What a probe of this number asks or answers.
  let number: UInt8
  let isVersion2: Bool
  let version: UInt8

  /// From the byte after the length: its lowest bit tells the two layouts apart.
  init(_ byte: UInt8) {
    isVersion2 = byte & 1 == 0
    number = isVersion2 ? byte >> 1 : byte >> 4
    version = isVersion2 ? 2 : byte & 0x0f
  }

  var name: String? {
    let names = [
      "Probe Query", "Probe Response", "Probe Internal", "Probe Trace", "Probe Query SH",
      "Probe Response SH", "Probe Query Info", "Probe Response Info", "Probe Query Info SH",
      "Probe Query Info Store ID", "Probe Reset",
    ]
    return number < names.count ? names[Int(number)] : nil
  }
}

extension TCPOptionsDescription {
  func describeProbe(
    _ option: borrowing TCPOption, into tree: inout FieldBuffer
  ) throws(MissingOption) {
    let fields = RiverbedFields.fields
    try option.need(3)
    let (bytes, place, item) = (option.bytes, option.place, option.item)
    let probe = RiverbedProbe(bytes[2])
    guard let name = probe.name else { return tree.note(item, ": Probe Unknown") }
    tree.note(item, ": \(name)")
    if probe.isVersion2 {
      tree.add(fields.type2, bitsOf: bytes[2], at: place + 2, count: 1)
      let version = tree.add(fields.versionBit, bitsOf: bytes[2], at: place + 2, count: 1)
      tree.relabel(version, ".... ...0 = Version: 2")
      tree.add(fields.version, probe.version, at: place + 2, count: 1, .hidden)
      return try describeProbe2(probe, option, into: &tree)
    }
    tree.add(fields.type1, bitsOf: bytes[2], at: place + 2, count: 1)
    tree.add(fields.version, bitsOf: bytes[2], at: place + 2, count: 1)
    if probe.number == 2 { return }
    try option.need(4)
    tree.add(fields.reserved, bytes[3], at: place + 3, count: 1)
    let prober = try option.uint32(at: 4)
    tree.add(fields.prober, .ipv4(prober), at: place + 4, count: 4)
    switch probe.number {
    case 0, 3, 4:
      tree.add(fields.applicationVersion, try option.uint16(at: 8), at: place + 8, count: 2)
      tree.note(item) {
        $0.write(", CSH IP: ")
        $0.write(ipv4: prober)
      }
      tree.columns.leadInfo(probe.number == 3 ? "S#, " : "S+, ")
    case 1: try describeProxy(option, at: 8, into: &tree)
    case 5:
      tree.add(fields.client, .ipv4(try option.uint32(at: 8)), at: place + 8, count: 4)
      try describeProxy(option, at: 12, into: &tree)
    default: break
    }
  }

  private func describeProxy(
    _ option: borrowing TCPOption, at offset: Int, into tree: inout FieldBuffer
  ) throws(MissingOption) {
    let fields = RiverbedFields.fields
    let address = try option.uint32(at: offset)
    tree.add(fields.proxy, .ipv4(address), at: option.place + offset, count: 4)
    let port = try option.uint16(at: offset + 4)
    tree.add(fields.proxyPort, port, at: option.place + offset + 4, count: 2)
    tree.note(option.item) {
      $0.write(", Server Steelhead: ")
      $0.write(ipv4: address)
      $0.write(named: ":", Int(port))
    }
    tree.columns.leadInfo("SA+, ")
  }

  private func describeProbe2(
    _ probe: RiverbedProbe, _ option: borrowing TCPOption, into tree: inout FieldBuffer
  ) throws(MissingOption) {
    let fields = RiverbedFields.fields
    guard probe.number >= 6 else { return }
    try option.need(4)
    let (flags, place) = (option.bytes[3], option.place)
    let top = tree.opened(fields.flags, .unsigned(UInt64(flags)), at: place + 3, count: 1)
    defer { tree.close(top) }
    switch probe.number {
    case 6, 8, 9:
      tree.add(fields.flagNotClient, bitsOf: flags, at: place + 3, count: 1)
      tree.add(fields.flagLast, bitsOf: flags, at: place + 3, count: 1)
      let answers = segment.header.flags.isSuperset(of: [.syn, .acknowledgment])
      if answers, flags & 1 != 0, probe.number != 9 { tree.columns.leadInfo("SA++, ") }
    case 7:
      tree.add(fields.flagProbe, bitsOf: flags, at: place + 3, count: 1)
      tree.add(fields.flagSecure, bitsOf: flags, at: place + 3, count: 1)
      tree.add(fields.flagServer, bitsOf: flags, at: place + 3, count: 1)
    default: break
    }
    switch probe.number {
    case 8: tree.add(fields.client, .ipv4(try option.uint32(at: 4)), at: place + 4, count: 4)
    case 9: tree.add(fields.store, try option.uint32(at: 4), at: place + 4, count: 4)
    default: break
    }
  }

  func describeTransparency(
    _ option: borrowing TCPOption, into tree: inout FieldBuffer
  ) throws(MissingOption) {
    let fields = RiverbedFields.fields
    let place = option.place
    let flags = try option.uint16(at: 2)
    let top = tree.opened(fields.transparency, .unsigned(UInt64(flags)), at: place + 2, count: 2)
    for field in fields.transparencyBits {
      tree.add(field, bitsOf: flags, at: place + 2, count: 2)
    }
    tree.close(top)
    let source = try option.uint32(at: 4)
    tree.add(fields.source, .ipv4(source), at: place + 4, count: 4)
    let destination = try option.uint32(at: 8)
    tree.add(fields.destination, .ipv4(destination), at: place + 8, count: 4)
    let sourcePort = try option.uint16(at: 12)
    tree.add(fields.sourcePort, sourcePort, at: place + 12, count: 2)
    let destinationPort = try option.uint16(at: 14)
    tree.add(fields.destinationPort, destinationPort, at: place + 14, count: 2)
    tree.note(option.item) {
      $0.write(" ")
      $0.write(ipv4: source)
      $0.write(named: ":", Int(sourcePort))
      $0.write(" -> ")
      $0.write(ipv4: destination)
      $0.write(named: ":", Int(destinationPort))
    }
  }
}

/// The fields of both options, as Wireshark names them.
struct RiverbedFields: FieldSet {
  let type1 = probe("type1", "Type", .uint8, mask: 0xf0)
  let type2 = probe("type2", "Type", .uint8, mask: 0xfe)
  let version = probe("version", "Version", .uint8, mask: 0x0f)
  let versionBit = probe("version_raw", "Version", .uint8, mask: 0x01)
  let reserved = probe("reserved", "Reserved", .uint8, .hex)
  let prober = probe("prober", "CSH IP", .ipv4)
  let proxy = probe("proxy.ip", "SSH IP", .ipv4)
  let proxyPort = probe("proxy.port", "SSH Port", .uint16)
  let applicationVersion = probe("appli_ver", "Application Version", .uint16)
  let client = probe("client.ip", "Client IP", .ipv4)
  let store = probe("storeid", "CFE Store ID", .uint32)
  let flags = probe("flags", "Probe Flags", .uint8, .hex)
  let flagNotClient = bit("probe.flags.notcfe", "Not CFE", 0x04, of: 8)
  let flagLast = bit("probe.flags.last", "Last Notify", 0x01, of: 8)
  let flagProbe = bit("probe.flags.probe", "Disable Probe Cache on CSH", 0x10, of: 8)
  let flagSecure = bit("probe.flags.ssl", "SSL Enabled", 0x02, of: 8)
  let flagServer = bit("probe.flags.server", "SSH outer to server established", 0x01, of: 8)
  let transparency = Field(
    "tcp.options.rvbd.trpy.flags", "Transparency Options", .uint16, .hex)
  let resetProbe = bit("trpy.flags.fw_rst_probe", "Enable FW traversal feature", 0x400)
  let resetInner = bit("trpy.flags.fw_rst_inner", "Enable Inner FW feature on All FWs", 0x200)
  let reset = bit("trpy.flags.fw_rst", "Enable Transparency FW feature on All FWs", 0x100)
  let checksum = bit("trpy.flags.chksum", "Reserved", 0x04)
  let outOfBand = bit("trpy.flags.oob", "Out of band connection", 0x02)
  let mode = Field(
    "tcp.options.rvbd.trpy.flags.mode", "Transparency Mode", .boolean, .natural,
    .words(true: "Port Transparency", false: "Full Transparency"), mask: 0x01, of: 16)
  let source = Field("tcp.options.rvbd.trpy.src.ip", "Src SH IP Addr", .ipv4)
  let destination = Field("tcp.options.rvbd.trpy.dst.ip", "Dst SH IP Addr", .ipv4)
  let sourcePort = Field("tcp.options.rvbd.trpy.src.port", "Src SH Inner Port", .uint16)
  let destinationPort = Field("tcp.options.rvbd.trpy.dst.port", "Dst SH Inner Port", .uint16)

  var transparencyBits: [Field] { [resetProbe, resetInner, reset, checksum, outOfBand, mode] }

  static let fields = Self()

  private static func probe(
    _ name: String, _ label: String, _ type: FieldType, _ display: FieldDisplay = .natural,
    mask: UInt64 = 0
  ) -> Field {
    Field("tcp.options.rvbd.probe.\(name)", label, type, display, mask: mask)
  }
  private static func bit(_ name: String, _ label: String, _ mask: UInt64, of bits: Int = 16)
    -> Field
  {
    Field(
      "tcp.options.rvbd.\(name)", label, .boolean, .natural, .setNotSet, mask: mask, of: bits)
  }
}

import Fields

/// A bridge protocol data unit (IEEE 802.1D clause 9), viewed in place. What multiple spanning trees add is not
/// decoded.
struct SpanningTree: LayerView, ~Escapable {
  private let reader: ByteReader

  /// `describe` checks as it goes.
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) throws(DecodeError) {
    guard bytes.count >= 2 else { throw layer.error(needed: 2) }
    reader = ByteReader(bytes, layer)
  }

  private static let configuration: UInt8 = 0x00
  private static let rapid: UInt8 = 0x02
  private static let topologyChange: UInt8 = 0x80

  func describe(
    _ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = SpanningTreeFields.fields
    tree.addProtocol("stp")
    tree.columns.protocolName = "STP"
    tree.columns.startInfo()
    let (version, type) = (try reader.uint8(at: 2), try reader.uint8(at: 3))
    switch type {
    case Self.configuration, Self.rapid: try writeInfo(version, type, to: &tree.columns.info)
    case Self.topologyChange: tree.columns.info.write("Topology Change Notification")
    default: tree.columns.info.write("Unknown BPDU type (\(type))")
    }
    let top = tree.opened(fields.stp, count: reader.count)
    defer { tree.close(top) }
    tree.add(fields.identifier, reader.bytes.uint16(at: 0), at: 0, count: 2)
    let versionItem = tree.add(fields.version, version, at: 2, count: 1)
    if ![0, 2, 3, 4].contains(version) {
      tree.expert(
        fields.versionUnknown, .warning, .proto,
        "This version of Wireshark only knows about versions 0, 2, 3 & 4", under: versionItem)
    }
    let typeItem = tree.add(fields.type, type, at: 3, count: 1)
    switch type {
    case Self.configuration, Self.rapid: try describeConfiguration(type, context, into: &tree)
    case Self.topologyChange: break
    default:
      tree.expert(
        fields.typeUnknown, .warning, .proto, "Unknown BPDU type data", under: typeItem)
    }
  }

  private func writeInfo(
    _ version: UInt8, _ type: UInt8, to info: inout TextBuffer
  ) throws(DecodeError) {
    let flags = try reader.uint8(at: 4)
    let root = try reader.uint16(at: 5)
    let address = try reader.uint48(at: 7)
    if type == Self.configuration {
      info.write("Conf. ")
    } else {
      info.write(version == 3 ? "MST. " : version == 4 ? "SPT. " : "RST. ")
    }
    if flags & 1 != 0 { info.write("TC + ") }
    info.write("Root = \(root & 0xf000)/\(root & 0xfff)/")
    info.write(ether: address)
    info.write("  Cost = \(try reader.uint32(at: 13))  Port = 0x")
    info.write(hex: UInt64(try reader.uint16(at: 25)), digits: 4)
  }

  private func describeConfiguration(
    _ type: UInt8, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = SpanningTreeFields.fields
    let flags = try reader.uint8(at: 4)
    let item = tree.add(fields.flags, flags, at: 4, count: 1)
    let bits: [Field] =
      type == Self.configuration
      ? [fields.acknowledgment, fields.change]
      : [
        fields.acknowledgment, fields.agreement, fields.forwarding, fields.learning, fields.role,
        fields.proposal, fields.change,
      ]
    tree.note(item) {
      for bit in bits {
        let value = UInt64(flags) & bit.mask
        if bit.type == .boolean, value != 0 { $0.write(", \(bit.label)") }
        if bit.type != .boolean {
          $0.write(", Port Role: \(SpanningTreeFields.roleName(value >> 2) ?? "Unknown")")
        }
      }
    }
    tree.open(item)
    for bit in bits { tree.add(bit, bitsOf: flags, at: 4, count: 1) }
    tree.close(item)
    try describeBridge("Root Identifier", fields.root, at: 5, into: &tree)
    tree.add(fields.cost, try reader.uint32(at: 13), at: 13, count: 4)
    try describeBridge("Bridge Identifier", fields.bridge, at: 17, into: &tree)
    tree.add(fields.port, try reader.uint16(at: 25), at: 25, count: 2)
    for (field, at) in [
      (fields.age, 27), (fields.maximumAge, 29), (fields.hello, 31), (fields.delay, 33),
    ] {
      let seconds = Double(try reader.uint16(at: at)) / 256
      let item = tree.add(field, .double(seconds), at: at, count: 2)
      tree.relabel(item) {
        $0.write(field.label)
        $0.write(": ")
        $0.write(general: seconds)
      }
    }
    if type == Self.rapid {
      tree.add(fields.version1Length, try reader.uint8(at: 35), at: 35, count: 1)
    }
  }

  private func describeBridge(
    _ label: String, _ fields: SpanningTreeFields.Bridge, at: Int,
    into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let (number, address) = (try reader.uint16(at: at), try reader.uint48(at: at + 2))
    let top = tree.addText(at: at, count: 8) {
      $0.write("\(label): \(number & 0xf000) / \(number & 0xfff) / ")
      $0.write(ether: address)
    }
    tree.open(top)
    tree.add(fields.priority, number & 0xf000, at: at, count: 1)
    tree.add(fields.systemExtension, number & 0xfff, at: at, count: 2)
    tree.add(fields.address, mac: address, at: at + 2)
    tree.close(top)
  }
}

extension TextBuffer {
  /// A number without needless decimals.
  fileprivate mutating func write(general number: Double) {
    if number == number.rounded() { write(decimal: Int(number)) } else { write("\(number)") }
  }
}

/// The fields of bridge protocol data units.
struct SpanningTreeFields: FieldSet {
  struct Bridge {
    let priority: Field, systemExtension: Field, address: Field

    init(_ name: String, _ label: String) {
      priority = Field("stp.\(name).prio", "\(label) Priority", .uint16)
      systemExtension = Field("stp.\(name).ext", "\(label) System ID Extension", .uint16)
      address = Field("stp.\(name).hw", "\(label) System ID", .ether)
    }
  }

  let stp = Field("stp", "Spanning Tree Protocol", .proto)
  let identifier = Field(
    "stp.protocol", "Protocol Identifier", .uint16, .hex,
    .names { word($0, ["Spanning Tree Protocol"]) })
  let version = Field(
    "stp.version", "Protocol Version Identifier", .uint8, .natural,
    .names {
      word(
        $0,
        [
          "Spanning Tree", "", "Rapid Spanning Tree", "Multiple Spanning Tree",
          "Shortest Path Tree",
        ])
    })
  let versionUnknown = Field("bpdu.version_support", "Unknown version", .none)
  let type = Field(
    "stp.type", "BPDU Type", .uint8, .hex,
    .names {
      switch $0 {
      case 0x00: "Configuration"
      case 0x02: "Rapid/Multiple Spanning Tree"
      case 0x80: "Topology Change Notification"
      default: nil
      }
    })
  let typeUnknown = Field("stp.type.unknown", "Unknown BPDU type data", .none)
  let flags = Field("stp.flags", "BPDU flags", .uint8, .hex)
  let acknowledgment = flag("tcack", "Topology Change Acknowledgment", 0x80)
  let agreement = flag("agreement", "Agreement", 0x40)
  let forwarding = flag("forwarding", "Forwarding", 0x20)
  let learning = flag("learning", "Learning", 0x10)
  let role = Field(
    "stp.flags.port_role", "Port Role", .uint8, .natural,
    .names { SpanningTreeFields.roleName($0) }, mask: 0x0c)
  let proposal = flag("proposal", "Proposal", 0x02)
  let change = flag("tc", "Topology Change", 0x01)
  let root = Bridge("root", "Root Bridge")
  let cost = Field("stp.root.cost", "Root Path Cost", .uint32)
  let bridge = Bridge("bridge", "Bridge")
  let port = Field("stp.port", "Port identifier", .uint16, .hex)
  let age = Field("stp.msg_age", "Message Age", .double)
  let maximumAge = Field("stp.max_age", "Max Age", .double)
  let hello = Field("stp.hello", "Hello Time", .double)
  let delay = Field("stp.forward", "Forward Delay", .double)
  let version1Length = Field("stp.version_1_length", "Version 1 Length", .uint8)

  static let fields = Self()

  private static func flag(_ name: String, _ label: String, _ mask: UInt64) -> Field {
    Field("stp.flags.\(name)", label, .boolean, .natural, .yesNo, mask: mask)
  }
  static func roleName(_ number: UInt64) -> String? {
    word(number, ["", "Alternate or Backup", "Root", "Designated"])
  }
}

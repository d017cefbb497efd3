import Fields

/// What the packet filter of BSD logs of a packet (LINKTYPE_PFLOG), viewed in place.
///
/// The header says how long it is: it has grown with the systems. Process and user numbers are in the byte order of the
/// machine that captured, which is taken for little-endian.
struct PFLogHeader: LayerView, ~Escapable {
  /// The least length that has the numbers of users and processes.
  private static let lengthWithUsers = 61
  /// The least length that has what addresses and ports were before they were rewritten.
  private static let lengthWithRewriting = 100

  private let reader: ByteReader

  /// `next` and `describe` check as they go.
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) throws(DecodeError) {
    guard !bytes.isEmpty else { throw layer.error(needed: 1) }
    reader = ByteReader(bytes, layer)
  }

  private var bytes: Span<UInt8> {
    @_lifetime(copy self) get { reader.bytes }
  }
  private var length: Int { Int(bytes[0]) }
  /// Where the packet begins: at a multiple of four bytes.
  private var payloadStart: Int { (length + 3) & ~3 }

  private static func kind(ofFamily family: UInt8) -> LayerKind {
    switch family {
    case 2: .internetProtocol
    case 24, 28, 30: .ipv6
    default: .data
    }
  }

  func next(_ layer: Layer) throws(DecodeError) -> Layer? {
    let family = try reader.uint8(at: 1)
    try reader.require(0, at: payloadStart)
    return layer.above(Self.kind(ofFamily: family), at: payloadStart)
  }

  func describe(
    _ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = PFLogFields.fields
    tree.addProtocol("pflog")
    tree.columns.protocolName = "PFLOG"
    tree.columns.startInfo()
    let top = tree.opened(fields.pflog, count: payloadStart)
    defer { tree.close(top) }
    tree.add(fields.length, length, at: 0, count: 1)
    let family = try reader.uint8(at: 1)
    tree.add(fields.family, family, at: 1, count: 1)
    let action = try reader.uint8(at: 2)
    tree.add(fields.action, action, at: 2, count: 1)
    tree.add(fields.reason, try reader.uint8(at: 3), at: 3, count: 1)
    let interface = try reader.part(at: 4, 16).untilZero
    tree.add(fields.interface, interface, at: 4)
    tree.add(fields.ruleset, try reader.part(at: 20, 16).untilZero, at: 20)
    let rule = Int32(bitPattern: try reader.uint32(at: 36))
    tree.add(fields.rule, rule, at: 36, count: 4)
    tree.add(fields.subrule, Int32(bitPattern: try reader.uint32(at: 40)), at: 40, count: 4)
    var at = 44
    if length >= Self.lengthWithUsers {
      for field in [fields.user, fields.process, fields.ruleUser, fields.ruleProcess] {
        try reader.require(4, at: at)
        tree.add(field, Int32(bitPattern: bytes.uint32LittleEndian(at: at)), at: at, count: 4)
        at += 4
      }
    }
    tree.add(fields.direction, try reader.uint8(at: at), at: at, count: 1)
    if length >= Self.lengthWithRewriting {
      try describeRewriting(at: at + 1, family, into: &tree)
    } else {
      tree.add(fields.padding, try reader.part(at: at + 1, 3), at: at + 1)
    }
    let familyName = PFLogFields.familyName(UInt64(family)) ?? "unknown (\(family))"
    let actionName = PFLogFields.actionName(UInt64(action)) ?? "unknown (\(action))"
    tree.relabel(top) {
      $0.write("PF Log \(familyName) \(actionName) on ")
      $0.write(printable: interface)
      $0.write(" by rule \(rule)")
    }
    tree.columns.prefixInfo {
      $0.write("[\(actionName) ")
      $0.write(printable: interface)
      $0.write("/\(rule)] ")
    }
  }

  private func describeRewriting(
    at start: Int, _ family: UInt8, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = PFLogFields.fields
    tree.add(fields.rewritten, try reader.uint8(at: start), at: start, count: 1)
    tree.add(fields.padding, try reader.part(at: start + 1, 2), at: start + 1)
    let addressLength = 16
    let addresses = [
      (fields.source, fields.source6, fields.otherSource),
      (fields.destination, fields.destination6, fields.otherDestination),
    ]
    for (index, (field, field6, other)) in addresses.enumerated() {
      let at = start + 3 + index * addressLength
      switch family {
      case 2: tree.add(field, .ipv4(try reader.uint32(at: at)), at: at, count: 4)
      case 24: tree.add(field6, try reader.ipv6(at: at), at: at, count: addressLength)
      default: tree.add(other, try reader.part(at: at, addressLength), at: at)
      }
    }
    let ports = start + 3 + 2 * addressLength
    tree.add(fields.sourcePort, try reader.uint16(at: ports), at: ports, count: 2)
    tree.add(fields.destinationPort, try reader.uint16(at: ports + 2), at: ports + 2, count: 2)
  }
}

/// The fields of packet filter logs.
struct PFLogFields: FieldSet {
  let pflog = Field("pflog", "OpenBSD Packet Filter log file", .proto)
  let length = Field("pflog.length", "Header Length", .uint8)
  let family = Field(
    "pflog.af", "Address Family", .uint32, .natural, .names { PFLogFields.familyName($0) })
  let action = Field(
    "pflog.action", "Action", .uint8, .natural, .names { PFLogFields.actionName($0) })
  let reason = Field(
    "pflog.reason", "Reason", .uint8, .natural,
    .names {
      word(
        $0,
        [
          "match", "bad-offset", "fragment", "short", "normalize", "memory", "timestamp",
          "congestion", "ip-option", "proto-cksum", "state-mismatch", "state-ins-fail",
          "max-states", "srcnode-limit", "syn-proxy",
        ])
    })
  let interface = Field("pflog.ifname", "Interface", .string)
  let ruleset = Field("pflog.ruleset", "Ruleset", .string)
  let rule = Field("pflog.rulenr", "Rule Number", .int32)
  let subrule = Field("pflog.subrulenr", "Sub Rule Number", .int32)
  let user = Field("pflog.uid", "UID", .int32)
  let process = Field("pflog.pid", "PID", .int32)
  let ruleUser = Field("pflog.rule_uid", "Rule UID", .int32)
  let ruleProcess = Field("pflog.rule_pid", "Rule PID", .int32)
  let direction = Field(
    "pflog.dir", "Direction", .uint8, .natural, .names { word($0, ["inout", "in", "out", "fwd"]) })
  let rewritten = Field("pflog.rewritten", "Rewritten", .uint8)
  let padding = Field("pflog.pad", "Padding", .bytes)
  let source = Field("pflog.saddr.ipv4", "Source Address", .ipv4)
  let destination = Field("pflog.daddr.ipv4", "Destination Address", .ipv4)
  let source6 = Field("pflog.saddr.ipv6", "Source Address", .ipv6)
  let destination6 = Field("pflog.daddr.ipv6", "Destination Address", .ipv6)
  let otherSource = Field("pflog.saddr.bytes", "Source Address", .bytes)
  let otherDestination = Field("pflog.daddr.bytes", "Destination Address", .bytes)
  let sourcePort = Field("pflog.sport", "Source Port", .uint16)
  let destinationPort = Field("pflog.dport", "Destination Port", .uint16)

  static let fields = Self()

  static func familyName(_ number: UInt64) -> String? {
    switch number {
    case 2: "IPv4"
    case 24, 28, 30: "IPv6"
    default: nil
    }
  }
  static func actionName(_ number: UInt64) -> String? {
    word(
      number,
      [
        "pass", "block", "scrub", "", "nat", "nonat", "binat", "nobinat", "rdr", "nordr",
        "synproxy-drop",
      ])
  }
}

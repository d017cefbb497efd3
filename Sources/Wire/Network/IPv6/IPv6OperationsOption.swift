import Fields

/// The value of an IOAM option (RFC 9197, RFC 9486), of which traces are described in full.
struct OperationsOption: ~Escapable {
  private let reader: ByteReader
  private let start: Int
  private let length: Int

  @_lifetime(copy reader)
  init(_ reader: borrowing ByteReader, at start: Int, length: Int) {
    self.reader = copy reader
    (self.start, self.length) = (start, length)
  }

  private var end: Int { start + length }
  private static let traceHeader = 8

  /// Returns where the description ends.
  func describe(
    _ lengthItem: FieldIndex, into tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    let fields = OperationsOptionFields.fields
    tree.add(fields.reserved, try reader.uint8(at: start), at: start, count: 1)
    let type = try reader.uint8(at: start + 1)
    tree.add(fields.type, type, at: start + 1, count: 1)
    let isTrace = type < 2
    if isTrace, length < 2 + Self.traceHeader || length % 4 != 2 {
      tree.expert(
        IPv6OptionFields.fields.invalidLength, .error, .malformed,
        "IOAM Option: Invalid length (\(length) bytes)", under: lengthItem)
    } else if length == 0 {
      throw reader.malformed
    }
    let top = tree.addText(
      OperationsOptionFields.typeName(UInt64(type)) ?? "Unknown Option-Type", at: start + 2,
      count: max(0, length - 2))
    guard isTrace else { return start + 2 }
    tree.open(top)
    defer { tree.close(top) }
    return try describeTrace(into: &tree)
  }

  private func describeTrace(into tree: inout FieldBuffer) throws(DecodeError) -> Int {
    let fields = OperationsOptionFields.fields
    let at = start + 2
    tree.add(fields.namespace, try reader.uint16(at: at), at: at, count: 2)
    let word = try reader.uint16(at: at + 2)
    let nodeLength = Int(word >> 11)
    let remaining = 4 * Int(word & 0x7f)
    let room = end - at - Self.traceHeader
    let nodeItem = tree.add(fields.nodeLength, UInt8(nodeLength), at: at + 2, count: 1)
    tree.relabel(nodeItem) {
      $0.write(bits: UInt64(word >> 8), mask: 0xf8, of: 8)
      $0.write(" = Node Length: ")
      $0.write(decimal: nodeLength)
    }
    if nodeLength == 0 {
      tree.expert(
        fields.invalidNodeLength, .error, .proto, "Invalid \"NodeLen\" value: cannot be 0",
        under: nodeItem)
    }
    tree.add(fields.flags, word, at: at + 2, count: 2)
    let remainingItem = tree.add(fields.remaining, UInt8(word & 0x7f), at: at + 3, count: 1)
    tree.relabel(remainingItem) {
      $0.write(bits: UInt64(word & 0x7f), mask: 0x7f, of: 8)
      $0.write(" = Remaining Length: ")
      $0.write(decimal: UInt64(word & 0x7f))
    }
    if remaining > room {
      tree.expert(
        fields.invalidRemaining, .error, .proto,
        "IOAM RemLen: Invalid length (\(remaining) bytes)", under: remainingItem)
    }
    let kinds = try reader.uint24(at: at + 4)
    let kindItem = tree.add(fields.kinds, kinds, at: at + 4, count: 3)
    let expected = OperationsOptionFields.units(of: kinds)
    if nodeLength > 0, expected != nodeLength {
      tree.expert(
        fields.invalidKinds, .error, .proto, "Mismatch between Trace Type and NodeLen",
        under: kindItem)
    }
    tree.add(fields.traceReserved, try reader.uint8(at: at + 7), at: at + 7, count: 1)
    let data = at + Self.traceHeader
    guard nodeLength > 0, remaining <= room else { return data }
    return try describeNodes(
      from: data, free: remaining, nodeLength: nodeLength, kinds, into: &tree)
  }

  private func describeNodes(
    from start: Int, free: Int, nodeLength: Int, _ kinds: UInt32, into tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    let fields = OperationsOptionFields.fields
    let top = tree.addText("Trace Data", at: start, count: end - start)
    tree.open(top)
    defer { tree.close(top) }
    if free > 0 { tree.add(fields.free, try reader.part(at: start, free), at: start) }
    var (offset, number) = (start + free, 1)
    while offset + 4 * nodeLength <= end {
      let node = tree.addText("Node \(number)", at: offset, count: end - offset)
      tree.open(node)
      let next = try describeNode(at: offset, kinds, into: &tree)
      tree.close(node)
      guard OperationsOptionFields.units(of: kinds) == nodeLength else { return start }
      (offset, number) = (next, number + 1)
    }
    return offset
  }

  private func describeNode(
    at start: Int, _ kinds: UInt32, into tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    let fields = OperationsOptionFields.fields
    var offset = start
    for bit in 0..<24 where kinds >> UInt32(23 - bit) & 1 == 1 {
      switch bit {
      case 0, 8:
        let isWide = bit == 8
        let item = tree.addText(
          fields.kinds.parts[bit].label, at: offset, count: isWide ? 8 : 4)
        tree.open(item)
        tree.add(fields.nodeHopLimit, try reader.uint8(at: offset), at: offset, count: 1)
        if isWide {
          let number = try reader.uint64(at: offset) & 0xff_ffff_ffff_ffff
          tree.add(fields.nodeWideNumber, number, at: offset + 1, count: 7)
        } else {
          tree.add(fields.nodeNumber, try reader.uint24(at: offset + 1), at: offset + 1, count: 3)
        }
        tree.close(item)
        offset += isWide ? 8 : 4
      case 1:
        let item = tree.addText(fields.kinds.parts[bit].label, at: offset, count: 4)
        tree.open(item)
        tree.add(fields.ingress, try reader.uint16(at: offset), at: offset, count: 2)
        tree.add(fields.egress, try reader.uint16(at: offset + 2), at: offset + 2, count: 2)
        tree.close(item)
        offset += 4
      case 9:
        let item = tree.addText(fields.kinds.parts[bit].label, at: offset, count: 8)
        tree.open(item)
        tree.add(fields.wideIngress, try reader.uint32(at: offset), at: offset, count: 4)
        tree.add(fields.wideEgress, try reader.uint32(at: offset + 4), at: offset + 4, count: 4)
        tree.close(item)
        offset += 8
      case 10:
        tree.add(fields.wideData, try reader.uint64(at: offset), at: offset, count: 8)
        offset += 8
      case 22: offset = try describeSnapshot(at: offset, into: &tree)
      case 23: break
      default:
        let field =
          switch bit {
          case 2...7: fields.nodeData[bit - 2]
          case 11: fields.nodeData[6]
          default: fields.nodeUndefined
          }
        tree.add(field, try reader.uint32(at: offset), at: offset, count: 4)
        offset += 4
      }
    }
    return offset
  }

  private func describeSnapshot(
    at offset: Int, into tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    let fields = OperationsOptionFields.fields
    let count = 4 * Int(try reader.uint8(at: offset))
    try reader.require(4 + count, at: offset)
    let item = tree.addText("Opaque State Snapshot", at: offset, count: 4 + count)
    tree.open(item)
    defer { tree.close(item) }
    tree.add(fields.snapshotLength, UInt8(count / 4), at: offset, count: 1)
    tree.add(fields.snapshotSchema, try reader.uint24(at: offset + 1), at: offset + 1, count: 3)
    if count > 0 {
      tree.add(fields.snapshotData, try reader.part(at: offset + 4, count), at: offset + 4)
    }
    return offset + 4 + count
  }
}

/// The fields of IOAM options.
struct OperationsOptionFields: FieldSet {
  let reserved = Field("ipv6.opt.ioam.rsv", "Reserved", .uint8)
  let type = Field(
    "ipv6.opt.ioam.opt_type", "Option-Type", .uint8, .natural, .names { typeName($0) })
  let namespace = Field("ipv6.opt.ioam.trace.ns", "Namespace ID", .uint16)
  let nodeLength = Field("ipv6.opt.ioam.trace.nodelen", "Node Length", .uint8)
  let invalidNodeLength = Field(
    "ipv6.opt.ioam.trace.invalid_nodelen", "Invalid \"NodeLen\" value: cannot be 0", .none)
  let flags = FlagFields(
    Field("ipv6.opt.ioam.trace.flags", "Flags", .uint16, .hex, mask: 0x780),
    [
      Field("ipv6.opt.ioam.trace.flag.o", "Overflow", .boolean, mask: 0x400, of: 16),
      Field("ipv6.opt.ioam.trace.flag.l", "Loopback", .boolean, mask: 0x200, of: 16),
      Field("ipv6.opt.ioam.trace.flag.a", "Active", .boolean, mask: 0x100, of: 16),
      Field("ipv6.opt.ioam.trace.flag.rsv", "Reserved", .boolean, mask: 0x80, of: 16),
    ])
  let remaining = Field("ipv6.opt.ioam.trace.remlen", "Remaining Length", .uint8)
  let invalidRemaining = Field(
    "ipv6.opt.ioam.trace.invalid_remlen", "Invalid \"RemLen\" value", .none)
  /// By bit, from the highest, as far as each has a name of its own.
  let kinds = FlagFields(
    Field("ipv6.opt.ioam.trace.type", "Trace Type", .uint24, .hex),
    [
      "Hop_Lim and Node ID (short)", "Ingress and Egress IDs (short)", "Timestamp seconds",
      "Timestamp fraction", "Transit delay", "IOAM-Namespace specific data (short)",
      "Queue depth", "Checksum complement", "Hop_Lim and Node ID (wide)",
      "Ingress and Egress IDs (wide)", "IOAM-Namespace specific data (wide)",
      "Buffer occupancy",
    ].enumerated().map { bit, label in
      Field(
        "ipv6.opt.ioam.trace.type.bit\(bit)", label, .boolean, mask: 0x80_0000 >> UInt64(bit),
        of: 24)
    } + [
      Field("ipv6.opt.ioam.trace.type.undef", "Undefined", .boolean, mask: 0xffc, of: 24),
      Field("ipv6.opt.ioam.trace.type.bit22", "Opaque State Snapshot", .boolean, mask: 2, of: 24),
      Field("ipv6.opt.ioam.trace.type.rsv", "Reserved", .boolean, mask: 1, of: 24),
    ])
  let invalidKinds = Field(
    "ipv6.opt.ioam.trace.invalid_type", "Mismatch between Trace Type and NodeLen", .none)
  let traceReserved = Field("ipv6.opt.ioam.trace.rsv", "Reserved", .uint8)
  let free = Field("ipv6.opt.ioam.trace.free_space", "Free space", .bytes)
  let nodeHopLimit = Field("ipv6.opt.ioam.trace.node.hlim", "Hop Limit", .uint8)
  let nodeNumber = Field("ipv6.opt.ioam.trace.node.id", "ID", .uint24, .hex)
  let ingress = Field("ipv6.opt.ioam.trace.node.iif", "Ingress ID", .uint16, .hex)
  let egress = Field("ipv6.opt.ioam.trace.node.eif", "Egress ID", .uint16, .hex)
  /// What takes four bytes: bits 2 to 7, then bit 11.
  let nodeData = [
    Field("ipv6.opt.ioam.trace.node.tss", "Timestamp Seconds", .uint32, .hex),
    Field("ipv6.opt.ioam.trace.node.tsf", "Timestamp Fraction", .uint32, .hex),
    Field("ipv6.opt.ioam.trace.node.trdelay", "Transit Delay", .uint32, .hex),
    Field("ipv6.opt.ioam.trace.node.nsdata", "Namespace Data (short)", .uint32, .hex),
    Field("ipv6.opt.ioam.trace.node.qdepth", "Queue Depth", .uint32, .hex),
    Field("ipv6.opt.ioam.trace.node.csum", "Checksum Complement", .uint32, .hex),
    Field("ipv6.opt.ioam.trace.node.bufoccup", "Buffer Occupancy", .uint32, .hex),
  ]
  let nodeWideNumber = Field("ipv6.opt.ioam.trace.node.id_wide", "ID", .uint56, .hex)
  let wideIngress = Field("ipv6.opt.ioam.trace.node.iif_wide", "Ingress ID", .uint32, .hex)
  let wideEgress = Field("ipv6.opt.ioam.trace.node.eif_wide", "Egress ID", .uint32, .hex)
  let wideData = Field(
    "ipv6.opt.ioam.trace.node.nsdata_wide", "Namespace Data (wide)", .uint64, .hex)
  let nodeUndefined = Field(
    "ipv6.opt.ioam.trace.node.undefined", "Undefined bit", .uint32, .hex)
  let snapshotLength = Field("ipv6.opt.ioam.trace.node.oss.len", "Length", .uint8)
  let snapshotSchema = Field("ipv6.opt.ioam.trace.node.oss.scid", "Schema ID", .uint24, .hex)
  let snapshotData = Field("ipv6.opt.ioam.trace.node.oss.data", "Data", .bytes)

  static let fields = Self()

  static func typeName(_ number: UInt64) -> String? {
    word(
      number,
      [
        "Pre-allocated Trace", "Incremental Trace", "Proof of Transit", "Edge to Edge",
      ])
  }

  /// How many words of four bytes each node has, without its snapshot; what is not defined counts as one.
  static func units(of kinds: UInt32) -> Int {
    (kinds & 0xff_f000).nonzeroBitCount + (kinds & 0xe000).nonzeroBitCount
      + (kinds & 0xffc == 0 ? 0 : 1)
  }
}

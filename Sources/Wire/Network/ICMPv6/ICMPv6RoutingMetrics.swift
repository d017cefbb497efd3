import Fields

// Routing metrics and constraints (RFC 6551).
extension RoutingControlOptions {
  func describeMetrics(
    from start: Int, to end: Int, _ lengthItem: FieldIndex, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = RoutingMetricFields.fields
    var (offset, isKnown) = (start, true)
    while isKnown, end - offset >= 3 {
      isKnown = try describeMetric(at: &offset, into: &tree)
    }
    if !isKnown {
      tree.expert(
        fields.unknownMetric, .note, .undecoded, "Unknown RPL metric/constraint type",
        under: lengthItem)
    }
    guard offset < end else { return }
    let rest = tree.add(fields.unknownData, try reader.part(at: offset, end - offset), at: offset)
    tree.expert(
      fields.unknownExpert, .error, .malformed, "Unknown Data (not interpreted)", under: rest)
  }

  /// Moves on to the next one, or past the header of a kind that is not known. Returns whether it is.
  private func describeMetric(
    at offset: inout Int, into tree: inout FieldBuffer
  ) throws(DecodeError) -> Bool {
    let fields = RoutingMetricFields.fields
    let kind = try reader.uint8(at: offset)
    let top = tree.add(fields.type, kind, at: offset, count: 1)
    tree.open(top)
    defer { tree.close(top) }
    let flags = try reader.uint16(at: offset + 1)
    tree.add(fields.flags, flags, at: offset + 1, count: 2)
    let length = Int(try reader.uint8(at: offset + 3))
    tree.add(fields.length, UInt8(length), at: offset + 3, count: 1)
    let at = offset + 4
    let end = at + length
    switch kind {
    case 1:
      tree.add(fields.attributes, try reader.uint16(at: at), at: at, count: 2)
      var place = at + 2
      while place < end {
        let size = Int(try reader.uint8(at: place + 1))
        let item = tree.add(fields.part, try reader.uint8(at: place), at: place, count: 1)
        tree.open(item)
        tree.add(fields.partType, try reader.uint8(at: place), at: place, count: 1)
        tree.add(fields.partLength, UInt8(size), at: place + 1, count: 1)
        tree.add(fields.partData, try reader.part(at: place + 2, size), at: place + 2)
        tree.close(item)
        place += 2 + size
      }
    case 2: tree.add(fields.energy, try reader.uint16(at: at), at: at, count: 2)
    case 3: tree.add(fields.hops, try reader.uint16(at: at), at: at, count: 2)
    case 4, 5:
      for place in stride(from: at, to: end, by: 4) {
        tree.add(
          kind == 4 ? fields.throughput : fields.latency, try reader.uint32(at: place),
          at: place, count: 4)
      }
    case 6:
      tree.add(fields.qualityReserved, bitsOf: try reader.uint8(at: at), at: at, count: 1)
      for place in at + 1..<max(at + 1, end) {
        tree.add(fields.quality, try reader.uint8(at: place), at: place, count: 1)
      }
    case 7:
      for place in stride(from: at, to: end, by: 2) {
        tree.add(fields.transmissions, try reader.uint16(at: place), at: place, count: 2)
      }
    case 8:
      tree.add(fields.colorReserved, bitsOf: try reader.uint8(at: at), at: at, count: 1)
      for place in stride(from: at + 1, to: end, by: 2) {
        let color = try reader.uint16(at: place)
        let item = tree.add(fields.color, .none, at: place, count: 2)
        tree.open(item)
        tree.add(fields.linkColor, bitsOf: color, at: place, count: 2)
        if flags & 0x200 != 0 {
          tree.add(fields.colorUnused, bitsOf: color, at: place, count: 2)
          tree.add(fields.colorInclude, bitsOf: color, at: place, count: 2)
        }
        tree.close(item)
        if flags & 0x200 == 0 {
          tree.expert(
            fields.unknownMetric, .note, .undecoded, "Unknown RPL metric/constraint type",
            under: item)
        }
      }
    default:
      offset = at
      return false
    }
    offset = end
    return true
  }
}

/// The fields of routing metrics.
struct RoutingMetricFields: FieldSet {
  let type = Field(
    "icmpv6.rpl.opt.metric.type", "Routing Metric/Constraint Type", .uint8, .natural,
    .names {
      word(
        $0,
        [
          "", "Node State and Attribute", "Node Energy", "Hop Count", "Link Throughput",
          "Link Latency", "Link Quality Level", "Link ETX", "Link Color",
        ])
    })
  let flags = FlagFields(
    Field("icmpv6.rpl.opt.metric.flags", "Flags", .uint16, .hex),
    [
      Field("icmpv6.rpl.opt.metric.reserved", "Reserved Flags", .uint16, .hex, mask: 0xf800),
      .flag("icmpv6.rpl.opt.metric.flag.p", "Flag P", 0x400, of: 16),
      .flag("icmpv6.rpl.opt.metric.flag.c", "Flag C", 0x200, of: 16),
      .flag("icmpv6.rpl.opt.metric.flag.o", "Flag O", 0x100, of: 16),
      .flag("icmpv6.rpl.opt.metric.flag.r", "Flag R", 0x80, of: 16),
      Field("icmpv6.rpl.opt.metric.flag.a", "A Field", .uint16, .hex, mask: 0x70),
      Field("icmpv6.rpl.opt.metric.prec", "Precedence field", .uint16, .hex, mask: 0x0f),
    ])
  let length = Field("icmpv6.rpl.opt.metric.length", "Metric Length", .uint8)
  let attributes = FlagFields(
    Field("icmpv6.rpl.opt.metric.nsa.object", "Node State and Attribute Object", .uint16, .hex),
    [
      Field(
        "icmpv6.rpl.opt.metric.nsa.object.reserved", "Reserved field", .uint16, .hex,
        mask: 0xff00),
      Field("icmpv6.rpl.opt.metric.nsa.object.flags", "Flags", .uint16, .hex, mask: 0xfc),
      .flag("icmpv6.rpl.opt.metric.nsa.object.flag.a", "Flag A", 2, of: 16),
      .flag("icmpv6.rpl.opt.metric.nsa.object.flag.o", "Flag O", 1, of: 16),
    ])
  let part = Field(
    "icmpv6.rpl.opt.metric.nsa.object.opttlv.object",
    "Node State and Attribute Optional TLV", .uint8)
  let partType = Field(
    "icmpv6.rpl.opt.metric.nsa.object.opttlv.object.type",
    "Node State and Attribute Optional TLV Type", .uint8)
  let partLength = Field(
    "icmpv6.rpl.opt.metric.nsa.object.opttlv.object.length",
    "Node State and Attribute Optional TLV Length", .uint8)
  let partData = Field(
    "icmpv6.rpl.opt.metric.nsa.object.opttlv.object.data", "Raw Data", .bytes)
  let energy = FlagFields(
    Field("icmpv6.rpl.opt.metric.ne.object", "Node Energy Object", .uint16, .hex),
    [
      Field(
        "icmpv6.rpl.opt.metric.ne.object.flags", "Flags field", .uint16, .hex, mask: 0xf000),
      .flag("icmpv6.rpl.opt.metric.ne.object.flag.i", "Flag I", 0x800, of: 16),
      Field("icmpv6.rpl.opt.metric.ne.object.type", "Type", .uint16, .hex, mask: 0x600),
      .flag("icmpv6.rpl.opt.metric.ne.object.flag.e", "Flag E", 0x100, of: 16),
      Field("icmpv6.rpl.opt.metric.ne.object.energy", "Energy", .uint16, .hex, mask: 0xff),
    ])
  let hops = FlagFields(
    Field("icmpv6.rpl.opt.metric.hp.object", "Hop Count Object", .uint16, .hex),
    [
      Field(
        "icmpv6.rpl.opt.metric.hp.object.reserved", "Reserved field", .uint16, .hex,
        mask: 0xf000),
      Field("icmpv6.rpl.opt.metric.hp.object.flags", "Flags", .uint16, .hex, mask: 0xf00),
      Field("icmpv6.rpl.opt.metric.hp.object.hp", "Hop Count", .uint16, mask: 0xff),
    ])
  let throughput = Field(
    "icmpv6.rpl.opt.metric.lt.object.lt", "Link Throughput", .uint32)
  let latency = Field("icmpv6.rpl.opt.metric.ll.object.ll", "Link Latency", .uint32)
  let qualityReserved = Field(
    "icmpv6.rpl.opt.metric.lql.object.res", "Reserved field", .uint8, .hex, mask: 0xff)
  let quality = FlagFields(
    Field("icmpv6.rpl.opt.metric.lql.object", "Link Quality Level Object", .uint8, .hex),
    [
      Field("icmpv6.rpl.opt.metric.lql.object.val", "Val(ue)", .uint8, .hex, mask: 0xe0),
      Field("icmpv6.rpl.opt.metric.lql.object.counter", "Counter", .uint8, mask: 0x1f),
    ])
  let transmissions = Field("icmpv6.rpl.opt.metric.etx.object.etx", "ETX", .uint16)
  let colorReserved = Field(
    "icmpv6.rpl.opt.metric.lc.object.res", "Reserved field", .uint8, .hex, mask: 0xff)
  let color = Field("icmpv6.rpl.opt.metric.lc.object", "Link Color Object", .none)
  let linkColor = Field(
    "icmpv6.rpl.opt.metric.lc.object.lc", "Link Color", .uint16, .hex, mask: 0xffc0)
  let colorUnused = Field(
    "icmpv6.rpl.opt.metric.lc.object.reserved", "Reserved", .uint16, mask: 0x3e)
  let colorInclude = Field(
    "icmpv6.rpl.opt.metric.lc.object.flag.i", "Flag I", .uint16, mask: 1)
  let unknownMetric = Field(
    "icmpv6.rpl.unknown.metric", "Unknown RPL metric/constraint type", .none)
  let unknownData = Field("icmpv6.unknown_data", "Unknown Data", .bytes)
  let unknownExpert = Field(
    "icmpv6.unknown_data.expert", "Unknown Data (not interpreted)", .none)

  static let fields = Self()
}

import Fields

/// An option of a hop-by-hop or destination options header: its first byte (IANA's IPv6 Parameters).
struct IPv6Option: RawRepresentable, Hashable {
  let rawValue: UInt8

  static let pad1 = Self(rawValue: 0x00)
  static let padN = Self(rawValue: 0x01)
  static let tunnelLimit = Self(rawValue: 0x04)
  static let routerAlert = Self(rawValue: 0x05)
  static let securityLabel = Self(rawValue: 0x07)
  static let duplicateDetection = Self(rawValue: 0x08)
  static let metrics = Self(rawValue: 0x0f)
  static let quickStart = Self(rawValue: 0x26)
  static let pathMTU = Self(rawValue: 0x30)
  static let operations = Self(rawValue: 0x31)
  static let tunnelPayload = Self(rawValue: 0x41)
  static let lowPowerRouting = Self(rawValue: 0x63)
  static let multicastLowPower = Self(rawValue: 0x6d)
  static let endpoint = Self(rawValue: 0x8a)
  static let nonce = Self(rawValue: 0x8b)
  static let lineIdentification = Self(rawValue: 0x8c)
  static let jumbo = Self(rawValue: 0xc2)
  static let homeAddress = Self(rawValue: 0xc9)
  static let depthFirst = Self(rawValue: 0xee)

  static func name(_ number: UInt64) -> String? {
    switch number {
    case 0x00: "Pad1"
    case 0x01: "PadN"
    case 0x04: "Tunnel Encapsulation Limit"
    case 0x05: "Router Alert"
    case 0x07: "CALIPSO"
    case 0x08: "SMF_DPD"
    case 0x0f: "Performance and Diagnostic Metrics"
    case 0x26: "Quick-Start"
    case 0x30: "Path MTU Option"
    case 0x31: "IOAM Option"
    case 0x41: "Tunnel Payload Forwarding (TPF) Information"
    case 0x63: "RPL Option"
    case 0x6d: "MPL Option"
    case 0x8a: "Endpoint Identification"
    case 0x8b: "ILNP Nonce"
    case 0x8c: "Line-Identification Option"
    case 0xc2: "Jumbo Payload"
    case 0xc9: "Home Address"
    case 0xee: "IP_DFF"
    case 0x1e, 0x3e, 0x5e, 0x7e, 0x9e, 0xbe, 0xde, 0xfe:
      "Experimental (0x\(number < 16 ? "0" : "")\(String(number, radix: 16, uppercase: true)))"
    default: nil
    }
  }
  var isExperimental: Bool { rawValue & 0x1f == 0x1e }

  /// The only header that may hold the option; nil where both may.
  var belongsHopByHop: Bool? {
    switch self {
    case .routerAlert, .securityLabel, .duplicateDetection, .quickStart, .pathMTU, .operations,
      .lowPowerRouting, .multicastLowPower, .jumbo, .depthFirst:
      true
    case .tunnelLimit, .metrics, .tunnelPayload, .nonce, .lineIdentification, .homeAddress: false
    default: nil
    }
  }

  /// How long the value must be, or be at least, and what a finding about another length begins with.
  fileprivate var expectedLength: (count: Int, isLeast: Bool, words: String)? {
    switch self {
    case .tunnelLimit: (1, false, "Tunnel Encapsulation Limit: Invalid length")
    case .routerAlert: (2, false, "Router alert: Invalid Length")
    case .securityLabel: (8, true, "CALIPSO: Invalid Length")
    case .metrics: (10, false, "PDM: Invalid length")
    case .quickStart: (6, false, "Quick-Start: Invalid Length")
    case .pathMTU: (4, false, "PMTU Option: Invalid Length")
    case .operations: (2, true, "IOAM Option: Invalid length")
    case .tunnelPayload: (4, false, "TPF: Invalid Length")
    case .lowPowerRouting: (4, true, "RPL Option: Invalid length")
    case .jumbo: (4, false, "Jumbo Payload: Invalid length")
    case .homeAddress: (16, false, "Home Address: Invalid length")
    case .depthFirst: (3, false, "IPv6 DFF: Invalid length")
    default: nil
    }
  }
}

/// One option at its place in the header: fields are read where they belong, whatever length the option says, as
/// far as the packet has bytes.
struct IPv6OptionDescription: ~Escapable {
  private let reader: ByteReader
  private let start: Int

  @_lifetime(copy reader)
  init(_ reader: borrowing ByteReader, at start: Int) {
    self.reader = copy reader
    self.start = start
  }

  /// Returns where the next option begins.
  func describe(
    isHopByHop: Bool, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    let fields = IPv6OptionFields.fields
    let option = IPv6Option(rawValue: try reader.uint8(at: start))
    let length = Int(try reader.uint8(at: start + 1))
    let value = option.rawValue
    let count = option == .pad1 ? 1 : 2 + length
    let top = tree.add(fields.option, .none, at: start, count: count)
    let name = IPv6Option.name(UInt64(value)) ?? "Unknown IPv6 Option (\(value))"
    tree.relabel(top, name)
    tree.open(top)
    defer { tree.close(top) }
    let type = tree.add(fields.type, value, at: start, count: 1)
    if option == .pad1 {
      tree.add(fields.pad1, .none, at: start, count: 1)
      return start + 1
    }
    if let place = option.belongsHopByHop, place != isHopByHop {
      tree.expert(
        fields.mismatch, .warning, .proto,
        "\(name) must use a \(place ? "hop-by-hop" : "destination") options header", under: type)
    }
    tree.open(type)
    tree.add(fields.action, bitsOf: value, at: start, count: 1)
    tree.add(fields.change, bitsOf: value, at: start, count: 1)
    tree.add(fields.rest, bitsOf: value, at: start, count: 1)
    tree.close(type)
    if option == .endpoint {
      tree.expert(fields.deprecated, .note, .deprecated, "Option type is deprecated", under: type)
    }
    let lengthItem = tree.add(fields.length, UInt8(length), at: start + 1, count: 1)
    if let expected = option.expectedLength,
      expected.isLeast ? length < expected.count : length != expected.count
    {
      tree.expert(
        fields.invalidLength, .error, .malformed, "\(expected.words) (\(length) bytes)",
        under: lengthItem)
    }
    let items = Items(option: top, type: type, length: lengthItem)
    let end = try describeValue(option, length, items, context, into: &tree)
    let limit = start + 2 + length
    if end < limit {
      let rest = tree.add(
        fields.unknownData, try reader.part(at: end, limit - end), at: end)
      note(rest, into: &tree)
    }
    return max(end, limit)
  }

  /// The items that findings about an option are under.
  private struct Items {
    let option: FieldIndex, type: FieldIndex, length: FieldIndex
  }

  /// Returns where the description ends.
  private func describeValue(
    _ option: IPv6Option, _ length: Int, _ items: Items, _ context: borrowing DescribeContext,
    into tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    let fields = IPv6OptionFields.fields
    let at = start + 2
    switch option {
    case .padN:
      let item = tree.add(fields.padN, try reader.part(at: at, length), at: at)
      if length == 0 { tree.relabel(item, "PadN: <none>") }
      return at + length
    case .tunnelLimit:
      tree.add(fields.tunnelLimit, try reader.uint8(at: at), at: at, count: 1)
      return at + 1
    case .routerAlert:
      tree.add(fields.routerAlert, try reader.uint16(at: at), at: at, count: 2)
      return at + 2
    case .securityLabel: return try describeSecurityLabel(into: &tree)
    case .duplicateDetection: return try describeDuplicateDetection(length, into: &tree)
    case .metrics:
      tree.add(fields.scaleReceived, try reader.uint8(at: at), at: at, count: 1)
      tree.add(fields.scaleSent, try reader.uint8(at: at + 1), at: at + 1, count: 1)
      for (index, field) in [
        fields.numberOwn, fields.numberReceived, fields.deltaReceived, fields.deltaSent,
      ].enumerated() {
        let place = at + 2 + 2 * index
        tree.add(field, try reader.uint16(at: place), at: place, count: 2)
      }
      return at + 10
    case .quickStart: return try describeQuickStart(items.option, context, into: &tree)
    case .pathMTU:
      tree.add(fields.minimumMTU, try reader.uint16(at: at), at: at, count: 2)
      let reported = try reader.uint16(at: at + 2)
      tree.add(fields.returnMTU, reported & 0xfffe, at: at + 2, count: 2)
      tree.add(fields.returnFlag, reported & 1 == 1, at: at + 3, count: 1)
      return at + 4
    case .operations:
      return try OperationsOption(reader, at: at, length: length)
        .describe(items.length, into: &tree)
    case .tunnelPayload:
      tree.add(fields.tunnelPayload, try reader.uint32(at: at), at: at, count: 4)
      return at + 4
    case .lowPowerRouting:
      tree.add(fields.routingFlags, try reader.uint8(at: at), at: at, count: 1)
      tree.add(fields.routingInstance, try reader.uint8(at: at + 1), at: at + 1, count: 1)
      tree.add(fields.routingRank, try reader.uint16(at: at + 2), at: at + 2, count: 2)
      return at + 4
    case .multicastLowPower: return try describeMulticastLowPower(items.type, into: &tree)
    case .nonce:
      tree.add(fields.nonce, try reader.part(at: at, length), at: at)
      return at + length
    case .lineIdentification:
      let count = Int(try reader.uint8(at: at))
      tree.add(fields.lineLength, UInt8(count), at: at, count: 1)
      let taken = length == 0 ? count : min(count, length - 1)
      let line = try reader.part(at: at + 1, taken)
      tree.add(
        fields.line, line.part(0, line.indices.first { line[$0] == 0 } ?? taken), at: at + 1)
      return at + min(length, 1 + taken)
    case .jumbo:
      let count = try reader.uint32(at: at)
      let item = tree.add(fields.jumbo, count, at: at, count: 4)
      if count < IPv6Packet.leastJumbo {
        tree.expert(
          fields.jumboTruncated, .warning, .proto,
          "Jumbo Payload option present and jumbo length < 65536", under: item)
      }
      if !context.isJumbogram {
        tree.expert(
          fields.jumboProhibited, .warning, .proto,
          "When IPv6 payload length does not equal 0 a Jumbo Payload option must not be present",
          under: items.option)
      }
      return at + 4
    case .homeAddress:
      let address = try reader.ipv6(at: at)
      tree.add(fields.homeAddress, address, at: at, count: 16)
      let destination = context.addresses.destination
      tree.columns.setAddresses({ $0.write(address) }, { $0.write(ipv6: destination) })
      return at + 16
    case .depthFirst:
      tree.add(fields.depthFirstFlags, try reader.uint8(at: at), at: at, count: 1)
      tree.add(fields.depthFirstSequence, try reader.uint16(at: at + 1), at: at + 1, count: 2)
      return at + 3
    case _ where option.isExperimental:
      tree.add(fields.experimental, try reader.part(at: at, length), at: at)
      return at + length
    default:
      let item = tree.add(fields.unknown, try reader.part(at: at, length), at: at)
      note(item, into: &tree)
      return at + length
    }
  }

  private func note(_ item: FieldIndex, into tree: inout FieldBuffer) {
    tree.expert(
      IPv6OptionFields.fields.unknownExpert, .note, .undecoded, "Unknown Data (not interpreted)",
      under: item)
  }

  /// CALIPSO (RFC 5570 5.1).
  private func describeSecurityLabel(into tree: inout FieldBuffer) throws(DecodeError) -> Int {
    let fields = IPv6OptionFields.fields
    let at = start + 2
    tree.add(fields.labelDomain, try reader.uint32(at: at), at: at, count: 4)
    let words = Int(try reader.uint8(at: at + 4))
    tree.add(fields.labelLength, UInt8(words), at: at + 4, count: 1)
    tree.add(fields.labelLevel, try reader.uint8(at: at + 5), at: at + 5, count: 1)
    tree.add(fields.labelChecksum, try reader.uint16(at: at + 6), at: at + 6, count: 2)
    tree.add(fields.labelBitmap, try reader.part(at: at + 8, 4 * words), at: at + 8)
    return at + 8 + 4 * words
  }

  /// Simplified multicast forwarding (RFC 6621 6.1.1).
  private func describeDuplicateDetection(
    _ length: Int, into tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    let fields = IPv6OptionFields.fields
    let at = start + 2
    let first = try reader.uint8(at: at)
    tree.add(fields.hashBit, bitsOf: first, at: at, count: 1)
    if first & 0x80 != 0 {
      tree.add(fields.hashAssist, try reader.part(at: at, max(1, length)), at: at)
      return at + max(1, length)
    }
    let hasTagger = first & 0x70 != 0
    tree.add(fields.taggerType, bitsOf: first, at: at, count: 1)
    tree.add(fields.taggerLength, bitsOf: first, at: at, count: 1)
    var offset = at + 1
    if hasTagger {
      let count = Int(first & 15) + 1
      tree.add(fields.tagger, try reader.part(at: offset, count), at: offset)
      offset += count
    }
    let left = at + length - offset
    guard left > 0 else { return offset }
    tree.add(fields.packetIdentifier, try reader.part(at: offset, left), at: offset)
    return at + length
  }

  /// RFC 4782 3.1.
  private func describeQuickStart(
    _ top: FieldIndex, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    let fields = IPv6OptionFields.fields
    let at = start + 2
    let first = try reader.uint8(at: at)
    tree.add(fields.quickFunction, bitsOf: first, at: at, count: 1)
    let function = first >> 4
    guard function == 0 || function == 8 else { return at }
    let rate = IPv6OptionFields.rateName(UInt64(first & 15)) ?? "Unknown"
    tree.add(fields.quickRate, bitsOf: first, at: at, count: 1)
    tree.note(top, ", \(rate)")
    let second = try reader.uint8(at: at + 1)
    if function == 0 {
      tree.add(fields.quickLifetime, second, at: at + 1, count: 1)
      let difference = context.hopLimit &- second
      tree.add(fields.quickDifference, difference, at: at + 1, count: 1, .generated)
      tree.note(top, ", QS TTL \(second), QS TTL diff \(difference)")
    } else {
      tree.add(fields.quickUnused, second, at: at + 1, count: 1)
    }
    let rest = try reader.uint32(at: at + 2)
    tree.add(fields.quickNonce, bitsOf: rest, at: at + 2, count: 4)
    tree.add(fields.quickReserved, bitsOf: rest, at: at + 2, count: 4)
    return at + 6
  }

  /// RFC 7731 6.1.
  private func describeMulticastLowPower(
    _ type: FieldIndex, into tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    let fields = IPv6OptionFields.fields
    let at = start + 2
    let flags = try reader.uint8(at: at)
    let kind = flags >> 6
    let item = tree.add(fields.seedFlags.whole, flags, at: at, count: 1)
    tree.note(item, ", Seed ID Length: \(IPv6OptionFields.seedName(UInt64(kind)) ?? "")")
    if flags & 0x20 != 0 { tree.note(item, ", Largest Sequence") }
    if flags & 0x10 != 0 { tree.note(item, ", Version") }
    tree.addParts(of: fields.seedFlags, flags, under: item, at: at, count: 1)
    tree.add(fields.seedSequence, try reader.uint8(at: at + 1), at: at + 1, count: 1)
    guard kind > 0 else {
      tree.expert(
        fields.seedIsSource, .comment, .proto, "Seed ID is the IPv6 Source Address", under: type)
      return at + 2
    }
    let count = [0, 2, 8, 16][Int(kind)]
    tree.add(fields.seed, try reader.part(at: at + 2, count), at: at + 2)
    return at + 2 + count
  }
}

import Fields

/// One IPv4 option with its type and length, viewed in place; `describe` checks as it goes.
struct IPv4OptionBody: ~Escapable {
  let reader: ByteReader
  private let option: IPv4Option
  /// Where the option begins in the packet.
  let start: Int

  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ option: IPv4Option, _ packet: Layer, at start: Int) {
    let from = packet.start + start
    reader = ByteReader(
      bytes,
      Layer(
        packet.kind, source: packet.source, start: from, end: from + bytes.count,
        wireEnd: from + bytes.count))
    self.option = option
    self.start = start
  }

  private var bytes: Span<UInt8> {
    @_lifetime(copy self) get { reader.bytes }
  }

  func describe(
    _ name: String, _ shown: Span<UInt8>, timeToLive: UInt8, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = IPv4OptionFields.fields
    if option == .quickStart { try reader.require(3, at: 0) }
    let item = option.describeHead(shown, at: start, into: &tree)
    defer { tree.close(item) }
    tree.note(item, " (\(option.fixedLength ?? bytes.count) bytes)")
    let length = tree.add(fields.length, bytes.count, at: start + 1, count: 1)
    if let wanted = option.fixedLength, bytes.count != wanted {
      tree.expert(
        fields.lengthInvalid, .warning, .proto,
        "\(name) (with option length = \(bytes.count) bytes; should be \(wanted))", under: length)
    }
    switch option {
    case .recordRoute, .looseSourceRoute, .strictSourceRoute: try describeRoute(into: &tree)
    case .timestamp: try describeTimestamps(into: &tree)
    case .routerAlert:
      let value = try reader.uint16(at: 2)
      let words = value == 0 ? "Router shall examine packet" : "Reserved"
      tree.note(item, ": \(words) (\(value))")
      tree.add(fields.alert, value, at: start + 2, count: 2)
    case .mtuProbe, .mtuReply: try addNumber(fields.mtu, at: 2, into: &tree)
    case .streamID: try addNumber(fields.stream, at: 2, into: &tree)
    case .traceroute:
      try addNumber(fields.traceID, at: 2, into: &tree)
      try addNumber(fields.outboundHops, at: 4, into: &tree)
      try addNumber(fields.returnHops, at: 6, into: &tree)
      tree.add(fields.originator, .ipv4(try reader.uint32(at: 8)), at: start + 8, count: 4)
    case .quickStart: try describeQuickStart(item, timeToLive, into: &tree)
    case .selectiveBroadcast: describeBroadcast(into: &tree)
    case .security: try describeSecurity(item, into: &tree)
    case .extendedSecurity:
      tree.add(fields.formatCode, try reader.uint8(at: 2), at: start + 2, count: 1)
      if bytes.count > 3 { tree.add(fields.securityInfo, reader.rest(from: 3), at: start + 3) }
    case .commercialSecurity: try describeCommercialSecurity(into: &tree)
    default: break
    }
  }

  private func addNumber(
    _ field: Field, at offset: Int, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    tree.add(field, try reader.uint16(at: offset), at: start + offset, count: 2)
  }

  private func describeRoute(into tree: inout FieldBuffer) throws(DecodeError) {
    let fields = IPv4OptionFields.fields
    let pointer = Int(try reader.uint8(at: 2))
    let item = tree.add(fields.pointer, pointer, at: start + 2, count: 1)
    if pointer < 4 {
      tree.expert(
        fields.pointerBefore, .warning, .proto, "Pointer points before first address", under: item)
      return
    }
    if pointer & 3 != 0 {
      tree.expert(
        fields.pointerMiddle, .warning, .proto, "Pointer points to middle of address", under: item)
      return
    }
    for place in stride(from: 3, through: bytes.count - 4, by: 4) {
      describeStop(at: place, pointer, into: &tree)
    }
    if (bytes.count - 3) % 4 != 0 {
      tree.expert(
        fields.suboption, .warning, .proto, "Suboption would go past end of option", under: item)
    }
  }

  private func describeStop(at place: Int, _ pointer: Int, into tree: inout FieldBuffer) {
    let fields = IPv4OptionFields.fields
    let address = bytes.uint32(at: place)
    let isLast = place + 4 == bytes.count
    let (own, host): (Field, Field) =
      if place < pointer - 1 {
        (fields.recordedRoute, fields.recordedRouteHost)
      } else if option == .recordRoute {
        (fields.emptyRoute, fields.emptyRouteHost)
      } else if isLast {
        (IPv4Fields.fields.destination, IPv4Fields.fields.destinationHost)
      } else {
        (fields.sourceRoute, fields.sourceRouteHost)
      }
    let isDestination = own.id == IPv4Fields.fields.destination.id
    let at = start + place
    let line = tree.add(own, .ipv4(address), at: at, count: 4)
    if place == pointer - 1, !isDestination { tree.note(line, " <- (next)") }
    if isDestination {
      tree.add(IPv4Fields.fields.address, .ipv4(address), at: at, count: 4, .hidden)
    }
    tree.add(host, at: at, count: 4, [.hidden, .generated]) { $0.write(ipv4: address) }
    if isDestination {
      tree.add(IPv4Fields.fields.host, at: at, count: 4, [.hidden, .generated]) {
        $0.write(ipv4: address)
      }
    }
  }

  private func describeTimestamps(into tree: inout FieldBuffer) throws(DecodeError) {
    let fields = IPv4OptionFields.fields
    let pointer = try reader.uint8(at: 2)
    let item = tree.add(fields.pointer, pointer, at: start + 2, count: 1)
    switch pointer {
    case 1: tree.note(item, " (header is full)")
    case 0..<5: tree.note(item, " (points before first address)")
    case _ where pointer & 3 != 1: tree.note(item, " (points to middle of field)")
    default: break
    }
    let flags = try reader.uint8(at: 3)
    tree.add(fields.overflow, bitsOf: flags, at: start + 3, count: 1)
    tree.add(fields.flag, bitsOf: flags, at: start + 3, count: 1)
    let hasAddresses = flags & 15 == 1 || flags & 15 == 3
    let step = hasAddresses ? 8 : 4
    var place = 4
    while place < bytes.count {
      guard place + step <= bytes.count else {
        let words = "Suboption would go past end of option"
        let item = tree.addText(words, at: start + place, count: bytes.count - place)
        tree.expert(fields.suboption, .warning, .proto, words, under: item)
        break
      }
      let at = start + place
      if hasAddresses {
        tree.add(fields.stampAddress, .ipv4(bytes.uint32(at: place)), at: at, count: 4)
      }
      tree.add(fields.stamp, bytes.uint32(at: place + step - 4), at: at + step - 4, count: 4)
      place += step
    }
  }

  private func describeQuickStart(
    _ item: FieldIndex, _ timeToLive: UInt8, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = IPv4OptionFields.fields
    let first = try reader.uint8(at: 2)
    let (function, rate) = (UInt64(first >> 4), UInt64(first & 15))
    tree.note(
      item,
      ": \(IPv4OptionFields.functionName(function) ?? "Unknown (\(function))") (\(function))")
    tree.add(fields.function, bitsOf: first, at: start + 2, count: 1)
    guard IPv4OptionFields.functionName(function) != nil else { return }
    tree.add(fields.rate, bitsOf: first, at: start + 2, count: 1)
    let isRequest = function == 0
    let second = try reader.uint8(at: 3)
    let difference = timeToLive &- second
    tree.note(item) {
      $0.write(", ")
      $0.write(IPv4OptionFields.rateName(rate) ?? "Unknown")
      if isRequest { $0.write(", QS TTL \(second), QS TTL diff \(difference)") }
    }
    if isRequest {
      tree.add(fields.quickTTL, second, at: start + 3, count: 1)
      tree.add(fields.quickDifference, difference, at: start + 3, count: 1, .generated)
    } else {
      tree.add(fields.quickUnused, second, at: start + 3, count: 1)
    }
    let nonce = try reader.uint32(at: 4)
    tree.add(fields.nonce, bitsOf: nonce, at: start + 4, count: 4)
    tree.add(fields.nonceReserved, bitsOf: nonce, at: start + 4, count: 4)
  }

  private func describeBroadcast(into tree: inout FieldBuffer) {
    let fields = IPv4OptionFields.fields
    for place in stride(from: 2, through: bytes.count - 4, by: 4) {
      tree.add(fields.broadcast, .ipv4(bytes.uint32(at: place)), at: start + place, count: 4)
    }
    let rest = reader.rest(from: 2 + (bytes.count - 2) / 4 * 4)
    if !rest.isEmpty {
      tree.add(fields.padding, rest, at: start + bytes.count - rest.count)
    }
  }
}

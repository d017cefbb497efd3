import Fields

/// The options of neighbour discovery (RFC 4861 section 4.6), each a type, a length in eights of bytes, and its value.
struct ICMPv6Options: ~Escapable {
  let reader: ByteReader
  private let start: Int

  @_lifetime(copy reader)
  init(_ reader: borrowing ByteReader, at start: Int) {
    self.reader = copy reader
    self.start = start
  }

  func describe(_ messageType: UInt8, into tree: inout FieldBuffer) throws(DecodeError) {
    var offset = start
    while offset < reader.count {
      guard let next = try describeOption(at: offset, messageType, into: &tree) else { return }
      offset = next
    }
  }

  /// Returns where the next option begins; nil where none can follow.
  ///
  /// Fields are read where they belong, whatever length the option says; what they leave of it is shown as it is.
  private func describeOption(
    at offset: Int, _ messageType: UInt8, into tree: inout FieldBuffer
  ) throws(DecodeError) -> Int? {
    let fields = ICMPv6OptionFields.fields
    try reader.require(2, at: offset)
    let (kind, units) = (reader.bytes[offset], reader.bytes[offset + 1])
    let end = offset + 8 * Int(units)
    let top = tree.add(fields.option, .none, at: offset, count: end - offset)
    tree.note(top, " (\(ICMPv6OptionFields.name(UInt64(kind)) ?? "Unknown \(kind)")")
    tree.open(top)
    defer { tree.close(top) }
    tree.add(fields.type, kind, at: offset, count: 1)
    let length = tree.add(fields.length, units, at: offset + 1, count: 1)
    tree.note(length, " (\(8 * Int(units)) bytes)")
    guard units > 0 else {
      tree.expert(
        fields.invalidLength, .error, .malformed, "Invalid option length (Zero)", under: length)
      return nil
    }
    let place = Place(start: offset, end: end, units: Int(units), top: top, length: length)
    guard let read = try describeValue(of: kind, place, messageType, into: &tree) else {
      tree.expert(
        fields.undecoded, .note, .undecoded,
        "Dissector for ICMPv6 Option (\(kind)) code not implemented, "
          + "Contact Wireshark developers if you want this supported", under: top)
      tree.open(top)
      tree.add(fields.data, try reader.part(at: offset + 2, end - offset - 2), at: offset + 2)
      tree.note(top, ")")
      return end
    }
    if read < end {
      let rest = tree.add(
        RoutingMetricFields.fields.unknownData, try reader.part(at: read, end - read), at: read)
      tree.expert(
        RoutingMetricFields.fields.unknownExpert, .error, .malformed,
        "Unknown Data (not interpreted)", under: rest)
    }
    tree.note(top, ")")
    return end
  }

  /// An option, and the items that findings about it are under.
  struct Place {
    let start: Int, end: Int, units: Int
    let top: FieldIndex, length: FieldIndex

    /// Where the value begins.
    var value: Int { start + 2 }
  }

  /// Returns where the description ends; nil for an option that is not known.
  private func describeValue(
    of kind: UInt8, _ place: Place, _ messageType: UInt8, into tree: inout FieldBuffer
  ) throws(DecodeError) -> Int? {
    let fields = ICMPv6OptionFields.fields
    let at = place.value
    switch kind {
    case 1, 2: try describeLinkAddress(place, kind, into: &tree)
    case 3: return try describePrefix(place, into: &tree)
    case 4:
      try addReserved(6, at: at, into: &tree)
      if place.units > 1 {
        tree.add(fields.redirectedPacket, .none, at: at + 6, count: place.end - at - 6)
        try reader.require(place.end - at - 6, at: at + 6)
      }
    case 5:
      try addReserved(2, at: at, into: &tree)
      let mtu = try reader.uint32(at: at + 2)
      tree.add(fields.mtu, mtu, at: at + 2, count: 4)
      tree.note(place.top, " : \(mtu)")
      return at + 6
    case 6:
      let limit = try reader.uint8(at: at)
      tree.add(fields.shortcutLimit, limit, at: at, count: 1)
      tree.note(place.top, " : \(limit)")
      try addReserved(1, at: at + 1, into: &tree)
      try addReserved(4, at: at + 2, into: &tree)
      return at + 5
    case 7:
      try addReserved(2, at: at, into: &tree)
      let interval = try reader.uint32(at: at + 2)
      tree.add(fields.interval, interval, at: at + 2, count: 4)
      tree.note(place.top, " : \(interval)")
      return at + 6
    case 8:
      try addReserved(2, at: at, into: &tree)
      tree.add(fields.agentPreference, try reader.uint16(at: at + 2), at: at + 2, count: 2)
      tree.add(fields.agentLifetime, try reader.uint16(at: at + 4), at: at + 4, count: 2)
      return at + 6
    case 9, 10:
      try addReserved(6, at: at, into: &tree)
      return try describeAddresses(fields.address, from: at + 6, place, into: &tree)
    case 14: tree.add(fields.nonce, try reader.part(at: at, place.end - at), at: at)
    case 24: return try describeRoute(place, into: &tree)
    case 25:
      try addReserved(2, at: at, into: &tree)
      describe(
        lifetime: try reader.uint32(at: at + 2), fields.serverLifetime, at: at + 2,
        zero: "RDNSS address MUST no longer be used", into: &tree)
      return try describeAddresses(fields.server, from: at + 6, place, into: &tree)
    case 31: try describeSearchList(place, into: &tree)
    case 26: return try describeFlags(place, into: &tree)
    case 11...13, 15, 16, 32: return try describeSecure(kind, place, into: &tree)
    case 17...20, 23, 27...30: return try describeHandover(kind, place, into: &tree)
    case 33...38: return try describeLowPower(kind, place, into: &tree)
    default: return nil
    }
    return place.end
  }

  func addReserved(
    _ count: Int, at offset: Int, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    try reader.require(count, at: offset)
    tree.add(ICMPv6OptionFields.fields.reserved, .none, at: offset, count: count)
  }

  private func describeAddresses(
    _ field: Field, from start: Int, _ place: Place, into tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    for offset in stride(from: start, to: place.end, by: 16) {
      let address = try reader.ipv6(at: offset)
      tree.add(field, address, at: offset, count: 16)
      tree.note(place.top) {
        $0.write(" ")
        $0.write(address)
      }
    }
    return place.end
  }

  private func describeLinkAddress(
    _ place: Place, _ kind: UInt8, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = ICMPv6OptionFields.fields
    let at = place.value
    let bytes = try reader.part(at: at, place.end - at)
    let side = kind == 1 ? fields.sourceLink : fields.targetLink
    let words = kind == 1 ? " from " : " is at "
    if bytes.count == 6 {
      let address = bytes.uint48(at: 0)
      tree.add(fields.link.address, mac: address, at: at)
      tree.add(side.address, mac: address, at: at, .hidden)
      tree.note(place.top) {
        $0.write(" : ")
        $0.write(ether: address)
      }
      tree.columns.info.write(words)
      tree.columns.info.write(ether: address)
    } else if bytes.count == 14, bytes.uint48(at: 8) == 0 {
      // Networks of IEEE 802.15.4 have longer addresses (RFC 4944 8).
      let address = bytes.part(0, 8)
      tree.add(fields.link.long, eui64: address, at: at)
      tree.add(side.long, eui64: address, at: at, .hidden)
      tree.add(fields.link.address, address, at: at, .hidden)
      tree.add(side.address, address, at: at, .hidden)
      tree.add(fields.padding, .none, at: at + 8, count: 6)
      var text = TextBuffer()
      text.write(ether: address.uint48(at: 0))
      for index in 6..<8 {
        text.write(":")
        text.write(hexByte: address[index])
      }
      tree.note(place.top, " : \(text.string)")
      tree.columns.info.write(words + text.string)
    } else {
      tree.add(fields.link.address, bytes, at: at)
      tree.add(side.address, bytes, at: at, .hidden)
    }
  }

  private func describePrefix(
    _ place: Place, into tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    let fields = ICMPv6OptionFields.fields
    let at = place.value
    let length = try reader.uint8(at: at)
    tree.add(fields.prefixLength, length, at: at, count: 1)
    tree.add(fields.prefixFlags, try reader.uint8(at: at + 1), at: at + 1, count: 1)
    tree.add(lifetime: try reader.uint32(at: at + 2), fields.validLifetime, at: at + 2)
    tree.add(lifetime: try reader.uint32(at: at + 6), fields.preferredLifetime, at: at + 6)
    try addReserved(4, at: at + 10, into: &tree)
    let prefix = try reader.ipv6(at: at + 14)
    tree.add(fields.prefix, prefix, at: at + 14, count: 16)
    tree.note(place.top) {
      $0.write(" : ")
      $0.write(prefix)
      $0.write("/\(length)")
    }
    return at + 30
  }

  private func describeRoute(
    _ place: Place, into tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    let fields = ICMPv6OptionFields.fields
    let at = place.value
    let length = try reader.uint8(at: at)
    tree.add(fields.prefixLength, length, at: at, count: 1)
    let flags = try reader.uint8(at: at + 1)
    let preference = routerPreferenceName(UInt64(flags >> 3 & 3)) ?? ""
    let item = tree.add(fields.routeFlags.whole, flags, at: at + 1, count: 1)
    tree.note(item, ", Route Preference: \(preference)")
    tree.addParts(of: fields.routeFlags, flags, under: item, at: at + 1, count: 1)
    tree.note(place.top, " : \(preference)")
    tree.add(lifetime: try reader.uint32(at: at + 2), fields.routeLifetime, at: at + 2)
    guard place.units < 4 else { return at + 6 }
    let count = 8 * (place.units - 1)
    let prefix = try reader.ipv6Prefix(at: at + 6, count)
    if count > 0 { tree.add(fields.prefix, prefix, at: at + 6, count: count) }
    tree.note(place.top) {
      $0.write(" ")
      $0.write(prefix)
      $0.write("/\(length)")
    }
    return at + 6 + count
  }

  private func describeSearchList(
    _ place: Place, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = ICMPv6OptionFields.fields
    let at = place.value
    try addReserved(2, at: at, into: &tree)
    describe(
      lifetime: try reader.uint32(at: at + 2), fields.searchLifetime, at: at + 2,
      zero: "DNSSL domain name MUST no longer be used", into: &tree)
    var position = at + 6
    while position < place.end {
      if try reader.uint8(at: position) == 0 {
        tree.add(fields.padding, .none, at: position, count: place.end - position)
        return
      }
      let name = try DomainName(in: reader.bytes, at: position, base: position, reader)
      tree.add(fields.searchName, name.text, at: position, count: name.length)
      tree.note(place.top, " \(name.text)")
      position += max(1, name.length)
    }
  }

  private func describe(
    lifetime: UInt32, _ field: Field, at offset: Int, zero: String, into tree: inout FieldBuffer
  ) {
    if lifetime == 0 {
      let item = tree.add(field, lifetime, at: offset, count: 4)
      tree.relabel(item, "\(field.label): \(zero) (0)")
    } else {
      tree.add(lifetime: lifetime, field, at: offset)
    }
  }

  /// RFC 5175.
  private func describeFlags(
    _ place: Place, into tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    let fields = ICMPv6OptionFields.fields
    let flags = try reader.uint16(at: place.value)
    let item = tree.add(fields.moreFlags.whole, flags, at: place.value, count: 2)
    tree.note(item) {
      if flags & 0x8000 != 0 { $0.write(", Managed address configuration") }
      if flags & 0x4000 != 0 { $0.write(", Other configuration") }
      if flags & 0x2000 != 0 { $0.write(", Home Agent") }
      $0.write(", Prf (Default Router Preference): ")
      $0.write(routerPreferenceName(UInt64(flags >> 11 & 3)) ?? "")
      if flags & 0x400 != 0 { $0.write(", Proxy") }
    }
    tree.addParts(of: fields.moreFlags, flags, under: item, at: place.value, count: 2)
    try addReserved(4, at: place.value + 2, into: &tree)
    return place.value + 6
  }
}

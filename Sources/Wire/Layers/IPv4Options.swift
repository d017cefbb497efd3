import Fields

/// An IPv4 option: its first byte (RFC 791 3.1; IANA's IP Option Numbers).
struct IPv4Option: RawRepresentable, Hashable {
  let rawValue: UInt8

  static let end = Self(rawValue: 0)
  static let noOperation = Self(rawValue: 1)
  static let recordRoute = Self(rawValue: 7)
  static let mtuProbe = Self(rawValue: 11)
  static let mtuReply = Self(rawValue: 12)
  static let quickStart = Self(rawValue: 25)
  static let timestamp = Self(rawValue: 68)
  static let traceroute = Self(rawValue: 82)
  static let security = Self(rawValue: 130)
  static let looseSourceRoute = Self(rawValue: 131)
  static let extendedSecurity = Self(rawValue: 133)
  static let commercialSecurity = Self(rawValue: 134)
  static let streamID = Self(rawValue: 136)
  static let strictSourceRoute = Self(rawValue: 137)
  static let routerAlert = Self(rawValue: 148)
  static let selectiveBroadcast = Self(rawValue: 149)

  var isSourceRoute: Bool { self == .looseSourceRoute || self == .strictSourceRoute }

  /// The lengths that the option may have.
  var lengths: ClosedRange<Int>? {
    switch self {
    case .recordRoute, .looseSourceRoute, .strictSourceRoute: 3...255
    case .mtuProbe, .mtuReply, .streamID, .routerAlert: 4...4
    case .quickStart: 8...8
    case .timestamp: 5...255
    case .traceroute: 12...12
    case .security: 3...255
    case .extendedSecurity: 3...255
    case .commercialSecurity: 3...255
    case .selectiveBroadcast: 2...255
    default: nil
    }
  }
  var field: Field? {
    let fields = IPv4OptionFields.fields
    return switch self {
    case .end: fields.end
    case .noOperation: fields.noOperation
    case .recordRoute: fields.recordRoute
    case .mtuProbe: fields.mtuProbe
    case .mtuReply: fields.mtuReply
    case .quickStart: fields.quickStart
    case .timestamp: fields.timestamp
    case .traceroute: fields.traceroute
    case .security: fields.security
    case .looseSourceRoute: fields.looseSourceRoute
    case .extendedSecurity: fields.extendedSecurity
    case .commercialSecurity: fields.commercialSecurity
    case .streamID: fields.streamID
    case .strictSourceRoute: fields.strictSourceRoute
    case .routerAlert: fields.routerAlert
    case .selectiveBroadcast: fields.selectiveBroadcast
    default: nil
    }
  }
  /// The option's name, without the words that all labels begin with.
  var name: String? {
    field.map { String($0.label.dropFirst("IP Option - ".count)) }
  }
}

extension IPv4Packet {
  /// Where a source-routed packet goes in the end, as long as it is on its way.
  var lastStop: UInt32? {
    var at = Self.minimumHeaderLength
    while at < headerLength {
      let option = IPv4Option(rawValue: bytes[at])
      if option == .end { return nil }
      if option == .noOperation {
        at += 1
        continue
      }
      guard at + 1 < headerLength, bytes[at + 1] >= 2 else { return nil }
      let length = Int(bytes[at + 1])
      guard at + length <= headerLength else { return nil }
      if option.isSourceRoute, length >= 7 {
        let isUnderWay = Int(bytes[at + 2]) < length
        return isUnderWay ? bytes.uint32(at: at + length - 4 - (length - 3) % 4) : nil
      }
      at += length
    }
    return nil
  }
}

extension Span<UInt8> {
  /// Describes the options; `self` is all of them.
  func describeIPv4Options(_ packet: borrowing IPv4Packet, into tree: inout FieldBuffer) {
    let start = IPv4Packet.minimumHeaderLength
    let top = tree.addText("Options: (\(count) bytes)", at: start, count: count)
    tree.open(top)
    var at = 0
    while at < count {
      let option = IPv4Option(rawValue: self[at])
      if option == .end || option == .noOperation {
        let item = describeOptionHead(option, part(at, at + 1), at: start + at, into: &tree)
        tree.close(item)
        at += 1
        if option == .end { break }
        continue
      }
      let name = option.name ?? "Unknown (0x\(String(option.rawValue, radix: 16)))"
      guard at + 1 < count else {
        addInvalid("\(name) (length byte past end of options)", at: start + at, into: &tree)
        break
      }
      let length = Int(self[at + 1])
      if length < 2 {
        let unit = length == 1 ? "byte" : "bytes"
        addInvalid(
          "\(name) (with too-short option length = \(length) \(unit))", at: start + at, into: &tree)
        break
      }
      if at + length > count {
        addInvalid(
          "\(name) (option length = \(length) bytes says option goes past end of options)",
          at: start + at, into: &tree)
        break
      }
      let body = part(at, at + length)
      if option.lengths == nil {
        tree.addText("\(name) (\(length) bytes)", at: start + at, count: length)
      } else {
        tree.note(top, ", \(name)")
        body.describe(option, name, at: start + at, packet, into: &tree)
      }
      at +=
        option.lengths?.lowerBound == option.lengths?.upperBound
        ? option.lengths?.lowerBound ?? length : length
    }
    tree.close(top)
  }

  private func addInvalid(_ words: String, at: Int, into tree: inout FieldBuffer) {
    let item = tree.addText(words, at: at, count: count)
    tree.expert(IPv4OptionFields.fields.lengthInvalid, .warning, .proto, words, under: item)
  }

  private func describeOptionHead(
    _ option: IPv4Option, _ own: Span<UInt8>, at: Int, into tree: inout FieldBuffer
  ) -> FieldIndex {
    let fields = IPv4OptionFields.fields
    guard let field = option.field else { return .none }
    let item = tree.add(field, own, at: at)
    tree.relabel(item, field.label)
    tree.open(item)
    let type = tree.add(fields.type, option.rawValue, at: at, count: 1)
    tree.open(type)
    tree.add(fields.copied, bitsOf: option.rawValue, at: at, count: 1)
    tree.add(fields.optionClass, bitsOf: option.rawValue, at: at, count: 1)
    tree.add(fields.number, bitsOf: option.rawValue, at: at, count: 1)
    tree.close(type)
    return item
  }

  /// Describes one option; `self` is its bytes.
  private func describe(
    _ option: IPv4Option, _ name: String, at: Int, _ packet: borrowing IPv4Packet,
    into tree: inout FieldBuffer
  ) {
    let fields = IPv4OptionFields.fields
    let lengths = option.lengths ?? 2...255
    let shown = lengths.count == 1 ? lengths.lowerBound : count
    let item = describeOptionHead(option, part(0, shown), at: at, into: &tree)
    tree.note(item, " (\(shown) bytes)")
    let length = tree.add(fields.length, count, at: at + 1, count: 1)
    if !lengths.contains(count) {
      let wanted = lengths.count == 1 ? "should be " : "should be >= "
      tree.expert(
        fields.lengthInvalid, .warning, .proto,
        "\(name) (with option length = \(count) bytes; \(wanted)\(lengths.lowerBound))",
        under: length)
    }
    if count >= lengths.lowerBound {
      switch option {
      case .recordRoute, .looseSourceRoute, .strictSourceRoute:
        describeRoute(option, at: at, into: &tree)
      case .timestamp: describeTimestamps(at: at, into: &tree)
      case .routerAlert:
        let value = uint16(at: 2)
        let words = value == 0 ? "Router shall examine packet" : "Reserved"
        tree.note(item, ": \(words) (\(value))")
        tree.add(fields.alert, value, at: at + 2, count: 2)
      case .mtuProbe, .mtuReply: tree.add(fields.mtu, uint16(at: 2), at: at + 2, count: 2)
      case .streamID: tree.add(fields.stream, uint16(at: 2), at: at + 2, count: 2)
      case .traceroute:
        tree.add(fields.traceID, uint16(at: 2), at: at + 2, count: 2)
        tree.add(fields.outboundHops, uint16(at: 4), at: at + 4, count: 2)
        tree.add(fields.returnHops, uint16(at: 6), at: at + 6, count: 2)
        tree.add(fields.originator, .ipv4(uint32(at: 8)), at: at + 8, count: 4)
      case .quickStart: describeQuickStart(item, at: at, packet, into: &tree)
      case .selectiveBroadcast:
        for place in stride(from: 2, through: count - 4, by: 4) {
          tree.add(fields.broadcast, .ipv4(uint32(at: place)), at: at + place, count: 4)
        }
        let rest = part(2 + (count - 2) / 4 * 4, count)
        if !rest.isEmpty { tree.add(fields.padding, rest, at: at + count - rest.count) }
      case .security: describeSecurity(at: at, into: &tree)
      case .extendedSecurity:
        tree.add(fields.formatCode, self[2], at: at + 2, count: 1)
        if count > 3 { tree.add(fields.securityInfo, part(3, count), at: at + 3) }
      case .commercialSecurity: describeCommercialSecurity(at: at, into: &tree)
      default: break
      }
    }
    tree.close(item)
  }

  private func describeRoute(_ option: IPv4Option, at: Int, into tree: inout FieldBuffer) {
    let fields = IPv4OptionFields.fields
    let pointer = Int(self[2])
    let item = tree.add(fields.pointer, pointer, at: at + 2, count: 1)
    if pointer < 4 {
      tree.expert(
        fields.pointerBefore, .warning, .proto, "Pointer points before first address", under: item)
    } else if pointer & 3 != 0 {
      tree.expert(
        fields.pointerMiddle, .warning, .proto, "Pointer points to middle of address", under: item)
    }
    for place in stride(from: 3, through: count - 4, by: 4) {
      let address = uint32(at: place)
      let isLast = place + 8 > count
      let (own, host): (Field, Field) =
        if option == .recordRoute {
          place < pointer - 1
            ? (fields.recordedRoute, fields.recordedRouteHost)
            : (fields.emptyRoute, fields.emptyRouteHost)
        } else if place < pointer - 1 {
          (fields.recordedRoute, fields.recordedRouteHost)
        } else if isLast {
          (IPv4Fields.fields.destination, IPv4Fields.fields.destinationHost)
        } else {
          (fields.sourceRoute, fields.sourceRouteHost)
        }
      let isDestination = own.id == IPv4Fields.fields.destination.id
      let line = tree.add(own, .ipv4(address), at: at + place, count: 4)
      if place == pointer - 1, !isDestination { tree.note(line, " <- (next)") }
      if isDestination {
        tree.add(IPv4Fields.fields.address, .ipv4(address), at: at + place, count: 4, .hidden)
      }
      tree.add(host, at: at + place, count: 4, [.hidden, .generated]) { $0.write(ipv4: address) }
      if isDestination {
        tree.add(IPv4Fields.fields.host, at: at + place, count: 4, [.hidden, .generated]) {
          $0.write(ipv4: address)
        }
      }
    }
  }

  private func describeTimestamps(at: Int, into tree: inout FieldBuffer) {
    let fields = IPv4OptionFields.fields
    tree.add(fields.pointer, self[2], at: at + 2, count: 1)
    tree.add(fields.overflow, bitsOf: self[3], at: at + 3, count: 1)
    tree.add(fields.flag, bitsOf: self[3], at: at + 3, count: 1)
    let hasAddresses = self[3] & 15 == 1 || self[3] & 15 == 3
    let step = hasAddresses ? 8 : 4
    var place = 4
    while place < count {
      guard place + step <= count else {
        let words = "Suboption would go past end of option"
        let item = tree.addText(words, at: at + place, count: count - place)
        tree.expert(fields.suboption, .warning, .proto, words, under: item)
        break
      }
      if hasAddresses {
        tree.add(fields.stampAddress, .ipv4(uint32(at: place)), at: at + place, count: 4)
      }
      tree.add(fields.stamp, uint32(at: place + step - 4), at: at + place + step - 4, count: 4)
      place += step
    }
  }

  private func describeQuickStart(
    _ item: FieldIndex, at: Int, _ packet: borrowing IPv4Packet, into tree: inout FieldBuffer
  ) {
    let fields = IPv4OptionFields.fields
    let (function, rate) = (UInt64(self[2] >> 4), UInt64(self[2] & 15))
    let difference = packet.timeToLive &- self[3]
    tree.note(
      item,
      ": \(IPv4OptionFields.functionName(function) ?? "Unknown") (\(function)), "
        + "\(IPv4OptionFields.rateName(rate) ?? "Unknown"), QS TTL \(self[3]), "
        + "QS TTL diff \(difference)")
    tree.add(fields.function, bitsOf: self[2], at: at + 2, count: 1)
    tree.add(fields.rate, bitsOf: self[2], at: at + 2, count: 1)
    tree.add(fields.quickTTL, self[3], at: at + 3, count: 1)
    tree.add(fields.quickDifference, difference, at: at + 3, count: 1, .generated)
    tree.add(fields.nonce, bitsOf: uint32(at: 4), at: at + 4, count: 4)
    tree.add(fields.nonceReserved, bitsOf: uint32(at: 4), at: at + 4, count: 4)
  }

  private func describeSecurity(at: Int, into tree: inout FieldBuffer) {
    let fields = IPv4OptionFields.fields
    guard count >= 11 else {
      tree.add(fields.classification, self[2], at: at + 2, count: 1)
      return
    }
    tree.add(fields.securityLevel, uint16(at: 2), at: at + 2, count: 2)
    tree.add(fields.compartments, uint16(at: 4), at: at + 4, count: 2)
    tree.add(fields.restrictions, part(6, 8).untilZero, at: at + 6)
    tree.add(fields.controlCode, part(8, 11).untilZero, at: at + 8)
  }

  private func describeCommercialSecurity(at: Int, into tree: inout FieldBuffer) {
    let fields = IPv4OptionFields.fields
    guard count >= 6 else { return }
    tree.add(fields.interpretation, uint32(at: 2), at: at + 2, count: 4)
    if count > 6 { tree.add(fields.tagType, self[6], at: at + 6, count: 1) }
  }
}

/// The fields of IPv4 options.
struct IPv4OptionFields: FieldSet {
  let end = Field("ip.options.eol", "IP Option - End of Options List (EOL)", .bytes)
  let noOperation = Field("ip.options.nop", "IP Option - No-Operation (NOP)", .bytes)
  let security = Field("ip.options.security", "IP Option - Security", .bytes)
  let looseSourceRoute = Field("ip.options.route", "IP Option - Loose Source Route", .bytes)
  let timestamp = Field("ip.options.timestamp", "IP Option - Time Stamp", .bytes)
  let extendedSecurity = Field(
    "ip.options.ext_security", "IP Option - Extended Security", .bytes)
  let commercialSecurity = Field("ip.options.cipso", "IP Option - Commercial Security", .bytes)
  let recordRoute = Field("ip.options.record_route", "IP Option - Record Route", .bytes)
  let streamID = Field("ip.options.sid", "IP Option - Stream ID", .bytes)
  let strictSourceRoute = Field(
    "ip.options.source_route", "IP Option - Strict Source Route", .bytes)
  let mtuProbe = Field("ip.options.mtu_probe", "IP Option - MTU Probe", .bytes)
  let mtuReply = Field("ip.options.mtu_reply", "IP Option - MTU Reply", .bytes)
  let traceroute = Field("ip.options.traceroute", "IP Option - Traceroute", .bytes)
  let routerAlert = Field("ip.options.routeralert", "IP Option - Router Alert", .bytes)
  let selectiveBroadcast = Field(
    "ip.options.sdb", "IP Option - Selective Directed Broadcast", .bytes)
  let quickStart = Field("ip.options.qs", "IP Option - Quick-Start", .bytes)
  let type = Field("ip.opt.type", "Type", .uint8)
  let copied = Field(
    "ip.opt.type.copy", "Copy on fragmentation", .boolean, .natural, .yesNo, mask: 0x80)
  let optionClass = Field(
    "ip.opt.type.class", "Class", .uint8, .natural,
    .names { ["Control", nil, "Debugging and measurement", nil][Int($0 & 3)] ?? "Reserved" },
    mask: 0x60)
  let number = Field(
    "ip.opt.type.number", "Number", .uint8, .natural,
    .names { IPv4OptionFields.numberName($0) }, mask: 0x1f)
  let length = Field("ip.opt.len", "Length", .uint8)
  let pointer = Field("ip.opt.ptr", "Pointer", .uint8)
  let recordedRoute = Field("ip.rec_rt", "Recorded Route", .ipv4)
  let recordedRouteHost = Field("ip.rec_rt_host", "Recorded Route Host", .string)
  let sourceRoute = Field("ip.src_rt", "Source Route", .ipv4)
  let sourceRouteHost = Field("ip.src_rt_host", "Source Route Host", .string)
  let emptyRoute = Field("ip.empty_rt", "Empty Route", .ipv4)
  let emptyRouteHost = Field("ip.empty_rt_host", "Empty Route Host", .string)
  let overflow = Field("ip.opt.overflow", "Overflow", .uint8, mask: 0xf0)
  let flag = Field(
    "ip.opt.flag", "Flag", .uint8, .hex,
    .names {
      switch $0 {
      case 0: "Time stamps only"
      case 1: "Time stamp and address"
      case 3: "Time stamps for prespecified addresses"
      default: nil
      }
    }, mask: 0x0f)
  let stamp = Field("ip.opt.time_stamp", "Time stamp", .uint32)
  let stampAddress = Field("ip.opt.time_stamp_addr", "Address", .ipv4)
  let alert = Field(
    "ip.opt.ra", "Router Alert", .uint16, .natural,
    .names { $0 == 0 ? "Router shall examine packet" : "Reserved" })
  let mtu = Field("ip.opt.mtu", "MTU", .uint16)
  let stream = Field("ip.opt.sid", "Stream Identifier", .uint16)
  let traceID = Field("ip.opt.id_number", "ID Number", .uint16)
  let outboundHops = Field("ip.opt.ohc", "Outbound Hop Count", .uint16)
  let returnHops = Field("ip.opt.rhc", "Return Hop Count", .uint16)
  let originator = Field("ip.opt.originator", "Originator IP Address", .ipv4)
  let broadcast = Field("ip.opt.addr", "IP Address", .ipv4)
  let padding = Field("ip.opt.padding", "Padding", .bytes)
  let function = Field(
    "ip.opt.qs_func", "Function", .uint8, .natural,
    .names { IPv4OptionFields.functionName($0) }, mask: 0xf0)
  let rate = Field(
    "ip.opt.qs_rate", "Rate", .uint8, .natural, .names { IPv4OptionFields.rateName($0) },
    mask: 0x0f)
  let quickTTL = Field("ip.opt.qs_ttl", "QS TTL", .uint8)
  let quickDifference = Field("ip.opt.qs_ttl_diff", "TTL Diff", .uint8)
  let nonce = Field("ip.opt.qs_nonce", "QS Nonce", .uint32, .hex, mask: 0xffff_fffc)
  let nonceReserved = Field("ip.opt.qs_reserved", "Reserved", .uint32, .hex, mask: 0x03)
  let securityLevel = Field(
    "ip.opt.sec_rfc791_sec", "Security", .uint16, .hex,
    .names { IPv4OptionFields.securityName($0) })
  let compartments = Field("ip.opt.sec_rfc791_comp", "Compartments", .uint16)
  let restrictions = Field("ip.opt.sec_rfc791_hr", "Handling Restrictions", .string)
  let controlCode = Field("ip.opt.sec_rfc791_tcc", "Transmission Control Code", .string)
  let classification = Field("ip.opt.sec_cl", "Classification Level", .uint8, .hex)
  let formatCode = Field(
    "ip.opt.ext_sec_add_sec_info_format_code", "Additional Security Info Format Code", .uint8,
    .hex)
  let securityInfo = Field(
    "ip.opt.ext_sec_add_sec_info", "Additional Security Info", .bytes)
  let interpretation = Field("ip.cipso.doi", "DOI", .uint32)
  let tagType = Field(
    "ip.cipso.tag_type", "Tag Type", .uint8, .natural, .names { $0 == 0 ? "Padding" : nil })
  let lengthInvalid = Field("ip.opt.len.invalid", "Invalid length for option", .none)
  let pointerBefore = Field(
    "ip.opt.ptr.before_address", "Pointer points before first address", .none)
  let pointerMiddle = Field(
    "ip.opt.ptr.middle_address", "Pointer points to middle of address", .none)
  let suboption = Field(
    "ip.subopt_too_long", "Suboption would go past end of option", .none)

  static let fields = Self()

  static func numberName(_ number: UInt64) -> String? {
    switch number {
    case 0: "End of Option List (EOL)"
    case 1: "No-Operation (NOP)"
    case 2: "Security"
    case 3: "Loose source route"
    case 4: "Time stamp"
    case 5: "Extended security"
    case 6: "Commercial IP security option"
    case 7: "Record route"
    case 8: "Stream identifier"
    case 9: "Strict source route"
    case 10: "Experimental Measurement"
    case 11: "MTU probe"
    case 12: "MTU Reply"
    case 18: "Traceroute"
    case 20: "Router Alert"
    case 21: "Selective Directed Broadcast"
    case 25: "Quick-Start"
    default: nil
    }
  }
  static func functionName(_ number: UInt64) -> String? {
    switch number {
    case 0: "Rate request"
    case 8: "Rate report"
    default: nil
    }
  }
  static func rateName(_ number: UInt64) -> String? {
    let names = [
      "0 bit/s", "80 Kbit/s", "160 Kbit/s", "320 Kbit/s", "640 Kbit/s", "1.28 Mbit/s",
      "2.56 Mbit/s", "5.12 Mbit/s", "10.24 Mbit/s", "20.48 Mbit/s", "40.96 Mbit/s", "81.92 Mbit/s",
      "163.84 Mbit/s", "327.68 Mbit/s", "655.36 Mbit/s", "1.31072 Gbit/s",
    ]
    return number < 16 ? names[Int(number)] : nil
  }
  static func securityName(_ number: UInt64) -> String? {
    switch number {
    case 0x0000: "Unclassified"
    case 0xf135: "Confidential"
    case 0x789a: "EFTO"
    case 0xbc4d: "MMMM"
    case 0x5e26: "PROG"
    case 0xaf13: "Restricted"
    case 0xd788: "Secret"
    case 0x6bc5: "Top secret"
    case 0x35e2, 0x9af1, 0x4d78, 0x24bd, 0x135e, 0x89af, 0xc4d6, 0xe26b: "Reserved"
    default: nil
    }
  }
}

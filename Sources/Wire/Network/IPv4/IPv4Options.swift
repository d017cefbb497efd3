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

  /// The only length that the option may have.
  var fixedLength: Int? {
    switch self {
    case .mtuProbe, .mtuReply, .streamID, .routerAlert: 4
    case .quickStart: 8
    case .traceroute: 12
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
  /// Where the packet goes in the end: to its destination, unless a source route is not yet through. nil where the options
  /// that would tell are not there.
  var lastStop: UInt32? {
    var at = Self.minimumHeaderLength
    while at < headerLength {
      guard at < bytes.count else { return nil }
      let option = IPv4Option(rawValue: bytes[at])
      if option == .end { break }
      if option == .noOperation {
        at += 1
        continue
      }
      guard at + 1 < headerLength else { break }
      guard at + 1 < bytes.count else { return nil }
      let length = Int(bytes[at + 1])
      guard length >= 2, at + length <= headerLength else { break }
      if option.isSourceRoute, length >= 4 {
        guard at + length <= bytes.count else { return nil }
        let pointer = Int(bytes[at + 2])
        let isUnderWay = pointer >= 4 && pointer & 3 == 0 && pointer <= length
        return isUnderWay ? bytes.uint32(at: at + length - 4) : destination
      }
      at += length
    }
    return destination
  }
}

extension IPv4Packet {
  /// Throws where an option is shorter than what it must hold.
  func checkOptions(_ layer: Layer) throws(DecodeError) {
    var nowhere = FieldBuffer(wantsTree: false)
    try describeOptions(layer, into: &nowhere)
  }

  /// Describes what is between the fixed header and the payload.
  func describeOptions(_ layer: Layer, into tree: inout FieldBuffer) throws(DecodeError) {
    let start = Self.minimumHeaderLength
    guard headerLength > start, bytes.count >= headerLength else { return }
    let options = bytes.part(start, headerLength)
    let count = options.count
    let top = tree.addText("Options: (\(count) bytes)", at: start, count: count)
    tree.open(top)
    defer { tree.close(top) }
    var at = 0
    while at < count {
      let option = IPv4Option(rawValue: options[at])
      if option == .end || option == .noOperation {
        let item = option.describeHead(options.part(at, at + 1), at: start + at, into: &tree)
        tree.close(item)
        at += 1
        if option == .end { break }
        continue
      }
      let name =
        option.name
        ?? "Unknown (0x\(option.rawValue < 16 ? "0" : "")\(String(option.rawValue, radix: 16)))"
      guard at + 1 < count else {
        addInvalid("\(name) (length byte past end of options)", at: start + at, count, into: &tree)
        break
      }
      let length = Int(options[at + 1])
      if length < 2 {
        let unit = length == 1 ? "byte" : "bytes"
        addInvalid(
          "\(name) (with too-short option length = \(length) \(unit))", at: start + at, count,
          into: &tree)
        break
      }
      if at + length > count {
        addInvalid(
          "\(name) (option length = \(length) bytes says option goes past end of options)",
          at: start + at, count, into: &tree)
        break
      }
      if option.field == nil {
        tree.addText("\(name) (\(length) bytes)", at: start + at, count: length)
      } else {
        let shown = options.part(at, at + (option.fixedLength ?? length))
        let body = IPv4OptionBody(options.part(at, at + length), option, layer, at: start + at)
        try body.describe(name, shown, timeToLive: timeToLive, into: &tree)
        tree.note(top, ", \(name)")
      }
      at += length
    }
  }

  private func addInvalid(_ words: String, at: Int, _ count: Int, into tree: inout FieldBuffer) {
    let item = tree.addText(words, at: at, count: count)
    tree.expert(IPv4OptionFields.fields.lengthInvalid, .warning, .proto, words, under: item)
  }
}

extension IPv4Option {
  /// Adds the option's line and its first byte, and leaves the line open.
  func describeHead(
    _ own: Span<UInt8>, at: Int, into tree: inout FieldBuffer
  ) -> FieldIndex {
    let fields = IPv4OptionFields.fields
    guard let field else { return .none }
    let item = tree.add(field, own, at: at)
    tree.relabel(item, field.label)
    tree.open(item)
    let type = tree.add(fields.type, rawValue, at: at, count: 1)
    tree.open(type)
    tree.add(fields.copied, bitsOf: rawValue, at: at, count: 1)
    tree.add(fields.optionClass, bitsOf: rawValue, at: at, count: 1)
    tree.add(fields.number, bitsOf: rawValue, at: at, count: 1)
    tree.close(type)
    return item
  }
}

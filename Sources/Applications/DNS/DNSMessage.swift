import Fields

/// Which of the protocols that share the message format.
public enum DNSFlavor: Sendable {
  case unicast, multicast, linkLocal

  /// As `[Malformed Packet: …]` names it.
  var name: String {
    switch self {
    case .unicast: "DNS"
    case .multicast: "mDNS"
    case .linkLocal: "LLMNR"
    }
  }
  var filterName: String {
    switch self {
    case .unicast: "dns"
    case .multicast: "mdns"
    case .linkLocal: "llmnr"
    }
  }
  var columnName: String {
    switch self {
    case .unicast: "DNS"
    case .multicast: "MDNS"
    case .linkLocal: "LLMNR"
    }
  }
}

/// A DNS message (RFC 1035 section 4), viewed in place.
public struct DNSMessage: ~Escapable {
  static let headerLength = 12
  private static let updateOpcode: UInt16 = 5

  private let reader: ByteReader
  private let flavor: DNSFlavor

  /// Checks nothing: `describe` reads on with checks of its own. `start` is where the message begins in its data
  /// source, `wireCount` its length as it was on the wire.
  @_lifetime(copy bytes)
  public init(
    _ bytes: Span<UInt8>, _ flavor: DNSFlavor = .unicast, at start: Int = 0, wireCount: Int
  ) {
    self.reader = ByteReader(bytes, of: flavor.name, at: start, wireCount: wireCount)
    self.flavor = flavor
  }

  /// nil where the message ends before it.
  var identifier: UInt16? { reader.count >= 2 ? reader.bytes.uint16(at: 0) : nil }
  var flags: UInt16? { reader.count >= 4 ? reader.bytes.uint16(at: 2) : nil }
  var isResponse: Bool { (flags ?? 0) & 0x8000 != 0 }

  /// Whether all of it can be read: only then it takes part in a transaction.
  func isWhole(with scratch: inout FieldBuffer) -> Bool {
    scratch.clear()
    do throws(DecodeError) {
      try describe(.undecided, at: 0, into: &scratch)
      return true
    } catch {
      return false
    }
  }

  /// `lengthPrefix` is the length before a message on TCP, which is in the two bytes before this one; `isFirst` is
  /// false for those that follow another in the same bytes.
  public func describe(
    _ match: DNSMatch?, at time: Int64, lengthPrefix: UInt16? = nil,
    isFirst: Bool = true, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = DNSFields.fields
    tree.columns.protocolName = flavor.columnName
    tree.columns.startInfo()
    if isFirst { tree.addProtocol(flavor.filterName) }
    let identifier = try reader.uint16(at: 0)
    let flags = try reader.uint16(at: 2)
    let opcode = flags >> 11 & 15
    describeInfo(identifier, flags, opcode, &tree.columns)
    let proto =
      switch flavor {
      case .unicast: fields.dns
      case .multicast: fields.multicast
      case .linkLocal: fields.linkLocal
      }
    let prefixLength = lengthPrefix == nil ? 0 : 2
    // What is read to see whether it is whole is read as if for the tree.
    let makesTree = tree.wantsTree || match == .undecided
    let top = tree.add(
      proto, .none, at: -prefixLength, count: reader.count + prefixLength)
    tree.note(top, isResponse ? " (response)" : " (query)")
    tree.open(top)
    defer { tree.close(top) }
    if let lengthPrefix { tree.add(fields.length, lengthPrefix, at: -2, count: 2) }
    let item = tree.add(fields.identifier, identifier, at: 0, count: 2)
    describeFlags(flags, opcode, fields, into: &tree)
    let sectionsEnd = try describeSections(
      opcode, fields, makesTree: makesTree, into: &tree)
    describeRetransmission(match, item, fields, into: &tree)
    describeMatch(match, at: time, fields, into: &tree)
    describeRest(from: sectionsEnd, fields, into: &tree)
  }

  private func describeInfo(
    _ identifier: UInt16, _ flags: UInt16, _ opcode: UInt16, _ columns: inout Columns
  ) {
    if let name = dnsOpcodeName(UInt64(opcode)) {
      columns.info.write(name)
    } else {
      columns.info.write("Unknown operation (\(opcode))")
    }
    if isResponse { columns.info.write(" response") }
    columns.info.write(" 0x")
    columns.info.write(hex: UInt64(identifier), digits: 4)
    if isResponse, flags & 15 != 0 {
      columns.info.write(" ")
      columns.info.write(
        dnsResponseCodeName(UInt64(flags & 15)) ?? "Unknown error (\(flags & 15))")
    }
  }

  private func describeFlags(
    _ flags: UInt16, _ opcode: UInt16, _ fields: DNSFields,
    into tree: inout FieldBuffer
  ) {
    let item = tree.add(fields.flags, flags, at: 2, count: 2)
    tree.note(item) {
      $0.write(" ")
      $0.write(dnsOpcodeName(UInt64(opcode)) ?? "Unknown operation")
      guard isResponse else { return }
      $0.write(" response, ")
      $0.write(dnsResponseCodeName(UInt64(flags & 15)) ?? "Unknown error")
    }
    tree.open(item)
    defer { tree.close(item) }
    var bits = [fields.isResponse, fields.opcode]
    switch (flavor, isResponse) {
    case (.linkLocal, false):
      bits += [fields.queryConflict, fields.isTruncated, fields.isTentative]
    case (.linkLocal, true):
      bits += [fields.conflict, fields.isTruncated, fields.isTentative, fields.responseCode]
    case (_, false):
      bits += [fields.isTruncated, fields.recursionDesired, fields.z]
      if flags & 0x20 != 0 { bits.append(fields.authenticDataBit) }
      bits.append(fields.checkingDisabled)
    case (_, true):
      bits += [
        fields.isAuthoritative, fields.isTruncated, fields.recursionDesired,
        fields.recursionAvailable, fields.z, fields.isAuthenticated, fields.checkingDisabled,
        fields.responseCode,
      ]
    }
    for field in bits { tree.add(field, bitsOf: flags, at: 2, count: 2) }
  }

  /// Returns where the last section ends.
  private func describeSections(
    _ opcode: UInt16, _ fields: DNSFields, makesTree: Bool,
    into tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    let isUpdate = opcode == Self.updateOpcode
    let sections = [
      (isUpdate ? fields.zoneCount : fields.questionCount, isUpdate ? "Zone" : "Queries"),
      (
        isUpdate ? fields.prerequisiteCount : fields.answerCount,
        isUpdate ? "Prerequisites" : "Answers"
      ),
      (
        isUpdate ? fields.updateCount : fields.authorityCount,
        isUpdate ? "Updates" : "Authoritative nameservers"
      ),
      (fields.additionalCount, "Additional records"),
    ]
    var counts: [Int] = []
    for (index, section) in sections.enumerated() {
      let count = try reader.uint16(at: 4 + 2 * index)
      tree.add(section.0, count, at: 4 + 2 * index, count: 2)
      counts.append(Int(count))
    }
    var offset = Self.headerLength
    for (index, section) in sections.enumerated() where counts[index] > 0 {
      let start = offset
      if makesTree { try reader.require(1, at: start) }
      let top = tree.addText(section.1, at: start)
      tree.open(top)
      defer {
        tree.setLength(offset - start, of: top)
        tree.close(top)
      }
      for _ in 0..<counts[index] {
        if index == 0 {
          offset = try describeQuestion(at: offset, fields, into: &tree)
        } else {
          let record = try DNSRecord(reader, at: offset)
          if makesTree { try record.requireWhole() }
          try record.describe(flavor, into: &tree)
          offset = record.end
        }
      }
    }
    return offset
  }

  /// What follows the sections.
  private func describeRest(
    from offset: Int, _ fields: DNSFields, into tree: inout FieldBuffer
  ) {
    guard offset < reader.count else { return }
    let count = reader.count - offset
    let extra = tree.addText("Extraneous Data (\(count) bytes)", at: offset, count: count)
    tree.open(extra)
    tree.add(fields.extraneousData, reader.rest(from: offset), at: offset)
    tree.add(fields.extraneousLength, count, .generated)
    // For JSON and filters only.
    let words = fields.extraneous.label
    let line = tree.addText(words, at: offset, count: count)
    tree.setTraits(.hidden, of: line)
    tree.expert(fields.extraneous, .note, .undecoded, words, under: line, .hidden)
    tree.close(extra)
  }

  /// Returns where the question ends.
  private func describeQuestion(
    at offset: Int, _ fields: DNSFields, into tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    let name = try DomainName(in: reader.bytes, at: offset, base: 0, reader)
    let type = DNSType(rawValue: try reader.uint16(at: offset + name.length))
    let value = try reader.uint16(at: offset + name.length + 2)
    let isMulticast = flavor == .multicast
    let wantsUnicast = isMulticast && value & 0x8000 != 0
    let queryClass = isMulticast ? value & 0x7fff : value
    tree.columns.info.write(" \(type.shortName) ")
    name.write(to: &tree.columns.info)
    let kind = wantsUnicast ? ", \"QU\" question" : isMulticast ? ", \"QM\" question" : ""
    tree.columns.info.write(kind)
    let top = tree.addText(at: offset, count: name.length + 4) {
      name.write(to: &$0)
      $0.write(": type \(type.shortName), class \(dnsClassName(UInt64(queryClass)) ?? "Unknown")")
      $0.write(kind)
    }
    tree.open(top)
    defer { tree.close(top) }
    tree.add(fields.queryName, name.text, at: offset, count: name.length)
    let counts = name.counts
    tree.add(fields.queryNameLength, counts.length, .generated)
    tree.add(fields.labelCount, counts.labels, .generated)
    tree.add(fields.queryType, type.rawValue, at: offset + name.length, count: 2)
    let position = offset + name.length + 2
    if isMulticast {
      tree.add(fields.multicastQueryClass, bitsOf: value, at: position, count: 2)
      tree.add(fields.queryUnicast, bitsOf: value, at: position, count: 2)
    } else {
      tree.add(fields.queryClass, value, at: position, count: 2)
    }
    return position + 2
  }

  private func describeRetransmission(
    _ match: DNSMatch?, _ item: FieldIndex, _ fields: DNSFields, into tree: inout FieldBuffer
  ) {
    switch match {
    case .retransmittedRequest(let original):
      tree.expert(
        fields.retransmittedRequest, .warning, .proto,
        "DNS query retransmission. Original request in frame \(original)", under: item)
    case .retransmittedResponse(let original):
      tree.expert(
        fields.retransmittedResponse, .warning, .proto,
        "DNS response retransmission. Original response in frame \(original)", under: item)
    case .request, .response, .unsolicited, .undecided, nil: break
    }
  }

  private func describeMatch(
    _ match: DNSMatch?, at time: Int64, _ fields: DNSFields, into tree: inout FieldBuffer
  ) {
    switch match {
    case .request, .undecided, nil: break
    case .response(let request, let requestTime):
      tree.add(fields.responseTo, request, .generated)
      tree.add(fields.time, .time(time &- requestTime), .generated)
    case .retransmittedRequest(let original):
      tree.add(fields.originalRequest, original, .generated)
      tree.add(fields.isRetransmission, true, .generated)
    case .retransmittedResponse(let original):
      tree.add(fields.originalResponse, original, .generated)
      tree.add(fields.isRetransmission, true, .generated)
    case .unsolicited: tree.add(fields.isUnsolicited, true, .generated)
    }
  }
}

@Sendable func dnsOpcodeName(_ opcode: UInt64) -> String? {
  word(
    opcode,
    [
      "Standard query", "Inverse query", "Server status request", "",
      "Zone change notification", "Dynamic update", "DNS Stateful operations (DSO)",
    ])
}

@Sendable func dnsResponseCodeName(_ code: UInt64) -> String? {
  word(
    code,
    [
      "No error", "Format error", "Server failure", "No such name", "Not implemented", "Refused",
      "Name exists", "RRset exists", "RRset does not exist", "Not authoritative",
      "Name out of zone", "DSO-Type not implemented", "", "", "", "",
      "Bad OPT Version or TSIG Signature Failure", "Key not recognized",
      "Signature out of time window", "Bad TKEY Mode", "Duplicate key name",
      "Algorithm not supported", "Bad Truncation", "Bad/missing Server Cookie",
    ])
}

@Sendable func dnsClassName(_ value: UInt64) -> String? {
  switch value {
  case 1: "IN"
  case 2: "CS"
  case 3: "CH"
  case 4: "HS"
  case 254: "NONE"
  case 255: "ANY"
  default: nil
  }
}

import Fields

/// A resource record (RFC 1035 section 4.1.3).
struct DNSRecord: ~Escapable {
  private let reader: ByteReader
  private let start: Int
  private let name: DomainName
  private let type: DNSType
  private let classValue: UInt16
  private let timeToLive: UInt32
  /// Where the data begins and ends.
  private let data: Int
  let end: Int
  private var length: Int { end - data }

  @_lifetime(copy reader)
  init(_ reader: borrowing ByteReader, at offset: Int) throws(DecodeError) {
    self.reader = copy reader
    start = offset
    let name = try DomainName(in: reader.bytes, at: offset, base: 0, reader)
    self.name = name.asOwner
    let fixed = offset + name.length
    type = DNSType(rawValue: try reader.uint16(at: fixed))
    classValue = try reader.uint16(at: fixed + 2)
    timeToLive = try reader.uint32(at: fixed + 4)
    data = fixed + 10
    end = data + Int(try reader.uint16(at: fixed + 8))
  }

  /// Wireshark gives up on a record that is not whole where it makes a node of the tree for it, and only there.
  func requireWhole() throws(DecodeError) { try reader.require(end - start, at: start) }

  func describe(_ flavor: DNSFlavor, into tree: inout FieldBuffer) throws(DecodeError) {
    let fields = DNSRecordFields.fields
    let isMulticast = flavor == .multicast
    let flushes = isMulticast && classValue & 0x8000 != 0
    tree.columns.info.write(" \(type.shortName)")
    if flushes { tree.columns.info.write(", cache flush") }
    let top = tree.addText(at: start, count: end - start) {
      name.write(to: &$0)
      $0.write(": type \(type.shortName)")
      let value = isMulticast ? classValue & 0x7fff : classValue
      if type != .opt { $0.write(", class \(dnsClassName(UInt64(value)) ?? "Unknown")") }
      if flushes { $0.write(", cache flush") }
    }
    tree.open(top)
    defer { tree.close(top) }
    describeName(fields, into: &tree)
    tree.add(fields.type, type.rawValue, at: data - 10, count: 2)
    if type == .opt {
      describeOptionHeader(isMulticast, fields, into: &tree)
    } else {
      if isMulticast {
        tree.add(fields.multicastClass, bitsOf: classValue, at: data - 8, count: 2)
        tree.add(fields.cacheFlush, bitsOf: classValue, at: data - 8, count: 2)
      } else {
        tree.add(fields.classValue, classValue, at: data - 8, count: 2)
      }
      let item = tree.add(fields.timeToLive, timeToLive, at: data - 6, count: 4)
      tree.note(item) {
        $0.write(" (")
        $0.write(longSeconds: UInt64(timeToLive))
        $0.write(")")
      }
      if timeToLive >> 31 == 1 {
        tree.expert(
          fields.timeToLiveHigh, .warning, .proto,
          "The uppermost bit of the TTL is set (RFC 2181, section 8)", under: item)
      }
    }
    tree.add(fields.dataLength, length, at: data - 2, count: 2)
    guard length > 0 else { return }
    try describeData(top, fields, into: &tree)
  }

  private func describeName(_ fields: DNSRecordFields, into tree: inout FieldBuffer) {
    guard type == .srv else {
      tree.add(fields.name, name.text, at: start, count: name.length)
      return
    }
    let parts = name.text.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
    let names = [fields.serviceName, fields.serviceProtocol, fields.serviceOwner]
    for (field, part) in zip(names, parts) {
      tree.add(field, String(part), at: start, count: name.length)
    }
  }

  private func describeOptionHeader(
    _ isMulticast: Bool, _ fields: DNSRecordFields, into tree: inout FieldBuffer
  ) {
    if isMulticast {
      tree.add(fields.multicastPayloadSize, bitsOf: classValue, at: data - 8, count: 2)
      tree.add(fields.cacheFlush, bitsOf: classValue, at: data - 8, count: 2)
    } else {
      tree.add(fields.payloadSize, classValue, at: data - 8, count: 2)
    }
    tree.add(fields.extendedCode, timeToLive >> 24, at: data - 6, count: 1)
    tree.add(fields.ednsVersion, timeToLive >> 16 & 255, at: data - 5, count: 1)
    let z = timeToLive & 0xffff
    let item = tree.opened(fields.ednsZ, .unsigned(UInt64(z)), at: data - 4, count: 2)
    tree.add(fields.dnssecOK, bitsOf: z, at: data - 4, count: 2)
    tree.add(fields.ednsReserved, bitsOf: z, at: data - 4, count: 2)
    tree.close(item)
  }

  private func name(at offset: Int) throws(DecodeError) -> DomainName {
    try DomainName(in: reader.bytes, at: offset, base: 0, reader)
  }

  /// Shows a name in tree, label and column.
  private func describe(
    _ target: DomainName, _ field: Field, _ label: String, at offset: Int, _ top: FieldIndex,
    into tree: inout FieldBuffer
  ) {
    tree.add(field, target.text, at: offset, count: target.length)
    tree.note(top) {
      $0.write(", \(label)")
      target.write(to: &$0)
    }
    tree.columns.info.write(" ")
    target.write(to: &tree.columns.info)
  }

  private func describeTarget(
    _ field: Field, _ label: String, _ top: FieldIndex, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    describe(try name(at: data), field, label, at: data, top, into: &tree)
  }

  private func describeData(
    _ top: FieldIndex, _ fields: DNSRecordFields, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    switch type {
    case .a:
      let address = FieldValue.ipv4(try reader.uint32(at: data))
      try describe(address, fields.address, count: 4, top, into: &tree)
    case .aaaa:
      try describe(
        try reader.ipv6(at: data), fields.address6, count: 16, top, into: &tree)
    case .ns: try describeTarget(fields.nameServer, "ns ", top, into: &tree)
    case .cname: try describeTarget(fields.canonicalName, "cname ", top, into: &tree)
    case .dname: try describeTarget(fields.delegationName, "dname ", top, into: &tree)
    case .ptr: try describeTarget(fields.pointer, "", top, into: &tree)
    case .mx, .kx:
      let (preferenceField, field, label) =
        type == .mx
        ? (fields.mailPreference, fields.mailExchange, "mx ")
        : (fields.keyPreference, fields.keyExchange, "kx ")
      let preference = try reader.uint16(at: data)
      let exchange = try name(at: data + 2)
      tree.note(top, ", preference \(preference)")
      tree.columns.info.write(" \(preference)")
      tree.add(preferenceField, preference, at: data, count: 2)
      describe(exchange, field, label, at: data + 2, top, into: &tree)
    case .soa: try describeAuthority(top, fields, into: &tree)
    case .txt, .spf: try describeStrings(fields, into: &tree)
    case .srv: try describeService(top, fields, into: &tree)
    case .hinfo: try describeHost(top, fields, into: &tree)
    case .naptr: try describeNamingAuthority(top, fields, into: &tree)
    case .opt: try DNSOptions(reader, at: data, end).describe(into: &tree)
    case .caa: try describeCertificationAuthority(fields, into: &tree)
    case .svcb, .https:
      try DNSServiceBinding(reader, at: data, end).describe(into: &tree)
    case .tlsa: try describeCertificateAssociation(fields, into: &tree)
    case .sshfp: try describeFingerprint(fields, into: &tree)
    case .tsig: try describeTransactionSignature(fields, into: &tree)
    case .loc: try DNSLocation(reader, at: data, end).describe(into: &tree)
    case .wks, .a6, .apl, .ipseckey, .hip, .wins, .winsReverse, .xpf:
      try DNSAddressRecord(reader, type, name, at: data, end).describe(top, into: &tree)
    case .ds, .dlv, .cds, .rrsig, .sig, .dnskey, .cdnskey, .key, .nsec, .nxt, .nsec3, .nsec3param,
      .csync:
      try DNSSecurityRecord(reader, type, name.text, at: data, end)
        .describe(top, into: &tree)
    default:
      if let plain = DNSPlainRecord(type) {
        try plain.describe(reader, at: data, end, owner: name, into: &tree)
        return
      }
      tree.expert(
        fields.undecoded, .note, .undecoded,
        "Dissector for DNS Type (\(type.rawValue)) code not implemented, "
          + "Contact Wireshark developers if you want this supported", under: top)
      tree.add(fields.data, reader.bytes.part(data, end), at: data)
    }
  }

  private func describe(
    _ address: FieldValue, _ field: Field, count: Int, _ top: FieldIndex,
    into tree: inout FieldBuffer
  ) throws(DecodeError) {
    tree.note(top) {
      $0.write(", addr ")
      $0.write(address)
    }
    tree.columns.info.write(" ")
    tree.columns.info.write(address)
    tree.add(field, address, at: data, count: count)
  }

  private func describeAuthority(
    _ top: FieldIndex, _ fields: DNSRecordFields, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let server = try name(at: data)
    describe(server, fields.authorityServer, "mname ", at: data, top, into: &tree)
    var offset = data + server.length
    let mailbox = try name(at: offset)
    tree.add(fields.authorityMailbox, mailbox.text, at: offset, count: mailbox.length)
    offset += mailbox.length
    tree.add(fields.serial, try reader.uint32(at: offset), at: offset, count: 4)
    for field in [fields.refresh, fields.retry, fields.expire, fields.minimum] {
      offset += 4
      let seconds = try reader.uint32(at: offset)
      let item = tree.add(field, seconds, at: offset, count: 4)
      tree.note(item) {
        $0.write(" (")
        $0.write(longSeconds: UInt64(seconds))
        $0.write(")")
      }
    }
  }

  private func describeStrings(_ fields: DNSRecordFields, into tree: inout FieldBuffer)
    throws(DecodeError)
  {
    let (lengthField, field) =
      type == .txt ? (fields.textLength, fields.text) : (fields.policyLength, fields.policy)
    var offset = data
    // A string may be longer than the record: then others follow it, as in Wireshark.
    while offset != end {
      let count = Int(try reader.uint8(at: offset))
      tree.add(lengthField, count, at: offset, count: 1)
      tree.add(string: field, try reader.part(at: offset + 1, count), at: offset + 1)
      offset += 1 + count
    }
  }

  private func describeService(
    _ top: FieldIndex, _ fields: DNSRecordFields, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let values = [
      (fields.servicePriority, "priority"), (fields.serviceWeight, "weight"),
      (fields.servicePort, "port"),
    ]
    for (index, (field, _)) in values.enumerated() {
      tree.add(field, try reader.uint16(at: data + 2 * index), at: data + 2 * index, count: 2)
    }
    let target = try name(at: data + 6)
    for (index, (_, label)) in values.enumerated() {
      let value = reader.bytes.uint16(at: data + 2 * index)
      tree.note(top, ", \(label) \(value)")
      tree.columns.info.write(" \(value)")
    }
    describe(target, fields.serviceTarget, "target ", at: data + 6, top, into: &tree)
  }

  private func describeHost(
    _ top: FieldIndex, _ fields: DNSRecordFields, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let first = Int(try reader.uint8(at: data))
    let second = data + 1 + first
    _ = try reader.part(at: second + 1, Int(try reader.uint8(at: second)))
    for (lengthField, field, label, offset) in [
      (fields.processorLength, fields.processor, "CPU", data),
      (fields.systemLength, fields.system, "OS", second),
    ] {
      let bytes = try reader.part(at: offset + 1, Int(reader.bytes[offset]))
      tree.add(lengthField, bytes.count, at: offset, count: 1)
      tree.add(string: field, bytes, at: offset + 1)
      tree.note(top) {
        $0.write(", \(label) ")
        $0.write(ascii: bytes)
      }
      tree.columns.info.write(" ")
      tree.columns.info.write(ascii: bytes)
    }
  }

  private func describeNamingAuthority(
    _ top: FieldIndex, _ fields: DNSRecordFields, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let order = try reader.uint16(at: data)
    tree.add(fields.naptrOrder, order, at: data, count: 2)
    let preference = try reader.uint16(at: data + 2)
    tree.add(fields.naptrPreference, preference, at: data + 2, count: 2)
    var offset = data + 4
    var flags = TextBuffer()
    for (lengthField, field) in [
      (fields.naptrFlagsLength, fields.naptrFlags),
      (fields.naptrServiceLength, fields.naptrService),
      (fields.naptrRegexLength, fields.naptrRegex),
    ] {
      let count = Int(try reader.uint8(at: offset))
      tree.add(lengthField, count, at: offset, count: 1)
      let bytes = try reader.part(at: offset + 1, count)
      if offset == data + 4 { flags.write(ascii: bytes) }
      tree.add(string: field, bytes, at: offset + 1)
      offset += 1 + count
    }
    let target = try name(at: offset)
    tree.add(fields.naptrReplacementLength, target.text.utf8.count, .generated)
    tree.add(fields.naptrReplacement, target.text, at: offset, count: target.length)
    tree.note(top) {
      $0.write(", order \(order), preference \(preference), flags ")
      $0.write(printable: flags.bytes[...])
    }
    tree.columns.info.write(" \(order) \(preference) ")
    tree.columns.info.write(printable: flags.bytes[...])
  }

  private func describeCertificationAuthority(
    _ fields: DNSRecordFields, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let flags = try reader.uint8(at: data)
    let item = tree.opened(fields.caaFlags, .unsigned(UInt64(flags)), at: data, count: 1)
    tree.add(fields.caaCritical, bitsOf: flags, at: data, count: 1)
    tree.close(item)
    let tagLength = Int(try reader.uint8(at: data + 1))
    let tag = try reader.part(at: data + 2, tagLength)
    let valueStart = data + 2 + tagLength
    let value = try reader.part(at: valueStart, end - valueStart)
    // As Wireshark does, the first of the names that begins with the tag.
    var name = TextBuffer()
    name.write(tag)
    let names = [
      ("issue", fields.caaIssue), ("issuewild", fields.caaIssueWild), ("iodef", fields.caaReport),
    ]
    let field =
      names.first { $0.0.utf8.starts(with: name.bytes) }?.1 ?? fields.caaUnknown
    let top = tree.add(field, at: data + 2, count: end - data - 2) { $0.write(value) }
    tree.open(top)
    tree.add(fields.caaTagLength, tagLength, at: data + 1, count: 1)
    tree.add(string: fields.caaTag, tag, at: data + 2)
    tree.add(fields.caaValue, value, at: valueStart)
    tree.close(top)
  }

  private func describeCertificateAssociation(
    _ fields: DNSRecordFields, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    tree.columns.info.write(" ")
    name.write(to: &tree.columns.info)
    for (index, field) in [fields.tlsaUsage, fields.tlsaSelector, fields.tlsaMatching].enumerated()
    {
      tree.add(field, try reader.uint8(at: data + index), at: data + index, count: 1)
    }
    tree.add(fields.tlsaData, try reader.part(at: data + 3, length - 3), at: data + 3)
  }

  private func describeFingerprint(_ fields: DNSRecordFields, into tree: inout FieldBuffer)
    throws(DecodeError)
  {
    tree.add(fields.sshAlgorithm, try reader.uint8(at: data), at: data, count: 1)
    tree.add(fields.sshType, try reader.uint8(at: data + 1), at: data + 1, count: 1)
    guard length > 2 else { return }
    tree.add(fields.sshFingerprint, try reader.part(at: data + 2, length - 2), at: data + 2)
  }

  private func describeTransactionSignature(
    _ fields: DNSRecordFields, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let algorithm = try DomainName(in: reader.bytes, at: data, base: 0, reader)
    tree.add(fields.tsigAlgorithm, algorithm.text, at: data, count: algorithm.length)
    var offset = data + algorithm.length
    let seconds = Int64(clamping: try reader.uint48(at: offset))
    tree.add(
      fields.tsigTime, .time(seconds.multipliedReportingOverflow(by: 1_000_000_000).partialValue),
      at: offset, count: 6)
    tree.add(fields.tsigFudge, try reader.uint16(at: offset + 6), at: offset + 6, count: 2)
    let count = Int(try reader.uint16(at: offset + 8))
    tree.add(fields.tsigSize, count, at: offset + 8, count: 2)
    offset += 10
    if count > 0 {
      let item = tree.add(fields.tsigMAC, .none, at: offset, count: count)
      tree.expert(
        fields.tsigUnknown, .warning, .undecoded, "No dissector for algorithm:\(algorithm.text)",
        under: item)
      try reader.require(count, at: offset)
      offset += count
    }
    tree.add(fields.tsigIdentifier, try reader.uint16(at: offset), at: offset, count: 2)
    tree.add(fields.tsigError, try reader.uint16(at: offset + 2), at: offset + 2, count: 2)
    let otherLength = Int(try reader.uint16(at: offset + 4))
    tree.add(fields.tsigOtherLength, otherLength, at: offset + 4, count: 2)
    if otherLength > 0 {
      tree.add(fields.tsigOther, try reader.part(at: offset + 6, otherLength), at: offset + 6)
    }
  }
}

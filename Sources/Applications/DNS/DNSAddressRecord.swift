import Fields

/// The records that give addresses in other ways than A and AAAA: WKS (RFC 1035), A6 (RFC 2874), APL (RFC 3123),
/// IPSECKEY (RFC 4025), HIP (RFC 8005), Microsoft's WINS and WINS-R, and XPF.
struct DNSAddressRecord: ~Escapable {
  private let reader: ByteReader
  private let type: DNSType
  private let owner: DomainName
  private let start: Int
  private let end: Int

  @_lifetime(copy reader)
  init(
    _ reader: borrowing ByteReader, _ type: DNSType, _ owner: DomainName, at start: Int, _ end: Int
  ) {
    self.reader = copy reader
    (self.type, self.owner, self.start, self.end) = (type, owner, start, end)
  }

  func describe(_ top: FieldIndex, into tree: inout FieldBuffer) throws(DecodeError) {
    let fields = DNSAddressFields.fields
    switch type {
    case .wks: try describeServices(top, fields, into: &tree)
    case .a6: try describePrefix(top, fields, into: &tree)
    case .apl: try describeList(fields, into: &tree)
    case .ipseckey: try describeGateway(fields, into: &tree)
    case .hip: try describeHost(fields, into: &tree)
    case .xpf: try describeForwarded(fields, into: &tree)
    default: try describeLookup(top, fields, into: &tree)
    }
  }

  private func addOwner(to columns: inout Columns) {
    columns.info.write(" ")
    owner.write(to: &columns.info)
  }

  private func add(name field: Field, at offset: Int, into tree: inout FieldBuffer)
    throws(DecodeError) -> DomainName
  {
    let name = try DomainName(in: reader.bytes, at: offset, base: 0, reader)
    tree.add(field, name.text, at: offset, count: name.length)
    return name
  }

  private func describeServices(
    _ top: FieldIndex, _ fields: DNSAddressFields, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let address = try reader.uint32(at: start)
    tree.columns.info.write(" ")
    tree.columns.info.write(ipv4: address)
    tree.note(top) {
      $0.write(", addr ")
      $0.write(ipv4: address)
    }
    tree.add(fields.serviceAddress, .ipv4(address), at: start, count: 4)
    tree.add(fields.serviceProtocol, try reader.uint8(at: start + 4), at: start + 4, count: 1)
    let map = try reader.part(at: start + 5, end - start - 5)
    for index in map.indices {
      let (bits, offset) = (map[index], start + 5 + index)
      guard bits != 0 else { continue }
      let item = tree.add(fields.serviceBits, bits, at: offset, count: 1)
      let ports = (0..<8).filter { bits >> UInt8(7 - $0) & 1 == 1 }
        .map { String(8 * index + $0) }
      tree.note(item, " (\(ports.joined(separator: ", ")))")
    }
  }

  private func describePrefix(
    _ top: FieldIndex, _ fields: DNSAddressFields, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let length = Int(try reader.uint8(at: start))
    guard length <= 128 else { throw reader.malformed }
    let count = 16 - length / 8
    let suffix = try reader.part(at: start + 1, count)
    var name: DomainName?
    if length > 0 {
      name = try DomainName(in: reader.bytes, at: start + 1 + count, base: 0, reader)
    }
    tree.add(fields.prefixLength, length, at: start, count: 1)
    let address = FieldValue.ipv6(leftAligned: suffix, from: 16 - count)
    if length < 128 { tree.add(fields.addressSuffix, address, at: start + 1, count: count) }
    if let name {
      tree.add(fields.prefixName, name.text, at: start + 1 + count, count: name.length)
    }
    func write(to text: inout TextBuffer) {
      text.write(" \(length) ")
      text.write(address)
      text.write(" ")
      name?.write(to: &text)
    }
    tree.note(top) {
      $0.write(", addr")
      write(to: &$0)
    }
    write(to: &tree.columns.info)
  }

  private func describeList(_ fields: DNSAddressFields, into tree: inout FieldBuffer)
    throws(DecodeError)
  {
    addOwner(to: &tree.columns)
    var offset = start
    while offset < end - 1 {
      let family = try reader.uint16(at: offset)
      tree.add(fields.listFamily, family, at: offset, count: 2)
      tree.add(fields.listPrefix, try reader.uint8(at: offset + 2), at: offset + 2, count: 1)
      let head = try reader.uint8(at: offset + 3)
      tree.add(fields.listNegation, bitsOf: head, at: offset + 3, count: 1)
      tree.add(fields.listLength, bitsOf: head, at: offset + 3, count: 1)
      offset += 4
      let part = try reader.part(at: offset, Int(head & 0x7f))
      tree.add(
        address: part, family, at: offset, fields.listIPv4, fields.listIPv6, fields.listData)
      offset += part.count
    }
  }

  private func describeGateway(_ fields: DNSAddressFields, into tree: inout FieldBuffer)
    throws(DecodeError)
  {
    tree.add(fields.gatewayPrecedence, try reader.uint8(at: start), at: start, count: 1)
    let kind = try reader.uint8(at: start + 1)
    tree.add(fields.gatewayType, kind, at: start + 1, count: 1)
    tree.add(fields.gatewayAlgorithm, try reader.uint8(at: start + 2), at: start + 2, count: 1)
    var offset = start + 3
    switch kind {
    case 1:
      tree.add(fields.gatewayIPv4, .ipv4(try reader.uint32(at: offset)), at: offset, count: 4)
      offset += 4
    case 2:
      tree.add(fields.gatewayIPv6, try reader.ipv6(at: offset), at: offset, count: 16)
      offset += 16
    case 3: offset += try add(name: fields.gatewayName, at: offset, into: &tree).length
    default: break
    }
    guard offset < end else { return }
    tree.add(fields.gatewayKey, try reader.part(at: offset, end - offset), at: offset)
  }

  private func describeHost(_ fields: DNSAddressFields, into tree: inout FieldBuffer)
    throws(DecodeError)
  {
    addOwner(to: &tree.columns)
    let tagLength = Int(try reader.uint8(at: start))
    tree.add(fields.tagLength, tagLength, at: start, count: 1)
    tree.add(fields.tagAlgorithm, try reader.uint8(at: start + 1), at: start + 1, count: 1)
    let keyLength = Int(try reader.uint16(at: start + 2))
    tree.add(fields.hostKeyLength, keyLength, at: start + 2, count: 2)
    var offset = start + 4
    for (field, count) in [(fields.tag, tagLength), (fields.hostKey, keyLength)] {
      tree.add(field, try reader.part(at: offset, count), at: offset)
      offset += count
    }
    while offset < end {
      offset += try add(name: fields.rendezvous, at: offset, into: &tree).length
    }
  }

  private func describeForwarded(_ fields: DNSAddressFields, into tree: inout FieldBuffer)
    throws(DecodeError)
  {
    let version = try reader.uint8(at: start)
    tree.add(fields.forwardedVersion, version, at: start, count: 1)
    let size = version == 4 ? 4 : 16
    guard version == 4 || version == 6 else { return }
    tree.add(fields.forwardedProtocol, try reader.uint8(at: start + 1), at: start + 1, count: 1)
    var offset = start + 2
    for field in version == 4 ? fields.forwardedIPv4 : fields.forwardedIPv6 {
      let address =
        version == 4 ? FieldValue.ipv4(try reader.uint32(at: offset)) : try reader.ipv6(at: offset)
      tree.add(field, address, at: offset, count: size)
      offset += size
    }
    for field in fields.forwardedPorts {
      tree.add(field, try reader.uint16(at: offset), at: offset, count: 2)
      offset += 2
    }
  }

  /// WINS and WINS-R.
  private func describeLookup(
    _ top: FieldIndex, _ fields: DNSAddressFields, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let isReverse = type == .winsReverse
    let head = isReverse ? fields.reverseHead : fields.winsHead
    tree.add(head[0], bitsOf: try reader.uint32(at: start), at: start, count: 4)
    tree.add(head[1], try reader.uint32(at: start + 4), at: start + 4, count: 4)
    tree.add(head[2], try reader.uint32(at: start + 8), at: start + 8, count: 4)
    if isReverse {
      let domain = try add(name: fields.resultDomain, at: start + 12, into: &tree)
      tree.note(top) {
        $0.write(", name result domain ")
        domain.write(to: &$0)
      }
      tree.columns.info.write(" ")
      domain.write(to: &tree.columns.info)
      return
    }
    let count = try reader.uint32(at: start + 12)
    tree.add(fields.serverCount, count, at: start + 12, count: 4)
    for index in 0..<Int(count) {
      let offset = start + 16 + 4 * index
      tree.add(fields.server, .ipv4(try reader.uint32(at: offset)), at: offset, count: 4)
    }
  }
}

extension FieldBuffer {
  /// An address of which only the first bytes are there.
  mutating func add(
    address: Span<UInt8>, _ family: UInt16, at offset: Int, _ ipv4: Field, _ ipv6: Field,
    _ other: Field
  ) {
    switch family {
    case 1 where address.count <= 4:
      var value: UInt32 = 0
      for index in address.indices { value |= UInt32(address[index]) << UInt32(24 - 8 * index) }
      add(ipv4, .ipv4(value), at: offset, count: address.count)
    case 2 where address.count <= 16:
      add(ipv6, .ipv6(leftAligned: address, from: 0), at: offset, count: address.count)
    default: add(other, address, at: offset)
    }
  }
}

extension FieldValue {
  /// An address of which only `bytes` are not zero, from the one numbered `first` on.
  fileprivate static func ipv6(leftAligned bytes: Span<UInt8>, from first: Int) -> FieldValue {
    var halves: (UInt64, UInt64) = (0, 0)
    for index in 0..<min(16 - first, bytes.count) {
      let place = first + index
      if place < 8 {
        halves.0 |= UInt64(bytes[index]) << UInt64(56 - 8 * place)
      } else {
        halves.1 |= UInt64(bytes[index]) << UInt64(120 - 8 * place)
      }
    }
    return .ipv6(high: halves.0, low: halves.1)
  }
}

/// The fields of address records, as Wireshark names them.
struct DNSAddressFields: FieldSet {
  let serviceAddress = Field("dns.wks.address", "Address", .ipv4)
  let serviceProtocol = Field(
    "dns.wks.protocol", "Protocol", .uint8, .natural, .names(IPProtocolNumber.name))
  let serviceBits = Field("dns.wks.bits", "Bits", .uint8, .hex)
  let prefixLength = Field("dns.a6.prefix_len", "Prefix len", .uint8)
  let addressSuffix = Field("dns.a6.address_suffix", "Address Suffix", .ipv6)
  let prefixName = Field("dns.a6.prefix_name", "Prefix name", .string)
  let listFamily = Field(
    "dns.apl.address_family", "Address Family", .uint16, .natural,
    .names { word($0, ["", "IPv4", "IPv6"]) })
  let listPrefix = Field("dns.apl.coded_prefix", "Prefix Length", .uint8)
  let listNegation = Field(
    "dns.apl.negation", "Negation Flag", .boolean, .natural,
    .words(true: "Yes (!)", false: "No (0)"), mask: 0x80)
  let listLength = Field("dns.apl.afdlength", "Address Length", .uint8, mask: 0x7f)
  let listIPv4 = Field("dns.apl.afdpart.ipv4", "Address", .ipv4)
  let listIPv6 = Field("dns.apl.afdpart.ipv6", "Address", .ipv6)
  let listData = Field("dns.apl.afdpart.data", "Address", .bytes)
  let gatewayPrecedence = Field("dns.ipseckey.gateway_precedence", "Gateway Precedence", .uint8)
  let gatewayType = Field(
    "dns.ipseckey.gateway_type", "Gateway Type", .uint8, .natural,
    .names { word($0, ["No Gateway", "IPv4 Gateway", "IPv6 Gateway", "DNS Gateway"]) })
  let gatewayAlgorithm = Field(
    "dns.ipseckey.gateway_algorithm", "Gateway Algorithm", .uint8, .natural,
    .names { word($0, ["", "DSA", "RSA"]) })
  let gatewayIPv4 = Field("dns.ipseckey.gateway_ipv4", "IPv4 Gateway", .ipv4)
  let gatewayIPv6 = Field("dns.ipseckey.gateway_ipv6", "IPv6 Gateway", .ipv6)
  let gatewayName = Field("dns.ipseckey.gateway_dns", "DNS Gateway", .string)
  let gatewayKey = Field("dns.ipseckey.public_key", "Public Key", .bytes)
  let tagLength = Field("dns.hip.hit.length", "HIT length", .uint8)
  let tagAlgorithm = Field(
    "dns.hip.hit.pk.algo", "HIT length", .uint8, .natural,
    .names { word($0, ["Reserved", "DSA", "RSA"]) })
  let hostKeyLength = Field("dns.hip.pk.length", "PK length", .uint16)
  let tag = Field("dns.hip.hit", "Host Identity Tag", .bytes)
  let hostKey = Field("dns.hip.pk", "HIP Public Key", .bytes)
  let rendezvous = Field("dns.hip.rendezvous_server", "Rendezvous Server", .string)
  let forwardedVersion = Field(
    "dns.xpf.ip_version", "IP Version", .uint8, .natural,
    .names {
      word($0, ["Reserved", "", "", "", "IPv4", "ST Datagram", "IPv6", "TP/IX", "PIP", "TUBA"])
    })
  let forwardedProtocol = Field(
    "dns.xpf.protocol", "Protocol", .uint8, .natural, .names(IPProtocolNumber.name))
  let forwardedIPv4 = [
    Field("dns.xpf.source_ipv4", "IPv4 Source", .ipv4),
    Field("dns.xpf.destination_ipv4", "IPv4 Destination", .ipv4),
  ]
  let forwardedIPv6 = [
    Field("dns.xpf.source_ipv6", "IPv6 Source", .ipv6),
    Field("dns.xpf.destination_ipv6", "IPv6 Destination", .ipv6),
  ]
  let forwardedPorts = [
    Field("dns.xpf.sport", "Source port", .uint16),
    Field("dns.xpf.dport", "Destination port", .uint16),
  ]
  let winsHead = [
    Field("dns.wins.local_flag", "Local Flag", .boolean, mask: 1, of: 32),
    Field("dns.wins.lookup_timeout", "Lookup timeout", .uint32),
    Field("dns.wins.cache_timeout", "Cache timeout", .uint32),
  ]
  let serverCount = Field("dns.wins.nb_wins_servers", "Number of WINS servers", .uint32)
  let server = Field("dns.wins.wins_server", "WINS Server Address", .ipv4)
  let reverseHead = [
    Field("dns.winsr.local_flag", "Local Flag", .boolean, mask: 1, of: 32),
    Field("dns.winsr.lookup_timeout", "Lookup timeout", .uint32),
    Field("dns.winsr.cache_timeout", "Cache timeout", .uint32),
  ]
  let resultDomain = Field("dns.winsr.name_result_domain", "Name Result Domain", .string)

  static let fields = Self()
}

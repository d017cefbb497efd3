import Fields

/// The options of an OPT record (RFC 6891 section 6.1.2).
struct DNSOptions: ~Escapable {
  private let reader: ByteReader
  private let start: Int
  private let end: Int

  /// The code that client subnets had before RFC 7871.
  private static let oldSubnetCode: UInt16 = 20730
  private static let clientCookieLength = 8

  @_lifetime(copy reader)
  init(_ reader: borrowing ByteReader, at start: Int, _ end: Int) {
    self.reader = copy reader
    (self.start, self.end) = (start, end)
  }

  func describe(into tree: inout FieldBuffer) throws(DecodeError) {
    let fields = DNSOptionFields.fields
    var offset = start
    while offset < end {
      let code = try reader.uint16(at: offset)
      let count = Int(try reader.uint16(at: offset + 2))
      let top = tree.add(fields.option, .none, at: offset, count: 4 + count)
      tree.note(top) { $0.write(": \(dnsOptionName(UInt64(code)) ?? "Unknown (\(code))")") }
      tree.open(top)
      defer { tree.close(top) }
      let codeItem = tree.add(fields.optionCode, code, at: offset, count: 2)
      let lengthItem = tree.add(fields.optionLength, count, at: offset + 2, count: 2)
      offset += 4
      let value = try reader.part(at: offset, count)
      tree.add(fields.optionData, value, at: offset)
      if code == 8 || code == Self.oldSubnetCode, count > 20 {
        tree.expert(
          fields.subnetTooLong, .error, .malformed, fields.subnetTooLong.label, under: lengthItem)
      }
      if code == Self.oldSubnetCode {
        tree.expert(
          fields.deprecatedCode, .warning, .proto, fields.deprecatedCode.label, under: codeItem)
      }
      try describe(code, value, at: offset, fields, into: &tree)
      offset += count
    }
  }

  private func describe(
    _ code: UInt16, _ value: Span<UInt8>, at offset: Int, _ fields: DNSOptionFields,
    into tree: inout FieldBuffer
  ) throws(DecodeError) {
    switch code {
    case 5, 6, 7:
      let field = code == 5 ? fields.optionDAU : code == 6 ? fields.optionDHU : fields.optionN3U
      for index in value.indices { tree.add(field, value[index], at: offset + index, count: 1) }
    case 8, Self.oldSubnetCode:
      let family = try reader.uint16(at: offset)
      tree.add(fields.subnetFamily, family, at: offset, count: 2)
      tree.add(fields.subnetSource, try reader.uint8(at: offset + 2), at: offset + 2, count: 1)
      tree.add(fields.subnetScope, try reader.uint8(at: offset + 3), at: offset + 3, count: 1)
      let limit = family == 1 ? 4 : family == 2 ? 16 : .max
      let address = value.part(4, value.count)
      tree.add(
        address: address.part(0, limit), family, at: offset + 4, fields.subnetIPv4,
        fields.subnetIPv6, fields.subnetBytes)
    case 10:
      let client = try reader.part(at: offset, max(value.count, Self.clientCookieLength))
      tree.add(fields.clientCookie, client.part(0, Self.clientCookieLength), at: offset)
      tree.add(
        fields.serverCookie, value.part(Self.clientCookieLength, value.count),
        at: offset + Self.clientCookieLength)
    case 11:
      if value.count == 2 {
        tree.add(fields.keepaliveTimeout, value.uint16(at: 0), at: offset, count: 2)
      }
    case 12: tree.add(fields.padding, value, at: offset)
    case 13: if !value.isEmpty { tree.add(string: fields.trustPoint, value, at: offset) }
    case 15 where !value.isEmpty:
      tree.add(fields.errorCode, try reader.uint16(at: offset), at: offset, count: 2)
      if value.count > 2 {
        let text = value.part(2, value.count)
        let item = tree.add(fields.errorText, at: offset + 2, count: text.count) {
          $0.write(text.upToZero)
        }
        tree.noteStrayBytes(of: text, under: item)
      }
    default: break
    }
  }
}

@Sendable func dnsOptionName(_ code: UInt64) -> String? {
  switch code {
  case 20730: "Experimental - CSUBNET - Client subnet"
  default:
    word(
      code,
      [
        "Reserved", "LLQ - Long-lived query", "UL - Update lease",
        "NSID - Name Server Identifier", "Owner (reserved)",
        "DAU - DNSSEC Algorithm Understood (RFC6975)", "DHU - DS Hash Understood (RFC6975)",
        "N3U - NSEC3 Hash Understood (RFC6975)", "CSUBNET - Client subnet",
        "EDNS EXPIRE (RFC7314)", "COOKIE", "EDNS TCP Keepalive", "PADDING", "CHAIN", "",
        "Extended DNS Error",
      ])
  }
}

@Sendable private func extendedErrorName(_ code: UInt64) -> String? {
  if code >= 49152 { return "Reserved for Private Use" }
  return word(
    code,
    [
      "Other Error", "Unsupported DNSKEY Algorithm", "Unsupported DS Digest Type",
      "Stale Answer", "Forged Answer", "DNSSEC Indeterminate", "DNSSEC Bogus",
      "Signature Expired", "Signature Not Yet Valid", "DNSKEY Missing", "RRSIGs Missing",
      "No Zone Key Bit Set", "NSEC Missing", "Cached Error", "Not Ready", "Blocked", "Censored",
      "Filtered", "Prohibited", "Stale NXDomain Answer", "Not Authoritative", "Not Supported",
      "No Reachable Authority", "Network Error", "Invalid Data",
      "Signature Expired before Valid", "Too Early", "Unsupported NSEC3 Iterations Value",
      "Unable to conform to policy", "Synthesized",
    ]) ?? "Unassigned"
}

/// The fields of options, as Wireshark names them.
struct DNSOptionFields: FieldSet {
  let option = Field("dns.opt", "Option", .none)
  let optionCode = Field(
    "dns.opt.code", "Option Code", .uint16, .natural, .names(dnsOptionName))
  let optionLength = Field("dns.opt.len", "Option Length", .uint16)
  let optionData = Field("dns.opt.data", "Option Data", .bytes)
  let optionDAU = Field("dns.opt.dau", "DAU", .uint8, .natural, .names(dnssecAlgorithmName))
  let optionDHU = Field("dns.opt.dhu", "DHU", .uint8, .natural, .names(dnssecDigestName))
  let optionN3U = Field("dns.opt.n3u", "N3U", .uint8, .natural, .names(dnssecHashName))
  let subnetFamily = Field(
    "dns.opt.client.family", "Family", .uint16, .natural,
    .names { word($0, ["", "IPv4", "IPv6"]) })
  let subnetSource = Field("dns.opt.client.netmask", "Source Netmask", .uint8)
  let subnetScope = Field("dns.opt.client.scope", "Scope Netmask", .uint8)
  let subnetIPv4 = Field("dns.opt.client.addr4", "Client Subnet", .ipv4)
  let subnetIPv6 = Field("dns.opt.client.addr6", "Client Subnet", .ipv6)
  let subnetBytes = Field("dns.opt.client.addr", "Client Subnet", .bytes)
  let clientCookie = Field("dns.opt.cookie.client", "Client Cookie", .bytes)
  let serverCookie = Field("dns.opt.cookie.server", "Server Cookie", .bytes)
  let keepaliveTimeout = Field("dns.opt.edns_tcp_keepalive.timeout", "Timeout", .uint16)
  let padding = Field("dns.opt.padding", "Padding", .bytes)
  let errorCode = Field(
    "dns.opt.ext_error.info_code", "Info Code", .uint16, .natural, .names(extendedErrorName))
  let trustPoint = Field("dns.opt.chain.fqdn", "Closest Trust Point", .string)
  let deprecatedCode = Field(
    "dns.depr.opc", "Deprecated opcode. Client subnet OPT assigned as 8.", .none)
  let subnetTooLong = Field(
    "dns.rr.opt.bad_length", "Length too long for any type of IP address.", .none)
  let errorText = Field("dns.opt.ext_error.extra_text", "Extra Text", .string)

  static let fields = Self()
}

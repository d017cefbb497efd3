import Fields

/// The fields of a DNS message, as Wireshark names them.
struct DNSFields: FieldSet {
  let dns = Field("dns", "Domain Name System", .proto)
  let multicast = Field("mdns", "Multicast Domain Name System", .proto)
  let linkLocal = Field("llmnr", "Link-local Multicast Name Resolution", .proto)
  let length = Field("dns.length", "Length", .uint16)
  let identifier = Field("dns.id", "Transaction ID", .uint16, .hex)
  let flags = Field("dns.flags", "Flags", .uint16, .hex)
  let isResponse = Field(
    "dns.flags.response", "Response", .boolean, .natural,
    .words(true: "Message is a response", false: "Message is a query"), mask: 0x8000, of: 16)
  let opcode = Field(
    "dns.flags.opcode", "Opcode", .uint16, .natural, .names(dnsOpcodeName), mask: 0x7800)
  let isAuthoritative = Field(
    "dns.flags.authoritative", "Authoritative", .boolean, .natural,
    .words(
      true: "Server is an authority for domain", false: "Server is not an authority for domain"),
    mask: 0x400, of: 16)
  let queryConflict = Field(
    "dns.flags.conflict", "Conflict", .boolean, .natural,
    .words(true: "The sender received multiple responses", false: "None"), mask: 0x400, of: 16)
  let conflict = Field(
    "dns.flags.conflict", "Conflict", .boolean, .natural,
    .words(
      true: "The name is not considered unique", false: "The name is considered unique"),
    mask: 0x400, of: 16)
  let isTruncated = Field(
    "dns.flags.truncated", "Truncated", .boolean, .natural,
    .words(true: "Message is truncated", false: "Message is not truncated"), mask: 0x200, of: 16)
  let recursionDesired = Field(
    "dns.flags.recdesired", "Recursion desired", .boolean, .natural,
    .words(true: "Do query recursively", false: "Don't do query recursively"), mask: 0x100, of: 16)
  let isTentative = Field(
    "dns.flags.tentative", "Tentative", .boolean, .natural,
    .words(true: "Tentative", false: "Not tentative"), mask: 0x100, of: 16)
  let recursionAvailable = Field(
    "dns.flags.recavail", "Recursion available", .boolean, .natural,
    .words(
      true: "Server can do recursive queries", false: "Server can't do recursive queries"),
    mask: 0x80, of: 16)
  let z = Field(
    "dns.flags.z", "Z", .boolean, .natural,
    .words(true: "reserved - incorrect!", false: "reserved (0)"), mask: 0x40, of: 16)
  let isAuthenticated = Field(
    "dns.flags.authenticated", "Answer authenticated", .boolean, .natural,
    .words(
      true: "Answer/authority portion was authenticated by the server",
      false: "Answer/authority portion was not authenticated by the server"), mask: 0x20, of: 16)
  let authenticDataBit = Field(
    "dns.flags.authenticated", "AD bit", .boolean, .natural, .setNotSet, mask: 0x20, of: 16)
  let checkingDisabled = Field(
    "dns.flags.checkdisable", "Non-authenticated data", .boolean, .natural,
    .words(true: "Acceptable", false: "Unacceptable"), mask: 0x10, of: 16)
  let responseCode = Field(
    "dns.flags.rcode", "Reply code", .uint16, .natural, .names(dnsResponseCodeName), mask: 0xf)
  let questionCount = Field("dns.count.queries", "Questions", .uint16)
  let zoneCount = Field("dns.count.zones", "Zones", .uint16)
  let answerCount = Field("dns.count.answers", "Answer RRs", .uint16)
  let prerequisiteCount = Field("dns.count.prerequisites", "Prerequisites", .uint16)
  let authorityCount = Field("dns.count.auth_rr", "Authority RRs", .uint16)
  let updateCount = Field("dns.count.updates", "Updates", .uint16)
  let additionalCount = Field("dns.count.add_rr", "Additional RRs", .uint16)
  let queryName = Field("dns.qry.name", "Name", .string)
  let queryNameLength = Field("dns.qry.name.len", "Name Length", .uint16)
  let labelCount = Field("dns.count.labels", "Label Count", .uint16)
  let queryType = Field("dns.qry.type", "Type", .uint16, .natural, .names(DNSType.name))
  let queryClass = Field("dns.qry.class", "Class", .uint16, .hex, .names(dnsClassName))
  let multicastQueryClass = Field(
    "dns.qry.class", "Class", .uint16, .hex, .names(dnsClassName), mask: 0x7fff)
  let queryUnicast = Field("dns.qry.qu", "\"QU\" question", .boolean, mask: 0x8000, of: 16)
  let extraneousData = Field("dns.extraneous.data", "Extraneous Data Bytes", .bytes)
  let extraneousLength = Field("dns.extraneous.length", "Extraneous Data Length", .int32)
  let extraneous = Field("dns.extraneous", "Extraneous data", .none)
  let responseTo = Field("dns.response_to", "Request In", .frameNumber)
  let time = Field("dns.time", "Time", .relativeTime)
  let isUnsolicited = Field("dns.unsolicited", "Unsolicited", .boolean)
  let isRetransmission = Field("dns.retransmission", "Retransmission", .boolean)
  let originalRequest = Field(
    "dns.retransmit_request_in", "Retransmitted request. Original request in", .frameNumber)
  let originalResponse = Field(
    "dns.retransmit_response_in", "Retransmitted response. Original response in", .frameNumber)
  let retransmittedRequest = Field(
    "dns.retransmit_request", "DNS query retransmission", .none)
  let retransmittedResponse = Field(
    "dns.retransmit_response", "DNS response retransmission", .none)

  static let fields = Self()
}

extension DNSType {
  static let a = Self(rawValue: 1)
  static let ns = Self(rawValue: 2)
  static let cname = Self(rawValue: 5)
  static let soa = Self(rawValue: 6)
  static let wks = Self(rawValue: 11)
  static let ptr = Self(rawValue: 12)
  static let hinfo = Self(rawValue: 13)
  static let mx = Self(rawValue: 15)
  static let txt = Self(rawValue: 16)
  static let sig = Self(rawValue: 24)
  static let key = Self(rawValue: 25)
  static let aaaa = Self(rawValue: 28)
  static let loc = Self(rawValue: 29)
  static let nxt = Self(rawValue: 30)
  static let srv = Self(rawValue: 33)
  static let naptr = Self(rawValue: 35)
  static let kx = Self(rawValue: 36)
  static let a6 = Self(rawValue: 38)
  static let dname = Self(rawValue: 39)
  static let opt = Self(rawValue: 41)
  static let apl = Self(rawValue: 42)
  static let ds = Self(rawValue: 43)
  static let sshfp = Self(rawValue: 44)
  static let ipseckey = Self(rawValue: 45)
  static let rrsig = Self(rawValue: 46)
  static let nsec = Self(rawValue: 47)
  static let dnskey = Self(rawValue: 48)
  static let nsec3 = Self(rawValue: 50)
  static let nsec3param = Self(rawValue: 51)
  static let tlsa = Self(rawValue: 52)
  static let hip = Self(rawValue: 55)
  static let cds = Self(rawValue: 59)
  static let cdnskey = Self(rawValue: 60)
  static let csync = Self(rawValue: 62)
  static let svcb = Self(rawValue: 64)
  static let https = Self(rawValue: 65)
  static let spf = Self(rawValue: 99)
  static let tsig = Self(rawValue: 250)
  static let caa = Self(rawValue: 257)
  static let dlv = Self(rawValue: 32769)
  static let wins = Self(rawValue: 65281)
  static let winsReverse = Self(rawValue: 65282)
  static let xpf = Self(rawValue: 65422)

  @Sendable static func name(_ number: UInt64) -> String? {
    UInt16(exactly: number).flatMap { DNSType(rawValue: $0).name }
  }
}

/// The fields of resource records, as Wireshark names them.
struct DNSRecordFields: FieldSet {
  let name = Field("dns.resp.name", "Name", .string)
  let type = Field("dns.resp.type", "Type", .uint16, .natural, .names(DNSType.name))
  let classValue = Field("dns.resp.class", "Class", .uint16, .hex, .names(dnsClassName))
  let multicastClass = Field(
    "dns.resp.class", "Class", .uint16, .hex, .names(dnsClassName), mask: 0x7fff)
  let cacheFlush = Field("dns.resp.cache_flush", "Cache flush", .boolean, mask: 0x8000, of: 16)
  let timeToLive = Field("dns.resp.ttl", "Time to live", .uint32)
  let timeToLiveHigh = Field(
    "dns.ttl.high_bit_set", "The uppermost bit of the TTL is set (RFC 2181, section 8)", .none)
  let dataLength = Field("dns.resp.len", "Data length", .uint16)
  let address = Field("dns.a", "Address", .ipv4)
  let address6 = Field("dns.aaaa", "AAAA Address", .ipv6)
  let nameServer = Field("dns.ns", "Name Server", .string)
  let canonicalName = Field("dns.cname", "CNAME", .string)
  let delegationName = Field("dns.dname", "Dname", .string)
  let pointer = Field("dns.ptr.domain_name", "Domain Name", .string)
  let mailPreference = Field("dns.mx.preference", "Preference", .uint16)
  let mailExchange = Field("dns.mx.mail_exchange", "Mail Exchange", .string)
  let keyPreference = Field("dns.kx.preference", "Preference", .uint16)
  let keyExchange = Field("dns.kx.key_exchange", "Key Exchange", .string)
  let authorityServer = Field("dns.soa.mname", "Primary name server", .string)
  let authorityMailbox = Field(
    "dns.soa.rname", "Responsible authority's mailbox", .string)
  let serial = Field("dns.soa.serial_number", "Serial Number", .uint32)
  let refresh = Field("dns.soa.refresh_interval", "Refresh Interval", .uint32)
  let retry = Field("dns.soa.retry_interval", "Retry Interval", .uint32)
  let expire = Field("dns.soa.expire_limit", "Expire limit", .uint32)
  let minimum = Field("dns.soa.minimum_ttl", "Minimum TTL", .uint32)
  let textLength = Field("dns.txt.length", "TXT Length", .uint8)
  let text = Field("dns.txt", "TXT", .string)
  let policyLength = Field("dns.spf.length", "SPF Length", .uint8)
  let policy = Field("dns.spf", "SPF", .string)
  let serviceName = Field("dns.srv.service", "Service", .string)
  let serviceProtocol = Field("dns.srv.proto", "Protocol", .string)
  let serviceOwner = Field("dns.srv.name", "Name", .string)
  let servicePriority = Field("dns.srv.priority", "Priority", .uint16)
  let serviceWeight = Field("dns.srv.weight", "Weight", .uint16)
  let servicePort = Field("dns.srv.port", "Port", .uint16)
  let serviceTarget = Field("dns.srv.target", "Target", .string)
  let processorLength = Field("dns.hinfo.cpu_length", "CPU Length", .uint8)
  let processor = Field("dns.hinfo.cpu", "CPU", .string)
  let systemLength = Field("dns.hinfo.os_length", "OS Length", .uint8)
  let system = Field("dns.hinfo.os", "OS", .string)
  let naptrOrder = Field("dns.naptr.order", "Order", .uint16)
  let naptrPreference = Field("dns.naptr.preference", "Preference", .uint16)
  let naptrFlagsLength = Field("dns.naptr.flags_length", "Flags Length", .uint8)
  let naptrFlags = Field("dns.naptr.flags", "Flags", .string)
  let naptrServiceLength = Field("dns.naptr.service_length", "Service Length", .uint8)
  let naptrService = Field("dns.naptr.service", "Service", .string)
  let naptrRegexLength = Field("dns.naptr.regex_length", "Regex Length", .uint8)
  let naptrRegex = Field("dns.naptr.regex", "Regex", .string)
  let naptrReplacementLength = Field(
    "dns.naptr.replacement_length", "Replacement Length", .uint8)
  let naptrReplacement = Field("dns.naptr.replacement", "Replacement", .string)
  let caaFlags = Field("dns.caa.flags", "CAA Flags", .uint8, .hex)
  let caaCritical = Field(
    "dns.caa.flags.issuer_critical", "Issuer Critical", .boolean, .natural,
    .words(true: "Critical", false: "Not critical"), mask: 0x80)
  let caaIssue = Field("dns.caa.issue", "Issue", .string)
  let caaIssueWild = Field("dns.caa.issuewild", "Issue Wildcard", .string)
  let caaReport = Field("dns.caa.iodef", "Report URL", .string)
  let caaUnknown = Field("dns.caa.unknown", "Unknown tag", .string)
  let caaTagLength = Field("dns.caa.tag_length", "Tag length", .uint8)
  let caaTag = Field("dns.caa.tag", "Tag", .string)
  let caaValue = Field("dns.caa.value", "Value", .string)
  let tlsaUsage = Field(
    "dns.tlsa.certificate_usage", "Certificate Usage", .uint8, .natural,
    .names {
      word(
        $0,
        [
          "CA constraint (PKIX-TA)", "Service certificate constraint (PKIX-EE)",
          "Trust anchor assertion (DANE-TA)", "Domain-issued certificate (DANE-EE)",
        ])
    })
  let tlsaSelector = Field(
    "dns.tlsa.selector", "Selector", .uint8, .natural,
    .names { word($0, ["Full certificate (Cert)", "SubjectPublicKeyInfo (SPKI)"]) })
  let tlsaMatching = Field(
    "dns.tlsa.matching_type", "Matching Type", .uint8, .natural,
    .names {
      word(
        $0,
        [
          "No Hash Used (Full)", "256 bit hash by SHA2 (SHA2-256)",
          "512 bit hash by SHA2 (SHA2-512)",
        ])
    })
  let tlsaData = Field(
    "dns.tlsa.certificate_association_data", "Certificate Association Data", .bytes)
  let sshAlgorithm = Field(
    "dns.sshfp.algorithm", "Algorithm", .uint8, .natural,
    .names { word($0, ["Reserved", "RSA", "DSA", "ECDSA", "Ed25519", "XMSS"]) })
  let sshType = Field(
    "dns.sshfp.fingerprint.type", "Fingerprint type", .uint8, .natural,
    .names { word($0, ["Reserved", "SHA1", "SHA256"]) })
  let sshFingerprint = Field("dns.sshfp.fingerprint", "Fingerprint", .bytes)
  let tsigAlgorithm = Field("dns.tsig.algorithm_name", "Algorithm Name", .string)
  let tsigTime = Field("dns.tsig.time_signed", "Time Signed", .absoluteTime)
  let tsigFudge = Field("dns.tsig.fudge", "Fudge", .uint16)
  let tsigSize = Field("dns.tsig.mac_size", "MAC Size", .uint16)
  let tsigMAC = Field("dns.tsig.mac", "MAC", .none)
  let tsigUnknown = Field("dns.tsig.noalg", "No dissector for algorithm", .none)
  let tsigIdentifier = Field("dns.tsig.original_id", "Original Id", .uint16)
  let tsigError = Field(
    "dns.tsig.error", "Error", .uint16, .natural, .names(dnsResponseCodeName))
  let tsigOtherLength = Field("dns.tsig.other_len", "Other Len", .uint16)
  let tsigOther = Field("dns.tsig.other_data", "Other Data", .bytes)
  let undecoded = Field("dns.undecoded.type", "Undecoded option", .none)
  let data = Field("dns.data", "Data", .bytes)

  let payloadSize = Field("dns.rr.udp_payload_size", "UDP payload size", .uint16)
  let multicastPayloadSize = Field(
    "dns.rr.udp_payload_size", "UDP payload size", .uint16, .hex, mask: 0x7fff)
  let extendedCode = Field(
    "dns.resp.ext_rcode", "Higher bits in extended RCODE", .uint8, .hex)
  let ednsVersion = Field("dns.resp.edns0_version", "EDNS0 version", .uint8)
  let ednsZ = Field("dns.resp.z", "Z", .uint16, .hex)
  let dnssecOK = Field(
    "dns.resp.z.do", "DO bit", .boolean, .natural,
    .words(true: "Accepts DNSSEC security RRs", false: "Cannot handle DNSSEC security RRs"),
    mask: 0x8000, of: 16)
  let ednsReserved = Field("dns.resp.z.reserved", "Reserved", .uint16, .hex, mask: 0x7fff)

  static let fields = Self()
}

import Fields

/// The fields of PROXY headers and of SOCKS, as Wireshark names them.
struct ProxyFields: FieldSet {
  let proxy = Field("proxy", "PROXY Protocol", .proto)
  let version = Field("proxy.version", "Version", .uint8)
  let sourceIPv4 = Field("proxy.src.ipv4", "Source Address", .ipv4)
  let destinationIPv4 = Field("proxy.dst.ipv4", "Destination Address", .ipv4)
  let sourceIPv6 = Field("proxy.src.ipv6", "Source Address", .ipv6)
  let destinationIPv6 = Field("proxy.dst.ipv6", "Destination Address", .ipv6)
  let sourcePort = Field("proxy.srcport", "Source Port", .uint16)
  let destinationPort = Field("proxy.dstport", "Destination Port", .uint16)
  let lineMagic = Field("proxy.v1.magic", "PROXY v1 magic", .none)
  let lineProtocol = Field("proxy.v1.proto", "Protocol", .string)
  let lineUnknown = Field("proxy.v1.unknown", "Unknown data", .string)
  let magic = Field("proxy.v2.magic", "Magic", .bytes)
  let binaryVersion = Field("proxy.v2.version", "Version", .uint8, mask: 0xf0)
  let command = Field("proxy.v2.cmd", "Command", .uint8, mask: 0x0f)
  let familyAndProtocol = Field(
    "proxy.v2.addr_family_protocol", "Address Family Protocol", .uint8, .hex,
    .names { value in
      switch value {
      case 0x00: "UNSPEC"
      case 0x11: "TCP over IPv4"
      case 0x12: "UDP over IPv4"
      case 0x21: "TCP over IPv6"
      case 0x22: "UDP over IPv6"
      case 0x31: "UNIX stream"
      case 0x32: "UNIX datagram"
      default: nil
      }
    })
  let family = Field(
    "proxy.v2.addr_family", "Address Family", .uint8, .hex,
    .names { word($0, ["", "IPv4", "IPv6", "UNIX"]) }, mask: 0xf0)
  let transport = Field("proxy.v2.protocol", "Protocol", .uint8, .hex, mask: 0x0f)
  let length = Field("proxy.v2.length", "Length", .uint16)
  let sourceUnix = Field("proxy.v2.src.unix", "Source Address", .bytes)
  let destinationUnix = Field("proxy.v2.dst.unix", "Destination Address", .bytes)
  let unknown = Field("proxy.v2.unknown", "Unknown data", .bytes)
  let item = Field("proxy.v2.tlv", "TLV", .none)
  let itemType = Field("proxy.v2.tlv.type", "Type", .uint8, .hex, .names { itemName($0) })
  let itemLength = Field("proxy.v2.tlv.length", "Length", .uint16)
  let itemValue = Field("proxy.v2.tlv.value", "Value", .bytes)
  let tlsClient = Field("proxy.v2.tlv.ssl.client", "Client", .uint8, .hex)
  let tlsVerify = Field("proxy.v2.tlv.ssl.verify", "Verify", .uint32, .hex)
  let tlsVersion = Field("proxy.v2.tlv.ssl.version", "Version", .string)
  let tlsName = Field("proxy.v2.tlv.ssl.cn", "CN", .string)
  let tlsCipher = Field("proxy.v2.tlv.ssl.cipher", "Cipher", .string)
  let tlsSignature = Field("proxy.v2.tlv.ssl.sig_alg", "SIG ALG", .string)
  let tlsKey = Field("proxy.v2.tlv.ssl.keu_alg", "Key ALG", .string)
  let badFormat = Field("proxy.bad_format", "Badly formatted PROXY header line", .none)

  static let fields = Self()

  static func itemName(_ type: UInt64) -> String? {
    switch type {
    case 0x00: "UNSPEC"
    case 0x01: "ALPN"
    case 0x02: "AUTHORITY"
    case 0x03: "CRC32C"
    case 0x04: "NOOP"
    case 0x20: "SSL"
    case 0x21: "SSL VERSION"
    case 0x22: "SSL CN"
    case 0x23: "SSL CIPHER"
    case 0x24: "SSL SIG ALG"
    case 0x25: "SSL KEY ALG"
    case 0x30: "NETNS"
    case 0xea: "AWS"
    default: nil
    }
  }
}

struct SOCKSFields: FieldSet {
  let socks = Field("socks", "Socks Protocol", .proto)
  let version = Field("socks.version", "Version", .uint8)
  let command = Field("socks.command", "Command", .uint8, .natural, .names(SOCKS.commandName))
  let results4 = Field("socks.results", "Results(V4)", .uint8, .natural, .names(SOCKS.result4Name))
  let results = Field("socks.results", "Results(V5)", .uint8, .natural, .names(SOCKS.resultName))
  let methodCount = Field("socks.auth_method_count", "Authentication Method Count", .uint8)
  let method = Field("socks.auth_method", "Method", .uint8)
  let acceptedMethod = Field("socks.auth_accepted_method", "Accepted Auth Method", .uint8)
  let negotiationVersion = Field(
    "socks.subnegotiation_version", "Subnegotiation Version", .uint8)
  let username = Field("socks.username", "User name", .string)
  let password = Field("socks.password", "Password", .string)
  let status = Field("socks.auth_status", "Status", .uint8)
  let reserved = Field("socks.reserved", "Reserved", .uint8)
  let addressType = Field(
    "socks.address_type", "Address Type", .uint8, .natural, .names(SOCKS.addressTypeName))
  let address = Field("socks.dst", "Remote Address", .ipv4)
  let addressIPv6 = Field("socks.dstV6", "Remote Address(ipv6)", .ipv6)
  let name = Field("socks.remote_name", "Remote name", .string)
  let name4 = Field("socks.v4a_dns_name", "SOCKS v4a Remote Domain Name", .string)
  let remotePort = Field("socks.dstport", "Remote Port", .uint16)
  let port = Field("socks.port", "Port", .uint16)
  /// What goes through the proxy is shown as TCP shows it.
  let payload = Field("tcp.payload", "TCP payload", .bytes)

  static let fields = Self()
}

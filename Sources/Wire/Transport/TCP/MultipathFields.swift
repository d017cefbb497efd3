import Fields

/// The fields of Multipath TCP, as Wireshark names them.
struct MultipathFields: FieldSet {
  let mptcp = Field("mptcp", "Multipath Transmission Control Protocol", .proto)
  let subtype = field("subtype", "Multipath TCP subtype", .uint8, mask: 0xf0)
  let version = field("version", "Multipath TCP version", .uint8, mask: 0x0f)
  let flags = field("flags", "Multipath TCP flags", .uint8, .hex)
  let checksumRequired = field("checksumreq.flags", "Checksum required", .uint8, mask: 0x80)
  let extensibility = field("extensibility.flag", "Extensibility", .uint8, mask: 0x40)
  let sha1 = field("sha1.flag", "Use HMAC-SHA1", .uint8, mask: 0x01)
  let reservedFlags = field("reserved.flag", "Reserved", .uint8, .hex, mask: 0x3e)
  let noMoreSubflows = field(
    "nomoresubflows.flag", "Do not attempt to establish new subflows to this address and port",
    .uint8, mask: 0x20)
  let sha256 = field("sha256.flag", "Use HMAC-SHA256", .uint8, mask: 0x01)
  let backup = field("backup.flag", "Backup flag", .uint8, mask: 0x01)
  let dataFin = field("datafin.flag", "DATA_FIN", .uint8, mask: 0x10)
  let longSequence = field(
    "dseqn8.flag", "Data Sequence Number is 8 octets", .uint8, mask: 0x08)
  let hasSequence = field(
    "dseqnpresent.flag",
    "Data Sequence Number, Subflow Sequence Number, Data-level Length, Checksum present", .uint8,
    mask: 0x04)
  let longAcknowledgment = field(
    "dataack8.flag", "Data ACK is 8 octets", .uint8, mask: 0x02)
  let hasAcknowledgment = field(
    "dataackpresent.flag", "Data ACK is present", .uint8, mask: 0x01)
  let resetU = resetFlag("flag_U.flag", "Flag U", 0x8)
  let resetV = resetFlag("flag_V.flag", "Flag V", 0x4)
  let resetW = resetFlag("flag_W.flag", "Flag W", 0x2)
  let transient = resetFlag("flag_T.flag", "Transient", 0x1)
  let resetReason = Field(
    "tcp.options.mptcp.rst_reason", "TCPRST Reason", .uint8, .hex,
    .names { $0 < reasons.count ? reasons[Int($0)] : nil })
  let senderKey = field("sendkey", "Sender's Key", .uint64)
  let receiverKey = field("recvkey", "Receiver's Key", .uint64)
  let receiverToken = field("recvtok", "Receiver's Token", .uint32)
  let senderRandom = field("sendrand", "Sender's Random Number", .uint32)
  let truncatedHMAC = field("sendtrunchmac", "Sender's Truncated HMAC", .uint64)
  let hmac = Field("tcp.options.mptcp.sendhmac", "Sender's HMAC", .bytes)
  let addressHMAC = field("addaddrtrunchmac", "Truncated HMAC", .uint64)
  let addressID = field("addrid", "Address ID", .uint8)
  let dataAcknowledgment = field("rawdataack", "Original MPTCP Data ACK", .uint64)
  let dataSequence = field("rawdataseqno", "Data Sequence Number", .uint64)
  let subflowSequence = field("subflowseqno", "Subflow Sequence Number", .uint32)
  let dataLength = field("datalvllen", "Data-level Length", .uint16)
  let checksum = field("checksum", "Checksum", .uint16, .hex)
  let addressVersion = field("ipver", "IP version", .uint8, mask: 0x0f)
  let echo = field("echo", "Echo", .uint8, mask: 0x01)
  let ipv4 = Field("tcp.options.mptcp.ipv4", "Advertised IPv4 Address", .ipv4)
  let ipv6 = Field("tcp.options.mptcp.ipv6", "Advertised IPv6 Address", .ipv6)
  let port = field("port", "Advertised port", .uint16)
  let reserved = field("reserved", "Reserved", .uint16, .hex, mask: 0x0fff)
  let removedCount = Field("mptcp.rm_addr.count", "Number of removed addresses", .uint8)
  let infiniteMapping = Field(
    "mptcp.dss.infinite_mapping", "Fallback to infinite mapping", .none)
  let noAlgorithm = Field(
    "mptcp.connection.missing_algorithm", "No crypto algorithm specified", .none)
  let unknownAlgorithm = Field(
    "mptcp.connection.unsupported_algorithm", "Unsupported algorithm", .none)
  let expectedToken = Field(
    "mptcp.expected_token", "Subflow token generated from key", .uint32)
  let expectedSequence = Field("mptcp.expected_idsn", "Subflow expected IDSN", .uint64)
  let relativeAcknowledgment = Field("mptcp.ack", "Multipath TCP Data ACK", .uint64)
  let relativeSequence = Field("mptcp.dss.dsn", "DSS Data Sequence Number", .uint64)
  let analysis = Field("mptcp.analysis", "MPTCP analysis", .none)
  let master = Field("mptcp.master", "Master flow", .boolean)
  let stream = Field("mptcp.stream", "Stream index", .uint32)
  let subflows = Field("mptcp.analysis.subflows", "TCP subflow stream id(s)", .string)

  static let fields = Self()

  private static let reasons = [
    "Unspecified error", "MPTCP-specific error", "Lack of resources",
    "Administratively prohibited", "Too much outstanding data", "Unacceptable performance",
    "Middlebox interference",
  ]

  private static func field(
    _ name: String, _ label: String, _ type: FieldType, _ display: FieldDisplay = .natural,
    mask: UInt64 = 0
  ) -> Field {
    Field("tcp.options.mptcp.\(name)", label, type, display, mask: mask)
  }
  private static func resetFlag(_ name: String, _ label: String, _ mask: UInt64) -> Field {
    Field("tcp.options.mptcp.\(name)", label, .boolean, .natural, .setNotSet, mask: mask, of: 4)
  }
}

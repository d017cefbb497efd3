import Fields

/// The fields of TCP options, as Wireshark names them.
struct TCPOptionFields: FieldSet {
  let options = Field("tcp.options", "TCP Options", .bytes)
  let kind = Field(
    "tcp.option_kind", "Kind", .uint8, .natural,
    .names { UInt8(exactly: $0).flatMap { TCPOptionKind(rawValue: $0).name } })
  let length = Field("tcp.option_len", "Length", .uint8)
  let end = option("eol", "End of Option List (EOL)")
  let noOperation = option("nop", "No-Operation (NOP)")
  let size = option("mss", "Maximum segment size")
  let maximumSegmentSize = Field("tcp.options.mss_val", "MSS Value", .uint16)
  let windowScale = option("wscale", "Window scale")
  let shift = Field("tcp.options.wscale.shift", "Shift count", .uint8)
  let multiplier = Field("tcp.options.wscale.multiplier", "Multiplier", .uint16)
  let sackPermitted = option("sack_perm", "SACK permitted")
  let sack = option("sack", "SACK")
  let leftEdge = Field("tcp.options.sack_le", "TCP SACK Left Edge", .uint32)
  let rightEdge = Field("tcp.options.sack_re", "TCP SACK Right Edge", .uint32)
  let blockCount = Field("tcp.options.sack.count", "TCP SACK Count", .uint8)
  let duplicateLeftEdge = Field("tcp.options.sack.dsack_le", "TCP D-SACK Left Edge", .uint32)
  let duplicateRightEdge = Field("tcp.options.sack.dsack_re", "TCP D-SACK Right Edge", .uint32)
  let echo = option("echo", "Echo")
  let echoValue = Field("tcp.options.echo_value", "TCP Echo Option", .uint32)
  let timestamps = option("timestamp", "Timestamps")
  let timestamp = Field("tcp.options.timestamp.tsval", "Timestamp value", .uint32)
  let timestampEcho = Field("tcp.options.timestamp.tsecr", "Timestamp echo reply", .uint32)
  let cc = option("cc", "CC")
  let connectionCount = Field("tcp.options.cc_value", "TCP CC Option", .uint32)
  let md5 = option("md5", "TCP MD5 signature")
  let md5Digest = Field("tcp.options.md5.digest", "MD5 digest", .bytes)
  let scps = option("scps", "SCPS capabilities")
  let capabilities = Field(
    "tcp.options.scps.vector", "TCP SCPS Capabilities Vector", .uint8, .hex)
  let partialReliability = capability("bets", "Partial Reliability Capable (BETS)", 0x80)
  let shortSnack = capability("snack1", "Short Form SNACK Capable (SNACK1)", 0x40)
  let longSnack = capability("snack2", "Long Form SNACK Capable (SNACK2)", 0x20)
  let compression = capability("compress", "Lossless Header Compression (COMP)", 0x10)
  let networkTimestamp = capability("nlts", "Network Layer Timestamp (NLTS)", 0x08)
  let capabilityReserved = Field(
    "tcp.options.scpsflags.reserved", "Reserved", .uint8, mask: 0x07)
  let connectionID = Field("tcp.options.scps.binding", "Connection ID", .uint8)
  let snack = option("snack", "Selective Negative Acknowledgment")
  let snackOffset = Field("tcp.options.snack.offset", "TCP SNACK Offset", .uint16)
  let snackSize = Field("tcp.options.snack.size", "TCP SNACK Size", .uint16)
  let scpsRecord = option("scpsrec", "SCPS record boundary")
  let scpsCorruption = option("scpscor", "SCPS corruption experienced")
  let quickStart = option("qs", "Quick-Start")
  let quickStartRate = Field("tcp.options.qs.rate", "QS Rate", .uint8, mask: 0x0f)
  let quickStartHops = Field("tcp.options.qs.ttl_diff", "QS Rate", .uint8)
  let userTimeout = option("user_to", "User Timeout")
  let timeoutUnit = Field(
    "tcp.options.user_to_granularity", "Granularity", .boolean, .natural,
    .words(true: "Minutes", false: "Seconds"), mask: 0x8000, of: 16)
  let timeout = Field("tcp.options.user_to_val", "User Timeout", .uint16, mask: 0x7fff)
  let authentication = option("ao", "TCP AO")
  let keyID = Field("tcp.options.ao.keyid", "AO KeyID", .uint8)
  let nextKeyID = Field("tcp.options.ao.rnextkeyid", "AO RNextKeyID", .uint8)
  let authenticationCode = Field("tcp.options.ao.mac", "AO MAC", .bytes)
  let fastOpen = option("tfo", "TCP Fast Open")
  let fastOpenRequest = Field("tcp.options.tfo.request", "Fast Open Cookie Request", .none)
  let fastOpenCookie = Field("tcp.options.tfo.cookie", "Fast Open Cookie", .bytes)
  let riverbedProbe = option("rvbd.probe", "Riverbed Probe")
  let riverbedTransparency = option("rvbd.trpy", "Riverbed Transparency")
  let accurateECN = option("acc_ecn", "Accurate ECN")
  let counter0 = Field(
    "tcp.options.acc_ecn.ee0b", "Accurate ECN Echo ECT(0) Byte Counter", .uint24)
  let counterCE = Field("tcp.options.acc_ecn.eceb", "Accurate ECN Echo CE Byte Counter", .uint24)
  let counter1 = Field(
    "tcp.options.acc_ecn.ee1b", "Accurate ECN Echo ECT(1) Byte Counter", .uint24)
  let experimental = option("experimental", "Experimental")
  let experiment = Field(
    "tcp.options.experimental.exid", "Experiment Identifier", .uint16, .hex,
    .names { experimentName(UInt16($0)) })
  let experimentData = Field("tcp.options.experimental.data", "Data", .bytes)
  let unknown = option("unknown", "Unknown")
  let unknownPayload = Field("tcp.options.unknown.payload", "Payload", .bytes)

  let sizePresent = expert(
    "options.mss.present", "The non-SYN packet does contain a MSS option")
  let sizeAbsent = expert("options.mss.absent", "The SYN packet does not contain a MSS option")
  let shiftInvalid = expert("options.wscale.shift.invalid", "Window scale shift exceeds 14")
  let duplicateSack = expert("options.sack.dsack", "D-SACK Sequence")
  let suboptionMalformed = expert("suboption_malformed", "suboption would go past end of option")
  let lengthInvalid = expert("option.len.invalid", "Invalid length for option")
  let padding = expert("non_zero_bytes_after_eol", "Non-zero header padding")

  let idleOptions = expert(
    "nop", "4 NOP in a row - a router may have removed some options")

  static let fields = Self()

  /// What SCPS can do, as the vector names it in short.
  var capabilityBits: [(Field, String)] {
    [
      (partialReliability, "BETS"), (shortSnack, "SNACK1"), (longSnack, "SNACK2"),
      (compression, "COMP"), (networkTimestamp, "NLTS"), (capabilityReserved, "RESERVED"),
    ]
  }

  static func experimentName(_ number: UInt16) -> String? {
    switch number {
    case 0x00ac: "TCP ACK Rate Request"
    case 0x0348: "Host ID"
    case 0x0a0d: "Autonomous System Compensation"
    case 0x0ca0: "Capability Option"
    case 0x0ed0: "Extended Data Offset"
    case 0x454e: "Encryption Negotiation"
    case 0x5323: "Service Number"
    case 0x75ec: "Timestamp Interval"
    case 0xacc0: "Accurate ECN - Order 0"
    case 0xacc1: "Accurate ECN - Order 1"
    case 0xacce: "Accurate ECN"
    case 0xe2d4: "Shared Memory communications over RMDA protocol"
    case 0xf989: "Fast Open"
    case 0xf990: "Low Latency"
    default: nil
    }
  }

  /// `80 Kbit/s`: twice as much for each step (RFC 4782 3.1).
  static func quickStartRateName(_ rate: UInt8) -> String {
    if rate == 0 { return "0 bit/s" }
    let kilobits = 40 << Int(rate)
    if kilobits < 1000 { return "\(kilobits) Kbit/s" }
    if kilobits > 1_000_000 { return "\(Double(kilobits) / 1_000_000) Gbit/s" }
    let megabits = Double(kilobits) / 1000
    return megabits == megabits.rounded() ? "\(Int(megabits)) Mbit/s" : "\(megabits) Mbit/s"
  }

  private static func option(_ name: String, _ label: String) -> Field {
    Field("tcp.options.\(name)", "TCP Option - \(label)", .bytes)
  }
  private static func capability(_ name: String, _ label: String, _ mask: UInt64) -> Field {
    Field(
      "tcp.options.scpsflags.\(name)", label, .boolean, .natural, .setNotSet, mask: mask, of: 8)
  }
  private static func expert(_ name: String, _ label: String) -> Field {
    Field("tcp.\(name)", label, .none)
  }
}

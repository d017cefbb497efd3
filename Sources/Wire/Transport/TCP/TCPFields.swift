import Fields

/// The fields of TCP, as Wireshark names them.
struct TCPFields: FieldSet {
  let tcp = Field("tcp", "Transmission Control Protocol", .proto)
  let sourcePort = Field("tcp.srcport", "Source Port", .uint16)
  let destinationPort = Field("tcp.dstport", "Destination Port", .uint16)
  let port = Field("tcp.port", "Source or Destination Port", .uint16)
  let stream = Field("tcp.stream", "Stream index", .uint32)
  let completeness = Field("tcp.completeness", "Conversation completeness", .uint8)
  let length = Field("tcp.len", "TCP Segment Len", .uint32)
  let sequence = Field(
    "tcp.seq", "Sequence Number", .uint32, .natural, .unit("    (relative sequence number)"))
  let rawSequence = Field("tcp.seq_raw", "Sequence Number (raw)", .uint32)
  let next = Field(
    "tcp.nxtseq", "Next Sequence Number", .uint32, .natural,
    .unit("    (relative sequence number)"))
  let acknowledgment = Field(
    "tcp.ack", "Acknowledgment Number", .uint32, .natural, .unit("    (relative ack number)"))
  let rawAcknowledgment = Field("tcp.ack_raw", "Acknowledgment number (raw)", .uint32)
  let headerLength = Field("tcp.hdr_len", "Header Length", .uint8)
  let flags = Field("tcp.flags", "Flags", .uint16, .hex, mask: 0xfff)
  let flagReserved = flag("res", "Reserved", .reserved)
  let flagAccurateECN = flag("ae", "Accurate ECN", .accurateECN)
  let flagWindowReduced = flag("cwr", "Congestion Window Reduced", .windowReduced)
  let flagEcho = flag("ece", "ECN-Echo", .echo)
  let flagUrgent = flag("urg", "Urgent", .urgent)
  let flagAcknowledgment = flag("ack", "Acknowledgment", .acknowledgment)
  let flagPush = flag("push", "Push", .push)
  let flagReset = flag("reset", "Reset", .reset)
  let flagSyn = flag("syn", "Syn", .syn)
  let flagFin = flag("fin", "Fin", .fin)
  let flagLetters = Field("tcp.flags.str", "TCP Flags", .string)
  let windowValue = Field("tcp.window_size_value", "Window", .uint16)
  let window = Field("tcp.window_size", "Calculated window size", .uint32)
  let windowFactor = Field("tcp.window_size_scalefactor", "Window size scaling factor", .int32)
  let checksum = Field("tcp.checksum", "Checksum", .uint16, .hex)
  let checksumStatus = Field(
    "tcp.checksum.status", "Checksum Status", .uint8, .wordsOnly,
    .names { ["Bad", "Good", "Unverified", "Not present"][Int(min($0, 3))] })
  let calculatedChecksum = Field("tcp.checksum_calculated", "Calculated Checksum", .uint16, .hex)
  let urgentPointer = Field("tcp.urgent_pointer", "Urgent Pointer", .uint16)
  let timeRelative = Field(
    "tcp.time_relative", "Time since first frame in this TCP stream", .relativeTime)
  let timeDelta = Field(
    "tcp.time_delta", "Time since previous frame in this TCP stream", .relativeTime)
  let payload = Field("tcp.payload", "TCP payload", .bytes)
  let segmentData = Field("tcp.segment_data", "TCP segment data", .bytes)
  let resetCause = Field("tcp.reset_cause", "Reset cause", .string)

  let analysis = Field("tcp.analysis", "SEQ/ACK analysis", .none)
  let acknowledgedFrame = Field(
    "tcp.analysis.acks_frame", "This is an ACK to the segment in frame", .frameNumber)
  let acknowledgmentTime = Field(
    "tcp.analysis.ack_rtt", "The RTT to ACK the segment was", .relativeTime)
  let handshakeTime = Field("tcp.analysis.initial_rtt", "iRTT", .relativeTime)
  let bytesInFlight = Field("tcp.analysis.bytes_in_flight", "Bytes in flight", .uint32)
  let bytesSincePush = Field(
    "tcp.analysis.push_bytes_sent", "Bytes sent since last PSH flag", .uint32)
  let analysisFlags = Field("tcp.analysis.flags", "TCP Analysis Flags", .none)
  let timeout = Field("tcp.analysis.rto", "The RTO for this segment was", .relativeTime)
  let timeoutFrame = Field("tcp.analysis.rto_frame", "RTO based on delta from frame", .frameNumber)
  let isDuplicate = Field("tcp.analysis.duplicate_ack", "Duplicate ACK", .none)
  let duplicateNumber = Field("tcp.analysis.duplicate_ack_num", "Duplicate ACK #", .uint32)
  let duplicateFrame = Field(
    "tcp.analysis.duplicate_ack_frame", "Duplicate to the ACK in frame", .frameNumber)

  let retransmission = expert(
    "analysis.retransmission", "This frame is a (suspected) retransmission")
  let fastRetransmission = expert(
    "analysis.fast_retransmission", "This frame is a (suspected) fast retransmission")
  let spuriousRetransmission = expert(
    "analysis.spurious_retransmission", "This frame is a (suspected) spurious retransmission")
  let outOfOrder = expert(
    "analysis.out_of_order", "This frame is a (suspected) out-of-order segment")
  let lostSegment = expert(
    "analysis.lost_segment", "Previous segment(s) not captured (common at capture start)")
  let acknowledgesLost = expert(
    "analysis.ack_lost_segment", "ACKed segment that wasn't captured (common at capture start)")
  let windowUpdate = expert("analysis.window_update", "TCP window update")
  let windowFull = expert(
    "analysis.window_full", "TCP window specified by the receiver is now completely full")
  let keepAlive = expert("analysis.keep_alive", "TCP keep-alive segment")
  let keepAliveAnswer = expert("analysis.keep_alive_ack", "ACK to a TCP keep-alive segment")
  let zeroWindowProbe = expert("analysis.zero_window_probe", "TCP Zero Window Probe")
  let zeroWindow = expert("analysis.zero_window", "TCP Zero Window segment")
  let zeroWindowProbeAnswer = expert(
    "analysis.zero_window_probe_ack", "ACK to a TCP Zero Window Probe")
  let portsReused = expert(
    "analysis.reused_ports",
    "A new tcp session is started with the same ports as an earlier session in this trace")
  let fastOpenAnswer = expert("analysis.tfo_ack", "TCP SYN-ACK accepting TFO data")
  let fastOpenSyn = expert("analysis.tfo_syn", "TCP SYN with TFO Cookie")

  let connectionSyn = expert("connection.syn", "Connection establish request (SYN)")
  let connectionSynAck = expert("connection.synack", "Connection establish acknowledge (SYN+ACK)")
  let connectionFin = expert("connection.fin", "Connection finish (FIN)")
  let finActive = expert(
    "connection.fin_active", "This frame initiates the connection closing")
  let finPassive = expert(
    "connection.fin_passive", "This frame undergoes the connection closing")
  let connectionReset = expert("connection.rst", "Connection reset (RST)")
  let badChecksum = expert("checksum_bad.expert", "Bad checksum")
  let bogusHeaderLength = expert("bogus_header_length", "Bogus TCP Header length")
  let shortSegment = expert("short_segment", "Short segment")
  let acknowledgmentNotZero = expert(
    "ack.nonzero", "The acknowledgment number field is nonzero while the ACK flag is not set")
  let urgentPointerNotZero = expert(
    "urgent_pointer.non_zero",
    "The urgent pointer field is nonzero while the URG flag is not set")

  /// The fields of `flags`, in the order of the bits.
  var flagBits: [10 of Field] {
    [
      flagReserved, flagAccurateECN, flagWindowReduced, flagEcho, flagUrgent, flagAcknowledgment,
      flagPush, flagReset, flagSyn, flagFin,
    ]
  }

  static let fields = Self()

  private static func flag(_ name: String, _ label: String, _ flag: TCPFlags) -> Field {
    Field(
      "tcp.flags.\(name)", label, .boolean, .natural, .setNotSet, mask: UInt64(flag.rawValue),
      of: 12)
  }
  private static func expert(_ name: String, _ label: String) -> Field {
    Field("tcp.\(name)", label, .none)
  }
}

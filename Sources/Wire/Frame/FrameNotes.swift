import Fields

// What a pcapng notes of a frame beside its bytes (draft-ietf-opsawg-pcapng §4.3): lines of the frame's section.
extension FrameSection {
  /// ` (inbound)`: the direction, after the interface.
  static func direction(of notes: FrameFacts.Notes?) -> String? {
    switch notes?.flags.map({ $0 & 3 }) {
    case 1: " (inbound)"
    case 2: " (outbound)"
    default: nil
    }
  }

  static func describeFlags(of notes: FrameFacts.Notes?, into tree: inout FieldBuffer) {
    guard let flags = notes?.flags else { return }
    let fields = FrameNoteFields.fields
    let top = tree.opened(fields.flags, .unsigned(UInt64(flags)))
    for field in fields.flagBits { tree.add(field, bitsOf: flags, at: 0, count: 0) }
    tree.close(top)
  }

  static func describeVerdicts(of notes: FrameFacts.Notes?, into tree: inout FieldBuffer) {
    guard let verdicts = notes?.verdicts, !verdicts.isEmpty else { return }
    let fields = FrameNoteFields.fields
    let top = tree.add(fields.verdict, "")
    tree.relabel(top) { text in
      text.write("Verdict: ")
      for (index, verdict) in verdicts.enumerated() {
        if index > 0 { text.write(", ") }
        text.write(FrameNoteFields.verdictName(verdict.kind))
        text.write(" (\(verdict.kind))")
      }
    }
    tree.open(top)
    for verdict in verdicts {
      switch (verdict.kind, verdict.number) {
      case (1, let number?): tree.add(fields.verdictTC, .signed(number))
      case (2, let number?): tree.add(fields.verdictXDP, .signed(number))
      default:
        let field = verdict.kind == 0 ? fields.verdictHardware : fields.verdictUnknown
        let item = tree.add(field, verdict.value.span)
        tree.relabel(item) { text in
          text.write("\(field.label):")
          for byte in verdict.value {
            text.write(byte: UInt8(ascii: " "))
            text.write(hexByte: byte)
          }
        }
      }
    }
    tree.close(top)
  }

  static func describePointToPoint(of notes: FrameFacts.Notes?, into tree: inout FieldBuffer) {
    guard direction(of: notes) != nil, let flags = notes?.flags else { return }
    tree.add(FrameNoteFields.fields.pointToPoint, .signed(flags & 3 == 1 ? 1 : 0))
  }
}

extension FrameFacts.Verdict {
  /// eBPF's answer.
  fileprivate var number: Int64? {
    guard value.count == 8 else { return nil }
    return Int64(bitPattern: value.reduce(0) { $0 << 8 | UInt64($1) })
  }
}

/// The fields of what a pcapng notes of a frame.
struct FrameNoteFields: FieldSet {
  let queue = Field("frame.interface_queue", "Interface queue", .uint32)
  let flags = Field("frame.packet_flags", "Packet flags", .uint32, .hex)
  let direction = Field(
    "frame.packet_flags_direction", "Direction", .uint32, .hex,
    .names { $0 == 1 ? "Inbound" : $0 == 2 ? "Outbound" : nil }, mask: 0x3)
  let reception = Field(
    "frame.packet_flags_reception_type", "Reception type", .uint32, .natural,
    .names {
      word($0, ["Not specified", "Unicast", "Multicast", "Broadcast", "Promiscuous"])
    }, mask: 0x1c)
  let fcsLength = Field(
    "frame.packet_flags_fcs_length", "FCS length", .uint32, mask: 0x1e0)
  let reserved = Field("frame.packet_flags_reserved", "Reserved", .uint32, mask: 0xfe00)
  let crcError = Self.error("crc_error", "CRC error", 24)
  let tooLong = Self.error("packet_too_error", "Packet too long error", 25)
  let tooShort = Self.error("packet_too_short_error", "Packet too short error", 26)
  let wrongGap = Self.error(
    "wrong_inter_frame_gap_error", "Wrong interframe gap error", 27)
  let unaligned = Self.error("unaligned_frame_error", "Unaligned frame error", 28)
  let startDelimiter = Self.error(
    "start_frame_delimiter_error", "Start frame delimiter error", 29)
  let preamble = Self.error("preamble_error", "Preamble error", 30)
  let symbol = Self.error("symbol_error", "Symbol error", 31)
  let identifier = Field("frame.packet_id", "Packet id", .uint64)
  let verdict = Field("frame.verdict", "Verdict", .string)
  let verdictHardware = Field("frame.verdict.hw", "Hardware", .bytes)
  let verdictTC = Field(
    "frame.verdict.ebpf_tc", "eBPF TC", .int64, .natural,
    .names {
      word(
        $0 &+ 1,
        [
          "TC_ACT_UNSPEC", "TC_ACT_OK", "TC_ACT_RECLASSIFY", "TC_ACT_SHOT", "TC_ACT_PIPE",
          "TC_ACT_STOLEN", "TC_ACT_QUEUED", "TC_ACT_REPEAT", "TC_ACT_REDIRECT", "TC_ACT_TRAP",
        ])
    })
  let verdictXDP = Field(
    "frame.verdict.ebpf_xdp", "eBPF XDP", .int64, .natural,
    .names { word($0, ["XDP_ABORTED", "XDP_DROP", "XDP_PASS", "XDP_TX", "XDP_REDIRECT"]) })
  let verdictUnknown = Field("frame.verdict.unknown", "Unknown", .bytes)
  let dropCount = Field("frame.drop_count", "Drop Count", .uint64)
  let pointToPoint = Field(
    "frame.p2p_dir", "Point-to-Point Direction", .int8, .natural,
    .names { $0 == 0 ? "Sent" : "Received" })

  /// In the order of the tree.
  var flagBits: [Field] {
    [
      direction, reception, fcsLength, reserved, crcError, tooLong, tooShort, wrongGap, unaligned,
      startDelimiter, preamble, symbol,
    ]
  }

  static func verdictName(_ kind: UInt8) -> String {
    word(UInt64(kind), ["Hardware", "eBPF_TC", "eBPF_XDP"]) ?? "Unknown"
  }

  private static func error(_ name: String, _ label: String, _ bit: UInt64) -> Field {
    Field(
      "frame.packet_flags_\(name)", label, .boolean, .natural, .setNotSet, mask: 1 << bit, of: 32)
  }

  static let fields = Self()
}

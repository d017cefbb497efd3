/// What a pcapng packet block says of its packet beside the bytes (draft-ietf-opsawg-pcapng §4.3).
public struct PacketNotes: Sendable {
  /// In file order.
  public var comments: [String] = []
  /// epb_flags: direction, reception type, FCS length, link errors.
  public var flags: UInt32?
  /// epb_dropcount: packets lost between this one and the one before.
  public var dropCount: UInt64?
  /// epb_packetid: the same for the copies of one packet.
  public var identifier: UInt64?
  /// epb_queue: of the interface.
  public var queue: UInt32?
  /// epb_verdict: who judged the packet (0 hardware, 1 eBPF TC, 2 eBPF XDP), and how.
  public var verdicts: [(kind: UInt8, value: [UInt8])] = []
  /// Comments and verdicts that are not kept, since those before them are so long.
  public var dropped = 0
  private var keptBytes = 0
  static let maximumKeptBytes = 1 << 20

  public init() {}

  init(_ bytes: Span<UInt8>, swapped: Bool) {
    var options = Options(bytes, swapped: swapped)
    while let option = options.next() {
      switch option.code {
      case OptionCode.comment: if keeps(option) { comments.append(option.text) }
      case OptionCode.packetFlags: flags = flags ?? option.uint32
      case OptionCode.dropCount: dropCount = option.uint64
      case OptionCode.packetIdentifier: identifier = option.uint64
      case OptionCode.packetQueue: queue = option.uint32
      case OptionCode.packetVerdict:
        guard let kind = option.uint8, keeps(option) else { break }
        verdicts.append((kind, option.verdict))
      default: break
      }
    }
  }
}

extension PacketNotes {
  private mutating func keeps(_ option: borrowing Option) -> Bool {
    keptBytes += option.value.count + 64
    if keptBytes > Self.maximumKeptBytes { dropped += 1 }
    return keptBytes <= Self.maximumKeptBytes
  }
}

extension Option {
  /// After the kind: eBPF's numbers in network order, whatever the file's.
  fileprivate var verdict: [UInt8] {
    let bytes = value.extracting(1...)
    let isNumber = value[0] != 0 && bytes.count == 8 && !swapped
    return bytes.indices.map { bytes[isNumber ? bytes.count - 1 - $0 : $0] }
  }
}

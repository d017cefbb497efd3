/// Reads the records of a pcap file (draft-ietf-opsawg-pcap, and the variants libpcap and Wireshark know).
struct PcapReader {
  static let fileHeaderLength = 24

  /// How the two length words of a record are ordered; they changed places in version 2.3.
  private enum LengthOrder {
    case capturedFirst
    case originalFirst
    /// Some writers of version 2.3 kept the old order: the captured length is the smaller one.
    case smallerIsCaptured
  }

  let isByteSwapped: Bool
  private let headerLength: Int
  private let nanosecondsPerUnit: Int64
  private let maximumLength: Int
  private let lengthOrder: LengthOrder

  /// Reads the file header, which also describes an interface; `source` must be at its first byte.
  init(
    _ variant: PcapVariant, isByteSwapped: Bool, _ source: inout ByteSource,
    _ metadata: inout CaptureMetadata
  ) throws(CaptureError) {
    let fileHeaderLength = Self.fileHeaderLength + (variant.isIxia ? 4 : 0)
    guard try source.makeAvailable(fileHeaderLength) else {
      throw .cutShort("the file header", at: 0)
    }
    let major = source.uint16(at: 4, swapped: isByteSwapped)
    let minor = source.uint16(at: 6, swapped: isByteSwapped)
    guard major >= 2 else {
      throw CaptureError(.notACapture, "is a pcap of version \(major).\(minor), which is not known")
    }
    lengthOrder =
      switch (major, minor) {
      case (2, ..<3), (543, 0): .originalFirst  // 543.0 is DG/UX
      case (2, 3): .smallerIsCaptured
      default: .capturedFirst
      }
    self.isByteSwapped = isByteSwapped
    headerLength = variant.recordHeaderLength
    nanosecondsPerUnit = variant.hasNanoseconds ? 1 : 1000

    let link = source.uint32(at: 20, swapped: isByteSwapped)
    var interface = CaptureInterface(
      linkType: LinkTypeNumbers.dlt(ofFile: link & 0x03FF_FFFF),
      snapLength: Int(source.uint32(at: 16, swapped: isByteSwapped)))
    interface.timestampResolution = variant.hasNanoseconds ? 1_000_000_000 : 1_000_000
    let hasFCSLength = link & 0x0400_0000 != 0
    if hasFCSLength { interface.fcsLength = Int(link >> 28) * 2 }  // in 16-bit words
    maximumLength = LinkTypeNumbers.maximumFrameLength(interface.linkType)
    metadata.add(interface, length: 0)
    metadata.add(CaptureSection(), length: 0)
    source.consume(fileHeaderLength)
  }

  /// Reads the next record; false where the file ends between two.
  @inline(__always)
  func next(
    _ source: inout ByteSource, into packet: inout PacketRecord
  ) throws(CaptureError) -> Bool {
    guard try source.makeAvailable(headerLength) else {
      if source.availableCount == 0 { return false }
      throw .cutShort("a packet", at: source.offset)
    }
    let seconds = Int64(source.uint32(at: 0, swapped: isByteSwapped))
    let fraction = Int64(source.uint32(at: 4, swapped: isByteSwapped))
    var captured = Int(source.uint32(at: 8, swapped: isByteSwapped))
    var original = Int(source.uint32(at: 12, swapped: isByteSwapped))
    switch lengthOrder {
    case .capturedFirst: break
    case .smallerIsCaptured where captured <= original: break
    case .originalFirst, .smallerIsCaptured: swap(&captured, &original)
    }
    guard captured <= maximumLength else {
      throw .damaged("a packet of \(captured) bytes", at: source.offset)
    }
    guard try source.makeAvailable(headerLength + captured) else {
      throw .cutShort("a packet", at: source.offset)
    }
    let start = source.position + headerLength
    packet.timestamp = seconds * 1_000_000_000 + fraction * nanosecondsPerUnit
    packet.originalLength = original
    packet.fileOffset = source.offset + headerLength
    packet.bytes = start..<start + captured
    source.consume(headerLength + captured)
    return true
  }
}

/// What the magic number of a pcap file says.
struct PcapVariant {
  /// Bytes before each packet: 16, or more where the writer was patched.
  let recordHeaderLength: Int
  let hasNanoseconds: Bool
  /// Ixia's have the length of all packets, 4 bytes, after the file header.
  let isIxia: Bool

  init?(magic: UInt32) {
    switch magic {
    case 0xA1B2_C3D4: self.init(16)
    case 0xA1B2_3C4D: self.init(16, hasNanoseconds: true)
    case 0xA12B_3C4D: self.init(16, hasNanoseconds: true)  // Navtel
    case 0xA1B2_CD34: self.init(24)  // Alexey Kuznetzov's: interface index, protocol, packet type
    case 0x1C00_01AC, 0x1C00_01AB: self.init(16, hasNanoseconds: true, isIxia: true)
    default: return nil
    }
  }

  private init(_ recordHeaderLength: Int, hasNanoseconds: Bool = false, isIxia: Bool = false) {
    self.recordHeaderLength = recordHeaderLength
    self.hasNanoseconds = hasNanoseconds
    self.isIxia = isIxia
  }

  /// Reserved for a format whose record header was never published.
  static let unpublishedMagic: UInt32 = 0xA1B2_34CD
}

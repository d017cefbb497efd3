/// Reads the blocks of a pcapng file (draft-ietf-opsawg-pcapng).
struct PcapNGReader {
  /// No block holds more than the largest packet and its options; larger claims are nonsense.
  private static let maximumBlockLength = 144 << 20
  private static let overhead = 12

  /// Byte order of the section that is being read.
  private(set) var isByteSwapped = false
  /// Index of the section's first interface in the list of all.
  private var firstInterface = 0

  /// Reads the next packet, other blocks go to `metadata`; false where the file ends between two.
  @inline(__always)
  mutating func next(
    _ source: inout ByteSource, _ metadata: inout CaptureMetadata, into packet: inout PacketRecord
  ) throws(CaptureError) -> Bool {
    while try source.makeAvailable(Self.overhead) {
      let type = source.uint32(at: 0, swapped: isByteSwapped)
      if type == BlockType.sectionHeader { try beginSection(source) }
      // Some writers leave the padding out of the length, but not out of the file.
      let length = Int(source.uint32(at: 4, swapped: isByteSwapped)).padded
      guard length >= Self.overhead else {
        throw .damaged("a block of \(length) bytes", at: source.offset)
      }
      guard BlockType.isRead(type) else {
        let offset = source.offset
        guard try source.skip(length) else { throw .cutShort("a block", at: offset) }
        continue
      }
      guard length <= Self.maximumBlockLength else {
        throw .damaged("a block of \(length) bytes", at: source.offset)
      }
      guard try source.makeAvailable(length) else {
        throw .cutShort(BlockType.isPacket(type) ? "a packet" : "a block", at: source.offset)
      }
      let trailer = source.uint32(at: length - 4, swapped: isByteSwapped)
      guard Int(trailer).padded == length else {
        throw .damaged("a block of \(length) bytes that ends with \(trailer)", at: source.offset)
      }
      let isPacket = try read(type, length, source, &metadata, into: &packet)
      source.consume(length)
      if isPacket { return true }
    }
    if source.availableCount == 0 { return false }
    throw .cutShort("a block", at: source.offset)
  }

  /// Sets the byte order from the magic after the length of a Section Header Block.
  private mutating func beginSection(_ source: borrowing ByteSource) throws(CaptureError) {
    switch source.uint32(at: 8, swapped: false) {
    case SectionHeader.byteOrderMagic: isByteSwapped = false
    case SectionHeader.byteOrderMagic.byteSwapped: isByteSwapped = true
    default: throw .damaged("a section of unknown byte order", at: source.offset)
    }
  }

  @inline(__always)
  private mutating func read(
    _ type: UInt32, _ length: Int, _ source: borrowing ByteSource,
    _ metadata: inout CaptureMetadata, into packet: inout PacketRecord
  ) throws(CaptureError) -> Bool {
    let body = source.position + 8..<source.position + length - 4
    let block = Block(
      source.window(body), swapped: isByteSwapped, fileOffset: source.offset,
      windowIndex: body.lowerBound)
    switch type {
    case BlockType.enhancedPacket:
      try enhancedPacket(block, metadata.facts, firstInterface, into: &packet)
    case BlockType.simplePacket:
      try simplePacket(block, metadata.facts, firstInterface, into: &packet)
    case BlockType.obsoletePacket:
      try obsoletePacket(block, metadata.facts, firstInterface, into: &packet)
    default:
      try readOther(type, block, &metadata)
      return false
    }
    return true
  }

  @inline(never)
  private mutating func readOther(
    _ type: UInt32, _ block: borrowing Block, _ metadata: inout CaptureMetadata
  ) throws(CaptureError) {
    switch type {
    case BlockType.sectionHeader:
      metadata.add(try sectionHeader(block), length: block.body.count)
      firstInterface = metadata.interfaces.count
    case BlockType.interfaceDescription:
      guard metadata.interfaces.count < CaptureMetadata.maximumInterfaces else {
        throw block.damaged("more than \(CaptureMetadata.maximumInterfaces) interfaces")
      }
      metadata.add(
        try interfaceDescription(
          block, number: metadata.interfaces.count - firstInterface,
          section: metadata.sectionCount), length: block.body.count)
    case BlockType.nameResolution: nameResolution(block, &metadata)
    case BlockType.interfaceStatistics: interfaceStatistics(block, &metadata, firstInterface)
    case BlockType.decryptionSecrets: try decryptionSecrets(block, &metadata)
    default: break
    }
  }
}

/// Block types that are read; all others are skipped.
enum BlockType {
  static let sectionHeader: UInt32 = 0x0A0D_0D0A
  static let interfaceDescription: UInt32 = 1
  static let obsoletePacket: UInt32 = 2
  static let simplePacket: UInt32 = 3
  static let nameResolution: UInt32 = 4
  static let interfaceStatistics: UInt32 = 5
  static let enhancedPacket: UInt32 = 6
  static let decryptionSecrets: UInt32 = 10

  static func isRead(_ type: UInt32) -> Bool {
    (1...6).contains(type) || type == decryptionSecrets || type == sectionHeader
  }

  static func isPacket(_ type: UInt32) -> Bool {
    type == enhancedPacket || type == simplePacket || type == obsoletePacket
  }
}

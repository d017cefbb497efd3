/// A `.pcap` or `.pcapng` file, plain or compressed with gzip or zstd, read frame by frame.
///
/// A plain file is mapped into memory and the pages that the reader has passed are given back; everything
/// else goes through a bounded buffer.
public struct CaptureFile: ~Copyable {
  /// "-" is standard input.
  public let path: String
  public let format: CaptureFormat

  private var source: ByteSource
  private let pcap: PcapReader?
  private var pcapng = PcapNGReader()
  private(set) var metadata: CaptureMetadata
  /// The last packet read.
  private(set) var packet = PacketRecord()
  private var number = 0
  /// Where the file is damaged before its first packet.
  private let failure: CaptureError?

  /// Opens a file, or standard input for "-", and reads its first header. Where that is damaged, `next` says so.
  public init(path: String) throws(CaptureError) {
    let opened = try Self.open(path)
    self.path = path
    pcap = opened.pcap
    failure = opened.failure
    format = opened.pcap == nil && opened.failure == nil ? .pcapng : .pcap
    metadata = opened.metadata
    source = opened.source
  }

  private struct Opened: ~Copyable {
    var source: ByteSource
    var metadata = CaptureMetadata()
    var pcap: PcapReader?
    var failure: CaptureError?
  }

  private static func open(_ path: String) throws(CaptureError) -> Opened {
    do throws(CaptureError) {
      var opened = Opened(source: try ByteSource(path: path))
      do throws(CaptureError) {
        opened.pcap = try readMagic(&opened.source, &opened.metadata)
      } catch {
        guard error.isDamage else { throw error }
        opened.failure = error
      }
      return opened
    } catch {
      throw error.naming(displayName(path))
    }
  }

  /// Every interface met so far; for pcap the one that its header describes.
  public var interfaces: [CaptureInterface] { metadata.interfaces }
  /// Every section met so far; for pcap one without facts.
  public var sections: [CaptureSection] { metadata.sections }
  /// The file in memory; nil where it is read as a stream.
  public var mapping: MappedFile? { source.mapping }
  /// Secrets met so far.
  public var secrets: [DecryptionSecrets] { metadata.secrets }
  /// Resolved names met so far.
  public var names: [ResolvedName] { metadata.names }
  /// Blocks of secrets and names that were too much to keep (64 MiB).
  public var droppedMetadata: Int { metadata.dropped }

  /// Lends the next frame; nil at the end. An error comes again if `next` is called again.
  @inline(__always) @_lifetime(&self)
  public mutating func next() throws(CaptureError) -> Frame? {
    guard try advance() else { return nil }
    number += 1
    return lend(number: number, file: 0, interface: packet.interface)
  }

  /// Reads the next packet, false at the end; its bytes stay in place until the next call.
  @inline(__always)
  mutating func advance() throws(CaptureError) -> Bool {
    do throws(CaptureError) {
      if let pcap { return try pcap.next(&source, into: &packet) }
      if let failure { throw failure }
      return try pcapng.next(&source, &metadata, into: &packet)
    } catch {
      throw error.naming(Self.displayName(path))
    }
  }

  /// The packet of the last `advance` as a frame.
  @inline(__always) @_lifetime(borrow self)
  func lend(number: Int, file: Int, interface: Int) -> Frame {
    unsafe _overrideLifetime(
      unboundFrame(number: number, file: file, interface: interface), borrowing: self)
  }

  /// The same, good until the next `advance` or the end of the file; the caller must see to that.
  @inline(__always) @unsafe @_lifetime(immortal)
  func unboundFrame(number: Int, file: Int, interface: Int) -> Frame {
    let interfaces = unsafe _overrideLifetime(metadata.interfaces.span, copying: ())
    let secrets = unsafe _overrideLifetime(metadata.secrets.span, copying: ())
    return unsafe Frame(
      packet, number: number, file: file, interface: interface,
      isByteSwapped: pcap?.isByteSwapped ?? pcapng.isByteSwapped,
      linkType: metadata.facts[packet.interface].linkType,
      bytes: source.unboundWindow(packet.bytes), options: source.unboundWindow(packet.options),
      interfaces: interfaces, secrets: secrets)
  }

  /// The reader for a pcap, nil for a pcapng; throws `.notACapture` for anything else.
  private static func readMagic(
    _ source: inout ByteSource, _ metadata: inout CaptureMetadata
  ) throws(CaptureError) -> PcapReader? {
    guard try source.makeAvailable(4) else {
      throw source.availableCount == 0
        ? CaptureError(.notACapture, "is empty") : notACapture(&source)
    }
    let magic = source.uint32(at: 0, swapped: false)
    if magic == BlockType.sectionHeader { return nil }
    if let variant = PcapVariant(magic: magic) {
      return try PcapReader(variant, isByteSwapped: false, &source, &metadata)
    }
    if let variant = PcapVariant(magic: magic.byteSwapped) {
      return try PcapReader(variant, isByteSwapped: true, &source, &metadata)
    }
    if [magic, magic.byteSwapped].contains(PcapVariant.unpublishedMagic) {
      throw CaptureError(.notACapture, "is a pcap variant whose format was never published")
    }
    throw notACapture(&source)
  }

  /// Names what the file is instead, as far as its first bytes say it.
  private static func notACapture(_ source: inout ByteSource) -> CaptureError {
    // A file that is shorter, or damaged further on, is judged by what there is of it.
    _ = try? source.makeAvailable(ForeignFormat.examinedLength)
    let count = min(source.availableCount, ForeignFormat.examinedLength)
    guard let format = ForeignFormat(source.window(source.position..<source.position + count))
    else {
      return CaptureError(.notACapture, "is not a pcap or pcapng file")
    }
    return CaptureError(.notACapture, "is \(format.name); \(format.remedy)")
  }

  static func displayName(_ path: String) -> String { path == "-" ? "standard input" : path }
}

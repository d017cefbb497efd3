import CPcap
import Glibc

/// Writes frames as a capture: pcap through libpcap, pcapng where more must be kept.
///
/// A pcap has one link type and one time resolution, that of the first frame's interface; finer
/// times of later frames lose digits. A pcapng keeps interfaces, comments, flags and secrets.
@safe public struct CaptureWriter: ~Copyable {
  public let path: String
  public let format: CaptureFormat

  private let output: OutputFile
  private var pcap: PcapDump?
  private var pcapng: PcapNGWriter?

  /// What a name asks for: `.pcapng`, `.pcap` and `.cap` by themselves, others what the input is.
  public static func format(path: String, input: CaptureFormat) -> CaptureFormat {
    if path.hasSuffix(".pcapng") { return .pcapng }
    return path.hasSuffix(".pcap") || path.hasSuffix(".cap") ? .pcap : input
  }

  /// Creates the file, or takes standard output for "-". Throws `.cannotWrite`, as all here.
  public init(path: String, format: CaptureFormat) throws(CaptureError) {
    self.path = path
    self.format = format
    output = try OutputFile(path: path)
    if format == .pcapng { pcapng = PcapNGWriter(output) }
  }

  public mutating func write(_ frame: borrowing Frame) throws(CaptureError) {
    if format == .pcapng {
      pcapng?.write(frame)
    } else {
      if pcap == nil { pcap = try PcapDump(output, frame.capturedOn) }
      try pcap?.write(frame)
    }
    try output.check()
  }

  /// Before the frames they open; a pcap has no place for them.
  public mutating func write(_ secrets: DecryptionSecrets) throws(CaptureError) {
    pcapng?.write(secrets)
    try output.check()
  }

  /// Writes what is still held back. A capture without frames is a valid one.
  public consuming func finish() throws(CaptureError) {
    if format == .pcap, pcap == nil {
      let ethernet = CaptureInterface(linkType: UInt32(DLT_EN10MB), snapLength: 256 << 10)
      pcap = try PcapDump(output, ethernet)
    }
    try output.flush()
  }
}

/// A buffered file; its errors are kept by the C library until `check`.
@safe final class OutputFile {
  let file: UnsafeMutablePointer<FILE>
  private let name: String

  init(path: String) throws(CaptureError) {
    name = path == "-" ? "standard output" : path
    guard let file = unsafe path == "-" ? fdopen(dup(1), "wb") : fopen(path, "wb") else {
      throw .system(.cannotWrite, "\(name): cannot be written")
    }
    unsafe self.file = file
  }

  deinit { unsafe fclose(file) }

  func write(_ bytes: [UInt8]) {
    unsafe bytes.withUnsafeBytes { unsafe _ = fwrite($0.baseAddress, 1, $0.count, file) }
  }

  func write(_ bytes: Span<UInt8>) {
    unsafe bytes.withUnsafeBytes { unsafe _ = fwrite($0.baseAddress, 1, $0.count, file) }
  }

  func check() throws(CaptureError) {
    if unsafe ferror(file) != 0 { throw .system(.cannotWrite, "\(name): cannot be written") }
  }

  func flush() throws(CaptureError) {
    if unsafe fflush(file) != 0 { throw .system(.cannotWrite, "\(name): cannot be written") }
  }

  func error(_ reason: String) -> CaptureError {
    CaptureError(.cannotWrite, "\(name): cannot be written: \(reason)")
  }
}

/// A pcap file that libpcap writes.
@safe private final class PcapDump {
  private let handle: OpaquePointer
  /// Closed with the `OutputFile` it writes to.
  private let dump: OpaquePointer
  private let append: late_pcap_append?
  private let output: OutputFile
  private let linkType: UInt32
  private let unitsPerSecond: Int64

  init(_ output: OutputFile, _ interface: CaptureInterface) throws(CaptureError) {
    self.output = output
    linkType = interface.linkType
    let hasNanoseconds = interface.timestampResolution > 1_000_000
    unitsPerSecond = hasNanoseconds ? 1_000_000_000 : 1_000_000
    let precision = hasNanoseconds ? PCAP_TSTAMP_PRECISION_NANO : PCAP_TSTAMP_PRECISION_MICRO
    guard late_pcap_is_there() != 0 else {
      throw output.error("libpcap, which writes it, is not installed")
    }
    guard
      let handle = unsafe late_pcap_open_dead(
        CInt(clamping: linkType), CInt(clamping: interface.snapLength), UInt32(precision))
    else { throw output.error("no memory") }
    guard let dump = unsafe late_pcap_dump_fopen(handle, output.file) else {
      let reason = unsafe String(cString: late_pcap_geterr(handle))
      unsafe late_pcap_close(handle)
      throw output.error(reason)
    }
    unsafe append = late_pcap_dump()
    unsafe self.handle = handle
    unsafe self.dump = dump
  }

  deinit { unsafe late_pcap_close(handle) }

  func write(_ frame: borrowing Frame) throws(CaptureError) {
    guard frame.linkType == linkType else {
      throw output.error("frames of different link types need a .pcapng")
    }
    let time = frame.time.seconds < 0 ? (seconds: 0, nanoseconds: 0) : frame.time
    var header = pcap_pkthdr()
    header.ts.tv_sec = Int(time.seconds)
    header.ts.tv_usec = Int(Int64(time.nanoseconds) * unitsPerSecond / 1_000_000_000)
    header.caplen = UInt32(clamping: frame.bytes.count)
    header.len = UInt32(clamping: frame.originalLength)
    unsafe frame.bytes.withUnsafeBufferPointer { bytes in
      unsafe append?(UnsafeMutablePointer(dump), &header, bytes.baseAddress)
    }
  }
}

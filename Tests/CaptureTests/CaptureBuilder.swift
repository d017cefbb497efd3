import Glibc

@testable import Capture

/// Builds the bytes of capture files, in either byte order.
struct CaptureBuilder {
  var bytes: [UInt8] = []
  let bigEndian: Bool

  init(bigEndian: Bool = false) { self.bigEndian = bigEndian }

  mutating func append(_ values: [UInt32]) { values.forEach { append($0) } }

  mutating func append(_ value: some FixedWidthInteger) {
    let ordered = bigEndian ? value.bigEndian : value.littleEndian
    unsafe withUnsafeBytes(of: ordered) { unsafe bytes.append(contentsOf: $0) }
  }

  // MARK: - pcap

  static func pcap(
    magic: UInt32 = 0xA1B2_C3D4, bigEndian: Bool = false, version: (UInt16, UInt16) = (2, 4),
    snapLength: UInt32 = 65535, link: UInt32 = 1
  ) -> Self {
    var builder = Self(bigEndian: bigEndian)
    builder.append(magic)
    builder.append(version.0)
    builder.append(version.1)
    builder.append([0, 0, snapLength, link])
    return builder
  }

  mutating func record(
    _ seconds: UInt32, _ fraction: UInt32, _ data: [UInt8], original: UInt32? = nil,
    extra: Int = 0, swapLengths: Bool = false
  ) {
    let lengths = [UInt32(data.count), original ?? UInt32(data.count)]
    append([seconds, fraction] + (swapLengths ? lengths.reversed() : lengths))
    bytes += [UInt8](repeating: 0xEE, count: extra) + data
  }

  // MARK: - pcapng

  mutating func block(_ type: UInt32, _ fill: (inout Self) -> Void) {
    var body = Self(bigEndian: bigEndian)
    fill(&body)
    body.pad()
    append(type)
    append(UInt32(body.bytes.count + 12))
    bytes += body.bytes
    append(UInt32(body.bytes.count + 12))
  }

  mutating func pad() { while !bytes.count.isMultiple(of: 4) { bytes.append(0) } }

  mutating func option(_ code: UInt16, _ value: [UInt8]) {
    append(code)
    append(UInt16(value.count))
    bytes += value
    pad()
  }

  mutating func option(_ code: UInt16, _ text: String) { option(code, Array(text.utf8)) }

  mutating func option(_ code: UInt16, integer: some FixedWidthInteger) {
    append(code)
    append(UInt16(integer.bitWidth / 8))
    append(integer)
  }

  mutating func section(_ fill: (inout Self) -> Void = { _ in }) {
    block(0x0A0D_0D0A) {
      $0.append(0x1A2B_3C4D as UInt32)
      $0.append(1 as UInt16)
      $0.append(0 as UInt16)
      $0.append(UInt64.max)
      fill(&$0)
    }
  }

  mutating func interface(
    link: UInt16 = 1, snapLength: UInt32 = 0, _ fill: (inout Self) -> Void = { _ in }
  ) {
    block(1) {
      $0.append(link)
      $0.append(0 as UInt16)
      $0.append(snapLength)
      fill(&$0)
    }
  }

  mutating func enhanced(
    _ interface: UInt32, _ ticks: UInt64, _ data: [UInt8], original: UInt32? = nil,
    _ fill: (inout Self) -> Void = { _ in }
  ) {
    block(6) {
      $0.append([interface, UInt32(ticks >> 32), UInt32(truncatingIfNeeded: ticks)])
      $0.append([UInt32(data.count), original ?? UInt32(data.count)])
      $0.bytes += data
      $0.pad()
      fill(&$0)
    }
  }
}

/// A frame copied out, to be compared.
struct Seen: Hashable, Sendable {
  var number = 0
  var timestamp: Int64
  var originalLength: Int
  var bytes: [UInt8]
  var linkType: UInt32 = 1
  var interface = 0
  var section = 1
  var comments: [String] = []

  init(
    _ timestamp: Int64, _ bytes: [UInt8], original: Int? = nil, linkType: UInt32 = 1,
    interface: Int = 0, section: Int = 1, comments: [String] = []
  ) {
    self.timestamp = timestamp
    self.bytes = bytes
    self.originalLength = original ?? bytes.count
    self.linkType = linkType
    self.interface = interface
    self.section = section
    self.comments = comments
  }

  init(_ frame: borrowing Frame) {
    self.init(
      frame.timestamp, frame.bytes.array, original: frame.originalLength,
      linkType: frame.linkType, interface: frame.interface, section: frame.section,
      comments: frame.notes?.comments ?? [])
    number = frame.number
  }

  func numbered(_ number: Int) -> Self {
    var copy = self
    copy.number = number
    return copy
  }
}

/// A file with these bytes, removed when the test is over.
final class TemporaryFile {
  let path: String

  init(_ bytes: [UInt8] = [], suffix: String = ".pcap") throws {
    let name = UInt64.random(in: 0 ... .max)
    path = "/tmp/mailwire-capture-test-\(getpid())-\(name)\(suffix)"
    let file = try OutputFile(path: path)
    file.write(bytes)
    try file.flush()
  }

  deinit { unsafe unlink(path) }
}

/// The frames of a capture, and the error it ends with.
func readAll(_ path: String) -> (frames: [Seen], error: CaptureError?) {
  readAll([path])
}

func readAll(_ paths: [String]) -> (frames: [Seen], error: CaptureError?) {
  var frames: [Seen] = []
  do throws(CaptureError) {
    var capture = try CaptureMerge(paths: paths)
    while let frame = try capture.next() { frames.append(Seen(frame)) }
    return (frames, nil)
  } catch {
    return (frames, error)
  }
}

func readAll(bytes: [UInt8]) throws -> (frames: [Seen], error: CaptureError?) {
  let file = try TemporaryFile(bytes)
  return readAll(file.path)
}

extension [Seen] {
  var numbered: [Seen] { enumerated().map { $1.numbered($0 + 1) } }
}

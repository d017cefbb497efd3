import CZlib
import CZstd
import Glibc
import TestSupport
import Testing

@testable import Capture

/// Compressed files, pipes, and bytes of any kind.
@Suite struct StreamTests {
  /// Larger than every buffer, with one frame larger than the first.
  static let sample: (bytes: [UInt8], frames: [Seen]) = {
    var random = SeededGenerator()
    var file = CaptureBuilder.pcap()
    var frames: [Seen] = []
    for index in 0..<2000 as Range<UInt32> {
      let count = index == 1000 ? 262_144 : Int.random(in: 0...1500, using: &random)
      let data = (0..<count).map { _ in UInt8.random(in: 0...15, using: &random) }
      file.record(index, 5, data)
      frames.append(Seen(Int64(index) * 1_000_000_000 + 5000, data))
    }
    return (file.bytes, frames.numbered)
  }()

  static func gzip(_ bytes: [UInt8]) -> [UInt8] {
    var state = unsafe z_stream()
    unsafe deflateInit2_(
      &state, 1, Z_DEFLATED, 16 + 15, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      CInt(MemoryLayout<z_stream>.size))
    var input = bytes
    var output = [UInt8](repeating: 0, count: bytes.count + 1024)
    unsafe input.withUnsafeMutableBufferPointer { input in
      unsafe output.withUnsafeMutableBufferPointer { output in
        unsafe state.next_in = input.baseAddress
        unsafe state.avail_in = UInt32(input.count)
        unsafe state.next_out = output.baseAddress
        unsafe state.avail_out = UInt32(output.count)
        unsafe deflate(&state, Z_FINISH)
      }
    }
    let count = unsafe Int(state.total_out)
    unsafe deflateEnd(&state)
    return Array(output.prefix(count))
  }

  static func zstd(_ bytes: [UInt8]) -> [UInt8] { zstd(bytes, hasChecksum: true) }

  static func zstd(_ bytes: [UInt8], hasChecksum: Bool) -> [UInt8] {
    var output = [UInt8](repeating: 0, count: ZSTD_compressBound(bytes.count))
    let state = unsafe ZSTD_createCCtx()
    unsafe ZSTD_CCtx_setParameter(state, ZSTD_c_checksumFlag, hasChecksum ? 1 : 0)
    let count = unsafe ZSTD_compress2(state, &output, output.count, bytes, bytes.count)
    unsafe ZSTD_freeCCtx(state)
    return Array(output.prefix(count))
  }

  struct Compressed: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let compress: @Sendable ([UInt8]) -> [UInt8]
    var padding: [UInt8] = []
  }

  static let compressions = [
    Compressed(testDescription: "gzip", compress: gzip),
    Compressed(testDescription: "gzip, padded", compress: gzip, padding: [0, 0, 0]),
    Compressed(testDescription: "zstd", compress: zstd),
  ]

  @Test(arguments: compressions) func compressed(_ test: Compressed) throws {
    let half = Self.sample.bytes.count / 2
    let files = [
      test.compress(Self.sample.bytes) + test.padding,
      test.compress(Array(Self.sample.bytes[..<half]))
        + test.compress(Array(Self.sample.bytes[half...])) + test.padding,
    ]
    for bytes in files {
      let result = try readAll(bytes: bytes)
      #expect(result.frames == Self.sample.frames)
      #expect(result.error == nil)
    }
  }

  /// Nothing is left to be read of the file while the decoder still holds a block.
  @Test func compressedWithoutChecksum() throws {
    let file = try TemporaryFile(Self.zstd(Self.sample.bytes, hasChecksum: false))
    let stream = unsafe ByteStream(descriptor: open(file.path, O_RDONLY))
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1000)
    while case let count = try unsafe buffer.withUnsafeMutableBytes({
      try unsafe stream.read(into: $0)
    }), count > 0 {
      bytes += buffer.prefix(count)
    }
    #expect(bytes == Self.sample.bytes)
  }

  /// A few bytes at the end of the file stand for more than a buffer holds.
  @Test(arguments: compressions) func compressedHighly(_ test: Compressed) throws {
    var file = CaptureBuilder.pcap()
    for second in 0..<9 as Range<UInt32> {
      file.record(second, 0, [UInt8](repeating: 0, count: 262_144))
    }
    let compressed = test.compress(file.bytes) + test.padding
    let result = try readAll(bytes: compressed)
    #expect(result.frames.map(\.bytes.count) == [Int](repeating: 262_144, count: 9))
    #expect(result.error == nil)
  }

  @Test func offsetsAreThoseOfTheDecompressedFile() throws {
    let file = try TemporaryFile(Self.gzip(Self.sample.bytes))
    var capture = try CaptureFile(path: file.path)
    var wrong = 0
    while let frame = try capture.next() {
      let place = frame.fileOffset..<frame.fileOffset + frame.bytes.count
      if Array(Self.sample.bytes[place]) != frame.bytes.array { wrong += 1 }
    }
    #expect(wrong == 0)
  }

  @Test(arguments: compressions) func compressedAndCut(_ test: Compressed) throws {
    let whole = test.compress(Self.sample.bytes)
    for part in 1..<8 {
      let result = try readAll(bytes: Array(whole.prefix(whole.count * part / 8)))
      #expect(result.frames == Array(Self.sample.frames.prefix(result.frames.count)))
      #expect(result.frames.count > 100 * (part - 1))
      #expect(result.error?.isDamage == true)
      #expect(result.error?.message.contains("cut short") == true)
    }
    var broken = whole
    for index in broken.count / 2..<broken.count / 2 + 64 { broken[index] ^= 0xFF }
    let result = try readAll(bytes: broken)
    #expect(result.error?.isDamage == true)
    #expect(result.frames.count < Self.sample.frames.count)
  }

  /// What was sound before the damage is read, however it lies in the buffers; the place is named once.
  @Test(arguments: compressions) func soundUpToTheDamage(_ test: Compressed) throws {
    let half = Self.sample.bytes.count / 2
    let first = test.compress(Array(Self.sample.bytes[..<half]))
    var second = test.compress(Array(Self.sample.bytes[half...]))
    for index in 10..<30 { second[index] ^= 0xFF }
    let result = try readAll(bytes: first + second)
    let whole = try readAll(bytes: Array(Self.sample.bytes[..<half]))
    #expect(result.frames.count >= whole.frames.count)
    #expect(result.frames == Array(Self.sample.frames.prefix(result.frames.count)))
    let message = try #require(result.error?.message)
    #expect(message.contains("damaged at byte") && message.hasSuffix("data is broken"))
    #expect(message.split(separator: "damaged").count == 2, "\(message)")
  }

  /// Damage before the first packet is no other than damage after it: the capture opens, and says so when it is read.
  @Test(arguments: compressions) func damagedFromTheBeginning(_ test: Compressed) throws {
    var whole = test.compress(Self.sample.bytes)
    for index in 10..<40 { whole[index] ^= 0xFF }
    let file = try TemporaryFile(whole)
    var capture = try CaptureFile(path: file.path)
    #expect(throws: CaptureError.self) { while try capture.next() != nil {} }
    let sound = try TemporaryFile(Self.sample.bytes)
    let both = readAll([file.path, sound.path])
    #expect(both.frames.count == Self.sample.frames.count)
    #expect(both.error?.isDamage == true)
  }

  @Test func pipe() throws {
    let file = try TemporaryFile()
    unsafe unlink(file.path)
    #expect(unsafe mkfifo(file.path, 0o600) == 0)
    let child = try Background(["/bin/sh", "-c", "cat >'\(file.path)'"], input: Self.sample.bytes)
    let result = readAll(file.path)
    child.wait()
    #expect(result.frames == Self.sample.frames)
    #expect(result.error == nil)
  }

  /// Bytes changed at random: frames or an error, never a trap.
  @Test func anyBytes() throws {
    var random = SeededGenerator()
    var pcap = CaptureBuilder.pcap()
    for length in 0..<8 { pcap.record(1, 2, [UInt8](repeating: 9, count: length)) }
    let originals = [
      pcap.bytes, PcapNGTests.everything, Self.gzip(pcap.bytes), Self.zstd(pcap.bytes),
    ]
    for round in 0..<4000 {
      var bytes = originals[round % originals.count]
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        bytes[place] =
          [0, 1, 4, 0x7F, 0x80, 0xFF, .random(in: 0...255, using: &random)]
          .randomElement(using: &random) ?? 0
      }
      let result = try readAll(bytes: bytes)
      for frame in result.frames {
        #expect(frame.bytes.count <= bytes.count * 1100, "\(SeededGenerator.replay)")
      }
    }
  }
}

/// A program that runs beside the test and is given `input` from a file.
struct Background {
  private let process: pid_t
  private let input: TemporaryFile

  init(_ arguments: [String], input bytes: [UInt8]) throws {
    input = try TemporaryFile(bytes)
    var pointers = unsafe arguments.map { unsafe strdup($0) } + [nil]
    defer { unsafe pointers.forEach { unsafe free($0) } }
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_addopen(&actions, 0, input.path, O_RDONLY, 0)
    var child: pid_t = 0
    let status = unsafe posix_spawn(&child, arguments[0], &actions, nil, &pointers, nil)
    try #require(status == 0)
    process = child
  }

  func wait() { waitpid(process, nil, 0) }
}

import CZlib
import CZstd

/// The compressions that are undone, known by their first bytes.
enum Compression {
  case gzip
  case zstd

  init?(_ first: some Collection<UInt8>) {
    if first.starts(with: [0x1F, 0x8B]) {
      self = .gzip
    } else if first.starts(with: [0x28, 0xB5, 0x2F, 0xFD])
      || first.dropFirst().starts(with: [0x2A, 0x4D, 0x18]) && (first.first ?? 0) >> 4 == 5
    {
      self = .zstd  // RFC 8878 §3.1: a frame, or a skippable frame before it
    } else {
      return nil
    }
  }
}

/// Why a stream of bytes ends early.
enum StreamFailure: Error {
  case capture(CaptureError)
  /// What is wrong with the compressed data; who reads the stream knows the place.
  case damaged(String)
}

/// Undoes a compression piece by piece.
protocol Decoder: AnyObject {
  var name: String { get }
  /// True where the file may end: after a whole gzip member or zstd frame.
  var isBetweenMembers: Bool { get }
  /// Uses some of `input` and fills some of `output`; what was held back for want of room comes without input too.
  /// Throws `.damaged` where the data is broken, once all before that place was handed out.
  func decode(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(StreamFailure) -> (used: Int, made: Int)
}

/// gzip (RFC 1952) with any number of members; zeros after the last are padding.
@safe final class GzipDecoder: Decoder {
  let name = "gzip"
  private(set) var isBetweenMembers = false
  /// At a fixed address: zlib keeps a pointer to it.
  private let state = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)

  init() throws(CaptureError) {
    unsafe state.initialize(to: z_stream())
    let gzipOnly: CInt = 16 + 15
    let size = unsafe CInt(MemoryLayout<z_stream>.size)
    guard unsafe inflateInit2_(state, gzipOnly, ZLIB_VERSION, size) == Z_OK else {
      throw CaptureError(.cannotOpen, "no memory to undo gzip")
    }
  }

  deinit {
    unsafe inflateEnd(state)
    unsafe state.deallocate()
  }

  func decode(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(StreamFailure) -> (used: Int, made: Int) {
    if isBetweenMembers {
      let padding = unsafe input.prefix { $0 == 0 }.count
      if padding > 0 { return (padding, 0) }
      isBetweenMembers = false
      unsafe inflateReset(state)
    }
    unsafe state.pointee.next_in = UnsafeMutablePointer(
      mutating: input.bindMemory(to: UInt8.self).baseAddress)
    unsafe state.pointee.avail_in = UInt32(clamping: input.count)
    unsafe state.pointee.next_out = output.bindMemory(to: UInt8.self).baseAddress
    unsafe state.pointee.avail_out = UInt32(clamping: output.count)
    let before = unsafe (state.pointee.avail_in, state.pointee.avail_out)
    switch unsafe inflate(state, Z_NO_FLUSH) {
    case Z_OK, Z_BUF_ERROR: break
    case Z_STREAM_END: isBetweenMembers = true
    // The error comes again with the next call.
    case _ where unsafe state.pointee.avail_out < before.1: break
    default: throw .damaged("the gzip data is broken")
    }
    return unsafe (
      Int(before.0 - state.pointee.avail_in), Int(before.1 - state.pointee.avail_out)
    )
  }
}

/// Zstandard (RFC 8878) with any number of frames; its window is limited by libzstd to 128 MiB.
@safe final class ZstdDecoder: Decoder {
  let name = "zstd"
  private(set) var isBetweenMembers = false
  private let state: OpaquePointer
  /// Bytes to the end of what is decoded next. Given more, libzstd goes on, and where that is broken it drops what it
  /// has decoded before in the same call.
  private var step = 0

  init() throws(CaptureError) {
    guard let state = unsafe ZSTD_createDStream() else {
      throw CaptureError(.cannotOpen, "no memory to undo zstd")
    }
    unsafe self.state = state
    step = unsafe ZSTD_initDStream(state)
  }

  deinit { unsafe _ = ZSTD_freeDStream(state) }

  func decode(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(StreamFailure) -> (used: Int, made: Int) {
    var source = unsafe ZSTD_inBuffer(
      src: input.baseAddress, size: min(input.count, max(step, 1)), pos: 0)
    var target = unsafe ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
    let left = unsafe ZSTD_decompressStream(state, &target, &source)
    guard ZSTD_isError(left) == 0 else { throw .damaged("the zstd data is broken") }
    (isBetweenMembers, step) = (left == 0, left)
    return unsafe (source.pos, target.pos)
  }
}

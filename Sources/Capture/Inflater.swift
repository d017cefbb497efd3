import CZlib

/// Undoes raw DEFLATE (RFC 1951) of a stream that is sent piece by piece, within limits.
@safe public final class Inflater {
  public struct Limits: Sendable {
    /// What one sent byte may become on average, once `unmeasured` bytes were made. DEFLATE itself cannot exceed 1032.
    public var ratio = 1_000
    public var unmeasured = 1 << 20
    /// Bytes that one stream may become.
    public var total: Int

    public init(total: Int = 1 << 30) { self.total = total }
  }

  public enum Failure: Error, Hashable, Sendable {
    case noMemory
    /// The bytes are no DEFLATE, or go on after its last block.
    case malformed
    case tooMuch
  }

  /// What is around the DEFLATE.
  public enum Wrapping: Sendable {
    case none
    /// RFC 1952 or RFC 1950, whichever the first bytes say.
    case gzipOrZlib
  }

  /// What a call of zlib may make at the most.
  private static let pieceLength = 1 << 14

  private let limits: Limits
  private var sent = 0
  private var made = 0
  /// The last block was read.
  private(set) var isAtEnd = false
  /// At a fixed address: zlib keeps a pointer to it.
  private let state = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)

  public init(limits: Limits = Limits(), wrapping: Wrapping = .none) throws(Failure) {
    self.limits = limits
    unsafe state.initialize(to: z_stream())
    let window: CInt =
      switch wrapping {
      case .none: -15
      case .gzipOrZlib: 47
      }
    let size = unsafe CInt(MemoryLayout<z_stream>.size)
    guard unsafe inflateInit2_(state, window, ZLIB_VERSION, size) == Z_OK else { throw .noMemory }
  }

  deinit {
    unsafe inflateEnd(state)
    unsafe state.deallocate()
  }

  /// Hands what the bytes so far hold to `consumer`, in pieces that are lent for the call. After an error
  /// the stream cannot go on.
  public func inflate(
    _ bytes: Span<UInt8>, _ consumer: (Span<UInt8>) -> Void
  ) throws(Failure) {
    sent += bytes.count
    var rest = bytes
    var isFull = false
    while !rest.isEmpty || isFull {
      if isAtEnd {
        if rest.isEmpty { return }
        throw .malformed
      }
      let step = unsafe rest.withUnsafeBufferPointer { unsafe inflate($0, consumer) }
      guard case .success(let (used, count)) = step else { throw .malformed }
      guard used > 0 || count > 0 else { return }
      rest = rest.extracting(droppingFirst: used)
      isFull = count == Self.pieceLength
      made += count
      let isMeasured = made > limits.unmeasured
      if made > limits.total || isMeasured && made / max(1, limits.ratio) > sent { throw .tooMuch }
    }
  }

  /// One call of zlib: the pointers that it is given are good for the call, and it is given no others.
  private func inflate(
    _ input: UnsafeBufferPointer<UInt8>, _ consumer: (Span<UInt8>) -> Void
  ) -> Result<(used: Int, made: Int), Failure> {
    unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.pieceLength) { output in
      let count = UInt32(clamping: input.count)
      unsafe state.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
      unsafe state.pointee.avail_in = count
      unsafe state.pointee.next_out = output.baseAddress
      unsafe state.pointee.avail_out = UInt32(Self.pieceLength)
      switch unsafe CZlib.inflate(state, Z_SYNC_FLUSH) {
      case Z_OK, Z_BUF_ERROR: break
      case Z_STREAM_END: isAtEnd = true
      default: return .failure(.malformed)
      }
      let made = unsafe Self.pieceLength - Int(state.pointee.avail_out)
      if made > 0 { unsafe consumer(UnsafeBufferPointer(rebasing: output[..<made]).span) }
      return unsafe .success((Int(count - state.pointee.avail_in), made))
    }
  }
}

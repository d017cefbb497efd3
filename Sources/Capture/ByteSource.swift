import Glibc

/// The bytes of a capture, made available contiguously one record at a time.
///
/// One window, two ways to move it: over a mapped file it grows in steps and the pages before it are
/// given back; over a stream it is a buffer that is refilled, and grows only to the record it must
/// hold. Either way the bytes of a record stay in place until `makeAvailable` is called again.
///
/// A file that another process cuts while it is mapped ends this one with SIGBUS.
@safe struct ByteSource: ~Copyable {
  private static let step = 2 << 20
  /// Bytes of a mapping that stay in memory after they were read; and where another thread may be at them.
  private static let keptBehind = 2 << 20
  private static let keptBehindLent = 16 << 20
  private static let pageMask = (64 << 10) - 1
  private static let firstCapacity = 256 << 10

  private var base: UnsafeMutableRawPointer
  /// Index in the window of the first byte not consumed.
  private(set) var position = 0
  /// Bytes in the window, from `base`.
  private var end = 0
  /// Where `base` is in the (decompressed) file.
  private var baseOffset = 0
  /// Bytes mapped, or allocated for the stream.
  private var capacity: Int
  /// Of a mapping: bytes already given back.
  private var released = 0
  /// nil for a stream; `base` is its base then.
  let mapping: MappedFile?
  /// nil for a mapping.
  private let stream: ByteStream?

  /// Opens a file, or standard input for "-".
  init(path: String) throws(CaptureError) {
    let descriptor = path == "-" ? dup(0) : unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(.cannotOpen, "cannot be opened") }
    let stream = ByteStream(descriptor: descriptor)
    if let size = try stream.mappableSize() {
      if let mapping = MappedFile(descriptor: descriptor, size: size) {
        unsafe base = mapping.base
        (self.mapping, self.stream) = (mapping, nil)
        capacity = size
        return
      }
    }
    unsafe base = .allocate(byteCount: Self.firstCapacity, alignment: 16)
    capacity = Self.firstCapacity
    (mapping, self.stream) = (nil, stream)
  }

  deinit {
    if mapping == nil { unsafe base.deallocate() }
  }

  /// Offset in the (decompressed) file of the first byte not consumed.
  var offset: Int { baseOffset + position }

  /// Bytes that are there without a call of `makeAvailable`.
  var availableCount: Int { end - position }

  /// Makes `count` bytes available from `position`; false where the file ends before.
  @inline(__always)
  mutating func makeAvailable(_ count: Int) throws(CaptureError) -> Bool {
    if end - position >= count { return true }
    return try moveWindow(count)
  }

  /// An integer `offset` bytes from `position`; outside the window it traps.
  @inline(__always)
  func uint16(at offset: Int, swapped: Bool) -> UInt16 {
    window(position..<end).uint16(at: offset, swapped: swapped)
  }

  @inline(__always)
  func uint32(at offset: Int, swapped: Bool) -> UInt32 {
    window(position..<end).uint32(at: offset, swapped: swapped)
  }

  /// The bytes at these indices of the window.
  @inline(__always) @_lifetime(borrow self)
  func window(_ range: Range<Int>) -> Span<UInt8> {
    unsafe _overrideLifetime(unboundWindow(range), borrowing: self)
  }

  /// The same, good until `makeAvailable` or the end of the source; the caller must see to that.
  @inline(__always) @unsafe @_lifetime(immortal)
  func unboundWindow(_ range: Range<Int>) -> Span<UInt8> {
    precondition(range.lowerBound >= 0 && range.upperBound <= end)
    let bytes = unsafe Span<UInt8>(
      _unsafeStart: UnsafeRawPointer(base + range.lowerBound).assumingMemoryBound(to: UInt8.self),
      count: range.count)
    return unsafe _overrideLifetime(bytes, copying: ())
  }

  /// Moves on over `count` bytes, which must be available. They stay in place for now.
  @inline(__always)
  mutating func consume(_ count: Int) {
    precondition(count >= 0 && count <= end - position)
    position += count
  }

  /// Moves on over `count` bytes without holding them; false where the file ends before.
  mutating func skip(_ count: Int) throws(CaptureError) -> Bool {
    var left = count
    while left > availableCount {
      left -= availableCount
      consume(availableCount)
      guard try makeAvailable(1) else { return false }
    }
    consume(left)
    return true
  }

  @inline(never)
  private mutating func moveWindow(_ count: Int) throws(CaptureError) -> Bool {
    guard let stream else {
      let isLent = mapping?.isLent ?? false
      return growMapping(count, keptBehind: isLent ? Self.keptBehindLent : Self.keptBehind)
    }
    unsafe base.copyMemory(from: base + position, byteCount: end - position)
    baseOffset += position
    end -= position
    position = 0
    while end < count {
      if end == capacity { growBuffer() }
      let space = unsafe UnsafeMutableRawBufferPointer(
        start: base + end, count: capacity - end)
      let got: Int
      do throws(StreamFailure) { got = try unsafe stream.read(into: space) } catch {
        switch error {
        case .capture(let error): throw error
        case .damaged(let what): throw .damaged(what, at: offset)
        }
      }
      if got == 0 { return false }
      end += got
    }
    return true
  }

  /// Doubles with the bytes that have come, never to a length that a header only claims.
  private mutating func growBuffer() {
    let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity * 2, alignment: 16)
    unsafe larger.copyMemory(from: base, byteCount: end)
    unsafe base.deallocate()
    unsafe base = larger
    capacity *= 2
  }

  private mutating func growMapping(_ count: Int, keptBehind: Int) -> Bool {
    let behind = (position - keptBehind) & ~Self.pageMask
    if behind > released {
      unsafe madvise(base + released, behind - released, MADV_DONTNEED)
      released = behind
    }
    end = min(capacity, max(end, position) + max(count, Self.step))
    return end - position >= count
  }
}

extension CaptureError {
  /// With the system's words for `errno`.
  static func system(_ kind: Kind, _ what: String) -> Self {
    unsafe Self(kind, "\(what): \(String(cString: strerror(errno)))")
  }
}

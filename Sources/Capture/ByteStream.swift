import Glibc

/// An open file read from beginning to end, gzip and zstd undone.
@safe final class ByteStream {
  private static let inputCapacity = 128 << 10

  private let descriptor: CInt
  private let input = UnsafeMutableRawBufferPointer.allocate(
    byteCount: inputCapacity, alignment: 16)
  /// What of `input` was read from the file and not yet used.
  private var unread = 0..<0
  private var decoder: (any Decoder)?
  private var isStarted = false

  /// Takes over the descriptor.
  init(descriptor: CInt) { self.descriptor = descriptor }

  deinit {
    unsafe input.deallocate()
    close(descriptor)
  }

  /// The size of the file if it can be mapped as it is: regular, not empty, not compressed, at its start.
  func mappableSize() throws(CaptureError) -> Int? {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      throw .system(.cannotOpen, "cannot be opened")
    }
    if status.st_mode & S_IFMT == S_IFDIR { throw CaptureError(.cannotOpen, "is a folder") }
    guard status.st_mode & S_IFMT == S_IFREG, status.st_size > 0,
      lseek(descriptor, 0, SEEK_CUR) == 0
    else { return nil }
    var first = [UInt8](repeating: 0, count: 4)
    let count = unsafe pread(descriptor, &first, 4, 0)
    return Compression(first.prefix(max(count, 0))) == nil ? status.st_size : nil
  }

  /// Reads what comes next, at least one byte; 0 at the end.
  func read(into output: UnsafeMutableRawBufferPointer) throws(StreamFailure) -> Int {
    if !isStarted { try start() }
    guard let decoder else {
      return unread.isEmpty ? try unsafe readFile(into: output) : unsafe takeUnread(into: output)
    }
    while true {
      if unread.isEmpty {
        unread = 0..<(try unsafe readFile(into: input))
        if unread.isEmpty, decoder.isBetweenMembers { return 0 }
      }
      let chunk = unsafe UnsafeRawBufferPointer(rebasing: input[unread])
      let (used, made) = try unsafe decoder.decode(chunk, into: output)
      unread = (unread.lowerBound + used)..<unread.upperBound
      if made > 0 { return made }
      if unsafe chunk.isEmpty { throw .damaged("the \(decoder.name) data is cut short") }
    }
  }

  /// Reads far enough to know whether the file is compressed.
  private func start() throws(StreamFailure) {
    isStarted = true
    while unread.count < 4 {
      let space = unsafe UnsafeMutableRawBufferPointer(rebasing: input[unread.upperBound...])
      let count = try unsafe readFile(into: space)
      if count == 0 { break }
      unread = 0..<(unread.upperBound + count)
    }
    let compression = unsafe Compression(input[unread].prefix(4))
    do throws(CaptureError) {
      switch compression {
      case .gzip: decoder = try GzipDecoder()
      case .zstd: decoder = try ZstdDecoder()
      case nil: break
      }
    } catch {
      throw .capture(error)
    }
  }

  private func takeUnread(into output: UnsafeMutableRawBufferPointer) -> Int {
    let count = min(unread.count, output.count)
    let taken = unread.prefix(count)
    unsafe output.copyMemory(from: UnsafeRawBufferPointer(rebasing: input[taken]))
    unread = taken.upperBound..<unread.upperBound
    return count
  }

  private func readFile(into space: UnsafeMutableRawBufferPointer) throws(StreamFailure) -> Int {
    while true {
      let count = unsafe Glibc.read(descriptor, space.baseAddress, space.count)
      if count >= 0 { return count }
      if errno != EINTR { throw .capture(.system(.cannotOpen, "cannot be read")) }
    }
  }
}

import Glibc
import Synchronization

/// A file beside the captures that is read as a whole, and again where it has grown: a key log.
public final class GrowingFile: Sendable {
  private static let step = 1 << 16
  private let descriptor: CInt
  /// A pipe is read once: what may still come would have to be waited for.
  private let isRegular: Bool
  private let isAtEnd = Mutex(false)

  public init(path: String) throws(CaptureError) {
    descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(.cannotOpen, "\(path): cannot be opened") }
    var status = stat()
    let kind = unsafe fstat(descriptor, &status) == 0 ? status.st_mode & S_IFMT : 0
    isRegular = kind == S_IFREG
    guard kind != S_IFDIR else { throw CaptureError(.cannotOpen, "\(path): is a folder") }
  }

  deinit { close(descriptor) }

  /// What came since it was asked last, up to about `limit` bytes; nothing at the end.
  public func readMore(limit: Int = 1 << 20) -> [UInt8] {
    isAtEnd.withLock { isAtEnd in
      if isAtEnd, !isRegular { return [] }
      var bytes: [UInt8] = []
      var space = [UInt8](repeating: 0, count: Self.step)
      while bytes.count < limit {
        let count = unsafe read(descriptor, &space, space.count)
        isAtEnd = count <= 0
        if isAtEnd { break }
        bytes += space.prefix(count)
      }
      return bytes
    }
  }

  /// Whether a path is that of a file of a known end, and no pipe or device.
  public static func isRegular(_ path: String) -> Bool {
    var status = stat()
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }
}

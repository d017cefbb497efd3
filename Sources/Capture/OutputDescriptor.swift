import Glibc

/// A file, or standard output, that a view's bytes are written to.
@safe public struct OutputDescriptor: ~Copyable {
  public enum Failure: Error {
    case closedPipe
    /// What the system says of it.
    case other(String)
  }
  private let descriptor: Int32

  /// "-" is standard output; a file is made new.
  public init(path: String) throws(Failure) {
    if path == "-" {
      descriptor = STDOUT_FILENO
      return
    }
    let opened = unsafe Glibc.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard opened >= 0 else { throw .other(systemMessage(errno)) }
    descriptor = opened
  }

  deinit { if descriptor != STDOUT_FILENO { close(descriptor) } }

  public func write(_ bytes: Span<UInt8>) throws(Failure) { try writeAll(bytes, to: descriptor) }
}

/// A temporary file without a name: what is written comes back in order, and it vanishes when it is let go. It is in
/// `TMPDIR`, where that is set.
@safe public final class TemporaryFile: Sendable {
  private let descriptor: Int32

  public init() throws(OutputDescriptor.Failure) {
    let folder = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? ""
    var path = Array("\(folder.isEmpty ? "/tmp" : folder)/mailwire-XXXXXX".utf8CString)
    let opened = unsafe mkstemp(&path)
    guard opened >= 0 else { throw .other(systemMessage(errno)) }
    unsafe unlink(path)
    descriptor = opened
  }

  deinit { close(descriptor) }

  public func append(_ bytes: Span<UInt8>) throws(OutputDescriptor.Failure) {
    try writeAll(bytes, to: descriptor)
  }

  /// Reads up to `count` bytes from `offset` on; fewer at the end.
  public func read(at offset: Int, count: Int) throws(OutputDescriptor.Failure) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let got = unsafe bytes.withUnsafeMutableBytes {
      unsafe pread(descriptor, $0.baseAddress, $0.count, offset)
    }
    guard got >= 0 else { throw .other(systemMessage(errno)) }
    bytes.removeLast(count - got)
    return bytes
  }
}

func writeAll(_ bytes: Span<UInt8>, to descriptor: Int32) throws(OutputDescriptor.Failure) {
  var written = 0
  while written < bytes.count {
    let rest = bytes.extracting(written...)
    let count = unsafe rest.withUnsafeBufferPointer {
      unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
    }
    if count < 0 {
      if errno == EINTR { continue }
      throw errno == EPIPE ? .closedPipe : .other(systemMessage(errno))
    }
    written += count
  }
}

func systemMessage(_ number: Int32) -> String { unsafe String(cString: strerror(number)) }

/// Whether standard output, or standard error, is a terminal, and how wide it is.
public enum Terminal {
  public static var isOutput: Bool { isatty(STDOUT_FILENO) == 1 }
  public static var isError: Bool { isatty(STDERR_FILENO) == 1 }
  /// Columns; nil where standard output is no terminal.
  public static var width: Int? {
    var size = winsize()
    guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
      return nil
    }
    return Int(size.ws_col)
  }
  public static var coreCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
  /// True where the environment asks for no colours (no-color.org).
  public static var refusesColor: Bool {
    guard let value = unsafe getenv("NO_COLOR") else { return false }
    return unsafe value.pointee != 0
  }
  /// A line for a person; where standard error cannot be written there is nobody to tell.
  public static func writeError(_ line: String) {
    try? writeAll(Array(line.utf8).span, to: STDERR_FILENO)
  }
  /// Lets a write to a closed pipe fail rather than end the process.
  public static func ignoreClosedPipes() { _ = signal(SIGPIPE, SIG_IGN) }
}

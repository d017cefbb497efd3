import Glibc
import Synchronization

/// A folder that files are made in. Each is made new, by a name within the folder, never through a link and never in the
/// place of another.
@safe public final class OutputFolder: Sendable {
  public typealias Failure = OutputDescriptor.Failure

  private let descriptor: Int32
  /// Of a folder that goes when nobody has it any more.
  private let temporaryPath: String?

  private init(_ descriptor: Int32, temporaryPath: String? = nil) {
    (self.descriptor, self.temporaryPath) = (descriptor, temporaryPath)
  }

  /// Opens a folder, which is made where it is not there yet; the one that it is in must be.
  public convenience init(path: String) throws(Failure) {
    guard unsafe mkdir(path, 0o777) == 0 || errno == EEXIST else {
      throw .other(systemMessage(errno))
    }
    self.init(try Self.open(path))
  }

  /// A folder in /tmp, for nobody else to read, that goes with all references to it. The files in it must have gone before.
  public static func temporary() throws(Failure) -> OutputFolder {
    var path = Array("/tmp/mailwire-XXXXXX".utf8CString)
    guard unsafe mkdtemp(&path) != nil else { throw .other(systemMessage(errno)) }
    let name = String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return OutputFolder(try open(name), temporaryPath: name)
  }

  private static func open(_ path: String) throws(Failure) -> Int32 {
    let opened = unsafe Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard opened >= 0 else { throw .other(systemMessage(errno)) }
    return opened
  }

  deinit {
    close(descriptor)
    if let temporaryPath { _ = unsafe rmdir(temporaryPath) }
  }

  /// Whether nothing is in it.
  public func isEmpty() throws(Failure) -> Bool {
    // A descriptor of its own, which the listing closes.
    let copy = unsafe openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard copy >= 0, let listing = unsafe fdopendir(copy) else {
      throw .other(systemMessage(errno))
    }
    defer { unsafe closedir(listing) }
    while let entry = unsafe readdir(listing) {
      let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        unsafe bytes.prefix { $0 != 0 }.map { $0 }
      }
      if name != Array(".".utf8), name != Array("..".utf8) { return false }
    }
    return true
  }

  /// Makes a folder in it.
  public func makeFolder(_ name: String) throws(Failure) -> OutputFolder {
    guard unsafe mkdirat(descriptor, name, 0o777) == 0 else { throw .other(systemMessage(errno)) }
    let opened = unsafe openat(descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard opened >= 0 else { throw .other(systemMessage(errno)) }
    return OutputFolder(opened)
  }

  /// Makes a file that is not there yet, to be written.
  public func create(_ name: String) throws(Failure) -> FolderFile {
    try openFile(name, O_WRONLY | O_CREAT | O_EXCL)
  }

  /// Opens a file again, to be written at its end.
  public func append(to name: String) throws(Failure) -> FolderFile {
    try openFile(name, O_WRONLY | O_APPEND)
  }

  /// Opens a file to be read.
  public func open(_ name: String) throws(Failure) -> FolderFile { try openFile(name, O_RDONLY) }

  private func openFile(_ name: String, _ flags: Int32) throws(Failure) -> FolderFile {
    let opened = unsafe openat(descriptor, name, flags | O_NOFOLLOW | O_CLOEXEC, 0o644)
    guard opened >= 0 else { throw .other(systemMessage(errno)) }
    return FolderFile(opened)
  }

  /// Gives a file another name, in this folder or another one of its file system, that no file has yet.
  public func rename(
    _ name: String, to newName: String, in folder: OutputFolder
  ) throws(Failure) {
    if unsafe linkat(descriptor, name, folder.descriptor, newName, 0) == 0 { return remove(name) }
    // Not every file system has links.
    guard errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS,
      unsafe faccessat(folder.descriptor, newName, F_OK, AT_SYMLINK_NOFOLLOW) != 0,
      unsafe renameat(descriptor, name, folder.descriptor, newName) == 0
    else { throw .other(systemMessage(errno)) }
  }

  /// Removes a file; one that is not there is removed already.
  public func remove(_ name: String) { _ = unsafe unlinkat(descriptor, name, 0) }
}

/// A file of an `OutputFolder`.
@safe public final class FolderFile: Sendable {
  /// -1 once it is closed.
  private let descriptor: Atomic<Int32>

  fileprivate init(_ descriptor: Int32) { self.descriptor = Atomic(descriptor) }

  deinit {
    let open = descriptor.load(ordering: .relaxed)
    if open >= 0 { Glibc.close(open) }
  }

  public func write(_ bytes: Span<UInt8>) throws(OutputFolder.Failure) {
    try writeAll(bytes, to: descriptor.load(ordering: .relaxed))
  }

  /// Reads up to `count` bytes from where the last call ended; fewer at the end.
  public func read(upTo count: Int) throws(OutputFolder.Failure) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let open = descriptor.load(ordering: .relaxed)
    let got = unsafe bytes.withUnsafeMutableBytes {
      unsafe Glibc.read(open, $0.baseAddress, $0.count)
    }
    guard got >= 0 else { throw .other(systemMessage(errno)) }
    bytes.removeLast(count - got)
    return bytes
  }

  /// Closes it: where what was written did not come to the disk, this is where some systems say it.
  public func close() throws(OutputFolder.Failure) {
    let open = descriptor.exchange(-1, ordering: .relaxed)
    guard open < 0 || Glibc.close(open) == 0 else { throw .other(systemMessage(errno)) }
  }
}

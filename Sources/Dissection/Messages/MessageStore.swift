import Capture
import Fields
import Synchronization

/// Keeps the bytes of messages and parts until it is known what becomes of them: in memory while they are few, then in
/// files under temporary names, of which a bounded number is open. So any number of messages of any size may be under way.
public final class MessageStore: Sendable {
  struct Limits: Sendable {
    /// Bytes of one content that wait in memory at the most.
    var content = 128 << 10
    /// Bytes of all contents that may wait before those go to their files that have `worthwhile` bytes.
    var memory = 8 << 20
    var worthwhile = 16 << 10
    /// Bytes of all contents, however few each of them has.
    var most = 12 << 20
    /// Files that are open at a time.
    var openFiles = 64
  }

  fileprivate struct Held {
    /// What was not written yet.
    var bytes: [UInt8] = []
    /// Bytes in its file.
    var written = 0
    var name: String?
    /// Bytes of memory that were counted.
    var counted = 0
  }

  fileprivate struct State: ~Copyable {
    var contents: [Held] = []
    var free: [Int] = []
    var memory = 0
    /// Where the files are; a folder in /tmp is made where none was given.
    var folder: OutputFolder?
    let name: String
    /// Files that are open to be written, the one that was written last at the end.
    var open: [(content: Int, file: FolderFile)] = []
    var serial = 0
    var failure: OutputError?
  }

  private let limits: Limits
  /// What errors call the place where files are.
  private let name: String
  private let state: Mutex<State>
  private let hasFailure = Atomic(false)

  /// `folder`: where files are made; without one in /tmp.
  init(in folder: OutputFolder? = nil, path: String = "a temporary file", limits: Limits = Limits())
  {
    (self.limits, name) = (limits, path)
    state = Mutex(State(folder: folder, name: path))
  }

  /// Whether something could not be written: nothing more is kept.
  var hasFailed: Bool { hasFailure.load(ordering: .relaxed) }
  /// What could not be written.
  var failure: OutputError? { state.withLock { $0.failure } }

  func makeContent() -> StoredContent {
    let place = state.withLock { state in
      if let free = state.free.popLast() { return free }
      state.contents.append(Held())
      return state.contents.count - 1
    }
    return StoredContent(self, place)
  }

  fileprivate func append(_ bytes: Span<UInt8>, to place: Int) {
    guard !hasFailed else { return }
    state.withLock { state in
      state.contents[place].bytes.append(bytes)
      state.recount(place)
      let count = state.contents[place].bytes.count
      guard
        count >= limits.content || state.memory > limits.most
          || state.memory > limits.memory && count >= limits.worthwhile
      else { return }
      do throws(OutputError) { try state.flush(place, limits) } catch { fail(error, &state) }
    }
  }

  private func fail(_ error: OutputError, _ state: inout State) {
    state.failure = error
    hasFailure.store(true, ordering: .relaxed)
  }

  fileprivate func discard(_ place: Int) {
    state.withLock { state in
      state.close(place)
      if let name = state.contents[place].name { state.folder?.remove(name) }
      state.forget(place)
    }
  }

  /// Gives the bytes piece by piece.
  fileprivate func forEach(
    _ place: Int, _ body: (Span<UInt8>) throws(OutputError) -> Void
  ) throws(OutputError) {
    let (rest, file, written) = try state.withLock { state throws(OutputError) in
      let held = state.contents[place]
      guard held.written > 0 else { return (held.bytes, nil as FolderFile?, 0) }
      return (held.bytes, try state.reader(of: place), held.written)
    }
    if let file {
      var left = written
      while left > 0 {
        let piece: [UInt8]
        do throws(OutputFolder.Failure) { piece = try file.read(upTo: min(1 << 16, left)) } catch {
          throw OutputError(error, name)
        }
        guard !piece.isEmpty else {
          throw OutputError(message: "\(name): a file is shorter than what was written")
        }
        left -= piece.count
        try body(piece.span)
      }
    }
    if !rest.isEmpty { try body(rest.span) }
  }

  /// Writes the content to a file of `folder`, after `prefix`: under a temporary name, then it is renamed. Returns whether
  /// its own file became that one: nothing is kept of it then.
  fileprivate func deliver(
    _ place: Int, after prefix: [UInt8], as name: String, in folder: OutputFolder
  ) throws(OutputError) -> Bool {
    if let failure { throw failure }
    let isMoved = try state.withLock { state throws(OutputError) in
      guard state.contents[place].written > 0, prefix.isEmpty else { return false }
      try state.flush(place, limits)
      state.close(place)
      guard let file = state.contents[place].name, let from = state.folder else { return false }
      do throws(OutputFolder.Failure) { try from.rename(file, to: name, in: folder) } catch {
        throw OutputError(error, name)
      }
      state.forget(place)
      return true
    }
    if isMoved { return true }
    let file = try NewFile(name, in: folder, from: state.withLock { $0.folder })
    try file.write(prefix.span)
    try forEach(place) { piece throws(OutputError) in try file.write(piece) }
    try file.finish()
    return false
  }
}

extension MessageStore.State {
  init(folder: OutputFolder?, name: String) { (self.folder, self.name) = (folder, name) }

  fileprivate mutating func recount(_ place: Int) {
    let now = contents[place].bytes.capacity
    memory += now - contents[place].counted
    contents[place].counted = now
  }

  /// Writes what waits of a content to its file.
  fileprivate mutating func flush(
    _ place: Int, _ limits: MessageStore.Limits
  ) throws(OutputError) {
    guard !contents[place].bytes.isEmpty else { return }
    do throws(OutputFolder.Failure) {
      let file = try writer(of: place, limits)
      let bytes = contents[place].bytes
      try file.write(bytes.span)
    } catch {
      throw OutputError(error, name)
    }
    contents[place].written += contents[place].bytes.count
    contents[place].bytes = []
    recount(place)
  }

  private mutating func writer(
    of place: Int, _ limits: MessageStore.Limits
  ) throws(OutputFolder.Failure) -> FolderFile {
    if let index = open.lastIndex(where: { $0.content == place }) {
      let known = open.remove(at: index)
      open.append(known)
      return known.file
    }
    if open.count >= limits.openFiles { try open.removeFirst().file.close() }
    let folder = try openFolder()
    let file: FolderFile
    if let name = contents[place].name {
      file = try folder.append(to: name)
    } else {
      serial += 1
      let name = "mailwire-\(serial).partial"
      file = try folder.create(name)
      contents[place].name = name
    }
    open.append((place, file))
    return file
  }

  private mutating func openFolder() throws(OutputFolder.Failure) -> OutputFolder {
    if let folder { return folder }
    let made = try OutputFolder.temporary()
    folder = made
    return made
  }

  fileprivate func reader(of place: Int) throws(OutputError) -> FolderFile? {
    guard let file = contents[place].name, let folder else { return nil }
    do throws(OutputFolder.Failure) { return try folder.open(file) } catch {
      throw OutputError(error, name)
    }
  }

  fileprivate mutating func close(_ place: Int) { open.removeAll { $0.content == place } }

  fileprivate mutating func forget(_ place: Int) {
    contents[place].bytes = []
    recount(place)
    contents[place] = MessageStore.Held()
    free.append(place)
  }
}

/// A run of bytes that a `MessageStore` keeps; it goes when nobody refers to it any more.
public final class StoredContent: Sendable {
  private let store: MessageStore
  private let place: Int
  private let isDelivered = Atomic(false)

  fileprivate init(_ store: MessageStore, _ place: Int) {
    (self.store, self.place) = (store, place)
  }

  deinit { if !isDelivered.load(ordering: .relaxed) { store.discard(place) } }

  func append(_ bytes: Span<UInt8>) { store.append(bytes, to: place) }

  /// Gives the bytes piece by piece, as often as wanted.
  public func forEach(
    _ body: (Span<UInt8>) throws(OutputError) -> Void
  ) throws(OutputError) {
    if isDelivered.load(ordering: .relaxed) { return }
    try store.forEach(place, body)
  }

  /// Makes it a file of `folder`, after `prefix`. Call it once, as the last thing that is done with it.
  func deliver(
    after prefix: [UInt8] = [], as name: String, in folder: OutputFolder
  ) throws(OutputError) {
    let isMoved = try store.deliver(place, after: prefix, as: name, in: folder)
    isDelivered.store(isMoved, ordering: .relaxed)
  }
}

/// A file that is written under a temporary name, and gets its own once it is whole.
final class NewFile {
  private let name: String
  private let temporaryName: String
  private let folder: OutputFolder
  /// Where it is while it is written: of the same file system.
  private let origin: OutputFolder
  private let file: FolderFile
  private var isFinished = false

  init(
    _ name: String, in folder: OutputFolder, from origin: OutputFolder? = nil
  ) throws(OutputError) {
    (self.name, self.folder, self.origin) = (name, folder, origin ?? folder)
    temporaryName = name + ".partial"
    do throws(OutputFolder.Failure) { file = try self.origin.create(temporaryName) } catch {
      throw OutputError(error, name)
    }
  }

  deinit { if !isFinished { origin.remove(temporaryName) } }

  func write(_ bytes: Span<UInt8>) throws(OutputError) {
    do throws(OutputFolder.Failure) { try file.write(bytes) } catch {
      throw OutputError(error, name)
    }
  }

  func finish() throws(OutputError) {
    do throws(OutputFolder.Failure) {
      try file.close()
      try origin.rename(temporaryName, to: name, in: folder)
    } catch {
      throw OutputError(error, name)
    }
    isFinished = true
  }
}

import Glibc
import Synchronization

/// A file in memory, for as long as anyone holds it: its bytes never move.
@safe public final class MappedFile: @unchecked Sendable {
  let base: UnsafeMutableRawPointer
  let size: Int
  private let lent = Atomic(false)
  private static let pageMask = (4 << 10) - 1

  /// Nil where the system cannot map it.
  init?(descriptor: Int32, size: Int) {
    let mapping = unsafe mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let mapping = unsafe mapping, unsafe mapping != MAP_FAILED else { return nil }
    unsafe madvise(mapping, size, MADV_SEQUENTIAL)
    unsafe base = mapping
    self.size = size
  }

  deinit { unsafe munmap(base, size) }

  /// The bytes of a stretch; what of it is not there is left out.
  @_lifetime(borrow self)
  borrowing func span(_ start: Int, _ count: Int) -> Span<UInt8> {
    let first = min(max(0, start), size)
    let bytes = unsafe Span<UInt8>(
      _unsafeStart: UnsafeRawPointer(base + first).assumingMemoryBound(to: UInt8.self),
      count: min(max(0, count), size - first))
    return unsafe _overrideLifetime(bytes, borrowing: self)
  }

  /// Whether `KeptFrames` lends frames of it, and gives back their pages.
  var isLent: Bool { lent.load(ordering: .relaxed) }
  fileprivate func lend() { lent.store(true, ordering: .relaxed) }

  /// Gives back the pages of a stretch: where their bytes are asked for again, they are read again.
  func giveBack(_ range: Range<Int>) {
    let start = range.lowerBound & ~Self.pageMask
    let end = min(range.upperBound, size) & ~Self.pageMask
    if start >= 0, start < end { unsafe madvise(base + start, end - start, MADV_DONTNEED) }
  }
}

/// The bytes of some frames, for another thread than the one that reads: where they are in a mapped file, or copies of
/// those of a stream.
public struct KeptFrames: Sendable {
  private struct Place {
    /// Nil for a copy.
    var file: Int?
    var start: Int
    var count: Int
  }
  private let files: [MappedFile?]
  private var places: [Place] = []
  private var copies: [UInt8] = []
  /// Bytes of frames.
  public private(set) var count = 0

  /// For frames of these files. `givesBack`: it is said of all of them when they were looked at, with `giveBackPages`; what
  /// is read of the files stays in memory for longer then.
  public init(of files: [MappedFile?], givesBack: Bool) {
    self.files = files
    if givesBack { for file in files { file?.lend() } }
  }

  /// Bytes that were copied.
  public var copiedCount: Int { copies.count }

  /// Forgets the frames.
  public mutating func removeAll() {
    count = 0
    places.removeAll(keepingCapacity: true)
    copies.removeAll(keepingCapacity: true)
  }

  /// Keeps those of the next frame.
  public mutating func add(_ frame: borrowing Frame) {
    let count = frame.bytes.count
    self.count += count
    if frame.file < files.count, files[frame.file] != nil {
      places.append(Place(file: frame.file, start: frame.fileOffset, count: count))
    } else {
      places.append(Place(file: nil, start: copies.count, count: count))
      unsafe frame.bytes.withUnsafeBufferPointer { unsafe copies.append(contentsOf: $0) }
    }
  }

  /// Gives back the pages that the frames are in, where those are of a mapped file: all were looked at.
  public func giveBackPages() {
    var stretches = [Range<Int>?](repeating: nil, count: files.count)
    for place in places {
      guard let file = place.file else { continue }
      let start = stretches[file]?.lowerBound ?? place.start
      stretches[file] = start..<max(start, place.start + place.count)
    }
    for (file, stretch) in zip(files, stretches) {
      if let stretch { file?.giveBack(stretch) }
    }
  }

  /// Those of the frame that was added as the one at `index`, counted from 0.
  @_lifetime(borrow self)
  public borrowing func bytes(of index: Int) -> Span<UInt8> {
    let place = places[index]
    guard let file = place.file, let mapped = files[file] else {
      return copies.span.extracting(place.start..<place.start + place.count)
    }
    return unsafe _overrideLifetime(mapped.span(place.start, place.count), borrowing: self)
  }
}

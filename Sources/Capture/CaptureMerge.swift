/// Several captures read as one, ordered by time; one capture alone costs nothing more.
///
/// Frames of one file keep their order, equal times go by the order of the files. A damaged file
/// ends early, the others go on, and the error comes at the end.
public struct CaptureMerge: ~Copyable {
  /// Holds a file where its frames can be lent from: neither an array nor a class property can.
  @safe private final class Input {
    private let pointer: UnsafeMutablePointer<CaptureFile>

    init(path: String) throws(CaptureError) {
      let file = try CaptureFile(path: path)
      unsafe pointer = .allocate(capacity: 1)
      unsafe pointer.initialize(to: file)
    }

    deinit {
      unsafe pointer.deinitialize(count: 1)
      unsafe pointer.deallocate()
    }

    func advance() throws(CaptureError) -> Bool {
      try unsafe pointer.pointee.advance()
    }

    /// Good while the input lives and until it is advanced; the caller sees to both.
    @_lifetime(immortal)
    func lend(number: Int, file: Int, interface: Int) -> Frame {
      unsafe pointer.pointee.unboundFrame(number: number, file: file, interface: interface)
    }

    var format: CaptureFormat { unsafe pointer.pointee.format }
    var packet: PacketRecord { unsafe pointer.pointee.packet }
    var metadata: CaptureMetadata { unsafe pointer.pointee.metadata }
    var mapping: MappedFile? { unsafe pointer.pointee.mapping }
  }

  /// The next packet of a file.
  private struct Head {
    var file: Int
    /// Of the file's.
    var interface: Int
    /// Nanoseconds; that of the packet before where it has none.
    var time: Int64

    func precedes(_ other: Self) -> Bool {
      (time, file) < (other.time, other.file)
    }
  }

  public let paths: [String]
  /// pcapng if any of the files is.
  public let format: CaptureFormat
  /// Errors of files that ended early, met so far.
  public private(set) var failures: [CaptureError] = []

  /// Not in a class, so that a capture of one file costs nothing more.
  private var first: CaptureFile
  private let others: [Input]
  /// A binary heap: each precedes its children at 2i+1 and 2i+2.
  private var heads: [Head] = []
  private var merged: [CaptureInterface] = []
  /// For each file, the index in `merged` of each of its interfaces.
  private var places: [[Int]]
  private var number = 0
  private var isStarted = false

  /// Opens every file; throws for the first that cannot be opened, and where there is none.
  public init(paths: [String]) throws(CaptureError) {
    guard let firstPath = paths.first else {
      throw CaptureError(.cannotOpen, "no capture file is named")
    }
    let first = try CaptureFile(path: firstPath)
    var format = first.format
    var others: [Input] = []
    for path in paths.dropFirst() {
      let input = try Input(path: path)
      if input.format == .pcapng { format = .pcapng }
      others.append(input)
    }
    self.paths = paths
    self.format = format
    self.first = first
    self.others = others
    places = Array(repeating: [], count: paths.count)
  }

  /// Every interface met so far, in the order met.
  public var interfaces: [CaptureInterface] { others.isEmpty ? first.interfaces : merged }
  /// Every section met so far, file by file.
  public var sections: [CaptureSection] {
    others.reduce(into: first.sections) { $0 += $1.metadata.sections }
  }
  /// Each file in memory; nil for one that is read as a stream.
  public var mappings: [MappedFile?] { [first.mapping] + others.map(\.mapping) }
  /// Secrets met so far, file by file.
  public var secrets: [DecryptionSecrets] {
    others.reduce(into: first.secrets) { $0 += $1.metadata.secrets }
  }
  /// Resolved names met so far, file by file.
  public var names: [ResolvedName] { others.reduce(into: first.names) { $0 += $1.metadata.names } }

  /// Lends the next frame; nil at the end. Throws the first failure when all files are at their end.
  @_lifetime(&self)
  public mutating func next() throws(CaptureError) -> Frame? {
    others.isEmpty ? try first.next() : try nextMerged()
  }

  @inline(never) @_lifetime(&self)
  private mutating func nextMerged() throws(CaptureError) -> Frame? {
    if isStarted {
      if let head = heads.first { replaceFirst(with: advance(head.file, after: head.time)) }
    } else {
      isStarted = true
      for file in paths.indices {
        if let head = advance(file, after: .min) { insert(head) }
      }
    }
    guard let head = heads.first else {
      if let failure = failures.first { throw failure }
      return nil
    }
    number += 1
    let interface = places[head.file][head.interface]
    if head.file == 0 {
      return first.lend(number: number, file: 0, interface: interface)
    }
    // The file lives as long as `self` and is advanced only by `next`.
    return unsafe _overrideLifetime(
      others[head.file - 1].lend(number: number, file: head.file, interface: interface),
      mutating: &self)
  }

  /// The next packet of a file; nil at its end, early or not.
  private mutating func advance(_ file: Int, after time: Int64) -> Head? {
    do throws(CaptureError) {
      let isPacket = file == 0 ? try first.advance() : try others[file - 1].advance()
      let interfaces = file == 0 ? first.interfaces : others[file - 1].metadata.interfaces
      for interface in interfaces.dropFirst(places[file].count) {
        places[file].append(merged.count)
        merged.append(interface)
      }
      guard isPacket else {
        for (place, interface) in zip(places[file], interfaces) {
          merged[place].statistics = interface.statistics
        }
        return nil
      }
      let packet = file == 0 ? first.packet : others[file - 1].packet
      return Head(
        file: file, interface: packet.interface,
        time: packet.hasTimestamp ? packet.timestamp : time)
    } catch {
      failures.append(error)
      return nil
    }
  }

  private mutating func insert(_ head: Head) {
    heads.append(head)
    var child = heads.count - 1
    while child > 0, case let parent = (child - 1) / 2, heads[child].precedes(heads[parent]) {
      heads.swapAt(child, parent)
      child = parent
    }
  }

  private mutating func replaceFirst(with head: Head?) {
    if let head {
      heads[0] = head
    } else {
      heads.swapAt(0, heads.count - 1)
      heads.removeLast()
    }
    var parent = 0
    while case let left = 2 * parent + 1, left < heads.count {
      let right = left + 1
      let child = right < heads.count && heads[right].precedes(heads[left]) ? right : left
      guard heads[child].precedes(heads[parent]) else { return }
      heads.swapAt(child, parent)
      parent = child
    }
  }
}

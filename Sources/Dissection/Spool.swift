import Capture

/// Text that is needed again later: in memory while it is short, then in temporary files, so that memory does not grow
/// with the capture. A file goes when nothing in it is needed any more.
struct Spool: ~Copyable {
  /// Where a text is: it has no more than one file.
  struct Place {
    fileprivate let file: Int
    var range: Range<Int>
  }
  private struct File {
    var file: TemporaryFile?
    /// What of its text is in the file; the rest is in memory.
    var spilled = 0
    var count = 0
    /// How many of its texts are needed.
    var uses = 0
  }
  private static let memoryLimit = 1 << 20
  private static let fileLimit = 64 << 20
  private static let pieceLength = 1 << 16
  private var files: [Int: File] = [:]
  private var current = 0
  /// The end of the last file's text.
  private var held: [UInt8] = []

  /// Appends a text; gives its place.
  mutating func append(_ text: Span<UInt8>) throws(OutputError) -> Place {
    let start = files[current]?.count ?? 0
    let place = Place(file: current, range: start..<start + text.count)
    held.append(text)
    files[current, default: File()].count = place.range.upperBound
    files[current, default: File()].uses += 1
    if held.count >= Self.memoryLimit { try spill() }
    return place
  }

  private mutating func spill() throws(OutputError) {
    var last = files[current] ?? File()
    do throws(OutputDescriptor.Failure) {
      let file = if let file = last.file { file } else { try TemporaryFile() }
      try file.append(held.span)
      last.file = file
    } catch {
      throw OutputError(error, "a temporary file")
    }
    last.spilled += held.count
    files[current] = last
    held.removeAll(keepingCapacity: true)
    if last.spilled >= Self.fileLimit { current += 1 }
  }

  /// The next piece of a text, of which `rest` is to be read; nil where nothing is.
  func next(of rest: inout Place) throws(OutputError) -> [UInt8]? {
    guard !rest.range.isEmpty, let part = files[rest.file] else { return nil }
    let start = rest.range.lowerBound
    var end = min(rest.range.upperBound, start + Self.pieceLength)
    if start >= part.spilled {
      rest.range = end..<rest.range.upperBound
      return held.span.part(start - part.spilled, end - part.spilled).copy
    }
    do throws(OutputDescriptor.Failure) {
      end = min(end, part.spilled)
      guard let piece = try part.file?.read(at: start, count: end - start),
        piece.count == end - start
      else { throw .other("it is shorter than what was written") }
      rest.range = end..<rest.range.upperBound
      return piece
    } catch {
      throw OutputError(error, "a temporary file")
    }
  }

  /// A text is not needed any more.
  mutating func release(_ place: Place) {
    files[place.file]?.uses -= 1
    guard files[place.file]?.uses == 0 else { return }
    files[place.file] = nil
    if place.file == current { held.removeAll(keepingCapacity: true) }
  }

  /// All that was appended, where nothing was released.
  var all: [Place] {
    (0...current).map { Place(file: $0, range: 0..<(files[$0]?.count ?? 0)) }
  }
}

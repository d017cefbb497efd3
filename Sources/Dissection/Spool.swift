import Capture

/// Text that is needed again at the end: in memory while it is short, then in a temporary file, so that memory
/// does not grow with the capture.
struct Spool: ~Copyable {
  private static let memoryLimit = 1 << 20
  private var held: [UInt8] = []
  private var file: TemporaryFile?
  private var spilled = 0

  var isEmpty: Bool { held.isEmpty && spilled == 0 }

  mutating func append(_ piece: Span<UInt8>) throws(OutputError) {
    held.append(piece)
    guard held.count >= Self.memoryLimit else { return }
    do throws(OutputDescriptor.Failure) {
      if file == nil { file = try TemporaryFile() }
      try file?.append(held.span)
    } catch {
      throw OutputError(error, "a temporary file")
    }
    spilled += held.count
    held.removeAll(keepingCapacity: true)
  }

  /// Gives back all that was appended, in pieces.
  func forEach(_ body: (ArraySlice<UInt8>) -> Void) throws(OutputError) {
    do throws(OutputDescriptor.Failure) {
      var offset = 0
      while offset < spilled {
        guard let piece = try file?.read(at: offset, count: min(1 << 16, spilled - offset)),
          !piece.isEmpty
        else { throw .other("it is shorter than what was written") }
        body(piece[...])
        offset += piece.count
      }
    } catch {
      throw OutputError(error, "a temporary file")
    }
    body(held[...])
  }
}

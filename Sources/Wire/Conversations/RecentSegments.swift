import DequeModule
import Fields

/// What was handed on of one direction lately, to know a copy that brings other bytes. Their bytes are kept where they
/// are few, as those of a dialogue are, otherwise the sum over them.
struct RecentSegments: Sendable {
  /// Segments that are remembered.
  static let limit = 64
  /// Bytes of a segment up to which they are kept.
  static let keptLength = 256

  private struct Entry: Sendable {
    let offset: Int
    let length: Int
    let bytes: [UInt8]
    let sum: UInt16?
  }
  private var entries: Deque<Entry> = []

  /// `sum`: over the payload, where it is known and all of it is handed on.
  mutating func add(_ bytes: Span<UInt8>, at offset: Int, sum: UInt16?) {
    if entries.count >= Self.limit { entries.removeFirst() }
    entries.append(
      Entry(
        offset: offset, length: bytes.count,
        bytes: bytes.count <= Self.keptLength ? bytes.copy : [], sum: sum))
  }

  /// How many bytes of a copy differ from what was handed on; all that both have where only sums can be compared.
  func differences(_ bytes: Span<UInt8>, at offset: Int, sum: UInt16?) -> Int {
    var count = 0
    for entry in entries {
      let start = max(offset, entry.offset)
      let end = min(offset + bytes.count, entry.offset + entry.length)
      guard start < end else { continue }
      if !entry.bytes.isEmpty {
        for place in start..<end where entry.bytes[place - entry.offset] != bytes[place - offset] {
          count += 1
        }
      } else if let own = entry.sum, let sum, entry.offset == offset, entry.length == bytes.count,
        own != sum
      {
        count += bytes.count
      }
    }
    return count
  }
}

import Fields

/// What was handed on of one direction lately, to know a copy that brings other bytes. Their bytes are kept where they
/// are few, as those of a dialogue are, otherwise the sum over them.
///
/// There may be a million open conversations: all is in two arrays, which have no element where nothing was said.
struct RecentSegments: Sendable {
  /// Segments that are remembered; the oldest are forgotten some at a time.
  static let limit = 64
  private static let forgottenAtOnce = 16
  /// Segments for which there is room from the first one on.
  private static let firstRoom = 6
  /// Bytes of a segment up to which they are kept, and bytes of all of them.
  static let keptLength = 256
  static let allKeptLength = 4_096

  private struct Entry: Sendable {
    let offset: Int
    let length: UInt32
    let sum: UInt16
    let hasSum: Bool

    var keptLength: Int { length <= RecentSegments.keptLength ? Int(length) : 0 }
  }
  private var entries: [Entry] = []
  /// The bytes that are kept, of one entry after the other.
  private var kept: [UInt8] = []

  var heldBytes: Int { entries.capacity * MemoryLayout<Entry>.stride + kept.capacity }

  /// `sum`: over the payload, where it is known and all of it is handed on.
  mutating func add(_ bytes: Span<UInt8>, at offset: Int, sum: UInt16?) {
    let entry = Entry(
      offset: offset, length: UInt32(clamping: bytes.count), sum: sum ?? 0, hasSum: sum != nil)
    while entries.count >= Self.limit || kept.count + entry.keptLength > Self.allKeptLength {
      forget()
    }
    if entries.isEmpty { entries.reserveCapacity(Self.firstRoom) }
    entries.append(entry)
    if entry.keptLength > 0 { kept.append(bytes) }
  }

  private mutating func forget() {
    let count = min(Self.forgottenAtOnce, entries.count)
    kept.removeFirst(entries.prefix(count).reduce(0) { $0 + $1.keptLength })
    entries.removeFirst(count)
  }

  /// How many bytes of a copy differ from what was handed on; all that both have where only sums can be compared.
  func differences(_ bytes: Span<UInt8>, at offset: Int, sum: UInt16?) -> Int {
    var count = 0
    var place = 0
    for entry in entries {
      defer { place += entry.keptLength }
      let start = max(offset, entry.offset)
      let end = min(offset + bytes.count, entry.offset + Int(entry.length))
      guard start < end else { continue }
      if entry.keptLength > 0 {
        for index in start..<end where kept[place + index - entry.offset] != bytes[index - offset] {
          count += 1
        }
      } else if entry.hasSum, let sum, entry.offset == offset, entry.length == bytes.count,
        entry.sum != sum
      {
        count += bytes.count
      }
    }
    return count
  }
}

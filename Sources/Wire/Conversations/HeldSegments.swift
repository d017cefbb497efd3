import DequeModule
import Fields

/// Bytes of one direction that came before the bytes in front of them: runs in order of their offset, none
/// overlapping another.
///
/// Offsets count from the start of the stream and do not wrap.
struct HeldSegments: Sendable {
  struct Run: Sendable {
    var offset: Int
    var bytes: [UInt8]
    let frame: Int
    let time: Int64
    /// Where its first byte lies in the file.
    let fileOffset: Int?
    /// What its sender had of the other direction.
    let acknowledged: Int?
    /// Its checksum is bad, and those of others are good: it counts only where it is acknowledged and no other copy came.
    var isSuspect = false

    var end: Int { offset + bytes.count }
  }

  private(set) var runs: Deque<Run> = []
  private(set) var byteCount = 0
  /// What they take in memory: one-byte runs are dear.
  var cost: Int { byteCount + runs.count * (2 * MemoryLayout<Run>.stride + 32) }

  var first: Run? { runs.first }
  /// The end of the last run.
  var end: Int? { runs.last?.end }

  /// Keeps what is new of `bytes`, which lie at `offset`; gives the count of bytes that differ from what is held already.
  mutating func insert(
    _ bytes: Span<UInt8>, at offset: Int, frame: Int, time: Int64, fileOffset: Int? = nil,
    acknowledged: Int? = nil, isSuspect: Bool = false, lastWins: Bool
  ) -> (different: Int, replaced: Int) {
    var (kept, different, replaced) = (0, 0, 0)
    var position = firstRun(endingAfter: offset)
    var from = offset
    let end = offset + bytes.count
    while from < end {
      let next = position < runs.count ? runs[position].offset : end
      if next > from {
        // The hole before the next run.
        let until = min(next, end)
        let run = Run(
          offset: from, bytes: bytes.part(from - offset, until - offset).copy, frame: frame,
          time: time, fileOffset: fileOffset.map { $0 + from - offset },
          acknowledged: acknowledged, isSuspect: isSuspect)
        runs.insert(run, at: position)
        kept += until - from
        position += 1
        from = until
      } else {
        let until = min(runs[position].end, end)
        if runs[position].isSuspect, !isSuspect {
          replaced += compare(bytes, at: offset, from..<until, with: position, lastWins: true)
          if from == runs[position].offset, until == runs[position].end {
            runs[position].isSuspect = false
          }
        } else if !isSuspect {
          different += compare(bytes, at: offset, from..<until, with: position, lastWins: lastWins)
        }
        from = until
        position += 1
      }
    }
    byteCount += kept
    return (different, replaced)
  }

  mutating func removeFirst() -> Run? {
    guard !runs.isEmpty else { return nil }
    let run = runs.removeFirst()
    byteCount -= run.bytes.count
    return run
  }

  /// The runs that end after `offset` begin here.
  private func firstRun(endingAfter offset: Int) -> Int {
    // New bytes mostly belong at the end.
    guard let last = runs.last, last.end > offset else { return runs.count }
    var (low, high) = (0, runs.count)
    while low < high {
      let middle = (low + high) / 2
      if runs[middle].end > offset { high = middle } else { low = middle + 1 }
    }
    return low
  }

  private mutating func compare(
    _ bytes: Span<UInt8>, at offset: Int, _ range: Range<Int>, with position: Int, lastWins: Bool
  ) -> Int {
    var different = 0
    let start = runs[position].offset
    for place in range where runs[position].bytes[place - start] != bytes[place - offset] {
      different += 1
      if lastWins { runs[position].bytes[place - start] = bytes[place - offset] }
    }
    return different
  }
}

/// How two texts differ, for a person.
package enum TextDifference {
  /// The first lines that differ, with those around them, as `diff -u` shows them; nil where the texts are the same.
  package static func first(expected: [UInt8], actual: [UInt8], context: Int = 3) -> String? {
    guard expected != actual else { return nil }
    let (old, new) = (lines(expected), lines(actual))
    let same = zip(old, new).prefix { $0 == $1 }.count
    let start = max(0, same - context)
    var report = old[start..<same].map { " \($0)" }
    // So many lines of each are held against each other: enough for one place.
    let (before, after) = (old[same...].prefix(60), new[same...].prefix(60))
    let difference = after.difference(from: before)
    let removed = Set(difference.removals.map { before.startIndex + $0.offset })
    let inserted = Set(difference.insertions.map { after.startIndex + $0.offset })
    var (left, right, unchanged) = (before.startIndex, after.startIndex, 0)
    while unchanged < context, left < before.endIndex || right < after.endIndex {
      if removed.contains(left) {
        report.append("-\(before[left])")
        (left, unchanged) = (left + 1, 0)
      } else if inserted.contains(right) {
        report.append("+\(after[right])")
        (right, unchanged) = (right + 1, 0)
      } else {
        report.append(" \(before[left])")
        (left, right, unchanged) = (left + 1, right + 1, unchanged + 1)
      }
    }
    let head = """
      --- expected, \(old.count) lines
      +++ actual, \(new.count) lines
      @@ line \(start + 1) @@
      """
    return ([head] + report).joined(separator: "\n")
  }

  private static func lines(_ text: [UInt8]) -> [String] {
    text.split(separator: 0x0a, omittingEmptySubsequences: false).map {
      String(decoding: $0, as: UTF8.self)
    }
  }
}

extension CollectionDifference.Change {
  fileprivate var offset: Int {
    switch self {
    case .insert(let offset, _, _), .remove(let offset, _, _): offset
    }
  }
}

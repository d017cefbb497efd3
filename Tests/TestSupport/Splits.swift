/// The ways in which a test cuts the bytes of a stream.
package enum Splits {
  /// Gives `parse` the lengths of the pieces that `count` bytes come in: one piece, two that are cut at every place (at
  /// some 400 of them in long streams), and single bytes.
  ///
  /// Returns how the bytes were cut where the result is first another than that of the one piece, with both results;
  /// nil where all are the same.
  package static func firstDifference<Result: Equatable>(
    of count: Int, parse: ([Int]) throws -> Result
  ) rethrows -> String? {
    guard count > 1 else { return nil }
    let whole = try parse([count])
    let cuts = stride(from: 1, to: count, by: 1 + count / 400).map { [$0, count - $0] }
    for lengths in cuts + [Array(repeating: 1, count: count)] {
      let result = try parse(lengths)
      if result != whole {
        let place = lengths.count > 2 ? "byte by byte" : "cut at \(lengths[0])"
        return "\(place):\n\(result)\nin one piece:\n\(whole)"
      }
    }
    return nil
  }

  /// `bytes` in pieces of these lengths.
  package static func pieces(_ bytes: [UInt8], _ lengths: [Int]) -> [[UInt8]] {
    var rest = bytes[...]
    return lengths.map { length in
      defer { rest = rest.dropFirst(length) }
      return Array(rest.prefix(length))
    }
  }
}

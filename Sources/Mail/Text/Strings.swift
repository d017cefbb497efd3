// What the parsers need of strings: ASCII comparison without case, words, parts.

extension StringProtocol {
  /// ASCII comparison without case.
  func equals(ignoringCase other: some StringProtocol) -> Bool {
    let (mine, its) = (self.utf8, other.utf8)
    guard mine.count == its.count else { return false }
    return mine.elementsEqual(its) { $0.lowercasedASCII == $1.lowercasedASCII }
  }

  /// ASCII comparison without case.
  func hasPrefix(ignoringCase other: some StringProtocol) -> Bool {
    let (mine, its) = (self.utf8, other.utf8)
    guard mine.count >= its.count else { return false }
    return zip(mine, its).allSatisfy { $0.lowercasedASCII == $1.lowercasedASCII }
  }

  /// ASCII letters in upper case; other letters, and the count of bytes, stay.
  var uppercasedASCII: String {
    // Most words of the protocols are written so.
    guard utf8.contains(where: { (0x61...0x7A).contains($0) }) else { return String(self) }
    return String(decoding: utf8.map(\.uppercasedASCII), as: UTF8.self)
  }

  /// All letters in upper case.
  var uppercasedWord: String { utf8.allSatisfy { $0 < 0x80 } ? uppercasedASCII : uppercased() }

  /// The parts between bytes of a kind: as `split(separator:)`, without a look at characters.
  func split(
    atByte separator: UInt8, maxSplits: Int = .max, omittingEmptySubsequences: Bool = true
  ) -> [Substring] {
    Substring(self).utf8.split(
      separator: separator, maxSplits: maxSplits,
      omittingEmptySubsequences: omittingEmptySubsequences
    ).map(Substring.init)
  }

  /// The parts between bytes of a kind that are not empty, each a string of its own.
  func parts(between separator: UInt8) -> [String] {
    let text = String(self)
    let bytes = text.utf8.span
    var parts: [String] = []
    var start = 0
    while start < bytes.count {
      let end = bytes.firstIndex(of: separator, from: start) ?? bytes.count
      if start < end { parts.append(bytes.extracting(start..<end).text) }
      start = end + 1
    }
    return parts
  }

  /// The words between blanks.
  var words: [Substring] {
    Substring(self).utf8.split(whereSeparator: \.isBlank).map(Substring.init)
  }

  var trimmingBlanks: String {
    var bytes = Substring(self).utf8
    guard bytes.first?.isBlank == true || bytes.last?.isBlank == true else { return String(self) }
    while let first = bytes.first, first.isBlank { bytes.removeFirst() }
    while let last = bytes.last, last.isBlank { bytes.removeLast() }
    return String(Substring(bytes))
  }
}

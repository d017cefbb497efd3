/// What a server offers: the lines of its `EHLO` reply (RFC 5321 section 4.1.1.1), in which a keyword is looked for when
/// somebody asks.
struct SMTPExtensions: Sendable {
  /// A line that has a keyword.
  private struct Place: Sendable {
    var line: Int
    /// Where its parameters begin, in bytes of the line.
    var parameters: Int
    var hasParameters: Bool
  }
  private let lines: [String]
  /// The first word of each line that has one; the greeting is none of them.
  private var words: [(line: Int, word: Word)] = []
  /// By keyword, where there are so many lines that each search would be dear.
  private var places: [String: Place] = [:]
  private static let searchLimit = 64

  /// `lines`: of all of the reply, the first of which is a greeting.
  init(_ lines: [String]) {
    self.lines = lines
    words.reserveCapacity(lines.count)
    for index in lines.indices.dropFirst() {
      if let word = Self.word(in: lines[index]) { words.append((index, word)) }
    }
    guard lines.count > Self.searchLimit else { return }
    for (line, word) in words {
      let keyword = lines[line].utf8.span.extracting(word.keyword).text.uppercasedASCII
      var found = places[keyword]
      take(word, line, of: keyword, over: &found)
      places[keyword] = found
    }
  }

  func offers(_ keyword: String) -> Bool { place(of: keyword) != nil }

  /// The parameters of a keyword, in upper case; nil where it is not offered.
  subscript(keyword: String) -> String? {
    place(of: keyword).map {
      Substring(lines[$0.line].utf8.dropFirst($0.parameters)).uppercasedASCII
    }
  }

  private func place(of keyword: String) -> Place? {
    if !places.isEmpty { return places[keyword] }
    var found: Place?
    let name = keyword.utf8.span
    for (line, word) in words where word.keyword.count == name.count {
      if lines[line].utf8.span.extracting(word.keyword).equals(ignoringCase: name) {
        take(word, line, of: keyword, over: &found)
      }
    }
    return found
  }

  /// Of several lines with a keyword the last one counts.
  private func take(_ word: Word, _ line: Int, of keyword: String, over found: inout Place?) {
    // `AUTH=LOGIN` is what old clients look for.
    if keyword == "AUTH", found?.hasParameters == true, word.keyword.upperBound < word.end {
      return
    }
    let parameters = word.end + 1
    found = Place(
      line: line, parameters: parameters, hasParameters: lines[line].utf8.count > parameters)
  }

  /// The first word of a line: the keyword, which ends at an equals sign, and where the word ends.
  private typealias Word = (keyword: Range<Int>, end: Int)

  private static func word(in line: String) -> Word? {
    let bytes = line.utf8.span
    var start = 0
    while start < bytes.count, bytes[start] == .space { start += 1 }
    guard start < bytes.count else { return nil }
    let end = bytes.firstIndex(of: .space, from: start) ?? bytes.count
    let equals = bytes.extracting(0..<end).firstIndex(of: UInt8(ascii: "="), from: start)
    return (start..<(equals ?? end), end)
  }
}

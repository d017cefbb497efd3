import Fields

/// Finds URLs in text as it comes: what begins with a scheme or with `www.`, up to a blank or what never is in a URL.
public struct LinkFinder: Sendable {
  /// Bytes of a word that are kept: a URL that is longer is cut there.
  private static let wordLimit = 8 << 10
  private var word: [UInt8] = []
  private static let marks: [[UInt8]] = [
    "http://", "https://", "ftp://", "hxxp://", "hxxps://", "www.", "mailto:",
  ].map { Array($0.utf8) }

  public init() {}

  /// Takes text in UTF-8.
  public mutating func receive(_ text: Span<UInt8>, emit: (MessageLink) -> Void) {
    for index in text.indices {
      let byte = text[index]
      if Self.ends(byte) {
        if !word.isEmpty { endWord(emit) }
      } else if word.count < Self.wordLimit {
        word.append(byte)
      }
    }
  }

  public mutating func finish(emit: (MessageLink) -> Void) { if !word.isEmpty { endWord(emit) } }

  private static func ends(_ byte: UInt8) -> Bool {
    byte <= 0x20 || byte == UInt8(ascii: "<") || byte == UInt8(ascii: ">")
      || byte == UInt8(ascii: "\"") || byte == 0x7F
  }

  private mutating func endWord(_ emit: (MessageLink) -> Void) {
    defer { word.removeAll(keepingCapacity: true) }
    guard word.contains(UInt8(ascii: ":")) || word.contains(.dot) else { return }
    var start = 0
    while start < word.count {
      guard Self.mayBegin(word[start]),
        start == 0 || !(word[start - 1].isASCIILetter || word[start - 1].isASCIIDigit),
        let mark = Self.marks.first(where: { matches($0, at: start) })
      else {
        start += 1
        continue
      }
      let end = self.end(from: start)
      if end > start + mark.count {
        emit(MessageLink("text", String(decoding: word[start..<end], as: UTF8.self)))
      }
      return
    }
  }

  private static func mayBegin(_ byte: UInt8) -> Bool {
    [UInt8(ascii: "h"), UInt8(ascii: "f"), UInt8(ascii: "w"), UInt8(ascii: "m")].contains(
      byte.lowercasedASCII)
  }

  private func matches(_ mark: [UInt8], at start: Int) -> Bool {
    start + mark.count <= word.count
      && zip(word[start...], mark).allSatisfy { $0.lowercasedASCII == $1 }
  }

  /// Without what ends a sentence, and a bracket that was opened before it.
  private func end(from start: Int) -> Int {
    var end = word.count
    var open = 0
    for byte in word[start...] {
      if byte == UInt8(ascii: "(") { open += 1 } else if byte == UInt8(ascii: ")") { open -= 1 }
    }
    while end > start {
      switch word[end - 1] {
      case .dot, UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: ":"), UInt8(ascii: "!"),
        UInt8(ascii: "?"), UInt8(ascii: "'"), UInt8(ascii: "]"), UInt8(ascii: "}"),
        UInt8(ascii: "*"), UInt8(ascii: "|"), UInt8(ascii: "\\"):
        end -= 1
      case UInt8(ascii: ")") where open < 0:
        open += 1
        end -= 1
      default: return end
      }
    }
    return end
  }
}

import Fields

/// The argument of `MAIL` and `RCPT`, read as tolerantly as servers do (RFC 5321 section 4.1.2).
struct SMTPPath: Sendable {
  /// What the argument does that the grammar does not allow, or that is obsolete.
  enum Oddity: Sendable {
    case missingBrackets
    case unclosedBracket
    case blankBeforePath
    case sourceRoute
    case noKeyword
  }
  var address = ""
  var parameters: [String] = []
  var oddities: [Oddity] = []

  /// `keyword` is `FROM` or `TO`.
  init(_ bytes: Span<UInt8>, keyword: String) {
    var at = 0
    if bytes.hasPrefix(ignoringCase: keyword) {
      at = bytes.afterBlanks(from: keyword.utf8.count)
      if at < bytes.count, bytes[at] == UInt8(ascii: ":") {
        at += 1
      } else {
        oddities.append(.noKeyword)
      }
    } else {
      oddities.append(.noKeyword)
    }
    if at < bytes.count, bytes[at].isBlank {
      oddities.append(.blankBeforePath)
      at = bytes.afterBlanks(from: at)
    }
    let bracketed = at < bytes.count && bytes[at] == UInt8(ascii: "<")
    if !bracketed { oddities.append(.missingBrackets) }
    if bracketed { at += 1 }
    let start = at
    var quoted = false
    var closed = false
    while at < bytes.count {
      let byte = bytes[at]
      if quoted {
        if byte == UInt8(ascii: "\\") { at += 1 }
        if byte == UInt8(ascii: "\"") { quoted = false }
      } else if byte == UInt8(ascii: "\"") {
        quoted = true
      } else if bracketed ? byte == UInt8(ascii: ">") : byte.isBlank {
        closed = true
        break
      }
      at += 1
    }
    if bracketed, !closed {
      oddities.append(.unclosedBracket)
      // A quote or a bracket never closed: the path ends at the first blank.
      at = bytes.firstBlank(from: start)
    }
    at = min(at, bytes.count)
    address = Self.withoutRoute(bytes.extracting(start..<at).trimmed.text, &oddities)
    at = bytes.afterBlanks(from: min(at + (closed && bracketed ? 1 : 0), bytes.count))
    while at < bytes.count {
      let end = bytes.firstBlank(from: at)
      parameters.append(bytes.extracting(at..<end).text)
      at = bytes.afterBlanks(from: end)
    }
  }

  /// `@a,@b:user@c` is `user@c` (RFC 5321 appendix C).
  private static func withoutRoute(_ address: String, _ oddities: inout [Oddity]) -> String {
    guard address.utf8.first == UInt8(ascii: "@"),
      let colon = address.utf8.firstIndex(of: UInt8(ascii: ":"))
    else { return address }
    oddities.append(.sourceRoute)
    return String(address[address.utf8.index(after: colon)...])
  }
}

extension Span<UInt8> {
  /// The place of the first byte from `start` on that is no blank.
  fileprivate func afterBlanks(from start: Int) -> Int {
    var at = start
    while at < count, self[at].isBlank { at += 1 }
    return at
  }

  fileprivate func firstBlank(from start: Int) -> Int {
    var at = start
    while at < count, !self[at].isBlank { at += 1 }
    return at
  }
}

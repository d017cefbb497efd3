/// IMAP's lines (RFC 9051 section 9), scanned by pure functions: the session and the tree read by the same ones.
enum IMAPGrammar {
  /// Bytes that a tag may be made of.
  static func isTagByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0...0x20, 0x7F..., UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "{"),
      UInt8(ascii: "%"), UInt8(ascii: "*"), UInt8(ascii: "\""), UInt8(ascii: "\\"),
      UInt8(ascii: "+"):
      false
    default: true
    }
  }

  static func isTag(_ word: Span<UInt8>) -> Bool {
    for index in word.indices where !isTagByte(word[index]) { return false }
    return !word.isEmpty
  }

  /// The word at or after `start`: what is between blanks.
  static func word(of line: Span<UInt8>, from start: Int) -> Range<Int> {
    var lower = start
    while lower < line.count, line[lower].isBlank { lower += 1 }
    var upper = lower
    while upper < line.count, !line[upper].isBlank { upper += 1 }
    return lower..<upper
  }

  /// `tag SP verb` with a verb that IMAP knows.
  static func beginsCommand(_ line: Span<UInt8>) -> Bool {
    let tag = word(of: line, from: 0)
    guard tag.lowerBound == 0, isTag(line.extracting(tag)), tag.upperBound < line.count,
      line[tag.upperBound] == .space
    else { return false }
    let verb = word(of: line, from: tag.upperBound)
    guard verb.lowerBound == tag.upperBound + 1, verb.count <= 16 else { return false }
    return IMAPCommand(line.extracting(verb).text.uppercasedASCII) != nil
  }

  /// `* …` of a known kind, `+ …`, or a tag with its status.
  static func beginsResponse(_ line: Span<UInt8>) -> Bool {
    switch IMAPResponseHead(line) {
    case .continuation: line.count > 1
    case .completion(let tag, _, _): isTag(line.extracting(tag))
    case .data(let head):
      switch head.kind {
      case .exists, .recent, .expunge, .fetch: head.number != nil
      case nil: head.number == nil && IMAPCommand(head.name) != nil
      default: head.number == nil
      }
    case .none: false
    }
  }

  /// True where the line ends within a quoted string: no literal is announced there.
  static func endsInQuotes(_ line: Span<UInt8>) -> Bool {
    var (isQuoted, isEscaped) = (false, false)
    for index in line.indices {
      if isEscaped {
        isEscaped = false
      } else if isQuoted, line[index] == UInt8(ascii: "\\") {
        isEscaped = true
      } else if line[index] == UInt8(ascii: "\"") {
        isQuoted.toggle()
      }
    }
    return isQuoted
  }

  /// The literal that follows a line of a command.
  static func literal(afterCommand line: Span<UInt8>) -> LiteralAnnouncement? {
    guard let literal = LiteralAnnouncement(endOf: line), !endsInQuotes(line) else { return nil }
    return literal
  }
}

/// The words that begin a command's line.
struct IMAPCommandHead {
  /// nil where the line begins with the verb.
  var tag: String?
  var verb: IMAPVerb
  /// Where the arguments begin: after the verb and one blank.
  var arguments: Int
  /// Its words have tabs, or more than one blank, between or before them.
  var hasOddBlanks = false

  /// Bytes of a tag or verb that are kept.
  static let wordLimit = 256

  init(_ line: Span<UInt8>) {
    let first = IMAPGrammar.word(of: line, from: 0)
    let second = IMAPGrammar.word(of: line, from: first.upperBound)
    func name(_ word: Range<Int>) -> String {
      line.extracting(word.prefix(Self.wordLimit)).text.uppercasedASCII
    }
    let command = IMAPCommand(name(second))
    var last: Range<Int>
    if command == nil, let alone = IMAPCommand(name(first)) {
      (tag, verb, last) = (nil, IMAPVerb(alone), first)
      hasOddBlanks = first.lowerBound > 0
    } else {
      tag = line.extracting(first.prefix(Self.wordLimit)).text
      verb = command.map { IMAPVerb($0) } ?? IMAPVerb(unknown: name(second))
      last = second
      hasOddBlanks =
        first.lowerBound > 0 || Self.isOddGap(first.upperBound..<second.lowerBound, line)
    }
    if command == .uid {
      let third = IMAPGrammar.word(of: line, from: second.upperBound)
      if let command = IMAPCommand(name(third)), command.hasUIDForm {
        verb = IMAPVerb(command, isUID: true)
        hasOddBlanks = hasOddBlanks || Self.isOddGap(second.upperBound..<third.lowerBound, line)
        last = third
      }
    }
    arguments = min(last.upperBound + 1, line.count)
  }

  private static func isOddGap(_ gap: Range<Int>, _ line: Span<UInt8>) -> Bool {
    // A line of one word ends in nothing, or in a blank.
    gap.count > 1 || gap.contains { line[$0] != .space }
  }
}

/// What a line of the server is, by its first words.
enum IMAPResponseHead {
  /// `* …`
  case data(IMAPDataHead)
  /// `+ …`, with the place of its text.
  case continuation(text: Int)
  /// `tag OK …`, with the place of its text.
  case completion(tag: Range<Int>, IMAPStatus, text: Int)
  /// Outside the grammar.
  case none

  init(_ line: Span<UInt8>) {
    if line.count >= 2, line[0] == UInt8(ascii: "*"), line[1] == .space {
      self = .data(IMAPDataHead(line, from: 2))
      return
    }
    if line.count >= 1, line[0] == UInt8(ascii: "+"), line.count == 1 || line[1] == .space {
      self = .continuation(text: min(2, line.count))
      return
    }
    let tag = IMAPGrammar.word(of: line, from: 0)
    let word = IMAPGrammar.word(of: line, from: tag.upperBound)
    guard tag.lowerBound == 0, !tag.isEmpty, word.count <= 3,
      let status = IMAPStatus(rawValue: line.extracting(word).text.uppercasedASCII),
      status.completes
    else {
      self = .none
      return
    }
    self = .completion(tag: tag, status, text: min(word.upperBound + 1, line.count))
  }
}

/// The condition that a response reports (RFC 9051 section 7.1).
enum IMAPStatus: String, Sendable, Hashable {
  case ok = "OK"
  case no = "NO"
  case bad = "BAD"
  case bye = "BYE"
  case preauth = "PREAUTH"

  /// A command ends with it, after the command's tag.
  var completes: Bool { self != .bye && self != .preauth }
}

/// The first words of an untagged response: `3 EXISTS`, `CAPABILITY`, `OK`.
struct IMAPDataHead: Sendable {
  var number: UInt64?
  /// In upper case; empty where there is no word.
  var name: String
  /// nil where no RFC defines it.
  var kind: IMAPDataKind?
  /// Where what follows the kind begins.
  var rest: Int

  /// The text of a status is free: no literal is announced there.
  var takesLiterals: Bool { kind?.isStatus != true }

  /// `start` is the place after `* `.
  init(_ line: Span<UInt8>, from start: Int) {
    var index = start
    func word() -> Range<Int> {
      let from = index
      while index < line.count, line[index] != .space, line[index] != UInt8(ascii: "(") {
        index += 1
      }
      let word = from..<index
      if index < line.count, line[index] == .space { index += 1 }
      return word
    }
    var first = word()
    if !first.isEmpty, first.count <= 18, first.allSatisfy({ line[$0].isASCIIDigit }) {
      number = first.reduce(0) { $0 * 10 + UInt64(line[$1] - 0x30) }
      first = word()
    }
    name = line.extracting(first.prefix(64)).text.uppercasedWord
    kind = IMAPDataKind(name)
    rest = index
  }
}

/// A literal's announcement at the end of a line (RFC 9051 section 4.3, RFC 7888, RFC 3516).
struct LiteralAnnouncement: Equatable {
  var count: Int
  /// `{n}` from a client: it waits for `+` before it sends the bytes.
  var isSynchronizing: Bool
  /// Bytes of the announcement itself; `~{n}`, whose bytes may have NUL, is one longer.
  var length: Int

  /// Reads the announcement that ends a line, if there is one.
  init?(endOf line: Span<UInt8>) {
    guard line.count >= 3, line[line.count - 1] == UInt8(ascii: "}") else { return nil }
    var index = line.count - 2
    isSynchronizing = line[index] != UInt8(ascii: "+")
    if !isSynchronizing { index -= 1 }
    let end = index
    while index >= 0, line[index].isASCIIDigit { index -= 1 }
    guard index < end, index >= 0, line[index] == UInt8(ascii: "{") else { return nil }
    // RFC 9051: number64, at most 63 bits.
    guard end - index <= 18 else { return nil }
    count = (index + 1...end).reduce(0) { $0 * 10 + Int(line[$1] - 0x30) }
    let isBinary = index > 0 && line[index - 1] == UInt8(ascii: "~")
    length = line.count - index + (isBinary ? 1 : 0)
  }
}

/// What a FETCH item's name says about message bytes: `BODY[1.HEADER]<0>`, `RFC822.TEXT`, `BINARY[2]`.
struct BodySection: Equatable, Sendable {
  /// `HEADER`, `1.2`; empty for the whole message.
  var part: String
  var origin: Int?

  /// Bytes of a name that are read.
  private static let nameLimit = 4096

  init?(_ name: String) {
    let upper = name.uppercased()
    switch upper {
    case "RFC822": part = ""
    case "RFC822.HEADER": part = "HEADER"
    case "RFC822.TEXT": part = "TEXT"
    default:
      guard let open = upper.firstIndex(of: "["), let close = upper.lastIndex(of: "]"),
        open < close, Self.names.contains(String(upper[..<open]))
      else { return nil }
      part = String(upper[upper.index(after: open)..<close])
      let rest = upper[upper.index(after: close)...]
      guard rest.isEmpty || rest.first == "<" else { return nil }
      origin = rest.isEmpty ? nil : Int(rest.dropFirst().prefix { ("0"..."9").contains($0) })
    }
  }

  /// The name that ends `text`, where a literal of message bytes follows it.
  init?(endOf text: Span<UInt8>) {
    var end = text.count
    while end > 0, text[end - 1] == .space { end -= 1 }
    let first = max(0, end - Self.nameLimit)
    var start = end
    for (close, open) in [
      (UInt8(ascii: ">"), UInt8(ascii: "<")), (UInt8(ascii: "]"), UInt8(ascii: "[")),
    ] {
      guard start > first, text[start - 1] == close else { continue }
      while start > first, text[start - 1] != open { start -= 1 }
      if start > first { start -= 1 }
    }
    while start > first, text[start - 1] != .space, text[start - 1] != UInt8(ascii: "(") {
      start -= 1
    }
    guard start < end else { return nil }
    self.init(text.extracting(start..<end).text)
  }

  /// What may have a section in brackets.
  static let names: Set<String> = ["BODY", "BODY.PEEK", "BINARY", "BINARY.PEEK"]

  var isWhole: Bool { part.isEmpty && origin == nil }

  /// Bytes that have a place in the message, but not all of it.
  var isStretch: Bool { !isWhole && (part.isEmpty || part == "HEADER" || part == "TEXT") }

  /// The bytes are a message, its header, or the header of a part.
  var hasHeader: Bool {
    let specifier = part.drop { ("0"..."9").contains($0) || $0 == "." }
    return part.isEmpty || specifier.hasPrefix("HEADER") || specifier.hasPrefix("MIME")
  }
}

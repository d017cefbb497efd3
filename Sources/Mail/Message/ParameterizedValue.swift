/// The value of a Content-Type or Content-Disposition field: a word or two, and parameters (RFC 2045 section 5.1,
/// RFC 2231), also in the wrong ways that mailers write them.
struct ParameterizedValue: Sendable {
  private struct Parameter {
    var bytes: [UInt8]
    /// The charset that an extended parameter (RFC 2231 section 4) names; nil where it is not extended.
    var label: String?
  }

  /// Sections of a continued parameter (RFC 2231 section 3) that are put together.
  private static let sectionLimit = 1_000

  /// What comes before the parameters, in lower case, without comments and blanks.
  let value: String
  private var parameters: [String: Parameter] = [:]
  /// Parameters that were there more than once, where the first counts.
  private(set) var duplicates: [String] = []

  init(_ field: some Collection<UInt8>) {
    var pieces = Self.pieces(of: Array(field))[...]
    let (word, rest) = Self.word(Self.withoutComments(pieces.popFirst() ?? []))
    value = String(decoding: word, as: UTF8.self)
    if let rest { pieces.insert(rest, at: pieces.startIndex) }
    var sections: [String: [Int: (bytes: [UInt8], isExtended: Bool)]] = [:]
    for piece in pieces {
      guard let equals = piece.firstIndex(of: UInt8(ascii: "=")) else { continue }
      let name = Self.withoutComments(piece[..<equals]).map(\.lowercasedASCII)
        .filter { !$0.isFolding }
      add(name, piece[(equals + 1)...], &sections)
    }
    for (name, sections) in sections { join(name, sections) }
  }

  /// The parameter in Unicode. `hint` is a charset that the message uses elsewhere.
  func text(_ name: String, hint: Charset? = nil) -> DecodedText? {
    guard let parameter = parameters[name] else { return nil }
    guard let label = parameter.label, !label.isEmpty else {
      return EncodedWord.decode(parameter.bytes, hint: hint)
    }
    var problems = TextProblems()
    if let charset = Charset(label: label), charset.coding != .unnamed {
      if let found = charset.decode(parameter.bytes) {
        if found.invalid > 0 { problems.insert(.invalidBytes(charset)) }
        return DecodedText(found.text, problems: problems)
      }
      problems.insert(.noConverter(charset))
    } else if Charset(label: label) == nil {
      problems.insert(.unknownCharset(label))
    }
    var decoded = EncodedWord.decode(parameter.bytes, hint: hint)
    decoded.problems.formUnion(problems)
    return decoded
  }

  /// The bytes of the parameter, without quotes.
  func bytes(_ name: String) -> [UInt8]? { parameters[name]?.bytes }

  /// The names of its parameters, in lower case and in order.
  var names: [String] { parameters.keys.sorted() }

  var charset: Charset? { text("charset").flatMap { Charset(label: $0.text.trimmingBlanks) } }

  // MARK: Reading

  /// Cut at semicolons, except at those in quotes.
  private static func pieces(of bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    var pieces: [ArraySlice<UInt8>] = []
    var start = 0
    var index = 0
    var isQuoted = false
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "\\") where isQuoted: index += 1
      case UInt8(ascii: "\""): isQuoted.toggle()
      case UInt8(ascii: ";") where !isQuoted:
        pieces.append(bytes[start..<index])
        start = index + 1
      default: break
      }
      index += 1
    }
    pieces.append(bytes[start...])
    return pieces
  }

  /// A word, or two with a slash between them, in lower case and without blanks around them; and what follows them
  /// where a semicolon was forgotten.
  private static func word(_ bytes: [UInt8]) -> (word: [UInt8], rest: ArraySlice<UInt8>?) {
    let slash = UInt8(ascii: "/")
    var word: [UInt8] = []
    for place in bytes.indices where !bytes[place].isFolding {
      let isFirst = word.isEmpty || bytes[place] == slash || word.last == slash
      if !isFirst, bytes[place - 1].isFolding { return (word, bytes[place...]) }
      word.append(bytes[place].lowercasedASCII)
    }
    return (word, nil)
  }

  private mutating func add(
    _ name: [UInt8], _ value: ArraySlice<UInt8>,
    _ sections: inout [String: [Int: (bytes: [UInt8], isExtended: Bool)]]
  ) {
    var parts = name.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false)
    let isExtended = parts.count > 1 && parts.last?.isEmpty == true
    if isExtended { parts.removeLast() }
    let isContinued = parts.count == 2
    let base = String(decoding: isContinued || isExtended ? parts[0] : name[...], as: UTF8.self)
    guard !base.isEmpty, parts.count <= 2 else { return }
    let keepsParentheses = base == "name" || base == "filename"
    let bytes = Self.unquoted(value, keepsParentheses: keepsParentheses)
    if isContinued, let number = Decimal.parse(parts[1]), number < Self.sectionLimit {
      if sections[base]?[number] == nil {
        sections[base, default: [:]][number] = (bytes, isExtended)
      }
    } else if isExtended {
      // It says more than the plain parameter of the same name, which is there for older readers.
      sections[base, default: [:]][0] = sections[base]?[0] ?? (bytes, true)
    } else if parameters[base] == nil {
      parameters[base] = Parameter(bytes: bytes)
    } else {
      duplicates.append(base)
    }
  }

  /// Puts the sections of a parameter together, as far as none is missing.
  private mutating func join(
    _ name: String, _ sections: [Int: (bytes: [UInt8], isExtended: Bool)]
  ) {
    guard let first = sections[0] else { return }
    var label: String?
    var bytes = first.bytes
    if first.isExtended {
      label = ""
      let quote = UInt8(ascii: "'")
      if let end = bytes.firstIndex(of: quote),
        let next = bytes[(end + 1)...].firstIndex(of: quote)
      {
        label = String(decoding: bytes[..<end], as: UTF8.self)
        bytes.removeFirst(next + 1)
      }
      bytes = Self.withoutPercents(bytes)
    }
    var number = 1
    while let section = sections[number] {
      bytes += section.isExtended ? Self.withoutPercents(section.bytes) : section.bytes
      number += 1
    }
    parameters[name] = Parameter(bytes: bytes, label: label)
  }

  /// A value without its quotes, or without the comments and blanks around it.
  ///
  /// Mailers write backslashes of paths without a second one: those that quote nothing that needs it stay.
  private static func unquoted(
    _ value: ArraySlice<UInt8>, keepsParentheses: Bool
  ) -> [UInt8] {
    let quote = UInt8(ascii: "\"")
    var rest = value
    while rest.first?.isFolding == true { rest.removeFirst() }
    while rest.last?.isFolding == true { rest.removeLast() }
    guard rest.first == quote else {
      var plain = keepsParentheses ? Array(rest) : withoutComments(rest)
      while plain.last?.isFolding == true { plain.removeLast() }
      return plain
    }
    rest.removeFirst()
    // A quote within the quotes is text, as long as one ends the value.
    let end = rest.last == quote ? rest.endIndex - 1 : rest.endIndex
    let endsInQuote = end < rest.endIndex
    var result: [UInt8] = []
    var index = rest.startIndex
    while index < end {
      let byte = rest[index]
      if byte == UInt8(ascii: "\\"), index + 1 < end,
        rest[index + 1] == quote || rest[index + 1] == UInt8(ascii: "\\")
      {
        index += 1
      } else if byte == quote, !endsInQuote {
        break
      }
      result.append(rest[index])
      index += 1
    }
    return result
  }

  /// Without comments (RFC 5322 section 3.2.2), those in quotes aside.
  static func withoutComments(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    guard bytes.contains(UInt8(ascii: "(")) else { return Array(bytes) }
    var result: [UInt8] = []
    var depth = 0
    var isEscaped = false
    for byte in bytes {
      switch byte {
      case _ where isEscaped: isEscaped = false
      case UInt8(ascii: "\\") where depth > 0: isEscaped = true
      case UInt8(ascii: "("): depth += 1
      case UInt8(ascii: ")") where depth > 0: depth -= 1
      default: if depth == 0 { result.append(byte) }
      }
    }
    return result
  }

  static func withoutPercents(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var index = 0
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
        let high = bytes[index + 1].hexadecimalValue, let low = bytes[index + 2].hexadecimalValue
      {
        result.append(high << 4 | low)
        index += 3
      } else {
        result.append(bytes[index])
        index += 1
      }
    }
    return result
  }
}

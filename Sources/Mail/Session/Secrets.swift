/// What a session has met that must not be shown: passwords, tokens, digests, and the lines that carried them.
///
/// Readers report what they take for a secret, most of it by the record that they write; a view that shows anything of
/// the session asks a `SecretMask`, so that a server that repeats the line does not give away what the line hides.
public struct Secrets: Sendable, Hashable {
  /// A secret and what preceded it in its line: `PASS `.
  struct Word: Sendable, Hashable {
    var text: String
    var context: String
    /// Pieces of it are elsewhere too, and no secret: a message of NTLM, which begins as all of them do.
    var isWhole: Bool
  }
  private(set) var words: [Word] = []
  /// How many lines and parts of lines are held back.
  public private(set) var count = 0
  private var storedBytes = 0
  private static let wordLimit = 1_000
  private static let byteLimit = 65_536
  private static let contextLength = 12

  init() {}

  /// One more line, or part of one, is held back.
  mutating func hold() { count += 1 }

  /// From now on looked for in all that is shown. False where no room is left to remember it.
  mutating func remember(
    _ text: String, after context: String = "", isWhole: Bool = false
  ) -> Bool {
    guard !text.isEmpty, words.last?.text != text else { return true }
    guard words.count < Self.wordLimit, storedBytes + text.utf8.count <= Self.byteLimit else {
      return false
    }
    storedBytes += text.utf8.count
    let near = String(decoding: context.utf8.suffix(Self.contextLength), as: UTF8.self)
    let isNTLM = text.hasPrefix("TlRMTVNTUAA")
    words.append(Word(text: text, context: near, isWhole: isWhole || isNTLM))
    return true
  }
}

// MARK: What may be a secret

extension Secrets {
  /// The part of a line of the client that may be a secret, in UTF-8 offsets, where the reader cannot place the line: a
  /// login that breaks the grammar, or a SASL response.
  static func part(of line: String) -> Range<Int>? {
    let bytes = line.utf8.span
    if let part = loginPart(of: bytes) { return part }
    if bytes.count >= shortestResponse, bytes.isBase64, mayBeResponse(bytes.copied) {
      return 0..<bytes.count
    }
    return bytes.firstIndex(of: UInt8(ascii: "{")) == nil ? nil : literalPart(of: bytes.copied)
  }

  /// What follows the length of a literal: the rest of a login whose first line was not captured.
  private static func literalPart(of bytes: [UInt8]) -> Range<Int>? {
    guard let open = bytes.lastIndex(of: UInt8(ascii: "{")),
      let close = bytes[open...].firstIndex(of: UInt8(ascii: "}")), close + 1 < bytes.count,
      Decimal.parse(bytes[open + 1..<close].filter { $0 != UInt8(ascii: "+") })
        == bytes.count - close - 1
    else { return nil }
    return close + 1..<bytes.count
  }

  /// What follows the name or the mechanism after PASS, APOP, AUTH, LOGIN or AUTHENTICATE, whatever separates them.
  private static func loginPart(of bytes: Span<UInt8>) -> Range<Int>? {
    var scan = WordScan(bytes)
    for place in 0..<2 {
      let word = scan.word()
      guard !word.isEmpty, scan.at < bytes.count else { return nil }
      let name = bytes.extracting(word)
      guard mayBeginLogin(name) else {
        if place == 0, !name.isTag { return nil }
        continue
      }
      let verb = name.text.uppercasedASCII
      switch verb {
      case "PASS", "PASSW", "PASSWD", "PASSWORD": return scan.rest()
      // `USER ann PASS secret`
      case "USER":
        _ = scan.word()
        let next = scan.word()
        let isPass = bytes.extracting(next).text.equals(ignoringCase: "PASS")
        return isPass ? scan.rest() : nil
      case "AUTH", "AUTHENTICATE", "X-EXPS", "XEXPS", "APOP":
        let rest = scan.rest()
        let name = bytes.extracting(scan.word()).text
        // What is no mechanism may be all of the secret.
        return verb == "APOP" || SASLScheme.isName(name) ? scan.rest() : rest
      // `a1 LOGIN user password`, or the tag is missing.
      case "LOGIN":
        let rest = scan.rest()
        let isQuoted = scan.at < bytes.count && bytes[scan.at] == UInt8(ascii: "\"")
        // A quote that is not closed does not say where the name ends.
        guard isQuoted ? scan.quoted() : !scan.word().isEmpty else { return rest }
        return scan.rest()
      default: if place == 0, !name.isTag { return nil }
      }
    }
    return nil
  }

  /// Whether a word has the first letter and the length of one of those: most have not.
  private static func mayBeginLogin(_ word: Span<UInt8>) -> Bool {
    guard (4...12).contains(word.count) else { return false }
    switch word[0].uppercasedASCII {
    case UInt8(ascii: "P"), UInt8(ascii: "U"), UInt8(ascii: "A"), UInt8(ascii: "X"),
      UInt8(ascii: "L"):
      return true
    default: return false
    }
  }

  private static let shortestResponse = 8

  /// Base64 that decodes to what SASL mechanisms say (RFC 4616, RFC 7628, RFC 5802, MS-NLMP).
  static func mayBeResponse(_ line: some Collection<UInt8>) -> Bool {
    guard line.count >= shortestResponse, line.allSatisfy(\.isOfBase64),
      let bytes = Base64.decode(line)
    else {
      return false
    }
    if bytes.starts(with: "NTLMSSP\0".utf8) { return true }
    let isPlain = bytes.count { $0 == 0 } >= 1 && bytes.count { $0 == 0 } <= 2
    if isPlain, bytes.allSatisfy({ $0 == 0 || $0 >= 0x20 }) { return true }
    let small = bytes.map(\.lowercasedASCII)
    let text = String(decoding: small, as: UTF8.self)
    let marks = ["n,,", "y,,", "n,a=", "y,a=", "p=tls", "c=biws", "user="]
    if marks.contains(where: { text.hasPrefix($0) }) || small.contains("auth=bearer ") {
      return true
    }
    // Nobody names a command so.
    return line.contains { $0 != $0.uppercasedASCII } && line.contains { $0 != $0.lowercasedASCII }
      && SecretIndex.isStrange(Array(line)[...])
  }

  /// The part of a line that the reader cannot place, where it may be a response to a login that was asked for, whatever
  /// came of that: all of it, unless it says nothing.
  static func response(in line: String) -> Range<Int>? {
    let text = line.trimmingBlanks
    return text.isEmpty || text == "*" ? nil : 0..<line.utf8.count
  }

  /// Whether a line asks to be let in, however it is written: `AUTH=LOGIN`.
  static func beginsLogin(_ line: String) -> Bool {
    let bytes = line.utf8.span
    var scan = WordScan(bytes)
    let verb = bytes.extracting(scan.word()).text.uppercasedASCII
    return logins.contains(verb)
  }
  private static let logins: Set<String> = ["AUTH", "AUTHENTICATE", "X-EXPS", "XEXPS"]

  /// Base64, and nothing else: what a client sends when it believes that it is asked for a response.
  static func isBase64(_ line: some Collection<UInt8>) -> Bool {
    !line.isEmpty && line.allSatisfy(\.isOfBase64)
  }
}

/// Walks over the words of a line.
private struct WordScan: ~Escapable {
  private let bytes: Span<UInt8>
  private(set) var at = 0

  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>) { self.bytes = bytes }

  private static func separates(_ byte: UInt8) -> Bool {
    byte <= 0x20 || byte == UInt8(ascii: ":") || byte == UInt8(ascii: "=")
  }

  /// The next word, without what separates it from the one before.
  mutating func word() -> Range<Int> {
    _ = rest()
    let start = at
    while at < bytes.count, !Self.separates(bytes[at]) { at += 1 }
    return start..<at
  }

  /// All from the next word on; nil where nothing follows.
  mutating func rest() -> Range<Int>? {
    while at < bytes.count, Self.separates(bytes[at]) { at += 1 }
    return at < bytes.count ? at..<bytes.count : nil
  }

  /// Passes a quoted string; false where it is not closed.
  mutating func quoted() -> Bool {
    at += 1
    while at < bytes.count, bytes[at] != UInt8(ascii: "\"") {
      at += bytes[at] == UInt8(ascii: "\\") ? 2 : 1
    }
    guard at < bytes.count else { return false }
    at += 1
    return true
  }
}

extension Span<UInt8> {
  /// Whether all of it may be the tag of a command.
  fileprivate var isTag: Bool {
    for index in indices where self[index] <= 0x20 || self[index] >= 0x7F { return false }
    return true
  }
  fileprivate var isBase64: Bool {
    for index in indices where !self[index].isOfBase64 { return false }
    return true
  }
}

extension UInt8 {
  var isOfBase64: Bool {
    isASCIILetter || isASCIIDigit || self == UInt8(ascii: "+") || self == UInt8(ascii: "/")
      || self == UInt8(ascii: "=")
  }
}

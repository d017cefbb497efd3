/// What a server found when it checked who sent a message: Authentication-Results (RFC 8601), what ARC passes on of
/// them (RFC 8617), and Received-SPF (RFC 7208 section 9.1).
public struct AuthenticationResults: Sendable, Hashable {
  public struct Result: Sendable, Hashable {
    public struct Property: Sendable, Hashable {
      /// `header.d`, `smtp.mailfrom`, `client-ip`
      public var name: String
      public var value: String
    }
    /// `spf`, `dkim`, `dmarc`
    public var method: String
    /// `pass`, `fail`, `none`
    public var result: String
    public var reason: String?
    public var properties: [Property] = []
  }

  /// The name of the field.
  public let field: String
  /// Who says it; untrusted, unless the reader's own server takes such fields out of what it receives.
  public let server: String?
  /// Of ARC.
  public let instance: Int?
  public let results: [Result]

  private static let resultLimit = 100

  /// Reads Authentication-Results or ARC-Authentication-Results.
  public init(_ field: String, _ value: some Collection<UInt8>) {
    self.field = field
    var pieces = Self.pieces(of: Self.withoutComments(value))[...]
    var instance: Int?
    if let first = pieces.first, first.count == 1,
      let pair = Self.pair(first[0]), pair.name == "i"
    {
      instance = Decimal.parse(pair.value.utf8)
      pieces.removeFirst()
    }
    self.instance = instance
    server = pieces.popFirst()?.first
    results = pieces.prefix(Self.resultLimit).compactMap { words in
      guard let first = words.first, let pair = Self.pair(first) else { return nil }
      // A version may follow the method: `spf/1`.
      let method = pair.name.split(atByte: UInt8(ascii: "/")).first.map(String.init) ?? pair.name
      var result = Result(method: method, result: pair.value.lowercased())
      for word in words.dropFirst() {
        guard let property = Self.pair(word) else { continue }
        if property.name == "reason" {
          result.reason = property.value
        } else {
          result.properties.append(.init(name: property.name, value: property.value))
        }
      }
      return result
    }
  }

  /// Reads Received-SPF.
  public init(receivedSPF value: some Collection<UInt8>) {
    (field, instance) = ("Received-SPF", nil)
    let words = Self.pieces(of: Self.withoutComments(value)).flatMap { $0 }
    let properties = words.dropFirst().compactMap { Self.pair($0) }
    server = properties.first { $0.name == "receiver" }?.value
    results =
      words.first.map {
        [
          Result(
            method: "spf", result: $0.lowercased(),
            properties: properties.map { .init(name: $0.name, value: $0.value) })
        ]
      } ?? []
  }

  private static func pair(_ word: String) -> (name: String, value: String)? {
    guard let equals = word.utf8.firstIndex(of: UInt8(ascii: "=")) else { return nil }
    let name = word[..<equals].lowercased()
    return name.isEmpty ? nil : (name, String(word[word.utf8.index(after: equals)...]))
  }

  /// The words of each piece between semicolons; blanks around `=` are taken out, and quotes.
  private static func pieces(of bytes: [UInt8]) -> [[String]] {
    var pieces: [[String]] = []
    var words: [[UInt8]] = []
    var word: [UInt8] = []
    var isQuoted = false
    var isJoined = false
    func endWord() {
      guard !word.isEmpty else { return }
      words.append(word)
      word = []
    }
    func endPiece() {
      endWord()
      if !words.isEmpty { pieces.append(words.map { String(decoding: $0, as: UTF8.self) }) }
      words = []
    }
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "\""): isQuoted.toggle()
      case _ where isQuoted: word.append(byte)
      case UInt8(ascii: ";"): endPiece()
      case UInt8(ascii: "="):
        if word.isEmpty, let last = words.popLast() { word = last }
        word.append(byte)
        isJoined = true
        continue
      case _ where byte.isFolding:
        if isJoined { continue }
        endWord()
      default: word.append(byte)
      }
      isJoined = false
    }
    endPiece()
    return pieces
  }

  private static func withoutComments(_ value: some Collection<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    var depth = 0
    var isQuoted = false
    for byte in value {
      switch byte {
      case UInt8(ascii: "\"") where depth == 0:
        isQuoted.toggle()
        result.append(byte)
      case UInt8(ascii: "(") where !isQuoted: depth += 1
      case UInt8(ascii: ")") where depth > 0: depth -= 1
      default: if depth == 0 { result.append(byte) }
      }
    }
    return result
  }
}

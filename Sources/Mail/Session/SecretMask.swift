import Fields

/// How a session's secrets appear in a view: the one place that decides what of it may be shown.
public struct SecretMask: Sendable {
  public static let mark = "•••"
  private let showsSecrets: Bool
  private let index: SecretIndex
  /// Lines of the client are missing: a server may repeat one of them in the answer to another.
  private let hasLostLines: Bool

  public init(_ session: borrowing Session, showsSecrets: Bool) {
    self.showsSecrets = showsSecrets
    hasLostLines =
      session.midstream || session.gaps.contains { $0.from == .client }
      || session.exchanges.allSatisfy { $0.command == nil }
    index =
      showsSecrets
      ? SecretIndex([], public: [])
      : SecretIndex(
        session.secrets.words, public: session.authentications.compactMap(\.username))
  }

  /// Hides nothing.
  public init() {
    showsSecrets = true
    hasLostLines = false
    index = SecretIndex([], public: [])
  }

  /// A text of the peers.
  public func text(_ text: String) -> String {
    index.isEmpty ? text : Self.masked(text, index.places(in: text))
  }

  /// A line of the server; `isAnswer`: the command that it answers is known.
  public func line(_ text: String, isAnswer: Bool) -> String {
    if showsSecrets { return text }
    return Self.masked(text, places(inLine: text.utf8.span, isAnswer: isAnswer))
  }

  private func places(inLine line: Span<UInt8>, isAnswer: Bool) -> [Range<Int>] {
    var places = index.places(in: line)
    if let proof = SecretIndex.proof(in: line) { places.append(proof) }
    if !isAnswer || hasLostLines { places += SecretIndex.repeatedWords(in: line.text) }
    return places
  }

  public func text(of finding: Finding) -> String { said(finding.said) }

  public func verdict(of session: borrowing Session) -> String { said(session.conclusion) }

  private func said(_ said: QuotingText) -> String {
    guard !showsSecrets, !said.quotes.isEmpty else { return said.text }
    let bytes = Array(said.text.utf8)
    var places: [Range<Int>] = []
    for quote in said.quotes where quote.upperBound <= bytes.count {
      let found = self.places(inLine: bytes.span.extracting(quote), isAnswer: true)
      places += found.map {
        $0.lowerBound + quote.lowerBound..<$0.upperBound + quote.lowerBound
      }
    }
    return Self.masked(said.text, places)
  }

  // MARK: Commands

  public func text(of command: Command) -> String { Self.masked(command.text, places(of: command)) }

  /// The argument ends the text: what is masked there is masked here.
  public func argument(of command: Command) -> String? {
    guard let argument = command.argument, let start = command.argumentStart else { return nil }
    let places = places(of: command)
    if places.isEmpty { return argument }
    return Self.masked(
      argument,
      places.filter { $0.upperBound > start }.map {
        max(0, $0.lowerBound - start)..<$0.upperBound - start
      })
  }

  /// Of a line that is a secret as a whole the first word is no verb.
  public func verb(of command: Command) -> String {
    isSecret(command) ? Self.mark : text(command.verb)
  }

  public func tag(of command: Command) -> String? {
    isSecret(command) ? command.tag.map { _ in Self.mark } : command.tag.map { text($0) }
  }

  private func isSecret(_ command: Command) -> Bool {
    !showsSecrets && command.secret?.lowerBound == 0
  }

  private func places(of command: Command) -> [Range<Int>] {
    places(of: command.text, secret: command.secret)
  }

  private func places(of line: String, secret: Range<Int>?) -> [Range<Int>] {
    if showsSecrets { return [] }
    let known = index.isEmpty ? [] : index.places(in: line)
    guard let secret else { return known }
    return known + [secret]
  }

  // MARK: In a buffer

  /// Hides what is secret in the line of the server that is in `text` from `start` on.
  public func hide(inLineOf text: inout TextBuffer, from start: Int, isAnswer: Bool) {
    if showsSecrets { return }
    let range = TextRange(start: start, count: text.count - start)
    let places = places(inLine: text.span(range), isAnswer: isAnswer)
    if places.isEmpty { return }
    let masked = Self.masked(text.string(range), places)
    text.truncate(to: start)
    text.write(masked)
  }

  /// Writes the line of a command, of which a part may be a secret.
  public func write(_ line: String, secret: Range<Int>?, to text: inout TextBuffer) {
    let places = places(of: line, secret: secret)
    text.write(places.isEmpty ? line : Self.masked(line, places))
  }

  // MARK: SASL

  /// A SASL response is a secret as a whole, unless all that it says is known and public.
  public func text(of answer: Answer) -> String {
    if showsSecrets { return answer.text }
    return answer.isSecret ? Self.mark : text(answer.text)
  }

  public func value(of field: SASLField) -> String {
    if showsSecrets { return field.value }
    return field.isSecret ? Self.mark : field.name == "username" ? field.value : text(field.value)
  }

  // MARK: Marks

  private static func masked(_ text: String, _ places: [Range<Int>]) -> String {
    if places.isEmpty { return text }
    let bytes = Array(text.utf8)
    var result: [UInt8] = []
    var done = 0
    for place in places.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      let (lower, upper) = (min(place.lowerBound, bytes.count), min(place.upperBound, bytes.count))
      guard upper > done else { continue }
      // What touches the place before is one with it.
      if lower > done || done == 0 {
        if lower > done { result += bytes[done..<lower] }
        result += Array(mark.utf8)
      }
      done = upper
    }
    result += bytes[done...]
    return String(decoding: result, as: UTF8.self)
  }
}

extension Answer {
  /// A response that says more than a name: an empty one, one that gives up, and a command in its place are none.
  var isSecret: Bool {
    // `AQ==` is how a client takes down the error of a token (RFC 7628 section 3.2.3).
    guard kind == .sasl, !text.isEmpty, text != "=", text != "AQ==" else { return false }
    if SASLExchange.isCommand(text) { return false }
    return decoded.isEmpty || decoded.contains(where: \.isSecret)
  }
}

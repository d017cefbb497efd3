/// Something in a message that breaks an RFC, or that was read by guesswork.
public struct MessageFinding: Sendable, Hashable {
  /// The entry of the table of findings.
  public var code: FindingCode
  /// Bytes of the message before the place.
  public var offset: Int
  /// The part of the message that it is in (`1.2`); nil where it is the message itself.
  public var part: String?
  /// What happened here, for a person.
  public var text: String

  init(_ code: FindingCode, at offset: Int, part: String? = nil, _ text: String) {
    self.code = code
    self.offset = offset
    self.part = part
    self.text = text
  }

  /// What was wrong with the text of `thing`.
  init(
    _ problem: TextProblems.Problem, of thing: String, at offset: Int, part: String? = nil
  ) {
    switch problem {
    case .unknownCharset(let label):
      self.init(
        .messageUnknownCharset, at: offset, part: part,
        "\(thing): the charset “\(Phrase.quote(label))” is not known")
    case .noConverter(let charset):
      self.init(
        .messageNoConverter, at: offset, part: part,
        "\(thing): the C library of this machine has no converter for \(charset.name)")
    case .invalidBytes(let charset):
      self.init(
        .messageInvalidBytes, at: offset, part: part,
        "\(thing): bytes that are nothing in \(charset.name)")
    case .mislabelled(let charset, let taken):
      self.init(
        .messageInvalidBytes, at: offset, part: part,
        "\(thing): bytes that are nothing in \(charset.name) were taken for \(taken.name)")
    case .badEncoding:
      self.init(
        .messageBadEncodedWord, at: offset, part: part,
        "\(thing): an encoded word breaks the rules of its encoding")
    case .guessed(let charset):
      self.init(
        .messageGuessedCharset, at: offset, part: part,
        "\(thing): bytes above 127 without a charset were taken for \(charset.name)")
    }
  }
}

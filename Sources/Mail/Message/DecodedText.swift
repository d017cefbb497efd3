/// Text of a message in Unicode, and what was wrong with it.
public struct DecodedText: Sendable, Hashable {
  public var text: String
  public var problems: TextProblems

  init(_ text: String, problems: TextProblems = TextProblems()) {
    self.text = text
    self.problems = problems
  }
}

/// What was wrong with texts, each thing once.
public struct TextProblems: Sendable, Hashable {
  public enum Problem: Sendable, Hashable {
    /// A charset of a name that is not known: its text stays as sent.
    case unknownCharset(String)
    /// A charset that the C library has no converter for: its text stays as sent.
    case noConverter(Charset)
    /// Bytes that are nothing in their charset: U+FFFD is in their place.
    case invalidBytes(Charset)
    /// Bytes that are nothing in the charset that is named: they were taken for another one.
    case mislabelled(Charset, takenFor: Charset)
    /// Base64 or quoted-printable that breaks its rules.
    case badEncoding
    /// Bytes above 127 without a charset that are no UTF-8: they were taken for this one.
    case guessed(Charset)
  }

  /// Problems that are kept apart: a text with more is no better known by them.
  private static let limit = 16

  public private(set) var all: [Problem] = []

  public var isEmpty: Bool { all.isEmpty }

  mutating func insert(_ problem: Problem) {
    if all.count < Self.limit, !all.contains(problem) { all.append(problem) }
  }

  mutating func formUnion(_ other: TextProblems) {
    for problem in other.all { insert(problem) }
  }
}

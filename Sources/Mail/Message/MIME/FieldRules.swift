/// What RFC 5322 section 3.6 asks of the fields of a header.
enum FieldRules {
  /// Fields that a message has once at most, in upper case.
  private static let single = [
    "DATE", "FROM", "SENDER", "REPLY-TO", "TO", "CC", "BCC", "MESSAGE-ID", "IN-REPLY-TO",
    "REFERENCES", "SUBJECT", "MIME-VERSION", "CONTENT-TYPE", "CONTENT-TRANSFER-ENCODING",
    "CONTENT-DISPOSITION", "CONTENT-ID", "CONTENT-DESCRIPTION",
  ]
  /// Of those that each message has.
  private static let (date, from) = (0, 1)

  /// The place of a name among them, in any case of letters.
  private static func place(of name: Span<UInt8>) -> Int? {
    for place in single.indices where name.equals(ignoringCase: single[place].utf8.span) {
      return place
    }
    return nil
  }

  static func problems(of fields: [HeaderField]) -> [MessageFinding] {
    guard !fields.isEmpty else { return [] }
    var problems: [MessageFinding] = []
    var seen = single.map { _ in false }
    for field in fields {
      guard let place = place(of: field.nameBytes) else { continue }
      defer { seen[place] = true }
      if seen[place] {
        problems.append(
          MessageFinding(
            .messageDuplicateField, at: field.start, "another \(Phrase.quote(field.name)) field"))
      } else if place == date, MessageDate(field.unfolded) == nil {
        let text = String(decoding: field.unfolded, as: UTF8.self)
        problems.append(
          MessageFinding(.messageBadDate, at: field.start, "“\(Phrase.quote(text))” is no date"))
      }
    }
    for (place, name) in [(date, "Date"), (from, "From")] where !seen[place] {
      problems.append(MessageFinding(.messageMissingField, at: 0, "no \(name) field"))
    }
    return problems
  }
}

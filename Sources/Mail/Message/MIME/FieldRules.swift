/// What RFC 5322 section 3.6 asks of the fields of a header.
enum FieldRules {
  /// Fields that a message has once at most, in upper case.
  private static let single: Set<String> = [
    "DATE", "FROM", "SENDER", "REPLY-TO", "TO", "CC", "BCC", "MESSAGE-ID", "IN-REPLY-TO",
    "REFERENCES", "SUBJECT", "MIME-VERSION", "CONTENT-TYPE", "CONTENT-TRANSFER-ENCODING",
    "CONTENT-DISPOSITION", "CONTENT-ID", "CONTENT-DESCRIPTION",
  ]

  static func problems(of fields: [HeaderField]) -> [MessageFinding] {
    guard !fields.isEmpty else { return [] }
    var problems: [MessageFinding] = []
    var seen: Set<String> = []
    for field in fields {
      let name = field.name.uppercasedASCII
      guard single.contains(name) else { continue }
      if !seen.insert(name).inserted {
        problems.append(
          MessageFinding(
            .messageDuplicateField, at: field.start, "another \(Phrase.quote(field.name)) field"))
      } else if name == "DATE", MessageDate(field.unfolded) == nil {
        let text = String(decoding: field.unfolded, as: UTF8.self)
        problems.append(
          MessageFinding(.messageBadDate, at: field.start, "“\(Phrase.quote(text))” is no date"))
      }
    }
    for name in ["Date", "From"] where !seen.contains(name.uppercasedASCII) {
      problems.append(MessageFinding(.messageMissingField, at: 0, "no \(name) field"))
    }
    return problems
  }
}

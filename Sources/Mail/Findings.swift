/// The codes of all findings; what each means stands in `FindingEntry.table`.
public enum FindingCode: String, Sendable, CaseIterable {
  case gap = "capture.gap"

  // SMTP, LMTP and what all protocols share: rows in FindingsSMTP.swift.

  // POP3 and IMAP: rows in FindingsPOP3IMAP.swift.

  public var severity: Finding.Severity { entry.severity }
  public var entry: FindingEntry {
    FindingEntry.table[self]
      ?? FindingEntry(self, .note, rawValue, explanation: "", reference: "")
  }
}

/// A row of the table of findings, from which the documentation is made.
public struct FindingEntry: Sendable {
  public let code: FindingCode
  public let severity: Finding.Severity
  /// A few words: what is wrong.
  public let title: String
  /// A sentence or two: what it means and what it leads to.
  public let explanation: String
  /// What it rests on: `RFC 5321 §4.5.2`.
  public let reference: String

  init(
    _ code: FindingCode, _ severity: Finding.Severity, _ title: String, explanation: String,
    reference: String
  ) {
    self.code = code
    self.severity = severity
    self.title = title
    self.explanation = explanation
    self.reference = reference
  }

  /// Every code has exactly one row.
  public static let rows: [FindingEntry] = transportRows + mailboxRows

  static let table: [FindingCode: FindingEntry] = Dictionary(
    rows.map { ($0.code, $0) }, uniquingKeysWith: { first, _ in first })
}

/// A kind of finding: its code, which is stable, and what the documentation says of it.
///
/// A protocol declares its own beside its reader, and lists them for the documentation.
public struct FindingCode: Sendable {
  /// Shared by all that name it: a code is moved as a word.
  private final class Entry: Sendable {
    let code: String
    let severity: Finding.Severity
    let title: String
    let explanation: String
    let reference: String

    init(
      _ code: String, _ severity: Finding.Severity, _ title: String, _ explanation: String,
      _ reference: String
    ) {
      self.code = code
      self.severity = severity
      self.title = title
      self.explanation = explanation
      self.reference = reference
    }
  }
  private let entry: Entry

  package init(
    _ code: String, _ severity: Finding.Severity, _ title: String, explanation: String,
    reference: String
  ) {
    entry = Entry(code, severity, title, explanation, reference)
  }

  /// `smtp.bare-lf-in-data`
  public var rawValue: String { entry.code }
  public var severity: Finding.Severity { entry.severity }
  /// A few words: what is wrong.
  public var title: String { entry.title }
  /// A sentence or two: what it means and what it leads to.
  public var explanation: String { entry.explanation }
  /// What it rests on: `RFC 5321 §4.5.2`.
  public var reference: String { entry.reference }

  /// All there are, as the documentation lists them.
  public static let all: [FindingCode] =
    capture + sasl + startTLS + failedTLS + encryption + decryption + login
    + MailProtocol.allCases.flatMap { $0.findings() } + message
}

extension FindingCode: Hashable {
  public static func == (left: FindingCode, right: FindingCode) -> Bool {
    left.entry === right.entry || left.rawValue == right.rawValue
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
}

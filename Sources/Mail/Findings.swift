/// The table of findings: code, severity, what it means, and what it rests on. The documentation is made from it.
public enum FindingCode: String, Sendable, CaseIterable {
  case gap = "capture.gap"

  public var severity: Finding.Severity {
    switch self {
    case .gap: .warning
    }
  }
}

import Mail

/// The table of findings, for people and for the documentation.
public enum FindingCatalogue {
  /// A line a finding: code, severity, reference and title, with tabs between.
  public static var listing: [String] {
    FindingCode.all.map {
      "\($0.rawValue)\t\($0.severity.rawValue)\t\($0.reference)\t\($0.title)"
    }
  }

  /// `docs/findings.md`.
  public static var markdown: String {
    var text = """
      # Findings

      What `mailwire sessions` reports of a session, made from the table in the source by `make docs`. A code is \
      stable: scripts may name it.

      | code | severity | what | rests on |
      |---|---|---|---|

      """
    for code in FindingCode.all {
      let words = "**\(code.title).** \(code.explanation)".split(separator: "|")
        .joined(separator: "\\|")
      text += "| `\(code.rawValue)` | \(code.severity.rawValue) | \(words) | "
      text += "\(code.reference) |\n"
    }
    return text
  }
}

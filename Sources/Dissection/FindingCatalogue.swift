import Mail

/// The table of findings, for people and for the documentation.
public enum FindingCatalogue {
  /// A line a finding: code, severity, reference and title, with tabs between.
  public static var listing: [String] {
    FindingEntry.rows.map {
      "\($0.code.rawValue)\t\($0.severity.rawValue)\t\($0.reference)\t\($0.title)"
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
    for entry in FindingEntry.rows {
      let words = "**\(entry.title).** \(entry.explanation)".split(separator: "|")
        .joined(separator: "\\|")
      text += "| `\(entry.code.rawValue)` | \(entry.severity.rawValue) | \(words) | "
      text += "\(entry.reference) |\n"
    }
    return text
  }
}

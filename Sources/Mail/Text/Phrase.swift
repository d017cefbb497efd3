/// Words for verdicts and findings.
enum Phrase {
  /// `3 messages`, `1 message`; `things` is the plural where it is not that with an s.
  static func count(_ number: Int, _ thing: String, _ things: String? = nil) -> String {
    "\(number.grouped) \(number == 1 ? thing : things ?? thing + "s")"
  }

  /// Text of the peer within a line of ours: short, without controls.
  static func quote(_ text: some StringProtocol) -> String {
    if text.utf8.count <= 80, text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) {
      return String(text)
    }
    let shown = text.unicodeScalars.prefix(80).map { scalar in
      scalar.properties.generalCategory == .control ? "\u{FFFD}" : String(scalar)
    }
    return shown.joined() + (text.unicodeScalars.count > 80 ? "…" : "")
  }

  /// `29 min`, `12 s`, `2 h 5 min`.
  static func duration(nanoseconds: Int64) -> String {
    let seconds = nanoseconds / 1_000_000_000
    switch seconds {
    case ..<60: return "\(seconds) s"
    case ..<3600: return "\(seconds / 60) min"
    default: return "\(seconds / 3600) h \(seconds % 3600 / 60) min"
    }
  }
}

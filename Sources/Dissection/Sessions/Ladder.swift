import Fields
import Mail
import TLS

/// Client and server side by side, an arrow for each command and reply: the diagram of textbooks.
public struct Ladder: SessionView {
  public let wantsDigests = false
  private static let timeWidth = 12
  private let width: Int
  private let showsSecrets: Bool
  private let showsTLS: Bool
  private let style: TerminalStyle

  /// `width`: columns to fill, at least 60. `showsTLS`: the handshake is among the arrows.
  public init(
    width: Int = 80, showsSecrets: Bool = false, showsTLS: Bool = false, isColored: Bool = false
  ) {
    self.width = max(width, 60)
    self.showsTLS = showsTLS
    self.showsSecrets = showsSecrets
    style = TerminalStyle(isColored: isColored)
  }

  public mutating func begin(to text: inout TextBuffer) {}

  public mutating func write(_ record: borrowing SessionRecord, to text: inout TextBuffer) {
    text.write(.lineFeed)
    let session = record.session
    let mask = SecretMask(session, showsSecrets: showsSecrets)
    style.write(.heading, to: &text) {
      $0.write("\(session.mailProtocol.rawValue.uppercased()) session ")
      $0.write(.number)
    }
    text.write("  ")
    text.write(printable: mask.verdict(of: session))
    text.write("\n")
    writeEnds(record.client.description, record.server.description, to: &text)
    var previous: Int?
    for rung in session.rungs(mask, showsTLS ? record.tls : nil) {
      // A pause that a person would notice is an empty rung.
      if let last = previous, rung.time - Int64(last) >= 1_000_000_000 {
        writePause(rung.time - Int64(last), to: &text)
      }
      previous = Int(rung.time)
      write(rung, since: record.started, to: &text)
    }
    writeEnds("", record.close.words, to: &text)
  }

  /// Columns between the two rails.
  private var span: Int { width - Self.timeWidth - 2 }

  private func writeEnds(_ left: String, _ right: String, to text: inout TextBuffer) {
    let indent = String(repeating: " ", count: Self.timeWidth)
    let gap = max(1, span + 2 - left.unicodeScalars.count - right.unicodeScalars.count)
    text.write(indent + left + String(repeating: " ", count: gap) + right + "\n")
  }

  private func writePause(_ time: Int64, to text: inout TextBuffer) {
    text.write(repeating: UInt8(ascii: " "), count: Self.timeWidth)
    var words = TextBuffer()
    words.write(seconds: time, decimals: 1)
    text.write("┊" + style.faint(centered("\(words.string) s", fill: " ")) + "┊\n")
  }

  private func write(_ rung: Rung, since start: Int64, to text: inout TextBuffer) {
    text.pad(toWidth: Self.timeWidth - 1) { $0.write(seconds: rung.time - start, decimals: 6) }
    text.write(" ")
    var words = TextBuffer()
    words.write(printable: rung.text)
    let label = fitted(words.string)
    let line = rung.isMessage ? "═" : "─"
    switch rung.side {
    case .client: text.write("│" + style.client(arrow(label, line, head: "▶", after: true)) + "│\n")
    case .server:
      text.write("│" + style.server(arrow(label, line, head: "◀", after: false)) + "│\n")
    }
  }

  private func arrow(_ label: String, _ line: String, head: String, after: Bool) -> String {
    let rest = span - 1 - label.unicodeScalars.count - 2
    let left = max(1, min(3, rest - 1))
    let right = max(0, rest - left)
    let shaft = { (count: Int) in String(repeating: line, count: max(0, count)) }
    return after
      ? shaft(left) + " " + label + " " + shaft(right) + head
      : head + shaft(left - 1) + " " + label + " " + shaft(right + 1)
  }

  private func fitted(_ label: String) -> String {
    let limit = span - 8
    let scalars = label.unicodeScalars
    if scalars.count <= limit { return label }
    return String(String.UnicodeScalarView(scalars.prefix(limit - 1))) + "…"
  }

  private func centered(_ label: String, fill: String) -> String {
    let rest = max(0, span - label.unicodeScalars.count)
    return String(repeating: fill, count: rest / 2) + label
      + String(repeating: fill, count: rest - rest / 2)
  }

  public mutating func end(_ summary: CaptureSummary, to text: inout TextBuffer) {
    if summary.sessions == 0 { text.write("no mail sessions\n") }
    text.write(summary.attempts)
  }
}

/// The same as a Mermaid sequence diagram, for documents.
public struct Mermaid: SessionView {
  public let wantsDigests = false
  private let showsSecrets: Bool
  private let showsTLS: Bool

  public init(showsSecrets: Bool = false, showsTLS: Bool = false) {
    (self.showsSecrets, self.showsTLS) = (showsSecrets, showsTLS)
  }

  public mutating func begin(to text: inout TextBuffer) {}

  public mutating func write(_ record: borrowing SessionRecord, to text: inout TextBuffer) {
    text.write(.lineFeed)
    let session = record.session
    let mask = SecretMask(session, showsSecrets: showsSecrets)
    text.write("sequenceDiagram\n")
    text.write("    participant C as client \(record.client)\n")
    text.write(
      "    participant S as \(session.mailProtocol.rawValue) server \(record.server)\n")
    for rung in session.rungs(mask, showsTLS ? record.tls : nil) {
      text.write(rung.side == .client ? "    C" : "    S")
      text.write(rung.isMessage ? "-)" : "->>")
      text.write(rung.side == .client ? "S: " : "C: ")
      text.write(Self.escaped(rung.text))
      text.write("\n")
    }
    text.write("    Note over C,S: ")
    text.write(
      Self.escaped(session.conclusion.isEmpty ? record.close.words : mask.verdict(of: session)))
    text.write("\n")
  }

  /// Mermaid takes `#code;` for characters that mean something to it.
  private static func escaped(_ words: String) -> String {
    var safe = TextBuffer()
    safe.write(printable: words)
    var result = ""
    for character in safe.string {
      switch character {
      case "#": result += "#35;"
      case ";": result += "#59;"
      case "<": result += "#lt;"
      case ">": result += "#gt;"
      case "%": result += "#37;"
      default: result.append(character)
      }
    }
    return result
  }

  public mutating func end(_ summary: CaptureSummary, to text: inout TextBuffer) {}
}

/// One arrow of a diagram: a command, a reply with all its lines, a message.
struct Rung {
  var side: Side
  var text: String
  var time: Int64
  var isMessage: Bool
}

extension Session {
  func rungs(_ mask: SecretMask, _ tls: TLSFacts? = nil) -> [Rung] {
    var rungs: [Rung] = []
    var further = 0
    func closeReply() {
      guard further > 0, let last = rungs.indices.last else { return }
      rungs[last].text += further == 1 ? " (+1 line)" : " (+\(further) lines)"
      further = 0
    }
    let lines = TranscriptLines(self, mask, tls)
    for line in lines.all {
      if line.isContinuation, rungs.last?.side == line.side {
        further += 1
        continue
      }
      closeReply()
      let remark = line.remark.count == 0 ? "" : " (\(lines.string(line.remark)))"
      rungs.append(
        Rung(
          side: line.side, text: lines.string(line.text) + remark,
          time: line.time, isMessage: line.kind == .message))
    }
    closeReply()
    return rungs
  }
}

extension SessionClose {
  var words: String {
    switch self {
    case .fin: "closed"
    case .reset: "reset"
    case .open: "not closed"
    }
  }
}

import Applications
import Fields
import Mail
import TLS

/// What client and server said, line by line, with findings and the verdict: for a person.
public struct Transcript: SessionView {
  public let wantsDigests = false
  private let showsSecrets: Bool
  private let showsTLS: Bool
  private let style: TerminalStyle
  /// The lines of a session; the next one takes their place.
  private var lines: [TranscriptLine] = []
  /// So much room is kept for the next session.
  private static let keptLines = 10_000

  /// `showsTLS`: what a TLS handshake says, and the handshake among the lines.
  public init(showsSecrets: Bool = false, showsTLS: Bool = false, isColored: Bool = false) {
    (self.showsSecrets, self.showsTLS) = (showsSecrets, showsTLS)
    style = TerminalStyle(isColored: isColored)
  }

  public mutating func begin(to text: inout TextBuffer) {}

  public mutating func write(_ record: borrowing SessionRecord, to text: inout TextBuffer) {
    text.write(.lineFeed)
    let session = record.session
    let mask = SecretMask(session, showsSecrets: showsSecrets)
    let tls = showsTLS ? record.tls : nil
    writeHead(of: record, mask, to: &text)
    if let tls { text.write(tls) }
    session.collect(mask, tls, into: &lines)
    writeLines(of: record, to: &text)
    lines.removeAll(keepingCapacity: lines.count <= Self.keptLines)
    for gap in session.gaps {
      text.pad(toWidth: 7) { $0.write(decimal: gap.frame) }
      text.write("              ")
      text.write(
        style.warning("[\(gap.length) bytes of the \(gap.from.rawValue) were not captured]"))
      text.write("\n")
    }
    for finding in session.findings { write(finding, mask, to: &text) }
  }

  private func writeHead(
    of record: borrowing SessionRecord, _ mask: SecretMask, to text: inout TextBuffer
  ) {
    let session = record.session
    let (client, server) = (record.client, record.server)
    style.writeHeading(to: &text) {
      $0.write("\(session.mailProtocol.rawValue.uppercased()) session ")
      $0.write(.number)
      $0.write("  \(client) → \(server)")
    }
    text.write("  stream ")
    text.write(decimal: record.stream)
    text.write(", ")
    text.write(rfc3339: record.started)
    text.write(", ")
    text.write(trimmedSeconds: record.ended - record.started)
    text.write(" s, ")
    text.write(decimal: record.frames)
    text.write(" frames, ")
    text.write(record.close.words)
    if session.midstream { text.write(", start not captured") }
    text.write("\n")
    if !record.proxies.isEmpty {
      text.write("  through ")
      text.write(record.proxies.map(\.kind.rawValue).joined(separator: ", "))
      if let client = record.proxiedClient {
        text.write(", from ")
        text.write(printable: client.text)
      }
      if let server = record.proxiedServer {
        text.write(", to ")
        text.write(printable: server.text)
      }
      if let refusal = record.proxies.lazy.compactMap(\.refusal).first {
        text.write(", refused: ")
        text.write(printable: refusal)
      }
      text.write("\n")
    }
    if !session.verdict.isEmpty {
      text.write("  = ")
      text.write(printable: mask.verdict(of: session))
      text.write("\n")
    }
    for authentication in session.authentications {
      text.write("  authentication ")
      text.write(printable: authentication.mechanism)
      if let name = authentication.username {
        text.write(" as ")
        text.write(printable: name)
      }
      text.write(": \(authentication.outcome.rawValue)\n")
    }
  }

  private func writeLines(of record: borrowing SessionRecord, to text: inout TextBuffer) {
    let span = lines.span
    for index in span.indices { write(span[index], of: record, to: &text) }
  }

  private func write(
    _ line: TranscriptLine, of record: borrowing SessionRecord, to text: inout TextBuffer
  ) {
    if line.isContinuation {
      text.write(repeating: UInt8(ascii: " "), count: 7 + 13)
    } else {
      text.pad(toWidth: 7) { $0.write(decimal: line.frame) }
      text.pad(toWidth: 13) {
        $0.write(seconds: line.time - record.started, decimals: 6)
      }
    }
    text.write("  ")
    text.write(line.side == .client ? style.client("C:") : style.server("S:"))
    text.write(" ")
    switch line.kind {
    case .text: text.write(printable: line.text)
    case .message: text.write(style.faint("[\(line.text)]"))
    }
    if !line.remark.isEmpty {
      text.write("  ")
      text.write(style.faintOpening)
      text.write("(")
      text.write(printable: line.remark)
      text.write(")")
      text.write(style.closing)
    }
    text.write("\n")
  }

  private func write(_ finding: Finding, _ mask: SecretMask, to text: inout TextBuffer) {
    text.pad(toWidth: 7) { $0.write(decimal: finding.frame) }
    text.write("  ")
    let severity = finding.code.severity.rawValue
    text.write(finding.code.severity == .note ? style.faint(severity) : style.warning(severity))
    text.write(" \(finding.code.rawValue): ")
    text.write(printable: mask.text(of: finding))
    text.write(" (\(finding.code.reference))\n")
  }

  public mutating func end(_ summary: CaptureSummary, to text: inout TextBuffer) {
    if summary.sessions == 0 { text.write("no mail sessions\n") }
    text.write(summary.attempts)
    for (name, count) in summary.dropped.sorted(by: { $0.key < $1.key }) {
      text.write("limit \(name) was hit \(count) times\n")
    }
  }
}

extension TextBuffer {
  /// What a handshake says, a line a subject.
  fileprivate mutating func write(_ tls: TLSFacts) {
    write("  tls ")
    write(printable: tls.words?.text ?? "nothing was agreed on")
    if let application = tls.application { write(printable: ", ALPN \(application)") }
    if let resumption = tls.resumption { write(", resumed by \(resumption.rawValue)") }
    if tls.retryRequest != nil { write(", after a second hello") }
    if let time = tls.handshakeTime {
      write(", handshake ")
      write(trimmedSeconds: time)
      write(" s")
    }
    write("\n")
    for (name, digest) in [("ja3", tls.ja3), ("ja4", tls.ja4), ("ja3s", tls.ja3s)] {
      if let digest { write("  \(name) \(digest)\n") }
    }
    for (side, chain) in [("server", tls.serverCertificates), ("client", tls.clientCertificates)] {
      for certificate in chain.certificates {
        write("  \(side) certificate ")
        write(certificate)
        write("\n")
      }
    }
  }

  private mutating func write(_ certificate: CertificateFacts) {
    write(printable: certificate.subject)
    write(", issued by ")
    write(printable: certificate.issuer)
    if !certificate.names.isEmpty {
      write(", for ")
      write(printable: certificate.names.joined(separator: ", "))
    }
    if let start = certificate.notBefore, let end = certificate.notAfter {
      write(", \(TLSChecks.date(start)) to \(TLSChecks.date(end))")
    }
    write(printable: ", \(certificate.key.algorithm)")
    if let bits = certificate.key.bits { write(" \(bits)") }
    write(printable: ", \(certificate.signature)")
  }
}

extension Proxy.Endpoint {
  /// `mx.example.org:25`, `[2001:db8::1]:25`, `/run/mail.sock`
  var text: String {
    guard let port else { return address }
    return address.utf8.contains(UInt8(ascii: ":")) ? "[\(address)]:\(port)" : "\(address):\(port)"
  }
}

extension TextBuffer {
  /// A text from the wire, made safe for a terminal.
  mutating func write(printable text: String) {
    let bytes = text.utf8.span
    // Without a way out of the loop: it takes many bytes at once.
    var odd: UInt8 = 0
    for index in bytes.indices { odd |= bytes[index] &- 0x20 < 0x5f ? 0 : 1 }
    if odd == 0 { write(bytes) } else { write(printable: Array(text.utf8)[...]) }
  }
}

/// The few colours of the text views.
struct TerminalStyle {
  let isColored: Bool

  func writeHeading(to text: inout TextBuffer, _ words: (inout TextBuffer) -> Void) {
    if isColored { text.write("\u{1b}[1m") }
    words(&text)
    text.write(closing)
  }
  func client(_ text: String) -> String { wrap(text, "36") }
  func server(_ text: String) -> String { wrap(text, "35") }
  func warning(_ text: String) -> String { wrap(text, "33") }
  func faint(_ text: String) -> String { wrap(text, "2") }
  var faintOpening: String { isColored ? "\u{1b}[2m" : "" }
  var closing: String { isColored ? "\u{1b}[0m" : "" }

  private func wrap(_ text: String, _ code: String) -> String {
    isColored ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text
  }
}

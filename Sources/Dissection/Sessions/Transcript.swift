import Applications
import Fields
import Mail
import TLS

/// What client and server said, line by line, with findings and the verdict: for a person.
public struct Transcript: SessionView, ~Copyable {
  public let wantsDigests = false
  private let showsSecrets: Bool
  private let showsTLS: Bool
  private let style: TerminalStyle
  /// Of the session that is being written.
  private var lines = TranscriptLines()

  /// `showsTLS`: what a TLS handshake says, and the handshake among the lines.
  public init(showsSecrets: Bool = false, showsTLS: Bool = false, isColored: Bool = false) {
    (self.showsSecrets, self.showsTLS) = (showsSecrets, showsTLS)
    style = TerminalStyle(isColored: isColored)
  }

  public mutating func begin(to text: inout TextBuffer) {}

  public mutating func write(_ record: borrowing SessionRecord, to text: inout TextBuffer) {
    text.write(.lineFeed)
    let mask = SecretMask(record.session, showsSecrets: showsSecrets)
    let tls = showsTLS ? record.tls : nil
    writeHead(of: record, mask, to: &text)
    if let tls { text.write(tls) }
    lines.collect(record.session, mask, tls)
    let all = lines.all.span
    for index in all.indices { write(all[index], since: record.started, to: &text) }
    for gap in record.session.gaps {
      text.pad(toWidth: 7) { $0.write(decimal: gap.frame) }
      text.write("              ")
      style.write(.warning, to: &text) {
        $0.write("[\(gap.length) bytes of the \(gap.from.rawValue) were not captured]")
      }
      text.write("\n")
    }
    for finding in record.session.findings { write(finding, mask, to: &text) }
  }

  private func writeHead(
    of record: borrowing SessionRecord, _ mask: SecretMask, to text: inout TextBuffer
  ) {
    let name = record.session.mailProtocol.rawValue.uppercased()
    let (client, server) = (record.client, record.server)
    style.write(.heading, to: &text) {
      $0.write(name)
      $0.write(" session ")
      $0.write(.number)
      $0.write("  ")
      $0.write(client)
      $0.write(" → ")
      $0.write(server)
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
    if record.session.midstream { text.write(", start not captured") }
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
    if !record.session.conclusion.isEmpty {
      text.write("  = ")
      text.write(printable: mask.verdict(of: record.session))
      text.write("\n")
    }
    for authentication in record.session.authentications {
      text.write("  authentication ")
      text.write(printable: authentication.mechanism)
      if let name = authentication.username {
        text.write(" as ")
        text.write(printable: name)
      }
      text.write(": ")
      text.write(authentication.outcome.rawValue)
      text.write("\n")
    }
  }

  private func write(_ line: TranscriptLine, since start: Int64, to text: inout TextBuffer) {
    if line.isContinuation {
      text.write(repeating: UInt8(ascii: " "), count: 7 + 13)
    } else {
      text.pad(toWidth: 7) { $0.write(decimal: line.frame) }
      text.pad(toWidth: 13) { $0.write(seconds: line.time - start, decimals: 6) }
    }
    text.write("  ")
    switch line.side {
    case .client: style.write(.client, to: &text) { $0.write("C:") }
    case .server: style.write(.server, to: &text) { $0.write("S:") }
    }
    text.write(" ")
    switch line.kind {
    case .text: text.write(printable: lines.text.span(line.text))
    case .message:
      style.write(.faint, to: &text) {
        $0.write("[")
        $0.write(line.text, of: lines.text)
        $0.write("]")
      }
    }
    if line.remark.count > 0 {
      text.write("  ")
      style.write(.faint, to: &text) {
        $0.write("(")
        $0.write(printable: lines.text.span(line.remark))
        $0.write(")")
      }
    }
    text.write("\n")
  }

  private func write(_ finding: Finding, _ mask: SecretMask, to text: inout TextBuffer) {
    text.pad(toWidth: 7) { $0.write(decimal: finding.frame) }
    text.write("  ")
    let severity = finding.code.severity
    style.write(severity == .note ? .faint : .warning, to: &text) { $0.write(severity.rawValue) }
    text.write(" ")
    text.write(finding.code.rawValue)
    text.write(": ")
    text.write(printable: mask.text(of: finding))
    text.write(" (")
    text.write(finding.code.reference)
    text.write(")\n")
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
  mutating func write(printable text: String) { write(printable: text.utf8.span) }

  /// `192.0.2.1:25`
  mutating func write(_ endpoint: SessionRecord.Endpoint) {
    let isLong = endpoint.address.utf8.contains(UInt8(ascii: ":"))
    if isLong { write("[") }
    write(endpoint.address)
    if isLong { write("]") }
    write(":")
    write(decimal: UInt64(endpoint.port))
  }
}

/// The few colours of the text views.
struct TerminalStyle {
  /// What a part of a view is; its raw value is the terminal's number for it.
  enum Face: String {
    case heading = "1"
    case client = "36"
    case server = "35"
    case warning = "33"
    case faint = "2"
  }
  let isColored: Bool

  func client(_ text: String) -> String { wrap(text, .client) }
  func server(_ text: String) -> String { wrap(text, .server) }
  func faint(_ text: String) -> String { wrap(text, .faint) }

  private func wrap(_ text: String, _ face: Face) -> String {
    isColored ? "\u{1b}[\(face.rawValue)m\(text)\u{1b}[0m" : text
  }

  /// Writes words in the colour of a face.
  @inline(__always)
  func write(_ face: Face, to text: inout TextBuffer, _ words: (inout TextBuffer) -> Void) {
    if isColored { text.write("\u{1b}[\(face.rawValue)m") }
    words(&text)
    if isColored { text.write("\u{1b}[0m") }
  }
}

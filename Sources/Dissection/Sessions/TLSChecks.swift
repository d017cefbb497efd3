import Fields
import Mail
import TLS

/// What is to be said of a TLS that came about, from its handshake alone.
struct TLSChecks {
  private let facts: TLSFacts
  private let session: Session
  private(set) var findings: [Finding] = []

  init(_ facts: TLSFacts, of session: Session) {
    (self.facts, self.session) = (facts, session)
    checkSuite()
    checkServer()
    for (place, chain) in [
      (serverPlace, facts.serverCertificates), (clientPlace, facts.clientCertificates),
    ] {
      for certificate in chain.certificates.prefix(Self.mostCertificates) {
        check(certificate, at: place)
      }
    }
    for alert in facts.alerts where alert.isFailure || alert.isInsteadOfFinished {
      let side = alert.side.rawValue
      find(
        .tlsAlert, alert.place,
        alert.isInsteadOfFinished
          ? "the \(side) broke off the handshake with an alert, which is encrypted"
          : "the \(side) sent an alert: \(alert.name)")
    }
    for side in Side.allCases {
      guard let place = facts[side].stray else { continue }
      find(.noRecord, place, "what the \(side.rawValue) sends from here on is no TLS")
    }
    if let place = facts.renegotiation {
      find(.renegotiation, place, "a second handshake within the encryption")
    }
  }

  /// Certificates of a side that are looked at: a chain of more is no chain.
  private static let mostCertificates = 8

  private var serverPlace: TLSPlace? {
    facts.steps.first { $0.side == .server && $0.name == "Certificate" }?.end ?? facts.server.first
  }
  private var clientPlace: TLSPlace? {
    facts.steps.first { $0.side == .client && $0.name == "Certificate" }?.end ?? facts.client.first
  }

  private mutating func find(_ code: FindingCode, _ place: TLSPlace?, _ text: QuotingText) {
    findings.append(Finding(code, frame: place?.frame ?? 0, text: text))
  }

  private mutating func checkSuite() {
    guard let hello = facts.serverHello else { return }
    if hello.version < 0x0303, let name = facts.versionName {
      find(.weakVersion, facts.server.first, "\(name) was agreed on")
    }
    if let weakness = Self.weakness(of: hello.cipherSuiteName) {
      find(.weakCipher, facts.server.first, "\(hello.cipherSuiteName): \(weakness)")
    }
  }

  /// Why a suite is weak, by its name.
  static func weakness(of suite: String) -> String? {
    let words = suite.utf8.split(separator: UInt8(ascii: "_")).map(Substring.init)
    if words.contains("NULL") { return "nothing is encrypted" }
    if words.contains("anon") { return "the server does not show who it is" }
    if words.contains("EXPORT") { return "the key is too short" }
    if words.contains("RC4") { return "RC4 can be broken" }
    if words.contains("3DES") { return "the blocks of 3DES are too short" }
    if words.contains(where: { $0.hasPrefix("DES") || $0 == "RC2" }) {
      return "the key is too short"
    }
    return nil
  }

  private mutating func checkServer() {
    let chain = facts.serverCertificates.certificates
    guard let own = chain.first else { return }
    if let name = facts.clientHello?.serverName {
      if !own.isFor(name) {
        find(
          .nameMismatch, serverPlace,
          "the client asks for \(name), the certificate is \(Self.names(own))")
      }
    } else if let name = greetedName, !own.isFor(name) {
      find(
        .greetingMismatch, serverPlace,
        "the server greets as \(name), the certificate is \(Self.names(own))")
    }
    if own.isSelfIssued {
      find(.selfSigned, serverPlace, "\(own.subject) is issued by itself")
      return
    }
    if chain.count == 1, facts.serverCertificates.count == 1 {
      find(
        .chainIncomplete, serverPlace,
        "the server shows its own certificate alone; \(own.issuer), who issued it, must be known to the client"
      )
    } else if let gap = zip(chain, chain.dropFirst()).first(where: { $0.issuer != $1.subject }) {
      find(
        .chainIncomplete, serverPlace,
        "\(gap.0.issuer) has issued a certificate, and is not the next in the chain")
    }
  }

  /// `for a.example.org, b.example.org`
  private static func names(_ certificate: CertificateFacts) -> QuotingText {
    let names = certificate.names.isEmpty ? [certificate.commonName ?? ""] : certificate.names
    let shown = names.prefix(4).joined(separator: ", ")
    return names.count > 4 ? "for \(shown) and \(names.count - 4) more" : "for \(shown)"
  }

  /// The name with which an SMTP server greets (RFC 5321 4.2), or answers EHLO.
  private var greetedName: String? {
    let replies =
      [session.greeting]
      + session.exchanges.prefix(2).map { $0.command?.verb == "EHLO" ? $0.replies.first : nil }
    for case .smtp(let reply)? in replies.map({ $0?.content }) {
      guard let word = reply.lines.first?.split(separator: " ").first, word.contains("."),
        word.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f })
      else { continue }
      return String(word)
    }
    return nil
  }

  private mutating func check(_ certificate: CertificateFacts, at place: TLSPlace?) {
    let now = (place?.time ?? 0) / 1_000_000_000
    if let end = certificate.notAfter, now > end {
      find(.certificateExpired, place, "\(certificate.subject) was valid until \(Self.date(end))")
    }
    if let start = certificate.notBefore, now < start {
      find(
        .certificateNotYetValid, place,
        "\(certificate.subject) is valid from \(Self.date(start)) on")
    }
    if certificate.hasWeakKey, let bits = certificate.key.bits {
      find(
        .weakKey, place,
        "\(certificate.subject) has a \(certificate.key.algorithm) key of \(bits) bits")
    }
    // Nobody looks at a root's signature on itself.
    if certificate.hasWeakSignature, !certificate.isSelfIssued {
      find(.weakSignature, place, "\(certificate.subject) is signed with \(certificate.signature)")
    }
  }

  /// `2026-01-05`
  static func date(_ seconds: Int64) -> String {
    var text = TextBuffer()
    text.write(rfc3339: TimeValue(seconds: seconds))
    return String(text.string.prefix(10))
  }
}

extension TLSFacts {
  /// What a verdict says of it: `TLSv1.3, TLS_AES_128_GCM_SHA256, for mail.example.org`.
  var words: QuotingText? {
    guard let serverHello, let versionName else { return nil }
    var words: QuotingText = "\(versionName), \(serverHello.cipherSuiteName)"
    if let name = clientHello?.serverName { words = words + ", for \(name)" }
    return words
  }

  /// How it went on after the handshake, where nothing more can be read.
  var course: QuotingText {
    if let alert = alerts.first(where: { $0.isFailure || $0.isInsteadOfFinished }) {
      return "broken off by the \(alert.side.rawValue)"
    }
    if serverHello != nil, completion == nil, runs.isEmpty, client.missing + server.missing == 0 {
      return "the handshake was not finished"
    }
    if runs.isEmpty { return "nothing was sent after the handshake" }
    var counts = (client: TLSCount(), server: TLSCount())
    for run in runs {
      if run.side == .client { counts.client.add(run.count) } else { counts.server.add(run.count) }
    }
    let more: QuotingText = droppedRuns > 0 ? " at least" : ""
    let unit: QuotingText = counts.client.records == 1 ? "record" : "records"
    return
      "the client sent \(counts.client.bytes) bytes in \(counts.client.records) \(unit)\(more), "
      + "the server \(counts.server.bytes) in \(counts.server.records)"
  }
}

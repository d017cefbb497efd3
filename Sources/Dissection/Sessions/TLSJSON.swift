import Fields
import Mail
import TLS

/// `tls` of a session.
extension JSONWriter {
  /// `facts` are there where records were seen. What may be a secret of the dialogue is masked in names that a peer chose.
  mutating func write(_ use: TLSUse, _ facts: TLSFacts?, _ mask: SecretMask) {
    member("mode", use.mode.rawValue)
    if let facts {
      member("version", facts.versionName)
      member("cipherSuite", facts.serverHello?.cipherSuiteName)
      member("serverName", facts.clientHello?.serverName.map { mask.text($0) })
      member("alpn", facts.application.map { mask.text($0) })
      member("resumed", facts.isResumed)
      member("resumedBy", facts.resumption?.rawValue)
      member("ja3", facts.ja3)
      member("ja3s", facts.ja3s)
      member("ja4", facts.ja4)
      object("handshake") { $0.writeHandshake(facts) }
      if facts.serverCertificates.count > 0 { write("certificates", facts.serverCertificates) }
      if facts.clientCertificates.count > 0 {
        write("clientCertificates", facts.clientCertificates)
      }
      if !facts.alerts.isEmpty {
        array("alerts") { for alert in facts.alerts { $0.write(alert) } }
      }
      if let place = facts.renegotiation { object("renegotiation") { $0.write(place) } }
      object("records") { $0.writeRecords(facts) }
    }
    member("decrypted", use.isDecrypted)
    member("frame", use.frame)
  }

  /// What a side has said of itself in a TLS that did not come about.
  mutating func write(_ facts: TLSFacts, of side: Side, _ mask: SecretMask) {
    switch side {
    case .client:
      member("serverName", facts.clientHello?.serverName.map { mask.text($0) })
      member("ja3", facts.ja3)
      member("ja4", facts.ja4)
    case .server:
      member("version", facts.versionName)
      member("cipherSuite", facts.serverHello?.cipherSuiteName)
      member("ja3s", facts.ja3s)
      if facts.serverCertificates.count > 0 { write("certificates", facts.serverCertificates) }
    }
  }

  private mutating func write(_ place: TLSPlace) {
    member("frame", place.frame)
    member("time", time: place.time)
  }

  private mutating func writeHandshake(_ facts: TLSFacts) {
    member("complete", facts.completion != nil)
    member("duration", seconds: facts.handshakeTime)
    if facts.retryRequest != nil { member("retried", true) }
    if facts.clientHello?.offersEarlyData ?? false { member("earlyData", facts.acceptsEarlyData) }
    array("messages") { json in
      for step in facts.steps {
        json.object {
          $0.member("from", step.side.rawValue)
          $0.member("name", step.name)
          $0.member("length", step.length)
          $0.write(step.end)
        }
      }
    }
  }

  private mutating func write(_ name: String, _ chain: CertificateChain) {
    array(name) { json in
      for certificate in chain.certificates { json.object { $0.write(certificate) } }
    }
  }

  private mutating func write(_ certificate: CertificateFacts) {
    member("subject", certificate.subject)
    member("issuer", certificate.issuer)
    member("serialNumber", certificate.serialNumber)
    strings("names", certificate.names)
    for (name, seconds) in [
      ("notBefore", certificate.notBefore), ("notAfter", certificate.notAfter),
    ] {
      guard let seconds else { continue }
      raw(name) {
        $0.write(byte: UInt8(ascii: "\""))
        $0.write(rfc3339: TimeValue(seconds: seconds))
        $0.write(byte: UInt8(ascii: "\""))
      }
    }
    object("key") {
      $0.member("algorithm", certificate.key.algorithm)
      $0.member("bits", certificate.key.bits)
      $0.member("curve", certificate.key.curve)
    }
    member("signature", certificate.signature)
    member("sha256", certificate.sha256)
  }

  private mutating func write(_ alert: TLSAlertFact) {
    object {
      $0.member("from", alert.side.rawValue)
      $0.member("level", alert.level.map { $0 == 2 ? "fatal" : "warning" })
      $0.member("name", alert.code == nil ? nil : alert.name)
      $0.member("encrypted", alert.isEncrypted)
      $0.write(alert.place)
    }
  }

  private mutating func writeRecords(_ facts: TLSFacts) {
    for side in Side.allCases {
      let own = facts[side]
      object(side.rawValue) {
        $0.member("count", own.records)
        $0.member("bytes", own.bytes)
        $0.member("encrypted", own.encrypted.records)
        $0.member("encryptedBytes", own.encrypted.bytes)
        $0.member("firstFrame", own.first?.frame)
        $0.member("lastFrame", own.last?.frame)
      }
    }
    array("runs") { json in
      for run in facts.runs {
        json.object {
          $0.member("from", run.side.rawValue)
          $0.member("count", run.count.records)
          $0.member("bytes", run.count.bytes)
          $0.write(run.first)
          $0.member("lastFrame", run.last.frame)
          $0.member("duration", seconds: max(0, run.last.time - run.first.time))
        }
      }
    }
  }
}

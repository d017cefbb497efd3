import Fields
import Foundation
import Testing

@testable import Dissection

/// What sessions say of TLS without a key, against what the clients noted, and what other programs say.
@Suite struct TLSFactsTests {
  private static func sessions(of name: String, withKeys: Bool = false) throws -> [JSON] {
    let capture = Fixtures.folder.appending(path: "recorded/\(name).pcap")
    var options = SessionRunOptions()
    if withKeys {
      options.keys = try TLSKeys.open(
        keyLog: capture.path.replacing(".pcap", with: ".keys"), serverKeys: [], for: [capture.path])
    }
    return try Fixtures.sessions(of: capture, options)["sessions"].array
  }
  private static func codes(_ session: JSON) -> [String] {
    session["findings"].array.compactMap { $0["code"].string }.filter { $0.hasPrefix("tls.") }
  }

  static let recordings = RecordedSessionsTests.truths.compactMap { name -> String? in
    let file = Fixtures.folder.appending(path: "recorded").appending(path: name)
    let truth = try? JSON(contentsOf: file)
    let hasTLS = truth?["sessions"].array.contains { $0["tls"]["version"].exists } ?? false
    return hasTLS ? name.replacing(".truth.json", with: "") : nil
  }

  @Test func recordingsAreThere() { #expect(Self.recordings.count >= 15) }

  /// Version, suite, name and resumption as the client's TLS library said them.
  @Test(arguments: recordings) func agreesWithTheClient(_ name: String) throws {
    let truth = try JSON(
      contentsOf: Fixtures.folder.appending(path: "recorded/\(name).truth.json"))
    let sessions = try Self.sessions(of: name)
    for (session, expected) in zip(sessions, truth["sessions"].array) {
      let (tls, wanted) = (session["tls"], expected["tls"])
      guard wanted["version"].exists else { continue }
      #expect(tls["mode"].string == wanted["mode"].string)
      #expect(tls["version"].string == wanted["version"].string)
      #expect(tls["cipherSuite"].string == wanted["cipherSuite"].string.map(Self.registered))
      #expect(tls["serverName"].string == wanted["serverName"].string)
      if let resumed = wanted["resumed"].bool { #expect(tls["resumed"].bool == resumed) }
      #expect(tls["handshake"]["complete"].bool == true)
      #expect(tls["decrypted"].bool == false)
      if let name = wanted["clientCertificate"].string, tls["version"].string == "TLSv1.2" {
        #expect(
          tls["clientCertificates"].array.map { $0["subject"].string } == [name + ",O=Example"])
      }
      // What the client's commands and messages take is less than what was encrypted of it.
      let messages = expected["messages"].array.compactMap { $0["size"].int }.reduce(0, +)
      if expected["protocol"].string == "smtp" {
        #expect(tls["records"]["client"]["encryptedBytes"].int ?? 0 > messages)
      }
    }
  }

  /// OpenSSL's name of a cipher suite as the registry has it.
  private static func registered(_ name: String) -> String {
    if name.hasPrefix("TLS_") { return name }
    var words = name.split(separator: "-").map(String.init)
    let start =
      words.firstIndex { $0.hasPrefix("AES") || $0 == "CHACHA20" || $0 == "NULL" } ?? 0
    var exchange = words[..<start].joined(separator: "_")
    if exchange.isEmpty { exchange = "RSA" }
    if exchange == "ADH" { exchange = "DH_anon" }
    words.removeFirst(start)
    let isBlock = words.count == 2 && words[0].hasPrefix("AES") && words[1].hasPrefix("SHA")
    if isBlock { words.insert("CBC", at: 1) }
    if words == ["CHACHA20", "POLY1305"] { words.append("SHA256") }
    let cipher = words.joined(separator: "_").replacing("AES", with: "AES_")
      .replacing("CCM8", with: "CCM_8")
    return "TLS_\(exchange)_WITH_\(cipher)"
  }

  @Test func resumptionIsNamed() throws {
    let sessions = try Self.sessions(of: "smtp-tls-resumption")
    #expect(
      sessions.map { $0["tls"]["resumedBy"].string }
        == [nil, "session-id", nil, "ticket", nil, "psk"])
    #expect(
      sessions.map { $0["tls"]["certificates"].exists } == [true, false, true, false, false, false])
  }

  @Test func secondHello() throws {
    let sessions = try Self.sessions(of: "smtp-tls-retry")
    #expect(sessions.map { $0["tls"]["handshake"]["retried"].bool } == [true, nil])
    let early = try Self.sessions(of: "imaps-early-data")
    #expect(early.map { $0["tls"]["handshake"]["earlyData"].exists } == [false, true])
  }

  @Test func findingsOfCertificates() throws {
    let sessions = try Self.sessions(of: "smtp-tls-certificates")
    #expect(
      sessions.map(Self.codes) == [
        [], ["tls.certificate-expired"], ["tls.certificate-not-yet-valid"], ["tls.self-signed"],
        ["tls.weak-key", "tls.weak-signature"], ["tls.chain-incomplete"], ["tls.name-mismatch"], [],
      ])
    let text = sessions[6]["findings"].array.first?["text"].string
    #expect(
      text == "the client asks for wrong.example.org, the certificate is for mail.example.org")
  }

  /// With keys the encrypted part of a handshake tells the same as what is in clear.
  @Test func encryptedHandshakes() throws {
    let expired = try #require(Self.sessions(of: "smtp-tls-certificates", withKeys: true).last)
    #expect(Self.codes(expired) == ["tls.certificate-expired"])
    #expect(
      expired["tls"]["handshake"]["messages"].array.compactMap { $0["name"].string }.filter {
        $0 != "New Session Ticket"
      } == [
        "Client Hello", "Server Hello", "Change Cipher Spec", "Encrypted Extensions", "Certificate",
        "Certificate Verify", "Finished", "Change Cipher Spec", "Finished", "Alert: Close Notify",
      ])
    let own = try Self.sessions(of: "smtp-tls-client-certificate", withKeys: true)
    #expect(
      own.map { $0["tls"]["clientCertificates"].array.map { $0["subject"].string } }
        == Array(repeating: ["CN=client.example.net,O=Example"], count: 2))
    #expect(own.map { $0["tls"]["decrypted"].bool } == [true, true])
    let early = try Self.sessions(of: "imaps-early-data", withKeys: true)
    #expect(early.map { $0["tls"]["handshake"]["earlyData"].bool } == [nil, true])
  }

  @Test func findingsOfSuites() throws {
    #expect(
      try Self.sessions(of: "smtp-tls-anonymous").map(Self.codes)
        == Array(repeating: ["tls.weak-cipher"], count: 3))
    #expect(
      try Self.sessions(of: "smtp-tls-versions").map(Self.codes)
        == Array(repeating: ["tls.weak-version"], count: 4) + Array(repeating: [], count: 4))
    #expect(try Self.sessions(of: "imaps-renegotiation").map(Self.codes) == [["tls.renegotiation"]])
    for (suite, isWeak) in [
      ("TLS_RSA_WITH_3DES_EDE_CBC_SHA", true), ("TLS_RSA_WITH_DES_CBC_SHA", true),
      ("TLS_RSA_EXPORT_WITH_DES40_CBC_SHA", true), ("TLS_RSA_WITH_RC4_128_SHA", true),
      ("TLS_AES_128_CCM_8_SHA256", false), ("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", false),
    ] { #expect((TLSChecks.weakness(of: suite) != nil) == isWeak, "\(suite)") }
  }

  @Test func alerts() throws {
    let sessions = try Self.sessions(of: "smtp-tls-alerts")
    #expect(
      sessions.map(Self.codes) == [["tls.failed"], ["tls.alert"], ["tls.failed"], ["tls.failed"]])
    #expect(sessions[1]["tls"]["alerts"].array.map { $0["name"].string } == ["Unknown CA"])
    #expect(sessions[1]["tls"]["handshake"]["complete"].bool == false)
    #expect(
      sessions[1]["verdict"].string
        == "encrypted after STARTTLS, TLSv1.3, TLS_AES_256_GCM_SHA384, for mail.example.org: broken off by the client"
    )
    // What the sides offered is known all the same.
    let failed = sessions[0]["failedTLS"].array
    #expect(failed.map { $0["serverName"].string } == ["mail.example.org", nil])
    #expect(failed.map { $0["version"].string } == [nil, "TLSv1.2"])
  }

  /// A message that went by unread is seen to have gone: many bytes of the client, then an answer.
  @Test func runsOfRecords() throws {
    let session = try #require(Self.sessions(of: "smtp-tls13-suites").first)
    let runs = session["tls"]["records"]["runs"].array
    #expect(runs.first?["from"].string == "server")
    let largest = runs.indices.max { runs[$0]["bytes"].int ?? 0 < runs[$1]["bytes"].int ?? 0 } ?? 0
    let own = runs.indices.filter { runs[$0]["from"].string == "client" }
      .max { runs[$0]["bytes"].int ?? 0 < runs[$1]["bytes"].int ?? 0 }
    #expect(runs[own ?? 0]["bytes"].int ?? 0 > 180)
    #expect(runs[largest]["bytes"].int ?? 0 > 0)
    #expect(
      session["verdict"].string?.hasPrefix("encrypted from the first byte, TLSv1.3, ") == true)
  }

  @Test func transcriptShowsTheHandshake() throws {
    let capture = Fixtures.folder.appending(path: "recorded/smtp-tls-resumption.pcap")
    var view = Transcript(showsTLS: true)
    var plain = Transcript()
    let text = try Fixtures.text(of: capture, &view)
    #expect(text.contains("C: [TLS Client Hello, 178 bytes]"))
    #expect(text.contains("S: [TLS Certificate, "))
    #expect(text.contains("resumed by ticket, handshake "))
    #expect(
      text.contains("  server certificate CN=mail.example.org,O=Example, issued by CN=Example"))
    #expect(try !Fixtures.text(of: capture, &plain).contains("Client Hello"))
    var ladder = Ladder(showsTLS: true)
    #expect(try Fixtures.text(of: capture, &ladder).contains("═══ TLS Client Hello, 178 bytes"))
  }
}

import Foundation
import Testing

@testable import Dissection

/// TLS as other programs' tests expect it of their captures.
@Suite struct TLSExpectationTests {
  private static func sessions(_ name: String, decodeAs rule: String? = nil) throws -> [JSON]? {
    guard let capture = Fixtures.reference?.appending(path: name),
      FileManager.default.fileExists(atPath: capture.path)
    else {
      print("captures of other projects are not at hand")
      return nil
    }
    var options = SessionRunOptions()
    if let rule { try options.recognition.decodeAs.add(rule) }
    var view = SessionsJSON()
    var output = MemoryOutput()
    try SessionRun.run(CaptureSource(paths: [capture.path]), options, &view, to: &output)
    return try JSON(text: output.string)["sessions"].array
  }
  private static func expectation(_ name: String) throws -> String {
    let folder = try #require(Fixtures.reference)
    return try String(contentsOf: folder.appending(path: name), encoding: .utf8)
  }

  /// nDPI: a line a flow, `[JA4: …]`.
  @Test(arguments: ["imaps.pcap", "pop3_stls.pcap", "smtps.pcapng"])
  func nDPI(_ name: String) throws {
    guard let sessions = try Self.sessions("mail/ndpi/\(name)") else { return }
    let stem = name.prefix { $0 != "." }
    let flows = try Self.expectation("mail/ndpi/\(stem).expected.txt").split(separator: "\n")
      .filter { $0.contains("[JA3C: ") }
    #expect(!flows.isEmpty && flows.count == sessions.count)
    for (flow, session) in zip(flows, sessions) {
      func field(_ name: String) -> String? {
        guard let start = flow.range(of: "[\(name): ")?.upperBound else { return nil }
        return String(flow[start...].prefix { $0 != "]" && $0 != " " })
      }
      // What a client offered is known of a TLS that did not come about, too.
      let tls = session["tls"].exists ? session["tls"] : session["failedTLS"].array[0]
      #expect(tls["ja3"].string == field("JA3C"))
      #expect(tls["serverName"].string == field("Hostname/SNI"))
      if field("Hostname/SNI") == nil {
        // It prints a domain where its own line says that there is no name.
        #expect(tls["ja4"].string?.replacing("t12i", with: "t12d") == field("JA4"))
      } else {
        #expect(tls["ja4"].string == field("JA4"))
      }
      guard session["tls"].exists else { continue }
      #expect(tls["ja3s"].string == field("JA3S"))
      if let cipher = field("Cipher") { #expect(tls["cipherSuite"].string == cipher) }
      #expect(flow.contains("[\(tls["version"].string ?? "")]"))
      if let names = field("ServerNames") {
        #expect(tls["certificates"].array[0]["names"].strings.joined(separator: ",") == names)
      }
    }
  }

  /// Zeek: a line of `ssl.log`.
  @Test func zeek() throws {
    guard let sessions = try Self.sessions("mail/zeek/tls-pop3-starttls.pcap") else { return }
    let log = try Self.expectation("mail/zeek/tls-pop3-starttls.expected/starttls--ssl.log")
      .split(separator: "\n")
    let names = log.first { $0.hasPrefix("#fields") }?.split(separator: "\t").dropFirst() ?? []
    let row = try #require(log.first { !$0.hasPrefix("#") }).split(
      separator: "\t", omittingEmptySubsequences: false)
    let values = Dictionary(zip(names.map(String.init), row.map(String.init))) { first, _ in first }
    let tls = try #require(sessions.first)["tls"]
    #expect(tls["version"].string?.replacing(".", with: "") == values["version"])
    #expect(tls["cipherSuite"].string == values["cipher"])
    #expect(tls["serverName"].string ?? "-" == values["server_name"])
    #expect(tls["resumed"].bool == (values["resumed"] == "T"))
    #expect(tls["handshake"]["complete"].bool == (values["established"] == "T"))
    let digests = tls["certificates"].array.compactMap { $0["sha256"].string }
    #expect(digests.joined(separator: ",") == values["cert_chain_fps"])
  }

  /// Arkime: no mail, but the handshake is read the same.
  @Test(arguments: [
    ("https3-301-get", "tcp.port==443,smtp"), ("https2-301-get", "tcp.port==443,smtp"),
    ("https-connect", "tcp.port==8080,smtp"),
  ]) func arkime(_ name: String, _ rule: String) throws {
    guard let sessions = try Self.sessions("packets/arkime/\(name).pcap", decodeAs: rule) else {
      return
    }
    let document = try JSON(text: Self.expectation("packets/arkime/\(name).expected.json"))
    let expected = try #require(document["sessions3"].array.first)["body"]
    // The client's hello of one is in the format of SSL 2.0: then it is not known that the session is one of TLS.
    guard name != "https2-301-get" else {
      #expect(!expected["tls"]["ja3"].exists)
      return
    }
    let tls = try #require(sessions.first)["tls"]
    for (key, own) in [
      ("cipher", "cipherSuite"), ("version", "version"), ("ja3", "ja3"), ("ja3s", "ja3s"),
      ("ja4", "ja4"),
    ] { #expect([tls[own].string] == expected["tls"][key].array.map(\.string), "\(key)") }
    let certificates = tls["certificates"].array
    #expect(certificates.count == expected["cert"].array.count)
    for wanted in expected["cert"].array {
      // It prints them in an order of its own.
      let own = try #require(
        certificates.first { $0["serialNumber"].string == wanted["serial"].string })
      let subject = own["subject"].string?.lowercased() ?? ""
      for common in wanted["subjectCN"].strings { #expect(subject.contains("cn=\(common)")) }
      let issuer = own["issuer"].string?.lowercased() ?? ""
      for common in wanted["issuerCN"].strings { #expect(issuer.contains("cn=\(common)")) }
      #expect(own["names"].strings.sorted() == wanted["alt"].strings.sorted())
      #expect(own["key"]["algorithm"].string == "RSA")
      for key in ["notBefore", "notAfter"] {
        let time = try Date(
          own[key].string?.replacing(".000000000Z", with: "Z") ?? "", strategy: .iso8601)
        #expect(Int(time.timeIntervalSince1970 * 1000) == wanted[key].int)
      }
    }
  }

  /// Suricata knows TLS by the client's hello alone, and so do we, though the server answers in clear.
  @Test func suricata() throws {
    guard let sessions = try Self.sessions("mail/suricata/smtp-tls-protodetect.pcap") else {
      return
    }
    let session = try #require(sessions.first)
    #expect(session["protocol"].string == "smtp")
    #expect(session["failedTLS"].array.first?["ja3"].exists == true)
    #expect(session["verdict"].string == "the client speaks TLS, the server in clear")
  }
}

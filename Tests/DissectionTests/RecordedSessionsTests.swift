import Foundation
import Testing

@testable import Dissection

/// Sessions of real servers and clients against what the clients wrote down while they were recorded.
@Suite struct RecordedSessionsTests {
  static let truths =
    (try? FileManager.default.contentsOfDirectory(
      at: Fixtures.folder.appending(path: "recorded"), includingPropertiesForKeys: nil))?
    .map(\.lastPathComponent).filter { $0.hasSuffix(".truth.json") }.sorted() ?? []

  @Test func recordingsAreThere() { #expect(Self.truths.count >= 20) }

  @Test(arguments: truths) func agrees(_ name: String) throws {
    try compare(name, isDecrypted: false)
  }

  /// With the secrets that were logged beside the capture, nothing of it is hidden.
  @Test(arguments: truths.filter { hasKeyLog($0) }) func agreesOnceDecrypted(
    _ name: String
  ) throws {
    try compare(name, isDecrypted: true)
  }

  private static func hasKeyLog(_ truth: String) -> Bool {
    let log = truth.replacing(".truth.json", with: ".keys")
    return FileManager.default.fileExists(
      atPath: Fixtures.folder.appending(path: "recorded").appending(path: log).path)
  }

  private func compare(_ name: String, isDecrypted: Bool) throws {
    let file = Fixtures.folder.appending(path: "recorded").appending(path: name)
    let truth = try JSON(contentsOf: file)
    let capture = URL(filePath: file.path.replacing(".truth.json", with: ".pcap"))
    var options = SessionRunOptions()
    if isDecrypted { options.keys = try Fixtures.keys(beside: capture) }
    let document = try Fixtures.sessions(of: capture, options)
    let sessions = document["sessions"].array
    #expect(sessions.count == truth["sessions"].array.count)
    var rest = sessions
    for (index, expected) in truth["sessions"].array.enumerated() {
      // Not every client knows its port: then the next session of the protocol is meant.
      let port = expected["client"]["port"].int
      let place = rest.firstIndex { session in
        if let port { return session["client"]["port"].int == port }
        return session["protocol"].string == expected["protocol"].string
      }
      let session = rest.remove(at: try #require(place, "session \(index)"))
      compare(
        session, expected, document["messages"].array,
        isHidden: expected["tls"].exists && session["tls"]["decrypted"].bool != true)
      // Where the handshake failed there is nothing to open.
      if isDecrypted, session["tls"].exists, !expected["tlsError"].exists {
        #expect(session["tls"]["decrypted"].bool == true, "session \(index)")
      }
    }
  }

  private func compare(
    _ session: JSON, _ expected: JSON, _ messages: [JSON], isHidden: Bool
  ) {
    #expect(session["protocol"].string == expected["protocol"].string)
    if let close = expected["close"].string { #expect(session["close"].string == close) }
    if expected["exchanges"].exists { compareExchanges(session, expected, isHidden: isHidden) }
    if isHidden { return }
    #expect(session["compressed"].bool == expected["compressed"].bool)
    #expect(session["greeting"].exists || !expected["greeting"].exists)
    let digests = session["messages"].array.compactMap { id in
      messages.first { $0["id"].int == id.int }?["sha256"].string
    }
    for message in expected["messages"].array {
      if let digest = message["sha256"].string { #expect(digests.contains(digest)) }
    }
    func names(_ list: JSON) -> [String] {
      list.array.map {
        [$0["mechanism"], $0["username"], $0["outcome"]].map { $0.string ?? "" }
          .joined(separator: " ")
      }
    }
    if expected["authentications"].exists {
      #expect(names(session["authentications"]) == names(expected["authentications"]))
    }
  }

  private func compareExchanges(_ session: JSON, _ expected: JSON, isHidden: Bool) {
    let exchanges = session["exchanges"].array.filter { $0["command"].exists }
    // Literals and what follows them are written in different ways: the part before them is compared.
    func head(_ command: String?) -> String {
      String((command ?? "").prefix { $0 != "{" && $0 != "\n" })
    }
    let commands = exchanges.map { head($0["command"]["text"].string) }
    var wanted = expected["exchanges"].array.map { head($0["command"].string) }
    if isHidden { wanted = Array(wanted.prefix(max(commands.count, 0))) }
    #expect(commands == wanted)
    for (exchange, expected) in zip(exchanges, expected["exchanges"].array) {
      let replies = exchange["replies"].array.filter { $0["tag"].string != "+" }
      #expect(
        replies.map(Self.words) == expected["replies"].array.map(Self.words),
        "\(exchange["command"]["text"].string ?? "")")
    }
  }

  /// What a reply says, whatever the protocol, in one line.
  private static func words(_ reply: JSON) -> String {
    if let code = reply["code"].int {
      return "\(code) " + reply["lines"].strings.joined(separator: " / ")
    }
    // The code of POP3 is in its text as well.
    let hasCode = reply["text"].string?.hasPrefix("[") == true
    let parts = [
      reply["tag"], reply["status"], hasCode ? JSON(value: nil) : reply["code"], reply["text"],
    ]
    let lines = reply["lines"].int.map { " (\($0) lines)" } ?? ""
    return parts.compactMap(\.string).filter { !$0.isEmpty }.joined(separator: " ") + lines
  }
}

import Foundation
import Testing

@testable import Dissection

/// Captures after public reports, with what is right.
@Suite struct POP3CaseTests {
  static func session(_ name: String) throws -> JSON {
    let file = Fixtures.folder.appending(path: "cases/\(name).pcap")
    let sessions = try Fixtures.sessions(of: file)["sessions"].array
    return try #require(sessions.first)
  }

  /// Each exchange in short: `CAPA → 6`, the frame of each reply.
  static func pairs(_ session: JSON) -> [String] {
    session["exchanges"].array.map { exchange in
      let frames = exchange["replies"].array.compactMap { $0["frame"].int.map(String.init) }
      return "\(exchange["command"]["verb"].string ?? "–") → \(frames.joined(separator: " "))"
    }
  }

  @Test func greetingMissing() throws {
    let session = try Self.session("pop3-greeting-missing")
    #expect(!session["greeting"].exists)
    #expect(Self.pairs(session) == ["CAPA → 6", "AUTH → 10", "LIST → 14", "QUIT → 18"])
    let codes = session["findings"].array.compactMap { $0["code"].string }
    #expect(codes == ["pop3.no-greeting", "sasl.plaintext"])
    #expect(session["authentications"].array.first?["outcome"].string == "accepted")
  }

  @Test func goAheadOfNTLM() throws {
    let session = try Self.session("pop3-ntlm-ok-go-ahead")
    #expect(Self.pairs(session) == ["CAPA → 8", "AUTH → 12 16 20", "STAT → 24", "QUIT → 28"])
    let login = try #require(session["authentications"].array.first)
    #expect(login["username"].string == "ann")
    #expect(login["outcome"].string == "accepted")
    let fields = login["fields"].array
    #expect(fields.contains { $0["name"].string == "domain" && $0["value"].string == "OFFICE" })
    #expect(session["findings"].array.compactMap { $0["code"].string } == ["sasl.weak-mechanism"])
    var view = Transcript()
    let file = Fixtures.folder.appending(path: "cases/pop3-ntlm-ok-go-ahead.pcap")
    let text = try Fixtures.text(of: file, &view)
    #expect(!text.contains("TlRMTVNTUAAD") && text.contains("TlRMTVNTUAAB"))
  }
}

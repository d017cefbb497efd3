import Foundation
import Testing

@testable import Dissection

/// Captures after public reports, with what is right.
@Suite struct IMAPCaseTests {
  static func session(_ name: String) throws -> JSON {
    let file = Fixtures.folder.appending(path: "cases/\(name).pcap")
    let sessions = try Fixtures.sessions(of: file)["sessions"].array
    return try #require(sessions.first)
  }

  /// Code, frame and text of each finding, those of the way of the login aside.
  static func findings(_ session: JSON) -> [String] {
    session["findings"].array.compactMap { finding in
      guard let code = finding["code"].string, code != "login.plaintext" else { return nil }
      return "\(code) \(finding["frame"].int ?? 0): \(finding["text"].string ?? "")"
    }
  }

  static func verbs(_ session: JSON) -> [String] {
    session["exchanges"].array.map { exchange in
      let statuses = exchange["replies"].array.compactMap { $0["status"].string }
      return ([exchange["command"]["verb"].string ?? "–"] + statuses).joined(separator: " ")
    }
  }

  @Test func refusedLiteralOfALogin() throws {
    let session = try Self.session("login-literal-refused")
    #expect(session["verdict"].string == "login refused")
    let login = try #require(session["authentications"].array.first)
    #expect(login["outcome"].string == "rejected")
    #expect(!login["username"].exists)
    #expect(Self.verbs(session) == ["LOGIN NO", "LOGOUT OK"])
    #expect(
      Self.findings(session) == [
        "imap.literal-refused 8: LOGIN was refused before its literal was sent",
        "login.refused 8: LOGIN was answered NO Plaintext authentication disallowed.",
      ])
  }

  @Test func commandThatIsNeverAnswered() throws {
    let session = try Self.session("fetch-never-answered")
    #expect(
      session["verdict"].string
        == "logged in as ann, no message retrieved, FETCH was never answered")
    #expect(
      Self.findings(session) == [
        "imap.no-answer 14: FETCH (a3) was never answered: the client closed after 120 s",
        "imap.no-logout 14: the session ended without LOGOUT",
      ])
  }

  @Test func literalAnnouncedTooLong() throws {
    let session = try Self.session("literal-too-long")
    #expect(
      session["verdict"].string == "a literal of 1,060 bytes was announced with 1,460")
    #expect(Self.verbs(session) == ["LOGIN OK", "SELECT OK", "FETCH OK"])
    #expect(
      Self.findings(session) == [
        "imap.literal-length 16: a literal of 1,460 bytes is announced, but after 1,060 of them comes its end and the completion of the command: 400 too many",
        "imap.no-logout 16: the session ended without LOGOUT",
      ])
  }

  @Test func dataOutsideTheGrammar() throws {
    let session = try Self.session("fetch-data-malformed")
    #expect(Self.verbs(session) == ["LOGIN OK", "SELECT OK", "FETCH OK", "LOGOUT OK"])
    #expect(
      Self.findings(session) == [
        "imap.data-syntax 16: BODY of message 1, octet 303 of the response: a quote within a quoted string, or no blank beside it in pdf\") NIL \"\"\"\" \"base64\" ",
        "imap.data-syntax 16: BODYSTRUCTURE of message 2, octet 103 of the response: the type of part 2 is NIL, no string",
        "imap.data-syntax 16: ENVELOPE of message 3, octet 66 of the response: FROM is \"ann@example.com\", no list of addresses",
      ])
  }
}

import Foundation
import Testing

@testable import Dissection

/// Captures made after reports of people who read SMTP: what is right in each.
@Suite struct SMTPCaseTests {
  static func document(_ name: String) throws -> JSON {
    try Fixtures.sessions(of: Fixtures.folder.appending(path: "cases/\(name).pcap"))
  }

  static func session(_ name: String) throws -> JSON {
    try #require(try document(name)["sessions"].array.first)
  }

  /// The transcript, secrets held back.
  static func transcript(_ name: String) throws -> String {
    var view = Transcript()
    return try Fixtures.text(of: Fixtures.folder.appending(path: "cases/\(name).pcap"), &view)
  }

  /// `RCPT 550`, `- 250`.
  static func exchanges(_ session: JSON) -> [String] {
    session["exchanges"].array.map { exchange in
      let codes = exchange["replies"].array.map { $0["code"].int.map(String.init) ?? "?" }
      return ([exchange["command"]["verb"].string ?? "-"] + codes).joined(separator: " ")
    }
  }

  static func finding(_ code: String, _ session: JSON) -> JSON? {
    session["findings"].array.first { $0["code"].string == code }
  }

  @Test func twoRepliesAfterDot() throws {
    let session = try Self.session("two-replies-after-dot")
    #expect(
      Self.exchanges(session) == [
        "EHLO 250", "MAIL 250", "RCPT 250", "DATA 354 250", "- 250", "MAIL 250", "RCPT 550",
        "QUIT 221",
      ])
    #expect(Self.finding("smtp.unexpected-reply", session)?["frame"].int == 24)
    let refused = Self.finding("smtp.recipient-refused", session)
    #expect(refused?["text"].string?.contains("nobody@example.org: “550 5.1.1") == true)
  }

  @Test func answerWithoutCode() throws {
    let session = try Self.session("starttls-answer-without-code")
    #expect(Self.exchanges(session) == ["EHLO 250", "STARTTLS ?", "QUIT 221"])
    #expect(session["verdict"].string == "STARTTLS refused, 4.7.0")
    let text = try Self.transcript("starttls-answer-without-code")
    #expect(
      text.contains("S: 4.7.0 TLS not available due to local problem  (no reply code)\n"))
  }

  @Test func bannerWithoutLineEnd() throws {
    let session = try Self.session("banner-without-line-end")
    #expect(Self.exchanges(session) == ["EHLO 250", "AUTH 334 334 235", "QUIT 221"])
    #expect(session["greeting"]["terminated"].bool == false)
    #expect(Self.finding("smtp.reply-without-line-end", session)?["frame"].int == 4)
    let text = try Self.transcript("banner-without-line-end")
    #expect(!text.contains("czNjcmV0LXB3") && !text.contains("s3cret"))
  }

  @Test func replyWithoutLineEnd() throws {
    let document = try Self.document("reply-without-line-end")
    let session = try #require(document["sessions"].array.first)
    #expect(
      Self.exchanges(session) == [
        "EHLO 250", "MAIL 250", "RCPT 250", "DATA 354 250", "- 451",
      ])
    #expect(document["messages"].array.first?["outcome"].string == "incomplete")
    #expect(
      session["verdict"].string
        == "message of 100 bytes sent, the answer has no line end, outcome unknown")
    let finding = Self.finding("smtp.reply-without-line-end", session)
    #expect(finding?["text"].string?.hasSuffix("on the same line, 10 min later") == true)
  }

  @Test func bannerOfTwoCodes() throws {
    let session = try Self.session("banner-two-codes")
    #expect(session["greeting"]["codes"].array.compactMap(\.int) == [220, 521])
    #expect(session["verdict"].string == "refused at the greeting, 521")
    #expect(
      Self.finding("smtp.multiline-codes", session)?["text"].string?.hasSuffix("220, 521") == true)
    let text = try Self.transcript("banner-two-codes")
    #expect(text.contains("S: 220-mx.example.org ESMTP\n"))
    #expect(text.contains("S: 521 5.7.1 Service unavailable"))
    #expect(!text.contains("521-"))
  }

  @Test func messageNeverAcknowledged() throws {
    let document = try Self.document("data-never-acknowledged")
    let session = try #require(document["sessions"].array.first)
    #expect(document["messages"].array.first?["outcome"].string == "incomplete")
    #expect(
      session["verdict"].string
        == "message not received by the server, 6,503 bytes never acknowledged")
    #expect(Self.finding("smtp.message-refused", session) == nil)
    let finding = Self.finding("smtp.not-received", session)
    #expect(finding?["frame"].int == 22)
    #expect(finding?["text"].string?.contains("though sent again 6 times") == true)
  }

  @Test func answersAfterARefusedLogin() throws {
    let session = try Self.session("secrets-after-refused-auth")
    #expect(session["verdict"].string == "login refused, 503 5.5.1")
    let text = try Self.transcript("secrets-after-refused-auth")
    #expect(!text.contains("czNjcmV0") && !text.contains("YW5u"))
    #expect(text.contains("C: •••\n"))
  }

  @Test func errorOfAToken() throws {
    let text = try Self.transcript("xoauth2-refused")
    #expect(
      text.contains("(error: status 400, schemes Bearer, scope https://mail.example.com/)\n"))
    #expect(text.contains("  C: \n"))
    #expect(text.contains("was refused: status 400, schemes Bearer"))
    #expect(!text.contains("ya29"))
  }

  @Test func binaryData() throws {
    let session = try Self.session("xexch50")
    #expect(
      Self.exchanges(session) == [
        "EHLO 250", "MAIL 250", "RCPT 250", "XEXCH50 354 250", "DATA 354 250", "QUIT 221",
      ])
    #expect(session["findings"].array.isEmpty)
    let text = try Self.transcript("xexch50")
    #expect(text.contains("C: [binary data, 311 bytes]\n"))
    var output = MemoryOutput()
    let capture = Fixtures.folder.appending(path: "cases/xexch50.pcap").path
    try PacketRun.run(CaptureSource(paths: [capture]), PacketOptions(), PacketList(), to: &output)
    #expect(output.string.contains("C: XEXCH50 data, 311 bytes\n"))
  }
}

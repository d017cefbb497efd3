import Fields
import Mail
import Testing

@testable import Dissection

@Suite struct DialectsTests {
  private func record(_ address: String, _ features: [(String, String)]) -> SessionRecord {
    var session = Session(.smtp)
    var dialect = Dialect()
    dialect.features = features.map { Feature($0.0, $0.1) }
    dialect.digest = features.map(\.1).joined(separator: "-")
    session.dialect = dialect
    var record = SessionRecord(session, ConversationFacts())
    record.client = SessionRecord.Endpoint(address: address, port: 1)
    return record
  }

  private func text(of records: [SessionRecord]) -> String {
    var view = Dialects()
    var text = TextBuffer()
    view.begin(to: &text)
    for record in records { view.write(record, to: &text) }
    view.end(CaptureSummary(), to: &text)
    return text.string
  }

  @Test func differencesFirst() {
    let human = [("hello", "EHLO"), ("line end", "CRLF")]
    let bot = [("hello", "HELO"), ("line end", "CRLF")]
    var second = record("192.0.2.2", human)
    second.session.clientSoftware = Software(name: "Mutt", version: "2.2", source: "User-Agent")
    #expect(
      text(of: [record("192.0.2.1", human), record("192.0.2.9", bot), second]) == """
        2 dialects in 3 sessions

        A  EHLO-CRLF  2 sessions from 192.0.2.1, 192.0.2.2 (Mutt 2.2)
        B  HELO-CRLF  1 session from 192.0.2.9

        they differ in
          hello               A: EHLO
                              B: HELO

        all have
          line end            CRLF

        """)
  }

  @Test func nobody() {
    #expect(text(of: []) == "no SMTP clients\n")
    var record = record("192.0.2.1", [])
    record.session.dialect = nil
    #expect(text(of: [record]) == "no SMTP clients\n")
  }

  /// More dialects than are kept are counted.
  @Test func limit() {
    let records = (0..<1003).map { record("192.0.2.1", [("order", "\($0)")]) }
    #expect(text(of: records).hasSuffix("limit dialects was hit 3 times\n"))
  }
}

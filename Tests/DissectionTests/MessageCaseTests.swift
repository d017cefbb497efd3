import Foundation
import Testing

@testable import Dissection

/// What messages in captures from the field say of themselves.
@Suite struct MessageCaseTests {
  private func messages(_ name: String) throws -> [JSON] {
    try Fixtures.sessions(of: Fixtures.folder.appending(path: "cases/\(name).pcap"))["messages"]
      .array
  }

  @Test func charsets() throws {
    let message = try #require(try messages("charsets").first)
    #expect(message["headers"]["from"].string == "中文 <ann@example.com>")
    #expect(message["headers"]["subject"].string == "测试日本語письмоľivotä")
    // The message has no Date field, which is found too.
    let codes = message["findings"].array.compactMap { $0["code"].string }
    #expect(codes == ["message.missing-field"])
  }
}

import Foundation
import Testing

@testable import Dissection

/// What servers wrote into messages, their signatures with the keys that DNS gave, and their URLs.
@Suite struct MessageTraceTests {
  private static let capture = Fixtures.folder.appending(path: "crafted/smtp-dkim.pcap")

  private func messages(jobs: Int = 1, keys: DKIMKeys = DKIMKeys()) throws -> [JSON] {
    var view = MessagesJSON()
    var output = MemoryOutput()
    var options = SessionRunOptions()
    options.jobs = jobs
    options.messages.keys = keys
    try MessageRun.run(
      CaptureSource(paths: [Self.capture.path]), options, &view, to: &output)
    return try JSON(text: output.string)["messages"].array
  }

  @Test(arguments: [1, 2, 4]) func signaturesWithTheKeysOfDNS(_ jobs: Int) throws {
    let found = try messages(jobs: jobs).map { message in
      message["signatures"].array.map {
        "\($0["selector"].string ?? "") \($0["body"].string ?? "") \($0["header"].string ?? "")"
      }
    }
    #expect(
      found == [["big pass pass"], ["small pass pass", "big pass pass"], ["big fail pass"], []])
  }

  @Test func answersAboutNames() throws {
    let names = try messages()[0]["dns"].array.map {
      "\($0["type"].string ?? "") \($0["name"].string ?? "")"
    }
    #expect(
      names == [
        "TXT big._domainkey.example.org", "TXT _dmarc.example.org", "TXT example.org",
        "MX example.net",
      ])
  }

  @Test func hopsAndResults() throws {
    let message = try messages()[1]
    #expect(
      message["received"].array.map { $0["by"].string } == ["a.example.org", "b.example.org"])
    #expect(message["received"].array.last?["delay"].int == -8)
    let results = message["authenticationResults"].array.first?["results"].array ?? []
    #expect(results.map { $0["result"].string } == ["pass", "pass"])
    #expect(message["findings"].array.map { $0["code"].string } == ["message.clock-backwards"])
    #expect(
      try messages()[2]["findings"].array.map { $0["code"].string } == ["message.dkim-body"])
  }

  @Test func links() throws {
    let output = try MessageFolderTests.run(MessageLinks(), [Self.capture])
    #expect(
      output?.string == """
        4\t1\ttext\thttp://bank.example/login?a=1\t\t
        4\t2\ta href\thttps://evil.example/x?a=1&b=2\t\twww.bank.example
        4\t2\timg src\thttp://t.example/p.gif\t\t

        """)
  }
}

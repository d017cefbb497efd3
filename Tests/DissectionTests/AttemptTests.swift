import Applications
import Fields
import Foundation
import Mail
import TestSupport
import Testing
import Wire

@testable import Dissection

/// Connections to mail ports that no session comes of are listed, and only what the capture shows of them.
@Suite struct AttemptTests {
  private static let mailPorts: [UInt16] = [24, 25, 110, 143, 465, 587, 993, 995, 2525, 4190]

  private static func silent(_ port: UInt16 = 25, from clientPort: UInt16 = 40_000)
    -> MadeConversation
  {
    var made = MadeConversation(clientPort: clientPort, serverPort: port)
    for wait in [1.0, 1, 2, 4] { made.send(.client, flags: [.syn], after: wait) }
    return made
  }

  private static func only(_ made: MadeConversation) throws -> Attempt {
    let result = made.read()
    #expect(result.records.isEmpty)
    #expect(result.attempts.count == 1)
    return try #require(result.attempts.first)
  }

  // MARK: Outcomes

  @Test func caseOfPort25() throws {
    let document = try SMTPCaseTests.document("port-25-silent")
    #expect(document["sessions"].array.isEmpty)
    let attempt = try #require(document["attempts"].array.first)
    #expect(attempt["outcome"].string == "unanswered")
    #expect(attempt["client"]["address"].string == "192.0.2.10")
    #expect(attempt["server"]["address"].string == "192.0.2.25")
    #expect(attempt["server"]["port"].int == 25)
    #expect(attempt["count"].int == 1)
    #expect(attempt["tries"].int == 6)
    #expect(attempt["longest"].int == 62)
    #expect(attempt["first"]["frame"].int == 1)
    #expect(attempt["last"]["frame"].int == 6)
    let text = try SMTPCaseTests.transcript("port-25-silent")
    #expect(text.contains("192.0.2.10:40500 → 192.0.2.25:25: no answer, 6 SYNs in 62 s\n"))
  }

  @Test(arguments: mailPorts) func unanswered(_ port: UInt16) throws {
    let attempt = try Self.only(Self.silent(port))
    #expect(attempt.outcome == .unanswered)
    #expect(attempt.tries == 4)
    #expect(attempt.longest == 7_000_000_000)
    #expect(attempt.server?.port == port)
  }

  @Test func otherPorts() {
    for port: UInt16 in [80, 443, 22, 53, 1080] {
      #expect(Self.silent(port).read().attempts.isEmpty)
    }
    var options = SessionRunOptions()
    try? options.recognition.decodeAs.add("tcp.port==8025,smtp")
    try? options.recognition.decodeAs.add("tcp.port==25,data")
    #expect(Self.silent(8025).read(options).attempts.count == 1)
    #expect(Self.silent(25).read(options).attempts.isEmpty)
  }

  @Test(arguments: mailPorts) func refused(_ port: UInt16) throws {
    var made = MadeConversation(serverPort: port)
    for _ in 0..<2 {
      made.send(.client, flags: [.syn])
      made.send(.server, flags: [.reset, .acknowledgment])
    }
    let attempt = try Self.only(made)
    #expect(attempt.outcome == .refused)
    #expect(attempt.tries == 2)
  }

  /// A router says that nobody is there, or that it may not pass.
  @Test(
    arguments: [(3, 1, true), (3, 13, true), (3, 4, false), (11, 0, false)]
      as [(UInt8, UInt8, Bool)])
  func undeliverable(_ type: UInt8, _ code: UInt8, _ isRefused: Bool) throws {
    var made = Self.silent()
    let quoted = try #require(made.frames.first).bytes
    let message = [type, code, 0, 0, 0, 0, 0, 0] + quoted
    let length = UInt16(20 + message.count)
    made.add(
      [0x45, 0, UInt8(length >> 8), UInt8(length & 0xff), 0, 1, 0, 0, 64, 1, 0, 0]
        + [192, 0, 2, 254] + made.builder.client.address + message)
    #expect(try Self.only(made).outcome == (isRefused ? .refused : .unanswered))
  }

  @Test(arguments: mailPorts) func noGreeting(_ port: UInt16) throws {
    var open = MadeConversation(serverPort: port)
    open.open()
    #expect(try Self.only(open).outcome == .noGreeting)
    var left = open
    left.close(.client, after: 30)
    let attempt = try Self.only(left)
    #expect(attempt.outcome == .noGreeting)
    #expect(attempt.longest > 30_000_000_000)
    #expect(attempt.closer == .client)
    var closed = open
    closed.close(.server)
    #expect(try Self.only(closed).outcome == .noGreeting)
    var reset = open
    reset.send(.server, flags: [.reset])
    #expect(try Self.only(reset).outcome == .noGreeting)
  }

  @Test func abandoned() throws {
    var probe = MadeConversation()
    probe.open()
    var reset = probe
    reset.send(.client, flags: [.reset, .acknowledgment])
    #expect(try Self.only(reset).outcome == .abandoned)
    probe.close(.client)
    #expect(try Self.only(probe).outcome == .abandoned)
    var scan = MadeConversation()
    scan.send(.client, flags: [.syn])
    scan.send(.server, flags: [.syn, .acknowledgment])
    scan.send(.client, flags: [.reset])
    #expect(try Self.only(scan).outcome == .abandoned)
  }

  /// What was not captured accuses nobody.
  @Test func oneSideAlone() throws {
    var client = MadeConversation()
    client.open()
    client.close(.client, after: 60)
    var server = client
    client.forget(.server)
    #expect(try Self.only(client).outcome == .serverNotCaptured)
    server.forget(.client)
    #expect(server.read().attempts.isEmpty)
    var later = MadeConversation()
    later.send(.client)
    later.send(.server)
    #expect(later.read().attempts.isEmpty)
  }

  @Test func sessionsAreNoAttempts() {
    var made = MadeConversation()
    made.open()
    made.say(.server, "220 mx.example.org ESMTP\r\n")
    #expect(made.read().attempts.isEmpty)
    var client = MadeConversation()
    client.open()
    client.say(.client, "EHLO a.example.net\r\n")
    #expect(client.read().attempts.isEmpty)
    #expect(client.read().records.first?.verdict == "the server said nothing")
  }

  /// A proxy's header, and no word of the server.
  @Test func afterAHeader() throws {
    var made = MadeConversation()
    made.open()
    made.say(.client, "PROXY TCP4 198.51.100.7 192.0.2.25 51000 25\r\n")
    made.close(.client, after: 20)
    let attempt = try Self.only(made)
    #expect(attempt.outcome == .noGreeting)
    #expect(attempt.proxy?.client?.address == "198.51.100.7")
    var malformed = MadeConversation()
    malformed.open()
    malformed.say(.client, "PROXY TCP4 300.0.2.1 192.0.2.25 51000 25\r\n")
    malformed.close(.server)
    let refused = try Self.only(malformed)
    #expect(refused.outcome == .proxyRefused)
    #expect(refused.reason == "Unrecognized IPv4 address")
  }

  // MARK: Gathering

  private static func scan(_ count: Int, _ build: (Int, inout MadeConversation) -> Void)
    -> MadeConversation.Result
  {
    var frames: [(bytes: [UInt8], time: Int64)] = []
    for index in 0..<count {
      var made = MadeConversation()
      build(index, &made)
      made.send(.client, flags: [.syn], after: Double(index))
      frames += made.frames
    }
    return MadeConversation.read(frames)
  }

  private static func address(_ index: Int) -> [UInt8] {
    [10, UInt8(index >> 16 & 0xff), UInt8(index >> 8 & 0xff), UInt8(index & 0xff)]
  }

  @Test func gathered() {
    let again = Self.scan(5) { $1.builder.client.port = UInt16(40_000 + $0) }
    #expect(again.attempts.map(\.count) == [5])
    #expect(again.attempts.first?.clientPort == nil)
    let servers = Self.scan(3_000) { $1.builder.server.address = Self.address($0) }
    #expect(servers.attempts.count == 1)
    #expect(servers.attempts.first?.count == 3_000)
    #expect(servers.attempts.first?.server == nil)
    #expect(servers.attempts.first?.client == "192.0.2.1")
    #expect(servers.attempts.first?.last.frame == 3_000)
    let clients = Self.scan(3_000) { $1.builder.client.address = Self.address($0) }
    #expect(clients.attempts.count == 1)
    #expect(clients.attempts.first?.client == nil)
    #expect(clients.attempts.first?.server?.address == "192.0.2.2")
  }

  /// Many clients, each at a server of its own.
  @Test func bounded() {
    let result = Self.scan(1_500) {
      $1.builder.client.address = Self.address($0)
      $1.builder.server.address = Self.address($0 + 100_000)
    }
    #expect(result.attempts.count == 1_000)
    #expect(result.summary.dropped["attempts"] == 500)
  }

  // MARK: Views

  @Test func documents() throws {
    let capture = Fixtures.folder.appending(path: "cases/port-25-silent.pcap")
    var lines = SessionsJSON(lines: true)
    let text = try Fixtures.text(of: capture, &lines)
    #expect(try JSON(text: text)["attempts"].array.first?["tries"].int == 6)
    var ladder = Ladder()
    #expect(try Fixtures.text(of: capture, &ladder).contains("no answer, 6 SYNs in 62 s"))
  }

  @Test func probe() throws {
    let session = try SMTPCaseTests.session("probe-reset-without-data")
    #expect(session["verdict"].string == "greeting only, closed by the client")
    #expect(session["findings"].array.isEmpty)
    #expect(session["close"].string == "reset")
  }
}

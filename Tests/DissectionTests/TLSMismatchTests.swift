import Fields
import Mail
import TestSupport
import Testing
import Wire

@testable import Dissection

/// TLS on one side only, or refused: both sides are shown, and nothing is called encrypted.
@Suite struct TLSMismatchTests {
  /// The beginning of a record of 70 bytes with a Client Hello.
  static let hello: [UInt8] =
    [0x16, 3, 1, 0, 65, 1, 0, 0, 61, 3, 3] + Array(repeating: 0xa5, count: 59)
  static let serverHello: [UInt8] =
    [0x16, 3, 3, 0, 65, 2, 0, 0, 61, 3, 3] + Array(repeating: 0x5a, count: 59)
  static let cipherChange: [UInt8] = [0x14, 3, 3, 0, 1, 1]
  static let content: [UInt8] = [0x17, 3, 3, 0, 40] + Array(repeating: 0x33, count: 40)
  static let alert: [UInt8] = [0x15, 3, 1, 0, 2, 2, 40]

  struct Kind: Sendable, CustomTestStringConvertible {
    var name: MailProtocol
    var port: UInt16
    var tlsPort: UInt16?
    var greeting: String
    var complaint: String
    var command: String
    var begin: String
    var goAhead: String
    var testDescription: String { name.rawValue }
  }
  static let kinds = [
    Kind(
      name: .smtp, port: 587, tlsPort: 465, greeting: "220 mx.example.org ESMTP\r\n",
      complaint: "500 5.5.2 bad syntax\r\n", command: "EHLO a.example.net\r\n",
      begin: "STARTTLS\r\n", goAhead: "220 2.0.0 Go ahead\r\n"),
    Kind(
      name: .pop3, port: 110, tlsPort: 995, greeting: "+OK ready\r\n", complaint: "-ERR what?\r\n",
      command: "CAPA\r\n", begin: "STLS\r\n", goAhead: "+OK begin\r\n"),
    Kind(
      name: .imap, port: 143, tlsPort: 993, greeting: "* OK IMAP4rev1 ready\r\n",
      complaint: "* BAD invalid tag\r\n", command: "a1 CAPABILITY\r\n", begin: "a2 STARTTLS\r\n",
      goAhead: "a2 OK begin\r\n"),
    Kind(
      name: .manageSieve, port: 4190, greeting: "\"IMPLEMENTATION\" \"x\"\r\nOK ready\r\n",
      complaint: "NO \"bad command\"\r\n", command: "CAPABILITY\r\n", begin: "STARTTLS\r\n",
      goAhead: "OK begin\r\n"),
  ]

  private static func opened(_ port: UInt16) -> MadeConversation {
    var made = MadeConversation(serverPort: port)
    made.open()
    return made
  }

  private static func codes(_ record: SessionRecord) -> [String] {
    record.session.findings.map(\.code.rawValue)
  }

  private static func transcript(_ record: SessionRecord) -> String {
    var view = Transcript()
    var text = TextBuffer()
    view.write(record, to: &text)
    return text.string
  }

  @Test func caseOfSubmission() throws {
    let session = try SMTPCaseTests.session("tls-hello-on-submission")
    #expect(!session["tls"].exists)
    #expect(session["greeting"]["code"].int == 220)
    #expect(SMTPCaseTests.finding("tls.one-sided", session)?["frame"].int == 6)
    #expect(session["findings"].array.count == 1)
    #expect(session["verdict"].string == "the client speaks TLS, the server in clear")
    let text = try SMTPCaseTests.transcript("tls-hello-on-submission")
    #expect(text.contains("C: [TLS Client Hello, 84 bytes]"))
    #expect(text.contains("S: 500 5.5.2"))
  }

  /// A hello on a port for clear text: before the greeting, and after it.
  @Test(arguments: kinds) func helloOnAClearPort(_ kind: Kind) throws {
    for isLate in [false, true] {
      var made = Self.opened(kind.port)
      if isLate { made.say(.server, kind.greeting) }
      made.say(.client, Self.hello)
      if !isLate { made.say(.server, kind.greeting) }
      made.say(.server, kind.complaint)
      made.close(.server)
      let record = try #require(made.read().records.first)
      #expect(record.session.mailProtocol == kind.name)
      #expect(record.session.tls == nil)
      #expect(record.verdict == "the client speaks TLS, the server in clear")
      #expect(Self.codes(record).contains("tls.one-sided"), "\(Self.codes(record))")
      #expect(!Self.codes(record).contains("capture.one-sided"))
      let text = Self.transcript(record)
      #expect(text.contains("C: [TLS Client Hello, 70 bytes]"))
      #expect(text.contains(kind.complaint.trimmed))
      #expect(text.contains("S: \(kind.greeting.prefix(5))"))
      #expect(!text.contains("encrypted from"))
    }
  }

  /// The client speaks first, in clear, where the server awaits a hello.
  @Test(arguments: kinds) func clearOnATLSPort(_ kind: Kind) throws {
    guard let port = kind.tlsPort else { return }
    var made = Self.opened(port)
    made.say(.client, kind.command)
    var silent = made
    made.say(.server, Self.alert)
    made.close(.server)
    let record = try #require(made.read().records.first)
    #expect(record.session.mailProtocol == kind.name)
    #expect(record.session.tls == nil)
    #expect(Self.codes(record).contains("tls.one-sided"), "\(Self.codes(record))")
    let text = Self.transcript(record)
    #expect(text.contains("C: \(kind.command.trimmed)"))
    #expect(text.contains("S: [TLS alert, Handshake Failure, 7 bytes]"))
    silent.close(.server, after: 10)
    let other = try #require(silent.read().records.first)
    #expect(Self.codes(other).contains("tls.one-sided"), "\(Self.codes(other))")
    #expect(!Self.codes(other).contains("capture.one-sided"))
    #expect(other.verdict == "the server said nothing, closed by the server")
  }

  /// After STARTTLS a side goes on in clear.
  @Test(arguments: kinds) func afterStartTLS(_ kind: Kind) throws {
    var made = Self.opened(kind.port)
    made.say(.server, kind.greeting)
    made.say(.client, kind.begin)
    made.say(.server, kind.goAhead)
    var agreed = made
    made.say(.client, Self.hello)
    var silent = made
    made.say(.server, kind.complaint)
    let record = try #require(made.read().records.first)
    #expect(record.session.tls == nil)
    #expect(Self.codes(record).contains("tls.one-sided"), "\(Self.codes(record))")
    #expect(Self.transcript(record).contains(kind.complaint.trimmed))
    #expect(record.verdict.hasPrefix("the client speaks TLS, the server in clear"))

    silent.close(.server, after: 10)
    let unanswered = try #require(silent.read().records.first)
    #expect(unanswered.session.tls == nil)
    #expect(Self.codes(unanswered).contains("tls.failed"), "\(Self.codes(unanswered))")
    #expect(unanswered.verdict.hasPrefix("TLS not answered by the server"))

    agreed.say(.client, Self.hello)
    agreed.say(.server, Self.serverHello)
    agreed.say(.client, Self.cipherChange + Self.content)
    agreed.say(.server, Self.cipherChange + Self.content)
    let whole = try #require(agreed.read().records.first)
    #expect(whole.session.tls?.mode == .starttls)
    #expect(whole.session.failedTLS.isEmpty)
    #expect(!Self.codes(whole).contains { $0.hasPrefix("tls.") })
  }

  @Test(arguments: kinds) func implicit(_ kind: Kind) throws {
    guard let port = kind.tlsPort else { return }
    var made = Self.opened(port)
    made.say(.client, Self.hello)
    var (refused, silent, alone) = (made, made, made)
    made.say(.server, Self.serverHello)
    made.say(.client, Self.content)
    let record = try #require(made.read().records.first)
    #expect(record.session.tls?.mode == .implicit)
    #expect(
      record.verdict
        == "encrypted from the first byte: the client sent 40 bytes in 1 record, the server 0 in 0")
    #expect(record.session.findings.isEmpty)

    // Once it has begun, text in clear is said.
    made.say(.server, Array("220 readable again\r\n".utf8))
    let strayed = try #require(made.read().records.first)
    #expect(Self.codes(strayed) == ["tls.no-record"])

    refused.say(.server, Self.alert)
    refused.close(.server)
    let failed = try #require(refused.read().records.first)
    #expect(failed.session.tls == nil)
    #expect(failed.verdict == "TLS refused by the server, Handshake Failure")
    #expect(Self.codes(failed) == ["tls.failed"])

    silent.close(.client, after: 30)
    let unanswered = try #require(silent.read().records.first)
    #expect(unanswered.session.tls == nil)
    #expect(unanswered.verdict == "TLS not answered by the server")

    alone.forget(.server)
    let client = try #require(alone.read().records.first)
    #expect(client.verdict == "TLS begun, the server was not captured")
    #expect(client.session.findings.isEmpty)
  }

  /// A record in pieces, and bytes that were lost within it, are no clear text.
  @Test func pieces() throws {
    for size in [1, 2, 3, 5, 7, 64] {
      var made = Self.opened(993)
      for (side, bytes) in [
        (Side.client, Self.hello), (.server, Self.serverHello), (.client, Self.content),
      ] {
        for start in stride(from: 0, to: bytes.count, by: size) {
          made.say(side, Array(bytes[start..<min(start + size, bytes.count)]))
        }
      }
      let record = try #require(made.read().records.first)
      #expect(record.session.tls?.mode == .implicit)
      #expect(record.session.findings.isEmpty)
      for lost in 3..<made.frames.count {
        var frames = made.frames
        frames.remove(at: lost)
        let record = try #require(MadeConversation.read(frames).records.first)
        #expect(!Self.codes(record).contains("tls.one-sided"), "frame \(lost + 1)")
      }
    }
  }

  /// Where the handshake of TCP was not captured, text is known from the middle of a record.
  @Test func withoutTheStart() throws {
    var made = MadeConversation(serverPort: 587)
    made.say(.client, Self.hello)
    var middle = made
    made.say(.server, "220 mx.example.org ESMTP\r\n")
    let record = try #require(made.read().records.first)
    #expect(Self.codes(record).contains("tls.one-sided"))
    middle.say(.server, Array("Zx".utf8) + Self.content)
    let other = try #require(middle.read().records.first)
    #expect(!Self.codes(other).contains("tls.one-sided"))
  }

  @Test func frames() throws {
    var made = Self.opened(587)
    made.say(.client, Self.hello)
    made.say(.server, "220 mx.example.org ESMTP\r\n")
    var frames = DescribedFrames(PacketOptions(), wantsTree: true)
    var rows: [String] = []
    for (number, frame) in made.frames.enumerated() {
      frames.describe(
        frame.bytes.span,
        FrameFacts(
          number: number + 1, time: frame.time, wireLength: frame.bytes.count, linkType: 12))
      var info = TextBuffer()
      frames.tree.columns.writeProtocol(to: &info)
      info.write(" ")
      info.write(frames.tree.columns.info.bytes[...])
      rows.append(info.string)
    }
    #expect(rows[3].hasPrefix("TLSv1 "))
    #expect(rows[5] == "SMTP S: 220 mx.example.org ESMTP")
  }
}

extension String {
  fileprivate var trimmed: String { String(prefix { $0 != "\r\n" && $0 != "\r" }) }
}

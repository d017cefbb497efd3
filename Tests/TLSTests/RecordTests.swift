import Fields
import TestSupport
import Testing

@Suite struct RecordTests {
  struct RecordCase: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var wire: [UInt8]
    var name: String
    var info: String
    var lines: [String] = []
  }

  static let first = [
    RecordCase(
      testDescription: "Client Hello", wire: Build.record(22, Build.clientHello(), version: 0x0301),
      name: "TLSv1", info: "Client Hello",
      lines: [
        "TLSv1 Record Layer: Handshake Protocol: Client Hello", "Version: TLS 1.0 (0x0301)",
        "Cipher Suites (3 suites)", "Cipher Suite: Reserved (GREASE) (0x0a0a)",
        "Cipher Suite: Unknown (0x9999)", "[JA3 Fullstring: 771,49199-39321,,,]",
        "GMT Unix Time: Jan  1, 1970 18:20:51.000000000 UTC",
      ]),
    RecordCase(
      testDescription: "data of a connection that was joined later",
      wire: Build.record(23, [1, 2, 3]) + Build.record(23, [4]), name: "TLSv1.2",
      info: "Application Data, Application Data",
      lines: [
        "TLSv1.2 Record Layer: Application Data Protocol: Inner Protocol",
        "Encrypted Application Data: 010203", "[Application Data Protocol: Inner Protocol]",
      ]),
    RecordCase(
      testDescription: "alert in clear", wire: Build.record(21, [2, 40]), name: "TLSv1.2",
      info: "Alert (Level: Fatal, Description: Handshake Failure)"),
    RecordCase(
      testDescription: "encrypted alert", wire: Build.record(21, Array(repeating: 9, count: 26)),
      name: "TLSv1.2", info: "Encrypted Alert", lines: ["Alert Message: Encrypted Alert"]),
    RecordCase(
      testDescription: "a record of no version", wire: Build.record(22, [1], version: 0x0304),
      name: "SSL", info: "Continuation Data"),
    RecordCase(
      testDescription: "a record of no bytes", wire: Build.record(23, []), name: "SSL",
      info: "[Malformed Packet]", lines: ["Record Layer", "[Malformed Packet: TLS]"]),
    RecordCase(
      testDescription: "heartbeat that asks for more than there is",
      wire: Build.record(24, [1, 0xff, 0xff, 7]), name: "TLSv1.2", info: "Heartbeat Request",
      lines: ["Payload Length: 65535 (invalid, using 1 to decode payload)", "Payload (1 byte)"]),
    RecordCase(
      testDescription: "hello for SSL 2.0",
      wire: [0x80, 0x2c, 1, 3, 1] + [0, 3, 0, 0, 0, 32] + [0, 0, 0x2f] + Array(0..<32),
      name: "SSLv2", info: "Client Hello",
      lines: [
        "SSLv2 Record Layer: Client Hello", "[Version: SSL 2.0 (0x0002)]",
        "Cipher Spec: TLS_RSA_WITH_AES_128_CBC_SHA (0x00002f)", "Challenge",
      ]),
  ]
  @Test(arguments: first) func begins(_ test: RecordCase) {
    var conversation = Conversation()
    let shown = conversation.say(.client, test.wire)
    #expect(shown.name == test.name)
    #expect(shown.info == test.info)
    for line in test.lines { #expect(shown.has(line), "\(line) in\n\(shown.tree)") }
  }

  @Test(arguments: ["220 mail\r\n", "GET / HTTP/1.1\r\n"]) func textIsForeign(_ text: String) {
    var conversation = Conversation()
    #expect(conversation.say(.server, Array(text.utf8)).outcome == .foreign)
    conversation = .agreed()
    #expect(conversation.say(.server, Array(text.utf8)).outcome == .foreign)
  }

  @Test func serverHelloFixesTheVersion() {
    var conversation = Conversation.agreed()
    #expect(conversation.say(.server, Build.record(23, [1], version: 0x7777)).name == "TLSv1.2")
    let unknown = conversation.say(.server, Build.record(99, [1, 2]))
    #expect(unknown.info == "Ignored Unknown Record")
  }

  @Test func version13IsInAnExtension() {
    let chosen = Build.helloExtension(43, [3, 4])
    var conversation = Conversation()
    _ = conversation.say(.client, Build.record(22, Build.clientHello(), version: 0x0301))
    let hello = conversation.say(.server, Build.record(22, Build.serverHello(0x1301, chosen)))
    #expect(hello.name == "TLSv1.3")
    #expect(hello.has("TLSv1.2 Record Layer: Handshake Protocol: Server Hello"))
    #expect(!hello.tree.contains("GMT Unix Time"))
    let data = conversation.say(.server, Build.record(23, [1, 2]))
    #expect(data.has("Opaque Type: Application Data (23)"))
  }

  @Test func encryptedBehindChangeCipherSpec() {
    var conversation = Conversation.agreed()
    let finished = Build.record(22, Build.handshake(20, Array(repeating: 0, count: 12)))
    #expect(conversation.say(.client, finished).info == "Finished")
    #expect(conversation.say(.client, Build.record(20, [1])).info == "Change Cipher Spec")
    #expect(conversation.say(.client, finished).info == "Encrypted Handshake Message")
    // Each side changes for itself; one that does so without a Server Hello Done goes on with an old session.
    #expect(conversation.say(.server, finished).info == "Finished")
    #expect(conversation.say(.server, Build.record(20, [1])).tree.contains("Session resumption"))
  }

  @Test func speaksSSL2() {
    func record(_ bytes: [UInt8]) -> [UInt8] { Build.uint16(0x8000 | bytes.count) + bytes }
    let specs: [UInt8] = [1, 0, 0x80]
    var conversation = Conversation()
    let hello = conversation.say(
      .client, record([1, 0, 2, 0, 3, 0, 0, 0, 16] + specs + Array(0..<16)))
    #expect(hello.has("Cipher Spec: SSL2_RC4_128_WITH_MD5 (0x010080)"))
    let answer = conversation.say(
      .server, record([4, 0, 1, 0, 2, 0, 0, 0, 3, 0, 16] + specs + Array(0..<16)))
    #expect(answer.info == "Server Hello")
    #expect(answer.has("Certificate Type: X.509 Certificate (1)"))
    // Two records in a segment; from the key on all is encrypted.
    let key = conversation.say(
      .client, record([2] + specs + [0, 0, 0, 1, 0, 0, 9]) + record([1, 2, 3]))
    #expect(key.info == "Client Master Key, Encrypted Data")
    #expect(conversation.say(.server, record([4, 0, 1])).info == "Encrypted Data")
  }

  @Test func recordsInSegments() {
    let wire = Build.record(22, Build.clientHello(), version: 0x0301)
    var whole = Conversation()
    let expected = whole.say(.client, wire)
    for cut in 1..<wire.count {
      var conversation = Conversation()
      guard case .unfinished = conversation.say(.client, Array(wire[..<cut])).outcome else {
        Issue.record("cut at \(cut): nothing more is asked for")
        continue
      }
      #expect(conversation.say(.client, Array(wire[cut...])) == expected, "cut at \(cut)")
    }
  }

  @Test func cutByTheCapture() {
    let wire = Build.record(22, Build.clientHello(), version: 0x0301)
    for cut in 5..<wire.count {
      var conversation = Conversation()
      let shown = conversation.say(
        .client, Array(wire[..<cut]), canAskForMore: false, isCutShort: true)
      #expect(shown.has("[Packet size limited during capture: TLS truncated]"), "cut at \(cut)")
      #expect(!shown.tree.contains("Handshake Protocol"))
    }
  }
}

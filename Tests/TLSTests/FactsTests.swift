import Fields
import TestSupport
import Testing

@testable import TLS

/// What records say, without a tree.
@Suite struct FactsTests {
  /// Both sides of a connection, read as they would come.
  struct Connection {
    var facts = TLSFacts()
    private var client = RecordReader()
    private var server = RecordReader()
    private var frame = 0

    init() {}

    mutating func say(_ side: Side, _ bytes: [UInt8]) {
      frame += 1
      let place = TLSPlace(frame: frame, time: Int64(frame) * 1000)
      var index = 0
      var reader = side == .client ? client : server
      while let record = reader.next(bytes.span, from: &index, at: place) {
        facts.see(record, reader.content.span, from: side)
      }
      if let type = reader.type { facts.begin(type, reader.content.first, from: side) }
      if side == .client { client = reader } else { server = reader }
    }
    mutating func miss(_ side: Side, _ length: Int) {
      let place = TLSPlace(frame: frame, time: Int64(frame) * 1000)
      facts.miss(length, from: side)
      var reader = side == .client ? client : server
      if let record = reader.miss(length, at: place) {
        facts.see(record, reader.content.span, from: side)
      }
      if side == .client { client = reader } else { server = reader }
    }
    func isLost(_ side: Side) -> Bool { side == .client ? client.isLost : server.isLost }
  }

  private static let change = Build.record(20, [1])
  private static let finished = Build.record(22, Array(repeating: 0x5a, count: 40))
  private static func data(_ count: Int) -> [UInt8] {
    Build.record(23, Array(repeating: 0x33, count: count))
  }
  private static func server(
    id: [UInt8] = [9, 9], _ suite: Int = 0xc02f, _ extensions: [UInt8] = [],
    random: [UInt8] = Array(repeating: 7, count: 32)
  ) -> [UInt8] {
    Build.record(
      22,
      Build.handshake(
        2,
        Build.uint16(0x0303) + random + Build.vector8(id) + Build.uint16(suite) + [0]
          + Build.vector16(extensions)))
  }
  private static func client(id: [UInt8] = [], _ extensions: [UInt8] = []) -> [UInt8] {
    Build.record(
      22,
      Build.handshake(
        1,
        Build.uint16(0x0303) + Array(0..<32) + Build.vector8(id)
          + Build.vector16([0x13, 1, 0xc0, 0x2f]) + Build.vector8([0]) + Build.vector16(extensions)),
      version: 0x0301)
  }
  private static let name = Build.helloExtension(
    0, Build.vector16([0] + Build.vector16(Array("mail.example.org".utf8))))
  private static let certificates = Build.handshake(
    11,
    Build.vector24(
      Build.vector24(
        Build.certificate(
          extensions: Build.certificateExtension(
            [0x55, 29, 17],
            Build.sequence(
              Build.element(0x82, Array("*.example.org".utf8)),
              Build.element(0x87, [192, 0, 2, 1])))))))

  private static var whole: [(Side, [UInt8])] {
    [
      (.client, client(name)),
      (.server, server() + Build.record(22, certificates + Build.handshake(14, []))),
      (.client, Build.record(22, Build.handshake(16, [4, 1, 2, 3, 4])) + change + finished),
      (.server, change + finished),
      (.client, data(50) + data(60)), (.server, data(30)), (.client, data(70)),
      (.server, Build.record(21, Array(repeating: 1, count: 26))),
    ]
  }

  @Test func handshakeOf12() throws {
    var connection = Connection()
    for (side, bytes) in Self.whole { connection.say(side, bytes) }
    let facts = connection.facts
    #expect(facts.versionName == "TLSv1.2")
    #expect(facts.serverHello?.cipherSuiteName == "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")
    #expect(facts.clientHello?.serverName == "mail.example.org")
    #expect(facts.clientHello?.random == Array(0..<32))
    #expect(facts.isResumed == false)
    #expect(
      facts.steps.map(\.name) == [
        "Client Hello", "Server Hello", "Certificate", "Server Hello Done", "Client Key Exchange",
        "Change Cipher Spec", "Encrypted Handshake Message", "Change Cipher Spec",
        "Encrypted Handshake Message", "Encrypted Alert",
      ])
    #expect(facts.completion?.frame == 4)
    #expect(facts.handshakeTime == 3000)
    #expect(facts.runs.map(\.count.bytes) == [110, 30, 70])
    #expect(facts.runs.map(\.side) == [.client, .server, .client])
    #expect(facts.client.records == 7)
    #expect(facts.alerts.map(\.isEncrypted) == [true])
    let certificate = try #require(facts.serverCertificates.certificates.first)
    #expect(certificate.subject == "CN=subject")
    #expect(certificate.issuer == "CN=issuer")
    #expect(certificate.names == ["*.example.org", "192.0.2.1"])
    #expect(certificate.key.algorithm == "Ed25519")
    #expect(certificate.signature == "sha256WithRSAEncryption")
    // 2026-01-05 10:00:00 and 2051-01-05 10:00:00
    #expect(certificate.notBefore == 1_767_607_200)
    #expect(certificate.notAfter == 2_556_525_600)
  }

  /// Records in pieces of any size say the same.
  @Test func inEverySplit() {
    let difference = Splits.firstDifference(of: Self.whole.map(\.1.count).max() ?? 0) { lengths in
      var connection = Connection()
      for (side, bytes) in Self.whole {
        var rest = bytes[...]
        for length in lengths where !rest.isEmpty {
          connection.say(side, Array(rest.prefix(length)))
          rest = rest.dropFirst(length)
        }
      }
      let facts = connection.facts
      return [
        facts.steps.map { "\($0.side) \($0.name) \($0.length)" }.joined(separator: ", "),
        facts.runs.map { "\($0.side) \($0.count)" }.joined(separator: ", "),
        "\(facts.ja3 ?? "") \(facts.ja3s ?? "") \(facts.ja4 ?? "")",
        "\(facts.serverCertificates) \(facts.alerts.count) \(facts.completion != nil)",
      ].joined(separator: "\n")
    }
    #expect(difference == nil)
  }

  /// A message in any number of records is the same message.
  @Test func messagesOverRecords() {
    for size in [1, 3, 7, 100] {
      var connection = Connection()
      connection.say(.client, Self.client(Self.name))
      connection.say(.server, Self.server())
      var rest = Self.certificates[...]
      while !rest.isEmpty {
        connection.say(.server, Build.record(22, Array(rest.prefix(size))))
        rest = rest.dropFirst(size)
      }
      #expect(connection.facts.serverCertificates.certificates.count == 1, "records of \(size)")
      #expect(connection.facts.held == 0)
    }
  }

  private static let version13 = Build.helloExtension(43, [3, 4])
  private static let retry: [UInt8] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
  ]

  @Test func handshakeOf13() {
    var connection = Connection()
    connection.say(.client, Self.client(id: [1, 2], Self.name))
    connection.say(
      .server, Self.server(id: [1, 2], 0x1301, Self.version13, random: Self.retry) + Self.change)
    connection.say(.client, Self.change + Self.client(id: [1, 2], Self.name))
    #expect(connection.facts.serverHello == nil)
    connection.say(.server, Self.server(id: [1, 2], 0x1301, Self.version13) + Self.data(900))
    #expect(connection.facts.completion == nil)
    connection.say(.client, Self.data(53))
    connection.say(.server, Self.data(200))
    let facts = connection.facts
    #expect(facts.retryRequest?.frame == 2)
    #expect(facts.versionName == "TLSv1.3")
    #expect(facts.isResumed == false)
    #expect(facts.completion?.frame == 5)
    #expect(facts.runs.map(\.count.bytes) == [200])
    #expect(facts.renegotiation == nil)
  }

  /// What is too short to be the end of a handshake is an alert.
  @Test func alertInPlaceOfTheEnd() {
    var connection = Connection()
    connection.say(.client, Self.client(Self.name))
    connection.say(.server, Self.server(0x1301, Self.version13) + Self.data(900))
    connection.say(.client, Self.data(19))
    #expect(connection.facts.completion == nil)
    #expect(connection.facts.alerts.map(\.isInsteadOfFinished) == [true])
    #expect(connection.facts.alerts.map(\.side) == [.client])
  }

  @Test func resumption() {
    let ticket = Build.helloExtension(35, [1, 2, 3])
    let key = Build.helloExtension(41, [0, 0])
    let offer = Build.helloExtension(
      41, Build.vector16(Build.vector16([5]) + [0, 0, 0, 0]) + Build.vector16([1, 2]))
    let cases: [([UInt8], [UInt8], TLSFacts.Resumption?)] = [
      (Self.client(id: [1, 2]), Self.server(id: [1, 2]), .sessionID),
      (Self.client(id: [1, 2], ticket), Self.server(id: [1, 2]), .ticket),
      (Self.client(ticket), Self.server(id: []), .ticket),
      (Self.client(id: [1, 2]), Self.server(id: [3]) + Build.record(22, [14, 0, 0, 0]), nil),
      (
        Self.client(id: [1], offer), Self.server(id: [1], 0x1301, Self.version13 + key),
        .preSharedKey
      ),
      (Self.client(id: [1], offer), Self.server(id: [1], 0x1301, Self.version13), nil),
    ]
    for (hello, answer, resumption) in cases {
      var connection = Connection()
      connection.say(.client, hello)
      connection.say(.server, answer + Self.change)
      #expect(connection.facts.resumption == resumption)
      #expect(connection.facts.isResumed == (resumption != nil))
    }
  }

  @Test func renegotiation() {
    var connection = Connection()
    for (side, bytes) in Self.whole.prefix(5) { connection.say(side, bytes) }
    #expect(connection.facts.renegotiation == nil)
    connection.say(.client, Self.finished)
    #expect(connection.facts.renegotiation?.frame == 6)
  }

  @Test func whatDecryptionMadeOfIt() throws {
    var connection = Connection()
    connection.say(.client, Self.client(Self.name))
    connection.say(.server, Self.server(0x1301, Self.version13))
    let place = TLSPlace(frame: 3, time: 3000)
    let record = TLSRecord(
      type: .applicationData, version: 0x0303, length: 900, start: place, end: place)
    let chain = Build.handshake(
      11,
      [0]
        + Build.vector24(Build.vector24(Build.certificate(extensions: [])) + Build.vector16([])))
    let agreed = Build.handshake(
      8,
      Build.vector16(
        Build.helloExtension(16, Build.vector16(Build.vector8(Array("imap".utf8))))
          + Build.helloExtension(42, [])))
    connection.facts.open(.handshake, (agreed + chain).span, of: record, from: .server)
    connection.facts.open(.alert, [2, 48].span, of: record, from: .client)
    let facts = connection.facts
    #expect(facts.application == "imap")
    #expect(facts.acceptsEarlyData)
    #expect(facts.serverCertificates.certificates.map(\.subject) == ["CN=subject"])
    #expect(facts.alerts.map(\.name) == ["Unknown CA"])
    #expect(
      facts.steps.map(\.name).suffix(3)
        == ["Encrypted Extensions", "Certificate", "Alert: Unknown CA"])
  }

  @Test func bytesThatAreMissing() {
    var connection = Connection()
    connection.say(.client, Self.client(Self.name))
    connection.say(.server, Array(Self.server().prefix(20)))
    connection.miss(.server, Self.server().count - 20)
    #expect(connection.facts.serverHello == nil)
    #expect(connection.facts.hasServerHello)
    #expect(!connection.isLost(.server))
    connection.say(.server, Build.record(22, Self.certificates))
    #expect(connection.facts.serverCertificates.count == 1)
    connection.miss(.server, 1)
    #expect(connection.isLost(.server))
  }

  @Test func limits() {
    var connection = Connection()
    for (side, bytes) in Self.whole.prefix(4) { connection.say(side, bytes) }
    for _ in 0..<TLSFacts.runLimit { connection.say(.client, Self.data(5) + Self.data(5)) }
    for _ in 0..<TLSFacts.runLimit {
      connection.say(.server, Self.data(5))
      connection.say(.client, Self.data(5) + Self.change)
    }
    #expect(connection.facts.runs.count == TLSFacts.runLimit)
    #expect(connection.facts.droppedRuns == TLSFacts.runLimit + 1)
    #expect(connection.facts.steps.count == TLSFacts.stepLimit)
    for _ in 0..<100 { connection.say(.client, Build.record(21, [1, 90])) }
    #expect(connection.facts.alerts.count == TLSFacts.alertLimit)
    // A record that announces more than there may be is not kept.
    var reader = RecordReader()
    reader.keepsApplicationData = true
    var index = 0
    let huge = [23, 3, 3, 0xff, 0xff] + Array(repeating: UInt8(1), count: 0xffff)
    let record = reader.next(huge.span, from: &index, at: TLSPlace(frame: 1, time: 0))
    #expect(record?.isWhole == false)
    #expect(reader.content.isEmpty)
  }

  /// Any bytes, and messages with bytes changed: nothing traps, and what is held stays small.
  @Test func hostile() {
    for round in 0..<300 {
      var random = SeededGenerator(round: round)
      var connection = Connection()
      for (side, bytes) in Self.whole {
        var changed = bytes
        for _ in 0..<Int.random(in: 0...4, using: &random) {
          let place = Int.random(in: changed.indices, using: &random)
          changed[place] = UInt8.random(in: 0...255, using: &random)
        }
        if Int.random(in: 0..<8, using: &random) == 0 {
          changed = random.bytes(Int.random(in: 0...600, using: &random))
        }
        connection.say(side, changed)
        if Int.random(in: 0..<8, using: &random) == 0 {
          connection.miss(side, Int.random(in: 1...2000, using: &random))
        }
      }
      #expect(connection.facts.held <= 2 * (4 + 0xffff), "\(SeededGenerator.replay), \(round)")
    }
  }

  /// A certificate cut at each byte, and with each byte changed.
  @Test func hostileCertificates() {
    let whole = Build.certificate(
      extensions: Build.certificateExtension(
        [0x55, 29, 17], Build.sequence(Build.element(0x82, Array("a.example".utf8)))))
    let read = CertificateFacts(whole.span)
    #expect(read != nil)
    for place in whole.indices {
      _ = CertificateFacts(Array(whole[..<place]).span)
      for value: UInt8 in [0, 0x30, 0x80, 0xff] {
        var changed = whole
        changed[place] = value
        _ = CertificateFacts(changed.span)
      }
    }
    // Elements within elements without end.
    var deep: [UInt8] = []
    for _ in 0..<2000 { deep = Build.element(0x30, deep) }
    let deepest = CertificateFacts(deep.span)
    #expect(deepest == nil)
  }

  @Test(arguments: [
    ("mail.example.org", "mail.example.org", true), ("mail.example.org.", "MAIL.example.org", true),
    ("a.example.org", "*.example.org", true), ("a.b.example.org", "*.example.org", false),
    ("example.org", "*.example.org", false), (".example.org", "*.example.org", false),
    ("mail.example.net", "*.example.org", false), ("a.example.org", "a*.example.org", false),
  ]) func namesOfHosts(_ host: String, _ name: String, _ isFor: Bool) throws {
    let bytes = Build.certificate(
      extensions: Build.certificateExtension(
        [0x55, 29, 17], Build.sequence(Build.element(0x82, Array(name.utf8)))))
    let read = CertificateFacts(bytes.span)
    let certificate = try #require(read)
    #expect(certificate.isFor(host) == isFor)
  }
}

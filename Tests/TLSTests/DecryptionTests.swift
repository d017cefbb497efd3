import Fields
import Testing
import TestSupport

@testable import TLS

/// Known answers.
@Suite struct DecryptionTests {
  /// RFC 8448 section 3.
  static let clientHandshakeSecret = hex(
    "b3eddb126e067f35a780b3abf45e2d8f3b1a950738f52e9600746a0e27a55a21")
  static let clientSecret = hex(
    "9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5")
  static let finished = hex(
    """
    75ec4dc238cce60b298044a71e219c56cc77b0517fe9b93c7a4bfc44d87f38f80338ac98fc46deb384bd1caeacab6867d7
    26c40546
    """)
  static let data = hex(
    """
    a23f7054b62c94d0affafe8228ba55cbefacea42f914aa66bcab3f2b9819a8a5b46b395bd54a9a20441e2b62974e1f5a62
    92a2977014bd1e3deae63aeebb21694915e4
    """)
  static let aes128 = RecordProtection(cipherSuite: 0x1301)
  static let head = RecordCipher.Head(type: 23, version: 0x0303)

  static func hex(_ digits: String) -> [UInt8] { digits.bytes }

  @Test func derivesTrafficKeys() {
    #expect(
      KeyDerivation.expand(Self.clientHandshakeSecret, label: "key", count: 16, .sha256)
        == Self.hex("dbfaa693d1762c5b666af5d950258d01"))
    #expect(
      KeyDerivation.expand(Self.clientHandshakeSecret, label: "iv", count: 12, .sha256)
        == Self.hex("5bd3c71b836e0b76bb73265f"))
  }

  @Test func opensRecordsOf13() throws {
    var output: [UInt8] = []
    var cipher = RecordCipher(try #require(Self.aes128), trafficSecret: Self.clientHandshakeSecret)
    #expect(cipher.open(Self.head, Self.finished[...], sequence: 0, into: &output))
    #expect(output.starts(with: [0x14, 0, 0, 0x20, 0xa8, 0xec, 0x43, 0x6d]))
    #expect(output.last == 22)
    output = []
    cipher = RecordCipher(try #require(Self.aes128), trafficSecret: Self.clientSecret)
    #expect(cipher.open(Self.head, Self.data[...], sequence: 0, into: &output))
    #expect(output == Array(0...0x31) + [23])
  }

  /// Nothing that is not authentic is given out, whatever bit of it was changed.
  @Test func refusesWhatWasChanged() throws {
    var cipher = RecordCipher(try #require(Self.aes128), trafficSecret: Self.clientSecret)
    for index in Self.data.indices {
      var (data, output) = (Self.data, [UInt8]())
      data[index] ^= 1 << UInt8(index % 8)
      #expect(!cipher.open(Self.head, data[...], sequence: 0, into: &output))
      #expect(output.isEmpty)
    }
    var output: [UInt8] = []
    #expect(!cipher.open(Self.head, Self.data[...], sequence: 1, into: &output))
    for count in 0..<Self.data.count {
      #expect(!cipher.open(Self.head, Self.data[..<count], sequence: 0, into: &output))
    }
    #expect(output.isEmpty)
  }

  /// A known answer of the PRF with SHA-256 that implementations of RFC 5246 share.
  @Test func derivesWithThePRF() {
    let secret = Self.hex("9bbe436ba940f017b17652849a71db35")
    let seed = Self.hex("a0ba9f936cda311827a6f796ffd5198c")
    let expected = Self.hex(
      """
      e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af0f
      a022f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff7018734
      7b66
      """)
    #expect(
      KeyDerivation.expand(
        secret, label: "test label", seed: seed, count: 100, version: 0x0303, .sha256) == expected)
  }

  @Test(arguments: [
    (0x002f, RecordProtection.Cipher.cbc(mac: .sha1), 16),
    (0x003d, .cbc(mac: .sha256), 32), (0xc028, .cbc(mac: .sha384), 32), (0x009c, .gcm, 16),
    (0xc030, .gcm, 32), (0xc09c, .ccm(tag: 16), 16), (0xc0a1, .ccm(tag: 8), 32),
    (0xcca8, .chaCha20, 32), (0x1301, .gcm, 16), (0x1302, .gcm, 32), (0x1303, .chaCha20, 32),
    (0x1304, .ccm(tag: 16), 16), (0x1305, .ccm(tag: 8), 16), (0x0002, .null(mac: .sha1), 0),
  ]) func knowsSuites(_ suite: UInt16, _ cipher: RecordProtection.Cipher, _ keyLength: Int) {
    #expect(RecordProtection(cipherSuite: suite)?.cipher == cipher)
    #expect(RecordProtection(cipherSuite: suite)?.keyLength == keyLength)
  }

  /// The library does not have their ciphers, or they are of a draft.
  @Test(arguments: [0x0004, 0x000a, 0x0041, 0x0096, 0xc012, 0xcc13, 0xffff] as [UInt16])
  func knowsWhatItCannotUndo(_ suite: UInt16) {
    #expect(RecordProtection(cipherSuite: suite) == nil)
  }

  /// Messages come whole however records divide them, and one that is too long is passed over.
  @Test func cutsMessages() {
    let messages: [[UInt8]] = [
      [1, 0, 0, 2, 7, 8], [2, 0, 0, 0], [11, 0, 1, 0] + [UInt8](repeating: 5, count: 256),
    ]
    let bytes = messages.flatMap { $0 }
    for cut in 0...bytes.count {
      var reader = HandshakeMessages()
      #expect(reader.take(bytes[..<cut]) + reader.take(bytes[cut...]) == messages)
    }
    var reader = HandshakeMessages()
    let long: [UInt8] = [11, 2, 0, 0] + [UInt8](repeating: 5, count: 0x20000)
    #expect(reader.take((long + messages[0])[...]) == [[], messages[0]])
  }

  @Test func randomRecordsGiveNothing() {
    var generator = SeededGenerator()
    let keys = TLSKeys()
    keys.add(keyLog: Array("CLIENT_RANDOM \(KeyLogTests.random) \(KeyLogTests.master)".utf8).span)
    for _ in 0..<500 {
      var decryption = TLSDecryption(keys)
      var output: [UInt8] = []
      for _ in 0..<20 {
        let bytes = generator.bytes(Int.random(in: 0..<300, using: &generator))
        let side: Side = Bool.random(using: &generator) ? .client : .server
        let type = ContentType(rawValue: UInt8.random(in: 20...24, using: &generator))
        if Int.random(in: 0..<5, using: &generator) == 0 { decryption.miss(10, from: side) }
        _ = decryption.open(type, version: 0x0303, bytes, from: side, into: &output)
        _ = decryption.find(type, version: 0x0303, bytes, from: side, into: &output)
      }
      #expect(output.isEmpty)
    }
  }
}

import Testing

@testable import TLS

@Suite struct FingerprintTests {
  /// Strings and their digests as the definition of JA3 has them.
  @Test func publishedExamplesOfJA3() {
    #expect(
      Fingerprint.digest(
        of: "769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0")
        == "ada70206e40642a3e4461f35503241d5")
    #expect(
      Fingerprint.digest(of: "769,4-5-10-9-100-98-3-6-19-18-99,,,")
        == "de350869b8c85de67a350c8d186f11e6")
    #expect(Fingerprint.digest(of: "") == "d41d8cd98f00b204e9800998ecf8427e")
  }

  /// The same of hellos that say this.
  @Test func helloOfPublishedExamplesOfJA3() {
    let suites = [47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4]
    let extensions =
      Build.helloExtension(0, Build.vector16([0] + Build.vector16(Array("a.example".utf8))))
      + Build.helloExtension(10, Build.vector16([23, 24, 25].flatMap(Build.uint16)))
      + Build.helloExtension(11, Build.vector8([0]))
    #expect(Self.hello(769, suites, extensions).ja3 == "ada70206e40642a3e4461f35503241d5")
    let plain = Self.hello(769, [4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99], nil)
    #expect(plain.ja3 == "de350869b8c85de67a350c8d186f11e6")
  }

  private static func hello(
    _ version: Int, _ suites: [Int], _ extensions: [UInt8]?
  ) -> ClientHelloFacts {
    let body =
      Build.uint16(version) + Array(0..<32) + Build.vector8([])
      + Build.vector16(suites.flatMap(Build.uint16)) + Build.vector8([0])
      + (extensions.map(Build.vector16) ?? [])
    return ClientHelloFacts(body.span, at: 0, to: body.count)
  }

  @Test func leavesGREASEOut() {
    var fingerprint = Fingerprint()
    fingerprint.version = 769
    for suite in [47, 0x0a0a, 5] { fingerprint.add(cipherSuite: suite) }
    for type in [0, 0xfafa, 10] { fingerprint.add(extensionType: type) }
    fingerprint.add(group: 23)
    fingerprint.add(pointFormat: 0)
    #expect(fingerprint.clientString == "769,47-5,0-10,23,0")
    #expect(fingerprint.serverString == "769,47-5,0-10")
  }

  // The example of the definition of JA4, in the order in which its client has the numbers.
  private static let suites = [
    0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014,
    0x009c, 0x009d, 0x002f, 0x0035,
  ]
  private static let types = [
    0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005, 0x0023, 0x0012,
    0x002b, 0xff01, 0x000b, 0x000a, 0x0015,
  ]
  private static let algorithms = [
    0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601,
  ]

  private static func modern(_ algorithms: [Int] = algorithms, grease: Bool) -> ClientHelloFacts {
    let extensions = (grease ? [0x1a1a] + types + [0xcaca] : types).flatMap { type in
      let content: [UInt8]
      switch type {
      case 0: content = Build.vector16([0] + Build.vector16(Array("a.example".utf8)))
      case 13:
        content = Build.vector16((algorithms + (grease ? [0x0a0a] : [])).flatMap(Build.uint16))
      case 16:
        content = Build.vector16(
          (grease ? Build.vector8([0x0a, 0x0a]) : [])
            + Build.vector8(Array("h2".utf8)) + Build.vector8(Array("http/1.1".utf8)))
      case 43:
        content = Build.vector8(
          ((grease ? [0xfafa] : []) + [0x0304, 0x0303]).flatMap(Build.uint16))
      default: content = []
      }
      return Build.helloExtension(type, content)
    }
    return hello(0x0303, (grease ? [0x0a0a] : []) + suites, extensions)
  }

  @Test func publishedExampleOfJA4() {
    for grease in [false, true] {
      let facts = Self.modern(grease: grease)
      #expect(facts.ja4 == "t13d1516h2_8daaf6152771_e5627efa2ab1")
      #expect(facts.serverName == "a.example")
      #expect(facts.versions == [0x0304, 0x0303])
    }
    #expect(Self.modern([], grease: false).ja4.hasSuffix("_6d807ffa2a79"))
  }

  /// The characters that stand for the protocol, as the definition's examples have them.
  @Test(
    arguments: [
      ([0xab], "ab"), ([0xab, 0xcd], "ad"), ([0x30, 0xab], "3b"), ([0x30, 0x31, 0xab, 0xcd], "3d"),
      ([0x30, 0xab, 0xcd, 0x31], "01"), ([0x68], "hh"), ([], "00"),
      (Array("http/1.1".utf8), "h1"), (Array("imap".utf8), "ip"),
    ] as [([UInt8], String)]) func applicationInJA4(_ name: [UInt8], _ words: String)
  {
    var fingerprint = Fingerprint()
    fingerprint.version = 0x0301
    fingerprint.application = name
    #expect(fingerprint.ja4 == "t10i0000\(words)_000000000000_000000000000")
  }
}

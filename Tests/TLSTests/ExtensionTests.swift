import Fields
import TestSupport
import Testing

@Suite struct ExtensionTests {
  struct ExtensionCase: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var type: Int
    var bytes: [UInt8]
    var lines: [String]
    var isServer = false
  }
  static let cases = [
    ExtensionCase(
      testDescription: "server_name", type: 0,
      bytes: Build.vector16([0] + Build.vector16(Array("mail.example".utf8))),
      lines: ["Extension: server_name (len=17)", "Server Name: mail.example"]),
    ExtensionCase(
      testDescription: "supported_groups", type: 10, bytes: Build.vector16([0, 0x1d, 0x3a, 0x3a]),
      lines: [
        "Supported Groups (2 groups)", "Supported Group: x25519 (0x001d)",
        "Supported Group: Reserved (GREASE) (0x3a3a)", "[JA3 Fullstring: 771,49199-39321,10,29,]",
      ]),
    ExtensionCase(
      testDescription: "ec_point_formats", type: 11, bytes: Build.vector8([0, 9]),
      lines: ["Elliptic curves point formats (2)", "EC point format: Unknown (9)"]),
    ExtensionCase(
      testDescription: "ALPN", type: 16,
      bytes: Build.vector16(Build.vector8(Array("imap".utf8))),
      lines: ["ALPN Protocol", "ALPN Next Protocol: imap"]),
    ExtensionCase(
      testDescription: "supported_versions", type: 43, bytes: Build.vector8([3, 4, 0x7f, 0x1c]),
      lines: [
        "Supported Version: TLS 1.3 (0x0304)", "Supported Version: TLS 1.3 (draft 28) (0x7f1c)",
      ]
    ),
    ExtensionCase(
      testDescription: "key_share", type: 51,
      bytes: Build.vector16([0, 0x1d] + Build.vector16([1, 2])),
      lines: ["Key Share Entry: Group: x25519, Key Exchange length: 2", "Key Exchange: 0102"]),
    ExtensionCase(
      testDescription: "pre_shared_key", type: 41,
      bytes: Build.vector16(Build.vector16([7]) + [0, 0, 0, 5])
        + Build.vector16(Build.vector8(Array(repeating: 0, count: 32))),
      lines: ["PSK Identity (length: 1)", "Obfuscated Ticket Age: 5", "PSK Binders"]),
    ExtensionCase(
      testDescription: "status_request", type: 5, bytes: [1, 0, 0, 0, 0],
      lines: ["Certificate Status Type: OCSP (1)", "Responder ID list Length: 0"]),
    ExtensionCase(
      testDescription: "certificate timestamps", type: 18,
      bytes: Build.vector16(
        Build.vector16(
          [0] + Array(repeating: 1, count: 32) + [0, 0, 1, 0x74, 0x87, 0x6e, 0x80, 0]
            + Build.vector16([]) + [4, 3] + Build.vector16([9]))),
      lines: ["Signed Certificate Timestamp (Unknown Log)", "SCT Version: 0", "Signature: 09"],
      isServer: true),
    ExtensionCase(
      testDescription: "one that is not known", type: 0x1234, bytes: [1, 2],
      lines: ["Extension: Unknown type 4660 (len=2)", "Type: Unknown (4660)", "Data: 0102"]),
  ]

  private func shown(_ test: ExtensionCase, _ bytes: [UInt8]) -> (DescribedSegment, Int) {
    var conversation = Conversation()
    let content = Build.helloExtension(test.type, bytes)
    let hello = test.isServer ? Build.serverHello(0xc02f, content) : Build.clientHello(content)
    let shown = conversation.say(test.isServer ? .server : .client, Build.record(22, hello))
    return (shown, conversation.strays)
  }

  @Test(arguments: cases) func describes(_ test: ExtensionCase) {
    let (shown, _) = shown(test, test.bytes)
    for line in test.lines { #expect(shown.has(line), "\(line) in\n\(shown.tree)") }
    #expect(!shown.tree.contains("Expert Info"))
  }

  /// One that is cut says it, unless what is left makes sense.
  @Test(arguments: cases) func isCut(_ test: ExtensionCase) {
    for cut in 0..<test.bytes.count {
      let (shown, strays) = shown(test, Array(test.bytes[..<cut]))
      #expect(shown.tree.contains("Extension"), "cut at \(cut)")
      #expect(strays == 0, "cut at \(cut)")
    }
  }

  @Test func lengthsThatLie() {
    var conversation = Conversation()
    let short = Build.helloExtension(10, [0, 9, 0, 0x1d]) + Build.helloExtension(23, [])
    let shown = conversation.say(.client, Build.record(22, Build.clientHello(short)))
    #expect(
      shown.tree.contains("Vector length 9 is too large, truncating it to 2"), "\(shown.tree)")
    // What follows is read all the same.
    #expect(shown.has("Extension: extended_master_secret (len=0)"))
    let odd = Build.helloExtension(10, Build.vector16([0, 0x1d, 0]))
    let rest = conversation.say(.client, Build.record(22, Build.clientHello(odd)))
    #expect(rest.has("1 trailing byte was unprocessed"))
  }
}

import Fields
import TLS
import TestSupport
import Testing

@Suite struct HandshakeTests {
  struct MessageCase: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var suite = 0xc02f
    var side = Side.server
    var message: [UInt8]
    var lines: [String]
  }
  private static let point = Build.vector8(Array(repeating: 4, count: 32))
  private static let signature = Build.uint16(0x0804) + Build.vector16([1, 2, 3])

  static let messages = [
    MessageCase(
      testDescription: "Server Key Exchange, ECDHE",
      message: Build.handshake(12, [3, 0, 0x1d] + point + signature),
      lines: [
        "EC Diffie-Hellman Server Params", "Named Curve: x25519 (0x001d)", "Pubkey Length: 32",
        "Signature Algorithm: rsa_pss_rsae_sha256 (0x0804)",
        "Signature Hash Algorithm Signature: SM2 (4)", "Signature: 010203",
      ]),
    MessageCase(
      testDescription: "Server Key Exchange, DHE", suite: 0x0033,
      message: Build.handshake(
        12, Build.vector16([5]) + Build.vector16([2]) + Build.vector16([3]) + signature),
      lines: ["Diffie-Hellman Server Params", "p: 05", "g: 02", "Pubkey: 03"]),
    MessageCase(
      testDescription: "Client Key Exchange, RSA", suite: 0x002f, side: .client,
      message: Build.handshake(16, Build.vector16([9, 9])),
      lines: ["RSA Encrypted PreMaster Secret", "Encrypted PreMaster: 0909"]),
    MessageCase(
      testDescription: "Client Key Exchange, ECDHE", side: .client,
      message: Build.handshake(16, point),
      lines: ["EC Diffie-Hellman Client Params", "Pubkey Length: 32"]),
    MessageCase(
      testDescription: "Certificate Request",
      message: Build.handshake(
        13,
        Build.vector8([1, 64]) + Build.vector16([4, 1, 2, 2])
          + Build.vector16(Build.vector16(Build.name("CA")))),
      lines: [
        "Certificate types (2 types)", "Certificate type: ECDSA Sign (64)",
        "Signature Algorithm: SHA1 DSA (0x0202)", "Distinguished Name: (id-at-commonName=CA)",
      ]),
    MessageCase(
      testDescription: "New Session Ticket",
      message: Build.handshake(4, [0, 0, 0x1c, 0x20] + Build.vector16([7])),
      lines: ["Session Ticket Lifetime Hint: 7200 seconds (2 hours)", "Session Ticket: 07"]),
    MessageCase(
      testDescription: "Certificate Status",
      message: Build.handshake(
        22, [1] + Build.vector24(Build.sequence(Build.element(10, [6])))),
      lines: ["OCSP Response", "responseStatus: unauthorized (6)"]),
    MessageCase(
      testDescription: "Certificate",
      message: Build.handshake(
        11,
        Build.vector24(
          Build.vector24(
            Build.certificate(
              extensions: Build.certificateExtension([0x55, 29, 15], [3, 2, 5, 0xa0]),
              Build.certificateExtension(
                [0x55, 29, 17],
                Build.sequence(
                  Build.element(0x82, Array("a.example".utf8)),
                  Build.element(0x87, [192, 0, 2, 1]))),
              Build.certificateExtension([0x2a, 3, 4], [5, 0]),
              Build.certificateExtension([0x2a, 3, 4], [2, 1, 1]))))),
      lines: [
        "version: v3 (2)", "serialNumber: 0x07", "signature (sha256WithRSAEncryption)",
        "rdnSequence: 1 item (id-at-commonName=issuer)", "utcTime: 2026-01-05 10:00:00 (UTC)",
        "generalizedTime: Jan  5, 2051 10:00:00.000000000 UTC", "algorithm (iso.3.101.112)",
        "subjectPublicKey: 010203", "extensions: 4 items", "KeyUsage: a0",
        "1... .... = digitalSignature: True", "dNSName: a.example", "iPAddress: 192.0.2.1",
        "Extension Id: 1.2.3.4 (iso.2.3.4)",
        "BER: Dissector for OID not implemented. Contact Wireshark developers if you want this supported",
        "Padding: 0", "encrypted: aa",
      ]),
  ]
  @Test(arguments: messages) func describes(_ test: MessageCase) {
    var conversation = Conversation.agreed(test.suite)
    let shown = conversation.say(test.side, Build.record(22, test.message))
    for line in test.lines { #expect(shown.has(line), "\(line) in\n\(shown.tree)") }
    #expect(!shown.tree.contains("Malformed"))
  }

  /// A message that ends at any byte, whether its length says so or not, is described without a trap, and as far as it goes.
  @Test(arguments: messages) func ends(_ test: MessageCase) {
    for cut in 4..<test.message.count {
      let short = Build.handshake(test.message[0], Array(test.message[4..<cut]))
      for message in [short, Array(test.message[..<cut])] {
        var conversation = Conversation.agreed(test.suite)
        let shown = conversation.say(test.side, Build.record(22, message))
        #expect(!shown.tree.isEmpty)
        #expect(conversation.strays == 0, "cut at \(cut)")
      }
    }
  }

  @Test(arguments: messages) func inSeveralRecords(_ test: MessageCase) {
    for cut in 1..<test.message.count {
      var conversation = Conversation.agreed(test.suite)
      let first = conversation.say(test.side, Build.record(22, Array(test.message[..<cut])))
      let last = conversation.say(test.side, Build.record(22, Array(test.message[cut...])))
      #expect(first.tree.contains("(fragment)"), "cut at \(cut)")
      #expect(
        last.tree.contains(
          "[2 Reassembled Handshake Fragments (\(test.message.count) bytes): #3(\(cut)), #4("))
      for line in test.lines { #expect(last.has(line), "cut at \(cut): \(line)") }
    }
  }

  @Test func severalMessagesInARecord() {
    var conversation = Conversation.agreed()
    let shown = conversation.say(
      .server,
      Build.record(22, Self.messages[0].message + Build.handshake(14, []) + [11, 0]))
    #expect(shown.info == "Server Key Exchange, Server Hello Done")
    #expect(shown.has("TLSv1.2 Record Layer: Handshake Protocol: Multiple Handshake Messages"))
    #expect(shown.has("Handshake Protocol: Certificate (fragment)"))
  }

  @Test func endlessFragmentsAreNotKept() {
    var conversation = Conversation.agreed()
    // The length comes a byte at a time: 16 MiB.
    for byte: UInt8 in [11, 0xff, 0xff] { _ = conversation.say(.server, Build.record(22, [byte])) }
    let shown = conversation.say(.server, Build.record(22, [0xff, 1, 2]))
    #expect(shown.has("Handshake Protocol: Certificate (fragment)"))
    #expect(conversation.say(.server, Build.record(22, [14, 0, 0, 0])).info == "Server Hello Done")
  }

  @Test func fragmentsAreGivenUp() {
    var conversation = Conversation.agreed()
    let certificate = Build.handshake(11, Array(repeating: 0, count: 300))
    _ = conversation.say(.server, Build.record(22, Array(certificate[..<200])))
    #expect(conversation.dissector.held == 200)
    conversation.dissector.forgetHeld()
    #expect(conversation.dissector.held == 0)
    #expect(conversation.say(.server, Build.record(22, [14, 0, 0, 0])).info == "Server Hello Done")
  }

  @Test func retryRequest() {
    let magic: [UInt8] = [
      0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8,
      0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8,
      0x33, 0x9c,
    ]
    var conversation = Conversation()
    let hello = Build.hello(
      2, suites: Build.uint16(0x1301) + [0],
      extensions: Build.helloExtension(43, [3, 4]) + Build.helloExtension(51, [0, 0x1d]),
      random: magic)
    let shown = conversation.say(.server, Build.record(22, hello))
    #expect(shown.info == "Hello Retry Request")
    #expect(shown.has("Selected Group: x25519 (29)"))
    #expect(shown.tree.contains("(HelloRetryRequest magic)"))
  }
}

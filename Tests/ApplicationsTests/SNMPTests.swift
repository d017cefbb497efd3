import Fields
import TestSupport
import Testing

@testable import Applications

/// SNMP: bytes to tree, and no bytes that stop it.
@Suite struct SNMPTests {
  static let cases = [
    DescribedMessage(
      "get-request",
      bytes: """
        30 26 02 01 00 04 06 70 75 62 6c 69 63 a0 19 02 01 07 02 01 00 02 01 00
        30 0e 30 0c 06 08 2b 06 01 02 01 01 01 00 05 00
        """.bytes,
      info: "get-request 1.3.6.1.2.1.1.1.0",
      tree: """
        Simple Network Management Protocol
            version: version-1 (0)
            community: public
            data: get-request (0)
                get-request
                    request-id: 7
                    error-status: noError (0)
                    error-index: 0
                    variable-bindings: 1 item
                        1.3.6.1.2.1.1.1.0: Value (Null)
                            Object Name: 1.3.6.1.2.1.1.1.0 (iso.3.6.1.2.1.1.1.0)
                            Value (Null)

        """),
    DescribedMessage(
      "indefinite length",
      bytes: "30 80 02 01 01 04 01 63 a1 0b 02 01 08 02 01 00 02 01 00 30 00 00 00".bytes,
      info: "get-next-request",
      tree: """
        Simple Network Management Protocol
            version: v2c (1)
            community: c
            data: get-next-request (1)
                get-next-request
                    request-id: 8
                    error-status: noError (0)
                    error-index: 0
                    variable-bindings: 0 items

        """),
    DescribedMessage(
      "lengths that cannot be, and more than there should be",
      bytes: "30 19 02 01 01 04 03 61 00 62 a0 0d 02 01 08 02 00 02 01 ff 30 00 02 01 04 05 00"
        .bytes,
      info: "get-request",
      tree: """
        Simple Network Management Protocol
            version: v2c (1)
            community: a
                [Expert Info (Warning/Undecoded): Trailing stray characters]
                    [Trailing stray characters]
                    [Severity level: Warning]
                    [Group: Undecoded]
            data: get-request (0)
                get-request
                    request-id: 8
                    BER Error: error-status: length of item (0) is not valid
                        [Expert Info (Warning/Malformed): BER Error: error-status: length of item (0) is not valid]
                            [BER Error: error-status: length of item (0) is not valid]
                            [Severity level: Warning]
                            [Group: Malformed]
                    error-index: -1
                    variable-bindings: 0 items
                    BER Error: This field lies beyond the end of the known sequence definition.
                        [Expert Info (Warning/Malformed): BER Error: This field lies beyond the end of the known sequence definition.]
                            [BER Error: This field lies beyond the end of the known sequence definition.]
                            [Severity level: Warning]
                            [Group: Malformed]
            BER Error: This field lies beyond the end of the known sequence definition.
                [Expert Info (Warning/Malformed): BER Error: This field lies beyond the end of the known sequence definition.]
                    [BER Error: This field lies beyond the end of the known sequence definition.]
                    [Severity level: Warning]
                    [Group: Malformed]

        """),
    DescribedMessage(
      "a value that is a sequence",
      bytes: """
        30 29 02 01 01 04 01 63 a2 21 02 01 08 02 01 00 02 01 00 30 16 30 14 06 02 2b 06
        30 0e 02 01 05 80 02 61 62 01 02 04 01 78 07 00
        """.bytes,
      info: "get-response",
      tree: """
        Simple Network Management Protocol
            version: v2c (1)
            community: c
            data: get-response (2)
                get-response
                    request-id: 8
                    error-status: noError (0)
                    error-index: 0
                    variable-bindings: 1 item
                        VarBind
                            Object Name: 1.3.6 (iso.3.6)
                            the value must be in primitive encoding
                                [Expert Info (Warning/Malformed): value not in primitive encoding]
                                    [value not in primitive encoding]
                                    [Severity level: Warning]
                                    [Group: Malformed]
                                SEQUENCE
                                    INTEGER: 5
                                    [CONTEXT 0] 6162 (ab)
                                    BER Error: BOOLEAN: length of item (2) is not valid
                                        [Expert Info (Warning/Malformed): BER Error: BOOLEAN: length of item (2) is not valid]
                                            [BER Error: BOOLEAN: length of item (2) is not valid]
                                            [Severity level: Warning]
                                            [Group: Malformed]
                                    OCTETSTRING: 78
                                    BER Error: can not handle universal tag:7
                                        [Expert Info (Warning/Malformed): BER Error: can not handle universal tag:7]
                                            [BER Error: can not handle universal tag:7]
                                            [Severity level: Warning]
                                            [Group: Malformed]

        """),
    DescribedMessage(
      "user-based version 2",
      bytes: "30 13 02 01 02 04 01 70 a0 0b 02 01 08 02 01 00 02 01 00 30 00".bytes,
      info: "get-request",
      tree: """
        Simple Network Management Protocol
            version: v2u (2)
            parameters: 70
            datav2u: plaintext (0)
                plaintext: get-request (0)
                    get-request
                        request-id: 8
                        error-status: noError (0)
                        error-index: 0
                        variable-bindings: 0 items

        """),
    DescribedMessage(
      "trap of version 1",
      bytes: """
        30 24 02 01 00 04 01 63 a4 1c 06 06 2b 06 01 04 01 09 40 04 0a 00 00 05
        02 01 02 02 01 00 43 02 01 f4 30 03 30 01 06
        """.bytes,
      info: " iso.3.6.1.4.1.9",
      tree: """
        Simple Network Management Protocol
            version: version-1 (0)
            community: c
            data: trap (4)
                trap
                    enterprise: 1.3.6.1.4.1.9 (iso.3.6.1.4.1.9)
                    agent-addr: 10.0.0.5
                    generic-trap: linkDown (2)
                    specific-trap: 0
                    time-stamp: 500
                    variable-bindings: 1 item
                        VarBind

        """),
    DescribedMessage(
      "version 3, encrypted",
      bytes: """
        30 30 02 01 03 30 0d 02 01 05 02 02 40 00 04 01 03 02 01 03
        04 18 30 16 04 05 80 00 00 09 05 02 01 01 02 01 02 04 01 62 04 00 04 02 aa bb
        04 02 cc dd
        """.bytes,
      info: "encryptedPDU: privKey Unknown",
      tree: """
        Simple Network Management Protocol
            msgVersion: snmpv3 (3)
            msgGlobalData
                msgID: 5
                msgMaxSize: 16384
                msgFlags: 03
                    .... .0.. = Reportable: Not set
                    .... ..1. = Encrypted: Set
                    .... ...1 = Authenticated: Set
                msgSecurityModel: USM (3)
            msgAuthoritativeEngineID: 8000000905
                1... .... = Engine ID Conformance: RFC3411 (SNMPv3)
                Engine Enterprise ID: ciscoSystems (9)
                Engine ID Format: Octets, administratively assigned (5)
                Engine ID Data: <MISSING>
            msgAuthoritativeEngineBoots: 1
            msgAuthoritativeEngineTime: 2
            msgUserName: b
            msgAuthenticationParameters: <MISSING>
            msgPrivacyParameters: aabb
            msgData: encryptedPDU (1)
                encryptedPDU: ccdd

        """),
  ]

  private func describe(_ bytes: [UInt8], into tree: inout FieldBuffer) {
    let message = SNMPMessage(bytes.span, wireCount: bytes.count)
    _ = message.isPlausible(isWhole: true)
    _ = message.transaction()
    // What is there is described, even where it ends early.
    try? message.describe(SNMPFacts(time: 0), into: &tree)
  }

  @Test(arguments: cases) func tree(_ message: DescribedMessage) {
    let (tree, info) = message.described(by: describe)
    #expect(tree == message.tree)
    #expect(info == message.info)
  }

  @Test(arguments: cases) func truncated(_ message: DescribedMessage) {
    for length in 0..<message.bytes.count {
      #expect(message.described(first: length, by: describe).tree != message.tree)
    }
  }

  /// Random bytes, and messages with some of their bytes changed.
  @Test func randomBytes() {
    let most = DescribedMessage.mostItems(ofChanged: Self.cases, by: describe)
    #expect(most < 10_000, "\(SeededGenerator.replay)")
  }

  @Test func nestedIndefiniteLengths() {
    let bytes = (0..<4000).map { UInt8($0 % 2 == 0 ? 0x30 : 0x80) }
    var tree = FieldBuffer()
    describe(bytes, into: &tree)
    #expect(tree.items.isEmpty)
  }
}

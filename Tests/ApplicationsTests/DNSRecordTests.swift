import Fields
import TestSupport
import Testing

@testable import Applications

/// Resource records: what is after the data's length, the words of Info, and no data that stops them.
@Suite struct DNSRecordTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let type: UInt16
    let data: String
    let info: String
    let lines: String

    var testDescription: String { "\(type) \(data)" }
  }

  static let cases = [
    Case(type: 3, data: "016100", info: "MD x", lines: "Mail Destination: a"),
    Case(
      type: 11, data: "c0000201 06 00000040", info: "WKS 192.0.2.1",
      lines: """
        Address: 192.0.2.1
        Protocol: TCP (6)
        Bits: 0x40 (25)
        """),
    Case(
      type: 18, data: "0001 016100", info: "AFSDB x",
      lines: """
        Subtype: 1
        Hostname: a
        """),
    Case(
      type: 20, data: "023132 0133", info: "ISDN x",
      lines: """
        Length: 2
        ISDN Address: 12
        Length: 1
        Sub Address: 3
        """),
    Case(
      type: 29, data: "00 12 16 00 88f0d180 7ffc2f70 0098967f", info: "LOC",
      lines: """
        Version: 0
        Size: 18 (1 m)
        Horizontal Precision: 22 (10000 m)
        Vertical Precision: 0 (0 m)
        Latitude: 2297483648 (41 deg 40 min 0.000 sec N)
        Longitude: 2147233648 (0 deg 4 min 10.000 sec W)
        Altitude: 9999999 (-0.01 m)
        """),
    Case(
      type: 30, data: "016e00 6200", info: "NXT n",
      lines: """
        Next Domain Name: n
        RR type in bit map: A (Host Address)
        RR type in bit map: NS (authoritative Name Server)
        RR type in bit map: SOA (Start Of a zone of Authority)
        """),
    Case(
      type: 37, data: "0001 0007 05 4142", info: "CERT",
      lines: """
        Type: PKIX (1)
        Key Tag: 0x0007
        Algorithm: RSA/SHA1 (5)
        Certificate (or CRL): 4142
        """),
    Case(
      type: 38, data: "40 0000000000000001 016100", info: "A6 64 ::1 a",
      lines: """
        Prefix len: 64
        Address Suffix: ::1
        Prefix name: a
        """),
    Case(
      type: 42, data: "0001 1c 84 c0a82610", info: "APL x",
      lines: """
        Address Family: IPv4 (1)
        Prefix Length: 28
        1... .... = Negation Flag: Yes (!)
        .000 0100 = Address Length: 4
        Address: 192.168.38.16
        """),
    Case(
      type: 45, data: "0a 03 02 026777 00 6b6579", info: "IPSECKEY",
      lines: """
        Gateway Precedence: 10
        Gateway Type: DNS Gateway (3)
        Gateway Algorithm: RSA (2)
        DNS Gateway: gw
        Public Key: 6b6579
        """),
    Case(
      type: 55, data: "02 02 0001 4142 4b 016100", info: "HIP x",
      lines: """
        HIT length: 2
        HIT length: RSA (2)
        PK length: 1
        Host Identity Tag: 4142
        HIP Public Key: 4b
        Rendezvous Server: a
        """),
    Case(
      type: 62, data: "00000042 0003 000140", info: "CSYNC",
      lines: """
        SOA: 66
        Flags: 0x0003
            .... .... .... ...1 = immediate: True
            .... .... .... ..1. = soaminimum: True
        Type Bitmap: 000140
        RR type in bit map: A (Host Address)
        """),
    Case(
      type: 65282, data: "00010000 00000384 00000e10 016100", info: "WINS-R a",
      lines: """
        .... .... .... .... .... .... .... ...0 = Local Flag: False
        Lookup timeout: 900
        Cache timeout: 3600
        Name Result Domain: a
        """),
    Case(
      type: 16, data: "03 61 00 62", info: "TXT",
      lines: """
        TXT Length: 3
        TXT: a
            [Expert Info (Warning/Undecoded): Trailing stray characters]
                [Trailing stray characters]
                [Severity level: Warning]
                [Group: Undecoded]
        """),
    Case(
      type: 41, data: "000a 0008 0102030405060708 000f 0002 0006", info: "OPT",
      lines: """
        Option: COOKIE
            Option Code: COOKIE (10)
            Option Length: 8
            Option Data: 0102030405060708
            Client Cookie: 0102030405060708
            Server Cookie: <MISSING>
        Option: Extended DNS Error
            Option Code: Extended DNS Error (15)
            Option Length: 2
            Option Data: 0006
            Info Code: DNSSEC Bogus (6)
        """),
    Case(
      type: 65, data: "0001 00 0001 0003 026832 0002 0000", info: "HTTPS",
      lines: """
        SvcPriority: 1
        TargetName: <Root>
        SvcParam: alpn=h2
            SvcParamKey: alpn (1)
            SvcParamValue length: 3
            ALPN length: 2
            ALPN: h2
        SvcParam: no-default-alpn
            SvcParamKey: no-default-alpn (2)
            SvcParamValue length: 0
        """),
  ]

  /// A response with one record, whose owner is `x`.
  private func message(_ type: UInt16, _ data: [UInt8], length: Int? = nil) -> [UInt8] {
    let count = UInt16(truncatingIfNeeded: length ?? data.count)
    return [0, 7, 0x80, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 120, 0, UInt8(type >> 8)]
      + [UInt8(type & 255), 0, 1, 0, 0, 0, 0, UInt8(count >> 8), UInt8(count & 255)] + data
  }

  private func describe(_ bytes: [UInt8], into tree: inout FieldBuffer) -> Bool {
    do throws(DecodeError) {
      try DNSMessage(bytes.span, wireCount: bytes.count).describe(nil, at: 0, into: &tree)
      return true
    } catch {
      return false
    }
  }

  @Test(arguments: cases) func describes(_ test: Case) {
    var tree = FieldBuffer()
    #expect(describe(message(test.type, test.data.bytes), into: &tree))
    #expect(tree.columns.info.string == "Standard query response 0x0007 \(test.info)")
    var lines: [String] = []
    var isData = false
    for index in tree.items.indices where !tree.items[index].traits.contains(.hidden) {
      var text = TextBuffer()
      text.write(repeating: 32, count: 4 * (Int(tree.items[index].depth) - 3))
      tree.writeLabel(of: index, to: &text)
      if isData { lines.append(text.string) }
      if tree.items[index].field.name == "dns.resp.len" { isData = true }
    }
    #expect(lines.joined(separator: "\n") == test.lines)
  }

  /// A record that reaches beyond the message has no line of its own in the tree, and one in the list.
  @Test func recordsBeyondTheMessage() {
    let bytes = message(1, [192, 0, 2, 1], length: 9)
    var tree = FieldBuffer()
    #expect(!describe(bytes, into: &tree))
    #expect(!tree.items.contains { $0.field.name == "dns.a" })
    var columns = FieldBuffer(wantsTree: false)
    _ = describe(bytes, into: &columns)
    #expect(columns.columns.info.string == "Standard query response 0x0007 A 192.0.2.1")
    var scratch = FieldBuffer(wantsTree: false)
    let isWhole = DNSMessage(bytes.span, wireCount: bytes.count).isWhole(with: &scratch)
    #expect(!isWhole)
  }

  @Test(arguments: Array(0...128) + [249, 250, 251, 255, 256, 257, 32769, 65281, 65282, 65422])
  func survivesAnyData(_ type: UInt16) {
    var random = SeededGenerator(round: Int(type))
    for round in 0..<60 {
      let bytes = random.bytes(Int.random(in: 0..<48, using: &random))
      let data = round % 3 == 0 ? bytes.map { $0 & 7 } : bytes
      for length in [data.count, max(0, data.count - 3), data.count + 2, 0, 65535] {
        var tree = FieldBuffer()
        _ = describe(message(type, data, length: length), into: &tree)
        var text = TextBuffer()
        for index in tree.items.indices { tree.writeLabel(of: index, to: &text) }
      }
    }
  }

  @Test func aQueryFiveSecondsLaterAsksAnew() {
    var transactions = DNSTransactions()
    let key = DNSTransactions.Key(stream: 0, identifier: 1)
    func match(_ frame: Int, at seconds: Int64, isResponse: Bool = false) -> DNSMatch {
      transactions.match(
        key, isResponse: isResponse, frame: frame, time: seconds * 1_000_000_000)
    }
    #expect(match(1, at: 0) == .request)
    #expect(match(2, at: 4) == .retransmittedRequest(original: 1))
    #expect(match(3, at: 5) == .request)
    #expect(match(4, at: 30, isResponse: true) == .response(request: 3, time: 5_000_000_000))
    #expect(match(5, at: 31, isResponse: true) == .retransmittedResponse(original: 4))
  }
}

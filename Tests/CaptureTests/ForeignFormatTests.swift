import TestSupport
import Testing

@testable import Capture

/// Files that are no captures, or captures that are read elsewhere, are named with the way out.
@Suite struct ForeignFormatTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let bytes: [UInt8]
    /// What the message says, beside the file's name.
    let name: String
    let remedy: String

    init(_ name: String, _ bytes: [UInt8], _ remedy: String = "editcap -F pcap") {
      (self.testDescription, self.name, self.bytes, self.remedy) = (name, name, bytes, remedy)
    }
    init(_ name: String, _ text: String, _ remedy: String = "editcap -F pcap") {
      self.init(name, Array(text.utf8), remedy)
    }
  }

  private static func little(_ values: [UInt32]) -> [UInt8] {
    values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
  }

  /// A record of Ethernet, `second` seconds after 2001.
  private static func erf(_ second: UInt32, type: UInt8 = 2) -> [UInt8] {
    little([0x8000_0000, type == 27 ? 0 : 978_307_200 + second])
      + [type, 4, 0, 96, 0, 0, 0, 78] + [UInt8](repeating: 0xab, count: 80)
  }

  private static let eventTrace =
    little([0x1_0000, 0x400, 0, 1]) + [UInt8](repeating: 7, count: 56) + [2, 0, 2, 0xc0]
    + [UInt8](repeating: 0, count: 400)

  private static let packetBlock = little([6, 36, 0, 0, 0, 4, 4, 0x0102_0304, 36])

  static let cases = [
    Case("a Solaris snoop capture", "snoop\0\0\0\0\0\0\u{2}\0\0\0\u{4}"),
    Case("a Microsoft Network Monitor 1 capture", "RTSS\u{1}\u{1}\u{1}\u{1}"),
    Case("a Microsoft Network Monitor 2 capture", "GMBU\0\u{2}\u{1}\u{1}"),
    Case("a Sniffer (DOS) capture", "TRSNIFF data    \u{1a}\u{1}\0"),
    Case("a NetXRay or Sniffer (Windows) capture", "XCP\0002.001\0"),
    Case("a NetXRay 1 capture", "VL\0\0002.001"),
    Case("an AIX iptrace capture", "iptrace 2.0\0\0\0"),
    Case("a Novell LANalyzer capture", [1, 0x10, 0x4c, 0, 1, 5] + Array("Trace Display".utf8)),
    Case("a Tektronix K12 capture", [0, 0, 2, 0, 0x12, 5, 0, 0x10, 0, 0]),
    Case(
      "a K12 text capture", "+---------+---------------+----------+\r\n02:51:02,139,941   ETHER\r\n"
    ),
    Case("a Windows event trace (ETL)", eventTrace, "etl2pcapng"),
    Case("an Endace ERF capture", erf(0) + erf(1)),
    Case("an Endace ERF capture", erf(0)),
    Case("an Endace ERF capture", erf(0, type: 27) + erf(5)),
    Case("a ZIP archive", "PK\u{3}\u{4}\u{14}\0", "unzip"),
    Case("compressed with xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 4], "xz -d"),
    Case("compressed with bzip2", "BZh91AY", "bzip2 -d"),
    Case(
      "a pcap that was stored as text", [0xef, 0xbf, 0xbd, 0xc3, 0xb2, 0xef, 0xbf, 0xbd, 2, 0],
      "binary"),
    Case(
      "a pcapng that was transferred as text",
      [0x0a, 0x0d, 0x0a] + little([28, 0x1a2b_3c4d, 1]), "binary"),
    Case(
      "a pcapng that was transferred as text",
      [0x0d, 0x0a, 0x0d, 0x0d, 0x0d, 0x0a] + little([28, 0x1a2b_3c4d, 1]), "binary"),
    Case("a part of a pcapng", packetBlock + packetBlock, "cat before"),
    Case("an HTML page", "\n<!DOCTYPE html>\n<html><body>404</body></html>", "server"),
    Case("XML", "<?xml version=\"1.0\"?>\n<pdml>", "dumpcap"),
    Case("JSON", "[\n  {\n    \"_index\": \"packets\"", "dumpcap"),
    Case("a hex dump", "0000  45 00 00 3c 1c 46 40 00\n0010  40 06\n", "text2pcap"),
    Case("a hex dump", "\t0x0000:  4500 003c 1c46 4000\n", "text2pcap"),
    Case("a hex dump", "00000000: d4c3 b2a1 0200 0400  ........\n", "xxd -r"),
    Case("a capture in base64", "1MOyoQIABAAAAAAAAAAAAAAABAABAAAA\n", "base64 -d"),
    Case("a TLS key log", "CLIENT_HANDSHAKE_TRAFFIC_SECRET 00", "capture"),
    Case("text", "12:34:56.789012 IP 192.0.2.1.25 > 192.0.2.2.40000: Flags [S]\n", "tcpdump -w"),
    Case("text", "Grüße aus Köln\n", "tcpdump -w"),
  ]

  @Test(arguments: cases) func isNamedWithTheWayOut(_ test: Case) throws {
    for bytes in [test.bytes, StreamTests.gzip(test.bytes)] {
      let error = try #require(try readAll(bytes: bytes).error)
      #expect(error.kind == .notACapture)
      #expect(error.message.contains(": is \(test.name)"), "\(error.message)")
      #expect(error.message.contains(test.remedy), "\(error.message)")
      #expect(!error.message.contains("\n"))
    }
  }

  /// What is cut, or is nothing of all this, is not misnamed.
  @Test func whatSaysNothing() throws {
    for bytes in [
      [0, 0, 0], [0xa1, 0xb2, 0, 0, 9], Array(Self.erf(0).dropLast()), [0x80, 0x81, 0x82, 0x83],
    ] {
      let message = try readAll(bytes: bytes).error?.message
      #expect(message?.hasSuffix("is not a pcap or pcapng file") == true, "\(message ?? "")")
    }
    #expect(try readAll(bytes: []).error?.message.hasSuffix("is empty") == true)
  }

  @Test func anyBeginning() {
    var random = SeededGenerator()
    for test in Self.cases {
      for length in 0...test.bytes.count {
        let beginning = Array(test.bytes.prefix(length))
        _ = ForeignFormat(beginning.span)
      }
    }
    for _ in 0..<2000 {
      let bytes = random.bytes(Int.random(in: 0..<200, using: &random))
      _ = ForeignFormat(bytes.span)
    }
  }
}

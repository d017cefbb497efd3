import TestSupport
import Testing

@testable import Mail

@Suite struct PartTextTests {
  /// Bytes, the charset of their label, the text, and codes of what is wrong.
  static let cases: [([UInt8], String?, String, [String])] = [
    (Array("plain".utf8), nil, "plain", []),
    (Array("grün".utf8), "utf-8", "grün", []),
    ([0x67, 0xFC], "iso-8859-1", "gü", []),
    (Array("für Grüße".utf8), nil, "für Grüße", []),
    (
      [0x66, 0xFC, 0x72, 0x20, 0x47, 0x72, 0xFC, 0xDF, 0x65], nil, "für Grüße",
      ["message.guessed-charset"]
    ),
    (
      [0x66, 0xFC, 0x72, 0x20, 0x47, 0x72, 0xFC, 0xDF, 0x65], "utf-8", "für Grüße",
      ["message.invalid-bytes"]
    ),
    (
      [0x66, 0xFC, 0x72, 0x20, 0x47, 0x72, 0xFC, 0xDF, 0x65], "us-ascii", "für Grüße",
      ["message.guessed-charset"]
    ),
    (
      Array("grün".utf8), "klingon", "grün", ["message.unknown-charset", "message.guessed-charset"]
    ),
    ([0x1B, 0x24, 0x42, 0x46, 0x7C, 0x1B, 0x28, 0x42], "iso-2022-jp", "日", []),
    ([0x41, 0x00, 0xFC, 0x00], "utf-16le", "Aü", []),
  ]
  @Test(arguments: cases) func decodes(
    _ bytes: [UInt8], _ label: String?, _ text: String, _ codes: [String]
  ) {
    var part = MessagePart(.leaf, path: "1", parent: nil, contentType: "text/plain", offset: 0)
    part.charset = label
    func decode(_ lengths: [Int]) -> [String] {
      var decoder = PartText(part)
      var output: [UInt8] = []
      for piece in Splits.pieces(bytes, lengths) { decoder.receive(piece.span, into: &output) }
      let findings = decoder.finish(into: &output)
      return [String(decoding: output, as: UTF8.self)] + findings.map(\.code.rawValue)
    }
    #expect(decode([bytes.count]) == [text] + codes)
    #expect(Splits.firstDifference(of: bytes.count, parse: decode) == nil)
  }

  static let dateCases: [(String, Int64?)] = [
    ("Fri, 13 Jun 2025 12:34:00 +0200", 1_749_810_840), ("13 Jun 2025 12:34 +0200", 1_749_810_840),
    ("Fri, 13 Jun 2025 12:34:00 +0200 (CEST)", 1_749_810_840),
    ("Fri,13 Jun 2025 10:34:00 GMT", 1_749_810_840),
    ("Fri (day), 13 Jun (month) 25 10:34:00 -0000", 1_749_810_840),
    ("1 Jan 1970 00:00:00 +0000", 0),
    ("1 Jan 70 00 : 00 : 00 UT", 0), ("31 Dec 1969 19:00:00 EST", 0),
    ("29 Feb 2000 00:00:00 Z", 951_782_400),
    ("13 Jun 125 10:34:00 +0000", 1_749_810_840), ("13 Jun 2025 10:34:00", 1_749_810_840),
    ("13 June 2025 10:34:60 X", 1_749_810_900),
    ("", nil), ("yesterday", nil), ("30 Feb 2025 00:00:00 +0000", nil),
    ("1 Foo 2025 00:00:00 +0000", nil),
    ("1 Jan 2025 24:00:00 +0000", nil), ("1 Jan 2025 00:00:00 +00000", nil),
    ("1 Jan 2025 0:0:0:0 +0000", nil),
    ("0 Jan 2025 00:00:00 +0000", nil), ("1 Jan 99999 00:00:00 +0000", nil),
    ("2025-06-13 12:34:00", nil),
    ("1 Jan 2025 00:00:00 +02:00", nil), ("1 Jan 1899 00:00:00 +0000", nil),
  ]
  @Test(arguments: dateCases) func dates(_ text: String, _ seconds: Int64?) {
    #expect(MessageDate(Array(text.utf8))?.seconds == seconds)
  }

  static let flowedCases: [(String, String)] = [
    ("a \r\nb\r\nc", "a b\nc"), ("a \r\n\r\nb", "a \nb"), (" >a\r\n", ">a\n"),
    ("> a \r\n> b\r\n>> c\r\n", "> a b\n>> c\n"),
    ("a \r\n> b \r\nc", "a \n> b \nc"), ("a \r\n-- \r\nb", "a \n-- \nb"), ("", ""), ("a ", "a "),
    (" From x\r\n", "From x\n"),
  ]
  @Test(arguments: flowedCases) func flowed(_ text: String, _ wanted: String) throws {
    let part = try #require(
      ReadMessage("Content-Type: text/plain; format=Flowed\n\n").content.parts.first)
    let bytes = Array(text.utf8)
    func join(_ lengths: [Int]) -> [UInt8] {
      guard var flowed = FlowedText(part) else { return [] }
      var output: [UInt8] = []
      for piece in Splits.pieces(bytes, lengths) { flowed.receive(piece.span, into: &output) }
      flowed.finish(into: &output)
      return output
    }
    #expect(String(decoding: join([bytes.count]), as: UTF8.self) == wanted)
    #expect(Splits.firstDifference(of: bytes.count, parse: join) == nil)
    #expect(FlowedText(ReadMessage("\n").content.parts[0]) == nil)
  }
}

import Fields
import TestSupport
import Testing

@testable import Mail

@Suite struct ContentDecoderTests {
  static let quotedPrintableCases: [(String, String)] = [
    ("", ""), ("plain", "plain"), ("a=20b", "a b"), ("=c3=BC", "ü"), ("a=\r\nb", "ab"),
    ("a=\nb", "ab"),
    ("a= \t\r\nb", "ab"), ("a \r\nb\t\n", "a\r\nb\n"), ("a ", "a"), ("a=", "a"), ("a= ", "a"),
    ("=A", "=A"),
    ("=XY", "=XY"), ("==41", "=A"), ("=\rx", "=\rx"), ("a \rb", "a \rb"), ("= =41", "= A"),
    ("=4", "=4"),
    ("=4\r\n", "=4\r\n"), (" \r \r\n", " \r\r\n"), ("\r\n\r\n", "\r\n\r\n"), ("a\r", "a\r"),
    ("=\r\n=\r\n", ""), ("=3D=3D", "=="),
  ]
  @Test(arguments: quotedPrintableCases) func quotedPrintable(_ text: String, _ wanted: String) {
    expect(.quotedPrintable, text, wanted)
  }

  static let base64Cases: [(String, String)] = [
    ("", ""), ("aGVsbG8=", "hello"), ("aGVs\r\nbG8=\r\n", "hello"), ("aGVsbG8", "hello"),
    ("aG!Vs-bG8=", "hello"), ("aGVsbG8=aGVs", "hello"), ("aGVsb", "hel"), ("a=GVs", "hel"),
    ("====", ""),
    ("YQ==\r\nYg==", "a"), ("aGVsbG8h", "hello!"), ("aGVsbG8haGVsbG8h", "hello!hello!"),
  ]
  @Test(arguments: base64Cases) func base64(_ text: String, _ wanted: String) {
    expect(.base64, text, wanted)
  }

  static let uuencodeCases: [(String, String)] = [
    ("", ""), ("begin 644 x\n%:&5L;&\\\n`\nend\n", "hello"),
    ("begin 644 x\r\n%:&5L;&\\\r\n \r\nend\r\n", "hello"),
    ("x\nbegin 0644 x\n%:&5L;&\\*\nend\n", "hello"),
    ("begin 644 x\n%:&5L;&\nend", "hell`"), ("begin 644 x\n%:&5L;&", "hell"),
    ("begin 644 x\n%:&5L;&\\", "hello"),
    ("begin 644 x\n%:&5L;&\\\nend\n%:&5L;&\\\n", "hello"), ("%:&5L;&\\\n", ""),
  ]
  @Test(arguments: uuencodeCases) func uuencode(_ text: String, _ wanted: String) {
    expect(.uuencode, text, wanted)
  }

  private func expect(_ encoding: TransferEncoding, _ text: String, _ wanted: String) {
    let bytes = Array(text.utf8)
    func decode(_ lengths: [Int]) -> [UInt8] {
      var decoder = ContentDecoder(encoding)
      var output: [UInt8] = []
      for piece in Splits.pieces(bytes, lengths) { decoder.receive(piece.span, into: &output) }
      _ = decoder.finish(into: &output)
      return output
    }
    #expect(String(decoding: decode([bytes.count]), as: UTF8.self) == wanted)
    #expect(Splits.firstDifference(of: bytes.count, parse: decode) == nil)
  }

  @Test func everyByteInBase64() {
    for count in 0...260 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37) }
      let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
      var text: [UInt8] = []
      for start in stride(from: 0, to: count, by: 3) {
        let group = Array(bytes[start..<min(count, start + 3)])
        let word = (0..<3).reduce(0) { $0 << 8 | Int($1 < group.count ? group[$1] : 0) }
        for digit in 0...group.count { text.append(alphabet[word >> (18 - 6 * digit) & 63]) }
        text += Array(repeating: UInt8(ascii: "="), count: 3 - group.count)
      }
      var decoder = Base64Decoder()
      var output: [UInt8] = []
      decoder.receive(text.span, into: &output)
      decoder.finish(into: &output)
      #expect(output == bytes)
      #expect(decoder.noise == 0 && !decoder.lacksPadding && !decoder.isIncomplete)
    }
  }

  @Test func yEnc() {
    let data = (0...255).map { UInt8($0) }
    var body: [UInt8] = []
    for (place, byte) in data.enumerated() {
      let coded = byte &+ 42
      if [0x00, 0x0A, 0x0D, 0x3D].contains(coded) {
        body += [0x3D, coded &+ 64]
      } else {
        body.append(coded)
      }
      if place % 50 == 49 { body += [0x0D, 0x0A] }
    }
    let head =
      "\r\nbefore\r\n=ybegin part=1 line=50 size=256 name=a b.bin\r\n=ypart begin=1 end=256\r\n"
    let message =
      Array(head.utf8) + body + Array("\r\n=yend size=256 pcrc32=29058C73\r\nafter\r\n".utf8)
    let whole = ReadMessage([message])
    #expect(whole.content.parts.map(\.filename) == [nil, "a b.bin"])
    #expect(whole.bodies.last == data)
    #expect(whole.content.parts.last?.encoding == "x-yenc")
    #expect(!whole.codes.contains("message.bad-yenc"))
    #expect(
      Splits.firstDifference(of: message.count) { ReadMessage(Splits.pieces(message, $0)) } == nil)
    let cut = ReadMessage([Array(message.prefix(200))])
    #expect(cut.content.parts.last?.isComplete == false)
    #expect(cut.codes.contains("message.bad-yenc"))
  }
}

import TestSupport
import Testing

@testable import Mail

@Suite struct MIMEFuzzTests {
  private static let pieces = [
    "\r\n", "\n", "\r", "--b", "--bb", "--b--", "--", "-", "\r\n--b\r\n", "\r\n--bb--\r\n", " ",
    "\t",
    "Content-Type: multipart/mixed; boundary=b\r\n",
    "Content-Type: multipart/digest; boundary=bb\r\n",
    "Content-Type: message/rfc822\r\n", "Content-Type: text/plain\r\n",
    "Content-Type: application/ms-tnef\r\n",
    "Content-Transfer-Encoding: base64\r\n", "Content-Transfer-Encoding: quoted-printable\r\n",
    "Content-Transfer-Encoding: x-uuencode\r\n", "\r\n\r\n", "Subject: x\r\n", ": x\r\n", "x",
    "hello\r\n",
    "aGVsbG8=", "U3ViamVjdDogaW4NCg0KYm9keQ==", "=", "==", "=3D", "=3", "=\r\n", "= \r\n",
    "a  \r\n",
    "begin 644 x\r\n", "%:&5L;&\\\r\n", "`\r\n", "end\r\n", "=ybegin line=9 size=3 name=y\r\n",
    "=yend size=3\r\n",
    "=y", "\u{78}\u{9F}\u{3E}\u{22}", "From x\r\n", "é", "\0", "; filename=\"", "\"", "(", ")",
  ]

  /// Any bytes: no trap, and the same content however they are cut.
  @Test func anyMessage() {
    for round in 0..<1_500 {
      var random = SeededGenerator(round: round)
      var bytes: [UInt8] = []
      for _ in 0..<Int.random(in: 1...30, using: &random) {
        if Int.random(in: 0..<12, using: &random) == 0 {
          bytes += random.bytes(Int.random(in: 1...6, using: &random))
        } else {
          bytes += Array((Self.pieces.randomElement(using: &random) ?? "").utf8)
        }
      }
      let difference = Splits.firstDifference(of: bytes.count) {
        ReadMessage(Splits.pieces(bytes, $0))
      }
      if let difference {
        Issue.record("\(SeededGenerator.replay), round \(round): \(difference)")
        return
      }
      #expect(ReadMessage([bytes]).isInOrder)
      let cut = Int.random(in: 0...bytes.count, using: &random)
      let gapped = ReadMessage([Array(bytes[..<cut]), Array(bytes[cut...])], gap: (0, 7))
      #expect(gapped.isInOrder)
    }
  }

  /// A whole message with some of its bytes changed.
  @Test func mutated() {
    for (place, test) in MIMEReaderTests.cases.enumerated() where !test.bytes.isEmpty {
      for round in 0..<15 {
        var random = SeededGenerator(round: place * 100 + round)
        var bytes = test.bytes
        for _ in 0..<Int.random(in: 1...4, using: &random) {
          let at = Int.random(in: 0..<bytes.count, using: &random)
          switch Int.random(in: 0..<3, using: &random) {
          case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
          case 1: bytes.insert(UInt8.random(in: 0...127, using: &random), at: at)
          default: if bytes.count > 1 { bytes.remove(at: at) }
          }
        }
        let difference = Splits.firstDifference(of: bytes.count) {
          ReadMessage(Splits.pieces(bytes, $0))
        }
        if let difference {
          Issue.record("\(SeededGenerator.replay), \(test), round \(round): \(difference)")
          return
        }
      }
    }
  }
}

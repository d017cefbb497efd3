import Fields
import Testing

@testable import Dissection

@Suite struct PendingPDUTests {
  struct Piece: Sendable {
    let offset: Int
    let text: String
  }
  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let pieces: [Piece]
    let content: String
    /// For each fragment, in the order of their places: `-` plain, `o` overlaps, `c` conflicts.
    let marks: String
  }
  static let cases: [Case] = [
    Case(
      testDescription: "in order",
      pieces: [Piece(offset: 0, text: "ab"), Piece(offset: 2, text: "cd")],
      content: "abcd", marks: "--"),
    Case(
      testDescription: "out of order",
      pieces: [
        Piece(offset: 0, text: "ab"), Piece(offset: 4, text: "ef"), Piece(offset: 2, text: "cd"),
      ], content: "abcdef", marks: "---"),
    Case(
      testDescription: "hole", pieces: [Piece(offset: 0, text: "ab"), Piece(offset: 3, text: "d")],
      content: "ab", marks: "--"),
    Case(
      testDescription: "overlap",
      pieces: [Piece(offset: 0, text: "abc"), Piece(offset: 2, text: "cd")], content: "abcd",
      marks: "-o"),
    Case(
      testDescription: "twice",
      pieces: [
        Piece(offset: 0, text: "ab"), Piece(offset: 2, text: "cd"), Piece(offset: 2, text: "cd"),
      ], content: "abcd", marks: "--o"),
    Case(
      testDescription: "the first in place counts, not in time",
      pieces: [
        Piece(offset: 0, text: "ab"), Piece(offset: 3, text: "XYZ"), Piece(offset: 2, text: "cde"),
      ], content: "abcdeZ", marks: "--c"),
  ]
  @Test(arguments: cases) func joins(_ test: Case) {
    var pdu = PendingPDU(start: 0xffff_fffe, end: 4, firstFrame: 1)
    for (index, piece) in test.pieces.enumerated() {
      pdu.add(Array(piece.text.utf8).span, at: piece.offset, frame: index + 1)
    }
    #expect(pdu.contiguous == test.content.utf8.count)
    #expect(String(decoding: pdu.content(), as: UTF8.self) == test.content)
    let marks = pdu.fragments.map { $0.conflicts ? "c" : $0.overlaps ? "o" : "-" }.joined()
    #expect(marks == test.marks)
    #expect(pdu.held == test.pieces.reduce(0) { $0 + $1.text.utf8.count })
    pdu.finish()
    #expect(pdu.held == 0 && pdu.isFinished)
  }

  @Test func scatteredPiecesAreBounded() {
    var pdu = PendingPDU(start: 0, end: 1 << 20, firstFrame: 1)
    for place in 0...PendingPDU.mostPieces {
      #expect(!pdu.isTooScattered)
      pdu.add([1].span, at: 2 * place + 1, frame: place)
    }
    #expect(pdu.isTooScattered)
  }

  /// What waits for the end of a line is described again where one may end, whatever comes before that.
  @Test func linesInPieces() {
    var reassembly = PDUReassembly()
    var tree = FieldBuffer()
    var seen: [String] = []
    var sequence: UInt32 = 1
    for (number, text) in ["NO", "O", "P\r", "x", "y", "\r\nQ", "U", "\n"].enumerated() {
      let bytes = Array(text.utf8)
      let segment = PDUSegment(
        frame: number + 1, time: 0, stream: 0, side: .client, sourcePort: 40000,
        destinationPort: 25, sequence: sequence, offset: 54)
      sequence += UInt32(bytes.count)
      reassembly.receive(
        bytes.span, segment, limits: PDULimits(), room: 1 << 20, tcp: .none, into: &tree
      ) { bytes, _, _ in
        let words = Array(bytes.copy)
        seen.append(String(decoding: words, as: UTF8.self))
        guard let feed = words.lastIndex(of: 0x0a) else {
          return .unfinished(from: 0, needs: .line)
        }
        return feed + 1 < words.count ? .unfinished(from: feed + 1, needs: .line) : .described
      }
    }
    #expect(seen == ["NO", "NOOP\r", "NOOP\rx", "NOOP\rxy\r\nQ", "QU\n"])
    #expect(reassembly.held == 0)
  }
}

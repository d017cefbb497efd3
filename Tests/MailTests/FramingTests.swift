import TestSupport
import Testing

@testable import Mail

struct BodyCase: Sendable, Equatable, CustomTestStringConvertible {
  var testDescription: String
  var wire: String
  var body: String
  var ends: Bool
  var candidates = 0
}

@Suite struct FramingTests {
  static let bodies = [
    BodyCase(testDescription: "plain", wire: "Hi\r\n.\r\n", body: "Hi\r\n", ends: true),
    BodyCase(testDescription: "dot-stuffed", wire: "..a\r\n.\r\n", body: ".a\r\n", ends: true),
    BodyCase(testDescription: "empty", wire: ".\r\n", body: "", ends: true),
    BodyCase(testDescription: "cut off", wire: "Hi\r\n.\r", body: "Hi\r\n\r", ends: false),
    BodyCase(
      testDescription: "dot CR text", wire: ".\rb\r\n.\r\n", body: "\rb\r\n", ends: true,
      candidates: 1),
    BodyCase(testDescription: "bare CR", wire: "a\rb\r\n.\r\n", body: "a\rb\r\n", ends: true),
    BodyCase(
      testDescription: "LF.LF", wire: "a\n.\nb\r\n.\r\n", body: "a\n.\nb\r\n", ends: true,
      candidates: 1),
    BodyCase(
      testDescription: "LF.CRLF", wire: "a\n.\r\nb\r\n.\r\n", body: "a\n.\r\nb\r\n", ends: true,
      candidates: 1),
    BodyCase(
      testDescription: "CRLF.LF", wire: "a\r\n.\nb\r\n.\r\n", body: "a\r\n\nb\r\n", ends: true,
      candidates: 1),
    BodyCase(
      testDescription: "CR.CR", wire: "a\r.\rb\r\n.\r\n", body: "a\r.\rb\r\n", ends: true,
      candidates: 1),
    BodyCase(
      testDescription: "CR CRLF . CRLF", wire: "a\r\r\n.\r\n", body: "a\r\r\n", ends: true),
    BodyCase(
      testDescription: "LF.CRLF then the end", wire: "a\n.\r\n.\r\n", body: "a\n.\r\n", ends: true,
      candidates: 1),
  ]

  /// However the stream is cut, it must give the same body.
  @Test(arguments: bodies) func decodes(_ test: BodyCase) {
    let wire = Array(test.wire.utf8)
    func read(_ lengths: [Int]) -> BodyCase {
      var body = MessageBody()
      var sink = CollectedMessages()
      sink.begin(0)
      var read = test
      read.ends = false
      for piece in Splits.pieces(wire, lengths) {
        var index = 0
        if body.receive(piece.span, from: &index, of: 0, to: &sink) == .end { read.ends = true }
      }
      if !read.ends { body.flush(of: 0, to: &sink) }
      #expect(body.size == test.body.utf8.count)
      read.body = String(decoding: sink.messages[0] ?? [], as: UTF8.self)
      read.candidates = body.candidates.count
      return read
    }
    #expect(read([wire.count]) == test)
    #expect(Splits.firstDifference(of: wire.count, parse: read) == nil)
  }

  @Test func findsBreaksInLongText() {
    // Hits at every place within and around the words of the scanner.
    for place in 0..<40 {
      var bytes = [UInt8](repeating: 0x61, count: 40)
      bytes[place] = .lineFeed
      #expect(bytes.span.firstIndex(of: .lineFeed) == place)
      bytes[min(place + 1, 39)] = 0x0B
      #expect(bytes.span.firstIndex(of: .lineFeed) == (place == 39 ? nil : place))
    }
  }

  struct Framed: Equatable {
    var text: String
    var ending: LineFramer.Ending
    var length: Int
    var dropped: Int
    var returns: Int
    var start: Int
    var end: Int
  }

  static func frame(_ pieces: [[UInt8]], limit: Int) -> [Framed] {
    var framer = LineFramer(limit: limit)
    var lines: [Framed] = []
    var offset = 0
    func add(_ line: LineFramer.Line, _ text: String) {
      lines.append(
        Framed(
          text: text, ending: line.ending, length: line.length, dropped: line.dropped,
          returns: line.bareReturns, start: line.start.streamOffset, end: line.end.streamOffset))
    }
    for piece in pieces {
      let position = Position(frame: 1, time: 0, streamOffset: offset)
      var index = 0
      while let line = framer.next(in: piece.span, from: &index, at: position) {
        add(line, framer.bytes(of: line, in: piece.span).text)
      }
      offset += piece.count
    }
    let none: [UInt8] = []
    if let line = framer.cut(at: Position(frame: 1, time: 0, streamOffset: offset)) {
      add(line, framer.bytes(of: line, in: none.span).text)
    }
    return lines
  }

  @Test(arguments: [
    "", "a", "a\r\n", "a\nb\r\n\r\nc", "a\rb\r\r\n", "\r\n\n", "abcdefghij\r\nk\r\n",
  ])
  func framesTheSameHoweverSplit(_ text: String) {
    let bytes = Array(text.utf8)
    for limit in [3, 100] {
      let difference = Splits.firstDifference(of: bytes.count) {
        Self.frame(Splits.pieces(bytes, $0), limit: limit)
      }
      #expect(difference == nil)
      let whole = Self.frame([bytes], limit: limit)
      #expect(whole.reduce(0) { $0 + $1.length } == bytes.count)
    }
  }

  @Test func aLongLineKeepsSync() {
    let lines = Self.frame([Array("abcdefghij\r\nk\r\n".utf8)], limit: 3)
    #expect(lines.map(\.text) == ["abc", "k"])
    #expect(lines.map(\.dropped) == [7, 0])
  }

  @Test(arguments: [
    ("FROM:<a@b.c> SIZE=1", "a@b.c", ["SIZE=1"], 0),
    ("FROM:<>", "", [], 0),
    ("FROM: <a@b.c>", "a@b.c", [], 1),
    ("from : a@b.c BODY=7BIT", "a@b.c", ["BODY=7BIT"], 2),
    ("FROM:<@x,@y:a@b.c>", "a@b.c", [], 1),
    ("FROM:<\"a > b\\\" c\"@b.c> X", "\"a > b\\\" c\"@b.c", ["X"], 0),
    ("FROM:<a@b.c SIZE=1", "a@b.c", ["SIZE=1"], 1),
    ("FROM:<\u{e4}@b.c>", "\u{e4}@b.c", [], 0),
    ("<a@b.c>", "a@b.c", [], 1),
    ("", "", [], 2),
    ("FROM:<\"\\", "\"\\", [], 1),
  ]) func paths(_ argument: String, _ address: String, _ parameters: [String], _ oddities: Int) {
    let path = SMTPPath(argument.utf8.span, keyword: "FROM")
    #expect(path.address == address)
    #expect(path.parameters == parameters)
    #expect(path.oddities.count == oddities)
  }
}

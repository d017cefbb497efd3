import Testing

@testable import Mail

struct BodyCase: Sendable, CustomTestStringConvertible {
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

  /// Every two-way split of the stream must give the same body as the whole.
  @Test(arguments: bodies) func decodes(_ test: BodyCase) {
    let wire = Array(test.wire.utf8)
    for cut in 0...wire.count {
      var body = MessageBody()
      var sink = CollectingSink()
      sink.begin(0)
      var ended = false
      for part in [wire[..<cut], wire[cut...]] {
        let bytes = Array(part)
        var index = 0
        if body.receive(bytes.span, from: &index, of: 0, to: &sink) == .end { ended = true }
      }
      if !ended { body.flush(of: 0, to: &sink) }
      #expect(sink.messages[0].map { String(decoding: $0, as: UTF8.self) } == test.body)
      #expect(ended == test.ends, "split at \(cut)")
      #expect(body.candidates.count == test.candidates, "split at \(cut)")
      #expect(body.size == test.body.utf8.count)
    }
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
      let whole = Self.frame([bytes], limit: limit)
      for cut in 0...bytes.count {
        let split = Self.frame([Array(bytes[..<cut]), Array(bytes[cut...])], limit: limit)
        #expect(split == whole, "split at \(cut)")
      }
      #expect(Self.frame(bytes.map { [$0] }, limit: limit) == whole)
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
    let path = SMTPPath(argument, keyword: "FROM")
    #expect(path.address == address)
    #expect(path.parameters == parameters)
    #expect(path.oddities.count == oddities)
  }
}

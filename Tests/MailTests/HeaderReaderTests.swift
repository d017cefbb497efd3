import Testing

@testable import Mail

@Suite struct HeaderReaderTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var text: String
    /// Fields as `name|value as sent`, and how the header ended with what is left for the body.
    var events: [String]

    init(_ testDescription: String, _ text: String, _ events: [String]) {
      (self.testDescription, self.text, self.events) = (testDescription, text, events)
    }
  }

  static let cases = [
    Case("plain", "A: b\r\nC: d\r\n\r\nbody", ["A|b", "C|d", "emptyLine|body"]),
    Case("folded", "A: b\r\n c\r\n\td\r\n\r\n", ["A|b\r\n c\r\n\td", "emptyLine|"]),
    Case("LF alone", "A: b\n c\n\nx\n", ["A|b\n c", "emptyLine|x\n"]),
    Case("CR alone is text", "A: b\rC: d\r\n\r\n", ["A|b\rC: d", "emptyLine|"]),
    Case("obsolete blanks", "A \t: b\r\n\r\n", ["A|b", "emptyLine|"]),
    Case("empty value", "A:\r\nB:  \r\n\r\n", ["A|", "B|", "emptyLine|"]),
    Case("blank continuation", "A: b\r\n  \r\nC: d\r\n\r\n", ["A|b", "C|d", "emptyLine|"]),
    Case("no header", "\r\nbody", ["emptyLine|body"]),
    Case("nothing", "", ["endOfMessage|"]),
    Case("no end", "A: b\r\nC: d", ["A|b", "C|d", "endOfMessage|"]),
    Case("a line that is no field", "A: b\r\nhello you\r\n", ["A|b", "noField|hello you\r\n"]),
    Case("a word", "A: b\r\nhello\r\n", ["A|b", "noField|hello\r\n"]),
    Case("a word at the end", "A: b\r\nhello", ["A|b", "noField|hello"]),
    Case("a name in another script", "A: b\r\né: x\r\n", ["A|b", "noField|é: x\r\n"]),
    Case("CR where a line begins", "A: b\r\n\rx\r\n", ["A|b", "noField|\rx\r\n"]),
    Case("CR at the end", "A: b\r\n\r", ["A|b", "noField|\r"]),
    Case("continuation of nothing", " x\r\nA: b\r\n\r\n", ["A|b", "emptyLine|"]),
    Case("mailbox file", "From a@b Mon\r\nA: b\r\n\r\n", ["A|b", "emptyLine|"]),
    Case("quoted mailbox file", ">From a@b Mon\nA: b\n\n", ["A|b", "emptyLine|"]),
    Case("From later on", "A: b\r\nFrom a@b\r\n", ["A|b", "noField|From a@b\r\n"]),
    Case("no name", ": x\r\nA: b\r\n\r\n", ["A|b", "emptyLine|"]),
  ]

  private func events(_ bytes: [UInt8], cut: Int) -> [String] {
    var reader = HeaderReader()
    var events: [String] = []
    func take(_ event: HeaderReader.Event) {
      switch event {
      case .field(let field):
        events.append("\(field.name)|\(String(decoding: field.raw, as: UTF8.self))")
        let sent = bytes[field.start..<field.colon]
        #expect(String(decoding: sent, as: UTF8.self).trimmingBlanks == field.name)
      case .end(let end, let body):
        events.append("\(end)|\(String(decoding: bytes[body...], as: UTF8.self))")
      }
    }
    var body: [UInt8] = []
    for part in [bytes[..<cut], bytes[cut...]] {
      let wasDone = reader.isDone
      let used = reader.receive(part.span, emit: take)
      if reader.isDone, !wasDone { body += reader.unread }
      body += part.dropFirst(used)
    }
    let wasDone = reader.isDone
    reader.finish(emit: take)
    if !wasDone { body += reader.unread }
    let end = events.last ?? ""
    #expect(
      end.split(atByte: 0x7C, maxSplits: 1, omittingEmptySubsequences: false).last
        .map(String.init) == String(decoding: body, as: UTF8.self), "split at \(cut)")
    return events
  }

  @Test(arguments: cases) func cuts(_ test: Case) {
    let bytes = Array(test.text.utf8)
    for cut in 0...bytes.count {
      #expect(events(bytes, cut: cut) == test.events, "split at \(cut)")
    }
  }

  @Test func cutByAGap() {
    let cases: [(String, [String])] = [
      ("A: b\r\nC: d", ["A"]), ("A: b\r\n c\r\n d", ["A"]), ("A: b\r\n", ["A"]),
      ("A: b", []), ("A", []), ("A: b\r\n\r", ["A"]),
    ]
    for (text, wanted) in cases {
      var reader = HeaderReader()
      var names: [String] = []
      var ends: [HeaderReader.End] = []
      func take(_ event: HeaderReader.Event) {
        switch event {
        case .field(let field): names.append(field.name)
        case .end(let end, _): ends.append(end)
        }
      }
      reader.receive(Array(text.utf8).span, emit: take)
      reader.gap(emit: take)
      #expect(names == wanted, "\(text)")
      #expect(ends == [.gap])
    }
  }

  @Test func keepsALongFieldUpToTheLimit() {
    var reader = HeaderReader(.internet, limit: 2_000)
    let bytes = Array("A: \(String(repeating: "x", count: 5_000))\r\nB: c\r\n\r\n".utf8)
    var fields: [HeaderField] = []
    reader.receive(bytes.span) { if case .field(let field) = $0 { fields.append(field) } }
    #expect(fields.map(\.name) == ["A", "B"])
    #expect(fields.first?.bytes.count == 2_000)
    #expect(fields.first?.dropped == 3_005)
    #expect(fields.first?.end == 5_005)
    #expect(reader.longFields == 1)
  }
}

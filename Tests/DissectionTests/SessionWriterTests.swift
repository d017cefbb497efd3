import Fields
import Testing

@testable import Dissection

@Suite struct SessionWriterTests {
  private enum Step {
    case enter(Int)
    case leave(Int)
    /// A session ends.
    case finish(Int)
  }
  /// What is written after the steps, stream by stream, and at the end.
  private struct Case: CustomTestStringConvertible {
    let testDescription: String
    let steps: [Step]
    let text: String
  }

  @Test(arguments: [
    Case(
      testDescription: "in order", steps: [.enter(0), .enter(1), .finish(0), .finish(1)],
      text: "0:0/0 1:1/2"),
    Case(
      testDescription: "the later one ends first",
      steps: [.enter(0), .enter(1), .finish(1), .finish(0)], text: "0:0/0 1:1/2"),
    Case(
      testDescription: "an open one before it", steps: [.enter(0), .enter(1), .finish(1)],
      text: "1:0/0"),
    Case(
      testDescription: "what was no session holds nothing up",
      steps: [.enter(0), .enter(1), .enter(2), .finish(2), .leave(0), .leave(1)], text: "2:0/0"),
    Case(
      testDescription: "numbers with holes",
      steps: [.enter(3), .enter(9), .enter(11), .finish(11), .finish(9), .leave(3)],
      text: "9:0/0 11:1/2"),
  ])
  private func order(_ expected: Case) throws {
    #expect(try Self.written(expected.steps) == expected.text)
  }

  /// Far more than memory is to hold waits for one connection that stays open.
  @Test func manyAfterAnOpenOne() throws {
    let count = 20_000
    let steps: [Step] =
      [.enter(0)] + (1...count).flatMap { [.enter($0), .finish($0)] } + [.finish(0)]
    let filler = String(repeating: "x", count: 200)
    let text = try Self.written(steps, filler: filler)
    let expected = (0...count).map { "\($0):\($0)/\(2 * $0)\(filler)" }.joined(separator: " ")
    #expect(text == expected)
  }

  /// Sessions leave text for the end, longer ones too.
  @Test func textForTheEnd() throws {
    var writer = SessionWriter()
    var output = MemoryOutput()
    let long = String(repeating: "y", count: 200_000)
    for stream in [2, 0, 1] {
      var text = TextBuffer()
      text.write(.comma)
      text.write("\(stream)")
      text.write(.atEnd)
      text.write(.comma)
      text.write("m\(stream)\(long)")
      try writer.add(
        text.span, stream: stream, messages: 1, before: stream == 1 ? nil : 0, to: &output)
    }
    var end = TextBuffer()
    end.write("[")
    end.write(.left)
    end.write("]")
    try writer.finish(end.span, to: &output)
    #expect(output.string == "0,1,2[m0\(long),m1\(long),m2\(long)]")
  }

  /// Each session writes its stream, its number and that of its first message, and has two messages.
  private static func written(_ steps: [Step], filler: String = "") throws -> String {
    var writer = SessionWriter()
    var (open, output) = (OpenStreams(), MemoryOutput())
    for step in steps {
      switch step {
      case .enter(let stream): open.enter(stream)
      case .leave(let stream): open.leave(stream)
      case .finish(let stream):
        open.leave(stream)
        var text = TextBuffer()
        text.write(.lineFeed)
        text.write("\(stream):")
        text.write(.number)
        text.write("/")
        text.write(messageNumber: 0)
        text.write(filler)
        try writer.add(text.span, stream: stream, messages: 2, before: open.first, to: &output)
      }
    }
    try writer.finish(TextBuffer().span, to: &output)
    return output.string.replacing("\n", with: " ")
  }
}

@Suite struct SpoolTests {
  @Test func givesBackWhatWasAppended() throws {
    var spool = Spool()
    var places: [(Spool.Place, UInt8)] = []
    for number in 0..<300 {
      let byte = UInt8(number % 251)
      let bytes = [UInt8](repeating: byte, count: number * 37)
      places.append((try spool.append(bytes.span), byte))
    }
    for (place, byte) in places.reversed() {
      var rest = place
      var count = 0
      while let piece = try spool.next(of: &rest) {
        #expect(piece.allSatisfy { $0 == byte })
        count += piece.count
      }
      #expect(count == place.range.count)
      spool.release(place)
    }
    // Nothing is needed any more: it begins anew.
    #expect(try spool.append([1].span).range == 0..<1)
  }
}

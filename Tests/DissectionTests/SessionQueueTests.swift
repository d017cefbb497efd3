import Testing

@testable import Dissection
@testable import Mail

@Suite struct SessionQueueTests {
  private enum Step {
    case enter(Int)
    case leave(Int)
    case finish(Int)
  }
  /// What is given out after the steps, stream by stream. A session weighs 512.
  private struct Case: CustomTestStringConvertible {
    let testDescription: String
    var limit = 10_000
    let steps: [Step]
    let streams: [Int]
    var early = 0
  }

  @Test(arguments: [
    Case(
      testDescription: "in order", steps: [.enter(0), .enter(1), .finish(0), .finish(1)],
      streams: [0, 1]),
    Case(
      testDescription: "the later one ends first",
      steps: [.enter(0), .enter(1), .finish(1), .finish(0)], streams: [0, 1]),
    Case(
      testDescription: "an open one before it", steps: [.enter(0), .enter(1), .finish(1)],
      streams: []),
    Case(
      testDescription: "what was no session holds nothing up",
      steps: [.enter(0), .enter(1), .enter(2), .finish(2), .leave(0), .leave(1)], streams: [2]),
    Case(
      testDescription: "more than may wait", limit: 1000,
      steps: [.enter(0), .enter(1), .enter(2), .finish(2), .finish(1)], streams: [1], early: 1),
    Case(
      testDescription: "numbers with holes", steps: [.enter(3), .enter(9), .finish(9), .leave(3)],
      streams: [9]),
  ])
  private func order(_ expected: Case) {
    var queue = SessionQueue(limit: expected.limit)
    for step in expected.steps {
      switch step {
      case .enter(let stream): queue.enter(stream)
      case .leave(let stream): queue.leave(stream)
      case .finish(let stream): queue.finish(stream, record(stream))
      }
    }
    var streams: [Int] = []
    while let record = queue.next() {
      #expect(record.id == streams.count)
      streams.append(record.stream)
    }
    #expect(streams == expected.streams)
    #expect(queue.early == expected.early)
  }

  /// One connection stays open while many come and go: the state kept for them goes with them.
  @Test func manyBehindAnOpenOne() {
    var queue = SessionQueue(limit: 100 * 512)
    queue.enter(0)
    var given = 0
    for stream in 1...50_000 {
      queue.enter(stream)
      queue.finish(stream, record(stream))
      while queue.next() != nil { given += 1 }
    }
    #expect(given == 50_000 - 100)
    #expect(queue.early == given)
  }

  private func record(_ stream: Int) -> SessionRecord {
    var facts = ConversationFacts()
    facts.stream = stream
    return SessionRecord(Session(.smtp), facts)
  }
}

import Fields

/// Bytes that a side sent last and the other never acknowledged, though they were sent again: they did not arrive.
struct NotReceived: Sendable {
  var side: Side
  /// Where they begin in the stream.
  var start: Int
  var count: Int
  var repetitions: Int

  /// nil where they were sent but once: they went down with the connection, which says nothing of the way.
  init?(_ side: Side, _ count: Int, repetitions: Int, lastByte: Position?) {
    guard count > 0, repetitions > 0, let lastByte else { return nil }
    (self.side, self.count, self.repetitions) = (side, count, repetitions)
    start = lastByte.streamOffset + 1 - count
  }

  var finding: QuotingText {
    "the last \(Phrase.count(count, "byte")) of the \(side.rawValue) were never acknowledged, though sent again \(Phrase.count(repetitions, "time")): the \(side.other.rawValue) did not receive them"
  }

  /// The same, for a verdict.
  var verdict: QuotingText {
    "the last \(Phrase.count(count, "byte")) of the \(side.rawValue) not received by the \(side.other.rawValue)"
  }
}

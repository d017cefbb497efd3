import Fields
import HeapModule

/// Writes the texts of sessions, which come as the sessions end, in the order of their first frames.
///
/// A session waits for every conversation that began before it and may still become one. Its text waits in a temporary
/// file; memory has no more of it than where that is.
struct SessionWriter: ~Copyable {
  private struct Waiting: Comparable {
    let stream: Int
    let messages: Int
    let place: Spool.Place

    static func == (left: Self, right: Self) -> Bool { left.stream == right.stream }
    static func < (left: Self, right: Self) -> Bool { left.stream < right.stream }
  }
  /// Texts up to this length are written at once, where nothing is before them.
  private static let shortLength = 1 << 16
  private var waiting: Heap<Waiting> = []
  private var spool = Spool()
  private var places = SessionPlaces()
  private var text = TextBuffer(capacity: 1 << 17)

  /// Takes the text before all sessions.
  mutating func begin(_ beginning: Span<UInt8>) { text.write(beginning) }

  /// Takes the text of a session that is over, and writes what no conversation from `open` on can come before: that is the
  /// earliest that may still become a session.
  mutating func add(
    _ session: Span<UInt8>, stream: Int, messages: Int, before open: Int?,
    to output: inout some ByteOutput & ~Copyable
  ) throws(OutputError) {
    let isNext = stream < open ?? .max && stream < waiting.min?.stream ?? .max
    if isNext, session.count <= Self.shortLength {
      try places.fill(session, to: &text)
      places.end(messages: messages)
      try flush(to: &output)
    } else {
      let place = try spool.append(session)
      waiting.insert(Waiting(stream: stream, messages: messages, place: place))
    }
    try writeWaiting(before: open, to: &output)
  }

  private mutating func writeWaiting(
    before open: Int?, to output: inout some ByteOutput & ~Copyable
  ) throws(OutputError) {
    while let first = waiting.min, first.stream < open ?? .max {
      waiting.removeMin()
      var rest = first.place
      while let piece = try spool.next(of: &rest) {
        try places.fill(piece.span, to: &text)
        try flush(to: &output)
      }
      spool.release(first.place)
      places.end(messages: first.messages)
    }
  }

  /// Writes the text after all sessions, with what they have left for it.
  mutating func finish(
    _ end: Span<UInt8>, to output: inout some ByteOutput & ~Copyable
  ) throws(OutputError) {
    try writeWaiting(before: nil, to: &output)
    let place = end.firstPlace(from: 0)
    text.write(end.part(0, place))
    for left in place < end.count ? places.left.all : [] {
      var rest = left
      while let piece = try places.left.next(of: &rest) {
        text.write(piece.span)
        try flush(to: &output)
      }
    }
    text.write(end.part(min(place + 1, end.count), end.count))
    if !text.isEmpty { try output.write(text.span) }
    text.clear()
  }

  /// Hands over what has gathered once it is worth a system call.
  private mutating func flush(
    to output: inout some ByteOutput & ~Copyable
  ) throws(OutputError) {
    guard text.count >= 1 << 16 else { return }
    try output.write(text.span)
    text.clear()
  }
}

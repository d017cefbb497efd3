import Fields

/// What a view leaves open in the text of a session until all sessions that began before it are over. Each place is a
/// byte that UTF-8 does not have.
public enum SessionPlace: UInt8, Sendable {
  /// The session's number: 0, 1, … by first frame.
  case number = 0xff
  /// The number of one of its messages, on both sides of its index in the session.
  case message = 0xfe
  /// A line feed, but not before the first session.
  case lineFeed = 0xfd
  /// A comma, but not before the first session, or the first text that is for the end.
  case comma = 0xfc
  /// What follows in the text of the session comes after all sessions.
  case atEnd = 0xfb
  /// In the text of the end: here is what sessions have left for it.
  case left = 0xfa

  /// The number, from 1, of one of its messages in the name of a file: four digits at least. As `message`.
  case fileNumber = 0xf9
  /// The same in a row: as wide as that.
  case rowNumber = 0xf8

  static let least = rowNumber.rawValue
}

extension TextBuffer {
  public mutating func write(_ place: SessionPlace) { write(byte: place.rawValue) }

  /// The number, over the whole capture, of the message that has `index` in its session.
  public mutating func write(messageNumber index: Int) {
    write(.message, index: index)
  }

  /// A place that is for the message that has `index` in its session.
  mutating func write(_ place: SessionPlace, index: Int) {
    write(place)
    write(decimal: index)
    write(place)
  }
}

/// Fills the places in the texts of sessions, which are in the order of their first frames by now.
struct SessionPlaces: ~Copyable {
  private var number = 0
  private var firstMessage = 0
  /// What sessions have left for the end.
  private(set) var left = Spool()
  private var isAtEnd = false
  private var hasText = false
  private var hasLeft = false
  /// The index of a message that is being read.
  private var index: Int?

  /// Takes a piece of a session's text.
  mutating func fill(_ piece: Span<UInt8>, to text: inout TextBuffer) throws(OutputError) {
    var start = 0
    while start < piece.count {
      let end = piece.firstPlace(from: start)
      if index != nil {
        for digit in start..<end {
          index = (index ?? 0) &* 10 &+ Int(piece[digit] &- UInt8(ascii: "0"))
        }
      } else {
        try write(piece.part(start, end), to: &text)
      }
      if end < piece.count, let place = SessionPlace(rawValue: piece[end]) {
        try fill(place, to: &text)
      }
      start = end + 1
    }
  }

  private mutating func fill(
    _ place: SessionPlace, to text: inout TextBuffer
  ) throws(OutputError) {
    var words = TextBuffer()
    switch place {
    case .number: words.write(decimal: number)
    case .message, .fileNumber, .rowNumber:
      guard let known = index else { return index = 0 }
      index = nil
      let number = firstMessage + known
      switch place {
      case .fileNumber: words.write(decimal: UInt64(clamping: number + 1), width: 4)
      case .rowNumber: words.pad(toWidth: 4) { $0.write(decimal: number + 1) }
      default: words.write(decimal: number)
      }
    case .lineFeed: if hasText { words.write("\n") }
    case .comma: if isAtEnd ? hasLeft : hasText { words.write(",") }
    case .atEnd: isAtEnd = true
    case .left: break
    }
    try write(words.span, to: &text)
  }

  private mutating func write(
    _ piece: Span<UInt8>, to text: inout TextBuffer
  ) throws(OutputError) {
    guard !piece.isEmpty else { return }
    if isAtEnd {
      _ = try left.append(piece)
      hasLeft = true
    } else {
      text.write(piece)
      hasText = true
    }
  }

  /// The text of a session is complete; it had so many messages.
  mutating func end(messages: Int) {
    number += 1
    firstMessage += messages
    isAtEnd = false
  }
}

extension Span<UInt8> {
  /// Where the next place is; the end where there is none.
  func firstPlace(from start: Int) -> Int {
    var index = start
    // Without a way out of the loop within a block: it takes many bytes at once.
    while index &+ 64 <= count {
      var most: UInt8 = 0
      for place in index..<index &+ 64 { most = Swift.max(most, self[place]) }
      if most >= SessionPlace.least { break }
      index &+= 64
    }
    while index < count, self[index] < SessionPlace.least { index &+= 1 }
    return index
  }
}

import Fields

/// A line of the server with its literals, found as its bytes come: none is looked at twice.
struct ServerLine: Sendable {
  struct Literal: Sendable {
    let count: Int
    /// Bytes of it that are there.
    var kept: Int
    let isMail: Bool
  }
  /// Text up to a line end, and the literal that it announces; places count from the line's first byte.
  struct Piece: Sendable {
    let text: PacketLine
    var literal: Literal?
  }

  /// TCP's sequence number of its first byte.
  let sequence: UInt32
  private(set) var pieces: [Piece] = []
  /// Where the next line of it begins, and up to where that is known not to end.
  private(set) var end = 0
  private(set) var seen = 0
  /// Bytes of the last literal that could not be waited for.
  private(set) var missing = 0
  private var isComplete = false
  private var takesLiterals = false

  init(sequence: UInt32) { self.sequence = sequence }

  /// Goes on with all bytes that have come. Returns how many are missing, at least.
  mutating func read(_ bytes: Span<UInt8>) -> Int {
    while !isComplete {
      if pieces.last?.literal != nil, end >= bytes.count {
        seen = bytes.count
        return max(1, end - bytes.count)
      }
      let line = bytes.packetLine(at: end, seen: seen)
      guard line.isComplete(in: bytes) else {
        seen = line.end
        return 1
      }
      add(line, bytes)
    }
    return 0
  }

  private mutating func add(_ line: PacketLine, _ bytes: Span<UInt8>) {
    let content = bytes.part(line.start, line.end)
    if pieces.isEmpty, case .data(let head) = IMAPResponseHead(content) {
      takesLiterals = head.takesLiterals
    }
    let announced = takesLiterals ? LiteralAnnouncement(endOf: content) : nil
    let literal = announced.map {
      let section = BodySection(endOf: content.part(0, content.count - $0.length))
      return Literal(count: $0.count, kept: $0.count, isMail: section?.hasHeader == true)
    }
    pieces.append(Piece(text: line, literal: literal))
    end = line.next + (literal?.count ?? 0)
    isComplete = literal == nil
  }

  /// No more bytes than `count` can wait: what is there is described.
  mutating func cut(at count: Int) {
    isComplete = true
    if let last = pieces.indices.last, let literal = pieces[last].literal, end >= count {
      missing = end - count
      pieces[last].literal?.kept = literal.count - missing
    } else {
      pieces.append(Piece(text: PacketLine(start: end, end: count, next: count), literal: nil))
    }
    end = count
  }
}

import Applications
import Fields
import Mail

/// Takes what proxies say out of both streams of a conversation, before it is looked at what is spoken. The places of
/// what is left stay those that TCP gave it.
struct ProxyStage: Sendable {
  /// What is left of some bytes.
  struct Passage: Sendable {
    /// Bytes that had waited.
    var released: [Piece] = []
    /// The part of the new bytes that is passed on begins here.
    var start: Int
  }
  struct Piece: Sendable {
    var bytes: [UInt8]
    var side: Side
    var position: Position
  }

  private var reader = ProxyReader()
  /// What is wrong with a header, and the frame that ends it.
  private(set) var flaw: (text: String, frame: Int)?
  private var client: [Piece] = []
  private var server: [Piece] = []

  /// Those that were met so far, the first in front.
  var proxies: [Proxy] { reader.proxies }
  /// Where the last of them was asked to lead.
  var targetPort: UInt16? { reader.targetPort }

  /// The dialogue has begun, and no proxy was met: nothing is left to do.
  var isUnneeded: Bool { reader.isUnused && client.isEmpty }

  mutating func receive(
    _ bytes: Span<UInt8>, from side: Side, at position: Position
  ) -> Passage {
    if reader.isOver(side) { return Passage(start: 0) }
    let waiting = take(side)
    if waiting.isEmpty {
      let taken = reader.take(bytes, from: side)
      noteFlaw(position)
      if reader.isOver(side) { return Passage(start: taken) }
      keep(bytes, from: taken, side, position)
      return Passage(start: bytes.count)
    }
    let all = waiting + [Piece(bytes: bytes.copy, side: side, position: position)]
    let joined = all.flatMap(\.bytes)
    var skipped = reader.take(joined.span, from: side)
    noteFlaw(position)
    var rest: [Piece] = []
    for piece in all {
      let count = min(skipped, piece.bytes.count)
      skipped -= count
      if count < piece.bytes.count {
        rest.append(
          Piece(
            bytes: Array(piece.bytes[count...]), side: side,
            position: piece.position.advanced(by: count)))
      }
    }
    if reader.isOver(side) { return Passage(released: rest, start: bytes.count) }
    if side == .client { client = rest } else { server = rest }
    return Passage(start: bytes.count)
  }

  /// Bytes of a side were never captured: gives what had waited and may be the dialogue's.
  mutating func miss(_ length: Int, from side: Side) -> [Piece] {
    let waiting = take(side)
    let count = waiting.reduce(0) { $0 + $1.bytes.count }
    return reader.miss(length, after: count, from: side) ? [] : waiting
  }

  /// A side says nothing more: gives what had waited.
  mutating func end(_ side: Side) -> [Piece] { take(side) }

  private mutating func take(_ side: Side) -> [Piece] {
    var taken: [Piece] = []
    if side == .client { swap(&taken, &client) } else { swap(&taken, &server) }
    return taken
  }

  private mutating func keep(
    _ bytes: Span<UInt8>, from start: Int, _ side: Side, _ position: Position
  ) {
    guard start < bytes.count else { return }
    let piece = Piece(
      bytes: bytes.part(start, bytes.count).copy, side: side,
      position: position.advanced(by: start))
    if side == .client { client = [piece] } else { server = [piece] }
  }

  private mutating func noteFlaw(_ position: Position) {
    if flaw == nil, let text = reader.flaw { flaw = (text, position.frame) }
  }
}

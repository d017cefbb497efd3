import Fields

/// One POP3 dialogue, from the bytes of both sides.
public struct POP3Session: Sendable {
  /// One element: a session is moved as a word, and changed in place.
  private var dialogues: [POP3Dialogue]

  public init(midstream: Bool, options: SessionOptions) {
    dialogues = [POP3Dialogue(midstream: midstream, options: options)]
  }

  mutating func receive<Sink: MessageSink>(
    _ bytes: Span<UInt8>, from side: Side, at position: Position, to sink: inout Sink
  ) { dialogues[0].receive(bytes, from: side, at: position, to: &sink) }

  mutating func gap<Sink: MessageSink>(
    _ length: Int, from side: Side, at position: Position, to sink: inout Sink
  ) { dialogues[0].gap(length, from: side, at: position, to: &sink) }

  /// A FIN changes nothing: what is open stays open until the conversation is over.
  mutating func end(_ side: Side, at position: Position) {}

  mutating func finish<Sink: MessageSink>(_ close: SessionClose, to sink: inout Sink) -> Session {
    dialogues[0].finish(close, to: &sink)
  }

  func encryptedOffset(of side: Side) -> Int? { dialogues[0].encryptedOffset(of: side) }

  mutating func resumeClear() { dialogues[0].resumeClear() }
}

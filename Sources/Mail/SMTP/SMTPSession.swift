import Fields

/// One SMTP or LMTP dialogue (RFC 5321, RFC 2033), from the bytes of both sides.
public struct SMTPSession: Sendable {
  /// One element: a session is moved as a word, and changed in place.
  private var dialogues: [SMTPDialogue]

  public init(_ mailProtocol: MailProtocol, midstream: Bool, options: SessionOptions) {
    dialogues = [SMTPDialogue(mailProtocol, midstream: midstream, options: options)]
  }

  mutating func receive<Sink: MessageSink>(
    _ bytes: Span<UInt8>, from side: Side, at position: Position, to sink: inout Sink
  ) { dialogues[0].receive(bytes, from: side, at: position, to: &sink) }

  mutating func gap<Sink: MessageSink>(
    _ length: Int, from side: Side, at position: Position, to sink: inout Sink
  ) { dialogues[0].gap(length, from: side, at: position, to: &sink) }

  mutating func end(_ side: Side, at position: Position) { dialogues[0].end(side, at: position) }

  mutating func finish<Sink: MessageSink>(_ close: SessionClose, to sink: inout Sink) -> Session {
    dialogues[0].finish(close, to: &sink)
  }

  func encryptedOffset(of side: Side) -> Int? { dialogues[0].encryptedOffset(of: side) }

  mutating func resumeClear() { dialogues[0].resumeClear() }
}

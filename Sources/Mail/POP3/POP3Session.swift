/// One POP3 dialogue. (Placeholder.)
public struct POP3Session: Sendable {
  private var recorder: Recorder

  public init(midstream: Bool, options: SessionOptions) {
    recorder = Recorder(.pop3, midstream: midstream, options: options)
  }

  mutating func receive<Sink: MessageSink>(
    _ bytes: Span<UInt8>, from side: Side, at position: Position, to sink: inout Sink
  ) {}

  mutating func gap<Sink: MessageSink>(
    _ length: Int, from side: Side, at position: Position, to sink: inout Sink
  ) {}

  mutating func end(_ side: Side, at position: Position) {}

  mutating func finish<Sink: MessageSink>(_ close: SessionClose, to sink: inout Sink) -> Session {
    recorder.finish(verdict: "")
  }

  func encryptedOffset(of side: Side) -> Int? { nil }

  mutating func resumeClear() {}
}

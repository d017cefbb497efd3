/// One SMTP or LMTP dialogue. (Being written.)
public struct SMTPSession: Sendable {
  private var recorder: Recorder

  public init(_ mailProtocol: MailProtocol, midstream: Bool, options: SessionOptions) {
    recorder = Recorder(mailProtocol, midstream: midstream, options: options)
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

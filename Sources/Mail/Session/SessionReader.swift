import Fields

/// Reads one mail session from the bytes of both sides.
///
/// Bytes are pushed in the order in which they became contiguous; the reader keeps an unfinished line or literal and
/// what the session's record needs. It knows nothing of packets, and nothing of what the bytes were wrapped in: where
/// they begin to be encoded it asks for a codec, and goes on with what the codec makes of them.
public protocol SessionReader: Sendable {
  /// Takes bytes of one side that are contiguous with what came before; `position` is that of the first.
  ///
  /// Returns where the streams begin to be encoded, as soon as that is known. The bytes from there on were not read.
  mutating func receive<Sink: MessageSink>(
    _ bytes: Span<UInt8>, from side: Side, at position: Position, to sink: inout Sink
  ) -> StreamSwitch?

  /// `length` bytes of `side` were never captured; `position` is where they would have begun.
  mutating func gap<Sink: MessageSink>(
    _ length: Int, from side: Side, at position: Position, to sink: inout Sink
  ) -> StreamSwitch?

  /// `side` sent FIN, and all its bytes were received.
  mutating func end(_ side: Side, at position: Position)

  /// Nothing that `side` sends from here on can be read, though it was captured.
  mutating func lose<Sink: MessageSink>(_ side: Side, at position: Position, to sink: inout Sink)

  /// TLS was begun, and did not come about: nothing is encrypted, and what is given from here on was sent in clear.
  mutating func stayClear()

  /// `length` bytes that `side` sent last were never acknowledged, though segments of them were sent again `repetitions`
  /// times, or the other side closed: they did not arrive. Comes at the end of the side's stream.
  mutating func noteUnacknowledged(
    _ side: Side, _ length: Int, repetitions: Int, at position: Position)

  /// Nothing more will come that could decide what the client's held bytes are: how they look decides.
  mutating func decide<Sink: MessageSink>(to sink: inout Sink) -> StreamSwitch?

  /// What it takes in memory by now, in bytes. It is asked with each segment, where it is: a property that is only read
  /// would have the reader copied first.
  mutating func weigh() -> Int

  /// Closes what is unfinished, and makes findings and the verdict: the conversation is over.
  mutating func finish<Sink: MessageSink>(_ close: SessionClose, to sink: inout Sink) -> Session
}

extension SessionReader {
  /// A FIN changes nothing by itself: what is open stays open until the conversation is over.
  public mutating func end(_ side: Side, at position: Position) {}

  public mutating func noteUnacknowledged(
    _ side: Side, _ length: Int, repetitions: Int, at position: Position
  ) {}
}

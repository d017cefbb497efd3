import Fields

/// Where the streams of a session begin to be encoded, and what the reader was given of that already.
public struct StreamSwitch: Sendable {
  public var encoding: StreamEncoding
  /// Where the encoded bytes of each side begin, as an offset in the stream that the reader was given; nil where that is
  /// not known: with the next byte of that side.
  public var client: Int?
  public var server: Int?
  /// Encoded bytes that came already, in order: those after the switch in the same segment, and those that the client
  /// sent before it was known what they are.
  public var rest: [(side: Side, piece: HeldPiece)] = []

  public init(encoding: StreamEncoding, client: Int? = nil, server: Int? = nil) {
    (self.encoding, self.client, self.server) = (encoding, client, server)
  }
}

/// What waited until it was known what it is.
public enum HeldPiece: Sendable {
  case bytes([UInt8], Position)
  case gap(Int, Position)
}

/// The switch that a reader is about to ask for; the encoded bytes that it meets wait here until it has asked.
struct PendingSwitch: Sendable {
  private var request: StreamSwitch?
  /// It was asked for: what the reader is given from now on was decoded.
  private(set) var isTaken = false

  /// The bytes of `side` are encoded from `offset` on; nil: from its next byte on.
  mutating func begin(_ encoding: StreamEncoding, _ side: Side, at offset: Int?) {
    if request == nil { request = StreamSwitch(encoding: encoding) }
    if side == .client { request?.client = offset } else { request?.server = offset }
  }

  mutating func add(_ bytes: Span<UInt8>, from side: Side, at position: Position) {
    guard !bytes.isEmpty else { return }
    request?.rest.append((side, .bytes(bytes.copied, position)))
  }

  mutating func add(_ held: HeldBytes, from side: Side) {
    request?.rest += held.all.map { (side, $0) }
  }

  mutating func add(gap length: Int, from side: Side, at position: Position) {
    request?.rest.append((side, .gap(length, position)))
  }

  /// The request, once.
  mutating func take() -> StreamSwitch? {
    guard let request else { return nil }
    self.request = nil
    isTaken = true
    return request
  }
}

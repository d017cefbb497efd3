import Fields
import Mail

/// TLS around a session. There are no secrets yet: nothing is made of its records.
struct TLSCodec: StreamCodec {
  var sourceName: String { "Decrypted TLS" }
  var isDescribed: Bool { true }

  mutating func receive(
    _ bytes: Span<UInt8>, from side: Side, at position: Position, into output: inout CodecOutput
  ) {}

  mutating func gap(
    _ length: Int, from side: Side, at position: Position, into output: inout CodecOutput
  ) { output.pieces.append(.missing(length, position)) }
}

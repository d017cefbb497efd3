/// Cuts what one side says of the handshake into messages (RFC 8446 4), however records divide them.
struct HandshakeMessages: Sendable {
  /// Longer messages are passed over: none of those that decryption rests on is so long.
  static let mostBytes = 1 << 16

  private var pending: [UInt8] = []
  /// Bytes of a message that is passed over which are still to come.
  private var skipped = 0

  /// Bytes were not captured: what was begun is lost.
  mutating func forget() { self = Self() }

  /// Takes what a record holds; gives the messages that are whole with it, with their heads. One that is passed over
  /// has no bytes.
  mutating func take(_ bytes: ArraySlice<UInt8>) -> [[UInt8]] {
    var (messages, rest) = ([[UInt8]](), bytes)
    while !rest.isEmpty {
      let passed = min(skipped, rest.count)
      skipped -= passed
      rest = rest.dropFirst(passed)
      let count = min(rest.count, (pending.count < 4 ? 4 : 4 + length) - pending.count)
      pending += rest.prefix(count)
      rest = rest.dropFirst(count)
      guard pending.count >= 4 else { continue }
      if length > Self.mostBytes {
        (skipped, pending) = (length, [])
        messages.append([])
      } else if pending.count == 4 + length {
        messages.append(pending)
        pending = []
      }
    }
    return messages
  }

  private var length: Int { Int(pending[1]) << 16 | Int(pending[2]) << 8 | Int(pending[3]) }
}

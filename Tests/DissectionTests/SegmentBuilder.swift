import Wire

/// Writes raw IPv4 packets of one TCP conversation, for tests that play with segments.
struct SegmentBuilder {
  enum Flag: UInt8 {
    case fin = 1
    case syn = 2
    case reset = 4
    case push = 8
    case acknowledgment = 16
  }
  var clientPort: UInt16 = 40_000
  var serverPort: UInt16 = 25
  /// Initial sequence numbers.
  var clientStart: UInt32 = 1_000
  var serverStart: UInt32 = 0xffff_fe00

  /// A packet with `payload`, `offset` bytes into the sender's stream (0: the first byte after its SYN).
  func packet(
    fromClient: Bool, offset: Int, _ payload: ArraySlice<UInt8> = [],
    acknowledging acknowledged: Int = 0, flags: [Flag] = [.acknowledgment, .push]
  ) -> [UInt8] {
    let isSyn = flags.contains(.syn)
    let own = fromClient ? clientStart : serverStart
    let peer = fromClient ? serverStart : clientStart
    let sequence = own &+ UInt32(truncatingIfNeeded: offset) &+ (isSyn ? 0 : 1)
    let acknowledgment =
      flags.contains(.acknowledgment) ? peer &+ 1 &+ UInt32(truncatingIfNeeded: acknowledged) : 0
    let (source, destination) = fromClient ? (clientPort, serverPort) : (serverPort, clientPort)
    let length = 40 + payload.count
    var packet: [UInt8] = [0x45, 0] + Self.bytes(UInt16(length)) + [0, 0, 0x40, 0, 64, 6, 0, 0]
    packet += fromClient ? [192, 0, 2, 1, 192, 0, 2, 2] : [192, 0, 2, 2, 192, 0, 2, 1]
    packet += Self.bytes(source) + Self.bytes(destination)
    packet += Self.bytes(UInt16(sequence >> 16)) + Self.bytes(UInt16(truncatingIfNeeded: sequence))
    packet += Self.bytes(UInt16(acknowledgment >> 16))
    packet += Self.bytes(UInt16(truncatingIfNeeded: acknowledgment))
    packet += [0x50, flags.reduce(0) { $0 | $1.rawValue }, 0xff, 0xff, 0, 0, 0, 0]
    return packet + payload
  }

  private static func bytes(_ value: UInt16) -> [UInt8] {
    [UInt8(value >> 8), UInt8(truncatingIfNeeded: value)]
  }
}

/// A generator whose seed a failed test can print (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}

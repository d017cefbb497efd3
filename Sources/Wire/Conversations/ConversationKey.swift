/// The two endpoints of a TCP conversation, whichever of them speaks.
struct ConversationKey: Equatable, Sendable {
  private let low: NetworkAddresses.Address
  private let high: NetworkAddresses.Address
  private let lowPort: UInt16
  private let highPort: UInt16
  private let version: NetworkAddresses.Version

  /// The key of a segment, and the side that sent it.
  static func of(
    _ addresses: NetworkAddresses, source: UInt16, destination: UInt16
  ) -> (key: Self, sender: Peer) {
    let ordered =
      addresses.source != addresses.destination
      ? addresses.source < addresses.destination : source <= destination
    let key =
      ordered
      ? Self(
        low: addresses.source, high: addresses.destination, lowPort: source,
        highPort: destination, version: addresses.version)
      : Self(
        low: addresses.destination, high: addresses.source, lowPort: destination,
        highPort: source, version: addresses.version)
    return (key, ordered ? .low : .high)
  }

  /// What keeps whoever chooses addresses from choosing collisions: every factor of the hash has a secret of its own, since
  /// one that is known can be made zero, and takes the rest of the key with it.
  struct Secrets: Sendable {
    fileprivate let words: [5 of UInt64]

    init() { words = .init { _ in UInt64.random(in: .min ... .max) } }
  }

  /// Spreads the key over 32 bits.
  func hash(_ secrets: Secrets) -> UInt32 {
    let words = secrets.words
    var hash = Self.fold(low.low ^ words[0], high.low ^ words[1])
    var upper: UInt64 = 0
    if version == .ipv6 { upper = Self.fold(low.high ^ words[2], high.high ^ words[3]) }
    let ports = UInt64(lowPort) << 16 | UInt64(highPort)
    hash = Self.fold(hash &+ ports, upper ^ words[4])
    return UInt32(truncatingIfNeeded: hash ^ hash >> 32)
  }

  private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let product = left.multipliedFullWidth(by: right)
    return product.high ^ product.low
  }
}

/// One of the two ends of a conversation: that with the lower address (and port), or the other.
public enum Peer: UInt8, Sendable {
  case low
  case high

  public var other: Self { self == .low ? .high : .low }
  var index: Int { Int(rawValue) }
}

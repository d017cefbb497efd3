/// What is known of the conversation of a UDP datagram.
struct UDPConversation: Sendable {
  /// As `udp.stream`.
  let stream: Int
  var firstTime: Int64
  var previousTime: Int64
  /// Which of those that a protocol above has begun it is, if it is one.
  var ownNumber: Int?
}

/// A datagram whose payload is that of a protocol above `Wire`.
public struct Datagram: Sendable {
  /// The payload.
  public let layer: Layer
  /// The addresses of the packet that the datagram is in.
  public let addresses: NetworkAddresses
  public let sourcePort: UInt16
  public let destinationPort: UInt16
  /// The conversation, as `udp.stream`; nil where conversations are not followed.
  public let stream: Int?
}

/// Conversations of UDP, numbered as they begin.
///
/// Bounded: where more than `limit` are open, all are forgotten; numbers go on.
struct UDPConversationTable: Sendable {
  static let limit = 1_000_000

  private struct Key: Hashable {
    let addresses: NetworkAddresses
    let ports: UInt32
  }
  private var entries: [Key: UDPConversation] = [:]
  private var count = 0
  /// Conversations that a protocol above has begun and that no datagram is in yet.
  private var claims: [Key: Int] = [:]
  private var claimCount = 0

  /// The facts for a datagram. A payload that is the conversation's own, not one that an ICMP error quotes, is the
  /// one before the next.
  mutating func advance(
    _ addresses: NetworkAddresses, _ sourcePort: UInt16, _ destinationPort: UInt16,
    at time: Int64, hasPayload: Bool
  ) -> UDPConversation {
    let key = Self.key(addresses, sourcePort, destinationPort)
    if entries.count + claims.count >= Self.limit {
      entries.removeAll()
      claims.removeAll()
    }
    let claim = claims.removeValue(forKey: key)
    let known = claim == nil ? entries[key] : nil
    let facts =
      known
      ?? UDPConversation(stream: count, firstTime: time, previousTime: time, ownNumber: claim)
    if known == nil { count += 1 }
    if known == nil || hasPayload {
      entries[key] = facts
      if hasPayload { entries[key]?.previousTime = time }
    }
    return facts
  }

  /// Begins a conversation anew, unless a protocol above has done so before: the datagrams after this one are in it.
  /// Gives its number among those that were begun so.
  mutating func begin(
    _ addresses: NetworkAddresses, _ sourcePort: UInt16, _ destinationPort: UInt16
  ) -> Int {
    let key = Self.key(addresses, sourcePort, destinationPort)
    if let number = entries[key]?.ownNumber ?? claims[key] { return number }
    claims[key] = claimCount
    claimCount += 1
    return claimCount - 1
  }

  private static func key(
    _ addresses: NetworkAddresses, _ sourcePort: UInt16, _ destinationPort: UInt16
  ) -> Key {
    let isForward =
      addresses.source < addresses.destination
      || addresses.source == addresses.destination && sourcePort <= destinationPort
    return Key(
      addresses: isForward ? addresses : addresses.reversed,
      ports: isForward
        ? UInt32(sourcePort) << 16 | UInt32(destinationPort)
        : UInt32(destinationPort) << 16 | UInt32(sourcePort))
  }
}

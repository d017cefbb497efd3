/// What is known of the conversation of a UDP datagram.
struct UDPConversation: Sendable {
  /// As `udp.stream`.
  let stream: Int
  var firstTime: Int64
  var previousTime: Int64
  /// Begun by SNMP: no datagram is in it yet.
  var isEmpty = false
  var isSNMP = false
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

  /// The facts for a datagram. A payload that is the conversation's own, not one that an ICMP error quotes, is the
  /// one before the next.
  mutating func advance(
    _ addresses: NetworkAddresses, _ sourcePort: UInt16, _ destinationPort: UInt16,
    at time: Int64, hasPayload: Bool
  ) -> UDPConversation {
    let key = Self.key(addresses, sourcePort, destinationPort)
    if entries.count >= Self.limit { entries.removeAll() }
    let known = entries[key]
    var facts =
      known ?? UDPConversation(stream: count, firstTime: time, previousTime: time)
    if facts.isEmpty { (facts.firstTime, facts.previousTime, facts.isEmpty) = (time, time, false) }
    if known == nil { count += 1 }
    if known == nil || hasPayload {
      entries[key] = facts
      if hasPayload { entries[key]?.previousTime = time }
    }
    return facts
  }

  /// Wireshark's SNMP begins a conversation of its own with its first message; the datagrams after that one are in
  /// it. Gives its number.
  mutating func claimForSNMP(
    _ addresses: NetworkAddresses, _ sourcePort: UInt16, _ destinationPort: UInt16
  ) -> Int {
    let key = Self.key(addresses, sourcePort, destinationPort)
    if let known = entries[key], known.isSNMP { return known.stream }
    entries[key] = UDPConversation(
      stream: count, firstTime: 0, previousTime: 0, isEmpty: true, isSNMP: true)
    count += 1
    return count - 1
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

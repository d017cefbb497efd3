/// What is known of the conversation of a UDP datagram.
struct UDPConversation: Sendable {
  /// As `udp.stream`.
  let stream: Int
  var firstTime: Int64
  var previousTime: Int64
  /// Which of those that SNMP began it is, if it is one.
  var snmpNumber: Int?
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
  /// Conversations that SNMP began and that no datagram is in yet.
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
      ?? UDPConversation(stream: count, firstTime: time, previousTime: time, snmpNumber: claim)
    if known == nil { count += 1 }
    if known == nil || hasPayload {
      entries[key] = facts
      if hasPayload { entries[key]?.previousTime = time }
    }
    return facts
  }

  /// Wireshark's SNMP begins a conversation of its own with its first message; the datagrams after that one are in
  /// it. Gives its number among these.
  mutating func claimForSNMP(
    _ addresses: NetworkAddresses, _ sourcePort: UInt16, _ destinationPort: UInt16
  ) -> Int {
    let key = Self.key(addresses, sourcePort, destinationPort)
    if let number = entries[key]?.snmpNumber ?? claims[key] { return number }
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

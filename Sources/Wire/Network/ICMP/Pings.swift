/// Pings that wait for their reply, as a one-pass tshark sees them: a reply knows its request, a request does not know
/// its reply yet.
///
/// Bounded: two generations, of which the older is dropped when the newer is full.
struct Pings: ~Copyable {
  struct Request: Sendable, Equatable {
    let frame: Int
    /// Nanoseconds since 1970.
    let time: Int64
  }
  /// What a request and its reply have in common.
  struct Key: Hashable, Sendable {
    let kind: LayerKind
    /// As the request has them.
    let addresses: NetworkAddresses
    let identifier: UInt64
  }
  /// Requests in a generation.
  static let limit = 32_768

  private var young: [Key: Request] = [:]
  private var old: [Key: Request] = [:]

  mutating func note(_ key: Key, _ facts: FrameFacts) {
    if young.count >= Self.limit {
      old = young
      young.removeAll(keepingCapacity: true)
    }
    young[key] = Request(frame: facts.number, time: facts.time)
  }
  /// The request that a reply answers: one reply ends it.
  mutating func take(_ key: Key) -> Request? {
    let request = young[key] ?? old[key]
    young[key] = nil
    old[key] = nil
    return request
  }
}

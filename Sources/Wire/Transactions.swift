/// Requests that wait for their response, as a one-pass tshark sees them: a response knows its request, a request
/// does not know its response yet.
///
/// Bounded: two generations, of which the older is dropped when the newer is full. A request is kept after its
/// response, so that a response that comes twice is known both times; `take` is for those that one response ends.
struct Transactions: ~Copyable {
  struct Request: Sendable, Equatable {
    let frame: Int
    /// Nanoseconds since 1970.
    let time: Int64
  }
  /// What a request and its response have in common.
  struct Key: Hashable, Sendable {
    let kind: LayerKind
    /// As the request has them.
    let addresses: NetworkAddresses
    /// As the request has them; 0 where there are none.
    let sourcePort: UInt16
    let destinationPort: UInt16
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
  func request(for key: Key) -> Request? { young[key] ?? old[key] }
  mutating func take(_ key: Key) -> Request? {
    let request = request(for: key)
    young[key] = nil
    old[key] = nil
    return request
  }
}

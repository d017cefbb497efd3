import Fields

/// Requests of SNMP and their responses, matched by identifier within a conversation, whoever sent them.
///
/// Bounded: two generations, of which the older is dropped when the newer is full. A request is kept after its
/// response, so that a response that comes twice is known both times.
public struct SNMPTransactions: Sendable {
  public struct Request: Sendable, Equatable {
    let frame: Int
    let time: Int64
  }
  private struct Key: Hashable, Sendable {
    let stream: Int
    let identifier: UInt32
  }
  /// Requests in a generation.
  private static let limit = 32_768

  private var young: [Key: Request] = [:]
  private var old: [Key: Request] = [:]

  public init() {}

  /// Notes a request, or gives the one that `message` answers.
  public mutating func match(
    _ message: borrowing SNMPMessage, stream: Int, frame: Int, time: Int64
  ) -> Request? {
    // What is followed must be read whole first.
    var scratch = FieldBuffer(wantsTree: false)
    guard let (identifier, isRequest) = message.transaction(), message.isWhole(with: &scratch)
    else { return nil }
    let key = Key(stream: stream, identifier: identifier)
    guard isRequest else { return young[key] ?? old[key] }
    if young.count >= Self.limit {
      old = young
      young.removeAll(keepingCapacity: true)
    }
    young[key] = Request(frame: frame, time: time)
    return nil
  }
}

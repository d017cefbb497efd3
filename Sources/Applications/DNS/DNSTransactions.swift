import Fields

/// What became of a DNS message in its conversation.
public enum DNSMatch: Sendable, Equatable {
  case request
  case retransmittedRequest(original: Int)
  /// `time` is when the request was captured.
  case response(request: Int, time: Int64)
  case retransmittedResponse(original: Int)
  case unsolicited
  /// Not before the message is known to be whole.
  case undecided
}

/// Queries and their responses, matched by identifier within a conversation.
///
/// Bounded: two generations, of which the older is dropped when the newer is full.
public struct DNSTransactions: Sendable {
  struct Key: Hashable, Sendable {
    /// The index of the conversation.
    let stream: Int
    let identifier: UInt16
  }
  private struct Transaction {
    let frame: Int
    let time: Int64
    var responseFrame: Int?
  }
  /// Transactions in a generation.
  static let limit = 32_768
  /// A query that comes later than this after another, in nanoseconds, asks anew.
  static let retransmissionTime: Int64 = 5_000_000_000

  private var young: [Key: Transaction] = [:]
  private var old: [Key: Transaction] = [:]

  public init() {}

  /// What `message` is in its conversation; nil where it is not whole, and takes no part in it.
  public mutating func match(
    _ message: borrowing DNSMessage, stream: Int, frame: Int, time: Int64
  ) -> DNSMatch? {
    // What is followed must be read whole first.
    var scratch = FieldBuffer(wantsTree: false)
    guard let identifier = message.identifier, message.isWhole(with: &scratch) else { return nil }
    return match(
      Key(stream: stream, identifier: identifier), isResponse: message.isResponse, frame: frame,
      time: time)
  }

  mutating func match(_ key: Key, isResponse: Bool, frame: Int, time: Int64) -> DNSMatch {
    let known = young[key] ?? old[key]
    guard isResponse else {
      if let known, known.responseFrame == nil,
        time &- known.time < Self.retransmissionTime
      {
        return .retransmittedRequest(original: known.frame)
      }
      store(Transaction(frame: frame, time: time, responseFrame: nil), for: key)
      return .request
    }
    guard var known else { return .unsolicited }
    if let original = known.responseFrame { return .retransmittedResponse(original: original) }
    known.responseFrame = frame
    store(known, for: key)
    return .response(request: known.frame, time: known.time)
  }

  private mutating func store(_ transaction: Transaction, for key: Key) {
    if young.count >= Self.limit {
      old = young
      young.removeAll(keepingCapacity: true)
    }
    young[key] = transaction
  }
}

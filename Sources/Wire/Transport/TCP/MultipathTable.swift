/// What is known of the Multipath TCP connection that a segment's subflow belongs to (RFC 8684).
struct MultipathFacts: Sendable {
  /// Connections of Multipath TCP are numbered as they are seen.
  let connection: Int
  /// The TCP conversation that began it; nil where its keys were not seen.
  let master: Int?
  let isMaster: Bool
  /// TCP conversations, the newest first.
  let subflows: [Int]
  let version: UInt8?
  /// Where the data of the sender and of the other side begins.
  let sequenceBase: UInt64?
  let peerSequenceBase: UInt64?
}

/// The hash functions of Multipath TCP, for whoever has a library of them: bytes to their digest.
public struct MultipathHashes: Sendable {
  public typealias Hash = @Sendable (_ bytes: [UInt8]) -> [UInt8]

  /// Of version 0 (RFC 6824 3.1).
  public let sha1: Hash
  /// Of version 1 (RFC 8684 3.1).
  public let sha256: Hash

  public init(sha1: @escaping Hash, sha256: @escaping Hash) {
    (self.sha1, self.sha256) = (sha1, sha256)
  }
}

/// The key of one side, and what follows from it (RFC 8684 3.1, RFC 6824 3.1).
struct MultipathKey: Sendable {
  let key: UInt64
  let token: UInt32
  let initialSequence: UInt64

  /// What follows from the key is 0 where there is no hash for the version.
  init(_ key: UInt64, version: UInt8, _ hashes: MultipathHashes?) {
    self.key = key
    let bytes = (0..<8).map { UInt8(truncatingIfNeeded: key >> UInt64(56 - 8 * $0)) }
    let hash: MultipathHashes.Hash? =
      switch version {
      case 0: hashes?.sha1
      case 1: hashes?.sha256
      default: nil
      }
    let digest = hash?(bytes) ?? []
    token = digest.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    initialSequence = digest.suffix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }
}

/// The connections of Multipath TCP: which subflows belong together.
///
/// Bounded: where more than `limit` subflows are known, all are forgotten; numbers go on.
struct MultipathTable: Sendable {
  static let limit = 100_000
  private static let mostSubflows = 256

  private struct Connection: Sendable {
    let number: Int
    var master: Int?
    var subflows: [Int] = []
    var version: UInt8?
    var operations: UInt16 = 0
    /// Of the side that began the connection, and of the other.
    var keys: [2 of MultipathKey?] = [nil, nil]
  }
  private struct Subflow: Sendable {
    let place: Int
    /// Which side of the TCP conversation is the one that began the connection.
    let initiator: Peer
  }
  private let hashes: MultipathHashes?
  private var connections: [Connection] = []
  private var subflows: [Int: Subflow] = [:]
  /// Where a token belongs, and to which of the two sides.
  private var tokens: [UInt32: (place: Int, side: Int)] = [:]
  private var count = 0

  init(_ hashes: MultipathHashes?) { self.hashes = hashes }

  /// The subtypes of the options so far, as bits; nil where the segment's conversation is no subflow.
  func operations(of segment: borrowing Segment) -> UInt16? {
    subflows[segment.stream].map { connections[$0.place].operations }
  }

  /// Takes what the segment's option says; nil where that tells of no connection, or cannot be read.
  mutating func advance(
    _ option: borrowing MultipathOption, _ segment: borrowing Segment
  ) -> MultipathFacts? {
    guard let number = option.subtypeNumber else { return nil }
    if subflows.count >= Self.limit { forget() }
    switch option.subtype {
    case .capable:
      guard option.isReadable, let key = option.senderKey else { return nil }
      note(key, option.version, segment)
    case .join:
      if option.isReadable, let token = option.receiverToken { join(token, segment) }
    default: break
    }
    let subflow = subflow(of: segment)
    connections[subflow.place].operations |= 1 << UInt16(number)
    guard option.isReadable else { return nil }
    let connection = connections[subflow.place]
    let side = segment.sender == subflow.initiator ? 0 : 1
    return MultipathFacts(
      connection: connection.number, master: connection.master,
      isMaster: connection.master == segment.stream, subflows: connection.subflows,
      version: connection.version, sequenceBase: connection.keys[side]?.initialSequence,
      peerSequenceBase: connection.keys[1 - side]?.initialSequence)
  }

  /// The token is that of the side that is asked to join.
  private mutating func join(_ token: UInt32, _ segment: borrowing Segment) {
    guard subflows[segment.stream] == nil else { return }
    if let owner = tokens[token] {
      subflows[segment.stream] = Subflow(
        place: owner.place, initiator: owner.side == 1 ? segment.sender : segment.sender.other)
    }
    let place = subflow(of: segment).place
    if connections[place].subflows.count < Self.mostSubflows {
      connections[place].subflows.insert(segment.stream, at: 0)
    }
  }

  private mutating func note(_ key: UInt64, _ version: UInt8, _ segment: borrowing Segment) {
    let subflow = subflow(of: segment)
    let place = subflow.place
    if connections[place].master == nil {
      connections[place].master = segment.stream
      connections[place].subflows.insert(segment.stream, at: 0)
      connections[place].version = version
    }
    let side = segment.sender == subflow.initiator ? 0 : 1
    guard connections[place].keys[side]?.key != key else { return }
    let derived = MultipathKey(key, version: version, hashes)
    connections[place].keys[side] = derived
    tokens[derived.token] = (place, side)
  }

  /// The subflow of the segment's conversation; a connection of its own, where it has none.
  private mutating func subflow(of segment: borrowing Segment) -> Subflow {
    if let known = subflows[segment.stream] { return known }
    let subflow = Subflow(
      place: connections.count,
      initiator: segment.isFromClient ? segment.sender : segment.sender.other)
    connections.append(Connection(number: count))
    count += 1
    subflows[segment.stream] = subflow
    return subflow
  }

  private mutating func forget() {
    connections.removeAll()
    subflows.removeAll()
    tokens.removeAll()
  }
}

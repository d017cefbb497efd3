import Applications
import Fields
import Wire

/// Connections to a mail port that no dialogue came of, gathered by client, server and outcome.
public struct Attempt: Sendable, Hashable {
  public enum Outcome: String, Sendable, CaseIterable {
    /// SYNs, and no answer.
    case unanswered
    /// A reset answers the SYN, or an ICMP error says that it could not be delivered.
    case refused
    /// The connection was made, and the server never said a word.
    case noGreeting = "no-greeting"
    /// The client went before the server could have said something.
    case abandoned
    /// The proxy on the way did not let it through.
    case proxyRefused = "proxy-refused"
    /// Only the client was captured: the server may have said something.
    case serverNotCaptured = "server-not-captured"
  }
  public struct Place: Sendable, Hashable {
    public var frame: Int
    public var time: Int64
  }

  public var outcome: Outcome
  /// The client's address; nil where many clients are gathered.
  public var client: String?
  /// The client's port, where it was one connection.
  public var clientPort: UInt16?
  /// Nil where many servers are gathered.
  public var server: SessionRecord.Endpoint?
  /// The proxy that was asked to lead there, or that sent its header.
  public var proxy: Proxy?
  /// Why it refused.
  public var reason: String?
  /// Connections.
  public var count: Int
  /// SYNs of all of them.
  public var tries: Int
  /// Who closed or reset first, where it was the same side in all of them.
  public var closer: Side?
  /// From the first frame to the last of the connection that took longest, in nanoseconds.
  public var longest: Int64
  public var first: Place
  public var last: Place
}

/// Gathers attempts. It is bounded: what is tried at many servers, or by many clients, becomes one row.
struct AttemptTable: Sendable {
  /// Rows in all, and rows with the same client, or the same server, and the same outcome.
  private static let rowLimit = 1_000
  private static let groupLimit = 20

  fileprivate struct Key: Hashable {
    var outcome: Attempt.Outcome
    var version: NetworkAddresses.Version
    var client: NetworkAddresses.Address?
    var server: NetworkAddresses.Address?
    var serverPort: UInt16?
    var proxy: Proxy?
    var reason: String?

    init(_ attempt: ConversationAttempt) {
      (outcome, version) = (attempt.outcome, attempt.version)
      client = attempt.client.address
      (server, serverPort) = (attempt.server.address, attempt.server.port)
      (proxy, reason) = (attempt.proxy, attempt.reason)
    }

    /// Of all servers that a client has tried.
    var ofClient: Self {
      var key = self
      (key.server, key.serverPort, key.proxy, key.reason) = (nil, nil, nil, nil)
      return key
    }
    /// Of all clients that have tried a server.
    var ofServer: Self {
      var key = self
      (key.client, key.proxy, key.reason) = (nil, nil, nil)
      return key
    }
  }
  private struct Row {
    var count = 0
    var tries = 0
    var longest: Int64 = 0
    var clientPort: UInt16?
    var closer: Side?
    var first = Attempt.Place(frame: .max, time: .max)
    var last = Attempt.Place(frame: 0, time: .min)

    mutating func add(_ other: Row) {
      clientPort = count == 0 ? other.clientPort : nil
      if closer != other.closer { closer = nil }
      (count, tries) = (count + other.count, tries + other.tries)
      longest = max(longest, other.longest)
      if other.first.frame < first.frame { first = other.first }
      if other.last.frame > last.frame { last = other.last }
    }
  }

  private var rows: [Key: Row] = [:]
  /// The rows of each client and outcome, and of each server and outcome.
  private var groups: [Key: Set<Key>] = [:]
  /// Connections that found no place.
  private(set) var dropped = 0

  mutating func add(_ attempt: ConversationAttempt) {
    let key = Key(attempt)
    var row = Row()
    (row.count, row.tries) = (1, attempt.tries)
    row.longest = max(0, attempt.last.time - attempt.first.time)
    (row.clientPort, row.closer) = (attempt.client.port, attempt.closer)
    (row.first, row.last) = (attempt.first, attempt.last)
    let wider = [key.ofClient, key.ofServer]
    if let known = ([key] + wider).first(where: { rows[$0] != nil }) {
      rows[known]?.add(row)
      return
    }
    if let full = wider.first(where: { groups[$0]?.count ?? 0 >= Self.groupLimit }) {
      for member in groups[full] ?? [] { row.add(remove(member)) }
      row.clientPort = nil
      rows[full] = row
    } else if rows.count < Self.rowLimit {
      rows[key] = row
      for group in wider { groups[group, default: []].insert(key) }
    } else {
      dropped += 1
    }
  }

  private mutating func remove(_ key: Key) -> Row {
    for group in [key.ofClient, key.ofServer] {
      groups[group]?.remove(key)
      if groups[group]?.isEmpty ?? false { groups[group] = nil }
    }
    return rows.removeValue(forKey: key) ?? Row()
  }

  /// By their first frames.
  var all: [Attempt] {
    rows.map { key, row in
      Attempt(
        outcome: key.outcome, client: key.client.map { Self.text($0, key.version) },
        clientPort: row.clientPort, server: key.endpoint, proxy: key.proxy, reason: key.reason,
        count: row.count, tries: row.tries, closer: row.closer, longest: row.longest,
        first: row.first, last: row.last)
    }
    .sorted { ($0.first.frame, $0.last.frame) < ($1.first.frame, $1.last.frame) }
  }

  private static func text(
    _ address: NetworkAddresses.Address, _ version: NetworkAddresses.Version
  ) -> String {
    SessionRecord.Endpoint(ConversationFacts.Endpoint(address: address), version).address
  }
}

extension AttemptTable.Key {
  fileprivate var endpoint: SessionRecord.Endpoint? {
    guard let server, let serverPort else { return nil }
    return SessionRecord.Endpoint(
      ConversationFacts.Endpoint(address: server, port: serverPort), version)
  }
}

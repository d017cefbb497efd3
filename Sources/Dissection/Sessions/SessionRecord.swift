import Applications
import Fields
import Mail
import TLS
import Wire

/// A mail session with what the packets say of it: addresses, times, how it was closed.
public struct SessionRecord: Sendable {
  public struct Endpoint: Sendable, Hashable, CustomStringConvertible {
    public var address: String
    public var port: UInt16

    /// `192.0.2.1:25`, `[2001:db8::1]:25`
    public var description: String {
      address.utf8.contains(UInt8(ascii: ":")) ? "[\(address)]:\(port)" : "\(address):\(port)"
    }
  }
  /// TCP conversation index, as `tcp.stream`.
  public var stream: Int
  public var client: Endpoint
  public var server: Endpoint
  /// Proxies that spoke before the dialogue, the one that was met first in front.
  public var proxies: [Proxy] = []
  public var started: Int64
  public var ended: Int64
  public var firstFrame: Int
  public var frames = 0
  /// Payload bytes of each side that were new to its stream.
  public var clientBytes = 0
  public var serverBytes = 0
  public var close = SessionClose.open
  public var session: Session
  /// What the records of TLS say, where there were any.
  public var tls: TLSFacts? { tlsFacts.value }
  /// Large, and there for few sessions.
  var tlsFacts = Boxed<TLSFacts>()
  /// Round trips between the capture point and each side, from the handshake.
  public var serverRoundTrip: Int64?
  public var clientRoundTrip: Int64?
  /// Bytes that arrived only after they had been sent again, in order.
  private var lateArrivals: [LateArrival] = []
  /// What the bytes of each message say, in the order of `session.messages`, where it was asked for.
  public var contents: [MessageContent?] = []
  /// How they were read.
  var messageOptions = MessageOptions()

  init(_ session: Session, _ facts: ConversationFacts) {
    self.session = session
    stream = facts.stream
    // Their text is made at the end, when it is known who is who.
    (client, server) = (Endpoint(address: "", port: 0), Endpoint(address: "", port: 0))
    (started, ended, firstFrame) = (facts.started, facts.ended, facts.firstFrame)
  }

  /// One line for a person: what became of the session. What may be a secret in it is `•••`.
  public var verdict: String { SecretMask(session, showsSecrets: false).verdict(of: session) }

  /// Takes over what the headers say. `isSwapped`: TCP took the client for the server.
  mutating func take(_ facts: ConversationFacts, isSwapped: Bool) {
    (ended, frames) = (facts.ended, facts.frames)
    (client, server) = (
      Endpoint(facts.client, facts.version), Endpoint(facts.server, facts.version)
    )
    (clientRoundTrip, serverRoundTrip) = (facts.clientRoundTrip, facts.serverRoundTrip)
    if isSwapped {
      (client, server) = (server, client)
      (clientRoundTrip, serverRoundTrip) = (serverRoundTrip, clientRoundTrip)
    }
  }

  /// Who is connected to the first proxy, where one says it.
  public var proxiedClient: Proxy.Endpoint? { proxies.lazy.compactMap(\.client).first }
  /// Where the last proxy leads, where it was said.
  public var proxiedServer: Proxy.Endpoint? { proxies.last { $0.server != nil }?.server }

  /// A part of a side's stream that was acknowledged at `time` only.
  private struct LateArrival: Sendable {
    var side: Side
    var range: Range<Int>
    var time: Int64
  }
  private static let lateArrivalLimit = 256

  mutating func noteLate(_ side: Side, _ range: Range<Int>, _ time: Int64) {
    guard lateArrivals.count < Self.lateArrivalLimit else { return }
    lateArrivals.append(LateArrival(side: side, range: range, time: time))
  }

  /// How long the last byte of what a side sent was under way before it arrived, where it had to be sent again.
  private func delay(of side: Side, _ end: Position) -> Int64 {
    let late = lateArrivals.first { $0.side == side && $0.range.contains(end.streamOffset) }
    return max(0, late.map { $0.time - end.time } ?? 0)
  }

  /// The same for a reply that was sent at `time`, where its client went on after `wait`.
  private func delay(ofReplyAt time: Int64, within wait: Int64) -> Int64 {
    let late = lateArrivals.last {
      $0.side == .server && $0.time > time && $0.time - time <= max(0, wait)
    }
    return late.map { $0.time - time } ?? 0
  }

  /// Where the time of an exchange went, in nanoseconds.
  public struct Timing: Sendable, Equatable {
    public var network: Int64 = 0
    public var server: Int64 = 0
    public var client: Int64 = 0
    /// How long the client waited for the server in all.
    public var latency: Int64?
  }

  /// Splits the time from the reply before `exchange` to its last reply.
  ///
  /// A wait for the server holds one round trip between the capture point and the server, a wait for the client
  /// one on the client's side, and what it took to send again what was lost; the rest is the side's own. `previousReply` is when the reply before it ended.
  public func timing(of exchange: Exchange, previousReply: Int64?) -> Timing {
    var timing = Timing()
    guard let command = exchange.command else { return timing }
    func waited(for time: Int64, roundTrip: Int64?, delay: Int64 = 0, own: inout Int64) {
      let network = min(max(time, 0), max(delay, roundTrip ?? 0))
      timing.network += network
      own += max(time, 0) - network
    }
    var client: Int64 = 0, server: Int64 = 0, latency: Int64?
    if let previousReply {
      let wait = command.position.time - previousReply
      waited(
        for: wait, roundTrip: clientRoundTrip, delay: delay(ofReplyAt: previousReply, within: wait),
        own: &client)
    }
    var events: [(order: LineOrder, side: Side, start: Int64, end: Position)] = [
      (command.position.order, .client, command.position.time, command.end)
    ]
    for answer in exchange.answers {
      events.append((answer.position.order, .client, answer.position.time, answer.end))
    }
    for reply in exchange.replies {
      events.append((reply.position.order, .server, reply.position.time, reply.end))
    }
    events.sort { $0.order < $1.order }
    for (before, after) in zip(events, events.dropFirst()) {
      let wait = after.start - before.end.time
      let delay = delay(of: before.side, before.end)
      switch (before.side, after.side) {
      case (.client, .server):
        waited(for: wait, roundTrip: serverRoundTrip, delay: delay, own: &server)
        latency = (latency ?? 0) + max(wait, 0)
      case (.server, .client):
        waited(for: wait, roundTrip: clientRoundTrip, delay: delay, own: &client)
      default: break
      }
    }
    (timing.client, timing.server, timing.latency) = (client, server, latency)
    return timing
  }
}

extension SessionRecord.Endpoint {
  init(_ endpoint: ConversationFacts.Endpoint, _ version: NetworkAddresses.Version) {
    var text = TextBuffer()
    switch version {
    case .ipv4: text.write(ipv4: UInt32(truncatingIfNeeded: endpoint.address.low))
    case .ipv6: text.write(ipv6High: endpoint.address.high, low: endpoint.address.low)
    case .none: break
    }
    self.init(address: text.string, port: endpoint.port)
  }
}

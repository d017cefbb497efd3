import Fields
import Wire

/// What the headers of a TCP conversation say of it: small, because there may be a million open.
struct ConversationFacts: Sendable {
  // What every segment changes is together, so that it touches little memory.
  var stream = -1
  var frames = 0
  var lastFrame = 0
  var ended: Int64 = 0
  /// The flags of all segments of a side; none where nothing of it was captured.
  var clientFlags: TCPFlags = []
  var serverFlags: TCPFlags = []
  private var clientSide = Peer.low
  /// Who closed first, or reset, and when.
  var firstCloser: Side?
  var hasHandshake = false
  /// An ICMP error says that a segment could not be delivered.
  var isUndeliverable = false
  var version = NetworkAddresses.Version.none
  /// SYNs of the client.
  var tries: UInt32 = 0
  var closeTime: Int64 = 0
  /// Round trips between the capture point and each side, from the handshake.
  var clientRoundTrip: Int64?
  var serverRoundTrip: Int64?
  var firstFrame = 0
  var started: Int64 = 0
  private var synTime: Int64?
  /// Of the side that TCP takes for the client, and of the other.
  var client = Endpoint()
  var server = Endpoint()

  struct Endpoint: Sendable {
    var address = NetworkAddresses.Address(low: 0)
    var port: UInt16 = 0
  }

  /// Whether the SYN of a segment's side was captured, and that of the other.
  func hasSyn(of segment: borrowing Segment) -> (own: Bool, other: Bool) {
    let (client, server) = (clientFlags.contains(.syn), serverFlags.contains(.syn))
    return segment.isFromClient ? (client, server) : (server, client)
  }

  mutating func see(_ segment: borrowing Segment, _ addresses: NetworkAddresses) {
    let (header, time) = (segment.header, segment.time)
    let side = segment.isFromClient ? segment.sender : segment.sender.other
    if stream != segment.stream || clientSide != side {
      if stream != segment.stream {
        self = Self()
        (stream, firstFrame, started) = (segment.stream, segment.frame, time)
        version = addresses.version
      }
      let source = Endpoint(address: addresses.source, port: header.sourcePort)
      let destination = Endpoint(address: addresses.destination, port: header.destinationPort)
      clientSide = side
      client = segment.isFromClient ? source : destination
      server = segment.isFromClient ? destination : source
    }
    frames += 1
    lastFrame = segment.frame
    ended = max(ended, time)
    if segment.isFromClient {
      clientFlags.formUnion(header.flags)
    } else {
      serverFlags.formUnion(header.flags)
    }
    if firstCloser == nil, !header.flags.isDisjoint(with: [.fin, .reset]) {
      firstCloser = segment.isFromClient ? .client : .server
      closeTime = time
    }
    if header.flags.contains(.syn) {
      hasHandshake = true
      if !header.flags.contains(.acknowledgment) {
        if tries < .max { tries += 1 }
        synTime = time
      } else if let synTime, serverRoundTrip == nil {
        serverRoundTrip = max(0, time - synTime)
      }
    } else if let handshake = segment.handshakeTime, clientRoundTrip == nil,
      let serverRoundTrip
    {
      clientRoundTrip = max(0, handshake - serverRoundTrip)
    }
  }
}

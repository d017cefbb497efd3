/// What is kept of an open TCP conversation: small, because there may be a million of them.
struct Conversation: Sendable {
  let key: ConversationKey
  let hash: UInt32
  let stream: Int
  let firstTime: Int64
  var lastTime: Int64
  /// Time of the last SYN of the client.
  var synTime: Int64?
  var handshakeTime: Int64?
  var completeness: Completeness = []
  var client: Peer
  private var low = Flow()
  private var high = Flow()
  /// Neighbours in the order of last use.
  var newer: Int32 = .none
  var older: Int32 = .none
  var isClosing = false
  /// It was over before.
  var wasOver = false

  init(_ key: ConversationKey, hash: UInt32, stream: Int, time: Int64, client: Peer) {
    (self.key, self.hash, self.stream) = (key, hash, stream)
    (firstTime, lastTime) = (time, time)
    self.client = client
  }

  subscript(side: Peer) -> Flow {
    get { side == .low ? low : high }
    set { if side == .low { low = newValue } else { high = newValue } }
  }

  /// Takes a segment in: what it is in the light of those before it.
  mutating func follow(
    _ header: SegmentHeader, from sender: Peer, slot: Int, isFirst: Bool, reusesPorts: Bool,
    layer: Int, frame: Int, time: Int64
  ) -> Segment {
    let flags = header.flags
    var (own, peer) = (self[sender], self[sender.other])
    let opensAgain = reusesPorts
    var reusesPorts = reusesPorts
    if opensAgain { completeness.insert(.syn) }
    if flags.isSynAck, own.hasBase, header.sequence != own.base {
      // The answer to a SYN that was missed, or another answer to the same one.
      own.base = header.sequence
      reusesPorts = true
    }
    let repeatsSyn = flags.isSyn && own.hasBase
    if !own.hasBase {
      own.hasBase = true
      if flags.contains(.syn) {
        own.base = header.sequence
        if flags.contains(.acknowledgment) { own.hasSynAck = true } else { own.hasSyn = true }
      } else {
        own.base = header.sequence - 1
      }
    }
    if !peer.hasBase, flags.contains(.acknowledgment) {
      peer.hasBase = true
      peer.base = header.acknowledgment - 1
    }
    if flags.isSyn {
      client = sender
      synTime = time
    } else if flags.isSynAck {
      client = sender.other
    }
    let earlierHandshakeTime = handshakeTime
    if handshakeTime ?? 0 == 0, flags.contains(.acknowledgment), !flags.contains(.syn),
      let synTime
    {
      handshakeTime = time &- synTime
    }
    let segment = Segment(
      layer: layer, frame: frame, time: time, header: header, slot: slot,
      stream: stream, sender: sender, isFromClient: client == sender,
      isFirst: isFirst, completeness: completeness,
      firstTime: firstTime, previousTime: lastTime, base: own.base,
      peerBase: peer.base, windowScale: own.windowScale,
      peerWindowScale: peer.windowScale,
      handshakeTime: handshakeTime, earlierHandshakeTime: earlierHandshakeTime,
      reusesPorts: reusesPorts, repeatsSyn: repeatsSyn,
      peerHasClosed: peer.closesFirst)
    if flags.contains(.acknowledgment), peer.hasFin, header.acknowledgment == peer.end {
      peer.isFinAcknowledged = true
    }
    if flags.contains(.fin) {
      if !own.hasFin { own.end = header.sequence + (header.payloadLength ?? 0) + 1 }
      own.hasFin = true
      if !peer.closesFirst { own.closesFirst = true }
    }
    if flags.contains(.syn) { Self.scaleWindows(header, &own, &peer) }
    completeness.see(header, isFirst: isFirst && !opensAgain)
    lastTime = time
    self[sender] = own
    if sender.other != sender { self[sender.other] = peer }
    return segment
  }

  /// Window scaling needs the option from both sides (RFC 7323 2.2).
  private static func scaleWindows(_ header: SegmentHeader, _ own: inout Flow, _ peer: inout Flow) {
    if let shift = header.options.windowScale { own.windowScale = .shift(shift) }
    guard header.options.isWhole else { return }
    if own.windowScale == .unknown {
      (own.windowScale, peer.windowScale) = (.unused, .unused)
    } else if header.flags.contains(.acknowledgment), peer.windowScale == .unused {
      own.windowScale = .unused
    }
  }

  /// Both sides have sent their FIN, or one has reset.
  var isClosed: Bool { completeness.contains(.reset) || low.hasFin && high.hasFin }
  /// Each side has the FIN of the other: nothing is to come but copies.
  var isOver: Bool { low.isFinAcknowledged && high.isFinAcknowledged }
}

/// One direction of a conversation.
struct Flow: Sendable {
  /// What relative sequence numbers count from.
  var base = SequenceNumber(0)
  var windowScale = WindowScale.unknown
  var hasBase = false
  var hasSyn = false
  var hasSynAck = false
  var hasFin = false
  /// The number after the FIN.
  var end = SequenceNumber(0)
  var isFinAcknowledged = false
  /// Sent its FIN before the other side did.
  var closesFirst = false
}

extension Int32 {
  /// No neighbour.
  static let none: Int32 = -1
}

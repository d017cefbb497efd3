/// What is kept of an open TCP conversation: small, because there may be a million of them.
struct Conversation: Sendable {
  let key: ConversationKey
  var client: Peer
  var completeness: Completeness = []
  var isClosing = false
  /// It was over before.
  var wasOver = false
  private var flows: [2 of Flow] = [Flow(), Flow()]
  let hash: UInt32
  var lastTime: Int64
  let stream: Int
  /// Time of the last SYN of the client.
  var synTime: Int64?
  var handshakeTime: Int64?
  let firstTime: Int64

  init(_ key: ConversationKey, hash: UInt32, stream: Int, time: Int64, client: Peer) {
    (self.key, self.hash, self.stream) = (key, hash, stream)
    (firstTime, lastTime) = (time, time)
    self.client = client
  }

  subscript(side: Peer) -> Flow {
    get { flows[side.index] }
    set { flows[side.index] = newValue }
  }

  /// What the conversation is before a segment.
  func history(
    before header: SegmentHeader, from sender: Peer, reusesPorts: Bool
  ) -> SegmentHistory {
    let (own, peer) = (self[sender], self[sender.other])
    var history = SegmentHistory()
    (history.firstTime, history.previousTime) = (firstTime, lastTime)
    history.handshakeTime = handshakeTime
    (history.windowScale, history.peerWindowScale) = (own.windowScale, peer.windowScale)
    history.reusesPorts = reusesPorts || own.answersOtherwise(header)
    history.repeatsSyn = header.flags.isSyn && own.hasBase
    history.peerHasClosed = peer.closesFirst
    return history
  }

  /// Takes a segment in: what it is in the light of those before it. `options` are looked at where it is a SYN.
  mutating func follow(
    _ header: SegmentHeader, _ options: borrowing OptionFacts, from sender: Peer, slot: Int32,
    isFirst: Bool, reusesPorts: Bool, layer: Int, frame: Int, time: Int64
  ) -> Segment {
    let flags = header.flags
    if flags.isPlain, isUnderWay {
      // As nearly all are: it changes nothing of what is known.
      let segment = segment(
        header, from: sender, slot: slot, isFirst: isFirst, layer: layer, frame: frame, time: time)
      completeness.insert(header.payloadLength ?? 0 > 0 ? .data : .acknowledgment)
      lastTime = time
      flows[sender.other.index].noteAcknowledgment(header)
      return segment
    }
    var (own, peer) = (self[sender], self[sender.other])
    if reusesPorts { completeness.insert(.syn) }
    // The answer to a SYN that was missed, or another answer to the same one.
    if own.answersOtherwise(header) { own.base = header.sequence }
    if !own.hasBase {
      own.hasBase = true
      own.base = flags.contains(.syn) ? header.sequence : header.sequence - 1
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
    if handshakeTime ?? 0 == 0, flags.contains(.acknowledgment), !flags.contains(.syn),
      let synTime
    {
      handshakeTime = time &- synTime
    }
    (self[sender], self[sender.other]) = (own, peer)
    let segment = segment(
      header, from: sender, slot: slot, isFirst: isFirst, layer: layer, frame: frame, time: time)
    peer.noteAcknowledgment(header)
    if flags.contains(.fin) {
      if !own.hasFin { own.end = header.sequence + (header.payloadLength ?? 0) + 1 }
      own.hasFin = true
      if !peer.closesFirst { own.closesFirst = true }
    }
    if flags.contains(.syn) { Self.scaleWindows(header, options, &own, &peer) }
    completeness.see(header, isFirst: isFirst && !reusesPorts)
    lastTime = time
    self[sender] = own
    self[sender.other] = peer
    return segment
  }

  /// Both sides were seen, and how long the handshake took is known, or cannot be.
  private var isUnderWay: Bool {
    flows[0].hasBase && flows[1].hasBase && (synTime == nil || handshakeTime ?? 0 != 0)
  }

  @inline(__always)
  private func segment(
    _ header: SegmentHeader, from sender: Peer, slot: Int32, isFirst: Bool, layer: Int,
    frame: Int, time: Int64
  ) -> Segment {
    Segment(
      header, layer: layer, frame: frame, time: time, slot: slot, stream: stream, sender: sender,
      isFromClient: client == sender, isFirst: isFirst, completeness: completeness,
      base: flows[sender.index].base, peerBase: flows[sender.other.index].base,
      handshakeTime: handshakeTime)
  }

  /// Window scaling needs the option from both sides (RFC 7323 2.2).
  private static func scaleWindows(
    _ header: SegmentHeader, _ options: borrowing OptionFacts, _ own: inout Flow,
    _ peer: inout Flow
  ) {
    if let shift = options.windowScale { own.windowScale = .shift(shift) }
    guard options.isWhole else { return }
    if own.windowScale == .unknown {
      (own.windowScale, peer.windowScale) = (.unused, .unused)
    } else if header.flags.contains(.acknowledgment), peer.windowScale == .unused {
      own.windowScale = .unused
    }
  }

  /// Both sides have sent their FIN, or one has reset.
  var isClosed: Bool { completeness.contains(.reset) || flows[0].hasFin && flows[1].hasFin }
  /// Each side has the FIN of the other: nothing is to come but copies.
  var isOver: Bool { flows[0].isFinAcknowledged && flows[1].isFinAcknowledged }
}

/// One direction of a conversation.
struct Flow: Sendable {
  /// What relative sequence numbers count from.
  var base = SequenceNumber(0)
  var windowScale = WindowScale.unknown
  var hasBase = false
  var hasFin = false
  /// The number after the FIN.
  var end = SequenceNumber(0)
  private(set) var isFinAcknowledged = false
  /// Sent its FIN before the other side did.
  var closesFirst = false

  /// Takes in what a segment of the other direction acknowledges.
  @inline(__always)
  mutating func noteAcknowledgment(_ header: SegmentHeader) {
    if hasFin, header.flags.contains(.acknowledgment), header.acknowledgment == end {
      isFinAcknowledged = true
    }
  }

  /// Whether a segment of this direction answers a SYN with another number than the one that is known.
  func answersOtherwise(_ header: SegmentHeader) -> Bool {
    header.flags.isSynAck && hasBase && header.sequence != base
  }
}

extension Int32 {
  /// No neighbour.
  static let none: Int32 = -1
}

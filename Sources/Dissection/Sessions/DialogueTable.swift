import Fields
import Mail
import Wire

/// The dialogues of the open conversations, by the slots of the conversation table; and the sessions that are over,
/// in order.
struct DialogueTable {
  /// What is kept of every conversation, mail or not: small, because there may be a million.
  private struct Watch {
    var stream = -1
    var firstFrame = 0
    var frames = 0
    var started: Int64 = 0
    var ended: Int64 = 0
    var synTime: Int64?
    var serverRoundTrip: Int64?
    var clientRoundTrip: Int64?
    var hasHandshake = false
    /// Sure to be no mail, or given up: nothing more is looked at.
    var isIgnored = false
    var dialogue: Dialogue?
  }
  private var watches: [Watch] = []
  private var queue: SessionQueue
  private let options: SessionOptions
  private let wantsDigests: Bool

  init(wantsDigests: Bool, queueLimit: Int, options: SessionOptions) {
    self.wantsDigests = wantsDigests
    self.options = options
    queue = SessionQueue(limit: queueLimit)
  }

  /// Every segment comes by here before its payload does.
  mutating func see(_ segment: borrowing Segment) {
    let slot = segment.slot
    while watches.count <= slot { watches.append(Watch()) }
    if segment.isFirst {
      watches[slot] = Watch()
      watches[slot].stream = segment.stream
      watches[slot].firstFrame = segment.frame
      watches[slot].started = segment.time
      queue.enter(segment.stream)
    }
    watches[slot].frames += 1
    watches[slot].ended = max(watches[slot].ended, segment.time)
    let flags = segment.header.flags
    if flags.contains(.syn) {
      watches[slot].hasHandshake = true
      if !flags.contains(.acknowledgment) {
        watches[slot].synTime = segment.time
      } else if let synTime = watches[slot].synTime, watches[slot].serverRoundTrip == nil {
        watches[slot].serverRoundTrip = max(0, segment.time - synTime)
      }
    } else if let handshake = segment.handshakeTime, watches[slot].clientRoundTrip == nil,
      let server = watches[slot].serverRoundTrip
    {
      watches[slot].clientRoundTrip = max(0, handshake - server)
    }
  }

  /// Whether the conversation's payload is still of interest.
  func wantsPayload(_ slot: Int) -> Bool { !watches[slot].isIgnored }

  /// Payload of the segment's sender that is next in its stream.
  mutating func receive(
    _ bytes: Span<UInt8>, of segment: borrowing Segment, _ addresses: NetworkAddresses,
    at position: Position
  ) {
    let slot = segment.slot
    if watches[slot].dialogue == nil { begin(slot, segment, addresses) }
    guard let dialogue = watches[slot].dialogue else { return }
    dialogue.receive(bytes, fromClient: segment.isFromClient, at: position)
    if dialogue.isNotMail { ignore(slot) }
  }

  mutating func gap(_ length: Int, slot: Int, fromClient: Bool, at position: Position) {
    watches[slot].dialogue?.gap(length, fromClient: fromClient, at: position)
  }

  mutating func end(slot: Int, fromClient: Bool, isReset: Bool, at position: Position) {
    watches[slot].dialogue?.end(fromClient: fromClient, isReset: isReset, at: position)
  }

  /// With the first payload byte of the conversation.
  private mutating func begin(
    _ slot: Int, _ segment: borrowing Segment, _ addresses: NetworkAddresses
  ) {
    let watch = watches[slot]
    if watch.isIgnored { return }
    let isFromClient = segment.isFromClient
    let sender = SessionRecord.Endpoint(
      addresses.source, addresses.version, port: segment.header.sourcePort)
    let receiver = SessionRecord.Endpoint(
      addresses.destination, addresses.version, port: segment.header.destinationPort)
    var session = Session(.smtp)
    session.midstream = !watch.hasHandshake
    var record = SessionRecord(
      stream: watch.stream, client: isFromClient ? sender : receiver,
      server: isFromClient ? receiver : sender, started: watch.started, ended: watch.ended,
      firstFrame: watch.firstFrame, session: session)
    record.serverRoundTrip = watch.serverRoundTrip
    record.clientRoundTrip = watch.clientRoundTrip
    watches[slot].dialogue = Dialogue(record, wantsDigests: wantsDigests, options: options)
  }

  private mutating func ignore(_ slot: Int) {
    watches[slot].isIgnored = true
    watches[slot].dialogue = nil
    queue.leave(watches[slot].stream)
  }

  /// The conversation of `slot` is over.
  mutating func end(_ slot: Int) {
    guard watches.indices.contains(slot), watches[slot].stream >= 0 else { return }
    let watch = watches[slot]
    watches[slot] = Watch()
    if let dialogue = watch.dialogue,
      let record = dialogue.finish(ended: watch.ended, frames: watch.frames)
    {
      queue.finish(watch.stream, record)
    } else {
      queue.leave(watch.stream)
    }
  }

  /// The next session to show.
  mutating func next() -> SessionRecord? { queue.next() }
}

extension SessionRecord.Endpoint {
  init(_ address: NetworkAddresses.Address, _ version: NetworkAddresses.Version, port: UInt16) {
    var text = TextBuffer()
    switch version {
    case .ipv4: text.write(ipv4: UInt32(truncatingIfNeeded: address.low))
    case .ipv6: text.write(ipv6High: address.high, low: address.low)
    case .none: break
    }
    self.init(address: text.string, port: port)
  }
}

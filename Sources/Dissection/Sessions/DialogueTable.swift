import Fields
import Mail
import Wire

/// The dialogues of the open conversations, by the slots of the conversation table; and the sessions that are over,
/// in order.
struct DialogueTable: StreamConsumer {
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
    var version = NetworkAddresses.Version.none
    /// Of the side that TCP takes for the client, and of the other.
    var client = (address: NetworkAddresses.Address(low: 0), port: UInt16(0))
    var server = (address: NetworkAddresses.Address(low: 0), port: UInt16(0))
    /// Sure to be no mail, or given up: nothing more is looked at.
    var isIgnored = false

    mutating func see(_ segment: borrowing Segment, _ addresses: NetworkAddresses) {
      let (header, time) = (segment.header, segment.time)
      if segment.isFirst {
        self = Watch()
        (stream, firstFrame, started) = (segment.stream, segment.frame, time)
        version = addresses.version
      }
      let source = (addresses.source, header.sourcePort)
      let destination = (addresses.destination, header.destinationPort)
      client = segment.isFromClient ? source : destination
      server = segment.isFromClient ? destination : source
      frames += 1
      ended = max(ended, time)
      if header.flags.contains(.syn) {
        hasHandshake = true
        if !header.flags.contains(.acknowledgment) {
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
  private var watches: [Watch] = []
  /// Apart from the watches, and in boxes: there are fewer of them, and they are large.
  private final class Box {
    var dialogue: Dialogue
    init(_ dialogue: Dialogue) { self.dialogue = dialogue }
  }
  private var dialogues: [Box?] = []
  private var queue: SessionQueue
  private let options: SessionRunOptions
  private let inflation: InflationBudget
  private let wantsDigests: Bool
  /// What a limit made us drop or do otherwise: its name and how often.
  var dropped: [String: Int] { queue.early > 0 ? ["sessions-out-of-order": queue.early] : [:] }

  init(_ options: SessionRunOptions, wantsDigests: Bool) {
    self.wantsDigests = wantsDigests
    self.options = options
    inflation = InflationBudget(limits: options.inflation)
    queue = SessionQueue(limit: options.queueLimit)
  }

  // MARK: Streams

  mutating func see(_ segment: borrowing Segment, _ addresses: NetworkAddresses) -> Bool {
    while watches.count <= segment.slot {
      watches.append(Watch())
      dialogues.append(nil)
    }
    if segment.isFirst { queue.enter(segment.stream) }
    watches[segment.slot].see(segment, addresses)
    return !watches[segment.slot].isIgnored
  }

  mutating func receive(_ bytes: Span<UInt8>, _ place: StreamPlace) {
    if watches[place.slot].isIgnored { return }
    let box = dialogues[place.slot] ?? begin(place.slot)
    box.dialogue.receive(bytes, fromClient: place.isFromClient, at: Position(place))
    if box.dialogue.isNotMail { ignore(place.slot) }
  }

  mutating func skip(_ length: Int, _ place: StreamPlace) {
    dialogues[place.slot]?.dialogue.gap(
      length, fromClient: place.isFromClient, at: Position(place))
  }

  mutating func end(_ end: StreamEnd, _ place: StreamPlace) {
    dialogues[place.slot]?.dialogue.end(
      end, fromClient: place.isFromClient, at: Position(place))
  }

  mutating func note(_ finding: StreamOddity, _ place: StreamPlace) {
    dialogues[place.slot]?.dialogue.note(
      finding, fromClient: place.isFromClient, at: place.frame)
  }

  /// With the first payload byte of the conversation.
  private mutating func begin(_ slot: Int) -> Box {
    let watch = watches[slot]
    var session = Session(.smtp)
    session.midstream = !watch.hasHandshake
    var record = SessionRecord(
      stream: watch.stream,
      client: SessionRecord.Endpoint(watch.client.address, watch.version, port: watch.client.port),
      server: SessionRecord.Endpoint(watch.server.address, watch.version, port: watch.server.port),
      started: watch.started, ended: watch.ended,
      firstFrame: watch.firstFrame, session: session)
    record.serverRoundTrip = watch.serverRoundTrip
    record.clientRoundTrip = watch.clientRoundTrip
    let box = Box(
      Dialogue(
        record, wantsDigests: wantsDigests, options: options.parsing,
        told: options.ports[watch.server.port] ?? options.ports[watch.client.port],
        inflation: inflation))
    dialogues[slot] = box
    return box
  }

  private mutating func ignore(_ slot: Int) {
    watches[slot].isIgnored = true
    dialogues[slot] = nil
    queue.leave(watches[slot].stream)
  }

  /// The conversation of `slot` is over.
  mutating func end(_ slot: Int) {
    guard watches.indices.contains(slot), watches[slot].stream >= 0 else { return }
    let (watch, box) = (watches[slot], dialogues[slot])
    watches[slot] = Watch()
    dialogues[slot] = nil
    if let box,
      let record = box.dialogue.finish(ended: watch.ended, frames: watch.frames)
    {
      queue.finish(watch.stream, record)
    } else {
      queue.leave(watch.stream)
    }
  }

  var hasNext: Bool { queue.hasNext }

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

extension Position {
  init(_ place: StreamPlace) {
    self.init(
      frame: place.frame, time: place.time, streamOffset: place.offset,
      fileOffset: place.fileOffset)
  }
}

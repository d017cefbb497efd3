import DequeModule

/// The TCP conversations that are open, found by their endpoints and numbered as `tcp.stream`.
///
/// Bounded: where there are too many, the one that was silent longest is ended and counted. A conversation also ends
/// when its ports are used again, when it was closed and `linger` has passed, and when it was silent for `idle`,
/// both in capture time.
public struct ConversationTable: ~Copyable, Sendable {
  public struct Limits: Sendable {
    public var open = 1_000_000
    /// Nanoseconds; as long as the capture by default, so that stream indices stay those of Wireshark.
    public var idle = Int64.max
    public var linger = Int64.max
    /// After so long a conversation that both sides have closed is given out, before it ends.
    public var settle = Int64.max
    /// The same where each side has acknowledged the close of the other.
    public var settleAcknowledged = Int64.max

    public init() {}
    /// For reading streams: state goes ten seconds after the close, or after an hour of silence. Whatever reads a
    /// conversation may finish a second after the close, and sooner after one that was acknowledged: by then there are
    /// but copies to come.
    public static var streams: Self {
      var limits = Self()
      limits.idle = 3_600_000_000_000
      limits.linger = 10_000_000_000
      limits.settle = 1_000_000_000
      limits.settleAcknowledged = 100_000_000
      return limits
    }
  }

  /// A conversation that is over: what was kept for it can go.
  public struct End: Hashable, Sendable {
    public enum Reason: Hashable, Sendable {
      case closed
      case portsReused
      case idle
      /// There were more conversations than the limit.
      case limit
      /// The capture is at its end.
      case captureEnd
    }
    public let slot: Int
    public let stream: Int
    public let reason: Reason
  }

  public let limits: Limits
  /// Conversations that were ended early because there were too many.
  public private(set) var droppedCount = 0
  public private(set) var openCount = 0
  /// Conversations so far.
  public private(set) var streamCount = 0

  private var conversations: [Conversation] = []
  private var freeSlots: [Int32] = []
  /// Open addressing: the hash in the upper half, the slot + 1 in the lower, 0 where empty.
  private var index = [UInt64](repeating: 0, count: 64)
  private let secrets = ConversationKey.Secrets()
  private var order = UseOrder()
  private typealias Closed = (slot: Int32, stream: Int, time: Int64)
  private var settling: Deque<Closed> = []
  private var over: Deque<Closed> = []
  private var closing: Deque<Closed> = []
  /// Up to when there is nothing to do for the first of each.
  private var settlingEnd = Int64.max
  private var overEnd = Int64.max
  private var closingEnd = Int64.max
  private var settled: Deque<(slot: Int, stream: Int)> = []
  private var ended: Deque<End> = []
  private let keepsEnds: Bool

  /// `keepsEnds`: the caller asks for `nextEnd` after each frame; otherwise ends are silent.
  public init(limits: Limits = Limits(), keepsEnds: Bool = false) {
    self.limits = limits
    self.keepsEnds = keepsEnds
  }

  // MARK: Following

  /// Finds or opens the conversation of a segment and moves it on. `options` are looked at where it is a SYN.
  mutating func receive(
    _ header: SegmentHeader, _ options: borrowing OptionFacts, _ addresses: NetworkAddresses,
    layer: Int, frame: Int, time: Int64
  ) -> Segment {
    let place = place(of: header, addresses, time)
    return follow(header, options, place, layer: layer, frame: frame, time: time)
  }

  /// The same, and says what the conversation was before the segment.
  mutating func receive(
    _ header: SegmentHeader, _ options: OptionFacts, _ addresses: NetworkAddresses,
    layer: Int, frame: Int, time: Int64, history: inout SegmentHistory
  ) -> Segment {
    let place = place(of: header, addresses, time)
    history = conversations[Int(place.slot)].history(
      before: header, from: place.sender, reusesPorts: place.reusesPorts)
    history.options = options
    return follow(header, options, place, layer: layer, frame: frame, time: time)
  }

  /// Whose segment it is.
  private struct Place {
    var slot: Int32
    let sender: Peer
    var isFirst = false
    var reusesPorts = false
  }

  @inline(__always)
  private mutating func place(
    of header: SegmentHeader, _ addresses: NetworkAddresses, _ time: Int64
  ) -> Place {
    endOverdue(at: time)
    let (key, sender) = ConversationKey.of(
      addresses, source: header.sourcePort, destination: header.destinationPort)
    var place = Place(slot: find(key), sender: sender)
    if place.slot != .none, startsAnew(header, place.slot, sender) {
      end(place.slot, .portsReused)
      place.slot = .none
      place.reusesPorts = true
    }
    if place.slot == .none {
      place.slot = open(key, header, sender, time)
      place.isFirst = true
    } else {
      order.use(place.slot)
    }
    return place
  }

  @inline(__always)
  private mutating func follow(
    _ header: SegmentHeader, _ options: borrowing OptionFacts, _ place: Place, layer: Int,
    frame: Int, time: Int64
  ) -> Segment {
    let segment = conversations[Int(place.slot)].follow(
      header, options, from: place.sender, slot: place.slot, isFirst: place.isFirst,
      reusesPorts: place.reusesPorts, layer: layer, frame: frame, time: time)
    // A FIN closes it, and what acknowledges the last one says that it is over.
    if limits.linger != .max,
      !header.flags.isDisjoint(with: [.fin, .reset]) || conversations[Int(place.slot)].isClosing,
      conversations[Int(place.slot)].isClosed
    {
      noteClosed(place.slot, at: time)
    }
    return segment
  }

  /// Ends the conversation when `linger` has passed.
  private mutating func noteClosed(_ slot: Int32, at time: Int64) {
    if conversations[Int(slot)].isOver, !conversations[Int(slot)].wasOver,
      limits.settleAcknowledged < limits.settle
    {
      conversations[Int(slot)].wasOver = true
      over.append((slot, conversations[Int(slot)].stream, time))
      if over.count == 1 { overEnd = Self.end(of: over.first, limits.settleAcknowledged) }
    }
    guard !conversations[Int(slot)].isClosing else { return }
    conversations[Int(slot)].isClosing = true
    let closed = (slot, conversations[Int(slot)].stream, time)
    closing.append(closed)
    if closing.count == 1 { closingEnd = Self.end(of: closing.first, limits.linger) }
    guard limits.settle < limits.linger else { return }
    settling.append(closed)
    if settling.count == 1 { settlingEnd = Self.end(of: settling.first, limits.settle) }
  }

  private static func end(of closed: Closed?, _ limit: Int64) -> Int64 {
    guard let closed else { return .max }
    let (end, overflow) = closed.time.addingReportingOverflow(limit)
    return overflow ? .max : end
  }

  /// A SYN begins a new conversation where its number differs from the first one.
  @inline(__always)
  private func startsAnew(_ header: SegmentHeader, _ slot: Int32, _ sender: Peer) -> Bool {
    guard header.flags.isSyn else { return false }
    let flow = conversations[Int(slot)][sender]
    return flow.hasBase && header.sequence != flow.base
  }

  private mutating func open(
    _ key: ConversationKey, _ header: SegmentHeader, _ sender: Peer, _ time: Int64
  ) -> Int32 {
    if openCount >= limits.open, order.oldest != .none {
      droppedCount += 1
      end(order.oldest, .limit)
    }
    let conversation = Conversation(
      key, hash: key.hash(secrets), stream: streamCount, time: time,
      client: Self.senderLooksLikeClient(header) ? sender : sender.other)
    streamCount += 1
    openCount += 1
    let slot: Int32
    if let free = freeSlots.popLast() {
      slot = free
      conversations[Int(free)] = conversation
    } else {
      slot = Int32(conversations.count)
      conversations.append(conversation)
    }
    insert(slot)
    order.insert(slot)
    return slot
  }

  /// Who is the client, where the handshake may be missing: the sender of the SYN; else whoever does not use the
  /// well-known port, or the lower one; else whoever speaks first.
  private static func senderLooksLikeClient(_ header: SegmentHeader) -> Bool {
    if header.flags.contains(.syn) { return !header.flags.contains(.acknowledgment) }
    let (source, destination) = (header.sourcePort, header.destinationPort)
    if (source < 1024) != (destination < 1024) { return destination < 1024 }
    return source >= destination
  }

  // MARK: Ending

  /// The next conversation that is over, with its slot: free for another one from now on.
  public mutating func nextEnd() -> End? {
    guard let end = ended.popFirst() else { return nil }
    freeSlots.append(Int32(end.slot))
    return end
  }

  /// The next conversation that both sides have closed and of which nothing came for a while; its slot is not free yet.
  public mutating func nextSettled() -> (slot: Int, stream: Int)? { settled.popFirst() }

  /// Ends all that is open, in the order of their first frames; the ends are then there to be asked for.
  public mutating func endAll() {
    var open: [Int32] = []
    open.reserveCapacity(openCount)
    var slot = order.oldest
    while slot != .none {
      open.append(slot)
      slot = order.newer(than: slot)
    }
    open.sort { conversations[Int($0)].stream < conversations[Int($1)].stream }
    for slot in open { end(slot, .captureEnd) }
  }

  private mutating func end(_ slot: Int32, _ reason: End.Reason) {
    let position = Int(slot)
    let stream = conversations[position].stream
    remove(slot)
    order.remove(slot)
    conversations[position].isClosing = false
    openCount -= 1
    if keepsEnds {
      ended.append(End(slot: position, stream: stream, reason: reason))
    } else {
      freeSlots.append(slot)
    }
  }

  @inline(__always)
  private mutating func endOverdue(at time: Int64) {
    if limits.idle != .max {
      while order.oldest != .none, time &- conversations[Int(order.oldest)].lastTime > limits.idle {
        end(order.oldest, .idle)
      }
    }
    if time > overEnd {
      overEnd = Self.settle(
        &over, &settled, conversations, at: time, after: limits.settleAcknowledged)
    }
    if time > settlingEnd {
      settlingEnd = Self.settle(
        &settling, &settled, conversations, at: time, after: limits.settle)
    }
    if time > closingEnd { closeOverdue(at: time) }
  }

  /// Gives out those of which nothing came for `limit`; says up to when there is nothing to do.
  private static func settle(
    _ closed: inout Deque<Closed>, _ settled: inout Deque<(slot: Int, stream: Int)>,
    _ conversations: [Conversation], at time: Int64, after limit: Int64
  ) -> Int64 {
    while let first = closed.first, time &- first.time > limit {
      closed.removeFirst()
      guard let last = lastTime(of: first, conversations) else { continue }
      if time &- last > limit {
        settled.append((Int(first.slot), first.stream))
      } else {
        closed.append((first.slot, first.stream, last))
      }
    }
    return end(of: closed.first, limit)
  }

  private mutating func closeOverdue(at time: Int64) {
    while let first = closing.first, time &- first.time > limits.linger {
      closing.removeFirst()
      guard let last = Self.lastTime(of: first, conversations) else { continue }
      if time &- last > limits.linger {
        end(first.slot, .closed)
      } else {
        closing.append((first.slot, first.stream, last))
      }
    }
    closingEnd = Self.end(of: closing.first, limits.linger)
  }

  /// When the last segment came of a conversation that was closed; nil where it has ended.
  private static func lastTime(of closed: Closed, _ conversations: [Conversation]) -> Int64? {
    let slot = Int(closed.slot)
    guard conversations[slot].stream == closed.stream, conversations[slot].isClosing else {
      return nil
    }
    return conversations[slot].lastTime
  }

  // MARK: Index

  @inline(__always)
  private func find(_ key: ConversationKey) -> Int32 {
    if order.newest != .none, conversations[Int(order.newest)].key == key { return order.newest }
    let hash = key.hash(secrets)
    var position = Int(hash) & (index.count &- 1)
    while true {
      let entry = index[position]
      if entry == 0 { return .none }
      if UInt32(truncatingIfNeeded: entry >> 32) == hash {
        let slot = Int32(truncatingIfNeeded: entry & 0xffff_ffff) &- 1
        if conversations[Int(slot)].key == key { return slot }
      }
      position = (position &+ 1) & (index.count &- 1)
    }
  }

  private mutating func insert(_ slot: Int32) {
    if 2 * openCount > index.count { growIndex() }
    place(UInt64(conversations[Int(slot)].hash) << 32 | UInt64(slot + 1))
  }

  private mutating func place(_ entry: UInt64) {
    var position = Int(entry >> 32) & (index.count - 1)
    while index[position] != 0 { position = (position + 1) & (index.count - 1) }
    index[position] = entry
  }

  private mutating func growIndex() {
    let entries = index
    index = [UInt64](repeating: 0, count: 2 * entries.count)
    for entry in entries where entry != 0 { place(entry) }
  }

  /// Takes an entry out and closes the hole, so that no entry lies after an empty place.
  private mutating func remove(_ slot: Int32) {
    let mask = index.count - 1
    let entry = UInt64(conversations[Int(slot)].hash) << 32 | UInt64(slot + 1)
    var hole = Int(entry >> 32) & mask
    while index[hole] != entry { hole = (hole + 1) & mask }
    var position = hole
    while true {
      position = (position + 1) & mask
      let next = index[position]
      if next == 0 { break }
      let home = Int(next >> 32) & mask
      if (position - home) & mask >= (position - hole) & mask {
        index[hole] = next
        hole = position
      }
    }
    index[hole] = 0
  }
}

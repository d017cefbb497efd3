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
    /// For reading streams, which take a kilobyte each: state goes ten seconds after the close, or after an hour of
    /// silence. Whatever reads a conversation may finish a second after the close, and sooner after one that was
    /// acknowledged: by then there are but copies to come.
    public static var streams: Self {
      var limits = Self()
      limits.open = 250_000
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
  private var newest = Int32.none
  private var oldest = Int32.none
  private typealias Closed = (slot: Int32, stream: Int, time: Int64)
  private var settling: Deque<Closed> = []
  private var over: Deque<Closed> = []
  private var closing: Deque<Closed> = []
  private var settled: Deque<(slot: Int, stream: Int)> = []
  private var ended: Deque<End> = []
  private let keepsEnds: Bool

  /// `keepsEnds`: the caller asks for `nextEnd` after each frame; otherwise ends are silent.
  public init(limits: Limits = Limits(), keepsEnds: Bool = false) {
    self.limits = limits
    self.keepsEnds = keepsEnds
  }

  // MARK: Following

  /// Finds or opens the conversation of a segment and moves it on.
  mutating func receive(
    _ header: SegmentHeader, _ addresses: NetworkAddresses, layer: Int, frame: Int, time: Int64
  ) -> Segment {
    endOverdue(at: time)
    let (key, sender) = ConversationKey.of(
      addresses, source: header.sourcePort, destination: header.destinationPort)
    var (slot, isFirst) = (find(key), false)
    var reusesPorts = false
    if slot != .none, startsAnew(header, slot, sender) {
      end(slot, .portsReused)
      slot = .none
      reusesPorts = true
    }
    if slot == .none {
      slot = open(key, header, sender, time)
      isFirst = true
    } else {
      moveToFront(slot)
    }
    let segment = conversations[Int(slot)].follow(
      header, from: sender, slot: Int(slot), isFirst: isFirst, reusesPorts: reusesPorts,
      layer: layer, frame: frame, time: time)
    if limits.linger != .max, conversations[Int(slot)].isClosed { noteClosed(slot, at: time) }
    return segment
  }

  /// Ends the conversation when `linger` has passed.
  private mutating func noteClosed(_ slot: Int32, at time: Int64) {
    if conversations[Int(slot)].isOver, !conversations[Int(slot)].wasOver {
      conversations[Int(slot)].wasOver = true
      if limits.settleAcknowledged < limits.settle {
        over.append((slot, conversations[Int(slot)].stream, time))
      }
    }
    guard !conversations[Int(slot)].isClosing else { return }
    conversations[Int(slot)].isClosing = true
    let closed = (slot, conversations[Int(slot)].stream, time)
    closing.append(closed)
    if limits.settle < limits.linger { settling.append(closed) }
  }

  /// A SYN begins a new conversation where its number differs from the first one.
  private func startsAnew(_ header: SegmentHeader, _ slot: Int32, _ sender: Peer) -> Bool {
    guard header.flags.isSyn else { return false }
    let flow = conversations[Int(slot)][sender]
    return flow.hasBase && header.sequence != flow.base
  }

  private mutating func open(
    _ key: ConversationKey, _ header: SegmentHeader, _ sender: Peer, _ time: Int64
  ) -> Int32 {
    if openCount >= limits.open, oldest != .none {
      droppedCount += 1
      end(oldest, .limit)
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
    link(slot)
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
    var slot = oldest
    while slot != .none {
      open.append(slot)
      slot = conversations[Int(slot)].newer
    }
    open.sort { conversations[Int($0)].stream < conversations[Int($1)].stream }
    for slot in open { end(slot, .captureEnd) }
  }

  private mutating func end(_ slot: Int32, _ reason: End.Reason) {
    let position = Int(slot)
    let stream = conversations[position].stream
    remove(slot)
    unlink(slot)
    openCount -= 1
    if keepsEnds {
      ended.append(End(slot: position, stream: stream, reason: reason))
    } else {
      freeSlots.append(slot)
    }
  }

  private mutating func endOverdue(at time: Int64) {
    if limits.idle != .max {
      while oldest != .none, time &- conversations[Int(oldest)].lastTime > limits.idle {
        end(oldest, .idle)
      }
    }
    Self.settle(&over, &settled, conversations, at: time, after: limits.settleAcknowledged)
    Self.settle(&settling, &settled, conversations, at: time, after: limits.settle)
    while let first = closing.first, time &- first.time > limits.linger {
      closing.removeFirst()
      guard let last = Self.lastTime(of: first, conversations) else { continue }
      if time &- last > limits.linger {
        end(first.slot, .closed)
      } else {
        closing.append((first.slot, first.stream, last))
      }
    }
  }

  private static func settle(
    _ closed: inout Deque<Closed>, _ settled: inout Deque<(slot: Int, stream: Int)>,
    _ conversations: [Conversation], at time: Int64, after limit: Int64
  ) {
    while let first = closed.first, time &- first.time > limit {
      closed.removeFirst()
      guard let last = lastTime(of: first, conversations) else { continue }
      if time &- last > limit {
        settled.append((Int(first.slot), first.stream))
      } else {
        closed.append((first.slot, first.stream, last))
      }
    }
  }

  /// When the last segment came of a conversation that was closed; nil where it has ended.
  private static func lastTime(of closed: Closed, _ conversations: [Conversation]) -> Int64? {
    let slot = Int(closed.slot)
    guard conversations[slot].stream == closed.stream, conversations[slot].isClosing else {
      return nil
    }
    return conversations[slot].lastTime
  }

  // MARK: Order of use

  private mutating func link(_ slot: Int32) {
    conversations[Int(slot)].newer = .none
    conversations[Int(slot)].older = newest
    if newest != .none { conversations[Int(newest)].newer = slot }
    newest = slot
    if oldest == .none { oldest = slot }
  }

  private mutating func unlink(_ slot: Int32) {
    let (newer, older) = (conversations[Int(slot)].newer, conversations[Int(slot)].older)
    if newer == .none { newest = older } else { conversations[Int(newer)].older = older }
    if older == .none { oldest = newer } else { conversations[Int(older)].newer = newer }
    conversations[Int(slot)].isClosing = false
  }

  private mutating func moveToFront(_ slot: Int32) {
    guard slot != newest else { return }
    let isClosing = conversations[Int(slot)].isClosing
    unlink(slot)
    link(slot)
    conversations[Int(slot)].isClosing = isClosing
  }

  // MARK: Index

  private func find(_ key: ConversationKey) -> Int32 {
    if newest != .none, conversations[Int(newest)].key == key { return newest }
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

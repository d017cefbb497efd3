/// The analysis of sequence and acknowledgment numbers that Wireshark users know from "TCP Analysis": what a segment
/// looks like in the light of those before it.
///
/// Kept only while fields are wanted; streams do not need it.
public struct SegmentAnalysis: Sendable {
  public struct Flags: OptionSet, Hashable, Sendable {
    public let rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    public static let retransmission = Self(rawValue: 1)
    public static let fastRetransmission = Self(rawValue: 2)
    public static let spuriousRetransmission = Self(rawValue: 4)
    public static let outOfOrder = Self(rawValue: 8)
    public static let previousNotCaptured = Self(rawValue: 0x10)
    public static let acknowledgesUnseen = Self(rawValue: 0x20)
    public static let windowUpdate = Self(rawValue: 0x40)
    public static let windowFull = Self(rawValue: 0x80)
    public static let keepAlive = Self(rawValue: 0x100)
    public static let keepAliveAnswer = Self(rawValue: 0x200)
    public static let duplicateAcknowledgment = Self(rawValue: 0x400)
    public static let zeroWindow = Self(rawValue: 0x800)
    public static let zeroWindowProbe = Self(rawValue: 0x1000)
    public static let zeroWindowProbeAnswer = Self(rawValue: 0x2000)
    public static let portsReused = Self(rawValue: 0x4000)
  }

  /// What was found of one segment.
  public struct Result: Sendable {
    public var flags: Flags = []
    /// The frame of the segment that this one acknowledges, and how long ago it was.
    public var acknowledgedFrame = 0
    public var acknowledgmentTime: Int64 = 0
    public var bytesInFlight: UInt32 = 0
    public var bytesSincePush: UInt32 = 0
    /// The frame whose segment was sent again, and how long ago it was.
    public var timeoutFrame = 0
    public var timeout: Int64 = 0
    public var duplicateNumber = 0
    public var duplicateFrame = 0

    /// There was something to work out, though nothing came of it, or it was said before.
    var isLookedAt = false

    /// Nothing to tell.
    var isEmpty: Bool {
      flags.isEmpty && acknowledgedFrame == 0 && bytesInFlight == 0 && !isLookedAt
    }
  }

  /// Two properties rather than an array, so that both are changed where they are.
  private var low = FlowAnalysis()
  private var high = FlowAnalysis()

  mutating func analyze(
    _ segment: borrowing Segment, _ history: borrowing SegmentHistory, _ result: inout Result
  ) {
    switch segment.sender {
    case .low: low.analyze(segment, history, peer: &high, &result)
    case .high: high.analyze(segment, history, peer: &low, &result)
    }
  }

  /// A SYN that repeats the first one: what a RST with a number of its own has moved is moved back.
  mutating func restart(_ sender: Peer) {
    switch sender {
    case .low: low.next = low.contiguousEnd
    case .high: high.next = high.contiguousEnd
    }
  }
}

/// What one direction has sent and acknowledged. A number of 0 means "none yet", as in Wireshark. The other direction is
/// lent for change where it is only looked at, too: it is large, and would be copied otherwise.
private struct FlowAnalysis: Sendable {
  typealias Flags = SegmentAnalysis.Flags

  struct Unacknowledged: Sendable {
    var start: UInt32
    let end: UInt32
    let frame: UInt32
    let time: Int64
  }
  /// More than these are not remembered where acknowledgments are missing.
  static let unacknowledgedLimit = 10_000
  /// A late segment is out of order, not sent again, within this time of the newest one, if the RTT is unknown.
  static let reorderTime: Int64 = 3_000_000
  /// A segment that was asked for by duplicate acknowledgments follows them within this time.
  static let fastRetransmissionTime: Int64 = 20_000_000

  /// Newest last.
  private var unacknowledged: [Unacknowledged] = []
  /// How many of them were held against the last acknowledgment, and that: no need to do it again.
  private var checkedCount = 0
  private var checkedAcknowledgment: UInt32?
  /// The lowest and the highest of their numbers, from `base` on; nil where it must be found out.
  private var extent: (base: UInt32, low: UInt32, high: UInt32)?
  /// The highest number sent, and when.
  fileprivate var next: UInt32 = 0
  private var nextFrame: UInt32 = 0
  private var nextTime: Int64 = 0
  /// The end of what was sent without a hole.
  fileprivate var contiguousEnd: UInt32 = 0
  /// More than any, until it is known.
  private var window = UInt32.max
  private var lastAcknowledgment: UInt32 = 0
  private var acknowledgmentTime: Int64 = 0
  private var duplicates: UInt32 = 0
  private var firstOfDuplicates: UInt32 = 0
  private var lastFlags: Flags = []
  private var bytesSincePush: UInt32 = 0
  private var blocks: [4 of SequenceBlock] = .init(repeating: SequenceBlock())
  private var blockCount: UInt8 = 0
  private var lastHadPush = false
  /// What Multipath TCP had done before the last segment: where it did something new, an acknowledgment that repeats
  /// itself tells of no loss (RFC 8684 4).
  private var operations: UInt16 = 0
  /// False between a hole and the next acknowledgment of the other side.
  private var knowsFlight = true
  /// The other side has acknowledged more than was ever seen since this one last acknowledged anything.
  private var hasUnseenData = false
  /// Windows are not scaled before the end of the handshake.
  private var windowIsScaled = false

  mutating func analyze(
    _ segment: borrowing Segment, _ history: borrowing SegmentHistory, peer: inout FlowAnalysis,
    _ result: inout SegmentAnalysis.Result
  ) {
    if history.reusesPorts { result.flags.insert(.portsReused) }
    if segment.header.payloadLength != nil {
      if segment.header.flags.contains(.acknowledgment) { peer.knowsFlight = true }
      classify(segment, history, &peer, &result)
      noteAcknowledgment(segment, &peer, &result)
      classifyRepetition(segment, history, &peer, &result)
      remember(segment, result.flags)
      acknowledge(segment, &peer, &result)
      countFlight(segment, &peer, &result)
    }
    operations = history.multipathOperations ?? operations
    (blocks, blockCount) = (
      history.options.acknowledgedBlocks, history.options.blockCount
    )
  }

  // MARK: By window and acknowledgment

  private mutating func classify(
    _ segment: borrowing Segment, _ history: borrowing SegmentHistory,
    _ peer: inout FlowAnalysis, _ result: inout SegmentAnalysis.Result
  ) {
    let header = segment.header
    let (sequence, acknowledgment) = (header.sequence.rawValue, header.acknowledgment.rawValue)
    let length = header.payloadLength ?? 0
    let window = UInt32(header.window)
    let isPlain = header.flags.isDisjoint(with: [.syn, .fin, .reset])

    if length == 1, sequence == next, peer.window == 0 {
      result.flags.insert(.zeroWindowProbe)
      return
    }
    if window == 0, isPlain { result.flags.insert(.zeroWindow) }
    if next != 0, isAfter(sequence, next), !header.flags.contains(.reset) {
      result.flags.insert(.previousNotCaptured)
      knowsFlight = false
    }
    guard isPlain else { return }
    if length <= 1, sequence == next &- 1 { result.flags.insert(.keepAlive) }
    if length > 0 {
      if history.peerWindowScale != .unknown,
        sequence &+ UInt32(truncatingIfNeeded: length) == peer.windowEnd(history.peerWindowScale)
      {
        result.flags.insert(.windowFull)
      }
      return
    }
    guard sequence == next else { return }
    let repeats = acknowledgment == lastAcknowledgment
    if window != 0, window != self.window, repeats { result.flags.insert(.windowUpdate) }
    guard window == self.window else { return }
    if window != 0, repeats, peer.lastFlags.contains(.keepAlive) {
      result.flags.insert(.keepAliveAnswer)
    } else if window == 0, repeats, peer.lastFlags.contains(.zeroWindowProbe) {
      result.flags.insert(.zeroWindowProbeAnswer)
    } else if window != 0, repeats, history.multipathOperations ?? operations == operations {
      duplicates &+= 1
      hasUnseenData = false
      result.flags.insert(.duplicateAcknowledgment)
      result.duplicateNumber = Int(duplicates)
      result.duplicateFrame = Int(firstOfDuplicates)
    }
  }

  /// Where the window that this side has opened ends.
  private func windowEnd(_ scale: WindowScale) -> UInt32 {
    lastAcknowledgment &+ window << UInt32(windowIsScaled ? scale.shift : 0)
  }

  private mutating func noteAcknowledgment(
    _ segment: borrowing Segment, _ peer: inout FlowAnalysis,
    _ result: inout SegmentAnalysis.Result
  ) {
    let acknowledgment = segment.header.acknowledgment.rawValue
    if acknowledgment != lastAcknowledgment {
      firstOfDuplicates = UInt32(truncatingIfNeeded: segment.frame)
      duplicates = 0
      hasUnseenData = false
    }
    if peer.contiguousEnd != 0, isAfter(acknowledgment, peer.contiguousEnd),
      segment.header.flags.contains(.acknowledgment)
    {
      let hasHole = peer.contiguousEnd != peer.next
      if hasHole || !peer.hasUnseenData && peer.duplicates == 0 {
        result.flags.insert(.acknowledgesUnseen)
      } else {
        result.isLookedAt = true
      }
      if !hasHole { (peer.hasUnseenData, peer.duplicates) = (true, 0) }
      peer.contiguousEnd = peer.next
    }
  }

  // MARK: By sequence number

  /// A segment that does not carry on where the newest one ended: sent again, or out of order.
  private func classifyRepetition(
    _ segment: borrowing Segment, _ history: borrowing SegmentHistory,
    _ peer: inout FlowAnalysis, _ result: inout SegmentAnalysis.Result
  ) {
    let header = segment.header
    let length = header.payloadLength ?? 0
    let hasControl = !header.flags.isDisjoint(with: [.syn, .fin])
    guard length > 0 || hasControl else { return }
    let sequence = header.sequence.rawValue
    let end = sequence &+ UInt32(truncatingIfNeeded: length)
    let endWithControl = hasControl ? end &+ 1 : end
    var isOld = next != 0 && isAfter(next, sequence)
    if isOld, result.flags.contains(.keepAlive) { return }
    // One byte of a zero window probe, sent again with what follows it.
    if length > 1, next &- 1 == sequence { isOld = false }

    if length > 0, peer.lastAcknowledgment != 0, !isAfter(end, peer.lastAcknowledgment) {
      result.flags.insert(.spuriousRetransmission)
      return
    }
    guard isOld else { return }
    if peer.duplicates >= 2 || peer.hasUnseenData, peer.lastAcknowledgment == sequence,
      segment.time &- peer.acknowledgmentTime < Self.fastRetransmissionTime
    {
      result.flags.insert(.fastRetransmission)
      return
    }
    if segment.time &- nextTime < history.handshakeTime.flatMap({ $0 == 0 ? nil : $0 })
      ?? Self.reorderTime,
      next != endWithControl
    {
      result.flags.insert(.outOfOrder)
      return
    }
    result.flags.insert(.retransmission)
    result.timeoutFrame = Int(nextFrame)
    result.timeout = segment.time &- nextTime
    // Of what is not acknowledged, the oldest is most likely the one that was sent again.
    if let oldest = unacknowledged.first {
      result.timeoutFrame = Int(oldest.frame)
      result.timeout = segment.time &- oldest.time
    }
  }

  // MARK: Remembering

  private mutating func remember(_ segment: borrowing Segment, _ flags: Flags) {
    let header = segment.header
    let sequence = header.sequence.rawValue
    var end = sequence &+ UInt32(truncatingIfNeeded: header.payloadLength ?? 0)
    let hasControl = !header.flags.isDisjoint(with: [.syn, .fin])
    if end != sequence || hasControl, unacknowledged.count < Self.unacknowledgedLimit {
      if hasControl { end &+= 1 }
      let sent = Unacknowledged(
        start: sequence, end: end, frame: UInt32(truncatingIfNeeded: segment.frame),
        time: segment.time)
      unacknowledged.append(sent)
      if let extent { self.extent = Self.extent(extent, with: sent) }
    }
    if !flags.contains(.zeroWindowProbe) {
      if next == 0 || isAfter(end, next) {
        next = end
        nextFrame = UInt32(truncatingIfNeeded: segment.frame)
        nextTime = segment.time
      }
      if contiguousEnd == 0 || sequence == contiguousEnd { contiguousEnd = next }
    }
    window = UInt32(header.window)
    lastAcknowledgment = header.acknowledgment.rawValue
    acknowledgmentTime = segment.time
    lastFlags = flags
    if header.flags.contains(.acknowledgment), !header.flags.contains(.syn) {
      windowIsScaled = true
    }
  }

  /// Takes what the segment acknowledges off the other side's list.
  private mutating func acknowledge(
    _ segment: borrowing Segment, _ peer: inout FlowAnalysis,
    _ result: inout SegmentAnalysis.Result
  ) {
    let acknowledgment = segment.header.acknowledgment.rawValue
    let first = peer.checkedAcknowledgment == acknowledgment ? peer.checkedCount : 0
    var kept = peer.unacknowledged.count
    for position in stride(from: peer.unacknowledged.count - 1, through: first, by: -1) {
      let sent = peer.unacknowledged[position]
      if acknowledgment == sent.end {
        result.acknowledgedFrame = Int(sent.frame)
        result.acknowledgmentTime = segment.time &- sent.time
      } else if isAfter(sent.end, acknowledgment) {
        if isAfter(acknowledgment, sent.start) {
          peer.unacknowledged[position].start = acknowledgment
          peer.extent = nil
        }
        kept -= 1
        if kept != position { peer.unacknowledged.swapAt(kept, position) }
        continue
      }
    }
    if kept > first {
      peer.unacknowledged.removeSubrange(first..<kept)
      peer.extent = nil
    }
    (peer.checkedCount, peer.checkedAcknowledgment) = (peer.unacknowledged.count, acknowledgment)
    if peer.unacknowledged.isEmpty, peer.unacknowledged.capacity > 64 { peer.unacknowledged = [] }
  }

  private mutating func countFlight(
    _ segment: borrowing Segment, _ peer: inout FlowAnalysis,
    _ result: inout SegmentAnalysis.Result
  ) {
    let length = UInt32(truncatingIfNeeded: segment.header.payloadLength ?? 0)
    guard length != 0, knowsFlight, let last = unacknowledged.last else { return }
    let base = segment.base.rawValue
    var extent = (base: base, low: last.start &- base, high: last.end &- base)
    if let known = self.extent, known.base == base {
      extent = known
    } else {
      for sent in unacknowledged { extent = Self.extent(extent, with: sent) }
      self.extent = extent
    }
    var flight = extent.high &- extent.low
    for position in 0..<Int(peer.blockCount) {
      flight &-= peer.blocks[position].right &- peer.blocks[position].left
    }
    let hasPush = segment.header.flags.contains(.push)
    bytesSincePush = lastHadPush ? length : bytesSincePush &+ length
    lastHadPush = hasPush
    guard flight > 0, flight < 2_000_000_000 else { return result.isLookedAt = true }
    // SYN and FIN take a number, but are no byte.
    let hasControl = !segment.header.flags.isDisjoint(with: [.syn, .fin])
    result.bytesInFlight = hasControl ? flight &- 1 : flight
    result.bytesSincePush = bytesSincePush
  }

  private static func extent(
    _ extent: (base: UInt32, low: UInt32, high: UInt32), with sent: Unacknowledged
  ) -> (base: UInt32, low: UInt32, high: UInt32) {
    (
      extent.base, min(extent.low, sent.start &- extent.base),
      max(extent.high, sent.end &- extent.base)
    )
  }

  private func isAfter(_ left: UInt32, _ right: UInt32) -> Bool {
    SequenceNumber(left) > SequenceNumber(right)
  }
}

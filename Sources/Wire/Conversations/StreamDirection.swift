/// One direction of a stream: what comes next, and what waits for it. Small, because there may be two million of them.
///
/// Offsets count from where the direction was met first and grow without wrapping; what the consumer sees counts
/// from the first byte handed over.
struct StreamDirection: Sendable {
  // What every segment asks for is together, so that it touches little memory.
  /// The number of the next byte, and its offset.
  private var next = SequenceNumber(0)
  private(set) var isStarted = false
  private(set) var isEnded = false
  /// Whether bytes wait for the ones before them.
  var waits = false
  private var hasDelivered = false
  private(set) var offset = 0
  /// The offset after the last byte, once a FIN has said it.
  private var finOffset = Int.max
  /// What the other side acknowledged beyond `offset`; below it where there is nothing like that.
  private var acknowledgedOffset = 0
  /// How far the other side has acknowledged, and how many segments came again since that lags.
  private(set) var confirmedOffset = 0
  private(set) var repetitions = 0
  /// The offset of the first byte that was handed over; may still become less until there is one.
  private var origin = 0
  /// Segments with payload whose checksums were good, and bad.
  private var goodChecksums: UInt32 = 0
  private var badChecksums: UInt32 = 0
  private var acknowledgedTime: Int64 = 0
  private var segmentsSinceAcknowledged: UInt16 = 0
  /// Nothing of it was captured yet, and it is known where it begins.
  private(set) var isAnticipated = false
  private var isGivenUp = false
  private var hasDataAfterEnd = false
  /// The other side has reset the connection.
  var isReset = false
  /// It has reset the connection itself, and bytes of before that are still to come.
  var hasReset = false
  /// What showed last that there are bytes which did not come: an acknowledgement, or the FIN.
  private var evidence: (frame: Int, time: Int64) = (0, 0)

  /// What lies further off than this belongs to something else.
  static let farthest = 1 << 30
  /// An earlier byte is believed to belong to the stream while nothing was handed over, if it is so near.
  static let nearest = 1 << 20
  /// How long a segment may be late that was acknowledged already: captures put frames in the wrong order by that
  /// much, and no copy is sent again for what has arrived.
  static let lateTime: Int64 = 100_000_000
  static let lateSegments: UInt16 = 32
  /// A late segment may come after so many of either side, however long these take: then it is their order that is wrong.
  static let fewSegments: UInt16 = 16
  /// Segments of either side after which bytes that nothing shows but an acknowledgement are given up.
  static let mostSegments: UInt16 = 4_096

  // Inlined where each segment asks: a call would copy all of it to ask.

  /// Offset as the consumer counts it.
  @inline(__always)
  var place: Int { offset - origin }
  var isAtFin: Bool { offset >= finOffset && !isEnded }
  /// All has come that it had sent before its reset.
  var isAtReset: Bool { hasReset && !isEnded && !waits && finalEnd <= offset }
  var knowsFin: Bool { finOffset != .max }

  /// Bytes may come at any time, and nothing is out of the way.
  @inline(__always)
  var isOpen: Bool {
    isStarted && !isEnded && !waits && finOffset == .max && acknowledgedOffset <= offset
  }

  /// The number is the next one, and nothing keeps its bytes from being handed over.
  @inline(__always)
  func expects(_ sequence: SequenceNumber) -> Bool {
    sequence == next && isOpen
  }

  /// Takes note that the other side has what came before a number, where that is all there and nothing more follows from
  /// it; nil otherwise, and all is as it was.
  mutating func confirm(before acknowledgment: SequenceNumber) -> Int? {
    let distance = acknowledgment.distance(from: next)
    guard distance <= 0, distance >= -Self.farthest, isOpen, repetitions == 0 else { return nil }
    confirmedOffset = max(confirmedOffset, offset + distance)
    return offset + distance
  }

  /// The offset of a number; nil where it is far from all that is expected.
  func offset(of sequence: SequenceNumber) -> Int? {
    let distance = sequence.distance(from: next)
    return distance.magnitude <= Self.farthest ? offset + distance : nil
  }

  /// The place of a number as the consumer counts it; nil where it is far from all that is expected.
  func place(of sequence: SequenceNumber) -> Int? { offset(of: sequence).map(place(ofOffset:)) }

  @inline(__always)
  func place(ofOffset offset: Int) -> Int { offset - origin }

  /// Whether bytes before `end` are still to come: those that a sender had received whose segment acknowledges `end`.
  func lacks(before end: Int) -> Bool {
    if isAnticipated { return end > offset }
    guard isStarted, !isEnded else { return false }
    let end = min(end, finOffset)
    // A single number beyond is a FIN that was not captured, or a probe.
    return end > offset + 1 || end > offset && waits
  }

  /// Counts a copy of bytes that the other side has not acknowledged.
  mutating func noteRepetition(at start: Int) {
    if start >= confirmedOffset, start < offset { repetitions += 1 }
  }

  /// Whether the receiver threw the segment away: its checksum is bad in a direction whose others are good.
  mutating func throwsAway(_ checksum: ChecksumState) -> Bool {
    switch checksum {
    case .unverified: return false
    case .good:
      noteGoodChecksum()
      return false
    case .bad:
      if badChecksums < .max { badChecksums += 1 }
      return goodChecksums > badChecksums
    }
  }

  mutating func noteGoodChecksum() { if goodChecksums < .max { goodChecksums += 1 } }

  mutating func start(at sequence: SequenceNumber) {
    if isAnticipated {
      offset = sequence.distance(from: next)
      origin = offset
    }
    (next, isStarted, isAnticipated) = (sequence, true, false)
  }

  /// The other side was captured first: its acknowledgements say where this one begins.
  mutating func anticipate(at sequence: SequenceNumber, _ time: Int64) {
    guard !isStarted, !isAnticipated, !isGivenUp else { return }
    (next, isAnticipated, acknowledgedTime) = (sequence, true, time)
  }

  /// Whether too much time has passed, or too many segments, for this side still to come: only the other was captured.
  mutating func isAbsent(at time: Int64, skew: Int64) -> Bool {
    segmentsSinceAcknowledged += 1
    let (elapsed, isFar) = time.subtractingReportingOverflow(acknowledgedTime)
    return isFar || elapsed >= skew || segmentsSinceAcknowledged >= Self.mostSegments
  }

  mutating func giveUpAnticipation() {
    (isAnticipated, isGivenUp, segmentsSinceAcknowledged) = (false, true, 0)
  }

  /// Moves the beginning back to an earlier byte, while nothing was handed over.
  mutating func startEarlier(at earlier: Int) {
    guard !hasDelivered, offset - earlier <= Self.nearest else { return }
    next += earlier - offset
    (offset, origin) = (earlier, earlier)
  }

  mutating func advance(by count: Int) {
    next += count
    offset += count
    hasDelivered = true
  }

  /// A FIN after the byte before `end`; one that would take back bytes is ignored.
  mutating func noteFin(at end: Int, frame: Int, time: Int64) {
    guard finOffset == .max, end >= offset else { return }
    finOffset = end
    if acknowledgedOffset <= offset { evidence = (frame, time) }
  }

  func isBehindFin(_ end: Int) -> Bool { end > finOffset }

  /// True the first time.
  mutating func noteDataAfterEnd() -> Bool {
    defer { hasDataAfterEnd = true }
    return !hasDataAfterEnd
  }

  mutating func end() { isEnded = true }

  // MARK: Gaps

  /// The other side has `acknowledgment`: what lies before it was sent, whether it was captured or not.
  mutating func acknowledge(_ acknowledgment: SequenceNumber, frame: Int, at time: Int64) {
    if isStarted, let confirmed = offset(of: acknowledgment), confirmed > confirmedOffset {
      (confirmedOffset, repetitions) = (confirmed, 0)
    }
    guard isStarted, !isEnded, acknowledgment > next, let acknowledged = offset(of: acknowledgment)
    else {
      return
    }
    // A single number beyond is a FIN that was not captured, or a probe.
    let end = min(acknowledged, finOffset)
    guard end > offset, end > offset + 1 || waits else { return }
    if acknowledgedOffset <= offset {
      (acknowledgedTime, segmentsSinceAcknowledged) = (time, 0)
      if !knowsFin { evidence = (frame, time) }
    }
    acknowledgedOffset = max(acknowledgedOffset, end)
  }

  /// The other side has acknowledged bytes that were not handed on.
  var isAwaited: Bool { acknowledgedOffset > offset && !isEnded }

  /// Bytes up to here were acknowledged but will not come any more; nil where there is hope. `reach` is how far the
  /// stream is there without a hole, `isPassed`: later bytes of it came, `skew` how far two clocks may be apart.
  mutating func lostEnd(
    at time: Int64, reach: Int, isPassed: Bool, skew: Int64
  ) -> Int? {
    guard acknowledgedOffset > reach, !isEnded else { return nil }
    if segmentsSinceAcknowledged < .max { segmentsSinceAcknowledged += 1 }
    let (elapsed, isFar) = time.subtractingReportingOverflow(acknowledgedTime)
    let isLate = isFar ? time > acknowledgedTime : elapsed >= (isPassed ? Self.lateTime : skew)
    let count = segmentsSinceAcknowledged
    let isLost =
      isPassed
      ? isLate && count >= Self.fewSegments || count >= Self.lateSegments
      : isLate || count >= Self.mostSegments
    return isLost ? acknowledgedOffset : nil
  }

  /// The frame that showed that bytes after `offset` were sent, other than by bringing some; nil where none did.
  var currentEvidence: (frame: Int, time: Int64)? {
    guard evidence.frame > 0 else { return nil }
    return acknowledgedOffset > offset || knowsFin && finOffset > offset ? evidence : nil
  }

  /// The end of what is known to have been sent, at the end of all.
  var finalEnd: Int { max(offset, knowsFin ? finOffset : acknowledgedOffset) }
}

import DequeModule
import Fields

/// Puts the bytes of one TCP conversation in order and hands them on, each one once.
///
/// In-order bytes go straight from the frame to the consumer; only what came too early is copied. What acknowledges bytes
/// of the other direction comes after them, whichever was captured first: two capture points have two clocks. A gap is
/// given up when it is clear that it will not close: the other side has acknowledged the bytes and no late frame has
/// brought them (100 ms and 16 segments later, or 32 segments, where later bytes came, else after `clockSkew`), more bytes
/// wait for it than may wait, or the stream is at its end.
public struct StreamReassembler: Sendable {
  private var directions: [2 of StreamDirection] = [StreamDirection(), StreamDirection()]
  /// What came too early: nothing, or an element for each direction, so that a conversation in order is small.
  private var held: [HeldSegments] = []
  /// What was handed on lately.
  private var recent: [2 of RecentSegments] = [RecentSegments(), RecentSegments()]
  private var client = Peer.low
  private var turn = 0

  public init() {}

  /// For a conversation of which there was nothing but handshake (`Segment.isHandshake`) before `segment`.
  public init(before segment: borrowing Segment, hasSyn: Bool, otherHasSyn: Bool) {
    if hasSyn { directions[segment.sender.index].start(at: segment.base + 1) }
    if otherHasSyn { directions[segment.sender.other.index].start(at: segment.peerBase + 1) }
  }

  // MARK: Segments

  /// Takes a segment with its payload as it was captured. `fileOffset` is where the payload lies in the capture file.
  public mutating func receive<Consumer: StreamConsumer & ~Copyable>(
    _ segment: borrowing Segment, _ payload: Span<UInt8>, fileOffset: Int? = nil,
    _ budget: inout ReassemblyBudget, _ consumer: inout Consumer
  ) {
    // A header that is shorter than its fixed part is none: whoever receives the segment throws it away.
    guard !segment.isQuoted, let length = segment.header.payloadLength,
      segment.header.headerLength >= 20
    else { return }
    client = segment.isFromClient ? segment.sender : segment.sender.other
    if receivePlain(segment, payload, length, fileOffset, budget.limits, &consumer) { return }
    let own = segment.sender.index
    let flags = segment.header.flags
    let hasAcknowledgment = flags.contains(.acknowledgment)
    if hasAcknowledgment, !directions[segment.sender.other.index].isStarted {
      anticipate(segment, &budget, &consumer)
    }
    var at = Arrival(
      side: segment.sender, frame: segment.frame, time: segment.time, payloadOffset: fileOffset,
      acknowledged: acknowledged(by: segment),
      sum: segment.checksum == .unverified ? nil : segment.payloadSum)
    if length > 0 { at.isSuspect = directions[own].throwsAway(segment.checksum) }
    // What it acknowledges came before it.
    if hasAcknowledgment, !flags.contains(.reset) {
      acknowledge(segment, at.other, &budget, &consumer)
    }
    if length > 0, length == payload.count, flags.isSubset(of: [.acknowledgment, .push]),
      directions[own].expects(segment.header.sequence), !mustWait(at, budget.limits)
    {
      deliver(payload, fileOffset: fileOffset, at, &consumer)
      if directions[at.other.side.index].waits { settle(at, &budget, &consumer) }
      return
    }
    if !directions[own].isStarted { start(segment, payload) }
    if let lost = lostEnd(at, budget.limits) {
      // The segment at hand may be the late one.
      if !closes(segment, length, lost) { giveUp(until: lost, at, &budget, &consumer) }
    }
    if length > 0 { take(segment, payload, length, at, &budget, &consumer) }
    if flags.contains(.fin) { finish(segment, length, at, &budget, &consumer) }
    if flags.contains(.reset) { reset(segment, at, &budget, &consumer) }
    settle(at, &budget, &consumer)
  }

  /// What nearly every segment is: the next bytes, or none, and an acknowledgement of what is there. False for any other,
  /// of which nothing was taken.
  @inline(__always)
  private mutating func receivePlain<Consumer: StreamConsumer & ~Copyable>(
    _ segment: borrowing Segment, _ payload: Span<UInt8>, _ length: Int, _ fileOffset: Int?,
    _ limits: ReassemblyBudget.Limits, _ consumer: inout Consumer
  ) -> Bool {
    let own = segment.sender.index
    guard length == payload.count, segment.header.flags.isPlain, !segment.checksum.isBad,
      !limits.lastCopyWins,
      length == 0
        ? directions[own].isOpen : directions[own].expects(segment.header.sequence),
      let acknowledged = directions[segment.sender.other.index]
        .confirm(before: segment.header.acknowledgment)
    else { return false }
    if length == 0 { return true }
    var at = Arrival(
      side: segment.sender, frame: segment.frame, time: segment.time, acknowledged: acknowledged)
    if segment.checksum == .good {
      directions[own].noteGoodChecksum()
      at.sum = segment.payloadSum
    }
    deliver(payload, fileOffset: fileOffset, at, &consumer)
    return true
  }

  /// The end of the conversation, of which `frame` was the last: hands on what waits, with the gaps before it, and ends
  /// both directions.
  public mutating func end<Consumer: StreamConsumer & ~Copyable>(
    frame: Int, time: Int64, _ budget: inout ReassemblyBudget, _ consumer: inout Consumer
  ) {
    let sides = [client, client.other].map { Arrival(side: $0, frame: frame, time: time) }
    for index in 0..<2 where directions[index].isAnticipated {
      directions[index].giveUpAnticipation()
    }
    settle(sides[0], &budget, &consumer)
    while true {
      let incomplete = sides.filter { isIncomplete($0) }
      // The gap that was shown first is given up first.
      if let at = incomplete.filter({ nextGap($0) != nil }).min(by: {
        shown($0).frame < shown($1).frame
      }), let end = nextGap(at) {
        skip(to: end, shown(at), &budget, &consumer)
      } else if let at = incomplete.first {
        // Each side waits for the other.
        _ = flush(at, isForced: true, &budget, &consumer)
      } else {
        break
      }
      settle(sides[0], &budget, &consumer)
    }
    for at in sides {
      let direction = directions[at.side.index]
      guard direction.isStarted, !direction.isEnded else { continue }
      let isReset = direction.isReset || direction.hasReset
      close(isReset ? .reset : direction.knowsFin ? .fin : .open, at, &budget, &consumer)
    }
  }

  /// Where the bytes end that a direction waits for; nil where it has the next ones.
  private func nextGap(_ at: Arrival) -> Int? {
    let direction = directions[at.side.index]
    let end = direction.waits ? held[at.side.index].first?.offset : nil
    return [end ?? direction.finalEnd].first { $0 > direction.offset }
  }

  /// Lets go of what is held, where nobody looks at what comes.
  public mutating func drop(_ budget: inout ReassemblyBudget) {
    for side in 0..<2 { release(side, &budget) }
    self = Self()
  }

  /// Whether both directions were handed on to their ends.
  public var isComplete: Bool { directions[0].isEnded && directions[1].isEnded }

  /// What it takes in memory beside itself, in bytes. It is asked with each segment, where it is: a property that is only
  /// read would have it copied first.
  public mutating func weigh() -> Int {
    let waiting = held.isEmpty ? 0 : held[0].cost + held[1].cost
    return waiting + recent[0].heldBytes + recent[1].heldBytes
  }

  private func isIncomplete(_ at: Arrival) -> Bool {
    let direction = directions[at.side.index]
    return direction.isStarted && !direction.isEnded
      && (direction.waits || direction.finalEnd > direction.offset)
  }

  // MARK: Cause and effect

  /// The other side may be captured later, by another clock: what it had sent by now comes first, if it comes.
  private mutating func anticipate<Consumer: StreamConsumer & ~Copyable>(
    _ segment: borrowing Segment, _ budget: inout ReassemblyBudget, _ consumer: inout Consumer
  ) {
    let other = segment.sender.other.index
    directions[other].anticipate(at: segment.peerBase + 1, segment.time)
    guard directions[other].isAnticipated,
      directions[other].isAbsent(at: segment.time, skew: budget.limits.clockSkew)
    else { return }
    directions[other].giveUpAnticipation()
    let at = Arrival(side: segment.sender, frame: segment.frame, time: segment.time)
    settle(at, &budget, &consumer)
  }

  /// Whether a segment must wait: for bytes that its sender had received and that did not come yet; where the last of
  /// several copies counts, for the acknowledgement of its own.
  private func mustWait(_ at: Arrival, _ limits: ReassemblyBudget.Limits) -> Bool {
    let other = directions[at.side.other.index]
    if limits.lastCopyWins || at.isSuspect, other.isStarted { return true }
    return at.acknowledged.map { other.lacks(before: $0) } ?? false
  }

  private func isBlocked(
    _ run: HeldSegments.Run, _ side: Peer, _ limits: ReassemblyBudget.Limits
  ) -> Bool {
    let other = directions[side.other.index]
    if limits.lastCopyWins || run.isSuspect, other.isStarted,
      run.end > directions[side.index].confirmedOffset
    {
      return true
    }
    return run.acknowledged.map { other.lacks(before: $0) } ?? false
  }

  /// Hands on all that waits for nothing any more, of both directions in turn. True where there was something.
  @discardableResult
  private mutating func settle<Consumer: StreamConsumer & ~Copyable>(
    _ at: Arrival, _ budget: inout ReassemblyBudget, _ consumer: inout Consumer
  ) -> Bool {
    var (moves, hasMoved) = (true, false)
    while moves, directions[0].waits || directions[1].waits {
      moves = false
      for side in [at, at.other] {
        if flush(side, isForced: false, &budget, &consumer) { (moves, hasMoved) = (true, true) }
      }
    }
    return hasMoved
  }

  /// How far a direction is there without a hole, handed on or waiting.
  private func reach(_ side: Int) -> Int {
    var end = directions[side].offset
    guard directions[side].waits else { return end }
    for run in held[side].runs {
      if run.offset > end { break }
      end = max(end, run.end)
    }
    return end
  }

  private mutating func lostEnd(_ at: Arrival, _ limits: ReassemblyBudget.Limits) -> Int? {
    let side = at.side.index
    guard directions[side].isAwaited else { return nil }
    let reach = reach(side)
    let isPassed = directions[side].waits && held[side].end.map { $0 > reach } ?? false
    return directions[side].lostEnd(
      at: at.time, reach: reach, isPassed: isPassed, skew: limits.clockSkew)
  }

  /// Where the first byte of a segment's payload lies in its stream, as the consumer counts it; nil where it is far from
  /// all that is expected.
  public func offset(of segment: borrowing Segment) -> Int? {
    let direction = directions[segment.sender.index]
    guard direction.isStarted else { return nil }
    return direction.place(
      of: segment.header.sequence + (segment.header.flags.contains(.syn) ? 1 : 0))
  }

  /// How many bytes of a direction were handed over, gaps among them.
  public func count(fromClient isFromClient: Bool) -> Int {
    directions[(isFromClient ? client : client.other).index].place
  }

  // MARK: Steps

  /// How much of the other direction the sender of the segment has, as an offset there; nil where that direction was not
  /// captured.
  private func acknowledged(by segment: borrowing Segment) -> Int? {
    let other = directions[segment.sender.other.index]
    guard segment.header.flags.contains(.acknowledgment), other.isStarted || other.isAnticipated
    else { return nil }
    return other.offset(of: segment.header.acknowledgment)
  }

  /// The other side has what this segment acknowledges: what of it was not captured will not come.
  private mutating func acknowledge<Consumer: StreamConsumer & ~Copyable>(
    _ segment: borrowing Segment, _ at: Arrival, _ budget: inout ReassemblyBudget,
    _ consumer: inout Consumer
  ) {
    let side = at.side.index
    let (start, hadRepetitions) = (
      directions[side].confirmedOffset, directions[side].repetitions > 0
    )
    directions[side].acknowledge(
      segment.header.acknowledgment, frame: segment.frame, at: segment.time)
    let late = min(directions[side].confirmedOffset, directions[side].offset) - start
    if hadRepetitions, late > 0 {
      consumer.note(
        .arrivedLate(length: late), place(at, offset: directions[side].place(ofOffset: start)))
    }
    if let lost = lostEnd(at, budget.limits) { giveUp(until: lost, at, &budget, &consumer) }
  }

  /// What happens, to which direction, and in which frame.
  private struct Arrival {
    let side: Peer
    let frame: Int
    let time: Int64
    /// Where the segment's payload lies in the file.
    var payloadOffset: Int?
    /// What the sender has of the other direction: an offset there.
    var acknowledged: Int?
    /// Over the payload, where it is known.
    var sum: UInt16?
    /// The receiver seems to have thrown it away, for its checksum.
    var isSuspect = false

    var other: Self { Self(side: side.other, frame: frame, time: time) }
  }

  /// The first segment of a direction says where it begins: after the SYN, where the handshake is known; else at its own
  /// first byte.
  private mutating func start(_ segment: borrowing Segment, _ payload: Span<UInt8>) {
    let header = segment.header
    let knowsHandshake = !segment.completeness.isDisjoint(with: [.syn, .synAck])
    var first = header.sequence
    if header.flags.contains(.syn) || knowsHandshake {
      first = segment.base + 1
    } else if header.payloadLength == 1, payload.count == 1, payload[0] == 0 {
      // A keep-alive repeats the byte before.
      first += 1
    }
    directions[segment.sender.index].start(at: first)
  }

  /// Whether the segment brings the first of the bytes that are given up for lost.
  private func closes(_ segment: borrowing Segment, _ length: Int, _ lost: Int) -> Bool {
    let direction = directions[segment.sender.index]
    guard length > 0, let start = direction.offset(of: segment.header.sequence) else {
      return false
    }
    return start <= direction.offset && start + length > direction.offset
  }

  private mutating func take<Consumer: StreamConsumer & ~Copyable>(
    _ segment: borrowing Segment, _ payload: Span<UInt8>, _ length: Int, _ at: Arrival,
    _ budget: inout ReassemblyBudget, _ consumer: inout Consumer
  ) {
    let side = at.side.index
    let sequence = segment.header.sequence + (segment.header.flags.contains(.syn) ? 1 : 0)
    guard let start = directions[side].offset(of: sequence) else {
      budget.segmentsOutside += 1
      return consumer.note(.outsideWindow, place(at))
    }
    var length = length
    if directions[side].isEnded
      || directions[side].isBehindFin(start + length)
    {
      length = trimAfterEnd(start, length, at, &consumer)
      guard length > 0 else { return }
    }
    // One byte is a keep-alive, which sends the last one again.
    if length > 1, start < directions[side].offset {
      directions[side].startEarlier(at: start)
    }
    let offset = directions[side].offset
    if start < offset { compare(payload, start, length, at, &consumer) }
    guard start + length > offset else { return }
    let bytes = payload.part(max(0, offset - start), min(length, payload.count))
    let fileOffset = at.payloadOffset.map { $0 + max(0, offset - start) }
    if start <= offset, !directions[side].waits, !mustWait(at, budget.limits) {
      var at = at
      if bytes.count != payload.count { at.sum = nil }
      if !bytes.isEmpty { deliver(bytes, fileOffset: fileOffset, at, &consumer) }
      // What the capture cut off.
      skip(to: start + length, at, &budget, &consumer)
    } else {
      hold(bytes, at: max(start, offset), fileOffset: fileOffset, at, &budget, &consumer)
      settle(at, &budget, &consumer)
      if start <= offset, !directions[side].waits {
        skip(to: start + length, at, &budget, &consumer)
      }
    }
    closeAtEnd(at, &budget, &consumer)
  }

  /// A copy of bytes that were handed on: whether it brings the same.
  private mutating func compare<Consumer: StreamConsumer & ~Copyable>(
    _ payload: Span<UInt8>, _ start: Int, _ length: Int, _ at: Arrival, _ consumer: inout Consumer
  ) {
    let side = at.side.index
    directions[side].noteRepetition(at: start)
    guard payload.count == length, !at.isSuspect else { return }
    // A keep-alive sends one byte before the next one, whatever it is.
    if length == 1, start == directions[side].offset - 1 { return }
    let different = recent[side].differences(payload, at: start, sum: at.sum)
    if different > 0 { consumer.note(.overlapDiffers(length: different), place(at)) }
  }

  /// Drops bytes that lie after the FIN, or that come after the end; gives the length of what is left.
  private mutating func trimAfterEnd<Consumer: StreamConsumer & ~Copyable>(
    _ start: Int, _ length: Int, _ at: Arrival, _ consumer: inout Consumer
  ) -> Int {
    let direction = directions[at.side.index]
    let end = direction.knowsFin ? direction.finalEnd : direction.offset
    let extra = start + length - max(end, start)
    if extra > 0, directions[at.side.index].noteDataAfterEnd() {
      consumer.note(.dataAfterEnd(length: extra), place(at))
    }
    return direction.isEnded ? 0 : length - max(0, extra)
  }

  private mutating func finish<Consumer: StreamConsumer & ~Copyable>(
    _ segment: borrowing Segment, _ length: Int, _ at: Arrival, _ budget: inout ReassemblyBudget,
    _ consumer: inout Consumer
  ) {
    let syn = segment.header.flags.contains(.syn) ? 1 : 0
    guard !directions[at.side.index].isEnded,
      let end = directions[at.side.index]
        .offset(of: segment.header.sequence + (length + syn))
    else { return }
    directions[at.side.index].noteFin(at: end, frame: at.frame, time: at.time)
    closeAtEnd(at, &budget, &consumer)
  }

  private mutating func closeAtEnd<Consumer: StreamConsumer & ~Copyable>(
    _ at: Arrival, _ budget: inout ReassemblyBudget, _ consumer: inout Consumer
  ) {
    let direction = directions[at.side.index]
    if direction.isAtFin {
      close(.fin, at, &budget, &consumer)
    } else if direction.isAtReset {
      close(.reset, at, &budget, &consumer)
    }
  }

  /// A reset ends what its sender says. The other direction may still bring what was under way; it ends with the
  /// conversation.
  private mutating func reset<Consumer: StreamConsumer & ~Copyable>(
    _ segment: borrowing Segment, _ at: Arrival, _ budget: inout ReassemblyBudget,
    _ consumer: inout Consumer
  ) {
    let direction = directions[at.side.index]
    if let start = direction.offset(of: segment.header.sequence),
      (start - direction.offset).magnitude <= StreamDirection.nearest
    {
      directions[at.side.other.index].isReset = true
      // What was sent before it may be captured late.
      directions[at.side.index].hasReset = true
      closeAtEnd(at, &budget, &consumer)
    } else {
      budget.segmentsOutside += 1
      consumer.note(.outsideWindow, place(at))
    }
  }

  // MARK: Waiting

  private mutating func hold<Consumer: StreamConsumer & ~Copyable>(
    _ bytes: Span<UInt8>, at offset: Int, fileOffset: Int?, _ at: Arrival,
    _ budget: inout ReassemblyBudget, _ consumer: inout Consumer
  ) {
    guard !bytes.isEmpty else { return }
    let side = at.side.index
    if held.isEmpty { held = [HeldSegments(), HeldSegments()] }
    directions[side].waits = true
    let before = held[side].cost
    let (different, replaced) = held[side].insert(
      bytes, at: offset, frame: at.frame, time: at.time, fileOffset: fileOffset,
      acknowledged: at.acknowledged, isSuspect: at.isSuspect,
      lastWins: budget.limits.lastCopyWins)
    budget.waitingBytes += held[side].cost - before
    if different > 0 { consumer.note(.overlapDiffers(length: different), place(at)) }
    if replaced > 0 { consumer.note(.badChecksum(length: replaced), place(at)) }
    var isNoted = false
    while held[side].cost > budget.limits.waitingBytes
      || budget.waitingBytes > budget.limits.allWaitingBytes,
      let first = held[side].first
    {
      if directions[at.side.other.index].isAnticipated {
        directions[at.side.other.index].giveUpAnticipation()
        if flush(at, isForced: false, &budget, &consumer) { continue }
      }
      if !isNoted { consumer.note(.limitReached, place(at)) }
      isNoted = true
      skip(to: first.offset, shown(at), &budget, &consumer)
      _ = flush(at, isForced: true, &budget, &consumer)
      guard directions[side].waits else { break }
    }
  }

  /// Hands on what waited, up to the next gap or to what must wait on, where it is not forced. True where it did.
  private mutating func flush<Consumer: StreamConsumer & ~Copyable>(
    _ at: Arrival, isForced: Bool, _ budget: inout ReassemblyBudget, _ consumer: inout Consumer
  ) -> Bool {
    let side = at.side.index
    guard directions[side].waits else { return false }
    var hasMoved = false
    while let first = held[side].first, first.offset <= directions[side].offset {
      if !isForced, isBlocked(first, at.side, budget.limits) { break }
      let before = held[side].cost
      guard let run = held[side].removeFirst() else { break }
      hasMoved = true
      budget.waitingBytes -= before - held[side].cost
      let skipped = directions[side].offset - run.offset
      guard skipped < run.bytes.count else { continue }
      let carrier = Arrival(
        side: at.side, frame: run.frame, time: run.time, acknowledged: run.acknowledged)
      deliver(
        run.bytes.span.part(skipped, run.bytes.count),
        fileOffset: run.fileOffset.map { $0 + skipped }, carrier, &consumer)
    }
    if held[side].first == nil { release(side, &budget) }
    closeAtEnd(at, &budget, &consumer)
    return hasMoved
  }

  private mutating func release(_ side: Int, _ budget: inout ReassemblyBudget) {
    guard directions[side].waits else { return }
    directions[side].waits = false
    budget.waitingBytes -= held[side].cost
    held[side] = HeldSegments()
  }

  /// Gives up every gap before `end`.
  private mutating func giveUp<Consumer: StreamConsumer & ~Copyable>(
    until end: Int, _ at: Arrival, _ budget: inout ReassemblyBudget, _ consumer: inout Consumer
  ) {
    let side = at.side.index
    while directions[side].offset < end {
      guard directions[side].waits, let first = held[side].first, first.offset <= end else {
        break
      }
      skip(to: first.offset, shown(at), &budget, &consumer)
      // What is blocked waits on: the gaps after it are given up when it is their turn.
      guard flush(at, isForced: end == .max, &budget, &consumer) else { return }
    }
    if end != .max { skip(to: end, shown(at), &budget, &consumer) }
    settle(at, &budget, &consumer)
    closeAtEnd(at, &budget, &consumer)
  }

  // MARK: To the consumer

  @inline(__always)
  private func place(
    _ at: Arrival, offset: Int? = nil, fileOffset: Int? = nil
  ) -> StreamPlace {
    // Without a closure, which would copy both directions for each segment.
    let (own, other) = (at.side.index, at.side.other.index)
    var acknowledged: Int?
    if let end = at.acknowledged, directions[other].isStarted {
      acknowledged = directions[other].place(ofOffset: end)
    }
    return StreamPlace(
      isFromClient: client == at.side, offset: offset ?? directions[own].place, frame: at.frame,
      time: at.time, fileOffset: fileOffset, acknowledged: acknowledged, turn: turn)
  }

  private mutating func deliver<Consumer: StreamConsumer & ~Copyable>(
    _ bytes: Span<UInt8>, fileOffset: Int?, _ at: Arrival, _ consumer: inout Consumer
  ) {
    turn += 1
    let place = place(at, fileOffset: fileOffset)
    let side = at.side.index
    recent[side].add(bytes, at: directions[side].offset, sum: at.sum)
    directions[side].advance(by: bytes.count)
    consumer.receive(bytes, place)
  }

  /// The frame that first showed that the next bytes are missing: the one that brought bytes after them, that
  /// acknowledged them, or that ended the direction.
  private func shown(_ at: Arrival) -> Arrival {
    let direction = directions[at.side.index]
    var evidence = direction.currentEvidence
    if direction.waits, let run = held[at.side.index].first,
      run.frame < evidence?.frame ?? .max
    {
      evidence = (run.frame, run.time)
    }
    guard let evidence else { return at }
    return Arrival(side: at.side, frame: evidence.frame, time: evidence.time)
  }

  private mutating func skip<Consumer: StreamConsumer & ~Copyable>(
    to end: Int, _ at: Arrival, _ budget: inout ReassemblyBudget, _ consumer: inout Consumer
  ) {
    let length = end - directions[at.side.index].offset
    guard length > 0 else { return }
    turn += 1
    let place = place(at)
    budget.gapCount += 1
    budget.gapBytes += length
    directions[at.side.index].advance(by: length)
    consumer.skip(length, place)
  }

  private mutating func close<Consumer: StreamConsumer & ~Copyable>(
    _ end: StreamEnd, _ at: Arrival, _ budget: inout ReassemblyBudget, _ consumer: inout Consumer
  ) {
    let place = place(at)
    let direction = directions[at.side.index]
    let missing = direction.offset - direction.confirmedOffset
    if missing > 0, directions[at.side.other.index].isStarted,
      direction.repetitions > 0 || directions[at.side.other.index].isEnded
    {
      consumer.note(
        .notAcknowledged(length: missing, repetitions: direction.repetitions), place)
    }
    release(at.side.index, &budget)
    directions[at.side.index].end()
    consumer.end(end, place)
  }
}

/// Puts the bytes of TCP streams in order and hands them on, each one once.
///
/// In-order bytes go straight from the frame to the consumer; only what came too early is copied. A gap is given up
/// when it is clear that it will not close: the other side has acknowledged the bytes and no late frame has brought
/// them (100 ms or 32 segments later), more bytes wait for it than may wait, or the stream is at its end.
public struct StreamReassembler: Sendable {
  public struct Limits: Sendable {
    /// Bytes of one direction that wait for a gap.
    public var waitingBytes = 1 << 20
    /// Of all directions.
    public var allWaitingBytes = 256 << 20
    /// Where two copies of waiting bytes differ: false keeps the first, true the last.
    public var lastCopyWins = false

    public init() {}
  }

  public var limits: Limits
  public private(set) var waitingBytes = 0
  /// Segments that were ignored because their numbers were far from the stream.
  public private(set) var segmentsOutside = 0
  public private(set) var gapCount = 0
  public private(set) var gapBytes = 0

  private struct Pair: Sendable {
    var directions: [2 of StreamDirection] = [StreamDirection(), StreamDirection()]
    var stream = -1
    var client = Peer.low
  }
  /// By the slot of the conversation.
  private var pairs: [Pair] = []
  private var held: [HeldSegments] = []
  private var freeHeld: [Int32] = []

  public init(limits: Limits = Limits()) { self.limits = limits }

  // MARK: Segments

  /// Takes a segment with its payload as it was captured; the dissector has found its conversation. `fileOffset` is
  /// where the payload lies in the capture file.
  public mutating func receive<Consumer: StreamConsumer & ~Copyable>(
    _ segment: borrowing Segment, _ payload: Span<UInt8>, fileOffset: Int? = nil,
    _ consumer: inout Consumer
  ) {
    guard !segment.isQuoted, let length = segment.header.payloadLength else { return }
    while pairs.count <= segment.slot { pairs.append(Pair()) }
    if pairs[segment.slot].stream != segment.stream {
      pairs[segment.slot] = Pair()
      pairs[segment.slot].stream = segment.stream
    }
    pairs[segment.slot].client = segment.isFromClient ? segment.sender : segment.sender.other
    let (slot, own) = (segment.slot, segment.sender.index)
    let flags = segment.header.flags
    let at = Arrival(
      slot: slot, side: segment.sender, frame: segment.frame, time: segment.time,
      payloadOffset: fileOffset)

    if length > 0, length == payload.count, flags.isSubset(of: [.acknowledgment, .push]),
      pairs[slot].directions[own].expects(segment.header.sequence)
    {
      // What nearly every segment is: the next bytes, with nothing out of the way.
      deliver(payload, fileOffset: fileOffset, at, &consumer)
      if flags.contains(.acknowledgment) { acknowledge(segment, at.other, &consumer) }
      return
    }
    if !pairs[slot].directions[own].isStarted { start(segment, payload) }
    if let lost = pairs[slot].directions[own].lostEnd(at: segment.time) {
      // The segment at hand may be the late one.
      if !closes(segment, length, lost) { giveUp(until: lost, at, &consumer) }
    }
    if length > 0 { take(segment, payload, length, at, &consumer) }
    if flags.contains(.fin) { finish(segment, length, at, &consumer) }
    if flags.contains(.reset) {
      reset(segment, at, &consumer)
    } else if flags.contains(.acknowledgment) {
      acknowledge(segment, at.other, &consumer)
    }
  }

  /// The end of a conversation: hands on what waits, with the gaps before it, and ends both directions.
  public mutating func end<Consumer: StreamConsumer & ~Copyable>(
    _ conversation: ConversationTable.End, frame: Int, time: Int64, _ consumer: inout Consumer
  ) {
    let slot = conversation.slot
    guard slot < pairs.count, pairs[slot].stream == conversation.stream else { return }
    for side in [pairs[slot].client, pairs[slot].client.other] {
      let at = Arrival(slot: slot, side: side, frame: frame, time: time)
      let direction = pairs[slot].directions[side.index]
      guard direction.isStarted, !direction.isEnded else { continue }
      giveUp(until: .max, at, &consumer)
      let end = pairs[slot].directions[side.index].finalEnd
      skip(to: end, at, &consumer)
      guard !pairs[slot].directions[side.index].isEnded else { continue }
      let wasReset = pairs[slot].directions[side.index].isReset
      close(wasReset ? .reset : direction.knowsFin ? .fin : .open, at, &consumer)
    }
    pairs[slot] = Pair()
  }

  // MARK: Steps

  /// The other side has what this segment acknowledges: what of it was not captured will not come.
  private mutating func acknowledge<Consumer: StreamConsumer & ~Copyable>(
    _ segment: borrowing Segment, _ at: Arrival, _ consumer: inout Consumer
  ) {
    let (slot, side) = (at.slot, at.side.index)
    pairs[slot].directions[side].acknowledge(segment.header.acknowledgment, at: segment.time)
    if let lost = pairs[slot].directions[side].lostEnd(at: segment.time) {
      giveUp(until: lost, at, &consumer)
    }
  }

  /// What happens, to which direction, and in which frame.
  private struct Arrival {
    let slot: Int
    let side: Peer
    let frame: Int
    let time: Int64
    /// Where the segment's payload lies in the file.
    var payloadOffset: Int?

    var other: Self { Self(slot: slot, side: side.other, frame: frame, time: time) }
  }

  /// The first segment of a direction says where it begins: behind the SYN, where the handshake is known; else at
  /// its own first byte.
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
    pairs[segment.slot].directions[segment.sender.index].start(at: first)
  }

  /// Whether the segment brings the first of the bytes that are given up for lost.
  private func closes(_ segment: borrowing Segment, _ length: Int, _ lost: Int) -> Bool {
    let direction = pairs[segment.slot].directions[segment.sender.index]
    guard length > 0, let start = direction.offset(of: segment.header.sequence) else {
      return false
    }
    return start <= direction.offset && start + length > direction.offset
  }

  private mutating func take<Consumer: StreamConsumer & ~Copyable>(
    _ segment: borrowing Segment, _ payload: Span<UInt8>, _ length: Int, _ at: Arrival,
    _ consumer: inout Consumer
  ) {
    let (slot, side) = (at.slot, at.side.index)
    let sequence = segment.header.sequence + (segment.header.flags.contains(.syn) ? 1 : 0)
    guard let start = pairs[slot].directions[side].offset(of: sequence) else {
      segmentsOutside += 1
      return consumer.note(.outsideWindow, place(at))
    }
    var length = length
    if pairs[slot].directions[side].isEnded
      || pairs[slot].directions[side].isBehindFin(start + length)
    {
      length = trimBehindEnd(start, length, at, &consumer)
      guard length > 0 else { return }
    }
    // One byte is a keep-alive, which sends the last one again.
    if length > 1, start < pairs[slot].directions[side].offset {
      pairs[slot].directions[side].startEarlier(at: start)
    }
    let offset = pairs[slot].directions[side].offset
    guard start + length > offset else { return }
    let bytes = payload.part(max(0, offset - start), min(length, payload.count))
    let fileOffset = at.payloadOffset.map { $0 + max(0, offset - start) }
    if start <= offset, pairs[slot].directions[side].held == .none {
      if !bytes.isEmpty { deliver(bytes, fileOffset: fileOffset, at, &consumer) }
      // What the capture cut off.
      skip(to: start + length, at, &consumer)
    } else {
      hold(bytes, at: max(start, offset), fileOffset: fileOffset, at, &consumer)
      flush(at, &consumer)
      if start <= offset { skip(to: start + length, at, &consumer) }
    }
    endAtFin(at, &consumer)
  }

  /// Drops bytes that lie behind the FIN, or that come after the end; gives the length of what is left.
  private mutating func trimBehindEnd<Consumer: StreamConsumer & ~Copyable>(
    _ start: Int, _ length: Int, _ at: Arrival, _ consumer: inout Consumer
  ) -> Int {
    let direction = pairs[at.slot].directions[at.side.index]
    let end = direction.knowsFin ? direction.finalEnd : direction.offset
    let extra = start + length - max(end, start)
    if extra > 0, pairs[at.slot].directions[at.side.index].noteDataAfterEnd() {
      consumer.note(.dataAfterEnd(length: extra), place(at))
    }
    return direction.isEnded ? 0 : length - max(0, extra)
  }

  private mutating func finish<Consumer: StreamConsumer & ~Copyable>(
    _ segment: borrowing Segment, _ length: Int, _ at: Arrival, _ consumer: inout Consumer
  ) {
    let syn = segment.header.flags.contains(.syn) ? 1 : 0
    guard !pairs[at.slot].directions[at.side.index].isEnded,
      let end = pairs[at.slot].directions[at.side.index]
        .offset(of: segment.header.sequence + (length + syn))
    else { return }
    pairs[at.slot].directions[at.side.index].noteFin(at: end)
    endAtFin(at, &consumer)
  }

  private mutating func endAtFin<Consumer: StreamConsumer & ~Copyable>(
    _ at: Arrival, _ consumer: inout Consumer
  ) {
    guard pairs[at.slot].directions[at.side.index].isAtFin else { return }
    close(.fin, at, &consumer)
  }

  /// A reset ends what its sender says. The other direction may still bring what was under way; it ends with the
  /// conversation.
  private mutating func reset<Consumer: StreamConsumer & ~Copyable>(
    _ segment: borrowing Segment, _ at: Arrival, _ consumer: inout Consumer
  ) {
    let direction = pairs[at.slot].directions[at.side.index]
    if let start = direction.offset(of: segment.header.sequence),
      (start - direction.offset).magnitude <= StreamDirection.nearest
    {
      pairs[at.slot].directions[at.side.other.index].isReset = true
      guard !direction.isEnded else { return }
      giveUp(until: .max, at, &consumer)
      if !pairs[at.slot].directions[at.side.index].isEnded { close(.reset, at, &consumer) }
    } else {
      segmentsOutside += 1
      consumer.note(.outsideWindow, place(at))
    }
  }

  // MARK: Waiting

  private mutating func hold<Consumer: StreamConsumer & ~Copyable>(
    _ bytes: Span<UInt8>, at offset: Int, fileOffset: Int?, _ at: Arrival,
    _ consumer: inout Consumer
  ) {
    guard !bytes.isEmpty else { return }
    let (slot, side) = (at.slot, at.side.index)
    if pairs[slot].directions[side].held == .none {
      if let free = freeHeld.popLast() {
        pairs[slot].directions[side].held = free
      } else {
        pairs[slot].directions[side].held = Int32(held.count)
        held.append(HeldSegments())
      }
    }
    let index = Int(pairs[slot].directions[side].held)
    let (kept, different) = held[index].insert(
      bytes, at: offset, frame: at.frame, time: at.time, fileOffset: fileOffset,
      lastWins: limits.lastCopyWins)
    waitingBytes += kept
    if different > 0 { consumer.note(.overlapDiffers(length: different), place(at)) }
    var isNoted = false
    while held[index].cost > limits.waitingBytes || waitingBytes > limits.allWaitingBytes,
      let first = held[index].first, first.offset > pairs[slot].directions[side].offset
    {
      if !isNoted { consumer.note(.limitReached, place(at)) }
      isNoted = true
      skip(to: first.offset, at, &consumer)
      flush(at, &consumer)
      guard pairs[slot].directions[side].held != .none else { break }
    }
  }

  /// Hands on what waited, up to the next gap.
  private mutating func flush<Consumer: StreamConsumer & ~Copyable>(
    _ at: Arrival, _ consumer: inout Consumer
  ) {
    let (slot, side) = (at.slot, at.side.index)
    guard pairs[slot].directions[side].held != .none else { return }
    let index = Int(pairs[slot].directions[side].held)
    while let first = held[index].first, first.offset <= pairs[slot].directions[side].offset {
      guard let run = held[index].removeFirst() else { break }
      waitingBytes -= run.bytes.count
      let skipped = pairs[slot].directions[side].offset - run.offset
      guard skipped < run.bytes.count else { continue }
      let carrier = Arrival(slot: slot, side: at.side, frame: run.frame, time: run.time)
      deliver(
        run.bytes.span.part(skipped, run.bytes.count),
        fileOffset: run.fileOffset.map { $0 + skipped }, carrier, &consumer)
    }
    if held[index].first == nil { release(slot, side) }
  }

  private mutating func release(_ slot: Int, _ side: Int) {
    let index = pairs[slot].directions[side].held
    guard index != .none else { return }
    waitingBytes -= held[Int(index)].byteCount
    held[Int(index)] = HeldSegments()
    freeHeld.append(index)
    pairs[slot].directions[side].held = .none
  }

  /// Gives up every gap before `end`.
  private mutating func giveUp<Consumer: StreamConsumer & ~Copyable>(
    until end: Int, _ at: Arrival, _ consumer: inout Consumer
  ) {
    let (slot, side) = (at.slot, at.side.index)
    while pairs[slot].directions[side].offset < end {
      let index = pairs[slot].directions[side].held
      guard index != .none, let first = held[Int(index)].first, first.offset <= end else { break }
      skip(to: first.offset, at, &consumer)
      flush(at, &consumer)
    }
    if end != .max { skip(to: end, at, &consumer) }
    flush(at, &consumer)
    endAtFin(at, &consumer)
  }

  // MARK: To the consumer

  private func place(_ at: Arrival, fileOffset: Int? = nil) -> StreamPlace {
    let pair = pairs[at.slot]
    return StreamPlace(
      slot: at.slot, stream: pair.stream, sender: at.side, isFromClient: pair.client == at.side,
      offset: pair.directions[at.side.index].place, frame: at.frame, time: at.time,
      fileOffset: fileOffset)
  }

  private mutating func deliver<Consumer: StreamConsumer & ~Copyable>(
    _ bytes: Span<UInt8>, fileOffset: Int?, _ at: Arrival, _ consumer: inout Consumer
  ) {
    let place = place(at, fileOffset: fileOffset)
    pairs[at.slot].directions[at.side.index].advance(by: bytes.count)
    consumer.receive(bytes, place)
  }

  private mutating func skip<Consumer: StreamConsumer & ~Copyable>(
    to end: Int, _ at: Arrival, _ consumer: inout Consumer
  ) {
    let length = end - pairs[at.slot].directions[at.side.index].offset
    guard length > 0 else { return }
    let place = place(at)
    gapCount += 1
    gapBytes += length
    pairs[at.slot].directions[at.side.index].advance(by: length)
    consumer.skip(length, place)
  }

  private mutating func close<Consumer: StreamConsumer & ~Copyable>(
    _ end: StreamEnd, _ at: Arrival, _ consumer: inout Consumer
  ) {
    let place = place(at)
    release(at.slot, at.side.index)
    pairs[at.slot].directions[at.side.index].end()
    consumer.end(end, place)
  }
}

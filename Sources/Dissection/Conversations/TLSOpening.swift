import Fields
import Mail
import TLS

/// What the records of a connection carry, as far as there are secrets: the bytes of the session, and what handshake and
/// alerts say once they are encrypted.
struct TLSOpening: Sendable {
  /// A record that was opened, as `packets` shows it.
  struct Record: Sendable {
    var side: Side
    /// Where the record begins in the stream that TCP carried.
    var start: Int
    /// Without content where that is application data.
    var opened: OpenedRecord
  }
  private struct Held: Sendable {
    var side: Side
    var record: TLSRecord
    var content: [UInt8]
    var position: Position
    var start: Int
  }
  /// One direction.
  private struct Half: Sendable {
    /// Offset of the next byte of what is carried; it begins where the first record does.
    var offset: Int?
    /// Where the last record ended in the stream that TCP carried, and of how many before it what they carried.
    var end = 0
    var marks: [(end: Int, offset: Int)] = []
    var hasForgottenMarks = false
    /// Bytes that were not captured since the last record that was opened.
    var missing: (length: Int, position: Position)?
    /// It carries what is the session's.
    var hasData = false
    /// It ended in something that no secret opens.
    var loss: Position?
    /// Bytes in which the next record is looked for, and where they begin.
    var search: [UInt8] = []
    var searchStart = 0
    /// How much of it was looked at, and what in that may be a record and is not whole.
    var searched = 0
    var candidates: [Candidate] = []
  }
  /// Bytes of records, and records, that may wait for a secret, or for a message of the other side.
  private static let mostHeldBytes = 1 << 16
  private static let mostHeld = 1 << 10
  private static let mostMarks = 64
  private static let headerLength = RecordReader.headerLength

  private var decryption: TLSDecryption
  private var client = Half()
  private var server = Half()
  /// Records that cannot be opened before something else comes, of both sides, in order.
  private var held: [Held] = []
  private var contentBytes = 0
  private var hasObstacle = false
  /// Records that were opened since they were last asked for; kept where they are wanted.
  private var records: [Record] = []
  private let keepsRecords: Bool

  init(_ keys: TLSKeys, keepsRecords: Bool) {
    decryption = TLSDecryption(keys)
    self.keepsRecords = keepsRecords
  }

  private subscript(side: Side) -> Half {
    _read {
      if side == .client { yield client } else { yield server }
    }
    _modify {
      if side == .client { yield &client } else { yield &server }
    }
  }

  /// What its records that wait take in memory, in bytes.
  var heldBytes: Int { contentBytes + 2 * held.count * MemoryLayout<Held>.stride }

  /// Whether the content of what a side sends is of any use.
  func isOpen(_ side: Side) -> Bool { !decryption.isClosed(side) }

  /// Takes a record of a side that is over, `end` bytes into its stream. `position` is that of the bytes that ended it.
  mutating func take(
    _ record: TLSRecord, _ content: [UInt8], from side: Side, at position: Position, end: Int,
    _ facts: inout TLSFacts, into output: inout CodecOutput
  ) {
    let start = end - Self.headerLength - record.length
    if self[side].offset == nil { self[side].offset = start }
    guard record.isWhole else {
      decryption.miss(1, from: side)
      return
    }
    // Secrets that come late are for all records that wait, in their order, before they are for this one.
    if decryption.overhead(side) == nil, decryption.readsMoreKeys(), !held.isEmpty {
      release(&facts, turn: position.turn, into: &output)
    }
    let record = Held(
      side: side, record: record, content: content, position: position, start: start)
    let isWaiting = held.contains { $0.side == side }
    if isWaiting || !open(record, &facts, into: &output) {
      held.append(record)
      contentBytes += content.count
    }
    if !held.isEmpty { release(&facts, turn: position.turn, into: &output) }
    if contentBytes > Self.mostHeldBytes || held.count > Self.mostHeld {
      giveUp(side, position, into: &output)
    }
  }

  /// Opens what was held, as far as it can be by now.
  private mutating func release(
    _ facts: inout TLSFacts, turn: Int, into output: inout CodecOutput
  ) {
    let waiting = held
    (held, contentBytes) = ([], 0)
    var blocked: Set<Side> = []
    for var record in waiting {
      record.position.turn = turn
      if blocked.contains(record.side) || !open(record, &facts, into: &output) {
        blocked.insert(record.side)
        held.append(record)
        contentBytes += record.content.count
      }
    }
  }

  private mutating func giveUp(_ side: Side, _ position: Position, into output: inout CodecOutput) {
    held.removeAll { $0.side == side }
    contentBytes = held.reduce(0) { $0 + $1.content.count }
    if let obstacle = decryption.giveUp(side) { note(obstacle, side, position, into: &output) }
  }

  /// False where something else must come before.
  private mutating func open(
    _ held: Held, _ facts: inout TLSFacts, into output: inout CodecOutput
  ) -> Bool {
    let side = held.side
    let start = output.bytes.count
    let outcome = decryption.open(
      held.record.type, version: held.record.version, held.content, from: side,
      into: &output.bytes)
    switch outcome {
    case .clear: self[side].end = held.start + Self.headerLength + held.record.length
    case .opened(let type, let skipped):
      pass(type, skipped, start..<output.bytes.count, held, &facts, into: &output)
    case .later: return false
    case .closed(let obstacle): note(obstacle, side, held.position, into: &output)
    case .failed:
      output.add(.damaged(place(held.position, side)), of: side)
      if self[side].missing == nil { self[side].missing = (0, held.position) }
    case .refused: break
    }
    return true
  }

  /// Passes on what a record holds, `range` of the output's bytes.
  private mutating func pass(
    _ type: ContentType, _ skipped: Int, _ range: Range<Int>, _ held: Held,
    _ facts: inout TLSFacts, into output: inout CodecOutput
  ) {
    let side = held.side
    let end = held.start + Self.headerLength + held.record.length
    noteMissing(skipped, before: held.start, side, into: &output)
    self[side].end = end
    if keepsRecords {
      let content = type == .applicationData ? [] : Array(output.bytes[range])
      records.append(
        Record(
          side: side, start: held.start, opened: OpenedRecord(type: type, content: content)))
    }
    guard type == .applicationData else {
      facts.open(type, output.bytes.span.extracting(range), of: held.record, from: side)
      output.bytes.removeSubrange(range)
      return
    }
    self[side].hasData = true
    noteLoss(of: side.other, into: &output)
    guard !range.isEmpty else { return }
    output.add(.bytes(range, place(held.position, side)), of: side)
    let offset = (self[side].offset ?? 0) + range.count
    self[side].offset = offset
    self[side].marks.append((end, offset))
    if self[side].marks.count > 2 * Self.mostMarks {
      self[side].marks.removeFirst(Self.mostMarks)
      self[side].hasForgottenMarks = true
    }
  }

  // MARK: Places

  /// Where in what is carried the next byte of a side is.
  private func place(_ position: Position, _ side: Side) -> Position {
    var place = Position(
      frame: position.frame, time: position.time, streamOffset: self[side].offset ?? 0,
      turn: position.turn)
    place.acknowledged = position.acknowledged.flatMap { offset($0, side.other) }
    return place
  }

  /// How much of what a side carries was received with so many bytes of its stream; nil where that is not known any more.
  private func offset(_ received: Int, _ side: Side) -> Int? {
    if let mark = self[side].marks.last(where: { $0.end <= received }) { return mark.offset }
    if self[side].hasForgottenMarks { return nil }
    guard let first = self[side].marks.first else {
      return min(received, self[side].offset ?? received)
    }
    return min(received, first.offset)
  }

  // MARK: What is missing

  /// `length` bytes of a side were not captured; `isLost`: it is not known any more where records begin.
  mutating func miss(
    _ length: Int, from side: Side, at position: Position, isLost: Bool,
    into output: inout CodecOutput
  ) {
    let old = self[side].missing
    self[side].missing = ((old?.length ?? 0) + length, old?.position ?? position)
    if isLost {
      (self[side].search, self[side].candidates, self[side].searched) = ([], [], 0)
      decryption.miss(length / (Self.headerLength + 1) + 2, from: side)
    }
  }

  /// Says how much of what is carried is missing before a record that was opened.
  private mutating func noteMissing(
    _ skipped: Int, before start: Int, _ side: Side, into output: inout CodecOutput
  ) {
    guard let missing = self[side].missing else { return }
    self[side].missing = nil
    let overhead = Self.headerLength + (decryption.overhead(side) ?? 0)
    let length = start - self[side].end - skipped * overhead
    guard self[side].hasData, length > 0 else {
      if missing.length > 0 {
        output.add(.missing(missing.length, missing.position), of: side)
      }
      return
    }
    output.add(.gap(length, place(missing.position, side)), of: side)
    self[side].offset = (self[side].offset ?? 0) + length
  }

  /// Says once why nothing of the connection is read.
  private mutating func note(
    _ obstacle: TLSDecryption.Obstacle, _ side: Side, _ position: Position,
    into output: inout CodecOutput
  ) {
    if self[side].loss == nil {
      self[side].loss = position
      if self[side.other].hasData { noteLoss(of: side, into: &output) }
    }
    guard !hasObstacle, obstacle != .noKeys else { return }
    hasObstacle = true
    output.add(.obstacle(obstacle, position), of: side)
  }

  /// One side is read, and the other cannot be.
  private mutating func noteLoss(of side: Side, into output: inout CodecOutput) {
    guard let position = self[side].loss, position.frame > 0 else { return }
    self[side].loss = Position(frame: 0, time: 0)
    output.add(.lost(.noSecret, place(position, side)), of: side)
  }

  /// The conversation is over.
  mutating func finish(_ end: Position, into output: inout CodecOutput) {
    for side in Side.allCases {
      if held.contains(where: { $0.side == side }) { giveUp(side, end, into: &output) }
      guard let missing = self[side].missing, missing.length > 0 else { continue }
      output.add(.missing(missing.length, missing.position), of: side)
    }
  }

  mutating func takeSecrets() -> String { decryption.takeSecrets() }

  /// The records of a side that were opened since this was asked last.
  mutating func takeRecords() -> [Record] {
    defer { records = [] }
    return records
  }
}

// MARK: The search for the next record

extension TLSOpening {
  /// Looks for a record that can be opened, where it is not known any more where they begin. Gives how many of `bytes`
  /// are to be read as records again, from the end; nil where none was found.
  mutating func find(
    _ bytes: Span<UInt8>, from side: Side, at position: Position, _ facts: inout TLSFacts,
    into output: inout CodecOutput
  ) -> Int? {
    guard !decryption.isClosed(side) else { return nil }
    if self[side].search.isEmpty { self[side].searchStart = position.streamOffset }
    self[side].search.append(bytes)
    let all = self[side].search
    // Those that are whole now, then those that begin in what is new; no place is looked at twice.
    var (candidates, unfinished) = (self[side].candidates, [Candidate]())
    let start = self[side].searched
    let end = max(start, all.count - Self.headerLength + 1)
    for index in start..<end {
      if let candidate = Candidate(all, at: index) { candidates.append(candidate) }
    }
    for candidate in candidates {
      guard candidate.end <= all.count else {
        unfinished.append(candidate)
        continue
      }
      if open(candidate, of: all, from: side, at: position, &facts, into: &output) {
        (self[side].search, self[side].candidates, self[side].searched) = ([], [], 0)
        return all.count - candidate.end
      }
    }
    let done = unfinished.first?.start ?? end
    self[side].search.removeFirst(done)
    self[side].searchStart += done
    self[side].searched = end - done
    self[side].candidates = unfinished.map { $0.moved(by: done) }
    return nil
  }

  private mutating func open(
    _ candidate: Candidate, of bytes: [UInt8], from side: Side, at position: Position,
    _ facts: inout TLSFacts, into output: inout CodecOutput
  ) -> Bool {
    let content = Array(bytes[candidate.start + Self.headerLength..<candidate.end])
    let start = output.bytes.count
    guard
      case .opened(let type, let skipped)? = decryption.find(
        candidate.type, version: candidate.version, content, from: side, into: &output.bytes)
    else { return false }
    let place = TLSPlace(position)
    let held = Held(
      side: side,
      record: TLSRecord(
        type: candidate.type, version: candidate.version, length: content.count, start: place,
        end: place), content: content, position: position,
      start: self[side].searchStart + candidate.start)
    facts.see(held.record, content.span, from: side)
    pass(type, skipped, start..<output.bytes.count, held, &facts, into: &output)
    return true
  }
}

/// What may be a record that holds something encrypted, by its head.
private struct Candidate: Sendable {
  var start: Int
  var end: Int
  let type: ContentType
  let version: UInt16

  init?(_ bytes: [UInt8], at index: Int) {
    guard (20...23).contains(bytes[index]), bytes[index + 1] == 3,
      (1...4).contains(bytes[index + 2])
    else { return nil }
    let length = Int(bytes[index + 3]) << 8 | Int(bytes[index + 4])
    guard length > 0, length <= RecordReader.mostContent else { return nil }
    (start, end) = (index, index + RecordReader.headerLength + length)
    type = ContentType(rawValue: bytes[index])
    version = 0x0300 | UInt16(bytes[index + 2])
  }

  func moved(by count: Int) -> Candidate {
    var moved = self
    (moved.start, moved.end) = (start - count, end - count)
    return moved
  }
}

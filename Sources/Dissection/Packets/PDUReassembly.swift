import Fields

/// What TCP found out about a segment: all that reassembly needs.
public struct PDUSegment: Sendable {
  public var frame: Int
  /// Nanoseconds since 1970-01-01 UTC.
  public var time: Int64
  public var stream: Int
  public var side: StreamSide
  public var sourcePort: UInt16
  public var destinationPort: UInt16
  public var sequence: UInt32
  /// Where the payload begins in its data source.
  public var offset: Int
  public var source: UInt8
  public var isFIN: Bool
  /// The bytes were sent before: `tcp.analysis.retransmission`.
  public var isRetransmission: Bool
  /// Older bytes that come late: `tcp.analysis.out_of_order`.
  public var isOutOfOrder: Bool
  /// The bytes were acknowledged before: `tcp.analysis.spurious_retransmission`.
  public var isSpurious: Bool
  /// False where the checksum is bad or the frame was cut: the bytes stand alone.
  public var isWhole: Bool

  public init(
    frame: Int, time: Int64, stream: Int, side: StreamSide, sourcePort: UInt16,
    destinationPort: UInt16, sequence: UInt32, offset: Int, source: UInt8 = 0, isFIN: Bool = false,
    isRetransmission: Bool = false, isOutOfOrder: Bool = false, isSpurious: Bool = false,
    isWhole: Bool = true
  ) {
    self.frame = frame
    self.time = time
    self.stream = stream
    self.side = side
    self.sourcePort = sourcePort
    self.destinationPort = destinationPort
    self.sequence = sequence
    self.offset = offset
    self.source = source
    self.isFIN = isFIN
    self.isRetransmission = isRetransmission
    self.isOutOfOrder = isOutOfOrder
    self.isSpurious = isSpurious
    self.isWhole = isWhole
  }

  /// Not the next bytes of the stream.
  var isOutOfLine: Bool { isRetransmission || isOutOfOrder || isSpurious }

  func facts(canAskForMore: Bool) -> PDUFacts {
    PDUFacts(
      frame: frame, time: time, stream: stream, side: side, sourcePort: sourcePort,
      destinationPort: destinationPort, canAskForMore: canAskForMore)
  }
}

/// How much reassembly may hold; what goes beyond is described as it stands.
public struct PDULimits: Sendable {
  /// Bytes of one unfinished PDU.
  public var perPDU = 1 << 20
  /// Bytes of all unfinished PDUs.
  public var total = 64 << 20
  /// Finished PDUs a direction remembers, to know a retransmission.
  public var remembered = 64

  public init() {}
}

/// One direction of a conversation, cut into PDUs in one pass, as tshark's TCP does it.
///
/// A segment goes to the dissector as it comes. Where the dissector asks for more, the rest is kept, and the
/// next segments are added to it until there is enough.
struct PDUReassembly: Sendable {
  private struct Fragment: Sendable {
    var frame: Int
    /// Where it begins in the PDU.
    var offset: Int
    var count: Int
  }
  private struct Pending: Sendable {
    /// Sequence numbers of the first byte, and of the first byte behind.
    var start: UInt32
    var end: UInt32
    var takesWholeSegment = false
    var untilClose = false
    var isFinished = false
    var firstFrame: Int
    /// In the order of their offsets.
    var fragments: [Fragment] = []
    /// Those without a hole from the start.
    var bytes: [UInt8] = []
    /// What came behind a hole, in the order of the offsets.
    var waiting: [(offset: Int, bytes: [UInt8])] = []
    var waitingCount = 0

    var held: Int { bytes.count + waitingCount }

    /// Adds what one segment brings; gives how many bytes more are held.
    mutating func add(_ new: Span<UInt8>, at offset: Int, frame: Int) -> Int {
      let before = held
      let place = fragments.lastIndex { $0.offset <= offset }.map { $0 + 1 } ?? 0
      fragments.insert(Fragment(frame: frame, offset: offset, count: new.count), at: place)
      if offset > bytes.count {
        guard waiting.count < PDUReassembly.mostWaiting else { return 0 }
        let place = waiting.lastIndex { $0.offset <= offset }.map { $0 + 1 } ?? 0
        var copy: [UInt8] = []
        copy.reserveCapacity(new.count)
        for index in new.indices { copy.append(new[index]) }
        waiting.insert((offset, copy), at: place)
        waitingCount += new.count
      } else {
        append(new, at: offset)
        var passed = 0
        while passed < waiting.count, waiting[passed].offset <= bytes.count {
          let piece = waiting[passed]
          append(piece.bytes.span, at: piece.offset)
          waitingCount -= piece.bytes.count
          passed += 1
        }
        waiting.removeFirst(passed)
      }
      return held - before
    }

    private mutating func append(_ new: Span<UInt8>, at offset: Int) {
      let known = bytes.count - offset
      guard known < new.count else { return }
      for index in known..<new.count { bytes.append(new[index]) }
    }
  }
  /// Pieces behind holes that one PDU keeps.
  private static let mostWaiting = 1024

  /// Ordered by age; the finished ones hold no bytes.
  private var pdus: [Pending] = []
  private(set) var held = 0

  /// Describes one segment; `dissect` describes bytes, and says what is missing.
  mutating func receive(
    _ payload: Span<UInt8>, _ segment: PDUSegment, limits: PDULimits, room: Int,
    tcp: FieldIndex, into tree: inout FieldBuffer,
    dissect: (Span<UInt8>, PDUFacts, inout FieldBuffer) -> PDUOutcome
  ) {
    guard segment.isWhole else {
      if !segment.isOutOfOrder, !segment.isRetransmission, payload.count > 0 {
        (tree.base, tree.source) = (segment.offset, segment.source)
        _ = dissect(payload, segment.facts(canAskForMore: false), &tree)
      }
      return
    }
    let end = segment.sequence &+ UInt32(truncatingIfNeeded: payload.count)
    if payload.count > 0 {
      if let known = pdus.last(where: { $0.start == segment.sequence }),
        !end.isAfter(known.end), known.firstFrame != segment.frame
      {
        addSegmentData("Retransmitted ", payload, at: segment.offset, tcp, &tree)
        return
      }
      if segment.isRetransmission {
        addSegmentData("Retransmitted ", payload, at: segment.offset, tcp, &tree)
        return
      }
      if segment.isSpurious { return }
    }
    var offset = 0
    while offset < payload.count {
      guard
        let next = receiveOne(
          payload.extracting(offset...), at: offset, segment, limits: limits, room: room, tcp: tcp,
          into: &tree, dissect: dissect)
      else { break }
      offset += next
      tree.columns.fenceInfo()
    }
    if segment.isFIN { finish(segment, tcp: tcp, into: &tree, dissect: dissect) }
  }

  /// Takes the bytes of one PDU, or all; gives how many where another PDU follows.
  private mutating func receiveOne(
    _ bytes: Span<UInt8>, at offset: Int, _ segment: PDUSegment, limits: PDULimits, room: Int,
    tcp: FieldIndex, into tree: inout FieldBuffer,
    dissect: (Span<UInt8>, PDUFacts, inout FieldBuffer) -> PDUOutcome
  ) -> Int? {
    let sequence = segment.sequence &+ UInt32(truncatingIfNeeded: offset)
    let end = sequence &+ UInt32(truncatingIfNeeded: bytes.count)
    let position = segment.offset + offset
    guard let index = pending(at: sequence) else {
      guard !segment.isOutOfLine else { return nil }
      (tree.base, tree.source) = (position, segment.source)
      let outcome = dissect(bytes, segment.facts(canAskForMore: true), &tree)
      guard case .unfinished(let from, let need) = outcome, from >= 0, from < bytes.count else {
        return nil
      }
      keep(
        bytes.extracting(from...), sequence &+ UInt32(truncatingIfNeeded: from), need, segment,
        limits: limits, room: room)
      if from == 0, offset == 0 { showAsTCP(&tree) }
      addSegmentData("", bytes.extracting(from...), at: position + from, tcp, &tree)
      return nil
    }
    return extend(
      index, bytes, sequence, end, position, segment, limits: limits, room: room, tcp: tcp,
      into: &tree, dissect: dissect)
  }

  /// The unfinished PDU that wants the byte at `sequence`: the one that began last before it, or none.
  private func pending(at sequence: UInt32) -> Int? {
    var found: Int?
    for index in pdus.indices where sequence.isAfter(pdus[index].start) {
      if let known = found, pdus[known].start.isAfter(pdus[index].start) { continue }
      found = index
    }
    guard let found, !pdus[found].isFinished, pdus[found].end.isAfter(sequence) else { return nil }
    return found
  }

  /// Adds a segment's bytes to the PDU they belong to.
  private mutating func extend(
    _ index: Int, _ bytes: Span<UInt8>, _ sequence: UInt32, _ end: UInt32, _ position: Int,
    _ segment: PDUSegment, limits: PDULimits, room: Int, tcp: FieldIndex,
    into tree: inout FieldBuffer,
    dissect: (Span<UInt8>, PDUFacts, inout FieldBuffer) -> PDUOutcome
  ) -> Int? {
    let place = Int(sequence &- pdus[index].start)
    var taken = bytes.count
    if !pdus[index].takesWholeSegment, !pdus[index].untilClose {
      taken = min(taken, Int(pdus[index].end &- sequence))
    }
    held += pdus[index].add(bytes.extracting(..<taken), at: place, frame: segment.frame)
    let tooLarge = pdus[index].held > limits.perPDU || held > room
    let wanted = Int(pdus[index].end &- pdus[index].start)
    let isComplete =
      pdus[index].bytes.count >= place + taken
      && (pdus[index].takesWholeSegment
        || pdus[index].bytes.count >= wanted && !pdus[index].untilClose)
    guard isComplete || tooLarge else {
      showAsTCP(&tree)
      addSegmentData("", bytes.extracting(..<taken), at: position, tcp, &tree)
      return taken < bytes.count ? taken : nil
    }
    let content = pdus[index].bytes
    tree.source = tree.addSource("Reassembled TCP", content)
    tree.base = 0
    let outcome =
      segment.isOutOfLine
      ? .described
      : dissect(content.span, segment.facts(canAskForMore: !tooLarge), &tree)
    let old = content.count - taken
    if case .unfinished(let from, let need) = outcome, from <= old, !tooLarge {
      // Nothing of what is new could be described: the whole waits for more.
      pdus[index].takesWholeSegment = false
      pdus[index].end = end &+ UInt32(truncatingIfNeeded: need.atLeast)
      switch need {
      case .oneMoreSegment: pdus[index].takesWholeSegment = true
      case .untilClose: pdus[index].untilClose = true
      case .bytes: break
      }
      if from == 0 { showAsTCP(&tree) }
      addSegmentData("", bytes.extracting(..<taken), at: position, tcp, &tree)
      return nil
    }
    addSegmentData(
      "", bytes.extracting(..<taken), at: position, tcp, &tree)
    pdus[index].isFinished = true
    var rest: (from: Int, need: PDUNeed)?
    if case .unfinished(let from, let need) = outcome, from < content.count, !tooLarge {
      rest = (from, need)
      cutFragments(of: index, at: from)
    }
    addReassembly(pdus[index].fragments, content, tcp, &tree)
    release(index)
    pdus[index].takesWholeSegment = false
    pdus[index].end = end
    if let rest {
      pdus[index].end = pdus[index].start &+ UInt32(truncatingIfNeeded: rest.from)
      keep(
        content.span.extracting(rest.from...),
        pdus[index].start &+ UInt32(truncatingIfNeeded: rest.from), rest.need, segment,
        limits: limits, room: room)
      return nil
    }
    if taken < bytes.count {
      pdus[index].end = sequence &+ UInt32(truncatingIfNeeded: taken)
      return taken
    }
    return nil
  }

  /// The sender has closed: what waited for more is all there is.
  private mutating func finish(
    _ segment: PDUSegment, tcp: FieldIndex, into tree: inout FieldBuffer,
    dissect: (Span<UInt8>, PDUFacts, inout FieldBuffer) -> PDUOutcome
  ) {
    guard let index = pdus.lastIndex(where: { !$0.isFinished && $0.untilClose }) else { return }
    let content = pdus[index].bytes
    tree.source = tree.addSource("Reassembled TCP", content)
    tree.base = 0
    _ = dissect(content.span, segment.facts(canAskForMore: false), &tree)
    if pdus[index].fragments.count > 1 {
      addReassembly(pdus[index].fragments, content, tcp, &tree)
    }
    pdus[index].isFinished = true
    release(index)
  }

  private mutating func release(_ index: Int) {
    held -= pdus[index].held
    (pdus[index].waiting, pdus[index].waitingCount) = ([], 0)
    pdus[index].bytes = []
    pdus[index].fragments = []
  }

  private mutating func keep(
    _ bytes: Span<UInt8>, _ sequence: UInt32, _ need: PDUNeed, _ segment: PDUSegment,
    limits: PDULimits, room: Int
  ) {
    guard bytes.count <= limits.perPDU else { return }
    // Older PDUs that never came to their ends give way.
    for index in pdus.indices where held + bytes.count > room && !pdus[index].isFinished {
      pdus[index].isFinished = true
      release(index)
    }
    guard held + bytes.count <= room else { return }
    if pdus.count >= max(1, limits.remembered) {
      release(0)
      pdus.removeFirst()
    }
    let behind = sequence &+ UInt32(truncatingIfNeeded: bytes.count)
    var pending = Pending(
      start: sequence, end: behind &+ UInt32(truncatingIfNeeded: need.atLeast),
      firstFrame: segment.frame)
    switch need {
    case .oneMoreSegment: pending.takesWholeSegment = true
    case .untilClose: pending.untilClose = true
    case .bytes: break
    }
    pending.bytes.reserveCapacity(bytes.count)
    for index in bytes.indices { pending.bytes.append(bytes[index]) }
    pending.fragments = [Fragment(frame: segment.frame, offset: 0, count: bytes.count)]
    held += bytes.count
    pdus.append(pending)
  }

  private mutating func cutFragments(of index: Int, at end: Int) {
    pdus[index].fragments.removeAll { $0.offset >= end }
    guard let last = pdus[index].fragments.indices.last else { return }
    let fragment = pdus[index].fragments[last]
    pdus[index].fragments[last].count = min(fragment.count, end - fragment.offset)
  }

  // MARK: What the TCP layer shows of it

  private func showAsTCP(_ tree: inout FieldBuffer) {
    tree.columns.protocolName = "TCP"
    if !tree.columns.info.isEmpty { tree.columns.info.write(" ") }
    tree.columns.info.write("[TCP segment of a reassembled PDU]")
  }

  private func addSegmentData(
    _ prefix: String, _ bytes: Span<UInt8>, at offset: Int, _ tcp: FieldIndex,
    _ tree: inout FieldBuffer
  ) {
    let item = tree.insert(
      PDUFields.fields.segmentData, bytes, lastIn: tcp, at: offset)
    tree.relabel(item) {
      $0.write("\(prefix)TCP segment data (\(bytes.count) byte\(bytes.count == 1 ? "" : "s"))")
    }
  }

  /// `[2 Reassembled TCP Segments (1466 bytes): #16(6), #17(1460)]`, right behind the TCP layer.
  private func addReassembly(
    _ fragments: [Fragment], _ content: [UInt8], _ tcp: FieldIndex, _ tree: inout FieldBuffer
  ) {
    guard tree.wantsTree, tcp != .none else { return }
    let fields = PDUFields.fields
    let top = tree.insert(
      fields.segments, .none, after: tcp, count: content.count, .generated,
      source: UInt8(clamping: tree.sources.count))
    tree.relabel(top) {
      $0.write("\(fragments.count) Reassembled TCP Segment\(fragments.count == 1 ? "" : "s") (")
      $0.write("\(content.count) byte\(content.count == 1 ? "" : "s")): ")
    }
    tree.note(top) {
      for (index, fragment) in fragments.enumerated() {
        if index > 0 { $0.write(", ") }
        $0.write("#\(fragment.frame)(\(fragment.count))")
      }
    }
    for fragment in fragments {
      let item = tree.insert(
        fields.segment, .unsigned(UInt64(fragment.frame)), lastIn: top, at: fragment.offset,
        count: fragment.count, .generated)
      tree.relabel(item) {
        let last = fragment.offset + fragment.count - 1
        $0.write("Frame: \(fragment.frame), payload: \(fragment.offset)-\(last) (")
        $0.write("\(fragment.count) byte\(fragment.count == 1 ? "" : "s"))")
      }
    }
    tree.insert(
      fields.segmentCount, .unsigned(UInt64(fragments.count)), lastIn: top, .generated)
    tree.insert(
      fields.reassembledLength, .unsigned(UInt64(content.count)), lastIn: top, .generated)
    tree.insert(fields.reassembledData, content.span, lastIn: top, .generated)
  }
}

extension PDUNeed {
  /// Bytes that must come at least.
  fileprivate var atLeast: Int {
    switch self {
    case .oneMoreSegment: 1
    case .bytes(let count): max(1, min(count, 1 << 30))
    case .untilClose: 1 << 20
    }
  }
}

extension UInt32 {
  /// In sequence space: later than `other`.
  func isAfter(_ other: UInt32) -> Bool { Int32(bitPattern: self &- other) > 0 }
}

/// What Wireshark's TCP says of reassembly.
struct PDUFields: FieldSet {
  let segmentData = Field("tcp.segment_data", "TCP segment data", .bytes)
  let segments = Field("tcp.segments", "Reassembled TCP Segments", .none)
  let segment = Field("tcp.segment", "TCP Segment", .frameNumber)
  let segmentCount = Field("tcp.segment.count", "Segment count", .uint32)
  let reassembledLength = Field("tcp.reassembled.length", "Reassembled TCP length", .uint32)
  let reassembledData = Field("tcp.reassembled.data", "Reassembled TCP Data", .bytes)

  static let fields = Self()
}

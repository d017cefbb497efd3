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
  /// Not the next bytes of the stream: out of order, behind a gap, or a spurious retransmission.
  public var isOutOfLine: Bool
  /// False where the checksum is bad or the frame was cut: the bytes stand alone.
  public var isWhole: Bool
  /// The capture does not have all of its bytes.
  public var isCutShort: Bool

  public init(
    frame: Int, time: Int64, stream: Int, side: StreamSide, sourcePort: UInt16,
    destinationPort: UInt16, sequence: UInt32, offset: Int, source: UInt8 = 0, isFIN: Bool = false,
    isRetransmission: Bool = false, isOutOfLine: Bool = false, isWhole: Bool = true,
    isCutShort: Bool = false
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
    self.isOutOfLine = isOutOfLine
    self.isWhole = isWhole
    self.isCutShort = isCutShort
  }

  func facts(canAskForMore: Bool) -> PDUFacts {
    PDUFacts(
      frame: frame, time: time, stream: stream, side: side, sourcePort: sourcePort,
      destinationPort: destinationPort, canAskForMore: canAskForMore, isCutShort: isCutShort,
      isLast: isFIN)
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
    var fragments: [Fragment] = []
    var bytes: [UInt8] = []

    /// Bytes without a hole from the start.
    var contiguous: Int { bytes.count }
  }

  private static let payload = FieldID("tcp.payload")

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
      if !segment.isOutOfLine, !segment.isRetransmission, payload.count > 0 {
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
    if segment.isFIN {
      finish(segment, isEmpty: payload.isEmpty, tcp: tcp, into: &tree, dissect: dissect)
    }
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
    guard
      let index = pdus.lastIndex(where: {
        !$0.isFinished && sequence.isAfter($0.start) && $0.end.isAfter(sequence)
      })
    else {
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
    // Bytes behind a hole are not kept: the PDU stays open until its next bytes come.
    let known = pdus[index].contiguous
    if place <= known, place + taken > known {
      let fresh = known - place
      for at in fresh..<taken { pdus[index].bytes.append(bytes[at]) }
      held += taken - fresh
      pdus[index].fragments.append(
        Fragment(frame: segment.frame, offset: known, count: taken - fresh))
    }
    let whole = place + taken <= known + taken && place <= known
    let tooLarge = pdus[index].contiguous > limits.perPDU || held > room
    let wanted = Int(pdus[index].end &- pdus[index].start)
    let isComplete =
      whole
      && (pdus[index].takesWholeSegment
        || pdus[index].contiguous >= wanted && !pdus[index].untilClose)
    guard isComplete || tooLarge else {
      // The segment that ends what goes on until the end is shown by the whole alone.
      if pdus[index].untilClose, segment.isFIN {
        tree.remove(Self.payload, below: tcp)
        return nil
      }
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

  /// The sender has closed: what waited for more is all there is. A closing segment that brings nothing is the last
  /// fragment all the same.
  private mutating func finish(
    _ segment: PDUSegment, isEmpty: Bool, tcp: FieldIndex, into tree: inout FieldBuffer,
    dissect: (Span<UInt8>, PDUFacts, inout FieldBuffer) -> PDUOutcome
  ) {
    guard let index = pdus.lastIndex(where: { !$0.isFinished && $0.untilClose }) else { return }
    let content = pdus[index].bytes
    tree.source = tree.addSource("Reassembled TCP", content)
    tree.base = 0
    _ = dissect(content.span, segment.facts(canAskForMore: false), &tree)
    if isEmpty {
      pdus[index].fragments.append(
        Fragment(frame: segment.frame, offset: content.count, count: 0))
    }
    if pdus[index].fragments.count > 1 {
      addReassembly(pdus[index].fragments, content, tcp, &tree)
    }
    pdus[index].isFinished = true
    release(index)
  }

  private mutating func release(_ index: Int) {
    held -= pdus[index].bytes.count
    pdus[index].bytes = []
    pdus[index].fragments = []
  }

  private mutating func keep(
    _ bytes: Span<UInt8>, _ sequence: UInt32, _ need: PDUNeed, _ segment: PDUSegment,
    limits: PDULimits, room: Int
  ) {
    guard bytes.count <= limits.perPDU, held + bytes.count <= room else { return }
    // An older PDU that never came to its end gives way.
    for index in pdus.indices where !pdus[index].isFinished {
      pdus[index].isFinished = true
      release(index)
    }
    if pdus.count >= max(1, limits.remembered) { pdus.removeFirst() }
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
        guard fragment.count > 0 else {
          $0.write("Frame: \(fragment.frame) (no data)")
          return
        }
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

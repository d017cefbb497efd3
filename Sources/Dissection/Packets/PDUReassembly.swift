import Fields
import Wire

/// What TCP found out about a segment: all that reassembly needs.
public struct PDUSegment: Sendable {
  public var frame: Int
  /// Nanoseconds since 1970-01-01 UTC.
  public var time: Int64
  public var stream: Int
  public var side: Side
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
  /// A keep-alive: its byte lies before the window, and may be any: `tcp.analysis.keep_alive`.
  public var isKeepAlive: Bool
  /// Bytes of the payload on the wire, where fewer were captured.
  public var wireCount: Int?
  /// False where the checksum is bad or the frame was cut: the bytes are described alone.
  public var isWhole: Bool
  /// The capture does not have all of its bytes.
  public var isCutShort: Bool

  public init(
    frame: Int, time: Int64, stream: Int, side: Side, sourcePort: UInt16,
    destinationPort: UInt16, sequence: UInt32, offset: Int, source: UInt8 = 0, isFIN: Bool = false,
    isRetransmission: Bool = false, isOutOfOrder: Bool = false, isSpurious: Bool = false,
    isKeepAlive: Bool = false, wireCount: Int? = nil, isWhole: Bool = true, isCutShort: Bool = false
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
    self.isKeepAlive = isKeepAlive
    self.wireCount = wireCount
    self.isWhole = isWhole
    self.isCutShort = isCutShort
  }

  /// Not the next bytes of the stream.
  var isOutOfLine: Bool { isRetransmission || isOutOfOrder || isSpurious }

  func facts(at sequence: UInt32, canAskForMore: Bool) -> PDUFacts {
    PDUFacts(
      frame: frame, time: time, stream: stream, side: side, sourcePort: sourcePort,
      destinationPort: destinationPort, sequence: sequence, canAskForMore: canAskForMore,
      isCutShort: isCutShort,
      isLast: isFIN)
  }
}

/// How much reassembly may hold; what goes beyond is described as it is.
public struct PDULimits: Sendable {
  /// Bytes of one unfinished PDU.
  public var perPDU = 1 << 20
  /// Bytes of all that is unfinished, messages that go over several segments among them.
  public var total = 32 << 20
  /// Finished PDUs a direction remembers, to know a retransmission.
  public var remembered = 64

  public init() {}
}

/// One direction of a conversation, cut into PDUs in one pass, as tshark's TCP does it.
///
/// A segment goes to the dissector as it comes. Where the dissector asks for more, the rest is kept, and the
/// next segments are added to it until there is enough.
struct PDUReassembly: Sendable {
  private static let payload = FieldID("tcp.payload")

  /// Ordered by age; the finished ones hold no bytes.
  private var pdus: [PendingPDU] = []
  private(set) var held = 0
  /// The segment that is being described is shown as a part of a PDU, with or without PDUs after it.
  private var isShownAsTCP = false

  /// Describes one segment; `dissect` describes bytes, and says what is missing.
  mutating func receive(
    _ payload: Span<UInt8>, _ segment: PDUSegment, limits: PDULimits, room: Int,
    tcp: FieldIndex, into tree: inout FieldBuffer,
    dissect: (Span<UInt8>, PDUFacts, inout FieldBuffer) -> PDUOutcome
  ) {
    if segment.isKeepAlive {
      if payload.count > 0 {
        (tree.base, tree.source) = (segment.offset, segment.source)
        DataDescription.describe(payload, into: &tree)
      }
      return
    }
    guard segment.isWhole else {
      if !segment.isOutOfOrder, !segment.isRetransmission, payload.count > 0 {
        (tree.base, tree.source) = (segment.offset, segment.source)
        _ = dissect(
          payload, segment.facts(at: segment.sequence, canAskForMore: false), &tree)
      }
      return
    }
    if payload.count > 0, segment.isRetransmission || segment.isSpurious,
      !isStart(of: segment.sequence, payload.count, segment)
    {
      if segment.isRetransmission {
        addSegmentData("Retransmitted ", payload, at: segment.offset, tcp, &tree)
      }
      return
    }
    isShownAsTCP = false
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
    if isStart(of: sequence, bytes.count, segment) {
      addSegmentData("Retransmitted ", bytes, at: position, tcp, &tree)
      return nil
    }
    let known = lastPDU(before: sequence)
    if let known, pdus[known].isFinished, pdus[known].end.isAfter(sequence) {
      tree.addReassemblyError("New fragment overlaps old data (retransmission?)", "TCP")
      return nil
    }
    guard let index = known, pdus[index].end.isAfter(sequence) else {
      guard !segment.isOutOfLine else { return nil }
      (tree.base, tree.source) = (position, segment.source)
      let outcome = dissect(
        bytes, segment.facts(at: sequence, canAskForMore: true), &tree)
      guard case .unfinished(let from, let need) = outcome, from >= 0, from < bytes.count else {
        return nil
      }
      keep(
        bytes.extracting(from...), sequence &+ UInt32(truncatingIfNeeded: from), need, segment,
        limits: limits, room: room)
      if from == 0, offset == 0 { showAsTCP(&tree) }
      if isShownAsTCP { tree.columns.protocolName = "TCP" }
      addSegmentData("", bytes.extracting(from...), at: position + from, tcp, &tree)
      return nil
    }
    return extend(
      index, bytes, sequence, end, position, segment, limits: limits, room: room, tcp: tcp,
      into: &tree, dissect: dissect)
  }

  /// Whether the bytes are those, or the first of those, that an earlier segment began a PDU with.
  private func isStart(of sequence: UInt32, _ count: Int, _ segment: PDUSegment) -> Bool {
    let known = pdus.span
    var index = known.count - 1
    while index >= 0, known[index].start != sequence { index -= 1 }
    guard index >= 0 else { return false }
    let end = sequence &+ UInt32(truncatingIfNeeded: count)
    return !end.isAfter(known[index].end) && known[index].firstFrame != segment.frame
  }

  /// The PDU that began last before `sequence`.
  private func lastPDU(before sequence: UInt32) -> Int? {
    var found: Int?
    for index in pdus.indices where sequence.isAfter(pdus[index].start) {
      if let known = found, pdus[known].start.isAfter(pdus[index].start) { continue }
      found = index
    }
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
    pdus[index].add(bytes.extracting(..<taken), at: place, frame: segment.frame)
    held += taken
    let tooLarge =
      pdus[index].held > limits.perPDU || held > room || pdus[index].isTooScattered
    let (wanted, there) = (Int(pdus[index].end &- pdus[index].start), pdus[index].contiguous)
    let isComplete =
      there >= place + taken
      && (pdus[index].takesWholeSegment || there >= wanted && !pdus[index].untilClose)
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
    let content = pdus[index].content()
    let source = tree.addSource("Reassembled TCP", content)
    (tree.source, tree.base) = (source, 0)
    let old = content.count - taken
    let outcome: PDUOutcome =
      if segment.isOutOfLine {
        .described
      } else if pdus[index].waitsForLine, !tooLarge, !content.span.mayEndLine(from: old) {
        .unfinished(from: 0, needs: .line)
      } else {
        dissect(
          content.span, segment.facts(at: pdus[index].start, canAskForMore: !tooLarge), &tree)
      }
    if case .unfinished(let from, let need) = outcome, from <= old, !tooLarge {
      // Nothing of what is new could be described: the whole waits for more.
      pdus[index].end = end &+ UInt32(truncatingIfNeeded: need.atLeast)
      pdus[index].wait(for: need)
      if from == 0 { showAsTCP(&tree) }
      tree.leaveUnfinished(source)
      addSegmentData("", bytes.extracting(..<taken), at: position, tcp, &tree)
      return nil
    }
    addSegmentData(
      "", bytes.extracting(..<taken), at: position, tcp, &tree)
    var rest: (from: Int, need: PDUNeed)?
    if case .unfinished(let from, let need) = outcome, from < content.count, !tooLarge {
      rest = (from, need)
      pdus[index].cutFragments(at: from)
    }
    addReassembly(pdus[index].fragments, content, source, tcp, &tree)
    release(index)
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
    let content = pdus[index].content()
    let source = tree.addSource("Reassembled TCP", content)
    (tree.source, tree.base) = (source, 0)
    _ = dissect(
      content.span, segment.facts(at: pdus[index].start, canAskForMore: false), &tree)
    if isEmpty {
      pdus[index].add(content.span.extracting(last: 0), at: content.count, frame: segment.frame)
    }
    if pdus[index].fragments.count > 1 {
      addReassembly(pdus[index].fragments, content, source, tcp, &tree)
    }
    release(index)
  }

  private mutating func release(_ index: Int) {
    held -= pdus[index].held
    pdus[index].finish()
  }

  private mutating func keep(
    _ bytes: Span<UInt8>, _ sequence: UInt32, _ need: PDUNeed, _ segment: PDUSegment,
    limits: PDULimits, room: Int
  ) {
    guard bytes.count <= limits.perPDU else { return }
    // Older PDUs that never came to their ends give way.
    for index in pdus.indices where held + bytes.count > room && !pdus[index].isFinished {
      release(index)
    }
    guard held + bytes.count <= room else { return }
    if pdus.count >= max(1, limits.remembered) {
      release(0)
      pdus.removeFirst()
    }
    let behind = sequence &+ UInt32(truncatingIfNeeded: bytes.count)
    var pending = PendingPDU(
      start: sequence, end: behind &+ UInt32(truncatingIfNeeded: need.atLeast),
      firstFrame: segment.frame)
    pending.wait(for: need)
    pending.add(bytes, at: 0, frame: segment.frame)
    held += bytes.count
    pdus.append(pending)
  }

  // MARK: What the TCP layer shows of it

  private mutating func showAsTCP(_ tree: inout FieldBuffer) {
    isShownAsTCP = true
    tree.columns.protocolName = "TCP"
    if !tree.columns.info.isEmpty { tree.columns.info.write(" ") }
    tree.columns.info.write("[TCP segment of a reassembled PDU]")
  }

  private func addSegmentData(
    _ prefix: StaticString, _ bytes: Span<UInt8>, at offset: Int, _ tcp: FieldIndex,
    _ tree: inout FieldBuffer
  ) {
    let item = tree.insert(
      PDUFields.fields.segmentData, bytes, lastIn: tcp, at: offset)
    let count = bytes.count
    tree.relabel(item) {
      $0.write(prefix)
      $0.write("TCP segment data (")
      $0.write(bytes: count)
      $0.write(")")
    }
  }

  /// `[2 Reassembled TCP Segments (1466 bytes): #16(6), #17(1460)]`, right after the TCP layer.
  private func addReassembly(
    _ fragments: [PendingPDU.Fragment], _ content: [UInt8], _ source: UInt8, _ tcp: FieldIndex,
    _ tree: inout FieldBuffer
  ) {
    if fragments.contains(where: { $0.conflicts }) { tree.columns.setInfo("[Illegal Segments]") }
    guard tree.wantsTree, tcp != .none else { return }
    let fields = PDUFields.fields
    tree.insert(after: tcp, source: source) { tree in
      let top = tree.opened(fields.segments, count: content.count, .generated)
      tree.relabel(top) {
        $0.write(decimal: fragments.count)
        $0.write(
          fragments.count == 1 ? " Reassembled TCP Segment (" : " Reassembled TCP Segments (")
        $0.write(bytes: content.count)
        $0.write("): ")
      }
      tree.note(top) {
        for (index, fragment) in fragments.enumerated() {
          if index > 0 { $0.write(", ") }
          $0.write(fragment: fragment.count, of: fragment.frame)
        }
      }
      for fragment in fragments { add(fragment, &tree) }
      tree.add(fields.segmentCount, fragments.count, .generated)
      tree.add(fields.reassembledLength, content.count, .generated)
      tree.add(fields.reassembledData, content.span, .generated)
    }
  }

  private func add(_ fragment: PendingPDU.Fragment, _ tree: inout FieldBuffer) {
    let fields = PDUFields.fields
    let item = tree.opened(
      fragment.conflicts ? fields.wrongSegment : fields.segment,
      .unsigned(UInt64(fragment.frame)), at: fragment.offset, count: fragment.count, .generated)
    tree.relabel(item) {
      $0.write("Frame: ")
      $0.write(decimal: fragment.frame)
      guard fragment.count > 0 else { return $0.write(" (no data)") }
      $0.write(payload: fragment.offset, count: fragment.count)
    }
    if fragment.overlaps { tree.add(fields.overlap, true, .generated) }
    if fragment.conflicts { tree.add(fields.conflict, true, .generated) }
    tree.close(item)
  }
}

extension PDUNeed {
  /// Bytes that must come at least.
  fileprivate var atLeast: Int {
    switch self {
    case .oneMoreSegment, .line: 1
    case .bytes(let count): max(1, min(count, 1 << 30))
    case .untilClose: 1 << 20
    }
  }
}

extension Span<UInt8> {
  /// Whether a line may end in the bytes from `start` on: a CR before them does where no LF follows it.
  func mayEndLine(from start: Int) -> Bool {
    var index = Swift.max(0, start)
    if index > 0, self[index - 1] == 0x0d { return true }
    while index < count {
      if self[index] == 0x0a || self[index] == 0x0d { return true }
      index += 1
    }
    return false
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
  let wrongSegment = Field("tcp.segment.error", "Reassembling error", .frameNumber)
  let overlap = Field("tcp.segment.overlap", "Segment overlap", .boolean)
  let conflict = Field(
    "tcp.segment.overlap.conflict", "Conflicting data in segment overlap", .boolean)
  let segmentCount = Field("tcp.segment.count", "Segment count", .uint32)
  let reassembledLength = Field("tcp.reassembled.length", "Reassembled TCP length", .uint32)
  let reassembledData = Field("tcp.reassembled.data", "Reassembled TCP Data", .bytes)

  static let fields = Self()
}

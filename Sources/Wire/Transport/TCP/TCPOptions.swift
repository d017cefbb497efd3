import Fields

/// Describes the options of a segment (RFC 9293 3.2, RFC 7323, RFC 2018 and many more).
struct TCPOptionsDescription: ~Escapable {
  /// How the description came to its end.
  enum End {
    case whole
    /// The frame was cut when it was captured, within the options; `part` where they name themselves.
    case cut(part: String?)
    /// A field reaches beyond the end of its option.
    case malformed(part: String?)
  }
  private let options: Span<UInt8>
  let segment: Segment
  private let facts: MultipathFacts?
  private let hashes: MultipathHashes?
  private var hasMaximumSegmentSize = false
  /// NOPs so far; one at the start of a word begins anew, as if only those within a word were in a row.
  private var idleCount = 0

  @_lifetime(copy options)
  init(
    _ options: Span<UInt8>, _ segment: Segment, _ facts: MultipathFacts?,
    _ hashes: MultipathHashes?
  ) {
    self.options = options
    self.facts = facts
    self.hashes = hashes
    self.segment = segment
  }

  private var isSyn: Bool { segment.header.flags.contains(.syn) }

  /// `length` is what the header says; fewer bytes may have been captured.
  mutating func describe(length: Int, into tree: inout FieldBuffer) -> End {
    let fields = TCPOptionFields.fields
    let top = tree.add(fields.options, options, at: TCPSegment.headerLength)
    tree.open(top)
    var titles = TextBuffer()
    defer {
      tree.close(top)
      tree.relabel(top) {
        $0.write("Options: (")
        $0.write(decimal: length)
        $0.write(" bytes)")
      }
      tree.note(top) { $0.write(titles) }
    }
    do throws(MissingOption) {
      guard try describe(upTo: length, top, &titles, into: &tree) else {
        return options.count < length ? .cut(part: nil) : .whole
      }
    } catch {
      return error.end
    }
    if isSyn, !hasMaximumSegmentSize {
      tree.expert(
        fields.sizeAbsent, .note, .proto, "The SYN packet does not contain a MSS option", under: top
      )
    }
    return .whole
  }

  /// False where the rest of the list cannot be read as options.
  private mutating func describe(
    upTo length: Int, _ top: FieldIndex, _ titles: inout TextBuffer, into tree: inout FieldBuffer
  ) throws(MissingOption) -> Bool {
    var offset = 0
    while offset < length {
      guard offset < options.count else { throw MissingOption(end: .cut(part: nil)) }
      let kind = TCPOptionKind(rawValue: options[offset])
      if kind == .end || kind == .noOperation {
        describeSingle(kind, at: offset, top, into: &tree)
        titles.write(", ")
        titles.write(kind.title ?? "")
        offset += 1
        if kind == .end, describePadding(from: offset, into: &tree) { return false }
        continue
      }
      let title = kind.title ?? "Unknown (0x\(hex(kind.rawValue)))"
      guard offset + 1 < length else {
        describeBogus("\(title) (length byte past end of options)", at: offset, 1, into: &tree)
        return false
      }
      guard offset + 1 < options.count else { throw MissingOption(end: .cut(part: nil)) }
      let count = Int(options[offset + 1])
      if count < 2 {
        let words =
          "\(title) (with too-short option length = \(count) byte\(count == 1 ? "" : "s"))"
        describeBogus(words, at: offset, 2, into: &tree)
        return false
      }
      if offset + count > length {
        let words = "\(title) (option length = \(count) bytes says option goes past end of options)"
        describeBogus(words, at: offset, length - offset, into: &tree)
        return false
      }
      try describe(
        kind, options.part(offset, offset + count), count, at: TCPSegment.headerLength + offset,
        into: &tree)
      titles.write(", ")
      titles.write(title)
      offset += count
    }
    return true
  }

  private mutating func describeSingle(
    _ kind: TCPOptionKind, at offset: Int, _ top: FieldIndex, into tree: inout FieldBuffer
  ) {
    let fields = TCPOptionFields.fields
    if kind == .noOperation {
      idleCount = offset % 4 == 0 && idleCount > 0 ? 0 : idleCount + 1
    }
    if kind == .noOperation, idleCount == 4 {
      tree.expert(
        fields.idleOptions, .warning, .proto,
        "4 NOP in a row - a router may have removed some options", under: top)
    }
    let bytes = options.part(offset, offset + 1)
    let place = TCPSegment.headerLength + offset
    let item = tree.add(kind == .end ? fields.end : fields.noOperation, bytes, at: place)
    tree.relabel(item) {
      $0.write("TCP Option - ")
      $0.write(kind.title ?? "")
    }
    tree.open(item)
    addKind(kind, at: place, into: &tree)
    tree.close(item)
  }

  /// After the end of the list are zeros, each of them an end; true where it is something else.
  private func describePadding(from offset: Int, into tree: inout FieldBuffer) -> Bool {
    let rest = options.part(offset, options.count)
    guard !rest.isEmpty, rest[0] != 0 else { return false }
    let item = tree.addText(
      "Non-zero header padding", at: TCPSegment.headerLength + offset, count: rest.count)
    tree.expert(
      TCPOptionFields.fields.padding, .error, .proto, "Non-zero header padding", under: item)
    return true
  }

  private func describeBogus(
    _ words: String, at offset: Int, _ count: Int, into tree: inout FieldBuffer
  ) {
    let item = tree.addText(words, at: TCPSegment.headerLength + offset, count: count)
    tree.expert(TCPOptionFields.fields.lengthInvalid, .note, .sequence, words, under: item)
  }

  private func addKind(_ kind: TCPOptionKind, at place: Int, into tree: inout FieldBuffer) {
    tree.add(TCPOptionFields.fields.kind, kind.rawValue, at: place, count: 1)
  }

  private func hex(_ byte: UInt8) -> String {
    var text = TextBuffer()
    text.write(hexByte: byte)
    return text.string
  }

  // MARK: One option

  /// `bytes` are those that were captured of the `length` bytes of the option.
  private mutating func describe(
    _ kind: TCPOptionKind, _ bytes: Span<UInt8>, _ length: Int, at place: Int,
    into tree: inout FieldBuffer
  ) throws(MissingOption) {
    if kind == .multipath {
      let multipath = MultipathOption(bytes, length: length)
      if multipath.describe(facts, hashes, at: place, into: &tree) { return }
      throw MissingOption(
        end: bytes.count < length ? .cut(part: "MPTCP") : .malformed(part: "MPTCP"))
    }
    let shape = TCPOptionShape(kind)
    let item = tree.add(shape.field, bytes, at: place)
    tree.relabel(item) {
      $0.write("TCP Option - ")
      $0.write(shape.title ?? kind.title ?? "Unknown")
    }
    tree.open(item)
    defer { tree.close(item) }
    if kind == .maximumSegmentSize {
      hasMaximumSegmentSize = true
      if !isSyn {
        tree.expert(
          TCPOptionFields.fields.sizePresent, .warning, .proto,
          "The non-SYN packet does contain a MSS option", under: item)
      }
    }
    addKind(kind, at: place, into: &tree)
    let lengthItem = tree.add(TCPOptionFields.fields.length, length, at: place + 1, count: 1)
    // These are listed whatever their length.
    if kind == .sackPermitted { tree.columns.info.write(" SACK_PERM") }
    if kind == .md5 { tree.columns.info.write(" MD5") }
    if kind == .authentication { tree.columns.info.write("TCP AO") }
    if kind == .riverbedTransparency { tree.columns.leadInfo("TRPY, ") }
    if let problem = shape.problem(with: length) {
      tree.expert(
        TCPOptionFields.fields.lengthInvalid, .note, .sequence, problem, under: lengthItem)
      return
    }
    let option = TCPOption(kind: kind, bytes: bytes, length: length, place: place, item: item)
    try describeContent(option, into: &tree)
  }

  private func describeContent(
    _ option: borrowing TCPOption, into tree: inout FieldBuffer
  ) throws(MissingOption) {
    let fields = TCPOptionFields.fields
    let (kind, bytes, place, item) = (option.kind, option.bytes, option.place, option.item)
    switch kind {
    case .maximumSegmentSize:
      let size = try option.uint16(at: 2)
      tree.add(fields.maximumSegmentSize, size, at: place + 2, count: 2)
      tree.note(item, ": \(size) bytes", replacing: "TCP Option - Maximum segment size")
      tree.columns.info.write(named: " MSS=", Int(size))
    case .windowScale:
      try option.need(3)
      describeWindowScale(bytes, item, at: place, into: &tree)
    case .sackPermitted: break
    case .sack: try describeSack(option, into: &tree)
    case .echo, .echoReply:
      let value = try option.uint32(at: 2)
      tree.add(fields.echoValue, value, at: place + 2, count: 4)
      tree.note(item, ": \(value)", replacing: "TCP Option - Echo")
      tree.columns.info.write(named: " ECHO=", Int(value))
    case .timestamps: try describeTimestamps(option, into: &tree)
    case .connectionCount, .connectionCountNew, .connectionCountEcho:
      let value = try option.uint32(at: 2)
      tree.add(fields.connectionCount, value, at: place + 2, count: 4)
      tree.columns.info.write(named: " CC=", Int(value))
    case .md5:
      try option.need(option.length)
      tree.add(fields.md5Digest, bytes.part(2, bytes.count), at: place + 2)
    case .quickStart:
      try option.need(4)
      describeQuickStart(bytes, at: place, into: &tree)
    case .userTimeout:
      let value = try option.uint16(at: 2)
      tree.add(fields.timeoutUnit, bitsOf: value, at: place + 2, count: 2)
      tree.add(fields.timeout, bitsOf: value, at: place + 2, count: 2)
      tree.columns.info.write(named: " USER_TO=", Int(value & 0x7fff))
    case .authentication:
      try option.need(3)
      tree.add(fields.keyID, bytes[2], at: place + 2, count: 1)
      try option.need(4)
      tree.add(fields.nextKeyID, bytes[3], at: place + 3, count: 1)
      try option.need(option.length)
      if bytes.count > 4 {
        tree.add(fields.authenticationCode, bytes.part(4, bytes.count), at: place + 4)
      }
    case .fastOpen: try describeFastOpen(option, from: 2, requestAt: 0, into: &tree)
    case .accurateECN0, .accurateECN1:
      try describeAccurateECN(option, isFirst: kind == .accurateECN0, from: 2, into: &tree)
    case .experiment1, .experiment2: try describeExperiment(option, into: &tree)
    case .negativeAcknowledgment:
      let (offset, size) = (try option.uint16(at: 2), try option.uint16(at: 4))
      tree.add(fields.snackOffset, offset, at: place + 2, count: 2)
      tree.add(fields.snackSize, size, at: place + 4, count: 2)
      // Wireshark reads both once more, after the end of the option.
      throw MissingOption(end: .malformed(part: nil))
    case .scps:
      if option.length == 4 {
        try option.need(4)
        describeCapabilities(bytes, at: place, into: &tree)
      } else {
        tree.relabel(item, "Illegal SCPS Extended Capabilities (\(option.length) bytes)")
      }
    case .recordBoundary, .corruption: break
    case .riverbedProbe: try describeProbe(option, into: &tree)
    case .riverbedTransparency: try describeTransparency(option, into: &tree)
    default:
      try option.need(option.length)
      if bytes.count > 2 {
        tree.add(fields.unknownPayload, bytes.part(2, bytes.count), at: place + 2)
      }
    }
  }

  private func describeWindowScale(
    _ bytes: Span<UInt8>, _ item: FieldIndex, at place: Int, into tree: inout FieldBuffer
  ) {
    let fields = TCPOptionFields.fields
    let (shift, multiplier) = (bytes[2], 1 << Int(min(bytes[2], 14)))
    let count = tree.add(fields.shift, shift, at: place + 2, count: 1)
    if shift > 14 {
      tree.expert(
        fields.shiftInvalid, .warning, .proto, "Window scale shift exceeds 14", under: count)
    }
    tree.add(fields.multiplier, multiplier, at: place + 2, count: 1, .generated)
    tree.note(
      item, ": \(shift) (multiply by \(multiplier))", replacing: "TCP Option - Window scale")
    tree.columns.info.write(named: " WS=", multiplier)
  }

  private func describeTimestamps(
    _ option: borrowing TCPOption, into tree: inout FieldBuffer
  ) throws(MissingOption) {
    let fields = TCPOptionFields.fields
    let value = try option.uint32(at: 2)
    tree.add(fields.timestamp, value, at: option.place + 2, count: 4)
    let echo = try option.uint32(at: 6)
    tree.add(fields.timestampEcho, echo, at: option.place + 6, count: 4)
    tree.relabel(option.item) {
      $0.write(named: "TCP Option - Timestamps: TSval ", Int(value))
      $0.write(named: ", TSecr ", Int(echo))
    }
    tree.columns.info.write(named: " TSval=", Int(value))
    tree.columns.info.write(named: " TSecr=", Int(echo))
  }

  private func describeSack(
    _ option: borrowing TCPOption, into tree: inout FieldBuffer
  ) throws(MissingOption) {
    let fields = TCPOptionFields.fields
    let base = segment.peerBase.rawValue
    var blocks: [SequenceBlock] = []
    var offset = 2
    while offset < option.length {
      let left = option.length - offset
      let isWhole = left >= 8
      if left >= 4 {
        let value = try option.uint32(at: offset) &- base
        addEdge(fields.leftEdge, "left edge", value, at: option.place + offset, into: &tree)
      }
      guard isWhole else {
        let words = "suboption would go past end of option"
        let rest = tree.addText(words, at: option.place + offset, count: left)
        tree.expert(fields.suboptionMalformed, .error, .malformed, words, under: rest)
        break
      }
      let block = SequenceBlock(
        left: try option.uint32(at: offset) &- base,
        right: try option.uint32(at: offset + 4) &- base)
      addEdge(
        fields.rightEdge, "right edge", block.right, at: option.place + offset + 4, into: &tree)
      blocks.append(block)
      tree.note(option.item) {
        $0.write(named: " ", Int(block.left))
        $0.write(named: "-", Int(block.right))
      }
      tree.columns.info.write(named: " SLE=", Int(block.left))
      tree.columns.info.write(named: " SRE=", Int(block.right))
      offset += 8
    }
    tree.add(fields.blockCount, blocks.count, .generated)
    if isDuplicate(
      blocks.first ?? SequenceBlock(), blocks.dropFirst().first ?? SequenceBlock())
    {
      try describeDuplicateSack(option, into: &tree)
    }
  }

  /// A first block below the acknowledgment, or one that ends inside the second, tells what came twice
  /// (RFC 2883 4).
  private func isDuplicate(_ first: SequenceBlock, _ second: SequenceBlock) -> Bool {
    let end = SequenceNumber(first.right)
    let acknowledgment =
      segment.header.flags.contains(.acknowledgment)
      ? segment.relativeAcknowledgment : segment.header.acknowledgment.rawValue
    return end <= SequenceNumber(acknowledgment)
      || end > SequenceNumber(second.left) && end <= SequenceNumber(second.right)
  }

  private func describeDuplicateSack(
    _ option: borrowing TCPOption, into tree: inout FieldBuffer
  ) throws(MissingOption) {
    let fields = TCPOptionFields.fields
    let (base, place) = (segment.peerBase.rawValue, option.place + 2)
    addEdge(
      fields.duplicateLeftEdge, "D-SACK Left Edge", try option.uint32(at: 2) &- base, at: place,
      .generated, into: &tree)
    addEdge(
      fields.duplicateRightEdge, "D-SACK Right Edge", try option.uint32(at: 6) &- base,
      at: place + 4, .generated, into: &tree)
    let mark = tree.addText("D-SACK Sequence", at: place, count: 8)
    tree.expert(fields.duplicateSack, .warning, .sequence, "D-SACK Sequence", under: mark)
  }

  private func addEdge(
    _ field: Field, _ name: String, _ value: UInt32, at place: Int, _ traits: FieldTraits = [],
    into tree: inout FieldBuffer
  ) {
    let item = tree.add(field, value, at: place, count: 4, traits)
    tree.relabel(item) {
      $0.write(name)
      $0.write(named: " = ", Int(value))
      $0.write(" (relative)")
    }
  }

}

extension FieldBuffer {
  /// Gives an item the label `start` and `words`.
  mutating func note(_ item: FieldIndex, _ words: String, replacing start: String) {
    relabel(item) {
      $0.write(start)
      $0.write(words)
    }
  }
}

import Fields

/// Describes the options of a segment (RFC 9293 3.2, RFC 7323, RFC 2018 and many more).
struct TCPOptionsDescription: ~Escapable {
  private let options: Span<UInt8>
  private let segment: Segment
  /// False where the description ended early because bytes are missing.
  private(set) var isWhole = true
  private var hasMaximumSegmentSize = false

  @_lifetime(copy options)
  init(_ options: Span<UInt8>, _ segment: Segment) {
    self.options = options
    self.segment = segment
  }

  private var isSyn: Bool { segment.header.flags.contains(.syn) }

  /// `length` is what the header says; fewer bytes may have been captured.
  mutating func describe(length: Int, into tree: inout FieldBuffer) {
    let fields = TCPOptionFields.fields
    let start = TCPSegment.headerLength
    let top = tree.add(fields.options, options, at: start)
    tree.relabel(top, "Options: (\(length) bytes)")
    tree.open(top)
    defer { tree.close(top) }
    var titles = TextBuffer()
    defer { tree.relabel(top) { $0.write("Options: (\(length) bytes)\(titles.string)") } }
    var offset = 0
    while offset < length {
      guard offset < options.count else { return isWhole = false }
      let kind = TCPOptionKind(rawValue: options[offset])
      let title = kind.title ?? "Unknown (0x\(hex(kind.rawValue)))"
      if kind == .end || kind == .noOperation {
        describeSingle(kind, at: offset, into: &tree)
        titles.write(", \(title)")
        offset += 1
        if kind == .end, describePadding(from: offset, into: &tree) { break }
        continue
      }
      guard offset + 1 < length else {
        return describeBogus(
          "\(title) (length byte past end of options)", at: offset, 1, into: &tree)
      }
      guard offset + 1 < options.count else { return isWhole = false }
      let count = Int(options[offset + 1])
      if count < 2 {
        let words =
          "\(title) (with too-short option length = \(count) byte\(count == 1 ? "" : "s"))"
        return describeBogus(words, at: offset, 2, into: &tree)
      }
      if offset + count > length {
        let words = "\(title) (option length = \(count) bytes says option goes past end of options)"
        return describeBogus(words, at: offset, length - offset, into: &tree)
      }
      guard offset + count <= options.count else { return isWhole = false }
      describe(kind, options.part(offset, offset + count), at: start + offset, into: &tree)
      titles.write(", \(title)")
      offset += count
    }
    if isSyn, !hasMaximumSegmentSize {
      tree.expert(
        fields.sizeAbsent, .note, .proto, "The SYN packet does not contain a MSS option", under: top
      )
    }
  }

  private func describeSingle(
    _ kind: TCPOptionKind, at offset: Int, into tree: inout FieldBuffer
  ) {
    let fields = TCPOptionFields.fields
    let bytes = options.part(offset, offset + 1)
    let place = TCPSegment.headerLength + offset
    let item = tree.add(kind == .end ? fields.end : fields.noOperation, bytes, at: place)
    tree.relabel(item, "TCP Option - \(kind.title ?? "")")
    tree.open(item)
    addKind(kind, at: place, into: &tree)
    tree.close(item)
  }

  /// Behind the end of the list stand zeros; true where it is something else.
  private func describePadding(from offset: Int, into tree: inout FieldBuffer) -> Bool {
    let rest = options.part(offset, options.count)
    guard rest.indices.contains(where: { rest[$0] != 0 }) else { return false }
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

  private mutating func describe(
    _ kind: TCPOptionKind, _ bytes: Span<UInt8>, at place: Int, into tree: inout FieldBuffer
  ) {
    if kind == .multipath {
      let multipath = MultipathOption(bytes, isSyn: isSyn, at: place)
      return multipath.describe(into: &tree) { addKind(kind, at: place, into: &$0) }
    }
    let shape = TCPOptionShape(kind)
    let item = tree.add(shape.field, bytes, at: place)
    tree.relabel(item, "TCP Option - \(shape.title ?? kind.title ?? "Unknown")")
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
    let length = tree.add(
      TCPOptionFields.fields.length, bytes.count, at: place + 1, count: 1)
    // These two are listed whatever their length.
    if kind == .sackPermitted { tree.columns.info.write(" SACK_PERM") }
    if kind == .md5 { tree.columns.info.write(" MD5") }
    if let problem = shape.problem(with: bytes.count) {
      tree.expert(TCPOptionFields.fields.lengthInvalid, .note, .sequence, problem, under: length)
      return
    }
    describeContent(kind, bytes, item, at: place, into: &tree)
  }

  private func describeContent(
    _ kind: TCPOptionKind, _ bytes: Span<UInt8>, _ item: FieldIndex, at place: Int,
    into tree: inout FieldBuffer
  ) {
    let fields = TCPOptionFields.fields
    switch kind {
    case .maximumSegmentSize:
      let size = bytes.uint16(at: 2)
      tree.add(fields.maximumSegmentSize, size, at: place + 2, count: 2)
      tree.note(item, ": \(size) bytes", replacing: "TCP Option - Maximum segment size")
      tree.columns.info.write(named: " MSS=", Int(size))
    case .windowScale: describeWindowScale(bytes, item, at: place, into: &tree)
    case .sackPermitted: break
    case .sack: describeSack(bytes, item, at: place, into: &tree)
    case .echo, .echoReply:
      let value = bytes.uint32(at: 2)
      tree.add(fields.echoValue, value, at: place + 2, count: 4)
      tree.note(item, ": \(value)", replacing: "TCP Option - Echo")
      tree.columns.info.write(named: " ECHO=", Int(value))
    case .timestamps: describeTimestamps(bytes, item, at: place, into: &tree)
    case .connectionCount, .connectionCountNew, .connectionCountEcho:
      let value = bytes.uint32(at: 2)
      tree.add(fields.connectionCount, value, at: place + 2, count: 4)
      tree.columns.info.write(named: " CC=", Int(value))
    case .md5:
      tree.add(fields.md5Digest, bytes.part(2, bytes.count), at: place + 2)
    case .quickStart: describeQuickStart(bytes, at: place, into: &tree)
    case .userTimeout:
      let value = bytes.uint16(at: 2)
      tree.add(fields.timeoutUnit, bitsOf: value, at: place + 2, count: 2)
      tree.add(fields.timeout, bitsOf: value, at: place + 2, count: 2)
      tree.columns.info.write(named: " USER_TO=", Int(value & 0x7fff))
    case .authentication:
      tree.columns.info.write("TCP AO")
      if bytes.count >= 4 {
        tree.add(fields.keyID, bytes[2], at: place + 2, count: 1)
        tree.add(fields.nextKeyID, bytes[3], at: place + 3, count: 1)
        if bytes.count > 4 {
          tree.add(fields.authenticationCode, bytes.part(4, bytes.count), at: place + 4)
        }
      }
    case .fastOpen: describeFastOpen(bytes, from: 2, requestAt: 0, at: place, into: &tree)
    case .accurateECN0, .accurateECN1:
      describeAccurateECN(bytes, isFirst: kind == .accurateECN0, item, at: place, into: &tree)
    case .experiment1, .experiment2: describeExperiment(bytes, item, at: place, into: &tree)
    case .scps, .negativeAcknowledgment, .recordBoundary, .corruption, .riverbedTransparency: break
    default:
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
    _ bytes: Span<UInt8>, _ item: FieldIndex, at place: Int, into tree: inout FieldBuffer
  ) {
    let fields = TCPOptionFields.fields
    let (value, echo) = (bytes.uint32(at: 2), bytes.uint32(at: 6))
    tree.add(fields.timestamp, value, at: place + 2, count: 4)
    tree.add(fields.timestampEcho, echo, at: place + 6, count: 4)
    tree.relabel(item) {
      $0.write(named: "TCP Option - Timestamps: TSval ", Int(value))
      $0.write(named: ", TSecr ", Int(echo))
    }
    tree.columns.info.write(named: " TSval=", Int(value))
    tree.columns.info.write(named: " TSecr=", Int(echo))
  }

  private func describeSack(
    _ bytes: Span<UInt8>, _ item: FieldIndex, at place: Int, into tree: inout FieldBuffer
  ) {
    let fields = TCPOptionFields.fields
    var words = TextBuffer()
    var blocks: [SequenceBlock] = []
    var offset = 2
    while offset < bytes.count {
      guard offset + 8 <= bytes.count else {
        let words = "suboption would go past end of option"
        let rest = tree.addText(words, at: place + offset, count: bytes.count - offset)
        tree.expert(fields.suboptionMalformed, .error, .malformed, words, under: rest)
        break
      }
      let base = segment.peerBase.rawValue
      let block = SequenceBlock(
        left: bytes.uint32(at: offset) &- base, right: bytes.uint32(at: offset + 4) &- base)
      addEdge(fields.leftEdge, "left edge", block.left, at: place + offset, into: &tree)
      addEdge(fields.rightEdge, "right edge", block.right, at: place + offset + 4, into: &tree)
      words.write(named: " ", Int(block.left))
      words.write(named: "-", Int(block.right))
      tree.columns.info.write(named: " SLE=", Int(block.left))
      tree.columns.info.write(named: " SRE=", Int(block.right))
      blocks.append(block)
      offset += 8
    }
    tree.relabel(item, "TCP Option - SACK\(words.string)")
    tree.add(fields.blockCount, blocks.count, .generated)
    if let first = blocks.first, isDuplicate(first, blocks.dropFirst().first) {
      describeDuplicateSack(first, at: place + 2, into: &tree)
    }
  }

  /// A first block below the acknowledgment, or inside the second block, tells what came twice (RFC 2883 4).
  private func isDuplicate(_ first: SequenceBlock, _ second: SequenceBlock?) -> Bool {
    let acknowledgment = SequenceNumber(segment.relativeAcknowledgment)
    if SequenceNumber(first.left) < acknowledgment { return true }
    guard let second else { return false }
    return SequenceNumber(first.left) >= SequenceNumber(second.left)
      && SequenceNumber(first.right) <= SequenceNumber(second.right)
  }

  private func describeDuplicateSack(
    _ block: SequenceBlock, at place: Int, into tree: inout FieldBuffer
  ) {
    let fields = TCPOptionFields.fields
    addEdge(
      fields.duplicateLeftEdge, "D-SACK Left Edge", block.left, at: place, .generated, into: &tree)
    addEdge(
      fields.duplicateRightEdge, "D-SACK Right Edge", block.right, at: place + 4, .generated,
      into: &tree)
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

  private func describeQuickStart(
    _ bytes: Span<UInt8>, at place: Int, into tree: inout FieldBuffer
  ) {
    let fields = TCPOptionFields.fields
    let rate = bytes[2] & 0x0f
    let item = tree.add(fields.quickStartRate, bitsOf: bytes[2], at: place + 2, count: 1)
    let name = TCPOptionFields.quickStartRateName(rate)
    tree.relabel(item) {
      $0.write(bits: UInt64(rate), mask: 0x0f, of: 8)
      $0.write(" = QS Rate: \(name) (\(rate))")
    }
    tree.add(fields.quickStartHops, bytes[3], at: place + 3, count: 1)
    tree.columns.info.write(" QSresp=\(name)")
  }

  private func describeFastOpen(
    _ bytes: Span<UInt8>, from start: Int, requestAt: Int, at place: Int,
    into tree: inout FieldBuffer
  ) {
    let fields = TCPOptionFields.fields
    guard bytes.count > start else {
      tree.add(fields.fastOpenRequest, .none, at: place + requestAt, count: 2)
      tree.columns.info.write(" TFO=R")
      return
    }
    let cookie = tree.add(fields.fastOpenCookie, bytes.part(start, bytes.count), at: place + start)
    tree.columns.info.write(" TFO=C")
    if segment.header.flags.isSyn {
      tree.expert(
        TCPFields.fields.fastOpenSyn, .note, .sequence, "TCP SYN with TFO Cookie", under: cookie)
    }
  }

  private func describeAccurateECN(
    _ bytes: Span<UInt8>, isFirst: Bool, _ item: FieldIndex, at place: Int,
    into tree: inout FieldBuffer
  ) {
    let fields = TCPOptionFields.fields
    let counters: [(Field, String)] =
      isFirst
      ? [(fields.counter0, "EE0B"), (fields.counterCE, "ECEB"), (fields.counter1, "EE1B")]
      : [(fields.counter1, "EE1B"), (fields.counterCE, "ECEB"), (fields.counter0, "EE0B")]
    var words = TextBuffer()
    for (position, (field, name)) in counters.enumerated() where 3 * position + 5 <= bytes.count {
      let value = bytes.uint24(at: 3 * position + 2)
      tree.add(field, value, at: place + 3 * position + 2, count: 3)
      words.write(position == 0 ? ": " : ", ")
      words.write("\(name) \(value)")
      tree.columns.info.write(" \(name)=\(value)")
    }
    tree.relabel(item, "TCP Option - Accurate ECN (Order \(isFirst ? 0 : 1))\(words.string)")
  }

  private func describeExperiment(
    _ bytes: Span<UInt8>, _ item: FieldIndex, at place: Int, into tree: inout FieldBuffer
  ) {
    let fields = TCPOptionFields.fields
    let identifier = bytes.uint16(at: 2)
    let name = TCPOptionFields.experimentName(identifier) ?? "Unknown"
    tree.relabel(item, "TCP Option - Experimental: \(name)")
    tree.add(fields.experiment, identifier, at: place + 2, count: 2)
    if identifier == 0xf989 {
      describeFastOpen(bytes, from: 4, requestAt: 2, at: place, into: &tree)
      return
    }
    if bytes.count > 4 {
      tree.add(fields.experimentData, bytes.part(4, bytes.count), at: place + 4)
    }
    var digits = TextBuffer()
    digits.write(hex: UInt64(identifier), digits: 4)
    tree.columns.info.write(" ExID=\(digits.string.uppercased())")
  }
}

extension FieldBuffer {
  /// Gives an item the label `start` and `words`.
  fileprivate mutating func note(_ item: FieldIndex, _ words: String, replacing start: String) {
    relabel(item) {
      $0.write(start)
      $0.write(words)
    }
  }
}

/// The field of an option and the length it must have.
private struct TCPOptionShape {
  let field: Field
  /// Where it differs from the title in the list of options.
  var title: String?
  var exactLength: Int?
  var leastLength: Int?

  init(_ kind: TCPOptionKind) {
    let fields = TCPOptionFields.fields
    switch kind {
    case .maximumSegmentSize: self.init(fields.size, exactly: 4)
    case .windowScale: self.init(fields.windowScale, exactly: 3)
    case .sackPermitted: self.init(fields.sackPermitted, exactly: 2)
    case .sack: self.init(fields.sack)
    case .echo, .echoReply: self.init(fields.echo, "Echo", exactly: 6)
    case .timestamps: self.init(fields.timestamps, exactly: 10)
    case .connectionCount, .connectionCountNew, .connectionCountEcho:
      self.init(fields.cc, "CC", exactly: 6)
    case .md5: self.init(fields.md5, exactly: 18)
    case .scps: self.init(fields.scps, exactly: 4)
    case .negativeAcknowledgment: self.init(fields.snack, exactly: 6)
    case .recordBoundary: self.init(fields.scpsRecord, exactly: 2)
    case .corruption: self.init(fields.scpsCorruption, exactly: 2)
    case .quickStart: self.init(fields.quickStart, exactly: 8)
    case .userTimeout: self.init(fields.userTimeout, exactly: 4)
    case .authentication: self.init(fields.authentication)
    case .fastOpen: self.init(fields.fastOpen)
    case .riverbedTransparency: self.init(fields.riverbedTransparency, exactly: 16)
    case .accurateECN0, .accurateECN1: self.init(fields.accurateECN)
    case .experiment1, .experiment2:
      self.init(fields.experimental)
      leastLength = 4
    default: self.init(fields.unknown, "Unknown")
    }
  }
  private init(_ field: Field, _ title: String? = nil, exactly length: Int? = nil) {
    (self.field, self.title, exactLength) = (field, title, length)
  }

  func problem(with count: Int) -> String? {
    if let exactLength, exactLength != count { return "option length should be \(exactLength)" }
    if let leastLength, count < leastLength {
      return "option length \(count) smaller than \(leastLength)"
    }
    return nil
  }
}

import Fields

/// Describes the options of a segment (RFC 9293 3.2, RFC 7323, RFC 2018 and many more).
struct TCPOptionsDescription: ~Escapable {
  /// How the description came to its end.
  enum End {
    case whole
    /// The frame was cut when it was captured, within the options.
    case cut
    /// A field reaches behind the end of its option.
    case malformed
  }
  /// An option does not have the bytes that it needs.
  private struct Missing: Error {
    let end: End
  }

  private let options: Span<UInt8>
  private let segment: Segment
  private var hasMaximumSegmentSize = false
  /// NOPs so far; one at the start of a word begins anew, as if only those within a word were in a row.
  private var idleCount = 0

  @_lifetime(copy options)
  init(_ options: Span<UInt8>, _ segment: Segment) {
    self.options = options
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
      tree.relabel(top, "Options: (\(length) bytes)")
      tree.note(top, titles.string)
    }
    do throws(Missing) {
      guard try describe(upTo: length, top, &titles, into: &tree) else { return .whole }
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
  ) throws(Missing) -> Bool {
    var offset = 0
    while offset < length {
      guard offset < options.count else { throw Missing(end: .cut) }
      let kind = TCPOptionKind(rawValue: options[offset])
      if kind == .end || kind == .noOperation {
        describeSingle(kind, at: offset, top, into: &tree)
        titles.write(", \(kind.title ?? "")")
        offset += 1
        if kind == .end, describePadding(from: offset, into: &tree) { return false }
        continue
      }
      let title = kind.title ?? "Unknown (0x\(hex(kind.rawValue)))"
      guard offset + 1 < length else {
        describeBogus("\(title) (length byte past end of options)", at: offset, 1, into: &tree)
        return false
      }
      guard offset + 1 < options.count else { throw Missing(end: .cut) }
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
      titles.write(", \(title)")
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
    tree.relabel(item, "TCP Option - \(kind.title ?? "")")
    tree.open(item)
    addKind(kind, at: place, into: &tree)
    tree.close(item)
  }

  /// Behind the end of the list stand zeros, each of them an end; true where it is something else.
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
  ) throws(Missing) {
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
    let lengthItem = tree.add(TCPOptionFields.fields.length, length, at: place + 1, count: 1)
    // These two are listed whatever their length.
    if kind == .sackPermitted { tree.columns.info.write(" SACK_PERM") }
    if kind == .md5 { tree.columns.info.write(" MD5") }
    if let problem = shape.problem(with: length) {
      tree.expert(
        TCPOptionFields.fields.lengthInvalid, .note, .sequence, problem, under: lengthItem)
      return
    }
    let option = Option(kind: kind, bytes: bytes, length: length, place: place, item: item)
    try describeContent(option, into: &tree)
  }

  private struct Option: ~Escapable {
    let kind: TCPOptionKind
    /// As far as they were captured.
    let bytes: Span<UInt8>
    let length: Int
    let place: Int
    let item: FieldIndex

    @_lifetime(copy bytes)
    init(
      kind: TCPOptionKind, bytes: Span<UInt8>, length: Int, place: Int, item: FieldIndex
    ) {
      (self.kind, self.bytes, self.length, self.place, self.item) =
        (kind, bytes, length, place, item)
    }

    /// Fails where there are fewer than `count` bytes.
    func need(_ count: Int) throws(Missing) {
      guard bytes.count < count else { return }
      throw Missing(end: count > length ? .malformed : .cut)
    }
    func uint16(at offset: Int) throws(Missing) -> UInt16 {
      try need(offset + 2)
      return bytes.uint16(at: offset)
    }
    func uint32(at offset: Int) throws(Missing) -> UInt32 {
      try need(offset + 4)
      return bytes.uint32(at: offset)
    }
  }

  private func describeContent(
    _ option: borrowing Option, into tree: inout FieldBuffer
  ) throws(Missing) {
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
      tree.columns.info.write("TCP AO")
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
      // Wireshark reads both once more, behind the end of the option.
      throw Missing(end: .malformed)
    case .scps:
      if option.length == 4 {
        try option.need(4)
        describeCapabilities(bytes, at: place, into: &tree)
      } else {
        tree.relabel(item, "Illegal SCPS Extended Capabilities (\(option.length) bytes)")
      }
    case .recordBoundary, .corruption, .riverbedTransparency: break
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
    _ option: borrowing Option, into tree: inout FieldBuffer
  ) throws(Missing) {
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
    _ option: borrowing Option, into tree: inout FieldBuffer
  ) throws(Missing) {
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
    _ option: borrowing Option, into tree: inout FieldBuffer
  ) throws(Missing) {
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

  /// What TCPCT's successors negotiate with the satellite link protocol SCPS (CCSDS 714.0-B 3.2).
  private func describeCapabilities(
    _ bytes: Span<UInt8>, at place: Int, into tree: inout FieldBuffer
  ) {
    let fields = TCPOptionFields.fields
    let vector = tree.opened(
      fields.capabilities, .unsigned(UInt64(bytes[2])), at: place + 2, count: 1)
    var names: [String] = []
    for (field, name) in fields.capabilityBits {
      tree.add(field, bitsOf: bytes[2], at: place + 2, count: 1)
      if field.mask & UInt64(bytes[2]) != 0 { names.append(name) }
    }
    tree.close(vector)
    if !names.isEmpty {
      let words = names.joined(separator: ", ")
      tree.note(vector, " (\(words))")
      tree.columns.info.write(" SCPS[\(words)]")
    }
    tree.add(fields.connectionID, bytes[3], at: place + 3, count: 1)
    tree.columns.info.write(named: " Connection ID=", Int(bytes[3]))
  }

  private func describeFastOpen(
    _ option: borrowing Option, from start: Int, requestAt: Int, into tree: inout FieldBuffer
  ) throws(Missing) {
    let fields = TCPOptionFields.fields
    guard option.length > start else {
      tree.add(fields.fastOpenRequest, .none, at: option.place + requestAt, count: 2)
      tree.columns.info.write(" TFO=R")
      return
    }
    try option.need(option.length)
    let cookie = tree.add(
      fields.fastOpenCookie, option.bytes.part(start, option.length), at: option.place + start)
    tree.columns.info.write(" TFO=C")
    if segment.header.flags.isSyn {
      tree.expert(
        TCPFields.fields.fastOpenSyn, .note, .sequence, "TCP SYN with TFO Cookie", under: cookie)
    }
  }

  /// Up to three counters behind `start` bytes (RFC 9768 3.2.3).
  private func describeAccurateECN(
    _ option: borrowing Option, isFirst: Bool, from start: Int, into tree: inout FieldBuffer
  ) throws(Missing) {
    let fields = TCPOptionFields.fields
    let counters: [(Field, String)] =
      isFirst
      ? [(fields.counter0, "EE0B"), (fields.counterCE, "ECEB"), (fields.counter1, "EE1B")]
      : [(fields.counter1, "EE1B"), (fields.counterCE, "ECEB"), (fields.counter0, "EE0B")]
    for (position, (field, name)) in counters.enumerated() {
      let offset = start + 3 * position
      guard offset + 3 <= option.length else { break }
      try option.need(offset + 3)
      let value = option.bytes.uint24(at: offset)
      tree.add(field, value, at: option.place + offset, count: 3)
      let start = position == 0 ? " (Order \(isFirst ? 0 : 1)): " : ", "
      tree.note(option.item, "\(start)\(name) \(value)")
      tree.columns.info.write(" \(name)=\(value)")
    }
  }

  private func describeExperiment(
    _ option: borrowing Option, into tree: inout FieldBuffer
  ) throws(Missing) {
    let fields = TCPOptionFields.fields
    let identifier = try option.uint16(at: 2)
    let name = TCPOptionFields.experimentName(identifier) ?? "Unknown"
    tree.relabel(option.item, "TCP Option - Experimental: \(name)")
    tree.add(fields.experiment, identifier, at: option.place + 2, count: 2)
    if identifier == 0xf989 {
      return try describeFastOpen(option, from: 4, requestAt: 2, into: &tree)
    }
    if option.length > 4 {
      try option.need(option.length)
      tree.add(
        fields.experimentData, option.bytes.part(4, option.length), at: option.place + 4)
    }
    tree.columns.info.write(" ExID=\(String(identifier, radix: 16, uppercase: true))")
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
  var leastWords: String?
  var lengths: [Int] = []

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
    case .scps: self.init(fields.scps)
    case .negativeAcknowledgment: self.init(fields.snack, exactly: 6)
    case .recordBoundary: self.init(fields.scpsRecord, exactly: 2)
    case .corruption: self.init(fields.scpsCorruption, exactly: 2)
    case .quickStart: self.init(fields.quickStart, exactly: 8)
    case .userTimeout: self.init(fields.userTimeout, exactly: 4)
    case .authentication:
      self.init(fields.authentication)
      leastWords = "option length should be >= than 4"
      leastLength = 4
    case .fastOpen: self.init(fields.fastOpen)
    case .riverbedTransparency: self.init(fields.riverbedTransparency, exactly: 16)
    case .accurateECN0, .accurateECN1:
      self.init(fields.accurateECN)
      lengths = [2, 5, 8, 11]
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
      return leastWords ?? "option length \(count) smaller than \(leastLength)"
    }
    if !lengths.isEmpty, !lengths.contains(count) {
      return "option length should be 2, 5, 8, or 11 instead of \(count)"
    }
    return nil
  }
}

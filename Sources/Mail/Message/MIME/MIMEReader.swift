import Fields

/// Reads a message (RFC 5322, RFC 2045 to 2049) as its bytes come: its fields, its parts and their decoded content.
///
/// Nothing of the content is kept, but a line that may be a boundary; of headers no more than the limits allow. What
/// is broken is read as far as it goes, and is said in the findings.
public struct MIMEReader: Sendable {
  /// Parts within parts that are followed.
  static let depthLimit = 64
  /// Bytes that are decoded at once.
  private static let batch = 16 << 10
  /// Bytes of one header field of a part that are kept.
  private static let partFieldLimit = 64 << 10

  /// The message, and messages within it whose bytes come from the content of the layer before.
  var layers: [MIMELayer]
  var record = MIMERecord()

  public init() {
    layers = [MIMELayer(origin: 0, isEncoded: false, depth: 0)]
    openMessage(0, prefix: "", parent: nil)
  }

  /// About how many bytes of text are kept.
  public var textLength: Int { record.textLength }

  /// The next bytes of the message.
  public mutating func receive(_ bytes: Span<UInt8>, to sink: inout some PartSink) {
    read(bytes, to: &sink)
  }

  /// `length` bytes are missing here. The parts that they may belong to are not complete.
  public mutating func gap(_ length: Int, to sink: inout some PartSink) {
    layers[0].hasGap = true
    record.hasGap = true
    let none: [UInt8] = []
    read(none.span, to: &sink)
    layers[0].scanner.advance(length)
  }

  /// The message ends here. The reader is used up.
  public mutating func finish(to sink: inout some PartSink) -> MIMEContent {
    layers[0].isLast = true
    let none: [UInt8] = []
    read(none.span, to: &sink)
    return record.content
  }

  // MARK: Layers

  /// How a layer's turn ended.
  private enum Turn {
    /// The next layer has bytes to read before this one goes on.
    case fed
    /// The input is used up.
    case waits
    /// So it is, and nothing follows.
    case ended
  }

  private mutating func read(_ bytes: Span<UInt8>, to sink: inout some PartSink) {
    var level = 0
    while true {
      let turn: Turn
      if level == 0 {
        turn = takeTurn(0, bytes, to: &sink)
      } else {
        let input = layers[level].input
        turn = takeTurn(level, input.span, to: &sink)
      }
      switch turn {
      case .fed: level += 1
      case .waits, .ended:
        if level == 0 { return layers[0].index = 0 }
        if turn == .ended { layers.removeLast() }
        level -= 1
      }
    }
  }

  private mutating func takeTurn(
    _ level: Int, _ input: Span<UInt8>, to sink: inout some PartSink
  ) -> Turn {
    while true {
      if layers[level].closing != nil {
        if close(level, to: &sink) { return .fed }
        if layers[level].entities.isEmpty { return .ended }
        continue
      }
      if let rest = layers[level].rest {
        if readContent(level, input, rest, to: &sink) { return .fed }
        continue
      }
      let keepsLineEnds = layers[level].state == .header
      var index = layers[level].index
      var piece = layers[level].scanner.next(input, &index, keepsLineEnds: keepsLineEnds)
      layers[level].index = index
      if piece == nil, layers[level].hasGap {
        piece = layers[level].scanner.gap()
        if piece == nil {
          layers[level].hasGap = false
          if takeGap(level, to: &sink) { return .fed }
          continue
        }
      } else if piece == nil, layers[level].isLast {
        piece = layers[level].scanner.last()
        if piece == nil { layers[level].closing = .end }
      }
      switch piece {
      case .content(let range): layers[level].rest = range
      case .withheld(let bytes):
        if readWithheld(level, bytes, to: &sink) { return .fed }
      case .boundary(let place, let isLast, let position):
        takeBoundary(level, place, isLast, at: position)
      case nil:
        if layers[level].closing != nil { continue }
        layers[level].scanner.advance(input.count)
        layers[level].index = 0
        layers[level].input = []
        return .waits
      }
    }
  }

  // MARK: Content

  /// Reads some of the content that lies in the run; true where the next layer was fed.
  private mutating func readContent(
    _ level: Int, _ input: Span<UInt8>, _ range: Range<Int>, to sink: inout some PartSink
  ) -> Bool {
    let bytes = input.extracting(layers[level].cut(range, batch: Self.batch))
    guard layers[level].state == .header else {
      return take(level, bytes, to: &sink)
    }
    let used = readHeader(level, bytes)
    guard let entity = layers[level].entities.last, entity.header.isDone else { return false }
    layers[level].rest = nil
    layers[level].index = range.lowerBound + used
    layers[level].scanner.giveBack(entity.header.unread)
    openBody(level, to: &sink)
    return false
  }

  private mutating func readWithheld(
    _ level: Int, _ bytes: [UInt8], to sink: inout some PartSink
  ) -> Bool {
    guard layers[level].state == .header else {
      return take(level, bytes.span, to: &sink)
    }
    let used = readHeader(level, bytes.span)
    guard let entity = layers[level].entities.last, entity.header.isDone else { return false }
    layers[level].scanner.giveBack(entity.header.unread + bytes[used...])
    openBody(level, to: &sink)
    return false
  }

  /// Takes bytes of the body of the entity at hand; true where the next layer was fed.
  private mutating func take(
    _ level: Int, _ bytes: Span<UInt8>, to sink: inout some PartSink
  ) -> Bool {
    switch layers[level].state {
    case .leaf: return decode(level, bytes, to: &sink)
    case .preamble:
      guard !bytes.isEmpty, let part = layers[level].entities.last?.part else { return false }
      record.change(part) { $0.size += bytes.count }
      sink.receive(bytes, of: part)
      return false
    case .header, .parts, .epilogue, nil: return false
    }
  }

  private mutating func decode(
    _ level: Int, _ bytes: Span<UInt8>, to sink: inout some PartSink
  ) -> Bool {
    var output: [UInt8] = []
    guard let isDecoded = layers[level].leaf?.decode(bytes, into: &output) else { return false }
    return isDecoded ? deliver(level, output.span, to: &sink) : deliver(level, bytes, to: &sink)
  }

  /// Hands on decoded content; true where the next layer was fed with it.
  private mutating func deliver(
    _ level: Int, _ bytes: Span<UInt8>, to sink: inout some PartSink
  ) -> Bool {
    guard !bytes.isEmpty, let leaf = layers[level].leaf?.receive(bytes) else { return false }
    record.change(leaf.part) { $0.size += bytes.count }
    sink.receive(bytes, of: leaf.part)
    if leaf.mayHaveFiles { readFiles(level, bytes, to: &sink) }
    guard leaf.isMessage else { return false }
    layers[level + 1].input = bytes.copied
    return true
  }

  /// Bytes are missing before the next ones; true where the next layer has to know.
  private mutating func takeGap(_ level: Int, to sink: inout some PartSink) -> Bool {
    for entity in layers[level].entities { record.change(entity.part) { $0.isComplete = false } }
    if layers[level].state == .header {
      var events: [HeaderReader.Event] = []
      let top = layers[level].entities.count - 1
      layers[level].entities[top].header.gap { events.append($0) }
      take(level, events)
      openBody(level, to: &sink)
      record.change(layers[level].entities[top].part) { $0.isComplete = false }
      return false
    }
    guard layers[level].leaf != nil else { return false }
    var output: [UInt8] = []
    layers[level].leaf?.decoder.gap(into: &output)
    _ = deliver(level, output.span, to: &sink)
    endFiles(level, to: &sink)
    guard layers[level].leaf?.isMessage == true else { return false }
    layers[level + 1].hasGap = true
    return true
  }

  // MARK: Headers

  private mutating func openMessage(_ level: Int, prefix: String, parent: Int?) {
    layers[level].open(
      MIMELayer.Entity(
        header: HeaderReader(
          .internet, limit: level == 0 ? HeaderReader.fieldLimit : Self.partFieldLimit),
        shown: ShownFields(), headerStart: 0, prefix: prefix, number: 0,
        offset: layers[level].offset(0),
        isInDigest: false, parent: parent))
  }

  /// Returns how many bytes were header.
  private mutating func readHeader(_ level: Int, _ bytes: Span<UInt8>) -> Int {
    var events: [HeaderReader.Event] = []
    let top = layers[level].entities.count - 1
    let used = layers[level].entities[top].header.receive(bytes) { events.append($0) }
    take(level, events)
    return used
  }

  private mutating func take(_ level: Int, _ events: [HeaderReader.Event]) {
    let top = layers[level].entities.count - 1
    for event in events {
      switch event {
      case .field(let field):
        layers[level].entities[top].facts.take(field)
        layers[level].entities[top].shown?.take(field)
        if level == 0, top == 0 { record.add(field) }
      case .end(let end, let body):
        layers[level].entities[top].body = layers[level].offset(body)
        layers[level].entities[top].lacksEmptyLine = end == .noField
      }
    }
  }

  // MARK: Parts

  /// The header of the entity at hand is over: it is a part, and what it is made of follows.
  private mutating func openBody(_ level: Int, to sink: inout some PartSink) {
    let top = layers[level].entities.count - 1
    var entity = layers[level].entities[top]
    let (facts, isMessage) = (entity.facts, entity.number == 0)
    let type = facts.type
    let depth = layers[level].depth + top + 1
    var part = MessagePart(
      .leaf, path: entity.prefix + "\(max(entity.number, 1))", parent: entity.parent,
      contentType: type?.value ?? facts.defaultType(isInDigest: entity.isInDigest),
      offset: entity.offset)
    var boundary: [UInt8] = []
    if part.contentType.hasPrefix("multipart/") {
      boundary = type?.boundary ?? []
      if !boundary.isEmpty, depth < Self.depthLimit { part.kind = .multipart }
    } else if MIMELayer.messageTypes.contains(part.contentType), depth < Self.depthLimit {
      part.kind = .message
    }
    if isMessage, part.kind == .multipart { part.path = entity.prefix + "TEXT" }
    entity.prefix = isMessage && part.kind == .multipart ? entity.prefix : part.path + "."
    let mayKeep = record.mayKeep(facts.textLength)
    let problems = mayKeep ? facts.describe(&part, hint: type?.charset) : []
    if !mayKeep || entity.header.longFields > 0, !(level == 0 && top == 0) { record.dropField() }
    entity.part = record.add(part)
    if let index = entity.part { note(problems, of: index, entity) }
    if isMessage { finishMessageHeader(&entity, isOutermost: level == 0) }
    entity.isDigest = part.contentType == "multipart/digest"
    entity.facts = PartHeader()
    if depth >= Self.depthLimit { noteDepth(part, entity) }
    if part.kind == .multipart {
      entity.state = .preamble
      layers[level].scanner.boundaries[top] = boundary
    } else {
      entity.state = .leaf
    }
    layers[level].entities[top] = entity
    guard let index = entity.part else { return }
    sink.begin(index, record.parts[index])
    if part.kind != .multipart { openLeaf(level, index, entity) }
  }

  private mutating func openLeaf(_ level: Int, _ index: Int, _ entity: MIMELayer.Entity) {
    let part = record.parts[index]
    // A multipart that cannot be taken apart is what it is.
    let isMultipart = part.contentType.hasPrefix("multipart/")
    let encoding = isMultipart ? .identity : TransferEncoding(part.encoding ?? "") ?? .identity
    var leaf = OpenLeaf(index, ContentDecoder(encoding), .nothing)
    if part.contentType == "text/plain" {
      leaf.inner = .text(EmbeddedFiles())
    } else if part.isTNEF {
      leaf.inner = .tnef(TNEFReader())
    } else if part.kind == .message {
      leaf.inner = .message
      if case .base64 = encoding { leaf.decoder = .maybeBase64 }
      let outer = layers[level]
      layers.append(
        MIMELayer(
          origin: entity.body, isEncoded: outer.isEncoded || !leaf.decoder.isIdentity,
          depth: outer.depth + outer.entities.count))
      openMessage(level + 1, prefix: entity.prefix, parent: index)
    }
    layers[level].leaf = leaf
  }

  /// What a message's header says is known: of the outermost one, or of one that is part of it.
  private mutating func finishMessageHeader(
    _ entity: inout MIMELayer.Entity, isOutermost: Bool
  ) {
    guard var shown = entity.shown else { return }
    entity.shown = nil
    if isOutermost {
      record.finishFields(hint: entity.facts.type?.charset)
      record.takeHeaders(of: &shown)
    } else if record.mayKeep(shown.textLength) {
      let headers = shown.headers()
      record.change(entity.parent) { $0.headers = headers }
    } else {
      record.dropField()
    }
  }

  private mutating func takeBoundary(
    _ level: Int, _ place: Int, _ isLast: Bool, at position: Int
  ) {
    let entity = layers[level].entities[place]
    guard entity.state == .epilogue else {
      layers[level].closing = .boundary(place, isLast: isLast)
      return
    }
    guard !entity.hasHiddenParts else { return }
    layers[level].entities[place].hasHiddenParts = true
    record.find(
      .messageHiddenParts, at: layers[level].offset(position), part: entity.part,
      "the boundary comes again after the one that closes the multipart")
  }

  /// Does the next step of ending what is to end; true where the next layer was fed.
  private mutating func close(_ level: Int, to sink: inout some PartSink) -> Bool {
    let top = layers[level].entities.count - 1
    let entity = layers[level].entities[top]
    if case .boundary(top, let isLast)? = layers[level].closing {
      layers[level].closing = nil
      if isLast {
        layers[level].entities[top].state = .epilogue
      } else {
        openPart(level, top)
      }
      return false
    }
    if entity.state == .header, entity.number > 0, entity.header.position == entity.headerStart {
      // Another boundary follows at once: between the two there is no part (RFC 2046 section 5.1.1).
      layers[level].removeLast()
      layers[level].entities[top - 1].childCount -= 1
      return false
    }
    if entity.state == .header {
      var events: [HeaderReader.Event] = []
      layers[level].entities[top].header.finish { events.append($0) }
      take(level, events)
      let unread = layers[level].entities[top].header.unread
      openBody(level, to: &sink)
      return take(level, unread.span, to: &sink)
    }
    if let leaf = layers[level].leaf, !leaf.isDrained {
      return drain(level, to: &sink)
    }
    end(level, entity, to: &sink)
    layers[level].leaf = nil
    layers[level].removeLast()
    return false
  }

  /// A boundary of the multipart at hand begins another part of it.
  private mutating func openPart(_ level: Int, _ place: Int) {
    layers[level].entities[place].state = .parts
    layers[level].entities[place].childCount += 1
    let parent = layers[level].entities[place]
    let position = layers[level].scanner.position(at: layers[level].index)
    layers[level].open(
      MIMELayer.Entity(
        header: HeaderReader(.internet, at: position, limit: Self.partFieldLimit),
        headerStart: position, prefix: parent.prefix, number: parent.childCount,
        offset: layers[level].offset(position), isInDigest: parent.isDigest, parent: parent.part))
  }

  /// Decodes the last bytes of a content; true where the next layer was fed with them.
  private mutating func drain(_ level: Int, to sink: inout some PartSink) -> Bool {
    var output: [UInt8] = []
    let problems = layers[level].leaf?.decoder.finish(into: &output)
    layers[level].leaf?.isDrained = true
    _ = deliver(level, output.span, to: &sink)
    if let part = layers[level].leaf?.part, let problems { note(problems, of: part) }
    endFiles(level, to: &sink)
    guard layers[level].leaf?.isMessage == true else { return false }
    layers[level + 1].isLast = true
    return true
  }

  private mutating func end(
    _ level: Int, _ entity: MIMELayer.Entity, to sink: inout some PartSink
  ) {
    guard let part = entity.part else { return }
    if entity.state == .leaf, case .end? = layers[level].closing,
      layers[level].entities.contains(where: { $0.state == .parts })
    {
      record.change(part) { $0.isComplete = false }
    }
    if entity.state == .preamble || entity.state == .parts {
      record.change(part) { $0.isComplete = false }
      if !record.hasGap { noteEnd(of: part, entity) }
    }
    if entity.state != .leaf { noteSignedStructure(of: part, entity) }
    if let leaf = layers[level].leaf, !leaf.isMessage { noteType(of: part, leaf.detector) }
    sink.end(part)
  }
}

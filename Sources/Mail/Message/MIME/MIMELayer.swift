/// Bytes that are read as a message: the message itself, or the content of a part that is one.
struct MIMELayer: Sendable {
  /// A message or a part of which not all has come.
  struct Entity: Sendable {
    enum State: Sendable {
      case header
      /// Of a multipart: before its first boundary, between its boundaries, after the last one.
      case preamble
      case parts
      case epilogue
      /// Its bytes are content.
      case leaf
    }

    var state = State.header
    var header: HeaderReader
    var facts = PartHeader()
    /// Of a message: the fields that are shown.
    var shown: ShownFields?
    /// Where its header begins, in the layer.
    let headerStart: Int
    /// The path of its parts, with a dot at the end where there is one.
    var prefix: String
    /// Its place among the parts of its parent, from 1; 0 is what a message consists of.
    let number: Int
    /// Where its header begins, in the message.
    let offset: Int
    let isInDigest: Bool
    /// Its index; nil before its header is read, and where there are too many.
    var part: Int?
    let parent: Int?
    var childCount = 0
    /// Where its body begins, in the message.
    var body = 0
    /// It begins with a line that is no field, and no empty line is before it.
    var lacksEmptyLine = false
    /// Of a multipart: its boundary came after the one that closed it.
    var hasHiddenParts = false
    /// Of a multipart: its parts are messages where they do not say what they are (RFC 2046 section 5.1.5).
    var isDigest = false
  }

  /// Why the entity at hand, and others around it, end.
  enum Closing: Sendable {
    /// A boundary of an entity: what is within it ends.
    case boundary(Int, isLast: Bool)
    /// The bytes of the layer are over.
    case end
  }

  /// Types whose content is a message (RFC 2046 section 5.2.1, RFC 6532 section 3.7).
  static let messageTypes: Set<String> = ["message/rfc822", "message/global", "message/news"]

  var scanner: BoundaryScanner
  /// The entities that are open, within each other.
  var entities: [Entity] = []
  /// The content of the last of them.
  var leaf: OpenLeaf?
  /// Content of the run that was not read yet.
  var rest: Range<Int>?
  var closing: Closing?
  /// What is read: of the message itself it is the run that was received.
  var input: [UInt8] = []
  var index = 0
  /// What follows the input: nothing more, or bytes that are missing.
  var isLast = false
  var hasGap = false
  /// Where its bytes lie in the message; where they were encoded, only where they begin is known.
  let origin: Int
  let isEncoded: Bool
  /// How many entities are around it.
  let depth: Int

  init(origin: Int, isEncoded: Bool, depth: Int) {
    (self.origin, self.isEncoded, self.depth) = (origin, isEncoded, depth)
    scanner = BoundaryScanner()
  }

  func offset(_ position: Int) -> Int { isEncoded ? origin : origin + position }

  mutating func open(_ entity: Entity) {
    entities.append(entity)
    scanner.boundaries.append([])
  }

  mutating func removeLast() {
    entities.removeLast()
    scanner.boundaries.removeLast()
  }

  // Inlined: a call would copy the entity, or the layer, to ask it.

  /// How far the entity at hand is; nil where there is none.
  @inline(__always)
  var state: Entity.State? { entities.isEmpty ? nil : entities[entities.count - 1].state }

  /// Cuts a run of content where no more is read at once than `batch` bytes; what follows is the rest.
  mutating func cut(_ range: Range<Int>, batch: Int) -> Range<Int> {
    let isRead = state == .header || leaf?.isPlain == false
    let end = isRead ? min(range.upperBound, range.lowerBound + batch) : range.upperBound
    rest = end < range.upperBound ? end..<range.upperBound : nil
    return range.lowerBound..<end
  }
}

/// The content of a part whose bytes are coming.
struct OpenLeaf: Sendable {
  /// What is read in its bytes.
  enum Inner: Sendable {
    case nothing
    /// A message: the next layer has it.
    case message
    /// Files in a text.
    case text(EmbeddedFiles)
    /// Files in a `winmail.dat`.
    case tnef(TNEFReader)
  }

  let part: Int
  var decoder: ContentDecoder
  var inner: Inner
  var detector = TypeDetector()
  /// The file in it whose bytes are coming, and how many there were.
  var file: (part: Int, detector: TypeDetector)?
  var fileCount = 0
  /// Its last bytes are decoded.
  var isDrained = false

  init(_ part: Int, _ decoder: ContentDecoder, _ inner: Inner) {
    (self.part, self.decoder, self.inner) = (part, decoder, inner)
  }

  /// Undoes the encoding of its next bytes; false where they are the content as they are, and nothing was written.
  mutating func decode(_ bytes: Span<UInt8>, into output: inout [UInt8]) -> Bool {
    if decoder.isIdentity { return false }
    output.reserveCapacity(bytes.count)
    decoder.receive(bytes, into: &output)
    return true
  }

  /// Looks at its next bytes, decoded; says whose they are, and what else reads them.
  mutating func receive(
    _ decoded: Span<UInt8>
  ) -> (part: Int, isMessage: Bool, mayHaveFiles: Bool) {
    detector.receive(decoded)
    return (part, isMessage, mayHaveFiles)
  }

  /// Its bytes pass as they are.
  @inline(__always)
  var isPlain: Bool {
    if case .nothing = inner { decoder.isIdentity } else { false }
  }

  var isMessage: Bool {
    if case .message = inner { true } else { false }
  }

  /// Files may be in it.
  var mayHaveFiles: Bool {
    switch inner {
    case .nothing, .message: false
    case .text, .tnef: true
    }
  }

  /// The next thing that happens to the files in it.
  mutating func nextFile(
    _ bytes: Span<UInt8>, _ index: inout Int, into output: inout [UInt8]
  ) -> EmbeddedFile.Event? {
    switch inner {
    case .nothing, .message: return nil
    case .text(var files):
      inner = .nothing
      let event = files.next(bytes, &index, into: &output)
      inner = .text(files)
      return event
    case .tnef(var reader):
      inner = .nothing
      let event = reader.next(bytes, &index, into: &output)
      inner = .tnef(reader)
      return event
    }
  }

  /// Its bytes end, or some are missing.
  mutating func endFiles(into output: inout [UInt8]) -> EmbeddedFile.Event? {
    switch inner {
    case .nothing, .message: return nil
    case .text(var files):
      let event = files.finish(into: &output)
      inner = .text(files)
      return event
    case .tnef(var reader):
      let event = reader.finish()
      inner = .tnef(reader)
      return event
    }
  }
}

import Fields

/// A command or a line of a reply, with the literals that belong to it.
struct ManageSieveStatement: Sendable {
  struct Part: Sendable {
    /// A line without its end.
    var line: [UInt8]
    var words: [ManageSieveGrammar.Word]
    /// What follows it by its length, as far as it is kept.
    var literal: [UInt8]?
    /// Where the literal's first and last byte are, where it has any.
    var literalStart: Position?
    var literalEnd: Position?
    var literalCount = 0
    var isSynchronizing = false
  }
  var parts: [Part] = []
  var start: Position
  var end: Position
  /// Bytes on the wire.
  var length = 0
  var hasBareLF = false
  /// Bytes that are not kept.
  var dropped = 0
  /// The stream ended, or bytes were missing, within it.
  var isCut = false

  /// The first line.
  var line: [UInt8] { parts.first?.line ?? [] }

  /// Its lines as they were sent, one after the other; the texts of literals are not in it.
  var text: String { parts.map { String(decoding: $0.line, as: UTF8.self) }.joined() }

  /// An argument: what it says, and where it is in `text` where it is part of that.
  struct Argument: Sendable {
    var text: String
    var range: Range<Int>?
    var kind: ManageSieveGrammar.Word.Kind
    var isClosed: Bool
  }

  /// All words, strings and literals without what is around them.
  var arguments: [Argument] {
    var found: [Argument] = []
    var base = 0
    for part in parts {
      let text = String(decoding: part.line, as: UTF8.self)
      // Bytes that are no UTF-8 take other room in the text.
      let isExact = text.utf8.count == part.line.count
      for word in part.words {
        let bytes =
          word.kind == .literal
          ? part.literal ?? []
          : ManageSieveGrammar.unquoted(part.line.span.extracting(word.range))
        let range = word.range.lowerBound + base..<word.range.upperBound + base
        found.append(
          Argument(
            text: String(decoding: bytes, as: UTF8.self), range: isExact ? range : nil,
            kind: word.kind, isClosed: word.isClosed))
      }
      base += text.utf8.count
    }
    return found
  }
}

/// Cuts one direction into statements, whatever the segments were.
struct ManageSieveFramer: Sendable {
  private var framer: LineFramer
  private var statement: ManageSieveStatement?
  /// Of the literal that is coming.
  private var remaining = 0
  private var kept = 0
  private let limit: Int
  private static let partLimit = 32

  init(limit: Int) {
    self.limit = limit
    framer = LineFramer(limit: limit)
  }

  var heldBytes: Int { framer.heldBytes + kept }

  /// A statement was begun.
  var isWithin: Bool { statement != nil || framer.hasPartialLine }
  /// Bytes of a literal are still to come.
  var isWithinLiteral: Bool { remaining > 0 }

  /// The next statement of `chunk` at or after `index`, which moves to what follows; nil where the chunk is used up.
  mutating func next(
    in chunk: Span<UInt8>, from index: inout Int, at position: Position
  ) -> ManageSieveStatement? {
    while index < chunk.count {
      if remaining > 0 {
        takeLiteral(chunk, from: &index, at: position)
        continue
      }
      guard let line = framer.next(in: chunk, from: &index, at: position) else { return nil }
      if let whole = add(line, framer.bytes(of: line, in: chunk).copied) { return whole }
    }
    return nil
  }

  private mutating func takeLiteral(
    _ chunk: Span<UInt8>, from index: inout Int, at position: Position
  ) {
    let count = min(remaining, chunk.count - index)
    let shown = chunk.extracting(index..<index + min(count, max(0, limit - kept)))
    remaining -= count
    kept += shown.count
    let start = position.advanced(by: index)
    index += count
    guard var open = statement, let last = open.parts.indices.last else { return }
    // Let go of it, so that it is changed in place.
    statement = nil
    if open.parts[last].literalStart == nil { open.parts[last].literalStart = start }
    open.end = position.advanced(by: index - 1)
    open.parts[last].literalEnd = open.end
    for place in shown.indices { open.parts[last].literal?.append(shown[place]) }
    open.length += count
    open.dropped += count - shown.count
    statement = open
  }

  /// Takes a line in; gives the statement that it ends.
  private mutating func add(
    _ line: LineFramer.Line, _ bytes: [UInt8]
  ) -> ManageSieveStatement? {
    var open = statement ?? ManageSieveStatement(start: line.start, end: line.end)
    statement = nil
    open.end = line.end
    open.length += line.length
    open.dropped += line.dropped
    open.hasBareLF = open.hasBareLF || line.ending == .bareLF
    open.isCut = line.ending == .cut
    kept += bytes.count
    let literal = open.isCut ? nil : ManageSieveGrammar.literal(endOf: bytes.span)
    var part = ManageSieveStatement.Part(
      line: bytes, words: ManageSieveGrammar.words(in: bytes.span))
    if let literal {
      (part.literal, part.literalCount) = ([], literal.count)
      part.isSynchronizing = literal.isSynchronizing
    }
    if open.parts.count < Self.partLimit, kept <= limit {
      open.parts.append(part)
    } else {
      // Nothing more of it is kept.
      kept = limit
      open.dropped += bytes.count
    }
    if let literal {
      remaining = literal.count
      statement = open
      return nil
    }
    kept = 0
    return open
  }

  /// What there is of an unfinished statement, which ends here.
  mutating func cut(at position: Position) -> ManageSieveStatement? {
    let none: [UInt8] = []
    if let line = framer.cut(at: position),
      let cut = add(line, framer.bytes(of: line, in: none.span).copied)
    {
      remaining = 0
      return cut
    }
    guard var open = statement else { return nil }
    discard()
    open.isCut = true
    return open
  }

  /// Forgets what is unfinished.
  mutating func discard() {
    _ = framer.discard()
    (statement, remaining, kept) = (nil, 0, 0)
  }
}

import Fields

/// Cuts one direction of a dialogue into lines, whatever the segments were.
///
/// It is pulled: the session asks for the next line, and between two lines may take bytes itself (a message,
/// a chunk, a literal). A line that lies whole in the chunk is lent from there; only an unfinished one is
/// kept, and of that no more than `limit` bytes. LF ends a line, with a CR before it or not.
public struct LineFramer: Sendable {
  public enum Ending: Sendable, Hashable {
    case crlf
    /// LF without CR before it.
    case bareLF
    /// The stream ended, or a gap came, before the line did.
    case cut
  }

  /// A line that is complete; its bytes are `framer.bytes(of:in:)`, as long as the framer and the chunk exist.
  public struct Line: Sendable, Hashable {
    /// Where its first byte lies, and where its last one (of the line end) does.
    public var start: Position
    public var end: Position
    /// Bytes on the wire, with the line end.
    public var length: Int
    public var ending: Ending
    /// CRs within the line that no LF follows.
    public var bareReturns: Int
    /// Bytes beyond the limit, which `bytes(of:in:)` does not show.
    public var dropped: Int
    /// Where it lies in the chunk; nil where it was collected from several.
    fileprivate var range: Range<Int>?

    /// The line as two, the first of which ends at `end` without a line end and has `count` bytes.
    func split(at count: Int, end: Position, next: Position) -> (Line, Line) {
      var (first, second) = (self, self)
      (first.end, first.length, first.ending) = (end, count, .cut)
      (first.bareReturns, first.dropped) = (0, 0)
      (second.start, second.length) = (next, length - count)
      return (first, second)
    }
  }

  private let limit: Int
  /// The shown part of an unfinished line.
  private var kept: [UInt8] = []
  /// All of it, on the wire.
  private var length = 0
  private var returns = 0
  private var endsInReturn = false
  private var start: Position?
  /// The last bytes of a line that is longer than the limit.
  private var tail: [UInt8] = []
  private static let tailLength = 32
  /// The last line was lent from `kept`, which is emptied when the next one begins.
  private var keptIsStale = false

  public init(limit: Int) { self.limit = limit }

  var heldBytes: Int { kept.capacity }

  /// True where bytes of a line wait for its end.
  public var hasPartialLine: Bool { length > 0 }

  /// The next line of `chunk` at or after `index`, which moves after what was taken; nil where the chunk is
  /// used up. `position` is that of the chunk's first byte.
  public mutating func next(
    in chunk: Span<UInt8>, from index: inout Int, at position: Position
  ) -> Line? {
    if keptIsStale {
      (kept, tail) = ([], [])
      keptIsStale = false
    }
    guard index < chunk.count else { return nil }
    let first = index
    guard let feed = chunk.firstIndex(of: .lineFeed, from: index) else {
      if length == 0 { start = position.advanced(by: first) }
      keep(chunk.extracting(first..<chunk.count))
      index = chunk.count
      return nil
    }
    index = feed + 1
    let end = position.advanced(by: feed)
    if length == 0 {
      return lend(chunk, first, feed, start: position.advanced(by: first), end: end)
    }
    keep(chunk.extracting(first..<feed))
    return release(ending: endsInReturn ? .crlf : .bareLF, end: end, feed: 1)
  }

  /// The bytes of a line without its end, `limit` of them at the most.
  @_lifetime(borrow self, copy chunk)
  public func bytes(of line: Line, in chunk: Span<UInt8>) -> Span<UInt8> {
    guard let range = line.range else { return kept.span }
    return chunk.extracting(range)
  }

  /// The last bytes of a line of which some were dropped.
  public func lastBytes(of line: Line, in chunk: Span<UInt8>) -> [UInt8] {
    guard let range = line.range else { return tail.suffix(Self.tailLength) }
    let end = range.upperBound + line.dropped
    return chunk.extracting(max(range.lowerBound, end - Self.tailLength)..<end).copied
  }

  /// What there is of an unfinished line, which ends here: the stream is over, or bytes are missing.
  public mutating func cut(at position: Position) -> Line? {
    if keptIsStale {
      (kept, tail) = ([], [])
      keptIsStale = false
    }
    guard length > 0 else { return nil }
    return release(ending: .cut, end: position, feed: 0)
  }

  /// Forgets an unfinished line; returns how many bytes it had.
  @discardableResult
  public mutating func discard() -> Int {
    let lost = length
    (kept, tail) = ([], [])
    (length, returns, endsInReturn, start, keptIsStale) = (0, 0, false, nil, false)
    return lost
  }

  /// The unfinished line as it is.
  public var partial: Span<UInt8> {
    @_lifetime(borrow self) get { kept.span.extracting(first: keptIsStale ? 0 : kept.count) }
  }

  @inline(__always)
  private func lend(
    _ chunk: Span<UInt8>, _ first: Int, _ feed: Int, start: Position, end: Position
  ) -> Line {
    let returned = feed > first && chunk[feed - 1] == .carriageReturn
    let upper = returned ? feed - 1 : feed
    let shown = min(upper, first + limit)
    return Line(
      start: start, end: end, length: feed + 1 - first, ending: returned ? .crlf : .bareLF,
      bareReturns: chunk.extracting(first..<upper).count(of: .carriageReturn),
      dropped: upper - shown, range: first..<shown)
  }

  private mutating func keep(_ bytes: Span<UInt8>) {
    guard let last = bytes.indices.last else { return }
    returns += bytes.count(of: .carriageReturn)
    endsInReturn = bytes[last] == .carriageReturn
    length += bytes.count
    // One byte more than is shown: it may be the CR of the line end.
    let room = max(0, limit + 1 - kept.count)
    let shown = bytes.extracting(first: min(room, bytes.count))
    kept.append(shown)
    if length > limit { keepTail(bytes.extracting(droppingFirst: shown.count)) }
  }

  /// One byte more than is lent: it may be the CR of the line end.
  private mutating func keepTail(_ dropped: Span<UInt8>) {
    let length = Self.tailLength + 1
    if tail.isEmpty { tail = Array(kept.suffix(length)) }
    tail.append(dropped.extracting(last: min(length, dropped.count)))
    tail.removeFirst(max(0, tail.count - length))
  }

  private mutating func release(ending: Ending, end: Position, feed: Int) -> Line {
    let returned = ending == .crlf
    let content = returned ? length - 1 : length
    if returned, tail.last == .carriageReturn { tail.removeLast() }
    if kept.count > min(content, limit) { kept.removeLast(kept.count - min(content, limit)) }
    let line = Line(
      start: start ?? end, end: end, length: length + feed, ending: ending,
      bareReturns: returned ? returns - 1 : returns, dropped: content - kept.count, range: nil)
    (length, returns, endsInReturn, start, keptIsStale) = (0, 0, false, nil, true)
    return line
  }
}

extension Span<UInt8> {
  func count(of byte: UInt8) -> Int {
    var total = 0
    for index in indices where self[index] == byte { total += 1 }
    return total
  }
}

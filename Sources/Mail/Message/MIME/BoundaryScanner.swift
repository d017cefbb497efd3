import Fields

/// A line that parts the body parts of a multipart (RFC 2046 section 5.1.1).
enum BoundaryLine {
  /// Whether `line`, which has no line end, is the boundary's: with `--` before it, and nothing but blanks after it.
  /// Where two more hyphens follow the boundary, it is the last one.
  static func match(_ line: Span<UInt8>, _ boundary: [UInt8]) -> (found: Bool, isLast: Bool) {
    let none = (found: false, isLast: false)
    var place = 2 + boundary.count
    guard line.count >= place, line[0] == hyphen, line[1] == hyphen else { return none }
    for index in boundary.indices where line[index + 2] != boundary[index] { return none }
    var isLast = false
    if line.count >= place + 2, line[place] == hyphen, line[place + 1] == hyphen {
      isLast = true
      place += 2
    }
    while place < line.count, line[place].isBlank { place += 1 }
    return place == line.count ? (true, isLast) : none
  }

  static let hyphen = UInt8(ascii: "-")
}

/// Finds the boundaries of multiparts within each other, whatever the runs of bytes that they come in.
///
/// A line end before a boundary belongs to it: the scanner withholds line ends until the next line has begun, and a
/// line that may be a boundary until it ends.
struct BoundaryScanner: Sendable {
  enum Piece: Sendable {
    /// Bytes of the run.
    case content(Range<Int>)
    /// Bytes that were withheld.
    case withheld([UInt8])
    /// The boundary of one of the multiparts; `position` is how many bytes come before its line.
    case boundary(Int, isLast: Bool, position: Int)
  }

  /// Bytes of a line; what is longer is no boundary.
  private static let lineLimit = 2_048

  /// The boundaries that are looked for, those of outer multiparts first; empty ones are not.
  ///
  /// The outer one counts where two are the same: it must be seen at any depth (RFC 2046 section 5.1.2).
  var boundaries: [[UInt8]] = [] {
    didSet { isActive = boundaries.contains { !$0.isEmpty } }
  }
  private var isActive = false

  /// The line end that is withheld; a CR alone waits for its LF.
  private var lineEnd: [UInt8] = []
  /// A line that may be a boundary, as far as it has come, or that was given back.
  private var line: [UInt8] = []
  private var isAtLineStart = true
  private var found: (boundary: Int, isLast: Bool)?
  /// Bytes before the run.
  private var position: Int
  private var foundPosition = 0

  init(at position: Int = 0) { self.position = position }

  /// Says that the run is used up; the next one follows.
  mutating func advance(_ count: Int) { position += count }

  /// Where the next piece begins that is not withheld.
  func position(at index: Int) -> Int { position + index - line.count - lineEnd.count }

  /// `bytes` begin a line that is looked at again, with what comes after it: other boundaries are looked for now.
  mutating func giveBack(_ bytes: [UInt8]) {
    (line, lineEnd, found, isAtLineStart) = (bytes, [], nil, true)
  }

  /// The next piece of `run` at or after `index`, which moves after what was taken; nil where the run is used up.
  ///
  /// `keepsLineEnds`: line ends are content even before a boundary, as those of a header are.
  mutating func next(_ run: Span<UInt8>, _ index: inout Int, keepsLineEnds: Bool) -> Piece? {
    while true {
      if let found {
        self.found = nil
        lineEnd = []
        isAtLineStart = true
        return .boundary(found.boundary, isLast: found.isLast, position: foundPosition)
      }
      if !isActive {
        if !lineEnd.isEmpty || !line.isEmpty { return release() }
        guard index < run.count else { return nil }
        let start = index
        index = run.count
        isAtLineStart = run[run.count - 1] == .lineFeed
        return .content(start..<run.count)
      }
      if lineEnd.count == 1, lineEnd[0] == .carriageReturn, line.isEmpty {
        guard index < run.count else { return nil }
        guard run[index] == .lineFeed else { return release() }
        lineEnd.append(.lineFeed)
        index += 1
        isAtLineStart = true
      }
      if isAtLineStart {
        switch decide(run, &index) {
        case nil: return nil
        case true: continue
        case false: isAtLineStart = false
        }
      }
      if !lineEnd.isEmpty || !line.isEmpty { return releaseLine(keepsLineEnds) }
      guard index < run.count else { return nil }
      if let piece = scan(run, &index, keepsLineEnds) { return piece }
    }
  }

  /// What is left where no more bytes follow; nil where nothing is.
  mutating func last() -> Piece? {
    if isAtLineStart, !line.isEmpty, isActive {
      foundPosition = position - line.count
      found = match(line.span)
      if let found {
        (self.found, line, lineEnd) = (nil, [], [])
        return .boundary(found.boundary, isLast: found.isLast, position: foundPosition)
      }
    }
    return lineEnd.isEmpty && line.isEmpty ? nil : release()
  }

  /// Bytes are missing here: what was withheld is text, and what follows begins a line.
  mutating func gap() -> Piece? {
    isAtLineStart = true
    return lineEnd.isEmpty && line.isEmpty ? nil : release()
  }

  // MARK: Lines

  private mutating func release() -> Piece {
    let bytes = lineEnd + line
    (lineEnd, line) = ([], [])
    return .withheld(bytes)
  }

  /// The same for a line that is no boundary: its own line end may come before one.
  private mutating func releaseLine(_ keepsLineEnds: Bool) -> Piece? {
    var bytes = lineEnd + line
    lineEnd = []
    if line.last == .lineFeed {
      isAtLineStart = true
      if !keepsLineEnds {
        let length = line.count > 1 && line[line.count - 2] == .carriageReturn ? 2 : 1
        lineEnd = Array(line.suffix(length))
        bytes.removeLast(length)
      }
    }
    line = []
    return .withheld(bytes)
  }

  /// Whether the line that begins here is a boundary, which is `found` then; nil where more of it must come.
  private mutating func decide(_ run: Span<UInt8>, _ index: inout Int) -> Bool? {
    if line.isEmpty {
      guard index < run.count else { return nil }
      guard run[index] == BoundaryLine.hyphen else { return false }
      if index + 1 < run.count, run[index + 1] != BoundaryLine.hyphen { return false }
      let limit = min(run.count, index + Self.lineLimit)
      if let feed = run.extracting(0..<limit).firstIndex(of: .lineFeed, from: index) {
        found = match(run.extracting(index..<feed))
        guard found != nil else { return false }
        foundPosition = position + index
        index = feed + 1
        return true
      }
      guard run.count - index < Self.lineLimit else { return false }
    } else if let decided = decideLine(before: index) {
      return decided
    }
    // As much of the line as there is, and as may be a boundary.
    let limit = min(run.count, index + Self.lineLimit - line.count)
    let feed = run.extracting(0..<limit).firstIndex(of: .lineFeed, from: index)
    let end = feed.map { $0 + 1 } ?? limit
    line.append(run.extracting(index..<end))
    index = end
    return decideLine(before: index)
  }

  /// The same for the line as far as it has come.
  private mutating func decideLine(before index: Int) -> Bool? {
    guard line[0] == BoundaryLine.hyphen else { return false }
    if line.count > 1, line[1] != BoundaryLine.hyphen { return false }
    guard line.last == .lineFeed else { return line.count < Self.lineLimit ? nil : false }
    foundPosition = position + index - line.count
    found = match(line.span.extracting(0..<line.count - 1))
    guard found != nil else { return false }
    line = []
    return true
  }

  private func match(_ line: Span<UInt8>) -> (boundary: Int, isLast: Bool)? {
    var end = line.count
    if end > 0, line[end - 1] == .carriageReturn { end -= 1 }
    let content = line.extracting(0..<end)
    for place in boundaries.indices where !boundaries[place].isEmpty {
      let (found, isLast) = BoundaryLine.match(content, boundaries[place])
      if found { return (place, isLast) }
    }
    return nil
  }

  /// The text from `index`, in which no boundary begins, up to a line that may be one; nil where there is none of it.
  private mutating func scan(
    _ run: Span<UInt8>, _ index: inout Int, _ keepsLineEnds: Bool
  ) -> Piece? {
    let start = index
    var at = start + 1
    // Hyphens after a line end: other lines are not looked at.
    while let hyphen = run.firstIndex(of: BoundaryLine.hyphen, from: at) {
      at = hyphen + 1
      guard run[hyphen - 1] == .lineFeed else { continue }
      if at < run.count, run[at] != BoundaryLine.hyphen { continue }
      // Lines of hyphens are common where no boundary is: one that lies whole in the run is looked at here.
      let limit = min(run.count, hyphen + Self.lineLimit)
      if let end = run.extracting(0..<limit).firstIndex(of: .lineFeed, from: hyphen),
        match(run.extracting(hyphen..<end)) == nil
      {
        continue
      }
      return endLine(run, start, hyphen, &index, keepsLineEnds)
    }
    if run[run.count - 1] == .lineFeed {
      return endLine(run, start, run.count, &index, keepsLineEnds)
    }
    index = run.count
    var end = run.count
    if !keepsLineEnds, run[end - 1] == .carriageReturn {
      end -= 1
      lineEnd = [.carriageReturn]
    }
    return end > start ? .content(start..<end) : nil
  }

  /// The text from `start` up to a line that begins at `next`.
  private mutating func endLine(
    _ run: Span<UInt8>, _ start: Int, _ next: Int, _ index: inout Int, _ keepsLineEnds: Bool
  ) -> Piece? {
    index = next
    isAtLineStart = true
    var end = next
    if !keepsLineEnds {
      let feed = next - 1
      end = feed > start && run[feed - 1] == .carriageReturn ? feed - 1 : feed
      lineEnd = run.extracting(end..<next).copied
    }
    return end > start ? .content(start..<end) : nil
  }
}

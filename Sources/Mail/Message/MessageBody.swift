import Fields

/// A dot-stuffed message (RFC 5321 section 4.5.2, RFC 1939 section 3), as it goes over the wire.
///
/// Emits what a mail store would hold, in runs of the chunk. Only CRLF begins a line and only CRLF `.` CRLF
/// ends the message; whatever else another receiver might take for the end is reported as a `Candidate`.
public struct MessageBody: Sendable {
  /// A place where a lenient receiver may see the end: a dot alone between two line breaks, not both CRLF.
  public struct Candidate: Sendable, Hashable {
    public enum Break: String, Sendable {
      case crlf = "CRLF"
      case bareLF = "LF"
      case bareCR = "CR"
    }
    public var before: Break
    public var after: Break
    /// Offset of the dot in the body as it went over the wire.
    public var offset: Int
  }
  public enum Stop: Sendable, Hashable {
    /// The chunk is used up, the message goes on.
    case more
    /// The message is over.
    case end
    /// Only with `stopsAtCandidates`: the bytes up to the candidate's dot are out. `resume` goes on as if
    /// it were text.
    case candidate(Candidate)
  }

  private enum State {
    /// After a line break of a kind; the message begins like after CRLF.
    case lineStart(Candidate.Break)
    /// A dot after a line break: not emitted yet.
    case dot(Candidate.Break)
    /// Dot and CR: neither is emitted yet.
    case dotReturn(Candidate.Break)
    case text
    /// A CR that was emitted.
    case textReturn
    case finished
  }

  private var state = State.lineStart(.crlf)
  /// The candidate at which `receive` stopped.
  private var stoppedAt: Candidate?
  /// Bytes taken from the wire so far, and at the start of the line.
  public private(set) var wireCount = 0
  private var lineStart = 0

  /// Whether `receive` returns at a candidate.
  public var stopsAtCandidates: Bool
  /// Bytes of the message as a mail store would hold it.
  public private(set) var size = 0
  /// LFs without CR, and CRs without LF.
  public private(set) var bareLFs = 0
  public private(set) var bareCRs = 0
  /// Offsets on the wire of the first of each.
  public private(set) var firstBareLF: Int?
  public private(set) var firstBareCR: Int?
  /// Lines that ended in CRLF.
  public private(set) var lineCount = 0
  /// The longest line, its line end not counted.
  public private(set) var longestLine = 0
  public private(set) var hasEightBit = false
  public private(set) var hasNUL = false
  public private(set) var candidates: [Candidate] = []
  /// Lines that began with a stuffed dot.
  public private(set) var stuffedLines = 0

  private static let candidateLimit = 100

  public init(stopsAtCandidates: Bool = false) { self.stopsAtCandidates = stopsAtCandidates }

  public var isFinished: Bool {
    if case .finished = state { true } else { false }
  }

  /// Takes bytes of `chunk` from `index`, which moves on to what is after it.
  ///
  /// What belongs to the message goes to `sink` as part of `message`, or nowhere where that is nil.
  public mutating func receive<Sink: MessageSink>(
    _ chunk: Span<UInt8>, from index: inout Int, of message: Int?, to sink: inout Sink
  ) -> Stop {
    let origin = wireCount - index
    var at = index
    var run = index
    defer {
      index = at
      wireCount = origin + at
    }
    while at < chunk.count {
      switch state {
      case .finished: return .end
      case .text:
        var start = at
        at = scan(chunk, from: at)
        // What nearly every line ends in: CRLF, and no dot after it.
        while at + 2 < chunk.count, chunk[at] == .carriageReturn, chunk[at + 1] == .lineFeed,
          chunk[at + 2] != .dot
        {
          endLine(at: origin + at, next: origin + at + 2)
          start = passLines(chunk, from: at + 2, length: at - start)
          lineStart = origin + start
          at = scan(chunk, from: start)
        }
        guard at < chunk.count else { break }
        if chunk[at] == .carriageReturn {
          state = .textReturn
        } else {
          countBareLF(at: origin + at)
          state = .lineStart(.bareLF)
        }
        at += 1
      case .textReturn:
        if chunk[at] == .lineFeed {
          endLine(at: origin + at - 1, next: origin + at + 1)
          state = .lineStart(.crlf)
          at += 1
        } else {
          countBareCR(at: origin + at - 1)
          state = .lineStart(.bareCR)
        }
      case .lineStart(let kind):
        guard chunk[at] == .dot else {
          state = .text
          continue
        }
        emit(chunk.extracting(run..<at), of: message, to: &sink)
        at += 1
        run = at
        state = .dot(kind)
      case .dot(let kind):
        switch chunk[at] {
        case .carriageReturn:
          at += 1
          run = at
          state = .dotReturn(kind)
        case .lineFeed:
          let found = Candidate(before: kind, after: .bareLF, offset: origin + at - 1)
          at += 1
          run = at
          if note(found, of: message, to: &sink) { return .candidate(found) }
        default:
          if kind == .crlf {
            stuffedLines += 1
          } else {
            emit(Self.dot, of: message, to: &sink)
          }
          state = .text
        }
      case .dotReturn(let kind):
        let feed = chunk[at] == .lineFeed
        if feed { at += 1 }
        run = at
        if feed, kind == .crlf {
          state = .finished
          return .end
        }
        let found = Candidate(
          before: kind, after: feed ? .crlf : .bareCR, offset: origin + at - (feed ? 3 : 2))
        if note(found, of: message, to: &sink) { return .candidate(found) }
      }
    }
    switch state {
    case .text, .textReturn, .lineStart:
      emit(chunk.extracting(run..<at), of: message, to: &sink)
    case .dot, .dotReturn, .finished: break
    }
    return .more
  }

  /// Goes on after a candidate as if it were text, which it is for a strict receiver.
  public mutating func resume<Sink: MessageSink>(of message: Int?, to sink: inout Sink) {
    guard let found = stoppedAt else { return }
    stoppedAt = nil
    if found.before != .crlf { emit(Self.dot, of: message, to: &sink) }
    switch found.after {
    case .crlf:
      emit(Self.crlf, of: message, to: &sink)
      endLine(at: found.offset + 1, next: found.offset + 3)
    case .bareLF:
      emit(Self.lineFeed, of: message, to: &sink)
      countBareLF(at: found.offset + 1)
    case .bareCR:
      emit(Self.carriageReturn, of: message, to: &sink)
      countBareCR(at: found.offset + 1)
    }
    state = .lineStart(found.after)
  }

  /// The receiver took the candidate at which `receive` stopped for the end.
  public mutating func finishAtCandidate() {
    stoppedAt = nil
    state = .finished
  }

  /// `length` bytes are missing: what follows them is taken for the start of a line.
  public mutating func gap<Sink: MessageSink>(
    _ length: Int, of message: Int?, to sink: inout Sink
  ) {
    flush(of: message, to: &sink)
    if let message { sink.gap(length, in: message) }
    wireCount += length
    lineStart = wireCount
    state = .lineStart(.crlf)
  }

  /// The stream ends within the message: what was withheld belongs to it.
  public mutating func flush<Sink: MessageSink>(of message: Int?, to sink: inout Sink) {
    resume(of: message, to: &sink)
    switch state {
    case .dotReturn(let kind):
      if kind != .crlf { emit(Self.dot, of: message, to: &sink) }
      emit(Self.carriageReturn, of: message, to: &sink)
    case .dot(let kind) where kind != .crlf: emit(Self.dot, of: message, to: &sink)
    default: break
    }
    if !isFinished { state = .text }
  }

  private static let dot: [UInt8] = [.dot]
  private static let crlf: [UInt8] = [.carriageReturn, .lineFeed]
  private static let lineFeed: [UInt8] = [.lineFeed]
  private static let carriageReturn: [UInt8] = [.carriageReturn]

  /// Remembers a candidate; true where the caller wants to stop there.
  private mutating func note<Sink: MessageSink>(
    _ found: Candidate, of message: Int?, to sink: inout Sink
  ) -> Bool {
    if candidates.count < Self.candidateLimit { candidates.append(found) }
    stoppedAt = found
    guard stopsAtCandidates else {
      resume(of: message, to: &sink)
      return false
    }
    return true
  }

  private mutating func emit<Sink: MessageSink>(
    _ bytes: [UInt8], of message: Int?, to sink: inout Sink
  ) { emit(bytes.span, of: message, to: &sink) }

  private mutating func emit<Sink: MessageSink>(
    _ bytes: Span<UInt8>, of message: Int?, to sink: inout Sink
  ) {
    guard !bytes.isEmpty else { return }
    size += bytes.count
    if let message { sink.receive(bytes, of: message) }
  }

  private mutating func endLine(at end: Int, next: Int) {
    lineCount += 1
    longestLine = max(longestLine, end - lineStart)
    lineStart = next
  }

  private mutating func countBareLF(at offset: Int) {
    bareLFs += 1
    if firstBareLF == nil { firstBareLF = offset }
    endLine(at: offset, next: offset + 1)
  }

  private mutating func countBareCR(at offset: Int) {
    bareCRs += 1
    if firstBareCR == nil { firstBareCR = offset }
  }

  /// The first CR or LF at or after `start`. 32 bytes are looked at together; the first of them that is a control character
  /// is nearly always what is looked for.
  private mutating func scan(_ chunk: Span<UInt8>, from start: Int) -> Int {
    var at = start
    var bits = SIMD4<UInt64>()
    defer { if !hasEightBit { hasEightBit = !(bits & SIMD4(repeating: UInt64.highBits)).isZero } }
    while at &+ 32 <= chunk.count {
      let words = chunk.words(at: at)
      let controls = words.lowControls
      if controls.isZero {
        bits |= words
        at &+= 32
        continue
      }
      let end = at &+ controls.firstMarked
      // Only what is before the control character has been seen.
      if !(words & SIMD4(repeating: UInt64.highBits)).isZero { noteEightBit(chunk, at, end) }
      at = end
      if endsLine(chunk[at]) { return at }
      at &+= 1
    }
    while at < chunk.count {
      let byte = chunk[at]
      if byte < 0x10, endsLine(byte) { break }
      if byte >= 0x80 { hasEightBit = true }
      at &+= 1
    }
    return at
  }

  /// Passes over the lines from `start` on that are as long as the one before them, as those of encoded content are, and
  /// after which no dot follows; returns where the next one begins.
  private mutating func passLines(_ chunk: Span<UInt8>, from first: Int, length: Int) -> Int {
    guard length >= 32 else { return first }
    var (start, end) = (first, first &+ length)
    var bits = SIMD4<UInt64>()
    while end &+ 2 < chunk.count, chunk[end] == .carriageReturn, chunk[end &+ 1] == .lineFeed,
      chunk[end &+ 2] != .dot
    {
      // The last 32 bytes begin among those that were looked at.
      var line = chunk.words(at: end &- 32)
      var controls = line.lowControls
      while start < end &- 32 {
        let words = chunk.words(at: start)
        controls |= words.lowControls
        line |= words
        start &+= 32
      }
      start = end &- length
      guard controls.isZero else { break }
      bits |= line
      lineCount &+= 1
      (start, end) = (end &+ 2, end &+ 2 &+ length)
    }
    if start > first { longestLine = max(longestLine, length) }
    if !(bits & SIMD4(repeating: UInt64.highBits)).isZero { hasEightBit = true }
    return start
  }

  private mutating func noteEightBit(_ chunk: Span<UInt8>, _ start: Int, _ end: Int) {
    if hasEightBit { return }
    for index in start..<end where chunk[index] >= 0x80 { hasEightBit = true }
  }

  /// Whether a control character ends a line; notes one that should not be there.
  private mutating func endsLine(_ byte: UInt8) -> Bool {
    if byte == 0 { hasNUL = true }
    return byte == .carriageReturn || byte == .lineFeed
  }
}

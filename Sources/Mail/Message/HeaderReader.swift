import Fields

/// Cuts the header of a message into its fields, whatever the runs of bytes that it comes in.
///
/// Only the field at hand is kept, up to a limit. Whoever wants to know something of the header takes the events:
/// several readers may, at once.
public struct HeaderReader: Sendable {
  public enum Event: Sendable {
    case field(HeaderField)
    /// The header is over; `body` is the offset of the first byte that is not part of it.
    case end(End, body: Int)
  }

  public enum End: Sendable, Hashable {
    /// The empty line that should be there.
    case emptyLine
    /// A line that can be no field: the body begins without an empty line.
    case noField
    /// Bytes are missing: whether what follows is still header cannot be known.
    case gap
    /// The message ends within its header.
    case endOfMessage
  }

  /// What counts as a field: mail has one answer, Wireshark's tree others.
  struct Syntax: Sendable {
    enum Name: Sendable {
      /// Printable ASCII, with blanks before the colon at most (RFC 5322 sections 2.2 and 4.5).
      case printable
      /// Whatever comes before a colon in the field's lines.
      case anyInField
      /// Whatever comes before the next colon of the message, empty lines included.
      case anyBeforeColon
    }
    var name: Name
    /// CR alone ends a line, as LF does.
    var endsLinesAtCR: Bool

    static let internet = Self(name: .printable, endsLinesAtCR: false)
  }

  /// Bytes of one field that are kept.
  public static let fieldLimit = 256 << 10
  /// Most fields have no more bytes than this.
  private static let usualLength = 80
  /// Bytes before a colon, as many as a line may have: what is longer is no name.
  static let nameLimit = 998

  private enum State: Sendable {
    case lineStart
    /// A CR where a line begins: LF makes it the empty line.
    case emptyLineCR
    case name
    /// Blanks after a name, where obsolete syntax allows them.
    case afterName
    case value
    /// After a CR that ends a line.
    case valueCR
    /// Within a line that is no field, and no reason to end the header.
    case ignored
    case done
  }

  private let syntax: Syntax
  /// Bytes of a field that are kept here.
  private let limit: Int
  private var state = State.lineStart
  /// Bytes of the message before the next one.
  private(set) var position: Int
  /// The field at hand: where it begins, what is kept of it.
  private var start = 0
  private var colon: Int?
  private var isOpen = false
  private var kept: [UInt8] = []
  private var dropped = 0
  /// Where the last line of the field at hand begins, in `kept`.
  private var lastLine = 0
  private var fieldCount = 0
  /// Lines that are no field, but do not end the header either: continuation lines of nothing, `From ` of a mailbox
  /// file, a colon without a name.
  public private(set) var ignoredLines = 0
  /// Fields of which bytes were dropped.
  public private(set) var longFields = 0

  public init() { self.init(.internet) }

  /// A header whose first byte is at `position` of the message.
  init(_ syntax: Syntax, at position: Int = 0, limit: Int = Self.fieldLimit) {
    self.syntax = syntax
    self.position = position
    self.limit = limit
  }

  public var isDone: Bool { state == .done }

  /// Takes the next bytes of the message; returns how many of them are header.
  ///
  /// The bytes of a line that turned out to be no field are the body's: what was taken of it before is `unread`.
  @discardableResult
  public mutating func receive(_ run: Span<UInt8>, emit: (Event) -> Void) -> Int {
    var index = 0
    while index < run.count, state != .done {
      let byte = run[index]
      switch state {
      case .lineStart:
        if isOpen {
          let mustGoOn = syntax.name == .anyBeforeColon && colon == nil
          if byte.isBlank || mustGoOn {
            lastLine = kept.count
            state = colon == nil ? .name : .value
            continue
          }
          guard close(emit) else { break }
        }
        beginLine(with: byte, &index, emit)
      case .emptyLineCR:
        if byte == .lineFeed || syntax.endsLinesAtCR {
          let length = byte == .lineFeed ? 1 : 0
          index += length
          position += length
          finish(.emptyLine, body: position, emit)
        } else {
          finish(.noField, body: position - 1, emit)
        }
      case .name, .afterName: takeName(byte, &index, emit)
      case .value:
        let end = lineEnd(in: run, from: index)
        keep(run.extracting(index..<end))
        position += end - index
        index = end
        guard index < run.count else { break }
        keep(run.extracting(index..<index + 1))
        state = run[index] == .lineFeed ? .lineStart : .valueCR
        index += 1
        position += 1
      case .valueCR:
        if byte == .lineFeed {
          keep(run.extracting(index..<index + 1))
          index += 1
          position += 1
        }
        state = .lineStart
      case .ignored:
        let end = run.firstIndex(of: .lineFeed, from: index).map { $0 + 1 }
        position += (end ?? run.count) - index
        index = end ?? run.count
        if end != nil { state = .lineStart }
      case .done: break
      }
    }
    return index
  }

  /// Bytes are missing here. The line that was cut is no part of a field.
  public mutating func gap(emit: (Event) -> Void) {
    guard state != .done else { return }
    switch state {
    case .value, .valueCR:
      kept.removeLast(max(0, kept.count - lastLine))
      if lastLine > 0 { emitField(isTerminated: false, emit) }
    case .lineStart where isOpen: emitField(isTerminated: true, emit)
    default: break
    }
    finish(.gap, body: position, emit)
  }

  /// The message ends here.
  public mutating func finish(emit: (Event) -> Void) {
    guard state != .done else { return }
    switch state {
    case .lineStart where isOpen:
      guard close(emit) else { return }
    case .name, .afterName: return finish(.noField, body: start, emit)
    case .emptyLineCR:
      if syntax.endsLinesAtCR { return finish(.emptyLine, body: position, emit) }
      return finish(.noField, body: position - 1, emit)
    case .valueCR: emitField(isTerminated: true, emit)
    case .value: emitField(isTerminated: false, emit)
    default: break
    }
    finish(.endOfMessage, body: position, emit)
  }

  /// Bytes that `receive` took and that belong to the body, where the header ended in `noField`.
  public private(set) var unread: [UInt8] = []

  // MARK: Lines

  private mutating func beginLine(with byte: UInt8, _ index: inout Int, _ emit: (Event) -> Void) {
    let mayBeEmpty = syntax.name != .anyBeforeColon || fieldCount > 0
    if mayBeEmpty, byte == .lineFeed {
      index += 1
      position += 1
      return finish(.emptyLine, body: position, emit)
    }
    if mayBeEmpty, byte == .carriageReturn {
      index += 1
      position += 1
      state = .emptyLineCR
      return
    }
    if syntax.name == .printable, byte.isBlank || byte == UInt8(ascii: ":") {
      ignoredLines += 1
      state = .ignored
      return
    }
    (start, colon, isOpen, kept, dropped, lastLine) = (position, nil, true, [], 0, 0)
    kept.reserveCapacity(min(limit, Self.usualLength))
    state = .name
  }

  private mutating func takeName(_ byte: UInt8, _ index: inout Int, _ emit: (Event) -> Void) {
    if byte == UInt8(ascii: ":") {
      colon = position
      state = .value
    } else if syntax.name != .printable {
      if byte == .lineFeed || byte == .carriageReturn && syntax.endsLinesAtCR {
        state = byte == .lineFeed ? .lineStart : .valueCR
      }
    } else if byte.isBlank, !kept.isEmpty {
      state = .afterName
    } else if state == .afterName, isMailboxSeparator {
      ignoredLines += 1
      (state, isOpen) = (.ignored, false)
      return
    } else if state == .afterName || !(0x21...0x7E).contains(byte) || kept.count >= Self.nameLimit {
      return finish(.noField, body: start, emit)
    }
    if kept.count < limit { kept.append(byte) } else { dropped += 1 }
    index += 1
    position += 1
  }

  /// Whether the line begins as those that part the messages of a mailbox file: `From ann@example.org …`.
  private var isMailboxSeparator: Bool {
    fieldCount == 0 && ignoredLines == 0
      && (kept.elementsEqual("From ".utf8) || kept.elementsEqual(">From ".utf8))
  }

  /// Ends the field at hand, whose lines are complete; false where it was none, which ends the header.
  private mutating func close(_ emit: (Event) -> Void) -> Bool {
    guard colon != nil else {
      finish(.noField, body: start, emit)
      return false
    }
    emitField(isTerminated: true, emit)
    return true
  }

  private mutating func emitField(isTerminated: Bool, _ emit: (Event) -> Void) {
    guard let colon else { return }
    if isTerminated, dropped == 0 {
      if kept.last == .lineFeed { kept.removeLast() }
      if kept.last == .carriageReturn { kept.removeLast() }
    }
    if dropped > 0 { longFields += 1 }
    fieldCount += 1
    isOpen = false
    emit(
      .field(
        HeaderField(
          start: start, colon: colon, end: position, isTerminated: isTerminated, bytes: kept,
          dropped: dropped)))
  }

  private mutating func finish(_ end: End, body: Int, _ emit: (Event) -> Void) {
    if end == .noField {
      unread = state == .emptyLineCR ? [.carriageReturn] : kept
    }
    state = .done
    (isOpen, kept) = (false, [])
    emit(.end(end, body: body))
  }

  private func lineEnd(in run: Span<UInt8>, from index: Int) -> Int {
    let feed = run.firstIndex(of: .lineFeed, from: index) ?? run.count
    guard syntax.endsLinesAtCR else { return feed }
    return run.extracting(0..<feed).firstIndex(of: .carriageReturn, from: index) ?? feed
  }

  private mutating func keep(_ bytes: Span<UInt8>) {
    let room = min(bytes.count, max(0, limit - kept.count))
    kept.append(bytes.extracting(first: room))
    dropped += bytes.count - room
  }
}

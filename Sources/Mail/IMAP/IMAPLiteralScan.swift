import Fields

/// Looks within a literal of the server for what comes after it: a literal that is announced too long has its command's
/// completion in it.
///
/// That is a line that may follow a literal, `)` at its end, then lines of responses, the last of them the completion of
/// a command that waits. Message text may have such lines too: only what follows the literal, or that nothing does, says
/// which of the two it is.
struct LiteralScan: Sendable {
  enum Found: Sendable {
    /// These bytes are of the literal.
    case text
    /// These may be what follows it.
    case candidate
    /// The candidate was text, and these bytes with it.
    case refuted
    /// They end the completion of a command.
    case completion
  }
  private enum State: Sendable {
    case lineStart
    case text
    /// A line that may follow a literal.
    case tail
    /// Lines of responses after that.
    case responses
    case found
  }

  private var state = State.lineStart
  /// The line at hand of a candidate.
  private var line: [UInt8] = []
  private static let lineLimit = 1024

  /// Takes bytes from `index` on, which moves on; says what the bytes that it passed are.
  mutating func next(
    in bytes: Span<UInt8>, from index: inout Int, completes: (Span<UInt8>) -> Bool
  ) -> Found {
    switch state {
    case .lineStart, .text: return nextText(in: bytes, from: &index)
    case .found:
      keepLastLine(bytes.extracting(index...))
      index = bytes.count
      return .candidate
    case .tail, .responses:
      let feed = bytes.firstIndex(of: .lineFeed, from: index)
      let end = feed.map { $0 + 1 } ?? bytes.count
      line.append(bytes.extracting(index..<end))
      index = end
      guard feed != nil, line.count <= Self.lineLimit else {
        if line.count <= Self.lineLimit { return .candidate }
        return refute(as: feed == nil ? .text : .lineStart)
      }
      return endLine(completes)
    }
  }

  /// Text up to the first line that may follow a literal.
  private mutating func nextText(in bytes: Span<UInt8>, from index: inout Int) -> Found {
    while index < bytes.count {
      if case .lineStart = state {
        if bytes[index] == UInt8(ascii: ")") || bytes[index] == .space {
          state = .tail
          break
        }
        state = .text
      }
      guard let feed = bytes.firstIndex(of: .lineFeed, from: index) else {
        index = bytes.count
        break
      }
      state = .lineStart
      index = feed + 1
    }
    return .text
  }

  private mutating func endLine(_ completes: (Span<UInt8>) -> Bool) -> Found {
    var end = line.count - 1
    if end > 0, line[end - 1] == .carriageReturn { end -= 1 }
    let isPlausible: Bool
    if case .tail = state {
      isPlausible = end > 0 && line[end - 1] == UInt8(ascii: ")")
      state = .responses
    } else if completes(line.span.extracting(first: end)) {
      state = .found
      line = []
      return .completion
    } else {
      isPlausible =
        line.starts(with: "* ".utf8) && IMAPGrammar.beginsResponse(line.span.extracting(first: end))
    }
    guard isPlausible else { return refute(as: .lineStart) }
    line.removeAll(keepingCapacity: true)
    return .candidate
  }

  /// The literal is over as it was announced. Does the line that follows, which may follow a literal or not, end what was
  /// taken for what comes after it?
  func isConfirmed(
    by next: [UInt8], mayFollow: Bool, completes: (Span<UInt8>) -> Bool
  ) -> Bool {
    var whole = line + next
    if whole.last == .carriageReturn { whole.removeLast() }
    switch state {
    case .tail: return !mayFollow && whole.last == UInt8(ascii: ")")
    case .found where line.isEmpty: return !mayFollow
    case .responses, .found:
      // What goes on within a literal's response is closed as that is.
      if completes(whole.span) { return !mayFollow || next.last != UInt8(ascii: ")") }
      guard whole.starts(with: "* ".utf8), IMAPGrammar.beginsResponse(whole.span) else {
        return false
      }
      // No item of FETCH begins with a number.
      return !mayFollow || state == .found || whole.count > 2 && whole[2].isASCIIDigit
    case .lineStart, .text: return false
    }
  }

  /// The line at hand, of what comes after a completion.
  private mutating func keepLastLine(_ bytes: Span<UInt8>) {
    for index in bytes.indices {
      if bytes[index] == .lineFeed {
        line.removeAll(keepingCapacity: true)
      } else if line.count <= Self.lineLimit {
        line.append(bytes[index])
      }
    }
  }

  private mutating func refute(as next: State) -> Found {
    state = next
    line.removeAll(keepingCapacity: true)
    return .refuted
  }

  /// What was found was text after all.
  mutating func forget() { _ = refute(as: .text) }
}

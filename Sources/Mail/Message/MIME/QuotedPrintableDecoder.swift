import Fields

/// Quoted-printable (RFC 2045 section 6.7), as its bytes come. What is no escape stays as it was sent.
struct QuotedPrintableDecoder: Sendable {
  private static let escape = UInt8(ascii: "=")
  /// Blanks that wait for the line end that would make them padding; a longer run is text.
  private static let blankLimit = 1_024

  /// What is not decided: `=` with what may make it an escape or a soft line break, or blanks that may end a line.
  private var pending: [UInt8] = []
  /// Escapes without two hexadecimal digits.
  private(set) var badEscapes = 0

  mutating func receive(_ bytes: Span<UInt8>, into output: inout [UInt8]) {
    var index = 0
    while index < bytes.count {
      if !pending.isEmpty {
        takePending(bytes[index], &index, into: &output)
        continue
      }
      let end = Self.textEnd(of: bytes, from: index)
      output.append(bytes.extracting(index..<end))
      index = end
      if index < bytes.count, !takeWhole(bytes, &index, into: &output) {
        pending.append(bytes[index])
        index += 1
      }
    }
  }

  /// The data ends, or bytes are missing: what waits is decided.
  mutating func finish(into output: inout [UInt8]) {
    if pending.first == Self.escape {
      // A soft line break of which the end is missing.
      if pending.count == 1 || pending[1].isFolding { return pending = [] }
      badEscapes += 1
      output += pending
    } else {
      // Blanks at the end of the data are padding too; a CR is a line end.
      output += pending.filter { $0 == .carriageReturn }
    }
    pending = []
  }

  /// The first byte at or after `start` that is not simply text: an escape, a blank before a line end, or one of which
  /// the next byte must be known.
  private static func textEnd(of bytes: Span<UInt8>, from start: Int) -> Int {
    var at = start
    var textStart = start
    while true {
      while at + 8 <= bytes.count {
        let word = bytes.word(at: at)
        let hits = word.bytes(equalTo: escape) | word.bytes(equalTo: .lineFeed)
        if hits != 0 {
          at += hits.trailingZeroBitCount / 8
          break
        }
        at += 8
      }
      while at < bytes.count, bytes[at] != escape, bytes[at] != .lineFeed { at += 1 }
      guard at < bytes.count else { break }
      if bytes[at] == escape { return at }
      let end = withoutPadding(bytes, textStart, at)
      if end < at, bytes[end].isBlank { return end }
      at += 1
      textStart = at
    }
    return withoutPadding(bytes, textStart, at)
  }

  /// Where the blanks, and the CR, before `end` begin.
  private static func withoutPadding(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
    var at = end
    if at > start, bytes[at - 1] == .carriageReturn { at -= 1 }
    while at > start, bytes[at - 1].isBlank { at -= 1 }
    return at
  }

  /// Takes an escape or padding that lies whole in the run; false where its end may be missing.
  private mutating func takeWhole(
    _ bytes: Span<UInt8>, _ index: inout Int, into output: inout [UInt8]
  ) -> Bool {
    guard index + 2 < bytes.count, bytes[index] == Self.escape else { return false }
    let (first, second) = (bytes[index + 1], bytes[index + 2])
    if let high = first.hexadecimalValue, let low = second.hexadecimalValue {
      output.append(high << 4 | low)
      index += 3
      return true
    }
    if first == .carriageReturn, second == .lineFeed {
      index += 3
      return true
    }
    if first.hexadecimalValue == nil, !first.isFolding {
      badEscapes += 1
      output.append(Self.escape)
      index += 1
      return true
    }
    return false
  }

  private mutating func takePending(
    _ byte: UInt8, _ index: inout Int, into output: inout [UInt8]
  ) {
    let isEscape = pending[0] == Self.escape
    let last = pending[pending.count - 1]
    if byte == .lineFeed {
      // A soft line break, or a line end with padding before it.
      if isEscape, pending.count > 1, !pending[1].isFolding {
        badEscapes += 1
        output += pending
        output.append(byte)
      } else if !isEscape {
        if last == .carriageReturn { output.append(last) }
        output.append(byte)
      }
      pending = []
      index += 1
      return
    }
    if isEscape, pending.count == 1, byte.hexadecimalValue != nil {
      pending.append(byte)
      index += 1
      return
    }
    if isEscape, pending.count == 2, let high = pending[1].hexadecimalValue {
      if let low = byte.hexadecimalValue {
        output.append(high << 4 | low)
        index += 1
      } else {
        badEscapes += 1
        output += pending
      }
      pending = []
      return
    }
    let mayEndLine = byte.isBlank || byte == .carriageReturn
    if mayEndLine, last != .carriageReturn, pending.count < Self.blankLimit {
      pending.append(byte)
      index += 1
      return
    }
    // It was no line end: the text stays, and what came last may begin an end again.
    if isEscape { badEscapes += 1 }
    output += pending
    pending = []
  }
}

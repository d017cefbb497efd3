import Fields

/// uuencode (POSIX.1, `uuencode`) as its bytes come, from its `begin` line to its `end`.
struct UUDecoder: Sendable {
  private enum State: Sendable {
    case before
    case data
    case ended
  }
  /// Bytes of a line that are kept: 61 make a full one.
  private static let lineLimit = 1_024

  private var state: State
  private var line: [UInt8] = []
  /// Lines of the data that were no such lines.
  private(set) var badLines = 0

  /// `hasBegun`: the line that begins the data was read already.
  init(hasBegun: Bool = false) { state = hasBegun ? .data : .before }

  var hasEnded: Bool { state == .ended }

  mutating func receive(_ bytes: Span<UInt8>, into output: inout [UInt8]) {
    var index = 0
    while index < bytes.count, state != .ended {
      let feed = bytes.firstIndex(of: .lineFeed, from: index)
      let end = feed ?? bytes.count
      let room = max(0, Self.lineLimit - line.count)
      line.append(bytes.extracting(index..<min(end, index + room)))
      index = end
      guard feed != nil else { return }
      index += 1
      takeLine(into: &output)
    }
  }

  /// The data ends, or bytes are missing: of the line at hand there is no more.
  mutating func finish(into output: inout [UInt8]) {
    if !line.isEmpty { takeLine(isCut: true, into: &output) }
  }

  private mutating func takeLine(isCut: Bool = false, into output: inout [UInt8]) {
    if line.last == .carriageReturn { line.removeLast() }
    defer { line.removeAll(keepingCapacity: true) }
    if state == .before {
      if UUHeader(line.span) != nil { state = .data }
    } else if line.elementsEqual("end".utf8) {
      state = .ended
    } else if !Self.decode(line.span, isCut: isCut, into: &output) {
      badLines += 1
    }
  }

  /// Decodes a line of data; false where it is none: nothing was decoded then.
  ///
  /// Blanks at its end may have been lost on the way, or a check digit may follow. Where it was cut, there are no more
  /// bytes than its digits make.
  static func decode(
    _ line: Span<UInt8>, isCut: Bool = false, into output: inout [UInt8]
  ) -> Bool {
    guard isData(line) else { return false }
    var wanted = Int(value(line[0]))
    if isCut { wanted = min(wanted, (line.count - 1) * 3 / 4) }
    var place = 1
    while wanted > 0 {
      var group: UInt32 = 0
      for offset in 0..<4 {
        let at = place + offset
        group = group << 6 | UInt32(at < line.count ? value(line[at]) : 0)
      }
      output.append(UInt8(truncatingIfNeeded: group >> 16))
      if wanted > 1 { output.append(UInt8(truncatingIfNeeded: group >> 8)) }
      if wanted > 2 { output.append(UInt8(truncatingIfNeeded: group)) }
      wanted -= 3
      place += 4
    }
    return true
  }

  /// Whether a line has all the digits that its bytes need: those that only fill up the last group are blanks, which
  /// may have been lost on the way.
  static func isWhole(_ line: Span<UInt8>) -> Bool {
    isData(line) && line.count - 1 >= (Int(value(line[0])) * 4 + 2) / 3
  }

  /// Whether a line may be data: it has not more digits than it says.
  static func isData(_ line: Span<UInt8>) -> Bool {
    guard line.count > 0 else { return false }
    for index in line.indices where !(0x20...0x60).contains(line[index]) { return false }
    let wanted = Int(value(line[0]))
    let digits = (wanted + 2) / 3 * 4
    // Blanks that were lost, of which there are fewer than digits; a check digit, and padding.
    return line.count - 1 <= digits + 2 && (wanted == 0 || line.count > 1)
  }

  private static func value(_ digit: UInt8) -> UInt8 { (digit &- 0x20) & 0x3F }
}

/// The line that begins uuencoded data: `begin 644 report.doc`.
struct UUHeader: Sendable {
  let name: String

  init?(_ line: Span<UInt8>) {
    guard line.hasPrefix("begin ") else { return nil }
    var place = 6
    var digits = 0
    while place < line.count, (0x30...0x37).contains(line[place]) {
      place += 1
      digits += 1
    }
    guard (3...4).contains(digits), place < line.count, line[place].isBlank else { return nil }
    name = line.extracting(droppingFirst: place).trimmed.text
    guard !name.isEmpty else { return nil }
  }
}

extension Span<UInt8> {
  /// True where the first bytes are `mark`.
  func hasPrefix(_ mark: StaticString) -> Bool {
    guard count >= mark.utf8CodeUnitCount else { return false }
    var index = 0
    for byte in mark.description.utf8 {
      if self[index] != byte { return false }
      index += 1
    }
    return true
  }
}

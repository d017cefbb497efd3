import Fields

/// A file within the content of a part.
struct EmbeddedFile: Sendable {
  var name: String?
  var contentType: String?
  var contentID: String?
  /// How it was encoded, as a Content-Transfer-Encoding would say it.
  let encoding: String?

  init(name: String? = nil, encoding: String?) { (self.name, self.encoding) = (name, encoding) }

  /// What happens to the files within a part.
  enum Event: Sendable {
    case begin(EmbeddedFile)
    /// More is known of it.
    case change(EmbeddedFile)
    /// Comes after the last of its bytes.
    case end(ContentProblems)
  }
}

/// Finds uuencoded and yEnc files in a text, line by line.
struct EmbeddedFiles: Sendable {
  private enum State: Sendable {
    case text
    /// A line that may begin uuencoded data; the next one decides.
    case header(String)
    case uuencode
    case yEnc(YEncDecoder)
  }
  /// Bytes of a line that are looked at.
  private static let lineLimit = 1_024

  private var state = State.text
  private var isAtLineStart = true
  /// A line that is looked at, as far as it has come.
  private var line: [UInt8] = []
  private var isCollecting = false
  /// The first bytes of a file whose beginning was said: they come after it.
  private var firstBytes: [UInt8] = []

  /// The next event in `bytes`, from `index` on; nil where they are used up. The bytes of the file that is open go to
  /// `output`.
  mutating func next(
    _ bytes: Span<UInt8>, _ index: inout Int, into output: inout [UInt8]
  ) -> EmbeddedFile.Event? {
    output += firstBytes
    firstBytes = []
    while index < bytes.count {
      if case .yEnc(var decoder) = state {
        state = .text
        let hasEnded = decoder.receive(bytes, &index, into: &output)
        if hasEnded {
          isAtLineStart = true
          return .end(decoder.problems)
        }
        state = .yEnc(decoder)
        continue
      }
      guard collect(bytes, &index) else { continue }
      let event = takeLine(into: &output)
      line.removeAll(keepingCapacity: true)
      if let event { return event }
    }
    return nil
  }

  /// The text ends, or bytes of it are missing.
  mutating func finish(into output: inout [UInt8]) -> EmbeddedFile.Event? {
    defer { self = Self() }
    switch state {
    case .text, .header: return nil
    case .uuencode:
      if line.last == .carriageReturn { line.removeLast() }
      var problems = ContentProblems()
      if !line.elementsEqual("end".utf8) {
        _ = UUDecoder.decode(line.span, isCut: true, into: &output)
        problems.add(.messageBadUUEncode, "no end")
        problems.isIncomplete = true
      }
      return .end(problems)
    case .yEnc(let decoder): return .end(decoder.problems)
    }
  }

  /// Takes the line that begins here, or passes one over that is of no interest; true where one is complete.
  private mutating func collect(_ bytes: Span<UInt8>, _ index: inout Int) -> Bool {
    if isAtLineStart {
      isAtLineStart = false
      isCollecting = true
      if case .text = state {
        isCollecting = bytes[index] == UInt8(ascii: "b") || bytes[index] == UInt8(ascii: "=")
      }
    }
    let feed = bytes.firstIndex(of: .lineFeed, from: index)
    let end = feed ?? bytes.count
    if isCollecting {
      let room = Self.lineLimit - line.count
      line.append(bytes.extracting(index..<min(end, index + room)))
    }
    index = end
    guard feed != nil else { return false }
    index += 1
    isAtLineStart = true
    if line.last == .carriageReturn { line.removeLast() }
    return isCollecting
  }

  private mutating func takeLine(into output: inout [UInt8]) -> EmbeddedFile.Event? {
    switch state {
    case .uuencode:
      if line.elementsEqual("end".utf8) {
        state = .text
        return .end(ContentProblems())
      }
      if line.isEmpty || UUDecoder.decode(line.span, into: &output) { return nil }
      state = .text
      var problems = ContentProblems()
      problems.add(.messageBadUUEncode, "a line that is no data, and no end")
      problems.isIncomplete = true
      return .end(problems)
    case .header(let name) where UUDecoder.isWhole(line.span):
      var decoded: [UInt8] = []
      _ = UUDecoder.decode(line.span, into: &decoded)
      firstBytes = decoded
      state = .uuencode
      return .begin(EmbeddedFile(name: name, encoding: "x-uuencode"))
    case .text, .header:
      state = .text
      if let header = UUHeader(line.span) {
        state = .header(header.name)
      } else if let decoder = YEncDecoder(line.span) {
        state = .yEnc(decoder)
        return .begin(EmbeddedFile(name: decoder.name, encoding: "x-yenc"))
      }
      return nil
    case .yEnc: return nil
    }
  }
}

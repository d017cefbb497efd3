import Fields

/// Joins the lines of a text in `format=flowed` to paragraphs (RFC 3676), as its bytes come, in UTF-8.
public struct FlowedText: Sendable {
  /// Bytes of a line that are kept; what is longer is no line of a flowed text, and passes as it is.
  private static let lineLimit = 4_096

  private let deletesSpaces: Bool
  private var line: [UInt8] = []
  /// The start of a line was written that is longer than the limit.
  private var isLong = false
  /// How deep the paragraph at hand is quoted; nil where none is open.
  private var openDepth: Int?

  /// nil where the part is no such text.
  public init?(_ part: MessagePart) {
    func has(_ name: String, _ value: String) -> Bool {
      part.parameters.contains { $0.name == name && $0.value.equals(ignoringCase: value) }
    }
    guard part.contentType == "text/plain", has("format", "flowed") else { return nil }
    deletesSpaces = has("delsp", "yes")
  }

  public mutating func receive(_ bytes: Span<UInt8>, into text: inout [UInt8]) {
    var index = 0
    while index < bytes.count {
      let feed = bytes.firstIndex(of: .lineFeed, from: index)
      let end = feed.map { $0 + 1 } ?? bytes.count
      line.append(bytes.extracting(index..<end))
      index = end
      if isLong || line.count > Self.lineLimit {
        if !isLong { endParagraph(into: &text) }
        text += line
        line = []
        isLong = feed == nil
      } else if feed != nil {
        takeLine(into: &text)
      }
    }
  }

  /// The text ends.
  public mutating func finish(into text: inout [UInt8]) {
    if !line.isEmpty {
      takeLine(into: &text)
      // Its own line end was not there.
      if openDepth == nil, text.last == .lineFeed { text.removeLast() }
    }
    openDepth = nil
  }

  private mutating func takeLine(into text: inout [UInt8]) {
    defer { line.removeAll(keepingCapacity: true) }
    if line.last == .lineFeed { line.removeLast() }
    if line.last == .carriageReturn { line.removeLast() }
    let depth = line.prefix { $0 == UInt8(ascii: ">") }.count
    var content = line[depth...]
    // A space was put before what would be taken for a quote, or for something else.
    if content.first == .space { content.removeFirst() }
    let isSignature = content.elementsEqual("-- ".utf8)
    if openDepth != depth || isSignature {
      endParagraph(into: &text)
      if depth > 0 {
        text += Array(repeating: UInt8(ascii: ">"), count: depth)
        text.append(.space)
      }
    }
    let isFlowed = content.last == .space && !isSignature
    if isFlowed, deletesSpaces { content.removeLast() }
    text += content
    openDepth = isFlowed ? depth : nil
    if !isFlowed { text.append(.lineFeed) }
  }

  private mutating func endParagraph(into text: inout [UInt8]) {
    if openDepth != nil { text.append(.lineFeed) }
    openDepth = nil
  }
}

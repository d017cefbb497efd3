import Fields

/// Reads HTML as it comes: its text as a person would read it in a terminal, and where its links lead.
///
/// It is no browser: what a tag means for the layout is a line end or a blank, and scripts and styles are passed over.
public struct HTMLText: Sendable {
  /// Bytes of a tag, of a label, and of a URL that are kept.
  private static let tagLimit = 64 << 10
  private static let labelLimit = 200

  private enum State: Sendable {
    case text
    /// After `<`.
    case opening
    case tag
    /// Within `<!--`; how many dashes came last.
    case comment(Int)
    /// Within `<!…>` and `<?…>`; how many dashes it began with.
    case declaration(Int)
    /// Within an end tag whose name has been read.
    case endTag
    /// Within an element whose content is no text.
    case raw
  }

  private var state = State.text
  /// The tag at hand, without its brackets.
  private var tag: [UInt8] = []
  /// The quote that the value of an attribute is in.
  private var quote: UInt8?
  private var isAfterEquals = false
  /// The element whose content is passed over, and how much of its end tag came.
  private var rawName: [UInt8] = []
  private var rawMatch = 0
  /// A character reference that has begun, `&` first.
  private var reference: [UInt8] = []
  // What was written last: blanks are one, and lines are not empty more than once.
  private var hasBlank = false
  private var lineEnds = 2
  /// Line ends that there must be before the next text.
  private var owed = 0
  private var preformatted = 0
  /// The link that is open.
  private var link: (source: String, url: String)?
  private var label: [UInt8] = []

  public init() {}

  /// Takes HTML in UTF-8; writes its text, and gives the links.
  public mutating func receive(
    _ html: Span<UInt8>, to text: inout TextBuffer, emit: (MessageLink) -> Void
  ) {
    for index in html.indices { take(html[index], &text, emit) }
  }

  public mutating func finish(to text: inout TextBuffer, emit: (MessageLink) -> Void) {
    endReference(&text)
    endLink(&text, emit)
    if lineEnds == 0 { text.write(byte: .lineFeed) }
  }

  private mutating func take(
    _ byte: UInt8, _ text: inout TextBuffer, _ emit: (MessageLink) -> Void
  ) {
    switch state {
    case .text:
      if byte == UInt8(ascii: "<") {
        endReference(&text)
        state = .opening
      } else {
        write(byte, &text)
      }
    case .opening:
      if byte.isASCIILetter || byte == UInt8(ascii: "/") {
        (tag, quote, isAfterEquals) = ([byte], nil, false)
        state = .tag
      } else if byte == UInt8(ascii: "!") || byte == UInt8(ascii: "?") {
        state = .declaration(0)
      } else {
        state = .text
        write(UInt8(ascii: "<"), &text)
        take(byte, &text, emit)
      }
    case .tag: takeTag(byte, &text, emit)
    case .comment(let dashes):
      if byte == UInt8(ascii: ">"), dashes >= 2 {
        state = .text
      } else {
        state = .comment(byte == UInt8(ascii: "-") ? min(dashes + 1, 2) : 0)
      }
    case .declaration(let dashes):
      if byte == UInt8(ascii: ">") {
        state = .text
      } else if byte == UInt8(ascii: "-"), dashes < 2 {
        state = dashes == 1 ? .comment(2) : .declaration(1)
      } else {
        state = .declaration(2)
      }
    case .endTag: if byte == UInt8(ascii: ">") { state = .text }
    case .raw: takeRaw(byte)
    }
  }

  // MARK: Text

  private mutating func write(_ byte: UInt8, _ text: inout TextBuffer) {
    if !reference.isEmpty {
      reference.append(byte)
      if byte == UInt8(ascii: ";") || reference.count >= HTMLEntities.longest
        || !(byte.isASCIILetter || byte.isASCIIDigit || byte == UInt8(ascii: "#"))
      {
        endReference(&text)
      }
    } else if byte == UInt8(ascii: "&") {
      reference = [byte]
    } else {
      writePlain(byte, &text)
    }
  }

  private mutating func endReference(_ text: inout TextBuffer) {
    guard !reference.isEmpty else { return }
    let bytes = reference
    reference = []
    // Many write the common ones without a semicolon.
    let isEnded = bytes.last == UInt8(ascii: ";")
    let name = isEnded ? bytes.dropFirst().dropLast() : bytes.dropFirst()
    if let scalar = HTMLEntities.scalar(of: name) {
      for byte in String(Character(scalar)).utf8 { writePlain(byte, &text) }
    } else {
      for byte in bytes { writePlain(byte, &text) }
    }
  }

  private mutating func writePlain(_ byte: UInt8, _ text: inout TextBuffer) {
    if preformatted > 0, byte == .lineFeed { return writeLineEnd(&text) }
    if byte == .space || byte == .tab || byte == .lineFeed || byte == .carriageReturn
      || byte == 0x0C
    {
      if preformatted > 0, byte != .carriageReturn {
        text.write(byte: byte)
      } else {
        hasBlank = true
      }
      return
    }
    settle(&text)
    if hasBlank, lineEnds == 0 {
      text.write(byte: .space)
      keepLabel(.space)
    }
    (hasBlank, lineEnds) = (false, 0)
    text.write(byte: byte)
    keepLabel(byte)
  }

  private mutating func keepLabel(_ byte: UInt8) {
    if link != nil, label.count < Self.labelLimit { label.append(byte) }
  }

  /// The next text begins a line of its own; `count` is 2 where an empty one is before it.
  private mutating func endLine(_ count: Int = 1) {
    hasBlank = false
    owed = max(owed, count)
  }

  private mutating func settle(_ text: inout TextBuffer) {
    while lineEnds < owed { writeLineEnd(&text) }
    owed = 0
  }

  private mutating func writeLineEnd(_ text: inout TextBuffer) {
    hasBlank = false
    guard lineEnds < 2 || preformatted > 0 else { return }
    text.write(byte: .lineFeed)
    lineEnds += 1
  }

  private mutating func endLink(_ text: inout TextBuffer, _ emit: (MessageLink) -> Void) {
    guard let link else { return }
    self.link = nil
    let shown = String(decoding: label, as: UTF8.self).trimmingBlanks
    label = []
    emit(
      MessageLink(link.source, link.url, label: shown.isEmpty || shown == link.url ? nil : shown))
    if shown != link.url, !link.url.isEmpty {
      text.write(" <")
      text.write(link.url)
      text.write(byte: UInt8(ascii: ">"))
      (hasBlank, lineEnds) = (false, 0)
    }
  }

  // MARK: Tags

  private mutating func takeTag(
    _ byte: UInt8, _ text: inout TextBuffer, _ emit: (MessageLink) -> Void
  ) {
    if let quote {
      if byte == quote { self.quote = nil }
    } else if byte == UInt8(ascii: ">") {
      state = .text
      let tag = HTMLTag(self.tag)
      self.tag = []
      return apply(tag, &text, emit)
    } else if isAfterEquals, byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
      quote = byte
    }
    if !byte.isFolding { isAfterEquals = quote == nil && byte == UInt8(ascii: "=") }
    if tag.count < Self.tagLimit { tag.append(byte) }
  }

  private mutating func apply(
    _ tag: HTMLTag, _ text: inout TextBuffer, _ emit: (MessageLink) -> Void
  ) {
    for (source, url) in tag.links where source != "a href" { emit(MessageLink(source, url)) }
    switch tag.name {
    case "a":
      endLink(&text, emit)
      if !tag.isEnd, let first = tag.links.first { link = first }
    case "br": writeLineEnd(&text)
    case "p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "blockquote":
      endLine(2)
    case "div", "tr", "dt", "dd", "section", "article", "header", "footer", "center", "title":
      endLine()
    case "pre":
      endLine()
      preformatted = max(0, preformatted + (tag.isEnd ? -1 : 1))
    case "li":
      endLine()
      if !tag.isEnd {
        settle(&text)
        text.write("* ")
      }
    case "hr":
      endLine()
      for byte in "----".utf8 { writePlain(byte, &text) }
      endLine()
    case "td", "th": hasBlank = true
    case "img":
      if let alternative = tag.attributes["alt"], !alternative.isEmpty {
        for byte in "[\(alternative)]".utf8 { writePlain(byte, &text) }
      }
    case "script", "style":
      if !tag.isEnd, !tag.isSelfClosing {
        (rawName, rawMatch) = (Array("</\(tag.name)".utf8), 0)
        state = .raw
      }
    default: break
    }
  }

  /// Goes on to the end tag of an element whose content is no text.
  private mutating func takeRaw(_ byte: UInt8) {
    if byte.lowercasedASCII == rawName[rawMatch] {
      rawMatch += 1
      if rawMatch == rawName.count { state = .endTag }
    } else {
      rawMatch = byte == UInt8(ascii: "<") ? 1 : 0
    }
  }
}

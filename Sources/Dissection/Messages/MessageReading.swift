import Fields
import Mail

/// One message for a person to read: its header, its texts and the list of its attachments; or one part of it.
public struct MessageReading: MessageView, ~Copyable {
  public let options: MessageOptions
  private let number: Int
  private let path: String?
  private let isEscaped: Bool
  private let style: TerminalStyle
  public private(set) var isDone = false
  /// Set where the message has no such part.
  private var isMissing = false

  /// `part`: as IMAP numbers it (`1.2`), for its decoded bytes alone; they are escaped where `isEscaped`, for a terminal.
  public init(number: Int, part: String? = nil, isEscaped: Bool = false, isColored: Bool = false) {
    (self.number, path, self.isEscaped) = (number, part, isEscaped)
    style = TerminalStyle(isColored: isColored)
    options = MessageOptions(keepingBytesIn: nil)
  }

  /// Throws where the captures have no such message, or it has no such part.
  public func check() throws(RunError) {
    if let path, isMissing { throw .usage("message \(number) has no part \(path)") }
    if !isDone { throw .usage("there is no message \(number)") }
  }

  public mutating func files(of record: MessageRecord) -> MessageFiles? {
    MessageFiles(of: record, showsEnvelope: false)
  }

  public mutating func deliver(
    _ files: MessageFiles, number: Int, to output: inout some ByteOutput & ~Copyable
  ) throws(OutputError) {
    guard number == self.number else { return }
    isDone = true
    guard let bytes = files.bytes else { return }
    var none = NoPartSink()
    let content = try bytes.read(to: &none)
    var text = TextBuffer()
    if let path {
      guard let part = content.parts.firstIndex(where: { $0.path == path }) else {
        return isMissing = true
      }
      try write([part], of: content, bytes, isDecoded: false, &text, to: &output)
    } else {
      writeHeader(of: content, to: &text)
      try write(content.shownTexts, of: content, bytes, isDecoded: true, &text, to: &output)
      writeAttachments(of: content, to: &text)
    }
    try text.empty(into: &output, always: true)
  }

  private func writeHeader(of content: MIMEContent, to text: inout TextBuffer) {
    let headers = content.headers
    let lines = [
      ("From", headers?.from?.joined(separator: ", ")),
      ("To", headers?.to?.joined(separator: ", ")),
      ("Cc", headers?.cc?.joined(separator: ", ")), ("Date", headers?.date),
      ("Subject", headers?.subject),
    ]
    for case (let name, let value?) in lines {
      style.write(.heading, to: &text) { $0.write("\(name):") }
      text.write(" ")
      text.write(printable: value)
      text.write("\n")
    }
    text.write("\n")
  }

  private func writeAttachments(of content: MIMEContent, to text: inout TextBuffer) {
    let attachments = content.parts.filter(\.isAttachment)
    if attachments.isEmpty { return }
    text.write("\n")
    style.write(.heading, to: &text) { $0.write("Attachments:") }
    text.write("\n")
    for part in attachments {
      text.write("  ")
      text.write(printable: part.path)
      text.write("  ")
      text.write(printable: part.filename ?? "(no name)")
      text.write("  ")
      text.write(printable: part.contentType)
      text.write("  \(part.size) bytes\n")
    }
  }

  /// Writes parts of a message, which is read once more for it.
  private func write(
    _ parts: [Int], of content: MIMEContent, _ bytes: StoredContent, isDecoded: Bool,
    _ text: inout TextBuffer, to output: inout some ByteOutput & ~Copyable
  ) throws(OutputError) {
    var sink = ShownParts(parts, content, isDecoded: isDecoded, isEscaped: isDecoded || isEscaped)
    var reader = MIMEReader()
    try bytes.forEach { piece throws(OutputError) in
      reader.receive(piece, to: &sink)
      text.write(sink.taken().span)
      try text.empty(into: &output)
    }
    _ = reader.finish(to: &sink)
    text.write(sink.taken().span)
  }
}

extension MIMEContent {
  /// The parts that are the text of the message: all texts but attachments, and of the same text in several forms the plain
  /// one.
  fileprivate var shownTexts: [Int] {
    let texts = parts.indices.filter {
      parts[$0].kind == .leaf && !parts[$0].isAttachment && parts[$0].contentType.hasPrefix("text/")
    }
    return texts.filter { index in
      guard parts[index].contentType != "text/plain", let parent = parts[index].parent,
        parts[parent].contentType == "multipart/alternative"
      else { return true }
      return !texts.contains {
        parts[$0].parent == parent && parts[$0].contentType == "text/plain"
      }
    }
  }
}

/// Takes the bytes of chosen parts: as text for a person, or as they are.
private struct ShownParts: PartSink {
  private let parts: [Int]
  private let isEscaped: Bool
  private var decoders: [Int: PartText] = [:]
  /// Of those that are HTML.
  private var pages: [Int: HTMLText] = [:]
  private var bytes: [UInt8] = []

  init(_ parts: [Int], _ content: MIMEContent, isDecoded: Bool, isEscaped: Bool) {
    (self.parts, self.isEscaped) = (parts, isEscaped)
    if isDecoded {
      for part in parts {
        decoders[part] = PartText(content.parts[part])
        if content.parts[part].contentType == "text/html" { pages[part] = HTMLText() }
      }
    }
  }

  mutating func begin(_ part: Int, _ what: MessagePart) {
    if parts.contains(part), parts.first != part { bytes.append(UInt8(ascii: "\n")) }
  }

  mutating func receive(_ decoded: Span<UInt8>, of part: Int) {
    guard parts.contains(part) else { return }
    guard decoders[part] != nil else { return add(decoded) }
    var text: [UInt8] = []
    decoders[part]?.receive(decoded, into: &text)
    add(text: text.span, of: part)
  }

  private mutating func add(text: Span<UInt8>, of part: Int) {
    guard pages[part] != nil else { return add(text) }
    var shown = TextBuffer()
    pages[part]?.receive(text, to: &shown) { _ in }
    add(shown.span)
  }

  mutating func end(_ part: Int) {
    guard parts.contains(part), var decoder = decoders[part] else { return }
    var text: [UInt8] = []
    _ = decoder.finish(into: &text)
    add(text: text.span, of: part)
    var shown = TextBuffer()
    pages[part]?.finish(to: &shown) { _ in }
    add(shown.span)
    if !bytes.isEmpty, bytes.last != UInt8(ascii: "\n") { bytes.append(UInt8(ascii: "\n")) }
  }

  private mutating func add(_ piece: Span<UInt8>) {
    guard isEscaped else { return bytes.append(piece) }
    var safe = TextBuffer()
    var index = 0
    while index < piece.count {
      let start = index
      while index < piece.count, !Self.isKept(piece[index]) { index += 1 }
      safe.write(printable: piece.extracting(start..<index))
      guard index < piece.count else { break }
      if piece[index] != UInt8(ascii: "\r") { safe.write(byte: piece[index]) }
      index += 1
    }
    bytes.append(safe.span)
  }

  /// A line end or a tab.
  private static func isKept(_ byte: UInt8) -> Bool { (9...10).contains(byte) || byte == 13 }

  mutating func taken() -> [UInt8] {
    defer { bytes = [] }
    return bytes
  }
}

import Fields

/// A line of the server, as the session keeps it.
struct SMTPReplyLine: Sendable {
  var code: Int
  var isLast: Bool
  var text: String
  /// What is between code and text is not what the grammar allows.
  var isOdd = false

  /// nil where the line has no code of three digits.
  init?(_ line: Span<UInt8>) {
    guard let parts = SMTPGrammar.reply(line), parts.separator != .digit else { return nil }
    (code, isLast) = (parts.code, parts.isLast)
    isOdd = parts.separator == .other
    text =
      parts.separator == .none ? "" : line.extracting(droppingFirst: isOdd ? 3 : 4).text
  }
}

/// RFC 2034 and 3463: `2.1.0` at the start of a reply's text.
enum EnhancedStatus {
  static func parse(_ text: String) -> String? {
    let bytes = text.utf8.span
    var parts = 1, digits = 0, length = 0
    while length < bytes.count, bytes[length] != .space {
      let byte = bytes[length]
      length += 1
      if byte == .dot {
        guard digits > 0 else { return nil }
        (parts, digits) = (parts + 1, 0)
      } else {
        guard byte.isASCIIDigit, digits < (parts == 1 ? 1 : 3) else { return nil }
        if parts == 1, byte != 0x32, byte != 0x34, byte != 0x35 { return nil }
        digits += 1
      }
    }
    guard parts == 3, digits > 0 else { return nil }
    return bytes.extracting(0..<length).text
  }
}

/// Joins the lines of a reply. A reply ends with the first line that has no hyphen.
struct SMTPReplyAssembler: Sendable {
  /// What is wrong with a reply, apart from what it says.
  struct Oddities: Sendable {
    var differentCodes: Set<Int> = []
    var longestLine = 0
    var bareLF = false
    var oddSeparator = false
  }
  private(set) var reply: SMTPReply?
  private(set) var start: Position?
  /// The end of its last line so far.
  private(set) var end: Position?
  private(set) var length = 0
  private(set) var oddities = Oddities()
  /// Lines that the record had no room for.
  private(set) var droppedLines = 0
  /// What it takes in memory.
  private(set) var heldBytes = 0

  var isEmpty: Bool { reply == nil }

  /// True where the reply is complete. `room` is what it may take in memory.
  mutating func add(_ line: SMTPReplyLine, _ framed: LineFramer.Line, room: Int) -> Bool {
    length += framed.length
    end = framed.end
    oddities.longestLine = max(oddities.longestLine, framed.length)
    if framed.ending == .bareLF { oddities.bareLF = true }
    if line.isOdd { oddities.oddSeparator = true }
    if reply == nil {
      start = framed.start
      heldBytes = line.text.elementBytes
      reply = SMTPReply(
        code: line.code, enhanced: EnhancedStatus.parse(line.text), lines: [line.text])
    } else {
      if line.code != reply?.code { noteDifferentCode(line.code) }
      append(line.text, line.code, room: room)
      // The last line's code is what clients act on.
      if line.isLast { reply?.code = line.code }
    }
    reply?.isTerminated = framed.ending != .cut
    return line.isLast
  }

  /// A line that is no reply line within a multi-line reply: some servers break long texts so.
  mutating func addText(_ text: String, _ framed: LineFramer.Line, room: Int) {
    length += framed.length
    append(text, reply?.code, room: room)
  }

  private mutating func noteDifferentCode(_ code: Int) {
    oddities.differentCodes.insert(code)
    guard let first = reply?.code, reply?.lineCodes.isEmpty == true else { return }
    oddities.differentCodes.insert(first)
    let count = reply?.lines.count ?? 0
    reply?.lineCodes = Array(repeating: first, count: count)
  }

  private mutating func append(_ text: String, _ code: Int?, room: Int) {
    guard heldBytes + text.elementBytes <= room else { return droppedLines += 1 }
    heldBytes += text.elementBytes
    reply?.lines.append(text)
    if reply?.lineCodes.isEmpty == false, let code { reply?.lineCodes.append(code) }
  }

  mutating func take(end: Position) -> Reply? {
    defer { self = SMTPReplyAssembler() }
    // Taken out, so that it is not copied.
    guard let start, let whole = reply.take() else { return nil }
    return Reply(content: .smtp(whole), position: start, end: end, length: length)
  }
}

extension SMTPReply {
  /// The lines as they were sent, codes and all.
  public var sentLines: [String] {
    lines.indices.map { index in
      var text = TextBuffer()
      write(line: index, to: &text)
      return text.string
    }
  }

  /// Writes a line as it was sent.
  public func write(line index: Int, to text: inout TextBuffer) {
    guard lines.indices.contains(index) else { return }
    if let code = lineCodes.indices.contains(index) ? lineCodes[index] : code {
      text.write(decimal: code)
      text.write(byte: UInt8(ascii: index < lines.count - 1 ? "-" : " "))
    }
    text.write(lines[index])
  }
}

extension Reply {
  var smtp: SMTPReply? {
    if case .smtp(let reply) = content { reply } else { nil }
  }
}

import Fields

// What comes in lines and literals.

/// What `CATENATE` puts together (RFC 4469): texts that are sent, and what lies on the server.
struct Catenation: Sendable {
  /// Counts the messages of a command (RFC 3502).
  private(set) var number = 0
  /// URLs since the last text.
  var references = 0
  private var isQuoted = false
  private var isEscaped = false
  private var word: [UInt8] = []

  /// Reads a line of the command, or what of it follows a literal.
  mutating func read(_ line: [UInt8]) {
    for byte in line {
      if isEscaped {
        isEscaped = false
        continue
      }
      if isQuoted, byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else if byte == UInt8(ascii: "\"") {
        isQuoted.toggle()
      } else if isQuoted {
        continue
      } else if byte == UInt8(ascii: ")") {
        number += 1
      }
      if byte == .space || byte == UInt8(ascii: "(") {
        if word.elementsEqual("URL".utf8) || word.elementsEqual("url".utf8) { references += 1 }
        word = []
      } else if word.count < 4 {
        word.append(byte)
      }
    }
    word = []
  }
}

extension IMAPDialogue {
  /// The command whose lines and literals are coming.
  struct OpenCommand: Sendable {
    var text = IMAPText()
    let start: Position
    var end: Position
    var length = 0
    var exchange: Int?
    /// nil where it has none.
    let tag: String?
    let verb: IMAPVerb
    /// Where the words after the verb begin.
    let arguments: Int
    /// The first of them, as they come.
    var words: IMAPWords
    /// The message that the literal will be, once its bytes come.
    var pendingMessage: Message?
    /// Of the literal that is coming, where it is kept.
    var content: [UInt8]?
    /// The messages that it has carried so far, and their mailbox; nil as long as none is named.
    var messages: [Int] = []
    var mailbox: String?
    var catenation = Catenation()
    var isOverLimit = false
    /// Its completion, where that came while it was still being sent.
    var completion: IMAPStatus?
    /// The server completed it instead of asking for a literal.
    var isRefused = false
    /// No command of IMAP, where a login may go on: it may be a secret as a whole.
    var isSecret = false
    var followsLiteral = false

    var heldBytes: Int {
      MemoryLayout<Self>.size + text.bytes.capacity + (content?.capacity ?? 0)
    }

    var mayHaveSecret: Bool {
      isSecret || verb.command == .login || verb.command == .authenticate
    }

    /// What findings call it.
    var name: String { isSecret ? "a line after a login" : verb.name }

    init(_ head: IMAPCommandHead, _ line: LineFramer.Line) {
      (start, end) = (line.start, line.end)
      (tag, verb, arguments) = (head.tag, head.verb, head.arguments)
      words = IMAPWords(
        from: head.arguments, depth: 0, limit: verb.argumentsBeforeMessage ?? 0)
    }

    /// Takes a line, of which `ending` is the end; returns the literal that it announces.
    mutating func add(
      _ line: LineFramer.Line, _ bytes: [UInt8], ending: [UInt8]
    ) -> LiteralAnnouncement? {
      length += line.length
      end = line.end
      followsLiteral = false
      isOverLimit = isOverLimit || text.bytes.count + bytes.count > IMAPDialogue.textLimit
      if !isOverLimit { text.append(bytes) }
      isOverLimit = isOverLimit || line.dropped > 0
      if verb.argumentsBeforeMessage != nil { catenation.read(bytes) }
      guard let literal = IMAPGrammar.literal(afterCommand: ending.span) else { return nil }
      content = literal.count <= IMAPDialogue.literalLimit ? [] : nil
      pendingMessage = message(literal, after: ending, at: line.end)
      if !isOverLimit {
        let end = text.bytes.count
        text.literals.append(
          IMAPText.Literal(announcement: end - literal.length..<end, count: literal.count))
      }
      return literal
    }

    /// The message that the literal is: `APPEND` and `REPLACE` name the mailbox before it.
    private mutating func message(
      _ literal: LiteralAnnouncement, after line: [UInt8], at position: Position
    ) -> Message? {
      if mailbox == nil, !isOverLimit, words.isMessage(literal, after: text, of: verb),
        let name = words.words.last
      {
        mailbox = MailboxName.shown(text.value(of: name))
      }
      guard mailbox != nil else { return nil }
      var message = Message(direction: .appended, transfer: .append, start: position)
      message.mailbox = mailbox
      let end = String(decoding: line.dropLast(literal.length).suffix(5), as: UTF8.self)
      if end.equals(ignoringCase: "TEXT ") {
        message.section = "CATENATE"
        message.origin.catenation = start.streamOffset + catenation.number
        message.origin.referencesBefore = catenation.references
        catenation.references = 0
      }
      return message
    }
  }

  /// The response whose lines and literals are coming.
  struct OpenResponse: Sendable {
    var text = IMAPText()
    let start: Position
    var end: Position
    var length = 0
    let head: IMAPDataHead
    /// `FETCH`: names and values in turn.
    var items: IMAPWords
    var itemsSent = 0
    /// Of the literal that is coming, where it is kept.
    var content: [UInt8]?
    /// Message bytes within it: the item's section and the message.
    var messages: [(section: BodySection, index: Int?)] = []
    var isOverLimit = false
    var followsLiteral = false

    var heldBytes: Int {
      MemoryLayout<Self>.size + text.bytes.capacity + (content?.capacity ?? 0)
    }

    init(_ head: IMAPDataHead, _ line: LineFramer.Line) {
      (start, end, self.head) = (line.start, line.end, head)
      items = IMAPWords(from: head.rest, depth: 1)
    }

    /// Takes a line, of which `ending` is the end; returns the literal that it announces, with the section that the
    /// literal is where it is message bytes.
    mutating func add(
      _ line: LineFramer.Line, _ bytes: [UInt8], ending: [UInt8]
    ) -> (literal: LiteralAnnouncement, section: BodySection?)? {
      length += line.length
      end = line.end
      followsLiteral = false
      isOverLimit = isOverLimit || text.bytes.count + bytes.count > IMAPDialogue.textLimit
      if !isOverLimit { text.append(bytes) }
      let isCut = isOverLimit || line.dropped > 0
      defer { isOverLimit = isCut }
      guard head.takesLiterals, let literal = LiteralAnnouncement(endOf: ending.span) else {
        if head.kind == .fetch, !isOverLimit { items.read(text, isLast: true) }
        return nil
      }
      var section: BodySection?
      if head.kind == .fetch {
        let before = isCut ? ending : text.bytes
        section = BodySection(endOf: before.span.extracting(droppingLast: literal.length))
      }
      if !isCut {
        let end = text.bytes.count
        text.literals.append(
          IMAPText.Literal(announcement: end - literal.length..<end, count: literal.count))
      }
      if head.kind == .fetch, !isOverLimit { items.read(text, isLast: isCut) }
      content = section == nil && literal.count <= IMAPDialogue.literalLimit ? [] : nil
      return (literal, section)
    }
  }
}

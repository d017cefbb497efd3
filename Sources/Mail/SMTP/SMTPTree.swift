import Fields

/// SMTP and LMTP (RFC 5321, RFC 2033), described segment by segment as Wireshark's `smtp` shows it.
///
/// Where Wireshark guesses, this follows the dialogue: command names whole, BDAT chunks by their length (RFC 3030),
/// SASL answers as such (RFC 4954), commands behind the end of a message, a refused DATA.
public struct SMTPPackets: PDUDissector {
  private enum Mode {
    case commands
    /// Message text up to a line with one dot.
    case data
    case chunk(left: Int, isLast: Bool)
  }
  private enum Sign {
    case none
    /// The client has said AUTH with this mechanism; so many answers came.
    case started(isLogin: Bool, isPlain: Bool, answers: Int)
  }

  private let isLMTP: Bool
  private var mode = Mode.commands
  private var sign = Sign.none
  private var message = MessageFragments()
  /// The sequence number of the message's first byte; of the message before it, and behind that.
  private var messageStart: UInt32 = 0
  private var past: (start: UInt32, end: UInt32)?
  /// DATA was said, and no text has come yet: the server may refuse.
  private var awaitsGoAhead = false
  private var awaitsTLS = false
  /// Whether the last byte of the message text so far ended a line.
  private var atLineStart = true
  /// The server has agreed to TLS: what follows is TLS.
  public private(set) var hasStartedTLS = false

  public init(isLMTP: Bool = false) { self.isLMTP = isLMTP }

  /// The TLS that was agreed on did not come (a capture of decrypted traffic): the dialogue goes on.
  public mutating func continuesInClear() { hasStartedTLS = false }

  public mutating func describe(
    _ bytes: Span<UInt8>, _ facts: PDUFacts, into tree: inout FieldBuffer
  ) -> PDUOutcome {
    facts.side == .client
      ? describeRequest(bytes, facts, into: &tree) : describeResponse(bytes, facts, into: &tree)
  }

  private func begin(_ bytes: Span<UInt8>, _ tree: inout FieldBuffer) -> FieldIndex {
    let fields = SMTPFields.fields
    tree.columns.protocolName = isLMTP ? "LMTP" : "SMTP"
    tree.columns.startInfo()
    tree.addProtocol("smtp")
    let top = tree.opened(fields.smtp, count: bytes.count)
    if isLMTP { tree.relabel(top, "Local Mail Transfer Protocol") }
    return top
  }

  // MARK: Client

  private mutating func describeRequest(
    _ bytes: Span<UInt8>, _ facts: PDUFacts, into tree: inout FieldBuffer
  ) -> PDUOutcome {
    if facts.canAskForMore, !isLate(facts), !bytes.packetLine(at: 0).isTerminated {
      switch mode {
      case .commands, .data: return .unfinished(from: 0, needs: .oneMoreSegment)
      case .chunk: break
      }
    }
    if isLate(facts) {
      describeLate(bytes, into: &tree)
      return .described
    }
    let top = begin(bytes, &tree)
    var info = InfoLine(start: "C: ")
    var mails: [[UInt8]] = []
    var fragment: Int?
    var onlyMail = true
    var outcome = PDUOutcome.described
    var position = 0
    walk: while position < bytes.count {
      switch mode {
      case .commands:
        let line = bytes.packetLine(at: position)
        if !line.isTerminated, facts.canAskForMore {
          outcome = .unfinished(from: position, needs: .oneMoreSegment)
          break walk
        }
        describeCommand(bytes, line, &info, into: &tree)
        onlyMail = false
        position = line.next
        if case .chunk(left: 0, let isLast) = mode {
          endChunk(isLast, &info, &mails, into: &tree)
        }
      case .data:
        let text = messageText(bytes, from: position)
        switch text {
        case .more:
          let rest = bytes.part(position, bytes.count)
          LineDescription.describe(rest, at: position, type: nil, into: &tree)
          take(rest, at: position, facts)
          fragment = rest.count
          position = bytes.count
        case .undecided(let from):
          if facts.canAskForMore {
            if from > position {
              let rest = bytes.part(position, from)
              LineDescription.describe(rest, at: position, type: nil, into: &tree)
              take(rest, at: position, facts)
              fragment = rest.count
            }
            outcome = .unfinished(from: from, needs: .oneMoreSegment)
            break walk
          }
          take(bytes.part(position, bytes.count), at: position, facts)
          position = bytes.count
        case .end(let textEnd, let next):
          if textEnd > position { take(bytes.part(position, textEnd), at: position, facts) }
          let end = tree.add(SMTPFields.fields.endOfMessage, .none, at: next - 3, count: 3)
          tree.relabel(end, "C: .")
          info.add { $0.write(".") }
          finishMessage(&mails, into: &tree)
          notePast(facts, next)
          mode = .commands
          position = next
        }
      case .chunk(let left, let isLast):
        let count = min(left, bytes.count - position)
        let rest = bytes.part(position, position + count)
        take(rest, at: position, facts)
        if count < left || !isLast {
          LineDescription.describe(rest, at: position, type: nil, into: &tree)
          fragment = count
        }
        position += count
        if count < left {
          mode = .chunk(left: left - count, isLast: isLast)
        } else {
          endChunk(isLast, &info, &mails, into: &tree)
          notePast(facts, position)
        }
      }
    }
    tree.close(top)
    if let fragment {
      info.add { $0.write("DATA fragment, \(fragment) byte\(fragment == 1 ? "" : "s")") }
    }
    if case .unfinished(from: 0, _) = outcome { return outcome }
    if mails.isEmpty || !onlyMail { tree.columns.appendInfo { info.write(to: &$0) } }
    if !mails.isEmpty, !onlyMail {
      tree.columns.appendInfo { $0.write(" | ") }
      tree.columns.fenceInfo()
    }
    for mail in mails {
      tree.source = tree.addSource("Reassembled SMTP", mail)
      tree.base = 0
      MessageDescription.describe(mail.span, at: 0, into: &tree)
    }
    return outcome
  }

  private mutating func take(_ text: Span<UInt8>, at position: Int, _ facts: PDUFacts) {
    guard text.count > 0 else { return }
    if message.isEmpty { messageStart = facts.sequence &+ UInt32(truncatingIfNeeded: position) }
    awaitsGoAhead = false
    message.append(text, frame: facts.frame)
    atLineStart = text[text.count - 1] == 0x0a
  }

  /// A lost part of a message that comes when its end has been seen.
  private func isLate(_ facts: PDUFacts) -> Bool {
    guard case .commands = mode, let past else { return false }
    return facts.sequence &- past.start < past.end &- past.start
  }

  /// The message, or one chunk of it, ends `offset` bytes into what is described.
  private mutating func notePast(_ facts: PDUFacts, _ offset: Int) {
    past = (messageStart, facts.sequence &+ UInt32(truncatingIfNeeded: offset))
  }

  private func describeLate(_ text: Span<UInt8>, into tree: inout FieldBuffer) {
    let top = begin(text, &tree)
    LineDescription.describe(text, at: 0, type: nil, into: &tree)
    tree.close(top)
    let count = text.count
    tree.columns.appendInfo {
      $0.write("C: DATA fragment, \(count) byte\(count == 1 ? "" : "s")")
    }
  }

  private mutating func endChunk(
    _ isLast: Bool, _ info: inout InfoLine, _ mails: inout [[UInt8]], into tree: inout FieldBuffer
  ) {
    mode = .commands
    guard isLast else { return }
    info.add { $0.write(".") }
    finishMessage(&mails, into: &tree)
  }

  private mutating func finishMessage(_ mails: inout [[UInt8]], into tree: inout FieldBuffer) {
    awaitsGoAhead = false
    if !message.isEmpty {
      message.describe(SMTPFields.fields.data, into: &tree)
      mails.append(message.bytes)
    }
    message.removeAll()
    atLineStart = true
  }

  private enum Text {
    /// All of it is text.
    case more
    /// From here on it may be the end.
    case undecided(from: Int)
    /// The text, and where the next command begins.
    case end(text: Int, next: Int)
  }

  private func messageText(_ bytes: Span<UInt8>, from start: Int) -> Text {
    var position = start
    var isStart = atLineStart
    while position < bytes.count {
      if isStart, bytes[position] == UInt8(ascii: ".") {
        let rest = bytes.count - position
        if rest == 1 || rest == 2 && bytes[position + 1] == 0x0d {
          return .undecided(from: position)
        }
        var next: Int?
        if bytes[position + 1] == 0x0a { next = position + 2 }
        if bytes[position + 1] == 0x0d, bytes[position + 2] == 0x0a { next = position + 3 }
        if let next {
          // The line end that the sequence begins with belongs to the end of the message where it is an empty line,
          // or comes in one segment with the dot.
          var end = position
          if end - start >= 2, bytes[end - 2] == 0x0d, bytes[end - 1] == 0x0a,
            end - start >= 4 ? bytes[end - 3] == 0x0a : end - start == 2
          {
            end -= 2
          }
          return .end(text: end, next: next)
        }
      }
      while position < bytes.count, bytes[position] != 0x0a { position += 1 }
      position += 1
      isStart = true
    }
    return .more
  }

  private mutating func describeCommand(
    _ bytes: Span<UInt8>, _ line: PacketLine, _ info: inout InfoLine, into tree: inout FieldBuffer
  ) {
    let fields = SMTPFields.fields
    let content = bytes.part(line.start, line.end)
    tree.add(fields.request, true, .hidden)
    if case .started(let isLogin, let isPlain, let answers) = sign {
      sign = .started(isLogin: isLogin, isPlain: isPlain, answers: answers + 1)
      if content.count == 1, content[0] == UInt8(ascii: "*") { sign = .none }
      describeAnswer(content, at: line.start, isLogin, isPlain, answers, &info, into: &tree)
      return
    }
    let item = tree.add(fields.commandLine, bytes.part(line.start, line.next), at: line.start)
    tree.open(item)
    let verb = content.token(at: 0, before: content.count)
    tree.add(fields.command, content.part(0, verb.end), at: line.start)
    if verb.next < content.count {
      tree.add(
        fields.parameter, content.part(verb.next, content.count), at: line.start + verb.next)
    }
    follow(content, verb.end, verb.next)
    describeInitialAnswer(content, at: line.start, &info, into: &tree)
    tree.close(item)
  }

  /// Says a command in Info, with the answer that AUTH may begin with (RFC 4954 section 4).
  private func describeInitialAnswer(
    _ content: Span<UInt8>, at offset: Int, _ info: inout InfoLine, into tree: inout FieldBuffer
  ) {
    let fields = SMTPFields.fields
    guard case .started(let isLogin, let isPlain, 1) = sign, isLogin || isPlain else {
      info.add { $0.write(printable: content) }
      return
    }
    let mechanism = content.token(at: 0, before: content.count).next
    let start = content.token(at: mechanism, before: content.count).next
    let answer = content.part(start, content.count)
    if isLogin {
      tree.add(fields.username, answer, at: offset + start)
      info.add {
        $0.write(printable: content.part(0, start))
        $0.write("User: ")
        $0.write(printable: answer)
      }
    } else {
      describeUndecoded(answer, at: offset + start, into: &tree)
      info.add { $0.write(printable: content) }
    }
  }

  private func describeUndecoded(
    _ answer: Span<UInt8>, at offset: Int, into tree: inout FieldBuffer
  ) {
    let fields = SMTPFields.fields
    let item = tree.add(fields.usernamePassword, answer, at: offset)
    tree.expert(fields.encoded, .warning, .proto, fields.encoded.label, under: item)
  }

  private mutating func follow(_ content: Span<UInt8>, _ end: Int, _ next: Int) {
    let rest = content.part(next, content.count)
    switch end {
    case 4 where content.matches("data"):
      mode = .data
      awaitsGoAhead = true
      atLineStart = true
    case 4 where content.matches("bdat"):
      let size = rest.token(at: 0, before: rest.count)
      var count = 0
      for index in 0..<size.end {
        guard rest[index].isASCIIDigit, count < 1 << 40 else { return }
        count = count * 10 + Int(rest[index] - 0x30)
      }
      guard size.end > 0 else { return }
      mode = .chunk(left: count, isLast: rest.part(size.next, rest.count).matches("last"))
    case 4 where content.matches("rset"), 4 where content.matches("ehlo"),
      4 where content.matches("helo"), 4 where content.matches("lhlo"):
      message.removeAll()
    case 8 where content.matches("starttls"): awaitsTLS = true
    case 4 where content.matches("auth"):
      let mechanism = rest.token(at: 0, before: rest.count)
      let name = rest.part(0, mechanism.end)
      let hasAnswer = mechanism.next < rest.count
      sign = .started(
        isLogin: mechanism.end == 5 && name.matches("login"),
        isPlain: mechanism.end == 5 && name.matches("plain"), answers: hasAnswer ? 1 : 0)
    default: break
    }
  }

  /// What the client answers a SASL challenge with.
  private func describeAnswer(
    _ content: Span<UInt8>, at offset: Int, _ isLogin: Bool, _ isPlain: Bool, _ answers: Int,
    _ info: inout InfoLine, into tree: inout FieldBuffer
  ) {
    let fields = SMTPFields.fields
    switch (isLogin, isPlain, answers) {
    case (true, _, 0):
      tree.add(fields.username, content, at: offset)
      info.add {
        $0.write("User: ")
        $0.write(printable: content)
      }
    case (true, _, 1):
      tree.add(fields.password, content, at: offset)
      info.add {
        $0.write("Pass: ")
        $0.write(printable: content)
      }
    case (_, true, _):
      describeUndecoded(content, at: offset, into: &tree)
      info.add { $0.write(printable: content) }
    default:
      tree.addText(at: offset, count: content.count) {
        $0.write("SASL response: ")
        $0.write(printable: content)
      }
      info.add { $0.write(printable: content) }
    }
  }

  // MARK: Server

  private mutating func describeResponse(
    _ bytes: Span<UInt8>, _ facts: PDUFacts, into tree: inout FieldBuffer
  ) -> PDUOutcome {
    let fields = SMTPFields.fields
    if facts.canAskForMore, !bytes.packetLine(at: 0).isTerminated {
      return .unfinished(from: 0, needs: .oneMoreSegment)
    }
    let top = begin(bytes, &tree)
    tree.add(fields.response, true, .hidden)
    var info = InfoLine(start: "S: ")
    var outcome = PDUOutcome.described
    var reply = FieldIndex.none
    // Of the first line of the reply that goes on.
    var expected: (code: Int, item: FieldIndex)?
    var position = 0
    while position < bytes.count {
      let line = bytes.packetLine(at: position)
      if !line.isTerminated, facts.canAskForMore {
        outcome = .unfinished(from: position, needs: .oneMoreSegment)
        break
      }
      let content = bytes.part(line.start, line.end)
      let code = Self.code(of: content)
      let text = content.part(4, content.count)
      if expected == nil {
        reply = tree.add(fields.responseLine, bytes.part(line.start, line.next), at: line.start)
        tree.open(reply)
        info.add { $0.write(printable: content) }
        if let code {
          let item = tree.add(fields.code, code, at: line.start, count: 3)
          expected = (code, item)
          if facts.canAskForMore || line.isTerminated { follow(code) }
        }
      } else {
        info.add { $0.write(printable: code == nil || content.count < 4 ? content : text) }
        if let expected, let code, code != expected.code {
          tree.expert(
            fields.unexpectedCode, .warning, .proto,
            "Unexpected response code \(code) in multiline response. Expected \(expected.code)",
            under: expected.item)
        }
      }
      if code == nil, expected != nil {
        // A line without a code inside a reply: some servers break theirs.
        tree.add(fields.responseParameter, content, at: line.start)
      } else if code != nil, content.count >= 4 {
        tree.add(fields.responseParameter, text, at: line.start + 4)
      }
      if code != nil, content.count < 4 || content[3] != UInt8(ascii: "-") { expected = nil }
      if expected == nil, reply != .none {
        tree.close(reply)
        reply = .none
      }
      position = line.next
    }
    tree.close(top)
    tree.columns.appendInfo { info.write(to: &$0) }
    return outcome
  }

  private static func code(of line: Span<UInt8>) -> Int? {
    guard line.count >= 3, line[0].isASCIIDigit, line[1].isASCIIDigit, line[2].isASCIIDigit else {
      return nil
    }
    return Int(line[0] - 0x30) * 100 + Int(line[1] - 0x30) * 10 + Int(line[2] - 0x30)
  }

  private mutating func follow(_ code: Int) {
    if case .started = sign, code != 334 { sign = .none }
    if awaitsTLS, code == 220 { hasStartedTLS = true }
    if awaitsTLS, code == 220 || code >= 400 { awaitsTLS = false }
    if awaitsGoAhead {
      if code == 354 {
        mode = .data
      } else if code >= 400, case .data = mode {
        mode = .commands
      }
    }
  }
}

/// Texts for the Info column, joined as Wireshark joins the lines of a segment.
struct InfoLine {
  private var text = TextBuffer()
  private var isEmpty = true

  init(start: String) { text.write(start) }

  mutating func add(_ writing: (inout TextBuffer) -> Void) {
    if !isEmpty { text.write(" | ") }
    isEmpty = false
    writing(&text)
  }

  func write(to output: inout TextBuffer) {
    output.write(TextRange(start: 0, count: text.count), of: text)
  }
}

import Fields

/// SMTP and LMTP (RFC 5321, RFC 2033), described segment by segment as Wireshark's `smtp` shows it.
///
/// Where Wireshark guesses, this follows the dialogue: command names whole, BDAT chunks by their length (RFC 3030),
/// SASL answers as such (RFC 4954), commands after the end of a message, a refused DATA, the bytes of XEXCH50.
public struct SMTPPackets: PDUDissector {
  /// The mechanisms whose answers Wireshark names.
  private enum Mechanism {
    case login
    case plain
    case other
  }

  private let isLMTP: Bool
  var phase = SMTPPhase.command
  /// A reply that came since the phase is undecided refused something: the client is taken to know.
  var isRefused = false
  var tls = TLSPhase.clear
  /// Of the AUTH that was said last, and how many answers came since.
  private var mechanism = Mechanism.other
  private var answers = 0
  private var message = MessageFragments()
  var end = MessageEnd()
  /// The sequence number of the message's first byte; of the message before it, and after that.
  private var messageStart: UInt32 = 0
  private var past: (start: UInt32, end: UInt32)?

  public init(isLMTP: Bool = false) { self.isLMTP = isLMTP }

  public var held: Int { message.held }

  public mutating func forgetHeld() { message.forget() }

  public mutating func describe(
    _ bytes: Span<UInt8>, _ facts: PDUFacts, into tree: inout FieldBuffer
  ) -> PDUOutcome {
    guard facts.side == .server else { return describeRequest(bytes, facts, into: &tree) }
    let outcome = describeResponse(bytes, facts, into: &tree)
    // Where TLS does not come after all (a capture of decrypted traffic), the dialogue goes on.
    if case .encoded = outcome { tls = .stayedClear }
    return outcome
  }

  /// What the client's next bytes are taken for.
  private var assumed: SMTPPhase {
    guard let question = phase.question else { return phase }
    return isRefused ? .command : question.assumed
  }

  mutating func enter(_ next: SMTPPhase) { (phase, isRefused) = (next, false) }

  func begin(_ bytes: Span<UInt8>, _ tree: inout FieldBuffer) -> FieldIndex {
    let fields = SMTPFields.fields
    tree.columns.protocolName = isLMTP ? "LMTP" : "SMTP"
    tree.columns.startInfo()
    tree.addProtocol("smtp")
    let top = tree.opened(fields.smtp, count: bytes.count)
    if isLMTP { tree.relabel(top, "Local Mail Transfer Protocol") }
    return top
  }

  // MARK: Client

  /// What one segment of the client shows, apart from its items.
  private struct Request: ~Copyable {
    var info = InfoLine(start: "C: ")
    var mails: [[UInt8]] = []
    /// Bytes of a message or of a chunk that do not end it.
    var fragment: Int?
    var onlyMail = true
    var position = 0
  }

  private mutating func describeRequest(
    _ bytes: Span<UInt8>, _ facts: PDUFacts, into tree: inout FieldBuffer
  ) -> PDUOutcome {
    if isLate(facts) {
      describeLate(bytes, into: &tree)
      return .described
    }
    if facts.canAskForMore, waitsForLine, !bytes.mailLine(at: 0).isTerminated {
      return .unfinished(from: 0, needs: .line)
    }
    let top = begin(bytes, &tree)
    var request = Request()
    var outcome = PDUOutcome.described
    var clear = tls == .requested ? 0 : nil as Int?
    walk: while request.position < bytes.count {
      switch assumed {
      case .message:
        if let from = describeText(bytes, facts, &request, into: &tree) {
          outcome = .unfinished(from: from, needs: .line)
          break walk
        }
      case .chunk(let remaining, let isLast):
        describeChunk(bytes, remaining, isLast, facts, &request, into: &tree)
      case .binary(let remaining):
        describeBinary(bytes, remaining, &request, into: &tree)
      case .command, .response, .refused, .undecided, .encrypted, .reversed:
        let line = bytes.mailLine(at: request.position)
        if !line.isTerminated, facts.canAskForMore {
          outcome = .unfinished(from: request.position, needs: .line)
          break walk
        }
        if takesForRefused(bytes.part(line.start, line.end)) {
          describeRefused(bytes, &request, into: &tree)
          continue
        }
        describeLine(bytes, line, &request, into: &tree)
        request.position = line.next
        if clear == nil, tls == .requested { clear = line.next }
        if case .chunk(remaining: 0, let isLast) = phase {
          endChunk(isLast, &request, into: &tree)
        }
      }
    }
    tree.close(top)
    if let fragment = request.fragment {
      request.info.add { $0.write(fragmentOf: fragment) }
    }
    if case .unfinished(from: 0, _) = outcome { return outcome }
    finish(&request, into: &tree)
    if outcome == .described, let clear, clear < bytes.count { return .undecided(from: clear) }
    return outcome
  }

  /// A line without its end waits for more, and so does what may be the end of a message.
  private var waitsForLine: Bool {
    switch assumed {
    case .chunk, .binary: false
    case .command, .message, .response, .refused, .undecided, .encrypted, .reversed: true
    }
  }

  /// Writes Info, and describes the messages that are whole.
  private func finish(_ request: inout Request, into tree: inout FieldBuffer) {
    let mails = request.mails
    if mails.isEmpty || !request.onlyMail {
      tree.columns.appendInfo { request.info.write(to: &$0) }
    }
    if !mails.isEmpty, !request.onlyMail {
      tree.columns.appendInfo { $0.write(" | ") }
      tree.columns.fenceInfo()
    }
    for mail in mails { Self.describe(mail, into: &tree) }
  }

  /// Whether a line belongs to a message that is sent though DATA was refused.
  private func takesForRefused(_ line: Span<UInt8>) -> Bool {
    switch phase {
    case .refused: break
    case .undecided(.message) where isRefused: break
    case .command, .message, .chunk, .binary, .response, .undecided, .encrypted, .reversed:
      return false
    }
    return phase.isRefused ? !SMTPGrammar.endsRefusedMessage(line) : !SMTPGrammar.isPlain(line)
  }

  /// Lines of a message that the server refused, as far as they came: text, though the server reads commands.
  private mutating func describeRefused(
    _ bytes: Span<UInt8>, _ request: inout Request, into tree: inout FieldBuffer
  ) {
    let start = request.position
    enter(.refused)
    while request.position < bytes.count {
      let line = bytes.mailLine(at: request.position)
      let content = bytes.part(line.start, line.end)
      guard line.isTerminated, !SMTPGrammar.endsRefusedMessage(content) else { break }
      request.position = line.next
      if content.count == 1, content[0] == .dot {
        enter(.command)
        break
      }
    }
    if request.position == start { request.position = bytes.count }
    let text = bytes.part(start, request.position)
    LineDescription.describe(text, at: start, type: nil, into: &tree)
    request.onlyMail = false
    request.fragment = text.count
  }

  static func describe(_ mail: [UInt8], into tree: inout FieldBuffer) {
    tree.source = tree.addSource("Reassembled SMTP", mail)
    tree.base = 0
    MessageDescription.describe(mail.span, at: 0, into: &tree)
  }

  /// Describes message text up to its end; where from on it may be the end, that is returned.
  private mutating func describeText(
    _ bytes: Span<UInt8>, _ facts: PDUFacts, _ request: inout Request, into tree: inout FieldBuffer
  ) -> Int? {
    let start = request.position
    if end.receive(bytes, from: &request.position) {
      let dot = max(start, request.position - 3)
      let stop = Self.textEnd(bytes, start, dot)
      if stop > start { take(bytes.part(start, stop), at: start, facts) }
      let item = tree.add(
        SMTPFields.fields.endOfMessage, .none, at: request.position - 3, count: 3)
      tree.relabel(item, "C: .")
      request.info.add { $0.write(".") }
      endMessage(&request.mails, into: &tree)
      notePast(facts, request.position)
      enter(.command)
      return nil
    }
    if facts.canAskForMore { request.position -= end.giveBack() }
    let text = bytes.part(start, request.position)
    if text.count > 0 {
      LineDescription.describe(text, at: start, type: nil, into: &tree)
      request.fragment = text.count
      take(text, at: start, facts)
      enter(.message)
    }
    return request.position < bytes.count ? request.position : nil
  }

  /// Where the text before the dot that ends it is over: the line end that the end of a message begins with belongs to
  /// the end where it is an empty line, or comes in one segment with the dot.
  private static func textEnd(_ bytes: Span<UInt8>, _ start: Int, _ dot: Int) -> Int {
    guard dot - start >= 2, bytes[dot - 2] == .carriageReturn, bytes[dot - 1] == .lineFeed,
      dot - start >= 4 ? bytes[dot - 3] == .lineFeed : dot - start == 2
    else { return dot }
    return dot - 2
  }

  private mutating func describeChunk(
    _ bytes: Span<UInt8>, _ remaining: Int, _ isLast: Bool, _ facts: PDUFacts,
    _ request: inout Request, into tree: inout FieldBuffer
  ) {
    let count = min(remaining, bytes.count - request.position)
    let part = bytes.part(request.position, request.position + count)
    take(part, at: request.position, facts)
    if count < remaining || !isLast {
      LineDescription.describe(part, at: request.position, type: nil, into: &tree)
      request.fragment = count
    }
    request.position += count
    if count < remaining {
      enter(.chunk(remaining: remaining - count, isLast: isLast))
    } else {
      endChunk(isLast, &request, into: &tree)
      notePast(facts, request.position)
    }
  }

  /// Bytes that are no mail, as far as they came.
  private mutating func describeBinary(
    _ bytes: Span<UInt8>, _ remaining: Int, _ request: inout Request, into tree: inout FieldBuffer
  ) {
    let count = min(remaining, bytes.count - request.position)
    tree.addText(
      "XEXCH50 data (\(count) byte\(count == 1 ? "" : "s"))", at: request.position, count: count)
    request.info.add { $0.write("XEXCH50 data, \(count) byte\(count == 1 ? "" : "s")") }
    request.onlyMail = false
    request.position += count
    enter(remaining > count ? .binary(remaining: remaining - count) : .command)
  }

  private mutating func take(_ text: Span<UInt8>, at position: Int, _ facts: PDUFacts) {
    guard text.count > 0 else { return }
    if message.isEmpty { messageStart = facts.sequence &+ UInt32(truncatingIfNeeded: position) }
    message.append(text, frame: facts.frame)
  }

  /// A lost part of a message that comes when its end has been seen.
  private func isLate(_ facts: PDUFacts) -> Bool {
    guard case .command = assumed, let past else { return false }
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
      $0.write("C: ")
      $0.write(fragmentOf: count)
    }
  }

  private mutating func endChunk(
    _ isLast: Bool, _ request: inout Request, into tree: inout FieldBuffer
  ) {
    enter(.command)
    guard isLast else { return }
    request.info.add { $0.write(".") }
    endMessage(&request.mails, into: &tree)
  }

  mutating func endMessage(_ mails: inout [[UInt8]], into tree: inout FieldBuffer) {
    if !message.isEmpty {
      message.describe(SMTPFields.fields.data, into: &tree)
      if message.count > 0 { mails.append(message.bytes) }
    }
    message.removeAll()
    end = MessageEnd()
  }

  /// A command, or a line of a SASL exchange.
  private mutating func describeLine(
    _ bytes: Span<UInt8>, _ line: PacketLine, _ request: inout Request,
    into tree: inout FieldBuffer
  ) {
    let fields = SMTPFields.fields
    let content = bytes.part(line.start, line.end)
    request.onlyMail = false
    tree.add(fields.request, true, .hidden)
    if case .response = assumed {
      let isCancelled = content.count == 1 && content[0] == UInt8(ascii: "*")
      enter(isCancelled ? .command : .undecided(.response))
      describeAnswer(content, at: line.start, &request.info, into: &tree)
      answers += 1
      return
    }
    let item = tree.add(fields.commandLine, bytes.part(line.start, line.next), at: line.start)
    tree.open(item)
    let parts = SMTPGrammar.command(in: content)
    tree.add(
      fields.command, content.extracting(parts.verb), at: line.start + parts.verb.lowerBound)
    if !parts.argument.isEmpty {
      tree.add(
        fields.parameter, content.extracting(parts.argument),
        at: line.start + parts.argument.lowerBound)
    }
    let verb = SMTPGrammar.verb(content.extracting(parts.verb))
    follow(verb, content.extracting(parts.argument))
    if verb?.startsAuthentication == true {
      describeAuthentication(
        content, parts.argument.lowerBound, at: line.start, &request.info, into: &tree)
    } else {
      request.info.add { $0.write(printable: content) }
    }
    tree.close(item)
  }

  private mutating func follow(_ verb: SMTPVerb?, _ argument: Span<UInt8>) {
    enter(SMTPPhase(after: verb, argument))
    switch verb {
    case .data: end = MessageEnd()
    case .rset, .ehlo, .helo, .lhlo: message.removeAll()
    case .starttls, .xAnonymousTLS: tls = .requested
    default: break
    }
  }

  /// Says AUTH in Info, with the answer that it may begin with (RFC 4954 section 4).
  private mutating func describeAuthentication(
    _ content: Span<UInt8>, _ argument: Int, at offset: Int, _ info: inout InfoLine,
    into tree: inout FieldBuffer
  ) {
    let parts = SMTPGrammar.command(in: content.extracting(droppingFirst: argument))
    let name = content.extracting(droppingFirst: argument).extracting(parts.verb)
    mechanism =
      name.count != 5
      ? .other : name.matches("login") ? .login : name.matches("plain") ? .plain : .other
    answers = parts.argument.isEmpty ? 0 : 1
    let start = argument + parts.argument.lowerBound
    let answer = content.extracting(droppingFirst: start)
    switch mechanism {
    case .login where answers > 0:
      tree.add(SMTPFields.fields.username, answer, at: offset + start)
      info.add {
        $0.write(printable: content.part(0, start))
        $0.write("User: ")
        $0.write(printable: answer)
      }
    case .plain where answers > 0:
      describeUndecoded(answer, at: offset + start, into: &tree)
      info.add { $0.write(printable: content) }
    case .login, .plain, .other: info.add { $0.write(printable: content) }
    }
  }

  private func describeUndecoded(
    _ answer: Span<UInt8>, at offset: Int, into tree: inout FieldBuffer
  ) {
    let fields = SMTPFields.fields
    let item = tree.add(fields.usernamePassword, answer, at: offset)
    tree.expert(fields.encoded, .warning, .proto, fields.encoded.label, under: item)
  }

  /// What the client answers a SASL challenge with.
  private func describeAnswer(
    _ content: Span<UInt8>, at offset: Int, _ info: inout InfoLine, into tree: inout FieldBuffer
  ) {
    let fields = SMTPFields.fields
    switch (mechanism, answers) {
    case (.login, 0):
      tree.add(fields.username, content, at: offset)
      info.add {
        $0.write("User: ")
        $0.write(printable: content)
      }
    case (.login, 1):
      tree.add(fields.password, content, at: offset)
      info.add {
        $0.write("Pass: ")
        $0.write(printable: content)
      }
    case (.plain, _):
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
}

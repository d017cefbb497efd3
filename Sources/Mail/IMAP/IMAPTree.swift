import Fields

/// IMAP4 (RFC 9051), described segment by segment as Wireshark's `imap` shows it.
///
/// Where Wireshark guesses, this follows the dialogue: literals and the messages that a client appends, and what it
/// sends between a command and its answer (SASL, IDLE). What the server's answer decides is taken for what it mostly
/// is, as long as no answer has come.
public struct IMAPPackets: PDUDissector {
  /// A tag, of whatever length.
  private struct Tag: Sendable, Equatable {
    private let count: Int
    private let hash: Int

    init(_ word: Span<UInt8>) {
      var hasher = Hasher()
      for index in word.indices { hasher.combine(word[index]) }
      (count, hash) = (word.count, hasher.finalize())
    }
  }

  private struct Request: Sendable {
    let tag: Tag
    let frame: Int
    let time: Int64
    /// Its place among all requests.
    let number: Int
  }
  /// Requests whose answer has not come; beyond that the oldest are forgotten.
  private static let mostOpen = 1000

  /// The command that the client sent last.
  private struct OpenCommand: Sendable {
    let tag: Tag
    let number: Int
    let verb: IMAPVerb
    /// Its lines up to the first message, for the words before that.
    var text = IMAPText()
    var words: IMAPWords
    /// Its last line announced a literal.
    var isUnfinished = false
    /// The literal that it announced last is a message.
    var carriesMessage = false
    static let textLimit = 1 << 16

    init(_ head: IMAPCommandHead, _ tag: Tag, number: Int) {
      (self.tag, self.number, verb) = (tag, number, head.verb)
      words = IMAPWords(
        from: head.arguments, depth: 0, limit: verb.argumentsBeforeMessage ?? 0)
    }

    mutating func announce(_ literal: LiteralAnnouncement, after line: Span<UInt8>) {
      guard !carriesMessage, verb.argumentsBeforeMessage != nil,
        text.bytes.count + line.count <= Self.textLimit
      else { return }
      text.bytes += line.copied
      let end = text.bytes.count
      carriesMessage = words.isMessage(literal, after: text, of: verb)
      text.literals.append(
        IMAPText.Literal(announcement: end - literal.length..<end, count: literal.count))
    }
  }

  private var requests: [Request] = []
  private var numberOfRequests = 0
  private var phase = IMAPClientPhase.line
  private var command: OpenCommand?
  /// The line of the server of which not all has come.
  private var scan: ServerLine?
  /// Bytes of a literal that was too long to wait for, by side.
  private var skipped = [0, 0]

  public init() {}

  public mutating func describe(
    _ bytes: Span<UInt8>, _ facts: PDUFacts, into tree: inout FieldBuffer
  ) -> PDUOutcome {
    facts.side == .client
      ? describeClient(bytes, facts, into: &tree) : describeServer(bytes, facts, into: &tree)
  }

  /// What a segment shows beside its lines.
  private struct Shown {
    private(set) var info: Range<Int>?
    var mails: [Range<Int>] = []

    /// The first line is shown in the list, or the last that has a tag.
    mutating func add(_ line: PacketLine, isTagged: Bool = false) {
      guard info == nil || isTagged else { return }
      info = line.start..<line.end
    }
  }

  private func begin(
    _ bytes: Span<UInt8>, isRequest: Bool, _ tree: inout FieldBuffer
  ) -> FieldIndex {
    let fields = IMAPFields.fields
    tree.columns.protocolName = "IMAP"
    tree.addProtocol("imap")
    let top = tree.opened(fields.imap, count: bytes.count)
    tree.add(fields.isRequest, isRequest, .hidden)
    return top
  }

  private func end(
    _ top: FieldIndex, _ shown: Shown, _ bytes: Span<UInt8>, isRequest: Bool,
    _ tree: inout FieldBuffer
  ) {
    tree.close(top)
    if let info = shown.info, shown.mails.isEmpty {
      tree.columns.startInfo()
      tree.columns.appendInfo {
        $0.write(isRequest ? "Request: " : "Response: ")
        $0.write(printable: bytes.part(info.lowerBound, info.upperBound))
      }
    }
    for mail in shown.mails {
      MessageDescription.describe(
        bytes.part(mail.lowerBound, mail.upperBound), at: mail.lowerBound, into: &tree)
    }
  }

  /// The rest of a literal that was too long to wait for. Returns where it ends.
  private mutating func describeSkipped(
    _ side: Int, _ bytes: Span<UInt8>, into tree: inout FieldBuffer
  ) -> Int {
    guard skipped[side] > 0 else { return 0 }
    let count = min(skipped[side], bytes.count)
    skipped[side] -= count
    tree.addText(at: 0, count: count) {
      $0.write("Literal data (\(count) byte\(count == 1 ? "" : "s"))")
    }
    return count
  }

  private func describeLiteral(
    _ bytes: Span<UInt8>, _ range: Range<Int>, into tree: inout FieldBuffer
  ) {
    LineDescription.describe(
      bytes.part(range.lowerBound, range.upperBound), at: range.lowerBound, type: nil, into: &tree)
  }

  /// How much is asked for where so many bytes of a literal are missing.
  private static func need(_ missing: Int) -> PDUNeed {
    missing > 1 << 18 ? .bytes(missing) : .oneMoreSegment
  }

  /// What is missing of a literal at `start`, or of the line that it ends in.
  private static func need(of count: Int, at start: Int, _ bytes: Span<UInt8>) -> PDUNeed? {
    let available = bytes.count - start
    guard available >= count else { return need(count - available) }
    let end = start + count
    if count > 0, bytes[end - 1] == .lineFeed { return nil }
    return bytes.packetLine(at: end).isComplete(in: bytes) ? nil : .line
  }

  // MARK: The client

  private mutating func describeClient(
    _ bytes: Span<UInt8>, _ facts: PDUFacts, into tree: inout FieldBuffer
  ) -> PDUOutcome {
    if skipped[0] == 0, facts.canAskForMore, let need = firstNeed(bytes) {
      return .unfinished(from: 0, needs: need)
    }
    let top = begin(bytes, isRequest: true, &tree)
    var shown = Shown()
    var outcome = PDUOutcome.described
    var undecidedFrom: Int?
    var position = describeSkipped(0, bytes, into: &tree)
    while position < bytes.count {
      if isUndecided, undecidedFrom == nil { undecidedFrom = position }
      let canAskForMore = facts.canAskForMore && undecidedFrom == nil
      if let count = literalCount {
        if canAskForMore, let need = Self.need(of: count, at: position, bytes) {
          outcome = .unfinished(from: position, needs: need)
          break
        }
        let end = position + min(count, bytes.count - position)
        skipped[0] = count - (end - position)
        if command?.carriesMessage == true {
          shown.mails.append(position..<end)
        } else {
          if position == 0 { shown.add(bytes.packetLine(at: 0)) }
          describeLiteral(bytes, position..<end, into: &tree)
        }
        phase = .line
        position = end
        continue
      }
      let line = bytes.packetLine(at: position)
      if !line.isComplete(in: bytes), canAskForMore {
        outcome = .unfinished(from: position, needs: .line)
        break
      }
      shown.add(line, isTagged: describeClientLine(bytes, line, facts, into: &tree))
      position = line.next
    }
    end(top, shown, bytes, isRequest: true, &tree)
    return undecidedFrom.map { .undecided(from: $0) } ?? outcome
  }

  /// What must come before anything of the bytes can be described.
  private func firstNeed(_ bytes: Span<UInt8>) -> PDUNeed? {
    if let count = literalCount { return Self.need(of: count, at: 0, bytes) }
    return isUndecided || bytes.packetLine(at: 0).isComplete(in: bytes) ? nil : .line
  }

  /// The server's answer says whether what comes is encoded.
  private var isUndecided: Bool {
    phase == .undecided(.startTLS) || phase == .undecided(.compress)
  }

  /// Bytes of the literal that comes, where the server does not refuse it.
  private var literalCount: Int? {
    switch phase {
    case .literal(let count), .undecided(.literal(let count)): count
    default: nil
    }
  }

  /// True where the line has a tag.
  private mutating func describeClientLine(
    _ bytes: Span<UInt8>, _ line: PacketLine, _ facts: PDUFacts, into tree: inout FieldBuffer
  ) -> Bool {
    let content = bytes.part(line.start, line.end)
    let item = tree.add(
      IMAPFields.fields.line, bytes.part(line.start, line.next), at: line.start)
    let isRest = command?.isUnfinished == true
    var isTagged = false
    if !isRest, content.count > 0 {
      let tag = content.token(at: 0, before: content.count)
      // After a continuation request of the server, a line is no command.
      guard phase != .response, !(content.matches("done") && tag.end == 4) else {
        phase = .line
        return false
      }
      numberOfRequests += 1
      if !isUndecided {
        command = OpenCommand(
          IMAPCommandHead(content), Tag(content.part(0, tag.end)), number: numberOfRequests)
      }
      tree.open(item)
      describeRequest(content, tag, at: line.start, facts, into: &tree)
      tree.close(item)
      isTagged = true
    }
    if isRest || isTagged { follow(content, line) }
    return isTagged
  }

  /// What the client sends after this line of its command.
  private mutating func follow(_ content: Span<UInt8>, _ line: PacketLine) {
    guard var open = command, !isUndecided else { return }
    let literal = line.isTerminated ? IMAPGrammar.literal(afterCommand: content) : nil
    if let literal { open.announce(literal, after: content) }
    open.isUnfinished = literal != nil
    phase = literal.map { .init(after: $0) } ?? .init(after: open.verb.command)
    command = open
  }

  private mutating func describeRequest(
    _ content: Span<UInt8>, _ tag: (end: Int, next: Int), at offset: Int, _ facts: PDUFacts,
    into tree: inout FieldBuffer
  ) {
    let fields = IMAPFields.fields
    let name = content.part(0, tag.end)
    tree.add(fields.request, content, at: offset)
    guard tag.end > 0 else { return }
    tree.add(fields.requestTag, name, at: offset)
    tree.add(fields.tag, name, at: offset, .hidden)
    remember(name, facts)
    guard tag.next < content.count else { return }
    let first = content.token(at: tag.next, before: content.count)
    let command = content.part(tag.next, first.end)
    var verb = first
    if command.count == 3, command.matches("uid") {
      tree.add(fields.requestUID, true, at: offset + tag.next, count: 3)
      guard first.next < content.count else { return }
      verb = content.token(at: first.next, before: content.count)
      tree.add(
        fields.requestCommand, content.part(first.next, verb.end), at: offset + first.next)
    } else {
      tree.add(fields.requestCommand, command, at: offset + tag.next)
    }
    tree.add(fields.command, command, at: offset + tag.next, .hidden)
    let argument = content.token(at: verb.next, before: content.count)
    let word = content.part(verb.next, argument.end)
    switch command.string.lowercased() {
    case "login":
      if word.count > 0 {
        tree.add(fields.username, Self.unquoted(word), at: offset + verb.next)
      }
      let second = content.token(at: argument.next, before: content.count)
      if second.end > argument.next {
        tree.add(
          fields.password, Self.unquoted(content.part(argument.next, second.end)),
          at: offset + argument.next)
      }
    case "select", "examine", "create", "delete", "rename", "subscribe", "unsubscribe", "status",
      "append":
      if word.count > 0 { tree.add(fields.folder, word, at: offset + verb.next) }
    case "copy":
      let second = content.token(at: argument.next, before: content.count)
      if second.end > argument.next {
        tree.add(
          fields.folder, content.part(argument.next, second.end), at: offset + argument.next)
      }
    default: break
    }
  }

  // MARK: The server

  private mutating func describeServer(
    _ bytes: Span<UInt8>, _ facts: PDUFacts, into tree: inout FieldBuffer
  ) -> PDUOutcome {
    if skipped[1] == 0, let need = scanLine(bytes, at: 0, facts), scan?.pieces.isEmpty == true {
      return .unfinished(from: 0, needs: need)
    }
    let top = begin(bytes, isRequest: false, &tree)
    var shown = Shown()
    var outcome = PDUOutcome.described
    var position = describeSkipped(1, bytes, into: &tree)
    var encoding: StreamEncoding?
    while position < bytes.count {
      if let need = scanLine(bytes, at: position, facts) {
        outcome = .unfinished(from: position, needs: need)
        break
      }
      guard let line = scan.take() else { break }
      skipped[1] = line.missing
      let next = describe(line, at: position, of: bytes, facts, &shown, into: &tree)
      position += line.end
      guard let next else { continue }
      encoding = next
      // What follows in clear, before TLS begins, is described as lines.
      if next == .deflate || position < bytes.count && TLSUse.beginsRecord(bytes[position]) {
        break
      }
    }
    end(top, shown, bytes, isRequest: false, &tree)
    if let encoding { return .encoded(from: position, encoding) }
    return outcome
  }

  /// Finds the end of a line with its literals, before anything of it is shown; what is missing of it, where it is not
  /// complete. It goes on where it stopped when it last saw the line.
  private mutating func scanLine(
    _ bytes: Span<UInt8>, at start: Int, _ facts: PDUFacts
  ) -> PDUNeed? {
    let sequence = facts.sequence &+ UInt32(truncatingIfNeeded: start)
    var found = scan.take() ?? ServerLine(sequence: sequence)
    if found.sequence != sequence || found.seen > bytes.count - start {
      found = ServerLine(sequence: sequence)
    }
    let missing = found.read(bytes.part(start, bytes.count))
    scan = found
    guard missing > 0 else { return nil }
    if facts.canAskForMore { return Self.need(missing) }
    scan?.cut(at: bytes.count - start)
    return nil
  }

  /// Describes a line with its literals; what it makes of the streams, where it changes them.
  private mutating func describe(
    _ line: ServerLine, at start: Int, of bytes: Span<UInt8>, _ facts: PDUFacts,
    _ shown: inout Shown, into tree: inout FieldBuffer
  ) -> StreamEncoding? {
    var encoding: StreamEncoding?
    for (number, piece) in line.pieces.enumerated() {
      let text = piece.text.moved(by: start)
      let isTagged = describeServerLine(bytes, text, facts, &encoding, into: &tree)
      if number == 0 { shown.add(text, isTagged: isTagged) }
      guard let literal = piece.literal else { continue }
      let range = text.next..<text.next + literal.kept
      if literal.isMail {
        shown.mails.append(range)
      } else {
        describeLiteral(bytes, range, into: &tree)
      }
    }
    return encoding
  }

  /// True where the line has a tag.
  private mutating func describeServerLine(
    _ bytes: Span<UInt8>, _ line: PacketLine, _ facts: PDUFacts, _ encoding: inout StreamEncoding?,
    into tree: inout FieldBuffer
  ) -> Bool {
    let content = bytes.part(line.start, line.end)
    let item = tree.add(
      IMAPFields.fields.line, bytes.part(line.start, line.next), at: line.start)
    guard content.count > 0 else { return false }
    let tag = content.token(at: 0, before: content.count)
    let mark = tag.end == 1 ? content[0] : 0
    guard mark != UInt8(ascii: "*") else { return false }
    tree.open(item)
    describeResponse(content, tag, at: line.start, facts, into: &tree)
    tree.close(item)
    if mark == UInt8(ascii: "+") {
      phase = phase == .line ? .response : phase.whenContinued
    } else {
      if phase == .response { phase = .line }
      if let next = complete(content, tag) { encoding = next }
    }
    return true
  }

  /// A command is complete: it may be the one whose rest, or whose effect, is awaited.
  private mutating func complete(
    _ content: Span<UInt8>, _ tag: (end: Int, next: Int)
  ) -> StreamEncoding? {
    guard let command, case .completion(_, let status, _) = IMAPResponseHead(content),
      Tag(content.part(0, tag.end)) == command.tag
    else { return nil }
    if case .undecided(.literal) = phase {
      phase = .line
      self.command = nil
      return nil
    }
    let next = phase.whenCompleted(command.verb.command, isOK: status == .ok)
    defer { if next != phase { phase = .line } }
    switch next {
    case .handshake: return encoded(as: .tls)
    case .encoded(let encoding): return encoded(as: encoding)
    default: return nil
    }
  }

  /// What was taken for requests after the command was encoded.
  private mutating func encoded(as encoding: StreamEncoding) -> StreamEncoding {
    if let command { requests.removeAll { $0.number > command.number } }
    return encoding
  }

  private mutating func describeResponse(
    _ content: Span<UInt8>, _ tag: (end: Int, next: Int), at offset: Int, _ facts: PDUFacts,
    into tree: inout FieldBuffer
  ) {
    let fields = IMAPFields.fields
    let name = content.part(0, tag.end)
    tree.add(fields.response, content, at: offset)
    guard tag.end > 0 else { return }
    tree.add(fields.responseTag, name, at: offset)
    tree.add(fields.tag, name, at: offset, .hidden)
    guard tag.next < content.count else { return }
    let status = content.token(at: tag.next, before: content.count)
    let word = content.part(tag.next, status.end)
    tree.add(fields.status, word, at: offset + tag.next)
    if status.next < content.count {
      let command = content.token(at: status.next, before: content.count)
      let text = content.part(status.next, command.end)
      tree.add(fields.responseCommand, text, at: offset + status.next)
      tree.add(fields.command, text, at: offset + status.next, .hidden)
    }
    let own = Tag(name)
    guard let index = requests.lastIndex(where: { $0.tag == own }) else { return }
    let request = requests.remove(at: index)
    tree.add(fields.requestIn, request.frame, .generated)
    tree.add(fields.time, .time(facts.time &- request.time), .generated)
  }

  @_lifetime(copy word)
  private static func unquoted(_ word: Span<UInt8>) -> Span<UInt8> {
    guard word.count >= 2, word[0] == UInt8(ascii: "\""),
      word[word.count - 1] == UInt8(ascii: "\"")
    else { return word }
    return word.part(1, word.count - 1)
  }

  private mutating func remember(_ name: Span<UInt8>, _ facts: PDUFacts) {
    if requests.count >= Self.mostOpen { requests.removeFirst() }
    requests.append(
      Request(tag: Tag(name), frame: facts.frame, time: facts.time, number: numberOfRequests))
  }
}

// The server's side: from its bytes to replies.

import DequeModule
import Fields

extension SMTPDialogue {
  mutating func consumeReplies<Sink: MessageSink>(
    _ chunk: Span<UInt8>, at position: Position, to sink: inout Sink
  ) {
    noteSeam(at: position)
    defer { state.serverTail = position.advanced(by: chunk.count - 1) }
    var index = 0
    while index < chunk.count {
      if state.serverEncryptedAt == nil, beginsServerTLS(chunk[index]) {
        encryptServer(at: position.advanced(by: index))
      }
      if state.serverEncryptedAt != nil {
        return pendingSwitch.add(
          chunk.extracting(index..<chunk.count), from: .server, at: position.advanced(by: index))
      }
      if case .reversed = phase { return }
      guard let line = server.next(in: chunk, from: &index, at: position) else { return }
      if seams.isEmpty {
        let (reply, text) = replyLine(line, in: chunk)
        receiveReplyLine(reply, text, line, to: &sink)
      } else {
        receiveLine(server.bytes(of: line, in: chunk).copied, line, to: &sink)
      }
    }
  }

  /// A line that is one reply, or a part of one; its text where it has no code.
  private func replyLine(
    _ line: LineFramer.Line, in chunk: Span<UInt8>
  ) -> (SMTPReplyLine?, text: String) {
    let bytes = server.bytes(of: line, in: chunk)
    let reply = SMTPReplyLine(bytes)
    return (reply, reply == nil ? bytes.text : "")
  }

  private func beginsServerTLS(_ byte: UInt8) -> Bool {
    guard !server.hasPartialLine, assembler.isEmpty, state.tls != .opened
    else { return false }
    let isRecord = (0x14...0x17).contains(byte)
    return isRecord && (state.replies == 0 || state.tls != .clear)
  }

  private mutating func encryptServer(at position: Position) {
    state.serverEncryptedAt = position.streamOffset
    pendingSwitch.begin(.tls, .server, at: position.streamOffset)
    guard state.replies == 0, state.commands == 0, state.tls == .clear else { return }
    phase = .encrypted
    recorder.edit { $0.tls = TLSUse(mode: .implicit, frame: position.frame) }
  }

  // MARK: Lines

  /// A place within a line of the server where another reply may begin: the one before it has no line end.
  struct Seam: Sendable {
    /// The last byte before it, and the first after it.
    var before: Position
    var after: Position
  }
  private static let seamLimit = 16
  /// A reply is not sent in two parts with so much time between them, in nanoseconds.
  private static let seamTime: Int64 = 5_000_000_000

  /// The next bytes continue a line: as another reply, where the client has gone on in between, or after a long time.
  private mutating func noteSeam(at position: Position) {
    guard server.hasPartialLine, let tail = state.serverTail, tail.frame != position.frame,
      seams.count < Self.seamLimit
    else { return }
    let hasHeardMore: Bool
    if let before = tail.acknowledged, let after = position.acknowledged {
      hasHeardMore = after > before
    } else {
      hasHeardMore = false
    }
    guard hasHeardMore || position.nanoseconds(since: tail) >= Self.seamTime else { return }
    seams.append(Seam(before: tail, after: position))
  }

  /// Reads a line of the server, which may be several replies of which all but the last have no line end.
  mutating func receiveLine<Sink: MessageSink>(
    _ bytes: [UInt8], _ line: LineFramer.Line, to sink: inout Sink
  ) {
    let places = seams
    seams = []
    var rest = line
    var start = 0
    for seam in places {
      let offset = seam.after.streamOffset - line.start.streamOffset
      guard offset > start, offset < bytes.count,
        let reply = SMTPReplyLine(bytes.span.extracting(start..<offset)),
        let next = SMTPReplyLine(bytes.span.extracting(droppingFirst: offset)),
        (200...599).contains(next.code), !next.isOdd
      else { continue }
      var first = rest
      (first.end, first.length) = (seam.before, offset - start)
      (first.ending, first.bareReturns, first.dropped) = (.cut, 0, 0)
      receiveReplyLine(reply, "", first, waited: seam.after, to: &sink)
      (rest.start, rest.length, start) = (seam.after, line.length - offset, offset)
    }
    let reply = SMTPReplyLine(bytes.span.extracting(droppingFirst: start))
    let text = reply == nil ? bytes.span.extracting(droppingFirst: start).text : ""
    receiveReplyLine(reply, text, rest, to: &sink)
  }

  /// `waited`: where the next reply begins, which continues this one that has no line end.
  private mutating func receiveReplyLine<Sink: MessageSink>(
    _ reply: SMTPReplyLine?, _ text: String, _ line: LineFramer.Line, waited: Position? = nil,
    to sink: inout Sink
  ) {
    if line.dropped > 0 { recorder.drop(.line) }
    guard let reply else { return receiveText(text, line, to: &sink) }
    state.serverResyncs = false
    if isAnotherReply(reply),
      let unfinished = assembler.take(end: assembler.end ?? line.start),
      let content = unfinished.smtp
    {
      recorder.find(
        .smtpMultilineCodes, frame: line.start.frame,
        "a reply with code \(content.effect) has no last line; \(reply.code) follows it")
      receive(unfinished, content, to: &sink)
    }
    guard assembler.add(reply, line, room: recorder.room) || line.ending == .cut else { return }
    let oddities = assembler.oddities
    if assembler.droppedLines > 0 { recorder.drop(.linesPerReply, assembler.droppedLines) }
    guard let whole = assembler.take(end: line.end), let content = whole.smtp else { return }
    check(content, oddities, frame: whole.position.frame)
    if !content.isTerminated { reportMissingEnd(whole, content, waited) }
    receive(consume whole, content, to: &sink)
  }

  /// A line that has no reply code: a part of the reply under way, or an answer that no client understands.
  private mutating func receiveText<Sink: MessageSink>(
    _ text: String, _ line: LineFramer.Line, to sink: inout Sink
  ) {
    let isPart = !assembler.isEmpty
    if isPart { assembler.addText(text, line, room: recorder.room) }
    guard !state.serverResyncs else { return }
    recorder.find(
      .smtpBadReplyLine, frame: line.start.frame, "“\(text.excerpt)” begins with no reply code")
    if isPart { return }
    if extendText(text, line) { return }
    let content = SMTPReply(code: nil, enhanced: EnhancedStatus.parse(text), lines: [text])
    place(
      Reply(
        content: .smtp(content), position: line.start, end: line.end, length: line.length),
      to: &sink)
  }

  /// Lines without a code that follow one another are one.
  private mutating func extendText(_ text: String, _ line: LineFramer.Line) -> Bool {
    guard var last = unpaired.last, var content = last.smtp, content.code == nil else {
      return false
    }
    guard recorder.hasRoom(for: text.elementBytes, else: .linesPerReply) else { return true }
    unpaired.removeLast()
    content.lines.append(text)
    (last.content, last.end, last.length) = (.smtp(content), line.end, last.length + line.length)
    unpaired.append(last)
    return true
  }

  private mutating func reportMissingEnd(_ reply: Reply, _ content: SMTPReply, _ next: Position?) {
    let shown = content.line.excerpt
    let frame = reply.end.frame
    guard let next else {
      return recorder.find(
        .smtpReplyWithoutEnd, frame: frame, "“\(shown)” has no line end, and nothing follows it")
    }
    let time = next.nanoseconds(since: reply.end)
    let later = time >= Self.seamTime ? ", \(Phrase.duration(nanoseconds: time)) later" : ""
    recorder.find(
      .smtpReplyWithoutEnd, frame: frame,
      "“\(shown)” has no line end; the next reply follows it on the same line\(later)")
  }

  /// The reply under way never got its last line, but the client went on and got this one.
  private func isAnotherReply(_ line: SMTPReplyLine) -> Bool {
    let place = unpaired.count
    guard let code = assembler.reply?.code, code != line.code, pending.count >= place + 2 else {
      return false
    }
    return pending[place].admits(code) && pending[place + 1].admits(line.code)
  }

  private mutating func receive<Sink: MessageSink>(
    _ reply: consuming Reply, _ content: SMTPReply, to sink: inout Sink
  ) {
    state.replies += 1
    state.decidedBlindly = false
    if content.code == 421 { state.closing = (content, reply.position.frame) }
    if content.code == 421 || content.code == 221 { state.saysGoodbye = true }
    if isGreeting(reply, content) {
      state.replyFrame = reply.position.frame
      state.greetingCode = content.code
      recorder.edit {
        $0.greeting = reply
        $0.serverSoftware = ServerBanner.software(in: content.lines)
      }
      checkGreeting(content, frame: reply.position.frame)
      return
    }
    if state.agreedFrame != nil { state.repliesAfterTLS.append(content.line) }
    if case .undecided(.end) = phase, pending.isEmpty {
      noteReply(content, at: reply.position)
      replyAtCandidate(reply, to: &sink)
      return
    }
    place(reply, to: &sink)
  }

  /// A server speaks first; a reply that answers a command is none, though.
  @inline(__always)
  private func isGreeting(_ reply: Reply, _ content: SMTPReply) -> Bool {
    guard state.replies == 1, !state.serverWasGapped, session.greeting == nil else { return false }
    guard let first = pending.first else { return !session.midstream || content.code == 220 }
    guard !session.midstream else { return false }
    if let reach = reply.position.acknowledged, reach <= first.end.streamOffset { return true }
    return content.code == 220 ? first.verb?.startsTLS != true : content.isRefusal
  }
}

extension SMTPReply {
  /// Code and first line; of lines with different codes the first that has the one that counts.
  var line: String {
    let place = lineCodes.firstIndex { $0 == code } ?? 0
    let text = lines.indices.contains(place) ? lines[place] : ""
    guard let code else { return text }
    return text.isEmpty ? "\(code)" : "\(code) \(text)"
  }

  /// The code by which a client acts. A line without a code is as good as its enhanced code, and else no yes.
  var effect: Int {
    code ?? (enhanced?.utf8.first == UInt8(ascii: "2") ? 250 : 450)
  }

  var isRefusal: Bool { effect >= 400 }
}

extension Position {
  /// The time that has passed, as far as it fits.
  func nanoseconds(since earlier: Position) -> Int64 {
    let (difference, isOver) = time.subtractingReportingOverflow(earlier.time)
    return isOver ? (time < earlier.time ? .min : .max) : difference
  }
}

extension Recipient {
  /// Takes down what a reply said of this recipient.
  mutating func decide(_ reply: SMTPReply) {
    accepted = !reply.isRefusal
    code = reply.code
    enhanced = reply.enhanced
    text = reply.lines.first
  }
}

extension String {
  /// Short enough for a finding's text.
  var excerpt: String { utf8.count <= 100 || count <= 100 ? self : prefix(97) + "…" }

  /// `SIZE=12` is `SIZE` and `12`; the name in upper case.
  var keyAndValue: (String, String) {
    guard let equals = utf8.firstIndex(of: UInt8(ascii: "=")) else { return (uppercasedASCII, "") }
    return (self[..<equals].uppercasedASCII, String(self[utf8.index(after: equals)...]))
  }
}

// Literals of the server, and what shows that one is not as long as announced.

import Fields

extension IMAPDialogue {
  /// The line that follows a literal says whether that ended where it was announced to. Returns false where the line was
  /// a part of what came after the literal, and is read.
  mutating func decideLiteral<Sink: MessageSink>(
    before line: LineFramer.Line, _ bytes: [UInt8], to sink: inout Sink
  ) -> Bool {
    // More comes within the parentheses of FETCH.
    let mayFollow =
      bytes.isEmpty
      ? response.value?.head.kind != .fetch
      : bytes[0] == .space || bytes[0] == UInt8(ascii: ")")
    let isConfirmed = serverLiteral.scan.isConfirmed(by: bytes, mayFollow: mayFollow) {
      completes($0)
    }
    guard isConfirmed else {
      endWholeLiteral(to: &sink)
      return true
    }
    serverLiteral.completionFrame = serverLiteral.completionFrame ?? line.start.frame
    endLongLiteral(to: &sink)
    guard serverFramer.hasPartialLine else { return true }
    isReadingAgain = true
    receiveServer(
      (bytes + (line.ending == .crlf ? [.carriageReturn, .lineFeed] : [.lineFeed])).span,
      at: line.start, to: &sink)
    isReadingAgain = false
    return false
  }

  /// All that was announced is of the literal.
  mutating func endWholeLiteral<Sink: MessageSink>(to sink: inout Sink) {
    addHeld(to: &sink)
    endServerLiteral(isComplete: true, to: &sink)
  }

  /// Does what follows a literal of the response say that it went on after its announced length? It changes nothing, but
  /// looks at the response where it is.
  mutating func isBroken(before line: [UInt8]) -> Bool {
    guard response.change({ $0.followsLiteral }) == true, let first = line.first else {
      return false
    }
    return first != .space && first != UInt8(ascii: ")")
  }

  /// The last literal of the response was longer than announced: what of it came as such is a part.
  mutating func loseLiteral(_ line: LineFramer.Line, _ bytes: [UInt8]) {
    guard let open = response.value else { return }
    if case (_, let index?)? = open.messages.last {
      recorder.edit {
        $0.messages[index].complete = false
        $0.messages[index].outcome = .incomplete
      }
    }
    let rest = Phrase.quote(String(decoding: bytes.prefix(20), as: UTF8.self))
    facts.shortLiteral = (
      "after a literal of \(open.head.name) comes “\(rest)”", line.start.frame,
      line.start.streamOffset
    )
    facts.hasShortLiteral = true
  }

  mutating func openMessage<Sink: MessageSink>(
    _ section: BodySection, at position: Position, to sink: inout Sink
  ) {
    var message = Message(direction: .retrieved, transfer: .fetch, start: position)
    message.mailbox = facts.mailbox
    message.origin.uidValidity = facts.uidValidity
    message.origin.number = response.value?.head.number
    message.origin.selection = facts.selection
    message.origin.offset = section.origin
    let index = recorder.open(message, in: nil)
    serverLiteral.message = index
    response.change { $0.messages.append((section, index)) }
    guard let index else { return }
    if section.isStretch { sink.beginPiece(index) } else { sink.begin(index) }
  }

  /// Bytes of the server's literal, or of what comes after it, where its announced length is too long.
  mutating func receiveServerLiteral<Sink: MessageSink>(
    _ bytes: Span<UInt8>, at position: Position, to sink: inout Sink
  ) {
    if isReadingAgain { return add(bytes, at: position, to: &sink) }
    // Taken out, so that it is changed in place.
    var scan = LiteralScan()
    swap(&scan, &serverLiteral.scan)
    defer { serverLiteral.scan = scan }
    var index = 0
    while index < bytes.count {
      let start = index
      let found = scan.next(in: bytes, from: &index) { completes($0) }
      let piece = bytes.extracting(start..<index)
      if found == .text {
        add(piece, at: position.advanced(by: start), to: &sink)
        continue
      }
      serverLiteral.after.append(piece, at: position.advanced(by: start))
      if found == .completion {
        serverLiteral.completionFrame = position.frame
      } else if found == .refuted || serverLiteral.after.count > OpenLiteral.afterLimit {
        if found != .refuted { scan.forget() }
        addHeld(to: &sink)
      }
    }
  }

  /// Is the line the completion of a command that waits?
  func completes(_ line: Span<UInt8>) -> Bool {
    guard case .completion(let tag, _, _) = IMAPResponseHead(line) else { return false }
    let name = line.extracting(tag).text
    return isPending(name)
  }

  private mutating func add<Sink: MessageSink>(
    _ bytes: Span<UInt8>, at position: Position, to sink: inout Sink
  ) {
    guard !bytes.isEmpty else { return }
    serverLiteral.received += bytes.count
    serverLiteral.end = position.advanced(by: bytes.count - 1)
    if let index = serverLiteral.message {
      recorder.extend(index, by: bytes.count, at: position)
      sink.receive(bytes, of: index)
    } else {
      response.change { $0.content?.append(contentsOf: bytes.copied) }
    }
  }

  /// What might have come after the literal was of it.
  mutating func addHeld<Sink: MessageSink>(to sink: inout Sink) {
    let held = serverLiteral.after
    serverLiteral.after = HeldBytes()
    serverLiteral.completionFrame = nil
    for case .bytes(let bytes, let position) in held.all {
      add(bytes.span, at: position, to: &sink)
    }
  }

  /// The literal ended before the place that was announced for its end: what was held comes after it.
  mutating func endLongLiteral<Sink: MessageSink>(to sink: inout Sink) {
    guard let frame = serverLiteral.completionFrame else { return }
    let (held, announced) = (serverLiteral.after, serverLiteral.count)
    let received = serverLiteral.received
    serverLiteral.after = HeldBytes()
    facts.longLiteral = facts.longLiteral ?? (announced, received)
    findLongLiteral(announced: announced, received: received, frame: frame)
    endServerLiteral(isComplete: false, to: &sink)
    isReadingAgain = true
    for case .bytes(let bytes, let position) in held.all {
      receiveServer(bytes.span, at: position, to: &sink)
    }
    isReadingAgain = false
  }

  mutating func endServerLiteral<Sink: MessageSink>(
    isComplete: Bool, to sink: inout Sink
  ) {
    serverPhase = .line
    let literal = serverLiteral
    serverLiteral = OpenLiteral()
    let isWhole = isComplete && !literal.isDamaged
    response.change {
      $0.length += literal.received
      $0.end = literal.end ?? $0.end
      $0.followsLiteral = true
      guard literal.message == nil, isWhole, !$0.isOverLimit, let content = $0.content.take(),
        let last = $0.text.literals.indices.last
      else { return }
      $0.text.literals[last].content = content
    }
    guard let index = literal.message else { return }
    recorder.edit {
      $0.messages[index].complete = isWhole
      $0.messages[index].outcome = isWhole ? .retrieved : .incomplete
    }
    sink.end(index)
  }

  /// Bodies that came as quoted strings are messages too.
  mutating func sendQuotedBodies<Sink: MessageSink>(to sink: inout Sink) {
    let bodies = response.change { open in
      let fresh = open.itemsSent..<max(open.itemsSent, open.items.words.count / 2)
      open.itemsSent = fresh.upperBound
      return fresh.compactMap { item -> (section: BodySection, content: [UInt8], end: Position)? in
        let (name, value) = (open.items.words[2 * item], open.items.words[2 * item + 1])
        guard value.kind == .quoted, let section = BodySection(open.text.string(name.range))
        else { return nil }
        return (section, open.text.value(of: value), open.end)
      }
    }
    for (section, content, end) in bodies ?? [] {
      openMessage(section, at: end, to: &sink)
      add(content.span, at: end, to: &sink)
      (serverLiteral.received, serverLiteral.end) = (0, nil)
      endServerLiteral(isComplete: true, to: &sink)
      response.change { $0.followsLiteral = false }
    }
  }
}

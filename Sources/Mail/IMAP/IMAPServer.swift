// The server's side of an IMAP dialogue: it frames itself.

import Fields

extension IMAPDialogue {
  mutating func receiveServer<Sink: MessageSink>(
    _ bytes: Span<UInt8>, at position: Position, to sink: inout Sink
  ) {
    var index = 0
    while index < bytes.count {
      switch serverPhase {
      case .encoded:
        return pendingSwitch.add(
          bytes.extracting(index...), from: .server, at: position.advanced(by: index))
      case .handshake:
        if TLSUse.beginsRecord(bytes[index]) {
          serverPhase = .encoded(.tls)
          pendingSwitch.begin(.tls, .server, at: position.streamOffset + index)
        } else {
          findReplyAfterTLS(at: position.advanced(by: index))
          serverPhase = .line
          facts.capabilities = nil
        }
      case .literal(let remaining):
        let count = min(remaining, bytes.count - index)
        receiveServerLiteral(
          bytes.extracting(index..<(index + count)), at: position.advanced(by: index), to: &sink)
        index += count
        serverPhase = .literal(remaining - count)
        if remaining > count { continue }
        if serverLiteral.after.isEmpty {
          endServerLiteral(isComplete: true, to: &sink)
        } else {
          (serverPhase, serverLiteral.isUndecided) = (.line, true)
        }
      case .line, .lost:
        guard let line = serverFramer.next(in: bytes, from: &index, at: position) else { return }
        if line.dropped > 0 { ending = serverFramer.lastBytes(of: line, in: bytes) }
        receiveServer(line, serverFramer.bytes(of: line, in: bytes).copied, to: &sink)
        readHeld(to: &sink)
      }
    }
  }

  mutating func receiveServer<Sink: MessageSink>(
    _ line: LineFramer.Line, _ bytes: [UInt8], to sink: inout Sink
  ) {
    if serverLiteral.isUndecided, !decideLiteral(before: line, bytes, to: &sink) { return }
    guard response.isEmpty else { return continueResponse(line, bytes, to: &sink) }
    if serverPhase == .lost {
      guard IMAPGrammar.beginsResponse(bytes.span) else { return }
      serverPhase = .line
      findShortLiteral(until: line.start.streamOffset)
    }
    checkLine(line, of: .server)
    switch IMAPResponseHead(bytes.span) {
    case .data(let head):
      response.value = OpenResponse(head, line)
      continueResponse(line, bytes, to: &sink)
    case .continuation(let text):
      let status = StatusText(bytes.span.extracting(text...))
      let content = IMAPReply(tag: "+", status: "", code: status.code, text: status.text)
      receiveContinuation(Reply(line, content), to: &sink)
    case .completion(let tag, let status, let text):
      let tag = String(decoding: bytes[tag], as: UTF8.self)
      let rest = StatusText(bytes.span.extracting(text...))
      receiveCompletion(
        Completion(
          status: status,
          reply: IMAPReply(tag: tag, status: status.rawValue, code: rest.code, text: rest.text),
          position: line.start, end: line.end), line, to: &sink)
    case .none:
      facts.isFirstResponse = false
      let text = String(decoding: bytes, as: UTF8.self)
      recorder.find(
        .imapResponseSyntax, frame: line.start.frame,
        "no response of IMAP: \(text.isEmpty ? "an empty line" : Phrase.quote(text))")
      recorder.add(Reply(line, IMAPReply(tag: "", status: "", text: text)), to: nil)
    }
  }

  /// The server's last line has no line end, and it has had more from the client since: what comes may begin another.
  @inline(__always)
  func isSeam(_ position: Position) -> Bool {
    guard serverFramer.hasPartialLine, serverPhase == .line, response.isEmpty,
      let before = facts.serverEnd?.acknowledged, let reach = position.acknowledged, reach > before
    else { return false }
    return endsAnywhere(serverFramer.partial)
  }

  /// Reads what was held at a seam, as soon as it is known whether it begins a line.
  mutating func resolveSeam<Sink: MessageSink>(isLast: Bool, to sink: inout Sink) {
    guard let next = seam.firstPosition, let end = facts.serverEnd else { return }
    let first = seam.prefix(Self.seamLength)
    guard isLast || first.count == Self.seamLength || first.contains(.lineFeed) else { return }
    let pieces = seam.all
    seam = HeldBytes()
    if beginsAnother(first.span) { endLine(at: end, goesOnAt: next, to: &sink) }
    for case .bytes(let bytes, let position) in pieces {
      facts.serverEnd = position.advanced(by: bytes.count - 1)
      receiveServer(bytes.span, at: position, to: &sink)
    }
  }

  /// Bytes that say whether a line of the server begins with them.
  private static let seamLength = 64

  private func beginsAnother(_ bytes: Span<UInt8>) -> Bool {
    let line = bytes.packetLine(at: 0)
    let content = bytes.part(line.start, line.end)
    return switch IMAPResponseHead(content) {
    case .data(let head): head.kind != nil
    case .continuation: true
    case .completion: completes(content)
    case .none: false
    }
  }

  /// Is the line a status, whose text may end anywhere?
  private func endsAnywhere(_ line: Span<UInt8>) -> Bool {
    switch IMAPResponseHead(line) {
    case .data(let head): head.kind?.isStatus == true
    case .completion, .continuation: true
    case .none: false
    }
  }

  /// Takes an unfinished line for a whole one, where it is a status, whose text may end anywhere.
  private mutating func endLine<Sink: MessageSink>(
    at end: Position, goesOnAt next: Position?, to sink: inout Sink
  ) {
    guard serverPhase == .line, response.isEmpty, endsAnywhere(serverFramer.partial),
      let line = serverFramer.cut(at: end)
    else { return }
    let none: [UInt8] = []
    let bytes = serverFramer.bytes(of: line, in: none.span).copied
    findUnendedLine(bytes, line, goesOnAt: next)
    receiveServer(line, bytes, to: &sink)
    readHeld(to: &sink)
  }

  // MARK: Untagged data

  /// A line of an untagged response: its first, or what follows a literal.
  private mutating func continueResponse<Sink: MessageSink>(
    _ line: LineFramer.Line, _ bytes: [UInt8], to sink: inout Sink
  ) {
    if isBroken(before: bytes) {
      loseLiteral(line, bytes)
      closeResponse(to: &sink)
      serverPhase = .lost
      return receiveServer(line, bytes, to: &sink)
    }
    let ending = line.dropped > 0 ? self.ending : bytes
    guard
      let (literal, section) = response.change({ $0.add(line, bytes, ending: ending) }) ?? nil
    else { return closeResponse(to: &sink) }
    sendQuotedBodies(to: &sink)
    if let section { openMessage(section, at: line.end, to: &sink) }
    serverLiteral.count = literal.count
    serverPhase = .literal(literal.count)
    if literal.count == 0 { endServerLiteral(isComplete: true, to: &sink) }
  }

  // MARK: Gaps and the end

  mutating func gapOfServer<Sink: MessageSink>(
    _ length: Int, at position: Position, to sink: inout Sink
  ) {
    switch serverPhase {
    case .literal(let remaining):
      addHeld(to: &sink)
      serverLiteral.scan.forget()
      if let index = serverLiteral.message { sink.gap(min(length, remaining), in: index) }
      response.change { $0.content = nil }
      serverLiteral.isDamaged = true
      if length < remaining {
        serverPhase = .literal(remaining - length)
      } else {
        endServerLiteral(isComplete: false, to: &sink)
        if length > remaining { loseResponse(to: &sink) }
      }
    case .line, .lost:
      if serverLiteral.isUndecided { endWholeLiteral(to: &sink) }
      findShortLiteral(until: nil)
      loseResponse(to: &sink)
    case .handshake, .encoded: break
    }
  }

  private mutating func loseResponse<Sink: MessageSink>(to sink: inout Sink) {
    serverFramer.discard()
    closeResponse(to: &sink)
    serverPhase = .lost
  }

  mutating func finishServer<Sink: MessageSink>(
    _ close: SessionClose, to sink: inout Sink
  ) {
    endLongLiteral(to: &sink)
    if serverLiteral.isUndecided { endWholeLiteral(to: &sink) }
    findShortLiteral(until: nil)
    if case .literal = serverPhase {
      addHeld(to: &sink)
      if let index = serverLiteral.message { cutOff("FETCH", message: index) }
      endServerLiteral(isComplete: false, to: &sink)
    }
    // A capture that just ends does not say that the line did.
    if close != .open, let end = facts.serverEnd { endLine(at: end, goesOnAt: nil, to: &sink) }
    closeResponse(to: &sink)
  }
}

// The server's segments as Wireshark shows them.

import Fields

extension SMTPPackets {
  mutating func describeResponse(
    _ bytes: Span<UInt8>, _ facts: PDUFacts, into tree: inout FieldBuffer
  ) -> PDUOutcome {
    let fields = SMTPFields.fields
    if facts.canAskForMore, !bytes.mailLine(at: 0).isTerminated {
      return .unfinished(from: 0, needs: .line)
    }
    let top = begin(bytes, &tree)
    var mails: [[UInt8]] = []
    tree.add(fields.response, true, .hidden)
    var info = InfoLine(start: "S: ")
    var outcome = PDUOutcome.described
    var reply = FieldIndex.none
    // Of the first line of the reply that goes on.
    var expected: (code: Int, item: FieldIndex)?
    var position = 0
    while position < bytes.count {
      let line = bytes.mailLine(at: position)
      if !line.isTerminated, facts.canAskForMore {
        outcome = .unfinished(from: position, needs: .line)
        break
      }
      let content = bytes.part(line.start, line.end)
      let parts = SMTPGrammar.reply(content)
      let code = parts?.code
      let text = content.part(4, content.count)
      if expected == nil {
        reply = tree.add(fields.responseLine, bytes.part(line.start, line.next), at: line.start)
        tree.open(reply)
        info.add { $0.write(printable: content) }
        if let code {
          let item = tree.add(fields.code, code, at: line.start, count: 3)
          expected = (code, item)
          if facts.canAskForMore || line.isTerminated {
            follow(code, frame: facts.frame, &mails, into: &tree)
          }
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
      if parts?.isLast == true { expected = nil }
      if expected == nil, reply != .none {
        tree.close(reply)
        reply = .none
      }
      position = line.next
      if case .agreed = tls, position < bytes.count ? TLSUse.beginsRecord(bytes[position]) : true {
        outcome = .encoded(from: position, .tls)
        break
      }
    }
    if reply != .none { tree.close(reply) }
    tree.close(top)
    tree.columns.appendInfo { info.write(to: &$0) }
    for mail in mails { Self.describe(mail, into: &tree) }
    return outcome
  }

  /// What a reply decides; a message that a lenient server took for ended is described with its answer.
  private mutating func follow(
    _ code: Int, frame: Int, _ mails: inout [[UInt8]], into tree: inout FieldBuffer
  ) {
    if tls == .requested {
      if code == 220 { tls = .agreed(frame: frame) } else if code >= 400 { tls = .clear }
    }
    switch phase {
    case .undecided(let question):
      guard question.isDecided(by: code) else { return }
      let next = question.decided(by: code)
      // The refusal may be that of an earlier command: the go-ahead can still come.
      if case .command = next { isRefused = true } else { enter(next) }
    case .response where code != 334: enter(.command)
    case .message where code != 354 && end.isNearly:
      endMessage(&mails, into: &tree)
      enter(.command)
    case .command, .message, .chunk, .binary, .response, .refused, .encrypted, .reversed: break
    }
  }
}

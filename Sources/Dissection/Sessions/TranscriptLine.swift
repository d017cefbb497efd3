import Fields
import Mail

/// One line of a dialogue, as transcript and ladder show it.
struct TranscriptLine {
  enum Kind {
    case text
    /// Bytes that are not shown, but counted: those of a message, for the most part.
    case message
  }
  var side: Side
  var kind = Kind.text
  var text: String
  /// After the text: what a SASL response says.
  var remark = ""
  var position: Position
  var order: Int
  /// Later lines of one reply are below it without frame and time.
  var isContinuation = false
}

extension Session {
  /// All lines of both sides in the order of the wire.
  func lines(_ mask: SecretMask) -> [TranscriptLine] {
    var lines: [TranscriptLine] = []
    if let greeting { Self.append(greeting, mask, isAnswer: true, to: &lines) }
    // Through spans: exchanges and replies are large, and are looked at where they are.
    let exchanges = self.exchanges.span
    lines.reserveCapacity(4 * exchanges.count)
    for number in exchanges.indices {
      var isAnswer = false
      if let command = exchanges[number].command {
        isAnswer = true
        lines.append(
          TranscriptLine(
            side: .client, text: mask.text(of: command), position: command.position,
            order: command.order))
      }
      if !exchanges[number].answers.isEmpty {
        var messages = exchanges[number].messages[...]
        for answer in exchanges[number].answers {
          lines += Self.lines(of: answer, mask, self, &messages)
        }
      }
      let replies = exchanges[number].replies.span
      for index in replies.indices {
        Self.append(replies[index], mask, isAnswer: isAnswer, to: &lines)
      }
    }
    for attempt in failedTLS {
      // What lies before it in the capture comes before it here.
      let before = lines.last { $0.position.frame <= attempt.position.frame }
      lines.append(
        TranscriptLine(
          side: attempt.from, kind: .message, text: "\(attempt.text), \(attempt.length) bytes",
          position: attempt.position, order: before?.order ?? -1))
    }
    if lines.indices.dropFirst().allSatisfy({ lines[$0 - 1].order <= lines[$0].order }) {
      return lines
    }
    // Lines of one reply share an order: the sort must keep them as they are.
    let places = lines.indices.sorted { (lines[$0].order, $0) < (lines[$1].order, $1) }
    return places.map { lines[$0] }
  }

  private static func lines(
    of answer: Answer, _ mask: SecretMask, _ session: Session, _ messages: inout ArraySlice<Int>
  ) -> [TranscriptLine] {
    var line = TranscriptLine(
      side: .client, text: mask.text(of: answer), position: answer.position, order: answer.order)
    switch answer.kind {
    case .message:
      line.kind = .message
      line.text = "message, \(answer.length) bytes"
      if let index = messages.popFirst(), session.messages.indices.contains(index) {
        let message = session.messages[index]
        line.remark = message.complete ? "" : "incomplete"
      }
    case .sasl:
      line.remark = answer.decoded.map { "\($0.name)=\(mask.value(of: $0))" }
        .joined(separator: " ")
    case .literal:
      let texts = line.text.split(separator: "\n", omittingEmptySubsequences: false)
      return texts.enumerated().map { index, text in
        var part = line
        part.text = String(text)
        part.isContinuation = index > 0
        return part
      }
    case .binary:
      line.kind = .message
      line.text = "binary data, \(answer.length) bytes"
    case .refused:
      line.kind = .message
      line.text = "refused message, \(answer.lineCount) lines, \(answer.length) bytes"
    case .cancel, .done: break
    }
    return [line]
  }

  private static func append(
    _ reply: Reply, _ mask: SecretMask, isAnswer: Bool, to lines: inout [TranscriptLine]
  ) {
    func add(_ text: String, _ position: Position, _ order: Int, isContinuation: Bool = false) {
      lines.append(
        TranscriptLine(
          side: .server, text: mask.line(text, isAnswer: isAnswer), position: position,
          order: order,
          isContinuation: isContinuation))
    }
    var remarks: [String] = []
    switch reply.content {
    case .smtp(let content):
      for (index, line) in content.sentLines.enumerated() {
        add(line, reply.position, reply.order, isContinuation: index > 0)
      }
      if content.code == nil { remarks.append("no reply code") }
      if !content.isTerminated { remarks.append("no line end") }
    case .status(let content):
      let status = content.text.isEmpty ? content.status : "\(content.status) \(content.text)"
      let shown = content.shown.isEmpty ? [status] : content.shown
      let first = content.linesComeFirst ? content.lines : shown
      let all = content.linesComeFirst ? first + shown : first + content.lines
      for (index, line) in all.enumerated() {
        add(line, reply.position, reply.order, isContinuation: index > 0)
      }
      if let count = content.lineCount, content.lines.isEmpty, count > 0 {
        lines.append(
          TranscriptLine(
            side: .server, kind: .message, text: "message, \(count) lines",
            position: reply.position,
            order: reply.order, isContinuation: true))
      }
    case .imap(let content):
      for untagged in content.untagged {
        add("* \(untagged.text)", untagged.position, untagged.order)
      }
      if content.status != "*" {
        let parts = [content.tag, content.status, content.code ?? "", content.text]
        add(parts.filter { !$0.isEmpty }.joined(separator: " "), reply.position, reply.order)
      }
    }
    remarks += reply.decoded.map { "\($0.name): \($0.value)" }
    if let last = lines.indices.last, !remarks.isEmpty {
      lines[last].remark = mask.text(remarks.joined(separator: ", "))
    }
  }
}

import Fields
import Mail

/// One line of a dialogue, as transcript and ladder show it.
struct TranscriptLine {
  enum Kind {
    case text
    /// Message bytes: not shown, counted.
    case message
  }
  var side: Side
  var kind = Kind.text
  var text: String
  /// Behind the text: what a SASL response says.
  var remark = ""
  var position: Position
  var order: Int
  /// Later lines of one reply stand below it without frame and time.
  var isContinuation = false
}

extension Session {
  /// All lines of both sides in the order of the wire.
  func lines(_ mask: SecretMask) -> [TranscriptLine] {
    var lines: [TranscriptLine] = []
    if let greeting { Self.append(greeting, mask, isAnswer: true, to: &lines) }
    for exchange in exchanges {
      if let command = exchange.command {
        lines.append(
          TranscriptLine(
            side: .client, text: mask.text(of: command), position: command.position,
            order: command.order))
      }
      var messages = exchange.messages[...]
      for answer in exchange.answers {
        lines += Self.lines(of: answer, mask, self, &messages)
      }
      for reply in exchange.replies {
        Self.append(reply, mask, isAnswer: exchange.command != nil, to: &lines)
      }
    }
    if lines.indices.dropFirst().allSatisfy({ lines[$0 - 1].order <= lines[$0].order }) {
      return lines
    }
    // Lines of one reply share an order: the sort must keep them as they are.
    return lines.enumerated().sorted {
      ($0.element.order, $0.offset) < ($1.element.order, $1.offset)
    }.map(\.element)
  }

  private static func lines(
    of answer: Answer, _ mask: SecretMask, _ session: Session, _ messages: inout ArraySlice<Int>
  ) -> [TranscriptLine] {
    var line = TranscriptLine(
      side: .client, text: mask.text(of: answer), position: answer.position, order: answer.order)
    switch answer.kind {
    case .message:
      line.kind = .message
      line.text = "\(answer.length) bytes"
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
    switch reply.content {
    case .smtp(let content):
      let last = content.lines.count - 1
      for (index, line) in content.lines.enumerated() {
        add(
          "\(content.code)\(index < last ? "-" : " ")\(line)", reply.position, reply.order,
          isContinuation: index > 0)
      }
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
            side: .server, kind: .message, text: "\(count) lines", position: reply.position,
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
  }
}

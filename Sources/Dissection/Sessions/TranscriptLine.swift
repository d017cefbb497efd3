import Fields
import Mail
import TLS

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
  var frame: Int
  var time: Int64
  var order: Int
  /// Later lines of one reply are below it without frame and time.
  var isContinuation = false

  init(
    side: Side, kind: Kind = .text, text: String, position: Position, order: Int,
    isContinuation: Bool = false
  ) {
    (self.side, self.kind, self.text) = (side, kind, text)
    (frame, time) = (position.frame, position.time)
    (self.order, self.isContinuation) = (order, isContinuation)
  }
}

extension TLSFacts {
  /// The messages of the handshake in the order of the wire, and what was encrypted after it where that is not read.
  fileprivate func lines(isDecrypted: Bool) -> [TranscriptLine] {
    func line(_ side: Side, _ text: String, _ place: TLSPlace) -> TranscriptLine {
      TranscriptLine(
        side: side, kind: .message, text: text,
        position: Position(frame: place.frame, time: place.time), order: 0)
    }
    func bytes(_ count: Int) -> String { count == 1 ? "1 byte" : "\(count) bytes" }
    var lines = steps.map { step in
      line(step.side, "TLS \(step.name), \(bytes(step.length))", step.end)
    }
    if !isDecrypted {
      lines += runs.map { run in
        let records = run.count.records == 1 ? "1 record" : "\(run.count.records) records"
        return line(run.side, "TLS \(records), \(bytes(run.count.bytes))", run.first)
      }
    }
    return lines.sorted { $0.frame < $1.frame }
  }
}

extension Session {
  /// All lines of both sides in the order of the wire. `tls` is shown among them, where it is given.
  func lines(_ mask: SecretMask, _ tls: TLSFacts? = nil) -> [TranscriptLine] {
    var lines: [TranscriptLine] = []
    collect(mask, tls, into: &lines)
    return lines
  }

  /// The same into an array that is empty, and may have room.
  func collect(_ mask: SecretMask, _ tls: TLSFacts? = nil, into lines: inout [TranscriptLine]) {
    if let greeting { Self.append(greeting, mask, isAnswer: true, to: &lines) }
    // Through spans: exchanges and replies are large, and are looked at where they are.
    let exchanges = self.exchanges.span
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
      let before = lines.last { $0.frame <= attempt.position.frame }
      lines.append(
        TranscriptLine(
          side: attempt.from, kind: .message, text: "\(attempt.text), \(attempt.length) bytes",
          position: attempt.position, order: before?.order ?? -1))
    }
    if let tls, let use = self.tls {
      let clear = lines
      for var line in tls.lines(isDecrypted: use.isDecrypted) {
        line.order = clear.last { $0.frame <= line.frame }?.order ?? -1
        lines.append(line)
      }
    }
    // It keeps lines of one reply, which share an order, as they are.
    if lines.indices.dropFirst().contains(where: { lines[$0 - 1].order > lines[$0].order }) {
      lines.sort { $0.order < $1.order }
    }
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
      let rest = content.linesComeFirst ? shown : content.lines
      for (index, line) in first.enumerated() {
        add(line, reply.position, reply.order, isContinuation: index > 0)
      }
      for (index, line) in rest.enumerated() {
        add(line, reply.position, reply.order, isContinuation: index > 0 || !first.isEmpty)
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
        add("* " + untagged.text, untagged.position, untagged.order)
      }
      if content.status != "*" {
        var line = content.tag
        for part in [content.status, content.code ?? "", content.text] where !part.isEmpty {
          if !line.isEmpty { line += " " }
          line += part
        }
        add(line, reply.position, reply.order)
      }
    }
    remarks += reply.decoded.map { "\($0.name): \($0.value)" }
    if let last = lines.indices.last, !remarks.isEmpty {
      lines[last].remark = mask.text(remarks.joined(separator: ", "))
    }
  }
}

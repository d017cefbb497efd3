import Fields
import Mail
import TLS

/// One line of a dialogue, as transcript and ladder show it. Its words are in the buffer of all lines.
struct TranscriptLine {
  enum Kind {
    case text
    /// Bytes that are not shown, but counted: those of a message, for the most part.
    case message
  }
  var side: Side
  var kind = Kind.text
  var text: TextRange
  /// After the text: what a SASL response says.
  var remark = TextRange.empty
  var frame: Int
  var time: Int64
  var order: LineOrder
  /// Later lines of one reply are below it without frame and time.
  var isContinuation = false
}

extension TLSFacts {
  /// A line of the handshake, or of what was encrypted after it.
  fileprivate typealias Line = (side: Side, text: String, place: TLSPlace)

  /// The messages of the handshake in the order of the wire, and what was encrypted after it where that is not read.
  fileprivate func lines(isDecrypted: Bool) -> [Line] {
    func bytes(_ count: Int) -> String { count == 1 ? "1 byte" : "\(count) bytes" }
    var lines: [Line] = steps.map { step in
      (step.side, "TLS \(step.name), \(bytes(step.length))", step.end)
    }
    if !isDecrypted {
      lines += runs.map { run in
        let records = run.count.records == 1 ? "1 record" : "\(run.count.records) records"
        return (run.side, "TLS \(records), \(bytes(run.count.bytes))", run.first)
      }
    }
    return lines.sorted { $0.place.frame < $1.place.frame }
  }
}

/// All lines of both sides of a session in the order of the wire, with what may be a secret hidden.
struct TranscriptLines: ~Copyable {
  private(set) var all: [TranscriptLine] = []
  /// The words of all lines.
  private(set) var text = TextBuffer()
  /// So much room is kept for the next session.
  private static let keptLines = 10_000
  private static let keptBytes = 1 << 20

  init() {}

  /// `tls` is shown among the lines, where it is given.
  init(_ session: Session, _ mask: SecretMask, _ tls: TLSFacts? = nil) {
    collect(session, mask, tls)
  }

  /// The words of a line as a string.
  func string(_ range: TextRange) -> String { text.string(range) }

  /// Takes the lines of a session in place of those that are there.
  mutating func collect(_ session: Session, _ mask: SecretMask, _ tls: TLSFacts? = nil) {
    all.removeAll(keepingCapacity: all.count <= Self.keptLines)
    if text.count > Self.keptBytes { text = TextBuffer() } else { text.clear() }
    if let greeting = session.greeting {
      add(greeting.content, greeting.decoded, at: greeting.position, mask, isAnswer: true)
    }
    // Through spans: exchanges and replies are large, and are looked at where they are.
    let exchanges = session.exchanges.span
    for number in exchanges.indices { add(exchanges, number, mask, session) }
    for attempt in session.failedTLS {
      // What lies before it in the capture comes before it here.
      let before = all.last { $0.frame <= attempt.position.frame }
      add(.client, attempt.position, order: before?.order ?? .first) {
        $0.write(attempt.text)
        $0.write(", ")
        $0.write(decimal: attempt.length)
        $0.write(" bytes")
      }
      change { ($0.side, $0.kind) = (attempt.from, .message) }
    }
    if let tls, let use = session.tls { add(tls, isDecrypted: use.isDecrypted) }
    // It keeps lines of one reply, which share an order, as they are.
    if all.indices.dropFirst().contains(where: { all[$0 - 1].order > all[$0].order }) {
      all.sort { $0.order < $1.order }
    }
  }

  private mutating func add(_ tls: TLSFacts, isDecrypted: Bool) {
    let clear = all
    for line in tls.lines(isDecrypted: isDecrypted) {
      let before = clear.last { $0.frame <= line.place.frame }
      add(
        line.side, Position(frame: line.place.frame, time: line.place.time),
        order: before?.order ?? .first
      ) { $0.write(line.text) }
      change { $0.kind = .message }
    }
  }

  /// Adds a line whose words are what `writing` writes.
  @inline(__always)
  private mutating func add(
    _ side: Side, _ position: Position, order: LineOrder? = nil, isContinuation: Bool = false,
    writing: (inout TextBuffer) -> Void
  ) {
    let start = text.count
    writing(&text)
    all.append(
      TranscriptLine(
        side: side, text: TextRange(start: start, count: text.count - start),
        frame: position.frame, time: position.time, order: order ?? position.order,
        isContinuation: isContinuation))
  }

  /// Changes the line that was added last.
  private mutating func change(_ body: (inout TranscriptLine) -> Void) {
    if let last = all.indices.last { body(&all[last]) }
  }

  /// Writes the remark of the line that was added last.
  private mutating func remark(_ words: String) {
    let start = text.count
    text.write(words)
    let range = TextRange(start: start, count: text.count - start)
    change { $0.remark = range }
  }

  // MARK: The client

  private mutating func add(
    _ exchanges: Span<Exchange>, _ number: Int, _ mask: SecretMask, _ session: Session
  ) {
    var isAnswer = false
    // What is needed of the command alone: all of it is large.
    if let position = exchanges[number].command?.position,
      let line = exchanges[number].command?.text
    {
      isAnswer = true
      let secret = exchanges[number].command?.secret
      add(.client, position) { mask.write(line, secret: secret, to: &$0) }
    }
    if !exchanges[number].answers.isEmpty {
      var messages = exchanges[number].messages[...]
      for answer in exchanges[number].answers { add(answer, mask, session, &messages) }
    }
    let all = exchanges[number].replies
    let replies = all.span
    for index in replies.indices {
      add(
        replies[index].content, replies[index].decoded, at: replies[index].position, mask,
        isAnswer: isAnswer)
    }
  }

  private mutating func add(
    _ answer: Answer, _ mask: SecretMask, _ session: Session,
    _ messages: inout ArraySlice<Int>
  ) {
    switch answer.kind {
    case .message:
      add(counted: "message, ", of: answer)
      if let index = messages.popFirst(), session.messages.indices.contains(index),
        !session.messages[index].complete
      {
        remark("incomplete")
      }
    case .binary: add(counted: "binary data, ", of: answer)
    case .refused: add(counted: "refused message, \(answer.lineCount) lines, ", of: answer)
    case .sasl:
      add(.client, answer.position) { $0.write(mask.text(of: answer)) }
      remark(
        answer.decoded.map { "\($0.name)=\(mask.value(of: $0))" }.joined(separator: " "))
    case .literal:
      let texts = mask.text(of: answer).split(separator: "\n", omittingEmptySubsequences: false)
      for (index, part) in texts.enumerated() {
        add(.client, answer.position, isContinuation: index > 0) {
          $0.write(String(part))
        }
      }
    case .cancel, .done:
      add(.client, answer.position) { $0.write(mask.text(of: answer)) }
    }
  }

  private mutating func add(counted words: String, of answer: Answer) {
    add(.client, answer.position) {
      $0.write(words)
      $0.write(decimal: answer.length)
      $0.write(" bytes")
    }
    change { $0.kind = .message }
  }

  // MARK: The server

  private mutating func add(
    _ content: Reply.Content, _ decoded: [SASLField], at position: Position, _ mask: SecretMask,
    isAnswer: Bool
  ) {
    /// Adds a line of the reply.
    func add(isContinuation: Bool, _ writing: (inout TextBuffer) -> Void) {
      say(position, isContinuation, mask, isAnswer, writing)
    }
    var remarks: [String] = []
    switch content {
    case .smtp(let content):
      for index in content.lines.indices {
        add(isContinuation: index > 0) { content.write(line: index, to: &$0) }
      }
      if content.code == nil { remarks.append("no reply code") }
      if !content.isTerminated { remarks.append("no line end") }
    case .status(let content):
      if content.linesComeFirst {
        for (index, line) in content.lines.enumerated() {
          add(isContinuation: index > 0) { $0.write(line) }
        }
      }
      let isBelow = content.linesComeFirst && !content.lines.isEmpty
      if content.shown.isEmpty {
        add(isContinuation: isBelow) {
          $0.write(content.status)
          if content.text.isEmpty { return }
          $0.write(" ")
          $0.write(content.text)
        }
      }
      for (index, line) in content.shown.enumerated() {
        add(isContinuation: isBelow || index > 0) { $0.write(line) }
      }
      if !content.linesComeFirst {
        for line in content.lines { add(isContinuation: true) { $0.write(line) } }
      }
      if let count = content.lineCount, content.lines.isEmpty, count > 0 {
        self.add(.server, position, isContinuation: true) {
          $0.write("message, ")
          $0.write(decimal: count)
          $0.write(" lines")
        }
        change { $0.kind = .message }
      }
    case .imap(let content):
      for untagged in content.untagged {
        say(untagged.position, false, mask, isAnswer) {
          $0.write("* ")
          $0.write(untagged.text)
        }
      }
      if content.status != "*" {
        add(isContinuation: false) { text in
          let start = text.count
          func write(_ part: String) {
            if part.isEmpty { return }
            if text.count > start { text.write(" ") }
            text.write(part)
          }
          write(content.tag)
          write(content.status)
          write(content.code ?? "")
          write(content.text)
        }
      }
    }
    remarks += decoded.map { "\($0.name): \($0.value)" }
    if !remarks.isEmpty { remark(mask.text(remarks.joined(separator: ", "))) }
  }

  /// Adds a line of the server.
  private mutating func say(
    _ position: Position, _ isContinuation: Bool, _ mask: SecretMask, _ isAnswer: Bool,
    _ writing: (inout TextBuffer) -> Void
  ) {
    let start = text.count
    add(.server, position, isContinuation: isContinuation) {
      writing(&$0)
      mask.hide(inLineOf: &$0, from: start, isAnswer: isAnswer)
    }
  }
}

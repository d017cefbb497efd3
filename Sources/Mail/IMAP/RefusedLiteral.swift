import Fields

/// What a client sends of a literal though the server has refused it, and so takes its lines for commands.
struct RefusedLiteral: Sendable {
  let name: String
  let exchange: Int?
  /// Bytes announced.
  let count: Int
  let refusal: QuotingText
  private(set) var start: Position?
  private(set) var end: Position?
  private(set) var length = 0
  private(set) var lines = 0
  /// Answers of the server to its lines.
  private(set) var answers = 0
  /// The client has gone on.
  var isOver = false

  init(name: String, exchange: Int?, count: Int, refusal: QuotingText) {
    (self.name, self.exchange, self.count, self.refusal) = (name, exchange, count, refusal)
  }

  /// May a line be of it, or, where all of it has come, of the command after it?
  func mayHave(_ line: Span<UInt8>) -> Bool {
    if length < count { return true }
    return line.isEmpty || line[0] == .space || line[0] == UInt8(ascii: ")")
  }

  mutating func add(_ line: LineFramer.Line) {
    start = start ?? line.start
    end = line.end
    length += line.length
    lines += 1
  }

  /// Each line has at most one answer.
  mutating func takesAnswer() -> Bool {
    guard answers < lines else { return false }
    answers += 1
    return true
  }
}

extension IMAPDialogue {
  /// Whether a line belongs to a literal that the server has refused; it is taken then.
  mutating func takesForRefused(_ line: LineFramer.Line, _ bytes: [UInt8]) -> Bool {
    guard let refused = facts.refused, !refused.isOver, clientPhase == .line, command.isEmpty else {
      return false
    }
    let isCommand =
      IMAPGrammar.beginsCommand(bytes.span) || isNext(IMAPCommandHead(bytes.span).tag)
    guard !isCommand, refused.mayHave(bytes.span) else {
      endRefused()
      return false
    }
    facts.refused?.add(line)
    return true
  }

  /// What was sent of a refused literal is over.
  mutating func endRefused() {
    guard let refused = facts.refused, !refused.isOver else { return }
    facts.refused?.isOver = true
    guard let start = refused.start, let end = refused.end else { return }
    var answer = Answer(
      kind: .refused, text: "", position: start, end: end, length: refused.length)
    answer.lineCount = refused.lines
    recorder.add(answer, to: refused.exchange)
    recorder.find(
      .imapLiteralNotAwaited, frame: start.frame,
      "\(refused.name) was refused (“\(refused.refusal)”), and \(Phrase.count(refused.lines, "line")) of its literal were sent all the same, which the server takes for commands"
    )
  }

  /// Whether a completion of no command answers a line of a refused literal; it is added then.
  mutating func answersRefused(_ reply: Reply) -> Bool {
    guard facts.refused?.takesAnswer() == true else { return false }
    recorder.add(reply, to: facts.refused?.exchange)
    return true
  }
}

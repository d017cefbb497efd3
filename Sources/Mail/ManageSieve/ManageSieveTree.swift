import Fields

/// ManageSieve (RFC 5804), described segment by segment in the style of Wireshark's other mail protocols; tshark 4.0
/// has no dissector of its own for it.
public struct ManageSievePackets: PDUDissector {
  /// What comes next of a side.
  private struct Progress: Sendable {
    /// Bytes of a literal that are still to come.
    var remaining = 0
    /// The next line goes on with one that announced a literal.
    var isContinued = false
  }
  private var client = Progress()
  private var server = Progress()
  private var phase = ClientPhase.command

  public init() {}

  public mutating func describe(
    _ bytes: Span<UInt8>, _ facts: PDUFacts, into tree: inout FieldBuffer
  ) -> PDUOutcome {
    let isRequest = facts.side == .client
    var progress = isRequest ? client : server
    let whole = end(of: bytes, progress, facts)
    guard whole > 0 else { return .unfinished(from: 0, needs: .line) }
    tree.columns.protocolName = "MANAGESIEVE"
    tree.columns.startInfo()
    tree.addProtocol("managesieve")
    let top = tree.opened(ManageSieveFields.fields.manageSieve, count: whole)
    var position = 0
    var outcome = PDUOutcome.described
    while position < whole {
      if progress.remaining > 0 {
        let count = min(progress.remaining, whole - position)
        describeLiteral(bytes.extracting(position..<position + count), at: position, into: &tree)
        progress.remaining -= count
        position += count
        continue
      }
      let line = bytes.mailLine(at: position)
      describeLine(
        bytes, line, isRequest: isRequest, isContinued: progress.isContinued,
        isFirst: position == 0, into: &tree)
      let content = bytes.extracting(line.start..<line.end)
      let literal = ManageSieveGrammar.literal(endOf: content)
      if let switched = follow(content, progress, isRequest: isRequest, from: line.next) {
        outcome = switched
        position = line.next
        break
      }
      (progress.remaining, progress.isContinued) = (literal?.count ?? 0, literal != nil)
      position = line.next
    }
    if isRequest { client = progress } else { server = progress }
    tree.close(top)
    if outcome == .described, whole < bytes.count {
      return .unfinished(from: whole, needs: .line)
    }
    return outcome
  }

  /// Where what can be described ends: an unfinished line waits for its end.
  private func end(of bytes: Span<UInt8>, _ progress: Progress, _ facts: PDUFacts) -> Int {
    var position = min(progress.remaining, bytes.count)
    while position < bytes.count {
      let line = bytes.mailLine(at: position)
      guard line.isTerminated || !facts.canAskForMore else { return position }
      let literal = ManageSieveGrammar.literal(endOf: bytes.extracting(line.start..<line.end))
      position = min(bytes.count, line.next + min(literal?.count ?? 0, bytes.count))
    }
    return position
  }

  /// What a line means for what comes after it; where that is TLS, the outcome.
  private mutating func follow(
    _ line: Span<UInt8>, _ progress: Progress, isRequest: Bool, from next: Int
  ) -> PDUOutcome? {
    guard !progress.isContinued else { return nil }
    if isRequest {
      let following = ClientPhase(after: ManageSieveGrammar.verb(of: line))
      if case .undecided = following { phase = following }
      return nil
    }
    guard case .undecided(let question) = phase, let status = ManageSieveGrammar.status(of: line)
    else { return nil }
    phase = .command
    return question == .tls && status == .ok ? .encoded(from: next, .tls) : nil
  }

  private func describeLine(
    _ bytes: Span<UInt8>, _ line: PacketLine, isRequest: Bool, isContinued: Bool, isFirst: Bool,
    into tree: inout FieldBuffer
  ) {
    let fields = ManageSieveFields.fields
    let content = bytes.extracting(line.start..<line.end)
    if isFirst {
      tree.columns.appendInfo {
        $0.write(isRequest ? "Request: " : "Response: ")
        $0.write(printable: content)
      }
    }
    let item = tree.add(
      isRequest ? fields.request : fields.response, at: line.start, count: line.next - line.start,
      writing: { _ in })
    tree.relabel(item) { $0.write(printable: bytes.extracting(line.start..<line.next)) }
    tree.open(item)
    let status = isContinued || isRequest ? nil : ManageSieveGrammar.status(of: content)
    let words = ManageSieveGrammar.words(in: content)
    for (index, word) in words.enumerated() {
      let isHead = index == 0 && !isContinued
      let field =
        switch word.kind {
        case .atom where isHead && isRequest: fields.command
        case .atom where isHead && status != nil: fields.status
        case .code where status != nil: fields.code
        case .string where status != nil, .literal where status != nil: fields.text
        case .string where isChallenge(words.count), .literal where isChallenge(words.count):
          isRequest ? fields.answer : fields.challenge
        case .atom, .code, .string, .literal: isRequest ? fields.argument : fields.data
        }
      tree.add(field, content.extracting(word.range), at: line.start + word.range.lowerBound)
    }
    tree.close(item)
  }

  /// A line of one string after AUTHENTICATE, until the status.
  private func isChallenge(_ words: Int) -> Bool {
    if case .undecided(.response) = phase { words == 1 } else { false }
  }

  private func describeLiteral(
    _ bytes: Span<UInt8>, at position: Int, into tree: inout FieldBuffer
  ) {
    let item = tree.add(
      ManageSieveFields.fields.literal, at: position, count: bytes.count, writing: { _ in })
    tree.relabel(item) {
      $0.write("Literal data (\(bytes.count) byte\(bytes.count == 1 ? "" : "s"))")
    }
    tree.open(item)
    var start = 0
    while start < bytes.count {
      let line = bytes.mailLine(at: start)
      let whole = bytes.extracting(line.start..<line.next)
      tree.addText(at: position + line.start, count: whole.count) { $0.write(printable: whole) }
      start = line.next
    }
    tree.close(item)
  }
}

/// The fields of ManageSieve.
public struct ManageSieveFields: FieldSet {
  let manageSieve = Field("managesieve", "ManageSieve Protocol", .proto)
  let request = Field("managesieve.request", "Request", .string)
  let command = Field("managesieve.request.command", "Command", .string)
  let argument = Field("managesieve.request.argument", "Argument", .string)
  let answer = Field("managesieve.request.answer", "SASL response", .string)
  let response = Field("managesieve.response", "Response", .string)
  let challenge = Field("managesieve.response.challenge", "SASL challenge", .string)
  let status = Field("managesieve.response.status", "Status", .string)
  let code = Field("managesieve.response.code", "Response code", .string)
  let text = Field("managesieve.response.text", "Text", .string)
  let data = Field("managesieve.response.data", "Data", .string)
  let literal = Field("managesieve.literal", "Literal", .string)

  public init() {}
  static let fields = Self()
}

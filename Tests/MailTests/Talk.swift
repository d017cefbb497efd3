import Fields
import Mail

/// A dialogue written line by line, and how to run it.
///
/// `C: text` and `S: text` are lines with CRLF, `C~text` and `S~text` bytes as they stand (`\r`, `\n`, `\t`,
/// `\x16` and `\\` are escapes), `C<12>` and `S<12>` gaps, `T 90` lets 90 seconds pass.
struct Talk: Sendable {
  enum Step: Sendable {
    case bytes(Side, [UInt8])
    case gap(Side, Int)
    case pause(Int)
  }
  var steps: [Step] = []

  init(_ text: String) {
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) where !line.isEmpty {
      let side: Side = line.first == "C" ? .client : .server
      let rest = line.dropFirst(2)
      switch line.dropFirst().first {
      case ":": steps.append(.bytes(side, Array(rest.dropFirst().utf8) + [13, 10]))
      case "~": steps.append(.bytes(side, Self.unescaped(rest)))
      case "<": steps.append(.gap(side, Int(rest.dropLast()) ?? 0))
      default: steps.append(.pause(Int(rest) ?? 0))
      }
    }
  }

  private static func unescaped(_ text: Substring) -> [UInt8] {
    var (result, rest): ([UInt8], Substring) = ([], text)
    while let first = rest.popFirst() {
      guard first == "\\", let escape = rest.popFirst() else {
        result += Array(String(first).utf8)
        continue
      }
      switch escape {
      case "r": result.append(13)
      case "n": result.append(10)
      case "t": result.append(9)
      case "x":
        result.append(UInt8(rest.prefix(2), radix: 16) ?? 0)
        rest = rest.dropFirst(2)
      default: result += Array(String(escape).utf8)
      }
    }
    return result
  }

  /// The dialogue as one parser's record, with what its sink got.
  struct Outcome {
    var session: Session
    var messages: [Int: [UInt8]]
    var events: [String]

    func message(_ index: Int) -> String { String(decoding: messages[index] ?? [], as: UTF8.self) }
    var codes: [String] { Set(session.findings.map(\.code.rawValue)).sorted() }
    /// All that is known, to compare two runs.
    var description: String {
      let dropped = session.dropped.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
      var rest = session
      rest.dropped = [:]
      let bodies = messages.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
      return "\(rest)\n\(dropped)\n\(bodies)\n\(events)"
    }
  }

  /// `cut` gives the lengths of the pieces in which a step is pushed.
  func run(
    _ mailProtocol: MailProtocol, midstream: Bool = false, close: SessionClose = .fin,
    options: SessionOptions = SessionOptions(), cut: (Int, Int) -> [Int] = { [$1] }
  ) -> Outcome {
    var parser = SessionParser(mailProtocol, midstream: midstream, options: options)
    var sink = TalkSink()
    var offsets: [Side: Int] = [:]
    var time: Int64 = 1_000_000_000_000
    for (number, step) in steps.enumerated() {
      time += 1_000_000
      switch step {
      case .pause(let seconds): time += Int64(seconds) * 1_000_000_000
      case .gap(let side, let length):
        let position = Position(
          frame: number + 1, time: time, streamOffset: offsets[side, default: 0])
        parser.gap(length, from: side, at: position, to: &sink)
        offsets[side, default: 0] += length
      case .bytes(let side, let bytes):
        var start = 0
        for length in cut(number, bytes.count) where length > 0 {
          let position = Position(
            frame: number + 1, time: time, streamOffset: offsets[side, default: 0])
          let piece = Array(bytes[start..<start + length])
          parser.receive(piece.span, from: side, at: position, to: &sink)
          start += length
          offsets[side, default: 0] += length
        }
      }
    }
    let session = parser.finish(close, to: &sink)
    return Outcome(session: session, messages: sink.messages, events: sink.events)
  }

  /// Runs it in one piece, split in two at every place, and byte by byte; returns where the record differed.
  func firstDifference(_ mailProtocol: MailProtocol, midstream: Bool = false) -> String? {
    let whole = run(mailProtocol, midstream: midstream).description
    let bytes = run(mailProtocol, midstream: midstream) { Array(repeating: 1, count: $1) }
    if bytes.description != whole { return "byte by byte:\n\(bytes.description)\n\(whole)" }
    for (number, step) in steps.enumerated() {
      guard case .bytes(_, let bytes) = step, bytes.count > 1 else { continue }
      // Every place, but for long steps.
      for place in stride(from: 1, to: bytes.count, by: 1 + bytes.count / 400) {
        let split = run(mailProtocol, midstream: midstream) {
          $0 == number ? [place, $1 - place] : [$1]
        }
        if split.description != whole {
          return "step \(number) at \(place):\n\(split.description)\n\(whole)"
        }
      }
    }
    return nil
  }
}

/// Keeps what it gets; a gap is an event.
struct TalkSink: MessageSink {
  var messages: [Int: [UInt8]] = [:]
  var events: [String] = []

  mutating func begin(_ message: Int) {
    messages[message] = []
    events.append("begin \(message)")
  }
  mutating func receive(_ bytes: Span<UInt8>, of message: Int) {
    for index in bytes.indices { messages[message, default: []].append(bytes[index]) }
  }
  mutating func gap(_ length: Int, in message: Int) {
    events.append("gap \(length) in \(message) at \(messages[message, default: []].count)")
  }
  mutating func end(_ message: Int) { events.append("end \(message)") }
}

extension Session {
  /// The dialogue in short: `user alice → +OK`.
  var lines: [String] {
    exchanges.map { exchange in
      let command = exchange.command.map(\.text) ?? "–"
      let replies = exchange.replies.map { reply in
        switch reply.content {
        case .smtp(let content): content.code.map(String.init) ?? "?"
        case .pop3(let content):
          content.status + (content.lineCount.map { " \($0)" } ?? "")
        case .imap(let content):
          ([content.status.isEmpty ? content.tag : content.status]
            + content.untagged.map(\.kind)).joined(separator: " ")
        }
      }
      let answers = exchange.answers.map { "[\($0.kind) \($0.text)]" }.joined()
      return command + answers + " → " + replies.joined(separator: ", ")
    }
  }
}

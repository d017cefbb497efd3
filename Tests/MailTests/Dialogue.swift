import Testing

import Fields
@testable import Mail

/// A dialogue as it lies on the wire, one frame a step.
struct Dialogue: Sendable {
  enum Step: Sendable {
    case client(String)
    case server(String)
    case clientBytes([UInt8])
    case serverBytes([UInt8])
    case clientGap(Int)
    case serverGap(Int)
    /// Nothing is sent for so many seconds.
    case pause(Int)
  }
  var mailProtocol = MailProtocol.smtp
  var midstream = false
  var options = SessionOptions()
  var close = SessionClose.fin
  var steps: [Step]

  init(
    _ mailProtocol: MailProtocol = .smtp, midstream: Bool = false, close: SessionClose = .fin,
    options: SessionOptions = SessionOptions(), steps: [Step]
  ) {
    self.mailProtocol = mailProtocol
    self.midstream = midstream
    self.close = close
    self.options = options
    self.steps = steps
  }

  /// Lines of `C: …` and `S: …`, CRLF at the end of each; `\` escapes stand for themselves.
  init(
    _ mailProtocol: MailProtocol = .smtp, midstream: Bool = false, close: SessionClose = .fin,
    script: String
  ) {
    var steps: [Step] = []
    for line in script.split(separator: "\n", omittingEmptySubsequences: true) {
      let text = String(line.dropFirst(line.hasPrefix("C: ") || line.hasPrefix("S: ") ? 3 : 2))
      let wire = text.replacing("\\n", with: "\n").replacing("\\r", with: "\r")
        .replacing("\\0", with: "\0")
      let whole = text.hasSuffix("\\") ? String(wire.dropLast()) : wire + "\r\n"
      if line.hasPrefix("C:") {
        if case .client(let before) = steps.last {
          steps[steps.count - 1] = .client(before + whole)
        } else {
          steps.append(.client(whole))
        }
      } else if line.hasPrefix("S:") {
        if case .server(let before) = steps.last {
          steps[steps.count - 1] = .server(before + whole)
        } else {
          steps.append(.server(whole))
        }
      } else if line.hasPrefix("CG") {
        steps.append(.clientGap(Int(text.trimmingBlanks) ?? 1))
      } else if line.hasPrefix("SG") {
        steps.append(.serverGap(Int(text.trimmingBlanks) ?? 1))
      } else if line.hasPrefix("--") {
        steps.append(.pause(0))
      }
    }
    self.init(mailProtocol, midstream: midstream, close: close, steps: steps)
  }

  struct Outcome: Sendable, Equatable {
    var session: Session
    var messages: [Int: [UInt8]]
    var gaps: [Int: Int]
    var ended: Set<Int>

    func text(_ message: Int = 0) -> String {
      String(decoding: messages[message] ?? [], as: UTF8.self)
    }
  }

  /// Runs it; `cut` says for a step's number and bytes where to cut it.
  func run(cut: (Int, [UInt8]) -> [Int] = { _, _ in [] }) -> Outcome {
    var parser = SessionParser(mailProtocol, midstream: midstream, options: options)
    var sink = CollectingSink()
    var offsets: [Side: Int] = [.client: 0, .server: 0]
    var time: Int64 = 1_700_000_000_000_000_000
    for (number, step) in steps.enumerated() {
      time += 50_000_000
      let side: Side
      var bytes: [UInt8] = []
      var gap = 0
      switch step {
      case .client(let text): (side, bytes) = (.client, Array(text.utf8))
      case .server(let text): (side, bytes) = (.server, Array(text.utf8))
      case .clientBytes(let raw): (side, bytes) = (.client, raw)
      case .serverBytes(let raw): (side, bytes) = (.server, raw)
      case .clientGap(let length): (side, gap) = (.client, length)
      case .serverGap(let length): (side, gap) = (.server, length)
      case .pause(let seconds):
        time += Int64(seconds) * 1_000_000_000
        continue
      }
      let position = Position(
        frame: number + 1, time: time, streamOffset: offsets[side] ?? 0)
      if gap > 0 {
        parser.gap(gap, from: side, at: position, to: &sink)
      } else {
        var start = 0
        for end in cut(number, bytes) + [bytes.count] where end > start {
          let piece = Array(bytes[start..<end])
          parser.receive(
            piece.span, from: side, at: position.advanced(by: start), to: &sink)
          start = end
        }
      }
      offsets[side, default: 0] += gap + bytes.count
    }
    let session = parser.finish(close, to: &sink)
    return Outcome(
      session: session, messages: sink.messages, gaps: sink.gaps, ended: sink.ended)
  }

  /// Every two-way split of every step, and one byte at a time, must give the same record.
  func expectSplitsAgree(sourceLocation: SourceLocation = #_sourceLocation) {
    let whole = run()
    for number in steps.indices {
      let count: Int
      switch steps[number] {
      case .client(let text), .server(let text): count = text.utf8.count
      case .clientBytes(let bytes), .serverBytes(let bytes): count = bytes.count
      case .clientGap, .serverGap, .pause: continue
      }
      guard count > 1 else { continue }
      for place in 1..<count {
        let split = run { step, _ in step == number ? [place] : [] }
        if split != whole {
          Issue.record("step \(number) cut at \(place) differs", sourceLocation: sourceLocation)
          return
        }
      }
    }
    let single = run { _, bytes in Array(bytes.indices.dropFirst()) }
    if single != whole {
      Issue.record("one byte at a time differs", sourceLocation: sourceLocation)
    }
  }
}

struct CollectingSink: MessageSink {
  var messages: [Int: [UInt8]] = [:]
  var gaps: [Int: Int] = [:]
  var ended: Set<Int> = []

  mutating func begin(_ message: Int) {
    #expect(messages[message] == nil)
    messages[message] = []
  }
  mutating func receive(_ bytes: Span<UInt8>, of message: Int) {
    #expect(!ended.contains(message))
    for index in bytes.indices { messages[message]?.append(bytes[index]) }
  }
  mutating func gap(_ length: Int, in message: Int) { gaps[message, default: 0] += length }
  mutating func end(_ message: Int) { #expect(ended.insert(message).inserted) }
}

extension Session {
  /// `MAIL 250`, `DATA 354 250`, `- 421`.
  var transcript: [String] {
    exchanges.map { exchange in
      let codes = exchange.replies.compactMap { $0.smtp.map { $0.code.map(String.init) ?? "?" } }
      return ([exchange.command?.verb ?? "-"] + codes).joined(separator: " ")
    }
  }
  var codes: Set<FindingCode> { Set(findings.map(\.code)) }
}

import Fields
import Mail

/// A mail dialogue written line by line, a frame a line, and how to run it.
///
/// `C: text` and `S: text` are lines with CRLF, `C~text` and `S~text` bytes as they are (`\r`, `\n`, `\t`, `\x16` and
/// `\\` are escapes), `C<12>` and `S<12>` gaps, `T 90` lets 90 seconds pass. `S- text` (or `S! text`) is a line that was sent before what
/// the other side said last had arrived.
package struct Dialogue: Sendable {
  package enum Step: Sendable {
    case bytes(Side, [UInt8])
    /// Sent before the last words of the other side had arrived.
    case early(Side, [UInt8])
    case gap(Side, Int)
    case pause(seconds: Int)

    package static func client(_ text: String) -> Step { .bytes(.client, Array(text.utf8)) }
    package static func server(_ text: String) -> Step { .bytes(.server, Array(text.utf8)) }
  }
  package var mailProtocol: MailProtocol
  package var midstream: Bool
  package var close: SessionClose
  package var options: SessionOptions
  package var steps: [Step]
  /// Whether it is known what each side had received when it spoke.
  package var acknowledges = false

  package init(
    _ mailProtocol: MailProtocol, midstream: Bool = false, close: SessionClose = .fin,
    options: SessionOptions = SessionOptions(), steps: [Step]
  ) {
    self.mailProtocol = mailProtocol
    self.midstream = midstream
    self.close = close
    self.options = options
    self.steps = steps
  }

  package init(
    _ mailProtocol: MailProtocol, midstream: Bool = false, close: SessionClose = .fin,
    options: SessionOptions = SessionOptions(), _ script: String
  ) {
    self.init(
      mailProtocol, midstream: midstream, close: close, options: options,
      steps: script.split(separator: "\n").map(Self.step))
  }

  private static func step(_ line: Substring) -> Step {
    let side: Side = line.first == "C" ? .client : .server
    let rest = line.dropFirst(2)
    return switch line.dropFirst().first {
    case ":": .bytes(side, Array(rest.dropFirst().utf8) + [13, 10])
    case "-", "!": .early(side, Array(rest.dropFirst().utf8) + [13, 10])
    case "~": .bytes(side, unescaped(rest))
    case "<": .gap(side, Int(rest.dropLast()) ?? 0)
    default: .pause(seconds: Int(rest) ?? 0)
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

  /// The dialogue as the parser recorded it, with what its sink got.
  package struct Outcome: Sendable, Equatable {
    package var session: Session
    package var sink: CollectedMessages

    /// A message's bytes as text.
    package func text(_ message: Int = 0) -> String {
      String(decoding: sink.messages[message] ?? [], as: UTF8.self)
    }
    package var codes: [String] { Set(session.findings.map(\.code.rawValue)).sorted() }
  }

  /// Runs it. `cut` gives the lengths of the pieces in which a step of so many bytes is pushed.
  package func run(cut: (_ step: Int, _ count: Int) -> [Int] = { [$1] }) -> Outcome {
    var reader = mailProtocol.reader(midstream: midstream, options: options)
    // What is encoded from some place on is not for the reader.
    var isEncoded = false
    var sink = CollectedMessages()
    var offsets: [Side: Int] = [:]
    // How far each side had come before its last step.
    var before: [Side: Int] = [:]
    var time: Int64 = 1_700_000_000_000_000_000
    for (number, step) in steps.enumerated() {
      time += 50_000_000
      var acknowledged: Int?
      func position(_ side: Side) -> Position {
        Position(
          frame: number + 1, time: time, streamOffset: offsets[side, default: 0],
          acknowledged: acknowledged)
      }
      func receive(_ bytes: [UInt8], from side: Side) {
        before[side] = offsets[side, default: 0]
        for piece in Splits.pieces(bytes, cut(number, bytes.count)) {
          if !isEncoded {
            isEncoded = reader.receive(piece.span, from: side, at: position(side), to: &sink) != nil
          }
          offsets[side, default: 0] += piece.count
        }
      }
      switch step {
      case .pause(let seconds): time += Int64(seconds) * 1_000_000_000
      case .gap(let side, let length):
        if !isEncoded {
          isEncoded = reader.gap(length, from: side, at: position(side), to: &sink) != nil
        }
        offsets[side, default: 0] += length
      case .bytes(let side, let bytes):
        if acknowledges { acknowledged = offsets[side.other, default: 0] }
        receive(bytes, from: side)
      case .early(let side, let bytes):
        acknowledged = before[side.other, default: 0]
        receive(bytes, from: side)
      }
    }
    return Outcome(session: reader.finish(close, to: &sink), sink: sink)
  }

  /// Where the record is another one because of how the bytes were cut; nil where it never is.
  package func firstDifference() -> String? {
    let (whole, single) = (run(), run { Array(repeating: 1, count: $1) })
    if single != whole { return "byte by byte:\n\(single)\nin one piece a line:\n\(whole)" }
    for (number, step) in steps.enumerated() {
      let bytes: [UInt8]
      switch step {
      case .bytes(_, let sent), .early(_, let sent): bytes = sent
      case .gap, .pause: continue
      }
      let difference = Splits.firstDifference(of: bytes.count) { lengths in
        run { $0 == number ? lengths : [$1] }
      }
      if let difference { return "step \(number), \(difference)" }
    }
    return nil
  }
}

/// Keeps the messages that it gets, and what happened to each.
package struct CollectedMessages: MessageSink, Sendable, Equatable {
  package private(set) var messages: [Int: [UInt8]] = [:]
  /// `begin 0`, `gap 12 in 0 at 100`, `end 0`.
  package private(set) var events: [String] = []

  package init() {}

  package mutating func begin(_ message: Int) {
    messages[message] = []
    events.append("begin \(message)")
  }
  package mutating func receive(_ bytes: Span<UInt8>, of message: Int) {
    for index in bytes.indices { messages[message, default: []].append(bytes[index]) }
  }
  package mutating func gap(_ length: Int, in message: Int) {
    events.append("gap \(length) in \(message) at \(messages[message, default: []].count)")
  }
  package mutating func end(_ message: Int) { events.append("end \(message)") }
}

import Fields
import TestSupport

@testable import Mail

/// A message as the reader gives it: its content, and the bytes of its parts.
struct ReadMessage: Equatable, CustomStringConvertible {
  private struct Sink: PartSink {
    var bodies: [[UInt8]] = []
    var open: Set<Int> = []
    /// Parts that were not begun, ended and fed in order.
    var isBroken = false

    mutating func begin(_ part: Int, _ what: MessagePart) {
      if part != bodies.count { isBroken = true }
      bodies.append([])
      open.insert(part)
    }
    mutating func receive(_ decoded: Span<UInt8>, of part: Int) {
      guard open.contains(part), !decoded.isEmpty else { return isBroken = true }
      for index in decoded.indices { bodies[part].append(decoded[index]) }
    }
    mutating func end(_ part: Int) {
      if open.remove(part) == nil { isBroken = true }
    }
  }

  let content: MIMEContent
  let bodies: [[UInt8]]
  /// The sink was called as it should be.
  let isInOrder: Bool

  /// `gap`: bytes of the message that are missing, after which piece.
  init(_ pieces: [[UInt8]], gap: (after: Int, length: Int)? = nil) {
    var reader = MIMEReader()
    var sink = Sink()
    for (place, piece) in pieces.enumerated() {
      reader.receive(piece.span, to: &sink)
      if let gap, gap.after == place { reader.gap(gap.length, to: &sink) }
    }
    content = reader.finish(to: &sink)
    bodies = sink.bodies
    let sizes = content.parts.map(\.size)
    isInOrder = !sink.isBroken && sink.open.isEmpty && sizes == bodies.map(\.count)
  }

  init(_ text: String) { self.init([Array(text.utf8)]) }

  /// A line a part: `1.2 text/plain "content"`, with its name where it has one.
  var description: String {
    zip(content.parts, bodies).map { part, body in
      let name = part.filename.map { " <\($0)>" } ?? ""
      let text = String(decoding: body, as: UTF8.self).debugDescription
      return
        "\(part.path) \(part.contentType)\(name) \(part.isComplete ? "" : "incomplete ")\(text)"
    }.joined(separator: "\n")
  }

  var codes: [String] { content.findings.map(\.code.rawValue) }
}

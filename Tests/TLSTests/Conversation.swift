import Fields
import TLS

/// What a segment came to.
struct Shown: Equatable {
  var tree: String
  var info: String
  var name: String
  var outcome: PDUOutcome

  /// The line that begins so, without what stands in front of it.
  func has(_ line: String) -> Bool {
    tree.split(separator: "\n").contains { $0.drop { $0 == " " } == line }
  }
}

/// Both sides of a connection, a segment at a time; what waits for more is kept.
struct Conversation {
  var dissector = TLSPackets(inside: "Inner Protocol")
  private var held: [Side: [UInt8]] = [:]
  private var frame = 0
  /// Items that lie outside the bytes they stand for.
  private(set) var strays = 0

  mutating func say(
    _ side: Side, _ added: [UInt8], canAskForMore: Bool = true, isCutShort: Bool = false
  ) -> Shown {
    frame += 1
    let bytes = (held[side] ?? []) + added
    let facts = PDUFacts(
      frame: frame, time: 0, stream: 0, side: side, sourcePort: 1, destinationPort: 2,
      canAskForMore: canAskForMore, isCutShort: isCutShort)
    var tree = FieldBuffer()
    let outcome = dissector.describe(bytes.span, facts, into: &tree)
    held[side] = []
    if case .unfinished(let from, _) = outcome { held[side] = Array(bytes[from...]) }
    var text = TextBuffer()
    for index in tree.items.indices where !tree.items[index].traits.contains(.hidden) {
      let item = tree.items[index]
      text.write(repeating: 32, count: 2 * Int(item.depth))
      tree.writeLabel(of: index, to: &text)
      text.write("\n")
      let source = item.source == 0 ? bytes : tree.sources[Int(item.source) - 1].bytes
      if item.start < 0 || item.length < 0 || Int(item.start) > source.count { strays += 1 }
    }
    return Shown(
      tree: text.string, info: tree.columns.info.string, name: tree.columns.protocolName,
      outcome: outcome)
  }

  /// A connection whose hellos have agreed on TLS 1.2 and ECDHE with RSA.
  static func agreed(_ suite: Int = 0xc02f, _ extensions: [UInt8] = []) -> Conversation {
    var conversation = Conversation()
    _ = conversation.say(.client, Build.record(22, Build.clientHello(), version: 0x0301))
    _ = conversation.say(.server, Build.record(22, Build.serverHello(suite, extensions)))
    return conversation
  }
}

import Applications
import Fields
import Mail

/// What a segment added to the tree, with its columns.
package struct DescribedSegment: Equatable {
  package var tree: String
  package var info: String
  package var name: String
  package var outcome: PDUOutcome

  /// Whether the tree has this line, however deep.
  package func has(_ line: String) -> Bool {
    tree.split(separator: "\n").contains { $0.drop { $0 == " " } == line }
  }
}

/// A conversation whose segments a dissector describes one by one: what it does not finish comes again with what
/// follows.
package struct DescribedConversation<Dissector: PDUDissector> {
  package var dissector: Dissector
  /// Items so far that lie outside the bytes they describe.
  package private(set) var strays = 0
  private let serverPort: UInt16
  private var held: [Side: [UInt8]] = [:]
  private var frame = 0
  /// Bytes that each side has sent so far: the sequence number of its next ones.
  private var sent: [Side: UInt32] = [:]

  package init(_ dissector: Dissector, serverPort: UInt16 = 25) {
    self.dissector = dissector
    self.serverPort = serverPort
  }

  package mutating func say(
    _ side: Side, _ text: String, late sequence: UInt32? = nil, canAskForMore: Bool = true,
    isCutShort: Bool = false, isLast: Bool = false
  ) -> DescribedSegment {
    say(
      side, Array(text.utf8), late: sequence, canAskForMore: canAskForMore,
      isCutShort: isCutShort, isLast: isLast)
  }

  /// `late`: the bytes are those that begin there in the stream, sent again.
  package mutating func say(
    _ side: Side, _ added: [UInt8], late sequence: UInt32? = nil,
    canAskForMore: Bool = true, isCutShort: Bool = false, isLast: Bool = false
  ) -> DescribedSegment {
    frame += 1
    let waiting = held[side] ?? []
    let bytes = waiting + added
    let first = sequence ?? sent[side, default: 0] - UInt32(waiting.count)
    if sequence == nil { sent[side, default: 0] += UInt32(added.count) }
    let facts = PDUFacts(
      frame: frame, time: Int64(frame) * 1_000_000, stream: 0, side: side,
      sourcePort: side == .client ? 40_000 : serverPort,
      destinationPort: side == .client ? serverPort : 40_000, sequence: first,
      canAskForMore: canAskForMore, isCutShort: isCutShort, isLast: isLast)
    var tree = FieldBuffer { bytes, body, tree in
      if MessageBodies.describe(bytes, body, into: &tree) { return }
      MediaDescription.describe(bytes, body, into: &tree)
    }
    let outcome = dissector.describe(bytes.span, facts, into: &tree)
    held[side] = []
    if case .unfinished(let from, _) = outcome { held[side] = Array(bytes[from...]) }
    var text = TextBuffer()
    for (index, item) in tree.items.enumerated() {
      let source = item.source == 0 ? bytes : tree.sources[Int(item.source) - 1].bytes
      if item.start < 0 || item.length < 0 || Int(item.start) > source.count { strays += 1 }
      if item.traits.contains(.hidden) { continue }
      text.write(repeating: 32, count: 2 * Int(item.depth))
      tree.writeLabel(of: index, to: &text)
      text.write("\n")
    }
    return DescribedSegment(
      tree: text.string, info: tree.columns.info.string, name: tree.columns.protocolName,
      outcome: outcome)
  }
}

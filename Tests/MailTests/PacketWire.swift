import Applications
import Fields
import Mail

/// What one segment adds to the tree, with its columns.
struct Shown {
  var tree: String
  var info: String
  var name: String
  var outcome: PDUOutcome
}

/// Gives segments to a dissector as reassembly does: what it does not finish comes again with what follows.
struct Wire<Dissector: PDUDissector> {
  var dissector: Dissector
  private var held: [Side: [UInt8]] = [:]
  private var frame = 0

  /// The port of the server.
  private let port: UInt16

  /// Bytes that each side has sent so far: the sequence number of its next ones.
  private var sent: [Side: UInt32] = [:]

  init(_ dissector: Dissector, port: UInt16 = 25) {
    self.dissector = dissector
    self.port = port
  }

  mutating func say(
    _ side: Side, _ text: String, late sequence: UInt32? = nil, canAskForMore: Bool = true,
    isCutShort: Bool = false, isLast: Bool = false
  ) -> Shown {
    say(
      side, Array(text.utf8), late: sequence, canAskForMore: canAskForMore,
      isCutShort: isCutShort, isLast: isLast)
  }

  /// `late`: the bytes are those that begin there in the stream, sent again.
  mutating func say(
    _ side: Side, _ added: [UInt8], late sequence: UInt32? = nil,
    canAskForMore: Bool = true, isCutShort: Bool = false, isLast: Bool = false
  ) -> Shown {
    frame += 1
    let waiting = held[side] ?? []
    let bytes = waiting + added
    let first = sequence ?? sent[side, default: 0] - UInt32(waiting.count)
    if sequence == nil { sent[side, default: 0] += UInt32(added.count) }
    let facts = PDUFacts(
      frame: frame, time: Int64(frame) * 1_000_000, stream: 0, side: side,
      sourcePort: side == .client ? 40_000 : port,
      destinationPort: side == .client ? port : 40_000, sequence: first,
      canAskForMore: canAskForMore, isCutShort: isCutShort, isLast: isLast)
    var tree = FieldBuffer { bytes, body, tree in
      if MessageBodies.describe(bytes, body, into: &tree) { return }
      MediaDescription.describe(bytes, body, into: &tree)
    }
    let outcome = dissector.describe(bytes.span, facts, into: &tree)
    held[side] = []
    if case .unfinished(let from, _) = outcome { held[side] = Array(bytes[from...]) }
    var text = TextBuffer()
    for index in tree.items.indices where !tree.items[index].traits.contains(.hidden) {
      text.write(repeating: 32, count: 2 * Int(tree.items[index].depth))
      tree.writeLabel(of: index, to: &text)
      text.write("\n")
    }
    return Shown(
      tree: text.string, info: tree.columns.info.string, name: tree.columns.protocolName,
      outcome: outcome)
  }
}

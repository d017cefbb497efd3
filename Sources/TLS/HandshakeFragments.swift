import Fields

/// A handshake message of one side that several records hold (RFC 8446 5.1).
struct HandshakeFragments: Sendable {
  /// No message that is read is longer.
  static let mostBytes = 4 + 0xffff

  private(set) var bytes: [UInt8] = []
  private var pieces: [(frame: Int, count: Int)] = []

  var isEmpty: Bool { bytes.isEmpty }
  /// What the message takes, its head included; nil while its head is not whole.
  private var needed: Int? {
    guard bytes.count >= 4 else { return nil }
    return 4 + (Int(bytes[1]) << 16 | Int(bytes[2]) << 8 | Int(bytes[3]))
  }
  var isTooLong: Bool { needed.map { $0 > Self.mostBytes } ?? false }
  var isComplete: Bool { needed.map { bytes.count >= $0 } ?? false }

  /// Takes what belongs to the message of the bytes from `start` on; gives how many.
  mutating func append(_ record: Span<UInt8>, from start: Int, to end: Int, frame: Int) -> Int {
    var position = start
    // The length first, then what it asks for.
    while position < end, !isTooLong, bytes.count < needed ?? 4 {
      let count = min(end - position, (needed ?? 4) - bytes.count)
      for index in position..<position + count { bytes.append(record[index]) }
      position += count
    }
    let taken = isTooLong ? end - start : position - start
    pieces.append((frame, taken))
    return taken
  }

  /// `[2 Reassembled Handshake Fragments (190 bytes): #5(100), #6(90)]`
  func describe(into tree: inout FieldBuffer) {
    let fields = HandshakeFields.fields
    let top = tree.opened(fields.fragments, .none, count: bytes.count, .generated)
    tree.relabel(top) {
      $0.write("\(pieces.count) Reassembled Handshake Fragments (\(bytes.count) byte")
      $0.write(bytes.count == 1 ? "): " : "s): ")
    }
    tree.note(top) {
      for (index, piece) in pieces.enumerated() {
        if index > 0 { $0.write(", ") }
        $0.write("#\(piece.frame)(\(piece.count))")
      }
    }
    var offset = 0
    for piece in pieces {
      let item = tree.add(
        fields.fragment, .unsigned(UInt64(piece.frame)), at: offset, count: piece.count,
        .generated)
      tree.relabel(
        item,
        "Frame: \(piece.frame), payload: \(offset)-\(offset + piece.count - 1) "
          + "(\(piece.count) byte\(piece.count == 1 ? "" : "s"))")
      offset += piece.count
    }
    tree.add(fields.fragmentCount, pieces.count, .generated)
    tree.close(top)
  }
}

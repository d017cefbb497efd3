import Fields

/// A message that is collected from the segments that carry it.
struct MessageFragments: Sendable {
  /// Bytes of a message that are kept; a longer one is described without its body.
  static let limit = 8 << 20

  private(set) var bytes: [UInt8] = []
  private(set) var pieces: [(frame: Int, offset: Int, count: Int)] = []
  /// Bytes that were too many to keep.
  private(set) var dropped = 0

  var isEmpty: Bool { pieces.isEmpty }

  mutating func append(_ piece: Span<UInt8>, frame: Int) {
    let room = max(0, Self.limit - bytes.count)
    let kept = min(room, piece.count)
    pieces.append((frame, bytes.count, kept))
    for index in 0..<kept { bytes.append(piece[index]) }
    dropped += piece.count - kept
  }

  mutating func removeAll() { self = Self() }

  /// `[3 DATA fragments (2160 bytes): #4(720), #5(720), #6(720)]`
  func describe(_ fields: FragmentFields, into tree: inout FieldBuffer) {
    guard tree.wantsTree else { return }
    let top = tree.opened(fields.fragments, .none, count: bytes.count, .generated)
    tree.relabel(top) {
      $0.write("\(pieces.count) DATA fragment\(pieces.count == 1 ? "" : "s") (")
      $0.write("\(bytes.count) byte\(bytes.count == 1 ? "" : "s")): ")
    }
    tree.note(top) {
      for (index, piece) in pieces.enumerated() {
        if index > 0 { $0.write(", ") }
        $0.write("#\(piece.frame)(\(piece.count))")
      }
    }
    for piece in pieces {
      let item = tree.add(
        fields.fragment, piece.frame, at: piece.offset, count: piece.count, .generated)
      tree.relabel(item) {
        $0.write("Frame: \(piece.frame), payload: \(piece.offset)-")
        $0.write("\(max(piece.offset, piece.offset + piece.count - 1)) (\(piece.count) byte")
        $0.write("\(piece.count == 1 ? "" : "s"))")
      }
    }
    tree.add(fields.count, pieces.count, .generated)
    tree.add(fields.length, bytes.count, .generated)
    tree.close(top)
  }
}

/// The fields of a message collected from segments: the same for SMTP and POP but for their names.
struct FragmentFields: Sendable {
  let fragments: Field
  let fragment: Field
  let count: Field
  let length: Field
}

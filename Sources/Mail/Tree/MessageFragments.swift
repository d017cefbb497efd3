import Fields

/// A message that is collected from the segments that carry it.
struct MessageFragments: Sendable {
  /// Bytes of a message that are kept; a longer one is described without the rest.
  static let limit = 8 << 20
  /// Segments of a message that are listed.
  static let pieceLimit = 65_536

  struct Piece: Sendable {
    var frame: Int
    var offset: Int
    var count: Int
  }
  /// Its bytes, in parts that are short enough to come from memory that others have given back: a long array that grows
  /// is copied each time, into memory that the system has to clear first.
  private var parts: [[UInt8]] = []
  private static let partLength = 32 << 10
  private(set) var count = 0
  private(set) var pieces: [Piece] = []
  /// Bytes of the message that are not kept, for one limit or another.
  private(set) var dropped = 0
  private var isForgotten = false

  var isEmpty: Bool { count == 0 && dropped == 0 }

  /// What is kept of the message, in one.
  var bytes: [UInt8] {
    if parts.count < 2 { return parts.first ?? [] }
    var whole: [UInt8] = []
    whole.reserveCapacity(count)
    for part in parts { whole += part }
    return whole
  }

  /// How much memory it takes.
  var held: Int {
    let long = max(0, parts.count - 1) * Self.partLength
    return long + (parts.last?.capacity ?? 0) + pieces.capacity * MemoryLayout<Piece>.stride
  }

  mutating func append(_ piece: Span<UInt8>, frame: Int) {
    let hasRoom = !isForgotten && pieces.count < Self.pieceLimit
    let kept = hasRoom ? min(Self.limit - count, piece.count) : 0
    dropped += piece.count - kept
    guard kept > 0 else { return }
    pieces.append(Piece(frame: frame, offset: count, count: kept))
    count += kept
    var start = 0
    while start < kept {
      let room = parts.isEmpty ? 0 : Self.partLength - parts[parts.count - 1].count
      if room == 0 {
        parts.append([])
        if parts.count > 1 { parts[parts.count - 1].reserveCapacity(Self.partLength) }
        continue
      }
      let end = min(kept, start + room)
      parts[parts.count - 1].append(piece.part(start, end))
      start = end
    }
  }

  mutating func removeAll() { self = Self() }

  /// Lets go of what was kept of the message, and keeps nothing more of it.
  mutating func forget() {
    guard !isEmpty else { return }
    dropped += count
    (parts, count, pieces, isForgotten) = ([], 0, [], true)
  }

  /// `[3 DATA fragments (2160 bytes): #4(720), #5(720), #6(720)]`
  func describe(_ fields: FragmentFields, into tree: inout FieldBuffer) {
    guard tree.wantsTree else { return }
    if !pieces.isEmpty { describePieces(fields, into: &tree) }
    guard dropped > 0 else { return }
    tree.addText(
      "\(dropped) byte\(dropped == 1 ? "" : "s") of the message were not kept", .generated)
  }

  private func describePieces(_ fields: FragmentFields, into tree: inout FieldBuffer) {
    let top = tree.opened(fields.fragments, .none, count: count, .generated)
    tree.relabel(top) {
      $0.write(decimal: pieces.count)
      $0.write(pieces.count == 1 ? " DATA fragment (" : " DATA fragments (")
      $0.write(bytes: count)
      $0.write("): ")
    }
    tree.note(top) {
      for (index, piece) in pieces.enumerated() {
        if index > 0 { $0.write(", ") }
        $0.write(fragment: piece.count, of: piece.frame)
      }
    }
    for piece in pieces {
      let item = tree.add(
        fields.fragment, piece.frame, at: piece.offset, count: piece.count, .generated)
      tree.relabel(item) {
        $0.write("Frame: ")
        $0.write(decimal: piece.frame)
        $0.write(payload: piece.offset, count: piece.count)
      }
    }
    tree.add(fields.count, pieces.count, .generated)
    tree.add(fields.length, count, .generated)
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

extension TextBuffer {
  /// `DATA fragment, 1 byte`
  mutating func write(fragmentOf count: Int) {
    write("DATA fragment, ")
    write(bytes: count)
  }
}

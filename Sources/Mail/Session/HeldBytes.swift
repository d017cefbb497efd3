import Fields

/// Bytes of the client that wait until a reply decides what they are.
struct HeldBytes: Sendable {
  private var pieces: [HeldPiece] = []
  /// Pieces and bytes of the first of them that were used already.
  private var usedPieces = 0
  private var usedBytes = 0
  /// Bytes held; gaps do not count.
  private(set) var count = 0

  var isEmpty: Bool { usedPieces == pieces.count }

  mutating func append(_ bytes: Span<UInt8>, at position: Position) {
    guard !bytes.isEmpty else { return }
    count += bytes.count
    // Small segments of one frame are one piece.
    if case .bytes(var last, let start) = pieces.last, start.frame == position.frame,
      start.streamOffset + last.count == position.streamOffset
    {
      pieces.removeLast()
      last.append(bytes)
      pieces.append(.bytes(last, start))
    } else {
      pieces.append(.bytes(bytes.copied, position))
    }
  }

  mutating func append(gap length: Int, at position: Position) {
    pieces.append(.gap(length, position))
  }

  /// The first piece and how much of it was used.
  var first: (piece: HeldPiece, used: Int)? {
    isEmpty ? nil : (pieces[usedPieces], usedBytes)
  }

  /// What is held, in order.
  var all: [HeldPiece] {
    var copy = self
    var pieces: [HeldPiece] = []
    while let (piece, used) = copy.first {
      switch piece {
      case .bytes(let bytes, let position):
        pieces.append(.bytes(Array(bytes[used...]), position.advanced(by: used)))
        copy.use(bytes.count - used)
      case .gap:
        pieces.append(piece)
        copy.use(0)
      }
    }
    return pieces
  }

  /// Marks `count` bytes of the first piece as used, all of it where nothing remains.
  mutating func use(_ used: Int) {
    guard !isEmpty else { return }
    switch pieces[usedPieces] {
    case .gap: usedPieces += 1
    case .bytes(let bytes, _):
      usedBytes += used
      count -= used
      if usedBytes >= bytes.count { (usedPieces, usedBytes) = (usedPieces + 1, 0) }
    }
    if isEmpty { self = HeldBytes() }
  }

  /// The bytes up to the first gap, `limit` of them at the most.
  func prefix(_ limit: Int = .max) -> [UInt8] {
    var result: [UInt8] = []
    var skipped = usedBytes
    for piece in pieces[usedPieces...] {
      guard case .bytes(let bytes, _) = piece, result.count < limit else { break }
      result += bytes[skipped...].prefix(limit - result.count)
      skipped = 0
    }
    return result
  }

  var firstPosition: Position? {
    guard let (piece, used) = first else { return nil }
    return switch piece {
    case .bytes(_, let position), .gap(_, let position): position.advanced(by: used)
    }
  }

  var firstFrame: Int { firstPosition?.frame ?? 0 }

  /// The first line, as far as it has come.
  var firstLine: [UInt8] {
    var line = Array(prefix(1024).prefix { $0 != .lineFeed })
    if line.last == .carriageReturn { line.removeLast() }
    return line
  }

  /// The first bytes are a TLS record (or an SSLv2 hello) rather than text.
  var beginsRecord: Bool { prefix(1).first.map(TLSUse.beginsRecord) ?? false }

  /// Takes the first run out.
  mutating func next() -> (bytes: [UInt8], position: Position)? {
    while let (piece, used) = first {
      switch piece {
      case .bytes(let bytes, let position):
        use(bytes.count - used)
        return (Array(bytes[used...]), position.advanced(by: used))
      case .gap: use(0)
      }
    }
    return nil
  }
}

extension TLSUse {
  /// Could this byte begin a TLS record, and no line of text?
  static func beginsRecord(_ byte: UInt8) -> Bool { (0x14...0x18).contains(byte) || byte >= 0x80 }
}

import Fields

/// What marks the fragments of one datagram.
struct FragmentKey: Hashable, Sendable {
  let addresses: NetworkAddresses
  let identification: UInt32
  /// What the datagram carries, where that tells datagrams apart (RFC 791 3.2).
  let number: UInt8
}

/// A datagram that was put together from fragments.
struct Reassembly: Sendable {
  struct Fragment: Sendable {
    let frame: Int
    let offset: Int
    let count: Int
    /// Some of its bytes had come before; other bytes than those.
    var overlaps = false
    var conflicts = false
    /// It goes past the end that the last fragment gives.
    var isTooLong = false
    /// It is not the first one that says it is the last, and says another length.
    var isOtherTail = false
  }
  /// In order of their offsets.
  let fragments: [Fragment]
  let length: Int
  /// Of the data source that holds the bytes.
  let source: UInt8
}

/// Puts fragments of IP datagrams together.
///
/// Bounded by `byteLimit`, `pieceLimit` a datagram and `timeLimit` (of capture time): what is older, or more, is forgotten and counted.
struct IPReassembler: Sendable {
  static let byteLimit = 16 << 20
  static let timeLimit: Int64 = 120 * 1_000_000_000
  /// The longest datagram takes 1,366 fragments over the smallest link that IPv4 allows (RFC 791 3.2).
  static let pieceLimit = 2048
  /// What a fragment costs beside its bytes.
  private static let overhead = 64

  private struct Piece {
    let frame: Int
    let offset: Int
    let bytes: [UInt8]
    var isOtherTail = false
  }
  private struct Pending {
    var pieces: [Piece] = []
    var length: Int?
    var time: Int64
    var cost = 0
  }
  private var pending: [FragmentKey: Pending] = [:]
  private var cost = 0
  private var lastSweep = Int64.min
  /// Datagrams that were given up.
  private(set) var forgotten = 0

  /// Adds a fragment; the whole datagram where this was the last that it needed.
  mutating func add(
    _ bytes: Span<UInt8>, offset: Int, isLast: Bool, _ key: FragmentKey, frame: Int, time: Int64
  ) -> (fragments: [Reassembly.Fragment], bytes: [UInt8])? {
    forgetOld(at: time)
    var datagram = pending[key] ?? Pending(time: time)
    if datagram.pieces.count >= Self.pieceLimit {
      pending[key] = nil
      cost -= datagram.cost
      forgotten += 1
      return nil
    }
    var piece = Piece(frame: frame, offset: offset, bytes: bytes.copy)
    if isLast {
      let end = offset + bytes.count
      if let length = datagram.length, length != end {
        piece.isOtherTail = true
      } else {
        datagram.length = end
      }
    }
    let place = datagram.pieces.firstIndex { $0.offset > offset } ?? datagram.pieces.count
    datagram.pieces.insert(piece, at: place)
    datagram.time = time
    datagram.cost += bytes.count + Self.overhead
    cost += bytes.count + Self.overhead
    guard let length = datagram.length, Self.covers(datagram.pieces, length) else {
      pending[key] = datagram
      return nil
    }
    pending[key] = nil
    cost -= datagram.cost
    return Self.join(datagram.pieces, length)
  }

  private static func covers(_ pieces: [Piece], _ length: Int) -> Bool {
    var end = 0
    for piece in pieces {
      if piece.offset > end { return false }
      end = max(end, piece.offset + piece.bytes.count)
    }
    return end >= length
  }

  private static func join(
    _ pieces: [Piece], _ length: Int
  ) -> (fragments: [Reassembly.Fragment], bytes: [UInt8]) {
    var whole: [UInt8] = []
    whole.reserveCapacity(length)
    let fragments = pieces.map { piece in
      var fragment = Reassembly.Fragment(
        frame: piece.frame, offset: piece.offset, count: piece.bytes.count)
      fragment.isOtherTail = piece.isOtherTail
      let end = piece.offset + piece.bytes.count
      fragment.isTooLong = end > length
      let known = min(max(whole.count - piece.offset, 0), piece.bytes.count)
      if known > 0 {
        fragment.overlaps = true
        fragment.conflicts =
          whole[piece.offset..<piece.offset + known] != piece.bytes[..<known]
      }
      whole.append(contentsOf: piece.bytes[known...].prefix(max(0, length - whole.count)))
      return fragment
    }
    return (fragments, whole)
  }

  private mutating func forgetOld(at time: Int64) {
    let isDue = time &- lastSweep > Self.timeLimit / 4 || time < lastSweep
    guard isDue || cost > Self.byteLimit else { return }
    lastSweep = time
    let before = pending.count
    pending = pending.filter { time &- $0.value.time <= Self.timeLimit }
    cost = pending.values.reduce(0) { $0 + $1.cost }
    if cost > Self.byteLimit {
      pending.removeAll()
      cost = 0
    }
    forgotten += before - pending.count
  }
}

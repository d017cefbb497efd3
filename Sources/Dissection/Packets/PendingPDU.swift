/// What has come of one PDU: the pieces that segments brought, in the order of their places.
struct PendingPDU: Sendable {
  /// A piece and the frame that brought it.
  struct Fragment: Sendable {
    var frame: Int
    /// Where it begins in the PDU.
    var offset: Int
    var count: Int
    /// It brings bytes again that one before it has, and not the same ones.
    var overlaps = false
    var conflicts = false
  }
  /// More pieces than these are not kept once they do not come in order.
  static let mostPieces = 1024

  /// Sequence numbers of the first byte, and of the first byte after them.
  var start: UInt32
  var end: UInt32
  var takesWholeSegment = false
  var untilClose = false
  /// Until a line ends, what comes need not be described.
  private(set) var waitsForLine = false
  var isFinished = false
  let firstFrame: Int
  private(set) var fragments: [Fragment] = []
  /// The bytes, while each piece follows the one before.
  private var bytes: [UInt8] = []
  /// The bytes of each fragment, as soon as they do not.
  private var pieces: [[UInt8]]?
  private(set) var held = 0

  init(start: UInt32, end: UInt32, firstFrame: Int) {
    (self.start, self.end, self.firstFrame) = (start, end, firstFrame)
  }

  /// What comes next is for `need`.
  mutating func wait(for need: PDUNeed) {
    takesWholeSegment = need == .oneMoreSegment || need == .line
    waitsForLine = need == .line
    if need == .untilClose { untilClose = true }
  }

  var isTooScattered: Bool { (pieces?.count ?? 0) > Self.mostPieces }

  /// How many bytes there are without a hole from the start.
  var contiguous: Int {
    guard pieces != nil else { return bytes.count }
    return fragments.reduce(0) { end, piece in
      piece.offset <= end ? max(end, piece.offset + piece.count) : end
    }
  }

  mutating func add(_ new: Span<UInt8>, at offset: Int, frame: Int) {
    let fragment = Fragment(frame: frame, offset: offset, count: new.count)
    held += new.count
    if pieces == nil, offset == bytes.count {
      fragments.append(fragment)
      bytes.append(new)
      return
    }
    if pieces == nil {
      pieces = fragments.map { Array(bytes[$0.offset..<$0.offset + $0.count]) }
      bytes = []
    }
    let place = fragments.lastIndex { $0.offset <= offset }.map { $0 + 1 } ?? 0
    fragments.insert(fragment, at: place)
    pieces?.insert(new.copy, at: place)
  }

  /// The bytes up to the first hole. Of those that came several times, the first in the order of the places count; the
  /// fragments say so.
  mutating func content() -> [UInt8] {
    guard let pieces else { return bytes }
    var content: [UInt8] = []
    for (index, piece) in pieces.enumerated() {
      let offset = fragments[index].offset
      guard offset <= content.count else { break }
      let known = min(content.count - offset, piece.count)
      fragments[index].overlaps = known > 0
      fragments[index].conflicts = content[offset..<offset + known] != piece[..<known]
      content += piece[known...]
    }
    return content
  }

  /// Forgets the bytes: what is left tells where the PDU was.
  mutating func finish() {
    isFinished = true
    (takesWholeSegment, waitsForLine) = (false, false)
    (fragments, bytes, pieces, held) = ([], [], nil, 0)
  }

  /// Leaves what is from `end` on to the next PDU.
  mutating func cutFragments(at end: Int) {
    fragments.removeAll { $0.offset >= end }
    guard let last = fragments.last else { return }
    fragments[fragments.count - 1].count = min(last.count, end - last.offset)
  }
}

import Fields
import Mail
import TLS

/// Turns the bytes of a conversation's two streams into the bytes that they wrap: TLS records, DEFLATE.
///
/// Codecs stack: each takes what the one before it made. What it makes is kept in `CodecOutput` until the next one has
/// taken it.
protocol StreamCodec: Sendable {
  /// As the data source of what it makes is called in `packets`.
  var sourceName: String { get }
  /// Whether what it takes is described in `packets` too, as the records of TLS are.
  var isDescribed: Bool { get }
  /// What it takes in memory, in bytes.
  mutating func weigh() -> Int
  /// What it has seen of a TLS handshake; nil for what is no TLS.
  var tls: TLSHandshake? { get }
  /// Takes bytes of a side that are contiguous with what came before.
  mutating func receive(
    _ bytes: Span<UInt8>, from side: Side, at position: Position, into output: inout CodecOutput)
  /// `length` bytes of a side were never captured.
  mutating func gap(
    _ length: Int, from side: Side, at position: Position, into output: inout CodecOutput)
  /// The TLS records of both sides that were opened since this was asked last, where they are wanted.
  mutating func takeRecords() -> [TLSOpening.Record]
  /// A key log with the secrets that were used since this was asked last.
  mutating func takeSecrets() -> String
  /// The conversation is over.
  mutating func finish(at end: Position, into output: inout CodecOutput)
}

extension StreamCodec {
  mutating func weigh() -> Int { MemoryLayout<Self>.size }
  var tls: TLSHandshake? { nil }
  mutating func takeRecords() -> [TLSOpening.Record] { [] }
  mutating func takeSecrets() -> String { "" }
  mutating func finish(at end: Position, into output: inout CodecOutput) {}
}

/// What a codec made of some bytes, in order.
struct CodecOutput: Sendable {
  enum Piece: Sendable {
    /// A part of `bytes`; the position counts in the stream of what was made.
    case bytes(Range<Int>, Position)
    /// Bytes that were never captured.
    case gap(Int, Position)
    /// Bytes of what is wrapped were never captured, and nothing is known of what they would have become.
    case missing(Int, Position)
    /// Nothing that the side sends from here on can be read.
    case lost(CodecLoss, Position)
    /// What the side sends from here on is not encoded, though it should be.
    case stayedClear(Position)
    /// This side encodes what it sends, and the other does not.
    case oneSided(Side, Position)
    /// A record is not authentic: what it held is not passed on.
    case damaged(Position)
    /// Nothing of the conversation can be decrypted.
    case obstacle(TLSDecryption.Obstacle, Position)
  }
  /// Whose bytes were decoded.
  let side: Side
  var bytes: [UInt8] = []
  var pieces: [Piece] = []
  /// What had waited for them, of both sides; it comes after `pieces`.
  private(set) var released: [(side: Side, piece: Piece)] = []

  init(of side: Side) { self.side = side }

  mutating func add(_ piece: Piece, of side: Side) {
    if side == self.side, released.isEmpty {
      pieces.append(piece)
    } else {
      released.append((side, piece))
    }
  }

  mutating func append(_ new: Span<UInt8>, at position: Position) {
    let start = bytes.count
    bytes.append(new)
    pieces.append(.bytes(start..<bytes.count, position))
  }
}

/// Why the rest of a direction cannot be read.
enum CodecLoss: String, Sendable {
  case gap = "compressed bytes before it are missing"
  case damaged = "the compressed data is damaged"
  case tooMuch = "the compressed data grows beyond the limit"
  case tooMany = "too many compressed streams are open"
  case noSecret = "it is encrypted, and no secret opens it"

  /// The limit that was reached.
  var limit: SessionLimit? {
    switch self {
    case .tooMuch: .inflatedBytes
    case .tooMany: .compressedStreams
    case .gap, .damaged, .noSecret: nil
    }
  }
}

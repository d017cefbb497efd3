import Fields

/// Whether a message of HTTP/1 is all there (RFC 9112 section 6): what must still come before it can be described.
///
/// It goes on where it stopped when it last saw the message: no line is looked at twice. Its places count from the
/// first byte of the message.
struct HTTPFraming: Sendable {
  /// Bytes of header that are waited for.
  private static let headerLimit = 256 << 10
  /// Bytes of a body that are waited for.
  private static let bodyLimit = 64 << 20

  /// TCP's sequence number of the message's first byte.
  let sequence: UInt32
  private let isRequest: Bool
  private let status: Int
  private var part = Part.header
  /// Where the next line of the part begins, and up to where that is known not to end.
  private var position: Int
  private(set) var seen = 0
  /// Where the body begins; nil where the empty line before it has not come.
  private var bodyStart: Int?
  private var length: Int?
  private var isChunked = false

  private enum Part: Sendable {
    case header
    case chunks
    /// The line after the last chunk.
    case trailer
    case whole
  }

  init(_ first: HTTPFirstLine, from start: Int, sequence: UInt32) {
    self.sequence = sequence
    isRequest = first.kind != .response
    status = first.status ?? 0
    position = first.line.next - start
  }

  /// What the message needs that `bytes` begin with; nil where it is whole, or too large to wait for. `method` is that of
  /// the last request.
  mutating func need(of bytes: Span<UInt8>, answering method: String) -> PDUNeed? {
    readHeader(bytes)
    guard let start = bodyStart else {
      return bytes.count < Self.headerLimit ? .oneMoreSegment : nil
    }
    guard isRequest || !hasNoBody(answering: method) else { return nil }
    if isChunked {
      readChunks(bytes)
      return part == .whole ? nil : .oneMoreSegment
    }
    if let length, length <= Int(Int32.max) {
      let missing = length - (bytes.count - start)
      return missing > 0 && missing <= Self.bodyLimit ? .bytes(missing) : nil
    }
    return isRequest ? nil : .untilClose
  }

  /// The next line of the part, where it is complete.
  private mutating func nextLine(_ bytes: Span<UInt8>) -> PacketLine? {
    guard position < bytes.count else { return nil }
    let line = bytes.packetLine(at: position, seen: seen)
    seen = line.end
    guard line.isComplete(in: bytes) else { return nil }
    position = line.next
    return line
  }

  private mutating func readHeader(_ bytes: Span<UInt8>) {
    while part == .header, let line = nextLine(bytes) {
      guard line.count > 0 else {
        (bodyStart, part) = (position, .chunks)
        return
      }
      let header = HTTPHeader(bytes, line)
      switch header?.name {
      case "content-length":
        length = header.flatMap { HTTPHeader.length(bytes.part($0.value)) }.flatMap {
          Int(exactly: $0)
        }
      case "transfer-encoding":
        isChunked = header.map { bytes.part($0.value).matches("chunked") } ?? false
      default: break
      }
    }
  }

  private func hasNoBody(answering method: String) -> Bool {
    status / 100 == 1 || status == 204 || status == 304 || method == "HEAD"
      || method == "CONNECT" && status == 200
  }

  /// Looks for the last chunk, with one line after it.
  private mutating func readChunks(_ bytes: Span<UInt8>) {
    while part == .chunks, let line = nextLine(bytes) {
      let size = HTTPChunk.size(bytes.part(line.start, line.end))
      if size >= UInt32.max - 1 {
        // One that does not fit 32 bits with its line end is not waited for.
        part = .whole
      } else if size > 0 {
        position += size + 2
      } else {
        part = .trailer
      }
    }
    if part == .trailer, nextLine(bytes) != nil { part = .whole }
  }
}

/// A chunk of a body (RFC 9112 section 7.1).
enum HTTPChunk {
  /// The number that a chunk's first line begins with, as C reads it into 32 bits; 0 where there is none.
  static func size(_ line: Span<UInt8>) -> Int {
    var index = 0
    while index < line.count, line[index].isWhiteSpace { index += 1 }
    let isNegative = line[index, or: 0] == UInt8(ascii: "-")
    if isNegative { index += 1 }
    if line.part(index, line.count).matches("0x"), index + 2 < line.count,
      line[index + 2].hexadecimalDigit != nil
    {
      index += 2
    }
    var size: UInt64 = 0
    while index < line.count, let digit = line[index].hexadecimalDigit {
      guard size < 1 << 56 else { return Int(UInt32.max) }
      size = size << 4 | UInt64(digit)
      index += 1
    }
    return Int(UInt32(truncatingIfNeeded: isNegative ? 0 &- size : size))
  }
}

extension UInt8 {
  var isASCIIDigit: Bool { self >= 0x30 && self <= 0x39 }
  var hexadecimalDigit: UInt8? {
    switch self {
    case 0x30...0x39: self - 0x30
    case 0x41...0x46: self - 0x37
    case 0x61...0x66: self - 0x57
    default: nil
    }
  }
}

import Fields

/// Whether a message of HTTP/1 is all there (RFC 9112 section 6): what must still come before it can be described.
struct HTTPFraming {
  /// Bytes of header that are waited for.
  private static let headerLimit = 256 << 10
  /// Bytes of a body that are waited for.
  private static let bodyLimit = 64 << 20

  private let isRequest: Bool
  private let status: Int
  /// Behind the empty line that ends the header; nil where that line has not come.
  private var bodyStart: Int?
  private var length: Int?
  private var isChunked = false

  /// Reads the header that begins at `offset`, of which `first` is the first line.
  private init(_ bytes: Span<UInt8>, _ first: HTTPFirstLine) {
    isRequest = first.kind != .response
    status = first.status ?? 0
    var position = first.line.next
    while position < bytes.count {
      let line = bytes.packetLine(at: position)
      guard line.isComplete(in: bytes) else { return }
      position = line.next
      guard line.count > 0 else {
        bodyStart = position
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

  /// What the message that begins with `first` needs; nil where it is whole, or too large to wait for. `method` is
  /// that of the last request.
  static func need(
    of bytes: Span<UInt8>, _ first: HTTPFirstLine, answering method: String
  ) -> PDUNeed? {
    let framing = Self(bytes, first)
    guard let start = framing.bodyStart else {
      return bytes.count - first.line.start < headerLimit ? .oneMoreSegment : nil
    }
    guard framing.isRequest || !framing.hasNoBody(answering: method) else { return nil }
    if framing.isChunked { return endsChunks(bytes, from: start) ? nil : .oneMoreSegment }
    if let length = framing.length, length <= Int(Int32.max) {
      let missing = length - (bytes.count - start)
      return missing > 0 && missing <= bodyLimit ? .bytes(missing) : nil
    }
    return framing.isRequest ? nil : .untilClose
  }

  private func hasNoBody(answering method: String) -> Bool {
    status / 100 == 1 || status == 204 || status == 304 || method == "HEAD"
      || method == "CONNECT" && status == 200
  }

  /// Whether the last chunk is there, with one line behind it.
  private static func endsChunks(_ bytes: Span<UInt8>, from start: Int) -> Bool {
    var position = start
    while position < bytes.count {
      let line = bytes.packetLine(at: position)
      guard line.isComplete(in: bytes) else { return false }
      let size = HTTPChunk.size(bytes.part(line.start, line.end))
      // One that does not fit 32 bits with its line end is not waited for.
      guard size < UInt32.max - 1 else { return true }
      guard size > 0 else {
        return line.next < bytes.count && bytes.packetLine(at: line.next).isComplete(in: bytes)
      }
      position = line.next + size + 2
    }
    return false
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

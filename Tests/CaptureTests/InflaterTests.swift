import CZlib
import TestSupport
import Testing

@testable import Capture

@Suite struct InflaterTests {
  static let text = (0..<4_000).map { "* \($0) FETCH (UID \($0 * 7))\r\n" }.joined()

  /// Raw DEFLATE with a flush after each part, as senders of a dialogue do; `ends`: with a last block.
  static func deflated(_ parts: [[UInt8]], ends: Bool = false) -> [UInt8] {
    var state = unsafe z_stream()
    unsafe deflateInit2_(
      &state, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      CInt(MemoryLayout<z_stream>.size))
    var result: [UInt8] = []
    for (number, part) in parts.enumerated() {
      let flush = ends && number == parts.count - 1 ? Z_FINISH : Z_SYNC_FLUSH
      var input = part
      var output = [UInt8](repeating: 0, count: part.count + 1_024)
      let count = unsafe input.withUnsafeMutableBufferPointer { input in
        unsafe output.withUnsafeMutableBufferPointer { output in
          unsafe state.next_in = input.baseAddress
          unsafe state.avail_in = UInt32(input.count)
          unsafe state.next_out = output.baseAddress
          unsafe state.avail_out = UInt32(output.count)
          unsafe deflate(&state, flush)
          return unsafe output.count - Int(state.avail_out)
        }
      }
      result += output.prefix(count)
    }
    unsafe deflateEnd(&state)
    return result
  }

  private func inflate(
    _ bytes: [UInt8], pieces: Int, limits: Inflater.Limits = Inflater.Limits()
  ) throws(Inflater.Failure) -> [UInt8] {
    let inflater = try Inflater(limits: limits)
    var result: [UInt8] = []
    var start = 0
    while start < bytes.count {
      let end = min(start + pieces, bytes.count)
      try inflater.inflate(bytes.span.extracting(start..<end)) { piece in
        for index in piece.indices { result.append(piece[index]) }
      }
      start = end
    }
    return result
  }

  @Test(arguments: [1, 7, 1_000, 1_000_000]) func inPieces(_ length: Int) throws {
    let bytes = Array(Self.text.utf8)
    let sent = Self.deflated([Array(bytes[..<100]), Array(bytes[100...])])
    #expect(try inflate(sent, pieces: length) == bytes)
  }

  @Test func whatWasFlushedIsThereAtOnce() throws {
    let sent = Self.deflated([Array("a NOOP\r\n".utf8), Array("b LOGOUT\r\n".utf8)])
    let first = Self.deflated([Array("a NOOP\r\n".utf8)]).count
    #expect(try inflate(Array(sent[..<first]), pieces: 64) == Array("a NOOP\r\n".utf8))
  }

  /// What HTTP calls gzip or deflate is one of three things.
  @Test(
    arguments: [
      [
        0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xcb, 0xc8, 0x04, 0x00, 0xac,
        0x2a, 0x93, 0xd8, 0x02, 0x00, 0x00, 0x00,
      ],
      [0x78, 0x9c, 0xcb, 0xc8, 0x04, 0x00, 0x01, 0x3b, 0x00, 0xd2],
      [0xcb, 0xc8, 0x04, 0x00],
    ] as [[UInt8]]) func contentOfHTTP(_ encoded: [UInt8])
  {
    let content = Array("hi".utf8)
    #expect(Inflater.content(encoded.span) == content)
    #expect(Inflater.content((encoded + [1, 2, 3]).span) == content)
  }

  @Test func contentThatIsNotEncoded() {
    let plain = Array("plain text".utf8), none: [UInt8] = []
    #expect(Inflater.content(plain.span) == nil)
    #expect(Inflater.content(none.span) == nil)
    let text = Array(Self.text.utf8)
    let cut = Array(Self.deflated([text], ends: true).prefix(200))
    #expect(Inflater.content(cut.span).map { text.starts(with: $0) } == true)
  }

  @Test func malformed() {
    #expect(throws: Inflater.Failure.malformed) {
      try inflate(Array("* OK no compression\r\n".utf8), pieces: 64)
    }
    #expect(throws: Inflater.Failure.malformed) {
      try inflate(Self.deflated([Array("end".utf8)], ends: true) + [0x61], pieces: 64)
    }
  }

  @Test func growsBeyondTheLimits() throws {
    let bomb = Self.deflated([[UInt8](repeating: 0, count: 4 << 20)])
    var limits = Inflater.Limits()
    #expect(throws: Inflater.Failure.tooMuch) { try inflate(bomb, pieces: 512, limits: limits) }
    limits.ratio = 2_000
    #expect(try inflate(bomb, pieces: 512, limits: limits).count == 4 << 20)
    limits.total = 1 << 20
    #expect(throws: Inflater.Failure.tooMuch) { try inflate(bomb, pieces: 512, limits: limits) }
  }

  @Test func anyBytes() {
    var random = SeededGenerator()
    for _ in 0..<2_000 { _ = try? inflate(random.bytes(200), pieces: 50) }
  }
}

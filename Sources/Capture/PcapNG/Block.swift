/// The body of a pcapng block, between its two length fields, viewed in place.
struct Block: ~Escapable {
  let body: Span<UInt8>
  let swapped: Bool
  /// Of the block's first byte, for errors.
  let fileOffset: Int
  /// Index of `body` in the source's window.
  let windowIndex: Int

  @_lifetime(copy body)
  init(_ body: Span<UInt8>, swapped: Bool, fileOffset: Int, windowIndex: Int) {
    self.body = body
    self.swapped = swapped
    self.fileOffset = fileOffset
    self.windowIndex = windowIndex
  }

  func uint16(at offset: Int) -> UInt16 { body.uint16(at: offset, swapped: swapped) }
  func uint32(at offset: Int) -> UInt32 { body.uint32(at: offset, swapped: swapped) }

  /// Two 32-bit halves, the high one first, as the timestamps of packets are.
  func halves(at offset: Int) -> UInt64 {
    UInt64(uint32(at: offset)) << 32 | UInt64(uint32(at: offset + 4))
  }

  @_lifetime(copy self)
  func options(at offset: Int) -> Options {
    Options(body.extracting(min(offset, body.count)...), swapped: swapped)
  }

  /// The only length check: the accessors rely on it.
  @inline(__always)
  func require(_ count: Int) throws(CaptureError) {
    guard body.count >= count else {
      throw damaged("a block with \(body.count) bytes where \(count) are needed")
    }
  }

  func damaged(_ what: String) -> CaptureError { .damaged(what, at: fileOffset) }

  /// Fills in a packet whose `captured` bytes begin at `start` of the body; its options follow them.
  @inline(__always)
  func read(
    _ packet: inout PacketRecord, at start: Int, captured: Int, original: Int, interface: Int,
    _ facts: [InterfaceFacts]
  ) throws(CaptureError) {
    guard captured <= facts[interface].maximumLength, captured <= body.count - start else {
      throw damaged("a packet of \(captured) bytes in a block of \(body.count + 12)")
    }
    let index = windowIndex + start
    let end = windowIndex + body.count
    packet.originalLength = original
    packet.fileOffset = fileOffset + 8 + start
    packet.bytes = index..<index + captured
    packet.options = min(index + captured.padded, end)..<end
    packet.interface = interface
  }

  /// The interface of the section with this number, as an index in all interfaces.
  @inline(__always)
  func interface(
    _ number: Int, _ facts: [InterfaceFacts], first: Int
  ) throws(CaptureError) -> Int {
    guard number < facts.count - first else {
      throw damaged("a packet of interface \(number), which was not declared")
    }
    return first + number
  }
}

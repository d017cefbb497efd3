extension Span<UInt8> {
  /// Network-order integers; each traps outside the span, like any subscript: the view has checked the length.
  @inlinable @inline(__always) package func uint16(at offset: Int) -> UInt16 {
    UInt16(self[offset]) << 8 | UInt16(self[offset + 1])
  }
  @inlinable @inline(__always) package func uint24(at offset: Int) -> UInt32 {
    UInt32(self[offset]) << 16 | UInt32(self[offset + 1]) << 8 | UInt32(self[offset + 2])
  }
  @inlinable @inline(__always) package func uint32(at offset: Int) -> UInt32 {
    UInt32(uint16(at: offset)) << 16 | UInt32(uint16(at: offset + 2))
  }
  @inlinable @inline(__always) package func uint48(at offset: Int) -> UInt64 {
    UInt64(uint16(at: offset)) << 32 | UInt64(uint32(at: offset + 2))
  }
  @inlinable @inline(__always) package func uint64(at offset: Int) -> UInt64 {
    UInt64(uint32(at: offset)) << 32 | UInt64(uint32(at: offset + 4))
  }
  @inlinable @inline(__always) package func uint16LittleEndian(at offset: Int) -> UInt16 {
    uint16(at: offset).byteSwapped
  }
  @inlinable @inline(__always) package func uint32LittleEndian(at offset: Int) -> UInt32 {
    uint32(at: offset).byteSwapped
  }
  @inlinable @inline(__always) package func uint64LittleEndian(at offset: Int) -> UInt64 {
    uint64(at: offset).byteSwapped
  }

  /// Eight bytes, the first of them lowest; outside the span it traps.
  @inlinable @inline(__always) package func word(at index: Int) -> UInt64 {
    let block = extracting(index..<(index &+ 8))
    return unsafe block.bytes.unsafeLoadUnaligned(as: UInt64.self)
  }

  /// 32 bytes, eight in each word, the first of them lowest; outside the span it traps.
  @inlinable @inline(__always) package func words(at index: Int) -> SIMD4<UInt64> {
    let block = extracting(index..<(index &+ 32))
    return unsafe block.bytes.unsafeLoadUnaligned(as: SIMD4<UInt64>.self)
  }

  /// The part from `start` up to `end`, clamped to what is there.
  @_lifetime(copy self)
  @inlinable @inline(__always) package func part(_ start: Int, _ end: Int) -> Span<UInt8> {
    let low = Swift.min(Swift.max(start, 0), count)
    return extracting(low..<Swift.max(low, Swift.min(end, count)))
  }

  /// The text of the bytes; what is no UTF-8 becomes U+FFFD.
  package var decoded: String {
    unsafe withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
  }

  /// The bytes before the first zero.
  package var untilZero: Span<UInt8> {
    @_lifetime(copy self) get {
      var end = 0
      while end < count, self[end] != 0 { end += 1 }
      return part(0, end)
    }
  }
}

extension MutableSpan<UInt8> {
  /// Writes eight bytes, the highest of them first; outside the span it traps.
  @inlinable @inline(__always) package mutating func store(_ word: UInt64, at index: Int) {
    var bytes = unsafe mutableBytes
    bytes.storeBytes(of: word.bigEndian, toByteOffset: index, as: UInt64.self)
  }
}

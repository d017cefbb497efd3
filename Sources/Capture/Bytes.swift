/// Integers in the byte order of a file; outside the span they trap, like any subscript.
extension Span<UInt8> {
  @inline(__always)
  func uint16(at offset: Int, swapped: Bool) -> UInt16 {
    let value: UInt16 = load(at: offset)
    return swapped ? value.byteSwapped : value
  }

  @inline(__always)
  func uint32(at offset: Int, swapped: Bool) -> UInt32 {
    let value: UInt32 = load(at: offset)
    return swapped ? value.byteSwapped : value
  }

  @inline(__always)
  func uint64(at offset: Int, swapped: Bool) -> UInt64 {
    let value: UInt64 = load(at: offset)
    return swapped ? value.byteSwapped : value
  }

  /// "Unsafe" is that any bits are taken for a `Value`, which is right for integers; bounds are checked.
  @inline(__always)
  private func load<Value: FixedWidthInteger & BitwiseCopyable>(at offset: Int) -> Value {
    unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: Value.self)
  }

  /// A copy, for what must outlive the source.
  var array: [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      for index in indices { unsafe buffer[index] = self[index] }
      initialized = count
    }
  }

  /// Text up to the first NUL; invalid UTF-8 is repaired.
  var text: String {
    var end = 0
    while end < count, self[end] != 0 { end += 1 }
    return String(decoding: extracting(..<end).array, as: UTF8.self)
  }
}

extension Int {
  /// Rounded up to the 32-bit boundary that pcapng pads to.
  var padded: Int { (self + 3) & ~3 }
}

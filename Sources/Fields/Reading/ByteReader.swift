/// Checked reads for layers whose parts have no fixed length: one that does not fit throws, so that what comes
/// before it is described and what follows is malformed.
package struct ByteReader: ~Escapable {
  package let bytes: Span<UInt8>
  /// The number of bytes as they were on the wire; more than `count` where the frame was cut.
  package let wireCount: Int
  /// The layer that is read, as a `DecodeError` names it, and where it begins in its data source.
  private let layer: String
  private let start: Int
  /// What a length in the layer leaves, where it may be more or less than there is.
  private let limit: Int

  @_lifetime(copy bytes)
  package init(
    _ bytes: Span<UInt8>, of layer: String, at start: Int = 0, wireCount: Int, limit: Int = .max
  ) {
    self.bytes = limit < bytes.count ? bytes.part(0, limit) : bytes
    (self.layer, self.start, self.wireCount, self.limit) = (layer, start, wireCount, limit)
  }

  package var count: Int { bytes.count }

  package func require(_ length: Int, at offset: Int) throws(DecodeError) {
    guard offset >= 0, length >= 0 else { throw malformed }
    let (end, overflow) = offset.addingReportingOverflow(length)
    guard !overflow, end <= bytes.count else {
      throw error(needed: overflow ? .max / 2 : end)
    }
  }
  /// The error for a part that ends after `needed` bytes.
  package func error(needed: Int) -> DecodeError {
    if limit != .max {
      if needed > limit { return error(needed: needed, .tooShort) }
      if needed > wireCount { return error(needed: needed, .exceedsContainer) }
    }
    return short(of: needed)
  }
  /// The error for something that needs `length` bytes from the start.
  package func short(of length: Int) -> DecodeError {
    error(needed: length, length <= wireCount ? .cutShort : .tooShort)
  }
  /// The error for a part that says that it ends after `needed` bytes, more than what holds it has room for.
  package func exceeded(needed: Int) -> DecodeError { error(needed: needed, .exceedsContainer) }
  /// The error for what is there and cannot be read.
  package var malformed: DecodeError { error(needed: count + 1, .tooShort) }

  private func error(needed: Int, _ reason: DecodeError.Reason) -> DecodeError {
    DecodeError(layer: layer, offset: start, needed: needed, available: count, reason: reason)
  }

  package func uint8(at offset: Int) throws(DecodeError) -> UInt8 {
    try require(1, at: offset)
    return bytes[offset]
  }
  package func uint16(at offset: Int) throws(DecodeError) -> UInt16 {
    try require(2, at: offset)
    return bytes.uint16(at: offset)
  }
  package func uint24(at offset: Int) throws(DecodeError) -> UInt32 {
    try require(3, at: offset)
    return bytes.uint24(at: offset)
  }
  package func uint32(at offset: Int) throws(DecodeError) -> UInt32 {
    try require(4, at: offset)
    return bytes.uint32(at: offset)
  }
  package func uint48(at offset: Int) throws(DecodeError) -> UInt64 {
    try require(6, at: offset)
    return bytes.uint48(at: offset)
  }
  package func uint16LittleEndian(at offset: Int) throws(DecodeError) -> UInt16 {
    try require(2, at: offset)
    return bytes.uint16LittleEndian(at: offset)
  }
  package func uint32LittleEndian(at offset: Int) throws(DecodeError) -> UInt32 {
    try require(4, at: offset)
    return bytes.uint32LittleEndian(at: offset)
  }
  package func uint64(at offset: Int) throws(DecodeError) -> UInt64 {
    try require(8, at: offset)
    return bytes.uint64(at: offset)
  }
  package func ipv6(at offset: Int) throws(DecodeError) -> FieldValue {
    try require(16, at: offset)
    return .ipv6(high: bytes.uint64(at: offset), low: bytes.uint64(at: offset + 8))
  }
  /// Exactly `length` bytes.
  @_lifetime(copy self)
  package func part(at offset: Int, _ length: Int) throws(DecodeError) -> Span<UInt8> {
    try require(length, at: offset)
    return bytes.extracting(offset..<offset + length)
  }
  /// What is left from `offset`.
  @_lifetime(copy self)
  package func rest(from offset: Int) -> Span<UInt8> { bytes.part(offset, bytes.count) }
}

/// The word for a value, from a table that is dense from 0; an empty word means that there is none.
package func word(_ value: some BinaryInteger, _ words: [String]) -> String? {
  guard let index = Int(exactly: value), words.indices.contains(index) else { return nil }
  return words[index].isEmpty ? nil : words[index]
}

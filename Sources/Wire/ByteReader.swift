import Fields

/// Checked reads for layers whose parts have no fixed length: one that does not fit throws, so that what stands
/// before it is described and what follows is malformed.
struct ByteReader: ~Escapable {
  let bytes: Span<UInt8>
  fileprivate let layer: Layer
  /// What a length in the layer leaves, where it may be more or less than there is.
  private let limit: Int

  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer, limit: Int = .max) {
    self.bytes = limit < bytes.count ? bytes.part(0, limit) : bytes
    self.layer = layer
    self.limit = limit
  }

  var count: Int { bytes.count }
  /// As it was on the wire; more than `count` where the frame was cut.
  var wireCount: Int { layer.wireCount }

  func require(_ length: Int, at offset: Int) throws(DecodeError) {
    guard offset >= 0, length >= 0 else { throw malformed }
    let (end, overflow) = offset.addingReportingOverflow(length)
    guard !overflow, end <= bytes.count else {
      throw error(needed: overflow ? .max / 2 : end)
    }
  }
  /// The error for a part that ends behind `needed` bytes.
  func error(needed: Int) -> DecodeError {
    let isBeyond = limit != .max && (needed > limit || needed > layer.wireCount)
    guard isBeyond else { return layer.error(needed: needed) }
    return DecodeError(
      layer: layer.kind, offset: layer.start, needed: needed, available: count,
      reason: needed > limit ? .tooShort : .exceedsContainer)
  }
  func uint8(at offset: Int) throws(DecodeError) -> UInt8 {
    try require(1, at: offset)
    return bytes[offset]
  }
  func uint16(at offset: Int) throws(DecodeError) -> UInt16 {
    try require(2, at: offset)
    return bytes.uint16(at: offset)
  }
  func uint24(at offset: Int) throws(DecodeError) -> UInt32 {
    try require(3, at: offset)
    return bytes.uint24(at: offset)
  }
  func uint32(at offset: Int) throws(DecodeError) -> UInt32 {
    try require(4, at: offset)
    return bytes.uint32(at: offset)
  }
  func uint48(at offset: Int) throws(DecodeError) -> UInt64 {
    try require(6, at: offset)
    return bytes.uint48(at: offset)
  }
  func uint64(at offset: Int) throws(DecodeError) -> UInt64 {
    try require(8, at: offset)
    return bytes.uint64(at: offset)
  }
  func ipv6(at offset: Int) throws(DecodeError) -> FieldValue {
    try require(16, at: offset)
    return .ipv6(high: bytes.uint64(at: offset), low: bytes.uint64(at: offset + 8))
  }
  /// Exactly `length` bytes.
  @_lifetime(copy self)
  func part(at offset: Int, _ length: Int) throws(DecodeError) -> Span<UInt8> {
    try require(length, at: offset)
    return bytes.extracting(offset..<offset + length)
  }
  /// What is left from `offset`.
  @_lifetime(copy self)
  func rest(from offset: Int) -> Span<UInt8> { bytes.part(offset, bytes.count) }
}

/// The word for a value, from a table that is dense from 0; an empty word stands for none.
func word(_ value: some BinaryInteger, _ words: [String]) -> String? {
  guard let index = Int(exactly: value), words.indices.contains(index) else { return nil }
  return words[index].isEmpty ? nil : words[index]
}

extension ByteReader {
  /// What is there cannot be read.
  var malformed: DecodeError { layer.malformed }
}

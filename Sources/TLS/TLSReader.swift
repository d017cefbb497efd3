import Fields

/// Why the rest of a structure is not read.
enum Malformed: Error {
  /// Bytes that it needs are not there.
  case missing
  /// A vector reaches beyond what holds it, which the tree says.
  case overlong
}

/// Reads the presentation language of TLS (RFC 8446 3) from front to back; a read beyond the bytes throws.
///
/// Positions count from the first of `bytes`, as the tree's `at` does.
struct TLSReader: ~Escapable {
  let bytes: Span<UInt8>
  private(set) var position: Int

  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, at position: Int = 0) {
    self.bytes = bytes
    self.position = min(max(0, position), bytes.count)
  }

  private func require(_ count: Int) throws(Malformed) {
    guard count >= 0, count <= bytes.count - position else { throw .missing }
  }

  /// The bytes up to `end`, which go by.
  @_lifetime(copy self)
  mutating func take(to end: Int) throws(Malformed) -> Span<UInt8> {
    try require(end - position)
    let part = bytes.extracting(position..<end)
    position = end
    return part
  }
  mutating func move(to position: Int) { self.position = min(max(0, position), bytes.count) }

  @discardableResult
  mutating func integer(width: Int) throws(Malformed) -> UInt64 {
    try require(width)
    var value: UInt64 = 0
    for index in position..<position + width { value = value << 8 | UInt64(bytes[index]) }
    position += width
    return value
  }

  mutating func uint16() throws(Malformed) -> UInt16 {
    UInt16(truncatingIfNeeded: try integer(width: 2))
  }
  /// A byte, as a number.
  mutating func integer8() throws(Malformed) -> Int { Int(try integer(width: 1)) }

  /// `count` bytes, as an array of its own.
  mutating func part(_ count: Int) throws(Malformed) -> [UInt8] {
    try require(count)
    return Array(try take(to: position + count).copied)
  }

  /// Reads the length of a vector that lies before `end`; gives where the vector ends.
  mutating func vectorEnd(width: Int, before end: Int) throws(Malformed) -> Int {
    let length = Int(try integer(width: width))
    guard length <= end - position else { throw .overlong }
    return position + length
  }

  // MARK: Reading and describing at once

  /// An integer field, as wide as its type says.
  @discardableResult
  mutating func number(_ field: Field, into tree: inout FieldBuffer) throws(Malformed) -> Int {
    let width = field.type.bits / 8
    let value = try integer(width: width)
    tree.add(field, value, at: position - width, count: width)
    return Int(truncatingIfNeeded: value)
  }

  /// `count` bytes, or a string of them.
  @discardableResult
  mutating func content(
    _ field: Field, _ count: Int, into tree: inout FieldBuffer
  ) throws(Malformed) -> FieldIndex {
    try require(count)
    let start = position
    position += count
    return tree.add(field, bytes.extracting(start..<start + count), at: start)
  }

  /// The length of a vector that lies before `end`; gives where the vector ends. A length outside `limits` is said; one
  /// that reaches beyond `end` is said, and throws.
  mutating func vector(
    _ field: Field, _ limits: ClosedRange<Int>, before end: Int, into tree: inout FieldBuffer
  ) throws(Malformed) -> Int {
    let fields = TLSFields.fields
    let width = field.type.bits / 8
    guard position + width <= end else {
      let words = "No more room for vector of length \(width)"
      let item = tree.addText(words, at: position, count: max(0, end - position))
      tree.expert(fields.bufferTooSmall, .error, .malformed, words, under: item)
      throw .overlong
    }
    let length = try number(field, into: &tree)
    let item = tree.last
    if length < limits.lowerBound {
      tree.expert(
        fields.vectorLength, .warning, .proto,
        "Vector length \(length) is smaller than minimum \(limits.lowerBound)", under: item)
    } else if length > limits.upperBound {
      tree.expert(
        fields.vectorLength, .warning, .proto,
        "Vector length \(length) is larger than maximum \(limits.upperBound)", under: item)
    }
    guard position + length <= end else {
      tree.expert(
        fields.bufferTooSmall, .error, .malformed,
        "Vector length \(length) is too large, truncating it to \(end - position)", under: item)
      throw .overlong
    }
    return position + length
  }

  /// Says it where a vector holds more than was read, or less, and goes on after it.
  mutating func finish(_ end: Int, into tree: inout FieldBuffer) {
    let fields = TLSFields.fields
    let rest = end - position
    if rest > 0 {
      let words = "\(rest) trailing byte\(rest == 1 ? " was" : "s were") unprocessed"
      let item = tree.addText(words, at: position, count: rest)
      tree.expert(fields.trailingData, .warning, .proto, words, under: item)
    } else if rest < 0 {
      let words = "Dissector processed too much data (\(-rest) byte\(rest == -1 ? "" : "s"))"
      let item = tree.addText(words, at: end, count: -rest)
      tree.expert(fields.bufferTooSmall, .error, .malformed, words, under: item)
    }
    move(to: end)
  }
}

import Fields

/// Bytes that a structure needs are not there: what follows cannot be read.
struct Malformed: Error {}

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
    guard count >= 0, count <= bytes.count - position else { throw Malformed() }
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

  /// The length of a vector that lies before `end`; gives where the vector ends. A length outside `limits` is said, and
  /// one that reaches beyond `end` is cut.
  mutating func vector(
    _ field: Field, _ limits: ClosedRange<Int>, before end: Int, into tree: inout FieldBuffer
  ) throws(Malformed) -> Int {
    let fields = TLSFields.fields
    let width = field.type.bits / 8
    guard position + width <= end else { throw Malformed() }
    let length = try number(field, into: &tree)
    let item = tree.last
    var stop = position + length
    if length < limits.lowerBound {
      tree.expert(
        fields.vectorLength, .error, .proto,
        "Vector length \(length) is smaller than minimum \(limits.lowerBound)", under: item)
    } else if length > limits.upperBound {
      tree.expert(
        fields.vectorLength, .error, .proto,
        "Vector length \(length) is larger than maximum \(limits.upperBound)", under: item)
    }
    if stop > end {
      tree.expert(
        fields.bufferTooSmall, .error, .malformed,
        "Vector length \(length) is too large, truncating it to \(end - position)", under: item)
      stop = end
    }
    return stop
  }

  /// Says it where a vector holds more than was read.
  mutating func finish(
    _ end: Int, under item: FieldIndex, into tree: inout FieldBuffer
  ) {
    if position < end {
      tree.expert(
        TLSFields.fields.trailingData, .warning, .undecoded,
        "\(end - position) trailing byte\(end - position == 1 ? "" : "s") unprocessed", under: item)
    }
    move(to: end)
  }
}

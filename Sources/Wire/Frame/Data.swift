import Fields

/// Bytes that no layer claims.
enum DataLayer {
  /// `offset` counts from the start of the layer that has them.
  static func describe(_ bytes: Span<UInt8>, at offset: Int = 0, into tree: inout FieldBuffer) {
    guard !bytes.isEmpty else { return }
    DataDescription.describe(bytes, at: offset, into: &tree)
  }
}

extension TextBuffer {
  /// `1 byte`, `2 bytes`
  mutating func write(byteCount count: Int) {
    write(decimal: count)
    write(count == 1 ? " byte" : " bytes")
  }
}

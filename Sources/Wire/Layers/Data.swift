import Fields

/// Bytes that no layer claims.
enum DataLayer {
  static func describe(_ bytes: Span<UInt8>, into tree: inout FieldBuffer) {
    guard !bytes.isEmpty else { return }
    let fields = DataFields.fields
    tree.addProtocol("data")
    let top = tree.add(fields.data, .none, count: bytes.count)
    tree.relabel(top) {
      $0.write("Data (")
      $0.write(byteCount: bytes.count)
      $0.write(")")
    }
    tree.open(top)
    tree.add(fields.bytes, bytes)
    tree.add(fields.length, bytes.count, .generated)
    tree.close(top)
  }
}

extension TextBuffer {
  /// `1 byte`, `2 bytes`
  mutating func write(byteCount count: Int) {
    write(decimal: count)
    write(count == 1 ? " byte" : " bytes")
  }
}

/// The fields of bytes that no layer claims.
struct DataFields: FieldSet {
  let data = Field("data", "Data", .proto)
  let bytes = Field("data.data", "Data", .bytes)
  let length = Field("data.len", "Length", .int32)

  static let fields = Self()
}

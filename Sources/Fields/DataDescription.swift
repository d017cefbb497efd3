/// Bytes that nothing claims, as Wireshark's `data` shows them.
public enum DataDescription {
  /// `at` counts from the tree's base.
  public static func describe(
    _ bytes: Span<UInt8>, at offset: Int = 0, into tree: inout FieldBuffer
  ) {
    let fields = DataFields.fields
    tree.addProtocol("data")
    let top = tree.add(fields.data, .none, at: offset, count: bytes.count)
    tree.relabel(top) {
      $0.write("Data (")
      $0.write(decimal: bytes.count)
      $0.write(bytes.count == 1 ? " byte)" : " bytes)")
    }
    tree.open(top)
    tree.add(fields.bytes, bytes, at: offset)
    tree.add(fields.length, bytes.count, .generated)
    tree.close(top)
  }
}

/// The fields of bytes that nothing claims.
public struct DataFields: FieldSet {
  let data = Field("data", "Data", .proto)
  let bytes = Field("data.data", "Data", .bytes)
  let length = Field("data.len", "Length", .int32)

  public init() {}
  static let fields = Self()
}

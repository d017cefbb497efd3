extension FieldBuffer {
  /// A string that is said to be ASCII and that a zero may end; what follows the zero is pointed out.
  @discardableResult
  package mutating func add(string field: Field, _ bytes: Span<UInt8>, at offset: Int) -> FieldIndex
  {
    let item = add(field, ascii: bytes, at: offset)
    noteStrayBytes(of: bytes, under: item)
    return item
  }
}

extension Span<UInt8> {
  /// What comes before the first zero.
  package var upToZero: Span<UInt8> {
    @_lifetime(copy self) get { part(0, indices.first { self[$0] == 0 } ?? count) }
  }
}

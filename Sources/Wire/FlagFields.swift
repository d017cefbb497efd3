import Fields

/// A number of flags, and the fields of its bits, in the order in which they are shown.
struct FlagFields {
  let whole: Field
  let parts: [Field]

  init(_ whole: Field, _ parts: [Field]) { (self.whole, self.parts) = (whole, parts) }
}

extension FieldBuffer {
  /// Adds the number, with the flags that are set named on its line, and its bits below it.
  @discardableResult
  mutating func add(
    _ flags: FlagFields, _ bits: some BinaryInteger, at offset: Int, count: Int
  ) -> FieldIndex {
    let bits = UInt64(truncatingIfNeeded: bits)
    let item =
      flags.whole.mask == 0
      ? add(flags.whole, bits, at: offset, count: count)
      : add(flags.whole, bitsOf: bits, at: offset, count: count)
    for part in flags.parts where part.type == .boolean && bits & part.mask != 0 {
      note(item, ", \(part.label)")
    }
    addParts(of: flags, bits, under: item, at: offset, count: count)
    return item
  }

  /// Adds the bits alone, below `item`.
  mutating func addParts(
    of flags: FlagFields, _ bits: some BinaryInteger, under item: FieldIndex, at offset: Int,
    count: Int
  ) {
    open(item)
    for part in flags.parts { add(part, bitsOf: bits, at: offset, count: count) }
    close(item)
  }
}

extension Field {
  /// A flag that is set or not.
  static func flag(_ name: String, _ label: String, _ mask: UInt64, of bits: Int = 8) -> Field {
    Field(name, label, .boolean, .natural, .setNotSet, mask: mask, of: bits)
  }
}

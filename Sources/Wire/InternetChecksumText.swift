import Fields

/// The fields of an Internet checksum that stands in a header.
struct ChecksumFields: Sendable {
  let value: Field
  let status: Field
  let bad: Field
}

/// The names of `….checksum.status`.
@Sendable func checksumStatusName(_ status: UInt64) -> String? {
  word(status, ["Bad", "Good", "Unverified", "Not present", "Illegal"])
}

extension FieldBuffer {
  /// Adds a checksum and its status. `sum` is the ones' complement sum over all that it covers, itself included; nil
  /// where it cannot be checked, and `why` then says why.
  ///
  /// Returns whether it was found wrong.
  @discardableResult
  mutating func add(
    checksum: UInt16, _ fields: ChecksumFields, sum: UInt16?, why: String = "", at: Int
  ) -> Bool {
    let item = add(fields.value, checksum, at: at, count: 2)
    guard let sum else {
      note(item, " [unverified]\(why)")
      add(fields.status, 2, at: at, .generated)
      return false
    }
    if sum == 0xffff {
      note(item, " [correct]")
      add(fields.status, 1, at: at, .generated)
      return false
    }
    let expected = UInt32(checksum) + UInt32(~sum)
    let folded = UInt16(truncatingIfNeeded: expected + expected >> 16)
    note(item) {
      $0.write(" incorrect, should be 0x")
      $0.write(hex: UInt64(folded), digits: 4)
    }
    var message = TextBuffer()
    message.write("Bad checksum [should be 0x")
    message.write(hex: UInt64(folded), digits: 4)
    message.write("]")
    expert(fields.bad, .warning, .checksum, message.string, under: item)
    add(fields.status, 0, at: at, .generated)
    return true
  }
}

extension Checksum {
  /// The sum folded to 16 bits: 0xffff where a checksum among the bytes is right.
  static func fold(_ sum: UInt64) -> UInt16 {
    var rest = sum
    while rest > 0xffff { rest = rest & 0xffff &+ rest >> 16 }
    return UInt16(truncatingIfNeeded: rest)
  }
}

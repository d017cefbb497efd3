import Fields

/// The fields of an Internet checksum in a header.
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
  /// Adds a checksum and its status. `sum` is taken over all that it covers, itself included; nil
  /// where it cannot be checked, and `why` then says why.
  ///
  /// Returns whether it was found wrong.
  @discardableResult
  mutating func add(
    checksum: UInt16, _ fields: ChecksumFields, sum: Checksum?, why: String = "",
    severity: ExpertSeverity = .warning, at: Int
  ) -> Bool {
    let item = add(fields.value, checksum, at: at, count: 2)
    guard let sum else {
      note(item, " [unverified]\(why)")
      add(fields.status, 2, at: at, .generated)
      return false
    }
    if sum.folded == 0xffff {
      note(item, " [correct]")
      add(fields.status, 1, at: at, .generated)
      return false
    }
    let expected = UInt64(sum.expected(insteadOf: checksum))
    note(item) {
      $0.write(" incorrect, should be 0x")
      $0.write(hex: expected, digits: 4)
    }
    var message = TextBuffer()
    message.write("Bad checksum [should be 0x")
    message.write(hex: expected, digits: 4)
    message.write("]")
    expert(fields.bad, severity, .checksum, message.string, under: item)
    add(fields.status, 0, at: at, .generated)
    return true
  }
}

extension Checksum {
  init(over bytes: Span<UInt8>) {
    self.init()
    add(bytes)
  }
  /// Over the pseudo-header too.
  init(over bytes: Span<UInt8>, _ addresses: NetworkAddresses, _ number: IPProtocol) {
    self.init(pseudoHeader: addresses, protocol: number.rawValue, length: bytes.count)
    add(bytes)
  }
  /// What a right checksum becomes where a word that it covers changes (RFC 1624).
  static func adjusted(_ checksum: UInt16, from old: UInt16, to new: UInt16) -> UInt16 {
    var sum = UInt32(~checksum) + UInt32(~old) + UInt32(new)
    sum = sum & 0xffff + sum >> 16
    sum = sum & 0xffff + sum >> 16
    return ~UInt16(truncatingIfNeeded: sum)
  }
}

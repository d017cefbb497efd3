import Fields

/// Who made a network card: prefixes of 24, 28 or 36 bits that the IEEE registered (`generate.py` made the table).
enum VendorTable {
  /// The holder of the longest prefix that is registered, and how many bits that has.
  static func name(of address: UInt64) -> (name: Name, bits: Int)? {
    if let name = find(address >> 12, digits: 9, in: prefixes36) { return (name, 36) }
    if let name = find(address >> 20, digits: 7, in: prefixes28) { return (name, 28) }
    return manufacturer(of: address).map { ($0, 24) }
  }
  /// The holder of the first 24 bits: a vendor, or the registry itself where it gave out parts of them.
  static func manufacturer(of address: UInt64) -> Name? {
    find(address >> 24, digits: 6, in: prefixes24)
  }

  /// Where the name of a vendor stands in `names`: `VMware` TAB `VMware, Inc.`
  struct Name {
    fileprivate let start: Int

    func writeShort(to text: inout TextBuffer) {
      write(from: start, until: UInt8(ascii: "\t"), to: &text)
    }
    var full: String {
      var text = TextBuffer()
      let span = VendorTable.names.utf8.span
      var at = start
      while span[at] != UInt8(ascii: "\t") { at += 1 }
      write(from: at + 1, until: UInt8(ascii: "\n"), to: &text)
      return text.string
    }
    private func write(from start: Int, until end: UInt8, to text: inout TextBuffer) {
      let span = VendorTable.names.utf8.span
      var at = start
      while span[at] != end {
        text.write(byte: span[at])
        at += 1
      }
    }
  }

  private static let placeDigits = 6

  /// Searches records of `digits` digits of prefix and six digits of place.
  private static func find(_ prefix: UInt64, digits: Int, in records: String) -> Name? {
    let span = records.utf8.span
    let width = digits + placeDigits
    var (low, high) = (0, span.count / width)
    while low < high {
      let middle = (low + high) / 2
      let value = number(in: span, at: middle * width, digits: digits)
      if value == prefix {
        return Name(
          start: Int(number(in: span, at: middle * width + digits, digits: placeDigits)))
      }
      if value < prefix { low = middle + 1 } else { high = middle }
    }
    return nil
  }

  private static func number(in span: Span<UInt8>, at start: Int, digits: Int) -> UInt64 {
    var value: UInt64 = 0
    for index in start..<start + digits {
      let digit = span[index]
      value =
        value << 4
        | UInt64(
          digit <= UInt8(ascii: "9") ? digit - UInt8(ascii: "0") : digit - UInt8(ascii: "a") + 10)
    }
    return value
  }
}

import CVendors

/// Who made a network card: prefixes of 24, 28 or 36 bits that the IEEE registered.
enum VendorTable {
  /// The holder of the longest prefix that is registered, and how many bits that has.
  static func name(of address: UInt64) -> (name: Name, bits: Int)? {
    for bits in [36, 28] {
      if let name = find(address >> UInt64(48 - bits), bits: bits) { return (name, bits) }
    }
    return manufacturer(of: address).map { ($0, 24) }
  }
  /// The holder of the first 24 bits: a vendor, or the registry itself where it gave out parts of them.
  static func manufacturer(of address: UInt64) -> Name? { find(address >> 24, bits: 24) }

  /// The name of a vendor, by its place in the table: `VMware` TAB `VMware, Inc.`
  struct Name {
    fileprivate let place: UInt32

    var short: String { text(from: place, until: UInt8(ascii: "\t")).text }
    var full: String {
      text(from: text(from: place, until: UInt8(ascii: "\t")).next, until: lineFeed).text
    }

    private func text(from start: UInt32, until end: UInt8) -> (text: String, next: UInt32) {
      var bytes: [UInt8] = []
      var place = start
      while true {
        let byte = vendorNameByte(place)
        place += 1
        if byte == end || byte == lineFeed { break }
        bytes.append(byte)
      }
      return (String(decoding: bytes, as: UTF8.self), place)
    }
    private let lineFeed = UInt8(ascii: "\n")
  }

  private static func find(_ prefix: UInt64, bits: Int) -> Name? {
    let width = Int32(bits)
    var (low, high) = (UInt32(0), vendorPrefixCount(width))
    while low < high {
      let middle = low + (high - low) / 2
      let value = vendorPrefix(width, middle)
      if value == prefix { return Name(place: vendorNamePlace(width, middle)) }
      if value < prefix { low = middle + 1 } else { high = middle }
    }
    return nil
  }
}

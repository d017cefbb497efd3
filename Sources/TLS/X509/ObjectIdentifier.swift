import Fields

/// An object identifier (X.660), from its encoding (X.690 8.19).
struct ObjectIdentifier: Equatable {
  /// With dots: `2.5.4.3`.
  let digits: String

  init(_ bytes: ArraySlice<UInt8>) {
    var text = TextBuffer()
    var number: UInt64 = 0
    for byte in bytes {
      // Numbers that take more than 64 bits lose their upper ones.
      number = number << 7 | UInt64(byte & 0x7f)
      guard byte & 0x80 == 0 else { continue }
      if text.isEmpty {
        let root = min(number / 40, 2)
        text.write(decimal: root)
        number -= 40 * root
      }
      text.write(byte: UInt8(ascii: "."))
      text.write(decimal: number)
      number = 0
    }
    digits = text.string
  }

  /// The name of the node, or of the nearest one above that has one, with the numbers below it.
  var name: String {
    var node = Substring(digits)
    while !node.isEmpty {
      if let name = Self.names[String(node)] { return name + digits.dropFirst(node.count) }
      node = node[..<(node.lastIndex(of: ".") ?? node.startIndex)]
    }
    return digits
  }
}

/// An object identifier of ASN.1 in a frame (X.690 section 8.19).
package struct ObjectIdentifier: ~Escapable {
  private let bytes: Span<UInt8>

  /// Fails where a number takes more than 32 bits; one that does not end is none.
  @_lifetime(copy bytes)
  package init?(_ bytes: Span<UInt8>) {
    self.bytes = bytes
    var number: UInt64 = 0
    for index in bytes.indices {
      number = min(number, 1 << 32) << 7 | UInt64(bytes[index] & 0x7f)
      guard bytes[index] & 0x80 == 0 else { continue }
      if number > UInt64(UInt32.max) { return nil }
      number = 0
    }
  }

  /// `1.3.6.1`; what is left of a number that does not end is not shown.
  package func write(to text: inout TextBuffer, dropping dropped: Int = 0) {
    var place = 0
    func write(_ number: UInt64, _ text: inout TextBuffer) {
      if place >= dropped {
        if place > 0 { text.write(byte: UInt8(ascii: ".")) }
        text.write(decimal: number)
      }
      place += 1
    }
    var number: UInt64 = 0
    for index in bytes.indices {
      number = number << 7 | UInt64(bytes[index] & 0x7f)
      guard bytes[index] & 0x80 == 0 else { continue }
      if place == 0 {
        let root = min(number / 40, 2)
        write(root, &text)
        number -= 40 * root
      }
      write(number, &text)
      number = 0
    }
    if place == 0 { write(0, &text) }
  }

  /// The first two numbers.
  private var roots: (first: UInt32, second: UInt32?) {
    guard !bytes.isEmpty else { return (0, nil) }
    var number: UInt32 = 0
    for index in bytes.indices {
      number = number << 7 | UInt32(bytes[index] & 0x7f)
      if bytes[index] & 0x80 == 0 {
        let root = min(number / 40, 2)
        return (root, number - 40 * root)
      }
    }
    return (0, nil)
  }
  private var isUSA: Bool {
    bytes.count >= 3 && bytes[0] == 0x2a && bytes[1] == 0x86 && bytes[2] == 0x48
  }

  /// With the name of the highest node: `iso.3.6.1`.
  package func writeNamed(to text: inout TextBuffer) {
    if isUSA {
      text.write("ISO assigned OIDs, USA")
      write(to: &text, dropping: 3)
      return
    }
    switch roots {
    case (2, 1):
      text.write("asn1")
      write(to: &text, dropping: 2)
    case (let first, _):
      text.write(first == 0 ? "itu-t" : first == 1 ? "iso" : "joint-iso-itu-t")
      write(to: &text, dropping: 1)
    }
  }

  /// Whether no more of it is known than a name: what is below unnamed nodes goes by its numbers.
  package var isNamed: Bool {
    switch roots {
    case (0, let second): second.map { ![0, 2, 4, 9, 34].contains($0) } ?? true
    case (1, let second): isUSA && bytes.count == 3 || ![0, 2, 3].contains(second)
    case (_, let second): ![2, 5, 6, 9, 16, 23].contains(second)
    }
  }
}

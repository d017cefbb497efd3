/// A domain name, read through its compression pointers (RFC 1035 section 4.1.4).
package struct DomainName {
  /// With dots; `<Root>` for the empty name.
  package let text: String
  /// Bytes that it takes where it is.
  package let length: Int
  private let byteCount: Int

  /// Pointers followed at most.
  static let maximumJumps = 254
  /// The labels of RFC 2673, which nothing uses.
  private static let bitLabel: UInt8 = 0x41
  /// Bytes of text at most (RFC 1035 section 2.3.4, without the length of the first label and the root).
  static let maximumLength = 253

  /// Pointers count from `base`. Throws where the bytes end within the name.
  package init(in bytes: Span<UInt8>, at start: Int, base: Int, _ reader: borrowing ByteReader)
    throws(DecodeError)
  {
    var name: [UInt8] = []
    var offset = start, end: Int?
    // Labels that come round again are not read more often than the message is long.
    var jumps = 0, walked = 0
    while true {
      let head = try reader.uint8(at: offset)
      offset += 1
      if head == 0 { break }
      switch head >> 6 {
      case 0:
        let label = try reader.part(at: offset, Int(head))
        if !name.isEmpty { name.append(UInt8(ascii: ".")) }
        for index in label.indices where name.count <= Self.maximumLength {
          name.append(label[index])
        }
        offset += Int(head)
        walked += 1 + Int(head)
      case 3:
        let target = base + Int(head & 0x3f) << 8 + Int(try reader.uint8(at: offset))
        if end == nil { end = offset + 1 }
        jumps += 1
        if jumps > Self.maximumJumps || walked > bytes.count {
          self.init("<Name contains a pointer that loops>", length: (end ?? offset) - start)
          return
        }
        offset = target
      case 1 where head != Self.bitLabel && offset - start > 1:
        self.init("<Unknown extended label>", length: (end ?? offset) - start)
        return
      default: throw reader.malformed
      }
    }
    let length = (end ?? offset) - start
    if name.isEmpty || name.count > Self.maximumLength {
      self.init(name.isEmpty ? "<Root>" : "<Name too long>", length: length)
    } else {
      self.init(String(decoding: name, as: UTF8.self), length: length, byteCount: name.count)
    }
  }

  private init(_ text: String, length: Int, byteCount: Int? = nil) {
    (self.text, self.length) = (text, length)
    self.byteCount = byteCount ?? text.utf8.count
  }

  /// As the name of a record's owner, of which a zero at the beginning leaves nothing.
  package var asOwner: DomainName {
    text.utf8.first == 0 ? DomainName("<Root>", length: length) : self
  }

  /// Length and labels as Wireshark counts them: by bytes and dots, and none of both in a name of one byte.
  package var counts: (length: Int, labels: Int) {
    guard byteCount > 1 else { return (0, 0) }
    return (byteCount, 1 + text.utf8.count { $0 == UInt8(ascii: ".") })
  }

  /// Control characters as escapes, as labels and columns show them.
  package func write(to text: inout TextBuffer) {
    text.write(printable: Array(self.text.utf8)[...])
  }
}

import Fields

/// A domain name, read through its compression pointers (RFC 1035 section 4.1.4).
struct DNSName {
  /// With dots; `<Root>` for the empty name.
  let text: String
  /// Bytes that it takes where it stands.
  let length: Int
  let labelCount: Int

  /// Pointers followed at most: what a message of 64 KiB could need is far less.
  static let maximumJumps = 128
  /// Bytes of text at most, as Wireshark's.
  static let maximumLength = 1024

  /// Pointers count from `base`. Throws where the bytes end within the name.
  init(in bytes: Span<UInt8>, at start: Int, base: Int, _ reader: borrowing ByteReader)
    throws(DecodeError)
  {
    var name: [UInt8] = []
    var offset = start, end: Int?
    var labels = 0, jumps = 0
    while true {
      let head = try reader.uint8(at: offset)
      offset += 1
      if head == 0 { break }
      switch head >> 6 {
      case 0:
        let label = try reader.part(at: offset, Int(head))
        if !name.isEmpty { name.append(UInt8(ascii: ".")) }
        for index in label.indices where name.count < Self.maximumLength {
          name.append(label[index])
        }
        labels += 1
        offset += Int(head)
      case 3:
        let target = base + Int(head & 0x3f) << 8 + Int(try reader.uint8(at: offset))
        if end == nil { end = offset + 1 }
        jumps += 1
        if jumps > Self.maximumJumps {
          text = "<Name contains a pointer that loops>"
          length = (end ?? offset) - start
          labelCount = 1
          return
        }
        offset = target
      default: throw reader.malformed
      }
    }
    length = (end ?? offset) - start
    text = name.isEmpty ? "<Root>" : String(decoding: name, as: UTF8.self)
    labelCount = max(1, labels)
  }

  /// Control characters as escapes, as labels and columns show them.
  func write(to text: inout TextBuffer) { text.write(printable: Array(self.text.utf8)[...]) }
}

import Fields

/// An element of the basic encoding rules (X.690): where its contents lie in the layer.
struct BERElement {
  /// Elements of indefinite length inside one another.
  static let maximumDepth = 16

  /// Class, and whether the element is constructed, as the first octet has them: `0x30`, `0xa0`.
  let identifier: UInt8
  /// The number of the tag, whatever it takes to write.
  let tag: UInt32
  let start: Int
  /// Where the contents begin, and end.
  let contents: Int
  let contentsEnd: Int
  /// After the end marker, where there is one.
  let end: Int

  var count: Int { contentsEnd - contents }
  var isConstructed: Bool { identifier & 0x20 != 0 }
  /// 0 universal, 1 application, 2 context, 3 private.
  var tagClass: UInt8 { identifier >> 6 }

  func isUniversal(_ tag: UInt32) -> Bool { tagClass == 0 && self.tag == tag }
}

extension ByteReader {
  /// The head of the element at `offset`; the contents may reach beyond what is there.
  func berElement(at offset: Int, depth: Int = 0) throws(DecodeError) -> BERElement {
    let identifier = try uint8(at: offset)
    var at = offset + 1
    var tag = UInt32(identifier & 0x1f)
    if tag == 0x1f {
      tag = 0
      var octet: UInt8
      repeat {
        octet = try uint8(at: at)
        at += 1
        guard tag < 1 << 25 else { throw malformed }
        tag = tag << 7 | UInt32(octet & 0x7f)
      } while octet & 0x80 != 0
    }
    let first = try uint8(at: at)
    at += 1
    if first == 0x80 {
      let end = try endOfIndefinite(from: at, depth: depth + 1)
      return BERElement(
        identifier: identifier, tag: tag, start: offset, contents: at, contentsEnd: end - 2,
        end: end)
    }
    var length = Int(first)
    if first > 0x80 {
      length = 0
      for _ in 0..<Int(first & 0x7f) {
        let octet = try uint8(at: at)
        at += 1
        // No capture has such lengths: what is asked for was never there.
        guard length < 1 << 31 else { throw malformed }
        length = length << 8 | Int(octet)
      }
    }
    return BERElement(
      identifier: identifier, tag: tag, start: offset, contents: at, contentsEnd: at + length,
      end: at + length)
  }

  /// After the two zero octets that end contents of indefinite length.
  private func endOfIndefinite(from start: Int, depth: Int) throws(DecodeError) -> Int {
    guard depth <= BERElement.maximumDepth else { throw malformed }
    var offset = start
    while true {
      if try uint8(at: offset) == 0, try uint8(at: offset + 1) == 0 { return offset + 2 }
      offset = try berElement(at: offset, depth: depth).end
    }
  }

  /// A two's complement integer of one to eight octets; nil for others.
  func berInteger(_ element: BERElement) throws(DecodeError) -> Int64? {
    try require(element.count, at: element.contents)
    guard (1...8).contains(element.count) else { return nil }
    var value: Int64 = bytes[element.contents] & 0x80 != 0 ? -1 : 0
    for offset in element.contents..<element.contentsEnd {
      value = value << 8 | Int64(bytes[offset])
    }
    return value
  }

  /// The low 32 bits of an integer of any length but zero, with its sign or without.
  func berLow32(_ element: BERElement, isSigned: Bool) throws(DecodeError) -> UInt32 {
    let contents = try part(at: element.contents, element.count)
    var value: UInt32 = isSigned && !contents.isEmpty && contents[0] & 0x80 != 0 ? .max : 0
    for index in contents.indices { value = value << 8 | UInt32(contents[index]) }
    return value
  }

  /// An unsigned integer of one to eight octets, or nine where the first is zero; nil for others.
  func berUnsigned(_ element: BERElement) throws(DecodeError) -> UInt64? {
    try require(element.count, at: element.contents)
    guard
      (1...8).contains(element.count) || element.count == 9 && bytes[element.contents] == 0
    else { return nil }
    var value: UInt64 = 0
    for offset in element.contents..<element.contentsEnd {
      value = value << 8 | UInt64(bytes[offset])
    }
    return value
  }
}

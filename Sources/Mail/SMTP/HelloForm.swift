/// What a client calls itself in `HELO`, `EHLO` or `LHLO`.
enum HelloForm: String, Sendable {
  case domain
  case addressLiteral = "address literal"
  case bareAddress = "bare address"
  case singleLabel = "single label"
  case malformed

  init(_ name: String) {
    let bytes = name.utf8.span
    if name.utf8.first == UInt8(ascii: "[") {
      self = name.utf8.last == UInt8(ascii: "]") && bytes.count > 2 ? .addressLiteral : .malformed
      return
    }
    if name.utf8.allSatisfy({ $0.isASCIIDigit || $0 == .dot })
      || bytes.firstIndex(of: UInt8(ascii: ":")) != nil
    {
      self = .bareAddress
      return
    }
    var labels = 0
    var start = 0
    while start <= bytes.count {
      let end = bytes.firstIndex(of: .dot, from: start) ?? bytes.count
      guard Self.isLabel(bytes.extracting(start..<end)) else {
        self = .malformed
        return
      }
      (labels, start) = (labels + 1, end + 1)
    }
    self = labels == 1 ? .singleLabel : .domain
  }

  private static func isLabel(_ bytes: Span<UInt8>) -> Bool {
    guard (1...63).contains(bytes.count), bytes[0] != UInt8(ascii: "-"),
      bytes[bytes.count - 1] != UInt8(ascii: "-")
    else { return false }
    for index in bytes.indices {
      let byte = bytes[index]
      guard byte.isASCIILetter || byte.isASCIIDigit || byte == UInt8(ascii: "-") || byte >= 0x80
      else { return false }
    }
    return true
  }
}

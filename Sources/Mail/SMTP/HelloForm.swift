/// What a client calls itself in `HELO`, `EHLO` or `LHLO`.
enum HelloForm: String, Sendable {
  case domain
  case addressLiteral = "address literal"
  case bareAddress = "bare address"
  case singleLabel = "single label"
  case malformed

  init(_ name: String) {
    let bytes = Array(name.utf8)
    if bytes.first == UInt8(ascii: "[") {
      self = bytes.last == UInt8(ascii: "]") && bytes.count > 2 ? .addressLiteral : .malformed
      return
    }
    if bytes.allSatisfy({ $0.isASCIIDigit || $0 == .dot }) || bytes.contains(UInt8(ascii: ":")) {
      self = .bareAddress
      return
    }
    let labels = bytes.split(separator: .dot, omittingEmptySubsequences: false)
    let isDomain = labels.allSatisfy { label in
      !label.isEmpty && label.count <= 63 && label.first != UInt8(ascii: "-")
        && label.last != UInt8(ascii: "-")
        && label.allSatisfy {
          $0.isASCIILetter || $0.isASCIIDigit || $0 == UInt8(ascii: "-") || $0 >= 0x80
        }
    }
    self = !isDomain ? .malformed : labels.count == 1 ? .singleLabel : .domain
  }
}

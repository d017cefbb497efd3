/// The options at the end of a pcapng block, one by one; a malformed rest is left out.
struct Options: ~Escapable {
  private var rest: Span<UInt8>
  private let swapped: Bool

  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, swapped: Bool) {
    self.rest = bytes
    self.swapped = swapped
  }

  @_lifetime(copy self)
  mutating func next() -> Option? {
    guard rest.count >= 4 else { return nil }
    let code = rest.uint16(at: 0, swapped: swapped)
    let length = Int(rest.uint16(at: 2, swapped: swapped))
    guard code != OptionCode.end, length <= rest.count - 4 else { return nil }
    let option = Option(
      code: code, value: rest.extracting(4..<4 + length), swapped: swapped)
    rest = rest.extracting(min(4 + length.padded, rest.count)...)
    return option
  }
}

struct Option: ~Escapable {
  let code: UInt16
  let value: Span<UInt8>
  let swapped: Bool

  @_lifetime(copy value)
  init(code: UInt16, value: Span<UInt8>, swapped: Bool) {
    self.code = code
    self.value = value
    self.swapped = swapped
  }

  var text: String { value.text }
  var uint8: UInt8? { value.count >= 1 ? value[0] : nil }
  var uint32: UInt32? { value.count >= 4 ? value.uint32(at: 0, swapped: swapped) : nil }
  var uint64: UInt64? { value.count >= 8 ? value.uint64(at: 0, swapped: swapped) : nil }
}

/// Option codes; what they mean depends on the block.
enum OptionCode {
  static let end: UInt16 = 0
  static let comment: UInt16 = 1
  static let packetFlags: UInt16 = 2
  static let dropCount: UInt16 = 4
  static let packetIdentifier: UInt16 = 5
  static let packetQueue: UInt16 = 6
  static let packetVerdict: UInt16 = 7
}

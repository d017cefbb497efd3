/// Options of an Interface Description Block (draft-ietf-opsawg-pcapng §4.2).
enum InterfaceOption {
  static let name: UInt16 = 2
  static let description: UInt16 = 3
  static let timestampResolution: UInt16 = 9
  static let filter: UInt16 = 11
  static let os: UInt16 = 12
  static let fcsLength: UInt16 = 13
  static let timestampOffset: UInt16 = 14
  static let hardware: UInt16 = 15
}

func interfaceDescription(
  _ block: borrowing Block, number: Int, section: Int
) throws(CaptureError) -> CaptureInterface {
  try block.require(8)
  var interface = CaptureInterface(
    linkType: LinkTypeNumbers.dlt(ofFile: UInt32(block.uint16(at: 0))),
    snapLength: Int(block.uint32(at: 4)))
  (interface.number, interface.section) = (number, section)
  var options = block.options(at: 8)
  while let option = options.next() {
    switch option.code {
    case OptionCode.comment: interface.comments.append(option.text)
    case InterfaceOption.name: interface.name = option.text
    case InterfaceOption.description: interface.description = option.text
    case InterfaceOption.timestampResolution:
      if let value = option.uint8 { interface.timestampResolution = unitsPerSecond(value) }
    case InterfaceOption.filter:
      // One byte says what follows: 0 is a filter expression.
      if option.uint8 == 0 { interface.filter = option.value.extracting(1...).text }
    case InterfaceOption.os: interface.os = option.text
    case InterfaceOption.fcsLength:
      // The draft counts bits, Wireshark bytes; no FCS has 8 bytes, none has less than 8 bits.
      interface.fcsLength = option.uint8.map { Int($0) >= 8 ? Int($0) / 8 : Int($0) }
    case InterfaceOption.timestampOffset:
      interface.timestampOffset = option.uint64.map(Int64.init(bitPattern:)) ?? 0
    case InterfaceOption.hardware: interface.hardware = option.text
    default: break
    }
  }
  return interface
}

/// The high bit chooses a power of 2 instead of 10; beyond 64 bits it is taken for the largest.
private func unitsPerSecond(_ value: UInt8) -> UInt64 {
  let exponent = value & 0x7F
  if value & 0x80 != 0 { return exponent < 64 ? 1 << exponent : .max }
  return exponent <= 19 ? (0..<exponent).reduce(1) { power, _ in power * 10 } : .max
}

import Fields
import TestSupport
import Testing

@testable import Wire

/// An IPv6 packet as hexadecimal, and lines that its tree must have, in this order.
struct IPv6Frame: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let hex: String
  let lines: [String]

  private static let linkType: UInt32 = 229
  static let addresses = "20010db8000000000000000000000001" + "20010db8000000000000000000000002"

  /// A header from 2001:db8::1 to 2001:db8::2 before the payload.
  static func packet(_ next: UInt8, hopLimit: UInt8 = 64, _ payload: String) -> String {
    func hex(_ number: some BinaryInteger, digits: Int) -> String {
      let text = String(number, radix: 16)
      return String(repeating: "0", count: digits - text.count) + text
    }
    return "60000000" + hex(payload.bytes.count, digits: 4) + hex(next, digits: 2)
      + hex(hopLimit, digits: 2) + addresses + payload
  }

  func expectLines() {
    let text = treeText(hex.bytes, linkType: Self.linkType)
    var rest = text.split(separator: "\n")[...]
    for line in lines {
      guard let place = rest.firstIndex(where: { $0 == line }) else {
        Issue.record("no line \(line) in\n\(text)")
        return
      }
      rest = rest[(place + 1)...]
    }
  }

  func damage() {
    let bytes = hex.bytes
    var dissector = FrameReader()
    for count in bytes.indices {
      _ = dissector.treeText(Array(bytes[..<count]), linkType: Self.linkType)
      _ = dissector.treeText(
        Array(bytes[..<count]), wireLength: bytes.count, linkType: Self.linkType)
    }
    for index in bytes.indices {
      for value: UInt8 in [0, 1, 0x7f, 0xff] {
        var changed = bytes
        changed[index] = value
        _ = dissector.treeText(changed, linkType: Self.linkType)
      }
    }
  }
}

import Fields

/// The twelve flag bits of a TCP header (RFC 9293 3.1, RFC 3168, AE: draft-ietf-tcpm-accurate-ecn).
public struct TCPFlags: OptionSet, Hashable, Sendable {
  public let rawValue: UInt16
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  public static let fin = Self(rawValue: 0x001)
  public static let syn = Self(rawValue: 0x002)
  public static let reset = Self(rawValue: 0x004)
  public static let push = Self(rawValue: 0x008)
  public static let acknowledgment = Self(rawValue: 0x010)
  public static let urgent = Self(rawValue: 0x020)
  public static let echo = Self(rawValue: 0x040)
  public static let windowReduced = Self(rawValue: 0x080)
  public static let accurateECN = Self(rawValue: 0x100)
  public static let reserved = Self(rawValue: 0xe00)

  /// The first segment of a client, and the answer to it.
  var isSyn: Bool { intersection([.syn, .acknowledgment]) == .syn }
  var isSynAck: Bool { isSuperset(of: [.syn, .acknowledgment]) }
  /// Data, or nothing but an acknowledgment.
  var isPlain: Bool { subtracting(.push) == .acknowledgment }
}

extension TCPFlags {
  /// From the lowest bit on.
  private static let names: [9 of StaticString] = [
    "FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "AE",
  ]

  private static let letters: [12 of UInt8] = [
    UInt8(ascii: "R"), UInt8(ascii: "R"), UInt8(ascii: "R"), UInt8(ascii: "A"), UInt8(ascii: "C"),
    UInt8(ascii: "E"), UInt8(ascii: "U"), UInt8(ascii: "A"), UInt8(ascii: "P"), UInt8(ascii: "R"),
    UInt8(ascii: "S"), UInt8(ascii: "F"),
  ]

  /// `PSH, ACK`
  func writeNames(to text: inout TextBuffer) {
    // As nearly all segments have them.
    if self == .acknowledgment { return text.write("ACK") }
    if self == [.push, .acknowledgment] { return text.write("PSH, ACK") }
    var isFirst = true
    for bit in 0..<9 where rawValue >> UInt16(bit) & 1 == 1 {
      if !isFirst { text.write(", ") }
      text.write(Self.names[bit])
      isFirst = false
    }
    if !isDisjoint(with: .reserved) {
      text.write(isFirst ? "Reserved" : ", Reserved")
    } else if isFirst {
      text.write("<None>")
    }
  }

  /// `·······AP···`: a letter a flag, a dot where it is not set.
  func writeLetters(to text: inout TextBuffer) {
    for position in Self.letters.indices {
      if rawValue >> UInt16(11 - position) & 1 == 1 {
        text.write(byte: Self.letters[position])
      } else {
        text.write("·")
      }
    }
  }
}

/// A character set that mail is written in.
public struct Charset: Sendable, Hashable {
  /// As IANA has it.
  public let name: String
  let coding: Coding

  enum Coding: Sendable, Hashable {
    /// UTF-8, and ASCII as its part.
    case utf8
    /// No charset, or one that says nothing of bytes above 127.
    case unnamed
    /// ISO 8859-1 with the characters that Windows has in place of its controls: what its name is used for.
    case windows1252
    /// By a converter of the C library. Where that does not know a character, the fallback is asked.
    case converter(
      String, Unit = .byte, fallback: String? = nil, shifts: ShiftState.Kind? = nil)
  }

  /// What a character is made of: how much of it is passed over where it is none.
  enum Unit: Sendable, Hashable {
    case byte
    case doubleByte
    /// Bytes whose meaning the bytes before them decide: the converter keeps its state.
    case stateful
  }

  public static let utf8 = Charset(name: "UTF-8", coding: .utf8)

  /// The charset of a name as messages have it, in any case; nil where the name is not known.
  public init?(label: some StringProtocol) {
    guard let known = CharsetNames.charset(of: label) else { return nil }
    self = known
  }

  init(name: String, coding: Coding) {
    self.name = name
    self.coding = coding
  }

  /// All of `bytes` as text; nil where the C library has no converter for the charset.
  func decode(_ bytes: [UInt8]) -> (text: String, invalid: Int)? {
    guard var decoder = CharsetDecoder(self) else { return nil }
    var text: [UInt8] = []
    decoder.receive(bytes.span, into: &text)
    decoder.finish(into: &text)
    return (String(decoding: text, as: UTF8.self), decoder.invalid)
  }
}

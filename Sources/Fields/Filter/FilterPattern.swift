/// A regular expression of a filter: without regard to case, byte by byte as Wireshark's are.
///
/// Each byte is one character (U+0000…U+00FF), so that text in any encoding, and no text at all, can be searched.
struct FilterPattern {
  private let regex: Regex<AnyRegexOutput>

  /// Throws where the text is no regular expression.
  init(_ pattern: [UInt8]) throws {
    let text = "(?i)" + Self.characters(of: Self.withPlainDots(pattern).span)
    regex = try Regex(text)
      .matchingSemantics(.unicodeScalar)
      .asciiOnlyCharacterClasses()
  }

  func matches(_ bytes: Span<UInt8>) -> Bool {
    let text = Self.characters(of: bytes)
    return ((try? regex.firstMatch(in: text)) ?? nil) != nil
  }

  private static func characters(of bytes: Span<UInt8>) -> String {
    var scalars = String.UnicodeScalarView()
    for index in bytes.indices { scalars.append(Unicode.Scalar(bytes[index])) }
    return String(scalars)
  }

  /// A dot matches any byte but a line feed; Swift's dot shuns every character that ends a line.
  private static func withPlainDots(_ pattern: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var isEscaped = false
    var isInClass = false
    for byte in pattern {
      if isEscaped {
        isEscaped = false
      } else {
        switch byte {
        case UInt8(ascii: "\\"): isEscaped = true
        case UInt8(ascii: "["): isInClass = true
        case UInt8(ascii: "]"): isInClass = false
        case UInt8(ascii: ".") where !isInClass:
          result += Array(#"[^\n]"#.utf8)
          continue
        default: break
        }
      }
      result.append(byte)
    }
    return result
  }
}

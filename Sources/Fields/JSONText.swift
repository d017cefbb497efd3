extension TextBuffer {
  /// Makes what was written since `start` the inside of a JSON string: valid UTF-8, escaped.
  public mutating func escapeJSON(from start: Int) {
    let first = endOfPlainJSON(from: start)
    guard first < count else { return }
    var raw = copy(from: first)
    if raw.contains(where: { $0 >= 0x80 }) {
      raw = Array(String(decoding: raw, as: UTF8.self).utf8)
    }
    truncate(to: first)
    write(escapedInJSON: raw.span)
  }

  private func endOfPlainJSON(from start: Int) -> Int { span.endOfPlain(from: start, inJSON: true) }

  /// Writes UTF-8 as the inside of a JSON string.
  private mutating func write(escapedInJSON bytes: Span<UInt8>) {
    var index = 0
    while index < bytes.count {
      let plain = bytes.endOfPlain(from: index, inJSON: true)
      write(bytes.part(index, plain))
      guard plain < bytes.count else { return }
      switch bytes[plain] {
      case UInt8(ascii: "\""): write("\\\"")
      case UInt8(ascii: "\\"): write("\\\\")
      case UInt8(ascii: "\n"): write("\\n")
      case UInt8(ascii: "\r"): write("\\r")
      case UInt8(ascii: "\t"): write("\\t")
      case 0x08: write("\\b")
      case 0x0c: write("\\f")
      case 0..<0x20, 0x7f:
        write("\\u00")
        write(hexByte: bytes[plain])
      default:
        index = plain
        let scalar = bytes.scalar(at: &index)
        if scalar.turnsText {
          write("\\u")
          write(hex: UInt64(scalar.value), digits: 4)
        } else {
          write(bytes.part(plain, index))
        }
        continue
      }
      index = plain + 1
    }
  }

  /// Writes a JSON string with its quotes.
  public mutating func write(json string: String) {
    write(byte: UInt8(ascii: "\""))
    let start = count
    write(string)
    escapeJSON(from: start)
    write(byte: UInt8(ascii: "\""))
  }
}

extension Unicode.Scalar {
  /// Whether a terminal acts on it, or it turns the text after it round: it is written by its number.
  fileprivate var turnsText: Bool {
    switch self {
    case "\u{80}"..."\u{9f}", "\u{61c}", "\u{200e}"..."\u{200f}", "\u{2028}"..."\u{202e}",
      "\u{2066}"..."\u{2069}":
      true
    default: false
    }
  }
}

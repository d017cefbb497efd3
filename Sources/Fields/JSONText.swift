extension TextBuffer {
  /// Makes what was written since `start` the inside of a JSON string: valid UTF-8, escaped.
  public mutating func escapeJSON(from start: Int) {
    var isPlain = true
    for index in start..<bytes.count {
      let byte = bytes[index]
      if byte < 0x20 || byte >= 0x7f || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
        isPlain = false
        break
      }
    }
    if isPlain { return }
    let raw = String(decoding: bytes[start...], as: UTF8.self)
    truncate(to: start)
    for byte in raw.utf8 {
      switch byte {
      case UInt8(ascii: "\""): write("\\\"")
      case UInt8(ascii: "\\"): write("\\\\")
      case UInt8(ascii: "\n"): write("\\n")
      case UInt8(ascii: "\r"): write("\\r")
      case UInt8(ascii: "\t"): write("\\t")
      case 0x08: write("\\b")
      case 0x0c: write("\\f")
      case 0..<0x20, 0x7f:
        write("\\u00")
        write(hexByte: byte)
      default: write(byte: byte)
      }
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

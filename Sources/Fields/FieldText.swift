extension FieldBuffer {
  /// The longest label that the text view prints, in bytes; longer ones are cut, as Wireshark cuts them.
  static let labelLimit = 239

  /// Writes the item's line as the text view prints it, without indentation.
  public func writeLabel(of index: Int, to output: inout TextBuffer) {
    let isGenerated = items[index].traits.contains(.generated)
    if isGenerated { output.write(byte: UInt8(ascii: "[")) }
    writePlainLabel(of: index, to: &output)
    if isGenerated { output.write(byte: UInt8(ascii: "]")) }
  }

  /// The same without the brackets of a generated item.
  public func writePlainLabel(of index: Int, to output: inout TextBuffer) {
    let item = items[index]
    let start = output.count
    var note = item.note
    if item.noteReplaces {
      let head = TextRange(start: Int(note.start), count: Int(item.replacedCount))
      output.write(head, of: text)
      note = TextRange(
        start: Int(note.start) + Int(head.count), count: Int(note.count) - Int(head.count))
      output.cutLabel(from: start, limit: Self.labelLimit, name: 0)
    } else {
      writeDefaultLabel(of: item, to: &output)
      output.cutLabel(from: start, limit: Self.labelLimit, name: item.field.label.utf8.count)
    }
    if note.count > 0 {
      output.write(note, of: text)
      output.cut(from: start, limit: Self.labelLimit)
    }
  }

  /// Writes the label without the brackets of a generated item: the key of a text line in JSON.
  public func writeBareLabel(of index: Int, to output: inout TextBuffer) {
    let start = output.count
    output.write(items[index].note, of: text)
    output.cutLabel(from: start, limit: Self.labelLimit, name: 0)
  }

  private func writeDefaultLabel(of item: FieldItem, to output: inout TextBuffer) {
    let field = item.field
    switch field.type {
    case .none, .proto:
      output.write(field.label)
      return
    default: break
    }
    if field.mask != 0, case .unsigned(let value) = item.value {
      output.write(
        bits: value << UInt64(field.mask.trailingZeroBitCount), mask: field.mask,
        of: field.containerBits)
      output.write(" = ")
    }
    output.write(field.label)
    output.write(": ")
    writeWords(of: item, to: &output)
  }

  /// The value as the text view puts it: `TCP (6)`, `Set`, `00:1b:… `.
  private func writeWords(of item: FieldItem, to output: inout TextBuffer) {
    let field = item.field
    switch (field.meaning, item.value) {
    case (.words(let yes, let no), .unsigned(let value)):
      output.write(value != 0 ? yes : no)
    case (.plain, .unsigned(let value)) where field.type == .boolean:
      output.write(value != 0 ? "True" : "False")
    case (.names(let name), .unsigned(let value)):
      output.write(name(value) ?? "Unknown")
      if field.display == .wordsOnly { return }
      output.write(" (")
      output.write(number: value, field: field)
      output.write(byte: UInt8(ascii: ")"))
    case (.names(let name), .signed(let value)):
      output.write(name(UInt64(bitPattern: value)) ?? "Unknown")
      if field.display == .wordsOnly { return }
      output.write(" (")
      output.write(decimal: value)
      output.write(byte: UInt8(ascii: ")"))
    case (.unit(let unit, let singular), .unsigned(let value)):
      output.write(number: value, field: field)
      output.write(value == 1 ? singular ?? unit : unit)
    case (_, .unsigned(let value)):
      output.write(number: value, field: field)
    case (_, .time(let time)) where field.type == .relativeTime:
      output.write(seconds: time)
      output.write(" seconds")
    case (_, .content(let range)) where field.type == .bytes:
      if range.count == 0 { output.write("<MISSING>") }
      output.write(
        hex: text.bytes[range.range], colons: field.display == .colons, limit: 36)
    case (_, .content(let range)):
      output.write(printable: text.bytes[range.range])
    default:
      writeShow(of: item, to: &output)
    }
  }

  /// Writes the value as JSON and `-e` show it: `64`, `0x0018`, `192.0.2.1`, bytes with colons.
  public func writeShow(of index: Int, to output: inout TextBuffer) {
    writeShow(of: items[index], to: &output)
  }

  private func writeShow(of item: FieldItem, to output: inout TextBuffer) {
    let field = item.field
    switch item.value {
    case .none: break
    case .unsigned(let value):
      switch field.display {
      case .hex, .hexDecimal:
        output.write("0x")
        // Longer than 32 bits is as long as 64 here.
        output.write(hex: value, digits: field.type.bits > 32 ? 16 : field.type.bits / 4)
      default: output.write(decimal: field.type == .boolean ? min(value, 1) : value)
      }
    case .signed(let value): output.write(decimal: value)
    case .double(let value):
      // A whole number has no point.
      if let whole = Int64(exactly: value) {
        output.write(decimal: whole)
      } else {
        output.write("\(value)")
      }
    case .ether(let address): output.write(ether: address)
    case .ipv4(let address): output.write(ipv4: address)
    case .ipv6(let high, let low): output.write(ipv6High: high, low: low)
    case .time(let time):
      if field.type == .absoluteTime {
        output.write(absolute: time)
      } else {
        output.write(seconds: time)
      }
    case .content(let range):
      if field.type == .bytes {
        output.write(hex: text.bytes[range.range], colons: true, limit: .max)
      } else {
        output.write(text.bytes[range.range])
      }
    }
  }
}

extension TextBuffer {
  /// `.... ..1.` : the bits of `mask` in a container of `width` bits, nibble by nibble.
  public mutating func write(bits value: UInt64, mask: UInt64, of width: Int) {
    for bit in stride(from: width - 1, through: 0, by: -1) {
      if mask >> UInt64(bit) & 1 == 0 {
        write(byte: UInt8(ascii: "."))
      } else {
        write(byte: value >> UInt64(bit) & 1 == 1 ? UInt8(ascii: "1") : UInt8(ascii: "0"))
      }
      if bit % 4 == 0, bit > 0 { write(byte: UInt8(ascii: " ")) }
    }
  }

  mutating func write(number value: UInt64, field: Field) {
    let bits = field.mask == 0 ? field.type.bits : field.mask.nonzeroBitCount
    let digits = (bits + 3) / 4
    switch field.display {
    case .hex:
      write("0x")
      write(hex: value, digits: digits)
    case .hexDecimal:
      write("0x")
      write(hex: value, digits: digits)
      write(" (")
      write(decimal: value)
      write(byte: UInt8(ascii: ")"))
    case .decimalHex:
      write(decimal: value)
      write(" (0x")
      write(hex: value, digits: digits)
      write(byte: UInt8(ascii: ")"))
    case .octal: write(String(value, radix: 8))
    default: write(decimal: value)
    }
  }

  /// Bytes in hexadecimal; an ellipsis where there are more than `limit`.
  public mutating func write(hex bytes: ArraySlice<UInt8>, colons: Bool, limit: Int) {
    var isFirst = true
    for byte in bytes.prefix(limit) {
      if colons, !isFirst { write(byte: UInt8(ascii: ":")) }
      write(hexByte: byte)
      isFirst = false
    }
    if bytes.count > limit { write("…") }
  }

  /// The same, for bytes of a frame, without colons.
  public mutating func write(hex bytes: Span<UInt8>, limit: Int) {
    for index in 0..<Swift.min(bytes.count, limit) { write(hexByte: bytes[index]) }
    if bytes.count > limit { write("…") }
  }

  /// A string from a packet, made safe for a terminal: control characters as C escapes, bytes that are no UTF-8
  /// as U+FFFD.
  public mutating func write(printable bytes: ArraySlice<UInt8>, escapesQuotes: Bool = false) {
    if !escapesQuotes, bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) {
      write(bytes)
      return
    }
    var rest = bytes
    while let first = rest.first {
      let scalar = Self.scalar(takenFrom: &rest)
      if escapesQuotes, scalar == "\"" || scalar == "\\" { write("\\") }
      write(escaped: scalar, isASCII: first < 0x80)
    }
  }

  /// The next character, read as Wireshark reads UTF-8: the first byte tells how many follow, those that do are taken
  /// together, and whatever they spell counts but for surrogates and what is beyond Unicode.
  private static func scalar(takenFrom bytes: inout ArraySlice<UInt8>) -> Unicode.Scalar {
    let first = bytes.removeFirst()
    let more: Int
    switch first {
    case 0..<0x80: return Unicode.Scalar(first)
    case 0xc0..<0xe0: more = 1
    case 0xe0..<0xf0: more = 2
    case 0xf0..<0xf8: more = 3
    case 0xf8..<0xfc: more = 4
    case 0xfc..<0xfe: more = 5
    default: return "\u{fffd}"
    }
    var value = UInt32(first) & (0x3f >> UInt32(more))
    for _ in 0..<more {
      guard let next = bytes.first, next & 0xc0 == 0x80 else { return "\u{fffd}" }
      value = value << 6 | UInt32(next & 0x3f)
      bytes.removeFirst()
    }
    return Unicode.Scalar(value) ?? "\u{fffd}"
  }

  /// The same, for bytes of a frame.
  public mutating func write(printable bytes: Span<UInt8>) {
    var copy: [UInt8] = []
    copy.reserveCapacity(bytes.count)
    for index in bytes.indices { copy.append(bytes[index]) }
    write(printable: copy[...])
  }
  /// The same, with each white-space character shown as a space, as Wireshark shows running text.
  public mutating func write(printableWithSpaces bytes: Span<UInt8>) {
    var copy: [UInt8] = []
    copy.reserveCapacity(bytes.count)
    for index in bytes.indices {
      let byte = bytes[index]
      copy.append(byte >= 0x09 && byte <= 0x0d ? 0x20 : byte)
    }
    write(printable: copy[...])
  }

  /// A string that is said to be ASCII, up to its first zero; each byte that is none as U+FFFD.
  public mutating func write(ascii bytes: Span<UInt8>) {
    for index in bytes.indices {
      if bytes[index] == 0 { return }
      if bytes[index] < 0x80 { write(byte: bytes[index]) } else { write("\u{fffd}") }
    }
  }

  /// `isASCII`: it was one byte.
  private mutating func write(escaped scalar: Unicode.Scalar, isASCII: Bool) {
    switch scalar {
    case " "..."~": write(byte: UInt8(truncatingIfNeeded: scalar.value))
    case _ where !isASCII && scalar.value < 0x20: write(escapedUnicode: scalar)
    case "\u{07}": write("\\a")
    case "\u{08}": write("\\b")
    case "\u{0c}": write("\\f")
    case "\n": write("\\n")
    case "\r": write("\\r")
    case "\t": write("\\t")
    case "\u{0b}": write("\\v")
    default:
      switch scalar.properties.generalCategory {
      case .control, .format, .surrogate, .unassigned:
        if isASCII {
          write("\\")
          write(decimal: UInt64(scalar.value >> 6))
          write(decimal: UInt64(scalar.value >> 3 & 7))
          write(decimal: UInt64(scalar.value & 7))
        } else {
          write(escapedUnicode: scalar)
        }
      default: write(String(scalar))
      }
    }
  }

  private mutating func write(escapedUnicode scalar: Unicode.Scalar) {
    let digits = String(scalar.value, radix: 16, uppercase: true)
    let width = digits.utf8.count <= 4 ? 4 : 8
    write(width == 4 ? "\\u" : "\\U")
    write(repeating: UInt8(ascii: "0"), count: width - digits.utf8.count)
    write(digits)
  }

  /// Cuts a label that is too long as Wireshark does: ` [truncated]` after the field's name, which is `name` bytes
  /// long, or in front of a text that has none; whole UTF-8 characters are kept.
  mutating func cutLabel(from start: Int, limit: Int, name: Int) {
    guard count - start > limit else { return }
    let mark = Array(" [truncated]".utf8)
    let label = Array(bytes[start...])
    truncate(to: start)
    write(label[..<name])
    write(mark[...])
    write(label[name...])
    cut(from: start, limit: limit - 1)
  }

  /// Cuts what was written from `start` on to `limit` bytes, between characters.
  mutating func cut(from start: Int, limit: Int) {
    guard count - start > limit else { return }
    var end = start + limit
    while end > start, bytes[end] & 0xc0 == 0x80 { end -= 1 }
    truncate(to: end)
  }
}

extension FieldBuffer {
  /// The longest label that the text view prints, in bytes; longer ones are cut, as Wireshark cuts them.
  static let labelLimit = 239

  /// Writes the item's line as the text view prints it, without indentation, and safe for a terminal: what declarations
  /// give is so, and so are strings that are values.
  public borrowing func writePrintableLabel(of item: FieldItem, to output: inout TextBuffer) {
    let start = output.count
    let isGenerated = item.traits.contains(.generated)
    if isGenerated { output.write(byte: UInt8(ascii: "[")) }
    writePlainLabel(of: item, to: &output)
    if isGenerated { output.write(byte: UInt8(ascii: "]")) }
    if item.hasOwnLabel { output.makePrintable(from: start) }
  }

  /// Writes the item's line as the text view prints it, without indentation.
  public borrowing func writeLabel(of index: Int, to output: inout TextBuffer) {
    let isGenerated = items[index].traits.contains(.generated)
    if isGenerated { output.write(byte: UInt8(ascii: "[")) }
    writePlainLabel(of: index, to: &output)
    if isGenerated { output.write(byte: UInt8(ascii: "]")) }
  }

  /// The same without the brackets of a generated item.
  public borrowing func writePlainLabel(of index: Int, to output: inout TextBuffer) {
    writePlainLabel(of: items[index], to: &output)
  }

  @inline(__always)
  private borrowing func writePlainLabel(of item: FieldItem, to output: inout TextBuffer) {
    let start = output.count
    if !item.noteReplaces {
      writeDefaultLabel(of: item, to: &output)
      if output.count - start > Self.labelLimit {
        output.cutLabel(from: start, limit: Self.labelLimit, name: item.field.labelText.count)
      }
    }
    if item.note.count > 0 { writeNote(of: item, from: start, to: &output) }
  }

  private borrowing func writeNote(
    of item: FieldItem, from start: Int, to output: inout TextBuffer
  ) {
    var note = item.note
    if item.noteReplaces {
      let head = TextRange(start: Int(note.start), count: Int(item.replacedCount))
      output.write(head, of: text)
      note = TextRange(
        start: Int(note.start) + Int(head.count), count: Int(note.count) - Int(head.count))
      output.cutLabel(from: start, limit: Self.labelLimit, name: 0)
      if note.count == 0 { return }
    }
    output.write(note, of: text)
    output.cut(from: start, limit: Self.labelLimit)
  }

  /// Writes the label without the brackets of a generated item: the key of a text line in JSON.
  public borrowing func writeBareLabel(of index: Int, to output: inout TextBuffer) {
    let start = output.count
    output.write(items[index].note, of: text)
    output.cutLabel(from: start, limit: Self.labelLimit, name: 0)
  }

  @inline(__always)
  private borrowing func writeDefaultLabel(of item: FieldItem, to output: inout TextBuffer) {
    let field = item.field
    switch field.type {
    case .none, .proto:
      output.write(field.labelText)
      return
    default: break
    }
    let mask = field.mask
    if mask != 0, case .unsigned(let value) = item.value {
      output.write(
        bits: value << UInt64(mask.trailingZeroBitCount), mask: mask, of: field.containerBits)
      output.write(" = ")
    }
    output.write(label: field.labelText)
    writeWords(of: item, to: &output)
  }

  /// The value as the text view puts it: `TCP (6)`, `Set`, `00:1b:… `.
  private borrowing func writeWords(of item: FieldItem, to output: inout TextBuffer) {
    let field = item.field
    switch item.value {
    case .unsigned(let value): writeWords(of: value, field, to: &output)
    case .signed(let value):
      guard case .names(let name) = field.meaning else { return writeShow(of: item, to: &output) }
      output.write(name(UInt64(bitPattern: value)) ?? "Unknown")
      if field.display == .wordsOnly { return }
      output.write(" (")
      output.write(decimal: value)
      output.write(byte: UInt8(ascii: ")"))
    case .time(let time) where field.type == .relativeTime:
      output.write(seconds: time)
      output.write(" seconds")
    case .content(let range) where field.type == .bytes:
      if range.count == 0 { output.write("<MISSING>") }
      output.write(hex: text.span(range), colons: field.display == .colons, limit: 36)
    case .content(let range): output.write(printable: text.span(range))
    default: writeShow(of: item, to: &output)
    }
  }

  private borrowing func writeWords(
    of value: UInt64, _ field: Field, to output: inout TextBuffer
  ) {
    switch field.meaning {
    case .words:
      guard let (yes, no) = field.words else { return }
      output.write(value != 0 ? yes : no)
    case .plain where field.type == .boolean:
      if value != 0 { output.write("True") } else { output.write("False") }
    case .names(let name):
      output.write(name(value) ?? "Unknown")
      if field.display == .wordsOnly { return }
      output.write(" (")
      output.write(number: value, field: field)
      output.write(byte: UInt8(ascii: ")"))
    case .unit:
      output.write(number: value, field: field)
      guard let (one, more) = field.words else { return }
      output.write(value == 1 ? one : more)
    case .plain: output.write(number: value, field: field)
    }
  }

  /// Writes the value as JSON and `-e` show it: `64`, `0x0018`, `192.0.2.1`, bytes with colons.
  public borrowing func writeShow(of index: Int, to output: inout TextBuffer) {
    writeShow(of: items[index], to: &output)
  }

  private borrowing func writeShow(of item: FieldItem, to output: inout TextBuffer) {
    let field = item.field
    switch item.value {
    case .none: break
    case .unsigned(let value):
      switch field.display {
      case .hex, .hexDecimal:
        output.write("0x")
        // Longer than 32 bits is as long as 64 here.
        let bits = field.type.bits
        output.write(hex: value, digits: bits > 32 ? 16 : bits / 4)
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
        output.write(hex: text.span(range), colons: true)
      } else {
        output.write(text.span(range))
      }
    }
  }
}

extension TextBuffer {
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
    write(hex: bytes.span, colons: colons, limit: limit)
  }
  public mutating func write(hex bytes: Span<UInt8>, colons: Bool = false, limit: Int) {
    write(hex: bytes.part(0, limit), colons: colons)
    if bytes.count > limit { write("…") }
  }

  /// A string from a packet, made safe for a terminal: control characters as C escapes, bytes that are no UTF-8
  /// as U+FFFD.
  public mutating func write(printable bytes: Span<UInt8>, escapesQuotes: Bool = false) {
    var index = 0
    while index < bytes.count {
      if !escapesQuotes {
        let plain = bytes.endOfPlain(from: index)
        if plain > index {
          write(bytes.part(index, plain))
          index = plain
          continue
        }
        // The arrow between two ports, in nearly all rows of the list.
        if bytes.count - index > 3, bytes[index] == 0xe2, bytes[index + 1] == 0x86,
          bytes[index + 2] == 0x92
        {
          write("→")
          index += 3
          continue
        }
      }
      let first = bytes[index]
      if first < 0x20 {
        write(control: first)
        index += 1
        continue
      }
      let scalar = bytes.scalar(at: &index)
      if escapesQuotes, scalar == "\"" || scalar == "\\" { write("\\") }
      write(escaped: scalar, isASCII: first < 0x80)
    }
  }
  public mutating func write(printable other: borrowing TextBuffer) {
    write(printable: other.span)
  }
  public mutating func write(printable bytes: ArraySlice<UInt8>, escapesQuotes: Bool = false) {
    write(printable: bytes.span, escapesQuotes: escapesQuotes)
  }

  /// Makes what was written since `start` safe for a terminal, as `write(printable:)` writes it.
  public mutating func makePrintable(from start: Int) {
    let first = span.endOfPlain(from: start)
    guard first < count else { return }
    let rest = copy(from: first)
    truncate(to: first)
    write(printable: rest.span)
  }

  /// The same, with each white-space character shown as a space, as Wireshark shows running text.
  public mutating func write(printableWithSpaces bytes: Span<UInt8>) {
    var index = 0
    while index < bytes.count {
      let plain = bytes.endOfPlain(from: index)
      write(bytes.part(index, plain))
      index = plain
      guard index < bytes.count else { return }
      let first = bytes[index]
      if first >= 0x09, first <= 0x0d {
        write(byte: 0x20)
        index += 1
      } else {
        write(escaped: bytes.scalar(at: &index), isASCII: first < 0x80)
      }
    }
  }

  /// A string that is said to be ASCII, up to its first zero; each byte that is none as U+FFFD.
  public mutating func write(ascii bytes: Span<UInt8>) {
    for index in bytes.indices {
      if bytes[index] == 0 { return }
      if bytes[index] < 0x80 { write(byte: bytes[index]) } else { write("\u{fffd}") }
    }
  }

  /// A control character of one byte.
  private mutating func write(control byte: UInt8) {
    switch byte {
    case 0x07: write("\\a")
    case 0x08: write("\\b")
    case 0x0c: write("\\f")
    case 0x0a: write("\\n")
    case 0x0d: write("\\r")
    case 0x09: write("\\t")
    case 0x0b: write("\\v")
    default: write(octal: byte)
    }
  }

  private mutating func write(octal byte: UInt8) {
    write("\\")
    write(decimal: UInt64(byte >> 6))
    write(decimal: UInt64(byte >> 3 & 7))
    write(decimal: UInt64(byte & 7))
  }

  /// `isASCII`: it was one byte.
  private mutating func write(escaped scalar: Unicode.Scalar, isASCII: Bool) {
    switch scalar {
    case " "..."~": write(byte: UInt8(truncatingIfNeeded: scalar.value))
    case _ where isASCII && scalar.value < 0x20:
      write(control: UInt8(truncatingIfNeeded: scalar.value))
    case _ where scalar.value < 0x20: write(escapedUnicode: scalar)
    case "\u{a0}"..."\u{24f}" where scalar != "\u{ad}": write(latin: scalar)
    case "\u{2190}"..."\u{21ff}": write(arrow: scalar)
    default:
      switch scalar.properties.generalCategory {
      case .control, .format, .surrogate, .unassigned, .lineSeparator, .paragraphSeparator:
        if isASCII {
          write(octal: UInt8(truncatingIfNeeded: scalar.value))
        } else {
          write(escapedUnicode: scalar)
        }
      default: write(String(scalar))
      }
    }
  }

  /// A character that takes two bytes in UTF-8.
  private mutating func write(latin scalar: Unicode.Scalar) {
    write(byte: UInt8(truncatingIfNeeded: 0xc0 | scalar.value >> 6))
    write(byte: UInt8(truncatingIfNeeded: 0x80 | scalar.value & 0x3f))
  }

  /// An arrow, as it is between ports: three bytes in UTF-8, and printable whichever it is.
  private mutating func write(arrow scalar: Unicode.Scalar) {
    write(byte: UInt8(truncatingIfNeeded: 0xe0 | scalar.value >> 12))
    write(byte: UInt8(truncatingIfNeeded: 0x80 | scalar.value >> 6 & 0x3f))
    write(byte: UInt8(truncatingIfNeeded: 0x80 | scalar.value & 0x3f))
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
    insert(" [truncated]", at: start + name)
    cut(from: start, limit: limit - 1)
  }

  /// Cuts what was written from `start` on to `limit` bytes, between characters.
  mutating func cut(from start: Int, limit: Int) {
    guard count - start > limit else { return }
    truncate(to: startOfCharacter(at: start + limit, from: start))
  }
}

extension Span<UInt8> {
  /// The character at a place, read as Wireshark reads UTF-8: the first byte tells how many follow, those that do are
  /// taken together, and whatever they spell counts but for surrogates and what is beyond Unicode.
  func scalar(at index: inout Int) -> Unicode.Scalar {
    let first = self[index]
    index += 1
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
      guard index < count, self[index] & 0xc0 == 0x80 else { return "\u{fffd}" }
      value = value << 6 | UInt32(self[index] & 0x3f)
      index += 1
    }
    return Unicode.Scalar(value) ?? "\u{fffd}"
  }
}

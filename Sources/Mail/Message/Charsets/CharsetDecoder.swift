/// Turns the bytes of a text into UTF-8 as they come.
///
/// What is nothing in the charset becomes U+FFFD, and decoding goes on after it.
public struct CharsetDecoder {
  private enum Method {
    case utf8
    case windows1252
    case converter(Converter, Charset.Unit, fallback: String?)
  }
  private let method: Method
  private var shift: ShiftState?
  private var fallback: Converter?
  /// The first bytes of a character that is not complete yet.
  private var rest: [UInt8] = []
  /// Places where U+FFFD was written.
  public private(set) var invalid = 0

  private static let replacement: [UInt8] = [0xEF, 0xBF, 0xBD]
  /// Bytes that one character may have, shifts before it aside.
  private static let longestCharacter = 8

  /// Fails where the C library has no converter for the charset.
  public init?(_ charset: Charset) {
    switch charset.coding {
    case .utf8, .unnamed: method = .utf8
    case .windows1252: method = .windows1252
    case .converter(let name, let unit, let fallback, let shifts):
      guard let converter = Converter(name) else { return nil }
      method = .converter(converter, unit, fallback: fallback)
      shift = shifts.map(ShiftState.init)
    }
  }

  public mutating func receive(_ bytes: Span<UInt8>, into text: inout [UInt8]) {
    guard shift != nil || !rest.isEmpty else { return decode(bytes, isLast: false, into: &text) }
    var input = rest
    rest = []
    if shift != nil {
      for index in bytes.indices { shift?.take(bytes[index], into: &input) }
    } else {
      for index in bytes.indices { input.append(bytes[index]) }
    }
    decode(input.span, isLast: false, into: &text)
  }

  /// The text ends: a character that is not complete becomes U+FFFD. Another text may follow.
  public mutating func finish(into text: inout [UInt8]) {
    var input = rest
    rest = []
    shift?.finish(into: &input)
    decode(input.span, isLast: true, into: &text)
    if case .converter(let converter, _, _) = method { converter.finish(into: &text) }
  }

  private mutating func decode(_ bytes: Span<UInt8>, isLast: Bool, into text: inout [UInt8]) {
    switch method {
    case .utf8: decodeUTF8(bytes, isLast: isLast, into: &text)
    case .windows1252:
      for index in bytes.indices {
        let byte = bytes[index]
        append(
          (0x80...0x9F).contains(byte) ? Self.windowsBlock[Int(byte) - 0x80] : UInt16(byte), &text)
      }
    case .converter(let converter, let unit, let fallback):
      var index = 0
      while true {
        switch converter.convert(bytes, from: &index, into: &text) {
        case .end: return
        case .incomplete where !isLast && bytes.count - index <= Self.longestCharacter:
          return keep(bytes.extracting(droppingFirst: index))
        case .incomplete, .invalid:
          guard index < bytes.count else { return }
          // What the converter holds back of the text so far comes first.
          if unit != .stateful { converter.finish(into: &text) }
          if let fallback, convert(bytes, from: &index, by: fallback, into: &text) { continue }
          var length = 1
          if unit == .doubleByte, isFirstOfTwo(bytes.extracting(index..<index + 1), converter) {
            guard index + 1 < bytes.count || isLast else {
              return keep(bytes.extracting(droppingFirst: index))
            }
            // ASCII after it is more likely to be itself than half of what is nothing.
            if index + 1 < bytes.count, bytes[index + 1] >= 0x80 { length = 2 }
          }
          replace(into: &text)
          index += length
        }
      }
    }
  }

  /// Whether the byte begins a character of more than one.
  private func isFirstOfTwo(_ byte: Span<UInt8>, _ converter: Converter) -> Bool {
    var index = 0
    var nothing: [UInt8] = []
    return converter.convert(byte, from: &index, into: &nothing) == .incomplete
  }

  /// One character by the fallback; false where it is none there either.
  private mutating func convert(
    _ bytes: Span<UInt8>, from index: inout Int, by name: String, into text: inout [UInt8]
  ) -> Bool {
    if fallback == nil { fallback = Converter(name) }
    guard let fallback else { return false }
    for length in 1...4 where index + length <= bytes.count {
      var place = 0
      var character: [UInt8] = []
      let stop = fallback.convert(
        bytes.extracting(index..<index + length), from: &place, into: &character)
      fallback.finish(into: &character)
      if stop == .invalid { return false }
      if stop == .end {
        text += character
        index += length
        return true
      }
    }
    return false
  }

  private mutating func decodeUTF8(
    _ bytes: Span<UInt8>, isLast: Bool, into text: inout [UInt8]
  ) {
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      if byte < 0x80 {
        text.append(byte)
        index += 1
        continue
      }
      let wanted = UTF8Sequence(first: byte)
      var end = index + 1
      while end < bytes.count, end - index < wanted.length,
        wanted.allows(bytes[end], at: end - index)
      { end += 1 }
      if end - index == wanted.length {
        for place in index..<end { text.append(bytes[place]) }
      } else if end == bytes.count, wanted.length > 0, !isLast {
        return keep(bytes.extracting(droppingFirst: index))
      } else {
        replace(into: &text)
      }
      index = end
    }
  }

  private mutating func keep(_ bytes: Span<UInt8>) {
    for index in bytes.indices { rest.append(bytes[index]) }
  }

  private mutating func replace(into text: inout [UInt8]) {
    invalid += 1
    text += Self.replacement
  }

  /// A character of at most 16 bits, which is no surrogate.
  private func append(_ scalar: UInt16, _ text: inout [UInt8]) {
    switch scalar {
    case ..<0x80: text.append(UInt8(truncatingIfNeeded: scalar))
    case ..<0x800:
      text.append(0xC0 | UInt8(truncatingIfNeeded: scalar >> 6))
      text.append(0x80 | UInt8(truncatingIfNeeded: scalar & 0x3F))
    default:
      text.append(0xE0 | UInt8(truncatingIfNeeded: scalar >> 12))
      text.append(0x80 | UInt8(truncatingIfNeeded: scalar >> 6 & 0x3F))
      text.append(0x80 | UInt8(truncatingIfNeeded: scalar & 0x3F))
    }
  }

  /// 0x80 to 0x9F; what is not assigned stays, as browsers have it.
  private static let windowsBlock: [UInt16] = [
    0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039,
    0x0152, 0x8D, 0x017D, 0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
    0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D, 0x017E, 0x0178,
  ]
}

/// What may follow the first byte of a character in UTF-8 (Unicode, table 3-7).
private struct UTF8Sequence {
  /// Bytes of the whole character; 0 where the first byte begins none.
  let length: Int
  private let second: ClosedRange<UInt8>

  init(first: UInt8) {
    switch first {
    case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
    case 0xE0: (length, second) = (3, 0xA0...0xBF)
    case 0xED: (length, second) = (3, 0x80...0x9F)
    case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
    case 0xF0: (length, second) = (4, 0x90...0xBF)
    case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
    case 0xF4: (length, second) = (4, 0x80...0x8F)
    default: (length, second) = (0, 0...0)
    }
  }

  func allows(_ byte: UInt8, at place: Int) -> Bool {
    place == 1 ? second.contains(byte) : (0x80...0xBF).contains(byte)
  }
}

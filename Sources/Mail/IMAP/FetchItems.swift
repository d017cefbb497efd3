/// Reads the items of a `FETCH` response as its text comes, so that a literal's item is known when its bytes
/// begin (RFC 9051 section 7.5.2).
struct FetchItems: Sendable {
  struct Item: Sendable {
    /// In `IMAPText.bytes`: `BODY[HEADER.FIELDS (TO)]<0>`.
    var name: Range<Int>
    var value: Range<Int>
    /// The literal that is its value.
    var literal: Int?
  }
  private enum State { case before, name, beforeValue, atom, quoted, list, after }

  private(set) var items: [Item] = []
  private var state = State.before
  private var position: Int
  private var nameStart = 0
  private var valueStart = 0
  private var name = 0..<0
  private var depth = 0
  /// Within a list or a section: a quoted string.
  private var isQuoted = false
  private var isEscaped = false
  private var isInSection = false

  /// `start` is where the items' parenthesis is looked for.
  init(from start: Int) { position = start }

  /// True once the list of items is closed.
  var isComplete: Bool { state == .after }

  /// The item whose value the literal that is announced at the end of the text will be.
  var pending: Range<Int>? { state == .beforeValue ? name : nil }

  /// Reads on to `end`.
  mutating func scan(_ bytes: [UInt8], to end: Int) {
    while position < end {
      step(bytes[position])
      position += 1
    }
  }

  /// The literal announced at `range` was the next word.
  mutating func literal(_ number: Int, at range: Range<Int>) {
    position = range.upperBound
    guard state == .beforeValue else { return }
    items.append(Item(name: name, value: range, literal: number))
    state = .name
    nameStart = -1
  }

  private mutating func step(_ byte: UInt8) {
    switch state {
    case .before:
      if byte == UInt8(ascii: "(") { (state, nameStart) = (.name, -1) }
    case .name: stepName(byte)
    case .beforeValue:
      valueStart = position
      switch byte {
      case UInt8(ascii: " "): break
      case UInt8(ascii: "("): (state, depth) = (.list, 1)
      case UInt8(ascii: "\""): (state, isEscaped) = (.quoted, false)
      case UInt8(ascii: ")"): end(of: position, next: .after)
      default: state = .atom
      }
    case .atom:
      if byte == UInt8(ascii: " ") { end(of: position, next: .name) }
      if byte == UInt8(ascii: ")") { end(of: position, next: .after) }
    case .quoted:
      if endsQuoted(byte) { end(of: position + 1, next: .name) }
    case .list:
      if isQuoted {
        isQuoted = !endsQuoted(byte)
      } else if byte == UInt8(ascii: "\"") {
        isQuoted = true
      } else if byte == UInt8(ascii: "(") {
        depth += 1
      } else if byte == UInt8(ascii: ")") {
        depth -= 1
        if depth == 0 { end(of: position + 1, next: .name) }
      }
    case .after: break
    }
  }

  private mutating func stepName(_ byte: UInt8) {
    if nameStart < 0 {
      switch byte {
      case UInt8(ascii: " "): return
      case UInt8(ascii: ")"): state = .after
      default: nameStart = position
      }
      isInSection = byte == UInt8(ascii: "[")
      return
    }
    if isInSection {
      if isQuoted {
        isQuoted = !endsQuoted(byte)
      } else if byte == UInt8(ascii: "\"") {
        isQuoted = true
      } else if byte == UInt8(ascii: "]") {
        isInSection = false
      }
      return
    }
    switch byte {
    case UInt8(ascii: "["): isInSection = true
    case UInt8(ascii: " "):
      name = nameStart..<position
      state = .beforeValue
    case UInt8(ascii: ")"):
      name = nameStart..<position
      items.append(Item(name: name, value: position..<position, literal: nil))
      state = .after
    default: break
    }
  }

  private mutating func endsQuoted(_ byte: UInt8) -> Bool {
    if isEscaped {
      isEscaped = false
      return false
    }
    isEscaped = byte == UInt8(ascii: "\\")
    return byte == UInt8(ascii: "\"")
  }

  private mutating func end(of value: Int, next: State) {
    items.append(Item(name: name, value: valueStart..<value, literal: nil))
    (state, nameStart) = (next, -1)
  }
}

/// What a FETCH item's name says about message bytes: `BODY[1.HEADER]<0>`, `RFC822.TEXT`, `BINARY[2]`.
struct BodySection: Equatable {
  /// `HEADER`, `1.2`; empty for the whole message.
  var part: String
  var origin: Int?

  init?(_ name: String) {
    let upper = name.uppercased()
    switch upper {
    case "RFC822": part = ""
    case "RFC822.HEADER": part = "HEADER"
    case "RFC822.TEXT": part = "TEXT"
    default:
      guard upper.hasPrefix("BODY[") || upper.hasPrefix("BINARY["),
        let open = upper.firstIndex(of: "["), let close = upper.lastIndex(of: "]"), open < close
      else { return nil }
      part = String(upper[upper.index(after: open)..<close])
      let rest = upper[upper.index(after: close)...]
      guard rest.isEmpty || rest.first == "<" else { return nil }
      origin = rest.isEmpty ? nil : Int(rest.dropFirst().prefix { ("0"..."9").contains($0) })
    }
  }

  var isWhole: Bool { part.isEmpty && origin == nil }
}

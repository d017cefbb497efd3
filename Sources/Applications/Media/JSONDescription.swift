import Fields

/// JSON (RFC 8259) as Wireshark's `json` shows it: objects and arrays one after the other; where one is not well
/// formed, the rest is shown as lines of text.
struct JSONDescription: ~Escapable {
  /// Objects and arrays within each other that are followed.
  private static let deepest = 100
  /// Bytes of a path that are shown.
  private static let pathLimit = 240

  private struct NotJSON: Error {}

  private let bytes: Span<UInt8>
  private let offset: Int
  private var position = 0

  @_lifetime(copy bytes)
  private init(_ bytes: Span<UInt8>, at offset: Int) {
    self.bytes = bytes
    self.offset = offset
  }

  static func describe(
    _ bytes: Span<UInt8>, at offset: Int, type: String, into tree: inout FieldBuffer
  ) {
    tree.columns.protocolName += "/JSON"
    tree.columns.appendInfo { $0.write(", JavaScript Object Notation (\(type))") }
    guard tree.wantsTree else { return }
    tree.addProtocol("json")
    let top = tree.opened(JSONFields.fields.json, at: offset, count: bytes.count)
    tree.relabel(top, "JavaScript Object Notation: \(type)")
    var reader = Self(bytes, at: offset)
    reader.skipSpace()
    while reader.position < bytes.count {
      let start = reader.position
      var check = reader
      guard check.checkRoot() else {
        tree.close(top)
        LineDescription.describe(
          bytes.part(start, bytes.count), at: offset + start, type: type, into: &tree)
        return
      }
      reader.describeValue(path: "", depth: 0, into: &tree)
      reader.skipSpace()
    }
    tree.close(top)
  }

  // MARK: Reading

  private mutating func skipSpace() {
    while bytes[position, or: 0].isWhiteSpace { position += 1 }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    skipSpace()
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  /// Passes over an object or an array, and gives whether it is well formed.
  private mutating func checkRoot() -> Bool {
    guard let first = peek, first == UInt8(ascii: "{") || first == UInt8(ascii: "[") else {
      return false
    }
    do {
      try check(depth: 0)
      return true
    } catch {
      return false
    }
  }

  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func check(depth: Int) throws(NotJSON) {
    skipSpace()
    guard depth < Self.deepest, let first = peek else { throw NotJSON() }
    switch first {
    case UInt8(ascii: "{"):
      position += 1
      if take(UInt8(ascii: "}")) { return }
      repeat {
        skipSpace()
        try checkString()
        guard take(UInt8(ascii: ":")) else { throw NotJSON() }
        try check(depth: depth + 1)
      } while take(UInt8(ascii: ","))
      guard take(UInt8(ascii: "}")) else { throw NotJSON() }
    case UInt8(ascii: "["):
      position += 1
      if take(UInt8(ascii: "]")) { return }
      repeat { try check(depth: depth + 1) } while take(UInt8(ascii: ","))
      guard take(UInt8(ascii: "]")) else { throw NotJSON() }
    case UInt8(ascii: "\""): try checkString()
    default:
      guard scalar() != nil else { throw NotJSON() }
    }
  }

  private mutating func checkString() throws(NotJSON) {
    guard take(UInt8(ascii: "\"")) else { throw NotJSON() }
    while let byte = peek {
      position += 1
      if byte == UInt8(ascii: "\"") { return }
      if byte == UInt8(ascii: "\\") { position += 1 }
    }
    throw NotJSON()
  }

  /// A number or a word: what it is, and where it lies.
  private mutating func scalar() -> (field: Field, range: Range<Int>)? {
    let fields = JSONFields.fields
    let start = position
    while let byte = peek, !byte.isWhiteSpace, byte != UInt8(ascii: ","), byte != UInt8(ascii: "]"),
      byte != UInt8(ascii: "}"), byte != UInt8(ascii: ":")
    {
      position += 1
    }
    let word = bytes.part(start, position)
    let field: Field? =
      switch word.string {
      case "true": fields.isTrue
      case "false": fields.isFalse
      case "null": fields.null
      case "NaN": fields.notANumber
      default: Self.isNumber(word) ? fields.number : nil
      }
    return field.map { ($0, start..<position) }
  }

  private static func isNumber(_ word: Span<UInt8>) -> Bool {
    var index = word[0, or: 0] == UInt8(ascii: "-") ? 1 : 0
    func digits() -> Int {
      var end = index
      while word[end, or: 0].isASCIIDigit { end += 1 }
      return end - index
    }
    let whole = digits()
    guard whole > 0, whole == 1 || word[index] != UInt8(ascii: "0") else { return false }
    index += whole
    if word[index, or: 0] == UInt8(ascii: ".") {
      index += 1
      let fraction = digits()
      guard fraction > 0 else { return false }
      index += fraction
    }
    if word[index, or: 0] | 0x20 == UInt8(ascii: "e") {
      index += 1
      if word[index, or: 0] == UInt8(ascii: "+") || word[index, or: 0] == UInt8(ascii: "-") {
        index += 1
      }
      let exponent = digits()
      guard exponent > 0 else { return false }
      index += exponent
    }
    return index == word.count
  }

  /// The string at `position`, with its escapes undone. It was checked before.
  private mutating func string() -> [UInt8] {
    _ = take(UInt8(ascii: "\""))
    var result: [UInt8] = []
    while let byte = peek {
      position += 1
      if byte == UInt8(ascii: "\"") { break }
      guard byte == UInt8(ascii: "\\"), let escaped = peek else {
        result.append(byte)
        continue
      }
      position += 1
      switch escaped {
      case UInt8(ascii: "n"): result.append(0x0a)
      case UInt8(ascii: "r"): result.append(0x0d)
      case UInt8(ascii: "t"): result.append(0x09)
      case UInt8(ascii: "b"): result.append(0x08)
      case UInt8(ascii: "f"): result.append(0x0c)
      case UInt8(ascii: "u"): result += unicode()
      default: result.append(escaped)
      }
    }
    return result
  }

  /// The four digits after `\u`, of a surrogate those of its other half too, in UTF-8.
  private mutating func unicode() -> [UInt8] {
    guard let unit = digits() else { return [] }
    guard unit & 0xfc00 == 0xd800 else { return utf8(unit) }
    let before = position
    guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")), let low = digits(),
      low & 0xfc00 == 0xdc00
    else {
      position = before
      return []
    }
    return utf8(0x1_0000 + (unit & 0x3ff) << 10 + (low & 0x3ff))
  }

  private mutating func digits() -> UInt32? {
    var value: UInt32 = 0
    for index in position..<(position + 4) {
      guard let digit = bytes[index, or: 0].hexadecimalDigit else { return nil }
      value = value << 4 | UInt32(digit)
    }
    position += 4
    return value
  }

  private func utf8(_ value: UInt32) -> [UInt8] {
    Unicode.Scalar(value).map { Array(String($0).utf8) } ?? []
  }

  // MARK: Describing

  /// Describes the value at `position`, which was checked before.
  private mutating func describeValue(path: String, depth: Int, into tree: inout FieldBuffer) {
    let fields = JSONFields.fields
    skipSpace()
    let start = position
    switch peek {
    case UInt8(ascii: "{"):
      position += 1
      let top = tree.opened(fields.object, at: offset + start)
      if !take(UInt8(ascii: "}")) {
        repeat {
          describeMember(path: path, depth: depth, into: &tree)
        } while take(
          UInt8(ascii: ","))
        _ = take(UInt8(ascii: "}"))
      }
      tree.setLength(position - start, of: top)
      tree.close(top)
    case UInt8(ascii: "["):
      position += 1
      let top = tree.opened(fields.array, at: offset + start)
      if !take(UInt8(ascii: "]")) {
        repeat {
          describeItem(path: joined(path, "[]"), name: "[]", depth: depth, into: &tree)
        } while take(UInt8(ascii: ","))
        _ = take(UInt8(ascii: "]"))
      }
      tree.setLength(position - start, of: top)
      tree.close(top)
    default: position = bytes.count
    }
  }

  private mutating func describeMember(
    path: String, depth: Int, into tree: inout FieldBuffer
  ) {
    let fields = JSONFields.fields
    skipSpace()
    let start = position
    let key = String(decoding: string(), as: UTF8.self)
    let member = tree.add(fields.member, key, at: offset + start)
    tree.open(member)
    _ = take(UInt8(ascii: ":"))
    let own = joined(path, key)
    describeItem(path: own, name: key, depth: depth, into: &tree)
    tree.add(fields.key, key, at: offset + start)
    tree.add(fields.path, own, .generated)
    tree.setLength(position - start, of: member)
    tree.close(member)
  }

  private func joined(_ path: String, _ name: String) -> String {
    path.utf8.count > Self.pathLimit ? path : "\(path)/\(name.prefix(Self.pathLimit))"
  }

  /// A value of a member or of an array.
  private mutating func describeItem(
    path: String, name: String, depth: Int, into tree: inout FieldBuffer
  ) {
    let fields = JSONFields.fields
    skipSpace()
    let start = position
    guard let first = peek, first != UInt8(ascii: "{"), first != UInt8(ascii: "[") else {
      describeValue(path: path, depth: depth + 1, into: &tree)
      return
    }
    let value: String
    let field: Field
    if first == UInt8(ascii: "\"") {
      value = String(decoding: string(), as: UTF8.self)
      field = fields.string
    } else if let (known, range) = scalar() {
      value = bytes.part(range).string
      field = known
    } else {
      position = bytes.count
      return
    }
    tree.add(fields.pathWithValue, "\(path):\(value)", .generated)
    tree.add(fields.memberWithValue, "\(name):\(value)", .generated)
    if field.type == .none {
      tree.add(field, .none, at: offset + start, count: position - start)
    } else {
      tree.add(field, value, at: offset + start, count: position - start)
    }
  }
}

/// The fields of JSON.
public struct JSONFields: FieldSet {
  let json = Field("json", "JavaScript Object Notation", .proto)
  let object = Field("json.object", "Object", .none)
  let array = Field("json.array", "Array", .none)
  let member = Field("json.member", "Member", .string)
  let key = Field("json.key", "Key", .string)
  let path = Field("json.path", "Path", .string)
  let pathWithValue = Field("json.path_with_value", "Path with value", .string)
  let memberWithValue = Field("json.member_with_value", "Member with value", .string)
  let string = Field("json.value.string", "String value", .string)
  let number = Field("json.value.number", "Number value", .string)
  let isTrue = Field("json.value.true", "True value", .none)
  let isFalse = Field("json.value.false", "False value", .none)
  let null = Field("json.value.null", "Null value", .none)
  let notANumber = Field("json.value.nan", "NaN value", .none)

  public init() {}
  static let fields = Self()
}

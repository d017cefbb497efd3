/// What a server says in place of a token's acceptance (RFC 7628 section 3.2.2): an object of JSON with strings in it.
enum BearerError {
  /// `status 400, schemes Bearer, scope https://mail.example.com/`; the text as it is where it is no such object.
  static func words(of text: String) -> String {
    guard let members = members(of: Array(text.utf8)), !members.isEmpty else { return text }
    return members.map { "\($0) \($1)" }.joined(separator: ", ")
  }

  private static let memberLimit = 20

  /// Names and values of a flat object, numbers and words without quotes among them; nil where it is none.
  private static func members(of bytes: [UInt8]) -> [(String, String)]? {
    var at = 0
    func skipBlanks() { while at < bytes.count, bytes[at] <= 0x20 { at += 1 } }
    func take(_ byte: Unicode.Scalar) -> Bool {
      skipBlanks()
      guard at < bytes.count, bytes[at] == UInt8(ascii: byte) else { return false }
      at += 1
      return true
    }
    guard take("{") else { return nil }
    var members: [(String, String)] = []
    while members.count < memberLimit {
      if take("}") { return members }
      if !members.isEmpty, !take(",") { return nil }
      skipBlanks()
      guard let name = string(bytes, &at), take(":") else { return nil }
      skipBlanks()
      guard let value = string(bytes, &at) ?? word(bytes, &at) else { return nil }
      members.append((name, value))
    }
    return members
  }

  private static func string(_ bytes: [UInt8], _ at: inout Int) -> String? {
    guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else { return nil }
    var value: [UInt8] = []
    var place = at + 1
    while place < bytes.count, bytes[place] != UInt8(ascii: "\"") {
      // What is escaped in such a text is a slash or a quote.
      if bytes[place] == UInt8(ascii: "\\"), place + 1 < bytes.count { place += 1 }
      value.append(bytes[place])
      place += 1
    }
    guard place < bytes.count else { return nil }
    at = place + 1
    return String(decoding: value, as: UTF8.self)
  }

  private static func word(_ bytes: [UInt8], _ at: inout Int) -> String? {
    let start = at
    while at < bytes.count, bytes[at].isASCIILetter || bytes[at].isASCIIDigit { at += 1 }
    return at > start ? String(decoding: bytes[start..<at], as: UTF8.self) : nil
  }
}

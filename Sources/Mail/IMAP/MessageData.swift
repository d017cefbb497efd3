/// `ENVELOPE` and `BODYSTRUCTURE`, taken apart (RFC 9051 sections 7.5.2 and 2.3).
enum MessageData {
  /// `ENVELOPE.DATE`, `ENVELOPE.SUBJECT`, `ENVELOPE.FROM` …; absent fields are absent.
  static func envelope(_ words: IMAPTokens) -> [IMAPItem] {
    guard words.count > 0, words.isList(0) else { return [] }
    let names = [
      "DATE", "SUBJECT", "FROM", "SENDER", "REPLY-TO", "TO", "CC", "BCC", "IN-REPLY-TO",
      "MESSAGE-ID",
    ]
    var items: [IMAPItem] = []
    for (name, index) in zip(names, words.children(of: 0)) {
      let value: String?
      if words.isList(index) {
        value = addresses(words, index)
      } else {
        value = words.nilString(index)
      }
      if let value { items.append(IMAPItem("ENVELOPE." + name, value)) }
    }
    return items
  }

  /// `Alice <alice@example.org>, bob@example.org`; groups as `name: …;`.
  private static func addresses(_ words: IMAPTokens, _ list: Int) -> String {
    var (result, needsComma) = ("", false)
    for index in words.children(of: list) where words.isList(index) {
      let parts = words.children(of: index)
      guard parts.count >= 4 else { continue }
      let (name, mailbox, host) = (
        words.nilString(parts[0]), words.nilString(parts[2]), words.nilString(parts[3])
      )
      guard let host else {
        result += mailbox.map { (needsComma ? ", " : "") + $0 + ": " } ?? ";"
        needsComma = mailbox == nil
        continue
      }
      if needsComma { result += ", " }
      needsComma = true
      let address = (mailbox ?? "") + "@" + host
      result += name.map { "\($0) <\(address)>" } ?? address
    }
    return result
  }

  static let depthLimit = 32
  static let partLimit = 1000

  /// A line a part: `BODYSTRUCTURE.1.2` is `image/png name=a.png, base64, 1234 bytes, attachment`.
  static func structure(_ name: String, _ words: IMAPTokens) -> [IMAPItem] {
    guard words.count > 0, words.isList(0) else { return [] }
    var items: [IMAPItem] = []
    part(name, "", 0, words, depth: 0, isBody: true, to: &items)
    return items
  }

  private static func part(
    _ name: String, _ path: String, _ list: Int, _ words: IMAPTokens, depth: Int, isBody: Bool,
    to items: inout [IMAPItem]
  ) {
    guard depth < depthLimit, items.count < partLimit else { return }
    let fields = words.children(of: list)
    guard let first = fields.first else { return }
    if words.isList(first) {
      let parts = fields.prefix { words.isList($0) }
      let subtype = parts.count < fields.count ? words.string(fields[parts.count]) : "mixed"
      items.append(IMAPItem(item(name, path), "multipart/" + subtype.lowercased()))
      for (number, index) in parts.enumerated() {
        let inner = path.isEmpty ? "\(number + 1)" : "\(path).\(number + 1)"
        part(name, inner, index, words, depth: depth + 1, isBody: false, to: &items)
      }
      return
    }
    guard fields.count >= 7 else { return }
    let path = isBody && path.isEmpty ? "1" : path
    let type = (words.string(fields[0]) + "/" + words.string(fields[1])).lowercased()
    var value = type + parameters(words, fields[2])
    if let encoding = words.nilString(fields[5]) { value += ", " + encoding.lowercased() }
    if let size = words.nilString(fields[6]) { value += ", \(size) bytes" }
    let isMessage =
      (type == "message/rfc822" || type == "message/global") && fields.count >= 9
    // Extension data: MD5, then the disposition.
    let disposition = fields.dropFirst(isMessage ? 11 : type.hasPrefix("text/") ? 9 : 8).first
    if let disposition, words.isList(disposition) {
      let parts = words.children(of: disposition)
      if let kind = parts.first { value += ", " + words.string(kind).lowercased() }
      if parts.count > 1 { value += parameters(words, parts[1]) }
    }
    items.append(IMAPItem(item(name, path), value))
    if isMessage, words.isList(fields[8]) {
      // A multipart within a message has the message's own number (RFC 9051 section 6.4.5.1).
      let inner = words.children(of: fields[8]).first
      let isMultipart = inner.map { words.isList($0) } ?? false
      part(
        name, isMultipart ? path : path + ".1", fields[8], words, depth: depth + 1, isBody: false,
        to: &items)
    }
  }

  private static func item(_ name: String, _ path: String) -> String {
    path.isEmpty ? name + ".0" : name + "." + path
  }

  private static func parameters(_ words: IMAPTokens, _ index: Int) -> String {
    guard words.isList(index) else { return "" }
    let inner = words.children(of: index)
    return stride(from: 0, to: inner.count - 1, by: 2).map {
      " " + words.string(inner[$0]).lowercased() + "=" + words.string(inner[$0 + 1])
    }.joined()
  }
}

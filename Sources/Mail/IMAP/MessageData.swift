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

  /// A body that is still to be described.
  private struct Body {
    let path: String
    let list: Int
    let depth: Int
    /// The whole message's.
    var isTop = false
  }

  /// A line a part: `BODYSTRUCTURE.1.2` is `image/png name=a.png, base64, 1234 bytes, attachment`.
  static func structure(_ name: String, _ words: IMAPTokens) -> [IMAPItem] {
    guard words.count > 0, words.isList(0) else { return [] }
    var items: [IMAPItem] = []
    var open = [Body(path: "", list: 0, depth: 0, isTop: true)]
    while let body = open.popLast(), items.count < partLimit {
      guard body.depth < depthLimit else { continue }
      let fields = words.children(of: body.list)
      guard let first = fields.first else { continue }
      if words.isList(first) {
        let parts = fields.prefix { words.isList($0) }
        let subtype = parts.count < fields.count ? words.string(fields[parts.count]) : "mixed"
        items.append(IMAPItem(item(name, body.path), "multipart/" + subtype.lowercased()))
        let prefix = body.path.isEmpty ? "" : body.path + "."
        for (number, list) in parts.enumerated().reversed() {
          open.append(Body(path: "\(prefix)\(number + 1)", list: list, depth: body.depth + 1))
        }
      } else if fields.count >= 7 {
        let path = body.isTop ? "1" : body.path
        let (value, message) = part(words, fields)
        items.append(IMAPItem(item(name, path), value))
        guard let message else { continue }
        // A multipart within a message has the message's own number (RFC 9051 section 6.4.5.1).
        let isMultipart = words.children(of: message).first.map { words.isList($0) } ?? false
        open.append(
          Body(path: isMultipart ? path : path + ".1", list: message, depth: body.depth + 1))
      }
    }
    return items
  }

  /// What is said of a part that is no multipart, and the body of the message that it is, if it is one.
  private static func part(
    _ words: IMAPTokens, _ fields: [Int]
  ) -> (value: String, message: Int?) {
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
    return (value, isMessage && words.isList(fields[8]) ? fields[8] : nil)
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

/// What is known of IMAP's commands.
enum IMAPCommands {
  /// With the extensions': those that RFCs define.
  static let known: Set<String> = [
    "CAPABILITY", "NOOP", "LOGOUT", "STARTTLS", "AUTHENTICATE", "LOGIN", "ENABLE", "SELECT",
    "EXAMINE", "CREATE", "DELETE", "RENAME", "SUBSCRIBE", "UNSUBSCRIBE", "LIST", "LSUB",
    "NAMESPACE", "STATUS", "APPEND", "IDLE", "CLOSE", "UNSELECT", "EXPUNGE", "SEARCH", "FETCH",
    "STORE", "COPY", "MOVE", "UID", "CHECK", "ID", "COMPRESS", "GETQUOTA", "GETQUOTAROOT",
    "SETQUOTA", "GETACL", "SETACL", "DELETEACL", "LISTRIGHTS", "MYRIGHTS", "SORT", "THREAD",
    "GETMETADATA", "SETMETADATA", "NOTIFY", "ESEARCH", "REPLACE", "GENURLAUTH", "RESETKEY",
    "URLFETCH", "LANGUAGE", "COMPARATOR", "CANCELUPDATE", "CONVERSIONS", "CONVERT", "XLIST",
    "GETANNOTATION", "SETANNOTATION", "UNAUTHENTICATE", "XAPPLEPUSHSERVICE", "GETJMAPACCESS",
    "UIDBATCHES", "RLIST", "RLSUB", "PROXYAUTH", "XSTATS",
  ]
  static let uidCommands: Set<String> = [
    "FETCH", "STORE", "COPY", "MOVE", "SEARCH", "EXPUNGE", "SORT", "THREAD", "REPLACE",
  ]
  static let needsSelected: Set<String> = [
    "CHECK", "CLOSE", "UNSELECT", "EXPUNGE", "SEARCH", "FETCH", "STORE", "COPY", "MOVE", "SORT",
    "THREAD", "REPLACE", "UID FETCH", "UID STORE", "UID COPY", "UID MOVE", "UID SEARCH",
    "UID EXPUNGE", "UID SORT", "UID THREAD", "UID REPLACE", "CONVERT",
  ]
  static let anyState: Set<String> = ["CAPABILITY", "NOOP", "LOGOUT", "ID", "LANGUAGE", "COMPRESS"]
  static let changesState: Set<String> = [
    "LOGIN", "AUTHENTICATE", "SELECT", "EXAMINE", "CLOSE", "UNSELECT", "UNAUTHENTICATE",
  ]
  static let beforeLogin: Set<String> = ["STARTTLS", "AUTHENTICATE", "LOGIN"]

  /// The fewest arguments of a command, for those that have any.
  static let arguments: [String: Int] = [
    "AUTHENTICATE": 1, "LOGIN": 2, "ENABLE": 1, "SELECT": 1, "EXAMINE": 1, "CREATE": 1,
    "DELETE": 1, "RENAME": 2, "SUBSCRIBE": 1, "UNSUBSCRIBE": 1, "LIST": 2, "LSUB": 2,
    "STATUS": 2, "APPEND": 2, "SEARCH": 1, "FETCH": 2, "STORE": 3, "COPY": 2, "MOVE": 2,
    "UID FETCH": 2, "UID STORE": 3, "UID COPY": 2, "UID MOVE": 2, "UID SEARCH": 1,
    "UID EXPUNGE": 1, "COMPRESS": 1, "GETQUOTA": 1, "GETQUOTAROOT": 1, "SETQUOTA": 2,
    "GETACL": 1, "SETACL": 3, "DELETEACL": 2, "LISTRIGHTS": 2, "MYRIGHTS": 1, "SORT": 3,
    "THREAD": 3, "GETMETADATA": 2, "SETMETADATA": 2, "ID": 1, "NOTIFY": 1,
  ]

  /// Tag, verb and the place of the arguments; a line that begins with a verb has no tag.
  static func head(_ line: [UInt8]) -> (tag: String?, verb: String, arguments: Int) {
    var index = 0
    func word() -> String {
      let start = index
      while index < line.count, line[index] != .space { index += 1 }
      let word = String(decoding: line[start..<index].prefix(256), as: UTF8.self)
      if index < line.count { index += 1 }
      return word
    }
    let first = word()
    let afterFirst = index
    var verb = word().uppercasedASCII
    if known.contains(first.uppercasedASCII), !known.contains(verb) {
      return (nil, first.uppercasedASCII, afterFirst)
    }
    if verb == "UID" {
      let rest = index
      let second = word().uppercasedASCII
      if uidCommands.contains(second) {
        verb += " " + second
      } else {
        index = rest
      }
    }
    return (first, verb, index)
  }

  /// True where the line ends within a quoted string: what looks like a literal there is none.
  static func endsInQuotes(_ line: [UInt8]) -> Bool {
    var (isQuoted, isEscaped) = (false, false)
    for byte in line {
      if isEscaped {
        isEscaped = false
      } else if isQuoted, byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else if byte == UInt8(ascii: "\"") {
        isQuoted.toggle()
      }
    }
    return isQuoted
  }

  /// Is the literal that is announced a message? `APPEND` and `REPLACE` name the mailbox before it.
  static func carriesMessage(
    _ command: inout IMAPDialogue.OpenCommand?, _ literal: LiteralAnnouncement, _ line: [UInt8]
  ) -> Bool {
    guard let open = command else { return false }
    let before: Int
    switch open.verb {
    case "APPEND": before = 1
    case "REPLACE", "UID REPLACE": before = 2
    default: return false
    }
    if open.hasTarget { return true }
    let words = IMAPTokens(
      open.text, from: open.arguments,
      to: max(open.arguments, open.text.bytes.count - literal.length))
    let top = words.children()
    guard top.count >= before else { return false }
    command?.hasTarget = true
    let name = words.bytes(top[before - 1])
    command?.mailbox = MailboxName.decode(name) ?? String(decoding: name, as: UTF8.self)
    return true
  }

  /// The password of `LOGIN`, the initial response of `AUTHENTICATE`: UTF-8 offsets in the command's text.
  static func secret(_ verb: String, _ words: IMAPTokens) -> Range<Int>? {
    guard verb == "LOGIN" || verb == "AUTHENTICATE" else { return nil }
    let top = words.children()
    guard top.count > 1 else { return nil }
    let token = words[top[1]]
    func offset(_ place: Int) -> Int {
      words.text.string(0..<place, withLiterals: true).utf8.count
    }
    var (lower, upper) = (token.range.lowerBound, token.range.upperBound)
    if top.count > 2 { return offset(lower)..<offset(words.text.bytes.count) }
    switch token.kind {
    case .literal(let number):
      guard let content = words.text.literals[number].content, IMAPText.isShown(content) else {
        return nil
      }
      let end = offset(upper)
      return end - String(decoding: content, as: UTF8.self).utf8.count..<end
    case .quoted:
      lower += 1
      if upper > lower, words.text.bytes[upper - 1] == UInt8(ascii: "\"") { upper -= 1 }
    case .atom, .list: break
    }
    return offset(lower)..<offset(upper)
  }

  /// The mailbox that a command names, decoded.
  static func mailbox(_ verb: String, _ words: IMAPTokens) -> String? {
    let place: Int
    switch verb {
    case "SELECT", "EXAMINE", "CREATE", "DELETE", "RENAME", "SUBSCRIBE", "UNSUBSCRIBE", "STATUS",
      "APPEND", "GETQUOTAROOT", "GETACL", "SETACL", "DELETEACL", "LISTRIGHTS", "MYRIGHTS",
      "SETMETADATA":
      place = 0
    case "COPY", "MOVE", "UID COPY", "UID MOVE", "REPLACE", "UID REPLACE": place = 1
    default: return nil
    }
    let top = words.children()
    guard place < top.count, !words.isList(top[place]) else { return nil }
    let name = words.bytes(top[place])
    return MailboxName.decode(name) ?? String(decoding: name, as: UTF8.self)
  }

  /// The fields of `ID` (RFC 2971).
  static func pairs(_ words: IMAPTokens) -> [IMAPItem] {
    guard words.count > 0, words.isList(0) else { return [] }
    let inner = words.children(of: 0)
    return stride(from: 0, to: inner.count - 1, by: 2).map {
      IMAPItem(words.string(inner[$0]), words.string(inner[$0 + 1]))
    }
  }

  static func software(_ fields: [IMAPItem]) -> Software? {
    func value(_ name: String) -> String? {
      fields.first { $0.name.equals(ignoringCase: name) && $0.value.uppercasedASCII != "NIL" }?
        .value
    }
    guard let name = value("name") ?? value("vendor") else { return nil }
    return Software(name: name, version: value("version"), source: "IMAP ID")
  }

  /// Does `verb` ask for untagged data of this kind? (RFC 9051 section 7.)
  static func asks(_ verb: String, for kind: String) -> Bool {
    let base = verb.hasPrefix("UID ") ? String(verb.dropFirst(4)) : verb
    switch kind {
    case "FETCH": return ["FETCH", "STORE", "CONVERT"].contains(base)
    case "SEARCH", "ESEARCH": return ["SEARCH", "ESEARCH", "SORT", "THREAD"].contains(base)
    case "SORT", "THREAD", "LSUB", "NAMESPACE", "ID", "STATUS", "LANGUAGE", "COMPARATOR",
      "GENURLAUTH", "URLFETCH":
      return base == kind || kind == "STATUS" && base == "LIST"
    case "LIST", "XLIST": return ["LIST", "XLIST", "LSUB"].contains(base)
    case "CAPABILITY": return ["CAPABILITY", "LOGIN", "AUTHENTICATE", "STARTTLS"].contains(base)
    case "ENABLED": return base == "ENABLE"
    case "FLAGS", "EXISTS", "RECENT": return ["SELECT", "EXAMINE"].contains(base)
    case "EXPUNGE": return ["EXPUNGE", "MOVE", "REPLACE"].contains(base)
    case "VANISHED":
      return ["EXPUNGE", "MOVE", "FETCH", "SELECT", "EXAMINE", "REPLACE"].contains(base)
    case "QUOTA": return ["GETQUOTA", "GETQUOTAROOT", "SETQUOTA"].contains(base)
    case "QUOTAROOT": return base == "GETQUOTAROOT"
    case "ACL": return base == "GETACL"
    case "LISTRIGHTS", "MYRIGHTS": return base == kind
    case "METADATA": return base == "GETMETADATA"
    case "ANNOTATION": return ["GETANNOTATION", "FETCH"].contains(base)
    case "BYE": return base == "LOGOUT"
    default: return false
    }
  }
}

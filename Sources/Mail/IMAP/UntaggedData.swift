/// The first words of an untagged response: `3 EXISTS`, `CAPABILITY`, `OK`.
struct UntaggedHead: Equatable {
  var number: UInt64?
  /// In upper case; empty where there is no word.
  var kind: String
  /// Where what follows the kind begins.
  var rest: Int

  /// `start` is the place after `* `.
  init(_ bytes: [UInt8], from start: Int) {
    var index = start
    func word() -> ArraySlice<UInt8> {
      let from = index
      while index < bytes.count, bytes[index] != UInt8(ascii: " "),
        bytes[index] != UInt8(ascii: "(")
      { index += 1 }
      let word = bytes[from..<index]
      if index < bytes.count, bytes[index] == UInt8(ascii: " ") { index += 1 }
      return word
    }
    var first = word()
    if !first.isEmpty, first.count <= 18, first.allSatisfy({ (0x30...0x39).contains($0) }) {
      number = first.reduce(0) { $0 * 10 + UInt64($1 - 0x30) }
      first = word()
    }
    kind = String(decoding: first.prefix(64), as: UTF8.self).uppercased()
    rest = index
  }
}

/// The text of a status response: `[CODE argument] text` (RFC 9051 section 7.1).
struct StatusText: Equatable {
  /// With its brackets.
  var code: String?
  var text: String

  init(_ text: String) {
    guard text.first == "[", let end = text.firstIndex(of: "]") else {
      self.text = text
      return
    }
    code = String(text[...end])
    self.text = String(text[text.index(after: end)...].drop { $0 == " " })
  }

  /// `UIDVALIDITY` of `[UIDVALIDITY 17]`, in upper case, and what follows it.
  static func split(_ code: String) -> (name: String, argument: String) {
    let inner = code.dropFirst().dropLast()
    let name = inner.prefix { $0 != " " }
    return (name.uppercased(), String(inner.dropFirst(name.count + 1)))
  }
}

/// What untagged data says, name by name (RFC 9051 section 7 and the extensions' RFCs).
enum UntaggedData {
  /// The items of any kind but FETCH, which is read as it comes.
  static func items(_ kind: String, _ text: IMAPText, from start: Int) -> [IMAPItem] {
    switch kind {
    case "OK", "NO", "BAD", "BYE", "PREAUTH":
      return status(text.string(min(start, text.bytes.count)..<text.bytes.count))
    case "EXISTS", "RECENT", "EXPUNGE": return []
    default: break
    }
    let words = IMAPTokens(text, from: start)
    let top = words.children()
    switch kind {
    case "CAPABILITY", "ENABLED":
      return top.map { IMAPItem("capability", words.string($0)) }
    case "LIST", "LSUB", "XLIST": return list(words, top)
    case "STATUS":
      guard let mailbox = top.first else { return [] }
      return self.mailbox(words, mailbox) + top.dropFirst().flatMap { pairs(words, $0) }
    case "SEARCH", "SORT": return search(words, top)
    case "ESEARCH": return esearch(words, top)
    case "THREAD":
      return [IMAPItem("threads", text.string(start..<text.bytes.count))]
    case "FLAGS": return top.prefix(1).map { IMAPItem("flags", words.string($0)) }
    case "NAMESPACE":
      return zip(["personal", "other users", "shared"], top).map {
        IMAPItem($0, words.string($1))
      }
    case "ID": return top.first.map { pairs(words, $0) } ?? []
    case "QUOTA":
      guard let root = top.first else { return [] }
      return [IMAPItem("root", words.string(root))] + top.dropFirst().flatMap { quota(words, $0) }
    case "QUOTAROOT":
      guard let mailbox = top.first else { return [] }
      return self.mailbox(words, mailbox)
        + top.dropFirst().map { IMAPItem("root", words.string($0)) }
    case "ACL", "MYRIGHTS", "LISTRIGHTS": return rights(kind, words, top)
    case "METADATA", "ANNOTATION":
      guard let mailbox = top.first else { return [] }
      return self.mailbox(words, mailbox)
        + top.dropFirst().flatMap {
          words.isList($0) ? pairs(words, $0) : [IMAPItem("entry", words.string($0))]
        }
    case "VANISHED":
      return top.map {
        words.isList($0) ? IMAPItem("earlier", "true") : IMAPItem("uids", words.string($0))
      }
    default: return top.map { IMAPItem("argument", words.string($0)) }
    }
  }

  static func status(_ text: String) -> [IMAPItem] {
    let status = StatusText(text)
    guard let code = status.code else { return [] }
    let (name, argument) = StatusText.split(code)
    return [IMAPItem(name, argument)]
  }

  /// A mailbox's name, and its Unicode form where modified UTF-7 hides it.
  static func mailbox(_ words: IMAPTokens, _ index: Int) -> [IMAPItem] {
    let name = words.bytes(index)
    let sent = String(decoding: name, as: UTF8.self)
    guard let decoded = MailboxName.decode(name), decoded != sent else {
      return [IMAPItem("mailbox", sent)]
    }
    return [IMAPItem("mailbox", sent), IMAPItem("mailbox decoded", decoded)]
  }

  private static func list(_ words: IMAPTokens, _ top: [Int]) -> [IMAPItem] {
    var items: [IMAPItem] = []
    for (place, index) in top.enumerated() {
      switch place {
      case 0: items.append(IMAPItem("attributes", words.string(index)))
      case 1: items.append(IMAPItem("delimiter", words.nilString(index) ?? "NIL"))
      case 2: items += mailbox(words, index)
      default: items += pairs(words, index)
      }
    }
    return items
  }

  /// `name value name value …` of a list.
  private static func pairs(_ words: IMAPTokens, _ list: Int) -> [IMAPItem] {
    guard words.isList(list) else { return [] }
    let inner = words.children(of: list)
    return stride(from: 0, to: inner.count - 1, by: 2).map {
      IMAPItem(words.string(inner[$0]), words.string(inner[$0 + 1]))
    }
  }

  /// `(STORAGE 10 512)`: what is used and what is allowed (RFC 9208).
  private static func quota(_ words: IMAPTokens, _ list: Int) -> [IMAPItem] {
    guard words.isList(list) else { return [] }
    let inner = words.children(of: list).map { words.string($0) }
    return stride(from: 0, to: inner.count - 2, by: 3).map {
      IMAPItem(inner[$0], "\(inner[$0 + 1]) of \(inner[$0 + 2])")
    }
  }

  private static func search(_ words: IMAPTokens, _ top: [Int]) -> [IMAPItem] {
    var (numbers, items): ([String], [IMAPItem]) = ([], [])
    for index in top {
      if words.isList(index) {
        items += pairs(words, index)
      } else {
        numbers.append(words.string(index))
      }
    }
    return [IMAPItem("numbers", numbers.joined(separator: " "))] + items
  }

  /// RFC 9051 section 7.3.4: `(TAG "a1") UID MIN 2 COUNT 3 ALL 2,10:11`.
  private static func esearch(_ words: IMAPTokens, _ top: [Int]) -> [IMAPItem] {
    var (items, place): ([IMAPItem], Int) = ([], 0)
    while place < top.count {
      let index = top[place]
      if words.isList(index) {
        items += pairs(words, index)
        place += 1
      } else if words.string(index).uppercased() == "UID" {
        items.append(IMAPItem("UID", "true"))
        place += 1
      } else if place + 1 < top.count {
        items.append(IMAPItem(words.string(index), words.string(top[place + 1])))
        place += 2
      } else {
        items.append(IMAPItem("argument", words.string(index)))
        place += 1
      }
    }
    return items
  }

  private static func rights(_ kind: String, _ words: IMAPTokens, _ top: [Int]) -> [IMAPItem] {
    guard let first = top.first else { return [] }
    let rest = top.dropFirst().map { words.string($0) }
    let mailbox = mailbox(words, first)
    switch kind {
    case "MYRIGHTS": return mailbox + rest.map { IMAPItem("rights", $0) }
    case "ACL":
      return mailbox
        + stride(from: 0, to: rest.count - 1, by: 2).map { IMAPItem(rest[$0], rest[$0 + 1]) }
    default:
      return mailbox + rest.prefix(1).map { IMAPItem("identifier", $0) }
        + rest.dropFirst().map { IMAPItem("rights", $0) }
    }
  }
}

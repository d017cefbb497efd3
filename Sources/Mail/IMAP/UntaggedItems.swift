import Fields

/// The text of a status response: `[CODE argument] text` (RFC 9051 section 7.1).
struct StatusText: Equatable {
  /// With its brackets.
  var code: String?
  var text: String

  init(_ text: Span<UInt8>) {
    guard let code = Self.code(of: text) else {
      self.text = text.text
      return
    }
    self.code = text.extracting(code).text
    var start = code.upperBound
    while start < text.count, text[start] == .space { start += 1 }
    self.text = text.extracting(droppingFirst: start).text
  }

  /// Where the response code is that a text begins with.
  static func code(of text: Span<UInt8>) -> Range<Int>? {
    guard !text.isEmpty, text[0] == UInt8(ascii: "[") else { return nil }
    return text.firstIndex(of: UInt8(ascii: "]")).map { 0..<$0 + 1 }
  }

  /// What follows the kind of an untagged status.
  init(of response: IMAPUntagged) {
    let text = response.text.utf8.span
    self.init(text.extracting(droppingFirst: min(text.count, response.kind.utf8.count + 1)))
  }

  /// `UIDVALIDITY` of `[UIDVALIDITY 17]`, in upper case, and what follows it.
  static func split(_ code: String) -> (name: String, argument: String) { split(code.utf8.span) }

  static func split(_ bytes: Span<UInt8>) -> (name: String, argument: String) {
    let inner = bytes.extracting(min(1, bytes.count)..<max(1, bytes.count - 1))
    let end = inner.firstIndex(of: .space) ?? inner.count
    return (
      inner.extracting(0..<end).text.uppercasedWord,
      inner.extracting(droppingFirst: min(inner.count, end + 1)).text
    )
  }
}

/// What untagged data says, name by name (RFC 9051 section 7 and the extensions' RFCs).
enum UntaggedItems {
  /// The items of any kind but FETCH, and what of them is outside the grammar.
  static func items(
    of head: IMAPDataHead, _ text: IMAPText
  ) -> (items: [IMAPItem], problem: DataProblem?) {
    let start = min(head.rest, text.bytes.count)
    switch head.kind {
    case .ok, .no, .bad, .bye, .preauth:
      return (status(text.bytes.span.extracting(start...)), permanentFlags(text, from: start))
    case .exists, .recent:
      return ([], head.number == nil ? DataProblem(place: 2, text: "it has no number") : nil)
    case .expunge: return ([], messageNumber(head))
    default: break
    }
    let words = IMAPTokens(text, from: start)
    if head.kind == nil, let problem = numberedKind(head, words) { return ([], problem) }
    let problem: DataProblem? =
      switch head.kind {
      case .list, .lsub, .xlist: DataGrammar.problem(of: words) { $0.checkList() }
      case .status: DataGrammar.problem(of: words) { $0.checkStatus() }
      case .flags: DataGrammar.problem(of: words) { $0.checkFlags() }
      case .search, .sort: DataGrammar.problem(of: words) { $0.checkSearch() }
      default: nil
      }
    return (items(of: head.kind, words), problem)
  }

  /// What is wrong with the number of a message.
  static func messageNumber(_ head: IMAPDataHead) -> DataProblem? {
    switch head.number {
    case nil: DataProblem(place: 2, text: "it has no message number")
    case 0: DataProblem(place: 2, text: "its message number is 0")
    default: nil
    }
  }

  /// `* x EXISTS`: what comes before the kind is no number.
  private static func numberedKind(_ head: IMAPDataHead, _ words: IMAPTokens) -> DataProblem? {
    guard head.number == nil, words.count > 0, words[0].kind == .atom,
      let kind = IMAPDataKind(words.string(0).uppercasedASCII), kind.hasNumber
    else { return nil }
    return DataProblem(
      place: 2, text: "\(Phrase.quote(head.name)) before \(kind.rawValue) is no number")
  }

  /// What is wrong with the flags of `[PERMANENTFLAGS (\Seen \*)]`.
  private static func permanentFlags(_ text: IMAPText, from start: Int) -> DataProblem? {
    let name = "[PERMANENTFLAGS "
    let first = start + name.utf8.count
    guard text.bytes.count > first,
      text.bytes.span.hasPrefix(ignoringCase: name, at: start),
      let end = text.bytes[start...].firstIndex(of: UInt8(ascii: "]"))
    else { return nil }
    let words = IMAPTokens(text, from: first, to: end)
    return DataGrammar.problem(of: words) { $0.checkFlags(takesAny: true) }.map {
      DataProblem(place: $0.place, text: "of PERMANENTFLAGS, " + $0.text)
    }
  }

  private static func items(of kind: IMAPDataKind?, _ words: IMAPTokens) -> [IMAPItem] {
    let top = words.children()
    switch kind {
    case .capability, .enabled:
      return top.map { IMAPItem("capability", words.string($0)) }
    case .list, .lsub, .xlist: return list(words, top)
    case .status:
      guard let mailbox = top.first else { return [] }
      return self.mailbox(words, mailbox) + top.dropFirst().flatMap { words.pairs(in: $0) }
    case .search, .sort: return search(words, top)
    case .esearch: return esearch(words, top)
    case .thread:
      return [IMAPItem("threads", words.rest)]
    case .flags: return top.prefix(1).map { IMAPItem("flags", words.string($0)) }
    case .namespace:
      return zip(["personal", "other users", "shared"], top).map {
        IMAPItem($0, words.string($1))
      }
    case .id: return top.first.map { words.pairs(in: $0) } ?? []
    case .quota:
      guard let root = top.first else { return [] }
      return [IMAPItem("root", words.string(root))] + top.dropFirst().flatMap { quota(words, $0) }
    case .quotaRoot:
      guard let mailbox = top.first else { return [] }
      return self.mailbox(words, mailbox)
        + top.dropFirst().map { IMAPItem("root", words.string($0)) }
    case .acl, .myRights, .listRights: return rights(kind, words, top)
    case .metadata, .annotation:
      guard let mailbox = top.first else { return [] }
      return self.mailbox(words, mailbox)
        + top.dropFirst().flatMap {
          words.isList($0) ? words.pairs(in: $0) : [IMAPItem("entry", words.string($0))]
        }
    case .vanished:
      return top.map {
        words.isList($0) ? IMAPItem("earlier", "true") : IMAPItem("uids", words.string($0))
      }
    default: return top.map { IMAPItem("argument", words.string($0)) }
    }
  }

  /// The items of FETCH, `words` being their names and values in turn; of those that are outside the grammar, their
  /// names and what is wrong.
  static func fetch(
    _ words: [IMAPWords.Word], _ text: IMAPText
  ) -> (items: [IMAPItem], problems: [(name: String, problem: DataProblem)]) {
    var items: [IMAPItem] = []
    var problems: [(String, DataProblem)] = []
    for place in stride(from: 0, to: words.count, by: 2) {
      let name = text.string(words[place].range).uppercasedWord
      guard place + 1 < words.count else {
        items.append(IMAPItem(name, ""))
        problems.append(
          (name, DataProblem(place: words[place].range.lowerBound, text: "it has no value")))
        break
      }
      let value = words[place + 1]
      items.append(IMAPItem(name, text.shown(value)))
      guard DataGrammar.checkedItems.contains(name) else { continue }
      let tokens = IMAPTokens(text, from: value.range.lowerBound, to: value.range.upperBound)
      switch name {
      case "ENVELOPE": items += MessageData.envelope(tokens)
      case "BODYSTRUCTURE", "BODY": items += MessageData.structure(name, tokens)
      default: break
      }
      if let problem = DataGrammar.problem(of: tokens, { $0.checkItem(name) }) {
        problems.append((name, problem))
      }
    }
    return (items, problems)
  }

  /// What the fields of `ID` tell (RFC 2971).
  static func software(_ fields: [IMAPItem]) -> Software? {
    func value(_ name: String) -> String? {
      fields.first { $0.name.equals(ignoringCase: name) && $0.value.uppercasedASCII != "NIL" }?
        .value
    }
    guard let name = value("name") ?? value("vendor") else { return nil }
    return Software(name: name, version: value("version"), source: "IMAP ID")
  }

  static func status(_ text: Span<UInt8>) -> [IMAPItem] {
    guard let code = StatusText.code(of: text) else { return [] }
    let (name, argument) = StatusText.split(text.extracting(code))
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
      default: items += words.pairs(in: index)
      }
    }
    return items
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
        items += words.pairs(in: index)
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
        items += words.pairs(in: index)
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

  private static func rights(
    _ kind: IMAPDataKind?, _ words: IMAPTokens, _ top: [Int]
  ) -> [IMAPItem] {
    guard let first = top.first else { return [] }
    let rest = top.dropFirst().map { words.string($0) }
    let mailbox = mailbox(words, first)
    switch kind {
    case .myRights: return mailbox + rest.map { IMAPItem("rights", $0) }
    case .acl:
      return mailbox
        + stride(from: 0, to: rest.count - 1, by: 2).map { IMAPItem(rest[$0], rest[$0 + 1]) }
    default:
      return mailbox + rest.prefix(1).map { IMAPItem("identifier", $0) }
        + rest.dropFirst().map { IMAPItem("rights", $0) }
    }
  }
}

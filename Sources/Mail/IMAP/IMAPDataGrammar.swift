/// Data of a response that is outside the grammar (RFC 9051 section 9).
struct DataProblem: Sendable {
  /// Where it begins in the response's text.
  var place: Int
  var text: QuotingText
}

/// Holds what clients take apart against the grammar: the first thing that is wrong with each item.
///
/// A problem ends nothing: what can be read of the item is read, and the response goes on where its line does.
struct DataGrammar {
  let words: IMAPTokens
  private(set) var problem: DataProblem?

  init(_ words: IMAPTokens) { self.words = words }

  /// The first problem of the words themselves, or else of what they say.
  static func problem(of words: IMAPTokens, _ check: (inout Self) -> Void) -> DataProblem? {
    var grammar = Self(words)
    grammar.checkSeams()
    // A quote or blank that is wrong makes other words of what follows.
    if grammar.problem == nil { check(&grammar) }
    if grammar.problem == nil { grammar.checkEscapes() }
    return grammar.problem
  }

  private mutating func find(_ index: Int, _ text: QuotingText) {
    find(at: words[index].range.lowerBound, text)
  }

  /// Something is missing at the end of a list.
  private mutating func findMissing(in list: Int, _ text: QuotingText) {
    find(at: max(words[list].range.lowerBound, words[list].range.upperBound - 1), text)
  }

  /// Of several problems the first is the cause of the others.
  private mutating func find(at place: Int, _ text: QuotingText) {
    if let problem, problem.place <= place { return }
    problem = DataProblem(place: place, text: text)
  }

  private func shown(_ index: Int) -> String {
    Phrase.quote(String(decoding: words.text.bytes[words[index].range].prefix(40), as: UTF8.self))
  }

  // MARK: Words

  /// Between two words is a blank, and every quote and parenthesis is closed.
  private mutating func checkSeams() {
    let bytes = words.text.bytes
    for index in words.tokens.indices {
      let token = words[index]
      if token.kind == .quoted,
        token.range.count < 2 || bytes[token.range].last != UInt8(ascii: "\"")
      {
        find(index, "a quoted string has no end")
      }
      if token.kind == .list, bytes[token.range].last != UInt8(ascii: ")") {
        find(index, "a parenthesis is not closed")
      }
      guard index > 0, bytes[token.range.lowerBound - 1] > 0x20 else { continue }
      let before = bytes[token.range.lowerBound - 1]
      // The first word of a list, and lists in a row.
      if before == UInt8(ascii: "(") || before == UInt8(ascii: ")") && token.kind == .list {
        continue
      }
      let isQuote = before == UInt8(ascii: "\"") || token.kind == .quoted
      let what: QuotingText =
        isQuote ? "a quote within a quoted string, or no blank beside it" : "no blank"
      find(index, "\(what) in \(near(token.range.lowerBound))")
    }
  }

  /// A backslash within quotes is followed by another, or by a quote.
  private mutating func checkEscapes() {
    for token in words.tokens where token.kind == .quoted { checkEscapes(token.range) }
  }

  private mutating func checkEscapes(_ range: Range<Int>) {
    let bytes = words.text.bytes
    var index = range.lowerBound + 1
    while index + 1 < range.upperBound {
      if bytes[index] == UInt8(ascii: "\\") {
        index += 1
        if bytes[index] != UInt8(ascii: "\\"), bytes[index] != UInt8(ascii: "\"") {
          return find(at: index - 1, "a backslash alone within quotes in \(near(index - 1))")
        }
      }
      index += 1
    }
  }

  /// What is around a place.
  private func near(_ place: Int) -> String {
    let bytes = words.text.bytes
    let lower = max(words[0].range.lowerBound, place - 12)
    return Phrase.quote(
      String(decoding: bytes[lower..<min(bytes.count, place + 12)], as: UTF8.self))
  }

  private func isNil(_ index: Int) -> Bool {
    words[index].kind == .atom && words.string(index).uppercasedASCII == "NIL"
  }

  private func isString(_ index: Int) -> Bool {
    switch words[index].kind {
    case .quoted, .literal: true
    case .atom, .list: false
    }
  }

  private func isNumber(_ index: Int) -> Bool {
    words[index].kind == .atom && words.text.bytes[words[index].range].allSatisfy(\.isASCIIDigit)
  }

  private mutating func checkString(_ index: Int, _ name: String, orNil: Bool = false) {
    if isString(index) || orNil && isNil(index) { return }
    find(index, "\(name) is \(shown(index)), no string\(orNil ? " or NIL" : "")")
  }

  private mutating func checkNumber(_ index: Int, _ name: String) {
    if !isNumber(index) { find(index, "\(name) is \(shown(index)), no number") }
  }

  // MARK: ENVELOPE

  static let envelopeNames = [
    "DATE", "SUBJECT", "FROM", "SENDER", "REPLY-TO", "TO", "CC", "BCC", "IN-REPLY-TO", "MESSAGE-ID",
  ]

  mutating func checkEnvelope(_ list: Int) {
    guard words.isList(list) else {
      return find(list, "it is \(shown(list)), no list")
    }
    let fields = words.children(of: list)
    for (name, index) in zip(Self.envelopeNames, fields) {
      switch name {
      case "FROM", "SENDER", "REPLY-TO", "TO", "CC", "BCC": checkAddresses(index, name)
      default: checkString(index, name, orNil: true)
      }
    }
    if fields.count != Self.envelopeNames.count {
      findMissing(in: list, "it has \(fields.count) fields in place of 10")
    }
  }

  private mutating func checkAddresses(_ index: Int, _ name: String) {
    if isNil(index) { return }
    guard words.isList(index) else {
      return find(index, "\(name) is \(shown(index)), no list of addresses")
    }
    let addresses = words.children(of: index)
    if addresses.isEmpty { find(index, "\(name) is a list without addresses") }
    for address in addresses {
      let parts = words.isList(address) ? words.children(of: address) : []
      guard parts.count == 4 else {
        find(address, "an address of \(name) is \(shown(address)), no list of four strings")
        continue
      }
      for part in parts { checkString(part, "a part of an address of \(name)", orNil: true) }
    }
  }

  // MARK: BODYSTRUCTURE

  mutating func checkBody(_ list: Int) {
    var open: [(path: String, list: Int)] = [("", list)]
    while let (path, list) = open.popLast() {
      let name = path.isEmpty ? "the body" : "part \(path)"
      guard words.isList(list) else {
        find(list, "\(name) is \(shown(list)), no list")
        continue
      }
      let fields = words.children(of: list)
      let prefix = path.isEmpty ? "" : path + "."
      guard let first = fields.first, !words.isList(first) else {
        let parts = fields.prefix { words.isList($0) }
        checkMultipart(list, fields.dropFirst(parts.count), name)
        for (number, part) in parts.enumerated().reversed() {
          open.append(("\(prefix)\(number + 1)", part))
        }
        continue
      }
      if let body = checkPart(list, fields, name) { open.append((prefix + "1", body)) }
    }
  }

  private mutating func checkMultipart(_ list: Int, _ rest: ArraySlice<Int>, _ name: String) {
    guard let subtype = rest.first else {
      return findMissing(in: list, "\(name) is a multipart without a subtype")
    }
    checkString(subtype, "the subtype of \(name)")
    let rest = rest.dropFirst()
    if let parameters = rest.first { checkParameters(parameters, name) }
    checkExtensions(rest.dropFirst(), name)
  }

  /// Returns the body of the message that the part is, if it is one.
  private mutating func checkPart(_ list: Int, _ fields: [Int], _ name: String) -> Int? {
    let labels = ["type", "subtype", "parameters", "ID", "description", "encoding", "size"]
    for (label, index) in zip(labels, fields) {
      switch label {
      case "parameters": checkParameters(index, name)
      case "ID", "description": checkString(index, "the \(label) of \(name)", orNil: true)
      case "size": checkNumber(index, "the size of \(name)")
      default: checkString(index, "the \(label) of \(name)")
      }
    }
    guard fields.count >= labels.count else {
      findMissing(in: list, "\(name) has \(fields.count) fields, it needs \(labels.count)")
      return nil
    }
    let type = (words.string(fields[0]) + "/" + words.string(fields[1])).lowercased()
    var rest = fields.dropFirst(labels.count)
    var body: Int?
    if type == "message/rfc822" || type == "message/global" {
      guard rest.count >= 3 else {
        findMissing(in: list, "\(name) is a message without envelope, body or count of lines")
        return nil
      }
      let message = Array(rest.prefix(3))
      checkEnvelope(message[0])
      body = message[1]
      checkNumber(message[2], "the count of lines of \(name)")
      rest = rest.dropFirst(3)
    } else if type.hasPrefix("text/") {
      if let lines = rest.first {
        checkNumber(lines, "the count of lines of \(name)")
      } else {
        findMissing(in: list, "\(name) is text without a count of lines")
      }
      rest = rest.dropFirst()
    }
    if let digest = rest.first { checkString(digest, "the MD5 of \(name)", orNil: true) }
    checkExtensions(rest.dropFirst(), name)
    return body
  }

  /// Disposition, languages and location.
  private mutating func checkExtensions(_ rest: ArraySlice<Int>, _ name: String) {
    if let disposition = rest.first, !isNil(disposition) {
      let parts = words.isList(disposition) ? words.children(of: disposition) : []
      if parts.count == 2 {
        checkString(parts[0], "the disposition of \(name)")
        checkParameters(parts[1], name)
      } else {
        find(disposition, "the disposition of \(name) is \(shown(disposition))")
      }
    }
    let rest = rest.dropFirst()
    if let languages = rest.first, !words.isList(languages) {
      checkString(languages, "the language of \(name)", orNil: true)
    }
    if let location = rest.dropFirst().first {
      checkString(location, "the location of \(name)", orNil: true)
    }
  }

  private mutating func checkParameters(_ index: Int, _ name: String) {
    if isNil(index) { return }
    guard words.isList(index) else {
      return find(index, "the parameters of \(name) are \(shown(index)), no list")
    }
    let parameters = words.children(of: index)
    for parameter in parameters { checkString(parameter, "a parameter of \(name)") }
    if parameters.isEmpty || parameters.count % 2 != 0 {
      find(index, "the parameters of \(name) are no pairs: \(shown(index))")
    }
  }

  // MARK: Mailboxes and flags

  /// `takesAny`: `\*` is one, as in `PERMANENTFLAGS`.
  mutating func checkFlags(_ list: Int, takesAny: Bool = false) {
    guard words.isList(list) else { return find(list, "they are \(shown(list)), no list") }
    for flag in words.children(of: list) {
      if !isFlag(flag, takesAny: takesAny) { find(flag, "\(shown(flag)) is no flag") }
    }
  }

  private func isFlag(_ index: Int, takesAny: Bool) -> Bool {
    guard words[index].kind == .atom else {
      return takesAny && words.bytes(index).elementsEqual("\\*".utf8)
    }
    var name = words.text.bytes[words[index].range]
    if takesAny, name.elementsEqual("\\*".utf8) { return true }
    if name.first == UInt8(ascii: "\\") { name.removeFirst() }
    return !name.isEmpty && name.allSatisfy(Self.isAtomByte)
  }

  private static func isAtomByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0...0x20, 0x7F..., UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "{"),
      UInt8(ascii: "%"), UInt8(ascii: "*"), UInt8(ascii: "\""), UInt8(ascii: "\\"):
      false
    default: true
    }
  }

  mutating func checkFlags(takesAny: Bool = false) {
    let top = words.children()
    if let list = top.first {
      checkFlags(list, takesAny: takesAny)
      if top.count > 1 { find(top[1], "after the list comes \(shown(top[1]))") }
    } else {
      find(at: words.text.bytes.count, "they are missing")
    }
  }

  mutating func checkList() {
    let top = words.children()
    guard top.count >= 3 else {
      return find(at: words.text.bytes.count, "attributes, delimiter or mailbox is missing")
    }
    checkFlags(top[0])
    if !isNil(top[1]), !isString(top[1]) || words.bytes(top[1]).count != 1 {
      find(top[1], "the delimiter is \(shown(top[1])), no quoted character")
    }
    checkMailbox(top[2...])
  }

  mutating func checkStatus() {
    let top = words.children()
    checkMailbox(top.prefix(1))
    guard top.count >= 2 else {
      return find(at: words.text.bytes.count, "the list of values is missing")
    }
    guard top.count == 2, words.isList(top[1]) else {
      return find(top[1], "after the mailbox comes \(shown(top[1]))")
    }
    let items = words.children(of: top[1])
    for place in stride(from: 0, to: items.count - 1, by: 2) {
      let (name, value) = (words.string(items[place]).uppercasedASCII, items[place + 1])
      if words[items[place]].kind != .atom {
        find(items[place], "\(shown(items[place])) is no name")
      }
      if name != "MAILBOXID" { checkNumber(value, name) }
    }
    if items.count % 2 != 0, let last = items.last { find(last, "\(shown(last)) has no value") }
  }

  /// A mailbox, and what may follow it.
  private mutating func checkMailbox(_ rest: ArraySlice<Int>) {
    guard let mailbox = rest.first else { return }
    if words.isList(mailbox) { find(mailbox, "the mailbox is a list") }
    if let next = rest.dropFirst().first, !words.isList(next) {
      find(next, "after the mailbox comes \(shown(next))")
    }
  }

  mutating func checkSearch() {
    for index in words.children() where !words.isList(index) { checkNumber(index, "a result") }
  }

  // MARK: Items of FETCH

  /// `value` is all that there is.
  mutating func checkItem(_ name: String) {
    guard let value = words.children().first else { return }
    switch name {
    case "ENVELOPE": checkEnvelope(value)
    case "BODY", "BODYSTRUCTURE": checkBody(value)
    case "FLAGS": checkFlags(value)
    case "UID", "RFC822.SIZE": checkNumber(value, "it")
    case "INTERNALDATE":
      if !isString(value) || !Self.isDate(words.bytes(value)) {
        find(value, "it is \(shown(value)), no quoted date-time")
      }
    default: break
    }
  }

  static let checkedItems: Set<String> = [
    "ENVELOPE", "BODY", "BODYSTRUCTURE", "FLAGS", "UID", "RFC822.SIZE", "INTERNALDATE",
  ]

  /// ` 1-Jan-2026 00:00:00 +0000`
  private static func isDate(_ bytes: [UInt8]) -> Bool {
    let pattern = Array("#9-AAA-9999 99:99:99 +9999".utf8)
    return bytes.count == pattern.count
      && zip(bytes, pattern).allSatisfy { byte, mark in
        switch mark {
        case UInt8(ascii: "#"): byte.isASCIIDigit || byte == .space
        case UInt8(ascii: "9"): byte.isASCIIDigit
        case UInt8(ascii: "A"): byte.isASCIILetter
        case UInt8(ascii: "+"): byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
        default: byte == mark
        }
      }
  }
}

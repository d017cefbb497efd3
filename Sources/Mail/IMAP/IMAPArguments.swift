// What the words of a command say.

extension IMAPTokens {
  /// What of a login must not be shown, in UTF-8 offsets of the command's text: the password of `LOGIN`, the initial
  /// response of `AUTHENTICATE`, or all of the arguments where they do not say where it begins.
  func secret(of command: IMAPCommand?) -> Range<Int>? {
    guard command == .login || command == .authenticate else { return nil }
    let top = children()
    guard let first = top.first else { return nil }
    let isName = command == .login ? isClosedString(first) : isMechanism(first)
    guard isName else { return offset(self[first].range.lowerBound)..<offset(text.bytes.count) }
    guard top.count > 1 else { return nil }
    let token = self[top[1]]
    var (lower, upper) = (token.range.lowerBound, token.range.upperBound)
    guard top.count == 2, isBalanced, token.kind != .list else {
      return offset(lower)..<offset(text.bytes.count)
    }
    switch token.kind {
    case .literal(let number):
      guard let content = text.literals[number].content, IMAPText.isShown(content) else {
        return nil
      }
      let end = offset(upper)
      return end - String(decoding: content, as: UTF8.self).utf8.count..<end
    case .quoted: (lower, upper) = (lower + 1, upper - 1)
    case .atom, .list: break
    }
    return offset(lower)..<offset(upper)
  }

  /// What follows the verb of a login that comes after other words.
  var laterLogin: Range<Int>? {
    let verbs = ["LOGIN", "AUTHENTICATE", "AUTH", "PASS"]
    let top = children()
    guard let verb = top.firstIndex(where: { verbs.contains(string($0).uppercasedASCII) }),
      verb + 1 < top.count
    else { return nil }
    return offset(self[top[verb + 1]].range.lowerBound)..<offset(text.bytes.count)
  }

  /// Where a place of the text is in what is shown of it.
  private func offset(_ place: Int) -> Int { text.string(0..<place, withLiterals: true).utf8.count }

  private func isClosedString(_ index: Int) -> Bool {
    let token = self[index]
    switch token.kind {
    case .list: return false
    case .quoted: return token.range.count > 1 && text.bytes[token.range].last == UInt8(ascii: "\"")
    case .atom, .literal: return true
    }
  }

  private func isMechanism(_ index: Int) -> Bool {
    let name = bytes(index)
    return isClosedString(index) && name.count <= 20 && !Secrets.mayBeResponse(name)
      && name.allSatisfy {
        $0.isASCIILetter || $0.isASCIIDigit || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
          || $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: "}")
      }
  }

  /// The value of an argument that is a string; nil where it is a literal that did not come.
  func known(_ index: Int) -> String? {
    guard isClosedString(index) else { return nil }
    if case .literal(let number) = self[index].kind, text.literals[number].content == nil {
      return nil
    }
    return string(index)
  }

  /// The mailbox that a command names, decoded.
  func mailbox(of verb: IMAPVerb) -> String? {
    guard let place = verb.mailboxPlace else { return nil }
    let top = children()
    guard place < top.count, !isList(top[place]) else { return nil }
    return MailboxName.shown(bytes(top[place]))
  }

  /// `name value name value …` of a list.
  func pairs(in list: Int) -> [IMAPItem] {
    guard isList(list) else { return [] }
    let inner = children(of: list)
    return stride(from: 0, to: inner.count - 1, by: 2).map {
      IMAPItem(string(inner[$0]), string(inner[$0 + 1]))
    }
  }
}

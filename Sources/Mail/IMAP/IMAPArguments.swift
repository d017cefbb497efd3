// What the words of a command say.

extension IMAPTokens {
  /// The password of `LOGIN`, the initial response of `AUTHENTICATE`: UTF-8 offsets in the command's text.
  func secret(of command: IMAPCommand?) -> Range<Int>? {
    guard command == .login || command == .authenticate else { return nil }
    let top = children()
    guard top.count > 1 else { return nil }
    let token = self[top[1]]
    func offset(_ place: Int) -> Int {
      text.string(0..<place, withLiterals: true).utf8.count
    }
    var (lower, upper) = (token.range.lowerBound, token.range.upperBound)
    if top.count > 2 { return offset(lower)..<offset(text.bytes.count) }
    switch token.kind {
    case .literal(let number):
      guard let content = text.literals[number].content, IMAPText.isShown(content) else {
        return nil
      }
      let end = offset(upper)
      return end - String(decoding: content, as: UTF8.self).utf8.count..<end
    case .quoted:
      lower += 1
      if upper > lower, text.bytes[upper - 1] == UInt8(ascii: "\"") { upper -= 1 }
    case .atom, .list: break
    }
    return offset(lower)..<offset(upper)
  }

  /// The mailbox that a command names, decoded.
  func mailbox(of verb: IMAPVerb) -> String? {
    let top = children()
    guard let place = verb.mailboxPlace, place < top.count, !isList(top[place]) else { return nil }
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

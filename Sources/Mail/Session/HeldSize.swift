// How many bytes the parts of a record take: what the budget of a session counts.

extension String {
  /// Short strings lie in the value itself.
  var heldBytes: Int { utf8.count > 15 ? utf8.count + 32 : 0 }
  /// As one of an array.
  var elementBytes: Int { 2 * MemoryLayout<String>.stride + heldBytes }
}

extension Optional<String> {
  var heldBytes: Int { self?.heldBytes ?? 0 }
}

/// An element of an array that grows, which has room for twice as many at times.
func elementBytes<Element>(_ type: Element.Type) -> Int { 2 * MemoryLayout<Element>.stride }

extension [String] {
  var heldBytes: Int { reduce(0) { $0 + $1.elementBytes } }
}

extension Command {
  var heldBytes: Int {
    verb.heldBytes + text.heldBytes + tag.heldBytes + mailbox.heldBytes
  }
}

extension Answer {
  var heldBytes: Int {
    elementBytes(Answer.self) + text.heldBytes + decoded.reduce(0) { $0 + $1.heldBytes }
  }
}

extension SASLField {
  var heldBytes: Int { elementBytes(SASLField.self) + name.heldBytes + value.heldBytes }
}

extension Authentication {
  var heldBytes: Int {
    elementBytes(Authentication.self) + mechanism.heldBytes + username.heldBytes
      + fields.reduce(0) { $0 + $1.heldBytes }
  }
}

extension Recipient {
  /// It is in the transaction and in the message.
  var heldBytes: Int {
    2 * elementBytes(Recipient.self) + address.heldBytes + parameters.heldBytes
  }
}

extension Message {
  var heldBytes: Int {
    elementBytes(Message.self) + mailbox.heldBytes + (envelope?.sender.heldBytes ?? 0)
      + (envelope?.parameters.heldBytes ?? 0)
  }
}

extension Finding {
  var heldBytes: Int { elementBytes(Finding.self) + said.text.heldBytes + 16 * said.quotes.count }
}

extension Reply {
  /// Untagged data is counted when it comes.
  var heldBytes: Int {
    let own = elementBytes(Reply.self) + decoded.reduce(0) { $0 + $1.heldBytes }
    switch content {
    case .smtp(let reply):
      return own + reply.lines.heldBytes + reply.lineCodes.count * elementBytes(Int.self)
    case .status(let reply):
      return own + reply.text.heldBytes + reply.lines.heldBytes + reply.shown.heldBytes
    case .imap(let reply):
      return own + reply.tag.heldBytes + reply.code.heldBytes + reply.text.heldBytes
    }
  }
}

extension IMAPUntagged {
  var heldBytes: Int {
    items.reduce(elementBytes(IMAPUntagged.self) + text.heldBytes) {
      $0 + elementBytes(IMAPItem.self) + $1.name.heldBytes + $1.value.heldBytes
    }
  }
}

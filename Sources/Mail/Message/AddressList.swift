/// One mailbox of a list of addresses (RFC 5322 section 3.4).
public struct Mailbox: Sendable, Hashable, CustomStringConvertible {
  /// The display name, or what a comment says where there is none; empty where nothing does.
  public var name: String
  /// As sent, without brackets, comments and source route.
  public var address: String
  /// The group that it is listed in.
  public var group: String?

  /// `Name <address>`, the name in quotes where it needs them, or the address alone.
  public var description: String {
    if name.isEmpty { return address }
    guard name.utf8.contains(where: Self.needsQuotes) else { return "\(name) <\(address)>" }
    let escaped = name.split(separator: "\"", omittingEmptySubsequences: false)
    return "\"\(escaped.joined(separator: "\\\""))\" <\(address)>"
  }

  private static func needsQuotes(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: ":"), UInt8(ascii: "<"),
      UInt8(ascii: ">"), UInt8(ascii: "@"), UInt8(ascii: "\""):
      true
    default: false
    }
  }
}

/// Addresses as header fields list them (RFC 5322 section 3.4), with what is obsolete and what is merely common.
public struct AddressList: Sendable, Hashable {
  /// The members of groups among them; of an empty group nothing.
  public private(set) var mailboxes: [Mailbox] = []
  public private(set) var problems = TextProblems()

  /// Reads the value of a field. `hint` is a charset that the message uses elsewhere.
  init(_ field: some Collection<UInt8>, hint: Charset? = nil) {
    var reader = Reader(Array(field), hint)
    reader.read()
    (mailboxes, problems) = (reader.result, reader.problems)
  }

  private struct Reader {
    let bytes: [UInt8]
    let hint: Charset?
    var index = 0
    /// The mailbox at hand: its words as sent and without quotes, what is in brackets and in parentheses.
    var raw: [UInt8] = []
    var words: [UInt8] = []
    var address: [UInt8]?
    var comment: [UInt8] = []
    var group: String?
    var result: [Mailbox] = []
    var problems = TextProblems()

    init(_ bytes: [UInt8], _ hint: Charset?) {
      self.bytes = bytes
      self.hint = hint
    }

    mutating func read() {
      /// Where the last group ends: a colon after it opens none.
      let lastEnd = bytes.lastIndex(of: UInt8(ascii: ";")) ?? -1
      while index < bytes.count {
        let byte = bytes[index]
        index += 1
        switch byte {
        case UInt8(ascii: "\""): readQuoted()
        case UInt8(ascii: "("): comment = readComment()
        case UInt8(ascii: "<"): address = readAddress()
        case UInt8(ascii: ","): finish()
        case UInt8(ascii: ";"):
          finish()
          group = nil
        case UInt8(ascii: ":") where index <= lastEnd && address == nil:
          group = text(words)
          (raw, words) = ([], [])
        case .carriageReturn, .lineFeed: break
        default:
          raw.append(byte)
          words.append(byte)
        }
      }
      finish()
    }

    private mutating func readQuoted() {
      raw.append(UInt8(ascii: "\""))
      while index < bytes.count {
        let byte = bytes[index]
        index += 1
        raw.append(byte)
        if byte == UInt8(ascii: "\"") { return }
        if byte == UInt8(ascii: "\\"), index < bytes.count {
          words.append(bytes[index])
          raw.append(bytes[index])
          index += 1
        } else {
          words.append(byte)
        }
      }
    }

    /// What is between the parentheses, of which the first is read already.
    private mutating func readComment() -> [UInt8] {
      var depth = 1
      var content: [UInt8] = []
      while index < bytes.count {
        let byte = bytes[index]
        index += 1
        switch byte {
        case UInt8(ascii: "("): depth += 1
        case UInt8(ascii: ")"):
          depth -= 1
          if depth == 0 { return content }
        case UInt8(ascii: "\\") where index < bytes.count:
          content.append(bytes[index])
          index += 1
          continue
        default: break
        }
        content.append(byte)
      }
      return content
    }

    /// What is between the brackets, of which the first is read already: without the blanks and comments that
    /// obsolete syntax allows. Where the second one is missing, the next mailbox ends it.
    private mutating func readAddress() -> [UInt8] {
      var content: [UInt8] = []
      var isQuoted = false
      while index < bytes.count {
        let byte = bytes[index]
        index += 1
        if isQuoted {
          if byte == UInt8(ascii: "\"") { isQuoted = false }
          content.append(byte)
          continue
        }
        switch byte {
        case UInt8(ascii: ">"): return withoutRoute(content)
        case UInt8(ascii: "("): _ = readComment()
        case UInt8(ascii: ",") where content.first != UInt8(ascii: "@"):
          index -= 1
          return content
        case _ where byte.isFolding: break
        default:
          isQuoted = byte == UInt8(ascii: "\"")
          content.append(byte)
        }
      }
      return withoutRoute(content)
    }

    /// A source route (section 4.4) is no part of the address.
    private func withoutRoute(_ content: [UInt8]) -> [UInt8] {
      guard content.first == UInt8(ascii: "@"),
        let colon = content.firstIndex(of: UInt8(ascii: ":"))
      else { return content }
      return Array(content[(colon + 1)...])
    }

    private mutating func finish() {
      let name = text(address == nil ? comment : words)
      let place = decoded(address ?? raw).trimmingBlanks
      (raw, words, address, comment) = ([], [], nil, [])
      if place.isEmpty, name.isEmpty { return }
      result.append(Mailbox(name: name, address: place, group: group))
    }

    /// Decoded, with single blanks.
    private mutating func text(_ bytes: [UInt8]) -> String {
      decoded(bytes).words.joined(separator: " ")
    }

    private mutating func decoded(_ bytes: [UInt8]) -> String {
      let decoded = EncodedWord.decode(bytes, hint: hint)
      problems.formUnion(decoded.problems)
      return decoded.text
    }
  }
}

/// Addresses as header fields list them (RFC 5322 section 3.4), with what is obsolete and what is merely common.
enum AddressList {
  /// Each mailbox as `Name <address>`, or its address alone; the members of groups among them.
  static func parse(_ field: some Collection<UInt8>) -> [String] {
    var reader = Reader(bytes: Array(field))
    return reader.mailboxes()
  }

  private struct Reader {
    let bytes: [UInt8]
    var index = 0
    /// The mailbox at hand: its words as sent and without quotes, what stands in brackets and in parentheses.
    var raw: [UInt8] = []
    var words: [UInt8] = []
    var address: [UInt8]?
    var comment: [UInt8] = []
    var result: [String] = []

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func mailboxes() -> [String] {
      /// Where the last group ends: a colon behind it opens none.
      let lastEnd = bytes.lastIndex(of: UInt8(ascii: ";")) ?? -1
      while index < bytes.count {
        let byte = bytes[index]
        index += 1
        switch byte {
        case UInt8(ascii: "\""): readQuoted()
        case UInt8(ascii: "("): readComment()
        case UInt8(ascii: "<"): readAddress()
        case UInt8(ascii: ","), UInt8(ascii: ";"): finish()
        case UInt8(ascii: ":") where index <= lastEnd && address == nil: (raw, words) = ([], [])
        case .carriageReturn, .lineFeed: break
        default:
          raw.append(byte)
          words.append(byte)
        }
      }
      finish()
      return result
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

    private mutating func readComment() {
      var depth = 1
      comment = []
      while index < bytes.count {
        let byte = bytes[index]
        index += 1
        switch byte {
        case UInt8(ascii: "("): depth += 1
        case UInt8(ascii: ")"):
          depth -= 1
          if depth == 0 { return }
        case UInt8(ascii: "\\") where index < bytes.count:
          comment.append(bytes[index])
          index += 1
          continue
        default: break
        }
        comment.append(byte)
      }
    }

    private mutating func readAddress() {
      var content: [UInt8] = []
      var isQuoted = false
      while index < bytes.count {
        let byte = bytes[index]
        index += 1
        if byte == UInt8(ascii: ">"), !isQuoted { break }
        if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
        content.append(byte)
      }
      // A source route (section 4.4) is no part of the address.
      if content.first == UInt8(ascii: "@"), let colon = content.firstIndex(of: UInt8(ascii: ":")) {
        content.removeFirst(colon + 1)
      }
      address = content
    }

    private mutating func finish() {
      defer { (raw, words, address, comment) = ([], [], nil, []) }
      let name = Self.text(address == nil ? comment : words)
      let place = String(decoding: address ?? raw, as: UTF8.self).trimmingBlanks
      if place.isEmpty, name.isEmpty { return }
      if name.isEmpty {
        result.append(place)
      } else if name.utf8.contains(where: Self.needsQuotes) {
        let escaped = name.split(separator: "\"", omittingEmptySubsequences: false)
        result.append("\"\(escaped.joined(separator: "\\\""))\" <\(place)>")
      } else {
        result.append("\(name) <\(place)>")
      }
    }

    /// Decoded, with single blanks.
    private static func text(_ bytes: [UInt8]) -> String {
      EncodedWord.decode(bytes).split { $0 == " " || $0 == "\t" }.joined(separator: " ")
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
}

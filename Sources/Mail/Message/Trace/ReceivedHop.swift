/// What a server wrote into a message as it took it: a Received field (RFC 5321 section 4.4).
public struct ReceivedHop: Sendable, Hashable {
  /// As the client called itself.
  public var from: String?
  /// As the server found it: its name by DNS, and its address.
  public var fromName: String?
  public var fromAddress: String?
  /// The server.
  public var by: String?
  public var via: String?
  /// `ESMTPS`
  public var with: String?
  public var id: String?
  /// One recipient, where the server says it.
  public var recipient: String?
  /// Nil where there is none that can be read.
  public var date: MessageDate?
  /// Seconds since the hop before; less than 0 where the clocks of the two differ. Nil where one of the dates is missing.
  public var delay: Int64?

  /// Reads the value of a field, in one line.
  public init(_ field: some Collection<UInt8>) {
    let bytes = Array(field)
    let end = Self.dateStart(in: bytes)
    date = end < bytes.count ? MessageDate(bytes[(end + 1)...]) : nil
    var key = ""
    for word in Self.words(of: bytes[..<end]) {
      if word.isComment {
        if key == "from" { takeClient(word.text) }
        continue
      }
      let name = word.text.lowercased()
      if Self.keys.contains(name), name != key {
        key = name
        continue
      }
      set(key, word.text)
    }
    if fromAddress == nil, let from, from.hasPrefix("["), from.hasSuffix("]") {
      fromAddress = Self.address(in: from)
    }
  }

  private static let keys: Set<String> = ["from", "by", "via", "with", "id", "for"]

  private mutating func set(_ key: String, _ word: String) {
    switch key {
    case "from": from = from ?? word
    case "by": by = by ?? word
    case "via": via = via ?? word
    case "with": with = with ?? word
    case "id": id = id ?? Self.withoutBrackets(word)
    case "for": recipient = recipient ?? Self.withoutBrackets(word)
    default: break
    }
  }

  /// `mail.example.org [192.0.2.1]`, `[192.0.2.1]`, `HELO x [192.0.2.1]`: of the server's own finding.
  private mutating func takeClient(_ comment: String) {
    guard fromAddress == nil, let address = Self.address(in: comment) else { return }
    fromAddress = address
    let words = comment.words
    if let first = words.first, !first.utf8.contains(UInt8(ascii: "[")),
      !first.utf8.contains(UInt8(ascii: "=")),
      words.count == 2
    {
      fromName = String(first)
    }
  }

  /// `[192.0.2.1]`, `[IPv6:2001:db8::1]`
  private static func address(in text: String) -> String? {
    guard let open = text.utf8.firstIndex(of: UInt8(ascii: "[")),
      let close = text.utf8[open...].firstIndex(of: UInt8(ascii: "]"))
    else { return nil }
    let inside = text[text.utf8.index(after: open)..<close]
    let address = inside.hasPrefix(ignoringCase: "IPv6:") ? inside.dropFirst(5) : inside
    let isAddress = address.utf8.allSatisfy {
      $0.hexadecimalValue != nil || $0 == .dot || $0 == UInt8(ascii: ":")
    }
    return isAddress && !address.isEmpty ? String(address) : nil
  }

  private static func withoutBrackets(_ word: String) -> String {
    word.hasPrefix("<") && word.hasSuffix(">") ? String(word.dropFirst().dropLast()) : word
  }

  /// Where the semicolon before the date is: the last one outside of comments.
  private static func dateStart(in bytes: [UInt8]) -> Int {
    var (depth, found) = (0, bytes.count)
    for (index, byte) in bytes.enumerated() {
      switch byte {
      case UInt8(ascii: "("): depth += 1
      case UInt8(ascii: ")"): depth = max(0, depth - 1)
      case UInt8(ascii: ";") where depth == 0: found = index
      default: break
      }
    }
    return found
  }

  private struct Word {
    var text: String
    var isComment: Bool
  }

  /// Words, and what is in parentheses as one word each.
  private static func words(of bytes: ArraySlice<UInt8>) -> [Word] {
    var result: [Word] = []
    var word: [UInt8] = []
    var depth = 0
    func end(isComment: Bool) {
      if !word.isEmpty {
        result.append(Word(text: String(decoding: word, as: UTF8.self), isComment: isComment))
      }
      word = []
    }
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "("):
        if depth == 0 { end(isComment: false) } else { word.append(byte) }
        depth += 1
      case UInt8(ascii: ")") where depth > 0:
        depth -= 1
        if depth == 0 { end(isComment: true) } else { word.append(byte) }
      case _ where depth == 0 && byte.isFolding: end(isComment: false)
      case .carriageReturn, .lineFeed: break
      default: word.append(byte)
      }
    }
    end(isComment: depth > 0)
    return result
  }
}

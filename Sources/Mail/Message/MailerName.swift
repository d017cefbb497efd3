extension Software {
  /// What a User-Agent or X-Mailer field says of the program that wrote a message: a product with its version
  /// (RFC 9110 section 10.1.5: `Mutt/2.2.9`), else words with a number after them (`Microsoft Outlook 16.0`).
  init?(mailer text: String, source: String) {
    var words: [Substring] = []
    var depth = 0
    for word in text.split(atByte: .space) {
      // Comments say more of the machine than of the program.
      let opens = word.utf8.count { $0 == UInt8(ascii: "(") }
      let closes = word.utf8.count { $0 == UInt8(ascii: ")") }
      if depth == 0, opens == 0 || Self.isVersion(Substring(word.utf8.dropFirst().dropLast(closes)))
      {
        words.append(word)
      }
      depth = max(0, depth + opens - closes)
    }
    guard let first = words.first else { return nil }
    let slash = UInt8(ascii: "/")
    let products = words.filter { $0.utf8.contains(slash) && $0.utf8.first != slash }
    // Browsers' way: what the program really is comes last.
    if let product = first.utf8.starts(with: "Mozilla/".utf8)
      ? products.last : first == products.first ? first : nil
    {
      let parts = product.split(atByte: UInt8(ascii: "/"), maxSplits: 1)
      self.init(
        name: String(parts.first ?? product), version: parts.count > 1 ? String(parts[1]) : nil,
        source: source)
      return
    }
    guard let place = words.firstIndex(where: Self.isVersion), place > 0 else {
      self.init(name: words.joined(separator: " "), source: source)
      return
    }
    let version = words[place].utf8.filter { $0 != UInt8(ascii: "(") && $0 != UInt8(ascii: ")") }
    self.init(
      name: words[..<place].joined(separator: " "),
      version: String(decoding: version, as: UTF8.self),
      source: source)
  }

  /// `16.0`, `v20201014.0`, `(2.3608.120)`
  private static func isVersion(_ word: Substring) -> Bool {
    var bytes = word.utf8
    if bytes.first == UInt8(ascii: "(") { bytes.removeFirst() }
    if bytes.first.map({ $0 | 0x20 }) == UInt8(ascii: "v") { bytes.removeFirst() }
    return bytes.first?.isASCIIDigit == true
  }
}

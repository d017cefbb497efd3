import Fields

/// What the protocols of mail share in being known by their first bytes.
///
/// Each has its own part in its own folder; `verdict` there takes the first bytes of one side and what is known of who
/// sent them.
enum Recognition {
  /// What may be looked at; nil where these are no bytes of a mail dialogue.
  @_lifetime(copy prefix)
  static func text(_ prefix: Span<UInt8>) -> Span<UInt8>? {
    let shown = prefix.extracting(first: FirstBytes.limit)
    return !shown.isEmpty && isText(shown) ? shown : nil
  }

  private static func isText(_ bytes: Span<UInt8>) -> Bool {
    // Banners have any charset, but no control characters; the first byte is ASCII.
    guard bytes[0] < 0x80 else { return false }
    for index in bytes.indices {
      let byte = bytes[index]
      let isControl = byte < 0x20 || byte == 0x7F
      if isControl, !byte.isBlank, byte != .carriageReturn, byte != .lineFeed { return false }
    }
    return true
  }

  /// Too few bytes to tell, or enough for it not to be the protocol.
  static func undecided(_ bytes: Span<UInt8>) -> FirstBytes {
    bytes.count < FirstBytes.limit ? .possible : .foreign
  }

  /// Whether an unfinished line may become a command: words, and a method of HTTP is none of ours.
  static func canBeCommand(_ bytes: Span<UInt8>) -> Bool {
    let foreign = ["GET ", "POST ", "PUT ", "HEAD ", "HTTP/", "SSH-", "OPTIONS "]
    for word in foreign where bytes.hasPrefix(ignoringCase: word) { return false }
    return bytes[0].isASCIILetter || bytes[0].isASCIIDigit
  }
}

extension Span<UInt8> {
  /// Up to the first line end; nil where there is none.
  var firstLine: Span<UInt8>? {
    @_lifetime(copy self) get {
      guard let feed = firstIndex(of: .lineFeed) else { return nil }
      return extracting(0..<feed).withoutReturn
    }
  }

  /// Whether these bytes are the beginning of `mark`, and not all of it.
  func isPrefix(of mark: String) -> Bool {
    let bytes = mark.utf8.span
    return count < bytes.count && bytes.extracting(0..<count).equals(ignoringCase: self)
  }
}

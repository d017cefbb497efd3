import Fields

/// Which mail protocol a conversation speaks: by its ports, or by the first bytes of either side.
///
/// The mail half of the seam: a new mail protocol has its ports and marks here.
public enum Recognition {
  public enum Verdict: Sendable, Hashable {
    /// The protocol, and which side it is that sent these bytes.
    case mail(MailProtocol, Side)
    /// A TLS record: what is in it the ports must tell.
    case tls
    /// More bytes, or those of the other side, may tell.
    case undecided
    case other
  }

  /// Bytes of one side after which nothing new is to be expected.
  public static let prefixLimit = 512

  /// The protocol that is at home on the server's port; `client` is the other port.
  public static func byPort(
    _ client: UInt16, _ server: UInt16
  ) -> (mailProtocol: MailProtocol, implicitTLS: Bool)? {
    switch server {
    case 25, 587, 2525: (.smtp, false)
    case 465: (.smtp, true)
    case 24: (.lmtp, false)
    case 110: (.pop3, false)
    case 995: (.pop3, true)
    case 143: (.imap, false)
    case 993: (.imap, true)
    default: nil
    }
  }

  /// What the first bytes of one side say. `side` is what is known of who sent them.
  public static func byContent(_ prefix: Span<UInt8>, from side: Side?) -> Verdict {
    guard prefix.count > 0 else { return .undecided }
    if prefix[0] == 0x16 { return tls(prefix) }
    let shown = prefix.extracting(first: prefixLimit)
    guard isText(shown) else { return .other }
    if side != .client {
      let verdict = server(shown)
      if verdict != .other { return verdict }
    }
    if side == .server {
      // `a1 OK` is told from other text when its line is complete.
      return shown.firstLine == nil && canBeCommand(shown) ? undecided(shown) : .other
    }
    return client(shown)
  }

  private static func tls(_ prefix: Span<UInt8>) -> Verdict {
    // Content type, version 3.x, length of the record.
    if prefix.count >= 2, prefix[1] != 3 { return .other }
    if prefix.count >= 3, prefix[2] > 4 { return .other }
    if prefix.count >= 5, prefix[3] > 0x48 { return .other }
    return prefix.count >= 3 ? .tls : .undecided
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

  // MARK: Servers

  private static func server(_ bytes: Span<UInt8>) -> Verdict {
    if bytes.isPrefix(of: "* OK ") || bytes.isPrefix(of: "* PREAUTH ")
      || bytes.isPrefix(of: "* BYE ") || bytes.isPrefix(of: "+OK ")
    {
      return .undecided
    }
    if bytes.hasPrefix(ignoringCase: "* OK") || bytes.hasPrefix(ignoringCase: "* PREAUTH")
      || bytes.hasPrefix(ignoringCase: "* BYE")
      || bytes.hasPrefix(ignoringCase: "* CAPABILITY IMAP")
    {
      return .mail(.imap, .server)
    }
    if bytes.hasPrefix(ignoringCase: "+OK") {
      // `+OK` and nothing else is what Redis says.
      return bytes[3].isBlank && bytes.count > 4 ? .mail(.pop3, .server) : .undecided
    }
    if bytes[0] == UInt8(ascii: "*") { return untagged(bytes) }
    if bytes[0].isASCIIDigit { return numbered(bytes) }
    return tagged(bytes)
  }

  /// `* 3 EXISTS`; `*3` is Redis.
  private static func untagged(_ bytes: Span<UInt8>) -> Verdict {
    guard bytes.count > 2 else { return .undecided }
    guard bytes[1] == .space, let line = bytes.firstLine else {
      return bytes[1] == .space ? .undecided : .other
    }
    let words = line.text.uppercasedASCII.split(atByte: .space)
    guard words.count >= 3, Decimal.parse(words[1].utf8) != nil,
      ["EXISTS", "RECENT", "FETCH", "EXPUNGE"].contains(words[2])
    else { return .other }
    return .mail(.imap, .server)
  }

  /// `a001 OK done`, seen from the middle of a conversation.
  private static func tagged(_ bytes: Span<UInt8>) -> Verdict {
    guard let line = bytes.firstLine else { return .other }
    let words = line.text.split(atByte: .space, maxSplits: 2)
    guard words.count == 3, isTag(words[0]), ["OK", "NO", "BAD"].contains(words[1])
    else { return .other }
    return .mail(.imap, .server)
  }

  /// Three digits: SMTP, FTP, NNTP and more.
  private static func numbered(_ bytes: Span<UInt8>) -> Verdict {
    guard bytes.count > 3 else { return .undecided }
    guard bytes[3] == .space || bytes[3] == UInt8(ascii: "-"), bytes[1].isASCIIDigit,
      bytes[2].isASCIIDigit
    else { return .other }
    let code = bytes.extracting(0..<3).text
    let text = bytes.text.utf8.map(\.uppercasedASCII)
    switch code {
    case "220":
      if text.contains("FTP") || text.contains("FILEZILLA") { return .other }
      if text.contains("LMTP") { return .mail(.lmtp, .server) }
      if text.contains("SMTP") { return .mail(.smtp, .server) }
      guard let line = bytes.firstLine else { return undecided(bytes) }
      let lines = [line.extracting(4...).text]
      if ServerBanner.software(in: lines) != nil { return .mail(.smtp, .server) }
      // RFC 5321 has the domain come first; FTP servers begin with words.
      let name = lines[0].prefix { $0 != " " }
      if HelloForm(String(name)) == .domain, name.utf8.last != .dot { return .mail(.smtp, .server) }
      return undecided(bytes)
    case "354": return .mail(.smtp, .server)
    case "421", "521", "550", "554":
      if text.contains("FTP") { return .other }
      if text.contains("SMTP") || EnhancedStatus.parse(bytes.extracting(4...).text) != nil {
        return .mail(.smtp, .server)
      }
      return undecided(bytes)
    case "250":
      if EnhancedStatus.parse(bytes.extracting(4...).text) != nil { return .mail(.smtp, .server) }
      return undecided(bytes)
    default: return .other
    }
  }

  private static func undecided(_ bytes: Span<UInt8>) -> Verdict {
    bytes.count < prefixLimit ? .undecided : .other
  }

  // MARK: Clients

  private static func client(_ bytes: Span<UInt8>) -> Verdict {
    if bytes.hasPrefix(ignoringCase: "EHLO ") || bytes.hasPrefix(ignoringCase: "HELO ")
      || bytes.hasPrefix(ignoringCase: "MAIL FROM:") || bytes.hasPrefix(ignoringCase: "RCPT TO:")
    {
      return .mail(.smtp, .client)
    }
    if bytes.hasPrefix(ignoringCase: "LHLO ") { return .mail(.lmtp, .client) }
    guard let line = bytes.firstLine else {
      return canBeCommand(bytes) ? undecided(bytes) : .other
    }
    let words = line.text.uppercasedASCII.words
    guard let first = words.first else { return undecided(bytes) }
    switch (first, words.count) {
    case ("EHLO", 1), ("HELO", 1): return .mail(.smtp, .client)
    case ("LHLO", 1): return .mail(.lmtp, .client)
    case ("CAPA", 1), ("STLS", 1), ("APOP", 3), ("UIDL", 1...2): return .mail(.pop3, .client)
    case ("RETR", 2), ("TOP", 3):
      return words.dropFirst().allSatisfy({ Decimal.parse($0.utf8) != nil })
        ? .mail(.pop3, .client) : .other
    case ("USER", 2), ("QUIT", 1), ("NOOP", 1), ("RSET", 1), ("HELP", _), ("AUTH", 1...3),
      ("STARTTLS", 1):
      // FTP has some of these, and two mail protocols the others: the server tells.
      return undecided(bytes)
    default: return imapCommand(words)
    }
  }

  private static func imapCommand(_ words: [Substring]) -> Verdict {
    guard words.count >= 2, let tag = words.first, isTag(tag) else { return .other }
    let arguments = words.count - 2
    let hasDigit = tag.utf8.contains(where: \.isASCIIDigit)
    switch words[1] {
    case "CAPABILITY", "STARTTLS", "NAMESPACE", "LOGOUT", "IDLE", "NOOP", "CLOSE", "EXPUNGE":
      let isKnown = hasDigit || words[1] == "CAPABILITY"
      return isKnown && arguments == 0 ? .mail(.imap, .client) : .other
    case "LOGIN": return arguments >= 2 && !isForeign(tag) ? .mail(.imap, .client) : .other
    case "AUTHENTICATE": return arguments >= 1 && !isForeign(tag) ? .mail(.imap, .client) : .other
    case "ID", "SELECT", "EXAMINE", "LIST", "LSUB", "STATUS", "APPEND", "FETCH", "UID", "SEARCH",
      "STORE", "COPY", "ENABLE", "COMPRESS", "GETQUOTAROOT", "XLIST":
      return hasDigit && arguments >= 1 ? .mail(.imap, .client) : .other
    default: return .other
    }
  }

  /// RFC 9051: a tag has no blanks and none of `(){%*"\+`.
  private static func isTag(_ word: Substring) -> Bool {
    guard (1...32).contains(word.utf8.count) else { return false }
    return word.utf8.allSatisfy { byte in
      byte.isASCIIDigit || byte.isASCIILetter || "-._$#".utf8.contains(byte)
    } && word.utf8.contains(where: { $0.isASCIILetter || $0.isASCIIDigit })
  }

  /// Commands of other protocols that stand where IMAP has the tag.
  private static func isForeign(_ word: Substring) -> Bool {
    ["SITE", "HELP", "OPTS", "AUTH", "FEAT", "GET", "POST", "PUT", "HEAD", "USER"].contains(word)
  }

  /// Whether an unfinished line may become a command: words, and a method of HTTP is none of ours.
  private static func canBeCommand(_ bytes: Span<UInt8>) -> Bool {
    let foreign: [StaticString] = ["GET ", "POST ", "PUT ", "HEAD ", "HTTP/", "SSH-", "OPTIONS "]
    for word in foreign where bytes.hasPrefix(ignoringCase: word) { return false }
    return bytes[0].isASCIILetter || bytes[0].isASCIIDigit
  }
}

extension Span<UInt8> {
  /// Up to the first line end; nil where there is none.
  fileprivate var firstLine: Span<UInt8>? {
    @_lifetime(copy self) get {
      guard let feed = firstIndex(of: .lineFeed) else { return nil }
      return extracting(0..<feed).withoutReturn
    }
  }

  /// Whether these bytes are the beginning of `mark`, and not all of it.
  fileprivate func isPrefix(of mark: StaticString) -> Bool {
    guard count < mark.utf8CodeUnitCount else { return false }
    var index = 0
    for byte in "\(mark)".utf8.prefix(count) {
      if self[index].lowercasedASCII != byte.lowercasedASCII { return false }
      index += 1
    }
    return true
  }
}

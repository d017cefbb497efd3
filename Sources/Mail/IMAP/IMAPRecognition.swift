import Fields

/// Knows IMAP by the first bytes of either side (RFC 9051 section 2.2).
public enum IMAPRecognition {
  public static func verdict(of prefix: Span<UInt8>, from side: Side?) -> FirstBytes {
    guard let shown = Recognition.text(prefix) else { return .foreign }
    if side != .client {
      let verdict = server(shown)
      if verdict != .foreign { return verdict }
    }
    if side == .server {
      // `a1 OK` is known from other text when its line is complete.
      return shown.firstLine == nil && Recognition.canBeCommand(shown)
        ? Recognition.undecided(shown) : .foreign
    }
    guard let line = shown.firstLine else {
      return Recognition.canBeCommand(shown) ? Recognition.undecided(shown) : .foreign
    }
    return command(line.text.uppercasedASCII.words)
  }

  private static func server(_ bytes: Span<UInt8>) -> FirstBytes {
    if bytes.isPrefix(of: "* OK ") || bytes.isPrefix(of: "* PREAUTH ")
      || bytes.isPrefix(of: "* BYE ")
    {
      return .possible
    }
    if bytes.hasPrefix(ignoringCase: "* OK") || bytes.hasPrefix(ignoringCase: "* PREAUTH")
      || bytes.hasPrefix(ignoringCase: "* BYE")
      || bytes.hasPrefix(ignoringCase: "* CAPABILITY IMAP")
    {
      return .certain(.server)
    }
    return bytes[0] == UInt8(ascii: "*") ? untagged(bytes) : tagged(bytes)
  }

  /// `* 3 EXISTS`; `*3` is Redis.
  private static func untagged(_ bytes: Span<UInt8>) -> FirstBytes {
    guard bytes.count > 2 else { return .possible }
    guard bytes[1] == .space, let line = bytes.firstLine else {
      return bytes[1] == .space ? .possible : .foreign
    }
    let words = line.text.uppercasedASCII.split(atByte: .space)
    guard words.count >= 3, Decimal.parse(words[1].utf8) != nil,
      ["EXISTS", "RECENT", "FETCH", "EXPUNGE"].contains(words[2])
    else { return .foreign }
    return .certain(.server)
  }

  /// `a001 OK done`, seen from the middle of a conversation.
  private static func tagged(_ bytes: Span<UInt8>) -> FirstBytes {
    guard let line = bytes.firstLine else { return .foreign }
    let words = line.text.split(atByte: .space, maxSplits: 2)
    guard words.count == 3, isTag(words[0]), ["OK", "NO", "BAD"].contains(words[1])
    else { return .foreign }
    return .certain(.server)
  }

  private static func command(_ words: [Substring]) -> FirstBytes {
    guard words.count >= 2, let tag = words.first, isTag(tag) else { return .foreign }
    let arguments = words.count - 2
    let hasDigit = tag.utf8.contains(where: \.isASCIIDigit)
    switch words[1] {
    case "CAPABILITY", "STARTTLS", "NAMESPACE", "LOGOUT", "IDLE", "NOOP", "CLOSE", "EXPUNGE":
      let isKnown = hasDigit || words[1] == "CAPABILITY"
      return isKnown && arguments == 0 ? .certain(.client) : .foreign
    case "LOGIN": return arguments >= 2 && !isForeign(tag) ? .certain(.client) : .foreign
    case "AUTHENTICATE": return arguments >= 1 && !isForeign(tag) ? .certain(.client) : .foreign
    case "ID", "SELECT", "EXAMINE", "LIST", "LSUB", "STATUS", "APPEND", "FETCH", "UID", "SEARCH",
      "STORE", "COPY", "ENABLE", "COMPRESS", "GETQUOTAROOT", "XLIST":
      return hasDigit && arguments >= 1 ? .certain(.client) : .foreign
    default: return .foreign
    }
  }

  /// RFC 9051: a tag has no blanks and none of `(){%*"\+`.
  private static func isTag(_ word: Substring) -> Bool {
    guard (1...32).contains(word.utf8.count) else { return false }
    return word.utf8.allSatisfy { byte in
      byte.isASCIIDigit || byte.isASCIILetter || "-._$#".utf8.contains(byte)
    } && word.utf8.contains(where: { $0.isASCIILetter || $0.isASCIIDigit })
  }

  /// Commands of other protocols that are where IMAP has the tag.
  private static func isForeign(_ word: Substring) -> Bool {
    ["SITE", "HELP", "OPTS", "AUTH", "FEAT", "GET", "POST", "PUT", "HEAD", "USER"].contains(word)
  }
}

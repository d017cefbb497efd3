import Fields

/// Knows POP3 by the first bytes of either side (RFC 1939).
public enum POP3Recognition {
  public static func verdict(of prefix: Span<UInt8>, from side: Side?) -> FirstBytes {
    guard let shown = Recognition.text(prefix) else { return .foreign }
    if side != .client {
      if shown.isPrefix(of: "+OK ") { return .possible }
      if shown.hasPrefix(ignoringCase: "+OK") {
        // `+OK` and nothing else is what Redis says.
        return shown[3].isBlank && shown.count > 4 ? .certain(.server) : .possible
      }
    }
    return side == .server ? .foreign : command(shown)
  }

  private static func command(_ bytes: Span<UInt8>) -> FirstBytes {
    guard let line = bytes.firstLine else {
      return Recognition.canBeCommand(bytes) ? Recognition.undecided(bytes) : .foreign
    }
    let words = line.text.uppercasedASCII.words
    guard let first = words.first else { return Recognition.undecided(bytes) }
    switch (first, words.count) {
    case ("CAPA", 1), ("STLS", 1), ("APOP", 3), ("UIDL", 1...2): return .certain(.client)
    case ("RETR", 2), ("TOP", 3):
      return words.dropFirst().allSatisfy({ Decimal.parse($0.utf8) != nil })
        ? .certain(.client) : .foreign
    case ("USER", 2), ("QUIT", 1), ("NOOP", 1), ("RSET", 1), ("AUTH", 1...3):
      // FTP and SMTP have these too: the server tells.
      return Recognition.undecided(bytes)
    default: return .foreign
    }
  }
}

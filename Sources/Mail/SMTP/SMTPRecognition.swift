import Fields

/// Knows SMTP and LMTP by the first bytes of either side (RFC 5321 section 4.2, RFC 2033).
public enum SMTPRecognition {
  public static func verdict(of prefix: Span<UInt8>, from side: Side?) -> FirstBytes {
    verdict(of: prefix, from: side, isLMTP: false)
  }

  public static func verdictOfLMTP(of prefix: Span<UInt8>, from side: Side?) -> FirstBytes {
    verdict(of: prefix, from: side, isLMTP: true)
  }

  private static func verdict(
    of prefix: Span<UInt8>, from side: Side?, isLMTP: Bool
  ) -> FirstBytes {
    guard let shown = Recognition.text(prefix) else { return .foreign }
    if side != .client, shown[0].isASCIIDigit {
      let verdict = reply(shown, isLMTP: isLMTP)
      if verdict != .foreign { return verdict }
    }
    return side == .server ? .foreign : command(shown, isLMTP: isLMTP)
  }

  /// Three digits: SMTP, FTP, NNTP and more.
  private static func reply(_ bytes: Span<UInt8>, isLMTP: Bool) -> FirstBytes {
    guard bytes.count > 3 else { return .possible }
    guard bytes[3] == .space || bytes[3] == UInt8(ascii: "-"), bytes[1].isASCIIDigit,
      bytes[2].isASCIIDigit
    else { return .foreign }
    let code = bytes.extracting(0..<3).text
    if isLMTP, code != "220" { return .foreign }
    switch code {
    case "220":
      if bytes.contains(lowercased: "ftp") || bytes.contains(lowercased: "filezilla") {
        return .foreign
      }
      if bytes.contains(lowercased: "lmtp") { return isLMTP ? .certain(.server) : .foreign }
      if isLMTP { return .foreign }
      if bytes.contains(lowercased: "smtp") { return .certain(.server) }
      guard let line = bytes.firstLine else { return Recognition.undecided(bytes) }
      let lines = [line.extracting(4...).text]
      if ServerBanner.software(in: lines) != nil { return .certain(.server) }
      // RFC 5321 has the domain come first; FTP servers begin with words.
      let name = lines[0].prefix { $0 != " " }
      if HelloForm(String(name)) == .domain, name.utf8.last != .dot { return .certain(.server) }
      return Recognition.undecided(bytes)
    case "354": return .certain(.server)
    case "421", "521", "550", "554":
      if bytes.contains(lowercased: "ftp") { return .foreign }
      if bytes.contains(lowercased: "smtp")
        || EnhancedStatus.parse(bytes.extracting(4...).text) != nil
      {
        return .certain(.server)
      }
      return Recognition.undecided(bytes)
    case "250":
      if EnhancedStatus.parse(bytes.extracting(4...).text) != nil { return .certain(.server) }
      return Recognition.undecided(bytes)
    default: return .foreign
    }
  }

  private static func command(_ bytes: Span<UInt8>, isLMTP: Bool) -> FirstBytes {
    if isLMTP {
      if bytes.hasPrefix(ignoringCase: "LHLO ") { return .certain(.client) }
    } else if bytes.hasPrefix(ignoringCase: "EHLO ") || bytes.hasPrefix(ignoringCase: "HELO ")
      || bytes.hasPrefix(ignoringCase: "MAIL FROM:") || bytes.hasPrefix(ignoringCase: "RCPT TO:")
    {
      return .certain(.client)
    }
    guard let line = bytes.firstLine else {
      return Recognition.canBeCommand(bytes) ? Recognition.undecided(bytes) : .foreign
    }
    let words = line.text.uppercasedASCII.words
    guard let first = words.first else { return Recognition.undecided(bytes) }
    switch (first, words.count) {
    case ("EHLO", 1), ("HELO", 1): return isLMTP ? .foreign : .certain(.client)
    case ("LHLO", 1): return isLMTP ? .certain(.client) : .foreign
    case ("QUIT", 1), ("NOOP", 1), ("RSET", 1), ("HELP", _), ("AUTH", 1...3), ("STARTTLS", 1):
      // FTP has some of these, and two mail protocols the others: the server tells.
      return Recognition.undecided(bytes)
    default: return .foreign
    }
  }
}

import Fields

/// Knows ManageSieve by the first bytes of either side (RFC 5804).
public enum ManageSieveRecognition {
  public static func verdict(of prefix: Span<UInt8>, from side: Side?) -> FirstBytes {
    guard let shown = Recognition.text(prefix) else { return .foreign }
    if side != .client, shown[0] == UInt8(ascii: "\"") { return greeting(shown) }
    return side == .server ? .foreign : command(shown)
  }

  /// The greeting begins with the server's capabilities, mostly with `"IMPLEMENTATION"`.
  private static func greeting(_ bytes: Span<UInt8>) -> FirstBytes {
    let marks = [
      "\"IMPLEMENTATION\" \"", "\"SIEVE\" \"", "\"SASL\" \"", "\"VERSION\" \"", "\"STARTTLS\"",
      "\"NOTIFY\" \"",
    ]
    for mark in marks {
      if bytes.hasPrefix(ignoringCase: mark) { return .certain(.server) }
      if bytes.isPrefix(of: mark) { return .possible }
    }
    return .foreign
  }

  private static func command(_ bytes: Span<UInt8>) -> FirstBytes {
    guard let line = bytes.firstLine else {
      return Recognition.canBeCommand(bytes) ? Recognition.undecided(bytes) : .foreign
    }
    guard let verb = ManageSieveGrammar.verb(of: line) else { return .foreign }
    let words = ManageSieveGrammar.words(in: line)
    guard verb.arguments.contains(words.count - 1) else { return .foreign }
    switch verb {
    case .startTLS, .logout, .noop, .capability:
      // Other protocols have these too: the server tells.
      return Recognition.undecided(bytes)
    case .listScripts, .unauthenticate: return .certain(.client)
    case .authenticate, .haveSpace, .putScript, .setActive, .getScript, .deleteScript,
      .renameScript, .checkScript:
      let isText = words.dropFirst().first.map { $0.kind == .string || $0.kind == .literal }
      return isText == true ? .certain(.client) : .foreign
    }
  }
}

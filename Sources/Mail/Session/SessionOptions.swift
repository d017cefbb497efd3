/// What a session may hold. Reaching a limit is counted in `Session.dropped`.
public struct SessionOptions: Sendable {
  /// Bytes of a command or reply line that are kept; the rest of a longer line is counted.
  public var lineLimit = 65_536
  /// Commands that wait for their replies.
  public var pendingCommandLimit = 1_000
  /// Exchanges that the record keeps.
  public var exchangeLimit = 100_000
  /// Lines of one reply, and answers of one exchange.
  public var linesPerReplyLimit = 10_000
  /// Bytes of text (commands, replies) that the record keeps in all; what follows is parsed, not kept.
  public var storedTextLimit = 16 << 20
  /// Bytes of the client that may wait until a reply decides what they are.
  public var undecidedLimit = 65_536
  public var messageLimit = 100_000
  public var recipientLimit = 100_000
  public var authenticationLimit = 10_000
  public var gapLimit = 100_000
  /// Findings of one code; the others are counted.
  public var findingsPerCodeLimit = 20
  /// Whether it is recorded how an SMTP client speaks.
  public var wantsDialect = true
  /// Whether the dialogue is carried by TLS from its first byte on.
  public var isInsideTLS = false

  public init() {}
}

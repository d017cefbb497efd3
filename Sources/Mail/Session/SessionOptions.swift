/// What a session may hold. Reaching a limit is counted in `Session.dropped`.
public struct SessionOptions: Sendable {
  /// Bytes of a command or reply line that are kept; the rest of a longer line is counted.
  public var lineLimit = 65_536
  /// Commands that wait for their replies.
  public var pendingCommandLimit = 1_000
  /// Bytes that the record takes in memory; what has no room in it is parsed, not kept.
  public var recordLimit = 32 << 20
  /// Bytes of the client that may wait until a reply decides what they are.
  public var undecidedLimit = 65_536
  /// Findings of one code; the others are counted.
  public var findingsPerCodeLimit = 20
  /// Whether it is recorded how an SMTP client speaks.
  public var wantsDialect = true
  /// Whether the dialogue is carried by TLS from its first byte on.
  public var isInsideTLS = false

  public init() {}
}

/// What was dropped where a session may hold no more, by the name that JSON and transcript give it.
///
/// One limit in bytes counts for most of them: what the record takes in memory.
public enum SessionLimit: String, Sendable, CaseIterable, Comparable {
  /// Bytes of a command or reply line.
  case line
  /// Bytes of the client that wait until a reply decides what they are.
  case undecided
  /// Commands that wait for their replies.
  case pendingCommands = "pending-commands"
  case exchanges
  /// Lines of one reply, and answers of one exchange.
  case linesPerReply = "lines-per-reply"
  /// Commands and replies.
  case storedText = "stored-text"
  /// Bytes of one IMAP command or response.
  case text
  /// Untagged responses of one IMAP command.
  case untagged
  case messages
  case recipients
  /// Bytes of a header field, and of all that are kept for a session.
  case headerField = "header-field"
  /// Parts of a message.
  case parts
  case authentications
  /// Secrets that are looked for in what the peers say.
  case secrets
  /// Findings of one code.
  case findings
  case gaps
  /// Bytes of a stream that wait for bytes before them.
  case waitingBytes = "waiting-bytes"
  case segmentsOutsideWindow = "segments-outside-window"
  /// Bytes that a compressed stream becomes.
  case inflatedBytes = "inflated-bytes"
  /// Runs of encrypted records of one side.
  case tlsRuns = "tls-runs"
  /// Compressed streams at the same time.
  case compressedStreams = "compressed-streams"
  /// What came after the session was ended early: all that are open together would take too much memory.
  case openSessions = "open-sessions"

  public static func < (left: SessionLimit, right: SessionLimit) -> Bool {
    left.rawValue < right.rawValue
  }
}

/// A limit on what a session may hold, by the name that JSON and transcript give it where it was hit.
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
  /// Bytes of text that the record keeps.
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

  public static func < (left: SessionLimit, right: SessionLimit) -> Bool {
    left.rawValue < right.rawValue
  }
}

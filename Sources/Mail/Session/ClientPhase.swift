/// What the client's next bytes are, where a protocol goes by lines: the one answer for the session, which waits where a
/// reply decides, and for the tree, which assumes as Wireshark does.
enum ClientPhase: Sendable {
  case command
  /// A line of a SASL exchange.
  case response
  /// A response or a command: the line itself tells, since the reply that would have decided was not captured, or
  /// does not say.
  case responseOrCommand
  /// A reply decides.
  case undecided(Question)
  /// TLS was agreed on: the first byte tells whether it came, or was opened on the way.
  case handshake
  case encrypted

  enum Question: Sendable {
    /// A login, or a response: the next response, or a command.
    case response
    /// `STARTTLS` or `STLS`: TLS, or a command.
    case tls
  }
}

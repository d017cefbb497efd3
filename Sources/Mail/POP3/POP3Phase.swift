/// What the client's next bytes are: the one answer for the session, which waits where a reply decides, and for the tree,
/// which assumes as Wireshark does.
enum POP3Phase: Sendable {
  case command
  /// A line of a SASL exchange (RFC 5034 section 4).
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
    /// `AUTH`, or a response: the next response, or a command.
    case response
    /// `STLS`: TLS, or a command.
    case tls
  }

  /// What follows a command.
  init(after verb: POP3Verb?, hasArgument: Bool) {
    switch verb {
    case .stls: self = .undecided(.tls)
    case .auth where hasArgument: self = .undecided(.response)
    default: self = .command
    }
  }
}

import Fields

/// What the client's next bytes are.
enum IMAPClientPhase: Sendable, Hashable {
  /// A line: a command, the rest of one after its literal, or `DONE`.
  case line
  /// Bytes are missing before them: lines are skipped up to one that is clearly a command.
  case lost
  /// The rest of a literal.
  case literal(Int)
  /// A line that answers the server's challenge (RFC 9051 section 6.2.2).
  case response
  /// The server's answer says what they are.
  case undecided(Question)
  /// TLS was agreed on: the first byte says whether it begins, or was opened on the way.
  case handshake
  case encoded(StreamEncoding)

  enum Question: Sendable, Hashable {
    /// So many bytes of a literal, or, where the server does not want it, a command.
    case literal(Int)
    /// A response of the SASL exchange, or, where that is over, a command.
    case sasl
    /// TLS or a command.
    case startTLS
    /// DEFLATE or a command.
    case compress
  }

  /// After a line that announces a literal.
  init(after literal: LiteralAnnouncement) {
    self = literal.isSynchronizing ? .undecided(.literal(literal.count)) : .literal(literal.count)
  }

  /// After the last line of a command.
  init(after command: IMAPCommand?) {
    self =
      switch command {
      case .authenticate: .undecided(.sasl)
      case .startTLS: .undecided(.startTLS)
      case .compress: .undecided(.compress)
      default: .line
      }
  }

  /// What `+` makes of it.
  var whenContinued: IMAPClientPhase {
    switch self {
    case .undecided(.literal(let count)): .literal(count)
    case .undecided(.sasl): .response
    default: self
    }
  }

  /// What the completion of `command` makes of it, where they wait for that.
  func whenCompleted(_ command: IMAPCommand?, isOK: Bool) -> IMAPClientPhase {
    switch (self, command) {
    case (.undecided(.sasl), .authenticate), (.response, .authenticate): .line
    case (.undecided(.startTLS), .startTLS): isOK ? .handshake : .line
    case (.undecided(.compress), .compress): isOK ? .encoded(.deflate) : .line
    default: self
    }
  }
}

/// What the server's next bytes are: its stream frames itself.
enum IMAPServerPhase: Sendable, Hashable {
  case line
  /// Bytes are missing before them: lines are skipped up to one that is clearly a response.
  case lost
  /// The rest of a literal.
  case literal(Int)
  /// TLS was agreed on: the first byte says whether it begins, or was opened on the way.
  case handshake
  case encoded(StreamEncoding)
}

/// What the commands may be (RFC 9051 section 3).
enum IMAPState: Sendable {
  case unauthenticated
  case authenticated
  case selected
  case loggedOut
  /// The start of the session was not captured.
  case unknown
}

/// How far `COMPRESS` has come (RFC 4978).
enum IMAPCompression: Sendable {
  case none
  /// The server has agreed; nothing was inflated.
  case agreed
  /// What follows is inflated.
  case inflated
  /// Some of what follows could not be inflated.
  case partlyInflated
}

/// What the client's next bytes are: the one answer for the session, which waits where a reply decides, and for the tree,
/// which assumes that the server agrees, as Wireshark does.
enum SMTPPhase: Sendable {
  case command
  /// A message up to its end (RFC 5321 section 4.1.1.4).
  case message
  /// The rest of a `BDAT` chunk (RFC 3030).
  case chunk(remaining: Int, isLast: Bool)
  /// Bytes that are no mail: `XEXCH50`.
  case binary(remaining: Int)
  /// A line of a SASL exchange (RFC 4954).
  case response
  /// A line of a message that is sent though `DATA` was refused: the server takes it for a command.
  case refused
  /// A reply decides.
  case undecided(Question)
  case encrypted
  /// After `TURN` or `ATRN` the sides change roles: no longer read.
  case reversed

  /// What a reply decides.
  enum Question: Sendable {
    /// `DATA`: a message, or the next command.
    case message
    /// `AUTH`, or a response: the next response, or a command.
    case response
    /// `STARTTLS`: TLS, or a command.
    case tls
    /// `XEXCH50`: so many bytes, or a command.
    case binary(Int)
    /// The message met what some servers take for its end.
    case end(MessageBody.Candidate)

    /// Whether a reply with `code` can be the one that decides.
    func isDecided(by code: Int) -> Bool {
      if code >= 400 { return true }
      return switch self {
      case .message, .binary: code == 354
      case .response: code == 334 || code == 235
      case .tls: code == 220
      case .end: true
      }
    }

    /// What the client's bytes are once the server has answered with `code`.
    func decided(by code: Int) -> SMTPPhase {
      switch self {
      case .message: code < 400 ? .message : .command
      case .response: code == 334 ? .response : .command
      case .binary(let count): code == 354 && count > 0 ? .binary(remaining: count) : .command
      case .tls, .end: .command
      }
    }

    /// What the client takes them for that does not wait for the answer.
    var assumed: SMTPPhase {
      switch self {
      case .message, .end: .message
      case .response: .response
      case .binary(let count): count > 0 ? .binary(remaining: count) : .command
      case .tls: .command
      }
    }
  }

  /// What follows a command.
  init(after verb: SMTPVerb?, _ argument: Span<UInt8>) {
    switch verb {
    case .data: self = .undecided(.message)
    case .auth, .xExps:
      self = SMTPGrammar.command(in: argument).verb.isEmpty ? .command : .undecided(.response)
    case .starttls, .xAnonymousTLS: self = .undecided(.tls)
    case .xExch50: self = .undecided(.binary(SMTPGrammar.binarySize(argument) ?? 0))
    case .bdat:
      guard let chunk = SMTPGrammar.chunk(argument) else {
        self = .command
        return
      }
      self = .chunk(remaining: chunk.size, isLast: chunk.isLast)
    default: self = .command
    }
  }

  var isRefused: Bool {
    if case .refused = self { true } else { false }
  }

  /// The reply to this is awaited.
  var question: Question? {
    if case .undecided(let question) = self { question } else { nil }
  }
}

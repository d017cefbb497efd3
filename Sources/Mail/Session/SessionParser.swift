import Fields

/// What one conversation's two streams say, parsed as they come.
///
/// Push bytes of either side in the order in which they became contiguous; the parser keeps an unfinished
/// line or literal and what the session's record needs, nothing else. Closed: a new mail protocol is one
/// case here and one line in `Recognition`.
public enum SessionParser: Sendable {
  /// SMTP and LMTP.
  case smtp(SMTPSession)
  case pop3(POP3Session)
  case imap(IMAPSession)

  /// `midstream`: the start of the conversation was not captured.
  public init(
    _ mailProtocol: MailProtocol, midstream: Bool, options: SessionOptions = SessionOptions()
  ) {
    switch mailProtocol {
    case .smtp, .lmtp:
      self = .smtp(SMTPSession(mailProtocol, midstream: midstream, options: options))
    case .pop3: self = .pop3(POP3Session(midstream: midstream, options: options))
    case .imap: self = .imap(IMAPSession(midstream: midstream, options: options))
    }
  }

  /// Bytes of one side that are contiguous with what came before, `position` being that of the first.
  /// Called in the order in which they became contiguous.
  public mutating func receive<Sink: MessageSink>(
    _ bytes: Span<UInt8>, from side: Side, at position: Position, to sink: inout Sink
  ) {
    switch consume self {
    case .smtp(var session):
      session.receive(bytes, from: side, at: position, to: &sink)
      self = .smtp(session)
    case .pop3(var session):
      session.receive(bytes, from: side, at: position, to: &sink)
      self = .pop3(session)
    case .imap(var session):
      session.receive(bytes, from: side, at: position, to: &sink)
      self = .imap(session)
    }
  }

  /// `length` bytes of `side` were never captured; `position` is where they would have begun.
  public mutating func gap<Sink: MessageSink>(
    _ length: Int, from side: Side, at position: Position, to sink: inout Sink
  ) {
    switch consume self {
    case .smtp(var session):
      session.gap(length, from: side, at: position, to: &sink)
      self = .smtp(session)
    case .pop3(var session):
      session.gap(length, from: side, at: position, to: &sink)
      self = .pop3(session)
    case .imap(var session):
      session.gap(length, from: side, at: position, to: &sink)
      self = .imap(session)
    }
  }

  /// `side` sent FIN, and all its bytes were received.
  public mutating func end(_ side: Side, at position: Position) {
    switch consume self {
    case .smtp(var session):
      session.end(side, at: position)
      self = .smtp(session)
    case .pop3(var session):
      session.end(side, at: position)
      self = .pop3(session)
    case .imap(var session):
      session.end(side, at: position)
      self = .imap(session)
    }
  }

  /// The conversation is over: what is unfinished is closed, findings and verdict are made.
  public mutating func finish<Sink: MessageSink>(
    _ close: SessionClose, to sink: inout Sink
  ) -> Session {
    let record: Session
    switch consume self {
    case .smtp(var session):
      record = session.finish(close, to: &sink)
      self = .smtp(session)
    case .pop3(var session):
      record = session.finish(close, to: &sink)
      self = .pop3(session)
    case .imap(var session):
      record = session.finish(close, to: &sink)
      self = .imap(session)
    }
    return record
  }

  /// Where encrypted bytes of `side` begin (implicit TLS aside), as an offset in its stream; nil while it is clear.
  ///
  /// Whoever can decrypt hands the clear bytes to `receive` after `resumeClear()`.
  public func encryptedOffset(of side: Side) -> Int? {
    switch self {
    case .smtp(let session): session.encryptedOffset(of: side)
    case .pop3(let session): session.encryptedOffset(of: side)
    case .imap(let session): session.encryptedOffset(of: side)
    }
  }

  /// Where compressed bytes of `side` begin (RFC 4978), as an offset in its stream; nil while there are none.
  ///
  /// Whoever can inflate them hands what they become to `receive` after `resumeInflated()`.
  public func compressedOffset(of side: Side) -> Int? {
    if case .imap(let session) = self { session.compressedOffset(of: side) } else { nil }
  }

  /// From now on `receive` gets what was inflated. Returns compressed bytes of the client that came already.
  public mutating func resumeInflated() -> [(bytes: [UInt8], position: Position)] {
    guard case .imap(var session) = self else { return [] }
    let held = session.resumeInflated()
    self = .imap(session)
    return held
  }

  /// Nothing more will come to decide by what the client's bytes are: their look does.
  public mutating func decide<Sink: MessageSink>(to sink: inout Sink) {
    guard case .imap(var session) = self else { return }
    session.decide(to: &sink)
    self = .imap(session)
  }

  /// Nothing that `side` sends from here on can be read, though it was captured.
  public mutating func lose<Sink: MessageSink>(
    _ side: Side, at position: Position, to sink: inout Sink
  ) {
    guard case .imap(var session) = self else { return }
    session.lose(side, at: position, to: &sink)
    self = .imap(session)
  }

  /// From now on `receive` gets what was decrypted; the session goes on as after a handshake.
  public mutating func resumeClear() {
    switch consume self {
    case .smtp(var session):
      session.resumeClear()
      self = .smtp(session)
    case .pop3(var session):
      session.resumeClear()
      self = .pop3(session)
    case .imap(var session):
      session.resumeClear()
      self = .imap(session)
    }
  }
}

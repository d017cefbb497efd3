/// From `MAIL` to the end of the message, `RSET` or a new greeting (RFC 5321 section 3.3).
struct Transaction: Sendable {
  var serial: Int
  /// nil before `MAIL`.
  var envelope: Envelope?
  /// Index in `Session.messages` once `DATA` or `BDAT` began one.
  var message: Int?
  var transfer: Message.Transfer?
  /// `BODY=` of `MAIL`, in upper case.
  var body = "7BIT"
  /// `SIZE=` of `MAIL`.
  var declaredSize: Int?
  var isInternational = false
  /// A chunk was refused: the rest of it goes nowhere.
  var failed = false

  var accepted: Int { envelope?.recipients.count { $0.accepted != false } ?? 0 }
}

/// A command, or a part of one, that waits for its reply.
struct Pending: Sendable {
  enum Step: Sendable {
    case command
    /// A SASL response of the client.
    case sasl
    /// The end of a message, or a chunk of it.
    case messageEnd
    case chunk
    /// The bytes that `XEXCH50` announced.
    case binary
    /// Lines of a message that was sent though `DATA` was refused.
    case refusedLines
  }
  var step: Step
  /// nil for an unknown command.
  var verb: SMTPVerb?
  var name: String
  /// Index in `Session.exchanges`; nil where the record was full.
  var exchange: Int?
  var end: Position
  var path: SMTPPath?
  /// It had its effect, before its reply was known.
  var isApplied = false
  /// What the client's bytes after it are was decided without its reply.
  var isDecided = false
  /// The transaction it belongs to, and which of its recipients.
  var serial = 0
  var recipient: Int?
  var message: Int?
  /// How many lines wait for a reply each.
  var lines = 1
  /// LMTP: the recipients whose replies are still to come; nil before the first.
  var awaitedRecipients: ArraySlice<Int>?

  func admits(_ code: Int) -> Bool {
    if code >= 400 { return true }
    return switch step {
    case .command: verb?.admits(code) ?? true
    case .sasl: code == 334 || code == 235
    case .messageEnd, .chunk, .binary: (250...259).contains(code)
    case .refusedLines: true
    }
  }
}

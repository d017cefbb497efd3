/// A message that went over the wire, without its bytes: those went to the `MessageSink` as they came.
public struct Message: Sendable, Hashable {
  public enum Direction: String, Sendable {
    case submitted
    case retrieved
    case appended
  }
  public enum Outcome: String, Sendable {
    case accepted
    case rejected
    case incomplete
    case retrieved
  }
  public enum Transfer: String, Sendable {
    case data = "DATA"
    case bdat = "BDAT"
    case retr = "RETR"
    case top = "TOP"
    case fetch = "FETCH"
    case append = "APPEND"
  }
  public var direction: Direction
  public var transfer: Transfer
  public var outcome: Outcome = .incomplete
  /// SMTP and LMTP.
  public var envelope: Envelope?
  /// IMAP: mailbox, UID and section where the dialogue tells them.
  public var mailbox: String?
  public var uid: UInt64?
  /// FETCH of a part only: `HEADER`, `1.2`, `<0.100>`; nil where it is the whole message.
  public var section: String?
  /// IMAP: what tells which message of a mailbox it is, and where in it a part lies.
  public var origin = MessageOrigin()
  /// A message that was put together from others: their places in the session's messages.
  public var pieces: [Int] = []
  /// A part of a message that was put together, or that came as a whole too: the place of that.
  public var whole: Int?
  /// Bytes of the message as a mail store would hold it: dot-unstuffed, chunks joined, literals whole.
  public var size = 0
  /// False where bytes are missing (gap, cut off).
  public var complete = false
  /// Where its first and its last byte lie.
  public var start: Position
  public var end: Position

  /// True where what came begins with the message's header: the whole, its header, or its first bytes.
  public var hasHeader: Bool {
    guard let section else { return true }
    return section.hasPrefix("HEADER") || section.hasPrefix("<0.")
  }

  public init(direction: Direction, transfer: Transfer, start: Position) {
    self.direction = direction
    self.transfer = transfer
    self.start = start
    self.end = start
  }
}

/// Which message of a mailbox the bytes of a FETCH or APPEND are of, and where they lie in it.
public struct MessageOrigin: Sendable, Hashable {
  /// The mailbox's UIDVALIDITY, where the server said it.
  public var uidValidity: UInt64?
  /// The message's number, and which selection of a mailbox it counts in: one ends where another mailbox is selected, and
  /// where messages are expunged.
  public var number: UInt64?
  public var selection = 0
  /// Bytes of the part before these, where they are a stretch of it: `<64.100>`.
  public var offset: Int?
  /// `RFC822.SIZE`, where the server said it.
  public var wholeSize: Int?
  /// CATENATE: the command and its message that the text is for.
  public var catenation: Int?
  /// CATENATE: texts that lie on the server and come before this one, and those that come after the last one.
  public var referencesBefore = 0
  public var referencesAfter = 0

  public init() {}
}

/// RFC 5321 section 2.3.1.
public struct Envelope: Sendable, Hashable {
  /// Without angle brackets; empty for the null reverse-path.
  public var sender: String
  /// Of `MAIL`, as sent: `SIZE=1234`, `BODY=8BITMIME`.
  public var parameters: [String]
  public var recipients: [Recipient]

  public init(sender: String, parameters: [String] = [], recipients: [Recipient] = []) {
    self.sender = sender
    self.parameters = parameters
    self.recipients = recipients
  }
}

public struct Recipient: Sendable, Hashable {
  public var address: String
  public var parameters: [String]
  /// nil as long as no reply is known. LMTP: after the message, what its own reply said.
  public var accepted: Bool?
  /// The reply code that decided.
  public var code: Int?
  /// That reply's enhanced code and first line, for the verdict.
  public var enhanced: String?
  public var text: String?

  public init(address: String, parameters: [String] = []) {
    self.address = address
    self.parameters = parameters
  }
}

/// Takes the bytes of messages as they arrive. `message` is the index in `Session.messages`.
///
/// Bytes come as a mail store would hold them, in runs that are valid only for the call.
public protocol MessageSink {
  mutating func begin(_ message: Int)
  /// The same where only a part of a message comes.
  mutating func beginPiece(_ message: Int)
  mutating func receive(_ bytes: Span<UInt8>, of message: Int)
  /// `length` bytes of it were never captured.
  mutating func gap(_ length: Int, in message: Int)
  mutating func end(_ message: Int)
}

extension MessageSink {
  public mutating func beginPiece(_ message: Int) { begin(message) }
}

/// Takes message bytes and keeps nothing.
public struct NoMessageSink: MessageSink {
  public init() {}
  public mutating func begin(_ message: Int) {}
  public mutating func receive(_ bytes: Span<UInt8>, of message: Int) {}
  public mutating func gap(_ length: Int, in message: Int) {}
  public mutating func end(_ message: Int) {}
}

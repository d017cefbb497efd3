import Fields

/// One mail dialogue, as far as the two streams tell it: no addresses, no packets.
public struct Session: Sendable, Hashable {
  public var mailProtocol: MailProtocol
  /// True where the start of the dialogue was not captured.
  public var midstream = false
  public var greeting: Reply?
  public var exchanges: [Exchange] = []
  public var messages: [Message] = []
  public var authentications: [Authentication] = []
  public var findings: [Finding] = []
  public var gaps: [Gap] = []
  /// Set once the dialogue is encrypted: implicit TLS, or after `STARTTLS`.
  public var tls: TLSUse?
  /// What a side sent of a TLS that did not come about.
  public var failedTLS: [TLSAttempt] = []
  /// True after `COMPRESS DEFLATE` (RFC 4978).
  public var compressed = false
  public var clientSoftware: Software?
  public var serverSoftware: Software?
  /// SMTP only.
  public var dialect: Dialect?
  /// One line for a person; set when the session ends.
  public var conclusion: QuotingText = ""
  /// The same as plain text; a view masks secrets in it.
  public var verdict: String { conclusion.text }
  /// What of it a view holds back.
  public internal(set) var secrets = Secrets()
  /// What a limit made us drop, and how often.
  public var dropped: [SessionLimit: Int] = [:]

  public init(_ mailProtocol: MailProtocol) { self.mailProtocol = mailProtocol }
}

/// How a session ended.
public enum SessionClose: String, Sendable {
  case fin
  case reset
  /// The capture ended, or the conversation was idle too long, before it was closed.
  case open
}

public struct TLSUse: Sendable, Hashable {
  public enum Mode: String, Sendable {
    case implicit
    case starttls
  }
  public var mode: Mode
  /// The frame where encrypted bytes begin (after the reply that accepts `STARTTLS`).
  public var frame: Int
  /// What it carries could be read.
  public var isDecrypted = false

  public init(mode: Mode, frame: Int) {
    self.mode = mode
    self.frame = frame
  }
}

/// Records of a side that wanted TLS, or refused it, in a session in which nothing was encrypted.
public struct TLSAttempt: Sendable, Hashable {
  public var from: Side
  /// `TLS Client Hello`
  public var text: String
  public var position: Position
  /// Bytes on the wire.
  public var length: Int

  public init(from: Side, text: String, position: Position, length: Int) {
    (self.from, self.text, self.position, self.length) = (from, text, position, length)
  }
}

/// Bytes that were never captured.
public struct Gap: Sendable, Hashable {
  public var from: Side
  /// Offset in the direction's stream, and length, in bytes.
  public var offset: Int
  public var length: Int
  /// The frame after whose arrival the gap was known to be one.
  public var frame: Int

  public init(from: Side, offset: Int, length: Int, frame: Int) {
    self.from = from
    self.offset = offset
    self.length = length
    self.frame = frame
  }
}

public struct Authentication: Sendable, Hashable {
  public enum Outcome: String, Sendable {
    case accepted
    case rejected
    case unknown
  }
  /// `PLAIN`, `LOGIN`, `CRAM-MD5`, …; `USER`, `APOP`, `LOGIN` for the commands of POP3 and IMAP.
  public var mechanism: String
  public var username: String?
  public var outcome: Outcome
  public var frame: Int
  /// What the mechanism's messages say, field by field, in order.
  public var fields: [SASLField]

  public init(
    mechanism: String, username: String? = nil, outcome: Outcome = .unknown, frame: Int,
    fields: [SASLField] = []
  ) {
    self.mechanism = mechanism
    self.username = username
    self.outcome = outcome
    self.frame = frame
    self.fields = fields
  }
}

public struct Software: Sendable, Hashable {
  public var name: String
  public var version: String?
  /// Where it was found: `banner`, `IMAP ID`, `User-Agent`, `X-Mailer`, `Received`.
  public var source: String

  public init(name: String, version: String? = nil, source: String) {
    self.name = name
    self.version = version
    self.source = source
  }
}

/// How a client speaks SMTP, feature by feature (B@bel, USENIX Security 2012).
public struct Dialect: Sendable, Hashable {
  /// Feature name and what was seen, in a fixed order.
  public var features: [Feature] = []
  /// A short hexadecimal digest of the features, to group clients by.
  public var digest = ""

  public init() {}
}

/// A named trait of a dialect and what was seen of it.
public struct Feature: Sendable, Hashable {
  public var name: String
  public var value: String

  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// Something that breaks an RFC, hurts delivery, or smells of an attack.
public struct Finding: Sendable, Hashable {
  public enum Severity: String, Sendable, CaseIterable, Comparable {
    case note
    case warning
    case error

    public static func < (left: Severity, right: Severity) -> Bool {
      left.rank < right.rank
    }
    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
  }
  /// The entry of the table of findings (`FindingCode`).
  public var code: FindingCode
  public var frame: Int
  /// What happened here, for a person.
  public var said: QuotingText
  /// The same as plain text; a view masks secrets in it.
  public var text: String { said.text }

  public init(_ code: FindingCode, frame: Int, text: QuotingText) {
    self.code = code
    self.frame = frame
    said = text
  }
}

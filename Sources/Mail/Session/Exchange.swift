/// A command and what came of it: its replies, and what else the client said within it.
///
/// Replies that belong to no command (an unsolicited `421`, IMAP data between two commands) are an
/// exchange without a command.
public struct Exchange: Sendable, Hashable {
  public var command: Command?
  /// In the order of the wire. SMTP `DATA`: `354`, then the verdict (LMTP: one for each recipient).
  public var replies: [Reply] = []
  /// What the client sent within the exchange that is no command: SASL responses, `DONE`, parts after a literal.
  public var answers: [Answer] = []
  /// Index into `Session.messages` of the messages that this exchange carried.
  public var messages: [Int] = []

  public init(command: Command? = nil) { self.command = command }
}

/// One command as it was sent.
public struct Command: Sendable, Hashable {
  /// In upper case: `MAIL`, `RETR`, `UID FETCH`; empty where the line has none.
  public var verb: String
  /// Where in `text` what follows the verb begins, after the blank between, in UTF-8 offsets; nil where nothing follows.
  public var argumentStart: Int?
  /// The line as sent, without CRLF; IMAP literals are in it as `{n}` followed by their text where it is
  /// short and printable. Secrets are in it: a view shows what a `SecretMask` makes of it.
  public var text: String
  /// IMAP only.
  public var tag: String?
  /// Where its first byte lies, and where its last byte does.
  public var position: Position
  public var end: Position
  /// Bytes on the wire, line ends and literals included.
  public var length: Int
  /// A part of `text` that is a secret (password, SASL response): UTF-8 offsets.
  public var secret: Range<Int>?
  /// What follows the verb, as sent, up to the end of the text; nil where nothing follows.
  public var argument: String? {
    argumentStart.flatMap { String(text.utf8.dropFirst($0)) }
  }
  /// IMAP: the mailbox it names, in Unicode where the name was sent in modified UTF-7.
  public var mailbox: String?

  public init(
    verb: String, argumentStart: Int? = nil, text: String, tag: String? = nil, position: Position,
    end: Position, length: Int, secret: Range<Int>? = nil
  ) {
    self.verb = verb
    self.argumentStart = argumentStart
    self.text = text
    self.tag = tag
    self.position = position
    self.end = end
    self.length = length
    self.secret = secret
  }
}

/// What the client sent within an exchange that is no command.
public struct Answer: Sendable, Hashable {
  public enum Kind: String, Sendable {
    /// A SASL response (RFC 4422 section 3).
    case sasl
    /// `*`: the client gives the SASL exchange up.
    case cancel
    /// `DONE`, which ends IMAP `IDLE` (RFC 2177).
    case done
    /// Message bytes (`DATA`, a `BDAT` chunk, a literal): `text` is empty, `length` counts them.
    case message
    /// A text that is sent by its length: a script.
    case literal
    /// Bytes that are no mail (SMTP `XEXCH50`): `text` is empty, `length` counts them.
    case binary
    /// A message that was sent though the server had refused it, which takes its lines for commands: `text` is empty,
    /// `lineCount` and `length` count them.
    case refused = "refused-message"
  }
  public var kind: Kind
  /// As sent, without CRLF.
  public var text: String
  /// What a SASL response says once decoded, one item a field: `username=alice`, `password=…`.
  public var decoded: [SASLField]
  public var position: Position
  public var end: Position
  /// Bytes on the wire.
  public var length: Int
  /// Lines of a `refused` message.
  public var lineCount = 0

  public init(
    kind: Kind, text: String, decoded: [SASLField] = [], position: Position, end: Position,
    length: Int
  ) {
    self.kind = kind
    self.text = text
    self.decoded = decoded
    self.position = position
    self.end = end
    self.length = length
  }
}

/// One named part of a SASL message: `username`, `nonce`, `password`, ….
public struct SASLField: Sendable, Hashable {
  public var name: String
  public var value: String
  public var isSecret: Bool

  public init(_ name: String, _ value: String, isSecret: Bool = false) {
    self.name = name
    self.value = value
    self.isSecret = isSecret
  }

  /// A secret that can be repeated, and not a count of bytes in place of one.
  var isText: Bool { isSecret && name != "data" }

  /// The secret of it: a token without the word that says what it is.
  var secretText: String {
    let scheme = "Bearer "
    return name == "token" && value.hasPrefix(ignoringCase: scheme)
      ? String(value.utf8.dropFirst(scheme.utf8.count)) ?? value : value
  }
}

/// One reply of the server.
public struct Reply: Sendable, Hashable {
  public enum Content: Sendable, Hashable {
    case smtp(SMTPReply)
    case status(StatusReply)
    case imap(IMAPReply)
  }
  public var content: Content
  /// What a SASL challenge says that a person cannot read: an error of XOAUTH2 in words.
  public var decoded: [SASLField] = []
  /// Where its first byte lies, and where its last byte does.
  public var position: Position
  public var end: Position
  public var length: Int

  public init(content: Content, position: Position, end: Position, length: Int) {
    self.content = content
    self.position = position
    self.end = end
    self.length = length
  }
}

/// RFC 5321 section 4.2.
public struct SMTPReply: Sendable, Hashable {
  /// 200…599 where the server keeps to the RFC; any three digits otherwise; nil where the line has none. Of several
  /// lines with different codes that of the last one, which clients act on.
  public var code: Int?
  /// RFC 2034: `2.1.0`.
  public var enhanced: String?
  /// The text of each line, as sent, after code and separator (the enhanced code is still in it).
  public var lines: [String]
  /// The code of each line where they are not all the same.
  public var lineCodes: [Int] = []
  /// False where the last line has no end: the client still waits for it.
  public var isTerminated = true

  public init(code: Int?, enhanced: String? = nil, lines: [String]) {
    self.code = code
    self.enhanced = enhanced
    self.lines = lines
  }
}

/// A status with its text, and the lines that come with it: POP3 (RFC 1939 section 3), ManageSieve (RFC 5804 section 1.2).
public struct StatusReply: Sendable, Hashable {
  /// `+OK`, `-ERR`, or `+` for a SASL challenge (RFC 5034); `OK`, `NO`, `BYE`, empty for a challenge.
  public var status: String
  /// `IN-USE` of `-ERR [IN-USE] …` (RFC 2449 section 8), where the text has it too; `(QUOTA/MAXSIZE)` of ManageSieve.
  public var code: String?
  public var text: String
  /// How many lines come with it, their end not counted; nil where there can be none.
  public var lineCount: Int?
  /// The lines, where they are no message (`LIST`, `UIDL`, `CAPA`), dot-unstuffed.
  public var lines: [String]
  /// The status as it was sent, line by line; empty where it is status, blank and text.
  public var shown: [String] = []
  /// The lines come before the status.
  public var linesComeFirst = false

  public init(status: String, text: String, lineCount: Int? = nil, lines: [String] = []) {
    self.status = status
    self.text = text
    self.lineCount = lineCount
    self.lines = lines
  }
}

/// RFC 9051 section 7: the tagged completion with the untagged data before it, or a continuation (`tag` `+`).
public struct IMAPReply: Sendable, Hashable {
  /// `*` for untagged data that no command completes, `+` for a continuation request.
  public var tag: String
  /// `OK`, `NO`, `BAD`, `BYE`, `PREAUTH`; `*` where only untagged data came, empty for a continuation.
  public var status: String
  /// The response code with its brackets: `[READ-WRITE]`.
  public var code: String?
  public var text: String
  public var untagged: [IMAPUntagged]

  public init(
    tag: String, status: String, code: String? = nil, text: String, untagged: [IMAPUntagged] = []
  ) {
    self.tag = tag
    self.status = status
    self.code = code
    self.text = text
    self.untagged = untagged
  }
}

/// One untagged response: `* 3 EXISTS`, `* 1 FETCH (…)`, `* CAPABILITY …`.
public struct IMAPUntagged: Sendable, Hashable {
  /// In upper case: `EXISTS`, `FETCH`, `CAPABILITY`, `OK`.
  public var kind: String
  /// The number before the kind, where there is one.
  public var number: UInt64?
  /// The line after `* `, as sent; a literal is in it as `{n}`, followed by its text where that is short and printable.
  public var text: String
  /// What was parsed of it, name by name in order (`UID` `17`, `FLAGS` `(\Seen)`, `ENVELOPE` …).
  public var items: [IMAPItem]
  public var position: Position
  public var end: Position
  public var length: Int

  public init(
    kind: String, number: UInt64? = nil, text: String, items: [IMAPItem] = [], position: Position,
    end: Position, length: Int
  ) {
    self.kind = kind
    self.number = number
    self.text = text
    self.items = items
    self.position = position
    self.end = end
    self.length = length
  }
}

public struct IMAPItem: Sendable, Hashable {
  public var name: String
  public var value: String

  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

import Fields

/// What a message's header says of it, decoded to Unicode.
public struct MessageHeaders: Sendable, Hashable {
  /// Mailboxes as `Name <address>`; nil where the field is missing.
  public var from: [String]?
  public var to: [String]?
  public var cc: [String]?
  public var subject: String?
  /// As sent, without comments' meaning or zone being looked into.
  public var date: String?
  /// Without the angle brackets, which are no part of it (RFC 5322 section 3.6.4).
  public var messageID: String?
  /// What wrote the message, where a User-Agent or X-Mailer field says it.
  public var software: Software?
  /// It came through a server before: who sends it now is not who wrote it.
  public var wasRelayed = false
  /// What was wrong with the texts of the shown fields.
  public var findings: [MessageFinding] = []

  public init() {}

  /// Whether it has none of the fields that are shown.
  public var isEmpty: Bool {
    from == nil && to == nil && cc == nil && subject == nil && date == nil && messageID == nil
  }
}

/// Reads the fields of a header that are shown, wherever in it they are.
public struct MessageHeadersReader: Sendable {
  private var reader = HeaderReader()
  private var shown = ShownFields()

  public init() {}

  /// The empty line, the end of what is a header, or a gap was reached: nothing more is taken.
  public var isDone: Bool { reader.isDone }

  /// Bytes of the shown fields that were kept.
  public var textLength: Int { shown.textLength }
  /// Shown fields that are missing or cut short, because they were longer than the limits allow.
  public var droppedFields: Int { shown.dropped }
  /// Findings that were too many to keep.
  public var droppedFindings: Int { shown.droppedFindings }

  /// The next bytes of the message.
  public mutating func receive(_ message: Span<UInt8>) {
    reader.receive(message) { shown.take($0) }
  }

  /// Bytes are missing here: what comes after them cannot be known from the header.
  public mutating func gap() { reader.gap { shown.take($0) } }

  /// Ends the message; returns what its header says, nil where none of the fields is there.
  public mutating func finish() -> MessageHeaders? {
    reader.finish { shown.take($0) }
    return shown.headers()
  }
}

/// The shown fields of one header, unfolded: they are decoded when all are there.
struct ShownFields: Sendable {
  /// Bytes of the shown fields of one message that are kept.
  static let textLimit = 1 << 20
  /// Findings of one header that are kept.
  private static let findingLimit = 20
  /// What a field takes beside its bytes.
  private static let fieldCost = 64

  enum Name: String, CaseIterable {
    case from = "From"
    case to = "To"
    case cc = "Cc"
    case subject = "Subject"
    case date = "Date"
    case messageID = "Message-ID"
    case received = "Received"
    case userAgent = "User-Agent"
    case mailer = "X-Mailer"
    /// Its charset is that of the header too, where that has bytes without one.
    case contentType = "Content-Type"

    /// Lists grow with each field; of fields that may be there only once, the first counts.
    var isList: Bool { self == .from || self == .to || self == .cc }

    /// The field that has a name, in any case of letters.
    init?(_ name: Span<UInt8>) {
      for known in Self.all where name.equals(ignoringCase: known.rawValue.utf8.span) {
        self = known
        return
      }
      return nil
    }

    /// A bit of its own.
    var bit: UInt16 { 1 << (Self.all.firstIndex(of: self) ?? 0) }

    private static let all = allCases
  }

  private struct Body {
    var name: Name
    /// Where the field begins in the message.
    var offset: Int
    var bytes: [UInt8]
  }

  private var fields: [Body] = []
  /// The bits of the names that are there.
  private var present: UInt16 = 0
  private var hint: Charset?
  private var findings: [MessageFinding] = []
  private(set) var textLength = 0
  private(set) var dropped = 0
  private(set) var droppedFindings = 0

  mutating func take(_ event: HeaderReader.Event) {
    if case .field(let field) = event { take(field) }
  }

  mutating func take(_ field: HeaderField) {
    guard let name = Name(field.nameBytes), name.isList || !has(name) else { return }
    // That it is there is all that a Received field is asked for.
    let body = name == .received ? [] : field.unfolded
    guard textLength + body.count + Self.fieldCost <= Self.textLimit else {
      dropped += 1
      return
    }
    if field.dropped > 0, name != .received { dropped += 1 }
    textLength += body.count + Self.fieldCost
    present |= name.bit
    fields.append(Body(name: name, offset: field.start, bytes: body))
  }

  private func has(_ name: Name) -> Bool { present & name.bit != 0 }

  private func first(_ name: Name) -> Body? {
    has(name) ? fields.first { $0.name == name } : nil
  }

  /// What the fields say; nil where none of them is there.
  mutating func headers() -> MessageHeaders? {
    guard present & ~Name.contentType.bit != 0 else { return nil }
    hint = first(.contentType).flatMap { ParameterizedValue($0.bytes).charset }
    var headers = MessageHeaders()
    headers.from = mailboxes(.from)
    headers.to = mailboxes(.to)
    headers.cc = mailboxes(.cc)
    headers.subject = text(.subject)
    headers.date = text(.date)
    headers.messageID = text(.messageID).map(MessageHeaders.withoutBrackets)
    headers.software =
      text(.userAgent).flatMap { Software(mailer: $0, source: "User-Agent") }
      ?? text(.mailer).flatMap { Software(mailer: $0, source: "X-Mailer") }
    headers.wasRelayed = has(.received)
    headers.findings = findings
    return headers
  }

  private mutating func mailboxes(_ name: Name) -> [String]? {
    guard has(name) else { return nil }
    var mailboxes: [String] = []
    for body in fields where body.name == name {
      let list = AddressList(body.bytes, hint: hint)
      note(list.problems, body)
      mailboxes += list.mailboxes.map(\.description)
    }
    return mailboxes
  }

  private mutating func text(_ name: Name) -> String? {
    guard let body = first(name) else { return nil }
    let decoded = EncodedWord.decode(body.bytes, hint: hint)
    note(decoded.problems, body)
    return decoded.text.trimmingBlanks
  }

  private mutating func note(_ problems: TextProblems, _ body: Body) {
    for problem in problems.all {
      guard findings.count < Self.findingLimit else {
        droppedFindings += 1
        continue
      }
      findings.append(MessageFinding(problem, of: body.name.rawValue, at: body.offset))
    }
  }
}

extension MessageHeaders {
  /// A message identifier without the brackets around it, which are no part of it (RFC 5322 section 3.6.4).
  static func withoutBrackets(_ text: String) -> String {
    let bytes = text.utf8.span
    guard !bytes.isEmpty, bytes[0] == UInt8(ascii: "<"),
      let end = bytes.firstIndex(of: UInt8(ascii: ">"))
    else { return text }
    return bytes.extracting(1..<end).text
  }
}

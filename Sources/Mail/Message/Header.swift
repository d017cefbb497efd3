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

  public init() {}

  /// Whether it has none of the fields that are shown.
  public var isEmpty: Bool {
    from == nil && to == nil && cc == nil && subject == nil && date == nil && messageID == nil
  }
}

/// Gathers the header of a message from its bytes and reads the fields that are shown.
public struct HeaderReader: Sendable {
  /// Bytes of a header that are looked at.
  public static let limit = 64 << 10

  private var bytes: [UInt8] = []
  private var lineIsEmpty = true
  /// The blank line, the limit or a gap was reached: nothing more is taken.
  public private(set) var isDone = false

  public init() {}

  /// The next bytes of the message.
  public mutating func receive(_ message: Span<UInt8>) {
    var index = 0
    while !isDone, index < message.count {
      let byte = message[index]
      index += 1
      switch byte {
      case .lineFeed where lineIsEmpty: isDone = true
      case .lineFeed: lineIsEmpty = true
      case .carriageReturn: break
      default: lineIsEmpty = false
      }
      bytes.append(byte)
      if bytes.count == Self.limit { isDone = true }
    }
  }

  /// Bytes are missing here: what is behind them cannot be told from the header.
  public mutating func gap() {
    guard !isDone else { return }
    isDone = true
    // The line that was cut is no field.
    let end = bytes.lastIndex(of: .lineFeed) ?? -1
    bytes.removeLast(bytes.count - end - 1)
  }

  /// What was gathered; nil where nothing of it is known here.
  public func headers() -> MessageHeaders? {
    var headers = MessageHeaders()
    var rest = bytes[...]
    while !rest.isEmpty {
      let field = Self.unfolded(&rest)
      guard let colon = field.firstIndex(of: UInt8(ascii: ":")) else { continue }
      let name = String(decoding: field[..<colon], as: UTF8.self).trimmingBlanks.uppercasedASCII
      headers.add(name, field[(colon + 1)...])
    }
    return headers == MessageHeaders() ? nil : headers
  }

  /// Takes one field with its continuation lines from `rest`, without the line ends (RFC 5322 section 2.2.3).
  private static func unfolded(_ rest: inout ArraySlice<UInt8>) -> [UInt8] {
    var field: [UInt8] = []
    repeat {
      let end = rest.firstIndex(of: .lineFeed)
      field += rest[..<(end ?? rest.endIndex)]
      if field.last == .carriageReturn { field.removeLast() }
      rest = rest[(end.map { $0 + 1 } ?? rest.endIndex)...]
    } while rest.first?.isBlank == true
    return field
  }
}

extension MessageHeaders {
  /// Of fields that may stand only once, the first counts; lists grow.
  fileprivate mutating func add(_ name: String, _ body: ArraySlice<UInt8>) {
    var text: String { EncodedWord.decode(body).trimmingBlanks }
    switch name {
    case "FROM": from = (from ?? []) + AddressList.parse(body)
    case "TO": to = (to ?? []) + AddressList.parse(body)
    case "CC": cc = (cc ?? []) + AddressList.parse(body)
    case "SUBJECT": subject = subject ?? text
    case "DATE": date = date ?? text
    case "MESSAGE-ID": messageID = messageID ?? Self.messageID(text)
    case "RECEIVED": wasRelayed = true
    case "USER-AGENT": software = software ?? Software(mailer: text, source: "User-Agent")
    case "X-MAILER": software = software ?? Software(mailer: text, source: "X-Mailer")
    default: break
    }
  }

  private static func messageID(_ text: String) -> String {
    guard text.hasPrefix("<"), let end = text.firstIndex(of: ">") else { return text }
    return String(text[text.index(after: text.startIndex)..<end])
  }
}

import Mail

/// One message of a session, with what a view of messages shows of it.
public struct MessageRecord: Sendable {
  /// Its place in its session's messages.
  public let index: Int
  /// TCP conversation index of its session, as `tcp.stream`.
  public let stream: Int
  public let mailProtocol: MailProtocol
  public let client: SessionRecord.Endpoint
  public let server: SessionRecord.Endpoint
  public let message: Message
  /// nil where nothing is known of its bytes.
  public let content: MessageContent?
}

extension SessionRecord {
  /// The message at `index` of `session.messages`.
  public func message(_ index: Int) -> MessageRecord {
    let message = session.messages[index]
    let content = contents.indices.contains(index) ? contents[index] : nil
    return MessageRecord(
      index: index, stream: stream, mailProtocol: session.mailProtocol, client: client,
      server: server, message: message, content: content?.read(message, messageOptions))
  }
}

extension MessageRecord {
  /// How many attachments it has.
  public var attachmentCount: Int {
    content?.parts.count { $0.part.isAttachment } ?? 0
  }
}

/// What a message becomes files of, once its number is known.
public struct MessageFiles: Sendable {
  struct Attachment: Sendable {
    /// By its place in the message's parts.
    var part: Int
    /// What follows the message's number: `-report.pdf`.
    var name: String
    var bytes: StoredContent
  }
  var bytes: StoredContent?
  /// What comes in front of the bytes.
  var prefix: [UInt8] = []
  var attachments: [Attachment] = []
  /// When its first byte was captured.
  var time: Int64
  var sender: String?

  init(of record: MessageRecord, showsEnvelope: Bool) {
    bytes = record.content?.bytes
    if showsEnvelope { prefix = record.envelopeFields() }
    time = record.message.start.time
    sender = record.message.envelope?.sender
  }

  /// The same with those attachments whose bytes are kept.
  mutating func addAttachments(of record: MessageRecord) {
    var names = SafeNames()
    for (place, part) in (record.content?.parts ?? []).enumerated() {
      guard let bytes = part.bytes else { continue }
      let name = "-" + names.name(for: part.part.wantedName)
      attachments.append(Attachment(part: place, name: name, bytes: bytes))
    }
  }
}

import Mail

/// One message of a session, with what a view of messages shows of it.
public struct MessageRecord: Sendable {
  /// 0, 1, … over the whole capture, as `messages[].id` of the sessions' JSON.
  public let id: Int
  /// The session that carried it.
  public let session: Int
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
      id: firstMessageID + index, session: id, mailProtocol: session.mailProtocol, client: client,
      server: server, message: message, content: content?.read(message, messageOptions))
  }
}

extension MessageRecord {
  /// How many attachments it has.
  public var attachmentCount: Int {
    content?.parts.count { $0.part.isAttachment } ?? 0
  }
}

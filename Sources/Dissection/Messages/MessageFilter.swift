import Fields
import Mail

/// What a filter may ask of a message, beside the fields of its header, which have Wireshark's names (`imf`).
public struct MailFields: FieldSet {
  let mail = Field("mail", "Mail", .proto)
  let stream = Field("mail.stream", "TCP conversation", .uint32)
  let mailProtocol = Field("mail.protocol", "Protocol", .string)
  let direction = Field("mail.direction", "Direction", .string)
  let transfer = Field("mail.transfer", "Transfer", .string)
  let outcome = Field("mail.outcome", "Outcome", .string)
  let complete = Field("mail.complete", "Complete", .boolean)
  let time = Field("mail.time", "Time of first byte", .absoluteTime)
  let client = Field("mail.client", "Address of client", .string)
  let server = Field("mail.server", "Address of server", .string)
  let port = Field("mail.port", "Port of server", .uint16)
  let from = Field("mail.from", "Sender of envelope", .string)
  let to = Field("mail.to", "Recipient of envelope", .string)
  let mailbox = Field("mail.mailbox", "Mailbox", .string)
  let uid = Field("mail.uid", "UID", .uint32)
  let size = Field("mail.size", "Size", .uint64)
  let sha256 = Field("mail.sha256", "SHA-256", .string)
  let sha1 = Field("mail.sha1", "SHA-1", .string)
  let md5 = Field("mail.md5", "MD5", .string)
  let finding = Field("mail.finding", "Finding", .string)
  let part = Field("mail.part", "Part", .string)
  let partType = Field("mail.part.type", "Content type", .string)
  let attachment = Field("mail.attachment", "Attachment", .string)
  let filename = Field("mail.attachment.filename", "File name", .string)
  let attachmentType = Field("mail.attachment.type", "Content type", .string)
  let detectedType = Field("mail.attachment.detected_type", "Type by first bytes", .string)
  let attachmentSize = Field("mail.attachment.size", "Size", .uint64)
  let attachmentSHA256 = Field("mail.attachment.sha256", "SHA-256", .string)
  let attachmentSHA1 = Field("mail.attachment.sha1", "SHA-1", .string)
  let attachmentMD5 = Field("mail.attachment.md5", "MD5", .string)

  public init() {}
  static let fields = Self()
}

/// Chooses messages by a display filter.
public struct MessageFilter: ~Copyable {
  private let filter: DisplayFilter
  private var tree = FieldBuffer()

  /// What it may name.
  static let names = FieldNames(MailFields.all + MessageFields.all)

  public init(_ text: String) throws(RunError) {
    do throws(FilterError) { filter = try DisplayFilter(text, fields: Self.names) } catch {
      throw .filter(error)
    }
  }

  /// Digests that have to be worked out for it.
  public var digests: DigestChoice {
    let fields = MailFields.fields
    var choice: DigestChoice = []
    if asks(for: [fields.md5, fields.attachmentMD5]) { choice.insert(.md5) }
    if asks(for: [fields.sha1, fields.attachmentSHA1]) { choice.insert(.sha1) }
    return choice
  }

  private func asks(for fields: [Field]) -> Bool {
    fields.contains { filter.fields.contains($0.id) }
  }

  mutating func takes(_ record: MessageRecord) -> Bool {
    tree.clear()
    tree.describe(record)
    let none: [UInt8] = []
    return filter.matches(tree, none.span)
  }
}

extension FieldBuffer {
  fileprivate mutating func describe(_ record: MessageRecord) {
    let (fields, message) = (MailFields.fields, record.message)
    add(fields.mail, .none)
    add(fields.stream, record.stream)
    add(fields.mailProtocol, record.mailProtocol.rawValue)
    add(fields.direction, message.direction.rawValue)
    add(fields.transfer, message.transfer.rawValue)
    add(fields.outcome, message.outcome.rawValue)
    add(fields.complete, message.complete)
    add(fields.time, .time(message.start.time))
    add(fields.client, record.client.address)
    add(fields.server, record.server.address)
    add(fields.port, record.server.port)
    add(fields.size, message.size)
    if let envelope = message.envelope {
      add(fields.from, envelope.sender)
      for recipient in envelope.recipients { add(fields.to, recipient.address) }
    }
    if let mailbox = message.mailbox { add(fields.mailbox, mailbox) }
    if let uid = message.uid { add(fields.uid, uid) }
    guard let content = record.content else { return }
    add(content.digests, fields.sha256, fields.sha1, fields.md5)
    for finding in content.findings { add(fields.finding, finding.code.rawValue) }
    if !content.fields.isEmpty { add(MessageFields.mail, .none) }
    for field in content.fields {
      if let known = MessageFields.field(ofHeader: field.name) { add(known, field.value) }
    }
    for part in content.parts { describe(part) }
  }

  private mutating func describe(_ content: PartContent) {
    let (fields, part) = (MailFields.fields, content.part)
    add(fields.part, part.path)
    add(fields.partType, part.contentType)
    guard part.isAttachment else { return }
    add(fields.attachment, part.path)
    if let filename = part.filename { add(fields.filename, filename) }
    add(fields.attachmentType, part.contentType)
    if let type = part.detectedType { add(fields.detectedType, type) }
    add(fields.attachmentSize, part.size)
    add(content.digests, fields.attachmentSHA256, fields.attachmentSHA1, fields.attachmentMD5)
  }

  private mutating func add(
    _ digests: ContentDigests?, _ sha256: Field, _ sha1: Field, _ md5: Field
  ) {
    guard let digests else { return }
    add(sha256, digests.sha256)
    if let value = digests.sha1 { add(sha1, value) }
    if let value = digests.md5 { add(md5, value) }
  }
}

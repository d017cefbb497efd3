import Fields

/// A mail (RFC 5322) as Wireshark's `imf` shows it: header fields with addresses taken apart, then the body by
/// its content type.
enum MessageDescription {
  /// Header fields of one message that are described; the rest is text.
  static let mostFields = 2000

  static func describe(
    _ bytes: Span<UInt8>, at offset: Int, depth: Int = 0, into tree: inout FieldBuffer
  ) {
    tree.describing(.messages) { tree in
      // Fields and columns are all that comes of it.
      guard tree.wantsTree || tree.parts.contains(.columns) else { return }
      describeAll(bytes, at: offset, depth: depth, into: &tree)
    }
  }

  private static func describeAll(
    _ bytes: Span<UInt8>, at offset: Int, depth: Int, into tree: inout FieldBuffer
  ) {
    let fields = MessageFields.fields
    tree.columns.protocolName += "/IMF"
    tree.columns.startInfo()
    tree.addProtocol("imf")
    let top = tree.opened(fields.imf, at: offset, count: bytes.count)
    var type: String?
    var parameters = ""
    var count = 0
    /// Where the body begins. Where the header has no end, Wireshark shows all of it as text once more.
    var position = 0
    var reader = HeaderReader(.wiresharkMessage, limit: 0)
    func take(_ event: HeaderReader.Event) {
      guard count < mostFields else { return }
      switch event {
      case .field(let field):
        count += 1
        guard field.isTerminated else { return }
        position = field.end
        describe(field, of: bytes, at: offset, &type, &parameters, into: &tree)
      case .end(.emptyLine, let body): position = body
      case .end(_, let body):
        if body < bytes.count || position < bytes.count { position = 0 }
      }
    }
    reader.receive(bytes, emit: take)
    reader.finish(emit: take)
    tree.columns.fenceInfo()
    let body = bytes.part(position, bytes.count)
    if let type, !type.isEmpty {
      tree.describe(
        body: body,
        BodyFacts(
          at: offset + position, type: type, parameters: parameters, depth: depth, in: .mail))
    } else {
      describeText(body, at: offset + position, into: &tree)
    }
    tree.close(top)
  }

  private static func describe(
    _ field: HeaderField, of bytes: Span<UInt8>, at offset: Int, _ type: inout String?,
    _ parameters: inout String, into tree: inout FieldBuffer
  ) {
    if !tree.wantsTree, !mayBeInColumns(bytes.part(field.start, field.colon)) { return }
    let fields = MessageFields.fields
    let (colon, end) = (field.colon, field.end)
    var start = colon + 1
    while start < end, bytes[start].isWhiteSpace { start += 1 }
    let textEnd = max(colon + 1, withoutLineEnd(bytes, colon + 1, end))
    if start >= textEnd { start = colon + 1 }
    let value = bytes.part(start, textEnd)
    guard
      let (known, kind) = fields.field(named: bytes.part(field.start, colon).string.lowercased())
    else {
      return describeExtension(bytes, field.start, colon, start, textEnd, at: offset, into: &tree)
    }
    let item = tree.add(known, value, at: offset + start)
    switch kind {
    case .text: break
    case .subject:
      tree.columns.appendInfo {
        $0.write("subject: "); $0.write(printable: value); $0.write(", ")
      }
    case .mailbox:
      tree.open(item)
      describeMailbox(bytes.part(start, end), at: offset + start, into: &tree)
      tree.close(item)
    case .mailboxes, .addresses:
      if kind == .mailboxes, known.id == fields.from.id {
        tree.columns.appendInfo {
          $0.write("from: "); $0.write(printable: value); $0.write(", ")
        }
      }
      guard tree.wantsTree else { break }
      describeList(
        bytes.part(start, end), at: offset + start, item,
        kind == .mailboxes ? fields.mailboxItem : fields.addressItem, into: &tree)
    case .contentType:
      let end = value.firstIndex(of: UInt8(ascii: ";"), from: 0, before: value.count)
      let own = value.part(0, end ?? value.count)
      tree.open(item)
      if let end {
        type = own.string.filter { !$0.isWhitespace }
        let rest = value.part(end + 1, value.count)
        parameters = MediaParameters.compacted(rest)
        tree.add(fields.contentTypeType, own, at: offset + start)
        tree.add(fields.contentTypeParameters, rest, at: offset + start + end + 1)
      }
      tree.close(item)
    }
  }

  /// Whether the columns may depend on a header field of this name.
  private static func mayBeInColumns(_ name: Span<UInt8>) -> Bool {
    switch name.count {
    case 4: name.matches("from")
    case 7: name.matches("subject")
    case 12: name.matches("content-type")
    default: false
    }
  }

  /// The body of a message that has no type, line by line.
  private static func describeText(
    _ bytes: Span<UInt8>, at offset: Int, into tree: inout FieldBuffer
  ) {
    let top = tree.opened(
      MessageFields.fields.messageText, .none, at: offset, count: bytes.count)
    tree.relabel(top, "Message-Text")
    var position = 0
    while position < bytes.count {
      let line = bytes.packetLine(at: position)
      let whole = bytes.part(line.start, line.next)
      tree.addText(at: offset + line.start, count: whole.count) {
        $0.write(printableWithSpaces: whole)
      }
      tree.columns.appendInfo {
        if !$0.isEmpty { $0.write(", ") }
        $0.write(printableWithSpaces: whole)
      }
      position = line.next
    }
    tree.close(top)
  }

  private static func describeExtension(
    _ bytes: Span<UInt8>, _ start: Int, _ colon: Int, _ value: Int, _ end: Int, at offset: Int,
    into tree: inout FieldBuffer
  ) {
    let fields = MessageFields.fields
    let item = tree.add(
      fields.unknown, bytes.part(start, max(end, colon + 1)), at: offset + start)
    tree.open(item)
    tree.note(item, " (Contact Wireshark developers if you want this supported.)")
    tree.add(fields.unknownType, bytes.part(start, colon), at: offset + start)
    tree.add(fields.unknownValue, bytes.part(value, end), at: offset + value)
    tree.close(item)
  }

  /// The addresses of a list, cut at commas, as Wireshark cuts them.
  private static func describeList(
    _ bytes: Span<UInt8>, at offset: Int, _ item: FieldIndex, _ field: Field,
    into tree: inout FieldBuffer
  ) {
    var count = 0
    var start = 0
    tree.open(item)
    while start < bytes.count {
      let end =
        bytes.firstIndex(of: UInt8(ascii: ","), from: start, before: bytes.count)
        ?? bytes.count
      let one = bytes.part(start, end)
      let entry = tree.add(field, one, at: offset + start)
      tree.open(entry)
      let isGroup =
        field.id == MessageFields.fields.addressItem.id
        && describeGroup(one, at: offset + start, into: &tree)
      if !isGroup { describeMailbox(one, at: offset + start, into: &tree) }
      tree.close(entry)
      count += 1
      start = end + 1
    }
    tree.note(item, ", \(count) item\(count == 1 ? "" : "s")")
    tree.close(item)
  }

  /// `Display Name <address>`, or an address alone.
  private static func describeMailbox(
    _ bytes: Span<UInt8>, at offset: Int, into tree: inout FieldBuffer
  ) {
    let fields = MessageFields.fields
    guard let open = bytes.firstIndex(of: UInt8(ascii: "<"), from: 0, before: bytes.count) else {
      tree.add(fields.address, bytes, at: offset)
      return
    }
    var (start, end) = (0, open)
    while start < end, bytes[start].isWhiteSpace { start += 1 }
    if end > start, bytes[end - 1] == 0x20 { end -= 1 }
    if end > start {
      tree.add(fields.displayName, bytes.part(start, end), at: offset + start)
    }
    guard let close = bytes.firstIndex(of: UInt8(ascii: ">"), from: open, before: bytes.count)
    else { return }
    tree.add(fields.address, bytes.part(open + 1, close), at: offset + open + 1)
  }

  /// `Group: address;` (RFC 5322 section 3.4), as far as commas have left it whole; false where there is none.
  private static func describeGroup(
    _ bytes: Span<UInt8>, at offset: Int, into tree: inout FieldBuffer
  ) -> Bool {
    var colon = 0
    var isQuoted = false
    while colon < bytes.count, isQuoted || bytes[colon] != UInt8(ascii: ":") {
      if bytes[colon] == UInt8(ascii: "\"") { isQuoted.toggle() }
      if !isQuoted, bytes[colon] == UInt8(ascii: "<") { return false }
      colon += 1
    }
    guard colon < bytes.count else { return false }
    let fields = MessageFields.fields
    let name = tree.add(fields.displayName, bytes.part(0, colon), at: offset)
    var start = colon + 1
    while start < bytes.count, bytes[start].isWhiteSpace { start += 1 }
    guard start < bytes.count, bytes[start] != UInt8(ascii: ";") else { return true }
    let member = bytes.part(start, bytes.count)
    tree.note(name, ", 1 item")
    tree.open(name)
    let item = tree.add(fields.addressItem, member, at: offset + start)
    tree.open(item)
    describeMailbox(member, at: offset + start, into: &tree)
    tree.close(name)
    return true
  }

  private static func withoutLineEnd(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
    var stop = end
    if stop > start, bytes[stop - 1] == 0x0a { stop -= 1 }
    if stop > start, bytes[stop - 1] == 0x0d { stop -= 1 }
    return stop
  }
}

extension HeaderReader.Syntax {
  /// What Wireshark takes for fields of a message, and of a part of one.
  static let wiresharkMessage = Self(name: .anyBeforeColon, endsLinesAtCR: true)
  static let wiresharkPart = Self(name: .anyInField, endsLinesAtCR: true)
}

/// The fields of a mail, as Wireshark names them.
public struct MessageFields: FieldSet {
  let imf = Field("imf", "Internet Message Format", .proto)
  let date = Field("imf.date", "Date", .string)
  let from = Field("imf.from", "From", .string)
  let sender = Field("imf.sender", "Sender", .string)
  let replyTo = Field("imf.reply_to", "Reply-To", .string)
  let to = Field("imf.to", "To", .string)
  let cc = Field("imf.cc", "Cc", .string)
  let bcc = Field("imf.bcc", "Bcc", .string)
  let messageID = Field("imf.message_id", "Message-ID", .string)
  let inReplyTo = Field("imf.in_reply_to", "In-Reply-To", .string)
  let references = Field("imf.references", "References", .string)
  let subject = Field("imf.subject", "Subject", .string)
  let comments = Field("imf.comments", "Comments", .string)
  let userAgent = Field("imf.user_agent", "User-Agent", .string)
  let keywords = Field("imf.keywords", "Keywords", .string)
  let resentDate = Field("imf.resent.date", "Resent-Date", .string)
  let resentFrom = Field("imf.resent.from", "Resent-From", .string)
  let resentSender = Field("imf.resent.sender", "Resent-Sender", .string)
  let resentTo = Field("imf.resent.to", "Resent-To", .string)
  let resentCc = Field("imf.resent.cc", "Resent-Cc", .string)
  let resentBcc = Field("imf.resent.bcc", "Resent-Bcc", .string)
  let resentMessageID = Field("imf.resent.message_id", "Resent-Message-ID", .string)
  let returnPath = Field("imf.return_path", "Return-Path", .string)
  let received = Field("imf.received", "Received", .string)
  let contentType = Field("imf.content.type", "Content-Type", .string)
  let contentTypeType = Field("imf.content.type.type", "Type", .string)
  let contentTypeParameters = Field("imf.content.type.parameters", "Parameters", .string)
  let contentDescription = Field("imf.content.description", "Content-Description", .string)
  let contentID = Field("imf.content.id", "Content-ID", .string)
  let transferEncoding = Field(
    "imf.content.transfer_encoding", "Content-Transfer-Encoding", .string)
  let mimeVersion = Field("imf.mime_version", "MIME-Version", .string)
  let autoForwarded = Field("imf.autoforwarded", "Autoforwarded", .string)
  let autoSubmitted = Field("imf.autosubmitted", "Autosubmitted", .string)
  let contentIdentifier = Field("imf.x400_content_identifier", "X400-Content-Identifier", .string)
  let contentLanguage = Field("imf.content_language", "Content-Language", .string)
  let conversion = Field("imf.conversion", "Conversion", .string)
  let conversionWithLoss = Field("imf.conversion_with_loss", "Conversion-With-Loss", .string)
  let deliveryDate = Field("imf.delivery_date", "Delivery-Date", .string)
  let discardedIPMS = Field(
    "imf.discarded_x400_ipms_extensions", "Discarded-X400-IPMS-Extensions", .string)
  let discardedMTS = Field(
    "imf.discarded_x400_mts_extensions", "Discarded-X400-MTS-Extensions", .string)
  let dlExpansionHistory = Field("imf.dl_expansion_history", "DL-Expansion-History", .string)
  let deferredDelivery = Field("imf.deferred_delivery", "Deferred-Delivery", .string)
  let expires = Field("imf.expires", "Expires", .string)
  let importance = Field("imf.importance", "Importance", .string)
  let incompleteCopy = Field("imf.incomplete_copy", "Incomplete-Copy", .string)
  let latestDeliveryTime = Field("imf.latest_delivery_time", "Latest-Delivery-Time", .string)
  let messageType = Field("imf.message_type", "Message-Type", .string)
  let originalEncoded = Field(
    "imf.original_encoded_information_types", "Original-Encoded-Information-Types", .string)
  let originatorReturn = Field(
    "imf.originator_return_address", "Originator-Return-Address", .string)
  let priority = Field("imf.priority", "Priority", .string)
  let replyBy = Field("imf.reply_by", "Reply-By", .string)
  let sensitivity = Field("imf.sensitivity", "Sensitivity", .string)
  let supersedes = Field("imf.supersedes", "Supersedes", .string)
  let x400ContentType = Field("imf.x400_content_type", "X400-Content-Type", .string)
  let mtsIdentifier = Field("imf.x400_mts_identifier", "X400-MTS-Identifier", .string)
  let originator = Field("imf.x400_originator", "X400-Originator", .string)
  let x400Received = Field("imf.x400_received", "X400-Received", .string)
  let recipients = Field("imf.x400_recipients", "X400-Recipients", .string)
  let deliveredTo = Field("imf.delivered_to", "Delivered-To", .string)
  let mailer = Field("imf.ext.mailer", "X-Mailer", .string)
  let mimeOLE = Field("imf.ext.mimeole", "X-MimeOLE", .string)
  let expiryDate = Field("imf.ext.expiry-date", "Expiry-Date", .string)
  let tnefCorrelator = Field("imf.ext.tnef-correlator", "X-MS-TNEF-Correlator", .string)
  let uidl = Field("imf.ext.uidl", "X-UIDL", .string)
  let authenticationWarning = Field(
    "imf.ext.authentication_warning", "X-Authentication-Warning", .string)
  let virusScanned = Field("imf.ext.virus_scanned", "X-Virus-Scanned", .string)
  let originalTo = Field("imf.ext.original-to", "X-Original-To", .string)
  let threadIndex = Field("imf.thread-index", "Thread-Index", .string)
  let lines = Field("imf.lines", "Lines", .string)
  let precedence = Field("imf.precedence", "Precedence", .string)
  let unknown = Field("imf.extension", "Unknown-Extension", .string)
  let unknownType = Field("imf.extension.type", "Type", .string)
  let unknownValue = Field("imf.extension.value", "Value", .string)
  let displayName = Field("imf.display_name", "Display-Name", .string)
  let address = Field("imf.address", "Address", .string)
  let addressItem = Field("imf.address_list.item", "Item", .string)
  let mailboxItem = Field("imf.mailbox_list.item", "Item", .string)
  let messageText = Field("imf.message_text", "Message-Text", .none)

  public init() {}
  static let fields = Self()

  enum Kind: Sendable {
    case text
    case subject
    case mailbox
    case mailboxes
    case addresses
    case contentType
  }

  private static let named: [String: (Field, Kind)] = {
    let fields = Self.fields
    let kinds: [FieldID: Kind] = [
      fields.subject.id: .subject, fields.sender.id: .mailbox, fields.resentSender.id: .mailbox,
      fields.deliveredTo.id: .mailbox, fields.originalTo.id: .addresses,
      fields.from.id: .mailboxes, fields.resentFrom.id: .mailboxes, fields.replyTo.id: .addresses,
      fields.to.id: .addresses, fields.cc.id: .addresses, fields.bcc.id: .addresses,
      fields.resentTo.id: .addresses, fields.resentCc.id: .addresses,
      fields.resentBcc.id: .addresses, fields.contentType.id: .contentType,
    ]
    let parts: Set<FieldID> = [
      fields.imf.id, fields.unknown.id, fields.unknownType.id, fields.unknownValue.id,
      fields.displayName.id, fields.address.id, fields.addressItem.id, fields.messageText.id,
      fields.contentTypeType.id, fields.contentTypeParameters.id,
    ]
    var named: [String: (Field, Kind)] = [:]
    for field in Self.all where !parts.contains(field.id) {
      named[field.label.lowercased()] = (field, kinds[field.id] ?? .text)
    }
    return named
  }()

  /// The field for a header name in lower case; nil for those that Wireshark does not know.
  func field(named name: String) -> (Field, Kind)? { Self.named[name] }

  /// The same, whatever the case of the name's letters.
  package static func field(ofHeader name: String) -> Field? { named[name.lowercased()]?.0 }
  /// The mail itself.
  package static let mail = fields.imf
}

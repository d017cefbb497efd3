import Fields
import Mail

// The JSON of a message: the same in the documents of sessions and of messages.

/// What a document has of a message beside the message itself.
struct MessageObjectOptions {
  /// Where its first byte lies.
  var showsOffsets = false
  /// Time, client and server, where no session is in the document.
  var showsEnds = false
}

extension JSONWriter {
  /// The members of a message's object. `files`: where it was written to.
  mutating func members(
    of record: MessageRecord, _ options: MessageObjectOptions, _ files: MessageFiles? = nil
  ) {
    let (message, content) = (record.message, record.content)
    member("id", messageNumber: record.index)
    raw("session") { $0.write(.number) }
    if files?.bytes != nil { file(".eml", of: record) }
    if options.showsEnds {
      member("time", time: message.start.time)
      for (name, endpoint) in [("client", record.client), ("server", record.server)] {
        object(name) {
          $0.member("address", endpoint.address)
          $0.member("port", Int(endpoint.port))
        }
      }
    }
    member("protocol", record.mailProtocol.rawValue)
    member("direction", message.direction.rawValue)
    if let envelope = message.envelope { object("envelope") { $0.members(of: envelope) } }
    member("mailbox", message.mailbox)
    member("uid", message.uid.map { Int(clamping: $0) })
    member("uidValidity", message.origin.uidValidity.map { Int(clamping: $0) })
    member("section", message.section)
    if !message.pieces.isEmpty {
      array("pieces") { for piece in message.pieces { $0.member(messageNumber: piece) } }
    }
    if let whole = message.whole { member("partOf", messageNumber: whole) }
    member("outcome", message.outcome.rawValue)
    member("transfer", message.transfer.rawValue)
    member("size", message.size)
    members(of: content?.digests)
    member("complete", message.complete)
    if let gaps = content?.gaps, !gaps.isEmpty {
      array("gaps") { json in
        for gap in gaps {
          json.object {
            $0.member("offset", gap.offset)
            $0.member("length", gap.length)
          }
        }
      }
    }
    if let headers = content?.headers, !headers.isEmpty {
      object("headers") { $0.members(of: headers) }
    }
    if let content {
      members(of: content, of: record, files)
    }
    object("frames") {
      $0.member("first", message.start.frame)
      $0.member("last", message.end.frame)
    }
    if options.showsOffsets { offsets(of: message.start) }
  }

  private mutating func members(
    of content: MessageContent, of record: MessageRecord, _ files: MessageFiles?
  ) {
    let names = Dictionary(
      uniqueKeysWithValues: (files?.attachments ?? []).map { ($0.part, $0.name) })
    if !content.fields.isEmpty {
      array("fields") { json in
        for field in content.fields {
          json.object {
            $0.member("name", field.name)
            $0.member("value", field.value)
            $0.member("raw", field.raw)
          }
        }
      }
    }
    if !content.parts.isEmpty {
      array("parts") { json in
        for (index, part) in content.parts.enumerated() {
          json.object {
            $0.member("path", part.part.path)
            if let name = names[index] { $0.file(name, of: record) }
            $0.members(of: part)
          }
        }
      }
    }
    members(of: content.trace)
    members(of: content.signatures)
    members(of: content.names)
    if content.findings.isEmpty { return }
    array("findings") { json in
      for finding in content.findings {
        json.object {
          $0.members(of: finding.code, record.message.start.frame, finding.text)
          $0.member("part", finding.part)
        }
      }
    }
  }

  /// The name of a file: the message's number, and what follows that.
  private mutating func file(_ name: String, of record: MessageRecord) {
    raw("file") {
      $0.write("\"")
      $0.write(.fileNumber, index: record.index)
      $0.write(name)
      $0.write("\"")
    }
  }

  private mutating func members(of content: PartContent) {
    let part = content.part
    member("contentType", part.contentType)
    member("detectedType", part.detectedType)
    member("charset", part.charset)
    member("encoding", part.encoding)
    member("disposition", part.disposition)
    member("filename", part.filename)
    member("contentId", part.contentID)
    if part.kind != .multipart {
      member("size", part.size)
      members(of: content.digests)
    }
    if !part.isComplete { member("complete", false) }
  }

  /// The members of a finding's object.
  mutating func members(of code: FindingCode, _ frame: Int, _ text: String) {
    member("code", code.rawValue)
    member("severity", code.severity.rawValue)
    member("frame", frame)
    member("text", text)
    member("reference", code.reference)
  }

  /// Where something lies in its stream and in the file.
  mutating func offsets(of position: Position) {
    member("streamOffset", position.streamOffset)
    member("fileOffset", position.fileOffset)
  }

  private mutating func members(of digests: ContentDigests?) {
    member("sha256", digests?.sha256)
    member("sha1", digests?.sha1)
    member("md5", digests?.md5)
  }

  private mutating func members(of envelope: Envelope) {
    member("sender", envelope.sender)
    strings("parameters", envelope.parameters)
    array("recipients") { json in
      for recipient in envelope.recipients {
        json.object {
          $0.member("address", recipient.address)
          $0.strings("parameters", recipient.parameters)
          $0.member("accepted", recipient.accepted)
          $0.member("code", recipient.code)
        }
      }
    }
  }

  private mutating func members(of headers: MessageHeaders) {
    member("from", headers.from?.joined(separator: ", "))
    if let to = headers.to { strings("to", to) }
    if let cc = headers.cc { strings("cc", cc) }
    member("subject", headers.subject)
    member("date", headers.date)
    member("messageId", headers.messageID)
  }
}

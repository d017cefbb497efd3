import Fields

/// IMAP4 (RFC 9051), described segment by segment as Wireshark's `imap` shows it.
///
/// Where Wireshark guesses, this follows the dialogue: every literal of a line, messages that a client appends, and
/// what it sends between a command and its answer (SASL, IDLE).
public struct IMAPPackets: PDUDissector {
  private struct Request: Sendable {
    let tag: [UInt8]
    let frame: Int
    let time: Int64
  }
  /// Requests whose answer has not come; the oldest give way.
  private static let mostOpen = 1000

  private var open: [Request] = []
  /// Bytes of a literal that was too long to wait for, by side.
  private var skipped = [0, 0]
  /// The tag of a command whose client line has a literal, or waits for a continuation.
  private var isContinued = false
  private var appends = false
  private var awaitsTLS: [UInt8]?
  private var awaitsCompression: [UInt8]?
  /// The server has agreed to TLS: what follows is TLS.
  private var hasStartedTLS = false
  /// The server has agreed to compression: what follows is DEFLATE.
  public private(set) var isCompressed = false

  public init() {}

  public mutating func describe(
    _ bytes: Span<UInt8>, _ facts: PDUFacts, into tree: inout FieldBuffer
  ) -> PDUOutcome {
    let outcome = describeSegment(bytes, facts, into: &tree)
    guard hasStartedTLS else { return outcome }
    // Where TLS does not come (a capture of decrypted traffic), the dialogue goes on.
    hasStartedTLS = false
    return .encoded(from: bytes.count, .tls)
  }

  private mutating func describeSegment(
    _ bytes: Span<UInt8>, _ facts: PDUFacts, into tree: inout FieldBuffer
  ) -> PDUOutcome {
    guard !isCompressed else { return .foreign }
    let fields = IMAPFields.fields
    let isRequest = facts.side == .client
    let side = isRequest ? 0 : 1
    if skipped[side] == 0, facts.canAskForMore, !bytes.packetLine(at: 0).isTerminated {
      return .unfinished(from: 0, needs: .oneMoreSegment)
    }
    tree.columns.protocolName = "IMAP"
    tree.addProtocol("imap")
    let top = tree.opened(fields.imap, count: bytes.count)
    tree.add(fields.isRequest, isRequest, .hidden)
    var outcome = PDUOutcome.described
    var info: Range<Int>?
    var infoIsTagged = false
    var mails: [Range<Int>] = []
    var position = 0
    if skipped[side] > 0 {
      position = min(skipped[side], bytes.count)
      skipped[side] -= position
      tree.addText(at: 0, count: position) {
        $0.write("Literal data (\(position) byte\(position == 1 ? "" : "s"))")
      }
    }
    walk: while position < bytes.count {
      let start = position
      let line = bytes.packetLine(at: position)
      if !line.isTerminated, facts.canAskForMore {
        outcome = .unfinished(from: start, needs: .oneMoreSegment)
        break
      }
      // The literals of the line, each with the text behind it, before anything is shown.
      var end = line.next
      var literal = Self.literal(bytes, line)
      var pieces: [(text: PacketLine, literal: Range<Int>?)] = []
      var text = line
      while let count = literal {
        let available = bytes.count - end
        if count > available {
          if facts.canAskForMore {
            let missing = count - available
            outcome = .unfinished(
              from: start, needs: missing > 1 << 18 ? .bytes(missing) : .oneMoreSegment)
            break walk
          }
          skipped[side] = count - available
          pieces.append((text, end..<bytes.count))
          end = bytes.count
          literal = nil
          break
        }
        pieces.append((text, end..<end + count))
        end += count
        guard end < bytes.count else {
          if facts.canAskForMore {
            outcome = .unfinished(from: start, needs: .oneMoreSegment)
            break walk
          }
          text = PacketLine(start: end, end: end, next: end)
          break
        }
        text = bytes.packetLine(at: end)
        if !text.isTerminated, facts.canAskForMore {
          outcome = .unfinished(from: start, needs: .oneMoreSegment)
          break walk
        }
        end = text.next
        literal = Self.literal(bytes, text)
      }
      if pieces.isEmpty || text.next > text.start { pieces.append((text, nil)) }
      if pieces.count > 1 { isContinued = false }
      let isTagged = describeLine(bytes, line, isRequest, facts, into: &tree)
      if info == nil || isTagged, !infoIsTagged || isTagged {
        info = line.start..<line.end
        infoIsTagged = isTagged
      }
      let isAppended = isRequest && isAppend(bytes, line)
      for (index, piece) in pieces.enumerated() {
        if index > 0 {
          if isRequest {
            describePlain(bytes, piece.text, into: &tree)
          } else {
            _ = describeLine(bytes, piece.text, false, facts, into: &tree)
          }
        }
        guard let range = piece.literal else { continue }
        if isAppended || !isRequest && Self.isMail(bytes, piece.text) {
          mails.append(range)
        } else {
          MediaDescription.describeLines(
            bytes.part(range.lowerBound, range.upperBound), at: range.lowerBound, type: nil,
            into: &tree)
        }
      }
      position = end
    }
    tree.close(top)
    if let info, mails.isEmpty {
      tree.columns.startInfo()
      tree.columns.appendInfo {
        $0.write(isRequest ? "Request: " : "Response: ")
        $0.write(printable: bytes.part(info.lowerBound, info.upperBound))
      }
    }
    for mail in mails {
      MessageDescription.describe(
        bytes.part(mail.lowerBound, mail.upperBound), at: mail.lowerBound, into: &tree)
    }
    return outcome
  }

  /// The length of the literal that the line announces: `{310}`, `{310+}`, `~{310}`.
  private static func literal(_ bytes: Span<UInt8>, _ line: PacketLine) -> Int? {
    guard line.isTerminated, line.count >= 3, bytes[line.end - 1] == UInt8(ascii: "}") else {
      return nil
    }
    var index = line.end - 2
    if bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-") { index -= 1 }
    var value = 0
    var scale = 1
    var digits = 0
    while index >= line.start, bytes[index].isASCIIDigit, digits < 12 {
      value += Int(bytes[index] - 0x30) * scale
      scale *= 10
      digits += 1
      index -= 1
    }
    guard digits > 0, index >= line.start, bytes[index] == UInt8(ascii: "{") else { return nil }
    return value
  }

  /// Whether the literal at the line's end is a message, or a part of its header.
  private static func isMail(_ bytes: Span<UInt8>, _ line: PacketLine) -> Bool {
    var end = line.end
    while end > line.start, bytes[end - 1] != UInt8(ascii: "{") { end -= 1 }
    end -= 1
    while end > line.start, bytes[end - 1] == 0x20 || bytes[end - 1] == UInt8(ascii: "~") {
      end -= 1
    }
    if end > line.start, bytes[end - 1] == UInt8(ascii: ">") {
      while end > line.start, bytes[end - 1] != UInt8(ascii: "<") { end -= 1 }
      end -= 1
    }
    guard end > line.start else { return false }
    guard bytes[end - 1] == UInt8(ascii: "]") else {
      return end - line.start >= 6 && bytes.matches("rfc822", at: end - 6)
        || end - line.start >= 13 && bytes.matches("rfc822.header", at: end - 13)
    }
    var start = end - 1
    while start > line.start, bytes[start - 1] != UInt8(ascii: "[") { start -= 1 }
    if end - 1 == start { return true }
    // A part's number may stand before: `[1.2.HEADER]`.
    while start < end, bytes[start].isASCIIDigit || bytes[start] == UInt8(ascii: ".") { start += 1 }
    return bytes.matches("header", at: start) || bytes.matches("mime", at: start)
  }

  private func isAppend(_ bytes: Span<UInt8>, _ line: PacketLine) -> Bool {
    let content = bytes.part(line.start, line.end)
    return content.matches("append ", at: content.token(at: 0, before: content.count).next)
  }

  private func describePlain(
    _ bytes: Span<UInt8>, _ line: PacketLine, into tree: inout FieldBuffer
  ) {
    tree.add(IMAPFields.fields.line, bytes.part(line.start, line.next), at: line.start)
  }

  /// True where the line has a tag.
  private mutating func describeLine(
    _ bytes: Span<UInt8>, _ line: PacketLine, _ isRequest: Bool, _ facts: PDUFacts,
    into tree: inout FieldBuffer
  ) -> Bool {
    let fields = IMAPFields.fields
    let content = bytes.part(line.start, line.end)
    let item = tree.add(fields.line, bytes.part(line.start, line.next), at: line.start)
    guard content.count > 0 else { return false }
    let tag = content.token(at: 0, before: content.count)
    let mark = tag.end == 1 ? content[0] : 0
    if isRequest {
      // After a continuation request of the server, a line is no command.
      if isContinued || content.matches("done") && tag.end == 4 {
        isContinued = false
        return false
      }
      tree.open(item)
      describeRequest(content, tag, at: line.start, facts, into: &tree)
      tree.close(item)
      return true
    }
    guard mark != UInt8(ascii: "*") else { return false }
    isContinued = mark == UInt8(ascii: "+")
    tree.open(item)
    describeResponse(content, tag, at: line.start, facts, into: &tree)
    tree.close(item)
    return true
  }

  private mutating func describeRequest(
    _ content: Span<UInt8>, _ tag: (end: Int, next: Int), at offset: Int, _ facts: PDUFacts,
    into tree: inout FieldBuffer
  ) {
    let fields = IMAPFields.fields
    let name = content.part(0, tag.end)
    tree.add(fields.request, content, at: offset)
    guard tag.end > 0 else { return }
    tree.add(fields.requestTag, name, at: offset)
    tree.add(fields.tag, name, at: offset, .hidden)
    remember(name, facts)
    guard tag.next < content.count else { return }
    let first = content.token(at: tag.next, before: content.count)
    let command = content.part(tag.next, first.end)
    var verb = first
    if command.count == 3, command.matches("uid") {
      tree.add(fields.requestUID, true, at: offset + tag.next, count: 3)
      guard first.next < content.count else { return }
      verb = content.token(at: first.next, before: content.count)
      tree.add(
        fields.requestCommand, content.part(first.next, verb.end), at: offset + first.next)
    } else {
      tree.add(fields.requestCommand, command, at: offset + tag.next)
    }
    tree.add(fields.command, command, at: offset + tag.next, .hidden)
    let argument = content.token(at: verb.next, before: content.count)
    let word = content.part(verb.next, argument.end)
    switch command.string.lowercased() {
    case "login":
      if word.count > 0 {
        tree.add(fields.username, Self.unquoted(word), at: offset + verb.next)
      }
      let second = content.token(at: argument.next, before: content.count)
      if second.end > argument.next {
        tree.add(
          fields.password, Self.unquoted(content.part(argument.next, second.end)),
          at: offset + argument.next)
      }
    case "select", "examine", "create", "delete", "rename", "subscribe", "unsubscribe", "status",
      "append":
      if word.count > 0 { tree.add(fields.folder, word, at: offset + verb.next) }
    case "copy":
      let second = content.token(at: argument.next, before: content.count)
      if second.end > argument.next {
        tree.add(
          fields.folder, content.part(argument.next, second.end), at: offset + argument.next)
      }
    case "starttls": awaitsTLS = name.array
    case "compress": awaitsCompression = name.array
    default: break
    }
  }

  private mutating func describeResponse(
    _ content: Span<UInt8>, _ tag: (end: Int, next: Int), at offset: Int, _ facts: PDUFacts,
    into tree: inout FieldBuffer
  ) {
    let fields = IMAPFields.fields
    let name = content.part(0, tag.end)
    tree.add(fields.response, content, at: offset)
    guard tag.end > 0 else { return }
    tree.add(fields.responseTag, name, at: offset)
    tree.add(fields.tag, name, at: offset, .hidden)
    guard tag.next < content.count else { return }
    let status = content.token(at: tag.next, before: content.count)
    let word = content.part(tag.next, status.end)
    tree.add(fields.status, word, at: offset + tag.next)
    if status.next < content.count {
      let command = content.token(at: status.next, before: content.count)
      let text = content.part(status.next, command.end)
      tree.add(fields.responseCommand, text, at: offset + status.next)
      tree.add(fields.command, text, at: offset + status.next, .hidden)
    }
    let own = name.array
    let isOK = word.count == 2 && word.matches("ok")
    if awaitsTLS == own {
      awaitsTLS = nil
      if isOK { hasStartedTLS = true }
    }
    if awaitsCompression == own {
      awaitsCompression = nil
      if isOK { isCompressed = true }
    }
    guard let index = open.lastIndex(where: { $0.tag == own }) else { return }
    let request = open.remove(at: index)
    tree.add(fields.requestIn, request.frame, .generated)
    tree.add(fields.time, .time(facts.time &- request.time), .generated)
  }

  @_lifetime(copy word)
  private static func unquoted(_ word: Span<UInt8>) -> Span<UInt8> {
    guard word.count >= 2, word[0] == UInt8(ascii: "\""),
      word[word.count - 1] == UInt8(ascii: "\"")
    else { return word }
    return word.part(1, word.count - 1)
  }

  private mutating func remember(_ tag: Span<UInt8>, _ facts: PDUFacts) {
    if open.count >= Self.mostOpen { open.removeFirst() }
    open.append(Request(tag: tag.array, frame: facts.frame, time: facts.time))
  }
}

extension Span<UInt8> {
  var array: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    for index in indices { bytes.append(self[index]) }
    return bytes
  }
}

/// The fields of IMAP, as Wireshark names them.
public struct IMAPFields: FieldSet {
  let imap = Field("imap", "Internet Message Access Protocol", .proto)
  let isRequest = Field("imap.isrequest", "Request", .boolean)
  let line = Field("imap.line", "Line", .string)
  let request = Field("imap.request", "Request", .string)
  let requestTag = Field("imap.request_tag", "Request Tag", .string)
  let response = Field("imap.response", "Response", .string)
  let responseTag = Field("imap.response_tag", "Response Tag", .string)
  let requestCommand = Field("imap.request.command", "Request Command", .string)
  let responseCommand = Field("imap.response.command", "Response Command", .string)
  let status = Field("imap.response.status", "Response Status", .string)
  let tag = Field("imap.tag", "Tag", .string)
  let command = Field("imap.command", "Command", .string)
  let folder = Field("imap.request.folder", "Request Folder", .string)
  let requestUID = Field("imap.request.command.uid", "Request isUID", .boolean)
  let username = Field("imap.request.username", "Request Username", .string)
  let password = Field("imap.request.password", "Request Password", .string)
  let requestIn = Field("imap.response_to", "Request In", .frameNumber)
  let time = Field("imap.time", "Response Time", .relativeTime)

  public init() {}
  static let fields = Self()
}

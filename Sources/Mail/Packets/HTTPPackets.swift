import Fields

/// HTTP/1 (RFC 9112), described message by message as Wireshark's `http` shows it: webmail is a way to mail too.
public struct HTTPPackets: PDUDissector {
  /// A request, until its response is seen and then for the one after it.
  private struct Exchange: Sendable {
    var requestFrame: Int?
    var requestTime: Int64 = 0
    var uri: String?
    var method = ""
    var responseFrame: Int?
  }
  /// Requests kept that wait for a response.
  private static let limit = 1_000
  /// Bytes of header that are waited for.
  private static let headerLimit = 256 << 10
  /// Bytes of a body that are waited for.
  private static let bodyLimit = 64 << 20

  private var waiting: [Exchange] = []
  private var previous: Exchange?
  /// Requests and responses so far.
  private var requests = 0
  private var responses = 0
  /// The last of all requests: the one before the next.
  private var lastRequest: Exchange?
  /// A CONNECT was granted: what follows is not HTTP.
  private var isTunnel = false

  public init() {}

  public mutating func describe(
    _ bytes: Span<UInt8>, _ facts: PDUFacts, into tree: inout FieldBuffer
  ) -> PDUOutcome {
    guard !isTunnel else { return .foreign }
    var offset = 0
    while offset < bytes.count {
      guard let message = HTTPMessage(bytes, at: offset) else {
        if !HTTPMessage.mayBegin(bytes.part(offset, bytes.count)) {
          if offset == 0 { tree.columns.startInfo() }
          describeContinuation(bytes, at: offset, into: &tree)
          return .described
        }
        if facts.canAskForMore, bytes.count - offset < Self.headerLimit {
          return .unfinished(from: offset, needs: .oneMoreSegment)
        }
        if offset == 0 { tree.columns.startInfo() }
        describeContinuation(bytes, at: offset, into: &tree)
        return .described
      }
      let method = message.isRequest ? "" : waiting.first?.method ?? ""
      let body = message.body(in: bytes, answering: method)
      if facts.canAskForMore, let need = Self.need(of: body) {
        if offset == 0 { tree.columns.startInfo() }
        Self.describeInfo(message, bytes, &tree.columns)
        return .unfinished(from: offset, needs: need)
      }
      let end: Int
      if case .ends(let at) = body { end = at } else { end = bytes.count }
      if offset == 0 { tree.columns.startInfo() }
      describe(message, bytes, until: end, facts, into: &tree)
      tree.columns.fenceInfo()
      offset = end
      if isTunnel { break }
    }
    return .described
  }

  /// Whether a conversation on a port that says nothing begins as HTTP does.
  public static func recognises(_ bytes: Span<UInt8>) -> Bool {
    let line = bytes.packetLine(at: 0)
    guard line.isTerminated, HTTPMessage.mayBegin(bytes) else { return false }
    return bytes.matches("http/1.") || bytes.part(0, line.end).matches("http/1.", at: line.end - 8)
  }

  private static func need(of body: HTTPMessage.Body) -> PDUNeed? {
    switch body {
    case .ends: nil
    case .lacks(let count): count <= bodyLimit ? .bytes(count) : nil
    case .isChunkedOn: .oneMoreSegment
    case .endsWithConnection: .untilClose
    }
  }

  private static func describeInfo(
    _ message: HTTPMessage, _ bytes: Span<UInt8>, _ columns: inout Columns
  ) {
    columns.appendInfo {
      $0.write(printable: bytes.part(message.first.start, message.first.end))
      $0.write(" ")
    }
  }

  private func describeContinuation(
    _ bytes: Span<UInt8>, at offset: Int, into tree: inout FieldBuffer
  ) {
    let fields = HTTPFields.fields
    let data = bytes.part(offset, bytes.count)
    tree.columns.protocolName = "HTTP"
    tree.columns.appendInfo { $0.write("Continuation") }
    tree.addProtocol("http")
    let top = tree.opened(fields.http, at: offset, count: data.count)
    describeSize(data, at: offset, fields, into: &tree)
    tree.close(top)
    DataDescription.describe(data, at: offset, into: &tree)
  }

  private func describeSize(
    _ data: Span<UInt8>, at offset: Int, _ fields: HTTPFields, into tree: inout FieldBuffer
  ) {
    let size = tree.add(fields.fileData, data, at: offset)
    tree.relabel(size, "File Data: \(data.count) byte\(data.count == 1 ? "" : "s")")
  }

  private mutating func describe(
    _ message: HTTPMessage, _ bytes: Span<UInt8>, until end: Int, _ facts: PDUFacts,
    into tree: inout FieldBuffer
  ) {
    let fields = HTTPFields.fields
    tree.columns.protocolName = "HTTP"
    Self.describeInfo(message, bytes, &tree.columns)
    tree.addProtocol("http")
    let start = message.first.start
    let top = tree.opened(fields.http, at: start, count: end - start)
    describeFirstLine(message, bytes, fields, into: &tree)
    for header in message.headers {
      describe(header, of: message, bytes, fields, into: &tree)
    }
    if let blank = message.blank {
      tree.addText(at: blank.start, count: blank.next - blank.start) {
        $0.write(printable: bytes.part(blank.start, blank.next))
      }
    }
    if message.isRequest {
      describeLinks(ofRequest: message, facts, fields, into: &tree)
    } else {
      describeLinks(ofResponse: message, facts, fields, into: &tree)
    }
    describeBody(message, bytes, until: end, top, fields, into: &tree)
  }

  // MARK: Head

  private func describeFirstLine(
    _ message: HTTPMessage, _ bytes: Span<UInt8>, _ fields: HTTPFields,
    into tree: inout FieldBuffer
  ) {
    let line = message.first
    let whole = bytes.part(line.start, line.next)
    let item = tree.addText(at: line.start, count: whole.count) { $0.write(printable: whole) }
    guard tree.wantsTree else { return }
    var text = TextBuffer()
    text.write(printable: whole)
    tree.expert(fields.chat, .chat, .sequence, text.string, under: item)
    tree.open(item)
    defer { tree.close(item) }
    let method = bytes.token(at: line.start, before: line.end)
    if message.isRequest {
      tree.add(fields.method, bytes.part(line.start, method.end), at: line.start)
      let uri = bytes.token(at: method.next, before: line.end)
      describeURI(bytes.part(method.next, uri.end), at: method.next, fields, into: &tree)
      tree.add(fields.requestVersion, bytes.part(uri.next, line.end), at: uri.next)
      return
    }
    tree.add(fields.responseVersion, bytes.part(line.start, method.end), at: line.start)
    let code = bytes.token(at: method.next, before: line.end)
    guard code.end - method.next >= 3 else { return }
    tree.add(fields.statusCode, message.status, at: method.next, count: 3)
    tree.add(
      fields.statusDescription, httpStatusName(message.status) ?? "Unknown (\(message.status))",
      at: method.next, count: 3, .generated)
    if code.next < line.end {
      tree.add(fields.phrase, bytes.part(code.next, line.end), at: code.next)
    }
  }

  private func describeURI(
    _ uri: Span<UInt8>, at offset: Int, _ fields: HTTPFields, into tree: inout FieldBuffer
  ) {
    let item = tree.add(fields.uri, uri, at: offset)
    guard let mark = uri.firstIndex(of: UInt8(ascii: "?"), from: 0, before: uri.count) else {
      return
    }
    tree.open(item)
    defer { tree.close(item) }
    tree.add(fields.path, uri.part(0, mark), at: offset)
    let query = tree.add(fields.query, uri.part(mark + 1, uri.count), at: offset + mark + 1)
    tree.open(query)
    var start = mark + 1
    while start < uri.count {
      let end = uri.firstIndex(of: UInt8(ascii: "&"), from: start, before: uri.count) ?? uri.count
      tree.add(fields.parameter, uri.part(start, end), at: offset + start)
      start = end + 1
    }
    tree.close(query)
  }

  private func describe(
    _ header: HTTPMessage.Header, of message: HTTPMessage, _ bytes: Span<UInt8>,
    _ fields: HTTPFields, into tree: inout FieldBuffer
  ) {
    guard tree.wantsTree else { return }
    let whole = bytes.part(header.line.start, header.line.next)
    let value = bytes.part(header.value.lowerBound, header.value.upperBound)
    let lineField = message.isRequest ? fields.requestLine : fields.responseLine
    let start = header.line.start
    var text = TextBuffer()
    text.write(printable: whole)
    let known = fields.header(header.name)
    if let known {
      let item = tree.add(known, value, at: start)
      tree.setLength(whole.count, of: item)
      tree.relabel(item, text.string)
      tree.open(item)
      describeParts(of: header, value, fields, into: &tree)
      tree.close(item)
    }
    let line = tree.add(lineField, whole, at: start, known == nil ? [] : .hidden)
    tree.relabel(line, text.string)
  }

  private func describeParts(
    of header: HTTPMessage.Header, _ value: Span<UInt8>, _ fields: HTTPFields,
    into tree: inout FieldBuffer
  ) {
    let start = header.value.lowerBound
    switch header.name {
    case "content-length":
      guard let length = HTTPMessage.number(in: value) else { return }
      tree.add(
        fields.contentLength, length, at: header.line.start,
        count: header.line.next - header.line.start, .generated)
    case "authorization":
      guard value.matches("basic ") else { return }
      let credentials = HTTPMessage.base64(value.part(6, value.count))
      tree.add(fields.credentials, at: start, count: value.count) { $0.write(credentials[...]) }
    case "cookie":
      var from = 0
      while from < value.count {
        let end = value.firstIndex(of: UInt8(ascii: ";"), from: from, before: value.count)
        let pair = value.part(from, end ?? value.count)
        if !pair.isEmpty { tree.add(fields.cookiePair, pair, at: start + from) }
        from = (end ?? value.count) + 1
        while from < value.count, value[from] == 0x20 { from += 1 }
      }
    default: break
    }
  }

  // MARK: Requests and responses

  private mutating func describeLinks(
    ofRequest message: HTTPMessage, _ facts: PDUFacts, _ fields: HTTPFields,
    into tree: inout FieldBuffer
  ) {
    requests += 1
    if let full = message.fullURI { tree.add(fields.fullURI, full, .generated) }
    tree.add(fields.isRequest, true, .hidden)
    let number = tree.add(fields.requestNumber, requests, .generated)
    tree.relabel(number, "HTTP request \(requests)/\(max(requests, responses))")
    if let frame = lastRequest?.requestFrame {
      tree.add(fields.previousRequest, frame, .generated)
    }
    let exchange = Exchange(
      requestFrame: facts.frame, requestTime: facts.time, uri: message.fullURI ?? message.uri,
      method: message.method, responseFrame: nil)
    lastRequest = exchange
    if waiting.count < Self.limit { waiting.append(exchange) }
  }

  private mutating func describeLinks(
    ofResponse message: HTTPMessage, _ facts: PDUFacts, _ fields: HTTPFields,
    into tree: inout FieldBuffer
  ) {
    responses += 1
    tree.add(fields.isResponse, true, .hidden)
    let number = tree.add(fields.responseNumber, responses, .generated)
    tree.relabel(number, "HTTP response \(responses)/\(max(requests, responses))")
    var exchange = waiting.isEmpty ? Exchange() : waiting.removeFirst()
    exchange.responseFrame = facts.frame
    if exchange.requestFrame != nil {
      tree.add(fields.time, .time(facts.time &- exchange.requestTime), .generated)
    }
    if let frame = previous?.requestFrame { tree.add(fields.previousRequest, frame, .generated) }
    if let frame = previous?.responseFrame { tree.add(fields.previousResponse, frame, .generated) }
    if let frame = exchange.requestFrame { tree.add(fields.requestIn, frame, .generated) }
    if let uri = exchange.uri { tree.add(fields.responseFor, uri, .generated) }
    if exchange.method == "CONNECT", message.status / 100 == 2 { isTunnel = true }
    previous = exchange
  }

  // MARK: Body

  /// Closes `top`, the message's own section.
  private func describeBody(
    _ message: HTTPMessage, _ bytes: Span<UInt8>, until end: Int, _ top: FieldIndex,
    _ fields: HTTPFields, into tree: inout FieldBuffer
  ) {
    let start = message.bodyStart
    guard end > start else {
      tree.close(top)
      return
    }
    if message.isChunked {
      let joined = describeChunks(message, bytes, until: end, fields, into: &tree)
      let source = tree.source, base = tree.base
      if !joined.isEmpty {
        describeSize(joined.span, at: start, fields, into: &tree)
        tree.close(top)
        tree.source = tree.addSource("De-chunked entity body", joined)
        tree.base = 0
        describeContent(message, joined.span, at: 0, into: &tree)
      } else {
        tree.close(top)
      }
      (tree.source, tree.base) = (source, base)
      return
    }
    let body = bytes.part(start, end)
    describeSize(body, at: start, fields, into: &tree)
    tree.close(top)
    describeContent(message, body, at: start, into: &tree)
  }

  private func describeContent(
    _ message: HTTPMessage, _ body: Span<UInt8>, at offset: Int, into tree: inout FieldBuffer
  ) {
    let type = message.contentType
    if type.isEmpty || message.isEncoded {
      DataDescription.describe(body, at: offset, into: &tree)
    } else {
      MediaDescription.describe(
        body, at: offset, type: type, parameters: message.contentParameters, depth: 0,
        into: &tree)
    }
  }

  /// Describes each chunk and returns the body that they make.
  private func describeChunks(
    _ message: HTTPMessage, _ bytes: Span<UInt8>, until end: Int, _ fields: HTTPFields,
    into tree: inout FieldBuffer
  ) -> [UInt8] {
    var joined: [UInt8] = []
    let top = tree.addText(
      "HTTP chunked \(message.isRequest ? "request" : "response")", at: message.bodyStart,
      count: end - message.bodyStart)
    tree.open(top)
    defer { tree.close(top) }
    var offset = message.bodyStart
    while offset < end, let chunk = HTTPMessage.Chunk(bytes, at: offset) {
      let data = bytes.part(chunk.data, min(chunk.data + chunk.size, end))
      let item = tree.addText(at: offset, count: chunk.data + chunk.size - offset) {
        $0.write(chunk.size == 0 ? "End of chunked encoding" : "Data chunk (\(chunk.size) octets)")
      }
      tree.open(item)
      let size = tree.add(fields.chunkSize, chunk.size, at: offset, count: chunk.data - offset)
      tree.note(size, " octets")
      if chunk.size == 0 {
        tree.close(item)
        let rest = bytes.part(chunk.data, end)
        if !rest.isEmpty {
          tree.addText(at: chunk.data, count: rest.count) { $0.write(printable: rest) }
        }
        break
      }
      tree.add(fields.chunkData, data, at: chunk.data)
      for index in data.indices { joined.append(data[index]) }
      let boundary = bytes.part(chunk.data + chunk.size, min(chunk.data + chunk.size + 2, end))
      if !boundary.isEmpty {
        tree.add(fields.chunkBoundary, boundary, at: chunk.data + chunk.size)
      }
      tree.close(item)
      offset = chunk.data + chunk.size + 2
    }
    return joined
  }
}

import Fields

/// Describes the header of a message line by line, and gathers what its body and its conversation need of it.
struct HTTPDescription {
  /// Nil for what is neither request nor response.
  private(set) var kind: HTTPFirstLine.Kind?
  private(set) var entity = HTTPEntity()
  private(set) var method = ""
  private(set) var target = ""
  private(set) var status = 0

  init(kind: HTTPFirstLine.Kind?) { self.kind = kind }

  var fullURI: String? {
    guard let host = entity.host else { return nil }
    if method == "CONNECT" { return target }
    let scheme = target.prefix(8).lowercased()
    return scheme.hasPrefix("http://") || scheme == "https://" ? target : "http://\(host)\(target)"
  }

  /// Describes the lines from `start` on, and gives where the body begins; nil where the last line has no end.
  mutating func describeHeader(
    _ bytes: Span<UInt8>, from start: Int, _ top: FieldIndex, isOnTLSPort: Bool,
    into tree: inout FieldBuffer
  ) -> Int? {
    let fields = HTTPFields.fields
    var position = start
    var isFirst = true
    while position < bytes.count {
      let line = bytes.packetLine(at: position)
      let first = HTTPFirstLine(bytes, line)
      let header = first == nil ? HTTPHeader(bytes, line) : nil
      if line.count > 0, first == nil, header == nil {
        return line.isTerminated || isFirst ? position : nil
      }
      if isFirst, isOnTLSPort {
        tree.expert(
          fields.encryptedPort, .warning, .security, fields.encryptedPort.label, under: top)
      }
      isFirst = false
      position = line.next
      if let first {
        describe(first, bytes, into: &tree)
      } else if let header {
        describe(header, bytes, into: &tree)
      } else {
        tree.addText(at: line.start, count: line.next - line.start) {
          $0.write(printable: bytes.part(line.start, line.next))
        }
        break
      }
    }
    return position
  }

  // MARK: First line

  private mutating func describe(
    _ first: HTTPFirstLine, _ bytes: Span<UInt8>, into tree: inout FieldBuffer
  ) {
    let fields = HTTPFields.fields
    let line = first.line
    kind = first.kind
    let opening = bytes.part(line.start, first.firstEnd)
    if first.kind == .response {
      status = first.status ?? 0
    } else {
      method = opening.string
      var text = TextBuffer()
      text.write(ascii: bytes.part(first.second))
      target = text.string
    }
    guard tree.wantsTree else { return }
    var text = TextBuffer()
    text.write(printable: bytes.part(line.start, line.next))
    let item = tree.addText(text.string, at: line.start, count: line.next - line.start)
    tree.expert(fields.chat, .chat, .sequence, text.string, under: item)
    tree.open(item)
    defer { tree.close(item) }
    guard first.kind == .response else {
      tree.add(fields.method, ascii: opening, at: line.start)
      describeTarget(bytes.part(first.second), at: first.second.lowerBound, into: &tree)
      tree.add(fields.requestVersion, ascii: bytes.part(first.third), at: first.third.lowerBound)
      return
    }
    tree.add(fields.responseVersion, ascii: opening, at: line.start)
    guard let status = first.status else { return }
    tree.add(fields.statusCode, status, at: first.second.lowerBound, count: 3)
    tree.add(
      fields.statusDescription, httpStatusName(status) ?? "Unknown (\(status))",
      at: first.second.lowerBound, count: 3, .generated)
    if !first.third.isEmpty {
      tree.add(fields.phrase, ascii: bytes.part(first.third), at: first.third.lowerBound)
    }
  }

  private func describeTarget(
    _ target: Span<UInt8>, at offset: Int, into tree: inout FieldBuffer
  ) {
    let fields = HTTPFields.fields
    let item = tree.add(fields.uri, ascii: target, at: offset)
    // A zero ends the text.
    let target = target.part(
      0, target.firstIndex(of: 0, from: 0, before: target.count) ?? target.count)
    guard let mark = target.firstIndex(of: UInt8(ascii: "?"), from: 0, before: target.count),
      mark + 1 < target.count
    else { return }
    tree.open(item)
    defer { tree.close(item) }
    tree.add(fields.path, ascii: target.part(0, mark), at: offset)
    let query = tree.add(
      fields.query, ascii: target.part(mark + 1, target.count), at: offset + mark + 1)
    tree.open(query)
    var start = mark + 1
    while start < target.count {
      let end =
        target.firstIndex(of: UInt8(ascii: "&"), from: start, before: target.count)
        ?? target.count
      if end > start {
        tree.add(fields.parameter, ascii: target.part(start, end), at: offset + start)
      }
      start = end + 1
    }
    tree.close(query)
  }

  // MARK: Header fields

  private mutating func describe(
    _ header: HTTPHeader, _ bytes: Span<UInt8>, into tree: inout FieldBuffer
  ) {
    let hadBoth = entity.hasCoding && entity.length != nil
    let isKnownCoding = entity.note(header, bytes)
    guard tree.wantsTree else { return }
    let fields = HTTPFields.fields
    let start = header.line.start
    let whole = bytes.part(start, header.line.next)
    var text = TextBuffer()
    text.write(printable: whole)
    guard let known = fields.header(header.name) else {
      let item = addLine(whole, text, at: start, into: &tree)
      tree.noteStrayBytes(of: whole, under: item)
      if !header.hasGoodName {
        tree.expert(fields.badName, .warning, .proto, fields.badName.label, under: item)
      }
      return
    }
    let value = bytes.part(header.value)
    let item = tree.add(known, ascii: value, at: start)
    tree.setLength(whole.count, of: item)
    tree.relabel(item, text.string)
    tree.open(item)
    describeParts(of: header, value, isKnownCoding, into: &tree)
    if !hadBoth, entity.hasCoding, entity.length != nil {
      tree.expert(
        fields.lengthAndCoding, .warning, .malformed, fields.lengthAndCoding.label, under: item)
    }
    tree.close(item)
    if kind == .request || kind == .response {
      addLine(whole, text, at: start, .hidden, into: &tree)
    }
  }

  /// The whole line, in the field for those of requests, of responses, or of neither.
  @discardableResult
  private func addLine(
    _ whole: Span<UInt8>, _ text: borrowing TextBuffer, at offset: Int, _ traits: FieldTraits = [],
    into tree: inout FieldBuffer
  ) -> FieldIndex {
    let fields = HTTPFields.fields
    let item: FieldIndex =
      switch kind {
      case .request: tree.add(fields.requestLine, ascii: whole, at: offset, traits)
      case .response: tree.add(fields.responseLine, ascii: whole, at: offset, traits)
      case .notification, nil:
        tree.add(fields.unknownHeader, text.string, at: offset, count: whole.count, traits)
      }
    tree.relabel(item, text.string)
    return item
  }

  private func describeParts(
    of header: HTTPHeader, _ value: Span<UInt8>, _ isKnownCoding: Bool,
    into tree: inout FieldBuffer
  ) {
    let fields = HTTPFields.fields
    let start = header.value.lowerBound
    switch header.name {
    case "content-length":
      guard let length = HTTPHeader.length(value) else { return }
      tree.add(
        fields.contentLength, length, at: header.line.start,
        count: header.line.next - header.line.start, .generated)
    case "transfer-encoding":
      guard !isKnownCoding else { return }
      tree.expert(
        fields.unknownCoding, .warning, .undecoded, fields.unknownCoding.label, under: tree.last)
    case "authorization", "proxy-authorization":
      guard value.begins(with: "Basic ") else { return }
      let credentials = HTTPHeader.base64(value.part(6, value.count))
      tree.add(fields.credentials, at: start, count: value.count) { $0.write(credentials[...]) }
    case "http2-settings": HTTP2Settings.describe(value, at: start, into: &tree)
    case "cookie":
      var from = 0
      while from < value.count {
        while from < value.count, value[from].isLinearSpace { from += 1 }
        let end =
          value.firstIndex(of: UInt8(ascii: ";"), from: from, before: value.count) ?? value.count
        if end > from {
          tree.add(fields.cookiePair, ascii: value.part(from, end), at: start + from)
        }
        from = end + 1
      }
    default: break
    }
  }
}

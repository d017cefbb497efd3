import Fields

/// A MIME multipart body (RFC 2046 5.1) as Wireshark shows it: preamble, boundaries, parts with their headers.
enum MultipartDescription {
  /// Parts within parts that are followed.
  static let deepest = 32

  /// Without a boundary to look for the bytes are data.
  static func describe(
    _ bytes: Span<UInt8>, at offset: Int, type: String, parameters: String, depth: Int,
    into tree: inout FieldBuffer
  ) {
    let fields = MultipartFields.fields
    guard let boundary = MediaParameters.value(of: "boundary", in: parameters) else {
      tree.addProtocol("mime_multipart")
      let item = tree.addText(fields.noParameter.label, at: offset, count: bytes.count)
      tree.expert(
        fields.noParameter, .error, .proto, fields.noParameter.label, under: item)
      DataDescription.describe(bytes, at: offset, into: &tree)
      return
    }
    let mark = Array(boundary.utf8)
    if !bytes.isEmpty { tree.addProtocol("mime_multipart") }
    let top = tree.opened(fields.multipart, at: offset, count: bytes.count)
    tree.relabel(
      top,
      "MIME Multipart Media Encapsulation, Type: \(type), Boundary: \"\(boundary)\"")
    let own = tree.add(fields.type, type, .generated)
    tree.setLength(0, of: own)
    guard !boundary.isEmpty, let first = find(mark, in: bytes, from: 0, isFirst: true) else {
      if !bytes.isEmpty { DataDescription.describe(bytes, at: offset, into: &tree) }
      tree.close(top)
      return
    }
    if first.start > 0 { tree.add(fields.preamble, bytes.part(0, first.start), at: offset) }
    tree.add(
      fields.firstBoundary, bytes.part(first.start, first.end), at: offset + first.start)
    var position = first.end
    var isLast = first.isLast
    while !isLast {
      let next = find(mark, in: bytes, from: position, isFirst: false)
      let end = next?.start ?? bytes.count
      describePart(
        bytes.part(position, end), at: offset + position, depth: depth, into: &tree)
      guard let next else {
        tree.close(top)
        return
      }
      tree.add(
        next.isLast ? fields.lastBoundary : fields.boundary, bytes.part(next.start, next.end),
        at: offset + next.start)
      position = next.end
      isLast = next.isLast
    }
    if position < bytes.count {
      tree.add(fields.trailer, bytes.part(position, bytes.count), at: offset + position)
    }
    tree.close(top)
  }

  private struct Boundary {
    /// With the line end before it, and the one after it.
    let start: Int
    let end: Int
    let isLast: Bool
  }

  private static func find(
    _ mark: [UInt8], in bytes: Span<UInt8>, from start: Int, isFirst: Bool
  ) -> Boundary? {
    var search = start
    while let position = bytes.firstIndex(
      of: BoundaryLine.hyphen, from: search, before: bytes.count)
    {
      search = position + 1
      guard position == start || bytes[position - 1] == 0x0a || bytes[position - 1] == 0x0d
      else { continue }
      let line = bytes.packetLine(at: position)
      let (found, isLast) = BoundaryLine.match(bytes.part(position, line.end), mark)
      guard found else { continue }
      var from = position
      if !isFirst, from > start {
        if bytes[from - 1] == 0x0a { from -= 1 }
        if from > start, bytes[from - 1] == 0x0d { from -= 1 }
      }
      return Boundary(start: from, end: line.next, isLast: isLast)
    }
    return nil
  }

  private static func describePart(
    _ bytes: Span<UInt8>, at offset: Int, depth: Int, into tree: inout FieldBuffer
  ) {
    let fields = MultipartFields.fields
    let top = tree.opened(fields.part, .none, at: offset, count: bytes.count)
    tree.setText(of: top) { _ in }
    var type = ""
    var parameters = ""
    var position = 0
    var reader = HeaderReader(.wiresharkPart, limit: 0)
    func take(_ event: HeaderReader.Event) {
      switch event {
      case .field(let field):
        describe(field, of: bytes, at: offset, &type, &parameters, into: &tree)
        position = field.end
      case .end(.emptyLine, let body):
        // Where no field is before it, Wireshark counts the empty line to the content.
        if position > 0 { position = body }
      case .end: break
      }
    }
    reader.receive(bytes, emit: take)
    reader.finish(emit: take)
    tree.relabel(top) {
      $0.write("Encapsulated multipart part: ")
      if !type.isEmpty { $0.write(" (\(type))") }
    }
    let body = bytes.part(position, bytes.count)
    if !type.isEmpty {
      tree.describe(
        body: body,
        BodyFacts(
          at: offset + position, type: type, parameters: parameters, depth: depth + 1, in: .part))
    } else if body.count > 0 {
      DataDescription.describe(body, at: offset + position, into: &tree)
    }
    tree.close(top)
  }

  private static func describe(
    _ field: HeaderField, of bytes: Span<UInt8>, at offset: Int, _ type: inout String,
    _ parameters: inout String, into tree: inout FieldBuffer
  ) {
    var shown = field.end
    if shown < bytes.count, bytes.packetLine(at: shown).count == 0 {
      shown = bytes.packetLine(at: shown).next
    }
    let whole = bytes.part(field.start, shown)
    let rawName = bytes.part(field.start, field.colon)
    // Without a tree the type of the part is all that comes of its header.
    if !tree.wantsTree, !mayBeType(rawName) { return }
    let name = MediaParameters.compacted(rawName).lowercased()
    let value = MediaParameters.compacted(bytes.part(field.colon + 1, field.end))
    if let known = MultipartFields.fields.header(name) {
      let item = tree.add(known, value, at: offset + field.start, count: whole.count)
      tree.relabel(item) { $0.write(printable: whole) }
    } else {
      tree.addText(at: offset + field.start, count: whole.count) { $0.write(printable: whole) }
    }
    if name == "content-type" { (type, parameters) = MediaParameters.split(value) }
  }
}

extension MultipartDescription {
  /// Whether a field's name may be that of the type: white space in it does not count.
  private static func mayBeType(_ name: Span<UInt8>) -> Bool {
    if name.count == 12, name.matches("content-type") { return true }
    for index in name.indices where name[index].isWhiteSpace { return true }
    return false
  }
}

/// The value of a Content-Type field, taken apart.
enum MediaParameters {
  /// Unfolds a header value, with no white space around separators.
  static func compacted(_ bytes: Span<UInt8>) -> String {
    var result: [UInt8] = []
    var space = false
    for index in bytes.indices {
      let byte = bytes[index]
      if byte.isWhiteSpace {
        space = true
        continue
      }
      let separates =
        byte == UInt8(ascii: ";") || byte == UInt8(ascii: "=") || byte == UInt8(ascii: ",")
      if space, !separates, let last = result.last, last != UInt8(ascii: ";"),
        last != UInt8(ascii: "="), last != UInt8(ascii: ",")
      {
        result.append(0x20)
      }
      space = false
      result.append(byte)
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// Type in lower case, and what follows the first semicolon.
  static func split(_ value: String) -> (type: String, parameters: String) {
    let bytes = Array(value.utf8)
    let end = bytes.firstIndex { $0 == UInt8(ascii: ";") } ?? bytes.count
    var type = bytes[..<end].filter { !$0.isWhiteSpace }
    for index in type.indices { type[index] = type[index].asciiLowercased }
    return (
      String(decoding: type, as: UTF8.self),
      end < bytes.count ? String(decoding: bytes[(end + 1)...], as: UTF8.self) : ""
    )
  }

  /// The value of a parameter, without its quotes.
  static func value(of name: String, in parameters: String) -> String? {
    let bytes = Array(parameters.utf8)
    let wanted = Array(name.utf8)
    var position = 0
    while position < bytes.count {
      while position < bytes.count,
        bytes[position].isWhiteSpace || bytes[position] == UInt8(ascii: ";")
      {
        position += 1
      }
      let start = position
      while position < bytes.count, bytes[position] != UInt8(ascii: "="),
        bytes[position] != UInt8(ascii: ";")
      {
        position += 1
      }
      let key = bytes[start..<position].map(\.asciiLowercased).filter { !$0.isWhiteSpace }
      guard position < bytes.count, bytes[position] == UInt8(ascii: "=") else { continue }
      position += 1
      while position < bytes.count, bytes[position].isWhiteSpace { position += 1 }
      var value: [UInt8] = []
      if position < bytes.count, bytes[position] == UInt8(ascii: "\"") {
        position += 1
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
          if bytes[position] == UInt8(ascii: "\\"), position + 1 < bytes.count { position += 1 }
          value.append(bytes[position])
          position += 1
        }
        position += 1
      } else {
        while position < bytes.count, bytes[position] != UInt8(ascii: ";"),
          !bytes[position].isWhiteSpace
        {
          value.append(bytes[position])
          position += 1
        }
      }
      if key == wanted { return String(decoding: value, as: UTF8.self) }
    }
    return nil
  }
}

/// The fields of a MIME multipart body.
public struct MultipartFields: FieldSet {
  let multipart = Field("mime_multipart", "MIME Multipart Media Encapsulation", .proto)
  let type = Field("mime_multipart.type", "Type", .string)
  let part = Field("mime_multipart.part", "Encapsulated multipart part", .string)
  let preamble = Field("mime_multipart.preamble", "Preamble", .bytes)
  let trailer = Field("mime_multipart.trailer", "Trailer", .bytes)
  let firstBoundary = Field("mime_multipart.first_boundary", "First boundary", .string)
  let boundary = Field("mime_multipart.boundary", "Boundary", .string)
  let lastBoundary = Field("mime_multipart.last_boundary", "Last boundary", .string)
  let contentDescription = Field(
    "mime_multipart.header.content-description", "Content-Description", .string)
  let contentDisposition = Field(
    "mime_multipart.header.content-disposition", "Content-Disposition", .string)
  let contentEncoding = Field("mime_multipart.header.content-encoding", "Content-Encoding", .string)
  let contentID = Field("mime_multipart.header.content-id", "Content-Id", .string)
  let contentLanguage = Field("mime_multipart.header.content-language", "Content-Language", .string)
  let contentLength = Field("mime_multipart.header.content-length", "Content-Length", .string)
  let transferEncoding = Field(
    "mime_multipart.header.content-transfer-encoding", "Content-Transfer-Encoding", .string)
  let contentType = Field("mime_multipart.header.content-type", "Content-Type", .string)
  let noParameter = Field(
    "mime_multipart.no_required_parameter",
    "The multipart dissector could not find a required parameter.", .none)
  let originalContent = Field("mime_multipart.header.originalcontent", "OriginalContent", .string)

  public init() {}
  static let fields = Self()

  func header(_ name: String) -> Field? {
    switch name {
    case "content-description": contentDescription
    case "content-disposition": contentDisposition
    case "content-encoding": contentEncoding
    case "content-id": contentID
    case "content-language": contentLanguage
    case "content-length": contentLength
    case "content-transfer-encoding": transferEncoding
    case "content-type": contentType
    case "originalcontent": originalContent
    default: nil
    }
  }
}

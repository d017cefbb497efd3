import Fields

/// Describes the body of a message: chunks, encoded content, and the content by its type.
struct HTTPBody {
  let decode: ContentDecoder?
  let entity: HTTPEntity
  let kind: HTTPFirstLine.Kind?
  let status: Int
  /// The capture does not have all of it.
  let isCutShort: Bool

  init(_ message: HTTPDescription, isCutShort: Bool, decode: ContentDecoder?) {
    self.decode = decode
    self.isCutShort = isCutShort
    entity = message.entity
    kind = message.kind
    status = message.status
  }

  /// Describes the body that begins at `start`, closes `top`, the message's own section, and gives where it ends; nil
  /// where a chunk is shorter than it says.
  func describe(
    _ bytes: Span<UInt8>, from start: Int, _ top: FieldIndex, into tree: inout FieldBuffer
  ) -> Int? {
    let (source, base) = (tree.source, tree.base)
    defer {
      tree.close(top)
      (tree.source, tree.base) = (source, base)
    }
    let count = count(of: bytes.count - start)
    guard count > 0 else { return start }
    let body = bytes.part(start, start + count)
    // Chunks are read as a whole or not at all.
    if entity.isChunked, isCutShort { return start + count }
    guard entity.isChunked else {
      describeTransfer(body, at: start, top, into: &tree)
      return start + count
    }
    guard Self.hasWholeChunks(body) else {
      tree.addText(Self.chunksLabel, at: start, count: count)
      return nil
    }
    let (joined, end) = describeChunks(body, at: start, into: &tree)
    guard end > 0 else { return start + count }
    tree.source = tree.addSource("De-chunked entity body", joined)
    tree.base = 0
    describeTransfer(joined.span, at: 0, top, into: &tree)
    return start + end
  }

  /// How many of `available` bytes are the body.
  private func count(of available: Int) -> Int {
    if !entity.hasCoding, let length = entity.length {
      return Int(min(UInt64(max(0, available)), length))
    }
    switch kind {
    case .request: return entity.hasCoding ? available : 0
    case .response:
      return status / 100 == 1 || status == 204 || status == 304 ? 0 : available
    case .notification, nil: return available
    }
  }

  /// What is left when the chunks are joined.
  private func describeTransfer(
    _ body: Span<UInt8>, at offset: Int, _ top: FieldIndex, into tree: inout FieldBuffer
  ) {
    let fields = HTTPFields.fields
    if entity.coding == .opaque {
      guard body.count > 0 else { return }
      DataDescription.describe(body, at: offset, into: &tree)
      return
    }
    guard let encoding = entity.encoding, encoding.lowercased() != "identity" else {
      describeContent(body, at: offset, top, into: &tree)
      return
    }
    let item = tree.addText(at: offset, count: body.count) {
      $0.write("Content-encoded entity body (\(encoding)): ")
      $0.write(decimal: body.count)
      $0.write(" bytes")
    }
    let isSupported: Bool =
      switch encoding.lowercased() {
      case "gzip", "x-gzip", "deflate", "x-deflate": true
      default: false
      }
    guard isSupported, let content = decode?(body) else {
      tree.open(item)
      tree.expert(
        fields.decodingFailed, .warning, .undecoded, fields.decodingFailed.label, under: item)
      DataDescription.describe(body, at: offset, into: &tree)
      tree.close(item)
      return
    }
    tree.note(item) {
      $0.write(" -> ")
      $0.write(decimal: content.count)
      $0.write(" bytes")
    }
    tree.source = tree.addSource("Uncompressed entity body", content)
    tree.base = 0
    describeContent(content.span, at: 0, top, into: &tree)
  }

  private func describeContent(
    _ body: Span<UInt8>, at offset: Int, _ top: FieldIndex, into tree: inout FieldBuffer
  ) {
    let size = tree.add(HTTPFields.fields.fileData, ascii: body, at: offset)
    tree.relabel(size) {
      $0.write("File Data: ")
      $0.write(decimal: body.count)
      $0.write(" bytes")
    }
    guard body.count > 0 else { return }
    guard let type = entity.type else {
      tree.close(top)
      if ImageDescription.describe(body, at: offset, into: &tree) { return }
      tree.open(top)
      DataDescription.describe(body, at: offset, into: &tree)
      return
    }
    if let promised = ImageDescription.Kind(type: type), promised != ImageDescription.Kind(body) {
      let fields = HTTPFields.fields
      tree.expert(
        fields.otherContent, .note, .malformed, fields.otherContent.label, under: top)
    }
    tree.close(top)
    tree.describe(
      body: body,
      BodyFacts(at: offset, type: type, parameters: entity.parameters, in: .http))
  }

  private static let chunksLabel = "HTTP chunked response"

  /// Whether each chunk of which the first line is there is there itself.
  private static func hasWholeChunks(_ body: Span<UInt8>) -> Bool {
    var position = 0
    while position < body.count {
      let line = body.packetLine(at: position)
      let size = HTTPChunk.size(body.part(line.start, line.end))
      guard line.isTerminated, size > 0 else { return true }
      guard line.next + size <= body.count else { return false }
      position = line.next + size + 2
    }
    return true
  }

  /// Describes each chunk and gives the body that they make, and where they end in `body`: 0 where nothing was read.
  private func describeChunks(
    _ body: Span<UInt8>, at offset: Int, into tree: inout FieldBuffer
  ) -> (joined: [UInt8], end: Int) {
    let fields = HTTPFields.fields
    let top = tree.addText(Self.chunksLabel, at: offset, count: body.count)
    tree.open(top)
    defer { tree.close(top) }
    var joined: [UInt8] = []
    var position = 0
    while position < body.count {
      let line = body.packetLine(at: position)
      guard line.count > 0 else { break }
      let size = HTTPChunk.size(body.part(line.start, line.end))
      let data = body.part(line.next, line.next + size)
      let boundary = body.part(line.next + size, line.next + size + 2)
      let item = tree.addText(at: offset + position, count: line.next + data.count - position) {
        $0.write(size == 0 ? "End of chunked encoding" : "Data chunk (\(size) octets)")
      }
      tree.open(item)
      let length = tree.add(
        fields.chunkSize, size, at: offset + position, count: line.next - position)
      tree.note(length, size == 1 ? " octet" : " octets")
      position = line.next
      if size == 0 {
        tree.close(item)
        return (joined, describeTrailer(body, from: position, at: offset, into: &tree))
      }
      tree.add(fields.chunkData, data, at: offset + position)
      for index in data.indices { joined.append(data[index]) }
      position += data.count
      if !boundary.isEmpty {
        tree.add(fields.chunkBoundary, boundary, at: offset + position)
        position += boundary.count
      }
      tree.close(item)
    }
    return (joined, position)
  }

  /// The fields after the last chunk, and the empty line that ends them.
  private func describeTrailer(
    _ body: Span<UInt8>, from start: Int, at offset: Int, into tree: inout FieldBuffer
  ) -> Int {
    var position = start
    var blank: PacketLine?
    while position < body.count {
      let line = body.packetLine(at: position)
      if line.count == 0 {
        blank = line
        break
      }
      position = line.next
    }
    if position > start {
      let part = body.part(start, position)
      let item = tree.add(HTTPFields.fields.trailerPart, ascii: part, at: offset + start)
      tree.relabel(item) {
        $0.write("trailer-part: ")
        $0.write(printable: part)
      }
    }
    guard let blank else { return position }
    let end = body.part(blank.start, blank.next)
    tree.addText(at: offset + blank.start, count: end.count) { $0.write(printable: end) }
    return blank.next
  }
}

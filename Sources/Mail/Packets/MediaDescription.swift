import Fields

/// Text and media that a message carries, as Wireshark shows them.
enum MediaDescription {
  /// Describes content of a media type: text by its lines, a message or a multipart by its parts, any other
  /// type by its size. The type is in lower case; `depth` counts the parts around it.
  static func describe(
    _ bytes: Span<UInt8>, at offset: Int, type: String, parameters: String, depth: Int,
    into tree: inout FieldBuffer
  ) {
    if type.hasPrefix("multipart/"), depth < MultipartDescription.deepest,
      MultipartDescription.describe(
        bytes, at: offset, type: type, parameters: parameters, depth: depth, into: &tree)
    {
      return
    }
    if type == "message/rfc822", depth < MultipartDescription.deepest {
      MessageDescription.describe(bytes, at: offset, depth: depth + 1, into: &tree)
      return
    }
    tree.columns.appendInfo { $0.write(" (\(type))") }
    if isText(type) {
      describeLines(bytes, at: offset, type: type, into: &tree)
    } else {
      describeMedia(bytes, at: offset, type: type, parameters: parameters, into: &tree)
    }
  }

  private static func isText(_ type: String) -> Bool {
    switch type {
    case "text/plain", "text/html", "text/richtext", "text/rtf", "text/css", "text/directory",
      "text/calendar", "text/vcard", "text/javascript", "text/vbscript", "text/xsl",
      "application/javascript", "application/x-javascript", "application/sql",
      "application/x-ns-proxy-autoconfig":
      true
    default: false
    }
  }

  /// `Line-based text data: text/plain (4 lines)`, and each line.
  static func describeLines(
    _ bytes: Span<UInt8>, at offset: Int, type: String?, into tree: inout FieldBuffer
  ) {
    guard tree.wantsTree else { return }
    tree.addProtocol("data-text-lines")
    let top = tree.opened(
      MediaFields.fields.lines, at: offset, count: bytes.count)
    var lines = 0
    var position = 0
    while position < bytes.count {
      let line = bytes.packetLine(at: position)
      let whole = bytes.part(line.start, line.next)
      tree.addText(at: offset + line.start, count: whole.count) { $0.write(printable: whole) }
      lines += 1
      position = line.next
    }
    tree.relabel(top) {
      $0.write("Line-based text data")
      if let type { $0.write(": \(type)") }
      $0.write(" (\(lines) lines)")
    }
    tree.close(top)
  }

  private static func describeMedia(
    _ bytes: Span<UInt8>, at offset: Int, type: String, parameters: String,
    into tree: inout FieldBuffer
  ) {
    let fields = MediaFields.fields
    tree.addProtocol("media")
    let top = tree.opened(fields.media, at: offset, count: bytes.count)
    let item = tree.add(fields.mediaType, bytes, at: offset)
    tree.relabel(item) {
      $0.write("Media type: \(type); \(parameters) (")
      $0.write("\(bytes.count) byte\(bytes.count == 1 ? "" : "s"))")
    }
    tree.close(top)
  }
}

/// The fields of text, media and data.
public struct MediaFields: FieldSet {
  let lines = Field("data-text-lines", "Line-based text data", .proto)
  let media = Field("media", "Media Type", .proto)
  let mediaType = Field("media.type", "Media type", .bytes)

  public init() {}
  static let fields = Self()
}

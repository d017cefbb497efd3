import Fields

/// Text and media that a message carries, as Wireshark shows them.
enum MediaDescription {
  /// What carries the content.
  enum Carrier {
    case http
    /// A mail: of a type that is not known nothing is said.
    case mail
    case part
  }

  private enum Handling {
    case lines, json, form, xml, octets, multipart, mail, other
  }

  /// Describes content of a media type: text by its lines, a message or a multipart by its parts, and so on; any
  /// other type by its size. `depth` counts the parts around it.
  static func describe(
    _ bytes: Span<UInt8>, at offset: Int, type: String, parameters: String, depth: Int,
    in carrier: Carrier, into tree: inout FieldBuffer
  ) {
    switch handling(of: type.lowercased()) {
    case .multipart where depth < MultipartDescription.deepest:
      MultipartDescription.describe(
        bytes, at: offset, type: type, parameters: parameters, depth: depth, into: &tree)
    case .mail where depth < MultipartDescription.deepest:
      MessageDescription.describe(bytes, at: offset, depth: depth + 1, into: &tree)
    case .lines where bytes.begins(with: "<?xml"):
      tree.addProtocol("data-text-lines")
      XMLDescription.describe(bytes, at: offset, into: &tree)
    case .lines:
      addToInfo(type, &tree)
      describeLines(bytes, at: offset, type: type, into: &tree)
    case .json: JSONDescription.describe(bytes, at: offset, type: type, into: &tree)
    case .form:
      addToInfo(type, &tree)
      FormDescription.describe(bytes, at: offset, type: type, into: &tree)
    case .xml: XMLDescription.describe(bytes, at: offset, into: &tree)
    case .octets: DataDescription.describe(bytes, at: offset, into: &tree)
    case .multipart, .mail, .other:
      switch carrier {
      case .http:
        if ImageDescription.describe(bytes, at: offset, into: &tree) { return }
      case .mail: return
      case .part: break
      }
      addToInfo(type, &tree)
      describeMedia(bytes, at: offset, type: type, parameters: parameters, into: &tree)
    }
  }

  private static func addToInfo(_ type: String, _ tree: inout FieldBuffer) {
    tree.columns.appendInfo { $0.write(" (\(type))") }
  }

  /// The types that Wireshark has a dissector for, of those that are described here.
  private static func handling(of type: String) -> Handling {
    switch type {
    case "text/plain", "text/html", "text/richtext", "text/enriched", "text/css",
      "text/javascript", "text/parameters", "text/xml-external-parsed-entity",
      "application/x-javascript", "application/x-ns-proxy-autoconfig":
      .lines
    case "application/json", "application/problem+json", "application/json-rpc",
      "application/jsonrequest", "application/dds-web+json", "application/x-ndjson":
      .json
    case "application/x-www-form-urlencoded": .form
    case "text/xml", "text/vnd.wap.si", "text/vnd.wap.sl", "text/vnd.wap.co",
      "text/vnd.wap.emn", "text/vnd.wap.wml", "application/xml", "application/xml-dtd",
      "application/rss+xml", "application/atom+xml", "application/soap+xml",
      "application/xslt+xml", "application/mathml+xml", "application/auth-policy+xml",
      "application/vnd.wv.csp+xml", "application/xcap-diff+xml", "application/rdf+xml",
      "application/x-crd+xml", "application/x-wms-logconnectstats", "image/svg+xml":
      .xml
    case "application/octet-stream": .octets
    case "message/rfc822": .mail
    default: type.hasPrefix("multipart/") ? .multipart : .other
    }
  }

  /// `Line-based text data: text/plain (4 lines)`, and each line.
  static func describeLines(
    _ bytes: Span<UInt8>, at offset: Int, type: String?, into tree: inout FieldBuffer
  ) {
    guard tree.wantsTree else { return }
    if bytes.count > 0 { tree.addProtocol("data-text-lines") }
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
      $0.write("Media type: \(type)")
      if !parameters.isEmpty { $0.write("; \(parameters)") }
      $0.write(" (\(bytes.count) byte\(bytes.count == 1 ? "" : "s"))")
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

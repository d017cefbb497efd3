import Fields

/// Text and media that a message carries, as Wireshark shows them.
public enum MediaDescription {
  private enum Handling {
    case lines, json, form, xml, octets, other
  }

  /// Describes a body of a media type: text by its lines, JSON by its values, and so on; any other type by its size.
  public static func describe(
    _ bytes: Span<UInt8>, _ body: BodyFacts, into tree: inout FieldBuffer
  ) {
    let (offset, type) = (body.offset, body.type)
    switch handling(of: type.lowercased()) {
    case .lines where bytes.begins(with: "<?xml"):
      tree.addProtocol("data-text-lines")
      XMLDescription.describe(bytes, at: offset, into: &tree)
    case .lines:
      addToInfo(type, &tree)
      LineDescription.describe(bytes, at: offset, type: type, into: &tree)
    case .json: JSONDescription.describe(bytes, at: offset, type: type, into: &tree)
    case .form:
      addToInfo(type, &tree)
      FormDescription.describe(bytes, at: offset, type: type, into: &tree)
    case .xml: XMLDescription.describe(bytes, at: offset, into: &tree)
    case .octets: DataDescription.describe(bytes, at: offset, into: &tree)
    case .other:
      switch body.carrier {
      case .http:
        if ImageDescription.describe(bytes, at: offset, into: &tree) { return }
      case .mail: return
      case .part: break
      }
      addToInfo(type, &tree)
      describeMedia(bytes, body, into: &tree)
    }
  }

  private static func addToInfo(_ type: String, _ tree: inout FieldBuffer) {
    tree.columns.appendInfo {
      if !$0.isEmpty { $0.write(" ") }
      $0.write("(\(type))")
    }
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
    default: .other
    }
  }

  private static func describeMedia(
    _ bytes: Span<UInt8>, _ body: BodyFacts, into tree: inout FieldBuffer
  ) {
    let fields = MediaFields.fields
    tree.addProtocol("media")
    let top = tree.opened(fields.media, at: body.offset, count: bytes.count)
    let item = tree.add(fields.mediaType, bytes, at: body.offset)
    tree.relabel(item) {
      $0.write("Media type: \(body.type)")
      if !body.parameters.isEmpty { $0.write("; \(body.parameters)") }
      $0.write(" (\(bytes.count) byte\(bytes.count == 1 ? "" : "s"))")
    }
    tree.close(top)
  }
}

/// The fields of media of which no more is known.
public struct MediaFields: FieldSet {
  let media = Field("media", "Media Type", .proto)
  let mediaType = Field("media.type", "Media type", .bytes)

  public init() {}
  static let fields = Self()
}

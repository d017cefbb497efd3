import Fields

/// The bodies that are mails, or made of parts: the others are for the caller to describe.
public enum MessageBodies {
  /// Describes a body that is a mail or made of parts. False where it is neither, or lies deeper than is followed:
  /// nothing was added then.
  public static func describe(
    _ bytes: Span<UInt8>, _ body: BodyFacts, into tree: inout FieldBuffer
  ) -> Bool {
    guard body.depth < MultipartDescription.deepest else { return false }
    let type = body.type.lowercased()
    if type.hasPrefix("multipart/") {
      MultipartDescription.describe(
        bytes, at: body.offset, type: body.type, parameters: body.parameters, depth: body.depth,
        into: &tree)
    } else if type == "message/rfc822" {
      MessageDescription.describe(bytes, at: body.offset, depth: body.depth + 1, into: &tree)
    } else {
      return false
    }
    return true
  }
}

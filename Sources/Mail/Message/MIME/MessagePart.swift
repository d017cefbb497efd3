/// A part of a message (RFC 2045 section 2.5): what its header says of it, and what its bytes are.
public struct MessagePart: Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    /// Its bytes are its content.
    case leaf
    /// Made of the parts that name it as their parent. Its own bytes are what comes before the first boundary.
    case multipart
    /// A message. Its bytes are those of the message, which are read as parts too.
    case message
    /// A file that the text of its parent has in it (uuencode, yEnc), or that a `winmail.dat` has.
    case embedded
  }

  /// A parameter of its Content-Type field, in Unicode.
  public struct Parameter: Sendable, Hashable {
    /// In lower case.
    public var name: String
    public var value: String
  }

  public var kind: Kind
  /// As IMAP numbers it (RFC 9051 section 6.4.5): `1.2`. The multipart that a message consists of is `TEXT`, or
  /// `3.TEXT` where the message is part 3; files in a text are numbered as if the text were made of parts.
  public var path: String
  /// The index of the part that it belongs to; nil for what the message consists of.
  public var parent: Int?
  /// In lower case, without parameters: `text/plain`, also where the field is missing.
  public var contentType: String
  public var parameters: [Parameter] = []
  /// The charset as it was labelled.
  public var charset: String?
  /// The Content-Transfer-Encoding in lower case; nil where the field is missing.
  public var encoding: String?
  /// In lower case, without parameters: `attachment`.
  public var disposition: String?
  /// By the disposition, or the `name` of the content type. Untrusted: it may be a path, or have control characters.
  public var filename: String?
  /// Without angle brackets.
  public var contentID: String?
  public var description: String?
  /// Of a message: what its header says.
  public var headers: MessageHeaders?
  /// Bytes of the message before the part's header.
  public var offset: Int
  /// Bytes after decoding.
  public var size = 0
  /// The content type by the first bytes; nil where they are those of no type that is known.
  public var detectedType: String?
  /// False where bytes are missing: a gap, a boundary that never came, an encoding that was cut off.
  public var isComplete = true

  init(_ kind: Kind, path: String, parent: Int?, contentType: String, offset: Int) {
    (self.kind, self.path, self.parent) = (kind, path, parent)
    (self.contentType, self.offset) = (contentType, offset)
  }

  /// It has the attachments of a message of Outlook.
  var isTNEF: Bool {
    if contentType == "application/ms-tnef" || contentType == "application/vnd.ms-tnef" {
      return true
    }
    return filename.map { $0.equals(ignoringCase: "winmail.dat") } ?? false
  }
}

/// Takes the parts of a message as they come, decoded. `part` is the index in `MIMEContent.parts`.
///
/// Parts lie within each other: several may be open, and the bytes of an attached message come both as its own and as
/// those of its parts.
public protocol PartSink {
  /// `what` is as far as it is known from the part's header. A file in a `winmail.dat` may get its name later: in
  /// `MIMEContent` all is known.
  mutating func begin(_ part: Int, _ what: MessagePart)
  /// The content transfer encoding is undone; charset and line ends are as they were sent. The bytes are valid only
  /// for the call.
  mutating func receive(_ decoded: Span<UInt8>, of part: Int)
  mutating func end(_ part: Int)
}

/// Takes parts and keeps nothing.
public struct NoPartSink: PartSink {
  public init() {}
  public mutating func begin(_ part: Int, _ what: MessagePart) {}
  public mutating func receive(_ decoded: Span<UInt8>, of part: Int) {}
  public mutating func end(_ part: Int) {}
}

/// What a message is made of.
public struct MIMEContent: Sendable, Hashable {
  /// A field of the message's header.
  public struct Field: Sendable, Hashable {
    public var name: String
    /// In one line, in Unicode.
    public var value: String
    /// As it was sent, folded and encoded, where that is something else.
    public var raw: String?
  }

  /// All fields of the message's own header, in order.
  public var fields: [Field] = []
  /// What is shown of it first; nil where none of those fields is there.
  public var headers: MessageHeaders?
  /// In the order in which they begin.
  public var parts: [MessagePart] = []
  public var findings: [MessageFinding] = []
  /// Fields, parts and findings that are missing here, or cut short, because a limit was hit.
  public var droppedFields = 0
  public var droppedParts = 0
  public var droppedFindings = 0

  public init() {}
}

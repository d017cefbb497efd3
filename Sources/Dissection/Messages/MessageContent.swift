import Mail

/// What a run keeps of messages beside what the dialogue says of them.
public struct MessageOptions: Sendable {
  /// Digests beside SHA-256.
  public var digests: DigestChoice = []
  /// Whether the bytes of each message are kept, for as long as its session's record is.
  public var keepsBytes = false
  /// The same of the attachments, decoded.
  public var keepsAttachments = false
  /// Where they are kept; nil for a store of the run's own.
  var store: MessageStore?

  public init() {}
}

/// What the bytes of a message say of it.
public struct MessageContent: Sendable {
  /// nil where bytes are missing.
  public var digests: ContentDigests?
  /// nil where it has none of the fields that are shown, or they are not known.
  public var headers: MessageHeaders?
  /// Where bytes are missing.
  public var gaps: [MessageGap] = []
  /// Its bytes as a mail store would hold them, where they are kept. What is missing is not in them.
  public var bytes: StoredContent?
}

/// Bytes of a message that were never captured.
public struct MessageGap: Sendable, Hashable {
  /// Bytes of the message that were captured and lie before it.
  public var offset: Int
  /// nil where nothing says how many they are.
  public var length: Int?

  public init(offset: Int, length: Int?) { (self.offset, self.length) = (offset, length) }
}

import Mail

/// What a run keeps of messages beside what the dialogue says of them.
public struct MessageOptions: Sendable {
  /// Digests beside SHA-256.
  public var digests: DigestChoice = []
  /// Whether the bytes of each message are kept, for as long as its session's record is.
  public var keepsBytes = false
  /// The same of the attachments, decoded.
  public var keepsAttachments = false
  /// Keys of signers that are known without DNS.
  public var keys = DKIMKeys()
  /// Where they are kept; nil for a store of the run's own.
  var store: MessageStore?

  public init() {}

  /// For a view of the bytes themselves, which are kept in `store`, or in one of the run's own.
  init(keepingBytesIn store: MessageStore?) {
    keepsBytes = true
    self.store = store
  }
}

/// What the bytes of a message say of it.
public struct MessageContent: Sendable {
  /// nil where bytes are missing.
  public var digests: ContentDigests?
  /// What is shown of its header first; nil where it has none of those fields, or they are not known.
  public var headers: MessageHeaders?
  /// All fields of its header, in order.
  public var fields: [MIMEContent.Field] = []
  /// Its parts, in the order in which they begin.
  public var parts: [PartContent] = []
  public var findings: [MessageFinding] = []
  /// What servers wrote into its header.
  public private(set) var trace = MessageTrace()
  /// Its signatures, as far as they could be checked.
  public var signatures: [DKIMCheck] = []
  /// What DNS says in the capture of the names that it has.
  public var names: [NameAnswer] = []
  /// Where bytes are missing.
  public var gaps: [MessageGap] = []
  /// Its bytes as a mail store would hold them, where they are kept. What is missing is not in them.
  public var bytes: StoredContent?
  /// Set where the session had too much text to keep more: what the bytes say is read from them when it is asked for.
  var isDeferred = false
}

/// Bytes of a message that were never captured.
public struct MessageGap: Sendable, Hashable {
  /// Bytes of the message that were captured and lie before it.
  public var offset: Int
  /// nil where nothing says how many they are.
  public var length: Int?

  public init(offset: Int, length: Int?) { (self.offset, self.length) = (offset, length) }
}

extension StoredContent {
  /// Reads it as a message, part by part.
  func read(to sink: inout some PartSink) throws(OutputError) -> MIMEContent {
    var reader = MIMEReader()
    try forEach { piece throws(OutputError) in reader.receive(piece, to: &sink) }
    return reader.finish(to: &sink)
  }
}

extension MessageContent {
  /// Takes over what was read of it.
  mutating func take(_ content: MIMEContent, _ parts: PartIntake) {
    (headers, fields, findings) = (content.headers, content.fields, content.findings)
    self.parts = parts.contents(of: content.parts)
  }

  /// Leaves what can be said of a message that did not come as a whole: what its header says, where that came, and
  /// nothing that rests on where the message ends.
  mutating func judge(_ message: Message, keepsBytes: Bool) {
    if !keepsBytes, !isDeferred { bytes = nil }
    let isWhole = message.section == nil && message.transfer != .top
    if !isWhole || !message.complete { findings = headers?.findings ?? [] }
    if message.section != nil { parts = [] }
    if !isWhole || !message.complete { signatures = [] }
    if !message.hasHeader { (headers, fields, findings) = (nil, [], []) }
  }

  /// Reads what servers wrote into its header, and adds what is found there, once its signatures are checked.
  mutating func readTrace() {
    trace = MessageTrace(fields)
    findings += trace.findings + signatures.flatMap(\.findings)
  }

  /// Checks its signatures with the keys that are known now, and takes what DNS says of it.
  mutating func join(_ names: borrowing KnownNames, _ message: Message) {
    for index in signatures.indices { signatures[index].resolve(names.keys) }
    let author = fields.first { $0.name.lowercased() == "from" }?.value
    self.names = names.about(message, signatures.map(\.signature), author: author)
  }

  /// With what its bytes say, where that was put off.
  func read(_ message: Message, _ options: MessageOptions) -> MessageContent {
    guard isDeferred, let bytes, let store = options.store else { return self }
    var (reader, parts, whole) = (MIMEReader(), PartIntake(options, store), self)
    var (offset, gaps) = (0, gaps[...])
    func passGaps(upTo end: Int) {
      while let gap = gaps.first, gap.offset <= end {
        reader.gap(gap.length ?? 0, to: &parts)
        gaps.removeFirst()
      }
    }
    // What cannot be read any more is missing; the store says why.
    try? bytes.forEach { piece throws(OutputError) in
      var start = 0
      while let gap = gaps.first, gap.offset < offset + piece.count {
        reader.receive(piece.extracting(start..<gap.offset - offset), to: &parts)
        start = gap.offset - offset
        passGaps(upTo: gap.offset)
      }
      reader.receive(piece.extracting(start...), to: &parts)
      offset += piece.count
    }
    passGaps(upTo: offset)
    whole.take(reader.finish(to: &parts), parts)
    whole.judge(message, keepsBytes: true)
    whole.readTrace()
    return whole
  }
}

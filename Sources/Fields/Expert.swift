/// How grave an expert finding is, with Wireshark's number for it.
public enum ExpertSeverity: UInt32, Sendable {
  case comment = 0x0010_0000
  case chat = 0x0020_0000
  case note = 0x0040_0000
  case warning = 0x0060_0000
  case error = 0x0080_0000

  public var name: String {
    switch self {
    case .comment: "Comment"
    case .chat: "Chat"
    case .note: "Note"
    case .warning: "Warning"
    case .error: "Error"
    }
  }
}

/// What an expert finding is about, with Wireshark's number for it.
public enum ExpertGroup: UInt32, Sendable {
  case checksum = 0x0100_0000
  case sequence = 0x0200_0000
  case response = 0x0300_0000
  case request = 0x0400_0000
  case undecoded = 0x0500_0000
  case reassemble = 0x0600_0000
  case malformed = 0x0700_0000
  case debug = 0x0800_0000
  case proto = 0x0900_0000
  case security = 0x0a00_0000
  case comment = 0x0b00_0000
  case decryption = 0x0c00_0000
  case assumption = 0x0d00_0000
  case deprecated = 0x0e00_0000

  public var name: String {
    switch self {
    case .checksum: "Checksum"
    case .sequence: "Sequence"
    case .response: "Response"
    case .request: "Request"
    case .undecoded: "Undecoded"
    case .reassemble: "Reassemble"
    case .malformed: "Malformed"
    case .debug: "Debug"
    case .proto: "Protocol"
    case .security: "Security"
    case .comment: "Comment"
    case .decryption: "Decryption"
    case .assumption: "Assumption"
    case .deprecated: "Deprecated"
    }
  }
}

/// Wireshark's own fields for expert findings.
public struct ExpertFields: FieldSet {
  public let expert = Field("_ws.expert", "Expert Info", .proto)
  public let message = Field("_ws.expert.message", "Message", .string)
  public let severity = Field(
    "_ws.expert.severity", "Severity level", .uint32, .natural,
    .names { number in UInt32(exactly: number).flatMap { ExpertSeverity(rawValue: $0) }?.name })
  public let group = Field(
    "_ws.expert.group", "Group", .uint32, .natural,
    .names { number in UInt32(exactly: number).flatMap { ExpertGroup(rawValue: $0) }?.name })

  public let stray = Field(
    "_ws.string.trailing_stray_characters", "Trailing stray characters", .none)

  public init() {}
  static let fields = Self()
}

extension FieldBuffer {
  /// Adds an expert finding below `parent`, as its last child so far.
  ///
  /// `field` is the finding's own name (`tcp.checksum_bad.expert`), `message` what happened here.
  public mutating func expert(
    _ field: Field, _ severity: ExpertSeverity, _ group: ExpertGroup, _ message: String,
    under parent: FieldIndex, _ traits: FieldTraits = .generated
  ) {
    guard parent != .none else { return }
    let fields = ExpertFields.fields
    let head = insert(fields.expert, .none, lastIn: parent, traits)
    relabel(head) { $0.write("Expert Info (\(severity.name)/\(group.name)): \(message)") }
    let own = insert(field, .none, lastIn: head, traits)
    // A note: a long one is cut without a word.
    relabel(own, "")
    note(own, message)
    let words = insert(fields.message, .none, lastIn: head, [.generated, .hidden])
    setText(of: words) {
      let start = $0.count
      $0.write(message)
      $0.cut(from: start, limit: Self.labelLimit)
    }
    let level = insert(
      fields.severity, .unsigned(UInt64(severity.rawValue)), lastIn: head, traits)
    relabel(level, "Severity level: \(severity.name)")
    let about = insert(fields.group, .unsigned(UInt64(group.rawValue)), lastIn: head, traits)
    relabel(about, "Group: \(group.name)")
    // Wireshark marks what holds such a finding as malformed, for filters.
    if group == .malformed {
      relabel(
        insert(EndFields.fields.malformed, .none, lastIn: parent, .hidden), "Malformed Packet")
    }
  }
}

extension FieldBuffer {
  /// Says of a string that bytes other than zeros follow the zero that ends it.
  public mutating func noteStrayBytes(of string: Span<UInt8>, under item: FieldIndex) {
    guard let end = string.indices.first(where: { string[$0] == 0 }),
      string.indices[end...].contains(where: { string[$0] != 0 })
    else { return }
    expert(
      ExpertFields.fields.stray, .warning, .undecoded, "Trailing stray characters", under: item)
  }
}

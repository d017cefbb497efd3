import Fields

/// Keeps the first bytes of a content, and says of what type they are.
struct TypeDetector: Sendable {
  private static let limit = 512
  /// An archive's first entries say what it is an archive of.
  private static let archiveLimit = 4_096

  private var head: [UInt8] = []

  mutating func receive(_ bytes: Span<UInt8>) {
    let limit = head.starts(with: FileSignatures.archive) ? Self.archiveLimit : Self.limit
    guard head.count < limit else { return }
    // The first bytes decide how many are kept, wherever they were cut.
    let first = min(bytes.count, max(0, Self.limit - head.count))
    head.append(bytes.extracting(first: first))
    guard first < bytes.count, head.starts(with: FileSignatures.archive) else { return }
    let rest = bytes.extracting(droppingFirst: first)
    head.append(rest.extracting(first: min(rest.count, Self.archiveLimit - head.count)))
  }

  /// nil where no type that is known begins so.
  var type: FileType? { FileSignatures.type(of: head) }

  /// What the content is, where that is not what its type or its name says.
  static func contradiction(of part: MessagePart, _ found: FileType?) -> String? {
    let named = part.filename.flatMap { FileType.named($0) }
    let typed = FileType.all[part.contentType]
    guard let found else {
      guard part.isComplete, part.size >= 8 else { return nil }
      // These always begin with their signature.
      if let type = [typed, named].compactMap({ $0 }).first(where: \.isSigned) {
        return "does not begin as \(type.name) does"
      }
      return nil
    }
    if let typed, !found.mayBeCalled(typed) {
      return "is \(found.name), its Content-Type is \(part.contentType)"
    }
    if let named, let name = part.filename, !found.mayBeCalled(named) {
      return "is \(found.name), its name is “\(Phrase.quote(name))”"
    }
    return nil
  }
}

/// A type of the files that are attached to messages.
struct FileType: Sendable, Hashable {
  enum Family: Sendable {
    case other
    /// ZIP archives, and what is made of them.
    case archive
    /// Compound files of older Office programs; encrypted ones of newer programs too.
    case compound
    /// Text whose first words say what it is.
    case text
    case program
    /// Sound and pictures that move: containers whose names say little.
    case media
  }
  let name: String
  let family: Family
  /// It has no other beginning.
  let isSigned: Bool

  /// Whether what is of this type may be called another.
  func mayBeCalled(_ other: FileType) -> Bool {
    if name == other.name { return true }
    switch (family, other.family) {
    // An archive of what is not known may be any of them; older programs write text where the name is a document's.
    case (.archive, .archive), (.compound, .compound), (.media, .media), (.text, .text): return true
    case (.compound, .archive): return other.isOffice
    case (.archive, .compound): return isOffice
    case (.text, .compound): return true
    case (_, .text): return family == .text
    default: return false
    }
  }

  private var isOffice: Bool { name.hasPrefix("application/vnd.openxmlformats") }

  /// The type that a file name's last part says.
  static func named(_ name: String) -> FileType? {
    guard let dot = name.utf8.lastIndex(of: .dot) else { return nil }
    let suffix = name.utf8[name.utf8.index(after: dot)...]
    guard suffix.count <= 8 else { return nil }
    return suffixes[String(decoding: suffix.map(\.lowercasedASCII), as: UTF8.self)]
  }

  /// By the name of the content type, and by those that mailers use for it.
  static let all: [String: FileType] = {
    var all: [String: FileType] = [:]
    for row in FileTypeTable.rows {
      let type = FileType(row)
      for name in row.types.split(separator: " ") { all[String(name)] = type }
    }
    return all
  }()

  private static let suffixes: [String: FileType] = {
    var suffixes: [String: FileType] = [:]
    for row in FileTypeTable.rows {
      let type = FileType(row)
      for suffix in row.suffixes.split(separator: " ") { suffixes[String(suffix)] = type }
    }
    return suffixes
  }()

  private init(_ row: FileTypeTable.Row) {
    name = String(row.types.prefix { $0 != " " })
    (family, isSigned) = (row.family, row.isSigned)
  }
}

/// A list of tags (RFC 6376 section 3.2): `v=1; a=rsa-sha256; d=example.org`.
public struct TagList: Sendable, Hashable {
  private var tags: [String: String] = [:]
  /// A tag that is there twice makes the list void.
  public private(set) var hasDuplicate = false

  public init(_ text: some Collection<UInt8>) {
    for piece in text.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: true) {
      guard let equals = piece.firstIndex(of: UInt8(ascii: "=")) else { continue }
      let name = String(decoding: piece[..<equals].filter { !$0.isFolding }, as: UTF8.self)
      guard !name.isEmpty else { continue }
      let value = Array(piece[piece.index(after: equals)...])
      if tags[name] != nil { hasDuplicate = true } else { tags[name] = Self.unfolded(value) }
    }
  }

  /// The value without the blanks around it; what folded it is one blank.
  public subscript(name: String) -> String? { tags[name] }

  /// The value without any blanks: base64, names.
  public func compact(_ name: String) -> String? {
    tags[name].map { String(decoding: $0.utf8.filter { !$0.isFolding }, as: UTF8.self) }
  }

  private static func unfolded(_ value: [UInt8]) -> String {
    var result: [UInt8] = []
    for byte in value {
      if byte == .lineFeed || byte == .carriageReturn { continue }
      result.append(byte)
    }
    return String(decoding: result, as: UTF8.self).trimmingBlanks
  }
}

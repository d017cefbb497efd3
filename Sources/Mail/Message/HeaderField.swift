/// One field of a header as it was sent (RFC 5322 section 2.2).
public struct HeaderField: Sendable, Hashable {
  /// Bytes of the message before its name, before its colon, and before what follows its last line end.
  public let start: Int
  public let colon: Int
  public let end: Int
  /// False where the message, or what was captured of it, ends before the line does.
  public let isTerminated: Bool
  /// The field with its continuation lines, without the last line end; no more than the reader keeps.
  public let bytes: [UInt8]
  /// Bytes that were too many to keep.
  public let dropped: Int

  /// As sent, without the blanks that obsolete syntax has before the colon.
  public var name: String { nameBytes.text }

  /// Whether it has a name, in any case of letters.
  public func isNamed(_ name: String) -> Bool { nameBytes.equals(ignoringCase: name.utf8.span) }

  /// The name as bytes.
  var nameBytes: Span<UInt8> {
    @_lifetime(borrow self) get { bytes.span.extracting(first: colon - start).trimmed }
  }

  /// What follows the colon, as sent: folded, without the blanks around it.
  public var raw: ArraySlice<UInt8> {
    var rest = bytes.dropFirst(colon - start + 1)
    while rest.first?.isFolding == true { rest.removeFirst() }
    while rest.last?.isFolding == true { rest.removeLast() }
    return rest
  }

  /// Whether it is one line of ASCII without encoded words: its text is what was sent.
  var isPlain: Bool {
    raw.allSatisfy { $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "=") || $0 == .tab }
  }

  /// What follows the colon, as it was sent.
  var text: String { String(decoding: raw, as: UTF8.self) }

  /// The same in one line: the line ends of continuation lines are taken out, the blanks after them stay.
  public var unfolded: [UInt8] { Self.unfolded(raw) }

  /// Takes out line ends: LF, and the CR before it.
  static func unfolded(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    for byte in bytes {
      if byte == .lineFeed {
        if result.last == .carriageReturn { result.removeLast() }
      } else {
        result.append(byte)
      }
    }
    return result
  }
}

extension UInt8 {
  /// White space that may fold a field (RFC 5322 section 2.2.3), line ends included.
  var isFolding: Bool { isBlank || self == .carriageReturn || self == .lineFeed }
}

import Fields

/// One option of a segment.
struct TCPOption: ~Escapable {
  let kind: TCPOptionKind
  /// As far as they were captured.
  let bytes: Span<UInt8>
  let length: Int
  let place: Int
  let item: FieldIndex

  @_lifetime(copy bytes)
  init(
    kind: TCPOptionKind, bytes: Span<UInt8>, length: Int, place: Int, item: FieldIndex
  ) {
    (self.kind, self.bytes, self.length, self.place, self.item) =
      (kind, bytes, length, place, item)
  }

  /// Fails where there are fewer than `count` bytes.
  func need(_ count: Int) throws(MissingOption) {
    guard bytes.count < count else { return }
    throw MissingOption(end: count > length ? .malformed(part: nil) : .cut(part: nil))
  }
  func uint16(at offset: Int) throws(MissingOption) -> UInt16 {
    try need(offset + 2)
    return bytes.uint16(at: offset)
  }
  func uint32(at offset: Int) throws(MissingOption) -> UInt32 {
    try need(offset + 4)
    return bytes.uint32(at: offset)
  }
}

/// An option does not have the bytes that it needs.
struct MissingOption: Error {
  let end: TCPOptionsDescription.End
}

/// The field of an option and the length it must have.
struct TCPOptionShape {
  let field: Field
  /// Where it differs from the title in the list of options.
  var title: String?
  var exactLength: Int?
  var leastLength: Int?
  var leastWords: String?
  var lengths: [Int] = []

  init(_ kind: TCPOptionKind) {
    let fields = TCPOptionFields.fields
    switch kind {
    case .maximumSegmentSize: self.init(fields.size, exactly: 4)
    case .windowScale: self.init(fields.windowScale, exactly: 3)
    case .sackPermitted: self.init(fields.sackPermitted, exactly: 2)
    case .sack: self.init(fields.sack)
    case .echo, .echoReply: self.init(fields.echo, "Echo", exactly: 6)
    case .timestamps: self.init(fields.timestamps, exactly: 10)
    case .connectionCount, .connectionCountNew, .connectionCountEcho:
      self.init(fields.cc, "CC", exactly: 6)
    case .md5: self.init(fields.md5, exactly: 18)
    case .scps: self.init(fields.scps)
    case .negativeAcknowledgment: self.init(fields.snack, exactly: 6)
    case .recordBoundary: self.init(fields.scpsRecord, exactly: 2)
    case .corruption: self.init(fields.scpsCorruption, exactly: 2)
    case .quickStart: self.init(fields.quickStart, exactly: 8)
    case .userTimeout: self.init(fields.userTimeout, exactly: 4)
    case .authentication:
      self.init(fields.authentication)
      leastWords = "option length should be >= than 4"
      leastLength = 4
    case .fastOpen: self.init(fields.fastOpen)
    case .riverbedProbe:
      self.init(fields.riverbedProbe)
      leastWords = "option length should be >= 3)"
      leastLength = 3
    case .riverbedTransparency: self.init(fields.riverbedTransparency, exactly: 16)
    case .accurateECN0, .accurateECN1:
      self.init(fields.accurateECN)
      lengths = [2, 5, 8, 11]
    case .experiment1, .experiment2:
      self.init(fields.experimental)
      leastLength = 4
    default: self.init(fields.unknown, "Unknown")
    }
  }
  private init(_ field: Field, _ title: String? = nil, exactly length: Int? = nil) {
    (self.field, self.title, exactLength) = (field, title, length)
  }

  func problem(with count: Int) -> String? {
    if let exactLength, exactLength != count { return "option length should be \(exactLength)" }
    if let leastLength, count < leastLength {
      return leastWords ?? "option length \(count) smaller than \(leastLength)"
    }
    if !lengths.isEmpty, !lengths.contains(count) {
      return "option length should be 2, 5, 8, or 11 instead of \(count)"
    }
    return nil
  }
}

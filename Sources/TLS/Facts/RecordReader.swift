import Fields

/// A record of one side that is over (RFC 8446 5.1), without its content.
public struct TLSRecord: Sendable, Hashable {
  public var type: ContentType
  /// As the record's head has it, which is not the version that was agreed on.
  public var version: UInt16
  /// Bytes of content that the head announces.
  public var length: Int
  /// Where its first byte was, and where its last.
  public var start: TLSPlace
  public var end: TLSPlace
  /// False where bytes of it were not captured, or are more than a record may have: then it has no content.
  public var isWhole = true

  public init(
    type: ContentType, version: UInt16, length: Int, start: TLSPlace, end: TLSPlace,
    isWhole: Bool = true
  ) {
    (self.type, self.version, self.length) = (type, version, length)
    (self.start, self.end, self.isWhole) = (start, end, isWhole)
  }
}

/// What a record holds (RFC 8446 B.1).
public struct ContentType: RawRepresentable, Sendable, Hashable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  public static let changeCipherSpec = Self(rawValue: 20)
  public static let alert = Self(rawValue: 21)
  public static let handshake = Self(rawValue: 22)
  public static let applicationData = Self(rawValue: 23)
  public static let heartbeat = Self(rawValue: 24)

  var isKnown: Bool { (20...24).contains(rawValue) }
}

/// Cuts the bytes of one side into records, however they come.
///
/// It holds one record at the most. Where it is not known any more where records begin, it is lost.
public struct RecordReader: Sendable {
  public static let headerLength = 5
  /// What a record holds, with what encryption may add to it (RFC 5246 6.2.3).
  public static let mostContent = 1 << 14 + 2048

  /// Whether the content of application data is kept too: only who has keys can use it.
  public var keepsApplicationData = false
  /// It is not known any more where records begin.
  public private(set) var isLost = false
  /// The content of the record at hand, as far as it came; of the last one, until `next` is called again.
  public private(set) var content: [UInt8] = []
  /// The head of the record at hand as a number, and how many bytes of it came.
  private var header: UInt64 = 0
  private var headerCount = 0
  /// Bytes of the record at hand that are still to come.
  private var remaining = 0
  private var start = TLSPlace(frame: 0, time: 0)
  private var isWhole = true
  /// The record at hand was given out.
  private var isOver = false

  public init() {}

  private var length: Int { Int(header & 0xffff) }
  /// What the record at hand is, where one was begun.
  public var type: ContentType? {
    headerCount == Self.headerLength
      ? ContentType(rawValue: UInt8(truncatingIfNeeded: header >> 32)) : nil
  }
  private var keepsContent: Bool {
    length <= Self.mostContent && (keepsApplicationData || type != .applicationData)
  }

  /// Takes bytes from `index` on up to the end of a record, and gives the record; nil where no record ends with them.
  public mutating func next(
    _ bytes: Span<UInt8>, from index: inout Int, at place: TLSPlace
  ) -> TLSRecord? {
    if isOver { begin() }
    while index < bytes.count, !isLost {
      if headerCount < Self.headerLength {
        if headerCount == 0 { start = place }
        header = header << 8 | UInt64(bytes[index])
        headerCount += 1
        index += 1
        if let type, !type.isKnown || header >> 24 & 0xff != 3 {
          lose()
          break
        }
        if headerCount == Self.headerLength {
          remaining = length
          isWhole = length <= Self.mostContent
          if keepsContent, isWhole { content.reserveCapacity(min(length, bytes.count)) }
        }
      } else {
        let count = min(remaining, bytes.count - index)
        if keepsContent, isWhole {
          content.append(bytes.extracting(index..<index + count))
        }
        remaining -= count
        index += count
      }
      if remaining == 0, let record = end(at: place) { return record }
    }
    if isLost { index = bytes.count }
    return nil
  }

  /// `length` bytes of the side were not captured. Gives the record that ends with them; its content is not known.
  public mutating func miss(_ length: Int, at place: TLSPlace) -> TLSRecord? {
    if isOver { begin() }
    guard type != nil, remaining >= length else {
      lose()
      return nil
    }
    (isWhole, content) = (false, [])
    remaining -= length
    return remaining == 0 ? end(at: place) : nil
  }

  /// Lets go of the content of a record that was given out.
  public mutating func dropContent() { if isOver { content = [] } }

  /// The next byte begins a record.
  public mutating func findAgain() {
    begin()
    isLost = false
  }

  private mutating func begin() {
    (header, headerCount, remaining) = (0, 0, 0)
    content = []
    isOver = false
  }

  private mutating func end(at place: TLSPlace) -> TLSRecord? {
    guard let type else { return nil }
    isOver = true
    return TLSRecord(
      type: type, version: UInt16(truncatingIfNeeded: header >> 16), length: length, start: start,
      end: place, isWhole: isWhole)
  }

  private mutating func lose() {
    begin()
    isLost = true
  }
}

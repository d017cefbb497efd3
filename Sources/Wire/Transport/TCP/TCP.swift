import Fields

/// A TCP segment, viewed in place (RFC 9293 section 3.1).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-------------------------------+-------------------------------+
///     |          Source Port          |       Destination Port        |
///     +-------------------------------+-------------------------------+
///     |                        Sequence Number                        |
///     +---------------------------------------------------------------+
///     |                    Acknowledgment Number                      |
///     +-------+-----------------------+-------------------------------+
///     | Offset|         Flags         |            Window             |
///     +-------+-----------------------+-------------------------------+
///     |           Checksum            |         Urgent Pointer        |
///     +-------------------------------+-------------------------------+
///     |                    Options, up to 40 bytes                    |
///     +---------------------------------------------------------------+
public struct TCPSegment: ~Escapable {
  /// The length in bytes of a header without options.
  public static let headerLength = 20
  /// What the fields up to the window take: a frame that is cut after it still belongs to its conversation.
  static let neededLength = 16

  let bytes: Span<UInt8>
  private let wireLength: Int

  /// The only length check for what comes before the checksum.
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) throws(DecodeError) {
    guard bytes.count >= Self.neededLength else { throw layer.error(needed: Self.headerLength) }
    self.bytes = bytes
    wireLength = layer.wireEnd - layer.start
  }

  /// Views the bytes of a segment, from its source port on. Throws `DecodeError`, reason `tooShort`, where there are
  /// fewer than 16 bytes: what follows the window may be missing in a capture that is cut.
  @_lifetime(copy bytes)
  public init(_ bytes: Span<UInt8>) throws(DecodeError) {
    try self.init(bytes, Layer(.tcp, start: 0, end: bytes.count, wireEnd: bytes.count))
  }

  public var sourcePort: UInt16 { bytes.uint16(at: 0) }
  public var destinationPort: UInt16 { bytes.uint16(at: 2) }
  /// The number of the first byte of the payload, or of SYN.
  @inline(__always)
  public var sequence: SequenceNumber { SequenceNumber(bytes.uint32(at: 4)) }
  /// The number of the byte that is expected next, where the flags have an acknowledgment.
  @inline(__always)
  public var acknowledgment: SequenceNumber { SequenceNumber(bytes.uint32(at: 8)) }
  /// The length of the header with its options, in bytes; a segment may say less than 20, or more than there is.
  public var headerLength: Int { Int(bytes[12] >> 4) * 4 }
  public var flags: TCPFlags { TCPFlags(rawValue: bytes.uint16(at: 12) & 0xfff) }
  /// The window as the header has it, in bytes unless the handshake has agreed on a scale (RFC 7323 section 2).
  public var window: UInt16 { bytes.uint16(at: 14) }
  /// Nil where the capture is cut before it.
  public var checksum: UInt16? { bytes.count >= 18 ? bytes.uint16(at: 16) : nil }
  /// Nil where the capture is cut before it.
  public var urgentPointer: UInt16? { bytes.count >= 20 ? bytes.uint16(at: 18) : nil }
  /// The options, as far as they were captured.
  public var options: Span<UInt8> {
    @_lifetime(copy self) get { bytes.part(Self.headerLength, headerLength) }
  }
  /// All that follows the header, as far as it was captured.
  public var payload: Span<UInt8> {
    @_lifetime(copy self) get { bytes.part(headerLength, bytes.count) }
  }

  var hasPayload: Bool { headerLength < wireLength }

  /// A quoted segment is mostly cut: its length means nothing.
  @inline(__always)
  func header(isQuoted: Bool) -> SegmentHeader {
    SegmentHeader(
      sourcePort: sourcePort, destinationPort: destinationPort, sequence: sequence,
      acknowledgment: acknowledgment, flags: flags, window: window, headerLength: headerLength,
      payloadLength: headerLength <= wireLength && !isQuoted ? wireLength - headerLength : nil)
  }
  var optionFacts: OptionFacts {
    headerLength > Self.headerLength && !hasTimestampsAlone
      ? OptionFacts(options, length: headerLength - Self.headerLength) : OptionFacts()
  }
  /// Whether the options are as nearly all segments have them: times after two bytes of padding (RFC 7323 appendix A),
  /// on which nothing depends.
  @inline(__always)
  var hasTimestampsAlone: Bool {
    headerLength == 32 && bytes.count >= 32 && bytes.uint32(at: Self.headerLength) == 0x0101_080a
  }

  /// Follows the connection of Multipath TCP through the segment's options.
  func advance(_ table: inout MultipathTable, _ segment: borrowing Segment) -> MultipathFacts? {
    if hasTimestampsAlone { return nil }
    var facts: MultipathFacts?
    var offset = 0
    while offset + 1 < options.count {
      switch TCPOptionKind(rawValue: options[offset]) {
      case .end:
        offset += 1
        guard options[offset] == 0 else { return facts }
      case .noOperation: offset += 1
      case let kind:
        let length = Int(options[offset + 1])
        guard length >= 2, offset + length <= headerLength - Self.headerLength else { return facts }
        if kind == .multipath {
          let option = MultipathOption(options.part(offset, offset + length), length: length)
          facts = table.advance(option, segment) ?? facts
          guard option.isReadable else { return facts }
        }
        offset += length
      }
    }
    return facts
  }

  /// Compares the checksum with the bytes, where all of them were captured; gives the sum over the payload too.
  func validate(_ addresses: NetworkAddresses) -> (state: ChecksumState, payloadSum: UInt16) {
    guard bytes.count == wireLength, let checksum, addresses.version != .none else {
      return (.unverified, 0)
    }
    var content = Checksum()
    content.add(payload)
    var sum = Checksum(pseudoHeader: addresses, protocol: 6, length: bytes.count)
    sum.add(bytes.part(0, headerLength))
    sum.add(content)
    return (
      sum.folded == 0xffff ? .good : .bad(expected: sum.expected(insteadOf: checksum)),
      content.folded
    )
  }

  /// The payload's layer; nil where there is none: what a reset carries is its cause.
  func next(_ layer: Layer) -> Layer? {
    guard headerLength >= Self.headerLength, headerLength < wireLength, !flags.contains(.reset)
    else { return nil }
    return layer.above(.data, at: headerLength)
  }
}

import Fields

/// A UDP datagram, viewed in place (RFC 768).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-------------------------------+-------------------------------+
///     |          Source Port          |       Destination Port        |
///     +-------------------------------+-------------------------------+
///     |            Length             |           Checksum            |
///     +-------------------------------+-------------------------------+
public struct UDPDatagram: ~Escapable {
  /// The length of the header in bytes.
  public static let headerLength = 8

  private let bytes: Span<UInt8>

  /// The only length check: every accessor below relies on it.
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) throws(DecodeError) {
    guard bytes.count >= Self.headerLength else { throw layer.error(needed: Self.headerLength) }
    self.bytes = bytes
  }

  /// A header that was cut: only what is there may be asked for.
  @_lifetime(copy bytes)
  private init(cut bytes: Span<UInt8>) { self.bytes = bytes }

  /// Views the bytes of a datagram, from its source port on. Throws `DecodeError`, reason `tooShort`, where there are fewer than 8 bytes.
  @_lifetime(copy bytes)
  public init(_ bytes: Span<UInt8>) throws(DecodeError) {
    try self.init(bytes, Layer(.udp, start: 0, end: bytes.count, wireEnd: bytes.count))
  }

  public var sourcePort: UInt16 { bytes.uint16(at: 0) }
  public var destinationPort: UInt16 { bytes.uint16(at: 2) }
  /// The length of header and payload in bytes, as the header says it.
  public var length: Int { Int(bytes.uint16(at: 4)) }
  /// The checksum; 0 where the sender gave none (RFC 768), which IPv6 forbids (RFC 8200 section 8.1).
  public var checksum: UInt16 { bytes.uint16(at: 6) }
  /// What the length leaves, as far as it was captured.
  public var payload: Span<UInt8> {
    @_lifetime(copy self) get { bytes.part(Self.headerLength, length) }
  }

  /// Length 0 means a jumbogram (RFC 2675), which only IPv6 has; Wireshark takes any payload's length then.
  private func length(_ layer: Layer, _ addresses: NetworkAddresses) -> Int {
    length == 0 && addresses.version == .ipv6 ? layer.wireCount : length
  }
  /// Whether the length is one that a datagram can have.
  func isPlausible(_ layer: Layer, _ addresses: NetworkAddresses) -> Bool {
    length(layer, addresses) >= Self.headerLength
  }

  /// The lower port says what the payload is, or else the higher one; what the user says of them comes first.
  func next(_ layer: Layer, _ addresses: NetworkAddresses, _ options: DissectorOptions) -> Layer? {
    let length = length(layer, addresses)
    guard length > Self.headerLength else { return nil }
    let low = min(sourcePort, destinationPort), high = max(sourcePort, destinationPort)
    let kind =
      options.tunnels[low]?.kind ?? options.tunnels[high]?.kind
      ?? Self.kind(low, options.datagramPorts) ?? Self.kind(high, options.datagramPorts) ?? .data
    var above = layer.above(kind, at: Self.headerLength, length: length - Self.headerLength)
    above.depth = 0
    return above
  }

  private static func kind(_ port: UInt16, _ claimed: [UInt16]) -> LayerKind? {
    UDPPort(rawValue: port).kind ?? (claimed.contains(port) ? .datagram : nil)
  }

  /// Whether the whole datagram sums up to 0xffff, and the checksum that would make it so.
  private func check(_ length: Int, _ addresses: NetworkAddresses) -> (isGood: Bool, UInt16) {
    var sum = Checksum(pseudoHeader: addresses, protocol: 17, length: length)
    sum.add(bytes.part(0, length))
    return (sum.folded == 0xffff, sum.expected(insteadOf: checksum))
  }

  /// Describes as much of the header as there is.
  static func describe(
    _ bytes: Span<UInt8>, _ layer: Layer, _ context: borrowing DescribeContext,
    into tree: inout FieldBuffer
  ) throws(DecodeError) {
    tree.addProtocol("udp")
    guard bytes.count >= 4 else { throw layer.error(needed: headerLength) }
    let top = describePorts(bytes, into: &tree)
    defer { tree.close(top) }
    guard bytes.count >= 6 else { throw layer.error(needed: headerLength) }
    let datagram = UDPDatagram(cut: bytes)
    guard let length = datagram.describeLength(layer, context, into: &tree) else { return }
    guard bytes.count >= headerLength else { throw layer.error(needed: headerLength) }
    datagram.describeChecksum(layer, length, context, into: &tree)
    datagram.describeConversation(context, hasPayload: length > headerLength, into: &tree)
    guard length > headerLength else { return }
    let payload = bytes.part(headerLength, length)
    guard !payload.isEmpty else { throw layer.error(needed: headerLength + 1) }
    // The value goes to the end of the IP payload, whatever the length says.
    let item = tree.add(
      UDPFields.fields.payload, bytes.part(headerLength, bytes.count), at: headerLength)
    tree.relabel(item) {
      $0.write("UDP payload (")
      $0.write(byteCount: payload.count)
      $0.write(")")
    }
  }

  private static func describePorts(
    _ bytes: Span<UInt8>, into tree: inout FieldBuffer
  ) -> FieldIndex {
    let fields = UDPFields.fields
    let (sourcePort, destinationPort) = (bytes.uint16(at: 0), bytes.uint16(at: 2))
    tree.columns.protocolName = "UDP"
    tree.columns.startInfo()
    tree.columns.info.write(decimal: UInt64(sourcePort))
    tree.columns.info.write(" → ")
    tree.columns.info.write(decimal: UInt64(destinationPort))
    let top = tree.add(fields.udp, .none, count: Self.headerLength)
    tree.relabel(top) {
      $0.write("User Datagram Protocol, Src Port: ")
      $0.write(decimal: UInt64(sourcePort))
      $0.write(", Dst Port: ")
      $0.write(decimal: UInt64(destinationPort))
    }
    tree.open(top)
    tree.add(fields.sourcePort, sourcePort, at: 0, count: 2)
    tree.add(fields.destinationPort, destinationPort, at: 2, count: 2)
    tree.add(fields.port, sourcePort, at: 0, count: 2, .hidden)
    tree.add(fields.port, destinationPort, at: 2, count: 2, .hidden)
    return top
  }

  /// Gives the length that counts; nil where the datagram cannot have the one it says.
  private func describeLength(
    _ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) -> Int? {
    let fields = UDPFields.fields
    let length = length(layer, context.addresses)
    let item = tree.add(fields.length, self.length, at: 4, count: 2)
    let isJumbogram = self.length == 0 && length > 0
    if isJumbogram, layer.wireCount <= 0xffff {
      let words = "Length is zero but payload < 65536"
      tree.expert(fields.lengthZero, .warning, .proto, words, under: item)
    }
    if length < Self.headerLength {
      tree.note(item, " (bogus, must be >= 8)")
      tree.columns.info.write(" [BAD UDP LENGTH \(length) < 8]")
      tree.expert(
        fields.lengthBad, .error, .malformed, "Bad length value \(length) < 8", under: item)
      return nil
    }
    if length > layer.wireCount, !layer.isQuoted {
      tree.note(item, " (bogus, payload length \(layer.wireCount))")
      tree.columns.info.write(" [BAD UDP LENGTH \(length) > IP PAYLOAD LENGTH]")
      tree.expert(
        fields.lengthBad, .error, .malformed,
        "Bad length value \(length) > IP payload length", under: item)
    }
    tree.columns.info.write(" Len=")
    tree.columns.info.write(decimal: length - Self.headerLength)
    if isJumbogram { tree.columns.info.write(" [Jumbogram]") }
    return length
  }

  private func describeChecksum(
    _ layer: Layer, _ length: Int, _ context: borrowing DescribeContext,
    into tree: inout FieldBuffer
  ) {
    let fields = UDPFields.fields
    let item = tree.add(fields.checksum, checksum, at: 6, count: 2)
    if checksum == 0 {
      let isIllegal = context.addresses.version == .ipv6
      tree.note(item, isIllegal ? " [zero-value illegal]" : " [zero-value ignored]")
      if isIllegal {
        tree.columns.info.write(" [ILLEGAL CHECKSUM (0)]")
        tree.expert(
          fields.checksumZero, .error, .checksum, "Illegal checksum value (0)", under: item)
      }
      tree.open(item)
      let status: Checksum.Status = isIllegal ? .illegal : .notPresent
      tree.add(fields.checksumStatus, status.rawValue, .generated)
      tree.close(item)
      return
    }
    let canCheck =
      context.validatesChecksums && context.addresses.version != .none
      && length <= layer.count && !context.isFragment
    guard canCheck else {
      tree.note(item, " [unverified]")
      tree.add(fields.checksumStatus, Checksum.Status.unverified.rawValue, .generated)
      return
    }
    let (isGood, expected) = check(length, context.addresses)
    if isGood {
      tree.note(item, " [correct]")
    } else {
      tree.note(item) {
        $0.write(" incorrect, should be 0x")
        $0.write(hex: UInt64(expected), digits: 4)
        $0.write(" (maybe caused by \"UDP checksum offload\"?)")
      }
      tree.columns.info.write(" [UDP CHECKSUM INCORRECT]")
      tree.badChecksum(fields.checksumBad, should: expected, under: item)
    }
    tree.open(item)
    tree.add(fields.checksumCalculated, expected, at: 6, count: 2, .generated)
    tree.close(item)
    let status: Checksum.Status = isGood ? .good : .bad
    tree.add(fields.checksumStatus, status.rawValue, .generated)
  }

  private func describeConversation(
    _ context: borrowing DescribeContext, hasPayload: Bool, into tree: inout FieldBuffer
  ) {
    let fields = UDPFields.fields
    let index = context.index
    guard let conversation = context.found.udp.first(where: { $0.layer == index })?.facts else {
      return
    }
    tree.add(fields.stream, conversation.stream, .generated)
    guard hasPayload, !context.layers[index].isQuoted else { return }
    let top = tree.addText("Timestamps", .generated)
    tree.open(top)
    let time = context.facts.time
    tree.add(fields.timeRelative, .time(time &- conversation.firstTime), .generated)
    tree.add(fields.timeDelta, .time(time &- conversation.previousTime), .generated)
    tree.close(top)
  }
}

extension FieldBuffer {
  /// The finding below a checksum that is not what it should be.
  mutating func badChecksum(_ field: Field, should expected: UInt16, under item: FieldIndex) {
    guard item != .none else { return }
    var words = TextBuffer()
    words.write("Bad checksum [should be 0x")
    words.write(hex: UInt64(expected), digits: 4)
    words.write("]")
    expert(field, .error, .checksum, words.string, under: item)
  }
}

/// The fields of UDP.
struct UDPFields: FieldSet {
  let udp = Field("udp", "User Datagram Protocol", .proto)
  let sourcePort = Field("udp.srcport", "Source Port", .uint16)
  let destinationPort = Field("udp.dstport", "Destination Port", .uint16)
  let port = Field("udp.port", "Source or Destination Port", .uint16)
  let length = Field("udp.length", "Length", .uint16)
  let lengthZero = Field(
    "udp.length.bad_zero", "Length is zero but payload < 65536", .none)
  let lengthBad = Field("udp.length.bad", "Bad length value", .none)
  let checksum = Field("udp.checksum", "Checksum", .uint16, .hex)
  let checksumCalculated = Field(
    "udp.checksum_calculated", "Calculated Checksum", .uint16, .hex)
  let checksumStatus = Field(
    "udp.checksum.status", "Checksum Status", .uint8, .wordsOnly,
    .names { Checksum.statusName($0) })
  let checksumBad = Field("udp.checksum.bad", "Bad checksum", .none)
  let checksumZero = Field("udp.checksum.zero", "Illegal checksum value (0)", .none)
  let stream = Field("udp.stream", "Stream index", .uint32)
  let timeRelative = Field("udp.time_relative", "Time since first frame", .relativeTime)
  let timeDelta = Field("udp.time_delta", "Time since previous frame", .relativeTime)
  let payload = Field("udp.payload", "Payload", .bytes)

  static let fields = Self()
}

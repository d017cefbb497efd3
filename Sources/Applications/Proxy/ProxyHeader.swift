import Fields

/// The header that a proxy sends before the client's first byte: PROXY protocol, version 1 (a line) and 2 (binary).
enum ProxyHeader {
  static let signature: [UInt8] = [
    0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a,
  ]
  /// Version 2 up to its length field.
  static let fixedLength = 16
  static let lengthOffset = 14
  /// The longest line of version 1, with its CR LF.
  static let longestLine = 107
  static let word: StaticString = "PROXY "

  static func extentOfLine(_ bytes: Span<UInt8>) -> ProxyUnit.Extent {
    guard bytes.begins(likeStartOf: word) else { return .foreign }
    guard bytes.count >= word.utf8CodeUnitCount else { return .unfinished(nil) }
    if let feed = bytes.firstIndex(of: 0x0a, from: 0, before: min(bytes.count, longestLine)) {
      return .complete(feed + 1)
    }
    return bytes.count < longestLine ? .unfinished(.line) : .foreign
  }

  static func extentOfBinary(_ bytes: Span<UInt8>) -> ProxyUnit.Extent {
    for index in 0..<min(bytes.count, signature.count) where bytes[index] != signature[index] {
      return .foreign
    }
    // No dialogue begins with two empty lines and a zero.
    guard bytes.count > 4 else { return .unfinished(nil) }
    guard bytes.count >= fixedLength else { return .unfinished(.header(bytes.count)) }
    let end = fixedLength + Int(bytes.uint16(at: lengthOffset))
    return bytes.count < end ? .unfinished(.upTo(end)) : .complete(end)
  }

  /// Reads a whole line. The second is what is wrong with it, where something is.
  static func readLine(_ bytes: Span<UInt8>) -> (proxy: Proxy, flaw: String?) {
    var proxy = Proxy(.headerLine)
    let line = ProxyHeaderLine(bytes)
    if case .addresses(let source, let destination) = line.addresses,
      let sourcePort = line.sourcePort, let destinationPort = line.destinationPort
    {
      proxy.client = endpoint(source, sourcePort)
      proxy.server = endpoint(destination, destinationPort)
    }
    return (proxy, line.flaw)
  }

  private static func endpoint(_ address: FieldValue, _ port: UInt16) -> Proxy.Endpoint? {
    switch address {
    case .ipv4(let address): Proxy.Endpoint(ipv4: address, port: port)
    case .ipv6(let high, let low): Proxy.Endpoint(ipv6: high, low, port: port)
    default: nil
    }
  }

  /// Reads a whole binary header. The second is what is wrong with it, where something is.
  static func readBinary(_ bytes: Span<UInt8>) -> (proxy: Proxy, flaw: String?) {
    var proxy = Proxy(.binaryHeader)
    let (version, command) = (bytes[12] >> 4, bytes[12] & 0x0f)
    guard version == 2, command <= 1 else {
      return (proxy, "version \(version), command \(command)")
    }
    // LOCAL: the proxy speaks for itself, whatever addresses follow.
    guard command == 1 else { return (proxy, nil) }
    let body = bytes.part(fixedLength, bytes.count)
    let needed: Int
    switch bytes[13] >> 4 {
    case 0: needed = 0
    case 1: needed = 12
    case 2: needed = 36
    case 3: needed = 216
    default: return (proxy, "address family \(bytes[13] >> 4)")
    }
    guard body.count >= needed else {
      return (proxy, "\(body.count) bytes for addresses that take \(needed)")
    }
    switch needed {
    case 12:
      proxy.client = .init(ipv4: body.uint32(at: 0), port: body.uint16(at: 8))
      proxy.server = .init(ipv4: body.uint32(at: 4), port: body.uint16(at: 10))
    case 36:
      proxy.client = .init(
        ipv6: body.uint64(at: 0), body.uint64(at: 8), port: body.uint16(at: 32))
      proxy.server = .init(
        ipv6: body.uint64(at: 16), body.uint64(at: 24), port: body.uint16(at: 34))
    case 216:
      proxy.client = .init(address: body.part(0, 108).untilZero.string)
      proxy.server = .init(address: body.part(108, 216).untilZero.string)
    default: break
    }
    return (proxy, nil)
  }
}

/// The words of a header of version 1, each with its place, as far as they are what they must be.
struct ProxyHeaderLine {
  enum Addresses {
    case addresses(source: FieldValue, destination: FieldValue)
    /// The proxy does not say, or another protocol is meant; with the place of what follows.
    case unknown(Range<Int>)
    case none
  }
  /// After the last byte before the line's end.
  let end: Int
  private(set) var protocolName: Range<Int>?
  /// Of the two addresses and the two ports, as far as they are there.
  private(set) var words: [Range<Int>] = []
  private(set) var addresses = Addresses.none
  private(set) var sourcePort: UInt16?
  private(set) var destinationPort: UInt16?
  private(set) var flaw: String?

  init(_ bytes: Span<UInt8>) {
    let line = bytes.packetLine(at: 0)
    end = line.end
    guard let first = Self.word(of: bytes, at: ProxyHeader.word.utf8CodeUnitCount, before: end)
    else {
      flaw = Self.badFormat
      return
    }
    let name = bytes.part(first).string
    if name == "UNKNOWN" {
      protocolName = first
      addresses = .unknown(min(first.upperBound + 1, end)..<end)
      return
    }
    guard name == "TCP4" || name == "TCP6" else {
      flaw = Self.badFormat
      return
    }
    protocolName = first
    var start = first.upperBound + 1
    while words.count < 4, let word = Self.word(of: bytes, at: start, before: end),
      word.upperBound < end || words.count == 3
    {
      words.append(word)
      start = word.upperBound + 1
    }
    guard words.count == 4 else {
      flaw = Self.badFormat
      return
    }
    let texts = words.map { bytes.part($0).string }
    guard let source = Self.address(texts[0], name), let destination = Self.address(texts[1], name)
    else {
      flaw = Self.badAddress(name)
      return
    }
    addresses = .addresses(source: source, destination: destination)
    (sourcePort, destinationPort) = (Self.port(texts[2]), Self.port(texts[3]))
    if sourcePort == nil || destinationPort == nil { flaw = Self.badPort }
  }

  static let badFormat = "Badly formatted PROXY header line"
  static let badPort = "Unrecognized port"
  static func badAddress(_ name: String) -> String {
    name == "TCP4" ? "Unrecognized IPv4 address" : "Unrecognized IPv6 address"
  }

  private static func word(of bytes: Span<UInt8>, at start: Int, before end: Int) -> Range<Int>? {
    guard start < end else { return nil }
    let stop = bytes.firstIndex(of: 0x20, from: start, before: end) ?? end
    return start < stop ? start..<stop : nil
  }

  static func address(_ text: String, _ name: String) -> FieldValue? {
    if name == "TCP4" { return AddressText.ipv4(text).map { .ipv4($0) } }
    return AddressText.ipv6(text).map { .ipv6(high: $0.high, low: $0.low) }
  }

  static func port(_ text: String) -> UInt16? {
    text.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } ? UInt16(text) : nil
  }
}

extension Span<UInt8> {
  /// Whether these bytes begin with `text`, or are its first ones.
  func begins(likeStartOf text: StaticString) -> Bool {
    zip(indices, text.description.utf8).allSatisfy { self[$0] == $1 }
  }
}

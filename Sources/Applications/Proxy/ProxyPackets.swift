import Fields

/// The header of a proxy (PROXY protocol), described as Wireshark's `proxy` shows it; what follows it is another
/// protocol's.
public struct ProxyPackets: PDUDissector {
  /// Not nil: what follows is not the header's.
  public private(set) var successor: StreamSuccessor?
  private static let name = "PROXY"

  public init() {}

  public mutating func describe(
    _ bytes: Span<UInt8>, _ facts: PDUFacts, into tree: inout FieldBuffer
  ) -> PDUOutcome {
    guard successor == nil else { return .foreign }
    let isLine = !bytes.isEmpty && bytes[0] != ProxyHeader.signature[0]
    let unit: ProxyUnit = isLine ? .headerLine : .binaryHeader
    var end = bytes.count
    switch unit.extent(of: bytes) {
    case .complete(let count): end = count
    case .unfinished(let rest) where facts.canAskForMore:
      guard case .upTo(let count) = rest, count > ProxyHeader.fixedLength else {
        return .unfinished(from: 0, needs: .oneMoreSegment)
      }
      return .unfinished(from: 0, needs: .bytes(count - bytes.count))
    case .unfinished(.some): break
    case .unfinished, .foreign:
      successor = .carried
      return .foreign
    }
    successor = .carried
    let depth = tree.depth
    let fields = ProxyFields.fields
    tree.addProtocol(fields.proxy.name)
    tree.columns.protocolName = isLine ? "PROXYv1" : "PROXYv2"
    let top = tree.opened(fields.proxy, count: end)
    do throws(DecodeError) {
      if isLine {
        Self.describeLine(bytes.part(0, end), into: &tree)
      } else {
        try Self.describeBinary(bytes.part(0, end), into: &tree)
      }
      tree.close(top)
    } catch {
      tree.depth = depth
      if facts.isCutShort { tree.addCutShort(Self.name) } else { tree.addEnd(of: error) }
    }
    return end < bytes.count ? .carried(from: end) : .described
  }

  // MARK: Version 1

  private static func describeLine(_ bytes: Span<UInt8>, into tree: inout FieldBuffer) {
    let fields = ProxyFields.fields
    let line = ProxyHeaderLine(bytes)
    tree.add(fields.lineMagic, .none, at: 0, count: ProxyHeader.word.utf8CodeUnitCount - 1)
    func complain(_ flaw: String, at start: Int) {
      let item = tree.addText(flaw, at: start, count: line.end - start)
      tree.expert(fields.badFormat, .warning, .malformed, flaw, under: item)
    }
    guard let first = line.protocolName else {
      return complain(ProxyHeaderLine.badFormat, at: ProxyHeader.word.utf8CodeUnitCount)
    }
    if case .unknown(let rest) = line.addresses {
      // Wireshark wants addresses here, which the proxy need not give.
      if rest.isEmpty { return complain(ProxyHeaderLine.badFormat, at: first.lowerBound) }
      tree.add(fields.lineProtocol, bytes.part(first), at: first.lowerBound)
      tree.add(fields.lineUnknown, bytes.part(rest), at: rest.lowerBound)
      return
    }
    let name = bytes.part(first).string
    tree.add(fields.lineProtocol, bytes.part(first), at: first.lowerBound)
    let (source, destination) =
      name == "TCP4"
      ? (fields.sourceIPv4, fields.destinationIPv4) : (fields.sourceIPv6, fields.destinationIPv6)
    for (place, word) in line.words.enumerated() {
      let text = bytes.part(word).string
      let field = [source, destination, fields.sourcePort, fields.destinationPort][place]
      let value =
        place < 2
        ? ProxyHeaderLine.address(text, name)
        : ProxyHeaderLine.port(text).map { .unsigned(UInt64($0)) }
      guard let value else {
        return complain(
          place < 2 ? ProxyHeaderLine.badAddress(name) : ProxyHeaderLine.badPort,
          at: word.lowerBound)
      }
      tree.add(field, value, at: word.lowerBound, count: word.count)
    }
    if line.words.count < 4 {
      complain(ProxyHeaderLine.badFormat, at: (line.words.last ?? first).upperBound)
    }
  }

  // MARK: Version 2

  private static func describeBinary(
    _ bytes: Span<UInt8>, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = ProxyFields.fields
    let fixed = ByteReader(bytes, of: name, wireCount: bytes.count)
    tree.add(fields.magic, try fixed.part(at: 0, ProxyHeader.signature.count), at: 0)
    let (versions, family) = (try fixed.uint8(at: 12), try fixed.uint8(at: 13))
    tree.add(fields.binaryVersion, bitsOf: versions, at: 12, count: 1)
    tree.add(fields.command, bitsOf: versions, at: 12, count: 1)
    tree.add(fields.version, 2, at: 12, count: 1, .generated)
    let top = tree.opened(fields.familyAndProtocol, .unsigned(UInt64(family)), at: 13, count: 1)
    tree.add(fields.family, bitsOf: family, at: 13, count: 1)
    tree.add(fields.transport, bitsOf: family, at: 13, count: 1)
    tree.close(top)
    let length = Int(try fixed.uint16(at: 14))
    tree.add(fields.length, length, at: 14, count: 2)
    let reader = ByteReader(
      bytes, of: name, wireCount: bytes.count, limit: ProxyHeader.fixedLength + length)
    var end: Int
    switch family {
    case 0x11, 0x12:
      tree.add(fields.sourceIPv4, .ipv4(try reader.uint32(at: 16)), at: 16, count: 4)
      tree.add(fields.destinationIPv4, .ipv4(try reader.uint32(at: 20)), at: 20, count: 4)
      end = try describePorts(reader, at: 24, into: &tree)
    case 0x21, 0x22:
      tree.add(fields.sourceIPv6, try reader.ipv6(at: 16), at: 16, count: 16)
      tree.add(fields.destinationIPv6, try reader.ipv6(at: 32), at: 32, count: 16)
      end = try describePorts(reader, at: 48, into: &tree)
    case 0x31, 0x32:
      tree.add(fields.sourceUnix, try reader.part(at: 16, 108), at: 16)
      tree.add(fields.destinationUnix, try reader.part(at: 124, 108), at: 124)
      end = 232
    default:
      tree.add(fields.unknown, reader.rest(from: 16), at: 16)
      return
    }
    while end < reader.count {
      end = try describeItem(reader, at: end, isInner: false, into: &tree)
    }
  }

  private static func describePorts(
    _ reader: borrowing ByteReader, at offset: Int, into tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    let fields = ProxyFields.fields
    tree.add(fields.sourcePort, try reader.uint16(at: offset), at: offset, count: 2)
    tree.add(fields.destinationPort, try reader.uint16(at: offset + 2), at: offset + 2, count: 2)
    return offset + 4
  }

  /// A value with its type and length. Gives where it ends.
  private static func describeItem(
    _ reader: borrowing ByteReader, at offset: Int, isInner: Bool, into tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    let fields = ProxyFields.fields
    let (type, length) = (try reader.uint8(at: offset), Int(try reader.uint16(at: offset + 1)))
    let value = try reader.part(at: offset + 3, length)
    let top = tree.opened(fields.item, at: offset, count: 3 + length)
    tree.relabel(top) {
      $0.write("TLV: (t=\(type),l=\(length)) ")
      $0.write(ProxyFields.itemName(UInt64(type)) ?? "Unknown type")
    }
    tree.add(fields.itemType, type, at: offset, count: 1)
    tree.add(fields.itemLength, length, at: offset + 1, count: 2)
    tree.add(fields.itemValue, value, at: offset + 3)
    let text: Field? =
      switch type {
      case 0x21: fields.tlsVersion
      case 0x22: fields.tlsName
      case 0x23: fields.tlsCipher
      case 0x24: fields.tlsSignature
      case 0x25: fields.tlsKey
      default: nil
      }
    if let text { tree.add(text, value, at: offset + 3) }
    if type == 0x21 || type == 0x22 {
      tree.note(top) {
        $0.write(": ")
        $0.write(printable: value)
      }
    }
    // What TLS said to the proxy has values of its own, and those have none.
    if type == 0x20, !isInner {
      tree.add(fields.tlsClient, try reader.uint8(at: offset + 3), at: offset + 3, count: 1)
      tree.add(fields.tlsVerify, try reader.uint32(at: offset + 4), at: offset + 4, count: 4)
      var inner = offset + 8
      while inner < offset + 3 + length {
        inner = try describeItem(reader, at: inner, isInner: true, into: &tree)
      }
    }
    tree.close(top)
    return offset + 3 + length
  }
}

import Fields

/// SOCKS 4, 4a and 5, described message by message as Wireshark's `socks` shows it; once the proxy has granted the
/// request, what goes through it is another protocol's.
public struct SOCKSPackets: PDUDissector {
  private enum Step: Sendable {
    case start, greeted, authenticated, over
  }
  /// 4 or 5; 0 where the first bytes are neither's.
  private var version: UInt8?
  private var client = Step.start
  private var server = Step.start
  private var method: UInt8 = 0
  // Of the request.
  private var command: UInt8 = 0
  private var address: FieldValue?
  private var port: UInt16 = 0
  /// Not nil: what follows goes through the proxy.
  public private(set) var successor: StreamSuccessor?

  public init() {}

  public mutating func describe(
    _ bytes: Span<UInt8>, _ facts: PDUFacts, into tree: inout FieldBuffer
  ) -> PDUOutcome {
    guard successor == nil else { return .foreign }
    if version == nil, let first = bytes.isEmpty ? nil : bytes[0] {
      version = first == 4 || first == 5 ? first : 0
    }
    var offset = 0
    while offset < bytes.count, successor == nil {
      let rest = bytes.part(offset, bytes.count)
      let unit = unit(of: facts.side)
      var length = rest.count
      switch unit?.extent(of: rest) {
      case .complete(let count): length = count
      case .unfinished where facts.canAskForMore:
        return .unfinished(from: offset, needs: .oneMoreSegment)
      case .unfinished, .foreign, nil:
        describeOther(rest, at: offset, facts, into: &tree)
        return .described
      }
      if let unit { describe(unit, rest.part(0, length), at: offset, into: &tree) }
      offset += length
    }
    return offset < bytes.count ? .carried(from: offset) : .described
  }

  /// What a side says next.
  private func unit(of side: Side) -> ProxyUnit? {
    switch (version, side, side == .client ? client : server) {
    case (4, .client, .start): .socks4Request
    case (4, .server, .start): .socks4Reply
    case (5, .client, .start): .greeting
    case (5, .client, .greeted): method == 2 ? .credentials : .request
    case (5, .client, .authenticated): .request
    case (5, .server, .start): .method
    case (5, .server, .greeted): .status
    case (5, .server, .authenticated): .reply
    default: nil
    }
  }

  private mutating func open(
    _ bytes: Span<UInt8>, at offset: Int, _ words: String, into tree: inout FieldBuffer
  ) -> FieldIndex {
    let fields = SOCKSFields.fields
    if offset == 0 { tree.addProtocol(fields.socks.name) }
    tree.columns.protocolName = "Socks"
    tree.columns.setInfo(version == 0 ? "Unknown" : "Version: \(version ?? 0)")
    // Wireshark's list has the words of version 5 only where a tree is made too.
    if tree.wantsTree || version == 4 { tree.columns.info.write(words) }
    return tree.opened(fields.socks, at: offset, count: bytes.count)
  }

  /// What is none of the messages.
  private mutating func describeOther(
    _ bytes: Span<UInt8>, at offset: Int, _ facts: PDUFacts, into tree: inout FieldBuffer
  ) {
    let top = open(bytes, at: offset, "", into: &tree)
    tree.close(top)
    if facts.isCutShort { tree.addCutShort("Socks") }
  }

  private mutating func describe(
    _ unit: ProxyUnit, _ bytes: Span<UInt8>, at offset: Int, into tree: inout FieldBuffer
  ) {
    let top = open(bytes, at: offset, words(of: unit, bytes), into: &tree)
    let base = tree.base
    tree.base += offset
    switch unit {
    case .socks4Request: describeRequest4(bytes, into: &tree)
    case .socks4Reply: describeReply4(bytes, into: &tree)
    case .greeting: describeGreeting(bytes, into: &tree)
    case .method: describeMethod(bytes, into: &tree)
    case .credentials: describeCredentials(bytes, into: &tree)
    case .status: describeStatus(bytes, into: &tree)
    case .request, .reply: describeAddressed(bytes, isRequest: unit == .request, into: &tree)
    case .headerLine, .binaryHeader, .connect, .response: break
    }
    tree.base = base
    tree.close(top)
  }

  private func words(of unit: ProxyUnit, _ bytes: Span<UInt8>) -> String {
    switch unit {
    case .socks4Request, .greeting: " Connect to server request"
    case .socks4Reply: " Connect Response"
    case .method: " Connect to server response"
    case .credentials: " User authentication request"
    case .status: " User authentication reply"
    case .request: " Command Request - \(SOCKS.commandName(UInt64(bytes[1])) ?? "Unknown")"
    case .reply: " Command Response - \(SOCKS.commandName(UInt64(command)) ?? "Unknown")"
    case .headerLine, .binaryHeader, .connect, .response: ""
    }
  }

  private mutating func grant() {
    server = .over
    successor = .tunnel(host: "", port: port)
  }

  // MARK: SOCKS 4

  private mutating func describeRequest4(_ bytes: Span<UInt8>, into tree: inout FieldBuffer) {
    let fields = SOCKSFields.fields
    client = .over
    (command, port) = (bytes[1], bytes.uint16(at: 2))
    // As Wireshark has it: the first bytes of the request, not its address.
    address = .ipv4(bytes.uint32(at: 0))
    tree.add(fields.version, bytes[0], at: 0, count: 1)
    tree.add(fields.command, command, at: 1, count: 1)
    tree.add(fields.remotePort, port, at: 2, count: 2)
    tree.add(fields.address, .ipv4(bytes.uint32(at: 4)), at: 4, count: 4)
    let user = bytes.part(8, bytes.count).untilZero
    tree.add(fields.username, user, at: 8)
    if SOCKS.hasName4(bytes) {
      let start = 9 + user.count
      tree.add(fields.name4, bytes.part(start, bytes.count).untilZero, at: start)
    }
  }

  private mutating func describeReply4(_ bytes: Span<UInt8>, into tree: inout FieldBuffer) {
    let fields = SOCKSFields.fields
    server = .over
    tree.add(fields.version, bytes[0], at: 0, count: 1)
    tree.add(fields.results4, bytes[1], at: 1, count: 1)
    tree.add(fields.remotePort, bytes.uint16(at: 2), at: 2, count: 2)
    tree.add(fields.address, .ipv4(bytes.uint32(at: 4)), at: 4, count: 4)
    if bytes[1] == 90 { grant() }
  }

  // MARK: SOCKS 5

  private mutating func describeGreeting(_ bytes: Span<UInt8>, into tree: inout FieldBuffer) {
    let fields = SOCKSFields.fields
    client = .greeted
    tree.add(fields.version, bytes[0], at: 0, count: 1)
    let list = tree.addText("Client Authentication Methods", at: 1, count: bytes.count - 1)
    tree.open(list)
    tree.add(fields.methodCount, bytes[1], at: 1, count: 1)
    for index in 2..<bytes.count {
      let item = tree.add(fields.method, bytes[index], at: index, count: 1)
      tree.relabel(item) {
        $0.write("Method[\(index - 2)]: \(bytes[index]) (")
        $0.write(SOCKS.methodName(UInt64(bytes[index])))
        $0.write(")")
      }
    }
    tree.close(list)
  }

  private mutating func describeMethod(_ bytes: Span<UInt8>, into tree: inout FieldBuffer) {
    let fields = SOCKSFields.fields
    method = bytes[1]
    server = method == 2 ? .greeted : method == 0xff ? .over : .authenticated
    tree.add(fields.version, bytes[0], at: 0, count: 1)
    let item = tree.add(fields.acceptedMethod, method, at: 1, count: 1)
    tree.relabel(item) {
      $0.write("Accepted Auth Method: 0x\(String(method, radix: 16)) (")
      $0.write(SOCKS.methodName(UInt64(method)))
      $0.write(")")
    }
  }

  private mutating func describeCredentials(_ bytes: Span<UInt8>, into tree: inout FieldBuffer) {
    let fields = SOCKSFields.fields
    client = .authenticated
    tree.add(fields.version, version ?? 5, .generated)
    tree.add(fields.negotiationVersion, bytes[0], at: 0, count: 1)
    let name = 2 + Int(bytes[1])
    tree.add(fields.username, bytes.part(2, name), at: 2)
    tree.add(fields.password, bytes.part(name + 1, bytes.count), at: name + 1)
  }

  private mutating func describeStatus(_ bytes: Span<UInt8>, into tree: inout FieldBuffer) {
    let fields = SOCKSFields.fields
    server = bytes[1] == 0 ? .authenticated : .over
    tree.add(fields.version, version ?? 5, .generated)
    tree.add(fields.negotiationVersion, bytes[0], at: 0, count: 1)
    let item = tree.add(fields.status, bytes[1], at: 1, count: 1)
    tree.relabel(item, "Status: \(bytes[1]) (\(bytes[1] == 0 ? "success" : "failure"))")
  }

  private mutating func describeAddressed(
    _ bytes: Span<UInt8>, isRequest: Bool, into tree: inout FieldBuffer
  ) {
    let fields = SOCKSFields.fields
    tree.add(fields.version, bytes[0], at: 0, count: 1)
    tree.add(isRequest ? fields.command : fields.results, bytes[1], at: 1, count: 1)
    tree.add(fields.reserved, bytes[2], at: 2, count: 1)
    tree.add(fields.addressType, bytes[3], at: 3, count: 1)
    let end = bytes.count - 2
    var own: FieldValue?
    switch bytes[3] {
    case 1:
      own = .ipv4(bytes.uint32(at: 4))
      tree.add(fields.address, own ?? .none, at: 4, count: 4)
    case 4:
      own = .ipv6(high: bytes.uint64(at: 4), low: bytes.uint64(at: 12))
      tree.add(fields.addressIPv6, own ?? .none, at: 4, count: 16)
    default: tree.add(fields.name, bytes.part(5, end), at: 5)
    }
    tree.add(fields.port, bytes.uint16(at: end), at: end, count: 2)
    if isRequest {
      client = .over
      (command, address, port) = (bytes[1], own, bytes.uint16(at: end))
    } else {
      server = .over
      if bytes[1] == 0 { grant() }
    }
  }

  // MARK: What goes through

  /// The lines of a proxy above what goes through it.
  public func describeTunnel(_ bytes: Span<UInt8>, into tree: inout FieldBuffer) {
    let fields = SOCKSFields.fields
    tree.addProtocol(fields.socks.name)
    let top = tree.opened(fields.socks, count: bytes.count)
    tree.add(fields.version, version ?? 5, .generated)
    tree.add(fields.command, command, .generated)
    if case .ipv6 = address {
      tree.add(fields.addressIPv6, address ?? .none, .generated)
    } else if let address {
      tree.add(fields.address, address, .generated)
    }
    tree.add(fields.remotePort, port, .generated)
    let payload = tree.add(fields.payload, bytes)
    tree.relabel(payload, "TCP payload (\(bytes.count) byte\(bytes.count == 1 ? "" : "s"))")
    tree.close(top)
  }
}

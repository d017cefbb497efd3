import Fields

/// HTTP/1 (RFC 9112), described message by message as Wireshark's `http` shows it: webmail is a way to mail too. SSDP
/// of UPnP is HTTP in datagrams.
public struct HTTPPackets: PDUDissector {
  /// A request and its response: Wireshark gives a response to the last request that has none.
  struct Exchange: Sendable {
    let number: Int
    var requestFrame: Int?
    var requestTime: Int64 = 0
    var responseFrame: Int?
  }

  private let decode: ContentDecoder?
  private let isDiscovery: Bool
  /// Whether a request or a response was described: what is neither is a continuation then.
  private var isKnown = false
  private var exchange: Exchange?
  private var previous: Exchange?
  private var exchanges = 0
  /// Of the last request.
  private var method = ""
  private var target: String?
  private var fullURI: String?
  /// The messages of which not all has come, by side.
  private var framings: [HTTPFraming?] = [nil, nil]
  /// Not nil: what follows is not HTTP.
  public private(set) var successor: StreamSuccessor?

  /// Without `decode` an encoded body stays as it is. `isDiscovery`: the protocol is SSDP, whatever is said.
  public init(decode: ContentDecoder? = nil, isDiscovery: Bool = false) {
    self.decode = decode
    self.isDiscovery = isDiscovery
    isKnown = isDiscovery
  }

  /// As Protocol shows it.
  private var name: String { isDiscovery ? "SSDP" : "HTTP" }
  private var section: Field { isDiscovery ? HTTPFields.fields.ssdp : HTTPFields.fields.http }

  public mutating func describe(
    _ bytes: Span<UInt8>, _ facts: PDUFacts, into tree: inout FieldBuffer
  ) -> PDUOutcome {
    guard successor == nil else {
      return successor == .tunnelToNowhere ? .described : .foreign
    }
    var offset = 0
    var isFirst = true
    func begin(_ tree: inout FieldBuffer) {
      guard isFirst else { return }
      isFirst = false
      tree.addProtocol(section.name)
    }
    while offset < bytes.count {
      var start = offset
      if bytes[offset] == 0x0d, bytes[offset + 1, or: 0] == 0x0a,
        Self.isPrintable(bytes[offset + 2, or: 0])
      {
        start += 2
      }
      guard Self.isPrintable(bytes[start]) else {
        guard isKnown else { return .described }
        begin(&tree)
        describeBinary(bytes, at: offset, into: &tree)
        return .described
      }
      let line = bytes.packetLine(at: start)
      if facts.canAskForMore, !line.isComplete(in: bytes) {
        return .unfinished(from: offset, needs: .line)
      }
      let first = HTTPFirstLine(bytes, line)
      guard first != nil || isKnown || HTTPHeader(bytes, line) != nil else { return .described }
      if let first, facts.canAskForMore,
        let need = need(of: first, bytes, from: offset, facts),
        !(facts.isLast && need == .untilClose)
      {
        beginInfo(at: offset, &tree)
        Self.describeInfo(first, bytes, &tree.columns)
        return .unfinished(from: offset, needs: need)
      }
      begin(&tree)
      if first != nil || isKnown { beginInfo(at: offset, &tree) }
      offset = describe(bytes, from: offset, start, first, facts, into: &tree)
      tree.columns.fenceInfo()
      if successor != nil { break }
    }
    if facts.isCutShort, isKnown { tree.addCutShort(name) }
    return .described
  }

  /// What the message that begins at `start` needs before it can be described.
  private mutating func need(
    of first: HTTPFirstLine, _ bytes: Span<UInt8>, from start: Int, _ facts: PDUFacts
  ) -> PDUNeed? {
    let sequence = facts.sequence &+ UInt32(truncatingIfNeeded: start)
    let side = facts.side == .client ? 0 : 1
    let message = bytes.part(start, bytes.count)
    var framing = framings[side] ?? HTTPFraming(first, from: start, sequence: sequence)
    if framing.sequence != sequence || framing.seen > message.count {
      framing = HTTPFraming(first, from: start, sequence: sequence)
    }
    let need = framing.need(of: message, answering: method)
    framings[side] = need == nil ? nil : framing
    return need
  }

  /// Whether a conversation on a port that says nothing begins as HTTP does.
  public static func recognises(_ bytes: Span<UInt8>) -> Bool {
    let line = bytes.packetLine(at: 0)
    guard line.isComplete(in: bytes), line.count > 8 else { return false }
    return bytes.matches("http/1.") || bytes.part(0, line.end).matches("http/1.", at: line.end - 8)
  }

  /// The line of a proxy above what goes through its tunnel.
  public static func describeTunnel(
    host: String, port: UInt16?, _ bytes: Span<UInt8>, into tree: inout FieldBuffer
  ) {
    let fields = HTTPFields.fields
    tree.addProtocol(fields.http.name)
    let top = tree.opened(fields.http, count: bytes.count)
    tree.add(fields.proxyHost, host, .generated)
    tree.add(fields.proxyPort, port ?? 0, .generated)
    tree.close(top)
  }

  private static func isPrintable(_ byte: UInt8) -> Bool { byte >= 0x20 && byte < 0x7f }

  private func beginInfo(at offset: Int, _ tree: inout FieldBuffer) {
    if offset == 0 { tree.columns.startInfo() }
  }

  private static func describeInfo(
    _ first: HTTPFirstLine, _ bytes: Span<UInt8>, _ columns: inout Columns
  ) {
    columns.appendInfo {
      $0.write(printable: bytes.part(first.line.start, first.line.end))
      $0.write(" ")
    }
  }

  /// What does not begin with a character of text, among what was HTTP before.
  private func describeBinary(
    _ bytes: Span<UInt8>, at offset: Int, into tree: inout FieldBuffer
  ) {
    beginInfo(at: offset, &tree)
    tree.columns.protocolName = name
    tree.columns.appendInfo { $0.write("Continuation") }
    let top = tree.opened(section, at: offset, count: bytes.count - offset)
    DataDescription.describe(bytes.part(offset, bytes.count), at: offset, into: &tree)
    tree.close(top)
  }

  /// Describes one message and gives where it ends. `first` is nil for a continuation.
  private mutating func describe(
    _ bytes: Span<UInt8>, from offset: Int, _ start: Int, _ first: HTTPFirstLine?,
    _ facts: PDUFacts, into tree: inout FieldBuffer
  ) -> Int {
    let fields = HTTPFields.fields
    if first != nil || isKnown { tree.columns.protocolName = name }
    if let first, first.line.isTerminated {
      Self.describeInfo(first, bytes, &tree.columns)
    } else if isKnown || first != nil {
      tree.columns.appendInfo { $0.write("Continuation") }
    }
    let top = tree.opened(section, at: offset, count: bytes.count - offset)
    if start > offset {
      let item = tree.addText(fields.leadingLineEnd.label, at: offset, count: 2)
      tree.expert(
        fields.leadingLineEnd, .error, .malformed, fields.leadingLineEnd.label, under: item)
    }
    var description = HTTPDescription(kind: first?.kind)
    let position = description.describeHeader(
      bytes, from: start, top, isOnTLSPort: facts.sourcePort == 443 || facts.destinationPort == 443,
      into: &tree)
    guard let position else { return describeLack(bytes, facts, top, into: &tree) }
    switch description.kind {
    case .request: describeLinks(ofRequest: description, facts, into: &tree)
    case .response: describeLinks(ofResponse: description, facts, into: &tree)
    case .notification:
      isKnown = true
      describeTarget(of: description, into: &tree)
      tree.add(fields.isNotification, true, .hidden)
    case nil: break
    }
    let end = HTTPBody(description, isCutShort: facts.isCutShort, decode: decode).describe(
      bytes, from: position, top, into: &tree)
    guard let end else { return describeLack(bytes, facts, top, into: &tree) }
    tree.setLength(end - offset, of: top)
    return end
  }

  /// Says that bytes which must be there are not, and gives where the message ends: nothing is known of what comes after it.
  private func describeLack(
    _ bytes: Span<UInt8>, _ facts: PDUFacts, _ top: FieldIndex, into tree: inout FieldBuffer
  ) -> Int {
    tree.close(top)
    if facts.isCutShort { return bytes.count }
    if facts.canAskForMore || isDiscovery {
      tree.addMalformed(name)
    } else {
      tree.addUnreassembled(name, " [incorrect TCP checksum]")
    }
    return bytes.count
  }

  // MARK: Requests and responses

  private mutating func addExchange() {
    exchanges += 1
    previous = exchange
    exchange = Exchange(number: exchanges)
  }

  private mutating func describeTarget(
    of request: HTTPDescription, into tree: inout FieldBuffer
  ) {
    (method, target) = (request.method, request.target)
    guard let uri = request.fullURI else { return }
    fullURI = uri
    tree.add(HTTPFields.fields.fullURI, uri, .generated)
  }

  private mutating func describeLinks(
    ofRequest request: HTTPDescription, _ facts: PDUFacts, into tree: inout FieldBuffer
  ) {
    let fields = HTTPFields.fields
    isKnown = true
    addExchange()
    exchange?.requestFrame = facts.frame
    exchange?.requestTime = facts.time
    describeTarget(of: request, into: &tree)
    tree.add(fields.isRequest, true, .hidden)
    let number = tree.add(fields.requestNumber, exchanges, .generated)
    tree.relabel(number) { $0.write("HTTP request \(exchanges)/\(exchanges)") }
    if let frame = previous?.requestFrame {
      tree.add(fields.previousRequest, frame, .generated)
    }
  }

  private mutating func describeLinks(
    ofResponse response: HTTPDescription, _ facts: PDUFacts, into tree: inout FieldBuffer
  ) {
    let fields = HTTPFields.fields
    isKnown = true
    if exchange == nil || exchange?.responseFrame != nil { addExchange() }
    exchange?.responseFrame = facts.frame
    tree.add(fields.isResponse, true, .hidden)
    let number = tree.add(fields.responseNumber, exchanges, .generated)
    tree.relabel(number) { $0.write("HTTP response \(exchanges)/\(exchanges)") }
    if let exchange, exchange.requestFrame != nil {
      tree.add(fields.time, .time(facts.time &- exchange.requestTime), .generated)
    }
    if let frame = previous?.requestFrame { tree.add(fields.previousRequest, frame, .generated) }
    if let frame = previous?.responseFrame { tree.add(fields.previousResponse, frame, .generated) }
    if let frame = exchange?.requestFrame { tree.add(fields.requestIn, frame, .generated) }
    if let uri = fullURI ?? target { tree.add(fields.responseFor, uri, .generated) }
    if response.status == 200, method == "CONNECT" {
      let parts = (target ?? "").split(separator: ":", omittingEmptySubsequences: false)
      successor =
        parts.count > 1
        ? .tunnel(host: String(parts[0]), port: UInt16(parts[1])) : .tunnelToNowhere
    } else if response.status == 101, response.entity.upgrades {
      successor = .upgrade
    }
  }
}

extension Span<UInt8> {
  /// The byte at `index`, or `other` where there is none.
  subscript(_ index: Int, or other: UInt8) -> UInt8 {
    index >= 0 && index < count ? self[index] : other
  }
}

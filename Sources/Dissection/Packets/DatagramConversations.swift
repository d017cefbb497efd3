import Applications
import Fields
import Wire

/// The conversations of the protocols above UDP that `Wire` does not know: what belongs to what in them.
struct DatagramConversations: Sendable {
  private var dns = DNSTransactions()
  private var snmp = SNMPTransactions()

  /// Finds out what the datagram of a frame is in its conversation; call it for every frame, in order.
  mutating func follow(
    _ found: borrowing Dissected, _ frame: Span<UInt8>, _ facts: borrowing FrameFacts,
    _ dissector: inout Dissector
  ) -> DatagramPart {
    guard let datagram = found.datagram else { return .data }
    return found.withBytes(of: datagram.layer, in: frame) {
      follow(datagram, $0, facts, &dissector)
    }
  }

  private mutating func follow(
    _ datagram: Datagram, _ payload: Span<UInt8>, _ facts: borrowing FrameFacts,
    _ dissector: inout Dissector
  ) -> DatagramPart {
    switch DatagramProtocol(datagram) {
    case .dns: return .dns(.unicast, match(datagram, .unicast, payload, facts))
    case .multicastDNS: return .dns(.multicast, match(datagram, .multicast, payload, facts))
    case .linkLocalDNS: return .dns(.linkLocal, match(datagram, .linkLocal, payload, facts))
    case .snmp:
      let layer = datagram.layer
      let message = SNMPMessage(payload, at: layer.start, wireCount: layer.wireCount)
      switch message.isPlausible(isWhole: !layer.isQuoted && !layer.isFragment) {
      case false: return .data
      case nil: return .snmp(nil)
      case true: break
      }
      guard !layer.isQuoted, datagram.stream != nil else { return .snmp(nil) }
      let stream = dissector.beginConversation(after: datagram)
      return .snmp(
        snmp.match(message, stream: stream, frame: facts.number, time: facts.time))
    case .discovery:
      guard !datagram.layer.isQuoted, let stream = datagram.stream else { return .data }
      return .discovery(stream: stream)
    case nil: return .data
    }
  }

  private mutating func match(
    _ datagram: Datagram, _ flavor: DNSFlavor, _ payload: Span<UInt8>,
    _ facts: borrowing FrameFacts
  ) -> DNSMatch? {
    let layer = datagram.layer
    guard !layer.isQuoted, let stream = datagram.stream else { return nil }
    let message = DNSMessage(payload, flavor, at: layer.start, wireCount: layer.wireCount)
    return dns.match(message, stream: stream, frame: facts.number, time: facts.time)
  }
}

/// Describes the datagrams of these conversations.
struct DatagramDescription: Sendable {
  /// Conversations of SSDP that are kept; beyond that all are forgotten.
  private static let mostDiscoveries = 1 << 17

  /// SSDP, by its UDP conversation.
  private var discoveries: [Int: HTTPPackets] = [:]

  /// Describes the payload of the datagram, which is `part` of its conversation.
  mutating func describe(
    _ part: DatagramPart, _ payload: Span<UInt8>, _ layer: Layer, frame: Int, time: Int64,
    into tree: inout FieldBuffer
  ) throws(DecodeError) {
    switch part {
    case .dns(let flavor, let match):
      try DNSMessage(payload, flavor, at: layer.start, wireCount: layer.wireCount)
        .describe(match, at: time, into: &tree)
    case .snmp(let request):
      try SNMPMessage(payload, at: layer.start, wireCount: layer.wireCount).describe(
        SNMPFacts(time: time, request: request), into: &tree)
    case .discovery(let stream):
      let own = PDUFacts(
        frame: frame, time: time, stream: stream, side: .client, sourcePort: 0,
        destinationPort: 0, canAskForMore: false, isCutShort: layer.end < layer.wireEnd)
      if discoveries.count >= Self.mostDiscoveries { discoveries.removeAll() }
      _ = discoveries[stream, default: HTTPPackets(isDiscovery: true)]
        .describe(payload, own, into: &tree)
    case .data:
      if !payload.isEmpty { DataDescription.describe(payload, into: &tree) }
    }
  }
}

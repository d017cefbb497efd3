import Fields

/// What the walk found out about a frame that its bytes alone do not tell.
struct FrameFindings: Sendable {
  /// Conversation facts of each UDP layer, by its place in `Dissector.layers`.
  var udp: [(layer: Int, facts: UDPConversation)] = []

  /// Every TCP segment that belongs to a conversation.
  var segments: [Segment] = []
  /// Datagrams put together, by the place of the layer that held the last fragment.
  var reassemblies: [(layer: Int, reassembly: Reassembly)] = []
  /// What came before each security payload, by the place of its layer.
  var security: [(layer: Int, last: SecuritySequences.Last)] = []
  /// Addresses that two stations use.
  var duplicates: [ARPTable.Duplicate] = []
  /// Where the packets that say their lengths end, by the places of their layers.
  var payloadEnds: [(layer: Int, end: Int)] = []
  /// Of the innermost IP packet that is not quoted.
  var hopLimit: UInt8 = 0
  /// What a ping's reply answers.
  var request: Transactions.Request?
  var dnsMatch: DNSMatch?
  /// The conversation of the frame's SNMP message.
  var snmpStream: Int?

  /// Keeps the hop limit of an IP header, whatever else is wrong with it.
  mutating func noteHopLimit(_ layer: Layer, _ header: Span<UInt8>) {
    if layer.isQuoted { return }
    if layer.kind == .ipv4, header.count > 8 { hopLimit = header[8] }
    if layer.kind == .ipv6, header.count > 7 { hopLimit = header[7] }
  }
  /// The place in `segments` of the last one that is not quoted.
  var lastSegment: Int?

  mutating func clear() {
    if !reassemblies.isEmpty { reassemblies.removeAll(keepingCapacity: true) }
    if !security.isEmpty { security.removeAll(keepingCapacity: true) }
    if !duplicates.isEmpty { duplicates.removeAll(keepingCapacity: true) }
    if !payloadEnds.isEmpty { payloadEnds.removeAll(keepingCapacity: true) }
    (hopLimit, request, dnsMatch) = (0, nil, nil)
    if !udp.isEmpty { udp.removeAll(keepingCapacity: true) }
    if !segments.isEmpty { segments.removeAll(keepingCapacity: true) }
    (lastSegment, snmpStream) = (nil, nil)
  }
}

extension FrameFacts {
  /// OpenBSD writes the address family in network order, all others in their own.
  var isLoopbackInNetworkOrder: Bool { linkType == LinkType.openBSDLoopback.rawValue }
}

/// What a layer's `describe` may ask for beside its own bytes.
struct DescribeContext {
  let facts: FrameFacts
  let validatesChecksums: Bool
  let resolvesNames: Bool
  /// All layers of the frame: a layer can see what lies above it (an Ethernet trailer, for example).
  let layers: [Layer]
  let findings: FrameFindings
  /// Where this layer stands in `layers`.
  var index: Int
  /// Of the innermost IP layer so far.
  var addresses: NetworkAddresses
  /// Whether the innermost IPv6 packet says its length in an option (RFC 2675).
  var isJumbogram = false
  /// How many bytes there are where an IPv6 header is not whole even on the wire.
  var shortHeader: Int?

  var hopLimit: UInt8 { findings.hopLimit }
  /// What a ping's reply answers; a quoted one has none.
  var request: Transactions.Request? { layers[index].isQuoted ? nil : findings.request }

  /// Where the payload of `layer` ends, counted from its start, if the layer right above it says so.
  func payloadEnd(of layer: Layer) -> Int? {
    findings.payloadEnds.first { $0.layer == index + 1 }.map { $0.end - layer.start }
  }
  /// Whether the layer lies in one fragment of several: it has no checksum that could be checked.
  var isFragment: Bool { layers[index].isFragment }
  /// The datagram that this layer's fragment completed.
  var reassembly: Reassembly? {
    findings.reassemblies.first { $0.layer == index }?.reassembly
  }
  var layerBelow: Layer? { index > 0 ? layers[index - 1] : nil }
  var layerAbove: Layer? { index + 1 < layers.count ? layers[index + 1] : nil }
}

/// From a frame's bytes to its layers.
///
/// `dissect` walks the headers, follows conversations and keeps the list of layers: no tree, no text. `describe`
/// walks that list once more and fills a `FieldBuffer`; the views are the same.
public struct Dissector: ~Copyable {
  public private(set) var layers: [Layer] = []
  /// What ended the walk, where it did not end by itself.
  public private(set) var error: DecodeError?
  /// Of the innermost IP layer.
  public private(set) var addresses = NetworkAddresses.none
  /// The data sources beyond the frame: reassembled datagrams.
  public private(set) var sources: [(name: String, bytes: [UInt8])] = []
  public var validatesChecksums = true
  /// Whether `describe` leaves out what lies above TCP, for a caller that follows conversations.
  public var leavesStreams = false
  /// Whether MAC addresses are shown with their vendors.
  public var resolvesNames = true

  private(set) var findings = FrameFindings()
  private var udpConversations = UDPConversationTable()
  /// The TCP conversations that are open. After each frame, ask it for those that have ended.
  public var conversations: ConversationTable
  private var analyses = AnalysisTable()
  private var multipath = MultipathTable()
  /// Whether sequence numbers are analysed, which costs time and memory that streams do not need.
  private let analyzesSegments: Bool
  private var ipv4Fragments = IPReassembler()
  private var ipv6Fragments = IPReassembler()
  private var stations = ARPTable()
  private var pings = Transactions()
  private var securitySequences = SecuritySequences()
  private var dnsTransactions = DNSTransactions()
  /// For what must be read whole before it is followed.
  private var scratch = FieldBuffer(wantsTree: false)

  /// Datagrams whose fragments were forgotten: too old, or too many.
  public var forgottenDatagrams: Int { ipv4Fragments.forgotten + ipv6Fragments.forgotten }

  /// The TCP segment of the frame seen last: of the innermost IP packet, where there are several.
  public var segment: Segment? { findings.lastSegment.map { findings.segments[$0] } }

  public init(conversations: consuming ConversationTable, analyzesSegments: Bool) {
    self.conversations = conversations
    self.analyzesSegments = analyzesSegments
  }
  /// For describing frames: conversations stay as long as the capture lasts, and segments are analysed.
  public init() { self.init(conversations: ConversationTable(), analyzesSegments: true) }

  public mutating func dissect(_ bytes: Span<UInt8>, _ facts: borrowing FrameFacts) {
    layers.removeAll(keepingCapacity: true)
    if !sources.isEmpty { sources.removeAll(keepingCapacity: true) }
    findings.clear()
    (error, addresses) = (nil, .none)
    var next: Layer? = LinkType(rawValue: facts.linkType)
      .layer(count: bytes.count, wireCount: facts.wireLength)
    do throws(DecodeError) {
      while let layer = next, layers.count < Self.maximumLayers {
        layers.append(layer)
        if layer.kind == .data { break }
        if layer.source == 0 {
          next = try advance(over: layer, bytes.part(layer.start, layer.end), facts)
        } else {
          let source = sources[Int(layer.source) - 1].bytes
          next = try advance(over: layer, source.span.part(layer.start, layer.end), facts)
        }
      }
    } catch {
      self.error = error
    }
  }

  /// Tunnels in tunnels end here.
  static let maximumLayers = 512

  /// Reads the layer's header and says what lies above it.
  private mutating func advance(
    over layer: Layer, _ own: Span<UInt8>, _ facts: borrowing FrameFacts
  ) throws(DecodeError) -> Layer? {
    findings.noteHopLimit(layer, own)
    switch layer.kind {
    case .ethernet: return try EthernetFrame(own, layer).next(layer)
    case .udp:
      let datagram = try UDPDatagram(own, layer)
      let above = datagram.next(layer, addresses)
      guard analyzesSegments, datagram.isPlausible(layer, addresses) else { return above }
      let conversation = udpConversations.advance(
        addresses, datagram.sourcePort, datagram.destinationPort, at: facts.time,
        hasPayload: above != nil && !layer.isQuoted)
      findings.udp.append((layers.count - 1, conversation))
      findings.snmpStream = nil
      if let above, above.kind == .snmp, !layer.isQuoted,
        SNMPMessage(own.part(above.start - layer.start, above.end - layer.start), above)
          .isPlausible(isWhole: !layer.isFragment) == true
      {
        findings.snmpStream = udpConversations.claimForSNMP(
          addresses, datagram.sourcePort, datagram.destinationPort)
      }
      return above
    case .tcp: return try advance(overSegment: layer, own, facts)
    case .linuxCooked, .linuxCooked2: return try LinuxCookedHeader(own, layer).next(layer)
    case .loopback:
      return try LoopbackHeader(own, layer, isNetworkOrder: facts.isLoopbackInNetworkOrder)
        .next(layer)
    case .rawIP: return try RawIP(own, layer).next(layer)
    case .unknownLink: return layer.above(.data, at: 0)
    case .llc: return try LLCHeader(own, layer).next(layer)
    case .vlan, .serviceVLAN: return try VLANTag(own, layer).next(layer)
    case .arp:
      let packet = try ARPPacket(own, layer)
      note(packet.pairs(), facts)
      try packet.checkAddresses()
      endPayload(of: layer, after: packet.length)
      return nil
    case .internetProtocol: return try InternetProtocol(own, layer).next(layer)
    case .ipv4: return try advance(overIPv4: layer, own, facts)
    case .ipv6:
      let packet = try IPv6Packet(own, layer)
      if packet.version == 6 {
        addresses = packet.addresses
        endPayload(of: layer, after: IPv6Packet.headerLength + packet.length)
      }
      return packet.next(layer)
    case .ipv6HopByHop, .ipv6DestinationOptions:
      let header = IPv6OptionsHeader(own, layer)
      addresses = header.addresses(addresses)
      return try header.next(layer)
    case .ipv6Routing:
      let header = IPv6RoutingHeader(own, layer)
      addresses = header.addresses(addresses)
      return try header.next(layer)
    case .ipv6Fragment: return try advance(overFragment: layer, own, facts)
    case .authenticationHeader: return try AuthenticationHeader(own, layer).next(layer)
    case .encapsulatingSecurityPayload:
      note(EncapsulatingSecurityPayload(own, layer), facts)
      return nil
    case .gre: return try GREHeader(own, layer).next(layer)
    case .plainERSPAN, .erspan: return try ERSPANHeader(own, layer).next(layer)
    case .geneve: return try GeneveHeader(own, layer).next(layer)
    case .gtp: return try GTPHeader(own, layer).next(layer)
    case .ciscoHDLC: return try CiscoHDLCHeader(own, layer).next(layer)
    case .etherIP: return try EtherIPHeader(own, layer).next(layer)
    case .vxlan: return try VXLANHeader(own, layer).next(layer)
    case .mpls: return try MPLSStack(own, layer).next(layer)
    case .pseudowire: return Pseudowire(own, layer).next(layer)
    case .pppLink, .ppp: return try PPPHeader(own, layer).next(layer)
    case .pppoeSession: return try PPPoESession(own, layer).next(layer)
    case .configurationTest: return try ConfigurationTest(own, layer).next(layer)
    case .ipv6Mobility, .ssdp, .data: return nil
    case .icmp:
      let message = try ICMPMessage(own, layer)
      if !layer.isQuoted { match(message.transaction(addresses), facts) }
      return message.next(layer)
    case .icmpv6:
      let message = ICMPv6Message(own, layer)
      if !layer.isQuoted { match(message.transaction(addresses), facts) }
      return try message.next(layer)
    case .dns, .multicastDNS, .linkLocalDNS:
      match(DNSMessage(own, layer), layer, facts)
      return nil
    case .profinet: return try ProfinetFrame(own, layer).next(layer)
    case .snmp:
      match(SNMPMessage(own, layer), layer, facts)
      return nil
    case .igmp, .profinetDCP, .profinetPTCP, .linkControl, .ipControl, .ipv6Control,
      .compressionControl, .spanningTree:
      return nil
    }
  }

  /// Finds the segment's conversation and moves it on.
  private mutating func advance(
    overSegment layer: Layer, _ own: Span<UInt8>, _ facts: borrowing FrameFacts
  ) throws(DecodeError) -> Layer? {
    let view = try TCPSegment(own, layer)
    // Large values: made in their place and changed there.
    let index = findings.segments.count
    findings.segments.append(
      conversations.receive(
        view.header(isQuoted: layer.isQuoted), addresses, layer: layers.count - 1,
        frame: facts.number, time: facts.time))
    if validatesChecksums, !layer.isFragment {
      findings.segments[index].checksum = view.validate(addresses)
    }
    if layer.isQuoted {
      findings.segments[index].isQuoted = true
    } else {
      findings.lastSegment = index
      if analyzesSegments {
        findings.segments[index].multipathOperations = multipath.operations(
          of: findings.segments[index])
        findings.segments[index].analysis = analyses.analyze(findings.segments[index])
        findings.segments[index].multipath = view.advance(&multipath, findings.segments[index])
      }
    }
    return view.next(layer)
  }

  /// Notes where the payload of the link layer ends; what follows is its trailer.
  private mutating func endPayload(of layer: Layer, after length: Int) {
    guard analyzesSegments else { return }
    findings.payloadEnds.append((layers.count - 1, min(layer.start + length, layer.wireEnd)))
  }

  private mutating func note(
    _ pairs: (sender: ARPTable.Pair?, target: ARPTable.Pair?), _ facts: borrowing FrameFacts
  ) {
    for pair in [pairs.sender, pairs.target] {
      guard let pair else { continue }
      if let duplicate = stations.note(pair, frame: facts.number, time: facts.time) {
        findings.duplicates.append(duplicate)
        return
      }
    }
  }

  private mutating func advance(
    overIPv4 layer: Layer, _ own: Span<UInt8>, _ facts: borrowing FrameFacts
  ) throws(DecodeError) -> Layer? {
    if let first = own.isEmpty ? nil : own[0], first >> 4 == 6 { return layer.above(.ipv6, at: 0) }
    let packet = try IPv4Packet(own, layer)
    guard packet.defect(layer) == nil else { return packet.next(layer) }
    try packet.checkHeader(layer)
    addresses = packet.addresses
    endPayload(of: layer, after: packet.length(layer))
    if packet.headerLength > IPv4Packet.minimumHeaderLength { try packet.checkOptions(layer) }
    guard packet.canReassemble(layer, validating: validatesChecksums) else {
      return packet.next(layer)
    }
    let key = FragmentKey(
      addresses: addresses, identification: UInt32(packet.identification),
      number: packet.number.rawValue)
    guard
      let whole = ipv4Fragments.add(
        packet.payload, offset: packet.fragmentOffset, isLast: !packet.hasMoreFragments, key,
        frame: facts.number, time: facts.time)
    else {
      return layer.above(
        .data, at: packet.headerLength, length: packet.length(layer) - packet.headerLength)
    }
    let source = addSource("Reassembled IPv4", whole)
    return layer.above(packet.number.kindInIPv4, inSource: source, count: whole.bytes.count)
  }

  private mutating func advance(
    overFragment layer: Layer, _ own: Span<UInt8>, _ facts: borrowing FrameFacts
  ) throws(DecodeError) -> Layer? {
    let header = try IPv6FragmentHeader(own, layer)
    let payload = header.payload
    // A fragment in a fragment is not put together.
    guard layer.wireCount > IPv6FragmentHeader.headerLength, layer.source == 0 else {
      var above = layer.aboveIPv6(header.nextHeader, at: IPv6FragmentHeader.headerLength)
      above?.isFragment = layer.isFragment || !header.isWhole
      return above
    }
    guard !header.isWhole, !payload.isEmpty, layer.count == layer.wireCount else {
      return header.next(layer)
    }
    let key = FragmentKey(
      addresses: addresses, identification: header.identification, number: 0)
    guard
      let whole = ipv6Fragments.add(
        payload, offset: header.offset, isLast: !header.hasMore, key, frame: facts.number,
        time: facts.time)
    else { return header.next(layer) }
    let source = addSource("Reassembled IPv6", whole)
    return layer.aboveIPv6(header.nextHeader, inSource: source, count: whole.bytes.count)
  }

  private mutating func addSource(
    _ name: String, _ whole: (fragments: [Reassembly.Fragment], bytes: [UInt8])
  ) -> UInt8 {
    sources.append((name, whole.bytes))
    let source = UInt8(clamping: sources.count)
    findings.reassemblies.append(
      (
        layers.count - 1,
        Reassembly(fragments: whole.fragments, length: whole.bytes.count, source: source)
      ))
    return source
  }

  private mutating func note(
    _ payload: borrowing EncapsulatingSecurityPayload, _ facts: borrowing FrameFacts
  ) {
    guard analyzesSegments, let index = payload.index, let number = payload.number,
      let last = securitySequences.note(number, of: index, frame: facts.number)
    else { return }
    findings.security.append((layers.count - 1, last))
  }

  /// Notes a ping, or finds the one that is answered.
  private mutating func match(
    _ ping: (key: Transactions.Key, isRequest: Bool)?, _ facts: borrowing FrameFacts
  ) {
    guard analyzesSegments, let ping else { return }
    if ping.isRequest {
      pings.note(ping.key, facts)
    } else {
      findings.request =
        ping.key.kind == .snmp ? pings.request(for: ping.key) : pings.take(ping.key)
    }
  }

  /// Notes a request, or finds the one that is answered: within a conversation, whoever sent it.
  private mutating func match(
    _ message: borrowing SNMPMessage, _ layer: Layer, _ facts: borrowing FrameFacts
  ) {
    guard analyzesSegments, !layer.isQuoted, let stream = findings.snmpStream,
      let transaction = message.transaction(),
      message.isWhole(layer, copy facts, with: &scratch)
    else { return }
    let identifier = UInt64(stream) << 32 | UInt64(transaction.identifier)
    match(
      (
        Transactions.Key(
          kind: .snmp, addresses: .none, sourcePort: 0, destinationPort: 0, identifier: identifier),
        transaction.isRequest
      ), facts)
  }

  private mutating func match(
    _ message: borrowing DNSMessage, _ layer: Layer, _ facts: borrowing FrameFacts
  ) {
    guard analyzesSegments, !layer.isQuoted, let identifier = message.identifier,
      let stream = findings.udp.last?.facts.stream,
      message.isWhole(DNSFlavor(layer.kind), with: &scratch)
    else { return }
    findings.dnsMatch = dnsTransactions.match(
      DNSTransactions.Key(stream: stream, identifier: identifier),
      isResponse: message.isResponse, frame: facts.number, time: facts.time)
  }

  /// Lends the bytes of a layer; `frame` are those of the frame seen last.
  public func withBytes<Result>(
    of layer: Layer, in frame: Span<UInt8>, _ body: (Span<UInt8>) -> Result
  ) -> Result {
    if layer.source == 0 { return body(frame.part(layer.start, layer.end)) }
    let source = sources[Int(layer.source) - 1].bytes
    return body(source.span.part(layer.start, layer.end))
  }

  /// Hands each TCP segment of the frame seen last, of which `bytes` are the bytes, to `consumer` with its payload and
  /// the place of that in the capture file. `fileOffset` is where the frame's bytes lie in the file.
  public func forEachSegment(
    _ bytes: Span<UInt8>, fileOffset: Int? = nil,
    _ consumer: (borrowing Segment, Span<UInt8>, Int?) -> Void
  ) {
    // Through a span: a segment is large, and is lent from there rather than copied.
    let segments = findings.segments.span
    for index in segments.indices where !segments[index].isQuoted {
      let layer = layers[segments[index].layer]
      let start = layer.start + segments[index].header.headerLength
      if layer.source == 0 {
        consumer(
          segments[index], bytes.part(start, layer.end), fileOffset.map { $0 + start })
      } else {
        let source = sources[Int(layer.source) - 1].bytes
        consumer(segments[index], source.span.part(start, layer.end), nil)
      }
    }
  }
}

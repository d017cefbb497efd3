import Fields

/// What the walk found out about a frame that its bytes alone do not tell.
struct FrameFindings: Sendable {
  /// Conversation facts of each UDP layer, by its place in `Dissector.layers`.
  var udp: [(layer: Int, facts: UDPConversation)] = []

  /// Every TCP segment that belongs to a conversation.
  var segments: [Segment] = []

  /// Where the outermost packet that says its length ends in the frame.
  var payloadEnd: Int?
  /// Of the innermost IP packet that is not quoted.
  var hopLimit: UInt8 = 0
  /// What a ping's reply answers.
  var request: Transactions.Request?
  var dnsMatch: DNSMatch?

  /// Keeps the hop limit of an IP header, whatever else is wrong with it.
  mutating func noteHopLimit(_ layer: Layer, _ header: Span<UInt8>) {
    if layer.isQuoted { return }
    if layer.kind == .ipv4, header.count > 8 { hopLimit = header[8] }
    if layer.kind == .ipv6, header.count > 7 { hopLimit = header[7] }
  }
  mutating func clear() {
    (payloadEnd, hopLimit, request, dnsMatch) = (nil, 0, nil, nil)
    udp.removeAll(keepingCapacity: true)
    segments.removeAll(keepingCapacity: true)
  }
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

  var hopLimit: UInt8 { findings.hopLimit }
  /// What a ping's reply answers; a quoted one has none.
  var request: Transactions.Request? { layers[index].isQuoted ? nil : findings.request }

  /// Where the payload of `layer` ends, counted from its start, if the layer right above it says so.
  func payloadEnd(of layer: Layer) -> Int? {
    guard layerAbove?.kind != .vlan, let end = findings.payloadEnd else { return nil }
    return end - layer.start
  }
  /// Whether the layer lies in one fragment of several: it has no checksum that could be checked.
  var isFragment: Bool { false }
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
  /// Whether MAC addresses are shown with their vendors.
  public var resolvesNames = true

  private var findings = FrameFindings()
  private var udpConversations = UDPConversationTable()
  private var pings = Transactions()
  private var dnsTransactions = DNSTransactions()
  /// The TCP conversations that are open. After each frame, ask it for those that have ended.
  public var conversations: ConversationTable
  private var analyses = AnalysisTable()
  /// Whether sequence numbers are analysed, which costs time and memory that streams do not need.
  private let analyzesSegments: Bool

  /// The TCP segment of the frame seen last: of the innermost IP packet, where there are several.
  public var segment: Segment? { findings.segments.last { !$0.isQuoted } }

  public init(conversations: consuming ConversationTable, analyzesSegments: Bool) {
    self.conversations = conversations
    self.analyzesSegments = analyzesSegments
  }
  /// For describing frames: conversations stay as long as the capture lasts, and segments are analysed.
  public init() { self.init(conversations: ConversationTable(), analyzesSegments: true) }

  public mutating func dissect(_ bytes: Span<UInt8>, _ facts: borrowing FrameFacts) {
    layers.removeAll(keepingCapacity: true)
    sources.removeAll(keepingCapacity: true)
    findings.clear()
    (error, addresses) = (nil, .none)
    var next: Layer? = LinkType(rawValue: facts.linkType)
      .layer(count: bytes.count, wireCount: facts.wireLength)
    do throws(DecodeError) {
      while let layer = next, layers.count < Self.maximumLayers {
        layers.append(layer)
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
  static let maximumLayers = 64

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
      let conversation = udpConversations.advance(
        addresses, datagram.sourcePort, datagram.destinationPort, at: facts.time,
        hasPayload: above != nil && !layer.isQuoted)
      findings.udp.append((layers.count - 1, conversation))
      return above
    case .tcp: return try advance(overSegment: layer, own, facts)
    case .linuxCooked, .linuxCooked2, .loopback, .rawIP, .unknownLink, .llc, .vlan, .arp, .ipv4,
      .ipv6, .ipv6HopByHop, .ipv6Routing, .ipv6Fragment, .ipv6DestinationOptions, .ipv6Mobility,
      .authenticationHeader, .encapsulatingSecurityPayload, .data:
      return nil
    case .icmp:
      let message = try ICMPMessage(own, layer)
      if !layer.isQuoted { match(message.transaction(addresses), facts) }
      return message.next(layer)
    case .icmpv6:
      let message = try ICMPv6Message(own, layer)
      if !layer.isQuoted { match(message.transaction(addresses), facts) }
      return message.next(layer)
    case .dns, .multicastDNS, .linkLocalDNS:
      match(DNSMessage(own, layer), layer, facts)
      return nil
    case .profinet: return try ProfinetFrame(own, layer).next(layer)
    case .igmp, .profinetDCP, .snmp: return nil
    }
  }

  /// Notes a ping, or finds the one that is answered.
  private mutating func match(
    _ ping: (key: Transactions.Key, isRequest: Bool)?, _ facts: borrowing FrameFacts
  ) {
    guard analyzesSegments, let ping else { return }
    if ping.isRequest {
      pings.note(ping.key, facts)
    } else {
      findings.request = pings.request(for: ping.key)
    }
  }

  private mutating func match(
    _ message: borrowing DNSMessage, _ layer: Layer, _ facts: borrowing FrameFacts
  ) {
    guard analyzesSegments, !layer.isQuoted, message.flags != nil, let identifier = message.identifier,
      let stream = findings.udp.last?.facts.stream
    else { return }
    findings.dnsMatch = dnsTransactions.match(
      DNSTransactions.Key(stream: stream, identifier: identifier),
      isResponse: message.isResponse, frame: facts.number, time: facts.time)
  }

  /// Finds the segment's conversation and moves it on.
  private mutating func advance(
    overSegment layer: Layer, _ own: Span<UInt8>, _ facts: borrowing FrameFacts
  ) throws(DecodeError) -> Layer? {
    let view = try TCPSegment(own, layer)
    var segment = conversations.receive(
      view.header(isQuoted: layer.isQuoted), addresses, layer: layers.count - 1,
      frame: facts.number, time: facts.time)
    if validatesChecksums { segment.checksum = view.validate(addresses) }
    if layer.isQuoted {
      segment.isQuoted = true
    } else if analyzesSegments {
      segment.analysis = analyses.analyze(segment)
    }
    findings.segments.append(segment)
    return view.next(layer)
  }

  /// Fills `tree` with the frame that `dissect` saw last: the frame's own section and every layer.
  public func describe(
    _ bytes: Span<UInt8>, _ facts: borrowing FrameFacts, into tree: inout FieldBuffer
  ) {
    for source in sources { _ = tree.addSource(source.name, source.bytes) }
    var context = DescribeContext(
      facts: copy facts, validatesChecksums: validatesChecksums, resolvesNames: resolvesNames,
      layers: layers, findings: findings, index: 0, addresses: .none)
    FrameSection.describe(bytes, facts, into: &tree)
    var end = error
    var quoting: Layer?
    for (index, layer) in layers.enumerated() {
      context.index = index
      (tree.base, tree.source, tree.depth) = (layer.start, layer.source, UInt16(layer.depth))
      let columns = layer.isQuoted ? tree.columns : nil
      let ended: DecodeError?
      if layer.source == 0 {
        ended = describe(layer, bytes.part(layer.start, layer.end), &context, into: &tree)
      } else {
        let source = sources[Int(layer.source) - 1].bytes
        ended = describe(layer, source.span.part(layer.start, layer.end), &context, into: &tree)
      }
      if let columns { tree.columns = columns }
      end = end ?? ended
      if layer.kind == .icmp || layer.kind == .icmpv6, !layer.isQuoted { quoting = layer }
      if let outer = quoting, index + 1 == layers.count || layers[index + 1].depth == 0 {
        quoting = nil
        end = end ?? describeTail(of: outer, bytes, into: &tree)
      }
    }
    (tree.base, tree.source, tree.depth) = (0, 0, 0)
    if let end { tree.addEnd(of: end) }
    tree.finishProtocols()
  }

  /// What an ICMP error has behind the packet that it quotes. Returns what ended the description early.
  private func describeTail(
    of layer: Layer, _ bytes: Span<UInt8>, into tree: inout FieldBuffer
  ) -> DecodeError? {
    (tree.base, tree.source, tree.depth) = (layer.start, layer.source, UInt16(layer.depth) + 1)
    let other = layer.source == 0 ? [] : sources[Int(layer.source) - 1].bytes
    let own = layer.source == 0 ? bytes : other.span
    do throws(DecodeError) {
      let part = own.part(layer.start, layer.end)
      if layer.kind == .icmp {
        try ICMPMessage(part, layer).describeTail(layer, into: &tree)
      } else {
        try ICMPv6Message(part, layer).describeTail(layer, into: &tree)
      }
      return nil
    } catch {
      return error
    }
  }

  /// Returns what ended the description early.
  private func describe(
    _ layer: Layer, _ own: Span<UInt8>, _ context: inout DescribeContext,
    into tree: inout FieldBuffer
  ) -> DecodeError? {
    do throws(DecodeError) {
      switch layer.kind {
      case .ethernet: try EthernetFrame(own, layer).describe(layer, context, into: &tree)
      case .udp: try UDPDatagram(own, layer).describe(layer, context, into: &tree)
      case .tcp: try TCPSegment.describe(own, layer, context, into: &tree)
      case .linuxCooked, .linuxCooked2, .loopback, .rawIP, .unknownLink, .llc, .vlan, .arp, .ipv4,
        .ipv6, .ipv6HopByHop, .ipv6Routing, .ipv6Fragment, .ipv6DestinationOptions,
        .ipv6Mobility, .authenticationHeader, .encapsulatingSecurityPayload:
        break
      case .icmp: try ICMPMessage(own, layer).describe(layer, context, into: &tree)
      case .icmpv6: try ICMPv6Message(own, layer).describe(layer, context, into: &tree)
      case .dns, .multicastDNS, .linkLocalDNS:
        try DNSMessage(own, layer).describe(
          DNSFlavor(layer.kind), layer.isQuoted ? nil : context.findings.dnsMatch,
          at: context.facts.time, into: &tree)
      case .profinet:
        ProfinetFrame.describeMalformed(&tree.columns)
        try ProfinetFrame(own, layer).describe(into: &tree)
      case .profinetDCP: try ProfinetDCP(own, layer, context).describe(into: &tree)
      case .igmp, .snmp: break
      case .data: DataLayer.describe(own, into: &tree)
      }
      return nil
    } catch {
      return error
    }
  }
}

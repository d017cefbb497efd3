import Fields

/// What the walk found out about a frame that its bytes alone do not tell.
struct FrameFindings: Sendable {
  /// Conversation facts of each UDP layer, by its place in `Dissector.layers`.
  var udp: [(layer: Int, facts: UDPConversation)] = []

  /// Every TCP segment that belongs to a conversation.
  var segments: [Segment] = []

  /// Where the outermost packet that says its length ends in the frame.
  var payloadEnd: Int?

  mutating func clear() {
    payloadEnd = nil
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
  /// Whether `describe` leaves out what lies above TCP, for a caller that follows conversations.
  public var leavesStreams = false
  /// Whether MAC addresses are shown with their vendors.
  public var resolvesNames = true

  private var findings = FrameFindings()
  private var udpConversations = UDPConversationTable()
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
      .authenticationHeader, .encapsulatingSecurityPayload, .icmp, .icmpv6, .igmp,
      .profinet, .dns, .multicastDNS, .linkLocalDNS, .snmp, .data:
      return nil
    }
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
    for (index, layer) in layers.enumerated() {
      context.index = index
      if leavesStreams, isStream(index) { continue }
      (tree.base, tree.source, tree.depth) = (layer.start, layer.source, UInt16(layer.depth))
      let columns = layer.isQuoted ? tree.columns : nil
      if layer.source == 0 {
        describe(layer, bytes.part(layer.start, layer.end), &context, into: &tree)
      } else {
        let source = sources[Int(layer.source) - 1].bytes
        describe(layer, source.span.part(layer.start, layer.end), &context, into: &tree)
      }
      if let columns { tree.columns = columns }
    }
    (tree.base, tree.source, tree.depth) = (0, 0, 0)
    if let error { tree.addEnd(of: error) }
    tree.finishProtocols()
  }

  /// The payload of the frame's TCP segment, where it has one.
  public var stream: Layer? { layers.last.flatMap { isStream(layers.count - 1) ? $0 : nil } }

  private func isStream(_ index: Int) -> Bool {
    index > 0 && layers[index].kind == .data && layers[index - 1].kind == .tcp
      && !layers[index].isQuoted
  }

  private func describe(
    _ layer: Layer, _ own: Span<UInt8>, _ context: inout DescribeContext,
    into tree: inout FieldBuffer
  ) {
    do throws(DecodeError) {
      switch layer.kind {
      case .ethernet: try EthernetFrame(own, layer).describe(layer, context, into: &tree)
      case .udp: try UDPDatagram(own, layer).describe(layer, context, into: &tree)
      case .tcp: try TCPSegment.describe(own, layer, context, into: &tree)
      case .linuxCooked, .linuxCooked2, .loopback, .rawIP, .unknownLink, .llc, .vlan, .arp, .ipv4,
        .ipv6, .ipv6HopByHop, .ipv6Routing, .ipv6Fragment, .ipv6DestinationOptions,
        .ipv6Mobility, .authenticationHeader, .encapsulatingSecurityPayload, .icmp, .icmpv6,
        .igmp, .profinet, .dns, .multicastDNS, .linkLocalDNS, .snmp:
        break
      case .data: DataLayer.describe(own, into: &tree)
      }
    } catch {
      // The walk met the same error: it is described once, at the end.
    }
  }
}

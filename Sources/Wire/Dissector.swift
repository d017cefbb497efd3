import Fields

/// How frames are dissected and described.
public struct DissectorOptions: Sendable {
  public var validatesChecksums = true
  /// Whether a description leaves out what lies above TCP, for a caller that follows conversations.
  public var leavesStreams = false
  /// Whether sequence numbers are analysed and requests are matched, which costs time and memory that only descriptions
  /// need.
  public var analyzesSegments = true
  /// The UDP ports of protocols above `Wire`: what is sent to them is for the caller to describe.
  public var datagramPorts: [UInt16] = []
  /// What the user says of UDP ports: the tunnels that are on them.
  public var tunnels: [UInt16: DatagramTunnel] = [:]
  /// Without them subflows of Multipath TCP are not joined by their tokens.
  public var hashes: MultipathHashes?

  public init() {}
}

/// From a frame's bytes to its layers.
///
/// `dissect` walks the headers, follows conversations and keeps the list of layers: no tree, no text.
/// `Dissected.describe` walks that list once more and fills a `FieldBuffer`; the views are the same.
public struct Dissector: ~Copyable {
  public let options: DissectorOptions
  /// The TCP conversations that are open. After each frame, ask it for those that have ended.
  public var conversations: ConversationTable
  private var analyses = AnalysisTable()
  private var multipath: MultipathTable
  private var udpConversations = UDPConversationTable()
  private var ipv4Fragments = IPReassembler()
  private var ipv6Fragments = IPReassembler()
  private var stations = ARPTable()
  private var pings = Pings()
  private var securitySequences = SecuritySequences()
  private var radioTimes = RadioTimes()

  /// Datagrams whose fragments were forgotten: too old, or too many.
  public var forgottenDatagrams: Int { ipv4Fragments.forgotten + ipv6Fragments.forgotten }

  public init(
    _ options: DissectorOptions = DissectorOptions(),
    conversations: consuming ConversationTable = ConversationTable()
  ) {
    self.options = options
    self.conversations = conversations
    multipath = MultipathTable(options.hashes)
  }

  /// Writes into `found` what there is of a frame; call it for every frame, in order.
  public mutating func dissect(
    _ bytes: Span<UInt8>, _ facts: borrowing FrameFacts, into found: inout Dissected
  ) {
    found.clear()
    var next: Layer? = LinkType(rawValue: facts.linkType)
      .layer(count: bytes.count, wireCount: facts.wireLength)
    do throws(DecodeError) {
      while let layer = next ?? found.waiting, found.layers.count < Self.maximumLayers {
        if next == nil { found.waiting = nil }
        found.layers.append(layer)
        if layer.kind == .data {
          next = nil
          continue
        }
        if layer.source == 0 {
          next = try advance(over: layer, bytes.part(layer.start, layer.end), facts, &found)
        } else {
          let source = found.sources[Int(layer.source) - 1].bytes
          next = try advance(over: layer, source.span.part(layer.start, layer.end), facts, &found)
        }
      }
    } catch {
      found.error = error
    }
  }

  /// Tunnels in tunnels end here.
  static let maximumLayers = 512

  /// Reads the layer's header and says what lies above it.
  private mutating func advance(
    over layer: Layer, _ own: Span<UInt8>, _ facts: borrowing FrameFacts,
    _ found: inout Dissected
  ) throws(DecodeError) -> Layer? {
    found.noteHopLimit(layer, own)
    switch layer.kind {
    case .udp:
      let datagram = try UDPDatagram(own, layer)
      let above = datagram.next(layer, found.addresses, options)
      var stream: Int?
      if options.analyzesSegments, datagram.isPlausible(layer, found.addresses) {
        let conversation = udpConversations.advance(
          found.addresses, datagram.sourcePort, datagram.destinationPort, at: facts.time,
          hasPayload: above != nil && !layer.isQuoted)
        found.udp.append((found.layers.count - 1, conversation))
        stream = conversation.stream
      }
      if let above, above.kind == .datagram {
        found.datagram = Datagram(
          layer: above, addresses: found.addresses, sourcePort: datagram.sourcePort,
          destinationPort: datagram.destinationPort, stream: stream)
      }
      return above
    case .radiotap:
      let header = try RadiotapHeader(own, layer)
      let frame = try header.next(layer)
      if options.analyzesSegments { found.radioGap = radioTimes.note(try header.radio(layer)) }
      return frame
    case .ppi:
      let header = try PPIHeader(own, layer)
      let frame = try header.next(layer)
      if options.analyzesSegments { found.radioGap = radioTimes.note(try header.radio(layer)) }
      return frame
    case .wlanAggregate:
      let packet = try WLANAggregate(own, layer)
      found.waiting = packet.following(layer)
      return packet.next(layer)
    case .tcp: return try advance(overSegment: layer, own, facts, &found)
    case .arp:
      let packet = try ARPPacket(own, layer)
      note(packet.pairs(), facts, &found)
      try packet.checkAddresses()
      endPayload(of: layer, after: packet.length, &found)
      return nil
    case .ipv4: return try advance(overIPv4: layer, own, facts, &found)
    case .ipv6:
      let packet = try IPv6Packet(own, layer)
      if packet.version == 6 {
        found.addresses = packet.addresses
        endPayload(of: layer, after: IPv6Packet.headerLength + packet.length, &found)
      }
      return packet.next(layer)
    case .ipv6HopByHop, .ipv6DestinationOptions:
      let header = IPv6OptionsHeader(own, layer)
      found.addresses = header.addresses(found.addresses)
      return try header.next(layer)
    case .ipv6Routing:
      let header = IPv6RoutingHeader(own, layer)
      found.addresses = header.addresses(found.addresses)
      return try header.next(layer)
    case .ipv6Fragment: return try advance(overFragment: layer, own, facts, &found)
    case .encapsulatingSecurityPayload:
      note(EncapsulatingSecurityPayload(own, layer), facts, &found)
      return nil
    case .icmp:
      let message = try ICMPMessage(own, layer)
      if !layer.isQuoted { match(message.transaction(found.addresses), facts, &found) }
      return message.next(layer)
    case .icmpv6:
      let message = ICMPv6Message(own, layer)
      if !layer.isQuoted { match(message.transaction(found.addresses), facts, &found) }
      return try message.next(layer)
    default:
      var nothing: Void = ()
      let next = try NextLayer.perform(on: own, layer, (), &nothing)
      if let length = next?.length { endPayload(of: layer, after: length, &found) }
      return next?.above
    }
  }

  /// Finds the segment's conversation and moves it on.
  private mutating func advance(
    overSegment layer: Layer, _ own: Span<UInt8>, _ facts: borrowing FrameFacts,
    _ found: inout Dissected
  ) throws(DecodeError) -> Layer? {
    let view = try TCPSegment(own, layer)
    let number = found.layers.count - 1
    if !layer.isQuoted { found.lastSegment = found.segments.count }
    guard options.analyzesSegments else {
      found.segments.append(follow(view, layer, number, found.addresses, facts))
      found.segmentAddresses.append(found.addresses)
      return view.next(layer)
    }
    var history = SegmentHistory()
    var segment = conversations.receive(
      view.header(isQuoted: layer.isQuoted), view.optionFacts, found.addresses, layer: number,
      frame: facts.number, time: facts.time, history: &history)
    segment.isQuoted = layer.isQuoted
    compareChecksum(of: view, layer, found.addresses, &segment)
    if !layer.isQuoted {
      history.multipathOperations = multipath.operations(of: segment)
      analyses.analyze(segment, &history)
      segment.analysis = history.analysis.flags
      if let facts = view.advance(&multipath, segment) {
        found.multipath.append((found.segments.count, facts))
      }
    }
    found.segments.append(segment)
    found.segmentAddresses.append(found.addresses)
    found.histories.append(history)
    return view.next(layer)
  }

  /// Finds the segment's conversation and moves it on, for one who follows conversations alone.
  mutating func follow(
    _ view: borrowing TCPSegment, _ layer: Layer, _ number: Int, _ addresses: NetworkAddresses,
    _ facts: borrowing FrameFacts
  ) -> Segment {
    let header = view.header(isQuoted: layer.isQuoted)
    var segment = conversations.receive(
      header, header.flags.contains(.syn) ? view.optionFacts : OptionFacts(), addresses,
      layer: number, frame: facts.number, time: facts.time)
    segment.isQuoted = layer.isQuoted
    // The sum of a segment without payload matters to descriptions only.
    if view.hasPayload { compareChecksum(of: view, layer, addresses, &segment) }
    return segment
  }

  private func compareChecksum(
    of view: borrowing TCPSegment, _ layer: Layer, _ addresses: NetworkAddresses,
    _ segment: inout Segment
  ) {
    guard options.validatesChecksums, !layer.isFragment else { return }
    (segment.checksum, segment.payloadSum) = view.validate(addresses)
  }

  private mutating func note(
    _ pairs: (sender: ARPTable.Pair?, target: ARPTable.Pair?), _ facts: borrowing FrameFacts,
    _ found: inout Dissected
  ) {
    for pair in [pairs.sender, pairs.target] {
      guard let pair else { continue }
      if let duplicate = stations.note(pair, frame: facts.number, time: facts.time) {
        found.duplicates.append(duplicate)
        return
      }
    }
  }

  private mutating func advance(
    overIPv4 layer: Layer, _ own: Span<UInt8>, _ facts: borrowing FrameFacts,
    _ found: inout Dissected
  ) throws(DecodeError) -> Layer? {
    if let first = own.isEmpty ? nil : own[0], first >> 4 == 6 { return layer.above(.ipv6, at: 0) }
    let packet = try IPv4Packet(own, layer)
    guard packet.defect(layer) == nil else { return packet.next(layer) }
    try packet.checkHeader(layer)
    found.addresses = packet.addresses
    endPayload(of: layer, after: packet.length(layer), &found)
    if packet.headerLength > IPv4Packet.minimumHeaderLength { try packet.checkOptions(layer) }
    guard packet.canReassemble(layer, validating: options.validatesChecksums) else {
      return packet.next(layer)
    }
    let key = FragmentKey(
      addresses: found.addresses, identification: UInt32(packet.identification),
      number: packet.number.rawValue)
    guard
      let whole = ipv4Fragments.add(
        packet.payload, offset: packet.fragmentOffset, isLast: !packet.hasMoreFragments, key,
        frame: facts.number, time: facts.time)
    else {
      return layer.above(
        .data, at: packet.headerLength, length: packet.length(layer) - packet.headerLength)
    }
    let source = found.addSource("Reassembled IPv4", whole)
    return layer.above(packet.number.kindInIPv4, inSource: source, count: whole.bytes.count)
  }

  private mutating func advance(
    overFragment layer: Layer, _ own: Span<UInt8>, _ facts: borrowing FrameFacts,
    _ found: inout Dissected
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
      addresses: found.addresses, identification: header.identification, number: 0)
    guard
      let whole = ipv6Fragments.add(
        payload, offset: header.offset, isLast: !header.hasMore, key, frame: facts.number,
        time: facts.time)
    else { return header.next(layer) }
    let source = found.addSource("Reassembled IPv6", whole)
    return layer.aboveIPv6(header.nextHeader, inSource: source, count: whole.bytes.count)
  }

  private mutating func note(
    _ payload: borrowing EncapsulatingSecurityPayload, _ facts: borrowing FrameFacts,
    _ found: inout Dissected
  ) {
    guard options.analyzesSegments, let index = payload.index, let number = payload.number,
      let last = securitySequences.note(number, of: index, frame: facts.number)
    else { return }
    found.security.append((found.layers.count - 1, last))
  }

  /// Notes where the packet in a link layer ends, for descriptions.
  private func endPayload(of layer: Layer, after length: Int, _ found: inout Dissected) {
    if options.analyzesSegments { found.endPayload(of: layer, after: length) }
  }

  /// Notes a ping, or finds the one that is answered.
  private mutating func match(
    _ ping: (key: Pings.Key, isRequest: Bool)?, _ facts: borrowing FrameFacts,
    _ found: inout Dissected
  ) {
    guard options.analyzesSegments, let ping else { return }
    if ping.isRequest {
      pings.note(ping.key, facts)
    } else {
      found.request = pings.take(ping.key)
    }
  }

  /// Begins a conversation anew, as Wireshark does for SNMP: the datagrams after `datagram` are in it. Gives its number
  /// among those that were begun so.
  public mutating func beginConversation(after datagram: Datagram) -> Int {
    udpConversations.begin(datagram.addresses, datagram.sourcePort, datagram.destinationPort)
  }
}

import Fields

// The second walk: over the layers that `dissect` found, into the tree.
extension Dissected {
  /// What describes the payload of a datagram for a protocol above `Wire`; without one it is shown as data.
  public typealias DatagramDescription = (
    _ payload: Span<UInt8>, _ datagram: Datagram, _ tree: inout FieldBuffer
  ) throws(DecodeError) -> Void

  /// Fills `tree` with the frame: its own section and every layer. False where a TCP segment ends early, in its options:
  /// its payload is not looked at.
  @discardableResult
  public func describe(
    _ bytes: Span<UInt8>, _ facts: borrowing FrameFacts, _ options: DissectorOptions,
    into tree: inout FieldBuffer,
    describingDatagrams describeDatagram: DatagramDescription = { payload, _, tree in
      if !payload.isEmpty { DataDescription.describe(payload, into: &tree) }
    }
  ) -> Bool {
    if describeRow(bytes, facts, into: &tree) { return true }
    for source in sources { _ = tree.addSource(source.name, source.bytes) }
    var context = DescribeContext(copy facts, self, options)
    tree.enter(.frame)
    FrameSection.describe(bytes, facts, into: &tree)
    // A quoted packet is cut by design: that it ends early is no news.
    let isCutQuote = error?.reason == .tooShort && layers.last?.isQuoted == true
    var end = isCutQuote ? nil : error
    var quoting: Layer?
    var trailerEnd: DecodeError?
    var isWhole = true
    for (index, layer) in layers.enumerated() {
      context.index = index
      if options.leavesStreams, isStream(index) || isQuotedStream(index) { continue }
      (tree.base, tree.source, tree.depth) = (layer.start, layer.source, UInt16(layer.depth))
      tree.enter(layer.kind.part)
      var columns: Columns? = layer.isQuoted ? tree.columns.copied() : nil
      var ended: DecodeError?
      if layer.source == 0 {
        ended = describe(
          layer, bytes.part(layer.start, layer.end), &context, into: &tree, describeDatagram)
      } else {
        let source = sources[Int(layer.source) - 1].bytes
        ended = describe(
          layer, source.span.part(layer.start, layer.end), &context, into: &tree, describeDatagram)
      }
      if let saved = columns.take() { tree.columns = saved }
      // What follows the packet ends beside it.
      if ended?.part == DecodeError.trailer { (trailerEnd, ended) = (trailerEnd ?? ended, nil) }
      // What an extension header lets follow, it alone can say.
      let isLast = index + 1 == layers.count || ended != nil && layer.kind.isInIPv6
      if !layer.isQuoted || ended?.reason != .tooShort {
        end = isLast ? ended ?? end : end ?? ended
      }
      if layer.kind == .icmp || layer.kind == .icmpv6, !layer.isQuoted { quoting = layer }
      if let outer = quoting, isLast || layers[index + 1].depth == 0 {
        quoting = nil
        end = end ?? describeTail(of: outer, bytes, into: &tree)
      }
      if ended != nil, layer.kind == .tcp, !layer.isQuoted {
        isWhole = false
        break
      }
      if isLast { break }
    }
    (tree.base, tree.source, tree.depth) = (0, 0, 0)
    tree.enter(.otherLayers)
    if let end {
      tree.addEnd(of: end)
      tree.columns.tunnel = nil
    }
    if let trailerEnd { tree.addEnd(of: trailerEnd) }
    tree.finishProtocols()
    return isWhole
  }

  /// The payload of a TCP segment of the frame, where it has one.
  public func payload(of segment: borrowing Segment) -> Layer? {
    let above = segment.layer + 1
    return above < layers.count && isStream(above) ? layers[above] : nil
  }

  private func isStream(_ index: Int) -> Bool {
    index > 0 && layers[index].kind == .data && layers[index - 1].kind == .tcp
      && !layers[index].isQuoted
  }

  /// The payload of the TCP segment that an ICMP error quotes, where it quotes nothing after it.
  public var quotedStream: (layer: Layer, segment: Segment)? {
    guard isQuotedStream(layers.count - 1), let segment = self.segments.last else { return nil }
    return (layers[layers.count - 1], segment)
  }

  private func isQuotedStream(_ index: Int) -> Bool {
    guard index > 0, index == layers.count - 1, layers[index].isQuoted,
      layers[index].kind == .data, layers[index - 1].kind == .tcp, layers[index].count > 0
    else { return false }
    let outer = layers.last { ($0.kind == .icmp || $0.kind == .icmpv6) && !$0.isQuoted }
    return outer?.source == layers[index].source && outer?.end == layers[index].end
  }

  /// What an ICMP error has after the packet that it quotes. Returns what ended the description early.
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
    into tree: inout FieldBuffer, _ describeDatagram: DatagramDescription
  ) -> DecodeError? {
    let protocols = tree.protocolsCount
    do throws(DecodeError) {
      switch layer.kind {
      case .udp: try UDPDatagram.describe(own, layer, context, into: &tree)
      case .tcp: try TCPSegment.describe(own, layer, context, into: &tree)
      case .ipv4:
        let packet = try IPv4Packet(own, layer)
        if packet.defect(layer) == nil { context.addresses = packet.addresses }
        try packet.describe(layer, context, into: &tree)
      case .ipv6:
        let packet = try IPv6Packet(own, layer)
        (context.addresses, context.isJumbogram) = (packet.addresses, packet.isJumbogram)
        packet.describe(layer, context, into: &tree)
      case .ipv6HopByHop, .ipv6DestinationOptions:
        let header = IPv6OptionsHeader(own, layer)
        try header.describe(context, into: &tree)
        context.addresses = header.addresses(context.addresses)
      case .ipv6Routing:
        let header = IPv6RoutingHeader(own, layer)
        try header.describe(context, into: &tree)
        context.addresses = header.addresses(context.addresses)
      case .ipv6Fragment: try IPv6FragmentHeader.describe(own, layer, context, into: &tree)
      case .datagram:
        guard let datagram else { break }
        try describeDatagram(own, datagram, &tree)
      case .data: DataLayer.describe(own, into: &tree)
      default: try LayerDescription.perform(on: own, layer, context, &tree)
      }
      return nil
    } catch {
      describeCut(layer, own, &context, into: &tree, describeDatagram)
      // A layer that was tried is named, whether or not its header is there.
      if tree.protocolsCount == protocols { layer.kind.describeMissing(into: &tree) }
      return error
    }
  }

  /// Describes what there is of an IP header that is not whole: as if zeros followed, without what they would say.
  private func describeCut(
    _ layer: Layer, _ own: Span<UInt8>, _ context: inout DescribeContext,
    into tree: inout FieldBuffer, _ describeDatagram: DatagramDescription
  ) {
    let length: Int
    switch layer.kind {
    case .ipv4: length = IPv4Packet.minimumHeaderLength
    case .ipv6: length = IPv6Packet.headerLength
    case .arp where own.count < ARPPacket.headerLength:
      return ARPPacket.describeCut(own, layer, into: &tree)
    case .llc where own.count < 3 || own.count == 3 && own[2] & 3 != 3:
      return LLCHeader.describeCut(own, into: &tree)
    default: return
    }
    guard !own.isEmpty, own.count < length else { return }
    var header = [UInt8](repeating: 0, count: length)
    for index in own.indices { header[index] = own[index] }
    let top = tree.end
    let columns = tree.columns.copied()
    if layer.kind == .ipv4 {
      try? IPv4Packet(padded: header.span).describe(
        layer, context, captured: own.count, into: &tree)
      // The flags are read together with the offset.
      tree.cut(top, to: own.count == 7 ? 6 : own.count)
      if tree.wantsTree, own.count >= 16 {
        tree.note(top) {
          $0.write(", Src: ")
          $0.write(ipv4: header.span.uint32(at: 12))
        }
      }
    } else {
      let padded = Layer(
        layer.kind, source: layer.source, start: layer.start, end: layer.start + length,
        wireEnd: max(layer.wireEnd, layer.start + length))
      context.shortHeader = layer.wireCount < length ? layer.wireCount : nil
      _ = describe(padded, header.span, &context, into: &tree, describeDatagram)
      // The payload's length is shown only where the byte after it is there.
      tree.cut(top, to: own.count == 6 ? 5 : own.count)
    }
    defer { context.shortHeader = nil }
    let described = tree.columns.copied()
    tree.columns = columns
    tree.columns.startInfo()
    tree.columns.protocolName = described.protocolName
    if let count = context.shortHeader {
      tree.columns.info.write("Invalid IPv6 header (\(count) bytes, need exactly 40)")
    }
    // Wireshark sets the source with its field.
    if own.count >= (layer.kind == .ipv6 ? 24 : 16) { tree.columns.takeSource(of: described) }
  }
}

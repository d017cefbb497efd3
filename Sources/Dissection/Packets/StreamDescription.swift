import Fields
import Mail
import Wire

/// What is above TCP and UDP, frame by frame.
struct StreamDescription: ~Copyable {
  private let options: ApplicationOptions
  private var streams: StreamTable<TreeReading>
  /// Bytes that all conversations hold for what is not finished.
  private var held = 0
  private let copies: CopyChoice?
  /// A key log with the secrets that the frame was the first to need; kept where it is wanted.
  private(set) var secrets = ""
  private let keepsSecrets: Bool

  init(_ options: ApplicationOptions, _ copies: CopyChoice?, keepsSecrets: Bool) {
    (self.options, self.copies, self.keepsSecrets) = (options, copies, keepsSecrets)
    streams = StreamTable(TreeSettings(options), ReassemblyBudget.Limits())
  }

  /// Describes what lies above TCP in the frame that `found` has described; call it for every frame, in order.
  mutating func describe(
    _ frame: Span<UInt8>, _ facts: borrowing FrameFacts, _ found: borrowing Dissected,
    into tree: inout FieldBuffer
  ) {
    if let (layer, segment) = found.quotedStream {
      describe(quoted: layer, of: segment, frame, facts, found, into: &tree)
      return
    }
    secrets = ""
    let time = facts.time
    found.forEachSegment(frame) { segment, payload, addresses, _ in
      _ = streams.receive(segment, payload, addresses, fileOffset: nil)
      let layer = found.payload(of: segment)
      describe(
        layer == nil ? payload.part(0, 0) : payload, layer, of: segment,
        found.layers[segment.layer],
        time: time, into: &tree)
    }
  }

  /// Describes the payload that an ICMP error quotes: as the conversation that it belongs to takes it, which itself
  /// sees nothing of it.
  private func describe(
    quoted layer: Layer, of segment: Segment, _ frame: Span<UInt8>, _ facts: borrowing FrameFacts,
    _ found: borrowing Dissected, into tree: inout FieldBuffer
  ) {
    var reader = streams.reader(for: segment, found.addresses)
    let (sourcePort, destinationPort) = (
      segment.header.sourcePort, segment.header.destinationPort
    )
    let own = PDUFacts(
      frame: facts.number, time: facts.time, stream: segment.stream,
      side: reader?.side(sourcePort, destinationPort, isFromClient: segment.isFromClient)
        ?? (segment.isFromClient ? .client : .server),
      sourcePort: sourcePort, destinationPort: destinationPort,
      sequence: segment.header.sequence.rawValue, canAskForMore: false)
    let columns = tree.columns.copied()
    (tree.base, tree.source, tree.depth) = (layer.start, layer.source, UInt16(layer.depth))
    found.withBytes(of: layer, in: frame) { bytes in
      if reader == nil { DataDescription.describe(bytes, into: &tree) }
      reader?.describe(quoted: bytes, own, into: &tree)
    }
    (tree.base, tree.source, tree.depth) = (0, 0, 0)
    tree.columns = columns
    tree.finishProtocols()
  }

  /// Describes the payload of a segment, which is in `layer`, beside the tree of the segment, whose layer is `own`.
  private mutating func describe(
    _ payload: Span<UInt8>, _ layer: Layer?, of segment: Segment, _ own: Layer,
    time: Int64, into tree: inout FieldBuffer
  ) {
    let flags = segment.header.flags
    // The payload of a reset says why, and belongs to no PDU.
    guard payload.count > 0 || flags.contains(.fin), !flags.contains(.reset) else { return }
    let depth = UInt16(own.depth)
    let item = tree.lastItem(of: Self.tcp, depth: depth, start: own.start)
    guard let tcp = item ?? (tree.describesAny(of: .tcp) ? nil : FieldIndex.none) else { return }
    tree.depth = depth
    streams.assume(segment)
    let found = segment.analysis
    let isCut = layer.map { $0.end < $0.wireEnd } ?? false
    // A SYN has a number of its own, in front of what it carries.
    let first = segment.header.sequence.rawValue &+ (flags.contains(.syn) ? 1 : 0)
    var part = PDUSegment(
      frame: segment.frame, time: time, stream: segment.stream,
      side: segment.isFromClient ? .client : .server, sourcePort: segment.header.sourcePort,
      destinationPort: segment.header.destinationPort, sequence: first, offset: layer?.start ?? 0,
      source: layer?.source ?? 0, isFIN: flags.contains(.fin),
      isRetransmission: found.contains(.retransmission),
      isOutOfOrder: found.contains(.outOfOrder),
      isSpurious: found.contains(.spuriousRetransmission),
      isKeepAlive: found.contains(.keepAlive),
      wireCount: isCut ? segment.header.payloadLength : nil,
      isWhole: !segment.checksum.isBad && !isCut, isCutShort: isCut)
    copies?.apply(to: &part)
    let isDescribed: Void? = streams.change(segment) { conversation in
      conversation.describe(
        payload, &part, segment, options.limits, held: &held, tcp: tcp, into: &tree)
    }
    if keepsSecrets { secrets += streams.change(segment) { $0.takeSecrets() } ?? "" }
    if isDescribed == nil { describeUnknown(payload, part, tcp, into: &tree) }
    (tree.base, tree.source, tree.depth) = (0, 0, 0)
    tree.finishProtocols()
  }

  /// Nothing says what is spoken.
  private func describeUnknown(
    _ payload: Span<UInt8>, _ part: PDUSegment, _ tcp: FieldIndex, into tree: inout FieldBuffer
  ) {
    if !part.isOutOfOrder, !part.isRetransmission, let count = part.wireCount,
      let wanting = CutPayload.protocolWanting(more: payload.count, of: count)
    {
      return CutPayload.describe(wanting, into: &tree)
    }
    var reassembly = PDUReassembly()
    reassembly.receive(payload, part, limits: options.limits, room: 0, tcp: tcp, into: &tree) {
      bytes, _, tree in
      DataDescription.describe(bytes, into: &tree)
      return .described
    }
  }

  private static let tcp = FieldID("tcp")
}

extension StreamConversation where Reader == TreeReading {
  /// A key log with the secrets that were used since this was asked last.
  fileprivate mutating func takeSecrets() -> String { change { $0.takeSecrets() } ?? "" }

  /// Describes the payload of one segment, and what codecs made of it. `held` counts what all conversations hold.
  fileprivate mutating func describe(
    _ payload: Span<UInt8>, _ part: inout PDUSegment, _ segment: Segment,
    _ limits: PDULimits, held: inout Int, tcp: FieldIndex, into tree: inout FieldBuffer
  ) {
    let streamOffset = offset(of: segment)
    let (clientCount, serverCount) = (count(of: .client), count(of: .server))
    _ = change { reading in
      part.side = reading.reader.side(
        part.sourcePort, part.destinationPort, isFromClient: segment.isFromClient)
      held -= reading.reader.held
      reading.takeRecords(of: part, at: streamOffset)
      if reading.codecs.first?.isDescribed ?? true {
        let change = reading.reader.describe(
          payload, part, streamOffset: streamOffset,
          otherCount: reading.side(part.side.other) == .client ? clientCount : serverCount,
          limits: limits,
          room: max(0, limits.total - held), tcp: tcp, into: &tree)
        if let change { reading.change(change) }
      }
      // What a codec makes may begin to be encoded once more.
      for _ in 0..<2 {
        guard let codec = reading.codecs.last,
          let change = reading.reader.describeDecoded(part, named: codec.sourceName, into: &tree)
        else { break }
        reading.change(change)
      }
      held += reading.reader.held
    }
  }
}

extension ConversationReading<TreeReading> {
  /// Hands the records that were opened with a segment to what describes them; `offset` is where its payload lies.
  fileprivate mutating func takeRecords(of part: PDUSegment, at offset: Int?) {
    guard let offset, let records = takeRecords(), !records.isEmpty else { return }
    reader.take(records, from: part.side, offset: offset, sequence: part.sequence)
  }
}

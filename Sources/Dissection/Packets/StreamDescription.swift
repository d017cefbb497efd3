import Fields
import Mail
import Wire

/// How conversations are told what is spoken in them.
public struct ApplicationOptions: Sendable {
  /// `-d tcp.port==2525,smtp`: what the user says of a port.
  public var ports: [UInt16: ApplicationLayer] = [:]
  /// Whether mail is known by its greeting where the ports say nothing.
  public var recognisesMail = true
  public var limits = PDULimits()

  public init() {}

  /// Takes what tshark's `-d` takes of TCP: `tcp.port==2525,smtp`, `tcp.port==2525-2530,smtp`.
  public mutating func decode(_ rule: String) throws(RunError) {
    let parts = rule.split(separator: ",", omittingEmptySubsequences: false)
    guard parts.count == 2, let selector = parts.first, selector.hasPrefix("tcp.port==") else {
      throw .usage("-d \(rule): it takes rules such as tcp.port==2525,smtp")
    }
    let name = parts[1].lowercased()
    guard let layer = ApplicationLayer(rawValue: name == "pop3" ? "pop" : name) else {
      let known = ApplicationLayer.allCases.map(\.rawValue).joined(separator: ", ")
      throw .usage("-d \(rule): there is no protocol \(parts[1]); there are \(known)")
    }
    let ends = selector.dropFirst("tcp.port==".count).split(separator: "-").map { UInt16($0) }
    guard (1...2).contains(ends.count), let low = ends[0], let high = ends[ends.count - 1],
      low <= high
    else {
      throw .usage("-d \(rule): a port is a number from 0 to 65535")
    }
    for port in low...high { ports[port] = layer }
  }
}

/// What lies above TCP, frame by frame: a conversation for each stream.
struct StreamDescription {
  /// Conversations that are kept; beyond that those quiet for longest give way.
  private static let mostOpen = 1 << 17

  private let options: ApplicationOptions
  private var conversations: [Int: (state: ApplicationConversation, frame: Int)] = [:]
  private var held = 0

  init(_ options: ApplicationOptions) { self.options = options }

  /// Describes what lies above TCP in the frame that `found` has described; call it for every frame, in order.
  mutating func describe(
    _ frame: Span<UInt8>, _ facts: borrowing FrameFacts, _ found: borrowing Dissected,
    into tree: inout FieldBuffer
  ) {
    if let (layer, segment) = found.quotedStream {
      describe(quoted: layer, of: segment, frame, facts, found, into: &tree)
      return
    }
    guard let segment = found.segment else { return }
    let empty: [UInt8] = []
    guard let layer = found.stream else {
      describe(empty.span, at: 0, in: 0, isCut: false, of: segment, time: facts.time, into: &tree)
      return
    }
    let isCut = layer.end < layer.wireEnd
    if layer.source == 0 {
      describe(
        frame.extracting(layer.start..<layer.end), at: layer.start, in: 0, isCut: isCut,
        of: segment, time: facts.time, into: &tree)
    } else {
      let source = found.sources[Int(layer.source) - 1].bytes
      describe(
        source.span.extracting(layer.start..<layer.end), at: layer.start, in: layer.source,
        isCut: isCut, of: segment, time: facts.time, into: &tree)
    }
  }

  /// Describes the payload that an ICMP error quotes: as the conversation that it belongs to takes it, which itself
  /// sees nothing of it.
  private func describe(
    quoted layer: Layer, of segment: Segment, _ frame: Span<UInt8>, _ facts: borrowing FrameFacts,
    _ found: borrowing Dissected, into tree: inout FieldBuffer
  ) {
    let (sourcePort, destinationPort) = (
      segment.header.sourcePort, segment.header.destinationPort
    )
    var state =
      conversations[segment.stream]?.state ?? conversation(sourcePort, destinationPort, segment)
    let own = PDUFacts(
      frame: facts.number, time: facts.time, stream: segment.stream,
      side: destinationPort == state.serverPort ? .client : .server, sourcePort: sourcePort,
      destinationPort: destinationPort, sequence: segment.header.sequence.rawValue,
      canAskForMore: false)
    let columns = tree.columns
    (tree.base, tree.source, tree.depth) = (layer.start, layer.source, UInt16(layer.depth))
    if layer.source == 0 {
      state.describe(quoted: frame.extracting(layer.start..<layer.end), own, into: &tree)
    } else {
      let source = found.sources[Int(layer.source) - 1].bytes
      state.describe(quoted: source.span.extracting(layer.start..<layer.end), own, into: &tree)
    }
    (tree.base, tree.source, tree.depth) = (0, 0, 0)
    tree.columns = columns
    tree.finishProtocols()
  }

  private mutating func describe(
    _ payload: Span<UInt8>, at offset: Int, in source: UInt8, isCut: Bool, of segment: Segment,
    time: Int64, into tree: inout FieldBuffer
  ) {
    // The payload of a reset says why, and belongs to no PDU.
    guard payload.count > 0 || segment.header.flags.contains(.fin),
      !segment.header.flags.contains(.reset)
    else { return }
    guard let tcp = tree.lastItem(of: Self.tcp) ?? (tree.wantsTree ? nil : FieldIndex.none) else {
      return
    }
    let (sourcePort, destinationPort) = (
      segment.header.sourcePort, segment.header.destinationPort
    )
    var (state, _) =
      conversations.removeValue(forKey: segment.stream)
      ?? (conversation(sourcePort, destinationPort, segment), 0)
    let isClient =
      sourcePort == destinationPort
      ? segment.isFromClient : destinationPort == state.serverPort
    let flags = segment.analysis.flags
    // A SYN has a number of its own, in front of what it carries.
    let first = segment.header.sequence.rawValue &+ (segment.header.flags.contains(.syn) ? 1 : 0)
    let part = PDUSegment(
      frame: segment.frame, time: time, stream: segment.stream, side: isClient ? .client : .server,
      sourcePort: sourcePort, destinationPort: destinationPort,
      sequence: first, offset: offset, source: source,
      isFIN: segment.header.flags.contains(.fin), isRetransmission: flags.contains(.retransmission),
      isOutOfOrder: flags.contains(.outOfOrder),
      isSpurious: flags.contains(.spuriousRetransmission),
      wireCount: isCut ? segment.header.payloadLength : nil,
      isWhole: !segment.checksum.isBad && !isCut, isCutShort: isCut)
    held -= state.held
    state.receive(
      payload, part, limits: options.limits, room: max(0, options.limits.total - held), tcp: tcp,
      into: &tree)
    held += state.held
    conversations[segment.stream] = (state, segment.frame)
    if conversations.count > Self.mostOpen { forgetQuiet() }
    (tree.base, tree.source) = (0, 0)
    tree.finishProtocols()
  }

  private func conversation(
    _ source: UInt16, _ destination: UInt16, _ segment: Segment
  ) -> ApplicationConversation {
    for port in [min(source, destination), max(source, destination)] {
      if let layer = options.ports[port] ?? ApplicationLayer(port: port) {
        return ApplicationConversation(layer, serverPort: port, recognises: false)
      }
    }
    return ApplicationConversation(
      nil, serverPort: segment.isFromClient ? destination : source,
      recognises: options.recognisesMail)
  }

  private mutating func forgetQuiet() {
    let frames = conversations.values.map(\.frame).sorted()
    let border = frames[frames.count / 2]
    for (stream, value) in conversations where value.frame < border {
      held -= value.state.held
      conversations[stream] = nil
    }
  }

  private static let tcp = FieldID("tcp")
}

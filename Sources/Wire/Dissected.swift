import Fields

/// What the walk found of a frame: its layers, and what its bytes alone do not tell.
///
/// It is a value: `describe` needs no more than it and the frame, on whatever thread. Its storage is used again for the
/// next frame.
public struct Dissected: Sendable {
  public internal(set) var layers: [Layer] = []
  /// What ended the walk, where it did not end by itself.
  public internal(set) var error: DecodeError? {
    didSet { hasError = true }
  }
  /// Whether `error` was set: a look at that itself would copy it.
  private(set) var hasError = false
  /// The addresses of the innermost IP layer.
  public internal(set) var addresses = NetworkAddresses.none
  /// The data sources beyond the frame: reassembled datagrams.
  public internal(set) var sources: [(name: String, bytes: [UInt8])] = []
  /// The datagram that the walk ended at, where a protocol above `Wire` is to describe it.
  public internal(set) var datagram: Datagram?
  /// What a frame of several packets has after the one that the walk is at.
  var waiting: Layer?
  /// Microseconds between the wireless frame and the one before.
  var radioGap: Int64?

  /// Every TCP segment that belongs to a conversation.
  var segments: [Segment] = []
  /// Between which addresses each of them was sent.
  var segmentAddresses: [NetworkAddresses] = []
  /// What was before each of them, where segments are analysed.
  var histories: [SegmentHistory] = []
  /// The place in `segments` of the last one that is not quoted.
  var lastSegment: Int?
  /// What is known of the Multipath TCP connection of a segment whose options name it, by its place in `segments`.
  var multipath: [(segment: Int, facts: MultipathFacts)] = []
  /// The conversation of each UDP layer, by its place in `layers`.
  var udp: [(layer: Int, facts: UDPConversation)] = []
  /// Datagrams put together, by the place of the layer that held the last fragment.
  var reassemblies: [(layer: Int, reassembly: Reassembly)] = []
  /// What came before each security payload, by the place of its layer.
  var security: [(layer: Int, last: SecuritySequences.Last)] = []
  /// Addresses that two stations use.
  var duplicates: [ARPTable.Duplicate] = []
  /// Where the packets that say their lengths end, by the places of their layers.
  var payloadEnds: [(layer: Int, end: Int)] = []
  /// The hop limit of the innermost IP packet that is not quoted.
  var hopLimit: UInt8 = 0
  /// What a ping's reply answers.
  var request: Pings.Request?

  public init() {}

  /// The TCP segment of the innermost IP packet that has one.
  public var segment: Segment? { lastSegment.map { segments[$0] } }

  /// Lends the bytes of a layer; `frame` are those of the frame.
  public func withBytes<Result>(
    of layer: Layer, in frame: Span<UInt8>, _ body: (Span<UInt8>) -> Result
  ) -> Result {
    if layer.source == 0 { return body(frame.part(layer.start, layer.end)) }
    let source = sources[Int(layer.source) - 1].bytes
    return body(source.span.part(layer.start, layer.end))
  }

  mutating func clear() {
    // They are few: one by one is cheaper than what takes any number out.
    while layers.popLast() != nil {}
    while !segments.isEmpty { segments.removeLast() }
    if !sources.isEmpty { sources.removeAll(keepingCapacity: true) }
    while !segmentAddresses.isEmpty { segmentAddresses.removeLast() }
    while !histories.isEmpty { histories.removeLast() }
    if !multipath.isEmpty { multipath.removeAll(keepingCapacity: true) }
    if !udp.isEmpty { udp.removeAll(keepingCapacity: true) }
    if !reassemblies.isEmpty { reassemblies.removeAll(keepingCapacity: true) }
    if !security.isEmpty { security.removeAll(keepingCapacity: true) }
    if !duplicates.isEmpty { duplicates.removeAll(keepingCapacity: true) }
    if !payloadEnds.isEmpty { payloadEnds.removeAll(keepingCapacity: true) }
    if hasError { (error, hasError) = (nil, false) }
    (addresses, datagram, lastSegment) = (.none, nil, nil)
    (hopLimit, request, waiting, radioGap) = (0, nil, nil, nil)
  }

  /// Keeps the hop limit of an IP header, whatever else is wrong with it.
  mutating func noteHopLimit(_ layer: Layer, _ header: Span<UInt8>) {
    if layer.isQuoted { return }
    if layer.kind == .ipv4, header.count > 8 { hopLimit = header[8] }
    if layer.kind == .ipv6, header.count > 7 { hopLimit = header[7] }
  }
  /// Notes where the payload of the link layer ends, `length` bytes into the innermost layer; what follows is its
  /// trailer.
  mutating func endPayload(of layer: Layer, after length: Int) {
    payloadEnds.append((layers.count - 1, min(layer.start + length, layer.wireEnd)))
  }
  /// Adds a datagram that the innermost layer has completed, and gives the number of its data source.
  mutating func addSource(
    _ name: String, _ whole: (fragments: [Reassembly.Fragment], bytes: [UInt8])
  ) -> UInt8 {
    sources.append((name, whole.bytes))
    let source = UInt8(clamping: sources.count)
    let reassembly = Reassembly(
      fragments: whole.fragments, length: whole.bytes.count, source: source)
    reassemblies.append((layers.count - 1, reassembly))
    return source
  }
}

extension Dissected {
  /// Hands each TCP segment of the frame, of which `bytes` are the bytes, to `consumer` with its payload, its addresses
  /// and the place of the payload in the capture file. `fileOffset` is where the frame's bytes lie in the file.
  public func forEachSegment(
    _ bytes: Span<UInt8>, fileOffset: Int? = nil,
    _ consumer: (borrowing Segment, Span<UInt8>, NetworkAddresses, Int?) -> Void
  ) {
    // Through a span: a segment is large, and is lent from there rather than copied.
    let segments = self.segments.span
    for index in segments.indices where !segments[index].isQuoted {
      let layer = layers[segments[index].layer]
      let start = layer.start + segments[index].header.headerLength
      if layer.source == 0 {
        consumer(
          segments[index], bytes.part(start, layer.end), segmentAddresses[index],
          fileOffset.map { $0 + start })
      } else {
        let source = sources[Int(layer.source) - 1].bytes
        consumer(
          segments[index], source.span.part(start, layer.end), segmentAddresses[index], nil)
      }
    }
  }

  /// The segment that an ICMP error quotes because it could not be delivered: nobody is there, or a firewall refuses it.
  public func undeliverableSegment(_ bytes: Span<UInt8>) -> Segment? {
    // Asked in place: a segment is large.
    guard let index = segments.indices.last, segments[index].isQuoted else { return nil }
    let quoted = segments[index]
    let isUndeliverable = layers[..<quoted.layer].contains { layer in
      withBytes(of: layer, in: bytes) { message in
        guard message.count >= 2 else { return false }
        return switch layer.kind {
        // Code 4 says that the segment is too large.
        case .icmp: message[0] == 3 && message[1] != 4
        case .icmpv6: message[0] == 1
        default: false
        }
      }
    }
    return isUndeliverable ? quoted : nil
  }
}

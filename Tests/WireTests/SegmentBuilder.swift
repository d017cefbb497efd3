@testable import Wire

/// Makes Ethernet frames with a TCP segment in IPv4, with right checksums.
struct SegmentBuilder {
  var client = (address: [UInt8]([10, 0, 0, 1]), port: UInt16(40000))
  var server = (address: [UInt8]([10, 0, 0, 2]), port: UInt16(25))

  func frame(
    fromClient: Bool, sequence: UInt32, acknowledgment: UInt32 = 0, _ flags: TCPFlags,
    window: UInt16 = 1000, options: [UInt8] = [], _ payload: [UInt8] = []
  ) -> [UInt8] {
    let (source, destination) = fromClient ? (client, server) : (server, client)
    let header = 20 + options.count
    var tcp = bytes(source.port) + bytes(destination.port) + bytes(sequence)
    tcp += bytes(acknowledgment) + bytes(UInt16(header / 4) << 12 | flags.rawValue) + bytes(window)
    tcp += [0, 0, 0, 0] + options + payload
    let pseudo =
      source.address + destination.address + [0, 6] + bytes(UInt16(truncatingIfNeeded: tcp.count))
    tcp.replaceSubrange(16..<18, with: bytes(checksum(pseudo + tcp)))
    var ip: [UInt8] = [0x45, 0] + bytes(UInt16(truncatingIfNeeded: 20 + tcp.count))
    ip += [0, 1, 0, 0, 64, 6, 0, 0] + source.address + destination.address
    ip.replaceSubrange(10..<12, with: bytes(checksum(ip)))
    return [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 6, 8, 0] + ip + tcp
  }

  private func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
    (0..<value.bitWidth / 8).map {
      UInt8(truncatingIfNeeded: value >> (value.bitWidth - 8 - 8 * $0))
    }
  }
  private func checksum(_ bytes: [UInt8]) -> UInt16 {
    var sum = Checksum()
    sum.add(bytes.span)
    return ~sum.folded
  }
}

/// What a consumer was given, as one array for each direction.
struct StreamRecorder: StreamConsumer {
  enum Event: Equatable {
    case bytes([UInt8])
    case gap(Int)
    case end(StreamEnd)
  }
  var client: [Event] = []
  var server: [Event] = []
  var findings: [StreamOddity] = []
  var places: [StreamPlace] = []
  var misplaced = 0
  private var offsets = [0, 0]

  mutating func see(_ segment: borrowing Segment, _ addresses: NetworkAddresses) -> Bool { true }
  mutating func add(_ event: Event, _ place: StreamPlace, count: Int) {
    let side = place.isFromClient ? 0 : 1
    if place.offset != offsets[side] { misplaced += 1 }
    offsets[side] += count
    if place.isFromClient { client.append(event) } else { server.append(event) }
    places.append(place)
  }
  mutating func receive(_ bytes: Span<UInt8>, _ place: StreamPlace) {
    add(.bytes(bytes.indices.map { bytes[$0] }), place, count: bytes.count)
  }
  mutating func skip(_ length: Int, _ place: StreamPlace) {
    add(.gap(length), place, count: length)
  }
  mutating func end(_ end: StreamEnd, _ place: StreamPlace) { add(.end(end), place, count: 0) }
  mutating func note(_ finding: StreamOddity, _ place: StreamPlace) { findings.append(finding) }

  static func text(_ events: [Event]) -> String {
    events.map {
      switch $0 {
      case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
      case .gap(let length): "<\(length)>"
      case .end(let end): "|\(end)"
      }
    }.joined()
  }
}

/// A dissector and a reassembler, fed with frames one after another.
struct StreamFixture: ~Copyable {
  var dissector = Dissector(
    conversations: ConversationTable(limits: .streams, keepsEnds: true), analyzesSegments: true)
  var streams = StreamReassembler()
  var recorder = StreamRecorder()
  var number = 0
  var time: Int64 = 0
  let builder = SegmentBuilder()

  mutating func feed(_ frame: [UInt8], wireLength: Int? = nil, after nanoseconds: Int64 = 1000) {
    number += 1
    time += nanoseconds
    let facts = FrameFacts(
      number: number, time: time, wireLength: wireLength ?? frame.count, linkType: 1)
    dissector.dissect(frame.span, facts)
    finishEnded()
    dissector.reassemble(frame.span, into: &streams, &recorder)
  }
  mutating func finishEnded() {
    while let end = dissector.conversations.nextEnd() {
      streams.end(end, frame: number, time: time, &recorder)
    }
  }
  mutating func drain() {
    dissector.conversations.endAll()
    finishEnded()
  }
  mutating func handshake(client: UInt32 = 1000, server: UInt32 = 5000) {
    feed(builder.frame(fromClient: true, sequence: client, .syn))
    feed(
      builder.frame(
        fromClient: false, sequence: server, acknowledgment: client &+ 1, [.syn, .acknowledgment]))
    feed(
      builder.frame(
        fromClient: true, sequence: client &+ 1, acknowledgment: server &+ 1, .acknowledgment))
  }
  /// Text of the client, `offset` bytes behind its SYN at 1000.
  mutating func say(_ text: String, at offset: UInt32, _ flags: TCPFlags = []) {
    feed(
      builder.frame(
        fromClient: true, sequence: 1001 &+ offset, acknowledgment: 5001,
        flags.union([.acknowledgment, .push]), Array(text.utf8)))
  }
  mutating func acknowledge(_ offset: UInt32, after nanoseconds: Int64 = 1000) {
    feed(
      builder.frame(
        fromClient: false, sequence: 5001, acknowledgment: 1001 &+ offset, .acknowledgment),
      after: nanoseconds)
  }
}

/// A generator with a seed that can be printed and used again (xorshift64*).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed | 1 }
  mutating func next() -> UInt64 {
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    return state &* 0x2545_f491_4f6c_dd1d
  }
}

import TestSupport

@testable import Wire

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
  var unacknowledged: [StreamOddity] = []
  var places: [StreamPlace] = []
  var misplaced = 0
  private var offsets = [0, 0]

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
  mutating func note(_ finding: StreamOddity, _ place: StreamPlace) {
    // Scripts without acknowledgements are the rule here.
    switch finding {
    case .notAcknowledged: unacknowledged.append(finding)
    case .arrivedLate: break
    default: findings.append(finding)
    }
  }

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
    conversations: ConversationTable(limits: .streams, keepsEnds: true))
  var found = Dissected()
  /// By the slot of the conversation.
  var streams: [Int: StreamReassembler] = [:]
  var budget = ReassemblyBudget()
  var recorder = StreamRecorder()
  var number = 0
  var time: Int64 = 0
  let builder = SegmentBuilder()

  mutating func feed(_ frame: [UInt8], wireLength: Int? = nil, after nanoseconds: Int64 = 1000) {
    number += 1
    time += nanoseconds
    let facts = FrameFacts(
      number: number, time: time, wireLength: wireLength ?? frame.count, linkType: 1)
    dissector.dissect(frame.span, facts, into: &found)
    finishEnded()
    found.forEachSegment(frame.span) { segment, payload, _, _ in
      if segment.isFirst { streams[segment.slot] = StreamReassembler() }
      streams[segment.slot]?.receive(segment, payload, &budget, &recorder)
    }
  }
  mutating func finishEnded() {
    while let end = dissector.conversations.nextEnd() {
      streams[end.slot]?.end(frame: number, time: time, &budget, &recorder)
      streams[end.slot] = nil
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
  /// Text of the client, `offset` bytes after its SYN at 1000.
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

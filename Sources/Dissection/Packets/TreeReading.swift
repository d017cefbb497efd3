import Applications
import Fields
import Mail
import TLS
import Wire

/// The settings of the readers of `packets`.
final class TreeSettings: ConversationSettings {
  let recognition: RecognitionOptions
  let inflation: InflationBudget
  let limits: PDULimits
  let keys: TLSKeys
  let keepsRecords = true

  init(_ options: ApplicationOptions) {
    (recognition, limits, keys) = (options.recognition, options.limits, options.keys)
    inflation = InflationBudget()
  }
}

/// How the packets of conversations are described.
public struct ApplicationOptions: Sendable {
  public var recognition = RecognitionOptions()
  public var limits = PDULimits()
  /// What TLS is decrypted with; the secrets that captures bring are added to it.
  public var keys = TLSKeys()

  public init() {}
}

/// Describes the packets of one conversation, frame by frame.
///
/// It goes by the frames as they came, as Wireshark does: what is late or lost in TCP is so in the tree. Only what a
/// codec made comes in the order of the stream, through `receive`, and waits here for the frame that is described.
struct TreeReading: ConversationReader {
  /// Nil where there is nothing to describe but bytes.
  private var dissector: (any PDUDissector)?
  private var spoken: ApplicationProtocol
  let serverPort: UInt16
  private let policy: RecognitionPolicy
  private let isSwapped: Bool
  /// The mail dialogue that agreed on TLS, for the case that TLS does not come.
  private var clear: (any PDUDissector)?
  /// What TLS carries, where that is decrypted: as the ports have it, and what describes it.
  private let inside: ApplicationProtocol?
  private var carriedByTLS: (any PDUDissector)?
  private var isTLS = false
  /// Whether TLS that the dialogue agrees on can be decrypted.
  private let decrypts: Bool
  /// Where a proxy's tunnel leads.
  private var tunnel: (host: String, port: UInt16?)?
  /// What describes a tunnel of SOCKS; nil in one of HTTP.
  private var socks: SOCKSPackets?
  /// What a proxy carries: as the ports have it, and whether it is known yet.
  private var carried: (byPort: ApplicationProtocol?, isKnown: Bool)?
  private var proxyCount = 0
  private static let mostProxies = 4
  /// The sides that speak in clear where TLS should begin, and what describes that.
  private var clearSides: Set<Side> = []
  private var expected: (any PDUDissector)?
  private var client = PDUReassembly()
  private var server = PDUReassembly()
  /// Bytes of the client of which the server's answer will say whether they are encoded.
  private var undecided: [(side: Side, piece: HeldPiece)] = []
  private var undecidedCount = 0
  private static let undecidedLimit = 1 << 16
  /// What a codec made in the frame that is described, and unfinished lines of that.
  private var decoded: [Decoded] = []
  private var unfinished: [Side: Unfinished] = [:]

  private struct Unfinished: Sendable {
    var bytes: [UInt8] = []
    var need = PDUNeed.oneMoreSegment
    /// Where they begin in what the codec made of the stream.
    var offset = 0

    mutating func drop(_ count: Int) {
      if count > 0 { bytes.removeFirst(min(count, bytes.count)) }
      offset += count
    }
  }

  private struct Decoded: Sendable {
    let side: Side
    let bytes: [UInt8]
    /// Where they begin in what the codec made of the stream.
    var offset = 0
    var loss: CodecLoss?
  }
  /// How much codecs have made of the stream of each side.
  private var decodedCount: [Side: Int] = [:]

  static var readsAtOnce: Bool { true }
  static var leavesProxies: Bool { false }

  init?(
    _ decision: ProtocolRecognition.Decision, _ facts: ConversationFacts, _ settings: TreeSettings
  ) {
    guard let tree = decision.spoken.tree else { return nil }
    spoken = decision.spoken
    serverPort = decision.serverPort
    isSwapped = decision.isSwapped
    policy = settings.recognition.policy
    decrypts = !settings.keys.isEmpty
    inside = decision.inside
    isTLS = spoken == .tls
    if spoken == .proxy { carried = (decision.inside, true) }
    if spoken == .tls, policy == .bytes { expected = decision.inside?.tree?(serverPort) }
    dissector = tree(serverPort)
  }

  /// What the dissector holds, and the one that is expected.
  private var dissectorHeld = 0
  /// Bytes that wait for more.
  var held: Int {
    client.held + server.held + dissectorHeld + undecidedCount
      + (unfinished.isEmpty ? 0 : unfinished.values.reduce(0) { $0 + $1.bytes.count })
  }

  func weigh() -> Int { held }

  // MARK: What a codec made

  mutating func receive(
    _ bytes: Span<UInt8>, from side: Side, at position: Position, isDecoded: Bool
  ) -> StreamSwitch? {
    if isDecoded, !clearSides.contains(side) {
      if isTLS, carriedByTLS == nil { findCarried(bytes, side) }
      decoded.append(Decoded(side: side, bytes: bytes.copy, offset: position.streamOffset))
      decodedCount[side] = position.streamOffset + bytes.count
    }
    return nil
  }

  /// Finds out what TLS carries: the dialogue that agreed on it, or what its first bytes say, or the port.
  private mutating func findCarried(_ bytes: Span<UInt8>, _ side: Side) {
    if let clear {
      carriedByTLS = clear
      return
    }
    var row = inside
    if policy == .bytes,
      case .certain(let found, _) = ProtocolRecognition.verdict(bytes, from: side, policy),
      found.mail != nil, inside?.variantOf != found.name
    {
      row = found
    }
    carriedByTLS = row?.tree?(serverPort)
    changeTLS { $0.name(inside: row?.nameInsideTLS) }
  }

  private mutating func changeTLS(_ body: (inout TLSPackets) -> Void) {
    guard var tls = dissector as? TLSPackets else { return }
    dissector = nil
    body(&tls)
    dissector = tls
  }

  /// Takes records that were opened. `sequence` is that of the byte at `offset` in the stream of `side`.
  mutating func take(
    _ records: [TLSOpening.Record], from side: Side, offset: Int, sequence: UInt32
  ) {
    if clear != nil { becomeTLS() }
    changeTLS {
      for record in records where record.side == side {
        let place = sequence &+ UInt32(truncatingIfNeeded: record.start - offset)
        $0.open(record.opened, at: place, from: side)
      }
    }
  }

  mutating func stayClear(_ side: Side, at position: Position) { clearSides.insert(side) }
  mutating func noteOneSidedTLS(of side: Side, at position: Position) {}
  mutating func noteDamagedRecord(of side: Side, at position: Position) {}
  mutating func note(_ obstacle: TLSDecryption.Obstacle, at position: Position) {}
  mutating func see(_ handshake: TLSHandshake, _ facts: ConversationFacts) {}

  mutating func see(_ bytes: Span<UInt8>, from side: Side, at position: Position) {}
  mutating func see(_ proxies: ProxyStage) {}

  mutating func gap(_ length: Int, from side: Side, at position: Position) -> StreamSwitch? { nil }

  mutating func miss(_ length: Int, from side: Side, at position: Position) {}

  mutating func lose(_ side: Side, _ loss: CodecLoss, at position: Position) {
    decoded.append(Decoded(side: side, bytes: [], offset: position.streamOffset, loss: loss))
  }

  mutating func end(_ end: StreamEnd, _ side: Side, at position: Position) {}
  mutating func note(_ oddity: StreamOddity, _ side: Side, at position: Position) {}
  mutating func decide() -> StreamSwitch? { nil }
  mutating func finish(_ facts: ConversationFacts) -> Never? { nil }

  // MARK: Segments

  /// Who sent a segment, as the dialogue has the sides.
  func side(_ source: UInt16, _ destination: UInt16, isFromClient: Bool) -> Side {
    if source != destination, source == serverPort || destination == serverPort {
      return destination == serverPort ? .client : .server
    }
    return isFromClient != isSwapped ? .client : .server
  }

  /// Describes the payload of a segment. Returns where the streams begin to be encoded, as soon as that is known;
  /// `streamOffset` is where the payload lies in its stream, and `otherCount` how much of the other was seen.
  mutating func describe(
    _ payload: Span<UInt8>, _ segment: PDUSegment, streamOffset: Int?, otherCount: Int,
    limits: PDULimits, room: Int, tcp: FieldIndex, into tree: inout FieldBuffer
  ) -> StreamSwitch? {
    var change: StreamSwitch?
    // The dissector and the reassembly are parts of one value: the reassembly is taken out while it calls.
    var reassembly = take(segment.side)
    reassembly.receive(payload, segment, limits: limits, room: room, tcp: tcp, into: &tree) {
      bytes, facts, tree in
      let outcome = describe(bytes, facts, into: &tree)
      let place = streamOffset.map {
        $0 + Int(Int32(bitPattern: facts.sequence &- segment.sequence))
      }
      switch outcome {
      case .undecided(let from): keep(bytes, from, place, segment)
      case .encoded(let from, let encoding):
        change = begin(encoding, bytes, from, place, segment, otherCount: otherCount)
      case .described, .unfinished, .foreign, .carried: return outcome
      }
      return .described
    }
    if segment.side == .client { client = reassembly } else { server = reassembly }
    hold(atMost: room)
    return change
  }

  private mutating func hold(atMost room: Int) {
    dissectorHeld = dissector?.hold(atMost: room) ?? 0
    dissectorHeld += expected?.hold(atMost: .max) ?? 0
    dissectorHeld += carriedByTLS?.hold(atMost: .max) ?? 0
  }

  private mutating func take(_ side: Side) -> PDUReassembly {
    var taken = PDUReassembly()
    if side == .client { swap(&taken, &client) } else { swap(&taken, &server) }
    return taken
  }

  /// Keeps bytes of the client for the codec that the server may agree on.
  private mutating func keep(
    _ bytes: Span<UInt8>, _ from: Int, _ place: Int?, _ segment: PDUSegment
  ) {
    guard let place, undecidedCount + bytes.count - from <= Self.undecidedLimit else { return }
    undecidedCount += bytes.count - from
    undecided.append(
      (
        segment.side,
        .bytes(
          bytes.extracting(droppingFirst: from).copy,
          Position(frame: segment.frame, time: segment.time, streamOffset: place + from))
      ))
  }

  private mutating func begin(
    _ encoding: StreamEncoding, _ bytes: Span<UInt8>, _ from: Int, _ place: Int?,
    _ segment: PDUSegment, otherCount: Int
  ) -> StreamSwitch? {
    if encoding == .tls {
      // The records of TLS are described as they are.
      clear = dissector
      dissector = nil
      isTLS = true
      guard decrypts else { return nil }
    }
    var change = StreamSwitch(encoding: encoding)
    change.client = otherCount
    if case .bytes(_, let position) = undecided.first?.piece {
      change.client = position.streamOffset
    }
    change.server = place.map { $0 + from }
    change.rest = undecided
    (undecided, undecidedCount) = ([], 0)
    if let place, from < bytes.count {
      change.rest.append(
        (
          segment.side,
          .bytes(
            bytes.extracting(droppingFirst: from).copy,
            Position(frame: segment.frame, time: segment.time, streamOffset: place + from))
        ))
    }
    return change
  }

  /// Describes what codecs made of the frame's payload; `name` is that of the data source. Returns where what they made
  /// begins to be encoded itself.
  mutating func describeDecoded(
    _ segment: PDUSegment, named name: String, into tree: inout FieldBuffer
  ) -> StreamSwitch? {
    let pieces = decoded
    decoded = []
    var change: StreamSwitch?
    for piece in pieces {
      var waiting = unfinished.removeValue(forKey: piece.side) ?? Unfinished()
      let old = waiting.bytes.count
      if old == 0 { waiting.offset = piece.offset }
      waiting.bytes += piece.bytes
      let hasRoom = old <= PDULimits().perPDU
      var facts = segment.facts(
        at: UInt32(truncatingIfNeeded: waiting.offset), canAskForMore: hasRoom && piece.loss == nil)
      facts.side = piece.side
      if !waiting.bytes.isEmpty {
        (tree.source, tree.base) = (tree.addSource(name, waiting.bytes), 0)
        let isWaiting =
          waiting.need == .line && facts.canAskForMore && !waiting.bytes.span.mayEndLine(from: old)
        let outcome =
          isWaiting
          ? .unfinished(from: 0, needs: .line)
          : describeCarried(waiting.bytes.span, facts, into: &tree)
        switch outcome {
        case .unfinished(let from, let need):
          tree.leaveUnfinished(tree.source)
          if isTLS { noteUnfinished(from, &tree) }
          waiting.drop(from)
          waiting.need = need
        case .undecided(let from):
          var part = segment
          part.side = piece.side
          keep(waiting.bytes.span, from, waiting.offset, part)
          waiting.drop(waiting.bytes.count)
        case .encoded(let from, let encoding):
          var part = segment
          part.side = piece.side
          change = begin(
            encoding, waiting.bytes.span, from, waiting.offset, part,
            otherCount: decodedCount[piece.side.other] ?? 0)
          waiting.drop(waiting.bytes.count)
        case .described, .foreign, .carried: waiting.drop(waiting.bytes.count)
        }
        unfinished[piece.side] = waiting
      }
      guard let loss = piece.loss else { continue }
      (tree.source, tree.base) = (0, 0)
      tree.addText(at: 0, count: 0) { $0.write("[Not decoded from here on: \(loss.rawValue)]") }
    }
    (tree.source, tree.base) = (0, 0)
    if !pieces.isEmpty { hold(atMost: .max) }
    return change
  }

  /// As the list says it of what a later record completes.
  private func noteUnfinished(_ from: Int, _ tree: inout FieldBuffer) {
    guard from == 0 else { return }
    tree.columns.info.write("[TLS segment of a reassembled PDU]")
  }

  /// Describes what a codec has made.
  private mutating func describeCarried(
    _ bytes: Span<UInt8>, _ facts: PDUFacts, into tree: inout FieldBuffer
  ) -> PDUOutcome {
    guard isTLS else { return describe(bytes, facts, into: &tree) }
    let outcome = carriedByTLS?.describe(bytes, facts, into: &tree) ?? .foreign
    if outcome != .foreign { return outcome }
    DataDescription.describe(bytes, into: &tree)
    return .described
  }

  /// Describes bytes that belong to no segment of the conversation.
  mutating func describe(
    quoted bytes: Span<UInt8>, _ facts: PDUFacts, into tree: inout FieldBuffer
  ) {
    _ = describe(bytes, facts, into: &tree)
  }

  // MARK: Dissectors

  private mutating func describe(
    _ bytes: Span<UInt8>, _ facts: PDUFacts, into tree: inout FieldBuffer
  ) -> PDUOutcome {
    if let socks {
      socks.describeTunnel(bytes, into: &tree)
    } else if let tunnel {
      HTTPPackets.describeTunnel(host: tunnel.host, port: tunnel.port, bytes, into: &tree)
    }
    return describeContent(bytes, facts, into: &tree)
  }

  private mutating func describeContent(
    _ bytes: Span<UInt8>, _ facts: PDUFacts, into tree: inout FieldBuffer
  ) -> PDUOutcome {
    var facts = facts
    if let port = tunnel?.port {
      if facts.side == .client { facts.destinationPort = port } else { facts.sourcePort = port }
    }
    // A comparison with nil would copy the dissector.
    if case .some = clear { changeToTLS(bytes) }
    if let carried, !carried.isKnown { find(carried.byPort, bytes, facts.side) }
    if clearSides.contains(facts.side),
      let outcome = expected?.describe(bytes, facts, into: &tree), outcome != .foreign
    {
      return outcome
    }
    let outcome = dissector?.describe(bytes, facts, into: &tree) ?? .foreign
    if case .carried(let from) = outcome { return describe(bytes, from: from, facts, into: &tree) }
    guard outcome == .foreign else { return outcome }
    if spoken == .tls, HTTPPackets.recognises(bytes), dissector is TLSPackets {
      dissector = ApplicationProtocol.http.tree?(serverPort)
      return describeContent(bytes, facts, into: &tree)
    }
    if let successor = dissector?.successor {
      change(to: successor)
      return describe(bytes, facts, into: &tree)
    }
    DataDescription.describe(bytes, into: &tree)
    return .described
  }

  /// Describes what follows a proxy's words in the same bytes.
  private mutating func describe(
    _ bytes: Span<UInt8>, from start: Int, _ facts: PDUFacts, into tree: inout FieldBuffer
  ) -> PDUOutcome {
    if let successor = dissector?.successor { change(to: successor) }
    var facts = facts
    facts.sequence &+= UInt32(truncatingIfNeeded: start)
    let base = tree.base
    tree.base += start
    defer { tree.base = base }
    switch describe(bytes.part(start, bytes.count), facts, into: &tree) {
    case .unfinished(let from, let needs): return .unfinished(from: start + from, needs: needs)
    case .encoded(let from, let encoding): return .encoded(from: start + from, encoding)
    case .undecided(let from): return .undecided(from: start + from)
    case .described, .foreign, .carried: return .described
    }
  }

  /// What the protocol was a way to: a proxy carries what the bytes say, or the port that it leads to.
  private mutating func change(to successor: StreamSuccessor) {
    proxyCount += 1
    let last = dissector
    dissector = nil
    switch successor {
    case .carried: carried = (carried?.byPort, proxyCount > Self.mostProxies)
    case .tunnel(let host, let port):
      tunnel = (host, port)
      socks = last as? SOCKSPackets
      let row = ApplicationProtocol.at(port ?? 0, .ports)
      carried = (row == .http ? nil : row, proxyCount > Self.mostProxies)
    case .tunnelToNowhere, .upgrade: break
    }
  }

  /// Finds out what a proxy carries, as far as its first bytes tell.
  private mutating func find(
    _ byPort: ApplicationProtocol?, _ bytes: Span<UInt8>, _ side: Side
  ) {
    var row = byPort
    if tunnel == nil || policy == .bytes,
      case .certain(let found, _) = ProtocolRecognition.verdict(bytes, from: side, policy),
      tunnel == nil || found.mail != nil
    {
      row = found.variantOf == nil && byPort?.variantOf == found.name ? byPort : found
    }
    guard let row else { return }
    carried = (byPort, true)
    spoken = row
    dissector = row.tree?(tunnel?.port ?? serverPort)
  }

  /// TLS was agreed on: its first record makes the change; other bytes go on with the dialogue in clear.
  private mutating func changeToTLS(_ bytes: Span<UInt8>) {
    if TLSPackets.recognises(bytes) {
      becomeTLS()
    } else {
      dissector = clear
      (clear, isTLS) = (nil, false)
    }
  }

  private mutating func becomeTLS() {
    dissector = TLSPackets(inside: spoken.nameInsideTLS)
    if decrypts, carriedByTLS == nil { carriedByTLS = clear }
    clear = nil
  }
}

import Fields
import Mail
import TLS
import Wire

/// One TCP conversation: who speaks with whom, its two directions in order, what is spoken, the codecs around that, and
/// what reads it. A plain value: it can move to another thread.
struct StreamConversation<Reader: ConversationReader>: Sendable {
  /// Puts the streams in order: nothing, or one, since a million connections may be open of which only the handshake came.
  private var order: [StreamReassembler] = []
  private var content: ConversationContent<Reader>

  init(_ settings: Reader.Settings) { content = ConversationContent(settings) }

  var facts: ConversationFacts { content.facts }
  /// It is sure to be of no interest: nothing more is looked at.
  var isIgnored: Bool { content.state == .ignored }

  /// Whether something reads it.
  var isRead: Bool { content.state == .reading }

  /// Takes in what a segment's headers say.
  mutating func see(_ segment: borrowing Segment, _ addresses: NetworkAddresses) {
    content.facts.see(segment, addresses)
  }

  /// Takes a segment with its payload as it was captured. `fileOffset` is where the payload lies in the capture file.
  mutating func receive(
    _ segment: borrowing Segment, _ payload: Span<UInt8>, _ addresses: NetworkAddresses,
    fileOffset: Int?, _ budget: inout ReassemblyBudget
  ) {
    see(segment, addresses)
    if isIgnored { return }
    if order.isEmpty {
      let (own, other) = facts.hasSyn(of: segment)
      if segment.isHandshake(payload, hasSyn: own, otherHasSyn: other) { return }
      order = [StreamReassembler(before: segment, hasSyn: own, otherHasSyn: other)]
    }
    order[0].receive(segment, payload, fileOffset: fileOffset, &budget, &content)
    if isIgnored {
      order[0].drop(&budget)
      order = []
    }
  }

  /// Something reads it, and both sides have said all that they had to say.
  var isComplete: Bool { isRead && order.first?.isComplete ?? false }

  /// What it takes in memory beside itself, in bytes.
  mutating func weigh() -> Int {
    guard !order.isEmpty else { return 0 }
    return MemoryLayout<StreamReassembler>.stride + order[0].weigh() + content.weigh()
  }

  /// Looks at nothing that comes.
  mutating func ignore() { content.ignore() }

  /// Ends the conversation; gives what its reader made of it.
  mutating func end(_ budget: inout ReassemblyBudget) -> Reader.Record? {
    if isIgnored { return nil }
    if !order.isEmpty {
      order[0].end(frame: facts.lastFrame, time: facts.ended, &budget, &content)
    }
    return content.finish()
  }

  /// An ICMP error says that one of its segments could not be delivered.
  mutating func noteUndeliverable() { content.facts.isUndeliverable = true }

  /// Nothing of the dialogue was said; proxies may have been.
  var isSilent: Bool { content.state == .silent }
  /// What proxies said, where that is still of use.
  var proxies: ProxyStage? { content.proxyStage }

  /// Changes what reads it, where there is something.
  mutating func change<Result>(
    _ body: (inout ConversationReading<Reader>) -> Result
  ) -> Result? { content.reading.change(body) }

  /// What reads it, as it is now; made where nothing was said yet, and the ports tell.
  func reader() -> Reader? {
    var copy = content
    copy.assume()
    return copy.reading.value?.reader
  }

  /// Decides what is spoken by the ports, where they say it, though more bytes may come that tell.
  mutating func assume() { content.assume() }

  /// Where the first byte of a segment's payload lies in its stream; nil where it is far from all that was expected.
  func offset(of segment: borrowing Segment) -> Int? {
    order.isEmpty ? nil : order[0].offset(of: segment)
  }

  /// How many bytes of a side were handed on.
  func count(of side: Side) -> Int {
    order.isEmpty ? 0 : order[0].count(fromClient: side == .client)
  }
}

/// Where the streams of a conversation go: to the recognition, then through the codecs to the reader.
struct ConversationContent<Reader: ConversationReader>: StreamConsumer, Sendable {
  enum State: Sendable {
    case silent
    /// Bytes came, and it is not known yet what is spoken.
    case undecided
    case reading
    case ignored
  }

  var facts = ConversationFacts()
  private(set) var state = State.silent
  private var opening = Boxed<Opening>()
  /// There until it is sure that no proxy was before the dialogue.
  private var proxies = Boxed<ProxyStage>()
  private var isBegun = false
  var reading = Boxed<ConversationReading<Reader>>()
  private let settings: Reader.Settings

  var proxyStage: ProxyStage? { proxies.value }

  /// What came before it is known what is spoken.
  private struct Opening: Sendable {
    var recognition: ProtocolRecognition
    var held: [Held] = []
    /// Of the bytes among them.
    var count = 0
  }
  private enum Held: Sendable {
    case bytes([UInt8], Side, Position)
    case gap(Int, Side, Position)
    case end(StreamEnd, Side, Position)
    case oddity(StreamOddity, Side, Position)
  }

  init(_ settings: Reader.Settings) { self.settings = settings }

  @specialized(where Reader == SessionReading)
  @specialized(where Reader == TreeReading)
  mutating func receive(_ bytes: Span<UInt8>, _ place: StreamPlace) {
    if state == .ignored { return }
    let (side, position) = (place.side, Position(place))
    begin()
    guard let passage = proxies.change({ $0.receive(bytes, from: side, at: position) }) else {
      return take(bytes, from: side, at: position)
    }
    take(passage.released)
    if passage.start < bytes.count {
      take(
        bytes.extracting(passage.start...), from: side, at: position.advanced(by: passage.start))
    }
    if proxies.value?.isUnneeded ?? false { proxies = Boxed() }
  }

  private mutating func begin() {
    if Reader.leavesProxies, !isBegun { proxies = Boxed(ProxyStage()) }
    isBegun = true
  }

  private mutating func take(_ pieces: [ProxyStage.Piece]) {
    for piece in pieces { take(piece.bytes.span, from: piece.side, at: piece.position) }
  }

  /// Takes bytes that are the dialogue's.
  private mutating func take(_ bytes: Span<UInt8>, from side: Side, at position: Position) {
    switch state {
    case .ignored: break
    case .reading: _ = reading.change { $0.receive(bytes, from: side, at: position) }
    case .silent, .undecided:
      if opening.isEmpty {
        state = .undecided
        opening = Boxed(Opening(recognition: newRecognition))
      }
      _ = opening.change {
        let copy = bytes.copy
        $0.recognition.see(copy, from: side)
        // Most greetings and first commands come whole.
        if $0.held.isEmpty { $0.held.reserveCapacity(2) }
        $0.held.append(.bytes(copy, side, position))
        $0.count += copy.count
      }
      decide(isLast: false)
    }
  }

  @specialized(where Reader == SessionReading)
  @specialized(where Reader == TreeReading)
  mutating func skip(_ length: Int, _ place: StreamPlace) {
    if state != .ignored { begin() }
    take(proxies.change { $0.miss(length, from: place.side) } ?? [])
    // What comes after a gap says little of how the dialogue began, unless it was a proxy's word that is missing.
    if state == .undecided, proxies.value?.proxies.isEmpty ?? true { decide(isLast: true) }
    hand(
      over: .gap(length, place.side, Position(place))
    ) { $0.gap(length, from: place.side, at: Position(place)) }
  }

  @specialized(where Reader == SessionReading)
  @specialized(where Reader == TreeReading)
  mutating func end(_ end: StreamEnd, _ place: StreamPlace) {
    take(proxies.change { $0.end(place.side) } ?? [])
    if end == .fin, state == .undecided { decide(isLast: true) }
    hand(over: .end(end, place.side, Position(place))) {
      $0.end(end, place.side, at: Position(place))
    }
  }

  @specialized(where Reader == SessionReading)
  @specialized(where Reader == TreeReading)
  mutating func note(_ oddity: StreamOddity, _ place: StreamPlace) {
    hand(over: .oddity(oddity, place.side, Position(place))) {
      $0.note(oddity, place.side, at: Position(place))
    }
  }

  private mutating func hand(
    over event: Held, to reader: (inout ConversationReading<Reader>) -> Void
  ) {
    switch state {
    case .reading: _ = reading.change(reader)
    case .undecided: _ = opening.change { $0.held.append(event) }
    case .silent, .ignored: break
    }
  }

  /// Decides by the ports alone, where nothing was decided and they say something.
  mutating func assume() {
    guard state == .silent || state == .undecided else { return }
    let recognition = opening.value?.recognition ?? newRecognition
    guard recognition.isKnownByPort || recognition.mayBeProxy else { return }
    if opening.isEmpty { opening = Boxed(Opening(recognition: recognition)) }
    state = .undecided
    decide(isLast: true, mayBeProxy: true)
  }

  private var newRecognition: ProtocolRecognition {
    ProtocolRecognition(
      clientPort: facts.client.port, serverPort: facts.server.port,
      tunnelPort: proxies.value?.targetPort, knowsSides: facts.hasHandshake,
      settings.recognition)
  }

  /// Looks at the first bytes of either side, then at the ports.
  mutating func decide(isLast: Bool, mayBeProxy: Bool = false) {
    guard state == .undecided, let recognition = opening.value?.recognition else { return }
    let isLast = isLast || recognition.isFull
    guard let decision = recognition.decide(isLast: isLast, mayBeProxy: mayBeProxy) else {
      if isLast { ignore() }
      return
    }
    if !Reader.readsAtOnce, !isLast, recognition.isOneSided, decision.spoken.mail != nil { return }
    guard let reader = Reader(decision, facts, settings) else { return ignore() }
    state = .reading
    let held = opening.value?.held ?? []
    opening = Boxed()
    reading = Boxed(
      ConversationReading(reader, decision, isFromStart: facts.hasHandshake, settings))
    _ = reading.change { reading in
      for event in held {
        switch event {
        case .bytes(let bytes, let side, let position):
          reading.receive(bytes.span, from: side, at: position)
        case .gap(let length, let side, let position): reading.gap(length, from: side, at: position)
        case .end(let end, let side, let position): reading.end(end, side, at: position)
        case .oddity(let oddity, let side, let position): reading.note(oddity, side, at: position)
        }
      }
    }
  }

  mutating func weigh() -> Int {
    switch state {
    case .silent, .ignored: 0
    case .undecided:
      opening.change { 1_024 + $0.count + 2 * $0.held.count * MemoryLayout<Held>.stride } ?? 0
    case .reading: reading.change { $0.weigh() } ?? 0
    }
  }

  fileprivate mutating func ignore() {
    state = .ignored
    opening = Boxed()
    proxies = Boxed()
  }

  mutating func finish() -> Reader.Record? {
    if state == .undecided { decide(isLast: true) }
    guard var last = reading.take() else { return nil }
    if let proxies = proxies.value { last.reader.see(proxies) }
    last.decide()
    return last.finish(facts)
  }
}

/// A conversation of which it is known what is spoken: the codecs, outermost first, and the reader.
struct ConversationReading<Reader: ConversationReader>: Sendable {
  var reader: Reader
  let decision: ProtocolRecognition.Decision
  private(set) var codecs: [any StreamCodec] = []
  private let settings: Reader.Settings
  /// Wrappings within wrappings that are opened.
  private static var mostCodecs: Int { 4 }

  /// `isFromStart`: the first bytes of both sides are those that were sent first.
  init(
    _ reader: Reader, _ decision: ProtocolRecognition.Decision, isFromStart: Bool,
    _ settings: Reader.Settings
  ) {
    self.reader = reader
    self.decision = decision
    self.settings = settings
    if decision.spoken == .tls {
      codecs = [
        TLSCodec(isFromStart: isFromStart, settings.keys, keepsRecords: settings.keepsRecords)
      ]
    }
  }

  /// What it takes in memory, in bytes.
  mutating func weigh() -> Int {
    var count = MemoryLayout<Self>.size + reader.weigh()
    for level in codecs.indices { count += codecs[level].weigh() }
    return count
  }

  /// A key log with the secrets that were used since this was asked last.
  mutating func takeSecrets() -> String { codecs.isEmpty ? "" : codecs[0].takeSecrets() }

  /// The TLS records that were opened since this was asked last; nil where there is no codec.
  mutating func takeRecords() -> [TLSOpening.Record]? {
    codecs.isEmpty ? nil : codecs[0].takeRecords()
  }

  /// The sides as the dialogue has them.
  func side(_ side: Side) -> Side { decision.isSwapped ? side.other : side }

  mutating func receive(_ bytes: Span<UInt8>, from side: Side, at position: Position) {
    let side = self.side(side)
    reader.see(bytes, from: side, at: position)
    deliver(bytes, from: side, at: position, through: 0)
  }

  mutating func gap(_ length: Int, from side: Side, at position: Position) {
    deliver(gap: length, from: self.side(side), at: position, through: 0)
  }

  mutating func end(_ end: StreamEnd, _ side: Side, at position: Position) {
    reader.end(end, self.side(side), at: position)
  }

  mutating func note(_ oddity: StreamOddity, _ side: Side, at position: Position) {
    reader.note(oddity, self.side(side), at: position)
  }

  /// Nothing more will come to decide by.
  mutating func decide() {
    if let change = reader.decide() { self.change(change) }
  }

  mutating func finish(_ facts: ConversationFacts) -> Reader.Record? {
    let end = Position(frame: facts.lastFrame, time: facts.ended)
    var level = 0
    while level < codecs.count {
      var output = CodecOutput(of: .client)
      codecs[level].finish(at: end, into: &output)
      pass(output, from: .client, beyond: level)
      level += 1
    }
    if let handshake = codecs.lazy.compactMap(\.tls).first { reader.see(handshake, facts) }
    return reader.finish(facts)
  }

  /// Hands bytes to the codec at `level`, or to the reader where there is none.
  private mutating func deliver(
    _ bytes: Span<UInt8>, from side: Side, at position: Position, through level: Int
  ) {
    guard level < codecs.count else {
      if let change = reader.receive(bytes, from: side, at: position, isDecoded: level > 0) {
        self.change(change)
      }
      return
    }
    var output = CodecOutput(of: side)
    codecs[level].receive(bytes, from: side, at: position, into: &output)
    pass(output, from: side, beyond: level)
  }

  private mutating func deliver(
    gap length: Int, from side: Side, at position: Position, through level: Int
  ) {
    guard level < codecs.count else {
      if let change = reader.gap(length, from: side, at: position) { self.change(change) }
      return
    }
    var output = CodecOutput(of: side)
    codecs[level].gap(length, from: side, at: position, into: &output)
    pass(output, from: side, beyond: level)
  }

  private mutating func pass(_ output: CodecOutput, from side: Side, beyond level: Int) {
    pass(output.pieces, of: output.bytes, from: side, beyond: level)
    for (side, piece) in output.released {
      pass([piece], of: output.bytes, from: side, beyond: level)
    }
  }

  private mutating func pass(
    _ pieces: [CodecOutput.Piece], of bytes: [UInt8], from side: Side, beyond level: Int
  ) {
    for piece in pieces {
      switch piece {
      case .bytes(let range, let position):
        deliver(
          bytes.span.extracting(range), from: side, at: position, through: level + 1)
      case .gap(let length, let position):
        deliver(gap: length, from: side, at: position, through: level + 1)
      case .missing(let length, let position): reader.miss(length, from: side, at: position)
      case .lost(let loss, let position): reader.lose(side, loss, at: position)
      case .stayedClear(let position): reader.stayClear(side, at: position)
      case .oneSided(let side, let position): reader.noteOneSidedTLS(of: side, at: position)
      case .damaged(let position): reader.noteDamagedRecord(of: side, at: position)
      case .obstacle(let obstacle, let position): reader.note(obstacle, at: position)
      }
    }
  }

  /// Puts a codec before the reader, and hands it what came already.
  mutating func change(_ change: StreamSwitch) {
    guard codecs.count < Self.mostCodecs else { return }
    let level = codecs.count
    switch change.encoding {
    case .tls:
      codecs.append(
        TLSCodec(isFromStart: true, settings.keys, keepsRecords: settings.keepsRecords))
    case .deflate: codecs.append(DeflateCodec(change, settings.inflation))
    }
    for (side, piece) in change.rest {
      switch piece {
      case .bytes(let bytes, let position):
        deliver(bytes.span, from: side, at: position, through: level)
      case .gap(let length, let position):
        deliver(gap: length, from: side, at: position, through: level)
      }
    }
  }
}

extension StreamPlace {
  var side: Side { isFromClient ? .client : .server }
}

extension Position {
  init(_ place: StreamPlace) {
    self.init(
      frame: place.frame, time: place.time, streamOffset: place.offset,
      fileOffset: place.fileOffset, acknowledged: place.acknowledged,
      turn: place.turn)
  }
}

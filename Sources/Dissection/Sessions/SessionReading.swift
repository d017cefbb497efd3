import Fields
import Mail
import TLS
import Wire

/// The settings of the readers of `sessions`.
final class SessionSettings: ConversationSettings {
  let recognition: RecognitionOptions
  let inflation: InflationBudget
  let keys: TLSKeys
  let keepsRecords = false
  let parsing: SessionOptions
  let wantsDigests: Bool
  let messages: MessageOptions
  let store: MessageStore

  init(_ options: SessionRunOptions, wantsDigests: Bool) {
    (recognition, keys) = (options.recognition, options.keys)
    var parsing = options.parsing
    parsing.wantsDialect = wantsDigests
    self.parsing = parsing
    inflation = InflationBudget(
      limits: options.inflation, openLimit: InflationBudget.openLimit / ShardNumber.count)
    self.wantsDigests = wantsDigests
    store = options.messages.store ?? MessageStore()
    var messages = options.messages
    messages.store = store
    self.messages = messages
  }
}

/// Reads the mail session of one conversation, and keeps its record as it grows.
struct SessionReading: ConversationReader {
  private var record: SessionRecord
  /// Nil where TLS is around it from the first byte on, and could not be opened.
  private var reader: (any SessionReader)?
  private var sink: MessageIntake
  /// What TCP had to say, beside what the reader finds.
  private var findings: [Finding] = []
  private var gaps: [Gap] = []
  private var dropped: [SessionLimit: Int] = [:]
  private let isSwapped: Bool
  private let settings: SessionSettings
  private var hasFin = false
  private var hasReset = false
  /// What a TLS that was begun came to; nil where it was agreed on, or none was begun.
  private var failure: String?
  private var isClear = false
  /// What TLS carries, as the ports have it; what the first bytes say comes before it.
  private let inside: ApplicationProtocol?
  /// The first bytes that TLS carries, while they do not say yet what is spoken.
  private var opening: [(side: Side, bytes: [UInt8], position: Position)] = []
  /// TLS carries no mail.
  private var isForeign = false
  /// Bytes came that a codec has made.
  private var hasDecoded = false

  static var readsAtOnce: Bool { false }
  static var leavesProxies: Bool { true }

  init?(
    _ decision: ProtocolRecognition.Decision, _ facts: ConversationFacts,
    _ settings: SessionSettings
  ) {
    // With keys, what TLS carries is known when it is read.
    let mayBeMail = decision.spoken == .tls && !settings.keys.isEmpty
    guard let mail = decision.spoken.mail ?? decision.inside?.mail ?? (mayBeMail ? .smtp : nil)
    else { return nil }
    inside = decision.inside
    isSwapped = decision.isSwapped
    self.settings = settings
    record = SessionRecord(Session(mail), facts)
    record.session.midstream = !facts.hasHandshake
    record.messageOptions = settings.messages
    sink = MessageIntake(settings)
    if decision.spoken == .tls {
      record.session.tls = TLSUse(mode: .implicit, frame: 0)
    } else {
      reader = mail.reader(midstream: !facts.hasHandshake, options: settings.parsing)
    }
  }

  mutating func receive(
    _ bytes: Span<UInt8>, from side: Side, at position: Position, isDecoded: Bool
  ) -> StreamSwitch? {
    let count = side == .client ? record.clientBytes : record.serverBytes
    // Asked for the first bytes alone: the question goes to the type, since a call of its own copies the reader.
    if count == bytes.count, !isDecoded, record.session.tls == nil, Self.beginsTLS(bytes, side) {
      record.session.tls = TLSUse(mode: .implicit, frame: position.frame)
      var change = StreamSwitch(encoding: .tls)
      change.rest = [(side, .bytes(bytes.copy, position))]
      return change
    }
    if isDecoded { hasDecoded = true }
    if isDecoded, reader == nil { return begin(bytes, side, position) }
    return reader?.receive(bytes, from: side, at: position, to: &sink)
  }

  /// Takes the first bytes that TLS carries: they say what is spoken, or the port does.
  private mutating func begin(
    _ bytes: Span<UInt8>, _ side: Side, _ position: Position
  ) -> StreamSwitch? {
    if isForeign { return nil }
    opening.append((side, bytes.copy, position))
    let first = opening.lazy.filter { $0.side == side }.flatMap(\.bytes)
    var found = inside
    switch ProtocolRecognition.verdict(Array(first).span, from: side, .bytes) {
    case .certain(let row, _) where row.mail != nil:
      if inside?.variantOf != row.name { found = row }
    case .possible where inside == nil && first.count < FirstBytes.limit: return nil
    case .certain, .possible, .foreign: break
    }
    guard let mail = found?.mail else {
      (isForeign, opening) = (true, [])
      return nil
    }
    if mail != record.session.mailProtocol {
      let old = record.session
      record.session = Session(mail)
      (record.session.midstream, record.session.tls) = (old.midstream, old.tls)
    }
    var parsing = settings.parsing
    parsing.isInsideTLS = true
    reader = mail.reader(midstream: record.session.midstream, options: parsing)
    let held = opening
    opening = []
    var change: StreamSwitch?
    for piece in held {
      change = reader?.receive(piece.bytes.span, from: piece.side, at: piece.position, to: &sink)
    }
    return change
  }

  mutating func noteDamagedRecord(of side: Side, at position: Position) {
    find(.tlsDamagedRecord, position, "a TLS record of the \(side.rawValue) is not authentic")
  }

  mutating func note(_ obstacle: TLSDecryption.Obstacle, at position: Position) {
    let words: QuotingText
    switch obstacle {
    case .noSecret(let random): words = "no secret for this client random: \(Self.hex(random))"
    case .wrongSecret(let random):
      words = "the secret for this client random is a wrong one: \(Self.hex(random))"
    case .noHandshake: words = "the hellos were not captured: it is not known which secret opens it"
    case .notUndone(let suite): words = "what \(suite) encrypts cannot be decrypted here"
    case .noKeys: return
    }
    find(.tlsNoSecret, position, words)
  }

  private static func hex(_ bytes: [UInt8]) -> String {
    var text = TextBuffer()
    text.write(hex: bytes.span, colons: false)
    return text.string
  }

  /// Whether the first bytes of a side are TLS where a dialogue in clear was begun: the hello of a client, or the alert
  /// of a server that had awaited one.
  private static func beginsTLS(_ bytes: Span<UInt8>, _ side: Side) -> Bool {
    switch side {
    case .client: TLSRecognition.verdict(of: bytes, from: .client) == .certain(.client)
    case .server:
      bytes.count >= 7 && bytes[0] == 0x15 && bytes[1] == 3 && bytes[3] == 0 && bytes[4] == 2
    }
  }

  mutating func stayClear(_ side: Side, at position: Position) {
    if isClear { return }
    isClear = true
    if reader == nil {
      reader = record.session.mailProtocol.reader(
        midstream: record.session.midstream, options: settings.parsing)
    } else {
      reader?.stayClear()
    }
  }

  mutating func noteOneSidedTLS(of side: Side, at position: Position) {
    find(
      .tlsOneSided, position,
      "the \(side.rawValue) speaks TLS, the \(side.other.rawValue) in clear: nothing is encrypted")
    reader?.lose(side, at: position, to: &sink)
  }

  mutating func see(_ handshake: TLSHandshake, _ facts: ConversationFacts) {
    record.tlsFacts = Boxed(handshake.facts)
    guard !handshake.isEncrypted else { return }
    let isImplicit = record.session.tls != nil
    record.session.tls = nil
    if !isClear, reader != nil { reader?.stayClear() }
    for side in [Side.client, .server] where handshake[side].speech == .records {
      guard let start = handshake[side].start else { continue }
      record.session.failedTLS.append(
        TLSAttempt(
          from: side, text: handshake.words(of: side), position: start,
          length: handshake[side].count))
      let other = side.other
      if handshake[other].speech == .clear {
        failure = "the \(side.rawValue) speaks TLS, the \(other.rawValue) in clear"
      } else if isImplicit, (other == .client ? record.clientBytes : record.serverBytes) > 0,
        handshake[other].count == 0
      {
        // The other side had spoken in clear before.
        noteOneSidedTLS(of: side, at: start)
        failure = "the \(side.rawValue) speaks TLS, the \(other.rawValue) in clear"
      } else if let alert = handshake.alert {
        failure = "TLS refused by the \(alert.side.rawValue), \(alert.name)"
      } else if !wasCaptured(other, facts) {
        failure = "TLS begun, the \(other.rawValue) was not captured"
      } else {
        failure = "TLS not answered by the \(other.rawValue)"
        find(
          .tlsFailed, start,
          "the \(other.rawValue) did not answer the \(side.rawValue)'s \(handshake.words(of: side))"
        )
      }
    }
    let isMixed = findings.contains { $0.code == .tlsOneSided }
    if let alert = handshake.alert, !isMixed {
      findings.append(
        Finding(
          .tlsFailed, frame: alert.place.frame,
          text: "the \(alert.side.rawValue) refused TLS: \(alert.name)"))
    }
  }

  /// Whether segments of a side were captured, as the dialogue has the sides.
  private func wasCaptured(_ side: Side, _ facts: ConversationFacts) -> Bool {
    !((side == .client) != isSwapped ? facts.clientFlags : facts.serverFlags).isEmpty
  }

  /// A side that was captured and said nothing is no side that was not captured.
  private mutating func noteSilence(_ facts: ConversationFacts) {
    let silent: Side
    switch (record.clientBytes, record.serverBytes) {
    case (0, 1...): silent = .client
    case (1..., 0): silent = .server
    default: return record.session.findings.removeAll { $0.code == .oneSided }
    }
    guard facts.hasHandshake, wasCaptured(silent, facts),
      !record.session.gaps.contains(where: { $0.from == silent })
    else { return }
    let count = record.session.findings.count
    record.session.findings.removeAll { $0.code == .oneSided }
    if record.session.findings.count < count {
      record.session.conclusion = "the \(silent.rawValue) said nothing"
    }
    if let closer = facts.firstCloser {
      let side = isSwapped ? closer.other : closer
      record.session.conclusion = record.session.conclusion + ", closed by the \(side.rawValue)"
    }
    if silent == .server, ApplicationProtocol.insideTLS(on: record.server.port) != nil,
      record.session.tls == nil, let start = record.session.exchanges.first?.command?.position
    {
      record.session.findings.append(
        Finding(
          .tlsOneSided, frame: start.frame,
          text:
            "the client speaks in clear on port \(record.server.port), where TLS comes first, and the "
            + "server says nothing"))
    }
  }

  mutating func see(_ bytes: Span<UInt8>, from side: Side, at position: Position) {
    if side == .client {
      record.clientBytes += bytes.count
    } else {
      record.serverBytes += bytes.count
    }
    if record.session.tls?.frame == 0 { record.session.tls?.frame = position.frame }
  }

  mutating func gap(_ length: Int, from side: Side, at position: Position) -> StreamSwitch? {
    reader?.gap(length, from: side, at: position, to: &sink)
  }

  mutating func miss(_ length: Int, from side: Side, at position: Position) {
    if gaps.count * MemoryLayout<Gap>.stride < settings.parsing.recordLimit {
      gaps.append(
        Gap(from: side, offset: position.streamOffset, length: length, frame: position.frame))
    } else {
      dropped[.gaps, default: 0] += 1
    }
    find(.gap, position, Finding.gap(length, of: side))
  }

  mutating func lose(_ side: Side, _ loss: CodecLoss, at position: Position) {
    find(
      .unreadable, position,
      "what the \(side.rawValue) sent from here on cannot be read: \(loss.rawValue)")
    if let limit = loss.limit { dropped[limit, default: 0] += 1 }
    reader?.lose(side, at: position, to: &sink)
  }

  mutating func end(_ end: StreamEnd, _ side: Side, at position: Position) {
    switch end {
    case .fin:
      hasFin = true
      reader?.end(side, at: position)
    case .reset: hasReset = !hasFin
    case .open: break
    }
  }

  mutating func note(_ oddity: StreamOddity, _ side: Side, at position: Position) {
    switch oddity {
    case .overlapDiffers(let length):
      find(
        .overlapDiffers, position,
        "\(length) bytes of the \(side.rawValue) came again with other values")
    case .dataAfterEnd(let length):
      find(.dataAfterEnd, position, "\(length) bytes of the \(side.rawValue) after its FIN")
    case .badChecksum(let length):
      find(
        .badChecksum, position,
        "\(length) bytes of the \(side.rawValue) came with a bad checksum first, and were not read")
    case .arrivedLate(let length):
      record.noteLate(side, position.streamOffset..<position.streamOffset + length, position.time)
    case .notAcknowledged(let length, let repetitions):
      reader?.noteUnacknowledged(side, length, repetitions: repetitions, at: position)
    case .outsideWindow: dropped[.segmentsOutsideWindow, default: 0] += 1
    case .limitReached: dropped[.waitingBytes, default: 0] += 1
    }
  }

  private mutating func find(_ code: FindingCode, _ position: Position, _ text: QuotingText) {
    guard findings.count(where: { $0.code == code }) < settings.parsing.findingsPerCodeLimit else {
      return dropped[.findings, default: 0] += 1
    }
    findings.append(Finding(code, frame: position.frame, text: text))
  }

  mutating func see(_ proxies: ProxyStage) {
    record.proxies = proxies.proxies
    if let (text, frame) = proxies.flaw {
      findings.append(Finding(.proxyHeader, frame: frame, text: "the header of the proxy: \(text)"))
    }
  }

  mutating func decide() -> StreamSwitch? { reader?.decide(to: &sink) }

  mutating func weigh() -> Int {
    2 * gaps.count * MemoryLayout<Gap>.stride + (reader?.weigh() ?? 0) + sink.heldBytes
  }

  mutating func finish(_ facts: ConversationFacts) -> SessionRecord? {
    guard reader != nil || inside?.mail != nil else { return nil }
    record.take(facts, isSwapped: isSwapped)
    record.close = hasReset ? .reset : hasFin ? .fin : .open
    let (tls, failedTLS) = (record.session.tls, record.session.failedTLS)
    if var session = reader?.finish(record.close, to: &sink) {
      swap(&record.session, &session)
      record.session.findings += findings
      record.session.gaps += gaps
      record.session.dropped.merge(dropped) { $0 + $1 }
      takeMessages()
      if record.session.clientSoftware == nil {
        record.session.clientSoftware = Self.writer(of: record)
      }
      if let tls {
        record.session.tls = tls
        if !hasDecoded { record.session.conclusion = Self.encrypted }
      }
      if hasDecoded { record.session.tls?.isDecrypted = true }
      noteSilence(facts)
    } else {
      record.session.conclusion = Self.encrypted
      (record.session.findings, record.session.gaps) = (findings, gaps)
      record.session.dropped = dropped
    }
    noteTLS()
    // What is said of the session as a whole, and of no line of it.
    for index in record.session.findings.indices where record.session.findings[index].frame == 0 {
      record.session.findings[index].frame = facts.lastFrame
    }
    record.session.failedTLS = failedTLS
    if let failure {
      let isDialogue = record.session.exchanges.contains { $0.command != nil }
      record.session.conclusion =
        isDialogue ? "\(failure); " + record.session.conclusion : "\(failure)"
    }
    return record
  }

  /// Takes over what is known of the messages, those among them that came in pieces put together.
  private mutating func takeMessages() {
    if settings.wantsDigests { MessageAssembly.assemble(&record.session.messages, &sink) }
    record.session.dropped.merge(sink.dropped) { $0 + $1 }
    record.contents = zip(sink.contents, record.session.messages).map { content, message in
      var content = content
      content?.judge(message, keepsBytes: settings.messages.keepsBytes)
      return content
    }
  }

  private static let encrypted: QuotingText = "encrypted from the first byte"

  /// Adds what the handshake says to the findings, and to the verdict where nothing else can be read.
  private mutating func noteTLS() {
    guard let facts = record.tls, let use = record.session.tls else { return }
    if facts.droppedRuns > 0 { record.session.dropped[.tlsRuns, default: 0] += facts.droppedRuns }
    let checks = TLSChecks(facts, of: record.session)
    record.session.findings += checks.findings
    if use.isDecrypted { return }
    if let words = facts.words {
      record.session.conclusion = record.session.conclusion + ", \(words)"
    }
    record.session.conclusion = record.session.conclusion + ": \(facts.course)"
  }

  /// The program that wrote the first message that the client brought, where the client is that program.
  private static func writer(of record: SessionRecord) -> Software? {
    for (content, message) in zip(record.contents, record.session.messages) {
      guard message.direction != .retrieved, let headers = content?.headers else { continue }
      return headers.wasRelayed ? nil : headers.software
    }
    return nil
  }
}

import Fields
import Mail
import Wire

/// What the readers of `sessions` are told.
final class SessionSettings: ConversationSettings {
  let recognition: RecognitionOptions
  let inflation: InflationBudget
  let parsing: SessionOptions
  let wantsDigests: Bool

  init(_ options: SessionRunOptions, wantsDigests: Bool) {
    (recognition, parsing) = (options.recognition, options.parsing)
    inflation = InflationBudget(limits: options.inflation)
    self.wantsDigests = wantsDigests
  }
}

/// Reads the mail session of one conversation, and keeps its record as it grows.
struct SessionReading: ConversationReader {
  private var record: SessionRecord
  /// Nil where TLS is around it from the first byte on, and could not be opened.
  private var reader: (any SessionReader)?
  private var sink: DigestSink
  /// What TCP had to say, beside what the reader finds.
  private var findings: [Finding] = []
  private var gaps: [Gap] = []
  private var dropped: [SessionLimit: Int] = [:]
  private let isSwapped: Bool
  private let settings: SessionSettings
  private var hasFin = false
  private var hasReset = false

  static var readsAtOnce: Bool { false }
  static var leavesProxies: Bool { true }

  init?(
    _ decision: ProtocolRecognition.Decision, _ facts: ConversationFacts,
    _ settings: SessionSettings
  ) {
    guard let mail = decision.spoken.mail ?? decision.inside?.mail else { return nil }
    var session = Session(mail)
    session.midstream = !facts.hasHandshake
    isSwapped = decision.isSwapped
    self.settings = settings
    record = SessionRecord(session, facts)
    sink = DigestSink(isWanted: settings.wantsDigests)
    if decision.spoken == .tls {
      record.session.tls = TLSUse(mode: .implicit, frame: 0)
    } else {
      reader = mail.reader(midstream: session.midstream, options: settings.parsing)
    }
  }

  mutating func receive(
    _ bytes: Span<UInt8>, from side: Side, at position: Position, isDecoded: Bool
  ) -> StreamSwitch? { reader?.receive(bytes, from: side, at: position, to: &sink) }

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
    if gaps.count < settings.parsing.gapLimit {
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

  mutating func finish(_ facts: ConversationFacts) -> SessionRecord? {
    record.take(facts, isSwapped: isSwapped)
    record.close = hasReset ? .reset : hasFin ? .fin : .open
    if let session = reader?.finish(record.close, to: &sink) {
      record.session = session
      record.session.findings += findings
      record.session.gaps += gaps
      record.session.dropped.merge(dropped) { $0 + $1 }
      if sink.droppedFields > 0 {
        record.session.dropped[.headerField, default: 0] += sink.droppedFields
      }
      if sink.droppedFindings > 0 {
        record.session.dropped[.findings, default: 0] += sink.droppedFindings
      }
      record.digests = sink.digests
      record.headers = zip(sink.headers, session.messages).map { headers, message in
        message.hasHeader ? headers : nil
      }
      if record.session.clientSoftware == nil { record.session.clientSoftware = writer }
    } else {
      record.session.conclusion = "encrypted from the first byte"
      (record.session.findings, record.session.gaps) = (findings, gaps)
      record.session.dropped = dropped
    }
    return record
  }

  /// The program that wrote the first message that the client brought, where the client is that program.
  private var writer: Software? {
    for (headers, message) in zip(record.headers, record.session.messages) {
      guard message.direction != .retrieved, let headers else { continue }
      return headers.wasRelayed ? nil : headers.software
    }
    return nil
  }
}

import Fields
import Mail
import Wire

/// The mail side of one TCP conversation: what it speaks, as far as that is known, and the session as it grows.
///
/// Made with the first payload byte, so that a conversation that never says anything costs nothing.
struct Dialogue {
  /// Bytes that wait until it is known who speaks what.
  private struct Held {
    let bytes: [UInt8]
    let isFromClient: Bool
    let position: Position
  }
  private enum State {
    case undecided
    case mail
    /// TLS from the first byte on: nothing to parse, but a session.
    case implicitTLS
    case notMail
  }
  /// More than this is not held: then the ports decide alone.
  private static let holdLimit = 512

  private(set) var record: SessionRecord
  private var state = State.undecided
  private var held: [Held] = []
  private var parser: SessionParser?
  /// After `COMPRESS DEFLATE`.
  private var compressed: CompressedStreams?
  private let inflation: InflationBudget
  private var sink: DigestSink
  private let options: SessionOptions
  private let told: ApplicationLayer?
  /// True where the first bytes showed that client and server are the other way round than TCP says.
  private var isSwapped = false
  /// What TCP had to say, beside what the parser finds.
  private var findings: [Finding] = []
  private var hasFin = false
  private var hasReset = false

  /// `told`: what the user says is spoken here.
  init(
    _ record: SessionRecord, wantsDigests: Bool, options: SessionOptions, told: ApplicationLayer?,
    inflation: InflationBudget
  ) {
    self.record = record
    self.told = told
    self.options = options
    self.inflation = inflation
    sink = DigestSink(isWanted: wantsDigests)
  }

  /// True once it is sure that this is no mail: the conversation can be forgotten.
  var isNotMail: Bool { state == .notMail }

  // MARK: Streams

  mutating func receive(_ bytes: Span<UInt8>, fromClient isFromClient: Bool, at position: Position)
  {
    count(bytes.count, isFromClient)
    switch state {
    case .mail: parse(bytes, from: side(isFromClient), at: position)
    case .implicitTLS, .notMail: break
    case .undecided:
      held.append(
        Held(bytes: Array(copying: bytes), isFromClient: isFromClient, position: position))
      decide(isLast: false)
    }
  }

  mutating func gap(_ length: Int, fromClient isFromClient: Bool, at position: Position) {
    if state == .undecided { decide(isLast: true) }
    let side = side(isFromClient)
    guard let place = compressed?.place(of: position, side) else {
      parser?.gap(length, from: side, at: position, to: &sink)
      return
    }
    guard compressed?.end(side) == true else { return }
    parser?.gap(length, from: side, at: place, to: &sink)
    lose(side, .gap, at: place)
  }

  mutating func end(_ end: StreamEnd, fromClient isFromClient: Bool, at position: Position) {
    switch end {
    case .fin:
      hasFin = true
      if state == .undecided { decide(isLast: true) }
      let side = side(isFromClient)
      parser?.end(side, at: position)
    case .reset: hasReset = !hasFin
    case .open: break
    }
  }

  mutating func note(_ finding: StreamFinding, fromClient isFromClient: Bool, at frame: Int) {
    let side = side(isFromClient)
    switch finding {
    case .overlapDiffers(let length):
      findings.append(
        Finding(
          .overlapDiffers, frame: frame,
          text: "\(length) bytes of the \(side.rawValue) came again with other values"))
    case .dataAfterEnd(let length):
      findings.append(
        Finding(
          .dataAfterEnd, frame: frame,
          text: "\(length) bytes of the \(side.rawValue) after its FIN"))
    case .outsideWindow: record.session.dropped["segments-outside-window", default: 0] += 1
    case .limitReached: record.session.dropped["waiting-bytes", default: 0] += 1
    }
  }

  /// The record of the session; nil where it was none.
  mutating func finish(ended: Int64, frames: Int) -> SessionRecord? {
    if state == .undecided { decide(isLast: true) }
    parser?.decide(to: &sink)
    beginInflation()
    record.close = hasReset ? .reset : hasFin ? .fin : .open
    switch state {
    case .mail:
      guard let session = parser?.finish(record.close, to: &sink) else { return nil }
      let dropped = record.session.dropped
      record.session = session
      record.session.findings += findings
      record.session.dropped.merge(dropped) { $0 + $1 }
      if sink.droppedFields > 0 {
        record.session.dropped["header-field", default: 0] += sink.droppedFields
      }
      if sink.droppedFindings > 0 {
        record.session.dropped["findings", default: 0] += sink.droppedFindings
      }
      record.digests = sink.digests
      record.headers = zip(sink.headers, session.messages).map { headers, message in
        message.hasHeader ? headers : nil
      }
      if record.session.clientSoftware == nil {
        record.session.clientSoftware = writer(of: session)
      }
    case .implicitTLS: record.session.verdict = "encrypted from the first byte"
    case .undecided, .notMail: return nil
    }
    record.ended = ended
    record.frames = frames
    return record
  }

  /// The program that wrote the first message that the client brought, where the client is that program.
  private func writer(of session: Session) -> Software? {
    for (headers, message) in zip(record.headers, session.messages) {
      guard message.direction != .retrieved, let headers else { continue }
      return headers.wasRelayed ? nil : headers.software
    }
    return nil
  }

  // MARK: Bytes for the parser

  private mutating func parse(_ bytes: Span<UInt8>, from side: Side, at position: Position) {
    if compressed != nil { return inflate(bytes, from: side, at: position) }
    parser?.receive(bytes, from: side, at: position, to: &sink)
    guard parser?.compressedOffset(of: .client) != nil else { return }
    beginInflation()
    // What stands behind the reply in the same segment. The client's bytes were held by the parser.
    if side == .server, let offset = compressed?.firstServerOffset {
      let rest = max(0, offset - position.streamOffset)
      guard rest < bytes.count else { return }
      inflate(
        bytes.extracting(droppingFirst: rest), from: side, at: position.advanced(by: rest))
    }
  }

  /// Where the parser says that the streams are compressed from some place on.
  private mutating func beginInflation() {
    guard compressed == nil, let client = parser?.compressedOffset(of: .client) else { return }
    compressed = CompressedStreams(
      client: client, server: parser?.compressedOffset(of: .server), budget: inflation)
    for run in parser?.resumeInflated() ?? [] {
      inflate(run.bytes.span, from: .client, at: run.position)
    }
  }

  private mutating func inflate(_ bytes: Span<UInt8>, from side: Side, at position: Position) {
    // Taken out: the parser is changed while the bytes come.
    guard var streams = compressed else { return }
    let loss = streams.receive(bytes, from: side, at: position) { piece, place in
      parser?.receive(piece, from: side, at: place, to: &sink)
    }
    compressed = streams
    guard let loss, compressed?.end(side) == true else { return }
    lose(side, loss, at: streams.place(of: position, side))
  }

  /// Nothing behind this place of `side` can be read.
  private mutating func lose(
    _ side: Side, _ loss: CompressedStreams.Loss, at position: Position
  ) {
    findings.append(
      Finding(
        .unreadable, frame: position.frame,
        text: "what the \(side.rawValue) sent from here on cannot be read: \(loss.rawValue)"))
    switch loss {
    case .tooMuch: record.session.dropped["inflated-bytes", default: 0] += 1
    case .tooMany: record.session.dropped["compressed-streams", default: 0] += 1
    case .gap, .damaged: break
    }
    parser?.lose(side, at: position, to: &sink)
  }

  private func side(_ isFromClient: Bool) -> Side {
    isFromClient != isSwapped ? .client : .server
  }

  private mutating func count(_ bytes: Int, _ isFromClient: Bool) {
    if isFromClient != isSwapped {
      record.clientBytes += bytes
    } else {
      record.serverBytes += bytes
    }
  }

  // MARK: Recognition

  /// Looks at the first bytes of either side, then at the ports. `isLast`: nothing more will come to decide by.
  private mutating func decide(isLast: Bool) {
    if let told {
      guard let mailProtocol = told.mailProtocol else { return forget() }
      return begin(mailProtocol, isSwapped: false)
    }
    let byPort = Recognition.byPort(record.client.port, record.server.port)
    let count = held.reduce(0) { $0 + $1.bytes.count }
    // A parser is made when both sides have spoken: a million greetings that nobody answers cost little.
    let isEarly =
      !isLast && count < Self.holdLimit
      && held.allSatisfy { $0.isFromClient == held[0].isFromClient }
    for isFromClient in [false, true] {
      let prefix = firstBytes(fromClient: isFromClient)
      if prefix.isEmpty { continue }
      let speaker: Side? =
        record.session.midstream ? nil : isFromClient ? .client : .server
      switch Recognition.byContent(prefix.span, from: speaker) {
      case .mail(let mailProtocol, let speaker):
        if isEarly { return }
        begin(mailProtocol, isSwapped: (speaker == .client) != isFromClient)
        return
      case .tls:
        beginImplicitTLS(byPort?.mailProtocol)
        return
      case .other where byPort == nil:
        forget()
        return
      case .other, .undecided: break
      }
    }
    guard isLast || count >= Self.holdLimit || byPort != nil && !isEarly else { return }
    if let byPort, !byPort.implicitTLS {
      begin(byPort.mailProtocol, isSwapped: false)
    } else if isLast || count >= Self.holdLimit {
      forget()
    }
  }

  private func firstBytes(fromClient isFromClient: Bool) -> [UInt8] {
    var prefix: [UInt8] = []
    for piece in held where piece.isFromClient == isFromClient && prefix.count < Self.holdLimit {
      if prefix.isEmpty { prefix = piece.bytes } else { prefix += piece.bytes }
    }
    return prefix
  }

  private mutating func beginImplicitTLS(_ mailProtocol: MailProtocol?) {
    guard let mailProtocol else { return forget() }
    record.session.mailProtocol = mailProtocol
    record.session.tls = TLSUse(mode: .implicit, frame: held.first?.position.frame ?? 0)
    state = .implicitTLS
    held = []
  }

  private mutating func forget() {
    state = .notMail
    held = []
  }

  private mutating func begin(_ mailProtocol: MailProtocol, isSwapped: Bool) {
    if isSwapped {
      self.isSwapped = true
      record.swapSides()
    }
    state = .mail
    parser = SessionParser(
      mailProtocol, midstream: record.session.midstream, options: options)
    let pieces = held
    held = []
    for piece in pieces {
      parse(piece.bytes.span, from: side(piece.isFromClient), at: piece.position)
    }
  }
}

extension Array<UInt8> {
  init(copying span: Span<UInt8>) {
    self.init()
    reserveCapacity(span.count)
    for index in span.indices { append(span[index]) }
  }
}

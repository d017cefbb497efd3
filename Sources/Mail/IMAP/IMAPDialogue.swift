import Fields

extension MailProtocol {
  /// RFC 3501 and RFC 9051.
  public static let imap: MailProtocol = .init("imap", findings: FindingCode.imap) {
    IMAPDialogue(midstream: $0, options: $1)
  }
}

/// Reads one IMAP session (RFC 9051 and RFC 3501, with their extensions).
///
/// The server's stream frames itself; the client's does so too, but for the places where it waits: a
/// synchronizing literal, a SASL response, TLS. What the client sends there is held until the server decides.
struct IMAPDialogue: SessionReader {
  /// A literal that is coming.
  struct OpenLiteral: Sendable {
    var message: Int?
    var received = 0
    var end: Position?
    /// Bytes of it are missing.
    var isDamaged = false
    /// Bytes announced.
    var count = 0
    /// What comes after it may lie in it: the bytes from there on, and the frame of the completion among them.
    var scan = LiteralScan()
    var after = HeldBytes()
    var completionFrame: Int?
    /// All announced bytes came; the next line says whether the last of them come after it.
    var isUndecided = false
    /// The last bytes.
    var tail: [UInt8] = []
    static let afterLimit = 1 << 16
    static let tailLength = 512

    mutating func keepTail(_ bytes: Span<UInt8>) {
      if bytes.count >= Self.tailLength { tail.removeAll(keepingCapacity: true) }
      tail.append(bytes.extracting(last: Self.tailLength))
      if tail.count > 2 * Self.tailLength { tail.removeFirst(tail.count - Self.tailLength) }
    }
  }

  /// A completion for which no command was known when it came.
  struct Orphan: Sendable {
    var exchange: Int?
    var completion: Completion
  }

  /// What lines that are no commands may be.
  enum Credentials: Sendable {
    case none
    /// Responses, after `AUTHENTICATE`.
    case responses(isAccepted: Bool)
    /// The rest of a `LOGIN` that broke off.
    case rest
  }

  /// Bytes of text that one command or response may have, its literals' announcements included.
  static let textLimit = 1 << 20
  /// Bytes of a literal that is no message, up to which it is kept.
  static let literalLimit = 1 << 16

  var recorder: Recorder
  var clientFramer: LineFramer
  var serverFramer: LineFramer
  var clientPhase: IMAPClientPhase
  var serverPhase: IMAPServerPhase
  var tls = TLSPhase.clear
  var compression = IMAPCompression.none
  var held = HeldBytes()
  var pendingSwitch = PendingSwitch()
  /// The last bytes of the line at hand, where it is longer than the limit.
  var ending: [UInt8] = []
  /// The message that the literal of a side is, and what came of that literal.
  var clientLiteral = OpenLiteral()
  var serverLiteral = OpenLiteral()
  /// Bytes of the server that may begin another line, though the one before has no end.
  var seam = HeldBytes()
  /// Bytes are read again that were taken for a literal's.
  var isReadingAgain = false
  var command = Boxed<OpenCommand>()
  var response = Boxed<OpenResponse>()
  /// The commands whose completions have not come, oldest first; how many have a tag, and how many may change the state.
  var pending: [PendingCommand] = []
  var pendingTags: [String: Int] = [:]
  /// The numbers of those of each kind, in order.
  var pendingNumbers: [(command: IMAPCommand, numbers: [Int])] = []
  var pendingChanges = 0
  /// Untagged data of which no command that waits is the owner.
  var unowned: [UntaggedData] = []
  /// Untagged data that no completion has taken yet.
  var untaggedCount = 0
  var orphans: [String: Orphan] = [:]
  /// Continuation requests that came before anything that waits for one.
  var earlyContinuations: [(time: Int64, frame: Int)] = []
  var state: IMAPState
  var credentials = Credentials.none
  /// Where the client's line ends that the server's answer decides on.
  var questionEnd = 0
  /// Literals that were taken for such before the server asked for them.
  var assumedLiterals = 0
  /// The exchange of an AUTHENTICATE that is complete, where some of its challenges may be lost.
  var lateResponses: Int??
  /// The SASL exchange that is going on, and its place in the record.
  var sasl: (exchange: SASLExchange, authentication: Int?)?
  var facts = IMAPFacts()

  init(midstream: Bool, options: SessionOptions) {
    recorder = Recorder(.imap, midstream: midstream, options: options)
    if options.isInsideTLS { tls = .opened }
    clientFramer = LineFramer(limit: options.lineLimit)
    serverFramer = LineFramer(limit: options.lineLimit)
    state = midstream ? .unknown : .unauthenticated
    clientPhase = midstream ? .lost : .line
    serverPhase = midstream ? .lost : .line
  }

  mutating func receive<Sink: MessageSink>(
    _ bytes: Span<UInt8>, from side: Side, at position: Position, to sink: inout Sink
  ) -> StreamSwitch? {
    guard !bytes.isEmpty else { return nil }
    if pendingSwitch.isTaken { resume() }
    facts.last = position
    switch side {
    case .client:
      facts.sawClient = true
      facts.clientEnd = position.advanced(by: bytes.count - 1)
      receiveClient(bytes, at: position, to: &sink)
    case .server:
      facts.sawServer = true
      if !seam.isEmpty || isSeam(position) {
        seam.append(bytes, at: position)
        resolveSeam(isLast: false, to: &sink)
      } else {
        facts.serverEnd = position.advanced(by: bytes.count - 1)
        receiveServer(bytes, at: position, to: &sink)
      }
    }
    return pendingSwitch.take()
  }

  mutating func weigh() -> Int {
    let open =
      (command.isEmpty ? 0 : command.value?.heldBytes ?? 0)
      + (response.isEmpty ? 0 : response.value?.heldBytes ?? 0)
    return MemoryLayout<Self>.size + recorder.heldBytes + clientFramer.heldBytes
      + serverFramer.heldBytes + held.count + open
      + pending.count * elementBytes(PendingCommand.self)
      + untaggedCount * elementBytes(UntaggedData.self)
  }

  mutating func gap<Sink: MessageSink>(
    _ length: Int, from side: Side, at position: Position, to sink: inout Sink
  ) -> StreamSwitch? {
    if pendingSwitch.isTaken { resume() }
    resolveSeam(isLast: true, to: &sink)
    recorder.gap(length, from: side, at: position)
    miss(length, of: side, at: position, to: &sink)
    return pendingSwitch.take()
  }

  mutating func lose<Sink: MessageSink>(_ side: Side, at position: Position, to sink: inout Sink) {
    resolveSeam(isLast: true, to: &sink)
    if compression == .inflated { compression = .partlyInflated }
    miss(.max, of: side, at: position, to: &sink)
  }

  private mutating func miss<Sink: MessageSink>(
    _ length: Int, of side: Side, at position: Position, to sink: inout Sink
  ) {
    switch side {
    case .client:
      facts.clientGap = true
      gapOfClient(length, at: position, to: &sink)
    case .server:
      facts.serverGap = true
      doubtPending()
      gapOfServer(length, at: position, to: &sink)
    }
  }

  mutating func decide<Sink: MessageSink>(to sink: inout Sink) -> StreamSwitch? {
    decideHeld(to: &sink)
    return pendingSwitch.take()
  }

  mutating func finish<Sink: MessageSink>(_ close: SessionClose, to sink: inout Sink) -> Session {
    resolveSeam(isLast: true, to: &sink)
    decideHeld(to: &sink)
    if awaitedLiteral == nil { facts.unfinished = command.value?.start }
    finishClient(to: &sink)
    finishServer(close, to: &sink)
    attributeRest()
    findAtEnd(close)
    return recorder.finish(verdict: verdict(close))
  }

  mutating func end(_ side: Side, at position: Position) {
    facts.firstEnd = facts.firstEnd ?? (side, position)
  }

  mutating func noteUnacknowledged(
    _ side: Side, _ length: Int, repetitions: Int, at position: Position
  ) {
    // Places in what a codec made say nothing of segments; who says goodbye need not wait for the answer.
    guard compression == .none, tls != .encrypted, tls != .opened,
      side == .client || !facts.sawLogout
    else { return }
    let last = side == .client ? facts.clientEnd : facts.serverEnd
    guard
      let lost = NotReceived(side, length, repetitions: repetitions, lastByte: last)
    else { return }
    facts.notReceived.append((lost, position.frame))
  }

  /// What comes now was decoded.
  private mutating func resume() {
    pendingSwitch = PendingSwitch()
    if compression == .agreed { compression = .inflated }
    if case .encoded(let encoding) = clientPhase {
      clientPhase = .line
      if encoding == .tls { goOn(after: .opened) }
    }
    if case .encoded(let encoding) = serverPhase {
      serverPhase = .line
      if encoding == .tls { facts.capabilities = nil }
    }
  }

  mutating func stayClear() {
    resume()
    tls = .refused
    recorder.edit { $0.tls = nil }
  }

  /// TLS was agreed on, and the dialogue goes on in text.
  mutating func goOn(after phase: TLSPhase) {
    tls = phase
    // RFC 9051 section 6.2.1: what was known of the server before TLS is void.
    facts.capabilities = nil
  }

  /// Bytes of the literal that the client wants to send, where the server has not asked for it.
  var awaitedLiteral: Int? {
    if case .undecided(.literal(let count)) = clientPhase { count } else { nil }
  }

  /// Both sides were captured, with all that they sent.
  var isWhole: Bool {
    !recorder.session.midstream && !facts.clientGap && !facts.serverGap && facts.sawClient
      && facts.sawServer
  }

  /// The dialogue went on in text after TLS was agreed on: it was opened on the way, or here.
  var isOpened: Bool { tls == .opened || tls == .stayedClear }
}

/// What the verdict and the findings rest on.
struct IMAPFacts: Sendable {
  var sawClient = false
  var sawServer = false
  /// The last byte of the client.
  var clientEnd: Position?
  var clientGap = false
  var serverGap = false
  var isFirstResponse = true
  var isRefused = false
  var bye: (text: String, frame: Int)?
  var capabilities: [String]?
  var offersStartTLS = false
  var loginFrame: Int?
  var sawLogout = false
  var lastTag: String?
  /// The mailbox that is selected, decoded, and how many messages it has.
  var mailbox: String?
  var exists: UInt64?
  /// Its UIDVALIDITY, and how often numbers of messages have changed their meaning.
  var uidValidity: UInt64?
  var selection = 0
  /// Whether the server said the UIDVALIDITY after the latest completion of SELECT or EXAMINE.
  var hasFreshValidity = false
  /// The UIDs that were seen of the mailbox that is selected, and `RFC822.SIZE` by UID.
  var uids: Set<UInt64> = []
  var sizes: [UInt64: Int] = [:]
  static let uidLimit = 10_000
  var retrieved = 0
  var appended = 0
  var idle: Int64 = 0
  var idleSince: Int64?
  var idleFrame = 0
  var last: Position?
  /// Who closed first.
  var firstEnd: (side: Side, position: Position)?
  /// The command that the client was sending when the session ended.
  var unfinished: Position?
  /// Where the last bytes of the server are.
  var serverEnd: Position?
  /// A literal did not end where it was announced to: what follows may be its rest.
  var isAfterBrokenLiteral = false
  /// What the client sends of a literal that the server has refused.
  var refused: RefusedLiteral?
  /// What never arrived of a side, and the frame that shows it.
  var notReceived: [(bytes: NotReceived, frame: Int)] = []
  /// A literal of the server that went on after its announced length: what was said of it, and where.
  var shortLiteral: (text: QuotingText, frame: Int, offset: Int)?
  var hasShortLiteral = false
  /// The command that was never answered.
  var unanswered: String?
  /// Untagged responses so far, and when the latest was captured of those for which only time says what it answers.
  var commandsSeen = 0
  var untaggedSeen = 0
  var lastData: Int64?
  /// A limit made us drop untagged data.
  var hasDroppedData = false
  /// The bytes announced and received of a literal that is shorter than announced.
  var longLiteral: (announced: Int, received: Int)?
  /// What a message that ends with the session was: `FETCH`.
  var cutOff: (transfer: String, size: Int)?

  /// The mechanisms of `AUTH=…`.
  var mechanisms: [String]? {
    capabilities?.filter { $0.hasPrefix(ignoringCase: "AUTH=") }.map { String($0.dropFirst(5)) }
  }

  func offers(_ capability: String) -> Bool {
    capabilities?.contains { $0.equals(ignoringCase: capability) } ?? false
  }
}

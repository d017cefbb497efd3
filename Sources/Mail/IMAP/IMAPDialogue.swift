import Fields

/// One IMAP dialogue (RFC 9051 and RFC 3501, with their extensions).
///
/// The server's stream frames itself; the client's does so too, but for the places where it waits: a
/// synchronizing literal, a SASL response, TLS. What the client sends there is held until the server decides.
struct IMAPDialogue: SessionReader {
  /// A command whose completion has not come.
  struct Flight: Sendable {
    var tag: String
    var verb: String
    var exchange: Int?
    var position: Position
    /// Its completion may change the state of the session.
    var changesState = false
    var authentication: Int?
    /// What `APPEND` carries.
    var messages: [Int] = []
    /// The mailbox that it names, decoded.
    var mailbox: String?
    /// The server's bytes were missing while it waited: its completion may be lost.
    var isDoubtful = false
    /// `IDLE`: `DONE` was sent.
    var isDone = false
  }

  /// The command whose lines and literals are coming.
  struct OpenCommand: Sendable {
    var text = IMAPText()
    var start: Position
    var end: Position
    var length = 0
    var exchange: Int?
    /// nil where it has none.
    var tag: String?
    var verb = ""
    /// Where the words after the verb begin.
    var arguments = 0
    /// The message that the literal will be, once its bytes come.
    var pendingMessage: Message?
    /// Of the literal that is coming, where it is kept.
    var content: [UInt8]?
    /// `APPEND`: the mailbox was named, so that what follows is a message.
    var hasTarget = false
    var mailbox: String?
    var isOverLimit = false
    /// Its completion came while it was still being sent.
    var isCompleted = false
    var followsLiteral = false
  }

  /// The response whose lines and literals are coming.
  struct OpenResponse: Sendable {
    var text = IMAPText()
    var start: Position
    var end: Position
    var length = 0
    var head: UntaggedHead
    var fetch: FetchItems?
    var itemsSent = 0
    /// Of the literal that is coming, where it is kept.
    var content: [UInt8]?
    /// Message bytes within it: the item's section and the message.
    var messages: [(section: BodySection, index: Int?)] = []
    var isOverLimit = false
    var followsLiteral = false
  }

  /// A literal that is coming.
  struct Literal: Sendable {
    var message: Int?
    var received = 0
    var end: Position?
    /// Bytes of it are missing.
    var isDamaged = false
  }

  enum Undecided: Sendable {
    case literal(Int)
    case sasl, startTLS, compress
  }

  enum ClientMode: Sendable {
    case lines
    case literal(Int)
    /// The next line is a SASL response.
    case response
    case undecided(Undecided)
    /// TLS begins; the first byte tells whether it was opened on the way.
    case handshake
    case encrypted
    case compressed
  }

  enum ServerMode: Sendable {
    case lines
    case literal(Int)
    case handshake
    case encrypted
    case compressed
  }

  enum State: Sendable { case unauthenticated, authenticated, selected, loggedOut, unknown }

  /// A completion for which no command was known when it came.
  struct Orphan: Sendable {
    var exchange: Int?
    var completion: IMAPReply
    var position: Position
  }

  /// Bytes of text that one command or response may have, its literals' announcements included.
  static let textLimit = 1 << 20
  /// Bytes of a literal that is no message, up to which it is kept.
  static let literalLimit = 1 << 16

  var recorder: Recorder
  var clientFramer: LineFramer
  var serverFramer: LineFramer
  var clientMode = ClientMode.lines
  var serverMode = ServerMode.lines
  var held = HeldBytes()
  var pendingSwitch = PendingSwitch()
  /// The last bytes of the line at hand, where it is longer than the limit.
  var ending: [UInt8] = []
  /// The message that the literal of a side is, and what came of that literal.
  var clientLiteral = Literal()
  var serverLiteral = Literal()
  /// The messages that the command at hand has carried so far.
  var commandMessages: [Int] = []
  private var boxedCommand = Boxed<OpenCommand>()
  private var boxedResponse = Boxed<OpenResponse>()
  var flights: [Flight] = []
  /// Untagged data that no completion has taken yet.
  var untagged: [IMAPUntagged] = []
  var storedUntagged = 0
  var orphans: [String: Orphan] = [:]
  /// Continuation requests that came before anything that waits for one.
  var earlyContinuations: [(time: Int64, frame: Int)] = []
  var state: State
  /// The SASL exchange that is going on, and its place in the record.
  var sasl: (exchange: SASLExchange, authentication: Int?)?
  var facts = IMAPFacts()
  /// After a gap: lines are skipped up to one that is clearly a command or a response.
  var skipsClient = false
  var skipsServer = false

  var command: OpenCommand? {
    get { boxedCommand.value }
    set { boxedCommand.value = newValue }
    _modify { yield &boxedCommand.value }
  }
  var response: OpenResponse? {
    get { boxedResponse.value }
    set { boxedResponse.value = newValue }
    _modify { yield &boxedResponse.value }
  }

  init(midstream: Bool, options: SessionOptions) {
    recorder = Recorder(.imap, midstream: midstream, options: options)
    clientFramer = LineFramer(limit: options.lineLimit)
    serverFramer = LineFramer(limit: options.lineLimit)
    state = midstream ? .unknown : .unauthenticated
    (skipsClient, skipsServer) = (midstream, midstream)
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
      receiveServer(bytes, at: position, to: &sink)
    }
    return pendingSwitch.take()
  }

  mutating func gap<Sink: MessageSink>(
    _ length: Int, from side: Side, at position: Position, to sink: inout Sink
  ) -> StreamSwitch? {
    if pendingSwitch.isTaken { resume() }
    recorder.gap(length, from: side, at: position)
    switch side {
    case .client:
      facts.clientGap = true
      gapOfClient(length, at: position, to: &sink)
    case .server:
      facts.serverGap = true
      for index in flights.indices { flights[index].isDoubtful = true }
      gapOfServer(length, at: position, to: &sink)
    }
    return pendingSwitch.take()
  }

  mutating func decide<Sink: MessageSink>(to sink: inout Sink) -> StreamSwitch? {
    decideByLook(to: &sink)
    return pendingSwitch.take()
  }

  mutating func finish<Sink: MessageSink>(_ close: SessionClose, to sink: inout Sink) -> Session {
    decideByLook(to: &sink)
    finishClient(to: &sink)
    finishServer(to: &sink)
    attributeRest()
    findAtEnd(close)
    return recorder.finish(verdict: verdict(close))
  }

  /// What comes now was decoded.
  private mutating func resume() {
    pendingSwitch = PendingSwitch()
    if case .compressed = clientMode { clientMode = .lines }
    if case .compressed = serverMode { serverMode = .lines }
    if recorder.session.compressed { facts.isInflated = true }
    if case .encrypted = clientMode { resume(.client) }
    if case .encrypted = serverMode { resume(.server) }
  }

  /// Nothing that `side` sends from here on can be read.
  mutating func lose<Sink: MessageSink>(_ side: Side, at position: Position, to sink: inout Sink) {
    facts.isUnreadable = true
    switch side {
    case .client:
      facts.clientGap = true
      gapOfClient(.max, at: position, to: &sink)
    case .server:
      facts.serverGap = true
      for index in flights.indices { flights[index].isDoubtful = true }
      gapOfServer(.max, at: position, to: &sink)
    }
  }

  /// The bytes of `side` are text again: TLS was opened.
  mutating func resume(_ side: Side) {
    // A server that speaks first was not yet asked under TLS.
    if side == .client { facts.isClearAfterTLS = true }
    // RFC 9051 section 6.2.1: what was known of the server before TLS is void.
    facts.capabilities = nil
    switch side {
    case .client: clientMode = .lines
    case .server: serverMode = .lines
    }
  }
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
  var isClearAfterTLS = false
  /// What follows `COMPRESS` is inflated; where some of it could not be, `isUnreadable`.
  var isInflated = false
  var isUnreadable = false
  /// Offset behind the last completion.
  var completionEnd = 0
  var lastTag: String?
  /// The mailbox that is selected, decoded, and how many messages it has.
  var mailbox: String?
  var exists: UInt64?
  /// `RFC822.SIZE` by UID, of the mailbox that is selected.
  var sizes: [UInt64: Int] = [:]
  static let sizesLimit = 10_000
  var retrieved = 0
  var appended = 0
  var idle: Int64 = 0
  var idleSince: Int64?
  var idleFrame = 0
  var last: Position?
  /// Messages whose exchange is not known yet, by the offset of the response that they lie in.
  var unplaced: [(response: Int, message: Int)] = []
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

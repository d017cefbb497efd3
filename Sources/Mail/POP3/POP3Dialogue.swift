import Fields

/// One POP3 dialogue (RFC 1939, with RFC 2449, 2595, 5034 and 6856).
///
/// Commands queue until their replies come; whether a reply has further lines follows from the command, or,
/// where no command is known, from the line after it.
struct POP3Dialogue: SessionReader {
  /// What a positive reply to a command is followed by.
  enum Expected: Sendable {
    case nothing
    case lines
    case message
    /// `+ ` challenges until `+OK` or `-ERR`.
    case challenges
    /// An unknown command, or none: the next line tells.
    case unknown
  }

  /// A command that waits for its reply.
  struct Pending: Sendable {
    var exchange: Int?
    var verb: String
    var argument: String
    var expected: Expected
    var authentication: Int?
    var position: Position
    /// The server's bytes were missing while it waited: its reply may be lost.
    var isDoubtful = false
  }

  enum ClientMode: Sendable {
    case commands
    /// The next line is a SASL response.
    case response
    /// `AUTH` or `STLS` was sent: the reply tells what follows.
    case undecided
    /// TLS begins; the first byte tells whether it was opened on the way.
    case handshake
    case encrypted
  }

  enum ServerMode: Sendable {
    case status
    /// A positive reply whose further lines, if any, are of unknown kind.
    case unknown
    case lines
    case body
    /// A message in which bytes are missing: its end may be among them.
    case damagedBody
    case handshake
    case encrypted
  }

  /// The reply whose further lines are coming.
  struct OpenReply: Sendable {
    var content: POP3Reply
    var start: Position
    var end: Position
    var length: Int
    var exchange: Int?
    var verb: String
    var message: Int?
    var announcedOctets: Int?
  }

  enum State: Sendable { case authorization, transaction, update, unknown }

  var recorder: Recorder
  var clientFramer: LineFramer
  var serverFramer: LineFramer
  var clientMode = ClientMode.commands
  var serverMode = ServerMode.status
  var held = HeldBytes()
  var pendingSwitch = PendingSwitch()
  var queue: [Pending] = []
  /// Exchanges of replies that came without a command: one whose command was captured late may claim it.
  var orphans: [(exchange: Int, time: Int64)] = []
  private var seldomReply = Seldom<OpenReply>()
  private var seldomBody = Seldom<MessageBody>()
  var state: State
  /// The SASL exchange that is going on, and its place in the record.
  var sasl: (exchange: SASLExchange, authentication: Int?)?
  var facts = POP3Facts()
  /// After a gap: lines are skipped up to one that is clearly a command or a reply.
  var skipsClient = false
  var skipsServer = false

  var reply: OpenReply? {
    get { seldomReply.value }
    set { seldomReply.value = newValue }
    _modify { yield &seldomReply.value }
  }
  var body: MessageBody? {
    get { seldomBody.value }
    set { seldomBody.value = newValue }
    _modify { yield &seldomBody.value }
  }

  init(midstream: Bool, options: SessionOptions) {
    recorder = Recorder(.pop3, midstream: midstream, options: options)
    clientFramer = LineFramer(limit: options.lineLimit)
    serverFramer = LineFramer(limit: options.lineLimit)
    state = midstream ? .unknown : .authorization
    (skipsClient, skipsServer) = (midstream, midstream)
  }

  mutating func receive<Sink: MessageSink>(
    _ bytes: Span<UInt8>, from side: Side, at position: Position, to sink: inout Sink
  ) -> StreamSwitch? {
    guard !bytes.isEmpty else { return nil }
    if pendingSwitch.isTaken { resumeClear() }
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
    if pendingSwitch.isTaken { resumeClear() }
    recorder.gap(length, from: side, at: position)
    switch side {
    case .client: gapOfClient(at: position, to: &sink)
    case .server: gapOfServer(length, at: position, to: &sink)
    }
    return pendingSwitch.take()
  }

  mutating func lose<Sink: MessageSink>(_ side: Side, at position: Position, to sink: inout Sink) {
    switch side {
    case .client: gapOfClient(at: position, to: &sink)
    case .server: gapOfServer(.max, at: position, to: &sink)
    }
  }

  mutating func decide<Sink: MessageSink>(to sink: inout Sink) -> StreamSwitch? {
    decideByLook(to: &sink)
    return pendingSwitch.take()
  }

  mutating func finish<Sink: MessageSink>(_ close: SessionClose, to sink: inout Sink) -> Session {
    decideByLook(to: &sink)
    finishClient()
    finishServer(to: &sink)
    findAtEnd(close)
    return recorder.finish(verdict: verdict(close))
  }

  /// What comes now was decrypted.
  private mutating func resumeClear() {
    pendingSwitch = PendingSwitch()
    for side in [Side.client, .server] { resume(side) }
  }

  /// The bytes of `side` are text again: TLS was opened.
  mutating func resume(_ side: Side) {
    // A server that speaks first was not yet asked under TLS.
    if side == .client { facts.isClearAfterTLS = true }
    switch side {
    case .client: clientMode = .commands
    case .server: serverMode = .status
    }
  }
}

/// What the verdict and the findings at the end rest on.
struct POP3Facts: Sendable {
  var sawClient = false
  var sawServer = false
  /// The last byte of the client.
  var clientEnd: Position?
  var clientGap = false
  var serverGap = false
  var isFirstReply = true
  /// Frames of replies for which no command was known.
  var strayReplies: [Int] = []
  var isRefused = false
  /// `<1896.697170952@dbc.mtview.ca.us>` of the greeting.
  var timestamp: String?
  var user: String?
  var capabilities: [String]?
  /// Messages in the maildrop, from `STAT` or `LIST`.
  var maildrop: Int?
  var retrieved = 0
  /// By `TOP`.
  var previewed = 0
  var deleted = 0
  var loginFrame: Int?
  var quitAccepted = false
  var sawQuit = false
  var isPipelined = false
  var isClearAfterTLS = false
  /// Of the message that is coming: bytes are missing, and how many came before that.
  var isDamaged = false
  var damagedSize = 0
  var damagedLines = 0
  /// What a message that ends with the session was: `RETR 3`.
  var cutOff: (transfer: String, size: Int)?

  /// The mechanisms of `SASL` (RFC 5034 section 6).
  var mechanisms: [String]? {
    guard let capabilities else { return nil }
    let line = capabilities.first { $0.hasPrefix(ignoringCase: "SASL ") }
    return line.map { $0.split(atByte: .space).dropFirst().map(String.init) } ?? []
  }

  func offers(_ capability: String) -> Bool {
    capabilities?.contains {
      $0.prefix { $0 != " " }.equals(ignoringCase: capability)
    } ?? false
  }
}

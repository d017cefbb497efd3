import Fields

extension MailProtocol {
  /// RFC 1939.
  public static let pop3: MailProtocol = .init("pop3", findings: FindingCode.pop3) {
    POP3Dialogue(midstream: $0, options: $1)
  }
}

/// Reads one POP3 session (RFC 1939, with RFC 2449, 2595, 5034 and 6856).
///
/// Commands queue until their replies come; a reply answers the first command that the server had received when it sent
/// it. Whether a reply has further lines follows from the command, or, where no command is known, from the line after it.
struct POP3Dialogue: LineDialogue {
  /// A command that waits for its reply.
  struct Pending: Sendable {
    var exchange: Int?
    /// nil where it is none that is known.
    var verb: POP3Verb?
    /// In upper case, as sent.
    var name: String
    var argument: String
    var sequel: POP3Sequel
    /// A positive reply lets the client in.
    var isLogin = false
    var authentication: Int?
    var start: Position
    var end: Position
    /// The server's bytes were missing while it waited: its reply may be lost.
    var isDoubtful = false

    /// False where the server had not received it when it sent what begins at `reply`.
    func hadArrived(at reply: Position) -> Bool {
      reply.mayAnswer(commandEndingAt: end)
    }
  }

  enum ServerPhase: Sendable {
    case status
    /// A first reply that may be the greeting, or the answer to a command that had arrived already.
    case greeting
    /// A positive reply whose further lines, if any, are of unknown kind.
    case unknown
    case lines
    /// The first line of a message that begins like a status.
    case firstLine
    case body
    /// A message in which bytes are missing: its end may be among them.
    case damagedBody
    case handshake
    case encrypted
  }

  /// The reply whose further lines are coming.
  struct OpenReply: Sendable {
    var content: StatusReply
    var kind: POP3Status.Kind
    var start: Position
    var end: Position
    var length: Int
    /// The command that it answers, where that is known.
    var pending: Pending?
    var exchange: Int?
    var message: Int?
    var announcedOctets: Int?
    /// Bytes of its lines that the record has room for.
    var counted = 0
    /// Whether the client may have read it: it has its line end, or the client went on all the same.
    var isRead = true

    var name: String { pending?.name ?? "" }

    /// Status and text.
    var text: String {
      [content.status, content.text].filter { !$0.isEmpty }.joined(separator: " ")
    }

    var made: Reply {
      Reply(content: .status(content), position: start, end: end, length: length)
    }
  }

  /// A positive reply of one line, and what it changed: should the next line be none that can follow it, it answered
  /// another command.
  struct LastAnswer: Sendable {
    var reply: OpenReply
    var pending: Pending
    var before: Login
  }

  enum State: Sendable { case authorization, transaction, update, unknown }

  /// What replies change.
  struct Login: Sendable {
    var state: State
    var frame: Int?
    var deleted = 0
    var quitAccepted = false
    /// Messages in the maildrop, from `STAT` or `LIST`.
    var maildrop: Int?
  }

  var recorder: Recorder
  var clientFramer: LineFramer
  var serverFramer: LineFramer
  var phase = ClientPhase.command
  var serverPhase = ServerPhase.status
  var tls = TLSPhase.clear
  var held = HeldBytes()
  var pendingSwitch = PendingSwitch()
  var queue: [Pending] = []
  /// Replies that came without a command: one whose command was captured late may claim it.
  var orphans: [(exchange: Int, position: Position)] = []
  private var boxedReply = Boxed<OpenReply>()
  private var boxedLoose = Boxed<OpenReply>()
  private var boxedBody = Boxed<MessageBody>()
  private var boxedAnswer = Boxed<LastAnswer>()
  private var boxedSASL = Boxed<SASL>()
  var login: Login
  var facts = POP3Facts()
  /// After a gap: lines are skipped up to one that is clearly a command or a reply.
  var skipsClient = false
  var skipsServer = false

  /// A SASL exchange that is going on.
  struct SASL: Sendable {
    var exchange: SASLExchange
    var authentication: Int?
    /// `+OK` came before the client had proved anything: it may ask for that.
    var goAhead: OpenReply?
  }

  var reply: OpenReply? {
    get { boxedReply.value }
    set { boxedReply.value = newValue }
    _modify { yield &boxedReply.value }
  }
  /// Changes the reply whose further lines are coming, in place.
  @discardableResult
  mutating func changeReply<Result>(_ body: (inout OpenReply) -> Result) -> Result? {
    boxedReply.change(body)
  }
  /// A line without a status: it answers a command where the client goes on without another answer.
  var loose: OpenReply? {
    get { boxedLoose.value }
    set { boxedLoose.value = newValue }
  }
  var body: MessageBody? {
    get { boxedBody.value }
    set { boxedBody.value = newValue }
    _modify { yield &boxedBody.value }
  }
  /// Changes the message that is coming, in place.
  mutating func changeBody<Result>(_ body: (inout MessageBody) -> Result) -> Result? {
    boxedBody.change(body)
  }
  var lastAnswer: LastAnswer? {
    get { boxedAnswer.value }
    set { boxedAnswer.value = newValue }
  }
  var sasl: SASL? {
    get { boxedSASL.value }
    set { boxedSASL.value = newValue }
    _modify { yield &boxedSASL.value }
  }

  init(midstream: Bool, options: SessionOptions) {
    recorder = Recorder(.pop3, midstream: midstream, options: options)
    if options.isInsideTLS { tls = .opened }
    clientFramer = LineFramer(limit: options.lineLimit)
    serverFramer = LineFramer(limit: options.lineLimit)
    login = Login(state: midstream ? .unknown : .authorization)
    facts.awaitsGreeting = !midstream
    (skipsClient, skipsServer) = (midstream, midstream)
  }

  mutating func receive<Sink: MessageSink>(
    _ bytes: Span<UInt8>, from side: Side, at position: Position, to sink: inout Sink
  ) -> StreamSwitch? {
    guard !bytes.isEmpty else { return nil }
    if pendingSwitch.isTaken { resumeClear() }
    let last = position.advanced(by: bytes.count - 1)
    switch side {
    case .client:
      facts.clientEnd = last
      settleLoose(before: position, to: &sink)
      receiveClient(bytes, at: position, to: &sink)
    case .server:
      noteUnfinishedLine(before: position)
      facts.serverEnd = last
      receiveServer(bytes, at: position, to: &sink)
    }
    facts.lastSpeaker = side
    return pendingSwitch.take()
  }

  mutating func weigh() -> Int {
    MemoryLayout<Self>.size + recorder.heldBytes + clientFramer.heldBytes + serverFramer.heldBytes
      + held.count + queue.count * elementBytes(Pending.self)
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

  mutating func end(_ side: Side, at position: Position) {
    if facts.firstEnd == nil { facts.firstEnd = (side, position) }
  }

  mutating func noteUnacknowledged(
    _ side: Side, _ length: Int, repetitions: Int, at position: Position
  ) {
    // Places in what a codec made say nothing of segments; who says goodbye need not wait for the answer.
    guard tls != .encrypted, tls != .opened, side == .client || !facts.sawQuit else { return }
    let last = side == .client ? facts.clientEnd : facts.serverEnd
    guard
      let lost = NotReceived(side, length, repetitions: repetitions, lastByte: last)
    else { return }
    facts.notReceived.append((lost, position.frame))
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
    settleLoose(before: nil, to: &sink)
    leaveLoose()
    decideByLook(to: &sink)
    finishClient(to: &sink)
    finishServer(close, to: &sink)
    findAtEnd(close)
    return recorder.finish(verdict: verdict(close))
  }

  /// What comes now was decrypted.
  private mutating func resumeClear() {
    pendingSwitch = PendingSwitch()
    tls = .opened
    (phase, serverPhase) = (.command, .status)
  }

  mutating func stayClear() {
    resumeClear()
    tls = .refused
    recorder.edit { $0.tls = nil }
  }
}

/// What the verdict and the findings at the end rest on.
struct POP3Facts: Sendable {
  /// The last byte of each side.
  var clientEnd: Position?
  var serverEnd: Position?
  var lastSpeaker: Side?
  /// Of a line of the server that was unfinished when the client went on: how much there was, where it ended, and where
  /// what came next begins.
  var unfinishedLine: (count: Int, end: Position, next: Position, isRead: Bool)?
  /// Who closed first.
  var firstEnd: (side: Side, position: Position)?
  var clientGap = false
  var serverGap = false
  var awaitsGreeting = true
  /// Frames of replies for which no command was known.
  var strayReplies: [Int] = []
  var isRefused = false
  /// `<1896.697170952@dbc.mtview.ca.us>` of the greeting.
  var timestamp: String?
  var user: String?
  /// `AUTH` was sent, and no other command since: what is no command may be a response to it.
  var followsLogin = false
  var capabilities: [String]?
  var retrieved = 0
  /// By `TOP`.
  var previewed = 0
  var sawQuit = false
  var isPipelined = false
  /// Of the message that is coming: bytes are missing, and how many came before that.
  var isDamaged = false
  var damagedSize = 0
  var damagedLines = 0
  /// A message that was opened for a reply that was none: the next one takes its place.
  var emptyMessage: Int?
  /// What a message that ends with the session was: `RETR 3`.
  var cutOff: (transfer: String, size: Int)?
  /// The first of the commands that wait for their replies when the session ends.
  var unanswered: String?
  /// What never arrived of a side, and the frame that shows it.
  var notReceived: [(bytes: NotReceived, frame: Int)] = []

  var sawClient: Bool { clientEnd != nil }
  var sawServer: Bool { serverEnd != nil }

  /// The mechanisms of `SASL` (RFC 5034 section 6).
  var mechanisms: [String]? {
    guard let capabilities else { return nil }
    let line = capabilities.first { $0.hasPrefix(ignoringCase: "SASL ") }
    return line.map { $0.split(atByte: .space).dropFirst().map(String.init) } ?? []
  }

  func offers(_ capability: String) -> Bool {
    capabilities?.contains {
      Substring($0.utf8.prefix { $0 != .space }).equals(ignoringCase: capability)
    } ?? false
  }
}

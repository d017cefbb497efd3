import Fields

extension MailProtocol {
  /// RFC 5804.
  public static let manageSieve: MailProtocol = .init(
    "managesieve", findings: FindingCode.manageSieve
  ) {
    ManageSieveDialogue(midstream: $0, options: $1)
  }
}

/// Reads one ManageSieve session (RFC 5804).
///
/// Commands queue until their replies come; a reply, which is lines of strings and then a status, answers the first
/// command that the server had received when it sent it.
struct ManageSieveDialogue: LineDialogue {
  /// A command that waits for its reply.
  struct Pending: Sendable {
    var exchange: Int?
    /// nil where it is none that is known.
    var verb: ManageSieveVerb?
    /// In upper case, as sent.
    var name: String
    /// The script that it names first.
    var script: String
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

  /// Lines of strings whose status is still to come.
  struct OpenReply: Sendable {
    var lines: [String] = []
    /// Bytes of them that the record has room for.
    var counted = 0
    var start: Position
    var end: Position
    var length = 0
    /// Name and value of each line: what the server can do, or its scripts.
    var pairs: [(name: String, value: String)] = []
  }

  enum ServerPhase: Sendable {
    case replies
    case handshake
    case encrypted
  }

  enum State: Sendable { case nobody, loggedIn, over, unknown }

  /// A SASL exchange that is going on.
  struct SASL: Sendable {
    var exchange: SASLExchange
    var authentication: Int?
  }

  var recorder: Recorder
  var clientFramer: ManageSieveFramer
  var serverFramer: ManageSieveFramer
  var phase = ClientPhase.command
  var serverPhase = ServerPhase.replies
  var tls = TLSPhase.clear
  var held = HeldBytes()
  var pendingSwitch = PendingSwitch()
  var queue: [Pending] = []
  var reply: OpenReply?
  var state: State
  var sasl: SASL?
  var facts = ManageSieveFacts()
  /// After a gap: lines are skipped up to one that is clearly a command or a status.
  var skipsClient = false
  var skipsServer = false

  init(midstream: Bool, options: SessionOptions) {
    recorder = Recorder(.manageSieve, midstream: midstream, options: options)
    if options.isInsideTLS { tls = .opened }
    clientFramer = ManageSieveFramer(limit: options.lineLimit)
    serverFramer = ManageSieveFramer(limit: options.lineLimit)
    state = midstream ? .unknown : .nobody
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
      receiveClient(bytes, at: position, to: &sink)
    case .server:
      facts.serverEnd = last
      receiveServer(bytes, at: position)
    }
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
    lose(side)
    return pendingSwitch.take()
  }

  mutating func end(_ side: Side, at position: Position) {
    if facts.firstEnd == nil { facts.firstEnd = (side, position) }
  }

  mutating func lose<Sink: MessageSink>(_ side: Side, at position: Position, to sink: inout Sink) {
    lose(side)
  }

  private mutating func lose(_ side: Side) {
    switch side {
    case .client:
      decideByLook()
      facts.clientGap = true
      skipsClient = true
      clientFramer.discard()
      switch phase {
      case .response, .responseOrCommand: phase = .command
      case .command, .undecided, .handshake, .encrypted: break
      }
    case .server:
      facts.serverGap = true
      for index in queue.indices { queue[index].isDoubtful = true }
      // What would have decided what the client's bytes are may be what is missing.
      if case .undecided(.response) = phase { release(as: .responseOrCommand) }
      if serverPhase == .replies {
        serverFramer.discard()
        closeReply()
        skipsServer = true
      }
    }
  }

  mutating func decide<Sink: MessageSink>(to sink: inout Sink) -> StreamSwitch? {
    decideByLook()
    return pendingSwitch.take()
  }

  mutating func finish<Sink: MessageSink>(_ close: SessionClose, to sink: inout Sink) -> Session {
    decideByLook()
    finishClient()
    closeReply()
    findAtEnd(close)
    return recorder.finish(verdict: verdict(close))
  }

  /// What comes now was decrypted: the server tells again what it can do.
  private mutating func resumeClear() {
    pendingSwitch = PendingSwitch()
    (phase, serverPhase, tls) = (.command, .replies, .opened)
    facts.capabilities = nil
    facts.awaitsCapabilities = true
  }

  mutating func stayClear() {
    resumeClear()
    tls = .refused
    recorder.edit { $0.tls = nil }
  }

  /// What was to be encrypted can be read: it was decrypted, or TLS never began.
  var isReadableAfterTLS: Bool { tls == .opened || tls == .stayedClear }
}

/// What the verdict and the findings at the end rest on.
struct ManageSieveFacts: Sendable {
  /// The last byte of each side.
  var clientEnd: Position?
  var serverEnd: Position?
  /// Who closed first.
  var firstEnd: (side: Side, position: Position)?
  var clientGap = false
  var serverGap = false
  var awaitsGreeting = true
  /// TLS or a login may change what the server can do: it tells without being asked.
  var awaitsCapabilities = false
  var isRefused = false
  /// Before the login: after it a server need not offer TLS.
  var offeredTLS = false
  var capabilities: [(name: String, value: String)]?
  /// `AUTHENTICATE` was sent, and no other command since: what is no command may be a response to it.
  var followsLogin = false
  var loginFrame: Int?
  var sawLogout = false
  var bye: Position?
  var stored: [String] = []
  var storedCount = 0
  var retrieved = 0
  var deleted = 0
  var refused: String?
  /// The script that was made active last; empty where none is.
  var active: String?
  var cutOff: (name: String, size: Int)?
  /// The first of the commands that wait for their replies when the session ends.
  var unanswered: String?

  var sawClient: Bool { clientEnd != nil }
  var sawServer: Bool { serverEnd != nil }

  func value(of name: String) -> String? {
    capabilities?.first { $0.name.equals(ignoringCase: name) }?.value
  }

  /// The mechanisms of `"SASL"`; nil where the server has not said what it can do.
  var mechanisms: [String]? {
    guard capabilities != nil else { return nil }
    return value(of: "SASL").map { $0.words.map(String.init) } ?? []
  }
}

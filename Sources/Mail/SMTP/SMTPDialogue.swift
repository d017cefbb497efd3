import DequeModule
import Fields

extension MailProtocol {
  /// RFC 5321.
  public static let smtp: MailProtocol = .init("smtp", findings: FindingCode.smtp) {
    SMTPDialogue(.smtp, midstream: $0, options: $1)
  }
  /// RFC 2033: SMTP with `LHLO` and one reply a recipient after the message.
  public static let lmtp: MailProtocol = .init("lmtp", findings: []) {
    SMTPDialogue(.lmtp, midstream: $0, options: $1)
  }
}

/// Reads one SMTP or LMTP session (RFC 5321, RFC 2033).
///
/// The client's bytes are read as the server's replies say: after `DATA` a message follows only where the
/// reply is `354`. Bytes that come before the reply which decides are held, up to a limit. Commands wait for
/// their replies in a queue; what a command does to the transaction it does when its reply is known.
struct SMTPDialogue: SessionReader {
  var recorder: Recorder
  var client: LineFramer
  var server: LineFramer
  var assembler = SMTPReplyAssembler()
  /// What the client's next bytes are; they are held while it is undecided.
  var phase = SMTPPhase.command
  var held = HeldBytes()
  var pendingSwitch = PendingSwitch()
  var pending = Deque<Pending>()
  /// Replies that came since the client's last bytes: what they answer is decided when it goes on.
  var unpaired: [Reply] = []
  /// Replies that came before any command they could belong to.
  var early: [Reply] = []
  /// Replies that came within a body: they belong to its end.
  var bodyReplies: [Reply] = []
  var transaction = Transaction(serial: 0)
  var login: Login?
  /// `DATA` was refused, and no command has come since.
  var refused: RefusedMessage?
  /// Places in the unfinished line of the server where another reply may begin.
  var seams: [Seam] = []
  var state = SMTPState()
  var dialect = DialectRecorder()

  /// What is only needed while a message is on its way: nothing is kept for it before.
  var transfers: [Transfer] = []

  struct Transfer: Sendable {
    var body = MessageBody(stopsAtCandidates: true)
    var carried = Carried()
  }

  // Inlined: a call would copy all of the dialogue to ask it.

  /// The message under way in `DATA`.
  @inline(__always)
  var body: MessageBody {
    get { transfers.isEmpty ? MessageBody() : transfers[0].body }
    _modify {
      if transfers.isEmpty { transfers.append(Transfer()) }
      yield &transfers[0].body
    }
  }

  /// The message that the body or the chunk is part of, and its exchange.
  @inline(__always)
  var carried: Carried {
    get { transfers.isEmpty ? Carried() : transfers[0].carried }
    _modify {
      if transfers.isEmpty { transfers.append(Transfer()) }
      yield &transfers[0].carried
    }
  }

  /// A SASL exchange, from `AUTH` on.
  struct Login: Sendable {
    var verb: SMTPVerb?
    /// Index in `Session.exchanges` of the command that began it; nil where the record was full.
    var exchange: Int?
    /// Index in `Session.authentications`; nil where the record was full.
    var record: Int?
    var sasl: SASLExchange
    /// It was accepted or refused.
    var isOver = false
  }

  /// A message that is sent though `DATA` was refused.
  struct RefusedMessage: Sendable {
    /// Of `DATA`.
    var exchange: Int?
    var reply: String
    var start: Position?
    var end: Position?
    var length = 0
    var lines = 0
  }

  /// The part of a message that is being received.
  struct Carried: Sendable {
    var message: Int?
    var exchange: Int?
    var start: Position?
    var end: Position?
    var length = 0
    var hadGap = false
    var candidateFrame = 0
    /// What was held after a candidate reached the limit: the next ones are not waited for.
    var gaveUpOnCandidates = false
    /// Stuffed dots in a chunk's lines.
    var chunk = ChunkScan()
  }

  init(_ mailProtocol: MailProtocol, midstream: Bool, options: SessionOptions) {
    recorder = Recorder(mailProtocol, midstream: midstream, options: options)
    if options.isInsideTLS { state.tls = .opened }
    client = LineFramer(limit: options.lineLimit)
    server = LineFramer(limit: options.lineLimit)
    state.clientResyncs = midstream
    state.serverResyncs = midstream
  }

  @inline(__always)
  var options: SessionOptions { recorder.options }
  @inline(__always)
  var session: Session { recorder.session }
  @inline(__always)
  var isLMTP: Bool { recorder.session.mailProtocol == .lmtp }

  mutating func receive<Sink: MessageSink>(
    _ bytes: Span<UInt8>, from side: Side, at position: Position, to sink: inout Sink
  ) -> StreamSwitch? {
    guard !bytes.isEmpty else { return nil }
    if pendingSwitch.isTaken { resumeClear() }
    switch side {
    case .client:
      state.clientBytes += bytes.count
      pairReplies(to: &sink)
      state.lastClient = position.advanced(by: bytes.count - 1)
      state.clientEnd = max(state.clientEnd, position.streamOffset + bytes.count)
      consume(bytes, at: position, to: &sink)
    case .server:
      state.serverBytes += bytes.count
      state.lastServer = position.advanced(by: bytes.count - 1)
      consumeReplies(bytes, at: position, to: &sink)
    }
    return pendingSwitch.take()
  }

  mutating func gap<Sink: MessageSink>(
    _ length: Int, from side: Side, at position: Position, to sink: inout Sink
  ) -> StreamSwitch? {
    guard length > 0 else { return nil }
    if pendingSwitch.isTaken { resumeClear() }
    pairReplies(to: &sink)
    recorder.gap(length, from: side, at: position)
    switch side {
    case .client:
      state.clientEnd = max(state.clientEnd, position.streamOffset + length)
      consumeGap(length, at: position, to: &sink)
    case .server:
      server.discard()
      assembler = SMTPReplyAssembler()
      seams = []
      state.serverResyncs = true
      state.desynchronised = true
      state.serverWasGapped = true
      if state.agreedFrame != nil {
        state.serverEncryptedAt = state.serverEncryptedAt ?? position.streamOffset
      }
    }
    return pendingSwitch.take()
  }

  mutating func end(_ side: Side, at position: Position) {
    if state.firstEnd == nil { state.firstEnd = (side, position) }
  }

  mutating func noteUnacknowledged(
    _ side: Side, _ length: Int, repetitions: Int, at position: Position
  ) {
    guard side == .client, length > 0 else { return }
    state.unacknowledged = Unacknowledged(
      start: state.clientEnd - length, bytes: length, repetitions: repetitions,
      frame: position.frame)
  }

  mutating func lose<Sink: MessageSink>(_ side: Side, at position: Position, to sink: inout Sink) {
    pairReplies(to: &sink)
    state.desynchronised = true
    switch (side, phase) {
    // A message that goes on is cut off here.
    case (.client, .message), (.client, .chunk), (.client, .binary): carried.hadGap = true
    case (.client, _): consumeGap(1, at: position, to: &sink)
    case (.server, _):
      server.discard()
      (assembler, seams) = (SMTPReplyAssembler(), [])
      (state.serverResyncs, state.serverWasGapped) = (true, true)
    }
  }

  mutating func weigh() -> Int {
    MemoryLayout<Self>.size + recorder.heldBytes + client.heldBytes + server.heldBytes
      + assembler.heldBytes + held.count + pending.count * elementBytes(Pending.self)
  }

  mutating func decide<Sink: MessageSink>(to sink: inout Sink) -> StreamSwitch? { nil }

  /// What comes now was decrypted.
  private mutating func resumeClear() {
    pendingSwitch = PendingSwitch()
    phase = .command
    state.tls = .opened
    state.clientEncryptedAt = nil
    state.serverEncryptedAt = nil
    client.discard()
    server.discard()
  }

  mutating func stayClear() {
    resumeClear()
    state.tls = .refused
    recorder.edit { $0.tls = nil }
  }
}

/// What the session knows apart from the transaction: small values, most of them for findings and verdict.
struct SMTPState: Sendable {
  var clientBytes = 0
  var serverBytes = 0
  /// The next line may be half of one: only what is plainly a command or a reply counts.
  var clientResyncs = false
  var serverResyncs = false
  /// Commands or replies are missing: replies are matched by what they can answer.
  var desynchronised = false
  /// What held bytes are was decided without a server in sight.
  var decidedBlindly = false
  var replies = 0
  var commands = 0
  var unreadLines = 0
  var isReleasing = false
  /// The last byte of each side.
  var lastClient: Position?
  var lastServer: Position?
  /// The last byte of the server before those at hand.
  var serverTail: Position?
  /// Bytes of the client's stream that came, or are known to be missing.
  var clientEnd = 0
  /// Answers to messages that have no line end.
  var unendedAnswers = 0
  /// The side that sent its FIN first.
  var firstEnd: (side: Side, position: Position)?
  var unacknowledged: Unacknowledged?
  /// The frame of the reply at hand.
  var replyFrame = 0
  /// The frame of a command that came before the greeting.
  var firstCommandFrame: Int?
  /// In what, and after how many bytes, a message was cut off.
  var cutOff: (String, Int)?
  var serverWasGapped = false
  /// The message that the sink is being given.
  var openMessage: Int?
  var messageOfTransaction: [Int: Int] = [:]
  var messagesWithGaps: Set<Int> = []

  /// What the last `EHLO` reply offers; nil before it.
  var extensions: SMTPExtensions?
  var helloVerb: SMTPVerb?
  var helloName: String?
  var greetingCode: Int?

  var offersTLS = false
  var tls = TLSPhase.clear
  /// What was said in clear between the go-ahead for TLS and the handshake.
  var commandsAfterTLS = QuotedLines()
  var repliesAfterTLS = QuotedLines()
  /// Offsets in the streams.
  var clientEncryptedAt: Int?
  var serverEncryptedAt: Int?

  /// No command has come since `AUTH`: what is none may be an answer to it.
  var followsLogin = false
  var quitFrame: Int?
  var goodbyeFrame: Int?
  /// The last reply of 400 or more, and to what.
  var refusal: Refusal?
  /// The last 421, and its frame.
  var closing: (reply: SMTPReply, frame: Int)?
  /// The server has said 221 or 421.
  var saysGoodbye = false
  var refusedRecipients = 0
  var acceptedRecipients = 0

  /// The frame in which the server agreed to TLS, as long as none has come.
  var agreedFrame: Int? {
    switch tls {
    case .agreed(let frame): frame
    case .clear, .requested, .refused, .stayedClear, .encrypted, .opened: nil
    }
  }

  struct Refusal: Sendable {
    var step: String
    var code: Int?
    /// What was refused is a command that is known.
    var isOfKnown = true
    var enhanced: String?
    var text: String
    var address: String?
  }
}

/// Bytes at the end of the client's stream that the server never acknowledged.
struct Unacknowledged: Sendable {
  /// Where they begin in the stream.
  var start: Int
  var bytes: Int
  /// How often they, or the first of them, were sent again.
  var repetitions: Int
  var frame: Int
}

/// Lines that a finding quotes: the first ten, and how many more there were.
struct QuotedLines: Sendable {
  private var lines: [QuotingText] = []
  private var count = 0
  private static let limit = 10

  var isEmpty: Bool { count == 0 }

  mutating func append(_ line: String) {
    count += 1
    if lines.count < Self.limit { lines.append("“\(line.excerpt)”") }
  }

  var text: QuotingText {
    let more: QuotingText = count > lines.count ? " and \(count - lines.count) more" : ""
    return lines.joined(separator: ", ") + more
  }
}

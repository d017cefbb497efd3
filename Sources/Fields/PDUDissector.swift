/// What a dissector above TCP may ask for beside the bytes.
public struct PDUFacts: Sendable {
  /// The frame that is being described: where these bytes end.
  public var frame: Int
  /// Nanoseconds since 1970-01-01 UTC.
  public var time: Int64
  /// As `tcp.stream`.
  public var stream: Int
  /// Who sent the bytes.
  public var side: Side
  public var sourcePort: UInt16
  public var destinationPort: UInt16
  /// TCP's sequence number of the first of the bytes.
  public var sequence: UInt32
  /// False where no more bytes can follow these (a segment with a bad checksum, or one cut in the capture):
  /// what is there must be described as it is, and asking for more is in vain.
  public var canAskForMore: Bool
  /// The frame had more of the last segment's bytes than the capture has.
  public var isCutShort: Bool
  /// The sender has closed: nothing follows these bytes.
  public var isLast: Bool

  public init(
    frame: Int, time: Int64, stream: Int, side: Side, sourcePort: UInt16,
    destinationPort: UInt16, sequence: UInt32 = 0, canAskForMore: Bool, isCutShort: Bool = false,
    isLast: Bool = false
  ) {
    self.frame = frame
    self.time = time
    self.stream = stream
    self.side = side
    self.sourcePort = sourcePort
    self.destinationPort = destinationPort
    self.sequence = sequence
    self.canAskForMore = canAskForMore
    self.isCutShort = isCutShort
    self.isLast = isLast
  }
}

/// What a dissector did with the bytes it was given.
public enum PDUOutcome: Sendable, Equatable {
  /// All of them are described.
  case described
  /// Those before `offset` are described; from there on nothing was added to the tree and no state was
  /// changed: the dissector will see these bytes again, with more after them.
  case unfinished(from: Int, needs: PDUNeed)
  /// They are not this protocol's; nothing was added.
  case foreign
  /// Those before `from` are described; what is after them, and all that the other side sends from now on, is encoded.
  case encoded(from: Int, StreamEncoding)
  /// All of them are described, those from `from` on as they look: the other side's answer will say whether they were
  /// encoded.
  case undecided(from: Int)
  /// Those before `from` are described; what follows is what the dissector's `successor` says.
  case carried(from: Int)
}

/// How much a dissector wants to see after an unfinished PDU.
public enum PDUNeed: Sendable, Equatable {
  /// Whatever comes next: the length cannot be known yet.
  case oneMoreSegment
  /// The end of the line that the unfinished bytes are the first of: CR or LF. Until one comes, the dissector need not see
  /// them again.
  case line
  /// Exactly so many bytes more.
  case bytes(Int)
  /// All that the sender says.
  case untilClose
}

/// A protocol above TCP, described segment by segment as Wireshark does it.
///
/// A value per conversation; it sees the payloads of both sides in order, each byte once, except those it
/// asked to see again. It adds its items at depth 0 with `at` counted from the first of `bytes` (`tree.base` and
/// `tree.source` are set), and sets the Protocol and Info columns.
public protocol PDUDissector: Sendable {
  mutating func describe(
    _ bytes: Span<UInt8>, _ facts: PDUFacts, into tree: inout FieldBuffer
  ) -> PDUOutcome

  /// How much memory it takes for what goes over several segments, in bytes: the conversations share one limit.
  var held: Int { get }

  /// Lets go of that, and says so where it would have been described.
  mutating func forgetHeld()

  /// Lets go of that where it is more than `room`. Returns how much it is. It changes the dissector in place, where a
  /// look at `held` copies it.
  mutating func hold(atMost room: Int) -> Int

  /// What the conversation has become, where the bytes are the protocol's no more (`foreign`); nil where they are just
  /// not its own.
  var successor: StreamSuccessor? { get }
}

extension PDUDissector {
  public var held: Int { 0 }
  public mutating func forgetHeld() {}
  public mutating func hold(atMost room: Int) -> Int {
    if held > room { forgetHeld() }
    return held
  }
  public var successor: StreamSuccessor? { nil }
}

/// What becomes of a conversation that began as a protocol's.
public enum StreamSuccessor: Sendable, Equatable {
  /// The header of a proxy is over: what it carries begins, as if nothing had come before.
  case carried
  /// A proxy has granted the way to a host; `port` is nil where it is no number.
  case tunnel(host: String, port: UInt16?)
  /// A proxy has granted CONNECT, to no port.
  case tunnelToNowhere
  /// The server has switched protocols.
  case upgrade
}

/// What bytes of a stream can be wrapped in.
public enum StreamEncoding: Sendable, Hashable {
  /// TLS records (RFC 8446, RFC 5246).
  case tls
  /// Raw DEFLATE in both directions (RFC 4978).
  case deflate
}

extension FieldBuffer {
  /// `[PDU Size: 57]`, in the TCP section: how long a protocol says that its next unit is.
  package mutating func addPDUSize(_ count: Int) {
    guard wantsTree, let tcp = lastItem(of: PDUSizeFields.tcp) else { return }
    insert(PDUSizeFields.fields.size, .unsigned(UInt64(count)), lastIn: tcp, .generated)
  }
}

/// What a protocol above TCP adds to TCP's own section.
public struct PDUSizeFields: FieldSet {
  let size = Field("tcp.pdu.size", "PDU Size", .uint32)

  public init() {}
  static let fields = Self()
  fileprivate static let tcp = FieldID("tcp")
}

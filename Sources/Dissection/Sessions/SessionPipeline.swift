import Capture
import Fields
import Mail
import Wire

/// What `sessions` may be told.
public struct SessionRunOptions: Sendable {
  public var parsing = SessionOptions()
  public var streams = StreamReassembler.Limits()
  /// What the user says of a server's port (`-d`).
  public var ports: [UInt16: ApplicationLayer] = [:]
  /// What a compressed stream may become.
  public var inflation = Inflater.Limits()
  /// Bytes of finished sessions that may wait for one that began before them.
  public var queueLimit = 64 << 20
  /// Which copy counts where bytes come again with other values.
  public var lastCopyWins: Bool {
    get { streams.lastCopyWins }
    set { streams.lastCopyWins = newValue }
  }

  public init() {}
}

/// The whole way of `sessions`: frame → layers → conversation → stream → mail session.
struct SessionPipeline: ~Copyable {
  private var dissector: Dissector
  private var found = Dissected()
  private var streams: StreamReassembler
  private var dialogues: DialogueTable
  private var frame = 0
  private var time: Int64 = 0

  init(_ options: SessionRunOptions, wantsDigests: Bool) {
    var dissection = DissectorOptions()
    // Half of all mail captures have offloaded checksums: they say nothing about what the receiver read.
    dissection.validatesChecksums = false
    dissection.analyzesSegments = false
    dissector = Dissector(
      dissection, conversations: ConversationTable(limits: .streams, keepsEnds: true))
    streams = StreamReassembler(limits: options.streams)
    dialogues = DialogueTable(options, wantsDigests: wantsDigests)
  }

  /// Takes the next frame of the capture.
  mutating func receive(_ bytes: Span<UInt8>, _ facts: borrowing FrameFacts) {
    dissector.dissect(bytes, facts, into: &found)
    (frame, time) = (facts.number, facts.time)
    found.reassemble(bytes, fileOffset: facts.fileOffset, into: &streams, &dialogues)
    endConversations()
  }

  private mutating func endConversations() {
    while endNext() {}
  }

  /// Finishes one conversation that is over; false where there is none.
  mutating func endNext() -> Bool {
    guard let end = dissector.conversations.nextEnd() else { return false }
    streams.end(end, frame: frame, time: time, &dialogues)
    dialogues.end(end.slot)
    return true
  }

  /// The capture is at its end: what is still open is over, and `endNext` finishes it one by one.
  mutating func endAll() { dissector.conversations.endAll() }

  /// Finishes all that is open at once.
  mutating func finish() {
    endAll()
    endConversations()
  }

  /// Whether `next` has a session.
  var hasNext: Bool { dialogues.hasNext }

  /// The next session that is over, in the order of first frames; nil while there is none.
  mutating func next() -> SessionRecord? { dialogues.next() }

  /// Adds what only the pipeline knows.
  func complete(_ summary: inout CaptureSummary) {
    summary.conversations = dissector.conversations.streamCount
    summary.dropped.merge(dialogues.dropped) { $0 + $1 }
    for (name, count) in [
      ("open-conversations", dissector.conversations.droppedCount),
      ("fragments", dissector.forgottenDatagrams),
      ("segments-outside-window", streams.segmentsOutside),
    ] where count > 0 {
      summary.dropped[name, default: 0] += count
    }
  }
}

import Capture
import Fields
import Wire

/// The options of `packets`.
public struct PacketOptions: Sendable {
  public var resolvesNames = true
  public var validatesChecksums = true
  public var application = ApplicationOptions()
  /// In Wireshark's language: only frames that match are shown and written.
  public var displayFilter: String?
  /// Takes every frame of each TCP conversation in which the display filter chooses one.
  public var takesWholeSessions = false
  /// Where the frames that are taken are written as a capture.
  public var savePath: String?
  /// Which copy counts where bytes come again with other values: false the first, true the last.
  public var lastCopyWins = false
  /// Known after a first pass, where the last copy counts.
  var copies: CopyChoice?

  public init() {}
}

/// The whole way of `packets`: capture → frame → layers → description → choice → view.
public enum PacketRun {
  /// Shows the chosen frames of `source`. Where the capture is damaged, all before that place is shown, then it throws.
  public static func run(
    _ source: CaptureSource, _ options: PacketOptions, _ view: consuming some PacketView,
    to output: inout some ByteOutput & ~Copyable
  ) throws(RunError) {
    var (view, options) = (view, options)
    if options.lastCopyWins { options.copies = try CopyChoice(source, options) }
    var choice = try FrameChoice(options)
    if options.takesWholeSessions { try choice.findSessions(source, options) }
    var reading = try CaptureReading(source)
    var selection = try FrameSelection(
      source, reading.format, movesOrigin: true, keys: options.application.keys)
    var saving = try CaptureSaving(options.savePath, source, reading.format)
    var frames = FrameDescription(
      options, wantsTree: view.wantsTree || choice.needsTree,
      parts: choice.parts(shown: view.fields))
    var text = TextBuffer(capacity: 1 << 17)
    view.begin(to: &text)
    var facts = FrameFacts.none
    while !selection.isDone, !saving.hasFailed, let frame = reading.next() {
      guard selection.take(frame, &facts) else { continue }
      frames.describe(frame.bytes, facts)
      guard choice.takes(frames, facts, frame.bytes) else { continue }
      saving.write(frame)
      view.write(frames.tree, of: facts, frame.bytes, to: &text)
      selection.lastDisplayedArrival = facts.arrival
      try text.flush(to: &output)
    }
    view.end(to: &text)
    try text.flush(to: &output, always: true)
    try saving.finish()
    try selection.finish(reading.failure)
  }
}

/// From the bytes of a frame to its fields; sees every frame, in order.
struct FrameDescription: ~Copyable {
  private(set) var tree: FieldBuffer
  private var dissector: Dissector
  private var found = Dissected()
  private var datagrams = DatagramConversations()
  private var streams: StreamDescription
  private let readsStreams: Bool

  init(_ options: PacketOptions, wantsTree: Bool, parts: FieldParts = .all) {
    var dissection = DissectorOptions()
    dissection.validatesChecksums = options.validatesChecksums
    dissection.leavesStreams = true
    dissection.datagramPorts = DatagramProtocol.ports
    dissection.tunnels = options.application.recognition.decodeAs.tunnels
    dissection.hashes = .crypto
    dissector = Dissector(dissection)
    streams = StreamDescription(options.application, options.copies)
    readsStreams = !parts.isDisjoint(with: [.streams, .messages, .columns])
    tree = FieldBuffer(
      wantsTree: wantsTree, parts: parts, resolvesNames: options.resolvesNames, bodies: describeBody
    )
  }

  mutating func describe(_ bytes: Span<UInt8>, _ facts: FrameFacts) {
    dissector.dissect(bytes, facts, into: &found)
    let part = datagrams.follow(found, bytes, facts, &dissector)
    tree.clear()
    let isWhole = found.describe(bytes, facts, dissector.options, into: &tree) {
      payload, datagram, tree throws(DecodeError) in
      try datagrams.describe(part, payload, datagram.layer, facts, into: &tree)
    }
    if isWhole, readsStreams {
      tree.enter(.streams)
      streams.describe(bytes, facts, found, into: &tree)
    }
  }

  /// The TCP conversation of the frame, as `tcp.stream`.
  var stream: Int? { found.segment?.stream }
}

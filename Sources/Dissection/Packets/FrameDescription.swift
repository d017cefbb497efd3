import Fields
import TLS
import Wire

/// A frame as the walk over the capture left it: what its description needs beside its bytes.
///
/// It is large, and never copied.
struct DissectedFrame: ~Copyable, Sendable {
  var facts = FrameFacts.none
  var found = Dissected()
  /// What its datagram is in its conversation.
  var datagram = DatagramPart.data

  /// Its TCP conversation, as `tcp.stream`.
  var stream: Int? { found.segment?.stream }
}

/// From the bytes of a frame to its layers, and to its place in the conversations; sees every frame, in order.
struct FrameDissection: ~Copyable {
  private var dissector: Dissector
  private var datagrams = DatagramConversations()

  init(_ options: PacketOptions) { dissector = Dissector(DissectorOptions(options)) }

  /// Finds out what there is of a frame, the facts of which are set.
  mutating func dissect(_ bytes: Span<UInt8>, into frame: inout DissectedFrame) {
    dissector.dissect(bytes, frame.facts, into: &frame.found)
    frame.datagram = datagrams.follow(frame.found, bytes, frame.facts, &dissector)
  }
}

/// What of a frame is described.
struct DescriptionForm: Sendable {
  let wantsTree: Bool
  let parts: FieldParts
  let resolvesNames: Bool
  let showsSources: Bool
  let keepsHidden: Bool

  func newTree() -> FieldBuffer {
    FieldBuffer(
      wantsTree: wantsTree, parts: parts, resolvesNames: resolvesNames, bodies: describeBody,
      showsSources: showsSources, keepsHidden: keepsHidden)
  }
}

/// From a dissected frame to its fields; sees every frame, in order.
struct FrameDescription: ~Copyable, Sendable {
  private var datagrams = DatagramDescription()
  private var streams: StreamDescription
  private let readsStreams: Bool
  private let dissection: DissectorOptions
  let form: DescriptionForm
  /// A key log with the secrets that the last frame was the first to need, where they are saved.
  var secrets: String { streams.secrets }
  private var macNames = MACNameCache()

  init(
    _ options: PacketOptions, wantsTree: Bool, parts: FieldParts = .all, showsSources: Bool = false,
    keepsHidden: Bool = true
  ) {
    dissection = DissectorOptions(options)
    let keepsSecrets = options.savedSecrets == .used
    streams = StreamDescription(options.application, options.copies, keepsSecrets: keepsSecrets)
    readsStreams = keepsSecrets || !parts.isDisjoint(with: [.streams, .messages, .columns])
    form = DescriptionForm(
      wantsTree: wantsTree, parts: parts, resolvesNames: options.resolvesNames,
      showsSources: showsSources, keepsHidden: keepsHidden)
  }

  mutating func describe(
    _ frame: borrowing DissectedFrame, _ bytes: Span<UInt8>, into tree: inout FieldBuffer
  ) {
    tree.clear()
    tree.exchangeNames(with: &macNames)
    let isWhole =
      frame.found.describeRow(bytes, frame.facts, into: &tree)
      || describeLayers(of: frame, bytes, into: &tree)
    if isWhole, readsStreams {
      tree.enter(.streams)
      streams.describe(bytes, frame.facts, frame.found, into: &tree)
    }
    tree.exchangeNames(with: &macNames)
  }

  private mutating func describeLayers(
    of frame: borrowing DissectedFrame, _ bytes: Span<UInt8>, into tree: inout FieldBuffer
  ) -> Bool {
    // Values apart, so that the frame is lent rather than copied.
    let (part, number, time) = (frame.datagram, frame.facts.number, frame.facts.time)
    return frame.found.describe(bytes, frame.facts, dissection, into: &tree) {
      payload, datagram, tree throws(DecodeError) in
      try datagrams.describe(
        part, payload, datagram.layer, frame: number, time: time, into: &tree)
    }
  }
}

extension DissectorOptions {
  fileprivate init(_ options: PacketOptions) {
    self.init()
    validatesChecksums = options.validatesChecksums
    leavesStreams = true
    datagramPorts = DatagramProtocol.ports
    tunnels = options.application.recognition.decodeAs.tunnels
    hashes = .crypto
  }
}

/// The frames that are shown, with their descriptions.
struct ChosenFrames: ~Copyable {
  private let choice: FrameChoice
  private var description: FrameDescription
  private let keys: TLSKeys
  /// The moment of the last frame that was chosen.
  private var lastArrival: TimeValue?

  init(
    _ options: PacketOptions, _ choice: FrameChoice, wantsTree: Bool, parts: FieldParts,
    showsSources: Bool = false, keepsHidden: Bool = true
  ) {
    self.choice = choice
    keys = options.application.keys
    description = FrameDescription(
      options, wantsTree: wantsTree, parts: parts, showsSources: showsSources,
      keepsHidden: keepsHidden)
  }

  var form: DescriptionForm { description.form }
  /// A key log with the secrets that the last frame was the first to need, where they are saved.
  var secrets: String { description.secrets }

  /// Describes the next frame; false where it is not chosen.
  mutating func take(
    _ frame: inout DissectedFrame, _ bytes: Span<UInt8>, _ tree: inout FieldBuffer
  ) -> Bool {
    if frame.facts.hasNotes, let notes = frame.facts.notes {
      for keyLog in notes.secrets { keys.add(keyLog: keyLog.span) }
    }
    if let lastArrival { frame.facts.previousDisplayedArrival = lastArrival }
    description.describe(frame, bytes, into: &tree)
    guard choice.takes(frame, bytes, tree) else { return false }
    tree.releaseUnfinished()
    lastArrival = frame.facts.arrival
    return true
  }
}

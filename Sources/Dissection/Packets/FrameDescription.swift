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

/// Describes the layers of frames: what nearly all of them say without a look at others.
struct LayersDescription: Sendable {
  private let options: DissectorOptions
  let form: DescriptionForm

  init(_ options: PacketOptions, _ form: DescriptionForm) {
    self.options = DissectorOptions(options)
    self.form = form
  }

  /// Describes a frame that depends on no others, and says whether it is whole; nil for other frames.
  func describeAlone(
    _ frame: borrowing DissectedFrame, _ bytes: Span<UInt8>, _ names: inout MACNameCache,
    into tree: inout FieldBuffer
  ) -> Bool? {
    if case .discovery = frame.datagram { return nil }
    var datagrams = DatagramDescription()
    return describe(frame, bytes, &names, &datagrams, into: &tree)
  }

  /// False where a TCP segment ends early: its payload is not looked at.
  func describe(
    _ frame: borrowing DissectedFrame, _ bytes: Span<UInt8>, _ names: inout MACNameCache,
    _ datagrams: inout DatagramDescription, into tree: inout FieldBuffer
  ) -> Bool {
    tree.clear()
    if frame.found.describeRow(bytes, frame.facts, into: &tree) { return true }
    tree.exchangeNames(with: &names)
    defer { tree.exchangeNames(with: &names) }
    // Values apart, so that the frame is lent rather than copied.
    let (part, number, time) = (frame.datagram, frame.facts.number, frame.facts.time)
    return frame.found.describe(bytes, frame.facts, options, into: &tree) {
      payload, datagram, tree throws(DecodeError) in
      try datagrams.describe(
        part, payload, datagram.layer, frame: number, time: time, into: &tree)
    }
  }
}

/// From a dissected frame to its fields; sees every frame, in order.
struct FrameDescription: ~Copyable, Sendable {
  private var datagrams = DatagramDescription()
  private var streams: StreamDescription
  private let readsStreams: Bool
  let layers: LayersDescription
  var form: DescriptionForm { layers.form }
  /// A key log with the secrets that the last frame was the first to need, where they are saved.
  var secrets: String { streams.secrets }
  private var macNames = MACNameCache()

  init(
    _ options: PacketOptions, wantsTree: Bool, parts: FieldParts = .all, showsSources: Bool = false,
    keepsHidden: Bool = true
  ) {
    let keepsSecrets = options.savedSecrets == .used
    streams = StreamDescription(options.application, options.copies, keepsSecrets: keepsSecrets)
    readsStreams = keepsSecrets || !parts.isDisjoint(with: [.streams, .messages, .columns])
    layers = LayersDescription(
      options,
      DescriptionForm(
        wantsTree: wantsTree, parts: parts, resolvesNames: options.resolvesNames,
        showsSources: showsSources, keepsHidden: keepsHidden))
  }

  /// `isWhole`: what came of the layers, where they are described already.
  mutating func describe(
    _ frame: borrowing DissectedFrame, _ bytes: Span<UInt8>, isWhole: Bool? = nil,
    into tree: inout FieldBuffer
  ) {
    let isWhole = isWhole ?? layers.describe(frame, bytes, &macNames, &datagrams, into: &tree)
    guard isWhole, readsStreams else { return }
    tree.enter(.streams)
    streams.describe(bytes, frame.facts, frame.found, into: &tree)
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
  var layers: LayersDescription { description.layers }
  /// Whether the layers of a frame may be described before it is known which frames before it are chosen.
  var describesAhead: Bool { choice.takesAll }
  private(set) var hasTaken = false
  /// A key log with the secrets that the last frame was the first to need, where they are saved.
  var secrets: String { description.secrets }

  /// Describes the next frame; false where it is not chosen. `isWhole`: what came of its layers, where they are described
  /// already.
  mutating func take(
    _ frame: inout DissectedFrame, _ bytes: Span<UInt8>, _ tree: inout FieldBuffer,
    isWhole: Bool? = nil
  ) -> Bool {
    if frame.facts.hasNotes, let notes = frame.facts.notes {
      for keyLog in notes.secrets { keys.add(keyLog: keyLog.span) }
    }
    if let lastArrival { frame.facts.previousDisplayedArrival = lastArrival }
    description.describe(frame, bytes, isWhole: isWhole, into: &tree)
    guard choice.takes(frame, bytes, tree) else { return false }
    tree.releaseUnfinished()
    lastArrival = frame.facts.arrival
    hasTaken = true
    return true
  }
}

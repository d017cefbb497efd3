import Fields
import Mail

/// Takes the messages of a session as their bytes come: works out digests, reads header and parts, and keeps the bytes where
/// they are wanted.
struct MessageIntake: MessageSink {
  /// Bytes of text that are kept of a session's messages. Of what comes beyond that the bytes are kept in the store, and
  /// read again when the message is shown.
  private static let textLimit = 4 << 20
  /// Gaps of one message that are kept.
  private static let gapLimit = 1_000

  private struct Running {
    let message: Int
    var digests: RunningDigests
    /// nil where reading is put off.
    var reader: MIMEReader?
    var parts: PartIntake
    var signatures = DKIMVerification()
    var received = 0
    var content = MessageContent()

    mutating func receive(_ bytes: Span<UInt8>) {
      received += bytes.count
      digests.receive(bytes)
      signatures.receive(bytes)
      reader?.receive(bytes, to: &parts)
      content.bytes?.append(bytes)
    }

    /// Returns whether there is room for one more.
    mutating func add(_ gap: MessageGap) -> Bool {
      signatures.gap()
      reader?.gap(gap.length ?? 0, to: &parts)
      guard content.gaps.count < MessageIntake.gapLimit else { return false }
      content.gaps.append(gap)
      return true
    }
  }
  private let settings: SessionSettings
  private var running: [Running] = []
  /// By message.
  private(set) var contents: [MessageContent?] = []
  private var text = 0
  /// What limits made us drop.
  private(set) var dropped: [SessionLimit: Int] = [:]

  init(_ settings: SessionSettings) { self.settings = settings }

  /// What it takes in memory, in bytes: the text that is kept of messages, and what reads those under way.
  var heldBytes: Int {
    text + 2 * contents.count * MemoryLayout<MessageContent>.stride
      + running.count * (MemoryLayout<Running>.stride + Self.readerBytes)
  }
  private static let readerBytes = 4_096

  mutating func begin(_ message: Int) { begin(message, keepsBytes: settings.messages.keepsBytes) }

  /// Its bytes are kept until it is known what it is a piece of.
  mutating func beginPiece(_ message: Int) { begin(message, keepsBytes: true) }

  private mutating func begin(_ message: Int, keepsBytes: Bool) {
    guard settings.wantsDigests else { return }
    let options = settings.messages
    let isDeferred = text > Self.textLimit
    var new = Running(
      message: message, digests: RunningDigests(options.digests),
      reader: isDeferred ? nil : MIMEReader(), parts: PartIntake(options, settings.store))
    new.content.isDeferred = isDeferred
    if keepsBytes || isDeferred { new.content.bytes = settings.store.makeContent() }
    running.append(new)
  }

  mutating func receive(_ bytes: Span<UInt8>, of message: Int) {
    guard let place = running.lastIndex(where: { $0.message == message }) else { return }
    running[place].receive(bytes)
  }

  mutating func gap(_ length: Int, in message: Int) {
    guard let place = running.lastIndex(where: { $0.message == message }) else { return }
    let gap = MessageGap(
      offset: running[place].received, length: length == .max ? nil : length)
    if !running[place].add(gap) { drop(.gaps) }
  }

  mutating func end(_ message: Int) {
    guard let place = running.lastIndex(where: { $0.message == message }) else { return }
    var finished = running.remove(at: place)
    while contents.count <= message { contents.append(nil) }
    if var reader = finished.reader.take() {
      text += reader.textLength
      let content = reader.finish(to: &finished.parts)
      drop(.headerField, content.droppedFields)
      drop(.parts, content.droppedParts)
      drop(.findings, content.droppedFindings)
      finished.content.take(content, finished.parts)
    }
    finished.content.signatures = finished.signatures.finish()
    let digests = finished.digests.finish()
    if finished.content.gaps.isEmpty { finished.content.digests = digests }
    contents[message] = finished.content
  }

  /// Gives bytes of a message that is over to another one.
  mutating func copy(_ range: Range<Int>, of piece: Int, to message: Int) {
    guard contents.indices.contains(piece), let bytes = contents[piece]?.bytes else { return }
    var offset = 0
    // What cannot be read any more is missing; the store says why.
    try? bytes.forEach { run throws(OutputError) in
      let wanted = range.clamped(to: offset..<offset + run.count)
      if !wanted.isEmpty {
        receive(
          run.extracting(wanted.lowerBound - offset..<wanted.upperBound - offset), of: message)
      }
      offset += run.count
    }
  }

  private mutating func drop(_ limit: SessionLimit, _ count: Int = 1) {
    if count > 0 { dropped[limit, default: 0] += count }
  }
}

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
  }
  private let settings: SessionSettings
  private var running: [Running] = []
  /// By message.
  private(set) var contents: [MessageContent?] = []
  private var text = 0
  /// What limits made us drop.
  private(set) var dropped: [SessionLimit: Int] = [:]

  init(_ settings: SessionSettings) { self.settings = settings }

  mutating func begin(_ message: Int) {
    guard settings.wantsDigests else { return }
    let options = settings.messages
    let isDeferred = text > Self.textLimit
    var new = Running(
      message: message, digests: RunningDigests(options.digests),
      reader: isDeferred ? nil : MIMEReader(), parts: PartIntake(options, settings.store))
    new.content.isDeferred = isDeferred
    if options.keepsBytes || isDeferred { new.content.bytes = settings.store.makeContent() }
    running.append(new)
  }

  mutating func receive(_ bytes: Span<UInt8>, of message: Int) {
    guard let place = running.lastIndex(where: { $0.message == message }) else { return }
    running[place].received += bytes.count
    running[place].digests.receive(bytes)
    running[place].signatures.receive(bytes)
    running[place].reader?.receive(bytes, to: &running[place].parts)
    running[place].content.bytes?.append(bytes)
  }

  mutating func gap(_ length: Int, in message: Int) {
    guard let place = running.lastIndex(where: { $0.message == message }) else { return }
    let gap = MessageGap(
      offset: running[place].received, length: length == .max ? nil : length)
    running[place].signatures.gap()
    running[place].reader?.gap(gap.length ?? 0, to: &running[place].parts)
    if running[place].content.gaps.count < Self.gapLimit {
      running[place].content.gaps.append(gap)
    } else {
      drop(.gaps)
    }
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

  private mutating func drop(_ limit: SessionLimit, _ count: Int = 1) {
    if count > 0 { dropped[limit, default: 0] += count }
  }
}

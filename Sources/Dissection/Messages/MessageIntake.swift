import Fields
import Mail

/// Takes the messages of a session as their bytes come: works out digests, reads headers, and keeps the bytes where they
/// are wanted.
struct MessageIntake: MessageSink {
  /// Bytes of header fields that are kept for a session; messages beyond them are shown without.
  private static let headerTextLimit = 16 << 20
  /// Gaps of one message that are kept.
  private static let gapLimit = 1_000

  private struct Running {
    let message: Int
    var digests: RunningDigests
    var header = MessageHeadersReader()
    var received = 0
    var content = MessageContent()
    var droppedGaps = 0
  }
  private let settings: SessionSettings
  private var running: [Running] = []
  /// By message.
  private(set) var contents: [MessageContent?] = []
  private var headerText = 0
  /// What limits made us drop.
  private(set) var dropped: [SessionLimit: Int] = [:]

  init(_ settings: SessionSettings) { self.settings = settings }

  mutating func begin(_ message: Int) {
    guard settings.wantsDigests else { return }
    var new = Running(message: message, digests: RunningDigests(settings.messages.digests))
    if settings.messages.keepsBytes { new.content.bytes = settings.store.makeContent() }
    running.append(new)
  }

  mutating func receive(_ bytes: Span<UInt8>, of message: Int) {
    guard let place = running.lastIndex(where: { $0.message == message }) else { return }
    if !running[place].header.isDone { running[place].header.receive(bytes) }
    running[place].received += bytes.count
    running[place].digests.receive(bytes)
    running[place].content.bytes?.append(bytes)
  }

  mutating func gap(_ length: Int, in message: Int) {
    guard let place = running.lastIndex(where: { $0.message == message }) else { return }
    running[place].header.gap()
    let offset = running[place].received
    if running[place].content.gaps.count < Self.gapLimit {
      running[place].content.gaps.append(
        MessageGap(offset: offset, length: length == .max ? nil : length))
    } else {
      drop(.gaps)
    }
  }

  mutating func end(_ message: Int) {
    guard let place = running.lastIndex(where: { $0.message == message }) else { return }
    var finished = running.remove(at: place)
    while contents.count <= message { contents.append(nil) }
    let headers = finished.header.finish()
    drop(.headerField, finished.header.droppedFields)
    drop(.findings, finished.header.droppedFindings)
    headerText += finished.header.textLength
    if headerText <= Self.headerTextLimit {
      finished.content.headers = headers
    } else {
      drop(.headerField)
    }
    let digests = finished.digests.finish()
    if finished.content.gaps.isEmpty { finished.content.digests = digests }
    contents[message] = finished.content
  }

  private mutating func drop(_ limit: SessionLimit, _ count: Int = 1) {
    if count > 0 { dropped[limit, default: 0] += count }
  }
}

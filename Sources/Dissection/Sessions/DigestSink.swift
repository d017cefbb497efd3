import Crypto
import Fields
import Mail

/// Works out the SHA-256 of each message of a session as its bytes arrive, and reads its header.
struct DigestSink: MessageSink {
  /// Bytes gather up to here before they are hashed: small runs are cheap to copy and dear to hash.
  private static let batch = 1 << 14
  /// Bytes of header fields that are kept for a session; messages beyond them are shown without.
  private static let headerTextLimit = 16 << 20

  private struct Running {
    var message: Int
    var hash = SHA256()
    var header = MessageHeadersReader()
    var gathered: [UInt8] = []
    var isBroken = false
  }
  let isWanted: Bool
  private var running: [Running] = []
  /// By message; nil where bytes are missing.
  private(set) var digests: [String?] = []
  /// By message; nil where nothing is known.
  private(set) var headers: [MessageHeaders?] = []
  private var headerText = 0
  /// Fields that a limit on headers made us drop or cut.
  private(set) var droppedFields = 0
  private(set) var droppedFindings = 0

  init(isWanted: Bool) { self.isWanted = isWanted }

  /// What it takes in memory, in bytes.
  var heldBytes: Int { headerText + running.count * (Self.batch + MemoryLayout<Running>.stride) }

  mutating func begin(_ message: Int) {
    guard isWanted else { return }
    running.append(Running(message: message))
  }

  mutating func receive(_ bytes: Span<UInt8>, of message: Int) {
    guard let place = running.lastIndex(where: { $0.message == message }) else { return }
    if !running[place].header.isDone { running[place].header.receive(bytes) }
    running[place].gathered.append(bytes)
    if running[place].gathered.count >= Self.batch { hash(place) }
  }

  mutating func gap(_ length: Int, in message: Int) {
    guard let place = running.lastIndex(where: { $0.message == message }) else { return }
    running[place].isBroken = true
    running[place].header.gap()
  }

  mutating func end(_ message: Int) {
    guard let place = running.lastIndex(where: { $0.message == message }) else { return }
    hash(place)
    var finished = running.remove(at: place)
    while digests.count <= message {
      digests.append(nil)
      headers.append(nil)
    }
    let found = finished.header.finish()
    droppedFields += finished.header.droppedFields
    droppedFindings += finished.header.droppedFindings
    headerText += finished.header.textLength
    if headerText <= Self.headerTextLimit { headers[message] = found } else { droppedFields += 1 }
    guard !finished.isBroken else { return }
    var text = TextBuffer()
    for byte in finished.hash.finalize() { text.write(hexByte: byte) }
    digests[message] = text.string
  }

  private mutating func hash(_ place: Int) {
    running[place].hash.update(data: running[place].gathered)
    running[place].gathered.removeAll(keepingCapacity: true)
  }
}

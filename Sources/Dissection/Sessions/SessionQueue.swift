import HeapModule
import Mail
import TLS

/// Gives out finished sessions in the order of their first frames, and numbers them.
///
/// Streams are numbered by their first frames, so a stream's number is its session's place in the order.
/// A session waits for every conversation that began before it and may still become one. What waits is bounded:
/// over the limit the earliest finished session goes first, whatever is still open before it.
struct SessionQueue {
  private struct Finished: Comparable {
    let stream: Int
    let record: SessionRecord

    static func == (left: Self, right: Self) -> Bool { left.stream == right.stream }
    static func < (left: Self, right: Self) -> Bool { left.stream < right.stream }
  }
  /// Weight of the sessions that wait at the most.
  private let limit: Int
  /// Streams that may still become a session.
  private var open: Set<Int> = []
  /// The same, to find the earliest; some may be closed by now.
  private var order: Heap<Int> = []
  private var finished: Heap<Finished> = []
  private var held = 0
  private var nextID = 0
  private var nextMessageID = 0
  /// Whether `next` has a session to give out.
  private(set) var hasNext = false
  /// Sessions that were given out before an earlier one.
  private(set) var early = 0

  init(limit: Int) { self.limit = limit }

  /// A conversation begins that may become a session; it has the highest number so far.
  mutating func enter(_ stream: Int) {
    open.insert(stream)
    order.insert(stream)
  }

  /// The conversation was no mail session.
  mutating func leave(_ stream: Int) {
    open.remove(stream)
    if order.count > 2 * open.count + 1024 { order = Heap(open) }
    update()
  }

  mutating func finish(_ stream: Int, _ record: SessionRecord) {
    held += record.weight
    finished.insert(Finished(stream: stream, record: record))
    leave(stream)
  }

  /// The next session to give out; nil while it must wait.
  mutating func next() -> SessionRecord? {
    guard hasNext, let first = finished.popMin() else { return nil }
    if let earliest = order.min, earliest < first.stream { early += 1 }
    var record = first.record
    held -= record.weight
    update()
    record.id = nextID
    record.firstMessageID = nextMessageID
    nextID += 1
    nextMessageID += record.session.messages.count
    return record
  }

  private mutating func update() {
    while let earliest = order.min, !open.contains(earliest) { order.removeMin() }
    guard let first = finished.min else { return hasNext = false }
    hasNext = held > limit || order.min.map { first.stream < $0 } ?? true
  }
}

extension TLSFacts {
  /// Roughly how many bytes it holds.
  fileprivate var weight: Int {
    let certificates = serverCertificates.certificates.count + clientCertificates.certificates.count
    return 2048 + steps.count * 64 + runs.count * 64 + certificates * 1024
  }
}

extension SessionRecord {
  /// Roughly how many bytes the record holds.
  var weight: Int {
    512 + session.exchanges.count * 512 + session.messages.count * 512 + (tls?.weight ?? 0)
  }
}

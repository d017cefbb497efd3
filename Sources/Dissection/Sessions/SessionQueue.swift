import DequeModule
import Mail

/// Gives out finished sessions in the order of their first frames, and numbers them.
///
/// Streams are numbered by their first frames, so a stream's number is its session's place in the order.
/// A session waits for every conversation that began before it and may still become one. What waits is bounded:
/// over the limit the earliest finished session goes first, whatever is still open before it.
struct SessionQueue {
  /// Sessions that wait at the most, counted by what they hold.
  private let limit: Int
  private enum Slot {
    case open
    indirect case finished(SessionRecord)
    /// No mail session, or given out already.
    case gone
  }
  /// One slot for each stream from `firstStream` on.
  private var slots: Deque<Slot> = []
  private var firstStream = 0
  private var held = 0
  private var nextID = 0
  private var nextMessageID = 0
  /// Sessions that were given out before an earlier one.
  private(set) var early = 0

  init(limit: Int) { self.limit = limit }

  /// A conversation begins that may become a session.
  mutating func enter(_ stream: Int) {
    while firstStream + slots.count <= stream { slots.append(.open) }
  }

  /// The conversation was no mail session.
  mutating func leave(_ stream: Int) { set(stream, .gone) }

  mutating func finish(_ stream: Int, _ record: SessionRecord) {
    held += record.weight
    set(stream, .finished(record))
  }

  private mutating func set(_ stream: Int, _ slot: Slot) {
    let place = stream - firstStream
    if slots.indices.contains(place) { slots[place] = slot }
  }

  /// Whether `next` has a session to give out.
  mutating func hasNext() -> Bool {
    while let first = slots.first {
      switch first {
      case .gone:
        slots.removeFirst()
        firstStream += 1
      case .finished: return true
      case .open: return held > limit
      }
    }
    return false
  }

  /// The next session to give out; nil while it must wait.
  mutating func next() -> SessionRecord? {
    guard hasNext(), let first = slots.first else { return nil }
    guard case .finished(let record) = first else { return takeEarliest() }
    slots.removeFirst()
    firstStream += 1
    return number(record)
  }

  private mutating func takeEarliest() -> SessionRecord? {
    for place in slots.indices {
      if case .finished(let record) = slots[place] {
        slots[place] = .gone
        early += 1
        return number(record)
      }
    }
    return nil
  }

  private mutating func number(_ record: SessionRecord) -> SessionRecord {
    var record = record
    held -= record.weight
    record.id = nextID
    record.firstMessageID = nextMessageID
    nextID += 1
    nextMessageID += record.session.messages.count
    return record
  }
}

extension SessionRecord {
  /// Roughly how many bytes the record holds.
  var weight: Int {
    512 + session.exchanges.count * 512 + session.messages.count * 512
  }
}

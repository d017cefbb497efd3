import Applications
import Applications
import DequeModule
import Fields
import Mail
import Wire

/// What the shards give, put together: the sessions that are over, and which conversations may still become one.
struct SessionResults: ~Copyable {
  private var open = OpenStreams()
  private var finished: Deque<SessionRecord> = []
  private var attempts = AttemptTable()
  private var names: KnownNames

  init(_ options: SessionRunOptions) { names = KnownNames(options.messages.keys) }

  mutating func take(_ event: consuming SessionEvent) {
    switch consume event {
    case .begun(let stream): open.enter(stream)
    case .left(let stream, let attempt):
      if let attempt { attempts.add(attempt) }
      open.leave(stream)
    case .finished(var record):
      record.join(names)
      finished.append(record)
    }
  }

  /// A DNS server has answered.
  mutating func note(_ answers: DNSAnswers, frame: Int) { names.add(answers, frame: frame) }

  /// Whether `next` has a session.
  var hasNext: Bool { !finished.isEmpty }

  /// The next session that is over; nil while there is none.
  mutating func next() -> SessionRecord? {
    guard let record = finished.popFirst() else { return nil }
    open.leave(record.stream)
    return record
  }

  /// The earliest conversation that may still become a session that `next` gives.
  var firstOpen: Int? { open.first }

  /// Adds what is known of the sessions as a whole.
  func complete(_ summary: inout CaptureSummary, segmentsOutside: Int) {
    summary.attempts = attempts.all
    summary.add(
      dropped: [
        ("attempts", attempts.dropped), ("segments-outside-window", segmentsOutside),
        ("dns-answers", names.dropped),
      ])
  }
}

extension Dissector {
  /// One for `sessions`: it follows conversations, and describes nothing.
  /// `readsAnswers`: datagrams of DNS are handed on.
  init(following options: SessionRunOptions, readsAnswers: Bool) {
    var dissection = DissectorOptions()
    dissection.analyzesSegments = false
    if readsAnswers { dissection.datagramPorts = [DNSAnswers.port] }
    dissection.tunnels = options.recognition.decodeAs.tunnels
    self.init(dissection, conversations: ConversationTable(limits: .streams, keepsEnds: true))
  }

  /// Adds what is known of the conversations as a whole.
  func complete(_ summary: inout CaptureSummary) {
    summary.conversations = conversations.streamCount
    summary.add(
      dropped: [
        ("open-conversations", conversations.droppedCount), ("fragments", forgottenDatagrams),
      ])
  }
}

extension CaptureSummary {
  fileprivate mutating func add(dropped: [(name: String, count: Int)]) {
    for (name, count) in dropped where count > 0 { self.dropped[name, default: 0] += count }
  }
}

import Capture
import Fields
import Mail
import TLS
import Wire

/// The mail sessions of captures, one by one, as they end; `SessionRecord.stream` is in the order of their first frames.
///
///     let sessions = try MailSessions(paths: ["mail.pcap"])
///     for session in sessions { print(session.verdict) }
///     try sessions.finish()
///
/// The captures are read as sessions are asked for: what is held is what is open at once, whatever their size. They are
/// read once, so a second loop goes on where the first one stopped.
public final class MailSessions: Sequence, IteratorProtocol {
  /// One of the two reads, by the number of jobs.
  private var direct: DirectReading?
  private var shared: SharedReading?
  private let store: MessageStore
  /// What was counted of the sessions that were given out.
  private var given = CaptureSummary()

  /// Opens captures, which are one, ordered by time. Throws where a file is no capture, or cannot be opened.
  public convenience init(paths: [String]) throws(RunError) {
    try self.init(CaptureSource(paths: paths))
  }

  /// `wantsDigests`: also what the bytes of each message say, which costs a pass over it, and the dialects of clients.
  public init(
    _ source: CaptureSource, _ options: SessionRunOptions = SessionRunOptions(),
    wantsDigests: Bool = true
  ) throws(RunError) {
    var options = options
    store = options.messages.store ?? MessageStore()
    options.messages.store = store
    if options.jobs > 1 {
      shared = try SharedReading(source, options, store, wantsDigests: wantsDigests)
    } else {
      direct = try DirectReading(source, options, store, wantsDigests: wantsDigests)
    }
  }

  /// The next session that is over; nil after the last one.
  public func next() -> SessionRecord? {
    guard let record = shared?.next() ?? direct?.next() else { return nil }
    given.sessions += 1
    given.messages += record.session.messages.count
    given.findings += record.session.findings.count
    given.protocols[record.session.mailProtocol.rawValue, default: 0] += 1
    for (limit, count) in record.session.dropped {
      given.dropped[limit.rawValue, default: 0] += count
    }
    return record
  }

  /// The earliest conversation that may still become a session that `next` gives.
  var firstOpen: Int? { shared?.firstOpen ?? direct?.firstOpen }

  /// What is known of the captures so far; complete after the last session.
  public var summary: CaptureSummary {
    var whole = shared?.summary ?? direct?.summary ?? CaptureSummary()
    (whole.sessions, whole.messages) = (given.sessions, given.messages)
    (whole.findings, whole.protocols) = (given.findings, given.protocols)
    whole.dropped.merge(given.dropped) { $0 + $1 }
    return whole
  }

  /// Throws where bytes of messages could not be kept: the sessions ended there.
  func checkStore() throws(OutputError) { if let failure = store.failure { throw failure } }

  /// Throws what ended the captures early, where one is damaged or cut short, or what of them cannot be decoded. The
  /// sessions that could be read were given out.
  public func finish() throws(RunError) {
    do throws(OutputError) { try checkStore() } catch { throw .output(error) }
    try shared?.finish()
    try direct?.finish()
  }
}

extension MailSessions {
  /// From the frames of the captures to their sessions, one step after the other.
  private struct DirectReading: ~Copyable {
    private var capture: CaptureReading
    private var selection: FrameSelection
    private var pipeline: SessionPipeline
    /// Takes the secrets that captures bring.
    private let keys: TLSKeys
    private var facts = FrameFacts.none
    private var isAtEnd = false
    /// Where nothing more can be kept of messages, the run ends.
    private let store: MessageStore

    init(
      _ source: CaptureSource, _ options: SessionRunOptions, _ store: MessageStore,
      wantsDigests: Bool
    ) throws(RunError) {
      let capture = try CaptureReading(source)
      selection = try FrameSelection(source, capture.format)
      self.capture = capture
      keys = options.keys
      self.store = store
      pipeline = SessionPipeline(options, wantsDigests: wantsDigests)
    }

    func finish() throws(RunError) { try selection.finish(capture.failure) }

    mutating func next() -> SessionRecord? {
      while true {
        if pipeline.hasNext, let record = pipeline.next() { return record }
        if store.hasFailed { return nil }
        if isAtEnd {
          guard pipeline.endNext() else { return nil }
        } else {
          readFrame()
        }
      }
    }

    var firstOpen: Int? { pipeline.firstOpen }

    private mutating func readFrame() {
      guard !selection.isDone, let frame = capture.next() else {
        isAtEnd = true
        return pipeline.endAll()
      }
      guard selection.take(frame, &facts) else { return }
      for secrets in selection.newSecrets(of: frame) { keys.add(keyLog: secrets.span) }
      pipeline.receive(frame.bytes, facts)
    }

    var summary: CaptureSummary {
      var whole = selection.summary
      pipeline.complete(&whole)
      return whole
    }
  }

  /// The same by several threads.
  private struct SharedReading: ~Copyable {
    private let threads: SessionThreads
    private var results: SessionResults
    private let store: MessageStore
    /// What became of conversations and was not looked at yet: a session is given out before anything that came after it.
    private var events = ShardEvents()
    /// What DNS servers said beside it.
    private var answers: ArraySlice<SegmentBatch.Answer> = []
    /// What was counted of the frames so far.
    private var counted = CaptureSummary()
    private var ending: Result<Void, RunError>?

    init(
      _ source: CaptureSource, _ options: SessionRunOptions, _ store: MessageStore,
      wantsDigests: Bool
    ) throws(RunError) {
      self.store = store
      results = SessionResults(options)
      threads = try SessionThreads(source, options, wantsDigests: wantsDigests)
    }

    func finish() throws(RunError) { try ending?.get() }

    mutating func next() -> SessionRecord? {
      while true {
        if let record = results.next() { return record }
        if let (step, event) = events.next() {
          noteAnswers(before: step)
          results.take(event)
          continue
        }
        noteAnswers(before: .max)
        guard !store.hasFailed, let taken = threads.next() else { return nil }
        (counted, ending) = (taken.batch.summary, taken.batch.ending)
        (events, answers) = (taken.events, taken.batch.answers[...])
        threads.giveBack(taken.batch)
      }
    }

    private mutating func noteAnswers(before step: Int) {
      while let answer = answers.first, answer.step <= step {
        results.note(answer.answers, frame: answer.frame)
        answers.removeFirst()
      }
    }

    var firstOpen: Int? { results.firstOpen }

    var summary: CaptureSummary {
      var whole = counted
      results.complete(&whole, segmentsOutside: threads.segmentsOutside)
      return whole
    }
  }
}

import Capture
import Fields
import Mail
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
  private var ahead: ReadingAhead?
  /// What was counted of the sessions that were given out.
  private var given = CaptureSummary()

  /// Opens captures, which are one, ordered by time. Throws where a file is no capture, or cannot be opened.
  public convenience init(paths: [String]) throws(RunError) {
    try self.init(CaptureSource(paths: paths))
  }

  /// `wantsDigests`: also the SHA-256 and the header of each message, which cost a pass over it, and the dialects of clients.
  public init(
    _ source: CaptureSource, _ options: SessionRunOptions = SessionRunOptions(),
    wantsDigests: Bool = true
  ) throws(RunError) {
    if options.jobs > 1 {
      ahead = try ReadingAhead(source, options, wantsDigests: wantsDigests)
    } else {
      direct = try DirectReading(source, options, wantsDigests: wantsDigests)
    }
  }

  /// The next session that is over; nil after the last one.
  public func next() -> SessionRecord? {
    guard let record = ahead?.next() ?? direct?.next() else { return nil }
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
  var firstOpen: Int? { ahead?.firstOpen ?? direct?.firstOpen }

  /// What is known of the captures so far; complete after the last session.
  public var summary: CaptureSummary {
    var whole = ahead?.summary ?? direct?.summary ?? CaptureSummary()
    (whole.sessions, whole.messages) = (given.sessions, given.messages)
    (whole.findings, whole.protocols) = (given.findings, given.protocols)
    whole.dropped.merge(given.dropped) { $0 + $1 }
    return whole
  }

  /// Throws what ended the captures early, where one is damaged or cut short, or what of them cannot be decoded. The
  /// sessions that could be read were given out.
  public func finish() throws(RunError) {
    try ahead?.finish()
    try direct?.finish()
  }
}

extension MailSessions {
  /// From the frames of the captures to their sessions, one step after the other.
  private struct DirectReading: ~Copyable {
    private var capture: CaptureReading
    private var selection: FrameSelection
    private var pipeline: SessionPipeline
    private var facts = FrameFacts.none
    private var isAtEnd = false

    init(
      _ source: CaptureSource, _ options: SessionRunOptions, wantsDigests: Bool
    ) throws(RunError) {
      let capture = try CaptureReading(source)
      selection = try FrameSelection(source, capture.format)
      self.capture = capture
      pipeline = SessionPipeline(options, wantsDigests: wantsDigests)
    }

    func finish() throws(RunError) { try selection.finish(capture.failure) }

    mutating func next() -> SessionRecord? {
      while true {
        if pipeline.hasNext, let record = pipeline.next() { return record }
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
      if selection.take(frame, &facts) { pipeline.receive(frame.bytes, facts) }
    }

    var summary: CaptureSummary {
      var whole = selection.summary
      pipeline.complete(&whole)
      return whole
    }
  }

  /// The same with the frames read on another thread.
  private struct ReadingAhead: ~Copyable {
    private let frames: FrameThread
    private var sessions: SessionTable
    private var batch = SegmentBatch()
    /// The steps of the batch that were taken, and the segments.
    private var step = 0
    private var segment = 0
    private var keyLog = 0

    init(
      _ source: CaptureSource, _ options: SessionRunOptions, wantsDigests: Bool
    ) throws(RunError) {
      frames = try FrameThread(source, options)
      sessions = SessionTable(options, wantsDigests: wantsDigests)
    }

    func finish() throws(RunError) { try batch.ending?.get() }

    mutating func next() -> SessionRecord? {
      while true {
        if sessions.hasNext, let record = sessions.next() { return record }
        if step < batch.steps.count {
          takeSteps()
        } else {
          guard frames.next(&batch) else { return nil }
          (step, segment, keyLog) = (0, 0, 0)
        }
      }
    }

    var firstOpen: Int? { sessions.firstOpen }

    /// Takes the steps of one frame.
    private mutating func takeSteps() {
      while step < batch.steps.count {
        defer { step += 1 }
        switch batch.steps[step] {
        case .segment:
          Self.follow(batch, segment, &sessions)
          segment += 1
        case .undeliverable:
          sessions.noteUndeliverable(batch.segments[segment].segment)
          segment += 1
        case .keyLog:
          sessions.take(keyLog: batch.keyLogs[keyLog])
          keyLog += 1
        case .settled(let slot, let stream): sessions.settle(slot, stream)
        case .end(let end): sessions.end(end)
        case .pause: return
        }
      }
    }

    /// Apart from the rest, so that a segment is lent rather than copied.
    private static func follow(
      _ batch: borrowing SegmentBatch, _ place: Int, _ sessions: inout SessionTable
    ) {
      let segments = batch.segments.span
      let payload = segments[place].payload
      sessions.receive(
        segments[place].segment, batch.bytes.span.part(payload.lowerBound, payload.upperBound),
        segments[place].addresses, fileOffset: segments[place].fileOffset)
    }

    var summary: CaptureSummary {
      var whole = batch.summary
      sessions.complete(&whole)
      return whole
    }
  }
}

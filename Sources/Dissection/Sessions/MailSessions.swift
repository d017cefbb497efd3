import Capture
import Fields
import Mail
import Wire

/// The mail sessions of captures, one by one, in the order of their first frames.
///
///     let sessions = try MailSessions(paths: ["mail.pcap"])
///     for session in sessions { print(session.verdict) }
///     try sessions.finish()
///
/// The captures are read as sessions are asked for: what is held is what is open at once, whatever their size. They are
/// read once, so a second loop goes on where the first one stopped.
public final class MailSessions: Sequence, IteratorProtocol {
  private var reading: Reading

  /// Opens captures, which are one, ordered by time. Throws where a file is no capture, or cannot be opened.
  public convenience init(paths: [String]) throws(RunError) {
    try self.init(CaptureSource(paths: paths))
  }

  /// `wantsDigests`: also the SHA-256 and the header of each message, which cost a pass over it, and the dialects of clients.
  public init(
    _ source: CaptureSource, _ options: SessionRunOptions = SessionRunOptions(),
    wantsDigests: Bool = true
  ) throws(RunError) {
    reading = try Reading(source, options, wantsDigests: wantsDigests)
  }

  /// The next session that is over; nil after the last one.
  public func next() -> SessionRecord? { reading.next() }

  /// What is known of the captures so far; complete after the last session.
  public var summary: CaptureSummary { reading.summary }

  /// Throws what ended the captures early, where one is damaged or cut short, or what of them cannot be decoded. The
  /// sessions that could be read were given out.
  public func finish() throws(RunError) {
    try reading.finish()
  }
}

extension MailSessions {
  /// From the frames of the captures to their sessions.
  private struct Reading: ~Copyable {
    private var capture: CaptureReading
    private var selection: FrameSelection
    private var pipeline: SessionPipeline
    private var facts = FrameFacts.none
    private var isAtEnd = false
    /// What was counted of the sessions that were given out.
    private var given = CaptureSummary()

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
        if pipeline.hasNext, let record = pipeline.next() {
          count(record)
          return record
        }
        if isAtEnd {
          guard pipeline.endNext() else { return nil }
        } else {
          readFrame()
        }
      }
    }

    private mutating func readFrame() {
      guard !selection.isDone, let frame = capture.next() else {
        isAtEnd = true
        return pipeline.endAll()
      }
      if selection.take(frame, &facts) { pipeline.receive(frame.bytes, facts) }
    }

    private mutating func count(_ record: borrowing SessionRecord) {
      given.sessions += 1
      given.messages += record.session.messages.count
      given.findings += record.session.findings.count
      given.protocols[record.session.mailProtocol.rawValue, default: 0] += 1
      for (limit, count) in record.session.dropped {
        given.dropped[limit.rawValue, default: 0] += count
      }
    }

    var summary: CaptureSummary {
      var whole = selection.summary
      (whole.sessions, whole.messages) = (given.sessions, given.messages)
      (whole.findings, whole.protocols) = (given.findings, given.protocols)
      whole.dropped = given.dropped
      pipeline.complete(&whole)
      return whole
    }
  }
}

import Capture
import Fields
import Mail
import Wire

/// `sessions`: the frames of a capture through the pipeline, and the sessions that come out of it to a view.
public enum SessionRun {
  /// Shows every mail session of `source`, in the order of their first frames.
  public static func run(
    _ source: CaptureSource, _ options: SessionRunOptions,
    _ view: inout some SessionView & ~Copyable, to output: inout some ByteOutput & ~Copyable
  ) throws(RunError) {
    var reading = try CaptureReading(source)
    var selection = try FrameSelection(source, reading.format)
    var pipeline = SessionPipeline(options, wantsDigests: view.wantsDigests)
    var printer = SessionPrinter()
    printer.begin(&view)
    var facts = FrameFacts.none
    while !selection.isDone, let frame = reading.next() {
      guard selection.take(frame, &facts) else { continue }
      pipeline.receive(frame.bytes, facts)
      try printer.show(&pipeline, &view, to: &output)
    }
    pipeline.endAll()
    while pipeline.endNext() { try printer.show(&pipeline, &view, to: &output) }
    try printer.show(&pipeline, &view, to: &output)
    var summary = selection.summary
    pipeline.complete(&summary)
    try printer.end(summary, &view, to: &output)
    try selection.finish(reading.failure)
  }
}

/// Hands finished sessions to the view, and its text to the output; counts what it showed.
private struct SessionPrinter {
  private var text = TextBuffer(capacity: 1 << 17)
  private var summary = CaptureSummary()

  mutating func begin(_ view: inout some SessionView & ~Copyable) { view.begin(to: &text) }

  mutating func show(
    _ pipeline: inout SessionPipeline, _ view: inout some SessionView & ~Copyable,
    to output: inout some ByteOutput & ~Copyable
  ) throws(RunError) {
    while pipeline.hasNext, let record = pipeline.next() {
      summary.sessions += 1
      summary.messages += record.session.messages.count
      summary.findings += record.session.findings.count
      summary.protocols[record.session.mailProtocol.rawValue, default: 0] += 1
      for (limit, count) in record.session.dropped {
        summary.dropped[limit.rawValue, default: 0] += count
      }
      do throws(OutputError) { try view.write(record, to: &text) } catch { throw .output(error) }
      try text.flush(to: &output)
    }
  }

  mutating func end(
    _ capture: CaptureSummary, _ view: inout some SessionView & ~Copyable,
    to output: inout some ByteOutput & ~Copyable
  ) throws(RunError) {
    var whole = capture
    whole.sessions = summary.sessions
    whole.messages = summary.messages
    whole.findings = summary.findings
    whole.protocols = summary.protocols
    whole.dropped.merge(summary.dropped) { $0 + $1 }
    do throws(OutputError) { try view.end(whole, to: &text) } catch { throw .output(error) }
    try text.flush(to: &output, always: true)
  }
}
